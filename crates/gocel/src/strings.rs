//! Methods of texts: those of the language, and of version 2 of cel-go's extension `strings`.

use gostd::strconv::{format_float, quoted};

use crate::conversions::{texts, written};
use crate::value::{List, Val};
use crate::{Budget, Error};

/// How many digits a number may be written with.
const MOST_PRECISION: usize = 1000;

fn outside(at: i64) -> Error {
    Error::value(format!("index out of range: {at}"))
}

/// Calls a method; nothing where texts have none of this name.
pub(crate) fn method(
    name: &str,
    text: &str,
    args: &[Val],
    budget: &mut Budget,
) -> Option<Result<Val, Error>> {
    let length = |arg: &Val| if let Val::Str(text) = arg { text.len() } else { 0 };
    if let Err(error) = budget.text(text.len() + args.iter().map(length).sum::<usize>()) {
        return Some(Err(error));
    }
    Some(match (name, args) {
        ("contains", [Val::Str(part)]) => Ok(Val::Bool(text.contains(&**part))),
        ("startsWith", [Val::Str(part)]) => Ok(Val::Bool(text.starts_with(&**part))),
        ("endsWith", [Val::Str(part)]) => Ok(Val::Bool(text.ends_with(&**part))),
        ("charAt", [Val::Int(at)]) => char_at(text, *at),
        ("indexOf", [Val::Str(part)]) => index_of(text, part, 0),
        ("indexOf", [Val::Str(part), Val::Int(from)]) => index_of(text, part, *from),
        ("lastIndexOf", [Val::Str(part)]) => last_index_of(text, part, None),
        ("lastIndexOf", [Val::Str(part), Val::Int(from)]) => last_index_of(text, part, Some(*from)),
        ("lowerAscii", []) => Ok(Val::str(text.to_ascii_lowercase())),
        ("upperAscii", []) => Ok(Val::str(text.to_ascii_uppercase())),
        ("replace", [Val::Str(old), Val::Str(new)]) => replace(text, old, new, -1, budget),
        ("replace", [Val::Str(old), Val::Str(new), Val::Int(n)]) => {
            replace(text, old, new, *n, budget)
        }
        ("split", [Val::Str(between)]) => split(text, between, -1, budget),
        ("split", [Val::Str(between), Val::Int(n)]) => split(text, between, *n, budget),
        ("substring", [Val::Int(start)]) => substring(text, *start, None),
        ("substring", [Val::Int(start), Val::Int(end)]) => substring(text, *start, Some(*end)),
        ("trim", []) => Ok(Val::str(text.trim())),
        ("reverse", []) => Ok(Val::str(text.chars().rev().collect::<String>())),
        ("format", [Val::List(args)]) => format(text, args, budget),
        _ => return None,
    })
}

/// Returns the byte where a character begins; nothing beyond the end.
fn byte_of(text: &str, at: usize) -> Option<usize> {
    text.char_indices().map(|(byte, _)| byte).chain([text.len()]).nth(at)
}

fn char_at(text: &str, at: i64) -> Result<Val, Error> {
    let start = usize::try_from(at).ok().and_then(|at| byte_of(text, at));
    let rest = start.and_then(|start| text.get(start..)).ok_or_else(|| outside(at))?;
    Ok(Val::str(rest.chars().next().map(String::from).unwrap_or_default()))
}

fn index_of(text: &str, part: &str, from: i64) -> Result<Val, Error> {
    let start = usize::try_from(from).map_err(|_| outside(from))?;
    let count = text.chars().count();
    if part.is_empty() {
        return Ok(Val::Int(start.min(count) as i64));
    }
    let Some(byte) = byte_of(text, start) else { return Ok(Val::Int(-1)) };
    let found = text.get(byte..).and_then(|rest| Some((rest, rest.find(part)?)));
    Ok(Val::Int(found.map_or(-1, |(rest, at)| {
        (start + rest.get(..at).unwrap_or_default().chars().count()) as i64
    })))
}

