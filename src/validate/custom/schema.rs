//! Checks a value against the schema of a definition, as `k8s.io/kube-openapi`, `pkg/validation/validate` does, in the
//! words of `k8s.io/apiextensions-apiserver`, `pkg/apiserver/validation`.
//!
//! A definition's schema refers to nothing else, so that a check ends where the schema does.

use bstr::ByteSlice;
use gostd::regexp::{self, Regexp, SyntaxError};
use gostd::stack;
use gostd::value::{Map, Str, Value};

use super::super::bounds::Bounds;
use super::super::schemas::is_type;
use super::formats;
use super::keywords::{is_true, list, map, number, text, whole};
use super::values::{is_whole, json, plain, shown, type_of};
use crate::kubernetes::{Step, Version};

/// How many faults of an object are told.
const MOST_FAULTS: usize = 100;
/// How many bytes the words of an object's faults may have, until no more are made.
const MOST_WORDS: usize = 4 << 20;
/// How many of the values that an `enum` allows are told.
const MOST_ALLOWED: usize = 1000;
/// How many times a value may meet a part of a schema.
const MOST_STEPS: usize = 4_000_000;
/// How many of them it counts to compile a part of a pattern.
const STEPS_TO_COMPILE: usize = 4;
/// How many times a part of a pattern meets a byte of a text in one of them.
const MATCHES_A_STEP: usize = 8;
/// The first minor version that checks the ranges of `int32`, `int64` and `float`.
const RANGES_SINCE: u8 = 37;

/// What a value breaks of a schema.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    /// Where.
    pub(super) path: Vec<Step>,
    /// The validator's words, which tell faults from each other.
    words: String,
    /// The server's words.
    pub(super) message: String,
}

impl Fault {
    /// Tells whether a server runs no rules in CEL on an object that has it.
    pub(super) fn is_blocking(&self) -> bool {
        let is_invalid = self.message.starts_with("Invalid value");
        !is_invalid && !self.message.starts_with("Duplicate value")
            || self.words.contains(" in body must be of type ")
    }
}

/// What comes of a check.
pub(super) struct Checked {
    pub(super) faults: Vec<Fault>,
    /// Whether it came to its end, and what is told is all that is to be known.
    pub(super) is_done: bool,
    /// The first text that was not matched, since its pattern takes too much: where it is, and the pattern.
    pub(super) unmatched: Option<(Vec<Step>, Str)>,
}

/// Checks a value.
pub(super) fn check(schema: &Map, value: &Value, version: Version, bounds: &mut Bounds) -> Checked {
    let allowed = bounds.schemas.min(MOST_STEPS);
    let mut left = allowed;
    let checked = check_within(schema, value, version, bounds, &mut left);
    bounds.schemas = bounds.schemas.saturating_sub(allowed - left);
    checked
}

/// Does the same with so many steps, which it counts.
pub(super) fn check_within(
    schema: &Map,
    value: &Value,
    version: Version,
    bounds: &mut Bounds,
    left: &mut usize,
) -> Checked {
    let mut checking = Checking {
        version,
        bounds,
        steps: Vec::new(),
        path: String::new(),
        depth: 0,
        left: *left,
        is_unsure: false,
        unmatched: None,
        room: MOST_FAULTS,
        words_left: MOST_WORDS,
    };
    let outcome = checking.value(schema, value);
    let is_untold = outcome.is_wrong && outcome.faults.is_empty();
    *left = checking.left;
    Checked {
        faults: outcome.faults,
        is_done: checking.left > 0 && !is_untold,
        unmatched: checking.unmatched,
    }
}

/// What came of a part, and how much of it was right: of several schemas that do not fit, that with the most counts.
#[derive(Default)]
struct Outcome {
    /// What is told of it: not more than there is room for.
    faults: Vec<Fault>,
    is_wrong: bool,
    count: usize,
}

impl Outcome {
    fn right(count: usize) -> Outcome {
        Outcome { count, ..Outcome::default() }
    }

    fn merge(&mut self, other: Outcome) {
        self.count += other.count;
        self.is_wrong |= other.is_wrong;
        if self.faults.is_empty() {
            self.faults = other.faults;
            return;
        }
        for fault in other.faults {
            let is_new = self.faults.iter().all(|own| own.words != fault.words);
            if is_new && self.faults.len() < MOST_FAULTS {
                self.faults.push(fault);
            }
        }
    }

    fn is_valid(&self) -> bool {
        !self.is_wrong
    }
}

