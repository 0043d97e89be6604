//! Finds what two sequences have in common, as sergi/go-diff's diffmatchpatch does.

/// How many steps are made before the rest counts as different. Go stops after a second.
const MAX_STEPS: usize = 100_000_000;

/// What happens to a run of items.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Op {
    Delete,
    Insert,
    Equal,
}

/// A run of items to which the same happens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Run<T> {
    pub(crate) op: Op,
    pub(crate) items: Vec<T>,
}

/// Returns the runs that lead from one sequence to another.
pub(crate) fn runs<T: Copy + Eq>(from: &[T], to: &[T]) -> Vec<Run<T>> {
    Search { steps: 0 }.runs(from, to)
}

/// Returns the runs of lines that lead from one text to another.
pub(crate) fn lines<'t>(from: &'t str, to: &'t str) -> Vec<(Op, String)> {
    let mut lines: Vec<&'t str> = Vec::new();
    let mut places = std::collections::HashMap::new();
    let mut numbers = |text: &'t str| -> Vec<usize> {
        let number = |line| {
            *places.entry(line).or_insert_with(|| {
                lines.push(line);
                lines.len() - 1
            })
        };
        text.split_inclusive('\n').map(number).collect()
    };
    let (from, to) = (numbers(from), numbers(to));
    let text = |items: Vec<usize>| items.into_iter().map(|number| lines[number]).collect();
    runs(&from, &to).into_iter().map(|run| (run.op, text(run.items))).collect()
}

fn common_prefix<T: Eq>(a: &[T], b: &[T]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

fn common_suffix<T: Eq>(a: &[T], b: &[T]) -> usize {
    a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}

fn run<T: Copy>(op: Op, items: &[T]) -> Run<T> {
    Run { op, items: items.to_vec() }
}

struct Search {
    steps: usize,
}

/// What two sequences share in the middle: what is before it and after it in either, and the middle.
struct Half<'t, T> {
    from: (&'t [T], &'t [T]),
    to: (&'t [T], &'t [T]),
    middle: &'t [T],
}

impl Search {
    fn runs<T: Copy + Eq>(&mut self, from: &[T], to: &[T]) -> Vec<Run<T>> {
        if from == to {
            return if from.is_empty() { Vec::new() } else { vec![run(Op::Equal, from)] };
        }
        let prefix = common_prefix(from, to);
        let (head, from, to) = (&from[..prefix], &from[prefix..], &to[prefix..]);
        let suffix = common_suffix(from, to);
        let tail = &from[from.len() - suffix..];
        let (from, to) = (&from[..from.len() - suffix], &to[..to.len() - suffix]);
        let mut runs = Vec::new();
        if !head.is_empty() {
            runs.push(run(Op::Equal, head));
        }
        runs.extend(self.different(from, to));
        if !tail.is_empty() {
            runs.push(run(Op::Equal, tail));
        }
        merge(&mut runs);
        runs
    }

    /// Returns the runs for sequences that begin and end differently.
    fn different<T: Copy + Eq>(&mut self, from: &[T], to: &[T]) -> Vec<Run<T>> {
        if from.is_empty() {
            return vec![run(Op::Insert, to)];
        }
        if to.is_empty() {
            return vec![run(Op::Delete, from)];
        }
        let is_shorter = from.len() > to.len();
        let (long, short) = if is_shorter { (from, to) } else { (to, from) };
        if let Some(at) = self.find(long, short) {
            let op = if is_shorter { Op::Delete } else { Op::Insert };
            let rest = &long[at + short.len()..];
            return vec![run(op, &long[..at]), run(Op::Equal, short), run(op, rest)];
        }
        if short.len() == 1 {
            return vec![run(Op::Delete, from), run(Op::Insert, to)];
        }
        if let Some(half) = self.half(from, to) {
            let mut runs = self.runs(half.from.0, half.to.0);
            runs.push(run(Op::Equal, half.middle));
            runs.extend(self.runs(half.from.1, half.to.1));
            return runs;
        }
        self.bisect(from, to)
    }

