//! Loads a chart from a directory.

use crate::profile::Rule;
use crate::report::{Reporter, Warning};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use rustix::buffer::spare_capacity;
use rustix::fs::{Dir, FileType, Mode, OFlags};
use rustix::io::retry_on_intr;

use super::data::{Modified, Unread, Waiting, fill, without_bom};
use super::limits::{Budget, MAX_CHART, MAX_ENTRIES, MAX_FILE};
use super::{Chart, ChartError, Data, File, IgnoreRules, LinkError, Loading, files};
use crate::store::FileError;
use gostd::os::read_whole;
use gostd::path;
use gostd::value::Str;

/// Opens a directory.
pub(super) fn open(path: &Path) -> io::Result<OwnedFd> {
    Ok(retry_on_intr(|| rustix::fs::open(path, DIRECTORY, Mode::empty()))?)
}

const FILE: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC);
const DIRECTORY: OFlags = FILE.union(OFlags::DIRECTORY);

/// Loads the chart in a directory, which is open. Where files may wait, those that
/// a render can do without are only opened.
pub(super) fn load(
    dir: &Path,
    open: OwnedFd,
    loading: Loading,
    reporter: &dyn Reporter,
    budget: &mut Budget,
) -> Result<Chart, ChartError> {
    let top = path::clean(dir.as_os_str().as_bytes());
    let mut scratch = Vec::with_capacity(SCRATCH);
    let (rules, ignore_file) = read_rules(&top, &mut scratch)?;
    // The root directory's name ends in its separator already.
    let start = top.len() + usize::from(!top.ends_with(b"/"));
    let mut walk = Walk {
        rules,
        ignore_file,
        files: Vec::new(),
        entries: 0,
        depth: 0,
        set_aside: if loading.may_wait { 0 } else { MAX_SET_ASIDE },
        keep_times: loading.keep_times,
        remaining: loading.profile.has(Rule::OneLimitForCharts).then_some(MAX_CHART),
        unread: Unread::default(),
        path: top,
        start,
        scratch,
        reporter,
    };
    walk.directory(open)?;
    let Walk { files, scratch, unread, .. } = walk;
    drop(scratch);
    let chart = files::assemble(files, reporter, budget)?;
    Ok(Chart { unread, ..chart })
}

/// What a chart's `.helmignore` holds, if it is there.
type IgnoreFile = Option<Arc<[u8]>>;

/// Returns the rules of a chart's `.helmignore`, and the file's contents if it is there.
fn read_rules(top: &[u8], scratch: &mut Vec<u8>) -> Result<(IgnoreRules, IgnoreFile), ChartError> {
    let path = [top, b"/.helmignore"].concat();
    let path = Path::new(OsStr::from_bytes(&path));
    // A pipe would keep the opening waiting.
    let flags = FILE.union(OFlags::NONBLOCK);
    let opened = retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()));
    let mut file = match opened.map_err(io::Error::from) {
        Ok(file) => fs::File::from(file),
        // Helm asks first whether it is there, and takes no answer for a no.
        Err(_) if fs::metadata(path).is_err() => return Ok((IgnoreRules::empty(), None)),
        Err(e) => return Err(ChartError::io("open", path, e)),
    };
    let reading = |e: io::Error| ChartError::io("read", path, e);
    let claimed = file.metadata().map_err(reading)?;
    if !claimed.is_file() && !claimed.is_dir() {
        return Err(ChartError::Irregular(path.to_owned()));
    }
    fill_spare(&file, scratch).map_err(reading)?;
    let mut rest = Vec::new();
    let text = if scratch.len() < scratch.capacity() {
        &scratch[..]
    } else {
        rest.extend_from_slice(scratch);
        rest.extend(read_whole(&mut file).map_err(reading)?);
        &rest[..]
    };
    let rules = IgnoreRules::parse(text).map_err(ChartError::Ignore)?;
    Ok((rules, Some(Arc::from(text))))
}

