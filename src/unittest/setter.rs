//! Says what sets a value that a test's templates read: the suite, a file of values, or a chart.

use std::path::Path;

use gostd::value::{Frozen, Value};
use goyaml::{Span, Spans, Spot as Place};

use super::suite::{Suite, Test};
use super::values;
use crate::chart::Chart;
use crate::values::origins::Key;

/// Where a test's values come from.
#[derive(Clone, Copy)]
pub(super) struct Setters<'k> {
    pub(super) chart: &'k Chart,
    pub(super) suite: &'k Suite,
    pub(super) test: &'k Test,
    /// The folder in which the program runs.
    pub(super) folder: &'k Path,
}

impl Setters<'_> {
    /// Says what sets a value: what is merged last counts.
    pub(super) fn of(self, path: &[Key]) -> Option<String> {
        let paths = with_globals(path);
        let charts = values::charts(self.suite);
        let charts: Vec<Key> = charts.iter().map(|chart| Key::from(*chart)).collect();
        for (set, whose) in [(&self.test.set, "the test's"), (&self.suite.set, "the suite's")] {
            let sets = |(text, value): &&(String, Frozen)| {
                let Ok(own) = values::steps(text) else { return false };
                let all: Vec<Key> = charts.iter().cloned().chain(own).collect();
                scopes(&all, &charts).any(|all| {
                    paths.iter().any(|path| {
                        all.iter().zip(path).all(|(a, b)| a == b)
                            && has(&value.thaw(), path.get(all.len()..).unwrap_or_default())
                    })
                })
            };
            if let Some((text, _)) = set.iter().rev().find(sets) {
                return Some(format!("{whose} `set` of {text}"));
            }
        }
        for file in self.test.values.iter().rev() {
            let Ok(text) = values::file_text(file, self.suite, self.folder) else { continue };
            let within = paths.iter().filter_map(|path| match path.strip_prefix(&charts[..]) {
                None if is_global(path) => Some(&path[..]),
                own => own,
            });
            if let Some(line) = within.filter_map(|path| line_of(&text, path)).next() {
                return Some(format!("{file}:{line}"));
            }
        }
        paths.iter().find_map(|path| in_chart(self.chart, path, ""))
    }
}

fn is_global(path: &[Key]) -> bool {
    matches!(path, [Key::Name(first), _, ..] if **first == *b"global")
}

/// Returns the paths that set what lies at a path: what is global is given to all charts below, and an outer chart's counts.
fn with_globals(path: &[Key]) -> Vec<Vec<Key>> {
    let at = path.iter().position(|key| matches!(key, Key::Name(name) if **name == *b"global"));
    match at {
        Some(at) if at + 1 < path.len() => {
            (0..=at).map(|outer| [&path[..outer], &path[at..]].concat()).collect()
        }
        _ => vec![path.to_vec()],
    }
}

/// Returns where a suite's path leads in the values: below its chart, and, if it is global, in each chart on the way.
fn scopes<'p>(all: &'p [Key], charts: &'p [Key]) -> impl Iterator<Item = Vec<Key>> + 'p {
    let own = &all[charts.len()..];
    let is_global = matches!(own, [Key::Name(first), ..] if **first == *b"global");
    let outer = if is_global { charts.len() } else { 0 };
    (charts.len() - outer..=charts.len()).map(move |at| [&charts[..at], own].concat())
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
    let needs = || chart.metadata.dependencies.iter().flatten();
    let name = needs().find(|need| need.alias == *first).map_or(first, |need| &need.name);
    let held = chart.dependencies.iter().find(|held| held.name() == name)?;
    in_chart(held, rest, &format!("{folder}charts/{name}/"))
}

/// Returns the line of a text that sets a value, or a list or map around it.
fn line_of(text: &[u8], path: &[Key]) -> Option<usize> {
    let spans = Spans::read(text).ok()?;
    let mut at: Place<'_> = spans.root()?;
    let mut found: Option<Span> = None;
    for key in path {
        at = match key {
            Key::Name(name) => at.member(name),
            Key::Index(index) => at.item(*index),
        }?;
        found = at.key().or_else(|| at.value());
    }
    found.map(|span| span.line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::origins::parse_path;

    #[test]
    fn globals_are_set_by_outer_charts_first() {
        let paths = |text: &str| {
            let all = with_globals(&parse_path(text).unwrap());
            all.iter().map(|path| crate::values::origins::path_text(path)).collect::<Vec<_>>()
        };
        assert_eq!(paths("a.b.global.x.y"), ["global.x.y", "a.global.x.y", "a.b.global.x.y"]);
        assert_eq!(paths("global"), ["global"]);
        assert_eq!(paths("a.b"), ["a.b"]);
    }
}
