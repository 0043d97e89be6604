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

/// How schemas are read.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The release of the library.
    pub release: Release,
    /// Whether a schema that names no draft is one of draft 4; otherwise of 2020-12.
    pub is_draft4: bool,
    /// Whether the format `duration` also takes Go's durations, like `1h30m`.
    pub has_go_durations: bool,
}

impl Settings {
    /// Returns those that the library has by itself.
    pub fn of(release: Release) -> Settings {
        Settings { release, is_draft4: false, has_go_durations: false }
    }
}

/// A schema that is ready to check values, as many as there are.
#[derive(Debug)]
pub struct Schema {
    graph: schema::Graph,
    root: schema::Id,
    release: Release,
}

impl Schema {
    /// Reads a schema, and those that it refers to; the arguments are those of [`validate`].
    ///
    /// # Errors
    /// What is wrong with the schema.
    pub fn compile(
        url: &str,
        schema: &[u8],
        settings: Settings,
        load: &dyn Fn(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Schema, SchemaError> {
        let document = roots::unmarshal(schema)?;
        let mut compiler = Compiler::new(load, false, settings);
        compiler.graph.pointers.expect(schema.len());
        compiler.documents.insert(url.to_owned(), document);
        let root = compiler.compile(url)?;
        Ok(Schema { graph: compiler.graph, root, release: settings.release })
    }

    /// Checks values.
    ///
    /// # Errors
    /// What they break.
    pub fn check(&self, values: &Map) -> Result<(), Error> {
        let values = Value::Map(values.clone());
        let (none, node) = (Default::default(), Node::Value(&values));
        let found = validate::check(&self.graph, self.root, node, &none, self.release)?;
        found.map_or(Ok(()), |violations| Err(Error::Violations(violations)))
    }
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
            let compiled = Rc::new(Schema::compile(url, schema, Settings::of(release), load)?);
            keep::add(url, schema, release, &compiled);
            compiled
        }
    };
    compiled.check(values)
}

#[cfg(test)]
mod tests;
