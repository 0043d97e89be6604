//! What Go's `os` says when the system refuses something.

use std::io;
use std::path::Path;

/// What Go says of a file that could not be read whole: a folder opens, and fails when it is read.
pub fn read_reason(path: &Path, error: &io::Error) -> String {
    let op = if error.kind() == io::ErrorKind::IsADirectory { "read" } else { "open" };
    format!("{op} {}: {}", path.display(), io_reason(error))
}

/// Makes a folder and those above it.
///
/// # Errors
/// `mkdir PATH: not a directory`, as Go names the path: the first from the left that stands in the way.
pub fn make_folders(folder: &Path) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|e| {
        let mut above: Vec<_> = folder.ancestors().filter(|a| !a.as_os_str().is_empty()).collect();
        above.reverse();
        let wrong = above.into_iter().find(|a| !a.is_dir()).unwrap_or(folder);
        let reason = if wrong.exists() { "not a directory".to_owned() } else { io_reason(&e) };
        format!("mkdir {}: {reason}", wrong.display())
    })
}

/// The system's error text in Go's words: the C library's, uncapitalised.
pub fn io_reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}
