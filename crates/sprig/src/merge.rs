//! Merges dicts as dario.cat/mergo v1.0.1 does, `Merge` and `MergeWithOverwrite`.

use gostd::stack;
use gostd::value::{Kind, Map, Str, Type, Value, Zero};
use gotemplate::func::{FuncDef, FuncError, FuncResult, Host, def};

use super::args::{ENTRY, map, rest};
use super::flow;

const DICTS: &[Type] = &[Type::Map, Type::Map];

pub(super) const TABLE: &[FuncDef] = &[
    def("merge", DICTS, |h, a| or_nothing(merge_all(h, a, false))).flowing(flow::MERGE).variadic(),
    def("mergeOverwrite", DICTS, |h, a| or_nothing(merge_all(h, a, true)))
        .flowing(flow::MERGE_OVERWRITE)
        .variadic(),
    def("mustMerge", DICTS, |h, a| must_merge(h, a, false)).flowing(flow::MERGE).variadic(),
    def("mustMergeOverwrite", DICTS, |h, a| must_merge(h, a, true))
        .flowing(flow::MERGE_OVERWRITE)
        .variadic(),
];

/// Why a merge ended early.
enum Stop {
    /// mergo returned an error, which `merge` swallows and `mustMerge` shows.
    Returned(&'static str),
    /// Go panicked, which the template shows in any case.
    Panicked(FuncError),
}

fn or_nothing(result: Result<Map, Stop>) -> FuncResult {
    match result {
        Ok(merged) => Ok(Value::Map(merged)),
        Err(Stop::Returned(_)) => Ok(Value::str("")),
        Err(Stop::Panicked(e)) => Err(e),
    }
}

fn must_merge(host: &mut dyn Host, a: &[Value], overwrite: bool) -> FuncResult {
    match merge_all(host, a, overwrite) {
        Ok(merged) => Ok(Value::Map(merged)),
        Err(Stop::Returned(text)) => Err(FuncError::text(text)),
        Err(Stop::Panicked(e)) => Err(e),
    }
}

fn merge_all(host: &mut dyn Host, a: &[Value], overwrite: bool) -> Result<Map, Stop> {
    let mut dst = map(a, 0);
    for src in rest(a, 1) {
        let Some(src) = src.as_map() else { continue };
        if dst.is_nil() && !src.is_nil() {
            dst = Map::with_type(dst.map_type());
        }
        host.reserve(src.len() * ENTRY).map_err(Stop::Panicked)?;
        merge_maps(&dst, &src, &mut Merge { overwrite, left: MAX_MERGED, depth: 0 })?;
    }
    Ok(dst)
}

/// Reproduces mergo's idea of unset: the zero of a kind, an empty collection, a nil; never a struct.
fn is_unset(v: &Value) -> bool {
    match v {
        Value::Object(o) if o.as_map().is_none() => o.is_nil(),
        v => !v.truth(),
    }
}

/// Most entries that one merge looks at: dicts that hold others in several places can stand for more than
/// any time suffices for.
const MAX_MERGED: usize = 5_000_000;

/// How deep dicts are merged; a level takes more stack than one of the other recursions.
const MAX_DEPTH: usize = stack::MAX_DEPTH / 2;

/// A merge at work.
struct Merge {
    overwrite: bool,
    /// How many entries may still be looked at.
    left: usize,
    depth: usize,
}

fn merge_maps(dst: &Map, src: &Map, merge: &mut Merge) -> Result<(), Stop> {
    if dst.same(src) {
        return Ok(());
    }
    match merge.left.checked_sub(1 + src.len()) {
        Some(left) if merge.depth < MAX_DEPTH => merge.left = left,
        _ => {
            let text = "dicts are too large or too deep to merge";
            return Err(Stop::Panicked(FuncError::text(text)));
        }
    }
    merge.depth += 1;
    let result = stack::at_depth(merge.depth, || merge_entries(dst, src, merge));
    merge.depth -= 1;
    result
}

fn merge_entries(dst: &Map, src: &Map, merge: &mut Merge) -> Result<(), Stop> {
    let overwrite = merge.overwrite;
    for (key, new) in src.entries() {
        if new.is_nil() {
            if overwrite {
                assign(dst, src, key, new)?;
            }
            continue;
        }
        let old = dst.get(&key);
        if let Value::List(list) = &new
            && dst.map_type().zero == Zero::String
        {
            // mergo looks at the old element as a slice, then writes a slice in any case.
            return Err(match &old {
                Some(old) => not_nilable(old),
                None => not_assignable(&format!("[]{}", list.elem().type_name())),
            });
        }
        if let Some(old) = &old {
            merge_elements(old, &new, merge)?;
        }
        // The merge above may have filled an empty map that both hold on to.
        let set = old.as_ref().is_some_and(|v| !is_unset(v));
        let kind = new.kind();
        let list = kind == Kind::Slice;
        let maps = kind == Kind::Map && old.as_ref().is_some_and(|v| v.kind() == Kind::Map);
        if list {
            // mergo writes the old list back, or with `overwrite` the new one.
            if overwrite || !set {
                assign(dst, src, key, new)?;
            }
        } else if !set || (overwrite && !maps) {
            assign(dst, src, key, new)?;
        }
    }
    Ok(())
}

/// Sets a key, where Go's type of the map allows it.
fn assign(dst: &Map, src: &Map, key: Str, v: Value) -> Result<(), Stop> {
    if dst.map_type().zero == Zero::String && src.map_type().zero != Zero::String {
        return Err(not_assignable("interface {}"));
    }
    dst.insert(key, v);
    Ok(())
}

fn not_assignable(type_name: &str) -> Stop {
    Stop::Panicked(FuncError::text(format!(
        "reflect.Value.SetMapIndex: value of type {type_name} is not assignable to type string"
    )))
}

fn not_nilable(v: &Value) -> Stop {
    let kind = v.kind().name();
    Stop::Panicked(FuncError::text(format!("reflect: call of reflect.Value.IsNil on {kind} Value")))
}

/// Does what mergo does between two elements before it decides which one stays.
fn merge_elements(old: &Value, new: &Value, merge: &mut Merge) -> Result<(), Stop> {
    if !matches!(new.kind(), Kind::Map | Kind::Struct | Kind::Ptr) {
        return Ok(());
    }
    match (old, new.as_map()) {
        (Value::Map(old), Some(new)) if !old.is_nil() => merge_maps(old, &new, merge),
        // A pointer merges with a pointer only; the structs behind ours have no fields to merge.
        (Value::Object(o), _)
            if o.kind() == Kind::Ptr
                && new.kind() != Kind::Ptr
                && !merge.overwrite
                && !o.is_nil() =>
        {
            Err(Stop::Returned("src and dst must be of same type"))
        }
        _ => Ok(()),
    }
}
