//! Reads what values files and manifests mostly look like straight into values.
//!
//! This reader knows no errors. It reads block mappings and sequences, flow collections and scalars
//! in their common forms, line by line; whatever else it meets, it gives up, and the document is read
//! again by way of tokens and nodes ([`super::read::read_slowly`]). What it does read must come out
//! the same, which the tests of this module compare.

mod later;
mod make;
mod place;
mod scalar;

use super::spans::Spans;
use super::words;
use gostd::value::{Str, Value};
pub(super) use later::document_later;
use make::{Build, Make, Skip};
use place::{Place, Placed};

/// How deep collections may nest here.
const MAX_DEPTH: usize = 200;

/// Longer keys are left to the scanner, which counts their characters.
const MAX_KEY: usize = 1000;

/// The column that stands for the end of the document.
const END: isize = -1;

/// Reads a document, and tells whether a key stands in a mapping twice; or gives up. Texts under the key `cut` are cut to
/// how they begin. The text must come from [`super::scan_input::simple_text`].
pub(super) fn document(text: &[u8], json: bool, cut: &'static [u8]) -> Option<(Value, bool)> {
    let mut reader = Reader { cut, ..Reader::new(text, json) };
    if !reader.find_root()? {
        return Some((Value::Nil, false));
    }
    let value = reader.block_node::<Build>(END)?;
    (reader.column == END).then_some((value, reader.repeats))
}

/// A field that `decode_fields` keeps.
#[derive(Debug)]
pub struct Field {
    /// Its name; the case of its letters does not count.
    pub name: &'static [u8],
    /// What to keep of it where it is a mapping; everything if this is empty.
    pub inner: &'static [Field],
}

/// Reads some fields of a document that is a block mapping, or gives up. Of the other fields nothing
/// is made, but they are read, and what [`document`] would give up at makes this give up; so does a
/// number that JSON cannot hold.
pub(super) fn fields(text: &[u8], wanted: &[Field]) -> Option<Value> {
    let mut reader = Reader::new(text, false);
    reader.finite = true;
    if !reader.find_root()? {
        return Some(Value::Nil);
    }
    let value = reader.block_fields(END, wanted)?;
    (reader.column == END).then_some(value)
}

/// Tells where the parts of a document stand, or gives up. The text must come from
/// [`super::scan_input::simple_text`].
pub(super) fn places(text: &[u8]) -> Option<Spans> {
    let mut reader = Reader::new(text, false);
    reader.find_root()?.then_some(())?;
    let root = reader.block_node::<Place>(END)?;
    (reader.column == END).then(|| reader.placed.spans(text, root))
}

struct Reader<'a> {
    text: &'a [u8],
    pos: usize,
    /// The column of `pos` where it is at the first character of a line or of a nested node.
    column: isize,
    depth: usize,
    /// Whether integers become floats.
    json: bool,
    /// Whether to give up at numbers that JSON cannot hold.
    finite: bool,
    scratch: Vec<u8>,
    /// The entries of all mappings that are being read, innermost last.
    entries: Vec<(Str, Value)>,
    /// The key whose texts [`Build`] cuts; empty where there is none.
    cut: &'static [u8],
    /// Whether a key of a mapping that [`Build`] has made stands there twice.
    repeats: bool,
    /// What [`Place`] has made.
    placed: Placed,
}

