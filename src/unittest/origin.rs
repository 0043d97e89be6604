//! Says of an assertion that failed where what it looked at came from: the line of the template, and what set the values
//! that were read there. Of templates that failed, where.

use std::cell::OnceCell;
use std::rc::Rc;

use bstr::ByteSlice;
use gostd::value::{Str, Value};
use gotemplate::Frame;
use goyaml::{Spans, Spot as Place};
use goyamlpath::Key as Step;

use super::assertion::Wants;
use super::manifest::{self, Manifest, deep_equal};
use super::setter::Setters;
use crate::chart::Chart;
use crate::profile::Profile;
use crate::provenance::{self, Facts, Line, Printed, Provenance, Read, Spot};
use crate::render::{self, RenderError};
use crate::values::origins::{Key, path_text};

/// How many documents of a file are told of, and how many places in one.
const DOCUMENTS: usize = 3;
const PLACES: usize = 4;
/// How many values of a line are told of.
const VALUES: usize = 4;

/// What is known of a test that failed.
pub(super) struct Known<'k> {
    /// Renders once more and records where everything comes from: what passes pays nothing.
    pub(super) again: &'k dyn Fn() -> Option<Provenance>,
    pub(super) provenance: OnceCell<Option<Provenance>>,
    pub(super) setters: Setters<'k>,
}

/// A difference from a snapshot.
pub(super) struct Change {
    /// Which of the documents that the assertion looks at has it, and which of the values at its path.
    pub(super) document: usize,
    pub(super) value: usize,
    /// The YAML of both.
    pub(super) old: Vec<u8>,
    pub(super) new: Vec<u8>,
}

/// A line of output that is asked about.
struct Asked<'a> {
    /// The keys that lead to the field.
    keys: Vec<Step>,
    /// What is not there at these, if it is that.
    missing: Option<Str>,
    /// What is said in the place of `is written by`.
    says: &'a str,
    /// Which line of the field's text it is.
    line: usize,
}

impl Wants {
    /// Returns the fields that the assertion looks at.
    pub(super) fn fields(&self) -> Vec<&str> {
        let path = match self {
            Wants::Equal { path, .. }
            | Wants::Compared { path, .. }
            | Wants::Exists(path)
            | Wants::Matches { path, .. }
            | Wants::Contains { path, .. }
            | Wants::Subset { path, .. }
            | Wants::NullOrEmpty(path)
            | Wants::Type { path, .. } => path,
            Wants::Length { paths, path, .. } => {
                return paths
                    .iter()
                    .chain([path])
                    .map(String::as_str)
                    .filter(|p| !p.is_empty())
                    .collect();
            }
            Wants::Kind(_) => "kind",
            Wants::ApiVersion(_) => "apiVersion",
            _ => return Vec::new(),
        };
        if path.is_empty() { Vec::new() } else { vec![path] }
    }
}

