//! Tells on which lines the parts of a document stand.

use super::error::YamlError;
use super::parse::{self, Content, Document, NodeId};
use super::scan_input::Input;
use gostd::stack;

/// Maps and lists deeper than this are outlined as if they were scalars.
const DEEP: usize = 500;

/// A part of a document and the line on which it begins, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The line of its first character; of a block, that of its first entry.
    pub line: usize,
    /// What it is.
    pub part: Part,
}

/// What a part of a document is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A scalar.
    Scalar,
    /// A list.
    List(Vec<Outline>),
    /// A map.
    Map(Vec<Entry>),
}

/// An entry of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key, as its text is without quotes.
    pub key: Vec<u8>,
    /// The line of the key, from 0.
    pub line: usize,
    /// What stands there.
    pub value: Outline,
}

/// Outlines a text's first document; `None` where it is empty. An alias is outlined as what it stands for.
///
/// # Errors
/// A text that is no YAML.
pub fn outline(text: &[u8]) -> Result<Option<Outline>, YamlError> {
    let input = Input::new(text);
    let document = parse::first_document(&input)?;
    Ok(document.root.and_then(|root| of_node(&document, root, 0)))
}

fn of_node(document: &Document<'_>, id: NodeId, depth: usize) -> Option<Outline> {
    let node = document.nodes.get(id)?;
    let line = node.line;
    let inner = |id| stack::uncounted(|| of_node(document, id, depth + 1));
    let part = match &node.content {
        Content::Alias { target, .. } if depth < DEEP => return inner(*target),
        Content::Sequence(items) if depth < DEEP => {
            Part::List(items.iter().filter_map(|id| inner(*id)).collect())
        }
        Content::Mapping(items) if depth < DEEP => {
            let entries = items.chunks_exact(2).filter_map(|pair| {
                let [key, value] = *pair else { return None };
                let of_key = document.nodes.get(key)?;
                let Content::Scalar { text, .. } = &of_key.content else { return None };
                Some(Entry { key: text.to_vec(), line: of_key.line, value: inner(value)? })
            });
            Part::Map(entries.collect())
        }
        _ => Part::Scalar,
    };
    Some(Outline { line, part })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_with_their_lines() {
        let text = b"a: 1\nb:\n  - x\n  - c: |\n      t\n      u\n    'd': {}\n";
        let Part::Map(entries) = outline(text).unwrap().unwrap().part else { panic!("no map") };
        let lines: Vec<_> = entries.iter().map(|e| (&e.key[..], e.line, e.value.line)).collect();
        assert_eq!(lines, [(&b"a"[..], 0, 0), (b"b", 1, 2)]);
        let Part::List(items) = &entries[1].value.part else { panic!("no list") };
        let Part::Map(inner) = &items[1].part else { panic!("no map") };
        let lines: Vec<_> = inner.iter().map(|e| (&e.key[..], e.line, e.value.line)).collect();
        assert_eq!(lines, [(&b"c"[..], 3, 3), (b"d", 6, 6)]);
        assert_eq!(outline(b"").unwrap(), None);
        assert!(outline(b"a: [").is_err());
    }
}
