//! Holds Go's maps with string keys: shared handles, iterated in key order.

use std::cell::{Cell, OnceCell, Ref, RefCell};
use std::fmt;
use std::rc::Rc;

use super::{Entries, Str, Value};

/// What Go knows about a map's type: its name and what a missing key yields.
#[derive(Debug)]
pub struct MapType {
    /// As `%T` prints it.
    pub name: &'static str,
    /// The zero value of the element type, which `missingkey=zero` yields.
    pub zero: Zero,
    /// Whether the type has the methods of `chartutil.Values`.
    pub is_values: bool,
}

/// The zero value of a map's element type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zero {
    /// A nil `interface{}`
    Nil,
    /// `""`
    String,
    /// A nil `[]byte`
    Bytes,
}

/// `map[string]interface {}`
pub static ANY_MAP: MapType =
    MapType { name: "map[string]interface {}", zero: Zero::Nil, is_values: false };
/// `chartutil.Values`, Helm's named `map[string]interface {}`
pub static VALUES_MAP: MapType =
    MapType { name: "chartutil.Values", zero: Zero::Nil, is_values: true };
/// The same of Helm 4, `common.Values`
pub static COMMON_VALUES_MAP: MapType =
    MapType { name: "common.Values", zero: Zero::Nil, is_values: true };
/// `map[interface {}]interface {}`: its keys stand as YAML writes them, `1` and `"1"`
pub static GENERAL_MAP: MapType =
    MapType { name: "map[interface {}]interface {}", zero: Zero::Nil, is_values: false };
/// `map[string]string`
pub static STRING_MAP: MapType =
    MapType { name: "map[string]string", zero: Zero::String, is_values: false };

/// `engine.files`, Helm's `map[string][]byte` behind `.Files`
pub static FILES_MAP: MapType =
    MapType { name: "engine.files", zero: Zero::Bytes, is_values: false };

/// A Go map with string keys. Clones share the entries.
#[derive(Clone, Debug)]
pub struct Map {
    ty: &'static MapType,
    inner: Rc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Nothing, for a map like most.
    state: OnceCell<Box<State>>,
    entries: RefCell<Entries<Value>>,
}

/// What makes a map's entries when they are asked for.
type Make = Box<dyn FnOnce() -> Entries<Value>>;

/// What sets a map apart.
enum State {
    Nil,
    /// Its entries, until they are asked for, are not there.
    Later(Cell<Option<Make>>),
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            State::Nil => "Nil",
            State::Later(_) => "Later",
        })
    }
}

impl Inner {
    #[inline]
    fn entries(&self) -> &RefCell<Entries<Value>> {
        if let Some(state) = self.state.get() {
            self.make(state);
        }
        &self.entries
    }

    #[cold]
    fn make(&self, state: &State) {
        if let State::Later(make) = state
            && let Some(make) = make.take()
        {
            *self.entries.borrow_mut() = make();
        }
    }
}

impl From<Entries<Value>> for Inner {
    fn from(entries: Entries<Value>) -> Inner {
        Inner { state: OnceCell::new(), entries: RefCell::new(entries) }
    }
}

impl Drop for Inner {
    #[inline]
    fn drop(&mut self) {
        let entries = self.entries.get_mut();
        if !entries.is_empty() {
            super::free::entries(std::mem::take(entries));
        }
    }
}

impl Default for Map {
    fn default() -> Map {
        Map::new()
    }
}

impl Map {
    /// Makes an empty `map[string]interface {}`.
    pub fn new() -> Map {
        Map::with_type(&ANY_MAP)
    }

    /// Returns an empty map of the given type.
    pub fn with_type(ty: &'static MapType) -> Map {
        Map { ty, inner: Rc::default() }
    }

    /// Returns a nil map of the given type: empty, but `null` in JSON.
    pub fn nil(ty: &'static MapType) -> Map {
        Map::with_state(ty, State::Nil)
    }

    /// Returns a map of the given type whose entries are made when they are asked for.
    pub fn later(ty: &'static MapType, make: impl FnOnce() -> Entries<Value> + 'static) -> Map {
        Map::with_state(ty, State::Later(Cell::new(Some(Box::new(make)))))
    }

    fn with_state(ty: &'static MapType, state: State) -> Map {
        let state = OnceCell::from(Box::new(state));
        Map { ty, inner: Rc::new(Inner { state, entries: RefCell::default() }) }
    }

