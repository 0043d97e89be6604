//! Outlines what this crate has written, without parsing it: blocks of one style, by their indentation.

use std::borrow::Cow;

use super::outline::{Entry, Outline, Part};
use bstr::ByteSlice;
use gostd::stack;

/// Maps and lists deeper than this are left to the parser.
const DEEP: usize = 400;

/// Outlines a text that [`marshal`](super::marshal) or [`marshal_pretty`](super::marshal_pretty) has made of a map or a
/// list, with or without the newline at its end, as [`outline`](super::outline) does but for empty maps and lists, which
/// count as scalars here. `None` for what is not of their usual style: that is for the parser.
///
/// Ten times faster than the parser.
pub fn outline_written(text: &[u8]) -> Option<Outline> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let mut reader = Reader { lines: text.split(|b| *b == b'\n').collect(), at: 0 };
    let indent = reader.skip_blank()?;
    let whole = reader.node(indent, None, 0)?;
    (reader.at == reader.lines.len() && whole.part != Part::Scalar).then_some(whole)
}

struct Reader<'t> {
    lines: Vec<&'t [u8]>,
    /// The line at hand.
    at: usize,
}

impl<'t> Reader<'t> {
    /// Returns the indentation of a line, if it has any text.
    fn indent(&self, line: usize) -> Option<usize> {
        let line = self.lines.get(line)?;
        line.iter().position(|b| *b != b' ')
    }

    /// Goes to the next line that has any text, and returns its indentation.
    fn skip_blank(&mut self) -> Option<usize> {
        while self.at < self.lines.len() {
            if let Some(indent) = self.indent(self.at) {
                return Some(indent);
            }
            self.at += 1;
        }
        None
    }

    /// Returns what stands on the line at hand from a column on.
    fn rest(&self, column: usize) -> &'t [u8] {
        self.lines.get(self.at).and_then(|line| line.get(column..)).unwrap_or_default()
    }

    /// Returns whether the line at hand begins at a column.
    fn begins_at(&self, column: usize) -> bool {
        self.indent(self.at) == Some(column)
    }

    /// Goes behind a scalar that began on the line at hand in something that stands at a column.
    fn skip_scalar(&mut self, outer: Option<usize>) {
        self.at += 1;
        while self.at < self.lines.len()
            && self.indent(self.at).is_none_or(|own| outer.is_none_or(|outer| own > outer))
        {
            self.at += 1;
        }
    }

    /// Outlines what begins at a column of the line at hand, in something that stands at `outer`; goes behind it.
    fn node(&mut self, column: usize, outer: Option<usize>, depth: usize) -> Option<Outline> {
        if depth >= DEEP {
            return None;
        }
        stack::uncounted(|| {
            let rest = self.rest(column);
            if rest.starts_with(b"- ") {
                return self.list(column, depth);
            }
            match key(rest)? {
                Some(first) => self.map(first, column, depth),
                None => {
                    let line = self.at;
                    self.skip_scalar(outer);
                    Some(Outline { line, part: Part::Scalar })
                }
            }
        })
    }

    fn list(&mut self, column: usize, depth: usize) -> Option<Outline> {
        let line = self.at;
        let mut items = Vec::new();
        loop {
            items.push(self.node(column + 2, Some(column), depth + 1)?);
            if !self.begins_at(column) || !self.rest(column).starts_with(b"- ") {
                return Some(Outline { line, part: Part::List(items) });
            }
        }
    }

    fn map(&mut self, first: Found<'t>, column: usize, depth: usize) -> Option<Outline> {
        let line = self.at;
        let mut entries = Vec::new();
        let mut next = first;
        loop {
            let Found { key: name, is_block } = next;
            let line_of_key = self.at;
            let value = if is_block {
                self.at += 1;
                let inner = self.skip_blank()?;
                let is_list = self.rest(inner).starts_with(b"- ");
                if inner < column || inner == column && !is_list {
                    return None;
                }
                self.node(inner, Some(column), depth + 1)?
            } else {
                self.skip_scalar(Some(column));
                Outline { line: line_of_key, part: Part::Scalar }
            };
            entries.push(Entry { key: name.into_owned(), line: line_of_key, value });
            if !self.begins_at(column) || self.rest(column).starts_with(b"- ") {
                return Some(Outline { line, part: Part::Map(entries) });
            }
            next = key(self.rest(column))??;
        }
    }
}

struct Found<'t> {
    key: Cow<'t, [u8]>,
    /// Whether what it is the key of begins on the next line.
    is_block: bool,
}

/// Returns the key with which a text begins, `Some(None)` for a scalar that is none, and `None` for what is neither for
/// certain.
fn key(text: &[u8]) -> Option<Option<Found<'_>>> {
    let (key, rest) = match text.first()? {
        b'"' | b'\'' => {
            let quote = text[0];
            let Some(end) = end_of_quoted(text) else { return Some(None) };
            let (own, rest) = (&text[1..end], &text[end + 1..]);
            let Some(rest) = rest.strip_prefix(b":") else { return Some(None) };
            match quote {
                b'"' if own.contains(&b'\\') => return None,
                b'"' => (Cow::Borrowed(own), rest),
                _ => (Cow::Owned(own.replace(b"''", b"'")), rest),
            }
        }
        // A key of more than a line, an alias, an anchor; a flow is a scalar here if it is empty.
        b'?' | b'*' | b'&' => return None,
        b'{' | b'[' => return matches!(text, b"{}" | b"[]").then_some(None),
        first => {
            let end = match text.find(b": ") {
                Some(end) => end,
                None if text.ends_with(b":") => text.len() - 1,
                None => return Some(None),
            };
            // A tag, and who knows what behind it.
            if *first == b'!' {
                return None;
            }
            (Cow::Borrowed(&text[..end]), &text[end + 1..])
        }
    };
    match rest {
        [] => Some(Some(Found { key, is_block: true })),
        [b' ', ..] => Some(Some(Found { key, is_block: false })),
        _ => None,
    }
}

/// Returns where the quote is that ends a quoted text, if that is on its first line.
fn end_of_quoted(text: &[u8]) -> Option<usize> {
    let quote = *text.first()?;
    let mut at = 1;
    loop {
        match *text.get(at)? {
            b'\\' if quote == b'"' => at += 2,
            b if b == quote && quote == b'\'' && text.get(at + 1) == Some(&quote) => at += 2,
            b if b == quote => return Some(at),
            _ => at += 1,
        }
    }
}
