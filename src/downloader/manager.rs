//! `charts/` and Chart.lock as Chart.yaml asks for them, Helm's `downloader.Manager`.

use crate::report::{Reporter, Warning};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::download::{Sources, Verify};
use super::lock;
use crate::chart::{self, API_V1, Chart, Dependency, Lock};
use crate::package;
use crate::repo::{Entry, IndexFile, RepositoryFile, check_url, index_file, same_url};
use gosemver::{Constraint, Version};
use gostd::os::io_reason;
use gostd::path;
use gostd::strconv::quoted;
use gostd::url::Url;
use gostd::value::Str;

/// Keeps the charts that a chart depends on.
pub struct Manager<'m> {
    /// Where charts come from.
    pub sources: &'m Sources<'m>,
    /// The chart's folder, as the user named it.
    pub folder: &'m Path,
    /// What is done about signatures.
    pub verify: Verify<'m>,
    /// Whether to say more.
    pub debug: bool,
    /// Whether the cached indexes will do.
    pub skip_update: bool,
    /// Takes what Helm prints.
    pub say: &'m dyn Fn(&str),
    /// Takes what Helm logs.
    pub reporter: &'m dyn Reporter,
    /// Fetches indexes.
    pub update: Update<'m>,
    /// The time, RFC 3339 and in seconds since 1970.
    pub now: (Str, u64),
}

impl std::fmt::Debug for Manager<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Manager").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// Fetches the indexes of repositories: of those that the user has added, or (`true`) of others.
pub type Update<'m> = &'m dyn Fn(&[&Entry], bool) -> Result<(), String>;

/// Repositories are known by these names in the cache when nobody added them.
const UNMANAGED: &str = "helm-manager-";

