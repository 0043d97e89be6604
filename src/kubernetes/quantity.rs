//! Compares quantities of Kubernetes' API: `1000m` and `1`, `1Gi` and `1024Mi` are the same.

use gostd::value::Value;

/// Tells whether two values are the same quantity.
pub fn same(old: &Value, new: &Value) -> bool {
    matches!((read(old), read(new)), (Some(old), Some(new)) if old == new)
}

/// Returns a quantity in billionths, the least that Kubernetes keeps; nothing where it is none. One that is out of range is
/// the nearest that is not.
pub fn read(value: &Value) -> Option<i128> {
    let text = match value {
        Value::Str(text) => text.to_str()?.trim().to_owned(),
        Value::Int(_, n) => n.to_string(),
        Value::Uint(_, n) => n.to_string(),
        Value::Float(n) if n.is_finite() => n.to_string(),
        _ => return None,
    };
    let (sign, rest) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, &*text),
    };
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    // There need not be a digit: `.`, `+` and `Gi` are zero.
    let (whole, rest) = rest.split_at(digits(rest));
    let after_point = rest.strip_prefix('.').unwrap_or(rest);
    let count = if rest.starts_with('.') { digits(after_point) } else { 0 };
    let (part, suffix) = after_point.split_at(count);
    let all = [whole, part].concat();
    let all = all.trim_start_matches('0');
    // Billionths times the factor of the suffix, and the tens to divide by.
    let (factor, tens): (i128, i64) = match suffix {
        "n" => (1, 0),
        "u" => (1_000, 0),
        "m" => (1_000_000, 0),
        "" => (BILLION, 0),
        "k" => (BILLION * 1_000, 0),
        "M" => (BILLION * 1_000_000, 0),
        "G" => (BILLION * BILLION, 0),
        "T" => (BILLION * BILLION * 1_000, 0),
        "P" => (BILLION * BILLION * 1_000_000, 0),
        "E" => (BILLION * BILLION * BILLION, 0),
        "Ki" => (BILLION << 10, 0),
        "Mi" => (BILLION << 20, 0),
        "Gi" => (BILLION << 30, 0),
        "Ti" => (BILLION << 40, 0),
        "Pi" => (BILLION << 50, 0),
        "Ei" => (BILLION << 60, 0),
        _ => {
            let power: i64 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            (BILLION, power.saturating_neg())
        }
    };
    let tens = tens.saturating_add(i64::try_from(part.len()).ok()?);
    if all.is_empty() {
        return Some(0);
    }
    // Of a long fraction the end makes the rest one more.
    let spare = all.len().saturating_sub(EXACT).min(usize::try_from(tens).unwrap_or(0));
    let (all, rest) = all.split_at(all.len() - spare);
    let more = i128::from(rest.bytes().any(|b| b != b'0'));
    let tens = tens - i64::try_from(spare).ok()?;
    let power = |tens: u64| u32::try_from(tens).ok().and_then(|tens| 10_i128.checked_pow(tens));
    let all = all.parse::<i128>().ok().map(|all| all.saturating_add(more));
    let scaled = all.and_then(|all| match tens {
        ..=0 => all.checked_mul(factor)?.checked_mul(power(tens.unsigned_abs())?),
        // What is less than a billionth is rounded up.
        _ => Some(power(tens.unsigned_abs()).map_or(1, |scale| {
            let scaled = all.saturating_mul(factor);
            scaled / scale + i128::from(scaled % scale != 0)
        })),
    });
    let scaled = scaled.unwrap_or(i128::MAX / BILLION * BILLION);
    Some(sign * if suffix.ends_with('i') { scaled.min(MOST) } else { scaled })
}

/// What more is counted as with a suffix of powers of 2.
const MOST: i128 = i64::MAX as i128 * BILLION;
const BILLION: i128 = 1_000_000_000;
/// How many digits are counted of what has more, some of them behind the point.
const EXACT: usize = 28;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read() {
        let read = |text: &str| read(&Value::str(text));
        assert_eq!(read("1"), Some(BILLION));
        assert_eq!(read("500m"), read("0.5"));
        assert_eq!(read("1Gi"), read("1024Mi"));
        assert_eq!(read("1e3"), read("1k"));
        assert_eq!(read("1500m"), read("1.5"));
        assert_eq!(read("-1"), Some(-BILLION));
        assert_eq!(read("0.1n"), Some(1));
        assert_eq!(read("1e99"), Some(i128::MAX / BILLION * BILLION));
        assert_eq!(read("1e-99"), Some(1));
        assert_eq!(read("0.170141183460469231731687303715"), Some(170_141_184));
        assert_eq!(read(&format!("1.{}1", "0".repeat(60))), Some(BILLION + 1));
        assert_eq!(read(&format!("2.{}", "0".repeat(60))), read("2"));
        assert_eq!(read("1000000Ei"), read("9223372036854775807"));
        for nothing in ["0", "+", ".", "Gi", "0e999", "-0"] {
            assert_eq!(read(nothing), Some(0), "{nothing}");
        }
        for odd in ["", "x", "1Q", "1.2.3", "--1", "1m5", "1e", "1gi", "1 Gi"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
