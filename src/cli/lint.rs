//! `statefulchart lint`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use statefulchart::lint::{self, Options, Severity};
use statefulchart::render;

use super::flags::{Flag, Given, known};
use super::render::{kube_version, namespace};
use super::reporter::Terminal;
use super::{Args, Command, Failure, output, values};

const FLAGS: &[Flag] = &[
    known::KUBE_VERSION.about("Kubernetes version used for capabilities and deprecation checks"),
    known::QUIET.about("print only warnings and errors"),
    known::SKIP_SCHEMA_VALIDATION.about("if set, disables JSON schema validation"),
    known::STRICT.about("fail on lint warnings"),
    known::WITH_SUBCHARTS.about("lint dependent charts"),
];

pub(super) const COMMAND: Command = Command {
    name: "lint",
    usage: "lint PATH",
    about: "examine a chart for possible issues",
    long: "Check that a chart is well-formed: its Chart.yaml, its values, what its templates render to.\n\n[ERROR] marks what will keep the chart from being installed, [WARNING] what breaks with\nconvention, [INFO] what is good to know.",
    flags: &[FLAGS, values::FLAGS],
    args: Args::AtLeast(0),
    run,
};

fn run(given: &Given) -> Result<(), Failure> {
    let mut paths = match &given.args[..] {
        [] => vec![".".to_owned()],
        given => given.to_vec(),
    };
    let version = match given.kube_version.as_deref().unwrap_or_default() {
        "" => None,
        _ => Some(kube_version(given)?),
    };
    if given.with_subcharts {
        for path in paths.clone() {
            subcharts(&join(&path, "charts"), 0, &mut paths);
        }
    }
    let namespace = namespace(given);
    let user = values::merge(given)?;
    let zone = output::lazy_zone();
    let surroundings = render::Options {
        dns: false,
        lenient: Some(&Terminal::QUIET),
        now: &output::now,
        local_zone: &zone,
    };
    let options = Options {
        namespace: &namespace,
        kube_version: version.as_ref(),
        skip_schema: given.skip_schema_validation,
        render: &surroundings,
    };
    let tolerated = if given.strict { Severity::Info } else { Severity::Warning };
    let quiet = given.quiet;
    let (mut text, mut failed, mut noticed) = (Vec::new(), 0, 0);
    for path in &paths {
        let result = lint::lint(Path::new(path), &user, &options, &Terminal::QUIET);
        let findings = result.as_deref().unwrap_or_default();
        let clean = result.is_ok() && findings.iter().all(|f| f.severity == Severity::Info);
        noticed += usize::from(!clean);
        if quiet && clean {
            continue;
        }
        text.extend_from_slice(format!("==> Linting {path}\n").as_bytes());
        if let Err(why) = &result {
            text.extend_from_slice(format!("Error {why}\n").as_bytes());
        }
        for finding in findings.iter().filter(|f| !quiet || f.severity > Severity::Info) {
            text.extend_from_slice(&finding.line());
            text.push(b'\n');
        }
        failed += usize::from(result.is_err() || findings.iter().any(|f| f.severity > tolerated));
        text.push(b'\n');
    }
    output::stdout(&text)?;
    let summary = format!("{} chart(s) linted, {failed} chart(s) failed", paths.len());
    if failed > 0 {
        return Err(summary.into());
    }
    if !quiet || noticed > 0 {
        output::stdout(format!("{summary}\n").as_bytes())?;
    }
    Ok(())
}

/// How deep charts may lie below each other; a folder's name has a length, so a path ends, too.
const MAX_DEPTH: usize = 1000;

/// Adds the charts below a folder, links not followed, in the order of Go's `filepath.Walk`.
fn subcharts(path: &Path, depth: usize, into: &mut Vec<String>) {
    let Ok(info) = path.symlink_metadata() else { return };
    let shown = path.to_string_lossy();
    if path.file_name().is_some_and(|name| name == "Chart.yaml") {
        let parent = path.parent().unwrap_or(Path::new("."));
        into.push(parent.to_string_lossy().into_owned());
    } else if shown.ends_with(".tgz") || shown.ends_with(".tar.gz") {
        into.push(shown.into_owned());
    }
    if !info.is_dir() || depth > MAX_DEPTH {
        return;
    }
    let Ok(entries) = path.read_dir() else { return };
    let entries: BTreeMap<_, _> = entries.flatten().map(|e| (e.file_name(), e.path())).collect();
    entries.values().for_each(|inner| subcharts(inner, depth + 1, into));
}

/// Go's `filepath.Join`.
fn join(folder: &str, name: &str) -> PathBuf {
    let joined = gostd::path::join([folder.as_bytes(), name.as_bytes()]);
    PathBuf::from(String::from_utf8_lossy(&joined).into_owned())
}
