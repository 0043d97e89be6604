//! Reads a document into fields of types that are known, as go-yaml v3 reads it into a struct: what is of another type
//! is passed over and told at the end, each by its line.

use super::error::{Problem, YamlError};
use super::generic::Counts;
use super::nodes::{self, Document, Kind, Node, NodeId};
use super::parse::Style;
use super::pretty::marshal_pretty;
use super::read::unmarshal;
use super::resolve::{self, Scalar};
use bstr::ByteSlice;
use gostd::value::Value;
use std::collections::HashSet;

/// A document that fields are read from.
#[derive(Clone, Debug)]
pub struct Text(Document);

/// A node of a [`Text`].
#[derive(Clone, Copy, Debug)]
pub struct At<'t> {
    document: &'t Document,
    id: NodeId,
}

impl Text {
    /// Reads the first document of a text; nothing where there is none.
    ///
    /// # Errors
    /// go-yaml's words.
    pub fn read(text: &[u8]) -> Result<Option<Text>, String> {
        Ok(Document::read(text).map_err(|e| words(&e))?.map(Text))
    }

    /// Returns the document's root.
    pub fn root(&self) -> At<'_> {
        At { document: &self.0, id: self.0.root }
    }
}

/// Returns what go-yaml v3 says of a text that is no YAML.
pub(super) fn words(error: &YamlError) -> String {
    match error.problem() {
        Problem::Syntax(e) => format!("yaml: {e}"),
        Problem::UnknownAnchor { name } => format!("yaml: unknown anchor '{name}' referenced"),
        _ => error.to_string(),
    }
}

impl<'t> At<'t> {
    pub(super) fn new(document: &'t Document, id: NodeId) -> At<'t> {
        At { document, id }
    }

    pub(super) fn nodes(self) -> &'t [Node] {
        &self.document.nodes
    }

    pub(super) fn id(self) -> NodeId {
        self.id
    }

    /// Returns its place among the nodes of its text.
    pub fn place(self) -> usize {
        self.id
    }

    /// Returns whether it is null.
    pub fn is_null(self) -> bool {
        self.node().is_null()
    }

    /// Returns the line that it begins in, from 1.
    pub fn line(self) -> usize {
        self.document.nodes[self.id].line
    }

    /// Returns what an alias stands for.
    pub(super) fn node(self) -> &'t Node {
        let node = &self.document.nodes[self.id];
        node.target.map_or(node, |target| &self.document.nodes[target])
    }

    fn child(self, id: NodeId) -> At<'t> {
        At { id, ..self }
    }

    /// Returns the node as a document of its own, written by go-yaml's encoder, which sorts keys.
    ///
    /// # Errors
    /// What cannot be read or written.
    pub fn written_anew(self) -> Result<Text, String> {
        let text = nodes::write_node(self.document, self.id);
        let value = unmarshal(&text).map_err(|e| words(&e))?;
        let text = marshal_pretty(&value).map_err(|e| e.to_string())?;
        Ok(Text::read(&text)?.unwrap_or(Text(Document {
            nodes: vec![Node::new(Kind::Mapping)],
            ..Document::default()
        })))
    }
}

/// Reads a boolean as YAML 1.1 has it besides 1.2's.
fn old_boolean(text: &[u8]) -> Option<bool> {
    match text {
        b"y" | b"Y" | b"yes" | b"Yes" | b"YES" | b"on" | b"On" | b"ON" => Some(true),
        b"n" | b"N" | b"no" | b"No" | b"NO" | b"off" | b"Off" | b"OFF" => Some(false),
        _ => None,
    }
}

impl Node {
    /// Returns the tag that an error shows.
    fn shown_tag(&self) -> String {
        match self.kind {
            // go-yaml names the tag of a text here.
            Kind::Alias => "!!str".to_owned(),
            _ => self.short_tag().to_str_lossy().into_owned(),
        }
    }
}

