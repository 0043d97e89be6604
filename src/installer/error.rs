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
    /// The same in Helm 4.
    #[error("expected plugin to be a directory (containing a file 'plugin.yaml')")]
    NoDirectory,
    /// Helm 4 does not know what the source is.
    #[error("cannot get information about plugin source {} (if it's a local directory, does it exist?), last error was: {cause}", quoted(.source_name))]
    Source {
        /// The source.
        source_name: String,
        /// Why.
        cause: Box<Error>,
    },
    /// A reference to a registry is none.
    #[error("invalid OCI reference: {0}")]
    Reference(String),
    /// A source whose signature cannot be checked.
    #[error("plugin source does not support verification. Use --verify=false to skip verification")]
    NoVerification,
    /// There is no signature.
    #[error("plugin verification failed: no provenance file (.prov) found")]
    NoProvenance,
    /// The signature is not right.
    #[error("plugin verification failed: {0}")]
    Verification(crate::signature::Error),
    /// What the signature is checked against cannot be had.
    #[error("failed to get verification data: {source}")]
    VerificationData {
        /// Why.
        source: Box<Error>,
    },
    /// An archive cannot be fetched.
    #[error("failed to pull plugin from {reference}: {source}")]
    Pull {
        /// The reference.
        reference: String,
        /// Why.
        source: getter::Error,
    },
    /// The archive of a source that is checked first cannot be fetched.
    #[error("failed to download plugin: {0}")]
    Download(getter::Error),
    /// An archive holds no plugin that can be read.
    #[error("failed to extract plugin metadata from tarball: {0}")]
    Tarball(String),
    /// What a registry keeps is no archive.
    #[error("plugin data is not a gzip compressed archive")]
    NoGzip,
    /// An archive of the user's own, or of a registry, cannot be unpacked.
    #[error("failed to extract {what}: {source}")]
    Unpack {
        /// `archive`, `plugin`
        what: &'static str,
        /// Why.
        source: ArchiveError,
    },
    /// An archive's folder is not named as the archive.
    #[error("plugin.yaml not found in expected directory {folder}: {source}")]
    NotInFolder {
        /// The folder.
        folder: String,
        /// What the system said.
        source: FileError,
    },
    /// An archive has no plugin at its root or in a folder there.
    #[error("plugin.yaml not found in {0} or its immediate subdirectories")]
    NoRoot(String),
    /// A folder is to be checked.
    #[error("directory verification not supported - only plugin tarballs can be verified")]
    NoFolderVerified,
    /// What is to be checked is no archive by its name.
    #[error("plugin file must be a gzipped tarball (.tar.gz or .tgz)")]
    NoTarball,
    /// There is no provenance file beside an archive.
    #[error("could not find provenance file {}: {source}", .file.display())]
    NoProvenanceFile {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: FileError,
    },
    /// What is to be checked cannot be read.
    #[error("failed to read {what} file: {source}")]
    Unread {
        /// `plugin`, `provenance`
        what: &'static str,
        /// What the system said.
        source: FileError,
    },
    /// What is to be packed is a file.
    #[error("plugin package only supports directories, not tarballs")]
    NoFolderToPack,
    /// What is to be packed is no plugin.
    #[error("invalid plugin directory: {source}")]
    InvalidFolder {
        /// Why.
        source: plugin::Error,
    },
    /// An archive cannot be made.
    #[error("failed to create plugin tarball: {}", io_reason(.0))]
    Pack(std::io::Error),
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
    #[error("{}lugin: {name} not found", if *.is_newer { 'p' } else { 'P' })]
    NotFound {
        /// The name.
        name: String,
        /// Whether Helm 4 says it.
        is_newer: bool,
    },
    /// Something could not be done to a plugin.
    #[error("{}ailed to {verb} plugin {name}, got error ({cause})", if *.is_newer { 'f' } else { 'F' })]
    Failed {
        /// `uninstall`, `update`
        verb: &'static str,
        /// The plugin.
        name: String,
        /// Why.
        cause: Box<Error>,
        /// Whether Helm 4 says it.
        is_newer: bool,
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
