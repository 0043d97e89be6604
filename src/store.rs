//! Writes files that are whole or absent, whatever interrupts it; gives the words of the system for files.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gostd::os::{io_reason, read_file};
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
        write!(f, "{} {}: {}", self.op, self.path.display(), io_reason(&self.cause))
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

/// A folder that goes away again with what is in it.
pub(crate) struct TemporaryFolder {
    /// Its path, absolute only where the folder's is that it lies in.
    pub(crate) path: PathBuf,
    _guard: tempfile::TempDir,
}

impl TemporaryFolder {
    /// Makes a folder of that name, new and empty.
    ///
    /// # Errors
    /// `mkdir PATH: permission denied`
    pub(crate) fn new(within: &Path, name: &str) -> Result<TemporaryFolder, FileError> {
        let path = within.join(name);
        // Left by a process of the same number that was killed.
        let _ = fs::remove_dir_all(&path);
        match tempfile::Builder::new().prefix(name).rand_bytes(0).tempdir_in(within) {
            Ok(guard) => Ok(TemporaryFolder { path, _guard: guard }),
            Err(e) => Err(FileError::new("mkdir", path, e)),
        }
    }
}

/// Writes a file by way of a temporary one beside it. A new file gets `mode` (less the umask), an old
/// one keeps its own; links are followed.
///
/// # Errors
/// Go's text: `open PATH: permission denied`.
pub fn write_whole(path: &Path, data: &[u8], mode: u32) -> Result<(), FileError> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let old = fs::metadata(&target).ok().map(|old| old.permissions());
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

/// Removes the temporary files of this name that ended processes have left.
fn clear_leftovers(target: &Path) {
    let folder = target.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let start = format!(".{}.", target.file_name().unwrap_or_default().to_string_lossy());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let number = name.to_str().and_then(|n| n.strip_prefix(&start)?.split_once('-'));
        let writer = number.and_then(|(process, attempt)| {
            attempt.parse::<u32>().ok()?;
            Pid::from_raw(process.parse().ok()?)
        });
        if writer.is_some_and(has_ended) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn has_ended(process: Pid) -> bool {
    rustix::process::test_kill_process(process) == Err(rustix::io::Errno::SRCH)
}

fn create_beside(path: &Path, mode: u32) -> io::Result<(PathBuf, fs::File)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut attempt = 0_u32;
    loop {
        let beside = path.with_file_name(format!(".{name}.{}-{attempt}", std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
        #[cfg(not(unix))]
        let _ = mode;
        match options.open(&beside) {
            Ok(file) => return Ok((beside, file)),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => {
                attempt += 1;
            }
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
        let left = at(format!(".app.tgz.{}-0", child.id()));
        let others = [
            at(format!(".app.tgz.{}-7", std::process::id())),
            at(format!(".other.tgz.{}-0", child.id())),
            at(".app.tgz.notes-0".to_owned()),
        ];
        for file in others.iter().chain([&left]) {
            fs::write(file, "half").unwrap();
        }
        write_whole(&at("app.tgz".to_owned()), b"whole", 0o644).unwrap();
        assert!(!left.exists());
        assert!(others.iter().all(|file| file.exists()));
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
