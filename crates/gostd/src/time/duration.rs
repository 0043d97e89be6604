//! Reproduces Go's `time.Duration`: nanoseconds, their text and methods.

use super::error::DurationError;
use crate::value::{IntKind, MethodResult, Signature, Str, Type, Value};

/// A span in nanoseconds.
pub type Duration = i64;

const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Reproduces Go's `Duration.String`: `1h2m3.5s`, `1.2ms`, `0s`.
pub fn format_duration(nanos: Duration) -> String {
    let mut out = String::with_capacity(16);
    let n = nanos.unsigned_abs();
    if nanos < 0 {
        out.push('-');
    }
    match n {
        0 => out.push_str("0s"),
        1..MICROSECOND => out.push_str(&format!("{n}ns")),
        MICROSECOND..MILLISECOND => decimal(&mut out, n, MICROSECOND, "µs"),
        MILLISECOND..SECOND => decimal(&mut out, n, MILLISECOND, "ms"),
        _ => {
            if n >= HOUR {
                out.push_str(&format!("{}h", n / HOUR));
            }
            if n >= MINUTE {
                out.push_str(&format!("{}m", n / MINUTE % 60));
            }
            decimal(&mut out, n % MINUTE, SECOND, "s");
        }
    }
    out
}

/// Appends [`format_duration`]'s text.
pub fn append_duration(out: &mut Vec<u8>, nanos: Duration) {
    out.extend_from_slice(format_duration(nanos).as_bytes());
}

/// Writes `n / unit` with as many decimals as needed.
fn decimal(out: &mut String, n: u64, unit: u64, suffix: &str) {
    out.push_str(&(n / unit).to_string());
    if !n.is_multiple_of(unit) {
        // A leading 1 keeps the zeros after the point.
        let digits = (unit + n % unit).to_string();
        out.push('.');
        out.push_str(digits[1..].trim_end_matches('0'));
    }
    out.push_str(suffix);
}

/// Reproduces Go's `time.ParseDuration`, nanoseconds.
///
/// # Errors
/// What Go finds wrong, e.g. `time: missing unit in duration "5"`.
pub fn parse_duration(text: &[u8]) -> Result<Duration, DurationError> {
    let invalid = || DurationError::Invalid { text: text.into() };
    let (negative, mut rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if rest == b"0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    const LIMIT: u64 = 1 << 63;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (whole, after) = leading_int(rest).ok_or_else(invalid)?;
        let mut digits = rest.len() - after.len();
        rest = after;
        let (mut fraction, mut scale) = (0, 1.0);
        if let [b'.', after @ ..] = rest {
            let (value, divisor, after_fraction) = leading_fraction(after);
            digits += after.len() - after_fraction.len();
            (fraction, scale, rest) = (value, divisor, after_fraction);
        }
        if digits == 0 {
            return Err(invalid());
        }
        let end = rest.iter().position(|b| *b == b'.' || b.is_ascii_digit()).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        rest = after;
        if name.is_empty() {
            return Err(DurationError::MissingUnit { text: text.into() });
        }
        let Some(unit) = unit(name) else {
            return Err(DurationError::UnknownUnit { text: text.into(), unit: name.into() });
        };
        if whole > LIMIT / unit {
            return Err(invalid());
        }
        let mut value = whole * unit;
        if fraction > 0 {
            value += (fraction as f64 * (unit as f64 / scale)) as u64;
            if value > LIMIT {
                return Err(invalid());
            }
        }
        // Both are at most 2^63, so the sum wraps at worst to 0, as it does in Go.
        total = total.wrapping_add(value);
        if total > LIMIT {
            return Err(invalid());
        }
    }
    if negative {
        return Ok((total as i64).wrapping_neg());
    }
    i64::try_from(total).map_err(|_| invalid())
}

