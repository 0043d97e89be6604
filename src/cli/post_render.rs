//! `--post-renderer`: a program that rewrites the manifests.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Failure;
use super::flags::Given;

/// The program's full path.
///
/// # Errors
/// Helm's text for a program that is not there.
pub(crate) fn find(program: &str) -> Result<PathBuf, String> {
    let missing =
        |why: &str| format!("unable to find binary at {program}: exec: {program:?}: {why}");
    if program.contains('/') {
        let path = Path::new(program);
        return match path.metadata() {
            Ok(m) if m.is_dir() => Err(missing("is a directory")),
            Ok(m) if !executable(&m) => Err(missing("permission denied")),
            Ok(_) => std::path::absolute(path).map_err(|e| e.to_string()),
            Err(_) => Err(missing("stat: no such file or directory")
                .replace("stat: ", &format!("stat {program}: "))),
        };
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|p| p.metadata().is_ok_and(|m| m.is_file() && executable(&m)))
        .ok_or_else(|| missing("executable file not found in $PATH"))
}

#[cfg(unix)]
fn executable(m: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    m.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn executable(_: &std::fs::Metadata) -> bool {
    true
}

/// The manifests as the program of `--post-renderer` makes them, or as they are without one.
pub(crate) fn apply(given: &Given, manifests: Vec<u8>) -> Result<Vec<u8>, Failure> {
    match given.post_renderer.as_deref().filter(|p| !p.is_empty()) {
        None => Ok(manifests),
        Some(program) => {
            let args: Vec<&str> = given.post_renderer_args.iter().map(String::as_str).collect();
            run(&find(program)?, &args, manifests)
        }
    }
}

/// Runs the program on the manifests.
fn run(program: &Path, args: &[&str], manifests: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let shown = program.display();
    let failed = |why: String, stderr: &str| {
        Failure::from(why)
            .within(&format!("error while running command {shown}. error output:\n{stderr}"))
            .within("error while running post render on files")
    };
    super::output::survive_broken_pipes();
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| failed(format!("fork/exec {shown}: {e}"), ""))?;
    // The program may answer before it has read everything: feed it from a thread.
    let stdin = child.stdin.take();
    let feeder = std::thread::spawn(move || {
        if let Some(mut stdin) = stdin {
            // A program that does not read all of its input is free to.
            let _ = stdin.write_all(&manifests);
        }
    });
    let done = child.wait_with_output().map_err(|e| failed(e.to_string(), ""))?;
    let _ = feeder.join();
    if done.status.success() {
        return Ok(done.stdout);
    }
    let why = match done.status.code() {
        Some(code) => format!("exit status {code}"),
        None => done.status.to_string(),
    };
    Err(failed(why, &String::from_utf8_lossy(&done.stderr)))
}
