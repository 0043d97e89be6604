//! Scans JSON's tokens, with the words of Go's scanner for what is wrong.

use super::error::{DecodeError, Found};
use crate::Go;
use crate::unicode::{decode, push_char};
use crate::value::Str;

/// What Go 1.27 says of each part of a number.
const NUMBER: &str = "in numeric literal";

/// Reads tokens from a JSON text.
pub(super) struct Scanner<'a> {
    data: &'a [u8],
    at: usize,
    pub(super) go: Go,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(data: &'a [u8], go: Go) -> Scanner<'a> {
        Scanner { data, at: 0, go }
    }

    /// Returns the next byte that is not white space, which is left to read.
    pub(super) fn peek(&mut self) -> Option<u8> {
        while let Some(&b) = self.data.get(self.at) {
            if !matches!(b, b' ' | b'\t' | b'\r' | b'\n') {
                return Some(b);
            }
            self.at += 1;
        }
        None
    }

    /// Returns how many bytes were read.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Returns whether the text is at its end.
    pub(super) fn at_end(&self) -> bool {
        self.at >= self.data.len()
    }

    pub(super) fn skip(&mut self) {
        self.at += 1;
    }

    /// Returns the error for the next byte, or for the end of the text where there is none.
    pub(super) fn unexpected(&self, context: &'static str) -> DecodeError {
        match self.found() {
            Some(found) => DecodeError::Unexpected { found, context },
            None => DecodeError::UnexpectedEnd,
        }
    }

    /// Returns what stands next, as the release of Go shows it.
    fn found(&self) -> Option<Found> {
        let rest = self.data.get(self.at..)?;
        let first = *rest.first()?;
        Some(match self.go < Go::V1_27 || first.is_ascii() {
            true => Found::Byte(first),
            false => Found::character(&rest[..decode(rest).1]),
        })
    }

    /// Returns the error for the next byte in the middle of a token, where Go took the end for a
    /// space.
    fn broken(&self, context: &'static str, later: &'static str) -> DecodeError {
        if self.go < Go::V1_27 {
            let found = self.found().unwrap_or(Found::Byte(b' '));
            return DecodeError::Unexpected { found, context };
        }
        self.unexpected(later)
    }

    /// Returns the error for an escape sequence that begins `back` bytes before the next one.
    fn no_escape(&self, back: usize, context: &'static str) -> DecodeError {
        if self.go < Go::V1_27 {
            return self.broken(context, context);
        }
        let rest = self.data.get(self.at - back..).unwrap_or_default();
        let is_hex = |b: &u8| b.is_ascii_hexdigit();
        match rest {
            // What more text could make one of is the end of the text.
            [_] | [_, b'u'] => DecodeError::UnexpectedEnd,
            [_, b'u', digits @ ..] if rest.len() < 6 && digits.iter().all(is_hex) => {
                DecodeError::UnexpectedEnd
            }
            [_, b'u', ..] => DecodeError::Escape { text: rest[..rest.len().min(6)].into() },
            _ => DecodeError::Escape { text: rest[..rest.len().min(2)].into() },
        }
    }

    fn next_is(&mut self, wanted: u8) -> bool {
        let found = self.data.get(self.at) == Some(&wanted);
        self.at += usize::from(found);
        found
    }

    fn digits(&mut self) -> usize {
        let rest = self.data.get(self.at..).unwrap_or(b"");
        let count = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        self.at += count;
        count
    }

    /// Reads `true`, `false` or `null`, the first letter of which was seen.
    pub(super) fn word(&mut self, word: &'static str) -> Result<(), DecodeError> {
        for expected in word.bytes() {
            if !self.next_is(expected) {
                let found = match self.found() {
                    None if self.go >= Go::V1_27 => return Err(DecodeError::UnexpectedEnd),
                    found => found.unwrap_or(Found::Byte(b' ')),
                };
                return Err(DecodeError::Literal { found, word, expected });
            }
        }
        Ok(())
    }

    /// Returns a number's text, the first byte of which was seen.
    pub(super) fn number(&mut self) -> Result<&'a [u8], DecodeError> {
        let start = self.at;
        self.next_is(b'-');
        if !self.next_is(b'0') && self.digits() == 0 {
            return Err(self.broken("in numeric literal", NUMBER));
        }
        if self.next_is(b'.') && self.digits() == 0 {
            return Err(self.broken("after decimal point in numeric literal", NUMBER));
        }
        if self.next_is(b'e') || self.next_is(b'E') {
            let _ = self.next_is(b'+') || self.next_is(b'-');
            if self.digits() == 0 {
                return Err(self.broken("in exponent of numeric literal", NUMBER));
            }
        }
        Ok(&self.data[start..self.at])
    }

    /// Returns a string, the opening quote of which was seen, decoded: U+FFFD for invalid UTF-8 and
    /// for half a surrogate pair.
    pub(super) fn string(&mut self) -> Result<Str, DecodeError> {
        self.at += 1;
        let start = self.at;
        // Most strings hold neither escapes nor bytes beyond ASCII.
        loop {
            match self.data.get(self.at) {
                Some(b'"') => {
                    let s = Str::from_bytes(&self.data[start..self.at]);
                    self.at += 1;
                    return Ok(s);
                }
                Some(b' '..=0x7f) if self.data[self.at] != b'\\' => self.at += 1,
                _ => break,
            }
        }
        let mut out = self.data[start..self.at].to_vec();
        loop {
            match self.data.get(self.at) {
                None => return Err(DecodeError::UnexpectedEnd),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Str::from(out));
                }
                Some(b'\\') => {
                    self.at += 1;
                    self.escape(&mut out)?;
                }
                Some(0..=0x1f) => return Err(self.broken("in string literal", "in string")),
                Some(&b @ b' '..=0x7f) => {
                    out.push(b);
                    self.at += 1;
                }
                Some(_) => {
                    let (c, width) = decode(&self.data[self.at..]);
                    push_char(&mut out, c);
                    self.at += width;
                }
            }
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        let letter = self.data.get(self.at).copied().unwrap_or(0);
        out.push(match letter {
            b'"' | b'\\' | b'/' => letter,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                self.at += 1;
                let unit = self.hex()?;
                let c = match unit {
                    0xd800..0xdc00 => self.low_surrogate(unit),
                    _ => char::from_u32(unit),
                };
                push_char(out, c.unwrap_or(char::REPLACEMENT_CHARACTER));
                return Ok(());
            }
            _ => return Err(self.no_escape(1, "in string escape code")),
        });
        self.at += 1;
        Ok(())
    }

    /// Reads four hexadecimal digits.
    fn hex(&mut self) -> Result<u32, DecodeError> {
        let mut n = 0;
        for read in 0..4 {
            let digit = self.data.get(self.at).and_then(|&b| (b as char).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.no_escape(2 + read, "in \\u hexadecimal character escape"));
            };
            n = n << 4 | digit;
            self.at += 1;
        }
        Ok(n)
    }

    /// Returns the other half of a surrogate pair, if it is there; anything else is left to read.
    fn low_surrogate(&mut self, high: u32) -> Option<char> {
        let rest = self.data.get(self.at..)?.strip_prefix(b"\\u")?.get(..4)?;
        let digits = std::str::from_utf8(rest).ok()?;
        if !rest.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let low = u32::from_str_radix(digits, 16).ok()?;
        if !(0xdc00..0xe000).contains(&low) {
            return None;
        }
        self.at += 6;
        char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
    }
}