impl Known<'_> {
    fn provenance(&self) -> Option<&Provenance> {
        self.provenance.get_or_init(self.again).as_ref()
    }

    /// Returns lines that tell where came from what an assertion looked at in some documents of a rendered file, each with its
    /// place among those that are not empty. There are none where the documents cannot be told apart.
    pub(super) fn lines(
        &self,
        name: &str,
        selected: &[(usize, &Manifest)],
        wants: &Wants,
        changes: &[Change],
    ) -> Vec<String> {
        let fields = wants.fields();
        if fields.is_empty() && changes.is_empty() {
            return Vec::new();
        }
        let Some(text) = self.provenance().and_then(|known| known.file(name.as_bytes())) else {
            return Vec::new();
        };
        let is_document = |part: &(usize, &[u8])| {
            manifest::parse(part.1).is_ok_and(|documents| !documents.is_empty())
        };
        let parts: Vec<_> = manifest::parts(text).into_iter().filter(is_document).collect();
        let mut told = Vec::new();
        let mut count = 0;
        for (index, (at, document)) in selected.iter().enumerate() {
            let Some((start, content)) = parts.get(*at) else { continue };
            let mut asked = Vec::new();
            for field in &fields {
                asked.extend(of_field(document, field));
            }
            let own = changes.iter().filter(|change| change.document == index);
            own.for_each(|change| asked.extend(of_change(document, wants, change)));
            if asked.is_empty() {
                continue;
            }
            count += 1;
            if count > DOCUMENTS {
                break;
            }
            let range = Some(*start..start + content.len());
            let printed = Printed { source: name.as_bytes(), content, range, kind: b"", name: b"" };
            asked.truncate(PLACES);
            self.of_document(&printed, &asked, &mut told);
        }
        told
    }

    fn of_document(&self, printed: &Printed<'_>, asked: &[Asked<'_>], told: &mut Vec<String>) {
        let Some(provenance) = self.provenance() else { return };
        let Ok(spans) = Spans::read(printed.content) else { return };
        let lines = provenance.lines(std::slice::from_ref(printed));
        for one in asked {
            let path = path_text(&keys(&one.keys));
            let mut says = format!("{path} {}", one.says);
            if let Some(missing) = &one.missing {
                let missing = missing.to_string_lossy();
                let mut is_told = false;
                for left_out in provenance.missing_field(printed, missing.as_bytes()) {
                    if let Some(condition) = left_out.conditions.last() {
                        let spot = self.spot(provenance, &condition.spot);
                        told.push(format!("{missing} is left out by {spot}"));
                        self.values(&condition.read, told);
                        is_told = true;
                    }
                }
                if is_told {
                    continue;
                }
                says = format!("{path} has no {missing}; {path} {}", one.says);
            }
            if path.is_empty() {
                continue;
            }
            let at = spans.root().and_then(|root| line_of(root, &one.keys));
            let Some(row) = at.and_then(|at| at.checked_sub(1)) else { continue };
            let is_block = |line: &Line<'_>| {
                [&b"|"[..], b"|-", b"|+"].iter().any(|end| line.text.trim_end().ends_with(end))
            };
            // Only of a text that stands line by line one of these can be told.
            let skipped = if lines.get(row).is_some_and(is_block) { one.line } else { 0 };
            let Some(line) = lines.get(row + skipped).or_else(|| lines.get(row)) else { continue };
            let Facts { spot: Some(spot), read, .. } = provenance.facts(line) else { continue };
            told.push(format!("{says} {}", self.spot(provenance, &spot)));
            self.values(&read, told);
        }
    }

    /// Writes a place in a template, with its line.
    fn spot(&self, provenance: &Provenance, spot: &Spot) -> String {
        let line = provenance.template_line(spot).unwrap_or_default();
        place(&spot.template, spot.line, spot.column, line)
    }

    fn values(&self, read: &[provenance::Access], told: &mut Vec<String>) {
        let of_values =
            read.iter().filter(|access| access.read != Read::Key).filter_map(|access| match access
                .path
                .split_first()
            {
                Some((provenance::Key::Name(root), inner)) if **root == *b"Values" => {
                    Some(inner.iter().map(Key::from).collect::<Vec<Key>>())
                }
                _ => None,
            });
        self.setters.tell(of_values, told);
    }
}

