//! Keeps what tests' snapshots were in a file beside the suite, as helm-unittest's package `snapshot` does.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use gostd::path;
use gostd::regexp::Regexp;
use gostd::value::{ANY_MAP, GENERAL_MAP, Map, Value};
use gostd::{strconv, unicode};

use super::check::without_line_feeds;
use super::results::SnapshotCounts;
use crate::store::{self, FileError};

/// Where the files are, beside the suite.
const FOLDER: &[u8] = b"__snapshot__";
const EXTENSION: &[u8] = b".snap";

/// Why snapshots cannot be read or written; displays as the reference's text.
#[derive(Clone, Debug)]
pub enum Error {
    /// The system refuses.
    File(FileError),
    /// Something else has the folder's name.
    NotAFolder {
        /// The name.
        path: PathBuf,
    },
    /// The file is not what the reference writes; go-yaml's text.
    Content(String),
    /// A value has no YAML, since it nests too deep or is too long.
    Value(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::File(error) => error.fmt(f),
            Error::NotAFolder { path } => {
                let path = gostd::os::path_text(path);
                write!(f, "snapshot cache dir {path} is not a directory")
            }
            Error::Content(text) | Error::Value(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {}

impl From<FileError> for Error {
    fn from(error: FileError) -> Error {
        Error::File(error)
    }
}

/// What a snapshot is searched for instead of being compared; empty for what is not asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Patterns<'p> {
    /// `matchRegex.pattern`
    pub matches: &'p [u8],
    /// `notMatchRegex.pattern`
    pub not_matches: &'p [u8],
}

/// What a comparison found: the reference's `CompareResult`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Whether the snapshot is the same, is to be updated, or is as the patterns ask for.
    pub passed: bool,
    /// Which snapshot of its test it is, from 1.
    pub index: u64,
    /// The YAML of what was compared.
    pub new: Vec<u8>,
    /// What the file has; empty for nothing.
    pub cached: Vec<u8>,
    /// What a pattern did not find, with a space before it; empty where a difference is to be shown.
    pub message: Vec<u8>,
    /// Why a pattern could not be searched for.
    pub error: Option<Vec<u8>>,
}

/// By test and number.
type Snapshots = BTreeMap<Vec<u8>, BTreeMap<u64, Vec<u8>>>;

/// The snapshots of a suite.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    path: PathBuf,
    is_updating: bool,
    cached: Snapshots,
    current: Snapshots,
    updated: usize,
    inserted: usize,
    compared: usize,
}

impl Cache {
    /// Reads the snapshots of a suite's file, to which its `snapshotId` has been appended with `_`.
    ///
    /// # Errors
    /// What the system refuses; something else in the place of the folder `__snapshot__`; a file that is not a map from
    /// texts to maps from numbers to texts.
    pub fn open(suite: &[u8], is_updating: bool) -> Result<Cache, Error> {
        let folder = path::join([&path::dir(suite)[..], FOLDER]);
        check_folder(Path::new(OsStr::from_bytes(&folder)))?;
        let file = [path::base(suite), EXTENSION].concat();
        let path = PathBuf::from(OsString::from_vec(path::join([&folder[..], &file])));
        let cached = match store::read(&path) {
            Ok(text) => read(&text).map_err(Error::Content)?,
            Err(error) if error.cause.kind() == std::io::ErrorKind::NotFound => Snapshots::new(),
            Err(error) => return Err(error.into()),
        };
        Ok(Cache { path, is_updating, cached, ..Cache::default() })
    }

    /// Compares a snapshot of a test with that in the file; `index` counts those of the test, from 1.
    ///
    /// # Errors
    /// [`Error::Value`]
    pub fn compare(
        &mut self,
        test: &[u8],
        index: u64,
        content: &Value,
        patterns: Patterns<'_>,
    ) -> Result<Compared, Error> {
        let new = written(&without_line_feeds(content))?;
        self.compared += 1;
        let known = self.cached.get(test).and_then(|of_test| of_test.get(&index));
        self.inserted += usize::from(known.is_none());
        let is_known = known.is_some();
        let cached = known.cloned().unwrap_or_default();

        let mut passed = true;
        let (mut message, mut error) = (Vec::new(), None);
        let (wanted, unwanted) =
            (unicode::trim_space(patterns.matches), unicode::trim_space(patterns.not_matches));
        if wanted.is_empty() && unwanted.is_empty() {
            if is_known && new != cached {
                passed = false;
                self.updated += 1;
            }
        } else {
            if !wanted.is_empty() {
                passed = search(&new, wanted, &mut error);
                if !passed {
                    message = [b" pattern '", wanted, b"' not found in snapshot"].concat();
                }
            }
            if passed && !unwanted.is_empty() && search(&new, unwanted, &mut error) {
                passed = false;
                message = [b" pattern '", unwanted, b"' should not be in snapshot"].concat();
            }
        }
        let kept = if self.is_updating || !is_known { new.clone() } else { cached.clone() };
        self.current.entry(test.to_vec()).or_default().insert(index, kept);
        passed |= self.is_updating;
        Ok(Compared { passed, index, new, cached, message, error })
    }

