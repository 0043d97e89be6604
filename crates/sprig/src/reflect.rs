//! Names types and kinds, and reproduces Go's `reflect.DeepEqual`.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use gostd::stack;
use gostd::value::{Object, Str, Type, Value};
use gotemplate::func::{FuncDef, FuncError, def};

use super::args::{any, text};
use super::flow;

pub(super) const TABLE: &[FuncDef] = &[
    def("typeOf", &[Type::Any], |_, a| Ok(Value::Str(Str::from(&*any(a, 0).type_name()))))
        .flowing(flow::SHAPE)
        .growing(0),
    def("typeIs", &[Type::String, Type::Any], |_, a| {
        Ok(Value::Bool(text(a, 0) == any(a, 1).type_name().as_bytes()))
    })
    .flowing(flow::SHAPE),
    def("typeIsLike", &[Type::String, Type::Any], |_, a| {
        let (target, name) = (text(a, 0), any(a, 1).type_name());
        let name = name.as_bytes();
        Ok(Value::Bool(target == name || name.strip_prefix(b"*") == Some(target)))
    })
    .flowing(flow::SHAPE),
    def("kindOf", &[Type::Any], |_, a| Ok(Value::Str(Str::from_static(any(a, 0).kind().name()))))
        .flowing(flow::SHAPE)
        .growing(0),
    def("kindIs", &[Type::String, Type::Any], |_, a| {
        Ok(Value::Bool(text(a, 0) == any(a, 1).kind().name().as_bytes()))
    })
    .flowing(flow::SHAPE),
    def("deepEqual", &[Type::Any, Type::Any], |_, a| {
        Ok(Value::Bool(deep_equal(any(a, 0), any(a, 1))?))
    }),
];

/// Reproduces Go's `reflect.DeepEqual`: types count (an `int` 1 is no `int64` 1), nil and empty
/// collections differ.
///
/// # Errors
/// Values nested deeper than any real one.
pub(super) fn deep_equal(a: &Value, b: &Value) -> Result<bool, FuncError> {
    // Most comparisons are of scalars.
    if let Some(equal) = scalars(a, b) {
        return Ok(equal);
    }
    Comparison { left: UNNOTED, seen: HashMap::new() }
        .equal(a, b, 0)
        .ok_or_else(|| FuncError::text("values are nested too deeply to compare"))
}

/// How much of a value its likeness tells of, in values.
const LOOKED_AT: usize = 64;

/// Returns a number that is the same for values that are equal. Others rarely have the same.
pub(super) fn likeness(v: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut left = LOOKED_AT;
    add_likeness(v, &mut left, &mut hasher);
    hasher.finish()
}

fn add_likeness(v: &Value, left: &mut usize, hasher: &mut DefaultHasher) {
    match left.checked_sub(1) {
        Some(fewer) => *left = fewer,
        None => return,
    }
    match v {
        // These two are equal.
        Value::Invalid | Value::Nil => return,
        _ => std::mem::discriminant(v).hash(hasher),
    }
    match v {
        Value::Invalid | Value::Nil => {}
        Value::Bool(b) => b.hash(hasher),
        Value::Int(_, n) => n.hash(hasher),
        Value::Uint(_, n) => n.hash(hasher),
        // Zero has two forms.
        Value::Float(n) => (n + 0.0).to_bits().hash(hasher),
        Value::Str(s) => (s.len(), s.get(..LOOKED_AT.min(s.len()))).hash(hasher),
        Value::Bytes(b) => b.len().hash(hasher),
        Value::List(l) => {
            l.len().hash(hasher);
            for v in l.iter().take(*left) {
                add_likeness(v, left, hasher);
            }
        }
        Value::Map(m) => {
            m.len().hash(hasher);
            for (name, v) in m.borrow().iter().take(*left) {
                name.len().hash(hasher);
                add_likeness(v, left, hasher);
            }
        }
        Value::Object(o) => o.type_name().hash(hasher),
    }
}

/// How many pairs of containers are compared before pairs are noted.
const UNNOTED: usize = 1000;

/// Returns whether two values of which one is no container are equal; `None` if both may be.
#[inline]
fn scalars(a: &Value, b: &Value) -> Option<bool> {
    Some(match (a, b) {
        (Value::Nil | Value::Invalid, Value::Nil | Value::Invalid) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(k, a), Value::Int(l, b)) => k == l && a == b,
        (Value::Uint(k, a), Value::Uint(l, b)) => k == l && a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Bytes(x), Value::Bytes(y)) => x == y && a.is_nil_slice() == b.is_nil_slice(),
        (Value::List(_), Value::List(_))
        | (Value::Map(_), Value::Map(_))
        | (Value::Object(_), Value::Object(_)) => return None,
        _ => false,
    })
}

