//! Cuts, pads, searches and quotes text. Changes of case and of word breaks are in `words`.

use bstr::ByteSlice;

use gostd::fmt::PrintError;
use gostd::value::{List, Map, STRING_MAP, Str, Type, Value};
use gostd::{fmt, strconv, unicode};
use gotemplate::func::{FuncDef, FuncError, FuncResult, Host, def, printed};
use memchr::memmem;

use super::args::{ENTRY, ITEM, any, int, out_of_bounds, text, text_handle};
use super::convert::{to_strings, to_text};
use super::flow;

const STRING: &[Type] = &[Type::String];
const STRINGS: &[Type] = &[Type::String, Type::String];
const INT_STRING: &[Type] = &[Type::Int, Type::String];
const ANY: &[Type] = &[Type::Any];

pub(super) const TABLE: &[FuncDef] = &[
    def("hello", &[], |_, _| Ok(Value::str("Hello!"))),
    def("abbrev", INT_STRING, abbrev),
    def("abbrevboth", &[Type::Int, Type::Int, Type::String], abbrev_both),
    def("trunc", INT_STRING, trunc).flowing(flow::EMBEDS),
    def("substr", &[Type::Int, Type::Int, Type::String], substr).flowing(flow::EMBEDS),
    def("trim", STRING, |_, a| Ok(part(a, 0, unicode::trim_space(text(a, 0)))))
        .flowing(flow::EMBEDS),
    def("trimall", STRINGS, trim_all).flowing(flow::EMBEDS),
    def("trimAll", STRINGS, trim_all).flowing(flow::EMBEDS),
    def("trimSuffix", STRINGS, |_, a| {
        let s = text(a, 1);
        Ok(part(a, 1, s.strip_suffix(text(a, 0)).unwrap_or(s)))
    })
    .flowing(flow::EMBEDS),
    def("trimPrefix", STRINGS, |_, a| {
        let s = text(a, 1);
        Ok(part(a, 1, s.strip_prefix(text(a, 0)).unwrap_or(s)))
    })
    .flowing(flow::EMBEDS),
    def("repeat", INT_STRING, |h, a| Ok(Value::from(repeat(h, text(a, 1), int(a, 0))?))),
    def("indent", INT_STRING, |h, a| indent(h, Vec::new(), a)).flowing(flow::INDENT),
    def("nindent", INT_STRING, |h, a| indent(h, vec![b'\n'], a)).flowing(flow::NINDENT),
    def("replace", &[Type::String, Type::String, Type::String], replace).flowing(flow::REPLACE),
    def("contains", STRINGS, |_, a| {
        Ok(Value::Bool(memmem::find(text(a, 1), text(a, 0)).is_some()))
    }),
    def("hasPrefix", STRINGS, |_, a| Ok(Value::Bool(text(a, 1).starts_with(text(a, 0))))),
    def("hasSuffix", STRINGS, |_, a| Ok(Value::Bool(text(a, 1).ends_with(text(a, 0))))),
    def("quote", ANY, quote).flowing(flow::EMBEDS).variadic().growing(4),
    def("squote", ANY, squote).flowing(flow::EMBEDS).variadic(),
    def("cat", ANY, cat).flowing(flow::EMBEDS).variadic(),
    def("plural", &[Type::String, Type::String, Type::Int], |_, a| {
        Ok(Value::Str(text_handle(a, usize::from(int(a, 2) != 1))))
    }),
    def("join", &[Type::String, Type::Any], join).flowing(flow::JOIN),
    def("split", STRINGS, |h, a| Ok(numbered(split(h, ENTRY, text(a, 1), text(a, 0), -1)?))),
    def("splitn", &[Type::String, Type::Int, Type::String], |h, a| {
        Ok(numbered(split(h, ENTRY, text(a, 2), text(a, 0), int(a, 1))?))
    }),
    def("splitList", STRINGS, |h, a| {
        Ok(Value::List(List::strings(split(h, ITEM, text(a, 1), text(a, 0), -1)?)))
    })
    .flowing(flow::SPLIT_LIST),
];

/// Returns a part of an argument; the argument itself, not a copy, where the part is all of it.
fn part(a: &[Value], i: usize, part: &[u8]) -> Value {
    if part.len() == text(a, i).len() {
        return Value::Str(text_handle(a, i));
    }
    Value::Str(Str::from_bytes(part))
}

fn trim_all(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let cut: Vec<char> = unicode::runes(text(a, 0)).collect();
    let among = |c| cut.contains(&c);
    Ok(part(a, 1, unicode::trim_end(unicode::trim_start(text(a, 1), among), among)))
}

