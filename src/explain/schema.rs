//! Explains values that break a schema.

use gostd::value::{Map, Str, Value};

use super::near::nearest_of;
use super::scope::{described, listed_near};
use super::{Diagnosis, Subject};
use crate::values::{SchemaError, SchemaFailure};

/// How many values are shown.
const MAX_SHOWN: usize = 10;

/// A value that breaks a schema: the keys to it, and what is wrong.
struct Broken {
    keys: Vec<Str>,
    why: String,
}

pub(super) fn explain(failures: &[SchemaFailure], subject: &Subject<'_>) -> Option<Diagnosis> {
    let root = subject.chart()?;
    let mut broken = Vec::new();
    for SchemaFailure { chart, cause } in failures {
        let prefix = if chart == root.name() { Vec::new() } else { vec![chart.clone()] };
        broken.extend(of(cause, &prefix));
    }
    let first = broken.first()?;
    let title = match broken.len() {
        1 => format!("`{}` breaks the chart's schema", path(&first.keys)),
        n => format!("{n} values break the chart's schema"),
    };
    let values = subject.values();
    let mut found = Diagnosis::new(title);
    for one in broken.iter().take(MAX_SHOWN) {
        let value = values.as_ref().and_then(|values| lookup(values, &one.keys));
        let is = value.as_ref().map(|value| format!(" (it is {})", described(value)));
        found = found.note(format!("`{}`: {}{}", path(&one.keys), one.why, is.unwrap_or_default()));
        let place = subject.origin(&one.keys).and_then(|place| place.frame(&*one.why));
        found = found.frame(place);
        found = unknown_key(found, one, subject);
    }
    if broken.len() > MAX_SHOWN {
        found = found.note(format!("and {} more", broken.len() - MAX_SHOWN));
    }
    Some(found.help(
        "`show values` lists the chart's defaults; --skip-schema-validation leaves the check out",
    ))
}

/// Returns the values that break one chart's schema.
fn of(error: &SchemaError, prefix: &[Str]) -> Vec<Broken> {
    let keys = |place: &str, mark: char| -> Vec<Str> {
        let names = place.split(mark).filter(|name| !name.is_empty() && *name != "(root)");
        prefix.iter().cloned().chain(names.map(Str::from)).collect()
    };
    match error {
        SchemaError::Older(gojsonschema::Error::Violations(violations)) => violations
            .iter()
            .map(|v| Broken { keys: keys(v.place(), '.'), why: v.text().to_owned() })
            .collect(),
        SchemaError::Newer(gojsonschema6::Error::Violations(violations)) => {
            let mut found = Vec::new();
            let mut open: Vec<&gojsonschema6::Violation> = violations.list().iter().rev().collect();
            while let Some(one) = open.pop() {
                match one.causes() {
                    [] => found
                        .push(Broken { keys: keys(one.place(), '/'), why: one.text().to_owned() }),
                    causes => open.extend(causes.iter().rev()),
                }
            }
            found
        }
        SchemaError::NoTable { found } => {
            vec![Broken { keys: prefix.to_vec(), why: format!("a map is wanted, not {found}") }]
        }
        _ => Vec::new(),
    }
}

fn path(keys: &[Str]) -> String {
    let names: Vec<String> = keys.iter().map(Str::to_string).collect();
    if names.is_empty() { "the values as a whole".to_owned() } else { names.join(".") }
}

fn lookup(values: &Map, keys: &[Str]) -> Option<Value> {
    let mut at = Value::Map(values.clone());
    for key in keys {
        at = match &at {
            Value::Map(map) => map.get(key)?,
            Value::List(list) => list.get(key.to_string().parse::<usize>().ok()?)?.clone(),
            _ => return None,
        };
    }
    keys.len().gt(&0).then_some(at)
}

/// Adds what may have been meant by a key that the schema does not know.
fn unknown_key(found: Diagnosis, broken: &Broken, subject: &Subject<'_>) -> Diagnosis {
    let names = unknown_names(&broken.why);
    let Some(known) = properties(subject, &broken.keys) else { return found };
    names.iter().fold(found, |found, name| match nearest_of(name, &known) {
        Some(near) => found.help(format!("`{name}`: did you mean `{near}`?")),
        None => found.help(format!(
            "`{name}` is not known there; known are {}",
            listed_near(known.clone(), name)
        )),
    })
}

/// Returns the names that a validator does not know, in its words.
fn unknown_names(why: &str) -> Vec<String> {
    if let Some(rest) = why.strip_prefix("Additional property ") {
        return rest.strip_suffix(" is not allowed").map(str::to_owned).into_iter().collect();
    }
    match why.strip_prefix("additional properties ").and_then(|r| r.strip_suffix(" not allowed")) {
        Some(list) => list.split(", ").map(|name| name.trim_matches('\'').to_owned()).collect(),
        None => Vec::new(),
    }
}

/// Returns the names that the schema has at a place, as far as it is plain.
fn properties(subject: &Subject<'_>, keys: &[Str]) -> Option<Vec<String>> {
    let schema = subject.chart()?.schema.clone()?;
    let mut at = gostd::json::unmarshal(&schema).ok()?;
    for key in keys {
        at = at.as_map()?.get(b"properties")?.as_map()?.get(key)?;
    }
    let properties = at.as_map()?.get(b"properties")?.as_map()?;
    Some(properties.keys().iter().map(Str::to_string).collect())
}
