//! Describes why a chart could not be loaded or used.

mod archive;
mod file;
mod metadata;

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use gostd::strconv::quoted;
use gostd::value::Str;

use crate::store::FileError;

pub use archive::ArchiveError;
pub use file::{IgnoreError, LinkError};
pub use metadata::{MetadataError, ParseError};

/// Why a chart could not be loaded or used. It displays as what follows `Error: ` on Helm's stderr.
#[derive(Clone, Debug)]
pub enum ChartError {
    /// The file system refused an operation.
    Io(FileError),
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
        cause: LinkError,
    },
    /// A pipe, a socket or a device.
    Irregular(PathBuf),
    /// A file of more than five megabytes.
    LargeFile(String),
    /// A directory with more entries than are looked at.
    TooManyEntries,
    /// `.helmignore` holds a rule that Helm refuses.
    Ignore(IgnoreError),
    /// The archive is damaged, too large, or names paths it must not.
    Archive(ArchiveError),
    /// Charts that hold charts, too many levels of them.
    TooDeep,
    /// A file of the chart cannot be parsed.
    Parse {
        /// The path within the chart.
        file: &'static str,
        /// Why.
        cause: ParseError,
    },
    /// There is no Chart.yaml.
    NoChartfile,
    /// The Chart.yaml of a folder cannot be read.
    Undetected(FileError),
    /// An archive holds no Chart.yaml.
    NoChartfileInArchive,
    /// An archive cannot be read, for whatever reason.
    UnreadableArchive,
    /// The `apiVersion` in Chart.yaml is none that Helm knows.
    UnknownVersion,
    /// The `apiVersion` in Chart.yaml is one that cannot be rendered or packed.
    ApiVersion,
    /// The files of a folder are too large together.
    LargeChart,
    /// Chart.yaml breaks a rule.
    Invalid(MetadataError),
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
    /// A chart of this type is not meant to be installed.
    NotInstallable(Str),
    /// Charts that Chart.yaml names are not in `charts/`.
    MissingDependencies(Vec<Str>),
    /// The chart wants another Kubernetes.
    KubeVersion {
        /// The constraint in Chart.yaml.
        wanted: Str,
        /// The cluster's version.
        version: String,
    },
}

impl ChartError {
    pub(crate) fn io(op: &'static str, path: &Path, error: io::Error) -> ChartError {
        ChartError::Io(FileError::new(op, path, error))
    }

    /// Returns Helm's words, layer by layer, the cause last.
    pub fn layers(&self) -> Vec<String> {
        let (outer, cause) = match self {
            ChartError::Read { name, cause } => (format!("error reading {name}"), cause.layers()),
            ChartError::Symlink { path, cause } => (
                format!("error evaluating symlink {}", gostd::os::path_text(path)),
                vec![cause.to_string()],
            ),
            ChartError::Parse { file, cause } => {
                (format!("cannot load {file}"), vec![cause.to_string()])
            }
            ChartError::Undetected(cause) => {
                let path = cause.path.display();
                (format!("unable to detect chart at {path}"), vec![cause.to_string()])
            }
            ChartError::Subchart { name, parent, cause } => {
                (format!("error unpacking subchart {name} in {parent}"), cause.layers())
            }
            single => return vec![single.words()],
        };
        [vec![outer], cause].concat()
    }

    /// Helm's words where they have one layer.
    fn words(&self) -> String {
        match self {
            ChartError::Io(e) => e.to_string(),
            ChartError::Irregular(path) => format!(
                "cannot load irregular file {} as it has file mode type bits set",
                gostd::os::path_text(path)
            ),
            ChartError::LargeFile(name) => {
                let (name, most) = (quoted(name), super::limits::MAX_FILE);
                format!("chart file {name} is larger than the maximum file size {most}")
            }
            ChartError::TooManyEntries => {
                format!("chart directory holds more than {} entries", super::limits::MAX_ENTRIES)
            }
            ChartError::Ignore(e) => e.to_string(),
            ChartError::Archive(e) => e.to_string(),
            ChartError::TooDeep => "charts are nested too deeply".to_owned(),
            ChartError::NoChartfile => "Chart.yaml file is missing".to_owned(),
            ChartError::NoChartfileInArchive => {
                "unable to detect chart version, no Chart.yaml found".to_owned()
            }
            ChartError::UnreadableArchive => "unable to load chart archive".to_owned(),
            ChartError::UnknownVersion => "unsupported chart version".to_owned(),
            ChartError::ApiVersion => "invalid chart apiVersion".to_owned(),
            ChartError::LargeChart => format!(
                "chart exceeds maximum decompressed size of {} bytes",
                super::limits::MAX_CHART
            ),
            ChartError::Invalid(e) => format!("validation: {e}"),
            ChartError::SubchartArchive { parent, expected, got } => {
                format!("error unpacking subchart tar in {parent}: expected {expected}, got {got}")
            }
            ChartError::NotInstallable(kind) => format!("{kind} charts are not installable"),
            ChartError::MissingDependencies(names) => {
                let names: Vec<String> = names.iter().map(Str::to_string).collect();
                let names = names.join(", ");
                format!("found in Chart.yaml, but missing in charts/ directory: {names}")
            }
            ChartError::KubeVersion { wanted, version } => format!(
                "chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {version}"
            ),
            ChartError::Read { .. }
            | ChartError::Symlink { .. }
            | ChartError::Parse { .. }
            | ChartError::Undetected(_)
            | ChartError::Subchart { .. } => self.layers().join(": "),
        }
    }
}

impl fmt::Display for ChartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.layers().join(": "))
    }
}

impl Error for ChartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ChartError::Io(e) | ChartError::Undetected(e) => Some(e),
            ChartError::Read { cause, .. } | ChartError::Subchart { cause, .. } => Some(&**cause),
            ChartError::Symlink { cause, .. } => Some(cause),
            ChartError::Ignore(e) => Some(e),
            ChartError::Archive(e) => Some(e),
            ChartError::Parse { cause, .. } => Some(cause),
            ChartError::Invalid(e) => Some(e),
            _ => None,
        }
    }
}

impl From<ArchiveError> for ChartError {
    fn from(e: ArchiveError) -> ChartError {
        ChartError::Archive(e)
    }
}
