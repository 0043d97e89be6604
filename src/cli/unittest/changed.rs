//! Finds the files that have changed: since a revision, or while `--watch` looks on.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use gostd::os::path_of;
use statefulchart::git::{self, Repository};

use crate::cli::Failure;

/// How long `--watch` waits before it looks again.
pub(super) const PAUSE: Duration = Duration::from_millis(300);

/// How many files `--watch` looks at at most.
const MOST: usize = 100_000;

/// Returns the files that differ from a revision in the repositories in which the charts lie.
pub(super) fn since(revision: &str, charts: &[String]) -> Result<HashSet<PathBuf>, Failure> {
    let (mut tops, mut changed) = (HashSet::new(), HashSet::new());
    for chart in charts {
        let repository = Repository::of(&path_of(chart))?;
        if tops.insert(repository.top().to_owned()) {
            let files = repository.changed(&repository.at(revision)?, None)?;
            changed.extend(files.iter().map(|file| repository.top().join(git::path_of(file))));
        }
    }
    Ok(changed)
}

/// What is known of a file: when it was changed, and its size.
type State = (Option<SystemTime>, u64);

/// The files in charts' folders, as they were at one time.
#[derive(Default)]
pub(super) struct Files(HashMap<PathBuf, State>);

impl Files {
    /// Looks at all files; folders of Git are left out, and symbolic links not followed.
    pub(super) fn of(charts: &[String]) -> Files {
        let mut files = Files::default();
        for chart in charts {
            let path = path_of(chart);
            files.add(&std::fs::canonicalize(&path).unwrap_or(path.into_owned()));
        }
        files
    }

    fn add(&mut self, root: &Path) {
        let mut left = vec![root.to_owned()];
        while let Some(path) = left.pop() {
            let Ok(about) = path.symlink_metadata() else { continue };
            if about.is_dir() {
                if path.file_name().is_none_or(|name| name != ".git") {
                    let entries = std::fs::read_dir(&path).into_iter().flatten().flatten();
                    left.extend(entries.map(|entry| entry.path()));
                }
            } else if self.0.len() < MOST {
                self.0.insert(path, (about.modified().ok(), about.len()));
            }
        }
    }

    /// Returns the files that differ from those before, new and gone ones among them.
    pub(super) fn changed_since(&self, before: &Files) -> HashSet<PathBuf> {
        let differs = |(path, state): &(&PathBuf, &State)| before.0.get(*path) != Some(*state);
        let other = self.0.iter().filter(differs).map(|(path, _)| path.clone());
        let gone = before.0.keys().filter(|path| !self.0.contains_key(*path)).cloned();
        other.chain(gone).collect()
    }
}
