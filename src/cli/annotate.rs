//! Implements `statefulchart annotate`: rewrites what scanners say of rendered text to the lines of templates.

use std::path::Path;

use bstr::ByteSlice;
use gostd::os::{io_reason, read_whole};
use gostd::value::Value;
use statefulchart::action::Rendered;
use statefulchart::annotate::{self, Found, Places, Text};
use statefulchart::provenance::{Key, Provenance, SOURCE_MAP_VERSION, SourceMap, ValueOf};
use statefulchart::values::origins::{self, Origins, Setting, Source};

use super::examined::{Examined, Made};
use super::findings::{self, Finding, Level, ValueAt};
use super::flags::{Flag, Given, known, quoted};
use super::values_where::{Shown, json_of};
use super::{Args, Command, Failure, output, render, values};

const FLAGS: &[Flag] = &[
    known::INCLUDE_CRDS.about("the rendered text holds the files of crds/"),
    known::IS_UPGRADE.about("set .Release.IsUpgrade instead of .Release.IsInstall"),
    known::NO_HOOKS.about("the rendered text holds no hooks"),
    known::RELEASE.about("the release's name").or("release-name"),
    known::RENDERED.about("this file is what template prints, whatever is in it (repeatable)"),
    known::REPORT.about("prints the findings in the specified format: text, json, github or sarif"),
    known::SKIP_SCHEMA_VALIDATION.about("disable JSON schema validation"),
    known::SKIP_TESTS.about("the rendered text holds no tests"),
    known::SOURCE_MAP
        .about("take the lines from this file, which template --source-map has written"),
];

pub(super) const COMMAND: Command = Command {
    name: "annotate",
    usage: "annotate CHART [FINDINGS]",
    about: "rewrite findings about rendered text to the lines of templates",
    long: "Read what a scanner says of rendered text, from a file or standard input, and print it with the lines of the\ntemplates that made the text, and with the values that were read for them.\n\n  statefulchart template web ./chart -f prod.yaml > out.yaml\n  yamllint -f parsable out.yaml | statefulchart annotate ./chart --release web -f prod.yaml\n\nWith --source-map FILE nothing is rendered and no CHART is taken: annotate --source-map FILE [FINDINGS].\n\nRead are SARIF 2.1.0, lines `file:line:column: message`, workflow commands of GitHub (`::error file=…`), and what\nyamllint, kubeconform, kube-linter and checkov print. Without -o the form stays what it is. A file is taken for\nrendered text if --rendered names it, if it holds the documents that the chart renders, on the same lines, if template --output-dir has written it,\nor if it is standard input. What is about other files goes through as it is.\n\nThe exit status is 0 whatever is found: in a pipe, `set -o pipefail` keeps the scanner's.",
    flags: &[FLAGS, render::CLUSTER_FLAGS, values::FLAGS],
    args: Args::AtMost(2),
    run,
};

fn run(given: &Given) -> Result<(), Failure> {
    let form = given.report.as_deref().unwrap_or_default();
    findings::check(form)?;
    let (chart, input) = match (&given.source_map, &given.args[..]) {
        (Some(_), []) => (None, None),
        (Some(_), [input]) => (None, Some(input)),
        (None, [chart]) => (Some(chart), None),
        (None, [chart, input]) => (Some(chart), Some(input)),
        (Some(_), _) => {
            return Err(
                "--source-map takes the place of the chart: FINDINGS is the only argument".into()
            );
        }
        (None, _) => {
            return Err("a chart or --source-map is needed: what has been rendered?".into());
        }
    };
    let from_stdin = input.is_none_or(|input| input == "-");
    if from_stdin && given.values.iter().any(|file| file == "-") {
        return Err("the values and the findings are both to be read from standard input: give a file to one of them".into());
    }
    let map = match (&given.source_map, chart) {
        (Some(file), _) => read_map(file)?,
        (None, Some(chart)) => of_chart(given, chart)?,
        (None, None) => return Ok(()),
    };
    let text = match input {
        Some(file) if !from_stdin => read_file(file)?,
        _ => read_whole(std::io::stdin().lock()).map_err(|e| {
            Failure::from(format!("read the findings from standard input: {}", io_reason(&e)))
        })?,
    };
    let mut places = Places::new(&map, &given.rendered);
    let is_json = text.trim_ascii_start().starts_with(b"{");
    let read = if is_json { of_sarif(&text, &mut places)? } else { of_lines(&text, &mut places) };
    match form {
        "" => output::stdout(&read.own)?,
        _ => findings::print(form, &read.found.iter().map(finding).collect::<Vec<_>>())?,
    }
    for file in places.differing() {
        let file = quoted(file);
        output::stderr(
            format!("{file} is not what is rendered with these flags: the lines may be off\n")
                .as_bytes(),
        );
    }
    tell_of_rest(given, &read.found);
    Ok(())
}

/// Says how many findings go through as they are.
fn tell_of_rest(given: &Given, found: &[Found<'_>]) {
    let (all, left) = (found.len(), found.iter().filter(|f| f.origin.is_none()).count());
    if left == 0 {
        return;
    }
    let hint = match left == all && given.source_map.is_none() && given.rendered.is_empty() {
        true => {
            ": render with the flags that the text was rendered with, or name its file with --rendered"
        }
        false => "",
    };
    let text = format!(
        "findings left as they are, since no template line is known for them: {left} of {all}{hint}\n"
    );
    output::stderr(text.as_bytes());
}

/// What was read, and what it is now.
struct Read<'m> {
    own: Vec<u8>,
    found: Vec<Found<'m>>,
}

