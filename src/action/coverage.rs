//! Runs `coverage`: which parts of a chart's templates run, over renders with other values each.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gojsonschema::Loader;
use gostd::value::{Frozen, Map};
use gotemplate::Cache;
use gotemplate::coverage::Counts;

use super::{Error, Failed, ReleaseOptions, Template};
use crate::chart::Chart;
use crate::coverage::{CoverageError, Report, Templates};
use crate::render::RenderError;
use crate::report::Silent;

/// Renders a chart with one set of values after another, and counts what runs of its templates.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// What each release is made with.
    pub release: ReleaseOptions,
    /// Counts the templates of the charts that it holds, too.
    pub with_subcharts: bool,
    /// The chart as it was named, for the paths of files.
    pub root: String,
}

/// A render with values of its own.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is called.
    pub name: String,
    /// The user's values; or why they cannot be had.
    pub user: Result<Frozen, String>,
}

impl Coverage {
    /// Renders the scenarios, several at once. `schemas` makes what brings the documents that schemas refer to, `words`
    /// says an error.
    ///
    /// # Errors
    /// A template of the chart that cannot be read or parsed: nothing could run then.
    pub fn run<L: Loader>(
        &self,
        chart: &Chart,
        scenarios: &[Scenario],
        schemas: impl Fn() -> L + Sync,
        words: impl Fn(&Error) -> String + Sync,
    ) -> Result<Report, Error> {
        let frozen = chart.freeze()?;
        let profile = self.release.profile;
        let templates = Templates::of(chart, self.with_subcharts, profile);
        let templates = templates.map_err(|error| match error {
            CoverageError::Chart(e) => Error::Chart(e),
            CoverageError::Parse(e) => Error::Render(RenderError::Parse(e)),
        })?;
        let parsed = Arc::new(Cache::default());
        let next = AtomicUsize::new(0);
        let done: Mutex<Vec<(usize, Option<String>, Counts)>> = Mutex::default();
        let work = || {
            while let at = next.fetch_add(1, Ordering::Relaxed)
                && let Some(scenario) = scenarios.get(at)
            {
                let counts = Arc::new(Mutex::new(Counts::default()));
                let release = ReleaseOptions {
                    parsed: Some(parsed.clone()),
                    counts: Some(counts.clone()),
                    ..self.release.clone()
                };
                let action = Template { release, ..Template::default() };
                // What is random is the same each time.
                let _fixed = sprig::Fixed::new(0);
                let error = match &scenario.user {
                    Err(why) => Some(why.clone()),
                    Ok(user) => {
                        let user: Map = user.thaw().as_map().unwrap_or_default();
                        let rendered = action.run(frozen.thaw(), &user, &schemas(), &Silent);
                        rendered.err().map(|Failed { error, .. }| words(&error))
                    }
                };
                let counts =
                    std::mem::take(&mut *counts.lock().unwrap_or_else(PoisonError::into_inner));
                done.lock().unwrap_or_else(PoisonError::into_inner).push((at, error, counts));
            }
        };
        let threads = std::thread::available_parallelism().map_or(1, Into::into);
        std::thread::scope(|scope| {
            for _ in 0..threads.min(scenarios.len()) {
                scope.spawn(work);
            }
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|(at, _, _)| *at);
        let scenarios = done
            .into_iter()
            .filter_map(|(at, error, counts)| {
                Some((scenarios.get(at)?.name.clone(), error, counts))
            })
            .collect();
        Ok(Report::new(chart, self.root.clone(), templates, scenarios))
    }
}
