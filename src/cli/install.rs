//! Implements `statefulchart install --dry-run`.

use statefulchart::action::DryRun;
use statefulchart::profile::Rule;
use statefulchart::release::{Release, TableOptions};

use super::flags::{Flag, Format, Given, known};
use super::net::Schemas;
use super::render::{self, Named};
use super::reporter::Terminal;
use super::{Args, Command, Failure, advice, output, settings, values};

const REPORTED: &str = "report the release without a cluster; nothing is done without it";

/// The flags of the commands that report a release.
pub(super) const REPORT_FLAGS: &[Flag] = &[
    known::DRY_RUN.without(Rule::FlagsOfHelm4).about(REPORTED),
    render::DRY_RUN_OF_HELM_4.about(REPORTED).or("\"none\""),
    known::HIDE_NOTES.about("leave the notes out of the table"),
    known::HIDE_SECRET.about("hide Kubernetes Secrets in the manifest"),
    known::NO_HOOKS.about("no effect: hooks are reported, never run"),
    known::OUTPUT.about("form of the report: table, json or yaml"),
    known::RENDER_SUBCHART_NOTES.about("render subchart notes along with the parent"),
];

pub(super) const COMMAND: Command = Command {
    name: "install",
    usage: "install [NAME] [CHART]",
    about: "report what installing a chart would do (dry run)",
    long: "Render a chart and report the release that Helm would install, as `helm install --dry-run`\nof an empty Kubernetes v1.32.0 cluster does. No cluster is asked or changed.",
    flags: &[
        REPORT_FLAGS,
        render::FLAGS,
        render::FORCE_FLAGS,
        render::INSTALL_FLAGS,
        render::OWN_CLUSTER_FLAGS,
        render::NAME_FLAGS,
        values::FLAGS,
    ],
    args: Args::AtLeast(1),
    run,
};

fn run(given: &Given) -> Result<(), Failure> {
    let dry_run = dry_run(COMMAND.name, given)?;
    let release =
        install(COMMAND.name, given, &dry_run).map_err(|e| e.within("INSTALLATION FAILED"))?;
    report(given, &release)
}

/// Installs and reports what `upgrade --install` finds to be new.
pub(super) fn install_and_report(given: &Given, dry_run: &str) -> Result<(), Failure> {
    report(given, &install("upgrade", given, dry_run)?)
}

/// Returns what `--dry-run` says. What would need a cluster is refused, with the pipe that does it.
pub(super) fn dry_run(command: &str, given: &Given) -> Result<String, Failure> {
    given.check_exclusive(&[render::FORCES, render::OLD_FORCES])?;
    let dry_run = render::dry_run(given, false)?;
    match &*dry_run {
        "" | "false" | "none" => Err(advice::refuse_to_deploy(command, given)),
        _ => Ok(dry_run),
    }
}

/// Returns the release of a dry run.
fn install(command: &str, given: &Given, dry_run: &str) -> Result<Release, Failure> {
    let kube_version = render::kube_version(given)?;
    advice::tell_of_no_cluster(given, kube_version.as_ref());
    let Named { name, path, chart, user, .. } = Named::read(command, given, None)?;
    let action = DryRun {
        release: render::release_options(given, &name, dry_run, kube_version)?,
        hide_secret: given.hide_secret,
        skip_crds: given.skip_crds,
        server_side: given.server_side.as_deref() != Some("false"),
        disable_openapi_validation: given.disable_openapi_validation,
        post_renderer: render::post_renderer(given)?,
    };
    let made = action.run(chart, user.clone(), &Schemas::of(given), &Terminal::of(given));
    made.map_err(|e| Failure::from(e).at(&path).of_release(&user, &action.release))
}

fn report(given: &Given, release: &Release) -> Result<(), Failure> {
    let mut out = Vec::new();
    let written = match given.output {
        Format::Json => release.to_json().map(|text| out = text),
        Format::Yaml => release.to_yaml().map(|text| out = text),
        Format::Table => {
            let debug = output::is_debug(given);
            let options =
                TableOptions { debug, hide_notes: given.hide_notes, color: settings::color(given) };
            release.write_table(&mut out, options, &Terminal::of(given))
        }
    };
    match written {
        Ok(()) => output::last(&[&out]),
        Err(e) => {
            output::stdout(&out)?;
            Err(e.to_string().into())
        }
    }
}
