//! Pads, and prints the verbs of strings and byte slices.

use super::printer::{Flags, Printer};
use crate::strconv::{append_quote, append_quote_ascii, can_backquote};
use crate::unicode::{rune_count, runes};

const LOWER: &[u8; 16] = b"0123456789abcdef";
const UPPER: &[u8; 16] = b"0123456789ABCDEF";

/// Returns the digits of `%x` or `%X`.
pub(super) fn digits(upper: bool) -> &'static [u8; 16] {
    if upper { UPPER } else { LOWER }
}

impl Flags {
    fn padding(&self) -> u8 {
        // Zeros are padded to the left only.
        if self.zero && !self.minus { b'0' } else { b' ' }
    }
}

impl Printer<'_> {
    /// Appends so many padding bytes.
    pub(super) fn fill(&mut self, count: usize) {
        let filled = self.out.len().saturating_add(count);
        self.out.resize(filled, self.flags.padding());
    }

    /// Appends a text padded to the width, which counts characters.
    pub(super) fn pad(&mut self, text: &[u8]) {
        let missing = match self.flags.width {
            Some(width) if width > 0 => width.saturating_sub(rune_count(text)),
            _ => 0,
        };
        if !self.flags.minus {
            self.fill(missing);
        }
        self.out.extend_from_slice(text);
        if self.flags.minus {
            self.fill(missing);
        }
    }

    /// Pads as [`Printer::pad`], but never with zeros.
    pub(super) fn pad_with_spaces(&mut self, text: &[u8]) {
        let zero = std::mem::replace(&mut self.flags.zero, false);
        self.pad(text);
        self.flags.zero = zero;
    }

    /// Returns the text cut to the precision, which counts characters.
    fn truncate<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        match self.flags.precision {
            Some(max) if max < text.len() => {
                let end = runes(text).indices().nth(max).map_or(text.len(), |(i, _)| i);
                &text[..end]
            }
            _ => text,
        }
    }

    /// Writes `%s`
    pub(super) fn plain_text(&mut self, text: &[u8]) {
        let text = self.truncate(text);
        self.pad(text);
    }

    /// Writes `%q`
    pub(super) fn quoted(&mut self, text: &[u8]) {
        let text = self.truncate(text);
        let mut quoted = Vec::with_capacity(text.len() + 2);
        if self.flags.sharp && can_backquote(text) {
            quoted.push(b'`');
            quoted.extend_from_slice(text);
            quoted.push(b'`');
        } else if self.flags.plus {
            append_quote_ascii(&mut quoted, text);
        } else {
            append_quote(&mut quoted, text);
        }
        self.pad(&quoted);
    }

    /// Writes `%x` and `%X` of text: its bytes in hexadecimal, at most as many as the precision says.
    pub(super) fn hex_text(&mut self, text: &[u8], upper: bool) {
        let flags = self.flags;
        let text = match flags.precision {
            Some(max) if max < text.len() => &text[..max],
            _ => text,
        };
        let wanted = flags.width.unwrap_or(0);
        if text.is_empty() {
            self.fill(wanted);
            return;
        }
        let mut width = 2 * text.len();
        if flags.space {
            if flags.sharp {
                width *= 2;
            }
            width += text.len() - 1;
        } else if flags.sharp {
            width += 2;
        }
        let missing = wanted.saturating_sub(width);
        if !flags.minus {
            self.fill(missing);
        }
        let digits = digits(upper);
        for (i, b) in text.iter().enumerate() {
            if flags.space && i > 0 {
                self.out.push(b' ');
            }
            if flags.sharp && (flags.space || i == 0) {
                self.out.extend_from_slice(if upper { b"0X" } else { b"0x" });
            }
            self.out.push(digits[usize::from(b >> 4)]);
            self.out.push(digits[usize::from(b & 15)]);
        }
        if flags.minus {
            self.fill(missing);
        }
    }
}