    /// Returns where a sequence stands in another.
    fn find<T: Eq>(&mut self, long: &[T], short: &[T]) -> Option<usize> {
        let last = long.len().checked_sub(short.len())?;
        for at in 0..=last {
            let same = common_prefix(&long[at..], short);
            self.steps += same + 1;
            if same == short.len() {
                return Some(at);
            }
            if self.steps > MAX_STEPS {
                return None;
            }
        }
        None
    }

    /// Returns what both share that is at least half of the longer one.
    fn half<'t, T: Copy + Eq>(&mut self, from: &'t [T], to: &'t [T]) -> Option<Half<'t, T>> {
        let is_shorter = from.len() > to.len();
        let (long, short) = if is_shorter { (from, to) } else { (to, from) };
        if long.len() < 4 || short.len() * 2 < long.len() {
            return None;
        }
        let second = self.half_at(long, short, long.len().div_ceil(4));
        let third = self.half_at(long, short, long.len().div_ceil(2));
        let half = match (second, third) {
            (Some(second), Some(third)) => {
                Some(if second.middle.len() > third.middle.len() { second } else { third })
            }
            (second, third) => second.or(third),
        }?;
        Some(match is_shorter {
            true => half,
            false => Half { from: half.to, to: half.from, middle: half.middle },
        })
    }

    /// Looks for what is common around a quarter of the longer one that begins at a place.
    fn half_at<'t, T: Copy + Eq>(
        &mut self,
        long: &'t [T],
        short: &'t [T],
        at: usize,
    ) -> Option<Half<'t, T>> {
        let seed = &long[at..at + long.len() / 4];
        let mut best: Option<Half<'t, T>> = None;
        let mut next = 0;
        while next < short.len() {
            let Some(found) = self.find(&short[next..], seed).map(|found| next + found) else {
                break;
            };
            let after = common_prefix(&long[at..], &short[found..]);
            let before = common_suffix(&long[..at], &short[..found]);
            self.steps += after + before;
            if best.as_ref().map_or(0, |best| best.middle.len()) < before + after {
                best = Some(Half {
                    from: (&long[..at - before], &long[at + after..]),
                    to: (&short[..found - before], &short[found + after..]),
                    middle: &short[found - before..found + after],
                });
            }
            next = found + 1;
        }
        best.filter(|best| best.middle.len() * 2 >= long.len())
    }

    /// Splits both where the shortest way from one to the other is half done: Myers' algorithm.
    fn bisect<T: Copy + Eq>(&mut self, from: &[T], to: &[T]) -> Vec<Run<T>> {
        if let Some((x, y)) = self.middle(from, to) {
            let mut runs = self.runs(&from[..x], &to[..y]);
            runs.extend(self.runs(&from[x..], &to[y..]));
            return runs;
        }
        vec![run(Op::Delete, from), run(Op::Insert, to)]
    }

    fn middle<T: Copy + Eq>(&mut self, from: &[T], to: &[T]) -> Option<(usize, usize)> {
        let (from_len, to_len) = (from.len() as isize, to.len() as isize);
        let most = (from_len + to_len + 1) / 2;
        let size = (2 * most) as usize;
        let (mut forward, mut backward) = (vec![-1isize; size], vec![-1isize; size]);
        let place = |diagonal: isize| (most + diagonal) as usize;
        *forward.get_mut(place(1))? = 0;
        *backward.get_mut(place(1))? = 0;
        let delta = from_len - to_len;
        let is_odd = delta % 2 != 0;
        let (mut low, mut high) = ([0, 0], [0, 0]);
        for d in 0..most {
            if self.steps > MAX_STEPS {
                return None;
            }
            for way in 0..2 {
                let is_back = way == 1;
                let mut k = -d + low[way];
                while k <= d - high[way] {
                    let own = if is_back { &mut backward } else { &mut forward };
                    let at = place(k);
                    let mut x = if k == -d || k != d && own[at - 1] < own[at + 1] {
                        own[at + 1]
                    } else {
                        own[at - 1] + 1
                    };
                    let mut y = x - k;
                    while x < from_len && y < to_len {
                        let (i, j) = match is_back {
                            true => (from_len - x - 1, to_len - y - 1),
                            false => (x, y),
                        };
                        if from.get(i as usize) != to.get(j as usize) {
                            break;
                        }
                        (x, y) = (x + 1, y + 1);
                        self.steps += 1;
                    }
                    self.steps += 1;
                    own[at] = x;
                    if x > from_len {
                        high[way] += 2;
                    } else if y > to_len {
                        low[way] += 2;
                    } else if is_odd != is_back {
                        let other = if is_back { &forward } else { &backward };
                        let mirrored = usize::try_from(most + delta - k).ok();
                        let met = mirrored.and_then(|at| other.get(at)).filter(|x| **x != -1);
                        if let Some(&met) = met {
                            if is_back && met >= from_len - x {
                                let y = met - (delta - k);
                                return Some((met as usize, y as usize));
                            }
                            if !is_back && x >= from_len - met {
                                return Some((x as usize, y as usize));
                            }
                        }
                    }
                    k += 2;
                }
            }
        }
        None
    }
}

