//! Gives the words of Go's `os` when the system refuses something.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The character that stands for the byte 0x80 in a [`text_of`] bytes, and those behind it for the bytes behind it.
const FIRST_BYTE: char = '\u{10FF80}';

/// Returns a text that stands for bytes as Go's strings hold them: UTF-8 stands for itself; of what is none, each byte is
/// one of Unicode's last 128 characters. These themselves are spelt byte by byte, so that [`bytes_of`] gives back what was
/// put in, whatever it was.
///
/// ```
/// use gostd::os::{bytes_of, text_of};
/// assert_eq!(text_of(b"caf\xc3\xa9".to_vec()), "caf\u{e9}");
/// assert_eq!(text_of(b"caf\xe9".to_vec()), "caf\u{10FFE9}");
/// assert_eq!(*bytes_of("caf\u{10FFE9}"), *b"caf\xe9");
/// ```
pub fn text_of(bytes: Vec<u8>) -> String {
    const LEAD: u8 = 0xF4;
    let text = match String::from_utf8(bytes) {
        Ok(text) if !text.as_bytes().contains(&LEAD) => return text,
        Ok(text) => text.into_bytes(),
        Err(e) => e.into_bytes(),
    };
    let spelt = |byte: u8| char::from_u32(u32::from(FIRST_BYTE) + u32::from(byte & 0x7f));
    let mut out = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c < FIRST_BYTE {
                out.push(c);
            } else {
                out.extend(c.encode_utf8(&mut [0; 4]).bytes().filter_map(spelt));
            }
        }
        out.extend(chunk.invalid().iter().copied().filter_map(spelt));
    }
    out
}

/// Returns the bytes for which a text stands: see [`text_of`].
pub fn bytes_of(text: &str) -> Cow<'_, [u8]> {
    if is_utf8(text) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u8::try_from(u32::from(c).wrapping_sub(u32::from(FIRST_BYTE))) {
            Ok(byte) if byte < 0x80 => out.push(byte | 0x80),
            _ => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Cow::Owned(out)
}

/// Returns whether a text stands for itself: see [`text_of`].
pub fn is_utf8(text: &str) -> bool {
    !text.contains(|c| c >= FIRST_BYTE)
}

/// Returns the path for which a text stands: see [`text_of`].
pub fn path_of(text: &str) -> Cow<'_, Path> {
    match bytes_of(text) {
        Cow::Borrowed(bytes) => Cow::Borrowed(Path::new(OsStr::from_bytes(bytes))),
        Cow::Owned(bytes) => Cow::Owned(PathBuf::from(std::ffi::OsString::from_vec(bytes))),
    }
}

/// Returns the text that stands for a path: see [`text_of`].
pub fn path_text(path: &Path) -> String {
    text_of(path.as_os_str().as_bytes().to_vec())
}

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
        write!(f, "mkdir {}: {reason}", path_text(&self.path))
    }
}

impl std::error::Error for MakeFolderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|e| e as _)
    }
}

/// How many bytes a file may have that a chart or a command line names, unless [`set_max_file`] says otherwise. Go
/// reads on until memory ends; a device has no end.
pub const MAX_FILE: u64 = 128 << 20;

static MAX: AtomicU64 = AtomicU64::new(MAX_FILE);

/// Says how many bytes a file may have that this process reads, at most.
pub fn set_max_file(bytes: u64) {
    // One more is asked for, to see whether there is more.
    MAX.store(bytes.min(u64::MAX - 1), Ordering::Relaxed);
}

/// Returns how many bytes a file may have that this process reads.
pub fn max_file() -> u64 {
    MAX.load(Ordering::Relaxed)
}

/// A file that has more bytes than it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileTooLarge {
    /// The most that it may have.
    pub limit: u64,
}

impl FileTooLarge {
    /// Returns whether this is why a file could not be read.
    pub fn is(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|inner| inner.is::<FileTooLarge>())
    }
}

impl fmt::Display for FileTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "more than {}, the most that a file may have", size(self.limit))
    }
}

impl std::error::Error for FileTooLarge {}

/// Returns a size in bytes as a human writes it, in the largest unit that it is a multiple of.
///
/// ```
/// assert_eq!(gostd::os::size(128 << 20), "128 MiB");
/// assert_eq!(gostd::os::size(1000), "1000 bytes");
/// ```
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let powers = (bytes.trailing_zeros() / 10).min(4);
    format!("{} {}", bytes >> (10 * powers), UNITS[powers as usize])
}

/// Reads a file whole: a regular one, a pipe, or what else ends.
///
/// # Errors
/// Also for a file of more than [`MAX_FILE`] bytes, or what was set.
pub fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    read_whole(std::fs::File::open(path)?)
}

/// Reads to the end, as [`read_file`] does.
///
/// # Errors
/// As [`read_file`].
pub fn read_whole(source: impl Read) -> io::Result<Vec<u8>> {
    let mut data = Vec::new();
    let limit = max_file();
    source.take(limit + 1).read_to_end(&mut data)?;
    if data.len() as u64 > limit {
        return Err(io::Error::other(FileTooLarge { limit }));
    }
    Ok(data)
}

/// Reads a regular file whole, for a name that a stranger chose: a pipe may never be written to.
///
/// # Errors
/// Also for what is no regular file, and as [`read_file`].
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
    format!("{op} {}: {}", path_text(path), io_reason(error))
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
