//! Checks an object against what a version of Kubernetes describes, as its API server does when it decodes an object
//! with strict field validation.
//!
//! The rules of types are those of Go's `encoding/json` for the API's Go types (k8s.io/apimachinery,
//! `runtime/serializer/json`): null stands for what is absent, a whole number may be written `3.0`, a text must not be
//! a number.

use std::collections::HashMap;
use std::rc::Rc;

use base64::Engine;
use base64::alphabet;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use foldhash::fast::RandomState;
use gostd::stack;
use gostd::time::{self, LocalZone};
use gostd::value::{Map, Str, Value};

use super::{Field, Object, Shape, quantity};

/// Go's decoder lets bits stand that are not used.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// A step from a value to a part of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// The value of a key.
    Key(Str),
    /// An item of a list, from 0.
    Item(usize),
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Problem {
    /// The object has no such field.
    Unknown {
        /// The object, whose fields are known.
        of: Object,
    },
    /// A field is not there that the description requires.
    Missing,
    /// It is of another type.
    Type {
        /// What it should be, e.g. `a string`.
        wanted: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A text that is none of those allowed.
    Choice {
        /// Those that are.
        allowed: Vec<&'static str>,
    },
    /// A text or number that does not have the form of its type.
    Form {
        /// What it should be, e.g. `a quantity like 500m or 1Gi`.
        wanted: &'static str,
    },
}

/// Something wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fault {
    /// Where: of an unknown or a missing field its own place.
    pub path: Vec<Step>,
    /// What.
    pub problem: Problem,
}

/// How many steps the paths of an object's faults may have together.
const MOST_STEPS: usize = 4_000_000;

/// Finds what is wrong with an object. What is an unknown or wrong part is not looked into. Of very many faults, or such
/// that stand very deep, the first ones are told.
pub fn check(object: Object, value: &Value) -> Vec<Fault> {
    let mut checking = Checking {
        path: Vec::new(),
        faults: Vec::new(),
        left: MOST_STEPS,
        lets_unknown: false,
        required: HashMap::default(),
        numbers: HashMap::default(),
    };
    checking.object(object, value);
    checking.faults
}

struct Checking {
    path: Vec<Step>,
    faults: Vec<Fault>,
    /// How many steps the paths of further faults may have.
    left: usize,
    /// Whether unknown fields are no fault: what is decoded by itself is not decoded strictly.
    lets_unknown: bool,
    /// The fields that objects have to have.
    required: HashMap<Object, Rc<[Field]>, RandomState>,
    /// The numbers of names that were looked for.
    numbers: HashMap<Str, Option<u16>, RandomState>,
}

impl Checking {
    fn add(&mut self, problem: Problem) {
        if let Some(left) = self.left.checked_sub(1 + self.path.len()) {
            self.left = left;
            self.faults.push(Fault { path: self.path.clone(), problem });
        }
    }

    fn below(&mut self, step: Step, check: impl FnOnce(&mut Checking)) {
        self.path.push(step);
        check(self);
        self.path.pop();
    }

    fn wrong(&mut self, wanted: &'static str, value: &Value) {
        self.add(Problem::Type { wanted, found: type_name(value) });
    }

