//! Splits a path into lexemes; states and their order are those of the Go lexer.

use std::collections::VecDeque;

use gostd::regexp::Regexp;
use gostd::strconv::{self, quote_char, quoted};
use gostd::unicode;

use super::slice;

/// What a lexeme is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Error,
    Identity,
    Root,
    DotChild,
    UndottedChild,
    BracketChild,
    RecursiveDescent,
    ArraySubscript,
    FilterBegin,
    FilterEnd,
    OpenBracket,
    CloseBracket,
    Not,
    At,
    And,
    Or,
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Matches,
    Integer,
    Float,
    Text,
    Boolean,
    Null,
    Regexp,
    PropertyName,
    BracketPropertyName,
    SubscriptPropertyName,
    RecursiveFilterBegin,
    End,
}

/// A piece of a path, or, for [`Kind::Error`], a message.
#[derive(Clone, Debug)]
pub(super) struct Lexeme {
    pub(super) kind: Kind,
    pub(super) text: Vec<u8>,
}

/// Where the lexer goes on.
#[derive(Clone, Copy, Debug)]
enum State {
    Path,
    SubPath,
    OptionalSubscript,
    FilterStart,
    FilterExpression,
    FilterTerm,
    FilterEnd,
}

/// The operators `<` and its like, in the order in which they are looked for.
const ORDERING: [(&str, Kind); 4] = [
    (">=", Kind::GreaterOrEqual),
    (">", Kind::Greater),
    ("<=", Kind::LessOrEqual),
    ("<", Kind::Less),
];

/// What ends a child's name, but for what starts with other characters.
const ENDS_OF_NAMES: &[char] = &['.', '[', ')', ' ', '&', '|', '=', '!', '>', '<', '~'];

pub(super) struct Lexer<'p> {
    input: &'p [u8],
    start: usize,
    pos: usize,
    /// How long the character is that was looked at last.
    width: usize,
    state: Option<State>,
    stack: Vec<State>,
    items: VecDeque<Lexeme>,
    last_start: usize,
    /// `End` where none was emitted.
    last_kind: Kind,
}

impl<'p> Lexer<'p> {
    pub(super) fn new(input: &'p [u8]) -> Lexer<'p> {
        Lexer {
            input,
            start: 0,
            pos: 0,
            width: 0,
            state: Some(State::Path),
            stack: Vec::new(),
            items: VecDeque::new(),
            last_start: 0,
            last_kind: Kind::End,
        }
    }

    /// Returns the next lexeme; `End` for ever after the last one.
    pub(super) fn next_lexeme(&mut self) -> Lexeme {
        loop {
            if let Some(item) = self.items.pop_front() {
                return item;
            }
            let Some(state) = self.state else {
                return Lexeme { kind: Kind::End, text: Vec::new() };
            };
            self.state = match state {
                State::Path => self.path(),
                State::SubPath => self.sub_path(),
                State::OptionalSubscript => self.optional_subscript(),
                State::FilterStart => self.filter_start(),
                State::FilterExpression => self.filter_expression(),
                State::FilterTerm => self.filter_term(),
                State::FilterEnd => self.filter_end(),
            };
        }
    }

    fn rest(&self) -> &'p [u8] {
        &self.input[self.pos..]
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.pos += self.width;
        c
    }

    fn peek(&mut self) -> Option<char> {
        let (c, width) = unicode::decode(self.rest());
        self.width = width;
        (width > 0).then_some(c)
    }

    fn backup(&mut self) {
        self.pos -= self.width;
    }

    fn is_empty(&self) -> bool {
        self.pos >= self.input.len()
    }

    fn has(&self, token: &str) -> bool {
        self.rest().starts_with(token.as_bytes())
    }

    fn consumed(&mut self, token: &str) -> bool {
        let has = self.has(token);
        if has {
            self.pos += token.len();
        }
        has
    }

    /// Returns where white space ends that begins at a position.
    fn past_space(&self, mut pos: usize) -> usize {
        loop {
            match unicode::decode(&self.input[pos..]) {
                (_, 0) => return pos,
                (c, width) if unicode::is_space(c) => pos += width,
                _ => return pos,
            }
        }
    }

    /// Returns the position after tokens, each of which may have white space before it.
    fn after_spaced(&self, tokens: &[&str]) -> Option<usize> {
        let mut pos = self.pos;
        for token in tokens {
            pos = self.past_space(pos);
            if !self.input[pos..].starts_with(token.as_bytes()) {
                return None;
            }
            pos += token.len();
        }
        Some(pos)
    }

    fn peeked_spaced(&self, tokens: &[&str]) -> bool {
        self.after_spaced(tokens).is_some()
    }

    fn consumed_spaced(&mut self, token: &str) -> bool {
        let after = self.after_spaced(&[token]);
        self.pos = after.unwrap_or(self.pos);
        after.is_some()
    }

