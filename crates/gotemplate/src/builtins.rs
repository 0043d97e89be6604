//! Defines the functions that Go's text/template has itself.

use std::any::Any;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::rc::Rc;

use super::func::{FuncDef, FuncError, FuncResult, Go, Host, def, printed};
use super::trace as flow;
use gostd::value::{Kind, Object, Str, Type, UintKind, Value};
use gostd::{fmt, unicode};

const REFLECT: &[Type] = &[Type::Reflect];
const REFLECT2: &[Type] = &[Type::Reflect, Type::Reflect];
const ANY: &[Type] = &[Type::Any];

/// Go's builtins; `and`, `or` and `call` are the executor's own.
pub const BUILTINS: &[FuncDef] = &[
    def("eq", REFLECT2, |h, a| Ok(Value::Bool(compared(h, eq(&a[0], &a[1..]))?))).variadic(),
    def("ge", REFLECT2, |h, a| Ok(Value::Bool(!compared(h, lt(&a[0], &a[1]))?))),
    def("gt", REFLECT2, |h, a| Ok(Value::Bool(!compared(h, le(&a[0], &a[1]))?))),
    def("html", ANY, |h, a| Ok(Value::from(html(&joined(h, a)?)))).variadic().growing(5),
    def("index", REFLECT2, |_, a| index(&a[0], &a[1..])).flowing(flow::INDEX).variadic(),
    def("js", ANY, |h, a| Ok(Value::from(js(&joined(h, a)?)))).variadic().growing(6),
    def("le", REFLECT2, |h, a| Ok(Value::Bool(compared(h, le(&a[0], &a[1]))?))),
    def("len", REFLECT, |_, a| len(&a[0])).flowing(flow::SHAPE).growing(0),
    def("lt", REFLECT2, |h, a| Ok(Value::Bool(compared(h, lt(&a[0], &a[1]))?))),
    def("ne", REFLECT2, |h, a| Ok(Value::Bool(!compared(h, eq(&a[0], &a[1..]))?))),
    def("not", REFLECT, |_, a| Ok(Value::Bool(!a[0].truth()))).flowing(flow::SHAPE).growing(0),
    def("print", ANY, |h, a| Ok(Value::from(printed(h, |most| fmt::sprint_within(a, most))?)))
        .flowing(flow::EMBEDS)
        .variadic(),
    def("printf", &[Type::String, Type::Any], |h, a| match &a[0] {
        Value::Str(format) => {
            Ok(Value::from(printed(h, |most| fmt::sprintf_within(format, &a[1..], most))?))
        }
        _ => Ok(Value::Nil),
    })
    .flowing(flow::EMBEDS)
    .variadic()
    .growing(6),
    def("println", ANY, |h, a| Ok(Value::from(printed(h, |most| fmt::sprintln_within(a, most))?)))
        .flowing(flow::EMBEDS)
        .variadic(),
    def("slice", REFLECT2, |_, a| slice(&a[0], &a[1..])).variadic(),
    def("urlquery", ANY, |h, a| Ok(Value::from(query_escape(&joined(h, a)?))))
        .variadic()
        .growing(3),
];

/// Go's `and`: the executor evaluates its arguments one by one, so the function itself is not called.
pub(super) static AND: FuncDef = def("and", REFLECT2, |_, a| Ok(first(a, false))).variadic();
/// Go's `or`: likewise.
pub(super) static OR: FuncDef = def("or", REFLECT2, |_, a| Ok(first(a, true))).variadic();
/// Go's `call`: data here holds no function values, so it can only fail, with words that the executor knows.
pub(super) static CALL: FuncDef = def("call", REFLECT2, |_, _| error("call of nil")).variadic();

/// Returns the first argument with this truth, else the last.
fn first(args: &[Value], truth: bool) -> Value {
    let found = args.iter().find(|a| a.truth() == truth).or(args.last());
    found.cloned().unwrap_or(Value::Invalid)
}

/// Returns the builtin of this name.
pub(super) fn lookup(name: &[u8]) -> Option<&'static FuncDef> {
    BUILTINS.iter().find(|d| d.name.as_bytes() == name)
}

fn error<T>(text: impl Into<Str>) -> Result<T, FuncError> {
    Err(FuncError::text(text))
}

