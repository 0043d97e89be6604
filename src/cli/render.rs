//! Holds what `template`, `install` and `upgrade` have in common: their flags, and the way from the command
//! line to a chart and its values.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gostd::os::path_of;
use gostd::strconv;
use gostd::value::{Map, Str};
use statefulchart::action::{self, NameAndChart, ReleaseOptions};
use statefulchart::chart::{self, Chart};
use statefulchart::lookup::Objects;
use statefulchart::post_render::PostRenderer;
use statefulchart::profile::Rule;
use statefulchart::render::KubeVersion;
use statefulchart::report::{Debug, Event, Reporter, Silent, Warning};

use super::flags::{self, Flag, Format, Given, Kind, flag, known};
use super::reporter::Terminal;
use super::{Failure, input, limits, locate, output, profile, program, settings, values};

/// The flags of every command that renders a chart.
pub(super) const FLAGS: &[Flag] = &[
    flag("atomic", Kind::Bool, NOTHING_IS_INSTALLED).without(Rule::FlagsOfHelm4),
    flag("atomic", Kind::Bool, NOTHING_IS_INSTALLED)
        .with(Rule::AtomicIsDeprecated)
        .deprecated("use --rollback-on-failure instead"),
    flag("rollback-on-failure", Kind::Bool, NOTHING_IS_INSTALLED).with(Rule::FlagsOfHelm4),
    known::CA_FILE.about("CA bundle for HTTPS servers"),
    known::CERT_FILE.about("client certificate for HTTPS servers"),
    flag("create-namespace", Kind::Bool, "no effect: nothing is installed"),
    known::DEPENDENCY_UPDATE.about("update dependencies if they are missing"),
    flag("description", Kind::String, "add a custom description"),
    known::DEVEL.about("use development versions, too"),
    known::DISABLE_OPENAPI_VALIDATION.about("report documents without a kind or version, too"),
    known::ENABLE_DNS.about("enable DNS lookups when rendering templates"),
    flag("force", Kind::Bool, NOTHING_IS_INSTALLED).without(Rule::FlagsOfHelm4),
    known::INSECURE_SKIP_TLS_VERIFY.about("do not check servers' certificates"),
    known::KEY_FILE.about("client key for HTTPS servers"),
    known::KEYRING.about("location of public keys used for verification"),
    known::LABELS.about("labels of the release, divided by commas"),
    known::PASS_CREDENTIALS.about("pass credentials to all domains"),
    known::PASSWORD.about("chart repository password"),
    known::PLAIN_HTTP.about("use insecure HTTP connections for the chart download"),
    known::POST_RENDERER.about("a program that rewrites the manifests"),
    known::POST_RENDERER_ARGS.about("an argument of the post-renderer (repeatable)"),
    known::REPO.about("chart repository url where to locate the chart"),
    known::SKIP_CRDS.about("no effect unless CRDs are asked for"),
    known::SKIP_SCHEMA_VALIDATION.about("disable JSON schema validation"),
    flag("take-ownership", Kind::Bool, "no effect: nothing is installed"),
    flag("timeout", Kind::Duration, "no effect: nothing is waited for").or("5m0s"),
    known::USERNAME.about("chart repository username"),
    known::VERIFY.about("verify the package before using it"),
    known::VERSION.about("a version constraint for a chart from a repository"),
    flag("wait", Kind::Bool, "no effect: nothing is waited for").without(Rule::FlagsOfHelm4),
    WAIT_OF_HELM_4.about("no effect: nothing is waited for"),
    flag("wait-for-jobs", Kind::Bool, "no effect: nothing is waited for"),
];

const NOTHING_IS_INSTALLED: &str = "no effect: nothing is installed";

/// What Helm 4 takes in the place of `--force`.
pub(super) const FORCE_FLAGS: &[Flag] = &[
    flag("force", Kind::Bool, NOTHING_IS_INSTALLED)
        .with(Rule::FlagsOfHelm4)
        .deprecated("use --force-replace instead"),
    flag("force-conflicts", Kind::Bool, NOTHING_IS_INSTALLED).with(Rule::FlagsOfHelm4),
    flag("force-replace", Kind::Bool, NOTHING_IS_INSTALLED).with(Rule::FlagsOfHelm4),
];

/// Flags that exclude each other.
pub(super) const FORCES: &[&str] = &["force-replace", "force-conflicts"];
pub(super) const OLD_FORCES: &[&str] = &["force", "force-conflicts"];

/// The flags of the commands that install.
pub(super) const INSTALL_FLAGS: &[Flag] = &[known::SERVER_SIDE
    .of_kind(Kind::Bool)
    .about(NOTHING_IS_INSTALLED)
    .with(Rule::FlagsOfHelm4)
    .or("true")];

/// `--wait` in Helm 4.
pub(super) const WAIT_OF_HELM_4: Flag =
    flag("wait", Kind::Wait, "").with(Rule::FlagsOfHelm4).or("hookOnly");

/// `--dry-run` in Helm 4.
pub(super) const DRY_RUN_OF_HELM_4: Flag =
    known::DRY_RUN.of_kind(Kind::OptionalString(ALONE)).with(Rule::FlagsOfHelm4);

