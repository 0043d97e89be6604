//! What rules see of a custom resource: its values, of the types that the schema gives them
//! (`k8s.io/apiserver`, `pkg/cel/common`: `UnstructuredToVal`).

use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gocel::{Budget, Error, Key, List, ListKind, Members, Opaque, RESERVED, Val};
use gostd::time::{LocalZone, parse, parse_duration};
use gostd::value::{Map, Str, Value};

use super::super::formats;
use super::super::keywords::{is_true, map, text};

/// How deep a value may be.
const MOST_DEPTH: usize = 1_000;

/// How the words begin of what this program does not look at, and a server does.
pub(super) const BOUND: &str = "the value cannot be looked at here";

/// Data that rules can only compare.
#[derive(Debug)]
struct Raw(Value);

impl Opaque for Raw {
    fn type_name(&self) -> &'static str {
        "unknown"
    }

    fn is_same(&self, other: &dyn Opaque, budget: &mut Budget) -> Result<bool, Error> {
        match other.as_any().downcast_ref::<Raw>() {
            Some(other) => is_same(&self.0, &other.0, budget),
            None => Ok(false),
        }
    }

    fn text(&self) -> Option<String> {
        None
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Tells whether two values without a schema are the same; each part of them is a step.
fn is_same(a: &Value, b: &Value, budget: &mut Budget) -> Result<bool, Error> {
    budget.take(1)?;
    Ok(match (a, b) {
        (Value::Nil | Value::Invalid, Value::Nil | Value::Invalid) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(_, a), Value::Int(_, b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Str(a), Value::Str(b)) => {
            budget.text(a.len().min(b.len()))?;
            a == b
        }
        (Value::List(a), Value::List(b)) => {
            let (a, b): (&[Value], &[Value]) = (a, b);
            if a.len() != b.len() {
                return Ok(false);
            }
            for (a, b) in a.iter().zip(b) {
                if !budget.deeper(|budget| is_same(a, b, budget))? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Map(a), Value::Map(b)) => {
            let (a, b) = (a.borrow(), b.borrow());
            if a.len() != b.len() {
                return Ok(false);
            }
            for (key, a) in a.iter() {
                budget.text(key.len())?;
                let Some(b) = b.get(key) else { return Ok(false) };
                if !budget.deeper(|budget| is_same(a, b, budget))? {
                    return Ok(false);
                }
            }
            true
        }
        _ => false,
    })
}

fn fault(words: &str) -> Val {
    Val::Fault(words.into())
}

/// Returns what rules see of a value.
pub(super) fn of(
    value: &Value,
    schema: &Map,
    is_resource: bool,
    budget: &mut Budget,
    depth: usize,
) -> Val {
    if depth > MOST_DEPTH {
        return fault(&format!("{BOUND}: it nests too deep"));
    }
    if budget.take(1).is_err() {
        return fault(&format!("{BOUND}: it is too large"));
    }
    // A text is copied.
    if let Value::Str(text) = value
        && budget.text(text.len()).is_err()
    {
        return fault(&format!("{BOUND}: it is too large"));
    }
    gostd::stack::at_depth(depth, || one(value, schema, is_resource, budget, depth))
}

fn one(value: &Value, schema: &Map, is_resource: bool, budget: &mut Budget, depth: usize) -> Val {
    if value.is_nil() {
        return match is_true(schema, "nullable") {
            true => Val::Null,
            false => fault("invalid data, got null for schema with nullable=false"),
        };
    }
    if is_true(schema, "x-kubernetes-int-or-string") {
        return match value {
            Value::Str(text) => Val::str(text.to_string_lossy()),
            Value::Int(_, n) => Val::Int(*n),
            _ => {
                fault("invalid data, expected XIntOrString value to be either a string or integer")
            }
        };
    }
    match (&*text(schema, "type"), value) {
        (b"object", Value::Map(members)) => object(members, schema, is_resource, budget, depth),
        (b"object", _) => {
            fault("invalid data, expected a map for the provided schema with type=object")
        }
        (b"array", Value::List(items)) => {
            let Some(of_items) = map(schema, "items") else {
                return fault("invalid array type, expected Items with a non-empty Schema");
            };
            let is_resource = is_true(&of_items, "x-kubernetes-embedded-resource");
            let items = items.iter();
            let items = items.map(|item| of(item, &of_items, is_resource, budget, depth + 1));
            Val::List(Rc::new(List { items: items.collect(), kind: list_kind(schema) }))
        }
        (b"array", _) => {
            fault("invalid data, expected an array for the provided schema with type=array")
        }
        (b"string", Value::Str(value)) => string(&value.to_string_lossy(), &text(schema, "format")),
        (b"string", _) => fault("invalid data, expected string"),
        (b"number", Value::Int(_, n)) => Val::Double(*n as f64),
        (b"number", Value::Float(f)) => Val::Double(*f),
        (b"number", _) => fault("invalid data, expected float"),
        (b"integer", Value::Int(_, n)) => Val::Int(*n),
        (b"integer", _) => fault("invalid data, expected int"),
        (b"boolean", Value::Bool(b)) => Val::Bool(*b),
        (b"boolean", _) => fault("invalid data, expected bool"),
        _ => raw(value),
    }
}

fn raw(value: &Value) -> Val {
    Val::Opaque(Rc::new(Raw(value.clone())))
}

fn list_kind(schema: &Map) -> ListKind {
    match &*text(schema, "x-kubernetes-list-type") {
        b"set" => ListKind::Set,
        b"map" => {
            let keys = match schema.get(b"x-kubernetes-list-map-keys") {
                Some(Value::List(keys)) => keys.into_vec(),
                _ => Vec::new(),
            };
            let name = |key: &Str| escaped(key).unwrap_or_else(|| key.to_string_lossy().into());
            ListKind::Map(
                keys.iter().filter_map(Value::as_str).map(|key| name(key).into()).collect(),
            )
        }
        _ => ListKind::Plain,
    }
}

fn object(
    members: &Map,
    schema: &Map,
    is_resource: bool,
    budget: &mut Budget,
    depth: usize,
) -> Val {
    let (properties, additional) = (map(schema, "properties"), map(schema, "additionalProperties"));
    let is_object = is_resource || properties.is_some();
    let (mut entries, mut hidden) = (BTreeMap::new(), BTreeMap::new());
    for (key, value) in members.entries() {
        let plain = || Key::Str(key.to_string_lossy().into());
        if is_object && value.is_nil() {
            hidden.insert(plain(), Val::Null);
            continue;
        }
        let below = properties.as_ref().and_then(|properties| properties.get(&key));
        let made = match (&*key, &value) {
            (b"apiVersion" | b"kind", Value::Str(text)) if is_resource => {
                Some(Val::str(text.to_string_lossy()))
            }
            (b"metadata", Value::Map(metadata)) if is_resource => Some(meta(metadata)),
            _ => match (below.as_ref().and_then(Value::as_map), &additional) {
                (Some(property), _) => {
                    let is_resource = is_true(&property, "x-kubernetes-embedded-resource");
                    Some(of(&value, &property, is_resource, budget, depth + 1))
                }
                (None, Some(additional)) if !is_object => {
                    let is_resource = is_true(additional, "x-kubernetes-embedded-resource");
                    Some(of(&value, additional, is_resource, budget, depth + 1))
                }
                _ => None,
            },
        };
        let name = if is_object { escaped(&key) } else { Some(key.to_string_lossy().into()) };
        match (made, name) {
            (Some(made), Some(name)) => drop(entries.insert(Key::Str(name.into()), made)),
            (Some(made), None) => drop(hidden.insert(plain(), made)),
            (None, _) => drop(hidden.insert(plain(), raw(&value))),
        }
    }
    Val::Map(Rc::new(Members { entries, hidden }))
}

/// Of an object's metadata rules see its name.
fn meta(metadata: &Map) -> Val {
    let (mut entries, mut hidden) = (BTreeMap::new(), BTreeMap::new());
    for (key, value) in metadata.entries() {
        let name = Key::Str(key.to_string_lossy().into());
        match (&*key, &value) {
            (b"name" | b"generateName", Value::Str(text)) => {
                entries.insert(name, Val::str(text.to_string_lossy()));
            }
            _ => drop(hidden.insert(name, raw(&value))),
        }
    }
    Val::Map(Rc::new(Members { entries, hidden }))
}

fn string(value: &str, format: &[u8]) -> Val {
    let made = match format {
        b"duration" => duration(value).map(Val::Duration),
        b"date" => instant("2006-01-02", value),
        b"date-time" => instant("2006-01-02T15:04:05Z07:00", &value.to_uppercase()),
        b"byte" => STANDARD.decode(value).ok().map(|bytes| Val::Bytes(bytes.into())),
        _ => Some(Val::str(value)),
    };
    let wrong = || {
        let format = String::from_utf8_lossy(format);
        fault(&format!("Invalid {format} formatted string {value}"))
    };
    made.unwrap_or_else(wrong)
}

fn instant(layout: &str, value: &str) -> Option<Val> {
    let made = parse(layout.as_bytes(), value.as_bytes(), &LocalZone::UTC).ok()?;
    let (_, offset, _) = made.zone_now();
    Some(Val::Timestamp {
        seconds: made.unix_seconds(),
        nanos: made.nanosecond(),
        offset: i32::try_from(offset).unwrap_or_default(),
    })
}

/// Reads a duration of Go, or numbers with units up to weeks.
fn duration(value: &str) -> Option<i64> {
    if let Ok(nanos) = parse_duration(value.as_bytes()) {
        return Some(nanos);
    }
    let parts = formats::duration_parts(value)?;
    parts.into_iter().try_fold(0, |sum: i64, (n, unit)| sum.checked_add(n.checked_mul(unit)?))
}

/// Returns the name that a field has in rules (`k8s.io/apiserver`, `pkg/cel`: `Escape`); nothing where it has none.
pub(in crate::validate) fn escaped(name: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(name).ok()?;
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if RESERVED.contains(&name) || matches!(name, "true" | "false" | "null") {
        return Some(format!("__{name}__"));
    }
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    name.chars().all(is_allowed).then(|| {
        name.replace("__", "__underscores__")
            .replace('.', "__dot__")
            .replace('-', "__dash__")
            .replace('/', "__slash__")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_fields_are_escaped() {
        let rows = [
            ("a", Some("a")),
            ("a-b.c/d", Some("a__dash__b__dot__c__slash__d")),
            ("a__b", Some("a__underscores__b")),
            ("namespace", Some("__namespace__")),
            ("$ref", None),
            ("1a", None),
            ("", None),
        ];
        for (name, wanted) in rows {
            assert_eq!(escaped(name.as_bytes()).as_deref(), wanted, "{name}");
        }
    }

    #[test]
    fn durations_have_units_up_to_weeks() {
        assert_eq!(duration("1h30m"), Some(5_400_000_000_000));
        assert_eq!(duration("2 days"), Some(172_800_000_000_000));
        assert_eq!(duration("1w"), Some(604_800_000_000_000));
        for odd in ["", "x", "1", "99999999999 weeks"] {
            assert_eq!(duration(odd), None, "{odd}");
        }
    }
}
