//! Fetching what a chart depends on into `charts/`.

use crate::report::{Event, Record, Reporter, Silent};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::Manager;
use super::download::Sources;
use super::manager::{is_file, is_oci, text};
use crate::chart::{self, Dependency};
use crate::getter::{MAX_PACKAGE, Options};
use crate::package;
use crate::repo::{
    Entry, IndexFile, RepositoryFile, Resolved, find_in_repository, index_file, same_url,
};
use crate::store::write_whole;
use gosemver::{Constraint, Version};
use gostd::os::io_reason;
use gostd::os::make_folders;
use gostd::path;
use gostd::url::Url;
use gostd::value::Str;

/// How many packages are fetched at once.
const THREADS: usize = 8;

/// Where a package of a repository is, and what was logged on the way there.
struct Place {
    /// What Helm logs before it speaks of the package.
    found_with: Vec<Event>,
    /// The URL that the repository gives the package, or why it has none.
    url: Result<String, String>,
    /// What Helm logs afterwards.
    located_with: Vec<Event>,
    /// The URL that is fetched, and how; or why it cannot be.
    located: Result<Resolved, String>,
}

/// A package that was fetched, or why not; and what is to be said of it.
type Fetched = (Result<PathBuf, String>, String);

/// The reference that a package's URL is fetched by, and its tag in a registry.
fn reference(url: &str) -> (&str, &str) {
    is_oci(url).then(|| url.rsplit_once(':')).flatten().unwrap_or((url, ""))
}

