//! Sends a string through JSON text and back through go-yaml's reader.

use std::borrow::Cow;

use super::emit_error::EmitError;

const NEL: &[u8] = "\u{85}".as_bytes();

/// Returns the string as it comes out at the other end: bytes that are not UTF-8 are U+FFFD, and a
/// line break that JSON does not escape (U+0085) is folded as in any quoted YAML scalar.
///
/// # Errors
///
/// For characters that JSON leaves as they are and go-yaml does not read.
pub(super) fn json_text(s: &[u8]) -> Result<Cow<'_, [u8]>, EmitError> {
    let mut high = 0u8;
    let mut del = false;
    for &b in s {
        high |= b;
        del |= b == 0x7f;
    }
    if del {
        return Err(EmitError::ControlCharacter);
    }
    if high < 0x80 {
        return Ok(Cow::Borrowed(s));
    }
    let text = match std::str::from_utf8(s) {
        Ok(_) => Cow::Borrowed(s),
        Err(_) => Cow::Owned(replace_invalid(s)),
    };
    let mut has_nel = false;
    for (i, &b) in text.iter().enumerate() {
        match b {
            0xc2 => match text.get(i + 1) {
                Some(0x85) => has_nel = true,
                Some(0x80..=0x9f) => return Err(EmitError::ControlCharacter),
                _ => {}
            },
            0xef if matches!(text.get(i + 1..i + 3), Some([0xbf, 0xbe | 0xbf])) => {
                return Err(EmitError::ControlCharacter);
            }
            _ => {}
        }
    }
    if has_nel { fold(&text).map(Cow::Owned) } else { Ok(text) }
}

/// Replaces every byte that is not part of valid UTF-8, one U+FFFD a byte, as Go does.
fn replace_invalid(s: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len() + 8);
    for chunk in s.utf8_chunks() {
        out.extend_from_slice(chunk.valid().as_bytes());
        for _ in chunk.invalid() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
    out
}

/// Folds U+0085 as the scanner does within double quotes: spaces around the break go, one break
/// is a space, each further one a line feed.
fn fold(s: &[u8]) -> Result<Vec<u8>, EmitError> {
    let mut out = Vec::with_capacity(s.len());
    let mut rest = s;
    while !rest.is_empty() {
        let blanks = blank_run(rest);
        let (run, after) = rest.split_at(blanks);
        let breaks = run.windows(NEL.len()).filter(|w| *w == NEL).count();
        match breaks {
            0 => out.extend_from_slice(run),
            1 => out.push(b' '),
            n => out.resize(out.len() + n - 1, b'\n'),
        }
        // A document marker must not stand at the beginning of a line.
        if run.ends_with(NEL)
            && matches!(after.get(..3), Some(b"---" | b"..."))
            && blank_run(&after[3..]) > 0
        {
            return Err(EmitError::DocumentIndicator);
        }
        let text = after
            .iter()
            .enumerate()
            .position(|(i, &b)| b == b' ' || after[i..].starts_with(NEL))
            .unwrap_or(after.len());
        out.extend_from_slice(&after[..text]);
        rest = &after[text..];
    }
    Ok(out)
}

/// Returns the length of the run of spaces and U+0085 that a text begins with.
fn blank_run(s: &[u8]) -> usize {
    let mut n = 0;
    loop {
        if s.get(n) == Some(&b' ') {
            n += 1;
        } else if s[n..].starts_with(NEL) {
            n += NEL.len();
        } else {
            return n;
        }
    }
}

/// Returns how many characters JSON text takes for a string, quotes included, as `encoding/json`
/// writes it.
pub(super) fn json_key_len(s: &[u8]) -> usize {
    let mut n = 2;
    for chunk in s.utf8_chunks() {
        for c in chunk.valid().chars() {
            n += match c {
                '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
                '\0'..'\u{20}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => 6,
                _ => 1,
            };
        }
        n += 6 * chunk.invalid().len();
    }
    n
}
