//! Implements `statefulchart coverage`: which parts of a chart's templates run under a matrix of values files.

use std::fmt::Write;
use std::path::Path;

use gostd::value::{Frozen, Value};
use statefulchart::action::{self, Coverage, Scenario};
use statefulchart::coverage::{Report, Tally, Totals};

use super::flags::{Flag, Given, Kind, known};
use super::net::Schemas;
use super::reporter::Terminal;
use super::{
    Args, Command, Failure, compat, globs, locate, output, plugin_run, profile, render, table,
    values,
};

/// The forms of a report; the first is the default.
pub(super) const FORMATS: &[&str] = &["text", "json", "lcov", "cobertura", "html"];

const FLAGS: &[Flag] = &[
    known::WITH_SUBCHARTS.about("count the templates of the charts that it holds, too"),
    known::FAIL_UNDER.about("exit with status 2 where less than this is covered, in percent"),
    known::KEEP_GOING.about("exit with status 0 although a scenario does not render"),
    known::OUTPUT
        .of_kind(Kind::OneOf(FORMATS))
        .about("print the report in this form: text, json, lcov, cobertura or html")
        .or("text"),
    known::OUTPUT_FILE.about("write the report to this file, not to standard output"),
    known::RELEASE.about("the release's name").or("release-name"),
    known::IS_UPGRADE.about("set .Release.IsUpgrade instead of .Release.IsInstall"),
    known::SKIP_SCHEMA_VALIDATION.about("disable JSON schema validation"),
];

pub(super) const COMMAND: Command = Command {
    name: "coverage",
    usage: "coverage CHART",
    about: "say which parts of the templates run under a matrix of values files",
    long: "Render a chart with its defaults, then with each of the values files of --values, and say which lines,\nbranches and actions of its templates ran: as a table, as JSON, lcov or Cobertura XML, or as a page to look at.\n\nEach values file is a scenario of its own; -f and --set apply to all. A branch has two sides: an if that was\nnever false has one that did not run, whether an else is written or not. The percentage is of lines and sides\ntogether.\n\nThe exit status is 2 where --fail-under is not reached. It is 1 where a scenario does not render, which the\nreport names, unless --keep-going is given; what ran until then counts.",
    flags: &[FLAGS, globs::SCENARIO_FLAGS, values::SET_FLAGS, render::OWN_CLUSTER_FLAGS],
    args: Args::Exactly(1),
    run,
};

/// The exit status below `--fail-under`.
const UNDER: u8 = 2;

fn run(given: &Given) -> Result<(), Failure> {
    check_percent(given)?;
    if given.values.iter().any(|path| path.trim() == "-") {
        return Err("-f - is not taken: each scenario would read standard input".into());
    }
    let kube_version = render::kube_version(given)?;
    let reference = given.args.first().map_or("", |arg| arg);
    let path = locate::chart(COMMAND.name, given, reference)?;
    let chart = action::open(&path, profile::current(), &Terminal::of(given))?;
    action::check_dependencies(&chart)?;
    let scenarios = scenarios(given, &path)?;
    let name = given.release.as_deref().unwrap_or("release-name");
    let mut release = render::release_options(given, name, "", kube_version)?;
    // The time is the same for all.
    let now = release.clock.now().seconds;
    release.clock.fixed.get_or_insert(now);
    let root = reference.trim_end_matches('/').trim_start_matches("./").to_owned();
    let root = if root == "." { String::new() } else { root };
    let action = Coverage { release, with_subcharts: given.with_subcharts, root };
    let words = |error: &action::Error| compat::shown(error, profile::current());
    let report = action.run(&chart, &scenarios, || Schemas::of(given), words)?;
    let form = given.form.as_deref().unwrap_or_default();
    let text = written(&report, form, now).unwrap_or_else(|| text(&report));
    let totals = report.totals();
    match given.output_file.as_deref().filter(|file| !file.is_empty()) {
        None => output::stdout(text.as_bytes())?,
        Some(file) => {
            output::file(file, text.as_bytes())?;
            let line = format!("{}: wrote {file}\n", sentence(&totals));
            output::stdout(line.as_bytes())?;
        }
    }
    let failed = failures(&report);
    if !failed.is_empty() && !given.keep_going {
        return Err(failed.into());
    }
    if !failed.is_empty() {
        output::stderr(format!("{failed}\n").as_bytes());
    }
    check_total(given, &totals)
}

/// Refuses a bound that no percentage can be.
pub(super) fn check_percent(given: &Given) -> Result<(), Failure> {
    match given.fail_under {
        Some(percent) if !(0.0..=100.0).contains(&percent) => {
            Err("--fail-under takes a percentage from 0 to 100".into())
        }
        _ => Ok(()),
    }
}

