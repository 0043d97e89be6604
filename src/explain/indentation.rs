//! Finds the line that is indented otherwise than is meant, in a text that is no YAML.

use std::ops::Range;

use super::excerpt::line_span;
use super::yaml::{MAX_TRIES, opens_block};

/// How far a block is indented in its key.
pub(super) const STEP: usize = 2;

/// A line around the faulty one: how far it or what is in it is indented.
pub(super) struct Level {
    pub(super) indent: usize,
    pub(super) line: usize,
    pub(super) is_dash: bool,
}

/// Returns the levels that are open behind a line, the outermost first.
fn levels(text: &[u8], before: usize) -> Vec<Level> {
    let mut open: Vec<Level> = Vec::new();
    // Within a block scalar: how far its key is indented.
    let mut scalar: Option<usize> = None;
    for (number, raw) in text.split(|b| *b == b'\n').enumerate().take(before.saturating_sub(1)) {
        let words = raw.trim_ascii();
        if words.is_empty() || words.starts_with(b"#") {
            continue;
        }
        if words.starts_with(b"---") {
            open.clear();
            continue;
        }
        let mut indent = raw.iter().take_while(|b| **b == b' ').count();
        if scalar.is_some_and(|key| indent > key) {
            continue;
        }
        scalar = matches!(
            words.rsplit(|b| *b == b' ').next(),
            Some(b"|" | b">" | b"|-" | b">-" | b"|+" | b">+")
        )
        .then_some(indent);
        let mut rest = words;
        loop {
            let is_dash = rest == b"-" || rest.starts_with(b"- ");
            // A list may stand as far out as the key that it belongs to.
            open.retain(|l| l.indent < indent || l.indent == indent && is_dash && !l.is_dash);
            open.push(Level { indent, line: number + 1, is_dash });
            if !is_dash || rest.len() < 2 {
                break;
            }
            let inner = rest[1..].trim_ascii_start();
            // Nothing can stand beside a text.
            let is_map = inner.ends_with(b":") || inner.windows(2).any(|two| two == b": ");
            if !is_map && !inner.starts_with(b"- ") {
                break;
            }
            indent += rest.len() - inner.len();
            rest = inner;
        }
    }
    open
}

/// Tells how a line that does not fit is indented, where those beside it are indented otherwise: its own
/// indentation, and the level that is meant; whether it belongs below the line before.
pub(super) fn misplaced(text: &[u8], line: usize) -> Option<(usize, Level)> {
    let span = line_span(text, line)?;
    let raw = &text[span];
    let indent = raw.iter().take_while(|b| **b == b' ').count();
    let is_dash = raw.trim_ascii().starts_with(b"- ") || raw.trim_ascii() == b"-";
    // A text that is no key belongs nowhere, however it is indented.
    if !is_dash && !raw.contains(&b':') {
        return None;
    }
    let open = levels(text, line);
    let last = open.last()?;
    let opens = opens_block(text, last.line);
    if opens && indent > last.indent
        || open.iter().any(|level| level.indent == indent && level.is_dash == is_dash)
    {
        return None;
    }
    let (last_line, last_indent) = (last.line, last.indent);
    // Below an item that is a text nothing can stand.
    if last.is_dash && !opens && indent > last.indent {
        return None;
    }
    // What is meant is near; of two the inner one.
    let near = open
        .into_iter()
        .filter(|level| level.is_dash == is_dash)
        .min_by_key(|level| (level.indent.abs_diff(indent), std::cmp::Reverse(level.indent)))?;
    // Below a key without a value something has to stand.
    if opens && near.indent == last_indent {
        return Some((indent, Level { indent: last_indent + STEP, line: last_line, is_dash }));
    }
    (near.indent != indent).then_some((indent, near))
}

/// Tells whether of two lines that do not fit together the first one is at fault, which begins its block: it is
/// indented otherwise than blocks are, or more lines behind it are indented as the other.
pub(super) fn is_odd_one(text: &[u8], first: &Level, line: usize, indent: usize) -> bool {
    let Level { indent: first_indent, line: first, is_dash } = *first;
    let indents = |range: Range<usize>| {
        let lines = text.split(|b| *b == b'\n').enumerate().skip(range.start - 1);
        let lines = lines.take(range.len()).filter(|(_, l)| {
            let words = l.trim_ascii();
            !words.is_empty() && !words.starts_with(b"#")
        });
        let indents = lines.map(|(_, l)| l.iter().take_while(|b| **b == b' ').count());
        indents.collect::<Vec<usize>>()
    };
    let Some(outer) = indents(1..first).last().copied() else { return false };
    if is_dash || outer >= first_indent || indent <= outer || levels_of(text, first) != first_indent
    {
        return false;
    }
    let behind = indents(line..line + MAX_TRIES);
    let same = behind.iter().take_while(|n| **n > outer).filter(|n| **n == indent).count();
    match (first_indent == outer + STEP, indent == outer + STEP) {
        (true, false) => false,
        (false, true) => true,
        _ => same > 1,
    }
}

/// Returns how far a line is indented.
pub(super) fn levels_of(text: &[u8], line: usize) -> usize {
    let raw = line_span(text, line).map(|span| &text[span]).unwrap_or_default();
    raw.iter().take_while(|b| **b == b' ').count()
}

/// Says how a line belongs to one that is indented so far: below it if it is an item of that, or wherever it fits for
/// sure.
pub(super) fn beside(wanted: usize, is: usize, is_item: bool, is_sure: bool) -> String {
    match wanted.checked_sub(is) {
        Some(0) if !is_item => format!("it seems to belong beside this, indented by {is}"),
        Some(more) if more == STEP && !is_sure => {
            "it seems to belong to this, and is to be indented further, or beside it".to_owned()
        }
        _ => "it seems to belong to this".to_owned(),
    }
}

/// Says how far to indent a line.
pub(super) fn indent_by(wanted: usize) -> String {
    match wanted {
        0 => "take its indentation away".to_owned(),
        1 => "indent it by one space".to_owned(),
        n => format!("indent it by {n} spaces"),
    }
}
