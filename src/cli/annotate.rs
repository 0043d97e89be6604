//! Implements `statefulchart annotate`: rewrites what scanners say of rendered text to the lines of templates.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

use bstr::ByteSlice;
use gostd::os::path_of;
use gostd::value::Value;
use statefulchart::action::Rendered;
use statefulchart::annotate::{self, Found, Places, Text};
use statefulchart::provenance::{
    Key, MapWriter, Provenance, SOURCE_MAP_VERSION, SetBy, SourceMap, ValueOf,
};
use statefulchart::values::origins::{self, InForce, Layer, Origins};

use super::examined::{Examined, Made};
use super::findings::{self, Finding, Level, ValueAt};
use super::flags::{Flag, Given, known, quoted};
use super::values_where::{Shown, json_of};
use super::{Args, Command, Failure, input, output, render, values};

const FLAGS: &[Flag] = &[
    known::INCLUDE_CRDS.about("the rendered text holds the files of crds/"),
    known::IS_UPGRADE.about("set .Release.IsUpgrade instead of .Release.IsInstall"),
    known::NO_HOOKS.about("the rendered text holds no hooks"),
    known::RELEASE.about("the release's name").or("release-name"),
    known::RENDERED.about("this file is what template prints, whatever is in it (repeatable)"),
    known::REPORT.about("prints the findings in the specified format: text, json, github, gitlab, junit, sarif or tap"),
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
    flags: &[FLAGS, render::OWN_CLUSTER_FLAGS, values::FLAGS],
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
        Some(file) if !from_stdin => input::file(&path_of(file))?,
        _ => input::stdin("the findings")?,
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

/// Returns what sets the values that were read for a line.
pub(super) fn values_of(origin: &annotate::Origin<'_>) -> Vec<ValueAt> {
    let one = |(path, of): &(&str, &ValueOf)| ValueAt {
        key: (*path).to_owned(),
        value: of.value.clone().unwrap_or_default(),
        set_by: of.set_by.clone(),
        line: of.line,
        column: of.column,
    };
    origin.values.iter().map(one).collect()
}

fn finding(found: &Found<'_>) -> Finding {
    let origin = found.origin.as_ref();
    let words = origin.map_or(String::new(), annotate::Origin::words);
    let words = if words.is_empty() { words } else { format!("  ({words})") };
    let values = origin.map_or(Vec::new(), values_of);
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
        about: None,
    }
}

fn read_map(file: &str) -> Result<SourceMap, Failure> {
    let text = input::file(&path_of(file))?;
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
    let text = map(&rendered, &provenance, reference, Some(known));
    let map = serde_json::from_slice(&text).map_err(|e| Failure::from(e.to_string()))?;
    Ok(SourceMap { output: rendered.manifest(), ..map })
}

/// Writes the map of the lines of what was rendered, and of what sets the values that were read for them.
pub(super) fn map(
    rendered: &Rendered,
    provenance: &Provenance,
    reference: &str,
    known: Option<(&Origins, &Shown<'_>)>,
) -> Vec<u8> {
    let map = MapWriter::new(provenance, &rendered.printed(), &rendered.output());
    finished(map, reference, known)
}

/// Maps some lines of what was rendered, by their numbers, from 1.
pub(super) fn map_of_lines(
    rendered: &Rendered,
    provenance: &Provenance,
    reference: &str,
    known: (&Origins, &Shown<'_>),
    picked: &HashSet<usize>,
) -> Vec<u8> {
    let map = MapWriter::of_lines(provenance, &rendered.printed(), picked);
    finished(map, reference, Some(known))
}

fn finished(
    mut map: MapWriter<'_>,
    reference: &str,
    known: Option<(&Origins, &Shown<'_>)>,
) -> Vec<u8> {
    if let Some((origins, shown)) = known {
        add_values(&mut map, origins, shown);
        // As files lie, not as charts are called that others hold.
        map.rename(|name| match name.split_once('/') {
            Some((chart, within)) => format!("{chart}/{}", shown.chart.file_of(within)),
            None => name.to_owned(),
        });
    }
    map.finish(reference.trim_end_matches('/'))
}

/// Says what sets the values that were read.
fn add_values(map: &mut MapWriter<'_>, origins: &Origins, shown: &Shown<'_>) {
    let name = |layer: Layer<'_>| {
        let name = shown.layer(layer.source);
        let rest = Path::new(&name).strip_prefix("./").map(|rest| rest.to_string_lossy());
        rest.map(Cow::into_owned).unwrap_or(name)
    };
    let layers: Vec<String> = origins.layers().map(name).collect();
    let mut found = Vec::new();
    let mut within = Vec::new();
    for (number, path) in map.paths().iter().enumerate() {
        if let Some((Key::Name(root), inner)) = path.split_first()
            && **root == *b"Values"
            && !inner.is_empty()
        {
            within.clear();
            within.extend(inner.iter().map(origins::Key::from));
            found.extend(origins.in_force(&within).map(|found| (number, found)));
        }
    }
    for (path, InForce { layer, place, value }) in found {
        let value = value.and_then(|value| compact(&value));
        let at = place.and_then(|place| place.first());
        map.set_by(&SetBy {
            path,
            value: value.as_deref(),
            set_by: layers.get(layer).map_or("", String::as_str),
            at: at.map(|at| (at.line, at.column)),
        });
    }
}

/// Returns a value as JSON without spaces, numbers as short as can be.
fn compact(value: &Value) -> Option<String> {
    /// Up to which size whole numbers are written as such, whoever writes them.
    const WHOLE: f64 = 1e15;
    match value {
        Value::Bool(is_true) => Some(is_true.to_string()),
        Value::Str(text) if text.to_str().is_some() => serde_json::to_string(text.to_str()?).ok(),
        Value::Float(n) if n.fract() == 0.0 && (1.0..WHOLE).contains(n) => {
            Some((*n as u64).to_string())
        }
        other => {
            let value: serde_json::Value = serde_json::from_str(&json_of(other)).ok()?;
            Some(value.to_string())
        }
    }
}
