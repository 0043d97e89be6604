//! Says what is wrong in the validator's words, with numbers as `golang.org/x/text` prints them in English.

use std::fmt;

use gostd::decimal::Decimal;
use gostd::json::tree::{Array, Json};
use gostd::strconv;
use gostd::value::Str;

use super::types::Types;

/// What is wrong with a value.
pub(super) enum Kind {
    /// Several things.
    Group,
    InvalidValue {
        go_type: String,
    },
    Not,
    AllOf,
    AnyOf,
    /// None of the schemas match, or two do.
    OneOf(Option<[usize; 2]>),
    False,
    ReferenceCycle {
        first: String,
        second: String,
        url: String,
    },
    Type {
        got: &'static str,
        want: Types,
    },
    Enum(Array),
    Const(Json),
    Format {
        got: Option<Str>,
        name: &'static str,
        why: String,
    },
    /// What a reference leads to does not match.
    Reference,
    /// A count is not what it must be; the keyword, what it is, what it must be.
    Count(&'static str, i64, i64),
    AdditionalItems(usize),
    Required(Vec<Str>),
    Dependency {
        name: Str,
        missing: Vec<Str>,
    },
    AdditionalProperties(Vec<Str>),
    PropertyName(Str),
    Duplicates([usize; 2]),
    Contains,
    MinContains {
        got: Vec<usize>,
        want: i64,
    },
    MaxContains {
        got: Vec<usize>,
        want: i64,
    },
    Pattern {
        got: Str,
        want: Box<str>,
    },
    /// A number is not what it must be; the keyword, what it is, what it must be.
    Number(&'static str, Decimal, Decimal),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Group | Kind::Reference => f.write_str("validation failed"),
            Kind::InvalidValue { go_type } => write!(f, "invalid jsonType {go_type}"),
            Kind::Not => f.write_str("'not' failed"),
            Kind::AllOf => f.write_str("'allOf' failed"),
            Kind::AnyOf => f.write_str("'anyOf' failed"),
            Kind::OneOf(None) => f.write_str("'oneOf' failed, none matched"),
            Kind::OneOf(Some([a, b])) => {
                write!(f, "'oneOf' failed, subschemas {}, {} matched", count(*a), count(*b))
            }
            Kind::False => f.write_str("false schema"),
            Kind::ReferenceCycle { first, second, url } => {
                let url = strconv::quoted(url.as_bytes());
                write!(f, "both {first} and {second} resolve to {url} causing reference cycle")
            }
            Kind::Type { got, want } => {
                write!(f, "got {got}, want {}", want.names().collect::<Vec<_>>().join(" or "))
            }
            Kind::Enum(values) => {
                if values.iter().any(is_compound) {
                    return f.write_str("'enum' failed");
                }
                let values: Vec<String> = values.iter().map(shown).collect();
                let one_of = if values.len() == 1 { "" } else { "one of " };
                write!(f, "value must be {one_of}{}", values.join(", "))
            }
            Kind::Const(value) if is_compound(value) => f.write_str("'const' failed"),
            Kind::Const(value) => write!(f, "value must be {}", shown(value)),
            Kind::Format { got, name, why } => {
                let got = got.as_ref().map_or_else(|| "value".into(), quote_str);
                write!(f, "{got} is not valid {name}: {why}")
            }
            Kind::Count(keyword, got, want) => {
                write!(f, "{keyword}: got {}, want {}", integer(*got), integer(*want))
            }
            Kind::AdditionalItems(number) => {
                write!(f, "last {} additionalItem(s) not allowed", count(*number))
            }
            Kind::Required(missing) if missing.len() == 1 => {
                write!(f, "missing property {}", quoted(missing))
            }
            Kind::Required(missing) => write!(f, "missing properties {}", quoted(missing)),
            Kind::Dependency { name, missing } => {
                write!(f, "properties {} required, if {} exists", quoted(missing), quote_str(name))
            }
            Kind::AdditionalProperties(names) => {
                write!(f, "additional properties {} not allowed", quoted(names))
            }
            Kind::PropertyName(name) => write!(f, "invalid propertyName {}", quote_str(name)),
            Kind::Duplicates([a, b]) => {
                write!(f, "items at {} and {} are equal", count(*a), count(*b))
            }
            Kind::Contains => f.write_str("no items match contains schema"),
            Kind::MinContains { got, want } => {
                let want = integer(*want);
                write!(f, "min {want} items required to match contains schema, but ")?;
                match got.as_slice() {
                    [] => f.write_str("none matched"),
                    got => matched(f, got),
                }
            }
            Kind::MaxContains { got, want } => {
                let want = integer(*want);
                write!(f, "max {want} items required to match contains schema, but ")?;
                matched(f, got)
            }
            Kind::Pattern { got, want } => {
                write!(f, "{} does not match pattern {}", quote_str(got), quote(want))
            }
            Kind::Number(keyword, got, want) => {
                let (got, want) = (float(got.to_float()), float(want.to_float()));
                write!(f, "{keyword}: got {got}, want {want}")
            }
        }
    }
}

