//! What values of custom resources are to the server's validators: their types, how they are shown, whether they are the
//! same.

use std::collections::HashSet;

use bstr::ByteSlice;
use gostd::value::Value;

/// Returns JSON's name of a value's type, and the format of numbers.
pub(super) fn type_of(value: &Value) -> (&'static str, &'static str) {
    match value {
        Value::Bool(_) => ("boolean", ""),
        Value::Str(_) => ("string", ""),
        Value::Int(..) => ("integer", "int64"),
        Value::Float(_) => ("number", "float64"),
        Value::List(_) => ("array", ""),
        Value::Map(_) => ("object", ""),
        _ => ("null", ""),
    }
}

/// Go's `%v` of a number, `%q` of a text, JSON of anything else.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Int(..) | Value::Float(_) | Value::Bool(_) => plain(value),
        Value::Str(text) => gostd::strconv::quoted(text),
        other => json(other).to_str_lossy().into_owned(),
    }
}

/// How many characters are shown of a rule or a pattern that takes too many steps.
const MOST_SHOWN: usize = 200;

/// Returns how a text begins that may be long.
pub(super) fn begun(text: &str) -> String {
    let mut shown: String = text.chars().take(MOST_SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// Go's `%v`.
pub(super) fn plain(value: &Value) -> String {
    gostd::fmt::sprint(std::slice::from_ref(value)).unwrap_or_default().to_str_lossy().into_owned()
}

/// Returns a value in JSON.
pub(super) fn json(value: &Value) -> Vec<u8> {
    gostd::json::marshal(value, true).unwrap_or_default()
}

/// `swag.IsFloat64AJSONInteger`.
pub(super) fn is_whole(f: f64) -> bool {
    const MOST: f64 = ((1_u64 << 53) - 1) as f64;
    if !f.is_finite() || !(-MOST..=MOST).contains(&f) {
        return false;
    }
    let g = f.trunc();
    let difference = (f - g).abs();
    if f == g {
        return true;
    }
    if f == 0.0 || g == 0.0 || difference < f64::MIN_POSITIVE {
        return difference < 1e-9 * f64::MIN_POSITIVE;
    }
    difference / (f.abs() + g.abs()) < 1e-9
}

/// Returns the places of a list at which something stands for the second time, as `x-kubernetes-list-type: set` asks.
pub(super) fn repeated(items: &[Value]) -> Vec<usize> {
    let (mut seen, mut told) = (HashSet::new(), HashSet::new());
    let mut places = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let key = json(item);
        if !seen.insert(key.clone()) && told.insert(key) {
            places.push(index);
        }
    }
    places
}
