//! Finds the files that have changed: since a revision, or while `--watch` looks on.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use gostd::os::path_of;
use statefulchart::git::{self, Repository};

use crate::cli::Failure;

/// How long `--watch` waits before it looks again, and how long nothing may change before it runs: an editor writes a file
/// in several steps, and several files one after another.
const PAUSE: Duration = Duration::from_millis(200);
const SETTLED: Duration = Duration::from_millis(50);

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
#[derive(Default, PartialEq, Eq)]
pub(super) struct Files(HashMap<PathBuf, State>);

impl Files {
    /// Looks at all files of charts' folders, and at those that suites and flags name. Folders of Git are left out, and what
    /// runs write themselves: `own` files, and snapshots while they are written. Links to folders are not followed.
    pub(super) fn of(charts: &[String], named: &[PathBuf], own: &[PathBuf]) -> Files {
        let real = |path: &Path| std::fs::canonicalize(path).unwrap_or(path.to_owned());
        let own: Vec<PathBuf> = own.iter().map(|path| real(path)).collect();
        let mut files = Files::default();
        let roots = charts.iter().map(|chart| real(&path_of(chart)));
        for root in roots.chain(named.iter().map(|path| real(path))) {
            files.add(&root, &own);
        }
        files
    }

    fn add(&mut self, root: &Path, own: &[PathBuf]) {
        let mut left = vec![root.to_owned()];
        while let Some(path) = left.pop() {
            let Ok(about) = path.symlink_metadata() else { continue };
            if own.contains(&path) || path.file_name().is_some_and(is_passing) {
                continue;
            }
            if about.is_dir() {
                let entries = std::fs::read_dir(&path).into_iter().flatten().flatten();
                left.extend(entries.map(|entry| entry.path()));
            } else if self.0.len() < MOST {
                // A link changes with what it leads to.
                let about = std::fs::metadata(&path).unwrap_or(about);
                self.0.insert(path, (about.modified().ok(), about.len()));
            }
        }
    }

    /// Returns how many files there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes over what a run has made of snapshots, and the state of files that it was the first to name.
    pub(super) fn take_over(&mut self, after: &Files, named: &[PathBuf]) {
        let is_snapshot = |path: &Path| path.extension().is_some_and(|end| end == "snap");
        self.0.retain(|path, _| !is_snapshot(path));
        let snapshots = after.0.iter().filter(|(path, _)| is_snapshot(path));
        self.0.extend(snapshots.map(|(path, state)| (path.clone(), *state)));
        for path in named.iter().filter_map(|path| std::fs::canonicalize(path).ok()) {
            if let Some(state) = after.0.get(&path) {
                self.0.entry(path).or_insert(*state);
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

/// Waits until files change, and then until they stay as they are. Returns what they are then, and which have changed.
pub(super) fn wait(before: &Files, look: impl Fn() -> Files) -> (Files, HashSet<PathBuf>) {
    /// How often a file that is written on and on is waited for.
    const MOST: usize = 40;
    loop {
        std::thread::sleep(PAUSE);
        let mut now = look();
        if now == *before {
            continue;
        }
        for _ in 0..MOST {
            std::thread::sleep(SETTLED);
            let next = look();
            if std::mem::replace(&mut now, next) == now {
                break;
            }
        }
        let changed = now.changed_since(before);
        if !changed.is_empty() {
            return (now, changed);
        }
    }
}

/// Says which files have changed.
pub(super) fn shown(changed: &HashSet<PathBuf>) -> String {
    const SHOWN: usize = 5;
    let folder = std::env::current_dir().and_then(std::fs::canonicalize).unwrap_or_default();
    let name = |path: &PathBuf| gostd::os::path_text(path.strip_prefix(&folder).unwrap_or(path));
    let mut names: Vec<String> = changed.iter().map(name).collect();
    names.sort();
    let more = names.len().saturating_sub(SHOWN);
    names.truncate(SHOWN);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("changed: {}{more}\n", names.join(", "))
}

/// Tells whether a name is that of a folder of Git, or of a file that an editor has for a while.
fn is_passing(name: &std::ffi::OsStr) -> bool {
    let name = name.to_string_lossy();
    let ends = ["~", ".swp", ".swx", ".swo", ".tmp"];
    name == ".git"
        || name == "4913"
        || name.starts_with(".#")
        || ends.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_new_gone_and_other_files_but_not_those_of_editors_and_reports() {
        let folder = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(folder.path()).unwrap();
        let write = |name: &str, text: &str| std::fs::write(root.join(name), text).unwrap();
        let charts = [root.to_str().unwrap().to_owned()];
        let look = || Files::of(&charts, &[], &[root.join("report.xml")]);
        write("a.yaml", "a");
        write("b.yaml", "b");
        let before = look();
        for name in ["report.xml", "a.yaml~", ".a.yaml.swp", "4913", ".#a.yaml"] {
            write(name, "x");
        }
        assert!(look() == before);
        write("a.yaml", "aa");
        write("c.yaml", "c");
        std::fs::remove_file(root.join("b.yaml")).unwrap();
        let mut changed: Vec<_> = look().changed_since(&before).into_iter().collect();
        changed.sort();
        assert_eq!(changed, ["a.yaml", "b.yaml", "c.yaml"].map(|name| root.join(name)));
        assert_eq!(before.len(), 2);
        // What a run has written of snapshots is no change.
        let mut before = look();
        write("a.snap", "x");
        before.take_over(&look(), &[]);
        assert!(look() == before);
    }
}
