//! What `template`, `install` and `upgrade` have in common: their flags, and the way from the command
//! line to a chart's resources.

use std::mem::ManuallyDrop;
use std::path::Path;
use std::rc::Rc;

use gostd::strconv;
use gostd::value::{Map, Str, Value};
use statefulchart::chart::{self, Chart, ChartError};
use statefulchart::release::{self, Resources};
use statefulchart::render::{self, Capabilities, KubeVersion};
use statefulchart::report::Reporter;
use statefulchart::values::{prepare, to_render_values};

use super::flags::{Flag, Given, Kind, flag, known};
use super::reporter::Terminal;
use super::{Failure, locate, output, values};

/// The flags of every command that renders a chart.
pub(super) const FLAGS: &[Flag] = &[
    known::API_VERSIONS.about("Kubernetes api versions used for Capabilities.APIVersions"),
    flag("atomic", Kind::Bool, "no effect: nothing is installed"),
    known::CA_FILE.about("CA bundle for HTTPS servers"),
    known::CERT_FILE.about("client certificate for HTTPS servers"),
    flag("create-namespace", Kind::Bool, "no effect: nothing is installed"),
    known::DEPENDENCY_UPDATE.about("update dependencies if they are missing"),
    flag("description", Kind::String, "add a custom description"),
    known::DEVEL.about("use development versions, too"),
    known::DISABLE_OPENAPI_VALIDATION.about("report documents without a kind or version, too"),
    known::ENABLE_DNS.about("enable DNS lookups when rendering templates"),
    flag("force", Kind::Bool, "no effect: nothing is installed"),
    known::INSECURE_SKIP_TLS_VERIFY.about("do not check servers' certificates"),
    known::KEY_FILE.about("client key for HTTPS servers"),
    known::KEYRING.about("location of public keys used for verification"),
    known::KUBE_VERSION.about("Kubernetes version used for Capabilities.KubeVersion"),
    known::LABELS.about("labels of the release, divided by commas"),
    known::PASS_CREDENTIALS.about("pass credentials to all domains"),
    known::PASSWORD.about("chart repository password"),
    known::PLAIN_HTTP.about("use insecure HTTP connections for the chart download"),
    known::POST_RENDERER.about("a program that rewrites the manifests"),
    known::POST_RENDERER_ARGS.about("an argument of the post-renderer (repeatable)"),
    known::RENDER_SUBCHART_NOTES.about("render subchart notes along with the parent"),
    known::REPO.about("chart repository url where to locate the chart"),
    known::SKIP_CRDS.about("no effect unless CRDs are asked for"),
    known::SKIP_SCHEMA_VALIDATION.about("disable JSON schema validation"),
    flag("take-ownership", Kind::Bool, "no effect: nothing is installed"),
    flag("timeout", Kind::Duration, "no effect: nothing is waited for").or("5m0s"),
    known::USERNAME.about("chart repository username"),
    known::VERIFY.about("verify the package before using it"),
    known::VERSION.about("a version constraint for a chart from a repository"),
    flag("wait", Kind::Bool, "no effect: nothing is waited for"),
    flag("wait-for-jobs", Kind::Bool, "no effect: nothing is waited for"),
];

/// The flags of the commands that make a new release.
pub(super) const NAME_FLAGS: &[Flag] = &[
    known::GENERATE_NAME.about("generate the name (and omit the NAME parameter)"),
    known::NAME_TEMPLATE.about("specify template used to name the release"),
    flag("replace", Kind::Bool, "no effect: nothing is installed"),
];

/// The labels that Helm keeps for itself.
const SYSTEM_LABELS: &[&str] = &["name", "owner", "status", "version", "createdAt", "modifiedAt"];

/// What a failed render still has to show.
pub(super) struct Partial {
    pub(super) failure: Failure,
    /// What `template --debug` prints although it is no valid YAML; `None` where Helm has no release
    /// yet.
    pub(super) manifest: Option<Vec<u8>>,
}

impl From<Failure> for Partial {
    fn from(failure: Failure) -> Partial {
        Partial { failure, manifest: None }
    }
}

/// What a command line asks to render.
pub(super) struct Request {
    /// The release's name.
    pub(super) name: String,
    /// The namespace that the release goes to.
    pub(super) namespace: String,
    pub(super) chart: Chart,
    /// The values from `-f` and `--set`.
    pub(super) user: Map,
}

