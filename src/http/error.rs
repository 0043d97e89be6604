//! Describes what goes wrong on the network.

use crate::store::FileError;

/// Why a document could not be had over HTTP.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The library was built without the feature `net`.
    #[error("built without the feature net")]
    NotBuilt,
    /// The URL that the credentials belong to is none.
    #[error("Unable to parse getter URL: {source}")]
    Owner {
        /// What is wrong with it.
        source: UrlError,
    },
    /// The URL to fetch is none.
    #[error("Unable to parse URL getting from: {source}")]
    Target {
        /// What is wrong with it.
        source: UrlError,
    },
    /// The certificates that the user names cannot be used.
    #[error("can't create TLS config for client: {source}")]
    Tls {
        /// What is wrong with them.
        source: Box<TlsError>,
    },
    /// There was no answer.
    #[error("{verb} {}: {why}", gostd::strconv::quoted(gostd::os::bytes_of(.url)))]
    NoAnswer {
        /// The method, as Go writes it: `Get`.
        verb: String,
        /// The URL, its password hidden.
        url: String,
        /// Why, in the words of Go's `net/http`.
        why: String,
    },
    /// The URL is none.
    #[error(transparent)]
    Url(UrlError),
    /// The answer broke off; in the words of Go's `net/http`.
    #[error("{0}")]
    Body(String),
    /// The server answered something else than 200.
    #[error("failed to fetch {url} : {status}")]
    Status {
        /// The URL.
        url: String,
        /// `404 Not Found`
        status: String,
    },
}

/// A text that is no URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UrlError(pub gostd::url::ParseError);

/// Why certificates or keys cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// Our certificate or key is none.
    #[error("can't load key pair from cert {cert_file} and key {key_file}: {source}")]
    KeyPair {
        /// The file with the certificate.
        cert_file: String,
        /// The file with the key.
        key_file: String,
        /// What is wrong with it.
        source: PairError,
    },
    /// There is no version of TLS to speak.
    #[error("{0}")]
    Versions(String),
    /// The file with authorities cannot be read.
    #[error("can't read CA file: {0}")]
    UnreadableCa(String),
    /// The file with authorities holds none.
    #[error("failed to append certificates from file: {0}")]
    NoCa(String),
    /// In Helm 4: a file cannot be read.
    #[error("{what}: {}: {cause}", gostd::strconv::quoted(.file))]
    Unreadable {
        /// What cannot be done: `can't read CA file`.
        what: &'static str,
        /// The file.
        file: String,
        /// What the system said.
        cause: FileError,
    },
    /// In Helm 4: our certificate and key are none.
    #[error("unable to load cert from key pair: {0}")]
    NoPair(PairError),
    /// In Helm 4: the file with authorities holds none.
    #[error("failed to append certificates from pem block")]
    NoCaBlock,
    /// At a login: the file with authorities cannot be read.
    #[error("could not read CA certificate {}: {cause}", gostd::strconv::quoted(.file))]
    LoginCa {
        /// The file.
        file: String,
        /// What the system said.
        cause: FileError,
    },
    /// At a login: the file with authorities holds none.
    #[error("failed to append certificates from PEM file: {}", gostd::strconv::quoted(.0))]
    LoginNoCa(String),
    /// At a login: our certificate or key is none.
    #[error("could not load X509 key pair: {0}")]
    LoginPair(PairError),
}

/// What is wrong with a certificate and its key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PairError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The certificate's file holds nothing.
    #[error("tls: failed to find any PEM data in certificate input")]
    NoCertificate,
    /// The certificate's file holds a key.
    #[error(
        "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched"
    )]
    Switched,
    /// The key's file holds nothing.
    #[error("tls: failed to find any PEM data in key input")]
    NoKey,
    /// The key is another certificate's.
    #[error("tls: private key does not match public key")]
    OtherKey,
    /// At a login: the key's file holds nothing.
    #[error("no valid private key found")]
    NoPrivateKey,
    /// The key's file holds a certificate.
    #[error("tls: found a certificate rather than a key in the PEM for the private key")]
    CertificateForKey,
}
