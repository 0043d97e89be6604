//! Describes what goes wrong with packing a chart.

use std::path::PathBuf;

use crate::chart::ChartError;
use crate::store::FileError;

/// Why a chart could not be packed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The chart breaks a rule.
    #[error("chart validation: {source}")]
    Chart {
        /// Which one.
        source: ChartError,
    },
    /// A file of the chart cannot be read.
    #[error("{0}")]
    Unread(ChartError),
    /// The folder for the package is a file.
    #[error("is not a directory: {}", gostd::os::path_text(.0))]
    NoFolder(PathBuf),
    /// The folder for the package cannot be looked at.
    #[error("stat {}: {source}", gostd::os::path_text(&.source.path))]
    Stat {
        /// Why.
        source: FileError,
    },
    /// The system refused a file or folder.
    #[error(transparent)]
    File(#[from] FileError),
    /// The chart's name cannot be a folder's.
    #[error("{} is not a valid chart name", gostd::strconv::quoted(.0))]
    Name(Vec<u8>),
    /// Charts lie too deep within each other.
    #[error("charts are nested too deeply")]
    Depth,
    /// The schema of the values is no JSON.
    #[error("{}nvalid JSON in values.schema.json", if *.is_lower { "i" } else { "I" })]
    Schema {
        /// Whether errors begin in lower case.
        is_lower: bool,
    },
    /// Something cannot be written as YAML.
    #[error("{0}")]
    Yaml(goyaml::EmitError),
    /// The archive cannot be written.
    #[error("{0}")]
    Archive(std::io::Error),
}
