//! Holds sets of what was read, each once: a set is a number, and two are joined once.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::USUAL;

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

    pub(super) fn numbered(number: usize) -> Set {
        Set(number as u32)
    }

    /// Returns the set's number: sets of one recorder are the same where their numbers are.
    pub fn number(self) -> usize {
        self.0 as usize
    }

    /// Returns whether nothing was read.
    pub fn is_empty(self) -> bool {
        self == Set::EMPTY
    }
}

/// From how many places on a set names what holds them instead. Loops join what each pass has read to what the ones
/// before have: without an end to it, that takes the square of the passes.
const MOST: usize = 1024;

#[derive(Debug)]
pub(super) struct Sets {
    /// What all sets hold, one behind the other.
    atoms: Vec<Atom>,
    /// Where each begins and ends there.
    all: Vec<(usize, usize)>,
    /// The sets by the hashes of what they hold; of two with one hash the later has the next that is free.
    ids: HashMap<u64, Set, RandomState>,
    /// Of each place and way of reading it the set that holds nothing else, if it was asked for.
    ones: Vec<Set>,
    joined: HashMap<(Set, Set), Set, RandomState>,
    /// The place in which each place stands, and how many there are around it.
    outer: Vec<(u32, u32)>,
    /// Whether there is a set that names what holds its places.
    is_coarse: bool,
    /// Where sets are put together.
    scratch: Vec<Atom>,
}

impl Sets {
    pub(super) fn new() -> Sets {
        Sets {
            atoms: Vec::new(),
            all: vec![(0, 0)],
            ids: HashMap::with_capacity_and_hasher(USUAL, RandomState::default()),
            ones: Vec::new(),
            joined: HashMap::with_capacity_and_hasher(USUAL, RandomState::default()),
            outer: Vec::new(),
            is_coarse: false,
            scratch: Vec::new(),
        }
    }

    /// Hears of a new place, and of that in which it stands; places are numbered from 0.
    pub(super) fn stands_in(&mut self, outer: u32) {
        let depth = self.outer.get(outer as usize).map_or(0, |(_, depth)| depth + 1);
        self.outer.push((outer, depth));
    }

    /// Returns the place in which another stands.
    pub(super) fn around(&self, node: u32) -> Option<u32> {
        self.outer.get(node as usize).map(|(around, _)| *around)
    }

    /// Returns whether a place is another one, or stands in it.
    pub(super) fn is_within(&self, node: u32, outer: u32) -> bool {
        std::iter::successors(Some(node), |at| self.around(*at)).any(|at| at == outer)
    }

    pub(super) fn atoms(&self, set: Set) -> &[Atom] {
        let (start, end) = self.all.get(set.0 as usize).copied().unwrap_or_default();
        &self.atoms[start..end]
    }

    /// Returns the set of these, which are in order and none twice.
    fn of(&mut self, atoms: &[Atom]) -> Set {
        let mut hash = hash(atoms);
        while let Some(set) = self.ids.get(&hash) {
            if self.atoms(*set) == atoms {
                return *set;
            }
            hash = hash.wrapping_add(1);
        }
        let set = Set(self.all.len() as u32);
        let start = self.atoms.len();
        self.atoms.extend_from_slice(atoms);
        self.all.push((start, self.atoms.len()));
        self.ids.insert(hash, set);
        set
    }

    pub(super) fn one(&mut self, atom: Atom) -> Set {
        let at = atom.0 as usize;
        if let Some(set) = self.ones.get(at)
            && !set.is_empty()
        {
            return *set;
        }
        let set = self.of(&[atom]);
        if self.ones.len() <= at {
            self.ones.resize(at + 1, Set::EMPTY);
        }
        self.ones[at] = set;
        set
    }

    #[inline]
    pub(super) fn join(&mut self, a: Set, b: Set) -> Set {
        if a == b || b.is_empty() {
            return a;
        }
        if a.is_empty() {
            return b;
        }
        self.join_two((a.min(b), a.max(b)))
    }

    fn join_two(&mut self, pair: (Set, Set)) -> Set {
        if let Some(set) = self.joined.get(&pair) {
            return *set;
        }
        let mut merged = std::mem::take(&mut self.scratch);
        merged.clear();
        let (a, b) = (self.atoms(pair.0), self.atoms(pair.1));
        merge(a, b, &mut merged);
        let set = if merged.len() == a.len() {
            pair.0
        } else if merged.len() == b.len() {
            pair.1
        } else {
            self.coarsen(&mut merged);
            self.of(&merged)
        };
        self.scratch = merged;
        self.joined.insert(pair, set);
        set
    }

    /// Puts what holds them in the place of the innermost of too many places, and of those that stand in what is read
    /// whole.
    fn coarsen(&mut self, atoms: &mut Vec<Atom>) {
        let place = |atom: &Atom| self.outer.get(atom.node() as usize).copied();
        while atoms.len() > MOST {
            let depth = atoms.iter().filter_map(place).map(|(_, depth)| depth).max();
            let Some(depth) = depth.filter(|depth| *depth > 0) else { break };
            for atom in atoms.iter_mut() {
                if let Some((outer, _)) = place(atom).filter(|(_, own)| *own == depth) {
                    *atom = Atom::new(outer, Read::Whole);
                }
            }
            atoms.sort_unstable();
            atoms.dedup();
            self.is_coarse = true;
        }
        if self.is_coarse {
            let all = atoms.clone();
            let is_whole = |node| all.binary_search(&Atom::new(node, Read::Whole)).is_ok();
            atoms.retain(|atom| {
                let around = std::iter::successors(place(atom), |(outer, _)| {
                    self.outer.get(*outer as usize).copied()
                });
                !around.map(|(outer, _)| outer).any(is_whole)
            });
        }
    }
}

fn hash(atoms: &[Atom]) -> u64 {
    /// 2^64 by the golden ratio.
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    let add =
        |hash: u64, atom: &Atom| (hash.rotate_left(5) ^ u64::from(atom.0)).wrapping_mul(SPREAD);
    atoms.iter().fold(atoms.len() as u64, add)
}

/// Appends what two ordered lists hold, in order and each once.
fn merge(mut a: &[Atom], mut b: &[Atom], to: &mut Vec<Atom>) {
    to.reserve(a.len() + b.len());
    while let ([first, others @ ..], [other, rest @ ..]) = (a, b) {
        to.push(*first.min(other));
        if first <= other {
            a = others;
        }
        if other <= first {
            b = rest;
        }
    }
    to.extend_from_slice(a);
    to.extend_from_slice(b);
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

    #[test]
    fn sets_of_too_many_places_name_what_holds_them() {
        let mut sets = Sets::new();
        // `Values`, in it a list and something else, and a great many items of the list.
        [u32::MAX, 0, 0].into_iter().for_each(|outer| sets.stands_in(outer));
        let other = sets.one(Atom::new(2, Read::Value));
        let mut all = other;
        for _ in 0..10 * MOST {
            let item = sets.outer.len() as u32;
            sets.stands_in(1);
            let item = sets.one(Atom::new(item, Read::Value));
            all = sets.join(all, item);
        }
        assert_eq!(sets.atoms(all), [Atom::new(1, Read::Whole), Atom::new(2, Read::Value)]);
        assert!(sets.all.len() < 13 * MOST, "{}", sets.all.len());
        assert_eq!(sets.join(all, other), all);
    }
}
