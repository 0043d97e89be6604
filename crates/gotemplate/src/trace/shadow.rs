//! Knows of lists, maps and objects what they hold came from. Functions and variables pass them on as they are, so
//! that a list or map is known by its address.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use foldhash::fast::RandomState;
use gostd::value::{List, Map, Str, Value};

use super::paths::{Key, TOP};
use super::sets::{Atom, Read};
use super::text::Tag;
use super::{Set, Trace, USUAL};

/// What is known of a container.
#[derive(Debug)]
pub(super) struct Shadow {
    /// Keeps its address from being used again.
    keeps: Value,
    base: Base,
    /// What came in besides.
    keys: HashMap<Key, Tag, RandomState>,
    /// What each part of it depends on besides.
    extra: Set,
    /// What its length depends on besides: the conditions on which items came in, or would have.
    grown: Set,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Base {
    /// What stood at a place from the start.
    Place(u32),
    /// What was made: all of it from these, but for the keys that are known.
    Made(Set),
}

/// Returns the address of a list, map or object.
pub(super) fn address(value: &Value) -> Option<usize> {
    match value {
        Value::Map(map) => Some(map.address()),
        Value::List(list) => Some(list.address()),
        Value::Object(object) => Some(Rc::as_ptr(object).cast::<()>() as usize),
        _ => None,
    }
}

/// From how many entries on it is looked whether some of them are of what nobody holds any more.
const MANY: usize = 1 << 16;

#[derive(Debug)]
pub(super) struct Shadows {
    /// By the addresses of containers, where in `all` their shadows are.
    known: HashMap<usize, u32, RandomState>,
    all: Vec<Shadow>,
    /// About how many entries there are.
    size: usize,
    /// At which size what nobody holds any more is thrown away.
    limit: usize,
    /// The places that something came into, and those around them.
    overlaid: HashSet<u32, RandomState>,
}

impl Default for Shadows {
    fn default() -> Shadows {
        let known = HashMap::with_capacity_and_hasher(USUAL, RandomState::default());
        Shadows { known, all: Vec::new(), size: 0, limit: MANY, overlaid: HashSet::default() }
    }
}

impl Shadows {
    pub(super) fn knows(&self, value: &Value) -> bool {
        address(value).is_some_and(|address| self.known.contains_key(&address))
    }

    fn get(&self, address: usize) -> Option<&Shadow> {
        self.all.get(*self.known.get(&address)? as usize)
    }

    /// Returns the shadow of a container into which something comes.
    fn changed(&mut self, address: usize) -> Option<&mut Shadow> {
        self.all.get_mut(*self.known.get(&address)? as usize)
    }

    pub(super) fn add(&mut self, value: &Value, base: Base) {
        let Some(address) = address(value) else { return };
        let next = self.all.len() as u32;
        if *self.known.entry(address).or_insert(next) == next {
            self.size += 1;
            let (keeps, keys) = (value.clone(), HashMap::default());
            self.all.push(Shadow { keeps, base, keys, extra: Set::EMPTY, grown: Set::EMPTY });
        }
    }

    /// Forgets lists and maps that nobody holds any more, once there are many: those that a loop has made and thrown
    /// away would take the square of its passes.
    #[inline]
    fn sweep(&mut self) {
        if self.size > self.limit {
            self.forget();
        }
    }

    #[cold]
    fn forget(&mut self) {
        self.all.retain(|shadow| is_held(&shadow.keeps));
        self.known.clear();
        let addresses = self.all.iter().filter_map(|shadow| address(&shadow.keeps));
        self.known.extend(addresses.zip(0..));
        self.size = self.all.iter().map(|shadow| 1 + shadow.keys.len()).sum();
        self.limit = MANY.max(2 * self.size);
    }
}

impl Trace {
    /// Says that a list or map is what stands at a place.
    pub(super) fn place(&mut self, value: &Value, node: u32) {
        self.shadows.add(value, Base::Place(node));
    }

