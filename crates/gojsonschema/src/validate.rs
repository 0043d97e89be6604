//! Checks values against a graph of schemas, with gojsonschema's texts, order and scores.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use bstr::ByteSlice;

use super::compile::{
    Additional, ArrayRules, Combined, Dependency, Graph, Id, Items, Numeric, ObjectRules, Schema,
    TextRules, Values,
};
use super::error::{CheckError, Error, Violation};
use super::formats;
use gostd::decimal::Decimal;
use gostd::json::{marshal, with_floats};
use gostd::regexp::Checked;
use gostd::stack;
use gostd::value::{Map, Str, Value};

/// How many schemas may be inside one another while a value is checked.
const MAX_DEPTH: usize = 1500;
/// How many times a schema may be held against a value. Schemas can ask for exponentially many.
const MAX_STEPS: u64 = 5_000_000;

/// Checks values; answers the violations in gojsonschema's order. Where that goes through a
/// Go map, the order is that of the keys' bytes.
///
/// # Errors
/// What made the check impossible.
pub(super) fn validate(graph: &Graph, values: &Map) -> Result<Vec<Violation>, Error> {
    if !is_printable_map(values, 0) {
        return Err(Error::ControlCharacter);
    }
    let checker =
        Checker { graph, depth: Cell::new(0), steps: Cell::new(0), failure: RefCell::default() };
    let mut outcome = Outcome::default();
    let root = Path { head: Cow::Borrowed(b"(root)"), tail: None };
    checker.check(Graph::ROOT, &Value::Map(values.clone()), &mut outcome, &root);
    match checker.failure.into_inner() {
        Some(failure) => Err(failure.into()),
        None => Ok(outcome.violations),
    }
}

/// Where in the values the check is: names and indexes from the innermost one out.
struct Path<'a> {
    head: Cow<'a, [u8]>,
    tail: Option<&'a Path<'a>>,
}

impl<'a> Path<'a> {
    fn member(&'a self, name: &'a [u8]) -> Path<'a> {
        Path { head: Cow::Borrowed(name), tail: Some(self) }
    }

    fn item(&'a self, index: usize) -> Path<'a> {
        Path { head: Cow::Owned(index.to_string().into_bytes()), tail: Some(self) }
    }
}

/// The path without the root's name, except for the root itself.
impl std::fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut names = vec![&self.head];
        let mut at = self;
        while let Some(tail) = at.tail {
            names.push(&tail.head);
            at = tail;
        }
        if names.len() > 1 {
            names.pop();
        }
        for (i, name) in names.iter().rev().enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            f.write_str(&String::from_utf8_lossy(name))?;
        }
        Ok(())
    }
}

/// What checking a value against a schema found, and how well the two fit: of several schemas that
/// fail, the best one's violations are shown.
#[derive(Default)]
struct Outcome {
    violations: Vec<Violation>,
    score: i64,
}

impl Outcome {
    fn is_valid(&self) -> bool {
        self.violations.is_empty()
    }

    fn add(&mut self, path: &Path, text: impl std::fmt::Display) {
        self.violations.push(Violation::new(path, text));
        self.score -= 2;
    }

    fn merge(&mut self, other: Outcome) {
        self.violations.extend(other.violations);
        self.score += other.score;
    }

    /// Keeps the better one of two failures, the earlier one of equals.
    fn keep_best(best: &mut Option<Outcome>, other: Outcome) {
        if best.as_ref().is_none_or(|best| other.score > best.score) {
            *best = Some(other);
        }
    }
}

struct Checker<'g> {
    graph: &'g Graph,
    depth: Cell<usize>,
    steps: Cell<u64>,
    failure: RefCell<Option<CheckError>>,
}

impl<'g> Checker<'g> {
    /// Notes what makes the check impossible; the first such thing counts.
    fn fail(&self, failure: CheckError) {
        self.failure.borrow_mut().get_or_insert(failure);
    }

    fn apart(&self, schema: Id, value: &Value, path: &Path) -> Outcome {
        let mut outcome = Outcome::default();
        self.check(schema, value, &mut outcome, path);
        outcome
    }

