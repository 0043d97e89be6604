//! Tells where each line of the output came from: the template and line, the calls that led there, the values that
//! were read for it, and the conditions that let it through.

mod called;
mod find;
mod source_map;

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use bstr::ByteSlice;
use foldhash::fast::RandomState;
use gostd::value::Str;
use gotemplate::Control;
use gotemplate::trace::{Origins, Piece, PieceId, Place, Set, Trace};

use crate::render::{Recording, Rendered};

pub use find::{FieldError, Missing, fields, kind_of, matches};
pub use gotemplate::Entered;
pub use gotemplate::trace::{Key, Read};
pub use source_map::{
    At, Call, Condition as MapCondition, Document, Line as MapLine, Reads, SetBy, SourceMap,
    VERSION as SOURCE_MAP_VERSION, ValueOf, Writer as MapWriter, condition_word, read_word,
};

/// A document that is printed.
#[derive(Clone, Debug)]
pub struct Printed<'d> {
    /// The file's path, as its `# Source:` line shows it.
    pub source: &'d [u8],
    /// The document.
    pub content: &'d [u8],
    /// Where it stands in the rendered file, in bytes; `None` for what no template has written.
    pub range: Option<Range<usize>>,
    /// Its `kind`.
    pub kind: &'d [u8],
    /// Its `metadata.name`.
    pub name: &'d [u8],
}

/// A line of the output that a template has written.
#[derive(Clone, Debug)]
pub struct Line<'d> {
    /// Its number in the output, from 1.
    pub number: usize,
    /// Its text, without its end.
    pub text: &'d [u8],
    /// Which of the printed documents it belongs to.
    pub document: usize,
    /// Which rendered file.
    pub file: usize,
    /// Where it stands in that file, in bytes.
    pub range: Range<usize>,
    /// Where its document ends there.
    pub end: usize,
}

/// A place in a template.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spot {
    /// The template's name, e.g. `app/templates/deployment.yaml`; `gotpl` for a text that `tpl` executes.
    pub template: Str,
    /// From 1.
    pub line: u32,
    /// From 1, in bytes.
    pub column: u32,
}

/// Something that was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Access {
    /// The steps that lead to it, `Values` or the like first.
    pub path: Vec<Key>,
    /// How it was read.
    pub read: Read,
}

/// A condition that let a line through, or left something out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What it is.
    pub why: Entered,
    /// Where it stands.
    pub spot: Spot,
    /// What was read for it.
    pub read: Vec<Access>,
}

/// Where a line came from.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The place that wrote the first character that is no space.
    pub spot: Option<Spot>,
    /// The places of all its parts that are no text of the template at hand: actions, and texts of other templates.
    pub parts: Vec<Spot>,
    /// The calls that led there, the outermost first: where each stands and the template that it calls.
    pub calls: Vec<(Spot, Str)>,
    /// What was read for what stands there.
    pub read: Vec<Access>,
    /// The conditions that let it through, the outermost first.
    pub conditions: Vec<Condition>,
}

/// Where the bytes of a render's files came from.
#[derive(Debug)]
pub struct Provenance {
    files: Vec<Rendered>,
    origins: Vec<Origins>,
    trace: Trace,
    /// Of the templates: where their lines begin.
    starts: RefCell<Vec<Starts>>,
    /// What ran in which call, once somebody asked.
    called: OnceCell<called::Called>,
}

impl Provenance {
    /// Joins rendered files and what was recorded of them.
    pub fn new(files: Vec<Rendered>, recording: Recording) -> Provenance {
        let Recording { trace, files: origins } = recording;
        Provenance { files, origins, trace, starts: RefCell::default(), called: OnceCell::new() }
    }

    /// Returns the text of a rendered file.
    pub(crate) fn file(&self, name: &[u8]) -> Option<&[u8]> {
        self.files.iter().find(|file| *file.name == *name).map(|file| &file.text[..])
    }

