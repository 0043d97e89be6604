//! Writes values as TOML, laid out as BurntSushi/toml's encoder does: below a table's header first the plain
//! keys, then the tables, each in byte order; two spaces for each level.

use super::error::EncodeError;
use super::{Release, datetime};
use gostd::fmt::write_value;
use gostd::stack;
use gostd::strconv::{append_float, append_int, append_uint};
use gostd::time::time_of;
use gostd::value::{IntKind, Kind, Map, Object, Str, Value};

/// How deep values may nest: what can be read, and what a template puts around it. Go would run out of stack
/// on a map that holds itself. Each level below a table repeats the names of all above it, so that the length
/// is what ends most.
const MAX_DEPTH: usize = 20_000;

/// How long the text may grow of whose length nothing is said, in bytes, and how many values may be looked at for their shape: small maps
/// that hold each other in several places can stand for texts that no memory holds.
pub(super) const USUAL: usize = 1 << 27;
const MAX_SHAPES: usize = 20_000_000;

/// Returns what `toml.NewEncoder(w).Encode(v)` writes.
///
/// # Errors
///
/// What the library refuses, e.g. `toml: cannot encode array with nil element`.
pub(super) fn encode(v: &Value, most: usize, release: Release) -> Result<Vec<u8>, EncodeError> {
    let mut encoder = Encoder {
        out: Vec::new(),
        path: Vec::new(),
        dotted: Vec::new(),
        left: MAX_SHAPES,
        most,
        release,
    };
    encoder.entry(v)?;
    Ok(encoder.out)
}

/// The types that decide about the layout.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Nil,
    Plain,
    Table,
    Tables,
}

struct Encoder {
    out: Vec<u8>,
    /// The keys down to the current value.
    path: Vec<Str>,
    /// The same as one text, which stands in headers.
    dotted: Vec<u8>,
    /// How many values may still be looked at for their shape.
    left: usize,
    /// How long the text may grow.
    most: usize,
    release: Release,
}

/// Returns whether Go's library takes the type for a text of its own (`encoding.TextMarshaler`).
fn is_text(o: &dyn Object) -> bool {
    matches!(&*o.type_name(), "time.Time" | "semver.Version" | "*semver.Version")
}

/// Returns the elements of a slice that is an object.
fn as_list(o: &dyn Object) -> Option<gostd::value::List> {
    match o.json_value() {
        Value::List(l) if o.kind() == Kind::Slice => Some(l),
        _ => None,
    }
}

/// A key of a map, or a field of a struct.
struct Entry {
    key: Str,
    value: Value,
    /// The number of a field in its struct; of a promoted one that of the struct it comes from.
    number: usize,
}

/// Returns the entries of a map or struct, and whether it is a map.
fn entries(v: &Value) -> (Vec<Entry>, bool) {
    let mut all = Vec::new();
    let is_map = match v {
        Value::Object(o) if o.as_map().is_none() => {
            for (number, (name, value)) in o.exported_fields().into_iter().enumerate() {
                match &value {
                    Value::Object(inner) if o.embedded() == Some(name) => {
                        let promoted = inner.exported_fields().into_iter();
                        all.extend(promoted.map(|(name, value)| Entry {
                            key: Str::from_static(name),
                            value,
                            number,
                        }));
                    }
                    _ => all.push(Entry { key: Str::from_static(name), value, number }),
                }
            }
            false
        }
        other => {
            let entries = other.as_map().as_ref().map_or_else(Vec::new, Map::entries);
            all.extend(entries.into_iter().map(|(key, value)| Entry { key, value, number: 0 }));
            true
        }
    };
    (all, is_map)
}

impl Encoder {
    /// Returns the shape of a value, `depth` levels down.
    fn shape(&mut self, v: &Value, depth: usize) -> Result<Shape, EncodeError> {
        if depth > MAX_DEPTH {
            return Err(EncodeError::TooDeep);
        }
        self.left = self.left.checked_sub(1).ok_or(EncodeError::TooLong)?;
        Ok(match v {
            Value::Invalid | Value::Nil => Shape::Nil,
            Value::Map(m) if m.is_nil() => Shape::Nil,
            _ if v.is_nil_slice() => Shape::Nil,
            Value::Map(_) => Shape::Table,
            Value::List(l) => self.list_shape(l, depth)?,
            Value::Object(o) => match o.kind() {
                Kind::Ptr if o.is_nil() => Shape::Nil,
                _ if is_text(&**o) => Shape::Plain,
                Kind::Struct | Kind::Ptr | Kind::Map => Shape::Table,
                Kind::Slice => self.list_shape(as_list(&**o).as_deref().unwrap_or(&[]), depth)?,
                Kind::Func | Kind::Complex128 | Kind::Invalid => {
                    return Err(EncodeError::Kind(o.kind().name()));
                }
                _ => Shape::Plain,
            },
            _ => Shape::Plain,
        })
    }

