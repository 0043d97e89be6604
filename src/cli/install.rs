//! `statefulchart install --dry-run`

use std::mem::ManuallyDrop;

use gostd::time::Time;
use gostd::value::Str;
use statefulchart::release::{
    self, DRY_RUN_COMPLETE, Info, Manifest, Refused, Release, Resources, Status, TableOptions,
};
use statefulchart::render::Capabilities;

use super::flags::{Flag, Kind, Parsed, flag, short};
use super::render::{self, Request};
use super::{Args, Command, Failure, output, post_render, values};

/// The flags of the commands that report a release.
pub(super) const REPORT_FLAGS: &[Flag] = &[
    flag(
        "dry-run",
        Kind::OptionalString("client"),
        "report the release without a cluster; nothing is done without it",
    ),
    flag("hide-notes", Kind::Bool, "leave the notes out of the table"),
    flag("hide-secret", Kind::Bool, "hide Kubernetes Secrets in the manifest"),
    flag("no-hooks", Kind::Bool, "no effect: hooks are reported, never run"),
    short('o', "output", Kind::Format, "form of the report: table, json or yaml"),
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

fn run(parsed: &Parsed) -> Result<(), Failure> {
    refuse_without_dry_run("install", parsed)?;
    let (release, debug) = install(parsed).map_err(|e| e.within("INSTALLATION FAILED"))?;
    report(parsed, &ManuallyDrop::new(release), debug)
}

/// Installs and reports what `upgrade --install` finds to be new.
pub(super) fn install_and_report(parsed: &Parsed) -> Result<(), Failure> {
    let (release, debug) = install(parsed)?;
    report(parsed, &ManuallyDrop::new(release), debug)
}

/// Refuses what would need a cluster, with the pipe that does it.
pub(super) fn refuse_without_dry_run(command: &str, parsed: &Parsed) -> Result<(), Failure> {
    if !matches!(parsed.get("dry-run").unwrap_or_default(), "" | "false" | "none") {
        return Ok(());
    }
    let args = match &parsed.args[..] {
        [] => "NAME CHART".to_owned(),
        [chart] => format!("NAME {chart}"),
        args => args.join(" "),
    };
    Err(Failure::from(format!(
        "statefulchart renders charts and does not touch clusters; `{command} --dry-run` reports what Helm would do\nTo deploy, pipe what it renders: statefulchart template {args} --no-hooks | kubectl apply -f -"
    )))
}

/// The release of a dry run, and whether to show all of it.
fn install(parsed: &Parsed) -> Result<(Release, bool), Failure> {
    let kube_version = render::kube_version(parsed)?;
    let debug = output::is_debug(parsed);
    let mut requested = Request::read(parsed, debug, None)?;
    render::check_release_name(&requested.name)?;
    requested.prepare()?;
    if debug && !parsed.is_set("skip-crds") && !requested.chart.crds().is_empty() {
        output::debug(
            "install.go:263",
            b"WARNING: This chart or one of its subcharts contains CRDs. Rendering may fail or contain inaccuracies.",
        );
    }
    let capabilities = Capabilities::of_cluster(kube_version, &render::api_versions(parsed));
    let now = output::now();
    let resources = requested.render(parsed, capabilities, false).map_err(|p| p.failure)?;
    let manifest = release::manifest(&resources.manifests, parsed.is_set("hide-secret"));
    let manifest = post_render::apply(parsed, manifest)?;
    check(parsed, &resources, &manifest, &requested.namespace)?;
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
        labels: parsed
            .all("labels")
            .filter_map(|l| l.split_once('='))
            .map(|(name, value)| (Str::from(name), Str::from(value)))
            .collect(),
    };
    Ok((release, debug))
}

/// Refuses documents that no cluster would take, as far as that can be told without one.
fn check(
    parsed: &Parsed,
    resources: &Resources,
    manifest: &[u8],
    namespace: &str,
) -> Result<(), Failure> {
    let validate = !parsed.is_set("disable-openapi-validation");
    let rewritten = parsed.get("post-renderer").is_some_and(|p| !p.is_empty());
    let checked = if rewritten {
        release::check(release::split_manifests(manifest), validate, namespace)
    } else {
        let hidden = |m: &Manifest| parsed.is_set("hide-secret") && m.is_secret();
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

fn report(parsed: &Parsed, release: &Release, debug: bool) -> Result<(), Failure> {
    let mut out = Vec::new();
    let written = match parsed.get("output") {
        Some("json") => release.to_json().map(|text| out = text),
        Some("yaml") => release.to_yaml().map(|text| out = text),
        _ => {
            let options = TableOptions { debug, hide_notes: parsed.is_set("hide-notes") };
            release.write_table(&mut out, options, &mut |line| output::log(&line))
        }
    };
    output::stdout(&out)?;
    written.map_err(Failure::from)
}
