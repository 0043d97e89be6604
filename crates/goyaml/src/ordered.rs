//! Keeps what go-yaml v2 decodes with the order, the texts and the lines that were written, and writes it again as
//! v2's own encoder does, without a way through JSON.

use std::collections::BTreeMap;

use bstr::ByteSlice;

use super::compose::{self, Make};
use super::dialect::Dialect;
use super::emit_error::EmitError;
use super::emit_number::go_float;
use super::emit_write::{Emitter, USUAL};
use super::error::{Problem, YamlError};
use super::parse::{self, Content, Document, NodeId};
use super::pretty::base64_lines;
use super::scan_input::Input;
use super::sort::natural_less;
use super::tree::{Key, Tree};
use gostd::stack;
use gostd::strconv::{append_int, append_uint};

/// How deep values may nest.
const MAX_DEPTH: usize = 10_000;

/// A document as go-yaml v2 decodes it, in the order in which it was written.
///
/// ```
/// let text = b"kind: List\nitems: [{b: 012, a: yes}]";
/// let document = goyaml::Ordered::read(text).unwrap().unwrap();
/// let item = document.root().get(b"items").unwrap().items().next().unwrap();
/// assert_eq!(item.marshal(false).unwrap(), b"b: 10\na: true\n");
/// assert_eq!(item.marshal(true).unwrap(), b"a: true\nb: 10\n");
/// assert_eq!(item.get(b"b").unwrap().text(), Some(&b"012"[..]));
/// ```
#[derive(Debug)]
pub struct Ordered {
    nodes: Vec<Node>,
    root: usize,
}

#[derive(Debug)]
struct Node {
    /// From 1.
    line: usize,
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    Scalar { tree: Tree, text: Vec<u8>, tag: Vec<u8> },
    List(Vec<usize>),
    Map(Vec<(Key, usize)>),
}

/// A node of an [`Ordered`] document.
#[derive(Clone, Copy, Debug)]
pub struct Part<'o> {
    document: &'o Ordered,
    id: usize,
}

impl Ordered {
    /// Reads the first document of a text; nothing where there is none.
    ///
    /// # Errors
    /// What go-yaml refuses; see [`words`].
    pub fn read(text: &[u8]) -> Result<Option<Ordered>, YamlError> {
        let input = Input::new(text);
        let document = parse::first_document(&input)?;
        let mut making = Making { document: &document, nodes: Vec::new() };
        let root = compose::decode_to(&mut making, &document, false)?;
        let nodes = making.nodes;
        Ok(root.map(|made| Ordered { nodes, root: made.node }))
    }

    /// Returns the document's root.
    pub fn root(&self) -> Part<'_> {
        Part { document: self, id: self.root }
    }
}

/// Returns go-yaml's own words for what it refuses, without those of `sigs.k8s.io/yaml` around them.
pub fn words(error: &YamlError) -> String {
    let text = error.to_string();
    match error.problem() {
        Problem::JsonDepth { .. } => "yaml: exceeded max depth of 10000".to_owned(),
        _ => {
            text.strip_prefix("error converting YAML to JSON: ").map_or(text.clone(), str::to_owned)
        }
    }
}

/// What was made of a node, and the key that it stands behind.
struct Made {
    node: usize,
    key: NodeId,
}

struct Making<'d, 'a> {
    document: &'d Document<'a>,
    nodes: Vec<Node>,
}

impl Making<'_, '_> {
    fn add(&mut self, id: NodeId, inner: Inner) -> Made {
        self.nodes.push(Node { line: self.document.nodes[id].line + 1, inner });
        Made { node: self.nodes.len() - 1, key: 0 }
    }
}

impl Make for Making<'_, '_> {
    type Made = Made;

    fn scalar(&mut self, id: NodeId, tree: Tree) -> Made {
        let node = &self.document.nodes[id];
        let text = match &node.content {
            Content::Scalar { text, .. } => text.to_vec(),
            _ => Vec::new(),
        };
        let tag = node.tag.clone();
        self.add(id, Inner::Scalar { tree, text, tag })
    }

    fn list(&mut self, id: NodeId, items: Vec<Made>) -> Made {
        self.add(id, Inner::List(items.into_iter().map(|made| made.node).collect()))
    }

    fn map(&mut self, id: NodeId, entries: BTreeMap<Key, Made>) -> Made {
        let mut entries: Vec<(Key, Made)> = entries.into_iter().collect();
        entries.sort_by_key(|(_, made)| made.key);
        self.add(id, Inner::Map(entries.into_iter().map(|(key, made)| (key, made.node)).collect()))
    }

