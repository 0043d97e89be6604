//! Describes what goes wrong with registries.

use super::OrasError;
use crate::http::{self, UrlError};
use crate::store::FileError;

/// Why a registry did not do as it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text that is no reference.
    #[error("invalid_reference: {0}")]
    Reference(&'static str),
    /// The library that Helm 3.18 and later ask with says so.
    #[error(transparent)]
    Oras(#[from] OrasError),
    /// A reference to push to, without a host.
    #[error("{0}")]
    Host(&'static str),
    /// The network failed, or the certificates that the user names cannot be used.
    #[error(transparent)]
    Http(#[from] http::Error),
    /// The network failed before the first answer.
    #[error("failed to do request: {0}")]
    Request(http::Error),
    /// A URL that the registry gives is none.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The registry wants credentials, and none were given.
    #[error(
        "{action} access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials"
    )]
    Denied {
        /// What was to be done: `pull`, `push`.
        action: &'static str,
    },
    /// The registry wants credentials for its tags, and none were given.
    #[error("GET {url:?}: credential required for basic auth")]
    DeniedTags {
        /// The URL.
        url: String,
    },
    /// No token was given out.
    #[error(
        "failed to authorize: failed to fetch oauth token: unexpected status from GET request to {realm}: {status}"
    )]
    Token {
        /// Who gives tokens out.
        realm: String,
        /// `403 Forbidden`
        status: String,
    },
    /// The answer to a request for a token holds none.
    #[error("authorization server did not include a token in the response")]
    NoToken,
    /// An answer is no JSON.
    #[error("{0}")]
    Json(gostd::json::DecodeError),
    /// An answer says something else than registries do.
    #[error("{0}")]
    Shape(serde_json::Error),
    /// The registry refuses to list its tags.
    #[error("GET {url:?}: unexpected status code {answer}")]
    Tags {
        /// The URL.
        url: String,
        /// The status, and what the registry says of it.
        answer: String,
    },
    /// The registry refuses something else.
    #[error("{reference}: unexpected status: {status}")]
    Status {
        /// What was asked for.
        reference: String,
        /// `500 Internal Server Error`
        status: String,
    },
    /// There is no such manifest.
    #[error("{0}: not found")]
    NotFound(String),
    /// The version that was asked for is not the reference's.
    #[error("chart reference and version mismatch: {version} is not {tag}")]
    VersionMismatch {
        /// The version.
        version: String,
        /// The reference's tag.
        tag: String,
    },
    /// The tag names another manifest than the digest.
    #[error("chart reference digest mismatch: {found} is not {wanted}")]
    DigestMismatch {
        /// The tag's.
        found: String,
        /// The reference's.
        wanted: String,
    },
    /// There are no versions at all.
    #[error("{}nable to locate any tags in provided repository: {reference}", if *.is_lower { "u" } else { "U" })]
    NoTags {
        /// The chart.
        reference: String,
        /// Whether errors begin in lower case.
        is_lower: bool,
    },
    /// There is no version in the range.
    #[error("{}ould not locate a version matching provided version string {version}", if *.is_lower { "c" } else { "C" })]
    NoVersion {
        /// The range.
        version: String,
        /// Whether errors begin in lower case.
        is_lower: bool,
    },
    /// A range that is none.
    #[error("{0}")]
    Range(gosemver::Error),
    /// Something has another digest than it was called by.
    #[error(
        "failed commit on ref \"\": unexpected commit digest {found}, expected {wanted}: failed precondition"
    )]
    Digest {
        /// What was found.
        found: String,
        /// What it was called by.
        wanted: String,
    },
    /// A part is larger than the manifest says.
    #[error(
        "failed commit on ref \"\": unexpected commit size {found}, expected {wanted}: failed precondition"
    )]
    Size {
        /// How many bytes there are.
        found: usize,
        /// How many there should be.
        wanted: i64,
    },
    /// A part is smaller than the manifest says.
    #[error("failed to read expected number of bytes: {0}")]
    Short(String),
    /// The registry names a digest that is none.
    #[error("{} in header not a valid digest: {why}", gostd::strconv::quoted(.digest))]
    HeaderDigest {
        /// What it names.
        digest: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The registry refuses a manifest.
    #[error("unexpected status from HEAD request to {url}: {status}")]
    Manifest {
        /// The URL.
        url: String,
        /// `403 Forbidden`
        status: String,
    },
    /// The registry refuses a part of a chart.
    #[error("failed to copy: httpReadSeeker: failed open: {0}")]
    Blob(BlobError),
    /// The manifest is not one that charts have, or names nothing that they have.
    #[error("manifest does not contain minimum number of descriptors (2), descriptors found: {0}")]
    Descriptors(usize),
    /// The manifest is not of a chart.
    #[error("could not load config with mediatype {0}")]
    NoChart(&'static str),
    /// The manifest lacks a part.
    #[error("manifest does not contain a layer with mediatype {0}")]
    NoLayer(&'static str),
    /// The manifest is none of a plugin.
    #[error("expected {what} {wanted}{}, got {found}", if *.what == "artifact type" { "" } else { " for legacy compatibility" })]
    NoPlugin {
        /// Which type.
        what: &'static str,
        /// A plugin's.
        wanted: &'static str,
        /// The manifest's.
        found: String,
    },
    /// The manifest lacks the archive of a plugin.
    #[error("required layer matching pattern {0}-VERSION.tgz not found in manifest")]
    NoPluginLayer(String),
    /// The metadata cannot be written as JSON.
    #[error("{0}")]
    Metadata(gostd::json::EncodeError),
    /// Name or password are wrong.
    #[error("login attempt to {url} failed with status: {status}")]
    Login {
        /// The URL.
        url: String,
        /// `401 Unauthorized`
        status: String,
    },
    /// The file with logins cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file with logins is no JSON.
    #[error("{path}: {cause}")]
    Logins {
        /// The file.
        path: String,
        /// What is wrong with it.
        cause: gostd::json::DecodeError,
    },
    /// The file with logins is another JSON.
    #[error("{0}: not a JSON object")]
    LoginsShape(String),
    /// A login cannot be written as JSON.
    #[error("{0}")]
    Encode(gostd::json::EncodeError),
    /// A program that keeps credentials failed.
    #[error("{0}")]
    Helper(String),
    /// There is no login for it.
    #[error("not logged in")]
    NotLoggedIn,
}

/// Why a part of a chart was not had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// There was no answer.
    #[error("failed to do request: {0}")]
    NoAnswer(http::Error),
    /// It, of that digest and media type, is not there.
    #[error("could not fetch content descriptor {0} from remote: not found")]
    Missing(String),
    /// The registry refuses.
    #[error("unexpected status code {url}: {answer}")]
    Status {
        /// The URL.
        url: String,
        /// The status, and what the registry says of it.
        answer: String,
    },
}
