//! Describes why a version or a range cannot be read; the words are the library's.

use std::fmt;

/// What is wrong with a version, or with a range of versions.
///
/// ```
/// use gosemver::{Error, Version};
/// let error = Version::parse("1.02-01").unwrap_err();
/// assert_eq!(error, Error::LeadingZero { identifier: "01".into() });
/// assert_eq!(error.to_string(), "Version segment starts with 0");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The text has not the form of a version.
    Version {
        /// The text.
        text: Box<str>,
    },
    /// One of the three numbers does not fit 64 bits.
    NumberTooLarge {
        /// Its digits.
        digits: Box<str>,
    },
    /// A number of the prerelease begins with a zero.
    LeadingZero {
        /// The number, as it was written.
        identifier: Box<str>,
    },
    /// A part of the prerelease holds something else than letters, digits and dashes.
    Prerelease {
        /// The part between two dots.
        identifier: Box<str>,
    },
    /// The metadata holds something else than letters, digits, dashes and dots.
    Metadata {
        /// The metadata.
        text: Box<str>,
    },
    /// The text has not the form of a range.
    Constraint {
        /// The alternative that does not parse: what stands between two `||`.
        text: Box<str>,
    },
    /// A range that has the right form, but names a version that cannot be read.
    ConstraintVersion {
        /// From the version on, the rest of the range.
        text: Box<str>,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Version { .. } => f.write_str("Invalid Semantic Version"),
            Error::NumberTooLarge { digits } => write!(
                f,
                "Error parsing version segment: strconv.ParseUint: parsing \"{digits}\": value out of range"
            ),
            Error::LeadingZero { .. } => f.write_str("Version segment starts with 0"),
            Error::Prerelease { .. } => f.write_str("Invalid Prerelease string"),
            Error::Metadata { .. } => f.write_str("Invalid Metadata string"),
            Error::Constraint { text } => write!(f, "improper constraint: {text}"),
            Error::ConstraintVersion { .. } => f.write_str("constraint Parser Error"),
        }
    }
}

impl std::error::Error for Error {}
