//! Tells what go-yaml v3 reads where it has written a value, without writing it where that can be told.

use gostd::stack;
use gostd::value::{GENERAL_MAP, List, Map, Str, UintKind, Value};

use super::generic::Stream;
use super::pretty::marshal_pretty;
use super::resolve::{self, Scalar};
use super::typed::Typed;
use super::{USUAL, emit_number::go_float};

/// Returns what go-yaml v3's decoder reads from what its encoder writes of a value, with an indentation of 2: a
/// float without a fraction comes back as an `int`, and some texts of several lines do not come back at all.
///
/// # Errors
/// go-yaml's words, where it does not read what it has written; those of [`marshal_pretty`].
///
/// ```
/// use gostd::value::Value;
/// assert!(matches!(goyaml::read_back(&Value::Float(2.0)), Ok(Value::Int(_, 2))));
/// ```
pub fn read_back(value: &Value) -> Result<Value, String> {
    let mut size = 0;
    match convert(value, 0, &mut size) {
        Ok(converted) => Ok(converted.unwrap_or_else(|| value.clone())),
        Err(Unclear) => whole(value),
    }
}

/// Returns a value with the entries that keys `<<` name in their places, which go-yaml v3 makes of what it has written of
/// these keys.
///
/// # Errors
/// Those of [`read_back`], and where such a key names no map.
///
/// ```
/// let value = goyaml::unmarshal(br#"{"<<": {"a": 1}}"#).unwrap();
/// assert!(goyaml::has_merge_key(&value));
/// assert!(goyaml::read_merged(&value).unwrap().as_map().unwrap().get(b"a").is_some());
/// ```
pub fn read_merged(value: &Value) -> Result<Value, String> {
    if has_merge_key(value) { whole(value) } else { Ok(value.clone()) }
}

/// Tells whether a map in a value has the key `<<`.
pub fn has_merge_key(value: &Value) -> bool {
    has_merge_key_at(value, 0)
}

fn has_merge_key_at(value: &Value, depth: usize) -> bool {
    let below = |value: &Value| has_merge_key_at(value, depth + 1);
    match value {
        Value::List(list) => stack::at_depth(depth, || list.iter().any(below)),
        Value::Map(map) => stack::at_depth(depth, || {
            map.borrow().iter().any(|(key, value)| **key == *b"<<" || below(value))
        }),
        _ => false,
    }
}

/// How deep a value may nest that is surely read: go-yaml reads no deeper ones than 10,000.
const DEEPEST: usize = 9_990;

/// Only go-yaml can tell.
struct Unclear;

fn whole(value: &Value) -> Result<Value, String> {
    let text = marshal_pretty(value).map_err(|error| error.to_string())?;
    let stream = Stream::read(&text)?;
    let mut typed = Typed::default();
    let read = stream.roots().next().and_then(|root| typed.any(root));
    typed.finish()?;
    Ok(read.unwrap_or_default())
}

/// Returns the value where it comes back as another one.
fn convert(value: &Value, depth: usize, size: &mut usize) -> Result<Option<Value>, Unclear> {
    *size += 1;
    if depth > DEEPEST || *size > USUAL {
        return Err(Unclear);
    }
    match value {
        Value::Nil | Value::Bool(_) => Ok(None),
        Value::Int(gostd::value::IntKind::Int, _) => Ok(None),
        Value::Uint(UintKind::Uint64, n) if i64::try_from(*n).is_err() => Ok(None),
        Value::Float(n) => Ok(float(*n)),
        Value::Str(text) => {
            if is_clear(text) {
                Ok(None)
            } else {
                Err(Unclear)
            }
        }
        Value::List(list) => stack::at_depth(depth, || items(list, depth, size)),
        Value::Map(map) => stack::at_depth(depth, || entries(map, depth, size)),
        _ => Err(Unclear),
    }
}

fn float(n: f64) -> Option<Value> {
    let mut text = Vec::new();
    go_float(&mut text, n);
    match resolve::plain(&text) {
        Scalar::Int(n) => Some(Value::int(n)),
        Scalar::Uint(n) => Some(Value::Uint(UintKind::Uint64, n)),
        _ => None,
    }
}

/// Tells whether a text surely comes back as it is: it has one line, or lines that begin and end with letters.
fn is_clear(text: &[u8]) -> bool {
    let Some(first) = text.first() else { return true };
    if !text.contains(&b'\n') {
        return true;
    }
    !matches!(first, b' ' | b'\t' | b'\n' | b'\r') && std::str::from_utf8(text).is_ok()
}

fn items(list: &List, depth: usize, size: &mut usize) -> Result<Option<Value>, Unclear> {
    let mut changed: Option<Vec<Value>> = None;
    for (i, item) in list.iter().enumerate() {
        if let Some(new) = convert(item, depth + 1, size)? {
            changed.get_or_insert_with(|| list.to_vec())[i] = new;
        }
    }
    Ok(changed.map(Value::list))
}

fn entries(map: &Map, depth: usize, size: &mut usize) -> Result<Option<Value>, Unclear> {
    let ty = map.map_type().name;
    if ty == GENERAL_MAP.name {
        return Err(Unclear);
    }
    let mut changed: Vec<(Str, Value)> = Vec::new();
    for (key, value) in map.borrow().iter() {
        if !is_clear(key) {
            return Err(Unclear);
        }
        if let Some(new) = convert(value, depth + 1, size)? {
            changed.push((key.clone(), new));
        }
    }
    if changed.is_empty() {
        return Ok(None);
    }
    let copy = map.shallow_copy();
    for (key, value) in changed {
        copy.insert(key, value);
    }
    Ok(Some(Value::Map(copy)))
}
