//! Describes what goes wrong with getting charts.

use std::path::PathBuf;

use gostd::os::io_reason;
use gostd::strconv::quoted;

use crate::chart::{ChartError, ParseError};
use crate::http::UrlError;
use crate::store::FileError;
use crate::{getter, package, repo, signature};

/// Why a chart, or what it depends on, could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system refused a file or folder.
    #[error(transparent)]
    File(#[from] FileError),
    /// A path cannot be made absolute.
    #[error("{}", io_reason(.0))]
    Absolute(std::io::Error),
    /// A chart cannot be loaded.
    #[error("{0}")]
    Chart(#[from] ChartError),
    /// A repository, or its index, cannot be used.
    #[error(transparent)]
    Repository(#[from] repo::Error),
    /// A document could not be fetched.
    #[error(transparent)]
    Get(#[from] getter::Error),
    /// A chart cannot be packed.
    #[error(transparent)]
    Package(#[from] package::Error),
    /// A signature is missing or wrong.
    #[error(transparent)]
    Signature(#[from] signature::Error),
    /// A URL that Go cannot read.
    #[error("{0}")]
    Url(#[from] UrlError),
    /// A package has no name for a chart.
    #[error("chart name not specified")]
    NoName,
    /// A package's Chart.yaml cannot be read.
    #[error("cannot load Chart.yaml: {source}")]
    Chartfile {
        /// What is wrong with it.
        source: ParseError,
    },
    /// A package is to be unpacked through a link.
    #[error("{} is a link, and nothing is unpacked through links", gostd::os::path_text(.0))]
    Link(PathBuf),
    /// A URL ends in nothing that could be a file's name.
    #[error("{0} names no package")]
    NoPackage(String),
    /// A package has no signature.
    #[error("failed to fetch provenance {0:?}")]
    NoProvenance(String),
    /// The file with the repositories cannot be read.
    #[error("failed to load {}: {source}", gostd::os::path_text(.file))]
    Repositories {
        /// The file.
        file: PathBuf,
        /// Why.
        source: Box<repo::Error>,
    },
    /// The folder for what a chart depends on is a file.
    #[error("{} is not a directory", quoted(.0.as_os_str().as_encoded_bytes()))]
    NoFolder(PathBuf),
    /// The folder for what a chart depends on cannot be looked at.
    #[error("unable to retrieve file info for '{}': {cause}", gostd::os::path_text(&.cause.path))]
    Folder {
        /// Why.
        cause: FileError,
    },
    /// A dependency's URL could not be found.
    #[error("could not find : {source}")]
    NotFound {
        /// Why.
        source: Box<Error>,
    },
    /// A dependency could not be fetched.
    #[error("could not download {reference}: {source}")]
    NotDownloaded {
        /// Its URL.
        reference: String,
        /// Why.
        source: Box<Error>,
    },
    /// A package that was to be fetched by a thread was not.
    #[error("the package was not fetched")]
    NotFetched,
    /// A chart in `charts/` cannot be loaded.
    #[error("unable to load chart '{}': {cause}", gostd::os::path_text(.folder))]
    Local {
        /// Its folder.
        folder: PathBuf,
        /// Why.
        cause: Box<Error>,
    },
    /// A dependency's range is none.
    #[error("dependency {name} has an invalid version/constraint format: {source}")]
    Range {
        /// The dependency, as Helm shows it there.
        name: String,
        /// What is wrong with the range.
        source: repo::RangeError,
    },
    /// A version is none.
    #[error("{0}")]
    Version(gosemver::Error),
    /// The version of a chart in `charts/` is none.
    #[error("invalid version {version} for dependency {name}: {cause}")]
    LocalVersion {
        /// The dependency.
        name: String,
        /// The range that is wanted.
        version: String,
        /// What is wrong with the version.
        cause: gosemver::Error,
    },
    /// The version of a chart in `charts/` is not in the range.
    #[error("dependency {name} at version {own} does not satisfy the constraint {version}")]
    Unsatisfied {
        /// The dependency.
        name: String,
        /// Its version.
        own: String,
        /// The range.
        version: String,
    },
    /// The version of a chart in a folder of this machine is not in the range.
    #[error("can't get a valid version for dependency {0}")]
    NoLocalVersion(String),
    /// A repository has no such chart.
    #[error("entry not found")]
    NoEntry,
    /// A repository has the chart not in that version.
    #[error("no matching version")]
    NoMatch,
    /// A repository that was not added has no such chart.
    #[error("chart {name} not found in {repository}: {source}")]
    NotInRepository {
        /// The chart.
        name: String,
        /// The repository's URL.
        repository: String,
        /// Why.
        source: Box<repo::Error>,
    },
    /// A repository's URL is none.
    #[error("base URL failed to parse: {source}")]
    BaseUrl {
        /// What is wrong with it.
        source: UrlError,
    },
    /// Chart.lock does not fit Chart.yaml.
    #[error(
        "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies{}",
        if *.names_command { " with 'helm dependency update'" } else { "" }
    )]
    OutOfSync {
        /// Whether the text says which command does that.
        names_command: bool,
    },
    /// requirements.lock does not fit requirements.yaml.
    #[error(
        "the lock file (requirements.lock) is out of sync with the dependencies file (requirements.yaml). Please update the dependencies"
    )]
    OutOfSyncHelm2,
    /// Chart.lock is a link.
    #[error("the {name} file is a symlink to {}", quoted(.target.as_os_str().as_encoded_bytes()))]
    LinkedLock {
        /// `Chart.lock`, `requirements.lock`
        name: &'static str,
        /// What it leads to.
        target: PathBuf,
    },
    /// An index names a digest for a package that is none.
    #[error("{0}")]
    ContentDigest(String),
    /// There is no chart in that place.
    #[error("could not find {}: {source}", gostd::os::path_text(&.source.path))]
    NoChart {
        /// Why.
        source: FileError,
    },
    /// The chart is a package.
    #[error("only unpacked charts can be updated")]
    NotUnpacked,
    /// The folder of a dependency on this machine is not there.
    #[error("directory {} not found", gostd::os::path_text(.0))]
    NoLocalFolder(PathBuf),
    /// Dependencies name repositories that were not added.
    #[error(
        "no repository definition for {}. Please add them via 'helm repo add'{}",
        .0.join(", "), note_on_words(.0)
    )]
    NoDefinitions(Vec<String>),
    /// Chart.lock names repositories that were not added.
    #[error(
        "no repository definition for {}. Please add the missing repos via 'helm repo add'",
        .0.join(", ")
    )]
    MissingRepositories(Vec<String>),
    /// A registry does not tell its versions.
    #[error("could not retrieve list of tags for repository {repository}: {source}")]
    Tags {
        /// The registry's URL.
        repository: String,
        /// Why.
        source: Box<getter::Error>,
    },
    /// A repository's index is not in the cache, or cannot be read.
    #[error("no cached repository for {repository} found. (try 'helm repo update'): {source}")]
    NotCached {
        /// The repository.
        repository: String,
        /// Why.
        source: Box<repo::Error>,
    },
    /// A repository's index has no such chart.
    #[error("{name} chart not found in repo {repository}")]
    NotInIndex {
        /// The chart.
        name: String,
        /// The repository's URL.
        repository: String,
    },
    /// Dependencies have no version in their range.
    #[error(
        "can't get a valid version for {} subchart(s): {}. Make sure a matching chart version exists in the repo, or change the version constraint in Chart.yaml",
        .0.len(), .0.join(", ")
    )]
    NoVersions(Vec<String>),
    /// The dependencies cannot be written as JSON.
    #[error("{0}")]
    Digest(gostd::json::EncodeError),
}

/// Returns what Helm adds where a repository is called by a bare word.
fn note_on_words(missing: &[String]) -> &'static str {
    let is_word = |r: &String| !r.contains("//") && !r.starts_with('@') && !r.starts_with("alias:");
    if missing.iter().any(is_word) {
        "\nNote that repositories must be URLs or aliases. For example, to refer to the \"example\"\nrepository, use \"https://charts.example.com/\" or \"@example\" instead of\n\"example\". Don't forget to add the repo, too ('helm repo add')."
    } else {
        ""
    }
}
