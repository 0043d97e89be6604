//! Keeps a document as its text has it, with comments, anchors, tags and styles: go-yaml v3's `Node`.

mod write;

use super::error::YamlError;
use super::parse::{self, Content, Note, Style};
use super::resolve::{self, Scalar, YAML_TAG};
use super::scan_comments::Texts;
use super::scan_input::Input;

pub(super) use write::{Layout, write, write_node, write_tree};

pub(super) type NodeId = usize;

/// What a [`Node`] is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A text, a number, null …
    Scalar,
    /// A list.
    Sequence,
    /// Its children are keys and values in turn.
    Mapping,
    /// It stands for another node.
    Alias,
}

/// A node as the text has it: go-yaml v3's `Node`. Its children are places in the list that holds it.
#[derive(Clone, Debug)]
pub struct Node {
    pub(super) kind: Kind,
    /// As it is written, `!!` for YAML's own; empty where the text gives none.
    pub(super) tag: Vec<u8>,
    /// A scalar's text, or the name that an alias goes by.
    pub(super) value: Vec<u8>,
    pub(super) style: Style,
    pub(super) anchor: Vec<u8>,
    pub(super) texts: Texts,
    pub(super) children: Vec<NodeId>,
    /// From 1; 0 for one that no text has.
    pub(super) line: usize,
    /// What an alias stands for.
    pub(super) target: Option<NodeId>,
    /// Whether it is a string, whatever its text looks like.
    pub(super) is_string: bool,
}

impl Node {
    pub(super) fn new(kind: Kind) -> Node {
        Node {
            kind,
            tag: Vec::new(),
            value: Vec::new(),
            style: Style::Plain,
            anchor: Vec::new(),
            texts: Texts::default(),
            children: Vec::new(),
            line: 0,
            target: None,
            is_string: false,
        }
    }

    /// Returns a scalar.
    pub(super) fn scalar(value: &[u8], style: Style) -> Node {
        Node { value: value.to_vec(), style, ..Node::new(Kind::Scalar) }
    }

    /// Returns the tag: the one that the text gives, else the one that go-yaml v3 finds fitting. An alias has none.
    pub(super) fn short_tag(&self) -> &[u8] {
        if !self.tag.is_empty() {
            return &self.tag;
        }
        match self.kind {
            Kind::Alias => b"",
            Kind::Sequence => b"!!seq",
            Kind::Mapping => b"!!map",
            Kind::Scalar if self.style != Style::Plain || self.is_string => b"!!str",
            Kind::Scalar => resolve::plain_tag(&self.value),
        }
    }

    /// Tells whether it is null: by its tag, or as a plain scalar.
    pub(super) fn is_null(&self) -> bool {
        if !self.tag.is_empty() {
            return self.tag == b"!!null";
        }
        self.kind == Kind::Scalar
            && self.style == Style::Plain
            && !self.is_string
            && resolve::plain(&self.value) == Scalar::Null
    }
}

/// A document, or a part of one that is written as one.
#[derive(Clone, Debug, Default)]
pub(super) struct Document {
    pub(super) nodes: Vec<Node>,
    pub(super) root: NodeId,
    /// The comment before it, which an empty line parts from its root.
    pub(super) head: Vec<u8>,
    /// The comment after it.
    pub(super) foot: Vec<u8>,
}

impl Document {
    /// Reads the first document of a text; nothing where there is none.
    ///
    /// # Errors
    /// What go-yaml refuses.
    pub(super) fn read(text: &[u8]) -> Result<Option<Document>, YamlError> {
        let input = Input::new(text);
        let (parsed, notes) = parse::first_document_with_notes(&input)?;
        let Some(root) = parsed.root else { return Ok(None) };
        let nodes = nodes_of(parsed.nodes, notes.nodes);
        Ok(Some(Document { nodes, root, head: notes.head, foot: notes.foot }))
    }
}

pub(super) fn nodes_of(nodes: Vec<parse::Node<'_>>, notes: Vec<Note<'_>>) -> Vec<Node> {
    let pairs = nodes.into_iter().zip(notes);
    let mut nodes: Vec<Node> = pairs.map(|(node, note)| node_of(node, note)).collect();
    move_feet(&mut nodes);
    nodes
}

fn node_of(node: parse::Node<'_>, note: Note<'_>) -> Node {
    let Note { anchor, style, texts, .. } = note;
    let target = match node.content {
        Content::Alias { target, .. } => Some(target),
        _ => None,
    };
    let (kind, value, children) = match node.content {
        Content::Scalar { text, .. } => (Kind::Scalar, text.into_owned(), Vec::new()),
        Content::Sequence(items) => (Kind::Sequence, Vec::new(), items),
        Content::Mapping(items) => (Kind::Mapping, Vec::new(), items),
        Content::Alias { name, .. } => (Kind::Alias, name.to_vec(), Vec::new()),
    };
    let tag = match node.tag.strip_prefix(YAML_TAG) {
        Some(short) => [b"!!", short].concat(),
        // go-yaml takes the tag of a merge key for one that has to be shown.
        None if matches!(&node.tag[..], b"" | b"!") && value == b"<<" && style == Style::Plain => {
            b"!!merge".to_vec()
        }
        // The tag that says nothing is not kept.
        None if node.tag == b"!" => Vec::new(),
        None => node.tag,
    };
    let anchor = anchor.unwrap_or_default().to_vec();
    let line = node.line + 1;
    Node { kind, tag, value, style, anchor, texts, children, line, target, is_string: false }
}

/// Moves comments below a value to its key, where go-yaml keeps them, and those above a key to the one before.
fn move_feet(nodes: &mut [Node]) {
    // Children come after their parents.
    for id in (0..nodes.len()).rev() {
        if nodes[id].kind != Kind::Mapping {
            continue;
        }
        let children = std::mem::take(&mut nodes[id].children);
        let is_block = nodes[id].style != Style::Flow;
        let mut before: Option<NodeId> = None;
        for pair in children.chunks_exact(2) {
            let (key, value) = (pair[0], pair[1]);
            if let Some(before) = before.filter(|_| is_block)
                && !nodes[key].texts.foot.is_empty()
            {
                nodes[before].texts.foot = std::mem::take(&mut nodes[key].texts.foot);
            }
            if nodes[key].texts.foot.is_empty() {
                nodes[key].texts.foot = std::mem::take(&mut nodes[value].texts.foot);
            }
            before = Some(key);
        }
        if let Some(last) = before.filter(|_| is_block)
            && !nodes[id].texts.foot.is_empty()
        {
            nodes[last].texts.foot = std::mem::take(&mut nodes[id].texts.foot);
        }
        nodes[id].children = children;
    }
}
