//! Loads charts: Chart.yaml, folders and archives, .helmignore, Chart.lock.

mod archive;
mod data;
pub(crate) mod decode;
mod directory;
mod documents;
mod error;
mod fields;
mod files;
pub(crate) mod headers;
mod ignore;
mod limits;
mod metadata;
mod place;
mod sniff;
#[cfg(test)]
mod tests;
mod view;

use crate::profile::{Profile, Rule};
use crate::report::Reporter;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

pub use data::Data;
pub(crate) use data::Modified;
pub(crate) use documents::{Documents, read_values_by};
pub use documents::{SeparatorError, ValuesFileError, merge_maps, read_values};
pub use error::{ArchiveError, ChartError, IgnoreError, LinkError, MetadataError, ParseError};
pub use ignore::IgnoreRules;
pub use metadata::{API_V1, API_V2, Dependency, Maintainer, Metadata};
use view::view_map;
pub use view::{dependencies_view, metadata_view, view};

use gosemver::Release;
use gostd::path;
use gostd::value::{Frozen, Map, Str, Value};

/// A file of a chart, by its slash-separated path within the chart.
#[derive(Clone, Debug)]
pub struct File {
    /// The path within the chart, e.g. `templates/service.yaml`.
    pub name: Str,
    /// The contents, without a leading byte order mark.
    pub data: Data,
}

/// A lock file's contents, Helm's `chart.Lock`.
#[derive(Clone, Debug, Default)]
pub struct Lock {
    /// When it was made, as it stands in the file.
    pub generated: Str,
    /// A hash of the dependencies it was made from.
    pub digest: Str,
    /// What it fixes; `None` is Go's nil slice.
    pub dependencies: Option<Vec<Dependency>>,
}

/// A loaded chart with the charts it holds. Clones share the files.
///
/// `V` is how the defaults are kept: as values that a render works with (a [`Map`], on one thread), or
/// [`Frozen`] for threads to share.
#[derive(Clone, Debug)]
pub struct Chart<V = Map> {
    /// Chart.yaml (and requirements.yaml).
    pub metadata: Arc<Metadata>,
    /// Chart.lock or requirements.lock.
    pub lock: Option<Lock>,
    /// What lies under `templates/`, in loading order.
    pub templates: Arc<Vec<File>>,
    /// What `.Files` shows, in loading order; `crds/` is among it.
    pub files: Arc<Vec<File>>,
    /// values.yaml as it is written.
    pub values_text: Option<Data>,
    /// The defaults, values.yaml; nil where there is none. A caller that changes them has to copy
    /// them first.
    pub values: V,
    /// values.schema.json.
    pub schema: Option<Arc<[u8]>>,
    /// The charts in `charts/`, by name at first; processed dependencies come in Chart.yaml's order.
    pub dependencies: Vec<Chart<V>>,
    /// The folder or archive in the `charts/` of the chart that holds it; empty for one that no chart holds.
    pub entry: Str,
    /// Helm's `ChartFullPath()`: `parent/charts/name`.
    pub full_path: Str,
    /// Whether no chart holds this one.
    pub is_root: bool,
    /// When Chart.yaml and values.schema.json were changed, of a chart that [`load_for_report`] has loaded.
    pub(crate) modified: [Option<Modified>; 2],
    /// The file that could not be read after it was opened.
    pub(crate) unread: data::Unread,
}

/// A file under `crds/`, Helm's `chart.CRD`.
#[derive(Clone, Debug)]
pub struct Crd {
    /// The path within its chart.
    pub name: Str,
    /// The path with its chart's full path.
    pub filename: Str,
    /// The contents.
    pub data: Arc<[u8]>,
}

/// Loads a chart from a directory or a packaged `.tgz`, as `helm template` does. Error texts and
/// warnings show the path as it is given; Helm gives an absolute one.
///
/// `reporter` takes the warnings on the way.
pub fn load(path: &Path, reporter: &dyn Reporter) -> Result<Chart, ChartError> {
    load_as(path, Profile::DEFAULT, reporter)
}