/// How large the buffer is that every file is read into first, in bytes: almost all fit, and what
/// they end up in is then as large as they are.
const SCRATCH: usize = 32 * 1024;

/// Reads a file into the buffer's capacity, until either ends. What the file does not fill stays untouched memory.
fn fill_spare(file: &fs::File, buffer: &mut Vec<u8>) -> io::Result<()> {
    buffer.clear();
    while buffer.len() < buffer.capacity() {
        if retry_on_intr(|| rustix::io::read(file, spare_capacity(buffer)))? == 0 {
            break;
        }
    }
    Ok(())
}

struct Walk<'a> {
    rules: IgnoreRules,
    /// The contents of the chart's own `.helmignore`, read before.
    ignore_file: IgnoreFile,
    files: Vec<File>,
    entries: usize,
    /// How many directories are open, one inside the other.
    depth: usize,
    /// How many files were set aside; as many as may be where none is to wait.
    set_aside: usize,
    keep_times: bool,
    /// How many bytes the files may still have together, where that is what is limited, and not each of them.
    remaining: Option<u64>,
    unread: Unread,
    /// Where the walk is, and where in it the path within the chart begins.
    path: Vec<u8>,
    start: usize,
    scratch: Vec<u8>,
    reporter: &'a dyn Reporter,
}

/// What an entry is, after links.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    Directory,
    Regular,
    Other,
}

fn entry(kind: FileType) -> Entry {
    match kind {
        FileType::Directory => Entry::Directory,
        FileType::RegularFile => Entry::Regular,
        _ => Entry::Other,
    }
}

/// Of how many directories, one inside the other, the entries are opened by their names alone. It
/// keeps a chart that nests its files deeply from running out of what may be open.
const MAX_OPEN: usize = 16;

