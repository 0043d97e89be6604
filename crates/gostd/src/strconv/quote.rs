//! Reproduces `strconv.Quote` and `strconv.Unquote`.

use crate::unicode::{decode, is_print, push_char, runes};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Returns a double-quoted Go string literal, unprintable characters and invalid bytes escaped
/// (`strconv.Quote`).
///
/// ```
/// use gostd::strconv::quote;
/// assert_eq!(quote(b"a\"\n\xff"), br#""a\"\n\xff""#);
/// ```
pub fn quote(s: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len() + 2);
    append_quote(&mut out, s);
    out
}

/// Quotes as [`quote`] does, as text for messages.
pub fn quoted(s: impl AsRef<[u8]>) -> String {
    String::from_utf8_lossy(&quote(s.as_ref())).into_owned()
}

/// Quotes as [`quote`], with every character beyond ASCII escaped (`strconv.QuoteToASCII`).
pub fn quote_ascii(s: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len() + 2);
    append_quote_ascii(&mut out, s);
    out
}

/// Appends what [`quote`] returns.
pub fn append_quote(out: &mut Vec<u8>, s: &[u8]) {
    append_quoted(out, s, false);
}

/// Appends what [`quote_ascii`] returns.
pub fn append_quote_ascii(out: &mut Vec<u8>, s: &[u8]) {
    append_quoted(out, s, true);
}

/// Returns a single-quoted Go character literal (`strconv.QuoteRune`).
pub fn quote_char(c: char) -> Vec<u8> {
    let mut out = vec![b'\''];
    append_escaped(&mut out, c, b'\'', false);
    out.push(b'\'');
    out
}

/// Quotes as [`quote_char`], in ASCII only (`strconv.QuoteRuneToASCII`).
pub fn quote_char_ascii(c: char) -> Vec<u8> {
    let mut out = vec![b'\''];
    append_escaped(&mut out, c, b'\'', true);
    out.push(b'\'');
    out
}

fn append_quoted(out: &mut Vec<u8>, s: &[u8], ascii: bool) {
    out.push(b'"');
    let mut rest = s;
    while let Some(&first) = rest.first() {
        let plain = rest
            .iter()
            .position(|&b| !matches!(b, b' '..=b'~') || b == b'"' || b == b'\\')
            .unwrap_or(rest.len());
        if plain > 0 {
            out.extend_from_slice(&rest[..plain]);
            rest = &rest[plain..];
            continue;
        }
        let (c, width) = decode(rest);
        if width == 1 && !first.is_ascii() {
            append_byte(out, first);
        } else {
            append_escaped(out, c, b'"', ascii);
        }
        rest = &rest[width..];
    }
    out.push(b'"');
}

fn append_byte(out: &mut Vec<u8>, b: u8) {
    out.extend_from_slice(&[b'\\', b'x', HEX[usize::from(b >> 4)], HEX[usize::from(b & 15)]]);
}

fn append_escaped(out: &mut Vec<u8>, c: char, quote: u8, ascii: bool) {
    if c == quote as char || c == '\\' {
        out.extend_from_slice(&[b'\\', c as u8]);
        return;
    }
    if (c.is_ascii() || !ascii) && is_print(c) {
        push_char(out, c);
        return;
    }
    let letter = match c {
        '\x07' => b'a',
        '\x08' => b'b',
        '\x0c' => b'f',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        '\x0b' => b'v',
        _ => 0,
    };
    if letter != 0 {
        out.extend_from_slice(&[b'\\', letter]);
    } else if c.is_ascii() {
        append_byte(out, c as u8);
    } else {
        let (mark, width) = if c as u32 <= 0xffff { (b'u', 4) } else { (b'U', 8) };
        out.extend_from_slice(&[b'\\', mark]);
        for i in (0..width).rev() {
            out.push(HEX[(c as u32 >> (4 * i)) as usize & 15]);
        }
    }
}

/// Returns whether the text can stand between backquotes unchanged on one line
/// (`strconv.CanBackquote`).
pub fn can_backquote(s: &[u8]) -> bool {
    let valid = std::str::from_utf8(s).is_ok();
    valid && runes(s).all(|c| c != '\u{feff}' && c != '`' && c != '\x7f' && (c >= ' ' || c == '\t'))
}

/// Returns what a Go string or character literal stands for (`strconv.Unquote`): double-quoted,
/// single-quoted (one character) or backquoted. `None` where Go says `invalid syntax`.
pub fn unquote(s: &[u8]) -> Option<Vec<u8>> {
    let (&quote, rest) = s.split_first()?;
    let (&last, body) = rest.split_last()?;
    if quote != last {
        return None;
    }
    match quote {
        b'`' => {
            if body.contains(&b'`') {
                return None;
            }
            // Go drops carriage returns from raw strings.
            Some(body.iter().copied().filter(|&b| b != b'\r').collect())
        }
        b'"' | b'\'' => {
            if body.contains(&b'\n') {
                return None;
            }
            let mut out = Vec::with_capacity(body.len());
            let mut rest = body;
            let mut count = 0;
            while !rest.is_empty() {
                rest = unquote_char(rest, quote, &mut out)?;
                count += 1;
            }
            if quote == b'\'' && count > 1 {
                return None;
            }
            Some(out)
        }
        _ => None,
    }
}

/// Decodes one character or escape and returns what follows it.
fn unquote_char<'a>(s: &'a [u8], quote: u8, out: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (&first, rest) = s.split_first()?;
    if first == quote {
        return None;
    }
    if first != b'\\' {
        let (c, width) = decode(s);
        push_char(out, c);
        return s.get(width..);
    }
    let (&kind, rest) = rest.split_first()?;
    match kind {
        b'a' => out.push(7),
        b'b' => out.push(8),
        b'f' => out.push(12),
        b'n' => out.push(b'\n'),
        b'r' => out.push(b'\r'),
        b't' => out.push(b'\t'),
        b'v' => out.push(11),
        b'\\' => out.push(b'\\'),
        b'\'' | b'"' => {
            if kind != quote {
                return None;
            }
            out.push(kind);
        }
        b'x' | b'u' | b'U' => {
            let width = match kind {
                b'x' => 2,
                b'u' => 4,
                _ => 8,
            };
            let digits = rest.get(..width)?;
            let mut n = 0u32;
            for &d in digits {
                n = n.checked_mul(16)?.checked_add((d as char).to_digit(16)?)?;
            }
            if kind == b'x' {
                out.push(n as u8);
            } else {
                push_char(out, char::from_u32(n)?);
            }
            return rest.get(width..);
        }
        b'0'..=b'7' => {
            let digits = rest.get(..2)?;
            let mut n = u32::from(kind - b'0');
            for &d in digits {
                n = n * 8 + (d as char).to_digit(8)?;
            }
            out.push(u8::try_from(n).ok()?);
            return rest.get(2..);
        }
        _ => return None,
    }
    Some(rest)
}
