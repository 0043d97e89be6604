//! Reads scalars of block context: plain, quoted, and the block scalars behind `|` and `>`.

use super::make::{Make, Texts};
use super::{MAX_KEY, PLAIN_STOP, Plain, Reader, trim_end, trim_start};
use crate::words;

/// How many bytes are looked at one by one.
const NEAR: usize = 12;

impl<'a> Reader<'a> {
    /// Reads plain text on the current line, trailing blanks cut off.
    pub(super) fn plain_text(&mut self) -> Option<Plain<'a>> {
        let start = self.pos;
        let mut pos = start;
        loop {
            // Keys and numbers are over before words would pay.
            let near = &self.text[pos..self.text.len().min(pos + NEAR)];
            pos = match near.iter().position(|&b| PLAIN_STOP[usize::from(b)]) {
                Some(n) => pos + n,
                None => words::find(self.text, pos + near.len(), *b":#\n"),
            };
            match self.at(pos) {
                b':' if self.blank_or_end(pos + 1) => {
                    let key = trim_end(&self.text[start..pos]);
                    (pos - start < MAX_KEY).then_some(())?;
                    self.pos = pos;
                    return Some(Plain::Key(key));
                }
                b'#' if matches!(self.at(pos - 1), b' ' | b'\t') => {
                    self.pos = self.line_end(pos);
                    let text = trim_end(&self.text[start..pos]);
                    return Some(Plain::Text { text, comment: true });
                }
                b'\n' => {
                    self.pos = pos;
                    let text = trim_end(&self.text[start..pos]);
                    return Some(Plain::Text { text, comment: false });
                }
                _ => pos += 1,
            }
        }
    }

    /// Returns a plain scalar whose first line was read. It goes on through the lines that are
    /// deeper than the collection around it, up to a comment.
    pub(super) fn plain_value<M: Make>(
        &mut self,
        parent: isize,
        first: &'a [u8],
        comment: bool,
    ) -> Option<M::Value> {
        let mut comment = comment;
        let mut folded: Option<Vec<u8>> = None;
        // Without a copy to look at: whether there are lines after the first.
        let mut goes_on = false;
        while !comment && self.pos < self.text.len() {
            let mut line = self.pos + 1;
            let mut breaks = 0;
            let mut indent = self.spaces_at(line);
            while line + indent < self.text.len() && self.text[line + indent] == b'\n' {
                line += indent + 1;
                breaks += 1;
                indent = self.spaces_at(line);
            }
            let c = self.at(line + indent);
            if line + indent >= self.text.len() || c == b'#' || indent as isize <= parent {
                break;
            }
            self.pos = line + indent;
            if c == b'\t' || indent == 0 && self.at_document_mark() {
                return None;
            }
            let Plain::Text { text, comment: last } = self.plain_text()? else { return None };
            comment = last;
            goes_on = true;
            if M::TEXTS != Texts::Whole {
                continue;
            }
            let out = folded.get_or_insert_with(|| first.to_vec());
            match breaks {
                0 => out.push(b' '),
                n => out.resize(out.len() + n, b'\n'),
            }
            out.extend_from_slice(text);
        }
        self.pos = (self.pos + 1).min(self.text.len());
        self.next_line()?;
        let value = match folded {
            Some(text) => M::scalar(self, &text),
            // What has a space in it is no number.
            None if goes_on => Some(M::string(M::text(first))),
            None => M::scalar(self, first),
        };
        self.dedented(parent, value?)
    }

    /// Returns a quoted scalar; the reader ends up behind it.
    pub(super) fn quoted<M: Make>(&mut self) -> Option<M::Text> {
        let start = self.pos + 1;
        let quote = self.cur();
        let escape = if quote == b'"' { b'\\' } else { b'\'' };
        let len = memchr::memchr3(quote, escape, b'\n', &self.text[start..])?;
        self.pos = start + len + 1;
        if self.text[start + len] == quote && (quote == b'"' || self.cur() != b'\'') {
            return Some(M::text(&self.text[start..start + len]));
        }
        self.quoted_parts(start, start + len)?;
        Some(M::text(&self.scratch))
    }

    /// Reads the general case: a quoted scalar with escapes and line breaks, into `scratch`. The first is
    /// at `pos`.
    pub(super) fn quoted_parts(&mut self, mut start: usize, mut pos: usize) -> Option<()> {
        let quote = self.text[start - 1];
        let escape = if quote == b'"' { b'\\' } else { b'\'' };
        self.scratch.clear();
        loop {
            let part = &self.text[start..pos];
            match self.at(pos + 1) {
                _ if self.text[pos] == b'\n' => {
                    self.scratch.extend_from_slice(trim_end(part));
                    start = self.fold_quoted(pos, true)?;
                }
                b'\'' if quote == b'\'' => {
                    self.scratch.extend_from_slice(part);
                    self.scratch.push(b'\'');
                    start = pos + 2;
                }
                _ if self.text[pos] == quote => {
                    self.pos = pos + 1;
                    self.scratch.extend_from_slice(part);
                    return Some(());
                }
                c => {
                    self.scratch.extend_from_slice(part);
                    start = pos + 2;
                    match c {
                        b'n' => self.scratch.push(b'\n'),
                        b't' => self.scratch.push(b'\t'),
                        b'"' | b'\\' | b' ' => self.scratch.push(c),
                        b'\n' => start = self.fold_quoted(pos + 1, false)?,
                        _ => return None,
                    }
                }
            }
            pos = start + memchr::memchr3(quote, escape, b'\n', self.text.get(start..)?)?;
        }
    }

    /// Folds the line break at `pos` inside quotes, and the empty lines after it, unless a backslash
    /// stands before it; returns where the text goes on.
    pub(super) fn fold_quoted(&mut self, pos: usize, fold: bool) -> Option<usize> {
        let mut line = pos + 1;
        let mut breaks = 0;
        loop {
            let blanks = trim_start(self.text.get(line..)?);
            match self.text.get(line + blanks)? {
                b'\n' => {
                    breaks += 1;
                    line += blanks + 1;
                }
                // It may be a document mark.
                b'-' | b'.' if blanks == 0 => return None,
                _ => {
                    if fold && breaks == 0 {
                        self.scratch.push(b' ');
                    }
                    self.scratch.resize(self.scratch.len() + breaks, b'\n');
                    return Some(line + blanks);
                }
            }
        }
    }

    /// Returns a literal or folded scalar inside a collection at column `parent`.
    pub(super) fn block_scalar<M: Make>(&mut self, parent: isize) -> Option<M::Value> {
        let literal = self.cur() == b'|';
        self.pos += 1;
        let (mut chomp, mut increment) = (b' ', 0);
        for _ in 0..2 {
            match self.cur() {
                c @ (b'+' | b'-') if chomp == b' ' => chomp = c,
                c @ b'1'..=b'9' if increment == 0 => increment = usize::from(c - b'0'),
                _ => break,
            }
            self.pos += 1;
        }
        self.skip_spaces();
        match self.cur() {
            b'\n' => {}
            b'#' => self.pos = self.line_end(self.pos),
            _ => return None,
        }
        let mut line = self.pos + 1;
        let mut breaks = 0;
        let mut deepest = 0;
        let mut indent = match increment {
            0 => usize::MAX,
            n => parent.max(0) as usize + n,
        };
        let mut found = self.block_breaks(&mut line, indent, &mut breaks, &mut deepest)?;
        if increment == 0 {
            indent = deepest.max((parent + 1).max(1) as usize);
        }
        self.scratch.clear();
        let mut after_break = false;
        let mut after_blank = false;
        while found == indent && line + indent < self.text.len() {
            let start = line + indent;
            let end = self.line_end(start);
            line = end + 1;
            if M::TEXTS != Texts::Whole {
                if M::TEXTS == Texts::Begun && self.scratch.is_empty() {
                    self.scratch.extend_from_slice(&self.text[start..end]);
                }
                found = self.block_breaks(&mut line, indent, &mut breaks, &mut deepest)?;
                continue;
            }
            let blank = matches!(self.text[start], b' ' | b'\t');
            if after_break {
                if literal || after_blank || blank {
                    self.scratch.push(b'\n');
                } else if breaks == 0 {
                    self.scratch.push(b' ');
                }
            }
            self.scratch.resize(self.scratch.len() + breaks, b'\n');
            after_blank = blank;
            self.scratch.extend_from_slice(&self.text[start..end]);
            after_break = end < self.text.len();
            breaks = 0;
            found = self.block_breaks(&mut line, indent, &mut breaks, &mut deepest)?;
        }
        if chomp != b'-' && after_break {
            self.scratch.push(b'\n');
        }
        if chomp == b'+' && M::TEXTS == Texts::Whole {
            self.scratch.resize(self.scratch.len() + breaks, b'\n');
        }
        let value = M::string(M::text(&self.scratch));
        self.pos = line.min(self.text.len());
        self.next_line()?;
        Some(value)
    }

    /// Steps over empty lines; returns how many spaces, up to `indent`, the line after them has.
    pub(super) fn block_breaks(
        &self,
        line: &mut usize,
        indent: usize,
        breaks: &mut usize,
        deepest: &mut usize,
    ) -> Option<usize> {
        loop {
            let spaces = self.spaces_at(*line).min(indent);
            *deepest = (*deepest).max(spaces);
            match self.text.get(*line + spaces) {
                Some(b'\t') if spaces < indent => return None,
                Some(b'\n') => {
                    *line += spaces + 1;
                    *breaks += 1;
                }
                _ => return Some(spaces),
            }
        }
    }
}
