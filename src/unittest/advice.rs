//! Says where a suite is wrong, and what may have been meant: of one that could not be read the reference's words name
//! neither a file's line nor a name that there is, and over parameters of assertions that it does not know it passes in
//! silence.

use std::fmt;

use gostd::value::{Map, Str, Value};
use goyaml::{Span, Spans, Spot};

use super::assertion::{self, OPTIONS};
use super::shape::{self, Shape};
use super::values;
use crate::near;

/// A place in a suite, and what is to be done there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Advice {
    /// The line, from 1.
    line: usize,
    /// The column, from 1, in characters.
    column: usize,
    text: String,
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.text)
    }
}

/// How many places are told of at most.
const MOST: usize = 10;

/// Says what is wrong with a suite whose text begins behind `before` lines of its file; `why` is the reference's word.
pub(super) fn of(text: &[u8], before: usize, why: &str) -> Vec<Advice> {
    let mut search = Search { found: Vec::new(), is_read: false };
    match (Spans::read(text), goyaml::unmarshal(text)) {
        (Ok(spans), Ok(suite)) => {
            if let Some(at) = spans.root() {
                search.suite(&suite, at);
            }
        }
        (Err(error), _) => {
            let line = error.line().unwrap_or(1);
            search.found.push(Advice { line, column: 1, text: error.plain() });
        }
        _ => {}
    }
    if search.found.is_empty() {
        let blank = text.iter().take_while(|b| b.is_ascii_whitespace());
        let line = 1 + blank.filter(|b| **b == b'\n').count();
        search.found.push(Advice { line, column: 1, text: why.to_owned() });
    }
    search.sorted(before)
}

/// Tells of what nothing reads, and of paths that are none, in a suite whose text begins behind `before` lines of its file
/// and that can be read.
pub(super) fn of_unknown(text: &[u8], before: usize) -> Vec<Advice> {
    let mut search = Search { found: Vec::new(), is_read: true };
    if let (Ok(spans), Ok(suite)) = (Spans::read(text), goyaml::unmarshal(text))
        && let Some(at) = spans.root()
    {
        search.suite(&suite, at);
    }
    search.sorted(before)
}

struct Search {
    found: Vec<Advice>,
    /// Whether the suite is read in spite of what is found.
    is_read: bool,
}

impl Search {
    /// Returns the first places, with their lines in the file.
    fn sorted(self, before: usize) -> Vec<Advice> {
        let mut found = self.found;
        found.sort_by_key(|advice| (advice.line, advice.column));
        found.truncate(MOST);
        for advice in &mut found {
            advice.line += before;
        }
        found
    }

    fn tell(&mut self, at: Option<Span>, text: String) {
        if let Some(Span { line, column, .. }) = at {
            self.found.push(Advice { line, column, text });
        }
    }

    /// Tells of a name that there is not, in what `owner` names.
    fn unknown(&mut self, at: Option<Span>, owner: &str, name: &str, known: &[&str]) {
        let passed = if self.is_read { ", which is passed over" } else { "" };
        self.tell(at, format!("{owner} has no `{name}`{passed}{}", meant(name, known)));
    }

    /// Tells of a value that is not what it has to be; a suite that is read has none.
    fn misfit(&mut self, at: Spot<'_>, name: &str, wanted: &str) {
        if !self.is_read {
            self.tell(at.value().or_else(|| at.key()), format!("`{name}` has to be {wanted}"));
        }
    }

    fn suite(&mut self, suite: &Value, at: Spot<'_>) {
        match suite {
            Value::Map(map) => self.fields(map, at, shape::SUITE, "a suite"),
            _ => self.tell(at.value(), "a suite has to be a map, with `suite` and `tests`".into()),
        }
    }

    fn fields(&mut self, map: &Map, at: Spot<'_>, fields: &[(&str, Shape)], owner: &str) {
        let known: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
        for (key, value) in map.entries() {
            let name = key.to_string_lossy();
            let Some(place) = at.member(&key) else { continue };
            match fields.iter().find(|(known, _)| *known == name) {
                Some((name, shape)) => self.value(name, &value, place, *shape),
                None => self.unknown(place.key(), owner, &name, &known),
            }
        }
    }