struct Checking<'b> {
    version: Version,
    bounds: &'b mut Bounds,
    steps: Vec<Step>,
    /// The same as text, as the validator writes it.
    path: String,
    depth: usize,
    left: usize,
    /// Whether something was left out of the part at hand, so that it may not be right.
    is_unsure: bool,
    unmatched: Option<(Vec<Step>, Str)>,
    /// How many more faults can be told.
    room: usize,
    /// How many more bytes their words may have.
    words_left: usize,
}

/// The types and the format that a schema asks for, as far as a server looks at them.
struct Types {
    names: Vec<String>,
    format: String,
}

impl Types {
    fn of(schema: &Map, version: Version) -> Types {
        let text = |keyword: &str| text(schema, keyword).to_str_lossy().into_owned();
        let kind = text("type");
        let names = match is_true(schema, "x-kubernetes-int-or-string") {
            true => vec!["integer".to_owned(), "string".to_owned()],
            // No definition with another type is taken: it is its fault, not that of its resources.
            false if !is_type(kind.as_bytes()) => Vec::new(),
            false => vec![kind],
        };
        let mut format = text("format");
        let kind = match names.as_slice() {
            [one] => one.as_str(),
            _ => "",
        };
        if !formats::is_used(kind, &format, version) {
            format.clear();
        }
        Types { names, format }
    }

    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|own| own == name)
    }

    fn joined(&self) -> String {
        self.names.join(",")
    }
}

