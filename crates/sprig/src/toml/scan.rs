//! Scans TOML's characters and scalars, with the words of BurntSushi/toml's lexer for what is wrong.
//!
//! That lexer tells the line it stands in; at the end of the text, the line before. From toml 1.5 on it does so only where
//! the text ends in a newline, and tells the line before for a newline that stands where a key or value should.

use std::borrow::Cow;

use super::Release;
use super::encode::{append_quoted, is_bare};
use super::error::{ParseError, Parsed};
use gostd::strconv::{quote_char, quoted};
use gostd::unicode::is_letter;

/// A scalar as it stands in the text.
pub(super) enum Scalar {
    Text(String),
    Integer(String),
    Float(String),
    Bool(bool),
    Datetime(String),
}

/// Reads a TOML text.
pub(super) struct Scanner<'a> {
    text: &'a str,
    /// The first byte that is no UTF-8, which ends `text`.
    bad: Option<u8>,
    at: usize,
    pub(super) line: usize,
    /// The last read met the end.
    ended: bool,
    pub(super) release: Release,
    /// What `last key` shows: the tables and the key being read.
    pub(super) context: Vec<String>,
    pub(super) key: String,
}

/// Returns a dotted key as error messages show it.
pub(super) fn key_text(key: &[String]) -> String {
    let mut out = Vec::new();
    for (i, part) in key.iter().enumerate() {
        if i > 0 {
            out.push(b'.');
        }
        if is_bare(part.as_bytes()) {
            out.extend_from_slice(part.as_bytes());
        } else {
            append_quoted(&mut out, part.as_bytes());
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Returns a character under `%q`; the end shows as NUL.
pub(super) fn go_quote_char(c: Option<char>) -> String {
    String::from_utf8_lossy(&quote_char(c.unwrap_or('\0'))).into_owned()
}

/// Returns a character in single quotes, or `end of file`.
pub(super) fn char_or_end(c: Option<char>) -> String {
    c.map_or("end of file".to_owned(), |c| format!("'{c}'"))
}

pub(super) fn is_blank(c: Option<char>) -> bool {
    matches!(c, Some(' ' | '\t'))
}

pub(super) fn is_newline(c: Option<char>) -> bool {
    matches!(c, Some('\n' | '\r'))
}

impl<'a> Scanner<'a> {
    /// Starts after a byte order mark.
    pub(super) fn new(data: &'a [u8], release: Release) -> Parsed<Scanner<'a>> {
        let mut data = data;
        for mark in [&b"\xff\xfe"[..], b"\xfe\xff", b"\xef\xbb\xbf"] {
            if let Some(rest) = data.strip_prefix(mark) {
                data = rest;
                break;
            }
        }
        if data.iter().take(6).any(|&b| b == 0) {
            let message = "files cannot contain NULL bytes; probably using UTF-16; TOML files must \
                           be UTF-8";
            let (line, last_key) = (1, String::new());
            return Err(Box::new(ParseError {
                line,
                last_key,
                message: message.into(),
                is_gos: true,
            }));
        }
        let (text, bad) = match std::str::from_utf8(data) {
            Ok(text) => (text, None),
            Err(e) => {
                let (valid, rest) = data.split_at(e.valid_up_to());
                (std::str::from_utf8(valid).unwrap_or(""), rest.first().copied())
            }
        };
        let (context, key) = (Vec::new(), String::new());
        Ok(Scanner { text, bad, at: 0, line: 1, ended: false, release, context, key })
    }

    /// Returns an error at a line.
    pub(super) fn error_at<T>(
        &self,
        line: usize,
        message: impl Into<Cow<'static, str>>,
    ) -> Parsed<T> {
        let mut last = key_text(&self.context);
        if !self.key.is_empty() {
            if !self.context.is_empty() {
                last.push('.');
                last += &self.key;
            } else {
                last.clone_from(&self.key);
            }
        }
        Err(Box::new(ParseError { line, last_key: last, message: message.into(), is_gos: true }))
    }

    /// Returns an error where the scanner stands.
    pub(super) fn error<T>(&self, message: impl Into<Cow<'static, str>>) -> Parsed<T> {
        let before =
            self.ended && (self.release < Release::V1_5 || self.text[..self.at].ends_with('\n'));
        self.error_at(self.line - usize::from(before), message)
    }

    /// Returns an error about a newline just read, which Go puts on the line before.
    pub(super) fn error_before<T>(&self, message: impl Into<Cow<'static, str>>) -> Parsed<T> {
        self.error_at(self.line - 1, message)
    }

    /// Returns an error about a character just read.
    pub(super) fn error_of<T>(
        &self,
        c: Option<char>,
        message: impl Into<Cow<'static, str>>,
    ) -> Parsed<T> {
        match c {
            Some('\n') if self.release >= Release::V1_5 => self.error_before(message),
            _ => self.error(message),
        }
    }

    /// Returns the next character; refuses control characters and what is not UTF-8.
    pub(super) fn peek(&self) -> Parsed<Option<char>> {
        let rest = &self.text[self.at..];
        let Some(c) = rest.chars().next() else {
            return match self.bad {
                Some(b) => self.error_at(self.line, format!("invalid UTF-8 byte: 0x{b:02x}")),
                None => Ok(None),
            };
        };
        let control = match c {
            '\t' | '\n' => false,
            '\r' => !rest.starts_with("\r\n"),
            _ => c.is_ascii_control(),
        };
        if control {
            let n = c as u32;
            let text = format!("TOML files cannot contain control characters: '0x{n:02x}'");
            return self.error_at(self.line, text);
        }
        Ok(Some(c))
    }

    /// Reads a character.
    pub(super) fn next(&mut self) -> Parsed<Option<char>> {
        let c = self.peek()?;
        match c {
            Some(c) => {
                self.line += usize::from(c == '\n');
                self.at += c.len_utf8();
            }
            None => self.ended = true,
        }
        Ok(c)
    }

    /// Reads a character if it is this one.
    pub(super) fn accept(&mut self, wanted: char) -> Parsed<bool> {
        let found = self.peek()? == Some(wanted);
        if found {
            self.next()?;
        }
        Ok(found)
    }

    /// Reads on while characters please.
    fn skip(&mut self, pleases: impl Fn(char) -> bool) -> Parsed<()> {
        while self.peek()?.is_some_and(&pleases) {
            self.next()?;
        }
        Ok(())
    }

    /// Skips spaces and tabs.
    pub(super) fn blanks(&mut self) -> Parsed<()> {
        self.skip(|c| matches!(c, ' ' | '\t'))
    }

    /// Skips a comment up to the end of its line.
    pub(super) fn comment(&mut self) -> Parsed<()> {
        self.skip(|c| !matches!(c, '\n' | '\r'))
    }

    fn since(&self, start: usize) -> String {
        self.text[start..self.at].to_owned()
    }

    /// Returns one part of a dotted key, and the line it ends in.
    pub(super) fn key_part(&mut self) -> Parsed<(String, usize)> {
        Ok(match self.peek()? {
            Some('"') => {
                self.next()?;
                (self.string()?, self.line)
            }
            Some('\'') => {
                self.next()?;
                (self.raw_string()?, self.line)
            }
            _ => {
                let start = self.at;
                self.skip(|c| c.is_ascii() && is_bare(&[c as u8]))?;
                (self.since(start), self.line)
            }
        })
    }

    /// Returns a scalar, the first character of which was read and is given.
    pub(super) fn scalar(&mut self, first: Option<char>) -> Parsed<Scalar> {
        let start = self.at - first.map_or(0, char::len_utf8);
        match first {
            Some('0'..='9') => return self.number_or_date(start, first),
            Some('"') => {
                if self.accept('"')? {
                    if self.accept('"')? {
                        return self.long_string('"').map(Scalar::Text);
                    }
                    return Ok(Scalar::Text(String::new()));
                }
                return self.string().map(Scalar::Text);
            }
            Some('\'') => {
                if self.accept('\'')? {
                    if self.accept('\'')? {
                        return self.long_string('\'').map(Scalar::Text);
                    }
                    return Ok(Scalar::Text(String::new()));
                }
                return self.raw_string().map(Scalar::Text);
            }
            Some('.') => return self.error("floats must start with a digit, not '.'"),
            Some('i' | 'n') => {
                let float = (self.accept('n')? && self.accept('f')?)
                    || (self.accept('a')? && self.accept('n')?);
                if float {
                    return Ok(Scalar::Float(self.since(start)));
                }
            }
            Some('-' | '+') => return self.signed(start),
            _ => {}
        }
        match first {
            Some(c) if is_letter(c) => {
                // Go steps back over one character, whatever was accepted before.
                let back = self.text[..self.at].chars().next_back().map_or(0, char::len_utf8);
                self.at -= back;
                let start = self.at;
                self.skip(is_letter)?;
                match &self.text[start..self.at] {
                    "true" => Ok(Scalar::Bool(true)),
                    "false" => Ok(Scalar::Bool(false)),
                    word => {
                        self.error(format!("expected value but found {} instead", quoted(word)))
                    }
                }
            }
            None => self.error("unexpected EOF; expected value"),
            c => self.error_of(c, format!("expected value but found {} instead", go_quote_char(c))),
        }
    }

    /// Returns a number after its sign.
    fn signed(&mut self, start: usize) -> Parsed<Scalar> {
        let c = self.next()?;
        match c {
            Some('i' | 'n') => {
                let rest = if c == Some('i') { ['n', 'f'] } else { ['a', 'n'] };
                if self.accept(rest[0])? && self.accept(rest[1])? {
                    return Ok(Scalar::Float(self.since(start)));
                }
                return self.error(format!("invalid float: '{}'", self.since(start)));
            }
            Some('0') => {
                if let Some(base @ ('b' | 'o' | 'x')) = self.peek()? {
                    let so_far = self.since(start);
                    return self.error(format!(
                        "cannot use sign with non-decimal numbers: '{so_far}{base}'"
                    ));
                }
            }
            Some('.') => return self.error("floats must start with a digit, not '.'"),
            Some('1'..='9') => {}
            _ => return self.error(format!("expected a digit but got {}", go_quote_char(c))),
        }
        self.decimal(start)
    }

    /// Returns what begins with a digit.
    fn number_or_date(&mut self, start: usize, first: Option<char>) -> Parsed<Scalar> {
        if first == Some('0') {
            let base = self.peek()?;
            let (is_digit, name): (fn(char) -> bool, _) = match base {
                Some('b') => (|c| c.is_digit(2), "a binary"),
                Some('o') => (|c| c.is_digit(8), "an octal"),
                Some('x') if self.release < Release::V1_5 => {
                    (|c| c.is_ascii_hexdigit(), "a hexidecimal")
                }
                Some('x') => (|c| c.is_ascii_hexdigit(), "a hexadecimal"),
                Some('0'..='9') => return self.digits_or_date(start),
                _ => return self.decimal(start),
            };
            self.next()?;
            let c = self.peek()?;
            if !c.is_some_and(is_digit) {
                let shown = c.unwrap_or('\0');
                let so_far = self.since(start);
                return self.error(format!("not {name} number: '{so_far}{shown}'"));
            }
            self.skip(|c| is_digit(c) || c == '_')?;
            return Ok(Scalar::Integer(self.since(start)));
        }
        self.digits_or_date(start)
    }

    fn digits_or_date(&mut self, start: usize) -> Parsed<Scalar> {
        self.skip(|c| c.is_ascii_digit())?;
        if matches!(self.peek()?, Some('-' | ':')) {
            self.skip(|c| {
                c.is_ascii_digit()
                    || matches!(c, '-' | ':' | 'T' | 't' | ' ' | '.' | 'Z' | 'z' | '+')
            })?;
            return Ok(Scalar::Datetime(self.since(start).trim().to_owned()));
        }
        self.decimal(start)
    }

    /// Returns the rest of a decimal number.
    fn decimal(&mut self, start: usize) -> Parsed<Scalar> {
        self.skip(|c| c.is_ascii_digit() || c == '_')?;
        if !matches!(self.peek()?, Some('.' | 'e' | 'E')) {
            return Ok(Scalar::Integer(self.since(start)));
        }
        self.skip(|c| c.is_ascii_digit() || matches!(c, '_' | '.' | '-' | '+' | 'e' | 'E'))?;
        Ok(Scalar::Float(self.since(start)))
    }

    /// Returns what follows `'`.
    fn raw_string(&mut self) -> Parsed<String> {
        let start = self.at;
        loop {
            match self.next()? {
                None => return self.error("unexpected EOF; expected \"'\""),
                Some('\n' | '\r') => return self.newline_in_string(),
                Some('\'') => return Ok(self.text[start..self.at - 1].to_owned()),
                Some(_) => {}
            }
        }
    }

    /// Go names the line before a newline; of `\r\n` it has read the first half only.
    fn newline_in_string<T>(&self) -> Parsed<T> {
        self.error_before("strings cannot contain newlines")
    }

    /// Returns what follows `"`.
    fn string(&mut self) -> Parsed<String> {
        let start = self.at;
        loop {
            match self.next()? {
                None => return self.error("unexpected EOF; expected '\"'"),
                Some('\n' | '\r') => return self.newline_in_string(),
                Some('\\') => self.escape(start)?,
                Some('"') => return self.unescape(&self.text[start..self.at - 1]),
                Some(_) => {}
            }
        }
    }

    /// Passes over an escape, the backslash of which was read, in the string that began at `start`.
    fn escape(&mut self, start: usize) -> Parsed<()> {
        let c = self.next()?;
        let (count, word) = match c {
            Some('b' | 't' | 'n' | 'f' | 'r' | '"' | ' ' | '\t' | '\\') => return Ok(()),
            Some('e') if self.release >= Release::V1_6 => return Ok(()),
            Some('x') if self.release >= Release::V1_6 => (2, "two"),
            Some('u') => (4, "four"),
            Some('U') => (8, "eight"),
            _ => {
                let shown = c.unwrap_or('\0');
                // At the end of the text the library tells the line before in all its releases here.
                let line = self.line - usize::from(self.ended);
                return self.error_at(line, format!("invalid escape in string '\\{shown}'"));
            }
        };
        for _ in 0..count {
            if !self.next()?.is_some_and(|c| c.is_ascii_hexdigit()) {
                let kind = c.unwrap_or('\0');
                let got = quoted(&self.text[start..self.at]);
                return self.error(format!(
                    "expected {word} hexadecimal digits after '\\{kind}', but got {got} instead"
                ));
            }
        }
        Ok(())
    }

    /// Returns a string of several lines after its three quotes; of double quotes it has escapes.
    fn long_string(&mut self, quote: char) -> Parsed<String> {
        let start = self.at;
        let marks = quote.to_string().repeat(3);
        let wrapper = if quote == '"' { '\'' } else { '"' };
        loop {
            match self.next()? {
                None => {
                    let text = format!("unexpected EOF; expected {wrapper}{marks}{wrapper}");
                    return self.error(text);
                }
                Some('\\') if quote == '"' => {
                    if is_newline(self.peek()?) {
                        self.next()?;
                    } else {
                        self.escape(start)?;
                    }
                }
                Some(c) if c == quote => {
                    let mut count = 1;
                    while count < 6 && self.accept(quote)? {
                        count += 1;
                    }
                    if count == 6 {
                        let text = format!("unexpected {wrapper}{marks}{marks}{wrapper}");
                        return self.error(text);
                    }
                    if count < 3 {
                        continue;
                    }
                    // Up to two quotes may precede the closing three.
                    let content = &self.text[start..self.at - 3];
                    let content = content
                        .strip_prefix('\n')
                        .or_else(|| content.strip_prefix("\r\n"))
                        .unwrap_or(content);
                    return if quote == '"' {
                        self.unescape(&strip_escaped_newlines(content))
                    } else {
                        Ok(content.to_owned())
                    };
                }
                Some(_) => {}
            }
        }
    }

    /// Replaces escapes, which have been found well-formed.
    fn unescape(&self, s: &str) -> Parsed<String> {
        if !s.contains('\\') {
            return Ok(s.to_owned());
        }
        let mut out = String::with_capacity(s.len());
        let mut rest = s;
        while let Some(i) = rest.find('\\') {
            out.push_str(&rest[..i]);
            let mut chars = rest[i + 1..].chars();
            let kind = chars.next().unwrap_or(' ');
            rest = chars.as_str();
            out.push(match kind {
                'b' => '\x08',
                't' => '\t',
                'n' => '\n',
                'f' => '\x0c',
                'r' => '\r',
                '"' | '\\' => kind,
                'e' => '\x1b',
                'x' | 'u' | 'U' => {
                    let count = match kind {
                        'x' => 2,
                        'u' => 4,
                        _ => 8,
                    };
                    let (digits, tail) = rest.split_at_checked(count).unwrap_or((rest, ""));
                    rest = tail;
                    let c = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
                    match c {
                        Some(c) => c,
                        None => {
                            return self.error(format!(
                                "Escaped character '\\u{digits}' is not valid UTF-8."
                            ));
                        }
                    }
                }
                other => return self.error(format!("invalid escape: '\\{other}'")),
            });
        }
        out.push_str(rest);
        Ok(out)
    }
}

/// Removes each backslash at a line's end with all white space up to the next text.
fn strip_escaped_newlines(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    let mut rest = s;
    while let Some(i) = rest.find('\\') {
        let (head, tail) = rest.split_at(i);
        out.push_str(head);
        let after = &tail[1..];
        let text = after.trim_start_matches([' ', '\t', '\r', '\n']);
        if after[..after.len() - text.len()].contains('\n') {
            rest = text;
            continue;
        }
        // Some other escape: kept, and an escaped backslash passed over as a whole.
        let width = if after.starts_with('\\') { 2 } else { 1 };
        out.push_str(&tail[..width]);
        rest = &tail[width..];
    }
    out.push_str(rest);
    out
}
