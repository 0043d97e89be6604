//! Takes a cause back: the chart and the values as they are but for it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bstr::ByteSlice;
use foldhash::fast::RandomState;
use gostd::stack;
use gostd::value::{Map, Str, Value};

use super::paths::Paths;
use super::{Cause, Key, Step};
use crate::chart::{Chart, File};
use crate::diff::{Comparison, Id};
use crate::values::origins::{self, Origins};

/// Returns the new chart and the user's values without causes; nothing where that cannot be said.
pub(crate) fn without(
    causes: &[&Cause],
    old: &Chart,
    new: &Chart,
    origins: &Origins,
) -> Option<(Chart, Map)> {
    let mut most = usize::MAX;
    let user = Value::Map(origins.user().clone()).deep_copy(&mut most)?.as_map()?;
    let mut chart = new.clone();
    let mut causes = causes.to_vec();
    // The last lines of a template first: those before keep their numbers.
    causes.sort_by_key(|cause| match cause {
        Cause::Template { new, .. } => std::cmp::Reverse(new.start),
        _ => std::cmp::Reverse(0),
    });
    for cause in causes {
        take_back(cause, old, &mut chart, &user, origins)?;
    }
    Some((chart, user))
}

fn take_back(
    cause: &Cause,
    old: &Chart,
    chart: &mut Chart,
    user: &Map,
    origins: &Origins,
) -> Option<()> {
    match cause {
        Cause::Value { path, old, new, .. } => {
            let value = back(old.as_ref(), new.as_ref());
            set(user, &outermost(path), value, origins)?;
        }
        Cause::Template { name, old: before, new: after } => {
            let text_of = |chart: &Chart| {
                let (chart, file) = holder(chart, name)?;
                file_text(&chart.templates, file)
            };
            let (old_text, new_text) = (text_of(old), text_of(chart).unwrap_or_default());
            let old_text = old_text.unwrap_or_default();
            let lines = |text: &[u8]| -> Vec<Vec<u8>> {
                text.lines_with_terminator().map(<[u8]>::to_vec).collect()
            };
            let mut text = lines(&new_text);
            let range = after.start.checked_sub(1)?..after.end.checked_sub(1)?.min(text.len());
            let back = lines(&old_text).get(before.start - 1..before.end - 1)?.to_vec();
            if range.start > range.end {
                return None;
            }
            text.splice(range, back);
            let (inner, file) = holder_mut(chart, name)?;
            put(Arc::make_mut(&mut inner.templates), file, &text.concat());
        }
        Cause::Chart { chart: within, field, old: before, .. } => {
            let inner = within_mut(chart, within)?;
            let metadata = Arc::make_mut(&mut inner.metadata);
            let place = match &field[..] {
                b"Version" => &mut metadata.version,
                b"AppVersion" => &mut metadata.app_version,
                b"Description" => &mut metadata.description,
                b"KubeVersion" => &mut metadata.kube_version,
                _ => return None,
            };
            *place = Str::from(before.as_str());
        }
        Cause::File { chart: within, name } => {
            let text = within
                .iter()
                .try_fold(old, |at, name| inner(at, name))
                .and_then(|old| file_text(&old.files, name));
            let files = Arc::make_mut(&mut within_mut(chart, within)?.files);
            match text {
                Some(text) => put(files, name, &text),
                None => files.retain(|file| file.name != *name),
            }
        }
        Cause::Dependency { chart: within, .. } => {
            let (last, above) = within.split_last()?;
            let before = above.iter().try_fold(old, |at, name| inner(at, name));
            let before = before.and_then(|at| inner(at, last)).cloned();
            let holder = within_mut(chart, above)?;
            let at = place_of(holder, last);
            match (at, before) {
                (Some(at), Some(before)) => holder.dependencies[at] = before,
                (Some(at), None) => drop(holder.dependencies.remove(at)),
                (None, Some(before)) => holder.dependencies.push(before),
                (None, None) => return None,
            }
        }
        Cause::KubeVersion { .. }
        | Cause::ApiVersions
        | Cause::Release { .. }
        | Cause::Helm { .. } => return None,
    }
    Some(())
}

/// Returns what makes of a new value the old one: maps are merged, what is new in them has to go.
fn back(old: Option<&Value>, new: Option<&Value>) -> Value {
    let (Some(Value::Map(before)), Some(Value::Map(after))) = (old, new) else {
        return old.cloned().unwrap_or(Value::Nil);
    };
    let map = before.shallow_copy();
    for (key, value) in after.entries() {
        let made = match before.get(&key) {
            Some(other) => stack::uncounted(|| back(Some(&other), Some(&value))),
            None => Value::Nil,
        };
        map.insert(key, made);
    }
    Value::Map(map)
}

/// Returns where a value is set for all charts that see it: `global` of a chart is that of the whole.
fn outermost(path: &[Key]) -> Vec<Key> {
    let is_global = |key: &Key| matches!(key, Key::Name(name) if *name == "global");
    match path.iter().position(is_global) {
        Some(at) => path[at..].to_vec(),
        None => path.to_vec(),
    }
}

