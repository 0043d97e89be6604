//! Reads what a command is given as a file or on standard input.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use gostd::os::{io_reason, path_of, path_text, read_whole};
use memchr::memmem;
use walkdir::WalkDir;

use super::Failure;
use super::flags::quoted;
use super::paths::relative;

/// Returns a file's contents.
pub(super) fn file(path: &Path) -> Result<Vec<u8>, Failure> {
    read_whole(open(path)?).map_err(|e| failed("read", path, &e))
}

fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|e| failed("open", path, &e))
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::from(format!("{what} {}: {}", path_text(path), io_reason(error)))
}

/// Returns what standard input holds; `what` says what that is.
pub(super) fn stdin(what: &str) -> Result<Vec<u8>, Failure> {
    read_whole(std::io::stdin().lock())
        .map_err(|e| Failure::from(format!("read {what} from standard input: {}", io_reason(&e))))
}

/// Texts that can be read no more than once, by what names them: standard input, pipes, what is fetched. Who asks again
/// is given the same text.
#[derive(Default)]
pub(super) struct Once(RefCell<HashMap<String, Vec<u8>>>);

impl Once {
    /// Returns the text that a name stands for. What is no file that can be read again is kept.
    ///
    /// # Errors
    /// Those of `read`.
    pub(super) fn text<E>(
        &self,
        name: &str,
        read: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Vec<u8>, E> {
        if let Some(text) = self.0.borrow().get(name) {
            return Ok(text.clone());
        }
        let text = read()?;
        if name == "-" || !path_of(name).is_file() {
            self.0.borrow_mut().insert(name.to_owned(), text.clone());
        }
        Ok(text)
    }
}

/// What an argument names that may be a chart or manifests.
pub(super) enum Named {
    /// A chart: a folder, an archive, or what is not on this machine.
    Chart,
    /// A file of manifests, or standard input.
    Text(Vec<u8>),
    /// The files of manifests in a folder, by their paths, and the charts in it.
    Folder(Vec<(String, Vec<u8>)>, Vec<PathBuf>),
}

/// Finds what an argument names, and reads it if it is no chart.
///
/// # Errors
/// What cannot be read; a folder that holds neither a chart nor manifests.
pub(super) fn named(argument: &str, once: &Once) -> Result<Named, Failure> {
    if argument == "-" {
        return Ok(Named::Text(once.text(argument, || stdin("the manifests"))?));
    }
    let path = path_of(argument);
    if path.is_dir() && !path.join("Chart.yaml").is_file() {
        let read = |path: PathBuf| Ok((path_text(&path), file(&path)?));
        let (files, charts) = manifests(&path)?;
        let files = files.into_iter().map(read);
        return Ok(Named::Folder(files.collect::<Result<_, Failure>>()?, charts));
    }
    if !path.exists() || path.is_dir() {
        return Ok(Named::Chart);
    }
    if !path.is_file() {
        // A pipe can be read once: what comes out of it says what it is.
        let text = once.text(argument, || file(&path))?;
        return match text.starts_with(ARCHIVE) {
            true => Err(Failure::from(format!(
                "{} is an archive that comes through a pipe: write it to a file, and name that",
                quoted(argument)
            ))),
            false => Ok(Named::Text(text)),
        };
    }
    text_of_file(&path).map(|text| text.map_or(Named::Chart, Named::Text))
}

/// How what is compressed begins, as archives of charts are.
const ARCHIVE: &[u8] = &[0x1f, 0x8b];

/// Returns a file's contents, unless it is an archive.
fn text_of_file(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let mut file = open(path)?;
    let mut start = Vec::new();
    let begun = file.by_ref().take(ARCHIVE.len() as u64).read_to_end(&mut start);
    begun.and_then(|_| file.rewind()).map_err(|e| failed("read", path, &e))?;
    match start == ARCHIVE {
        true => Ok(None),
        false => read_whole(file).map(Some).map_err(|e| failed("read", path, &e)),
    }
}

/// Tells whether a file is called as manifests are.
pub(super) fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json")
}

/// Returns the files of manifests in a folder and the folders in it, and the folders of charts in it, whose files are none of
/// these; sorted by name.
///
/// # Errors
/// A folder that cannot be read, or that holds none.
fn manifests(path: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Failure> {
    let (mut files, mut charts) = (Vec::new(), Vec::new());
    let mut entries = WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter();
    while let Some(entry) = entries.next() {
        let entry = entry.map_err(|e| Failure::from(e.to_string()))?;
        if entry.file_type().is_dir() && entry.path().join("Chart.yaml").is_file() {
            charts.push(entry.into_path());
            entries.skip_current_dir();
        } else if entry.file_type().is_file() && is_manifest(entry.path()) {
            files.push(entry.into_path());
        }
    }
    match files.is_empty() && charts.is_empty() {
        true => Err(Failure::from(format!(
            "{} holds neither a chart nor manifests (*.yaml, *.yml, *.json)",
            quoted(&path_text(path))
        ))),
        false => Ok((files, charts)),
    }
}

/// Fails where a folder holds charts, of which one has to be named.
///
/// # Errors
/// Charts, with the names of the first of them.
pub(super) fn no_charts(folder: &str, charts: &[PathBuf]) -> Result<(), Failure> {
    if charts.is_empty() {
        return Ok(());
    }
    let names = some_of(charts);
    Err(format!("{} holds charts, not manifests: name one of them ({names})", quoted(folder))
        .into())
}

/// Names the first of several paths.
pub(super) fn some_of(paths: &[PathBuf]) -> String {
    const NAMED: usize = 5;
    let mut names: Vec<String> =
        paths.iter().take(NAMED).map(|path| quoted(&path_text(path))).collect();
    if paths.len() > NAMED {
        names.push(format!("{} more", paths.len() - NAMED));
    }
    names.join(", ")
}

/// Fails where an argument names templates of a chart, not what they render to: the chart is what was meant.
///
/// # Errors
/// Files with actions in the folder of templates of a chart.
pub(super) fn no_templates(argument: &str, named: &Named) -> Result<(), Failure> {
    let is_template = |text: &[u8]| memmem::find(text, b"{{").is_some();
    let what = match named {
        Named::Text(text) if argument != "-" && is_template(text) => {
            "is a template of a chart, not a manifest"
        }
        Named::Folder(files, _) if files.iter().any(|(_, text)| is_template(text)) => {
            "holds templates of a chart, not manifests"
        }
        _ => return Ok(()),
    };
    let written = path_of(argument);
    let Ok(path) = written.canonicalize() else { return Ok(()) };
    let is_folder = |folder: &&Path| folder.file_name().is_some_and(|name| name == "templates");
    let chart = path.ancestors().find(is_folder).and_then(Path::parent);
    let Some(chart) = chart.filter(|chart| chart.join("Chart.yaml").is_file()) else {
        return Ok(());
    };
    // As it was written, if it can be reached so.
    let mut ways = written.ancestors().filter(|way| !way.as_os_str().is_empty());
    let way = ways.find(|way| way.canonicalize().is_ok_and(|way| way == chart));
    let chart = way.map_or_else(|| relative(chart, Path::new(".")), path_text);
    Err(format!("{} {what}: did you mean {}?", quoted(argument), quoted(&chart)).into())
}
