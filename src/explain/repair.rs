//! Finds the one line that has to be indented otherwise for a text to be YAML.
//!
//! Each line up to the first that does not fit is tried at each indentation that is near. Where several texts that
//! come out are YAML, the most regular one is meant: YAML allows much that nobody writes.

use std::cmp::{Ordering, Reverse};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::excerpt::line_span;
use super::indentation::{Level, STEP};
use super::yaml::{MAX_READ, is_broken};

/// How many lines before the one that does not fit are tried.
const BEFORE: usize = 120;
/// How many texts are read.
const MAX_REPAIRS: usize = 32;
/// How many lines are looked at to find which of them to read first.
const MAX_LOOKS: usize = 2_000_000;

/// Lines that one action has indented: they move together.
pub(super) struct Block {
    /// The lines, from 1.
    pub(super) lines: Range<usize>,
    /// The file of the action, and where in it the action begins.
    pub(super) action: (String, usize),
}

/// What is known of how a text was written.
#[derive(Default)]
pub(super) struct Written {
    pub(super) habits: Habits,
    pub(super) blocks: Vec<Block>,
    /// Lines that one action has written whole, but for the first: none of them moves alone.
    pub(super) bound: Vec<Range<usize>>,
}

/// How the templates of a chart are written.
#[derive(Default)]
pub(super) struct Habits {
    /// Keys that stand below one another in one map.
    pairs: HashSet<(Vec<u8>, Vec<u8>)>,
    /// How many lists stand as far out as their keys, and how many further in.
    lists: [usize; 2],
}

impl Habits {
    /// Reads the templates.
    pub(super) fn of<'t>(templates: impl Iterator<Item = &'t [u8]>) -> Habits {
        let mut found = Habits::default();
        for text in templates {
            let rows = rows(text);
            for two in rows.windows(2) {
                let [first, second] = two else { continue };
                let above = entries(first.indent, first.words).last();
                let Some((above, below)) = above.zip(entries(second.indent, second.words).next())
                else {
                    continue;
                };
                match (above.is_dash, below.is_dash) {
                    (false, true) if above.opens() && below.indent >= above.indent => {
                        found.lists[usize::from(below.indent > above.indent)] += 1;
                    }
                    (false, false) if above.indent == below.indent => {
                        found.pairs.insert((above.name.to_vec(), below.name.to_vec()));
                    }
                    _ => {}
                }
            }
        }
        found
    }

    /// Returns how many of the keys around a line that is moved stand so elsewhere.
    fn like(&self, rows: &[Row<'_>], moved: &Move) -> usize {
        let (Range { start, end }, to) = (moved.rows.clone(), moved.to);
        let is_known = |above: Option<Entry<'_>>, below: Option<Entry<'_>>| {
            above.zip(below).is_some_and(|(above, below)| {
                above.indent == below.indent
                    && self.pairs.contains(&(above.name.to_vec(), below.name.to_vec()))
            })
        };
        // The one before in the same map, whatever stands in that.
        let before = rows[..start].iter().rev().find(|row| row.indent <= to);
        let above = before.and_then(|row| entries(row.indent, row.words).last());
        let behind = rows.get(end).and_then(|row| entries(row.indent, row.words).next());
        let last = entries(moved.indent(rows, end - 1), rows[end - 1].words).last();
        usize::from(is_known(above, entries(to, rows[start].words).next()))
            + usize::from(is_known(last, behind))
    }

    /// Returns how many lists stand otherwise than most in the templates.
    fn unlike(&self, lists: [usize; 2]) -> usize {
        match self.lists[0].cmp(&self.lists[1]) {
            Ordering::Less => lists[0],
            Ordering::Equal => 0,
            Ordering::Greater => lists[1],
        }
    }
}

/// A line that has words.
struct Row<'t> {
    line: usize,
    indent: usize,
    words: &'t [u8],
}

/// A line that is indented otherwise than is meant.
pub(super) struct Strayed {
    pub(super) line: usize,
    /// How far it is indented.
    pub(super) indent: usize,
    /// How far it is to be indented, and the line beside or below which it belongs then.
    pub(super) near: Level,
    /// The number of the block that it is the first line of, if that moves as a whole.
    pub(super) block: Option<usize>,
}

/// Lines that are moved.
struct Move {
    /// Their numbers among those that have words.
    rows: Range<usize>,
    /// How far the first is to be indented.
    to: usize,
    block: Option<usize>,
}

