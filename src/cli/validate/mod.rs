//! Implements `statefulchart validate`: what a cluster would say of manifests, without one.

mod charts;
mod definitions;

use std::collections::BTreeMap;

use gostd::value::Str;
use statefulchart::diff;
use statefulchart::kubernetes::Version;
use statefulchart::validate::{self, Definitions, Level, Rule};

use super::findings::{self, Finding};
use super::flags::{Flag, Given, known, quoted};
use super::input::Named;
use super::{Args, Command, Failure, globs, input, locate, values};

const FLAGS: &[Flag] = &[
    known::CRDS.about("files or folders of CustomResourceDefinitions that custom resources are checked by, beside those of the chart itself (repeatable)"),
    known::KUBE_VERSION.about("minor versions of Kubernetes to check against, e.g. 1.31 or 1.27..1.37, divided by commas; the newest known by default"),
    known::API_VERSIONS.about("Kubernetes api versions used for Capabilities.APIVersions"),
    known::IS_UPGRADE.about("set .Release.IsUpgrade instead of .Release.IsInstall"),
    known::NO_HOOKS.about("leave hooks out"),
    known::RELEASE.about("the release's name").or("release-name"),
    known::REPORT.about("prints the findings in the specified format: text, json, github or sarif").or("text"),
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
    long: "Render charts, or read manifests, and check each object as an API server would: kinds and API versions, fields\nand their types, names, labels, selectors, containers, volumes and mounts.\n\nAn argument is a chart's folder, archive, repository or OCI reference, a file or folder of manifests, or `-` for\nstandard input. Each values file of --values and each version of --kube-version is a scenario of its own; what is\nfound in several is told once.\n\nThe exit status is 0 where nothing but warnings and notes is found, 2 where a cluster would refuse something, and 1\nwhere something cannot be rendered or read.",
    flags: &[FLAGS, globs::SCENARIO_FLAGS, values::SET_FLAGS],
    args: Args::AtLeast(1),
    run,
};

/// The exit status where something is found.
const FOUND: u8 = 2;

fn run(given: &Given) -> Result<(), Failure> {
    let form = given.report.as_deref().unwrap_or_default();
    findings::check(form)?;
    let versions = versions(given.kube_version.as_deref().unwrap_or_default())?;
    let mut definitions = definitions::given(&given.crds)?;
    let mut inputs = Vec::new();
    for argument in &given.args {
        let named = input::named(argument)?;
        // What one file defines, another one may use.
        match &named {
            Named::Chart => {}
            Named::Text(text) => definitions::add(&mut definitions, text),
            Named::Folder(files) => {
                files.iter().for_each(|(_, text)| definitions::add(&mut definitions, text));
            }
        }
        inputs.push((argument, named));
    }
    let mut all = Vec::new();
    for (argument, named) in inputs {
        match named {
            Named::Chart => {
                let path = locate::chart(COMMAND.name, given, argument)?;
                all.extend(charts::check(given, argument, &path, &versions, &definitions)?);
            }
            Named::Text(text) => {
                let name = if argument == "-" { "(standard input)" } else { argument };
                all.extend(manifests(name, &text.into(), &versions, &definitions));
            }
            Named::Folder(files) => {
                for (name, text) in files {
                    all.extend(manifests(&name, &text.into(), &versions, &definitions));
                }
            }
        }
    }
    findings::print(form, &all)?;
    let least = if given.strict { findings::Level::Warning } else { findings::Level::Error };
    match all.iter().any(|finding| finding.level >= least) {
        true => Err(Failure::silent(FOUND)),
        false => Ok(()),
    }
}

