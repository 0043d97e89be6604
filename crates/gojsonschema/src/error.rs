//! Describes why values do not pass a schema; the words are gojsonschema's, or those Helm puts around them.

use std::fmt;

use gostd::json::{DecodeError, EncodeError};
use gostd::url;

use super::loader::LoadError;

/// Why values do not pass, or could not be checked.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// The values are not what the schema asks for.
    Violations(Vec<Violation>),
    /// The schema is none.
    Schema(SchemaError),
    /// The values could not be held against the schema.
    Check(CheckError),
    /// The values hold a character that does not survive the way through YAML.
    ControlCharacter,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Violations(violations) => {
                violations.iter().try_for_each(|violation| writeln!(f, "- {violation}"))
            }
            Error::Schema(error) => error.fmt(f),
            Error::Check(error) => write!(f, "unable to validate schema: {error}"),
            Error::ControlCharacter => f.write_str("yaml: control characters are not allowed"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Check(error) => Some(error),
            _ => None,
        }
    }
}

impl From<SchemaError> for Error {
    fn from(error: SchemaError) -> Error {
        Error::Schema(error)
    }
}

impl From<CheckError> for Error {
    fn from(error: CheckError) -> Error {
        Error::Check(error)
    }
}

/// A value that is not what the schema asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    line: String,
    place: usize,
}

impl Violation {
    pub(super) fn new(place: impl fmt::Display, text: impl fmt::Display) -> Violation {
        let mut line = place.to_string();
        let place = line.len();
        // Writing to a string does not fail.
        let _ = fmt::Write::write_fmt(&mut line, format_args!(": {text}"));
        Violation { line, place }
    }

    /// Returns where the value stands: names and indexes joined by dots, or `(root)`.
    pub fn place(&self) -> &str {
        &self.line[..self.place]
    }

