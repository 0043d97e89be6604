//! Checks a value against the schema of a definition, as `k8s.io/kube-openapi`, `pkg/validation/validate` does, in the
//! words of `k8s.io/apiextensions-apiserver`, `pkg/apiserver/validation`.
//!
//! A definition's schema refers to nothing else, so that a check ends where the schema does.

use std::collections::HashSet;

use bstr::ByteSlice;
use gostd::regexp::Regexp;
use gostd::stack;
use gostd::value::{Map, Value};

use super::formats;
use crate::kubernetes::{Step, Version};

/// How many faults of an object are told.
const MOST_FAULTS: usize = 100;
/// How many times a value may meet a part of a schema.
const MOST_STEPS: usize = 20_000_000;
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

/// Checks a value; the second result tells whether the check came to its end.
pub(super) fn check(schema: &Map, value: &Value, version: Version) -> (Vec<Fault>, bool) {
    let mut checking =
        Checking { version, steps: Vec::new(), path: String::new(), depth: 0, left: MOST_STEPS };
    let outcome = checking.value(schema, value);
    (outcome.faults, checking.left > 0)
}

/// What came of a part, and how much of it was right: of several schemas that do not fit, that with the most counts.
#[derive(Default)]
struct Outcome {
    faults: Vec<Fault>,
    count: usize,
}

impl Outcome {
    fn merge(&mut self, other: Outcome) {
        self.count += other.count;
        if self.faults.is_empty() {
            self.faults = other.faults;
            return;
        }
        for fault in other.faults {
            self.add(fault);
        }
    }

    fn add(&mut self, fault: Fault) {
        let is_new = self.faults.iter().all(|own| own.words != fault.words);
        if is_new && self.faults.len() < MOST_FAULTS {
            self.faults.push(fault);
        }
    }

    fn is_valid(&self) -> bool {
        self.faults.is_empty()
    }
}

struct Checking {
    version: Version,
    steps: Vec<Step>,
    /// The same as text, as the validator writes it.
    path: String,
    depth: usize,
    left: usize,
}

/// Returns a keyword of a schema that is a number.
fn number(schema: &Map, keyword: &str) -> Option<f64> {
    match schema.get(keyword.as_bytes())? {
        Value::Int(_, n) => Some(n as f64),
        Value::Uint(_, n) => Some(n as f64),
        Value::Float(n) => Some(n),
        _ => None,
    }
}

fn whole(schema: &Map, keyword: &str) -> Option<i64> {
    number(schema, keyword).map(|n| n as i64)
}

fn is_true(schema: &Map, keyword: &str) -> bool {
    matches!(schema.get(keyword.as_bytes()), Some(Value::Bool(true)))
}

fn text(schema: &Map, keyword: &str) -> String {
    match schema.get(keyword.as_bytes()) {
        Some(Value::Str(text)) => text.to_str_lossy().into_owned(),
        _ => String::new(),
    }
}

fn list(schema: &Map, keyword: &str) -> Vec<Value> {
    match schema.get(keyword.as_bytes()) {
        Some(Value::List(items)) => items.into_vec(),
        _ => Vec::new(),
    }
}

fn map(schema: &Map, keyword: &str) -> Option<Map> {
    match schema.get(keyword.as_bytes()) {
        Some(Value::Map(map)) => Some(map),
        _ => None,
    }
}

/// Returns JSON's name of a value's type, and the format of numbers.
fn type_of(value: &Value) -> (&'static str, &'static str) {
    match value {
        Value::Bool(_) => ("boolean", ""),
        Value::Str(_) => ("string", ""),
        Value::Int(..) => ("integer", "int64"),
        Value::Float(_) => ("number", "float64"),
        Value::List(_) => ("array", ""),
        Value::Map(_) => ("object", ""),
        _ => ("null", ""),
    }
}

