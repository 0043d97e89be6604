//! Reproduces Go's `encoding/json`: what it writes for a value, and what it reads into `interface {}`.

mod decode;
mod encode;
mod error;
mod scan;
#[cfg(test)]
mod tests;
pub mod tree;

use crate::Go;
use crate::stack;
use crate::value::{Elem, List, Map, Value};

pub use encode::{
    USUAL, append_string, go_float, marshal, marshal_indent, marshal_indent_within, marshal_to,
    marshal_within,
};
pub use error::{DecodeError, EncodeError, Found, NumberRange, Wanted};

/// Decodes a JSON text into what `json.Unmarshal` puts into an `interface {}`: every number a
/// `float64`, of equal keys the last one.
///
/// # Errors
///
/// Whatever Go finds wrong, e.g. `invalid character 'x' looking for beginning of value`.
///
/// ```
/// use gostd::json::unmarshal;
/// assert_eq!(unmarshal(b"[1,").unwrap_err().to_string(), "unexpected end of JSON input");
/// ```
pub fn unmarshal(data: &[u8]) -> Result<Value, DecodeError> {
    unmarshal_as(data, Go::default())
}

/// Decodes as [`unmarshal`], with the words and the numbers of a release of Go.
///
/// # Errors
///
/// As [`unmarshal`].
pub fn unmarshal_as(data: &[u8], go: Go) -> Result<Value, DecodeError> {
    let (value, fault) = decode::decode(data, go)?;
    match fault {
        Some(error) => Err(error),
        None => Ok(value),
    }
}

/// Returns a value as `json.Unmarshal` would have it in an `interface {}`: its whole numbers as `float64`.
///
/// ```
/// use gostd::{json, value::Value};
/// let list = Value::list(vec![Value::int(7), Value::from("a")]);
/// assert!(matches!(&json::with_floats(&list), Value::List(l) if matches!(l[0], Value::Float(7.0))));
/// ```
pub fn with_floats(value: &Value) -> Value {
    floats(value, 0)
}

fn floats(value: &Value, depth: usize) -> Value {
    let below = |v: &Value| floats(v, depth + 1);
    match value {
        Value::Int(_, n) => Value::Float(*n as f64),
        Value::Uint(_, n) => Value::Float(*n as f64),
        Value::List(l) => stack::at_depth(depth, || Value::list(l.iter().map(below).collect())),
        Value::Map(m) => stack::at_depth(depth, || {
            let entries = m.entries().into_iter().map(|(k, v)| (k, below(&v)));
            Value::Map(Map::from_entries(m.map_type(), entries))
        }),
        other => other.clone(),
    }
}

/// Decodes a JSON text into an empty `map[string]interface {}`, as `fromJson` does.
///
/// Beside an error comes what Go had decoded by then: nothing after a syntax error, all but the
/// offending numbers when some were out of range. `null` gives a nil map.
pub fn unmarshal_map(data: &[u8], go: Go) -> (Map, Option<DecodeError>) {
    match decode::decode(data, go) {
        Ok((Value::Map(m), fault)) => (m, fault),
        Ok((Value::Nil, None)) => (Map::nil(&crate::value::ANY_MAP), None),
        Ok((other, _)) => (Map::new(), Some(mismatch(&other, Wanted::Map))),
        Err(error) => (Map::new(), Some(error)),
    }
}

/// Decodes a JSON text into an empty `[]interface {}`, as `fromJsonArray` does; see
/// [`unmarshal_map`] for what comes beside an error.
pub fn unmarshal_list(data: &[u8], go: Go) -> (List, Option<DecodeError>) {
    let empty = || List::new(Elem::Any, Vec::new());
    match decode::decode(data, go) {
        Ok((Value::List(l), fault)) => (l, fault),
        Ok((Value::Nil, None)) => (List::nil(Elem::Any), None),
        Ok((other, _)) => (empty(), Some(mismatch(&other, Wanted::List))),
        Err(error) => (empty(), Some(error)),
    }
}

/// Returns keys and indexes as Go 1.27 makes a path of a JSON pointer: dots between them.
pub fn dotted(keys: &[impl AsRef<[u8]>]) -> String {
    let escaped = |key: &[u8]| String::from_utf8_lossy(key).replace('~', "~0").replace('/', "~1");
    let parts: Vec<String> = keys.iter().map(|key| escaped(key.as_ref())).collect();
    parts.join(".").replace('/', ".")
}

/// Returns what Go 1.27 says of the place of a value, by its [`dotted`] path.
pub fn place(path: &str) -> String {
    let last = path.rsplit('.').next().unwrap_or_default();
    let is_index = !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit());
    match path {
        "" => "Go value".to_owned(),
        _ if is_index => format!(".{path}"),
        _ => format!("Go struct field .{path}"),
    }
}

/// JSON values one after another, as a `json.Decoder` reads them.
pub struct Stream<'a>(scan::Scanner<'a>);

/// Why a [`Stream`] has no next value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamError {
    /// A syntax error.
    Syntax {
        /// How many bytes Go had read by then.
        offset: usize,
        /// Go's error.
        error: DecodeError,
    },
    /// The text ends within a value: Go's `unexpected EOF`.
    UnexpectedEnd,
}

impl<'a> Stream<'a> {
    /// Makes a stream over a text.
    pub fn new(data: &'a [u8]) -> Stream<'a> {
        Stream(scan::Scanner::new(data, Go::default()))
    }

    /// Returns how many bytes the values so far took, white space before them included.
    pub fn offset(&self) -> usize {
        self.0.position()
    }
}

impl Iterator for Stream<'_> {
    type Item = Result<Value, StreamError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.peek()?;
        Some(match decode::value(&mut self.0) {
            Ok((value, _)) => Ok(value),
            Err(_) if self.0.at_end() => Err(StreamError::UnexpectedEnd),
            Err(error) => Err(StreamError::Syntax { offset: self.0.position() + 1, error }),
        })
    }
}

/// Returns what `encoding/json` calls a value in `json: cannot unmarshal WORD into Go value of type
/// …`.
pub fn type_word(v: &Value) -> &'static str {
    match v {
        Value::Invalid | Value::Nil => "null",
        Value::Bool(_) => "bool",
        Value::Int(..) | Value::Uint(..) | Value::Float(_) => "number",
        Value::Str(_) | Value::Bytes(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) | Value::Object(_) => "object",
    }
}

/// Makes `json: cannot unmarshal array into Go value of type …`
fn mismatch(v: &Value, wanted: Wanted) -> DecodeError {
    // An out-of-range number at the top level decodes to nil.
    DecodeError::Type { found: if v.is_nil() { "number" } else { type_word(v) }, wanted }
}