fn unit(name: &[u8]) -> Option<u64> {
    Some(match name {
        b"ns" => 1,
        b"us" => MICROSECOND,
        _ if name == "\u{b5}s".as_bytes() || name == "\u{3bc}s".as_bytes() => MICROSECOND,
        b"ms" => MILLISECOND,
        b"s" => SECOND,
        b"m" => MINUTE,
        b"h" => HOUR,
        _ => return None,
    })
}

/// Returns the number at the start of a text (0 without digits) and what follows; `None` past 2^63.
pub(super) fn leading_int(text: &[u8]) -> Option<(u64, &[u8])> {
    let mut n: u64 = 0;
    let mut rest = text;
    while let [digit @ b'0'..=b'9', after @ ..] = rest {
        n = n.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
        if n > 1 << 63 {
            return None;
        }
        rest = after;
    }
    Some((n, rest))
}

/// Returns the digits after a decimal point: their number, the power of ten to divide it by, what
/// follows. Digits beyond the range are read but do not count.
fn leading_fraction(text: &[u8]) -> (u64, f64, &[u8]) {
    let (mut n, mut scale, mut full) = (0u64, 1.0, false);
    let mut rest = text;
    while let [digit @ b'0'..=b'9', after @ ..] = rest {
        rest = after;
        full = full || n > i64::MAX as u64 / 10;
        if full {
            continue;
        }
        let next = n * 10 + u64::from(digit - b'0');
        if next > 1 << 63 {
            full = true;
            continue;
        }
        n = next;
        scale *= 10.0;
    }
    (n, scale, rest)
}

/// Reproduces Go's `Duration.Truncate`: towards zero to a multiple of `unit`.
pub fn truncate_duration(nanos: Duration, unit: Duration) -> Duration {
    if unit <= 0 { nanos } else { nanos - nanos % unit }
}

/// Reproduces Go's `Duration.Round`: to the nearest multiple of `unit`, halves away from zero,
/// saturating.
pub fn round_duration(nanos: Duration, unit: Duration) -> Duration {
    if unit <= 0 {
        return nanos;
    }
    let rest = (nanos % unit).unsigned_abs();
    let down = nanos - nanos % unit;
    if rest * 2 < unit as u64 {
        down
    } else if nanos < 0 {
        down.saturating_sub(unit)
    } else {
        down.saturating_add(unit)
    }
}

/// Returns the parameters of a method of `time.Duration`, or `None` where it has no such method.
pub fn duration_signature(name: &str) -> Option<Signature> {
    let params: &'static [Type] = match name {
        "Abs" | "Hours" | "Microseconds" | "Milliseconds" | "Minutes" | "Nanoseconds"
        | "Seconds" | "String" => &[],
        "Round" | "Truncate" => &[Type::Named("time.Duration")],
        _ => return None,
    };
    Some(Signature { params, variadic: false })
}

/// Calls a method of `time.Duration` on nanoseconds.
///
/// # Errors
/// Only for a method that [`duration_signature`] does not know.
pub fn duration_method(nanos: Duration, name: &str, args: &[Value]) -> MethodResult {
    let span = |n| Value::Int(IntKind::Duration, n);
    // Go splits off the whole part first, which keeps the last digits exact.
    let parts = |unit: u64| {
        let unit = unit as i64;
        Value::Float((nanos / unit) as f64 + (nanos % unit) as f64 / unit as f64)
    };
    let arg = match args.first() {
        Some(Value::Int(_, n)) => *n,
        _ => 0,
    };
    Ok(match name {
        "String" => Value::from(format_duration(nanos)),
        "Nanoseconds" => Value::int64(nanos),
        "Microseconds" => Value::int64(nanos / MICROSECOND as i64),
        "Milliseconds" => Value::int64(nanos / MILLISECOND as i64),
        "Seconds" => parts(SECOND),
        "Minutes" => parts(MINUTE),
        "Hours" => parts(HOUR),
        "Abs" => span(nanos.saturating_abs()),
        "Round" => span(round_duration(nanos, arg)),
        "Truncate" => span(truncate_duration(nanos, arg)),
        _ => return Err(Str::from(format!("time.Duration has no method {name}"))),
    })
}
