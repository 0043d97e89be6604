//! Installs plugins: from a folder, an archive on a server, a Git repository.

mod archive;
mod error;
mod git;
mod newer;

use std::path::Path;

use crate::getter::{Getter, MAX_PACKAGE, Options, Settings};
use crate::profile::Rule;
use crate::report::{Installation, Reporter};
use archive::{archive_name, cache_key, copy_folder, is_archive_type, is_plugin, unpack};
pub use error::{ArchiveError, Error, ReasonError};
use git::git;
use gostd::path;
pub use newer::{Fetched, metadata_of, pack};

/// Where a plugin comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A folder of the user's own; what is installed is a link to it.
    Folder(String),
    /// A `.tgz` of the user's own, in Helm 4.
    File(String),
    /// A `.tgz` on a server.
    Archive(String),
    /// A reference to a registry, in Helm 4.
    Registry(String),
    /// A Git repository, and the version that is wanted.
    Git(String, String),
}

fn base(source: &str) -> String {
    String::from_utf8_lossy(path::base(source.as_bytes())).into_owned()
}

fn joined(folder: &[u8], name: &str) -> String {
    String::from_utf8_lossy(&path::join([folder, name.as_bytes()])).into_owned()
}

/// Returns the folder in the cache for a source.
fn cached(settings: &Settings, source: &str) -> Result<String, Error> {
    Ok(joined(settings.plugin_cache.as_os_str().as_encoded_bytes(), &cache_key(source)?))
}

impl Source {
    /// Returns what the user's words mean.
    ///
    /// # Errors
    /// `Cannot detect VCS`, and what is wrong with a URL.
    pub fn detect(
        source: &str,
        version: &str,
        getter: &dyn Getter,
        reporter: &dyn Reporter,
    ) -> Result<Source, Error> {
        if Path::new(source).exists() {
            let full = std::path::absolute(source)
                .map_err(|e| Error::Absolute { source: ReasonError(e) })?;
            let full = path::clean(full.as_os_str().as_encoded_bytes());
            return Ok(Source::Folder(String::from_utf8_lossy(&full).into_owned()));
        }
        let on_a_server = source.starts_with("http://") || source.starts_with("https://");
        if on_a_server && getter.media_type(source, reporter).is_some_and(|m| is_archive_type(&m)) {
            archive_name(source)?;
            return Ok(Source::Archive(source.to_owned()));
        }
        if !git::is_git(source) {
            return Err(Error::Unknown);
        }
        Ok(Source::Git(source.to_owned(), version.to_owned()))
    }

    /// Returns where an installed plugin came from.
    ///
    /// # Errors
    /// `cannot get information about plugin source`
    pub fn of_installed(folder: &Path) -> Result<Source, Error> {
        if !folder.join(".git").exists() {
            return Err(Error::NoSource);
        }
        let remote = git(Some(folder), &["config", "--get", "remote.origin.url"])
            .map_err(|e| Error::Remote(e.status))?;
        Ok(Source::Git(remote.trim().to_owned(), String::new()))
    }

    /// Returns the folder that the plugin is in once it is installed.
    pub fn place(&self, settings: &Settings) -> String {
        match self {
            Source::Registry(reference) => {
                joined(settings.plugins.as_bytes(), &newer::name_of(reference).unwrap_or_default())
            }
            Source::Folder(source) if settings.profile.has(Rule::PluginsOfHelm4) => {
                joined(settings.plugin_data.as_os_str().as_encoded_bytes(), &base(source))
            }
            Source::Folder(source) | Source::Git(source, _) => {
                joined(settings.plugins.as_bytes(), &base(source))
            }
            Source::File(url) | Source::Archive(url) => joined(
                settings.plugin_data.as_os_str().as_encoded_bytes(),
                &archive_name(url).unwrap_or_default(),
            ),
        }
    }

    /// Puts the plugin into its place, where nothing is yet.
    ///
    /// # Errors
    /// Helm's texts.
    pub fn install(
        &self,
        place: &str,
        settings: &Settings,
        getter: &dyn Getter,
        reporter: &dyn Reporter,
    ) -> Result<(), Error> {
        let place = place.to_owned();
        match self {
            Source::Folder(source) => {
                let folder = Path::new(source);
                if !folder.is_dir() {
                    return Err(match settings.profile.has(Rule::PluginsOfHelm4) {
                        true => Error::NoDirectory,
                        false => Error::NoFolder,
                    });
                }
                if !is_plugin(folder) {
                    return Err(Error::NoMetadata);
                }
                let (source, link_to) = (source.clone(), place.clone());
                reporter.installation(|| Installation::Symlinking {
                    source: source.clone(),
                    place: link_to,
                });
                link(&source, &place).map_err(|cause| Error::Link {
                    source_folder: source,
                    place,
                    cause,
                })
            }
            // Helm 4 has fetched it by now.
            Source::File(_) | Source::Registry(_) => Err(Error::NoSource),
            Source::Archive(url) => {
                let cached = cached(settings, url)?;
                let data = getter.get(url, &Options::default(), MAX_PACKAGE, reporter)?;
                unpack(&data, Path::new(&cached), false)
                    .map_err(|source| Error::Extract { source })?;
                copy(
                    &cached,
                    &place,
                    Installation::CopyingArchive { cached: cached.clone(), place: place.clone() },
                    reporter,
                )
            }
            Source::Git(remote, version) => {
                let cached = cached(settings, remote)?;
                let folder = Path::new(&cached);
                let remote = remote.clone();
                if folder.exists() {
                    reporter.installation(|| Installation::UpdatingCached {
                        remote: remote.clone(),
                        cached: cached.clone(),
                    });
                    git::fetch(folder)?;
                } else {
                    reporter.installation(|| Installation::Cloning {
                        remote: remote.clone(),
                        cached: cached.clone(),
                    });
                    git::clone(&remote, folder)?;
                }
                if let Some(tag) =
                    git::choose(&remote, version, folder, settings.profile.semver(), reporter)?
                {
                    reporter
                        .installation(|| Installation::SettingVersion { version: version.clone() });
                    git::checkout(folder, &tag)?;
                }
                copy(
                    &cached,
                    &place,
                    Installation::CopyingRepository {
                        cached: cached.clone(),
                        place: place.clone(),
                    },
                    reporter,
                )
            }
        }
    }

    /// Fetches what is new of an installed plugin.
    ///
    /// # Errors
    /// Helm's texts.
    pub fn update(&self, folder: &Path, reporter: &dyn Reporter) -> Result<(), Error> {
        let Source::Git(remote, _) = self else { return Err(Error::NoSource) };
        reporter.installation(|| Installation::Updating { remote: remote.clone() });
        if git(Some(folder), &["diff"]).is_ok_and(|changes| !changes.is_empty()) {
            return Err(Error::Modified);
        }
        git::fetch(folder)?;
        if is_plugin(folder) { Ok(()) } else { Err(Error::NoMetadata) }
    }
}

/// Copies a plugin from the cache to its place.
fn copy(
    cached: &str,
    place: &str,
    step: Installation,
    reporter: &dyn Reporter,
) -> Result<(), Error> {
    if !is_plugin(Path::new(cached)) {
        return Err(Error::NoMetadata);
    }
    reporter.installation(|| step);
    copy_folder(Path::new(cached), Path::new(place))
}

#[cfg(unix)]
fn link(source: &str, place: &str) -> std::io::Result<()> {
    std::os::unix::fs::symlink(source, place)
}

#[cfg(windows)]
fn link(source: &str, place: &str) -> std::io::Result<()> {
    std::os::windows::fs::symlink_dir(source, place)
}