    /// Checks a value against a schema into `outcome`.
    fn check(&self, schema: Id, value: &Value, outcome: &mut Outcome, path: &Path) {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MAX_STEPS {
            self.fail(CheckError::TooManySteps);
        }
        if self.depth.get() >= MAX_DEPTH {
            self.fail(CheckError::TooDeep);
        }
        if self.failure.borrow().is_some() {
            return;
        }
        self.depth.set(self.depth.get() + 1);
        if let Some(schema) = self.resolve(schema, outcome, path) {
            self.check_resolved(schema, value, outcome, path);
        }
        self.depth.set(self.depth.get() - 1);
    }

    /// Follows references to a schema of its own, unless a boolean one answers already.
    fn resolve(&self, id: Id, outcome: &mut Outcome, path: &Path) -> Option<&'g Schema> {
        let mut schema = self.graph.get(id);
        for _ in 0..MAX_DEPTH {
            if let Some(pass) = schema.pass {
                if !pass {
                    outcome.add(path, "False always fails validation");
                }
                return None;
            }
            match schema.reference {
                Some(target) => schema = self.graph.get(target),
                None => return Some(schema),
            }
        }
        self.fail(CheckError::Endless);
        None
    }

    fn check_resolved(&self, schema: &Schema, value: &Value, outcome: &mut Outcome, path: &Path) {
        let given = type_of(value);
        let fits = schema.types.is_empty()
            || schema.types.contains(&given)
            || (given == "integer" && schema.types.contains(&"number"));
        if !fits {
            let expected = match schema.types.as_slice() {
                [one] => Cow::Borrowed(*one),
                several => Cow::Owned(format!("[{}]", several.join(","))),
            };
            outcome.add(path, format_args!("Invalid type. Expected: {expected}, given: {given}"));
            return;
        }
        self.check_combinations(schema, value, outcome, path);
        match value {
            Value::List(items) => {
                if let Some(rules) = &schema.array {
                    self.check_array(rules, items, outcome, path);
                }
                outcome.score += 1;
            }
            Value::Map(members) => {
                if let Some(rules) = &schema.object {
                    self.check_object(rules, members, outcome, path);
                }
                outcome.score += 1;
            }
            Value::Int(..) | Value::Uint(..) | Value::Float(_) => {
                check_number(schema, value, outcome, path);
            }
            _ => {}
        }
        if let Some(allowed) = &schema.values {
            self.check_values(allowed, value, outcome, path);
        }
        outcome.score += 1;
        match value {
            Value::Str(text) => {
                if let Some(rules) = &schema.text {
                    self.check_string(rules, text, outcome, path);
                }
                outcome.score += 1;
            }
            Value::Map(members) => {
                for (name, schema) in schema.object.iter().flat_map(|rules| &rules.properties) {
                    if let Some(value) = members.get(name) {
                        self.check(*schema, &value, outcome, &path.member(name));
                    }
                }
            }
            _ => {}
        }
        outcome.score += 1;
    }

    fn check_combinations(
        &self,
        schema: &Schema,
        value: &Value,
        outcome: &mut Outcome,
        path: &Path,
    ) {
        if let Some(combined) = &schema.combined {
            self.check_several(combined, value, outcome, path);
        }
        if let (Some(rules), Value::Map(members)) = (&schema.object, value) {
            self.check_dependencies(rules, members, value, outcome, path);
        }
        if let Some(combined) = &schema.combined {
            self.check_condition(combined, value, outcome, path);
        }
        outcome.score += 1;
    }

    /// Checks `anyOf`, `oneOf`, `allOf` and `not`.
    fn check_several(
        &self,
        combined: &Combined,
        value: &Value,
        outcome: &mut Outcome,
        path: &Path,
    ) {
        if !combined.any_of.is_empty() {
            let mut best = None;
            let valid = combined.any_of.iter().any(|schema| {
                let apart = self.apart(*schema, value, path);
                let valid = apart.is_valid();
                if !valid {
                    Outcome::keep_best(&mut best, apart);
                }
                valid
            });
            if !valid {
                outcome.add(path, "Must validate at least one schema (anyOf)");
                if let Some(best) = best {
                    outcome.merge(best);
                }
            }
        }
        if !combined.one_of.is_empty() {
            let mut best = None;
            let mut valid = 0;
            for schema in &combined.one_of {
                let apart = self.apart(*schema, value, path);
                if apart.is_valid() {
                    valid += 1;
                } else if valid == 0 {
                    Outcome::keep_best(&mut best, apart);
                }
            }
            if valid != 1 {
                outcome.add(path, "Must validate one and only one schema (oneOf)");
                if let Some(best) = best.filter(|_| valid == 0) {
                    outcome.merge(best);
                }
            }
        }
        if !combined.all_of.is_empty() {
            let mut all = true;
            for schema in &combined.all_of {
                let apart = self.apart(*schema, value, path);
                all &= apart.is_valid();
                outcome.merge(apart);
            }
            if !all {
                outcome.add(path, "Must validate all the schemas (allOf)");
            }
        }
        if let Some(not) = combined.not
            && self.apart(not, value, path).is_valid()
        {
            outcome.add(path, "Must not validate the schema (not)");
        }
    }

    /// Checks `if`, `then` and `else`.
    fn check_condition(
        &self,
        combined: &Combined,
        value: &Value,
        outcome: &mut Outcome,
        path: &Path,
    ) {
        let Some(condition) = combined.condition else { return };
        let valid = self.apart(condition, value, path).is_valid();
        let (branch, text) = if valid {
            (combined.then, r#"Must validate "then" as "if" was valid"#)
        } else {
            (combined.otherwise, r#"Must validate "else" as "if" was not valid"#)
        };
        if let Some(branch) = branch {
            let apart = self.apart(branch, value, path);
            if !apart.is_valid() {
                outcome.add(path, text);
                outcome.merge(apart);
            }
        }
    }

    fn check_dependencies(
        &self,
        rules: &ObjectRules,
        members: &Map,
        value: &Value,
        outcome: &mut Outcome,
        path: &Path,
    ) {
        for (name, dependency) in &rules.dependencies {
            if !members.contains_key(name) {
                continue;
            }
            match dependency {
                Dependency::Schema(schema) => self.check(*schema, value, outcome, path),
                Dependency::Members(wanted) => {
                    for name in wanted {
                        if !members.contains_key(name) {
                            outcome.add(path, format_args!("Has a dependency on {name}"));
                        }
                    }
                }
            }
        }
    }

    /// Checks `const` and `enum`.
    fn check_values(&self, allowed: &Values, value: &Value, outcome: &mut Outcome, path: &Path) {
        let text = self.canonical(value);
        if let Some(constant) = &allowed.constant
            && text != *constant
        {
            let allowed = String::from_utf8_lossy(constant);
            outcome.add(path, format_args!("{path} does not match: {allowed}"));
        }
        if !allowed.enumeration.is_empty() && !allowed.enumeration.contains(&text) {
            let allowed = allowed.enumeration.join(&b", "[..]);
            let allowed = String::from_utf8_lossy(&allowed);
            outcome.add(path, format_args!("{path} must be one of the following: {allowed}"));
        }
    }

    fn canonical(&self, value: &Value) -> Vec<u8> {
        marshal(&with_floats(value), true).unwrap_or_else(|error| {
            self.fail(CheckError::Encode(error));
            Vec::new()
        })
    }

    fn check_array(&self, rules: &ArrayRules, items: &[Value], outcome: &mut Outcome, path: &Path) {
        match &rules.items {
            None => {}
            Some(Items::Each(each)) => {
                for (i, item) in items.iter().enumerate() {
                    self.check(*each, item, outcome, &path.item(i));
                }
            }
            Some(Items::Positional(schemas)) => {
                for (i, (schema, item)) in schemas.iter().zip(items).enumerate() {
                    self.check(*schema, item, outcome, &path.item(i));
                }
                if !schemas.is_empty() && schemas.len() < items.len() {
                    match rules.additional {
                        Some(Additional::Allowed(false)) => {
                            outcome.add(path, "No additional items allowed on array");
                        }
                        Some(Additional::Schema(each)) => {
                            for (i, item) in items.iter().enumerate().skip(schemas.len()) {
                                self.check(each, item, outcome, &path.item(i));
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
        let count = items.len() as i64;
        if let Some(min) = rules.min.filter(|min| count < *min) {
            outcome.add(path, format_args!("Array must have at least {min} items"));
        }
        if let Some(max) = rules.max.filter(|max| count > *max) {
            outcome.add(path, format_args!("Array must have at most {max} items"));
        }
        if rules.unique {
            let mut seen = HashMap::new();
            for (j, item) in items.iter().enumerate() {
                if let Some(i) = seen.insert(self.canonical(item), j) {
                    outcome.add(path, format_args!("array items[{i},{j}] must be unique"));
                }
            }
        }
        if let Some(contains) = rules.contains {
            let mut best = None;
            let found = items.iter().enumerate().any(|(i, item)| {
                let apart = self.apart(contains, item, &path.item(i));
                let valid = apart.is_valid();
                if !valid {
                    Outcome::keep_best(&mut best, apart);
                }
                valid
            });
            if !found {
                outcome.add(path, "At least one of the items must match");
                if let Some(best) = best {
                    outcome.merge(best);
                }
            }
        }
    }

    fn check_object(&self, rules: &ObjectRules, members: &Map, outcome: &mut Outcome, path: &Path) {
        let count = members.len() as i64;
        if let Some(min) = rules.min.filter(|min| count < *min) {
            outcome.add(path, format_args!("Must have at least {min} properties"));
        }
        if let Some(max) = rules.max.filter(|max| count > *max) {
            outcome.add(path, format_args!("Must have at most {max} properties"));
        }
        for name in &rules.required {
            if members.contains_key(name) {
                outcome.score += 1;
            } else {
                outcome.add(path, format_args!("{name} is required"));
            }
        }
        if rules.additional.is_some() || !rules.patterns.is_empty() {
            for (name, value) in members.borrow().iter() {
                self.check_member(rules, name, value, outcome, path);
            }
        }
        if let Some(names) = rules.names {
            for (name, _) in members.borrow().iter() {
                let apart = self.apart(names, &Value::Str(name.clone()), path);
                if !apart.is_valid() {
                    let text =
                        format_args!("Property name of \"{name}\" does not match").to_string();
                    outcome.add(path, text);
                    outcome.merge(apart);
                }
            }
        }
    }

    /// Checks `patternProperties` and `additionalProperties`.
    fn check_member(
        &self,
        rules: &ObjectRules,
        name: &Str,
        value: &Value,
        outcome: &mut Outcome,
        path: &Path,
    ) {
        let mut matched = false;
        for (pattern, schema) in &rules.patterns {
            match is_match(pattern, name) {
                Ok(true) => {
                    matched = true;
                    self.check(*schema, value, outcome, &path.member(name));
                }
                Ok(false) => {}
                Err(failure) => self.fail(failure),
            }
        }
        if matched {
            outcome.score += 1;
            return;
        }
        if rules.known.binary_search(name).is_ok() {
            return;
        }
        match rules.additional {
            Some(Additional::Allowed(false)) => {
                outcome.add(path, format_args!("Additional property {name} is not allowed"));
            }
            Some(Additional::Schema(schema)) => {
                self.check(schema, value, outcome, &path.member(name));
            }
            _ => {}
        }
    }

    fn check_string(&self, rules: &TextRules, text: &Str, outcome: &mut Outcome, path: &Path) {
        if rules.min.is_some() || rules.max.is_some() {
            let count = text.to_string_lossy().chars().count() as i64;
            if let Some(min) = rules.min.filter(|min| count < *min) {
                outcome.add(
                    path,
                    format_args!("String length must be greater than or equal to {min}"),
                );
            }
            if let Some(max) = rules.max.filter(|max| count > *max) {
                outcome
                    .add(path, format_args!("String length must be less than or equal to {max}"));
            }
        }
        if let Some(pattern) = &rules.pattern {
            match is_match(pattern, text.to_string_lossy().as_bytes()) {
                Ok(true) => {}
                Ok(false) => {
                    let pattern = pattern.as_str();
                    outcome.add(path, format_args!("Does not match pattern '{pattern}'"));
                }
                Err(failure) => self.fail(failure),
            }
        }
        if let Some(format) = &rules.format
            && !formats::has_format(&format.to_string_lossy(), &text.to_string_lossy())
        {
            outcome.add(path, format_args!("Does not match format '{format}'"));
        }
    }
}

fn is_match(pattern: &Checked, text: &[u8]) -> Result<bool, CheckError> {
    let too_large = || CheckError::PatternTooLarge { pattern: pattern.as_str().into() };
    pattern.is_match(text).ok_or_else(too_large)
}

fn check_number(schema: &Schema, value: &Value, outcome: &mut Outcome, path: &Path) {
    if let Some(numeric) = &schema.numeric
        && let Some(number) = decimal(value)
    {
        check_bounds(numeric, &number, outcome, path);
    }
    // No number has a format, unless gojsonschema does not know the format.
    if let Some(format) = schema.text.as_ref().and_then(|rules| rules.format.as_ref())
        && formats::is_known(&format.to_string_lossy())
    {
        outcome.add(path, format_args!("Does not match format '{format}'"));
    }
    outcome.score += 1;
}

fn check_bounds(numeric: &Numeric, number: &Decimal, outcome: &mut Outcome, path: &Path) {
    if let Some(multiple) = &numeric.multiple_of
        && !number.is_multiple_of(multiple)
    {
        outcome.add(path, format_args!("Must be a multiple of {multiple}"));
    }
    if let Some(max) = numeric.maximum.as_ref().filter(|max| number > max) {
        outcome.add(path, format_args!("Must be less than or equal to {max}"));
    }
    if let Some(max) = numeric.exclusive_maximum.as_ref().filter(|max| number >= max) {
        outcome.add(path, format_args!("Must be less than {max}"));
    }
    if let Some(min) = numeric.minimum.as_ref().filter(|min| number < min) {
        outcome.add(path, format_args!("Must be greater than or equal to {min}"));
    }
    if let Some(min) = numeric.exclusive_minimum.as_ref().filter(|min| number <= min) {
        outcome.add(path, format_args!("Must be greater than {min}"));
    }
}

/// Returns whether all names and texts survive Helm's way through YAML, which refuses some
/// characters that JSON leaves as they are.
fn is_printable(value: &Value, depth: usize) -> bool {
    match value {
        Value::Str(text) => is_printable_text(text),
        Value::List(items) => {
            stack::at_depth(depth, || items.iter().all(|v| is_printable(v, depth + 1)))
        }
        Value::Map(members) => is_printable_map(members, depth),
        _ => true,
    }
}

fn is_printable_map(members: &Map, depth: usize) -> bool {
    stack::at_depth(depth, || {
        let members = members.borrow();
        members.iter().all(|(name, v)| is_printable_text(name) && is_printable(v, depth + 1))
    })
}

/// Returns whether there is no DEL, no C1 control character other than NEL, no U+FFFE and no
/// U+FFFF.
fn is_printable_text(text: &[u8]) -> bool {
    // Most texts are short and plain; the search below first makes itself a table.
    if !text.iter().fold(false, |found, b| found | (*b >= 0x7f)) {
        return true;
    }
    let mut rest = text;
    while let Some(at) = rest.find_byteset(b"\x7f\xc2\xef") {
        match rest.get(at..).unwrap_or_default() {
            [0x7f, ..] | [0xef, 0xbf, 0xbe | 0xbf, ..] => return false,
            [0xc2, 0x80..=0x9f, ..] if rest.get(at + 1) != Some(&0x85) => return false,
            after => rest = after.get(1..).unwrap_or_default(),
        }
    }
    true
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Invalid | Value::Nil => "null",
        Value::Bool(_) => "boolean",
        Value::Int(..) | Value::Uint(..) => "integer",
        Value::Float(f) if f.fract() == 0.0 => "integer",
        Value::Float(_) => "number",
        Value::List(_) => "array",
        Value::Map(_) => "object",
        Value::Str(_) | Value::Bytes(_) | Value::Object(_) => "string",
    }
}

fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Int(_, n) => Decimal::parse(n.to_string().as_bytes()),
        Value::Uint(_, n) => Decimal::parse(n.to_string().as_bytes()),
        Value::Float(f) => Decimal::from_float(*f),
        _ => None,
    }
}
