//! Implements `statefulchart validate`: what a cluster would say of manifests, without one.

mod baseline;
mod charts;
mod crds;
mod definitions;
mod found;
mod schemas;
mod selection;

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use bstr::ByteSlice;
use gostd::os::{path_of, path_text};
use gostd::value::Str;
use statefulchart::chart::read_metadata;
use statefulchart::kubernetes::Version;
use statefulchart::validate::Definitions;

use super::findings::{self, Finding};
use super::flags::{Flag, Given, known, quoted};
use super::input::Named;
use super::reporter::Terminal;
use super::{
    Args, Command, Failure, globs, input, kube_versions, kubeconform, limits, locate, render,
    suggest, values,
};
use schemas::Schemas;
use selection::Selection;

const FLAGS: &[Flag] = &[
    known::CRDS.about("files or folders of CustomResourceDefinitions that custom resources are checked by, beside those of the chart itself (repeatable)"),
    render::LOOKUP,
    known::KUBE_VERSIONS.about("minor versions of Kubernetes to check against, e.g. 1.31 or 1.27..1.37, divided by commas; the newest known by default (repeatable)"),
    known::API_VERSIONS.about("Kubernetes api versions used for Capabilities.APIVersions"),
    known::BASELINE.about("leave out what is in this file, which --write-baseline has written"),
    known::DISABLE.about("rules to leave out, by their codes or what these begin with: SC813, SC8 (can specify multiple)"),
    known::IS_UPGRADE.about("set .Release.IsUpgrade instead of .Release.IsInstall"),
    known::ONLY.about("rules to look for, and no others (can specify multiple)"),
    known::SCHEMA_LOCATION.about("where JSON schemas of custom resources are that no definition describes, as kubeconform's: a folder, or a path or URL with {{ .ResourceKind }}, {{ .Group }}, {{ .ResourceAPIVersion }} (repeatable)"),
    known::SEVERITY.about("how bad it is to break a rule: CODE=error, CODE=warning or CODE=note (can specify multiple)"),
    known::WRITE_BASELINE.about("write what is found to this file instead of printing it"),
    known::NO_HOOKS.about("leave hooks out"),
    known::RELEASE.about("the release's name").or("release-name"),
    known::REPORT.about("prints the findings in the specified format: text, json, github, gitlab, junit, sarif or tap").or("text"),
    known::SKIP_SCHEMA_VALIDATION.about("disable JSON schema validation"),
    known::SKIP_TESTS.about("leave hooks out that are tests"),
    known::STRICT.about("exit with status 2 for warnings, too"),
    known::VERSION.about("a version constraint for a chart from a repository"),
    known::REPO.about("chart repository url where to locate the chart"),
];

pub(super) const COMMAND: Command = Command {
    name: "validate",
    usage: "validate CHART...",
    about: "say what a cluster would refuse of the manifests, without one",
    long: "Render charts, or read manifests, and check each object as an API server would: kinds and API versions, fields\nand their types, names, labels, selectors, containers, volumes and mounts; and whether the release makes what they\nname, and in time.\n\nAn argument is a chart's folder, archive, repository or OCI reference, a file or folder of manifests, or `-` for\nstandard input. Each values file of --values and each version of --kube-version is a scenario of its own; what is\nfound in several is told once.\n\nThe exit status is 0 where nothing but warnings and notes is found, 2 where a cluster would refuse something, and 1\nwhere something cannot be rendered or read.",
    flags: &[FLAGS, globs::SCENARIO_FLAGS, values::SET_FLAGS],
    args: Args::AtLeast(1),
    run,
};

/// The exit status where something is found.
const FOUND: u8 = 2;

fn run(given: &Given) -> Result<(), Failure> {
    let form = given.report.as_deref().unwrap_or_default();
    findings::check(form)?;
    let is_text = matches!(form, "" | "text");
    let Checked { mut all, failures, blamed } = match checked(given, is_text) {
        // A report is read by programs: it is whole, and says what it lacks.
        Err(failure) if !is_text && given.write_baseline.is_none() => Checked {
            all: Vec::new(),
            failures: vec![failure],
            blamed: given.args.iter().take(1).cloned().collect(),
        },
        checked => checked?,
    };
    if let Some(path) = &given.write_baseline {
        return failed(failures).map_or_else(|| baseline::write(path, &all), Err);
    }
    for finding in &mut all {
        if given.strict && finding.level == findings::Level::Warning {
            finding.level = findings::Level::Error;
        }
    }
    if !is_text {
        all.extend(failures.iter().zip(&blamed).map(|(failure, file)| not_checked(failure, file)));
    }
    match is_text && findings::are_frames_wanted(given) {
        true => findings::print_frames(given, &all)?,
        false => findings::print(form, &all)?,
    }
    if let Some(failure) = failed(failures) {
        return Err(failure);
    }
    match all.iter().any(|finding| finding.level == findings::Level::Error) {
        true => Err(Failure::silent(FOUND)),
        false => Ok(()),
    }
}

