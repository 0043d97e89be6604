//! Holds the values that templates see: Go's kinds, with Go's reference semantics for maps.
//!
//! A clone is cheap and shares maps: a `set` on one handle is seen through every other, as in Go.

mod entries;
mod error;
mod free;
mod frozen;
mod list;
mod map;
mod object;
mod record;
mod str;
pub(crate) mod walk;

use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use crate::stack;

pub use entries::Entries;
pub use error::{error_value, is_error};
pub use frozen::Frozen;
pub use list::{Elem, List};
pub use map::{
    ANY_MAP, COMMON_VALUES_MAP, FILES_MAP, GENERAL_MAP, Map, MapType, STRING_MAP, VALUES_MAP, Zero,
};
pub use object::{Kind, MethodResult, Object, Signature, Type};
pub use record::record;
pub use str::Str;

/// Go's signed integer types, the named ones of package `time` among them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum IntKind {
    /// `int`
    Int,
    /// `int8`
    Int8,
    /// `int16`
    Int16,
    /// `int32`
    Int32,
    /// `int64`
    Int64,
    /// `time.Duration`, nanoseconds
    Duration,
    /// `time.Month`, January is 1
    Month,
    /// `time.Weekday`, Sunday is 0
    Weekday,
}

/// Go's unsigned integer types.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum UintKind {
    /// `uint`
    Uint,
    /// `uint8`, also `byte`
    Uint8,
    /// `uint16`
    Uint16,
    /// `uint32`
    Uint32,
    /// `uint64`
    Uint64,
}

/// A Go value of dynamic type, as a template holds it.
///
/// `Invalid` and `Nil` differ as in Go's `reflect`: `Invalid` is no value at all (an untyped nil that
/// went through a pipeline); `Nil` is a nil `interface{}` (a missing map key, a YAML null). Functions
/// only ever see `Nil`.
#[derive(Clone, Default, Debug)]
pub enum Value {
    /// reflect's zero `Value`.
    Invalid,
    /// A nil `interface{}`.
    #[default]
    Nil,
    /// `bool`
    Bool(bool),
    /// A signed integer of the given Go type.
    Int(IntKind, i64),
    /// An unsigned integer of the given Go type.
    Uint(UintKind, u64),
    /// `float64`
    Float(f64),
    /// `string`
    Str(Str),
    /// `[]byte`
    Bytes(Arc<[u8]>),
    /// A slice; never changed after it was made.
    List(List),
    /// A map with string keys; shared and mutable.
    Map(Map),
    /// Anything else: structs, pointers to structs, lazily made maps.
    Object(Rc<dyn Object>),
}

/// What stands for a nil `[]byte`; every other empty one has another address.
static NIL_BYTES: LazyLock<Arc<[u8]>> = LazyLock::new(|| Arc::from(&b""[..]));

/// Returns Go's conversion of a float to an integer on amd64: what does not fit becomes the least integer.
pub fn truncated(n: f64) -> i64 {
    // 2^63 is the first float too large; -2^63 itself fits.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&n) { n as i64 } else { i64::MIN }
}

impl Value {
    /// Returns a Go `int`.
    pub fn int(n: i64) -> Value {
        Value::Int(IntKind::Int, n)
    }

    /// Returns a Go `int64`.
    pub fn int64(n: i64) -> Value {
        Value::Int(IntKind::Int64, n)
    }

    /// Returns a Go `string`.
    pub fn str(s: impl Into<Str>) -> Value {
        Value::Str(s.into())
    }

    /// Returns a Go `[]interface {}`.
    pub fn list(items: Vec<Value>) -> Value {
        Value::List(List::new(Elem::Any, items))
    }

    /// Returns a nil `[]byte`: empty, but `null` in JSON.
    pub fn nil_bytes() -> Value {
        Value::Bytes(NIL_BYTES.clone())
    }

    /// Returns whether this is a nil slice.
    pub fn is_nil_slice(&self) -> bool {
        match self {
            Value::List(l) => l.is_nil(),
            Value::Bytes(b) => b.is_empty() && Arc::ptr_eq(b, &NIL_BYTES),
            _ => false,
        }
    }

    /// Returns the Go kind, as `kindOf` names it.
    #[inline]
    pub fn kind(&self) -> Kind {
        match self {
            Value::Invalid | Value::Nil => Kind::Invalid,
            Value::Bool(_) => Kind::Bool,
            Value::Int(k, _) => match k {
                IntKind::Int | IntKind::Month | IntKind::Weekday => Kind::Int,
                IntKind::Int8 => Kind::Int8,
                IntKind::Int16 => Kind::Int16,
                IntKind::Int32 => Kind::Int32,
                IntKind::Int64 | IntKind::Duration => Kind::Int64,
            },
            Value::Uint(k, _) => match k {
                UintKind::Uint => Kind::Uint,
                UintKind::Uint8 => Kind::Uint8,
                UintKind::Uint16 => Kind::Uint16,
                UintKind::Uint32 => Kind::Uint32,
                UintKind::Uint64 => Kind::Uint64,
            },
            Value::Float(_) => Kind::Float64,
            Value::Str(_) => Kind::String,
            Value::Bytes(_) | Value::List(_) => Kind::Slice,
            Value::Map(_) => Kind::Map,
            Value::Object(o) => o.kind(),
        }
    }

