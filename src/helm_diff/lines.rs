//! Compares texts line by line, with the choice among equally good ways that helm-diff makes.

use std::collections::HashMap;

/// Whose a line is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// Of both texts.
    Both,
    /// Of the old text only.
    Old,
    /// Of the new text only.
    New,
}

/// A line of a comparison.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Whose it is.
    pub side: Side,
    /// The line, without its end.
    pub text: Vec<u8>,
}

/// Compares two texts. With `strip_cr`, a carriage return at the end of a line counts for nothing.
pub(super) fn compare(old: &[u8], new: &[u8], strip_cr: bool) -> Vec<Line> {
    let split = |text: &[u8]| -> Vec<Vec<u8>> {
        let lines = text.split(|b| *b == b'\n');
        let strip = |line: &[u8]| match line.strip_suffix(b"\r") {
            Some(rest) if strip_cr => rest.to_vec(),
            _ => line.to_vec(),
        };
        lines.map(strip).collect()
    };
    compare_lines(split(old), split(new))
}

/// Compares two lists of lines.
///
/// ```
/// use statefulchart::helm_diff::{Side, compare_lines};
/// let lines = compare_lines(vec![b"a".to_vec()], vec![b"b".to_vec(), b"a".to_vec()]);
/// assert_eq!(lines[0].side, Side::New);
/// ```
pub fn compare_lines(old: Vec<Vec<u8>>, new: Vec<Vec<u8>>) -> Vec<Line> {
    let (a, b) = numbered(&old, &new);
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    // Neither text gives its first differing line to the common end.
    let most = a.len().min(b.len()).saturating_sub(start + 1);
    let end = a.iter().rev().zip(b.iter().rev()).take(most).take_while(|(x, y)| x == y).count();
    let mut sides = vec![Side::Both; start];
    divide(&a[start..a.len() - end], &b[start..b.len() - end], &mut sides);
    sides.resize(sides.len() + end, Side::Both);
    let (mut old, mut new) = (old.into_iter(), new.into_iter());
    let line = |side: Side| {
        let text = match side {
            Side::Both => {
                new.next();
                old.next()
            }
            Side::Old => old.next(),
            Side::New => new.next(),
        };
        Line { side, text: text.unwrap_or_default() }
    };
    sides.into_iter().map(line).collect()
}

/// Returns the lines of both texts as numbers, equal ones for equal lines.
fn numbered(old: &[Vec<u8>], new: &[Vec<u8>]) -> (Vec<u32>, Vec<u32>) {
    let mut known: HashMap<&[u8], u32> = HashMap::new();
    let mut all = old.iter().chain(new).map(|line| {
        let next = known.len() as u32;
        *known.entry(line).or_insert(next)
    });
    let a = all.by_ref().take(old.len()).collect();
    (a, all.collect())
}

/// Divides and conquers (Hirschberg): the old lines are halved, the new ones parted where most lines of both halves
/// are found again, at the first such place; a single line is found at its last place.
fn divide(a: &[u32], b: &[u32], out: &mut Vec<Side>) {
    match (a, b) {
        (a, []) => out.resize(out.len() + a.len(), Side::Old),
        ([], b) => out.resize(out.len() + b.len(), Side::New),
        ([one], b) => {
            let found = b.iter().rposition(|other| other == one);
            if found.is_none() {
                out.push(Side::Old);
            }
            out.extend((0..b.len()).map(|at| match found == Some(at) {
                true => Side::Both,
                false => Side::New,
            }));
        }
        _ => {
            let (upper, lower) = a.split_at(a.len() / 2);
            let before = common(upper.iter(), b.iter());
            let behind = common(lower.iter().rev(), b.iter().rev());
            let (mut at, mut most) = (0, None);
            for (j, (x, y)) in before.iter().zip(behind.iter().rev()).enumerate() {
                if most.is_none_or(|most| x + y > most) {
                    (at, most) = (j, Some(x + y));
                }
            }
            divide(upper, &b[..at], out);
            divide(lower, &b[at..], out);
        }
    }
}

