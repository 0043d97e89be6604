//! Holds the contents of a chart's file: in memory, or in the open file until its bytes are needed.

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::ChartError;

/// The contents of a chart's file, without a leading byte order mark. Clones share them.
///
/// Most files of a chart beside its templates are never looked at during a render: a README, CRDs,
/// pictures, the templates of charts that are not enabled. [`load_for_render`](super::load_for_render)
/// only opens the larger ones, for most errors to show then, and they are read at the first look.
#[derive(Clone)]
pub struct Data {
    repr: Repr,
    modified: Option<Modified>,
}

/// When a file was changed: seconds since 1970 and nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Modified {
    pub(crate) seconds: i64,
    pub(crate) nanos: u32,
}

#[derive(Clone)]
enum Repr {
    Here(Arc<[u8]>),
    Waiting(Arc<Waiting>),
}

/// An open file.
pub(super) struct Waiting {
    pub file: Mutex<Option<fs::File>>,
    /// How large it says it is.
    pub size: usize,
    pub path: Box<Path>,
    /// The path within the chart.
    pub name: Arc<str>,
    pub unread: Unread,
    pub bytes: OnceLock<Arc<[u8]>>,
}

/// The first of a chart's files that could be opened but not read, if there is one.
pub(crate) type Unread = Arc<OnceLock<ChartError>>;

impl Data {
    /// Returns what is in an open file.
    pub(super) fn waiting(waiting: Waiting) -> Data {
        Data { repr: Repr::Waiting(Arc::new(waiting)), modified: None }
    }

    /// Returns the same with the time when the file was changed.
    pub(super) fn modified_at(self, modified: Option<Modified>) -> Data {
        Data { modified, ..self }
    }

    /// Returns when the file was changed, if [`load_for_report`](super::load_for_report) has read it.
    pub(crate) fn modified(&self) -> Option<Modified> {
        self.modified
    }

    /// Returns the bytes behind a shared pointer.
    ///
    /// # Errors
    /// What the system says of a file that could be opened and not be read.
    pub fn bytes(&self) -> Result<&Arc<[u8]>, ChartError> {
        let bytes = self.shared();
        match &self.repr {
            Repr::Waiting(waiting) => match waiting.unread.get() {
                Some(e) => Err(e.clone()),
                None => Ok(bytes),
            },
            Repr::Here(_) => Ok(bytes),
        }
    }

    /// Returns the bytes; none where they could not be read, which the caller has to check:
    /// loading has read all files that it looks at, and a render calls
    /// [`check_read`](super::Chart::check_read).
    pub(crate) fn shared(&self) -> &Arc<[u8]> {
        match &self.repr {
            Repr::Here(bytes) => bytes,
            Repr::Waiting(waiting) => waiting.bytes.get_or_init(|| waiting.read()),
        }
    }
}

impl Waiting {
    /// Reads the file. What fails is noted for [`Chart::check_read`](super::Chart::check_read).
    fn read(&self) -> Arc<[u8]> {
        let mut bytes: Arc<[u8]> = std::iter::repeat_n(0u8, self.size).collect();
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner).take();
        let file = file.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound));
        let buffer = Arc::get_mut(&mut bytes).unwrap_or_default();
        match file.and_then(|mut file| fill(&mut file, buffer)) {
            Ok(size) if size < self.size => without_bom(Arc::from(&bytes[..size])),
            Ok(_) => without_bom(bytes),
            Err(e) => {
                let cause = Box::new(ChartError::io("read", &self.path, e));
                let _ = self.unread.set(ChartError::Read { name: self.name.to_string(), cause });
                Arc::default()
            }
        }
    }
}

/// Returns the data without UTF-8's byte order mark.
pub(super) fn without_bom(data: Arc<[u8]>) -> Arc<[u8]> {
    match data.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => Arc::from(rest),
        None => data,
    }
}

/// Reads until the buffer is full or the file ends; how many bytes there were.
pub(super) fn fill(file: &mut fs::File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

impl From<Arc<[u8]>> for Data {
    fn from(bytes: Arc<[u8]>) -> Data {
        Data { repr: Repr::Here(bytes), modified: None }
    }
}

impl From<&[u8]> for Data {
    fn from(bytes: &[u8]) -> Data {
        Data::from(Arc::<[u8]>::from(bytes))
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.repr {
            Repr::Here(bytes) => write!(f, "{} bytes", bytes.len()),
            Repr::Waiting(waiting) => write!(f, "{} bytes, not in memory", waiting.size),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_read_is_noted() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("README.md");
        // Opened for writing only, so that reading is refused.
        let file = fs::File::create(&path).expect("a file");
        let unread = Unread::default();
        let waiting = Waiting {
            file: Mutex::new(Some(file)),
            size: 10,
            path: path.as_path().into(),
            name: "README.md".into(),
            unread: unread.clone(),
            bytes: OnceLock::new(),
        };
        let data = Data::waiting(waiting);
        assert_eq!(&data.shared()[..], b"");
        assert!(data.bytes().is_err());
        let noted = unread.get().expect("an error").to_string();
        assert_eq!(
            noted,
            format!("error reading README.md: read {}: bad file descriptor", path.display())
        );
    }
}