impl Setters<'_> {
    /// Tells what sets values.
    fn tell(self, values: impl Iterator<Item = Vec<Key>>, told: &mut Vec<String>) {
        for path in values.filter(|path| !path.is_empty()).take(VALUES) {
            let setter = self.of(&path).unwrap_or_else(|| "nothing sets it".into());
            told.push(format!("  {}: {setter}", path_text(&path)));
        }
    }

    /// Returns lines that tell where templates have failed, and what set the values that are named there. The charts that
    /// `rendered` holds have the names that a render gives them.
    pub(super) fn of_failure(
        self,
        error: &RenderError,
        rendered: &Chart,
        profile: Profile,
    ) -> Vec<String> {
        let mut places: Vec<(Str, u32, Option<u32>)> = Vec::new();
        match error {
            RenderError::Parse(error) => {
                places.push((Str::from(&error.name[..]), error.line, None));
            }
            RenderError::Exec { error, .. } => error.frames(&mut |frame| {
                if let Frame::Template(at) = frame {
                    let at = &at.location;
                    places.push((at.name.clone(), at.line, Some(at.column + 1)));
                }
            }),
            RenderError::Chart(_) | RenderError::Panic(_) => {}
        }
        let mut told = Vec::new();
        // Frames of a text that `tpl` executes have no file.
        let known = places.into_iter().rev().filter_map(|(name, line, column)| {
            let text = template(rendered, &name)?;
            Some((name, line, column, text))
        });
        for (number, (name, line, column, text)) in known.take(PLACES).enumerate() {
            let says = if number == 0 { "the templates fail at" } else { "  called at" };
            let row = text.lines().nth(line as usize - 1).unwrap_or_default();
            let column = column.unwrap_or_else(|| {
                1 + u32::try_from(row.iter().take_while(|b| **b == b' ').count()).unwrap_or(0)
            });
            told.push(format!("{says} {}", place(&name, line, column, row)));
            if number > 0 {
                continue;
            }
            let pipelines = render::pipelines(&name, &text, profile).unwrap_or_default();
            let here = pipelines.into_iter().filter(|pipeline| pipeline.line == line as usize);
            let names = here.flat_map(|pipeline| pipeline.names).filter_map(|name| match name {
                gotemplate::Name::Field(text) => text.strip_prefix(b".Values."),
                gotemplate::Name::Variable(text) => text.strip_prefix(b"$.Values."),
                gotemplate::Name::Function(_) => None,
            });
            let charts = charts_of(&name);
            let mut paths: Vec<Vec<Key>> = Vec::new();
            for name in names {
                let own = name.split_str(".").map(|key| Key::Name(Str::from(key)));
                let path = charts.iter().cloned().chain(own).collect();
                if !paths.contains(&path) {
                    paths.push(path);
                }
            }
            self.tell(paths.into_iter(), &mut told);
        }
        told
    }
}

/// Returns the text of a template by its name in a render.
fn template(chart: &Chart, name: &[u8]) -> Option<Vec<u8>> {
    let within = name.strip_prefix(&chart.name()[..])?.strip_prefix(b"/")?;
    if let Some(file) = chart.templates.iter().find(|file| *file.name == *within) {
        return file.data.bytes().ok().map(|text| text.to_vec());
    }
    let inner = within.strip_prefix(b"charts/")?;
    chart.dependencies.iter().find_map(|held| template(held, inner))
}

/// Returns the names of the charts, within the outermost, that lead to a template's.
fn charts_of(name: &[u8]) -> Vec<Key> {
    let mut charts = Vec::new();
    let mut parts = name.split_str("/").skip(1);
    while let (Some(b"charts"), Some(chart)) = (parts.next(), parts.next()) {
        charts.push(Key::Name(Str::from(chart)));
    }
    charts
}

/// Writes a place in a template, with its line.
fn place(template: &[u8], line: u32, column: u32, text: &[u8]) -> String {
    let name = template.to_str_lossy();
    let within = name.split_once('/').map_or(&*name, |(_, within)| within);
    format!("{within}:{line}:{column}: {}", text.to_str_lossy().trim())
}

fn keys(steps: &[Step]) -> Vec<Key> {
    let key = |step: &Step| match step {
        Step::Name(name) => Key::Name(name.clone()),
        Step::Item(index) => Key::Index(*index),
    };
    steps.iter().map(key).collect()
}

/// Returns the line of a document on which a field stands.
fn line_of(root: Place<'_>, keys: &[Step]) -> Option<usize> {
    let mut at = root;
    for key in keys {
        at = match key {
            Step::Name(name) => at.member(name),
            Step::Item(index) => at.item(*index),
        }?;
    }
    at.key().or_else(|| at.value()).map(|span| span.line)
}