/// Fails where less is covered than is wanted.
pub(super) fn check_total(given: &Given, totals: &Totals) -> Result<(), Failure> {
    match given.fail_under {
        Some(least) if totals.all().percent() < least => {
            let why = format!("{}, which is under {least} %", sentence(totals));
            Err(Failure::from(why).with_status(UNDER))
        }
        _ => Ok(()),
    }
}

/// Writes a report for programs, or as a page; nothing for another form.
pub(super) fn written(report: &Report, form: &str, now: i64) -> Option<String> {
    Some(match form {
        "json" => report.json(),
        "lcov" => report.lcov(),
        "cobertura" => report.cobertura(now),
        "html" => report.html(),
        _ => return None,
    })
}

pub(super) fn sentence(totals: &Totals) -> String {
    let (lines, branches) = (totals.lines, totals.branches);
    format!(
        "{} % covered ({} of {} lines, {} of {} sides of branches)",
        totals.all().shown(),
        lines.covered,
        lines.total,
        branches.covered,
        branches.total
    )
}

/// Names the scenarios that do not render; nothing where all do.
fn failures(report: &Report) -> String {
    let failed = report.scenarios.iter().filter_map(|s| Some((&s.name, s.error.as_ref()?)));
    let line =
        |(name, why): (&String, &String)| format!("\n  {name}: {}", why.replace('\n', "\n    "));
    let lines: Vec<String> = failed.map(line).collect();
    match lines.len() {
        0 => String::new(),
        n => {
            let all = report.scenarios.len();
            format!("{n} of {all} scenarios do not render:{}", lines.concat())
        }
    }
}

// ---- scenarios

/// Returns the scenarios with the values of each, or why these cannot be had.
fn scenarios(given: &Given, chart: &Path) -> Result<Vec<Scenario>, Failure> {
    plugin_run::look_for_getters();
    let made = |(name, own): (String, Given)| {
        let user = values::merge_as(&own, profile::current());
        let user = user.map(|map| Frozen::new(&Value::Map(map)));
        let words = |e: Failure| String::from_utf8_lossy(&e.text(false)).into_owned();
        Scenario { name, user: user.map_err(words) }
    };
    Ok(globs::scenarios(given, chart)?.into_iter().map(made).collect())
}

// ---- text

/// Returns the report as tables: the templates, and the scenarios where there are several.
fn text(report: &Report) -> String {
    let mut out = templates(report);
    let title = ["SCENARIO", "COVERED", "ONLY HERE", "RESULT"];
    let mut rows = vec![title.map(str::to_owned).to_vec()];
    for scenario in &report.scenarios {
        let result = if scenario.error.is_some() { "does not render" } else { "renders" };
        let (alone, only) = (percent(scenario.alone), scenario.only.to_string());
        rows.push(vec![scenario.name.clone(), alone, only, result.to_owned()]);
    }
    let _ = write!(out, "\n{}", laid_out(rows));
    out
}

fn percent(of: Tally) -> String {
    format!("{}%", of.shown())
}

/// Returns the table of the templates.
pub(super) fn templates(report: &Report) -> String {
    let share = |of: Tally| format!("{}/{}", of.covered, of.total);
    let row = |name: &str, totals: Totals, missed: String| {
        let all = percent(totals.all());
        vec![name.to_owned(), share(totals.lines), share(totals.branches), all, missed]
    };
    let title = ["TEMPLATE", "LINES", "BRANCHES", "COVERED", "MISSED"];
    let mut rows = vec![title.map(str::to_owned).to_vec()];
    for template in &report.templates {
        let lines = template.missed_lines().into_iter().map(|(first, last)| match first == last {
            true => (first, first.to_string()),
            false => (first, format!("{first}-{last}")),
        });
        let sides = template.missed_sides();
        let sides = sides.into_iter().map(|(line, when)| (line, format!("{line} never {when}")));
        let mut missed: Vec<(usize, String)> = lines.chain(sides).collect();
        missed.sort_by_key(|(line, _)| *line);
        let missed: Vec<String> = missed.into_iter().map(|(_, text)| text).collect();
        rows.push(row(&template.name, template.totals(), missed.join(", ")));
    }
    rows.push(row("TOTAL", report.totals(), String::new()));
    laid_out(rows)
}

/// Returns a table without space at the ends of lines.
fn laid_out(rows: Vec<Vec<String>>) -> String {
    let text = table::layout(&table::printable(rows), 0);
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
