//! Describes what is wrong with a packaged chart.

use std::fmt;
use std::path::PathBuf;

use gostd::os::size;
use gostd::strconv::quoted;

use crate::chart::limits::{MAX_CHART, MAX_FILE};

/// Why an archive is refused, in the words of Go's readers and of Helm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArchiveError {
    /// There is nothing in it.
    Empty,
    /// It ends too early.
    Truncated,
    /// It does not begin as gzip's data do.
    NotGzip,
    /// The compressed data are damaged.
    Corrupt,
    /// A header within it is damaged.
    Header,
    /// The file is a YAML file by its name.
    YamlFile(PathBuf),
    /// The file is something else.
    OtherFile {
        /// The file.
        path: PathBuf,
        /// Its media type, as Go's `http.DetectContentType` finds it.
        found: &'static str,
    },
    /// Its files are too large together.
    TooLarge,
    /// The same in Helm 4's words.
    LargeTogether,
    /// It and the archives in it are too large together once they are unpacked.
    TotalTooLarge {
        /// The most that they may have, in bytes.
        limit: u64,
    },
    /// An extension of a header is too large.
    LongHeader,
    /// A file within it is too large.
    LargeFile(Vec<u8>),
    /// No files are in it.
    NoFiles,
    /// A name in it is an absolute path.
    AbsolutePath,
    /// A name in it has no directory in front.
    OutsideBase(Vec<u8>),
    /// A name in it leads out of the chart.
    ParentDirectory,
    /// A name in it begins with a drive's letter.
    IllegalName,
    /// Chart.yaml lies in no directory.
    NoBaseDirectory,
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArchiveError::Empty => f.write_str("EOF"),
            ArchiveError::Truncated => f.write_str("unexpected EOF"),
            ArchiveError::NotGzip => f.write_str("gzip: invalid header"),
            ArchiveError::Corrupt => f.write_str("flate: corrupt input"),
            ArchiveError::Header => f.write_str("archive/tar: invalid tar header"),
            ArchiveError::YamlFile(path) => write!(
                f,
                "file '{}' seems to be a YAML file, but expected a gzipped archive",
                gostd::os::path_text(path)
            ),
            ArchiveError::OtherFile { path, found } => write!(
                f,
                "file '{}' does not appear to be a gzipped archive; got '{found}'",
                gostd::os::path_text(path)
            ),
            ArchiveError::LargeTogether => {
                write!(f, "decompressed chart is larger than the maximum size {MAX_CHART}")
            }
            ArchiveError::TooLarge => {
                write!(f, "decompressed chart is larger than the maximum file size {MAX_CHART}")
            }
            ArchiveError::TotalTooLarge { limit } => write!(
                f,
                "the files of the chart and of the charts in it are larger than {} together",
                size(*limit)
            ),
            ArchiveError::LongHeader => f.write_str("archive/tar: header field too long"),
            ArchiveError::LargeFile(name) => write!(
                f,
                "decompressed chart file {} is larger than the maximum file size {MAX_FILE}",
                quoted(name)
            ),
            ArchiveError::NoFiles => f.write_str("no files in chart archive"),
            ArchiveError::AbsolutePath => f.write_str("chart illegally contains absolute paths"),
            ArchiveError::OutsideBase(name) => write!(
                f,
                "chart illegally contains content outside the base directory: {}",
                quoted(name)
            ),
            ArchiveError::ParentDirectory => {
                f.write_str("chart illegally references parent directory")
            }
            ArchiveError::IllegalName => f.write_str("chart contains illegally named files"),
            ArchiveError::NoBaseDirectory => f.write_str("chart yaml not in base directory"),
        }
    }
}

impl std::error::Error for ArchiveError {}
