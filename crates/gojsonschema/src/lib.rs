//! JSON Schema validation of values, as Helm does it through gojsonschema 1.2.0.
//!
//! Drafts 4, 6 and 7, told apart by `$schema`; without it all their keywords count. The texts, their
//! order and which violations of `anyOf` and `oneOf` are shown are gojsonschema's. Where that walks
//! a Go map, whose order is random, names are taken in byte order. Nothing is fetched from the
//! network.

mod compile;
mod error;
mod formats;
mod keywords;
mod mail;
mod number;
mod pattern;
mod pool;
mod validate;

pub use error::{CheckError, Error, SchemaError, Violation};
use gostd::json::tree as json;
use gostd::value::Map;

/// Checks one chart's values against its schema.
///
/// ```
/// use gostd::value::{Map, Value};
/// let values = Map::new();
/// values.insert("replicas", Value::str("two"));
/// let checked = gojsonschema::validate(
///     br#"{"properties": {"replicas": {"type": "integer"}}, "required": ["image"]}"#,
///     &values,
/// );
/// assert_eq!(
///     checked.unwrap_err().to_string(),
///     "- (root): image is required\n- replicas: Invalid type. Expected: integer, given: string\n",
/// );
/// ```
///
/// # Errors
/// Whose text is Helm's: one `- place: violation` line a violation, or, without a line's end, what is
/// wrong with the schema itself.
pub fn validate(schema: &[u8], values: &Map) -> Result<(), Error> {
    let (document, _) = json::decode(schema).map_err(SchemaError::Decode)?;
    let graph = compile::compile(&document)?;
    let violations = validate::validate(&graph, values)?;
    if violations.is_empty() { Ok(()) } else { Err(Error::Violations(violations)) }
}

#[cfg(test)]
mod tests;
