//! Fetches what a chart depends on into `charts/`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::download::{Signature, range};
use super::manager::{is_file, is_oci, text};
use super::{Error, Manager};
use crate::chart::{self, Dependency};
use crate::getter::{MAX_PACKAGE, Options};
use crate::http;
use crate::package;
use crate::repo::{
    Entry, IndexFile, RepositoryFile, Resolved, find_in_repository, index_file, same_url,
};
use crate::report::{Event, Held, Notice, Record, Reporter, Silent};
use crate::store::{FileError, TemporaryFolder, make_folders, process_of, write_whole};
use gostd::Go;
use gostd::os::io_reason;
use gostd::path;
use gostd::value::Str;

/// How many packages are fetched at once.
const THREADS: usize = 8;

/// Where a package of a repository is, and what was reported on the way there.
struct Place {
    /// What is reported before the package is fetched.
    found_with: Vec<Event>,
    /// The URL that the repository gives the package, or why it has none.
    url: Result<String, Error>,
    /// What is reported afterwards.
    located_with: Vec<Event>,
    /// The URL that is fetched, and how; or why it cannot be.
    located: Result<Resolved, Error>,
}

/// How the folder begins that packages are gathered in; a process number follows.
const TEMPORARY: &str = "tmpcharts-";

/// A package that was fetched, or why not; and what is to be reported.
type Fetched = (Result<PathBuf, Error>, Vec<Event>);

/// Returns the reference that a package's URL is fetched by, and its tag in a registry.
fn reference(url: &str) -> (&str, &str) {
    is_oci(url).then(|| url.rsplit_once(':')).flatten().unwrap_or((url, ""))
}

