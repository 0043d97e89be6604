//! Describes what is wrong with the files that a chart is loaded from.

use std::error::Error;
use std::fmt;

use gostd::path::BadPattern;

use crate::store::FileError;

/// Why a symbolic link could not be followed, as Go's `filepath.EvalSymlinks` says it.
#[derive(Clone, Debug)]
pub enum LinkError {
    /// Something on the way cannot be looked at.
    Io(FileError),
    /// Links that lead to links, too many of them.
    TooMany,
    /// A file on the way is taken for a directory.
    NotDirectory,
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::Io(e) => e.fmt(f),
            LinkError::TooMany => f.write_str("EvalSymlinks: too many links"),
            LinkError::NotDirectory => f.write_str("not a directory"),
        }
    }
}

impl Error for LinkError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            LinkError::Io(e) => Some(e),
            LinkError::TooMany | LinkError::NotDirectory => None,
        }
    }
}

/// Why a `.helmignore` is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IgnoreError {
    /// A line longer than Go's scanner takes.
    LineTooLong,
    /// A rule with `**`.
    DoubleStar,
    /// A malformed pattern.
    Pattern(BadPattern),
}

impl fmt::Display for IgnoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IgnoreError::LineTooLong => f.write_str("bufio.Scanner: token too long"),
            IgnoreError::DoubleStar => f.write_str("double-star (**) syntax is not supported"),
            IgnoreError::Pattern(e) => e.fmt(f),
        }
    }
}

impl Error for IgnoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            IgnoreError::Pattern(e) => Some(e),
            IgnoreError::LineTooLong | IgnoreError::DoubleStar => None,
        }
    }
}
