//! Reproduces `strconv.ParseInt`, `ParseUint`, `ParseFloat`, `ParseBool` and `Atoi`.

use std::fmt;

use super::quoted;

/// The function that failed; its name is part of the error's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// [`atoi`]
    Atoi,
    /// [`parse_bool`]
    ParseBool,
    /// [`parse_float`]
    ParseFloat,
    /// [`parse_int`]
    ParseInt,
    /// [`parse_uint`]
    ParseUint,
}

/// What is wrong with a text that was to be a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It has not the form of one.
    Syntax,
    /// It has, but the number is out of range.
    Range,
    /// Nothing: there is no such base.
    Base(u32),
    /// Nothing: no integer has so many bits.
    Bits(u32),
}

/// Why a text is no number, and the value Go returns beside the error (the nearest one when the
/// number is out of range).
#[derive(Clone, Debug, PartialEq)]
pub struct NumError<T> {
    /// The function that was called.
    pub function: Function,
    /// What it was given.
    pub input: Box<[u8]>,
    /// What is wrong with it.
    pub reason: Reason,
    /// What Go returns along with the error.
    pub value: T,
}

impl<T> fmt::Display for NumError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `quoted` escapes what is not UTF-8.
        write!(f, "strconv.{:?}: parsing {}: ", self.function, quoted(&self.input))?;
        match self.reason {
            Reason::Syntax => f.write_str("invalid syntax"),
            Reason::Range => f.write_str("value out of range"),
            Reason::Base(base) => write!(f, "invalid base {base}"),
            Reason::Bits(bits) => write!(f, "invalid bit size {bits}"),
        }
    }
}

impl<T: fmt::Debug> std::error::Error for NumError<T> {}

fn failure<T>(function: Function, input: &[u8], reason: Reason, value: T) -> NumError<T> {
    NumError { function, input: input.into(), reason, value }
}

enum Fault {
    Syntax,
    Range(u64),
    Base,
    Bits,
}

fn uint(s: &[u8], base: u32, bits: u32) -> Result<u64, Fault> {
    let &first = s.first().ok_or(Fault::Syntax)?;
    let mut digits = s;
    let mut radix = u64::from(base);
    match base {
        2..=36 => {}
        0 => {
            radix = 10;
            if first == b'0' {
                let mark = s.get(1).filter(|_| s.len() >= 3).map(u8::to_ascii_lowercase);
                let (prefixed, skip) = match mark {
                    Some(b'b') => (2, 2),
                    Some(b'o') => (8, 2),
                    Some(b'x') => (16, 2),
                    _ => (8, 1),
                };
                radix = prefixed;
                digits = &s[skip..];
            }
        }
        _ => return Err(Fault::Base),
    }
    let bits = if bits == 0 { 64 } else { bits };
    if bits > 64 {
        return Err(Fault::Bits);
    }
    let max = u64::MAX >> (64 - bits);
    let mut underscores = false;
    let mut n = 0u64;
    for &c in digits {
        if c == b'_' && base == 0 {
            underscores = true;
            continue;
        }
        let digit = match c {
            b'0'..=b'9' => c - b'0',
            b'a'..=b'z' => c - b'a' + 10,
            b'A'..=b'Z' => c - b'A' + 10,
            _ => return Err(Fault::Syntax),
        };
        if u64::from(digit) >= radix {
            return Err(Fault::Syntax);
        }
        n = n
            .checked_mul(radix)
            .and_then(|n| n.checked_add(u64::from(digit)))
            .filter(|&n| n <= max)
            .ok_or(Fault::Range(max))?;
    }
    if underscores && !underscores_well_placed(s) {
        return Err(Fault::Syntax);
    }
    Ok(n)
}

