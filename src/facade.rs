//! Renders a chart in five lines: load it, say what to render it with, take the result.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use gojsonschema::NoLoader;
use gostd::value::{Frozen, Map, Str};
use gotemplate::Cache;

use crate::action::{self, Error, Failed, ReleaseOptions, Rendered};
use crate::chart::{self, File};
use crate::clock::Clock;
use crate::profile::{Profile, UnknownHelm};
use crate::release::Release;
use crate::render::{KubeVersion, Limits};
use crate::report::Silent;
use crate::store::FileError;
use crate::values::layers::{LayerError, Layers, ReadError};

/// A chart, loaded once and rendered as often as wanted, on any number of threads.
///
/// Clones share everything. Templates are parsed by the first render that needs them.
///
/// ```
/// use statefulchart::{Chart, Template};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let chart = Chart::load("charts/python-app")?;
/// let rendered = Template::new(&chart).release("web").set("replicaCount=2")?.run()?;
/// assert!(String::from_utf8(rendered.manifest())?.contains("replicas: 2"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Chart {
    chart: Arc<chart::Chart<Frozen>>,
    parsed: Arc<ParsedFor>,
}

/// Parsed templates, for each Helm release by itself: they hold its functions.
#[derive(Debug, Default)]
struct ParsedFor(Mutex<Vec<(Profile, Arc<Cache>)>>);

impl ParsedFor {
    fn of(&self, profile: Profile) -> Arc<Cache> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = all.iter().find(|(own, _)| *own == profile) {
            return known.clone();
        }
        let cache = Arc::new(Cache::default());
        all.push((profile, cache.clone()));
        cache
    }
}

impl Chart {
    /// Loads a chart from a folder or a packaged archive.
    ///
    /// # Errors
    /// What keeps Helm from loading it, too, in Helm's words.
    pub fn load(path: impl AsRef<Path>) -> Result<Chart, Error> {
        let chart = chart::load(path.as_ref(), &Silent)?;
        Ok(Chart { chart: Arc::new(chart.freeze()?), parsed: Arc::default() })
    }

    /// Makes a chart of files in memory: their paths within the chart, and what they hold.
    ///
    /// # Errors
    /// As [`Chart::load`].
    ///
    /// ```
    /// use statefulchart::{Chart, Template};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let chart = Chart::from_files([
    ///     ("Chart.yaml", "{apiVersion: v2, name: a, version: 1.0.0}"),
    ///     ("templates/a.yaml", "name: {{ .Release.Name }}\n"),
    /// ])?;
    /// let rendered = Template::new(&chart).release("web").run()?;
    /// assert_eq!(rendered.manifest(), b"---\n# Source: a/templates/a.yaml\nname: web\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_files<N: Into<Str>, D: AsRef<[u8]>>(
        files: impl IntoIterator<Item = (N, D)>,
    ) -> Result<Chart, Error> {
        let file = |(name, data): (N, D)| File { name: name.into(), data: data.as_ref().into() };
        let chart = chart::from_files(files.into_iter().map(file).collect(), &Silent)?;
        Ok(Chart { chart: Arc::new(chart.freeze()?), parsed: Arc::default() })
    }

    /// Returns the name in Chart.yaml.
    pub fn name(&self) -> &str {
        self.chart.metadata.name.to_str().unwrap_or_default()
    }

    /// Returns the version in Chart.yaml.
    pub fn version(&self) -> &str {
        self.chart.metadata.version.to_str().unwrap_or_default()
    }

    /// Returns a chart of its own for one render, checked as before an installation.
    fn open(&self) -> Result<chart::Chart, Error> {
        let chart = self.chart.thaw();
        action::check_installable(&chart)?;
        action::check_dependencies(&chart)?;
        Ok(chart)
    }
}

