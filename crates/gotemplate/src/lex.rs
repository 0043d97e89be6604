//! Splits templates into tokens as the lexer of Go's text/template does, on demand.
//!
//! It mirrors what Go accepts and says, down to the line numbers of its errors: up to Go 1.23 newlines inside a
//! comment do not count there.

use bstr::ByteSlice;
use memchr::{memchr, memchr_iter};

use gostd::{Go, unicode};

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Error,
    Bool,
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    Eof,
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    String,
    Text,
    Variable,
    // Keywords from here on.
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

impl Kind {
    pub(super) fn is_keyword(self) -> bool {
        self as u8 >= Kind::Block as u8
    }

    /// Returns the number that Go has for it: there, comments, spaces and the beginning of keywords count, too.
    pub(super) fn number(self) -> i64 {
        let before = [Kind::Complex, Kind::String, Kind::Block];
        self as i64 + before.iter().filter(|kind| self as u8 >= **kind as u8).count() as i64
    }
}

/// A token: its kind and its bytes in the input. An error's message is [`Lexer::message`].
///
/// Go has tokens for the spaces between; here a token knows whether one precedes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Whether space separates it from the token before, inside an action.
    pub(super) space: bool,
    /// Whether it is a quoted string of ASCII without escapes: one that stands for itself.
    pub(super) plain: bool,
    pub(super) start: u32,
    pub(super) end: u32,
    /// Newlines before `start` that Go does not count.
    pub(super) uncounted: u32,
}

/// The state between two tokens.
pub(super) struct Lexer<'s> {
    text: &'s [u8],
    pos: usize,
    start: usize,
    paren_depth: i32,
    inside_action: bool,
    /// Whether the token at hand follows a space.
    space: bool,
    uncounted: u32,
    /// Whether newlines inside comments count.
    counts_all: bool,
    /// What the lexer stopped at; it yields nothing but the end of the input after that.
    error: Option<String>,
}

fn is_space(b: u8) -> bool {
    CLASS[b as usize] & SPACE != 0
}

/// Returns where the next `{{` is.
fn find_left_delim(text: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr(b'{', text.get(from..)?)?;
        if text.get(at + 1) == Some(&b'{') {
            return Some(at);
        }
        from = at + 1;
    }
}

/// The ASCII characters of identifiers.
const WORD: u8 = 1;
/// Those an identifier begins with.
const LETTER: u8 = 2;
const SPACE: u8 = 4;
/// What may follow a word, `}}` aside.
const TERMINATOR: u8 = 8;
/// What is not just one more character of a quoted constant: quotes, escapes, ends of lines, and what lies
/// beyond ASCII.
const UNPLAIN: u8 = 16;

/// What a byte may be, as a set of the bits above: the lexer asks about every byte inside an action, and
/// one look-up answers.
static CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 128 {
        let b = i as u8;
        if b.is_ascii_alphabetic() || b == b'_' {
            table[i] = WORD | LETTER;
        } else if b.is_ascii_digit() {
            table[i] = WORD;
        } else if matches!(b, b' ' | b'\t' | b'\r' | b'\n') {
            table[i] = SPACE | TERMINATOR;
        } else if matches!(b, b'.' | b',' | b'|' | b':' | b')' | b'(') {
            table[i] = TERMINATOR;
        }
        if matches!(b, b'"' | b'\'' | b'\\' | b'\n') {
            table[i] |= UNPLAIN;
        }
        i += 1;
    }
    while i < 256 {
        table[i] = UNPLAIN;
        i += 1;
    }
    table
};

/// Reproduces Go's `unicode.IsLetter || unicode.IsDigit || '_'` for the character at the head of
/// `s`; its width.
fn alphanumeric(s: &[u8]) -> Option<usize> {
    let &b = s.first()?;
    if b < 0x80 {
        return (b.is_ascii_alphanumeric() || b == b'_').then_some(1);
    }
    let (c, n) = bstr::decode_utf8(s);
    c.filter(|&c| unicode::is_letter(c) || unicode::is_digit(c)).map(|_| n)
}

fn has_left_trim(s: &[u8]) -> bool {
    matches!(s, [b'-', space, ..] if is_space(*space))
}

fn leading_space(s: &[u8]) -> usize {
    s.iter().take_while(|b| is_space(**b)).count()
}

