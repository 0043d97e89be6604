//! Writes results: as text, in colors, as JSON, JUnit or TAP.

use std::collections::HashSet;

use gostd::value::{List, Value, record};

use super::{Resource, Status};
use crate::markup::xml::Element;

/// A form of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A line for each resource.
    Text,
    /// The same with marks and colors.
    Pretty,
    /// One document.
    Json,
    /// One document for programs that read tests of Java.
    Junit,
    /// The Test Anything Protocol.
    Tap,
}

impl Format {
    /// Returns a form by its name.
    pub fn named(name: &str) -> Option<Format> {
        Some(match name {
            "text" => Format::Text,
            "pretty" => Format::Pretty,
            "json" => Format::Json,
            "junit" => Format::Junit,
            "tap" => Format::Tap,
            _ => return None,
        })
    }
}

/// The results so far.
#[derive(Debug)]
pub struct Report {
    format: Format,
    has_summary: bool,
    is_stdin: bool,
    is_verbose: bool,
    files: HashSet<String>,
    valid: usize,
    invalid: usize,
    errors: usize,
    skipped: usize,
    /// How many results there were, the empty ones among them.
    all: usize,
    /// The entries of JSON.
    entries: Vec<Value>,
    suites: Vec<Suite>,
}

/// The resources of a file.
#[derive(Debug)]
struct Suite {
    name: String,
    failures: usize,
    errors: usize,
    skipped: usize,
    cases: Vec<Element>,
}

impl Report {
    /// Begins a report.
    pub fn new(format: Format, has_summary: bool, is_stdin: bool, is_verbose: bool) -> Report {
        Report {
            format,
            has_summary,
            is_stdin,
            is_verbose,
            files: HashSet::new(),
            valid: 0,
            invalid: 0,
            errors: 0,
            skipped: 0,
            all: 0,
            entries: Vec::new(),
            suites: Vec::new(),
        }
    }

    /// Adds a result, and returns what is printed at once.
    pub fn add(&mut self, resource: &mut Resource, status: &Status) -> String {
        self.all += 1;
        self.files.insert(resource.path.clone());
        match status {
            Status::Valid => self.valid += 1,
            Status::Invalid(..) => self.invalid += 1,
            Status::Error(_) => self.errors += 1,
            Status::Skipped => self.skipped += 1,
            Status::Empty => {}
        }
        let line = match self.format {
            Format::Text => self.text(resource, status),
            Format::Pretty => self.pretty(resource, status),
            Format::Tap => self.tap(resource, status),
            Format::Json => {
                self.json(resource, status);
                None
            }
            Format::Junit => {
                self.junit(resource, status);
                None
            }
        };
        line.unwrap_or_default()
    }

    fn text(&self, resource: &mut Resource, status: &Status) -> Option<String> {
        let path = resource.path.clone();
        let of = resource.signature();
        let (kind, name) = (&of.kind, &of.name);
        Some(match status {
            Status::Valid if self.is_verbose => format!("{path} - {kind} {name} is valid\n"),
            Status::Invalid(why, _) => format!("{path} - {kind} {name} is invalid: {why}\n"),
            Status::Error(why) if !kind.is_empty() && !name.is_empty() => {
                format!("{path} - {kind} {name} failed validation: {why}\n")
            }
            Status::Error(why) => format!("{path} - failed validation: {why}\n"),
            Status::Skipped if self.is_verbose => format!("{path} - {name} {kind} skipped\n"),
            _ => return None,
        })
    }

    fn pretty(&self, resource: &mut Resource, status: &Status) -> Option<String> {
        let path = resource.path.clone();
        let of = resource.signature();
        let (kind, name) = (&of.kind, &of.name);
        let (reset, red, green, yellow) = ("\x1b[0m", "\x1b[31m", "\x1b[32m", "\x1b[33m");
        let is_named = !kind.is_empty() && !name.is_empty();
        Some(match status {
            Status::Valid if self.is_verbose => {
                format!("{green}✔{reset} {path}: {green}{kind} {name} is valid{reset}\n")
            }
            Status::Invalid(why, _) => {
                format!("{red}✖{reset} {path}: {red}{kind} {name} is invalid: {why}{reset}\n")
            }
            // The name stands behind the words.
            Status::Error(why) if is_named => {
                format!(
                    "{red}✖{reset} {path}: {red}{kind} failed validation: {name} {why}{reset}\n"
                )
            }
            Status::Error(why) => {
                format!("{red}✖{reset} {path}: {red}failed validation: {name} {why}{reset}\n")
            }
            Status::Skipped if self.is_verbose => {
                let of = match (kind.is_empty(), is_named) {
                    (_, true) => format!("{kind} {name} "),
                    (false, false) => format!("{kind} "),
                    (true, false) => String::new(),
                };
                format!("{yellow}-{reset} {path}: {yellow}{of}skipped{reset}\n")
            }
            _ => return None,
        })
    }

    fn tap(&self, resource: &mut Resource, status: &Status) -> Option<String> {
        let (path, number) = (resource.path.clone(), self.all);
        let of = resource.signature();
        let name = format!("{}/{}/{}/{}", of.version, of.kind, of.namespace, of.name);
        let line = match status {
            Status::Valid => format!("ok {number} - {path} ({name})\n"),
            Status::Invalid(why, _) => format!("not ok {number} - {path} ({name}): {why}\n"),
            Status::Empty => format!("ok {number} - {path} (empty)\n"),
            Status::Error(why) => format!("not ok {number} - {path}: {why}\n"),
            Status::Skipped => format!("ok {number} - {path} ({name}) # skip\n"),
        };
        let head = if number == 1 { "TAP version 13\n" } else { "" };
        Some(format!("{head}{line}"))
    }

