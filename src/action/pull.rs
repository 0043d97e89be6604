//! Runs `pull`: a package from a repository or a registry, into a folder.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{ChartSource, SupplyError};
use crate::downloader::{self, ChartDownloader, Signature, Verify, expand};
use crate::getter::{Getter, Settings};
use crate::profile::Rule;
use crate::report::{Debug, Reporter};
use crate::store::{TemporaryFolder, make_folders, process_of};
use gostd::path;

/// Fetches packages, Helm's `action.Pull`.
#[derive(Clone, Debug, Default)]
pub struct Pull {
    /// How packages are found.
    pub source: ChartSource,
    /// The folder for packages; empty for the working folder.
    pub destination: String,
    /// Whether signatures are fetched, too, unchecked.
    pub provenance: bool,
    /// Whether packages are unpacked; then the package itself is not kept.
    pub untar: bool,
    /// The folder to unpack to, below `destination` where it is relative; empty for that itself.
    pub untar_folder: String,
}

impl Pull {
    /// Fetches the package that a reference (`repository/chart`, a URL, or `oci://…`) names; what its
    /// signature says.
    ///
    /// # Errors
    /// Helm's texts.
    pub fn run(
        &self,
        reference: &str,
        settings: &Settings,
        getter: &dyn Getter,
        reporter: &dyn Reporter,
    ) -> Result<Signature, SupplyError> {
        let verify = match (self.source.verify, self.provenance) {
            (true, _) => Verify::Always,
            (_, true) => Verify::Later,
            _ => Verify::Never,
        };
        let destination = or_here(&self.destination);
        let temporary = if self.untar { Some(temporary(&settings.temporary)?) } else { None };
        let folder = temporary.as_ref().map_or(Path::new(destination), |t| &t.path);
        let asked = reference;
        let reference = self.source.reference(reference, settings, getter, reporter)?;
        let keyring = &self.source.keyring;
        let downloader = ChartDownloader { settings, getter, reporter, verify, keyring };
        let (version, options) = (self.source.version(), self.source.options.clone());
        let download = downloader.download(&reference, version, options, folder)?;
        if self.untar {
            let by_name = settings.profile.has(Rule::UnpackedByName);
            self.unpack(if by_name { asked } else { &reference }, &download.file)?;
        }
        Ok(download.signature)
    }

    /// Reports the version that is wanted.
    pub fn announce(&self, reporter: &dyn Reporter) {
        if self.source.devel && self.source.version() == ">0.0.0-0" {
            reporter.debug(|| Debug::PullDevelVersion);
        }
    }

    fn unpack(&self, reference: &str, file: &Path) -> Result<(), SupplyError> {
        let below = or_here(&self.untar_folder);
        let folder = if below.starts_with('/') {
            below.as_bytes().to_vec()
        } else {
            path::join([or_here(&self.destination).as_bytes(), below.as_bytes()])
        };
        let last = reference.rsplit('/').next().unwrap_or_default();
        let place = if folder == b"." {
            last.as_bytes().to_vec()
        } else {
            path::join([&folder[..], last.as_bytes()])
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (folder, place) = (text(&folder), text(&place));
        if std::fs::metadata(&place).is_ok() {
            return Err(SupplyError::UntarExists(place));
        }
        let untar = |source| SupplyError::UntarFolder { source };
        let written = expand(Path::new(&folder), file).map_err(|e| match e {
            downloader::Error::File(source) if source.op == "mkdir" => untar(source),
            downloader::Error::File(source) => source.into(),
            // Helm has its folder by then.
            other => match make_folders(Path::new(&place)) {
                Ok(()) => other.into(),
                Err(source) => untar(source),
            },
        })?;
        // Helm makes a folder of the reference's name whatever the chart's name is.
        if written != Path::new(&place) {
            make_folders(Path::new(&place)).map_err(untar)?;
        }
        Ok(())
    }
}

fn or_here(folder: &str) -> &str {
    if folder.is_empty() { "." } else { folder }
}

/// Returns a folder for a package that is not kept, named as Go names such folders.
fn temporary(within: &Path) -> Result<TemporaryFolder, SupplyError> {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.subsec_nanos());
    let name = format!("helm-{:010}{nanos:09}", std::process::id());
    let writer = |name: &str| {
        let digits = name.strip_prefix("helm-").filter(|digits| digits.len() == 19)?;
        process_of(digits.get(..10)?)
    };
    TemporaryFolder::new(within, &name, writer).map_err(|source| SupplyError::Untar { source })
}
