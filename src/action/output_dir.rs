//! Writes `--output-dir`: one file for each template, later documents appended to earlier ones.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use gostd::os::bytes_of;

use super::template::Failed;
use super::{Error, Rendered, Template};
use crate::release::write_document;
use crate::report::Reporter;
use crate::store::{self, FileError, make_folders, write_whole};

/// Where documents go.
#[derive(Clone, Debug)]
pub struct OutputDir {
    /// The folder.
    pub folder: String,
    /// Puts all but CRDs into a folder of the release's name below it.
    pub release_name: bool,
}

impl OutputDir {
    /// Writes a rendered chart to files; what is left to be printed stays in it.
    pub(super) fn write(
        &self,
        action: &Template,
        rendered: &mut Rendered,
        reporter: &dyn Reporter,
    ) -> Result<(), Failed> {
        // Helm has its release by now.
        let failed = |error| Failed { error, manifest: Some(Vec::new()) };
        let mut files = Files::default();
        for crd in &rendered.crds {
            files.add(place(&self.folder, &crd.filename), &crd.filename, &crd.data);
        }
        let folder = match self.release_name {
            true => format!("{}/{}", self.folder.trim_end_matches('/'), action.release.name),
            false => self.folder.clone(),
        };
        for m in &rendered.manifests {
            files.add(place(&folder, &m.source), &m.source, &m.content);
        }
        let own = files.files.len();
        if action.manifests_rewriter().is_some() {
            // It sees nothing, and what is there when it fails are the manifests.
            files.write().map_err(|(_, error)| failed(error))?;
            action.post_render(rendered, false, reporter)?;
        }
        let of_hook = |error| Failed { error, manifest: None };
        for hook in &rendered.hooks {
            let path = place(&folder, &hook.path);
            files.keep_old(&path).map_err(of_hook)?;
            files.add(path, &hook.path, &hook.manifest);
        }
        files.write().map_err(|(at, error)| match at < own {
            true => failed(error),
            false => of_hook(error),
        })?;
        rendered.forget_documents();
        rendered.written = files.log;
        Ok(())
    }
}
/// The files of a chart's documents, in the order of the first document of each.
#[derive(Default)]
struct Files {
    files: Vec<(PathBuf, Vec<u8>)>,
    /// Where a file stands in `files`, by its path.
    at: HashMap<PathBuf, usize>,
    /// The path of each document's file.
    log: Vec<PathBuf>,
}

impl Files {
    /// Adds a document to its file.
    fn add(&mut self, path: PathBuf, name: &[u8], content: &[u8]) {
        let new = self.files.len();
        let at = *self.at.entry(path.clone()).or_insert(new);
        if at == new {
            self.files.push((path.clone(), Vec::new()));
        }
        if let Some((_, text)) = self.files.get_mut(at) {
            write_document(text, name, content);
        }
        self.log.push(path);
    }

    /// Keeps what is in a file that was there before, unless a manifest goes there.
    fn keep_old(&mut self, path: &Path) -> Result<(), Error> {
        if !self.at.contains_key(path) && path.is_file() {
            let old = store::read(path).map_err(Error::File)?;
            self.at.insert(path.to_owned(), self.files.len());
            self.files.push((path.to_owned(), old));
        }
        Ok(())
    }

    /// Writes the files, each whole; of what fails, where it stands.
    fn write(&self) -> Result<(), (usize, Error)> {
        for (at, (path, text)) in self.files.iter().enumerate() {
            write(path, text).map_err(|e| (at, Error::File(e)))?;
        }
        Ok(())
    }
}

fn write(path: &Path, text: &[u8]) -> Result<(), FileError> {
    if let Some(parent) = path.parent() {
        match parent.metadata() {
            Err(e) if e.kind() != ErrorKind::NotFound => {
                return Err(FileError::new("stat", parent, e));
            }
            _ => make_folders(parent)?,
        }
    }
    write_whole(path, text, 0o666)
}

fn place(folder: &str, name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    PathBuf::from(OsString::from_vec([&*bytes_of(folder), b"/", name].concat()))
}
