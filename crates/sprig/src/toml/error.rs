//! Describes why a text is no TOML and why a value has none; the words are those of BurntSushi/toml.

use std::borrow::Cow;
use std::fmt;

use gostd::strconv::quoted;

/// The library's `toml.ParseError`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ParseError {
    /// The line, from 1.
    pub(super) line: usize,
    /// The key being read or the last one read; empty before the first.
    pub(super) last_key: String,
    /// What is wrong there.
    pub(super) message: Cow<'static, str>,
    /// Whether the library finds it wrong too.
    pub(super) is_gos: bool,
}

pub(super) type Parsed<T> = Result<T, Box<ParseError>>;

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "toml: line {}", self.line)?;
        if !self.last_key.is_empty() {
            write!(f, " (last key {})", quoted(&self.last_key))?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for ParseError {}

/// Why a value has no TOML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EncodeError {
    /// A list holds a nil.
    NilElement,
    /// The value itself is a list of tables.
    TopLevel,
    /// A Go kind that has no form in TOML.
    Kind(&'static str),
    /// The value itself is of such a kind.
    TopLevelKind(&'static str),
    /// The value is nested too deep, or holds itself.
    TooDeep,
    /// The text would be too long.
    TooLong,
}

impl EncodeError {
    /// Returns whether Go would fail too, rather than end for want of stack or memory.
    pub(super) fn is_gos(self) -> bool {
        !matches!(self, EncodeError::TooDeep | EncodeError::TooLong)
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncodeError::NilElement => f.write_str("toml: cannot encode array with nil element"),
            EncodeError::TopLevel => {
                f.write_str("toml: top-level values must be Go maps or structs")
            }
            EncodeError::Kind(kind) => write!(f, "unsupported type: {kind}"),
            EncodeError::TopLevelKind(kind) => {
                write!(f, "unsupported type for key '': {kind}")
            }
            EncodeError::TooLong => f.write_str("toml: the text is too long"),
            EncodeError::TooDeep => f.write_str("toml: value is nested too deeply"),
        }
    }
}

impl std::error::Error for EncodeError {}
