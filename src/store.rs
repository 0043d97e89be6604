//! Writes files that are whole or absent, whatever interrupts it; gives the words of the system for files.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gostd::os::{expect_regular, io_reason, read_file};
use rustix::process::Pid;

/// The system refused something. It displays as Go's `PathError`: `open PATH: permission denied`.
#[derive(Clone, Debug)]
pub struct FileError {
    /// Go's name of the system call.
    pub op: &'static str,
    /// What it was called on.
    pub path: PathBuf,
    /// What the system said.
    pub cause: Arc<io::Error>,
}

impl FileError {
    /// Returns the error of a call on a path.
    pub fn new(op: &'static str, path: impl Into<PathBuf>, cause: io::Error) -> FileError {
        FileError { op, path: path.into(), cause: Arc::new(cause) }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.op, gostd::os::path_text(&self.path), io_reason(&self.cause))
    }
}

impl std::error::Error for FileError {}

/// Reads a file whole. A folder can be opened, and fails when it is read.
///
/// # Errors
/// Go's text: `open PATH: no such file or directory`.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    read_file(path).map_err(|e| {
        let op = if e.kind() == io::ErrorKind::IsADirectory { "read" } else { "open" };
        FileError::new(op, path, e)
    })
}

/// Reads a regular file whole, for a name that the user did not give: a pipe may never be written to.
///
/// # Errors
/// As [`read`], and `open PATH: not a regular file`.
pub fn read_regular(path: &Path) -> Result<Vec<u8>, FileError> {
    if let Err(e) = expect_regular(path)
        && e.kind() != io::ErrorKind::NotFound
    {
        return Err(FileError::new("open", path, e));
    }
    read(path)
}

/// Makes a folder and those above it.
///
/// # Errors
/// `mkdir PATH: not a directory`, as Go names the path: the first from the left that stands in the way.
pub fn make_folders(folder: &Path) -> Result<(), FileError> {
    fs::create_dir_all(folder).map_err(|e| {
        let mut above: Vec<_> = folder.ancestors().filter(|a| !a.as_os_str().is_empty()).collect();
        above.reverse();
        let wrong = above.into_iter().find(|a| !a.is_dir()).unwrap_or(folder);
        let cause = if wrong.exists() { io::ErrorKind::NotADirectory.into() } else { e };
        FileError::new("mkdir", wrong, cause)
    })
}

/// What tells our temporary names from anybody's: `.NAME.statefulchart-PROCESS-NUMBER`.
const MARK: &str = "statefulchart-";

/// A folder that goes away again with what is in it.
pub(crate) struct TemporaryFolder {
    /// Its path, absolute only where the folder's is that it lies in.
    pub(crate) path: PathBuf,
    _guard: tempfile::TempDir,
}

impl TemporaryFolder {
    /// Makes a folder of that name, new and empty. What other processes have left there, which `writer` knows by their
    /// names, is removed if they have ended.
    ///
    /// # Errors
    /// `mkdir PATH: permission denied`
    pub(crate) fn new(
        within: &Path,
        name: &str,
        writer: impl Fn(&str) -> Option<Pid>,
    ) -> Result<TemporaryFolder, FileError> {
        let path = within.join(name);
        // Left by a process of the same number that was killed.
        let _ = fs::remove_dir_all(&path);
        clear_ended(within, writer);
        match tempfile::Builder::new().prefix(name).rand_bytes(0).tempdir_in(within) {
            Ok(guard) => Ok(TemporaryFolder { path, _guard: guard }),
            Err(e) => Err(FileError::new("mkdir", path, e)),
        }
    }
}

/// A folder that is made beside its place and takes it when it is whole. Until then it goes away with what is in it.
#[derive(Debug)]
pub(crate) struct StagedFolder {
    target: PathBuf,
    /// Where the folder is made.
    beside: PathBuf,
}

impl StagedFolder {
    /// Returns a folder for a place where nothing is, or an empty folder; `None` where something else is, or where a file
    /// system begins, whose place no folder can take.
    ///
    /// # Errors
    /// `mkdir PATH: permission denied`
    pub(crate) fn new(target: &Path) -> Result<Option<StagedFolder>, FileError> {
        let is_free = match fs::read_dir(target) {
            // A link stays one: what it leads to is filled.
            Ok(mut entries) => {
                entries.next().is_none() && !target.is_symlink() && !is_mount_point(target)
            }
            // A link that leads nowhere is something.
            Err(e) => e.kind() == io::ErrorKind::NotFound && !target.is_symlink(),
        };
        if !is_free {
            return Ok(None);
        }
        clear_leftovers(target);
        let parent = target.parent().unwrap_or(target);
        make_folders(if parent.as_os_str().is_empty() { Path::new(".") } else { parent })?;
        let (beside, ()) = new_beside(target, |beside| fs::create_dir(beside))
            .map_err(|e| FileError::new("mkdir", target, e))?;
        Ok(Some(StagedFolder { target: target.to_owned(), beside }))
    }

