//! Reads texts in ConfigMaps and Secrets as the data that they hold.

use std::borrow::Cow;

use bstr::ByteSlice;
use gostd::json::tree::{self, Json};
use gostd::stack;
use gostd::value::{Map, Str, Value};

/// What a text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// JSON
    Json,
    /// `key=value` lines
    Properties,
    /// YAML
    Yaml,
}

/// Texts above this length are compared line by line, in bytes.
const MOST: usize = 4 << 20;

/// Data with more lists and maps in each other than these is compared line by line, and shown without indentation.
pub(super) const DEEPEST: usize = 100;

/// Reads two texts of one name as data, if both are of the same form: lists or maps.
pub(super) fn both(name: &[u8], old: &[u8], new: &[u8]) -> Option<(Form, Value, Value)> {
    if old.len().max(new.len()) > MOST {
        return None;
    }
    let ending = name.rsplit_once_str(b".").map_or(&b""[..], |(_, ending)| ending);
    let forms: &[Form] = match ending {
        b"json" => &[Form::Json],
        b"properties" | b"env" | b"cfg" | b"ini" | b"conf" => &[Form::Properties],
        b"yaml" | b"yml" => &[Form::Yaml],
        b"sh" | b"py" | b"txt" | b"md" | b"tpl" | b"lua" | b"js" => &[],
        _ => &[Form::Json, Form::Properties, Form::Yaml],
    };
    forms.iter().find_map(|form| {
        let (before, after) = (form.read(old)?, form.read(new)?);
        // Reading them drops tags.
        let is_tagged_otherwise = *form == Form::Yaml && !tags(old).eq(tags(new));
        (!is_tagged_otherwise).then_some((*form, before, after))
    })
}

/// Tells whether values stand in more than a number of lists and maps.
pub(super) fn is_deeper(value: &Value, than: usize) -> bool {
    let Some(left) = than.checked_sub(1) else {
        return matches!(value, Value::Map(_) | Value::List(_));
    };
    match value {
        Value::Map(map) => map.borrow().iter().any(|(_, value)| is_deeper(value, left)),
        Value::List(items) => items.iter().any(|item| is_deeper(item, left)),
        _ => false,
    }
}

impl Form {
    fn read(self, text: &[u8]) -> Option<Value> {
        let value = match self {
            Form::Json => {
                let start = text.trim_ascii_start().first()?;
                if !matches!(start, b'{' | b'[') {
                    return None;
                }
                let (json, end) = tree::decode(text).ok()?;
                if !text.get(end..)?.trim_ascii().is_empty() {
                    return None;
                }
                of_json(&json)?
            }
            Form::Properties => properties(text)?,
            Form::Yaml => {
                // Several documents, and texts that only look like YAML for a while.
                if text.find_byte(b'\n').is_none()
                    || text.contains_str("\n---")
                    || text.contains_str("\n...")
                {
                    return None;
                }
                let value = goyaml::decode_strict(text).ok()?;
                if words(text).any(is_rounded) {
                    return None;
                }
                value
            }
        };
        let is_data = matches!(value, Value::Map(_) | Value::List(_));
        (is_data && !is_deeper(&value, DEEPEST)).then_some(value)
    }
}

/// Returns a value of JSON; nothing where a number in it cannot be held.
fn of_json(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => Value::Nil,
        Json::Bool(b) => Value::Bool(*b),
        Json::String(text) => Value::Str(text.clone()),
        Json::Number(text) => number(text.to_str()?)?,
        Json::Array(items) => {
            Value::list(stack::uncounted(|| items.iter().map(of_json).collect::<Option<_>>())?)
        }
        Json::Object(members) => {
            let map = Map::new();
            stack::uncounted(|| {
                members.iter().try_for_each(|(name, value)| {
                    map.insert(name.clone(), of_json(value)?);
                    Some(())
                })
            })?;
            Value::Map(map)
        }
    })
}

/// Returns a number as it is written; nothing where it would be rounded.
fn number(text: &str) -> Option<Value> {
    if let Ok(n) = text.parse::<i64>() {
        return Some(Value::int64(n));
    }
    match text.parse::<f64>() {
        Ok(n) if !is_rounded(text) => Some(Value::Float(n)),
        _ => None,
    }
}

/// Returns the tags of a YAML text that are no types of YAML itself, in order.
fn tags(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let words = text.split(|b| b.is_ascii_whitespace() || b",[]{}".contains(b));
    words.filter(|word| word.starts_with(b"!") && !word.starts_with(b"!!"))
}

/// Returns the words of a YAML text, but for whole numbers that YAML holds as they are.
fn words(text: &[u8]) -> impl Iterator<Item = &str> {
    let is_end = |b: &u8| b.is_ascii_whitespace() || b",:[]{}".contains(b);
    let words = text.split(is_end).filter_map(|word| word.to_str().ok());
    words.filter(|word| word.parse::<i64>().is_err() && word.parse::<u64>().is_err())
}

