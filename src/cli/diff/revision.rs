//! Reads charts and values files as Git has them at a revision.

use std::collections::HashMap;
use std::path::Path;

use bstr::ByteSlice;
use gostd::os::{path_of, path_text};
use gostd::value::Str;
use statefulchart::chart::{self, Chart, Data, File, IgnoreRules};
use statefulchart::diff::show::Reason;
use statefulchart::git::{self, GitError, Listed, Repository, Tree};
use statefulchart::profile::Profile;
use statefulchart::report::Silent;

use super::dependencies::{self, Homes, Loading, archive, file_repository, hold, lacking, missing};
use super::sides::Place;
use crate::cli::Failure;
use crate::cli::flags::{Given, quoted};
use crate::cli::globs::Pattern;

impl From<GitError> for Failure {
    fn from(error: GitError) -> Failure {
        error.to_string().into()
    }
}

/// A repository at a revision.
pub(super) struct Revision {
    pub(super) repository: Repository,
    pub(super) tree: Tree,
}

impl Revision {
    /// Returns how it is called.
    pub(super) fn name(&self) -> &str {
        &self.tree.revision
    }

    /// Adds to a cause that is lines of a template the commit that has changed them since this revision.
    pub(super) fn add_commit(&self, new: &Place, reason: &mut Reason) {
        let (Some((_, [_, lines])), Some((file, _))) = (&reason.lines, &reason.at) else { return };
        let Some(path) = self.within(file) else { return };
        if new.revision.is_none() && self.repository.is_changed(&path) {
            reason.commit = Some("not committed yet".to_owned());
            return;
        }
        let to = new.revision.as_ref().map_or("HEAD", |new| &*new.tree.commit);
        let from = &*self.tree.commit;
        let commit = match lines {
            (start, end) if start < end => self.repository.blame(from, to, &path, *start),
            _ => None,
        };
        let commit = commit.or_else(|| self.repository.last(from, to, &path));
        reason.commit = commit.map(|commit| format!("{} {}", commit.id, commit.subject));
    }

    fn within(&self, path: &str) -> Option<Vec<u8>> {
        self.repository.within(&path_of(path))
    }

    /// Loads the chart at a path on this machine, as it is at the revision, and tells where the charts lie that it has by
    /// `file://`; nothing where it is not there. `reference` is how the chart was named.
    ///
    /// # Errors
    /// A chart that cannot be loaded, or lacks charts that it depends on.
    pub(super) fn chart(
        &self,
        path: &str,
        profile: Profile,
        given: &Given,
        reference: &str,
    ) -> Result<Option<(Chart, Homes)>, Failure> {
        let Some(within) = self.within(path) else {
            return Err(Failure::from(format!(
                "{} is not in the repository {}",
                quoted(path),
                path_text(self.repository.top())
            )));
        };
        let mut loading = Loading::default();
        let chart =
            loading.within(&within, |loading| self.load(&within, profile, given, loading))?;
        let shown = |folder: &[u8]| dependencies::shown(&self.tree.on_disk(folder));
        Ok(chart.map(|chart| (chart, loading.homes(&within, reference, &shown))))
    }

    fn load(
        &self,
        folder: &[u8],
        profile: Profile,
        given: &Given,
        loading: &mut Loading,
    ) -> Result<Option<Chart>, Failure> {
        let place = format!("{} at {}", folder.to_str_lossy(), self.name());
        let Some(mut chart) = self.alone(folder, &place, profile, loading)? else {
            return Ok(None);
        };
        for need in missing(&chart) {
            let below = file_repository(&need).map(|below| [folder, b"/", below].concat());
            let found = match below.and_then(|path| git::clean(&path)) {
                Some(path) => {
                    loading.note(folder, &chart, &need, &path);
                    loading.within(&path, |loading| self.load(&path, profile, given, loading))?
                }
                None => None,
            };
            let on_disk = self.tree.on_disk(folder);
            match found.or_else(|| archive(&need, &on_disk, given, profile)) {
                Some(found) => hold(&mut chart, found, &place)?,
                None => return Err(lacking(&need, &place)),
            }
        }
        Ok(Some(chart))
    }

    /// Loads a chart with what lies in its folder, and no more.
    fn alone(
        &self,
        folder: &[u8],
        place: &str,
        profile: Profile,
        loading: &mut Loading,
    ) -> Result<Option<Chart>, Failure> {
        let fail = |e: chart::ChartError| Failure::from(format!("{place}: {e}"));
        let mut listed = self.tree.list(folder)?;
        if !listed.iter().any(|listed| listed.name == b"Chart.yaml") {
            return Ok(None);
        }
        if let Some(rules) = listed.iter().find(|listed| listed.name == b".helmignore") {
            let rules = IgnoreRules::parse(&self.tree.contents(&rules.blob.id)?);
            let rules = rules.map_err(|e| fail(chart::ChartError::Ignore(e)))?;
            // What is left out is not read.
            listed.retain(|l| l.name == b".helmignore" || !rules.ignores_file(&l.name));
        }
        // Many links may lead to one file.
        let mut contents: HashMap<String, Data> = HashMap::new();
        let mut files = Vec::new();
        for Listed { name, blob } in listed {
            let data = match contents.get(&blob.id) {
                Some(data) => data.clone(),
                None => {
                    let data = self.tree.contents(&blob.id)?;
                    let data = Data::from(data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&data));
                    contents.insert(blob.id, data.clone());
                    data
                }
            };
            loading.spend(data.bytes().map_or(0, |bytes| bytes.len()), place)?;
            files.push(File { name: Str::from(name), data });
        }
        chart::from_folder(files, profile, &Silent).map(Some).map_err(fail)
    }

    /// Returns a values file as it is at the revision; nothing for one that is not in the repository, or not yet.
    pub(super) fn values(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        let Some(within) = self.within(path).filter(|_| path.trim() != "-") else {
            return Ok(None);
        };
        self.tree.read(&within).map_err(|e| e.to_string())
    }

    /// Returns the values files that a pattern means in a folder on this machine: their names, and their paths there.
    ///
    /// # Errors
    /// What `git` says.
    pub(super) fn matching_in(
        &self,
        pattern: &Pattern<'_>,
        folder: &Path,
    ) -> Result<Vec<(String, String)>, Failure> {
        let (below, names) = match pattern.literal() {
            Some(text) => {
                let path = folder.join(&*path_of(text));
                let within = self.within(&path_text(&path));
                let is_there = within.is_some_and(|within| self.tree.real(&within).is_some());
                (folder.to_owned(), is_there.then(|| text.to_owned()).into_iter().collect())
            }
            None => {
                let below = folder.join(&*path_of(pattern.folder()));
                let below = if below.as_os_str().is_empty() { ".".into() } else { below };
                let within = self.within(&path_text(&below));
                let listed = match within {
                    Some(within) => self.tree.list(&within)?,
                    None => Vec::new(),
                };
                let names = listed.iter().map(|file| file.name.to_str_lossy().into_owned());
                (below, names.filter(|name| pattern.means(name)).collect::<Vec<_>>())
            }
        };
        let file = |name: String| {
            let path = path_text(&below.join(&*path_of(&name)));
            match pattern.literal() {
                Some(_) => (name, path),
                None => (format!("{}{name}", pattern.folder()), path),
            }
        };
        Ok(names.into_iter().map(file).collect())
    }
}
