#![doc = include_str!("../README.md")]

mod error;
mod eval;
mod parse;

use gostd::value::Value;

pub use error::Error;
use parse::Node;

/// A parsed template.
///
/// ```
/// use gojsonpath::Template;
/// let template = Template::parse(b"{range .ports[*]}{.name}={.port};{end}").unwrap();
/// let data = goyaml::unmarshal(b"ports: [{name: a, port: 1}, {name: b, port: 2}]").unwrap();
/// assert_eq!(template.execute(&data), b"a=1;b=2;");
/// ```
#[derive(Debug)]
pub struct Template {
    nodes: Vec<Node>,
}

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    /// What client-go finds wrong.
    pub fn parse(text: &[u8]) -> Result<Template, Error> {
        Ok(Template { nodes: parse::parse(text, 0)? })
    }

    /// Returns the template's text for some data. Where a path leads nowhere the whole text is
    /// empty: so it is in Helm, which does not look at the error.
    pub fn execute(&self, data: &Value) -> Vec<u8> {
        eval::execute(&self.nodes, data)
    }
}
