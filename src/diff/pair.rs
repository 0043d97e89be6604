//! Matches the objects of two sets of manifests.

use std::collections::{BTreeMap, HashMap, VecDeque};

use foldhash::fast::RandomState;
use gostd::stack;
use gostd::value::{Str, Value};

use super::fingerprint;
use super::object::{Id, Object, ReadError};

/// How alike two objects are that are taken for one under another name, at least: the part of their fields that both have.
const ALIKE: f64 = 0.6;
/// How many pairs are looked at for each kind.
const MOST_PAIRS: usize = 100_000;

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
    let mut alike = |is_same: &dyn Fn(&Object, &Object) -> bool| {
        for (partner, object) in partners.iter_mut().zip(new).filter(|(p, _)| p.is_none()) {
            let mut found =
                old.iter().enumerate().filter(|(n, o)| is_left[*n] && is_same(o, object));
            if let (Some((number, _)), None) = (found.next(), found.next()) {
                is_left[number] = false;
                *partner = Some(number);
            }
        }
    };
    // The group may have changed (extensions, apps), and a namespace may be left to the release.
    alike(&|a, b| {
        (&a.id.kind, &a.id.namespace, &a.id.name) == (&b.id.kind, &b.id.namespace, &b.id.name)
            && a.is_hook() == b.is_hook()
    });
    alike(&|a, b| {
        (&a.id.group, &a.id.kind, &a.id.name) == (&b.id.group, &b.id.kind, &b.id.name)
            && (a.id.namespace.is_empty() || b.id.namespace.is_empty())
    });
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
    let mut kinds: BTreeMap<(&Str, &Str, bool), [Vec<Fielded>; 2]> = BTreeMap::new();
    let kind = |o: &'_ Object| (o.id.group.clone(), o.id.kind.clone(), o.is_hook());
    for (number, object) in old.iter().enumerate().filter(|(number, _)| is_left[*number]) {
        let has_other =
            new.iter().zip(&*partners).any(|(o, p)| p.is_none() && kind(o) == kind(object));
        if has_other {
            let key = (&object.id.group, &object.id.kind, object.is_hook());
            kinds.entry(key).or_default()[0].push((number, fields(object)?));
        }
    }
    for (number, object) in new.iter().enumerate().filter(|(n, _)| partners[*n].is_none()) {
        let key = (&object.id.group, &object.id.kind, object.is_hook());
        if let Some(sides) = kinds.get_mut(&key) {
            sides[1].push((number, fields(object)?));
        }
    }
    for [before, after] in kinds.into_values() {
        if before.len() * after.len() > MOST_PAIRS {
            continue;
        }
        let mut found = Vec::new();
        for (old_number, one) in &before {
            for (new_number, other) in &after {
                let alike = likeness(one, other);
                if alike >= ALIKE {
                    found.push((alike, *old_number, *new_number));
                }
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        for (_, old_number, new_number) in found {
            if is_left[old_number] && partners[new_number].is_none() {
                is_left[old_number] = false;
                partners[new_number] = Some(old_number);
            }
        }
    }
    Ok(())
}

/// An object by its number, with its fields.
type Fielded = (usize, Fields);

/// The fields of an object, by their fingerprints, sorted.
type Fields = Vec<u64>;

fn fields(object: &Object) -> Result<Fields, ReadError> {
    let mut all = Vec::new();
    if let Value::Map(map) = object.value()? {
        for (key, value) in map.entries() {
            match &key[..] {
                b"apiVersion" | b"kind" => {}
                b"metadata" => {
                    // Where it is and how it is called says nothing.
                    for part in [&b"labels"[..], b"annotations"] {
                        if let Some(value) = value.as_map().and_then(|map| map.get(part)) {
                            add(part, &value, &mut all);
                        }
                    }
                }
                _ => add(&key, &value, &mut all),
            }
        }
    }
    all.sort_unstable();
    Ok(all)
}

fn add(path: &[u8], value: &Value, to: &mut Fields) {
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
                to.push(fingerprint(&Value::Str(Str::from([path, b"=", line].concat()))));
            }
        }
        _ => {
            let own = fingerprint(value).to_le_bytes();
            to.push(fingerprint(&Value::Str(Str::from([path, b"=", &own[..]].concat()))));
        }
    }
}

/// Returns which part of the fields of two objects is in both, from 0 to 1.
fn likeness(one: &Fields, other: &Fields) -> f64 {
    let (mut a, mut b, mut both) = (0, 0, 0);
    while let (Some(x), Some(y)) = (one.get(a), other.get(b)) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => a += 1,
            std::cmp::Ordering::Greater => b += 1,
            std::cmp::Ordering::Equal => (a, b, both) = (a + 1, b + 1, both + 1),
        }
    }
    let all = one.len() + other.len();
    if all == 0 { 0.0 } else { 2.0 * f64::from(both) / all as f64 }
}
