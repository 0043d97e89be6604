//! Checks values at a path: `equal`, `matchRegex`, `greaterOrEqual`, `lessOrEqual`.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gostd::regexp::Regexp;
use gostd::value::{Frozen, GENERAL_MAP, Value};

use super::format::{Parts, Place, diff, error, fail, uniform, yaml};
use super::{Checked, Context, NO_MANIFEST, and, each, each_at, values};
use crate::unittest::assertion::Comparison;
use crate::unittest::manifest::{Maps, deep_equal, with_texts};

/// Decodes Base64 as Go does: line breaks do not count.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    STANDARD.decode(text).ok()
}

fn undecodable(text: &[u8], place: Place) -> Checked {
    let why = [b"unable to decode base64 expected content ", text].concat();
    (false, error(place, &why))
}

/// Makes all texts in a value uniform.
fn normalized(value: Value) -> Value {
    let uniform = |text: &[u8]| match uniform(text) {
        Cow::Borrowed(_) => None,
        Cow::Owned(text) => Some(Value::from(text)),
    };
    with_texts(&value, Maps::All, &uniform).unwrap_or(value)
}

pub(super) fn check(path: &str, value: &Frozen, decodes: bool, c: &mut Context<'_>) -> Checked {
    let wanted = value.thaw();
    let failed = |actual: &Value, place: Place, not: bool| {
        let expected = yaml(&wanted);
        if not {
            let texts = [path.as_bytes(), &expected];
            return fail(not, " to equal", Parts::PATH, place, &texts);
        }
        let actual = yaml(actual);
        let difference = diff(&expected, &actual);
        let texts = [path.as_bytes(), &expected, &actual, &difference];
        fail(not, " to equal", Parts::ALL, place, &texts)
    };
    let none = |not| failed(&Value::from(NO_MANIFEST.to_vec()), Place::NONE, not);
    each(c, none, |manifest, index, c| {
        let values = match values(path, manifest, index, c.negative) {
            Ok(values) => values,
            Err(checked) => return checked,
        };
        let mut passed = values.is_empty() && c.negative;
        let mut lines = Vec::new();
        for (at, value) in values.into_iter().enumerate() {
            let place = Place::of(index, at);
            let (now, mut why) = match value {
                Value::Str(text) if decodes => match decoded(&text) {
                    None => undecodable(&text, place),
                    Some(text) => {
                        let actual = Value::from(uniform(&text).into_owned());
                        equals(&wanted, &actual, c.negative, |a, n| failed(a, place, n))
                    }
                },
                other => {
                    let actual = normalized(other);
                    equals(&wanted, &actual, c.negative, |a, n| failed(a, place, n))
                }
            };
            lines.append(&mut why);
            passed = and(at, passed, now);
            if !now && c.fail_fast {
                break;
            }
        }
        (passed, lines)
    })
}

fn equals(
    wanted: &Value,
    actual: &Value,
    negative: bool,
    failed: impl FnOnce(&Value, bool) -> Vec<bstr::BString>,
) -> Checked {
    match deep_equal(wanted, actual) == negative {
        true => (false, failed(actual, negative)),
        false => (true, Vec::new()),
    }
}

pub(super) fn matches(path: &str, pattern: &str, decodes: bool, c: &mut Context<'_>) -> Checked {
    if pattern.is_empty() {
        return (false, error(Place::NONE, b"expected field 'pattern' to be filled"));
    }
    let failed = |actual: &[u8], place: Place, not: bool| {
        let texts = [path.as_bytes(), pattern.as_bytes(), actual];
        fail(not, " to match", Parts::PATH_ACTUAL, place, &texts)
    };
    let compiled = Regexp::compile(pattern.as_bytes());
    let none = |not| failed(NO_MANIFEST, Place::NONE, not);
    each(c, none, |manifest, index, c| {
        if let Err(why) = manifest.at(path) {
            return (false, error(Place::of_document(index), &why));
        }
        let regexp = match &compiled {
            Ok(regexp) => regexp,
            Err(why) => return (false, error(Place::NONE, why.to_string().as_bytes())),
        };
        each_at(path, manifest, index, c, |value, place, c| {
            let Value::Str(mut text) = value else {
                let shown = yaml(&value);
                let why = format!("expect '{path}' to be a string, got:\n");
                return (false, error(place, &[why.as_bytes(), &shown].concat()));
            };
            if decodes {
                match decoded(&text) {
                    None => return undecodable(&text, place),
                    Some(decoded) => text = decoded.into(),
                }
            }
            match regexp.is_match(&text) == c.negative {
                true => (false, failed(&text, place, c.negative)),
                false => (true, Vec::new()),
            }
        })
    })
}

