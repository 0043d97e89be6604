//! Folds what is the same in many objects.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use gostd::value::Value;

use super::equal::Classes;
use super::{Change, Comparison, Difference, Step, What};

/// How much is folded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fold {
    /// What is the same in several objects is shown once.
    #[default]
    Same,
    /// Everything is shown.
    None,
}

/// Changes that some objects have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The objects, by their numbers in [`Comparison::differences`].
    pub objects: Vec<usize>,
    /// The changes, by their numbers in the first of these objects; none for an object that is new, gone or renamed
    /// alone.
    pub changes: Vec<usize>,
    /// What causes them, by numbers that the caller knows.
    pub causes: Vec<usize>,
}

/// What a change looks like, whichever object it is in.
#[derive(PartialEq, Eq, Hash)]
struct Look {
    path: Vec<Step>,
    what: What,
    /// The class of the value.
    old: Option<usize>,
    new: Option<usize>,
    causes: Vec<usize>,
}

/// Groups the changes of a comparison: each of them is in one group. `causes` gives what causes a change, by the numbers
/// of the object and of the change in it.
pub fn fold(
    comparison: &Comparison,
    fold: Fold,
    causes: impl Fn(usize, Option<usize>) -> Vec<usize>,
) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut looks: HashMap<Look, usize, RandomState> = HashMap::default();
    let mut classes = Classes::default();
    for (number, difference) in comparison.differences.iter().enumerate() {
        if difference.changes.is_empty() || difference.is_renamed() || difference.is_moved() {
            let causes = causes(number, None);
            groups.push(Group { objects: vec![number], changes: Vec::new(), causes });
        }
        for (place, change) in difference.changes.iter().enumerate() {
            let causes = causes(number, Some(place));
            let new = |causes| Group { objects: vec![number], changes: vec![place], causes };
            if fold == Fold::None {
                groups.push(new(causes));
                continue;
            }
            let look = look(change, causes.clone(), &mut classes);
            match looks.get(&look) {
                // Twice in one object: items without a name.
                Some(at) if groups[*at].objects.last() == Some(&number) => groups.push(new(causes)),
                Some(at) => groups[*at].objects.push(number),
                None => {
                    looks.insert(look, groups.len());
                    groups.push(new(causes));
                }
            }
        }
    }
    merged(groups)
}

/// Joins groups of the same objects with the same causes.
fn merged(groups: Vec<Group>) -> Vec<Group> {
    let mut places: HashMap<(Vec<usize>, Vec<usize>), usize, RandomState> = HashMap::default();
    let mut joined: Vec<Group> = Vec::new();
    for group in groups {
        let key = (group.objects.clone(), group.causes.clone());
        match places.get(&key) {
            Some(at) => joined[*at].changes.extend(group.changes),
            None => {
                places.insert(key, joined.len());
                joined.push(group);
            }
        }
    }
    joined
}

fn look(change: &Change, causes: Vec<usize>, classes: &mut Classes) -> Look {
    // Hashes of what changed elsewhere are as good as the same.
    let [old, new] = match is_checksum(change) {
        true => [None, None],
        false => [&change.old, &change.new].map(|value| Some(classes.of(value.as_ref()?))),
    };
    // What has a name may have another place.
    let step = |step: &Step| match step {
        Step::Item { by: by @ Some(_), .. } => Step::Item { by: by.clone(), old: None, new: None },
        Step::Item { by: None, old, new } => Step::Item { by: None, old: None, new: new.or(*old) },
        step => step.clone(),
    };
    let path = change.path.iter().map(step).collect();
    Look { path, what: change.what, old, new, causes }
}

/// Tells whether a change is an annotation that follows from other changes: `checksum/config` and the like.
pub fn is_checksum(change: &Change) -> bool {
    let is_hash = |value: &Option<Value>| match value {
        Some(Value::Str(text)) => text.len() >= 32 && text.iter().all(u8::is_ascii_hexdigit),
        _ => false,
    };
    is_label(change) == Some(b"annotations") && is_hash(&change.old) && is_hash(&change.new)
}

/// Returns whether a change is of one label or annotation: which.
fn is_label(change: &Change) -> Option<&'static [u8]> {
    let [.., Step::Key(metadata), Step::Key(part), Step::Key(_)] = &change.path[..] else {
        return None;
    };
    match (&metadata[..], &part[..]) {
        (b"metadata", b"labels") => Some(b"labels"),
        (b"metadata", b"annotations") => Some(b"annotations"),
        _ => None,
    }
}

/// Tells whether a change says no more than that the chart has another version: the labels that charts give all of their
/// objects, and checksums.
pub fn is_noise(change: &Change) -> bool {
    let Some(Step::Key(name)) = change.path.last() else { return false };
    is_label(change).is_some()
        && (matches!(
            &name[..],
            b"helm.sh/chart"
                | b"app.kubernetes.io/version"
                | b"chart"
                | b"chartVersion"
                | b"version"
        ) || name.starts_with(b"checksum/")
            || is_checksum(change))
}

impl Difference {
    /// Tells whether nothing but [noise](is_noise) differs.
    pub fn is_noise(&self) -> bool {
        let is_kept =
            self.old.is_some() && self.new.is_some() && !self.is_renamed() && !self.is_moved();
        is_kept && self.changes.iter().all(is_noise)
    }
}

/// How many objects differ, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// New ones.
    pub added: usize,
    /// Those that are gone.
    pub removed: usize,
    /// Those that differ.
    pub changed: usize,
    /// Those that differ in labels and checksums alone.
    pub noise: usize,
    /// Those that are the same.
    pub same: usize,
}

impl Comparison {
    /// Counts the objects.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals { same: self.same, ..Totals::default() };
        for difference in &self.differences {
            match (&difference.old, &difference.new) {
                (None, _) => totals.added += 1,
                (_, None) => totals.removed += 1,
                _ if difference.is_noise() => totals.noise += 1,
                _ => totals.changed += 1,
            }
        }
        totals
    }
}
