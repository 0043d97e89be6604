//! Writes source maps, part by part while the lines are gone over.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use foldhash::fast::RandomState;
use gostd::value::Str;
use gotemplate::Control;
use gotemplate::trace::{Frame, Key, Place, Set};
use sha2::{Digest, Sha256};

use super::super::{Near, Printed, Provenance, in_characters, push_key};
use super::{VERSION, condition_word, read_word};

/// Writes where each line of the output came from: docs/source-map.md.
#[derive(Debug)]
pub struct Writer<'p> {
    of: &'p Provenance,
    /// Whether columns of templates count characters, not bytes.
    counts_characters: bool,
    templates: List,
    /// The numbers of templates in the map by their names.
    template_names: HashMap<Str, u32, RandomState>,
    /// The numbers of templates in the map by the recorder's, of one that is none the last.
    template_numbers: Vec<Option<u32>>,
    paths: List,
    /// The numbers of paths in the map by the recorder's.
    path_numbers: Vec<Option<u32>>,
    /// The paths in their steps.
    keys: Vec<Vec<Key>>,
    /// What was read, each set as it is written but for the brackets.
    reads: Vec<u8>,
    /// Where a set stands there.
    read_ranges: Vec<Option<Range<usize>>>,
    calls: List,
    call_numbers: Vec<Option<u32>>,
    conditions: List,
    condition_numbers: Vec<Option<u32>>,
    values: List,
    lines: List,
    documents: List,
    /// Where the text of a path is put together.
    scratch: Vec<u8>,
    sha256: String,
}

/// How many times as long the lines are in the map as they are in the output, mostly. What is not used costs nothing.
const USUAL_GROWTH: usize = 4;

/// What sets a value.
#[derive(Clone, Debug, Default)]
pub struct SetBy<'s> {
    /// The number of its path.
    pub path: usize,
    /// What it is, as JSON; nothing of a list or a map.
    pub value: Option<&'s str>,
    /// The file that sets it, or the flag with its text.
    pub set_by: &'s str,
    /// Line and column in the file.
    pub at: Option<(usize, usize)>,
}

/// The elements of a list, each as it is written.
#[derive(Debug, Default)]
struct List {
    text: Vec<u8>,
    len: u32,
}

impl List {
    /// Begins one more element.
    fn next(&mut self) -> &mut Vec<u8> {
        if self.len > 0 {
            self.text.push(b',');
        }
        self.len += 1;
        &mut self.text
    }
}

/// Returns the element at an index, which is made if there is none.
fn slot<T: Default + Clone>(of: &mut Vec<T>, at: usize) -> &mut T {
    if of.len() <= at {
        of.resize(at + 1, T::default());
    }
    &mut of[at]
}

fn push_number(to: &mut Vec<u8>, number: usize) {
    if number < 10 {
        to.push(b'0' + number as u8);
        return;
    }
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    while rest > 0 {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    to.extend_from_slice(&digits[at..]);
}

/// Adds a text in quotes.
fn push_text(to: &mut Vec<u8>, text: &str) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    to.push(b'"');
    let is_special = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    // Without a branch in it, this looks at many bytes at once.
    if !text.bytes().fold(false, |any, byte| any | is_special(byte)) {
        to.extend_from_slice(text.as_bytes());
        to.push(b'"');
        return;
    }
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        let short = match byte {
            b'"' | b'\\' => byte,
            0x08 => b'b',
            b'\t' => b't',
            b'\n' => b'n',
            0x0c => b'f',
            b'\r' => b'r',
            0..0x20 => b'u',
            _ => continue,
        };
        to.extend_from_slice(&text.as_bytes()[done..at]);
        to.extend_from_slice(&[b'\\', short]);
        if short == b'u' {
            let low = HEX[usize::from(byte & 15)];
            to.extend_from_slice(&[b'0', b'0', b'0' + (byte >> 4), low]);
        }
        done = at + 1;
    }
    to.extend_from_slice(&text.as_bytes()[done..]);
    to.push(b'"');
}

#[inline(always)]
fn push_field(to: &mut Vec<u8>, name: &str, number: usize) {
    to.extend_from_slice(name.as_bytes());
    push_number(to, number);
}

