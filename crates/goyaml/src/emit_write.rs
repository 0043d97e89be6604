//! Writes YAML's block style the way go-yaml's emitter does: where lines break, how deep they are
//! indented, and each style of scalar.

use bstr::ByteSlice;

use super::dialect::Dialect;
use super::emit_error::EmitError;
use super::emit_scalar::{Shape, analyze, break_len, is_printable, stays_string};

/// How long a document may grow of whose length nothing is said, in bytes: small maps that hold each other in several
/// places can stand for texts that no memory holds.
pub const USUAL: usize = 1 << 27;
/// Scalars of version 2 may break at a space beyond this column.
const WIDTH: usize = 80;
/// The longest key in bytes that is written without `? `.
const SIMPLE_KEY: usize = 128;
pub(super) const BOM: &[u8] = "\u{feff}".as_bytes();

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// A growing YAML document.
pub(super) struct Emitter<'o> {
    out: &'o mut Vec<u8>,
    dialect: Dialect,
    /// Where the current line begins in `out`
    line: usize,
    /// Whether the last thing written separates as a space does
    whitespace: bool,
    /// Whether the line holds nothing but indentation and `-`, `?`, `:` indicators
    indention: bool,
    /// How long `out` may grow
    most: usize,
}

impl<'o> Emitter<'o> {
    /// Starts a document of so many bytes at most at the end of a buffer.
    pub(super) fn new(out: &'o mut Vec<u8>, dialect: Dialect, most: usize) -> Emitter<'o> {
        let line = out.len();
        let most = line.saturating_add(most);
        Emitter { out, dialect, line, whitespace: true, indention: true, most }
    }

    /// Ends the document.
    pub(super) fn finish(&mut self) {
        self.indent(0);
    }

    /// Tells whether the document is too long to go on.
    #[inline]
    pub(super) fn check_length(&self) -> Result<(), EmitError> {
        if self.out.len() > self.most { Err(EmitError::TooLong) } else { Ok(()) }
    }

    /// Returns whether the line holds nothing but indentation and indicators so far.
    pub(super) fn at_indention(&self) -> bool {
        self.indention
    }

    /// Moves to the given column, on a new line unless the current one is still free there.
    fn indent(&mut self, indent: usize) {
        // While `indention` holds, the line is ASCII: bytes are columns.
        let column = self.out.len() - self.line;
        if !self.indention || column > indent || column == indent && !self.whitespace {
            self.newline();
        }
        let end = self.line + indent;
        if self.out.len() < end {
            self.out.resize(end, b' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    fn newline(&mut self) {
        self.out.push(b'\n');
        self.line = self.out.len();
        self.indention = true;
    }

    /// Returns whether the line has grown past the width at which version 2 breaks it.
    fn is_wide(&self) -> bool {
        let line = &self.out[self.line..];
        line.len() > WIDTH && line.iter().filter(|&&b| b & 0xc0 != 0x80).count() > WIDTH
    }

    fn separate(&mut self) {
        if !self.whitespace {
            self.out.push(b' ');
        }
    }

    fn text_written(&mut self) {
        self.whitespace = false;
        self.indention = false;
    }

    /// Writes `-`, `?` or the `:` of a complex key.
    fn indicator(&mut self, indicator: u8) {
        self.separate();
        self.out.push(indicator);
        self.whitespace = false;
    }

    /// Starts an item of a sequence with this indentation.
    pub(super) fn item(&mut self, indent: usize) {
        self.indent(indent);
        self.indicator(b'-');
    }

    /// Writes `[]` or `{}`.
    pub(super) fn empty(&mut self, brackets: &[u8]) {
        self.plain(brackets);
    }

    /// Writes a scalar that needs neither quotes nor folding.
    pub(super) fn plain(&mut self, text: &[u8]) {
        self.separate();
        self.out.extend_from_slice(text);
        self.text_written();
    }

    /// Writes a scalar that needs neither quotes nor folding.
    pub(super) fn plain_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.separate();
        write(self.out);
        self.text_written();
    }

    /// Writes a string that is a root, an item or a value, in a collection of the given
    /// indentation. The text is valid UTF-8.
    pub(super) fn string(&mut self, s: &[u8], parent: Option<usize>) {
        let shape = analyze(s, self.dialect);
        let style = self.style(s, shape);
        self.scalar(s, style, parent.map_or(2, |n| n + 2), true);
    }

    /// Writes `!!binary` and text in base 64, which has line breaks if it is long.
    pub(super) fn binary(&mut self, base64: &[u8], parent: Option<usize>) {
        self.plain(b"!!binary");
        let style = if base64.contains(&b'\n') { Style::Literal } else { Style::Plain };
        self.scalar(base64, style, parent.map_or(2, |n| n + 2), true);
    }

    /// Writes a mapping's key and the colon. The text is valid UTF-8.
    pub(super) fn key(&mut self, s: &[u8], indent: usize) {
        self.indent(indent);
        let shape = analyze(s, self.dialect);
        let simple = !shape.multiline && s.len() <= SIMPLE_KEY;
        if !simple {
            self.indicator(b'?');
        }
        let style = self.style(s, shape);
        self.scalar(s, style, indent + 2, !simple);
        self.colon(indent, simple);
    }

    /// Writes a key that needs no quotes.
    pub(super) fn plain_key_with(&mut self, write: impl FnOnce(&mut Vec<u8>), indent: usize) {
        self.indent(indent);
        self.plain_with(write);
        self.colon(indent, true);
    }

    /// Writes a key that is not UTF-8, as base 64.
    pub(super) fn binary_key(&mut self, base64: &[u8], indent: usize) {
        const TAG: &[u8] = b"!!binary";
        self.indent(indent);
        let long = base64.contains(&b'\n');
        let simple = !long && base64.len() + TAG.len() <= SIMPLE_KEY;
        if !simple {
            self.indicator(b'?');
        }
        self.plain(TAG);
        let style = if long { Style::Literal } else { Style::Plain };
        self.scalar(base64, style, indent + 2, !simple);
        self.colon(indent, simple);
    }

    fn colon(&mut self, indent: usize, simple: bool) {
        if simple {
            self.out.push(b':');
            self.text_written();
        } else {
            self.indent(indent);
            self.indicator(b':');
        }
    }

    /// Reproduces go-yaml's choice of style for a string.
    fn style(&self, s: &[u8], shape: Shape) -> Style {
        if shape.multiline && s.contains(&b'\n') {
            if shape.literal { Style::Literal } else { Style::Double }
        } else if !stays_string(s, self.dialect) {
            Style::Double
        } else if shape.plain {
            Style::Plain
        } else if shape.single {
            Style::Single
        } else {
            Style::Double
        }
    }

    fn scalar(&mut self, s: &[u8], style: Style, indent: usize, may_break: bool) {
        let fold = may_break && self.dialect == Dialect::V2;
        match style {
            Style::Plain => self.plain_scalar(s, indent, fold),
            Style::Single => self.single_quoted(s, indent, fold),
            Style::Double => self.double_quoted(s, indent, fold),
            Style::Literal => self.literal(s, indent),
        }
    }

    fn plain_scalar(&mut self, s: &[u8], indent: usize, fold: bool) {
        self.separate();
        if !fold || self.out.len() - self.line + s.len() <= WIDTH {
            self.out.extend_from_slice(s);
        } else {
            // Plain scalars neither begin nor end with a space.
            let mut rest = s;
            while let Some(at) = rest.find_byte(b' ') {
                self.out.extend_from_slice(&rest[..at]);
                let spaces = rest[at..].iter().take_while(|&&b| b == b' ').count();
                if spaces == 1 && self.is_wide() {
                    self.indention = false;
                    self.indent(indent);
                } else {
                    self.out.resize(self.out.len() + spaces, b' ');
                }
                rest = &rest[at + spaces..];
            }
            self.out.extend_from_slice(rest);
        }
        self.text_written();
    }

    fn single_quoted(&mut self, s: &[u8], indent: usize, fold: bool) {
        self.separate();
        self.out.push(b'\'');
        self.text_written();
        let mut spaces = false;
        let mut broke = false;
        let mut i = 0;
        while let Some(&b) = s.get(i) {
            if b == b' ' {
                let inside = i > 0 && i + 1 < s.len() && s[i + 1] != b' ';
                if fold && !spaces && inside && self.is_wide() {
                    self.indent(indent);
                } else {
                    self.out.push(b' ');
                }
                spaces = true;
                i += 1;
                continue;
            }
            // Texts with a line feed are never single-quoted: what breaks here is U+2028 or U+2029.
            let width = break_len(&s[i..]);
            if width > 0 {
                self.raw_break(&s[i..i + width]);
                broke = true;
                i += width;
                continue;
            }
            if broke {
                self.indent(indent);
                broke = false;
            }
            if b == b'\'' {
                self.out.push(b'\'');
                i += 1;
                self.out.push(b);
            } else {
                let end = i + 1 + s[i + 1..].find_byteset(b" '\xe2").unwrap_or(s.len() - i - 1);
                self.out.extend_from_slice(&s[i..end]);
                i = end;
            }
            self.indention = false;
            spaces = false;
        }
        self.out.push(b'\'');
        self.text_written();
    }

    /// Copies a line break of the text that is not a line feed: go-yaml counts columns from there.
    fn raw_break(&mut self, bytes: &[u8]) {
        if bytes == b"\n" {
            self.newline();
        } else {
            self.out.extend_from_slice(bytes);
            self.line = self.out.len();
            self.indention = true;
        }
    }

    fn double_quoted(&mut self, s: &[u8], indent: usize, fold: bool) {
        self.separate();
        self.out.push(b'"');
        self.text_written();
        // go-yaml looks for a byte order mark at the beginning of the text wherever it stands.
        let escape_all = s.starts_with(BOM);
        let mut spaces = false;
        let mut i = 0;
        while let Some(&b) = s.get(i) {
            if escape_all
                || matches!(b, b'"' | b'\\')
                || !is_printable(&s[i..])
                || break_len(&s[i..]) > 0
            {
                i += escape(self.out, &s[i..]);
                spaces = false;
            } else if b == b' ' {
                if fold && !spaces && i > 0 && i + 1 < s.len() && self.is_wide() {
                    self.indent(indent);
                    if s[i + 1] == b' ' {
                        self.out.push(b'\\');
                    }
                    self.indention = false;
                } else {
                    self.out.push(b' ');
                }
                spaces = true;
                i += 1;
            } else {
                let run = s[i..].iter().take_while(|b| is_quotable(**b)).count().max(char_len(b));
                let end = (i + run).min(s.len());
                self.out.extend_from_slice(&s[i..end]);
                i = end;
                spaces = false;
            }
        }
        self.out.push(b'"');
        self.text_written();
    }

    fn literal(&mut self, s: &[u8], indent: usize) {
        self.separate();
        self.out.push(b'|');
        if s.first() == Some(&b' ') || break_len(s) > 0 {
            self.out.push(b'2');
        }
        match trailing_breaks(s) {
            0 => self.out.push(b'-'),
            1 => {}
            _ => self.out.push(b'+'),
        }
        self.newline();
        self.whitespace = true;
        let mut rest = s;
        while !rest.is_empty() {
            let text = find_break(rest);
            if text > 0 {
                self.indent(indent);
                self.out.extend_from_slice(&rest[..text]);
                self.indention = false;
                rest = &rest[text..];
            }
            let width = break_len(rest);
            if width > 0 {
                self.raw_break(&rest[..width]);
                rest = &rest[width..];
            }
        }
    }
}

/// Escapes the first character of a text and returns its length in bytes.
pub(super) fn escape(out: &mut Vec<u8>, s: &[u8]) -> usize {
    let (Some(c), width) = bstr::decode_utf8(s) else {
        // Not reached: the text is valid UTF-8 and not empty.
        return s.len().max(1);
    };
    out.push(b'\\');
    let letter = match c {
        '\0' => b'0',
        '\x07' => b'a',
        '\x08' => b'b',
        '\t' => b't',
        '\n' => b'n',
        '\x0b' => b'v',
        '\x0c' => b'f',
        '\r' => b'r',
        '\x1b' => b'e',
        '"' => b'"',
        '\\' => b'\\',
        '\u{85}' => b'N',
        '\u{a0}' => b'_',
        '\u{2028}' => b'L',
        '\u{2029}' => b'P',
        _ => 0,
    };
    if letter != 0 {
        out.push(letter);
        return width;
    }
    let code = u32::from(c);
    let (prefix, digits) = match code {
        0..=0xff => (b'x', 2),
        0x100..=0xffff => (b'u', 4),
        _ => (b'U', 8),
    };
    out.push(prefix);
    for k in (0..digits).rev() {
        out.push(b"0123456789ABCDEF"[(code >> (4 * k) & 0xf) as usize]);
    }
    width
}

/// Bytes that double quotes take as they are, and that need no look at what is around them.
fn is_quotable(b: u8) -> bool {
    matches!(b, b'!' | b'#'..=b'[' | b']'..=b'~')
}

fn char_len(first: u8) -> usize {
    match first {
        0..=0xbf => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    }
}

/// Returns where the first line break of a text without carriage returns and U+0085 is.
fn find_break(s: &[u8]) -> usize {
    let mut from = 0;
    while let Some(at) = s[from..].find_byteset(b"\n\xe2") {
        if break_len(&s[from + at..]) > 0 {
            return from + at;
        }
        from += at + 1;
    }
    s.len()
}

/// Returns whether a text ends in no line break (0), in one (1), or in more, or is nothing but one
/// (2).
pub(super) fn trailing_breaks(s: &[u8]) -> usize {
    let strip = |s: &[u8]| {
        let at = s.iter().rposition(|b| b & 0xc0 != 0x80).unwrap_or(0);
        (break_len(&s[at..]) > 0).then_some(at)
    };
    match strip(s) {
        None => 0,
        Some(0) => 2,
        Some(at) => 1 + usize::from(strip(&s[..at]).is_some()),
    }
}
