//! Tells what a scalar means: YAML 1.1 as go-yaml v2 reads it.

use std::borrow::Cow;

use gostd::value::Value;

/// The prefix that `!!` stands for.
pub(super) const YAML_TAG: &[u8] = b"tag:yaml.org,2002:";

/// The meaning of a scalar.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Scalar {
    /// Its text.
    Text,
    Null,
    Bool(bool),
    Int(i64),
    /// Only what is too big for `Int`.
    Uint(u64),
    Float(f64),
    /// A timestamp; go-yaml keeps the text where no type is asked for.
    Time,
}

impl Scalar {
    /// Returns the value, or `None` for text. With `json`, every number is a float.
    pub(super) fn into_value(self, json: bool) -> Option<Value> {
        use gostd::value::{IntKind, UintKind};
        Some(match self {
            Scalar::Text | Scalar::Time => return None,
            Scalar::Null => Value::Nil,
            Scalar::Bool(b) => Value::Bool(b),
            Scalar::Int(n) if json => Value::Float(n as f64),
            Scalar::Int(n) => Value::Int(IntKind::Int64, n),
            Scalar::Uint(n) if json => Value::Float(n as f64),
            Scalar::Uint(n) => Value::Uint(UintKind::Uint64, n),
            Scalar::Float(f) => Value::Float(f),
        })
    }

    pub(super) fn tag(self) -> &'static str {
        match self {
            Scalar::Text => "str",
            Scalar::Null => "null",
            Scalar::Bool(_) => "bool",
            Scalar::Int(_) | Scalar::Uint(_) => "int",
            Scalar::Float(_) => "float",
            Scalar::Time => "timestamp",
        }
    }
}

/// Returns the meaning of a plain scalar without a tag.
pub(super) fn plain(text: &[u8]) -> Scalar {
    match text.first() {
        None => Scalar::Null,
        Some(b'0'..=b'9' | b'+' | b'-') => word(text).unwrap_or_else(|| number(text)),
        Some(b'.') => word(text).unwrap_or_else(|| dot_float(text)),
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            word(text).unwrap_or(Scalar::Text)
        }
        _ => Scalar::Text,
    }
}

/// Returns the tag that go-yaml v3 gives a plain scalar: other than by [`plain`], a date is a timestamp, and `yes` and
/// the like are texts.
pub(super) fn plain_tag(text: &[u8]) -> &'static [u8] {
    if matches!(text, [b'0'..=b'9', _, _, _, b'-', ..]) && is_timestamp(text) {
        return b"!!timestamp";
    }
    match plain(text) {
        Scalar::Null => b"!!null",
        Scalar::Bool(_) if matches!(text.first(), Some(b't' | b'T' | b'f' | b'F')) => b"!!bool",
        Scalar::Int(_) | Scalar::Uint(_) => b"!!int",
        Scalar::Float(_) => b"!!float",
        Scalar::Time => b"!!timestamp",
        Scalar::Bool(_) | Scalar::Text => b"!!str",
    }
}

/// Returns whether a plain scalar is anything but an infinity or not a number.
pub(super) fn is_finite(text: &[u8]) -> bool {
    let special = |scalar| matches!(scalar, Some(Scalar::Float(f)) if !f.is_finite());
    !matches!(text.first(), Some(b'.' | b'+' | b'-')) || !special(word(text))
}

/// Returns the meaning of a scalar with a tag, given without its `tag:yaml.org,2002:`. The error
/// names the tag that the text would have had.
pub(super) fn tagged(tag: &str, text: &[u8]) -> Result<Scalar, &'static str> {
    let scalar = match tag {
        "bool" | "int" | "float" | "null" => plain(text),
        "timestamp" if text.first().is_some_and(u8::is_ascii_digit) && is_timestamp(text) => {
            Scalar::Time
        }
        "timestamp" => plain(text),
        _ => return Ok(Scalar::Text),
    };
    match scalar {
        Scalar::Int(n) if tag == "float" => Ok(Scalar::Float(n as f64)),
        scalar if scalar.tag() == tag => Ok(scalar),
        scalar => Err(scalar.tag()),
    }
}

