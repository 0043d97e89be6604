//! Keeps causes, each once, in the order in which they were found.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::ops::Range;

use foldhash::fast::RandomState;
use gostd::value::Str;

use super::Cause;
use crate::provenance::Key;

/// Up to how many causes are found by looking at each.
const FEW: usize = 8;

/// Causes, each once, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Set {
    all: Vec<Cause>,
    /// The places of causes by the hash of what they are, once there are more than a few.
    places: HashMap<u64, Vec<usize>, RandomState>,
}

/// What makes two causes the same, whatever they hold.
#[derive(PartialEq, Eq, Hash)]
enum Identity<'c> {
    Value(&'c [Key]),
    Template(&'c Str, &'c Range<usize>, &'c Range<usize>),
    Chart(&'c [Str], &'c Str),
    Dependency(&'c [Str]),
    File(&'c [Str], &'c Str),
    KubeVersion,
    ApiVersions,
    Release(&'static str),
    Helm,
}

impl Cause {
    fn identity(&self) -> Identity<'_> {
        match self {
            Cause::Value { path, .. } => Identity::Value(path),
            Cause::Template { name, old, new } => Identity::Template(name, old, new),
            Cause::Chart { chart, field, .. } => Identity::Chart(chart, field),
            Cause::Dependency { chart, .. } => Identity::Dependency(chart),
            Cause::File { chart, name } => Identity::File(chart, name),
            Cause::KubeVersion { .. } => Identity::KubeVersion,
            Cause::ApiVersions => Identity::ApiVersions,
            Cause::Release { field, .. } => Identity::Release(field),
            Cause::Helm { .. } => Identity::Helm,
        }
    }
}

impl Set {
    /// Adds a cause, if it is not there yet; returns its place.
    pub(super) fn push(&mut self, cause: Cause) -> usize {
        match self.place(&cause) {
            Some(place) => place,
            None => {
                self.all.push(cause);
                if self.all.len() == FEW + 1 {
                    (0..=FEW).for_each(|place| self.note(place));
                } else if self.all.len() > FEW {
                    self.note(self.all.len() - 1);
                }
                self.all.len() - 1
            }
        }
    }

    fn place(&self, cause: &Cause) -> Option<usize> {
        let identity = cause.identity();
        let is_it = |place: &usize| self.all.get(*place).is_some_and(|c| c.identity() == identity);
        if self.all.len() <= FEW {
            return (0..self.all.len()).find(is_it);
        }
        let hash = self.places.hasher().hash_one(&identity);
        self.places.get(&hash)?.iter().copied().find(is_it)
    }

    fn note(&mut self, place: usize) {
        if let Some(cause) = self.all.get(place) {
            let hash = self.places.hasher().hash_one(cause.identity());
            self.places.entry(hash).or_default().push(place);
        }
    }

    /// Takes out those behind the first so many.
    pub(super) fn truncate(&mut self, count: usize) {
        // Places of what is gone stay: what stands there is looked at.
        self.all.truncate(count);
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, Cause> {
        self.all.iter()
    }

    pub(super) fn into_vec(self) -> Vec<Cause> {
        self.all
    }
}

impl IntoIterator for Set {
    type Item = Cause;
    type IntoIter = std::vec::IntoIter<Cause>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_is_there_once_in_order() {
        let cause = |name: usize, old: &str| Cause::Chart {
            chart: Vec::new(),
            field: Str::from(name.to_string()),
            old: old.to_owned(),
            new: String::new(),
        };
        for count in [3, FEW, FEW + 1, 40] {
            let mut set = Set::default();
            for round in ["a", "b"] {
                (0..count).for_each(|name| assert_eq!(set.push(cause(name, round)), name));
            }
            set.truncate(count - 2);
            assert_eq!(set.push(cause(count - 1, "c")), count - 2);
            assert_eq!(set.push(cause(0, "c")), 0);
            let olds: Vec<_> = set
                .into_iter()
                .map(|c| match c {
                    Cause::Chart { old, .. } => old,
                    _ => String::new(),
                })
                .collect();
            assert_eq!(olds.len(), count - 1);
            assert_eq!((&*olds[0], olds.last().map(String::as_str)), ("a", Some("c")));
        }
    }
}
