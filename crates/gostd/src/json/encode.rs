//! Reproduces `json.Marshal` and `json.MarshalIndent`.

use super::error::EncodeError;
use crate::Go;
use crate::stack;
use crate::strconv::{append_float, append_int, append_uint};
use crate::unicode::decode;
use crate::value::walk::{Endless, Place, Walk};
use crate::value::{Kind, Map, Object, Str, Value};

/// How many containers Go 1.27 writes into each other.
const MAX_DEPTH: usize = 10_000;

/// How long a text may grow of whose length nothing is said, in bytes: small maps that hold each other in several
/// places can stand for texts that no memory holds.
pub const USUAL: usize = 1 << 26;

/// Returns what `json.Marshal` returns; without `escape_html` as an `Encoder` with
/// `SetEscapeHTML(false)` writes it (less the newline).
///
/// # Errors
///
/// What Go refuses, e.g. `json: unsupported value: NaN`; a text of more than [`USUAL`] bytes.
///
/// ```
/// use gostd::{json::marshal, value::Value};
/// assert_eq!(marshal(&Value::from("<a>"), true).unwrap(), br#""\u003ca\u003e""#);
/// ```
pub fn marshal(v: &Value, escape_html: bool) -> Result<Vec<u8>, EncodeError> {
    marshal_within(v, escape_html, USUAL)
}

/// Does what [`marshal`] does, for a text of so many bytes at most.
///
/// # Errors
///
/// As [`marshal`].
pub fn marshal_within(v: &Value, escape_html: bool, most: usize) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::with_capacity(128);
    Encoder { out: &mut out, escape_html, layout: None, walk: Walk::new(), most }.value(v, 0)?;
    Ok(out)
}

/// Appends what [`marshal`] returns; after an error the buffer holds a part of it.
///
/// # Errors
///
/// As [`marshal`].
pub fn marshal_to(out: &mut Vec<u8>, v: &Value, escape_html: bool) -> Result<(), EncodeError> {
    Encoder { out, escape_html, layout: None, walk: Walk::new(), most: USUAL }.value(v, 0)
}

/// Returns what `json.MarshalIndent` returns: each element on a line of its own, which begins with
/// `prefix` and one `indent` for each level.
///
/// # Errors
///
/// As [`marshal`].
pub fn marshal_indent(
    v: &Value,
    prefix: &[u8],
    indent: &[u8],
    escape_html: bool,
) -> Result<Vec<u8>, EncodeError> {
    marshal_indent_within(v, prefix, indent, escape_html, USUAL)
}

/// Does what [`marshal_indent`] does, for a text of so many bytes at most.
///
/// # Errors
///
/// As [`marshal`].
pub fn marshal_indent_within(
    v: &Value,
    prefix: &[u8],
    indent: &[u8],
    escape_html: bool,
    most: usize,
) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::with_capacity(128);
    let layout = Some((prefix, indent));
    Encoder { out: &mut out, escape_html, layout, walk: Walk::new(), most }.value(v, 0)?;
    Ok(out)
}

struct Encoder<'a> {
    out: &'a mut Vec<u8>,
    escape_html: bool,
    /// Prefix and indentation of a line.
    layout: Option<(&'a [u8], &'a [u8])>,
    walk: Walk,
    /// How long the text may grow.
    most: usize,
}