fn word(text: &[u8]) -> Option<Scalar> {
    if text.len() > 5 {
        return None;
    }
    Some(match text {
        b"y" | b"Y" | b"yes" | b"Yes" | b"YES" | b"true" | b"True" | b"TRUE" | b"on" | b"On"
        | b"ON" => Scalar::Bool(true),
        b"n" | b"N" | b"no" | b"No" | b"NO" | b"false" | b"False" | b"FALSE" | b"off" | b"Off"
        | b"OFF" => Scalar::Bool(false),
        b"~" | b"null" | b"Null" | b"NULL" => Scalar::Null,
        b".nan" | b".NaN" | b".NAN" => Scalar::Float(f64::NAN),
        b".inf" | b".Inf" | b".INF" | b"+.inf" | b"+.Inf" | b"+.INF" => {
            Scalar::Float(f64::INFINITY)
        }
        b"-.inf" | b"-.Inf" | b"-.INF" => Scalar::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

/// Returns a scalar that starts with a digit or a sign. Underscores do not count, wherever they
/// are.
fn number(text: &[u8]) -> Scalar {
    let text: Cow<'_, [u8]> = match memchr::memchr(b'_', text) {
        None => Cow::Borrowed(text),
        Some(_) => text.iter().copied().filter(|&b| b != b'_').collect::<Vec<_>>().into(),
    };
    let (negative, digits) = match &*text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let signed = digits.len() < text.len();
    match magnitude(digits) {
        Some(n) if n <= i64::MAX as u64 => {
            return Scalar::Int(if negative { -(n as i64) } else { n as i64 });
        }
        Some(n) if negative && n == i64::MIN.unsigned_abs() => return Scalar::Int(i64::MIN),
        Some(n) if !signed => return Scalar::Uint(n),
        _ => {}
    }
    if is_decimal_float(digits)
        && let Some(f) = parse_float(&text)
    {
        return Scalar::Float(f);
    }
    // go-yaml's own reading of `0b` lets a sign follow it.
    if let Some([sign @ (b'+' | b'-'), bits @ ..]) = text.strip_prefix(b"0b")
        && let Some(n) = radix(bits, 2)
        && let Ok(n) = i64::try_from(if *sign == b'-' { -i128::from(n) } else { i128::from(n) })
    {
        return Scalar::Int(n);
    }
    Scalar::Text
}

/// Returns an integer without a sign, its base told by a prefix: `0x`, `0o`, `0b`, or `0` for
/// octal.
fn magnitude(digits: &[u8]) -> Option<u64> {
    match digits {
        [] => None,
        [b'0', b'x' | b'X', rest @ ..] if !rest.is_empty() => radix(rest, 16),
        [b'0', b'o' | b'O', rest @ ..] if !rest.is_empty() => radix(rest, 8),
        [b'0', b'b' | b'B', rest @ ..] if !rest.is_empty() => radix(rest, 2),
        [b'0'] => Some(0),
        [b'0', rest @ ..] => radix(rest, 8),
        _ => radix(digits, 10),
    }
}

fn radix(digits: &[u8], base: u32) -> Option<u64> {
    let digit = |b: u8| char::from(b).to_digit(base).map(u64::from);
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |n, &b| n.checked_mul(u64::from(base))?.checked_add(digit(b)?))
}

/// Digits with at most one point among or around them and perhaps an exponent.
fn is_decimal_float(text: &[u8]) -> bool {
    let count = |t: &[u8]| t.iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = count(text);
    let mut rest = &text[whole..];
    if let Some(after) = rest.strip_prefix(b".") {
        let fraction = count(after);
        if whole == 0 && fraction == 0 {
            return false;
        }
        rest = &after[fraction..];
    } else if whole == 0 {
        return false;
    }
    match rest {
        [] => true,
        [b'e' | b'E', exponent @ ..] => {
            let exponent = match exponent {
                [b'+' | b'-', digits @ ..] => digits,
                digits => digits,
            };
            !exponent.is_empty() && count(exponent) == exponent.len()
        }
        _ => false,
    }
}

/// Returns the nearest float; `None` where there is none but infinity.
fn parse_float(text: &[u8]) -> Option<f64> {
    let f: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    f.is_finite().then_some(f)
}

/// Returns a scalar that starts with a point: here an underscore must stand between two digits.
fn dot_float(text: &[u8]) -> Scalar {
    let mut plain = Vec::with_capacity(text.len());
    for (i, &b) in text.iter().enumerate() {
        if b != b'_' {
            plain.push(b);
        } else if !(text[i - 1].is_ascii_digit() && text.get(i + 1).is_some_and(u8::is_ascii_digit))
        {
            // The first byte is the point, so there is one before.
            return Scalar::Text;
        }
    }
    match is_decimal_float(&plain).then(|| parse_float(&plain)).flatten() {
        Some(f) => Scalar::Float(f),
        None => Scalar::Text,
    }
}

/// Returns whether Go's `time.Parse` takes the text by one of go-yaml's four layouts: a date, a
/// date and a time after a space, or both after `T` or `t` with a zone.
fn is_timestamp(text: &[u8]) -> bool {
    parse_timestamp(text).is_some()
}

fn parse_timestamp(text: &[u8]) -> Option<()> {
    let (year, rest) = take_number(text, 4, 4)?;
    let (month, rest) = take_number(rest.strip_prefix(b"-")?, 1, 2)?;
    let (day, rest) = take_number(rest.strip_prefix(b"-")?, 1, 2)?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day == 0 || day > days {
        return None;
    }
    let Some((&separator, rest)) = rest.split_first() else { return Some(()) };
    let zoned = match separator {
        b'T' | b't' => true,
        b' ' => false,
        _ => return None,
    };
    let rest = if zoned { rest } else { rest.trim_ascii_start() };
    let (hour, rest) = take_number(rest, 1, 2)?;
    let (minute, rest) = take_number(rest.strip_prefix(b":")?, 1, 2)?;
    let (second, mut rest) = take_number(rest.strip_prefix(b":")?, 1, 2)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    if let [b'.' | b',', fraction @ ..] = rest {
        let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        rest = &fraction[digits..];
    }
    match rest {
        [] if !zoned => Some(()),
        [b'Z'] if zoned => Some(()),
        [b'+' | b'-', zone @ ..] if zoned => {
            let (hours, rest) = take_number(zone, 2, 2)?;
            let (minutes, rest) = take_number(rest.strip_prefix(b":")?, 2, 2)?;
            (hours <= 24 && minutes < 60 && rest.is_empty()).then_some(())
        }
        _ => None,
    }
}

/// Returns up to `most` digits, at least `least`.
fn take_number(text: &[u8], least: usize, most: usize) -> Option<(u32, &[u8])> {
    let len = text.iter().take(most).take_while(|b| b.is_ascii_digit()).count();
    if len < least {
        return None;
    }
    let number = text[..len].iter().fold(0, |n, b| n * 10 + u32::from(b - b'0'));
    Some((number, &text[len..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_mean_what_go_yaml_says() {
        use Scalar::*;
        for (text, want) in [
            ("", Null),
            ("~", Null),
            ("Null", Null),
            ("nULL", Text),
            ("y", Bool(true)),
            ("Yes", Bool(true)),
            ("yES", Text),
            ("off", Bool(false)),
            ("N", Bool(false)),
            ("12", Int(12)),
            ("+12", Int(12)),
            ("-12", Int(-12)),
            ("0777", Int(511)),
            ("0o777", Int(511)),
            ("08", Float(8.0)),
            ("0x1F", Int(31)),
            ("0b101", Int(5)),
            ("0b-101", Int(-5)),
            ("-0b101", Int(-5)),
            ("1_000", Int(1000)),
            ("1__0_", Int(10)),
            ("9223372036854775807", Int(i64::MAX)),
            ("-9223372036854775808", Int(i64::MIN)),
            ("9223372036854775808", Uint(1 << 63)),
            ("+9223372036854775808", Float(9223372036854775808.0)),
            ("18446744073709551616", Float(18446744073709551616.0)),
            ("1.", Float(1.0)),
            (".5", Float(0.5)),
            ("+.5", Float(0.5)),
            (".1_0", Float(0.1)),
            ("._1", Text),
            ("1e3", Float(1000.0)),
            ("1e400", Text),
            ("1:30", Text),
            ("0x", Text),
            ("+", Text),
            ("-", Text),
            (".", Text),
            ("2001-01-01", Text),
            ("<<", Text),
            ("=", Text),
            ("1.2.3", Text),
            (".inf", Float(f64::INFINITY)),
            ("-.INF", Float(f64::NEG_INFINITY)),
            ("inf", Text),
            ("0x1p-2", Text),
        ] {
            assert_eq!(plain(text.as_bytes()), want, "{text}");
        }
        assert!(matches!(plain(b".NaN"), Float(f) if f.is_nan()));
    }

    #[test]
    fn timestamps_are_those_of_go_yaml() {
        for (text, want) in [
            ("2001-12-14", true),
            ("2001-1-4", true),
            ("2001-02-30", false),
            ("2001-12-14t21:59:43.10-05:00", true),
            ("2001-12-14T21:59:43Z", true),
            ("2001-12-14 21:59:43.10 -5", false),
            ("2001-12-14 21:59:43.10", true),
            ("2001-12-14T21:59:43", false),
            ("12", false),
        ] {
            assert_eq!(is_timestamp(text.as_bytes()), want, "{text}");
        }
    }
}