// ---- collections

/// Returns whether a value is nil without a type, a nil `error` among them.
fn is_nothing(value: &Value) -> bool {
    value.kind() == Kind::Invalid
}

fn index_arg(index: &Value, cap: usize) -> Result<usize, FuncError> {
    let Some(x) = any_int(index) else {
        return if is_nothing(index) {
            error("cannot index slice/array with nil")
        } else {
            error(format!("cannot index slice/array with type {}", index.type_name()))
        };
    };
    match usize::try_from(x) {
        Ok(n) if n <= cap => Ok(n),
        _ => error(format!("index out of range: {x}")),
    }
}

fn index(item: &Value, indexes: &[Value]) -> FuncResult {
    if is_nothing(item) {
        return error("index of untyped nil");
    }
    let mut item = item.clone();
    for index in indexes {
        let byte = |b: Option<&u8>| b.map(|b| Value::Uint(UintKind::Uint8, u64::from(*b)));
        let (found, what) = match &item {
            Value::Nil | Value::Invalid => return error("index of nil pointer"),
            Value::List(l) => (l.get(index_arg(index, l.len())?).cloned(), "slice"),
            Value::Bytes(b) => (byte(b.get(index_arg(index, b.len())?)), "slice"),
            Value::Str(s) => (byte(s.get(index_arg(index, s.len())?)), "string"),
            other => {
                let Some(map) = other.as_map() else {
                    return error(format!("can't index item of type {}", other.type_name()));
                };
                match index {
                    Value::Str(key) => (map.get(key).or_else(|| Some(map.zero())), "map"),
                    v if is_nothing(v) => return error("value is nil; should be of type string"),
                    v => {
                        return error(format!(
                            "value has type {}; should be string",
                            v.type_name()
                        ));
                    }
                }
            }
        };
        // An index equal to the length passes Go's first check and fails its second.
        match found {
            Some(v) => item = v,
            None => return error(format!("reflect: {what} index out of range")),
        }
    }
    Ok(item)
}

fn slice(item: &Value, indexes: &[Value]) -> FuncResult {
    if is_nothing(item) {
        return error("slice of untyped nil");
    }
    if indexes.len() > 3 {
        return error(format!("too many slice indexes: {}", indexes.len()));
    }
    let len = match item {
        Value::Str(_) if indexes.len() == 3 => return error("cannot 3-index slice a string"),
        Value::Str(s) => s.len(),
        Value::List(l) => l.len(),
        Value::Bytes(b) => b.len(),
        other => return error(format!("can't slice item of type {}", other.type_name())),
    };
    let mut at = [0, len, len];
    for (slot, index) in at.iter_mut().zip(indexes) {
        *slot = index_arg(index, len)?;
    }
    if at[0] > at[1] {
        return error(format!("invalid slice index: {} > {}", at[0], at[1]));
    }
    if indexes.len() == 3 && at[1] > at[2] {
        return error(format!("invalid slice index: {} > {}", at[1], at[2]));
    }
    let range = at[0]..at[1];
    Ok(match item {
        Value::Str(s) => Value::Str(Str::from(&s[range])),
        Value::List(l) => Value::List(l.with_items(l[range].to_vec())),
        Value::Bytes(b) => Value::Bytes(std::sync::Arc::from(&b[range])),
        other => other.clone(),
    })
}

fn len(item: &Value) -> FuncResult {
    let n = match item {
        Value::Invalid => return error("reflect: call of reflect.Value.Type on zero Value"),
        other if is_nil_value(other) && other.kind() == Kind::Invalid => {
            return error("len of nil pointer");
        }
        Value::Str(s) => s.len(),
        Value::List(l) => l.len(),
        Value::Bytes(b) => b.len(),
        other => match other.as_map() {
            Some(m) => m.len(),
            None => return error(format!("len of type {}", pointee(&other.type_name()))),
        },
    };
    Ok(Value::int(n as i64))
}

fn pointee(name: &str) -> &str {
    name.strip_prefix('*').unwrap_or(name)
}

// ---- comparison

#[derive(PartialEq, Clone, Copy)]
enum Basic {
    Other,
    Bool,
    Complex,
    Int,
    Float,
    String,
    Uint,
}

