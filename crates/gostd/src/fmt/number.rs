//! Prints the verbs of integers and floats.

use super::printer::Printer;
use super::text::digits;
use crate::strconv::{append_float, append_uint, quote_char, quote_char_ascii};
use crate::unicode::{is_print, push_char};

/// An integer's sign apart from its magnitude.
#[derive(Clone, Copy)]
pub(super) struct Integer {
    pub(super) negative: bool,
    pub(super) magnitude: u64,
    /// The 64 bits as Go reinterprets them for `%c`, `%q` and `%U`.
    pub(super) bits: u64,
    pub(super) signed: bool,
}

impl Integer {
    pub(super) fn signed(n: i64) -> Integer {
        Integer { negative: n < 0, magnitude: n.unsigned_abs(), bits: n as u64, signed: true }
    }

    pub(super) fn unsigned(n: u64) -> Integer {
        Integer { negative: false, magnitude: n, bits: n, signed: false }
    }

    /// Returns the character of this number, U+FFFD where there is none.
    fn character(self) -> char {
        u32::try_from(self.bits)
            .ok()
            .and_then(char::from_u32)
            .unwrap_or(char::REPLACEMENT_CHARACTER)
    }
}

impl Printer<'_> {
    /// Writes an integer in a base; `verb` tells `%O` and `%X` from `%o` and `%x`.
    pub(super) fn integer(&mut self, n: Integer, base: u64, verb: char) {
        let flags = self.flags;
        let mut precision = 0;
        if let Some(wanted) = flags.precision {
            precision = wanted;
            if wanted == 0 && n.magnitude == 0 {
                // Go prints no digit at all here, only the padding.
                self.pad_with_spaces(b"");
                return;
            }
        } else if flags.zero
            && !flags.minus
            && let Some(width) = flags.width
        {
            let sign = n.negative || flags.plus || flags.space;
            precision = width.saturating_sub(usize::from(sign));
        }
        let mut body = Vec::with_capacity(24);
        if base == 10 {
            append_uint(&mut body, n.magnitude);
        } else {
            let digits = digits(verb == 'X');
            let mut rest = n.magnitude;
            loop {
                body.push(digits[(rest % base) as usize]);
                rest /= base;
                if rest == 0 {
                    break;
                }
            }
            body.reverse();
        }
        let zeros = precision.saturating_sub(body.len());
        let mut text = Vec::with_capacity(body.len() + zeros + 3);
        if n.negative {
            text.push(b'-');
        } else if flags.plus {
            text.push(b'+');
        } else if flags.space {
            text.push(b' ');
        }
        if verb == 'O' {
            text.extend_from_slice(b"0o");
        }
        if flags.sharp {
            match base {
                2 => text.extend_from_slice(b"0b"),
                8 if zeros == 0 && body.first() != Some(&b'0') => text.push(b'0'),
                16 if verb == 'X' => text.extend_from_slice(b"0X"),
                16 => text.extend_from_slice(b"0x"),
                _ => {}
            }
        }
        text.resize(text.len() + zeros, b'0');
        text.extend_from_slice(&body);
        self.pad_with_spaces(&text);
    }

    /// Writes an address or byte with or without `0x`, whatever the `#` flag says.
    pub(super) fn hex(&mut self, n: u64, prefix: bool) {
        let sharp = std::mem::replace(&mut self.flags.sharp, prefix);
        self.integer(Integer::unsigned(n), 16, 'v');
        self.flags.sharp = sharp;
    }

    /// Returns an integer under any verb; false if the verb is not one of integers.
    pub(super) fn integer_verb(&mut self, n: Integer, verb: char) -> bool {
        match verb {
            'v' if self.flags.sharp_v && !n.signed => self.hex(n.magnitude, true),
            'v' | 'd' => self.integer(n, 10, verb),
            'b' => self.integer(n, 2, verb),
            'o' | 'O' => self.integer(n, 8, verb),
            'x' | 'X' => self.integer(n, 16, verb),
            'c' => {
                let mut text = Vec::with_capacity(4);
                push_char(&mut text, n.character());
                self.pad(&text);
            }
            'q' => {
                let c = n.character();
                let text = if self.flags.plus { quote_char_ascii(c) } else { quote_char(c) };
                self.pad(&text);
            }
            'U' => self.code_point(n),
            _ => return false,
        }
        true
    }

    /// Writes `%U`: `U+0078`, with `#` also the character.
    fn code_point(&mut self, n: Integer) {
        let digits = format!("{:X}", n.bits);
        let wanted = self.flags.precision.unwrap_or(0).max(4);
        let mut text = b"U+".to_vec();
        text.resize(2 + wanted.saturating_sub(digits.len()), b'0');
        text.extend_from_slice(digits.as_bytes());
        if self.flags.sharp
            && let Some(c) = u32::try_from(n.bits).ok().and_then(char::from_u32)
            && is_print(c)
        {
            text.extend_from_slice(b" '");
            push_char(&mut text, c);
            text.push(b'\'');
        }
        self.pad_with_spaces(&text);
    }

    /// Returns a float under any verb; false if the verb is not one of floats.
    pub(super) fn float_verb(&mut self, f: f64, verb: char) -> bool {
        let (format, precision) = match verb {
            'v' => (b'g', -1),
            'b' | 'g' | 'G' | 'x' | 'X' => (verb as u8, -1),
            'f' | 'e' | 'E' => (verb as u8, 6),
            'F' => (b'f', 6),
            _ => return false,
        };
        self.float(f, format, precision);
        true
    }

    fn float(&mut self, f: f64, format: u8, default: i32) {
        let flags = self.flags;
        // The parser of formats lets no precision beyond a million through.
        let precision = flags.precision.map_or(default, |p| p as i32);
        let mut number = Vec::with_capacity(24);
        append_float(&mut number, f, format, precision);
        let sign = match number.first() {
            Some(&sign @ (b'-' | b'+')) => {
                number.remove(0);
                sign
            }
            _ => b'+',
        };
        let sign = if sign == b'+' && flags.space && !flags.plus { b' ' } else { sign };
        if !f.is_finite() {
            // Never padded with zeros. Infinities show their sign always, NaN only on request.
            if !f.is_nan() || flags.space || flags.plus {
                number.insert(0, sign);
            }
            self.pad_with_spaces(&number);
            return;
        }
        if flags.sharp && format != b'b' {
            restore_point(&mut number, format, precision);
        }
        if !flags.plus && sign == b'+' {
            self.pad(&number);
            return;
        }
        if flags.zero
            && !flags.minus
            && let Some(width) = flags.width
            && width > number.len() + 1
        {
            self.out.push(sign);
            self.fill(width - number.len() - 1);
            self.out.extend_from_slice(&number);
            return;
        }
        number.insert(0, sign);
        self.pad(&number);
    }
}

/// Writes the `#` flag: always a decimal point, and `%g`'s trailing zeros back up to the precision.
fn restore_point(number: &mut Vec<u8>, format: u8, precision: i32) {
    let mut missing = match format {
        b'g' | b'G' | b'x' if precision < 0 => 6,
        b'g' | b'G' | b'x' => precision,
        _ => 0,
    };
    let hex = matches!(format, b'x' | b'X');
    let end = number
        .iter()
        .position(|&b| match b {
            b'p' | b'P' => true,
            b'e' | b'E' => !hex,
            _ => false,
        })
        .unwrap_or(number.len());
    let tail = number.split_off(end);
    let mut point = false;
    let mut significant = false;
    for &b in number.iter() {
        if b == b'.' {
            point = true;
            continue;
        }
        significant |= b != b'0';
        if significant {
            missing -= 1;
        }
    }
    if !point {
        if number == b"0" {
            missing -= 1;
        }
        number.push(b'.');
    }
    if missing > 0 {
        number.resize(number.len() + missing as usize, b'0');
    }
    number.extend_from_slice(&tail);
}