/// Returns for each beginning of `b`, the empty one first, how many lines a longest common subsequence with `a` has.
///
/// A row of the table that this is the last of is kept as bits, 64 columns in a word: a bit that is not set says that
/// the number grows there (Hyyrö's algorithm).
fn common<'l>(
    a: impl Iterator<Item = &'l u32>,
    b: impl ExactSizeIterator<Item = &'l u32>,
) -> Vec<u32> {
    let len = b.len();
    let mut row = vec![u64::MAX; len.div_ceil(64)];
    // Where each line is, as words of bits.
    let mut places: HashMap<u32, Vec<(usize, u64)>> = HashMap::new();
    for (at, line) in b.enumerate() {
        let words = places.entry(*line).or_default();
        let bit = 1 << (at % 64);
        match words.last_mut() {
            Some((word, bits)) if *word == at / 64 => *bits |= bit,
            _ => words.push((at / 64, bit)),
        }
    }
    for line in a {
        let mut words = places.get(line).map_or(&[][..], |words| words).iter().peekable();
        let mut carries = false;
        let mut at = 0;
        loop {
            // A word without the line changes by what is carried into it only.
            if !carries {
                match words.peek() {
                    Some((word, _)) => at = *word,
                    None => break,
                }
            }
            let Some(value) = row.get_mut(at) else { break };
            let bits = words.next_if(|(word, _)| *word == at).map_or(0, |(_, bits)| *bits);
            let found = *value & bits;
            let (sum, over) = value.overflowing_add(found);
            let (sum, over_again) = sum.overflowing_add(u64::from(carries));
            *value = sum | (*value & !found);
            carries = over || over_again;
            at += 1;
        }
    }
    let mut counted = Vec::with_capacity(len + 1);
    let mut n = 0;
    counted.push(n);
    for at in 0..len {
        n += u32::from(row[at / 64] >> (at % 64) & 1 == 0);
        counted.push(n);
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> String {
        let lines = compare(old.as_bytes(), new.as_bytes(), false);
        let line = |line: &Line| {
            let sign = match line.side {
                Side::Both => ' ',
                Side::Old => '-',
                Side::New => '+',
            };
            format!("{sign}{}", String::from_utf8_lossy(&line.text))
        };
        lines.iter().map(line).collect::<Vec<_>>().join(",")
    }

    // Recorded from `diffStrings` of helm-diff 3.15.11.
    #[test]
    fn equally_good_ways_are_chosen_as_by_helm_diff() {
        for (old, new, want) in [
            ("", "", " "),
            ("", "a", "-,+a"),
            ("a\nb\nc", "a\nc", " a,-b, c"),
            ("a\nx", "a\nx\nx", " a, x,+x"),
            ("b\na", "a\na\nb\na", "+a,+a, b, a"),
            ("a\nb\nc\nd", "c\nd\na\nb", "-a,-b, c, d,+a,+b"),
            ("a\na\na\nb", "a\nb\na", " a,-a,-a, b,+a"),
            ("x\na\nb\nc\nd\ne", "e\nd\nc\nb\na\nx", "-x,-a,-b,-c,-d, e,+d,+c,+b,+a,+x"),
            ("x\r\ny\n", "x\ny\n", "-x\r,+x, y, "),
        ] {
            assert_eq!(shown(old, new), want, "{old:?} {new:?}");
        }
    }

    #[test]
    fn a_row_of_bits_counts_as_the_whole_table_does() {
        // A linear congruential generator is random enough.
        let mut state = 7u32;
        let mut next = |most: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % most
        };
        for round in 0..300 {
            let letters = 1 + next(6);
            let (n, m) = (next(40), next(if round % 3 == 0 { 300 } else { 40 }));
            let a: Vec<u32> = (0..n).map(|_| next(letters)).collect();
            let b: Vec<u32> = (0..m).map(|_| next(letters)).collect();
            let mut row = vec![0; b.len() + 1];
            for x in &a {
                let above = row.clone();
                for (j, y) in b.iter().enumerate() {
                    row[j + 1] = if x == y { above[j] + 1 } else { above[j + 1].max(row[j]) };
                }
            }
            assert_eq!(common(a.iter(), b.iter()), row, "{a:?} {b:?}");
        }
    }
}
