//! Matches texts with the matchers that `gobwas/glob` builds, with its ways of finding them within a text.

use std::cell::Cell;

use bstr::ByteSlice;

use gostd::unicode::{decode, rune_count, runes};

/// How much work a match may take: some patterns would try all ways to cut a text.
pub(super) struct Budget(Cell<u32>);

impl Budget {
    pub(super) fn new() -> Budget {
        Budget(Cell::new(100_000))
    }

    fn spend(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left > 0
    }
}

/// Compiled patterns.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Matcher {
    Nothing,
    Text(Vec<u8>),
    /// Anything without these characters.
    Any(Vec<char>),
    Super,
    /// One character, none of these.
    Single(Vec<char>),
    List {
        chars: Vec<char>,
        not: bool,
    },
    Range {
        lo: char,
        hi: char,
        not: bool,
    },
    AnyOf(Vec<Matcher>),
    EveryOf(Vec<Matcher>),
    /// Matchers of fixed length one after the other, and their length in characters.
    Row(Vec<Matcher>, usize),
    /// At least so many characters.
    Min(usize),
    /// At most so many characters.
    Max(usize),
    Contains {
        needle: Vec<u8>,
        not: bool,
    },
    Prefix(Vec<u8>),
    Suffix(Vec<u8>),
    PrefixSuffix(Vec<u8>, Vec<u8>),
    PrefixAny(Vec<u8>, Vec<char>),
    SuffixAny(Vec<u8>, Vec<char>),
    Tree(Box<Tree>),
}

/// A matcher in the middle and what must match on its sides.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree {
    pub(super) value: Matcher,
    pub(super) left: Option<Matcher>,
    pub(super) right: Option<Matcher>,
}

/// Returns the byte offset of the first of these characters that occurs at all.
fn index_any(s: &[u8], chars: &[char]) -> Option<usize> {
    chars.iter().find_map(|&c| s.find_char(c))
}

fn last_index_any(s: &[u8], chars: &[char]) -> Option<usize> {
    chars.iter().find_map(|&c| s.rfind_char(c))
}

/// Returns the ends of all characters, after `start`.
fn ends(s: &[u8], start: usize) -> impl Iterator<Item = usize> + '_ {
    runes(s).indices().map(move |(i, c)| start + i + c.len_utf8())
}

impl Matcher {
    /// Returns the length in characters where it is fixed.
    pub(super) fn len(&self) -> Option<usize> {
        match self {
            Matcher::Nothing => Some(0),
            Matcher::Text(text) => Some(rune_count(text)),
            Matcher::Single(_) | Matcher::List { .. } | Matcher::Range { .. } => Some(1),
            Matcher::Row(_, len) => Some(*len),
            Matcher::AnyOf(all) => {
                // As the library counts: a first alternative of open length is passed over.
                let mut len = None;
                for matcher in all {
                    match (len, matcher.len()) {
                        (None, l) => len = l,
                        (Some(_), None) => return None,
                        (Some(a), Some(b)) if a != b => return None,
                        _ => {}
                    }
                }
                len
            }
            Matcher::Tree(tree) => {
                let side = |m: &Option<Matcher>| m.as_ref().map_or(Some(0), Matcher::len);
                Some(tree.value.len()? + side(&tree.left)? + side(&tree.right)?)
            }
            _ => None,
        }
    }

    /// Returns whether the whole text matches.
    pub(super) fn matches(&self, s: &[u8], budget: &Budget) -> bool {
        if !budget.spend() {
            return false;
        }
        match self {
            Matcher::Nothing => s.is_empty(),
            Matcher::Text(text) => text == s,
            Matcher::Any(separators) => index_any(s, separators).is_none(),
            Matcher::Super => true,
            Matcher::Single(_) | Matcher::List { .. } | Matcher::Range { .. } => {
                let (c, width) = decode(s);
                s.len() <= width && self.takes(c)
            }
            Matcher::AnyOf(all) => all.iter().any(|m| m.matches(s, budget)),
            Matcher::EveryOf(all) => all.iter().all(|m| m.matches(s, budget)),
            Matcher::Row(all, len) => rune_count(s) == *len && row_starts(all, s, budget),
            Matcher::Min(count) => runes(s).nth(count.saturating_sub(1)).is_some(),
            Matcher::Max(count) => runes(s).nth(*count).is_none(),
            Matcher::Contains { needle, not } => s.contains_str(needle) != *not,
            Matcher::Prefix(prefix) => s.starts_with(prefix),
            Matcher::Suffix(suffix) => s.ends_with(suffix),
            Matcher::PrefixSuffix(prefix, suffix) => s.starts_with(prefix) && s.ends_with(suffix),
            Matcher::PrefixAny(prefix, separators) => s
                .strip_prefix(&prefix[..])
                .is_some_and(|rest| index_any(rest, separators).is_none()),
            Matcher::SuffixAny(suffix, separators) => s
                .strip_suffix(&suffix[..])
                .is_some_and(|rest| index_any(rest, separators).is_none()),
            Matcher::Tree(tree) => tree.matches(s, budget),
        }
    }

