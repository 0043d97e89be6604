//! Defines sprig's functions over lists: slices of any element type.

use std::collections::{HashMap, HashSet};

use gostd::value::{Elem, List, Str, Type, Value};
use gotemplate::func::{FuncDef, FuncError, FuncResult, Host, def};

use super::args::{ITEM, any, elements, elements_or, int, nil_pointer, rest, wrong_kind};
use super::convert::{one_text, to_int64, to_strings};
use super::defaults::is_empty;
use super::flow;
use super::reflect::{deep_equal, likeness};

const ONE: &[Type] = &[Type::Any];
const TWO: &[Type] = &[Type::Any, Type::Any];
const CHUNK: &[Type] = &[Type::Int, Type::Any];

// sprig's `mustX` returns the error that its `X` panics with; text/template shows both alike.
pub(super) const TABLE: &[FuncDef] = &[
    def("list", ONE, list).flowing(flow::LIST).growing(0).variadic(),
    def("tuple", ONE, list).flowing(flow::LIST).growing(0).variadic(),
    def("append", TWO, append).flowing(flow::APPEND),
    def("push", TWO, append).flowing(flow::APPEND),
    def("mustAppend", TWO, append).flowing(flow::APPEND),
    def("mustPush", TWO, append).flowing(flow::APPEND),
    def("prepend", TWO, prepend).flowing(flow::PREPEND),
    def("mustPrepend", TWO, prepend).flowing(flow::PREPEND),
    def("first", ONE, first).flowing(flow::FIRST).growing(0),
    def("mustFirst", ONE, first).flowing(flow::FIRST).growing(0),
    def("rest", ONE, tail).flowing(flow::MEMBERS),
    def("mustRest", ONE, tail).flowing(flow::MEMBERS),
    def("last", ONE, last).flowing(flow::LAST).growing(0),
    def("mustLast", ONE, last).flowing(flow::LAST).growing(0),
    def("initial", ONE, initial).flowing(flow::MEMBERS),
    def("mustInitial", ONE, initial).flowing(flow::MEMBERS),
    def("reverse", ONE, reverse).flowing(flow::MEMBERS),
    def("mustReverse", ONE, reverse).flowing(flow::MEMBERS),
    def("uniq", ONE, uniq).flowing(flow::MEMBERS),
    def("mustUniq", ONE, uniq).flowing(flow::MEMBERS),
    def("without", TWO, without).flowing(flow::MEMBERS).variadic(),
    def("mustWithout", TWO, without).flowing(flow::MEMBERS).variadic(),
    def("has", TWO, has).flowing(flow::HAS).growing(0),
    def("mustHas", TWO, has).flowing(flow::HAS).growing(0),
    def("compact", ONE, compact).flowing(flow::MEMBERS),
    def("mustCompact", ONE, compact).flowing(flow::MEMBERS),
    def("slice", TWO, slice).flowing(flow::MEMBERS).variadic(),
    def("mustSlice", TWO, slice).flowing(flow::MEMBERS).variadic(),
    def("concat", ONE, concat).flowing(flow::CONCAT).variadic(),
    def("chunk", CHUNK, chunk),
    def("mustChunk", CHUNK, chunk),
    def("sortAlpha", ONE, sort_alpha).flowing(flow::MEMBERS),
];

fn list(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    Ok(Value::list(a.to_vec()))
}

fn append(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let items = elements_or(any(a, 0), "Cannot push on type")?;
    let mut out = Vec::with_capacity(items.len() + 1);
    out.extend_from_slice(&items);
    out.push(any(a, 1).clone());
    Ok(Value::list(out))
}

fn prepend(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let items = elements_or(any(a, 0), "Cannot prepend on type")?;
    let mut out = Vec::with_capacity(items.len() + 1);
    out.push(any(a, 1).clone());
    out.extend_from_slice(&items);
    Ok(Value::list(out))
}

fn first(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let items = elements_or(any(a, 0), "Cannot find first on type")?;
    Ok(items.first().cloned().unwrap_or_default())
}

fn last(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let items = elements_or(any(a, 0), "Cannot find last on type")?;
    Ok(items.last().cloned().unwrap_or_default())
}

/// Returns a copy as `[]interface {}`; of nothing Go's nil slice.
fn part(items: Option<&[Value]>) -> Value {
    Value::List(items.map_or_else(|| List::nil(Elem::Any), |i| List::new(Elem::Any, i.to_vec())))
}

fn tail(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let items = elements_or(any(a, 0), "Cannot find rest on type")?;
    Ok(part(items.split_first().map(|(_, rest)| rest)))
}

fn initial(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let items = elements_or(any(a, 0), "Cannot find initial on type")?;
    Ok(part(items.split_last().map(|(_, initial)| initial)))
}

fn reverse(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let items = elements_or(any(a, 0), "Cannot find reverse on type")?;
    Ok(Value::list(items.iter().rev().cloned().collect()))
}