    /// Leaves white space out of the lexeme that follows.
    fn strip_space(&mut self) {
        self.pos = self.past_space(self.pos);
        self.start = self.pos;
    }

    fn value(&self) -> &'p [u8] {
        &self.input[self.start..self.pos]
    }

    /// Returns the last lexeme and what has been read of the next one.
    fn context(&self) -> &'p [u8] {
        &self.input[self.last_start..self.pos]
    }

    fn emit(&mut self, kind: Kind) {
        self.items.push_back(Lexeme { kind, text: self.value().to_vec() });
        self.last_start = self.start;
        self.start = self.pos;
        self.last_kind = kind;
    }

    fn pop(&mut self) -> Option<State> {
        match self.stack.pop() {
            None => self.fail("syntax error"),
            state => state,
        }
    }

    /// Ends with an error and its place.
    fn fail(&mut self, why: &str) -> Option<State> {
        let text = format!("{why} at position {}, following {}", self.pos, quoted(self.context()));
        self.fail_plainly(text)
    }

    /// Ends with an error that names its place itself.
    fn fail_plainly(&mut self, text: impl Into<Vec<u8>>) -> Option<State> {
        self.items.push_back(Lexeme { kind: Kind::Error, text: text.into() });
        None
    }

    fn path(&mut self) -> Option<State> {
        if self.is_empty() {
            self.emit(Kind::Identity);
            self.emit(Kind::End);
            return None;
        }
        if self.consumed("$") {
            self.emit(Kind::Root);
        } else {
            // One that is not in the input: neither the start nor the last lexeme moves.
            self.items.push_back(Lexeme { kind: Kind::Root, text: b"$".to_vec() });
        }
        Some(State::SubPath)
    }

    /// Reads up to a character of a list, or the end; whether there was anything.
    fn consumed_name(&mut self, ends: &[char]) -> bool {
        let from = self.pos;
        while let Some(c) = self.next() {
            if ends.contains(&c) {
                self.backup();
                break;
            }
        }
        self.pos > from
    }

    /// Reads a text with `\` before quotes and itself up to its closing quote; whether there was one.
    fn consumed_escaped(&mut self, quote: &str) -> bool {
        let escaped = format!("\\{quote}");
        loop {
            if self.has(quote) {
                return true;
            }
            if self.consumed(&escaped) || self.consumed("\\\\") {
                continue;
            }
            if self.has("\\") {
                self.fail(&format!("unsupported escape sequence inside {quote}{quote}"));
                return false;
            }
            if self.next().is_none() {
                self.fail(&format!("unmatched {}", enquoted(quote)));
                return false;
            }
        }
    }

    fn sub_path(&mut self) -> Option<State> {
        if self.has(")") {
            return self.pop();
        }
        if self.is_empty() {
            if !self.stack.is_empty() {
                return self.pop();
            }
            self.emit(Kind::Identity);
            self.emit(Kind::End);
            return None;
        }
        if self.consumed("..") {
            if !self.consumed_name(&['.', '[']) && !self.has("[") {
                return self
                    .fail("child name or array access or filter missing after recursive descent");
            }
            self.emit(Kind::RecursiveDescent);
            return Some(State::SubPath);
        }
        if self.consumed(".") {
            return self.child(ENDS_OF_NAMES, Kind::DotChild);
        }
        if self.peeked_spaced(&["[", "'"]) || self.peeked_spaced(&["[", "\""]) {
            return self.bracket_child();
        }
        if self.consumed("[?(") {
            self.emit(match self.last_kind {
                Kind::RecursiveDescent => Kind::RecursiveFilterBegin,
                _ => Kind::FilterBegin,
            });
            self.stack.push(State::FilterEnd);
            return Some(State::FilterStart);
        }
        if self.has("[") {
            return Some(State::OptionalSubscript);
        }
        if self.last_kind == Kind::End {
            let ends = [ENDS_OF_NAMES, &[']']].concat();
            return self.child(&ends, Kind::UndottedChild);
        }
        self.fail("invalid path syntax")
    }

    fn child(&mut self, ends: &[char], kind: Kind) -> Option<State> {
        if !self.consumed_name(ends) {
            return self.fail("child name missing");
        }
        if self.consumed("~") {
            if !self.is_empty() {
                return self.fail("property name operator may only be used on last child in path");
            }
            self.emit(Kind::PropertyName);
            return Some(State::SubPath);
        }
        self.emit(kind);
        Some(State::OptionalSubscript)
    }

    fn bracket_child(&mut self) -> Option<State> {
        self.consumed_spaced("[");
        loop {
            self.pos = self.past_space(self.pos);
            let quote = if self.has("'") { "'" } else { "\"" };
            self.pos += quote.len();
            if !self.consumed_escaped(quote) {
                return None;
            }
            self.pos += quote.len();
            if !self.consumed_spaced(",") {
                break;
            }
            if !self.peeked_spaced(&["'"]) && !self.peeked_spaced(&["\""]) {
                return self.fail(&format!("missing {} or {}", enquoted("'"), enquoted("\"")));
            }
        }
        if !self.consumed_spaced("]") {
            return self.fail("missing \"]\" or \",\"");
        }
        if self.consumed("~") {
            self.emit(Kind::BracketPropertyName);
            if !self.is_empty() {
                return self.fail("property name operator may only be used on last child in path");
            }
            return Some(State::SubPath);
        }
        self.emit(Kind::BracketChild);
        Some(State::OptionalSubscript)
    }

    fn optional_subscript(&mut self) -> Option<State> {
        let is_other = ["['", "[\"", "[?("].iter().any(|other| self.has(other));
        if !is_other && self.consumed("[") {
            let mut is_missing = true;
            while !self.consumed("]") {
                if self.next().is_none() {
                    return self.fail("unmatched [");
                }
                is_missing = false;
            }
            if is_missing {
                let text = format!("subscript missing from [] before position {}", self.pos);
                return self.fail_plainly(text);
            }
            let index = slice::trimmed(self.value(), b"]");
            if let Err(why) = slice::Subscript::parse(index) {
                let place = format!(" before position {}: {why}", self.pos);
                let text = [b"invalid array index ", self.value(), place.as_bytes()].concat();
                return self.fail_plainly(text);
            }
            if self.consumed("~") {
                if !self.is_empty() {
                    return self
                        .fail("property name operator can only be used on last item in path");
                }
                if slice::trimmed(self.value(), b"]~") != b"*" {
                    return self.fail("property name operator can only be used on map nodes");
                }
                self.emit(Kind::SubscriptPropertyName);
                return Some(State::SubPath);
            }
            self.emit(Kind::ArraySubscript);
        }
        if let Some(c @ (' ' | '&' | '|' | '=' | '!' | '>' | '<')) = self.peek() {
            return match self.stack.is_empty() {
                true => self.invalid_character(Some(c)),
                false => self.pop(),
            };
        }
        Some(State::SubPath)
    }

    fn invalid_character(&mut self, c: Option<char>) -> Option<State> {
        // Go quotes what is no character as the one that stands for such.
        let quoted = quote_char(c.unwrap_or(char::REPLACEMENT_CHARACTER));
        self.fail(&format!("invalid character {}", String::from_utf8_lossy(&quoted)))
    }

    fn filter_start(&mut self) -> Option<State> {
        self.strip_space();
        if let Some(next) = self.literal() {
            return next;
        }
        if self.consumed("(") {
            self.emit(Kind::OpenBracket);
            self.stack.push(State::FilterExpression);
            return Some(State::FilterStart);
        }
        if self.has("!=") {
            return self.fail("missing first operand for binary operator !=");
        }
        if self.consumed("!") {
            self.emit(Kind::Not);
            return Some(State::FilterStart);
        }
        if self.consumed("@") {
            self.emit(Kind::At);
            if ["=", "!", ">", "<"].iter().any(|token| self.peeked_spaced(&[token])) {
                return Some(State::FilterExpression);
            }
            self.stack.push(State::FilterExpression);
            return Some(State::SubPath);
        }
        if self.consumed("$") {
            self.emit(Kind::Root);
            self.stack.push(State::FilterExpression);
            return Some(State::SubPath);
        }
        let operators = ["&&", "||", "=="].into_iter().chain(ORDERING.iter().map(|o| o.0));
        for operator in operators {
            if self.has(operator) {
                let why = format!("missing first operand for binary operator {operator}");
                return self.fail(&why);
            }
        }
        self.pop()
    }

    fn filter_expression(&mut self) -> Option<State> {
        self.strip_space();
        if self.is_empty() {
            return self.fail("missing end of filter");
        }
        if self.has(")]") {
            return self.pop();
        }
        if self.consumed(")") {
            self.emit(Kind::CloseBracket);
            return self.pop();
        }
        for (operator, kind) in [("&&", Kind::And), ("||", Kind::Or)] {
            if self.consumed(operator) {
                self.emit(kind);
                self.strip_space();
                return Some(State::FilterStart);
            }
        }
        for (operator, kind) in [("==", Kind::Equal), ("!=", Kind::NotEqual)] {
            if self.consumed(operator) {
                self.emit(kind);
                self.stack.push(State::FilterExpression);
                return Some(State::FilterTerm);
            }
        }
        if self.has("=~") {
            if matches!(self.last_kind, Kind::Text | Kind::Integer | Kind::Float) {
                return self.fail("literal cannot be matched using =~");
            }
            self.consumed("=~");
            self.emit(Kind::Matches);
            self.strip_space();
            return self.regexp();
        }
        for (operator, kind) in ORDERING {
            if self.has(operator) {
                return self.comparison(operator, kind);
            }
        }
        self.fail("invalid filter expression")
    }

    fn comparison(&mut self, operator: &str, kind: Kind) -> Option<State> {
        let why = format!("strings cannot be compared using {operator}");
        if self.last_kind == Kind::Text {
            return self.fail(&why);
        }
        self.consumed(operator);
        self.emit(kind);
        self.strip_space();
        if self.has("'") {
            return self.fail(&why);
        }
        self.stack.push(State::FilterExpression);
        Some(State::FilterTerm)
    }

    fn filter_term(&mut self) -> Option<State> {
        self.strip_space();
        if self.consumed("@") {
            self.emit(Kind::At);
            if ["|", "&", ")"].iter().any(|token| self.peeked_spaced(&[token])) {
                if self.stack.is_empty() {
                    let c = self.peek();
                    return self.invalid_character(c);
                }
                return self.pop();
            }
            return Some(State::SubPath);
        }
        if self.consumed("$") {
            self.emit(Kind::Root);
            return Some(State::SubPath);
        }
        match self.literal() {
            Some(next) => next,
            None => self.fail("invalid filter term"),
        }
    }

    fn filter_end(&mut self) -> Option<State> {
        if !self.has(")]") {
            return self.fail("invalid filter syntax");
        }
        if self.last_kind == Kind::FilterBegin {
            return self.fail("missing filter");
        }
        self.consumed(")]");
        self.emit(Kind::FilterEnd);
        Some(State::SubPath)
    }

    /// Reads a literal that is not an expression; nothing where none stands here.
    fn literal(&mut self) -> Option<Option<State>> {
        if let Some('.' | '-' | '0'..='9') = self.peek() {
            return Some(self.number());
        }
        for quote in ["'", "\""] {
            if self.has(quote) {
                return Some(self.text(quote));
            }
        }
        for (word, kind) in
            [("true", Kind::Boolean), ("false", Kind::Boolean), ("null", Kind::Null)]
        {
            if self.consumed_spaced(word) {
                self.emit(kind);
                return Some(Some(State::FilterExpression));
            }
        }
        None
    }

    fn number(&mut self) -> Option<State> {
        let mut is_float = self.has(".");
        loop {
            self.next();
            match self.peek() {
                Some('.' | 'e' | 'E' | '-') => is_float = true,
                Some('0'..='9') => {}
                _ => break,
            }
        }
        let text = self.value();
        let (name, error) = match is_float {
            true => ("float", strconv::parse_float(text).err().map(|e| e.to_string())),
            false => ("integer", strconv::atoi(text).err().map(|e| e.to_string())),
        };
        if let Some(error) = error {
            let text = quoted(text);
            let pos = self.pos;
            let text = format!("invalid {name} literal {text}: {error} before position {pos}");
            return self.fail_plainly(text);
        }
        self.emit(if is_float { Kind::Float } else { Kind::Integer });
        Some(State::FilterExpression)
    }

    fn text(&mut self, quote: &str) -> Option<State> {
        let (pos, context) = (self.pos, self.context());
        loop {
            if self.next().is_none() {
                return self.fail_plainly(format!(
                    "unmatched string delimiter {quote} at position {pos}, following {}",
                    quoted(context)
                ));
            }
            if self.consumed(quote) {
                break;
            }
        }
        self.emit(Kind::Text);
        Some(State::FilterExpression)
    }

    fn regexp(&mut self) -> Option<State> {
        if !self.has("/") {
            return self.fail("regular expression does not start with /");
        }
        let (pos, context) = (self.pos, quoted(self.context()));
        let mut is_escaped = false;
        loop {
            if self.next().is_none() {
                return self.fail_plainly(format!(
                    "unmatched regular expression delimiter / at position {pos}, following {context}"
                ));
            }
            if !is_escaped && self.has("/") {
                break;
            }
            is_escaped = !is_escaped && self.has("\\");
        }
        self.next();
        if let Err(why) = Regexp::compile(&expression(self.value())) {
            return self.fail_plainly(format!(
                "invalid regular expression at position {pos}, following {context}: {why}"
            ));
        }
        self.emit(Kind::Regexp);
        Some(State::FilterExpression)
    }
}

/// Returns the expression between slashes.
pub(super) fn expression(literal: &[u8]) -> Vec<u8> {
    let inner = literal.get(1..literal.len().saturating_sub(1)).unwrap_or_default();
    bstr::ByteSlice::replace(inner, "\\/", "/")
}

fn enquoted(quote: &str) -> &'static str {
    if quote == "'" { "\"'\"" } else { "'\"'" }
}
