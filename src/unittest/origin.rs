//! Says of an assertion that failed where what it looked at came from: the line of the template, and what set the values
//! that were read there.

use std::path::Path;

use bstr::ByteSlice;
use gostd::value::{Frozen, Value};
use goyaml::{Span, Spans, Spot as Place};

use super::assertion::Wants;
use super::manifest;
use super::suite::{Suite, Test};
use super::values;
use crate::chart::Chart;
use crate::provenance::{self, Facts, FieldError, Line, Printed, Provenance, Read, Spot};
use crate::values::origins::{Key, parse_path, path_text};

/// How many documents of a file are told of.
const DOCUMENTS: usize = 3;
/// How many values of a line are told of.
const VALUES: usize = 4;

/// What is known of a test that failed.
pub(super) struct Known<'k> {
    pub(super) provenance: &'k Provenance,
    pub(super) chart: &'k Chart,
    pub(super) suite: &'k Suite,
    pub(super) test: &'k Test,
    /// The folder in which the program runs.
    pub(super) folder: &'k Path,
}

impl Wants {
    /// Returns the field that the assertion looks at, if it is one.
    pub(super) fn field(&self) -> Option<&str> {
        let path = match self {
            Wants::Equal { path, .. }
            | Wants::Compared { path, .. }
            | Wants::Exists(path)
            | Wants::Matches { path, .. }
            | Wants::Contains { path, .. }
            | Wants::Subset { path, .. }
            | Wants::NullOrEmpty(path)
            | Wants::Length { path, .. }
            | Wants::Type { path, .. }
            | Wants::Snapshot { path, .. } => path,
            Wants::Kind(_) => "kind",
            Wants::ApiVersion(_) => "apiVersion",
            _ => return None,
        };
        (!path.is_empty()).then_some(path)
    }
}

impl Known<'_> {
    /// Returns the text of a rendered file.
    pub(super) fn file(&self, name: &str) -> Option<&[u8]> {
        self.provenance.file(name.as_bytes())
    }

    /// Returns lines that tell where a field came from in some documents of a rendered file, by their places among those
    /// that are not empty. There are none where the documents cannot be told apart, or the path is no plain one.
    pub(super) fn lines(
        &self,
        name: &str,
        text: &[u8],
        documents: &[usize],
        field: &str,
    ) -> Vec<String> {
        let is_document = |part: &(usize, &[u8])| {
            manifest::parse(part.1).is_ok_and(|documents| !documents.is_empty())
        };
        let parts: Vec<_> = manifest::parts(text).into_iter().filter(is_document).collect();
        let mut told = Vec::new();
        for (start, content) in documents.iter().take(DOCUMENTS).filter_map(|at| parts.get(*at)) {
            let range = Some(*start..start + content.len());
            let printed = Printed { source: name.as_bytes(), content, range, kind: b"", name: b"" };
            self.of_document(&printed, field, &mut told);
        }
        told
    }

    fn of_document(&self, printed: &Printed<'_>, field: &str, told: &mut Vec<String>) {
        let range = match provenance::fields(printed.content, field) {
            Ok(range) => range,
            Err(FieldError::Missing { step, .. }) => {
                for missing in self.provenance.missing_field(printed, step.as_bytes()) {
                    if let Some(condition) = missing.conditions.last() {
                        told.push(format!("{step} is left out by {}", self.spot(&condition.spot)));
                        self.values(&condition.read, told);
                    }
                }
                return;
            }
            Err(_) => return,
        };
        let lines = self.provenance.lines(std::slice::from_ref(printed));
        let line: Option<&Line<'_>> = lines.get(range.start);
        let Some(line) = line else { return };
        let Facts { spot: Some(spot), read, .. } = self.provenance.facts(line) else { return };
        told.push(format!("{field} is written by {}", self.spot(&spot)));
        self.values(&read, told);
    }

    /// Writes a place in a template, with its line.
    fn spot(&self, spot: &Spot) -> String {
        let name = spot.template.to_str_lossy();
        let within = name.split_once('/').map_or(&*name, |(_, within)| within);
        let line = self.provenance.template_line(spot).unwrap_or_default().to_str_lossy();
        format!("{within}:{}:{}: {}", spot.line, spot.column, line.trim())
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
        for path in of_values.filter(|path| !path.is_empty()).take(VALUES) {
            let setter = self.setter(&path).map_or(String::new(), |place| format!(": {place}"));
            told.push(format!("  {}{setter}", path_text(&path)));
        }
    }

    /// Says what sets a value: what is merged last counts.
    fn setter(&self, path: &[Key]) -> Option<String> {
        let charts = values::charts(self.suite);
        let charts = || charts.iter().map(|chart| Key::from(*chart));
        for (set, whose) in [(&self.test.set, "the test's"), (&self.suite.set, "the suite's")] {
            let sets = |(text, value): &&(String, Frozen)| {
                parse_path(text).is_ok_and(|own| {
                    let all: Vec<Key> = charts().chain(own).collect();
                    all.iter().zip(path).all(|(a, b)| a == b)
                        && has(&value.thaw(), path.get(all.len()..).unwrap_or_default())
                })
            };
            if let Some((text, _)) = set.iter().rev().find(sets) {
                return Some(format!("{whose} `set` of {text}"));
            }
        }
        for file in self.test.values.iter().rev() {
            let Ok(text) = values::file_text(file, self.suite, self.folder) else { continue };
            let own: Vec<Key> = path.iter().skip(charts().count()).cloned().collect();
            if let Some(line) = line_of(&text, &own) {
                return Some(format!("{file}:{line}"));
            }
        }
        in_chart(self.chart, path, "")
    }
}

/// Tells whether a value has something at a path.
fn has(value: &Value, path: &[Key]) -> bool {
    let Some((first, rest)) = path.split_first() else { return true };
    match (value, first) {
        (Value::Map(map), Key::Name(name)) => map.get(name).is_some_and(|inner| has(&inner, rest)),
        (Value::List(list), Key::Index(at)) => list.get(*at).is_some_and(|inner| has(inner, rest)),
        _ => false,
    }
}

/// Returns where a chart's values.yaml, or that of a chart that it holds, sets a value.
fn in_chart(chart: &Chart, path: &[Key], folder: &str) -> Option<String> {
    let text = chart.values_text.as_ref().and_then(|data| data.bytes().ok());
    if let Some(line) = text.and_then(|text| line_of(text, path)) {
        return Some(format!("{folder}values.yaml:{line}"));
    }
    let (Key::Name(first), rest) = path.split_first()? else { return None };
    let held = chart.dependencies.iter().find(|held| held.name() == first)?;
    in_chart(held, rest, &format!("{folder}charts/{first}/"))
}

/// Returns the line of a text that sets a value, or a list or map around it.
fn line_of(text: &[u8], path: &[Key]) -> Option<usize> {
    let spans = Spans::read(text).ok()?;
    let mut at: Place<'_> = spans.root()?;
    let mut found: Option<Span> = None;
    for key in path {
        let inner = match key {
            Key::Name(name) => at.member(name),
            Key::Index(index) => at.item(*index),
        };
        at = inner?;
        found = at.key().or_else(|| at.value());
    }
    found.map(|span| span.line)
}