    /// Returns the lines of the output that templates have written. The documents are printed each behind two lines
    /// of its own, `---` and `# Source:`.
    pub fn lines<'d>(&self, printed: &[Printed<'d>]) -> Vec<Line<'d>> {
        let mut lines = Vec::new();
        self.each_line(printed, |line| lines.push(line));
        lines
    }

    fn each_line<'d>(&self, printed: &[Printed<'d>], mut see: impl FnMut(Line<'d>)) {
        let by_name: HashMap<&[u8], usize> =
            self.files.iter().enumerate().map(|(i, file)| (&*file.name, i)).collect();
        let mut number = 0;
        for (document, of) in printed.iter().enumerate() {
            number += 2 + memchr::memchr_iter(b'\n', of.source).count();
            let place = of.range.clone().zip(by_name.get(of.source).copied());
            let mut start = 0;
            let ends = memchr::memchr_iter(b'\n', of.content).chain([of.content.len()]);
            for end in ends {
                let text = &of.content[start..end];
                number += 1;
                if let Some((place, file)) = &place {
                    let from = place.start + start;
                    // Space at the end of a document is not printed, but may have an origin.
                    let rest = self.files[*file].text.get(from + text.len()..).unwrap_or_default();
                    let space = rest.iter().take_while(|b| matches!(**b, b' ' | b'\t')).count();
                    let range = from..from + text.len() + space;
                    let end = place.end;
                    see(Line { number, text, document, file: *file, range, end });
                }
                start += text.len() + 1;
            }
        }
    }

    /// Returns the names of the files that have written some lines, by the numbers that [`Provenance::lines`] gives them.
    pub fn sources(printed: &[Printed<'_>], picked: &HashSet<usize>) -> HashSet<Str> {
        let mut number = 0;
        let mut found = HashSet::new();
        for of in printed {
            number += 2 + memchr::memchr_iter(b'\n', of.source).count();
            let first = number + 1;
            number += memchr::memchr_iter(b'\n', of.content).count() + 1;
            if of.range.is_some() && (first..=number).any(|line| picked.contains(&line)) {
                found.insert(Str::from(of.source));
            }
        }
        found
    }

    /// Returns the parts of a line, and what is missing on it: each once, in order.
    fn pieces(&self, line: &Line<'_>) -> Vec<PieceId> {
        let mut pieces = Vec::new();
        self.add_pieces(line, &mut Near::default(), &mut pieces);
        pieces
    }

    /// Adds the pieces of a line to a list that is empty.
    fn add_pieces(&self, line: &Line<'_>, near: &mut Near, pieces: &mut Vec<PieceId>) {
        /// Up to how many pieces each is looked for among the others.
        const FEW: usize = 16;
        let Some(origins) = self.origins.get(line.file) else { return };
        let Range { start, end } = line.range;
        // A blank line is what the end of the line before made, and its own.
        let is_blank = line.text.trim_ascii().is_empty();
        let (start, end) = match is_blank {
            true => (start.saturating_sub(1), end + 1),
            false => (start, end),
        };
        near.span = boundary(&origins.spans, near.span, |span| span.end as usize <= start);
        let first = near.span;
        let mut from = first.checked_sub(1).map_or(0, |n| origins.spans[n].end as usize);
        for span in &origins.spans[first..] {
            if from >= end {
                break;
            }
            pieces.push(span.piece);
            from = span.end as usize;
        }
        if is_blank {
            pieces.extend(self.follows(line));
        }
        near.gap = boundary(&origins.gaps, near.gap, |gap| (gap.at as usize) < start);
        let gaps = origins.gaps[near.gap..].iter().take_while(|gap| gap.at as usize <= end);
        pieces.extend(gaps.filter(|gap| gap.inline).map(|gap| gap.piece));
        match pieces.len() {
            0 | 1 => {}
            2..FEW => {
                let mut kept = 1;
                for at in 1..pieces.len() {
                    if !pieces[..kept].contains(&pieces[at]) {
                        pieces[kept] = pieces[at];
                        kept += 1;
                    }
                }
                pieces.truncate(kept);
            }
            len => {
                let mut seen = HashSet::with_capacity_and_hasher(len, RandomState::default());
                pieces.retain(|piece| seen.insert(piece.number()));
            }
        }
    }

    /// Returns the part that has written all that follows a line in its document, if there is one: a blank line at the
    /// end of a document is not printed.
    fn follows(&self, line: &Line<'_>) -> Option<PieceId> {
        let origins = self.origins.get(line.file)?;
        let text = &self.files.get(line.file)?.text;
        let first = origins.spans.partition_point(|span| span.end as usize <= line.range.end);
        let mut from = line.range.end;
        let mut found = None;
        for span in &origins.spans[first..] {
            if from >= line.end {
                break;
            }
            let end = (span.end as usize).min(line.end);
            let is_space = text.get(from..end).is_none_or(|part| part.trim_ascii().is_empty());
            from = end;
            if !is_space && found.replace(span.piece).is_some_and(|before| before != span.piece) {
                return None;
            }
        }
        found
    }

    /// Returns the part that wrote the first character of a line that is no space, and the place of that.
    fn main_piece(&self, line: &Line<'_>, near: &Near) -> Option<(Piece, Place)> {
        let origins = self.origins.get(line.file)?;
        let at = line.range.start + first_character(line.text);
        let span = boundary(&origins.spans, near.span, |span| span.end as usize <= at);
        let start = span.checked_sub(1).map_or(0, |n| origins.spans[n].end as usize);
        let span = origins.spans.get(span)?;
        let piece = self.trace.piece(span.piece);
        let behind = if span.is_text { span.offset + (at - start) as u32 } else { 0 };
        Some((piece, Place { pos: piece.place.pos + behind, ..piece.place }))
    }

    /// Returns where a line came from.
    pub fn facts(&self, line: &Line<'_>) -> Facts {
        let main = self.main_piece(line, &Near::default());
        let mut conditions: Vec<Control> = Vec::new();
        let (mut read, mut parts) = (Vec::new(), Vec::new());
        for id in self.pieces(line) {
            let piece = self.trace.piece(id);
            self.add(piece.data, &mut read);
            if !piece.data.is_empty() {
                let calls = self.trace.calls(piece.frame).map(|call| call.place);
                for part in calls.chain([piece.place]).map(|place| self.spot(place)) {
                    if !parts.contains(&part) {
                        parts.push(part);
                    }
                }
            }
            if !conditions.contains(&piece.control) {
                conditions.push(piece.control);
            }
        }
        let mut all = Vec::new();
        for control in conditions {
            for condition in self.chain(control) {
                if !all.contains(&condition) {
                    all.push(condition);
                }
            }
        }
        let mut calls: Vec<(Spot, Str)> = main.map_or(Vec::new(), |(piece, _)| {
            let calls = self.trace.calls(piece.frame);
            calls.map(|call| (self.spot(call.place), call.name.clone())).collect()
        });
        calls.reverse();
        let spot = main.map(|(_, place)| self.spot(place));
        Facts { spot, parts, calls, read, conditions: all }
    }

    fn add(&self, set: Set, to: &mut Vec<Access>) {
        for access in self.accesses(set) {
            if !to.contains(&access) {
                to.push(access);
            }
        }
    }

    fn accesses(&self, set: Set) -> Vec<Access> {
        let reads = self.trace.reads(set);
        reads
            .map(|(node, read)| Access {
                path: self.trace.path(node).into_iter().cloned().collect(),
                read,
            })
            .collect()
    }

    /// Returns all that was read, each place and each way once.
    pub fn all_reads(&self) -> Vec<Access> {
        let all = self.trace.all_reads();
        let access = |(node, read)| Access {
            path: self.trace.path(node).into_iter().cloned().collect(),
            read,
        };
        all.into_iter().map(access).collect()
    }

    /// Returns the actions, conditions and calls that ran: the names of their templates and where they stand there.
    pub(crate) fn ran(&self) -> impl Iterator<Item = (&Str, u32)> {
        self.trace.ran()
    }

    /// Returns where a path of the data was read: the places in templates, in no order.
    pub fn readers(&self, path: &[Key]) -> Vec<Spot> {
        let is_it = |set: Set| {
            self.trace.reads(set).any(|(node, read)| {
                let own = self.trace.path(node);
                let is_within =
                    own.len() <= path.len() && own.iter().zip(path).all(|(a, b)| *a == b);
                is_within && (own.len() == path.len() || read == Read::Whole)
            })
        };
        let mut found: Vec<Spot> = Vec::new();
        for place in self.trace.places_reading(is_it) {
            let spot = self.spot(place);
            if !found.contains(&spot) {
                found.push(spot);
            }
        }
        found.sort_by(|a, b| (&a.template, a.line, a.column).cmp(&(&b.template, b.line, b.column)));
        found
    }

    /// Returns what left out a resource of a kind, as far as can be told: the conditions around what did not run and has
    /// that `kind` in its text, each with those around it, the outermost first. Of a kind that no such text names, the
    /// conditions of the files that have come out empty and have the kind in their names or elsewhere in their texts.
    pub fn missing(&self, kind: &[u8]) -> Vec<Missing> {
        let line = [b"kind: ", kind].concat();
        let names_it =
            |text: &[u8]| text.lines().any(|l| l.trim_ascii().eq_ignore_ascii_case(&line));
        let mut named = Vec::new();
        let mut empty = Vec::new();
        for (file, origins) in self.files.iter().zip(&self.origins) {
            let is_empty = file.text.trim_ascii().is_empty();
            for gap in &origins.gaps {
                let piece = self.trace.piece(gap.piece);
                let Some(last) = self.trace.conditions(piece.control).next() else { continue };
                let found =
                    Missing { file: file.name.clone(), conditions: self.chain(piece.control) };
                if self.trace.skipped(last.place).into_iter().any(names_it) {
                    named.push(found);
                } else if is_empty
                    && last.why == Entered::Skipped
                    && self.may_make(&file.name, kind)
                {
                    empty.push(found);
                }
            }
        }
        let mut found = if named.is_empty() { empty } else { named };
        found.dedup();
        found
    }

    /// Returns what left a key out of a document: the conditions around what did not run there and has the key in its
    /// text.
    pub fn missing_field(&self, printed: &Printed<'_>, key: &[u8]) -> Vec<Missing> {
        let line = [key, b":"].concat();
        let names_it = |text: &[u8]| {
            let words = |line: &[u8]| line.trim_ascii().to_vec();
            text.lines().map(words).any(|l| l.strip_prefix(b"- ").unwrap_or(&l).starts_with(&line))
        };
        let Some(range) = &printed.range else { return Vec::new() };
        let file = self.files.iter().position(|file| *file.name == *printed.source);
        let Some(origins) = file.and_then(|file| self.origins.get(file)) else { return Vec::new() };
        let gaps =
            origins.gaps.iter().filter(|g| (range.start..=range.end).contains(&(g.at as usize)));
        let mut found = Vec::new();
        for gap in gaps {
            let control = self.trace.piece(gap.piece).control;
            let Some(last) = self.trace.conditions(control).next() else { continue };
            if self.trace.skipped(last.place).into_iter().any(names_it) {
                let file = Str::from(printed.source);
                found.push(Missing { file, conditions: self.chain(control) });
            }
        }
        found.dedup();
        found
    }

    /// Tells whether a template has a kind in its name or its text.
    fn may_make(&self, template: &Str, kind: &[u8]) -> bool {
        let kind = kind.to_ascii_lowercase();
        let text = self.trace.source_named(template).unwrap_or_default();
        [template, text].into_iter().any(|text| text.to_ascii_lowercase().contains_str(&kind))
    }

    /// Returns conditions, the outermost first.
    fn chain(&self, control: Control) -> Vec<Condition> {
        let mut chain: Vec<Condition> = self
            .trace
            .conditions(control)
            .map(|c| Condition {
                why: c.why,
                spot: self.spot(c.place),
                read: self.accesses(c.read),
            })
            .collect();
        chain.reverse();
        chain
    }

    /// Returns a line of a template's text, by its name as a [`Spot`] has it.
    pub fn template_line(&self, spot: &Spot) -> Option<&[u8]> {
        let text = self.trace.source_named(&spot.template)?;
        text.lines().nth(spot.line as usize - 1)
    }

    /// Returns a place as a line and column of a template.
    fn spot(&self, place: Place) -> Spot {
        let (line, column) = self.line_and_column(place);
        Spot { template: self.trace.source(place).0.clone(), line, column }
    }

    fn line_and_column(&self, place: Place) -> (u32, u32) {
        let number = self.trace.source_number(place);
        let mut known = self.starts.borrow_mut();
        if known.len() <= number {
            known.resize_with(number + 1, Starts::default);
        }
        let Starts { of_lines, last } = &mut known[number];
        if of_lines.is_empty() {
            let text = self.trace.source(place).1;
            of_lines.push(0);
            of_lines.extend(memchr::memchr_iter(b'\n', text).map(|at| at as u32 + 1));
        }
        *last = boundary(of_lines, *last, |start| *start <= place.pos);
        let column = place.pos - of_lines.get(*last - 1).copied().unwrap_or(0) + 1;
        (*last as u32, column)
    }
}

