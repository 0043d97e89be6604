//! Runs `create`: a chart to begin with.

use std::path::{Path, PathBuf};

use super::SupplyError;
use crate::chart::{self, File, Metadata, metadata_view};
use crate::clock::Clock;
use crate::create::{self, Kind};
use crate::package;
use crate::report::{Notice, Reporter};
use crate::store::FileError;
use gostd::path;

/// How long a chart's name may be, in bytes.
const LONGEST: usize = 250;

/// Makes a new chart.
#[derive(Clone, Debug)]
pub struct Create {
    /// The chart's folder, whose last part is the chart's name.
    pub path: String,
    /// What the chart runs.
    pub kind: Kind,
    /// A chart to copy instead; its name takes the place of `<CHARTNAME>`.
    pub starter: Option<PathBuf>,
    /// The time of the files in packages that are made.
    pub clock: Clock,
}

impl Default for Create {
    fn default() -> Create {
        Create {
            path: String::new(),
            kind: Kind::StatefulSet,
            starter: None,
            clock: Clock::default(),
        }
    }
}

impl Create {
    /// Writes the chart's files.
    ///
    /// # Errors
    /// Where the name is none, and where files cannot be written.
    pub fn run(&self, reporter: &dyn Reporter) -> Result<(), SupplyError> {
        let path = self.path.as_str();
        let name = String::from_utf8_lossy(path::base(path.as_bytes())).into_owned();
        let parent = path.rfind('/').and_then(|at| path.get(..at + 1)).unwrap_or_default();
        let parent = clean(Path::new(parent));
        match &self.starter {
            None => scaffold(self.kind, &name, &parent, reporter),
            Some(starter) => self.copy(starter, &name, &parent, reporter),
        }
    }

    /// Copies a starter under another name.
    fn copy(
        &self,
        starter: &Path,
        name: &str,
        parent: &Path,
        reporter: &dyn Reporter,
    ) -> Result<(), SupplyError> {
        const PLACEHOLDER: &[u8] = b"<CHARTNAME>";
        let starter = clean(starter);
        let chart = match chart::load(&starter, reporter) {
            Ok(chart) => chart,
            Err(source) => return Err(SupplyError::Starter { starter, source }),
        };
        let named = |data: &[u8]| replace(data, PLACEHOLDER, name.as_bytes());
        if let Some(values) = &chart.values_text {
            goyaml::decode(&named(values.bytes()?))
                .map_err(|source| SupplyError::Values { source })?;
        }
        if path::base(name.as_bytes()) != name.as_bytes() {
            return Err(SupplyError::Name(name.to_owned()));
        }
        let folder = clean(&parent.join(name));
        check_folder(&folder)?;
        make_folder(&folder)?;
        let metadata = Metadata {
            name: name.into(),
            description: "A Helm chart for Kubernetes".into(),
            kind: "application".into(),
            version: "0.1.0".into(),
            app_version: "0.1.0".into(),
            api_version: "v2".into(),
            ..Metadata::default()
        };
        let metadata = goyaml::marshal(&metadata_view(&metadata)).map_err(package::Error::Yaml)?;
        write(&folder.join("Chart.yaml"), &metadata)?;
        if let Some(values) = &chart.values_text {
            write(&folder.join("values.yaml"), &named(values.bytes()?))?;
        }
        if let Some(schema) = &chart.schema {
            write(&folder.join("values.schema.json"), schema)?;
        }
        let place = |file: &File| folder.join(&*String::from_utf8_lossy(&file.name));
        for file in chart.templates.iter() {
            write(&place(file), &named(file.data.bytes()?))?;
        }
        for file in chart.files.iter() {
            write(&place(file), file.data.bytes()?)?;
        }
        for below in &chart.dependencies {
            package::save(below, &folder.join("charts"), self.clock.packed()).map_err(
                |source| {
                    let (name, below) = (name.to_owned(), below.name().to_string());
                    SupplyError::Below { name, below, source: Box::new(source) }
                },
            )?;
        }
        Ok(())
    }
}

fn scaffold(
    kind: Kind,
    name: &str,
    parent: &Path,
    reporter: &dyn Reporter,
) -> Result<(), SupplyError> {
    if name.is_empty() || name.len() > LONGEST {
        return Err(SupplyError::NameLength(LONGEST));
    }
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) {
        return Err(SupplyError::NameLetters);
    }
    let parent = clean(&std::path::absolute(parent).map_err(SupplyError::Absolute)?);
    match std::fs::metadata(&parent) {
        Err(e) => return Err(FileError::new("stat", parent, e).into()),
        Ok(info) if !info.is_dir() => return Err(SupplyError::NoFolder(parent)),
        Ok(_) => {}
    }
    let folder = clean(&parent.join(name));
    check_folder(&folder)?;
    for (below, text) in create::chart(kind, name)? {
        let file = folder.join(below);
        if file.exists() {
            reporter.notice(Notice::Overwriting { path: file.clone() });
        }
        write(&file, text.as_bytes())?;
    }
    make_folder(&folder.join("charts"))
}

/// Reproduces Go's `filepath.Clean`.
fn clean(path: &Path) -> PathBuf {
    let clean = path::clean(path.to_string_lossy().as_bytes());
    PathBuf::from(String::from_utf8_lossy(&clean).into_owned())
}

fn make_folder(folder: &Path) -> Result<(), SupplyError> {
    std::fs::create_dir_all(folder).map_err(|e| FileError::new("mkdir", folder, e).into())
}

fn write(path: &Path, data: &[u8]) -> Result<(), SupplyError> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    std::fs::write(path, data).map_err(|e| FileError::new("open", path, e).into())
}

fn check_folder(folder: &Path) -> Result<(), SupplyError> {
    match std::fs::metadata(folder) {
        Ok(info) if !info.is_dir() => Err(SupplyError::NotFolder(folder.to_owned())),
        _ => Ok(()),
    }
}

/// Returns a text with all of one part in it replaced.
fn replace(text: &[u8], part: &[u8], by: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(part.len()).position(|w| w == part) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(by);
        rest = &rest[at + part.len()..];
    }
    out.extend_from_slice(rest);
    out
}
