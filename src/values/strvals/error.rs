//! Describes what is wrong with a line of the `--set` family.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use gostd::json;
use gostd::strconv::{NumError, quote_char, quoted};

use super::{MAX_INDEX, MAX_NESTED_INDEXES, MAX_NESTED_NAME_LEVEL};
use crate::values::ReadError;

/// What is wrong with a line of the `--set` family, in Helm's words without the flag's.
#[derive(Debug)]
pub enum SetError {
    /// A key without a value.
    NoValue {
        /// The key.
        key: String,
        /// Whether a comma follows it, not the end of the line.
        comma: bool,
    },
    /// A key with a dot behind it and nothing below.
    EmptyMap {
        /// The key.
        key: String,
    },
    /// Names within names, too many levels of them.
    NestedNames,
    /// Indexes of indexes, too many levels of them.
    NestedIndexes,
    /// A key or an index of what is neither a table nor a list.
    Type {
        /// The Go type of what is there.
        found: Cow<'static, str>,
        /// The Go type of what the line asks for.
        wanted: &'static str,
    },
    /// An index is no number.
    Index(IndexError),
    /// An index below zero.
    NegativeIndex(i64),
    /// An index above what is allowed.
    LargeIndex(i64),
    /// A text behind an index.
    AfterIndex(String),
    /// A list that does not end.
    OpenList,
    /// A value of `--set-json` is no JSON.
    Json(json::DecodeError),
    /// A value of `--set-file` names what cannot be read.
    Read(ReadError),
}

/// Why a text between brackets is no index.
#[derive(Clone, Debug, PartialEq)]
pub enum IndexError {
    /// The line ends within it.
    Open,
    /// It is no number.
    Number(NumError<i64>),
}

impl SetError {
    /// Returns Helm's words, layer by layer, the cause last.
    pub fn layers(&self) -> Vec<String> {
        match self {
            SetError::Index(cause) => vec!["error parsing index".to_owned(), cause.to_string()],
            single => vec![single.to_string()],
        }
    }
}

impl fmt::Display for SetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SetError::NoValue { key, comma } => {
                let comma = if *comma { " (cannot end with ,)" } else { "" };
                write!(f, "key {} has no value{comma}", quoted(key))
            }
            SetError::EmptyMap { key } => write!(f, "key map {} has no value", quoted(key)),
            SetError::NestedNames => write!(
                f,
                "value name nested level is greater than maximum supported nested level of {MAX_NESTED_NAME_LEVEL}"
            ),
            SetError::NestedIndexes => {
                write!(f, "indexes are nested deeper than {MAX_NESTED_INDEXES} levels")
            }
            // What Helm makes of Go's panic on a type assertion.
            SetError::Type { found, wanted } => write!(
                f,
                "unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}"
            ),
            SetError::Index(cause) => write!(f, "error parsing index: {cause}"),
            SetError::NegativeIndex(index) => write!(f, "negative {index} index not allowed"),
            SetError::LargeIndex(index) => {
                write!(f, "index of {index} is greater than maximum supported index of {MAX_INDEX}")
            }
            SetError::AfterIndex(text) => {
                write!(f, "unexpected data at end of array index: {}", quoted_runes(text))
            }
            SetError::OpenList => f.write_str("list must terminate with '}'"),
            SetError::Json(e) => e.fmt(f),
            SetError::Read(e) => e.fmt(f),
        }
    }
}

impl fmt::Display for IndexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IndexError::Open => f.write_str("EOF"),
            IndexError::Number(e) => e.fmt(f),
        }
    }
}

impl Error for SetError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            SetError::Index(e) => Some(e),
            SetError::Json(e) => Some(e),
            SetError::Read(e) => Some(&**e),
            _ => None,
        }
    }
}

impl Error for IndexError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            IndexError::Open => None,
            IndexError::Number(e) => Some(e),
        }
    }
}

/// Reproduces Go's `%q` of a slice of runes: `['x' '\n']`.
fn quoted_runes(text: &str) -> String {
    let runes: Vec<Vec<u8>> = text.chars().map(quote_char).collect();
    format!("[{}]", String::from_utf8_lossy(&runes.join(&b' ')))
}
