//! Implements `statefulchart why`: where a line of the output came from.

mod data;
mod text;

use std::collections::HashSet;
use std::fmt::Write;

use bstr::ByteSlice;
use gostd::value::{Str, Value};
use statefulchart::chart::Chart;
use statefulchart::provenance::{
    self, Access, FieldError, Line, Missing, Printed, Provenance, Read, Spot,
};
use statefulchart::values::origins::{self, Answer, Origins};

use self::data::{LineData, MissingData};
use super::examined::{Examined, release_name};
use super::flags::{Flag, Format, Given, known};
use super::values_where::Shown;
use super::{Args, Command, Failure, help, output, render, table, values};

const FLAGS: &[Flag] = &[
    known::INCLUDE_CRDS.about("count lines as template --include-crds prints them"),
    known::LINE.about("explain this line of what template prints"),
    known::OUTPUT
        .about("prints the output in the specified format: table, json or yaml")
        .or("table"),
    known::RELEASE.about("the release's name").or("release-name"),
    known::SEARCH.about("explain the lines that hold this text"),
];

pub(super) const COMMAND: Command = Command {
    name: "why",
    usage: "why CHART [RESOURCE [FIELD]]",
    about: "say where a line of the output came from",
    long: "Print where a resource or a field of it came from: the line of the template, the calls that led there, the\nvalues that were read for it with the files and flags that set them, and the conditions that let it through.\nOf a resource that is not there: the conditions that left it out.\n\nRESOURCE is KIND/NAME, or a kind or a name alone; the release's part of the name may be left out. FIELD is a\npath such as spec.replicas or spec.template.spec.containers[web].image. Of a resource, a list or a map each\nline is named with its template and its values.\n\nThe exit status is 1 where nothing is found.",
    flags: &[FLAGS, render::OWN_CLUSTER_FLAGS, values::FLAGS],
    args: Args::AtLeast(1),
    run,
};

/// How many lines of `--search` are explained at length.
const AT_LENGTH: usize = 3;
fn run(given: &Given) -> Result<(), Failure> {
    let (reference, resource, field) = match &given.args[..] {
        [reference] => (reference, None, None),
        [reference, resource] => (reference, Some(resource), None),
        [reference, resource, field] => (reference, Some(resource), Some(field)),
        _ => return Err("a chart, a resource and a field are taken, not more".into()),
    };
    if resource.is_none() && given.line.is_none() && given.search.is_none() {
        return Err("a resource, --line or --search is needed: what is to be explained?".into());
    }
    let include_crds = given.line.is_none() || given.include_crds;
    let (examined, made) = Examined::of(given, COMMAND.name, reference, |action| {
        action.include_crds = include_crds;
    })?;
    let made = made?;
    let printed = made.rendered.printed();
    let mut taking_part = HashSet::new();
    full_paths(&made.chart, &mut taking_part);
    let (provenance, origins) = (&made.provenance, &examined.origins);
    let why = Why { provenance, printed: &printed, origins, shown: examined.shown(), taking_part };
    let lines = provenance.lines(&printed);
    let (chosen, at_length) = match resource {
        None => {
            let found = why.lines_of_flags(given, &lines)?;
            let at_length = found.len() <= AT_LENGTH;
            (found, at_length)
        }
        Some(resource) => {
            let documents = provenance::matches(&printed, resource, release_name(given));
            let document = match documents[..] {
                [document] => document,
                [] => return why.missing(given, resource),
                _ => return Err(why.ambiguous(resource, &documents)),
            };
            let own: Vec<&Line<'_>> = lines.iter().filter(|l| l.document == document).collect();
            if own.is_empty() {
                return Err(format!(
                    "{} is no template's: it is printed as it stands in crds/",
                    why.title(document)
                )
                .into());
            }
            match field {
                None => (own, false),
                Some(field) => {
                    let range = provenance::fields(printed[document].content, field);
                    let range = match range {
                        Err(error) => return why.no_field(given, document, &error),
                        Ok(range) => range,
                    };
                    let found = own.get(range).unwrap_or_default().to_vec();
                    let at_length = found.len() == 1;
                    (found, at_length)
                }
            }
        }
    };
    match given.output {
        Format::Table if at_length => output::stdout(why.at_length(&chosen).as_bytes()),
        Format::Table => output::stdout(why.listed(&chosen).as_bytes()),
        Format::Json | Format::Yaml => {
            let data: Vec<LineData> = chosen.iter().map(|line| why.data(line)).collect();
            let text = match given.output {
                Format::Yaml => serde_yaml::to_string(&data).map_err(|e| e.to_string())?,
                _ => serde_json::to_string(&data).map_err(|e| e.to_string())? + "\n",
            };
            output::stdout(text.as_bytes())
        }
    }
}

struct Why<'w> {
    provenance: &'w Provenance,
    printed: &'w [Printed<'w>],
    origins: &'w Origins,
    shown: Shown<'w>,
    /// The full paths of the charts that take part.
    taking_part: HashSet<Str>,
}

