//! Hashes nodes by what they say, as mitchellh/hashstructure does: nodes of one hash are the same to a comparison.

use std::collections::HashMap;

use gostd::stack;
use goyaml::NodeKind;

use crate::error::Error;
use crate::sort::sort_slice;
use crate::tree::{NodeId, Tree};

/// How deep nodes are followed; nothing that was read nests deeper, but for aliases.
const MAX_DEPTH: usize = 50_000;

/// Hashes that were computed.
pub(crate) struct Hashes {
    known: HashMap<NodeId, u64>,
    /// Whether lists are sorted first.
    sorts: bool,
}

impl Hashes {
    /// Returns what computes hashes, of lists in any order if `sorts`.
    pub(crate) fn new(sorts: bool) -> Hashes {
        Hashes { known: HashMap::new(), sorts }
    }
}

/// FNV-1 of 64 bits.
fn fnv(parts: &[&[u8]]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.iter());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        hash.wrapping_mul(0x0100_0000_01b3) ^ u64::from(*byte)
    })
}

fn pair(a: u64, b: u64) -> u64 {
    fnv(&[&a.to_le_bytes(), &b.to_le_bytes()])
}

impl Hashes {
    /// Returns the hash of an item of a list.
    pub(crate) fn item(&mut self, tree: &mut Tree, id: NodeId) -> Result<u64, Error> {
        let id = tree.follow_ending(id)?;
        match tree.kind(id) {
            NodeKind::Scalar => Ok(fnv(&[tree.tag_name(id), b"/", tree.value(id)])),
            _ => self.content(tree, id, 0),
        }
    }

    /// Returns the hash of what is below an item, where tags do not count.
    fn content(&mut self, tree: &mut Tree, id: NodeId, depth: usize) -> Result<u64, Error> {
        if depth > MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        let id = tree.follow_ending(id)?;
        if tree.kind(id) == NodeKind::Scalar {
            return Ok(fnv(&[tree.value(id)]));
        }
        if let Some(hash) = self.known.get(&id) {
            return Ok(*hash);
        }
        let hash = stack::at_depth(depth, || match tree.kind(id) {
            NodeKind::Mapping => self.mapping(tree, id, depth),
            _ => self.sequence(tree, id, depth),
        })?;
        self.known.insert(id, hash);
        Ok(hash)
    }

    fn sequence(&mut self, tree: &mut Tree, id: NodeId, depth: usize) -> Result<u64, Error> {
        if self.sorts {
            sort(tree, id);
        }
        let items = tree.children(id).to_vec();
        items
            .into_iter()
            .try_fold(0, |hash, item| Ok(pair(hash, self.content(tree, item, depth + 1)?)))
    }

    fn mapping(&mut self, tree: &mut Tree, id: NodeId, depth: usize) -> Result<u64, Error> {
        let children = tree.children(id).to_vec();
        // Of a key that stands twice, the last counts.
        let mut entries: HashMap<u64, u64> = HashMap::with_capacity(children.len() / 2);
        for entry in children.chunks_exact(2) {
            let key = tree.follow(entry[0]);
            if tree.kind(key) != NodeKind::Scalar {
                return Err(Error::Key);
            }
            let key = fnv(&[tree.value(key)]);
            let value = self.content(tree, entry[1], depth + 1)?;
            entries.insert(key, pair(key, value));
        }
        let all = entries.into_values().fold(0, |all, entry| all ^ entry);
        Ok(fnv(&[&all.to_le_bytes()]))
    }
}

/// Sorts the items of a list by what is easily seen of them.
fn sort(tree: &mut Tree, id: NodeId) {
    let mut items = tree.children(id).to_vec();
    sort_slice(&mut items, |a, b| {
        let (kind_a, kind_b) = (rank(tree.kind(*a)), rank(tree.kind(*b)));
        if kind_a != kind_b {
            return kind_a < kind_b;
        }
        let (tag_a, tag_b) = (tree.tag_name(*a), tree.tag_name(*b));
        if tag_a != tag_b {
            return tag_a < tag_b;
        }
        match tree.kind(*a) {
            NodeKind::Scalar => tree.value(*a) < tree.value(*b),
            _ => tree.children(*a).len() < tree.children(*b).len(),
        }
    });
    tree.nodes[id].set_children(items);
}

/// The order of go-yaml's kinds.
fn rank(kind: NodeKind) -> u8 {
    match kind {
        NodeKind::Sequence => 0,
        NodeKind::Mapping => 1,
        NodeKind::Scalar => 2,
        NodeKind::Alias => 3,
    }
}