fn contains(items: &[Value], wanted: &Value) -> Result<bool, FuncError> {
    for item in items {
        if deep_equal(item, wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// From which length on a text is told by its place before it is read, in bytes.
const LONG: usize = 4096;

fn uniq(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let items = elements_or(any(a, 0), "Cannot find uniq on type")?;
    let mut strings: HashSet<&Str> = HashSet::new();
    // Values that differ are rarely alike, so that few are compared.
    let mut others: HashMap<u64, Vec<Value>> = HashMap::new();
    let mut out = Vec::new();
    // Aliases of YAML are one text, which may be long, in many places.
    let mut long = HashSet::new();
    for item in items.iter() {
        // A string equals strings only, so that the common case needs no comparison with all.
        let new = match item {
            Value::Str(s) if s.len() > LONG && !long.insert((s.as_ptr(), s.len())) => false,
            Value::Str(s) => strings.insert(s),
            other => {
                let alike = others.entry(likeness(other)).or_default();
                let new = !contains(alike, other)?;
                if new {
                    alike.push(other.clone());
                }
                new
            }
        };
        if new {
            out.push(item.clone());
        }
    }
    Ok(Value::list(out))
}

fn without(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let items = elements_or(any(a, 0), "Cannot find without on type")?;
    let mut out = Vec::new();
    for item in items.iter() {
        if !contains(rest(a, 1), item)? {
            out.push(item.clone());
        }
    }
    Ok(Value::list(out))
}

fn has(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let (needle, haystack) = (any(a, 0), any(a, 1));
    if haystack.is_nil() {
        return Ok(Value::Bool(false));
    }
    let items = elements_or(haystack, "Cannot find has on type")?;
    Ok(Value::Bool(contains(&items, needle)?))
}

fn compact(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let items = elements_or(any(a, 0), "Cannot compact on type")?;
    Ok(Value::list(items.iter().filter(|v| !is_empty(v)).cloned().collect()))
}

/// Returns `slice list [start [end]]`; the result keeps the list's type.
fn slice(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let list = any(a, 0);
    let len = match list {
        Value::List(l) => l.len(),
        Value::Bytes(b) => b.len(),
        other => return Err(wrong_kind(other, "list should be type of slice or array but")),
    };
    if len == 0 {
        return Ok(Value::Nil);
    }
    let bound = |i: usize, or: usize| match a.get(i) {
        Some(v) => usize::try_from(to_int64(v)).ok(),
        None => Some(or),
    };
    let (start, end) = match (bound(1, 0), bound(2, len)) {
        (Some(start), Some(end)) if start <= end && end <= len => (start, end),
        _ => return Err(FuncError::text("reflect.Value.Slice: slice index out of bounds")),
    };
    Ok(match list {
        Value::List(l) => Value::List(l.with_items(l[start..end].to_vec())),
        Value::Bytes(b) => Value::Bytes(b[start..end].into()),
        _ => Value::Nil,
    })
}

fn concat(host: &mut dyn Host, a: &[Value]) -> FuncResult {
    let count: usize = a.iter().filter_map(elements).map(|items| items.len()).sum();
    // Twice: what is put together is copied into the list.
    host.reserve(count.saturating_mul(2 * ITEM))?;
    let mut out = Vec::with_capacity(count);
    for list in a {
        match elements(list) {
            Some(items) => {
                out.extend_from_slice(&items);
            }
            None if list.is_nil() => return Err(nil_pointer()),
            None => {
                let kind = list.kind().name();
                return Err(FuncError::text(format!("Cannot concat type {kind} as list")));
            }
        }
    }
    Ok(part((!out.is_empty()).then_some(&out)))
}

fn chunk(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let size = int(a, 0);
    let items = elements_or(any(a, 1), "Cannot chunk type")?;
    let len = items.len();
    let too_long = || FuncError::text("runtime error: makeslice: len out of range");
    if size <= 0 {
        // sprig computes the number of chunks in floats, so that a few odd calls succeed.
        let chunks = (len as f64 - 1.0) / size as f64;
        return match ((chunks.floor() + 1.0), len as f64 % size as f64) {
            (n, _) if n.is_nan() || n.is_infinite() || n < 0.0 => Err(too_long()),
            (0.0, _) => Ok(Value::List(List::new(Elem::AnyList, Vec::new()))),
            (1.0, n) if n > 0.0 => Ok(one_chunk(&items)),
            _ => Err(too_long()),
        };
    }
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let chunks = items.chunks(size).map(|c| Value::list(c.to_vec())).collect();
    Ok(Value::List(List::new(Elem::AnyList, chunks)))
}

fn one_chunk(items: &[Value]) -> Value {
    Value::List(List::new(Elem::AnyList, vec![Value::list(items.to_vec())]))
}

fn sort_alpha(host: &mut dyn Host, a: &[Value]) -> FuncResult {
    let list = any(a, 0);
    if elements(list).is_none() {
        return Ok(Value::List(List::strings([one_text(host, list)?])));
    }
    let strings = to_strings(host, list)?;
    let mut sorted: Vec<Value> = strings.to_vec();
    sorted.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    Ok(Value::List(strings.with_items(sorted)))
}
