//! Says of a text which piece of it came from where.

use std::cell::Cell;
use std::rc::Rc;

use super::Set;

/// Where a part of a text came from: a number of the recorder's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct PieceId(pub(super) u32);

impl PieceId {
    /// Returns the number.
    pub fn number(self) -> u32 {
        self.0
    }
}

/// A part of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// Where it ends, in bytes; it begins where the one before ends.
    pub end: u32,
    /// Where it came from.
    pub piece: PieceId,
    /// How far behind the piece's place in the template it begins, in bytes; 0 for what an action has printed.
    pub offset: u32,
    /// Whether it is the template's own text.
    pub is_text: bool,
}

/// Where something could stand in a text: an empty value, or what a condition left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gap {
    /// Where, in bytes.
    pub at: u32,
    /// What it would have come from.
    pub piece: PieceId,
    /// Whether it would have stood on the line that is there, instead of on lines of its own.
    pub inline: bool,
}

/// The origins of a text.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// Its parts, without gaps between them.
    pub spans: Vec<Span>,
    /// Where something is left out, in order.
    pub gaps: Vec<Gap>,
    /// The conditions that were looked at while it was written.
    pub(super) conditions: Set,
}

impl Origins {
    pub(super) fn len(&self) -> usize {
        self.spans.last().map_or(0, |span| span.end as usize)
    }

    /// Adds what an action has printed, even if it is nothing.
    pub(super) fn push_whole(&mut self, len: usize, piece: PieceId) {
        match len {
            0 => self.gaps.push(Gap { at: self.len() as u32, piece, inline: true }),
            len => self.push(self.len() + len, piece),
        }
    }

    /// Adds what an action has printed.
    pub(super) fn push(&mut self, end: usize, piece: PieceId) {
        self.push_span(Span { end: end as u32, piece, offset: 0, is_text: false });
    }

    /// Adds a part, which begins where the one before ends.
    pub(super) fn push_span(&mut self, span: Span) {
        let start = self.len() as u32;
        if span.end <= start {
            return;
        }
        let before = self.spans.len().checked_sub(2).map_or(0, |n| self.spans[n].end);
        match self.spans.last_mut() {
            Some(last)
                if last.piece == span.piece
                    && last.is_text == span.is_text
                    && (!span.is_text || span.offset == last.offset + (start - before)) =>
            {
                last.end = span.end;
            }
            _ => self.spans.push(span),
        }
    }

    /// Returns what is left out in a range, at its ends too.
    pub(super) fn gaps_within(&self, from: usize, to: usize) -> &[Gap] {
        let first = self.gaps.partition_point(|gap| (gap.at as usize) < from);
        let found = &self.gaps[first..];
        &found[..found.partition_point(|gap| gap.at as usize <= to)]
    }

    /// Calls with each part that overlaps a range, cut to it, and where it begins.
    pub(super) fn slice(&self, from: usize, to: usize, mut f: impl FnMut(usize, Span)) {
        let first = self.spans.partition_point(|span| span.end as usize <= from);
        let mut start = match first {
            0 => 0,
            n => self.spans[n - 1].end as usize,
        };
        for span in &self.spans[first..] {
            if start >= to {
                break;
            }
            let (begin, end) = (start.max(from), to.min(span.end as usize));
            let cut = if span.is_text { (begin - start) as u32 } else { 0 };
            f(begin, Span { end: end as u32, offset: span.offset + cut, ..*span });
            start = span.end as usize;
        }
    }
}

/// The origins of a text that a value holds.
#[derive(Debug, Default)]
pub struct Text {
    pub(super) origins: Origins,
    /// All that the text depends on, once somebody asked.
    pub(super) whole: Cell<Option<Set>>,
}

/// What is known of where a value came from. What a list or a map holds is known apart from it: this is then what
/// chose the list or map.
#[derive(Clone, Debug, Default)]
pub enum Tag {
    /// Nothing but the template itself.
    #[default]
    None,
    /// All of it came from these.
    Set(Set),
    /// What an `and` or `or` has chosen.
    Chosen {
        /// What it came from, and what was looked at before.
        all: Set,
        /// What its truth depends on.
        truth: Set,
    },
    /// A text with parts of its own.
    Text(Rc<Text>),
}

impl From<Set> for Tag {
    fn from(set: Set) -> Tag {
        if set.is_empty() { Tag::None } else { Tag::Set(set) }
    }
}