    /// Returns where the folder is made.
    pub(crate) fn path(&self) -> &Path {
        &self.beside
    }

    /// Writes a file below the folder, and makes the folders that it lies in.
    ///
    /// # Errors
    /// `write PATH: no space left on device`, with the path that the file is going to have.
    pub(crate) fn write(&self, below: &Path, data: &[u8], mode: u32) -> Result<(), FileError> {
        let path = self.target.join(below);
        self.folder(below.parent().unwrap_or(Path::new("")))?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        set_mode(&mut options, mode);
        let mut file =
            options.open(self.beside.join(below)).map_err(|e| FileError::new("open", &path, e))?;
        file.write_all(data).map_err(|e| FileError::new("write", path, e))
    }

    /// Makes a folder below the folder, and those above it.
    ///
    /// # Errors
    /// `mkdir PATH: no space left on device`
    pub(crate) fn folder(&self, below: &Path) -> Result<(), FileError> {
        fs::create_dir_all(self.beside.join(below))
            .map_err(|e| FileError::new("mkdir", self.target.join(below), e))
    }

    /// Puts the folder in its place.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn finish(self) -> Result<(), FileError> {
        let renamed = fs::rename(&self.beside, &self.target);
        renamed.map_err(|e| FileError::new("rename", &self.target, e))
    }
}

/// Returns whether a file system begins at a folder, as far as the system tells.
#[cfg(target_os = "linux")]
fn is_mount_point(folder: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};
    let told = statx(CWD, folder, AtFlags::empty(), StatxFlags::empty());
    told.is_ok_and(|told| told.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

#[cfg(not(target_os = "linux"))]
fn is_mount_point(_: &Path) -> bool {
    false
}

impl Drop for StagedFolder {
    fn drop(&mut self) {
        // Nothing is there once it has taken its place.
        let _ = fs::remove_dir_all(&self.beside);
    }
}

/// Writes a file by way of a temporary one beside it. A new file gets `mode` (less the umask), an old
/// one keeps its own; links are followed. What is there and is no file, such as a pipe, is written to as it is.
///
/// # Errors
/// Go's text: `open PATH: permission denied`.
pub fn write_whole(path: &Path, data: &[u8], mode: u32) -> Result<(), FileError> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let old = fs::metadata(&target).ok();
    if let Some(old) = &old
        && !old.is_file()
    {
        let mut options = OpenOptions::new();
        let mut file =
            options.write(true).open(&target).map_err(|e| FileError::new("open", path, e))?;
        return file.write_all(data).map_err(|e| FileError::new("write", path, e));
    }
    let old = old.map(|old| old.permissions());
    write_beside(&target, data, mode, old).map_err(|(op, e)| FileError::new(op, path, e))
}

/// Writes a file as [`write_whole`] does, in place of what has its name: a link that somebody put there is replaced, as by
/// Helm's downloads, and what it leads to stays as it is.
///
/// # Errors
/// As [`write_whole`].
pub fn replace_whole(path: &Path, data: &[u8], mode: u32) -> Result<(), FileError> {
    write_beside(path, data, mode, None).map_err(|(op, e)| FileError::new(op, path, e))
}

fn write_beside(
    target: &Path,
    data: &[u8],
    mode: u32,
    permissions: Option<fs::Permissions>,
) -> Result<(), (&'static str, io::Error)> {
    clear_leftovers(target);
    let (temporary, mut file) = create_beside(target, mode).map_err(|e| ("open", e))?;
    let written = (|| {
        file.write_all(data)?;
        if let Some(permissions) = permissions {
            file.set_permissions(permissions)?;
        }
        fs::rename(&temporary, target)
    })();
    written.map_err(|e| {
        let _ = fs::remove_file(&temporary);
        ("write", e)
    })
}

/// Removes the temporary files and folders of this name that ended processes have left.
fn clear_leftovers(target: &Path) {
    let folder = target.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let start = format!(".{}.{MARK}", target.file_name().unwrap_or_default().to_string_lossy());
    clear_ended(folder, |name| {
        let (process, attempt) = name.strip_prefix(&start)?.split_once('-')?;
        attempt.parse::<u32>().ok()?;
        process_of(process)
    });
}

/// Removes what ended processes have left in a folder, which `writer` knows by the names.
pub(crate) fn clear_ended(folder: &Path, writer: impl Fn(&str) -> Option<Pid>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.to_str().and_then(&writer).is_some_and(has_ended) {
            let is_folder = entry.file_type().is_ok_and(|t| t.is_dir());
            let path = entry.path();
            let _ = if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
    }
}

