//! Describes why a version or a range cannot be read; the words are the library's.

use std::fmt;

use gostd::strconv::quoted;

use super::{MAX_CONSTRAINT_LEN, MAX_GROUPS, MAX_VERSION_LEN, Release};

/// What is wrong with a version, or with a range of versions, in the words of a release of the library.
///
/// ```
/// use gosemver::{Fault, Release};
/// let error = Release::V3_4.version("1.02-01").unwrap_err();
/// assert_eq!(error.fault, Fault::LeadingZero { identifier: "01".into() });
/// assert_eq!(error.to_string(), "version segment starts with 0");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What is wrong.
    pub fault: Fault,
    /// Whose words are used.
    pub release: Release,
}

/// What is wrong with a version, or with a range of versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The version is longer than the library reads.
    VersionTooLong,
    /// The range is longer than the library reads.
    ConstraintTooLong,
    /// The range has more alternatives than the library reads.
    TooManyAlternatives,
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
        let [capital, words] = match &self.fault {
            Fault::Version { .. } => ["Invalid Semantic Version", "invalid semantic version"],
            Fault::NumberTooLarge { digits } => {
                let error = if self.release < Release::V3_4 { "Error" } else { "error" };
                return write!(
                    f,
                    "{error} parsing version segment: strconv.ParseUint: parsing \"{digits}\": value out of range"
                );
            }
            Fault::LeadingZero { .. } => {
                ["Version segment starts with 0", "version segment starts with 0"]
            }
            Fault::Prerelease { .. } => ["Invalid Prerelease string", "invalid prerelease string"],
            Fault::Metadata { .. } => ["Invalid Metadata string", "invalid metadata string"],
            Fault::Constraint { text } if self.release < Release::V3_5 => {
                return write!(f, "improper constraint: {text}");
            }
            Fault::Constraint { text } => {
                return write!(f, "improper constraint: {}", quoted(text.as_bytes()));
            }
            Fault::ConstraintVersion { .. } => {
                ["constraint Parser Error", "constraint parser error"]
            }
            Fault::VersionTooLong => {
                return write!(f, "version string is too long (max {MAX_VERSION_LEN} bytes)");
            }
            Fault::ConstraintTooLong => {
                return write!(f, "constraint string is too long (max {MAX_CONSTRAINT_LEN} bytes)");
            }
            Fault::TooManyAlternatives => {
                return write!(f, "too many constraint groups (max {MAX_GROUPS})");
            }
        };
        f.write_str(if self.release < Release::V3_4 { capital } else { words })
    }
}

impl std::error::Error for Error {}
