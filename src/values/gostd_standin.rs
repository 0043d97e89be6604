//! Stands in for `gostd::{strconv, json}` until they are merged.

use crate::value::Value;

pub(super) fn quote(s: &[u8]) -> Vec<u8> {
    let mut out = vec![b'"'];
    for c in String::from_utf8_lossy(s).chars() {
        match c {
            '"' => out.extend(b"\\\""),
            '\\' => out.extend(b"\\\\"),
            '\x07' => out.extend(b"\\a"),
            '\x08' => out.extend(b"\\b"),
            '\x0c' => out.extend(b"\\f"),
            '\n' => out.extend(b"\\n"),
            '\r' => out.extend(b"\\r"),
            '\t' => out.extend(b"\\t"),
            '\x0b' => out.extend(b"\\v"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => {
                out.extend(format!("\\x{:02x}", c as u32).bytes())
            }
            c if (0x80..=0xa0).contains(&(c as u32)) || c as u32 == 0xad => {
                out.extend(format!("\\u{:04x}", c as u32).bytes())
            }
            c => out.extend(c.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    out.push(b'"');
    out
}

pub(super) fn atoi(s: &[u8]) -> Result<i64, String> {
    let text = String::from_utf8_lossy(s);
    text.parse::<i64>().map_err(|e| {
        let what = match e.kind() {
            std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow => {
                "value out of range"
            }
            _ => "invalid syntax",
        };
        format!("strconv.Atoi: parsing {}: {what}", String::from_utf8_lossy(&quote(s)))
    })
}

pub(super) fn go_float(f: f64, out: &mut Vec<u8>) {
    let a = f.abs();
    if a != 0.0 && !(1e-6..1e21).contains(&a) {
        let text = format!("{f:e}");
        match text.split_once("e-") {
            Some((m, e)) => out.extend(format!("{m}e-{:0>2}", e).replace("e-0", "e-").bytes()),
            None => out.extend(text.replace('e', "e+").bytes()),
        }
    } else {
        out.extend(format!("{f}").bytes());
    }
}

pub(super) fn marshal(v: &Value, escape_html: bool) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    write(&mut out, v, escape_html);
    Ok(out)
}

fn write(out: &mut Vec<u8>, v: &Value, html: bool) {
    match v {
        Value::Bool(b) => out.extend(b.to_string().bytes()),
        Value::Int(_, n) => out.extend(n.to_string().bytes()),
        Value::Uint(_, n) => out.extend(n.to_string().bytes()),
        Value::Float(f) => go_float(*f, out),
        Value::Str(s) => string(out, s, html),
        Value::List(l) => {
            out.push(b'[');
            for (i, v) in l.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write(out, v, html);
            }
            out.push(b']');
        }
        Value::Map(m) => {
            out.push(b'{');
            for (i, (k, v)) in m.borrow().iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                string(out, k, html);
                out.push(b':');
                write(out, v, html);
            }
            out.push(b'}');
        }
        _ => out.extend(b"null"),
    }
}

fn string(out: &mut Vec<u8>, s: &[u8], html: bool) {
    out.push(b'"');
    for c in String::from_utf8_lossy(s).chars() {
        match c {
            '"' => out.extend(b"\\\""),
            '\\' => out.extend(b"\\\\"),
            '\x08' => out.extend(b"\\b"),
            '\x0c' => out.extend(b"\\f"),
            '\n' => out.extend(b"\\n"),
            '\r' => out.extend(b"\\r"),
            '\t' => out.extend(b"\\t"),
            '<' | '>' | '&' if html => out.extend(format!("\\u{:04x}", c as u32).bytes()),
            c if (c as u32) < 0x20 || matches!(c, '\u{2028}' | '\u{2029}') => {
                out.extend(format!("\\u{:04x}", c as u32).bytes())
            }
            c => out.extend(c.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    out.push(b'"');
}