    /// Returns whether a matcher of one character takes this one.
    fn takes(&self, c: char) -> bool {
        match self {
            Matcher::Single(separators) => !separators.contains(&c),
            Matcher::List { chars, not } => chars.contains(&c) != *not,
            Matcher::Range { lo, hi, not } => (*lo..=*hi).contains(&c) != *not,
            _ => false,
        }
    }

    /// Returns where the matcher first matches within the text, and the lengths that the match can
    /// have, in ascending order.
    fn index(&self, s: &[u8], budget: &Budget) -> Option<(usize, Vec<usize>)> {
        if !budget.spend() {
            return None;
        }
        match self {
            Matcher::Nothing => Some((0, vec![0])),
            Matcher::Text(text) => Some((s.find(text)?, vec![text.len()])),
            Matcher::Any(separators) => {
                let end = index_any(s, separators).unwrap_or(s.len());
                Some((0, all_starts(&s[..end], 0)))
            }
            Matcher::Super => Some((0, all_starts(s, 0))),
            Matcher::Single(_) | Matcher::List { .. } | Matcher::Range { .. } => {
                let (i, c) = runes(s).indices().find(|&(_, c)| self.takes(c))?;
                Some((i, vec![c.len_utf8()]))
            }
            Matcher::AnyOf(all) => any_index(all, s, budget),
            Matcher::EveryOf(all) => every_index(all, s, budget),
            Matcher::Row(all, len) => {
                let fits = |&(i, _): &(usize, char)| {
                    s.len() - i >= *len && row_starts(all, &s[i..], budget)
                };
                // The library gives the length in characters here.
                runes(s).indices().find(fits).map(|(i, _)| (i, vec![*len]))
            }
            Matcher::Min(count) => {
                let lengths: Vec<usize> = ends(s, 0).skip(count.saturating_sub(1)).collect();
                (s.len() >= *count && !lengths.is_empty()).then_some((0, lengths))
            }
            Matcher::Max(count) => {
                Some((0, std::iter::once(0).chain(ends(s, 0).take(*count)).collect()))
            }
            Matcher::Contains { needle, not: true } => {
                let end = s.find(needle).unwrap_or(s.len());
                Some((0, all_starts(&s[..end], 0)))
            }
            Matcher::Contains { needle, not: false } => {
                let end = s.find(needle)? + needle.len();
                Some((0, all_starts(&s[end..], end)))
            }
            Matcher::Prefix(prefix) => {
                let at = s.find(prefix)?;
                let rest = &s[at + prefix.len()..];
                Some((at, after(prefix.len(), rest)))
            }
            Matcher::Suffix(suffix) => Some((0, vec![s.find(suffix)? + suffix.len()])),
            Matcher::PrefixSuffix(prefix, suffix) => {
                let at = s.find(prefix)?;
                if suffix.is_empty() {
                    return Some((at, vec![s.len() - at]));
                }
                let mut lengths = Vec::new();
                let mut rest = &s[at..];
                while let Some(i) = rest.rfind(suffix) {
                    lengths.push(i + suffix.len());
                    rest = &rest[..i];
                }
                lengths.reverse();
                (!lengths.is_empty()).then_some((at, lengths))
            }
            Matcher::PrefixAny(prefix, separators) => {
                let at = s.find(prefix)?;
                let rest = &s[at + prefix.len()..];
                let end = index_any(rest, separators).unwrap_or(rest.len());
                Some((at, after(prefix.len(), &rest[..end])))
            }
            Matcher::SuffixAny(suffix, separators) => {
                let at = s.find(suffix)?;
                let start = last_index_any(&s[..at], separators).map_or(0, |i| i + 1);
                Some((start, vec![at + suffix.len() - start]))
            }
            // A tree is never in the middle of another one.
            Matcher::Tree(_) => None,
        }
    }
}

