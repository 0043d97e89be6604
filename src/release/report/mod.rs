//! Reports a release as Helm does: the data, and its three forms.

mod fields;
mod table;
#[cfg(test)]
mod tests;

use super::{Hook, ReportError};
use crate::chart::Chart;
use crate::profile::Profile;
use gostd::json;
use gostd::time::{LocalZone, Time};
use gostd::value::{Map, Str};

pub use table::TableOptions;

/// A release, Helm's `release.Release`.
#[derive(Debug, Clone)]
pub struct Release {
    /// Its name.
    pub name: Str,
    /// When and how it was deployed.
    pub info: Info,
    /// The chart, its subcharts settled by [`crate::values::prepare`].
    pub chart: Chart,
    /// The values that the user gave.
    pub config: Map,
    /// All documents that are no hooks, as [`super::manifest`] makes them.
    pub manifest: Str,
    /// The hooks, in the order of [`super::Resources::hooks`].
    pub hooks: Vec<Hook>,
    /// The revision, from 1.
    pub version: i64,
    /// The namespace that it was made for.
    pub namespace: Str,
    /// Labels of the stored release, which no report shows.
    pub labels: Vec<(Str, Str)>,
    /// Whether a cluster's server applies it, which Helm 4 keeps.
    pub server_side: bool,
    /// The zone that times of files are shown in.
    pub zone: LocalZone,
    /// The Helm release that made it.
    pub profile: Profile,
}

/// When and how a release was deployed, Helm's `release.Info`.
#[derive(Debug, Clone)]
pub struct Info {
    /// When its first revision was made.
    pub first_deployed: Time,
    /// When this revision was made.
    pub last_deployed: Time,
    /// What was done last, e.g. `Dry run complete`.
    pub description: Str,
    /// What became of it.
    pub status: Status,
    /// The rendered NOTES.txt, as it is.
    pub notes: Str,
}

/// What became of a release, Helm's `release.Status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is in the cluster.
    Deployed,
    /// Its installation began; that of a dry run never ends.
    PendingInstall,
    /// Its upgrade began.
    PendingUpgrade,
    /// It could not be rendered or deployed.
    Failed,
}

impl Status {
    /// Returns Helm's word.
    pub fn name(self) -> &'static str {
        match self {
            Status::Deployed => "deployed",
            Status::PendingInstall => "pending-install",
            Status::PendingUpgrade => "pending-upgrade",
            Status::Failed => "failed",
        }
    }
}

/// Helm's description of a release that a dry run made; only of such does a table show manifests.
pub const DRY_RUN_COMPLETE: &str = "Dry run complete";

impl Release {
    /// Returns the whole release on one line of JSON, as `-o json` prints it, newline included.
    ///
    /// # Errors
    /// [`ReportError::Json`]: a value that JSON lacks.
    pub fn to_json(&self) -> Result<Vec<u8>, ReportError> {
        let mut out = json::marshal(&self.fields(), true).map_err(ReportError::Json)?;
        out.push(b'\n');
        Ok(out)
    }

    /// Returns the whole release as YAML, as `-o yaml` prints it: keys sorted at every level.
    ///
    /// # Errors
    /// [`ReportError::Yaml`]: a text that YAML cannot hold.
    pub fn to_yaml(&self) -> Result<Vec<u8>, ReportError> {
        goyaml::marshal(&self.fields()).map_err(ReportError::Yaml)
    }
}
