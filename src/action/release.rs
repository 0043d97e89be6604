//! Makes the resources of a release from a chart and the user's values.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use gojsonschema::Loader;
use gostd::value::{Map, Str, Value};
use gotemplate::Cache;
use gotemplate::coverage::Counts;
use gotemplate::func::FuncResult;

use super::Error;
use super::error::{DEPENDENCIES, NAME_CHECK};
use super::rewrite::rewrite;
use crate::chart::Chart;
use crate::clock::Clock;
use crate::lookup::Objects;
use crate::post_render::PostRenderer;
use crate::profile::{Profile, Rule};
use crate::release::{self, Resources};
use crate::render::{self, Capabilities, KubeVersion, Limits, Rendering};
use crate::report::{Reporter, Warning};
use crate::values::{prepare, to_render_values};

/// The labels that Helm keeps for itself.
pub(super) const SYSTEM_LABELS: &[&str] =
    &["name", "owner", "status", "version", "createdAt", "modifiedAt"];

/// The dry run that asks the cluster, an empty one here.
const SERVER: &str = "server";

/// What a release is made with, whatever is done with it then.
#[derive(Clone, Debug)]
pub struct ReleaseOptions {
    /// The release's name, `.Release.Name`.
    pub name: String,
    /// The namespace that it goes to, `.Release.Namespace`.
    pub namespace: String,
    /// Whether this is an upgrade, `.Release.IsUpgrade`.
    pub is_upgrade: bool,
    /// The cluster's version, `.Capabilities.KubeVersion`; `None` for the one that Helm assumes.
    pub kube_version: Option<KubeVersion>,
    /// API versions that the cluster has beside Kubernetes' own, `.Capabilities.APIVersions`.
    pub api_versions: Vec<Str>,
    /// Labels of the release.
    pub labels: Vec<(Str, Str)>,
    /// Leaves out the check of the values against the charts' schemas.
    pub skip_schema_validation: bool,
    /// Whether templates may resolve names of hosts.
    pub enable_dns: bool,
    /// Joins the subcharts' notes to the chart's own.
    pub render_subchart_notes: bool,
    /// The objects that `lookup` finds; `None` for no cluster, or the empty one of `--dry-run=server`.
    pub objects: Option<Arc<Objects>>,
    /// The value of `--dry-run`, which Helm looks at when the chart is loaded.
    pub dry_run: String,
    /// The time.
    pub clock: Clock,
    /// Parsed templates that renders of one chart share.
    pub parsed: Option<Arc<Cache>>,
    /// The Helm release that is reproduced.
    pub profile: Profile,
    /// How much the render may take.
    pub limits: Limits,
    /// Whether it is recorded where each byte came from.
    pub records: bool,
    /// The files that are rendered, by their names (`app/templates/web.yaml`); the others stay empty. Nothing: all.
    pub only: Option<Arc<HashSet<Str>>>,
    /// Takes counts of what ran of the templates.
    pub counts: Option<Arc<Mutex<Counts>>>,
}

impl Default for ReleaseOptions {
    fn default() -> ReleaseOptions {
        ReleaseOptions {
            name: "release-name".into(),
            namespace: "default".into(),
            is_upgrade: false,
            kube_version: None,
            api_versions: Vec::new(),
            labels: Vec::new(),
            skip_schema_validation: false,
            enable_dns: false,
            render_subchart_notes: false,
            objects: None,
            dry_run: String::new(),
            clock: Clock::default(),
            parsed: None,
            profile: Profile::default(),
            limits: Limits::default(),
            records: false,
            only: None,
            counts: None,
        }
    }
}

/// A chart that was rendered.
#[derive(Debug)]
pub(super) struct Made {
    /// The chart, its dependencies settled.
    pub(super) chart: Chart,
    pub(super) resources: Resources,
    /// What the resources were made of.
    pub(super) sources: Sources,
}

/// What a render leaves behind. Freeing it takes as long as a small chart's whole render: a
/// program that is about to exit keeps it until then.
#[derive(Debug)]
pub(super) struct Sources {
    _top: Map,
    pub(super) rendering: Rendering,
}

/// A failure, and what `template --debug` still shows.
#[derive(Debug)]
pub(super) struct Partial {
    pub(super) error: Error,
    /// What was rendered; `None` where Helm has no release yet.
    pub(super) manifest: Option<Vec<u8>>,
}

impl<E: Into<Error>> From<E> for Partial {
    fn from(error: E) -> Partial {
        Partial { error: error.into(), manifest: None }
    }
}

/// Refuses what Helm does not know as a value of `--dry-run`.
///
/// # Errors
/// [`Error::DryRunMode`]
pub fn check_dry_run(mode: &str) -> Result<(), Error> {
    match mode {
        "" | "false" | "true" | "none" | "client" | SERVER => Ok(()),
        _ => Err(Error::DryRunMode),
    }
}

