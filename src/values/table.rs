//! Holds the maps that coalescing works on: they copy what they stand for only where it is looked into.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use super::ValuesError;
use gostd::stack;
use gostd::value::{ANY_MAP, Entries, Map, MapType, Str, Value};

/// How deep values may nest, and how many entries one step may touch. Helm has no bounds, but an
/// import of values can make a table that holds itself.
const MAX_DEPTH: usize = 20_000;
const MAX_ENTRIES: usize = 20_000_000;

/// The key under which a map of origins holds that of the map itself. No file and no flag has it: it is no UTF-8.
pub(super) const OWN: &[u8] = b"\xff";

/// What one step may still do.
#[derive(Debug)]
pub(super) struct Work {
    left: usize,
    depth: usize,
    failed: bool,
}

impl Work {
    pub(super) fn new() -> Work {
        Work { left: MAX_ENTRIES, depth: MAX_DEPTH, failed: false }
    }

    /// Goes one level down to so many entries; false if that is too much.
    pub(super) fn enter(&mut self, entries: usize) -> bool {
        match (self.depth.checked_sub(1), self.left.checked_sub(entries)) {
            (Some(depth), Some(left)) => {
                (self.depth, self.left) = (depth, left);
                true
            }
            _ => {
                self.failed = true;
                false
            }
        }
    }

    /// Returns how many levels down it is.
    pub(super) fn levels(&self) -> usize {
        MAX_DEPTH - self.depth
    }

    /// Comes back from where [`Work::enter`] went.
    pub(super) fn leave(&mut self) {
        self.depth += 1;
    }

    fn deeper(&mut self, entries: usize, run: impl FnOnce(&mut Work)) {
        if self.enter(entries) {
            stack::at_depth(self.levels(), || run(self));
            self.leave();
        }
    }

    /// Returns an error if a bound was met.
    pub(super) fn check(&self) -> Result<(), ValuesError> {
        if self.failed { Err(ValuesError::TooDeep) } else { Ok(()) }
    }
}

/// Returns a copy of a map without the nulls in it and in the maps that it holds; `None` where there are none. `depth`
/// is how many maps are around this one.
pub(super) fn without_nulls(map: &Map, depth: usize) -> Option<Map> {
    let entries = map.borrow();
    let mut has_nulls = false;
    // Inner maps that have some, and where they stand.
    let mut pruned: Vec<(usize, Map)> = Vec::new();
    for (at, value) in entries.values().enumerate() {
        match value {
            Value::Nil | Value::Invalid => has_nulls = true,
            Value::Map(inner) => {
                let inner = stack::at_depth(depth, || without_nulls(inner, depth + 1));
                pruned.extend(inner.map(|inner| (at, inner)));
            }
            _ => {}
        }
    }
    if !has_nulls && pruned.is_empty() {
        return None;
    }
    let mut pruned = pruned.into_iter().peekable();
    let mut count = 0;
    Some(Map::of_some_values(&ANY_MAP, &entries, |value| {
        let at = count;
        count += 1;
        match value {
            Value::Nil | Value::Invalid => None,
            Value::Map(_) if pruned.peek().is_some_and(|(place, _)| *place == at) => {
                pruned.next().map(|(_, inner)| Value::Map(inner))
            }
            other => Some(other.clone()),
        }
    }))
}

/// A Go map during coalescing. Clones share the entries, as Go's do.
#[derive(Clone, Debug)]
pub(super) struct Table(Rc<RefCell<State>>);

#[derive(Debug)]
enum State {
    /// A deep copy of this map, not yet made. The map must not change.
    Copy(Map),
    Open(Entries<Node>),
    /// Given out as a new map, by [`Table::to_map`].
    Made(Map),
}

impl State {
    /// Hands over the tables below, and keeps nothing.
    fn give_up(&mut self, tables: &mut Vec<Table>) {
        if let State::Open(entries) = self {
            tables.extend(entries.values().filter_map(|node| match node {
                Node::Table(table) => Some(table.clone()),
                Node::Leaf(_) => None,
            }));
            *entries = Entries::new();
        }
    }
}

