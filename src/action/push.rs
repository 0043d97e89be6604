//! Runs `push`: a package, and the signature beside it, into a registry.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::SupplyError;
use crate::chart;
use crate::clock::Clock;
use crate::registry::{Client, Package};
use crate::report::Reporter;
use crate::store::FileError;
use gostd::path;
use gostd::time::Time;
use gostd::url::Url;
use gostd::value::Str;

/// Puts a package into a registry, Helm's `action.Push`.
#[derive(Clone, Debug, Default)]
pub struct Push {
    /// The package.
    pub package: PathBuf,
    /// Where it goes: `oci://HOST/…`, without the chart's name.
    pub remote: String,
    /// The zone of the time that the registry keeps of the package.
    pub clock: Clock,
}

impl Push {
    /// Pushes the package.
    ///
    /// # Errors
    /// Helm's texts, and what the registry says.
    pub fn run(&self, client: &Client<'_>, reporter: &dyn Reporter) -> Result<(), SupplyError> {
        let (file, remote) = (&self.package, &self.remote);
        let url = Url::parse(remote).map_err(|_| SupplyError::RemoteUrl(remote.clone()))?;
        match url.scheme.as_str() {
            "" => return Err(SupplyError::NoScheme),
            "oci" => {}
            _ => return Err(SupplyError::Scheme(url.scheme)),
        }
        let info = std::fs::metadata(file).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => SupplyError::NoFile(gostd::os::path_text(file)),
            _ => FileError::new("stat", file, e).into(),
        })?;
        if info.is_dir() {
            return Err(SupplyError::PushFolder);
        }
        let chart = chart::load_as(file, client.access().profile, reporter)?;
        let read =
            |path: &Path| gostd::os::read_file(path).map_err(|e| FileError::new("open", path, e));
        let data = read(file)?;
        let mut beside = file.clone().into_os_string();
        beside.push(".prov");
        let beside = Path::new(&beside);
        let provenance = if beside.exists() { Some(read(beside)?) } else { None };
        let written = info.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
        let seconds = written.map_or(0, |d| d.as_secs() as i64);
        let time = Time::now(seconds, 0, 0, &self.clock.local_zone());
        let below = remote.strip_prefix("oci://").unwrap_or(remote);
        let place = path::join([below.as_bytes(), chart.name()]);
        let reference = format!("{}:{}", String::from_utf8_lossy(&place), chart.metadata.version);
        let package = Package {
            metadata: &chart.metadata,
            data: &data,
            provenance: provenance.as_deref(),
            created: Str::from(time.format(b"2006-01-02T15:04:05Z07:00")),
        };
        Ok(client.push(&reference, &package)?)
    }
}
