//! Reads the files of a packaged chart, a `.tgz`.

use std::cell::{Cell, RefCell};
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use bstr::ByteSlice;
use flate2::read::MultiGzDecoder;

use super::data::{Modified, without_bom};
use super::headers::Headers;
use super::limits::{Budget, MAX_CHART, MAX_FILE, most_unpacked};
use super::{ArchiveError, ChartError, Data, File, sniff};
use crate::profile::Rule;
use gostd::os::read_whole;
use gostd::path;
use gostd::value::Str;

/// Reads an archive that lies in the file system.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, ChartError> {
    let opening = |e| ChartError::io("open", path, e);
    let kind = fs::metadata(path).map_err(opening)?.file_type();
    if kind.is_fifo() {
        // Nobody may ever write to it.
        return Err(ChartError::Irregular(path.to_owned()));
    }
    let file = fs::File::open(path).map_err(opening)?;
    let is_regular = kind.is_file();
    let reading = |e| ChartError::io("read", path, e);
    // Helm looks at the start of anything, and goes back to it, which only a regular file lets it do.
    let data = if is_regular { read_whole(file) } else { read_start(file) }.map_err(reading)?;
    check_type(path, &data)?;
    if !is_regular {
        return Err(ChartError::Irregular(path.to_owned()));
    }
    Ok(data)
}

/// Reads as much as tells what a file is.
fn read_start(file: fs::File) -> io::Result<Vec<u8>> {
    let mut data = Vec::new();
    file.take(sniff::LENGTH as u64).read_to_end(&mut data)?;
    Ok(data)
}

/// Says what a file is that is no archive: often a values.yaml.
fn check_type(path: &Path, data: &[u8]) -> Result<(), ArchiveError> {
    if data.starts_with(sniff::GZIP) {
        return Ok(());
    }
    let mut start = [0; sniff::LENGTH];
    let length = data.len().min(start.len());
    start[..length].copy_from_slice(&data[..length]);
    let name = path.display().to_string();
    Err(if name.ends_with(".yml") || name.ends_with(".yaml") {
        ArchiveError::YamlFile(path.to_owned())
    } else {
        let found = sniff::content_type(&start);
        ArchiveError::OtherFile { path: path.to_owned(), found }
    })
}

/// Reads the files of an archive, named without their first directory; with the times when they were changed if these
/// are to be kept.
pub(super) fn unpack(
    data: &[u8],
    keep_times: bool,
    budget: &mut Budget,
) -> Result<Vec<File>, ChartError> {
    if data.is_empty() {
        return Err(ArchiveError::Empty.into());
    }
    if data.len() < 10 {
        return Err(ArchiveError::Truncated.into());
    }
    if !data.starts_with(sniff::GZIP) {
        return Err(ArchiveError::NotGzip.into());
    }
    let state = Rc::new(Stream::new(budget.unpacked_left()));
    let files = files(data, keep_times, &state, budget);
    budget.unpacked(state.length.get());
    files
}

fn files(
    data: &[u8],
    keep_times: bool,
    state: &Rc<Stream>,
    budget: &mut Budget,
) -> Result<Vec<File>, ChartError> {
    let stream = Padded { source: MultiGzDecoder::new(data), state: state.clone(), padding: None };
    let mut archive = tar::Archive::new(stream);
    let mut files = Vec::new();
    let mut remaining = MAX_CHART;
    for entry in archive.entries().map_err(|_| state.failure(ArchiveError::Header))? {
        let mut entry = entry.map_err(|_| state.failure(ArchiveError::Header))?;
        let header = entry.header();
        let kind = header.entry_type();
        let packed = if kind.is_gnu_sparse() { header.entry_size() } else { Ok(entry.size()) };
        state.headers.borrow_mut().entry(packed.unwrap_or_default());
        let raw_name = entry.path_bytes().into_owned();
        // The file type bits that some archives keep in the mode.
        let mode_says_directory = header.mode().is_ok_and(|m| m & !0o7777 == 0o40000);
        let flag = header.as_bytes()[156];
        let old_directory = flag == 0 && raw_name.ends_with(b"/");
        if kind.is_dir() || mode_says_directory || old_directory {
            continue;
        }
        if kind.is_pax_global_extensions() || kind.is_pax_local_extensions() {
            continue;
        }
        let modified = if keep_times { modified(&mut entry) } else { None };
        let name = inner_name(&raw_name)?;
        let size = entry.size();
        if size > remaining {
            return Err(budget.too_large());
        }
        if size > MAX_FILE && !budget.profile.has(Rule::OneLimitForCharts) {
            return Err(ArchiveError::LargeFile(raw_name).into());
        }
        // Links, devices and pipes have no data, whatever they say; Helm misses it.
        if size > 0 && matches!(flag, b'1'..=b'6') {
            return Err(budget.too_large());
        }
        budget.spend(size)?;
        // Bounded by MAX_CHART.
        let mut data: Arc<[u8]> = std::iter::repeat_n(0u8, size as usize).collect();
        if let Some(buffer) = Arc::get_mut(&mut data) {
            entry.read_exact(buffer).map_err(|_| state.failure(ArchiveError::Truncated))?;
        }
        if entry.raw_file_position() + size > state.length.get() && state.truncated.get() {
            return Err(state.failure(ArchiveError::Truncated).into());
        }
        remaining -= size;
        if remaining == 0 {
            return Err(budget.too_large());
        }
        let data = Data::from(without_bom(data)).modified_at(modified);
        files.push(File { name: Str::from(name), data });
    }
    if files.is_empty() {
        return Err(ArchiveError::NoFiles.into());
    }
    Ok(files)
}

