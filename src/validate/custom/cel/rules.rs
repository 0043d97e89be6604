//! Reads the rules of schemas, each once for all objects and versions.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use bstr::ByteSlice;
use foldhash::fast::RandomState;
use gocel::{Budget, Error, Program};
use gostd::value::{Map, Str, Value};

use super::field_path;
use crate::kubernetes::Step;
use crate::validate::custom::keywords::{is_true, text};

/// An expression that was read.
#[derive(Debug)]
pub(super) struct Expression {
    pub(super) program: Result<Program, Error>,
    /// Whether it compares an object with the one before.
    pub(super) names_old: bool,
}

/// A rule of `x-kubernetes-validations`.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) source: Str,
    pub(super) expression: Rc<Expression>,
    /// Whether it is run without an object before.
    pub(super) is_old_optional: bool,
    pub(super) message: Str,
    /// `messageExpression`, if it is one.
    pub(super) made: Option<Rc<Expression>>,
    pub(super) reason: Str,
    /// `fieldPath`
    pub(super) path: Vec<Step>,
}

impl Rule {
    /// Returns what a server shows of it.
    pub(super) fn shown(&self) -> Cow<'_, str> {
        let shown = if self.message.is_empty() { &self.source } else { &self.message };
        shown.trim_ascii().to_str_lossy()
    }

    /// Tells whether it is run on an object that is made.
    pub(super) fn is_run(&self) -> bool {
        self.is_old_optional || !self.expression.names_old
    }
}

/// What comes of a rule.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// It is broken.
    Broken { path: Vec<Step>, words: String },
    /// It cannot be run, whatever the object: that is said once.
    NotRun { path: Vec<Step>, source: Str, why: String },
    /// It is not run to its end, and no further ones of the object.
    Over { path: Vec<Step>, words: String },
}

/// What an object's rules say.
pub(super) type Outcomes = Rc<[Outcome]>;

/// The rules that were read.
#[derive(Default)]
pub(in crate::validate) struct Rules {
    expressions: HashMap<Str, Rc<Expression>, RandomState>,
    /// Those of a schema by its address, with the schema, so that no other one has it.
    schemas: HashMap<usize, (Map, Rc<[Rule]>), RandomState>,
    /// Those of which it was said that they were not run.
    pub(super) told: HashSet<Str>,
    /// What was found in an object, by its number: rules say the same in all versions.
    pub(super) outcomes: HashMap<usize, Outcomes, RandomState>,
}

impl Rules {
    /// Forgets what was said.
    pub(in crate::validate) fn begin(&mut self) {
        self.told.clear();
    }

    /// Returns the rules of a schema.
    ///
    /// # Errors
    /// Too many steps.
    pub(super) fn of(&mut self, schema: &Map, budget: &mut Budget) -> Result<Rc<[Rule]>, Error> {
        if let Some((_, rules)) = self.schemas.get(&schema.address()) {
            return Ok(Rc::clone(rules));
        }
        let own = match schema.get(b"x-kubernetes-validations") {
            Some(Value::List(own)) => own.iter().filter_map(Value::as_map).collect(),
            _ => Vec::new(),
        };
        let rules = own.iter().map(|own| self.rule(own, budget));
        let rules: Result<Vec<Option<Rule>>, Error> = rules.collect();
        let rules: Rc<[Rule]> = rules?.into_iter().flatten().collect();
        self.schemas.insert(schema.address(), (schema.clone(), Rc::clone(&rules)));
        Ok(rules)
    }

    fn rule(&mut self, rule: &Map, budget: &mut Budget) -> Result<Option<Rule>, Error> {
        let (source, made) = (text(rule, "rule"), text(rule, "messageExpression"));
        if source.trim_ascii().is_empty() {
            return Ok(None);
        }
        Ok(Some(Rule {
            expression: self.expression(&source, budget)?,
            source,
            is_old_optional: is_true(rule, "optionalOldSelf"),
            message: text(rule, "message"),
            made: match made.is_empty() {
                true => None,
                false => Some(self.expression(&made, budget)?),
            },
            reason: text(rule, "reason"),
            path: field_path(&text(rule, "fieldPath")),
        }))
    }

    fn expression(&mut self, source: &Str, budget: &mut Budget) -> Result<Rc<Expression>, Error> {
        // Reading takes time, and each letter may become a part of what is kept.
        budget.take(source.len() as u64)?;
        let read = || {
            let program = Program::parse(&source.to_str_lossy());
            let names_old = program.as_ref().is_ok_and(|program| program.names("oldSelf"));
            Rc::new(Expression { program, names_old })
        };
        Ok(Rc::clone(self.expressions.entry(source.clone()).or_insert_with(read)))
    }
}
