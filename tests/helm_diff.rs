//! Compares `helm diff` with what the plugin helm-diff 3.15.11 answered: `tests/helm_diff.py --record` stores that.

#[path = "support/folders.rs"]
mod folders;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use gostd::regexp::Regexp;

use folders::copy;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/helm_diff");

/// What differs from run to run, or names a folder.
const MASKS: [(&str, &str); 3] = [
    (r"(?m)^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d ", "TIME "),
    (r"Executing \S+ version\n", ""),
    (r"/tmp/[a-z-]*values[0-9A-Za-z]*", "FILE"),
];

fn masked(text: &[u8], folder: &Path) -> Vec<u8> {
    let mut text = text.to_vec();
    for (mask, with) in MASKS {
        let mask = Regexp::compile(mask.as_bytes()).unwrap();
        text = mask.replace_all_literal(&text, with.as_bytes(), usize::MAX).unwrap();
    }
    let text = String::from_utf8(text).unwrap();
    text.replace(folder.to_str().unwrap(), "WORK").into_bytes()
}

/// The lines of a text behind a sign that tells where they were written.
fn signed(sign: char, text: &[u8]) -> String {
    let text = std::str::from_utf8(text).unwrap();
    let line = |line: &str| match line.strip_suffix('\n') {
        Some(line) => format!("{sign}> {line}\n"),
        None => format!("{sign}| {line}\n"),
    };
    text.split_inclusive('\n').map(line).collect()
}