impl Move {
    /// Returns how far a line is indented then.
    fn indent(&self, rows: &[Row<'_>], at: usize) -> usize {
        let indent = rows[at].indent;
        match self.rows.contains(&at) {
            true => (indent + self.to).saturating_sub(rows[self.rows.start].indent),
            false => indent,
        }
    }
}

/// Finds the line or the block that has to be indented otherwise for the whole text to be YAML, among a line that does
/// not fit and those before it. Of several texts that are YAML then the most regular one counts, and of these the one
/// that differs least.
pub(super) fn strayed(text: &[u8], line: usize, written: &Written) -> Option<Strayed> {
    if text.len() > MAX_READ / MAX_REPAIRS {
        return None;
    }
    let rows = rows(text);
    let last = rows.iter().rposition(|row| row.line <= line)?;
    let first = last.saturating_sub(BEFORE);
    let step = usual_step(&rows);
    let blocks = written.blocks.iter().enumerate().filter_map(|(number, block)| {
        let start = rows.iter().position(|row| block.lines.contains(&row.line))?;
        let end = rows.iter().rposition(|row| block.lines.contains(&row.line))? + 1;
        (start <= last && end > first).then_some((start..end, Some(number)))
    });
    let is_bound = |at: &usize| written.bound.iter().any(|lines| lines.contains(&rows[*at].line));
    let lines = (first..=last).rev().filter(|at| !is_bound(at)).map(|at| (at..at + 1, None));
    let moves = blocks.chain(lines).flat_map(|(range, block)| {
        let to = near(&rows, &range, step).into_iter();
        to.map(move |to| Move { rows: range.clone(), to, block })
    });
    let mut ranked = Vec::new();
    for moved in moves.take(MAX_LOOKS / rows.len().max(1)) {
        let (cost, lists) = oddity(&rows, &moved, step);
        let at = moved.rows.start;
        let is_parent = entries(0, rows[at].words).last().is_some_and(|entry| entry.opens());
        let rank = (
            cost,
            moved.to.abs_diff(rows[at].indent),
            written.habits.unlike(lists),
            Reverse(written.habits.like(&rows, &moved)),
            is_parent,
            moved.block.is_none(),
            at,
            // Of two places that are as near the inner one.
            Reverse(moved.to),
        );
        ranked.push((rank, moved));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    let fits = |moved: &Move| !is_broken(&reindented(text, &rows, moved));
    let moved = ranked.into_iter().take(MAX_REPAIRS).map(|(_, m)| m).find(fits)?;
    let Row { line, indent, words } = rows[moved.rows.start];
    let is_dash = words.starts_with(b"-");
    let near = Level { indent: moved.to, line: beside(&rows, &moved)?, is_dash };
    Some(Strayed { line, indent, near, block: moved.block })
}

fn rows(text: &[u8]) -> Vec<Row<'_>> {
    let lines = text.split(|b| *b == b'\n').enumerate();
    let rows = lines.map(|(n, raw)| {
        let indent = raw.iter().take_while(|b| **b == b' ').count();
        Row { line: n + 1, indent, words: raw.trim_ascii() }
    });
    rows.filter(|row| !row.words.is_empty() && !row.words.starts_with(b"#")).collect()
}

/// Returns a text with some lines indented otherwise.
fn reindented(text: &[u8], rows: &[Row<'_>], moved: &Move) -> Vec<u8> {
    let mut found = Vec::with_capacity(text.len());
    let mut end = 0;
    for at in moved.rows.clone() {
        let Some(span) = line_span(text, rows[at].line) else { continue };
        found.extend_from_slice(&text[end..span.start]);
        found.resize(found.len() + moved.indent(rows, at), b' ');
        found.extend_from_slice(text[span.clone()].trim_ascii_start());
        end = span.end;
    }
    found.extend_from_slice(&text[end..]);
    found
}

/// Returns how far lines might be indented: as those around them, or what stands in those.
fn near(rows: &[Row<'_>], moved: &Range<usize>, step: usize) -> Vec<usize> {
    const BEHIND: usize = 3;
    let mut found = Vec::new();
    let mut inner = usize::MAX;
    for row in rows[..moved.start].iter().rev() {
        // Only what is still open.
        if row.indent >= inner {
            continue;
        }
        inner = row.indent;
        let columns = entries(row.indent, row.words).map(|entry| entry.indent);
        for column in columns {
            found.extend([column, column + step]);
        }
        if inner == 0 {
            break;
        }
    }
    found.extend(rows[moved.end..].iter().take(BEHIND).map(|row| row.indent));
    found.sort_unstable();
    found.dedup();
    found.retain(|indent| *indent != rows[moved.start].indent);
    found
}

/// A key or a dash, and what follows it.
struct Entry<'t> {
    indent: usize,
    is_dash: bool,
    /// The name of a key.
    name: &'t [u8],
    /// What follows: a value, or what stands in an item.
    rest: &'t [u8],
}

impl Entry<'_> {
    /// Tells whether something has to stand below it.
    fn opens(&self) -> bool {
        self.rest.is_empty() || self.rest.starts_with(b"#")
    }
}

/// Returns the entries of a line: `- name: x` has two.
fn entries(mut indent: usize, mut words: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    std::iter::from_fn(move || {
        let is_dash = words == b"-" || words.starts_with(b"- ");
        let (name, rest) = match is_dash {
            true => (&words[..1], words[1..].trim_ascii_start()),
            false => {
                let ends = |at: &usize| matches!(words.get(at + 1), None | Some(b' '));
                let mut colons = (0..words.len()).filter(|at| words[*at] == b':');
                let at = colons.find(ends)?;
                (&words[..at], words[at + 1..].trim_ascii_start())
            }
        };
        let entry = Entry { indent, is_dash, name, rest };
        indent += words.len() - rest.len();
        words = if is_dash { rest } else { b"" };
        Some(entry)
    })
}

/// An entry whose block has not ended.
struct Open {
    indent: usize,
    is_dash: bool,
    opens: bool,
    /// How far what stands in it is indented, and whether that is items.
    inner: Option<(usize, bool)>,
    /// Whether its items are maps.
    holds_maps: Option<bool>,
    number: usize,
    /// Whether it is the `metadata` of an object.
    is_metadata: bool,
}

/// Returns how far most blocks are indented in their keys.
fn usual_step(rows: &[Row<'_>]) -> usize {
    let mut counts: HashMap<usize, usize> = HashMap::new();
    for two in rows.windows(2) {
        let opens = entries(two[0].indent, two[0].words).last().filter(|e| !e.is_dash && e.opens());
        if let Some(opens) = opens
            && !two[1].words.starts_with(b"-")
            && let Some(step) = two[1].indent.checked_sub(opens.indent).filter(|step| *step > 1)
        {
            *counts.entry(step).or_default() += 1;
        }
    }
    let usual = counts.get(&STEP).copied().unwrap_or(0);
    // One that is only the odd line's is not usual.
    let more = counts.into_iter().filter(|(_, count)| *count > usual + 1);
    more.max_by_key(|(step, count)| (*count, Reverse(*step))).map_or(STEP, |(step, _)| step)
}

/// Returns how much is odd in a text of which one line is moved: blocks that are indented otherwise than most, keys
/// without a value, keys that are set twice, lists of unlike items; and its lists.
fn oddity(rows: &[Row<'_>], moved: &Move, step: usize) -> (usize, [usize; 2]) {
    /// Below a value, or not in line with those beside it: this is hardly YAML.
    const MISPLACED: usize = 4;
    const TWICE: usize = 3;
    const STEPS: usize = 2;
    const UNLIKE: usize = 2;
    const TEXT: usize = 2;
    const FOREIGN: usize = 2;
    const EMPTY: usize = 1;
    let mut cost = 0;
    let root = || Open {
        indent: 0,
        is_dash: false,
        opens: true,
        inner: None,
        holds_maps: None,
        number: 0,
        is_metadata: false,
    };
    let is_object = is_object(rows);
    let first = &rows[moved.rows.start];
    let is_of_top = entries(0, first.words).next().is_some_and(|e| TOP.contains(&e.name));
    if is_object && is_of_top && first.indent == 0 {
        cost += FOREIGN;
    }
    let mut open = vec![root()];
    let mut names: HashSet<(usize, &[u8])> = HashSet::new();
    // An object has a name; what is made of a template takes its owner's.
    let nameless = |open: &Open, names: &HashSet<(usize, &[u8])>| {
        let is_named =
            [&b"name"[..], b"generateName"].iter().any(|n| names.contains(&(open.number, n)));
        if open.is_metadata && open.indent == 0 && !is_named { TWICE } else { 0 }
    };
    let mut number = 0;
    // How many lists stand as far out as their keys, and how many further in.
    let mut lists = [0, 0];
    // Within a text of many lines: how far its key is indented, and its first line.
    let mut scalar: Option<(usize, Option<usize>)> = None;
    for (at, row) in rows.iter().enumerate() {
        let indent = moved.indent(rows, at);
        if let Some((key, first)) = &mut scalar {
            if indent > *key {
                // A text is indented as blocks are, or once more.
                let is_usual = matches!(indent - *key, by if by == step || by == 2 * step);
                cost += if first.is_none() && !is_usual { EMPTY } else { 0 };
                let first = *first.get_or_insert(indent);
                cost += if indent < first { MISPLACED } else { 0 };
                // A key with a block of its own is not to be lost in a text.
                let opens = |e: Entry<'_>| e.opens() || begins_text(e.rest);
                let is_lost =
                    moved.rows.contains(&at) && entries(0, row.words).last().is_some_and(opens);
                cost += if is_lost { MISPLACED } else { 0 };
                continue;
            }
            scalar = None;
        }
        if row.words.starts_with(b"---") {
            number += 1;
            open = vec![Open { number, ..root() }];
            continue;
        }
        let mut is_first = true;
        let mut last = None;
        for entry in entries(indent, row.words) {
            let Entry { indent, is_dash, name, rest } = entry;
            while let [_, .., top] = &open[..] {
                let stays = top.indent < indent || top.indent == indent && is_dash && !top.is_dash;
                if stays {
                    break;
                }
                let is_empty = top.opens && top.inner.is_none() && !top.is_dash;
                cost += if is_empty { EMPTY } else { 0 };
                cost += nameless(top, &names);
                open.pop();
            }
            let is_root = open.len() == 1;
            let Some(parent) = open.last_mut() else { break };
            match parent.inner {
                None => {
                    parent.inner = Some((indent, is_dash));
                    if is_root {
                        cost += if indent == 0 { 0 } else { STEPS };
                    } else if !is_first {
                    } else if !parent.opens {
                        cost += MISPLACED;
                    } else if is_dash && !parent.is_dash {
                        match indent - parent.indent {
                            0 => lists[0] += 1,
                            further if further == step => lists[1] += 1,
                            _ => cost += STEPS,
                        }
                    } else if indent - parent.indent != step {
                        cost += STEPS;
                    }
                }
                Some(inner) if inner != (indent, is_dash) => cost += MISPLACED,
                Some(_) => {}
            }
            if is_dash {
                let is_map = entries(0, rest).next().is_some() || rest.starts_with(b"{");
                let is_like = parent.holds_maps.replace(is_map).is_none_or(|was| was == is_map);
                cost += if is_like { 0 } else { UNLIKE };
            } else {
                cost += if names.insert((parent.number, name)) { 0 } else { TWICE };
                let is_foreign = is_root && is_object && !TOP.contains(&name)
                    || parent.is_metadata && !METADATA.contains(&name);
                cost += if is_foreign { FOREIGN } else { 0 };
            }
            number += 1;
            let is_metadata = is_object && name == b"metadata" && entry.opens();
            let opens = entry.opens();
            open.push(Open { indent, is_dash, opens, number, is_metadata, ..root() });
            is_first = false;
            last = Some((indent, rest));
        }
        match last {
            Some((indent, rest)) if begins_text(rest) => {
                scalar = Some((indent, None));
            }
            Some(_) => {}
            // A value on a line of its own.
            None => match open.last_mut() {
                Some(key) if key.opens && key.inner.is_none() && indent > key.indent => {
                    key.inner = Some((indent, false));
                    cost += if indent - key.indent == step { 0 } else { STEPS };
                }
                _ => cost += TEXT,
            },
        }
    }
    cost += open.iter().map(|open| nameless(open, &names)).sum::<usize>();
    (cost + lists[0].min(lists[1]), lists)
}

/// What stands at the top of an object of Kubernetes.
const TOP: &[&[u8]] = &[
    b"apiVersion",
    b"kind",
    b"metadata",
    b"spec",
    b"status",
    b"data",
    b"stringData",
    b"binaryData",
    b"type",
    b"rules",
    b"roleRef",
    b"subjects",
    b"webhooks",
    b"secrets",
    b"imagePullSecrets",
    b"automountServiceAccountToken",
    b"provisioner",
    b"parameters",
    b"reclaimPolicy",
    b"volumeBindingMode",
    b"allowVolumeExpansion",
    b"value",
    b"items",
];
/// What stands in its metadata.
const METADATA: &[&[u8]] = &[
    b"name",
    b"generateName",
    b"namespace",
    b"labels",
    b"annotations",
    b"finalizers",
    b"ownerReferences",
    b"creationTimestamp",
];

/// Tells whether a text is an object of Kubernetes, and not a file of values.
fn is_object(rows: &[Row<'_>]) -> bool {
    let has = |name: &[u8]| {
        let mut tops = rows.iter().filter(|row| row.indent == 0);
        tops.any(|row| entries(0, row.words).next().is_some_and(|entry| entry.name == name))
    };
    has(b"apiVersion") && has(b"kind")
}

/// Tells whether a value is the beginning of a text of many lines.
fn begins_text(value: &[u8]) -> bool {
    matches!(value, [b'|' | b'>'] | [b'|' | b'>', b'-' | b'+'])
}

/// Returns the line beside which lines stand that are moved, or below which.
fn beside(rows: &[Row<'_>], moved: &Move) -> Option<usize> {
    let Range { start, end } = moved.rows.clone();
    let indent = moved.to;
    let is_dash = rows[start].words.starts_with(b"-");
    let is_like = |row: &&Row<'_>| row.indent == indent && row.words.starts_with(b"-") == is_dash;
    let before = rows[..start].iter().rev().take_while(|row| row.indent >= indent).find(is_like);
    let behind = || rows[end..].iter().take_while(|row| row.indent >= indent).find(is_like);
    let above = || rows[..start].iter().rev().find(|row| row.indent <= indent);
    Some(before.or_else(behind).or_else(above)?.line)
}