fn basic(v: &Value) -> Basic {
    match v {
        Value::Bool(_) => Basic::Bool,
        Value::Int(..) => Basic::Int,
        Value::Uint(..) => Basic::Uint,
        Value::Float(_) => Basic::Float,
        Value::Str(_) => Basic::String,
        Value::Object(o) if o.kind() == Kind::Complex128 => Basic::Complex,
        _ => Basic::Other,
    }
}

const BAD_TYPE: &str = "invalid type for comparison";
const BAD_COMPARISON: &str = "incompatible types for comparison";

fn incomparable<T>(a: &Value, b: &Value) -> Result<T, FuncError> {
    error(format!("{BAD_COMPARISON}: {} and {}", a.type_name(), b.type_name()))
}

/// Returns the result of a comparison; its error names types only where Go does.
fn compared(host: &dyn Host, result: Result<bool, FuncError>) -> Result<bool, FuncError> {
    match result {
        Err(FuncError::Text(text))
            if host.go() < Go::V1_25 && text.starts_with(BAD_COMPARISON.as_bytes()) =>
        {
            error(BAD_COMPARISON)
        }
        other => other,
    }
}

fn is_nil_value(v: &Value) -> bool {
    match v {
        Value::Invalid | Value::Nil => true,
        Value::Map(m) => m.is_nil(),
        Value::Object(o) => o.is_nil(),
        other => other.is_nil_slice(),
    }
}

