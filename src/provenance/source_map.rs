//! Writes what is known of each line as JSON, for other programs: docs/source-map.md.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::RandomState;
use gotemplate::Control;
use gotemplate::trace::{Frame, NodeId, Place, Set};

use super::{Entered, Printed, Provenance, Read, write_path};

/// The version of the form.
const VERSION: u32 = 1;

/// Where each line of the output came from, as JSON. Templates, values and conditions are listed once; elsewhere their
/// indexes stand:
///
/// - `version`: the version of the form,
/// - `templates`: the names of templates,
/// - `paths`: what was read, as paths that begin with `Values`, `Release`, `Chart` or the like,
/// - `calls`: calls of templates: where each stands (`at`), the `name` that is called, and the call around it
///   (`outer`), if there is one,
/// - `conditions`: what each is (`why`: `if`, `else`, `with`, `with-else`, `range`, `range-else`, `call`, `jump`,
///   `skipped`, `elsewhere`, `dependency`), where it stands (`at`), what was read for it (`reads`), and the one around it
///   (`outer`), if there is one,
/// - `lines`: the lines that a template has written: the number in the output (`line`, from 1), where the first
///   character that is no space came from (`at`), the `call` that led there, if one did, what was read for it (`reads`),
///   and the `conditions` that let its parts through, if there are any.
///
/// `at` is a template, a line and a column, the last two from 1; `reads` are paths and how each was read.
#[derive(Debug)]
pub struct SourceMap {
    json: Vec<u8>,
}

/// Numbers texts.
#[derive(Default)]
struct Numbers {
    ids: HashMap<String, u32, RandomState>,
    all: Vec<String>,
}

impl Numbers {
    fn of(&mut self, text: &str) -> u32 {
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        let next = self.all.len() as u32;
        self.all.push(text.to_owned());
        self.ids.insert(text.to_owned(), next);
        next
    }
}

/// What was found of things that the recorder has numbered from 0.
struct Known<T>(Vec<Option<T>>);

impl<T> Default for Known<T> {
    fn default() -> Known<T> {
        Known(Vec::new())
    }
}

impl<T: Clone> Known<T> {
    fn get(&self, number: usize) -> Option<T> {
        self.0.get(number).cloned().flatten()
    }

    fn set(&mut self, number: usize, found: T) {
        if self.0.len() <= number {
            self.0.resize(number + 1, None);
        }
        self.0[number] = Some(found);
    }
}

/// What of a set was read, in order.
#[derive(Clone)]
struct Reads {
    /// Where that stands in [`Writer::pairs`].
    pairs: Range<usize>,
    /// Where it stands in [`Writer::written`].
    written: Range<usize>,
}

struct Writer<'p> {
    of: &'p Provenance,
    /// The numbers of templates, by the numbers of their texts.
    sources: Known<u32>,
    templates: Numbers,
    /// The numbers of paths, by those of what they lead to.
    nodes: Known<u32>,
    paths: Numbers,
    sets: Known<Reads>,
    /// Paths and how they were read.
    pairs: Vec<(u32, Read)>,
    /// The same as JSON.
    written: Vec<u8>,
    /// On which line each path was seen last, one way after the other.
    seen: Vec<usize>,
    call_ids: Known<u32>,
    calls: Items,
    condition_ids: Known<u32>,
    conditions: Items,
}

/// The items of a list, as JSON.
#[derive(Default)]
struct Items {
    count: u32,
    json: Vec<u8>,
}

impl Items {
    /// Begins an item and returns its index.
    fn begin(&mut self) -> u32 {
        if self.count > 0 {
            self.json.push(b',');
        }
        self.count += 1;
        self.count - 1
    }
}

