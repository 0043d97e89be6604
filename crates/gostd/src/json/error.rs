//! Holds what `encoding/json` says of a text it cannot decode and of a value it cannot encode.

use std::fmt;

use crate::strconv::{format_float, quote_char};

/// Why a text cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// A byte that may not stand where it does.
    Unexpected {
        /// The byte; Go shows the character of that number.
        found: u8,
        /// Where it stands, in Go's words: `looking for beginning of value`.
        context: &'static str,
    },
    /// A byte that breaks off `true`, `false` or `null`.
    Literal {
        /// The byte; Go shows the character of that number.
        found: u8,
        /// The word.
        word: &'static str,
        /// Its letter in the place of the byte.
        expected: u8,
    },
    /// The text that [`unmarshal`](super::unmarshal) was given ends within a value.
    UnexpectedEnd,
    /// The text that a decoder was given ends within a value.
    UnexpectedEof,
    /// A decoder finds no value at all.
    Eof,
    /// A number does not fit `float64`.
    NumberRange {
        /// The number's text.
        number: Box<str>,
    },
    /// The value does not fit the type that was asked for.
    Type {
        /// What the text holds: `array`, `string` …
        found: &'static str,
        /// The Go type.
        wanted: Wanted,
    },
}

/// A Go type that is not `interface {}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// `map[string]interface {}`
    Map,
    /// `[]interface {}`
    List,
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Wanted::Map => "map[string]interface {}",
            Wanted::List => "[]interface {}",
        })
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::Unexpected { found, context } => {
                write!(f, "invalid character {} {context}", character(*found))
            }
            DecodeError::Literal { found, word, expected } => write!(
                f,
                "invalid character {} in literal {word} (expecting '{}')",
                character(*found),
                char::from(*expected)
            ),
            DecodeError::UnexpectedEnd => f.write_str("unexpected end of JSON input"),
            DecodeError::UnexpectedEof => f.write_str("unexpected EOF"),
            DecodeError::Eof => f.write_str("EOF"),
            DecodeError::NumberRange { number } => {
                write!(f, "json: cannot unmarshal number {number} into Go value of type float64")
            }
            DecodeError::Type { found, wanted } => {
                write!(f, "json: cannot unmarshal {found} into Go value of type {wanted}")
            }
        }
    }
}

impl std::error::Error for DecodeError {}

/// Returns a byte as Go's scanner quotes it: the character of the byte's number.
fn character(byte: u8) -> String {
    String::from_utf8_lossy(&quote_char(char::from(byte))).into_owned()
}

/// Why a value cannot be encoded.
#[derive(Clone, Debug, PartialEq)]
pub enum EncodeError {
    /// An infinite number, or none.
    NotFinite(f64),
    /// The value is nested deeper than the encoder goes.
    TooDeep,
    /// The text would be longer than the encoder writes.
    TooLong,
    /// There are too many values, too deep.
    TooMany,
    /// The value contains itself.
    Cycle {
        /// The Go type by which it does.
        type_name: Box<str>,
    },
    /// A type that has no form in JSON.
    Type {
        /// The Go type.
        type_name: Box<str>,
    },
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncodeError::NotFinite(number) => {
                write!(f, "json: unsupported value: {}", format_float(*number, b'g', -1))
            }
            EncodeError::TooDeep => f.write_str("json: unsupported value: exceeded max depth"),
            EncodeError::TooLong | EncodeError::TooMany => {
                f.write_str("json: unsupported value: its text is too long")
            }
            EncodeError::Cycle { type_name } => {
                write!(f, "json: unsupported value: encountered a cycle via {type_name}")
            }
            EncodeError::Type { type_name } => write!(f, "json: unsupported type: {type_name}"),
        }
    }
}

impl EncodeError {
    /// Returns whether Go would fail too, rather than end for want of stack or memory.
    pub fn is_gos(&self) -> bool {
        !matches!(self, EncodeError::TooDeep | EncodeError::TooLong | EncodeError::TooMany)
    }
}

impl std::error::Error for EncodeError {}