impl Manager<'_> {
    /// Fetches packages into `charts/`; all of them, or none.
    pub(super) fn download_all(&self, locked: &mut [Dependency]) -> Result<(), Error> {
        let file = &self.settings.repository_config;
        let file = RepositoryFile::load_or_empty(file).map_err(|source| Error::Repositories {
            file: file.clone(),
            source: Box::new(source),
        })?;
        for entry in &file.entries {
            let index = IndexFile::open(&index_file(self.cache(), &entry.name))?;
            index.check(self.reporter)?;
        }
        let charts = self.folder.join("charts");
        match std::fs::metadata(&charts) {
            Ok(m) if !m.is_dir() => return Err(Error::NoFolder(charts)),
            Ok(_) => {}
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => make_folders(&charts)?,
            Err(e) => return Err(Error::Folder { cause: FileError::new("stat", charts, e) }),
        }
        let name = format!("{TEMPORARY}{}", std::process::id());
        let writer = |name: &str| process_of(name.strip_prefix(TEMPORARY)?);
        let temporary = TemporaryFolder::new(self.folder, &name, writer)?;
        self.reporter.notice(Notice::SavingCharts { count: locked.len() });
        let mut places = self.places(locked, &file);
        let mut packages = self.fetch_all(&places, &temporary.path);
        let mut fetched = HashSet::new();
        for (at, dependency) in locked.iter_mut().enumerate() {
            let place = places.get_mut(at).and_then(Option::take);
            let package = packages.get_mut(at).and_then(Option::take);
            match self.get(dependency, place, package, &charts, &temporary.path, &mut fetched) {
                Ok(()) => {}
                Err(Stop::Now(why)) => return Err(why),
                Err(Stop::Said(why)) => {
                    self.reporter.notice(Notice::SaveFailed { why: why.to_string() });
                    return Err(why);
                }
            }
        }
        self.move_into_place(locked, &temporary.path, &charts)
    }

    /// Returns where the packages of repositories are, as far as the first that is nowhere.
    fn places(&self, locked: &[Dependency], file: &RepositoryFile) -> Vec<Option<Place>> {
        let mut places = Vec::with_capacity(locked.len());
        for d in locked {
            let repository = text(&d.repository);
            if repository.is_empty() || is_file(&repository) {
                places.push(None);
                continue;
            }
            let place = self.place(&text(&d.name), &text(&d.version), &repository, file);
            let lost = place.url.is_err() || place.located.is_err();
            places.push(Some(place));
            if lost {
                break;
            }
        }
        places
    }

    fn place(&self, name: &str, version: &str, repository: &str, file: &RepositoryFile) -> Place {
        let record = Record::default();
        let found = self.find(name, version, repository, file, &record);
        let found_with = record.take();
        let (url, located) = match found {
            Err(why) => (Err(why), Err(Error::NotFetched)),
            Ok((url, mut options)) => {
                options.url.clear();
                let (reference, tag) = reference(&url);
                self.downloader().tell_of_cache(&record);
                let located = self.downloader().locate(reference, tag, options, &record);
                (Ok(url), located)
            }
        };
        let located_with = record.take();
        Place { found_with, url, located_with, located }
    }

    /// Fetches packages side by side, each into a file of its own.
    fn fetch_all(&self, places: &[Option<Place>], folder: &Path) -> Vec<Option<Fetched>> {
        let mut seen = HashSet::new();
        let jobs: Vec<(usize, &Resolved)> = places
            .iter()
            .enumerate()
            .filter_map(|(at, place)| {
                let place = place.as_ref()?;
                let resolved = place.located.as_ref().ok()?;
                seen.insert(place.url.as_ref().ok()?).then_some((at, resolved))
            })
            .collect();
        let fetch = |at: usize, from: &Resolved| -> Fetched {
            let held = Held::new(self.reporter);
            let data = self.getter.get(&from.url, &from.options, MAX_PACKAGE, &held);
            let file = folder.join(format!(".fetched-{at}"));
            let written = data.map_err(Error::from).and_then(|data| {
                write_whole(&file, &data, 0o644)?;
                Ok(file)
            });
            (written, held.into_events())
        };
        let done: Mutex<Vec<Option<Fetched>>> = Mutex::new(places.iter().map(|_| None).collect());
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some((at, from)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                let fetched = fetch(*at, from);
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(slot) = done.get_mut(*at) {
                    *slot = Some(fetched);
                }
            }
        };
        let go = Go::current();
        std::thread::scope(|scope| {
            for _ in 1..jobs.len().min(THREADS) {
                scope.spawn(|| {
                    go.choose();
                    work();
                });
            }
            work();
        });
        done.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees to one dependency; packages of repositories were fetched before, and are spoken of now.
    fn get(
        &self,
        dependency: &mut Dependency,
        place: Option<Place>,
        package: Option<Fetched>,
        charts: &Path,
        folder: &Path,
        fetched: &mut HashSet<String>,
    ) -> Result<(), Stop> {
        let (name, repository, version) =
            (text(&dependency.name), text(&dependency.repository), text(&dependency.version));
        if repository.is_empty() {
            return self.check_local(&name, &version, charts);
        }
        if is_file(&repository) {
            if self.reporter.wants_debug() {
                let (name, repository) = (name.clone(), repository.clone());
                self.reporter.notice(Notice::Archiving { name, repository });
            }
            dependency.version =
                self.pack(&name, &repository, &version, folder).map_err(Stop::Said)?;
            return Ok(());
        }
        let Some(place) = place else { return Ok(()) };
        let Place { found_with, url, located_with, located } = place;
        found_with.into_iter().for_each(|event| self.reporter.report(event));
        let url = url.map_err(|e| Stop::Said(Error::NotFound { source: Box::new(e) }))?;
        if fetched.contains(&url) {
            self.reporter.notice(Notice::AlreadyDownloaded { name, repository });
            return Ok(());
        }
        self.reporter.notice(Notice::Downloading { name, repository });
        located_with.into_iter().for_each(|event| self.reporter.report(event));
        let (reference, _) = reference(&url);
        let save = || -> Result<(), Error> {
            let located = located?;
            let (package, events) = package.ok_or(Error::NotFetched)?;
            events.into_iter().for_each(|event| self.reporter.report(event));
            let package = package?;
            let rename = |file: &Path| {
                let renamed = std::fs::rename(&package, file);
                renamed.map_err(|e| FileError::new("rename", file, e).into())
            };
            let saved = self.downloader().save(reference, &located, folder, rename)?;
            if let Signature::Missing { reference, why } = saved.signature {
                self.reporter.notice(Notice::NoProvenance { reference, why: why.to_string() });
            }
            Ok(())
        };
        save().map_err(|e| {
            let reference = reference.to_owned();
            Stop::Said(Error::NotDownloaded { reference, source: Box::new(e) })
        })?;
        fetched.insert(url);
        Ok(())
    }

    /// Checks a chart that lies in `charts/` and belongs to no repository.
    fn check_local(&self, name: &str, version: &str, charts: &Path) -> Result<(), Stop> {
        let name = name.to_owned();
        self.reporter.notice(Notice::NoRepository { name: name.clone() });
        let folder = charts.join(&name);
        let chart = match self.load_folder(&folder) {
            Ok(chart) => chart,
            Err(e) => return Err(Stop::Now(Error::Local { folder, cause: Box::new(e) })),
        };
        let range = range(&name, version, self.settings.profile.semver()).map_err(Stop::Now)?;
        let own = text(&chart.metadata.version);
        let version = version.to_owned();
        let parsed = match self.settings.profile.semver().version(&own) {
            Ok(parsed) => parsed,
            Err(cause) => return Err(Stop::Now(Error::LocalVersion { name, version, cause })),
        };
        if range.matches(&parsed) {
            return Ok(());
        }
        Err(Stop::Said(Error::Unsatisfied { name, own, version }))
    }

    /// Packs the chart of a `file://` repository; its version.
    fn pack(
        &self,
        name: &str,
        repository: &str,
        version: &str,
        folder: &Path,
    ) -> Result<Str, Error> {
        let chart = self.load_folder(&self.local_path(repository)?)?;
        let range = range(name, version, self.settings.profile.semver())?;
        let own = &chart.metadata.version;
        let parsed = self.settings.profile.semver().version(&text(own)).map_err(Error::Version)?;
        if !range.matches(&parsed) {
            return Err(Error::NoLocalVersion(name.to_owned()));
        }
        let packed = self.clock.now().seconds.max(0) as u64;
        package::save(&chart, folder, packed, self.settings.profile)?;
        Ok(own.clone())
    }

    /// Returns the URL of a package, and how its repository is reached.
    fn find(
        &self,
        name: &str,
        version: &str,
        repository: &str,
        file: &RepositoryFile,
        reporter: &dyn Reporter,
    ) -> Result<(String, Options), Error> {
        if is_oci(repository) {
            return Ok((format!("{repository}/{name}:{version}"), Options::default()));
        }
        if let Some(entry) = file.entries.iter().find(|e| same_url(repository, &e.url)) {
            // What is to be said of the index was said when all were looked through.
            let index = IndexFile::open(&index_file(self.cache(), &entry.name))?;
            let versions = index.versions_of(name, &Silent)?.ok_or(Error::NoEntry)?;
            let semver = self.settings.profile.semver();
            let same = |own: &Str| {
                version.is_empty()
                    || match (semver.version(version), semver.version(&text(own))) {
                        (Ok(a), Ok(b)) => a.precedence(&b).is_eq(),
                        (Err(_), _) => own.as_bytes() == version.as_bytes(),
                        _ => false,
                    }
            };
            let found = versions
                .iter()
                .find_map(|v| v.url().filter(|_| same(&v.metadata.version)))
                .ok_or(Error::NoMatch)?;
            return Ok((joined_url(repository, &found)?, entry.options()));
        }
        let entry = Entry::once(repository.to_owned());
        match find_in_repository(
            self.getter,
            &entry,
            self.cache(),
            name,
            version,
            self.settings.profile,
            reporter,
        ) {
            Ok(url) => Ok((url, Options::default())),
            Err(source) => {
                let (name, repository) = (name.to_owned(), repository.to_owned());
                Err(Error::NotInRepository { name, repository, source: Box::new(source) })
            }
        }
    }

    /// Moves what was fetched to `charts/`, and removes the packages there that are no longer wanted.
    fn move_into_place(
        &self,
        locked: &[Dependency],
        from: &Path,
        charts: &Path,
    ) -> Result<(), Error> {
        let fetched = file_names(from)?;
        let old = file_names(charts)?;
        for name in &fetched {
            let path = from.join(name);
            if let Err(why) = chart::load_as(&path, self.settings.profile, self.reporter) {
                self.reporter.notice(Notice::NotMovable { path, why: why.to_string() });
            } else if let Err(e) = std::fs::rename(&path, charts.join(name)) {
                self.reporter.notice(Notice::NotMoved { path, why: io_reason(&e) });
            }
        }
        self.reporter.notice(Notice::DeletingOutdated);
        for name in old.iter().filter(|name| !fetched.contains(name)) {
            let path = charts.join(name);
            match chart::load_as(&path, self.settings.profile, self.reporter) {
                Err(why) => {
                    self.reporter.notice(Notice::NotDeletable { path, why: why.to_string() });
                }
                Ok(chart) => {
                    let stays =
                        locked.iter().any(|d| d.repository.is_empty() && d.name == *chart.name());
                    if !stays && let Err(e) = std::fs::remove_file(&path) {
                        let why = FileError::new("remove", &path, e).to_string();
                        self.reporter.notice(Notice::NotDeleted { path, why });
                    }
                }
            }
        }
        Ok(())
    }
}

