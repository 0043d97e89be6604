//! Describes why a value cannot be printed.

use std::fmt;

use crate::value::walk::Endless;

/// A bound of ours: Go ends for want of stack or memory where these values are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrintError {
    /// The value contains itself.
    Cycle,
    /// The value is nested too deeply.
    TooDeep,
    /// The text would be too long.
    TooLong,
    /// There are too many values, too deep.
    TooMany,
}

impl PrintError {
    /// Returns whether the text would be too long.
    pub fn is_too_long(&self) -> bool {
        *self == PrintError::TooLong
    }
}

impl From<Endless> for PrintError {
    fn from(endless: Endless) -> PrintError {
        match endless {
            Endless::Cycle => PrintError::Cycle,
            Endless::TooDeep => PrintError::TooDeep,
            Endless::TooMany => PrintError::TooMany,
        }
    }
}

impl fmt::Display for PrintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PrintError::Cycle => "cannot print a value that contains itself",
            PrintError::TooDeep => "cannot print a value that is nested too deeply",
            PrintError::TooLong | PrintError::TooMany => {
                "cannot print a value whose text is too long"
            }
        })
    }
}

impl std::error::Error for PrintError {}
