//! Describes why there is no chart to lint, and what a rule finds wrong.

use std::error::Error;
use std::fmt;

use gostd::value::Str;

use crate::chart::ChartError;
use crate::render::{Exceeded, RenderError};
use crate::store::FileError;
use crate::values::ValuesError;

/// Why a chart cannot be linted at all.
#[derive(Clone, Debug)]
pub enum LintError {
    /// There is no Chart.yaml.
    NoChartfile(FileError),
    /// The archive cannot be read.
    Open(FileError),
    /// The archive is damaged, or its Chart.yaml is.
    Extract(ChartError),
    /// The archive's Chart.yaml does not say a name.
    NoName,
    /// The chart's own values cannot be put under the user's.
    Values(ValuesError),
}

impl fmt::Display for LintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LintError::NoChartfile(e) => {
                write!(f, "unable to check Chart.yaml file in chart: {e}")
            }
            LintError::Open(e) => write!(f, "unable to open tarball: {e}"),
            LintError::Extract(e) => write!(f, "unable to extract tarball: {e}"),
            LintError::NoName => f.write_str("unable to extract tarball: chart name not specified"),
            LintError::Values(e) => e.fmt(f),
        }
    }
}

impl Error for LintError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            LintError::NoChartfile(e) | LintError::Open(e) => Some(e),
            LintError::Extract(e) => Some(e),
            LintError::NoName => None,
            LintError::Values(e) => Some(e),
        }
    }
}

/// What a rule finds wrong, in Helm's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) text: Str,
    /// The limit of a render that was exceeded, where that is the problem.
    pub(super) exceeded: Option<Exceeded>,
}

impl Problem {
    /// Returns a failure is the problem.
    pub(super) fn of(cause: impl fmt::Display) -> Problem {
        Problem::from(Str::from(cause.to_string()))
    }

    /// Returns a failed render as the problem.
    pub(super) fn of_render(cause: &RenderError) -> Problem {
        Problem { text: Str::from(cause.text()), exceeded: cause.exceeded() }
    }
}

impl<T: Into<Str>> From<T> for Problem {
    fn from(text: T) -> Problem {
        Problem { text: text.into(), exceeded: None }
    }
}
