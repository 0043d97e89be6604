//! Rewrites what scanners say of rendered text to the lines of templates, by a source map.

mod json;
mod lines;
mod sarif;

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use crate::provenance::{self, At, SourceMap, ValueOf};

pub use lines::{Found, Level, Text, read as read_lines};
pub use sarif::{Rewritten, SarifError, rewrite as rewrite_sarif};

/// How many values stand beside a finding.
const VALUES: usize = 3;
/// How much of a value is shown, in characters.
const SHOWN: usize = 40;
/// How much of a file is read to know whether it is a rendered one: as much as an output may take.
const MOST: u64 = 256 << 20;

/// Where something that was rendered came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin<'m> {
    /// The template's file.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1; nothing of what is no template.
    pub column: Option<usize>,
    /// The values that were read for it and are set somewhere.
    pub values: Vec<(&'m str, &'m ValueOf)>,
    /// Its line in the rendered text that the finding is about.
    pub rendered: usize,
}

impl Origin<'_> {
    /// Says the values in a few words: `replicaCount = 4, values.yaml:6`. Empty without values.
    pub fn words(&self) -> String {
        self.told(of_value)
    }

    /// Names the values, and says where they are set, but not what they are: `password, values.yaml:6`. Empty without
    /// values.
    pub fn names(&self) -> String {
        self.told(|path, value| {
            // A flag has the value behind its name.
            let set_by = match value.set_by.starts_with("--") {
                true => value.set_by.split([' ', '=']).next().unwrap_or_default(),
                false => &value.set_by,
            };
            match value.line {
                Some(line) => format!("{path}, {set_by}:{line}"),
                None => format!("{path}, {set_by}"),
            }
        })
    }

    fn told(&self, one: impl Fn(&str, &ValueOf) -> String) -> String {
        let mut words: Vec<String> =
            self.values.iter().take(VALUES).map(|(path, value)| one(path, value)).collect();
        if self.values.len() > VALUES {
            words.push(format!("{} more", self.values.len() - VALUES));
        }
        words.join("; ")
    }
}

/// Says what a value is and what sets it.
fn of_value(path: &str, value: &ValueOf) -> String {
    let is = match &value.value {
        None => String::new(),
        Some(scalar) => {
            let text = scalar.to_string();
            match text.char_indices().nth(SHOWN) {
                Some((end, _)) => format!(" = {}...", &text[..end]),
                None => format!(" = {text}"),
            }
        }
    };
    match value.line {
        Some(line) => format!("{path}{is}, {}:{line}", value.set_by),
        None => format!("{path}{is}, {}", value.set_by),
    }
}

/// Which part of the output a file holds.
#[derive(Clone, Debug, PartialEq)]
enum Part {
    /// All that `template` prints.
    Whole,
    /// What comes from one template, as `--output-dir` writes it.
    Of(String),
}

/// Knows which files are rendered text, and where their lines came from.
#[derive(Debug)]
pub struct Places<'m> {
    map: &'m SourceMap,
    /// Files that hold the output, by the user's word.
    named: Vec<String>,
    lines: HashMap<usize, usize>,
    values: HashMap<usize, &'m ValueOf>,
    /// What is known of files.
    files: HashMap<String, Option<(Part, Option<PathBuf>)>>,
    /// Files that hold something else than they should.
    differing: Vec<String>,
}

impl<'m> Places<'m> {
    /// Looks into a map; `named` are files that hold the output whatever is in them.
    pub fn new(map: &'m SourceMap, named: &[String]) -> Places<'m> {
        let lines = map.lines.iter().enumerate().map(|(at, line)| (line.line, at)).collect();
        let values = map.values.iter().map(|value| (value.path, value)).collect();
        Places {
            map,
            named: named.to_vec(),
            lines,
            values,
            files: HashMap::new(),
            differing: Vec::new(),
        }
    }

    /// Tells whether a file is rendered text.
    pub fn knows(&mut self, file: &str) -> bool {
        self.part(file).is_some()
    }

    /// Returns the files that hold something else than the user says.
    pub fn differing(&self) -> &[String] {
        &self.differing
    }

    /// Returns where a line of a file came from.
    pub fn line(&mut self, file: &str, line: usize) -> Option<Origin<'m>> {
        let (part, _) = self.part(file)?;
        let number = self.number(&part, line)?;
        let origin = self.of_output(number)?;
        Some(Origin { rendered: line, ..origin })
    }

