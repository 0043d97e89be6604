//! `statefulchart show`

use gojsonpath::Template;
use statefulchart::chart::{Chart, metadata_view};

use super::flags::{Flag, Given, known};
use super::render::{load_any, unloadable};
use super::{Args, Command, Failure, Group, locate, output};

pub(super) const GROUP: Group = Group {
    name: "show",
    names: &["show", "inspect"],
    about: "show information of a chart",
    commands: &[ALL, CHART, CRDS, README, VALUES],
    aliases: &[],
};

/// The flags of every command that reads one chart, perhaps from a repository.
const FLAGS: &[Flag] = &[
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
    run: |given| show(given, &[chart, values, readme, crds], true),
};

const CHART: Command = Command {
    name: "chart",
    usage: "show chart [CHART]",
    about: "show the chart's definition",
    long: "Print a chart's Chart.yaml.",
    flags: &[FLAGS],
    args: Args::Exactly(1),
    run: |given| show(given, &[chart], false),
};

const CRDS: Command = Command {
    name: "crds",
    usage: "show crds [CHART]",
    about: "show the chart's CRDs",
    long: "Print the CustomResourceDefinitions of a chart and of those it holds.",
    flags: &[FLAGS],
    args: Args::Exactly(1),
    run: |given| show(given, &[crds], false),
};

const README: Command = Command {
    name: "readme",
    usage: "show readme [CHART]",
    about: "show the chart's README",
    long: "Print a chart's README.",
    flags: &[FLAGS],
    args: Args::Exactly(1),
    run: |given| show(given, &[readme], false),
};

const VALUES: Command = Command {
    name: "values",
    usage: "show values [CHART]",
    about: "show the chart's values",
    long: "Print a chart's values.yaml, or what a JSONPath expression picks out of it.",
    flags: &[FLAGS, JSONPATH],
    args: Args::Exactly(1),
    run: |given| show(given, &[values], false),
};

/// Adds a part of the report; `together` if it is one of several.
type Part = fn(&Chart, &Given, bool, &mut Vec<u8>) -> Result<(), Failure>;

fn show(given: &Given, parts: &[Part], together: bool) -> Result<(), Failure> {
    let version = given.version.as_deref().unwrap_or_default();
    if output::is_debug(given) {
        output::debug("show.go:214", format!("Original chart version: {version:?}").as_bytes());
        if version.is_empty() && given.devel {
            output::debug("show.go:216", b"setting version to >0.0.0-0");
        }
    }
    let [reference] = &given.args[..] else { return Err("one argument is needed".into()) };
    let loaded = load_any(&locate::chart(given, reference)?)?;
    let mut out = Vec::new();
    for part in parts {
        part(&loaded, given, together, &mut out)?;
    }
    output::stdout(&out)
}

fn chart(chart: &Chart, _: &Given, _: bool, out: &mut Vec<u8>) -> Result<(), Failure> {
    out.extend_from_slice(&goyaml::marshal(&metadata_view(&chart.metadata))?);
    out.push(b'\n');
    Ok(())
}

fn values(chart: &Chart, given: &Given, together: bool, out: &mut Vec<u8>) -> Result<(), Failure> {
    if chart.values.is_nil() {
        return Ok(());
    }
    if together {
        out.extend_from_slice(b"---\n");
    }
    match given.jsonpath.as_deref().unwrap_or_default() {
        "" => {
            if let Some(values) = &chart.values_text {
                line(out, values.bytes().map_err(unloadable)?);
            }
        }
        text => {
            let template = Template::parse(text.as_bytes())
                .map_err(|e| Failure::from(e).within(&format!("error parsing jsonpath {text}")))?;
            let values = gostd::value::Value::Map(chart.values.clone());
            out.extend_from_slice(&template.execute(&values));
        }
    }
    Ok(())
}

fn readme(chart: &Chart, _: &Given, together: bool, out: &mut Vec<u8>) -> Result<(), Failure> {
    let is_readme = |name: &[u8]| {
        ["readme.md", "readme.txt", "readme"]
            .iter()
            .any(|n| name.eq_ignore_ascii_case(n.as_bytes()))
    };
    if let Some(file) = chart.files.iter().find(|f| is_readme(&f.name)) {
        if together {
            out.extend_from_slice(b"---\n");
        }
        line(out, file.data.bytes().map_err(unloadable)?);
    }
    Ok(())
}

fn crds(chart: &Chart, _: &Given, together: bool, out: &mut Vec<u8>) -> Result<(), Failure> {
    let crds = chart.crds().map_err(unloadable)?;
    if together && crds.first().is_some_and(|crd| !crd.data.starts_with(b"---")) {
        out.extend_from_slice(b"---\n");
    }
    crds.iter().for_each(|crd| line(out, &crd.data));
    Ok(())
}

fn line(out: &mut Vec<u8>, text: &[u8]) {
    out.extend_from_slice(text);
    out.push(b'\n');
}
