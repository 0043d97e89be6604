//! Adds to charts what they depend on: charts of folders that `file://` names, and archives.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bstr::ByteSlice;
use gostd::os::{bytes_of, max_file, path_text};
use statefulchart::action;
use statefulchart::chart::{self, Chart, Dependency};
use statefulchart::git::{self, Repository};
use statefulchart::profile::Profile;
use statefulchart::report::{Reporter, Silent};

use super::worktree;
use crate::cli::flags::{Given, quoted};
use crate::cli::paths::relative;
use crate::cli::{Failure, limits, settings};

/// How deep charts may name each other by `file://`.
const MOST_LEVELS: usize = 20;
/// How many charts a chart may hold, each counted as often as it is held.
const MOST_CHARTS: usize = 1000;
/// How many times as large as one file may be all files of a chart may be, as of charts that were packed.
const FILES: u64 = 2;

/// The state of loading one chart with those that it leads to by `file://`.
#[derive(Default)]
pub(super) struct Loading {
    /// The folders of the charts that are being loaded, each named by the one before it.
    folders: Vec<Vec<u8>>,
    /// The charts that were loaded, by their folders.
    known: HashMap<Vec<u8>, Chart>,
    /// How many bytes were read.
    bytes: u64,
    /// Of the folder of each chart the dependencies that come from other folders, and these.
    ways: HashMap<Vec<u8>, Vec<(Dependency, Vec<u8>)>>,
}

impl Loading {
    /// Loads the chart of a folder, unless that is known already.
    ///
    /// # Errors
    /// A chart that leads back to itself; one that is too deep; those of `load`.
    pub(super) fn within(
        &mut self,
        folder: &[u8],
        load: impl FnOnce(&mut Loading) -> Result<Option<Chart>, Failure>,
    ) -> Result<Option<Chart>, Failure> {
        if let Some(chart) = self.known.get(folder) {
            return Ok(Some(apart(chart)));
        }
        let name = |folder: &[u8]| match folder.is_empty() {
            true => ".".to_owned(),
            false => folder.to_str_lossy().into_owned(),
        };
        if let Some(start) = self.folders.iter().position(|outer| outer == folder) {
            let way = self.folders.iter().skip(start).map(Vec::as_slice).chain([folder]);
            let way = way.map(name).collect::<Vec<_>>().join(" -> ");
            return Err(Failure::from(format!(
                "{} depends on itself by file://: {way}",
                name(folder)
            )));
        }
        if self.folders.len() > MOST_LEVELS {
            return Err(Failure::from(format!(
                "{}: charts depend on each other by file:// more than {MOST_LEVELS} deep",
                self.folders.first().map(|first| name(first)).unwrap_or_default()
            )));
        }
        self.folders.push(folder.to_vec());
        let chart = load(self);
        self.folders.pop();
        if let Ok(Some(chart)) = &chart {
            self.known.insert(folder.to_vec(), chart.clone());
        }
        chart
    }

    /// Notes that the chart of a folder has a dependency, under all of its names, from another folder.
    pub(super) fn note(&mut self, folder: &[u8], chart: &Chart, need: &Dependency, from: &[u8]) {
        let ways = self.ways.entry(folder.to_vec()).or_default();
        let all = chart.metadata.dependencies.iter().flatten().filter(|other| is_same(other, need));
        ways.extend(all.map(|need| (need.clone(), from.to_vec())));
    }

    /// Returns where the charts lie that the chart of a folder has by `file://`; `reference` is how the chart was named,
    /// and `shown` gives the path of a folder as it is shown.
    pub(super) fn homes(
        &self,
        folder: &[u8],
        reference: &str,
        shown: &dyn Fn(&[u8]) -> String,
    ) -> Homes {
        let mut homes = Homes::default();
        let prefix = if reference.is_empty() { String::new() } else { format!("{reference}/") };
        self.add_homes(folder, &prefix, shown, &mut homes);
        homes
    }

    fn add_homes(
        &self,
        folder: &[u8],
        prefix: &str,
        shown: &dyn Fn(&[u8]) -> String,
        to: &mut Homes,
    ) {
        for (need, from) in self.ways.get(folder).into_iter().flatten() {
            for name in [&need.name, &need.alias].into_iter().filter(|name| !name.is_empty()) {
                if to.0.len() >= MOST_CHARTS {
                    return;
                }
                let place = format!("{prefix}charts/{}/", name.to_string_lossy());
                // Names and aliases may be the same: what is below them is visited once.
                if to.0.insert(place.clone(), format!("{}/", shown(from))).is_some() {
                    continue;
                }
                self.add_homes(from, &place, shown, to);
            }
        }
    }

    /// Accounts for a file that was read for a chart.
    ///
    /// # Errors
    /// More than all of them may have.
    pub(super) fn spend(&mut self, size: usize, of: &str) -> Result<(), Failure> {
        let limit = max_file().saturating_mul(FILES);
        self.bytes = self.bytes.saturating_add(size as u64);
        match self.bytes > limit {
            true => {
                let why = format!(
                    "{of}: the files of the chart and of those that it depends on have more than {limit} bytes together"
                );
                Err(Failure::from(why).hinting(limits::hint_of_files()))
            }
            false => Ok(()),
        }
    }
}

/// Where charts lie that a chart has by `file://`: the folders in which they would be in the chart, and those in which
/// they are, with a slash at the end.
#[derive(Debug, Default)]
pub(super) struct Homes(HashMap<String, String>);