/// What is known while the entries of merge keys are read.
struct Merge<'t> {
    /// The names that are set already.
    known: HashSet<&'t [u8]>,
    /// The aliases and maps that are being read.
    open: Vec<NodeId>,
}

/// Reads fields, and keeps what is wrong with them.
#[derive(Debug, Default)]
pub struct Typed {
    /// Whether fields that are not known are errors.
    known_fields: bool,
    /// Whether some were passed over.
    passed_over: bool,
    pub(super) wrong: Vec<String>,
    /// What ended the reading.
    failed: Option<String>,
    pub(super) counts: Counts,
    /// How many aliases what is being read stands in.
    pub(super) aliases: usize,
}

impl Typed {
    /// Returns one to which fields that are not known are errors.
    pub fn strict() -> Typed {
        Typed { known_fields: true, ..Typed::default() }
    }

    /// Ends the reading: what [`Typed::finish`] tells is this alone, if nothing was told before.
    pub fn fail(&mut self, why: String) {
        self.failed.get_or_insert(why);
    }

    /// Returns how much was wrong so far.
    pub fn troubles(&self) -> usize {
        self.wrong.len() + usize::from(self.failed.is_some())
    }

    /// How much is told at most.
    pub(super) const MOST: usize = 100_000;

    /// Keeps what is wrong.
    pub(super) fn tell(&mut self, why: String) {
        if self.wrong.len() < Self::MOST {
            self.wrong.push(why);
        }
    }

    /// Counts a value, and tells whether there is anything left to read.
    fn count(&mut self) -> bool {
        if self.failed.is_none() && self.counts.count(self.aliases > 0) {
            self.fail("yaml: document contains excessive aliasing".into());
        }
        self.failed.is_none()
    }

    /// Reads a value, or what its alias stands for.
    fn follow<'t, T: Default>(
        &mut self,
        at: At<'t>,
        read: impl FnOnce(&mut Typed, &'t Node) -> T,
    ) -> T {
        if !self.count() {
            return T::default();
        }
        if at.document.nodes[at.id].target.is_none() {
            return read(self, at.node());
        }
        self.aliases += 1;
        let done = if self.count() { read(self, at.node()) } else { T::default() };
        self.aliases -= 1;
        done
    }

    pub(super) fn wrong(&mut self, node: &Node, go_type: &str) -> bool {
        let (line, tag) = (node.line, node.shown_tag());
        // It is the tag, which may be given, that settles how the value is shown.
        let value = match (&*tag, &*node.value) {
            ("!!seq" | "!!map", value) => value.to_str_lossy().into_owned(),
            (_, value) if value.len() > 10 => format!(" `{}...`", value[..7].to_str_lossy()),
            (_, value) => format!(" `{}`", value.to_str_lossy()),
        };
        self.tell(format!("line {line}: cannot unmarshal {tag}{value} into {go_type}"));
        false
    }

    /// Reads a struct; `read` gets each field by its name.
    pub fn fields<'t>(
        &mut self,
        at: At<'t>,
        go_type: &str,
        names: &[&str],
        mut read: impl FnMut(&mut Typed, &str, At<'t>),
    ) -> bool {
        self.pairs(at, ("string", go_type), &mut |typed, key, value| match names
            .iter()
            .find(|name| key.value == name.as_bytes())
        {
            Some(name) => read(typed, name, value),
            None if typed.known_fields => {
                let (line, name) = (key.line, key.value.to_str_lossy());
                typed.tell(format!("line {line}: field {name} not found in type {go_type}"));
            }
            None => typed.passed_over = true,
        })
    }

    /// Tells whether fields were passed over that are not known.
    pub fn has_passed_over(&self) -> bool {
        self.passed_over
    }

    /// Reads a map by text; `read` gets each entry.
    pub fn map<'t>(
        &mut self,
        at: At<'t>,
        go_type: &str,
        mut read: impl FnMut(&mut Typed, String, At<'t>),
    ) -> bool {
        self.pairs(at, ("string", go_type), &mut |typed, key, value| {
            read(typed, key.value.to_str_lossy().into_owned(), value);
        })
    }