/// Reads which versions are asked for.
///
/// # Errors
/// What is no version, or none that is known.
fn versions(text: &str) -> Result<Vec<Version>, Failure> {
    let mut all = Vec::new();
    let one = |text: &str| {
        let minor = text.trim().trim_start_matches('v').strip_prefix("1.");
        let minor = minor.and_then(|rest| rest.split(['.', '+', '-']).next()?.parse().ok());
        minor.and_then(Version::of_minor).ok_or_else(|| {
            let (first, last) = (Version::all().next(), Version::newest());
            let first = first.map_or(String::new(), |version| version.to_string());
            Failure::from(format!(
                "--kube-version {}: versions {first} to {last} are known",
                quoted(text)
            ))
        })
    };
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match part.split_once("..") {
            None => all.push(one(part)?),
            Some((from, to)) => {
                let (from, to) = (one(from)?, one(to)?);
                if from > to {
                    return Err(format!(
                        "--kube-version {}: the first version is newer than the last",
                        quoted(part)
                    )
                    .into());
                }
                all.extend(Version::all().filter(|version| (from..=to).contains(version)));
            }
        }
    }
    all.sort();
    all.dedup();
    if all.is_empty() {
        all.push(Version::newest());
    }
    Ok(all)
}

/// What was found in the objects of a text, each finding once, by its place, code and words: how bad it is, what to do,
/// and in which versions it was found.
type Found = BTreeMap<(usize, usize, &'static str, String), (Level, Option<String>, Vec<Version>)>;

/// Adds what is found in a text of manifests.
fn add(found: &mut Found, text: &Str, version: Version, definitions: &Definitions) {
    let (objects, errors) = diff::read_all(text, "", super::profile::current());
    let mut note = |line, column, rule: &'static Rule, message, help| {
        let (_, _, seen) = found
            .entry((line, column, rule.code, message))
            .or_insert_with(|| (rule.level, help, Vec::new()));
        if !seen.contains(&version) {
            seen.push(version);
        }
    };
    for error in errors {
        note(error.line(), 1, validate::unreadable(), error.words(), None);
    }
    for finding in validate::validate_with(&objects, definitions, version) {
        let (line, column) = finding.place(&objects).unwrap_or((1, 1));
        let path = validate::path_text(&finding.path);
        let path = if path.is_empty() { path } else { format!(" {path}") };
        let message = format!("{}{path}: {}", objects[finding.object].id, finding.message);
        note(line, column, finding.rule, message, finding.help);
    }
}

/// Says in which of the versions it was found; nothing where in all of them.
fn versions_words(seen: &[Version], versions: &[Version]) -> Option<String> {
    if seen.len() == versions.len() {
        return None;
    }
    let mut runs: Vec<(Version, Version)> = Vec::new();
    let place = |version: &Version| versions.iter().position(|own| own == version);
    for version in seen {
        match runs.last_mut() {
            Some((_, last)) if place(last).map(|at| at + 1) == place(version) => *last = *version,
            _ => runs.push((*version, *version)),
        }
    }
    let words = runs.iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first} to {last}"),
    });
    Some(format!("Kubernetes {}", words.collect::<Vec<_>>().join(", ")))
}

/// Makes a finding to be printed, at a place of its own.
fn finding(code: &str, level: Level, message: String, help: Option<String>) -> Finding {
    Finding {
        level: match level {
            Level::Note => findings::Level::Note,
            Level::Warning => findings::Level::Warning,
            Level::Error => findings::Level::Error,
        },
        code: code.to_owned().into(),
        message: match &help {
            Some(help) => format!("{message}; {help}"),
            None => message,
        },
        file: None,
        line: None,
        column: None,
        key: None,
        values: Vec::new(),
        rendered: None,
        suggestion: help,
    }
}

/// Checks manifests that are there already.
fn manifests(
    name: &str,
    text: &Str,
    versions: &[Version],
    definitions: &Definitions,
) -> Vec<Finding> {
    let mut found = Found::new();
    for version in versions {
        add(&mut found, text, *version, definitions);
    }
    found
        .into_iter()
        .map(|((line, column, code, message), (level, help, seen))| {
            let words = versions_words(&seen, versions)
                .map_or(String::new(), |words| format!(" ({words})"));
            let finding = finding(code, level, message + &words, help);
            Finding {
                file: Some(name.to_owned()),
                line: Some(line),
                column: Some(column),
                ..finding
            }
        })
        .collect()
}
