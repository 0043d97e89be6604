//! Parses templates, with the grammar and the error texts of client-go.

use bstr::ByteSlice;

use super::error::Error;
use gostd::value::Str;
use gostd::{strconv, unicode};

/// How deep filters and unions may stand within each other. Go has no bound but its stack.
const MAX_DEPTH: usize = 500;

/// A step of a path, or a text.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// Steps one after another: an action.
    List(Vec<Node>),
    Text(Str),
    Int(i64),
    Float(f64),
    Bool(bool),
    Field(Str),
    Slice([Bound; 3]),
    Filter {
        left: Vec<Node>,
        right: Vec<Node>,
        operator: Operator,
    },
    Wildcard,
    Recursive,
    Union(Vec<Vec<Node>>),
    Range,
    End,
    /// An identifier that means nothing.
    Unknown,
}

/// One of a slice's three numbers: start, end, step.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bound {
    pub(super) value: i64,
    pub(super) known: bool,
    /// Whether this is an end that follows from the start, of an index.
    pub(super) derived: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Exists,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    Unknown,
}

struct Parser<'t> {
    input: &'t [u8],
    at: usize,
    /// Where the text begins that was read and not yet taken.
    start: usize,
    depth: usize,
}

/// Parses a template; `depth` counts the templates around it.
pub(super) fn parse(input: &[u8], depth: usize) -> Result<Vec<Node>, Error> {
    if depth > MAX_DEPTH {
        return Err(Error::TooDeep);
    }
    let mut p = Parser { input, at: 0, start: 0, depth };
    let mut nodes = Vec::new();
    loop {
        match p.input[p.at..].find_byte(b'{') {
            Some(0) => {}
            Some(n) => {
                p.at += n;
                nodes.push(Node::Text(p.take().into()));
            }
            None => {
                p.at = p.input.len();
                if p.at > p.start {
                    nodes.push(Node::Text(p.take().into()));
                }
                return Ok(nodes);
            }
        }
        p.at += 1;
        p.take();
        nodes.push(Node::List(p.action()?));
    }
}

/// Parses the text of one action.
fn parse_action(text: &[u8], depth: usize) -> Result<Vec<Node>, Error> {
    let whole = [b"{", text, b"}"].concat();
    match parse(&whole, depth)?.into_iter().next() {
        Some(Node::List(nodes)) => Ok(nodes),
        _ => Ok(Vec::new()),
    }
}

