//! Offers what `sigs.k8s.io/yaml` does for reading.

use super::compose::{self, unsupported_number};
use super::compose_fast::Field;
use super::error::{Problem, YamlError};
use super::scan_input::{Input, simple_text};
use super::{compose_fast, parse};
use gostd::value::{Map, Str, Value};

/// Reads the first document of a YAML stream, as `sigs.k8s.io/yaml.Unmarshal` does into an empty
/// `interface{}`: by way of JSON, so that every number is a [`Value::Float`].
///
/// Maps are `map[string]interface {}`, lists `[]interface {}`, null is [`Value::Nil`]. Of equal keys
/// the last one wins.
///
/// ```
/// let value = goyaml::unmarshal(b"replicas: 2").unwrap();
/// assert!(matches!(value.as_map().unwrap().get(b"replicas"), Some(v) if v.truth()));
/// let error = goyaml::unmarshal(b"a: 1\nb: c: 2").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "error converting YAML to JSON: yaml: line 2: mapping values are not allowed in this context",
/// );
/// ```
///
/// # Errors
///
/// What go-yaml refuses, and what JSON cannot hold: null keys, infinities.
pub fn unmarshal(data: &[u8]) -> Result<Value, YamlError> {
    read(data, true)
}

/// Reads the first document as `sigs.k8s.io/yaml.Unmarshal` does into a `map[string]interface{}`:
/// without a document, or from null, an empty map.
///
/// # Errors
///
/// Those of [`unmarshal`], and documents that are no map.
pub fn unmarshal_map(data: &[u8]) -> Result<Map, YamlError> {
    into_map(unmarshal(data)?)
}

/// From which length on a document, and a mapping in it, is worth a second look, in bytes.
const LARGE_DOCUMENT: usize = 32 << 10;
const LARGE_MAPPING: usize = 4 << 10;

/// Reads as [`unmarshal_map`] does; large parts of a large text are checked now and made when they are
/// looked at: templates read megabytes of definitions for their names.
///
/// # Errors
///
/// Those of [`unmarshal_map`].
pub fn unmarshal_map_later(text: &Str) -> Result<Map, YamlError> {
    let large = text.len() >= LARGE_DOCUMENT;
    match large.then(|| compose_fast::document_later(text, LARGE_MAPPING)).flatten() {
        Some(value) => into_map(value),
        None => unmarshal_map(text),
    }
}

fn into_map(value: Value) -> Result<Map, YamlError> {
    let found = match value {
        Value::Map(map) => return Ok(map),
        Value::Nil => return Ok(Map::new()),
        Value::Bool(_) => "bool",
        Value::Float(_) => "number",
        Value::List(_) => "array",
        _ => "string",
    };
    Err(Problem::Type { found, wanted: "map[string]interface {}" }.into())
}

/// Reads as [`unmarshal`] does, but a key that is set twice is an error, as with
/// `sigs.k8s.io/yaml.UnmarshalStrict`.
///
/// # Errors
///
/// Those of [`unmarshal`], and `yaml: unmarshal errors:` with a line for each key that is set again.
pub fn unmarshal_strict(data: &[u8]) -> Result<Value, YamlError> {
    read_slowly(data, true, true)
}

/// Reads the first document without the way through JSON: integers are `int64` or `uint64`. Types
/// with named fields are filled from this, see [`super::scalar_to_string`].
///
/// # Errors
///
/// Those of [`unmarshal`].
pub fn decode(data: &[u8]) -> Result<Value, YamlError> {
    read(data, false)
}

/// Reads only the named fields of the first document, and reads them as [`decode`] does. `None` means
/// that [`decode`] has to be asked: the document is no block mapping, is written in an uncommon way,
/// has a mistake, or holds a number that JSON cannot hold.
///
/// ```
/// use goyaml::Field;
/// const KIND: &[Field] = &[Field { name: b"kind", inner: &[] }];
/// let value = goyaml::decode_fields(b"kind: Pod\nspec: {a: 1}", KIND).unwrap();
/// assert_eq!(value.as_map().unwrap().len(), 1);
/// assert!(goyaml::decode_fields(b"kind: Pod\nspec: {a: 1", KIND).is_none());
/// ```
pub fn decode_fields(data: &[u8], wanted: &[Field]) -> Option<Value> {
    compose_fast::fields(simple_text(data)?, wanted)
}

/// A document that [`decode_noting`] has read.
#[derive(Clone, Debug)]
pub struct Noted {
    /// What [`decode`] returns.
    pub value: Value,
    /// Whether a key stands in a mapping twice; nothing where this has to be found out in another way: the document is
    /// written in an uncommon way.
    pub repeats: Option<bool>,
}

/// Reads as [`decode`] does, and notes whether a key stands in a mapping twice. Texts under the key `cut` may be cut to how
/// they begin: definitions of custom resources consist of descriptions, of which nothing but their type matters to those
/// who check them. Nothing is cut where it is empty.
///
/// ```
/// let repeats = |text: &[u8]| goyaml::decode_noting(text, b"").unwrap().repeats;
/// assert_eq!(repeats(b"a: 1\nb: {c: 1, c: 2}"), Some(true));
/// assert_eq!(repeats(b"a: 1\nb: {a: 1, c: 2}"), Some(false));
/// assert_eq!(repeats(b"a: &x {b: 1}\nc: *x"), None);
/// ```
///
/// # Errors
///
/// Those of [`decode`].
pub fn decode_noting(data: &[u8], cut: &'static [u8]) -> Result<Noted, YamlError> {
    match simple_text(data).and_then(|text| compose_fast::document(text, false, cut)) {
        Some((value, repeats)) => Ok(Noted { value, repeats: Some(repeats) }),
        None => Ok(Noted { value: read_slowly(data, false, false)?, repeats: None }),
    }
}

/// Reads as [`decode`] does, but a key that is set twice is an error; see [`unmarshal_strict`].
///
/// # Errors
///
/// Those of [`unmarshal_strict`].
pub fn decode_strict(data: &[u8]) -> Result<Value, YamlError> {
    read_slowly(data, false, true)
}

/// Checks that a value of [`decode`] could pass through JSON.
///
/// # Errors
///
/// `json: unsupported value: +Inf`, and likewise for `-Inf` and `NaN`.
pub fn json_can_hold(value: &Value) -> Result<(), YamlError> {
    unsupported_number(value).map_or(Ok(()), Err)
}

fn read(data: &[u8], json: bool) -> Result<Value, YamlError> {
    let read = simple_text(data).and_then(|text| compose_fast::document(text, json, b""));
    if let Some((value, _)) = read {
        return Ok(value);
    }
    read_slowly(data, json, false)
}

/// Reads by way of tokens and nodes, which takes everything and knows what is wrong.
pub(super) fn read_slowly(data: &[u8], json: bool, strict: bool) -> Result<Value, YamlError> {
    let input = Input::new(data);
    let tree = {
        let document = parse::first_document(&input)?;
        compose::decode(&document, strict)?
    };
    let value = compose::into_value(tree, json)?;
    match unsupported_number(&value) {
        Some(error) if json => Err(error),
        _ => Ok(value),
    }
}
