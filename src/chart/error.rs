//! Why a chart could not be loaded.

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
    /// What Helm's `--debug` repeats: the causes first, a line each.
    pub fn detail(&self) -> String {
        match self {
            ChartError::Read { name, cause } => {
                format!("{}\nerror reading {name}", cause.detail())
            }
            ChartError::Symlink { path, reason } => {
                format!("{reason}\nerror evaluating symlink {}", path.display())
            }
            ChartError::Parse { file, reason } => format!("{reason}\ncannot load {file}"),
            ChartError::Subchart { name, parent, cause } => {
                format!("{}\nerror unpacking subchart {name} in {parent}", cause.detail())
            }
            other => other.to_string(),
        }
    }
}

impl fmt::Display for ChartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChartError::Io { op, path, reason } => {
                write!(f, "{op} {}: {reason}", path.display())
            }
            ChartError::Read { name, cause } => write!(f, "error reading {name}: {cause}"),
            ChartError::Symlink { path, reason } => {
                write!(f, "error evaluating symlink {}: {reason}", path.display())
            }
            ChartError::Irregular(path) => write!(
                f,
                "cannot load irregular file {} as it has file mode type bits set",
                path.display()
            ),
            ChartError::LargeFile(name) => write!(
                f,
                "chart file {} is larger than the maximum file size {}",
                quoted(name),
                super::limits::MAX_FILE
            ),
            ChartError::Ignore(text) | ChartError::Archive(text) => f.write_str(text),
            ChartError::Parse { file, reason } => write!(f, "cannot load {file}: {reason}"),
            ChartError::NoChartfile => f.write_str("Chart.yaml file is missing"),
            ChartError::Invalid(text) => write!(f, "validation: {text}"),
            ChartError::SubchartArchive { parent, expected, got } => write!(
                f,
                "error unpacking subchart tar in {parent}: expected {expected}, got {got}"
            ),
            ChartError::Subchart { name, parent, cause } => {
                write!(f, "error unpacking subchart {name} in {parent}: {cause}")
            }
        }
    }
}

impl std::error::Error for ChartError {}
