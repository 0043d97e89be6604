//! Evaluates a tree.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::parse::{Fold, FoldKind, Id, Node, Space, Tree};
use crate::value::{Key, Val};
use crate::{Budget, Error, calls, lists, operators};

/// Functions that an expression can call beside those of the language.
pub trait Library {
    /// Calls a function, or a method, whose target is then the first argument; nothing where there is none of this name.
    fn call(
        &self,
        name: &str,
        is_method: bool,
        args: &[Val],
        budget: &mut Budget,
    ) -> Option<Result<Val, Error>>;
}

/// No functions.
impl Library for () {
    fn call(&self, _: &str, _: bool, _: &[Val], _: &mut Budget) -> Option<Result<Val, Error>> {
        None
    }
}

/// Steps that a list counts that is made, and a map, beside its items: as many as cel-go counts.
const LIST_STEPS: u64 = 10;
const MAP_STEPS: u64 = 30;

pub(crate) fn run(
    tree: &Tree,
    variables: &[(&str, Val)],
    library: &dyn Library,
    budget: &mut Budget,
) -> Result<Val, Error> {
    let variables = variables.iter().map(|(name, value)| ((*name).into(), value.clone())).collect();
    Evaluation { tree, variables, library, budget }.eval(tree.root)
}

struct Evaluation<'e> {
    tree: &'e Tree,
    /// The innermost last.
    variables: Vec<(Rc<str>, Val)>,
    library: &'e dyn Library,
    budget: &'e mut Budget,
}

/// Returns the value of a type's name.
fn type_of_name(name: &str) -> Option<Val> {
    let known = [
        "null_type",
        "bool",
        "int",
        "uint",
        "double",
        "string",
        "bytes",
        "list",
        "map",
        "type",
        "optional_type",
        "google.protobuf.Duration",
        "google.protobuf.Timestamp",
    ];
    known.contains(&name).then(|| Val::Type(name.into()))
}

