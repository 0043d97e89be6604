//! Checks whether Chart.yaml and the `charts/` folder name the same charts.

use crate::report::Reporter;
use std::collections::HashSet;

use super::place::{Loaded, Place};
use super::{Check, Report, Severity};
use gostd::value::Str;

pub(super) fn check(place: &Place, loaded: &Loaded, report: &mut Report, reporter: &dyn Reporter) {
    loaded.told.iter().for_each(|event| reporter.report(event.clone()));
    let chart = match &loaded.chart {
        Ok(chart) => chart,
        Err(why) => {
            report.rule(Severity::Error, "", Err(format!("unable to load chart\n\t{why}").into()));
            return;
        }
    };
    let named = chart.metadata.dependencies.as_deref().unwrap_or_default();
    let held: Vec<&Str> = chart.dependencies.iter().map(|c| c.name()).collect();

    let missing = held.iter().filter(|held| !named.iter().any(|n| n.name == ***held));
    let missing = listed("chart metadata is missing these dependencies", missing.copied());
    report.rule(Severity::Error, place.path(), missing);

    let mut seen = HashSet::new();
    let keys = named.iter().map(|n| if n.alias.is_empty() { &n.name } else { &n.alias });
    let shadowing: Vec<&Str> = keys.filter(|key| !seen.insert(*key)).collect();
    let shadowing = listed("multiple dependencies with name or alias", shadowing);
    report.rule(Severity::Error, place.path(), shadowing);

    let missing = named.iter().map(|n| &n.name).filter(|name| !held.contains(name));
    let missing = listed("chart directory is missing these dependencies", missing);
    report.rule(Severity::Warning, place.path(), missing);
}

fn listed<'n>(what: &str, names: impl IntoIterator<Item = &'n Str>) -> Check {
    let names: Vec<String> = names.into_iter().map(|n| n.to_string()).collect();
    if names.is_empty() { Ok(()) } else { Err(format!("{what}: {}", names.join(",")).into()) }
}
