//! Unpacking a package into a folder, Helm's `Expand`.

use std::path::{Path, PathBuf};

use crate::chart;
use gostd::os::io_reason;
use gostd::os::make_folders;
use gostd::path;
use gostd::value::Str;

/// Writes the files of a package below `folder`, in a folder named as the chart. Nothing is written
/// outside of it, whatever the names in the package, and no link is followed.
///
/// # Errors
/// `chart name not specified`, what is wrong with the archive, and what the system says.
pub fn expand(folder: &Path, package: &Path) -> Result<(), String> {
    let data = std::fs::read(package)
        .map_err(|e| format!("open {}: {}", package.display(), io_reason(&e)))?;
    let files = chart::unpack(&data).map_err(|e| e.to_string())?;
    let mut name = Str::EMPTY;
    for file in files.iter().filter(|f| f.name == "Chart.yaml") {
        let metadata = chart::read_metadata(file.data.shared())
            .map_err(|e| format!("cannot load Chart.yaml: {e}"))?;
        name = metadata.name;
    }
    if name.is_empty() {
        return Err("chart name not specified".into());
    }
    let target = within(folder, &name)?;
    for file in &files {
        let out = within(&target, &file.name)?;
        make_folders(out.parent().unwrap_or(&target)).map_err(|e| e.to_string())?;
        std::fs::write(&out, &file.data.shared()[..])
            .map_err(|e| format!("open {}: {}", out.display(), io_reason(&e)))?;
    }
    Ok(())
}

/// A path below a folder, `..` stopped at the folder.
fn within(folder: &Path, name: &[u8]) -> Result<PathBuf, String> {
    let clean = path::clean(&[b"/", name].concat());
    let clean = String::from_utf8_lossy(&clean).into_owned();
    let mut out = folder.to_owned();
    for part in clean.split('/').filter(|p| !p.is_empty()) {
        out.push(part);
        if out.symlink_metadata().is_ok_and(|m| m.is_symlink()) {
            return Err(format!(
                "{} is a link, and nothing is unpacked through links",
                out.display()
            ));
        }
    }
    Ok(out)
}
