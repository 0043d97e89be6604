//! Scans scalars: plain, quoted, literal and folded.

use std::borrow::Cow;

use super::error::Scan;
use super::scan::{Scanner, char_len};

/// Line breaks on their way into a scalar: the first one folds into a space, more stay as they are.
#[derive(Default)]
struct Fold {
    first: &'static [u8],
    /// LS and PS, which no fold swallows.
    kept: Vec<u8>,
    more: Vec<u8>,
}

impl Fold {
    fn add(&mut self, line_break: &[u8], is_first: bool) {
        match (is_first, line_break) {
            (true, b"\n") => self.first = b"\n",
            (true, other) => self.kept.extend_from_slice(other),
            (false, other) => self.more.extend_from_slice(other),
        }
    }

    fn flush(&mut self, out: &mut Vec<u8>) {
        if self.first == b"\n" && self.more.is_empty() {
            out.push(b' ');
        }
        out.append(&mut self.kept);
        out.append(&mut self.more);
        self.first = b"";
    }
}

impl<'a> Scanner<'a> {
    pub(super) fn scan_plain(&mut self) -> Scan<Cow<'a, [u8]>> {
        let indent = self.indent + 1;
        let flow = self.flow_level > 0;
        // Earlier lines, folded; the words of the current line are one slice of the text.
        let mut folded: Option<Vec<u8>> = None;
        let (mut start, mut end) = (self.pos, self.pos);
        let mut fold = Fold::default();
        let mut on_new_line = false;
        loop {
            self.need(4)?;
            if self.cur() == b'#' || self.at_document_mark() {
                break;
            }
            let word = self.pos;
            while !self.blank_or_end(self.pos) {
                match self.cur() {
                    b':' if self.blank_or_end(self.pos + 1) => break,
                    b',' | b'?' | b'[' | b']' | b'{' | b'}' if flow => break,
                    c => self.pos += char_len(c),
                }
            }
            if self.pos > word {
                if on_new_line {
                    let out = folded.get_or_insert_default();
                    out.extend_from_slice(&self.src[start..end]);
                    fold.flush(out);
                    start = word;
                    on_new_line = false;
                }
                end = self.pos;
                self.need(2)?;
            }
            if !matches!(self.cur(), b' ' | b'\t') && self.break_at(self.pos) == 0 {
                break;
            }
            loop {
                match self.cur() {
                    b'\t' if on_new_line && (self.column() as isize) < indent => {
                        return self.fail("found a tab character that violates indentation");
                    }
                    b' ' | b'\t' => self.pos += 1,
                    _ if self.break_at(self.pos) > 0 => {
                        self.need(2)?;
                        let line_break = self.read_break();
                        fold.add(line_break, !on_new_line);
                        on_new_line = true;
                    }
                    _ => break,
                }
                self.need(1)?;
            }
            if !flow && (self.column() as isize) < indent {
                break;
            }
        }
        if on_new_line {
            self.simple_key_allowed = true;
        }
        let last = &self.src[start..end];
        Ok(match folded {
            None => Cow::Borrowed(last),
            Some(mut out) => {
                out.extend_from_slice(last);
                Cow::Owned(out)
            }
        })
    }

    pub(super) fn scan_quoted(&mut self) -> Scan<Cow<'a, [u8]>> {
        let quote = self.cur();
        self.pos += 1;
        // Most are a slice of one line.
        let rest = &self.src[self.pos..];
        let escape = if quote == b'"' { b'\\' } else { b'\'' };
        if let Some(len) = memchr::memchr3(quote, escape, b'\n', rest)
            && rest[len] == quote
            && !(quote == b'\'' && rest.get(len + 1) == Some(&b'\''))
            && !rest[..len].iter().any(|b| matches!(b, b'\r' | 0xc2 | 0xe2))
        {
            self.pos += len + 1;
            self.need(1)?;
            return Ok(Cow::Borrowed(&rest[..len]));
        }
        let mut out = Vec::new();
        let mut fold = Fold::default();
        loop {
            self.need(4)?;
            if self.at_document_mark() {
                return self.fail("found unexpected document indicator");
            }
            if self.cur() == 0 {
                return self.fail("found unexpected end of stream");
            }
            let mut on_new_line = false;
            while !self.blank_or_end(self.pos) {
                let c = self.cur();
                if c == b'\'' && quote == b'\'' && self.at(self.pos + 1) == b'\'' {
                    out.push(b'\'');
                    self.pos += 2;
                } else if c == quote {
                    break;
                } else if c == b'\\' && quote == b'"' {
                    if self.break_at(self.pos + 1) > 0 {
                        self.need(3)?;
                        self.pos += 1;
                        self.skip_break();
                        on_new_line = true;
                        break;
                    }
                    self.scan_escape(&mut out)?;
                } else {
                    let len = char_len(c);
                    out.extend_from_slice(&self.src[self.pos..self.pos + len]);
                    self.pos += len;
                }
                self.need(2)?;
            }
            self.need(1)?;
            if self.cur() == quote {
                break;
            }
            let blanks = self.pos;
            let mut blanks_end = blanks;
            loop {
                match self.cur() {
                    b' ' | b'\t' => {
                        self.pos += 1;
                        if !on_new_line {
                            blanks_end = self.pos;
                        }
                    }
                    _ if self.break_at(self.pos) > 0 => {
                        self.need(2)?;
                        let line_break = self.read_break();
                        fold.add(line_break, !on_new_line);
                        if !on_new_line {
                            blanks_end = blanks;
                        }
                        on_new_line = true;
                    }
                    _ => break,
                }
                self.need(1)?;
            }
            if on_new_line {
                fold.flush(&mut out);
            } else {
                out.extend_from_slice(&self.src[blanks..blanks_end]);
            }
        }
        self.pos += 1;
        Ok(Cow::Owned(out))
    }

    /// Returns an escape sequence that is no line break.
    fn scan_escape(&mut self, out: &mut Vec<u8>) -> Scan<()> {
        let digits = match self.at(self.pos + 1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            c => {
                match escaped(c) {
                    Some(text) => out.extend_from_slice(text),
                    None => return self.fail("found unknown escape character"),
                }
                self.pos += 2;
                return Ok(());
            }
        };
        self.pos += 2;
        self.need(digits)?;
        let mut code = 0u32;
        for i in 0..digits {
            match char::from(self.at(self.pos + i)).to_digit(16) {
                Some(d) => code = code << 4 | d,
                None => return self.fail("did not find expected hexdecimal number"),
            }
        }
        let Some(c) = char::from_u32(code) else {
            return self.fail("found invalid Unicode character escape code");
        };
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        self.pos += digits;
        Ok(())
    }

    pub(super) fn scan_block_scalar(&mut self) -> Scan<Vec<u8>> {
        let literal = self.cur() == b'|';
        let start = self.pos;
        self.pos += 1;
        self.need(1)?;
        let (keep, strip, increment) = self.scan_block_header()?;
        self.need(1)?;
        self.skip_blanks();
        self.need(1)?;
        if self.comments.is_some() && self.cur() == b'#' {
            self.keep_line_comment(start);
        } else {
            self.skip_comment()?;
        }
        if self.cur() != 0 && self.break_at(self.pos) == 0 {
            return self.fail("did not find expected comment or line break");
        }
        self.skip_break();

        let mut indent = match increment {
            0 => 0,
            n => self.indent.max(0) as usize + n,
        };
        let mut out = Vec::new();
        let mut first: &[u8] = b"";
        let mut more = Vec::new();
        let mut after_blank = false;
        self.scan_block_breaks(&mut indent, &mut more)?;
        while self.column() == indent && self.cur() != 0 {
            let blank = matches!(self.cur(), b' ' | b'\t');
            if !literal && !after_blank && !blank && first == b"\n" {
                if more.is_empty() {
                    out.push(b' ');
                }
            } else {
                out.extend_from_slice(first);
            }
            out.append(&mut more);
            after_blank = blank;
            let end = self.line_end();
            out.extend_from_slice(&self.src[self.pos..end]);
            self.pos = end;
            self.need(2)?;
            first = self.read_break();
            self.scan_block_breaks(&mut indent, &mut more)?;
        }
        if !strip {
            out.extend_from_slice(first);
        }
        if keep {
            out.append(&mut more);
        }
        Ok(out)
    }

    /// Returns the indicators after `|` or `>`: whether to keep or to strip the last breaks, and
    /// the indentation (0: to be found out).
    fn scan_block_header(&mut self) -> Scan<(bool, bool, usize)> {
        let (mut keep, mut strip, mut increment) = (false, false, 0);
        let mut digits_first = false;
        for turn in 0..2 {
            match self.cur() {
                c @ (b'+' | b'-') if turn == 0 || digits_first => {
                    keep = c == b'+';
                    strip = !keep;
                }
                b'0' if turn == 0 || !digits_first => {
                    return self.fail("found an indentation indicator equal to 0");
                }
                c @ b'1'..=b'9' if turn == 0 || !digits_first => {
                    increment = usize::from(c - b'0');
                    digits_first = turn == 0;
                }
                _ => break,
            }
            self.pos += 1;
            self.need(1)?;
        }
        Ok((keep, strip, increment))
    }

    /// Steps over indentation and empty lines; finds out the indentation where it is 0.
    fn scan_block_breaks(&mut self, indent: &mut usize, breaks: &mut Vec<u8>) -> Scan<()> {
        let mut deepest = 0;
        loop {
            self.need(1)?;
            let mut column = self.column();
            while (*indent == 0 || column < *indent) && self.cur() == b' ' {
                self.pos += 1;
                column += 1;
            }
            self.need(1)?;
            deepest = deepest.max(column);
            if (*indent == 0 || column < *indent) && self.cur() == b'\t' {
                return self.fail("found a tab character where an indentation space is expected");
            }
            if self.break_at(self.pos) == 0 {
                break;
            }
            self.need(2)?;
            breaks.extend_from_slice(self.read_break());
        }
        if *indent == 0 {
            *indent = deepest.max((self.indent + 1).max(1) as usize);
        }
        Ok(())
    }
}

/// Returns what a backslash and this character stand for in double quotes.
fn escaped(c: u8) -> Option<&'static [u8]> {
    Some(match c {
        b'0' => b"\0",
        b'a' => b"\x07",
        b'b' => b"\x08",
        b't' | b'\t' => b"\t",
        b'n' => b"\n",
        b'v' => b"\x0b",
        b'f' => b"\x0c",
        b'r' => b"\r",
        b'e' => b"\x1b",
        b' ' => b" ",
        b'"' => b"\"",
        b'\'' => b"'",
        b'\\' => b"\\",
        b'N' => b"\xc2\x85",
        b'_' => b"\xc2\xa0",
        b'L' => b"\xe2\x80\xa8",
        b'P' => b"\xe2\x80\xa9",
        _ => return None,
    })
}
