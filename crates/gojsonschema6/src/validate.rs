//! Checks values against a graph of schemas, in the validator's order.
//!
//! A first pass finds out whether anything is wrong and stops at the first thing that is; only if there is
//! one, a second pass finds them all and says where.

use std::collections::HashMap;
use std::rc::Rc;

use gostd::decimal::Decimal;
use gostd::regexp::Checked;
use gostd::stack;
use gostd::value::Str;

use super::Release;
use super::address::escape;
use super::draft::Draft;
use super::error::CheckError;
use super::node::{Items, Members, Node, duplicates};
use super::schema::{
    Additional, ArrayRules, Dependency, Enumeration, Graph, Id, NumberRules, ObjectRules, Schema,
    TextRules, Values,
};
use super::types::Type;
use super::unevaluated::Unevaluated;
use super::violation::{Violation, Violations};
use super::words::Kind;

/// How many schemas may be inside one another while a value is checked.
const MAX_DEPTH: usize = 50_000;
/// How many times a schema may be held against a value. Schemas can ask for exponentially many.
const MAX_STEPS: u64 = 5_000_000;
/// Most bytes that the places of all violations may take.
const MAX_TEXT: usize = 32 << 20;

/// The metaschemas of parts of a document that are written in a draft of their own, by JSON pointers.
pub(super) type Embedded = HashMap<String, Id>;

/// Checks a value; answers what is wrong, if anything.
///
/// # Errors
/// What made the check impossible.
pub(super) fn check(
    graph: &Graph,
    schema: Id,
    node: Node<'_>,
    embedded: &Embedded,
    release: Release,
) -> Result<Option<Violations>, CheckError> {
    let run = |quiet: bool| {
        let mut checker = Checker {
            graph,
            embedded,
            release,
            meta: (!embedded.is_empty()).then_some(schema),
            quiet,
            path: Vec::new(),
            scopes: Vec::new(),
            base: 0,
            steps: 0,
            text: 0,
            failure: None,
        };
        let found = checker.apart(schema, node);
        match checker.failure {
            Some(failure) => Err(failure),
            None => Ok(found.err()),
        }
    };
    if run(true)?.is_none() {
        return Ok(None);
    }
    let found = run(false)?;
    Ok(found.map(|list| Violations { schema: graph.location(schema).into(), list }))
}

/// A step on the way to a value.
enum Step {
    Name(Str),
    Item(usize),
}

/// A schema that is being checked, and how the one around it leads to it.
struct Scope {
    schema: Id,
    /// The keyword of a reference; empty if it stands within the other one.
    keyword: &'static str,
    /// How deep the value is: those of the same value have the same.
    value: u32,
}

pub(super) struct Checker<'a> {
    graph: &'a Graph,
    embedded: &'a Embedded,
    release: Release,
    /// The metaschema that embedded ones take the place of.
    meta: Option<Id>,
    /// Whether it only matters that something is wrong.
    pub(super) quiet: bool,
    path: Vec<Step>,
    scopes: Vec<Scope>,
    /// Where the scopes of the present value begin.
    base: usize,
    steps: u64,
    text: usize,
    failure: Option<CheckError>,
}

type Outcome = Result<(), Violation>;

/// A value that is being checked against a schema.
pub(super) struct Frame<'a, 'n> {
    id: Id,
    pub(super) schema: &'a Schema,
    pub(super) node: Node<'n>,
    pub(super) rest: Unevaluated,
    pub(super) errors: Vec<Violation>,
}

impl<'a> Checker<'a> {
    /// Checks a value by itself; answers what is wrong, without a group around it.
    fn apart(&mut self, schema: Id, node: Node<'_>) -> Result<(), Vec<Violation>> {
        let base = std::mem::replace(&mut self.base, self.scopes.len());
        let path = std::mem::take(&mut self.path);
        let outcome = self.enter(schema, "", 0, node, false).map(drop);
        self.base = base;
        self.path = path;
        outcome.map_err(|mut error| match error.is_group {
            true => std::mem::take(&mut error.causes),
            false => vec![error],
        })
    }

    /// Notes what makes the check impossible; the first such thing counts.
    #[cold]
    fn fail(&mut self, failure: CheckError) {
        self.failure.get_or_insert(failure);
    }

