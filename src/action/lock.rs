//! Locks a file that two programs, Helm among them, use to exclude each other.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use super::SupplyError;
use crate::store::FileError;

/// Takes the lock, waiting for half a minute at most, as Helm does; it is given back when the file is
/// dropped.
pub(super) fn acquire(path: &Path) -> Result<File, SupplyError> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(|e| FileError::new("open", path, e))?;
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(100));
            }
            Err(TryLockError::WouldBlock) => return Err(SupplyError::Locked),
            Err(TryLockError::Error(e)) => return Err(SupplyError::Lock(e)),
        }
    }
}