    fn value(&mut self, name: &str, value: &Value, at: Spot<'_>, shape: Shape) {
        if value.is_nil() && !matches!(shape, Shape::Tests | Shape::Assertions) {
            return;
        }
        let is_plain = !matches!(value, Value::Map(_) | Value::List(_));
        match (shape, value) {
            (Shape::Any, _) | (Shape::Bool, Value::Bool(_)) => {}
            (Shape::Text, _) if is_plain => {}
            (Shape::Int, Value::Float(n)) if n.fract() == 0.0 => {}
            (Shape::Text, _) => self.misfit(at, name, "a text"),
            (Shape::Bool, _) => self.misfit(at, name, "true or false"),
            (Shape::Int, _) => self.misfit(at, name, "a whole number"),
            (Shape::Texts, Value::List(items)) => {
                for (index, item) in items.iter().enumerate() {
                    if let (Value::Map(_) | Value::List(_), Some(at)) = (item, at.item(index)) {
                        self.misfit(at, &format!("{name}[{index}]"), "a text");
                    }
                }
            }
            (Shape::Texts, _) => {
                self.misfit(at, name, &format!("a list of texts, such as `{name}: [a, b]`"));
            }
            (Shape::Set, Value::Map(map)) => {
                for key in map.keys() {
                    let path = key.to_string_lossy();
                    if let Err(why) = values::check_path(&path) {
                        let place = at.member(&key).and_then(|at| at.key());
                        self.tell(place, format!("`{path}` is no path: {why}"));
                    }
                }
            }
            (Shape::Set, _) => self.misfit(at, name, "a map of values by their paths"),
            (Shape::Fields(fields), Value::Map(map)) => {
                self.fields(map, at, fields, &format!("`{name}`"));
            }
            (Shape::Selector, Value::Map(map)) => {
                self.fields(map, at, shape::SELECTOR, &format!("`{name}`"));
            }
            (Shape::Fields(fields), _) => self.map_of(at, name, fields),
            (Shape::Selector, _) => self.map_of(at, name, shape::SELECTOR),
            (Shape::Named(inner), Value::Map(map)) => {
                for (key, value) in map.entries() {
                    if let Some(at) = at.member(&key) {
                        self.value(&key.to_string_lossy(), &value, at, *inner);
                    }
                }
            }
            (Shape::Named(_), _) => self.misfit(at, name, "a map"),
            (Shape::Maps, Value::List(items)) => {
                for (index, item) in items.iter().enumerate() {
                    if let Some(at) = at.item(index).filter(|_| !matches!(item, Value::Map(_))) {
                        self.misfit(at, &format!("{name}[{index}]"), "a map");
                    }
                }
            }
            (Shape::Maps, _) => self.misfit(at, name, "a list: begin each item with a dash"),
            (Shape::Tests, Value::List(tests)) => {
                for (index, test) in tests.iter().enumerate() {
                    match (test, at.item(index)) {
                        (Value::Map(test), Some(at)) => self.test(test, at),
                        (_, Some(at)) => self.misfit(at, "test", "a map, with `it` and `asserts`"),
                        _ => {}
                    }
                }
            }
            (Shape::Assertions, Value::List(all)) => {
                for (index, one) in all.iter().enumerate() {
                    match (one, at.item(index)) {
                        (Value::Map(one), Some(at)) => self.assertion(one, at),
                        (Value::Nil, _) | (_, None) => {}
                        (_, Some(at)) => {
                            let wanted = "a map, such as `- isKind: {of: Pod}`";
                            self.misfit(at, &format!("asserts[{index}]"), wanted);
                        }
                    }
                }
            }
            (Shape::Tests | Shape::Assertions, Value::Nil) => {}
            (Shape::Tests, _) => self.misfit(at, name, "a list: begin each test with a dash"),
            (Shape::Assertions, _) => {
                self.misfit(at, name, "a list: begin each assertion with a dash");
            }
        }
    }

    fn map_of(&mut self, at: Spot<'_>, name: &str, fields: &[(&str, Shape)]) {
        let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
        self.misfit(at, name, &format!("a map, with any of {}", names.join(", ")));
    }

