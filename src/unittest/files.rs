//! Finds files by patterns: those of Go's `filepath.Glob`, and `**` for folders within folders.

use std::io::ErrorKind;
use std::path::Path;

use bstr::ByteSlice;
use gostd::os::{expect_regular, io_reason, path_of, read_file};
use gostd::path;

/// Returns the files that patterns name, in the order of the patterns; relative ones count from `base`.
///
/// # Errors
/// A pattern that is none.
pub(super) fn find(
    folder: &Path,
    base: &str,
    patterns: &[String],
) -> Result<Vec<String>, &'static str> {
    let prefix = format!("{base}/");
    let mut found = Vec::new();
    let mut last = None;
    for pattern in patterns {
        // Only neighbours that are equal count once.
        if last.replace(pattern) == Some(pattern) {
            continue;
        }
        if pattern.starts_with('/') {
            found.push(pattern.clone());
            continue;
        }
        let whole = match pattern.contains(&prefix) {
            true => pattern.clone(),
            false => text(path::join([prefix.as_bytes(), pattern.as_bytes()])),
        };
        found.extend(expand(folder, &whole)?);
    }
    Ok(found)
}

/// Reads a file; the path counts from `folder`.
///
/// # Errors
/// Go's words, with the path. Go opens a folder, but cannot read it.
pub(super) fn read(folder: &Path, path: &str) -> Result<Vec<u8>, String> {
    read_file(&folder.join(path_of(path))).map_err(|e| words(path, &e))
}

/// Reads a file of suites, as [`read`] does: of a pipe, which may never be written to, nothing is read.
///
/// # Errors
/// As [`read`].
pub(super) fn read_regular(folder: &Path, path: &str) -> Result<Vec<u8>, String> {
    match expect_regular(&folder.join(path_of(path))) {
        Err(e) if e.kind() != ErrorKind::NotFound && e.kind() != ErrorKind::IsADirectory => {
            Err(words(path, &e))
        }
        _ => read(folder, path),
    }
}

fn words(path: &str, error: &std::io::Error) -> String {
    let what = if error.kind() == ErrorKind::IsADirectory { "read" } else { "open" };
    format!("{what} {path}: {}", io_reason(error))
}

fn text(path: Vec<u8>) -> String {
    gostd::os::text_of(path)
}

const BAD: &str = "syntax error in pattern";

/// Expands a pattern in which `**` may stand.
fn expand(folder: &Path, pattern: &str) -> Result<Vec<String>, &'static str> {
    if !pattern.contains("**") {
        return glob(folder, pattern);
    }
    let mut matches = vec![String::new()];
    for part in pattern.split("**") {
        let mut hits = Vec::new();
        let mut known = std::collections::HashSet::new();
        for start in &matches {
            for path in glob(folder, &format!("{start}{part}"))? {
                walk(folder, path, &mut |path| {
                    if known.insert(path.clone()) {
                        hits.push(path);
                    }
                });
            }
        }
        matches = hits;
    }
    Ok(matches)
}

/// Calls `visit` with a path and all below it, by name.
fn walk(folder: &Path, path: String, visit: &mut dyn FnMut(String)) {
    let on_disk = folder.join(path_of(&path));
    let is_folder = on_disk.symlink_metadata().is_ok_and(|meta| meta.is_dir());
    visit(path.clone());
    if !is_folder {
        return;
    }
    for name in names(&on_disk) {
        let below = text(path::join([&gostd::os::bytes_of(&path)[..], &name]));
        walk(folder, below, visit);
    }
}

/// Returns the names in a folder, sorted; none where it cannot be read.
fn names(folder: &Path) -> Vec<Vec<u8>> {
    use std::os::unix::ffi::OsStringExt;
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<Vec<u8>> = entries.map(|e| e.file_name().into_vec()).collect();
    names.sort();
    names
}

/// Reproduces `filepath.Glob`.
fn glob(folder: &Path, pattern: &str) -> Result<Vec<String>, &'static str> {
    glob_at(folder, &gostd::os::bytes_of(pattern), 0)
        .map(|found| found.into_iter().map(text).collect())
}

fn glob_at(folder: &Path, pattern: &[u8], depth: usize) -> Result<Vec<Vec<u8>>, &'static str> {
    // Go's own bound.
    if depth == 10_000 || path::matches(pattern, b"").is_err() {
        return Err(BAD);
    }
    let on_disk = |path: &[u8]| folder.join(path_of(&text(path.to_vec())));
    let has_meta = |text: &[u8]| text.iter().any(|b| matches!(b, b'*' | b'?' | b'[' | b'\\'));
    if !has_meta(pattern) {
        let exists = on_disk(pattern).symlink_metadata().is_ok();
        return Ok(if exists { vec![pattern.to_vec()] } else { Vec::new() });
    }
    let split = pattern.rfind_byte(b'/').map_or(0, |at| at + 1);
    let (dir, file) = pattern.split_at(split);
    let dir = match dir {
        b"" => &b"."[..],
        b"/" => dir,
        dir => &dir[..dir.len() - 1],
    };
    let dirs = match has_meta(dir) {
        false => vec![dir.to_vec()],
        true if dir == pattern => return Err(BAD),
        true => glob_at(folder, dir, depth + 1)?,
    };
    let mut found = Vec::new();
    for dir in dirs {
        let path = on_disk(&dir);
        if !path.is_dir() {
            continue;
        }
        for name in names(&path) {
            if path::matches(file, &name).map_err(|_| BAD)? {
                found.push(path::join([&dir[..], &name]));
            }
        }
    }
    Ok(found)
}