impl Homes {
    /// Returns a text with the folder of a chart at its start replaced by the one in which that is; nothing where there
    /// is no such folder.
    pub(super) fn real(&self, text: &str) -> Option<String> {
        let mut ends = text.rmatch_indices('/').map(|(at, _)| at + 1);
        ends.find_map(|end| Some(format!("{}{}", self.0.get(&text[..end])?, &text[end..])))
    }
}

/// Returns a chart that shares the contents of its files with another, and is told from it by where its values are set.
fn apart(chart: &Chart) -> Chart {
    let mut own = chart.clone();
    own.templates = Arc::new(own.templates.to_vec());
    own.dependencies = own.dependencies.iter().map(apart).collect();
    own
}

/// Adds a chart to those that a chart holds.
///
/// # Errors
/// Too many charts in it.
pub(super) fn hold(chart: &mut Chart, found: Chart, of: &str) -> Result<(), Failure> {
    chart.hold(found);
    match count(chart) > MOST_CHARTS {
        true => Err(Failure::from(format!(
            "{of}: what it depends on by file:// makes more than {MOST_CHARTS} charts, each counted wherever it is used"
        ))),
        false => Ok(()),
    }
}

fn count(chart: &Chart) -> usize {
    1 + chart.dependencies.iter().map(count).sum::<usize>()
}

/// Returns what a chart depends on and does not hold; once what it has under several names.
pub(super) fn missing(chart: &Chart) -> Vec<Dependency> {
    let wanted = chart.metadata.dependencies.iter().flatten();
    let mut found: Vec<Dependency> = Vec::new();
    for need in wanted.filter(|w| !chart.dependencies.iter().any(|d| *d.name() == w.name)) {
        if !found.iter().any(|other| is_same(other, need)) {
            found.push(need.clone());
        }
    }
    found
}

/// Tells whether two dependencies are of one chart.
fn is_same(one: &Dependency, other: &Dependency) -> bool {
    let of = |need: &Dependency| (need.name.clone(), need.version.clone(), need.repository.clone());
    of(one) == of(other)
}

/// Returns the path of a `file://` repository, from the chart's folder on.
pub(super) fn file_repository(need: &Dependency) -> Option<&[u8]> {
    need.repository.strip_prefix(b"file://")
}

/// Adds to a chart on this machine what it depends on and does not hold, where that can be had without the network.
/// Returns where that lies.
///
/// # Errors
/// What is nowhere; charts that lead back to themselves by `file://`, or to too many others.
pub(super) fn add_missing(
    chart: &mut Chart,
    path: &Path,
    given: &Given,
    profile: Profile,
    reference: &str,
    confined: Option<&Repository>,
) -> Result<Homes, Failure> {
    let (mut loading, own) = (Loading::default(), key(path));
    let whole = loading.within(&own, |loading| {
        let mut whole = chart.clone();
        add_to(&mut whole, (path, &own), given, profile, loading, confined)?;
        Ok(Some(whole))
    })?;
    if let Some(whole) = whole {
        *chart = whole;
    }
    Ok(loading.homes(&own, reference, &|folder| shown(&git::path_of(folder))))
}

/// Returns the path of a folder as it is reached from the working folder.
pub(super) fn shown(folder: &Path) -> String {
    match std::env::current_dir() {
        Ok(here) => relative(folder, &here),
        Err(_) => path_text(folder),
    }
}

/// Adds to a chart of a folder, which is known by a key, what it lacks.
fn add_to(
    chart: &mut Chart,
    (path, own): (&Path, &[u8]),
    given: &Given,
    profile: Profile,
    loading: &mut Loading,
    confined: Option<&Repository>,
) -> Result<(), Failure> {
    let place = path_text(path);
    for need in missing(chart) {
        let below = file_repository(&need).map(|below| path.join(&*git::path_of(below)));
        let found = match below.filter(|_| path.is_dir()) {
            Some(folder) => {
                let below = key(&folder);
                loading.note(own, chart, &need, &below);
                loading.within(&below, |loading| {
                    let open = |r: &dyn Reporter| Ok(action::open_any(&folder, profile, r)?);
                    let mut found = worktree::open(confined, &folder, &Silent, &open)?;
                    loading.spend(size(&found), &path_text(&folder))?;
                    add_to(&mut found, (&folder, &below), given, profile, loading, confined)?;
                    Ok(Some(found))
                })?
            }
            None => archive(&need, path, given, profile),
        };
        match found {
            Some(found) => hold(chart, found, &place)?,
            None => return Err(lacking(&need, &place)),
        }
    }
    Ok(())
}

/// Returns what a folder is known by, whichever way leads to it.
fn key(folder: &Path) -> Vec<u8> {
    let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    bytes_of(&path_text(&real)).into_owned()
}

/// Returns how many bytes the files of a chart and of those that it holds have.
fn size(chart: &Chart) -> usize {
    let files = chart.templates.iter().chain(chart.files.iter());
    let own: usize = files.map(|file| file.data.bytes().map_or(0, |bytes| bytes.len())).sum();
    own + chart.dependencies.iter().map(size).sum::<usize>()
}

/// Returns the chart that a dependency names from an archive: in the chart's `charts/` on this machine, else in the cache.
pub(super) fn archive(
    need: &Dependency,
    chart: &Path,
    given: &Given,
    profile: Profile,
) -> Option<Chart> {
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

pub(super) fn lacking(need: &Dependency, of: &str) -> Failure {
    let (name, version) = (need.name.to_string_lossy(), need.version.to_string_lossy());
    let repository = need.repository.to_string_lossy();
    Failure::from(format!(
        "{of}: the dependency {name} {version} is neither in charts/ nor in the cache; fetch it: statefulchart dependency build, or statefulchart pull {name} --repo {repository} --version {}",
        quoted(&version)
    ))
}
