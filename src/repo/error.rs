//! Describes what goes wrong with repositories.

use gostd::strconv::quoted;

use crate::getter;
use crate::http::UrlError;
use crate::store::FileError;

/// Why a repository, or a chart in it, cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system refused a file or folder.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file with the repositories cannot be read, or there is none.
    #[error("couldn't load repositories file ({}): {source}", gostd::os::path_text(&.source.path))]
    NoFile {
        /// Why.
        source: FileError,
    },
    /// The file with the repositories says something odd.
    #[error("{0}")]
    BrokenFile(goyaml::YamlError),
    /// The file with the repositories has another shape.
    #[error("{0}")]
    FileShape(goyaml::DecodeError),
    /// A document cannot be written as YAML.
    #[error("{0}")]
    Yaml(goyaml::EmitError),
    /// A document cannot be written as JSON.
    #[error("{0}")]
    Json(gostd::json::EncodeError),
    /// A document could not be fetched.
    #[error(transparent)]
    Get(#[from] getter::Error),
    /// An index cannot be read.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// A cached index cannot be read.
    #[error("error loading {file}: {source}")]
    Load {
        /// The file.
        file: String,
        /// What is wrong with it.
        source: IndexError,
    },
    /// A chart's name and version lead nowhere.
    #[error(transparent)]
    Pick(#[from] PickError),
    /// A URL that Go cannot read.
    #[error("{0}")]
    Url(#[from] UrlError),
    /// A URL that is none.
    #[error("failed to parse {url} as URL: {source}")]
    NoUrl {
        /// The text.
        url: String,
        /// What is wrong with it.
        source: UrlError,
    },
    /// A chart's URL is none.
    #[error("invalid chart URL format: {0}")]
    ChartUrl(String),
    /// A repository's URL has a scheme that nothing fetches.
    #[error("could not find protocol handler for: {0}")]
    Scheme(String),
    /// What a repository should be is none.
    #[error(
        "looks like {} is not a valid chart repository or cannot be reached: {source}",
        quoted(.url)
    )]
    NoRepository {
        /// Its URL.
        url: String,
        /// Why.
        source: Box<Error>,
    },
    /// A repository that was not added has no such chart.
    #[error("{chart} not found in {url} repository")]
    NotInRepository {
        /// `chart "NAME" version "VERSION"`
        chart: String,
        /// The repository's URL.
        url: String,
    },
    /// A chart has no URL.
    #[error("{chart} has no downloadable URLs")]
    NoUrls {
        /// `chart "NAME"`
        chart: String,
    },
    /// A chart's URL does not fit its repository's.
    #[error("failed to make chart URL absolute: {source}")]
    NotAbsolute {
        /// Why.
        source: Box<Error>,
    },
    /// A repository's index is not in the cache, or cannot be read.
    #[error("no cached repo found. (try 'helm repo update'): {source}")]
    NotCached {
        /// Why.
        source: Box<Error>,
    },
    /// A reference names no repository.
    #[error("non-absolute URLs should be in form of repo_name/path_to_chart, got: {0}")]
    Reference(String),
    /// That repository was not added.
    #[error("repo {0} not found")]
    Unknown(String),
    /// A repository has no URL.
    #[error("no URL found for repository {0}")]
    NoRepositoryUrl(String),
    /// A repository's index has no such chart.
    #[error(
        "chart {} matching {version} not found in {repository} index. (try 'helm repo update'): {source}",
        quoted(.chart)
    )]
    NotInIndex {
        /// The chart.
        chart: String,
        /// The version or range.
        version: String,
        /// The repository.
        repository: String,
        /// Why.
        source: Box<PickError>,
    },
    /// A hub's URL has no host.
    #[error("no hostname provided")]
    NoHost,
    /// What is searched for is no regular expression.
    #[error("{0}")]
    Regexp(gostd::regexp::SyntaxError),
    /// A range that is none.
    #[error("an invalid version/constraint format: {source}")]
    Range {
        /// What is wrong with it.
        source: RangeError,
    },
}

impl Error {
    /// Returns whether it is that there is no file with repositories.
    pub fn is_missing_file(&self) -> bool {
        match self {
            Error::NoFile { source } => source.cause.kind() == std::io::ErrorKind::NotFound,
            _ => false,
        }
    }
}

/// A text that is no range of versions.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RangeError(pub gosemver::Error);

/// Why a text is no index.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// There is nothing in it.
    #[error("empty index.yaml file")]
    Empty,
    /// It names no version of the format.
    #[error("no API version specified")]
    NoApiVersion,
    /// It is no YAML.
    #[error("{0}")]
    Yaml(goyaml::YamlError),
    /// It is YAML of another shape.
    #[error("{0}")]
    Shape(goyaml::DecodeError),
    /// It is JSON of another shape.
    #[error("{}", without_way(.0))]
    JsonShape(goyaml::DecodeError),
}

/// Helm hands JSON to Go's decoder without the way over YAML, which the texts tell of.
fn without_way(error: &goyaml::DecodeError) -> String {
    let text = error.to_string();
    let way = "error unmarshaling JSON: while decoding JSON: ";
    text.strip_prefix(way).map(str::to_owned).unwrap_or(text)
}

/// Why none of a chart's versions was chosen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PickError {
    /// There is no such chart.
    #[error("no chart name found")]
    NoChart,
    /// The chart has no versions.
    #[error("no chart version found")]
    NoVersions,
    /// A range that is none.
    #[error("{0}")]
    Range(gosemver::Error),
    /// No version is in the range.
    #[error("no chart version found for {name}-{version}")]
    NoVersion {
        /// The chart.
        name: String,
        /// The version or range.
        version: String,
    },
}