/// Frees tables of any depth.
impl Drop for State {
    fn drop(&mut self) {
        let mut left = Vec::new();
        self.give_up(&mut left);
        while let Some(table) = left.pop() {
            if let Ok(state) = Rc::try_unwrap(table.0) {
                state.into_inner().give_up(&mut left);
            }
        }
    }
}

/// A value of a table.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Leaf(Value),
    Table(Table),
}

impl Node {
    /// Returns a deep copy of a value, which must not change.
    pub(super) fn copy_of(value: &Value) -> Node {
        match value {
            Value::Map(map) => Node::Table(Table::copy_of(map)),
            other => Node::Leaf(other.clone()),
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Node::Leaf(Value::Nil | Value::Invalid))
    }

    /// Returns the value as it is, for printing.
    pub(super) fn to_value(&self, work: &mut Work) -> Value {
        match self {
            Node::Leaf(value) => value.clone(),
            Node::Table(table) => Value::Map(table.freeze(work)),
        }
    }
}

impl Table {
    /// Makes an empty table.
    pub(super) fn new() -> Table {
        Table(Rc::new(RefCell::new(State::Open(Entries::new()))))
    }

    /// Returns a table with one entry.
    pub(super) fn with_entry(key: &[u8], node: Node) -> Table {
        let table = Table::new();
        table.insert(Str::from(key), node);
        table
    }

    /// Returns a deep copy of a map, which must not change.
    pub(super) fn copy_of(map: &Map) -> Table {
        Table(Rc::new(RefCell::new(State::Copy(map.clone()))))
    }

    fn with_entries<T>(&self, run: impl FnOnce(&mut Entries<Node>) -> T) -> T {
        let mut state = self.0.borrow_mut();
        if let State::Copy(map) | State::Made(map) = &*state {
            let entries = map.borrow().with_values(Node::copy_of);
            *state = State::Open(entries);
        }
        match &mut *state {
            State::Open(entries) => run(entries),
            // Opened just above.
            State::Copy(_) | State::Made(_) => run(&mut Entries::new()),
        }
    }

    pub(super) fn get(&self, key: &[u8]) -> Option<Node> {
        if let State::Copy(map) = &*self.0.borrow() {
            match map.borrow().get(key) {
                None => return None,
                // A table has to be opened: the next look has to find the same one.
                Some(Value::Map(_)) => {}
                Some(other) => return Some(Node::Leaf(other.clone())),
            }
        }
        self.with_entries(|entries| entries.get(key).cloned())
    }

    pub(super) fn insert(&self, key: Str, node: Node) {
        self.with_entries(|entries| entries.insert(key, node));
    }

    pub(super) fn remove(&self, key: &[u8]) {
        self.with_entries(|entries| entries.remove(key));
    }

    /// Makes an empty table a deep copy of a map, which must not change.
    pub(super) fn fill(&self, map: &Map) {
        if !map.is_empty() {
            *self.0.borrow_mut() = State::Copy(map.clone());
        }
    }

    /// Returns the entries of a table that is not used again, by key.
    pub(super) fn take_entries(&self) -> Vec<(Str, Node)> {
        if let State::Copy(map) = &*self.0.borrow() {
            return map.borrow().iter().map(|(k, v)| (k.clone(), Node::copy_of(v))).collect();
        }
        self.entries()
    }

