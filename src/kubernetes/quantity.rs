//! Compares quantities of Kubernetes' API: `1000m` and `1`, `1Gi` and `1024Mi` are the same.

use gostd::value::Value;

/// Tells whether two values are the same quantity.
pub fn same(old: &Value, new: &Value) -> bool {
    matches!((read(old), read(new)), (Some(old), Some(new)) if old == new)
}

/// Returns a quantity in billionths, the least that Kubernetes keeps; nothing where it is none or out of range.
pub fn read(value: &Value) -> Option<i128> {
    let text = match value {
        Value::Str(text) => text.to_str()?.trim().to_owned(),
        Value::Int(_, n) => n.to_string(),
        Value::Uint(_, n) => n.to_string(),
        Value::Float(n) if n.is_finite() => n.to_string(),
        _ => return None,
    };
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '+' | '-'));
    let (number, suffix) = text.split_at(end.unwrap_or(text.len()));
    // Billionths times the factor of the suffix.
    let (factor, divisor): (i128, i128) = match suffix {
        "n" => (1, 1),
        "u" => (1_000, 1),
        "m" => (1_000_000, 1),
        "" => (BILLION, 1),
        "k" => (BILLION * 1_000, 1),
        "M" => (BILLION * 1_000_000, 1),
        "G" => (BILLION * BILLION, 1),
        "T" => (BILLION * BILLION * 1_000, 1),
        "P" => (BILLION * BILLION * 1_000_000, 1),
        "E" => (BILLION * BILLION * BILLION, 1),
        "Ki" => (BILLION << 10, 1),
        "Mi" => (BILLION << 20, 1),
        "Gi" => (BILLION << 30, 1),
        "Ti" => (BILLION << 40, 1),
        "Pi" => (BILLION << 50, 1),
        "Ei" => (BILLION << 60, 1),
        _ => {
            let power: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            let tens = 10_i128.checked_pow(power.unsigned_abs())?;
            if power < 0 { (BILLION, tens) } else { (BILLION.checked_mul(tens)?, 1) }
        }
    };
    let (sign, digits) = match number.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.len() + part.len() == 0 || !is_number(whole) || !is_number(part) {
        return None;
    }
    let all: i128 = [whole, part].concat().parse().ok()?;
    let scale = 10_i128.checked_pow(part.len() as u32)?.checked_mul(divisor)?;
    let scaled = all.checked_mul(factor)?;
    // What is less than a billionth is rounded up.
    Some(sign * ((scaled + scale - 1) / scale))
}

const BILLION: i128 = 1_000_000_000;

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
        for odd in ["", "x", "1Q", "1.2.3", "--1", "1e99", "1m5"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }
}
