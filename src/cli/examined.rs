//! Renders a chart and records where its output came from, for the commands that ask about it.

use statefulchart::action::{self, Failed, Rendered, Template};
use statefulchart::chart::Chart;
use statefulchart::profile::Rule;
use statefulchart::provenance::Provenance;
use statefulchart::values::origins::Origins;

use super::flags::Given;
use super::net::Schemas;
use super::reporter::Terminal;
use super::values_where::Shown;
use super::{Failure, locate, profile, render, values};

/// A chart, and where its values were set.
pub(super) struct Examined<'g> {
    /// The chart as it was named.
    pub(super) reference: &'g str,
    /// The chart as it was loaded, its dependencies not yet settled.
    pub(super) chart: Chart,
    pub(super) origins: Origins,
}

/// What was rendered.
pub(super) struct Made {
    pub(super) rendered: Rendered,
    /// The chart, its dependencies settled.
    pub(super) chart: Chart,
    pub(super) provenance: Provenance,
}

/// Returns the name of `--release`.
pub(super) fn release_name(given: &Given) -> &str {
    given.release.as_deref().unwrap_or("release-name")
}

impl<'g> Examined<'g> {
    /// Renders a chart as `template` does; `set` changes what is rendered of it. Returns what came of it, or why it does
    /// not render, beside what is known of the chart.
    ///
    /// # Errors
    /// A chart that cannot be had, or whose values cannot.
    pub(super) fn of(
        given: &Given,
        command: &'static str,
        reference: &'g str,
        set: impl FnOnce(&mut Template),
    ) -> Result<(Examined<'g>, Result<Made, Failure>), Failure> {
        let kube_version = render::kube_version(given)?;
        let path = locate::chart(command, given, reference)?;
        let chart = action::open(&path, profile::current(), &Terminal::of(given))?;
        action::check_dependencies(&chart)?;
        let origins = values::origins(given, &chart)?;
        let dry_run = if profile::current().has(Rule::FlagsOfHelm4) { "client" } else { "" };
        let mut release =
            render::release_options(given, release_name(given), dry_run, kube_version)?;
        release.records = true;
        let mut action = Template { release, ..Template::default() };
        set(&mut action);
        let (schemas, terminal) = (Schemas::of(given), Terminal::of(given));
        let made = match action.run_keeping(chart.clone(), origins.user(), &schemas, &terminal) {
            Err(Failed { error, .. }) => Err(Failure::from(error)),
            Ok((rendered, kept)) => {
                let chart = kept.chart.clone();
                match kept.provenance() {
                    Some(provenance) => Ok(Made { rendered, chart, provenance }),
                    None => Err("nothing was recorded".into()),
                }
            }
        };
        let reference = reference.trim_end_matches('/');
        Ok((Examined { reference, chart, origins }, made))
    }

    pub(super) fn shown(&self) -> Shown<'_> {
        Shown { reference: self.reference, chart: &self.chart }
    }
}
