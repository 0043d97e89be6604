//! Numbers as go-yaml prints them.

use std::io::Write;

/// Appends an integer in decimal.
pub(super) fn push_int(out: &mut Vec<u8>, n: i64) {
    if n < 0 {
        out.push(b'-');
    }
    push_uint(out, n.unsigned_abs());
}

/// Appends an integer in decimal.
pub(super) fn push_uint(out: &mut Vec<u8>, mut n: u64) {
    let mut buf = [0u8; 20];
    let mut at = buf.len();
    loop {
        // u64 has at most 20 digits, so `at` stays in the buffer.
        at -= 1;
        buf[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    out.extend_from_slice(&buf[at..]);
}

/// Appends a finite float64 as it looks after the way through JSON: JSON writes numbers below
/// 1e21 without exponent, go-yaml reads those without a fraction as integers where 64 bits hold
/// them, and prints all others as floats.
pub(super) fn json_float(out: &mut Vec<u8>, f: f64) {
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
    if f.abs() < EXACT && f.trunc() == f {
        return push_int(out, f as i64);
    }
    let digits = Digits::of(f);
    if f.abs() < 1e21 && digits.len as i32 <= digits.point {
        // JSON fills up with zeros; the result is the integer go-yaml sees, not always the float.
        let mut n: u128 = 0;
        for i in 0..digits.point as usize {
            let digit = digits.bytes().get(i).map_or(0, |b| b - b'0');
            n = n * 10 + u128::from(digit); // at most 21 digits
        }
        let limit = if f < 0.0 { 1u128 << 63 } else { u128::from(u64::MAX) };
        if n <= limit {
            if f < 0.0 {
                out.push(b'-');
            }
            return push_uint(out, n as u64);
        }
    }
    digits.push_general(out, f < 0.0);
}

/// Appends a float64 as go-yaml prints one that it is handed: `strconv`'s shortest `%g`, and
/// YAML's words for what is not finite.
pub(super) fn go_float(out: &mut Vec<u8>, f: f64) {
    if f.is_nan() {
        out.extend_from_slice(b".nan");
    } else if f.is_infinite() {
        out.extend_from_slice(if f < 0.0 { b"-.inf" } else { b".inf" });
    } else if f == 0.0 {
        out.extend_from_slice(if f.is_sign_negative() { b"-0" } else { b"0" });
    } else {
        Digits::of(f).push_general(out, f < 0.0);
    }
}

/// The shortest decimal digits that read back as the same float64.
struct Digits {
    buf: [u8; 20],
    len: usize,
    /// How many of the digits stand before the decimal point (may be negative, or beyond `len`)
    point: i32,
}

impl Digits {
    /// Of a finite number; the sign is dropped.
    fn of(f: f64) -> Digits {
        // At most 17 digits, a point, `e-` and three digits of exponent.
        let mut text = [0u8; 32];
        let mut rest = &mut text[..];
        let written = write!(rest, "{:e}", f.abs()).is_ok();
        let left = rest.len();
        let text = if written { &text[..32 - left] } else { &b"0e0"[..] };
        let mut digits = Digits { buf: [0; 20], len: 0, point: 1 };
        for (i, &b) in text.iter().enumerate() {
            match b {
                b'0'..=b'9' if digits.len < digits.buf.len() => {
                    digits.buf[digits.len] = b;
                    digits.len += 1;
                }
                b'e' => {
                    let exponent = std::str::from_utf8(&text[i + 1..]).ok();
                    let exponent: i32 = exponent.and_then(|t| t.parse().ok()).unwrap_or(0);
                    digits.point = exponent + 1;
                    break;
                }
                _ => {}
            }
        }
        digits
    }

    fn bytes(&self) -> &[u8] {
        &self.buf[..self.len]
    }

    /// `%g` with the shortest precision: an exponent below 1e-4 and from 1e6 on.
    fn push_general(&self, out: &mut Vec<u8>, negative: bool) {
        if negative {
            out.push(b'-');
        }
        let digits = self.bytes();
        let exponent = self.point - 1;
        if !(-4..6).contains(&exponent) {
            out.push(digits[0]);
            if digits.len() > 1 {
                out.push(b'.');
                out.extend_from_slice(&digits[1..]);
            }
            out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
            if exponent.abs() < 10 {
                out.push(b'0');
            }
            push_uint(out, u64::from(exponent.unsigned_abs()));
        } else if self.point <= 0 {
            out.extend_from_slice(b"0.");
            out.resize(out.len() + self.point.unsigned_abs() as usize, b'0');
            out.extend_from_slice(digits);
        } else {
            let whole = self.point as usize;
            if digits.len() <= whole {
                out.extend_from_slice(digits);
                out.resize(out.len() + whole - digits.len(), b'0');
            } else {
                out.extend_from_slice(&digits[..whole]);
                out.push(b'.');
                out.extend_from_slice(&digits[whole..]);
            }
        }
    }
}
