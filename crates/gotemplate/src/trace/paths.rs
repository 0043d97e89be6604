//! Numbers the places that values are read from: `Values`, then `image`, then `tag`.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use gostd::value::Str;

/// A step of a path.
#[derive(Clone, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Key {
    /// The key of a map, or the field of a struct.
    Name(Str),
    /// The index of a list.
    Index(u32),
}

#[derive(Debug, Default)]
pub(super) struct Paths {
    nodes: Vec<(u32, Key)>,
    inner: HashMap<(u32, Key), u32, RandomState>,
}

/// What has no parent.
pub(super) const TOP: u32 = u32::MAX;

impl Paths {
    pub(super) fn inner(&mut self, parent: u32, key: Key) -> u32 {
        let place = (parent, key);
        if let Some(node) = self.inner.get(&place) {
            return *node;
        }
        let node = self.nodes.len() as u32;
        self.nodes.push(place.clone());
        self.inner.insert(place, node);
        node
    }

    /// Returns the steps that lead to a node.
    pub(super) fn path(&self, node: u32) -> Vec<&Key> {
        let mut path = Vec::new();
        let mut at = node;
        while let Some((parent, key)) = self.nodes.get(at as usize) {
            path.push(key);
            at = *parent;
        }
        path.reverse();
        path
    }
}
