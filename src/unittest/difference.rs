//! Shows two texts as go-difflib's `GetUnifiedDiffString` does for helm-unittest: with one line of context, under the
//! names `Expected` and `Actual`.

use std::collections::HashMap;
use std::ops::Range;

/// How many lines that did not change are shown before and after those that did.
const CONTEXT: usize = 1;

/// From how many lines on the reference looks past lines that come often, and how often that is.
const MANY: usize = 200;

type Line<'t> = &'t [u8];

/// Lines of the first text, and what stands in their place in the second one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    is_equal: bool,
    old: Range<usize>,
    new: Range<usize>,
}

/// Lines that are the same in both texts.
#[derive(Clone, Copy, Debug)]
struct Block {
    old: usize,
    new: usize,
    size: usize,
}

/// Returns the unified diff of two texts; empty where they are the same.
///
/// Each text counts as having a line feed more than it has, as the reference's `SplitLines` sees it.
///
/// ```
/// use statefulchart::unittest::difference;
/// let diff = difference::unified(b"a: 1\nb: 2", b"a: 1\nb: 3");
/// assert_eq!(diff, b"--- Expected\n+++ Actual\n@@ -1,2 +1,2 @@\n a: 1\n-b: 2\n+b: 3\n");
/// ```
pub fn unified(expected: &[u8], actual: &[u8]) -> Vec<u8> {
    let (old, new) = (lines(expected), lines(actual));
    let groups = groups(changes(&old, &new));
    let mut out = Vec::new();
    if groups.is_empty() {
        return out;
    }
    out.extend_from_slice(b"--- Expected\n+++ Actual\n");
    for group in groups {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let old_range = range(first.old.start, last.old.end);
        let new_range = range(first.new.start, last.new.end);
        out.extend_from_slice(format!("@@ -{old_range} +{new_range} @@\n").as_bytes());
        for change in &group {
            if change.is_equal {
                write(&mut out, b' ', &old[change.old.clone()]);
            } else {
                write(&mut out, b'-', &old[change.old.clone()]);
                write(&mut out, b'+', &new[change.new.clone()]);
            }
        }
    }
    out
}

fn write(out: &mut Vec<u8>, mark: u8, lines: &[Line<'_>]) {
    for line in lines {
        out.push(mark);
        out.extend_from_slice(line);
        out.push(b'\n');
    }
}

fn lines(text: &[u8]) -> Vec<Line<'_>> {
    text.split(|&byte| byte == b'\n').collect()
}

fn range(start: usize, end: usize) -> String {
    match end - start {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        length => format!("{},{length}", start + 1),
    }
}

/// Returns all changes, those that change nothing among them.
fn changes(old: &[Line<'_>], new: &[Line<'_>]) -> Vec<Change> {
    let mut changes = Vec::new();
    let (mut i, mut j) = (0, 0);
    let end = Block { old: old.len(), new: new.len(), size: 0 };
    for block in blocks(old, new).into_iter().chain([end]) {
        if i < block.old || j < block.new {
            changes.push(Change { is_equal: false, old: i..block.old, new: j..block.new });
        }
        (i, j) = (block.old + block.size, block.new + block.size);
        if block.size > 0 {
            changes.push(Change { is_equal: true, old: block.old..i, new: block.new..j });
        }
    }
    changes
}

/// Returns the blocks that are the same, none next to another.
fn blocks(old: &[Line<'_>], new: &[Line<'_>]) -> Vec<Block> {
    let mut places: HashMap<Line<'_>, Vec<usize>> = HashMap::new();
    for (j, line) in new.iter().enumerate() {
        places.entry(line).or_default().push(j);
    }
    if new.len() >= MANY {
        places.retain(|_, places| places.len() <= new.len() / 100 + 1);
    }
    let places = old.iter().map(|line| places.get(line).map_or(&[][..], |all| all)).collect();
    let empty = vec![0; new.len() + 1];
    let mut search = Search { old, new, places, before: empty.clone(), now: empty };
    let mut found: Vec<Block> = Vec::new();
    // What is left to be searched: the part before a block comes before the block.
    enum Task {
        Search(Range<usize>, Range<usize>),
        Take(Block),
    }
    let mut left = vec![Task::Search(0..old.len(), 0..new.len())];
    while let Some(task) = left.pop() {
        let (old_part, new_part) = match task {
            Task::Search(old_part, new_part) => (old_part, new_part),
            Task::Take(block) => {
                match found.last_mut() {
                    Some(last)
                        if last.old + last.size == block.old
                            && last.new + last.size == block.new =>
                    {
                        last.size += block.size;
                    }
                    _ => found.push(block),
                }
                continue;
            }
        };
        let block = search.longest(&old_part, &new_part);
        if block.size == 0 {
            continue;
        }
        let (old_end, new_end) = (block.old + block.size, block.new + block.size);
        if old_end < old_part.end && new_end < new_part.end {
            left.push(Task::Search(old_end..old_part.end, new_end..new_part.end));
        }
        left.push(Task::Take(block));
        if old_part.start < block.old && new_part.start < block.new {
            left.push(Task::Search(old_part.start..block.old, new_part.start..block.new));
        }
    }
    found
}

