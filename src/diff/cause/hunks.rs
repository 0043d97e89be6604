//! Finds the lines in which two templates differ.

use std::ops::Range;

use bstr::ByteSlice;

use super::Which;
use crate::diff::align;

/// Lines of a template that differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hunk {
    /// Those that were there, from 1.
    pub(super) old: Range<usize>,
    /// Those that are there, from 1.
    pub(super) new: Range<usize>,
    /// The lines that may as well be those that came or went: of three blank lines the one that is gone can be each.
    reach: Range<usize>,
}

impl Hunk {
    /// Returns the lines of one side that it may be the cause of.
    fn lines(&self, which: Which) -> Range<usize> {
        let (own, other) = match which {
            Which::Old => (&self.old, &self.new),
            Which::New => (&self.new, &self.old),
        };
        match other.is_empty() && !self.reach.is_empty() {
            true => own.start.min(self.reach.start)..own.end.max(self.reach.end),
            false => own.clone(),
        }
    }
}

/// The hunks of a template, found by their lines.
pub(super) struct Hunks {
    pub(super) all: Vec<Hunk>,
    /// Of each side: the first line of each hunk, the line behind the last one of it and of all before it, and its number.
    lines: [Vec<(usize, usize, usize)>; 2],
}

impl Hunks {
    pub(super) fn of(old: &[u8], new: &[u8]) -> Hunks {
        Hunks::new(hunks(old, new))
    }

    fn new(all: Vec<Hunk>) -> Hunks {
        let lines = [Which::Old, Which::New].map(|which| {
            let ranges = all.iter().map(|hunk| hunk.lines(which)).enumerate();
            let mut lines: Vec<_> = ranges
                .filter(|(_, range)| !range.is_empty())
                .map(|(number, range)| (range.start, range.end, number))
                .collect();
            lines.sort_unstable();
            let mut furthest = 0;
            lines.iter_mut().for_each(|(_, end, _)| {
                furthest = furthest.max(*end);
                *end = furthest;
            });
            lines
        });
        Hunks { all, lines }
    }

    /// Returns the hunks that a line of one side is in, in order.
    pub(super) fn at(&self, which: Which, line: usize) -> Vec<&Hunk> {
        let lines = &self.lines[which as usize];
        let end = lines.partition_point(|(start, _, _)| *start <= line);
        let near = lines[..end].iter().rev().take_while(|(_, furthest, _)| *furthest > line);
        let mut found: Vec<usize> = near.map(|(_, _, number)| *number).collect();
        found.sort_unstable();
        let found = found.into_iter().filter_map(|number| self.all.get(number));
        found.filter(|hunk| hunk.lines(which).contains(&line)).collect()
    }
}

/// Returns the lines, from 1, in which two templates differ. An action of several lines differs as a whole.
fn hunks(old: &[u8], new: &[u8]) -> Vec<Hunk> {
    let (before, after): (Vec<&[u8]>, Vec<&[u8]>) = (old.lines().collect(), new.lines().collect());
    let (old_starts, new_starts) = (action_starts(old), action_starts(new));
    let grown = |range: Range<usize>, starts: &[usize]| match range.is_empty() {
        true => range,
        false => starts.get(range.start).copied().unwrap_or(range.start)..range.end,
    };
    let ops = align::ops(&before, &after);
    let differing = ops.iter().filter(|op| op.tag() != similar::DiffTag::Equal);
    let counted = |range: Range<usize>| range.start + 1..range.end + 1;
    differing
        .map(|op| {
            let (old, new) = (op.old_range(), op.new_range());
            let reach = match op.tag() {
                similar::DiffTag::Delete => reach(&before, &old),
                similar::DiffTag::Insert => reach(&after, &new),
                _ => 0..0,
            };
            let (old, new) = (grown(old, &old_starts), grown(new, &new_starts));
            Hunk { old: counted(old), new: counted(new), reach: counted(reach) }
        })
        .collect()
}

/// Returns the lines that a range can be moved over without a difference: where a line is the same as the one that the
/// range has at its other end.
fn reach(lines: &[&[u8]], range: &Range<usize>) -> Range<usize> {
    let (mut start, mut end) = (range.start, range.end);
    let length = range.len();
    while start > 0 && lines.get(start - 1) == lines.get(start - 1 + length) {
        start -= 1;
    }
    while end < lines.len() && lines.get(end) == lines.get(end - length) {
        end += 1;
    }
    start..end
}

/// Returns of each line on which the action begins that it is in; its own number where it is in none.
fn action_starts(text: &[u8]) -> Vec<usize> {
    let mut open: Option<usize> = None;
    let mut starts = Vec::new();
    for (number, line) in text.lines().enumerate() {
        starts.push(open.unwrap_or(number));
        let mut rest = line;
        loop {
            let (mark, is_open): (&[u8], bool) =
                if open.is_some() { (b"}}", false) } else { (b"{{", true) };
            let Some(at) = rest.find(mark) else { break };
            open = is_open.then_some(number);
            rest = &rest[at + 2..];
        }
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_hold_whole_actions() {
        let old = b"a\n{{ include \"x\" (dict\n  \"a\" 1\n  \"b\" 2) }}\nz\n";
        let new = b"a\n{{ include \"x\" (dict\n  \"a\" 1\n  \"b\" 3) }}\nz\ny\n";
        let all: Vec<_> = hunks(old, new).into_iter().map(|hunk| (hunk.old, hunk.new)).collect();
        assert_eq!(all, [(2..5, 2..5), (6..6, 6..7)]);
    }

    #[test]
    fn of_lines_that_are_the_same_each_may_have_come_or_gone() {
        let all = Hunks::new(hunks(b"a\n\n\n\nz\n", b"a\n\n\nz\n"));
        let [gone] = &all.all[..] else { panic!() };
        assert_eq!((gone.old.len(), gone.new.len()), (1, 0));
        let has = |which| (1..=5).map(|line| all.at(which, line).len() == 1).collect::<Vec<_>>();
        assert_eq!(has(Which::Old), [false, true, true, true, false]);
        assert_eq!(has(Which::New), [false; 5]);
        let text = b"- name: a\n  on: 1\n- name: b\n  on: 1\n";
        let [came] = &hunks(b"- name: a\n  on: 1\n", text)[..] else { panic!() };
        assert_eq!(came.reach, 2..5);
    }
}
