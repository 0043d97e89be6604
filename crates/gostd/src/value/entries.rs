//! Provides an ordered map of names, small for the few entries that most maps have.

use std::collections::{BTreeMap, btree_map};
use std::slice;

use super::Str;
use super::str::prefix;

/// Up to how many entries one sorted block of memory holds them all. A tree's smallest node takes
/// more than half a kilobyte, and most maps in values and manifests have three entries; the values of
/// large applications have about a hundred, which are looked up far more often than they are added to. Beyond
/// this number inserting into the block would cost more than the tree.
const FEW: usize = 128;

/// Values by name, in byte order of the names.
#[derive(Clone, Debug)]
pub struct Entries<V>(Repr<V>);

#[derive(Clone, Debug)]
enum Repr<V> {
    /// Sorted, names differ.
    Few(Vec<(Str, V)>),
    Many(BTreeMap<Str, V>),
}

impl<V> Default for Entries<V> {
    fn default() -> Entries<V> {
        Entries::new()
    }
}

impl<V> Entries<V> {
    /// Returns no entries.
    pub const fn new() -> Entries<V> {
        Entries(Repr::Few(Vec::new()))
    }

    /// Returns how many entries there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Few(few) => few.len(),
            Repr::Many(many) => many.len(),
        }
    }

    /// Returns whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the value under a name.
    pub fn get(&self, name: &[u8]) -> Option<&V> {
        match &self.0 {
            Repr::Few(few) => position(few, name).ok().map(|i| &few[i].1),
            Repr::Many(many) => many.get(name),
        }
    }

    /// Returns the value under a name, to be changed.
    pub fn get_mut(&mut self, name: &[u8]) -> Option<&mut V> {
        match &mut self.0 {
            Repr::Few(few) => position(few, name).ok().map(|i| &mut few[i].1),
            Repr::Many(many) => many.get_mut(name),
        }
    }

    /// Returns whether the name is there.
    pub fn contains_key(&self, name: &[u8]) -> bool {
        self.get(name).is_some()
    }

    /// Sets the value under a name; the one that was there.
    pub fn insert(&mut self, name: Str, value: V) -> Option<V> {
        match &mut self.0 {
            Repr::Many(many) => return many.insert(name, value),
            Repr::Few(few) => match position(few, &name) {
                Ok(i) => return Some(std::mem::replace(&mut few[i].1, value)),
                Err(i) if few.len() < FEW => few.insert(i, (name, value)),
                Err(_) => {
                    let mut many: BTreeMap<_, _> = few.drain(..).collect();
                    many.insert(name, value);
                    self.0 = Repr::Many(many);
                }
            },
        }
        None
    }

    /// Removes a name; the value that was there.
    pub fn remove(&mut self, name: &[u8]) -> Option<V> {
        match &mut self.0 {
            Repr::Few(few) => position(few, name).ok().map(|i| few.remove(i).1),
            Repr::Many(many) => many.remove(name),
        }
    }

    /// Names and values, in order.
    pub fn iter(&self) -> Iter<'_, V> {
        match &self.0 {
            Repr::Few(few) => Iter::Few(few.iter()),
            Repr::Many(many) => Iter::Many(many.iter()),
        }
    }

    /// Returns the same names with other values.
    pub fn with_values<W>(&self, mut make: impl FnMut(&V) -> W) -> Entries<W> {
        Entries(match &self.0 {
            Repr::Few(few) => {
                Repr::Few(few.iter().map(|(name, value)| (name.clone(), make(value))).collect())
            }
            Repr::Many(many) => {
                Repr::Many(many.iter().map(|(name, value)| (name.clone(), make(value))).collect())
            }
        })
    }

    /// Returns the same names with other values, but those that get none.
    pub fn filter_map_values<W>(&self, mut make: impl FnMut(&V) -> Option<W>) -> Entries<W> {
        let entry = |(name, value): (&Str, &V)| Some((name.clone(), make(value)?));
        Entries(match &self.0 {
            Repr::Few(few) => {
                let mut kept = Vec::with_capacity(few.len());
                kept.extend(self.iter().filter_map(entry));
                Repr::Few(kept)
            }
            Repr::Many(_) => Repr::Many(self.iter().filter_map(entry).collect()),
        })
    }

    /// Returns the names, in order.
    pub fn keys(&self) -> impl Iterator<Item = &Str> {
        self.iter().map(|(name, _)| name)
    }

    /// Returns the values, in the order of their names.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }
}

/// Returns where a name is, or belongs.
fn position<V>(few: &[(Str, V)], name: &[u8]) -> Result<usize, usize> {
    let prefix = prefix(name);
    few.binary_search_by(|(other, _)| other.compare(name, prefix))
}

impl<V> FromIterator<(Str, V)> for Entries<V> {
    /// Of equal names the last one counts.
    fn from_iter<I: IntoIterator<Item = (Str, V)>>(entries: I) -> Entries<V> {
        let mut few: Vec<(Str, V)> = entries.into_iter().collect();
        if !few.is_sorted_by(|a, b| a.0 < b.0) {
            few.sort_by(|a, b| a.0.cmp(&b.0));
            few.dedup_by(|later, earlier| {
                let same = later.0 == earlier.0;
                if same {
                    std::mem::swap(later, earlier);
                }
                same
            });
        }
        if few.len() > FEW {
            return Entries(Repr::Many(few.into_iter().collect()));
        }
        Entries(Repr::Few(few))
    }
}

