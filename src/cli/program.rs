//! Finds programs that the command line names.

use std::path::{Path, PathBuf};

use gostd::strconv::quoted;

/// Returns the program's full path.
///
/// # Errors
/// Helm's text for a program that is not there.
pub(crate) fn find(program: &str) -> Result<PathBuf, String> {
    let missing =
        |why: &str| format!("unable to find binary at {program}: exec: {}: {why}", quoted(program));
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
