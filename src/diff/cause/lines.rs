//! Finds the lines of manifests on which a change stands.

use std::ops::Range;

use bstr::ByteSlice;
use goyaml::{Spans, Spot};

use crate::diff::{Change, Difference, Object, Step};

/// Returns the line of an object's name, in all of the manifests.
pub(super) fn of_name(object: &Object) -> Option<usize> {
    let spans = Spans::read(&object.written).ok()?;
    let name = spans.root()?.member(b"metadata")?.member(b"name")?.value()?;
    Some(object.line + name.line - 1)
}

/// Returns the lines of a change in all of the old manifests, and in the new ones.
pub(super) fn of_change(difference: &Difference, change: &Change) -> (Vec<usize>, Vec<usize>) {
    let place = |object: &Object, is_old: bool| {
        let is_there = if is_old { &change.old } else { &change.new }.is_some();
        if is_there { range(object, &change.path, is_old) } else { Some(0..0) }
    };
    let old = difference.old.as_ref().and_then(|object| Some((object, place(object, true)?)));
    let new = difference.new.as_ref().and_then(|object| Some((object, place(object, false)?)));
    let numbers = |side: &Option<(&Object, Range<usize>)>| match side {
        Some((object, range)) => range.clone().map(|line| object.line + line).collect(),
        None => Vec::new(),
    };
    // Of two texts of many lines those that differ.
    if let (Some((one, before)), Some((other, after))) = (&old, &new)
        && before.len().max(after.len()) > 1
        && !before.is_empty()
        && !after.is_empty()
    {
        let lines = |object: &Object, range: &Range<usize>| -> Vec<Vec<u8>> {
            let lines = object.written.lines().skip(range.start).take(range.len());
            lines.map(|line| line.trim_ascii().to_vec()).collect()
        };
        let (mut a, mut b) = (Vec::new(), Vec::new());
        let (first, second) = (lines(one, before), lines(other, after));
        for op in similar::capture_diff_slices(similar::Algorithm::Myers, &first, &second) {
            if op.tag() != similar::DiffTag::Equal {
                a.extend(op.old_range().map(|line| one.line + before.start + line));
                b.extend(op.new_range().map(|line| other.line + after.start + line));
            }
        }
        if !a.is_empty() || !b.is_empty() {
            return (a, b);
        }
    }
    (numbers(&old), numbers(&new))
}

/// Returns the lines of an object's text, from 0, on which what is at a path stands, with its key.
fn range(object: &Object, path: &[Step], is_old: bool) -> Option<Range<usize>> {
    let spans = Spans::read(&object.written).ok()?;
    let mut at = spans.root()?;
    let mut last: Option<Spot<'_>> = None;
    for step in path {
        let next = match step {
            Step::Key(key) => at.member(key).or_else(|| match &key[..] {
                // A Secret's stringData is compared as its data.
                b"data" => at.member(b"stringData"),
                _ => None,
            }),
            Step::Item { old, new, .. } => {
                if is_old { *old } else { *new }.and_then(|n| at.item(n))
            }
            // The text as a whole.
            Step::Inside(_) => break,
        };
        let Some(next) = next else { break };
        at = next;
        last = Some(next);
    }
    let spot = last?;
    let lines: Vec<&[u8]> = object.written.lines().collect();
    let value = spot.value();
    let first = spot.key().or(value)?;
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
    while end > start + 1 && lines[end - 1].trim_ascii().is_empty() {
        end -= 1;
    }
    Some(start..end)
}
