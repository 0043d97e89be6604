#![doc = include_str!("../README.md")]

mod address;
mod combine;
mod compile;
mod draft;
mod error;
mod formats;
mod keep;
mod keywords;
mod network;
mod node;
mod plain;
mod roots;
mod schema;
mod types;
mod unevaluated;
mod validate;
mod violation;
mod words;

pub use error::{CheckError, Error, SchemaError};
pub use keep::Keep;
pub use violation::{Violation, Violations};

use std::rc::Rc;

use compile::Compiler;
use gostd::value::{Map, Value};
use keep::Compiled;
use node::Node;

/// A release of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Release {
    /// Takes a number for equal to a text that has it, counts what follows a tuple from its end, and says of the names
    /// of members not where they are.
    V6_0_2,
    /// The one after it.
    V6_0_3,
}

/// Checks values against a schema.
///
/// `url` is where the schema stands, absolute: references are seen from there, and errors name it. `load`
/// fetches other documents by their URLs, of whatever scheme; the published metaschemas need no loader.
///
/// ```
/// use gostd::value::{Map, Value};
/// let values = Map::new();
/// values.insert("replicas", Value::str("two"));
/// let checked = gojsonschema6::validate(
///     "file:///values.schema.json",
///     br#"{"properties": {"replicas": {"type": "integer"}}, "required": ["image"]}"#,
///     &values,
///     gojsonschema6::Release::V6_0_3,
///     &|url| Err(format!("no URLLoader registered for {url:?}")),
/// );
/// assert_eq!(
///     checked.unwrap_err().to_string(),
///     "jsonschema validation failed with 'file:///values.schema.json#'\n\
///      - at '': missing property 'image'\n\
///      - at '/replicas': got string, want integer",
/// );
/// ```
///
/// # Errors
/// What the values break, or what is wrong with the schema itself.
pub fn validate(
    url: &str,
    schema: &[u8],
    values: &Map,
    release: Release,
    load: &dyn Fn(&str) -> Result<Vec<u8>, String>,
) -> Result<(), Error> {
    let compiled = match keep::find(url, schema, release) {
        Some(compiled) => compiled,
        None => {
            let document = roots::unmarshal(schema)?;
            let mut compiler = Compiler::new(load, false, release);
            compiler.graph.pointers.expect(schema.len());
            compiler.documents.insert(url.to_owned(), document);
            let root = compiler.compile(url)?;
            let compiled = Rc::new(Compiled { graph: compiler.graph, root });
            keep::add(url, schema, release, &compiled);
            compiled
        }
    };
    let Compiled { graph, root } = &*compiled;
    let values = Value::Map(values.clone());
    let none = Default::default();
    let found = validate::check(graph, *root, Node::Value(&values), &none, release)?;
    found.map_or(Ok(()), |violations| Err(Error::Violations(violations)))
}

#[cfg(test)]
mod tests;
