//! Cuts excerpts out of texts.

use std::ops::Range;

use bstr::ByteSlice;

use super::{Frame, Mark};

/// How many lines are shown before the first mark and behind the last.
const AROUND: usize = 2;
/// The longest line that is shown whole, in bytes.
const LONG: usize = 2000;
/// How much of a longer one is shown before and behind what is marked.
const BESIDE: usize = 100;

/// Returns the bytes of a line, from 1, its end excluded.
pub(super) fn line_span(text: &[u8], line: usize) -> Option<Range<usize>> {
    let mut start = 0;
    for (number, one) in text.split_inclusive(|b| *b == b'\n').enumerate() {
        if number + 1 == line {
            let len = one.trim_end_with(|c| matches!(c, '\n' | '\r')).len();
            return Some(start..start + len);
        }
        start += one.len();
    }
    // The end of a text that ends in a newline, or an empty one.
    (line == text.lines().count() + 1).then_some(text.len()..text.len())
}

/// Returns the bytes of a line from its first that is no space to its last.
pub(super) fn words_span(text: &[u8], line: usize) -> Option<Range<usize>> {
    let span = line_span(text, line)?;
    let of = &text[span.clone()];
    let indent = of.len() - of.trim_start().len();
    let end = of.trim_end().len().max(indent);
    Some(span.start + indent..span.start + end)
}

/// Returns at which byte of a line its character at a column, from 1, begins.
pub(super) fn character(line: &[u8], column: usize) -> Option<usize> {
    line.char_indices().map(|(start, _, _)| start).nth(column.saturating_sub(1))
}

/// Returns the line of a byte, from 1.
pub(super) fn line_of(text: &[u8], offset: usize) -> usize {
    1 + text[..offset.min(text.len())].iter().filter(|b| **b == b'\n').count()
}

pub(super) fn frame(path: String, text: &[u8], mut marks: Vec<Mark>) -> Frame {
    for mark in &mut marks {
        mark.span.start = mark.span.start.min(text.len());
        mark.span.end = mark.span.end.clamp(mark.span.start, text.len());
    }
    let first = marks.iter().map(|m| m.span.start).min().unwrap_or(0);
    let last = marks.iter().map(|m| m.span.end).max().unwrap_or(0);
    let mut from = start_of_line(text, first);
    for _ in 0..AROUND {
        from = start_of_line(text, from.saturating_sub(1));
    }
    let mut to = end_of_line(text, last);
    for _ in 0..AROUND {
        to = end_of_line(text, (to + 1).min(text.len()));
    }
    if marks.len() == 1 && to - from > LONG {
        (from, to) = (first.saturating_sub(BESIDE).max(from), (last + BESIDE).min(to));
        if to - from > LONG {
            to = from + LONG;
        }
    }
    let line = line_of(text, from);
    for mark in &mut marks {
        mark.span = mark.span.start.min(to) - from..mark.span.end.min(to) - from;
    }
    Frame { heading: String::new(), path, line, text: readable(&text[from..to]), marks }
}

fn start_of_line(text: &[u8], offset: usize) -> usize {
    text[..offset].rfind_byte(b'\n').map_or(0, |at| at + 1)
}

fn end_of_line(text: &[u8], offset: usize) -> usize {
    text[offset..].find_byte(b'\n').map_or(text.len(), |at| offset + at)
}

/// Returns a text in which each byte stands where it was.
fn readable(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        out.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|_| out.push('?'));
    }
    out
}

/// Returns the bytes of a node in a template's text: Go's position lies in it, and it is printed with single
/// spaces.
pub(super) fn node_span(text: &[u8], offset: usize, node: &[u8]) -> Range<usize> {
    let offset = offset.min(text.len());
    let line_start = start_of_line(text, offset);
    // An action may begin on an earlier line than its position.
    let window = text[..offset].rfind(b"{{").unwrap_or(line_start).min(line_start);
    let mut found: Option<Range<usize>> = None;
    let mut from = window;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(node)) {
        let span = from + at..from + at + node.len();
        if span.start > offset || node.is_empty() {
            break;
        }
        if span.end >= offset {
            found = Some(span.clone());
        }
        from = span.start + 1;
    }
    found.unwrap_or_else(|| {
        let is_part =
            |b: &u8| !b.is_ascii_whitespace() && !matches!(b, b'{' | b'}' | b'(' | b')' | b'|');
        let before = text[..offset].iter().rev().take_while(|b| is_part(b)).count();
        let behind = text[offset..].iter().take_while(|b| is_part(b)).count();
        offset - before..(offset + behind).max((offset + 1).min(text.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_lines_around_their_marks() {
        let text = b"a\nb\nc\nd\xff\ne\nf\ng\n";
        let frame = frame("f".into(), text, vec![Mark::cause(6..8, "here")]);
        assert_eq!((frame.line, &*frame.text), (2, "b\nc\nd?\ne\nf"));
        assert_eq!(&frame.text[frame.marks[0].span.clone()], "d?");
    }

    #[test]
    fn columns_count_characters() {
        let of = |column| character("ü: é\u{1f600}b".as_bytes(), column);
        assert_eq!(
            [1, 2, 4, 5, 6, 7].map(of),
            [0, 2, 4, 6, 10].map(Some).into_iter().chain([None]).collect::<Vec<_>>()[..]
        );
    }

    #[test]
    fn nodes_are_found_around_their_position() {
        let text = b"x: {{ .a.b | f .a.b }}";
        assert_eq!(node_span(text, 8, b".a.b"), 6..10);
        assert_eq!(node_span(text, 17, b".a.b"), 15..19);
        assert_eq!(node_span(text, 13, b"f  .a.b"), 13..14);
    }
}
