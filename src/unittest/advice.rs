//! Says where a suite is wrong, and what may have been meant: of one that could not be read the reference's words name
//! neither a file's line nor a name that there is, and over parameters of assertions that it does not know it passes in
//! silence.

use std::fmt;

use gostd::value::{Map, Str, Value};
use goyaml::{Span, Spans, Spot};

use super::assertion::{self, OPTIONS};
use super::suite;
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
    let found = match (Spans::read(text), goyaml::unmarshal(text)) {
        (Ok(spans), Ok(Value::Map(suite))) => {
            let mut search = Search { found: Vec::new() };
            if let Some(at) = spans.root() {
                search.suite(&suite, at);
            }
            search.found
        }
        (Err(error), _) => {
            let line = error.line().unwrap_or(1);
            vec![Advice { line, column: 1, text: error.to_string() }]
        }
        _ => Vec::new(),
    };
    let mut search = Search { found };
    if search.found.is_empty() {
        let blank = text.iter().take_while(|b| b.is_ascii_whitespace());
        let line = 1 + blank.filter(|b| **b == b'\n').count();
        search.found.push(Advice { line, column: 1, text: why.to_owned() });
    }
    search.sorted(before)
}

/// Tells of the parameters of assertions that nothing reads, in a suite whose text begins behind `before` lines of its
/// file.
pub(super) fn of_parameters(text: &[u8], before: usize) -> Vec<Advice> {
    let mut search = Search { found: Vec::new() };
    if let (Ok(spans), Ok(Value::Map(suite))) = (Spans::read(text), goyaml::unmarshal(text))
        && let Some(at) = spans.root()
    {
        search.each_assertion(&suite, at, Search::parameters);
    }
    search.sorted(before)
}

struct Search {
    found: Vec<Advice>,
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

    fn each_assertion(&mut self, suite: &Map, at: Spot<'_>, look: fn(&mut Search, &Map, Spot<'_>)) {
        each(suite, at, b"tests", |test, at| {
            each(test, at, b"asserts", |one, at| look(self, one, at))
        });
    }

    /// Tells of the parameters of an assertion that nothing reads.
    fn parameters(&mut self, one: &Map, at: Spot<'_>) {
        for (name, given) in one.entries() {
            let name = name.to_string_lossy();
            let (unknown, known) = assertion::unknown_parameters(&name, &given);
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            for key in unknown {
                let place = at.member(name.as_bytes()).and_then(|at| at.member(&key));
                let key = key.to_string_lossy();
                let text = format!(
                    "`{name}` has no parameter `{key}`, which is passed over{}",
                    meant(&key, &known)
                );
                self.tell(place.and_then(|at| at.key()), text);
            }
            for (outer, key) in assertion::unknown_inside(&name, &given) {
                // The name may be written in any case.
                let keys = given.as_map().map(|map| map.keys()).unwrap_or_default();
                let is_outer = |it: &&Str| it.to_string_lossy().eq_ignore_ascii_case(outer);
                let Some(outer) = keys.iter().find(is_outer) else { continue };
                let place = at.member(name.as_bytes()).and_then(|at| at.member(outer));
                let place = place.and_then(|at| at.member(&key));
                let (outer, key) = (outer.to_string_lossy(), key.to_string_lossy());
                let text = format!(
                    "`{outer}` of `{name}` has no parameter `{key}`, which is passed over{}",
                    meant(&key, &["pattern"])
                );
                self.tell(place.and_then(|at| at.key()), text);
            }
        }
    }

    fn tell(&mut self, at: Option<Span>, text: String) {
        if let Some(Span { line, column, .. }) = at {
            self.found.push(Advice { line, column, text });
        }
    }

    /// Tells of names that there are not.
    fn names(&mut self, map: &Map, at: Spot<'_>, known: &[&str], what: &str) {
        for key in map.keys() {
            let name = key.to_string_lossy();
            if known.contains(&&*name) {
                continue;
            }
            let place = at.member(&key).and_then(|at| at.key());
            self.tell(place, format!("{what} has no `{name}`{}", meant(&name, known)));
        }
    }

    fn suite(&mut self, suite: &Map, at: Spot<'_>) {
        self.names(suite, at, suite::SUITE, "a suite");
        each(suite, at, b"tests", |test, at| self.test(test, at));
    }

    fn test(&mut self, test: &Map, at: Spot<'_>) {
        self.names(test, at, suite::TEST, "a test");
        match test.get(b"asserts") {
            Some(Value::List(all)) if !all.is_empty() => {
                each(test, at, b"asserts", |one, at| self.assertion(one, at));
            }
            Some(Value::Nil | Value::List(_)) | None => {
                let text =
                    "the test asserts nothing: give it `asserts` with at least one assertion";
                self.tell(at.value(), text.into());
            }
            Some(_) => {}
        }
    }

    fn assertion(&mut self, one: &Map, at: Spot<'_>) {
        let kinds: Vec<&str> = assertion::names().collect();
        let keys = one.keys();
        let is_kind = |key: &&gostd::value::Str| kinds.contains(&&*key.to_string_lossy());
        let given: Vec<_> = keys.iter().filter(is_kind).collect();
        for key in &keys {
            let name = key.to_string_lossy();
            if kinds.contains(&&*name) || OPTIONS.contains(&&*name) {
                continue;
            }
            // With an assertion there, it is an option that is meant.
            let known = if given.is_empty() { &kinds[..] } else { OPTIONS };
            let what = if given.is_empty() { "assertion" } else { "option of an assertion" };
            let place = at.member(key).and_then(|at| at.key());
            self.tell(place, format!("there is no {what} `{name}`{}", meant(&name, known)));
        }
        match given[..] {
            [] if keys.iter().all(|key| OPTIONS.contains(&&*key.to_string_lossy())) => {
                self.tell(
                    at.value(),
                    "no assertion is named here, such as `equal` or `exists`".into(),
                );
            }
            [first, second, ..] => {
                let (first, second) = (first.to_string_lossy(), second.to_string_lossy());
                let text = format!(
                    "`{first}` and `{second}` are two assertions: give each an item of its own, with a dash"
                );
                self.tell(at.value(), text);
            }
            _ => {}
        }
    }
}

/// Visits the maps in the list at a key.
fn each(map: &Map, at: Spot<'_>, key: &[u8], mut see: impl FnMut(&Map, Spot<'_>)) {
    if let (Some(Value::List(all)), Some(at)) = (map.get(key), at.member(key)) {
        for (index, one) in all.iter().enumerate() {
            if let (Value::Map(one), Some(at)) = (one, at.item(index)) {
                see(one, at);
            }
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
                "11:9: there is no option of an assertion `documentindex`; did you mean `documentIndex`?",
            ]
        );
        assert_eq!(told("\nsuite: x\n"), ["2:1: why"]);
        assert_eq!(told("suite: x\n\ttests: 1\n").len(), 1);
        assert_eq!(told("[]"), ["1:1: why"]);
    }

    #[test]
    fn parameters_that_nothing_reads_are_told() {
        let suite = "tests:\n  - asserts:\n      - equal: {path: a, valeu: b}\n      - isKind:\n          of: Pod\n          colour: red\n      - equal: {Path: a, VALUE: {valeu: 1}}\n      - exists: a\n";
        let all = of_parameters(suite.as_bytes(), 3);
        assert_eq!(
            all.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "6:26: `equal` has no parameter `valeu`, which is passed over; did you mean `value`?",
                "9:11: `isKind` has no parameter `colour`, which is passed over",
            ]
        );
    }
}