/// Reads the number of a process.
pub(crate) fn process_of(text: &str) -> Option<Pid> {
    Pid::from_raw(text.parse().ok().filter(|number| *number > 0)?)
}

fn has_ended(process: Pid) -> bool {
    rustix::process::test_kill_process(process) == Err(rustix::io::Errno::SRCH)
}

fn create_beside(path: &Path, mode: u32) -> io::Result<(PathBuf, fs::File)> {
    new_beside(path, |beside| {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        set_mode(&mut options, mode);
        options.open(beside)
    })
}

fn set_mode(options: &mut OpenOptions, mode: u32) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, mode);
    #[cfg(not(unix))]
    let _ = (options, mode);
}

/// Makes something new beside a path, whose name says whose it is.
fn new_beside<T>(path: &Path, make: impl Fn(&Path) -> io::Result<T>) -> io::Result<(PathBuf, T)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut attempt = 0_u32;
    loop {
        let beside = path.with_file_name(format!(".{name}.{MARK}{}-{attempt}", std::process::id()));
        match make(&beside) {
            Ok(made) => return Ok((beside, made)),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => attempt += 1,
            Err(e) => return Err(e),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_ended_process_left_is_removed_and_what_a_live_one_writes_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: String| folder.path().join(name);
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let left = at(format!(".app.tgz.{MARK}{}-0", child.id()));
        let others = [
            at(format!(".app.tgz.{MARK}{}-7", std::process::id())),
            at(format!(".other.tgz.{MARK}{}-0", child.id())),
            at(".app.tgz.notes-0".to_owned()),
            // What looks like ours and is somebody's.
            at(format!(".app.tgz.{}-0", child.id())),
        ];
        for file in others.iter().chain([&left]) {
            fs::write(file, "half").unwrap();
        }
        write_whole(&at("app.tgz".to_owned()), b"whole", 0o644).unwrap();
        assert!(!left.exists());
        assert!(others.iter().all(|file| file.exists()));
    }

    #[test]
    fn no_folder_takes_the_place_of_a_file_system() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_mount_point(folder.path()));
        assert_eq!(is_mount_point(Path::new("/proc")), cfg!(target_os = "linux"));
    }

    #[test]
    fn a_folder_takes_its_place_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("above/chart");
        let names = || {
            let entries = fs::read_dir(folder.path().join("above")).unwrap();
            entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
        };
        let staged = StagedFolder::new(&place).unwrap().unwrap();
        staged.write(Path::new("templates/a.yaml"), b"a", 0o644).unwrap();
        assert!(!place.exists());
        drop(staged);
        assert_eq!(names(), [""; 0]);
        fs::create_dir(&place).unwrap();
        let staged = StagedFolder::new(&place).unwrap().unwrap();
        staged.write(Path::new("templates/a.yaml"), b"a", 0o644).unwrap();
        staged.finish().unwrap();
        assert_eq!(names(), ["chart"]);
        assert_eq!(fs::read(place.join("templates/a.yaml")).unwrap(), b"a");
        assert!(StagedFolder::new(&place).unwrap().is_none());
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let left = folder.path().join(format!("above/.other.{MARK}{}-0", child.id()));
        fs::create_dir_all(left.join("templates")).unwrap();
        StagedFolder::new(&folder.path().join("above/other")).unwrap().unwrap().finish().unwrap();
        assert!(!left.exists());
    }

    #[test]
    fn what_is_no_file_is_written_to() {
        write_whole(Path::new("/dev/null"), b"gone", 0o644).unwrap();
        assert!(!Path::new("/dev/null").metadata().unwrap().is_file());
        let folder = tempfile::tempdir().unwrap();
        let error = write_whole(folder.path(), b"", 0o644).unwrap_err();
        assert!(error.to_string().ends_with(": is a directory"), "{error}");
    }

    #[test]
    fn a_link_is_followed_by_what_is_the_users_own_and_replaced_by_a_download() {
        let folder = tempfile::tempdir().unwrap();
        let (own, link) = (folder.path().join("own"), folder.path().join("link"));
        fs::write(&own, "before").unwrap();
        std::os::unix::fs::symlink("own", &link).unwrap();
        write_whole(&link, b"followed", 0o644).unwrap();
        assert_eq!(fs::read(&own).unwrap(), b"followed");
        replace_whole(&link, b"replaced", 0o644).unwrap();
        assert_eq!(fs::read(&own).unwrap(), b"followed");
        assert!(!link.symlink_metadata().unwrap().is_symlink());
    }
}