impl Request {
    /// Reads what the arguments and flags name. `unnamed` is the name of a release that gets none.
    pub(super) fn read(
        given: &Given,
        debug: bool,
        unnamed: Option<&str>,
    ) -> Result<Request, Failure> {
        if debug {
            let version = given.version.as_deref().unwrap_or_default();
            output::debug(
                "install.go:225",
                format!("Original chart version: {version:?}").as_bytes(),
            );
            if version.is_empty() && given.devel {
                output::debug("install.go:227", b"setting version to >0.0.0-0");
            }
        }
        let (name, reference) = name_and_chart(given, unnamed)?;
        let path = locate::chart(given, &reference)?;
        if debug {
            output::debug("install.go:242", format!("CHART PATH: {}\n", path.display()).as_bytes());
        }
        let user = values::merge(given)?;
        let chart = load(given, &path)?;
        check_dry_run(given)?;
        Ok(Request { name, namespace: namespace(given), chart, user })
    }

    /// Settles which subcharts take part.
    pub(super) fn prepare(&mut self) -> Result<(), Failure> {
        prepare(&mut self.chart, &self.user, &Terminal::QUIET).map_err(Failure::from)
    }

    /// Renders the chart and sorts what comes of it.
    pub(super) fn render(
        &self,
        given: &Given,
        capabilities: Capabilities,
        is_upgrade: bool,
    ) -> Result<Resources, Partial> {
        let capabilities = Rc::new(capabilities);
        let top = to_render_values(
            &self.chart,
            &self.user,
            self.release_info(is_upgrade),
            Value::Object(capabilities.clone()),
            given.skip_schema_validation,
            &Terminal::QUIET,
        );
        let top = ManuallyDrop::new(top.map_err(Failure::from)?);
        check_labels(given)?;

        let partial = |failure, manifest| Partial { failure, manifest: Some(manifest) };
        let version = capabilities.kube_version().version.to_string();
        let fits = self.chart.check_kube_version(&version);
        fits.map_err(|e| partial(e.into(), Vec::new()))?;
        let zone = output::lazy_zone();
        let dns = given.enable_dns;
        let options = render::Options { dns, lenient: None, now: &output::now, local_zone: &zone };
        let rendering = render::render(&self.chart, &top, &options);
        self.chart.check_read().map_err(unloadable)?;
        let rendering = rendering.map_err(|e| partial(e.text().into(), Vec::new()))?;
        // The program is about to exit: freeing all this piece by piece would be wasted.
        let rendering = ManuallyDrop::new(rendering);
        let sub_notes = given.render_subchart_notes;
        release::sort(&self.chart, &rendering.files, sub_notes, &Terminal::QUIET)
            .map_err(|e| partial(Failure::detailed(e.text(), e.detail()), e.blob))
    }

    /// `.Release`
    fn release_info(&self, is_upgrade: bool) -> Map {
        let release = Map::new();
        release.insert("Name", self.name.as_str().into());
        release.insert("Namespace", self.namespace.as_str().into());
        release.insert("IsUpgrade", Value::Bool(is_upgrade));
        release.insert("IsInstall", Value::Bool(!is_upgrade));
        release.insert("Revision", Value::int(1));
        release.insert("Service", "Helm".into());
        release
    }
}

/// The version of `--kube-version`, or the one Helm assumes.
pub(super) fn kube_version(given: &Given) -> Result<KubeVersion, Failure> {
    match given.kube_version.as_deref().unwrap_or_default() {
        "" => Ok(KubeVersion::default()),
        text => KubeVersion::parse(text)
            .map_err(|e| Failure::from(format!("invalid kube version '{text}': {e}"))),
    }
}

/// The API versions that `-a` adds.
pub(super) fn api_versions(given: &Given) -> Vec<Str> {
    given.api_versions.iter().map(String::as_str).map(Str::from).collect()
}

/// Refuses what Helm does not know as a value of `--dry-run`.
pub(super) fn check_dry_run(given: &Given) -> Result<(), Failure> {
    match given.dry_run.as_deref().unwrap_or_default() {
        "" | "false" | "true" | "none" | "client" | "server" => Ok(()),
        _ => Err(Failure::from(
            "Invalid dry-run flag. Flag must one of the following: false, true, none, client, server",
        )),
    }
}

/// Checks a release's name as Helm does before it installs.
pub(super) fn check_release_name(name: &str) -> Result<(), Failure> {
    let wrong = if name.is_empty() {
        "no name provided"
    } else if !is_release_name(name) {
        "invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53"
    } else {
        return Ok(());
    };
    let quoted = strconv::quote(name.as_bytes());
    let quoted = String::from_utf8_lossy(&quoted);
    Err(Failure::from(wrong).within(&format!("release name {quoted}")))
}

/// Helm's rule for release names: lowercase DNS labels with dots between them, 53 bytes at most.
pub(super) fn is_release_name(name: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let label = |l: &str| match l.as_bytes() {
        [first, .., last] if !alphanumeric(*first) || !alphanumeric(*last) => false,
        [one] => alphanumeric(*one),
        bytes => !l.is_empty() && bytes.iter().all(|&b| alphanumeric(b) || b == b'-'),
    };
    name.len() <= 53 && name.split('.').all(label)
}

