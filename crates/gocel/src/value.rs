//! The values of expressions.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use crate::{Budget, Error};

/// A value. A clone is cheap.
#[derive(Clone, Debug)]
pub enum Val {
    /// `null`
    Null,
    /// `bool`
    Bool(bool),
    /// `int`
    Int(i64),
    /// `uint`
    Uint(u64),
    /// `double`
    Double(f64),
    /// `string`
    Str(Rc<str>),
    /// `bytes`
    Bytes(Rc<[u8]>),
    /// `google.protobuf.Duration`, in nanoseconds
    Duration(i64),
    /// `google.protobuf.Timestamp`
    Timestamp {
        /// Seconds since 1970.
        seconds: i64,
        /// Nanoseconds within the second.
        nanos: u32,
        /// How far east of UTC it is shown, in seconds.
        offset: i32,
    },
    /// `list`
    List(Rc<List>),
    /// `map`, or an object with fields
    Map(Rc<Members>),
    /// `optional_type`
    Optional(Option<Rc<Val>>),
    /// `type`, by its name
    Type(Rc<str>),
    /// What a library brings.
    Opaque(Rc<dyn Opaque>),
    /// Data that has not the type that it should have: an error where it is read.
    Fault(Rc<str>),
}

/// A value that a library brings: it can be compared, and its library's functions take it.
pub trait Opaque: fmt::Debug {
    /// Returns the name of its type.
    fn type_name(&self) -> &'static str;
    /// Tells whether it is the same as another; what that takes is counted.
    ///
    /// # Errors
    /// Too many steps.
    fn is_same(&self, other: &dyn Opaque, budget: &mut Budget) -> Result<bool, Error>;
    /// Returns it as text; nothing where it cannot be converted to one.
    fn text(&self) -> Option<String>;
    /// Returns itself, so that its library can find its own type in it.
    fn as_any(&self) -> &dyn std::any::Any;
}

/// How lists are compared and added.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ListKind {
    /// Item by item.
    #[default]
    Plain,
    /// Whatever the order.
    Set,
    /// By these fields of the items.
    Map(Vec<Rc<str>>),
}

/// A list.
#[derive(Debug, Default)]
pub struct List {
    /// Its items.
    pub items: Vec<Val>,
    /// How it is compared and added.
    pub kind: ListKind,
}

/// The key of a map. Numbers of different types are the same key where they are the same number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// `bool`
    Bool(bool),
    /// `int` or `uint`
    Int(i128),
    /// `string`
    Str(Rc<str>),
}

/// The members of a map or an object.
#[derive(Debug, Default)]
pub struct Members {
    /// Those that expressions see, in the order of their keys.
    pub entries: BTreeMap<Key, Val>,
    /// Those that they do not: they count, and make a difference.
    pub hidden: BTreeMap<Key, Val>,
}

impl Key {
    /// Returns how many bytes of text it has.
    pub(crate) fn len(&self) -> usize {
        match self {
            Key::Str(text) => text.len(),
            _ => 0,
        }
    }

    /// Returns the key that a value is; nothing where it cannot be one.
    pub fn of(value: &Val) -> Option<Key> {
        Some(match value {
            Val::Bool(b) => Key::Bool(*b),
            Val::Int(n) => Key::Int((*n).into()),
            Val::Uint(n) => Key::Int((*n).into()),
            Val::Double(f) if f.fract() == 0.0 && f.abs() < 1e18 => Key::Int(*f as i128),
            Val::Str(text) => Key::Str(text.clone()),
            _ => return None,
        })
    }

    /// Returns the value that it is.
    pub fn value(&self) -> Val {
        match self {
            Key::Bool(b) => Val::Bool(*b),
            Key::Int(n) => match i64::try_from(*n) {
                Ok(n) => Val::Int(n),
                Err(_) => Val::Uint(u64::try_from(*n).unwrap_or_default()),
            },
            Key::Str(text) => Val::Str(text.clone()),
        }
    }
}

impl Val {
    /// Makes a text.
    pub fn str(text: impl AsRef<str>) -> Val {
        Val::Str(text.as_ref().into())
    }

    /// Makes a plain list.
    pub fn list(items: Vec<Val>) -> Val {
        Val::List(Rc::new(List { items, kind: ListKind::Plain }))
    }

    /// Makes a map.
    pub fn map(entries: BTreeMap<Key, Val>) -> Val {
        Val::Map(Rc::new(Members { entries, hidden: BTreeMap::new() }))
    }

    /// Makes an optional value that is there.
    pub fn some(value: Val) -> Val {
        Val::Optional(Some(Rc::new(value)))
    }

    /// Returns the name of its type.
    pub fn type_name(&self) -> &str {
        match self {
            Val::Null => "null_type",
            Val::Bool(_) => "bool",
            Val::Int(_) => "int",
            Val::Uint(_) => "uint",
            Val::Double(_) => "double",
            Val::Str(_) => "string",
            Val::Bytes(_) => "bytes",
            Val::Duration(_) => "google.protobuf.Duration",
            Val::Timestamp { .. } => "google.protobuf.Timestamp",
            Val::List(_) => "list",
            Val::Map(_) => "map",
            Val::Optional(_) => "optional_type",
            Val::Type(_) => "type",
            Val::Opaque(own) => own.type_name(),
            Val::Fault(_) => "error",
        }
    }

    /// Tells whether it is the empty value of its type.
    pub fn is_zero(&self) -> bool {
        match self {
            Val::Null => true,
            Val::Bool(b) => !b,
            Val::Int(n) => *n == 0,
            Val::Uint(n) => *n == 0,
            Val::Double(f) => *f == 0.0,
            Val::Str(text) => text.is_empty(),
            Val::Bytes(bytes) => bytes.is_empty(),
            Val::Duration(n) => *n == 0,
            Val::List(list) => list.items.is_empty(),
            Val::Map(members) => members.is_empty(),
            Val::Optional(inner) => inner.is_none(),
            _ => false,
        }
    }
}

