//! Reads what a command is given as a file or on standard input.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use gostd::os::{io_reason, path_text, read_whole};

use walkdir::WalkDir;

use super::Failure;
use super::flags::quoted;

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

/// Returns the files of manifests in a folder and the folders in it, sorted by name.
///
/// # Errors
/// A folder that cannot be read, or that holds none.
pub(super) fn manifests(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    for entry in WalkDir::new(path).follow_links(true).sort_by_file_name() {
        let entry = entry.map_err(|e| Failure::from(e.to_string()))?;
        let is_manifest = |e: &std::ffi::OsStr| e == "yaml" || e == "yml" || e == "json";
        if entry.file_type().is_file() && entry.path().extension().is_some_and(is_manifest) {
            all.push(entry.into_path());
        }
    }
    match all.is_empty() {
        true => Err(Failure::from(format!(
            "{} holds neither a chart nor manifests (*.yaml, *.yml, *.json)",
            quoted(&path_text(path))
        ))),
        false => Ok(all),
    }
}

/// Tells whether a file is compressed, as charts are.
pub(super) fn is_archive(path: &Path) -> bool {
    let mut start = [0; 2];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == [0x1f, 0x8b]
}
