//! Loads a chart from a packaged `.tgz`.

use crate::report::Reporter;
use std::cell::Cell;
use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use bstr::ByteSlice;
use flate2::read::MultiGzDecoder;

use super::limits::{Budget, MAX_CHART, MAX_FILE, too_large};
use super::{Chart, ChartError, File, files, sniff};
use gostd::path;
use gostd::strconv::quoted;
use gostd::value::Str;

/// Loads the chart in an archive file.
pub(super) fn load_file(path: &Path, reporter: &dyn Reporter) -> Result<Chart, ChartError> {
    let data = fs::read(path).map_err(|e| ChartError::io("open", path, &e))?;
    check_type(path, &data)?;
    load(&data, reporter, &mut Budget::new()).map_err(|e| match e {
        ChartError::Archive(text) if text == NOT_GZIP => ChartError::Archive(format!(
            "file '{}' does not appear to be a valid chart file (details: {text})",
            path.display()
        )),
        other => other,
    })
}

const NOT_GZIP: &str = "gzip: invalid header";
const TRUNCATED: &str = "unexpected EOF";
const BAD_TAR: &str = "archive/tar: invalid tar header";

/// Says what a file is that is no archive: often a values.yaml.
fn check_type(path: &Path, data: &[u8]) -> Result<(), ChartError> {
    if data.starts_with(sniff::GZIP) {
        return Ok(());
    }
    let mut start = [0; sniff::LENGTH];
    let length = data.len().min(start.len());
    start[..length].copy_from_slice(&data[..length]);
    let name = path.display();
    let is_yaml = [".yml", ".yaml"].iter().any(|e| name.to_string().ends_with(e));
    Err(ChartError::Archive(if is_yaml {
        format!("file '{name}' seems to be a YAML file, but expected a gzipped archive")
    } else {
        let found = sniff::content_type(&start);
        format!("file '{name}' does not appear to be a gzipped archive; got '{found}'")
    }))
}

/// Loads the chart in an archive's bytes.
pub(super) fn load(
    data: &[u8],
    reporter: &dyn Reporter,
    budget: &mut Budget,
) -> Result<Chart, ChartError> {
    files::assemble(unpack(data, budget)?, reporter, budget)
}

/// Returns the files in an archive's bytes.
pub(super) fn files(data: &[u8]) -> Result<Vec<File>, ChartError> {
    Ok(unpack(data, &mut Budget::new())?)
}

enum Refusal {
    Rule(String),
    Over(ChartError),
}

impl From<Refusal> for ChartError {
    fn from(refusal: Refusal) -> ChartError {
        match refusal {
            Refusal::Rule(text) => ChartError::Archive(text),
            Refusal::Over(error) => error,
        }
    }
}

impl From<&str> for Refusal {
    fn from(text: &str) -> Refusal {
        Refusal::Rule(text.into())
    }
}

impl From<String> for Refusal {
    fn from(text: String) -> Refusal {
        Refusal::Rule(text)
    }
}

/// Reads the files of an archive, named without their first directory.
fn unpack(data: &[u8], budget: &mut Budget) -> Result<Vec<File>, Refusal> {
    if data.is_empty() {
        return Err("EOF".into());
    }
    if data.len() < 10 {
        return Err(TRUNCATED.into());
    }
    if !data.starts_with(sniff::GZIP) {
        return Err(NOT_GZIP.into());
    }
    let state = Rc::new(Stream::default());
    let stream = Padded { source: MultiGzDecoder::new(data), state: state.clone(), padding: None };
    let mut archive = tar::Archive::new(stream);
    let mut files = Vec::new();
    let mut remaining = MAX_CHART;
    for entry in archive.entries().map_err(|_| state.failure(BAD_TAR))? {
        let mut entry = entry.map_err(|_| state.failure(BAD_TAR))?;
        let header = entry.header();
        let kind = header.entry_type();
        let raw_name = entry.path_bytes().into_owned();
        // The file type bits that some archives keep in the mode.
        let mode_says_directory = header.mode().is_ok_and(|m| m & !0o7777 == 0o40000);
        let old_directory = header.as_bytes()[156] == 0 && raw_name.ends_with(b"/");
        if kind.is_dir() || mode_says_directory || old_directory {
            continue;
        }
        if kind.is_pax_global_extensions() || kind.is_pax_local_extensions() {
            continue;
        }
        let name = inner_name(&raw_name)?;
        let size = if kind.is_file() || kind.is_contiguous() { entry.size() } else { 0 };
        if size > remaining {
            return Err(too_large().into());
        }
        if size > MAX_FILE {
            return Err(format!(
                "decompressed chart file {} is larger than the maximum file size {MAX_FILE}",
                quoted(&raw_name)
            )
            .into());
        }
        budget.spend(size).map_err(Refusal::Over)?;
        // Bounded by MAX_FILE.
        let mut data: Arc<[u8]> = std::iter::repeat_n(0u8, size as usize).collect();
        if let Some(buffer) = Arc::get_mut(&mut data) {
            entry.read_exact(buffer).map_err(|_| state.failure(TRUNCATED))?;
        }
        if entry.raw_file_position() + size > state.length.get() && state.truncated.get() {
            return Err(state.failure(TRUNCATED));
        }
        remaining -= size;
        if remaining == 0 {
            return Err(too_large().into());
        }
        files.push(File { name: Str::from(name), data: files::without_bom(data).into() });
    }
    if files.is_empty() {
        return Err("no files in chart archive".into());
    }
    Ok(files)
}