/// Go's `%v` of a number, `%q` of a text, JSON of anything else.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Int(..) | Value::Float(_) | Value::Bool(_) => plain(value),
        Value::Str(text) => gostd::strconv::quoted(text),
        other => {
            let json = gostd::json::marshal(other, true).unwrap_or_default();
            json.to_str_lossy().into_owned()
        }
    }
}

fn plain(value: &Value) -> String {
    gostd::fmt::sprint(std::slice::from_ref(value)).unwrap_or_default().to_str_lossy().into_owned()
}

/// `swag.IsFloat64AJSONInteger`.
fn is_whole(f: f64) -> bool {
    const MOST: f64 = ((1_u64 << 53) - 1) as f64;
    if !f.is_finite() || !(-MOST..=MOST).contains(&f) {
        return false;
    }
    let g = f.trunc();
    let difference = (f - g).abs();
    if f == g {
        return true;
    }
    if f == 0.0 || g == 0.0 || difference < f64::MIN_POSITIVE {
        return difference < 1e-9 * f64::MIN_POSITIVE;
    }
    difference / (f.abs() + g.abs()) < 1e-9
}

/// The types and the format that a schema asks for, as far as a server looks at them.
struct Types {
    names: Vec<String>,
    format: String,
}

impl Types {
    fn of(schema: &Map, version: Version) -> Types {
        let kind = text(schema, "type");
        let names = match is_true(schema, "x-kubernetes-int-or-string") {
            true => vec!["integer".to_owned(), "string".to_owned()],
            false if kind.is_empty() => Vec::new(),
            false => vec![kind],
        };
        let mut format = text(schema, "format");
        let is_used = match names.as_slice() {
            [] | [_, _, ..] => formats::is_known(&format, version),
            [one] => match one.as_str() {
                "string" => formats::is_known(&format, version),
                "integer" => matches!(format.as_str(), "int32" | "int64"),
                "number" => matches!(format.as_str(), "float" | "double"),
                _ => false,
            },
        };
        if !is_used {
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

impl Checking {
    /// Makes a fault with the value that the server shows.
    fn fault(&self, shown: &str, words: String) -> Fault {
        let message = format!("Invalid value: {shown}: {words}");
        Fault { path: self.steps.clone(), words, message }
    }

    /// Makes one of those that the server has other words for.
    fn worded(&self, words: String, message: String) -> Fault {
        Fault { path: self.steps.clone(), words, message }
    }

    fn one(fault: Fault) -> Outcome {
        Outcome { faults: vec![fault], count: 0 }
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
        if self.left == 0 {
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
            let is_wrong =
                !types.names.is_empty() && !types.has("null") && !is_true(schema, "nullable");
            outcome.merge(match is_wrong {
                true => Checking::one(self.type_fault(&types.joined(), "null")),
                false => Outcome { faults: Vec::new(), count: 1 },
            });
            outcome.merge(self.choice(schema, value));
            return outcome;
        }
        if !types.names.is_empty() || !types.format.is_empty() {
            outcome.merge(self.types(&types, value));
            outcome.count += 1;
        }
        outcome.merge(self.logic(schema, value));
        outcome.count += 1;
        match value {
            Value::Str(text) => {
                outcome.merge(self.text(schema, text));
                outcome.count += 1;
                if formats::is_known(&types.format, self.version) {
                    let is_right = text
                        .to_str()
                        .is_some_and(|text| formats::has(&types.format, text, self.version));
                    if !is_right {
                        outcome.add(self.type_fault(&types.format, &text.to_str_lossy()));
                    }
                    outcome.count += 1;
                }
            }
            Value::Int(..) | Value::Float(_) => {
                outcome.merge(self.number(schema, &types, value));
                outcome.count += 2;
            }
            Value::List(items) => {
                outcome.merge(self.list(schema, items));
                outcome.count += 2;
            }
            _ => {}
        }
        outcome.merge(self.choice(schema, value));
        outcome.count += 1;
        if let Value::Map(members) = value {
            outcome.merge(self.object(schema, members));
            outcome.count += 1;
        }
        outcome.count += 1;
        outcome
    }

    /// Makes the fault of a type; `found` is the type that it has, or the text.
    fn type_fault(&self, wanted: &str, found: &str) -> Fault {
        let found = gostd::strconv::quoted(found);
        let words = format!("{} in body must be of type {wanted}: {found}", self.path);
        self.fault(&found, words)
    }

    fn types(&self, types: &Types, value: &Value) -> Outcome {
        let right = || Outcome { faults: Vec::new(), count: 1 };
        let (name, own_format) = type_of(value);
        let is_whole_float =
            matches!(value, Value::Float(n) if is_whole(*n)) && types.has("integer");
        let fits = types.has(name) || is_whole_float || name == "integer" && types.has("number");
        let is_text_or_list = matches!(value, Value::Str(_) | Value::List(_));
        if !types.format.is_empty() {
            if !is_text_or_list && !fits && own_format != types.format {
                return Checking::one(self.type_fault(&types.format, own_format));
            }
            if is_text_or_list && !types.has("number") && !types.has("integer") {
                return right();
            }
        }
        match fits {
            true => right(),
            false => Checking::one(self.type_fault(&types.joined(), name)),
        }
    }

    fn choice(&self, schema: &Map, value: &Value) -> Outcome {
        let allowed = list(schema, "enum");
        let same = |one: &Value| match (one, value) {
            // A number is converted to the type of the other one.
            (Value::Int(_, a), Value::Float(b)) => *a == *b as i64,
            (Value::Float(a), Value::Int(_, b)) => *a == *b as f64,
            (one, own) => is_same(one, own),
        };
        if allowed.is_empty() || allowed.iter().any(same) {
            return Outcome::default();
        }
        let texts: Vec<String> = allowed
            .iter()
            .map(|one| match one {
                Value::Str(text) => gostd::strconv::quoted(text),
                other => {
                    gostd::strconv::quoted(gostd::json::marshal(other, true).unwrap_or_default())
                }
            })
            .collect();
        let words = format!("{} in body should be one of {}", self.path, texts.join(" "));
        let message =
            format!("Unsupported value: {}: supported values: {}", shown(value), texts.join(", "));
        Checking::one(self.worded(words, message))
    }

    fn text(&self, schema: &Map, text_value: &[u8]) -> Outcome {
        let length = text_value.chars().count() as i64;
        let own = gostd::strconv::quoted(text_value);
        if let Some(most) = whole(schema, "maxLength").filter(|most| length > *most) {
            let words = format!("{} in body should be at most {most} chars long", self.path);
            let bytes = if most == 1 { "byte" } else { "bytes" };
            let message = match most < 0 {
                true => "Too long: value is too long".to_owned(),
                false => format!("Too long: may not be more than {most} {bytes}"),
            };
            return Checking::one(self.worded(words, message));
        }
        if let Some(least) = whole(schema, "minLength").filter(|least| length < *least) {
            let words = format!("{} in body should be at least {least} chars long", self.path);
            return Checking::one(self.fault(&own, words));
        }
        let pattern = text(schema, "pattern");
        if pattern.is_empty() {
            return Outcome::default();
        }
        let said = match Regexp::compile(pattern.as_bytes()) {
            Ok(regexp) if regexp.is_match(text_value) => return Outcome::default(),
            Ok(_) => pattern,
            Err(error) => format!("{pattern}, but pattern is invalid: {error}"),
        };
        let words = format!("{} in body should match '{said}'", self.path);
        Checking::one(self.fault(&own, words))
    }

    /// Says that a number does not fit its type and format, if it does not; `what` is the value or a bound.
    fn range(&self, types: &Types, value: &Value, what: &str) -> Option<Fault> {
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
        let of_type = match types.format.as_str() {
            "" => format!("{kind} (default format)"),
            format => format!("{kind} with format {format}"),
        };
        let words = || format!("{what} value must be of type {of_type} in {}", self.path);
        (!fits).then(|| self.fault("\"\"", words()))
    }

    fn number(&self, schema: &Map, types: &Types, value: &Value) -> Outcome {
        let mut outcome = Outcome::default();
        let own = plain(value);
        let mut note = |fault: Option<Fault>| fault.into_iter().for_each(|one| outcome.add(one));
        note(self.range(types, value, "Checked"));
        let float = match value {
            Value::Int(_, n) => *n as f64,
            Value::Float(n) => *n,
            _ => return Outcome::default(),
        };
        if let Some(factor) = number(schema, "multipleOf") {
            let wide = self.range(types, &bound(factor), "MultipleOf");
            // Of whole numbers, the factor's fraction is left out.
            let (factor, is_right) = match value {
                Value::Int(_, n) if wide.is_none() => {
                    let factor = factor as i64;
                    (Value::int64(factor), factor > 0 && n % factor == 0)
                }
                _ if factor < 1.0 => (bound(factor), is_whole(1.0 / factor * float)),
                _ => (bound(factor), is_whole(float / factor)),
            };
            note(wide);
            let shown = plain(&factor);
            let is_positive = match factor {
                Value::Int(_, n) => n > 0,
                Value::Float(n) => n > 0.0,
                _ => false,
            };
            if !is_positive {
                let path = &self.path;
                let words =
                    format!("factor MultipleOf declared for {path} must be positive: {shown}");
                note(Some(self.fault(&shown, words)));
            } else if !is_right {
                let words = format!("{} in body should be a multiple of {shown}", self.path);
                note(Some(self.fault(&own, words)));
            }
        }
        let bounds = [
            ("maximum", "exclusiveMaximum", "Maximum boundary", "less"),
            ("minimum", "exclusiveMinimum", "Minimum boundary", "greater"),
        ];
        for (keyword, exclusive, what, than) in bounds {
            let Some(limit) = number(schema, keyword) else { continue };
            let wide = self.range(types, &bound(limit), what);
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
            note(wide);
            let is_exclusive = is_true(schema, exclusive);
            let order = if keyword == "minimum" { order.reverse() } else { order };
            if order.is_gt() || is_exclusive && order.is_eq() {
                let or = if is_exclusive { "" } else { "or equal to " };
                let words =
                    format!("{} in body should be {than} than {or}{}", self.path, plain(&limit));
                note(Some(self.fault(&own, words)));
            }
        }
        outcome
    }

    fn list(&mut self, schema: &Map, items: &[Value]) -> Outcome {
        let mut outcome = Outcome::default();
        if let Some(of_item) = map(schema, "items") {
            for (index, item) in items.iter().enumerate() {
                let found = self.below(Step::Item(index), &of_item, item);
                outcome.merge(found);
            }
        }
        let count = items.len() as i64;
        if let Some(least) = whole(schema, "minItems").filter(|least| count < *least) {
            let words = format!("{} in body should have at least {least} items", self.path);
            outcome.add(self.fault(&count.to_string(), words));
        }
        if let Some(most) = whole(schema, "maxItems").filter(|most| count > *most) {
            let words = format!("{} in body should have at most {most} items", self.path);
            outcome.add(self.worded(words, too_many(count, most)));
        }
        outcome
    }

    fn object(&mut self, schema: &Map, members: &Map) -> Outcome {
        let mut outcome = Outcome::default();
        let count = members.len() as i64;
        if let Some(least) = whole(schema, "minProperties").filter(|least| count < *least) {
            let words = format!("{} in body should have at least {least} properties", self.path);
            outcome.add(self.fault(&count.to_string(), words));
        }
        if let Some(most) = whole(schema, "maxProperties").filter(|most| count > *most) {
            let words = format!("{} in body should have at most {most} properties", self.path);
            outcome.add(self.worded(words, too_many(count, most)));
        }
        let properties = map(schema, "properties").unwrap_or_default();
        let additional = schema.get(b"additionalProperties");
        for (key, value) in members.entries() {
            let below = match (properties.get(&key), &additional) {
                (Some(Value::Map(property)), _) => property,
                (Some(_), _) => continue,
                (None, Some(Value::Map(additional))) => additional.clone(),
                (None, Some(Value::Bool(false))) => {
                    let name = key.to_str_lossy();
                    let words = format!("{}.{name} in body is a forbidden property", self.path);
                    outcome.add(self.fault(&gostd::strconv::quoted(&key), words));
                    continue;
                }
                _ => continue,
            };
            let found = self.below(Step::Key(key), &below, &value);
            outcome.merge(found);
        }
        for name in list(schema, "required") {
            let Value::Str(name) = name else { continue };
            if !members.contains_key(&name) {
                let words = format!("{}.{} in body is required", self.path, name.to_str_lossy());
                let mut fault = self.worded(words, "Required value".to_owned());
                fault.path.push(Step::Key(name));
                outcome.add(fault);
            }
        }
        outcome
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
        let all = list(schema, keyword);
        let (mut count, mut first, mut best): (usize, Option<Outcome>, Option<Outcome>) =
            (0, None, None);
        let mut is_any = false;
        for one in &all {
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
        let path = gostd::strconv::quoted(&self.path);
        if let Some((count, first, best)) = self.schemas(schema, "anyOf", value, true) {
            if count == 0 {
                let words = format!("{path} must validate at least one schema (anyOf)");
                outcome.add(self.fault("\"\"", words));
            }
            best.or(first).into_iter().for_each(|one| outcome.merge(one));
        }
        if let Some((count, first, best)) = self.schemas(schema, "oneOf", value, false) {
            match count {
                1 => first.into_iter().for_each(|one| outcome.merge(one)),
                _ => {
                    let more = match count {
                        0 => "Found none valid".to_owned(),
                        _ => format!("Found {count} valid alternatives"),
                    };
                    let words =
                        format!("{path} must validate one and only one schema (oneOf). {more}");
                    outcome.add(self.fault("\"\"", words));
                    best.into_iter().for_each(|one| outcome.merge(one));
                }
            }
        }
        let all = list(schema, "allOf");
        let (mut right, mut count) = (0, 0);
        for one in &all {
            let Value::Map(one) = one else { continue };
            let found = self.value(one, value);
            count += 1;
            right += usize::from(found.is_valid());
            outcome.merge(found);
        }
        if right != count {
            let none = if right == 0 { ". None validated" } else { "" };
            let words = format!("{path} must validate all the schemas (allOf){none}");
            outcome.add(self.fault("\"\"", words));
        }
        if let Some(not) = map(schema, "not")
            && self.value(&not, value).is_valid()
        {
            let words = format!("{path} must not validate the schema (not)");
            outcome.add(self.fault("\"\"", words));
        }
        outcome.count += 1;
        outcome
    }
}

/// Returns a bound as the validator holds it: every number of a schema is a float.
fn bound(limit: f64) -> Value {
    Value::Float(limit)
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

/// Tells whether two values of JSON are the same.
fn is_same(a: &Value, b: &Value) -> bool {
    let json = |value: &Value| gostd::json::marshal(value, true).unwrap_or_default();
    match (a, b) {
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(_, a), Value::Int(_, b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::List(_), Value::List(_)) | (Value::Map(_), Value::Map(_)) => json(a) == json(b),
        _ => false,
    }
}

/// Returns the places of a list at which something stands for the second time, as `x-kubernetes-list-type: set` asks.
pub(super) fn repeated(items: &[Value]) -> Vec<usize> {
    let (mut seen, mut told) = (HashSet::new(), HashSet::new());
    let mut places = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let key = gostd::json::marshal(item, true).unwrap_or_default();
        if !seen.insert(key.clone()) && told.insert(key) {
            places.push(index);
        }
    }
    places
}
