//! Reads what is compared: YAML or JSON, several documents each.

use goyaml::{Documents, Node, read_documents};

use crate::Options;
use crate::error::Error;
use crate::json;
use crate::tree::{NodeId, Tree};

/// Where an input comes from, as a header shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// Standard input.
    Stdin,
    /// A file.
    File(String),
    /// An address.
    Url(String),
    /// Anything else.
    Text(String),
}

/// What is compared.
#[derive(Debug)]
pub struct Input {
    pub(crate) source: Source,
    pub(crate) documents: Documents,
}

/// What a report says of an input.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) place: Place,
    pub(crate) note: String,
    pub(crate) roots: Vec<NodeId>,
    pub(crate) names: Vec<String>,
}

impl Input {
    /// Reads the documents of a text. What begins with `{` or `[` is JSON, all else YAML; a text of comments alone is
    /// an empty mapping, since it is a TOML document to dyff.
    ///
    /// # Errors
    /// [`Error::Yaml`] and [`Error::Json`].
    pub fn read(place: Place, text: &[u8]) -> Result<Input, Error> {
        let documents = documents(text)?;
        let source = Source { place, note: String::new(), roots: Vec::new(), names: Vec::new() };
        Ok(Input { source, documents })
    }

    /// Reads the files of a folder, given in the order of their names.
    ///
    /// # Errors
    /// As [`Input::read`].
    pub fn read_files<'f>(
        place: Place,
        files: impl IntoIterator<Item = (&'f str, &'f [u8])>,
    ) -> Result<Input, Error> {
        let mut all = Documents::default();
        let mut names = Vec::new();
        for (name, text) in files {
            all.append(documents(text)?);
            names.push(name.to_owned());
        }
        let source = Source { place, note: String::new(), roots: Vec::new(), names };
        Ok(Input { source, documents: all })
    }

    /// Makes what stands at a path the root; with `list_to_documents`, each item of a list that stands there. The path
    /// is of the go-patch notation (`/spec/ports`) or the dotted one (`spec.ports`).
    ///
    /// # Errors
    /// [`Error::Root`] unless there is one document, [`Error::Path`] for a path that leads nowhere.
    pub fn change_root(
        &mut self,
        path: &str,
        list_to_documents: bool,
        styles: &crate::Styles,
    ) -> Result<(), Error> {
        let &[root] = &self.documents.roots[..] else {
            return Err(Error::Root { documents: self.documents.roots.len() });
        };
        let tree = Tree::new(std::mem::take(&mut self.documents));
        let found = tree.grab(root, path);
        self.documents = Documents { nodes: tree.nodes, roots: vec![root] };
        let (found, elements) = found?;
        let node = &self.documents.nodes[found];
        let is_list = node.kind() == goyaml::NodeKind::Sequence;
        let roots = match list_to_documents && is_list {
            true => node.children().to_vec(),
            false => vec![found],
        };
        self.documents.roots = roots;
        let shown = match elements.is_empty() && !path.starts_with('/') {
            // A dotted path to the root itself is shown as nothing.
            true => String::new(),
            false => styles.path(Some(&elements)),
        };
        self.source.note = format!("YAML root was changed to {shown}");
        Ok(())
    }
}

/// Reads documents as ytbx does.
fn documents(text: &[u8]) -> Result<Documents, Error> {
    let trimmed = gostd::unicode::trim_space(text);
    if trimmed.is_empty() || trimmed == b"---" {
        return Ok(Documents { nodes: vec![Node::null()], roots: vec![0] });
    }
    let is_comment = |line: &[u8]| matches!(line.trim_ascii_start().first(), None | Some(b'#'));
    if text.split(|b| *b == b'\n').all(is_comment) {
        return Ok(read_documents(b"{}")?);
    }
    match text[0] {
        b'{' | b'[' => json::documents(text),
        _ => Ok(read_documents(text)?),
    }
}

impl Default for Options {
    fn default() -> Options {
        Options {
            ignore_order_changes: false,
            ignore_whitespace_changes: false,
            detect_kubernetes: true,
            detect_renames: false,
            format_strings: false,
            additional_identifiers: Vec::new(),
            guess_threshold: 3,
        }
    }
}
