//! Conversions between types.

use gostd::strconv;
use gostd::time::{LocalZone, format_duration, parse, parse_duration};

use crate::value::{List, Val};
use crate::{Budget, Error, times};

fn fail(value: &Val, to: &str) -> Error {
    Error::value(format!("type conversion error from '{}' to '{to}'", value.type_name()))
}

/// Converts a value to the type of this name.
pub(crate) fn convert(value: &Val, to: &str, budget: &mut Budget) -> Result<Val, Error> {
    let whole = |f: &f64, least: f64, most: f64| f.is_finite() && *f > least && *f < most;
    let overflow = || Error::value("integer overflow");
    let unsigned = || Error::value("unsigned integer overflow");
    if let Val::Str(text) = value {
        budget.text(text.len())?;
    }
    Ok(match (to, value) {
        ("dyn", value) => value.clone(),
        ("int", Val::Int(n)) => Val::Int(*n),
        ("int", Val::Uint(n)) => Val::Int(i64::try_from(*n).map_err(|_| overflow())?),
        ("int", Val::Double(f)) => match whole(f, -(2_f64.powi(63)), 2_f64.powi(63)) {
            true => Val::Int(*f as i64),
            false => return Err(overflow()),
        },
        ("int", Val::Str(text)) => {
            let made = strconv::parse_int(text.as_bytes(), 10, 64);
            Val::Int(made.map_err(|_| fail(value, to))?)
        }
        ("int", Val::Timestamp { seconds, .. }) => Val::Int(*seconds),
        ("int", Val::Duration(n)) => Val::Int(*n),
        ("uint", Val::Uint(n)) => Val::Uint(*n),
        ("uint", Val::Int(n)) => Val::Uint(u64::try_from(*n).map_err(|_| unsigned())?),
        ("uint", Val::Double(f)) => match whole(f, -1.0, 2_f64.powi(64)) && *f >= 0.0 {
            true => Val::Uint(*f as u64),
            false => return Err(unsigned()),
        },
        ("uint", Val::Str(text)) => {
            let made = strconv::parse_uint(text.as_bytes(), 10, 64);
            Val::Uint(made.map_err(|_| fail(value, to))?)
        }
        ("double", Val::Double(f)) => Val::Double(*f),
        ("double", Val::Int(n)) => Val::Double(*n as f64),
        ("double", Val::Uint(n)) => Val::Double(*n as f64),
        ("double", Val::Str(text)) => {
            let made = strconv::parse_float(text.as_bytes());
            Val::Double(made.map_err(|_| fail(value, to))?)
        }
        ("bool", Val::Bool(b)) => Val::Bool(*b),
        ("bool", Val::Str(text)) => {
            Val::Bool(strconv::parse_bool(text.as_bytes()).map_err(|_| fail(value, to))?)
        }
        ("bytes", Val::Bytes(_)) => value.clone(),
        ("bytes", Val::Str(text)) => Val::Bytes(text.as_bytes().into()),
        ("duration", Val::Duration(n)) => Val::Duration(*n),
        ("duration", Val::Int(n)) => Val::Duration(*n),
        ("duration", Val::Str(text)) => {
            Val::Duration(parse_duration(text.as_bytes()).map_err(|_| fail(value, to_duration()))?)
        }
        ("timestamp", Val::Timestamp { .. }) => value.clone(),
        ("timestamp", Val::Int(n)) => times::instant(*n, 0, 0)?,
        ("timestamp", Val::Str(text)) => {
            const RFC3339: &[u8] = b"2006-01-02T15:04:05Z07:00";
            let to = "google.protobuf.Timestamp";
            let made = parse(RFC3339, text.as_bytes(), &LocalZone::UTC);
            times::of(&made.map_err(|_| fail(value, to))?)?
        }
        ("string", Val::Bytes(bytes)) => {
            budget.text(bytes.len())?;
            match std::str::from_utf8(bytes) {
                Ok(text) => Val::str(text),
                Err(_) => {
                    return Err(Error::value("invalid UTF-8 in bytes, cannot convert to string"));
                }
            }
        }
        ("string", Val::List(_) | Val::Map(_) | Val::Optional(_) | Val::Null) => {
            return Err(Error::overload());
        }
        ("string", Val::Opaque(own)) => Val::str(own.text().ok_or_else(Error::overload)?),
        ("string", Val::Str(_)) => value.clone(),
        ("string", value) => Val::str(shown(value)),
        ("type", value) => Val::Type(value.type_name().into()),
        _ => return Err(Error::overload()),
    })
}

