//! Checks values.yaml by itself, without those of subcharts.

use super::place::Place;
use super::{Report, Severity};
use crate::report::Reporter;
use crate::values::coalesce::coalesce_tables;
use gostd::value::Map;

const FILE: &str = "values.yaml";

/// Checks the defaults, with the user's values over them, against the schema. The defaults stay in the
/// tables of `user`, as they do in Helm.
pub(super) fn check(
    place: &Place,
    user: &Map,
    report: &mut Report,
    reporter: &dyn Reporter,
) -> Result<(), String> {
    let exists = if place.exists(FILE) { Ok(()) } else { Err("file does not exist") };
    if !report.rule(Severity::Info, FILE, exists) {
        return Ok(());
    }
    let defaults = place
        .read(FILE)
        .and_then(|data| goyaml::unmarshal_map(&data).map_err(|e| retyped(&e.to_string())));
    let result = match defaults {
        Err(why) => Err(format!("unable to parse YAML: {why}")),
        Ok(defaults) => {
            let values = user.shallow_copy();
            coalesce_tables(&values, &defaults, reporter).map_err(|e| e.to_string())?;
            match place.read("values.schema.json") {
                Ok(text) if !text.is_empty() => {
                    gojsonschema::validate(&text, &values).map_err(|e| e.to_string())
                }
                _ => Ok(()),
            }
        }
    };
    report.rule(Severity::Error, FILE, result);
    Ok(())
}

/// Returns the linter reads into Helm's own type, whose name shows where the file is no map.
fn retyped(text: &str) -> String {
    text.replace("of type map[string]interface {}", "of type chartutil.Values")
}