/// Keeps the first bytes, or of a negative count the last ones.
fn trunc(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let (s, count) = (text(a, 1), int(a, 0));
    let size = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX).min(s.len());
    let kept = if count < 0 { &s[s.len() - size..] } else { &s[..size] };
    Ok(part(a, 1, kept))
}

fn substr(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let (start, end, s) = (int(a, 0), int(a, 1), text(a, 2));
    let len = s.len();
    if start < 0 {
        return match usize::try_from(end) {
            Ok(n) if n <= len => Ok(part(a, 2, &s[..n])),
            Ok(n) => Err(out_of_bounds(format_args!("[:{n}] with length {len}"))),
            Err(_) => Err(out_of_bounds(format_args!("[:{end}]"))),
        };
    }
    let from = usize::try_from(start).unwrap_or(usize::MAX);
    let to = usize::try_from(end).ok().filter(|n| *n <= len).unwrap_or(len);
    match s.get(from..to) {
        Some(cut) => Ok(part(a, 2, cut)),
        None => Err(out_of_bounds(format_args!("[{from}:{to}]"))),
    }
}

fn abbrev(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    abbreviated(a, 1, 0, int(a, 0))
}

fn abbrev_both(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let (left, right) = (int(a, 0), int(a, 1));
    if left > 0 && right < 7 {
        return Ok(Value::Str(text_handle(a, 2)));
    }
    abbreviated(a, 2, left, right)
}

/// Cuts to `width` bytes with `...` on the right, and on the left where `offset` is past the start.
fn abbreviated(a: &[Value], i: usize, offset: i64, width: i64) -> FuncResult {
    let s = text(a, i);
    let width = match usize::try_from(width) {
        Ok(width) if width >= 4 && s.len() > width => width,
        _ => return Ok(Value::Str(text_handle(a, i))),
    };
    let offset = usize::try_from(offset).unwrap_or(0).min(s.len() - (width - 3));
    let mut out = Vec::with_capacity(width);
    if offset <= 4 {
        out.extend_from_slice(&s[..width - 3]);
        out.extend_from_slice(b"...");
        return Ok(Value::from(out));
    }
    if width < 7 {
        return Ok(Value::str(""));
    }
    out.extend_from_slice(b"...");
    if offset + width - 3 < s.len() {
        // Both ends are cut: the rest is abbreviated to what the first dots leave.
        let inner = width - 3;
        out.extend_from_slice(&s[offset..offset + inner - 3]);
        out.extend_from_slice(b"...");
    } else {
        out.extend_from_slice(&s[s.len() - (width - 3)..]);
    }
    Ok(Value::from(out))
}

fn repeat(host: &mut dyn Host, s: &[u8], count: i64) -> Result<Vec<u8>, FuncError> {
    if count < 0 {
        return Err(FuncError::text("strings: negative Repeat count"));
    }
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let size = s.len().checked_mul(count).filter(|size| i64::try_from(*size).is_ok());
    host.reserve(size.ok_or_else(overflow)?)?;
    Ok(s.repeat(if s.is_empty() { 0 } else { count }))
}

fn overflow() -> FuncError {
    FuncError::text("strings: Repeat output length overflow")
}

/// Puts spaces before each line, empty ones too.
fn indent(host: &mut dyn Host, mut out: Vec<u8>, a: &[Value]) -> FuncResult {
    let pad = repeat(host, b" ", int(a, 0))?;
    let s = text(a, 1);
    let lines = s.iter().filter(|b| **b == b'\n').count() + 1;
    let size = pad.len().saturating_mul(lines).saturating_add(s.len());
    host.reserve(size)?;
    out.reserve(size);
    let mut rest = s;
    loop {
        out.extend_from_slice(&pad);
        match rest.find_byte(b'\n') {
            Some(end) => {
                out.extend_from_slice(&rest[..=end]);
                rest = &rest[end + 1..];
            }
            None => {
                out.extend_from_slice(rest);
                return Ok(Value::from(out));
            }
        }
    }
}

fn replace(host: &mut dyn Host, a: &[Value]) -> FuncResult {
    let (old, new, s) = (text(a, 0), text(a, 1), text(a, 2));
    if old.is_empty() {
        // Go inserts before each character and at the end.
        let count = unicode::rune_count(s) + 1;
        let size = new.len().saturating_mul(count).saturating_add(s.len());
        host.reserve(size)?;
        let mut out = Vec::with_capacity(size);
        let mut rest = s;
        while !rest.is_empty() {
            let (_, width) = unicode::decode(rest);
            out.extend_from_slice(new);
            out.extend_from_slice(&rest[..width]);
            rest = &rest[width..];
        }
        out.extend_from_slice(new);
        return Ok(Value::from(out));
    }
    let Some(first) = s.find(old) else { return Ok(Value::Str(text_handle(a, 2))) };
    if new.len() > old.len() {
        let count = s.find_iter(old).count();
        host.reserve(count.saturating_mul(new.len() - old.len()).saturating_add(s.len()))?;
    }
    let mut out = Vec::with_capacity(s.len() + new.len());
    out.extend_from_slice(&s[..first]);
    let mut last = first;
    for at in s.find_iter(old) {
        out.extend_from_slice(&s[last..at]);
        out.extend_from_slice(new);
        last = at + old.len();
    }
    out.extend_from_slice(&s[last..]);
    Ok(Value::from(out))
}

