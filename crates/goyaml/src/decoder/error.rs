//! Describes why a document does not fit a Go struct; the words are those of `sigs.k8s.io/yaml`.

use std::fmt;

use gostd::strconv::{format_float, quoted};
use gostd::time;

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq)]
pub enum DecodeError {
    /// A number that has no form in JSON.
    Number(f64),
    /// The document is not of the struct's kind.
    Document {
        /// What it is to JSON: `array`, `string` …
        found: &'static str,
        /// The Go type.
        wanted: Box<str>,
    },
    /// A field's value does not fit its type.
    Field {
        /// What it is to JSON.
        found: &'static str,
        /// The innermost struct.
        of: &'static str,
        /// The names of the fields that lead to it, joined by dots.
        path: Box<str>,
        /// The field's Go type.
        wanted: Box<str>,
    },
    /// The same in the words of Go 1.27.
    At {
        /// What it is to JSON.
        found: &'static str,
        /// The keys and indexes that lead to it, joined by dots.
        path: Box<str>,
        /// Its Go type.
        wanted: Box<str>,
    },
    /// A field that the struct does not have.
    UnknownField {
        /// Its name.
        name: Box<[u8]>,
    },
    /// A field that is no time.
    Time(time::ParseError),
    /// A field that is to be a time and is no text.
    TimeType,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let DecodeError::Number(number) = self {
            let number = format_float(*number, b'g', -1);
            return write!(f, "error converting YAML to JSON: json: unsupported value: {number}");
        }
        f.write_str("error unmarshaling JSON: while decoding JSON: ")?;
        match self {
            DecodeError::Number(_) => Ok(()),
            DecodeError::Document { found, wanted } => {
                write!(f, "json: cannot unmarshal {found} into Go value of type {wanted}")
            }
            DecodeError::Field { found, of, path, wanted } => write!(
                f,
                "json: cannot unmarshal {found} into Go struct field {of}.{path} of type {wanted}"
            ),
            DecodeError::At { found, path, wanted } => {
                let place = gostd::json::place(path);
                write!(f, "json: cannot unmarshal {found} into {place} of type {wanted}")
            }
            DecodeError::UnknownField { name } => {
                write!(f, "json: unknown field {}", quoted(name))
            }
            DecodeError::Time(error) => error.fmt(f),
            DecodeError::TimeType => f.write_str("Time.UnmarshalJSON: input is not a JSON string"),
        }
    }
}

impl std::error::Error for DecodeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            DecodeError::Time(error) => Some(error),
            _ => None,
        }
    }
}
