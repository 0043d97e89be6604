//! Holds values that threads share: plain data, made from values and made into values again.

use std::rc::Rc;
use std::sync::Arc;

use super::{Elem, IntKind, List, Map, MapType, Str, UintKind, Value};
use crate::stack;
use crate::time::{LocalZone, Time, Zone, time_of};

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
    /// Seconds, nanoseconds, and the offset of a zone that is not UTC.
    Time(i64, u32, Option<i64>),
    List(Elem, Option<Arc<Vec<Frozen>>>),
    Map(&'static MapType, Option<Arc<Vec<(Str, Frozen)>>>),
}

impl Frozen {
    /// Freezes plain data: nil, booleans, numbers, texts, times (their zones by offset), and lists and maps of
    /// such. Anything else (structs, functions' objects) freezes as nil.
    pub fn new(value: &Value) -> Frozen {
        Frozen::at(value, 0)
    }

    fn at(value: &Value, depth: usize) -> Frozen {
        Frozen(match value {
            Value::Object(_) => match time_of(value) {
                Some(time) => {
                    let offset = (!matches!(time.zone(), Zone::Utc)).then(|| time.zone_now().1);
                    Repr::Time(time.unix_seconds(), time.nanosecond(), offset)
                }
                None => Repr::Nil,
            },
            Value::Invalid | Value::Nil => Repr::Nil,
            Value::Bool(b) => Repr::Bool(*b),
            Value::Int(kind, n) => Repr::Int(*kind, *n),
            Value::Uint(kind, n) => Repr::Uint(*kind, *n),
            Value::Float(n) => Repr::Float(*n),
            Value::Str(s) => Repr::Str(s.clone()),
            Value::Bytes(b) => Repr::Bytes(b.clone()),
            Value::List(list) => {
                let items = || list.iter().map(|v| Frozen::at(v, depth + 1)).collect();
                let items = (!list.is_nil()).then(|| stack::at_depth(depth, items));
                Repr::List(list.elem(), items.map(Arc::new))
            }
            Value::Map(map) => return Frozen::of_map_at(map, depth),
        })
    }

    /// Freezes a map.
    pub fn of_map(map: &Map) -> Frozen {
        Frozen::of_map_at(map, 0)
    }

    fn of_map_at(map: &Map, depth: usize) -> Frozen {
        let entries = || {
            let entries = map.borrow();
            entries.iter().map(|(k, v)| (k.clone(), Frozen::at(v, depth + 1))).collect()
        };
        let entries = (!map.is_nil()).then(|| stack::at_depth(depth, entries));
        Frozen(Repr::Map(map.map_type(), entries.map(Arc::new)))
    }

    /// Makes a value of its own.
    pub fn thaw(&self) -> Value {
        self.thaw_at(0)
    }

    fn thaw_at(&self, depth: usize) -> Value {
        match &self.0 {
            Repr::Nil => Value::Nil,
            Repr::Bool(b) => Value::Bool(*b),
            Repr::Int(kind, n) => Value::Int(*kind, *n),
            Repr::Uint(kind, n) => Value::Uint(*kind, *n),
            Repr::Float(n) => Value::Float(*n),
            Repr::Str(s) => Value::Str(s.clone()),
            Repr::Bytes(b) => Value::Bytes(b.clone()),
            Repr::Time(seconds, nanos, offset) => {
                let time = Time::unix(*seconds, &LocalZone::UTC).add(i64::from(*nanos));
                let fixed = |offset| Zone::Fixed(Rc::new((Str::EMPTY, offset)));
                time.in_zone(offset.map_or(Zone::Utc, fixed)).into()
            }
            Repr::List(elem, None) => Value::List(List::nil(*elem)),
            Repr::List(elem, Some(items)) => stack::at_depth(depth, || {
                let items = items.iter().map(|v| v.thaw_at(depth + 1)).collect();
                Value::List(List::new(*elem, items))
            }),
            Repr::Map(..) => Value::Map(self.thaw_map_at(depth)),
        }
    }

    /// Makes a map of its own; an empty one where this is no map.
    pub fn thaw_map(&self) -> Map {
        self.thaw_map_at(0)
    }

    fn thaw_map_at(&self, depth: usize) -> Map {
        match &self.0 {
            Repr::Map(ty, None) => Map::nil(ty),
            Repr::Map(ty, Some(entries)) => stack::at_depth(depth, || {
                let entries = entries.iter().map(|(k, v)| (k.clone(), v.thaw_at(depth + 1)));
                Map::from_entries(ty, entries)
            }),
            _ => Map::new(),
        }
    }

    fn holds_others(&self) -> bool {
        match &self.0 {
            Repr::List(_, Some(items)) => !items.is_empty(),
            Repr::Map(_, Some(entries)) => !entries.is_empty(),
            _ => false,
        }
    }
}

/// Frees values of any depth.
impl Drop for Frozen {
    fn drop(&mut self) {
        if !self.holds_others() {
            return;
        }
        let mut left = vec![std::mem::take(&mut self.0)];
        while let Some(value) = left.pop() {
            let below = |mut v: Frozen| v.holds_others().then(|| std::mem::take(&mut v.0));
            match value {
                Repr::List(_, Some(items)) => {
                    left.extend(Arc::into_inner(items).into_iter().flatten().filter_map(below));
                }
                Repr::Map(_, Some(entries)) => {
                    let entries = Arc::into_inner(entries).into_iter().flatten();
                    left.extend(entries.filter_map(|(_, v)| below(v)));
                }
                _ => {}
            }
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
