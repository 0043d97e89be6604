//! Implements `statefulchart upgrade --dry-run`.
//!
//! There is no cluster, so there is no release to upgrade: with `--install` this is an installation,
//! without it Helm's error.

use statefulchart::action;
use statefulchart::profile::Rule;
use statefulchart::report::{Debug, Event, Reporter};

use super::flags::{Flag, Format, Given, Kind, flag, known};
use super::reporter::Terminal;
use super::{Args, Command, Failure, install, locate, output, render, values};

const FLAGS: &[Flag] = &[
    flag("cleanup-on-fail", Kind::Bool, "no effect: nothing is installed"),
    flag("history-max", Kind::Int, "no effect: there is no history").or("10"),
    known::INSTALL.about("install the release, since there is none by this name"),
    flag("recreate-pods", Kind::Bool, "no effect: nothing is installed")
        .without(Rule::FlagsOfHelm4)
        .deprecated("functionality will no longer be updated. Consult the documentation for other methods to recreate pods"),
    known::SERVER_SIDE.of_kind(Kind::String).about("no effect: nothing is installed").with(Rule::FlagsOfHelm4).or("\"auto\""),
    flag("reset-then-reuse-values", Kind::Bool, "no effect: there is no earlier release"),
    flag("reset-values", Kind::Bool, "no effect: there is no earlier release"),
    flag("reuse-values", Kind::Bool, "no effect: there is no earlier release"),
];

pub(super) const COMMAND: Command = Command {
    name: "upgrade",
    usage: "upgrade [RELEASE] [CHART]",
    about: "report what `upgrade --install` would do to an empty cluster (dry run)",
    long: "Report the release that Helm would install, as `helm upgrade --install --dry-run` does where\nthere is none by this name yet. No cluster is asked or changed.",
    flags: &[
        FLAGS,
        install::REPORT_FLAGS,
        render::FLAGS,
        render::FORCE_FLAGS,
        render::OWN_CLUSTER_FLAGS,
        values::FLAGS,
    ],
    args: Args::Exactly(2),
    run,
};

fn run(given: &Given) -> Result<(), Failure> {
    let dry_run = install::dry_run(COMMAND.name, given)?;
    let [name, chart] = &given.args[..] else { return Err("two arguments are needed".into()) };
    if given.install {
        upgrade_or_install(given, name, &dry_run)
    } else {
        upgrade(given, name, chart)
    }
}

fn upgrade_or_install(given: &Given, name: &str, dry_run: &str) -> Result<(), Failure> {
    check_name(name)?;
    debug(given, Debug::GettingHistory { name: name.to_owned() });
    if given.output == Format::Table {
        let quoted = quote(name);
        let line = format!("Release {quoted} does not exist. Installing it now.\n");
        output::stdout(line.as_bytes())?;
    }
    install::install_and_report(given, dry_run)
}

/// Does what Helm does before it finds that there is no release.
fn upgrade(given: &Given, name: &str, chart: &str) -> Result<(), Failure> {
    if given.devel && given.version.as_deref().unwrap_or_default().is_empty() {
        debug(given, Debug::UpgradeDevelVersion);
    }
    let path = locate::chart(COMMAND.name, given, chart)?;
    render::check_dry_run(given)?;
    values::merge(given)?;
    let chart = render::load_any(&path)?;
    let chart = render::with_dependencies(given, &path, chart)?;
    render::warn_of_deprecation(&chart);
    let failed = |e: Failure| e.within("UPGRADE FAILED");
    check_name(name).map_err(failed)?;
    debug(given, Debug::PreparingUpgrade { name: name.to_owned() });
    Err(failed(Failure::from(format!("{} has no deployed releases", quote(name)))))
}

fn debug(given: &Given, step: Debug) {
    Terminal::of(given).report(Event::Debug(step));
}

fn check_name(name: &str) -> Result<(), Failure> {
    if action::is_release_name(name) {
        return Ok(());
    }
    Err(Failure::from(format!("release name is invalid: {name}")))
}

fn quote(name: &str) -> String {
    let quoted = gostd::strconv::quote(name.as_bytes());
    String::from_utf8_lossy(&quoted).into_owned()
}
