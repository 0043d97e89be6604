//! Implements `unittest`, as the plugin helm-unittest does: `statefulchart unittest`, `helm unittest` and what Helm calls its
//! plugin with.

mod changed;

use std::collections::HashSet;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use bstr::BStr;
use gojsonschema::Loader;
use gostd::os::path_of;
use gostd::strconv::quoted;
use gostd::time::Time;
use statefulchart::coverage::Report;
use statefulchart::profile::Profile;
use statefulchart::report::{Warning, words};
use statefulchart::store;
use statefulchart::unittest::console::Console;
use statefulchart::unittest::report::{Environment, Format};
use statefulchart::unittest::results::SuiteResult;
use statefulchart::unittest::{Event, HELM, Options};

use super::failure::written;
use super::flags::{Flag, Given, Kind, flag, known, parse_bool, short};
use super::net::Schemas;
use super::{
    Args, Command, Failure, coverage, explain, help, limits, output, program, render, reporter,
    table,
};
use changed::Files;

/// What Helm calls the program with, by the plugin.yaml that comes with it.
pub(super) const ENTRY: &str = "helm-unittest";

/// The values of the plugin's flags are read as they were written.
const READ: fn(&mut Given, &str) = |_, _| {};
const CHART_TESTS_PATH: Flag = flag(
    "chart-tests-path",
    Kind::String,
    "the folder, from the chart, of a chart that renders suites",
)
.fills(READ);
const COLOR: Flag =
    flag("color", Kind::Bool, "print in color although it is no terminal; false for none")
        .fills(READ);
const DEBUG: Flag =
    short('d', "debugPlugin", Kind::Bool, "write what is rendered to .debug").fills(READ);
const FAILFAST: Flag =
    short('q', "failfast", Kind::Bool, "stop at the first test that fails").fills(READ);
const FILE: Flag = short(
    'f',
    "file",
    Kind::Array,
    "patterns of the suites' files, from the chart; tests/*_test.yaml by default (repeatable)",
)
.fills(READ);
const OUTPUT_FILE: Flag =
    short('o', "output-file", Kind::String, "write the results to this file").fills(READ);
const OUTPUT_TYPE: Flag =
    short('t', "output-type", Kind::String, "the form of that file: JUnit, NUnit, XUnit or Sonar")
        .or("\"XUnit\"")
        .fills(READ);
const SKIP_SCHEMAS: Flag =
    flag("skip-schema-validation", Kind::Bool, "do not check values against schemas").fills(READ);
const STRICT: Flag =
    flag("strict", Kind::Bool, "refuse fields of suites that are not known").fills(READ);
const UPDATE: Flag =
    short('u', "update-snapshot", Kind::Bool, "take snapshots that differ as the new ones")
        .fills(READ);
const VALUES: Flag = short(
    'v',
    "values",
    Kind::Array,
    "files of values for all tests: absolute paths or patterns (repeatable)",
)
.fills(READ);
const WITH_SUBCHART: Flag = short(
    's',
    "with-subchart",
    Kind::Bool,
    "run the suites of the charts in the folder charts, too",
)
.or("true")
.fills(READ);

const FLAGS: &[Flag] = &[
    CHART_TESTS_PATH,
    COLOR,
    DEBUG,
    FAILFAST,
    FILE,
    OUTPUT_FILE,
    OUTPUT_TYPE,
    SKIP_SCHEMAS,
    STRICT,
    UPDATE,
    VALUES,
    WITH_SUBCHART,
];

/// What the plugin does not have.
const OWN_FLAGS: &[Flag] = &[
    known::CHANGED_SINCE
        .about("run only the suites that files which differ from this revision of Git can reach"),
    known::COVERAGE
        .about("say what the suites run of the templates: text, json, lcov, cobertura or html"),
    known::COVERAGE_FILE.about("write that report to this file, not behind the results"),
    known::FAIL_UNDER.about(
        "exit with status 2 where the suites run less than this of the templates, in percent",
    ),
    render::LOOKUP.about("files of objects that `lookup` finds in all tests (repeatable)"),
    known::WATCH
        .about("wait for files of the charts to change, then run the suites that these can reach"),
];

