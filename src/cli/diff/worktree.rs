//! Keeps what is read of a work tree within its repository, where a comparison is with a revision.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use gostd::os::{path_of, path_text};
use statefulchart::chart::Chart;
use statefulchart::git::{GitError, Repository};
use statefulchart::report::{Event, Progress, Reporter, Warning};

use crate::cli::Failure;

/// Opens a chart of a folder, which may have to stay in a repository: then no link may lead out of that, and what Git
/// keeps in `.git` for itself is no part of the chart, as it is none at a revision.
///
/// # Errors
/// Those of `open`; a link that leads out of the repository, or into what Git keeps there.
pub(super) fn open(
    confined: Option<&Repository>,
    path: &Path,
    reporter: &dyn Reporter,
    open: &dyn Fn(&dyn Reporter) -> Result<Chart, Failure>,
) -> Result<Chart, Failure> {
    let Some(repository) = confined else { return open(reporter) };
    if is_outside(repository, path) {
        return Err(Failure::from(format!(
            "{} is outside of the repository: with --from no chart of another place is read",
            path_text(path)
        )));
    }
    let watch = Watch { repository, reporter, refused: Mutex::default() };
    let opened = open(&watch);
    if let Some(link) = watch.refused.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(GitError::Link(link).into());
    }
    let mut chart = opened?;
    let is_of_git = |name: &[u8]| name.starts_with(b".git/");
    if chart.files.iter().any(|file| is_of_git(&file.name)) {
        Arc::make_mut(&mut chart.files).retain(|file| !is_of_git(&file.name));
    }
    Ok(chart)
}

/// Refuses a file of the work tree that links lead out of the repository; one that was never in it is none of its.
///
/// # Errors
/// What is to be said of it.
pub(super) fn check(repository: &Repository, file: &str) -> Result<(), String> {
    let path = path_of(file);
    match file.trim() != "-" && repository.within(&path).is_some() && is_outside(repository, &path)
    {
        true => Err(GitError::Link(file.to_owned()).to_string()),
        false => Ok(()),
    }
}

/// Tells whether what is there at a path lies, links followed, outside of a repository or in what Git keeps there for itself.
fn is_outside(repository: &Repository, path: &Path) -> bool {
    let Ok(path) = path.canonicalize() else { return false };
    let Ok(top) = repository.top().canonicalize() else { return true };
    let is_git = |part: &OsStr| part.eq_ignore_ascii_case(".git");
    path.strip_prefix(top).map_or(true, |within| within.iter().any(is_git))
}

/// Looks at the links that are followed while a chart is read.
struct Watch<'w> {
    repository: &'w Repository,
    reporter: &'w dyn Reporter,
    /// The first link that leads out of the repository.
    refused: Mutex<Option<String>>,
}

impl Reporter for Watch<'_> {
    fn report(&self, event: Event) {
        if let Event::Warning(Warning::LinkFollowed { path, target }) = &event
            && is_outside(self.repository, target)
        {
            let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            refused.get_or_insert_with(|| path_text(path));
            return;
        }
        self.reporter.report(event);
    }

    fn wants_debug(&self) -> bool {
        self.reporter.wants_debug()
    }

    fn wants_refusals(&self) -> bool {
        self.reporter.wants_refusals()
    }

    fn progress(&self, progress: Progress) {
        self.reporter.progress(progress);
    }

    fn wants_progress(&self) -> bool {
        self.reporter.wants_progress()
    }
}
