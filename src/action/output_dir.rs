//! Writes `--output-dir`: one file for each template, later documents appended to earlier ones.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{OpenOptions, create_dir_all};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::template::Failed;
use super::{Error, Rendered, Template};
use crate::release::write_document;
use crate::store::FileError;

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
    pub(super) fn write(&self, action: &Template, rendered: &mut Rendered) -> Result<(), Failed> {
        // Helm has its release by now.
        let failed = |error| Failed { error, manifest: Some(Vec::new()) };
        let mut files = Files::default();
        for crd in &rendered.crds {
            files.write(&self.folder, &crd.filename, &crd.data).map_err(failed)?;
        }
        let folder = match self.release_name {
            true => format!("{}/{}", self.folder.trim_end_matches('/'), action.release.name),
            false => self.folder.clone(),
        };
        for m in &rendered.manifests {
            files.write(&folder, &m.source, &m.content).map_err(failed)?;
        }
        action.post_render(rendered, false)?;
        for hook in &rendered.hooks {
            // Hooks are appended to a file that is there already.
            let path = place(&folder, &hook.path);
            if path.exists() {
                files.written.insert(path);
            }
            let written = files.write(&folder, &hook.path, &hook.manifest);
            written.map_err(|error| Failed { error, manifest: None })?;
        }
        rendered.forget_documents();
        rendered.written = files.log;
        Ok(())
    }
}

#[derive(Default)]
struct Files {
    written: HashSet<PathBuf>,
    log: Vec<PathBuf>,
}

impl Files {
    fn write(&mut self, folder: &str, name: &[u8], content: &[u8]) -> Result<(), Error> {
        let path = place(folder, name);
        let fail = |op, path: &Path| {
            let path = path.to_owned();
            move |e| Error::File(FileError::new(op, path, e))
        };
        if let Some(parent) = path.parent() {
            if let Err(e) = parent.metadata()
                && e.kind() != ErrorKind::NotFound
            {
                return Err(fail("stat", parent)(e));
            }
            create_dir_all(parent).map_err(fail("mkdir", parent))?;
        }
        let again = !self.written.insert(path.clone());
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .append(again)
            .truncate(!again)
            .open(&path)
            .map_err(fail("open", &path))?;
        let mut document = Vec::new();
        write_document(&mut document, name, content);
        file.write_all(&document).map_err(fail("write", &path))?;
        self.log.push(path);
        Ok(())
    }
}

fn place(folder: &str, name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    PathBuf::from(OsString::from_vec([folder.as_bytes(), b"/", name].concat()))
}