impl ReleaseOptions {
    /// Checks what Helm checks when the chart is loaded, before anything is rendered.
    pub(super) fn check(&self, chart: &Chart, reporter: &dyn Reporter) -> Result<(), Error> {
        check_dry_run(&self.dry_run)?;
        chart.check_api_version(self.profile)?;
        super::check_release_name(&self.name)
            .inspect_err(|error| self.tell_of(NAME_CHECK, error, reporter))
    }

    /// Tells of a step that failed, as Helm 4 logs it.
    fn tell_of(&self, step: &'static str, error: &Error, reporter: &dyn Reporter) {
        if self.profile.has(Rule::StepsAreNamed) {
            let why = error.layers(self.profile.with(Rule::StepsAreNamed, false)).join(&b": "[..]);
            reporter.warn(Warning::StepFailed { step, why });
        }
    }

    /// Returns the cluster's version.
    pub fn kube_version(&self) -> KubeVersion {
        self.kube_version.clone().unwrap_or_else(|| KubeVersion::assumed(self.profile))
    }

    /// Settles which subcharts take part, then renders the chart and sorts what comes of it. `settled`
    /// is called between the two.
    #[expect(clippy::too_many_arguments, reason = "each is used once, in the order of the steps")]
    pub(super) fn make(
        &self,
        mut chart: Chart,
        user: &Map,
        capabilities: Capabilities,
        schemas: &dyn Loader,
        reporter: &dyn Reporter,
        post_renderer: Option<&PostRenderer>,
        settled: impl FnOnce(&Chart),
    ) -> Result<Made, Partial> {
        prepare(&mut chart, user, self.profile, reporter)
            .map_err(Error::Dependencies)
            .inspect_err(|error| self.tell_of(DEPENDENCIES, error, reporter))?;
        settled(&chart);
        let capabilities = Rc::new(capabilities);
        let top = to_render_values(
            &chart,
            user,
            self.release_map(),
            Value::Object(capabilities.clone()),
            (!self.skip_schema_validation).then_some(schemas),
            self.profile,
            reporter,
        )
        .map_err(Error::Values)?;
        if self.labels.iter().any(|(name, _)| SYSTEM_LABELS.iter().any(|own| *name == **own)) {
            return Err(Error::SystemLabel.into());
        }
        let partial = |error, manifest| Partial { error, manifest: Some(manifest) };
        let cluster = capabilities.kube_version();
        chart
            .check_kube_version(&cluster.compared, &cluster.version, self.profile.semver())
            .map_err(|e| partial(Error::Chart(e), Vec::new()))?;
        let sees_cluster = self.dry_run == SERVER;
        let lookup = self.lookup();
        let options = render::Options {
            sees_cluster,
            cluster: lookup.as_ref().map(|lookup| lookup as _),
            dns: self.enable_dns,
            lenient: None,
            clock: &self.clock,
            parsed: self.parsed.as_deref().filter(|_| !sees_cluster),
            profile: self.profile,
            limits: self.limits,
            records: self.records,
            only: self.only.as_deref(),
            counts: self.counts.as_deref(),
        };
        let rendering = match render::render(&chart, &top, &options) {
            Err(render::RenderError::Chart(e)) => return Err(Error::Chart(e).into()),
            rendering => rendering.map_err(|e| partial(Error::Render(e), Vec::new()))?,
        };
        let rewritten = match post_renderer {
            Some(program) if self.profile.has(Rule::PostRendererPlugins) => {
                let most = self.limits.output;
                let files = rewrite(&rendering.files, program, most, self.profile, reporter);
                Some(files.map_err(|error| partial(error, Vec::new()))?)
            }
            _ => None,
        };
        let resources = release::sort(
            &chart,
            rewritten.as_ref().unwrap_or(&rendering.files),
            self.render_subchart_notes,
            self.profile,
            reporter,
        )
        .map_err(|mut e| {
            let blob = std::mem::take(&mut e.blob);
            partial(Error::Manifest(Box::new(e)), blob)
        })?;
        Ok(Made { chart, resources, sources: Sources { _top: top, rendering } })
    }

    /// Returns what answers `lookup`, where there are objects to be found.
    pub(crate) fn lookup(&self) -> Option<impl Fn(&[Value]) -> FuncResult + Sync> {
        let objects = self.objects.as_deref()?;
        Some(|args: &[Value]| Ok(objects.find(self.namespace.as_bytes(), args)))
    }

    /// Makes `.Release`
    pub(crate) fn release_map(&self) -> Map {
        let release = Map::new();
        release.insert("Name", self.name.as_str().into());
        release.insert("Namespace", self.namespace.as_str().into());
        release.insert("IsUpgrade", Value::Bool(self.is_upgrade));
        release.insert("IsInstall", Value::Bool(!self.is_upgrade));
        release.insert("Revision", Value::int(1));
        release.insert("Service", "Helm".into());
        release
    }
}