/// Writes the arguments that are not nil with a space between them.
fn spaced(
    host: &mut dyn Host,
    a: &[Value],
    write: impl Fn(&mut Vec<u8>, &Value, usize) -> Result<(), PrintError>,
) -> FuncResult {
    let spaced = |mut most: usize| {
        let mut out = Vec::new();
        let mut first = true;
        for v in a.iter().filter(|v| !v.is_nil()) {
            if !first {
                out.push(b' ');
            }
            first = false;
            let before = out.len();
            write(&mut out, v, most)?;
            // Strings are as long as they are.
            if let Value::List(_) | Value::Map(_) | Value::Object(_) | Value::Bytes(_) = v {
                most = most.saturating_sub(out.len() - before);
            }
        }
        Ok(Value::from(out))
    };
    printed(host, spaced)
}

fn quote(host: &mut dyn Host, a: &[Value]) -> FuncResult {
    spaced(host, a, |out, v, most| {
        match v {
            Value::Str(s) => strconv::append_quote(out, s),
            v => strconv::append_quote(out, &to_text(v, most)?),
        }
        Ok(())
    })
}

fn squote(host: &mut dyn Host, a: &[Value]) -> FuncResult {
    spaced(host, a, |out, v, most| {
        out.push(b'\'');
        fmt::write_value_within(out, v, most)?;
        out.push(b'\'');
        Ok(())
    })
}

fn cat(host: &mut dyn Host, a: &[Value]) -> FuncResult {
    spaced(host, a, fmt::write_value_within)
}

fn join(host: &mut dyn Host, a: &[Value]) -> FuncResult {
    let (separator, items) = (text(a, 0), to_strings(host, any(a, 1))?);
    let sizes = items.iter().filter_map(Value::as_str).map(|s| s.len());
    let text: usize = sizes.sum();
    let gaps = separator.len().saturating_mul(items.len().saturating_sub(1));
    let size = gaps.saturating_add(text);
    host.reserve(size)?;
    let mut out = Vec::with_capacity(size);
    for (i, item) in items.iter().filter_map(Value::as_str).enumerate() {
        if i > 0 {
            out.extend_from_slice(separator);
        }
        out.extend_from_slice(item);
    }
    Ok(Value::from(out))
}

/// From which length on a text's parts are counted before they are taken apart.
const LONG: usize = 64 << 10;

/// Reproduces Go's `strings.SplitN`: at most `limit` parts, of a negative limit all; without a
/// separator the characters. Each part is to become `each` bytes of a value.
fn split<'a>(
    host: &mut dyn Host,
    each: usize,
    s: &'a [u8],
    separator: &[u8],
    limit: i64,
) -> Result<Vec<&'a [u8]>, FuncError> {
    let limit = match limit {
        0 => return Ok(Vec::new()),
        n => usize::try_from(n).unwrap_or(usize::MAX),
    };
    if s.len() > LONG {
        let count = if separator.is_empty() { s.len() } else { s.find_iter(separator).count() + 1 };
        host.reserve(count.min(limit).saturating_mul(each + size_of::<&[u8]>()))?;
    }
    let mut parts = Vec::new();
    let mut rest = s;
    if separator.is_empty() {
        while !rest.is_empty() && parts.len() + 1 < limit {
            let (_, width) = unicode::decode(rest);
            let (character, after) = rest.split_at(width);
            parts.push(character);
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(rest);
        }
        return Ok(parts);
    }
    while parts.len() + 1 < limit
        && let Some(at) = rest.find(separator)
    {
        parts.push(&rest[..at]);
        rest = &rest[at + separator.len()..];
    }
    parts.push(rest);
    Ok(parts)
}

/// Returns the parts as `map[string]string` under `_0`, `_1` …
fn numbered(parts: Vec<&[u8]>) -> Value {
    let entries = parts
        .into_iter()
        .enumerate()
        .map(|(i, part)| (Str::from(format!("_{i}")), Value::Str(Str::from(part))));
    Value::Map(Map::from_entries(&STRING_MAP, entries))
}
