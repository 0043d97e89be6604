//! Unpacks a package into a folder, as Helm's `Expand`.

use std::path::{Path, PathBuf};

use super::Error;
use crate::chart;
use crate::store::{FileError, StagedFolder, make_folders, write_whole};
use gostd::path;
use gostd::value::Str;

/// Writes the files of a package below `folder`, in a folder named as the chart, and returns that. It is there as a whole
/// or not at all; where it is there already, each file is. Nothing is written outside of it, whatever the names in the
/// package, and no link is followed.
///
/// # Errors
/// `chart name not specified`, what is wrong with the archive, and what the system says.
pub fn expand(folder: &Path, package: &Path) -> Result<PathBuf, Error> {
    let data =
        gostd::os::read_regular_file(package).map_err(|e| FileError::new("open", package, e))?;
    let files = chart::unpack(&data)?;
    let mut name = Str::EMPTY;
    for file in files.iter().filter(|f| f.name == "Chart.yaml") {
        let metadata = chart::read_metadata(file.data.shared())
            .map_err(|source| Error::Chartfile { source })?;
        name = metadata.name;
    }
    if name.is_empty() {
        return Err(Error::NoName);
    }
    let target = within(folder, &name)?;
    let staged = StagedFolder::new(&target)?;
    for file in &files {
        let out = within(&target, &file.name)?;
        let data = file.data.shared();
        match (&staged, out.strip_prefix(&target)) {
            (Some(staged), Ok(below)) => staged.write(below, data, 0o644)?,
            _ => {
                make_folders(out.parent().unwrap_or(&target))?;
                write_whole(&out, data, 0o644)?;
            }
        }
    }
    if let Some(staged) = staged {
        staged.finish()?;
    }
    Ok(target)
}

/// Returns a path below a folder, `..` stopped at the folder.
fn within(folder: &Path, name: &[u8]) -> Result<PathBuf, Error> {
    let clean = path::clean(&[b"/", name].concat());
    let clean = String::from_utf8_lossy(&clean).into_owned();
    let mut out = folder.to_owned();
    for part in clean.split('/').filter(|p| !p.is_empty()) {
        out.push(part);
        if out.symlink_metadata().is_ok_and(|m| m.is_symlink()) {
            return Err(Error::Link(out));
        }
    }
    Ok(out)
}
