//! `statefulchart install --dry-run`

use std::mem::ManuallyDrop;

use gostd::time::Time;
use gostd::value::Str;
use statefulchart::release::{
    self, DRY_RUN_COMPLETE, Info, Manifest, Refused, Release, Resources, Status, TableOptions,
};
use statefulchart::render::Capabilities;

use super::flags::{Flag, Format, Given, known};
use super::render::{self, Request};
use super::reporter::Terminal;
use super::{Args, Command, Failure, output, post_render, values};

/// The flags of the commands that report a release.
pub(super) const REPORT_FLAGS: &[Flag] = &[
    known::DRY_RUN.about("report the release without a cluster; nothing is done without it"),
    known::HIDE_NOTES.about("leave the notes out of the table"),
    known::HIDE_SECRET.about("hide Kubernetes Secrets in the manifest"),
    known::NO_HOOKS.about("no effect: hooks are reported, never run"),
    known::OUTPUT.about("form of the report: table, json or yaml"),
];

pub(super) const COMMAND: Command = Command {
    name: "install",
    usage: "install [NAME] [CHART]",
    about: "report what installing a chart would do (dry run)",
    long: "Render a chart and report the release that Helm would install, as `helm install --dry-run`\nof an empty Kubernetes v1.32.0 cluster does. No cluster is asked or changed.",
    flags: &[REPORT_FLAGS, render::FLAGS, render::NAME_FLAGS, values::FLAGS],
    args: Args::AtLeast(1),
    run,
};

fn run(given: &Given) -> Result<(), Failure> {
    refuse_without_dry_run("install", given)?;
    let (release, debug) = install(given).map_err(|e| e.within("INSTALLATION FAILED"))?;
    report(given, &ManuallyDrop::new(release), debug)
}

/// Installs and reports what `upgrade --install` finds to be new.
pub(super) fn install_and_report(given: &Given) -> Result<(), Failure> {
    let (release, debug) = install(given)?;
    report(given, &ManuallyDrop::new(release), debug)
}

/// Refuses what would need a cluster, with the pipe that does it.
pub(super) fn refuse_without_dry_run(command: &str, given: &Given) -> Result<(), Failure> {
    if !matches!(given.dry_run.as_deref().unwrap_or_default(), "" | "false" | "none") {
        return Ok(());
    }
    let args = match &given.args[..] {
        [] => "NAME CHART".to_owned(),
        [chart] => format!("NAME {chart}"),
        args => args.join(" "),
    };
    Err(Failure::from(format!(
        "statefulchart renders charts and does not touch clusters; `{command} --dry-run` reports what Helm would do\nTo deploy, pipe what it renders: statefulchart template {args} --no-hooks | kubectl apply -f -"
    )))
}

/// The release of a dry run, and whether to show all of it.
fn install(given: &Given) -> Result<(Release, bool), Failure> {
    let kube_version = render::kube_version(given)?;
    let debug = output::is_debug(given);
    let mut requested = Request::read(given, debug, None)?;
    render::check_release_name(&requested.name)?;
    requested.prepare()?;
    if debug && !given.skip_crds && requested.chart.has_crds() {
        output::debug(
            "install.go:263",
            b"WARNING: This chart or one of its subcharts contains CRDs. Rendering may fail or contain inaccuracies.",
        );
    }
    let capabilities = Capabilities::of_cluster(kube_version, &render::api_versions(given));
    let now = output::now();
    let resources = requested.render(given, capabilities, false).map_err(|p| p.failure)?;
    let manifest = release::manifest(&resources.manifests, given.hide_secret);
    let manifest = post_render::apply(given, manifest)?;
    check(given, &resources, &manifest, &requested.namespace)?;
    let deployed = Time::now(now.seconds, now.nanos, 0, &output::local_zone());
    let release = Release {
        name: Str::from(requested.name),
        info: Info {
            first_deployed: deployed.clone(),
            last_deployed: deployed,
            description: Str::from_static(DRY_RUN_COMPLETE),
            status: Status::PendingInstall,
            notes: resources.notes,
        },
        chart: requested.chart,
        config: requested.user,
        manifest: Str::from(manifest),
        hooks: resources.hooks,
        version: 1,
        namespace: Str::from(requested.namespace),
        labels: given
            .labels
            .iter()
            .map(String::as_str)
            .filter_map(|l| l.split_once('='))
            .map(|(name, value)| (Str::from(name), Str::from(value)))
            .collect(),
    };
    Ok((release, debug))
}

/// Refuses documents that no cluster would take, as far as that can be told without one.
fn check(
    given: &Given,
    resources: &Resources,
    manifest: &[u8],
    namespace: &str,
) -> Result<(), Failure> {
    let validate = !given.disable_openapi_validation;
    let rewritten = given.post_renderer.as_deref().is_some_and(|p| !p.is_empty());
    let checked = if rewritten {
        release::check(release::split_manifests(manifest), validate, namespace)
    } else {
        let hidden = |m: &Manifest| given.hide_secret && m.is_secret();
        let shown = resources.manifests.iter().filter(|m| !hidden(m)).map(|m| &m.content[..]);
        release::check(shown, validate, namespace)
    };
    checked.map_err(|refused| match refused {
        Refused::Object(cause) => {
            Failure::from(cause).within("unable to build kubernetes objects from release manifest")
        }
        Refused::Lookup { object, cause } => {
            let context = format!("could not get information about the resource {object}");
            Failure::from(cause).within(&context).within("Unable to continue with install")
        }
    })
}

fn report(given: &Given, release: &Release, debug: bool) -> Result<(), Failure> {
    let mut out = Vec::new();
    let written = match given.output {
        Format::Json => release.to_json().map(|text| out = text),
        Format::Yaml => release.to_yaml().map(|text| out = text),
        _ => {
            let options = TableOptions { debug, hide_notes: given.hide_notes };
            release.write_table(&mut out, options, &Terminal::QUIET)
        }
    };
    output::stdout(&out)?;
    written.map_err(Failure::from)
}
