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
pub use provenance::{check, check_archive, lists, locked, sign, verify};

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

impl Verified {
    /// Returns who signed it, with which key, and the hash of what it is, a line each.
    pub fn in_lines(&self, what: &str) -> String {
        let mut text = String::new();
        for name in &self.signed_by {
            text.push_str(&format!("Signed by: {}\n", String::from_utf8_lossy(name)));
        }
        text.push_str(&format!("Using Key With Fingerprint: {}\n", self.fingerprint));
        text.push_str(&format!("{what} Verified: {}\n", self.hash));
        text
    }
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

/// Refuses to check an archive in memory.
///
/// # Errors
/// [`Error::NotBuilt`]
#[cfg(not(feature = "crypto"))]
pub fn check_archive(
    _: &std::path::Path,
    _: &[u8],
    _: &str,
    _: &[u8],
    _: crate::profile::Profile,
) -> Result<Verified, Error> {
    Err(Error::NotBuilt)
}

/// Tells nothing of a provenance file.
#[cfg(not(feature = "crypto"))]
pub fn lists(_: &[u8], _: &std::path::Path) -> Option<bool> {
    None
}
