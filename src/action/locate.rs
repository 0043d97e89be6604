//! Finds which chart a name means, and fetches it where it is elsewhere.

use std::path::{Path, PathBuf};

use gostd::os::path_of;

use super::SupplyError;
use crate::downloader::{ChartDownloader, Verify};
use crate::getter::{Getter, Options, Settings};
use crate::profile::{Profile, Rule};
use crate::repo::{Entry, find_in_repository};
use crate::report::Reporter;
use crate::store::make_folders;
use crate::{http, signature};

/// How a chart is found by its name, Helm's `ChartPathOptions`.
#[derive(Clone, Debug, Default)]
pub struct ChartSource {
    /// The version or range that is wanted; empty for the newest.
    pub version: String,
    /// Whether development versions are accepted where no version is wanted.
    pub devel: bool,
    /// The URL of a repository that was not added; empty for those that were.
    pub repository: String,
    /// Credentials and certificates, where a repository has no own.
    pub options: Options,
    /// Whether the package's signature is checked.
    pub verify: bool,
    /// The keys that it is checked with.
    pub keyring: PathBuf,
    /// The Helm release that is reproduced.
    pub profile: Profile,
}

impl ChartSource {
    /// Returns the version or range that is wanted.
    pub fn version(&self) -> &str {
        match self.version.trim() {
            "" if self.devel => ">0.0.0-0",
            version => version,
        }
    }

    /// Returns the absolute path of the chart that a path or a reference names; a chart from elsewhere
    /// is in the cache by then.
    ///
    /// # Errors
    /// Helm's texts, e.g. `path "./x" not found`, `repo x not found`.
    pub fn locate(
        &self,
        name: &str,
        settings: &Settings,
        getter: &dyn Getter,
        reporter: &dyn Reporter,
    ) -> Result<PathBuf, SupplyError> {
        if let Some(path) = self.local(name)? {
            return Ok(path);
        }
        let name = name.trim();
        let mut options = self.options.clone();
        let reference = self.reference(name, settings, getter, reporter)?;
        if !self.repository.is_empty() {
            let (from, to) = (http::parse(&self.repository)?, http::parse(&reference)?);
            if !options.pass_credentials && (from.scheme != to.scheme || from.host != to.host) {
                options.username.clear();
                options.password.clear();
            }
        }
        make_folders(&settings.repository_cache)?;
        let verify = if self.verify { Verify::Always } else { Verify::Never };
        let downloader =
            ChartDownloader { settings, getter, reporter, verify, keyring: &self.keyring };
        let file = if settings.profile.has(Rule::ContentCache) {
            downloader.download_to_cache(&reference, self.version(), options)?
        } else {
            let folder: &Path = &settings.repository_cache;
            downloader.download(&reference, self.version(), options, folder)?.file
        };
        std::path::absolute(file).map_err(SupplyError::Absolute)
    }

    /// Returns the absolute path of a chart on this machine; `None` where a name is that of a chart
    /// from elsewhere.
    ///
    /// # Errors
    /// `path "./x" not found`, and what is wrong with the signature.
    pub fn local(&self, name: &str) -> Result<Option<PathBuf>, SupplyError> {
        let name = name.trim();
        if self.profile.has(Rule::RepositoriesFirst) && !self.repository.is_empty() {
            return Ok(None);
        }
        let path = path_of(name).into_owned();
        if path.exists() {
            let path = std::path::absolute(&path).map_err(SupplyError::Absolute)?;
            if self.verify {
                signature::verify(&path, &self.keyring, self.profile)?;
            }
            return Ok(Some(path));
        }
        if path.is_absolute() || name.starts_with('.') {
            return Err(SupplyError::NoPath(name.to_owned()));
        }
        Ok(None)
    }

    /// Returns what a name is called for a download: itself, or its URL in the repository that was
    /// not added.
    pub(super) fn reference(
        &self,
        name: &str,
        settings: &Settings,
        getter: &dyn Getter,
        reporter: &dyn Reporter,
    ) -> Result<String, SupplyError> {
        if self.repository.is_empty() {
            return Ok(name.to_owned());
        }
        let options = self.options.clone();
        let entry = Entry {
            username: options.username,
            password: options.password,
            tls: options.tls,
            pass_credentials: options.pass_credentials,
            ..Entry::once(self.repository.clone())
        };
        let cache = &settings.repository_cache;
        Ok(find_in_repository(
            getter,
            &entry,
            cache,
            name,
            self.version(),
            settings.profile,
            reporter,
        )?)
    }
}