    /// Makes the folder `__snapshot__`, as the reference does for every suite that runs.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn make_folder(&self) -> Result<(), Error> {
        match self.path.parent() {
            Some(folder) if !check_folder(folder)? => Ok(store::make_folders(folder)?),
            _ => Ok(()),
        }
    }

    /// Returns how many were compared, differ, are new, and were not compared.
    pub fn counts(&self) -> SnapshotCounts {
        SnapshotCounts {
            total: self.compared,
            failed: if self.is_updating { 0 } else { self.updated },
            created: self.inserted,
            vanished: self.vanished(),
        }
    }

    fn vanished(&self) -> usize {
        let is_current = |test: &[u8], index: &u64| {
            self.current.get(test).is_some_and(|of_test| of_test.contains_key(index))
        };
        let of_test = |(test, snapshots): (&Vec<u8>, &BTreeMap<u64, Vec<u8>>)| {
            snapshots.keys().filter(|index| !is_current(test, index)).count()
        };
        self.cached.iter().map(of_test).sum()
    }

    fn has_changed(&self) -> bool {
        let is_gone = |test: &Vec<u8>| !self.current.contains_key(test);
        self.updated > 0
            || self.inserted > 0
            || self.vanished() > 0
            || self.cached.keys().any(is_gone)
    }

    /// Writes the file where snapshots are new, no longer compared, or to be updated; whether it did.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn store(&self) -> Result<bool, Error> {
        let is_wanted = self.is_updating || self.inserted > 0 || self.vanished() > 0;
        if !is_wanted || !self.has_changed() {
            return Ok(false);
        }
        let of_test = |snapshots: &BTreeMap<u64, Vec<u8>>| {
            let map = Map::with_type(&GENERAL_MAP);
            for (index, text) in snapshots {
                let mut key = Vec::new();
                strconv::append_uint(&mut key, *index);
                map.insert(key, Value::str(&text[..]));
            }
            Value::Map(map)
        };
        let tests = Map::with_type(&ANY_MAP);
        for (test, snapshots) in &self.current {
            tests.insert(&test[..], of_test(snapshots));
        }
        self.make_folder()?;
        let text = written(&Value::Map(tests))?;
        store::write_whole(&self.path, &text, 0o644)?;
        Ok(true)
    }
}

/// Tells whether the folder is there.
fn check_folder(folder: &Path) -> Result<bool, Error> {
    match std::fs::metadata(folder) {
        Ok(found) if found.is_dir() => Ok(true),
        Ok(_) => Err(Error::NotAFolder { path: folder.to_owned() }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(FileError::new("stat", folder, error).into()),
    }
}

/// Reads a file of snapshots.
fn read(text: &[u8]) -> Result<Snapshots, String> {
    let mut snapshots = Snapshots::new();
    let Some(text) = goyaml::Text::read(text)? else { return Ok(snapshots) };
    let mut typed = goyaml::Typed::default();
    typed.map(text.root(), "map[string]map[uint]string", |typed, test, at| {
        let mut of_test = BTreeMap::new();
        let is_read = typed.map_by_number(at, "map[uint]string", |typed, index, at| {
            let mut snapshot = String::new();
            if typed.text(at, &mut snapshot) || at.is_null() {
                of_test.insert(index, snapshot.into_bytes());
            }
        });
        if is_read || at.is_null() {
            snapshots.insert(test.into_bytes(), of_test);
        }
    });
    typed.finish()?;
    Ok(snapshots)
}

fn written(value: &Value) -> Result<Vec<u8>, Error> {
    goyaml::marshal_pretty(value).map_err(|error| Error::Value(error.to_string()))
}

fn search(text: &[u8], pattern: &[u8], error: &mut Option<Vec<u8>>) -> bool {
    match Regexp::compile(pattern) {
        Ok(expression) => {
            *error = None;
            expression.is_match(text)
        }
        Err(why) => {
            let why = why.to_string();
            *error = Some(
                [b"failed to compile regex pattern ", pattern, b": ", why.as_bytes()].concat(),
            );
            false
        }
    }
}
