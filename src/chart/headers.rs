//! Watches a tar archive go by for headers that Go refuses.

/// How large an extension may be that stands before an entry, in bytes: a pax header, or GNU's long name or link. Go's
/// `archive/tar` has the same bound; the reader behind this one has none.
const MAX_EXTENSION: u64 = 1 << 20;

const BLOCK: usize = 512;

/// Where the next header lies, and what of it has gone by.
pub(crate) struct Headers {
    /// The place of the block to look at, counted from the start of the archive; nothing where there is none before
    /// the next entry.
    next: Option<u64>,
    block: [u8; BLOCK],
    filled: usize,
    /// Whether the block continues the header of a sparse file.
    is_sparse: bool,
    /// Where the data of the entry begin whose header went by.
    data: u64,
}

impl Headers {
    /// Begins at the start of an archive.
    pub(crate) fn new() -> Headers {
        Headers { next: Some(0), block: [0; BLOCK], filled: 0, is_sparse: false, data: 0 }
    }

    /// Says how long the data of the entry are, as they lie in the archive. The next header follows them.
    pub(crate) fn entry(&mut self, size: u64) {
        self.next =
            self.data.checked_add(size).and_then(|end| end.checked_next_multiple_of(BLOCK as u64));
        (self.filled, self.is_sparse) = (0, false);
    }

    /// Looks at bytes that lie at a place of the archive; false where an extension is too large.
    pub(crate) fn pass(&mut self, place: u64, bytes: &[u8]) -> bool {
        while let Some(next) = self.next {
            let wanted = next + self.filled as u64;
            let from = usize::try_from(wanted.saturating_sub(place)).unwrap_or(usize::MAX);
            let Some(rest) = bytes.get(from..).filter(|rest| !rest.is_empty()) else { break };
            let count = rest.len().min(BLOCK - self.filled);
            self.block[self.filled..self.filled + count].copy_from_slice(&rest[..count]);
            self.filled += count;
            if self.filled < BLOCK {
                break;
            }
            self.filled = 0;
            self.data = next + BLOCK as u64;
            match self.after_block() {
                Ok(next) => self.next = next,
                Err(()) => return false,
            }
        }
        true
    }

    /// Returns where the next block to look at lies, behind the one at hand.
    fn after_block(&mut self) -> Result<Option<u64>, ()> {
        /// Where a header, and a block that continues it, say that another one follows.
        const EXTENDED: [usize; 2] = [482, 504];
        let kind = self.block[156];
        if self.is_sparse || kind == b'S' {
            let follows = self.block[EXTENDED[usize::from(self.is_sparse)]] != 0;
            self.is_sparse = true;
            return Ok(follows.then_some(self.data));
        }
        if !matches!(kind, b'x' | b'g' | b'L' | b'K') {
            return Ok(None);
        }
        let Ok(size) = tar::Header::from_byte_slice(&self.block).entry_size() else {
            return Ok(None);
        };
        match size {
            ..=MAX_EXTENSION if kind == b'g' => Ok(None),
            ..=MAX_EXTENSION => Ok(Some(self.data + size.next_multiple_of(BLOCK as u64))),
            _ => Err(()),
        }
    }
}
