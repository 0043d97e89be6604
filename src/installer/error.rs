//! Describes what goes wrong with installing plugins.

use std::path::PathBuf;

use gostd::os::io_reason;
use gostd::strconv::quoted;

use crate::http::UrlError;
use crate::store::FileError;
use crate::{getter, plugin};

/// Why a plugin could not be installed, removed or brought up to date.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system refused a file or folder.
    #[error(transparent)]
    File(#[from] FileError),
    /// The plugin cannot be read, or what it runs failed.
    #[error(transparent)]
    Plugin(#[from] plugin::Error),
    /// The archive could not be fetched.
    #[error(transparent)]
    Get(#[from] getter::Error),
    /// A URL that Go cannot read.
    #[error("{0}")]
    Url(#[from] UrlError),
    /// The folder's path cannot be made absolute.
    #[error("unable to get absolute path to plugin: {source}")]
    Absolute {
        /// What the system said.
        source: ReasonError,
    },
    /// The source is neither a folder, an archive, nor a repository.
    #[error("Cannot detect VCS")]
    Unknown,
    /// Where an installed plugin came from is not known.
    #[error("cannot get information about plugin source")]
    NoSource,
    /// Git does not tell where an installed plugin came from.
    #[error("Unable to retrieve local repo information: {0}")]
    Remote(String),
    /// An archive's name does not end as those that can be unpacked.
    #[error("no extractor implemented yet for {0}")]
    Extractor(String),
    /// The source is a file.
    #[error("expected plugin to be a folder")]
    NoFolder,
    /// The source holds no plugin.
    #[error("plugin metadata (plugin.yaml) missing")]
    NoMetadata,
    /// The plugin's folder is there.
    #[error("plugin already exists")]
    Exists,
    /// The plugin's folder is not there.
    #[error("plugin does not exist")]
    Missing,
    /// The link to the user's folder cannot be made.
    #[error("symlink {source_folder} {place}: {}", io_reason(.cause))]
    Link {
        /// The user's folder.
        source_folder: String,
        /// The link.
        place: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The archive cannot be unpacked.
    #[error("extracting files from archive: {source}")]
    Extract {
        /// Why.
        source: ArchiveError,
    },
    /// A file of the plugin cannot be copied.
    #[error("copying file failed: {}: {}", .file.display(), io_reason(.cause))]
    Copy {
        /// The file.
        file: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Git failed.
    #[error("{what}: {output}: {status}")]
    Git {
        /// What was to be done.
        what: &'static str,
        /// What Git printed.
        output: String,
        /// How it ended.
        status: String,
    },
    /// The installed plugin was changed by hand.
    #[error("plugin repo was modified")]
    Modified,
    /// A range that is none.
    #[error("{0}")]
    Range(gosemver::Error),
    /// The repository has no version in the range.
    #[error("requested version {} does not exist for plugin {}", quoted(.version), quoted(.remote))]
    NoVersion {
        /// The range.
        version: String,
        /// The repository's URL.
        remote: String,
    },
    /// The plugin was installed and cannot be read.
    #[error("plugin is installed but unusable: {source}")]
    Unusable {
        /// Why.
        source: plugin::Error,
    },
    /// There is no plugin of that name.
    #[error("Plugin: {0} not found")]
    NotFound(String),
    /// Something could not be done to a plugin.
    #[error("Failed to {verb} plugin {name}, got error ({cause})")]
    Failed {
        /// `uninstall`, `update`
        verb: &'static str,
        /// The plugin.
        name: String,
        /// Why.
        cause: Box<Error>,
    },
    /// Something could not be done to several plugins.
    #[error("{}", lines(.0))]
    Several(Vec<Error>),
}

/// What the system said.
#[derive(Debug, thiserror::Error)]
#[error("{}", io_reason(.0))]
pub struct ReasonError(pub std::io::Error);

/// Why an archive cannot be unpacked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// It is not packed with gzip.
    #[error("gzip: invalid header")]
    Gzip,
    /// The system refused a file or folder.
    #[error(transparent)]
    File(#[from] FileError),
    /// The archive is damaged.
    #[error("{}", io_reason(.0))]
    Damaged(std::io::Error),
    /// A header is longer than Go reads one.
    #[error("archive/tar: header field too long")]
    LongHeader,
    /// A path would lead out of the folder.
    #[error("{0}, which is illegal")]
    Path(&'static str),
    /// Neither a file nor a folder.
    #[error("unknown type: {kind:b} in {name}")]
    Kind {
        /// The type's mark in the archive.
        kind: u8,
        /// The path in the archive.
        name: String,
    },
}

fn lines(errors: &[Error]) -> String {
    errors.iter().map(Error::to_string).collect::<Vec<_>>().join("\n")
}