impl Checking<'_> {
    /// Counts further steps.
    fn spend(&mut self, steps: usize) {
        self.left = self.left.saturating_sub(steps);
        if steps > 0 && !self.bounds.has_time_for(steps as u64) {
            self.left = 0;
        }
    }

    /// Checks more of a part, and adds what comes of it.
    fn add(&mut self, outcome: &mut Outcome, check: impl FnOnce(&mut Self) -> Outcome) {
        let room = self.room;
        self.room = room.saturating_sub(outcome.faults.len());
        let more = check(self);
        self.room = room;
        outcome.merge(more);
    }

    /// Makes a fault: the validator's words of a path, and the server's. Where there is no room the words are not made.
    fn worded(&mut self, make: impl FnOnce(&str) -> (String, String)) -> Outcome {
        let mut outcome = Outcome { is_wrong: true, ..Outcome::default() };
        if self.room > 0 && self.words_left > 0 {
            let (words, message) = make(&self.path);
            self.words_left = self.words_left.saturating_sub(words.len() + message.len());
            outcome.faults.push(Fault { path: self.steps.clone(), words, message });
        }
        outcome
    }

    /// Makes one with the value that the server shows.
    fn fault(
        &mut self,
        shown: impl FnOnce() -> String,
        words: impl FnOnce(&str) -> String,
    ) -> Outcome {
        self.worded(|path| {
            let words = words(path);
            let message = format!("Invalid value: {}: {words}", shown());
            (words, message)
        })
    }

    /// Makes one without such a value.
    fn bare(&mut self, words: impl FnOnce(&str) -> String) -> Outcome {
        self.fault(|| "\"\"".to_owned(), words)
    }

    fn below(&mut self, step: Step, schema: &Map, value: &Value) -> Outcome {
        let length = self.path.len();
        match &step {
            Step::Key(key) => {
                if !self.path.is_empty() {
                    self.path.push('.');
                }
                self.path.push_str(&key.to_str_lossy());
            }
            Step::Item(index) => self.path.push_str(&format!("[{index}]")),
        }
        self.steps.push(step);
        let outcome = self.value(schema, value);
        self.steps.pop();
        self.path.truncate(length);
        outcome
    }

    fn value(&mut self, schema: &Map, value: &Value) -> Outcome {
        if !self.bounds.has_time() {
            self.left = 0;
        }
        if self.left == 0 {
            self.is_unsure = true;
            return Outcome::default();
        }
        self.left -= 1;
        self.depth += 1;
        let outcome = stack::at_depth(self.depth, || self.all(schema, value));
        self.depth -= 1;
        outcome
    }

    fn all(&mut self, schema: &Map, value: &Value) -> Outcome {
        let types = Types::of(schema, self.version);
        let mut outcome = Outcome::default();
        if matches!(value, Value::Nil | Value::Invalid) {
            let is_wrong = !types.names.is_empty() && !is_true(schema, "nullable");
            self.add(&mut outcome, |this| match is_wrong {
                true => this.type_fault(&types.joined(), "null"),
                false => Outcome::right(1),
            });
            self.add(&mut outcome, |this| this.choice(schema, value));
            return outcome;
        }
        if !types.names.is_empty() || !types.format.is_empty() {
            self.add(&mut outcome, |this| this.types(&types, value));
            outcome.count += 1;
        }
        self.add(&mut outcome, |this| this.logic(schema, value));
        outcome.count += 1;
        match value {
            Value::Str(text) => {
                self.add(&mut outcome, |this| this.text(schema, text));
                outcome.count += 1;
                if formats::is_known(&types.format, self.version) {
                    self.spend(text.len() / 64);
                    let is_right = text
                        .to_str()
                        .is_some_and(|text| formats::has(&types.format, text, self.version));
                    if !is_right {
                        self.add(&mut outcome, |this| {
                            this.type_fault(&types.format, &text.to_str_lossy())
                        });
                    }
                    outcome.count += 1;
                }
            }
            Value::Int(..) | Value::Float(_) => {
                self.add(&mut outcome, |this| this.number(schema, &types, value));
                outcome.count += 2;
            }
            Value::List(items) => {
                self.add(&mut outcome, |this| this.list(schema, items));
                outcome.count += 2;
            }
            _ => {}
        }
        self.add(&mut outcome, |this| this.choice(schema, value));
        outcome.count += 1;
        if let Value::Map(members) = value {
            self.add(&mut outcome, |this| this.object(schema, members));
            outcome.count += 1;
        }
        outcome.count += 1;
        outcome
    }

    /// Makes the fault of a type; `found` is the type that it has, or the text.
    fn type_fault(&mut self, wanted: &str, found: &str) -> Outcome {
        let shown = || gostd::strconv::quoted(found);
        self.fault(shown, |path| format!("{path} in body must be of type {wanted}: {}", shown()))
    }

    fn types(&mut self, types: &Types, value: &Value) -> Outcome {
        let (name, own_format) = type_of(value);
        let is_whole_float =
            matches!(value, Value::Float(n) if is_whole(*n)) && types.has("integer");
        let fits = types.has(name) || is_whole_float || name == "integer" && types.has("number");
        let is_text_or_list = matches!(value, Value::Str(_) | Value::List(_));
        if !types.format.is_empty() {
            if !is_text_or_list && !fits && own_format != types.format {
                return self.type_fault(&types.format, own_format);
            }
            if is_text_or_list && !types.has("number") && !types.has("integer") {
                return Outcome::right(1);
            }
        }
        match fits {
            true => Outcome::right(1),
            false => self.type_fault(&types.joined(), name),
        }
    }

    fn choice(&mut self, schema: &Map, value: &Value) -> Outcome {
        let Some(allowed) = list(schema, "enum").filter(|allowed| !allowed.is_empty()) else {
            return Outcome::default();
        };
        self.spend(allowed.len() / 16);
        let is_inner = matches!(value, Value::List(_) | Value::Map(_));
        let own = if is_inner { json(value) } else { Vec::new() };
        let mut steps = own.len() / 16;
        let mut same = |one: &Value| match (one, value) {
            // A number is converted to the type of the other one.
            (Value::Int(_, a), Value::Float(b)) => *a == *b as i64,
            (Value::Float(a), Value::Int(_, b)) => *a == *b as f64,
            (Value::Str(a), Value::Str(b)) => a == b,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(_, a), Value::Int(_, b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a == b,
            (Value::List(_), Value::List(_)) | (Value::Map(_), Value::Map(_)) => {
                let one = json(one);
                steps += one.len() / 16;
                one == own
            }
            _ => false,
        };
        let is_allowed = allowed.iter().any(&mut same);
        self.spend(steps);
        if is_allowed {
            return Outcome::default();
        }
        self.worded(|path| {
            let text = |one: &Value| match one {
                Value::Str(text) => gostd::strconv::quoted(text),
                other => gostd::strconv::quoted(json(other)),
            };
            let mut texts: Vec<String> = allowed.iter().take(MOST_ALLOWED).map(text).collect();
            if allowed.len() > MOST_ALLOWED {
                texts.push(format!("and {} more", allowed.len() - MOST_ALLOWED));
            }
            let words = format!("{path} in body should be one of {}", texts.join(" "));
            let (value, texts) = (shown(value), texts.join(", "));
            (words, format!("Unsupported value: {value}: supported values: {texts}"))
        })
    }

    fn text(&mut self, schema: &Map, value: &[u8]) -> Outcome {
        let own = || gostd::strconv::quoted(value);
        self.spend(value.len() / 256);
        let length = value.chars().count() as i64;
        if let Some(most) = whole(schema, "maxLength").filter(|most| length > *most) {
            return self.worded(|path| {
                let bytes = if most == 1 { "byte" } else { "bytes" };
                let message = match most < 0 {
                    true => "Too long: value is too long".to_owned(),
                    false => format!("Too long: may not be more than {most} {bytes}"),
                };
                (format!("{path} in body should be at most {most} chars long"), message)
            });
        }
        if let Some(least) = whole(schema, "minLength").filter(|least| length < *least) {
            return self.fault(own, |path| {
                format!("{path} in body should be at least {least} chars long")
            });
        }
        let pattern = text(schema, "pattern");
        if pattern.is_empty() {
            return Outcome::default();
        }
        let error = match self.matches(&pattern, value) {
            Some(Ok(true)) => return Outcome::default(),
            Some(Ok(false)) => None,
            Some(Err(error)) => Some(error),
            // What cannot be matched here is not told, but that something is left out.
            None => {
                self.is_unsure = true;
                let steps = &self.steps;
                self.unmatched.get_or_insert_with(|| (steps.clone(), pattern));
                return Outcome::default();
            }
        };
        self.fault(own, |path| {
            let pattern = pattern.to_str_lossy();
            let said = match error {
                None => pattern.into_owned(),
                Some(error) => format!("{pattern}, but pattern is invalid: {error}"),
            };
            format!("{path} in body should match '{said}'")
        })
    }

    /// Tells whether a text has a match of a pattern; nothing where that takes too much.
    fn matches(&mut self, pattern: &[u8], text: &[u8]) -> Option<Result<bool, SyntaxError>> {
        self.spend(pattern.len() / 256);
        let before = regexp::compiled();
        let most = (self.left / STEPS_TO_COMPILE) as u64;
        let regexp = match Regexp::compile_within(pattern, most)? {
            Ok(regexp) => regexp,
            Err(error) => return Some(Err(error)),
        };
        let parts = usize::try_from(regexp.parts()).unwrap_or(usize::MAX);
        let steps = text.len().saturating_mul(parts) / MATCHES_A_STEP;
        if steps > self.left {
            return None;
        }
        let is_match = regexp.is_match(text);
        let compiled = regexp::compiled().saturating_sub(before);
        let compiled = usize::try_from(compiled).unwrap_or(usize::MAX);
        self.spend(steps.saturating_add(compiled.saturating_mul(STEPS_TO_COMPILE)));
        Some(Ok(is_match))
    }

    /// Says that a number does not fit its type and format, if it does not; `what` is the value or a bound.
    fn range(&mut self, types: &Types, value: &Value, what: &str) -> Option<Outcome> {
        let [kind] = types.names.as_slice() else { return None };
        if self.version.minor() < RANGES_SINCE {
            return None;
        }
        let fits = match (kind.as_str(), value) {
            ("integer", Value::Int(_, n)) => types.format != "int32" || i32::try_from(*n).is_ok(),
            ("integer", Value::Float(n)) => {
                let most = if types.format == "int32" { 2_f64.powi(31) } else { 2_f64.powi(63) };
                n.fract() == 0.0 && (-most..most).contains(n)
            }
            ("number", Value::Float(n)) if types.format == "float" => {
                n.abs() <= f64::from(f32::MAX)
            }
            _ => true,
        };
        let words = |path: &str| {
            let of_type = match types.format.as_str() {
                "" => format!("{kind} (default format)"),
                format => format!("{kind} with format {format}"),
            };
            format!("{what} value must be of type {of_type} in {path}")
        };
        (!fits).then(|| self.bare(words))
    }

    fn number(&mut self, schema: &Map, types: &Types, value: &Value) -> Outcome {
        let mut outcome = Outcome::default();
        self.add(&mut outcome, |this| this.range(types, value, "Checked").unwrap_or_default());
        let float = match value {
            Value::Int(_, n) => *n as f64,
            Value::Float(n) => *n,
            _ => return Outcome::default(),
        };
        if let Some(factor) = number(schema, "multipleOf") {
            let wide = self.range(types, &Value::Float(factor), "MultipleOf");
            // Of whole numbers, the factor's fraction is left out.
            let (factor, is_right) = match value {
                Value::Int(_, n) if wide.is_none() => {
                    let factor = factor as i64;
                    (Value::int64(factor), factor > 0 && n % factor == 0)
                }
                _ if factor < 1.0 => (Value::Float(factor), is_whole(1.0 / factor * float)),
                _ => (Value::Float(factor), is_whole(float / factor)),
            };
            outcome.merge(wide.unwrap_or_default());
            let is_positive = match factor {
                Value::Int(_, n) => n > 0,
                Value::Float(n) => n > 0.0,
                _ => false,
            };
            let factor = || plain(&factor);
            if !is_positive {
                self.add(&mut outcome, |this| {
                    this.fault(factor, |path| {
                        let shown = factor();
                        format!("factor MultipleOf declared for {path} must be positive: {shown}")
                    })
                });
            } else if !is_right {
                let words =
                    |path: &str| format!("{path} in body should be a multiple of {}", factor());
                self.add(&mut outcome, |this| this.fault(|| plain(value), words));
            }
        }
        let bounds = [
            ("maximum", "exclusiveMaximum", "Maximum boundary", "less"),
            ("minimum", "exclusiveMinimum", "Minimum boundary", "greater"),
        ];
        for (keyword, exclusive, what, than) in bounds {
            // Every number of a schema is a float to the validator.
            let Some(limit) = number(schema, keyword) else { continue };
            let wide = self.range(types, &Value::Float(limit), what);
            let (order, limit) = match value {
                // Compared as whole numbers, the bound's fraction left out.
                Value::Int(_, n) if wide.is_none() => {
                    (n.cmp(&(limit as i64)), Value::int64(limit as i64))
                }
                _ => match float.partial_cmp(&limit) {
                    Some(order) => (order, Value::Float(limit)),
                    None => continue,
                },
            };
            outcome.merge(wide.unwrap_or_default());
            let is_exclusive = is_true(schema, exclusive);
            let order = if keyword == "minimum" { order.reverse() } else { order };
            if order.is_gt() || is_exclusive && order.is_eq() {
                let words = |path: &str| {
                    let or = if is_exclusive { "" } else { "or equal to " };
                    format!("{path} in body should be {than} than {or}{}", plain(&limit))
                };
                self.add(&mut outcome, |this| this.fault(|| plain(value), words));
            }
        }
        outcome
    }

    fn list(&mut self, schema: &Map, items: &[Value]) -> Outcome {
        let mut outcome = Outcome::default();
        if let Some(of_item) = map(schema, "items") {
            for (index, item) in items.iter().enumerate() {
                self.add(&mut outcome, |this| this.below(Step::Item(index), &of_item, item));
            }
        }
        let count = items.len() as i64;
        let sizes = ("minItems", "maxItems");
        self.add(&mut outcome, |this| this.sized(schema, count, sizes, "items"));
        outcome
    }

    /// Checks how many items or properties there are.
    fn sized(
        &mut self,
        schema: &Map,
        count: i64,
        (least, most): (&str, &str),
        what: &str,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        if let Some(least) = whole(schema, least).filter(|least| count < *least) {
            let words = |path: &str| format!("{path} in body should have at least {least} {what}");
            self.add(&mut outcome, |this| this.fault(|| count.to_string(), words));
        }
        if let Some(most) = whole(schema, most).filter(|most| count > *most) {
            self.add(&mut outcome, |this| {
                this.worded(|path| {
                    let words = format!("{path} in body should have at most {most} {what}");
                    (words, too_many(count, most))
                })
            });
        }
        outcome
    }

    fn object(&mut self, schema: &Map, members: &Map) -> Outcome {
        let mut outcome = Outcome::default();
        let (count, sizes) = (members.len() as i64, ("minProperties", "maxProperties"));
        self.add(&mut outcome, |this| this.sized(schema, count, sizes, "properties"));
        let properties = map(schema, "properties").unwrap_or_default();
        let additional = schema.get(b"additionalProperties");
        for (key, value) in members.entries() {
            let below = match (properties.get(&key), &additional) {
                (Some(Value::Map(property)), _) => property,
                (Some(_), _) => continue,
                (None, Some(Value::Map(additional))) => additional.clone(),
                (None, Some(Value::Bool(false))) => {
                    let words = |path: &str| {
                        format!("{path}.{} in body is a forbidden property", key.to_str_lossy())
                    };
                    self.add(&mut outcome, |this| {
                        this.fault(|| gostd::strconv::quoted(&key), words)
                    });
                    continue;
                }
                _ => continue,
            };
            self.add(&mut outcome, |this| this.below(Step::Key(key), &below, &value));
        }
        let Some(required) = list(schema, "required") else { return outcome };
        self.spend(required.len() / 16);
        for name in required.iter() {
            let Value::Str(name) = name else { continue };
            if !members.contains_key(name) {
                self.add(&mut outcome, |this| {
                    let mut missing = this.worded(|path| {
                        let words = format!("{path}.{} in body is required", name.to_str_lossy());
                        (words, "Required value".to_owned())
                    });
                    for fault in &mut missing.faults {
                        fault.path.push(Step::Key(name.clone()));
                    }
                    missing
                });
            }
        }
        outcome
    }

    /// Checks a part, and tells whether something was left out of it.
    fn sure<T>(&mut self, check: impl FnOnce(&mut Self) -> T) -> (T, bool) {
        let before = std::mem::replace(&mut self.is_unsure, false);
        let made = check(self);
        let is_unsure = self.is_unsure;
        self.is_unsure |= before;
        (made, is_unsure)
    }

    /// Tries the schemas of a list; returns how many fit, what the first one that does gives, and what the one gives that
    /// fits best of those that do not.
    fn schemas(
        &mut self,
        schema: &Map,
        keyword: &str,
        value: &Value,
        until: bool,
    ) -> Option<(usize, Option<Outcome>, Option<Outcome>)> {
        let all = list(schema, keyword)?;
        let (mut count, mut first, mut best): (usize, Option<Outcome>, Option<Outcome>) =
            (0, None, None);
        let mut is_any = false;
        for one in all.iter() {
            let Value::Map(one) = one else { continue };
            is_any = true;
            let outcome = self.value(one, value);
            if outcome.is_valid() {
                count += 1;
                best = None;
                first.get_or_insert(outcome);
                if until {
                    break;
                }
            } else if count == 0 && best.as_ref().is_none_or(|own| outcome.count > own.count) {
                best = Some(outcome);
            }
        }
        is_any.then_some((count, first, best))
    }

    /// `allOf`, `anyOf`, `oneOf` and `not`.
    fn logic(&mut self, schema: &Map, value: &Value) -> Outcome {
        let mut outcome = Outcome::default();
        let quoted = |path: &str| gostd::strconv::quoted(path);
        if let Some((count, first, best)) = self.schemas(schema, "anyOf", value, true) {
            if count == 0 {
                let words = |path: &str| {
                    format!("{} must validate at least one schema (anyOf)", quoted(path))
                };
                self.add(&mut outcome, |this| this.bare(words));
            }
            best.or(first).into_iter().for_each(|one| outcome.merge(one));
        }
        let (one, is_unsure) = self.sure(|this| this.schemas(schema, "oneOf", value, false));
        if let Some((count, first, best)) = one {
            match count {
                _ if is_unsure => {}
                1 => first.into_iter().for_each(|one| outcome.merge(one)),
                _ => {
                    let words = |path: &str| {
                        let more = match count {
                            0 => "Found none valid".to_owned(),
                            _ => format!("Found {count} valid alternatives"),
                        };
                        let path = quoted(path);
                        format!("{path} must validate one and only one schema (oneOf). {more}")
                    };
                    self.add(&mut outcome, |this| this.bare(words));
                    best.into_iter().for_each(|one| outcome.merge(one));
                }
            }
        }
        let (mut right, mut count) = (0, 0);
        for one in list(schema, "allOf").iter().flat_map(|all| all.iter()) {
            let Value::Map(one) = one else { continue };
            self.add(&mut outcome, |this| {
                let found = this.value(one, value);
                count += 1;
                right += usize::from(found.is_valid());
                found
            });
        }
        if right != count {
            let words = |path: &str| {
                let none = if right == 0 { ". None validated" } else { "" };
                format!("{} must validate all the schemas (allOf){none}", quoted(path))
            };
            self.add(&mut outcome, |this| this.bare(words));
        }
        if let Some(not) = map(schema, "not")
            && let (outcome_of_not, false) = self.sure(|this| this.value(&not, value))
            && outcome_of_not.is_valid()
        {
            let words = |path: &str| format!("{} must not validate the schema (not)", quoted(path));
            self.add(&mut outcome, |this| this.bare(words));
        }
        outcome.count += 1;
        outcome
    }
}

fn too_many(count: i64, most: i64) -> String {
    match most < 0 {
        true => format!("Too many: {count}: has too many items"),
        false => {
            let items = if most == 1 { "item" } else { "items" };
            format!("Too many: {count}: must have at most {most} {items}")
        }
    }
}