/// Returns when an entry was changed: by its extension header, or by its own.
fn modified<R: Read>(entry: &mut tar::Entry<'_, R>) -> Option<Modified> {
    let own = entry.header().mtime().ok().and_then(|seconds| i64::try_from(seconds).ok());
    let extended = entry.pax_extensions().ok().flatten().and_then(|mut all| {
        all.find_map(|e| {
            e.ok().filter(|e| e.key_bytes() == b"mtime")?.value().ok().map(str::to_owned)
        })
    });
    let Some(text) = extended else { return own.map(|seconds| Modified { seconds, nanos: 0 }) };
    let (seconds, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits: String = fraction.chars().chain(std::iter::repeat('0')).take(9).collect();
    let (whole, nanos) = (seconds.parse::<i64>().ok()?, digits.parse::<u32>().ok()?);
    Some(match seconds.starts_with('-') && nanos > 0 {
        true => Modified { seconds: whole - 1, nanos: 1_000_000_000 - nanos },
        false => Modified { seconds: whole, nanos },
    })
}

/// Returns an entry's path without its first directory, with Helm's checks that it stays inside the
/// chart.
fn inner_name(raw: &[u8]) -> Result<Vec<u8>, ArchiveError> {
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
        return Err(ArchiveError::AbsolutePath);
    }
    let name = path::clean(&name);
    if name == b"." {
        return Err(ArchiveError::OutsideBase(raw.to_vec()));
    }
    if name.starts_with(b"..") {
        return Err(ArchiveError::ParentDirectory);
    }
    if matches!(&name[..], [drive, b':', b'/', ..] if drive.is_ascii_alphabetic()) {
        return Err(ArchiveError::IllegalName);
    }
    if first == b"Chart.yaml" {
        return Err(ArchiveError::NoBaseDirectory);
    }
    Ok(name.to_vec())
}

/// What the decompression came to, seen from outside the tar reader.
struct Stream {
    /// Bytes decompressed so far, and the most there may be.
    length: Cell<u64>,
    most: u64,
    headers: RefCell<Headers>,
    /// Whether the compressed data ended before the archive did.
    truncated: Cell<bool>,
    failure: Cell<Option<ArchiveError>>,
}

impl Stream {
    fn new(most: u64) -> Stream {
        Stream {
            length: Cell::new(0),
            most,
            headers: RefCell::new(Headers::new()),
            truncated: Cell::new(false),
            failure: Cell::new(None),
        }
    }

    /// Looks at bytes that go by.
    fn pass(&self, bytes: &[u8]) -> Result<(), ArchiveError> {
        let before = self.length.get();
        let length = before + bytes.len() as u64;
        self.length.set(length);
        if !self.headers.borrow_mut().pass(before, bytes) {
            return Err(ArchiveError::LongHeader);
        }
        match length > self.most {
            true => Err(ArchiveError::TotalTooLarge { limit: most_unpacked() }),
            false => Ok(()),
        }
    }

    /// Returns why reading failed: the compressed data's own fault goes before the tar reader's.
    fn failure(&self, otherwise: ArchiveError) -> ArchiveError {
        // A header that was cut short looks broken with the zeros that fill it.
        let cut = self.truncated.get() && !self.length.get().is_multiple_of(512);
        let otherwise = if cut { ArchiveError::Truncated } else { otherwise };
        self.failure.take().unwrap_or(otherwise)
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
                    return self.state.pass(&buffer[..n]).map(|()| n).map_err(|why| {
                        self.state.failure.set(Some(why));
                        io::ErrorKind::InvalidData.into()
                    });
                }
                Err(e) => {
                    let why = match e.kind() {
                        io::ErrorKind::UnexpectedEof => ArchiveError::Truncated,
                        _ => ArchiveError::Corrupt,
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
