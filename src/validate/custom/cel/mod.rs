//! Runs the rules in CEL of a definition (`x-kubernetes-validations`) on a custom resource that is to be created, as
//! `k8s.io/apiextensions-apiserver`, `pkg/apiserver/schema/cel`, does.

mod data;
mod library;
mod network;
mod semver;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use bstr::ByteSlice;
use gocel::{Budget, Error, Program, Reason, Val};
use gostd::value::{Map, Str, Value};

use super::super::Findings;
use super::super::node::Node;
use super::keywords::{is_true, map, text};
use super::values::shown;
use super::{CEL, NOT_RUN};
use crate::kubernetes::Step;
pub(in crate::validate) use data::escaped;
use library::Library;

/// How many steps the rules of one object may take, about as many as a server allows.
const MOST_STEPS: u64 = 10_000_000;
/// How long a text that a rule makes may be, in bytes, as in a server.
const MOST_MESSAGE: usize = 5 * 1024;

/// The rules that were read.
#[derive(Default)]
pub(in crate::validate) struct Rules {
    programs: HashMap<Str, Rc<Result<Program, Error>>>,
    /// Those of which it was said that they were not run.
    told: HashSet<Str>,
}

impl Rules {
    /// Forgets what was said.
    pub(in crate::validate) fn begin(&mut self) {
        self.told.clear();
    }

    fn program(&mut self, source: &Str) -> Rc<Result<Program, Error>> {
        let read = || Rc::new(Program::parse(&source.to_str_lossy()));
        Rc::clone(self.programs.entry(source.clone()).or_insert_with(read))
    }
}

/// Runs the rules of a schema and of those within it.
pub(super) fn check(schema: &Map, root: &Node<'_>, found: &mut Findings) {
    let mut running = Running { found, budget: Budget::new(MOST_STEPS), depth: 0, is_over: false };
    running.walk(schema, schema, root, true);
}

struct Running<'f> {
    found: &'f mut Findings,
    budget: Budget,
    depth: usize,
    /// Whether there are no steps left.
    is_over: bool,
}

impl Running<'_> {
    /// Runs the rules of `rules`, which is the schema of the value or stands in its `allOf`.
    fn walk(&mut self, rules: &Map, schema: &Map, node: &Node<'_>, is_resource: bool) {
        if self.is_over || !node.is_set() {
            return;
        }
        if let Err(error) = self.budget.take(1) {
            self.is_over = true;
            let words = format!("the rules in CEL from here on are not run: {error}");
            self.found.add_at(&NOT_RUN, node.path(), words, None);
            return;
        }
        self.depth += 1;
        gostd::stack::at_depth(self.depth, || self.levels(rules, schema, node, is_resource));
        self.depth -= 1;
    }

    fn levels(&mut self, rules: &Map, schema: &Map, node: &Node<'_>, is_resource: bool) {
        if let Some(Value::List(own)) = rules.get(b"x-kubernetes-validations") {
            let own: Vec<Map> = own.iter().filter_map(Value::as_map).collect();
            if !own.is_empty() {
                let value =
                    data::of(&node.value, schema, is_resource, &mut self.budget, self.depth);
                for rule in own {
                    self.rule(&rule, schema, node, &value);
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

    fn rule(&mut self, rule: &Map, schema: &Map, node: &Node<'_>, value: &Val) {
        let source = text(rule, "rule");
        if source.trim_ascii().is_empty() {
            return;
        }
        let program = self.found.rules.program(&source);
        let program = match &*program {
            Ok(program) => program,
            Err(error) => return self.not_run(&source, node, error),
        };
        let mut variables = vec![("self", value.clone())];
        match is_true(rule, "optionalOldSelf") {
            true => variables.push(("oldSelf", Val::Optional(None))),
            // What compares an object with the one before is not run on one that is made.
            false if program.names("oldSelf") => return,
            false => {}
        }
        let message = text(rule, "message");
        let kind = text(schema, "type");
        match program.run(&variables, &Library, &mut self.budget) {
            Ok(Val::Bool(true)) => {}
            Ok(Val::Bool(false)) => {
                let made = self.made(rule, &variables, node);
                let words = made.unwrap_or_else(|| match message.trim_ascii() {
                    b"" => format!("failed rule: {}", source.trim_ascii().to_str_lossy()),
                    message => message.to_str_lossy().into_owned(),
                });
                let is_shown = !matches!(&*kind, b"object" | b"array");
                let shown =
                    if is_shown { format!(": {}", shown(&node.value)) } else { String::new() };
                let words = match &*text(rule, "reason") {
                    b"FieldValueForbidden" => format!("Forbidden: {words}"),
                    b"FieldValueRequired" => format!("Required value: {words}"),
                    b"FieldValueDuplicate" => format!("Duplicate value{shown}"),
                    _ => format!("Invalid value{shown}: {words}"),
                };
                let mut path = node.path();
                path.extend(field_path(&text(rule, "fieldPath")));
                self.found.add_at(&CEL, path, words, None);
            }
            Ok(_) => {
                let words = "it is neither true nor false".to_owned();
                self.not_run(&source, node, &Error { reason: Reason::Overload, words });
            }
            // A bound of this program is none of the server's.
            Err(error) if error.words.starts_with(data::BOUND) => {
                self.not_run(&source, node, &error)
            }
            Err(error) if error.reason == Reason::Value => {
                let rule = if message.is_empty() { &source } else { &message };
                let rule = rule.trim_ascii().to_str_lossy();
                let shown = gostd::strconv::quoted(&kind);
                let words = format!("Invalid value: {shown}: {error} evaluating rule: {rule}");
                self.found.add_at(&CEL, node.path(), words, None);
            }
            Err(error) => self.not_run(&source, node, &error),
        }
    }

    /// Returns what `messageExpression` makes.
    fn made(&mut self, rule: &Map, variables: &[(&str, Val)], node: &Node<'_>) -> Option<String> {
        let source = text(rule, "messageExpression");
        if source.is_empty() {
            return None;
        }
        let program = self.found.rules.program(&source);
        let program = (*program).as_ref().ok()?;
        match program.run(variables, &Library, &mut self.budget) {
            Ok(Val::Str(text)) => {
                let text = text.trim();
                let is_right =
                    !text.is_empty() && text.len() <= MOST_MESSAGE && !text.contains('\n');
                is_right.then(|| text.to_owned())
            }
            Err(error) if error.reason == Reason::Budget => {
                self.not_run(&source, node, &error);
                None
            }
            _ => None,
        }
    }

    /// Says once of a rule that it was not run.
    fn not_run(&mut self, source: &Str, node: &Node<'_>, error: &Error) {
        self.is_over |= error.reason == Reason::Budget;
        // An object that is not to be told of it leaves it to be said of another.
        let is_told = self.found.minds(self.found.object, &NOT_RUN);
        if is_told && self.found.rules.told.insert(source.clone()) {
            let rule = source.trim_ascii().to_str_lossy();
            let words = format!("the rule in CEL is not run: {error}: {rule}");
            self.found.add_at(&NOT_RUN, node.path(), words, None);
        }
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