fn of_sarif<'m>(text: &[u8], places: &mut Places<'m>) -> Result<Read<'m>, Failure> {
    let fail =
        |why: &dyn std::fmt::Display| Failure::from(format!("the findings cannot be read: {why}"));
    let text = text.to_str().map_err(|e| fail(&e))?;
    let log = annotate::rewrite_sarif(text, places).map_err(|e| fail(&e))?;
    Ok(Read { own: log.text.into_bytes(), found: log.found })
}

fn of_lines<'m>(text: &[u8], places: &mut Places<'m>) -> Read<'m> {
    let mut read = Read { own: Vec::with_capacity(text.len()), found: Vec::new() };
    for part in annotate::read_lines(text, places) {
        match part {
            Text::Other(line) => read.own.extend(line),
            Text::Found(found, lines) => {
                read.own.extend(lines);
                read.found.push(*found);
            }
        }
    }
    read
}

fn finding(found: &Found<'_>) -> Finding {
    let origin = found.origin.as_ref();
    let words = origin.map_or(String::new(), annotate::Origin::words);
    let words = if words.is_empty() { words } else { format!("  ({words})") };
    let values = origin.map_or(Vec::new(), |origin| {
        let one = |(path, of): &(&str, &ValueOf)| ValueAt {
            key: (*path).to_owned(),
            value: of.value.clone().unwrap_or_default(),
            set_by: of.set_by.clone(),
            line: of.line,
            column: of.column,
        };
        origin.values.iter().map(one).collect()
    });
    let code = if found.code.is_empty() { "finding" } else { &*found.code };
    Finding {
        level: match found.level {
            annotate::Level::Note => Level::Note,
            annotate::Level::Warning => Level::Warning,
            annotate::Level::Error => Level::Error,
        },
        code: code.to_owned().into(),
        message: format!("{}{words}", found.message),
        file: origin.map(|o| o.file.clone()).or_else(|| found.file.clone()),
        line: origin.map_or(found.line, |o| Some(o.line)),
        column: origin.map_or(found.column, |o| o.column),
        key: None,
        values,
        rendered: origin
            .zip(found.file.clone())
            .map(|(origin, file)| findings::Rendered { file, line: origin.rendered }),
        suggestion: None,
    }
}

fn read_file(file: &str) -> Result<Vec<u8>, Failure> {
    let fail = |e: std::io::Error| Failure::from(format!("open {file}: {}", io_reason(&e)));
    let opened = std::fs::File::open(gostd::os::path_of(file)).map_err(fail)?;
    read_whole(opened).map_err(fail)
}

fn read_map(file: &str) -> Result<SourceMap, Failure> {
    let text = read_file(file)?;
    let fail = |why: String| Failure::from(format!("{} is no source map: {why}", quoted(file)));
    let value: serde_json::Value =
        serde_json::from_slice(&text).map_err(|e| fail(e.to_string()))?;
    let version = &value["version"];
    if *version != SOURCE_MAP_VERSION {
        let known = format!("{SOURCE_MAP_VERSION} is understood");
        return Err(match version.as_u64() {
            Some(version) => fail(format!("it has version {version}, and {known}")),
            None => fail("it has no \"version\"".to_owned()),
        });
    }
    serde_json::from_value(value).map_err(|e| fail(e.to_string()))
}

/// Renders a chart as `template` does, and maps the lines.
fn of_chart(given: &Given, reference: &str) -> Result<SourceMap, Failure> {
    let (examined, made) = Examined::of(given, COMMAND.name, reference, |action| {
        action.include_crds = given.include_crds;
        action.no_hooks = given.no_hooks;
        action.skip_tests = given.skip_tests;
    })?;
    let Made { rendered, provenance, .. } = made?;
    let known = (&examined.origins, &examined.shown());
    let mut map = map(&rendered, &provenance, reference, Some(known));
    map.output = rendered.manifest();
    Ok(map)
}

/// Maps the lines of what was rendered, and says what sets the values that were read for them.
pub(super) fn map(
    rendered: &Rendered,
    provenance: &Provenance,
    reference: &str,
    known: Option<(&Origins, &Shown<'_>)>,
) -> SourceMap {
    let mut map = SourceMap::new(provenance, &rendered.printed(), &rendered.output());
    map.chart = reference.trim_end_matches('/').to_owned();
    let Some((origins, shown)) = known else { return map };
    let mut values = Vec::new();
    for (number, path) in map.keys().iter().enumerate() {
        if let Some((Key::Name(root), inner)) = path.split_first()
            && **root == *b"Values"
            && !inner.is_empty()
        {
            let path: Vec<origins::Key> = inner.iter().map(origins::Key::from).collect();
            let Some(setting) = origins.setting(&path) else { continue };
            let value = origins.value(&path).unwrap_or_default();
            values.push(value_of(number, &setting, &value, shown));
        }
    }
    map.values = values;
    map
}

fn value_of(path: usize, setting: &Setting, value: &Value, shown: &Shown<'_>) -> ValueOf {
    let at = setting.place.and_then(|place| place.first());
    let set_by = match &setting.source {
        Source::Flag { .. } => shown.place(setting),
        source => shown.file(source).unwrap_or_default(),
    };
    let set_by = Path::new(&set_by)
        .strip_prefix("./")
        .map_or(set_by.clone(), |rest| rest.to_string_lossy().into_owned());
    ValueOf {
        path,
        value: match value {
            Value::Map(_) | Value::List(_) => None,
            scalar => serde_json::from_str(&json_of(scalar)).ok(),
        },
        set_by,
        line: at.map(|at| at.line),
        column: at.map(|at| at.column),
    }
}
