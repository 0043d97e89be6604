//! Checks values.yaml by itself, without those of subcharts.

use std::fmt::Display;

use super::place::Place;
use super::{LintError, Options, Problem, Report, Severity};
use crate::profile::{Profile, Rule};
use crate::report::Reporter;
use crate::values::coalesce::coalesce_tables;
use crate::values::schema;
use gostd::value::Map;
use goyaml::YamlError;

const FILE: &str = "values.yaml";

/// Checks the defaults, with the user's values over them, against the schema. The defaults stay in the
/// tables of `user`, as they do in Helm.
pub(super) fn check(
    place: &Place,
    user: &Map,
    options: &Options<'_>,
    report: &mut Report,
    reporter: &dyn Reporter,
) -> Result<(), LintError> {
    let exists = if place.exists(FILE) { Ok(()) } else { Err("file does not exist".into()) };
    if !report.rule(Severity::Info, FILE, exists) {
        return Ok(());
    }
    let result = match defaults(place, options.profile) {
        Err(problem) => Err(problem),
        Ok(defaults) => {
            let values = user.shallow_copy();
            coalesce_tables(&values, &defaults, options.profile, reporter)
                .map_err(LintError::Values)?;
            match place.read("values.schema.json") {
                _ if options.skip_schema && options.profile.has(Rule::LintOfHelm4) => Ok(()),
                Ok(text) if !text.is_empty() => {
                    schema::check(&text, &values, options.schemas, options.profile, reporter)
                        .map_err(Problem::of)
                }
                _ => Ok(()),
            }
        }
    };
    report.rule(Severity::Error, FILE, result);
    Ok(())
}

fn defaults(place: &Place, profile: Profile) -> Result<Map, Problem> {
    let failed = |why: &dyn Display| Problem::from(format!("unable to parse YAML: {why}"));
    let data = place.read(FILE).map_err(|e| failed(&e))?;
    goyaml::unmarshal_map(&data).map_err(|e| failed(&retyped(e, profile)))
}

/// Returns the linter reads into Helm's own type, whose name shows where the file is no map.
fn retyped(error: YamlError, profile: Profile) -> YamlError {
    match error.problem() {
        goyaml::Problem::Type { found, .. } => {
            goyaml::Problem::Type { found, wanted: profile.values_type().name }.into()
        }
        _ => error,
    }
}
