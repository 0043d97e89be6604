//! Runs `repo add`, `index`, `list`, `remove` and `update`.

use std::path::{Path, PathBuf};

use super::{Secrets, SupplyError, lock};
use crate::clock::Clock;
use crate::getter::{Getter, Settings};
use crate::profile::{Profile, Rule};
use crate::repo::{
    self, Entry, Index, RepositoryFile, charts_file, check_url, download_index, index_directory,
    index_file, load_index, update_indexes,
};
use crate::report::{Notice, Reporter};
use crate::store::{FileError, make_folders, write_whole};

/// Repositories that are gone, and where their charts went.
const GONE: &[(&str, &str)] = &[
    ("//kubernetes-charts.storage.googleapis.com", "https://charts.helm.sh/stable"),
    ("//kubernetes-charts-incubator.storage.googleapis.com", "https://charts.helm.sh/incubator"),
];

/// Adds a repository to the user's list.
#[derive(Clone, Debug, Default)]
pub struct RepoAdd {
    /// The repository. Where there is a name for it and no password, one is asked for.
    pub entry: Entry,
    /// Whether it takes the place of one of its name.
    pub force_update: bool,
    /// Whether official repositories that are gone may be added.
    pub allow_deprecated: bool,
}

/// What became of a repository that was to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is in the list now.
    New,
    /// It was there before.
    Same,
}

impl RepoAdd {
    /// Fetches the repository's index and adds the repository.
    ///
    /// # Errors
    /// Helm's texts, e.g. `looks like "URL" is not a valid chart repository or cannot be reached: …`.
    pub fn run(
        &self,
        settings: &Settings,
        getter: &dyn Getter,
        secrets: &dyn Secrets,
        reporter: &dyn Reporter,
    ) -> Result<Added, SupplyError> {
        let mut entry = self.entry.clone();
        let (name, url) = (entry.name.clone(), entry.url.clone());
        if !self.allow_deprecated
            && let Some((_, instead)) = GONE.iter().find(|(old, _)| url.contains(old))
        {
            return Err(SupplyError::RepositoryGone { url, instead });
        }
        let path = &settings.repository_config;
        if let Some(folder) = path.parent() {
            make_folders(folder)?;
        }
        let _lock = lock::acquire(&lock_file(path))?;
        let mut file = RepositoryFile::load_or_empty(path)?;
        if !entry.username.is_empty() && entry.password.is_empty() {
            entry.password = secrets.password().map_err(SupplyError::Secret)?;
        }
        if name.contains('/') {
            return Err(SupplyError::RepositoryName(name));
        }
        if !self.force_update
            && let Some(old) = file.get(&name)
        {
            return if *old == entry {
                Ok(Added::Same)
            } else {
                Err(SupplyError::RepositoryExists(name))
            };
        }
        check_url(&url, getter)?;
        download_index(getter, &entry, &settings.repository_cache, reporter)
            .map_err(|e| repo::Error::NoRepository { url, source: Box::new(e) })?;
        file.update(entry);
        file.write(path)?;
        Ok(Added::New)
    }
}

/// Returns the file that keeps two programs from writing repositories.yaml at once.
fn lock_file(path: &Path) -> PathBuf {
    match path.extension() {
        Some(_) => path.with_extension("lock"),
        None => {
            let mut name = path.as_os_str().to_owned();
            name.push(".lock");
            name.into()
        }
    }
}

/// Lists the repositories that were added.
#[derive(Clone, Copy, Debug, Default)]
pub struct RepoList;

impl RepoList {
    /// Returns the repositories, as far as the file can be read.
    pub fn run(&self, settings: &Settings) -> Vec<Entry> {
        RepositoryFile::load_partly(&settings.repository_config).0.entries
    }
}

/// Removes repositories, and what the cache holds of them.
#[derive(Clone, Debug, Default)]
pub struct RepoRemove {
    /// Their names.
    pub names: Vec<String>,
}