impl Manager<'_> {
    /// Fetches packages into `charts/`; all of them, or none.
    pub(super) fn download_all(&self, locked: &mut [Dependency]) -> Result<(), String> {
        let file = RepositoryFile::load_or_empty(self.sources.repositories)
            .map_err(|e| format!("failed to load {}: {e}", self.sources.repositories.display()))?;
        for entry in &file.entries {
            let index = IndexFile::open(&index_file(self.sources.cache, &entry.name))?;
            index.check(self.reporter)?;
        }
        let charts = self.folder.join("charts");
        match std::fs::metadata(&charts) {
            Ok(m) if !m.is_dir() => {
                return Err(format!("{:?} is not a directory", charts.display().to_string()));
            }
            Ok(_) => {}
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                make_folders(&charts).map_err(|e| e.to_string())?
            }
            Err(e) => {
                let (charts, why) = (charts.display(), io_reason(&e));
                return Err(format!(
                    "unable to retrieve file info for '{charts}': stat {charts}: {why}"
                ));
            }
        }
        let temporary = Temporary(self.folder.join(format!("tmpcharts-{}", std::process::id())));
        make_folders(&temporary.0).map_err(|e| e.to_string())?;
        (self.say)(&format!("Saving {} charts\n", locked.len()));
        let places = self.places(locked, &file);
        let mut packages = self.fetch_all(&places, &temporary.0);
        let mut fetched = HashSet::new();
        for (at, dependency) in locked.iter_mut().enumerate() {
            let place = places.get(at).and_then(Option::as_ref);
            let package = packages.get_mut(at).and_then(Option::take);
            match self.get(dependency, place, package, &charts, &temporary.0, &mut fetched) {
                Ok(()) => {}
                Err(Stop::Now(why)) => return Err(why),
                Err(Stop::Said(why)) => {
                    (self.say)(&format!("Save error occurred:  {why}\n"));
                    return Err(why);
                }
            }
        }
        self.move_into_place(locked, &temporary.0, &charts)
    }

    /// Where the packages of repositories are, as far as the first that is nowhere.
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
            Err(why) => (Err(why), Err(String::new())),
            Ok((url, mut options)) => {
                options.url.clear();
                let (reference, tag) = reference(&url);
                let located = self.sources.locate(reference, tag, options, &record);
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
        let aside = self.sources.aside;
        let fetch = |at: usize, from: &Resolved| -> Fetched {
            let (data, said) = aside(&from.url, &from.options, MAX_PACKAGE);
            let file = folder.join(format!(".fetched-{at}"));
            (data.and_then(|data| write_whole(&file, &data, 0o644)).map(|()| file), said)
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
        std::thread::scope(|scope| {
            for _ in 1..jobs.len().min(THREADS) {
                scope.spawn(work);
            }
            work();
        });
        done.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees to one dependency; packages of repositories were fetched before, and are spoken of now.
    fn get(
        &self,
        dependency: &mut Dependency,
        place: Option<&Place>,
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
            if self.debug {
                (self.say)(&format!("Archiving {name} from repo {repository}\n"));
            }
            dependency.version =
                self.pack(&name, &repository, &version, folder).map_err(Stop::Said)?;
            return Ok(());
        }
        let Some(place) = place else { return Ok(()) };
        place.found_with.iter().for_each(|line| self.reporter.report(line.clone()));
        let url = place.url.as_ref().map_err(|e| Stop::Said(format!("could not find : {e}")))?;
        if fetched.contains(url) {
            (self.say)(&format!("Already downloaded {name} from repo {repository}\n"));
            return Ok(());
        }
        (self.say)(&format!("Downloading {name} from repo {repository}\n"));
        place.located_with.iter().for_each(|line| self.reporter.report(line.clone()));
        let (reference, _) = reference(url);
        let save = || -> Result<(), String> {
            let located = place.located.as_ref().map_err(String::clone)?;
            let (package, said) = package.ok_or("the package was not fetched")?;
            (self.sources.say_aside)(&said);
            let package = package?;
            let mut say = |text: String| (self.say)(&text);
            let rename = |file: &Path| {
                std::fs::rename(&package, file)
                    .map_err(|e| format!("rename {}: {}", file.display(), io_reason(&e)))
            };
            self.sources.save(reference, located, folder, &self.verify, &mut say, rename).map(drop)
        };
        save().map_err(|e| Stop::Said(format!("could not download {reference}: {e}")))?;
        fetched.insert(url.clone());
        Ok(())
    }

    /// Checks a chart that lies in `charts/` and belongs to no repository.
    fn check_local(&self, name: &str, version: &str, charts: &Path) -> Result<(), Stop> {
        (self.say)(&format!(
            "Dependency {name} did not declare a repository. Assuming it exists in the charts directory\n"
        ));
        let place = charts.join(name);
        let chart = self
            .load_folder(&place)
            .map_err(|e| Stop::Now(format!("unable to load chart '{}': {e}", place.display())))?;
        let range = Constraint::parse(version).map_err(|e| {
            Stop::Now(format!("dependency {name} has an invalid version/constraint format: {e}"))
        })?;
        let own = text(&chart.metadata.version);
        let parsed = Version::parse(&own).map_err(|e| {
            Stop::Now(format!("invalid version {version} for dependency {name}: {e}"))
        })?;
        if range.matches(&parsed) {
            return Ok(());
        }
        Err(Stop::Said(format!(
            "dependency {name} at version {own} does not satisfy the constraint {version}"
        )))
    }

    /// Packs the chart of a `file://` repository; its version.
    fn pack(
        &self,
        name: &str,
        repository: &str,
        version: &str,
        folder: &Path,
    ) -> Result<Str, String> {
        let chart = self.load_folder(&self.local_path(repository)?)?;
        let range = Constraint::parse(version).map_err(|e| {
            format!("dependency {name} has an invalid version/constraint format: {e}")
        })?;
        let own = &chart.metadata.version;
        if !range.matches(&Version::parse(&text(own)).map_err(|e| e.to_string())?) {
            return Err(format!("can't get a valid version for dependency {name}"));
        }
        package::save(&chart, folder, self.now.1)?;
        Ok(own.clone())
    }

    /// The URL of a package, and how its repository is reached.
    fn find(
        &self,
        name: &str,
        version: &str,
        repository: &str,
        file: &RepositoryFile,
        reporter: &dyn Reporter,
    ) -> Result<(String, Options), String> {
        if is_oci(repository) {
            return Ok((format!("{repository}/{name}:{version}"), Options::default()));
        }
        if let Some(entry) = file.entries.iter().find(|e| same_url(repository, &e.url)) {
            // What is to be said of the index was said when all were looked through.
            let index = IndexFile::open(&index_file(self.sources.cache, &entry.name))?;
            let versions = index.versions_of(name, &Silent)?.ok_or("entry not found")?;
            let same = |own: &Str| {
                version.is_empty()
                    || match (Version::parse(version), Version::parse(&text(own))) {
                        (Ok(a), Ok(b)) => a.precedence(&b).is_eq(),
                        (Err(_), _) => own.as_bytes() == version.as_bytes(),
                        _ => false,
                    }
            };
            let found = versions
                .iter()
                .find_map(|v| v.url().filter(|_| same(&v.metadata.version)))
                .ok_or("no matching version")?;
            return Ok((joined_url(repository, &found)?, entry.options()));
        }
        let entry = Entry {
            name: format!("once-{}", std::process::id()),
            url: repository.to_owned(),
            ..Entry::default()
        };
        let cache = self.sources.cache;
        let Sources { fetch, schemes, .. } = self.sources;
        let url = find_in_repository(fetch, &entry, cache, name, version, schemes, reporter)
            .map_err(|e| format!("chart {name} not found in {repository}: {e}"))?;
        Ok((url, Options::default()))
    }

    /// Moves what was fetched to `charts/`, and removes the packages there that are no longer wanted.
    fn move_into_place(
        &self,
        locked: &[Dependency],
        from: &Path,
        charts: &Path,
    ) -> Result<(), String> {
        let fetched = file_names(from)?;
        let old = file_names(charts)?;
        let load = |file: &Path| chart::load(file, self.reporter).map_err(|e| e.to_string());
        for name in &fetched {
            let source = from.join(name);
            if let Err(why) = load(&source) {
                let source = source.display();
                (self.say)(&format!("Could not verify {source} for moving: {why} (Skipping)"));
            } else if let Err(e) = std::fs::rename(&source, charts.join(name)) {
                let (source, why) = (source.display(), io_reason(&e));
                (self.say)(&format!("Unable to move {source} to charts dir {why} (Skipping)"));
            }
        }
        (self.say)("Deleting outdated charts\n");
        for name in old.iter().filter(|name| !fetched.contains(name)) {
            let file = charts.join(name);
            let shown = file.display();
            match load(&file) {
                Err(why) => (self.say)(&format!(
                    "Could not verify {shown} for deletion: {why} (Skipping)\n"
                )),
                Ok(chart) => {
                    let stays =
                        locked.iter().any(|d| d.repository.is_empty() && d.name == *chart.name());
                    if !stays && let Err(e) = std::fs::remove_file(&file) {
                        let why = io_reason(&e);
                        (self.say)(&format!(
                            "Could not delete {shown}: remove {shown}: {why} (Skipping)"
                        ));
                    }
                }
            }
        }
        Ok(())
    }
}

