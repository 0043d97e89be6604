//! What a file of a chart holds: in memory, or in the open file until somebody asks.

use std::cell::{Cell, OnceCell};
use std::fmt;
use std::fs;
use std::io::{Read, Seek};
use std::ops::Deref;
use std::rc::Rc;

use super::files::without_bom;

/// The contents of a chart's file, without a leading byte order mark. Clones share them.
///
/// Most files of a chart beside its templates (a README, CRDs, pictures) are never looked at during a
/// render. A large one of them is read once when the chart is loaded, as Helm does, for every error
/// to show then; but it is kept in memory only from the first look on.
#[derive(Clone)]
pub struct Data(Repr);

#[derive(Clone)]
enum Repr {
    Here(Rc<[u8]>),
    Waiting(Rc<Waiting>),
}

struct Waiting {
    file: Cell<Option<fs::File>>,
    size: usize,
    bytes: OnceCell<Rc<[u8]>>,
}

impl Data {
    /// What is in a file that was read to its end before and found to hold `size` bytes.
    pub(super) fn waiting(file: fs::File, size: usize) -> Data {
        let file = Cell::new(Some(file));
        Data(Repr::Waiting(Rc::new(Waiting { file, size, bytes: OnceCell::new() })))
    }

    /// The bytes behind a shared pointer.
    pub fn shared(&self) -> &Rc<[u8]> {
        match &self.0 {
            Repr::Here(bytes) => bytes,
            Repr::Waiting(waiting) => waiting.bytes.get_or_init(|| waiting.read()),
        }
    }
}

impl Waiting {
    /// Reads the file again. It stayed open, so that it is the same one even if its name is gone, and
    /// it could be read a moment ago; what the disk refuses now is missing.
    fn read(&self) -> Rc<[u8]> {
        let mut bytes = Vec::with_capacity(self.size);
        if let Some(mut file) = self.file.take()
            && file.rewind().is_ok()
        {
            let _ = file.take(self.size as u64).read_to_end(&mut bytes);
        }
        without_bom(Rc::from(bytes))
    }
}

impl From<Rc<[u8]>> for Data {
    fn from(bytes: Rc<[u8]>) -> Data {
        Data(Repr::Here(bytes))
    }
}

impl From<&[u8]> for Data {
    fn from(bytes: &[u8]) -> Data {
        Data::from(Rc::<[u8]>::from(bytes))
    }
}

impl Deref for Data {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.shared()
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Here(bytes) => write!(f, "{} bytes", bytes.len()),
            Repr::Waiting(waiting) => write!(f, "{} bytes, not in memory", waiting.size),
        }
    }
}
