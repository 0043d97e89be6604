//! Converts anything to numbers and strings: spf13/cast v1.7.0 and sprig's `strval`.

use gostd::fmt::PrintError;
use gostd::value::{Elem, IntKind, List, Str, Type, Value};
use gostd::{fmt, strconv, value};
use gotemplate::func::{FuncDef, FuncError, Host, def, printed};

use super::args::{any, elements, text};
use super::flow;

pub(super) const TABLE: &[FuncDef] = &[
    def("atoi", &[Type::String], |_, a| Ok(Value::int(atoi(text(a, 0))))),
    def("int64", &[Type::Any], |_, a| Ok(Value::int64(to_int64(any(a, 0))))),
    def("int", &[Type::Any], |_, a| Ok(Value::int(to_int64(any(a, 0))))),
    def("float64", &[Type::Any], |_, a| Ok(Value::Float(to_float64(any(a, 0))))),
    def("toDecimal", &[Type::Any], |_, a| {
        let text = fmt::sprint(std::slice::from_ref(any(a, 0)))?;
        Ok(Value::int64(strconv::parse_int(&text, 8, 64).unwrap_or(0)))
    }),
    def("toString", &[Type::Any], |h, a| Ok(Value::Str(one_text(h, any(a, 0))?)))
        .flowing(flow::EMBEDS),
    def("toStrings", &[Type::Any], |h, a| Ok(Value::List(to_strings(h, any(a, 0))?))),
];

/// Returns `strconv.Atoi` without its error: the nearest `int` where the number is too large.
fn atoi(s: &[u8]) -> i64 {
    strconv::parse_int(s, 10, 64).unwrap_or_else(|e| e.value)
}

/// Returns `cast.ToInt64`, which `int`, `add` and their like use; 0 where there is no number.
pub(super) fn to_int64(v: &Value) -> i64 {
    match v {
        // A Duration is of a named type, which cast does not know.
        Value::Int(IntKind::Duration, _) => 0,
        Value::Int(_, n) => *n,
        Value::Uint(_, n) => *n as i64,
        Value::Float(n) => value::truncated(*n),
        Value::Bool(b) => i64::from(*b),
        Value::Str(s) => strconv::parse_int(without_zero_fraction(s), 0, 64).unwrap_or(0),
        _ => 0,
    }
}

/// Cuts `.000` off the end of a number's text.
fn without_zero_fraction(s: &[u8]) -> &[u8] {
    let zeros = s.iter().rev().take_while(|b| **b == b'0').count();
    match s[..s.len() - zeros].split_last() {
        Some((b'.', whole)) if zeros > 0 => whole,
        _ => s,
    }
}

/// Returns `cast.ToFloat64`; 0 where there is no number.
pub(super) fn to_float64(v: &Value) -> f64 {
    match v {
        Value::Int(IntKind::Duration, _) => 0.0,
        Value::Int(_, n) => *n as f64,
        Value::Uint(_, n) => *n as f64,
        Value::Float(n) => *n,
        Value::Bool(b) => f64::from(u8::from(*b)),
        Value::Str(s) => strconv::parse_float(s).unwrap_or(0.0),
        _ => 0.0,
    }
}

/// Reproduces sprig's `strval`: strings and bytes as they are, else what `%v` prints, of so many bytes at most.
pub(super) fn to_text(v: &Value, most: usize) -> Result<Str, PrintError> {
    Ok(match v {
        Value::Str(s) => s.clone(),
        Value::Bytes(b) => Str::from(b.clone()),
        Value::Bool(true) => Str::from_static("true"),
        Value::Bool(false) => Str::from_static("false"),
        Value::Object(o) if o.string().is_some() => o.string().unwrap_or_default(),
        other => return fmt::text_within(other, most),
    })
}

/// Returns the text of a value, as long as there is room for.
#[inline]
pub(super) fn one_text(host: &mut dyn Host, v: &Value) -> Result<Str, FuncError> {
    if let Value::Str(s) = v {
        return Ok(s.clone());
    }
    printed(host, |most| to_text(v, most))
}

/// Reproduces sprig's `strslice`: the texts of a slice's elements without the nils; of anything
/// else one text.
pub(super) fn to_strings(host: &mut dyn Host, v: &Value) -> Result<List, FuncError> {
    Ok(match v {
        Value::List(l) if l.elem() == Elem::String => l.clone(),
        Value::Invalid | Value::Nil => List::strings::<Str>([]),
        _ => match elements(v) {
            Some(items) => printed(host, |most| all_texts(&items, most))?,
            None => List::strings([one_text(host, v)?]),
        },
    })
}

/// Returns the texts of all values but the nils; those that have to be printed are of so many bytes at most, all
/// together.
fn all_texts(items: &[Value], mut most: usize) -> Result<List, PrintError> {
    let mut texts = Vec::with_capacity(items.len());
    for v in items.iter().filter(|v| !v.is_nil()) {
        let text = to_text(v, most)?;
        if let Value::List(_) | Value::Map(_) | Value::Object(_) = v {
            most = most.checked_sub(text.heap()).ok_or(PrintError::TooLong)?;
        }
        texts.push(Value::Str(text));
    }
    Ok(List::new(Elem::String, texts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_cast_reads_them() {
        for (text, int, float) in [
            ("3", 3, 3.0),
            ("3.0", 3, 3.0),
            ("3.00", 3, 3.0),
            ("3.7", 0, 3.7),
            ("3.", 0, 3.0),
            ("0x1f", 31, 0.0),
            ("012", 10, 12.0),
            ("0o12", 10, 0.0),
            ("0b11", 3, 0.0),
            ("1_000", 1000, 1000.0),
            ("-7", -7, -7.0),
            ("+7", 7, 7.0),
            ("", 0, 0.0),
            ("abc", 0, 0.0),
            (" 1", 0, 0.0),
            ("1e3", 0, 1000.0),
            ("99999999999999999999", 0, 1e20),
            (".0", 0, 0.0),
            ("0.0", 0, 0.0),
        ] {
            let v = Value::str(text);
            assert_eq!((to_int64(&v), to_float64(&v)), (int, float), "{text}");
        }
    }

    #[test]
    fn floats_that_do_not_fit_become_the_least_integer() {
        for (n, want) in [
            (3.9, 3),
            (-3.9, -3),
            (1e19, i64::MIN),
            (-1e19, i64::MIN),
            (f64::NAN, i64::MIN),
            (f64::INFINITY, i64::MIN),
            (9_223_372_036_854_774_784.0, 9_223_372_036_854_774_784),
        ] {
            assert_eq!(value::truncated(n), want, "{n}");
        }
    }
}
