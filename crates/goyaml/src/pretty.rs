//! Writes YAML as Helm's `toYamlPretty` does: go-yaml v3 on the Go value itself, indented by 2.

use std::rc::Rc;

use super::dialect::Dialect;
use super::emit_error::EmitError;
use super::emit_number::go_float;
use super::emit_scalar::base64;
use super::emit_write::{Emitter, USUAL};
use super::sort::sort_map;
use gostd::stack;
use gostd::strconv::{append_int, append_uint};
use gostd::value::{GENERAL_MAP, IntKind, Kind, List, Map, Object, Value};

/// Writes a value as go-yaml v3's encoder does with an indentation of 2, with a newline at the end.
///
/// Nothing goes through JSON here: a float of a million is `1e+06`, nil lists and maps are empty
/// ones, bytes are lists of numbers, structs show their Go field names in lower case.
///
/// # Errors
///
/// For values that nest too deep, or hold themselves, and for a text of more than [`USUAL`] bytes.
pub fn marshal_pretty(v: &Value) -> Result<Vec<u8>, EmitError> {
    marshal_pretty_within(v, USUAL)
}

/// Does what [`marshal_pretty`] does, for a text of so many bytes at most.
///
/// # Errors
///
/// As [`marshal_pretty`].
pub fn marshal_pretty_within(v: &Value, most: usize) -> Result<Vec<u8>, EmitError> {
    let mut out = Vec::with_capacity(512);
    let mut e = Emitter::new(&mut out, Dialect::V3, most);
    node(&mut e, v, None, stack::MAX_DEPTH)?;
    e.finish();
    Ok(out)
}

/// Writes a node that stands in a collection of the given indentation, or is the root.
fn node(
    e: &mut Emitter<'_>,
    v: &Value,
    parent: Option<usize>,
    depth: usize,
) -> Result<(), EmitError> {
    match v {
        Value::Invalid | Value::Nil => e.plain(b"null"),
        Value::Bool(true) => e.plain(b"true"),
        Value::Bool(false) => e.plain(b"false"),
        Value::Int(IntKind::Duration, n) => {
            e.string(gostd::time::format_duration(*n).as_bytes(), parent)
        }
        Value::Int(_, n) => e.plain_with(|out| append_int(out, *n)),
        Value::Uint(_, n) => e.plain_with(|out| append_uint(out, *n)),
        Value::Float(f) => e.plain_with(|out| go_float(out, *f)),
        Value::Str(s) => string(e, s, parent),
        Value::Bytes(b) => bytes(e, b, parent),
        Value::List(_) | Value::Map(_) | Value::Object(_) => {
            return stack::at_depth(stack::MAX_DEPTH - depth, || match v {
                Value::List(l) => sequence(e, l, parent, depth),
                Value::Map(m) => map(e, m, parent, depth),
                Value::Object(o) => object(e, o, parent, depth),
                _ => Ok(()),
            });
        }
    }
    Ok(())
}

/// Writes a string; what is not UTF-8 becomes `!!binary`.
fn string(e: &mut Emitter<'_>, s: &[u8], parent: Option<usize>) {
    if std::str::from_utf8(s).is_ok() {
        e.string(s, parent);
    } else {
        e.binary(&base64_lines(s), parent);
    }
}

/// Writes Base 64 in lines of 70 characters, each with a line feed if there is more than one.
pub(super) fn base64_lines(s: &[u8]) -> Vec<u8> {
    const LINE: usize = 70;
    let text = base64(s);
    if text.len() < LINE {
        return text;
    }
    let mut out = Vec::with_capacity(text.len() + text.len() / LINE + 1);
    for line in text.chunks(LINE) {
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out
}

fn inner(parent: Option<usize>) -> usize {
    parent.map_or(0, |n| n + 2)
}

fn bytes(e: &mut Emitter<'_>, b: &[u8], parent: Option<usize>) {
    if b.is_empty() {
        return e.empty(b"[]");
    }
    for &byte in b {
        e.item(inner(parent));
        e.plain_with(|out| append_uint(out, u64::from(byte)));
    }
}

fn sequence(
    e: &mut Emitter<'_>,
    l: &List,
    parent: Option<usize>,
    depth: usize,
) -> Result<(), EmitError> {
    let depth = depth.checked_sub(1).ok_or(EmitError::TooDeep { limit: stack::MAX_DEPTH })?;
    if l.is_empty() {
        e.empty(b"[]");
        return Ok(());
    }
    for item in l.iter() {
        e.check_length()?;
        e.item(inner(parent));
        node(e, item, Some(inner(parent)), depth)?;
    }
    Ok(())
}

fn map(e: &mut Emitter<'_>, m: &Map, parent: Option<usize>, depth: usize) -> Result<(), EmitError> {
    let depth = depth.checked_sub(1).ok_or(EmitError::TooDeep { limit: stack::MAX_DEPTH })?;
    let entries = m.borrow();
    if entries.is_empty() {
        e.empty(b"{}");
        return Ok(());
    }
    let indent = inner(parent);
    let mut refs: Vec<(&[u8], &Value)> = Vec::with_capacity(entries.len());
    refs.extend(entries.iter().map(|(k, v)| (&**k, v)));
    sort_map(&mut refs, m);
    // Such a map's keys stand as YAML writes them.
    let are_written = m.map_type().name == GENERAL_MAP.name;
    for (k, v) in refs {
        e.check_length()?;
        if are_written {
            e.plain_key_with(|out| out.extend_from_slice(k), indent);
            node(e, v, Some(indent), depth)?;
        } else {
            entry(e, k, v, indent, depth)?;
        }
    }
    Ok(())
}

fn entry(
    e: &mut Emitter<'_>,
    k: &[u8],
    v: &Value,
    indent: usize,
    depth: usize,
) -> Result<(), EmitError> {
    if std::str::from_utf8(k).is_ok() {
        e.key(k, indent);
    } else {
        e.binary_key(&base64_lines(k), indent);
    }
    node(e, v, Some(indent), depth)
}

fn object(
    e: &mut Emitter<'_>,
    o: &Rc<dyn Object>,
    parent: Option<usize>,
    depth: usize,
) -> Result<(), EmitError> {
    let depth = depth.checked_sub(1).ok_or(EmitError::TooDeep { limit: stack::MAX_DEPTH })?;
    if o.is_nil() {
        e.plain(b"null");
        return Ok(());
    }
    if let Some(m) = o.as_map() {
        return map(e, &m, parent, depth);
    }
    if matches!(o.kind(), Kind::Func | Kind::Complex128) {
        return Err(EmitError::Type { type_name: o.type_name().into() });
    }
    match o.type_name().trim_start_matches('*') {
        "time.Time" => {
            if let Value::Str(s) = o.json_value() {
                e.plain(&s);
                return Ok(());
            }
        }
        // These have a `MarshalText`, which JSON uses as well.
        "semver.Version" | "semver.Constraints" => {
            return node(e, &o.json_value(), parent, depth);
        }
        _ => {}
    }
    let fields = o.exported_fields();
    if fields.is_empty() {
        e.empty(b"{}");
        return Ok(());
    }
    let indent = inner(parent);
    for (name, v) in &fields {
        entry(e, name.to_lowercase().as_bytes(), v, indent, depth)?;
    }
    Ok(())
}
