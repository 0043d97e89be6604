//! Tells how files are reached from elsewhere: from a folder, or from the top of a repository.

use std::path::{Component, Path, PathBuf};

use gostd::os::{path_of, path_text};

/// Returns a path as it is reached from a folder.
pub(super) fn relative(path: &Path, from: &Path) -> String {
    let (Ok(path), Ok(from)) = (real(path), from.canonicalize()) else { return path_text(path) };
    let common = path.components().zip(from.components()).take_while(|(a, b)| a == b).count();
    let mut relative = PathBuf::new();
    (common..from.components().count()).for_each(|_| relative.push(".."));
    path.components().skip(common).for_each(|part| relative.push(part));
    if relative.as_os_str().is_empty() { ".".to_owned() } else { path_text(&relative) }
}

/// Follows the links of what is there of a path.
fn real(path: &Path) -> std::io::Result<PathBuf> {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(real), _, _) => Ok(real),
        (Err(_), Some(parent), Some(name)) => Ok(real(parent)?.join(name)),
        (Err(e), _, _) => Err(e),
    }
}

/// Returns a path without `.` and `..`; nothing of one that leads out of where it begins.
fn plain(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if !plain.pop() => return None,
            Component::ParentDir | Component::CurDir => {}
            part => plain.push(part),
        }
    }
    Some(plain)
}

/// Names files as the repository has them in which the program runs. CI services take them so, wherever a step runs.
pub(super) struct Repository {
    /// The folder of the repository, and where in it the program runs; nothing outside of one.
    place: Option<(PathBuf, PathBuf)>,
}

impl Repository {
    /// Looks for the repository around the working folder.
    pub(super) fn here() -> Repository {
        let found = || {
            let here = std::env::current_dir().ok()?;
            let top = here.ancestors().find(|folder| folder.join(".git").exists())?;
            Some((top.to_owned(), here.strip_prefix(top).ok()?.to_owned()))
        };
        Repository { place: found() }
    }

    /// Returns the name of a file. What is no path stays what it is, as does what lies elsewhere.
    pub(super) fn name(&self, file: &str) -> String {
        let own = || {
            let (top, inside) = self.place.as_ref()?;
            let path = path_of(file);
            let first = path.components().next()?;
            if first == Component::RootDir {
                return Some(path_text(plain(&path)?.strip_prefix(top).ok()?));
            }
            // A chart of a repository of charts, or standard input, is no path.
            Path::new(first.as_os_str()).exists().then_some(())?;
            plain(&inside.join(&path)).map(|name| path_text(&name))
        };
        own().unwrap_or_else(|| file.to_owned())
    }
}
