//! Describes what is wrong with Chart.yaml and the other files that loading parses.

use std::error::Error;
use std::fmt;

use gostd::strconv::quoted;
use gostd::value::Str;
use goyaml::{DecodeError, YamlError};

use crate::chart::ValuesFileError;

/// Why a file of a chart cannot be parsed, as `sigs.k8s.io/yaml` says it.
#[derive(Clone, Debug, PartialEq)]
pub enum ParseError {
    /// It is no YAML, or not of the kind that is wanted.
    Yaml(YamlError),
    /// Its fields have the wrong types.
    Fields(DecodeError),
    /// It holds no values.
    Values(ValuesFileError),
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParseError::Yaml(e) => e.fmt(f),
            ParseError::Fields(e) => e.fmt(f),
            ParseError::Values(e) => e.fmt(f),
        }
    }
}

// Its words are the cause's own: there is no other layer.
impl Error for ParseError {}

impl From<YamlError> for ParseError {
    fn from(e: YamlError) -> ParseError {
        ParseError::Yaml(e)
    }
}

impl From<DecodeError> for ParseError {
    fn from(e: DecodeError) -> ParseError {
        ParseError::Fields(e)
    }
}

/// Which rule Chart.yaml breaks. It displays as Helm's text, without `validation: `.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetadataError {
    /// It does not say its `apiVersion`.
    NoApiVersion,
    /// It does not say its name.
    NoName,
    /// The name is one of those that stand for folders.
    DotName(Str),
    /// The name is a path.
    Name(Str),
    /// It does not say its version.
    NoVersion,
    /// The version is none by SemVer.
    Version(Str),
    /// The type is none that Helm knows.
    Kind,
    /// A maintainer is null.
    NullMaintainer,
    /// A dependency is null.
    NullDependency,
    /// A dependency of this name has an alias that is no name.
    Alias(Str),
    /// Two dependencies have this name or alias.
    Duplicate(Str),
}

impl fmt::Display for MetadataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MetadataError::NoApiVersion => f.write_str("chart.metadata.apiVersion is required"),
            MetadataError::NoName => f.write_str("chart.metadata.name is required"),
            MetadataError::DotName(name) => {
                write!(f, "chart.metadata.name {} is not allowed", quoted(name))
            }
            MetadataError::Name(name) => {
                write!(f, "chart.metadata.name {} is invalid", quoted(name))
            }
            MetadataError::NoVersion => f.write_str("chart.metadata.version is required"),
            MetadataError::Version(version) => {
                write!(f, "chart.metadata.version {} is invalid", quoted(version))
            }
            MetadataError::Kind => {
                f.write_str("chart.metadata.type must be application or library")
            }
            MetadataError::NullMaintainer => {
                f.write_str("maintainers must not contain empty or null nodes")
            }
            MetadataError::NullDependency => {
                f.write_str("dependencies must not contain empty or null nodes")
            }
            MetadataError::Alias(name) => {
                write!(f, "dependency {} has disallowed characters in the alias", quoted(name))
            }
            MetadataError::Duplicate(name) => {
                write!(f, "more than one dependency with name or alias {}", quoted(name))
            }
        }
    }
}

impl Error for MetadataError {}
