//! Signs packages.

use std::path::{Path, PathBuf};

use gostd::os::{path_of, path_text};

use super::{Secrets, SupplyError};
use crate::chart::{self, metadata_view};
use crate::clock::Clock;
use crate::profile::Profile;
use crate::report::Reporter;
use crate::signature;
use crate::store::{FileError, write_whole};

/// Signs a package.
#[derive(Clone, Debug, Default)]
pub struct Sign {
    /// The keys, secret ones among them.
    pub keyring: PathBuf,
    /// A part of the name of the key that signs.
    pub key: String,
    /// When the signature is made.
    pub clock: Clock,
    /// The Helm release that reads the chart.
    pub profile: Profile,
}

impl Sign {
    /// Writes the package's provenance file beside it.
    ///
    /// # Errors
    /// Helm's texts, e.g. `private key not found`.
    pub fn run(
        &self,
        file: &Path,
        secrets: &dyn Secrets,
        reporter: &dyn Reporter,
    ) -> Result<(), SupplyError> {
        let passphrase = self.unlocked(secrets)?;
        let data = gostd::os::read_file(file).map_err(|e| FileError::new("open", file, e))?;
        let chart = chart::load_as(file, self.profile, reporter)?;
        let metadata =
            goyaml::marshal(&metadata_view(&chart.metadata)).map_err(signature::Error::Yaml)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let text = self.signed(&passphrase, &metadata, &name, &data)?;
        let beside = path_of(&format!("{}.prov", path_text(file))).into_owned();
        Ok(write_whole(&beside, &text, 0o644)?)
    }

    /// Returns the passphrase of the key that signs; nothing for one that needs none.
    ///
    /// # Errors
    /// Helm's texts, e.g. `private key not found`.
    pub(super) fn unlocked(&self, secrets: &dyn Secrets) -> Result<Vec<u8>, SupplyError> {
        let ring = signature::load_keyring(&self.keyring, self.profile)?;
        let signer = ring.find(&self.key).map_err(signature::Error::OpenPgp)?;
        let prepared = secrets.prepared_passphrase().map_err(SupplyError::Secret)?;
        let signer = signer.ok_or(signature::Error::NoKey)?;
        match (signature::locked(&signer)?, prepared) {
            (None, _) => Ok(Vec::new()),
            (Some(_), Some(prepared)) => Ok(prepared),
            (Some(owner), None) => secrets.passphrase(owner).map_err(SupplyError::Secret),
        }
    }

    /// Returns the provenance file of a package of that file name.
    ///
    /// # Errors
    /// Where the key cannot be used.
    pub(super) fn signed(
        &self,
        passphrase: &[u8],
        metadata: &[u8],
        name: &str,
        data: &[u8],
    ) -> Result<Vec<u8>, SupplyError> {
        let ring = signature::load_keyring(&self.keyring, self.profile)?;
        let signer = ring.find(&self.key).map_err(signature::Error::OpenPgp)?;
        let signer = signer.ok_or(signature::Error::NoKey)?;
        let time = u32::try_from(self.clock.now().seconds).unwrap_or_default();
        Ok(signature::sign(&signer, passphrase, metadata, name, data, time)?)
    }
}
