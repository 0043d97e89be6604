//! Finds where a chart meets a rule in which Helm releases differ, without rendering it.

use std::borrow::Cow;

use bstr::ByteSlice;
use gotemplate::{Name, Pipeline};

use crate::chart::Chart;
use crate::profile::{Meeting, NULLS, Profile, Rule};
use crate::render;

/// The functions that show all of what they are given.
const SHOWING: &[&str] = &[
    "toYaml",
    "toYamlPretty",
    "mustToYaml",
    "toJson",
    "mustToJson",
    "toPrettyJson",
    "mustToPrettyJson",
    "toRawJson",
    "mustToRawJson",
    "toToml",
    "mustToToml",
    "print",
    "printf",
    "println",
    "toString",
    "quote",
    "squote",
    "keys",
    "values",
    "hasKey",
    "kindOf",
    "typeOf",
];

/// Returns the places where the chart, or one below it, meets a rule that `differs` tells of, by file and line. Only
/// rules are looked for that a chart's text shows: nulls in values.yaml, several documents there, `.Chart` shown whole
/// or asked for fields that it has not. `profile` reads the templates.
pub fn meetings(chart: &Chart, profile: Profile, differs: &dyn Fn(Rule) -> bool) -> Vec<Meeting> {
    let mut found = Vec::new();
    gather(chart, "", profile, differs, &mut found);
    found
}

fn gather(
    chart: &Chart,
    folder: &str,
    profile: Profile,
    differs: &dyn Fn(Rule) -> bool,
    into: &mut Vec<Meeting>,
) {
    let mut note = |rule, file: &[u8], line, what: String| {
        let file = format!("{folder}{}", file.to_str_lossy());
        into.push(Meeting { rule, file, line, what });
    };
    if let Some(text) = chart.values_text.as_ref().and_then(|data| data.bytes().ok()) {
        if let Some(rule) = NULLS.iter().copied().find(|rule| differs(*rule)) {
            for goyaml::Null { path, line } in goyaml::nulls(text).unwrap_or_default() {
                let path = path.join(&b'.');
                note(rule, b"values.yaml", line, format!("{} is null", path.to_str_lossy()));
            }
        }
        if differs(Rule::ValuesDocuments)
            && let Some(line) = second_document(text)
        {
            note(Rule::ValuesDocuments, b"values.yaml", line, "a second document".to_owned());
        }
    }
    if differs(Rule::ChartIsMap) {
        for file in chart.templates.iter() {
            let Ok(text) = file.data.bytes() else { continue };
            // One that does not parse is the render's to tell.
            for pipeline in render::pipelines(&file.name, text, profile).unwrap_or_default() {
                if let Some(what) = of_chart(&pipeline) {
                    note(Rule::ChartIsMap, &file.name, pipeline.line, what);
                }
            }
        }
    }
    for below in &chart.dependencies {
        let name: Cow<'_, str> = below.name().to_str_lossy();
        gather(below, &format!("{folder}charts/{name}/"), profile, differs, into);
    }
}

/// Returns the line where a second document begins that has content.
fn second_document(text: &[u8]) -> Option<usize> {
    let mut lines = text.lines().enumerate();
    let is_content = |line: &[u8]| {
        let line = line.trim_ascii();
        !line.is_empty() && !line.starts_with(b"#")
    };
    let is_mark = |line: &[u8]| line == b"---" || line.starts_with(b"--- ");
    lines.by_ref().find(|(_, line)| !is_mark(line) && is_content(line))?;
    let (at, _) = lines.by_ref().find(|(_, line)| is_mark(line))?;
    lines.any(|(_, line)| !is_mark(line) && is_content(line)).then_some(at + 1)
}

/// Returns what a pipeline shows of `.Chart` that is a map's.
fn of_chart(pipeline: &Pipeline<'_>) -> Option<String> {
    let shows =
        pipeline.names.iter().any(|n| matches!(n, Name::Function(f) if SHOWING.contains(f)));
    pipeline.names.iter().find_map(|name| {
        let path = match name {
            Name::Field(path) => path,
            Name::Variable(path) => path.strip_prefix(b"$")?,
            Name::Function(_) => return None,
        };
        let field = path.strip_prefix(b".Chart")?;
        let first = match field.first() {
            None => return shows.then(|| ".Chart is shown whole".to_owned()),
            Some(b'.') => field[1..].split(|b| *b == b'.').next().unwrap_or_default(),
            Some(_) => return None,
        };
        let shown = first.to_str_lossy();
        match first {
            b"Maintainers" | b"Dependencies" if shows && field.len() == first.len() + 1 => {
                Some(format!(".Chart.{shown} is shown whole"))
            }
            b"IsRoot" => None,
            _ if crate::chart::is_metadata_field(first) => None,
            _ => Some(format!("there is no .Chart.{shown}")),
        }
    })
}
