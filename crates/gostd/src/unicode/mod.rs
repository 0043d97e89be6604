//! Reproduces Go's view of text: runes out of bytes, character classes and simple case mappings.
//!
//! The classes and mappings are those of Unicode 15.0, which Go 1.23 to 1.26 carry, or of 17.0, which Go 1.27 does
//! ([`Go::current`]). Rust's own tables map one character to several, which Go never does.

mod tables;
mod tables_1_27;

use crate::Go;

/// First code point, last one, stride, distance to the mapped code point.
type Mapping = [(u32, u32, u32, i32)];

/// What is known of characters.
struct Tables {
    classes: &'static [u32],
    upper: &'static Mapping,
    lower: &'static Mapping,
    title: &'static Mapping,
}

static UNICODE_15: Tables = Tables {
    classes: tables::CLASSES,
    upper: tables::UPPER,
    lower: tables::LOWER,
    title: tables::TITLE,
};
static UNICODE_17: Tables = Tables {
    classes: tables_1_27::CLASSES,
    upper: tables_1_27::UPPER,
    lower: tables_1_27::LOWER,
    title: tables_1_27::TITLE,
};

fn tables() -> &'static Tables {
    if Go::current() < Go::V1_27 { &UNICODE_15 } else { &UNICODE_17 }
}

const LETTER: u32 = 1;
const UPPERCASE: u32 = 1 << 1;
const LOWERCASE: u32 = 1 << 2;
const TITLECASE: u32 = 1 << 3;
const DIGIT: u32 = 1 << 4;
const NUMBER: u32 = 1 << 5;
const PUNCT: u32 = 1 << 6;
const SYMBOL: u32 = 1 << 7;
const MARK: u32 = 1 << 8;
const PRINT: u32 = 1 << 9;
const CLASS_BITS: u32 = 11;

/// Returns the first character of `s` and its width in bytes, as `utf8.DecodeRune` tells them: an
/// invalid byte is U+FFFD of width 1, the empty string U+FFFD of width 0.
pub fn decode(s: &[u8]) -> (char, usize) {
    match s.first() {
        None => (char::REPLACEMENT_CHARACTER, 0),
        Some(&b) if b < 0x80 => (b as char, 1),
        Some(_) => match bstr::decode_utf8(s) {
            (Some(c), n) => (c, n),
            (None, _) => (char::REPLACEMENT_CHARACTER, 1),
        },
    }
}

/// Returns the last character of `s` and its width in bytes, as `utf8.DecodeLastRune` tells them.
pub fn decode_last(s: &[u8]) -> (char, usize) {
    match s.last() {
        None => (char::REPLACEMENT_CHARACTER, 0),
        Some(&b) if b < 0x80 => (b as char, 1),
        Some(_) => match bstr::decode_last_utf8(s) {
            (Some(c), n) => (c, n),
            (None, _) => (char::REPLACEMENT_CHARACTER, 1),
        },
    }
}

/// Returns the characters of a byte string, as Go's `for _, r := range s` yields them: U+FFFD for
/// each invalid byte.
pub fn runes(s: &[u8]) -> Runes<'_> {
    Runes { rest: s, at: 0 }
}

/// Returns how many characters Go counts (`utf8.RuneCount`): each invalid byte is one.
pub fn rune_count(s: &[u8]) -> usize {
    if s.is_ascii() { s.len() } else { runes(s).count() }
}

/// Iterator over the characters of a byte string; see [`runes`].
#[derive(Clone, Debug)]
pub struct Runes<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Runes<'a> {
    /// Returns the characters together with their byte offsets, as `for i, r := range s`.
    pub fn indices(self) -> RuneIndices<'a> {
        RuneIndices(self)
    }
}

impl Iterator for Runes<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let (c, width) = decode(self.rest);
        if width == 0 {
            return None;
        }
        self.rest = &self.rest[width..];
        self.at += width;
        Some(c)
    }
}

/// Iterator over the byte offsets and characters of a byte string; see [`Runes::indices`].
#[derive(Clone, Debug)]
pub struct RuneIndices<'a>(Runes<'a>);

impl Iterator for RuneIndices<'_> {
    type Item = (usize, char);

    fn next(&mut self) -> Option<(usize, char)> {
        let at = self.0.at;
        self.0.next().map(|c| (at, c))
    }
}

/// Appends a character in UTF-8.
pub fn push_char(out: &mut Vec<u8>, c: char) {
    if c.is_ascii() {
        out.push(c as u8);
    } else {
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

fn class(c: char) -> u32 {
    let key = ((c as u32) << CLASS_BITS) | ((1 << CLASS_BITS) - 1);
    // The table starts at U+0000, so that some run always precedes the key.
    let classes = tables().classes;
    let i = classes.partition_point(|&run| run <= key);
    classes.get(i.wrapping_sub(1)).map_or(0, |run| run & ((1 << CLASS_BITS) - 1))
}

/// Reproduces Go's `unicode.IsLetter` (category L).
pub fn is_letter(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphabetic() } else { class(c) & LETTER != 0 }
}

/// Reproduces Go's `unicode.IsUpper`.
pub fn is_upper(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_uppercase() } else { class(c) & UPPERCASE != 0 }
}

/// Reproduces Go's `unicode.IsLower`.
pub fn is_lower(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_lowercase() } else { class(c) & LOWERCASE != 0 }
}