/// The namespace of `-n`, of the environment, or the usual one.
pub(super) fn namespace(given: &Given) -> String {
    match given.namespace.as_deref().unwrap_or_default() {
        "" => match std::env::var("HELM_NAMESPACE") {
            Ok(n) if !n.is_empty() => n,
            _ => "default".to_owned(),
        },
        n => n.to_owned(),
    }
}

/// The release's name and the chart's place, from the arguments.
fn name_and_chart(given: &Given, unnamed: Option<&str>) -> Result<(String, String), Failure> {
    let template = given.name_template.as_deref().unwrap_or_default();
    match &given.args[..] {
        [_, _, rest @ ..] if !rest.is_empty() => Err(Failure::from(format!(
            "expected at most two arguments, unexpected arguments: {}",
            rest.join(", ")
        ))),
        [name, chart, ..] => {
            if given.generate_name {
                return Err("cannot set --generate-name and also specify a name".into());
            }
            if !template.is_empty() {
                return Err("cannot set --name-template and also specify a name".into());
            }
            Ok((name.clone(), chart.clone()))
        }
        [chart] if !template.is_empty() => {
            let zone = output::lazy_zone();
            let options =
                render::Options { dns: true, lenient: None, now: &output::now, local_zone: &zone };
            let name = render::name(template.as_bytes(), &options)?;
            Ok((String::from_utf8_lossy(&name).into_owned(), chart.clone()))
        }
        args => {
            let chart = args.first().cloned().unwrap_or_default();
            let name = match unnamed {
                Some(name) => name.to_owned(),
                None if given.generate_name => generated_name(&chart),
                None => return Err("must either provide a name or specify --generate-name".into()),
            };
            Ok((name, chart))
        }
    }
}

/// The name of `--generate-name`: the chart's, and the seconds since 1970.
fn generated_name(chart: &str) -> String {
    let base = gostd::path::base(chart.as_bytes());
    let base = match base {
        b"" | b"." => "chart".into(),
        base => String::from_utf8_lossy(base.split(|b| *b == b'.').next().unwrap_or_default()),
    };
    format!("{base}-{}", output::now().seconds)
}

fn check_labels(given: &Given) -> Result<(), Failure> {
    let mut names = given
        .labels
        .iter()
        .map(String::as_str)
        .map(|l| l.split_once('=').map_or(l, |(name, _)| name));
    if names.any(|name| SYSTEM_LABELS.contains(&name)) {
        return Err(Failure::from(format!(
            "user supplied labels contains system reserved label name. System labels: [{}]",
            SYSTEM_LABELS.join(" ")
        )));
    }
    Ok(())
}

fn load(given: &Given, path: &Path) -> Result<Chart, Failure> {
    let chart = loaded(chart::load_for_render, path)?;
    chart.check_installable().map_err(Failure::from)?;
    warn_of_deprecation(&chart);
    with_dependencies(given, path, chart)
}

/// The chart with all that it depends on, fetched first where `--dependency-update` asks for it.
pub(super) fn with_dependencies(
    given: &Given,
    path: &Path,
    chart: Chart,
) -> Result<Chart, Failure> {
    match check_dependencies(&chart) {
        Ok(()) => Ok(chart),
        Err(_) if given.dependency_update => {
            super::dependency::update(given, path)?;
            load_any(path).map_err(|e| e.within("failed reloading chart after repo update"))
        }
        Err(failure) => Err(failure),
    }
}

/// A chart of any type.
pub(super) fn load_any(path: &Path) -> Result<Chart, Failure> {
    loaded(chart::load, path)
}

fn loaded(
    load: impl Fn(&Path, &dyn Reporter) -> Result<Chart, ChartError>,
    path: &Path,
) -> Result<Chart, Failure> {
    load(path, &Terminal::QUIET).map_err(unloadable)
}

pub(super) fn unloadable(e: ChartError) -> Failure {
    Failure::detailed(e.to_string(), e.detail())
}

/// The chart in a directory; an archive is none.
pub(super) fn load_directory(path: &Path) -> Result<Chart, Failure> {
    if path.is_file() {
        return Err("Chart.yaml file is missing".into());
    }
    load_any(path)
}

pub(super) fn warn_of_deprecation(chart: &Chart) {
    if chart.metadata.deprecated {
        output::stderr(b"WARNING: This chart is deprecated\n");
    }
}

fn check_dependencies(chart: &Chart) -> Result<(), Failure> {
    chart.check_dependencies().map_err(|cause| {
        Failure::from(cause).within(
            "An error occurred while checking for chart dependencies. You may need to run `helm \
             dependency build` to fetch missing dependencies",
        )
    })
}
