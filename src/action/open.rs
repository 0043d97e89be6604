//! Loads a chart that is about to be rendered, and makes the checks that come before.

use std::path::Path;

use super::Error;
use crate::chart::{self, Chart};
use crate::profile::Profile;
use crate::report::{Reporter, Warning};

/// Loads a chart to be installed, as a Helm release has it: refuses libraries, and tells if the chart is deprecated.
///
/// # Errors
/// [`Error::Chart`]
pub fn open(path: &Path, profile: Profile, reporter: &dyn Reporter) -> Result<Chart, Error> {
    checked(chart::load_for_render(path, profile, reporter)?, reporter)
}

/// Loads a chart as [`open`] does, with the times when its files were changed, which a report in JSON or YAML shows.
///
/// # Errors
/// [`Error::Chart`]
pub fn open_for_report(
    path: &Path,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<Chart, Error> {
    checked(chart::load_for_report(path, profile, reporter)?, reporter)
}

/// Loads a chart of any kind, as a Helm release has it: one that other charts depend on.
///
/// # Errors
/// [`Error::Chart`]
pub fn open_any(path: &Path, profile: Profile, reporter: &dyn Reporter) -> Result<Chart, Error> {
    Ok(chart::load_as(path, profile, reporter)?)
}

fn checked(chart: Chart, reporter: &dyn Reporter) -> Result<Chart, Error> {
    check_installable(&chart)?;
    if chart.metadata.deprecated {
        reporter.warn(Warning::DeprecatedChart);
    }
    Ok(chart)
}

/// Refuses charts that are not meant to be installed.
///
/// # Errors
/// [`ChartError::NotInstallable`](crate::chart::ChartError::NotInstallable)
pub fn check_installable(chart: &Chart) -> Result<(), Error> {
    Ok(chart.check_installable()?)
}

/// Checks whether each chart that Chart.yaml names is there.
///
/// # Errors
/// [`Error::MissingDependencies`]
pub fn check_dependencies(chart: &Chart) -> Result<(), Error> {
    chart.check_dependencies().map_err(Error::MissingDependencies)
}