/// A template of a chart that takes no part.
struct Disabled {
    /// Its name.
    file: String,
    /// The dependency.
    name: String,
    /// What may disable it: the condition's paths, or the tags.
    by: Vec<Access>,
}

fn full_paths(chart: &Chart, into: &mut HashSet<Str>) {
    into.insert(chart.full_path.clone());
    chart.dependencies.iter().for_each(|chart| full_paths(chart, into));
}

/// A value that was read.
struct ReadValue<'r> {
    access: &'r Access,
    /// The path as people write it.
    path: String,
    /// What sets it; nothing of what is no value.
    answer: Option<Answer>,
    /// What it is.
    value: Option<Value>,
}

/// Returns what was read, the keys of what is read itself left out.
fn own_reads(read: &[Access]) -> impl Iterator<Item = &Access> {
    let is_read = |path: &[provenance::Key]| {
        read.iter().any(|other| other.path == path && other.read != Read::Key)
    };
    read.iter().filter(move |access| access.read != Read::Key || !is_read(&access.path))
}

/// Returns the path in the values of what was read there.
fn values_path(access: &Access) -> Option<Vec<origins::Key>> {
    match access.path.split_first() {
        Some((provenance::Key::Name(root), inner)) if **root == *b"Values" => {
            Some(inner.iter().map(origins::Key::from).collect())
        }
        _ => None,
    }
}

/// Returns the path of what was read as people write it: one in the values as `--set` takes it.
fn path_of(access: &Access) -> String {
    match values_path(access) {
        Some(path) if path.is_empty() => ".Values".to_owned(),
        Some(path) => origins::path_text(&path),
        None => format!(".{}", provenance::path_text(&access.path)),
    }
}

