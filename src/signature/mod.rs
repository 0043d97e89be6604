//! Signs and verifies packages: the provenance files beside them.
//!
//! A provenance file lies beside a package, is signed in the clear, and holds the chart's metadata and
//! the SHA-256 of the package. What is accepted of keys and signatures is what the crate `goopenpgp`
//! accepts.

#[cfg(feature = "crypto")]
mod keyring;
#[cfg(feature = "crypto")]
mod provenance;

mod error;

pub use error::Error;
#[cfg(feature = "crypto")]
pub use keyring::load_keyring;
#[cfg(feature = "crypto")]
pub use provenance::{check, locked, sign, verify};

/// A signature that was found to be right.
#[derive(Debug, PartialEq, Eq)]
pub struct Verified {
    /// The names of the key's owner.
    pub signed_by: Vec<Vec<u8>>,
    /// The fingerprint of the owner's primary key in hexadecimal digits.
    pub fingerprint: String,
    /// The package's hash, with `sha256:` before it.
    pub hash: String,
}

/// Refuses to check a package.
///
/// # Errors
/// [`Error::NotBuilt`]
#[cfg(not(feature = "crypto"))]
pub fn verify(
    _: &std::path::Path,
    _: &std::path::Path,
    _: crate::profile::Profile,
) -> Result<Verified, Error> {
    Err(Error::NotBuilt)
}