    fn list_shape(&mut self, items: &[Value], depth: usize) -> Result<Shape, EncodeError> {
        stack::at_depth(depth, || {
            let mut tables = !items.is_empty();
            for item in items {
                match self.shape(item, depth + 1)? {
                    Shape::Nil => return Err(EncodeError::NilElement),
                    found => tables &= found == Shape::Table,
                }
            }
            Ok(if tables { Shape::Tables } else { Shape::Plain })
        })
    }

    fn newline(&mut self) {
        if !self.out.is_empty() {
            self.out.push(b'\n');
        }
    }

    fn indent(&mut self) {
        let spaces = 2 * self.path.len().saturating_sub(1);
        self.out.resize(self.out.len() + spaces, b' ');
    }

    /// Writes a value under the current path, as key and value or as a table.
    fn entry(&mut self, v: &Value) -> Result<(), EncodeError> {
        match self.shape(v, self.path.len()).map_err(|error| match error {
            EncodeError::Kind(kind) if self.path.is_empty() && v.kind().name() == kind => {
                EncodeError::TopLevelKind(kind)
            }
            other => other,
        })? {
            // A field without a value is left out; the document itself is its one element.
            Shape::Nil if self.path.is_empty() => self.element(v, 0),
            Shape::Nil => Ok(()),
            Shape::Plain => match self.path.last().cloned() {
                None => self.element(v, 0),
                Some(key) => {
                    self.indent();
                    self.key(&key);
                    self.out.extend_from_slice(b" = ");
                    self.element(v, self.path.len())?;
                    self.newline();
                    Ok(())
                }
            },
            Shape::Table => {
                if self.path.len() == 1 {
                    self.newline();
                }
                if !self.path.is_empty() {
                    self.header(b"[", b"]");
                }
                self.table(v)
            }
            Shape::Tables => {
                if self.path.is_empty() {
                    return Err(EncodeError::TopLevel);
                }
                let list = match v {
                    Value::List(l) => Some(l.clone()),
                    Value::Object(o) => as_list(&**o),
                    _ => None,
                };
                for item in list.as_deref().unwrap_or(&[]) {
                    self.newline();
                    self.header(b"[[", b"]]");
                    self.table(item)?;
                }
                Ok(())
            }
        }
    }

    fn header(&mut self, open: &[u8], close: &[u8]) {
        self.indent();
        self.out.extend_from_slice(open);
        self.out.extend_from_slice(&self.dotted);
        self.out.extend_from_slice(close);
        self.newline();
    }

    fn table(&mut self, v: &Value) -> Result<(), EncodeError> {
        self.check_length()?;
        stack::at_depth(self.path.len(), || self.table_here(v))
    }

    fn table_here(&mut self, v: &Value) -> Result<(), EncodeError> {
        let entries = entries(v).0;
        let shapes = self.shapes(&entries, self.path.len())?;
        for tables in [false, true] {
            for (entry, shape) in entries.iter().zip(&shapes) {
                if matches!(shape, Shape::Table | Shape::Tables) == tables && *shape != Shape::Nil {
                    let outer = self.dotted.len();
                    if !self.path.is_empty() {
                        self.dotted.push(b'.');
                    }
                    append_key(&mut self.dotted, &entry.key);
                    self.path.push(entry.key.clone());
                    self.entry(&entry.value)?;
                    self.path.pop();
                    self.dotted.truncate(outer);
                }
            }
        }
        Ok(())
    }

    fn shapes(&mut self, entries: &[Entry], depth: usize) -> Result<Vec<Shape>, EncodeError> {
        entries.iter().map(|entry| self.shape(&entry.value, depth)).collect()
    }

    /// Writes a table on one line. Where Go leaves out a last nil, the comma before it stays.
    fn inline(&mut self, v: &Value, depth: usize) -> Result<(), EncodeError> {
        let (entries, is_map) = entries(v);
        let shapes = self.shapes(&entries, depth)?;
        let is_table = |shape: &Shape| matches!(shape, Shape::Table | Shape::Tables);
        self.out.push(b'{');
        let tables_follow = shapes.iter().any(is_table);
        for tables in [false, true] {
            let all: Vec<usize> =
                (0..entries.len()).filter(|&i| is_table(&shapes[i]) == tables).collect();
            for (i, &at) in all.iter().enumerate() {
                if shapes[at] == Shape::Nil {
                    continue;
                }
                let entry = &entries[at];
                self.key(&entry.key);
                self.out.extend_from_slice(b" = ");
                self.element(&entry.value, depth + 1)?;
                let comma = if is_map {
                    (!tables && tables_follow) || i + 1 != all.len()
                } else {
                    // Go compares a struct field's number with the count of these fields, or, later, of all.
                    let count =
                        if self.release < Release::V1_5 { all.len() } else { entries.len() };
                    entry.number + 1 != count
                };
                if comma {
                    self.out.extend_from_slice(b", ");
                }
            }
        }
        self.out.push(b'}');
        Ok(())
    }

