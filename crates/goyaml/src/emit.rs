//! Writes YAML as `sigs.k8s.io/yaml.Marshal` does: JSON first, re-read, then go-yaml v2.
//!
//! No JSON text is made. What the detour does to a value is done to it directly: see
//! [`json_text`] for strings and [`numbers`](super::emit_number) for numbers.

use std::borrow::Cow;
use std::rc::Rc;

use super::dialect::Dialect;
use super::emit_error::EmitError;
use super::emit_number::json_float;
use super::emit_scalar::base64;
use super::emit_text::{json_key_len, json_text};
use super::emit_write::{Emitter, USUAL};
use super::sort::sort_entries;
use gostd::json;
use gostd::stack;
use gostd::strconv::{append_int, append_uint};
use gostd::value::{Kind, List, Map, Object, Value};

/// How deep values may nest: go-yaml reads no deeper JSON.
const MAX_DEPTH: usize = 10_000;

/// The longest JSON text of a key that go-yaml reads back, in characters, quotes included.
const MAX_KEY: usize = 1024;

/// Writes a value as `sigs.k8s.io/yaml.Marshal` does, with a newline at the end.
///
/// # Errors
///
/// Where Go fails: NaN and infinities, which JSON lacks; characters that go-yaml refuses to read
/// (DEL, most C1 controls, U+FFFE, U+FFFF); keys of more than about a thousand characters; values
/// that nest too deep, or hold themselves. Also for a text of more than [`USUAL`] bytes.
pub fn marshal(v: &Value) -> Result<Vec<u8>, EmitError> {
    marshal_within(v, USUAL)
}

/// Does what [`marshal`] does, for a text of so many bytes at most.
///
/// # Errors
///
/// As [`marshal`].
pub fn marshal_within(v: &Value, most: usize) -> Result<Vec<u8>, EmitError> {
    let mut out = Vec::with_capacity(512);
    append(&mut out, v, most)?;
    Ok(out)
}

/// Appends what [`marshal`] returns to a buffer, which stays as it was on an error.
///
/// # Errors
///
/// As [`marshal`].
pub fn marshal_to(out: &mut Vec<u8>, v: &Value) -> Result<(), EmitError> {
    append(out, v, USUAL)
}

fn append(out: &mut Vec<u8>, v: &Value, most: usize) -> Result<(), EmitError> {
    let start = out.len();
    let mut e = Emitter::new(out, Dialect::V2, most);
    let done = node(&mut e, v, Place::ROOT, MAX_DEPTH);
    match done {
        Ok(()) => e.finish(),
        Err(_) => out.truncate(start),
    }
    match done {
        Err(EmitError::TooDeep { .. }) => Err(too_deep(v)),
        done => done,
    }
}

/// Returns what is wrong with a value that is nested too deep. What JSON refuses comes first.
#[cold]
fn too_deep(v: &Value) -> EmitError {
    match json::marshal(v, true) {
        Err(json::EncodeError::Cycle { type_name }) => EmitError::Cycle { type_name },
        Err(json::EncodeError::NotFinite(number)) => EmitError::NotFinite(number),
        Err(json::EncodeError::Type { type_name }) => EmitError::JsonType { type_name },
        Err(json::EncodeError::TooDeepForGo) => EmitError::JsonDepth,
        _ => EmitError::TooDeep { limit: MAX_DEPTH },
    }
}

/// Where a node stands.
#[derive(Clone, Copy)]
struct Place {
    /// Indentation of the collection around it; none at the root
    indent: Option<usize>,
    /// Whether it is the value of a mapping's key
    in_mapping: bool,
}

impl Place {
    const ROOT: Place = Place { indent: None, in_mapping: false };
}

fn node(e: &mut Emitter<'_>, v: &Value, at: Place, depth: usize) -> Result<(), EmitError> {
    match v {
        Value::Invalid | Value::Nil => e.plain(b"null"),
        Value::Bool(true) => e.plain(b"true"),
        Value::Bool(false) => e.plain(b"false"),
        Value::Int(_, n) => e.plain_with(|out| append_int(out, *n)),
        Value::Uint(_, n) => e.plain_with(|out| append_uint(out, *n)),
        Value::Float(f) => {
            if !f.is_finite() {
                return Err(EmitError::NotFinite(*f));
            }
            e.plain_with(|out| json_float(out, *f));
        }
        Value::Str(s) => e.string(&json_text(s)?, at.indent),
        Value::Bytes(_) if v.is_nil_slice() => e.plain(b"null"),
        Value::Bytes(b) => e.string(&base64(b), at.indent),
        Value::List(l) if l.is_nil() => e.plain(b"null"),
        Value::Map(m) if m.is_nil() => e.plain(b"null"),
        Value::List(_) | Value::Map(_) | Value::Object(_) => {
            return stack::at_depth(MAX_DEPTH - depth, || match v {
                Value::List(l) => sequence(e, l, at, depth),
                Value::Map(m) => map(e, m, at, depth),
                Value::Object(o) => object(e, o, at, depth),
                _ => Ok(()),
            });
        }
    }
    Ok(())
}