/// Returns an entry's path without its first directory, with Helm's checks that it stays inside the
/// chart.
fn inner_name(raw: &[u8]) -> Result<Vec<u8>, Refusal> {
    // Archives made on Windows separate with backslashes.
    let delimiter = if raw.contains(&b'\\') { b'\\' } else { b'/' };
    let (first, rest) = match raw.find_byte(delimiter) {
        Some(at) => (&raw[..at], &raw[at + 1..]),
        None => (raw, &b""[..]),
    };
    let mut name = rest.to_vec();
    if delimiter == b'\\' {
        name.iter_mut().filter(|b| **b == b'\\').for_each(|b| *b = b'/');
    }
    if name.starts_with(b"/") {
        return Err("chart illegally contains absolute paths".into());
    }
    let name = path::clean(&name);
    if name == b"." {
        let raw = quoted(raw);
        return Err(
            format!("chart illegally contains content outside the base directory: {raw}").into()
        );
    }
    if name.starts_with(b"..") {
        return Err("chart illegally references parent directory".into());
    }
    if matches!(&name[..], [drive, b':', b'/', ..] if drive.is_ascii_alphabetic()) {
        return Err("chart contains illegally named files".into());
    }
    if first == b"Chart.yaml" {
        return Err("chart yaml not in base directory".into());
    }
    Ok(name.to_vec())
}

/// What the decompression came to, seen from outside the tar reader.
#[derive(Default)]
struct Stream {
    /// Bytes decompressed so far.
    length: Cell<u64>,
    /// Whether the compressed data ended before the archive did.
    truncated: Cell<bool>,
    failure: Cell<Option<&'static str>>,
}

impl Stream {
    /// Returns why reading failed: the compressed data's own fault goes before the tar reader's.
    fn failure(&self, otherwise: &'static str) -> Refusal {
        // A header that was cut short looks broken with the zeros that fill it.
        let cut = self.truncated.get() && !self.length.get().is_multiple_of(512);
        let otherwise = if cut { TRUNCATED } else { otherwise };
        Refusal::from(self.failure.get().unwrap_or(otherwise))
    }
}

/// Decompressed data, filled with zeros where Go's reader does without: after the last entry.
struct Padded<R> {
    source: R,
    state: Rc<Stream>,
    /// How many zeros are left to give once the data has ended.
    padding: Option<usize>,
}

impl<R: Read> Read for Padded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.padding.is_none() {
            match self.source.read(buffer) {
                Ok(0) => {
                    self.state.truncated.set(true);
                    let partial = (self.state.length.get() % 512) as usize;
                    self.padding = Some((512 - partial) % 512 + 1024);
                }
                Ok(n) => {
                    self.state.length.set(self.state.length.get() + n as u64);
                    return Ok(n);
                }
                Err(e) => {
                    let why = match e.kind() {
                        io::ErrorKind::UnexpectedEof => TRUNCATED,
                        _ => "flate: corrupt input",
                    };
                    self.state.failure.set(Some(why));
                    return Err(e);
                }
            }
        }
        let left = self.padding.unwrap_or(0);
        let n = left.min(buffer.len());
        buffer[..n].fill(0);
        self.padding = Some(left - n);
        Ok(n)
    }
}
