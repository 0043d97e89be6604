//! Describes why a value cannot be written as YAML; the words are those of the Go libraries.

use std::fmt;

/// What is wrong with a value.
///
/// ```
/// use goyaml::EmitError;
/// let error = goyaml::marshal(&gostd::value::Value::from("a\u{7f}")).unwrap_err();
/// assert_eq!(error, EmitError::ControlCharacter);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum EmitError {
    /// An infinite number, or none.
    NotFinite(f64),
    /// JSON has no form for the type.
    JsonType {
        /// The Go type.
        type_name: Box<str>,
    },
    /// go-yaml v3 has no form for the type.
    Type {
        /// The Go type.
        type_name: Box<str>,
    },
    /// A character that JSON leaves as it is and go-yaml does not read.
    ControlCharacter,
    /// A key of more than about a thousand characters, or of more than one line, which go-yaml does
    /// not read back from JSON.
    Key,
    /// A line within a string that go-yaml takes for the start or the end of a document.
    DocumentIndicator,
    /// The value is nested too deep.
    TooDeep {
        /// How deep it may be.
        limit: usize,
    },
    /// The value contains itself.
    Cycle {
        /// The Go type by which it does.
        type_name: Box<str>,
    },
    /// The value is nested deeper than Go 1.27 writes JSON.
    JsonDepth,
    /// The text would be too long. Go would end for want of memory.
    TooLong,
}

impl fmt::Display for EmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EmitError::NotFinite(number) => {
                let name = gostd::strconv::format_float(*number, b'g', -1);
                write!(f, "error marshaling into JSON: json: unsupported value: {name}")
            }
            EmitError::JsonType { type_name } => {
                write!(f, "error marshaling into JSON: json: unsupported type: {type_name}")
            }
            EmitError::JsonDepth => f.write_str("error marshaling into JSON: exceeded max depth"),
            EmitError::Type { type_name } => write!(f, "cannot marshal type: {type_name}"),
            EmitError::ControlCharacter => {
                f.write_str("error converting YAML: yaml: control characters are not allowed")
            }
            EmitError::Key => {
                f.write_str("error converting YAML: yaml: did not find expected ',' or '}'")
            }
            EmitError::DocumentIndicator => {
                f.write_str("error converting YAML: yaml: found unexpected document indicator")
            }
            EmitError::TooLong => f.write_str("yaml: the text is too long"),
            EmitError::TooDeep { limit } => write!(f, "yaml: exceeded max depth of {limit}"),
            EmitError::Cycle { type_name } => {
                f.write_str("error marshaling into JSON: json: unsupported value: ")?;
                write!(f, "encountered a cycle via {type_name}")
            }
        }
    }
}

impl std::error::Error for EmitError {}
