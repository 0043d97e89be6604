//! Takes the arguments of functions apart, and makes the errors of Go's runtime they share.

use std::borrow::Cow;

use gostd::value::{Map, Str, UintKind, Value};
use gotemplate::func::FuncError;

/// What an entry of a map takes, its key included, and an element of a list, in bytes.
pub(super) const ENTRY: usize = 4 * ITEM;
pub(super) const ITEM: usize = size_of::<Value>();

/// Returns a `string` argument. The executor has checked the type, so the fallback is never seen.
pub(super) fn text(args: &[Value], i: usize) -> &[u8] {
    match args.get(i) {
        Some(Value::Str(s)) => s.as_bytes(),
        _ => b"",
    }
}

/// Returns a `string` argument as a shared handle, for functions that often return it unchanged.
pub(super) fn text_handle(args: &[Value], i: usize) -> Str {
    match args.get(i) {
        Some(Value::Str(s)) => s.clone(),
        _ => Str::EMPTY,
    }
}

/// Returns an `int` argument.
pub(super) fn int(args: &[Value], i: usize) -> i64 {
    match args.get(i) {
        Some(Value::Int(_, n)) => *n,
        _ => 0,
    }
}

/// Returns a `float64` argument.
pub(super) fn float(args: &[Value], i: usize) -> f64 {
    match args.get(i) {
        Some(Value::Float(n)) => *n,
        _ => 0.0,
    }
}

/// Returns a `bool` argument.
pub(super) fn boolean(args: &[Value], i: usize) -> bool {
    matches!(args.get(i), Some(Value::Bool(true)))
}

/// Returns a `map[string]interface {}` argument.
pub(super) fn map(args: &[Value], i: usize) -> Map {
    args.get(i).and_then(Value::as_map).unwrap_or_else(|| Map::nil(&gostd::value::ANY_MAP))
}

/// Returns an `interface {}` argument.
pub(super) fn any(args: &[Value], i: usize) -> &Value {
    args.get(i).unwrap_or(&Value::Nil)
}

/// Returns the arguments from the `i`th on: what a variadic parameter takes.
pub(super) fn rest(args: &[Value], i: usize) -> &[Value] {
    args.get(i..).unwrap_or(&[])
}

/// Returns the elements of a slice of any type; `None` of anything else.
pub(super) fn elements(v: &Value) -> Option<Cow<'_, [Value]>> {
    match v {
        Value::List(l) => Some(Cow::Borrowed(l)),
        Value::Bytes(b) => Some(Cow::Owned(
            b.iter().map(|b| Value::Uint(UintKind::Uint8, u64::from(*b))).collect(),
        )),
        _ => None,
    }
}

/// Returns the elements of a slice, or the error sprig makes of another type: `what` and the kind.
pub(super) fn elements_or<'a>(v: &'a Value, what: &str) -> Result<Cow<'a, [Value]>, FuncError> {
    elements(v).ok_or_else(|| wrong_kind(v, what))
}

/// Returns `Cannot find first on type string`; a nil has no type to ask for its kind, which Go's runtime
/// reports instead.
pub(super) fn wrong_kind(v: &Value, what: &str) -> FuncError {
    if v.is_nil() {
        return nil_pointer();
    }
    FuncError::text(format!("{what} {}", v.kind().name()))
}

/// Returns Go's error for a dereferenced nil.
pub(super) fn nil_pointer() -> FuncError {
    FuncError::text("runtime error: invalid memory address or nil pointer dereference")
}

/// Returns Go's error for a string cut outside of its bounds: `what` is e.g. `[:5] with length 3`.
pub(super) fn out_of_bounds(what: impl std::fmt::Display) -> FuncError {
    FuncError::text(format!("runtime error: slice bounds out of range {what}"))
}