/// Returns the type that `%s` prints of a `reflect.Type`.
fn type_of(value: &Value) -> String {
    match value {
        Value::Nil | Value::Invalid => "%!s(<nil>)".into(),
        Value::Map(map) if map.map_type().name == GENERAL_MAP.name => GENERAL_MAP.name.into(),
        other => other.type_name().into_owned(),
    }
}

pub(super) fn compare(path: &str, value: &Frozen, how: Comparison, c: &mut Context<'_>) -> Checked {
    let wanted = value.thaw();
    let word = if how == Comparison::Greater { "greater" } else { "less" };
    let failed = |message: &[u8], place: Place, not: bool| {
        let what = format!(" to be {word} then or equal to, got");
        fail(not, &what, Parts::PATH, place, &[path.as_bytes(), message])
    };
    let none = |not| failed(b"no manifests found", Place::NONE, not);
    each(c, none, |manifest, index, c| {
        let document = Place::of_document(index);
        let values = match manifest.at(path) {
            Err(why) => return (false, error(document, &why)),
            Ok(values) => values,
        };
        if values.is_empty() && !c.negative {
            return (false, error(document, format!("unknown path '{path}'").as_bytes()));
        }
        let mut passed = values.is_empty() && c.negative;
        let mut lines = Vec::new();
        for (at, actual) in values.iter().enumerate() {
            let place = Place::of(index, at);
            let (found, expected) = (type_of(actual), type_of(&wanted));
            if found != expected {
                let why = format!("actual '{found}' and expected '{expected}' types do not match");
                lines.extend(error(place, why.as_bytes()));
                continue;
            }
            let now = match holds(&wanted, actual, how, c.negative) {
                Some(now) => now,
                None => {
                    let why = match &wanted {
                        Value::Nil => "unsupported type '<nil>'".to_owned(),
                        other => format!("unsupported type '{}'", other.type_name()),
                    };
                    lines.extend(failed(why.as_bytes(), place, c.negative));
                    passed = and(at, passed, false);
                    if c.fail_fast {
                        break;
                    }
                    continue;
                }
            };
            if !now {
                let why = gostd::fmt::sprintf(
                    format!("the actual '%v' is not {word} or equal to the expected '%v'")
                        .as_bytes(),
                    &[actual.clone(), wanted.clone()],
                );
                lines.extend(failed(&why.unwrap_or_default(), place, c.negative));
            }
            passed = and(at, passed, now);
            if !passed && c.fail_fast {
                break;
            }
        }
        (passed, lines)
    })
}

/// Compares two values; nothing for a type that cannot be. In Go `==` binds more than `||`: `greater` holds whether the
/// opposite is wanted or not, and where it does not, the opposite is what counts.
fn holds(wanted: &Value, actual: &Value, how: Comparison, negative: bool) -> Option<bool> {
    let (greater, less) = match (actual, wanted) {
        (Value::Str(a), Value::Str(w)) => (a >= w, a <= w),
        (Value::Int(gostd::value::IntKind::Int, a), Value::Int(_, w)) => (a >= w, a <= w),
        (Value::Float(a), Value::Float(w)) => (a >= w, a <= w),
        _ => return None,
    };
    let positive = !negative;
    let is_greater = how == Comparison::Greater && greater;
    let is_less = how == Comparison::Less && less;
    Some(is_greater || is_less == positive)
}