/// Runs the command lines of a file; `words` come before each, and `helm` is what asks a cluster.
fn replay(name: &str, called: &str, word: &str, helm: Option<&str>) {
    let lines = fs::read_to_string(format!("{FIXTURES}/{name}")).unwrap();
    let golden = fs::read_to_string(format!("{FIXTURES}/{name}.golden")).unwrap();
    let mut wanted = golden.split_inclusive('\n').collect::<String>();
    let mut wrong = Vec::new();
    for line in lines.lines() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().canonicalize().unwrap();
        copy(Path::new(FIXTURES), &folder);
        let bin = folder.join("bin");
        fs::create_dir(&bin).unwrap();
        symlink(env!("CARGO_BIN_EXE_statefulchart"), bin.join(called)).unwrap();
        let variables: Vec<&str> = line
            .split(' ')
            .take_while(|word| word.contains('=') && !word.starts_with('-'))
            .collect();
        let words: Vec<&str> = line.split(' ').skip(variables.len()).collect();
        let mut command = Command::new(bin.join(called));
        command.arg(word).args(words).current_dir(&folder).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", &folder);
        command.env("STUB", &folder).env("STUB_VERSION", "v3.15.0").env("TMPDIR", "/tmp");
        command.env("HELM_NAMESPACE", "ns");
        if let Some(helm) = helm {
            command.env("HELM_BIN", folder.join(helm));
        }
        command.envs(variables.iter().filter_map(|variable| variable.split_once('=')));
        let input = folder.join("stdin");
        fs::write(&input, "a: 1\n").unwrap();
        command.stdin(Stdio::from(fs::File::open(input).unwrap()));
        let Output { status, stdout, stderr } = command.output().unwrap();
        let asked = fs::read_to_string(folder.join("calls")).unwrap_or_default();
        let asked: String =
            asked.split_inclusive('\n').filter(|call| *call != "version\n").collect();
        let got = format!(
            "$ {line}\n= {}\n{}{}{}",
            status.code().unwrap(),
            signed('1', &masked(&stdout, &folder)),
            signed('2', &masked(&stderr, &folder)),
            signed('h', asked.as_bytes()),
        );
        match wanted.strip_prefix(&got).map(str::to_owned) {
            Some(rest) => wanted = rest,
            None => {
                let end = wanted[2..].find("\n$ ").map_or(wanted.len(), |at| at + 3);
                let want: String = wanted.drain(..end).collect();
                wrong.push(format!("--- helm-diff\n{want}+++ ours\n{got}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} lines differ:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(wanted, "", "a golden without a line");
}

#[test]
fn as_a_plugin_it_asks_helm_and_reports_as_helm_diff_does() {
    replay("lines", "statefulchart", "helm-diff", Some("stub"));
}

#[test]
fn under_helms_name_it_renders_by_itself() {
    replay("charts", "helm", "diff", None);
}

#[test]
fn without_a_cluster_it_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let helm = folder.path().join("helm");
    symlink(env!("CARGO_BIN_EXE_statefulchart"), &helm).unwrap();
    for (line, wanted) in [
        ("diff upgrade web ./chart", "statefulchart diff upgrade web ./chart --against FILE"),
        ("diff upgrade web ./chart", "--dry-run=client"),
        ("diff release a b", "statefulchart diff OLD NEW"),
        ("diff rollback a 1", "statefulchart diff OLD NEW"),
        ("diff upgrade web ./chart --three-way-merge", "--three-way-merge compares"),
    ] {
        let mut command = Command::new(&helm);
        command.args(line.split(' ')).env("HOME", folder.path()).env("PATH", folder.path());
        let Output { status, stdout, stderr } = command.env_remove("HELM_BIN").output().unwrap();
        let said = String::from_utf8(stderr).unwrap();
        assert_eq!((status.code(), &*stdout), (Some(1), &b""[..]), "{line}");
        assert!(said.starts_with("Error: ") && said.contains(wanted), "{line}: {said}");
    }
}

/// `helm plugin install plugins/diff`, by this program under Helm's name, and by the Helm that `HELM` names.
#[test]
fn the_plugin_is_installed_and_run_by_helm() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().canonicalize().unwrap();
    copy(Path::new(FIXTURES), &folder);
    let program = env!("CARGO_BIN_EXE_statefulchart");
    for part in ["with", "without", "ours"] {
        fs::create_dir(folder.join(part)).unwrap();
    }
    symlink(program, folder.join("with/statefulchart")).unwrap();
    symlink(program, folder.join("ours/helm")).unwrap();
    let theirs = std::env::var_os("HELM").map(std::path::PathBuf::from);
    for (number, helm) in [Some(folder.join("ours/helm")), theirs].into_iter().flatten().enumerate()
    {
        let home = folder.join(format!("home{number}"));
        fs::create_dir(&home).unwrap();
        let run = |line: &str, path: &str| {
            let mut command = Command::new(&helm);
            command.args(line.split(' ')).current_dir(&folder).env_clear().env("HOME", &home);
            command.env("PATH", format!("{}:/usr/bin:/bin", folder.join(path).display()));
            let Output { status, stdout, stderr } = command.output().unwrap();
            let text = |text| String::from_utf8(text).unwrap();
            (status.code().unwrap(), text(stdout), text(stderr))
        };
        let plugin = concat!(env!("CARGO_MANIFEST_DIR"), "/plugins/diff");
        // The hook says what is missing.
        let (status, _, stderr) = run(&format!("plugin install {plugin}"), "without");
        assert!(status != 0 && stderr.contains("put it on the path"), "{stderr}");
        assert_eq!(run("plugin uninstall diff", "without").0, 0);
        let (status, stdout, stderr) = run(&format!("plugin install {plugin}"), "with");
        assert_eq!(
            (status, stdout.contains("Installed plugin: diff")),
            (0, true),
            "{stdout}{stderr}"
        );
        let (_, stdout, _) = run("plugin list", "with");
        assert!(stdout.contains("3.15.11"), "{stdout}");
        let (status, stdout, stderr) = run("diff local a b --detailed-exitcode", "with");
        assert!(status == 2 && stdout.contains("has changed"), "{status} {stdout}{stderr}");
        assert_ne!(run("plugin update diff", "with").0, 0, "a folder is no repository");
        assert_eq!(run("plugin uninstall diff", "with").0, 0);
    }
}
