//! Parses tokens to a tree of nodes: the first document of a stream.
//!
//! The stack of open collections is explicit, so that depth costs no machine stack.

use std::borrow::Cow;
use std::collections::HashMap;

use super::error::{Place, Problem, Scan, SyntaxError, YamlError};
use super::resolve::YAML_TAG;
use super::scan::{Kind, Scanner};
use super::scan_input::Input;

pub(super) type NodeId = usize;

pub(super) struct Node<'a> {
    /// From 0.
    pub(super) line: usize,
    /// Empty where the text gives none.
    pub(super) tag: Vec<u8>,
    pub(super) content: Content<'a>,
}

pub(super) enum Content<'a> {
    Scalar {
        text: Cow<'a, [u8]>,
        /// Plain, or tagged with a lone `!`.
        implicit: bool,
    },
    Sequence(Vec<NodeId>),
    /// Keys and values in turn.
    Mapping(Vec<NodeId>),
    Alias {
        name: &'a [u8],
        target: NodeId,
    },
}

/// A document's nodes; aliases point back into it.
#[derive(Default)]
pub(super) struct Document<'a> {
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) root: Option<NodeId>,
}

/// What an open collection expects next.
#[derive(Clone, Copy)]
enum State {
    BlockEntry,
    /// A sequence at the column of the mapping that holds it.
    IndentlessEntry,
    BlockKey,
    BlockValue,
    FlowEntry {
        first: bool,
    },
    /// Inside the `key: value` of a flow sequence.
    PairKey,
    PairValue,
    PairEnd,
    FlowKey {
        first: bool,
    },
    FlowValue,
    /// A key without `:` in a flow mapping.
    FlowNoValue,
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    doc: Document<'a>,
    anchors: HashMap<&'a [u8], NodeId>,
    /// Handles and prefixes.
    tags: Vec<(Vec<u8>, Vec<u8>)>,
    open: Vec<(NodeId, State)>,
}

/// Reads the first document; without one, the root is `None`.
pub(super) fn first_document<'a>(input: &'a Input<'_>) -> Result<Document<'a>, YamlError> {
    let mut parser = Parser {
        scanner: Scanner::new(input),
        doc: Document::default(),
        anchors: HashMap::new(),
        tags: Vec::new(),
        open: Vec::new(),
    };
    parser.document()?;
    Ok(parser.doc)
}