impl<V> IntoIterator for Entries<V> {
    type Item = (Str, V);
    type IntoIter = IntoIter<V>;

    fn into_iter(self) -> IntoIter<V> {
        match self.0 {
            Repr::Few(few) => IntoIter::Few(few.into_iter()),
            Repr::Many(many) => IntoIter::Many(many.into_iter()),
        }
    }
}

impl<'e, V> IntoIterator for &'e Entries<V> {
    type Item = (&'e Str, &'e V);
    type IntoIter = Iter<'e, V>;

    fn into_iter(self) -> Iter<'e, V> {
        self.iter()
    }
}

/// The entries of a map, in order.
#[derive(Debug)]
pub enum Iter<'e, V> {
    /// Of one block
    Few(slice::Iter<'e, (Str, V)>),
    /// Of a tree
    Many(btree_map::Iter<'e, Str, V>),
}

impl<'e, V> Iterator for Iter<'e, V> {
    type Item = (&'e Str, &'e V);

    #[inline]
    fn next(&mut self) -> Option<(&'e Str, &'e V)> {
        match self {
            Iter::Few(few) => few.next().map(|(name, value)| (name, value)),
            Iter::Many(many) => many.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Iter::Few(few) => few.size_hint(),
            Iter::Many(many) => many.size_hint(),
        }
    }
}

impl<V> ExactSizeIterator for Iter<'_, V> {}

/// The entries of a map that is used up, in order.
#[derive(Debug)]
pub enum IntoIter<V> {
    /// Of one block
    Few(std::vec::IntoIter<(Str, V)>),
    /// Of a tree
    Many(btree_map::IntoIter<Str, V>),
}

impl<V> Iterator for IntoIter<V> {
    type Item = (Str, V);

    fn next(&mut self) -> Option<(Str, V)> {
        match self {
            IntoIter::Few(few) => few.next(),
            IntoIter::Many(many) => many.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            IntoIter::Few(few) => few.size_hint(),
            IntoIter::Many(many) => many.size_hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a sorted map of the standard library does, at every size around the change of form.
    #[test]
    fn agrees_with_a_tree_at_every_size() {
        let mut entries = Entries::new();
        let mut tree = BTreeMap::new();
        let mut state = 7u32;
        for step in 0..4000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let name = Str::from(format!("k{}", (state >> 16) % 240));
            if step % 5 == 4 {
                assert_eq!(entries.remove(&name), tree.remove(&name));
            } else {
                assert_eq!(entries.insert(name.clone(), step), tree.insert(name.clone(), step));
            }
            assert_eq!(entries.get(&name), tree.get(&name));
            assert_eq!(entries.len(), tree.len());
            assert!(entries.iter().eq(tree.iter()));
            let again: Entries<_> = tree.clone().into_iter().rev().collect();
            assert!(again.into_iter().eq(tree.clone()));
        }
        assert!(tree.len() > FEW);
    }

    /// Lengths around eight, zeros that look like the end, bytes that are negative as `i8`.
    #[test]
    fn names_are_ordered_as_their_bytes() {
        let mut names: Vec<&[u8]> =
            vec![b"", b"\0", b"a", b"a\0", b"\xff", b"aaaaaaa", b"aaaaaaaa", b"aaaaaaaa\0"];
        names.extend([&b"aaaaaaaab"[..], b"aaaaaaaac", b"a long text beyond what lies inside"]);
        names.sort();
        let forms = |name: &[u8]| [Str::from(name), Str::from(std::sync::Arc::<[u8]>::from(name))];
        for a in &names {
            for b in &names {
                for (x, y) in forms(a).iter().flat_map(|x| forms(b).map(|y| (x.clone(), y))) {
                    assert_eq!(x.cmp(&y), a.cmp(b), "{a:?} {b:?}");
                    assert_eq!(x.compare(b, prefix(b)), a.cmp(b), "{a:?} {b:?}");
                }
            }
        }
        let entries: Entries<_> = names.iter().map(|name| (Str::from(*name), *name)).collect();
        assert!(names.iter().all(|name| entries.get(name) == Some(name)));
    }

    #[test]
    fn entries_without_a_new_value_are_left_out() {
        for count in [0, 5, FEW, FEW + 1] {
            let all: Entries<usize> =
                (0..count).map(|n| (Str::from(format!("{n:03}")), n)).collect();
            let some = all.filter_map_values(|n| (n % 2 == 1).then_some(n * 10));
            let expected = (0..count).filter(|n| n % 2 == 1);
            assert!(some.into_iter().eq(expected.map(|n| (Str::from(format!("{n:03}")), n * 10))));
        }
    }

    #[test]
    fn of_equal_names_the_last_one_counts() {
        let entries: Entries<_> = [("b", 1), ("a", 2), ("b", 3)]
            .map(|(name, n)| (Str::from(name), n))
            .into_iter()
            .collect();
        assert!(entries.into_iter().eq([(Str::from("a"), 2), (Str::from("b"), 3)]));
    }
}
