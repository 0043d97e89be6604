//! Reads what a command is given as a file or on standard input.

use std::fs::File;
use std::path::Path;

use gostd::os::{io_reason, path_text, read_whole};

use super::Failure;

/// Returns a file's contents.
pub(super) fn file(path: &Path) -> Result<Vec<u8>, Failure> {
    let fail = |what: &str, e: &std::io::Error| {
        Failure::from(format!("{what} {}: {}", path_text(path), io_reason(e)))
    };
    read_whole(File::open(path).map_err(|e| fail("open", &e))?).map_err(|e| fail("read", &e))
}

/// Returns what standard input holds; `what` says what that is.
pub(super) fn stdin(what: &str) -> Result<Vec<u8>, Failure> {
    read_whole(std::io::stdin().lock())
        .map_err(|e| Failure::from(format!("read {what} from standard input: {}", io_reason(&e))))
}