impl<'a> Parser<'a> {
    fn kind(&mut self) -> Scan<&Kind<'a>> {
        Ok(&self.scanner.peek()?.kind)
    }

    fn fail<T>(&mut self, problem: &'static str) -> Scan<T> {
        let line = self.scanner.peek()?.line;
        fail_at(line, problem)
    }

    fn document(&mut self) -> Result<(), YamlError> {
        match self.kind()? {
            Kind::StreamEnd => return Ok(()),
            Kind::VersionDirective(_) | Kind::TagDirective { .. } | Kind::DocumentStart => {
                self.directives()?;
                if *self.kind()? != Kind::DocumentStart {
                    return Ok(self.fail("did not find expected <document start>")?);
                }
                self.scanner.take();
                match self.kind()? {
                    Kind::VersionDirective(_)
                    | Kind::TagDirective { .. }
                    | Kind::DocumentStart
                    | Kind::DocumentEnd
                    | Kind::StreamEnd => {
                        let line = self.scanner.peek()?.line;
                        self.empty(line);
                    }
                    _ => self.node(true, false)?,
                }
            }
            _ => {
                self.directives()?;
                self.node(true, false)?;
            }
        }
        while let Some(&(_, state)) = self.open.last() {
            self.step(state)?;
        }
        // go-yaml looks at the token that follows the document, and may fail there.
        self.scanner.peek()?;
        Ok(())
    }

    fn directives(&mut self) -> Scan<()> {
        let mut version = false;
        loop {
            let token = self.scanner.peek()?;
            let line = token.line;
            match &token.kind {
                Kind::VersionDirective(is_1_1) => {
                    if version {
                        return fail_at(line, "found duplicate %YAML directive");
                    }
                    if !is_1_1 {
                        return fail_at(line, "found incompatible YAML document");
                    }
                    version = true;
                }
                Kind::TagDirective { handle, prefix } => {
                    let entry = (handle.to_vec(), prefix.to_vec());
                    if self.tags.iter().any(|t| t.0 == entry.0) {
                        return fail_at(line, "found duplicate %TAG directive");
                    }
                    self.tags.push(entry);
                }
                _ => break,
            }
            self.scanner.take();
        }
        for (handle, prefix) in [(&b"!"[..], &b"!"[..]), (b"!!", YAML_TAG)] {
            if !self.tags.iter().any(|t| t.0 == handle) {
                self.tags.push((handle.to_vec(), prefix.to_vec()));
            }
        }
        Ok(())
    }

    fn set_state(&mut self, state: State) {
        if let Some(top) = self.open.last_mut() {
            top.1 = state;
        }
    }

    /// Takes one step inside the innermost open collection.
    fn step(&mut self, state: State) -> Result<(), YamlError> {
        match state {
            State::BlockEntry => match self.kind()? {
                Kind::BlockEntry => {
                    let line = self.take_line()?;
                    match self.kind()? {
                        Kind::BlockEntry | Kind::BlockEnd => self.empty(line),
                        _ => self.node(true, false)?,
                    }
                }
                Kind::BlockEnd => self.close(),
                _ => self.fail("did not find expected '-' indicator")?,
            },
            State::IndentlessEntry => match self.kind()? {
                Kind::BlockEntry => {
                    let line = self.take_line()?;
                    match self.kind()? {
                        Kind::BlockEntry | Kind::Key | Kind::Value | Kind::BlockEnd => {
                            self.empty(line);
                        }
                        _ => self.node(true, false)?,
                    }
                }
                _ => {
                    self.open.pop();
                }
            },
            State::BlockKey => match self.kind()? {
                Kind::Key => {
                    let line = self.take_line()?;
                    self.set_state(State::BlockValue);
                    self.block_key_or_value(line)?;
                }
                Kind::BlockEnd => self.close(),
                _ => self.fail("did not find expected key")?,
            },
            State::BlockValue => {
                self.set_state(State::BlockKey);
                if *self.kind()? == Kind::Value {
                    let line = self.take_line()?;
                    self.block_key_or_value(line)?;
                } else {
                    let line = self.scanner.peek()?.line;
                    self.empty(line);
                }
            }
            State::FlowEntry { first } => self.flow_entry(first)?,
            State::PairKey => {
                self.set_state(State::PairValue);
                match self.kind()? {
                    // libyaml takes the token away too.
                    Kind::Value | Kind::FlowEntry | Kind::FlowSequenceEnd => {
                        let line = self.take_line()?;
                        self.empty(line);
                    }
                    _ => self.node(false, false)?,
                }
            }
            State::PairValue => {
                self.set_state(State::PairEnd);
                self.flow_value(&Kind::FlowSequenceEnd)?;
            }
            State::PairEnd => {
                self.scanner.peek()?;
                self.open.pop();
            }
            State::FlowKey { first } => self.flow_key(first)?,
            State::FlowValue => {
                self.set_state(State::FlowKey { first: false });
                self.flow_value(&Kind::FlowMappingEnd)?;
            }
            State::FlowNoValue => {
                self.set_state(State::FlowKey { first: false });
                let line = self.scanner.peek()?.line;
                self.empty(line);
            }
        }
        Ok(())
    }

    fn block_key_or_value(&mut self, line: usize) -> Result<(), YamlError> {
        match self.kind()? {
            Kind::Key | Kind::Value | Kind::BlockEnd => {
                self.empty(line);
                Ok(())
            }
            _ => self.node(true, true),
        }
    }

    fn flow_entry(&mut self, first: bool) -> Result<(), YamlError> {
        if *self.kind()? != Kind::FlowSequenceEnd {
            if !first {
                if *self.kind()? != Kind::FlowEntry {
                    return Ok(self.fail("did not find expected ',' or ']'")?);
                }
                self.scanner.take();
            }
            self.set_state(State::FlowEntry { first: false });
            match self.kind()? {
                Kind::Key => {
                    let line = self.take_line()?;
                    self.open(line, Vec::new(), Content::Mapping(Vec::new()), State::PairKey);
                    return Ok(());
                }
                Kind::FlowSequenceEnd => {}
                _ => return self.node(false, false),
            }
        }
        self.close();
        Ok(())
    }

    fn flow_key(&mut self, first: bool) -> Result<(), YamlError> {
        if *self.kind()? != Kind::FlowMappingEnd {
            if !first {
                if *self.kind()? != Kind::FlowEntry {
                    return Ok(self.fail("did not find expected ',' or '}'")?);
                }
                self.scanner.take();
            }
            match self.kind()? {
                Kind::Key => {
                    self.scanner.take();
                    self.set_state(State::FlowValue);
                    match self.kind()? {
                        Kind::Value | Kind::FlowEntry | Kind::FlowMappingEnd => {
                            let line = self.scanner.peek()?.line;
                            self.empty(line);
                        }
                        _ => self.node(false, false)?,
                    }
                    return Ok(());
                }
                Kind::FlowMappingEnd => {}
                _ => {
                    self.set_state(State::FlowNoValue);
                    return self.node(false, false);
                }
            }
        }
        self.close();
        Ok(())
    }

    /// Reads the value after a flow key, which ends before `,` or `end`.
    fn flow_value(&mut self, end: &Kind<'_>) -> Result<(), YamlError> {
        if *self.kind()? == Kind::Value {
            self.scanner.take();
            let kind = self.kind()?;
            if *kind != Kind::FlowEntry && kind != end {
                return self.node(false, false);
            }
        }
        let line = self.scanner.peek()?.line;
        self.empty(line);
        Ok(())
    }

    fn take_line(&mut self) -> Scan<usize> {
        self.scanner.peek()?;
        Ok(self.scanner.take().map_or(0, |t| t.line))
    }

    /// Parses a scalar or an alias, or opens a collection.
    fn node(&mut self, block: bool, indentless: bool) -> Result<(), YamlError> {
        let line = self.scanner.peek()?.line;
        if let &Kind::Alias(name) = self.kind()? {
            self.scanner.take();
            let Some(&target) = self.anchors.get(name) else {
                let name = String::from_utf8_lossy(name);
                return Err(Problem::UnknownAnchor { name: name.into() }.into());
            };
            self.add(line, Vec::new(), Content::Alias { name, target });
            return Ok(());
        }
        let mut anchor = None;
        let mut tag = None;
        for _ in 0..2 {
            match self.scanner.peek()?.kind {
                Kind::Anchor(name) if anchor.is_none() => {
                    anchor = Some(name);
                    self.scanner.take();
                }
                Kind::Tag { .. } if tag.is_none() => tag = self.scanner.take(),
                _ => {}
            }
        }
        self.scanner.peek()?;
        let tag = match tag {
            Some(token) => self.tag(token.line, token.kind)?,
            None => Vec::new(),
        };
        if let Some(name) = anchor {
            self.anchors.insert(name, self.doc.nodes.len());
        }
        let sequence = Content::Sequence(Vec::new());
        let mapping = Content::Mapping(Vec::new());
        match self.kind()? {
            Kind::BlockEntry if indentless => {
                self.open(line, tag, sequence, State::IndentlessEntry);
            }
            Kind::Scalar { .. } => {
                if let Some(Kind::Scalar { value: text, plain }) =
                    self.scanner.take().map(|t| t.kind)
                {
                    let implicit = tag.is_empty() && plain || tag == b"!";
                    self.add(line, tag, Content::Scalar { text, implicit });
                }
            }
            Kind::FlowSequence => {
                self.scanner.take();
                self.open(line, tag, sequence, State::FlowEntry { first: true });
            }
            Kind::FlowMapping => {
                self.scanner.take();
                self.open(line, tag, mapping, State::FlowKey { first: true });
            }
            Kind::BlockSequence if block => {
                self.scanner.take();
                self.open(line, tag, sequence, State::BlockEntry);
            }
            Kind::BlockMapping if block => {
                self.scanner.take();
                self.open(line, tag, mapping, State::BlockKey);
            }
            _ if anchor.is_some() || !tag.is_empty() => {
                let implicit = tag.is_empty();
                self.add(line, tag, Content::Scalar { text: Cow::Borrowed(b""), implicit });
            }
            _ => self.fail("did not find expected node content")?,
        }
        Ok(())
    }

    /// Returns the full form of a tag.
    fn tag(&self, line: usize, kind: Kind<'_>) -> Scan<Vec<u8>> {
        let Kind::Tag { handle, suffix } = kind else { return Ok(Vec::new()) };
        if handle.is_empty() {
            return Ok(suffix.into_owned());
        }
        let prefix = self.tags.iter().find(|t| t.0 == *handle).map(|t| &t.1);
        match prefix.map(|p| [p, &*suffix].concat()) {
            Some(tag) if !tag.is_empty() => Ok(tag),
            _ => fail_at(line, "found undefined tag handle"),
        }
    }

    fn empty(&mut self, line: usize) {
        self.add(line, Vec::new(), Content::Scalar { text: Cow::Borrowed(b""), implicit: true });
    }

    fn add(&mut self, line: usize, tag: Vec<u8>, content: Content<'a>) -> NodeId {
        let id = self.doc.nodes.len();
        self.doc.nodes.push(Node { line, tag, content });
        match self.open.last() {
            None => self.doc.root = Some(id),
            Some(&(parent, _)) => match &mut self.doc.nodes[parent].content {
                Content::Sequence(items) | Content::Mapping(items) => items.push(id),
                _ => {}
            },
        }
        id
    }

    fn open(&mut self, line: usize, tag: Vec<u8>, content: Content<'a>, state: State) {
        let id = self.add(line, tag, content);
        self.open.push((id, state));
    }

    /// Takes the token that ends the innermost open collection.
    fn close(&mut self) {
        self.scanner.take();
        self.open.pop();
    }
}

fn fail_at<T>(line: usize, problem: &'static str) -> Scan<T> {
    Err(Box::new(SyntaxError { problem: problem.into(), place: Place::Parser(line) }))
}
