//! Which chart an argument names.

use std::path::PathBuf;

use super::Failure;

/// The path of the chart, made absolute.
///
/// # Errors
/// Helm's text where the path is absolute or begins with a dot; anything else names a repository's
/// or registry's chart, which this program does not fetch.
pub(super) fn chart(name: &str) -> Result<PathBuf, Failure> {
    let name = name.trim();
    let path = PathBuf::from(name);
    if path.exists() {
        return std::path::absolute(&path).map_err(|e| Failure::from(e.to_string()));
    }
    if path.is_absolute() || name.starts_with('.') {
        return Err(Failure::from(format!("path {name:?} not found")));
    }
    if name.contains("://") {
        return Err(Failure::from(format!(
            "{name:?} is remote, and statefulchart renders local charts only: fetch it first with `helm pull`"
        )));
    }
    match name.split_once('/') {
        Some((repo, _)) => Err(Failure::from(format!("repo {repo} not found"))),
        None => Err(Failure::from(format!(
            "non-absolute URLs should be in form of repo_name/path_to_chart, got: {name}"
        ))),
    }
}
