//! Tells what becomes of a user's values with a newer version of a chart.

use gostd::json;
use gostd::value::Value;

use super::{Finding, Kind, Usage};
use crate::values::origins::{Key, Leaf, Origins, Source};

/// How much speaks for a new key to be an old one by another name, at least.
const ENOUGH: u32 = 4;

/// Compares what two versions of a chart read of the same values: keys that the newer one reads no more, with what may
/// have come in their place, and values that have the wrong type in the newer one.
pub fn upgrade(old: &Usage<'_>, new: &Usage<'_>) -> Vec<Finding> {
    let added = added(old.origins, new.origins);
    let found = new.check().into_iter().filter_map(|finding| match finding.kind {
        Kind::Unknown { .. } if old.is_read(&finding.path) || old.may_be_read(&finding.path) => {
            let renamed = renamed(old, new, &added, &finding.path);
            Some(Finding { kind: Kind::Removed { renamed }, ..finding })
        }
        Kind::Unknown { .. } | Kind::Unread { .. } | Kind::Removed { .. } => None,
        Kind::Type { .. } => Some(finding),
    });
    found.collect()
}

/// Returns the defaults that the newer chart has and the older one has not.
fn added(old: &Origins, new: &Origins) -> Vec<Leaf> {
    let is_default = |leaf: &Leaf| matches!(leaf.setting.source, Source::Chart { .. });
    let mut leaves = new.leaves();
    leaves.retain(|leaf| is_default(leaf) && old.value(&path(leaf)).is_none());
    leaves
}

/// Returns the path of a default in the values of the whole chart.
fn path(leaf: &Leaf) -> Vec<Key> {
    let chart = match &leaf.setting.source {
        Source::Chart { chart, .. } => chart.clone(),
        Source::File { .. } | Source::Flag { .. } => Vec::new(),
    };
    chart.into_iter().map(Key::Name).chain(leaf.setting.path.clone()).collect()
}

/// Returns the new key that has most in common with one that is gone: name, default, and the names on the way.
fn renamed(old: &Usage<'_>, new: &Usage<'_>, added: &[Leaf], gone: &[Key]) -> Option<Vec<Key>> {
    let settings = old.origins.answer(gone);
    let default = settings.all().find(|s| matches!(s.source, Source::Chart { .. }));
    let default = default.map(|setting| setting.value.clone());
    let score = |leaf: &Leaf| {
        let path = path(leaf);
        let mut score = 0;
        if let (Some(a), Some(b)) = (path.last(), gone.last()) {
            score += match (a, b) {
                _ if a == b => 3,
                (Key::Name(a), Key::Name(b)) if alike(&a.to_string(), &b.to_string()) => 2,
                _ => 0,
            };
        }
        if let Some(default) = &default {
            let text = |value: &Value| json::marshal(value, false).ok();
            let same = text(default) == text(&leaf.setting.value);
            let telling = !matches!(default, Value::Bool(_)) && default.truth();
            score += match (same, telling) {
                (true, true) => 3,
                (true, false) => 1,
                (false, _) => 0,
            };
        }
        let shared = path.iter().filter(|key| gone[..gone.len() - 1].contains(key)).count();
        score + shared.min(2) as u32
    };
    let scored = added.iter().map(|leaf| (score(leaf), leaf)).filter(|(score, leaf)| {
        *score >= ENOUGH && (new.is_read(&path(leaf)) || new.may_be_read(&path(leaf)))
    });
    // Of equals the first one, which stands higher in the file.
    scored.rev().max_by_key(|(score, _)| *score).map(|(_, leaf)| path(leaf))
}

/// Returns whether one name is in the other, or begins as it does; upper and lower case are the same.
fn alike(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    a.contains(&b) || b.contains(&a) || 5 * same >= 3 * a.len().min(b.len()) && same >= 4
}
