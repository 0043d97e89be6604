//! Describes why a template does not parse; the words are client-go's.

use std::fmt;

use bstr::ByteSlice;

use gostd::value::Value;

/// What is wrong with a template.
///
/// ```
/// use gojsonpath::{Error, Template};
/// let error = Template::parse(b"{.a[x]}").unwrap_err();
/// assert_eq!(error, Error::ArrayIndex { text: b"x".as_slice().into() });
/// assert_eq!(error.to_string(), "invalid array index x");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// An action has no end on its line.
    UnclosedAction,
    /// Quotes have no end on their line.
    UnterminatedString,
    /// Brackets have no end on their line.
    UnterminatedArray,
    /// A filter has no end on its line.
    UnterminatedFilter,
    /// A filter is not followed by its closing bracket.
    UnclosedFilter,
    /// `....`
    RepeatedDescent,
    /// A character that begins nothing.
    Character {
        /// The character.
        found: char,
    },
    /// Digits, signs and dots that are no number.
    Number {
        /// They.
        text: Box<[u8]>,
    },
    /// A text in quotes that cannot be unquoted.
    Quoted {
        /// The text with its quotes.
        text: Box<[u8]>,
    },
    /// What stands in brackets is no index and no slice.
    ArrayIndex {
        /// What stands there.
        text: Box<[u8]>,
    },
    /// An index, or a bound of a slice, does not fit 64 bits.
    IndexRange {
        /// Its digits.
        number: Box<[u8]>,
    },
    /// Filters and unions stand within each other deeper than the parser goes.
    TooDeep,
}

impl Error {
    /// Returns the text to the byte: the template's bytes in it need not be UTF-8.
    pub fn to_bytes(&self) -> Vec<u8> {
        let text: &[u8] = match self {
            Error::UnclosedAction => b"unclosed action",
            Error::UnterminatedString => b"unterminated quoted string",
            Error::UnterminatedArray => b"unterminated array",
            Error::UnterminatedFilter => b"unterminated filter",
            Error::UnclosedFilter => b"unclosed array expect ]",
            Error::RepeatedDescent => b"invalid multiple recursive descent",
            Error::TooDeep => b"filters and unions are nested too deeply",
            Error::Character { found } => {
                let code = Value::int(i64::from(u32::from(*found)));
                return gostd::fmt::sprintf(b"unrecognized character in action: %#U", &[code])
                    .unwrap_or_default();
            }
            Error::Number { text } => return [b"cannot parse number ", &text[..]].concat(),
            Error::Quoted { text } => {
                return [b"unquote string ", &text[..], b" error invalid syntax"].concat();
            }
            Error::ArrayIndex { text } => return [b"invalid array index ", &text[..]].concat(),
            Error::IndexRange { number } => {
                return [b"array index ", &number[..], b" is not a number"].concat();
            }
        };
        text.to_vec()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_bytes().to_str_lossy())
    }
}

impl std::error::Error for Error {}