    /// Reads a map by Go's `uint`; `read` gets each entry.
    pub fn map_by_number<'t>(
        &mut self,
        at: At<'t>,
        go_type: &str,
        mut read: impl FnMut(&mut Typed, u64, At<'t>),
    ) -> bool {
        self.pairs(at, ("uint", go_type), &mut |typed, key, value| {
            let is_plain = key.style == Style::Plain && !key.is_string;
            let number = match is_plain.then(|| resolve::plain(&key.value)) {
                Some(Scalar::Int(n)) => u64::try_from(n).ok(),
                Some(Scalar::Uint(n)) => Some(n),
                // go-yaml cuts off what follows the point.
                Some(Scalar::Float(n)) if (0.0..18_446_744_073_709_551_616.0).contains(&n) => {
                    Some(n as u64)
                }
                _ => None,
            };
            match number {
                Some(number) => read(typed, number, value),
                None => drop(typed.wrong(key, "uint")),
            }
        })
    }

    fn pairs<'t>(
        &mut self,
        at: At<'t>,
        (key_type, go_type): (&str, &str),
        read: &mut dyn FnMut(&mut Typed, &Node, At<'t>),
    ) -> bool {
        self.follow(at, |typed, node| typed.pairs_of(at, node, (key_type, go_type), read))
    }

    fn pairs_of<'t>(
        &mut self,
        at: At<'t>,
        node: &'t Node,
        (key_type, go_type): (&str, &str),
        read: &mut dyn FnMut(&mut Typed, &Node, At<'t>),
    ) -> bool {
        if node.is_null() {
            return false;
        }
        if node.kind != Kind::Mapping {
            return self.wrong(node, go_type);
        }
        let keys: Vec<&Node> =
            node.children.iter().step_by(2).map(|id| &at.document.nodes[*id]).collect();
        if self.tell_duplicates(&keys) {
            return false;
        }
        let mut merged = None;
        for pair in node.children.chunks_exact(2) {
            let key = at.child(pair[0]).node();
            if !self.count() {
                return false;
            }
            if key.tag == b"!!merge" {
                merged = Some(at.child(pair[1]));
            } else if matches!(key.kind, Kind::Sequence | Kind::Mapping) {
                self.wrong(key, key_type);
            } else if !key.is_null() {
                read(self, key, at.child(pair[1]));
            }
        }
        if let Some(merged) = merged {
            let known = keys.iter().map(|key| &key.value[..]).collect();
            self.merge(merged, &mut Merge { known, open: Vec::new() }, read);
        }
        true
    }

    /// Reads the entries of a merge key that are not there already.
    fn merge<'t>(
        &mut self,
        merged: At<'t>,
        merge: &mut Merge<'t>,
        read: &mut dyn FnMut(&mut Typed, &Node, At<'t>),
    ) {
        let node = &merged.document.nodes[merged.id];
        let from = match node.kind {
            Kind::Sequence => node.children.iter().map(|id| merged.child(*id)).collect(),
            _ => vec![merged],
        };
        for one in from {
            let node = one.node();
            if !self.count() {
                return;
            }
            if node.kind != Kind::Mapping {
                let why = "yaml: map merge requires map or sequence of maps as the value";
                return self.fail(why.into());
            }
            if merge.open.contains(&one.id) {
                let name = one.document.nodes[one.id].value.to_str_lossy();
                return self.fail(format!("yaml: anchor '{name}' value contains itself"));
            }
            let keys: Vec<&Node> =
                node.children.iter().step_by(2).map(|id| &one.document.nodes[*id]).collect();
            if self.tell_duplicates(&keys) {
                continue;
            }
            let mut inner = None;
            for pair in node.children.chunks_exact(2) {
                let key = one.child(pair[0]).node();
                // What a merge key names is mostly an alias.
                if self.failed.is_none() && self.counts.count(true) {
                    self.fail("yaml: document contains excessive aliasing".into());
                }
                if self.failed.is_some() {
                    return;
                }
                if key.tag == b"!!merge" {
                    inner = Some(one.child(pair[1]));
                } else if matches!(key.kind, Kind::Sequence | Kind::Mapping) {
                    self.wrong(key, "string");
                } else if merge.known.insert(&key.value) {
                    read(self, key, one.child(pair[1]));
                }
            }
            if let Some(inner) = inner {
                merge.open.push(one.id);
                gostd::stack::at_depth(merge.open.len(), || self.merge(inner, merge, read));
                merge.open.pop();
            }
        }
    }

