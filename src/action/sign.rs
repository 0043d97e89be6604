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
        let ring = signature::load_keyring(&self.keyring, self.profile)?;
        let signer = ring.find(&self.key).map_err(signature::Error::OpenPgp)?;
        let prepared = secrets.prepared_passphrase().map_err(SupplyError::Secret)?;
        let signer = signer.ok_or(signature::Error::NoKey)?;
        let passphrase = match (signature::locked(&signer)?, prepared) {
            (None, _) => Vec::new(),
            (Some(_), Some(prepared)) => prepared,
            (Some(owner), None) => secrets.passphrase(owner).map_err(SupplyError::Secret)?,
        };
        let data = gostd::os::read_file(file).map_err(|e| FileError::new("open", file, e))?;
        let chart = chart::load_as(file, self.profile, reporter)?;
        let metadata =
            goyaml::marshal(&metadata_view(&chart.metadata)).map_err(signature::Error::Yaml)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let time = u32::try_from(self.clock.now().seconds).unwrap_or_default();
        let text = signature::sign(&signer, &passphrase, &metadata, &name, &data, time)?;
        let beside = path_of(&format!("{}.prov", path_text(file))).into_owned();
        Ok(write_whole(&beside, &text, 0o644)?)
    }
}
