//! Implements `statefulchart lint`.

use gostd::os::bytes_of;
use statefulchart::action::Lint;
use statefulchart::lint::Severity;
use statefulchart::profile::Rule;

use super::flags::{Flag, Given, known};
use super::net::Schemas;
use super::render::kube_version;
use super::reporter::Terminal;
use super::settings::namespace;
use super::{
    Args, Command, Failure, help, kube_versions, limits, output, profile, suggest, values,
};

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
    args: Args::AtLeastWith(Rule::LintOfHelm4, 1),
    run,
};

fn run(given: &Given) -> Result<(), Failure> {
    let asked = given.kube_version.as_deref().unwrap_or_default();
    if let Some(line) = kube_versions::odd(&known::KUBE_VERSION, asked)
        && !help::is_helm()
    {
        output::stderr(format!("statefulchart: {line}\n").as_bytes());
    }
    let action = Lint {
        paths: given.args.clone(),
        with_subcharts: given.with_subcharts,
        namespace: namespace(given),
        kube_version: kube_version(given)?,
        skip_schema_validation: given.skip_schema_validation,
        strict: given.strict,
        clock: output::clock(),
        profile: profile::current(),
        limits: limits::of(given)?,
    };
    let user = values::merge(given)?;
    let reporter = Terminal::of(given);
    let quiet = given.quiet;
    let (mut text, mut count, mut failed, mut noticed) = (Vec::new(), 0, 0, 0);
    let mut exceeded = None;
    let schemas = Schemas::of(given);
    for linted in action.run(&user, &schemas, &reporter) {
        count += 1;
        let clean = linted.is_clean();
        noticed += usize::from(!clean);
        if quiet && clean {
            continue;
        }
        text.extend_from_slice(&bytes_of(&format!("==> Linting {}\n", linted.path)));
        if let Err(why) = &linted.findings {
            text.extend_from_slice(&bytes_of(&format!("Error {why}\n")));
        }
        let findings = linted.findings.as_deref().unwrap_or_default();
        for finding in findings.iter().filter(|f| !quiet || f.severity > Severity::Info) {
            text.extend_from_slice(&finding.line());
            text.push(b'\n');
        }
        exceeded = exceeded.or(findings.iter().find_map(|f| f.exceeded));
        failed += usize::from(linted.failed);
        text.push(b'\n');
    }
    output::stdout(&text)?;
    let summary = format!("{count} chart(s) linted, {failed} chart(s) failed");
    if let Some(limit) = exceeded {
        return Err(Failure::from(summary).hinting(limits::hint(limit)));
    }
    if failed > 0 {
        return Err(suggest::with_chart(summary.into(), given));
    }
    if !quiet || noticed > 0 {
        output::stdout(format!("{summary}\n").as_bytes())?;
    }
    Ok(())
}
