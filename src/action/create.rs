//! Runs `create`: a chart to begin with.

use std::path::{Path, PathBuf};

use super::SupplyError;
use crate::chart::{self, File, Metadata, metadata_view};
use crate::clock::Clock;
use crate::create::{self, Kind};
use crate::package;
use crate::profile::Profile;
use crate::report::{Notice, Reporter};
use crate::store::{FileError, StagedFolder, make_folders, write_whole};
use gostd::os::{bytes_of, path_of, path_text, text_of};
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
    /// The Helm release that reads the starter.
    pub profile: Profile,
}

impl Default for Create {
    fn default() -> Create {
        Create {
            path: String::new(),
            kind: Kind::StatefulSet,
            starter: None,
            clock: Clock::default(),
            profile: Profile::DEFAULT,
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
        let parent = clean(&path_of(parent));
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
        let chart = match chart::load_as(&starter, self.profile, reporter) {
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
        let new = NewChart::at(folder)?;
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
        new.write("Chart.yaml".as_ref(), &metadata)?;
        if let Some(values) = &chart.values_text {
            new.write("values.yaml".as_ref(), &named(values.bytes()?))?;
        }
        if let Some(schema) = &chart.schema {
            new.write("values.schema.json".as_ref(), schema)?;
        }
        let place = |file: &File| PathBuf::from(&*String::from_utf8_lossy(&file.name));
        for file in chart.templates.iter() {
            new.write(&place(file), &named(file.data.bytes()?))?;
        }
        for file in chart.files.iter() {
            new.write(&place(file), file.data.bytes()?)?;
        }
        for below in &chart.dependencies {
            let charts = new.place().join("charts");
            package::save(below, &charts, self.clock.packed(), self.profile).map_err(|source| {
                let (name, below) = (name.to_owned(), below.name().to_string());
                SupplyError::Below { name, below, source: Box::new(source) }
            })?;
        }
        new.finish()
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
    let new = NewChart::at(folder.clone())?;
    for (below, text) in create::chart(kind, name)? {
        let file = folder.join(below);
        if file.exists() {
            reporter.notice(Notice::Overwriting { path: file });
        }
        new.write(below.as_ref(), text.as_bytes())?;
    }
    new.make_folder("charts".as_ref())?;
    new.finish()
}

/// A chart that is written: a folder that comes as a whole, or one that is there already, of which each file does.
enum NewChart {
    Whole(StagedFolder),
    FileByFile(PathBuf),
}

impl NewChart {
    fn at(folder: PathBuf) -> Result<NewChart, SupplyError> {
        Ok(match StagedFolder::new(&folder)? {
            Some(staged) => NewChart::Whole(staged),
            None => NewChart::FileByFile(folder),
        })
    }

    /// Returns where the chart is being written.
    fn place(&self) -> &Path {
        match self {
            NewChart::Whole(staged) => staged.path(),
            NewChart::FileByFile(folder) => folder,
        }
    }

    fn make_folder(&self, below: &Path) -> Result<(), SupplyError> {
        let made = match self {
            NewChart::Whole(staged) => staged.folder(below),
            NewChart::FileByFile(folder) => make_folders(&folder.join(below)),
        };
        Ok(made?)
    }

    fn write(&self, below: &Path, data: &[u8]) -> Result<(), SupplyError> {
        match self {
            NewChart::Whole(staged) => Ok(staged.write(below, data, 0o644)?),
            NewChart::FileByFile(folder) => {
                self.make_folder(below.parent().unwrap_or(Path::new("")))?;
                Ok(write_whole(&folder.join(below), data, 0o644)?)
            }
        }
    }

    fn finish(self) -> Result<(), SupplyError> {
        match self {
            NewChart::Whole(staged) => Ok(staged.finish()?),
            NewChart::FileByFile(_) => Ok(()),
        }
    }
}

/// Reproduces Go's `filepath.Clean`.
fn clean(path: &Path) -> PathBuf {
    let clean = path::clean(&bytes_of(&path_text(path)));
    path_of(&text_of(clean)).into_owned()
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
