//! What strangers write reaches a terminal as text: no colours, no commands.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// A home with a repository whose name and URL hold control characters; those in an index are left out as it is read.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(home.path().join(name), text).unwrap();
    write(
        "repositories.yaml",
        "apiVersion: v1\nrepositories:\n- {name: \"r\\e[2J\", url: \"http://h/\\e]0;title\\a\"}\n",
    );
    fs::create_dir(home.path().join("cache")).unwrap();
    write(
        "cache/r\u{1b}[2J-index.yaml",
        "apiVersion: v1\nentries:\n  web:\n  - {name: web, version: 1.0.0, urls: [web.tgz], description: \"\\e[2J\\x9b31m hi\"}\n",
    );
    home
}

fn command(home: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_statefulchart"));
    command.args(arguments.split(' ')).env_clear().env("HOME", home).stdin(Stdio::null());
    command.env("HELM_REPOSITORY_CONFIG", home.join("repositories.yaml"));
    command.env("HELM_REPOSITORY_CACHE", home.join("cache"));
    command
}

/// What a command prints on a terminal.
fn on_a_terminal(home: &Path, arguments: &str) -> String {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    let other = File::options().read(true).write(true).open(name).unwrap();
    let mut child = command(home, arguments).stdout(other).spawn().unwrap();
    assert!(child.wait().unwrap().success());
    let mut printed = vec![0; 4096];
    let n = File::from(terminal).read(&mut printed).unwrap();
    String::from_utf8(printed[..n].to_vec()).unwrap().replace("\r\n", "\n")
}

#[test]
fn escapes_are_shown_on_a_terminal_and_pass_through_a_pipe() {
    let home = home();
    for (arguments, shown, raw) in [
        ("repo list", "http://h/\\x1b]0;title\\x07", "http://h/\u{1b}]0;title\u{7}"),
        ("search repo", "r\\x1b[2J/web", "r\u{1b}[2J/web"),
    ] {
        let printed = on_a_terminal(home.path(), arguments);
        assert!(printed.contains(shown), "{printed:?}");
        assert!(
            !printed.contains(|c: char| c.is_control() && c != '\n' && c != '\t'),
            "{printed:?}"
        );
        let piped = command(home.path(), arguments).output().unwrap().stdout;
        let piped = String::from_utf8(piped).unwrap();
        assert!(piped.contains(raw), "{piped:?}");
    }
}
