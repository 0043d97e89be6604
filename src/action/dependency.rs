//! Runs `dependency build`, `list` and `update`.

use std::path::{Path, PathBuf};

use super::SupplyError;
use crate::chart;
use crate::clock::Clock;
use crate::downloader::{Manager, Stranger, Verify, status, strangers};
use crate::getter::{Getter, Settings};
use crate::report::Reporter;

/// Puts the charts that a chart depends on into `charts/`, Helm's `action.Dependency`.
#[derive(Clone, Debug, Default)]
pub struct Dependency {
    /// The chart's folder.
    pub folder: PathBuf,
    /// What is done about signatures.
    pub verify: Verify,
    /// The keys that signatures are checked with.
    pub keyring: PathBuf,
    /// Whether the cached indexes will do.
    pub skip_refresh: bool,
    /// The time that Chart.lock and the files in packages bear.
    pub clock: Clock,
}

impl Dependency {
    /// Fetches what Chart.lock fixes; without one this is [`Dependency::update`].
    ///
    /// # Errors
    /// Helm's texts.
    pub fn build(
        &self,
        settings: &Settings,
        getter: &dyn Getter,
        reporter: &dyn Reporter,
    ) -> Result<(), SupplyError> {
        Ok(self.manager(settings, getter, reporter).build()?)
    }

    /// Chooses the newest versions that Chart.yaml accepts, fetches them, and writes Chart.lock.
    ///
    /// # Errors
    /// Helm's texts.
    pub fn update(
        &self,
        settings: &Settings,
        getter: &dyn Getter,
        reporter: &dyn Reporter,
    ) -> Result<(), SupplyError> {
        Ok(self.manager(settings, getter, reporter).update()?)
    }

    fn manager<'m>(
        &'m self,
        settings: &'m Settings,
        getter: &'m dyn Getter,
        reporter: &'m dyn Reporter,
    ) -> Manager<'m> {
        Manager {
            folder: &self.folder,
            settings,
            getter,
            reporter,
            verify: self.verify,
            keyring: &self.keyring,
            skip_update: self.skip_refresh,
            clock: &self.clock,
        }
    }
}

/// Lists what a chart depends on, and whether `charts/` holds it.
#[derive(Clone, Debug, Default)]
pub struct DependencyList {
    /// The chart.
    pub folder: PathBuf,
}

/// What a chart depends on.
#[derive(Clone, Debug)]
pub struct Dependencies {
    /// One after the other, as Chart.yaml has them.
    pub rows: Vec<DependencyRow>,
    /// What lies in `charts/` beside them.
    pub strangers: Vec<Stranger>,
}

/// Something that a chart depends on.
#[derive(Clone, Debug)]
pub struct DependencyRow {
    /// Its name.
    pub name: String,
    /// The range of its version.
    pub version: String,
    /// Where it comes from.
    pub repository: String,
    /// `ok`, `missing`, `unpacked`, `wrong version` …
    pub status: &'static str,
}

impl DependencyList {
    /// Returns what the chart depends on; `None` where Chart.yaml names nothing.
    ///
    /// # Errors
    /// Where the chart cannot be loaded.
    pub fn run(
        &self,
        settings: &Settings,
        reporter: &dyn Reporter,
    ) -> Result<Option<Dependencies>, SupplyError> {
        let folder: &Path = &self.folder;
        let chart = chart::load_as(folder, settings.profile, reporter)?;
        let Some(wanted) = &chart.metadata.dependencies else { return Ok(None) };
        let rows = wanted
            .iter()
            .map(|d| DependencyRow {
                name: d.name.to_string_lossy().into_owned(),
                version: d.version.to_string_lossy().into_owned(),
                repository: d.repository.to_string_lossy().into_owned(),
                status: status(folder, d, &chart, settings.profile),
            })
            .collect();
        Ok(Some(Dependencies { rows, strangers: strangers(folder, wanted, settings.profile) }))
    }
}
