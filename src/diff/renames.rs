//! Finds which objects of a kind are the same under another name, by the fields that both have.
//!
//! Of a few objects each is compared with each. Of many, those are compared that hold exactly the same, and of the rest
//! those that have fields in common which few objects have: so the time grows as the number of objects does.

use std::cmp::Ordering;
use std::collections::HashMap;

use foldhash::fast::RandomState;

/// How alike two objects are that are taken for one under another name, at least: the part of their fields that both have.
const ALIKE: f64 = 0.6;
/// How many fields, and how many pairs, are looked at where each object is compared with each.
const MOST_FIELDS: usize = 20_000_000;
const MOST_PAIRS: usize = 250_000;
/// With how many others an object is compared where there are more, for each of its fields, and in all.
const MOST_BY_FIELD: usize = 8;
const MOST_BY_OBJECT: usize = 32;

/// An object by its number, with its fields.
pub(super) type Fielded = (usize, Fields);

/// The fields of an object, by their numbers, sorted. They are numbered by their fingerprints: that two have one by chance
/// makes objects look more alike than they are, and hides nothing.
pub(super) type Fields = Vec<u32>;

/// Returns the numbers of old and new objects that belong together, each at most once: the most alike first, then in
/// order.
pub(super) fn find(before: &[Fielded], after: &[Fielded]) -> Vec<(usize, usize)> {
    let count = |side: &[Fielded]| side.iter().map(|(_, fields)| fields.len() + 1).sum::<usize>();
    let all = count(before)
        .saturating_mul(after.len())
        .saturating_add(count(after).saturating_mul(before.len()));
    let mut candidates = Vec::new();
    let mut pairs = Pairs { found: Vec::new(), is_paired: Default::default() };
    pairs.is_paired = [vec![false; before.len()], vec![false; after.len()]];
    if all <= MOST_FIELDS && before.len().saturating_mul(after.len()) <= MOST_PAIRS {
        let each = (0..before.len()).flat_map(|a| (0..after.len()).map(move |b| (a, b)));
        candidates.extend(each);
    } else {
        equal(before, after, &mut pairs);
        candidates = by_rare_fields(before, after, &pairs.is_paired);
    }
    let alike = |(a, b): (usize, usize)| {
        let alike = likeness(&before[a].1, &after[b].1);
        (alike >= ALIKE).then_some((alike, a, b))
    };
    let mut alike: Vec<(f64, usize, usize)> = candidates.into_iter().filter_map(alike).collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    alike.into_iter().for_each(|(_, a, b)| pairs.add(a, b));
    pairs.found.into_iter().map(|(a, b)| (before[a].0, after[b].0)).collect()
}

/// Objects that belong together, by their places.
struct Pairs {
    found: Vec<(usize, usize)>,
    is_paired: [Vec<bool>; 2],
}

impl Pairs {
    fn add(&mut self, a: usize, b: usize) {
        if !self.is_paired[0][a] && !self.is_paired[1][b] {
            (self.is_paired[0][a], self.is_paired[1][b]) = (true, true);
            self.found.push((a, b));
        }
    }
}

/// Pairs objects that hold exactly the same, in order.
fn equal(before: &[Fielded], after: &[Fielded], pairs: &mut Pairs) {
    let mut places: HashMap<&[u32], Vec<usize>, RandomState> = HashMap::default();
    for (place, (_, fields)) in before.iter().enumerate().rev().filter(|(_, o)| !o.1.is_empty()) {
        places.entry(fields).or_default().push(place);
    }
    for (b, (_, fields)) in after.iter().enumerate() {
        if let Some(a) = places.get_mut(&fields[..]).and_then(Vec::pop) {
            pairs.add(a, b);
        }
    }
}

