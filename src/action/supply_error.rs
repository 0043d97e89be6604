//! Describes what goes wrong with bringing charts from elsewhere, packing them and putting them elsewhere.

use std::error::Error;
use std::path::PathBuf;

use gostd::strconv::quoted;

use crate::chart::ChartError;
use crate::http::{TlsError, UrlError};
use crate::store::FileError;
use crate::{create, downloader, getter, installer, package, registry, repo, signature};

/// Why a chart could not be fetched, packed, signed, pushed, listed or made. It displays as what follows
/// `Error: ` on Helm's standard error; a cause that Helm wraps is the `source`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SupplyError {
    /// A chart cannot be loaded, or lacks what it depends on.
    #[error("{0}")]
    Chart(#[from] ChartError),
    /// A chart, or what it depends on, could not be had.
    #[error(transparent)]
    Download(#[from] downloader::Error),
    /// A document could not be fetched.
    #[error(transparent)]
    Get(#[from] getter::Error),
    /// A plugin could not be installed, removed or brought up to date.
    #[error(transparent)]
    Install(#[from] installer::Error),
    /// A chart could not be packed.
    #[error(transparent)]
    Package(#[from] package::Error),
    /// A registry did not do as it was asked.
    #[error(transparent)]
    Registry(#[from] registry::Error),
    /// A repository cannot be used.
    #[error(transparent)]
    Repository(#[from] repo::Error),
    /// A package could not be checked or signed.
    #[error(transparent)]
    Signature(#[from] signature::Error),
    /// A new chart's templates are broken.
    #[error(transparent)]
    Create(#[from] create::Error),
    /// The system refused a file or folder.
    #[error(transparent)]
    File(#[from] FileError),
    /// Certificates cannot be used for a login.
    #[error("{0}")]
    Tls(#[from] TlsError),
    /// A URL that Go cannot read.
    #[error("{0}")]
    Url(#[from] UrlError),
    /// A secret could not be had.
    #[error(transparent)]
    Secret(Box<dyn std::error::Error + Send + Sync>),
    /// The system cannot make a path absolute.
    #[error("{}", gostd::os::io_reason(.0))]
    Absolute(std::io::Error),
    /// The chart's version, or the one that it is to have, is none.
    #[error("{0}")]
    Version(gosemver::Error),
    /// There is no chart at that path.
    #[error("path {} not found", gostd::strconv::quoted(gostd::os::bytes_of(.0)))]
    NoPath(String),
    /// A package cannot be unpacked.
    #[error("failed to untar: {source}")]
    Untar {
        /// Why.
        source: FileError,
    },
    /// The folder to unpack to cannot be made.
    #[error("failed to untar (mkdir): {source}")]
    UntarFolder {
        /// Why.
        source: FileError,
    },
    /// Something has the name of what is to be unpacked.
    #[error("failed to untar: a file or directory with the name {0} already exists")]
    UntarExists(String),
    /// What to push to is no URL.
    #[error("invalid chart URL format: {0}")]
    RemoteUrl(String),
    /// What to push to names no scheme.
    #[error("scheme prefix missing from remote (e.g. \"oci://\")")]
    NoScheme,
    /// Nothing can be pushed to URLs of that scheme.
    #[error("scheme {0:?} not supported")]
    Scheme(String),
    /// There is nothing to push.
    #[error("{0}: no such file")]
    NoFile(String),
    /// A folder cannot be pushed.
    #[error("cannot push directory, must provide chart archive (.tgz)")]
    PushFolder,
    /// A repository that is gone.
    #[error("repo {} is no longer available; try {} instead", quoted(.url), quoted(.instead))]
    RepositoryGone {
        /// Its URL.
        url: String,
        /// Where its charts went.
        instead: &'static str,
    },
    /// A repository's name that no file can have.
    #[error("repository name ({0}) contains '/', please specify a different name without '/'")]
    RepositoryName(String),
    /// A repository of that name was added before.
    #[error("repository name ({0}) already exists, please specify a different name")]
    RepositoryExists(String),
    /// The lock was not given back in time.
    #[error("context deadline exceeded")]
    Locked,
    /// The system refused the lock.
    #[error("{}", gostd::os::io_reason(.0))]
    Lock(std::io::Error),
    /// There are no repositories to remove or to search.
    #[error("no repositories configured")]
    NoRepositories,
    /// There are no repositories to bring up to date.
    #[error("no repositories found. You must add one before updating")]
    NothingToUpdate,
    /// There is no repository of that name to bring up to date.
    #[error("no repositories found matching '{0}'.  Nothing will be updated")]
    NoMatchToUpdate(String),
    /// The file with the repositories cannot be read.
    #[error("failed loading file: {}: {source}", gostd::os::path_text(.file))]
    Repositories {
        /// The file.
        file: PathBuf,
        /// Why.
        source: Box<repo::Error>,
    },
    /// Some repositories could not be brought up to date.
    #[error("{}ailed to update the following repositories: [{}]", if *.is_lower { "f" } else { "F" }, .urls.join(" "))]
    NotUpdated {
        /// Their URLs.
        urls: Vec<String>,
        /// Whether errors begin in lower case.
        is_lower: bool,
    },
    /// There is no repository of that name to remove.
    #[error("no repo named {} found", quoted(.0))]
    NoRepository(String),
    /// An index cannot be merged.
    #[error("merge failed: {source}")]
    Merge {
        /// Why.
        source: Box<repo::Error>,
    },
    /// A hub's URL is none.
    #[error("unable to create connection to {}: {source}", quoted(.endpoint))]
    Hub {
        /// The URL.
        endpoint: String,
        /// What is wrong with it.
        source: Box<repo::Error>,
    },
    /// A hub does not answer.
    #[error("unable to perform search against {}", quoted(.endpoint))]
    HubSearch {
        /// The hub's URL.
        endpoint: String,
        /// Why.
        cause: Box<repo::Error>,
    },
    /// A package could not be written.
    #[error("failed to save: {source}")]
    Save {
        /// Why.
        source: Box<package::Error>,
    },
    /// No plugin was named.
    #[error("please provide plugin name to {0}")]
    NoPlugin(&'static str),
    /// A new chart's name is too short or too long.
    #[error("chart name must be between 1 and {0} characters")]
    NameLength(usize),
    /// A new chart's name has letters that it must not have.
    #[error("chart name must match the regular expression \"^[a-zA-Z0-9._-]+$\"")]
    NameLetters,
    /// A starter's name cannot be a folder's.
    #[error("{} is not a valid chart name", quoted(.0))]
    Name(String),
    /// The folder for a new chart is a file.
    #[error("no such directory {}", gostd::os::path_text(.0))]
    NoFolder(PathBuf),
    /// There is a file where a new chart is to be.
    #[error("file {} already exists and is not a directory", gostd::os::path_text(.0))]
    NotFolder(PathBuf),
    /// A starter cannot be loaded.
    #[error("could not load {}: {source}", gostd::os::path_text(.starter))]
    Starter {
        /// Its folder.
        starter: PathBuf,
        /// Why.
        source: ChartError,
    },
    /// A starter's values are no YAML under the new name.
    #[error("transforming values file: {source}")]
    Values {
        /// What is wrong with them.
        source: goyaml::YamlError,
    },
    /// A chart of a starter cannot be packed.
    #[error("saving {name}/charts/{below}: {source}")]
    Below {
        /// The new chart.
        name: String,
        /// The chart below it.
        below: String,
        /// Why.
        source: Box<package::Error>,
    },
}

impl SupplyError {
    /// Helm's words, layer by layer, the cause last.
    pub fn layers(&self) -> Vec<String> {
        let mut layers = Vec::new();
        let mut error: &(dyn Error + 'static) = self;
        loop {
            if let Some(chart) = error.downcast_ref::<ChartError>() {
                layers.extend(chart.layers());
                return layers;
            }
            let text = error.to_string();
            let Some(cause) = error.source() else {
                layers.push(text);
                return layers;
            };
            // A text is `context: cause`, or the cause's own; others tell nothing of their cause.
            match text.strip_suffix(&cause.to_string()) {
                Some("") => {}
                Some(context) => layers.push(context.trim_end_matches(": ").to_owned()),
                None => {
                    layers.push(text);
                    return layers;
                }
            }
            error = cause;
        }
    }
}
