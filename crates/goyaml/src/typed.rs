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

    pub(super) fn wrong(&mut self, node: &Node, go_type: &str) -> bool {
        let value = match (node.kind, &*node.value) {
            (Kind::Sequence | Kind::Mapping, _) => String::new(),
            (_, value) if value.len() > 10 => format!(" `{}...`", value[..7].to_str_lossy()),
            (_, value) => format!(" `{}`", value.to_str_lossy()),
        };
        let (line, tag) = (node.line, node.shown_tag());
        self.wrong.push(format!("line {line}: cannot unmarshal {tag}{value} into {go_type}"));
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
                typed.wrong.push(format!("line {line}: field {name} not found in type {go_type}"));
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
        let node = at.node();
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
            if key.tag == b"!!merge" {
                merged = Some(at.child(pair[1]));
            } else if matches!(key.kind, Kind::Sequence | Kind::Mapping) {
                self.wrong(key, key_type);
            } else if !key.is_null() {
                read(self, key, at.child(pair[1]));
            }
        }
        if let Some(merged) = merged {
            let known: Vec<&[u8]> = keys.iter().map(|key| &key.value[..]).collect();
            self.merge(merged, &known, read);
        }
        true
    }

    /// Reads the entries of a merge key that are not there already.
    fn merge<'t>(
        &mut self,
        merged: At<'t>,
        known: &[&[u8]],
        read: &mut dyn FnMut(&mut Typed, &Node, At<'t>),
    ) {
        let node = merged.node();
        let from = match node.kind {
            Kind::Sequence => node.children.iter().map(|id| merged.child(*id)).collect(),
            _ => vec![merged],
        };
        let mut known: Vec<Vec<u8>> = known.iter().map(|name| name.to_vec()).collect();
        for one in from {
            for pair in one.node().children.chunks_exact(2) {
                let key = one.child(pair[0]).node();
                if key.tag != b"!!merge" && !known.contains(&key.value) {
                    known.push(key.value.clone());
                    read(self, key, one.child(pair[1]));
                }
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
        let node = at.node();
        if node.is_null() {
            return false;
        }
        if node.kind != Kind::Sequence {
            return self.wrong(node, go_type);
        }
        node.children.iter().for_each(|id| read(self, at.child(*id)));
        true
    }

    /// Reads a text, which any scalar is; null leaves it as it is.
    pub fn text(&mut self, at: At<'_>, into: &mut String) -> bool {
        let node = at.node();
        if node.is_null() {
            return false;
        }
        if node.kind != Kind::Scalar {
            return self.wrong(node, "string");
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
            (Kind::Scalar, b"y" | b"Y" | b"yes" | b"Yes" | b"YES" | b"on" | b"On" | b"ON") => {
                Some(true)
            }
            (Kind::Scalar, b"n" | b"N" | b"no" | b"No" | b"NO" | b"off" | b"Off" | b"OFF") => {
                Some(false)
            }
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