    /// Says that a list or map was made of what these are.
    pub(super) fn made(&mut self, value: &Value, of: Set) {
        self.shadows.sweep();
        self.shadows.add(value, Base::Made(of));
    }

    /// Returns the tag of what stands in a list or map under a key, `Value::Nil` for what is missing there.
    pub(super) fn inner(&mut self, of: &Value, key: Key, value: &Value) -> Tag {
        let Some(shadow) = address(of).and_then(|address| self.shadows.get(address)) else {
            return Tag::None;
        };
        let extra = shadow.extra;
        if let Some(tag) = shadow.keys.get(&key) {
            return self.with(tag.clone(), extra);
        }
        let tag = match shadow.base {
            Base::Place(node) => {
                let inner = self.inner_node(node, &key);
                if is_container(value) {
                    self.shadows.add(value, Base::Place(inner));
                    Tag::None
                } else {
                    self.read(inner, Read::Value).into()
                }
            }
            Base::Made(set) if is_container(value) => {
                self.shadows.add(value, Base::Made(set));
                Tag::None
            }
            Base::Made(set) => set.into(),
        };
        self.with(tag, extra)
    }

    /// Returns the tag of what stands in a map under a name, as [`Trace::inner`] does.
    pub(super) fn inner_named(&mut self, of: &Value, name: &[u8], value: &Value) -> Tag {
        let Some(shadow) = address(of).and_then(|address| self.shadows.get(address)) else {
            return Tag::None;
        };
        match *shadow {
            // What nearly all fields are.
            Shadow { base: Base::Place(node), ref keys, extra: Set::EMPTY, .. }
                if keys.is_empty() =>
            {
                let (inner, is_new) = self.paths.inner_named(node, name);
                if is_new {
                    self.sets.stands_in(node);
                }
                if is_container(value) {
                    self.shadows.add(value, Base::Place(inner));
                    return Tag::None;
                }
                self.read(inner, Read::Value).into()
            }
            _ => self.inner(of, Key::Name(Str::from(name)), value),
        }
    }

    /// Returns the place that a step leads to.
    pub(super) fn inner_node(&mut self, node: u32, key: &Key) -> u32 {
        let (inner, is_new) = self.paths.inner(node, key);
        if is_new {
            self.sets.stands_in(node);
        }
        inner
    }

    /// Returns what says that a key is there.
    pub(super) fn key(&mut self, of: &Value, key: Key) -> Set {
        let Some(shadow) = address(of).and_then(|address| self.shadows.get(address)) else {
            return Set::EMPTY;
        };
        let (base, extra) = (shadow.base, shadow.extra);
        let own = match (shadow.keys.get(&key).cloned(), base) {
            (Some(tag), Base::Made(_)) => self.flat(&tag),
            (_, Base::Place(node)) => {
                let inner = self.inner_node(node, &key);
                self.read(inner, Read::Key)
            }
            (None, Base::Made(set)) => set,
        };
        self.sets.join(own, extra)
    }

    /// Returns what the emptiness, length and type of a list or map depend on.
    pub(super) fn shape(&mut self, of: &Value) -> Set {
        let Some(shadow) = address(of).and_then(|address| self.shadows.get(address)) else {
            return Set::EMPTY;
        };
        let (extra, grown) = (shadow.extra, shadow.grown);
        let own = match shadow.base {
            Base::Place(node) => self.read(node, Read::Shape),
            Base::Made(set) => set,
        };
        let own = self.sets.join(own, grown);
        self.sets.join(own, extra)
    }

    /// Returns all that a value and what it holds came from.
    pub(super) fn deep(&mut self, value: &Value, tag: &Tag) -> Set {
        let own = self.flat(tag);
        if !is_container(value) {
            return own;
        }
        let inside = self.inside(value, &mut HashSet::default());
        self.sets.join(own, inside)
    }