/// Why fetching ends; Helm speaks of some of it twice.
enum Stop {
    Now(String),
    Said(String),
}

/// A folder that goes away again.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The names of the files in a folder, sorted.
fn file_names(folder: &Path) -> Result<Vec<std::ffi::OsString>, String> {
    let entries = std::fs::read_dir(folder)
        .map_err(|e| format!("open {}: {}", folder.display(), io_reason(&e)))?;
    let mut names: Vec<_> = entries
        .flatten()
        .filter(|e| e.file_type().is_ok_and(|t| !t.is_dir()))
        .map(|e| e.file_name())
        .collect();
    names.sort_unstable();
    Ok(names)
}

/// Helm's `normalizeURL`: what is no URL is a path below the repository's.
fn joined_url(base: &str, below: &str) -> Result<String, String> {
    let parsed = Url::parse(below).map_err(|e| e.to_string())?;
    if !parsed.scheme.is_empty() {
        return Ok(parsed.to_string());
    }
    let mut base = Url::parse(base).map_err(|e| format!("base URL failed to parse: {e}"))?;
    base.path = path::join([&base.path[..], below.as_bytes()]);
    if !base.raw_path.is_empty() {
        let raw = path::join([base.raw_path.as_bytes(), below.as_bytes()]);
        base.raw_path = String::from_utf8_lossy(&raw).into_owned();
    }
    Ok(base.to_string())
}