    /// Returns the entries as they are now, by key.
    pub(super) fn entries(&self) -> Vec<(Str, Node)> {
        self.with_entries(|entries| entries.iter().map(|(k, v)| (k.clone(), v.clone())).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        match &*self.0.borrow() {
            State::Copy(map) | State::Made(map) => map.is_empty(),
            State::Open(entries) => entries.is_empty(),
        }
    }

    /// Returns whether there is nothing in it, or only its own origin.
    pub(super) fn is_bare(&self) -> bool {
        match &*self.0.borrow() {
            State::Copy(map) | State::Made(map) => map.borrow().keys().all(|key| **key == *OWN),
            State::Open(entries) => entries.keys().all(|key| **key == *OWN),
        }
    }

    /// Returns a copy of this level that shares the tables below, Helm's `copyMap`.
    pub(super) fn shallow_copy(&self) -> Table {
        let entries = self.with_entries(|entries| entries.clone());
        Table(Rc::new(RefCell::new(State::Open(entries))))
    }

    /// Returns a copy that shares no table.
    pub(super) fn deep_copy(&self, work: &mut Work) -> Table {
        let state = self.0.borrow();
        let entries = match &*state {
            State::Copy(map) | State::Made(map) => return Table::copy_of(map),
            State::Open(entries) => entries,
        };
        let mut copied = Entries::new();
        work.deeper(entries.len(), |work| {
            copied = entries.with_values(|node| match node {
                Node::Leaf(value) => Node::Leaf(value.clone()),
                Node::Table(table) => Node::Table(table.deep_copy(work)),
            });
        });
        Table(Rc::new(RefCell::new(State::Open(copied))))
    }

    /// Returns the entries as a map that must not change: it shares what was never looked into.
    pub(super) fn freeze(&self, work: &mut Work) -> Map {
        let state = self.0.borrow();
        let entries = match &*state {
            State::Copy(map) | State::Made(map) => return map.clone(),
            State::Open(entries) => entries,
        };
        let mut frozen = Map::new();
        work.deeper(entries.len(), |work| {
            frozen = Map::of_values(&ANY_MAP, entries, |node| node.to_value(work));
        });
        frozen
    }

    /// Returns the entries as a map that shares nothing with what they were copied from. Tables
    /// that are one and the same here are so in the result.
    pub(super) fn to_map(&self, ty: &'static MapType, work: &mut Work) -> Map {
        let state = self.0.borrow();
        let map = match &*state {
            State::Made(map) => return map.clone(),
            State::Copy(source) => copy_map(source, ty, work),
            State::Open(entries) => {
                let mut made = Map::with_type(ty);
                work.deeper(entries.len(), |work| {
                    made = Map::of_values(ty, entries, |node| match node {
                        Node::Leaf(value) => copy_value(value, work),
                        Node::Table(table) => Value::Map(table.to_map(&ANY_MAP, work)),
                    });
                });
                made
            }
        };
        drop(state);
        // A table that holds itself is still being read further out, and too deep for a result.
        if let Ok(mut state) = self.0.try_borrow_mut() {
            *state = State::Made(map.clone());
        }
        map
    }

    /// Returns whether a table can be reached from itself.
    pub(super) fn is_cyclic(&self) -> bool {
        self.find_cycle(&mut Vec::new(), &mut HashSet::new())
    }

    fn find_cycle(&self, above: &mut Vec<*const ()>, done: &mut HashSet<*const ()>) -> bool {
        let this = Rc::as_ptr(&self.0).cast::<()>();
        if above.contains(&this) || above.len() > MAX_DEPTH {
            return true;
        }
        if done.contains(&this) {
            return false;
        }
        let State::Open(entries) = &*self.0.borrow() else { return false };
        above.push(this);
        let found = stack::at_depth(above.len(), || {
            entries.values().any(|node| matches!(node, Node::Table(t) if t.find_cycle(above, done)))
        });
        above.pop();
        done.insert(this);
        found
    }
}

fn copy_map(source: &Map, ty: &'static MapType, work: &mut Work) -> Map {
    let mut copied = Map::with_type(ty);
    work.deeper(source.len(), |work| {
        copied = Map::of_values(ty, &source.borrow(), |value| copy_value(value, work));
    });
    copied
}

fn copy_value(value: &Value, work: &mut Work) -> Value {
    match value {
        Value::Map(map) => Value::Map(copy_map(map, map.map_type(), work)),
        // Lists never change; only maps within have to be copied.
        Value::List(list) if list.iter().any(|v| matches!(v, Value::Map(_) | Value::List(_))) => {
            let mut items = Vec::new();
            work.deeper(list.len(), |work| {
                items = list.iter().map(|v| copy_value(v, work)).collect();
            });
            Value::List(list.with_items(items))
        }
        other => other.clone(),
    }
}
