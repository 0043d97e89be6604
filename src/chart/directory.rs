//! Loading a chart from a directory.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::error::io_reason;
use super::limits::{Budget, MAX_ENTRIES, MAX_FILE};
use super::{Chart, ChartError, File, IgnoreRules, files};
use crate::gostd::path;
use crate::value::Str;

/// Loads the chart in a directory.
pub(super) fn load(dir: &Path, warn: &mut dyn FnMut(String)) -> Result<Chart, ChartError> {
    let top = PathBuf::from(OsStr::from_bytes(&path::clean(dir.as_os_str().as_bytes())));
    let rules = read_rules(&top.join(".helmignore"))?;
    let mut walk = Walk { rules, files: Vec::new(), entries: 0, warn };
    walk.directory(&top, b"")?;
    let Walk { files, .. } = walk;
    files::assemble(files, warn, &mut Budget::new())
}

fn read_rules(path: &Path) -> Result<IgnoreRules, ChartError> {
    if fs::metadata(path).is_err() {
        return Ok(IgnoreRules::empty());
    }
    let mut file = fs::File::open(path).map_err(|e| ChartError::io("open", path, &e))?;
    let mut text = Vec::new();
    file.read_to_end(&mut text).map_err(|e| ChartError::io("read", path, &e))?;
    IgnoreRules::parse(&text).map_err(ChartError::Ignore)
}

struct Walk<'a> {
    rules: IgnoreRules,
    files: Vec<File>,
    entries: usize,
    warn: &'a mut dyn FnMut(String),
}

/// What an entry is, after links.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    Directory,
    Regular,
    Other,
}

fn entry(kind: fs::FileType) -> Entry {
    if kind.is_dir() {
        Entry::Directory
    } else if kind.is_file() {
        Entry::Regular
    } else {
        Entry::Other
    }
}

impl Walk<'_> {
    /// Visits what is in a directory, in byte order of the names. `name` is its path in the chart.
    fn directory(&mut self, path: &Path, name: &[u8]) -> Result<(), ChartError> {
        let opening = |e: io::Error| ChartError::io("open", path, &e);
        let mut found = Vec::new();
        for item in fs::read_dir(path).map_err(opening)? {
            let item = item.map_err(|e| ChartError::io("readdirent", path, &e))?;
            found.push((item.file_name(), item.file_type()));
            self.entries += 1;
            if self.entries > MAX_ENTRIES {
                return Err(ChartError::Archive(format!(
                    "chart directory holds more than {MAX_ENTRIES} entries"
                )));
            }
        }
        found.sort_unstable_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
        for (file_name, kind) in found {
            let inner = path.join(&file_name);
            let inner_name = match name {
                b"" => file_name.as_bytes().to_vec(),
                _ => [name, b"/", file_name.as_bytes()].concat(),
            };
            let kind = kind.map_err(|e| ChartError::io("lstat", &inner, &e))?;
            let kind = if kind.is_symlink() { self.follow(&inner)? } else { entry(kind) };
            self.visit(&inner, inner_name, kind)?;
        }
        Ok(())
    }

    /// Tells where a link leads, and that it was met.
    fn follow(&mut self, path: &Path) -> Result<Entry, ChartError> {
        let resolved = fs::canonicalize(path).map_err(|e| link_error(path, &e))?;
        (self.warn)(format!(
            "walk.go:75: found symbolic link in path: {} resolves to {}. Contents of linked file \
             included and used",
            path.display(),
            resolved.display()
        ));
        let info =
            fs::symlink_metadata(&resolved).map_err(|e| ChartError::io("lstat", &resolved, &e))?;
        Ok(entry(info.file_type()))
    }

    fn visit(&mut self, path: &Path, name: Vec<u8>, kind: Entry) -> Result<(), ChartError> {
        if self.rules.ignores(&name, kind == Entry::Directory) {
            return Ok(());
        }
        match kind {
            Entry::Directory => self.directory(path, &name),
            Entry::Other => Err(ChartError::Irregular(path.to_owned())),
            Entry::Regular => {
                let data = read(path, &name)?;
                self.files.push(File { name: Str::from(name), data });
                Ok(())
            }
        }
    }
}

/// The error of a link that leads nowhere names what Go's own resolution stumbles over: the first
/// part of the resolved path that is not there.
fn link_error(path: &Path, error: &io::Error) -> ChartError {
    let mut at = path.to_owned();
    for _ in 0..255 {
        let Ok(target) = fs::read_link(&at) else { break };
        let joined = at.parent().unwrap_or(Path::new("/")).join(target);
        let clean = path::clean(joined.as_os_str().as_bytes());
        at = PathBuf::from(OsStr::from_bytes(&clean));
    }
    let missing = at.ancestors().filter(|a| fs::symlink_metadata(a).is_err()).last();
    let text = match missing {
        Some(missing) => format!("lstat {}: {}", missing.display(), io_reason(error)),
        None => "EvalSymlinks: too many links".into(),
    };
    ChartError::Symlink { path: path.to_owned(), reason: text }
}

fn read(path: &Path, name: &[u8]) -> Result<Rc<[u8]>, ChartError> {
    let reading = |op, e: io::Error| ChartError::Read {
        name: String::from_utf8_lossy(name).into_owned(),
        cause: Box::new(ChartError::io(op, path, &e)),
    };
    let mut file = fs::File::open(path).map_err(|e| reading("open", e))?;
    let size = file.metadata().map_err(|e| ChartError::io("lstat", path, &e))?.len();
    if size > MAX_FILE {
        let base = path.file_name().unwrap_or_default();
        return Err(ChartError::LargeFile(base.to_string_lossy().into_owned()));
    }
    // One allocation that the chart keeps; the size is bounded by MAX_FILE.
    let mut data: Rc<[u8]> = std::iter::repeat_n(0u8, size as usize).collect();
    let mut filled = 0;
    if let Some(buffer) = Rc::get_mut(&mut data) {
        while filled < buffer.len() {
            match file.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(reading("read", e)),
            }
        }
    }
    // A file that shrank, or one such as those in /proc, which claim to be empty.
    if filled < data.len() {
        data = Rc::from(&data[..filled]);
    }
    if size == 0 {
        let mut rest = Vec::new();
        file.take(MAX_FILE).read_to_end(&mut rest).map_err(|e| reading("read", e))?;
        if !rest.is_empty() {
            data = Rc::from(rest);
        }
    }
    Ok(files::without_bom(data))
}