/// Puts runs together that can be one, and takes out of changes what is equal at their ends.
fn merge<T: Copy + Eq>(runs: &mut Vec<Run<T>>) {
    while {
        join(runs);
        shift(runs)
    } {}
}

fn join<T: Copy + Eq>(runs: &mut Vec<Run<T>>) {
    let mut joined: Vec<Run<T>> = Vec::with_capacity(runs.len() + 1);
    let (mut deleted, mut inserted): (Vec<T>, Vec<T>) = (Vec::new(), Vec::new());
    let mut changes = (0, 0);
    // An equality ends the last changes.
    let end = Run { op: Op::Equal, items: Vec::new() };
    for mut run in std::mem::take(runs).into_iter().chain([end]) {
        match run.op {
            Op::Insert => {
                changes.1 += 1;
                inserted.append(&mut run.items);
                continue;
            }
            Op::Delete => {
                changes.0 += 1;
                deleted.append(&mut run.items);
                continue;
            }
            Op::Equal => {}
        }
        if changes.0 + changes.1 > 1 && changes.0 > 0 && changes.1 > 0 {
            let prefix = common_prefix(&inserted, &deleted);
            if prefix > 0 {
                match joined.last_mut() {
                    Some(last) if last.op == Op::Equal => {
                        last.items.extend_from_slice(&inserted[..prefix]);
                    }
                    _ => {
                        joined.insert(0, Run { op: Op::Equal, items: inserted[..prefix].to_vec() });
                    }
                }
                inserted.drain(..prefix);
                deleted.drain(..prefix);
            }
            let suffix = common_suffix(&inserted, &deleted);
            if suffix > 0 {
                run.items.splice(..0, inserted.split_off(inserted.len() - suffix));
                deleted.truncate(deleted.len() - suffix);
            }
        }
        let has_changes = changes != (0, 0);
        for (count, op, items) in
            [(changes.0, Op::Delete, &mut deleted), (changes.1, Op::Insert, &mut inserted)]
        {
            if count > 0 {
                joined.push(Run { op, items: std::mem::take(items) });
            }
        }
        changes = (0, 0);
        match joined.last_mut() {
            Some(last) if last.op == Op::Equal && !has_changes => last.items.append(&mut run.items),
            _ => joined.push(run),
        }
    }
    if joined.last().is_some_and(|run| run.items.is_empty()) {
        joined.pop();
    }
    *runs = joined;
}

/// Moves single changes between two equalities sideways where that makes the equalities one, and tells whether it
/// did.
fn shift<T: Copy + Eq>(runs: &mut Vec<Run<T>>) -> bool {
    let mut shifted = false;
    let mut at = 1;
    while at + 1 < runs.len() {
        if runs[at - 1].op == Op::Equal && runs[at + 1].op == Op::Equal {
            if runs[at].items.ends_with(&runs[at - 1].items) {
                let before = runs.remove(at - 1).items;
                let (run, after) = (at - 1, at);
                let kept = runs[run].items.len() - before.len();
                runs[run].items.truncate(kept);
                runs[run].items.splice(..0, before.iter().copied());
                runs[after].items.splice(..0, before);
                shifted = true;
            } else if runs[at].items.starts_with(&runs[at + 1].items) {
                let after = runs.remove(at + 1).items;
                runs[at - 1].items.extend_from_slice(&after);
                runs[at].items.drain(..after.len());
                runs[at].items.extend(after);
                shifted = true;
            }
        }
        at += 1;
    }
    shifted
}
