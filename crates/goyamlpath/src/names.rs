//! Reads the names of children: between brackets, in quotes, with escapes.

use bstr::ByteSlice;

use gostd::unicode::{self, trim_space};

/// Returns a name without its escapes; what is not UTF-8 becomes U+FFFD.
pub(super) fn unescaped(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut is_escaped = false;
    for c in unicode::runes(raw) {
        if c == '\\' {
            if is_escaped {
                out.push(b'\\');
            }
            is_escaped = !is_escaped;
            continue;
        }
        is_escaped = false;
        unicode::push_char(&mut out, c);
    }
    out
}

/// Returns the names of `'a', "b"`, or of what a bracket holds: `['a', "b"]`.
pub(super) fn in_brackets(text: &[u8]) -> Vec<Vec<u8>> {
    let text = trim_space(text);
    let text = text.strip_prefix(b"[").unwrap_or(text);
    let text = text.strip_suffix(b"]").unwrap_or(text);
    // A comma within quotes is part of a name.
    let (mut names, mut part): (Vec<Vec<u8>>, Vec<u8>) = (Vec::new(), Vec::new());
    for piece in trim_space(text).split_str(",") {
        let is_whole = is_balanced(piece, '\'') && is_balanced(piece, '"');
        if part.is_empty() {
            match is_whole {
                true => names.push(piece.to_vec()),
                false => part = piece.to_vec(),
            }
            continue;
        }
        part.push(b',');
        part.extend_from_slice(piece);
        if !is_whole {
            names.push(std::mem::take(&mut part));
        }
    }
    if !part.is_empty() {
        names.push(part);
    }
    names.iter().map(|name| unescaped(unquoted(trim_space(name)))).collect()
}

fn unquoted(name: &[u8]) -> &[u8] {
    let quote: &[u8] = if name.starts_with(b"'") { b"'" } else { b"\"" };
    let name = name.strip_prefix(quote).unwrap_or(name);
    name.strip_suffix(quote).unwrap_or(name)
}

/// Tells whether quotes that nothing escapes stand in pairs.
fn is_balanced(text: &[u8], quote: char) -> bool {
    let mut is_balanced = true;
    let mut before = None;
    for c in unicode::runes(text) {
        is_balanced ^= c == quote && before != Some('\\');
        before = Some(c);
    }
    is_balanced
}