/// Returns the starts of all characters and the end, shifted.
fn all_starts(s: &[u8], by: usize) -> Vec<usize> {
    runes(s).indices().map(|(i, _)| by + i).chain(std::iter::once(by + s.len())).collect()
}

/// Returns a prefix's length, and that and each further character.
fn after(prefix: usize, rest: &[u8]) -> Vec<usize> {
    std::iter::once(prefix).chain(ends(rest, prefix)).collect()
}

/// Returns whether the matchers of a row match at the start of the text, as the library cuts it: each
/// part ends one byte after the start of its last character, so that none beyond ASCII can end a
/// part, and an empty part takes all the rest (of an empty rest the library panics).
fn row_starts(all: &[Matcher], mut s: &[u8], budget: &Budget) -> bool {
    all.iter().all(|m| {
        let mut starts = runes(s).indices();
        let last = match m.len() {
            Some(len @ 1..) => starts.nth(len - 1),
            _ => starts.last(),
        };
        let Some((at, _)) = last else { return false };
        // A character starts at `at`, so that a byte is there.
        let (part, rest) = s.split_at(at + 1);
        s = rest;
        m.matches(part, budget)
    })
}

fn any_index(all: &[Matcher], s: &[u8], budget: &Budget) -> Option<(usize, Vec<usize>)> {
    let mut best: Option<(usize, Vec<usize>)> = None;
    for matcher in all {
        let Some((at, lengths)) = matcher.index(s, budget) else { continue };
        match &mut best {
            Some((first, _)) if at > *first => {}
            Some((first, known)) if at == *first => {
                known.extend(lengths);
                known.sort_unstable();
                known.dedup();
            }
            _ => best = Some((at, lengths)),
        }
    }
    best
}

fn every_index(all: &[Matcher], s: &[u8], budget: &Budget) -> Option<(usize, Vec<usize>)> {
    let (mut index, mut offset) = (0, 0);
    let mut current: Vec<usize> = Vec::new();
    let mut rest = s;
    for (i, matcher) in all.iter().enumerate() {
        let (at, lengths) = matcher.index(rest, budget)?;
        if i == 0 {
            current = lengths;
        } else {
            let known = |n: &usize| current.iter().any(|c| c + index == n + at + offset);
            let next: Vec<usize> = lengths.into_iter().filter(known).collect();
            if next.is_empty() {
                return None;
            }
            current = next;
        }
        index = at + offset;
        rest = s.get(index..).unwrap_or(b"");
        offset += at;
    }
    Some((index, current))
}

impl Tree {
    fn matches(&self, s: &[u8], budget: &Budget) -> bool {
        let side = |m: &Option<Matcher>, part: &[u8]| match m {
            Some(m) => m.matches(part, budget),
            None => part.is_empty(),
        };
        let fixed = |m: &Option<Matcher>| m.as_ref().map_or(Some(0), Matcher::len);
        let (left, right) = (fixed(&self.left), fixed(&self.right));
        if let (Some(l), Some(v), Some(r)) = (left, self.value.len(), right)
            && l + v + r > s.len()
        {
            return false;
        }
        // Lengths in characters serve as lengths in bytes, which are never less.
        let mut offset = left.unwrap_or(0);
        let limit = s.len().saturating_sub(right.unwrap_or(0));
        while offset < limit {
            let Some((at, lengths)) = self.value.index(&s[offset..limit], budget) else {
                return false;
            };
            let start = offset + at;
            if side(&self.left, s.get(..start).unwrap_or(s)) {
                let rest = |&n: &usize| s.get(start + n..).unwrap_or(b"");
                if lengths.iter().rev().any(|n| side(&self.right, rest(n))) {
                    return true;
                }
            }
            let step = s.get(start..).map_or(0, |rest| decode(rest).1);
            offset = start + step.max(1);
        }
        false
    }
}
