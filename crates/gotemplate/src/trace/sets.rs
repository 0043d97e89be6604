//! Holds sets of what was read, each once: a set is a number, and two are joined once.

use std::collections::HashMap;
use std::rc::Rc;

use foldhash::fast::RandomState;

/// How something was read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Read {
    /// Its value: a scalar, or that nothing is there.
    Value,
    /// That it is there, and by which name.
    Key,
    /// A list or map: whether it is empty, how long it is, of which type.
    Shape,
    /// All that is below it.
    Whole,
}

/// What was read of a place, packed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub(crate) struct Atom(u32);

impl Atom {
    pub(crate) fn new(node: u32, read: Read) -> Atom {
        Atom(node << 2 | read as u32)
    }

    pub(crate) fn node(self) -> u32 {
        self.0 >> 2
    }

    pub(crate) fn read(self) -> Read {
        match self.0 & 3 {
            0 => Read::Value,
            1 => Read::Key,
            2 => Read::Shape,
            _ => Read::Whole,
        }
    }
}

/// A set of what was read; the default is the empty one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Default)]
pub struct Set(u32);

impl Set {
    pub(crate) const EMPTY: Set = Set(0);

    /// Returns whether nothing was read.
    pub fn is_empty(self) -> bool {
        self == Set::EMPTY
    }
}

#[derive(Debug)]
pub(super) struct Sets {
    all: Vec<Rc<[Atom]>>,
    ids: HashMap<Rc<[Atom]>, Set, RandomState>,
    joined: HashMap<(Set, Set), Set, RandomState>,
}

impl Sets {
    pub(super) fn new() -> Sets {
        let empty: Rc<[Atom]> = Rc::from([]);
        let ids = HashMap::from_iter([(empty.clone(), Set::EMPTY)]);
        Sets { all: vec![empty], ids, joined: HashMap::default() }
    }

    pub(super) fn atoms(&self, set: Set) -> &[Atom] {
        self.all.get(set.0 as usize).map_or(&[], |atoms| atoms)
    }

    /// Returns the set of these, which are in order and none twice.
    fn of(&mut self, atoms: Vec<Atom>) -> Set {
        if let Some(set) = self.ids.get(&atoms[..]) {
            return *set;
        }
        let atoms: Rc<[Atom]> = Rc::from(atoms);
        let set = Set(self.all.len() as u32);
        self.all.push(atoms.clone());
        self.ids.insert(atoms, set);
        set
    }

    pub(super) fn one(&mut self, atom: Atom) -> Set {
        if let Some(set) = self.ids.get(&[atom][..]) {
            return *set;
        }
        self.of(vec![atom])
    }

    pub(super) fn join(&mut self, a: Set, b: Set) -> Set {
        if a == b || b.is_empty() {
            return a;
        }
        if a.is_empty() {
            return b;
        }
        let pair = (a.min(b), a.max(b));
        if let Some(set) = self.joined.get(&pair) {
            return *set;
        }
        let mut atoms = [self.atoms(a), self.atoms(b)].concat();
        atoms.sort_unstable();
        atoms.dedup();
        let set = self.of(atoms);
        self.joined.insert(pair, set);
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_held_once() {
        let mut sets = Sets::new();
        let [a, b, c] = [0, 1, 2].map(|node| sets.one(Atom::new(node, Read::Value)));
        let ab = sets.join(a, b);
        assert_eq!(sets.join(b, a), ab);
        assert_eq!(sets.join(ab, a), ab);
        let bc = sets.join(b, c);
        assert_eq!(sets.join(ab, c), sets.join(a, bc));
        assert_eq!(sets.join(Set::EMPTY, c), c);
        assert_eq!(sets.atoms(ab).len(), 2);
        let whole = Atom::new(7, Read::Whole);
        assert_eq!((whole.node(), whole.read()), (7, Read::Whole));
    }
}