    /// Returns where a resource of a file, or a field of it, came from. The field is a path as [`provenance::fields`]
    /// takes it; of one that is not there, its parents.
    pub fn resource(
        &mut self,
        file: &str,
        kind: &str,
        name: &str,
        field: Option<&[String]>,
    ) -> Option<Origin<'m>> {
        let (part, path) = self.part(file)?;
        let is_it =
            |d: &&provenance::Document| d.kind == kind && d.name == name && part.holds(&d.source);
        let mut found = self.map.documents.iter().filter(is_it);
        let (document, None) = (found.next()?, found.next()) else { return None };
        let head = document.line + 2;
        let within = field.and_then(|field| {
            let of_file = || {
                let first = self.number_within(&part, head)? - 1;
                Some((Cow::Owned(std::fs::read(path?).ok()?), first))
            };
            let (text, first) = match self.map.output.is_empty() {
                true => of_file()?,
                false => (Cow::Borrowed(&*self.map.output), head - 1),
            };
            let lines = text.split(|b| *b == b'\n').skip(first).take(document.lines - 2);
            let content = lines.collect::<Vec<_>>().join(&b'\n');
            let mut steps = field;
            loop {
                let path: String = steps.iter().map(|s| format!("[{s}]")).collect();
                match provenance::fields(&content, &path) {
                    Ok(range) => return Some(range.start),
                    // A parent, where the field itself is not there.
                    Err(_) => steps = steps.split_last()?.1,
                }
            }
        });
        let number = head + within.unwrap_or(0);
        let rendered = self.number_within(&part, number)?;
        Some(Origin { rendered, ..self.of_output(number)? })
    }

    /// Returns what a file holds, and where it is.
    fn part(&mut self, file: &str) -> Option<(Part, Option<PathBuf>)> {
        if let Some(known) = self.files.get(file) {
            return known.clone();
        }
        let found = self.find(file);
        self.files.insert(file.to_owned(), found.clone());
        found
    }

    fn find(&mut self, file: &str) -> Option<(Part, Option<PathBuf>)> {
        let file = file.strip_prefix("file://").unwrap_or(file);
        let is_it = |named: &&String| is_end(file, named) || is_end(named, file);
        let named = self.named.iter().find(is_it).cloned();
        // Some scanners write paths from the folder that they were given, as `/rendered.yaml`.
        let places = [Some(file), file.strip_prefix('/'), named.as_deref()];
        let there = places.into_iter().flatten().map(PathBuf::from).find(|path| path.is_file());
        if let Some(path) = &there
            && let Some(part) = self.content(path)
        {
            return Some((part, there));
        }
        if named.is_some() {
            self.differing.extend(there.is_some().then(|| file.to_owned()));
            return Some((Part::Whole, there));
        }
        match file {
            "-" | "stdin" | "<stdin>" | "/dev/stdin" => return Some((Part::Whole, None)),
            // What is there and holds something else is not ours: it may be the template itself.
            _ if there.is_some() => return None,
            _ => {}
        }
        let is_of_chart =
            !self.map.chart.is_empty() && Path::new(file).starts_with(&self.map.chart);
        let mut documents = self.map.documents.iter().filter(|_| !is_of_chart);
        let of = documents.find(|document| is_end(&document.source, file))?;
        Some((Part::Of(of.source.clone()), None))
    }

    /// Returns which rendered text a file holds: one with the same documents on the same lines. The lines themselves
    /// may differ, as where a chart makes passwords.
    fn content(&self, path: &Path) -> Option<Part> {
        if std::fs::metadata(path).ok()?.len() > MOST {
            return None;
        }
        let text = std::fs::read(path).ok()?;
        let lines: Vec<&[u8]> = text.trim_ascii_end().split(|b| *b == b'\n').collect();
        let source = |at: usize| match lines.get(at..at + 2)? {
            [b"---", next] => next.strip_prefix(b"# Source: "),
            _ => None,
        };
        let heads: Vec<(usize, &[u8])> =
            (0..lines.len()).filter_map(|at| Some((at, source(at)?))).collect();
        let is = |part: &Part| {
            let mut at = 0;
            let documents = self.map.documents.iter().filter(|d| part.holds(&d.source));
            let want: Vec<(usize, &[u8])> = documents
                .map(|document| {
                    let head = (at, document.source.as_bytes());
                    at += document.lines;
                    head
                })
                .collect();
            // Of white space at the end not all is printed.
            !want.is_empty() && want == heads && lines.len() <= at && at <= lines.len() + 1
        };
        let only = String::from_utf8_lossy(heads.first()?.1).into_owned();
        [Part::Whole, Part::Of(only)].into_iter().find(is)
    }

    /// Returns the line of the output that a line of a file is.
    fn number(&self, part: &Part, line: usize) -> Option<usize> {
        let mut before = 0;
        for document in self.map.documents.iter().filter(|d| part.holds(&d.source)) {
            if line <= before + document.lines {
                return Some(document.line + line.checked_sub(before + 1)?);
            }
            before += document.lines;
        }
        None
    }

    /// Returns the line of a file that a line of the output is.
    fn number_within(&self, part: &Part, number: usize) -> Option<usize> {
        let mut before = 0;
        for document in self.map.documents.iter().filter(|d| part.holds(&d.source)) {
            if (document.line..document.line + document.lines).contains(&number) {
                return Some(before + number - document.line + 1);
            }
            before += document.lines;
        }
        None
    }

    /// Returns where a line of the output came from. The two lines before a document are its first.
    fn of_output(&self, number: usize) -> Option<Origin<'m>> {
        let documents = &self.map.documents;
        let at = documents.partition_point(|document| document.line <= number).checked_sub(1)?;
        let document = documents.get(at)?;
        let number = number.max(document.line + 2);
        let Some(line) = self.lines.get(&number) else {
            // A file of crds/ is printed as it stands.
            let is_crd = document.source.split('/').rev().skip(1).any(|folder| folder == "crds");
            let line = number - document.line - 1;
            return is_crd.then(|| Origin {
                file: self.file(&document.source),
                line,
                column: None,
                values: Vec::new(),
                rendered: number,
            });
        };
        let line = self.map.lines.get(*line)?;
        let mut at: At = line.at;
        let mut call = line.call;
        // A text that tpl executes is in no file: what executes it is.
        while !self.map.templates.get(at.0)?.contains('/') {
            let around = self.map.calls.get(call?)?;
            (at, call) = (around.at, around.outer);
        }
        let mut values: Vec<(&str, &ValueOf)> = Vec::new();
        for (path, read) in &line.reads {
            if let Some(value) = self.values.get(path).filter(|_| read != "key")
                && let Some(text) = self.map.paths.get(*path)
                && !values.iter().any(|(other, _)| other == text)
            {
                let shown = text.strip_prefix("Values.").unwrap_or(text);
                if !values.iter().any(|(other, _)| *other == shown) {
                    values.push((shown, value));
                }
            }
        }
        Some(Origin {
            file: self.file(self.map.templates.get(at.0)?),
            line: at.1 as usize,
            column: Some(at.2 as usize),
            values,
            rendered: number,
        })
    }

    /// Returns the file of a template.
    fn file(&self, template: &str) -> String {
        match template.split_once('/') {
            Some((_, within)) if !self.map.chart.is_empty() => {
                let path = Path::new(&self.map.chart).join(within);
                let parts = path.components().filter(|part| *part != Component::CurDir);
                parts.collect::<PathBuf>().to_string_lossy().into_owned()
            }
            _ => template.to_owned(),
        }
    }
}

impl Part {
    fn holds(&self, source: &str) -> bool {
        match self {
            Part::Whole => true,
            Part::Of(name) => name == source,
        }
    }
}

/// Tells whether a path ends in the parts of another.
fn is_end(end: &str, path: &str) -> bool {
    let parts = |path: &str| -> Vec<String> {
        let parts = path.split('/').filter(|part| !part.is_empty() && *part != ".");
        parts.map(str::to_owned).collect()
    };
    let end = parts(end);
    !end.is_empty() && parts(path).ends_with(&end)
}

/// Returns a path as SARIF writes it.
fn uri_of(path: &str) -> Cow<'_, str> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/:@!$&'()*+,;=".contains(&b);
    if path.bytes().all(is_plain) {
        return Cow::Borrowed(path);
    }
    let escaped = path.bytes().map(|b| match is_plain(b) {
        true => char::from(b).to_string(),
        false => format!("%{b:02X}"),
    });
    Cow::Owned(escaped.collect())
}
