#![doc = include_str!("../README.md")]

mod compile;
mod error;
mod formats;
mod keywords;
mod loader;
mod pool;
mod validate;

pub use error::{CheckError, Error, SchemaError, Violation};
use gostd::json::tree as json;
use gostd::value::Map;
pub use loader::{LoadError, Loader, NoLoader};

/// Checks values against a schema that refers to nothing on the network; see [`validate_with`].
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
    validate_with(schema, values, &NoLoader)
}

/// Checks values against a schema. What its `$ref`s name by URLs that are no files' is asked of `loader`, once each.
///
/// ```
/// use gojsonschema::{LoadError, Loader};
/// use gostd::value::{Map, Value};
///
/// struct Ports;
/// impl Loader for Ports {
///     fn load(&self, url: &str) -> Result<Vec<u8>, LoadError> {
///         assert_eq!(url, "https://example.org/port.json");
///         Ok(br#"{"definitions": {"port": {"maximum": 65535}}}"#.to_vec())
///     }
/// }
///
/// let schema = r#"{"properties": {"port": {"$ref": "https://example.org/port.json#/definitions/port"}}}"#;
/// let values = Map::new();
/// values.insert("port", Value::int(70000));
/// let checked = gojsonschema::validate_with(schema.as_bytes(), &values, &Ports);
/// assert_eq!(
///     checked.unwrap_err().to_string(),
///     "- port: Must be less than or equal to 65535\n",
/// );
/// ```
///
/// # Errors
/// As [`validate`], and what the loader says.
pub fn validate_with(schema: &[u8], values: &Map, loader: &dyn Loader) -> Result<(), Error> {
    let (document, _) = json::decode(schema).map_err(SchemaError::Decode)?;
    let graph = compile::compile(&document, loader)?;
    let violations = validate::validate(&graph, values)?;
    if violations.is_empty() { Ok(()) } else { Err(Error::Violations(violations)) }
}

#[cfg(test)]
mod tests;