/// What was found, what cannot be checked, and the argument that each of that belongs to.
struct Checked {
    all: Vec<Finding>,
    failures: Vec<Failure>,
    blamed: Vec<String>,
}

/// Checks all that is named. A report has what cannot be checked beside the rest; in a text the only failure is told as it is.
///
/// # Errors
/// Flags that cannot be used; the only argument of a text, if it cannot be checked.
fn checked(given: &Given, is_text: bool) -> Result<Checked, Failure> {
    let is_input = |name: &String| name.trim() == "-";
    if given.args.iter().any(|name| name == "-") && given.values.iter().any(is_input) {
        let why = "standard input cannot be both manifests (-) and values (-f -): write one of them to a file";
        return Err(why.into());
    }
    let once = input::Once::default();
    let versions = versions(&given.kube_versions)?;
    let fetch = |url: &str| kubeconform::fetch(given, url);
    let (selection, time) = (Selection::of(given)?, limits::of(given)?.time);
    let asking = crds::Asking { selection: &selection, versions: &versions, time };
    let (definitions, of_definitions) =
        definitions::given(&given.crds, &once, &Terminal::of(given), asking)?;
    let mut asked = Asked {
        no_hooks: given.no_hooks,
        skip_tests: given.skip_tests,
        schemas: Schemas::at(&given.schema_locations, &versions, &fetch)?,
        versions,
        time,
        selection,
        definitions,
        matched: None,
    };
    let is_one = given.args.len() == 1 && is_text;
    let (mut inputs, mut within) = (Vec::new(), Vec::new());
    let (mut failures, mut blamed) = (Vec::new(), Vec::new());
    for argument in &given.args {
        let named = match input::named(argument, &once).and_then(|one| rendered(argument, one)) {
            Ok(named) => named,
            Err(failure) if is_one => return Err(failure),
            Err(failure) => {
                failures.push(failure);
                blamed.push(argument.clone());
                continue;
            }
        };
        // What one file defines, another one may use.
        match &named {
            Named::Chart => {}
            Named::Text(text) => definitions::add(&mut asked.definitions, text),
            Named::Folder(files, charts) => {
                files.iter().for_each(|(_, text)| definitions::add(&mut asked.definitions, text));
                within.extend(charts.iter().map(|chart| path_text(chart)));
            }
        }
        inputs.push((argument, named));
    }
    inputs.extend(within.iter().map(|chart| (chart, Named::Chart)));
    if inputs.iter().all(|(_, named)| !matches!(named, Named::Chart)) {
        render::tell_of_unused(given);
    }
    let charts = inputs.iter().filter(|(_, named)| matches!(named, Named::Chart)).count();
    asked.matched = (charts > 1).then(RefCell::default);
    let (mut all, mut texts) = (Vec::new(), Vec::new());
    // The texts of each argument that is no chart.
    let mut groups = Vec::new();
    let is_several = inputs.len() > 1;
    let is_one = is_one && !is_several;
    for (argument, named) in inputs {
        let (before, failed) = (texts.len(), failures.len());
        match named {
            Named::Chart => {
                let path = locate::chart(COMMAND.name, given, argument);
                let is_nothing = !path_of(argument).exists()
                    && !argument.contains("://")
                    && given.repo.as_deref().unwrap_or_default().is_empty();
                let path = path.map_err(|failure| match is_nothing {
                    true => suggest::for_input(argument, &failure),
                    false => failure,
                });
                let found = path.and_then(|path| {
                    charts::check(given, argument, &path, &asked, &once, &mut failures)
                });
                // Those of its scenarios.
                for failure in failures.iter_mut().skip(failed).filter(|_| is_several) {
                    *failure = of(argument, failure);
                }
                match found {
                    Ok(found) => all.extend(found),
                    Err(failure) if is_one => return Err(failure),
                    Err(failure) if is_nothing => failures.push(failure),
                    Err(failure) => failures.push(of(argument, &failure)),
                }
            }
            Named::Text(text) => {
                texts.push((shown(argument).to_owned(), Str::from(text)));
            }
            Named::Folder(files, _) => {
                texts.extend(files.into_iter().map(|(name, text)| (name, Str::from(text))));
            }
        }
        blamed.resize(failures.len(), argument.clone());
        groups.extend((texts.len() > before).then_some((argument, before..texts.len())));
    }
    for failure in asked.matched.iter().flat_map(|matched| matched.borrow().failures(given)) {
        failures.push(failure);
        blamed.extend(given.args.first().cloned());
    }
    let (found, counts) = found::manifests(given, &texts, &asked)?;
    all.extend(found);
    for (argument, group) in groups {
        if counts.get(group).is_some_and(|counts| counts.iter().all(|count| *count == 0)) {
            let name = if argument == "-" { "standard input" } else { &quoted(argument) };
            failures.push(format!("{name} holds no manifests: nothing is checked").into());
            blamed.push(argument.clone());
        }
    }
    all.splice(..0, not_among(&all, of_definitions));
    if let Some(path) = &given.baseline {
        let mut known = baseline::read(path)?;
        all.retain(|finding| !known.holds(finding));
    }
    Ok(Checked { all, failures, blamed })
}