fn last_index_of(text: &str, part: &str, from: Option<i64>) -> Result<Val, Error> {
    let count = text.chars().count();
    let last = match from {
        Some(from) => usize::try_from(from).map_err(|_| outside(from))?,
        None if part.is_empty() => count,
        None => count.saturating_sub(1),
    };
    if part.is_empty() {
        return Ok(Val::Int(last.min(count) as i64));
    }
    if last >= count {
        return Ok(Val::Int(-1));
    }
    // The match may begin at the last place, and goes on behind it.
    let end = byte_of(text, last).unwrap_or(text.len()).saturating_add(part.len()).min(text.len());
    let end = (end..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    let mut before = text.get(..end).unwrap_or_default();
    while let Some(at) = before.rfind(part) {
        let place = text.get(..at).unwrap_or_default().chars().count();
        if place <= last {
            return Ok(Val::Int(place as i64));
        }
        let shorter = before.char_indices().next_back().map_or(0, |(at, _)| at);
        before = before.get(..shorter).unwrap_or_default();
    }
    Ok(Val::Int(-1))
}

fn replace(text: &str, old: &str, new: &str, n: i64, budget: &mut Budget) -> Result<Val, Error> {
    let count = if old.is_empty() { text.chars().count() + 1 } else { text.matches(old).count() };
    let count = usize::try_from(n).map_or(count, |n| n.min(count));
    budget.take(count as u64)?;
    budget.text(count.saturating_mul(new.len()))?;
    Ok(Val::str(text.replacen(old, new, count)))
}

fn split(text: &str, between: &str, n: i64, budget: &mut Budget) -> Result<Val, Error> {
    let most = usize::try_from(n).unwrap_or(usize::MAX);
    let count = match between.is_empty() {
        true => text.chars().count(),
        false => text.matches(between).count() + 1,
    };
    // Each part is a text of its own.
    budget.items(count.min(most).saturating_mul(2))?;
    let parts: Vec<Val> = match (most, between.is_empty()) {
        (0, _) => Vec::new(),
        (_, false) => text.splitn(most, between).map(Val::str).collect(),
        (_, true) => {
            let mut parts = Vec::new();
            let mut rest = text;
            while let Some(c) = rest.chars().next() {
                if parts.len() + 1 == most {
                    parts.push(Val::str(rest));
                    break;
                }
                let (one, others) = rest.split_at(c.len_utf8());
                parts.push(Val::str(one));
                rest = others;
            }
            parts
        }
    };
    Ok(Val::list(parts))
}

fn substring(text: &str, start: i64, end: Option<i64>) -> Result<Val, Error> {
    if let Some(end) = end.filter(|end| start > *end) {
        let words = format!("invalid substring range. start: {start}, end: {end}");
        return Err(Error::value(words));
    }
    let byte = |at: i64| {
        let found = usize::try_from(at).ok().and_then(|at| byte_of(text, at));
        found.ok_or_else(|| outside(at))
    };
    let from = byte(start)?;
    let to = end.map_or(Ok(text.len()), byte)?;
    Ok(Val::str(text.get(from..to).unwrap_or_default()))
}

pub(crate) fn quote(text: &str, budget: &mut Budget) -> Result<Val, Error> {
    budget.text(text.len())?;
    let mut made = String::with_capacity(text.len() + 2);
    made.push('"');
    for c in text.chars() {
        match c {
            '\x07' => made.push_str("\\a"),
            '\x08' => made.push_str("\\b"),
            '\x0c' => made.push_str("\\f"),
            '\n' => made.push_str("\\n"),
            '\r' => made.push_str("\\r"),
            '\t' => made.push_str("\\t"),
            '\x0b' => made.push_str("\\v"),
            '\\' => made.push_str("\\\\"),
            '"' => made.push_str("\\\""),
            c => made.push(c),
        }
    }
    made.push('"');
    Ok(Val::str(made))
}

pub(crate) fn join(list: &List, between: &str, budget: &mut Budget) -> Result<Val, Error> {
    budget.items(list.items.len())?;
    let texts = texts(list)?;
    budget.text(texts.iter().map(|text| text.len() + between.len()).sum())?;
    Ok(Val::str(texts.join(between)))
}

/// `format`: `%s`, `%d`, `%f`, `%e`, `%b`, `%x`, `%X`, `%o` and `%%`.
fn format(text: &str, args: &List, budget: &mut Budget) -> Result<Val, Error> {
    let (mut made, mut rest, mut args) = (String::new(), text, args.items.iter().enumerate());
    while let Some((before, after)) = rest.split_once('%') {
        made.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            made.push('%');
            rest = after;
            continue;
        }
        let (precision, after) = match after.strip_prefix('.') {
            Some(after) => {
                let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
                let (digits, after) = after.split_at(end);
                let precision = digits.parse().ok().filter(|n| *n <= MOST_PRECISION);
                let precision = precision.ok_or_else(|| Error::value("precision is too large"))?;
                (Some(precision), after)
            }
            None => (None, after),
        };
        let clause =
            after.chars().next().ok_or_else(|| Error::value("unexpected end of string"))?;
        rest = after.get(clause.len_utf8()..).unwrap_or_default();
        let Some((at, arg)) = args.next() else {
            return Err(Error::value(format!("index {} out of range", made.len())));
        };
        one(clause, precision.unwrap_or(6), arg, budget, &mut made).map_err(|error| Error {
            words: format!("error during formatting of argument {at}: {}", error.words),
            ..error
        })?;
    }
    made.push_str(rest);
    budget.text(made.len())?;
    Ok(Val::str(made))
}