impl Members {
    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.entries.len() + self.hidden.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Compares two numbers, of whatever types; nothing where one is none, or is not a number.
pub(crate) fn compare_numbers(a: &Val, b: &Val) -> Option<Ordering> {
    let whole = |value: &Val| match value {
        Val::Int(n) => Some(i128::from(*n)),
        Val::Uint(n) => Some(i128::from(*n)),
        _ => None,
    };
    match (a, b) {
        (Val::Double(a), Val::Double(b)) => a.partial_cmp(b),
        (Val::Double(a), b) => compare_mixed(*a, whole(b)?),
        (a, Val::Double(b)) => compare_mixed(*b, whole(a)?).map(Ordering::reverse),
        (a, b) => Some(whole(a)?.cmp(&whole(b)?)),
    }
}

fn compare_mixed(float: f64, whole: i128) -> Option<Ordering> {
    match float.is_nan() {
        true => None,
        false if float < -1e20 => Some(Ordering::Less),
        false if float > 1e20 => Some(Ordering::Greater),
        // Within this range the whole part is exact.
        false => Some(
            (float.trunc() as i128)
                .cmp(&whole)
                .then_with(|| float.fract().partial_cmp(&0.0).unwrap_or(Ordering::Equal)),
        ),
    }
}

/// Tells whether two values are the same. Values of different types are not, but numbers may be.
///
/// # Errors
/// Too many steps, or data that is no value.
pub(crate) fn equal(a: &Val, b: &Val, budget: &mut Budget) -> Result<bool, Error> {
    budget.take(1)?;
    Ok(match (a, b) {
        (Val::Fault(why), _) | (_, Val::Fault(why)) => {
            budget.text(why.len())?;
            return Err(Error::data(why));
        }
        (Val::Null, Val::Null) => true,
        (Val::Bool(a), Val::Bool(b)) => a == b,
        (Val::Str(a), Val::Str(b)) => {
            budget.text(a.len().min(b.len()))?;
            a == b
        }
        (Val::Bytes(a), Val::Bytes(b)) => {
            budget.text(a.len().min(b.len()))?;
            a == b
        }
        (Val::Duration(a), Val::Duration(b)) => a == b,
        (Val::Timestamp { .. }, Val::Timestamp { .. }) => {
            compare_times(a, b) == Some(Ordering::Equal)
        }
        (Val::Type(a), Val::Type(b)) => a == b,
        (Val::Opaque(a), Val::Opaque(b)) => return a.is_same(&**b, budget),
        (Val::Optional(a), Val::Optional(b)) => match (a, b) {
            (None, None) => true,
            (Some(a), Some(b)) => return budget.deeper(|budget| equal(a, b, budget)),
            _ => false,
        },
        (Val::List(a), Val::List(b)) => {
            return budget.deeper(|budget| equal_lists(a, b, budget));
        }
        (Val::Map(a), Val::Map(b)) => {
            return budget.deeper(|budget| equal_members(a, b, budget));
        }
        _ => compare_numbers(a, b) == Some(Ordering::Equal),
    })
}

pub(crate) fn compare_times(a: &Val, b: &Val) -> Option<Ordering> {
    match (a, b) {
        (
            Val::Timestamp { seconds: a, nanos: a_nanos, .. },
            Val::Timestamp { seconds: b, nanos: b_nanos, .. },
        ) => Some((a, a_nanos).cmp(&(b, b_nanos))),
        _ => None,
    }
}

fn equal_lists(a: &List, b: &List, budget: &mut Budget) -> Result<bool, Error> {
    if a.items.len() != b.items.len() {
        return Ok(false);
    }
    match &a.kind {
        ListKind::Plain => {
            for (a, b) in a.items.iter().zip(&b.items) {
                if !equal(a, b, budget)? {
                    return Ok(false);
                }
            }
        }
        ListKind::Set => {
            for item in &b.items {
                if !contains(a, item, budget)? {
                    return Ok(false);
                }
            }
        }
        ListKind::Map(keys) => {
            for item in &b.items {
                let own = a.items.iter().rev();
                let mut is_there = false;
                for own in own {
                    if same_key(own, item, keys, budget)? {
                        is_there = equal(own, item, budget)?;
                        break;
                    }
                }
                if !is_there {
                    return Ok(false);
                }
            }
        }
    }
    Ok(true)
}

/// Tells whether two items of a list that is a map have the same key.
pub(crate) fn same_key(
    a: &Val,
    b: &Val,
    keys: &[Rc<str>],
    budget: &mut Budget,
) -> Result<bool, Error> {
    let (Val::Map(a), Val::Map(b)) = (a, b) else { return Ok(false) };
    for key in keys {
        budget.take(1)?;
        let key = Key::Str(key.clone());
        let is_same = match (a.entries.get(&key), b.entries.get(&key)) {
            (Some(a), Some(b)) => equal(a, b, budget)?,
            (None, None) => true,
            _ => false,
        };
        if !is_same {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Tells whether a list has an item.
pub(crate) fn contains(list: &List, item: &Val, budget: &mut Budget) -> Result<bool, Error> {
    for own in &list.items {
        if equal(own, item, budget)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal_members(a: &Members, b: &Members, budget: &mut Budget) -> Result<bool, Error> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for (key, value) in a.entries.iter().chain(&a.hidden) {
        budget.text(key.len())?;
        let other = b.entries.get(key).or_else(|| b.hidden.get(key));
        let Some(other) = other else { return Ok(false) };
        if !equal(value, other, budget)? {
            return Ok(false);
        }
    }
    Ok(true)
}
