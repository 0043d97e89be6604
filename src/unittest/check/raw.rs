//! Checks texts that are no YAML, and why templates failed.

use gostd::regexp::{Regexp, quote_meta};
use gostd::value::Value;

use super::format::{Parts, Place, diff, error, fail, uniform_value, yaml};
use super::{Checked, Context, NO_MANIFEST, and, each};

pub(super) fn equal(wanted: &str, c: &mut Context<'_>) -> Checked {
    let failed = |actual: &[u8], not: bool| {
        let expected = yaml(&Value::from(wanted));
        if not {
            return fail(not, " to equal", Parts::NONE, Place::NONE, &[&expected]);
        }
        let actual = yaml(&Value::from(actual.to_vec()));
        let difference = diff(&expected, &actual);
        let parts = Parts { path: false, ..Parts::ALL };
        fail(not, " to equal", parts, Place::NONE, &[&expected, &actual, &difference])
    };
    each(
        c,
        |not| failed(NO_MANIFEST, not),
        |manifest, _, c| {
            let actual = uniform_value(&manifest.raw());
            match (actual == wanted.as_bytes()) == c.negative {
                true => (false, failed(&actual, c.negative)),
                false => (true, Vec::new()),
            }
        },
    )
}

pub(super) fn matches(pattern: &str, c: &mut Context<'_>) -> Checked {
    if pattern.is_empty() {
        return (false, error(Place::NONE, b"expected field 'pattern' to be filled"));
    }
    let regexp = Regexp::compile(pattern.as_bytes());
    if let (Err(why), false) = (&regexp, c.selected.is_empty()) {
        return (false, error(Place::NONE, why.to_string().as_bytes()));
    }
    let failed = |actual: &[u8], not: bool| {
        fail(not, " to match", Parts::ACTUAL, Place::NONE, &[pattern.as_bytes(), actual])
    };
    each(
        c,
        |not| failed(NO_MANIFEST, not),
        |manifest, _, c| {
            let actual = uniform_value(&manifest.raw());
            let is_match = regexp.as_ref().is_ok_and(|regexp| regexp.is_match(&actual));
            match is_match == c.negative {
                true => (false, failed(&actual, c.negative)),
                false => (true, Vec::new()),
            }
        },
    )
}

/// What is wanted of a template that fails.
#[derive(Clone, Copy)]
struct Failed<'w> {
    message: &'w str,
    pattern: &'w str,
}

pub(super) fn failed(message: &str, pattern: &str, c: &mut Context<'_>) -> Checked {
    if !message.is_empty() && !pattern.is_empty() {
        let why = b"single attribute 'errorMessage' or 'errorPattern' supported at the same time";
        return (false, error(Place::NONE, why));
    }
    let wanted = Failed { message, pattern };
    if let Some(why) = c.render_error {
        return wanted.one(Some(why), Place::NONE, c.negative).unwrap_or((true, Vec::new()));
    }
    wanted.documents(c)
}

impl Failed<'_> {
    fn is_empty(self) -> bool {
        self.message.is_empty() && self.pattern.is_empty()
    }

    fn fail(self, actual: Option<&[u8]>, place: Place, not: bool) -> Checked {
        let (what, wanted) = match self.pattern.is_empty() {
            true => (" to equal", self.message),
            false => (" to match", self.pattern),
        };
        let wanted = if self.message.is_empty() { wanted } else { self.message };
        if not {
            return (false, fail(not, what, Parts::NONE, place, &[wanted.as_bytes()]));
        }
        let actual = actual.unwrap_or(b"%!s(<nil>)");
        (false, fail(not, what, Parts::ACTUAL, place, &[wanted.as_bytes(), actual]))
    }

    /// Checks what was told; nothing where anything will do.
    fn one(self, actual: Option<&[u8]>, place: Place, negative: bool) -> Option<Checked> {
        let passed = Some((true, Vec::new()));
        if !self.pattern.is_empty() {
            let source = self.pattern.as_bytes();
            let regexp = Regexp::compile(source).or_else(|_| Regexp::compile(&quote_meta(source)));
            let regexp = match regexp {
                Ok(regexp) => regexp,
                Err(why) => {
                    return Some((false, error(Place::NONE, why.to_string().as_bytes())));
                }
            };
            let Some(text) = actual else { return passed };
            if regexp.is_match(text) != negative {
                return passed;
            }
            let is_meta = |b: &u8| b"\\.+*?()|[]{}^$".contains(b);
            if source.iter().any(is_meta)
                && let Ok(literal) = Regexp::compile(&quote_meta(source))
                && literal.is_match(text) != negative
            {
                return passed;
            }
            return Some(self.fail(actual, place, negative));
        }
        if self.message.is_empty() {
            return None;
        }
        let is_equal = actual.is_some_and(|text| text == self.message.as_bytes());
        match is_equal == negative {
            true => Some(self.fail(actual, place, negative)),
            false => passed,
        }
    }

    fn documents(self, c: &mut Context<'_>) -> Checked {
        let (mut passed, mut lines) = (true, Vec::new());
        for (index, manifest) in c.selected.iter().enumerate() {
            if self.is_empty() && !c.negative {
                continue;
            }
            let raw = manifest.raw();
            let text = match &raw {
                Value::Nil | Value::Invalid => None,
                Value::Str(text) => Some(text.to_vec()),
                other => Some(uniform_value(other)),
            };
            let place = Place::of_document(index);
            let checked = self.one(text.as_deref(), place, c.negative);
            let (now, mut why) = checked.unwrap_or((true, Vec::new()));
            lines.append(&mut why);
            passed = and(index, passed, now);
            if !passed && c.fail_fast {
                break;
            }
        }
        if c.selected.is_empty() && !c.negative {
            passed = false;
            lines.append(&mut self.fail(Some(b"No failed document"), Place::NONE, false).1);
        }
        (passed, lines)
    }
}
