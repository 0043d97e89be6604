//! Finds programs that the command line names.

use std::path::{Path, PathBuf};

use gostd::strconv::quoted;
use statefulchart::plugin::{executable, in_path};

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
    in_path(program, &std::env::var_os("PATH").unwrap_or_default())
        .ok_or_else(|| missing("executable file not found in $PATH"))
}
