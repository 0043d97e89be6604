//! Parses tokens to a tree of nodes: the first document of a stream.
//!
//! The stack of open collections is explicit, so that depth costs no machine stack.

use std::borrow::Cow;
use std::collections::HashMap;

use super::error::{Place, Problem, Scan, SyntaxError, YamlError};
use super::resolve::YAML_TAG;
use super::scan::{Kind, Scanner, Token};
use super::scan_comments::Texts;
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

/// How a node is written, beside what it means.
#[derive(Default)]
pub(super) struct Note<'a> {
    /// Where its content begins, from 0.
    line: usize,
    pub(super) anchor: Option<&'a [u8]>,
    pub(super) style: Style,
    pub(super) texts: Texts,
}

/// How a node is written.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) enum Style {
    /// A scalar without quotes, a collection by indentation.
    #[default]
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
    /// A collection in brackets.
    Flow,
}

/// What [`first_document_with_notes`] notes.
#[derive(Default)]
pub(super) struct Notes<'a> {
    /// By node.
    pub(super) nodes: Vec<Note<'a>>,
    /// The comment before the document, which an empty line parts from its root.
    pub(super) head: Vec<u8>,
    /// The comment after it.
    pub(super) foot: Vec<u8>,
    /// What is the head of the collection that an entry of a list is.
    stem: Vec<u8>,
}

/// Which comments a node gets.
#[derive(Clone, Copy)]
enum Gets {
    /// Those that stand before it and on its line.
    All,
    /// That which stands before the `-` of its entry.
    Stem,
    Nothing,
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
    /// Comments and styles, for who wants them.
    notes: Option<Notes<'a>>,
    /// Where nodes begin, for who wants that.
    starts: Option<Starts>,
}

/// Where the contents of nodes begin, by node; nothing for one that no text has.
#[derive(Default)]
pub(super) struct Starts(Vec<Option<usize>>);

impl Starts {
    pub(super) fn of(&self, id: NodeId) -> Option<usize> {
        self.0.get(id).copied().flatten()
    }
}

/// Reads the first document; without one, the root is `None`.
pub(super) fn first_document<'a>(input: &'a Input<'_>) -> Result<Document<'a>, YamlError> {
    let mut parser = Parser::new(input);
    parser.document()?;
    Ok(parser.doc)
}

/// Reads the first document with its comments and styles, as go-yaml v3 does.
pub(super) fn first_document_with_notes<'a>(
    input: &'a Input<'_>,
) -> Result<(Document<'a>, Notes<'a>), YamlError> {
    let mut parser = Parser::new(input);
    parser.scanner.comments = Some(Box::default());
    parser.notes = Some(Notes::default());
    parser.document()?;
    Ok((parser.doc, parser.notes.unwrap_or_default()))
}

/// Reads all documents with their comments and styles, as go-yaml v3's decoder does: an alias may stand for what an
/// earlier document holds. The nodes of all are in one list; the root of each document is told.
pub(super) fn documents_with_notes<'a>(
    input: &'a Input<'_>,
) -> Result<(Document<'a>, Notes<'a>, Vec<NodeId>), YamlError> {
    let (document, notes, roots, end) = documents_up_to(input, usize::MAX);
    end.map(|()| (document, notes, roots))
}

/// Reads at most so many documents with their notes, and tells whether one is none.
pub(super) fn documents_up_to<'a>(
    input: &'a Input<'_>,
    count: usize,
) -> (Document<'a>, Notes<'a>, Vec<NodeId>, Result<(), YamlError>) {
    let mut parser = Parser::new(input);
    parser.scanner.comments = Some(Box::default());
    parser.notes = Some(Notes::default());
    let mut roots = Vec::new();
    let mut end = parser.document();
    while end.is_ok()
        && let Some(root) = parser.doc.root.take()
    {
        roots.push(root);
        if roots.len() == count {
            break;
        }
        end = parser.later_document();
    }
    (parser.doc, parser.notes.unwrap_or_default(), roots, end)
}

/// Reads the first document, and where its nodes begin.
pub(super) fn first_document_with_starts<'a>(
    input: &'a Input<'_>,
) -> Result<(Document<'a>, Starts), YamlError> {
    let mut parser = Parser::new(input);
    parser.starts = Some(Starts::default());
    parser.document()?;
    Ok((parser.doc, parser.starts.unwrap_or_default()))
}