/// The methods that [`Template`] and [`DryRun`] share.
macro_rules! release_methods {
    () => {
        /// Names the release.
        #[must_use]
        pub fn release(mut self, name: &str) -> Self {
            self.action.release.name = name.to_owned();
            self
        }

        /// Names the namespace that the release goes to.
        #[must_use]
        pub fn namespace(mut self, name: &str) -> Self {
            self.action.release.namespace = name.to_owned();
            self
        }

        /// Sets values as `--set` does: `a.b=1,c={x,y}`. Later ones win, and win over files.
        ///
        /// # Errors
        /// A line that breaks the grammar.
        pub fn set(mut self, line: &str) -> Result<Self, LayerError> {
            let one = Layers { set: vec![line.as_bytes().to_vec()], ..Layers::default() };
            one.merge(&mut no_files)?;
            self.values.layers.set.extend(one.set);
            Ok(self)
        }

        /// Sets values as `--set-string` does: all are texts.
        ///
        /// # Errors
        /// A line that breaks the grammar.
        pub fn set_string(mut self, line: &str) -> Result<Self, LayerError> {
            let one = Layers { set_string: vec![line.as_bytes().to_vec()], ..Layers::default() };
            one.merge(&mut no_files)?;
            self.values.layers.set_string.extend(one.set_string);
            Ok(self)
        }

        /// Adds a file of values, as `-f` does. It is read now.
        ///
        /// # Errors
        /// A file that cannot be read, or that is no YAML.
        pub fn values_file(mut self, path: impl AsRef<Path>) -> Result<Self, LayerError> {
            self.values.file(path.as_ref())?;
            Ok(self)
        }

        /// Adds values written as YAML, as a file of them would.
        ///
        /// # Errors
        /// A text that is no YAML.
        pub fn values(mut self, yaml: &str) -> Result<Self, LayerError> {
            self.values.text(b"values", yaml.as_bytes().to_vec())?;
            Ok(self)
        }

        /// Says which Helm release is reproduced, e.g. `4.3` for the newest of those. It comes before
        /// `kube_version` and values, which releases read differently.
        ///
        /// # Errors
        /// A release that is not known.
        pub fn helm(mut self, version: &str) -> Result<Self, UnknownHelm> {
            let profile = Profile::parse(version)?;
            self.action.release.profile = profile;
            self.action.release.parsed = Some(self.chart.parsed.of(profile));
            self.values.layers.profile = profile;
            Ok(self)
        }

        /// Says which Kubernetes the cluster is, e.g. `1.33.0`.
        ///
        /// # Errors
        /// A text that is no version.
        pub fn kube_version(mut self, version: &str) -> Result<Self, Error> {
            let profile = self.action.release.profile;
            let parsed = KubeVersion::parse(version, profile).map_err(Error::KubeVersion)?;
            self.action.release.kube_version = Some(parsed);
            Ok(self)
        }

        /// Adds an API version that the cluster has, e.g. `monitoring.coreos.com/v1`.
        #[must_use]
        pub fn api_version(mut self, version: &str) -> Self {
            self.action.release.api_versions.push(Str::from(version));
            self
        }

        /// Renders as for an upgrade instead of an installation.
        #[must_use]
        pub fn upgrade(mut self) -> Self {
            self.action.release.is_upgrade = true;
            self
        }

        /// Limits what the render may take: memory, output, time.
        ///
        /// ```
        /// use statefulchart::render::{Exceeded, Limits};
        /// use statefulchart::{Chart, Template};
        /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
        /// let chart = Chart::from_files([
        ///     ("Chart.yaml", "{apiVersion: v2, name: a, version: 1.0.0}"),
        ///     ("templates/a.yaml", "a: {{ repeat 1000 .Release.Name }}\n"),
        /// ])?;
        /// let limits = Limits { output: Some(100), ..Limits::default() };
        /// let error = Template::new(&chart).limits(limits).run().unwrap_err();
        /// assert_eq!(error.exceeded(), Some(Exceeded::Output(100)));
        /// # Ok(())
        /// # }
        /// ```
        #[must_use]
        pub fn limits(mut self, limits: Limits) -> Self {
            self.action.release.limits = limits;
            self
        }

        /// Says what time it is, and in which zone.
        #[must_use]
        pub fn clock(mut self, clock: Clock) -> Self {
            self.action.release.clock = clock;
            self
        }

        /// Changes any other option.
        #[must_use]
        pub fn with(mut self, change: impl FnOnce(&mut ReleaseOptions)) -> Self {
            change(&mut self.action.release);
            self
        }
    };
}