/// Returns whether each underscore stands between digits, or between a base prefix and a digit.
fn underscores_well_placed(s: &[u8]) -> bool {
    let s = s.strip_prefix(b"-").or_else(|| s.strip_prefix(b"+")).unwrap_or(s);
    let prefix = match s {
        [b'0', mark, ..] => mark.to_ascii_lowercase(),
        _ => 0,
    };
    let prefixed = matches!(prefix, b'b' | b'o' | b'x');
    let is_digit = |b: u8| b.is_ascii_digit() || (prefix == b'x' && b.is_ascii_hexdigit());
    let rest = if prefixed { &s[2..] } else { s };
    let mut after_digit = prefixed;
    let mut after_underscore = false;
    for &b in rest {
        if is_digit(b) {
            (after_digit, after_underscore) = (true, false);
        } else if b == b'_' {
            if !after_digit {
                return false;
            }
            (after_digit, after_underscore) = (false, true);
        } else {
            if after_underscore {
                return false;
            }
            after_digit = false;
        }
    }
    !after_underscore
}

/// Reads `strconv.ParseUint`: an unsigned integer in a base of 2 to 36, or by its prefix in base 0, of so
/// many bits (0 stands for 64).
pub fn parse_uint(s: &[u8], base: u32, bits: u32) -> Result<u64, NumError<u64>> {
    uint(s, base, bits).map_err(|fault| {
        let (reason, value) = match fault {
            Fault::Syntax => (Reason::Syntax, 0),
            Fault::Range(max) => (Reason::Range, max),
            Fault::Base => (Reason::Base(base), 0),
            Fault::Bits => (Reason::Bits(bits), 0),
        };
        failure(Function::ParseUint, s, reason, value)
    })
}

/// Reads `strconv.ParseInt`: a signed integer; see [`parse_uint`] for base and bits.
///
/// ```
/// use gostd::strconv::parse_int;
/// assert_eq!(parse_int(b"0x1F", 0, 64), Ok(31));
/// let e = parse_int(b"x", 10, 64).unwrap_err();
/// assert_eq!(e.to_string(), r#"strconv.ParseInt: parsing "x": invalid syntax"#);
/// ```
pub fn parse_int(s: &[u8], base: u32, bits: u32) -> Result<i64, NumError<i64>> {
    int(Function::ParseInt, s, base, bits)
}

/// Reads `strconv.Atoi`: a decimal integer.
pub fn atoi(s: &[u8]) -> Result<i64, NumError<i64>> {
    int(Function::Atoi, s, 10, 64)
}

fn int(name: Function, s: &[u8], base: u32, bits: u32) -> Result<i64, NumError<i64>> {
    let (negative, digits) = match s {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, s),
    };
    let n = match uint(digits, base, bits) {
        Ok(n) | Err(Fault::Range(n)) => n,
        Err(Fault::Syntax) => return Err(failure(name, s, Reason::Syntax, 0)),
        Err(Fault::Base) => return Err(failure(name, s, Reason::Base(base), 0)),
        Err(Fault::Bits) => return Err(failure(name, s, Reason::Bits(bits), 0)),
    };
    let bits = if bits == 0 { 64 } else { bits };
    let limit = 1u64 << (bits - 1);
    if negative {
        if n > limit {
            return Err(failure(name, s, Reason::Range, (limit as i64).wrapping_neg()));
        }
        Ok((n as i64).wrapping_neg())
    } else if n >= limit {
        Err(failure(name, s, Reason::Range, (limit - 1) as i64))
    } else {
        Ok(n as i64)
    }
}

/// Reads `strconv.ParseBool`: `1 t T true TRUE True` and their opposites.
pub fn parse_bool(s: &[u8]) -> Result<bool, NumError<bool>> {
    match s {
        b"1" | b"t" | b"T" | b"true" | b"TRUE" | b"True" => Ok(true),
        b"0" | b"f" | b"F" | b"false" | b"FALSE" | b"False" => Ok(false),
        _ => Err(failure(Function::ParseBool, s, Reason::Syntax, false)),
    }
}

/// Reads `strconv.ParseFloat` for 64 bits: decimal and hexadecimal numbers, `inf`, `infinity` and `nan`
/// in any case, underscores between digits.
pub fn parse_float(s: &[u8]) -> Result<f64, NumError<f64>> {
    let failure = |reason, value| failure(Function::ParseFloat, s, reason, value);
    let f = match special(s) {
        Some(f) => return Ok(f),
        None => number(s).ok_or_else(|| failure(Reason::Syntax, 0.0))?,
    };
    if f.is_infinite() { Err(failure(Reason::Range, f)) } else { Ok(f) }
}