const WRITTEN: &str = "is written by";

/// Returns what a path leads to in a document.
fn of_field<'a>(document: &Manifest, field: &str) -> Vec<Asked<'a>> {
    let Ok(reached) = document.reach(field) else { return Vec::new() };
    let says = match (reached.is_found, &reached.missing) {
        (false, None) => "has nothing that the path asks for; it is written by",
        _ => WRITTEN,
    };
    let asked = |keys| Asked { keys, missing: reached.missing.clone(), says, line: 0 };
    reached.places.into_iter().take(PLACES).map(asked).collect()
}

/// Returns where what differs from a snapshot stands in a document.
fn of_change<'a>(document: &Manifest, wants: &Wants, change: &Change) -> Vec<Asked<'a>> {
    let Wants::Snapshot { path, .. } = wants else { return Vec::new() };
    let Ok(mut reached) = document.reach(path) else { return Vec::new() };
    if !reached.is_found || change.value >= reached.places.len() {
        return Vec::new();
    }
    let base = reached.places.swap_remove(change.value);
    let read = |text: &[u8]| goyaml::unmarshal(text);
    let (Ok(old), Ok(new)) = (read(&change.old), read(&change.new)) else { return Vec::new() };
    let mut found = Vec::new();
    differences(&old, &new, base, &mut found);
    found
}

/// Finds the first differences of two values, in the order in which they are written.
fn differences<'a>(old: &Value, new: &Value, at: Vec<Step>, found: &mut Vec<Asked<'a>>) {
    if found.len() >= PLACES || deep_equal(old, new) {
        return;
    }
    gostd::stack::at_depth(at.len(), || differences_at(old, new, at, found));
}

fn differences_at<'a>(old: &Value, new: &Value, at: Vec<Step>, found: &mut Vec<Asked<'a>>) {
    let with = |step: Step| at.iter().cloned().chain([step]).collect::<Vec<_>>();
    match (old, new) {
        (Value::Map(old), Value::Map(new)) => {
            for (key, value) in goyaml::entries_in_order(new) {
                let before = old.get(&key).unwrap_or(Value::Invalid);
                differences(&before, &value, with(Step::Name(key)), found);
            }
            for (key, _) in goyaml::entries_in_order(old) {
                if new.get(&key).is_none() && found.len() < PLACES {
                    let says = "is written by";
                    found.push(Asked { keys: at.clone(), missing: Some(key), says, line: 0 });
                }
            }
        }
        (Value::List(old), Value::List(new)) if new.len() >= old.len() => {
            for (index, value) in new.iter().enumerate() {
                let before = old.get(index).cloned().unwrap_or(Value::Invalid);
                differences(&before, value, with(Step::Item(index)), found);
            }
        }
        (Value::Str(old), Value::Str(new)) => {
            let same = old.lines().zip(new.lines()).take_while(|(a, b)| a == b).count();
            // A text of several lines begins behind the line of its key.
            let count = new.lines().count();
            let line = if count > 1 { 1 + same.min(count - 1) } else { 0 };
            found.push(Asked { keys: at, missing: None, says: CHANGED, line });
        }
        _ => found.push(Asked { keys: at, missing: None, says: CHANGED, line: 0 }),
    }
}

const CHANGED: &str = "is not what the snapshot has; it is written by";

/// Returns the documents of a file that an assertion looks at, each with its place among all.
pub(super) fn placed<'m>(
    all: &[Rc<Manifest>],
    selected: &'m [Rc<Manifest>],
) -> Vec<(usize, &'m Manifest)> {
    let place = |one: &'m Rc<Manifest>| {
        Some((all.iter().position(|other| Rc::ptr_eq(other, one))?, &**one))
    };
    selected.iter().filter_map(place).collect()
}
