//! Reproduces `strconv.AppendFloat` for `float64`.

use std::io::Write;

use super::append_uint;

/// A finite number's decimal digits, without zeros at either end: `0.d1d2d3… × 10^point`.
struct Decimal {
    digits: Vec<u8>,
    point: i32,
}

/// No float64 has more significant digits than 767, nor more places after the point than 1074:
/// beyond that all digits are zeros, which Rust need not print (nor can, past 65535).
const MAX_DIGITS: usize = 1100;

impl Decimal {
    fn new(mut digits: Vec<u8>, point: i32) -> Decimal {
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        let point = if digits.is_empty() { 0 } else { point };
        Decimal { digits, point }
    }

    /// Rewrites Rust's `d.ddde-x` as bare digits and a decimal point's place.
    fn from_scientific(mut text: Vec<u8>) -> Decimal {
        let e = text.iter().position(|&b| b == b'e').unwrap_or(text.len());
        let exponent: i32 = std::str::from_utf8(text.get(e + 1..).unwrap_or(b""))
            .ok()
            .and_then(|t| t.parse().ok())
            .unwrap_or(0);
        text.truncate(e);
        if e > 1 {
            text.remove(1);
        }
        Decimal::new(text, exponent + 1)
    }

    /// Returns the shortest digits that read back as `f` (which is finite and not negative).
    fn shortest(f: f64) -> Decimal {
        let mut text = Vec::with_capacity(24);
        // Writing to a vector cannot fail.
        let _ = write!(text, "{f:e}");
        let decimal = Decimal::from_scientific(text);
        // Halfway between two candidates Rust rounds up, Go to the even digit. Only an exact value of
        // more than 15 digits can lie there.
        if decimal.digits.len() < 15 {
            return decimal;
        }
        let mut text = Vec::with_capacity(24);
        let _ = write!(text, "{:.*e}", decimal.digits.len() - 1, f);
        let same = std::str::from_utf8(&text).ok().and_then(|t| t.parse().ok()) == Some(f);
        if same { Decimal::from_scientific(text) } else { decimal }
    }

    /// Rounds `f` to so many significant digits (at least one).
    fn significant(f: f64, digits: usize) -> Decimal {
        let mut text = Vec::with_capacity(24);
        let _ = write!(text, "{:.*e}", digits.clamp(1, MAX_DIGITS) - 1, f);
        Decimal::from_scientific(text)
    }

    /// Rounds `f` to so many places after the point.
    fn places(f: f64, places: usize) -> Decimal {
        let text = format!("{:.*}", places.min(MAX_DIGITS), f);
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let zeros = whole.bytes().chain(fraction.bytes()).take_while(|&b| b == b'0').count();
        let digits = whole.bytes().chain(fraction.bytes()).skip(zeros).collect();
        Decimal::new(digits, whole.len() as i32 - zeros as i32)
    }

    fn count(&self) -> i32 {
        self.digits.len() as i32
    }

    /// Returns the digit at a position counted from the first, zero beyond the last.
    fn digit(&self, i: i32) -> u8 {
        usize::try_from(i).ok().and_then(|i| self.digits.get(i).copied()).unwrap_or(b'0')
    }
}

/// Formats a `float64` as Go's `strconv.FormatFloat(f, verb, prec, 64)`.
///
/// `verb` is one of `b e E f g G x X`, `prec` the number of digits (-1: as few as read back exactly).
/// An unknown verb gives `%` and the verb, as in Go.
///
/// ```
/// use gostd::strconv::format_float;
/// assert_eq!(format_float(1_000_000.0, b'g', -1), "1e+06");
/// assert_eq!(format_float(0.125, b'f', 2), "0.12");
/// ```
pub fn format_float(f: f64, verb: u8, prec: i32) -> String {
    let mut out = Vec::with_capacity(24);
    append_float(&mut out, f, verb, prec);
    // Every byte above is ASCII unless the verb is not; a wrong verb is shown as Latin-1.
    String::from_utf8(out).unwrap_or_else(|e| e.into_bytes().iter().map(|&b| b as char).collect())
}

/// Appends a `float64` as [`format_float`] formats it.
pub fn append_float(out: &mut Vec<u8>, f: f64, verb: u8, prec: i32) {
    if f.is_nan() {
        out.extend_from_slice(b"NaN");
        return;
    }
    if f.is_infinite() {
        out.extend_from_slice(if f < 0.0 { b"-Inf" } else { b"+Inf" });
        return;
    }
    let abs = f.abs();
    match verb {
        b'e' | b'E' | b'f' | b'g' | b'G' | b'b' | b'x' | b'X' => {}
        _ => {
            out.extend_from_slice(&[b'%', verb]);
            return;
        }
    }
    if f.is_sign_negative() {
        out.push(b'-');
    }
    let shortest = prec < 0;
    match verb {
        b'b' => append_binary(out, abs),
        b'x' | b'X' => append_hex(out, abs, verb, prec),
        // Whole numbers are what values files hold: their digits need no search for the shortest.
        b'f' | b'g' | b'G' if shortest && abs < 1e15 && abs.trunc() == abs => {
            let n = abs as u64;
            if verb == b'f' || n < 1_000_000 {
                append_uint(out, n);
            } else {
                append_general(out, &Decimal::shortest(abs), verb, prec);
            }
        }
        b'e' | b'E' => {
            let decimal = if shortest {
                Decimal::shortest(abs)
            } else {
                Decimal::significant(abs, prec as usize + 1)
            };
            let places = if shortest { decimal.count() - 1 } else { prec };
            append_scientific(out, &decimal, places, verb);
        }
        b'f' => {
            let decimal =
                if shortest { Decimal::shortest(abs) } else { Decimal::places(abs, prec as usize) };
            let places = if shortest { (decimal.count() - decimal.point).max(0) } else { prec };
            append_plain(out, &decimal, places);
        }
        _ => {
            let decimal = if shortest {
                Decimal::shortest(abs)
            } else {
                Decimal::significant(abs, prec.max(1) as usize)
            };
            append_general(out, &decimal, verb, prec);
        }
    }
}

