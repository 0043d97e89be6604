//! Holds the nodes of both sides in one list, each with its tag.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use bstr::ByteSlice;
use goyaml::{Documents, Node, NodeKind};

use crate::error::Error;

pub(crate) type NodeId = usize;

/// A tag by its place in the table of tags.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Tag(u32);

impl Tag {
    pub(crate) const STR: Tag = Tag(0);
    pub(crate) const NULL: Tag = Tag(1);
    pub(crate) const BOOL: Tag = Tag(2);
    pub(crate) const BINARY: Tag = Tag(3);
}

/// The tags of the constants above, in their order.
const KNOWN: [&[u8]; 4] = [b"!!str", b"!!null", b"!!bool", b"!!binary"];

#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    tags: Vec<Tag>,
    names: Vec<Vec<u8>>,
    places: HashMap<Vec<u8>, Tag>,
    /// Aliases that stand within what they stand for.
    endless: HashSet<NodeId>,
}

impl Tree {
    pub(crate) fn new(documents: Documents) -> Tree {
        let mut tree = Tree::default();
        for name in KNOWN {
            tree.tag_named(name);
        }
        tree.tags.reserve(documents.nodes.len());
        for node in &documents.nodes {
            let tag = tree.tag_named(node.tag());
            tree.tags.push(tag);
        }
        tree.endless = endless(&documents.nodes);
        tree.nodes = documents.nodes;
        tree
    }

    fn tag_named(&mut self, name: &[u8]) -> Tag {
        if let Some(tag) = self.places.get(name) {
            return *tag;
        }
        let tag = Tag(self.names.len() as u32);
        self.names.push(name.to_vec());
        self.places.insert(name.to_vec(), tag);
        tag
    }

    pub(crate) fn push(&mut self, node: Node) -> NodeId {
        let tag = self.tag_named(node.tag());
        self.tags.push(tag);
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    pub(crate) fn tag(&self, id: NodeId) -> Tag {
        self.tags[id]
    }

    pub(crate) fn tag_name(&self, id: NodeId) -> &[u8] {
        &self.names[self.tags[id].0 as usize]
    }

    pub(crate) fn kind(&self, id: NodeId) -> NodeKind {
        self.nodes[id].kind()
    }

    pub(crate) fn value(&self, id: NodeId) -> &[u8] {
        self.nodes[id].value()
    }

    /// Returns a node's text.
    pub(crate) fn text(&self, id: NodeId) -> Cow<'_, str> {
        self.value(id).to_str_lossy()
    }

    pub(crate) fn children(&self, id: NodeId) -> &[NodeId] {
        self.nodes[id].children()
    }

    /// Returns keys and values.
    pub(crate) fn pairs(&self, id: NodeId) -> impl ExactSizeIterator<Item = (NodeId, NodeId)> {
        self.children(id).chunks_exact(2).map(|pair| (pair[0], pair[1]))
    }

    /// Returns what an alias stands for, else the node itself.
    pub(crate) fn follow(&self, id: NodeId) -> NodeId {
        self.nodes[id].target().unwrap_or(id)
    }

    /// Does as [`Tree::follow`], but for an alias that leads back to itself.
    pub(crate) fn follow_ending(&self, id: NodeId) -> Result<NodeId, Error> {
        match self.endless.contains(&id) {
            true => Err(Error::TooDeep),
            false => Ok(self.follow(id)),
        }
    }

    /// Returns the value of a mapping's first key of that text.
    pub(crate) fn get(&self, id: NodeId, key: &[u8]) -> Option<NodeId> {
        self.pairs(id).find(|(k, _)| self.value(*k) == key).map(|(_, value)| value)
    }

    /// Does as [`Tree::get`] where aliases stand for keys, and follows one.
    pub(crate) fn get_followed(&self, id: NodeId, key: &[u8]) -> Option<NodeId> {
        let found = self.pairs(id).find(|(k, _)| self.value(self.follow(*k)) == key);
        found.map(|(_, value)| self.follow(value))
    }

    pub(crate) fn is_null_document(&self, root: NodeId) -> bool {
        self.kind(root) == NodeKind::Scalar && self.tag(root) == Tag::NULL
    }
}

/// Returns the aliases that stand within what they stand for. No others lead back to themselves: an alias follows what
/// it stands for.
fn endless(nodes: &[Node]) -> HashSet<NodeId> {
    if nodes.iter().all(|node| node.target().is_none()) {
        return HashSet::new();
    }
    // The last node below each; children come after their parents.
    let mut ends: Vec<NodeId> = (0..nodes.len()).collect();
    for id in (0..nodes.len()).rev() {
        let last = nodes[id].children().iter().map(|child| ends[*child]).max();
        ends[id] = ends[id].max(last.unwrap_or(id));
    }
    let aliases = nodes.iter().enumerate().filter_map(|(id, node)| Some((id, node.target()?)));
    aliases.filter(|(id, target)| ends[*target] >= *id).map(|(id, _)| id).collect()
}
