//! Writes what is known of each line as JSON, for other programs: docs/source-map.md.

use std::collections::HashMap;

use gotemplate::Control;
use gotemplate::trace::{Place, Set};
use serde::Serialize;

use super::{Entered, Printed, Provenance, Read, path_text};

/// The version of the form.
const VERSION: u32 = 1;

/// Where each line of the output came from. Templates, values and conditions are listed once; elsewhere their indexes
/// stand.
#[derive(Debug, Serialize)]
pub struct SourceMap {
    /// The version of the form.
    version: u32,
    /// The names of templates.
    templates: Vec<String>,
    /// What was read, as paths that begin with `Values`, `Release`, `Chart` or the like.
    paths: Vec<String>,
    /// Calls of templates.
    calls: Vec<Call>,
    /// Conditions.
    conditions: Vec<Condition>,
    /// The lines that a template has written.
    lines: Vec<Line>,
}

/// Template, line and column, the last two from 1.
type At = (usize, u32, u32);
/// Path, and how it was read.
type Reads = Vec<(usize, &'static str)>;

#[derive(Debug, Serialize)]
struct Call {
    /// Where it stands.
    at: At,
    /// The template that is called.
    name: String,
    /// The call around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    outer: Option<usize>,
}

#[derive(Debug, Serialize)]
struct Condition {
    /// `if`, `else`, `with`, `with-else`, `range`, `range-else`, `call`, `jump`, `skipped`, `elsewhere`,
    /// `dependency`
    why: &'static str,
    /// Where it stands.
    at: At,
    /// What was read for it.
    reads: Reads,
    /// The condition around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    outer: Option<usize>,
}

#[derive(Debug, Serialize)]
struct Line {
    /// Its number in the output, from 1.
    line: usize,
    /// Where its first character that is no space came from.
    at: At,
    /// The call that led there.
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<usize>,
    /// What was read for it.
    reads: Reads,
    /// The conditions that let its parts through.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conditions: Vec<usize>,
}

/// Numbers texts.
#[derive(Default)]
struct Numbers {
    ids: HashMap<String, usize>,
    all: Vec<String>,
}

impl Numbers {
    fn of(&mut self, text: String) -> usize {
        if let Some(id) = self.ids.get(&text) {
            return *id;
        }
        self.all.push(text.clone());
        self.ids.insert(text, self.all.len() - 1);
        self.all.len() - 1
    }
}

struct Writer<'p> {
    of: &'p Provenance,
    templates: Numbers,
    paths: Numbers,
    reads: HashMap<Set, Reads>,
    calls: Vec<Call>,
    call_ids: HashMap<u32, usize>,
    conditions: Vec<Condition>,
    condition_ids: HashMap<Control, usize>,
}

impl SourceMap {
    /// Maps the lines of what is printed.
    pub fn new(of: &Provenance, printed: &[Printed<'_>]) -> SourceMap {
        let mut writer = Writer {
            of,
            templates: Numbers::default(),
            paths: Numbers::default(),
            reads: HashMap::new(),
            calls: Vec::new(),
            call_ids: HashMap::new(),
            conditions: Vec::new(),
            condition_ids: HashMap::new(),
        };
        let mut lines = Vec::new();
        for line in of.lines(printed) {
            let Some((main, place)) = of.main_piece(&line) else { continue };
            let mut reads = Reads::new();
            let mut conditions = Vec::new();
            for id in of.pieces(&line) {
                let piece = of.trace.piece(id);
                for read in writer.reads(piece.data) {
                    if !reads.contains(&read) {
                        reads.push(read);
                    }
                }
                let condition = writer.condition(piece.control);
                conditions.extend(condition.filter(|c| !conditions.contains(c)));
            }
            let at = writer.at(place);
            let call = writer.call(main.frame);
            lines.push(Line { line: line.number, at, call, reads, conditions });
        }
        let Writer { templates, paths, calls, conditions, .. } = writer;
        let (templates, paths) = (templates.all, paths.all);
        SourceMap { version: VERSION, templates, paths, calls, conditions, lines }
    }
}

impl Writer<'_> {
    fn at(&mut self, place: Place) -> At {
        let spot = self.of.spot(place);
        let template = self.templates.of(spot.template.to_string_lossy().into_owned());
        (template, spot.line, spot.column)
    }

    fn reads(&mut self, set: Set) -> Reads {
        if let Some(reads) = self.reads.get(&set) {
            return reads.clone();
        }
        let accesses = self.of.accesses(set);
        let reads: Reads = accesses
            .iter()
            .map(|access| (self.paths.of(path_text(&access.path)), read_word(access.read)))
            .collect();
        self.reads.insert(set, reads.clone());
        reads
    }

    fn call(&mut self, frame: gotemplate::trace::Frame) -> Option<usize> {
        let calls: Vec<_> = self.of.trace.calls_by_number(frame).collect();
        let mut outer = None;
        for (number, call) in calls.into_iter().rev() {
            if let Some(id) = self.call_ids.get(&number) {
                outer = Some(*id);
                continue;
            }
            let at = self.at(call.place);
            self.calls.push(Call { at, name: call.name.to_string_lossy().into_owned(), outer });
            self.call_ids.insert(number, self.calls.len() - 1);
            outer = Some(self.calls.len() - 1);
        }
        outer
    }

    fn condition(&mut self, control: Control) -> Option<usize> {
        let mut chain = Vec::new();
        let mut at = control;
        let mut outer = loop {
            if let Some(id) = self.condition_ids.get(&at) {
                break Some(*id);
            }
            let Some(condition) = self.of.trace.conditions(at).next() else { break None };
            chain.push((at, *condition));
            at = condition.outer;
        };
        for (control, condition) in chain.into_iter().rev() {
            let (at, reads) = (self.at(condition.place), self.reads(condition.read));
            self.conditions.push(Condition {
                why: condition_word(condition.why),
                at,
                reads,
                outer,
            });
            self.condition_ids.insert(control, self.conditions.len() - 1);
            outer = Some(self.conditions.len() - 1);
        }
        outer
    }
}

/// Returns the word for what a condition is.
pub fn condition_word(why: Entered) -> &'static str {
    match why {
        Entered::If => "if",
        Entered::Else => "else",
        Entered::With => "with",
        Entered::WithElse => "with-else",
        Entered::Range => "range",
        Entered::RangeElse => "range-else",
        Entered::Call => "call",
        Entered::Jump => "jump",
        Entered::Skipped => "skipped",
        Entered::Elsewhere => "elsewhere",
        Entered::Host => "dependency",
    }
}

/// Returns the word for how something was read.
pub fn read_word(read: Read) -> &'static str {
    match read {
        Read::Value => "value",
        Read::Key => "key",
        Read::Shape => "shape",
        Read::Whole => "whole",
    }
}
