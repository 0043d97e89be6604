//! Describes why values do not pass a schema, or a schema is none; the words are the validator's.

use std::fmt;

use gostd::json::DecodeError;
use gostd::regexp::SyntaxError;
use gostd::strconv::quoted;
use gostd::url;

use super::violation::Violations;

/// Why values do not pass, or could not be checked.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// The values are not what the schema asks for.
    Violations(Violations),
    /// The schema is none.
    Schema(SchemaError),
    /// The values, or the schema as a value, could not be checked.
    Check(CheckError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Violations(violations) => violations.fmt(f),
            Error::Schema(error) => error.fmt(f),
            Error::Check(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Violations(_) => None,
            Error::Schema(error) => Some(error),
            Error::Check(error) => Some(error),
        }
    }
}

impl From<SchemaError> for Error {
    fn from(error: SchemaError) -> Error {
        Error::Schema(error)
    }
}

impl From<CheckError> for Error {
    fn from(error: CheckError) -> Error {
        Error::Check(error)
    }
}

/// What is wrong with a schema.
#[derive(Clone, Debug, PartialEq)]
pub enum SchemaError {
    /// The document is no JSON.
    Decode(DecodeError),
    /// Something follows the document.
    AfterValue,
    /// Another document cannot be had.
    Load {
        /// Its URL.
        url: Box<str>,
        /// What the loader says, or what is wrong with the JSON.
        why: Box<str>,
    },
    /// A URL is none.
    Url {
        /// The text.
        url: Box<str>,
        /// What Go finds wrong.
        error: url::ParseError,
    },
    /// A URL's fragment has an escape that is none.
    Fragment {
        /// The URL.
        url: Box<str>,
        /// What Go finds wrong.
        reason: url::Reason,
    },
    /// A JSON pointer has an escape that is none.
    Pointer {
        /// The URL with the pointer.
        url: Box<str>,
    },
    /// A JSON pointer leads nowhere.
    PointerNotFound {
        /// The URL with the pointer.
        url: Box<str>,
    },
    /// There is no such anchor.
    AnchorNotFound {
        /// The document's URL.
        url: Box<str>,
        /// The URL with the anchor.
        reference: Box<str>,
    },
    /// `$id` is no URL.
    Id {
        /// Where it stands.
        url: Box<str>,
    },
    /// The fragment of an `id` has an escape that is none.
    Anchor {
        /// Where it stands.
        url: Box<str>,
    },
    /// Two schemas have the same `$id`.
    DuplicateId {
        /// The `$id` as a whole URL.
        id: Box<str>,
        /// The document's URL.
        url: Box<str>,
        /// Where they stand.
        pointers: [Box<str>; 2],
    },
    /// Two schemas have the same anchor.
    DuplicateAnchor {
        /// The anchor.
        anchor: Box<str>,
        /// The document's URL.
        url: Box<str>,
        /// Where they stand.
        pointers: [Box<str>; 2],
    },
    /// `$schema` is no URL.
    MetaschemaUrl {
        /// Where it stands.
        url: Box<str>,
        /// What Go finds wrong.
        error: url::ParseError,
    },
    /// `$schema` names the document itself.
    UnsupportedDraft {
        /// The document's URL.
        url: Box<str>,
    },
    /// A metaschema's `$schema` leads back to it.
    MetaschemaCycle {
        /// Its URL.
        url: Box<str>,
    },
    /// A metaschema requires a vocabulary that the validator does not have.
    UnsupportedVocabulary {
        /// The metaschema's URL.
        url: Box<str>,
        /// The vocabulary.
        vocabulary: Box<str>,
    },
    /// A regular expression is none.
    Regex {
        /// The expression.
        regex: Box<str>,
        /// Where it stands.
        url: Box<str>,
        /// What Go finds wrong.
        error: SyntaxError,
    },
    /// The metaschema does not allow it.
    Metaschema {
        /// Where the schema stands.
        url: Box<str>,
        /// What is not allowed.
        violations: Violations,
    },
    /// The metaschema could not be held against it.
    Check(CheckError),
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use SchemaError as S;
        let q = |text: &str| quoted(text.as_bytes());
        match self {
            S::Decode(error) => error.fmt(f),
            S::AfterValue => f.write_str("invalid character after top-level value"),
            S::Load { url, why } => write!(f, "failing loading {}: {why}", q(url)),
            S::Url { url, error } => write!(f, "error in parsing {}: {error}", q(url)),
            S::Fragment { url, reason } => write!(f, "error in parsing {}: {reason}", q(url)),
            S::Pointer { url } => write!(f, "invalid json-pointer {}", q(url)),
            S::PointerNotFound { url } => write!(f, "json-pointer in {} not found", q(url)),
            S::AnchorNotFound { url, reference } => {
                write!(f, "anchor in {} not found in schema {}", q(reference), q(url))
            }
            S::Id { url } => write!(f, "error in parsing id at {}", q(url)),
            S::Anchor { url } => write!(f, "error in parsing anchor at {}", q(url)),
            S::DuplicateId { id, url, pointers: [a, b] } => {
                write!(f, "duplicate id {} in {} at {} and {}", q(id), q(url), q(a), q(b))
            }
            S::DuplicateAnchor { anchor, url, pointers: [a, b] } => {
                write!(f, "duplicate anchor {} in {} at {} and {}", q(anchor), q(url), q(a), q(b))
            }
            S::MetaschemaUrl { url, error } => {
                write!(f, "invalid $schema in {}: {error}", q(url))
            }
            S::UnsupportedDraft { url } => write!(f, "draft {} is not supported", q(url)),
            S::MetaschemaCycle { url } => {
                write!(f, "cycle in resolving $schema in {}", q(url))
            }
            S::UnsupportedVocabulary { url, vocabulary } => {
                write!(f, "unsupported vocabulary {} in {}", q(vocabulary), q(url))
            }
            S::Regex { regex, url, error } => {
                write!(f, "invalid regex {} at {}: {error}", q(regex), q(url))
            }
            S::Metaschema { url, violations } => {
                write!(f, "{} is not valid against metaschema: {violations}", q(url))
            }
            S::Check(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SchemaError {}

/// Why values could not be held against a schema.
#[derive(Clone, Debug, PartialEq)]
pub enum CheckError {
    /// The schemas ask for too many comparisons.
    TooManySteps,
    /// Schemas and values are nested too deep.
    TooDeep,
    /// What is wrong takes too many words.
    TooLong,
    /// A Go panic: where a cycle of references is told, a place is shorter than the one around it.
    SliceBounds {
        /// Where the slice begins.
        from: usize,
        /// How long the text is.
        length: usize,
    },
    /// A Go panic: `multipleOf` is 0, which a metaschema without its vocabulary allows.
    DivisionByZero,
    /// A pattern that Go would run and the engine here does not.
    PatternTooLarge {
        /// The pattern.
        pattern: Box<str>,
    },
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CheckError::TooManySteps => f.write_str("it takes too many steps"),
            CheckError::TooDeep => f.write_str("schemas and values are nested too deep"),
            CheckError::TooLong => f.write_str("too much is wrong to be told"),
            CheckError::SliceBounds { from, length } => {
                write!(f, "runtime error: slice bounds out of range [{from}:{length}]")
            }
            CheckError::DivisionByZero => f.write_str("division by zero"),
            CheckError::PatternTooLarge { pattern } => {
                write!(f, "pattern {pattern:?} is too large")
            }
        }
    }
}

impl std::error::Error for CheckError {}
