//! Follows what goes into lists and maps, and comes out of them.

use super::{inner, name};
use gostd::value::Value;
use gotemplate::func::Flow;
use gotemplate::trace::{Call, Key, Set, Tag, down, entry, step};

/// `dict`
pub(crate) const DICT: Flow = Flow::Moves(|call| {
    let map = call.result.clone();
    call.made(&map, Set::default());
    for arg in (0..call.args.len()).step_by(2) {
        // Keys that are no strings are printed.
        let Some(key) = (match &call.args[arg] {
            Value::Str(text) => Some(name(text)),
            _ => None,
        }) else {
            continue;
        };
        let of_key = call.chosen(arg);
        let tag = call.tag(arg + 1);
        let tag = call.with(tag, of_key);
        call.put(&map, key, tag);
    }
    Tag::None
});

/// `list`
pub(crate) const LIST: Flow = Flow::Moves(|call| {
    let list = call.result.clone();
    call.made(&list, Set::default());
    for arg in 0..call.args.len() {
        let tag = call.tag(arg);
        call.put(&list, Key::Index(arg as u32), tag);
    }
    Tag::None
});

/// `get`
pub(crate) const GET: Flow = Flow::Moves(|call| down(call, 0, 1..2));

/// `dig`
pub(crate) const DIG: Flow = Flow::Moves(|call| {
    let [.., _, _] = call.args else { return call.join() };
    let map = call.args.len() - 1;
    let default = map - 1;
    let mut at = call.args[map].clone();
    for arg in 0..default {
        let Some(inner) = step(&call.args[arg]).and_then(|key| entry(&at, &key)) else {
            let missing = down(call, map, 0..arg + 1);
            let missing = call.deep_of(&Value::Nil, &missing);
            let tag = call.tag(default);
            return call.with(tag, missing);
        };
        at = inner;
    }
    down(call, map, 0..default)
});

/// `set`
pub(crate) const SET: Flow = Flow::Moves(|call| {
    if let [map, Value::Str(key), ..] = call.args {
        let (map, key) = (map.clone(), name(key));
        let of_key = call.chosen(1);
        let tag = call.tag(2);
        let tag = call.with(tag, of_key);
        let conditions = call.conditions();
        let tag = call.with(tag, conditions);
        call.put(&map, key, tag);
    }
    call.tag(0)
});

/// `unset`
pub(crate) const UNSET: Flow = Flow::Moves(|call| {
    if let [map, Value::Str(key)] = call.args {
        let (map, key) = (map.clone(), name(key));
        let of_key = call.chosen(1);
        let conditions = call.conditions();
        let why = call.union(of_key, conditions);
        call.put(&map, key, why.into());
    }
    call.tag(0)
});

/// `hasKey`
pub(crate) const HAS_KEY: Flow = Flow::Moves(|call| {
    let [map, Value::Str(key)] = call.args else { return call.join() };
    let (map, key) = (map.clone(), name(key));
    let there = call.key(&map, key);
    let chosen = call.chosen(0);
    let of_key = call.chosen(1);
    let chosen = call.union(chosen, of_key);
    call.union(there, chosen).into()
});

/// `keys`
pub(crate) const KEYS: Flow = Flow::Moves(|call| {
    let made = shapes(call);
    let list = call.result.clone();
    call.made(&list, made);
    let Value::List(items) = &list else { return call.join() };
    for (i, item) in items.iter().enumerate() {
        let Value::Str(text) = item else { continue };
        let of = call.args.iter().find(|map| entry(map, &name(text)).is_some());
        if let Some(map) = of.cloned() {
            let there = call.key(&map, name(text));
            call.put(&list, Key::Index(i as u32), there.into());
        }
    }
    chosen(call).into()
});