fn to_duration() -> &'static str {
    "google.protobuf.Duration"
}

/// Returns a simple value as text.
pub(crate) fn shown(value: &Val) -> String {
    match value {
        Val::Null => "null".to_owned(),
        Val::Bool(b) => b.to_string(),
        Val::Int(n) => n.to_string(),
        Val::Uint(n) => n.to_string(),
        Val::Double(f) => strconv::format_float(*f, b'g', -1),
        Val::Str(text) => text.to_string(),
        Val::Duration(n) => {
            let seconds = *n as f64 / 1e9;
            format!("{}s", strconv::format_float(seconds, b'f', -1))
        }
        Val::Timestamp { seconds, nanos, offset } => times::shown(*seconds, *nanos, *offset),
        Val::Type(name) => name.to_string(),
        Val::Opaque(own) => own.text().unwrap_or_default(),
        other => other.type_name().to_owned(),
    }
}

/// Writes a value as `format` writes it for `%s`.
pub(crate) fn written(value: &Val, budget: &mut Budget, out: &mut String) -> Result<(), Error> {
    budget.take(1)?;
    match value {
        Val::Fault(why) => return Err(Error::data(why)),
        Val::List(list) => {
            out.push('[');
            for (at, item) in list.items.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                budget.deeper(|budget| quoted(item, budget, out))?;
            }
            out.push(']');
        }
        Val::Map(members) => {
            out.push('{');
            for (at, (key, value)) in members.entries.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                quoted(&key.value(), budget, out)?;
                out.push(':');
                budget.deeper(|budget| quoted(value, budget, out))?;
            }
            out.push('}');
        }
        Val::Bytes(_) => match convert(value, "string", budget)? {
            Val::Str(text) => out.push_str(&text),
            _ => return Err(Error::overload()),
        },
        Val::Optional(_) | Val::Opaque(_) => {
            let words = "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps";
            return Err(Error::value(format!("{words}, was given {}", value.type_name())));
        }
        Val::Str(text) => {
            budget.text(text.len())?;
            out.push_str(text);
        }
        other => out.push_str(&shown(other)),
    }
    Ok(())
}

fn quoted(value: &Val, budget: &mut Budget, out: &mut String) -> Result<(), Error> {
    budget.take(1)?;
    if let Val::Str(text) = value {
        budget.text(text.len())?;
    }
    match value {
        Val::Str(text) => {
            // What is escaped grows.
            let text = strconv::quoted(text.as_bytes());
            budget.text(text.len())?;
            out.push_str(&text);
        }
        Val::Double(f) => out.push_str(&strconv::format_float(*f, b'f', 6)),
        Val::Type(name) => out.push_str(&format!("type({name})")),
        Val::Duration(n) => out.push_str(&format!("duration({:?})", format_duration(*n))),
        Val::Timestamp { .. } => out.push_str(&format!("timestamp({:?})", shown(value))),
        other => return written(other, budget, out),
    }
    Ok(())
}

/// Returns the texts of a list.
pub(crate) fn texts(list: &List) -> Result<Vec<std::rc::Rc<str>>, Error> {
    let text = |item: &Val| match item {
        Val::Str(text) => Ok(text.clone()),
        _ => Err(Error::overload()),
    };
    list.items.iter().map(text).collect()
}
