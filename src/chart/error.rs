//! Describes why a chart could not be loaded.

use gostd::os::io_reason;
use gostd::strconv::quoted;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a chart could not be loaded. It displays as what follows `Error: ` on Helm's stderr.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChartError {
    /// The file system refused an operation.
    Io {
        /// Go's name of the system call.
        op: &'static str,
        /// What it was called on.
        path: PathBuf,
        /// The system's reason, in Go's words.
        reason: String,
    },
    /// A file could be found but not read.
    Read {
        /// The path within the chart.
        name: String,
        /// Why.
        cause: Box<ChartError>,
    },
    /// A symbolic link leads nowhere.
    Symlink {
        /// The link.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A pipe, a socket or a device.
    Irregular(PathBuf),
    /// A file of more than five megabytes.
    LargeFile(String),
    /// `.helmignore` holds a rule that Helm refuses.
    Ignore(String),
    /// The archive is damaged, too large, or names paths it must not.
    Archive(String),
    /// A file of the chart cannot be parsed.
    Parse {
        /// The path within the chart.
        file: &'static str,
        /// Why, as `sigs.k8s.io/yaml` says it.
        reason: String,
    },
    /// There is no Chart.yaml.
    NoChartfile,
    /// Chart.yaml breaks a rule.
    Invalid(String),
    /// An archive in `charts/` is none: it is a directory.
    SubchartArchive {
        /// The chart that holds it.
        parent: String,
        /// The archive's name.
        expected: String,
        /// The file found.
        got: String,
    },
    /// A chart in `charts/` cannot be loaded.
    Subchart {
        /// The entry in `charts/`.
        name: String,
        /// The chart that holds it.
        parent: String,
        /// Why.
        cause: Box<ChartError>,
    },
}

impl ChartError {
    pub(super) fn io(op: &'static str, path: &Path, error: &io::Error) -> ChartError {
        ChartError::Io { op, path: path.to_owned(), reason: io_reason(error) }
    }
}

impl ChartError {
    /// Returns Helm's words, layer by layer, the cause last.
    pub fn layers(&self) -> Vec<String> {
        let (outer, cause) = match self {
            ChartError::Read { name, cause } => (format!("error reading {name}"), cause.layers()),
            ChartError::Symlink { path, reason } => {
                (format!("error evaluating symlink {}", path.display()), vec![reason.clone()])
            }
            ChartError::Parse { file, reason } => {
                (format!("cannot load {file}"), vec![reason.clone()])
            }
            ChartError::Subchart { name, parent, cause } => {
                (format!("error unpacking subchart {name} in {parent}"), cause.layers())
            }
            ChartError::Io { op, path, reason } => {
                return vec![format!("{op} {}: {reason}", path.display())];
            }
            ChartError::Irregular(path) => {
                let path = path.display();
                return vec![format!(
                    "cannot load irregular file {path} as it has file mode type bits set"
                )];
            }
            ChartError::LargeFile(name) => {
                let (name, most) = (quoted(name), super::limits::MAX_FILE);
                return vec![format!(
                    "chart file {name} is larger than the maximum file size {most}"
                )];
            }
            ChartError::Ignore(text) | ChartError::Archive(text) => return vec![text.clone()],
            ChartError::NoChartfile => return vec!["Chart.yaml file is missing".to_owned()],
            ChartError::Invalid(text) => return vec![format!("validation: {text}")],
            ChartError::SubchartArchive { parent, expected, got } => {
                return vec![format!(
                    "error unpacking subchart tar in {parent}: expected {expected}, got {got}"
                )];
            }
        };
        [vec![outer], cause].concat()
    }
}

impl fmt::Display for ChartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.layers().join(": "))
    }
}

impl std::error::Error for ChartError {}
