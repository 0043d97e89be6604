//! Reads the chart to lint where it is: in a directory, or unpacked in memory.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::LintError;
use crate::chart::{self, Chart, ChartError, File, IgnoreRules};
use crate::profile::Profile;
use crate::report::{Event, Record};
use crate::store::FileError;
use gostd::os::read_regular_file;
use gostd::path;
use gostd::value::Str;
use rustix::io::Errno;

/// A chart's files, nothing of them read yet.
pub(super) enum Place {
    /// The absolute path of a directory.
    Directory(PathBuf),
    /// An archive's path, and what is in it.
    Archive(PathBuf, Vec<File>),
}

/// A chart that was loaded once, to be used more often.
pub(super) struct Loaded {
    /// The chart, or why there is none.
    pub(super) chart: Result<Chart, ChartError>,
    /// What Helm logs each time it loads the chart.
    pub(super) told: Vec<Event>,
}

impl Place {
    /// Finds the chart at a path.
    pub(super) fn find(path: &Path) -> Result<Place, LintError> {
        let name = path.as_os_str().as_bytes();
        if name.ends_with(b".tgz") || name.ends_with(b".tar.gz") {
            let place = Place::unpack(path)?;
            if place.read("Chart.yaml").is_err() {
                return Err(LintError::NoChartfile(missing("stat", path, "Chart.yaml")));
            }
            return Ok(place);
        }
        let chartfile = joined(path, "Chart.yaml");
        fs::metadata(&chartfile)
            .map_err(|e| LintError::NoChartfile(FileError::new("stat", &chartfile, e)))?;
        let here = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let absolute = std::path::absolute(here).unwrap_or_else(|_| path.to_owned());
        let clean = path::clean(absolute.as_os_str().as_bytes());
        Ok(Place::Directory(PathBuf::from(OsStr::from_bytes(&clean))))
    }

    fn unpack(path: &Path) -> Result<Place, LintError> {
        let data = read_regular_file(path)
            .map_err(|e| LintError::Open(FileError::new("open", path, e)))?;
        let files = chart::unpack(&data).map_err(LintError::Extract)?;
        let mut name = Str::EMPTY;
        for file in files.iter().filter(|f| f.name == "Chart.yaml") {
            let metadata = chart::read_metadata(file.data.shared()).map_err(|cause| {
                LintError::Extract(ChartError::Parse { file: "Chart.yaml", cause })
            })?;
            name = metadata.name;
        }
        if name.is_empty() {
            return Err(LintError::NoName);
        }
        Ok(Place::Archive(path.to_owned(), files))
    }

    /// Returns the chart's own path, as findings show it.
    pub(super) fn path(&self) -> Str {
        let (Place::Directory(path) | Place::Archive(path, _)) = self;
        Str::from(path.as_os_str().as_bytes())
    }

    /// Returns whether there is a file or directory of this name.
    pub(super) fn exists(&self, name: &str) -> bool {
        match self {
            Place::Directory(top) => fs::metadata(top.join(name)).is_ok(),
            Place::Archive(_, files) => files.iter().any(|f| {
                f.name.strip_prefix(name.as_bytes()).is_some_and(|r| matches!(r, [] | [b'/', ..]))
            }),
        }
    }

    /// Returns whether this is there and a directory.
    pub(super) fn is_directory(&self, name: &str) -> bool {
        match self {
            Place::Directory(top) => fs::metadata(top.join(name)).is_ok_and(|m| m.is_dir()),
            Place::Archive(_, files) => {
                let inside = [name.as_bytes(), b"/"].concat();
                files.iter().any(|f| f.name.starts_with(&inside))
            }
        }
    }

    /// Returns a file's bytes.
    pub(super) fn read(&self, name: &str) -> Result<Vec<u8>, FileError> {
        match self {
            Place::Directory(top) => {
                let path = top.join(name);
                read_regular_file(&path).map_err(|e| {
                    let op = if path.is_dir() { "read" } else { "open" };
                    FileError::new(op, &path, e)
                })
            }
            Place::Archive(path, files) => {
                // Unpacking writes files of one name over each other.
                match files.iter().rfind(|f| *f.name == *name.as_bytes()) {
                    Some(file) => Ok(file.data.shared().to_vec()),
                    None => Err(missing("open", path, name)),
                }
            }
        }
    }

    /// Loads the chart as `helm template` does.
    pub(super) fn load(&self, profile: Profile) -> Loaded {
        let record = Record::default();
        let chart = match self {
            Place::Directory(top) => chart::load_as(top, profile, &record),
            Place::Archive(_, files) => {
                kept(files).and_then(|files| chart::from_files_as(files, profile, &record))
            }
        };
        Loaded { chart, told: record.take() }
    }
}

/// Returns the error of a file that an archive does not hold.
fn missing(op: &'static str, archive: &Path, name: &str) -> FileError {
    FileError::new(op, archive.join(name), Errno::NOENT.into())
}

/// Returns the files of an unpacked archive as a walk through the directory finds them.
fn kept(files: &[File]) -> Result<Vec<File>, ChartError> {
    let rules = files.iter().rfind(|f| f.name == ".helmignore");
    let rules = match rules {
        Some(file) => IgnoreRules::parse(file.data.shared()).map_err(ChartError::Ignore)?,
        None => IgnoreRules::empty(),
    };
    let mut kept: Vec<File> = Vec::new();
    for file in files.iter().filter(|f| !ignored(&rules, &f.name)) {
        match kept.iter_mut().find(|k| k.name == file.name) {
            Some(earlier) => earlier.data = file.data.clone(),
            None => kept.push(file.clone()),
        }
    }
    kept.sort_by(|a, b| a.name.split(|c| *c == b'/').cmp(b.name.split(|c| *c == b'/')));
    Ok(kept)
}

/// Returns whether the rules pass over a file or one of the folders it lies in.
fn ignored(rules: &IgnoreRules, name: &[u8]) -> bool {
    let slashes = name.iter().enumerate().filter(|(_, b)| **b == b'/').map(|(at, _)| at);
    slashes.map(|at| (&name[..at], true)).chain([(name, false)]).any(|(n, d)| rules.ignores(n, d))
}

/// Reproduces Go's `filepath.Join` of a folder and a name.
fn joined(folder: &Path, name: &str) -> PathBuf {
    let joined = path::join([folder.as_os_str().as_bytes(), name.as_bytes()]);
    PathBuf::from(OsStr::from_bytes(&joined))
}
