#![doc = include_str!("../README.md")]

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

/// Checks values against a schema.
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
