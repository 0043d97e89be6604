//! Reports how far a transfer is.

use std::io::Read;

use crate::report::{Progress, Reporter};

/// Transfers of fewer bytes are over before a bar could be seen.
const SMALL: u64 = 256 * 1024;

/// A transfer under way; it ends when this goes away.
struct Transfer<'r>(&'r dyn Reporter);

impl<'r> Transfer<'r> {
    fn begin(reporter: &'r dyn Reporter, length: Option<u64>) -> Option<Transfer<'r>> {
        if length.is_some_and(|l| l < SMALL) {
            return None;
        }
        reporter.progress(Progress::Begin { length });
        Some(Transfer(reporter))
    }
}

impl Drop for Transfer<'_> {
    fn drop(&mut self) {
        self.0.progress(Progress::End);
    }
}

/// Does something that sends that many bytes; how many have left is not known.
pub(super) fn sending<T>(reporter: &dyn Reporter, bytes: usize, send: impl FnOnce() -> T) -> T {
    let looks = reporter.wants_progress() && bytes as u64 >= SMALL;
    let _transfer = looks.then(|| Transfer::begin(reporter, None));
    send()
}

/// Reads a body to its end.
pub(super) fn receive(
    reporter: &dyn Reporter,
    body: &mut ureq::Body,
    limit: u64,
) -> Result<Vec<u8>, ureq::Error> {
    if !reporter.wants_progress() {
        return body.with_config().limit(limit).read_to_vec();
    }
    let length = body.content_length();
    let mut transfer = length.and_then(|_| Transfer::begin(reporter, length));
    let mut reader = body.with_config().limit(limit).reader();
    let (mut data, mut part) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        let n = reader.read(&mut part)?;
        if n == 0 {
            return Ok(data);
        }
        data.extend_from_slice(part.get(..n).unwrap_or_default());
        match &transfer {
            Some(Transfer(reporter)) => reporter.progress(Progress::Moved { bytes: n as u64 }),
            // Of unknown length, but surely not small.
            None if data.len() as u64 >= SMALL => transfer = Transfer::begin(reporter, None),
            None => {}
        }
    }
}
