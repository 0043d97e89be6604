//! What a server makes of a custom resource before it checks it: fields that the schema does not have are dropped, and
//! defaults are filled in (`k8s.io/apiextensions-apiserver`, `pkg/apiserver/schema/pruning` and `defaulting`).

use std::collections::HashMap;
use std::rc::Rc;

use gostd::stack;
use gostd::value::{Map, Str, Value};

use super::keywords::{is_true, map};
use crate::kubernetes::Step;

/// How many values an object may have with its defaults.
const MOST_VALUES: usize = 1_000_000;

/// How many steps the paths of the fields that are dropped may have together.
const MOST_STEPS: usize = 4_000_000;

/// The fields that every object has.
pub(super) const META: &[&str] = &["apiVersion", "kind", "metadata"];

/// An object as the server holds it.
pub(super) struct Prepared {
    pub(super) value: Value,
    /// The fields that are dropped, with the schema's properties in their place.
    pub(super) unknown: Vec<(Vec<Step>, Map)>,
    /// Whether it is whole: defaults may multiply.
    pub(super) is_whole: bool,
    /// How many values it has that are no defaults, and how many that are.
    pub(super) own: usize,
    pub(super) defaults: usize,
}

/// Prepares an object; its defaults may have `most` values.
pub(super) fn prepare(schema: &Map, value: &Value, most: usize) -> Prepared {
    let mut preparing = Preparing::new(most);
    let value = match value {
        Value::Map(map) => preparing.object(Some(schema), map, true),
        other => other.clone(),
    };
    Prepared {
        value,
        unknown: preparing.unknown,
        is_whole: preparing.left > 0,
        own: preparing.own,
        defaults: most - preparing.defaults_left,
    }
}

/// Returns the fields of a part of an object that its schema does not have, and how many values it has; counts them, and
/// those that are made.
pub(super) fn unknown(schema: &Map, value: &Value, left: &mut usize) -> (Vec<Vec<Step>>, usize) {
    let mut preparing = Preparing::new(*left);
    preparing.value(Some(schema), value);
    *left = if preparing.left == 0 { 0 } else { preparing.defaults_left };
    (preparing.unknown.into_iter().map(|(path, _)| path).collect(), preparing.own)
}

/// A property that has a default.
struct Defaulted {
    key: Str,
    property: Map,
    value: Value,
}

struct Preparing {
    path: Vec<Step>,
    unknown: Vec<(Vec<Step>, Map)>,
    /// The properties that have defaults, by the address of all of them.
    defaults: HashMap<usize, Rc<[Defaulted]>>,
    left: usize,
    /// How many of these may be of defaults.
    defaults_left: usize,
    /// How many values there were that are no defaults.
    own: usize,
    /// How many steps the paths of further fields that are dropped may have.
    paths_left: usize,
    is_default: bool,
    depth: usize,
}

/// Tells whether a keyword of a schema, if there is one, is true.
fn has(schema: Option<&Map>, keyword: &str) -> bool {
    schema.is_some_and(|schema| is_true(schema, keyword))
}

fn default_of(schema: Option<&Map>) -> Option<Value> {
    schema?.get(b"default").filter(|value| !value.is_nil())
}

/// Returns a number as the server reads it from JSON: one without a fraction is whole.
fn scalar(value: &Value) -> Value {
    match value {
        Value::Int(_, n) => Value::int64(*n),
        Value::Uint(_, n) => i64::try_from(*n).map_or(Value::Float(*n as f64), Value::int64),
        Value::Float(n) if n.fract() == 0.0 && n.abs() < 9.2e18 => Value::int64(*n as i64),
        Value::Invalid => Value::Nil,
        other => other.clone(),
    }
}

impl Preparing {
    fn new(defaults_left: usize) -> Preparing {
        Preparing {
            path: Vec::new(),
            unknown: Vec::new(),
            defaults: HashMap::new(),
            left: MOST_VALUES,
            defaults_left,
            own: 0,
            paths_left: MOST_STEPS,
            is_default: false,
            depth: 0,
        }
    }

    /// Counts a value, and tells whether there may be one more.
    fn takes_one(&mut self) -> bool {
        if self.left == 0 {
            return false;
        }
        if !self.is_default {
            self.own += 1;
        } else if self.defaults_left > 0 {
            self.defaults_left -= 1;
        } else {
            self.left = 0;
            return false;
        }
        self.left -= 1;
        true
    }

    fn below(&mut self, step: Step, schema: Option<&Map>, value: &Value) -> Value {
        self.path.push(step);
        let made = self.value(schema, value);
        self.path.pop();
        made
    }