impl Walk<'_> {
    fn here(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.path))
    }

    /// Opens what lies here, by its name where the directory around it is known: the system then need
    /// not find that again. Where the files set aside are too many for the system, they are closed.
    fn open(&mut self, within: Option<BorrowedFd<'_>>, flags: OFlags) -> io::Result<OwnedFd> {
        let open = |walk: &Self| {
            let path = match within {
                Some(_) => Path::new(walk.here().file_name().unwrap_or_default()),
                None => walk.here(),
            };
            let within = within.unwrap_or(rustix::fs::CWD);
            retry_on_intr(|| rustix::fs::openat(within, path, flags, Mode::empty()))
        };
        match open(self) {
            Err(rustix::io::Errno::MFILE) => {
                self.set_aside = MAX_SET_ASIDE;
                self.files.iter().for_each(|file| _ = file.data.shared());
                Ok(open(self)?)
            }
            opened => Ok(opened?),
        }
    }

    /// Returns the path within the chart.
    fn name(&self) -> &[u8] {
        self.path.get(self.start..).unwrap_or_default()
    }

    /// Visits what is in an open directory, in byte order of the names.
    fn directory(&mut self, open: OwnedFd) -> Result<(), ChartError> {
        let failed =
            |walk: &Self, e: rustix::io::Errno| ChartError::io("readdirent", walk.here(), e.into());
        let mut list = Dir::new(open).map_err(|e| failed(self, e))?;
        let mut found = Vec::new();
        while let Some(item) = list.read() {
            let item = item.map_err(|e| failed(self, e))?;
            let name = item.file_name().to_bytes();
            if matches!(name, b"." | b"..") {
                continue;
            }
            found.push((item.file_type(), item));
            self.entries += 1;
            if self.entries > MAX_ENTRIES {
                return Err(ChartError::TooManyEntries);
            }
        }
        found.sort_unstable_by(|(_, a), (_, b)| a.file_name().cmp(b.file_name()));
        let list = (self.depth < MAX_OPEN).then_some(list);
        let within = list.as_ref().and_then(|list| list.fd().ok());
        let end = self.path.len();
        self.depth += 1;
        for (kind, item) in &found {
            if !self.path.ends_with(b"/") {
                self.path.push(b'/');
            }
            self.path.extend_from_slice(item.file_name().to_bytes());
            let kind = match kind {
                FileType::Symlink => self.follow()?,
                // Some file systems do not tell.
                FileType::Unknown => self.look()?,
                kind => entry(*kind),
            };
            self.visit(kind, within)?;
            self.path.truncate(end);
        }
        self.depth -= 1;
        Ok(())
    }

    /// Returns what lies here, by asking for it.
    fn look(&mut self) -> Result<Entry, ChartError> {
        match kind_of(self.here())? {
            FileType::Symlink => self.follow(),
            kind => Ok(entry(kind)),
        }
    }

    /// Tells where a link leads, and that it was met.
    fn follow(&mut self) -> Result<Entry, ChartError> {
        let path = self.here();
        let resolved =
            resolve(path).map_err(|cause| ChartError::Symlink { path: path.to_owned(), cause })?;
        self.reporter
            .warn(Warning::LinkFollowed { path: path.to_owned(), target: resolved.clone() });
        Ok(entry(kind_of(&resolved)?))
    }

    fn visit(&mut self, kind: Entry, within: Option<BorrowedFd<'_>>) -> Result<(), ChartError> {
        if self.rules.ignores(self.name(), kind == Entry::Directory) {
            return Ok(());
        }
        match kind {
            Entry::Directory => {
                let open = self
                    .open(within, DIRECTORY)
                    .map_err(|e| ChartError::io("open", self.here(), e))?;
                self.directory(open)
            }
            Entry::Other => Err(ChartError::Irregular(self.here().to_owned())),
            Entry::Regular => {
                let known = match self.name() {
                    b".helmignore" => self.ignore_file.take(),
                    _ => None,
                };
                let data = match known {
                    Some(data) => without_bom(data).into(),
                    None => self.read(within)?,
                };
                let data = match self.keep_times {
                    true => data.modified_at(self.modified()),
                    false => data,
                };
                self.files.push(File { name: Str::from(self.name()), data });
                Ok(())
            }
        }
    }

    /// Returns when what lies here was changed.
    fn modified(&self) -> Option<Modified> {
        use std::os::unix::fs::MetadataExt;
        let info = fs::metadata(self.here()).ok()?;
        Some(Modified { seconds: info.mtime(), nanos: info.mtime_nsec() as u32 })
    }

    /// Returns the error of a file that is too large.
    fn too_large(&self) -> ChartError {
        match self.remaining {
            Some(_) => ChartError::Read {
                name: String::from_utf8_lossy(self.name()).into_owned(),
                cause: Box::new(ChartError::LargeChart),
            },
            None => {
                let base = self.here().file_name().unwrap_or_default();
                ChartError::LargeFile(base.to_string_lossy().into_owned())
            }
        }
    }

    /// Accounts for a file that was read.
    fn spend(&mut self, size: usize) -> Result<(), ChartError> {
        let Some(remaining) = self.remaining else { return Ok(()) };
        let rest = remaining.checked_sub(size as u64);
        self.remaining = Some(rest.ok_or_else(|| self.too_large())?);
        Ok(())
    }

    fn read(&mut self, within: Option<BorrowedFd<'_>>) -> Result<Data, ChartError> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let data = self.read_with(within, &mut scratch);
        self.scratch = scratch;
        data
    }

    fn read_with(
        &mut self,
        within: Option<BorrowedFd<'_>>,
        scratch: &mut Vec<u8>,
    ) -> Result<Data, ChartError> {
        let opened = self.open(within, FILE);
        let reading = |op, e: io::Error| ChartError::Read {
            name: String::from_utf8_lossy(self.name()).into_owned(),
            cause: Box::new(ChartError::io(op, self.here(), e)),
        };
        let mut file = fs::File::from(opened.map_err(|e| reading("open", e))?);
        let claimed = |file: &fs::File| match file.metadata().map(|info| info.len()) {
            Ok(claimed) if claimed > self.remaining.unwrap_or(MAX_FILE) => Err(self.too_large()),
            Ok(claimed) => Ok(claimed as usize),
            Err(e) => Err(ChartError::io("lstat", self.here(), e)),
        };
        if self.set_aside < MAX_SET_ASIDE && files::may_wait(self.name()) {
            let size = claimed(&file)?;
            if size >= MIN_SET_ASIDE {
                let name = String::from_utf8_lossy(self.name()).into();
                let path = self.here().into();
                self.set_aside += 1;
                self.spend(size)?;
                let (file, bytes, unread) =
                    (Mutex::new(Some(file)), OnceLock::new(), self.unread.clone());
                return Ok(Data::waiting(Waiting { file, size, path, name, unread, bytes }));
            }
        }
        fill_spare(&file, scratch).map_err(|e| reading("read", e))?;
        let mut size = scratch.len();
        if size < scratch.capacity() {
            self.spend(size)?;
            return Ok(without_bom(Arc::from(&scratch[..])).into());
        }
        let claimed = claimed(&file)?;
        // One allocation that the chart keeps; the size is bounded by the limit of files.
        let room = claimed.max(size);
        let mut data: Arc<[u8]> = std::iter::repeat_n(0u8, room).collect();
        if let Some(buffer) = Arc::get_mut(&mut data) {
            buffer[..size].copy_from_slice(scratch);
            size += fill(&mut file, &mut buffer[size..]).map_err(|e| reading("read", e))?;
        }
        if size < room {
            data = Arc::from(&data[..size]);
        } else if claimed != size {
            // One such as those in /proc, which claim to be empty.
            let mut all = data.to_vec();
            let most = self.remaining.map_or(MAX_FILE, |remaining| remaining + 1);
            let rest = most.saturating_sub(size as u64);
            file.take(rest).read_to_end(&mut all).map_err(|e| reading("read", e))?;
            data = Arc::from(all);
        }
        self.spend(data.len())?;
        Ok(without_bom(data).into())
    }
}