impl SourceMap {
    /// Maps the lines of what is printed.
    pub fn new(of: &Provenance, printed: &[Printed<'_>]) -> SourceMap {
        let mut writer = Writer {
            of,
            sources: Known::default(),
            templates: Numbers::default(),
            nodes: Known::default(),
            paths: Numbers::default(),
            sets: Known::default(),
            pairs: Vec::new(),
            written: Vec::new(),
            seen: Vec::new(),
            call_ids: Known::default(),
            calls: Items::default(),
            condition_ids: Known::default(),
            conditions: Items::default(),
        };
        let mut lines = Items::default();
        let mut sets: Vec<Set> = Vec::new();
        let mut conditions: Vec<u32> = Vec::new();
        for line in of.lines(printed) {
            let Some((main, place)) = of.main_piece(&line) else { continue };
            sets.clear();
            conditions.clear();
            for id in of.pieces(&line) {
                let piece = of.trace.piece(id);
                if !piece.data.is_empty() && !sets.contains(&piece.data) {
                    sets.push(piece.data);
                }
                let condition = writer.condition(piece.control);
                conditions.extend(condition.filter(|c| !conditions.contains(c)));
            }
            let at = writer.at(place);
            let call = writer.call(main.frame);
            lines.begin();
            let out = &mut lines.json;
            out.extend_from_slice(b"{\"line\":");
            number(out, line.number);
            write_at(out, at);
            if let Some(call) = call {
                out.extend_from_slice(b",\"call\":");
                number(out, call as usize);
            }
            writer.write_reads(out, &sets, line.number);
            if !conditions.is_empty() {
                out.extend_from_slice(b",\"conditions\":[");
                for (i, condition) in conditions.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    number(out, *condition as usize);
                }
                out.push(b']');
            }
            out.push(b'}');
        }
        let mut json = b"{\"version\":".to_vec();
        number(&mut json, VERSION as usize);
        for (name, texts) in [("templates", &writer.templates), ("paths", &writer.paths)] {
            begin_list(&mut json, name);
            for (i, text) in texts.all.iter().enumerate() {
                if i > 0 {
                    json.push(b',');
                }
                string(&mut json, text);
            }
            json.push(b']');
        }
        let rest = [("calls", writer.calls), ("conditions", writer.conditions), ("lines", lines)];
        for (name, items) in rest {
            begin_list(&mut json, name);
            json.extend_from_slice(&items.json);
            json.push(b']');
        }
        json.push(b'}');
        SourceMap { json }
    }

    /// Returns the JSON text.
    pub fn json(&self) -> &[u8] {
        &self.json
    }
}

/// Template, line and column, the last two from 1.
type At = (u32, u32, u32);

