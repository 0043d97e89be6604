//! Reads charts and values files as Git has them at a revision.

use std::path::{Path, PathBuf};

use bstr::ByteSlice;
use gostd::os::{bytes_of, path_of, path_text};
use gostd::value::Str;
use statefulchart::action;
use statefulchart::chart::{self, Chart, Dependency, File};
use statefulchart::diff::show::Reason;
use statefulchart::git::{GitError, Repository, Tree};
use statefulchart::profile::Profile;
use statefulchart::report::Silent;

use super::sides::Place;
use crate::cli::flags::{Given, quoted};
use crate::cli::globs::Pattern;
use crate::cli::{Failure, settings};

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

    /// Loads the chart at a path on this machine, as it is at the revision; nothing where it is not there.
    ///
    /// # Errors
    /// A chart that cannot be loaded, or lacks charts that it depends on.
    pub(super) fn chart(
        &self,
        path: &str,
        profile: Profile,
        given: &Given,
    ) -> Result<Option<Chart>, Failure> {
        let Some(within) = self.within(path) else {
            return Err(Failure::from(format!(
                "{} is not in the repository {}",
                quoted(path),
                path_text(self.repository.top())
            )));
        };
        self.load(&within, profile, given, 0)
    }

    fn load(
        &self,
        folder: &[u8],
        profile: Profile,
        given: &Given,
        depth: usize,
    ) -> Result<Option<Chart>, Failure> {
        let mut files = Vec::new();
        for listed in self.tree.list(folder)? {
            let data = self.tree.contents(&listed.blob.id)?;
            let data = data.strip_prefix(b"\xef\xbb\xbf").map(<[u8]>::to_vec).unwrap_or(data);
            files.push(File { name: Str::from(listed.name), data: data[..].into() });
        }
        if !files.iter().any(|file| file.name == "Chart.yaml") {
            return Ok(None);
        }
        let fail = |e: chart::ChartError| {
            let at = format!("{} at {}", folder.to_str_lossy(), self.name());
            Failure::from(format!("{at}: {e}"))
        };
        let mut chart = chart::from_folder(files, profile, &Silent).map_err(fail)?;
        for need in missing(&chart) {
            let found = match file_repository(&need) {
                Some(below) if depth < MOST_LEVELS => {
                    let path = [folder, b"/", below].concat();
                    self.load(&path, profile, given, depth + 1)?
                }
                _ => None,
            };
            let on_disk = self.tree.on_disk(folder);
            let found = match found {
                Some(found) => Some(found),
                None => archive(&need, &on_disk, given, profile),
            };
            match found {
                Some(found) => chart.hold(found),
                None => {
                    return Err(lacking(
                        &need,
                        &format!("{} at {}", folder.to_str_lossy(), self.name()),
                    ));
                }
            }
        }
        Ok(Some(chart))
    }

    /// Returns a values file as it is at the revision; nothing for one that is not in the repository, or not yet.
    pub(super) fn values(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        let Some(within) = self.within(path) else { return Ok(None) };
        self.tree.read(&within).map_err(|e| e.to_string())
    }

    /// Returns the values files that a pattern means: their names, and their paths on this machine.
    ///
    /// # Errors
    /// A pattern that is none or that nothing matches.
    pub(super) fn matching(
        &self,
        text: &str,
        chart: &str,
    ) -> Result<Vec<(String, String)>, Failure> {
        let pattern = &Pattern::new(text)?;
        for folder in pattern.folders(Some(Path::new(chart))) {
            let mut found = Vec::new();
            let (below, names) = match pattern.literal() {
                Some(text) => {
                    let path = folder.join(&*path_of(text));
                    let within = self.within(&path_text(&path));
                    let is_there = match within {
                        Some(within) => self.tree.read(&within).is_ok_and(|data| data.is_some()),
                        None => false,
                    };
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
            for name in names {
                let path = path_text(&below.join(&*path_of(&name)));
                let shown = match pattern.literal() {
                    Some(_) => name,
                    None => format!("{}{name}", pattern.folder()),
                };
                found.push((shown, path));
            }
            if !found.is_empty() {
                return Ok(found);
            }
        }
        let why =
            format!("--values {}: there is no such values file at {}", quoted(text), self.name());
        Err(why.into())
    }
}

/// How deep charts may name each other by `file://`.
const MOST_LEVELS: usize = 20;

/// Returns what a chart depends on and does not hold.
fn missing(chart: &Chart) -> Vec<Dependency> {
    let wanted = chart.metadata.dependencies.iter().flatten();
    wanted.filter(|w| !chart.dependencies.iter().any(|d| *d.name() == w.name)).cloned().collect()
}

/// Returns the path of a `file://` repository, from the chart's folder on.
fn file_repository(need: &Dependency) -> Option<&[u8]> {
    need.repository.strip_prefix(b"file://")
}

/// Adds to a chart on this machine what it depends on and does not hold, where that can be had without the network.
///
/// # Errors
/// What is nowhere.
pub(super) fn add_missing(
    chart: &mut Chart,
    path: &Path,
    given: &Given,
    profile: Profile,
) -> Result<(), Failure> {
    for need in missing(chart) {
        let below =
            file_repository(&need).map(|below| path.join(&*statefulchart::git::path_of(below)));
        let found = match below.filter(|_| path.is_dir()) {
            Some(folder) => {
                let mut found = action::open_any(&folder, profile, &Silent)?;
                add_missing(&mut found, &folder, given, profile)?;
                Some(found)
            }
            None => archive(&need, path, given, profile),
        };
        match found {
            Some(found) => chart.hold(found),
            None => return Err(lacking(&need, &path_text(path))),
        }
    }
    Ok(())
}

/// Returns the chart that a dependency names from an archive: in the chart's `charts/` on this machine, else in the cache.
fn archive(need: &Dependency, chart: &Path, given: &Given, profile: Profile) -> Option<Chart> {
    let cache: PathBuf = settings::Settings::read(given).repository_cache.clone();
    for folder in [chart.join("charts"), cache] {
        let mut best: Option<Chart> = None;
        for entry in folder.read_dir().into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = bytes_of(&path_text(Path::new(&name))).into_owned();
            let is_it = name
                .strip_prefix(&need.name[..])
                .is_some_and(|rest| rest.starts_with(b"-") && rest.ends_with(b".tgz"));
            if !is_it {
                continue;
            }
            let Ok(found) = action::open_any(&entry.path(), profile, &Silent) else { continue };
            let fits = need.version.is_empty()
                || chart::is_compatible_range(
                    &need.version,
                    &found.metadata.version,
                    profile.semver(),
                );
            let is_newer = best.as_ref().is_none_or(|best| {
                let newer = [&b">"[..], &best.metadata.version].concat();
                chart::is_compatible_range(&newer, &found.metadata.version, profile.semver())
            });
            if *found.name() == need.name && fits && is_newer {
                best = Some(found);
            }
        }
        if best.is_some() {
            return best;
        }
    }
    None
}

fn lacking(need: &Dependency, of: &str) -> Failure {
    let (name, version) = (need.name.to_string_lossy(), need.version.to_string_lossy());
    let repository = need.repository.to_string_lossy();
    Failure::from(format!(
        "{of}: the dependency {name} {version} is neither in charts/ nor in the cache; fetch it: statefulchart dependency build, or statefulchart pull {name} --repo {repository} --version {}",
        quoted(&version)
    ))
}