/// What looking for blocks needs again and again.
struct Search<'a, 't> {
    old: &'a [Line<'t>],
    new: &'a [Line<'t>],
    /// Where each line of the first text stands in the second one, in order.
    places: Vec<&'a [usize]>,
    /// How long the block is that ends before a line of the second text: for the line before of the first text, and for
    /// the one at hand.
    before: Vec<usize>,
    now: Vec<usize>,
}

impl Search<'_, '_> {
    /// Returns the longest block that is the same in two parts: the first one of several.
    fn longest(&mut self, old_part: &Range<usize>, new_part: &Range<usize>) -> Block {
        let (old, new) = (self.old, self.new);
        let mut best = Block { old: old_part.start, new: new_part.start, size: 0 };
        // All lengths are 0 between two calls, and those are taken back that are not 0.
        let mut last: &[usize] = &[];
        for i in old_part.clone() {
            let all = self.places[i];
            let first = all.partition_point(|j| *j < new_part.start);
            let end = all.partition_point(|j| *j < new_part.end);
            for &j in &all[first..end] {
                let size = self.before[j] + 1;
                self.now[j + 1] = size;
                if size > best.size {
                    best = Block { old: i + 1 - size, new: j + 1 - size, size };
                }
            }
            last.iter().for_each(|j| self.before[j + 1] = 0);
            std::mem::swap(&mut self.before, &mut self.now);
            last = &all[first..end];
        }
        last.iter().for_each(|j| self.before[j + 1] = 0);
        // Lines that come often are not looked for, but belong to a block that they stand next to.
        while best.old > old_part.start
            && best.new > new_part.start
            && old[best.old - 1] == new[best.new - 1]
        {
            best = Block { old: best.old - 1, new: best.new - 1, size: best.size + 1 };
        }
        while best.old + best.size < old_part.end
            && best.new + best.size < new_part.end
            && old[best.old + best.size] == new[best.new + best.size]
        {
            best.size += 1;
        }
        best
    }
}

/// Puts changes together that are near each other, and leaves out what is far from any.
fn groups(mut changes: Vec<Change>) -> Vec<Vec<Change>> {
    if let Some(first) = changes.first_mut().filter(|change| change.is_equal) {
        first.old.start = first.old.start.max(first.old.end.saturating_sub(CONTEXT));
        first.new.start = first.new.start.max(first.new.end.saturating_sub(CONTEXT));
    }
    if let Some(last) = changes.last_mut().filter(|change| change.is_equal) {
        last.old.end = last.old.end.min(last.old.start + CONTEXT);
        last.new.end = last.new.end.min(last.new.start + CONTEXT);
    }
    let (mut groups, mut group) = (Vec::new(), Vec::new());
    for mut change in changes {
        if change.is_equal && change.old.len() > 2 * CONTEXT {
            let mut head = change.clone();
            head.old.end = change.old.end.min(change.old.start + CONTEXT);
            head.new.end = change.new.end.min(change.new.start + CONTEXT);
            group.push(head);
            groups.push(std::mem::take(&mut group));
            change.old.start = change.old.start.max(change.old.end.saturating_sub(CONTEXT));
            change.new.start = change.new.start.max(change.new.end.saturating_sub(CONTEXT));
        }
        group.push(change);
    }
    if group.iter().any(|change| !change.is_equal) {
        groups.push(group);
    }
    groups
}