impl Writer<'_> {
    fn at(&mut self, place: Place) -> At {
        let source = place.source.wrapping_add(1) as usize;
        let template = self.sources.get(source).unwrap_or_else(|| {
            let name = self.of.trace.source(place).0.to_string_lossy();
            let template = self.templates.of(&name);
            self.sources.set(source, template);
            template
        });
        let (line, column) = self.of.line_and_column(place);
        (template, line, column)
    }

    fn reads(&mut self, set: Set) -> Reads {
        if let Some(reads) = self.sets.get(set.number()) {
            return reads;
        }
        let (pairs, written) = (self.pairs.len(), self.written.len());
        for (node, read) in self.of.trace.reads(set) {
            let path = match self.nodes.get(node.number()) {
                Some(path) => path,
                None => name_path(self.of, node, &mut self.paths, &mut self.nodes),
            };
            self.pairs.push((path, read));
            write_pair(&mut self.written, self.pairs.len() - 1 > pairs, path, read);
        }
        let reads = Reads { pairs: pairs..self.pairs.len(), written: written..self.written.len() };
        self.sets.set(set.number(), reads.clone());
        reads
    }

    /// Writes what was read of some sets, each path and way once.
    fn write_reads(&mut self, out: &mut Vec<u8>, sets: &[Set], line: usize) {
        out.extend_from_slice(b",\"reads\":[");
        match sets {
            [] => {}
            [one] => {
                let written = self.reads(*one).written;
                out.extend_from_slice(&self.written[written]);
            }
            several => {
                let mut is_first = true;
                for set in several {
                    for at in self.reads(*set).pairs {
                        let (path, read) = self.pairs[at];
                        let own = path as usize * 4 + read as usize;
                        if self.seen.len() <= own {
                            self.seen.resize(own + 1, 0);
                        }
                        if std::mem::replace(&mut self.seen[own], line) != line {
                            write_pair(out, !is_first, path, read);
                            is_first = false;
                        }
                    }
                }
            }
        }
        out.push(b']');
    }

    fn call(&mut self, frame: Frame) -> Option<u32> {
        let first = self.of.trace.calls_by_number(frame).next()?.0;
        if let Some(id) = self.call_ids.get(first as usize) {
            return Some(id);
        }
        let calls: Vec<_> = self.of.trace.calls_by_number(frame).collect();
        let mut outer = None;
        for (frame, call) in calls.into_iter().rev() {
            if let Some(id) = self.call_ids.get(frame as usize) {
                outer = Some(id);
                continue;
            }
            let at = self.at(call.place);
            let id = self.calls.begin();
            let out = &mut self.calls.json;
            out.push(b'{');
            write_at(out, at);
            out.extend_from_slice(b",\"name\":");
            string(out, &call.name.to_string_lossy());
            write_outer(out, outer);
            self.call_ids.set(frame as usize, id);
            outer = Some(id);
        }
        outer
    }

    fn condition(&mut self, control: Control) -> Option<u32> {
        if let Some(id) = self.condition_ids.get(control.number()) {
            return Some(id);
        }
        let mut chain = Vec::new();
        let mut at = control;
        let mut outer = loop {
            if let Some(id) = self.condition_ids.get(at.number()) {
                break Some(id);
            }
            let Some(condition) = self.of.trace.conditions(at).next() else { break None };
            chain.push((at, *condition));
            at = condition.outer;
        };
        for (control, condition) in chain.into_iter().rev() {
            let (at, reads) = (self.at(condition.place), self.reads(condition.read));
            let id = self.conditions.begin();
            let out = &mut self.conditions.json;
            out.extend_from_slice(b"{\"why\":");
            string(out, condition_word(condition.why));
            write_at(out, at);
            out.extend_from_slice(b",\"reads\":[");
            out.extend_from_slice(&self.written[reads.written]);
            out.push(b']');
            write_outer(out, outer);
            self.condition_ids.set(control.number(), id);
            outer = Some(id);
        }
        outer
    }
}

/// Numbers the path that leads to a node.
fn name_path(of: &Provenance, node: NodeId, paths: &mut Numbers, nodes: &mut Known<u32>) -> u32 {
    let mut text = String::new();
    write_path(of.trace.path(node), &mut text);
    let path = paths.of(&text);
    nodes.set(node.number(), path);
    path
}

fn begin_list(out: &mut Vec<u8>, name: &str) {
    out.push(b',');
    string(out, name);
    out.extend_from_slice(b":[");
}

/// Writes a text as JSON has it.
fn string(out: &mut Vec<u8>, text: &str) {
    if text.bytes().all(|b| b >= b' ' && b != b'"' && b != b'\\') {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
    }
}

fn number(out: &mut Vec<u8>, number: usize) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Writes where something stands; behind a member, or as the first one.
fn write_at(out: &mut Vec<u8>, (template, line, column): At) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    out.extend_from_slice(b"\"at\":[");
    number(out, template as usize);
    out.push(b',');
    number(out, line as usize);
    out.push(b',');
    number(out, column as usize);
    out.push(b']');
}

fn write_pair(out: &mut Vec<u8>, is_next: bool, path: u32, read: Read) {
    if is_next {
        out.push(b',');
    }
    out.push(b'[');
    number(out, path as usize);
    out.extend_from_slice(b",\"");
    out.extend_from_slice(read_word(read).as_bytes());
    out.extend_from_slice(b"\"]");
}

/// Ends a call or condition with the one around it.
fn write_outer(out: &mut Vec<u8>, outer: Option<u32>) {
    if let Some(outer) = outer {
        out.extend_from_slice(b",\"outer\":");
        number(out, outer as usize);
    }
    out.push(b'}');
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