    fn json(&mut self, resource: &mut Resource, status: &Status) {
        let (word, why, faults): (_, &str, &[_]) = match status {
            Status::Valid => ("statusValid", "", &[]),
            Status::Invalid(why, faults) => ("statusInvalid", why, faults),
            Status::Error(why) => ("statusError", why, &[]),
            Status::Skipped => ("statusSkipped", "", &[]),
            Status::Empty => ("", "", &[]),
        };
        if !self.is_verbose && !matches!(status, Status::Invalid(..) | Status::Error(_)) {
            return;
        }
        let path = resource.path.clone();
        let of = resource.signature();
        let mut fields = vec![
            ("filename", Value::str(path)),
            ("kind", Value::str(&*of.kind)),
            ("name", Value::str(&*of.name)),
            ("version", Value::str(&*of.version)),
            ("status", Value::str(word)),
            ("msg", Value::str(why)),
        ];
        if !faults.is_empty() {
            let one = |(place, text): &(String, String)| {
                record(
                    "ValidationError",
                    vec![("path", Value::str(&**place)), ("msg", Value::str(&**text))],
                )
            };
            fields.push(("validationErrors", Value::list(faults.iter().map(one).collect())));
        }
        self.entries.push(record("oresult", fields));
    }

    fn junit(&mut self, resource: &mut Resource, status: &Status) {
        let path = resource.path.clone();
        let at = match self.suites.iter().position(|suite| suite.name == path) {
            Some(at) => at,
            None => {
                self.suites.push(Suite {
                    name: path,
                    failures: 0,
                    errors: 0,
                    skipped: 0,
                    cases: Vec::new(),
                });
                self.suites.len() - 1
            }
        };
        let Some(suite) = self.suites.get_mut(at) else { return };
        let of = resource.signature();
        let name = match of.namespace.is_empty() {
            true => of.name.clone(),
            false => format!("{}/{}", of.namespace, of.name),
        };
        let case = Element::new("testcase")
            .attribute("name", name)
            .attribute("classname", format!("{}@{}", of.kind, of.version))
            .attribute("time", "0");
        let because = |name, why: &str| {
            Element::new(name).attribute("message", why).attribute("type", "").with_text("")
        };
        let child = match status {
            Status::Valid => None,
            Status::Invalid(why, _) => {
                suite.failures += 1;
                Some(because("failure", why))
            }
            Status::Error(why) => {
                suite.errors += 1;
                Some(because("error", why))
            }
            Status::Skipped => {
                suite.skipped += 1;
                Some(Element::new("skipped").attribute("message", ""))
            }
            Status::Empty => return,
        };
        suite.cases.push(case.with_children(child));
    }

    /// Returns what is printed at the end; `seconds` is how long it took.
    pub fn end(&self, seconds: f64) -> Vec<u8> {
        match self.format {
            Format::Text | Format::Pretty if self.has_summary => self.summary().into_bytes(),
            Format::Text | Format::Pretty => Vec::new(),
            Format::Tap => format!("1..{}\n", self.all).into_bytes(),
            Format::Json => self.document(),
            Format::Junit => self.suites(seconds).write("  "),
        }
    }

    fn summary(&self) -> String {
        let count = self.valid + self.invalid + self.errors + self.skipped;
        let plural = |n: usize| if n > 1 { "s" } else { "" };
        let found = match self.is_stdin {
            true => "parsing stdin".to_owned(),
            false => format!("in {} file{}", self.files.len(), plural(self.files.len())),
        };
        format!(
            "Summary: {count} resource{} found {found} - Valid: {}, Invalid: {}, Errors: {}, Skipped: {}\n",
            plural(count),
            self.valid,
            self.invalid,
            self.errors,
            self.skipped
        )
    }

    fn document(&self) -> Vec<u8> {
        let entries = Value::List(List::new(gostd::value::Elem::Any, self.entries.clone()));
        let mut fields = vec![("resources", entries)];
        if self.has_summary {
            let number = |n: usize| Value::int(n as i64);
            fields.push((
                "summary",
                record(
                    "struct",
                    vec![
                        ("valid", number(self.valid)),
                        ("invalid", number(self.invalid)),
                        ("errors", number(self.errors)),
                        ("skipped", number(self.skipped)),
                    ],
                ),
            ));
        }
        let whole = record("struct", fields);
        let mut text = gostd::json::marshal_indent(&whole, b"", b"  ", true).unwrap_or_default();
        text.push(b'\n');
        text
    }

    fn suites(&self, seconds: f64) -> Element {
        let suite = |(index, suite): (usize, &Suite)| {
            Element::new("testsuite")
                .attribute("name", suite.name.as_str())
                .number("id", index + 1)
                .number("tests", suite.cases.len())
                .number("failures", suite.failures)
                .number("errors", suite.errors)
                .number("disabled", 0)
                .number("skipped", suite.skipped)
                .with_children(suite.cases.iter().cloned())
        };
        let sum = |count: fn(&Suite) -> usize| self.suites.iter().map(count).sum::<usize>();
        Element::new("testsuites")
            .attribute("name", "kubeconform")
            .attribute("time", gostd::strconv::format_float(seconds, b'g', -1))
            .number("tests", sum(|suite| suite.cases.len()))
            .number("failures", sum(|suite| suite.failures))
            .number("disabled", sum(|suite| suite.skipped))
            .number("errors", sum(|suite| suite.errors))
            .with_children(self.suites.iter().enumerate().map(suite))
    }
}
