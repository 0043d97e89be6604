//! Files that are whole or absent, whatever interrupts the writing.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use gostd::os::io_reason;

/// Writes a file by way of a temporary one beside it. A new file gets `mode` (less the umask), an old
/// one keeps its own; links are followed.
///
/// # Errors
/// Go's text: `open PATH: permission denied`.
pub fn write_whole(path: &Path, data: &[u8], mode: u32) -> Result<(), String> {
    let fail = |op: &str, e: std::io::Error| format!("{op} {}: {}", path.display(), io_reason(&e));
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (temporary, mut file) = create_beside(&target, mode).map_err(|e| fail("open", e))?;
    let written = (|| {
        file.write_all(data)?;
        if let Ok(old) = fs::metadata(&target) {
            file.set_permissions(old.permissions())?;
        }
        fs::rename(&temporary, &target)
    })();
    written.map_err(|e| {
        let _ = fs::remove_file(&temporary);
        fail("write", e)
    })
}

fn create_beside(path: &Path, mode: u32) -> std::io::Result<(PathBuf, fs::File)> {
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
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists && attempt < 100 => {
                attempt += 1;
            }
            Err(e) => return Err(e),
        }
    }
}
