//! Finds which items of two sequences are the same, so that few differ: lines of texts, items of lists.
//!
//! It is the algorithm of Eugene W. Myers ("An O(ND) Difference Algorithm and Its Variations", 1986) in linear space, with
//! a bound on the steps: what one side alone has is left out first, and where two parts differ in more than [`MOST_STEPS`]
//! items each way, they are divided at the furthest place that was reached, as Git does. So the time grows as the length
//! does, the result is the same on every machine, and for texts of few differences the shortest there is.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

use foldhash::fast::RandomState;
use similar::DiffOp;

/// How far the search goes from each end, in items that differ.
const MOST_STEPS: usize = 256;

/// Returns which ranges are the same, are on one side alone or in the place of each other: in order, all of both
/// sequences.
pub(super) fn ops<T: Hash + Eq>(old: &[T], new: &[T]) -> Vec<DiffOp> {
    let mut numbers: HashMap<&T, u32, RandomState> = HashMap::default();
    let mut number = |item| {
        let next = numbers.len() as u32;
        *numbers.entry(item).or_insert(next)
    };
    let old: Vec<u32> = old.iter().map(&mut number).collect();
    let new: Vec<u32> = new.iter().map(&mut number).collect();
    let mut differs = [vec![false; old.len()], vec![false; new.len()]];
    mark(&old, &new, numbers.len(), &mut differs);
    let [old_differs, new_differs] = &mut differs;
    slide(&new, new_differs, old_differs);
    slide(&old, old_differs, new_differs);
    listed(&differs)
}

/// Marks the items that differ.
fn mark(old: &[u32], new: &[u32], kinds: usize, differs: &mut [Vec<bool>; 2]) {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = old.iter().rev().zip(new.iter().rev());
    let most = old.len().min(new.len()) - start;
    let end = rest.take(most).take_while(|(a, b)| a == b).count();
    // Of what one side alone has no item is the same as any.
    let mut on = [vec![false; kinds], vec![false; kinds]];
    let ranges = [start..old.len() - end, start..new.len() - end];
    for (on, (items, range)) in on.iter_mut().zip([(old, &ranges[0]), (new, &ranges[1])]) {
        items[range.clone()].iter().for_each(|item| on[*item as usize] = true);
    }
    let mut places: [Vec<usize>; 2] = Default::default();
    for (side, items) in [old, new].into_iter().enumerate() {
        for place in ranges[side].clone() {
            match on[1 - side][items[place] as usize] {
                true => places[side].push(place),
                false => differs[side][place] = true,
            }
        }
    }
    let shared = |side: usize, items: &[u32]| -> Vec<u32> {
        places[side].iter().map(|place| items[*place]).collect()
    };
    let (one, other) = (shared(0, old), shared(1, new));
    let mut search = Search::new(&one, &other);
    let mut parts = vec![(0..one.len(), 0..other.len())];
    while let Some((mut a, mut b)) = parts.pop() {
        while !a.is_empty() && !b.is_empty() && one[a.start] == other[b.start] {
            (a.start, b.start) = (a.start + 1, b.start + 1);
        }
        while !a.is_empty() && !b.is_empty() && one[a.end - 1] == other[b.end - 1] {
            (a.end, b.end) = (a.end - 1, b.end - 1);
        }
        let middle = if a.is_empty() || b.is_empty() { None } else { search.middle(&a, &b) };
        match middle {
            Some((x, y)) => {
                parts.push((x..a.end, y..b.end));
                parts.push((a.start..x, b.start..y));
            }
            None => {
                a.for_each(|place| differs[0][places[0][place]] = true);
                b.for_each(|place| differs[1][places[1][place]] = true);
            }
        }
    }
}

/// How far paths come on each diagonal, from both ends.
struct Search<'s> {
    one: &'s [u32],
    other: &'s [u32],
    /// On diagonal `k`, at `k + MOST_STEPS + 1`: the place in `one`, from the start.
    forward: Vec<usize>,
    /// The same from the end.
    backward: Vec<usize>,
}