/// Adds a place: template, line and column.
fn push_at(to: &mut Vec<u8>, (template, line, column): (u32, u32, u32)) {
    push_field(to, "\"at\":[", template as usize);
    push_field(to, ",", line as usize);
    push_field(to, ",", column as usize);
    to.push(b']');
}

impl<'p> Writer<'p> {
    /// Maps the lines of what is printed: the documents, and the whole output in parts.
    pub fn new(of: &'p Provenance, printed: &[Printed<'_>], output: &[&[u8]]) -> Writer<'p> {
        let mut sum = Sha256::new();
        output.iter().for_each(|part| sum.update(part));
        Writer::made(of, printed, hex(&sum.finalize()), None)
    }

    /// Maps some lines alone, by their numbers, from 1; the output's sum is left out. Columns of templates count characters, as
    /// those of values do.
    pub fn of_lines(
        of: &'p Provenance,
        printed: &[Printed<'_>],
        picked: &HashSet<usize>,
    ) -> Writer<'p> {
        Writer::made(of, printed, String::new(), Some(picked))
    }

    fn made(
        of: &'p Provenance,
        printed: &[Printed<'_>],
        sha256: String,
        picked: Option<&HashSet<usize>>,
    ) -> Writer<'p> {
        let mut writer = Writer {
            of,
            counts_characters: picked.is_some(),
            templates: List::default(),
            template_names: HashMap::default(),
            template_numbers: Vec::new(),
            paths: List::default(),
            path_numbers: Vec::new(),
            keys: Vec::new(),
            reads: Vec::new(),
            read_ranges: Vec::new(),
            calls: List::default(),
            call_numbers: Vec::new(),
            conditions: List::default(),
            condition_numbers: Vec::new(),
            values: List::default(),
            lines: List::default(),
            documents: documents(printed),
            scratch: Vec::new(),
            sha256,
        };
        writer.lines(printed, picked);
        writer
    }

    /// Returns the paths that were read, in their steps, by their numbers.
    pub fn paths(&self) -> &[Vec<Key>] {
        &self.keys
    }

    /// Says what sets a value.
    pub fn set_by(&mut self, of: &SetBy<'_>) {
        let to = self.values.next();
        push_field(to, "{\"path\":", of.path);
        if let Some(value) = of.value {
            to.extend_from_slice(b",\"value\":");
            to.extend_from_slice(value.as_bytes());
        }
        to.extend_from_slice(b",\"set_by\":");
        push_text(to, of.set_by);
        if let Some((line, column)) = of.at {
            push_field(to, ",\"line\":", line);
            push_field(to, ",\"column\":", column);
        }
        to.push(b'}');
    }

    /// Calls templates otherwise.
    pub fn rename(&mut self, name_of: impl Fn(&str) -> String) {
        let mut names: Vec<_> = self.template_names.iter().collect();
        names.sort_by_key(|(_, number)| **number);
        let mut renamed = List::default();
        for (name, _) in names {
            push_text(renamed.next(), &name_of(&name.to_string_lossy()));
        }
        self.templates = renamed;
    }

    /// Returns the map of the chart that was named so.
    pub fn finish(self, chart: &str) -> Vec<u8> {
        let lists = [
            ("documents", self.documents),
            ("templates", self.templates),
            ("paths", self.paths),
            ("values", self.values),
            ("calls", self.calls),
            ("conditions", self.conditions),
            ("lines", self.lines),
        ];
        let size: usize = lists.iter().map(|(_, list)| list.text.len()).sum();
        let mut map = Vec::with_capacity(size + chart.len() + 300);
        push_field(&mut map, "{\"version\":", VERSION as usize);
        map.extend_from_slice(b",\"chart\":");
        push_text(&mut map, chart);
        map.extend_from_slice(b",\"sha256\":");
        push_text(&mut map, &self.sha256);
        for (name, list) in lists {
            map.push(b',');
            push_text(&mut map, name);
            map.extend_from_slice(b":[");
            map.extend_from_slice(&list.text);
            map.push(b']');
        }
        map.push(b'}');
        map
    }

    fn lines(&mut self, printed: &[Printed<'_>], picked: Option<&HashSet<usize>>) {
        let (mut file, mut near) = (usize::MAX, Near::default());
        let mut pieces = Vec::new();
        let (mut sets, mut conditions): (Vec<Set>, Vec<u32>) = (Vec::new(), Vec::new());
        // The line for which a set or a condition was taken last, and a path by the way of reading it.
        let (mut taken, mut let_through, mut written) = (Vec::new(), Vec::new(), Vec::new());
        let is_first = |of: &mut Vec<usize>, at: usize, line: usize| {
            std::mem::replace(slot(of, at), line) != line
        };
        let size: usize = printed.iter().map(|of| of.content.len()).sum();
        if picked.is_none() {
            self.lines.text.reserve(USUAL_GROWTH * size);
        }
        let of = self.of;
        of.each_line(printed, |line| {
            if std::mem::replace(&mut file, line.file) != line.file {
                near = Near::default();
            }
            of.add_pieces(&line, &mut near, &mut pieces);
            if picked.is_some_and(|picked| !picked.contains(&line.number)) {
                pieces.clear();
                return;
            }
            let Some((main, place)) = of.main_piece(&line, &near) else {
                pieces.clear();
                return;
            };
            sets.clear();
            conditions.clear();
            let mut before = None;
            for id in pieces.drain(..) {
                let piece = of.trace.piece(id);
                if !piece.data.is_empty() && is_first(&mut taken, piece.data.number(), line.number)
                {
                    self.make_reads(piece.data);
                    sets.push(piece.data);
                }
                if before.replace(piece.control) != Some(piece.control) {
                    let condition = self.condition(piece.control).filter(|condition| {
                        is_first(&mut let_through, *condition as usize, line.number)
                    });
                    conditions.extend(condition);
                }
            }
            let at = self.at(place);
            let call = self.call(main.frame);
            let to = self.lines.next();
            push_field(to, "{\"line\":", line.number);
            to.push(b',');
            push_at(to, at);
            if let Some(call) = call {
                push_field(to, ",\"call\":", call as usize);
            }
            to.extend_from_slice(b",\"reads\":[");
            match sets[..] {
                [] => {}
                [set] => self.push_reads(set),
                _ => self.push_union(&sets, line.number, &mut written),
            }
            let to = &mut self.lines.text;
            to.push(b']');
            for (at, condition) in conditions.iter().enumerate() {
                let before = if at == 0 { ",\"conditions\":[" } else { "," };
                push_field(to, before, *condition as usize);
            }
            to.extend_from_slice(if conditions.is_empty() { b"}" } else { b"]}" });
        });
    }

    /// Adds what a set holds to the line at hand.
    fn push_reads(&mut self, set: Set) {
        if let Some(Some(range)) = self.read_ranges.get(set.number()) {
            self.lines.text.extend_from_slice(&self.reads[range.clone()]);
        }
    }

    /// Adds what some sets hold, each once.
    fn push_union(&mut self, sets: &[Set], line: usize, written: &mut Vec<usize>) {
        let mut is_first = true;
        for set in sets {
            for (node, read) in self.of.trace.reads(*set) {
                let Some(Some(path)) = self.path_numbers.get(node.number()) else { continue };
                let last = slot(written, *path as usize * 4 + read as usize);
                if std::mem::replace(last, line) != line {
                    push_read(&mut self.lines.text, *path, read, is_first);
                    is_first = false;
                }
            }
        }
    }

    fn at(&mut self, place: Place) -> (u32, u32, u32) {
        let (line, mut column) = self.of.line_and_column(place);
        if self.counts_characters {
            column = in_characters(self.of.trace.source(place).1, place.pos, column);
        }
        let slot = slot(&mut self.template_numbers, self.of.trace.source_number(place));
        let template = match *slot {
            Some(number) => number,
            None => {
                let name = self.of.trace.source(place).0;
                let number = *self.template_names.entry(name.clone()).or_insert_with(|| {
                    push_text(self.templates.next(), &name.to_string_lossy());
                    self.templates.len - 1
                });
                *slot.insert(number)
            }
        };
        (template, line, column)
    }

    /// Writes what a set holds, for lines to copy it.
    fn make_reads(&mut self, set: Set) {
        if let Some(Some(_)) = self.read_ranges.get(set.number()) {
            return;
        }
        let start = self.reads.len();
        for (node, read) in self.of.trace.reads(set) {
            let known = slot(&mut self.path_numbers, node.number());
            let path = match *known {
                Some(number) => number,
                None => {
                    let keys = self.of.trace.path(node);
                    self.scratch.clear();
                    keys.iter().for_each(|key| push_key(&mut self.scratch, key));
                    // Other steps make another text.
                    push_text(self.paths.next(), &String::from_utf8_lossy(&self.scratch));
                    self.keys.push(keys.into_iter().cloned().collect());
                    *known.insert(self.paths.len - 1)
                }
            };
            let is_first = self.reads.len() == start;
            push_read(&mut self.reads, path, read, is_first);
        }
        *slot(&mut self.read_ranges, set.number()) = Some(start..self.reads.len());
    }

    fn call(&mut self, frame: Frame) -> Option<u32> {
        if let Some(Some(number)) = self.call_numbers.get(frame.number()) {
            return Some(*number);
        }
        let of = self.of;
        let calls: Vec<_> = of.trace.calls_by_number(frame).collect();
        let mut outer = None;
        for (number, call) in calls.into_iter().rev() {
            if let Some(Some(known)) = self.call_numbers.get(number as usize) {
                outer = Some(*known);
                continue;
            }
            let at = self.at(call.place);
            let to = self.calls.next();
            to.push(b'{');
            push_at(to, at);
            to.extend_from_slice(b",\"name\":");
            push_text(to, &call.name.to_string_lossy());
            push_outer(to, outer);
            outer = Some(self.calls.len - 1);
            *slot(&mut self.call_numbers, number as usize) = outer;
        }
        outer
    }

    fn condition(&mut self, control: Control) -> Option<u32> {
        let mut chain = Vec::new();
        let mut at = control;
        let mut outer = loop {
            if let Some(Some(number)) = self.condition_numbers.get(at.number()) {
                break Some(*number);
            }
            let Some(condition) = self.of.trace.conditions(at).next() else { break None };
            chain.push((at, *condition));
            at = condition.outer;
        };
        for (control, condition) in chain.into_iter().rev() {
            let at = self.at(condition.place);
            self.make_reads(condition.read);
            let to = self.conditions.next();
            to.extend_from_slice(b"{\"why\":");
            push_text(to, condition_word(condition.why));
            to.push(b',');
            push_at(to, at);
            to.extend_from_slice(b",\"reads\":[");
            if let Some(Some(range)) = self.read_ranges.get(condition.read.number()) {
                to.extend_from_slice(&self.reads[range.clone()]);
            }
            to.push(b']');
            push_outer(to, outer);
            outer = Some(self.conditions.len - 1);
            *slot(&mut self.condition_numbers, control.number()) = outer;
        }
        outer
    }
}

