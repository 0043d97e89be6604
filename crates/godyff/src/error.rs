//! Describes why inputs cannot be compared, or a report cannot be written.

use std::fmt;

use gostd::regexp::SyntaxError;
use goyaml::{Problem, YamlError};

/// Why inputs cannot be compared, or a report cannot be written.
#[derive(Debug)]
pub enum Error {
    /// An input is no YAML.
    Yaml(YamlError),
    /// An input that begins as JSON is none.
    Json(String),
    /// The inputs hold different numbers of documents, which have no names.
    DifferentNumbers,
    /// A scalar that is tagged as a boolean is none.
    NotBool(String),
    /// An item has not the field by which its list is matched.
    Unnamed(String),
    /// A path that says nothing, or leads nowhere.
    Path(Box<str>),
    /// A new root was asked for where there are several documents, or none.
    Root {
        /// How many there are.
        documents: usize,
    },
    /// A binary that is not Base 64: the place of the first byte that is wrong.
    Base64(usize),
    /// A key that is a collection, in a list whose items are compared whole.
    Key,
    /// A regular expression that Go refuses.
    Expression(SyntaxError),
    /// The documents nest deeper than is followed, perhaps without end.
    TooDeep,
    /// Aliases multiply the documents beyond what is compared or written.
    TooLarge,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Yaml(error) => match error.problem() {
                Problem::Syntax(e) => write!(f, "yaml: {e}"),
                Problem::UnknownAnchor { name } => {
                    write!(f, "yaml: unknown anchor '{name}' referenced")
                }
                _ => error.fmt(f),
            },
            Error::Json(words) => f.write_str(words),
            Error::DifferentNumbers => f.write_str(
                "comparing YAMLs with a different number of documents is currently not supported",
            ),
            Error::NotBool(text) => write!(f, "not a valid boolean value: '{text}'"),
            Error::Unnamed(field) => {
                write!(f, "failed to identify name: no key {field:?} found in map")
            }
            Error::Path(path) => write!(f, "there is nothing at {path}"),
            Error::Root { documents } => {
                write!(f, "the root can be changed in one document only, not in {documents}")
            }
            Error::Base64(at) => write!(f, "illegal base64 data at input byte {at}"),
            Error::Key => f.write_str("a key is a collection"),
            Error::Expression(error) => error.fmt(f),
            Error::TooDeep => f.write_str("the documents nest too deep"),
            Error::TooLarge => f.write_str("aliases make the documents too large"),
        }
    }
}

impl std::error::Error for Error {}

impl From<YamlError> for Error {
    fn from(error: YamlError) -> Error {
        Error::Yaml(error)
    }
}