/// Renders a chart's manifests, as `helm template` does.
///
/// [`action::Template`] has all options; this is the way to it in a few words.
#[derive(Clone, Debug)]
pub struct Template {
    chart: Chart,
    values: Values,
    action: action::Template,
}

impl Template {
    /// Begins with Helm's defaults: the release `release-name` in the namespace `default`.
    pub fn new(chart: &Chart) -> Template {
        let mut action = action::Template::default();
        action.release.parsed = Some(chart.parsed.of(action.release.profile));
        Template { chart: chart.clone(), values: Values::default(), action }
    }

    release_methods!();

    /// Puts the files under `crds/` before the manifests.
    #[must_use]
    pub fn include_crds(mut self) -> Self {
        self.action.include_crds = true;
        self
    }

    /// Leaves hooks out.
    #[must_use]
    pub fn no_hooks(mut self) -> Self {
        self.action.no_hooks = true;
        self
    }

    /// Renders the chart.
    ///
    /// # Errors
    /// Helm's words for the first thing that fails.
    pub fn run(&self) -> Result<Rendered, Error> {
        let failed = |Failed { error, .. }: Failed| error;
        self.action
            .run(self.chart.open()?, &self.values.merged()?, &NoLoader, &Silent)
            .map_err(failed)
    }
}

/// Makes the release that an installation would make, as `helm install --dry-run` reports it.
///
/// ```
/// use statefulchart::{Chart, DryRun};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let chart = Chart::load("charts/node-app")?;
/// let release = DryRun::new(&chart).release("web").run()?;
/// assert_eq!(release.version, 1);
/// assert!(release.manifest.starts_with(b"---\n# Source: node-app/"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct DryRun {
    chart: Chart,
    values: Values,
    action: action::DryRun,
}

impl DryRun {
    /// Begins with Helm's defaults: the release `release-name` in the namespace `default`.
    pub fn new(chart: &Chart) -> DryRun {
        let mut action = action::DryRun::default();
        action.release.parsed = Some(chart.parsed.of(action.release.profile));
        DryRun { chart: chart.clone(), values: Values::default(), action }
    }

    release_methods!();

    /// Makes the release.
    ///
    /// # Errors
    /// Helm's words for the first thing that fails.
    pub fn run(&self) -> Result<Release, Error> {
        self.action.run(self.chart.open()?, self.values.merged()?, &NoLoader, &Silent)
    }
}

/// The user's values: layers, and the texts of the files among them.
#[derive(Clone, Debug, Default)]
struct Values {
    layers: Layers,
    texts: Vec<Vec<u8>>,
}

impl Values {
    fn file(&mut self, path: &Path) -> Result<(), LayerError> {
        let data = gostd::os::read_file(path)
            .map_err(|e| LayerError::Read(FileError::new("open", path, e).into()))?;
        self.text(path.as_os_str().as_encoded_bytes(), data)
    }

    fn text(&mut self, name: &[u8], data: Vec<u8>) -> Result<(), LayerError> {
        let profile = self.layers.profile;
        let one = Layers { files: vec![name.to_owned()], profile, ..Layers::default() };
        one.merge(&mut |_| Ok(data.clone()))?;
        self.layers.files.push(name.to_owned());
        self.texts.push(data);
        Ok(())
    }

    /// Returns all layers merged. Files come in the order in which they were added.
    fn merged(&self) -> Result<Map, Error> {
        let mut texts = self.texts.iter();
        let merged = self.layers.merge(&mut |_| Ok(texts.next().cloned().unwrap_or_default()));
        merged.map_err(Error::Layers)
    }
}

/// Returns what `--set` and its like read: nothing.
fn no_files(_: &[u8]) -> Result<Vec<u8>, ReadError> {
    Ok(Vec::new())
}
