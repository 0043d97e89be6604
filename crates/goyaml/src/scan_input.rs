//! Decodes bytes to text: encodings, byte order marks, and characters that YAML refuses.

use std::borrow::Cow;

use bstr::ByteSlice;

/// How many bytes go-yaml reads at a time. A refused character is reported when the block that holds
/// it is read, which may be before or after an error of the text around it.
const BLOCK: usize = 512;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// A text that is ready to be scanned.
pub(super) struct Input<'a> {
    /// UTF-8 without control characters, and without the leading byte order mark.
    pub(super) text: Cow<'a, [u8]>,
    /// Why the text ends where it does, if not because the input ends there.
    pub(super) refused: Option<&'static str>,
    /// What the scanner may take for granted.
    pub(super) traits: Traits,
}

/// Properties of a text that let the scanner take shortcuts.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Traits {
    /// Bytes are characters.
    pub(super) ascii: bool,
    /// Some line ends with NEL, LS or PS.
    pub(super) unicode_breaks: bool,
}

/// Returns whether the text has only line feeds as line breaks, no control characters, no byte
/// order mark (but one at its start) and is valid: what [`super::compose_fast`] takes. Returns the
/// text.
pub(super) fn simple_text(data: &[u8]) -> Option<&[u8]> {
    let data = data.strip_prefix(BOM).unwrap_or(data);
    let mut high = 0u8;
    let mut bad = 0u8;
    for &b in data {
        high |= b;
        bad |= u8::from(b < 0x20) & u8::from(b != b'\n') & u8::from(b != b'\t');
        bad |= u8::from(b == 0x7f);
    }
    if bad != 0 {
        return None;
    }
    if high < 0x80 {
        return Some(data);
    }
    let text = std::str::from_utf8(data).ok()?.as_bytes();
    let odd = |i: usize, b: u8| match b {
        0xc2 => text[i + 1] < 0xa0,
        0xe2 => text[i + 1] == 0x80 && matches!(text[i + 2], 0xa8 | 0xa9),
        _ => {
            (text[i + 1], text[i + 2]) == (0xbb, 0xbf) || text[i + 1] == 0xbf && text[i + 2] >= 0xbe
        }
    };
    // A leading byte in valid UTF-8 has its trailing bytes after it.
    let has_odd = memchr::memchr3_iter(0xc2, 0xe2, 0xef, text).any(|i| odd(i, text[i]));
    (!has_odd).then_some(text)
}