    fn value(&mut self, schema: Option<&Map>, value: &Value) -> Value {
        if !self.takes_one() {
            return Value::Nil;
        }
        self.depth += 1;
        let made = stack::at_depth(self.depth, || match value {
            Value::Map(map) => self.object(schema, map, false),
            Value::List(items) => {
                let of_items = schema.and_then(|schema| map(schema, "items"));
                let is_kept = has(schema, "x-kubernetes-preserve-unknown-fields");
                let made = items.iter().enumerate().map(|(index, item)| {
                    let item = match (item, default_of(of_items.as_ref())) {
                        (Value::Nil, Some(default)) if !has(of_items.as_ref(), "nullable") => {
                            default
                        }
                        (item, _) => item.clone(),
                    };
                    match is_kept && of_items.is_none() {
                        true => self.kept(&item),
                        false => self.below(Step::Item(index), of_items.as_ref(), &item),
                    }
                });
                let made = made.collect();
                Value::list(made)
            }
            other => scalar(other),
        });
        self.depth -= 1;
        made
    }

    /// Returns a value whose fields are all kept.
    fn kept(&mut self, value: &Value) -> Value {
        if !self.takes_one() {
            return Value::Nil;
        }
        self.depth += 1;
        let made = stack::at_depth(self.depth, || match value {
            Value::Map(map) => {
                let made = Map::new();
                for (key, value) in map.entries() {
                    let value = self.kept(&value);
                    made.insert(key, value);
                }
                Value::Map(made)
            }
            Value::List(items) => Value::list(items.iter().map(|item| self.kept(item)).collect()),
            other => scalar(other),
        });
        self.depth -= 1;
        made
    }

    fn object(&mut self, schema: Option<&Map>, members: &Map, is_root: bool) -> Value {
        let made = Map::new();
        let own = schema.and_then(|schema| map(schema, "properties"));
        let properties = own.clone().unwrap_or_default();
        let additional = schema.and_then(|schema| schema.get(b"additionalProperties"));
        let is_kept = has(schema, "x-kubernetes-preserve-unknown-fields");
        let is_object = is_root || has(schema, "x-kubernetes-embedded-resource");
        for (key, value) in members.entries() {
            if is_object && META.iter().any(|own| own.as_bytes() == &*key) {
                let value = self.kept(&value);
                made.insert(key, value);
                continue;
            }
            let below = match (properties.get(&key), &additional) {
                (Some(Value::Map(property)), _) => Some(property),
                (Some(_), _) => None,
                (None, Some(Value::Map(additional))) => Some(additional.clone()),
                // Of `true` nothing below is known.
                (None, Some(Value::Bool(true))) => None,
                (None, _) if is_kept => {
                    let value = self.kept(&value);
                    made.insert(key, value);
                    continue;
                }
                (None, _) => {
                    if !self.is_default {
                        self.drops(key, &properties);
                    }
                    continue;
                }
            };
            let is_null = matches!(value, Value::Nil | Value::Invalid);
            // A null is dropped, or the default takes its place.
            if is_null && below.is_some() && !has(below.as_ref(), "nullable") {
                if let (Some(default), true) =
                    (default_of(below.as_ref()), !properties.contains_key(&key))
                {
                    let default = self.default(&key, below.as_ref(), &default);
                    made.insert(key, default);
                }
                continue;
            }
            let value = self.below(Step::Key(key.clone()), below.as_ref(), &value);
            made.insert(key, value);
        }
        let defaults = own.map(|properties| self.defaults_of(&properties));
        for Defaulted { key, property, value } in defaults.iter().flat_map(|all| all.iter()) {
            if !made.contains_key(key) {
                let default = self.default(key, Some(property), value);
                made.insert(key.clone(), default);
            }
        }
        Value::Map(made)
    }

    /// Notes a field that is dropped.
    fn drops(&mut self, key: Str, properties: &Map) {
        if let Some(left) = self.paths_left.checked_sub(1 + self.path.len()) {
            self.paths_left = left;
            let mut path = self.path.clone();
            path.push(Step::Key(key));
            self.unknown.push((path, properties.clone()));
        }
    }

    /// Returns the properties that have defaults. The schema holds the properties for as long as it is asked.
    fn defaults_of(&mut self, properties: &Map) -> Rc<[Defaulted]> {
        let find = || {
            let all = properties.entries().into_iter().filter_map(|(key, property)| {
                let Value::Map(property) = property else { return None };
                let value = default_of(Some(&property))?;
                Some(Defaulted { key, property, value })
            });
            all.collect()
        };
        Rc::clone(self.defaults.entry(properties.address()).or_insert_with(find))
    }

    fn default(&mut self, key: &Str, schema: Option<&Map>, value: &Value) -> Value {
        let before = std::mem::replace(&mut self.is_default, true);
        let made = self.below(Step::Key(key.clone()), schema, value);
        self.is_default = before;
        made
    }
}
