//! Splits text into tokens, with libyaml's rules for indentation and for keys without a `?`.
//!
//! A `:` turns what stood before it into a key after the fact: tokens are queued until it is settled
//! whether a `Key` token must be put in front of them.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::error::{Place, Scan, SyntaxError};
use super::scan_comments::{Comments, Mark};
use super::scan_input::{Input, Traits};

/// go-yaml's limit of open brackets, and of block collections inside one another.
const MAX_DEPTH: usize = 10_000;

/// How many characters may lie between the start of a key and its `:`.
const MAX_KEY: usize = 1024;

#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    /// The line it starts on, from 0.
    pub(super) line: usize,
    /// Where it starts in the text.
    pub(super) start: usize,
    pub(super) kind: Kind<'a>,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Kind<'a> {
    StreamEnd,
    /// `%YAML`, and whether it says 1.1
    VersionDirective(bool),
    TagDirective {
        handle: Cow<'a, [u8]>,
        prefix: Cow<'a, [u8]>,
    },
    DocumentStart,
    DocumentEnd,
    BlockSequence,
    BlockMapping,
    BlockEnd,
    FlowSequence,
    FlowSequenceEnd,
    FlowMapping,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(&'a [u8]),
    Anchor(&'a [u8]),
    Tag {
        handle: Cow<'a, [u8]>,
        suffix: Cow<'a, [u8]>,
    },
    Scalar {
        value: Cow<'a, [u8]>,
        plain: bool,
    },
}

/// Where a key without a `?` may have started, one for each flow level.
#[derive(Clone, Copy, Default)]
struct SimpleKey {
    possible: bool,
    /// In block context at the current indentation nothing but a key may stand.
    required: bool,
    /// The number of the token that would be the key.
    token: usize,
    pos: usize,
    line: usize,
    column: usize,
}

pub(super) struct Scanner<'a> {
    pub(super) src: &'a [u8],
    pub(super) pos: usize,
    /// From 0.
    pub(super) line: usize,
    /// A position on the current line whose column is known, and that column.
    known: (usize, usize),
    traits: Traits,
    refused: Option<&'static str>,
    second_bom: bool,
    pub(super) indent: isize,
    indents: Vec<isize>,
    pub(super) flow_level: usize,
    pub(super) simple_key_allowed: bool,
    keys: Vec<SimpleKey>,
    /// Token numbers that wait for a possible key to be settled, with the flow level of the key.
    waiting: VecDeque<(usize, usize)>,
    pub(super) queue: VecDeque<Token<'a>>,
    /// Where the token starts that is being fetched.
    token_start: usize,
    token_line: usize,
    /// What is kept of comments, for who wants them.
    pub(super) comments: Option<Box<Comments>>,
    /// How many tokens were taken out of the queue.
    taken: usize,
    /// Whether the head of the queue is settled.
    ready: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(input: &'a Input<'_>) -> Scanner<'a> {
        Scanner {
            src: &input.text,
            pos: 0,
            line: 0,
            known: (0, 0),
            traits: input.traits,
            refused: input.refused,
            second_bom: input.text.starts_with(b"\xef\xbb\xbf"),
            indent: -1,
            indents: Vec::new(),
            flow_level: 0,
            simple_key_allowed: true,
            keys: vec![SimpleKey::default()],
            waiting: VecDeque::new(),
            queue: VecDeque::new(),
            token_start: 0,
            token_line: 0,
            comments: None,
            taken: 0,
            ready: false,
        }
    }

    /// Returns the next token, left in place.
    pub(super) fn peek(&mut self) -> Scan<&Token<'a>> {
        if !self.ready {
            // Comments are told apart by what follows them.
            let ahead = if self.comments.is_some() { 3 } else { 1 };
            while self.queue.len() < ahead || self.head_may_be_key()? {
                self.fetch()?;
            }
            self.ready = true;
            self.attach_comments();
        }
        // The loop above ends only with a token in the queue, and `take` resets `ready`.
        Ok(&self.queue[0])
    }

    /// Takes the token that [`Scanner::peek`] showed.
    pub(super) fn take(&mut self) -> Option<Token<'a>> {
        self.ready = false;
        self.taken += 1;
        self.queue.pop_front()
    }

    fn head_may_be_key(&mut self) -> Scan<bool> {
        while self.waiting.front().is_some_and(|w| w.0 < self.taken) {
            self.waiting.pop_front();
        }
        match self.waiting.front() {
            Some(&(token, level)) if token == self.taken => self.key_is_valid(level),
            _ => Ok(false),
        }
    }

    // ---- characters ----

    /// Returns the byte at a position; 0, which no text contains, past the end.
    pub(super) fn at(&self, pos: usize) -> u8 {
        self.src.get(pos).copied().unwrap_or(0)
    }

    pub(super) fn cur(&self) -> u8 {
        self.at(self.pos)
    }

    pub(super) fn column(&mut self) -> usize {
        let (pos, column) = self.known;
        if self.traits.ascii {
            return column + (self.pos - pos);
        }
        let column = column + chars(&self.src[pos..self.pos]);
        self.known = (self.pos, column);
        column
    }

    /// Fails where go-yaml would have to read on and cannot.
    pub(super) fn need(&self, count: usize) -> Scan<()> {
        match self.refused {
            Some(why) if chars(&self.src[self.src.len().min(self.pos)..]) < count => {
                Err(Box::new(SyntaxError { problem: why.into(), place: Place::Input }))
            }
            _ => Ok(()),
        }
    }

    /// Returns the length of the line break at a position, 0 where there is none.
    pub(super) fn break_at(&self, pos: usize) -> usize {
        match self.at(pos) {
            b'\n' => 1,
            b'\r' => 1 + usize::from(self.at(pos + 1) == b'\n'),
            0xc2 if self.at(pos + 1) == 0x85 => 2,
            0xe2 if self.at(pos + 1) == 0x80 && matches!(self.at(pos + 2), 0xa8 | 0xa9) => 3,
            _ => 0,
        }
    }

    /// Returns whether a blank, a line break or the end of the text is at a position.
    pub(super) fn blank_or_end(&self, pos: usize) -> bool {
        matches!(self.at(pos), b' ' | b'\t' | b'\n' | b'\r' | 0)
            || self.traits.unicode_breaks && self.break_at(pos) > 0
    }

    /// Returns where the line ends that holds the current position.
    pub(super) fn line_end(&self) -> usize {
        let rest = &self.src[self.pos..];
        if self.traits.unicode_breaks {
            let mut pos = self.pos;
            while pos < self.src.len() && self.break_at(pos) == 0 {
                pos += 1;
            }
            return pos;
        }
        self.pos + memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())
    }

    /// Steps over the line break at the current position, if there is one.
    pub(super) fn skip_break(&mut self) {
        let len = self.break_at(self.pos);
        if len > 0 {
            self.pos += len;
            self.line += 1;
            self.known = (self.pos, 0);
        }
    }

    /// Steps over a line break and returns what it means in a scalar: LS and PS stay, all else is LF.
    pub(super) fn read_break(&mut self) -> &'a [u8] {
        let start = self.pos;
        self.skip_break();
        match self.pos - start {
            0 => b"",
            3 => &self.src[start..self.pos],
            _ => b"\n",
        }
    }

    pub(super) fn skip_blanks(&mut self) {
        while matches!(self.cur(), b' ' | b'\t') {
            self.pos += 1;
        }
    }

    /// Steps over a comment, if there is one here.
    pub(super) fn skip_comment(&mut self) -> Scan<()> {
        if self.cur() == b'#' {
            self.pos = self.line_end();
        }
        self.need(1)
    }

    /// Returns whether `---` or `...` stands alone at the start of the line.
    pub(super) fn at_document_mark(&mut self) -> bool {
        let c = self.cur();
        matches!(c, b'-' | b'.')
            && self.at(self.pos + 1) == c
            && self.at(self.pos + 2) == c
            && self.blank_or_end(self.pos + 3)
            && self.column() == 0
    }

    pub(super) fn fail<T>(&self, problem: impl Into<Cow<'static, str>>) -> Scan<T> {
        self.fail_in(self.token_line, problem)
    }

    /// Fails in what began on a line: go-yaml v3 names that one, if it is not the first.
    fn fail_in<T>(&self, began: usize, problem: impl Into<Cow<'static, str>>) -> Scan<T> {
        let names_begin = self.comments.is_some() && began > 0;
        let place = Place::Scanner(if names_begin { began } else { self.line });
        Err(Box::new(SyntaxError { problem: problem.into(), place }))
    }

    // ---- tokens ----

    fn push(&mut self, line: usize, kind: Kind<'a>) {
        self.queue.push_back(Token { line, start: self.token_start, kind });
    }

    /// Puts a token in front of the one with this number; behind all where that one is gone.
    fn insert(&mut self, number: usize, line: usize, start: usize, kind: Kind<'a>) {
        let token = Token { line, start, kind };
        match number.checked_sub(self.taken) {
            Some(at) if at <= self.queue.len() => self.queue.insert(at, token),
            _ => self.queue.push_back(token),
        }
    }

    /// Queues a token of one character.
    fn push_char(&mut self, kind: Kind<'a>) {
        self.push(self.line, kind);
        self.pos += 1;
    }

    fn fetch(&mut self) -> Scan<()> {
        let before = if self.comments.is_some() { self.mark() } else { Mark::default() };
        self.skip_to_token(before)?;
        let column = self.column();
        self.unroll_indent(column as isize, before);
        self.need(4)?;
        (self.token_start, self.token_line) = (self.pos, self.line);
        if self.comments.is_none() {
            return self.fetch_token(column);
        }
        let about = self.about_line_comment(column);
        self.fetch_token(column)?;
        if let Some(about) = about
            && self.queue.back().is_none_or(|last| last.kind != Kind::BlockEntry)
        {
            self.keep_line_comment(about);
        }
        Ok(())
    }

    /// Fetches the token that starts here.
    fn fetch_token(&mut self, column: usize) -> Scan<()> {
        let next_is_blank = self.blank_or_end(self.pos + 1);
        let flow = self.flow_level > 0;
        match self.cur() {
            0 => self.fetch_stream_end(),
            b'%' if column == 0 => {
                self.leave_blocks()?;
                let (line, kind) = (self.line, self.scan_directive()?);
                self.push(line, kind);
                Ok(())
            }
            b'-' | b'.' if self.at_document_mark() => {
                self.leave_blocks()?;
                let start = self.cur() == b'-';
                self.push(self.line, if start { Kind::DocumentStart } else { Kind::DocumentEnd });
                self.pos += 3;
                Ok(())
            }
            b'[' => self.fetch_flow_start(Kind::FlowSequence),
            b'{' => self.fetch_flow_start(Kind::FlowMapping),
            b']' => self.fetch_flow_end(Kind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(Kind::FlowMappingEnd),
            b',' => {
                self.remove_key()?;
                self.simple_key_allowed = true;
                self.push_char(Kind::FlowEntry);
                Ok(())
            }
            b'-' if next_is_blank => self.fetch_block_entry(),
            b'?' if flow || next_is_blank => self.fetch_key(),
            b':' if flow || next_is_blank => self.fetch_value(),
            b'*' | b'&' => {
                self.save_key()?;
                self.simple_key_allowed = false;
                let (line, kind) = (self.line, self.scan_anchor()?);
                self.push(line, kind);
                Ok(())
            }
            b'!' => {
                self.save_key()?;
                self.simple_key_allowed = false;
                let (line, kind) = (self.line, self.scan_tag()?);
                self.push(line, kind);
                Ok(())
            }
            b'|' | b'>' if !flow => {
                self.remove_key()?;
                self.simple_key_allowed = true;
                let (line, value) = (self.line, self.scan_block_scalar()?);
                self.push(line, Kind::Scalar { value: value.into(), plain: false });
                Ok(())
            }
            b'\'' | b'"' => {
                self.save_key()?;
                self.simple_key_allowed = false;
                let (line, value) = (self.line, self.scan_quoted()?);
                self.push(line, Kind::Scalar { value, plain: false });
                Ok(())
            }
            // These cannot start a plain scalar; `-`, `?` and `:` can before a character.
            b' ' | b'\t' | b'#' | b'|' | b'>' | b'%' | b'@' | b'`' => {
                self.fail("found character that cannot start any token")
            }
            _ => {
                self.save_key()?;
                self.simple_key_allowed = false;
                let (line, value) = (self.line, self.scan_plain()?);
                self.push(line, Kind::Scalar { value, plain: true });
                Ok(())
            }
        }
    }

    /// Steps over white space and comments.
    fn skip_to_token(&mut self, before: Mark) -> Scan<()> {
        loop {
            self.need(1)?;
            // go-yaml looks for the mark at the start of its buffer, whatever line it is on.
            if self.second_bom && self.pos < self.src.len().min(512) && self.column() == 0 {
                self.pos += char_len(self.cur());
            }
            // A tab is white space, but not where a key may start: it would hide the indentation.
            let tabs = self.flow_level > 0 || !self.simple_key_allowed;
            while self.cur() == b' ' || tabs && self.cur() == b'\t' {
                self.pos += 1;
            }
            self.need(1)?;
            if self.comments.is_some() {
                self.keep_comments(before);
            } else {
                self.skip_comment()?;
            }
            if self.break_at(self.pos) == 0 {
                return Ok(());
            }
            self.skip_break();
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }

    fn fetch_stream_end(&mut self) -> Scan<()> {
        if self.column() != 0 {
            self.known = (self.pos, 0);
            self.line += 1;
        }
        self.leave_blocks()?;
        self.push(self.line, Kind::StreamEnd);
        Ok(())
    }

    fn leave_blocks(&mut self) -> Scan<()> {
        let here = self.mark();
        self.unroll_indent(-1, here);
        self.remove_key()?;
        self.simple_key_allowed = false;
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: Kind<'a>) -> Scan<()> {
        self.save_key()?;
        // The bracket's own number: an empty collection takes the key of the level around it along
        // when it closes, which is why go-yaml does not know `[]: x` for a mapping.
        let token = self.taken + self.queue.len();
        self.keys.push(SimpleKey { token, ..SimpleKey::default() });
        self.flow_level += 1;
        if self.flow_level > MAX_DEPTH {
            return self.fail(format!("exceeded max depth of {MAX_DEPTH}"));
        }
        self.simple_key_allowed = true;
        self.push_char(kind);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: Kind<'a>) -> Scan<()> {
        self.remove_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            if let Some(key) = self.keys.pop() {
                self.forget(key.token);
            }
        }
        self.simple_key_allowed = false;
        self.push_char(kind);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Scan<()> {
        // In flow context the parser refuses it, which knows more.
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return self.fail("block sequence entries are not allowed in this context");
            }
            let column = self.column();
            self.roll_indent(column, None, self.line, Kind::BlockSequence)?;
        }
        self.remove_key()?;
        self.simple_key_allowed = true;
        self.push_char(Kind::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self) -> Scan<()> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return self.fail("mapping keys are not allowed in this context");
            }
            let column = self.column();
            self.roll_indent(column, None, self.line, Kind::BlockMapping)?;
        }
        self.remove_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.push_char(Kind::Key);
        Ok(())
    }

    fn fetch_value(&mut self) -> Scan<()> {
        if self.key_is_valid(self.flow_level)? {
            let key = self.keys[self.flow_level];
            self.insert(key.token, key.line, key.pos, Kind::Key);
            let before = Some((key.token, key.pos));
            self.roll_indent(key.column, before, key.line, Kind::BlockMapping)?;
            self.keys[self.flow_level].possible = false;
            self.forget(key.token);
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.simple_key_allowed {
                    return self.fail("mapping values are not allowed in this context");
                }
                let column = self.column();
                self.roll_indent(column, None, self.line, Kind::BlockMapping)?;
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        self.push_char(Kind::Value);
        Ok(())
    }

    // ---- keys without `?`; `keys` always holds one more than `flow_level` ----

    fn key_is_valid(&mut self, level: usize) -> Scan<bool> {
        let Some(&key) = self.keys.get(level) else { return Ok(false) };
        if !key.possible {
            return Ok(false);
        }
        let far =
            |s: &Scanner<'_>| s.pos - key.pos > MAX_KEY && chars(&s.src[key.pos..s.pos]) > MAX_KEY;
        if key.line == self.line && !far(self) {
            return Ok(true);
        }
        if key.required {
            return self.fail_in(key.line, NO_COLON);
        }
        self.keys[level].possible = false;
        Ok(false)
    }

    fn save_key(&mut self) -> Scan<()> {
        if !self.simple_key_allowed {
            return Ok(());
        }
        let column = self.column();
        let key = SimpleKey {
            possible: true,
            required: self.flow_level == 0 && self.indent == column as isize,
            token: self.taken + self.queue.len(),
            pos: self.pos,
            line: self.line,
            column,
        };
        self.remove_key()?;
        self.keys[self.flow_level] = key;
        self.waiting.push_back((key.token, self.flow_level));
        Ok(())
    }

    fn remove_key(&mut self) -> Scan<()> {
        let key = self.keys[self.flow_level];
        if key.possible {
            if key.required {
                return self.fail_in(key.line, NO_COLON);
            }
            self.keys[self.flow_level].possible = false;
            self.forget(key.token);
        }
        Ok(())
    }

    fn forget(&mut self, token: usize) {
        // Numbers only grow.
        if let Ok(at) = self.waiting.binary_search_by_key(&token, |w| w.0) {
            self.waiting.remove(at);
        }
    }

    // ---- indentation ----

    /// Opens a block collection if the column is deeper than the current one: here, or before the token of a number,
    /// which starts at a position.
    fn roll_indent(
        &mut self,
        column: usize,
        before: Option<(usize, usize)>,
        line: usize,
        kind: Kind<'a>,
    ) -> Scan<()> {
        if self.flow_level > 0 || self.indent >= column as isize {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column as isize;
        if self.indents.len() > MAX_DEPTH {
            return self.fail(format!("exceeded max depth of {MAX_DEPTH}"));
        }
        match before {
            Some((number, start)) => self.insert(number, line, start, kind),
            None => self.push(line, kind),
        }
        Ok(())
    }

    /// Closes the block collections that are deeper than the column. White space and comments before it begin at the
    /// mark.
    fn unroll_indent(&mut self, column: isize, before: Mark) {
        if self.flow_level > 0 {
            return;
        }
        let (mut line, mut start) = match self.comments {
            Some(_) => (before.line, before.pos.saturating_sub(1)),
            None => (self.line, self.pos),
        };
        while self.indent > column {
            if let Some(comments) = &self.comments {
                (line, start) = comments.block_end(self.indent, line, start);
            }
            self.queue.push_back(Token { line, start, kind: Kind::BlockEnd });
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }
}

const NO_COLON: &str = "could not find expected ':'";

/// Returns how many characters valid UTF-8 holds.
fn chars(text: &[u8]) -> usize {
    text.iter().filter(|&&b| b & 0xc0 != 0x80).count()
}

/// Returns the length of the character that starts with this byte.
pub(super) fn char_len(lead: u8) -> usize {
    match lead {
        0..=0xbf => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    }
}
