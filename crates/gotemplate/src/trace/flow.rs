//! Says how a function's result came from its arguments.

use std::rc::Rc;

use super::paths::Key;
use super::shadow::is_container;
use super::text::{Gap, Origins, Span, Tag, Text};
use super::{Set, Trace};
use gostd::value::Value;

/// A part of a text that a function has made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Move {
    /// So many bytes of an argument, from a place in it on.
    Of {
        /// Which argument.
        arg: usize,
        /// Where it begins there, in bytes.
        from: usize,
        /// How many bytes.
        len: usize,
    },
    /// So many bytes that stand in no argument.
    New(usize),
}

/// A call of a function that has returned.
#[derive(Debug)]
pub struct Call<'c> {
    pub(super) trace: &'c mut Trace,
    /// The arguments.
    pub args: &'c [Value],
    pub(super) tags: &'c [Tag],
    /// The result.
    pub result: &'c Value,
}

impl Call<'_> {
    /// Returns the tag of an argument.
    pub fn tag(&self, arg: usize) -> Tag {
        self.tags.get(arg).cloned().unwrap_or_default()
    }

    /// Returns all that an argument came from, and what it holds.
    pub fn deep(&mut self, arg: usize) -> Set {
        match (self.args.get(arg), self.tags.get(arg)) {
            (Some(value), Some(tag)) => self.trace.deep(value, tag),
            _ => Set::default(),
        }
    }

    /// Returns what the truth, length or type of an argument depends on.
    pub fn shape(&mut self, arg: usize) -> Set {
        match (self.args.get(arg), self.tags.get(arg)) {
            (Some(value), Some(tag)) => self.trace.truth(value, tag),
            _ => Set::default(),
        }
    }

    /// Returns what chose an argument, without what it holds; all of it for what holds nothing.
    pub fn chosen(&mut self, arg: usize) -> Set {
        match self.tags.get(arg) {
            Some(tag) => self.trace.flat(tag),
            None => Set::default(),
        }
    }

    /// Returns a set of all that two sets hold.
    pub fn union(&mut self, a: Set, b: Set) -> Set {
        self.trace.sets.join(a, b)
    }

    /// Adds to a tag.
    pub fn with(&mut self, tag: Tag, set: Set) -> Tag {
        self.trace.with(tag, set)
    }

    /// Returns the tag of what stands in a list or map.
    pub fn inner(&mut self, of: &Value, key: Key, value: &Value) -> Tag {
        self.trace.inner(of, key, value)
    }

    /// Returns what says that a key is in a map.
    pub fn key(&mut self, of: &Value, key: Key) -> Set {
        self.trace.key(of, key)
    }

    /// Returns all that a value that an argument holds came from.
    pub fn deep_of(&mut self, value: &Value, tag: &Tag) -> Set {
        self.trace.deep(value, tag)
    }

    /// Returns what says how many, and which, a list or map holds.
    pub fn shape_of(&mut self, value: &Value) -> Set {
        self.trace.shape(value)
    }

    /// Returns what the indexes of a list's items depend on.
    pub fn indexes_of(&mut self, list: &Value) -> Set {
        self.trace.indexes(list)
    }

    /// Says what a list or map in the result was made of.
    pub fn made(&mut self, value: &Value, of: Set) {
        self.trace.made(value, of);
    }

    /// Says what came into a list or map under a key.
    pub fn put(&mut self, into: &Value, key: Key, tag: Tag) {
        self.trace.put(into, key, tag);
    }

    /// Returns what all conditions at hand depended on.
    pub fn conditions(&self) -> Set {
        self.trace.depended(self.trace.control)
    }

    /// Returns the tag of a result that depends on all that its arguments hold, or on what chose it, where it was
    /// there before.
    pub fn join(&mut self) -> Tag {
        let all = 0..self.args.len();
        if is_container(self.result) && self.trace.shadows.knows(self.result) {
            let chosen = all.fold(Set::default(), |set, arg| {
                let chosen = self.chosen(arg);
                self.union(set, chosen)
            });
            return chosen.into();
        }
        let deep = all.fold(Set::default(), |set, arg| {
            let deep = self.deep(arg);
            self.union(set, deep)
        });
        if is_container(self.result) {
            self.made(self.result, deep);
            return Tag::None;
        }
        deep.into()
    }

    /// Returns the tag of a text that was put together from arguments; one that was not depends on all of them.
    pub fn moved(&mut self, moves: &[Move]) -> Tag {
        let is_plain = |tag: &Tag| !matches!(tag, Tag::Text(_));
        if self.tags.iter().all(is_plain) || !self.is_sum(moves) {
            return self.join();
        }
        let mut rest = Set::default();
        for arg in 0..self.args.len() {
            let is_moved = |m: &Move| matches!(m, Move::Of { arg: of, .. } if *of == arg);
            if !moves.iter().any(is_moved) {
                let deep = self.deep(arg);
                rest = self.union(rest, deep);
            }
        }
        let mut pieces = Assembly::default();
        for m in moves {
            match *m {
                Move::New(len) => pieces.add(self.trace, len, rest),
                Move::Of { arg, from, len } => {
                    let tag = self.tag(arg);
                    pieces.add_of(self.trace, &tag, from, len);
                }
            }
        }
        pieces.finish()
    }

    /// Returns whether the result is what the moves say.
    fn is_sum(&self, moves: &[Move]) -> bool {
        let Value::Str(result) = self.result else { return false };
        let mut at = 0;
        for m in moves {
            match *m {
                Move::New(len) => at += len,
                Move::Of { arg, from, len } => {
                    let Some(Value::Str(text)) = self.args.get(arg) else { return false };
                    let (Some(part), Some(made)) =
                        (text.get(from..from + len), result.get(at..at + len))
                    else {
                        return false;
                    };
                    if part != made {
                        return false;
                    }
                    at += len;
                }
            }
        }
        at == result.len()
    }

    /// Begins the origins of a text.
    pub fn assemble(&self) -> Assembly {
        Assembly::default()
    }

    /// Adds bytes that came from a set to a text's origins.
    pub fn add(&mut self, text: &mut Assembly, len: usize, from: Set) {
        text.add(self.trace, len, from);
    }

    /// Adds bytes that came from a part of another text.
    pub fn add_of(&mut self, text: &mut Assembly, tag: &Tag, from: usize, len: usize) {
        text.add_of(self.trace, tag, from, len);
    }

    /// Calls with what each part of a range of a text came from; for a text without parts once, with all of it.
    pub fn parts(&mut self, tag: &Tag, from: usize, to: usize) -> Set {
        match tag {
            Tag::Text(text) => {
                let mut found = Set::default();
                text.origins.slice(from, to, |_, span| {
                    let of_piece = self.trace.of_piece(span.piece);
                    found = self.trace.sets.join(found, of_piece);
                });
                for gap in text.origins.gaps_within(from, to) {
                    if gap.inline {
                        let of_piece = self.trace.of_piece(gap.piece);
                        found = self.trace.sets.join(found, of_piece);
                    }
                }
                found
            }
            other => self.trace.flat(other),
        }
    }

    /// Returns the conditions in a range of a text: of what stands there, and of what does not.
    pub fn conditions_within(&mut self, tag: &Tag, from: usize, to: usize) -> Set {
        let Tag::Text(text) = tag else { return self.trace.flat(tag) };
        let mut pieces = Vec::new();
        text.origins.slice(from, to, |_, span| pieces.push(span.piece));
        pieces.extend(text.origins.gaps_within(from, to).iter().map(|gap| gap.piece));
        pieces.dedup();
        pieces.into_iter().fold(Set::default(), |set, id| {
            let all = self.trace.depended(self.trace.piece(id).control);
            self.trace.sets.join(set, all)
        })
    }

    /// Returns the conditions that were looked at while a text was written.
    pub fn conditions_of(&mut self, tag: &Tag) -> Set {
        match tag {
            Tag::Text(text) => text.origins.conditions,
            other => self.trace.flat(other),
        }
    }
}