impl Encoder<'_> {
    fn value(&mut self, v: &Value, depth: usize) -> Result<(), EncodeError> {
        stack::at_depth(depth, || self.value_here(v, depth))
    }

    #[inline]
    fn value_here(&mut self, v: &Value, depth: usize) -> Result<(), EncodeError> {
        match v {
            Value::Invalid | Value::Nil => self.null(),
            Value::Bool(b) => self.out.extend_from_slice(if *b { b"true" } else { b"false" }),
            Value::Int(_, n) => append_int(self.out, *n),
            Value::Uint(_, n) => append_uint(self.out, *n),
            Value::Float(f) => self.float(*f)?,
            Value::Str(s) => append_string(self.out, s, self.escape_html),
            Value::Bytes(_) if v.is_nil_slice() => self.null(),
            Value::Bytes(b) => self.base64(b),
            Value::List(l) if l.is_nil() => self.null(),
            Value::List(l) => {
                let id = (l.as_ptr() as usize, l.len());
                self.enter(v, depth, id)?;
                self.items(l, depth)?;
                self.walk.leave(depth, id);
            }
            Value::Map(m) => self.map(v, m, depth)?,
            Value::Object(o) => self.object(v, &**o, depth)?,
        }
        Ok(())
    }

    fn null(&mut self) {
        self.out.extend_from_slice(b"null");
    }

    fn float(&mut self, f: f64) -> Result<(), EncodeError> {
        if !f.is_finite() {
            return Err(EncodeError::NotFinite(f));
        }
        go_float(f, self.out);
        Ok(())
    }

    /// Refuses cycles, and what is too deep.
    fn enter(&mut self, v: &Value, depth: usize, place: Place) -> Result<(), EncodeError> {
        if depth >= MAX_DEPTH && Go::current() >= Go::V1_27 {
            return Err(EncodeError::TooDeepForGo);
        }
        self.walk.enter(v, depth, place).map_err(|endless| match endless {
            Endless::Cycle => EncodeError::Cycle { type_name: v.type_name().into() },
            Endless::TooDeep => EncodeError::TooDeep,
            Endless::TooMany => EncodeError::TooMany,
        })
    }

    fn newline(&mut self, depth: usize) {
        if let Some((prefix, indent)) = self.layout {
            self.out.push(b'\n');
            self.out.extend_from_slice(prefix);
            for _ in 0..depth {
                self.out.extend_from_slice(indent);
            }
        }
    }

    /// Writes what stands before the element of this number.
    fn separate(&mut self, i: usize, depth: usize) -> Result<(), EncodeError> {
        if self.out.len() > self.most {
            return Err(EncodeError::TooLong);
        }
        if i > 0 {
            self.out.push(b',');
        }
        self.newline(depth + 1);
        Ok(())
    }

    fn close(&mut self, bracket: u8, empty: bool, depth: usize) {
        if !empty {
            self.newline(depth);
        }
        self.out.push(bracket);
    }

    fn items(&mut self, items: &[Value], depth: usize) -> Result<(), EncodeError> {
        self.out.push(b'[');
        for (i, item) in items.iter().enumerate() {
            self.separate(i, depth)?;
            self.value(item, depth + 1)?;
        }
        self.close(b']', items.is_empty(), depth);
        Ok(())
    }

    fn key(&mut self, key: &[u8]) {
        append_string(self.out, key, self.escape_html);
        self.out.push(b':');
        if self.layout.is_some() {
            self.out.push(b' ');
        }
    }

    fn map(&mut self, v: &Value, m: &Map, depth: usize) -> Result<(), EncodeError> {
        if m.is_nil() {
            self.null();
            return Ok(());
        }
        let entries = m.borrow();
        let id = (std::ptr::from_ref(&*entries) as usize, 0);
        self.enter(v, depth, id)?;
        self.out.push(b'{');
        for (i, (key, item)) in entries.iter().enumerate() {
            self.separate(i, depth)?;
            self.key(key);
            self.value(item, depth + 1)?;
        }
        self.close(b'}', entries.is_empty(), depth);
        self.walk.leave(depth, id);
        Ok(())
    }

    fn object(&mut self, v: &Value, o: &dyn Object, depth: usize) -> Result<(), EncodeError> {
        if o.is_nil() {
            self.null();
            return Ok(());
        }
        if matches!(o.kind(), Kind::Func | Kind::Complex128) {
            return Err(EncodeError::Type { type_name: o.type_name().into() });
        }
        if let Some(fields) = o.json_fields() {
            return self.fields(v, &fields, depth);
        }
        match o.json_value() {
            Value::Nil | Value::Invalid => match o.as_map() {
                Some(m) => self.map(v, &m, depth),
                None => {
                    self.null();
                    Ok(())
                }
            },
            Value::Object(other) => {
                // An object that stands for itself would never end.
                let id = (std::ptr::from_ref(o).cast::<u8>() as usize, 0);
                self.enter(v, depth, id)?;
                self.object(v, &*other, depth + 1)?;
                self.walk.leave(depth, id);
                Ok(())
            }
            plain => self.value(&plain, depth),
        }
    }

    fn fields(
        &mut self,
        v: &Value,
        fields: &[(Str, Value)],
        depth: usize,
    ) -> Result<(), EncodeError> {
        let id = (fields.as_ptr() as usize, fields.len());
        self.enter(v, depth, id)?;
        self.out.push(b'{');
        for (i, (key, item)) in fields.iter().enumerate() {
            self.separate(i, depth)?;
            self.key(key);
            self.value(item, depth + 1)?;
        }
        self.close(b'}', fields.is_empty(), depth);
        self.walk.leave(depth, id);
        Ok(())
    }

    /// `[]byte` is a string in standard base64.
    fn base64(&mut self, bytes: &[u8]) {
        const DIGITS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        self.out.push(b'"');
        for chunk in bytes.chunks(3) {
            let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
            let group = byte(0) << 16 | byte(1) << 8 | byte(2);
            for i in 0..4 {
                self.out.push(if i <= chunk.len() {
                    DIGITS[(group >> (18 - 6 * i)) as usize & 63]
                } else {
                    b'='
                });
            }
        }
        self.out.push(b'"');
    }
}