    fn entry(&mut self, key: NodeId, made: Made) -> Made {
        Made { key, ..made }
    }
}

impl<'o> Part<'o> {
    fn node(self) -> &'o Node {
        &self.document.nodes[self.id]
    }

    fn of(self, id: usize) -> Part<'o> {
        Part { id, ..self }
    }

    /// Returns the value of a key.
    pub fn get(self, key: &[u8]) -> Option<Part<'o>> {
        let Inner::Map(entries) = &self.node().inner else { return None };
        let found = entries.iter().find(|(k, _)| matches!(k, Key::Str(k) if k.as_bytes() == key));
        found.map(|(_, id)| self.of(*id))
    }

    /// Returns the items of a list.
    pub fn items(self) -> impl Iterator<Item = Part<'o>> {
        let items = match &self.node().inner {
            Inner::List(items) => &items[..],
            _ => &[],
        };
        items.iter().map(move |id| self.of(*id))
    }

    /// Returns the values of a mapping.
    pub fn values(self) -> impl Iterator<Item = Part<'o>> {
        let entries = match &self.node().inner {
            Inner::Map(entries) => &entries[..],
            _ => &[],
        };
        entries.iter().map(move |(_, id)| self.of(*id))
    }

    /// Tells whether it is null.
    pub fn is_null(self) -> bool {
        matches!(self.node().inner, Inner::Scalar { tree: Tree::Nil, .. })
    }

    /// Tells whether it is a mapping.
    pub fn is_map(self) -> bool {
        matches!(self.node().inner, Inner::Map(_))
    }

    /// Tells whether it is a list.
    pub fn is_list(self) -> bool {
        matches!(self.node().inner, Inner::List(_))
    }

    /// Returns what a `string` becomes: what was written, whatever it means; empty for null, nothing for a collection.
    pub fn text(self) -> Option<&'o [u8]> {
        match &self.node().inner {
            Inner::Scalar { tree: Tree::Nil, .. } => Some(b""),
            Inner::Scalar { tree: Tree::Str(text), .. } => Some(text),
            Inner::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Returns what go-yaml says of a node that does not fit a Go type.
    pub fn misfit(self, go_type: &str) -> String {
        let Node { line, inner } = self.node();
        let (tag, value) = match inner {
            Inner::List(_) => ("!!seq".into(), String::new()),
            Inner::Map(_) => ("!!map".into(), String::new()),
            Inner::Scalar { tree, text, tag } => {
                let tag = match tree {
                    _ if !tag.is_empty() => shortened(tag),
                    Tree::Nil => "!!null".into(),
                    Tree::Bool(_) => "!!bool".into(),
                    Tree::Int(_) | Tree::Uint(_) => "!!int".into(),
                    Tree::Float(_) => "!!float".into(),
                    _ => "!!str".into(),
                };
                let (shown, more) = match text.len() {
                    ..=10 => (&text[..], ""),
                    _ => (&text[..7], "..."),
                };
                (tag, format!(" `{}{more}`", shown.to_str_lossy()))
            }
        };
        format!("line {line}: cannot unmarshal {tag}{value} into {go_type}")
    }

    /// Writes the node as go-yaml v2 does; `sorted` as a `map[interface{}]interface{}`, else as a `MapSlice`.
    ///
    /// # Errors
    /// What nests too deep or grows too long.
    pub fn marshal(self, sorted: bool) -> Result<Vec<u8>, EmitError> {
        let mut out = Vec::new();
        let mut writing = Writing { emitter: Emitter::new(&mut out, Dialect::V2, USUAL), sorted };
        writing.node(self, None, false, 0)?;
        writing.emitter.finish();
        Ok(out)
    }
}

/// Returns a tag as errors show it.
fn shortened(tag: &[u8]) -> String {
    match tag.strip_prefix(super::resolve::YAML_TAG) {
        Some(name) => format!("!!{}", name.to_str_lossy()),
        None => tag.to_str_lossy().into_owned(),
    }
}

struct Writing<'w> {
    emitter: Emitter<'w>,
    sorted: bool,
}

