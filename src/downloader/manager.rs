//! Makes `charts/` and Chart.lock what Chart.yaml asks for, as Helm's `downloader.Manager`.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::download::{ChartDownloader, Verify};
use super::{Error, lock};
use crate::chart::{self, API_V1, Chart, Dependency, Lock};
use crate::clock::Clock;
use crate::getter::{Getter, Settings};
use crate::package;
use crate::profile::Rule;
use crate::repo::{Entry, RepositoryFile, check_url, same_url, update_indexes};
use crate::report::{Notice, Reporter, Warning};
use crate::store::{FileError, write_whole};
use gostd::path;
use gostd::url::Url;
use gostd::value::Str;

/// Keeps the charts that a chart depends on.
pub struct Manager<'m> {
    /// The chart's folder, as the user named it.
    pub folder: &'m Path,
    /// Where the repositories are listed, and their indexes kept.
    pub settings: &'m Settings,
    /// Brings the documents.
    pub getter: &'m dyn Getter,
    /// Receives the events.
    pub reporter: &'m dyn Reporter,
    /// What is done about signatures.
    pub verify: Verify,
    /// The keys that signatures are checked with.
    pub keyring: &'m Path,
    /// Whether the cached indexes will do.
    pub skip_update: bool,
    /// The time that Chart.lock and the files in packages bear.
    pub clock: &'m Clock,
}

impl std::fmt::Debug for Manager<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Manager").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// Repositories are known by these names in the cache when they were not added.
const UNMANAGED: &str = "helm-manager-";

pub(super) fn text(s: &Str) -> String {
    s.to_string_lossy().into_owned()
}

pub(super) fn is_file(repository: &str) -> bool {
    repository.starts_with("file://")
}

pub(super) fn is_oci(repository: &str) -> bool {
    repository.starts_with("oci://")
}