    fn inside(&mut self, value: &Value, seen: &mut HashSet<usize, RandomState>) -> Set {
        let Some(address) = address(value) else { return Set::EMPTY };
        let Some(shadow) = self.shadows.get(address) else {
            return Set::EMPTY;
        };
        let (mut all, grown, base) = (shadow.extra, shadow.grown, shadow.base);
        all = self.sets.join(all, grown);
        match base {
            Base::Place(node) => {
                let whole = self.read(node, Read::Whole);
                all = self.sets.join(all, whole);
                if !self.shadows.overlaid.contains(&node) {
                    return all;
                }
            }
            Base::Made(set) => all = self.sets.join(all, set),
        }
        if !seen.insert(address) {
            return all;
        }
        let Some(shadow) = self.shadows.get(address) else { return all };
        let tags: Vec<Tag> = shadow.keys.values().cloned().collect();
        for tag in &tags {
            let flat = self.flat(tag);
            all = self.sets.join(all, flat);
        }
        for inner in containers(value) {
            let below = gostd::stack::uncounted(|| self.inside(&inner, seen));
            all = self.sets.join(all, below);
        }
        all
    }

    /// Says what came into a list or map under a key.
    pub(super) fn put(&mut self, into: &Value, key: Key, tag: Tag) {
        let Some(address) = address(into) else { return };
        if !self.shadows.known.contains_key(&address) {
            self.made(into, Set::EMPTY);
        }
        if let Some(shadow) = self.shadows.changed(address) {
            let base = shadow.base;
            shadow.keys.insert(key, tag);
            self.shadows.size += 1;
            self.overlay(base);
        }
    }

    /// Notes that something came into a place.
    fn overlay(&mut self, base: Base) {
        let Base::Place(node) = base else { return };
        let mut at = Some(node);
        while let Some(node) = at.filter(|node| self.shadows.overlaid.insert(*node)) {
            at = self.sets.around(node);
        }
    }

    /// Returns what the indexes of a list's items depend on: what came in, or not, before them.
    pub(super) fn indexes(&mut self, list: &Value) -> Set {
        let Value::List(_) = list else { return Set::EMPTY };
        let shadow = address(list).and_then(|address| self.shadows.get(address));
        match shadow {
            Some(Shadow { base: Base::Made(set), grown, .. }) => self.sets.join(*set, *grown),
            Some(shadow) => shadow.grown,
            None => Set::EMPTY,
        }
    }

    /// Says that the length of a list depends on these besides.
    pub(super) fn grows(&mut self, list: &Value, on: Set) {
        let Some(address) = address(list) else { return };
        self.shadows.add(list, Base::Made(Set::EMPTY));
        if let Some(shadow) = self.shadows.changed(address) {
            shadow.grown = self.sets.join(shadow.grown, on);
        }
    }

    /// Says that each part of a list or map depends on these besides.
    pub(super) fn depend(&mut self, container: &Value, on: Set) {
        let Some(shadow) = address(container).and_then(|address| self.shadows.changed(address))
        else {
            return;
        };
        let base = shadow.base;
        shadow.extra = self.sets.join(shadow.extra, on);
        self.overlay(base);
    }

    pub(super) fn read(&mut self, node: u32, read: Read) -> Set {
        // The data as a whole is no place in it: what it holds has places.
        if node == TOP {
            return Set::EMPTY;
        }
        self.sets.one(Atom::new(node, read))
    }
}

pub(super) fn is_container(value: &Value) -> bool {
    matches!(value, Value::Map(_) | Value::List(_) | Value::Object(_))
}

/// Returns whether somebody else holds a list, map or object.
fn is_held(value: &Value) -> bool {
    match value {
        Value::Map(map) => map.is_shared(),
        Value::List(list) => list.is_shared(),
        Value::Object(object) => Rc::strong_count(object) > 1,
        _ => true,
    }
}

/// Returns the lists, maps and objects that a value holds.
fn containers(value: &Value) -> Vec<Value> {
    let of_map = |map: &Map| map.borrow().values().filter(|v| is_container(v)).cloned().collect();
    let of_list = |list: &List| list.iter().filter(|v| is_container(v)).cloned().collect();
    match value {
        Value::Map(map) => of_map(map),
        Value::List(list) => of_list(list),
        _ => Vec::new(),
    }
}