impl<'s> Lexer<'s> {
    pub(super) fn new(text: &'s [u8], go: Go) -> Lexer<'s> {
        Lexer {
            text,
            pos: 0,
            start: 0,
            paren_depth: 0,
            inside_action: false,
            space: false,
            uncounted: 0,
            counts_all: go >= Go::V1_24,
            error: None,
        }
    }

    fn rest(&self) -> &'s [u8] {
        &self.text[self.pos..]
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.pos).copied()
    }

    fn token(&mut self, kind: Kind) -> Token {
        let t = Token {
            kind,
            space: self.space,
            plain: false,
            start: self.start as u32,
            end: self.pos as u32,
            uncounted: self.uncounted,
        };
        self.start = self.pos;
        t
    }

    /// Returns the message of the error token.
    pub(super) fn message(&self) -> &str {
        self.error.as_deref().unwrap_or_default()
    }

    #[cold]
    fn error(&mut self, message: impl Into<String>) -> Token {
        self.error = Some(message.into());
        Token {
            kind: Kind::Error,
            space: self.space,
            plain: false,
            start: self.start as u32,
            end: self.start as u32,
            uncounted: self.uncounted,
        }
    }

    /// Returns whether the right delimiter at hand trims the text after it.
    fn at_right_delim(&self) -> Option<bool> {
        match self.rest() {
            [b'}', b'}', ..] => Some(false),
            [space, b'-', b'}', b'}', ..] if is_space(*space) => Some(true),
            _ => None,
        }
    }

    pub(super) fn next_token(&mut self) -> Token {
        if self.error.is_some() {
            // Go empties its input after an error.
            return self.token(Kind::Eof);
        }
        if self.inside_action { self.lex_inside_action() } else { self.lex_text() }
    }

    fn lex_text(&mut self) -> Token {
        self.space = false;
        loop {
            let Some(x) = find_left_delim(self.rest()) else {
                self.pos = self.text.len();
                let kind = if self.pos > self.start { Kind::Text } else { Kind::Eof };
                return self.token(kind);
            };
            if x > 0 {
                let end = self.pos + x;
                let text = &self.text[self.start..end];
                let keep = if has_left_trim(&self.text[end + 2..]) {
                    text.iter().rposition(|b| !is_space(*b)).map_or(0, |n| n + 1)
                } else {
                    text.len()
                };
                self.pos = self.start + keep;
                let token = self.token(Kind::Text);
                self.pos = end;
                self.start = end;
                if keep > 0 {
                    return token;
                }
            }
            // At a left delimiter.
            let trim = has_left_trim(&self.rest()[2..]);
            let after_marker = if trim { 2 } else { 0 };
            if self.rest()[2 + after_marker..].starts_with(b"/*") {
                self.pos += 2 + after_marker;
                self.start = self.pos;
                if let Some(error) = self.skip_comment() {
                    return error;
                }
                continue;
            }
            self.pos += 2;
            let token = self.token(Kind::LeftDelim);
            self.inside_action = true;
            self.pos += after_marker;
            self.start = self.pos;
            self.paren_depth = 0;
            return token;
        }
    }

    /// Skips `/* … */ }}`; the text from `start` on is known to begin with `/*`.
    fn skip_comment(&mut self) -> Option<Token> {
        let rest = self.rest();
        // A search for two bytes takes longer to set up than most comments take to read.
        let Some(star) = memchr_iter(b'*', rest).skip(1).find(|n| rest.get(n + 1) == Some(&b'/'))
        else {
            return Some(self.error("unclosed comment"));
        };
        self.pos += star + 2;
        let Some(trim) = self.at_right_delim() else {
            return Some(self.error("comment ends before closing delimiter"));
        };
        if !self.counts_all {
            let comment = &self.text[self.start..self.pos];
            self.uncounted += memchr_iter(b'\n', comment).count() as u32;
        }
        if trim {
            self.pos += 2;
        }
        self.pos += 2;
        if trim {
            self.pos += leading_space(self.rest());
        }
        self.start = self.pos;
        None
    }

    fn lex_right_delim(&mut self) -> Token {
        if self.paren_depth != 0 {
            return self.error("unclosed left paren");
        }
        let trim = self.at_right_delim() == Some(true);
        if trim {
            self.pos += 2;
            self.start = self.pos;
        }
        self.pos += 2;
        let token = self.token(Kind::RightDelim);
        if trim {
            self.pos += leading_space(self.rest());
            self.start = self.pos;
        }
        self.inside_action = false;
        token
    }

    fn lex_inside_action(&mut self) -> Token {
        self.space = false;
        let b = loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r' | b'\n') => {
                    // The last space may belong to a trim marker.
                    if matches!(self.rest(), [_, b'-', b'}', b'}', ..]) {
                        return self.lex_right_delim();
                    }
                    self.pos += 1;
                    self.start = self.pos;
                    self.space = true;
                }
                Some(b) => break b,
                None => return self.error("unclosed action"),
            }
        };
        if CLASS[b as usize] & LETTER != 0 || !b.is_ascii() && alphanumeric(self.rest()).is_some() {
            return self.lex_identifier();
        }
        match b {
            b'.' if matches!(self.rest(), [_] | [_, b'0'..=b'9', ..]) => return self.lex_number(),
            b'.' | b'$' => {
                self.pos += 1;
                let kind = if b == b'.' { Kind::Field } else { Kind::Variable };
                return self.lex_field_or_variable(kind);
            }
            b'}' if matches!(self.rest(), [_, b'}', ..]) => return self.lex_right_delim(),
            b'"' => return self.lex_quote(),
            b'`' => return self.lex_raw_quote(),
            b'\'' => return self.lex_char(),
            b'+' | b'-' | b'0'..=b'9' => return self.lex_number(),
            _ => {}
        }
        self.pos += 1;
        match b {
            b'=' => self.token(Kind::Assign),
            b':' => {
                if self.peek() != Some(b'=') {
                    return self.error("expected :=");
                }
                self.pos += 1;
                self.token(Kind::Declare)
            }
            b'|' => self.token(Kind::Pipe),
            b'(' => {
                self.paren_depth += 1;
                self.token(Kind::LeftParen)
            }
            b')' => {
                self.paren_depth -= 1;
                if self.paren_depth < 0 {
                    return self.error("unexpected right paren");
                }
                self.token(Kind::RightParen)
            }
            b if b.is_ascii_graphic() => self.token(Kind::Char),
            _ => {
                let message = format!(
                    "unrecognized character in action: {}",
                    code_point(&self.text[self.pos - 1..])
                );
                self.error(message)
            }
        }
    }

    fn skip_alphanumeric(&mut self) {
        loop {
            let rest = self.rest();
            self.pos +=
                rest.iter().position(|b| CLASS[*b as usize] & WORD == 0).unwrap_or(rest.len());
            // What remains may go on with a letter beyond ASCII.
            match self.peek() {
                Some(0x80..) => match alphanumeric(self.rest()) {
                    Some(n) => self.pos += n,
                    None => return,
                },
                _ => return,
            }
        }
    }

    fn lex_identifier(&mut self) -> Token {
        self.skip_alphanumeric();
        if !self.at_terminator() {
            let message = format!("bad character {}", code_point(self.rest()));
            return self.error(message);
        }
        // Slice patterns become a tree of byte comparisons; this runs for every word of every template.
        let kind = match self.text[self.start..self.pos] {
            [b'b', b'l', b'o', b'c', b'k'] => Kind::Block,
            [b'b', b'r', b'e', b'a', b'k'] => Kind::Break,
            [b'c', b'o', b'n', b't', b'i', b'n', b'u', b'e'] => Kind::Continue,
            [b'd', b'e', b'f', b'i', b'n', b'e'] => Kind::Define,
            [b'e', b'l', b's', b'e'] => Kind::Else,
            [b'e', b'n', b'd'] => Kind::End,
            [b'i', b'f'] => Kind::If,
            [b'r', b'a', b'n', b'g', b'e'] => Kind::Range,
            [b'n', b'i', b'l'] => Kind::Nil,
            [b't', b'e', b'm', b'p', b'l', b'a', b't', b'e'] => Kind::Template,
            [b'w', b'i', b't', b'h'] => Kind::With,
            [b't', b'r', b'u', b'e'] | [b'f', b'a', b'l', b's', b'e'] => Kind::Bool,
            _ => Kind::Identifier,
        };
        self.token(kind)
    }

    /// Returns the `.` or `$` is behind us.
    fn lex_field_or_variable(&mut self, kind: Kind) -> Token {
        if self.at_terminator() {
            return self.token(if kind == Kind::Variable { kind } else { Kind::Dot });
        }
        self.skip_alphanumeric();
        if !self.at_terminator() {
            let message = format!("bad character {}", code_point(self.rest()));
            return self.error(message);
        }
        self.token(kind)
    }

    fn at_terminator(&self) -> bool {
        match self.rest() {
            [] | [b'}', b'}', ..] => true,
            [b, ..] => CLASS[*b as usize] & TERMINATOR != 0,
        }
    }

    fn lex_char(&mut self) -> Token {
        self.quoted(b'\'', "unterminated character constant", Kind::CharConstant)
    }

    fn lex_quote(&mut self) -> Token {
        self.quoted(b'"', "unterminated quoted string", Kind::String)
    }

    fn quoted(&mut self, quote: u8, unterminated: &str, kind: Kind) -> Token {
        self.pos += 1;
        let mut plain = kind == Kind::String;
        loop {
            let rest = self.rest();
            // Most constants are a few bytes: too short for a search that reads many at once.
            let n =
                rest.iter().position(|b| CLASS[*b as usize] & UNPLAIN != 0).unwrap_or(rest.len());
            match rest[n..] {
                [b, ..] if b == quote => {
                    self.pos += n + 1;
                    return Token { plain, ..self.token(kind) };
                }
                [] | [b'\n', ..] | [b'\\'] | [b'\\', b'\n', ..] => return self.error(unterminated),
                [b'\\', ..] => {
                    self.pos += n + 2;
                    plain = false;
                }
                [b, ..] => {
                    self.pos += n + 1;
                    plain &= b.is_ascii();
                }
            }
        }
    }

    fn lex_raw_quote(&mut self) -> Token {
        match self.rest()[1..].find_byte(b'`') {
            Some(n) => {
                self.pos += n + 2;
                self.token(Kind::RawString)
            }
            None => self.error("unterminated raw quoted string"),
        }
    }

    fn accept(&mut self, set: &[u8]) -> bool {
        let hit = self.peek().is_some_and(|b| set.contains(&b));
        self.pos += hit as usize;
        hit
    }

    fn accept_run(&mut self, set: &[u8]) {
        while self.accept(set) {}
    }

    fn lex_number(&mut self) -> Token {
        if !self.scan_number() {
            return self.bad_number();
        }
        if matches!(self.peek(), Some(b'+' | b'-')) {
            if !self.scan_number() || self.text[self.pos - 1] != b'i' {
                return self.bad_number();
            }
            return self.token(Kind::Complex);
        }
        self.token(Kind::Number)
    }

    fn bad_number(&mut self) -> Token {
        let quoted = gostd::strconv::quote(&self.text[self.start..self.pos]);
        self.error(format!("bad number syntax: {}", quoted.to_str_lossy()))
    }

    fn scan_number(&mut self) -> bool {
        self.accept(b"+-");
        let mut digits: &[u8] = b"0123456789_";
        let (mut decimal, mut hex) = (true, false);
        if self.accept(b"0") {
            if self.accept(b"xX") {
                digits = b"0123456789abcdefABCDEF_";
                (decimal, hex) = (false, true);
            } else if self.accept(b"oO") {
                digits = b"01234567_";
                decimal = false;
            } else if self.accept(b"bB") {
                digits = b"01_";
                decimal = false;
            }
        }
        self.accept_run(digits);
        if self.accept(b".") {
            self.accept_run(digits);
        }
        if decimal && self.accept(b"eE") || hex && self.accept(b"pP") {
            self.accept(b"+-");
            self.accept_run(b"0123456789_");
        }
        self.accept(b"i");
        if let Some(n) = alphanumeric(self.rest()) {
            self.pos += n;
            return false;
        }
        true
    }
}

/// Reproduces Go's `%#U` of the character at the head of the text: `U+0040 '@'`.
fn code_point(s: &[u8]) -> String {
    let (c, _) = bstr::decode_utf8(s);
    let c = if s.is_empty() { return "U+FFFFFFFFFFFFFFFF".into() } else { c.unwrap_or('\u{fffd}') };
    let mut buf = [0; 4];
    let shown = gostd::strconv::quote(c.encode_utf8(&mut buf).as_bytes());
    // quote() leaves printable characters alone, but for the two it must escape.
    if shown[1..].first() != Some(&b'\\') || matches!(c, '\\' | '"') {
        format!("U+{:04X} '{}'", c as u32, c)
    } else {
        format!("U+{:04X}", c as u32)
    }
}