impl Manager<'_> {
    /// Fetches what Chart.lock fixes; without one this is [`Manager::update`].
    ///
    /// # Errors
    /// Helm's texts.
    pub fn build(&self) -> Result<(), Error> {
        let chart = self.load()?;
        // Helm loads the chart once more, and gives its warnings again.
        let Some(lock) = chart.lock.clone() else { return self.update() };
        let mut wanted = chart.metadata.dependencies.clone().unwrap_or_default();
        let is_v1 = chart.metadata.api_version == API_V1;
        let old_digest = if is_v1 {
            Some(lock::digest_of_helm_2(&wanted).map_err(|_| Error::OutOfSyncHelm2)?)
        } else {
            None
        };
        self.repository_names(&mut wanted)?;
        let mut locked = lock.dependencies.unwrap_or_default();
        if !lock::digest(&wanted, &locked).is_ok_and(|d| d == lock.digest) {
            match old_digest {
                None => {
                    let names_command = self.settings.profile.has(Rule::CommandsInApostrophes);
                    return Err(Error::OutOfSync { names_command });
                }
                Some(old) => {
                    self.reporter.warn(Warning::OldLockHash);
                    if old != lock.digest {
                        return Err(Error::OutOfSyncHelm2);
                    }
                }
            }
        }
        self.check_repositories(&locked)?;
        if !self.skip_update {
            self.update_repositories()?;
        }
        self.download_all(&mut locked)
    }

    /// Chooses the newest versions that Chart.yaml accepts, fetches them, and writes Chart.lock.
    ///
    /// # Errors
    /// Helm's texts.
    pub fn update(&self) -> Result<(), Error> {
        let chart = self.load()?;
        let Some(mut wanted) = chart.metadata.dependencies.clone() else { return Ok(()) };
        let mut names = self.repository_names(&mut wanted)?;
        self.fetch_unmanaged(&mut names, &wanted)?;
        if !self.skip_update {
            self.update_repositories()?;
        }
        let mut locked = self.resolve(&wanted, &names)?;
        self.download_all(&mut locked)?;
        let digest = lock::digest(&wanted, &locked)?;
        if chart.lock.as_ref().is_some_and(|old| old.digest == digest) {
            return Ok(());
        }
        let lock = Lock { generated: self.clock.timestamp(), digest, dependencies: Some(locked) };
        let is_v1 = chart.metadata.api_version == API_V1;
        let name = if is_v1 { "requirements.lock" } else { "Chart.lock" };
        let file = self.folder.join(name);
        if self.settings.profile.has(Rule::LinkedLocksAreRefused)
            && std::fs::symlink_metadata(&file).is_ok_and(|info| info.is_symlink())
        {
            let target =
                std::fs::read_link(&file).map_err(|e| FileError::new("readlink", &file, e))?;
            return Err(Error::LinkedLock { name, target });
        }
        Ok(write_whole(&file, &package::lock_to_yaml(&lock)?, 0o644)?)
    }

    /// Returns what fetches one package.
    pub(super) fn downloader(&self) -> ChartDownloader<'_> {
        let Manager { settings, getter, reporter, verify, keyring, .. } = *self;
        ChartDownloader { settings, getter, reporter, verify, keyring }
    }

    pub(super) fn cache(&self) -> &Path {
        &self.settings.repository_cache
    }

    fn load(&self) -> Result<Chart, Error> {
        match std::fs::metadata(self.folder) {
            Err(e) => Err(Error::NoChart { source: FileError::new("stat", self.folder, e) }),
            Ok(m) if !m.is_dir() => Err(Error::NotUnpacked),
            Ok(_) => self.load_folder(self.folder),
        }
    }

    pub(super) fn load_folder(&self, folder: &Path) -> Result<Chart, Error> {
        let folder = std::path::absolute(folder).map_err(Error::Absolute)?;
        Ok(chart::load_as(&folder, self.settings.profile, self.reporter)?)
    }

    /// Returns the folder of a `file://` repository.
    pub(super) fn local_path(&self, repository: &str) -> Result<PathBuf, Error> {
        let below = repository.strip_prefix("file://").unwrap_or(repository);
        let joined = if below.starts_with('/') {
            path::clean(below.as_bytes())
        } else {
            path::join([self.folder.as_os_str().as_encoded_bytes(), below.as_bytes()])
        };
        let place = PathBuf::from(String::from_utf8_lossy(&joined).into_owned());
        match std::fs::metadata(&place) {
            Ok(_) => Ok(place),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(Error::NoLocalFolder(place)),
            Err(e) => Err(FileError::new("stat", place, e).into()),
        }
    }

    /// Which repository each dependency comes from, by the dependency's name; aliases of repositories
    /// become URLs.
    fn repository_names(
        &self,
        wanted: &mut [Dependency],
    ) -> Result<HashMap<String, String>, Error> {
        let file = RepositoryFile::load_or_empty(&self.settings.repository_config)?;
        let mut names = HashMap::new();
        let mut missing = Vec::new();
        for dependency in wanted {
            let repository = text(&dependency.repository);
            let name = text(&dependency.name);
            if repository.is_empty() {
                continue;
            }
            if is_file(&repository) {
                self.local_path(&repository)?;
                if self.reporter.wants_debug() {
                    let repository = repository.clone();
                    self.reporter.notice(Notice::LocalRepository { repository });
                }
                names.insert(name, repository);
                continue;
            }
            if is_oci(&repository) {
                names.insert(name, repository);
                continue;
            }
            let alias = repository.strip_prefix('@').or_else(|| repository.strip_prefix("alias:"));
            let known = file
                .entries
                .iter()
                .find(|e| alias == Some(e.name.as_str()) || same_url(&e.url, &repository));
            if let Some(entry) = known {
                if alias == Some(entry.name.as_str()) {
                    dependency.repository = Str::from(entry.url.as_str());
                }
                names.insert(name, entry.name.clone());
                continue;
            }
            match Url::parse(&repository) {
                Ok(url) if !url.scheme.is_empty() || repository.starts_with('/') => {}
                _ => missing.push(repository),
            }
        }
        if missing.is_empty() {
            return Ok(names);
        }
        Err(Error::NoDefinitions(missing))
    }

    /// Gives names to repositories that were not added, and fetches their indexes.
    fn fetch_unmanaged(
        &self,
        names: &mut HashMap<String, String>,
        wanted: &[Dependency],
    ) -> Result<(), Error> {
        let mut entries = Vec::new();
        for dependency in wanted {
            let (name, url) = (text(&dependency.name), text(&dependency.repository));
            if url.is_empty() || names.contains_key(&name) {
                continue;
            }
            let key: String =
                Sha256::digest(url.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
            let key = format!("{UNMANAGED}{key}");
            names.insert(name, key.clone());
            entries.push(Entry { name: key, url, ..Entry::default() });
        }
        if self.skip_update || entries.is_empty() {
            return Ok(());
        }
        if self.settings.profile.has(Rule::RepositoriesOnce) {
            let mut seen = HashSet::new();
            entries.retain(|entry: &Entry| seen.insert(entry.url.clone()));
        }
        self.reporter.notice(Notice::UpdatingUnmanaged);
        self.update_indexes(&entries, true)
    }

    /// Fetches the indexes of the repositories that the user has added.
    fn update_repositories(&self) -> Result<(), Error> {
        let file = RepositoryFile::load_or_empty(&self.settings.repository_config)?;
        if file.entries.is_empty() {
            return Ok(());
        }
        self.update_indexes(&file.entries, false)?;
        self.reporter.notice(Notice::UpdateComplete);
        Ok(())
    }

    /// Fetches indexes. What cannot be fetched is reported, and is no error.
    fn update_indexes(&self, entries: &[Entry], unmanaged: bool) -> Result<(), Error> {
        for entry in entries {
            check_url(&entry.url, self.getter)?;
        }
        let entries: Vec<&Entry> = entries.iter().collect();
        update_indexes(self.getter, &entries, unmanaged, self.cache(), self.reporter);
        Ok(())
    }

    /// Checks that the user has added the repositories of a lock file.
    fn check_repositories(&self, locked: &[Dependency]) -> Result<(), Error> {
        let file = RepositoryFile::load_or_empty(&self.settings.repository_config)?;
        let missing: Vec<String> = locked
            .iter()
            .map(|d| text(&d.repository))
            .filter(|r| !r.is_empty() && !is_file(r) && !is_oci(r))
            .filter(|r| {
                let r = r.strip_suffix('/').unwrap_or(r);
                !file.entries.iter().any(|e| same_url(&e.url, r))
            })
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::MissingRepositories(missing))
    }
}