    /// Returns the Go type as `%T` prints it, e.g. `map[string]interface {}`; `<nil>` without a
    /// value.
    pub fn type_name(&self) -> std::borrow::Cow<'static, str> {
        use std::borrow::Cow::Borrowed;
        Borrowed(match self {
            Value::Invalid | Value::Nil => "<nil>",
            Value::Bool(_) => "bool",
            Value::Int(k, _) => match k {
                IntKind::Int => "int",
                IntKind::Int8 => "int8",
                IntKind::Int16 => "int16",
                IntKind::Int32 => "int32",
                IntKind::Int64 => "int64",
                IntKind::Duration => "time.Duration",
                IntKind::Month => "time.Month",
                IntKind::Weekday => "time.Weekday",
            },
            Value::Uint(k, _) => match k {
                UintKind::Uint => "uint",
                UintKind::Uint8 => "uint8",
                UintKind::Uint16 => "uint16",
                UintKind::Uint32 => "uint32",
                UintKind::Uint64 => "uint64",
            },
            Value::Float(_) => "float64",
            Value::Str(_) => "string",
            Value::Bytes(_) => "[]uint8",
            Value::List(l) => return l.type_name(),
            Value::Map(m) => m.map_type().name,
            Value::Object(o) => return o.type_name(),
        })
    }

    /// Returns the map behind a `Map`, or behind an object that stands for one (such as `.Files`).
    #[inline]
    pub fn as_map(&self) -> Option<Map> {
        match self {
            Value::Map(m) => Some(m.clone()),
            Value::Object(o) => o.as_map(),
            _ => None,
        }
    }

    /// Returns the string if this is one.
    #[inline]
    pub fn as_str(&self) -> Option<&Str> {
        match self {
            Value::Str(s) => Some(s),
            _ => None,
        }
    }

    /// Returns whether this is no value or a nil interface.
    pub fn is_nil(&self) -> bool {
        matches!(self, Value::Invalid | Value::Nil)
    }

    /// Reproduces Go's `text/template.IsTrue`: false for the zero of each kind and for empty
    /// collections; structs are always true.
    pub fn truth(&self) -> bool {
        match self {
            Value::Invalid | Value::Nil => false,
            Value::Bool(b) => *b,
            Value::Int(_, n) => *n != 0,
            Value::Uint(_, n) => *n != 0,
            Value::Float(n) => *n != 0.0,
            Value::Str(s) => !s.is_empty(),
            Value::Bytes(b) => !b.is_empty(),
            Value::List(l) => !l.is_empty(),
            Value::Map(m) => !m.is_empty(),
            Value::Object(o) => match o.as_map() {
                Some(m) => !m.is_empty(),
                None if o.kind() == Kind::Complex128 => o.complex() != Some((0.0, 0.0)),
                None => !o.is_nil(),
            },
        }
    }

    /// Returns a copy that shares no map with the original. `most` bounds how many lists, maps and entries
    /// it has, and [`stack::MAX_DEPTH`] how deep it is: beyond that (a map that holds itself, or others in
    /// several places) the answer is `None`. What is left of `most` stays there.
    pub fn deep_copy(&self, most: &mut usize) -> Option<Value> {
        self.copy_within(most, 0)
    }

    fn copy_within(&self, left: &mut usize, depth: usize) -> Option<Value> {
        match self {
            Value::List(_) | Value::Map(_) if depth >= stack::MAX_DEPTH => None,
            Value::List(l) => {
                *left = left.checked_sub(1 + l.len())?;
                stack::at_depth(depth, || {
                    let items = l.iter().map(|v| v.copy_within(left, depth + 1));
                    Some(Value::List(l.with_items(items.collect::<Option<Vec<_>>>()?)))
                })
            }
            Value::Map(m) if m.is_nil() => Some(Value::Map(m.clone())),
            Value::Map(m) => {
                *left = left.checked_sub(1 + m.len())?;
                stack::at_depth(depth, || {
                    let mut copy = Vec::with_capacity(m.len());
                    for (k, v) in m.borrow().iter() {
                        copy.push((k.clone(), v.copy_within(left, depth + 1)?));
                    }
                    Some(Value::Map(Map::from_entries(m.map_type(), copy)))
                })
            }
            Value::Object(o) => Some(o.deep_copied().unwrap_or_else(|| self.clone())),
            other => Some(other.clone()),
        }
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Value {
        Value::Bool(b)
    }
}

impl From<f64> for Value {
    fn from(n: f64) -> Value {
        Value::Float(n)
    }
}

impl From<Str> for Value {
    fn from(s: Str) -> Value {
        Value::Str(s)
    }
}

impl From<&str> for Value {
    fn from(s: &str) -> Value {
        Value::Str(s.into())
    }
}

impl From<String> for Value {
    fn from(s: String) -> Value {
        Value::Str(s.into())
    }
}

impl From<Vec<u8>> for Value {
    fn from(s: Vec<u8>) -> Value {
        Value::Str(s.into())
    }
}

impl From<Map> for Value {
    fn from(m: Map) -> Value {
        Value::Map(m)
    }
}

impl From<List> for Value {
    fn from(l: List) -> Value {
        Value::List(l)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hot_types_stay_small() {
        assert_eq!(size_of::<Str>(), 24);
        assert_eq!(size_of::<Value>(), 24);
        assert_eq!(size_of::<Map>(), 16);
        assert_eq!(size_of::<List>(), 8);
    }

    #[test]
    fn clones_share_maps_and_deep_copies_do_not() {
        let inner = Map::new();
        let outer = Map::new();
        outer.insert("a", Value::Map(inner.clone()));
        let copy = Value::Map(outer.clone()).deep_copy(&mut 100).unwrap();
        inner.insert("x", Value::Bool(true));
        assert_eq!(outer.get(b"a").unwrap().as_map().unwrap().len(), 1);
        assert_eq!(copy.as_map().unwrap().get(b"a").unwrap().as_map().unwrap().len(), 0);
    }
}