/// Appends a finite `float64` as `encoding/json` prints it: plain between 1e-6 and 1e21, else with an
/// exponent without leading zero.
///
/// ```
/// let mut out = Vec::new();
/// gostd::json::go_float(1e-7, &mut out);
/// assert_eq!(out, b"1e-7");
/// ```
pub fn go_float(f: f64, out: &mut Vec<u8>) {
    let abs = f.abs();
    if abs == 0.0 || (1e-6..1e21).contains(&abs) {
        append_float(out, f, b'f', -1);
        return;
    }
    append_float(out, f, b'e', -1);
    if let [.., b'e', b'-', b'0', last] = out[..] {
        out.truncate(out.len() - 2);
        out.push(last);
    }
}

/// Whether a byte stands for itself within a JSON string: without and with `escape_html`.
static PLAIN: [[bool; 256]; 2] = [plain_bytes(false), plain_bytes(true)];

const fn plain_bytes(escape_html: bool) -> [bool; 256] {
    let mut plain = [false; 256];
    let mut b = b' ';
    while b <= 0x7f {
        plain[b as usize] = match b {
            b'"' | b'\\' => false,
            b'<' | b'>' | b'&' => !escape_html,
            _ => true,
        };
        b += 1;
    }
    plain
}

/// Appends a string as `encoding/json` quotes it; invalid UTF-8 becomes `\ufffd`, and from Go 1.27 on
/// U+FFFD itself.
pub fn append_string(out: &mut Vec<u8>, s: &[u8], escape_html: bool) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let is_plain = &PLAIN[usize::from(escape_html)];
    out.push(b'"');
    let mut rest = s;
    while let Some(&first) = rest.first() {
        let plain = rest.iter().position(|&b| !is_plain[usize::from(b)]).unwrap_or(rest.len());
        if plain > 0 {
            out.extend_from_slice(&rest[..plain]);
            rest = &rest[plain..];
            continue;
        }
        let (c, width) = decode(rest);
        match c {
            '"' | '\\' => out.extend_from_slice(&[b'\\', first]),
            '\x08' => out.extend_from_slice(b"\\b"),
            '\x0c' => out.extend_from_slice(b"\\f"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\0'..='\x7f' => {
                out.extend_from_slice(b"\\u00");
                out.push(HEX[usize::from(first >> 4)]);
                out.push(HEX[usize::from(first & 15)]);
            }
            '\u{2028}' => out.extend_from_slice(b"\\u2028"),
            '\u{2029}' => out.extend_from_slice(b"\\u2029"),
            _ if width == 1 && Go::current() < Go::V1_27 => out.extend_from_slice(b"\\ufffd"),
            _ if width == 1 => out.extend_from_slice("\u{fffd}".as_bytes()),
            _ => out.extend_from_slice(&rest[..width]),
        }
        rest = &rest[width..];
    }
    out.push(b'"');
}