impl<'s> Search<'s> {
    fn new(one: &'s [u32], other: &'s [u32]) -> Search<'s> {
        let diagonals = 2 * MOST_STEPS + 3;
        Search { one, other, forward: vec![0; diagonals], backward: vec![0; diagonals] }
    }

    /// Returns a place on a path between the start and the end of two ranges, of which neither is empty: on the shortest
    /// one, or where the search ends on one that came far. Nothing where the two are to be taken for wholly different.
    fn middle(&mut self, a: &Range<usize>, b: &Range<usize>) -> Option<(usize, usize)> {
        let Search { one, other, forward, backward } = self;
        let (one, other) = (&one[a.clone()], &other[b.clone()]);
        let (n, m) = (one.len(), other.len());
        let at = |k: isize| (k + MOST_STEPS as isize + 1) as usize;
        let delta = n as isize - m as isize;
        let is_odd = delta & 1 == 1;
        (forward[at(1)], backward[at(1)]) = (0, 0);
        // The furthest place by the number of items behind it, from each end.
        let (mut far, mut near) = ((0, 0), (0, 0));
        for d in 0..=(n + m).div_ceil(2).min(MOST_STEPS) as isize {
            for k in (-d..=d).rev().step_by(2) {
                let mut x = step(forward, k, d, at);
                let mut y = (x as isize - k) as usize;
                let first = (x, y);
                while x < n && y < m && one[x] == other[y] {
                    (x, y) = (x + 1, y + 1);
                }
                forward[at(k)] = x;
                if is_odd && (k - delta).abs() < d && x + backward[at(delta - k)] >= n {
                    return Some((a.start + first.0, b.start + first.1));
                }
                if x <= n && y <= m && x + y > far.0 + far.1 {
                    far = (x, y);
                }
            }
            for k in (-d..=d).rev().step_by(2) {
                let mut x = step(backward, k, d, at);
                let mut y = (x as isize - k) as usize;
                while x < n && y < m && one[n - 1 - x] == other[m - 1 - y] {
                    (x, y) = (x + 1, y + 1);
                }
                backward[at(k)] = x;
                if !is_odd && (k - delta).abs() <= d && x + forward[at(delta - k)] >= n {
                    return Some((a.end - x, b.end - y));
                }
                if x <= n && y <= m && x + y > near.0 + near.1 {
                    near = (x, y);
                }
            }
        }
        let (x, y) = if far.0 + far.1 >= near.0 + near.1 { far } else { (n - near.0, m - near.1) };
        // A corner divides nothing.
        let is_inside = x + y > 0 && x + y < n + m;
        is_inside.then_some((a.start + x, b.start + y))
    }
}

/// Returns where a path of `d` differences enters a diagonal: from the one above or the one below.
fn step(reached: &[usize], k: isize, d: isize, at: impl Fn(isize) -> usize) -> usize {
    match k == -d || k != d && reached[at(k - 1)] < reached[at(k + 1)] {
        true => reached[at(k + 1)],
        false => reached[at(k - 1)] + 1,
    }
}

/// Moves what one side has more down as far as that says the same, so that it begins with its first line: of two blocks alike
/// it is the second that came or went.
fn slide(items: &[u32], differs: &mut [bool], other: &[bool]) {
    let run = |differs: &[bool], from: usize| differs[from..].iter().take_while(|d| **d).count();
    let (mut place, mut beside) = (0, 0);
    while place < items.len() {
        let is_alone = run(other, beside) == 0;
        beside += run(other, beside);
        if !differs[place] {
            (place, beside) = (place + 1, beside + 1);
            continue;
        }
        let (mut start, mut end) = (place, place + run(differs, place));
        while is_alone
            && end < items.len()
            && other.get(beside) == Some(&false)
            && items[start] == items[end]
        {
            (differs[start], differs[end]) = (false, true);
            (beside, start, end) = (beside + 1, start + 1, end + 1);
            end += run(differs, end);
        }
        place = end;
    }
}

/// Returns the ranges that differ or do not.
fn listed(differs: &[Vec<bool>; 2]) -> Vec<DiffOp> {
    let [old, new] = differs;
    let run = |side: &[bool], from: usize| side[from..].iter().take_while(|d| **d).count();
    let (mut old_index, mut new_index) = (0, 0);
    let mut all = Vec::new();
    while old_index < old.len() || new_index < new.len() {
        let (old_len, new_len) = (run(old, old_index), run(new, new_index));
        if old_len + new_len == 0 {
            let rest = old[old_index..].iter().zip(&new[new_index..]);
            let len = rest.take_while(|(a, b)| !**a && !**b).count();
            all.push(DiffOp::Equal { old_index, new_index, len });
            (old_index, new_index) = (old_index + len, new_index + len);
            continue;
        }
        all.push(match (old_len, new_len) {
            (0, _) => DiffOp::Insert { old_index, new_index, new_len },
            (_, 0) => DiffOp::Delete { old_index, old_len, new_index },
            _ => DiffOp::Replace { old_index, old_len, new_index, new_len },
        });
        (old_index, new_index) = (old_index + old_len, new_index + new_len);
    }
    all
}

