//! Runs the rules in CEL of a definition (`x-kubernetes-validations`) on a custom resource that is to be created, as
//! `k8s.io/apiextensions-apiserver`, `pkg/apiserver/schema/cel`, does.

mod data;
mod library;
mod network;
mod rules;
mod semver;

use bstr::ByteSlice;
use gocel::{Budget, Error, Program, Reason, Val};
use gostd::value::{Map, Value};

use super::super::bounds::Bounds;
use super::super::node::Node;
use super::super::{Findings, MOST_TOLD};
use super::keywords::{is_true, map, text};
use super::values::{begun, shown};
use super::{CEL, NOT_RUN};
use crate::kubernetes::Step;
pub(in crate::validate) use data::escaped;
use library::Library;
pub(in crate::validate) use rules::Rules;
use rules::{Expression, Outcome, Outcomes, Rule};

/// How many steps the rules of one object may take.
const MOST_STEPS: u64 = 10_000_000;
/// What a rule may cost in a server (`k8s.io/apiserver`, `pkg/apis/cel`: `PerCallLimit`), and all rules of an object
/// (`RuntimeCELCostBudget`).
const MOST_COST_OF_RULE: u64 = 1_000_000;
const MOST_COST: u64 = 10_000_000;
/// How long a text that a rule makes may be, in bytes, as in a server.
const MOST_MESSAGE: usize = 5 * 1024;
/// Steps that it counts to run a rule, beside its own.
const RUN_STEPS: u64 = 8;
/// How many steps there are about to a step of the clock.
const STEPS_A_LOOK: u64 = 16;

/// Runs the rules of a schema and of those within it.
pub(super) fn check(schema: &Map, root: &Node<'_>, found: &mut Findings) {
    let known = found.rules.outcomes.get(&found.object).cloned();
    let outcomes = known.unwrap_or_else(|| {
        let outcomes = outcomes(schema, root, &mut found.rules, &mut found.bounds);
        found.rules.outcomes.insert(found.object, outcomes.clone());
        outcomes
    });
    for outcome in &*outcomes {
        match outcome {
            Outcome::Broken { path, words } => {
                found.add_at(&CEL, path.clone(), words.clone(), None)
            }
            Outcome::Over { path, words } => {
                found.add_at(&NOT_RUN, path.clone(), words.clone(), None)
            }
            Outcome::NotRun { path, source, why } => {
                // An object that is not to be told of it leaves it to be said of another.
                let is_told = found.minds(found.object, &NOT_RUN);
                if is_told && found.rules.told.insert(source.clone()) {
                    let rule = source.trim_ascii().to_str_lossy();
                    let words = format!("the rule in CEL is not run: {why}: {rule}");
                    found.add_at(&NOT_RUN, path.clone(), words, None);
                }
            }
        }
    }
}

fn outcomes(schema: &Map, root: &Node<'_>, rules: &mut Rules, bounds: &mut Bounds) -> Outcomes {
    bounds.begin_rules();
    let allowed = bounds.rules.min(MOST_STEPS);
    let mut running = Running {
        rules,
        bounds,
        budget: Budget::new(allowed),
        allowed,
        depth: 0,
        is_over: false,
        outcomes: Vec::new(),
        room: MOST_TOLD,
    };
    running.walk(schema, schema, root, true);
    let Running { outcomes, budget, .. } = running;
    bounds.rules = bounds.rules.saturating_sub(allowed - budget.left());
    outcomes.into()
}

struct Running<'r> {
    rules: &'r mut Rules,
    bounds: &'r mut Bounds,
    budget: Budget,
    /// How many steps there were.
    allowed: u64,
    depth: usize,
    /// Whether no further rules are run.
    is_over: bool,
    outcomes: Vec<Outcome>,
    /// How much can still be told, as the findings count it.
    room: usize,
}

