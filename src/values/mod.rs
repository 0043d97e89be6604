//! Makes values: `-f` layers, the `--set` family, coalescing, JSON Schema.

pub mod coalesce;
pub mod dependencies;
mod error;
pub mod layers;
pub mod origins;
pub(crate) mod schema;
pub mod strvals;
mod table;
#[cfg(test)]
mod tests;

use crate::chart::Chart;
use crate::profile::{Profile, Rule};
use crate::report::{Debug, Reporter};
use gojsonschema::Loader;
use gostd::value::{Map, Str, Value};

pub use error::{SchemaFailure, ValuesError};
pub use layers::{LayerError, ReadError};
pub use schema::SchemaError;

/// Settles which of the charts that `chart` holds take part, and under which names; Helm's first
/// step after loading, before any value is read. `user` are the values from `-f` and `--set`.
pub fn prepare(
    chart: &mut Chart,
    user: &Map,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<(), ValuesError> {
    dependencies::process(chart, user, profile, reporter)
}

/// Reproduces Helm's `ToRenderValues`: what templates are rendered with, a map of `Release`,
/// `Capabilities`, `Chart` and `Values`. The values are coalesced and checked against each chart's
/// schema, with the documents that `schemas` brings; without it they are not checked. `Values` belongs to
/// the result alone: templates may change it.
///
/// # Errors
/// Values that cannot be coalesced, and those that break a schema.
pub fn to_render_values(
    chart: &Chart,
    user: &Map,
    release: Map,
    capabilities: Value,
    schemas: Option<&dyn Loader>,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<Map, ValuesError> {
    let values = coalesce::coalesce_values(chart, user, profile, reporter)?;
    if let Some(schemas) = schemas {
        let mut failures = Vec::new();
        check_schemas(chart, &values, schemas, profile, reporter, &mut failures);
        if !failures.is_empty() {
            return Err(ValuesError::Schema(failures));
        }
    }
    let top = Map::new();
    top.insert(Str::from_static("Chart"), chart.view(profile));
    top.insert(Str::from_static("Capabilities"), capabilities);
    top.insert(Str::from_static("Release"), Value::Map(release));
    top.insert(Str::from_static("Values"), Value::Map(values));
    Ok(top)
}

/// Checks the values of a chart and of those it holds, each against its own schema.
fn check_schemas(
    chart: &Chart,
    values: &Map,
    schemas: &dyn Loader,
    profile: Profile,
    reporter: &dyn Reporter,
    failures: &mut Vec<SchemaFailure>,
) {
    let is_told = profile.has(Rule::StructuredLogs);
    let name = || chart.name().as_bytes().to_vec();
    if let Some(schema) = &chart.schema {
        if is_told {
            reporter.debug(|| Debug::CheckedChart { chart: name() });
        }
        if let Err(cause) = schema::check(schema, values, schemas, profile, reporter) {
            failures.push(SchemaFailure { chart: chart.name().clone(), cause });
        }
    }
    if is_told {
        let count = chart.dependencies.len();
        reporter.debug(|| Debug::ChartsWithin { chart: name(), count });
    }
    for inner in &chart.dependencies {
        match values.get(inner.name()) {
            Some(Value::Map(values)) => {
                check_schemas(inner, &values, schemas, profile, reporter, failures);
            }
            None | Some(Value::Nil) => {}
            // Coalescing made a table for each chart, unless the user's null took it away.
            Some(other) if profile.has(Rule::SchemaV6) => {
                let cause = SchemaError::NoTable { found: other.type_name().into_owned() };
                failures.push(SchemaFailure { chart: inner.name().clone(), cause });
            }
            Some(_) => {}
        }
    }
}
