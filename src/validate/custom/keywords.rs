//! Reads the keywords of a schema.

use gostd::value::{List, Map, Str, Value};

/// Returns a schema, or what else is a map, within a schema.
pub(super) fn map(schema: &Map, keyword: &str) -> Option<Map> {
    schema.get(keyword.as_bytes()).as_ref().and_then(Value::as_map)
}

pub(super) fn list(schema: &Map, keyword: &str) -> Option<List> {
    match schema.get(keyword.as_bytes()) {
        Some(Value::List(items)) => Some(items),
        _ => None,
    }
}

/// Returns a text; an empty one of what is none.
pub(super) fn text(schema: &Map, keyword: &str) -> Str {
    schema.get(keyword.as_bytes()).as_ref().and_then(Value::as_str).cloned().unwrap_or_default()
}

pub(super) fn is_true(schema: &Map, keyword: &str) -> bool {
    matches!(schema.get(keyword.as_bytes()), Some(Value::Bool(true)))
}

pub(super) fn number(schema: &Map, keyword: &str) -> Option<f64> {
    match schema.get(keyword.as_bytes())? {
        Value::Int(_, n) => Some(n as f64),
        Value::Uint(_, n) => Some(n as f64),
        Value::Float(n) => Some(n),
        _ => None,
    }
}

/// Returns a number without its fraction.
pub(super) fn whole(schema: &Map, keyword: &str) -> Option<i64> {
    number(schema, keyword).map(|n| n as i64)
}
