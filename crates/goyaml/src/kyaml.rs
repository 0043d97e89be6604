//! Reads and writes streams of manifests as `sigs.k8s.io/kustomize/kyaml` 0.21 does: comments, styles and the order of
//! keys stay, indentation and white space do not.

use std::borrow::Cow;
use std::fmt;

use bstr::{ByteSlice, ByteVec};

use super::error::{Problem, YamlError};
use super::nodes::{self, Document, Kind, Node, NodeId};
use super::parse::Style;

/// The annotations in which kyaml counts manifests while it holds them, in the order in which it sets them.
const INDEXES: [&[u8]; 2] = [b"config.kubernetes.io/index", b"internal.config.kubernetes.io/index"];

/// An annotation that only some of kyaml's readers set, and its writer removes.
const SEQUENCE_INDENT: &[u8] = b"internal.config.kubernetes.io/seqindent";

/// Annotations with an older and a newer name, of which kyaml sets the one that is missing.
const RENAMED: [(&[u8], &[u8]); 3] = [
    (b"config.kubernetes.io/path", b"internal.config.kubernetes.io/path"),
    (b"config.kubernetes.io/index", b"internal.config.kubernetes.io/index"),
    (b"config.k8s.io/id", b"internal.config.kubernetes.io/id"),
];

/// The key under which kyaml keeps a list that is a document.
const BARE_SEQUENCE: &[u8] = b"bareSeqNodeWrappingKey";

/// A document of a stream, which is written as it was read.
#[derive(Clone, Debug)]
pub struct Manifest {
    document: Document,
    root: NodeId,
    /// Whether it is the whole document, not an item of its list.
    is_whole: bool,
}

/// Why a stream of manifests cannot be read, or a manifest not be changed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum KyamlError {
    /// More than a comment stands behind `---`.
    Separator(String),
    /// A document that is no YAML.
    Malformed(YamlError),
    /// Something else stands where there has to be a mapping.
    Kind {
        /// What stands there, by go-yaml's name.
        found: &'static str,
        /// Its text.
        text: String,
    },
    /// A manifest has neither a kind nor a version nor metadata.
    MissingMetadata,
}

impl fmt::Display for KyamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KyamlError::Separator(line) => write!(f, "invalid document separator: {line}"),
            KyamlError::Malformed(e) => match e.problem() {
                Problem::Syntax(e) => write!(f, "MalformedYAMLError: yaml: {e}"),
                Problem::UnknownAnchor { name } => {
                    write!(f, "MalformedYAMLError: yaml: unknown anchor '{name}' referenced")
                }
                _ => write!(f, "MalformedYAMLError: {e}"),
            },
            KyamlError::Kind { found, text } => write!(
                f,
                "wrong node kind: expected MappingNode but got {found}: node contents:\n{text}"
            ),
            KyamlError::MissingMetadata => f.write_str("missing Resource metadata"),
        }
    }
}

impl std::error::Error for KyamlError {}

/// Reads a stream of manifests as kyaml's `kio.ParseAll`. Empty documents are passed over; the items of a list that is
/// alone in the stream become manifests.
///
/// ```
/// let manifests = goyaml::read_manifests(b"# one\na:   1\n---\nb: [x,  y] # two\n").unwrap();
/// assert_eq!(goyaml::write_manifests(&manifests).unwrap(), b"# one\na: 1\n---\nb: [x, y] # two\n");
/// ```
///
/// # Errors
/// A document that is no YAML, or no mapping.
pub fn read_manifests(text: &[u8]) -> Result<Vec<Manifest>, KyamlError> {
    let text = match text.find(b"\r\n") {
        Some(_) => Cow::Owned(text.replace("\r\n", "\n")),
        None => Cow::Borrowed(text),
    };
    let parts = split(&text)?;
    let is_single = parts.len() == 1;
    let last = parts.len().saturating_sub(1);
    let mut manifests = Vec::new();
    let mut index = 0;
    for (at, part) in parts.into_iter().enumerate() {
        let part = match at == last {
            true => Cow::Borrowed(part),
            // Splitting has taken the line break, which a text may end in.
            false => Cow::Owned([part, b"\n"].concat()),
        };
        let document = Document::read(&part).map_err(KyamlError::Malformed)?;
        let Some(document) = document.filter(|d| !d.nodes[d.root].is_null()) else { continue };
        let root = document.root;
        let mut manifest = Manifest { document, root, is_whole: true };
        manifest.copy_renamed()?;
        for key in INDEXES {
            manifest.set_annotation(key, index.to_string().as_bytes())?;
        }
        match is_single.then(|| manifest.items()).flatten() {
            Some(items) => {
                let document = manifest.document;
                manifests.extend(items.into_iter().map(|root| Manifest {
                    document: document.clone(),
                    root,
                    is_whole: false,
                }));
            }
            None => {
                manifests.push(manifest);
                index += 1;
            }
        }
    }
    Ok(manifests)
}

