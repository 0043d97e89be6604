//! Implements `statefulchart show`.

use statefulchart::action::{self, Part};
use statefulchart::report::{Debug, Event, Reporter};

use super::flags::{Flag, Given, known};
use super::render::load_any;
use super::reporter::Terminal;
use super::{Args, Command, Failure, Group, locate, output, profile};

pub(super) const GROUP: Group = Group {
    name: "show",
    names: &["show", "inspect"],
    about: "show information of a chart",
    commands: &[ALL, CHART, CRDS, README, VALUES],
    rules: &[],
    aliases: &[],
};

/// The flags of every command that reads one chart, perhaps from a repository.
pub(super) const FLAGS: &[Flag] = &[
    known::CA_FILE.about("verify certificates of HTTPS-enabled servers using this CA bundle"),
    known::CERT_FILE.about("identify HTTPS client using this SSL certificate file"),
    known::DEVEL.about("use development versions, too. Equivalent to version '>0.0.0-0'. If --version is set, this is ignored"),
    known::INSECURE_SKIP_TLS_VERIFY.about("skip tls certificate checks for the chart download"),
    known::KEY_FILE.about("identify HTTPS client using this SSL key file"),
    known::KEYRING.about("location of public keys used for verification"),
    known::PASS_CREDENTIALS.about("pass credentials to all domains"),
    known::PASSWORD.about("chart repository password where to locate the requested chart"),
    known::PLAIN_HTTP.about("use insecure HTTP connections for the chart download"),
    known::REPO.about("chart repository url where to locate the requested chart"),
    known::USERNAME.about("chart repository username where to locate the requested chart"),
    known::VERIFY.about("verify the package before using it"),
    known::VERSION.about("specify a version constraint for the chart version to use. This constraint can be a specific tag (e.g. 1.1.1) or it may reference a valid range (e.g. ^2.0.0). If this is not specified, the latest version is used"),
];

const JSONPATH: &[Flag] =
    &[known::JSONPATH.about("supply a JSONPath expression to filter the output")];

const ALL: Command = Command {
    name: "all",
    usage: "show all [CHART]",
    about: "show all information of the chart",
    long: "Print all there is to know about a chart (a directory or an archive): its Chart.yaml, values,\nREADME and CRDs.",
    flags: &[FLAGS],
    args: Args::Exactly(1),
    run: |given| show(given, &[Part::Chart, Part::Values(String::new()), Part::Readme, Part::Crds]),
};

const CHART: Command = Command {
    name: "chart",
    usage: "show chart [CHART]",
    about: "show the chart's definition",
    long: "Print a chart's Chart.yaml.",
    flags: &[FLAGS],
    args: Args::Exactly(1),
    run: |given| show(given, &[Part::Chart]),
};

const CRDS: Command = Command {
    name: "crds",
    usage: "show crds [CHART]",
    about: "show the chart's CRDs",
    long: "Print the CustomResourceDefinitions of a chart and of those it holds.",
    flags: &[FLAGS],
    args: Args::Exactly(1),
    run: |given| show(given, &[Part::Crds]),
};

const README: Command = Command {
    name: "readme",
    usage: "show readme [CHART]",
    about: "show the chart's README",
    long: "Print a chart's README.",
    flags: &[FLAGS],
    args: Args::Exactly(1),
    run: |given| show(given, &[Part::Readme]),
};

const VALUES: Command = Command {
    name: "values",
    usage: "show values [CHART]",
    about: "show the chart's values",
    long: "Print a chart's values.yaml, or what a JSONPath expression picks out of it.",
    flags: &[FLAGS, JSONPATH],
    args: Args::Exactly(1),
    run: |given| show(given, &[Part::Values(given.jsonpath.clone().unwrap_or_default())]),
};

fn show(given: &Given, parts: &[Part]) -> Result<(), Failure> {
    let reporter = Terminal::of(given);
    if reporter.wants_debug() {
        let version = given.version.clone().unwrap_or_default();
        let devel = version.is_empty() && given.devel;
        reporter.report(Event::Debug(Debug::ShowOriginalVersion { version }));
        if devel {
            reporter.report(Event::Debug(Debug::ShowDevelVersion));
        }
    }
    let [reference] = &given.args[..] else { return Err("one argument is needed".into()) };
    let chart = load_any(&locate::chart("show", given, reference)?)?;
    output::last(&[&action::show(&chart, parts, profile::current())?])
}