/// A comparison of two values. As in Go, two containers that were compared before, or are being compared
/// further out, are taken for equal: if they are not, that is found there.
struct Comparison {
    /// How many pairs are still compared without a note.
    left: usize,
    /// Pairs by their addresses. They are kept, so that nothing else comes to lie there.
    seen: HashMap<(usize, usize), (Value, Value)>,
}

impl Comparison {
    fn equal(&mut self, a: &Value, b: &Value, depth: usize) -> Option<bool> {
        match scalars(a, b) {
            Some(equal) => Some(equal),
            None if depth > stack::MAX_DEPTH => None,
            None => stack::at_depth(depth, || self.containers(a, b, depth + 1)),
        }
    }

    /// Notes a pair; true if it was there.
    fn is_seen(&mut self, addresses: (usize, usize), a: &Value, b: &Value) -> bool {
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            return false;
        }
        self.seen.insert(addresses, (a.clone(), b.clone())).is_some()
    }

    fn containers(&mut self, one: &Value, other: &Value, depth: usize) -> Option<bool> {
        Some(match (one, other) {
            (Value::List(a), Value::List(b)) => {
                if a.same(b) {
                    return Some(true);
                }
                if a.elem() != b.elem() || a.is_nil() != b.is_nil() || a.len() != b.len() {
                    return Some(false);
                }
                let addresses = (a.as_ptr() as usize, b.as_ptr() as usize);
                if !a.is_empty() && self.is_seen(addresses, one, other) {
                    return Some(true);
                }
                for (a, b) in a.iter().zip(b.iter()) {
                    if !self.equal(a, b, depth)? {
                        return Some(false);
                    }
                }
                true
            }
            (Value::Map(a), Value::Map(b)) => {
                if a.same(b) {
                    return Some(true);
                }
                if a.map_type().name != b.map_type().name
                    || a.is_nil() != b.is_nil()
                    || a.len() != b.len()
                {
                    return Some(false);
                }
                let (a, b) = (a.borrow(), b.borrow());
                let addresses =
                    (std::ptr::from_ref(&*a) as usize, std::ptr::from_ref(&*b) as usize);
                if self.is_seen(addresses, one, other) {
                    return Some(true);
                }
                // Both are in key order, so equal maps run in step.
                for ((k, v), (l, w)) in a.iter().zip(b.iter()) {
                    if k != l || !self.equal(v, w, depth)? {
                        return Some(false);
                    }
                }
                true
            }
            (Value::Object(a), Value::Object(b)) => {
                Rc::ptr_eq(a, b)
                    || (a.type_name() == b.type_name() && self.objects(&**a, &**b, depth)?)
            }
            _ => false,
        })
    }

    /// Objects of one type: by fields, by the map they stand for, else by their text.
    fn objects(&mut self, a: &dyn Object, b: &dyn Object, depth: usize) -> Option<bool> {
        if let (Some(a), Some(b)) = (a.as_map(), b.as_map()) {
            return self.equal(&Value::Map(a), &Value::Map(b), depth);
        }
        if a.is_nil() || b.is_nil() {
            return Some(a.is_nil() == b.is_nil());
        }
        let (fields, others) = (a.fields(), b.fields());
        if fields.is_empty() && others.is_empty() {
            return Some(a.string() == b.string() && a.complex() == b.complex());
        }
        for ((_, v), (_, w)) in fields.iter().zip(&others) {
            if !self.equal(v, w, depth)? {
                return Some(false);
            }
        }
        Some(fields.len() == others.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gostd::value::Map;

    #[test]
    fn equal_values_are_alike() {
        let map = |v: Value| {
            let map = Map::new();
            map.insert("a", v);
            Value::Map(map)
        };
        let cycle = || {
            let map = Map::new();
            map.insert("a", Value::Map(map.clone()));
            Value::Map(map)
        };
        for (a, b) in [
            (Value::Float(0.0), Value::Float(-0.0)),
            (Value::Nil, Value::Invalid),
            (map(Value::list(vec![Value::int(1)])), map(Value::list(vec![Value::int(1)]))),
            (Value::from("x".repeat(1000)), Value::from("x".repeat(1000))),
            (cycle(), cycle()),
        ] {
            assert!(deep_equal(&a, &b).unwrap());
            assert_eq!(likeness(&a), likeness(&b));
        }
        assert_ne!(likeness(&Value::int(1)), likeness(&Value::int(2)));
        assert_ne!(likeness(&map(Value::int(1))), likeness(&map(Value::int(2))));
    }
}