/// Puts commas between thousands, as `golang.org/x/text/message` does for English.
fn grouped(number: &str) -> String {
    let start = usize::from(number.starts_with('-'));
    let end = number.find('.').unwrap_or(number.len());
    let is_number = number.bytes().any(|b| b.is_ascii_digit());
    let mut made = String::with_capacity(number.len() + number.len() / 3);
    for (at, c) in number.char_indices() {
        if is_number && at > start && at < end && (end - at).is_multiple_of(3) {
            made.push(',');
        }
        made.push(c);
    }
    made
}

/// Writes an exponent as a power of ten, in the same way.
fn powered(number: &str) -> String {
    let Some((mantissa, exponent)) = number.split_once('e') else { return number.to_owned() };
    let raised = |c: char| match c {
        '-' => Some('⁻'),
        '1' => Some('¹'),
        '2' => Some('²'),
        '3' => Some('³'),
        '0' | '4'..='9' => char::from_u32('⁰' as u32 + c as u32 - '0' as u32),
        _ => None,
    };
    format!("{mantissa}×10{}", exponent.chars().filter_map(raised).collect::<String>())
}

fn one(
    clause: char,
    precision: usize,
    arg: &Val,
    budget: &mut Budget,
    out: &mut String,
) -> Result<(), Error> {
    let wrong = || {
        let words = format!("%{clause} cannot write a value of type {}", arg.type_name());
        Err(Error::value(words))
    };
    let signed = |n: &i64, text: String| if *n < 0 { format!("-{text}") } else { text };
    budget.take(1)?;
    if matches!(clause, 'f' | 'e') {
        // Each digit is worked out.
        budget.take(precision as u64)?;
    }
    let text = match (clause, arg) {
        ('s', arg) => return written(arg, budget, out),
        ('d', Val::Int(n)) => n.to_string(),
        ('d', Val::Uint(n)) => n.to_string(),
        ('f', Val::Double(f)) => {
            grouped(&format_float(*f, b'f', i32::try_from(precision).unwrap_or(6)))
        }
        ('e', Val::Double(f)) => {
            // The precision is a width there, whatever it was meant to be.
            format!("{:>precision$}", powered(&format_float(*f, b'e', 6)))
        }
        ('b', Val::Int(n)) => signed(n, format!("{:b}", n.unsigned_abs())),
        ('b', Val::Uint(n)) => format!("{n:b}"),
        ('b', Val::Bool(b)) => u8::from(*b).to_string(),
        ('o', Val::Int(n)) => signed(n, format!("{:o}", n.unsigned_abs())),
        ('o', Val::Uint(n)) => format!("{n:o}"),
        ('x' | 'X', arg) => {
            let length = match arg {
                Val::Str(text) => text.len(),
                Val::Bytes(bytes) => bytes.len(),
                _ => 0,
            };
            budget.take(length as u64)?;
            let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
            let text = match arg {
                Val::Int(n) => signed(n, format!("{:x}", n.unsigned_abs())),
                Val::Uint(n) => format!("{n:x}"),
                Val::Str(text) => hex(text.as_bytes()),
                Val::Bytes(bytes) => hex(bytes),
                _ => return wrong(),
            };
            if clause == 'X' { text.to_uppercase() } else { text }
        }
        ('d' | 'f' | 'e' | 'b' | 'o', _) => return wrong(),
        _ => {
            return Err(Error::value(format!(
                "unrecognized formatting clause {}",
                quoted(clause.to_string())
            )));
        }
    };
    out.push_str(&text);
    Ok(())
}