impl Why<'_> {
    fn lines_of_flags<'l>(
        &self,
        given: &Given,
        lines: &'l [Line<'l>],
    ) -> Result<Vec<&'l Line<'l>>, Failure> {
        if let Some(number) = given.line {
            return match lines.iter().find(|line| line.number == number) {
                Some(line) => Ok(vec![line]),
                None => Err(format!("no template has written line {number} of the output").into()),
            };
        }
        let text = given.search.as_deref().unwrap_or_default();
        let found: Vec<&Line<'_>> =
            lines.iter().filter(|line| line.text.find(text).is_some()).collect();
        match found.is_empty() {
            true => {
                Err(format!("no line of the output holds {}", super::flags::quoted(text)).into())
            }
            false => Ok(found),
        }
    }

    fn title(&self, document: usize) -> String {
        let of = &self.printed[document];
        let name = of.name.to_str_lossy();
        match of.kind.to_str_lossy() {
            kind if kind.is_empty() => of.source.to_str_lossy().into_owned(),
            kind if name.is_empty() => kind.into_owned(),
            kind => format!("{kind}/{name}"),
        }
    }

    fn ambiguous(&self, resource: &str, documents: &[usize]) -> Failure {
        let all: String = documents.iter().map(|d| format!("\n  {}", self.title(*d))).collect();
        format!("{} may be any of these:{all}", super::flags::quoted(resource)).into()
    }

    /// Says that a field is not there, and what left it out.
    fn no_field(&self, given: &Given, document: usize, error: &FieldError) -> Result<(), Failure> {
        let failure = Failure::from(format!("{}: {error}", self.title(document)));
        if let FieldError::Missing { step, .. } = error {
            let found = self.provenance.missing_field(&self.printed[document], step.as_bytes());
            if !found.is_empty() {
                self.print_missing(given, &found, &[])?;
                return Err(failure);
            }
        }
        Err(match error {
            FieldError::Missing { step, there, .. } if !there.is_empty() => {
                let near = help::nearest(step, there.iter().map(String::as_str));
                failure.hinting(match near {
                    Some(near) => format!("\nDid you mean {near}?"),
                    None => format!("\nThere are: {}", there.join(", ")),
                })
            }
            _ => failure,
        })
    }

    /// Says what left a resource out.
    fn missing(&self, given: &Given, resource: &str) -> Result<(), Failure> {
        let kind = resource.split('/').next().unwrap_or_default();
        let kind = provenance::kind_of(kind);
        let found = self.provenance.missing(kind.as_bytes());
        let disabled = self.disabled(&kind);
        let word = resource.split('/').next().unwrap_or_default();
        let stands_for = if kind == word { String::new() } else { format!(" ({kind})") };
        let nothing = format!("the chart makes no {}{stands_for}", super::flags::quoted(resource));
        if found.is_empty() && disabled.is_empty() {
            let all: Vec<String> = (0..self.printed.len()).map(|d| self.title(d)).collect();
            let near = help::nearest(resource, all.iter().map(String::as_str));
            let hint = match near {
                Some(near) => format!("\nDid you mean {near}?"),
                None => format!("\nIt makes:\n  {}", all.join("\n  ")),
            };
            return Err(Failure::from(nothing).hinting(hint));
        }
        self.print_missing(given, &found, &disabled)?;
        Err(nothing.into())
    }

    fn print_missing(
        &self,
        given: &Given,
        found: &[Missing],
        disabled: &[Disabled],
    ) -> Result<(), Failure> {
        if given.output != Format::Table {
            let of_template = found.iter().map(|missing| MissingData {
                file: missing.file.to_string(),
                dependency: None,
                conditions: missing.conditions.iter().map(|c| self.condition(c)).collect(),
                values: Vec::new(),
            });
            let of_chart = disabled.iter().map(|disabled| MissingData {
                file: disabled.file.clone(),
                dependency: Some(disabled.name.clone()),
                conditions: Vec::new(),
                values: self.values(&disabled.by).iter().map(|v| self.value_data(v)).collect(),
            });
            let data: Vec<MissingData> = of_template.chain(of_chart).collect();
            let text = match given.output {
                Format::Yaml => serde_yaml::to_string(&data).map_err(|e| e.to_string())?,
                _ => serde_json::to_string(&data).map_err(|e| e.to_string())? + "\n",
            };
            return output::stdout(text.as_bytes());
        }
        let mut text = String::new();
        for missing in found {
            let file = self.shown.template(&missing.file.to_string());
            let _ = writeln!(text, "{file} leaves it out:\n");
            let mut told = HashSet::new();
            for condition in &missing.conditions {
                self.write_condition(&mut text, condition, &mut told);
            }
            text.push('\n');
        }
        for Disabled { file, name, by } in disabled {
            let _ = writeln!(text, "{} leaves it out:\n", self.shown.template(file));
            let _ = writeln!(text, "  the dependency {name} is disabled");
            let mut told = HashSet::new();
            let values = self.values(by);
            values.iter().for_each(|v| self.write_value(&mut text, "      ", v, &mut told));
            text.push('\n');
        }
        output::stdout(text.trim_end().as_bytes())?;
        output::stdout(b"\n")
    }

    /// Returns the templates of charts that take no part and have a kind in their texts.
    fn disabled(&self, kind: &str) -> Vec<Disabled> {
        let line = [b"kind: ", kind.as_bytes()].concat();
        let mut found = Vec::new();
        let root = self.shown.chart;
        self.disabled_below(root, &root.full_path, &mut Vec::new(), &line, &mut found);
        found
    }

    fn disabled_below(
        &self,
        chart: &Chart,
        full_path: &Str,
        path: &mut Vec<provenance::Key>,
        line: &[u8],
        found: &mut Vec<Disabled>,
    ) {
        for of in chart.metadata.dependencies.iter().flatten() {
            let held = chart.dependencies.iter().find(|held| *held.name() == of.name);
            let Some(held) = held else { continue };
            let name = if of.alias.is_empty() { &of.name } else { &of.alias };
            let own = Str::from(format!("{full_path}/charts/{name}").as_str());
            if self.taking_part.contains(&own) {
                path.push(provenance::Key::Name(name.clone()));
                self.disabled_below(held, &own, path, line, found);
                path.pop();
                continue;
            }
            let values = provenance::Key::Name(Str::from("Values"));
            let access = |steps: Vec<provenance::Key>| Access {
                path: [std::slice::from_ref(&values), &steps[..]].concat(),
                read: Read::Value,
            };
            let condition = of.condition.to_string();
            let steps = |one: &str| {
                let own = one.trim().split('.').map(|step| provenance::Key::Name(Str::from(step)));
                path.iter().cloned().chain(own).collect()
            };
            let conditions = condition.split(',').filter(|one| !one.trim().is_empty());
            let mut by: Vec<Access> = conditions.map(|one| access(steps(one))).collect();
            let tag = |tag: &Str| {
                access(vec![
                    provenance::Key::Name(Str::from("tags")),
                    provenance::Key::Name(tag.clone()),
                ])
            };
            // The first condition that is a boolean decides; tags count where there is none.
            let decides =
                |access: &Access| matches!(self.value(access).value, Some(Value::Bool(_)));
            match by.iter().position(decides) {
                Some(at) => by = vec![by.swap_remove(at)],
                None => by.extend(of.tags.iter().flatten().map(tag)),
            }
            for template in held.templates.iter() {
                let is_it = |l: &[u8]| l.trim_ascii().eq_ignore_ascii_case(line);
                if template.data.bytes().is_ok_and(|text| text.lines().any(is_it)) {
                    found.push(Disabled {
                        file: format!("{own}/{}", template.name),
                        name: name.to_string(),
                        by: by.clone(),
                    });
                }
            }
        }
    }

    fn template_line(&self, spot: &Spot) -> String {
        let line = self.provenance.template_line(spot).unwrap_or_default();
        table::shown(&line.to_str_lossy())
    }

    /// Returns what was read and what sets it.
    fn values<'r>(&self, read: &'r [Access]) -> Vec<ReadValue<'r>> {
        own_reads(read).map(|access| self.value(access)).collect()
    }

    fn value<'r>(&self, access: &'r Access) -> ReadValue<'r> {
        let path = path_of(access);
        match values_path(access) {
            Some(keys) => {
                let (value, answer) = (self.origins.value(&keys), self.origins.answer(&keys));
                ReadValue { access, path, answer: Some(answer), value }
            }
            None => ReadValue { access, path, answer: None, value: None },
        }
    }
}
