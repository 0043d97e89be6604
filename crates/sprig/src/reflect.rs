//! Names types and kinds, and reproduces Go's `reflect.DeepEqual`.

use std::rc::Rc;

use gostd::value::{Object, Str, Type, Value};
use gotemplate::func::{FuncDef, FuncError, def};

use super::args::{MAX_DEPTH, any, text};

pub(super) const TABLE: &[FuncDef] = &[
    def("typeOf", &[Type::Any], |_, a| Ok(Value::Str(Str::from(&*any(a, 0).type_name())))),
    def("typeIs", &[Type::String, Type::Any], |_, a| {
        Ok(Value::Bool(text(a, 0) == any(a, 1).type_name().as_bytes()))
    }),
    def("typeIsLike", &[Type::String, Type::Any], |_, a| {
        let (target, name) = (text(a, 0), any(a, 1).type_name());
        let name = name.as_bytes();
        Ok(Value::Bool(target == name || name.strip_prefix(b"*") == Some(target)))
    }),
    def("kindOf", &[Type::Any], |_, a| Ok(Value::Str(Str::from_static(any(a, 0).kind().name())))),
    def("kindIs", &[Type::String, Type::Any], |_, a| {
        Ok(Value::Bool(text(a, 0) == any(a, 1).kind().name().as_bytes()))
    }),
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
    equal(a, b, MAX_DEPTH).ok_or_else(|| FuncError::text("values are nested too deeply to compare"))
}

fn equal(a: &Value, b: &Value, depth: usize) -> Option<bool> {
    let depth = depth.checked_sub(1)?;
    Some(match (a, b) {
        (Value::Nil | Value::Invalid, Value::Nil | Value::Invalid) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(k, a), Value::Int(l, b)) => k == l && a == b,
        (Value::Uint(k, a), Value::Uint(l, b)) => k == l && a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            if a.same(b) {
                return Some(true);
            }
            if a.elem() != b.elem() || a.is_nil() != b.is_nil() || a.len() != b.len() {
                return Some(false);
            }
            for (a, b) in a.iter().zip(b.iter()) {
                if !equal(a, b, depth)? {
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
            // Both are in key order, so equal maps run in step.
            for ((k, v), (l, w)) in a.borrow().iter().zip(b.borrow().iter()) {
                if k != l || !equal(v, w, depth)? {
                    return Some(false);
                }
            }
            true
        }
        (Value::Object(a), Value::Object(b)) => {
            Rc::ptr_eq(a, b) || (a.type_name() == b.type_name() && objects(&**a, &**b, depth)?)
        }
        _ => false,
    })
}

/// Objects of one type: by fields, by the map they stand for, else by their text.
fn objects(a: &dyn Object, b: &dyn Object, depth: usize) -> Option<bool> {
    if let (Some(a), Some(b)) = (a.as_map(), b.as_map()) {
        return equal(&Value::Map(a), &Value::Map(b), depth);
    }
    let (fields, others) = (a.fields(), b.fields());
    if fields.is_empty() && others.is_empty() {
        return Some(a.is_nil() == b.is_nil() && a.string() == b.string());
    }
    for ((_, v), (_, w)) in fields.iter().zip(&others) {
        if !equal(v, w, depth)? {
            return Some(false);
        }
    }
    Some(fields.len() == others.len())
}
