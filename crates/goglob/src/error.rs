//! Describes why a pattern cannot be compiled, in words close to the library's.

use std::fmt;

/// What is wrong with a pattern.
///
/// ```
/// use goglob::{Error, Glob};
/// let error = Glob::new(b"[z-a]", &[]).unwrap_err();
/// assert_eq!(error, Error::RangeOrder { low: 'z', high: 'a' });
/// assert_eq!(error.to_string(), "hi character 'a' should be greater than lo 'z'");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The pattern is not UTF-8.
    NotUtf8,
    /// The pattern ends within brackets.
    UnexpectedEnd,
    /// A range runs backwards.
    RangeOrder {
        /// What stands before the dash.
        low: char,
        /// What stands behind it.
        high: char,
    },
    /// Brackets with nothing inside.
    EmptyRange,
    /// A range is followed by something else than its closing bracket.
    UnclosedRange {
        /// What follows it.
        found: char,
    },
    /// More elements or nested braces than a pattern may hold.
    TooLarge,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NotUtf8 => f.write_str("could not read rune"),
            Error::UnexpectedEnd => f.write_str("unexpected end of input"),
            Error::RangeOrder { low, high } => {
                write!(f, "hi character '{high}' should be greater than lo '{low}'")
            }
            Error::EmptyRange => f.write_str("could not parse range"),
            Error::UnclosedRange { .. } => f.write_str("expected close range character"),
            Error::TooLarge => f.write_str("pattern is too large"),
        }
    }
}

impl std::error::Error for Error {}