/// Loads a chart as [`load`] does, but as a Helm release has it.
///
/// # Errors
/// As [`load`].
pub fn load_as(
    path: &Path,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<Chart, ChartError> {
    load_with(path, Loading::of(profile), reporter)
}

/// Loads a chart as [`load`] does, but as a Helm release has it, and files of a directory that a render may do without are only
/// opened. A caller that has read [`File::data`] has to call [`Chart::check_read`] before it relies on it.
pub fn load_for_render(
    path: &Path,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<Chart, ChartError> {
    load_with(path, Loading { may_wait: true, ..Loading::detecting(profile) }, reporter)
}

/// Loads the chart in a folder that is to be packed, as a Helm release has it.
pub(crate) fn load_for_package(
    path: &Path,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<Chart, ChartError> {
    let chart = load_with(path, Loading::detecting(profile), reporter)?;
    chart.check_api_version(profile)?;
    Ok(chart)
}

/// Loads a chart as [`load_for_render`] does, and keeps of the root chart when each file was changed.
pub fn load_for_report(
    path: &Path,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<Chart, ChartError> {
    let loading = Loading { may_wait: true, keep_times: true, ..Loading::detecting(profile) };
    load_with(path, loading, reporter)
}

/// How a chart is loaded.
#[derive(Clone, Copy)]
struct Loading {
    /// Whether files that a render may do without are only opened.
    may_wait: bool,
    /// Whether it is kept when files were changed.
    keep_times: bool,
    /// Whether the `apiVersion` is looked at first.
    detects: bool,
    /// The Helm release that is reproduced.
    profile: Profile,
}

impl Loading {
    fn of(profile: Profile) -> Loading {
        Loading { may_wait: false, keep_times: false, detects: false, profile }
    }

    /// The same for a chart that is to be rendered or packed.
    fn detecting(profile: Profile) -> Loading {
        Loading { detects: profile.has(Rule::ChartsAreDetected), ..Loading::of(profile) }
    }
}

fn load_with(path: &Path, loading: Loading, reporter: &dyn Reporter) -> Result<Chart, ChartError> {
    let mut chart = match directory::open(path) {
        Ok(open) => {
            // Helm walks, and names in errors, the absolute path.
            let path = std::path::absolute(path).map_err(|e| ChartError::io("getwd", path, e))?;
            let mut budget = limits::Budget::new(loading.profile);
            if loading.detects {
                budget.detected = Some(detect(&path)?);
            }
            directory::load(&path, open, loading, reporter, &mut budget)?
        }
        Err(refused) => {
            let info = std::fs::metadata(path).map_err(|e| ChartError::io("stat", path, e))?;
            if info.is_dir() {
                return Err(ChartError::io("open", path, refused));
            }
            let mut budget = limits::Budget::new(loading.profile);
            let data = archive::read(path)?;
            let unpacked = archive::unpack(&data, loading.keep_times, &mut budget);
            let files = match loading.detects {
                true => detect_unpacked(unpacked, &mut budget)?,
                false => unpacked?,
            };
            files::assemble(files, reporter, &mut budget)?
        }
    };
    chart.set_paths(None);
    Ok(chart)
}

/// Looks at the Chart.yaml of a folder.
fn detect(folder: &Path) -> Result<decode::Detected, ChartError> {
    let name = gostd::path::clean(folder.join("Chart.yaml").as_os_str().as_bytes());
    let data = crate::store::read(Path::new(OsStr::from_bytes(&name)));
    decode::detect(data.map_err(ChartError::Undetected)?)
}

/// Looks at the Chart.yaml among the files of an archive. Only the limits that Helm does not have are still named.
fn detect_unpacked(
    unpacked: Result<Vec<File>, ChartError>,
    budget: &mut limits::Budget,
) -> Result<Vec<File>, ChartError> {
    let files = unpacked.map_err(|error| match error {
        ChartError::Archive(ArchiveError::TotalTooLarge { .. }) => error,
        _ => ChartError::UnreadableArchive,
    })?;
    let chartfile = files.iter().find(|file| file.name == "Chart.yaml");
    let data = chartfile.ok_or(ChartError::NoChartfileInArchive)?.data.shared();
    budget.detected = Some(decode::detect(data.to_vec())?);
    Ok(files)
}

/// Makes a chart of files that are in memory already, named by their paths within the chart.
pub fn from_files(files: Vec<File>, reporter: &dyn Reporter) -> Result<Chart, ChartError> {
    from_files_as(files, Profile::DEFAULT, reporter)
}

/// Makes a chart as [`from_files`] does, but as a Helm release has it.
pub(crate) fn from_files_as(
    files: Vec<File>,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<Chart, ChartError> {
    let mut chart = files::assemble(files, reporter, &mut limits::Budget::new(profile))?;
    chart.set_paths(None);
    Ok(chart)
}

/// Makes a chart of the files of its folder, in the order in which a walk meets them: those that its `.helmignore` names
/// are left out.
///
/// # Errors
/// A `.helmignore` that is none; those of [`from_files`].
pub fn from_folder(
    mut files: Vec<File>,
    profile: Profile,
    reporter: &dyn Reporter,
) -> Result<Chart, ChartError> {
    let rules = match files.iter().find(|file| file.name == ".helmignore") {
        Some(file) => IgnoreRules::parse(file.data.shared()).map_err(ChartError::Ignore)?,
        None => IgnoreRules::empty(),
    };
    files.retain(|file| !rules.ignores_file(&file.name));
    from_files_as(files, profile, reporter)
}

/// Returns the files of a packaged chart's bytes, named by their paths within the chart, nothing of
/// them read yet.
pub fn unpack(data: &[u8]) -> Result<Vec<File>, ChartError> {
    archive::unpack(data, false, &mut limits::Budget::new(Profile::DEFAULT))
}

/// Returns whether Chart.yaml has a field that Go calls so.
pub(crate) fn is_metadata_field(go: &[u8]) -> bool {
    fields::METADATA.iter().any(|field| field.go.as_bytes() == go)
}

/// Checks that a Chart.yaml names no field twice and none that Helm does not know.
///
/// # Errors
/// The first such field.
pub(crate) fn check_metadata_strictly(data: &[u8], profile: Profile) -> Result<(), ParseError> {
    decode::metadata_strictly(data, profile)
}

/// Reads what a Chart.yaml says, without the checks that loading makes.
pub fn read_metadata(data: &[u8]) -> Result<Metadata, ParseError> {
    read_metadata_as(data, Profile::DEFAULT)
}

/// Reads a Chart.yaml as [`read_metadata`] does, but as a Helm release does.
pub(crate) fn read_metadata_as(data: &[u8], profile: Profile) -> Result<Metadata, ParseError> {
    let mut metadata = Metadata::default();
    decode::metadata(data, None, &mut metadata, profile)?;
    Ok(metadata)
}

impl<V> Chart<V> {
    fn with<W>(&self, values: W, dependencies: Vec<Chart<W>>) -> Chart<W> {
        Chart {
            metadata: self.metadata.clone(),
            lock: self.lock.clone(),
            templates: self.templates.clone(),
            files: self.files.clone(),
            values_text: self.values_text.clone(),
            values,
            schema: self.schema.clone(),
            dependencies,
            entry: self.entry.clone(),
            full_path: self.full_path.clone(),
            is_root: self.is_root,
            modified: self.modified,
            unread: self.unread.clone(),
        }
    }

    /// Returns the same chart with other defaults, and without the charts it holds.
    pub(crate) fn alone(&self) -> Chart<V>
    where
        V: Clone,
    {
        self.with(self.values.clone(), Vec::new())
    }
}

impl Chart<Frozen> {
    /// Returns a chart of its own for one render.
    pub fn thaw(&self) -> Chart {
        let dependencies = self.dependencies.iter().map(Chart::thaw).collect();
        self.with(self.values.thaw_map(), dependencies)
    }
}

impl Chart {
    /// Returns the name in Chart.yaml, or the alias.
    pub fn name(&self) -> &Str {
        &self.metadata.name
    }

    /// Returns the same chart for threads to share, every file read.
    ///
    /// # Errors
    /// A file that could be opened and not be read.
    pub fn freeze(&self) -> Result<Chart<Frozen>, ChartError> {
        for file in self.templates.iter().chain(self.files.iter()) {
            file.data.bytes()?;
        }
        let values = Frozen::of_map(&self.values);
        let dependencies = self.dependencies.iter().map(Chart::freeze);
        Ok(self.with(values, dependencies.collect::<Result<_, _>>()?))
    }

    /// Checks whether every file that was looked at since [`load_for_render`] could be read.
    pub fn check_read(&self) -> Result<(), ChartError> {
        self.unread.get().map_or(Ok(()), |e| Err(e.clone()))
    }

    /// Returns the files under `crds/` of this chart and of those it holds, Helm's `CRDObjects()`.
    ///
    /// # Errors
    /// A file that could be opened and not be read.
    pub fn crds(&self) -> Result<Vec<Crd>, ChartError> {
        let mut crds = Vec::new();
        self.collect_crds(&mut crds)?;
        Ok(crds)
    }

    /// Returns whether there is a file under `crds/`, here or in a chart below.
    pub fn has_crds(&self) -> bool {
        self.files.iter().any(is_crd) || self.dependencies.iter().any(Chart::has_crds)
    }

    fn collect_crds(&self, into: &mut Vec<Crd>) -> Result<(), ChartError> {
        for file in self.files.iter() {
            if is_crd(file) {
                into.push(Crd {
                    name: file.name.clone(),
                    filename: Str::from(path::join([self.full_path.as_bytes(), &file.name])),
                    data: file.data.bytes()?.clone(),
                });
            }
        }
        for chart in &self.dependencies {
            chart.collect_crds(into)?;
        }
        Ok(())
    }

    /// Returns the value of `.Chart` in this chart's templates, as a Helm release has it.
    pub fn view(&self, profile: Profile) -> Value {
        match profile.has(Rule::ChartIsMap) {
            false => view(&self.metadata, self.is_root),
            true => Value::Map(view_map(self.metadata.clone(), self.is_root)),
        }
    }

    /// Checks what Chart.yaml says once more, after it was changed.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(&mut self, profile: Profile) -> Result<(), MetadataError> {
        Arc::make_mut(&mut self.metadata).validate(profile)
    }

    /// Adds a chart to those that it holds, as if it lay in its `charts/`.
    pub fn hold(&mut self, chart: Chart) {
        self.dependencies.push(chart);
        let parent = self.full_path.clone();
        if let Some(chart) = self.dependencies.last_mut() {
            chart.set_paths(Some(&parent));
        }
    }

    fn set_paths(&mut self, parent: Option<&Str>) {
        self.is_root = parent.is_none();
        self.full_path = match parent {
            Some(parent) => Str::from([&parent[..], b"/charts/", self.name()].concat()),
            None => self.name().clone(),
        };
        for chart in &mut self.dependencies {
            chart.set_paths(Some(&self.full_path));
        }
    }

    /// Refuses charts that are not meant to be installed.
    ///
    /// # Errors
    /// [`ChartError::NotInstallable`]
    pub fn check_installable(&self) -> Result<(), ChartError> {
        match &self.metadata.kind[..] {
            b"" | b"application" => Ok(()),
            _ => Err(ChartError::NotInstallable(self.metadata.kind.clone())),
        }
    }

    /// Refuses a chart of an `apiVersion` that Helm 4 loads, but does not render or pack.
    ///
    /// # Errors
    /// [`ChartError::ApiVersion`]
    pub(crate) fn check_api_version(&self, profile: Profile) -> Result<(), ChartError> {
        match profile.has(Rule::ChartsAreDetected) && self.metadata.api_version == "v3" {
            true => Err(ChartError::ApiVersion),
            false => Ok(()),
        }
    }

    /// Whether each chart that Chart.yaml names is there.
    ///
    /// # Errors
    /// [`ChartError::MissingDependencies`]
    pub fn check_dependencies(&self) -> Result<(), ChartError> {
        let Some(wanted) = &self.metadata.dependencies else { return Ok(()) };
        let missing: Vec<Str> = wanted
            .iter()
            .filter(|w| !self.dependencies.iter().any(|d| *d.name() == w.name))
            .map(|w| w.name.clone())
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(ChartError::MissingDependencies(missing))
    }

    /// Checks whether the chart accepts a cluster of this version (`v1.32.0`), which is `shown` so.
    ///
    /// # Errors
    /// [`ChartError::KubeVersion`]
    pub fn check_kube_version(
        &self,
        version: &[u8],
        shown: &[u8],
        semver: Release,
    ) -> Result<(), ChartError> {
        let wanted = &self.metadata.kube_version;
        if wanted.is_empty() || is_compatible_range(wanted, version, semver) {
            return Ok(());
        }
        let version = String::from_utf8_lossy(shown).into_owned();
        Err(ChartError::KubeVersion { wanted: wanted.clone(), version })
    }
}

/// Reproduces Helm's `IsCompatibleRange`: whether a version meets a SemVer constraint; false where
/// either is malformed.
pub fn is_compatible_range(constraint: &[u8], version: &[u8], semver: Release) -> bool {
    let (Ok(constraint), Ok(version)) =
        (std::str::from_utf8(constraint), std::str::from_utf8(version))
    else {
        return false;
    };
    let Ok(version) = semver.version(version) else { return false };
    semver.constraint(constraint).is_ok_and(|c| c.matches(&version))
}

fn is_crd(file: &File) -> bool {
    file.name.starts_with(b"crds/") && has_manifest_extension(&file.name)
}

/// Returns whether a file may hold manifests, by its name.
fn has_manifest_extension(name: &[u8]) -> bool {
    let ext = path::ext(name);
    [&b".yaml"[..], b".yml", b".json"].iter().any(|e| ext.eq_ignore_ascii_case(e))
}
