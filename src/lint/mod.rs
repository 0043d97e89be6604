//! Finds what Helm's linter does in a chart: Chart.yaml, values, templates, dependencies.

mod chartfile;
mod crds;
mod dependencies;
mod deprecated;
mod error;
mod names;
mod object;
mod place;
mod refused;
mod releases;
mod templates;
mod values;
mod web;

use crate::report::{Reporter, Warning};
use std::fmt;
use std::path::Path;

use crate::clock::Clock;
use crate::profile::{Profile, Rule};
use crate::render::{Exceeded, KubeVersion, Limits};
use gojsonschema::Loader;
use gostd::value::{Map, Str};

use error::Problem;
use place::Place;

pub use error::LintError;
pub use releases::meetings;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Against convention, but likely to work.
    Warning,
    /// Not likely to work.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Info => "INFO",
            Severity::Warning => "WARNING",
            Severity::Error => "ERROR",
        })
    }
}

/// Something that the linter has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it weighs.
    pub severity: Severity,
    /// The file within the chart, a folder of it, or the chart's own path.
    pub path: Str,
    /// What it is, in Helm's words.
    pub text: Str,
    /// The limit of a render that was exceeded, where that is what it is.
    pub exceeded: Option<Exceeded>,
}

impl Finding {
    /// Returns the line that Helm prints: `[WARNING] templates/a.yaml: …`, without its end.
    pub fn line(&self) -> Vec<u8> {
        let head = format!("[{}] ", self.severity);
        [head.as_bytes(), &self.path, b": ", &self.text].concat()
    }
}

/// What linting depends on besides the chart and the values.
pub struct Options<'o> {
    /// The namespace that templates see.
    pub namespace: &'o str,
    /// The Kubernetes version that templates see and that deprecations are checked against; `None`
    /// for the one that Helm assumes.
    pub kube_version: Option<&'o KubeVersion>,
    /// Leaves out the check of the coalesced values against the schema; in Helm 4 that of values.yaml, too.
    pub skip_schema: bool,
    /// Brings the documents that schemas refer to.
    pub schemas: &'o dyn Loader,
    /// The time that templates see.
    pub clock: &'o Clock,
    /// The Helm release that is reproduced.
    pub profile: Profile,
    /// How much the templates may take.
    pub limits: Limits,
}

/// Lints the chart at a path, a directory or an archive, with the values from `-f` and `--set`.
///
/// Defaults are put under the tables of `user`, as Helm does: a second chart is linted with what the
/// first one left there. `reporter` receives the events.
///
/// # Errors
/// Where there is no chart to lint at all.
pub fn lint(
    path: &Path,
    user: &Map,
    options: &Options<'_>,
    reporter: &dyn Reporter,
) -> Result<Vec<Finding>, LintError> {
    let place = Place::find(path)?;
    let mut report = Report::default();
    chartfile::check(&place, options.profile, &mut report);
    values::check(&place, user, options, &mut report, reporter)?;
    let loaded = place.load(options.profile);
    templates::check(&place, &loaded, user, options, &mut report, reporter);
    dependencies::check(&place, &loaded, &mut report, reporter);
    if let Ok(chart) = &loaded.chart {
        let profile = options.profile;
        // That one is about what a user gives.
        let differs = |rule| profile.has(rule) && rule != Rule::NullsOverNullsStay;
        for meeting in meetings(chart, profile, &differs) {
            reporter.warn(Warning::ReleaseRule { meeting });
        }
    }
    if options.profile.has(Rule::LintOfHelm4) {
        crds::check(&place, &loaded, options.profile, &mut report, reporter);
    }
    Ok(report.0)
}

/// What comes of a rule.
type Check = Result<(), Problem>;

/// The findings so far.
#[derive(Default)]
struct Report(Vec<Finding>);

impl Report {
    /// Notes what is wrong, if anything; whether nothing is.
    fn rule(&mut self, severity: Severity, path: impl Into<Str>, result: Check) -> bool {
        match result {
            Ok(()) => true,
            Err(problem) => {
                let Problem { text, exceeded } = problem;
                self.0.push(Finding { severity, path: path.into(), text, exceeded });
                false
            }
        }
    }
}