    fn test(&mut self, test: &Map, at: Spot<'_>) {
        self.fields(test, at, shape::TEST, "a test");
        let has_none = match test.get(b"asserts") {
            Some(Value::List(all)) => all.is_empty(),
            Some(Value::Nil) | None => true,
            Some(_) => false,
        };
        if has_none && !self.is_read {
            let text = "the test asserts nothing: give it `asserts` with at least one assertion";
            self.tell(at.value(), text.into());
        }
    }

    fn assertion(&mut self, one: &Map, at: Spot<'_>) {
        let kinds: Vec<&str> = assertion::names().collect();
        let (mut given, mut has_other) = (Vec::new(), false);
        for (key, value) in one.entries() {
            let name = key.to_string_lossy().into_owned();
            let Some(place) = at.member(&key) else { continue };
            if kinds.contains(&&*name) {
                self.parameters(&name, &value, place);
                given.push(name);
            } else if name == "documentSelector" {
                self.selector(&name, &value, place);
            } else if !OPTIONS.contains(&&*name) {
                has_other = true;
            }
        }
        for key in one.keys().iter().filter(|_| has_other) {
            let name = key.to_string_lossy();
            if kinds.contains(&&*name) || OPTIONS.contains(&&*name) {
                continue;
            }
            // With an assertion there, it is an option that is meant.
            let place = at.member(key).and_then(|at| at.key());
            match given.is_empty() {
                true => {
                    let meant = meant(&name, &kinds);
                    self.tell(place, format!("there is no assertion `{name}`{meant}"));
                }
                false => self.unknown(place, "an assertion", &name, OPTIONS),
            }
        }
        match &given[..] {
            [] if !has_other => {
                let text = "no assertion is named here, such as `equal` or `exists`";
                self.tell(at.value(), text.into());
            }
            [first, second, ..] => {
                let text = format!(
                    "`{first}` and `{second}` are two assertions: give each an item of its own, with a dash"
                );
                self.tell(at.value(), text);
            }
            _ => {}
        }
    }

    /// Looks at the selector of an assertion, which has to have a path.
    fn selector(&mut self, name: &str, value: &Value, at: Spot<'_>) {
        self.value(name, value, at, Shape::Selector);
        if let Value::Map(map) = value
            && !matches!(map.get(b"path"), Some(Value::Str(_)))
            && !self.is_read
        {
            self.tell(at.key(), format!("`{name}` needs a `path`, which is a text"));
        }
    }

    /// Tells of parameters of an assertion that nothing reads, and of those that do not fit.
    fn parameters(&mut self, name: &str, given: &Value, at: Spot<'_>) {
        let (unknown, known, misfits) = assertion::wrong_parameters(name, given);
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        if !matches!(given, Value::Map(_) | Value::Nil) {
            let such = known.first().map_or(String::new(), |first| format!(", such as `{first}`"));
            self.misfit(at, name, &format!("a map of parameters{such}"));
            return;
        }
        for key in unknown {
            let place = at.member(&key).and_then(|at| at.key());
            let key = key.to_string_lossy();
            let text = format!(
                "`{name}` has no parameter `{key}`, which is passed over{}",
                meant(&key, &known)
            );
            self.tell(place, text);
        }
        for (outer, key) in assertion::unknown_inside(name, given) {
            // The name may be written in any case.
            let keys = given.as_map().map(|map| map.keys()).unwrap_or_default();
            let is_outer = |it: &&Str| it.to_string_lossy().eq_ignore_ascii_case(outer);
            let Some(outer) = keys.iter().find(is_outer) else { continue };
            let place = at.member(outer).and_then(|at| at.member(&key)).and_then(|at| at.key());
            let (outer, key) = (outer.to_string_lossy(), key.to_string_lossy());
            let text = format!(
                "`{outer}` of `{name}` has no parameter `{key}`, which is passed over{}",
                meant(&key, &["pattern"])
            );
            self.tell(place, text);
        }
        let is_read = self.is_read;
        for why in misfits.into_iter().filter(|_| !is_read) {
            self.tell(at.key(), format!("`{name}`: {why}"));
        }
    }
}