impl Writing<'_> {
    fn node(
        &mut self,
        part: Part<'_>,
        indent: Option<usize>,
        in_mapping: bool,
        depth: usize,
    ) -> Result<(), EmitError> {
        if depth > MAX_DEPTH {
            return Err(EmitError::TooDeep { limit: MAX_DEPTH });
        }
        self.emitter.check_length()?;
        match &part.node().inner {
            Inner::Scalar { tree, .. } => {
                self.scalar(tree, indent);
                Ok(())
            }
            Inner::List(items) if items.is_empty() => {
                self.emitter.empty(b"[]");
                Ok(())
            }
            Inner::Map(entries) if entries.is_empty() => {
                self.emitter.empty(b"{}");
                Ok(())
            }
            Inner::List(items) => {
                let own = match indent {
                    None => 0,
                    Some(n) if in_mapping && !self.emitter.at_indention() => n,
                    Some(n) => n + 2,
                };
                stack::at_depth(depth, || {
                    items.iter().try_for_each(|&item| {
                        self.emitter.item(own);
                        self.node(part.of(item), Some(own), false, depth + 1)
                    })
                })
            }
            Inner::Map(entries) => {
                let own = indent.map_or(0, |n| n + 2);
                let mut entries: Vec<&(Key, usize)> = entries.iter().collect();
                if self.sorted {
                    entries = merge_sorted(entries);
                }
                stack::at_depth(depth, || {
                    entries.iter().try_for_each(|(key, value)| {
                        self.key(key, own);
                        self.node(part.of(*value), Some(own), true, depth + 1)
                    })
                })
            }
        }
    }

    fn scalar(&mut self, tree: &Tree, indent: Option<usize>) {
        match tree {
            Tree::Bool(on) => self.emitter.plain(if *on { b"true" } else { b"false" }),
            Tree::Int(n) => self.emitter.plain_with(|out| append_int(out, *n)),
            Tree::Uint(n) => self.emitter.plain_with(|out| append_uint(out, *n)),
            Tree::Float(f) => self.emitter.plain_with(|out| go_float(out, *f)),
            Tree::Str(s) if s.to_str().is_some() => self.emitter.string(s, indent),
            Tree::Str(s) => self.emitter.binary(&base64_lines(s), indent),
            Tree::Nil | Tree::List(_) | Tree::Map(_) => self.emitter.plain(b"null"),
        }
    }

    fn key(&mut self, key: &Key, indent: usize) {
        let mut plain = |write: &dyn Fn(&mut Vec<u8>)| {
            self.emitter.plain_key_with(|out| write(out), indent);
        };
        match key {
            Key::Str(s) if s.to_str().is_some() => self.emitter.key(s, indent),
            Key::Str(s) => self.emitter.binary_key(&base64_lines(s), indent),
            Key::Nil => plain(&|out| out.extend_from_slice(b"null")),
            Key::Bool(true) => plain(&|out| out.extend_from_slice(b"true")),
            Key::Bool(false) => plain(&|out| out.extend_from_slice(b"false")),
            Key::Int(n) => plain(&|out| append_int(out, *n)),
            Key::Uint(n) => plain(&|out| append_uint(out, *n)),
            Key::Float(f) => plain(&|out| go_float(out, *f)),
        }
    }
}

/// Sorts entries by their keys; numbers come before texts. The order is not always a total one, hence no sort of the
/// standard library, which may panic.
fn merge_sorted(entries: Vec<&(Key, usize)>) -> Vec<&(Key, usize)> {
    if entries.len() < 2 {
        return entries;
    }
    let mut left = entries;
    let right = merge_sorted(left.split_off(left.len() / 2));
    let left = merge_sorted(left);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut l, mut r) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (l.peek(), r.peek()) {
        let from = if less(&b.0, &a.0) { &mut r } else { &mut l };
        merged.extend(from.next());
    }
    merged.extend(l);
    merged.extend(r);
    merged
}

/// Returns whether go-yaml writes a key before another.
fn less(a: &Key, b: &Key) -> bool {
    let number = |key: &Key| match key {
        Key::Bool(on) => Some(f64::from(u8::from(*on))),
        Key::Int(n) => Some(*n as f64),
        Key::Uint(n) => Some(*n as f64),
        Key::Float(f) => Some(*f),
        Key::Nil | Key::Str(_) => None,
    };
    // Go's kinds in their order.
    let rank = |key: &Key| match key {
        Key::Bool(_) => 0,
        Key::Int(_) => 1,
        Key::Uint(_) => 2,
        Key::Float(_) => 3,
        Key::Nil => 4,
        Key::Str(_) => 5,
    };
    match (a, b, number(a), number(b)) {
        (_, _, Some(x), Some(y)) if x != y => x < y,
        (Key::Str(a), Key::Str(b), ..) => natural_less(a, b, Dialect::V2),
        (Key::Int(a), Key::Int(b), ..) => a < b,
        (Key::Uint(a), Key::Uint(b), ..) => a < b,
        _ => rank(a) < rank(b),
    }
}