/// What Helm 4 takes `--dry-run` for where it stands alone.
const ALONE: &str = "unset";

/// Checks the value of `--dry-run`: in Helm 4, where it is read.
///
/// # Errors
/// A value that is none of Helm's.
pub(super) fn check_dry_run(given: &Given) -> Result<(), Failure> {
    match profile::current().has(Rule::FlagsOfHelm4) {
        true => Ok(()),
        false => Ok(action::check_dry_run(given.dry_run.as_deref().unwrap_or_default())?),
    }
}

/// Returns what `--dry-run` says, by the rules of the release in force. `is_always` is a command's that is a dry run
/// without it.
///
/// # Errors
/// A value that is none of Helm 4's; Helm 3 checks it later.
pub(super) fn dry_run(given: &Given, is_always: bool) -> Result<String, Failure> {
    let profile = profile::current();
    if !profile.has(Rule::FlagsOfHelm4) {
        return Ok(given.dry_run.clone().unwrap_or_default());
    }
    let usual = if is_always { "client" } else { "none" };
    let value = given.dry_run.as_deref().unwrap_or(usual);
    let refused = |allowed: &str| {
        let value = strconv::quoted(value);
        Failure::from(format!("invalid dry-run value ({value}). Must be {allowed}"))
    };
    let refused_always = || refused(r#""server" or "client""#);
    let taken = match (value, flags::parse_bool(value)) {
        (ALONE, _) => {
            Terminal::QUIET.report(Event::Warning(Warning::DryRunAlone));
            "client"
        }
        ("none", _) | (_, Some(false)) if is_always => return Err(refused_always()),
        ("client" | "server" | "none", _) => value,
        (_, Some(on)) => {
            let taken = if on { "client" } else { "none" };
            let given = value.to_owned();
            Terminal::QUIET.report(Event::Warning(Warning::DryRunIsNoSwitch { given, taken }));
            taken
        }
        (_, None) => return Err(refused(r#""none", "server", or "client""#)),
    };
    Ok(taken.to_owned())
}

const API_VERSIONS: Flag =
    known::API_VERSIONS.about("Kubernetes api versions used for Capabilities.APIVersions");
const KUBE_VERSION: Flag =
    known::KUBE_VERSION.about("Kubernetes version used for Capabilities.KubeVersion");

pub(super) const LOOKUP: Flag =
    known::LOOKUP.about("files of the objects that `lookup` finds (can specify multiple)").own();

/// The flags that describe a cluster.
pub(super) const CLUSTER_FLAGS: &[Flag] = &[API_VERSIONS, KUBE_VERSION];

/// The same for commands of which Helm asks a cluster.
pub(super) const OWN_CLUSTER_FLAGS: &[Flag] = &[API_VERSIONS.own(), KUBE_VERSION.own(), LOOKUP];

/// The flags of the commands that make a new release.
pub(super) const NAME_FLAGS: &[Flag] = &[
    known::GENERATE_NAME.about("generate the name (and omit the NAME parameter)"),
    known::NAME_TEMPLATE.about("specify template used to name the release"),
    flag("replace", Kind::Bool, "no effect: nothing is installed"),
];

/// A chart that a command line names, with the values that it gives.
pub(super) struct Named {
    /// The release's name.
    pub(super) name: String,
    /// Where the chart lies.
    pub(super) path: PathBuf,
    pub(super) chart: Chart,
    /// The chart as it was named.
    pub(super) reference: String,
    /// The values from `-f` and `--set`.
    pub(super) user: Map,
}

impl Named {
    /// Finds and loads what the arguments and flags of a command name. `unnamed` is the name of a release
    /// that gets none.
    pub(super) fn read(
        command: &str,
        given: &Given,
        unnamed: Option<&'static str>,
    ) -> Result<Named, Failure> {
        let reporter = Terminal::of(given);
        if reporter.wants_debug() {
            let version = given.version.clone().unwrap_or_default();
            let devel = version.is_empty() && given.devel;
            reporter.report(Event::Debug(Debug::OriginalVersion { version }));
            if devel {
                reporter.report(Event::Debug(Debug::DevelVersion));
            }
        }
        let naming = NameAndChart {
            generate_name: given.generate_name,
            name_template: given.name_template.clone().unwrap_or_default(),
            unnamed,
            limits: limits::of(given)?,
            profile: profile::current(),
        };
        let (name, reference) = naming.of(&given.args, &output::clock())?;
        let path = locate::chart(command, given, &reference)?;
        if reporter.wants_debug() {
            reporter.report(Event::Debug(Debug::ChartPath { path: path.clone() }));
        }
        let user = values::merge(given)?;
        let profile = profile::current();
        let shows_times = given.output != Format::Table && profile.has(Rule::ReportsOfHelm4);
        let open = if shows_times { action::open_for_report } else { action::open };
        let chart = open(&path, profile, &reporter).map_err(|e| Failure::from(e).at(&path))?;
        let chart = with_dependencies(given, &path, chart).map_err(|e| e.at(&path))?;
        Ok(Named { name, path, chart, reference, user })
    }
}

/// Flags that say how charts are rendered, and nothing else.
const OF_CHARTS: &[Flag] = &[
    known::API_VERSIONS,
    known::BASE_VALUES,
    known::IS_UPGRADE,
    known::LOOKUP,
    known::RELEASE,
    known::REPO,
    known::SCENARIOS,
    known::SET,
    known::SET_FILE,
    known::SET_JSON,
    known::SET_LITERAL,
    known::SET_STRING,
    known::SKIP_DEFAULTS,
    known::SKIP_SCHEMA_VALIDATION,
    known::VERSION,
];

/// Says once which flags of a command line have no effect, where nothing is rendered.
pub(super) fn tell_of_unused(given: &Given) {
    let mut names: Vec<String> = Vec::new();
    for written in given.written.iter().take(given.on_line) {
        let name = written.name();
        if OF_CHARTS.iter().any(|flag| flag.name == written.flag.name) && !names.contains(&name) {
            names.push(name);
        }
    }
    if !names.is_empty() {
        let has = if names.len() == 1 { "has" } else { "have" };
        let names = names.join(", ");
        let line =
            format!("{names} {has} no effect: manifests are not rendered, and no chart is named\n");
        output::stderr(line.as_bytes());
    }
}

/// Returns the options of a release that the flags give.
pub(super) fn release_options(
    given: &Given,
    name: &str,
    dry_run: &str,
    kube_version: Option<KubeVersion>,
) -> Result<ReleaseOptions, Failure> {
    let pair = |label: &String| {
        let (name, value) = label.split_once('=').unwrap_or((label, ""));
        (Str::from(name), Str::from(value))
    };
    Ok(ReleaseOptions {
        name: name.to_owned(),
        namespace: settings::namespace(given),
        is_upgrade: given.is_upgrade,
        kube_version,
        api_versions: given.api_versions.iter().map(|v| Str::from(v.as_str())).collect(),
        labels: given.labels.iter().map(pair).collect(),
        skip_schema_validation: given.skip_schema_validation,
        enable_dns: given.enable_dns,
        render_subchart_notes: given.render_subchart_notes,
        objects: objects(given)?,
        dry_run: dry_run.to_owned(),
        clock: output::clock(),
        parsed: None,
        profile: profile::current(),
        limits: limits::of(given)?,
        records: given.source_map.is_some() || given.strict_values,
        only: None,
        counts: None,
    })
}

/// Reads the objects of `--lookup`, if there are any.
pub(super) fn objects(given: &Given) -> Result<Option<Arc<Objects>>, Failure> {
    if given.lookup.is_empty() {
        return Ok(None);
    }
    let mut objects = Objects::default();
    for file in &given.lookup {
        let text = input::file(&path_of(file)).map_err(|e| e.within("--lookup"))?;
        objects.read(&text).map_err(|why| Failure::from(format!("--lookup: {file}:{why}")))?;
    }
    Ok(Some(Arc::new(objects)))
}

/// Returns the version of `--kube-version`, if there is one.
pub(super) fn kube_version(given: &Given) -> Result<Option<KubeVersion>, Failure> {
    let text = given.kube_version.as_deref().filter(|text| !text.is_empty());
    let parsed = text.map(|text| KubeVersion::parse(text, profile::current())).transpose();
    parsed.map_err(|e| Failure::from(e.to_string()))
}

/// Returns the program of `--post-renderer`, if there is one.
pub(super) fn post_renderer(given: &Given) -> Result<Option<PostRenderer>, Failure> {
    match given.post_renderer.as_deref().unwrap_or_default() {
        "" => Ok(None),
        name if profile::current().has(Rule::PostRendererPlugins) => {
            let surroundings = settings::Settings::read(given).library().surroundings;
            let plugin = super::plugin_run::post_renderer(name, &Silent)?;
            Ok(Some(plugin.post_renderer(given.post_renderer_args.clone(), &surroundings)))
        }
        name => Ok(Some(PostRenderer {
            program: program::find(name)?,
            args: given.post_renderer_args.clone(),
            ..PostRenderer::default()
        })),
    }
}

/// Returns the chart with all that it depends on, fetched first where `--dependency-update` asks
/// for it.
pub(super) fn with_dependencies(
    given: &Given,
    path: &Path,
    chart: Chart,
) -> Result<Chart, Failure> {
    if chart.metadata.dependencies.as_ref().is_some_and(|all| !all.is_empty()) {
        output::check_clock()?;
    }
    match action::check_dependencies(&chart) {
        Ok(()) => Ok(chart),
        Err(_) if given.dependency_update => {
            super::dependency::update(given, path)?;
            load_any(path).map_err(|e| e.within("failed reloading chart after repo update"))
        }
        Err(missing) => Err(missing.into()),
    }
}

/// Returns a chart of any type.
pub(super) fn load_any(path: &Path) -> Result<Chart, Failure> {
    Ok(chart::load_as(path, profile::current(), &Terminal::QUIET)?)
}

pub(super) fn warn_of_deprecation(chart: &Chart) {
    if chart.metadata.deprecated {
        Terminal::QUIET.report(Event::Warning(Warning::DeprecatedChart));
    }
}
