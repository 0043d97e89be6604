//! Finds where the parts of a JSON text stand, so that some can be written anew and the others stay as they are.

use std::ops::Range;

/// The parts of a value, by their places in the text.
#[derive(Debug)]
pub(super) enum Part {
    /// Anything but a list or an object.
    Scalar,
    /// Items.
    List(Vec<Node>),
    /// Keys, as they are written without their quotes, and members.
    Object(Vec<(String, Node)>),
}

/// A value and its place.
#[derive(Debug)]
pub(super) struct Node {
    /// From its first byte to the one behind its last.
    pub(super) range: Range<usize>,
    pub(super) part: Part,
}

impl Node {
    /// Returns a member; nothing of what is no object.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        match &self.part {
            Part::Object(members) => members.iter().find(|(own, _)| own == key).map(|(_, n)| n),
            _ => None,
        }
    }

    /// Returns the items; none of what is no list.
    pub(super) fn items(&self) -> &[Node] {
        match &self.part {
            Part::List(items) => items,
            _ => &[],
        }
    }

    /// Reads the value.
    pub(super) fn value(&self, text: &str) -> serde_json::Value {
        serde_json::from_str(&text[self.range.clone()]).unwrap_or_default()
    }
}

/// Returns the parts of a text that serde_json has found to be JSON, which bounds its depth.
pub(super) fn parts(text: &str) -> Option<Node> {
    Scanner { text: text.as_bytes(), at: 0 }.node()
}

struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at)?.is_ascii_whitespace() {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn node(&mut self) -> Option<Node> {
        let first = self.peek()?;
        let start = self.at;
        let part = match first {
            b'{' => self.object()?,
            b'[' => self.list()?,
            b'"' => {
                self.string()?;
                Part::Scalar
            }
            _ => {
                let rest = &self.text[start..];
                let is_end = |b: &u8| matches!(b, b',' | b']' | b'}') || b.is_ascii_whitespace();
                self.at += rest.iter().position(is_end).unwrap_or(rest.len());
                Part::Scalar
            }
        };
        Some(Node { range: start..self.at, part })
    }

    /// Passes a string; returns it without its quotes.
    fn string(&mut self) -> Option<String> {
        let start = self.at + 1;
        self.at = start;
        loop {
            match self.text.get(self.at)? {
                b'\\' => self.at += 2,
                b'"' => break,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        Some(String::from_utf8_lossy(&self.text[start..self.at - 1]).into_owned())
    }

    fn list(&mut self) -> Option<Part> {
        let mut items = Vec::new();
        self.at += 1;
        while self.peek()? != b']' {
            items.push(self.node()?);
            if self.peek()? == b',' {
                self.at += 1;
            }
        }
        self.at += 1;
        Some(Part::List(items))
    }

    fn object(&mut self) -> Option<Part> {
        let mut members = Vec::new();
        self.at += 1;
        while self.peek()? != b'}' {
            let key = self.string()?;
            if self.peek()? == b':' {
                self.at += 1;
            }
            members.push((key, self.node()?));
            if self.peek()? == b',' {
                self.at += 1;
            }
        }
        self.at += 1;
        Some(Part::Object(members))
    }
}
