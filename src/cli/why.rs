//! Implements `statefulchart why`: where a line of the output came from.

use std::collections::HashSet;
use std::fmt::Write;

use bstr::ByteSlice;
use gostd::value::{Str, Value};
use serde::Serialize;
use statefulchart::chart::Chart;
use statefulchart::provenance::{
    self, Access, Condition, Entered, Facts, FieldError, Line, Missing, Printed, Provenance, Read,
    Spot,
};
use statefulchart::values::origins::{self, Answer, Origins};

use super::examined::{Examined, release_name};
use super::flags::{Flag, Format, Given, known};
use super::values_where::{Shown, State, cut, json_of, states};
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
    flags: &[FLAGS, render::CLUSTER_FLAGS, values::FLAGS],
    args: Args::AtLeast(1),
    run,
};

/// How many lines of `--search` are explained at length.
const AT_LENGTH: usize = 3;
/// How many settings of one value are shown.
const SETTINGS: usize = 4;
/// How many names stand beside a line.
const NAMES: usize = 4;
/// How many of the built-in objects' members are named.
const BUILT_IN: usize = 6;
/// How much of a template's line is shown, in characters.
const WIDE: usize = 100;

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

    // ---- text

    fn template_line(&self, spot: &Spot) -> String {
        let line = self.provenance.template_line(spot).unwrap_or_default();
        table::shown(&line.to_str_lossy())
    }

    fn at_length(&self, lines: &[&Line<'_>]) -> String {
        let mut text = String::new();
        for (i, line) in lines.iter().enumerate() {
            if i > 0 {
                text.push('\n');
            }
            self.write_line(&mut text, line);
        }
        text
    }

    fn write_line(&self, text: &mut String, line: &Line<'_>) {
        let facts = self.provenance.facts(line);
        let shown = line.text.to_str_lossy();
        let _ =
            writeln!(text, "{}, line {} of the output\n", self.title(line.document), line.number);
        let _ = writeln!(text, "    {}\n", table::shown(shown.trim()));
        if let Some(spot) = &facts.spot {
            let _ = writeln!(text, "written by {}", self.shown.spot(spot));
            self.write_excerpt(text, spot, &facts);
        }
        for (spot, name) in facts.calls.iter().rev() {
            let what = match name.contains(&b'/') || **name != *b"gotpl" {
                true => format!("{} is called", name.to_string_lossy()),
                false => "a text is executed".to_owned(),
            };
            let _ = writeln!(text, "{what} at {}", self.shown.spot(spot));
            self.write_excerpt_of(text, spot, &[spot.column]);
        }
        if let Some(maker) = maker(&facts) {
            let _ = writeln!(text, "filled in by {}", self.shown.spot(maker));
            self.write_excerpt(text, maker, &facts);
        }
        let mut told = HashSet::new();
        let (values, own): (Vec<_>, Vec<_>) =
            self.values(&facts.read).into_iter().partition(|value| value.answer.is_some());
        if !values.is_empty() {
            text.push_str("\nvalues\n");
            values.iter().for_each(|value| self.write_value(text, "  ", value, &mut told));
        }
        if !own.is_empty() {
            let names: Vec<&str> = own.iter().map(|value| &*value.path).collect();
            let _ = writeln!(text, "\nalso read: {}", listed(&names, BUILT_IN));
            told.extend(own.iter().map(|value| value.path.clone()));
        }
        // Those of helpers say how a text was made, not whether the line is there.
        let helps = |condition: &&Condition| {
            let is_helper = |name: &[u8]| {
                name.rsplit(|b| *b == b'/').next().is_some_and(|n| n.starts_with(b"_"))
            };
            let called =
                facts.calls.iter().any(|(spot, _)| spot.template == condition.spot.template);
            let wrote = facts.spot.as_ref().is_some_and(|s| s.template == condition.spot.template);
            is_helper(&condition.spot.template) && !called && !wrote
        };
        let told_of = facts.conditions.iter().filter(|c| c.why != Entered::Elsewhere);
        let (helpers, conditions): (Vec<&Condition>, Vec<&Condition>) = told_of.partition(helps);
        if !conditions.is_empty() {
            text.push_str("\nconditions\n");
            conditions.iter().for_each(|c| self.write_condition(text, c, &mut told));
        }
        if !helpers.is_empty() {
            text.push_str("\nconditions in helpers\n");
            helpers.iter().for_each(|c| self.write_condition(text, c, &mut told));
        }
    }

    fn write_excerpt(&self, text: &mut String, spot: &Spot, facts: &Facts) {
        let own = |part: &&Spot| part.template == spot.template && part.line == spot.line;
        let columns: Vec<u32> = facts.parts.iter().filter(own).map(|part| part.column).collect();
        self.write_excerpt_of(text, spot, if columns.is_empty() { &[] } else { &columns });
    }

    /// Writes a line of a template, with carets below some columns.
    fn write_excerpt_of(&self, text: &mut String, spot: &Spot, columns: &[u32]) {
        let line = self.template_line(spot);
        // Columns are in bytes of the line as it stands.
        let raw = self.provenance.template_line(spot).unwrap_or_default();
        let shown_at = |column: u32| {
            let before = raw.get(..(column as usize).saturating_sub(1)).unwrap_or(raw);
            table::shown(&before.to_str_lossy()).chars().count()
        };
        let all: Vec<char> = line.trim_end().chars().collect();
        let indent = all.iter().take_while(|c| c.is_whitespace()).count();
        let columns: Vec<usize> = columns.iter().map(|column| shown_at(*column)).collect();
        // The first of the carets has to be in sight.
        let first = columns.iter().min().copied().unwrap_or(indent);
        let start = match first.saturating_sub(indent) + WIDE / 4 > WIDE {
            true => first - WIDE / 4,
            false => indent,
        };
        let end = all.len().min(start + WIDE);
        let cut: String = all.get(start..end).unwrap_or_default().iter().collect();
        let (before, behind) =
            (if start > indent { "..." } else { "" }, if end < all.len() { "..." } else { "" });
        let _ = writeln!(text, "  {:>5} | {before}{cut}{behind}", spot.line);
        let mut carets = String::new();
        for column in columns {
            let at = (column + before.len()).saturating_sub(start);
            if column < end && at >= carets.len() {
                carets.push_str(&" ".repeat(at - carets.len()));
                carets.push('^');
            }
        }
        if !carets.is_empty() {
            let _ = writeln!(text, "        | {carets}");
        }
    }

    fn write_condition(
        &self,
        text: &mut String,
        condition: &Condition,
        told: &mut HashSet<String>,
    ) {
        let why = match condition.why {
            Entered::If | Entered::With | Entered::Range => "",
            Entered::Else | Entered::WithElse | Entered::RangeElse => "else of ",
            Entered::Skipped => "did not hold: ",
            Entered::Jump => "the loop went on behind ",
            Entered::Call => "the name was computed: ",
            Entered::Elsewhere => "where the text was made: ",
            Entered::Host => {
                text.push_str("  the chart takes part by the condition of the dependency\n");
                let values = self.values(&condition.read);
                values.iter().for_each(|value| self.write_value(text, "      ", value, told));
                return;
            }
        };
        let line = self.template_line(&condition.spot);
        let line = line.trim();
        let mut cut: String = line.chars().take(WIDE).collect();
        if cut.len() < line.len() {
            cut.push_str("...");
        }
        let _ = writeln!(text, "  {why}{cut}   {}", self.shown.spot(&condition.spot));
        let (values, own): (Vec<_>, Vec<_>) =
            self.values(&condition.read).into_iter().partition(|value| value.answer.is_some());
        values.iter().for_each(|value| self.write_value(text, "      ", value, told));
        let own: Vec<&str> =
            own.iter().map(|v| &*v.path).filter(|path| !told.contains(*path)).collect();
        if !own.is_empty() {
            let _ = writeln!(text, "      {}", listed(&own, BUILT_IN));
            let new: Vec<String> = own.iter().map(|path| (*path).to_owned()).collect();
            told.extend(new);
        }
    }

    /// Writes a value, and what sets it unless that has been told.
    fn write_value(
        &self,
        text: &mut String,
        before: &str,
        value: &ReadValue<'_>,
        told: &mut HashSet<String>,
    ) {
        let what = match (value.access.read, &value.value) {
            (Read::Shape, Some(Value::Map(map))) if map.is_empty() => " is empty".to_owned(),
            (Read::Shape, Some(Value::List(list))) if list.is_empty() => " is empty".to_owned(),
            (Read::Shape, Some(Value::Map(_) | Value::List(_))) => " is not empty".to_owned(),
            (_, Some(found)) => format!(" = {}", cut(&json_of(found))),
            (_, None) if value.answer.is_some() => " is not set".to_owned(),
            (_, None) => String::new(),
        };
        let _ = write!(text, "{before}{}{what}", value.path);
        let Some(answer) = value.answer.as_ref().filter(|_| told.insert(value.path.clone())) else {
            text.push('\n');
            return;
        };
        let all: Vec<_> = states(answer).collect();
        for (i, (state, setting)) in all.iter().take(SETTINGS).enumerate() {
            let place = self.shown.place(setting);
            let remarks = self.shown.remarks(*state, setting);
            let remarks = if remarks.is_empty() { remarks } else { format!(" ({remarks})") };
            if i == 0 {
                let _ = writeln!(text, "   {place}{remarks}");
            } else {
                let own = cut(&json_of(&setting.value));
                let _ = writeln!(text, "{before}    {own}   {place}{remarks}");
            }
        }
        if all.is_empty() {
            text.push('\n');
        } else if all.len() > SETTINGS {
            let _ = writeln!(text, "{before}    and {} more", all.len() - SETTINGS);
        }
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

    /// Names each line with its template and its values.
    fn listed(&self, lines: &[&Line<'_>]) -> String {
        let mut rows = Vec::new();
        for line in lines {
            let facts = self.provenance.facts(line);
            let place = facts.spot.as_ref().map_or(String::new(), |spot| {
                let name = spot.template.to_string_lossy().into_owned();
                let name = name.split_once('/').map_or(&*name, |(_, within)| within).to_owned();
                format!("{name}:{}", spot.line)
            });
            let (own, others): (Vec<_>, Vec<_>) =
                own_reads(&facts.read).partition(|access| values_path(access).is_some());
            let mut paths: Vec<String> = Vec::new();
            for path in own.into_iter().chain(others).map(path_of) {
                if !paths.contains(&path) {
                    paths.push(path);
                }
            }
            let names = listed(&paths.iter().map(String::as_str).collect::<Vec<_>>(), NAMES);
            let text = table::shown(&line.text.to_str_lossy());
            rows.push([text, place, names]);
        }
        use unicode_width::UnicodeWidthStr;
        let widest = |column: usize, most: usize| {
            rows.iter().map(|row| row[column].width()).max().unwrap_or(0).min(most)
        };
        let (first, second) = (widest(0, 60), widest(1, 40));
        let mut text = String::new();
        let mut document = None;
        for (line, [own, place, names]) in lines.iter().zip(&rows) {
            if document.replace(line.document) != Some(line.document) {
                let _ = writeln!(text, "# {}", self.title(line.document));
            }
            let gap = |cell: &str, width: usize| " ".repeat(width.saturating_sub(cell.width()) + 2);
            let row = [own, &gap(own, first), place, &gap(place, second), names];
            text.push_str(row.map(String::as_str).concat().trim_end());
            text.push('\n');
        }
        text
    }

    // ---- data

    fn data(&self, line: &Line<'_>) -> LineData {
        let facts = self.provenance.facts(line);
        LineData {
            resource: self.title(line.document),
            line: line.number,
            text: line.text.to_str_lossy().into_owned(),
            template: facts.spot.as_ref().map(|spot| self.spot(spot)),
            calls: facts
                .calls
                .iter()
                .map(|(spot, name)| CallData { name: name.to_string(), at: self.spot(spot) })
                .collect(),
            values: self.values(&facts.read).iter().map(|value| self.value_data(value)).collect(),
            conditions: facts.conditions.iter().map(|c| self.condition(c)).collect(),
        }
    }

    fn spot(&self, spot: &Spot) -> SpotData {
        SpotData {
            file: self.shown.template(&spot.template.to_string_lossy()),
            line: spot.line,
            column: spot.column,
        }
    }

    fn value_data(&self, value: &ReadValue<'_>) -> ValueData {
        let json = |value: &Value| serde_json::from_str(&json_of(value)).ok();
        ValueData {
            path: value.path.clone(),
            read: provenance::read_word(value.access.read),
            value: value.value.as_ref().and_then(json),
            settings: value.answer.as_ref().map_or(Vec::new(), |answer| {
                states(answer)
                    .map(|(state, setting)| SettingData {
                        place: self.shown.place(setting),
                        value: json(&setting.value),
                        is_in_force: state == State::InForce,
                    })
                    .collect()
            }),
        }
    }

    fn condition(&self, condition: &Condition) -> ConditionData {
        ConditionData {
            why: provenance::condition_word(condition.why),
            at: self.spot(&condition.spot),
            text: self.template_line(&condition.spot).trim().to_owned(),
            values: self
                .values(&condition.read)
                .iter()
                .map(|value| self.value_data(value))
                .collect(),
        }
    }
}

/// Lists names, not too many.
fn listed(names: &[&str], most: usize) -> String {
    let mut text = names.iter().take(most).copied().collect::<Vec<_>>().join(", ");
    if names.len() > most {
        let _ = write!(text, " and {} more", names.len() - most);
    }
    text
}

/// Returns the action of another template that made the text of the line's own actions.
fn maker(facts: &Facts) -> Option<&Spot> {
    let spot = facts.spot.as_ref()?;
    let is_other = |part: &&Spot| {
        part.template != spot.template
            && part.template.contains(&b'/')
            && !facts.calls.iter().any(|(call, _)| call == *part)
    };
    let last = facts.parts.iter().rev().find(is_other)?;
    facts.parts.iter().find(|part| (&part.template, part.line) == (&last.template, last.line))
}

#[derive(Serialize)]
struct LineData {
    resource: String,
    line: usize,
    text: String,
    template: Option<SpotData>,
    calls: Vec<CallData>,
    values: Vec<ValueData>,
    conditions: Vec<ConditionData>,
}

#[derive(Serialize)]
struct MissingData {
    file: String,
    /// The dependency that is disabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    dependency: Option<String>,
    conditions: Vec<ConditionData>,
    /// What disables the dependency.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<ValueData>,
}

#[derive(Serialize)]
struct SpotData {
    file: String,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct CallData {
    name: String,
    at: SpotData,
}

#[derive(Serialize)]
struct ValueData {
    path: String,
    read: &'static str,
    value: Option<serde_json::Value>,
    settings: Vec<SettingData>,
}

#[derive(Serialize)]
struct SettingData {
    place: String,
    value: Option<serde_json::Value>,
    is_in_force: bool,
}

#[derive(Serialize)]
struct ConditionData {
    why: &'static str,
    at: SpotData,
    text: String,
    values: Vec<ValueData>,
}