const HELP: Flag = short('h', "help", Kind::Bool, "help for unittest");

/// The suites' files where no others are named.
const DEFAULT_FILES: &str = "tests/*_test.yaml";

pub(super) const COMMAND: Command = Command {
    name: "unittest",
    usage: "unittest [flags] CHART [...]",
    about: "run helm-unittest's suites of tests",
    long: "Run the suites of tests that lie in charts, as the plugin helm-unittest does: tests/*_test.yaml, or those that\n-f names. Each test renders the chart's templates with values of its own and checks what comes out.\n\nSuites run in parallel, on all cores; what is printed has the same order every time. The exit status is 1 where a\ntest fails.",
    flags: &[FLAGS, OWN_FLAGS],
    args: Args::AtLeast(1),
    run,
};

fn all<'g>(given: &'g Given, flag: &Flag) -> Vec<&'g str> {
    let written = given.written.iter().filter(|w| w.flag.name == flag.name);
    written.map(|w| w.value()).collect()
}

fn text<'g>(given: &'g Given, flag: &Flag) -> Option<&'g str> {
    all(given, flag).pop()
}

fn on(given: &Given, flag: &Flag) -> bool {
    text(given, flag).and_then(parse_bool).unwrap_or_default()
}

/// Tells whether the program is called by its own name, and not in the place of the plugin.
fn is_own() -> bool {
    !help::is_helm() && std::env::args_os().nth(1).is_none_or(|first| first != ENTRY)
}

/// Runs what Helm asks its plugin for, and `helm unittest`.
pub(super) fn as_plugin(args: Vec<String>) -> Result<(), Failure> {
    // The plugin prints what is wrong with its flags on standard error, its flags below, and again on standard output.
    let echoed = |failure: Failure| {
        let why = [&failure.text(false)[..], b"\n"].concat();
        let mut flags: Vec<&Flag> = FLAGS.iter().chain([&HELP]).collect();
        flags.sort_by_key(|flag| flag.name);
        let mut usage = format!("Usage:\n  {}\n\nFlags:\n", COMMAND.usage);
        help::list(&mut usage, &flags, |flag| flag.help.to_owned());
        output::stderr(&[b"Error: ", &why[..], usage.as_bytes(), b"\n"].concat());
        output::stdout(&why).err().unwrap_or(Failure::silent(1))
    };
    let given = super::flags::parse(&[FLAGS, &[HELP]], args).map_err(|why| echoed(why.into()))?;
    if on(&given, &HELP) {
        return help::Node::Command(&COMMAND, "").print();
    }
    if given.args.is_empty() {
        return Err(echoed("requires at least 1 arg(s), only received 0".into()));
    }
    run(&given)
}

fn run(given: &Given) -> Result<(), Failure> {
    if given.changed_since.is_some() && given.fail_under.is_some() {
        return Err(
            "--fail-under and --changed-since exclude each other: the percentage is of what all suites run".into()
        );
    }
    if !given.watch {
        let changed = given.changed_since.as_deref();
        let changed = changed.map(|from| changed::since(from, &given.args)).transpose()?;
        return once(given, changed.filter(|changed| !reaches_all(given, changed))).map(drop);
    }
    if given.changed_since.is_some() {
        return Err(
            "--watch and --changed-since exclude each other: --watch finds what changes".into()
        );
    }
    watch(given)
}