fn special(s: &[u8]) -> Option<f64> {
    let (sign, name) = match s {
        [b'-', rest @ ..] => (-1.0, rest),
        [b'+', rest @ ..] => (1.0, rest),
        _ => (1.0, s),
    };
    if name.eq_ignore_ascii_case(b"inf") || name.eq_ignore_ascii_case(b"infinity") {
        return Some(sign * f64::INFINITY);
    }
    s.eq_ignore_ascii_case(b"nan").then_some(f64::NAN)
}

/// Returns a well-formed number's nearest float64, infinite when too large.
fn number(s: &[u8]) -> Option<f64> {
    let (negative, body) = match s {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, s),
    };
    let hex = body.len() > 2 && body[0] == b'0' && body[1].eq_ignore_ascii_case(&b'x');
    let plain: Vec<u8>;
    let mut text = s;
    if s.contains(&b'_') {
        if !underscores_well_placed(s) {
            return None;
        }
        plain = body.iter().copied().filter(|&b| b != b'_').collect();
        text = &plain;
    } else if hex || s.first() == Some(&b'+') {
        text = body;
    }
    let stripped = text.len() < s.len();
    if hex {
        let f = hex_number(text.get(2..)?)?;
        return Some(if negative { -f } else { f });
    }
    // Of what Rust's parser takes beyond Go's (the names) nothing begins with a digit or point.
    if !body.first().is_some_and(|b| b.is_ascii_digit() || *b == b'.') {
        return None;
    }
    let f: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(if negative && stripped { -f } else { f })
}

/// Reads `1.8p3` after its `0x`.
fn hex_number(s: &[u8]) -> Option<f64> {
    let (mut mantissa, mut exponent, mut dropped) = (0u64, 0i64, false);
    let (mut digits, mut point) = (false, false);
    let mut rest = s;
    while let Some((&c, tail)) = rest.split_first() {
        if c == b'.' && !point {
            point = true;
        } else if let Some(d) = (c as char).to_digit(16) {
            digits = true;
            if mantissa >> 60 == 0 {
                mantissa = mantissa << 4 | u64::from(d);
                exponent -= if point { 4 } else { 0 };
            } else {
                dropped |= d != 0;
                exponent += if point { 0 } else { 4 };
            }
        } else {
            break;
        }
        rest = tail;
    }
    let (&p, power) = rest.split_first()?;
    if !digits || !p.eq_ignore_ascii_case(&b'p') {
        return None;
    }
    let (sign, power) = match power {
        [b'-', r @ ..] => (-1, r),
        [b'+', r @ ..] => (1, r),
        r => (1, r),
    };
    if power.is_empty() || !power.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let power = power.iter().fold(0i64, |n, d| (n * 10 + i64::from(d - b'0')).min(1 << 40));
    exponent = exponent.saturating_add(sign * power);
    if mantissa == 0 {
        return Some(0.0);
    }
    // Round to 53 bits, or fewer below the smallest normal number, half to even.
    let top = exponent + 63 - i64::from(mantissa.leading_zeros());
    if top > 1023 {
        return Some(f64::INFINITY);
    }
    let lowest = (top - 52).max(-1074);
    let shift = lowest - exponent;
    let rounded = if shift <= 0 {
        // At most 52 + 1: the mantissa has 53 bits or fewer here.
        mantissa << (-shift).min(63)
    } else if shift > 64 {
        0
    } else {
        let wide = u128::from(mantissa) << 1 | u128::from(dropped);
        let cut = shift as u32 + 1;
        let kept = (wide >> cut) as u64;
        let below = wide & ((1u128 << cut) - 1);
        let half = 1u128 << (cut - 1);
        kept + u64::from(below > half || (below == half && kept & 1 == 1))
    };
    // Both factors and the product are exact: `rounded` has at most 54 bits, the low one zero then.
    let f = rounded as f64;
    let two = |n: i64| f64::from_bits(((n + 1023) as u64) << 52);
    Some(if lowest < -1000 { f * two(lowest + 100) * two(-100) } else { f * two(lowest) })
}
