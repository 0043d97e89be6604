//! Tells where something stands in a document, which decoding forgets.

use super::error::YamlError;
use super::parse::{self, Content, Document, NodeId};
use super::resolve::{self, Scalar};
use super::scan_input::Input;

/// A null in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Null {
    /// The keys that lead to it.
    pub path: Vec<Vec<u8>>,
    /// Its line, from 1.
    pub line: usize,
}

/// Returns the nulls among the values of mappings, by line. Those of an anchor count where it stands, not where an
/// alias repeats it.
///
/// # Errors
/// A text that is no YAML.
pub fn nulls(text: &[u8]) -> Result<Vec<Null>, YamlError> {
    let input = Input::new(text);
    let document = parse::first_document(&input)?;
    let mut found = Vec::new();
    // Mappings that are still to be looked at, with the keys that lead to them.
    let mut open: Vec<(NodeId, Vec<Vec<u8>>)> =
        document.root.map(|root| (root, Vec::new())).into_iter().collect();
    while let Some((id, path)) = open.pop() {
        let Some(Content::Mapping(items)) = document.nodes.get(id).map(|node| &node.content) else {
            continue;
        };
        for pair in items.chunks_exact(2) {
            let [key, value] = *pair else { continue };
            let Some(key) = scalar(&document, key) else { continue };
            let path = [&path[..], &[key.to_vec()]].concat();
            match document.nodes.get(value) {
                Some(node) if is_null(node) => found.push(Null { path, line: node.line + 1 }),
                _ => open.push((value, path)),
            }
        }
    }
    found.sort_by_key(|null| null.line);
    Ok(found)
}

fn scalar<'d>(document: &'d Document<'_>, id: NodeId) -> Option<&'d [u8]> {
    match &document.nodes.get(id)?.content {
        Content::Scalar { text, .. } => Some(text),
        _ => None,
    }
}

fn is_null(node: &parse::Node<'_>) -> bool {
    match &node.content {
        Content::Scalar { text, implicit } => {
            *implicit && node.tag.is_empty() && matches!(resolve::plain(text), Scalar::Null)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::nulls;

    #[test]
    fn nulls_are_found_with_their_lines() {
        let text = b"a: null\nb:\n  c: ~\n  d: 'null'\n  e:\n    - null\n  f:\n  g: {h: Null}\n";
        let found = nulls(text).unwrap();
        let shown: Vec<(String, usize)> = found
            .iter()
            .map(|null| (String::from_utf8_lossy(&null.path.join(&b'.')).into_owned(), null.line))
            .collect();
        let want = [("a", 1), ("b.c", 3), ("b.f", 7), ("b.g.h", 8)];
        assert_eq!(shown, want.map(|(path, line)| (path.to_owned(), line)));
        assert!(nulls(b"a: [").is_err());
    }
}
