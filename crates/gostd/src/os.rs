//! Gives the words of Go's `os` when the system refuses something.

use std::fmt;
use std::io::{self, Read};
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

/// How many bytes a file may have that a chart or a command line names. Go reads on until memory ends; a device has no
/// end.
pub const MAX_FILE: u64 = 128 << 20;

/// Reads a file whole: a regular one, a pipe, or what else ends.
///
/// # Errors
/// Also for a file of more than [`MAX_FILE`] bytes.
pub fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    read_whole(std::fs::File::open(path)?)
}

/// Reads to the end, as [`read_file`] does.
///
/// # Errors
/// As [`read_file`].
pub fn read_whole(source: impl Read) -> io::Result<Vec<u8>> {
    let mut data = Vec::new();
    source.take(MAX_FILE + 1).read_to_end(&mut data)?;
    if data.len() as u64 > MAX_FILE {
        let limit = MAX_FILE >> 20;
        return Err(io::Error::other(format!(
            "more than {limit} MiB, the most that a file may have"
        )));
    }
    Ok(data)
}

/// Reads a regular file whole, for a name that a stranger chose: a pipe may never be written to.
///
/// # Errors
/// Also for what is no regular file, and for a file of more than [`MAX_FILE`] bytes.
pub fn read_regular_file(path: &Path) -> io::Result<Vec<u8>> {
    expect_regular(path)?;
    read_file(path)
}

/// Refuses what is neither a regular file nor a folder, of which the system says more when it is read.
///
/// # Errors
/// Also where nothing is there.
pub fn expect_regular(path: &Path) -> io::Result<()> {
    let kind = std::fs::metadata(path)?.file_type();
    if kind.is_file() || kind.is_dir() {
        return Ok(());
    }
    Err(io::Error::other("not a regular file"))
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
