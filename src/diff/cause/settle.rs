//! Settles which of the causes that may be meant are: they are taken back, and what then differs is looked at.

use std::collections::HashMap;
use std::rc::Rc;

use foldhash::fast::RandomState;

use super::{Candidates, Cause, Causes, Undone};
use crate::diff::{Comparison, Id, Step};

/// How many causes are tried, at most.
const MOST_TRIED: usize = 100;
/// How much may be rendered for that, in bytes.
const MOST_RENDERED: usize = 64 << 20;

/// Of how many causes that have an effect only together it is looked which of them are needed.
const MOST_TOGETHER: usize = 8;

/// Numbers of causes, in order.
pub(super) type Tier = Rc<[usize]>;

/// What may cause something.
#[derive(Clone, Debug, Default)]
pub(super) struct Tiers {
    /// The likelier before the others.
    pub(super) near: Vec<Tier>,
    /// What ran for the file.
    pub(super) far: Tier,
}

impl Tiers {
    /// Returns what is meant where there is no choice: what is far may be meant instead of a value that was read, not
    /// instead of the line itself.
    fn only(&self, all: &[Cause]) -> Option<&[usize]> {
        let is_line = |number: usize| matches!(all[number], Cause::Template { .. });
        match (&self.near[..], &self.far[..]) {
            ([], []) => Some(&[]),
            ([first], far) if first.len() == 1 && (far.is_empty() || is_line(first[0])) => {
                Some(first)
            }
            _ => None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.near.is_empty() && self.far.is_empty()
    }

    fn iter(&self) -> impl Iterator<Item = &Tier> {
        self.near.iter().chain(Some(&self.far).filter(|far| !far.is_empty()))
    }
}

impl Candidates {
    /// Settles which causes are meant. Where several may be, or only such as are not written or read for the lines
    /// themselves, `undo` tells what is different without one: it must be what it is to cause. What no cause changes by
    /// itself several may change together. `size` is how large the manifests are, in bytes.
    pub(crate) fn settle(
        self,
        comparison: &Comparison,
        size: usize,
        undo: impl FnMut(&[&Cause]) -> Option<Undone>,
    ) -> Causes {
        let Candidates { all, objects } = self;
        let left = (MOST_RENDERED / size.max(1)).min(MOST_TRIED);
        let mut trials = Trials { all: &all, known: HashMap::default(), left, undo };
        let mut settled = Vec::new();
        for ((ids, whole, changes), difference) in objects.iter().zip(&comparison.differences) {
            let whole = trials.choose(whole, ids, None);
            let changes = changes.iter().zip(&difference.changes);
            let changes =
                changes.map(|(tiers, c)| trials.choose(tiers, ids, Some(&c.path))).collect();
            settled.push((whole, changes));
        }
        Causes { all, objects: settled }.used()
    }
}

/// Causes that are taken back to see what that changes.
struct Trials<'c, F> {
    all: &'c [Cause],
    known: HashMap<Vec<usize>, Option<Undone>, RandomState>,
    /// How many may still be rendered.
    left: usize,
    undo: F,
}

impl<F: FnMut(&[&Cause]) -> Option<Undone>> Trials<'_, F> {
    /// Tells whether something is different without causes; nothing where that cannot be said.
    fn changes(&mut self, causes: &[usize], ids: &[Id], path: Option<&[Step]>) -> Option<bool> {
        if !self.known.contains_key(causes) {
            if self.left == 0 {
                return None;
            }
            self.left -= 1;
            let taken: Vec<&Cause> = causes.iter().map(|number| &self.all[*number]).collect();
            self.known.insert(causes.to_vec(), (self.undo)(&taken));
        }
        let undone = self.known.get(causes)?.as_ref()?;
        Some(ids.iter().any(|id| undone.has(id, path)))
    }

    fn choose(&mut self, tiers: &Tiers, ids: &[Id], path: Option<&[Step]>) -> Vec<usize> {
        if let Some(only) = tiers.only(self.all) {
            return only.to_vec();
        }
        for tier in tiers.iter() {
            let (mut kept, mut unknown) = (Vec::new(), Vec::new());
            for number in tier.iter() {
                match self.changes(&[*number], ids, path) {
                    Some(true) => kept.push(*number),
                    Some(false) => {}
                    None => unknown.push(*number),
                }
            }
            if !kept.is_empty() {
                return kept;
            }
            if !unknown.is_empty() {
                return unknown;
            }
        }
        self.together(tiers, ids, path)
    }

    /// Finds causes that have an effect only together, because each of them would do by itself.
    fn together(&mut self, tiers: &Tiers, ids: &[Id], path: Option<&[Step]>) -> Vec<usize> {
        let mut all: Vec<usize> = Vec::new();
        for tier in tiers.iter() {
            let before = all.len();
            all.extend(tier.iter());
            all.sort_unstable();
            all.dedup();
            if all.len() < 2 || all.len() == before || self.changes(&all, ids, path) != Some(true) {
                continue;
            }
            let mut at = 0;
            while all.len() <= MOST_TOGETHER && at < all.len() && all.len() > 2 {
                let others = [&all[..at], &all[at + 1..]].concat();
                match self.changes(&others, ids, path) {
                    Some(true) => all = others,
                    _ => at += 1,
                }
            }
            return all;
        }
        Vec::new()
    }
}