fn matched(f: &mut fmt::Formatter<'_>, got: &[usize]) -> fmt::Result {
    let places: Vec<String> = got.iter().map(usize::to_string).collect();
    write!(f, "matched {} items at {}", count(got.len()), places.join(" "))
}

fn is_compound(value: &Json) -> bool {
    matches!(value, Json::Array(_) | Json::Object(_))
}

fn shown(value: &Json) -> String {
    match value {
        Json::Null => "<nil>".into(),
        Json::Bool(b) => b.to_string(),
        Json::Number(text) => text.to_string(),
        Json::String(text) => quote_str(text),
        Json::Array(_) | Json::Object(_) => "value".into(),
    }
}

/// Puts a text in apostrophes: as Go's `%q`, but for the marks.
pub(super) fn quote(text: &str) -> String {
    quote_bytes(text.as_bytes())
}

fn quote_str(text: &Str) -> String {
    quote_bytes(text)
}

fn quote_bytes(text: &[u8]) -> String {
    let quoted = strconv::quoted(text).replace("\\\"", "\"").replace('\'', "\\'");
    format!("'{}'", quoted.get(1..quoted.len() - 1).unwrap_or_default())
}

fn quoted(names: &[Str]) -> String {
    names.iter().map(quote_str).collect::<Vec<_>>().join(", ")
}

fn count(n: usize) -> String {
    grouped("", &n.to_string())
}

fn integer(n: i64) -> String {
    grouped(if n < 0 { "-" } else { "" }, &n.unsigned_abs().to_string())
}

/// Puts a comma before each third digit from the end.
fn grouped(sign: &str, digits: &str) -> String {
    let mut out = sign.to_owned();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Prints a number as `%v` of a float64: a power of ten in superscript from a million up and below 0.0001.
fn float(f: f64) -> String {
    let sign = if f < 0.0 { "-" } else { "" };
    if f.is_infinite() {
        return format!("{sign}∞");
    }
    let text = format!("{:e}", f.abs());
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i32 = power.parse().unwrap_or_default();
    if (-4..6).contains(&power) {
        let text = f.abs().to_string();
        return match text.split_once('.') {
            Some((whole, fraction)) => format!("{}.{fraction}", grouped(sign, whole)),
            None => grouped(sign, &text),
        };
    }
    let superscript = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '0' => '⁰',
        c => char::from_u32(u32::from(c) - u32::from('4') + u32::from('⁴')).unwrap_or(c),
    };
    let minus = if power < 0 { "-" } else { "" };
    let power: String =
        format!("{minus}{:02}", power.unsigned_abs()).chars().map(superscript).collect();
    format!("{sign}{digits}×10{power}")
}

#[cfg(test)]
mod tests {
    use super::float;

    #[test]
    fn numbers_read_as_those_of_the_text_module() {
        for (number, want) in [
            (0.0, "0"),
            (-1.5, "-1.5"),
            (65536.0, "65,536"),
            (999999.5, "999,999.5"),
            (12345.678901, "12,345.678901"),
            (0.0001, "0.0001"),
            (0.00001, "1×10⁻⁰⁵"),
            (1e6, "1×10⁰⁶"),
            (-1234567.25, "-1.23456725×10⁰⁶"),
            (5e-324, "5×10⁻³²⁴"),
            (f64::MAX, "1.7976931348623157×10³⁰⁸"),
            (f64::NEG_INFINITY, "-∞"),
        ] {
            assert_eq!(float(number), want);
        }
    }
}
