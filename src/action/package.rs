//! Runs `package`: a chart's folder as an archive, signed or not.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Dependency, SupplyError};
use crate::chart::{self, Chart, ChartError};
use crate::clock::Clock;
use crate::getter::{Getter, Settings};
use crate::package;
use crate::report::{Event, Progress, Reporter};
use crate::store::FileError;
use gostd::os::{bytes_of, path_of, text_of};
use gostd::path;

/// Packs a chart, Helm's `action.Package`.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// The chart's version in the package; empty for its own.
    pub version: String,
    /// The version of what it installs, in the package; empty for its own.
    pub app_version: String,
    /// The folder for packages; `.` is the working folder by its absolute path, nothing by none.
    pub destination: String,
    /// How the charts that the chart depends on are fetched first, if they are; the folder does not
    /// count.
    pub update: Option<Dependency>,
    /// The time of the files in the package: with one time a chart has one package, to the byte.
    pub clock: Clock,
}

impl Package {
    /// Packs the chart in a folder; the package's file.
    ///
    /// # Errors
    /// Helm's texts.
    pub fn run(
        &self,
        chart: &Path,
        settings: &Settings,
        getter: &dyn Getter,
        reporter: &dyn Reporter,
    ) -> Result<PathBuf, SupplyError> {
        let folder = std::path::absolute(chart).map_err(SupplyError::Absolute)?;
        std::fs::metadata(chart).map_err(|e| FileError::new("stat", chart, e))?;
        if let Some(update) = &self.update {
            let update = Dependency { folder: folder.clone(), ..update.clone() };
            update.update(settings, getter, &Hushed(reporter))?;
        }
        if folder.is_file() {
            return Err(ChartError::NoChartfile.into());
        }
        let mut chart = chart::load_for_package(&folder, settings.profile, reporter)?;
        self.change(&mut chart, settings.profile.semver())?;
        chart.check_dependencies()?;
        let destination = match self.destination.as_str() {
            "" => PathBuf::new(),
            "." => std::path::absolute(".").map_err(SupplyError::Absolute)?,
            given => {
                let clean = path::clean(&bytes_of(given));
                path_of(&text_of(clean)).into_owned()
            }
        };
        package::save(&chart, &destination, self.clock.packed(), settings.profile)
            .map_err(|e| SupplyError::Save { source: Box::new(e) })
    }

    /// Puts the versions into the chart.
    fn change(&self, chart: &mut Chart, semver: gosemver::Release) -> Result<(), SupplyError> {
        let metadata = Arc::make_mut(&mut chart.metadata);
        if !self.version.is_empty() {
            metadata.version = self.version.as_str().into();
        }
        semver
            .version(metadata.version.to_str().unwrap_or_default())
            .map_err(SupplyError::Version)?;
        if !self.app_version.is_empty() {
            metadata.app_version = self.app_version.as_str().into();
        }
        Ok(())
    }
}

/// Passes on all events but notices: Helm prints none while it packs.
struct Hushed<'r>(&'r dyn Reporter);

impl Reporter for Hushed<'_> {
    fn report(&self, event: Event) {
        match event {
            Event::Notice(notice) if !notice.is_of_registry() => {}
            event => self.0.report(event),
        }
    }

    fn wants_debug(&self) -> bool {
        self.0.wants_debug()
    }

    fn progress(&self, progress: Progress) {
        self.0.progress(progress);
    }

    fn wants_progress(&self) -> bool {
        self.0.wants_progress()
    }
}