impl RepoRemove {
    /// Removes one repository after the other, and reports each.
    ///
    /// # Errors
    /// `no repositories configured`, `no repo named "x" found`.
    pub fn run(&self, settings: &Settings, reporter: &dyn Reporter) -> Result<(), SupplyError> {
        let (mut file, _) = RepositoryFile::load_partly(&settings.repository_config);
        if file.entries.is_empty() {
            return Err(SupplyError::NoRepositories);
        }
        for name in &self.names {
            if !file.remove(name) {
                return Err(SupplyError::NoRepository(name.clone()));
            }
            file.write(&settings.repository_config)?;
            let _ = std::fs::remove_file(charts_file(&settings.repository_cache, name));
            let index = index_file(&settings.repository_cache, name);
            match std::fs::remove_file(&index) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                    return Err(FileError::new("remove", index, e).into());
                }
                _ => {}
            }
            reporter.notice(Notice::RepositoryRemoved { name: name.clone() });
        }
        Ok(())
    }
}

/// Fetches the indexes of repositories.
#[derive(Clone, Debug, Default)]
pub struct RepoUpdate {
    /// Their names; none for all.
    pub names: Vec<String>,
    /// Whether it is an error if one cannot be fetched.
    pub fail_on_failure: bool,
}

impl RepoUpdate {
    /// Fetches the indexes, and reports each.
    ///
    /// # Errors
    /// Helm's texts, e.g. `no repositories found. You must add one before updating`.
    pub fn run(
        &self,
        settings: &Settings,
        getter: &dyn Getter,
        reporter: &dyn Reporter,
    ) -> Result<(), SupplyError> {
        let path = &settings.repository_config;
        let file = match RepositoryFile::load(path) {
            Ok(file) if !file.entries.is_empty() => file,
            Ok(_) => return Err(SupplyError::NothingToUpdate),
            Err(e) if e.is_missing_file() => return Err(SupplyError::NothingToUpdate),
            Err(source) => {
                return Err(SupplyError::Repositories {
                    file: path.clone(),
                    source: Box::new(source),
                });
            }
        };
        if let Some(unknown) = self.names.iter().find(|name| file.get(name).is_none()) {
            return Err(SupplyError::NoMatchToUpdate(unknown.clone()));
        }
        let asked = |e: &&Entry| self.names.is_empty() || self.names.contains(&e.name);
        let entries: Vec<&Entry> = file.entries.iter().filter(asked).collect();
        for entry in &entries {
            check_url(&entry.url, getter)?;
        }
        let cache = &settings.repository_cache;
        let failed = update_indexes(getter, &entries, false, cache, reporter);
        if !failed.is_empty() && self.fail_on_failure {
            let is_lower = settings.profile.has(Rule::LowerCaseErrors);
            return Err(SupplyError::NotUpdated { urls: failed, is_lower });
        }
        reporter.notice(Notice::UpdateComplete);
        Ok(())
    }
}

/// Writes `index.yaml` for the packages in a folder.
#[derive(Clone, Debug, Default)]
pub struct RepoIndex {
    /// The folder; empty for the working folder.
    pub folder: PathBuf,
    /// The URL that packages are below.
    pub url: String,
    /// An index to merge; it is made if it is not there. Empty for none.
    pub merge: PathBuf,
    /// Whether the index is written as JSON.
    pub json: bool,
    /// The time that the index and its entries bear.
    pub clock: Clock,
    /// The Helm release that reads the charts.
    pub profile: Profile,
}

impl RepoIndex {
    /// Writes the index.
    ///
    /// # Errors
    /// Where files cannot be read or written, and `merge failed: …`.
    pub fn run(&self, reporter: &dyn Reporter) -> Result<(), SupplyError> {
        let here = self.folder.as_os_str().is_empty();
        let folder = if here { Path::new(".") } else { &self.folder };
        let folder = std::path::absolute(folder).map_err(SupplyError::Absolute)?;
        let now = self.clock.timestamp();
        let mut index = index_directory(&folder, &self.url, &now, self.profile, reporter)?;
        if !self.merge.as_os_str().is_empty() {
            let old = if self.merge.exists() {
                load_index(&self.merge, reporter)
                    .map_err(|e| SupplyError::Merge { source: Box::new(e) })?
            } else {
                let empty = Index::new(now);
                let _ = self.write(&empty, &self.merge);
                empty
            };
            index.merge(old, self.profile, reporter);
        }
        index.sort();
        self.write(&index, &folder.join("index.yaml"))
    }

    fn write(&self, index: &Index, path: &Path) -> Result<(), SupplyError> {
        let text = if self.json { index.to_json() } else { index.to_yaml() };
        Ok(write_whole(path, &text?, 0o644)?)
    }
}
