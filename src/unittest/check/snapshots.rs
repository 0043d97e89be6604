//! Compares documents with the snapshots of earlier runs.

use gostd::value::Value;

use super::format::{Parts, Place, diff, error, fail, uniform_value};
use super::{Checked, Context, and, values};
use crate::unittest::origin::Change;
use crate::unittest::snapshot::{Compared, Patterns};

impl Context<'_> {
    fn compare(&mut self, content: &Value, patterns: Patterns<'_>) -> Result<Compared, Checked> {
        let snapshots = &mut self.snapshots;
        let number = snapshots.count.get() + 1;
        snapshots.count.set(number);
        let compared =
            snapshots.cache.compare(snapshots.test.as_bytes(), number, content, patterns);
        compared.map_err(|e| (false, error(Place::NONE, e.to_string().as_bytes())))
    }
}

pub(super) fn check(path: &str, matches: &str, matches_not: &str, c: &mut Context<'_>) -> Checked {
    let patterns = Patterns { matches: matches.as_bytes(), not_matches: matches_not.as_bytes() };
    let (mut passed, mut lines) = (c.selected.is_empty() && !c.negative, Vec::new());
    for (index, manifest) in c.selected.iter().enumerate() {
        let (now, mut why) = check_one(path, patterns, manifest, index, c);
        lines.append(&mut why);
        passed = and(index, passed, now);
        if !passed && c.fail_fast {
            break;
        }
    }
    (passed, lines)
}

fn check_one(
    path: &str,
    patterns: Patterns<'_>,
    manifest: &crate::unittest::manifest::Manifest,
    index: usize,
    c: &mut Context<'_>,
) -> Checked {
    let values = match values(path, manifest, index, c.negative) {
        Ok(values) => values,
        Err(checked) => return checked,
    };
    let (mut passed, mut lines) = (values.is_empty() && c.negative, Vec::new());
    for (at, value) in values.iter().enumerate() {
        let place = Place::of(index, at);
        let compared = match c.compare(value, patterns) {
            Ok(compared) => compared,
            Err(checked) => return checked,
        };
        if compared.error.is_some() {
            // The reference shows another error here, which there is not.
            return (false, error(place, b"<nil>"));
        }
        let now = compared.passed != c.negative;
        if !now {
            let cached = &compared.cached[..];
            if compared.message.is_empty() {
                let what = format!(" to match snapshot {}", compared.index);
                if let Some(changes) = c.changes.as_mut().filter(|_| !c.negative) {
                    let (old, new) = (compared.cached.clone(), compared.new.clone());
                    changes.push(Change { document: index, value: at, old, new });
                }
                let difference;
                let shown = match c.negative {
                    true => cached,
                    false => {
                        difference = diff(cached, &compared.new);
                        &difference
                    }
                };
                let texts = [path.as_bytes(), shown];
                lines.extend(fail(c.negative, &what, Parts::PATH, place, &texts));
            } else {
                let what = String::from_utf8_lossy(&compared.message);
                lines.extend(fail(c.negative, &what, Parts::NONE, place, &[cached]));
            }
        }
        passed = and(at, passed, now);
        if !passed && c.fail_fast {
            break;
        }
    }
    (passed, lines)
}

pub(super) fn check_raw(c: &mut Context<'_>) -> Checked {
    let (mut passed, mut lines) = (c.selected.is_empty() && !c.negative, Vec::new());
    for (index, manifest) in c.selected.iter().enumerate() {
        let actual = Value::from(uniform_value(&manifest.raw()));
        let compared = match c.compare(&actual, Patterns::default()) {
            Ok(compared) => compared,
            Err(checked) => return checked,
        };
        let now = compared.passed != c.negative;
        if !now {
            let what = format!(" to match snapshot {}", compared.index);
            let shown = match c.negative {
                true => compared.cached.to_vec(),
                false => diff(&compared.cached, &compared.new),
            };
            lines.extend(fail(c.negative, &what, Parts::NONE, Place::NONE, &[&shown]));
        }
        passed = and(index, passed, now);
        if !passed && c.fail_fast {
            break;
        }
    }
    (passed, lines)
}