impl Running<'_> {
    /// Runs the rules of `rules`, which is the schema of the value or stands in its `allOf`.
    fn walk(&mut self, rules: &Map, schema: &Map, node: &Node<'_>, is_resource: bool) {
        if self.is_over || !node.is_set() {
            return;
        }
        if self.budget.take(1).is_err() {
            return self.over(node, None);
        }
        self.depth += 1;
        gostd::stack::at_depth(self.depth, || self.levels(rules, schema, node, is_resource));
        self.depth -= 1;
    }

    fn levels(&mut self, rules: &Map, schema: &Map, node: &Node<'_>, is_resource: bool) {
        if rules.contains_key(b"x-kubernetes-validations") {
            let own = match self.rules.of(rules, &mut self.budget) {
                Ok(own) => own,
                Err(_) => return self.over(node, None),
            };
            if own.iter().any(Rule::is_run) {
                let value =
                    data::of(&node.value, schema, is_resource, &mut self.budget, self.depth);
                for rule in own.iter().filter(|rule| rule.is_run()) {
                    let before = self.budget.left();
                    self.rule(rule, schema, node, &value);
                    let steps = (before - self.budget.left()) / STEPS_A_LOOK;
                    self.is_over |= !self.bounds.has_time_for(1 + steps);
                    if self.is_over {
                        return;
                    }
                }
            }
        }
        if let Some(Value::List(all)) = rules.get(b"allOf") {
            for one in all.iter().filter_map(Value::as_map) {
                self.walk(&one, schema, node, is_resource);
            }
        }
        match &node.value {
            Value::List(_) => {
                if let (Some(rules), Some(schema)) = (map(rules, "items"), map(schema, "items")) {
                    let is_resource = is_true(&schema, "x-kubernetes-embedded-resource");
                    for item in node.items() {
                        self.walk(&rules, &schema, &item, is_resource);
                    }
                }
            }
            Value::Map(_) => {
                let pair = |keyword: &str| (map(rules, keyword), map(schema, keyword));
                let (properties, additional) = (pair("properties"), pair("additionalProperties"));
                for (key, member) in node.members() {
                    let below = match (&properties, &additional) {
                        ((Some(rules), Some(schema)), _) => (
                            rules.get(&key).as_ref().and_then(Value::as_map),
                            schema.get(&key).as_ref().and_then(Value::as_map),
                        ),
                        (_, below) => below.clone(),
                    };
                    if let (Some(rules), Some(schema)) = below {
                        let is_resource = is_true(&schema, "x-kubernetes-embedded-resource");
                        self.walk(&rules, &schema, &member, is_resource);
                    }
                }
            }
            _ => {}
        }
    }

    fn rule(&mut self, rule: &Rule, schema: &Map, node: &Node<'_>, value: &Val) {
        let Rule { source, message, .. } = rule;
        let program = match &rule.expression.program {
            Ok(program) => program,
            Err(error) => return self.not_run(rule, node, error),
        };
        let mut variables = vec![("self", value.clone())];
        if rule.is_old_optional {
            variables.push(("oldSelf", Val::Optional(None)));
        }
        let kind = text(schema, "type");
        let before = self.budget.cost();
        let made = self.run(program, &variables);
        if let Some(why) = self.too_costly(before, rule) {
            self.is_over = true;
            let words = format!("Invalid value: {}: {why}", gostd::strconv::quoted(&kind));
            return self.add(Outcome::Broken { path: node.path(), words });
        }
        match made {
            Ok(Val::Bool(true)) => {}
            Ok(Val::Bool(false)) => {
                let made = rule.made.as_ref().and_then(|made| self.made(made, &variables));
                let words = made.unwrap_or_else(|| match message.trim_ascii() {
                    b"" => format!("failed rule: {}", source.trim_ascii().to_str_lossy()),
                    message => message.to_str_lossy().into_owned(),
                });
                let is_shown = !matches!(&*kind, b"object" | b"array");
                let shown =
                    if is_shown { format!(": {}", shown(&node.value)) } else { String::new() };
                let words = match &*rule.reason {
                    b"FieldValueForbidden" => format!("Forbidden: {words}"),
                    b"FieldValueRequired" => format!("Required value: {words}"),
                    b"FieldValueDuplicate" => format!("Duplicate value{shown}"),
                    _ => format!("Invalid value{shown}: {words}"),
                };
                let mut path = node.path();
                path.extend(rule.path.iter().cloned());
                self.add(Outcome::Broken { path, words });
                if self.budget.left() == 0 {
                    self.over(node, Some(rule));
                }
            }
            Ok(_) => {
                let words = "it is neither true nor false".to_owned();
                self.not_run(rule, node, &Error { reason: Reason::Overload, words });
            }
            // A bound of this program is none of the server's.
            Err(error) if error.words.starts_with(data::BOUND) => match self.budget.left() {
                0 => self.over(node, Some(rule)),
                _ => self.not_run(rule, node, &error),
            },
            Err(error) if error.reason == Reason::Value => {
                let rule = rule.shown();
                let shown = gostd::strconv::quoted(&kind);
                let words = format!("Invalid value: {shown}: {error} evaluating rule: {rule}");
                self.add(Outcome::Broken { path: node.path(), words });
            }
            Err(error) if error.reason == Reason::Budget => self.over(node, Some(rule)),
            Err(error) => self.not_run(rule, node, &error),
        }
    }

    /// Returns what a server says of a rule that costs too much; `before` is what those before it cost.
    fn too_costly(&self, before: u64, rule: &Rule) -> Option<String> {
        let cost = self.budget.cost();
        if cost - before > MOST_COST_OF_RULE {
            let rule = rule.shown();
            return Some(format!(
                "'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: {rule}"
            ));
        }
        (cost > MOST_COST).then(|| {
            "validation failed due to running out of cost budget, no further validation rules will be run".to_owned()
        })
    }

    fn run(&mut self, program: &Program, variables: &[(&str, Val)]) -> Result<Val, Error> {
        self.budget.take(RUN_STEPS)?;
        self.budget.limit_cost(MOST_COST_OF_RULE);
        program.run(variables, &Library, &mut self.budget)
    }

    /// Returns what `messageExpression` makes.
    fn made(&mut self, made: &Expression, variables: &[(&str, Val)]) -> Option<String> {
        let program = made.program.as_ref().ok()?;
        let Ok(Val::Str(text)) = self.run(program, variables) else { return None };
        let text = text.trim();
        let is_right = !text.is_empty() && text.len() <= MOST_MESSAGE && !text.contains('\n');
        is_right.then(|| text.to_owned())
    }

    fn add(&mut self, outcome: Outcome) {
        let (path, words) = match &outcome {
            Outcome::Broken { path, words } | Outcome::Over { path, words } => (path, words),
            Outcome::NotRun { path, why, .. } => (path, why),
        };
        let size = 1 + path.len() + words.len() / 16;
        self.outcomes.push(outcome);
        match self.room.checked_sub(size) {
            Some(room) => self.room = room,
            // The rest would not be told.
            None => self.is_over = true,
        }
    }

    /// Says that a rule cannot be run.
    fn not_run(&mut self, rule: &Rule, node: &Node<'_>, error: &Error) {
        let (path, source, why) = (node.path(), rule.source.clone(), error.words.clone());
        self.add(Outcome::NotRun { path, source, why });
    }

    /// Says that there are no steps left, at which rule if that is known.
    fn over(&mut self, node: &Node<'_>, rule: Option<&Rule>) {
        self.is_over = true;
        let why = match self.allowed == MOST_STEPS {
            true => format!("those of an object take more than {MOST_STEPS} steps"),
            false => "those of all objects together take too many steps".to_owned(),
        };
        let words = format!("no further rules in CEL are run: {why}");
        let words = match rule {
            None => words,
            Some(rule) => {
                let rule = begun(&rule.source.trim_ascii().to_str_lossy());
                format!("{words}, at the rule {rule}")
            }
        };
        self.add(Outcome::Over { path: node.path(), words });
    }
}

/// Reads the path of `fieldPath`: `.spec.a`, `['a.b']`; an empty one of what cannot be read.
fn field_path(text: &[u8]) -> Vec<Step> {
    let (mut path, mut rest) = (Vec::new(), text);
    while let Some((first, after)) = rest.split_first() {
        let end = match first {
            b'.' => after.find_byteset(b".[").unwrap_or(after.len()),
            b'[' if after.first() == Some(&b'\'') => match after.find("']") {
                Some(end) => end + 2,
                None => return Vec::new(),
            },
            _ => return Vec::new(),
        };
        let (name, next) = after.split_at(end);
        let name = match first {
            b'.' => name,
            _ => name.get(1..end - 2).unwrap_or_default(),
        };
        path.push(Step::Key(name.replace(b"\\'", b"'").as_slice().into()));
        rest = next;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_fields_are_read() {
        let read = |text: &str| super::super::super::path_text(&field_path(text.as_bytes()));
        assert_eq!(read(".spec.a"), "spec.a");
        assert_eq!(read(".spec['a.b'].c"), r#"spec["a.b"].c"#);
        for odd in ["", "spec", "[0]", "['a", ".a['"] {
            assert_eq!(read(odd), "", "{odd}");
        }
    }
}