/// Adds a path and how it was read.
fn push_read(to: &mut Vec<u8>, path: u32, read: super::Read, is_first: bool) {
    push_field(to, if is_first { "[" } else { ",[" }, path as usize);
    to.extend_from_slice(b",\"");
    to.extend_from_slice(read_word(read).as_bytes());
    to.extend_from_slice(b"\"]");
}

/// Adds the last field of a call or a condition.
fn push_outer(to: &mut Vec<u8>, outer: Option<u32>) {
    if let Some(outer) = outer {
        push_field(to, ",\"outer\":", outer as usize);
    }
    to.push(b'}');
}

/// Returns bytes in hexadecimal.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn documents(printed: &[Printed<'_>]) -> List {
    let ends = |text: &[u8]| memchr::memchr_iter(b'\n', text).count();
    let mut documents = List::default();
    let mut line = 1;
    for of in printed {
        let lines = 2 + ends(of.source) + ends(of.content) + 1;
        let to = documents.next();
        to.extend_from_slice(b"{\"source\":");
        push_text(to, &String::from_utf8_lossy(of.source));
        push_field(to, ",\"line\":", line);
        push_field(to, ",\"lines\":", lines);
        for (name, text) in [(",\"kind\":", of.kind), (",\"name\":", of.name)] {
            if !text.is_empty() {
                to.extend_from_slice(name.as_bytes());
                push_text(to, &String::from_utf8_lossy(text));
            }
        }
        to.push(b'}');
        line += lines;
    }
    documents
}
