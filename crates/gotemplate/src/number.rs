//! Reads numbers and characters as Go's templates write them.

use bstr::ByteSlice;

use super::lex::Kind;
use super::node::{Number, Span};
use gostd::strconv;

/// Why a constant is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NumberError {
    /// An imaginary number's parts do not parse.
    Complex,
    /// An integer fits no type.
    Overflow(Box<[u8]>),
    /// A number has not the form of one.
    Syntax(Box<[u8]>),
    /// What stands between single quotes is no character.
    Character,
    /// More than one character stands there.
    Malformed(Box<[u8]>),
}

impl NumberError {
    /// Returns Go's text, in which a template's bytes need not be UTF-8.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        match self {
            NumberError::Complex => b"syntax error scanning complex number".to_vec(),
            NumberError::Overflow(text) => {
                [b"integer overflow: ", &strconv::quote(text)[..]].concat()
            }
            NumberError::Syntax(text) => {
                [b"illegal number syntax: ", &strconv::quote(text)[..]].concat()
            }
            NumberError::Character => b"invalid syntax".to_vec(),
            NumberError::Malformed(text) => [b"malformed character constant: ", &text[..]].concat(),
        }
    }
}

impl Number {
    /// Parses a constant under every type that can hold it.
    pub(super) fn parse(text: &[u8], span: Span, kind: Kind) -> Result<Number, NumberError> {
        let mut n = Number { int: None, uint: None, float: None, complex: None, text: span };
        // Nearly all are a few digits, such as the 8 of `indent 8`.
        if let [b'0'] | [b'1'..=b'9'] | [b'1'..=b'9', b'0'..=b'9'] = text {
            let value = text.iter().fold(0, |value, digit| value * 10 + (digit - b'0'));
            n.int = Some(value.into());
            n.uint = Some(value.into());
            n.float = Some(value.into());
            return Ok(n);
        }
        if kind == Kind::CharConstant {
            let c = unquote_char(text)?;
            n.int = Some(i64::from(c));
            n.uint = Some(u64::from(c));
            n.float = Some(f64::from(c));
            return Ok(n);
        }
        if kind == Kind::Complex {
            let split = text.iter().rposition(|b| matches!(b, b'+' | b'-')).unwrap_or(0);
            let real = strconv::parse_float(&text[..split]);
            let imag = strconv::parse_float(&text[split..text.len() - 1]);
            let (Ok(real), Ok(imag)) = (real, imag) else {
                return Err(NumberError::Complex);
            };
            n.set_complex(real, imag);
            return Ok(n);
        }
        if let Some(imaginary) = text.strip_suffix(b"i")
            && let Ok(f) = strconv::parse_float(imaginary)
        {
            n.set_complex(0.0, f);
            return Ok(n);
        }
        n.uint = strconv::parse_uint(text, 0, 64).ok();
        n.int = strconv::parse_int(text, 0, 64).ok();
        if n.int == Some(0) {
            n.uint = Some(n.uint.unwrap_or(0));
        }
        if let Some(i) = n.int {
            n.float = Some(i as f64);
        } else if let Some(u) = n.uint {
            n.float = Some(u as f64);
        } else if let Ok(f) = strconv::parse_float(text) {
            if text.find_byteset(b".eEpP").is_none() {
                return Err(NumberError::Overflow(text.into()));
            }
            n.set_float(f);
        } else {
            return Err(NumberError::Syntax(text.into()));
        }
        Ok(n)
    }

    fn set_float(&mut self, f: f64) {
        self.float = Some(f);
        if f.trunc() == f && (-9.223_372_036_854_776e18..9.223_372_036_854_776e18).contains(&f) {
            self.int = Some(f as i64);
        }
        if f.trunc() == f && (0.0..1.844_674_407_370_955_2e19).contains(&f) {
            self.uint = Some(f as u64);
        }
    }

    fn set_complex(&mut self, real: f64, imag: f64) {
        self.complex = Some((real, imag));
        if imag == 0.0 {
            self.set_float(real);
        }
    }
}

/// Returns the code point of a character constant, quotes included.
fn unquote_char(text: &[u8]) -> Result<u32, NumberError> {
    let rest = text.get(1..).unwrap_or_default();
    let (code, width) = match rest {
        [] | [b'\''] | [b'\'', ..] => return Err(NumberError::Character),
        [b'\\', escape, ..] => {
            let (digits, base) = match escape {
                b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'\\' | b'\'' => (0, 0),
                b'x' => (2, 16),
                b'u' => (4, 16),
                b'U' => (8, 16),
                b'0'..=b'7' => (3, 8),
                _ => return Err(NumberError::Character),
            };
            if digits == 0 {
                let code = match escape {
                    b'a' => 7,
                    b'b' => 8,
                    b'f' => 12,
                    b'n' => 10,
                    b'r' => 13,
                    b't' => 9,
                    b'v' => 11,
                    other => u32::from(*other),
                };
                (code, 2)
            } else {
                let start = if base == 8 { 1 } else { 2 };
                let code = rest
                    .get(start..start + digits)
                    .and_then(|d| std::str::from_utf8(d).ok())
                    .filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))
                    .and_then(|d| u32::from_str_radix(d, base).ok())
                    .ok_or(NumberError::Character)?;
                let bound = if digits > 3 { char::from_u32(code).is_some() } else { code <= 255 };
                if !bound {
                    return Err(NumberError::Character);
                }
                (code, start + digits)
            }
        }
        _ => {
            let (c, n) = bstr::decode_utf8(rest);
            (c.map_or(0xfffd, u32::from), if c.is_some() { n } else { 1 })
        }
    };
    if rest.get(width..) == Some(b"'") {
        return Ok(code);
    }
    Err(NumberError::Malformed(text.into()))
}
