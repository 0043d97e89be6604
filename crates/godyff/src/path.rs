//! Tells where in a document something stands: paths, and their two notations.

use std::fmt;

use bstr::ByteSlice;
use gostd::strconv::atoi;
use goyaml::NodeKind;

use crate::Side;
use crate::error::Error;
use crate::tree::{NodeId, Tree};

/// The place of a difference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Path {
    /// The input whose document it names.
    pub side: Side,
    /// The place of the document in its input, from 0.
    pub document: usize,
    /// The way from the document's root.
    pub elements: Vec<Element>,
}

/// Where a difference is: a document, and a step among [`Places`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) side: Side,
    pub(crate) document: usize,
    /// Nothing for the root.
    pub(crate) step: Option<usize>,
}

/// Steps of paths, each with the one before it: what paths share is held once.
#[derive(Debug, Default)]
pub(crate) struct Places(Vec<(Option<usize>, Element)>);

impl Places {
    pub(crate) fn add(&mut self, before: Option<usize>, element: Element) -> usize {
        self.0.push((before, element));
        self.0.len() - 1
    }

    pub(crate) fn path(&self, place: &Place) -> Path {
        let mut elements = Vec::new();
        let mut step = place.step;
        while let Some((before, element)) = step.and_then(|step| self.0.get(step)) {
            elements.push(element.clone());
            step = *before;
        }
        elements.reverse();
        Path { side: place.side, document: place.document, elements }
    }
}

/// A step of a [`Path`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Element {
    /// The value of a mapping's key.
    Key(String),
    /// The item of a list whose field has that value.
    Named {
        /// The field; `resource` for Kubernetes' kinds and names.
        field: String,
        /// Its value.
        name: String,
    },
    /// The item of a list at that place.
    Index(i64),
}

impl Element {
    /// Returns the element of such a field and name, either of which may be empty.
    fn named(field: String, name: String) -> Element {
        match field.is_empty() {
            true => Element::Key(name),
            false => Element::Named { field, name },
        }
    }
}

/// Writes a path in the go-patch notation: `/spec/containers/name=web/image`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        go_patch(&self.elements, f)
    }
}

fn go_patch(elements: &[Element], f: &mut impl fmt::Write) -> fmt::Result {
    if elements.is_empty() {
        return f.write_str("/");
    }
    for element in elements {
        match element {
            // What has no name has a place, which is none.
            Element::Key(name) | Element::Named { name, .. } if name.is_empty() => {
                f.write_str("/-1")?;
            }
            Element::Key(name) => write!(f, "/{name}")?,
            Element::Named { field, name } => write!(f, "/{field}={name}")?,
            Element::Index(index) => write!(f, "/{index}")?,
        }
    }
    Ok(())
}

/// Returns the go-patch notation of elements.
pub(crate) fn text(elements: &[Element]) -> String {
    let mut text = String::new();
    let _ = go_patch(elements, &mut text);
    text
}

/// Reads a path in either notation, without a document to look at: in the dotted one, all names are keys.
pub(crate) fn parse(path: &str) -> Result<Vec<Element>, Error> {
    if path.starts_with('/') {
        return parse_go_patch(path);
    }
    // A document's number may stand before a colon.
    let digits = path.bytes().take_while(u8::is_ascii_digit).count();
    let path = match path[digits..].strip_prefix(':') {
        Some(rest) if digits > 0 => {
            if atoi(&path.as_bytes()[..digits]).is_err() {
                return Err(Error::Path(path.into()));
            }
            rest
        }
        _ => path,
    };
    let element = |section: &str| match atoi(section.as_bytes()) {
        Ok(index) => Element::Index(index),
        Err(_) => Element::Key(section.to_owned()),
    };
    Ok(path.split('.').map(element).collect())
}

fn parse_go_patch(path: &str) -> Result<Vec<Element>, Error> {
    if path == "/" {
        return Ok(Vec::new());
    }
    let path = path.replace("\\/", "%2F");
    let plain = |text: &str| text.replace("%2F", "/");
    let element = |section: &str| {
        let mut parts = section.split('=');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(name), None, _) => Ok(match atoi(name.as_bytes()) {
                Ok(index) => Element::Index(index),
                Err(_) => Element::Key(plain(name)),
            }),
            (Some(field), Some(name), None) => Ok(Element::named(plain(field), plain(name))),
            _ => Err(Error::Path(path.as_str().into())),
        }
    };
    path.split('/').skip(1).map(element).collect()
}

