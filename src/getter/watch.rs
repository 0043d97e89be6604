//! Telling somebody how far a transfer is.

use std::io::Read;

/// Is told how far transfers are; several may run at once.
pub trait Watch: Send + Sync {
    /// A transfer begins, of that many bytes where that is known.
    fn begin(&self, length: Option<u64>);
    /// So many more bytes have been transferred.
    fn moved(&self, bytes: u64);
    /// A transfer has ended, well or not.
    fn end(&self);
}

/// Transfers of fewer bytes are over before anybody could look.
const SMALL: u64 = 256 * 1024;

/// A transfer under way; it ends when this goes away.
struct Transfer<'w>(&'w dyn Watch);

impl<'w> Transfer<'w> {
    fn begin(watch: Option<&'w dyn Watch>, length: Option<u64>) -> Option<Transfer<'w>> {
        let watch = watch.filter(|_| length.is_none_or(|l| l >= SMALL))?;
        watch.begin(length);
        Some(Transfer(watch))
    }
}

impl Drop for Transfer<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Does something that sends that many bytes; how many have left nobody knows.
pub(super) fn sending<T>(watch: Option<&dyn Watch>, bytes: usize, send: impl FnOnce() -> T) -> T {
    let watch = watch.filter(|_| bytes as u64 >= SMALL);
    let _transfer = Transfer::begin(watch, None);
    send()
}

/// Reads a body to its end.
pub(super) fn receive(
    watch: Option<&dyn Watch>,
    body: &mut ureq::Body,
    limit: u64,
) -> Result<Vec<u8>, ureq::Error> {
    let Some(watch) = watch else { return body.with_config().limit(limit).read_to_vec() };
    let length = body.content_length();
    let mut transfer = length.and_then(|_| Transfer::begin(Some(watch), length));
    let mut reader = body.with_config().limit(limit).reader();
    let (mut data, mut part) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        let n = reader.read(&mut part)?;
        if n == 0 {
            return Ok(data);
        }
        data.extend_from_slice(part.get(..n).unwrap_or_default());
        match &transfer {
            Some(Transfer(watch)) => watch.moved(n as u64),
            // Of unknown length, but surely not small.
            None if data.len() as u64 >= SMALL => transfer = Transfer::begin(Some(watch), None),
            None => {}
        }
    }
}