impl<'t> Parser<'t> {
    /// Returns the text read since it was last taken.
    fn take(&mut self) -> &'t [u8] {
        let text = self.input.get(self.start..self.at).unwrap_or_default();
        self.start = self.at;
        text
    }

    fn peek(&self) -> Option<char> {
        let rest = self.input.get(self.at..).filter(|r| !r.is_empty())?;
        Some(unicode::decode(rest).0)
    }

    fn next(&mut self) -> Option<char> {
        let rest = self.input.get(self.at..).filter(|r| !r.is_empty())?;
        let (c, width) = unicode::decode(rest);
        self.at += width;
        Some(c)
    }

    fn rest_starts_with(&self, prefix: &[u8]) -> bool {
        self.input.get(self.at..).is_some_and(|r| r.starts_with(prefix))
    }

    /// Returns whether the byte before the one just read is a backslash.
    fn is_escaped(&self) -> bool {
        self.at.checked_sub(2).and_then(|at| self.input.get(at)) == Some(&b'\\')
    }

    /// Returns an action, behind its opening brace, up to and with the closing one.
    fn action(&mut self) -> Result<Vec<Node>, Error> {
        let mut nodes = Vec::new();
        loop {
            if self.rest_starts_with(b"}") {
                self.at += 1;
                self.take();
                return Ok(nodes);
            }
            if self.rest_starts_with(b"[?(") {
                nodes.push(self.filter()?);
                continue;
            }
            if self.rest_starts_with(b"..") {
                if matches!(nodes.last(), Some(Node::Recursive)) {
                    return Err(Error::RepeatedDescent);
                }
                self.at += 2;
                self.take();
                nodes.push(Node::Recursive);
                if self.peek().is_some_and(is_alphanumeric) {
                    nodes.push(self.field());
                }
                continue;
            }
            let before = self.at;
            match self.next() {
                None | Some('\r' | '\n') => return Err(Error::UnclosedAction),
                Some(' ' | '@' | '$') => drop(self.take()),
                Some('[') => self.array(&mut nodes)?,
                Some(quote @ ('"' | '\'')) => nodes.push(self.quoted(quote)?),
                Some('.') => nodes.push(self.field()),
                Some(c) if c == '+' || c == '-' || unicode::is_digit(c) => {
                    self.at = before;
                    nodes.push(self.number()?);
                }
                Some(c) if is_alphanumeric(c) => {
                    self.at = before;
                    nodes.push(self.identifier());
                }
                Some(found) => return Err(Error::Character { found }),
            }
        }
    }

    fn identifier(&mut self) -> Node {
        while self.peek().is_some_and(|c| !is_terminator(c)) {
            self.next();
        }
        match self.take() {
            b"true" => Node::Bool(true),
            b"false" => Node::Bool(false),
            b"range" => Node::Range,
            b"end" => Node::End,
            _ => Node::Unknown,
        }
    }

    fn number(&mut self) -> Result<Node, Error> {
        if matches!(self.peek(), Some('+' | '-')) {
            self.next();
        }
        while self.peek().is_some_and(|c| c == '.' || unicode::is_digit(c)) {
            self.next();
        }
        let text = self.take();
        if let Ok(n) = strconv::atoi(text) {
            return Ok(Node::Int(n));
        }
        match strconv::parse_float(text) {
            Ok(n) => Ok(Node::Float(n)),
            Err(_) => Err(Error::Number { text: text.into() }),
        }
    }

    /// Returns a field, its dot read if it has one.
    fn field(&mut self) -> Node {
        self.take();
        loop {
            match self.peek() {
                Some('\\') => {
                    self.next();
                    self.next();
                }
                Some(c) if !is_terminator(c) => drop(self.next()),
                _ => break,
            }
        }
        match self.take() {
            b"*" => Node::Wildcard,
            name => Node::Field(Str::from(name.replace(b"\\", b""))),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Node, Error> {
        loop {
            match self.next() {
                None | Some('\n') => return Err(Error::UnterminatedString),
                Some(c) if c == quote && !self.is_escaped() => break,
                Some(_) => {}
            }
        }
        let text = self.take();
        match unquote(text) {
            Some(text) => Ok(Node::Text(Str::from(text))),
            None => Err(Error::Quoted { text: text.into() }),
        }
    }

    /// Reads what stands in square brackets, the opening one read: names, indices, slices, several of them.
    fn array(&mut self, nodes: &mut Vec<Node>) -> Result<(), Error> {
        loop {
            match self.next() {
                None | Some('\n') => return Err(Error::UnterminatedArray),
                Some(']') => break,
                Some(_) => {}
            }
        }
        let text = self.take();
        let text = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
        let text = if text == b"*" { b":" } else { text };
        if text.contains(&b',') {
            let parts = text.split(|b| *b == b',').map(|part| {
                let part = part.trim_with(|c| c == ' ');
                parse_action(&[b"[", part, b"]"].concat(), self.depth + 1)
            });
            nodes.push(Node::Union(parts.collect::<Result<_, _>>()?));
            return Ok(());
        }
        let key = text.strip_prefix(b"'").and_then(|t| t.strip_suffix(b"'"));
        if let Some(key) = key.filter(|k| !k.contains(&b'\'')) {
            nodes.extend(parse_action(&[b".", key].concat(), self.depth + 1)?);
            return Ok(());
        }
        nodes.push(Node::Slice(slice(text)?));
        Ok(())
    }

    /// Returns a filter, behind which the action goes on.
    fn filter(&mut self) -> Result<Node, Error> {
        self.at += b"[?(".len();
        self.take();
        // What is compared holds quotes once or not at all.
        let (mut begun, mut ended, mut pair) = (false, false, '"');
        loop {
            match self.next() {
                None | Some('\n') => return Err(Error::UnterminatedFilter),
                Some(c @ ('"' | '\'')) => {
                    if !begun {
                        begun = true;
                        pair = c;
                    } else if !self.is_escaped() && c == pair {
                        ended = true;
                    }
                }
                Some(')') if begun == ended => break,
                Some(_) => {}
            }
        }
        if self.next() != Some(']') {
            return Err(Error::UnclosedFilter);
        }
        let text = self.take();
        let text = text.get(..text.len().saturating_sub(2)).unwrap_or_default();
        match compared(text) {
            None => Ok(Node::Filter {
                left: parse_action(text, self.depth + 1)?,
                right: Vec::new(),
                operator: Operator::Exists,
            }),
            Some((left, operator, right)) => Ok(Node::Filter {
                left: parse_action(left, self.depth + 1)?,
                right: parse_action(right, self.depth + 1)?,
                operator: match operator {
                    b"<" => Operator::Less,
                    b"<=" => Operator::LessEqual,
                    b">" => Operator::Greater,
                    b">=" => Operator::GreaterEqual,
                    b"==" => Operator::Equal,
                    b"!=" => Operator::NotEqual,
                    _ => Operator::Unknown,
                },
            }),
        }
    }
}

/// Returns the two sides of a comparison and what is between: all of `!<>=` in a row, unless nothing
/// is left behind.
fn compared(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let is_sign = |b: &u8| b"!<>=".contains(b);
    let begin = text.iter().position(is_sign).filter(|at| *at > 0)?;
    let mut end = begin + text[begin..].iter().take_while(|b| is_sign(b)).count();
    if end == text.len() {
        end -= 1;
    }
    (end > begin).then(|| (&text[..begin], &text[begin..end], &text[end..]))
}

fn slice(text: &[u8]) -> Result<[Bound; 3], Error> {
    let invalid = || Error::ArrayIndex { text: text.into() };
    let mut parts = text.split(|b| *b == b':');
    let mut bounds = [Bound::default(); 3];
    let is_number = |t: &[u8]| t.strip_prefix(b"-").unwrap_or(t).iter().all(u8::is_ascii_digit);
    for i in 0..3 {
        let part = parts.next();
        if part.is_some_and(|p| !is_number(p)) {
            return Err(invalid());
        }
        bounds[i] = match part {
            // A lone index ends right behind itself.
            None if i == 1 => {
                Bound { value: bounds[0].value.wrapping_add(1), known: true, derived: true }
            }
            None | Some(b"") => Bound::default(),
            Some(number) => match strconv::atoi(number) {
                Ok(value) => Bound { value, known: true, derived: false },
                Err(_) => return Err(Error::IndexRange { number: number.into() }),
            },
        };
    }
    if parts.next().is_some() {
        return Err(invalid());
    }
    Ok(bounds)
}

/// Reproduces Go's `strconv.Unquote`, but that single quotes may hold any text.
fn unquote(text: &[u8]) -> Option<Vec<u8>> {
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    if !inner.contains(&b'\\') {
        return Some(inner.to_vec());
    }
    if text.starts_with(b"\"") {
        return strconv::unquote(text);
    }
    // In single quotes the other quote needs no escape, and may not have one.
    let mut double = vec![b'"'];
    let mut bytes = inner.iter().copied();
    while let Some(b) = bytes.next() {
        match b {
            b'\\' => match bytes.next()? {
                b'\'' => double.push(b'\''),
                b'"' => return None,
                other => double.extend([b'\\', other]),
            },
            b'"' => double.extend(b"\\\""),
            other => double.push(other),
        }
    }
    double.push(b'"');
    strconv::unquote(&double)
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || unicode::is_letter(c) || unicode::is_digit(c)
}

/// Returns whether a character ends a name.
fn is_terminator(c: char) -> bool {
    " \t\r\n.,[]$@{}".contains(c)
}
