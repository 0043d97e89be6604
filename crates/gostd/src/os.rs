//! Gives the words of Go's `os` when the system refuses something.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A folder that cannot be made.
#[derive(Debug)]
pub struct MakeFolderError {
    /// The first folder from the left that stands in the way.
    pub path: PathBuf,
    /// What the system says; nothing where something else has the folder's name.
    pub cause: Option<io::Error>,
}

impl fmt::Display for MakeFolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.cause.as_ref().map_or("not a directory".to_owned(), io_reason);
        write!(f, "mkdir {}: {reason}", self.path.display())
    }
}

impl std::error::Error for MakeFolderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|e| e as _)
    }
}

/// Returns what Go says of a file that could not be read whole: a folder opens, and fails when it
/// is read.
pub fn read_reason(path: &Path, error: &io::Error) -> String {
    let op = if error.kind() == io::ErrorKind::IsADirectory { "read" } else { "open" };
    format!("{op} {}: {}", path.display(), io_reason(error))
}

/// Makes a folder and those above it.
///
/// # Errors
/// `mkdir PATH: not a directory`, as Go names the path.
pub fn make_folders(folder: &Path) -> Result<(), MakeFolderError> {
    std::fs::create_dir_all(folder).map_err(|e| {
        let mut above: Vec<_> = folder.ancestors().filter(|a| !a.as_os_str().is_empty()).collect();
        above.reverse();
        let wrong = above.into_iter().find(|a| !a.is_dir()).unwrap_or(folder);
        let cause = (!wrong.exists()).then_some(e);
        MakeFolderError { path: wrong.to_owned(), cause }
    })
}

/// Returns the system's error text in Go's words: the C library's, uncapitalised.
pub fn io_reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}