impl<'a> Input<'a> {
    /// Decodes the input as go-yaml does: UTF-16 by its byte order mark, UTF-8 otherwise.
    pub(super) fn new(data: &'a [u8]) -> Input<'a> {
        let (text, refused) = match data {
            [] => (Cow::Borrowed(&b"\n"[..]), None),
            [0xff, 0xfe, ..] => utf16(data, u16::from_le_bytes),
            [0xfe, 0xff, ..] => utf16(data, u16::from_be_bytes),
            _ => utf8(data),
        };
        let traits = Traits {
            ascii: text.is_ascii(),
            unicode_breaks: [&b"\xc2\x85"[..], b"\xe2\x80\xa8", b"\xe2\x80\xa9"]
                .iter()
                .any(|b| text.find(b).is_some()),
        };
        Input { text, refused, traits }
    }
}

/// One character of the input, how long it is, or why it is refused.
enum Decoded {
    Char(u32, usize),
    /// Needs more bytes than there are; what to say when no more come.
    Partial(&'static str),
    Refused(&'static str),
}

fn allowed(c: u32) -> bool {
    matches!(c, 0x09 | 0x0a | 0x0d | 0x20..=0x7e | 0x85 | 0xa0..=0xd7ff | 0xe000..=0xfffd)
        || (0x10000..=0x10ffff).contains(&c)
}

const CONTROL: &str = "control characters are not allowed";

fn decode_utf8(bytes: &[u8]) -> Decoded {
    let Some(&lead) = bytes.first() else { return Decoded::Partial("") };
    let (len, mut c) = match lead {
        0..=0x7f => (1, u32::from(lead)),
        0xc0..=0xdf => (2, u32::from(lead & 0x1f)),
        0xe0..=0xef => (3, u32::from(lead & 0x0f)),
        0xf0..=0xf7 => (4, u32::from(lead & 0x07)),
        _ => return Decoded::Refused("invalid leading UTF-8 octet"),
    };
    let Some(rest) = bytes.get(1..len) else {
        return Decoded::Partial("incomplete UTF-8 octet sequence");
    };
    for &b in rest {
        if b & 0xc0 != 0x80 {
            return Decoded::Refused("invalid trailing UTF-8 octet");
        }
        c = c << 6 | u32::from(b & 0x3f);
    }
    if c < [0, 0, 0x80, 0x800, 0x10000][len] {
        Decoded::Refused("invalid length of a UTF-8 sequence")
    } else if (0xd800..=0xdfff).contains(&c) || c > 0x10ffff {
        Decoded::Refused("invalid Unicode character")
    } else if allowed(c) {
        Decoded::Char(c, len)
    } else {
        Decoded::Refused(CONTROL)
    }
}

fn utf8(data: &[u8]) -> (Cow<'_, [u8]>, Option<&'static str>) {
    let bom = if data.starts_with(BOM) { BOM.len() } else { 0 };
    let (end, refused) = blocks(data, bom, decode_utf8, |_| {});
    (Cow::Borrowed(&data[bom..end.max(bom)]), refused)
}

fn utf16(data: &[u8], unit: fn([u8; 2]) -> u16) -> (Cow<'_, [u8]>, Option<&'static str>) {
    let decode = |bytes: &[u8]| {
        let at = |i: usize| Some(u32::from(unit([*bytes.get(i)?, *bytes.get(i + 1)?])));
        let Some(first) = at(0) else { return Decoded::Partial("incomplete UTF-16 character") };
        let (c, len) = match first & 0xfc00 {
            0xdc00 => return Decoded::Refused("unexpected low surrogate area"),
            0xd800 => {
                let Some(second) = at(2) else {
                    return Decoded::Partial("incomplete UTF-16 surrogate pair");
                };
                if second & 0xfc00 != 0xdc00 {
                    return Decoded::Refused("expected low surrogate area");
                }
                (0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff), 4)
            }
            _ => (first, 2),
        };
        if allowed(c) { Decoded::Char(c, len) } else { Decoded::Refused(CONTROL) }
    };
    let mut text = String::with_capacity(data.len());
    // Where the text stood at the start of the block being read.
    let mut block = 0;
    let (_, refused) = blocks(data, 2, decode, |step| match step {
        Step::Block => block = text.len(),
        // Surrogates were joined or refused.
        Step::Char(c) => text.push(char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER)),
    });
    if refused.is_some() {
        text.truncate(block);
    }
    (Cow::Owned(text.into_bytes()), refused)
}

enum Step {
    Block,
    Char(u32),
}

/// Decodes block by block; returns where the last whole block ends and why no more are read.
fn blocks(
    data: &[u8],
    mut pos: usize,
    decode: impl Fn(&[u8]) -> Decoded,
    mut step: impl FnMut(Step),
) -> (usize, Option<&'static str>) {
    let mut start = 0;
    loop {
        let end = data.len().min(start + BLOCK);
        step(Step::Block);
        let block = pos;
        let mut partial = None;
        while pos < end {
            match decode(&data[pos..end]) {
                Decoded::Char(c, len) => {
                    step(Step::Char(c));
                    pos += len;
                }
                Decoded::Partial(why) => {
                    partial = Some(why);
                    break;
                }
                Decoded::Refused(why) => return (block, Some(why)),
            }
        }
        if end == data.len() {
            if partial.is_some() {
                step(Step::Block);
            }
            return (pos, partial);
        }
        start = pos;
    }
}