fn eq(first: &Value, rest: &[Value]) -> Result<bool, FuncError> {
    if rest.is_empty() {
        return error("missing argument for comparison");
    }
    for arg in rest {
        let truth = match (first, arg) {
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(_, a), Value::Int(_, b)) => a == b,
            (Value::Uint(_, a), Value::Uint(_, b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a == b,
            (Value::Str(a), Value::Str(b)) => a == b,
            (Value::Int(_, a), Value::Uint(_, b)) | (Value::Uint(_, b), Value::Int(_, a)) => {
                u64::try_from(*a).is_ok_and(|a| a == *b)
            }
            (a, b) if basic(a) != basic(b) => {
                if a.kind() != Kind::Invalid && b.kind() != Kind::Invalid {
                    return incomparable(a, b);
                }
                false
            }
            (Value::Object(a), Value::Object(b)) if basic(first) == Basic::Complex => {
                a.complex() == b.complex()
            }
            (a, b) => same_other(a, b)?,
        };
        if truth {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns equality of two values of no basic kind.
fn same_other(a: &Value, b: &Value) -> Result<bool, FuncError> {
    if a.kind() != b.kind() && a.kind() != Kind::Invalid && b.kind() != Kind::Invalid {
        let mut text = fmt::sprintf(b"non-comparable types %s: ", std::slice::from_ref(a))?;
        text.extend_from_slice(format!("{}, {}: ", a.type_name(), b.type_name()).as_bytes());
        fmt::write_value(&mut text, b)?;
        return error(text);
    }
    if is_nil_value(a) || is_nil_value(b) {
        return Ok(is_nil_value(a) == is_nil_value(b));
    }
    if !comparable(b) {
        let mut text = fmt::sprintf(b"non-comparable type %s: ", std::slice::from_ref(b))?;
        text.extend_from_slice(b.type_name().as_bytes());
        return error(text);
    }
    Ok(match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            std::ptr::eq(Rc::as_ptr(a).cast::<()>(), Rc::as_ptr(b).cast::<()>())
                || a.type_name() == b.type_name()
                    && match a.kind() {
                        Kind::Struct => same_fields(&**a, &**b),
                        _ => a.is_same(&**b),
                    }
        }
        _ => false,
    })
}

fn same_fields(a: &dyn Object, b: &dyn Object) -> bool {
    let (a, b) = (a.fields(), b.fields());
    a.len() == b.len()
        && a.iter().zip(&b).all(|((_, x), (_, y))| {
            eq(x, std::slice::from_ref(y)).unwrap_or(false) && x.type_name() == y.type_name()
        })
}

/// Reproduces Go's `reflect.Type.Comparable`, as far as the values here show it.
fn comparable(v: &Value) -> bool {
    match v {
        Value::List(_) | Value::Bytes(_) | Value::Map(_) => false,
        Value::Object(o) => match o.kind() {
            Kind::Struct => o.fields().iter().all(|(_, f)| comparable(f)),
            Kind::Map | Kind::Slice | Kind::Func => false,
            _ => true,
        },
        _ => true,
    }
}

fn lt(a: &Value, b: &Value) -> Result<bool, FuncError> {
    if basic(a) == Basic::Other || basic(b) == Basic::Other {
        return error(BAD_TYPE);
    }
    Ok(match (a, b) {
        (Value::Int(_, a), Value::Int(_, b)) => a < b,
        (Value::Uint(_, a), Value::Uint(_, b)) => a < b,
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b) == Some(Ordering::Less),
        (Value::Str(a), Value::Str(b)) => a < b,
        (Value::Int(_, a), Value::Uint(_, b)) => u64::try_from(*a).map_or(true, |a| a < *b),
        (Value::Uint(_, a), Value::Int(_, b)) => u64::try_from(*b).is_ok_and(|b| *a < b),
        (a, b) if basic(a) == basic(b) => return error(BAD_TYPE),
        (a, b) => return incomparable(a, b),
    })
}

fn le(a: &Value, b: &Value) -> Result<bool, FuncError> {
    Ok(lt(a, b)? || eq(a, std::slice::from_ref(b))?)
}

// ---- escaping

/// Returns the arguments as one text: a single string as it is, anything else as `print` joins it.
fn joined(host: &mut dyn Host, args: &[Value]) -> Result<Vec<u8>, FuncError> {
    match args {
        [Value::Str(s)] => Ok(s.to_vec()),
        _ => {
            let shown: Vec<Value> = args
                .iter()
                .map(|v| if v.is_nil() { Value::from("<no value>") } else { v.clone() })
                .collect();
            printed(host, |most| fmt::sprint_within(&shown, most))
        }
    }
}

fn html(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &b in text {
        match b {
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            _ => out.push(b),
        }
    }
    out
}

fn js(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(&b) = rest.first() {
        let mut width = 1;
        match b {
            b'\\' | b'\'' | b'"' => out.extend_from_slice(&[b'\\', b]),
            b'<' | b'>' | b'&' | b'=' => out.extend_from_slice(format!("\\u00{b:02X}").as_bytes()),
            0..b' ' => out.extend_from_slice(format!("\\u00{b:02X}").as_bytes()),
            0x80.. => {
                let (c, n) = bstr::decode_utf8(rest);
                // Go's decoder steps one byte over what is not UTF-8.
                width = if c.is_some() { n } else { 1 };
                let c = c.unwrap_or('\u{fffd}');
                if unicode::is_print(c) {
                    out.extend_from_slice(&rest[..width]);
                } else {
                    out.extend_from_slice(format!("\\u{:04X}", c as u32).as_bytes());
                }
            }
            _ => out.push(b),
        }
        rest = &rest[width..];
    }
    out
}

fn query_escape(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &b in text {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(b),
            b' ' => out.push(b'+'),
            _ => out.extend_from_slice(format!("%{b:02X}").as_bytes()),
        }
    }
    out
}

// ---- complex constants

/// A Go `complex128`: a template can write one, print it and compare it.
#[derive(Debug)]
struct Complex(f64, f64);

impl Object for Complex {
    fn type_name(&self) -> Cow<'static, str> {
        "complex128".into()
    }

    fn kind(&self) -> Kind {
        Kind::Complex128
    }

    fn complex(&self) -> Option<(f64, f64)> {
        Some((self.0, self.1))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Returns a `complex128` value.
pub(super) fn complex(re: f64, im: f64) -> Value {
    Value::Object(Rc::new(Complex(re, im)))
}

/// Returns the integer a value holds, whatever its Go type: for indexes.
fn any_int(v: &Value) -> Option<i64> {
    match v {
        Value::Int(_, n) => Some(*n),
        Value::Uint(UintKind::Uint64 | UintKind::Uint, n) => Some(*n as i64),
        Value::Uint(_, n) => i64::try_from(*n).ok(),
        _ => None,
    }
}