impl Evaluation<'_> {
    fn eval(&mut self, id: Id) -> Result<Val, Error> {
        self.budget.part()?;
        self.budget.depth += 1;
        let made = gostd::stack::at_depth(self.budget.depth, || self.node(id));
        self.budget.depth -= 1;
        match made? {
            Val::Fault(why) => {
                self.budget.text(why.len())?;
                Err(Error::data(&why))
            }
            value => Ok(value),
        }
    }

    fn truth(&mut self, id: Id) -> Result<bool, Error> {
        match self.eval(id)? {
            Val::Bool(b) => Ok(b),
            _ => Err(Error::overload()),
        }
    }

    fn node(&mut self, id: Id) -> Result<Val, Error> {
        let tree = self.tree;
        let Some(node) = tree.node(id) else { return Err(Error::unknown("no expression")) };
        match node {
            Node::Literal(value) => Ok(value.clone()),
            Node::Ident(name) => {
                // All of them may be looked at.
                self.budget.take(self.variables.len() as u64 / 16)?;
                if let Some(value) = self.variable(name) {
                    self.budget.cost += 1;
                    return Ok(value);
                }
                type_of_name(name).ok_or_else(|| self.undeclared(name))
            }
            Node::Select { of, field, is_test, is_optional } => {
                if let Some(value) = self.named_type(id) {
                    return Ok(value);
                }
                let of = self.eval(*of)?;
                let key = Val::Str(field.clone());
                self.budget.text(field.len())?;
                self.budget.cost += u64::from(!is_test);
                match (*is_test, *is_optional) {
                    (true, _) => Ok(Val::Bool(found(&of, &key)?.is_some())),
                    (false, true) => optional(&of, &key),
                    (false, false) => get(&of, &key),
                }
            }
            Node::Index { of, at, is_optional } => {
                let (of, at) = (self.eval(*of)?, self.eval(*at)?);
                self.budget.cost += 1;
                if let Val::Str(text) = &at {
                    self.budget.text(text.len())?;
                }
                if *is_optional { optional(&of, &at) } else { get(&of, &at) }
            }
            Node::Call { function, target, args, space } => {
                self.call(function, *target, args, space.as_ref())
            }
            Node::And(all) => self.logic(all, false),
            Node::Or(all) => self.logic(all, true),
            Node::Not(one) => self.truth(*one).map(|b| Val::Bool(!b)),
            Node::Negative(one) => operators::negative(&self.eval(*one)?),
            Node::Binary(operator, left, right) => {
                let is_constant = self.is_literal(*left) && self.is_literal(*right);
                let (left, right) = (self.eval(*left)?, self.eval(*right)?);
                let is_sized = |value: &Val| {
                    matches!(value, Val::Str(_) | Val::Bytes(_) | Val::List(_) | Val::Map(_))
                };
                self.budget.cost +=
                    u64::from(!is_constant && !is_sized(&left) && !is_sized(&right));
                operators::binary(operator, &left, &right, self.budget)
            }
            Node::Choice(condition, yes, no) => {
                let id = if self.truth(*condition)? { yes } else { no };
                let cost = self.budget.cost;
                let made = self.eval(*id);
                // A name or a field may cost nothing here.
                let is_field = |node: &Node| {
                    matches!(node, Node::Ident(_) | Node::Select { .. } | Node::Index { .. })
                };
                if self.tree.node(*id).is_some_and(is_field) {
                    self.budget.cost = cost;
                }
                made
            }
            Node::List(items) => {
                self.budget.take(LIST_STEPS)?;
                self.budget.items(items.len())?;
                if !items.iter().all(|(item, _)| self.is_literal(*item)) {
                    self.budget.cost += LIST_STEPS;
                }
                let mut made = Vec::with_capacity(items.len());
                for (item, is_optional) in items {
                    let value = self.eval(*item)?;
                    match is_optional {
                        true => made.extend(inner(&value)?),
                        false => made.push(value),
                    }
                }
                Ok(Val::list(made))
            }
            Node::Map(entries) => {
                self.budget.take(MAP_STEPS)?;
                self.budget.items(entries.len())?;
                if !entries
                    .iter()
                    .all(|(key, value, _)| self.is_literal(*key) && self.is_literal(*value))
                {
                    self.budget.cost += MAP_STEPS;
                }
                let mut made = BTreeMap::new();
                for (key, value, is_optional) in entries {
                    let key = self.eval(*key)?;
                    let key = Key::of(&key).ok_or_else(Error::overload)?;
                    self.budget.text(key.len())?;
                    let value = self.eval(*value)?;
                    let value = if *is_optional { inner(&value)? } else { Some(value) };
                    if let Some(value) = value {
                        made.insert(key, value);
                    }
                }
                Ok(Val::map(made))
            }
            Node::Fold(fold) => self.fold(fold),
        }
    }

    fn is_literal(&self, id: Id) -> bool {
        matches!(self.tree.node(id), Some(Node::Literal(_)))
    }

    fn variable(&self, name: &str) -> Option<Val> {
        let found = self.variables.iter().rev().find(|(own, _)| **own == *name);
        found.map(|(_, value)| value.clone())
    }

    /// `&&` and `||`: a part that decides counts whatever becomes of the others.
    fn logic(&mut self, all: &[Id], decisive: bool) -> Result<Val, Error> {
        let mut error = None;
        for id in all {
            match self.truth(*id) {
                Ok(b) if b == decisive => return Ok(Val::Bool(decisive)),
                Ok(_) => {}
                Err(own) if own.reason == crate::Reason::Budget => return Err(own),
                Err(own) => error = error.or(Some(own)),
            }
        }
        error.map_or(Ok(Val::Bool(!decisive)), Err)
    }

    /// Returns the type that a dotted name means; nothing where it means a variable, or none.
    fn named_type(&self, id: Id) -> Option<Val> {
        match self.tree.node(id)? {
            Node::Ident(name) => match self.variable(name) {
                Some(_) => None,
                None => type_of_name(name),
            },
            Node::Select { of, field, is_test: false, is_optional: false }
                if matches!(&**field, "Duration" | "Timestamp") =>
            {
                let Node::Select { of, field: space, is_test: false, is_optional: false } =
                    self.tree.node(*of)?
                else {
                    return None;
                };
                match self.tree.node(*of)? {
                    Node::Ident(first)
                        if (&**first, &**space) == ("google", "protobuf")
                            && self.variable(first).is_none() =>
                    {
                        type_of_name(&format!("google.protobuf.{field}"))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn call(
        &mut self,
        function: &Rc<str>,
        target: Option<Id>,
        args: &[Id],
        space: Option<&Space>,
    ) -> Result<Val, Error> {
        let mut values = Vec::with_capacity(args.len() + 1);
        let (mut name, mut is_method) = (function, false);
        if let Some(target) = target {
            let space = space.filter(|space| self.variable(&space.first).is_none());
            match space.filter(|_| self.named_type(target).is_none()) {
                Some(space) => name = &space.function,
                None => {
                    is_method = true;
                    let own = self.eval(target)?;
                    // Of these the rest is not evaluated where the value is there.
                    if let (Val::Optional(inner), [other]) = (&own, args) {
                        match (&**function, inner) {
                            ("orValue", Some(inner)) => return Ok((**inner).clone()),
                            ("or", Some(_)) => return Ok(own),
                            ("orValue" | "or", None) => return self.eval(*other),
                            _ => {}
                        }
                    }
                    values.push(own);
                }
            }
        }
        for arg in args {
            values.push(self.eval(*arg)?);
        }
        let made = calls::call(name, is_method, &values, self.budget)
            .or_else(|| self.library.call(name, is_method, &values, self.budget));
        made.unwrap_or_else(|| Err(self.undeclared(name)))
    }

    /// Makes the error of a name that nothing has.
    fn undeclared(&mut self, name: &str) -> Error {
        match self.budget.text(name.len()) {
            Ok(()) => Error::unknown(format!("undeclared reference to '{name}'")),
            Err(error) => error,
        }
    }

    /// Evaluates a part with variables bound.
    fn with<T>(&mut self, names: &[Rc<str>], values: &[&Val], f: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.variables.len();
        for (name, value) in names.iter().zip(values) {
            self.variables.push((name.clone(), (*value).clone()));
        }
        let made = f(self);
        self.variables.truncate(length);
        made
    }

    fn fold(&mut self, fold: &Fold) -> Result<Val, Error> {
        let range = self.eval(fold.range)?;
        if matches!(fold.kind, FoldKind::OptMap | FoldKind::OptFlatMap) {
            let Val::Optional(inner) = &range else { return Err(Error::overload()) };
            let Some(inner) = inner else { return Ok(Val::Optional(None)) };
            let made = self.with(&fold.names, &[inner], |own| own.eval(fold.body))?;
            return match (fold.kind, &made) {
                (FoldKind::OptMap, _) => Ok(Val::some(made)),
                (_, Val::Optional(_)) => Ok(made),
                _ => Err(Error::overload()),
            };
        }
        // What the variables are bound to, turn by turn.
        match &range {
            Val::List(list) => {
                let numbered = list.items.iter().zip(0..);
                let turns = numbered.map(|(item, n)| (Val::Int(n), item.clone()));
                self.turns(fold, turns, false)
            }
            Val::Map(members) => {
                let entries = members.entries.iter();
                let turns = entries.map(|(key, value)| (key.value(), value.clone()));
                self.turns(fold, turns, true)
            }
            _ => Err(Error::overload()),
        }
    }

    fn turns(
        &mut self,
        fold: &Fold,
        turns: impl Iterator<Item = (Val, Val)>,
        is_map: bool,
    ) -> Result<Val, Error> {
        let (mut items, mut entries, mut keys) = (Vec::new(), BTreeMap::new(), Vec::new());
        let (mut count, mut error) = (0, None);
        for (first, second) in turns {
            self.budget.take(1)?;
            self.budget.cost += turn_cost(fold.kind);
            let one = if is_map { &first } else { &second };
            let bound: &[&Val] = match fold.names.len() {
                1 => &[one],
                _ => &[&first, &second],
            };
            if let Some(filter) = fold.filter
                && !self.with(&fold.names, bound, |own| own.truth(filter))?
            {
                continue;
            }
            let body = |own: &mut Self| own.with(&fold.names, bound, |own| own.eval(fold.body));
            let truth = |own: &mut Self| own.with(&fold.names, bound, |own| own.truth(fold.body));
            match fold.kind {
                FoldKind::All | FoldKind::Exists => {
                    let decisive = fold.kind == FoldKind::Exists;
                    match truth(self) {
                        Ok(b) if b == decisive => return Ok(Val::Bool(decisive)),
                        Ok(_) => {}
                        Err(own) if own.reason == crate::Reason::Budget => return Err(own),
                        Err(own) => error = Some(own),
                    }
                }
                FoldKind::ExistsOne => count += usize::from(truth(self)?),
                FoldKind::Filter => {
                    if truth(self)? {
                        self.budget.items(1)?;
                        items.push(one.clone());
                    }
                }
                FoldKind::Map | FoldKind::TransformList => {
                    self.budget.items(1)?;
                    // A list of one is made, and added.
                    self.budget.cost += 2 + LIST_STEPS;
                    items.push(body(self)?);
                }
                FoldKind::SortBy => {
                    self.budget.items(2)?;
                    keys.push(body(self)?);
                    items.push(one.clone());
                }
                FoldKind::TransformMap => {
                    let key = Key::of(&first).ok_or_else(Error::overload)?;
                    self.budget.items(2)?;
                    self.budget.text(key.len())?;
                    entries.insert(key, body(self)?);
                }
                FoldKind::TransformMapEntry => {
                    let Val::Map(own) = body(self)? else { return Err(Error::overload()) };
                    for (key, value) in &own.entries {
                        self.budget.items(2)?;
                        self.budget.text(key.len())?;
                        if entries.insert(key.clone(), value.clone()).is_some() {
                            return Err(Error::value("insert failed: key already exists"));
                        }
                    }
                }
                FoldKind::OptMap | FoldKind::OptFlatMap => return Err(Error::overload()),
            }
        }
        if let Some(error) = error {
            return Err(error);
        }
        Ok(match fold.kind {
            FoldKind::All => Val::Bool(true),
            FoldKind::Exists => Val::Bool(false),
            FoldKind::ExistsOne => Val::Bool(count == 1),
            FoldKind::TransformMap | FoldKind::TransformMapEntry => Val::map(entries),
            FoldKind::SortBy => lists::sorted_by(&items, &keys, self.budget)?,
            _ => Val::list(items),
        })
    }
}

/// Returns what cel-go counts at least for a turn of a macro, beside what is evaluated in it.
fn turn_cost(kind: FoldKind) -> u64 {
    match kind {
        // The value so far is read twice, and looked at in a call.
        FoldKind::All => 3,
        FoldKind::Exists => 4,
        _ => 0,
    }
}

/// Returns what an optional value holds.
fn inner(value: &Val) -> Result<Option<Val>, Error> {
    match value {
        Val::Optional(inner) => Ok(inner.as_deref().cloned()),
        _ => Err(Error::overload()),
    }
}

/// Returns a member or an item; nothing where it is not there.
fn found(of: &Val, key: &Val) -> Result<Option<Val>, Error> {
    match of {
        Val::Map(members) => {
            let known = Key::of(key).and_then(|key| members.entries.get(&key).cloned());
            Ok(known)
        }
        Val::List(list) => {
            let index = match key {
                Val::Int(n) => usize::try_from(*n).ok(),
                Val::Uint(n) => usize::try_from(*n).ok(),
                Val::Double(f) if f.fract() == 0.0 && *f >= 0.0 => Some(*f as usize),
                _ => return Err(Error::overload()),
            };
            Ok(index.and_then(|index| list.items.get(index).cloned()))
        }
        Val::Optional(None) => Ok(None),
        Val::Optional(Some(inner)) => found(inner, key),
        _ => Err(Error::overload()),
    }
}

fn optional(of: &Val, key: &Val) -> Result<Val, Error> {
    Ok(Val::Optional(found(of, key)?.map(Rc::new)))
}

fn get(of: &Val, key: &Val) -> Result<Val, Error> {
    match found(of, key)? {
        found if matches!(of, Val::Optional(_)) => Ok(Val::Optional(found.map(Rc::new))),
        Some(value) => Ok(value),
        None => {
            let what =
                if matches!(of, Val::List(_)) { "index out of bounds" } else { "no such key" };
            Err(Error::value(format!("{what}: {}", crate::conversions::shown(key))))
        }
    }
}
