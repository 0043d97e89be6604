//! Parses patterns to trees.

use super::Error;
use gostd::unicode::decode;

/// Braces within braces, and elements of a pattern, beyond which it is refused.
const MAX_DEPTH: usize = 100;
const MAX_NODES: usize = 256;

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Nothing,
    Pattern(Vec<Node>),
    AnyOf(Vec<Node>),
    Text(String),
    /// `*`
    Any,
    /// `**`
    Super,
    /// `?`
    Single,
    /// `[abc]`
    List {
        chars: Vec<char>,
        not: bool,
    },
    /// `[a-z]`
    Range {
        lo: char,
        hi: char,
        not: bool,
    },
}

struct Parser<'a> {
    rest: &'a [u8],
    nodes: usize,
}

impl Parser<'_> {
    /// Returns the next character; a NUL ends the pattern, as its end does.
    fn peek(&self) -> Result<Option<char>, Error> {
        match decode(self.rest) {
            (char::REPLACEMENT_CHARACTER, 1..) => Err(Error::NotUtf8),
            ('\0', _) | (_, 0) => Ok(None),
            (c, _) => Ok(Some(c)),
        }
    }

    fn next(&mut self) -> Result<Option<char>, Error> {
        let c = self.peek()?;
        if let Some(c) = c {
            self.rest = &self.rest[c.len_utf8()..];
        }
        Ok(c)
    }

    /// Reads text up to a breaker; a backslash makes the next character text.
    fn text(&mut self, breakers: &str) -> Result<String, Error> {
        let mut text = String::new();
        while let Some(c) = self.peek()? {
            if breakers.contains(c) {
                break;
            }
            self.next()?;
            if c != '\\' {
                text.push(c);
            } else if let Some(escaped) = self.next()? {
                text.push(escaped);
            }
        }
        Ok(text)
    }

    /// Returns what follows `[`.
    fn range(&mut self) -> Result<Node, Error> {
        let mut not = false;
        let mut start = self.rest;
        let mut first = self.next()?.ok_or(Error::UnexpectedEnd)?;
        if first == '!' {
            not = true;
            start = self.rest;
            first = self.next()?.ok_or(Error::UnexpectedEnd)?;
        }
        let node = if self.peek()? == Some('-') {
            self.next()?;
            let hi = self.next()?.ok_or(Error::UnexpectedEnd)?;
            if hi < first {
                return Err(Error::RangeOrder { low: first, high: hi });
            }
            Node::Range { lo: first, hi, not }
        } else {
            self.rest = start;
            let chars: Vec<char> = self.text("]")?.chars().collect();
            if chars.is_empty() {
                return Err(Error::EmptyRange);
            }
            Node::List { chars, not }
        };
        match self.next()? {
            None => Err(Error::UnexpectedEnd),
            Some(']') => Ok(node),
            Some(found) => Err(Error::UnclosedRange { found }),
        }
    }
}

/// Parses a pattern; braces may stay open at its end.
pub(super) fn parse(pattern: &[u8]) -> Result<Node, Error> {
    let mut p = Parser { rest: pattern, nodes: 0 };
    let mut current: Vec<Node> = Vec::new();
    // Around each open brace: what precedes it, and the alternatives before the current one.
    let mut open: Vec<(Vec<Node>, Vec<Node>)> = Vec::new();
    while let Some(c) = p.peek()? {
        p.nodes += 1;
        if p.nodes > MAX_NODES || open.len() > MAX_DEPTH {
            return Err(Error::TooLarge);
        }
        if !matches!(c, '{' | '[' | '?' | '*') && (open.is_empty() || !matches!(c, ',' | '}')) {
            let text = p.text(if open.is_empty() { "?*[{" } else { "?*[{}," })?;
            if !text.is_empty() {
                current.push(Node::Text(text));
            }
            continue;
        }
        p.next()?;
        match c {
            '{' => open.push((std::mem::take(&mut current), Vec::new())),
            ',' => {
                if let Some((_, alternatives)) = open.last_mut() {
                    alternatives.push(Node::Pattern(std::mem::take(&mut current)));
                }
            }
            '}' => close(&mut current, &mut open),
            '[' => {
                let node = p.range()?;
                current.push(node);
            }
            '?' => current.push(Node::Single),
            _ if p.peek()? == Some('*') => {
                p.next()?;
                current.push(Node::Super);
            }
            _ => current.push(Node::Any),
        }
    }
    while !open.is_empty() {
        close(&mut current, &mut open);
    }
    Ok(Node::Pattern(current))
}

fn close(current: &mut Vec<Node>, open: &mut Vec<(Vec<Node>, Vec<Node>)>) {
    if let Some((before, mut alternatives)) = open.pop() {
        alternatives.push(Node::Pattern(std::mem::replace(current, before)));
        current.push(Node::AnyOf(alternatives));
    }
}
