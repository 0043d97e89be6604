//! Describes why a render does not make a release, and why a release cannot be reported.

use std::error::Error;
use std::fmt;

use gostd::json::EncodeError;
use gostd::value::Str;
use goyaml::{EmitError, YamlError};

use super::Document;
use crate::values::ValuesError;

/// A rendered file that is not YAML.
#[derive(Debug)]
pub struct ManifestError {
    /// The file.
    pub source: Str,
    /// What is wrong with it.
    pub cause: HeadError,
    /// The document in it.
    pub document: Box<Document>,
    /// All rendered files as Helm shows them under `--debug`.
    pub blob: Vec<u8>,
}

impl ManifestError {
    /// Returns Helm's words, layer by layer, the cause last.
    pub fn layers(&self) -> Vec<Vec<u8>> {
        let outer = [b"YAML parse error on ", &self.source[..]].concat();
        vec![outer, self.cause.to_string().into_bytes()]
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "YAML parse error on {}: {}", self.source, self.cause)
    }
}

impl Error for ManifestError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}

/// Why the head of a document cannot be read, as `sigs.k8s.io/yaml` says it.
#[derive(Clone, Debug, PartialEq)]
pub enum HeadError {
    /// The document is no YAML.
    Yaml(YamlError),
    /// A value does not fit the Go type of its place.
    Type {
        /// What is there, to JSON.
        found: &'static str,
        /// The place.
        target: Box<str>,
        /// The Go type.
        wanted: &'static str,
    },
}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeadError::Yaml(e) => e.fmt(f),
            HeadError::Type { found, target, wanted } => write!(
                f,
                "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into {target} of type {wanted}"
            ),
        }
    }
}

impl Error for HeadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            HeadError::Yaml(e) => Some(e),
            HeadError::Type { .. } => None,
        }
    }
}

impl From<YamlError> for HeadError {
    fn from(e: YamlError) -> HeadError {
        HeadError::Yaml(e)
    }
}

/// Why a release cannot be reported.
#[derive(Clone, Debug, PartialEq)]
pub enum ReportError {
    /// A value that JSON lacks.
    Json(EncodeError),
    /// A text that YAML cannot hold.
    Yaml(EmitError),
    /// The values cannot be computed.
    Values(ValuesError),
}

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReportError::Json(e) => write!(f, "unable to write JSON output: {e}"),
            ReportError::Yaml(e) => write!(f, "unable to write YAML output: {e}"),
            ReportError::Values(e) => e.fmt(f),
        }
    }
}

impl Error for ReportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ReportError::Json(e) => Some(e),
            ReportError::Yaml(e) => Some(e),
            ReportError::Values(e) => Some(e),
        }
    }
}