/// Returns pairs of places of objects that may be alike: what has a field in common, looked at from the rarest field on.
/// Where many objects have a field, those are looked at that stand at about the same place among them.
fn by_rare_fields(
    before: &[Fielded],
    after: &[Fielded],
    is_paired: &[Vec<bool>; 2],
) -> Vec<(usize, usize)> {
    let holders = |side: &[Fielded], is_paired: &[bool]| {
        let mut holders: HashMap<u32, Vec<u32>, RandomState> = HashMap::default();
        for (place, (_, fields)) in side.iter().enumerate().filter(|(at, _)| !is_paired[*at]) {
            let mut last = None;
            // What it has several times counts once.
            for field in fields.iter().filter(|field| last.replace(**field) != Some(**field)) {
                holders.entry(*field).or_default().push(place as u32);
            }
        }
        holders
    };
    let (old, new) = (holders(before, &is_paired[0]), holders(after, &is_paired[1]));
    let mut all = Vec::new();
    for (b, (_, fields)) in after.iter().enumerate().filter(|(at, _)| !is_paired[1][*at]) {
        let mut shared: Vec<(u32, &[u32], &[u32])> = fields
            .iter()
            .filter_map(|field| Some((*field, &old.get(field)?[..], &new.get(field)?[..])))
            .collect();
        shared.sort_unstable_by_key(|(field, old, new)| (old.len() + new.len(), *field));
        shared.dedup_by_key(|(field, _, _)| *field);
        let mut tried: Vec<u32> = Vec::new();
        for (_, old, new) in shared {
            if tried.len() >= MOST_BY_OBJECT {
                break;
            }
            let place = new.partition_point(|other| (*other as usize) < b);
            let middle = place * old.len() / new.len().max(1);
            let start = middle
                .saturating_sub(MOST_BY_FIELD / 2)
                .min(old.len().saturating_sub(MOST_BY_FIELD));
            let near = old[start..].iter().take(MOST_BY_FIELD);
            near.for_each(|a| {
                if !tried.contains(a) {
                    tried.push(*a)
                }
            });
        }
        all.extend(tried.into_iter().map(|a| (a as usize, b)));
    }
    all
}

/// Returns which part of the fields of two objects is in both, from 0 to 1; 0 where it is known to be less than
/// [`ALIKE`].
fn likeness(one: &Fields, other: &Fields) -> f64 {
    let all = one.len() + other.len();
    let part = |both: usize| if all == 0 { 0.0 } else { 2.0 * both as f64 / all as f64 };
    if part(one.len().min(other.len())) < ALIKE {
        return 0.0;
    }
    let (mut a, mut b, mut both) = (0, 0, 0);
    while let (Some(x), Some(y)) = (one.get(a), other.get(b)) {
        match x.cmp(y) {
            Ordering::Less => a += 1,
            Ordering::Greater => b += 1,
            Ordering::Equal => (a, b, both) = (a + 1, b + 1, both + 1),
        }
    }
    part(both)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many objects, of which each has five fields as all do and five as none other.
    fn side(count: u32, first: usize) -> Vec<Fielded> {
        let fields = |n: u32| (0..5).chain((0..5).map(move |own| 1000 + 10 * n + own)).collect();
        (0..count).map(|n| (first + n as usize, fields(n))).collect()
    }

    #[test]
    fn of_many_objects_each_finds_its_own() {
        let old = side(20_000, 0);
        let mut new: Vec<Fielded> = side(20_000, 7).into_iter().rev().collect();
        // One field of each is another, then the rest has to be found by what is left.
        for (at, (_, fields)) in new.iter_mut().enumerate() {
            if at % 2 == 0 {
                fields[9] = 10_000_000 + at as u32;
            }
        }
        let found = find(&old, &new);
        assert_eq!(found.len(), 20_000);
        assert!(found.iter().all(|(a, b)| a + 7 == *b));
    }

    #[test]
    fn of_many_objects_that_are_all_alike_each_finds_one() {
        let same: Vec<u32> = (0..10).collect();
        let old: Vec<Fielded> = (0..20_000).map(|n| (n, same.clone())).collect();
        assert_eq!(find(&old, &old).iter().filter(|(a, b)| a == b).count(), 20_000);
        let changed: Vec<Fielded> =
            old.iter().map(|(n, fields)| (*n, [&fields[..9], &[99]].concat())).collect();
        assert!(find(&old, &changed).len() > 19_000);
    }

    #[test]
    fn few_objects_are_compared_each_with_each() {
        let old = [(0, vec![1, 2, 3, 4]), (1, vec![1, 2, 3, 5])];
        let new = [(4, vec![1, 2, 3, 5]), (5, vec![6, 7, 8, 9]), (6, vec![1, 2, 4, 8])];
        assert_eq!(find(&old, &new), [(1, 4), (0, 6)]);
        assert_eq!(find(&[(0, vec![])], &[(1, vec![])]), []);
    }
}