/// Splits a stream at lines that begin with `---`.
fn split(text: &[u8]) -> Result<Vec<&[u8]>, KyamlError> {
    let mut parts = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(at) = text[from..].find(b"\n---").map(|at| from + at) {
        let Some(end) = text[at + 4..].find_byte(b'\n').map(|end| at + 4 + end) else { break };
        let behind = gostd::unicode::trim_space(&text[at + 4..end]);
        if !matches!(behind.first(), None | Some(b'#')) {
            let line = gostd::unicode::trim_space(&text[at..end]);
            return Err(KyamlError::Separator(line.to_vec().into_string_lossy()));
        }
        parts.push(&text[start..at]);
        (start, from) = (end + 1, end + 1);
    }
    if !text.is_empty() {
        parts.push(&text[start..]);
    }
    Ok(parts)
}

/// Writes manifests as kyaml's `kio.StringAll`, `---` between them.
///
/// # Errors
/// [`KyamlError::Kind`] for metadata, or annotations, that are no mapping.
pub fn write_manifests(manifests: &[Manifest]) -> Result<Vec<u8>, KyamlError> {
    let mut written = manifests.to_vec();
    for manifest in &mut written {
        for key in INDEXES.iter().rev().chain([&SEQUENCE_INDENT]) {
            manifest.clear_annotation(key)?;
        }
        manifest.clear_empty()?;
    }
    let parts = written.iter().map(|Manifest { document, root, is_whole }| {
        let wrapped = document.value(*root, BARE_SEQUENCE);
        match wrapped.filter(|id| !document.is_nothing(*id)) {
            Some(list) => (document, list, false),
            None => (document, *root, *is_whole),
        }
    });
    Ok(nodes::write(&parts.collect::<Vec<_>>()))
}

impl Document {
    /// Returns the value of a mapping's field.
    fn field(&self, mapping: &Node, name: &[u8]) -> Option<NodeId> {
        if mapping.kind != Kind::Mapping {
            return None;
        }
        let mut pairs = mapping.children.chunks_exact(2);
        pairs.find(|pair| self.nodes[pair[0]].value == name).map(|pair| pair[1])
    }

    /// Returns a field of a field.
    fn value(&self, mapping: NodeId, name: &[u8]) -> Option<NodeId> {
        self.field(&self.nodes[mapping], name)
    }

    /// Tells whether a node is null or an empty collection.
    fn is_nothing(&self, id: NodeId) -> bool {
        let node = &self.nodes[id];
        let is_collection = matches!(node.kind, Kind::Sequence | Kind::Mapping);
        node.is_null() || is_collection && node.children.is_empty()
    }

    /// Fails for what is neither a mapping nor null.
    fn check_mapping(&self, id: NodeId) -> Result<(), KyamlError> {
        let node = &self.nodes[id];
        if node.is_null() {
            return Ok(());
        }
        let found = match node.kind {
            Kind::Mapping => return Ok(()),
            Kind::Scalar => "ScalarNode",
            Kind::Sequence => "SequenceNode",
            Kind::Alias => "AliasNode",
        };
        let text = nodes::write_node(self, id).into_string_lossy();
        Err(KyamlError::Kind { found, text })
    }

    /// Removes a field of a mapping; with `if_empty` only one without children.
    fn clear(&mut self, mapping: NodeId, name: &[u8], if_empty: bool) -> Result<(), KyamlError> {
        self.check_mapping(mapping)?;
        let at = self.nodes[mapping].children.chunks_exact(2).position(|pair| {
            self.nodes[pair[0]].value == name
                && (!if_empty || self.nodes[pair[1]].children.is_empty())
        });
        if let Some(at) = at {
            self.nodes[mapping].children.drain(2 * at..2 * at + 2);
        }
        Ok(())
    }

    /// Returns the value of a mapping's field, which is made a mapping if there is none; nothing below null.
    fn child_mapping(
        &mut self,
        mapping: NodeId,
        name: &[u8],
    ) -> Result<Option<NodeId>, KyamlError> {
        if self.nodes[mapping].is_null() {
            return Ok(None);
        }
        self.check_mapping(mapping)?;
        if let Some(found) = self.value(mapping, name) {
            return Ok(Some(found));
        }
        Ok(Some(self.append(mapping, name, Node::new(Kind::Mapping))))
    }

    fn append(&mut self, mapping: NodeId, name: &[u8], value: Node) -> NodeId {
        let id = self.nodes.len();
        self.nodes.extend([Node::scalar(name, Style::Plain), value]);
        self.nodes[mapping].children.extend([id, id + 1]);
        id + 1
    }
}