/// `pick`
pub(crate) const PICK: Flow = Flow::Moves(|call| {
    let map = call.result.clone();
    call.made(&map, Set::default());
    for arg in 1..call.args.len() {
        let Some(key @ Key::Name(_)) = step(&call.args[arg]) else { continue };
        let value = entry(&call.args[0], &key).unwrap_or_default();
        let tag = inner(call, 0, key.clone(), &value);
        let of_key = call.chosen(arg);
        let tag = call.with(tag, of_key);
        let from = call.args[0].clone();
        let there = call.key(&from, key.clone());
        let tag = call.with(tag, there);
        call.put(&map, key, tag);
    }
    Tag::None
});

/// `omit`
pub(crate) const OMIT: Flow = Flow::Moves(|call| {
    let map = call.result.clone();
    let shape = call.shape(0);
    call.made(&map, shape);
    let Some(result) = map.as_map() else { return call.join() };
    let from = call.args[0].clone();
    for (key, value) in result.entries() {
        let tag = inner(call, 0, Key::Name(key.clone()), &value);
        let there = call.key(&from, Key::Name(key.clone()));
        let tag = call.with(tag, there);
        call.put(&map, Key::Name(key), tag);
    }
    Tag::None
});

/// `first`
pub(crate) const FIRST: Flow = Flow::Moves(|call| {
    let result = call.result.clone();
    let shape = call.shape(0);
    let tag = inner(call, 0, Key::Index(0), &result);
    call.with(tag, shape)
});

/// `last`
pub(crate) const LAST: Flow = Flow::Moves(|call| {
    let result = call.result.clone();
    let shape = call.shape(0);
    let Value::List(list) = &call.args[0] else { return call.join() };
    let last = list.len().saturating_sub(1);
    let tag = inner(call, 0, Key::Index(last as u32), &result);
    call.with(tag, shape)
});

/// `deepCopy`
pub(crate) const DEEP_COPY: Flow = Flow::Moves(|call| {
    let (from, to) = (call.args[0].clone(), call.result.clone());
    copy(call, &from, &to, 0);
    call.tag(0)
});

/// How deep copies are followed.
const DEEP: usize = 64;

fn copy(call: &mut Call<'_>, from: &Value, to: &Value, depth: usize) {
    let shape = call.shape_of(from);
    call.made(to, shape);
    if depth >= DEEP {
        return;
    }
    let entries: Vec<(Key, Value)> = match to {
        Value::Map(map) => map.entries().into_iter().map(|(k, v)| (Key::Name(k), v)).collect(),
        Value::List(list) => {
            list.iter().enumerate().map(|(i, v)| (Key::Index(i as u32), v.clone())).collect()
        }
        _ => return,
    };
    for (key, value) in entries {
        let Some(source) = entry(from, &key) else { continue };
        let tag = call.inner(from, key.clone(), &source);
        let there = call.key(from, key.clone());
        let tag = call.with(tag, there);
        if matches!(value, Value::Map(_) | Value::List(_)) {
            copy(call, &source, &value, depth + 1);
        }
        call.put(to, key, tag);
    }
}

/// What makes a list of what its arguments are or hold.
pub(crate) const MEMBERS: Flow = Flow::Moves(|call| {
    let list = call.result.clone();
    let Value::List(items) = &list else { return call.join() };
    let made = shapes(call);
    call.made(&list, made);
    let sources: Vec<(usize, Vec<(Key, Value)>)> =
        call.args.iter().enumerate().map(|(arg, value)| (arg, held(value))).collect();
    let total: usize = sources.iter().map(|(_, held)| held.len().max(1)).sum();
    let all: Vec<(usize, Option<&(Key, Value)>)> = sources
        .iter()
        .flat_map(|(arg, held)| match held.is_empty() {
            true => vec![(*arg, None)],
            false => held.iter().map(|entry| (*arg, Some(entry))).collect(),
        })
        .collect();
    let mut next = 0;
    for (i, item) in items.iter().enumerate() {
        let is_it = |at: &usize| match all[*at] {
            (arg, None) => same(&call.args[arg], item),
            (_, Some((_, value))) => same(value, item),
        };
        let found = (0..total).map(|n| (next + n) % total).find(is_it);
        let tag = match found.map(|at| (at, all[at])) {
            Some((at, (arg, entry))) => {
                next = at + 1;
                match entry {
                    None => call.tag(arg),
                    Some((key, value)) => inner(call, arg, key.clone(), value),
                }
            }
            None => (0..call.args.len())
                .fold(Set::default(), |set, arg| {
                    let deep = call.deep(arg);
                    call.union(set, deep)
                })
                .into(),
        };
        call.put(&list, Key::Index(i as u32), tag);
    }
    Tag::None
});