fn sequence(e: &mut Emitter<'_>, l: &List, at: Place, depth: usize) -> Result<(), EmitError> {
    let depth = depth.checked_sub(1).ok_or(EmitError::TooDeep { limit: MAX_DEPTH })?;
    if l.is_empty() {
        e.empty(b"[]");
        return Ok(());
    }
    // A sequence right behind `key:` stays at the key's indentation; behind the `:` of a complex
    // key it does not.
    let indent = match at.indent {
        None => 0,
        Some(n) if at.in_mapping && !e.at_indention() => n,
        Some(n) => n + 2,
    };
    for item in l.iter() {
        e.check_length()?;
        e.item(indent);
        node(e, item, Place { indent: Some(indent), in_mapping: false }, depth)?;
    }
    Ok(())
}

fn map(e: &mut Emitter<'_>, m: &Map, at: Place, depth: usize) -> Result<(), EmitError> {
    let depth = depth.checked_sub(1).ok_or(EmitError::TooDeep { limit: MAX_DEPTH })?;
    let entries = m.borrow();
    if entries.is_empty() {
        e.empty(b"{}");
        return Ok(());
    }
    // One walk through the tree; all further ones are through this.
    let mut refs: Vec<(&[u8], &Value)> = Vec::with_capacity(entries.len());
    refs.extend(entries.iter().map(|(k, v)| (&**k, v)));
    if !refs.iter().all(|e| is_easy_key(e.0)) {
        return mapping(e, &refs, at, depth);
    }
    sort_entries(&mut refs, Dialect::V2);
    let indent = at.indent.map_or(0, |n| n + 2);
    for (k, v) in refs {
        e.check_length()?;
        entry(e, k, v, indent, depth)?;
    }
    Ok(())
}

/// Returns whether a key is certain to come through JSON as it is, and in its own place.
fn is_easy_key(k: &[u8]) -> bool {
    k.len() < MAX_KEY / 6 && k.iter().all(|b| (0x20..0x7f).contains(b))
}

/// Writes a mapping whose keys may need work: sorting, or repairs on the way through JSON.
fn mapping(
    e: &mut Emitter<'_>,
    entries: &[(&[u8], &Value)],
    at: Place,
    depth: usize,
) -> Result<(), EmitError> {
    let mut keyed: Vec<(Cow<'_, [u8]>, &Value)> = Vec::with_capacity(entries.len());
    let mut repaired = false;
    for &(k, v) in entries {
        // A key must close on the line it began on, within go-yaml's look-ahead.
        if json_key_len(k) > MAX_KEY || bstr::ByteSlice::contains_str(k, "\u{85}") {
            return Err(EmitError::Key);
        }
        let text = json_text(k)?;
        repaired |= matches!(text, Cow::Owned(_));
        keyed.push((text, v));
    }
    if repaired {
        // Keys may have become equal: go-yaml keeps the last one.
        keyed.reverse();
        let mut seen = std::collections::BTreeSet::new();
        let mut unique = Vec::with_capacity(keyed.len());
        for (k, v) in keyed {
            if seen.insert(k.to_vec()) {
                unique.push((k, v));
            }
        }
        keyed = unique;
    }
    let mut refs: Vec<(&[u8], &Value)> = keyed.iter().map(|(k, v)| (&**k, *v)).collect();
    sort_entries(&mut refs, Dialect::V2);
    let indent = at.indent.map_or(0, |n| n + 2);
    for (k, v) in refs {
        e.check_length()?;
        entry(e, k, v, indent, depth)?;
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
    e.key(k, indent);
    node(e, v, Place { indent: Some(indent), in_mapping: true }, depth)
}

fn object(
    e: &mut Emitter<'_>,
    o: &Rc<dyn Object>,
    at: Place,
    depth: usize,
) -> Result<(), EmitError> {
    let depth = depth.checked_sub(1).ok_or(EmitError::TooDeep { limit: MAX_DEPTH })?;
    if o.is_nil() {
        e.plain(b"null");
        return Ok(());
    }
    if matches!(o.kind(), Kind::Func | Kind::Complex128) {
        return Err(EmitError::JsonType { type_name: o.type_name().into() });
    }
    if let Some(fields) = o.json_fields() {
        if fields.is_empty() {
            e.empty(b"{}");
            return Ok(());
        }
        let entries: Vec<(&[u8], &Value)> = fields.iter().map(|(k, v)| (&**k, v)).collect();
        return mapping(e, &entries, at, depth);
    }
    match (o.json_value(), o.as_map()) {
        (Value::Nil | Value::Invalid, Some(m)) => node(e, &Value::Map(m), at, depth),
        (v, _) => node(e, &v, at, depth),
    }
}