impl Tree {
    /// Returns what stands at a path below a document's root.
    pub(crate) fn grab(&self, root: NodeId, path: &str) -> Result<(NodeId, Vec<Element>), Error> {
        let elements = match path.starts_with('/') {
            true => parse_go_patch(path)?,
            false => self.parse_dotted(root, path)?,
        };
        let mut at = root;
        for element in &elements {
            let found = match (element, self.kind(at)) {
                (Element::Key(name), NodeKind::Mapping) if !name.is_empty() => {
                    self.get(at, name.as_bytes())
                }
                (Element::Named { field, name }, NodeKind::Sequence) if !name.is_empty() => {
                    self.item_named(at, field.as_bytes(), name.as_bytes())
                }
                (Element::Index(index), NodeKind::Sequence) => {
                    usize::try_from(*index).ok().and_then(|i| self.children(at).get(i).copied())
                }
                _ => None,
            };
            at = found.ok_or_else(|| Error::Path(path.into()))?;
        }
        Ok((at, elements))
    }

    /// Reads a dotted path along a document.
    fn parse_dotted(&self, root: NodeId, path: &str) -> Result<Vec<Element>, Error> {
        let mut elements = Vec::new();
        let mut at = Some(root);
        for section in path.split('.') {
            let Some(id) = at else {
                elements.push(Element::Key(section.to_owned()));
                continue;
            };
            match self.kind(id) {
                NodeKind::Mapping => {
                    at = self.get(id, section.as_bytes());
                    elements.push(Element::Key(section.to_owned()));
                }
                NodeKind::Sequence => {
                    let failed = || Error::Path(path.into());
                    if let Ok(index) = atoi(section.as_bytes()) {
                        let place = usize::try_from(index).map_err(|_| failed())?;
                        at = Some(*self.children(id).get(place).ok_or_else(failed)?);
                        elements.push(Element::Index(index));
                    } else {
                        let field = self.identifier(id).unwrap_or("");
                        let found = self.item_named(id, field.as_bytes(), section.as_bytes());
                        at = Some(found.ok_or_else(failed)?);
                        elements.push(Element::named(field.to_owned(), section.to_owned()));
                    }
                }
                // A scalar has nothing below it; the path ends there.
                NodeKind::Scalar | NodeKind::Alias => {}
            }
        }
        Ok(elements)
    }

    /// Returns the item of a list that has such a field.
    fn item_named(&self, list: NodeId, field: &[u8], name: &[u8]) -> Option<NodeId> {
        let has = |item: &NodeId| {
            self.pairs(*item).any(|(k, v)| self.value(k) == field && self.value(v) == name)
        };
        self.children(list).iter().copied().find(has)
    }

    /// Returns the field by which the items of a list are known: the first of three that they have as often as there
    /// are items.
    pub(crate) fn identifier(&self, list: NodeId) -> Option<&'static str> {
        let items = self.children(list);
        let mut counts = [0; 3];
        for item in items {
            for key in self.children(*item).iter().step_by(2) {
                let known = IDENTIFIERS.iter().position(|k| k.as_bytes() == self.value(*key));
                if let Some(at) = known {
                    counts[at] += 1;
                }
            }
        }
        let found = counts.iter().position(|count| *count > 0 && *count == items.len());
        found.map(|at| IDENTIFIERS[at])
    }

    /// Returns what a Kubernetes resource is known by: its version, kind, namespace (if any) and name.
    pub(crate) fn resource_name(&self, id: NodeId) -> Option<String> {
        if self.kind(id) != NodeKind::Mapping {
            return None;
        }
        let mut name = self.value(self.get(id, b"apiVersion")?).to_vec();
        let parts = [Some(self.get(id, b"kind")?), self.metadata(id, "namespace")];
        for part in parts.into_iter().flatten() {
            name.push(b'/');
            name.extend_from_slice(self.value(part));
        }
        name.push(b'/');
        name.extend_from_slice(self.value(self.metadata(id, "name")?));
        Some(name.to_str_lossy().into_owned())
    }

    /// Returns a field of a resource's metadata. What is no mapping is returned itself where a dotted path ends there.
    fn metadata(&self, id: NodeId, field: &str) -> Option<NodeId> {
        let metadata = self.get(id, b"metadata")?;
        match self.kind(metadata) {
            NodeKind::Mapping => self.get(metadata, field.as_bytes()),
            NodeKind::Sequence => {
                self.grab(id, &format!("metadata.{field}")).ok().map(|(found, _)| found)
            }
            NodeKind::Scalar | NodeKind::Alias => Some(metadata),
        }
    }
}

/// The fields by which the items of lists are known, where their order is told by them.
const IDENTIFIERS: [&str; 3] = ["name", "key", "id"];