/// Sets a value of the user's; a list is set as a whole.
fn set(user: &Map, path: &[Key], value: Value, origins: &Origins) -> Option<()> {
    let end = path.iter().position(|key| matches!(key, Key::Index(_)));
    let (names, rest) = path.split_at(end.unwrap_or(path.len()));
    let value = match rest {
        [] => value,
        rest => {
            let keys: Vec<origins::Key> = names.iter().map(origins::Key::from).collect();
            let whole = origins.value(&keys)?;
            replaced(&whole, rest, value)?
        }
    };
    let (last, above) = names.split_last()?;
    let mut at = user.clone();
    for key in above {
        let Key::Name(name) = key else { return None };
        at = match at.get(name) {
            Some(Value::Map(map)) => map,
            _ => {
                let map = Map::new();
                at.insert(name.clone(), Value::Map(map.clone()));
                map
            }
        };
    }
    let Key::Name(last) = last else { return None };
    at.insert(last.clone(), value);
    Some(())
}

fn replaced(whole: &Value, path: &[Key], value: Value) -> Option<Value> {
    let Some((first, rest)) = path.split_first() else { return Some(value) };
    stack::uncounted(|| match (whole, first) {
        (Value::List(items), Key::Index(index)) => {
            let mut items = items.to_vec();
            let item = items.get(*index as usize)?;
            let made = replaced(item, rest, value)?;
            items[*index as usize] = made;
            Some(Value::list(items))
        }
        (Value::Map(map), Key::Name(name)) => {
            let map = map.shallow_copy();
            let made = replaced(&map.get(name).unwrap_or_default(), rest, value)?;
            map.insert(name.clone(), made);
            Some(Value::Map(map))
        }
        _ => None,
    })
}

/// Returns the name of the folder or chart that a name in a render stands for: an alias stands for the chart of a
/// dependency.
fn place_of(chart: &Chart, name: &Str) -> Option<usize> {
    let by_name = |name: &Str| chart.dependencies.iter().position(|inner| inner.name() == name);
    let needs = chart.metadata.dependencies.iter().flatten();
    let alias = || needs.clone().find(|need| need.alias == *name).and_then(|n| by_name(&n.name));
    by_name(name).or_else(alias)
}

fn inner<'c>(chart: &'c Chart, name: &Str) -> Option<&'c Chart> {
    chart.dependencies.get(place_of(chart, name)?)
}

fn within_mut<'c>(chart: &'c mut Chart, within: &[Str]) -> Option<&'c mut Chart> {
    let mut at = chart;
    for name in within {
        let place = place_of(at, name)?;
        at = at.dependencies.get_mut(place)?;
    }
    Some(at)
}

/// Splits a template's name: the charts that lead to it, and its path in the last of them.
pub(super) fn split(name: &[u8]) -> Option<(Vec<Str>, &[u8])> {
    let (_, mut rest) = name.split_once_str(b"/")?;
    let mut within = Vec::new();
    while let Some(below) = rest.strip_prefix(b"charts/") {
        let (chart, file) = below.split_once_str(b"/")?;
        within.push(Str::from(chart));
        rest = file;
    }
    Some((within, rest))
}

fn holder<'c, 'n>(chart: &'c Chart, name: &'n [u8]) -> Option<(&'c Chart, &'n [u8])> {
    let (within, file) = split(name)?;
    let chart = within.iter().try_fold(chart, |at, name| inner(at, name))?;
    Some((chart, file))
}

fn holder_mut<'c, 'n>(chart: &'c mut Chart, name: &'n [u8]) -> Option<(&'c mut Chart, &'n [u8])> {
    let (within, file) = split(name)?;
    Some((within_mut(chart, &within)?, file))
}

fn file_text(files: &[File], name: &[u8]) -> Option<Vec<u8>> {
    let file = files.iter().find(|file| *file.name == *name)?;
    Some(file.data.bytes().ok()?.to_vec())
}

fn put(files: &mut Vec<File>, name: &[u8], text: &[u8]) {
    match files.iter_mut().find(|file| *file.name == *name) {
        Some(file) => file.data = text.into(),
        None => files.push(File { name: Str::from(name), data: text.into() }),
    }
}

/// What is different when a cause is taken back.
#[derive(Debug, Default)]
pub(crate) struct Undone {
    /// Nothing renders then: the cause takes part in everything.
    is_all: bool,
    /// Objects that come or go.
    whole: HashSet<Id, RandomState>,
    /// Fields that differ, by their objects.
    fields: HashMap<Id, Paths, RandomState>,
}

impl Undone {
    /// What is different where nothing renders any more.
    pub(crate) fn all() -> Undone {
        Undone { is_all: true, ..Undone::default() }
    }

    /// Reads it from the comparison of the new manifests with those without the cause.
    pub(crate) fn of(comparison: Comparison) -> Undone {
        let mut undone = Undone::default();
        for difference in comparison.differences {
            let is_kept = difference.old.is_some() && difference.new.is_some();
            let is_whole = !is_kept || difference.is_renamed();
            let mut ids: Vec<Id> =
                [difference.old, difference.new].into_iter().flatten().map(|o| o.id).collect();
            ids.dedup();
            for id in ids {
                if is_whole {
                    undone.whole.insert(id.clone());
                }
                let paths = undone.fields.entry(id).or_default();
                difference.changes.iter().for_each(|change| paths.add(&change.path));
            }
        }
        undone
    }

    /// Tells whether an object as a whole, or a field of it, is among what is different.
    pub(super) fn has(&self, id: &Id, path: Option<&[Step]>) -> bool {
        if self.is_all || self.whole.contains(id) {
            return true;
        }
        path.is_some_and(|path| self.fields.get(id).is_some_and(|paths| paths.meet(path)))
    }
}
