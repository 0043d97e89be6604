//! Checks what documents are, how many there are, and what kind of value stands at a path.

use gostd::time::time_of;
use gostd::value::Value;

use super::format::{Parts, Place, error, fail, split, yaml};
use super::{Checked, Context, NO_MANIFEST, and, each, each_at};
use crate::unittest::manifest::Manifest;

pub(super) fn exists(path: &str, c: &mut Context<'_>) -> Checked {
    let failed = |place: Place, not: bool| {
        let format =
            if not { "Path:%s expected to NOT exists" } else { "Path:%s expected to exists" };
        split(format, place, &[path.as_bytes()])
    };
    let (mut passed, mut lines) = (false, Vec::new());
    for (index, manifest) in c.selected.iter().enumerate() {
        let place = Place::of_document(index);
        match manifest.at(path) {
            Err(why) => {
                passed = false;
                lines.extend(error(place, &why));
                if c.fail_fast {
                    break;
                }
            }
            Ok(values) if values.is_empty() != c.negative => {
                passed = false;
                lines.extend(failed(place, c.negative));
            }
            Ok(_) => passed = and(index, passed, true),
        }
    }
    if c.selected.is_empty() {
        match c.negative {
            true => passed = true,
            false => lines.extend(failed(Place::NONE, false)),
        }
    }
    (passed, lines)
}

pub(super) fn is(of: &str, key: &[u8], what: &str, c: &mut Context<'_>) -> Checked {
    let failed = |actual: &Value, place: Place, not: bool| match not {
        true => fail(not, what, Parts::NONE, place, &[of.as_bytes()]),
        false => fail(not, what, Parts::ACTUAL, place, &[of.as_bytes(), &yaml(actual)]),
    };
    let none = |not| failed(&Value::from(NO_MANIFEST.to_vec()), Place::NONE, not);
    each(c, none, |manifest, index, c| {
        let found = manifest.map.get(key).unwrap_or_default();
        let is = found.as_str().is_some_and(|text| **text == *of.as_bytes());
        match is == c.negative {
            true => (false, failed(&found, Place::of_document(index), c.negative)),
            false => (true, Vec::new()),
        }
    })
}

pub(super) fn documents(count: i64, filter_aware: bool, c: &mut Context<'_>) -> Checked {
    let found = if filter_aware { c.selected.len() } else { c.documents.len() };
    if (usize::try_from(count) == Ok(found)) != c.negative {
        return (true, Vec::new());
    }
    let (count, found) = (count.to_string(), found.to_string());
    let what = " documents count to be";
    let lines = match c.negative {
        true => fail(true, what, Parts::NONE, Place::NONE, &[count.as_bytes()]),
        false => {
            let texts = [count.as_bytes(), found.as_bytes()];
            fail(false, what, Parts::ACTUAL, Place::NONE, &texts)
        }
    };
    (false, lines)
}

/// Returns whether a value is its type's zero, or holds nothing.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Nil | Value::Invalid => true,
        Value::Bool(b) => !b,
        Value::Int(_, n) => *n == 0,
        Value::Uint(_, n) => *n == 0,
        Value::Float(f) => *f == 0.0,
        Value::Str(text) => text.is_empty(),
        Value::Bytes(bytes) => bytes.is_empty(),
        Value::List(list) => list.is_empty(),
        Value::Map(map) => map.is_empty(),
        Value::Object(_) => time_of(value).is_some_and(|time| time.is_zero()),
    }
}

pub(super) fn null_or_empty(path: &str, c: &mut Context<'_>) -> Checked {
    let failed = |actual: &Value, place: Place, not: bool| {
        let texts = [path.as_bytes(), &yaml(actual)];
        fail(not, " to be null or empty, got", Parts::PATH, place, &texts)
    };
    let none = |not| failed(&Value::from(NO_MANIFEST.to_vec()), Place::NONE, not);
    each(c, none, |manifest, index, c| {
        each_at(path, manifest, index, c, |value, place, c| match is_empty(&value) == c.negative {
            true => (false, failed(&value, place, c.negative)),
            false => (true, Vec::new()),
        })
    })
}

pub(super) fn is_type(path: &str, name: &str, c: &mut Context<'_>) -> Checked {
    let failed = |actual: &[u8], place: Place, not: bool| {
        let texts = [path.as_bytes(), name.as_bytes(), actual];
        fail(not, " to be of type", Parts::PATH_ACTUAL, place, &texts)
    };
    each(
        c,
        |not| failed(NO_MANIFEST, Place::NONE, not),
        |manifest, index, c| {
            each_at(path, manifest, index, c, |value, place, c| {
                let found = match &value {
                    Value::Nil | Value::Invalid => String::new(),
                    other => other.type_name().into_owned(),
                };
                match (found == name) == c.negative {
                    true => (false, failed(found.as_bytes(), place, c.negative)),
                    false => (true, Vec::new()),
                }
            })
        },
    )
}

/// A document that is looked for.
pub(super) struct Document<'w> {
    pub(super) kind: &'w str,
    pub(super) api_version: &'w str,
    pub(super) name: &'w str,
    pub(super) namespace: &'w str,
    pub(super) any: bool,
}

impl Document<'_> {
    fn is(&self, manifest: &Manifest) -> bool {
        let differs = |key: &[u8], wanted: &str| match manifest.map.get(key) {
            Some(Value::Str(text)) => *text != *wanted.as_bytes(),
            _ => false,
        };
        let has = |path: &str, wanted: &str| {
            let first = || manifest.at(path).ok()?.into_iter().next();
            wanted.is_empty()
                || matches!(first(), Some(Value::Str(text)) if *text == *wanted.as_bytes())
        };
        !differs(b"kind", self.kind)
            && !differs(b"apiVersion", self.api_version)
            && has("metadata.name", self.name)
            && has("metadata.namespace", self.namespace)
    }

    fn shown(&self) -> String {
        let mut shown = format!("Kind = {}, apiVersion = {}", self.kind, self.api_version);
        for (what, value) in [("Name", self.name), ("Namespace", self.namespace)] {
            if !value.is_empty() {
                shown.push_str(&format!(", {what} = {value}"));
            }
        }
        shown
    }

    pub(super) fn check(&self, c: &mut Context<'_>) -> Checked {
        let failed = |index: usize, not: bool| {
            let place = Place::of_document(index);
            fail(not, " to contain document", Parts::NONE, place, &[self.shown().as_bytes()])
        };
        let (mut passed, mut lines) = (false, Vec::new());
        for (index, manifest) in c.selected.iter().enumerate() {
            let now = self.is(manifest) != c.negative;
            if !now {
                lines.extend(failed(index, c.negative));
                if c.fail_fast {
                    passed = false;
                    break;
                }
            } else if self.any != c.negative {
                passed = true;
                lines.clear();
                break;
            }
            passed = and(index, passed, now);
        }
        if c.selected.is_empty() {
            match c.negative {
                true => passed = true,
                false => lines.extend(failed(0, false)),
            }
        }
        (passed, lines)
    }
}
