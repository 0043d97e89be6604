//! Finds the lines of manifests on which a change stands.

use std::cell::OnceCell;
use std::ops::Range;

use bstr::ByteSlice;
use goyaml::{Spans, Spot};

use crate::diff::{Change, Difference, Object, Step, align};

/// The places of an object's fields, which are read once.
pub(super) struct Placed<'o> {
    object: &'o Object,
    spans: OnceCell<Option<Spans>>,
    lines: OnceCell<Vec<&'o [u8]>>,
}

/// The places in both of the objects that differ.
pub(super) struct Both<'o> {
    old: Option<Placed<'o>>,
    new: Option<Placed<'o>>,
}

impl<'o> Both<'o> {
    pub(super) fn of(difference: &'o Difference) -> Both<'o> {
        let placed =
            |object: &'o Object| Placed { object, spans: OnceCell::new(), lines: OnceCell::new() };
        Both { old: difference.old.as_ref().map(placed), new: difference.new.as_ref().map(placed) }
    }

    /// Returns the lines of the objects' names, in all of the old manifests and in the new ones.
    pub(super) fn of_names(&self) -> [Range<usize>; 2] {
        [&self.old, &self.new].map(|side| {
            let line = side.as_ref().and_then(Placed::line_of_name);
            line.map(|line| line..line + 1).unwrap_or_default()
        })
    }

    /// Returns the lines of a change in all of the old manifests, and in the new ones.
    pub(super) fn of_change(&self, change: &Change) -> (Vec<usize>, Vec<usize>) {
        let place = |side: &'_ Option<Placed<'o>>, is_old: bool| {
            let placed = side.as_ref()?;
            let is_there = if is_old { &change.old } else { &change.new }.is_some();
            if is_there { placed.range(&change.path, is_old) } else { Some(0..0) }
        };
        let (before, after) = (place(&self.old, true), place(&self.new, false));
        // Of two texts of many lines those that differ.
        if let (Some(one), Some(other), Some(before), Some(after)) =
            (&self.old, &self.new, &before, &after)
            && before.len().max(after.len()) > 1
            && !before.is_empty()
            && !after.is_empty()
        {
            let (mut a, mut b) = (Vec::new(), Vec::new());
            let (first, second) = (one.trimmed(before), other.trimmed(after));
            for op in align::ops(&first, &second) {
                if op.tag() != similar::DiffTag::Equal {
                    a.extend(op.old_range().map(|line| one.object.line + before.start + line));
                    b.extend(op.new_range().map(|line| other.object.line + after.start + line));
                }
            }
            if !a.is_empty() || !b.is_empty() {
                return (a, b);
            }
        }
        let numbers = |side: &Option<Placed<'_>>, range: Option<Range<usize>>| match side {
            Some(placed) => {
                range.unwrap_or_default().map(|line| placed.object.line + line).collect()
            }
            None => Vec::new(),
        };
        (numbers(&self.old, before), numbers(&self.new, after))
    }
}

impl<'o> Placed<'o> {
    fn spans(&self) -> Option<&Spans> {
        self.spans.get_or_init(|| Spans::read(&self.object.written).ok()).as_ref()
    }

    fn lines(&self) -> &[&'o [u8]] {
        self.lines.get_or_init(|| self.object.written.lines().collect())
    }

    fn trimmed(&self, range: &Range<usize>) -> Vec<&'o [u8]> {
        let lines = self.lines().get(range.clone()).unwrap_or_default();
        lines.iter().map(|line| line.trim_ascii()).collect()
    }

    fn line_of_name(&self) -> Option<usize> {
        let name = self.spans()?.root()?.member(b"metadata")?.member(b"name")?.value()?;
        Some(self.object.line + name.line - 1)
    }

    /// Returns the lines of the object's text, from 0, on which what is at a path stands, with its key.
    fn range(&self, path: &[Step], is_old: bool) -> Option<Range<usize>> {
        let mut at = self.spans()?.root()?;
        let mut last: Option<Spot<'_>> = None;
        for step in path {
            let next = match step {
                Step::Key(key) => at.member(key).or_else(|| match &key[..] {
                    // A Secret's stringData is compared as its data.
                    b"data" => at.member(b"stringData"),
                    _ => None,
                }),
                Step::Item { old, new, .. } => {
                    if is_old { *old } else { *new }.and_then(|number| at.item(number))
                }
                // The text as a whole.
                Step::Inside(_) => break,
            };
            let Some(next) = next else { break };
            at = next;
            last = Some(next);
        }
        let spot = last?;
        let lines = self.lines();
        let first = spot.key().or(spot.value())?;
        let start = first.line - 1;
        // What belongs to it stands further to the right; the items of a list may stand right below its key.
        let column = first.column - 1;
        let is_item = spot.key().is_none();
        let indent = |line: &[u8]| line.iter().take_while(|b| **b == b' ').count();
        let inner = lines.iter().skip(start + 1).take_while(|line| {
            let text = line.trim_ascii();
            let own = indent(line);
            text.is_empty()
                || own > column
                || own == column && (is_item || text.starts_with(b"- ") || text == b"-")
        });
        let mut end = start + 1 + inner.count();
        while end > start + 1 && lines.get(end - 1)?.trim_ascii().is_empty() {
            end -= 1;
        }
        Some(start..end)
    }
}