/// Runs the suites, then those that changed files can reach, until the program is ended.
fn watch(given: &Given) -> Result<(), Failure> {
    let own = own_files(given);
    let mut named = Vec::new();
    let mut before = Files::of(&given.args, &named, &own);
    let mut changed = None;
    for is_first in std::iter::successors(Some(true), |_| Some(false)) {
        match once(given, changed.take()) {
            Ok(files) => named = [&files[..], &looked_up(given)].concat(),
            // Tests that fail have told so; what else is wrong may be mended while the program waits.
            Err(failure) if is_first && !failure.text(false).is_empty() => return Err(failure),
            Err(failure) => {
                let text = failure.text(true);
                let end: &[u8] = if text.is_empty() || text.ends_with(b"\n") { b"" } else { b"\n" };
                output::stderr(&[&text[..], end].concat());
            }
        }
        // What was changed while the suites ran they may not have seen.
        before.take_over(&Files::of(&given.args, &named, &own), &named);
        let charts = given.args.join(", ");
        let waits = format!("watching {} files of {charts}: Ctrl-C ends\n", before.len());
        output::stderr(table::shown(&waits).as_bytes());
        let (files, some) = changed::wait(&before, || Files::of(&given.args, &named, &own));
        before = files;
        if std::io::stdout().is_terminal() {
            // Clears the screen, and what can be scrolled back to.
            output::stdout(b"\x1b[2J\x1b[3J\x1b[H")?;
        }
        output::stderr(table::shown(&changed::shown(&some)).as_bytes());
        changed = Some(some).filter(|changed| !reaches_all(given, changed));
    }
    Ok(())
}

/// Returns the files of `--lookup`.
fn looked_up(given: &Given) -> Vec<PathBuf> {
    given.lookup.iter().map(|file| path_of(file).into_owned()).collect()
}

/// Tells whether a file is among those that have changed that all tests see.
fn reaches_all(given: &Given, changed: &HashSet<PathBuf>) -> bool {
    let files = looked_up(given).into_iter().filter_map(|file| std::fs::canonicalize(file).ok());
    files.into_iter().any(|file| changed.contains(&file))
}

/// Returns the files that a run itself writes: reports. Snapshots are known by their names.
fn own_files(given: &Given) -> Vec<PathBuf> {
    let files = [text(given, &OUTPUT_FILE), given.coverage_file.as_deref()];
    let mut files: Vec<PathBuf> =
        files.into_iter().flatten().map(|file| path_of(file).into_owned()).collect();
    files.push(DEBUG_FOLDER.into());
    files
}

/// Where `--debugPlugin` writes what is rendered.
const DEBUG_FOLDER: &str = ".debug";