/// Writes `%g`: scientific for large and small exponents only.
fn append_general(out: &mut Vec<u8>, decimal: &Decimal, verb: u8, prec: i32) {
    let count = decimal.count();
    let threshold = if prec < 0 {
        6
    } else {
        let prec = prec.max(1);
        if prec > count && count >= decimal.point { count } else { prec }
    };
    let exponent = decimal.point - 1;
    if exponent < -4 || exponent >= threshold {
        let places = if prec < 0 { count } else { prec.max(1).min(count) } - 1;
        append_scientific(out, decimal, places, if verb == b'G' { b'E' } else { b'e' });
    } else {
        append_plain(out, decimal, (count - decimal.point).max(0));
    }
}

/// Writes `d.ddde±dd`
fn append_scientific(out: &mut Vec<u8>, decimal: &Decimal, places: i32, e: u8) {
    out.push(decimal.digit(0));
    if places > 0 {
        out.push(b'.');
        append_run(out, decimal, 1, places);
    }
    let exponent = if decimal.digits.is_empty() { 0 } else { decimal.point - 1 };
    out.push(e);
    out.push(if exponent < 0 { b'-' } else { b'+' });
    if exponent.abs() < 10 {
        out.push(b'0');
    }
    append_uint(out, u64::from(exponent.unsigned_abs()));
}

/// Writes `ddd.ddd`
fn append_plain(out: &mut Vec<u8>, decimal: &Decimal, places: i32) {
    if decimal.point > 0 {
        append_run(out, decimal, 0, decimal.point);
    } else {
        out.push(b'0');
    }
    if places > 0 {
        out.push(b'.');
        append_run(out, decimal, decimal.point, places);
    }
}

/// Writes So many digits from a position on, zeros where there are none.
fn append_run(out: &mut Vec<u8>, decimal: &Decimal, from: i32, count: i32) {
    out.reserve(usize::try_from(count).unwrap_or(0));
    for i in 0..count {
        out.push(decimal.digit(from.saturating_add(i)));
    }
}

const MANTISSA_BITS: u32 = 52;
const BIAS: i32 = 1023;

/// Returns the mantissa with its hidden bit, and the exponent of the mantissa's highest bit.
fn parts(abs: f64) -> (u64, i32) {
    let bits = abs.to_bits();
    let mantissa = bits & ((1 << MANTISSA_BITS) - 1);
    match (bits >> MANTISSA_BITS) as i32 {
        0 => (mantissa, 1 - BIAS),
        exponent => (mantissa | 1 << MANTISSA_BITS, exponent - BIAS),
    }
}

/// Writes `%b`: `4503599627370496p-52`
fn append_binary(out: &mut Vec<u8>, abs: f64) {
    let (mantissa, exponent) = parts(abs);
    append_uint(out, mantissa);
    out.push(b'p');
    let exponent = exponent - MANTISSA_BITS as i32;
    out.push(if exponent < 0 { b'-' } else { b'+' });
    append_uint(out, u64::from(exponent.unsigned_abs()));
}

/// Writes `%x`: `0x1.8p+01`
fn append_hex(out: &mut Vec<u8>, abs: f64, verb: u8, prec: i32) {
    let (mut mantissa, mut exponent) = parts(abs);
    if mantissa == 0 {
        exponent = 0;
    } else {
        // Normalised so that the leading one stands at bit 60, above fifteen hexadecimal digits.
        let shift = mantissa.leading_zeros() as i32 - 3;
        mantissa <<= shift;
        exponent -= shift - (60 - MANTISSA_BITS as i32);
    }
    if (0..15).contains(&prec) {
        let dropped = 60 - prec as u32 * 4;
        let rest = mantissa & ((1 << dropped) - 1);
        mantissa >>= dropped;
        let half = 1u64 << (dropped - 1);
        if rest > half || (rest == half && mantissa & 1 == 1) {
            mantissa += 1;
        }
        mantissa <<= dropped;
        if mantissa >> 61 != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let upper = verb == b'X';
    out.extend_from_slice(&[b'0', verb, b'0' + (mantissa >> 60 & 1) as u8]);
    let mut rest = mantissa & ((1 << 60) - 1);
    let mut places =
        if prec < 0 { (60 - rest.trailing_zeros().min(60)).div_ceil(4) as i32 } else { prec };
    if places > 0 {
        out.push(b'.');
    }
    while places > 0 {
        let digit = (rest >> 56) as u8 & 0xf;
        out.push(match digit {
            0..=9 => b'0' + digit,
            _ if upper => b'A' + digit - 10,
            _ => b'a' + digit - 10,
        });
        rest = (rest << 4) & ((1 << 60) - 1);
        places -= 1;
    }
    out.push(if upper { b'P' } else { b'p' });
    out.push(if exponent < 0 { b'-' } else { b'+' });
    if exponent.abs() < 10 {
        out.push(b'0');
    }
    append_uint(out, u64::from(exponent.unsigned_abs()));
}