/// Reproduces Go's `unicode.IsTitle`.
pub fn is_title(c: char) -> bool {
    !c.is_ascii() && class(c) & TITLECASE != 0
}

/// Reproduces Go's `unicode.IsDigit` (category Nd).
pub fn is_digit(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_digit() } else { class(c) & DIGIT != 0 }
}

/// Reproduces Go's `unicode.IsNumber` (category N).
pub fn is_number(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_digit() } else { class(c) & NUMBER != 0 }
}

/// Reproduces Go's `unicode.IsPunct` (category P).
pub fn is_punct(c: char) -> bool {
    class(c) & PUNCT != 0
}

/// Reproduces Go's `unicode.IsSymbol` (category S).
pub fn is_symbol(c: char) -> bool {
    class(c) & SYMBOL != 0
}

/// Reproduces Go's `unicode.IsMark` (category M).
pub fn is_mark(c: char) -> bool {
    class(c) & MARK != 0
}

/// Reproduces Go's `unicode.IsSpace`, the White_Space property.
pub fn is_space(c: char) -> bool {
    c.is_whitespace()
}

/// Reproduces Go's `strconv.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII
/// space.
pub fn is_print(c: char) -> bool {
    if c.is_ascii() { (' '..='~').contains(&c) } else { class(c) & PRINT != 0 }
}

fn mapped(table: &Mapping, c: char) -> char {
    let n = c as u32;
    let i = table.partition_point(|&(_, last, _, _)| last < n);
    match table.get(i) {
        Some(&(first, _, stride, delta)) if first <= n && (n - first).is_multiple_of(stride) => {
            n.checked_add_signed(delta).and_then(char::from_u32).unwrap_or(c)
        }
        // Rows of stride 2 may interleave: the next row can hold the characters between.
        Some(_) => match table.get(i + 1) {
            Some(&(first, last, stride, delta))
                if first <= n && n <= last && (n - first).is_multiple_of(stride) =>
            {
                n.checked_add_signed(delta).and_then(char::from_u32).unwrap_or(c)
            }
            _ => c,
        },
        None => c,
    }
}

/// Reproduces Go's `unicode.ToUpper`: one character for one.
pub fn char_to_upper(c: char) -> char {
    if c.is_ascii() { c.to_ascii_uppercase() } else { mapped(tables().upper, c) }
}

/// Reproduces Go's `unicode.ToLower`: one character for one.
pub fn char_to_lower(c: char) -> char {
    if c.is_ascii() { c.to_ascii_lowercase() } else { mapped(tables().lower, c) }
}

/// Reproduces Go's `unicode.ToTitle`: one character for one.
pub fn char_to_title(c: char) -> char {
    if c.is_ascii() { c.to_ascii_uppercase() } else { mapped(tables().title, c) }
}

/// Maps each character by `f`; invalid bytes come out as U+FFFD, as from Go's
/// `strings.Map`.
pub fn map_runes(s: &[u8], mut f: impl FnMut(char) -> char) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len());
    for c in runes(s) {
        push_char(&mut out, f(c));
    }
    out
}

/// Reproduces Go's `strings.ToUpper`.
pub fn to_upper(s: &[u8]) -> Vec<u8> {
    if s.is_ascii() { s.to_ascii_uppercase() } else { map_runes(s, char_to_upper) }
}

/// Reproduces Go's `strings.ToLower`.
pub fn to_lower(s: &[u8]) -> Vec<u8> {
    if s.is_ascii() { s.to_ascii_lowercase() } else { map_runes(s, char_to_lower) }
}

/// Reproduces Go's `strings.Title`: the first letter of each word in title case, the rest as it
/// was.
pub fn title(s: &[u8]) -> Vec<u8> {
    let mut previous = ' ';
    map_runes(s, |c| {
        let start = is_separator(previous);
        previous = c;
        if start { char_to_title(c) } else { c }
    })
}

/// Returns what `strings.Title` takes for the space between words.
fn is_separator(c: char) -> bool {
    if c.is_ascii() {
        !(c.is_ascii_alphanumeric() || c == '_')
    } else {
        !is_letter(c) && !is_digit(c) && is_space(c)
    }
}

/// Returns the text without leading characters for which `cut` holds.
pub fn trim_start(s: &[u8], cut: impl Fn(char) -> bool) -> &[u8] {
    let end = runes(s).indices().find(|&(_, c)| !cut(c)).map_or(s.len(), |(i, _)| i);
    &s[end..]
}

/// Returns the text without trailing characters for which `cut` holds.
pub fn trim_end(mut s: &[u8], cut: impl Fn(char) -> bool) -> &[u8] {
    loop {
        let (c, width) = decode_last(s);
        if width == 0 || !cut(c) {
            return s;
        }
        s = &s[..s.len() - width];
    }
}

/// Reproduces Go's `strings.TrimSpace`.
pub fn trim_space(s: &[u8]) -> &[u8] {
    trim_end(trim_start(s, is_space), is_space)
}

/// Reproduces Go's `strings.Fields`: the words between runs of white space.
pub fn fields(s: &[u8]) -> Vec<&[u8]> {
    let mut words = Vec::new();
    let mut start = None;
    for (i, c) in runes(s).indices() {
        if is_space(c) {
            if let Some(from) = start.take() {
                words.push(&s[from..i]);
            }
        } else if start.is_none() {
            start = Some(i);
        }
    }
    if let Some(from) = start {
        words.push(&s[from..]);
    }
    words
}

#[cfg(test)]
mod tests;