/// Runs the suites, or those that the changed files can reach; returns the files that suites and flags name.
fn once(given: &Given, changed: Option<HashSet<PathBuf>>) -> Result<Vec<PathBuf>, Failure> {
    let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect::<Vec<String>>();
    let mut test_files = owned(all(given, &FILE));
    if test_files.is_empty() {
        test_files.push(DEFAULT_FILES.to_owned());
    }
    let values_files = owned(all(given, &VALUES));
    let folder = std::env::current_dir().map_err(|e| Failure::from(e.to_string()))?;
    let coverage = coverage_form(given)?;
    let clock = output::clock();
    let schemas = || Box::new(Schemas::of(given)) as Box<dyn Loader>;
    let options = Options {
        charts: &given.args,
        folder,
        test_files: &test_files,
        values_files: &values_files,
        objects: render::objects(given)?,
        chart_tests_path: text(given, &CHART_TESTS_PATH).unwrap_or_default(),
        with_subcharts: text(given, &WITH_SUBCHART).and_then(parse_bool) != Some(false),
        strict: on(given, &STRICT),
        fail_fast: on(given, &FAILFAST),
        update_snapshots: on(given, &UPDATE),
        skip_schema_validation: on(given, &SKIP_SCHEMAS),
        written_to: on(given, &DEBUG).then(|| PathBuf::from(DEBUG_FOLDER)),
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        clock: &clock,
        schemas: &schemas,
        find_program: &program::find,
        limits: limits::of(given)?,
        explains: is_own() && explain::is_wanted(given.explain),
        coverage: coverage.is_some(),
        lists_files: given.watch,
        changed,
    };
    let console = Console { is_colored: is_colored(given) };
    let report = report_of(given)?;
    let mut printed = Ok(());
    let outcome = options.run(&mut |event| {
        let mut out = Vec::new();
        match event {
            Event::ChartFailed(why) => console.error(&mut out, &why),
            Event::Chart { name, path } => console.chart(&mut out, &name, path.as_bytes()),
            Event::Suite(suite) => {
                console.suite(&mut out, &suite);
                if printed.is_ok() {
                    printed = output::stdout(&std::mem::take(&mut out));
                }
                tell_origins(&suite);
            }
            Event::Advice(text) => output::stderr(format!("{text}\n").as_bytes()),
            Event::Hint(_) if !is_own() => {}
            Event::Hint(text) => output::stderr(format!("{text}\n").as_bytes()),
            Event::Passed(why) => output::stderr(&passed(why.as_ref())),
            Event::Logged(warning) => output::stderr(&logged(&warning)),
            Event::Warning(why) => output::stderr(&[b"WARNING: ", &why[..], b"\n"].concat()),
        }
        if printed.is_ok() && !out.is_empty() {
            printed = output::stdout(&out);
        }
    });
    printed?;
    let mut out = Vec::new();
    if let Some((file, format)) = report
        && let Err(why) = write(&file, format, &outcome.suites)
    {
        console.error(&mut out, why.as_bytes());
    }
    console.summary(&mut out, &outcome.summary, outcome.elapsed);
    output::stdout(&out)?;
    let covered = coverage.map_or(Ok(()), |form| tell_coverage(given, form, &outcome.coverage));
    match outcome.passed {
        _ if given.watch => {
            covered.unwrap_or_else(|failure| output::stderr(&failure.text(true)));
            Ok(outcome.files)
        }
        true => covered.map(|()| outcome.files),
        false => Err(Failure::silent(1)),
    }
}

/// Returns what the reference logs of something that it passes over, as the Go module logrus writes it.
fn passed(why: &BStr) -> Vec<u8> {
    let time = output::clock().local_time().format(b"2006-01-02T15:04:05Z07:00");
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._/@^+".contains(&b);
    let message = match why.iter().all(|b| is_plain(*b)) {
        true => why.to_vec(),
        false => quoted(why).into_bytes(),
    };
    let parts: [&[u8]; 5] = [
        b"time=\"",
        &time,
        b"\" level=warning msg=",
        &message,
        b" test-runner=get-v3-test-suites\n",
    ];
    parts.concat()
}

/// Returns what Helm's library logs of a warning in the reference: with the time, without a place; nothing of a URN that
/// was told of before.
fn logged(warning: &Warning) -> Vec<u8> {
    let profile = Profile::parse(HELM).unwrap_or_default();
    match words::message(warning, profile) {
        Some(text) if reporter::is_news(warning) => {
            let time = output::clock().local_time().format(b"2006/01/02 15:04:05 ");
            let end: &[u8] = if text.ends_with(b"\n") { b"" } else { b"\n" };
            [&time[..], &written(&text), end].concat()
        }
        _ => Vec::new(),
    }
}

/// Tells on standard error where came from what the failing assertions of a suite looked at.
fn tell_origins(suite: &SuiteResult) {
    for test in &suite.tests {
        if !test.origins.is_empty() {
            let mut text = format!("{}: {}\n", suite.file_path, test.display_name);
            test.origins.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
            output::stderr(table::shown(&text).as_bytes());
        }
        for one in test.asserts.iter().filter(|one| !one.origins.is_empty()) {
            let (file, name, kind) = (&suite.file_path, &test.display_name, &one.assert_type);
            let mut text = format!("{file}: {name}: asserts[{}] `{kind}`\n", one.index);
            one.origins.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
            output::stderr(table::shown(&text).as_bytes());
        }
    }
}