    /// Returns what is wrong with it: `Invalid type. Expected: integer, given: string`.
    pub fn text(&self) -> &str {
        &self.line[self.place + 2..]
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

/// What is wrong with a schema.
#[derive(Clone, Debug, PartialEq)]
pub enum SchemaError {
    /// The document, or one that it refers to, is no JSON.
    Decode(DecodeError),
    /// A literal value has no form in JSON.
    Encode(EncodeError),
    /// `$id`, `$ref` or `$schema` is no URL.
    Url(url::ParseError),
    /// A file's URL has an escape that is none.
    FileUrl(url::Reason),
    /// The document is neither an object nor a boolean.
    Document,
    /// A schema within the document is neither an object nor a boolean that its draft allows.
    NoSchema,
    /// What a `$ref` leads to is no schema.
    Target,
    /// A keyword's value is of another type than the keyword has.
    Value {
        /// The type that was expected.
        expected: &'static str,
        /// The keyword.
        given: &'static str,
    },
    /// As [`SchemaError::Value`], of the keywords of which gojsonschema says it so.
    Keyword {
        /// The keyword.
        key: &'static str,
        /// What it must be: `an array`, `type object` …
        kind: &'static str,
    },
    /// A Go panic: a type assertion fails.
    Conversion {
        /// The value's Go type.
        given: &'static str,
        /// The type that Go asserts.
        wanted: &'static str,
    },
    /// A name of `type` that is no type.
    UnknownType {
        /// The name.
        name: Box<str>,
    },
    /// A type that `type` names twice.
    DuplicateType {
        /// The type.
        name: &'static str,
    },
    /// `pattern` is no regular expression.
    Pattern,
    /// A name in `patternProperties` is no regular expression.
    PropertyPattern {
        /// The name.
        pattern: Box<str>,
    },
    /// A count below 0.
    Negative {
        /// The keyword.
        key: &'static str,
    },
    /// A lower bound above the upper one.
    Bounds {
        /// The keyword of the lower bound.
        min: &'static str,
        /// The keyword of the upper bound.
        max: &'static str,
    },
    /// `exclusiveMinimum` or `exclusiveMaximum` as a flag without the bound it is about.
    Exclusive {
        /// The flag.
        key: &'static str,
        /// The bound.
        bound: &'static str,
    },
    /// `multipleOf` is not above 0.
    MultipleOf,
    /// An item of `required` is no text.
    RequiredItem,
    /// An item of `required` or `enum` stands there twice.
    DuplicateItem {
        /// The keyword.
        key: &'static str,
    },
    /// Two parts of the documents have the same URL.
    ReferenceTaken {
        /// The URL.
        url: Box<str>,
    },
    /// A `$ref` without a scheme and a host that is not within the document.
    NotCanonical {
        /// The URL.
        url: Box<str>,
    },
    /// A document of a `$ref` was not loaded.
    Load(LoadError),
    /// A document's file cannot be read.
    File {
        /// What Go says of it.
        reason: Box<str>,
    },
    /// A JSON pointer names a member that an object does not have.
    NoMember {
        /// The member's name.
        name: Box<str>,
    },
    /// A JSON pointer names a member of an array.
    ArrayIndex {
        /// The name.
        token: Box<str>,
    },
    /// A JSON pointer's index is beyond an array.
    OutOfBounds {
        /// How many items the array has.
        length: usize,
        /// The index.
        index: i64,
    },
    /// A JSON pointer goes on where there is neither an object nor an array.
    Token {
        /// Its next part.
        token: Box<str>,
    },
    /// The schemas are nested too deep.
    TooDeep,
    /// There are too many schemas.
    TooMany,
}

/// The names of types, in gojsonschema's order.
pub(super) const TYPES: [&str; 7] =
    ["array", "boolean", "integer", "number", "null", "object", "string"];

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SchemaError::Decode(error) => error.fmt(f),
            SchemaError::Encode(error) => error.fmt(f),
            SchemaError::Url(error) => error.fmt(f),
            SchemaError::FileUrl(error) => error.fmt(f),
            SchemaError::Document => f.write_str("schema is invalid"),
            SchemaError::NoSchema => f.write_str("Expected: valid schema, given: Invalid JSON"),
            SchemaError::Target => f.write_str("valid schema must be of type object"),
            SchemaError::Value { expected, given } => {
                write!(f, "Invalid type. Expected: {expected}, given: {given}")
            }
            SchemaError::Keyword { key, kind } => write!(f, "{key} must be of {kind}"),
            SchemaError::Conversion { given, wanted } => write!(
                f,
                "unable to validate schema: interface conversion: interface {{}} is {given}, not {wanted}"
            ),
            SchemaError::UnknownType { name } => write!(
                f,
                "has a primitive type that is NOT VALID -- given: /{name}/ Expected valid values are:[{}]",
                TYPES.join(" ")
            ),
            SchemaError::DuplicateType { name } => write!(f, "{name} type is duplicated"),
            SchemaError::Pattern => f.write_str("pattern must be a valid regex"),
            SchemaError::PropertyPattern { pattern } => {
                write!(f, "Invalid regex pattern '{pattern}'")
            }
            SchemaError::Negative { key } => {
                write!(f, "{key} must be greater than or equal to 0")
            }
            SchemaError::Bounds { min, max } => write!(f, "{min} cannot be greater than {max}"),
            SchemaError::Exclusive { key, bound } => {
                write!(f, "{key} cannot be used without {bound}")
            }
            SchemaError::MultipleOf => f.write_str("multipleOf must be strictly greater than 0"),
            SchemaError::RequiredItem => f.write_str("required items must be string"),
            SchemaError::DuplicateItem { key } => write!(f, "{key} items must be unique"),
            SchemaError::ReferenceTaken { url } => {
                write!(f, "Reference already exists: \"{url}\"")
            }
            SchemaError::NotCanonical { url } => write!(f, "Reference {url} must be canonical"),
            SchemaError::Load(error) => error.fmt(f),
            SchemaError::File { reason } => f.write_str(reason),
            SchemaError::NoMember { name } => write!(f, "Object has no key '{name}'"),
            SchemaError::ArrayIndex { token } => write!(f, "Invalid array index '{token}'"),
            SchemaError::OutOfBounds { length, index } => {
                write!(f, "Out of bound array[0,{length}] index '{index}'")
            }
            SchemaError::Token { token } => write!(f, "Invalid token reference '{token}'"),
            SchemaError::TooDeep => {
                f.write_str("unable to validate schema: schemas are nested too deep")
            }
            SchemaError::TooMany => f.write_str("unable to validate schema: too many schemas"),
        }
    }
}

impl std::error::Error for SchemaError {}

impl From<DecodeError> for SchemaError {
    fn from(error: DecodeError) -> SchemaError {
        SchemaError::Decode(error)
    }
}

impl From<EncodeError> for SchemaError {
    fn from(error: EncodeError) -> SchemaError {
        SchemaError::Encode(error)
    }
}

impl From<url::ParseError> for SchemaError {
    fn from(error: url::ParseError) -> SchemaError {
        SchemaError::Url(error)
    }
}

/// Why values could not be held against a schema.
#[derive(Clone, Debug, PartialEq)]
pub enum CheckError {
    /// The schemas ask for too many comparisons.
    TooManySteps,
    /// Schemas and values are nested too deep.
    TooDeep,
    /// A `$ref` leads back to itself.
    Endless,
    /// A value has no form in JSON.
    Encode(EncodeError),
    /// A pattern that Go would run and the engine here does not.
    PatternTooLarge {
        /// The pattern.
        pattern: Box<str>,
    },
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CheckError::TooManySteps => f.write_str("it takes too many steps"),
            CheckError::TooDeep => f.write_str("schemas and values are nested too deep"),
            CheckError::Endless => f.write_str("a $ref leads back to itself"),
            CheckError::Encode(error) => error.fmt(f),
            CheckError::PatternTooLarge { pattern } => {
                write!(f, "pattern {pattern:?} is too large")
            }
        }
    }
}

impl std::error::Error for CheckError {}