impl Manifest {
    /// Returns an annotation's value; empty where there is none.
    ///
    /// # Errors
    /// [`KyamlError::MissingMetadata`] for a manifest that has nothing of a manifest.
    pub fn annotation(&self, key: &[u8]) -> Result<&[u8], KyamlError> {
        let document = &self.document;
        if document.nodes[self.root].is_null() {
            return Ok(b"");
        }
        let there = |id: &NodeId| !document.is_nothing(*id);
        let field = |of: NodeId, name: &[u8]| document.value(of, name).filter(there);
        let metadata = field(self.root, b"metadata");
        let known =
            |of: NodeId, names: &[&[u8]]| names.iter().any(|name| field(of, name).is_some());
        let parts: [&[u8]; 4] = [b"name", b"namespace", b"labels", b"annotations"];
        if !known(self.root, &[b"apiVersion", b"kind"])
            && !metadata.is_some_and(|metadata| known(metadata, &parts))
        {
            return Err(KyamlError::MissingMetadata);
        }
        let annotations = metadata.and_then(|metadata| field(metadata, b"annotations"));
        let value = annotations.and_then(|annotations| document.value(annotations, key));
        let value = value.map(|id| &document.nodes[id]).filter(|node| !node.is_null());
        Ok(value.map_or(b"", |node| &node.value))
    }

    /// Sets an annotation, in single quotes where it is new.
    ///
    /// # Errors
    /// [`KyamlError::Kind`] for a manifest, or metadata, that is no mapping.
    pub fn set_annotation(&mut self, key: &[u8], value: &[u8]) -> Result<(), KyamlError> {
        self.clear_empty()?;
        let (root, document) = (self.root, &mut self.document);
        let Some(metadata) = document.child_mapping(root, b"metadata")? else { return Ok(()) };
        let found = document.child_mapping(metadata, b"annotations")?;
        let Some(annotations) = found else { return Ok(()) };
        let new = Node { is_string: true, ..Node::scalar(value, Style::SingleQuoted) };
        if document.nodes[annotations].is_null() {
            return Ok(());
        }
        document.check_mapping(annotations)?;
        match document.value(annotations, key) {
            // The style of the old one stays, and whether its tag is shown.
            Some(old) => {
                let Node { style, tag, .. } = &document.nodes[old];
                let tag = if tag.is_empty() { Vec::new() } else { b"!!str".to_vec() };
                document.nodes[old] = Node { style: *style, tag, ..new };
            }
            None => {
                document.append(annotations, key, new);
            }
        }
        Ok(())
    }

    /// Removes an annotation.
    ///
    /// # Errors
    /// [`KyamlError::Kind`] for metadata, or annotations, that are no mapping.
    pub fn clear_annotation(&mut self, key: &[u8]) -> Result<(), KyamlError> {
        let document = &mut self.document;
        document.check_mapping(self.root)?;
        let Some(metadata) = document.value(self.root, b"metadata") else { return Ok(()) };
        document.check_mapping(metadata)?;
        match document.value(metadata, b"annotations") {
            Some(annotations) => document.clear(annotations, key, false),
            None => Ok(()),
        }
    }

    /// Removes annotations, and metadata, that are empty.
    fn clear_empty(&mut self) -> Result<(), KyamlError> {
        let (root, document) = (self.root, &mut self.document);
        document.check_mapping(root)?;
        if let Some(metadata) = document.value(root, b"metadata") {
            document.clear(metadata, b"annotations", true)?;
            document.clear(root, b"metadata", true)?;
        }
        Ok(())
    }

    /// Sets of each annotation with two names the one that is missing.
    fn copy_renamed(&mut self) -> Result<(), KyamlError> {
        for (old, new) in RENAMED {
            // Both are read before either is set.
            let (Ok(old_value), Ok(new_value)) = (self.annotation(old), self.annotation(new))
            else {
                return Ok(());
            };
            let (old_value, new_value) = (old_value.to_vec(), new_value.to_vec());
            if old_value.is_empty() && !new_value.is_empty() {
                self.set_annotation(old, &new_value)?;
            } else if new_value.is_empty() && !old_value.is_empty() {
                self.set_annotation(new, &old_value)?;
            }
        }
        Ok(())
    }

    /// Returns the items of a list of manifests.
    fn items(&self) -> Option<Vec<NodeId>> {
        let document = &self.document;
        let kind = document.value(self.root, b"kind").map(|id| &document.nodes[id].value[..])?;
        if !matches!(kind, b"List" | b"ResourceList") {
            return None;
        }
        let items = document.value(self.root, b"items");
        let found = items.or_else(|| document.value(self.root, b"functionConfig"));
        found.map(|_| items.map(|id| document.nodes[id].children.clone()).unwrap_or_default())
    }
}
