//! `strconv.ParseInt`, `ParseUint`, `ParseFloat`, `ParseBool` and `Atoi`.

use super::quoted;

/// Why a text is no number, in Go's words, and the value Go returns beside the error (the nearest
/// one when the number is out of range).
#[derive(Clone, Debug, PartialEq)]
pub struct NumError<T> {
    /// E.g. `strconv.ParseInt: parsing "x": invalid syntax`.
    pub text: String,
    /// What Go returns along with the error.
    pub value: T,
    /// Whether the number was well-formed but out of range.
    pub out_of_range: bool,
}

impl<T> std::fmt::Display for NumError<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

const SYNTAX: &str = "invalid syntax";
const RANGE: &str = "value out of range";

fn failure<T>(function: &str, input: &[u8], reason: &str, value: T) -> NumError<T> {
    // `quote` escapes what is not UTF-8.
    let quoted = quoted(input);
    let text = format!("strconv.{function}: parsing {quoted}: {reason}");
    NumError { text, value, out_of_range: reason == RANGE }
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

/// Whether each underscore stands between digits, or between a base prefix and a digit.
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

fn base_reason(base: u32) -> String {
    format!("invalid base {base}")
}

fn bits_reason(bits: u32) -> String {
    format!("invalid bit size {bits}")
}

/// `strconv.ParseUint`: an unsigned integer in a base of 2 to 36, or by its prefix in base 0, of so
/// many bits (0 stands for 64).
pub fn parse_uint(s: &[u8], base: u32, bits: u32) -> Result<u64, NumError<u64>> {
    const NAME: &str = "ParseUint";
    uint(s, base, bits).map_err(|fault| match fault {
        Fault::Syntax => failure(NAME, s, SYNTAX, 0),
        Fault::Range(max) => failure(NAME, s, RANGE, max),
        Fault::Base => failure(NAME, s, &base_reason(base), 0),
        Fault::Bits => failure(NAME, s, &bits_reason(bits), 0),
    })
}

/// `strconv.ParseInt`: a signed integer; see [`parse_uint`] for base and bits.
///
/// ```
/// use gostd::strconv::parse_int;
/// assert_eq!(parse_int(b"0x1F", 0, 64), Ok(31));
/// let e = parse_int(b"x", 10, 64).unwrap_err();
/// assert_eq!(e.text, r#"strconv.ParseInt: parsing "x": invalid syntax"#);
/// ```
pub fn parse_int(s: &[u8], base: u32, bits: u32) -> Result<i64, NumError<i64>> {
    int("ParseInt", s, base, bits)
}

/// `strconv.Atoi`: a decimal integer.
pub fn atoi(s: &[u8]) -> Result<i64, NumError<i64>> {
    int("Atoi", s, 10, 64)
}

fn int(name: &str, s: &[u8], base: u32, bits: u32) -> Result<i64, NumError<i64>> {
    let (negative, digits) = match s {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, s),
    };
    let n = match uint(digits, base, bits) {
        Ok(n) | Err(Fault::Range(n)) => n,
        Err(Fault::Syntax) => return Err(failure(name, s, SYNTAX, 0)),
        Err(Fault::Base) => return Err(failure(name, s, &base_reason(base), 0)),
        Err(Fault::Bits) => return Err(failure(name, s, &bits_reason(bits), 0)),
    };
    let bits = if bits == 0 { 64 } else { bits };
    let limit = 1u64 << (bits - 1);
    if negative {
        if n > limit {
            return Err(failure(name, s, RANGE, (limit as i64).wrapping_neg()));
        }
        Ok((n as i64).wrapping_neg())
    } else if n >= limit {
        Err(failure(name, s, RANGE, (limit - 1) as i64))
    } else {
        Ok(n as i64)
    }
}

/// `strconv.ParseBool`: `1 t T true TRUE True` and their opposites.
pub fn parse_bool(s: &[u8]) -> Result<bool, NumError<bool>> {
    match s {
        b"1" | b"t" | b"T" | b"true" | b"TRUE" | b"True" => Ok(true),
        b"0" | b"f" | b"F" | b"false" | b"FALSE" | b"False" => Ok(false),
        _ => Err(failure("ParseBool", s, SYNTAX, false)),
    }
}

/// `strconv.ParseFloat` for 64 bits: decimal and hexadecimal numbers, `inf`, `infinity` and `nan`
/// in any case, underscores between digits.
pub fn parse_float(s: &[u8]) -> Result<f64, NumError<f64>> {
    const NAME: &str = "ParseFloat";
    let f = match special(s) {
        Some(f) => return Ok(f),
        None => number(s).ok_or_else(|| failure(NAME, s, SYNTAX, 0.0))?,
    };
    if f.is_infinite() { Err(failure(NAME, s, RANGE, f)) } else { Ok(f) }
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

/// A well-formed number's nearest float64, infinite when too large.
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

/// `1.8p3` after its `0x`.
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
