//! Shows documents as their text has them: go-yaml v3's nodes, with comments, anchors, tags and styles.

use super::error::YamlError;
use super::nodes::{self, Kind, Layout, Node};
use super::parse;
use super::scan_input::Input;

/// The documents of a text, as lists of nodes.
///
/// ```
/// use goyaml::NodeKind;
/// let documents = goyaml::read_documents(b"a: &x 2001-01-01 # one\n---\n- *x\n")?;
/// let list = &documents.nodes[documents.roots[1]];
/// assert_eq!(list.kind(), NodeKind::Sequence);
/// let date = documents.nodes[list.children()[0]].target().unwrap();
/// assert_eq!(documents.nodes[date].tag(), b"!!timestamp");
/// assert_eq!(documents.nodes[date].line_comment(), b"# one");
/// # Ok::<(), goyaml::YamlError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Documents {
    /// All nodes; children and aliases are places in it, each child after its parent.
    pub nodes: Vec<Node>,
    /// The root of each document.
    pub roots: Vec<usize>,
}

/// Reads all documents of a text, as go-yaml v3's decoder reads them into nodes.
///
/// # Errors
/// What go-yaml refuses. An alias may stand within what it stands for: that is for who follows it to find.
pub fn read_documents(text: &[u8]) -> Result<Documents, YamlError> {
    let input = Input::new(text);
    let (parsed, notes, roots) = parse::documents_with_notes(&input)?;
    Ok(Documents { nodes: nodes::nodes_of(parsed.nodes, notes.nodes), roots })
}

impl Documents {
    /// Takes in the documents of another text, and returns their roots in this one.
    pub fn append(&mut self, other: Documents) -> Vec<usize> {
        let by = self.nodes.len();
        self.nodes.extend(other.nodes.into_iter().map(|mut node| {
            node.children.iter_mut().for_each(|child| *child += by);
            node.target = node.target.map(|target| target + by);
            node
        }));
        let roots: Vec<usize> = other.roots.iter().map(|root| root + by).collect();
        self.roots.extend(&roots);
        roots
    }
}

/// Writes a node of a list of nodes as go-yaml v3's `Marshal` does: with its comments, anchors and styles, indented by
/// four.
///
/// ```
/// let documents = goyaml::read_documents(b"a:\n- x # one\n")?;
/// assert_eq!(goyaml::write_tree(&documents.nodes, documents.roots[0]), b"a:\n    - x # one\n");
/// # Ok::<(), goyaml::YamlError>(())
/// ```
pub fn write_tree(nodes: &[Node], root: usize) -> Vec<u8> {
    nodes::write_tree(nodes, root, Layout::USUAL)
}

impl Node {
    /// Returns a collection that no text has.
    pub fn collection(kind: Kind, children: Vec<usize>) -> Node {
        Node { children, ..Node::new(kind) }
    }

    /// Returns a string that no text has.
    pub fn string(value: &[u8]) -> Node {
        Node { is_string: true, ..Node::scalar(value, parse::Style::Plain) }
    }

    /// Returns null.
    pub fn null() -> Node {
        Node::new(Kind::Scalar)
    }

    /// Returns what it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns its tag, `!!` for YAML's own: the one that the text gives, else the one that go-yaml v3 finds fitting
    /// (`!!str`, `!!int`, `!!timestamp` …). An alias has none.
    pub fn tag(&self) -> &[u8] {
        self.short_tag()
    }

    /// Returns a scalar's text, or the name that an alias goes by.
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// Sets a scalar's text; its tag stays.
    pub fn set_value(&mut self, value: Vec<u8>) {
        self.tag = self.short_tag().to_vec();
        self.value = value;
    }

    /// Returns the places of a list's items, or of a mapping's keys and values in turn.
    pub fn children(&self) -> &[usize] {
        &self.children
    }

    /// Sets the places of items, or of keys and values.
    pub fn set_children(&mut self, children: Vec<usize>) {
        self.children = children;
    }

    /// Returns the place of what an alias stands for.
    pub fn target(&self) -> Option<usize> {
        self.target
    }

    /// Returns the name of its anchor; empty without one.
    pub fn anchor(&self) -> &[u8] {
        &self.anchor
    }

    /// Returns the comment before it.
    pub fn head_comment(&self) -> &[u8] {
        &self.texts.head
    }

    /// Returns the comment on its line.
    pub fn line_comment(&self) -> &[u8] {
        &self.texts.line
    }

    /// Returns the comment after it.
    pub fn foot_comment(&self) -> &[u8] {
        &self.texts.foot
    }
}