const OUT_OF_SYNC: &str = "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies";
const OUT_OF_SYNC_1: &str = "the lock file (requirements.lock) is out of sync with the dependencies file (requirements.yaml). Please update the dependencies";

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
    pub fn build(&self) -> Result<(), String> {
        let chart = self.load()?;
        let Some(lock) = chart.lock.clone() else { return self.update_chart(&chart) };
        let mut wanted = chart.metadata.dependencies.clone().unwrap_or_default();
        let is_v1 = chart.metadata.api_version == API_V1;
        let old_digest = if is_v1 {
            Some(lock::digest_of_helm_2(&wanted).map_err(|_| OUT_OF_SYNC_1)?)
        } else {
            None
        };
        self.repository_names(&mut wanted)?;
        let mut locked = lock.dependencies.unwrap_or_default();
        if !lock::digest(&wanted, &locked).is_ok_and(|d| d == lock.digest) {
            match old_digest {
                None => return Err(OUT_OF_SYNC.into()),
                Some(old) => {
                    self.reporter.warn(Warning::OldLockHash);
                    if old != lock.digest {
                        return Err(OUT_OF_SYNC_1.into());
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
    pub fn update(&self) -> Result<(), String> {
        self.update_chart(&self.load()?)
    }

    fn update_chart(&self, chart: &Chart) -> Result<(), String> {
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
        let lock = Lock { generated: self.now.0.clone(), digest, dependencies: Some(locked) };
        let is_v1 = chart.metadata.api_version == API_V1;
        let file = self.folder.join(if is_v1 { "requirements.lock" } else { "Chart.lock" });
        crate::store::write_whole(&file, &package::lock_to_yaml(&lock)?, 0o644)
    }

    fn load(&self) -> Result<Chart, String> {
        let shown = self.folder.display();
        match std::fs::metadata(self.folder) {
            Err(e) => Err(format!("could not find {shown}: stat {shown}: {}", io_reason(&e))),
            Ok(m) if !m.is_dir() => Err("only unpacked charts can be updated".into()),
            Ok(_) => self.load_folder(self.folder),
        }
    }

    pub(super) fn load_folder(&self, folder: &Path) -> Result<Chart, String> {
        let folder = std::path::absolute(folder).map_err(|e| io_reason(&e))?;
        chart::load(&folder, self.reporter).map_err(|e| e.to_string())
    }

    /// The folder of a `file://` repository.
    pub(super) fn local_path(&self, repository: &str) -> Result<PathBuf, String> {
        let below = repository.strip_prefix("file://").unwrap_or(repository);
        let joined = if below.starts_with('/') {
            path::clean(below.as_bytes())
        } else {
            path::join([self.folder.as_os_str().as_encoded_bytes(), below.as_bytes()])
        };
        let place = PathBuf::from(String::from_utf8_lossy(&joined).into_owned());
        match std::fs::metadata(&place) {
            Ok(_) => Ok(place),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                Err(format!("directory {} not found", place.display()))
            }
            Err(e) => Err(format!("stat {}: {}", place.display(), io_reason(&e))),
        }
    }

    /// Which repository each dependency comes from, by the dependency's name; aliases of repositories
    /// become URLs.
    fn repository_names(
        &self,
        wanted: &mut [Dependency],
    ) -> Result<HashMap<String, String>, String> {
        let file = RepositoryFile::load_or_empty(self.sources.repositories)?;
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
                if self.debug {
                    (self.say)(&format!("Repository from local path: {repository}\n"));
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
        let mut why = format!(
            "no repository definition for {}. Please add them via 'helm repo add'",
            missing.join(", ")
        );
        let is_word =
            |r: &String| !r.contains("//") && !r.starts_with('@') && !r.starts_with("alias:");
        if missing.iter().any(is_word) {
            why.push_str(
                "\nNote that repositories must be URLs or aliases. For example, to refer to the \"example\"\nrepository, use \"https://charts.example.com/\" or \"@example\" instead of\n\"example\". Don't forget to add the repo, too ('helm repo add').",
            );
        }
        Err(why)
    }

    /// Gives names to repositories that nobody added, and fetches their indexes.
    fn fetch_unmanaged(
        &self,
        names: &mut HashMap<String, String>,
        wanted: &[Dependency],
    ) -> Result<(), String> {
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
        (self.say)("Getting updates for unmanaged Helm repositories...\n");
        for entry in &entries {
            check_url(&entry.url, self.sources.schemes)?;
        }
        (self.update)(&entries.iter().collect::<Vec<_>>(), true)
    }

    /// Fetches the indexes of the repositories that the user has added.
    fn update_repositories(&self) -> Result<(), String> {
        let file = RepositoryFile::load_or_empty(self.sources.repositories)?;
        if file.entries.is_empty() {
            return Ok(());
        }
        for entry in &file.entries {
            check_url(&entry.url, self.sources.schemes)?;
        }
        (self.update)(&file.entries.iter().collect::<Vec<_>>(), false)?;
        (self.say)("Update Complete. ⎈Happy Helming!⎈\n");
        Ok(())
    }

    /// Checks that the user has added the repositories of a lock file.
    fn check_repositories(&self, locked: &[Dependency]) -> Result<(), String> {
        let file = RepositoryFile::load_or_empty(self.sources.repositories)?;
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
        Err(format!(
            "no repository definition for {}. Please add the missing repos via 'helm repo add'",
            missing.join(", ")
        ))
    }

    /// Chooses an exact version of each dependency.
    fn resolve(
        &self,
        wanted: &[Dependency],
        names: &HashMap<String, String>,
    ) -> Result<Vec<Dependency>, String> {
        let mut locked = Vec::with_capacity(wanted.len());
        let mut missing = Vec::new();
        for d in wanted {
            let (name, repository, version) =
                (text(&d.name), text(&d.repository), text(&d.version));
            let range = Constraint::parse(&version).map_err(|e| {
                let name = quoted(&d.name);
                format!("dependency {name} has an invalid version/constraint format: {e}")
            })?;
            let fixed = |version: Str| Dependency::pinned(&d.name, version, &d.repository);
            let none = || {
                format!(
                    "{} (repository {}, version {})",
                    quoted(&d.name),
                    quoted(&d.repository),
                    quoted(&d.version)
                )
            };
            if repository.is_empty() {
                self.local_path(&format!("charts/{name}"))?;
                locked.push(fixed(d.version.clone()));
                continue;
            }
            if is_file(&repository) {
                let chart = self.load_folder(&self.local_path(&repository)?)?;
                let own = &chart.metadata.version;
                if Version::parse(&text(own)).is_ok_and(|v| range.matches(&v)) {
                    locked.push(fixed(own.clone()));
                } else {
                    missing.push(none());
                }
                continue;
            }
            let Some(cached) = names.get(&name).filter(|n| !n.is_empty()) else {
                locked.push(fixed(d.version.clone()));
                continue;
            };
            if is_oci(&repository) {
                match self.sources.tag(&repository, &name, &version, &range)? {
                    Some(tag) => locked.push(fixed(Str::from(tag))),
                    None => missing.push(none()),
                }
                continue;
            }
            let index = index_file(self.sources.cache, cached);
            let versions = IndexFile::open(&index)
                .and_then(|index| index.versions_of(&name, self.reporter))
                .map_err(|e| {
                    format!(
                        "no cached repository for {cached} found. (try 'helm repo update'): {e}"
                    )
                })?;
            let versions =
                versions.ok_or_else(|| format!("{name} chart not found in repo {repository}"))?;
            let fits = versions.iter().filter(|v| v.url().is_some()).find(|v| {
                Version::parse(&text(&v.metadata.version)).is_ok_and(|v| range.matches(&v))
            });
            match fits {
                Some(v) => locked.push(fixed(v.metadata.version.clone())),
                None => missing.push(none()),
            }
        }
        if missing.is_empty() {
            return Ok(locked);
        }
        Err(format!(
            "can't get a valid version for {} subchart(s): {}. Make sure a matching chart version exists in the repo, or change the version constraint in Chart.yaml",
            missing.len(),
            missing.join(", ")
        ))
    }
}