/// Returns the form of the report of coverage, if one is wanted.
fn coverage_form(given: &Given) -> Result<Option<&str>, Failure> {
    coverage::check_percent(given)?;
    let form = given.coverage.as_deref();
    let form =
        form.or((given.coverage_file.is_some() || given.fail_under.is_some()).then_some("text"));
    let Some(form) = form else { return Ok(None) };
    if !coverage::FORMATS.contains(&form) {
        let all = coverage::FORMATS.join(", ");
        return Err(format!("--coverage={form}: there is no such form; take one of {all}").into());
    }
    if form != "text" && given.coverage_file.is_none() {
        let why = format!(
            "--coverage={form} needs --coverage-file FILE: the results go to standard output"
        );
        return Err(why.into());
    }
    if !matches!(form, "text" | "lcov") && given.args.len() > 1 {
        return Err(format!("--coverage={form} takes one chart; text and lcov take several").into());
    }
    Ok(Some(form))
}

/// Writes what the suites have run of the templates.
fn tell_coverage(given: &Given, form: &str, reports: &[Report]) -> Result<(), Failure> {
    let now = output::clock().now().seconds;
    let (mut text, mut summary) = (String::new(), String::new());
    for report in reports {
        let name =
            format!("Coverage of {}: {}", report.chart, coverage::sentence(&report.totals()));
        let shown = coverage::written(report, form, now);
        text.push_str(
            &shown.unwrap_or_else(|| format!("{name}\n\n{}\n", coverage::templates(report))),
        );
        summary.push_str(&format!("{name}\n"));
    }
    match given.coverage_file.as_deref() {
        None => output::stdout(text.as_bytes())?,
        Some(file) => {
            output::file(file, text.as_bytes())?;
            output::stdout(format!("{summary}wrote {file}\n").as_bytes())?;
        }
    }
    reports.iter().try_for_each(|report| coverage::check_total(given, &report.totals()))
}

/// Returns the file for the results and its form, its folder made; nothing without a form that is known.
fn report_of(given: &Given) -> Result<Option<(PathBuf, Format)>, Failure> {
    let Some(file) = text(given, &OUTPUT_FILE).filter(|file| !file.is_empty()) else {
        return Ok(None);
    };
    let file = path_of(file).into_owned();
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        store::make_folders(folder).map_err(|e| Failure::from(e.to_string()))?;
    }
    let name = text(given, &OUTPUT_TYPE).unwrap_or("XUnit");
    let format = Format::named(name);
    if format.is_none() && is_own() {
        // The reference writes nothing, in silence.
        let name = gostd::strconv::quoted(name);
        let why = format!(
            "--output-type: there is no form {name}, so no results are written: take one of JUnit, NUnit, XUnit or Sonar\n"
        );
        output::stderr(table::shown(&why).as_bytes());
    }
    Ok(format.map(|format| (file, format)))
}

fn write(file: &Path, format: Format, suites: &[SuiteResult]) -> Result<(), String> {
    use std::os::unix::ffi::OsStringExt;
    let clock = output::clock();
    let now = Time::unix(clock.now().seconds, &clock.local_zone());
    let folder = std::env::current_dir().unwrap_or_default();
    let variable = |name: &str| std::env::var_os(name).map(OsStringExt::into_vec);
    let environment = Environment::new(&now, &folder, variable);
    let text = format.write(suites, &environment);
    store::write_whole(file, &text, 0o666).map_err(|e| e.to_string())
}

/// Tells whether the output has colors, as the Go module `fatih/color` finds out.
fn is_colored(given: &Given) -> bool {
    if let Some(asked) = text(given, &COLOR) {
        return parse_bool(asked).unwrap_or_default();
    }
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    !is_set("NO_COLOR") && !is_dumb && std::io::stdout().is_terminal()
}