#[cfg(test)]
mod tests {
    use similar::DiffTag;

    use super::*;

    /// Numbers that look drawn, the same in each run.
    fn drawn(count: usize, below: u64, mut seed: u64) -> Vec<u64> {
        let mut next = || {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        (0..count).map(|_| next()).collect()
    }

    /// Returns how many items are the same; what is told has to be all of both sequences, and true.
    fn same(old: &[u64], new: &[u64]) -> usize {
        let (mut a, mut b, mut count) = (0, 0, 0);
        let mut last = None;
        for op in ops(old, new) {
            let (one, other) = (op.old_range(), op.new_range());
            assert_eq!((one.start, other.start), (a, b));
            (a, b) = (one.end, other.end);
            let is_equal = op.tag() == DiffTag::Equal;
            assert_ne!(last, Some(is_equal), "what stands together is one");
            last = Some(is_equal);
            assert_eq!(is_equal, old[one.clone()] == new[other]);
            count += if is_equal { one.len() } else { 0 };
        }
        assert_eq!((a, b), (old.len(), new.len()));
        count
    }

    /// The length of the longest common subsequence.
    fn longest(old: &[u64], new: &[u64]) -> usize {
        let mut row = vec![0; new.len() + 1];
        for a in old {
            let mut above = 0;
            for (at, b) in new.iter().enumerate() {
                let here = if a == b { above + 1 } else { row[at].max(row[at + 1]) };
                above = std::mem::replace(&mut row[at + 1], here);
            }
        }
        row[new.len()]
    }

    #[test]
    fn of_few_differences_none_is_too_many() {
        for seed in 0..400 {
            let (below, count) = (1 + seed % 7, 1 + (seed / 3) as usize % 60);
            let (old, new) = (drawn(count, below, seed), drawn(60 - count / 2, below, seed + 1000));
            assert_eq!(same(&old, &new), longest(&old, &new), "{old:?} {new:?}");
        }
        assert_eq!(same(&[], &[1, 2]), 0);
        assert_eq!(same(&[1, 2], &[]), 0);
        assert_eq!(same(&[], &[]), 0);
    }

    #[test]
    fn long_texts_are_divided_where_the_search_ends() {
        // Nothing in common, all in another order, and two letters at random.
        let (low, high): (Vec<u64>, Vec<u64>) = ((0..30_000).collect(), (30_000..60_000).collect());
        assert_eq!(same(&low, &high), 0);
        let back: Vec<u64> = low.iter().rev().copied().collect();
        assert_eq!(same(&low, &back), 1);
        let (one, other) = (drawn(30_000, 2, 1), drawn(30_000, 2, 2));
        assert!(same(&one, &other) > 20_000);
        // Every third line is another, and all lines occur often.
        let lines = drawn(30_000, 50, 3);
        let changed: Vec<u64> = lines
            .iter()
            .enumerate()
            .map(|(at, line)| if at % 3 == 0 { line + 7 } else { *line })
            .collect();
        assert!(same(&lines, &changed) >= 20_000);
        // One is far longer.
        assert_eq!(same(&[1, 2, 3], &drawn(50_000, 4, 4)), 3);
    }

    #[test]
    fn what_is_new_of_two_blocks_alike_is_the_second() {
        let found: Vec<_> = ops(&["{", "a", "}"], &["{", "a", "}", "{", "a", "}"]);
        let Some(DiffOp::Insert { old_index, new_index, new_len }) = found.get(1) else {
            panic!("{found:?}")
        };
        assert_eq!((*old_index, *new_index, *new_len), (3, 3, 3));
        let found: Vec<_> = ops(&["x", "x", "y"], &["x", "x", "x", "y"]);
        assert_eq!(found.get(1).map(|op| op.new_range()), Some(2..3));
    }
}
