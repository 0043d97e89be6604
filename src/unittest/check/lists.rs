//! Checks lists and maps: `contains`, `isSubset`, `lengthEqual`.

use std::collections::BTreeMap;

use bstr::BString;
use gostd::value::{ANY_MAP, List, Map, Value};

use super::format::{Parts, Place, error, fail, yaml};
use super::{Checked, Context, NO_MANIFEST, and, each, each_at};
use crate::unittest::manifest::{Manifest, deep_equal};

/// Returns the value as a map whose keys are texts.
fn text_map(value: &Value) -> Option<&Map> {
    match value {
        Value::Map(map) if map.map_type().name == ANY_MAP.name => Some(map),
        _ => None,
    }
}

/// Whether a map holds the entries of another.
fn holds(actual: &Map, content: &Map) -> bool {
    let entries = content.borrow();
    entries.iter().all(|(key, value)| deep_equal(&actual.get(key).unwrap_or_default(), value))
}

pub(super) struct Contains<'w> {
    pub(super) path: &'w str,
    pub(super) content: Value,
    pub(super) count: Option<i64>,
    pub(super) any: bool,
}

impl Contains<'_> {
    fn fail(&self, actual: &Value, place: Place, not: bool) -> Vec<BString> {
        let expected = yaml(&Value::list(vec![self.content.clone()]));
        let texts = [self.path.as_bytes(), &expected, &yaml(actual)];
        fail(not, " to contain", Parts::PATH_ACTUAL, place, &texts)
    }

    fn is(&self, item: &Value) -> bool {
        if self.any
            && let (Some(actual), Some(content)) = (text_map(item), text_map(&self.content))
        {
            return holds(actual, content);
        }
        deep_equal(item, &self.content)
    }

    fn list(&self, list: &List, place: Place, negative: bool) -> Checked {
        let found = list.iter().filter(|item| self.is(item)).count();
        let value = Value::List(list.clone());
        match self.count {
            None if (found > 0) == negative => (false, self.fail(&value, place, negative)),
            Some(count) if (found > 0 && usize::try_from(count) == Ok(found)) == negative => {
                if found == 0 {
                    return (false, self.fail(&value, place, negative));
                }
                let mut why = format!(
                    "expect count {count} in '{}' to be in array, got {found}:\n",
                    self.path
                )
                .into_bytes();
                why.extend(yaml(&value));
                (false, error(place, &why))
            }
            _ => (true, Vec::new()),
        }
    }

    pub(super) fn check(&self, c: &mut Context<'_>) -> Checked {
        let none = |not| self.fail(&Value::from(NO_MANIFEST.to_vec()), Place::of_document(0), not);
        each(c, none, |manifest, index, c| {
            each_at(self.path, manifest, index, c, |value, place, c| match &value {
                Value::List(list) => self.list(list, place, c.negative),
                other => {
                    let mut why =
                        format!("expect '{}' to be an array, got:\n", self.path).into_bytes();
                    why.extend(yaml(other));
                    (false, error(place, &why))
                }
            })
        })
    }
}

pub(super) fn subset(path: &str, content: &Value, c: &mut Context<'_>) -> Checked {
    let failed = |actual: &Value, place: Place, not: bool| {
        let texts = [path.as_bytes(), &yaml(content), &yaml(actual)];
        fail(not, " to contain", Parts::PATH_ACTUAL, place, &texts)
    };
    let none = |not| failed(&Value::from(NO_MANIFEST.to_vec()), Place::NONE, not);
    each(c, none, |manifest, index, c| {
        let values = match super::values(path, manifest, index, c.negative) {
            Ok(values) => values,
            Err(checked) => return checked,
        };
        let mut passed = values.is_empty() && c.negative;
        let mut lines = Vec::new();
        for (at, value) in values.iter().enumerate() {
            let place = Place::of(index, at);
            if let (Some(actual), Some(content)) = (text_map(value), text_map(content)) {
                let now = holds(actual, content) != c.negative;
                if !now {
                    lines.extend(failed(value, place, c.negative));
                }
                passed = and(at, passed, now);
                if !passed && c.fail_fast {
                    break;
                }
                continue;
            }
            let mut why = format!("expect '{path}' to be an object, got:\n").into_bytes();
            why.extend(yaml(value));
            lines.extend(error(place, &why));
            passed = false;
        }
        (passed, lines)
    })
}

pub(super) fn length(
    paths: &[String],
    path: &str,
    count: Option<i64>,
    c: &mut Context<'_>,
) -> Checked {
    if !path.is_empty() && count.is_none_or(|count| count < 0) {
        let why = b"'count' field must be set if 'path' is used";
        return (false, error(Place::NONE, why));
    }
    if !path.is_empty() && !paths.is_empty() {
        return (false, error(Place::NONE, b"'paths' couldn't be used with 'path'"));
    }
    each(
        c,
        |not| mismatch("", "", "no manifest found", Place::NONE, not),
        |manifest, index, c| {
            if !path.is_empty() {
                let (passed, lines, _) = length_at(path, count, manifest, index, c);
                return (passed, lines);
            }
            let mut lengths = BTreeMap::new();
            let (mut all, mut lines) = (true, Vec::new());
            for path in paths {
                let (passed, mut why, length) = length_at(path, count, manifest, index, c);
                lengths.insert(path, length);
                if !passed {
                    all = false;
                    lines.append(&mut why);
                }
            }
            if !all {
                return (false, lines);
            }
            let mut first = None;
            for (path, length) in lengths {
                match first {
                    None => first = Some(length),
                    Some(first) if (first == length) == c.negative => {
                        let length = length.to_string();
                        let place = Place::of_document(index);
                        lines.extend(mismatch(path, "-1", &length, place, c.negative));
                        return (false, lines);
                    }
                    Some(_) => {}
                }
            }
            (first.is_some(), lines)
        },
    )
}

fn mismatch(path: &str, count: &str, actual: &str, place: Place, not: bool) -> Vec<BString> {
    let texts = [path.as_bytes(), count.as_bytes(), actual.as_bytes()];
    fail(not, " to match count", Parts::PATH_ACTUAL, place, &texts)
}

/// Checks the lengths of the lists at a path, and returns that of the last one.
fn length_at(
    path: &str,
    count: Option<i64>,
    manifest: &Manifest,
    index: usize,
    c: &mut Context<'_>,
) -> (bool, Vec<BString>, usize) {
    let document = Place::of_document(index);
    let values = match manifest.at(path) {
        Err(why) => return (false, error(document, &why), 0),
        Ok(values) => values,
    };
    let mut passed = values.is_empty() && c.negative;
    let (mut lines, mut length) = (Vec::new(), 0);
    for (at, value) in values.iter().enumerate() {
        let list = match value {
            Value::List(list) => Some(list),
            _ => None,
        };
        if list.is_none() && count.is_none() {
            let why = format!("{path} is not array");
            lines.extend(error(Place::of(index, at), why.as_bytes()));
            continue;
        }
        length = list.map_or(0, |list| list.len());
        let mut now = true;
        if let Some(count) = count
            && (usize::try_from(count) == Ok(length)) == c.negative
        {
            let (count, length) = (count.to_string(), length.to_string());
            lines.extend(mismatch(path, &count, &length, document, c.negative));
            now = false;
        }
        passed = and(at, passed, now);
        if !passed && c.fail_fast {
            break;
        }
    }
    (passed, lines, length)
}