    fn map<'v>(&mut self, value: &'v Value) -> Option<&'v Map> {
        match value {
            Value::Map(map) => Some(map),
            other => {
                self.wrong("an object", other);
                None
            }
        }
    }

    fn object(&mut self, object: Object, value: &Value) {
        let Some(map) = self.map(value) else { return };
        let map = map.borrow();
        for (name, value) in map.iter() {
            let number = match self.numbers.get(name) {
                Some(known) => *known,
                None => *self.numbers.entry(name.clone()).or_insert(super::number(name)),
            };
            let found = number.and_then(|number| object.field_of(number));
            self.below(Step::Key(name.clone()), |this| match found {
                Some(field) => this.value(field.shape(), value),
                None if this.lets_unknown => {}
                None => this.add(Problem::Unknown { of: object }),
            });
        }
        let required = self.required.entry(object).or_insert_with(|| {
            // What is not there is false.
            let is_asked =
                |field: &Field| field.is_required() && !matches!(field.shape(), Shape::Boolean);
            object.fields().filter(is_asked).collect()
        });
        for field in Rc::clone(required).iter() {
            let name = field.name().as_bytes();
            if map.get(name).is_none_or(|value| matches!(value, Value::Nil)) {
                self.below(Step::Key(name.into()), |this| this.add(Problem::Missing));
            }
        }
    }

    fn value(&mut self, shape: Shape, value: &Value) {
        if matches!(value, Value::Nil | Value::Invalid) {
            return;
        }
        match shape {
            Shape::Any | Shape::Object(None) | Shape::ObjectOrAny(None) => {}
            Shape::ObjectOrAny(Some(object)) => {
                if matches!(value, Value::Map(_)) {
                    let before = std::mem::replace(&mut self.lets_unknown, true);
                    stack::at_depth(self.path.len(), || self.object(object, value));
                    self.lets_unknown = before;
                }
            }
            Shape::AnyObject => drop(self.map(value)),
            Shape::Object(Some(object)) => {
                stack::at_depth(self.path.len(), || self.object(object, value))
            }
            Shape::Map(inner) => {
                let Some(map) = self.map(value) else { return };
                let shape = inner.shape();
                for (name, value) in map.borrow().iter() {
                    self.below(Step::Key(name.clone()), |this| this.value(shape, value));
                }
            }
            Shape::List(list) => {
                let Value::List(items) = value else { return self.wrong("a list", value) };
                let shape = list.items();
                for (index, item) in items.iter().enumerate() {
                    // A null item is decoded to an empty one.
                    let item = match (shape, item) {
                        (Shape::Object(_), Value::Nil) => &Value::Map(Map::new()),
                        (_, item) => item,
                    };
                    self.below(Step::Item(index), |this| this.value(shape, item));
                }
            }
            Shape::Text(choice) => {
                let Value::Str(text) = value else { return self.wrong("a string", value) };
                // The empty text stands for none.
                if let Some(choice) = choice
                    && !text.is_empty()
                    && !choice.texts().any(|allowed| allowed.as_bytes() == &**text)
                {
                    self.add(Problem::Choice { allowed: choice.texts().collect() });
                }
            }
            Shape::Int32 => self.integer(value, |n| i32::try_from(n).is_ok()),
            Shape::Int64 => self.integer(value, |_| true),
            Shape::Number => {
                if !matches!(value, Value::Int(..) | Value::Uint(..) | Value::Float(_)) {
                    self.wrong("a number", value);
                }
            }
            Shape::Boolean => {
                if !matches!(value, Value::Bool(_)) {
                    self.wrong("a boolean", value);
                }
            }
            Shape::Bytes => {
                self.formed(value, "a string", "base64", |text| decoded(text).is_some())
            }
            Shape::Time => {
                self.formed(value, "a string", "a time like 2006-01-02T15:04:05Z", is_time)
            }
            Shape::Quantity => match value {
                Value::Str(_) | Value::Int(..) | Value::Uint(..) | Value::Float(_) => {
                    if quantity::read(value).is_none() {
                        self.add(Problem::Form { wanted: "a quantity like 500m or 1Gi" });
                    }
                }
                other => self.wrong("a quantity", other),
            },
            Shape::IntOrText => match value {
                Value::Str(_) => {}
                other => self.integer(other, |n| i32::try_from(n).is_ok()),
            },
        }
    }

    fn formed(
        &mut self,
        value: &Value,
        of_type: &'static str,
        wanted: &'static str,
        is_right: fn(&[u8]) -> bool,
    ) {
        match value {
            Value::Str(text) if is_right(text) => {}
            Value::Str(_) => self.add(Problem::Form { wanted }),
            other => self.wrong(of_type, other),
        }
    }

    fn integer(&mut self, value: &Value, fits: fn(i64) -> bool) {
        let number = match value {
            Value::Int(_, n) => Some(*n),
            Value::Uint(_, n) => i64::try_from(*n).ok(),
            Value::Float(n) if n.fract() == 0.0 && n.abs() < 9e18 => Some(*n as i64),
            Value::Float(_) => None,
            other => return self.wrong("an integer", other),
        };
        match number {
            Some(n) if fits(n) => {}
            Some(_) => self.add(Problem::Form { wanted: "an integer of 32 bits" }),
            None => self.add(Problem::Form { wanted: "an integer" }),
        }
    }
}

/// Returns the bytes that a text in base64 stands for, as Go reads it: ends of lines do not count. Nothing where it is none.
pub(crate) fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.iter().copied().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
    BASE64.decode(text).ok()
}

/// Tells whether a text is a time by RFC 3339 with millionths of seconds, as Go's `time.Parse` reads it.
pub(crate) fn is_precise_time(text: &[u8]) -> bool {
    time::parse(b"2006-01-02T15:04:05.000000Z07:00", text, &LocalZone::UTC).is_ok()
}

/// Tells whether a text is a time by RFC 3339, as Go's `time.Parse` reads it.
pub(crate) fn is_time(text: &[u8]) -> bool {
    time::parse(b"2006-01-02T15:04:05Z07:00", text, &LocalZone::UTC).is_ok()
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Str(_) => "a string",
        Value::Bool(_) => "a boolean",
        Value::Int(..) | Value::Uint(..) | Value::Float(_) => "a number",
        Value::List(_) => "a list",
        Value::Map(_) => "an object",
        _ => "null",
    }
}