impl<'a> Parser<'a> {
    fn new(input: &'a Input<'_>) -> Parser<'a> {
        Parser {
            scanner: Scanner::new(input),
            doc: Document::default(),
            anchors: HashMap::new(),
            tags: Vec::new(),
            open: Vec::new(),
            notes: None,
            starts: None,
        }
    }

    fn kind(&mut self) -> Scan<&Kind<'a>> {
        Ok(&self.scanner.peek()?.kind)
    }

    fn fail<T>(&mut self, problem: &'static str) -> Scan<T> {
        let line = self.scanner.peek()?.line;
        fail_at(line, problem)
    }

    /// Fails in the innermost open collection: go-yaml v3 names the line where it began, if it is not the first.
    fn fail_inside<T>(&mut self, problem: &'static str) -> Scan<T> {
        let line = self.scanner.peek()?.line;
        let (notes, open) = (self.notes.as_ref(), self.open.last());
        let note = notes.zip(open).and_then(|(notes, (id, _))| notes.nodes.get(*id));
        fail_at(note.map(|note| note.line).filter(|line| *line > 0).unwrap_or(line), problem)
    }

    fn document(&mut self) -> Result<(), YamlError> {
        match self.kind()? {
            Kind::StreamEnd => return Ok(()),
            Kind::VersionDirective(_) | Kind::TagDirective { .. } | Kind::DocumentStart => {
                self.explicit_start()?;
            }
            _ => {
                self.directives()?;
                self.part_head();
                self.node(true, false)?;
            }
        }
        self.content()
    }

    /// Reads the document that follows another; without one, the root stays unset.
    fn later_document(&mut self) -> Result<(), YamlError> {
        self.tags.clear();
        while *self.kind()? == Kind::DocumentEnd {
            self.scanner.take();
        }
        if *self.kind()? == Kind::StreamEnd {
            return Ok(());
        }
        self.explicit_start()?;
        self.content()
    }

    /// Takes the directives and the `---` of a document, and begins its root.
    fn explicit_start(&mut self) -> Result<(), YamlError> {
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
                Ok(())
            }
            _ => self.node(true, false),
        }
    }

    /// Reads the rest of a document whose root has begun.
    fn content(&mut self) -> Result<(), YamlError> {
        while let Some(&(_, state)) = self.open.last() {
            self.step(state)?;
        }
        // go-yaml looks at the token that follows the document, and may fail there.
        self.scanner.peek()?;
        if let Some(notes) = &mut self.notes {
            let Texts { head, foot, .. } = self.scanner.take_comments();
            notes.foot = if foot.is_empty() { head } else { foot };
        }
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
                    let line = self.take_entry()?;
                    match self.kind()? {
                        Kind::BlockEntry | Kind::BlockEnd => self.empty(line),
                        _ => self.node(true, false)?,
                    }
                }
                Kind::BlockEnd => self.close(),
                _ => self.fail_inside("did not find expected '-' indicator")?,
            },
            State::IndentlessEntry => match self.kind()? {
                Kind::BlockEntry => {
                    let line = self.take_entry()?;
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
                Kind::BlockEnd => self.close_noting(),
                _ => self.fail_inside("did not find expected key")?,
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
                    return Ok(self.fail_inside("did not find expected ',' or ']'")?);
                }
                self.scanner.take();
            }
            self.set_state(State::FlowEntry { first: false });
            match self.kind()? {
                Kind::Key => {
                    let line = self.take_line()?;
                    self.open(line, Vec::new(), Content::Mapping(Vec::new()), State::PairKey);
                    self.note(line, None, Style::Flow, Gets::Nothing);
                    return Ok(());
                }
                Kind::FlowSequenceEnd => {}
                _ => return self.node(false, false),
            }
        }
        self.close_noting();
        Ok(())
    }

    fn flow_key(&mut self, first: bool) -> Result<(), YamlError> {
        if *self.kind()? != Kind::FlowMappingEnd {
            if !first {
                if *self.kind()? != Kind::FlowEntry {
                    return Ok(self.fail_inside("did not find expected ',' or '}'")?);
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
        self.close_noting();
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
        let &Token { line, start: first, .. } = self.scanner.peek()?;
        let id = self.doc.nodes.len();
        if let &Kind::Alias(name) = self.kind()? {
            self.scanner.take();
            let Some(&target) = self.anchors.get(name) else {
                let name = String::from_utf8_lossy(name);
                return Err(Problem::UnknownAnchor { name: name.into() }.into());
            };
            self.add(line, Vec::new(), Content::Alias { name, target });
            self.note(line, None, Style::Plain, Gets::All);
            self.begins(id, first);
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
        let start = self.scanner.peek()?.start;
        let tag = match tag {
            Some(token) => self.tag(token.line, token.kind)?,
            None => Vec::new(),
        };
        if let Some(name) = anchor {
            self.anchors.insert(name, id);
        }
        // go-yaml v3 names the line where the node begins, if it is not the first.
        let names_start = self.notes.is_some() && line > 0;
        let sequence = Content::Sequence(Vec::new());
        let mapping = Content::Mapping(Vec::new());
        match self.kind()? {
            Kind::BlockEntry if indentless => {
                self.open(line, tag, sequence, State::IndentlessEntry);
                self.note(line, anchor, Style::Plain, Gets::Nothing);
            }
            Kind::Scalar { .. } => {
                if let Some(Token { start, kind: Kind::Scalar { value: text, plain }, .. }) =
                    self.scanner.take()
                {
                    let implicit = tag.is_empty() && plain || tag == b"!";
                    self.add(line, tag, Content::Scalar { text, implicit });
                    if self.notes.is_some() {
                        let style = self.style_of_scalar(start, plain);
                        self.note(line, anchor, style, Gets::All);
                    }
                }
            }
            Kind::FlowSequence => {
                let at = self.take_line()?;
                self.open(line, tag, sequence, State::FlowEntry { first: true });
                self.note(at, anchor, Style::Flow, Gets::All);
            }
            Kind::FlowMapping => {
                let at = self.take_line()?;
                self.open(line, tag, mapping, State::FlowKey { first: true });
                self.note(at, anchor, Style::Flow, Gets::All);
            }
            Kind::BlockSequence if block => {
                let at = self.take_line()?;
                self.open(line, tag, sequence, State::BlockEntry);
                self.note(at, anchor, Style::Plain, Gets::Stem);
            }
            Kind::BlockMapping if block => {
                let at = self.take_line()?;
                self.open(line, tag, mapping, State::BlockKey);
                self.note(at, anchor, Style::Plain, Gets::Stem);
            }
            _ if anchor.is_some() || !tag.is_empty() => {
                let implicit = tag.is_empty();
                self.add(line, tag, Content::Scalar { text: Cow::Borrowed(b""), implicit });
                self.note(line, anchor, Style::Plain, Gets::Nothing);
                self.begins(id, first);
                return Ok(());
            }
            _ if names_start => {
                fail_at(line, "did not find expected node content")?;
            }
            _ => self.fail("did not find expected node content")?,
        }
        self.begins(id, start);
        Ok(())
    }

    /// Keeps where a node begins.
    fn begins(&mut self, id: NodeId, start: usize) {
        if let Some(Starts(starts)) = &mut self.starts {
            starts.resize(id, None);
            starts.push(Some(start));
        }
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
        if let Some(notes) = &mut self.notes {
            notes.nodes.push(Note::default());
        }
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

    /// Notes how the node is written that was added last, and which comments it gets.
    fn note(&mut self, line: usize, anchor: Option<&'a [u8]>, style: Style, gets: Gets) {
        let Some(notes) = &mut self.notes else { return };
        let texts = match gets {
            Gets::All => {
                notes.stem.clear();
                self.scanner.take_comments()
            }
            Gets::Stem => Texts { head: std::mem::take(&mut notes.stem), ..Texts::default() },
            Gets::Nothing => Texts::default(),
        };
        if let Some(note) = notes.nodes.last_mut() {
            *note = Note { line, anchor, style, texts };
        }
    }

    /// Takes the token that ends the innermost open collection, which gets the comments behind its entries.
    fn close_noting(&mut self) {
        if let (Some(notes), Some(&(id, _))) = (&mut self.notes, self.open.last()) {
            notes.stem.clear();
            let Texts { line, foot, .. } = self.scanner.take_comments();
            if let Some(note) = notes.nodes.get_mut(id) {
                note.texts.line = line;
                note.texts.foot = foot;
            }
        }
        self.close();
    }

    /// Takes the `-` of an entry. The comment before it is the head of the collection that follows, not of its first
    /// entry.
    fn take_entry(&mut self) -> Scan<usize> {
        let before = self.scanner.comments.as_ref().map_or(0, |c| c.next.head.len());
        let line = self.take_line()?;
        if before > 0 && matches!(self.kind()?, Kind::BlockSequence | Kind::BlockMapping) {
            let (comments, notes) = (&mut self.scanner.comments, &mut self.notes);
            if let (Some(comments), Some(notes)) = (comments, notes) {
                let mut stem = std::mem::take(&mut comments.next.head);
                comments.next.head = stem.split_off(before).into_iter().skip(1).collect();
                notes.stem = stem;
            }
        }
        Ok(line)
    }

    /// Gives the document the part of the comment before it that an empty line parts from the rest.
    fn part_head(&mut self) {
        let (comments, notes) = (&mut self.scanner.comments, &mut self.notes);
        let (Some(comments), Some(notes)) = (comments, notes) else { return };
        let head = &mut comments.next.head;
        let last = head.len().saturating_sub(1);
        let parts = |i: &usize| head[*i] == b'\n' && (*i == last || head[*i - 1] == b'\n');
        let Some(at) = (1..head.len()).rev().find(parts) else { return };
        let rest = head.split_off(at + 1);
        head.truncate(if at == last { at } else { at - 1 });
        notes.head = std::mem::replace(head, rest);
    }

    fn style_of_scalar(&self, start: usize, plain: bool) -> Style {
        match self.scanner.at(start) {
            _ if plain => Style::Plain,
            b'\'' => Style::SingleQuoted,
            b'|' => Style::Literal,
            b'>' => Style::Folded,
            _ => Style::DoubleQuoted,
        }
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
