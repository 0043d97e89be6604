//! Explains values that break a schema.

use gostd::value::{Map, Str, Value};

use super::scope::{described, listed_near};
use super::subject::Place;
use super::{Diagnosis, Frame, Mark, Subject};
use crate::near::nearest_of;
use crate::values::origins::Key;
use crate::values::{SchemaError, SchemaFailure};

/// How many values are shown.
const MAX_SHOWN: usize = 10;

/// A value that breaks a schema: the keys to it, and what is wrong.
struct Broken {
    keys: Vec<Str>,
    why: String,
    /// Whether the schema does not know the last key.
    is_unknown: bool,
}

impl Broken {
    /// Takes a violation apart: each key that is not known is one of its own.
    fn of(keys: Vec<Str>, why: &str) -> Vec<Broken> {
        let unknown = unknown_names(why);
        if unknown.is_empty() {
            return vec![Broken { keys, why: why.to_owned(), is_unknown: false }];
        }
        let one = |name: String| Broken {
            keys: keys.iter().cloned().chain([Str::from(name)]).collect(),
            why: "a key that the schema does not know".to_owned(),
            is_unknown: true,
        };
        unknown.into_iter().map(one).collect()
    }
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
        1 => format!("`{}` breaks the chart's schema", path_text(&first.keys)),
        n => format!("{n} values break the chart's schema"),
    };
    let values = subject.values();
    let mut found = Diagnosis::new(title);
    // One excerpt a file.
    let mut files: Vec<(Place, Vec<Mark>)> = Vec::new();
    for one in broken.iter().take(MAX_SHOWN) {
        let path = values.as_ref().map(|values| origin_path(values, &one.keys)).unwrap_or_default();
        let place = if path.is_empty() { None } else { subject.origin(&path) };
        match place {
            Some((place, _)) => {
                let mark = Mark::cause(place.span.clone(), &*one.why);
                match files.iter_mut().find(|(file, _)| file.is_beside(&place)) {
                    Some((_, marks)) => marks.push(mark),
                    None => files.push((place, vec![mark])),
                }
            }
            None => {
                let value = values.as_ref().and_then(|values| lookup(values, &one.keys));
                let is = value.as_ref().map(|value| format!(" (it is {})", described(value)));
                let is = is.unwrap_or_default();
                found = found.note(format!("`{}`: {}{is}", path_text(&one.keys), one.why));
            }
        }
        found = missing_key(unknown_key(found, one, subject), one);
    }
    for (place, marks) in files {
        found = found.frame(Frame::of(place.path, &place.text, marks));
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
        SchemaError::Older(gojsonschema::Error::Violations(violations)) => {
            violations.iter().flat_map(|v| Broken::of(keys(v.place(), '.'), v.text())).collect()
        }
        SchemaError::Newer(gojsonschema6::Error::Violations(violations)) => {
            let mut found = Vec::new();
            let mut open: Vec<&gojsonschema6::Violation> = violations.list().iter().rev().collect();
            while let Some(one) = open.pop() {
                match one.causes() {
                    [] => found.extend(Broken::of(keys(one.place(), '/'), one.text())),
                    causes => open.extend(causes.iter().rev()),
                }
            }
            found
        }
        SchemaError::NoTable { found } => {
            Broken::of(prefix.to_vec(), &format!("a map is wanted, not {found}"))
        }
        _ => Vec::new(),
    }
}

/// Returns the keys as a path, the numbers of items among them.
fn origin_path(values: &Map, keys: &[Str]) -> Vec<Key> {
    let mut path = Vec::new();
    for (n, key) in keys.iter().enumerate() {
        let is_item = n > 0 && matches!(lookup(values, &keys[..n]), Some(Value::List(_)));
        match key.to_string().parse() {
            Ok(number) if is_item => path.push(Key::Index(number)),
            _ => path.push(Key::Name(key.clone())),
        }
    }
    path
}

fn path_text(keys: &[Str]) -> String {
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
    let [within @ .., name] = &broken.keys[..] else { return found };
    if !broken.is_unknown {
        return found;
    }
    let Some(known) = properties(subject, within) else { return found };
    let name = name.to_string();
    match nearest_of(&name, &known) {
        Some(near) => found.help(format!("`{name}`: did you mean `{near}`?")),
        None => found.help(format!("known beside `{name}` are {}", listed_near(known, &name))),
    }
}

/// Adds how to set a key that the schema requires.
fn missing_key(found: Diagnosis, broken: &Broken) -> Diagnosis {
    let older = broken.why.strip_suffix(" is required").into_iter();
    let newer = broken.why.strip_prefix("missing propert").and_then(|rest| rest.split_once(' '));
    let newer = newer.into_iter().flat_map(|(_, names)| names.split(", "));
    let within = match broken.keys.is_empty() {
        true => String::new(),
        false => format!("{}.", path_text(&broken.keys)),
    };
    older.chain(newer).fold(found, |found, name| {
        let name = name.trim_matches('\'');
        found.help(format!("set it: `--set {within}{name}=…`, or in a values file"))
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