    fn array(&mut self, items: &[Value], depth: usize) -> Result<(), EncodeError> {
        self.out.push(b'[');
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.out.extend_from_slice(b", ");
            }
            self.element(item, depth + 1)?;
        }
        self.out.push(b']');
        Ok(())
    }

    /// Writes a value on one line.
    fn element(&mut self, v: &Value, depth: usize) -> Result<(), EncodeError> {
        if depth > MAX_DEPTH {
            return Err(EncodeError::TooDeep);
        }
        self.check_length()?;
        stack::at_depth(depth, || self.element_here(v, depth))
    }

    fn check_length(&self) -> Result<(), EncodeError> {
        if self.out.len() > self.most { Err(EncodeError::TooLong) } else { Ok(()) }
    }

    fn element_here(&mut self, v: &Value, depth: usize) -> Result<(), EncodeError> {
        match v {
            Value::Invalid | Value::Nil => {}
            Value::Bool(b) => self.out.extend_from_slice(if *b { b"true" } else { b"false" }),
            Value::Int(IntKind::Duration, _) => {
                let mut text = Vec::new();
                write_value(&mut text, v).map_err(|_| EncodeError::TooDeep)?;
                self.quoted(&text);
            }
            Value::Int(_, n) => append_int(&mut self.out, *n),
            Value::Uint(_, n) => append_uint(&mut self.out, *n),
            Value::Float(f) => self.float(*f),
            Value::Str(s) => self.quoted(s),
            Value::Bytes(b) => {
                self.out.push(b'[');
                for (i, &byte) in b.iter().enumerate() {
                    if i > 0 {
                        self.out.extend_from_slice(b", ");
                    }
                    append_uint(&mut self.out, byte.into());
                }
                self.out.push(b']');
            }
            Value::List(l) => self.array(l, depth)?,
            Value::Map(_) => self.inline(v, depth)?,
            Value::Object(o) => self.object(v, &**o, depth)?,
        }
        Ok(())
    }

    fn object(&mut self, v: &Value, o: &dyn Object, depth: usize) -> Result<(), EncodeError> {
        if let Some(time) = time_of(v) {
            self.out.extend_from_slice(&datetime::write(time));
        } else if is_text(o) {
            self.quoted(&o.string().unwrap_or_default());
        } else {
            match o.kind() {
                Kind::Struct | Kind::Ptr | Kind::Map => self.inline(v, depth)?,
                _ => self.element(&o.json_value(), depth + 1)?,
            }
        }
        Ok(())
    }

    fn float(&mut self, f: f64) {
        if !f.is_finite() {
            if f.is_sign_negative() {
                self.out.push(b'-');
            }
            self.out.extend_from_slice(if f.is_nan() { b"nan" } else { b"inf" });
            return;
        }
        let start = self.out.len();
        let form = if self.release < Release::V1_6 { b'f' } else { b'g' };
        append_float(&mut self.out, f, form, -1);
        if !self.out[start..].iter().any(|b| matches!(b, b'.' | b'e')) {
            self.out.extend_from_slice(b".0");
        }
    }

    fn key(&mut self, key: &[u8]) {
        append_key(&mut self.out, key);
    }

    fn quoted(&mut self, s: &[u8]) {
        append_quoted(&mut self.out, s);
    }
}

fn append_key(out: &mut Vec<u8>, key: &[u8]) {
    if is_bare(key) {
        out.extend_from_slice(key);
    } else {
        append_quoted(out, key);
    }
}

/// Returns whether a key needs no quotes.
pub(super) fn is_bare(key: &[u8]) -> bool {
    !key.is_empty() && key.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// Appends a basic string; bytes that are no UTF-8 stay.
pub(super) fn append_quoted(out: &mut Vec<u8>, s: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    for &b in s {
        match b {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', b]),
            8 => out.extend_from_slice(b"\\b"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            12 => out.extend_from_slice(b"\\f"),
            b'\r' => out.extend_from_slice(b"\\r"),
            0..=0x1f | 0x7f => {
                out.extend_from_slice(b"\\u00");
                out.push(HEX[usize::from(b >> 4)]);
                out.push(HEX[usize::from(b & 15)]);
            }
            _ => out.push(b),
        }
    }
    out.push(b'"');
}