/// The origins of a text that is put together.
#[derive(Debug, Default)]
pub struct Assembly {
    origins: Origins,
    len: usize,
}

impl Assembly {
    fn add(&mut self, trace: &mut Trace, len: usize, data: Set) {
        let piece = trace.here(trace.place, data);
        self.len += len;
        if len > 0 {
            self.origins.push(self.len, piece);
        } else if !data.is_empty() {
            self.origins.gaps.push(Gap { at: self.len as u32, piece, inline: true });
        }
    }

    fn add_of(&mut self, trace: &mut Trace, tag: &Tag, from: usize, len: usize) {
        match tag {
            Tag::None => self.add(trace, len, Set::default()),
            Tag::Set(set) | Tag::Chosen { all: set, .. } => self.add(trace, len, *set),
            Tag::Text(text) => {
                let base = self.len;
                text.origins.slice(from, from + len, |_, span| {
                    let end = (base + (span.end as usize - from)) as u32;
                    self.origins.push_span(Span { end, ..span });
                });
                for gap in text.origins.gaps_within(from, from + len) {
                    let at = (base + (gap.at as usize - from)) as u32;
                    let gap = Gap { at, ..*gap };
                    if self.origins.gaps.last() != Some(&gap) {
                        self.origins.gaps.push(gap);
                    }
                }
                self.origins.conditions =
                    trace.sets.join(self.origins.conditions, text.origins.conditions);
                self.len += len;
            }
        }
    }

