//! Matches the objects of two sets of manifests.

use std::collections::{BTreeMap, HashMap, VecDeque};

use foldhash::fast::RandomState;
use gostd::stack;
use gostd::value::{Str, Value};

use super::equal::fingerprint;
use super::object::{Id, Object, ReadError};
use super::renames::{self, Fielded, Fields};

type Pair<'o> = (Option<&'o Object>, Option<&'o Object>);

/// Returns the objects that belong together, in the order of the new manifests; those that are gone at the end.
pub(super) fn pair<'o>(
    old: &'o [Object],
    new: &'o [Object],
    find_renames: bool,
) -> Result<Vec<Pair<'o>>, ReadError> {
    let mut by_id: HashMap<&Id, VecDeque<usize>, RandomState> = HashMap::default();
    for (number, object) in old.iter().enumerate() {
        by_id.entry(&object.id).or_default().push_back(number);
    }
    let mut is_left = vec![true; old.len()];
    let mut partners: Vec<Option<usize>> = Vec::with_capacity(new.len());
    for object in new {
        let found = by_id.get_mut(&object.id).and_then(VecDeque::pop_front);
        if let Some(number) = found {
            is_left[number] = false;
        }
        partners.push(found);
    }
    // The group may have changed (extensions, apps), and a namespace may be left to the release.
    let mut left: HashMap<_, Vec<usize>, RandomState> = HashMap::default();
    let key = |o: &'o Object| (&o.id.kind, &o.id.namespace, &o.id.name, o.is_hook());
    for (number, object) in old.iter().enumerate().filter(|(number, _)| is_left[*number]) {
        left.entry(key(object)).or_default().push(number);
    }
    for (partner, object) in partners.iter_mut().zip(new).filter(|(p, _)| p.is_none()) {
        if let Some([number]) = left.get(&key(object)).map(Vec::as_slice) {
            is_left[*number] = false;
            *partner = Some(*number);
            left.remove(&key(object));
        }
    }
    // Those that name a namespace, and those that do not.
    let mut left: HashMap<_, [Vec<usize>; 2], RandomState> = HashMap::default();
    let key = |o: &'o Object| (&o.id.group, &o.id.kind, &o.id.name);
    let has_none = |o: &Object| usize::from(o.id.namespace.is_empty());
    for (number, object) in old.iter().enumerate().filter(|(number, _)| is_left[*number]) {
        left.entry(key(object)).or_default()[has_none(object)].push(number);
    }
    for (partner, object) in partners.iter_mut().zip(new).filter(|(p, _)| p.is_none()) {
        let Some([named, unnamed]) = left.get_mut(&key(object)) else { continue };
        let number = match (&named[..], &unnamed[..]) {
            ([], [number]) => *number,
            ([number], []) if object.id.namespace.is_empty() => *number,
            (_, [number]) if !object.id.namespace.is_empty() => *number,
            _ => continue,
        };
        is_left[number] = false;
        *partner = Some(number);
        named.retain(|other| *other != number);
        unnamed.retain(|other| *other != number);
    }
    if find_renames {
        rename(old, &mut is_left, new, &mut partners)?;
    }
    let mut pairs: Vec<Pair<'o>> = new
        .iter()
        .zip(&partners)
        .map(|(object, partner)| (partner.map(|number| &old[number]), Some(object)))
        .collect();
    let gone = old.iter().zip(&is_left).filter(|(_, is_left)| **is_left);
    pairs.extend(gone.map(|(object, _)| (Some(object), None)));
    Ok(pairs)
}

/// Matches what is left of each kind by what the objects hold, the most alike first.
fn rename(
    old: &[Object],
    is_left: &mut [bool],
    new: &[Object],
    partners: &mut [Option<usize>],
) -> Result<(), ReadError> {
    let mut kinds: BTreeMap<_, [Vec<usize>; 2]> = BTreeMap::new();
    let kind = |o: &Object| (o.id.group.clone(), o.id.kind.clone(), o.is_hook());
    for (number, object) in old.iter().enumerate().filter(|(number, _)| is_left[*number]) {
        kinds.entry(kind(object)).or_default()[0].push(number);
    }
    for (number, object) in new.iter().enumerate().filter(|(n, _)| partners[*n].is_none()) {
        kinds.entry(kind(object)).or_default()[1].push(number);
    }
    for [before, after] in kinds.into_values() {
        if before.is_empty() || after.is_empty() {
            continue;
        }
        let mut known = HashMap::default();
        let mut fielded = |numbers: Vec<usize>, of: &[Object]| -> Result<Vec<Fielded>, ReadError> {
            numbers
                .into_iter()
                .map(|number| Ok((number, fields(&of[number], &mut known)?)))
                .collect()
        };
        let (before, after) = (fielded(before, old)?, fielded(after, new)?);
        for (old_number, new_number) in renames::find(&before, &after) {
            is_left[old_number] = false;
            partners[new_number] = Some(old_number);
        }
    }
    Ok(())
}

/// Returns the fields of an object by their numbers; `known` has those of each fingerprint, in the order in which they were
/// met.
fn fields(
    object: &Object,
    known: &mut HashMap<u64, u32, RandomState>,
) -> Result<Fields, ReadError> {
    let mut all = Vec::new();
    let mut to = |print: u64| {
        let next = known.len() as u32;
        all.push(*known.entry(print).or_insert(next));
    };
    if let Value::Map(map) = object.value()? {
        for (key, value) in map.entries() {
            match &key[..] {
                b"apiVersion" | b"kind" => {}
                b"metadata" => {
                    // Where it is and how it is called says nothing.
                    for part in [&b"labels"[..], b"annotations"] {
                        if let Some(value) = value.as_map().and_then(|map| map.get(part)) {
                            add(part, &value, &mut to);
                        }
                    }
                }
                _ => add(&key, &value, &mut to),
            }
        }
    }
    all.sort_unstable();
    Ok(all)
}

fn add(path: &[u8], value: &Value, to: &mut impl FnMut(u64)) {
    match value {
        Value::Map(map) => stack::uncounted(|| {
            for (key, value) in map.entries() {
                add(&[path, b".", &key].concat(), &value, to);
            }
        }),
        Value::List(list) => {
            stack::uncounted(|| list.iter().for_each(|item| add(path, item, to)));
        }
        Value::Str(text) if text.contains(&b'\n') => {
            // Of a long text each line.
            for line in text.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
                to(fingerprint(&Value::Str(Str::from([path, b"=", line].concat()))));
            }
        }
        _ => {
            let own = fingerprint(value).to_le_bytes();
            to(fingerprint(&Value::Str(Str::from([path, b"=", &own[..]].concat()))));
        }
    }
}
