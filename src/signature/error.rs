//! Describes what goes wrong with signatures.

use gostd::strconv::quoted;

use crate::chart::ParseError;
use crate::store::FileError;

/// Why a package could not be checked or signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system refused a file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The package is a folder.
    #[error("unpacked charts cannot be verified")]
    Unpacked,
    /// The package is none by its name.
    #[error("chart must be a tgz file")]
    NoPackage,
    /// There is no provenance file beside the package.
    #[error("could not load provenance file {file}: {source}")]
    NoProvenance {
        /// The file.
        file: String,
        /// Why.
        source: FileError,
    },
    /// The provenance file is a folder.
    #[error("{0} cannot be a directory")]
    ProvenanceFolder(String),
    /// The keyring cannot be read.
    #[error("failed to load keyring: {source}")]
    Keyring {
        /// Why.
        source: Box<Error>,
    },
    /// A keyring of another form is broken.
    #[error("reading {kind} {file}: {why}")]
    KeyringOfKind {
        /// `keybox`, `armored keyring`
        kind: &'static str,
        /// The file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// The provenance file cannot be read.
    #[error("failed to decode signature: {source}")]
    Provenance {
        /// Why.
        source: FileError,
    },
    /// The provenance file is not signed.
    #[error("failed to decode signature: signature block not found")]
    NoBlock,
    /// The provenance file holds no hashes.
    #[error("message block must have at least two parts")]
    OnePart,
    /// The provenance file's metadata are no YAML, or of another shape.
    #[error("{0}")]
    Metadata(ParseError),
    /// The provenance file's hashes are no YAML.
    #[error("{0}")]
    Sums(goyaml::YamlError),
    /// The provenance file's hashes have another shape.
    #[error("{0}")]
    SumsShape(goyaml::DecodeError),
    /// Metadata or hashes cannot be written as YAML.
    #[error("{0}")]
    Yaml(goyaml::EmitError),
    /// OpenPGP refuses a key or a signature.
    #[cfg(feature = "crypto")]
    #[error("{0}")]
    OpenPgp(goopenpgp::Error),
    /// The library was built without the feature `crypto`.
    #[error("built without the feature crypto")]
    NotBuilt,
    /// The provenance file is of another package.
    #[error("provenance does not contain a SHA for a file named {}", quoted(.0))]
    NotListed(String),
    /// The package is not the one that was signed.
    #[error("sha256 sum does not match for {name}: {} != {}", quoted(.listed), quoted(.found))]
    Sum {
        /// The package's file name.
        name: String,
        /// The hash that was signed.
        listed: String,
        /// The package's hash.
        found: String,
    },
    /// The keyring has no such key.
    #[error("private key not found")]
    NoKey,
    /// The keyring has the public half of the key only.
    #[error("provided key is not a private key. Try providing a keyring with secret keys")]
    NoSecret,
}
