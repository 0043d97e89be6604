//! Makes of a document where its parts stand.

use super::Reader;
use super::make::{Build, Make, Texts};
use crate::spans::{At, Entry, Inner, Node, Spans};
use gostd::value::Str;

/// Makes places.
pub(super) struct Place;

/// The places that were made.
#[derive(Default)]
pub(super) struct Placed {
    items: Vec<Node>,
    entries: Vec<Entry>,
    /// The entries of all mappings that are being read, innermost last.
    open: Vec<Entry>,
}

impl Placed {
    pub(super) fn spans(self, text: &[u8], root: Node) -> Spans {
        Spans::new(text, self.items, self.entries, root)
    }
}

impl Make for Place {
    type Value = Node;
    /// A text, and how many bytes it takes on its line if that is known.
    type Text = (Str, u32);
    type Items = Vec<Node>;
    const TEXTS: Texts = Texts::Nothing;

    fn nil() -> Node {
        Node { at: None, is_alias: false, inner: Inner::Scalar }
    }

    fn text(text: &[u8]) -> (Str, u32) {
        (text.into(), At::BY_TEXT)
    }

    fn string(_: (Str, u32)) -> Node {
        Node::sized(Inner::Scalar, At::BY_TEXT)
    }

    fn key(text: &[u8]) -> Option<(Str, u32)> {
        Some((Build::key(text)?, text.len() as u32))
    }

    fn scalar(_: &Reader, text: &[u8]) -> Option<Node> {
        Some(Node::sized(Inner::Scalar, text.len() as u32))
    }

    fn add_item(items: &mut Vec<Node>, item: Node) {
        items.push(item);
    }

    fn sequence(reader: &mut Reader, items: Vec<Node>) -> Node {
        let list = Inner::list(&mut reader.placed.items, items);
        Node::sized(list, 1)
    }

    fn base(reader: &Reader) -> usize {
        reader.placed.open.len()
    }

    fn add_entry(reader: &mut Reader, start: usize, (name, size): (Str, u32), value: Node) {
        let key = Some(At { start: start as u32, size });
        reader.placed.open.push(Entry { name, key, merged_by: None, value });
    }

    fn mapping(reader: &mut Reader, base: usize) -> Node {
        let Placed { entries, open, .. } = &mut reader.placed;
        Node::sized(Inner::map(entries, open.drain(base..)), 1)
    }

    fn at(mut value: Node, start: usize) -> Node {
        if let Some(at) = &mut value.at {
            at.start = start as u32;
        }
        value
    }
}