/// Returns a column of a place in a text, from 1, that counts bytes as one that counts characters.
fn in_characters(text: &[u8], place: u32, column: u32) -> u32 {
    let before =
        (place + 1).checked_sub(column).and_then(|start| text.get(start as usize..place as usize));
    before.map_or(column, |before| before.chars().count() as u32 + 1)
}

/// Where the lines of a text begin.
#[derive(Clone, Debug, Default)]
struct Starts {
    of_lines: Vec<u32>,
    /// The line that was asked for last.
    last: usize,
}

/// Where the parts of a line were found, for the next line to be looked for from there on.
#[derive(Debug, Default)]
struct Near {
    span: usize,
    gap: usize,
}

/// Returns how many of some elements are before a boundary, as [`slice::partition_point`] does. It is fast where it is
/// little more than a guess.
fn boundary<T>(of: &[T], guess: usize, is_before: impl Fn(&T) -> bool) -> usize {
    /// How far to look.
    const FAR: usize = 8;
    let is_low = guess <= of.len() && guess.checked_sub(1).is_none_or(|at| is_before(&of[at]));
    if is_low {
        let end = of.len().min(guess + FAR);
        let found = of[guess..end].iter().position(|element| !is_before(element));
        match found {
            Some(more) => return guess + more,
            None if end == of.len() => return end,
            None => {}
        }
    }
    of.partition_point(is_before)
}

/// Returns where the first character of a line stands that is no space; 0 where there is none.
fn first_character(line: &[u8]) -> usize {
    let at = line.iter().position(|b| !matches!(b, b' ' | b'\t')).unwrap_or(line.len());
    match line.get(at) {
        Some(b'!'..=b'~') => at,
        _ => match line.trim_start().len() {
            0 => 0,
            len => line.len() - len,
        },
    }
}

/// Writes a path as people do: `image.tag`, `env[0].name`, `annotations["a.b/c"]`.
pub fn path_text(path: &[Key]) -> String {
    let mut text = Vec::new();
    path.iter().for_each(|key| push_key(&mut text, key));
    String::from_utf8_lossy(&text).into_owned()
}

/// Adds a step to the text of a path.
fn push_key(path: &mut Vec<u8>, key: &Key) {
    match key {
        Key::Index(index) => path.extend_from_slice(format!("[{index}]").as_bytes()),
        Key::Name(name) => {
            let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
            if !name.is_empty() && name.iter().all(plain) {
                if !path.is_empty() {
                    path.push(b'.');
                }
                path.extend_from_slice(name);
            } else {
                path.push(b'[');
                path.extend_from_slice(&gostd::strconv::quote(name));
                path.push(b']');
            }
        }
    }
}