/// What a run of plain text on one line turned out to be.
enum Plain<'a> {
    /// It ends before a `:`, where the reader now is.
    Key(&'a [u8]),
    /// It reaches to the end of the line or to a comment.
    Text { text: &'a [u8], comment: bool },
}

/// Bytes that plain text is not searched further for.
static PLAIN_STOP: [bool; 256] = stops(b":#\n");
/// The same inside brackets.
static FLOW_STOP: [bool; 256] = stops(b":#\n,[]{}?");

const fn stops(bytes: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut i = 0;
    while i < bytes.len() {
        table[bytes[i] as usize] = true;
        i += 1;
    }
    table
}

impl<'a> Reader<'a> {
    fn new(text: &'a [u8], json: bool) -> Reader<'a> {
        Reader {
            text,
            pos: 0,
            column: END,
            depth: 0,
            json,
            finite: false,
            scratch: Vec::new(),
            entries: Vec::new(),
            cut: b"",
            repeats: false,
            placed: Placed::default(),
        }
    }

    /// Goes to the document's root; whether there is one.
    fn find_root(&mut self) -> Option<bool> {
        self.next_line()?;
        if self.column == END && self.pos < self.text.len() {
            // A document mark: only a `---` with nothing on its line is taken.
            if !self.text[self.pos..].starts_with(b"---") {
                return None;
            }
            self.pos += 3;
            self.end_line()?;
        }
        Some(self.column != END)
    }

    /// Returns the byte at a position; a line feed past the end.
    fn at(&self, pos: usize) -> u8 {
        self.text.get(pos).copied().unwrap_or(b'\n')
    }

    fn cur(&self) -> u8 {
        self.at(self.pos)
    }

    fn blank_or_end(&self, pos: usize) -> bool {
        matches!(self.at(pos), b' ' | b'\t' | b'\n')
    }

    fn line_end(&self, from: usize) -> usize {
        let rest = &self.text[from..];
        from + memchr::memchr(b'\n', rest).unwrap_or(rest.len())
    }

    fn skip_spaces(&mut self) {
        // Behind a colon or a dash there is one.
        for _ in 0..2 {
            if self.cur() != b' ' {
                return;
            }
            self.pos += 1;
        }
        self.pos += self.spaces_at(self.pos);
    }

    fn spaces_at(&self, pos: usize) -> usize {
        words::spaces(self.text, pos)
    }

    /// Skips to the first character that is neither blank nor comment, from the start of a line.
    fn next_line(&mut self) -> Option<()> {
        loop {
            let start = self.pos;
            self.pos += self.spaces_at(start);
            if self.pos >= self.text.len() {
                self.column = END;
                return Some(());
            }
            match self.text[self.pos] {
                b'\n' => self.pos += 1,
                b'#' => self.pos = (self.line_end(self.pos) + 1).min(self.text.len()),
                b'\t' => return None,
                b'%' if self.pos == start => return None,
                b'-' | b'.' if self.pos == start && self.at_document_mark() => {
                    self.column = END;
                    return Some(());
                }
                _ => {
                    self.column = (self.pos - start) as isize;
                    return Some(());
                }
            }
        }
    }

    fn at_document_mark(&self) -> bool {
        let rest = &self.text[self.pos..];
        (rest.starts_with(b"---") || rest.starts_with(b"...")) && self.blank_or_end(self.pos + 3)
    }

    /// Skips to the next line, from behind a value; there must be nothing but a comment in between.
    fn end_line(&mut self) -> Option<()> {
        self.skip_spaces();
        match self.cur() {
            b'\n' => self.pos += 1,
            b'#' => self.pos = self.line_end(self.pos) + 1,
            _ => return None,
        }
        self.pos = self.pos.min(self.text.len());
        self.next_line()
    }

    fn at_dash(&self) -> bool {
        self.cur() == b'-' && self.blank_or_end(self.pos + 1)
    }

    /// Gives up where a quoted key is too long to be one without a `?`.
    fn one_line_key(&self, start: usize, end: usize) -> Option<()> {
        let short = end - start < MAX_KEY;
        (short && memchr::memchr(b'\n', &self.text[start..end]).is_none()).then_some(())
    }

    /// Returns whether no plain scalar starts with this character, the current one, in block
    /// context.
    fn is_indicator(&self, c: u8) -> bool {
        is_indicator(c) && (!matches!(c, b'?' | b':') || self.blank_or_end(self.pos + 1))
    }

    // ---- block context: each method leaves the reader at the next line ----

    /// Returns a node at the current column, inside a collection at column `parent`.
    fn block_node<M: Make>(&mut self, parent: isize) -> Option<M::Value> {
        let column = self.column;
        let start = self.pos;
        let value = match self.cur() {
            b'-' if self.blank_or_end(self.pos + 1) => self.block_sequence::<M>(column, false),
            b'"' | b'\'' => {
                let text = self.quoted::<M>()?;
                let end = self.pos;
                self.skip_spaces();
                if self.cur() == b':' && self.blank_or_end(self.pos + 1) {
                    self.one_line_key(start, end)?;
                    self.block_mapping::<M>(column, start, text)
                } else {
                    self.end_line()?;
                    self.dedented(parent, M::string(text))
                }
            }
            b'[' | b'{' | b'|' | b'>' => self.inline_value::<M>(parent),
            c if self.is_indicator(c) => None,
            _ => match self.plain_text()? {
                Plain::Key(key) => {
                    let key = M::key(key)?;
                    self.block_mapping::<M>(column, start, key)
                }
                Plain::Text { text, comment } => self.plain_value::<M>(parent, text, comment),
            },
        };
        Some(M::at(value?, start))
    }

    /// Returns a node of which only some fields are wanted. Gives up where it is no block mapping.
    fn block_fields(&mut self, parent: isize, wanted: &[Field]) -> Option<Value> {
        let column = self.column;
        (column > parent).then_some(())?;
        self.depth += 1;
        (self.depth <= MAX_DEPTH).then_some(())?;
        let base = self.entries.len();
        loop {
            // Quoted keys are left to the other way of reading.
            let c = self.cur();
            if matches!(c, b'"' | b'\'') || self.is_indicator(c) || self.at_dash() {
                return None;
            }
            let Plain::Key(name) = self.plain_text()? else { return None };
            match wanted.iter().find(|f| name.eq_ignore_ascii_case(f.name)) {
                None => {
                    Skip::key(name)?;
                    self.pos += 1;
                    self.mapping_value::<Skip>(column)?;
                }
                Some(field) => {
                    let key = Build::key(name)?;
                    self.pos += 1;
                    let value = self.field_value(column, field)?;
                    self.entries.push((key, value));
                }
            }
            if self.column < column {
                break;
            }
        }
        self.depth -= 1;
        Some(Build::mapping(self, base))
    }

    /// Returns what follows the `:` of a wanted field.
    fn field_value(&mut self, column: isize, field: &Field) -> Option<Value> {
        self.skip_spaces();
        if field.inner.is_empty() || !matches!(self.cur(), b'\n' | b'#') {
            return self.mapping_value::<Build>(column);
        }
        self.end_line()?;
        if self.column <= column {
            // Null, unless a sequence follows, which is not what is expected here.
            return (self.column < column || !self.at_dash()).then_some(Value::Nil);
        }
        let value = self.block_fields(column, field.inner)?;
        self.dedented(column, value)
    }

    /// Returns a mapping whose first key, at `start`, was read; the reader is at its `:`.
    fn block_mapping<M: Make>(
        &mut self,
        column: isize,
        start: usize,
        first: M::Text,
    ) -> Option<M::Value> {
        self.depth += 1;
        (self.depth <= MAX_DEPTH).then_some(())?;
        let base = M::base(self);
        let (mut start, mut key) = (start, first);
        loop {
            self.pos += 1;
            let value = M::value_of(self, &key, column)?;
            M::add_entry(self, start, key, value);
            if self.column < column {
                break;
            }
            start = self.pos;
            key = self.block_key::<M>()?;
        }
        self.depth -= 1;
        Some(M::mapping(self, base))
    }

    fn block_key<M: Make>(&mut self) -> Option<M::Text> {
        match self.cur() {
            b'"' | b'\'' => {
                let start = self.pos;
                let text = self.quoted::<M>()?;
                self.one_line_key(start, self.pos)?;
                self.skip_spaces();
                (self.cur() == b':' && self.blank_or_end(self.pos + 1)).then_some(text)
            }
            b'-' if self.blank_or_end(self.pos + 1) => None,
            c if self.is_indicator(c) => None,
            _ => match self.plain_text()? {
                Plain::Key(key) => M::key(key),
                Plain::Text { .. } => None,
            },
        }
    }

    /// Returns what follows the `:` of a mapping at this column.
    fn mapping_value<M: Make>(&mut self, column: isize) -> Option<M::Value> {
        self.skip_spaces();
        match self.cur() {
            b'\n' | b'#' => {
                self.end_line()?;
                let value = if self.column > column {
                    self.block_node::<M>(column)?
                } else if self.column == column && self.at_dash() {
                    let start = self.pos;
                    M::at(self.block_sequence::<M>(column, true)?, start)
                } else {
                    M::nil()
                };
                self.dedented(column, value)
            }
            _ => self.inline_value::<M>(column),
        }
    }

    /// Returns a value that starts on the line of its key or dash and is no block collection.
    fn inline_value<M: Make>(&mut self, parent: isize) -> Option<M::Value> {
        let start = self.pos;
        let value = match self.cur() {
            b'"' | b'\'' => {
                let text = M::string(self.quoted::<M>()?);
                self.end_line()?;
                text
            }
            b'[' | b'{' => {
                let value = self.flow_collection::<M>()?;
                self.end_line()?;
                value
            }
            b'|' | b'>' => self.block_scalar::<M>(parent)?,
            b'-' if self.blank_or_end(self.pos + 1) => return None,
            c if self.is_indicator(c) => return None,
            _ => match self.plain_text()? {
                Plain::Key(_) => return None,
                Plain::Text { text, comment } => {
                    return Some(M::at(self.plain_value::<M>(parent, text, comment)?, start));
                }
            },
        };
        self.dedented(parent, M::at(value, start))
    }

    /// Returns a sequence at this column; with `indentless` it is the value of a mapping at the
    /// same column.
    fn block_sequence<M: Make>(&mut self, column: isize, indentless: bool) -> Option<M::Value> {
        self.depth += 1;
        (self.depth <= MAX_DEPTH).then_some(())?;
        let mut items = M::Items::default();
        loop {
            let dash = self.pos;
            self.pos += 1;
            self.skip_spaces();
            let item = match self.cur() {
                b'\n' | b'#' => {
                    self.end_line()?;
                    if self.column > column { self.block_node::<M>(column)? } else { M::nil() }
                }
                _ => {
                    self.column = column + (self.pos - dash) as isize;
                    self.block_node::<M>(column)?
                }
            };
            M::add_item(&mut items, item);
            if self.column < column || self.column == column && indentless && !self.at_dash() {
                break;
            }
            (self.column == column && self.at_dash()).then_some(())?;
        }
        self.depth -= 1;
        Some(M::sequence(self, items))
    }

    /// Returns the value, if the next line is no deeper than the collection around it.
    fn dedented<T>(&self, parent: isize, value: T) -> Option<T> {
        (self.column <= parent).then_some(value)
    }

    // ---- flow context: each method leaves the reader behind what it read ----

    /// Steps over white space, line breaks and comments between the parts of a flow collection.
    fn flow_space(&mut self) -> Option<()> {
        loop {
            self.skip_spaces();
            match self.text.get(self.pos)? {
                b'#' => self.pos = self.line_end(self.pos),
                b'\t' => return None,
                b'\n' => {
                    self.pos += 1;
                    // A document mark or a directive would end it all.
                    if matches!(self.cur(), b'-' | b'.' | b'%') {
                        return None;
                    }
                }
                _ => return Some(()),
            }
        }
    }

    fn flow_collection<M: Make>(&mut self) -> Option<M::Value> {
        self.depth += 1;
        (self.depth <= MAX_DEPTH).then_some(())?;
        let sequence = self.cur() == b'[';
        self.pos += 1;
        self.flow_space()?;
        let value = if sequence { self.flow_sequence::<M>()? } else { self.flow_mapping::<M>()? };
        self.pos += 1;
        self.depth -= 1;
        Some(value)
    }

    /// Reads up to the closing bracket, which is left.
    fn flow_sequence<M: Make>(&mut self) -> Option<M::Value> {
        let mut items = M::Items::default();
        while self.cur() != b']' {
            let item = self.flow_value::<M>()?;
            M::add_item(&mut items, item);
            self.flow_separator(b']')?;
        }
        Some(M::sequence(self, items))
    }

    fn flow_mapping<M: Make>(&mut self) -> Option<M::Value> {
        let base = M::base(self);
        while self.cur() != b'}' {
            let start = self.pos;
            let key = match self.cur() {
                b'"' | b'\'' => {
                    let key = self.quoted::<M>()?;
                    self.one_line_key(start, self.pos)?;
                    self.skip_spaces();
                    key
                }
                _ => M::key(self.flow_plain()?)?,
            };
            (self.cur() == b':' && self.pos - start < MAX_KEY).then_some(())?;
            self.pos += 1;
            self.flow_space()?;
            let value = match self.cur() {
                b',' | b'}' => M::nil(),
                _ => self.flow_value::<M>()?,
            };
            M::add_entry(self, start, key, value);
            self.flow_separator(b'}')?;
        }
        Some(M::mapping(self, base))
    }

    /// Steps over a comma, or stays at the closing bracket.
    fn flow_separator(&mut self, close: u8) -> Option<()> {
        self.flow_space()?;
        match self.cur() {
            b',' => {
                self.pos += 1;
                self.flow_space()
            }
            c => (c == close).then_some(()),
        }
    }

    fn flow_value<M: Make>(&mut self) -> Option<M::Value> {
        let start = self.pos;
        let value = match self.cur() {
            b'"' | b'\'' => Some(M::string(self.quoted::<M>()?)),
            b'[' | b'{' => self.flow_collection::<M>(),
            _ => {
                let text = self.flow_plain()?;
                M::scalar(self, text)
            }
        };
        Some(M::at(value?, start))
    }

    /// Reads plain text on one line. The caller must find a comma, a bracket or the colon of a key next.
    fn flow_plain(&mut self) -> Option<&'a [u8]> {
        let start = self.pos;
        match self.cur() {
            b'-' if self.blank_or_end(start + 1) => return None,
            c if is_indicator(c) => return None,
            _ => {}
        }
        let mut pos = start;
        loop {
            while let Some(&b) = self.text.get(pos)
                && !FLOW_STOP[usize::from(b)]
            {
                pos += 1;
            }
            match self.at(pos) {
                b':' if !self.blank_or_end(pos + 1) => pos += 1,
                b'#' if pos > start && !matches!(self.at(pos - 1), b' ' | b'\t') => pos += 1,
                b'?' => return None,
                _ => break,
            }
        }
        self.pos = pos;
        let text = trim_end(&self.text[start..pos]);
        (!text.is_empty()).then_some(text)
    }
}

/// Returns whether no plain scalar starts with this character in flow context.
fn is_indicator(c: u8) -> bool {
    matches!(
        c,
        b'?' | b':'
            | b','
            | b'['
            | b']'
            | b'{'
            | b'}'
            | b'#'
            | b'&'
            | b'*'
            | b'!'
            | b'|'
            | b'>'
            | b'\''
            | b'"'
            | b'%'
            | b'@'
            | b'`'
            | b'\t'
            | b'\n'
    )
}

fn trim_end(text: &[u8]) -> &[u8] {
    let blanks = text.iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
    &text[..text.len() - blanks]
}

/// Returns how many blanks the text starts with.
fn trim_start(text: &[u8]) -> usize {
    text.iter().take_while(|b| matches!(b, b' ' | b'\t')).count()
}