    /// Returns the tag of the text.
    pub fn finish(self) -> Tag {
        Tag::Text(Rc::new(Text { origins: self.origins, whole: Default::default() }))
    }
}

impl Trace {
    /// Keeps what is in a map that a function is about to change, and who put it there.
    pub(super) fn before_change(&mut self, args: &[Value]) {
        self.before = None;
        if let Some(map @ Value::Map(_)) = args.first() {
            let mut most = MOST_KEPT;
            self.before = map.deep_copy(&mut most);
            self.settle(map, 0);
        }
    }

    /// Gives each entry of a map, and of those in it, a tag of its own.
    fn settle(&mut self, value: &Value, depth: usize) {
        let (Value::Map(map), true) = (value, depth < DEEP) else { return };
        for (name, inner) in map.entries() {
            let key = Key::Name(name);
            let tag = self.inner(value, key.clone(), &inner);
            if matches!(inner, Value::Map(_)) {
                self.settle(&inner, depth + 1);
            }
            self.put(value, key, tag);
        }
    }
}

/// How many entries of a map are kept for a comparison.
const MOST_KEPT: usize = 100_000;
/// How deep maps are looked into.
const DEEP: usize = 64;

/// Tells what a merge has made of its first argument: `overwrites` where the others come before it.
pub fn merged(call: &mut Call<'_>, overwrites: bool) -> Tag {
    let before = call.trace.before.take().unwrap_or_default();
    let sources: Vec<Value> = call.args.iter().skip(1).cloned().collect();
    if let Some(map) = call.args.first().cloned() {
        merge(call, &map, &before, &sources, overwrites, 0);
    }
    call.tag(0)
}

fn merge(
    call: &mut Call<'_>,
    into: &Value,
    before: &Value,
    sources: &[Value],
    overwrites: bool,
    depth: usize,
) {
    let (Value::Map(map), true) = (into, depth < DEEP) else { return };
    for source in sources {
        let shape = call.trace.shape(source);
        call.trace.grows(into, shape);
    }
    for (name, value) in map.entries() {
        let key = Key::Name(name.clone());
        let entry = |of: &Value| of.as_map().and_then(|map| map.get(&name));
        let old = entry(before);
        let had = old.as_ref().is_some_and(Value::truth);
        let mut found = sources.iter().filter(|source| entry(source).is_some_and(|v| v.truth()));
        let source = if overwrites { found.next_back() } else { found.next() };
        if let Value::Map(inner) = &value
            && !sources.iter().any(|s| entry(s).is_some_and(|v| is_same(&v, inner)))
        {
            let within: Vec<Value> = sources.iter().filter_map(entry).collect();
            merge(call, &value, &old.unwrap_or_default(), &within, overwrites, depth + 1);
            continue;
        }
        let Some(source) = source.filter(|_| overwrites || !had) else { continue };
        let Some(given) = entry(source) else { continue };
        let tag = call.inner(source, key.clone(), &given);
        let there = call.key(source, key.clone());
        let mut tag = call.with(tag, there);
        if !overwrites && old.is_some() {
            // It was looked at, and found empty.
            let empty = call.inner(into, key.clone(), &value);
            let empty = call.trace.flat(&empty);
            tag = call.with(tag, empty);
        }
        call.put(into, key, tag);
    }
}

fn is_same(value: &Value, map: &gostd::value::Map) -> bool {
    matches!(value, Value::Map(other) if other.same(map))
}
