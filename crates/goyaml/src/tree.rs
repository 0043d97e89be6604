//! Holds what go-yaml decodes into an `interface {}`, before the way through JSON.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use gostd::value::Str;

/// What go-yaml makes of a node: keys keep their types.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Nil,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Str(Str),
    List(Items),
    Map(Entries),
}

/// The items of a list, which are freed without recursion.
#[derive(Clone, Debug, Default)]
pub(super) struct Items(pub(super) Vec<Tree>);

/// The entries of a map, which are freed without recursion.
#[derive(Clone, Debug, Default)]
pub(super) struct Entries(pub(super) BTreeMap<Key, Tree>);

impl Drop for Items {
    fn drop(&mut self) {
        free(std::mem::take(&mut self.0));
    }
}

impl Drop for Entries {
    fn drop(&mut self) {
        free(std::mem::take(&mut self.0).into_values());
    }
}

/// Frees trees of any depth.
fn free(trees: impl IntoIterator<Item = Tree>) {
    let holds_others = |tree: &Tree| match tree {
        Tree::List(items) => !items.0.is_empty(),
        Tree::Map(entries) => !entries.0.is_empty(),
        _ => false,
    };
    let mut left: Vec<Tree> = trees.into_iter().filter(holds_others).collect();
    while let Some(tree) = left.pop() {
        match tree {
            Tree::List(mut items) => {
                left.extend(std::mem::take(&mut items.0).into_iter().filter(holds_others));
            }
            Tree::Map(mut entries) => {
                let values = std::mem::take(&mut entries.0).into_values();
                left.extend(values.filter(holds_others));
            }
            _ => {}
        }
    }
}

/// A key of Go's `map[interface{}]interface{}`. Where keys of several types are printed, Go orders
/// the types by where they lie in the program; this is the order of Helm's.
#[derive(Clone, Debug)]
pub(super) enum Key {
    Nil,
    Str(Str),
    Uint(u64),
    Int(i64),
    Float(f64),
    Bool(bool),
}

impl Key {
    fn rank(&self) -> u8 {
        match self {
            Key::Nil => 0,
            Key::Str(_) => 1,
            Key::Uint(_) => 2,
            Key::Int(_) => 3,
            Key::Float(_) => 4,
            Key::Bool(_) => 5,
        }
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Key) -> Ordering {
        match (self, other) {
            (Key::Str(a), Key::Str(b)) => a.cmp(b),
            (Key::Uint(a), Key::Uint(b)) => a.cmp(b),
            (Key::Int(a), Key::Int(b)) => a.cmp(b),
            // -0 and 0 are one key, and what is no number comes first.
            (Key::Float(a), Key::Float(b)) => {
                a.partial_cmp(b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
            }
            (Key::Bool(a), Key::Bool(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Key) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Key {}

impl From<Key> for Tree {
    fn from(key: Key) -> Tree {
        match key {
            Key::Nil => Tree::Nil,
            Key::Bool(b) => Tree::Bool(b),
            Key::Float(f) => Tree::Float(f),
            Key::Int(n) => Tree::Int(n),
            Key::Str(s) => Tree::Str(s),
            Key::Uint(n) => Tree::Uint(n),
        }
    }
}
