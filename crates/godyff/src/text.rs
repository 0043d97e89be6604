//! Lays out texts: prefixes, numbers in words, dumps of bytes.

use std::fmt::Write;

/// Returns a number and its noun; numbers up to twelve in words.
pub(crate) fn plural(amount: usize, one: &str, many: &str) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    let noun = if amount == 1 { one } else { many };
    match WORDS.get(amount) {
        Some(word) => format!("{word} {noun}"),
        None => format!("{amount} {noun}"),
    }
}

/// Returns a text whose first line has a prefix, and whose other lines are indented as far.
pub(crate) fn with_prefix(prefix: &str, text: &str, indent: usize) -> String {
    let width = indent + crate::style::shown_len(prefix);
    let mut out = String::with_capacity(text.len() + width + 1);
    for (at, line) in text.split('\n').enumerate() {
        match at {
            0 => {
                spaces(&mut out, indent);
                out.push_str(prefix);
            }
            _ => spaces(&mut out, width),
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// Returns a text each of whose lines has a prefix.
pub(crate) fn with_prefixes(prefix: &str, text: &str, indent: usize) -> String {
    let mut out = String::with_capacity(text.len() + indent + prefix.len() + 1);
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        spaces(&mut out, indent);
        out.push_str(prefix);
        out.push_str(line);
        out.push('\n');
    }
    out
}

pub(crate) fn spaces(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}

/// Returns bytes as Go's `hex.Dump` shows them.
pub(crate) fn hex_dump(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(16) * 79);
    for (at, line) in bytes.chunks(16).enumerate() {
        let _ = write!(out, "{:08x} ", at * 16);
        for at in 0..16 {
            match line.get(at) {
                Some(byte) => {
                    let _ = write!(out, " {byte:02x}");
                }
                None => out.push_str("   "),
            }
            if at == 7 {
                out.push(' ');
            }
        }
        out.push_str("  |");
        out.extend(line.iter().map(|b| if (32..127).contains(b) { char::from(*b) } else { '.' }));
        out.push_str("|\n");
    }
    out
}