/// Asks whether a name near another was meant.
fn meant(typed: &str, known: &[&str]) -> String {
    match near::nearest(typed, known.iter().copied()) {
        Some(name) => format!("; did you mean `{name}`?"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_names_are_told() {
        let told = |text: &str| {
            let all = of(text.as_bytes(), 0, "why");
            all.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let suite = "suit: x\ntests:\n  - it: a\n    assert:\n      - exists: {path: a}\n  - it: b\n    asserts:\n      - equals: {path: a}\n      - template: a\n      - equal: {path: a}\n        documentindex: 0\n";
        assert_eq!(
            told(suite),
            [
                "1:1: a suite has no `suit`; did you mean `suite`?",
                "3:5: the test asserts nothing: give it `asserts` with at least one assertion",
                "4:5: a test has no `assert`; did you mean `asserts`?",
                "8:9: there is no assertion `equals`; did you mean `equal`?",
                "9:9: no assertion is named here, such as `equal` or `exists`",
                "11:9: an assertion has no `documentindex`; did you mean `documentIndex`?",
            ]
        );
        assert_eq!(told("\nsuite: x\n"), ["2:1: why"]);
        assert_eq!(told("suite: x\n\ttests: 1\n").len(), 1);
        assert_eq!(told("[]"), ["1:1: a suite has to be a map, with `suite` and `tests`"]);
    }

    #[test]
    fn parameters_that_nothing_reads_are_told() {
        let suite = "tests:\n  - asserts:\n      - equal: {path: a, valeu: b}\n      - isKind:\n          of: Pod\n          colour: red\n      - equal: {Path: a, VALUE: {valeu: 1}}\n      - exists: a\n";
        let all = of_unknown(suite.as_bytes(), 3);
        assert_eq!(
            all.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "6:26: `equal` has no parameter `valeu`, which is passed over; did you mean `value`?",
                "9:11: `isKind` has no parameter `colour`, which is passed over",
            ]
        );
    }

    #[test]
    fn names_at_each_level_and_types_are_told() {
        let suite = "release: {nmae: x, upgrade: maybe}\nvalues: a.yaml\nset: {'a[b': 1}\nskip: yes it is\ntests:\n  - it: [a]\n    documentIndex: one\n    documentSelector: {pth: a}\n    capabilities: {apiVersion: [a]}\n    kubernetesProvider: {scheme: {v1/Pod: {gvr: {kind: x}}}}\n    asserts:\n      - isKind: Pod\n      - hasDocuments: {count: two}\n  - a\n";
        let all = of(suite.as_bytes(), 0, "why");
        let told: Vec<_> = all.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "1:11: `release` has no `nmae`; did you mean `name`?",
                "1:29: `upgrade` has to be true or false",
                "2:9: `values` has to be a list of texts, such as `values: [a, b]`",
                "3:7: `a[b` is no path: unexpected end of",
                "4:7: `skip` has to be a map, with any of reason, minimumVersion",
                "6:9: `it` has to be a text",
                "7:20: `documentIndex` has to be a whole number",
                "8:24: `documentSelector` has no `pth`; did you mean `path`?",
                "9:20: `capabilities` has no `apiVersion`; did you mean `apiVersions`?",
                "10:50: `gvr` has no `kind`",
            ]
        );
        let suite = "tests:\n  it: a\n";
        let told = of(suite.as_bytes(), 0, "why");
        assert_eq!(
            told[0].to_string(),
            "2:3: `tests` has to be a list: begin each test with a dash"
        );
        // Of a suite that is read only what nothing reads is told.
        let suite = "template: [a]\nvalues: a\nset: {'a]': 1}\ntests:\n  - asserts: [{exists: {path: a}, documentindex: 1}]\n";
        let all = of_unknown(suite.as_bytes(), 0);
        let told: Vec<_> = all.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "1:1: a suite has no `template`, which is passed over; did you mean `templates`?",
                "3:7: `a]` is no path: invalid key ]",
                "5:35: an assertion has no `documentindex`, which is passed over; did you mean `documentIndex`?",
            ]
        );
    }
}
