//! Holds what `encoding/json` says of a text it cannot decode and of a value it cannot encode.

use std::fmt;

use crate::strconv::{format_float, quote_char, quoted};
use crate::unicode;

/// Why a text cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// A byte that may not stand where it does.
    Unexpected {
        /// What stands there.
        found: Found,
        /// Where it stands, in Go's words: `looking for beginning of value`.
        context: &'static str,
    },
    /// A byte that breaks off `true`, `false` or `null`.
    Literal {
        /// What stands there.
        found: Found,
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
    /// What is no escape sequence, in the words of Go 1.27.
    Escape {
        /// It, from its backslash on.
        text: Box<[u8]>,
    },
    /// A number does not fit `float64`.
    NumberRange(Box<NumberRange>),
    /// The value does not fit the type that was asked for.
    Type {
        /// What the text holds: `array`, `string` …
        found: &'static str,
        /// The Go type.
        wanted: Wanted,
    },
}

/// A number that does not fit `float64`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberRange {
    /// The number's text.
    pub number: Box<str>,
    /// Where it stands, where Go 1.27 says so: keys and indexes, dots between them.
    pub place: Box<[u8]>,
}

/// What stands where it may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A byte, which Go shows as the character of that number.
    Byte(u8),
    /// A character, which Go 1.27 shows; or a byte that begins none.
    Character {
        /// Its bytes, and zeros behind them.
        bytes: [u8; 4],
        /// How many bytes it has.
        len: u8,
    },
}

impl Found {
    pub(super) fn character(bytes: &[u8]) -> Found {
        let mut own = [0; 4];
        let len = bytes.len().min(own.len());
        own[..len].copy_from_slice(&bytes[..len]);
        Found::Character { bytes: own, len: len as u8 }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = match self {
            Found::Byte(byte) => char::from(*byte),
            Found::Character { bytes, len } => match unicode::decode(&bytes[..usize::from(*len)]) {
                (char::REPLACEMENT_CHARACTER, 1) => return write!(f, "'\\x{:x}'", bytes[0]),
                (c, _) => c,
            },
        };
        f.write_str(&String::from_utf8_lossy(&quote_char(c)))
    }
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
                write!(f, "invalid character {found} {context}")
            }
            DecodeError::Literal { found, word, expected } => write!(
                f,
                "invalid character {found} in literal {word} (expecting '{}')",
                char::from(*expected)
            ),
            DecodeError::UnexpectedEnd => f.write_str("unexpected end of JSON input"),
            DecodeError::UnexpectedEof => f.write_str("unexpected EOF"),
            DecodeError::Eof => f.write_str("EOF"),
            DecodeError::Escape { text } => {
                let is_plain = |c: char| {
                    c != '`'
                        && c != char::REPLACEMENT_CHARACTER
                        && !unicode::is_space(c)
                        && unicode::is_print(c)
                };
                match std::str::from_utf8(text) {
                    Ok(text) if text.chars().all(is_plain) => {
                        write!(f, "invalid escape sequence `{text}` in string")
                    }
                    _ => write!(f, "invalid escape sequence {} in string", quoted(text)),
                }
            }
            DecodeError::NumberRange(fault) => {
                let NumberRange { number, place } = &**fault;
                let target = super::place(&String::from_utf8_lossy(place));
                write!(f, "json: cannot unmarshal number {number} into {target} of type float64")
            }
            DecodeError::Type { found, wanted } => {
                write!(f, "json: cannot unmarshal {found} into Go value of type {wanted}")
            }
        }
    }
}

impl std::error::Error for DecodeError {}

/// Why a value cannot be encoded.
#[derive(Clone, Debug, PartialEq)]
pub enum EncodeError {
    /// An infinite number, or none.
    NotFinite(f64),
    /// The value is nested deeper than the encoder goes.
    TooDeep,
    /// The value is nested deeper than Go 1.27 writes.
    TooDeepForGo,
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
            EncodeError::TooDeepForGo => f.write_str("exceeded max depth"),
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
