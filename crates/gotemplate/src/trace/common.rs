//! Says how results came from arguments, for functions of Go and for those of others.

use bstr::ByteSlice;

use super::super::func::Flow;
use super::{Call, Key, Move, Set, Tag};
use gostd::value::Value;

/// What looks at the emptiness, length or type of its arguments.
pub const SHAPE: Flow = Flow::Moves(|call| {
    (0..call.args.len())
        .fold(Set::default(), |set, arg| {
            let shape = call.shape(arg);
            call.union(set, shape)
        })
        .into()
});

/// `index`
pub(crate) const INDEX: Flow = Flow::Moves(|call| down(call, 0, 1..call.args.len()));

/// What puts texts one behind the other, or takes something off their ends.
pub const EMBEDS: Flow = Flow::Moves(|call| {
    let Value::Str(result) = call.result else { return call.join() };
    let mut moves = Vec::new();
    let mut at = 0;
    for (arg, value) in call.args.iter().enumerate() {
        let (Value::Str(text), Tag::Text(_)) = (value, call.tag(arg)) else { continue };
        let rest = &result[at..];
        let (start, from, len) = match rest.find(text.as_bytes()) {
            Some(start) => (start, 0, text.len()),
            // What is left of it after a part of it was taken off.
            None => match text.find(rest) {
                Some(from) => (0, from, rest.len()),
                None => continue,
            },
        };
        moves.push(Move::New(start));
        moves.push(Move::Of { arg, from, len });
        at += start + len;
    }
    moves.push(Move::New(result.len() - at));
    call.moved(&moves)
});

/// Returns the step that an argument names.
pub fn step(value: &Value) -> Option<Key> {
    match value {
        Value::Str(name) => Some(Key::Name(name.clone())),
        Value::Int(_, index) => Some(Key::Index(*index as u32)),
        Value::Uint(_, index) => Some(Key::Index(*index as u32)),
        Value::Float(index) => Some(Key::Index(*index as u32)),
        _ => None,
    }
}

/// Returns what stands in a list or map.
pub fn entry(of: &Value, key: &Key) -> Option<Value> {
    match (of, key) {
        (Value::List(list), Key::Index(index)) => list.get(*index as usize).cloned(),
        (other, Key::Name(name)) => other.as_map()?.get(name),
        _ => None,
    }
}

/// Follows arguments that name keys down from another.
pub fn down(call: &mut Call<'_>, from: usize, keys: std::ops::Range<usize>) -> Tag {
    let mut at = call.args[from].clone();
    let mut tag = call.tag(from);
    for arg in keys {
        let Some(key) = step(&call.args[arg]) else { return call.join() };
        let value = entry(&at, &key).unwrap_or_default();
        let chosen = call.deep_of(&Value::Nil, &tag);
        let of_key = call.chosen(arg);
        let indexes = call.indexes_of(&at);
        tag = call.inner(&at, key, &value);
        tag = call.with(tag, chosen);
        tag = call.with(tag, indexes);
        tag = call.with(tag, of_key);
        if value.is_nil() {
            break;
        }
        at = value;
    }
    tag
}