/// Returns what an argument names without the charts in it that are not rendered: others are made with a library.
///
/// # Errors
/// A folder of libraries alone; templates of a chart.
fn rendered(argument: &str, named: Named) -> Result<Named, Failure> {
    input::no_templates(argument, &named)?;
    let Named::Folder(files, charts) = named else { return Ok(named) };
    let (charts, libraries): (Vec<_>, Vec<_>) =
        charts.into_iter().partition(|chart| is_rendered(chart));
    if files.is_empty() && charts.is_empty() {
        let names = input::some_of(&libraries);
        return Err(format!(
            "{} holds library charts alone, which render nothing: nothing is checked ({names})",
            quoted(argument)
        )
        .into());
    }
    Ok(Named::Folder(files, charts))
}

/// Returns the findings that are not among others: a file of `--crds` may be one that is checked.
fn not_among(others: &[Finding], mut findings: Vec<Finding>) -> Vec<Finding> {
    fn key(finding: &Finding) -> (&str, Option<usize>, Option<usize>, &str, &str) {
        let file = finding.file.as_deref().unwrap_or_default();
        let file = file.strip_prefix("./").unwrap_or(file);
        (file, finding.line, finding.column, &finding.code, &finding.message)
    }
    if !findings.is_empty() {
        let known: HashSet<_> = others.iter().map(key).collect();
        findings.retain(|finding| !known.contains(&key(finding)));
    }
    findings
}

/// Returns what a report has of something that cannot be checked.
fn not_checked(failure: &Failure, argument: &str) -> Finding {
    let words = failure.text(false).to_str_lossy().replace('\n', " ");
    let words = words.strip_prefix(&format!("{argument}: ")).unwrap_or(&words).to_owned();
    let finding = Finding::new(findings::Level::Error, "not-checked", words);
    Finding { file: Some(shown(argument).to_owned()), ..finding }
}

/// Returns a failure of an argument with its name, which it may have.
fn of(argument: &str, failure: &Failure) -> Failure {
    let text = failure.text(false);
    let words = text.to_str_lossy();
    let rest = words.strip_prefix(argument);
    match rest.is_some_and(|rest| rest.starts_with([':', ' '])) {
        true => words.into_owned().into(),
        false => format!("{argument}: {words}").into(),
    }
}

/// Returns what an argument is called in findings.
fn shown(argument: &str) -> &str {
    if argument == "-" { "(standard input)" } else { argument }
}

/// Tells whether a chart in a folder is rendered.
fn is_rendered(chart: &Path) -> bool {
    let text = std::fs::read(chart.join("Chart.yaml")).unwrap_or_default();
    read_metadata(&text).map_or(true, |metadata| metadata.kind != "library")
}

/// Joins what does not render; the only failure stays what it is.
fn failed(mut failures: Vec<Failure>) -> Option<Failure> {
    if failures.len() < 2 {
        return failures.pop();
    }
    let texts = failures.iter().map(|failure| failure.text(false));
    let texts: Vec<String> = texts.map(|text| text.to_str_lossy().replace('\n', "\n  ")).collect();
    Some(format!("not all can be checked:\n  {}", texts.join("\n  ")).into())
}

/// What the findings are asked for.
struct Asked<'f> {
    no_hooks: bool,
    skip_tests: bool,
    versions: Vec<Version>,
    selection: Selection,
    /// Those of custom resources that stand outside of what is checked.
    definitions: Definitions,
    /// Those of custom resources without a definition.
    schemas: Option<Schemas<'f>>,
    /// The processor's time that the checks of a render may take.
    time: Option<Duration>,
    /// Where there are several charts, the patterns of `--values` that have files in one of them.
    matched: Option<RefCell<globs::Matched>>,
}

/// Reads which versions are asked for, oldest first.
///
/// # Errors
/// What is no version, or none that is known.
fn versions(texts: &[String]) -> Result<Vec<Version>, Failure> {
    let all = kube_versions::list(texts)?;
    let all = all.iter().map(|version| kube_versions::known(version));
    let mut all = all.collect::<Result<Vec<Version>, Failure>>()?;
    all.sort();
    all.dedup();
    if all.is_empty() {
        all.push(Version::newest());
    }
    Ok(all)
}
