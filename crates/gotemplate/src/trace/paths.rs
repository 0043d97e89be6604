//! Numbers the places that values are read from: `Values`, then `image`, then `tag`.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use gostd::value::Str;

use super::USUAL;

/// A step of a path.
#[derive(Clone, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Key {
    /// The key of a map, or the field of a struct.
    Name(Str),
    /// The index of a list.
    Index(u32),
}

#[derive(Debug)]
pub(super) struct Paths {
    nodes: Vec<(u32, Key)>,
    /// Nodes that names have led to, by a part of the node before and of the name.
    recent: Box<[u32; RECENT]>,
    /// The nodes below each node.
    inner: HashMap<(u32, Step), u32, RandomState>,
    /// The names of steps, by which they are numbered: a name that is known is found without a copy of it.
    names: HashMap<Str, u32, RandomState>,
}

/// A [`Key`], its name numbered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Step {
    Name(u32),
    Index(u32),
}

/// What has no parent.
pub(super) const TOP: u32 = u32::MAX;

/// How many nodes are found without looking up the name.
const RECENT: usize = 1 << 9;

impl Default for Paths {
    fn default() -> Paths {
        let capacity = USUAL / 2;
        Paths {
            nodes: Vec::with_capacity(capacity),
            recent: Box::new([0; RECENT]),
            inner: HashMap::with_capacity_and_hasher(capacity, RandomState::default()),
            names: HashMap::with_capacity_and_hasher(capacity, RandomState::default()),
        }
    }
}

/// Returns where a node stands among the recent ones.
fn slot(parent: u32, name: &[u8]) -> usize {
    let number = |bytes: &[u8; 4]| u32::from_le_bytes(*bytes);
    let part = match (name.first_chunk(), name.last_chunk()) {
        (Some(first), Some(last)) => number(first) ^ number(last).rotate_left(13),
        _ => name.iter().fold(1, |part, byte| part << 8 | u32::from(*byte)),
    };
    // Multiplied, with a number that is odd, each bit changes those above it.
    let mixed = (part ^ parent.rotate_left(20)).wrapping_mul(0x9e37_79b1);
    (mixed >> (32 - RECENT.trailing_zeros())) as usize
}

impl Paths {
    /// Returns the node below another, and whether it is a new one.
    pub(super) fn inner(&mut self, parent: u32, key: &Key) -> (u32, bool) {
        match key {
            Key::Name(name) => self.inner_named(parent, name),
            Key::Index(index) => self.step(parent, Step::Index(*index), || key.clone()),
        }
    }

    /// Returns the node that a name leads to, as [`Paths::inner`] does.
    pub(super) fn inner_named(&mut self, parent: u32, name: &[u8]) -> (u32, bool) {
        let slot = slot(parent, name);
        let recent = self.recent[slot];
        if let Some((outer, Key::Name(known))) = self.nodes.get(recent as usize)
            && *outer == parent
            && **known == *name
        {
            return (recent, false);
        }
        let found = self.look_up(parent, name);
        self.recent[slot] = found.0;
        found
    }

    fn look_up(&mut self, parent: u32, name: &[u8]) -> (u32, bool) {
        let number = match self.names.get(name) {
            Some(number) => *number,
            None => {
                let number = self.names.len() as u32;
                self.names.insert(Str::from(name), number);
                number
            }
        };
        self.step(parent, Step::Name(number), || Key::Name(Str::from(name)))
    }

    fn step(&mut self, parent: u32, step: Step, key: impl FnOnce() -> Key) -> (u32, bool) {
        let next = self.nodes.len() as u32;
        let node = *self.inner.entry((parent, step)).or_insert(next);
        if node == next {
            self.nodes.push((parent, key()));
        }
        (node, node == next)
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