    /// Reads a list; `read` gets each item.
    pub fn list<'t>(
        &mut self,
        at: At<'t>,
        go_type: &str,
        mut read: impl FnMut(&mut Typed, At<'t>),
    ) -> bool {
        self.follow(at, |typed, node| {
            if node.is_null() {
                return false;
            }
            if node.kind != Kind::Sequence {
                return typed.wrong(node, go_type);
            }
            for id in &node.children {
                if typed.failed.is_some() {
                    return false;
                }
                read(typed, at.child(*id));
            }
            true
        })
    }

    /// Reads a text, which any scalar is; null leaves it as it is.
    pub fn text(&mut self, at: At<'_>, into: &mut String) -> bool {
        if !self.count() {
            return false;
        }
        let node = at.node();
        if node.is_null() {
            return false;
        }
        if node.kind != Kind::Scalar {
            return self.wrong(node, "string");
        }
        if !node.tag.is_empty() {
            return match self.scalar(at) {
                None | Some(Value::Nil) => false,
                // What the tag makes of it, where that is a text; as it is written, where it is not.
                Some(Value::Str(text)) => {
                    *into = text.to_string_lossy().into_owned();
                    true
                }
                Some(_) => {
                    *into = node.value.to_str_lossy().into_owned();
                    true
                }
            };
        }
        *into = node.value.to_str_lossy().into_owned();
        true
    }

    /// Reads a list of texts.
    pub fn texts(&mut self, at: At<'_>, into: &mut Vec<String>) -> bool {
        let mut read = Vec::new();
        let is_list = self.list(at, "[]string", |typed, item| {
            let mut text = String::new();
            if typed.text(item, &mut text) {
                read.push(text);
            }
        });
        if is_list {
            *into = read;
        }
        is_list
    }

    /// Reads a boolean, of YAML 1.1 or 1.2.
    pub fn boolean(&mut self, at: At<'_>, into: &mut bool) -> bool {
        let node = at.node();
        if node.is_null() {
            return false;
        }
        let given = match (node.kind, &*node.value) {
            (Kind::Scalar, _) if !node.tag.is_empty() => match self.scalar(at) {
                None => return false,
                Some(Value::Bool(given)) => Some(given),
                Some(Value::Str(text)) => old_boolean(&text),
                Some(_) => None,
            },
            (Kind::Scalar, value) if old_boolean(value).is_some() => old_boolean(value),
            (Kind::Scalar, value) if node.style == Style::Plain => match resolve::plain(value) {
                Scalar::Bool(given) => Some(given),
                _ => None,
            },
            _ => None,
        };
        match given {
            Some(given) => *into = given,
            None => return self.wrong(node, "bool"),
        }
        true
    }

    /// Tells what was wrong.
    ///
    /// # Errors
    /// go-yaml's words.
    pub fn finish(self) -> Result<(), String> {
        if let Some(why) = self.failed {
            return Err(why);
        }
        match self.wrong.is_empty() {
            true => Ok(()),
            false => Err(format!("yaml: unmarshal errors:\n  {}", self.wrong.join("\n  "))),
        }
    }
}