/// Why fetching ends; Helm speaks of some of it twice.
enum Stop {
    Now(Error),
    Said(Error),
}

/// Returns the names of the files in a folder, sorted.
fn file_names(folder: &Path) -> Result<Vec<std::ffi::OsString>, FileError> {
    let entries = std::fs::read_dir(folder).map_err(|e| FileError::new("open", folder, e))?;
    let mut names: Vec<_> = entries
        .flatten()
        .filter(|e| e.file_type().is_ok_and(|t| !t.is_dir()))
        .map(|e| e.file_name())
        .collect();
    names.sort_unstable();
    Ok(names)
}

/// Reproduces Helm's `normalizeURL`: what is no URL is a path below the repository's.
fn joined_url(base: &str, below: &str) -> Result<String, Error> {
    let parsed = http::parse(below)?;
    if !parsed.scheme.is_empty() {
        return Ok(parsed.to_string());
    }
    let mut base = http::parse(base).map_err(|source| Error::BaseUrl { source })?;
    base.path = path::join([&base.path[..], below.as_bytes()]);
    if !base.raw_path.is_empty() {
        let raw = path::join([base.raw_path.as_bytes(), below.as_bytes()]);
        base.raw_path = String::from_utf8_lossy(&raw).into_owned();
    }
    Ok(base.to_string())
}