    fn enter(
        &mut self,
        id: Id,
        keyword: &'static str,
        value: u32,
        node: Node<'_>,
        asked: bool,
    ) -> Result<Unevaluated, Violation> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            self.fail(CheckError::TooManySteps);
        }
        if self.scopes.len() >= MAX_DEPTH {
            self.fail(CheckError::TooDeep);
        }
        if self.failure.is_some() {
            return Err(Violation::default());
        }
        let meta = self.meta;
        // What a value is held against does not change with a metaschema; how it is told does.
        let schema = self.graph.get(id);
        let rest = Unevaluated::of(node, schema, asked);
        self.scopes.push(Scope { schema: id, keyword, value });
        let own = if self.scopes.len() > self.base + 1 { self.embedded(id) } else { None };
        if own.is_some() {
            self.meta = own;
        }
        let id = own.unwrap_or(id);
        let frame = Frame { id, schema: self.graph.get(id), node, rest, errors: Vec::new() };
        let outcome = stack::at_depth(self.scopes.len(), || self.check(frame));
        self.scopes.pop();
        self.meta = meta;
        outcome
    }

    /// Returns the metaschema of a part that is written in a draft of its own.
    fn embedded(&self, id: Id) -> Option<Id> {
        if self.meta != Some(id) {
            return None;
        }
        self.embedded.get(&self.place()).copied()
    }

    fn place(&self) -> String {
        let mut place = String::new();
        for step in &self.path {
            place.push('/');
            match step {
                Step::Name(name) => place.push_str(&escape(&name.to_string_lossy())),
                Step::Item(at) => place.push_str(&at.to_string()),
            }
        }
        place
    }

    pub(super) fn violation(&mut self, kind: impl FnOnce() -> Kind) -> Violation {
        self.group(kind, Vec::new())
    }

    pub(super) fn group(
        &mut self,
        kind: impl FnOnce() -> Kind,
        causes: Vec<Violation>,
    ) -> Violation {
        if self.quiet {
            return Violation::default();
        }
        let (place, kind) = (self.place(), kind());
        let is_group = matches!(kind, Kind::Group);
        let text = kind.to_string();
        self.text += place.len() + text.len();
        if self.text > MAX_TEXT {
            self.fail(CheckError::TooLong);
        }
        Violation { place: place.into(), text: text.into(), is_group, causes }
    }

    fn check(&mut self, mut frame: Frame<'a, '_>) -> Result<Unevaluated, Violation> {
        let schema = frame.schema;
        match schema.pass {
            Some(true) => return Ok(frame.rest),
            Some(false) => return Err(self.violation(|| Kind::False)),
            None => {}
        }
        if let Some(cycle) = self.cycle(frame.id) {
            return Err(cycle);
        }
        let node = frame.node;
        let Some(kind) = node.type_of() else {
            return Err(self.violation(|| Kind::InvalidValue { go_type: node.go_type() }));
        };
        self.check_type_and_values(schema, node, kind)?;
        if let Some(format) = schema.format
            && let Err(why) = format.check(node)
        {
            let got = node.text().cloned();
            return Err(self.violation(|| Kind::Format { got, name: format.name(), why }));
        }
        if let Some(target) = schema.reference {
            let outcome = self.refer(&mut frame, target, "$ref");
            if schema.draft < Draft::Year2019 {
                return outcome.map(|()| frame.rest);
            }
            frame.errors.extend(outcome.err());
        }
        match kind {
            Type::Object => {
                if let Some(rules) = &schema.object {
                    self.check_object(rules, &mut frame);
                }
            }
            Type::Array => {
                if let (Some(rules), Some(items)) = (&schema.array, node.items()) {
                    self.check_array(rules, items, &mut frame);
                }
            }
            Type::String => {
                if let (Some(rules), Some(text)) = (&schema.text, node.text()) {
                    self.check_text(rules, text, &mut frame);
                }
            }
            Type::Number => {
                if let Some(rules) = &schema.number {
                    self.check_number(rules, &mut frame);
                }
            }
            _ => {}
        }
        if frame.errors.is_empty() || !self.quiet {
            self.check_rest(&mut frame);
        }
        let mut errors = frame.errors;
        match errors.len() {
            0 => Ok(frame.rest),
            1 => Err(errors.pop().unwrap_or_default()),
            _ => Err(self.group(|| Kind::Group, errors)),
        }
    }

    /// Checks what combines schemas, and then what none of them looked at.
    fn check_rest(&mut self, frame: &mut Frame<'a, '_>) {
        let schema = frame.schema;
        if let Some(later) = &schema.later {
            if let Some(target) = later.recursive {
                let target = if self.graph.get(target).is_recursive_anchor {
                    self.outermost(|resource| resource.is_recursive_anchor.then_some(None))
                        .unwrap_or(target)
                } else {
                    target
                };
                let outcome = self.refer(frame, target, "$recursiveRef");
                frame.errors.extend(outcome.err());
            }
            if let Some((target, anchor)) = &later.dynamic {
                let target = match anchor {
                    Some(anchor) if self.has_dynamic_anchor(*target, anchor) => self
                        .outermost(|resource| {
                            let anchors = &resource.later.as_ref()?.dynamic_anchors;
                            anchors.get(anchor).map(|id| Some(*id))
                        })
                        .unwrap_or(*target),
                    _ => *target,
                };
                let outcome = self.refer(frame, target, "$dynamicRef");
                frame.errors.extend(outcome.err());
            }
        }
        if let Some(combined) = &schema.combined {
            self.check_combined(combined, frame);
        }
        if schema.draft >= Draft::Year2019 {
            self.check_unevaluated(frame);
        }
    }

    fn has_dynamic_anchor(&self, id: Id, anchor: &str) -> bool {
        let later = self.graph.get(id).later.as_ref();
        later.and_then(|later| later.dynamic_anchor.as_deref()) == Some(anchor)
    }

    /// Returns what the outermost scope leads to whose resource a function accepts: the function's schema, or
    /// the scope's own.
    fn outermost(&mut self, accept: impl Fn(&Schema) -> Option<Option<Id>>) -> Option<Id> {
        let graph = self.graph;
        let scopes = self.scopes.get(self.base..).unwrap_or_default();
        let mut looked_at = 0;
        let found = scopes.iter().find_map(|scope| {
            looked_at += 1;
            let resource = graph.get(graph.get(scope.schema).resource);
            accept(resource).map(|id| id.unwrap_or(scope.schema))
        });
        self.steps += looked_at / 16;
        found
    }

    /// Returns the violation of a schema that leads back to itself for the same value.
    fn cycle(&mut self, id: Id) -> Option<Violation> {
        let scopes = self.scopes.get(self.base..).unwrap_or_default();
        let (last, before) = scopes.split_last()?;
        let same = before.iter().rev().take_while(|scope| scope.value == last.value);
        let mut looked_at = 0;
        let found = same.inspect(|_| looked_at += 1).position(|scope| scope.schema == last.schema);
        self.steps += looked_at / 16;
        let outer = scopes.len() - 1 - (found? + 1);
        let places = (self.keywords(scopes.len()), self.keywords(outer + 1));
        let (first, second) = match places {
            (Ok(first), Ok(second)) => (first, second),
            (Err(failure), _) | (_, Err(failure)) => {
                self.fail(failure);
                return Some(Violation::default());
            }
        };
        let url = self.graph.location(id);
        Some(self.violation(|| Kind::ReferenceCycle { first, second, url }))
    }

    /// Returns the keywords on the way from the outermost of the scopes to the last of so many.
    fn keywords(&self, count: usize) -> Result<String, CheckError> {
        if self.quiet {
            return Ok(String::new());
        }
        let scopes = self.scopes.get(self.base..self.base + count).unwrap_or_default();
        let mut out = Vec::new();
        for pair in scopes.windows(2) {
            let [parent, scope] = pair else { continue };
            if !scope.keyword.is_empty() {
                out.push(b'/');
                out.extend_from_slice(escape(scope.keyword).as_bytes());
                continue;
            }
            let (outer, inner) =
                (self.graph.location(parent.schema), self.graph.location(scope.schema));
            match inner.as_bytes().get(outer.len()..) {
                Some(rest) => out.extend_from_slice(rest),
                None => {
                    let (from, length) = (outer.len(), inner.len());
                    return Err(CheckError::SliceBounds { from, length });
                }
            }
        }
        Ok(String::from_utf8_lossy(&out).into_owned())
    }

    /// Checks the same value against another schema.
    pub(super) fn check_self(
        &mut self,
        frame: &mut Frame<'a, '_>,
        id: Id,
        keyword: &'static str,
    ) -> Outcome {
        let value = self.scopes.last().map_or(0, |scope| scope.value);
        let rest = self.enter(id, keyword, value, frame.node, !frame.rest.is_empty())?;
        frame.rest.merge(&rest);
        Ok(())
    }

    /// The same, where it only matters whether something is wrong.
    pub(super) fn passes(&mut self, frame: &mut Frame<'a, '_>, id: Id) -> bool {
        let quiet = std::mem::replace(&mut self.quiet, true);
        let outcome = self.check_self(frame, id, "");
        self.quiet = quiet;
        outcome.is_ok()
    }

    fn check_inner(&mut self, id: Id, node: Node<'_>) -> Outcome {
        let value = self.scopes.last().map_or(0, |scope| scope.value) + 1;
        self.enter(id, "", value, node, false).map(drop)
    }

    /// Takes a step to a value within the present one; how is kept only where it can be asked for.
    fn step(&mut self, step: impl FnOnce() -> Step, id: Id, node: Node<'_>) -> Outcome {
        let is_told = !self.quiet || self.meta.is_some();
        if is_told {
            self.path.push(step());
        }
        let outcome = self.check_inner(id, node);
        if is_told {
            self.path.pop();
        }
        outcome
    }

    pub(super) fn check_item(
        &mut self,
        frame: &mut Frame<'a, '_>,
        id: Id,
        at: usize,
        item: Node<'_>,
    ) {
        let outcome = self.item(id, at, item);
        frame.errors.extend(outcome.err());
    }

    fn item(&mut self, id: Id, at: usize, item: Node<'_>) -> Outcome {
        self.step(|| Step::Item(at), id, item)
    }

    fn refer(&mut self, frame: &mut Frame<'a, '_>, id: Id, keyword: &'static str) -> Outcome {
        let outcome = self.check_self(frame, id, keyword);
        // A reference to what has one fault says nothing itself.
        outcome.map_err(|mut error| match error.is_group {
            true => {
                let causes = std::mem::take(&mut error.causes);
                self.group(|| Kind::Reference, causes)
            }
            false => error,
        })
    }

    fn check_type_and_values(&mut self, schema: &Schema, node: Node<'_>, kind: Type) -> Outcome {
        let types = schema.types;
        let is_integer = || node.number().is_some_and(|number| number.is_integer());
        let fits = types.is_empty()
            || types.contains(kind)
            || (kind == Type::Number && types.contains(Type::Integer) && is_integer());
        if !fits {
            return Err(self.violation(|| Kind::Type { got: kind.name(), want: types }));
        }
        let Some(values) = &schema.values else { return Ok(()) };
        let Values { constant, enumeration } = &**values;
        if let Some(constant) = constant
            && !node.equals(Node::Json(constant), self.release, 0)
        {
            return Err(self.violation(|| Kind::Const(constant.clone())));
        }
        if let Some(Enumeration { values, types, numbers }) = enumeration {
            let number = if kind == Type::Number { node.number() } else { None };
            let matches = types.contains(kind)
                && match &number {
                    Some(number) if self.release >= Release::V6_0_3 => numbers.contains(number),
                    _ => {
                        let equals = |value| node.equals(Node::Json(value), self.release, 0);
                        values.iter().any(equals)
                    }
                };
            if !matches {
                return Err(self.violation(|| Kind::Enum(values.clone())));
            }
        }
        Ok(())
    }

    fn check_object(&mut self, rules: &'a ObjectRules, frame: &mut Frame<'a, '_>) {
        let node = frame.node;
        node.with_members(|members| self.check_members(rules, members, frame));
    }

    fn check_members(
        &mut self,
        rules: &'a ObjectRules,
        members: Members<'_>,
        frame: &mut Frame<'a, '_>,
    ) {
        self.check_count("minProperties", members.len(), rules.min, None, frame);
        self.check_count("maxProperties", members.len(), None, rules.max, frame);
        let missing = missing(members, &rules.required);
        if !missing.is_empty() {
            let error = self.violation(|| Kind::Required(missing));
            frame.errors.push(error);
        }
        if self.quiet && !frame.errors.is_empty() {
            return;
        }
        for (name, dependency) in &rules.dependencies {
            if members.get(name).is_none() {
                continue;
            }
            match dependency {
                Dependency::Members(wanted) => self.check_dependency(name, wanted, members, frame),
                Dependency::Schema(id) => {
                    let outcome = self.check_self(frame, *id, "");
                    frame.errors.extend(outcome.err());
                }
            }
        }
        let looks = !rules.properties.is_empty()
            || !rules.patterns.is_empty()
            || rules.additional.is_some();
        if looks {
            self.check_each_member(rules, members, frame);
        }
        if let Some(names) = rules.names {
            for (name, _) in members.sorted() {
                self.check_name(names, name, frame);
            }
        }
        for (name, id) in &rules.dependent_schemas {
            if members.get(name).is_some() {
                let outcome = self.check_self(frame, *id, "");
                frame.errors.extend(outcome.err());
            }
        }
        for (name, wanted) in &rules.dependent_required {
            if members.get(name).is_some() {
                self.check_dependency(name, wanted, members, frame);
            }
        }
    }

    fn check_dependency(
        &mut self,
        name: &Str,
        wanted: &[Str],
        members: Members<'_>,
        frame: &mut Frame<'a, '_>,
    ) {
        let missing = missing(members, wanted);
        if !missing.is_empty() {
            let error = self.violation(|| Kind::Dependency { name: name.clone(), missing });
            frame.errors.push(error);
        }
    }

    /// Checks `properties`, `patternProperties` and `additionalProperties`.
    fn check_each_member(
        &mut self,
        rules: &'a ObjectRules,
        members: Members<'_>,
        frame: &mut Frame<'a, '_>,
    ) {
        let mut refused = Vec::new();
        let mut properties = rules.properties.iter().peekable();
        for (name, value) in members.sorted() {
            if self.quiet && !frame.errors.is_empty() {
                return;
            }
            let mut is_evaluated = false;
            while properties.next_if(|(known, _)| known < name).is_some() {}
            if let Some((_, id)) = properties.next_if(|(known, _)| known == name) {
                is_evaluated = true;
                self.check_member(frame, *id, name, value);
            }
            for (pattern, id) in &rules.patterns {
                if self.is_match(pattern, name) {
                    is_evaluated = true;
                    self.check_member(frame, *id, name, value);
                }
            }
            if !is_evaluated && let Some(additional) = rules.additional {
                is_evaluated = true;
                match additional {
                    Additional::Allowed(true) => {}
                    Additional::Allowed(false) => refused.push(name.clone()),
                    Additional::Schema(id) => self.check_member(frame, id, name, value),
                }
            }
            if is_evaluated && let Some(members) = &mut frame.rest.members {
                members.remove(name);
            }
        }
        if !refused.is_empty() {
            let error = self.violation(|| Kind::AdditionalProperties(refused));
            frame.errors.push(error);
        }
    }

    pub(super) fn check_member(
        &mut self,
        frame: &mut Frame<'a, '_>,
        id: Id,
        name: &Str,
        value: Node<'_>,
    ) {
        let outcome = self.step(|| Step::Name(name.clone()), id, value);
        frame.errors.extend(outcome.err());
    }

    fn check_count(
        &mut self,
        keyword: &'static str,
        count: usize,
        min: Option<i64>,
        max: Option<i64>,
        frame: &mut Frame<'a, '_>,
    ) {
        let count = count as i64;
        if let Some(bound) = min.filter(|min| count < *min).or(max.filter(|max| count > *max)) {
            let error = self.violation(|| Kind::Count(keyword, count, bound));
            frame.errors.push(error);
        }
    }

    fn check_name(&mut self, names: Id, name: &Str, frame: &mut Frame<'a, '_>) {
        if let Err(causes) = self.apart(names, Node::Name(name)) {
            // 6.0.2 does not say of which object.
            let path = match self.release {
                Release::V6_0_2 => std::mem::take(&mut self.path),
                Release::V6_0_3 => Vec::new(),
            };
            let error = self.group(|| Kind::PropertyName(name.clone()), causes);
            if self.release == Release::V6_0_2 {
                self.path = path;
            }
            frame.errors.push(error);
        }
    }

    fn is_match(&mut self, pattern: &Rc<Checked>, text: &Str) -> bool {
        pattern.is_match(text).unwrap_or_else(|| {
            self.fail(CheckError::PatternTooLarge { pattern: pattern.as_str().into() });
            false
        })
    }

    fn check_array(&mut self, rules: &ArrayRules, items: Items<'_>, frame: &mut Frame<'a, '_>) {
        let draft = frame.schema.draft;
        let length = items.len();
        self.check_count("minItems", length, rules.min, None, frame);
        self.check_count("maxItems", length, None, rules.max, frame);
        if rules.unique
            && let Some(places) = duplicates(items, self.release)
        {
            let error = self.violation(|| Kind::Duplicates(places));
            frame.errors.push(error);
        }
        for (id, (at, item)) in rules.positional.iter().zip(items.from(0)) {
            self.check_item(frame, *id, at, item);
        }
        let looked_at = rules.positional.len().min(length);
        match rules.additional {
            Some(Additional::Allowed(false)) if looked_at < length => {
                let error = self.violation(|| Kind::AdditionalItems(length - looked_at));
                frame.errors.push(error);
            }
            Some(Additional::Schema(id)) => {
                // 6.0.2 counts from the first that the tuple does not have.
                let first = if self.release < Release::V6_0_3 { looked_at } else { 0 };
                for (at, item) in items.from(looked_at) {
                    self.check_item(frame, id, at - first, item);
                }
            }
            _ => {}
        }
        let Some(contains) = rules.contains else { return };
        let (mut errors, mut matched) = (Vec::new(), Vec::new());
        for (at, item) in items.from(0) {
            match self.item(contains, at, item) {
                Ok(()) => {
                    matched.push(at);
                    if draft >= Draft::Year2020
                        && let Some(items) = &mut frame.rest.items
                    {
                        items.remove(&at);
                    }
                }
                Err(error) if self.quiet => drop(error),
                Err(error) => errors.push(error),
            }
        }
        let count = matched.len() as i64;
        match rules.min_contains {
            Some(want) if count < want => {
                let got = matched.clone();
                let error = self.group(|| Kind::MinContains { got, want }, errors);
                frame.errors.push(error);
            }
            None if matched.is_empty() => {
                let error = self.group(|| Kind::Contains, errors);
                frame.errors.push(error);
            }
            _ => {}
        }
        if let Some(want) = rules.max_contains.filter(|max| count > *max) {
            let error = self.violation(|| Kind::MaxContains { got: matched, want });
            frame.errors.push(error);
        }
    }

    fn check_text(&mut self, rules: &TextRules, text: &Str, frame: &mut Frame<'a, '_>) {
        if rules.min.is_some() || rules.max.is_some() {
            let length = text.to_string_lossy().chars().count();
            self.check_count("minLength", length, rules.min, None, frame);
            self.check_count("maxLength", length, None, rules.max, frame);
        }
        if let Some(pattern) = &rules.pattern
            && !self.is_match(pattern, text)
        {
            let want = pattern.as_str().into();
            let error = self.violation(|| Kind::Pattern { got: text.clone(), want });
            frame.errors.push(error);
        }
    }

    fn check_number(&mut self, rules: &NumberRules, frame: &mut Frame<'a, '_>) {
        let Some(number) = frame.node.number() else { return };
        let is_multiple = |divisor: &Decimal| !divisor.is_zero() && number.is_multiple_of(divisor);
        if rules.multiple_of.as_ref().is_some_and(Decimal::is_zero) {
            self.fail(CheckError::DivisionByZero);
        }
        let broken = [
            ("minimum", rules.minimum.as_ref().filter(|bound| number < **bound)),
            ("maximum", rules.maximum.as_ref().filter(|bound| number > **bound)),
            ("exclusiveMinimum", rules.exclusive_minimum.as_ref().filter(|b| number <= **b)),
            ("exclusiveMaximum", rules.exclusive_maximum.as_ref().filter(|b| number >= **b)),
            ("multipleOf", rules.multiple_of.as_ref().filter(|divisor| !is_multiple(divisor))),
        ];
        for (keyword, bound) in broken {
            if let Some(bound) = bound {
                let error = self.violation(|| Kind::Number(keyword, number.clone(), bound.clone()));
                frame.errors.push(error);
            }
        }
    }
}

/// Returns those of the names that are not among the members.
fn missing(members: Members<'_>, wanted: &[Str]) -> Vec<Str> {
    wanted.iter().filter(|name| members.get(name).is_none()).cloned().collect()
}