/// How large a file has to be, in bytes, to be set aside, and how many files may be: each stays open,
/// and from 64 on the system needs a larger table.
const MIN_SET_ASIDE: usize = 1024;
const MAX_SET_ASIDE: usize = 56;

fn kind_of(path: &Path) -> Result<FileType, ChartError> {
    let info = rustix::fs::lstat(path).map_err(|e| ChartError::io("lstat", path, e.into()))?;
    Ok(FileType::from_raw_mode(info.st_mode))
}

/// Reproduces Go's `filepath.EvalSymlinks` of an absolute path; the system's own resolution fails
/// elsewhere and with other words.
fn resolve(path: &Path) -> Result<PathBuf, LinkError> {
    let mut resolved = PathBuf::from("/");
    // What is still to walk, the next part last.
    let mut rest: Vec<Vec<u8>> = parts(path.as_os_str().as_bytes());
    let mut links = 0;
    while let Some(part) = rest.pop() {
        match &part[..] {
            b"" | b"." => continue,
            b".." => {
                resolved.pop();
                continue;
            }
            name => resolved.push(OsStr::from_bytes(name)),
        }
        let info = fs::symlink_metadata(&resolved)
            .map_err(|e| LinkError::Io(FileError::new("lstat", &resolved, e)))?;
        if info.is_symlink() {
            links += 1;
            if links > 255 {
                return Err(LinkError::TooMany);
            }
            let target = fs::read_link(&resolved)
                .map_err(|e| LinkError::Io(FileError::new("readlink", &resolved, e)))?;
            resolved.pop();
            if target.is_absolute() {
                resolved = PathBuf::from("/");
            }
            rest.extend(parts(target.as_os_str().as_bytes()));
        } else if !info.is_dir() && !rest.is_empty() {
            return Err(LinkError::NotDirectory);
        }
    }
    Ok(resolved)
}

/// Returns the parts of a path, the first one last.
fn parts(path: &[u8]) -> Vec<Vec<u8>> {
    path.rsplit(|b| *b == b'/').filter(|p| !p.is_empty()).map(<[u8]>::to_vec).collect()
}