/// `append`: the items that were there, and one that came in.
pub(crate) const APPEND: Flow = Flow::Moves(|call| grown(call, false));
/// `prepend`
pub(crate) const PREPEND: Flow = Flow::Moves(|call| grown(call, true));

fn grown(call: &mut Call<'_>, in_front: bool) -> Tag {
    let (Some(Value::List(before)), Value::List(after)) = (call.args.first(), call.result) else {
        return call.join();
    };
    let (before, list) = (before.clone(), call.result.clone());
    let new = if in_front { 0 } else { before.len() };
    if after.len() != before.len() + 1 {
        return call.join();
    }
    let shape = call.shape(0);
    call.made(&list, shape);
    for (i, item) in before.iter().enumerate() {
        let tag = inner(call, 0, Key::Index(i as u32), item);
        call.put(&list, Key::Index((i + usize::from(in_front)) as u32), tag);
    }
    let tag = call.tag(1);
    let conditions = call.conditions();
    let tag = call.with(tag, conditions);
    call.put(&list, Key::Index(new as u32), tag);
    Tag::None
}

/// `concat`: what came in behind the first list depends on the conditions at hand.
pub(crate) const CONCAT: Flow = Flow::Moves(|call| {
    let list = call.result.clone();
    let made = shapes(call);
    call.made(&list, made);
    let conditions = call.conditions();
    let mut next = 0;
    for arg in 0..call.args.len() {
        for (key, value) in held(&call.args[arg]) {
            let tag = inner(call, arg, key, &value);
            let tag = if arg > 0 { call.with(tag, conditions) } else { tag };
            call.put(&list, Key::Index(next), tag);
            next += 1;
        }
    }
    Tag::None
});

/// `has`: of a list that has it, the item alone tells.
pub(crate) const HAS: Flow = Flow::Moves(|call| {
    let [needle, list] = call.args else { return call.join() };
    let (needle, list) = (needle.clone(), list.clone());
    let found = held(&list).into_iter().find(|(_, value)| same(value, &needle));
    let Some((key, value)) = found.filter(|_| call.result.truth()) else { return call.join() };
    let wanted = call.chosen(0);
    let tag = inner(call, 1, key, &value);
    call.with(tag, wanted)
});

/// Returns what a list or map holds, with the keys.
fn held(value: &Value) -> Vec<(Key, Value)> {
    match value {
        Value::List(list) => {
            list.iter().enumerate().map(|(i, v)| (Key::Index(i as u32), v.clone())).collect()
        }
        Value::Map(map) => map.entries().into_iter().map(|(k, v)| (Key::Name(k), v)).collect(),
        _ => Vec::new(),
    }
}

/// Returns whether two values are the same one, or equal scalars.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(_, a), Value::Int(_, b)) => a == b,
        (Value::Uint(_, a), Value::Uint(_, b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Map(a), Value::Map(b)) => a.same(b),
        (Value::List(a), Value::List(b)) => a.same(b),
        _ => a.is_nil() && b.is_nil(),
    }
}

fn shapes(call: &mut Call<'_>) -> Set {
    (0..call.args.len()).fold(Set::default(), |set, arg| {
        let shape = call.shape(arg);
        call.union(set, shape)
    })
}

fn chosen(call: &mut Call<'_>) -> Set {
    (0..call.args.len()).fold(Set::default(), |set, arg| {
        let chosen = call.chosen(arg);
        call.union(set, chosen)
    })
}
