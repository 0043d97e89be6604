//! Finds resources that were renamed: pairs of one that is gone and one that is new whose texts are similar, as
//! gonvenience/idem finds them, which does what git does with files.

use std::collections::HashMap;

/// How similar two must be, of 100.
const MIN_SCORE: usize = 60;

/// Where more are gone, or new, none is taken for renamed.
const MAX_CANDIDATES: usize = 50;

/// How similar the same contents are.
const MAX_SCORE: u64 = 10_000;

/// The longest piece of a line that counts as one.
const MAX_PIECE: usize = 64;

/// What is read at once. A carriage return at its end counts, even before a line feed.
const BUFFER: usize = 4096;

/// A resource that may have been renamed.
pub(crate) struct Candidate {
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
}

/// Returns pairs of places: in what is gone and in what is new.
pub(crate) fn pairs(gone: &[Candidate], new: &[Candidate]) -> Vec<(usize, usize)> {
    let indexes: Vec<Index> = new.iter().map(|c| Index::of(&c.content)).collect();
    let mut scores = Vec::new();
    for (from, candidate) in gone.iter().enumerate() {
        let mut own = None;
        for (to, other) in new.iter().enumerate() {
            let (a, b) = (candidate.content.len() + 1, other.content.len() + 1);
            if a.min(b) * 100 / a.max(b) < MIN_SCORE {
                continue;
            }
            let own = own.get_or_insert_with(|| Index::of(&candidate.content));
            let contents = own.score(&indexes[to]) as usize;
            let names = name_score(candidate.name.as_bytes(), other.name.as_bytes()) * 100;
            let score = (contents * 99 + names) / 10_000;
            if score >= MIN_SCORE {
                scores.push((score, to, from));
            }
        }
    }
    scores.sort_unstable();
    let (mut from_taken, mut to_taken) = (vec![false; gone.len()], vec![false; new.len()]);
    let mut pairs = Vec::new();
    for (_, to, from) in scores.into_iter().rev() {
        if !from_taken[from] && !to_taken[to] {
            (from_taken[from], to_taken[to]) = (true, true);
            pairs.push((from, to));
        }
    }
    pairs
}

/// Tells whether so many are compared.
pub(crate) fn are_compared(gone: usize, new: usize) -> bool {
    gone > 0 && new > 0 && gone.max(new) <= MAX_CANDIDATES
}

/// The pieces of a text, and how many bytes each stands for.
struct Index {
    pieces: HashMap<u32, u64>,
    bytes: u64,
}

impl Index {
    fn of(text: &[u8]) -> Index {
        let mut index = Index { pieces: HashMap::new(), bytes: 0 };
        let mut at = 0;
        while at < text.len() {
            let start = at;
            let mut hash: u64 = 5381;
            let mut counted = 0;
            while at < text.len() {
                let byte = text[at];
                at += 1;
                if byte == b'\r' && at % BUFFER != 0 && text.get(at) == Some(&b'\n') {
                    continue;
                }
                counted += 1;
                if byte == b'\n' {
                    break;
                }
                hash = (hash << 5).wrapping_add(hash).wrapping_add(u64::from(byte));
                if at - start >= MAX_PIECE {
                    break;
                }
            }
            index.bytes += counted;
            let key = (hash as u32).wrapping_mul(0x9e37_0001) >> 1;
            *index.pieces.entry(key).or_default() += counted;
        }
        index
    }

    fn score(&self, other: &Index) -> u64 {
        let most = self.bytes.max(other.bytes);
        if most == 0 {
            return MAX_SCORE;
        }
        let common: u64 = self
            .pieces
            .iter()
            .map(|(key, bytes)| other.pieces.get(key).map_or(0, |b| *b.min(bytes)))
            .sum();
        common * MAX_SCORE / most
    }
}

/// Tells how similar names are, of 100: the part up to the last `/`, and what follows.
fn name_score(a: &[u8], b: &[u8]) -> usize {
    let split = |name: &[u8]| name.iter().rposition(|b| *b == b'/').map_or(0, |at| at + 1);
    let ((a_folder, a_name), (b_folder, b_name)) = (a.split_at(split(a)), b.split_at(split(b)));
    let longer = a_folder.len().max(b_folder.len());
    // Names without such a part agree in it.
    let part = |same: usize| (same * 100).checked_div(longer).unwrap_or(100);
    let from_left = part(common(a_folder.iter(), b_folder.iter()));
    let from_right = match from_left {
        100 => 100,
        _ => part(common(a_folder.iter().rev(), b_folder.iter().rev())),
    };
    let longer = a_name.len().max(b_name.len()).max(1);
    let name = common(a_name.iter().rev(), b_name.iter().rev()) * 100 / longer;
    ((from_left + from_right) * 25 + name * 50) / 100
}

fn common<'t>(a: impl Iterator<Item = &'t u8>, b: impl Iterator<Item = &'t u8>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).count()
}