    /// Returns a map of the given type with these entries; of equal keys the last one wins.
    pub fn from_entries(
        ty: &'static MapType,
        entries: impl IntoIterator<Item = (Str, Value)>,
    ) -> Map {
        Map { ty, inner: Rc::new(Inner::from(entries.into_iter().collect::<Entries<_>>())) }
    }

    /// Returns a map of the given type with the names of these entries and the values made of
    /// theirs.
    pub fn of_values<V>(
        ty: &'static MapType,
        entries: &Entries<V>,
        make: impl FnMut(&V) -> Value,
    ) -> Map {
        Map { ty, inner: Rc::new(Inner::from(entries.with_values(make))) }
    }

    /// Returns the same as [`Map::of_values`], without the names whose entries get no value.
    pub fn of_some_values<V>(
        ty: &'static MapType,
        entries: &Entries<V>,
        make: impl FnMut(&V) -> Option<Value>,
    ) -> Map {
        Map { ty, inner: Rc::new(Inner::from(entries.filter_map_values(make))) }
    }

    /// Returns the same map under another type, as a Go conversion: the entries stay shared.
    pub fn retyped(&self, ty: &'static MapType) -> Map {
        Map { ty, inner: self.inner.clone() }
    }

    /// Returns a new map of the same type with the same entries; the values in it stay shared.
    pub fn shallow_copy(&self) -> Map {
        Map { ty: self.ty, inner: Rc::new(Inner::from(self.borrow().clone())) }
    }

    /// Returns the Go type.
    pub fn map_type(&self) -> &'static MapType {
        self.ty
    }

    /// Returns whether this is Go's nil map.
    #[inline]
    pub fn is_nil(&self) -> bool {
        matches!(self.inner.state.get().map(|state| &**state), Some(State::Nil)) && self.is_empty()
    }

    /// Returns the entries if no other handle is left.
    pub(super) fn into_entries(self) -> Option<Entries<Value>> {
        Rc::into_inner(self.inner).map(|mut inner| std::mem::take(inner.entries.get_mut()))
    }

    /// Returns what tells this map from any other that is alive.
    pub fn address(&self) -> usize {
        Rc::as_ptr(&self.inner).addr()
    }

    /// Returns whether anybody else holds the same map.
    pub fn is_shared(&self) -> bool {
        Rc::strong_count(&self.inner) > 1
    }

    /// Returns whether both handles are one and the same map.
    pub fn same(&self, other: &Map) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }

    /// Returns the value under a key.
    #[inline]
    pub fn get(&self, key: &[u8]) -> Option<Value> {
        self.inner.entries().borrow().get(key).cloned()
    }

    /// Returns whether the key is there.
    #[inline]
    pub fn contains_key(&self, key: &[u8]) -> bool {
        self.inner.entries().borrow().contains_key(key)
    }

    /// Sets a key for every holder of this map.
    pub fn insert(&self, key: impl Into<Str>, value: Value) {
        self.inner.entries().borrow_mut().insert(key.into(), value);
    }

    /// Removes a key for every holder of this map.
    pub fn remove(&self, key: &[u8]) -> Option<Value> {
        self.inner.entries().borrow_mut().remove(key)
    }

    /// Returns how many entries there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.inner.entries().borrow().len()
    }

    /// Returns whether there are no entries.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.inner.entries().borrow().is_empty()
    }

    /// Returns a look at the entries, in byte order of the keys. Nothing that may change the map (a
    /// template's code, say) may run while it is held; take [`Map::entries`] for that.
    #[inline]
    pub fn borrow(&self) -> Ref<'_, Entries<Value>> {
        self.inner.entries().borrow()
    }

    /// Returns the entries as they are now, in byte order of the keys.
    pub fn entries(&self) -> Vec<(Str, Value)> {
        self.inner.entries().borrow().iter().map(|(k, v)| (k.clone(), v.clone())).collect()
    }

    /// Returns the keys as they are now, in byte order.
    pub fn keys(&self) -> Vec<Str> {
        self.inner.entries().borrow().keys().cloned().collect()
    }

    /// Returns what a missing key yields under `missingkey=zero`.
    pub fn zero(&self) -> Value {
        match self.ty.zero {
            Zero::Nil => Value::Nil,
            Zero::String => Value::Str(Str::EMPTY),
            Zero::Bytes => Value::nil_bytes(),
        }
    }
}