/// Tells whether a decimal number is another one than that which a double of it is written as: two that are not, and
/// differ, are different doubles.
fn is_rounded(text: &str) -> bool {
    // In YAML underscores do not count.
    let text = &*match text.contains('_') {
        true => Cow::Owned(text.replace('_', "")),
        false => Cow::Borrowed(text),
    };
    let Ok(double) = text.parse::<f64>() else { return false };
    match (decimal(text), decimal(&format!("{double:e}"))) {
        (Some(written), Some(held)) => written != held,
        // No decimal number, as infinity: it is written so. Else its exponent is too large to be held.
        (None, None) => text.bytes().any(|b| b.is_ascii_digit()),
        _ => true,
    }
}

/// Returns a decimal number as its sign, its digits without zeros around them, and the power of ten of the last one.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (is_negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{part}");
    if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let significant = all.trim_end_matches('0');
    if significant.is_empty() {
        // Zero has no sign worth telling.
        return Some((false, String::new(), 0));
    }
    let dropped = (all.len() - significant.len()) as i64;
    let power = exponent.checked_sub(part.len() as i64)?.checked_add(dropped)?;
    Some((is_negative, significant.trim_start_matches('0').to_owned(), power))
}

/// Reads `key=value` lines: no line may be anything else but a comment.
fn properties(text: &[u8]) -> Option<Value> {
    let map = Map::new();
    for line in text.lines() {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") || line.starts_with(b"!") {
            continue;
        }
        let (key, value) = line.split_once_str(b"=")?;
        let key = key.trim_ascii();
        let is_plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        // A line that ends in `\` goes on, and what is set twice has an order.
        let is_odd = key.is_empty() || !key.iter().all(is_plain) || value.ends_with(b"\\");
        if is_odd || map.contains_key(key) {
            return None;
        }
        map.insert(Str::from(key), Value::Str(Str::from(value.trim_ascii())));
    }
    // One line of base64 may end so.
    let is_base64 = text.trim_ascii().ends_with(b"=") && text.trim_ascii().lines().count() == 1;
    (!map.is_empty() && !is_base64).then_some(Value::Map(map))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_settings_are_data() {
        let form = |name: &str, old: &str, new: &str| {
            both(name.as_bytes(), old.as_bytes(), new.as_bytes()).map(|(form, _, _)| form)
        };
        assert_eq!(form("x", "a=1\n", "a=2\n# b\nb=\n"), Some(Form::Properties));
        assert_eq!(form("x", "LS0tLQo=", "LS0tLS0K="), None);
        assert_eq!(form("x", "TFMwdA==\n", "TFMwdExTMA==\n"), None);
        assert_eq!(form("x.sh", "a=1\n", "a=2\n"), None);
    }

    #[test]
    fn deep_data_is_compared_line_by_line() {
        let nested = |depth: usize| format!("{}\n{}", "[".repeat(depth), "]".repeat(depth));
        for name in [&b"a.json"[..], b"a.yaml", b"a"] {
            let of = |depth| both(name, nested(depth).as_bytes(), b"[\n1]").is_some();
            assert_eq!([of(DEEPEST), of(DEEPEST + 1), of(2_000)], [true, false, false]);
        }
    }

    #[test]
    fn tags_are_no_data_but_count() {
        let is_read = |old: &str, new: &str| {
            let [old, new] = [old, new].map(|tag| format!("a: {tag} b\nc: 1\n"));
            both(b"a.yaml", old.as_bytes(), new.as_bytes()).is_some()
        };
        assert!(is_read("!secret", "!secret") && is_read("", "!!str"));
        assert!(!is_read("!secret", "!include") && !is_read("", "!secret"));
        assert!(!is_read("!<x:a>", "!<x:b>"));
    }

    #[test]
    fn numbers_that_a_double_rounds_are_not_the_same() {
        let is_one = |name: &str, old: &str, new: &str| {
            let read = both(name.as_bytes(), old.as_bytes(), new.as_bytes());
            read.is_some_and(|(_, old, new)| crate::diff::same(&old, &new))
        };
        // Whole numbers of 64 bits are compared as they are, others as texts unless a double holds them.
        for (one, other) in [
            ("9007199254740993", "9007199254740992"),
            ("99999999999999999999", "99999999999999999998"),
            ("18446744073709551615", "18446744073709551616"),
            ("1e400", "1e401"),
            ("0.1", "0.10000000000000000001"),
            ("1e-400", "0"),
            ("1e-400", "1e-401"),
            ("1e99999999999999999999", "1e99999999999999999998"),
            ("1e-99999999999999999999", "1e-99999999999999999998"),
            ("99_999_999_999_999_999_999.0", "99_999_999_999_999_999_998.0"),
        ] {
            let of = |n: &str, name: &str| match name {
                "a.json" => format!("{{\"n\": {n}, \"f\": 0.5}}"),
                _ => format!("n: {n}\nf: 0.5\n"),
            };
            for name in ["a.json", "a.yaml", "a"] {
                assert!(!is_one(name, &of(one, name), &of(other, name)), "{name}: {one} {other}");
            }
            assert!(!is_one("a", &of(one, "a.json"), &of(other, "a.json")), "{one} {other}");
        }
        for (one, other) in [
            ("1", "1.0"),
            ("100", "1e2"),
            ("0.30", "3E-1"),
            ("0", "-0.0"),
            ("1e22", "10000000000000000000000"),
        ] {
            let of = |n: &str| format!("{{\"n\": {n}}}");
            assert!(is_one("a.json", &of(one), &of(other)), "{one} {other}");
        }
    }
}
