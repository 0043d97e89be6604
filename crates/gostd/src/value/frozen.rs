//! Holds values that threads share: plain data, made from values and made into values again.

use std::sync::Arc;

use super::{Elem, IntKind, List, Map, MapType, Str, UintKind, Value};

/// A value that does not change and that threads may share.
///
/// Values themselves stay on one thread, since maps have Go's reference semantics. What several renders
/// begin with is frozen once and thawed by each.
#[derive(Clone, Debug, Default)]
pub struct Frozen(Repr);

#[derive(Clone, Debug, Default)]
enum Repr {
    #[default]
    Nil,
    Bool(bool),
    Int(IntKind, i64),
    Uint(UintKind, u64),
    Float(f64),
    Str(Str),
    Bytes(Arc<[u8]>),
    List(Elem, Option<Vec<Frozen>>),
    Map(&'static MapType, Option<Vec<(Str, Frozen)>>),
}

impl Frozen {
    /// Freezes plain data: nil, booleans, numbers, texts, and lists and maps of such. Anything else
    /// (structs, functions' objects) freezes as nil.
    pub fn new(value: &Value) -> Frozen {
        Frozen(match value {
            Value::Invalid | Value::Nil | Value::Object(_) => Repr::Nil,
            Value::Bool(b) => Repr::Bool(*b),
            Value::Int(kind, n) => Repr::Int(*kind, *n),
            Value::Uint(kind, n) => Repr::Uint(*kind, *n),
            Value::Float(n) => Repr::Float(*n),
            Value::Str(s) => Repr::Str(s.clone()),
            Value::Bytes(b) => Repr::Bytes(b.clone()),
            Value::List(list) => Repr::List(
                list.elem(),
                (!list.is_nil()).then(|| list.iter().map(Frozen::new).collect()),
            ),
            Value::Map(map) => return Frozen::of_map(map),
        })
    }

    /// Freezes a map.
    pub fn of_map(map: &Map) -> Frozen {
        let entries = || map.borrow().iter().map(|(k, v)| (k.clone(), Frozen::new(v))).collect();
        Frozen(Repr::Map(map.map_type(), (!map.is_nil()).then(entries)))
    }

    /// Makes a value of its own.
    pub fn thaw(&self) -> Value {
        match &self.0 {
            Repr::Nil => Value::Nil,
            Repr::Bool(b) => Value::Bool(*b),
            Repr::Int(kind, n) => Value::Int(*kind, *n),
            Repr::Uint(kind, n) => Value::Uint(*kind, *n),
            Repr::Float(n) => Value::Float(*n),
            Repr::Str(s) => Value::Str(s.clone()),
            Repr::Bytes(b) => Value::Bytes(b.clone()),
            Repr::List(elem, None) => Value::List(List::nil(*elem)),
            Repr::List(elem, Some(items)) => {
                Value::List(List::new(*elem, items.iter().map(Frozen::thaw).collect()))
            }
            Repr::Map(..) => Value::Map(self.thaw_map()),
        }
    }

    /// Makes a map of its own; an empty one where this is no map.
    pub fn thaw_map(&self) -> Map {
        match &self.0 {
            Repr::Map(ty, None) => Map::nil(ty),
            Repr::Map(ty, Some(entries)) => {
                Map::from_entries(ty, entries.iter().map(|(k, v)| (k.clone(), v.thaw())))
            }
            _ => Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::marshal;

    fn shared<T: Send + Sync>(_: &T) {}

    #[test]
    fn what_is_thawed_is_what_was_frozen_and_nobody_elses() {
        let inner = Map::new();
        inner.insert("n", Value::int64(3));
        let map = Map::new();
        map.insert("list", Value::list(vec![Value::Map(inner), Value::Nil, "x".into()]));
        map.insert("none", Value::List(List::nil(Elem::String)));
        let frozen = Frozen::of_map(&map);
        shared(&frozen);
        let (a, b) = (frozen.thaw_map(), frozen.thaw_map());
        a.insert("own", Value::Bool(true));
        let text = |map: &Map| marshal(&Value::Map(map.clone()), false).unwrap();
        assert_eq!(text(&b), text(&map));
        assert_ne!(text(&a), text(&map));
    }
}
