//! Reads what a command is given as a file or on standard input.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use gostd::os::{io_reason, path_of, path_text, read_whole};

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

/// What an argument names that may be a chart or manifests.
pub(super) enum Named {
    /// A chart: a folder, an archive, or what is not on this machine.
    Chart,
    /// A file of manifests, or standard input.
    Text(Vec<u8>),
    /// The files of manifests in a folder, by their paths.
    Folder(Vec<(String, Vec<u8>)>),
}

/// Finds what an argument names, and reads it if it is no chart.
///
/// # Errors
/// What cannot be read; a folder that holds neither a chart nor manifests.
pub(super) fn named(argument: &str) -> Result<Named, Failure> {
    if argument == "-" {
        return Ok(Named::Text(stdin("the manifests")?));
    }
    let path = path_of(argument);
    if path.is_dir() && !path.join("Chart.yaml").is_file() {
        let read = |path: PathBuf| Ok((path_text(&path), file(&path)?));
        let files = manifests(&path)?.into_iter().map(read);
        return Ok(Named::Folder(files.collect::<Result<_, Failure>>()?));
    }
    if path.exists() && !path.is_dir() && !is_archive(&path) {
        return Ok(Named::Text(file(&path)?));
    }
    Ok(Named::Chart)
}

/// Returns the files of manifests in a folder and the folders in it, sorted by name.
///
/// # Errors
/// A folder that cannot be read, or that holds none.
fn manifests(path: &Path) -> Result<Vec<PathBuf>, Failure> {
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

/// Tells whether a file is compressed, as charts are. A pipe is not looked into: it can be read once.
fn is_archive(path: &Path) -> bool {
    if !path.is_file() {
        return false;
    }
    let mut start = [0; 2];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == [0x1f, 0x8b]
}
