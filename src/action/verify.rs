//! Runs `verify`: whether a package is the one that was signed.

use std::path::PathBuf;

use super::SupplyError;
use crate::profile::Profile;
use crate::signature::{self, Verified};

/// Checks a package against the `.prov` file beside it, Helm's `action.Verify`.
#[derive(Clone, Debug, Default)]
pub struct Verify {
    /// The package.
    pub package: PathBuf,
    /// The keys that are trusted.
    pub keyring: PathBuf,
    /// The Helm release that is reproduced.
    pub profile: Profile,
}

impl Verify {
    /// Checks the package.
    ///
    /// # Errors
    /// Helm's texts, e.g. `openpgp: signature made by unknown entity`.
    pub fn run(&self) -> Result<Verified, SupplyError> {
        Ok(signature::verify(&self.package, &self.keyring, self.profile)?)
    }
}
