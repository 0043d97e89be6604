//! Lets schemas be held against values of charts and, by metaschemas, against schemas.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use gostd::decimal::Decimal;
use gostd::json::tree::{Json, Object};
use gostd::stack;
use gostd::value::{Elem, Entries, Str, Value};

use super::Release;
use super::types::Type;

/// A value that is checked.
#[derive(Clone, Copy)]
pub(super) enum Node<'a> {
    Json(&'a Json),
    Value(&'a Value),
    /// The name of a member.
    Name(&'a Str),
}

/// The items of an array.
#[derive(Clone, Copy)]
pub(super) enum Items<'a> {
    Json(&'a [Json]),
    Values(&'a [Value]),
}

impl<'a> Items<'a> {
    pub(super) fn len(self) -> usize {
        match self {
            Items::Json(items) => items.len(),
            Items::Values(items) => items.len(),
        }
    }

    /// Goes through the items from one on.
    pub(super) fn from(self, first: usize) -> impl Iterator<Item = (usize, Node<'a>)> {
        (first..self.len()).filter_map(move |at| {
            let item = match self {
                Items::Json(items) => Node::Json(items.get(at)?),
                Items::Values(items) => Node::Value(items.get(at)?),
            };
            Some((at, item))
        })
    }
}

/// The members of an object.
#[derive(Clone, Copy)]
pub(super) enum Members<'a> {
    Json(&'a Object),
    Values(&'a Entries<Value>),
}

impl<'a> Members<'a> {
    pub(super) fn len(self) -> usize {
        match self {
            Members::Json(members) => members.iter().len(),
            Members::Values(members) => members.len(),
        }
    }

    pub(super) fn get(self, name: &[u8]) -> Option<Node<'a>> {
        match self {
            Members::Json(members) => members.get_bytes(name).map(Node::Json),
            Members::Values(members) => members.get(name).map(Node::Value),
        }
    }

    /// Returns the members in byte order of their names.
    pub(super) fn sorted(self) -> Sorted<'a> {
        match self {
            Members::Json(members) => {
                let mut list: Vec<_> = members.iter().map(|(n, v)| (n, Node::Json(v))).collect();
                list.sort_by_key(|(name, _)| *name);
                Sorted::Json(list.into_iter())
            }
            Members::Values(members) => Sorted::Values(members.into_iter()),
        }
    }
}

/// Members in byte order of their names.
pub(super) enum Sorted<'a> {
    Json(std::vec::IntoIter<(&'a Str, Node<'a>)>),
    Values(<&'a Entries<Value> as IntoIterator>::IntoIter),
}

impl<'a> Iterator for Sorted<'a> {
    type Item = (&'a Str, Node<'a>);

    fn next(&mut self) -> Option<(&'a Str, Node<'a>)> {
        match self {
            Sorted::Json(list) => list.next(),
            Sorted::Values(entries) => {
                entries.next().map(|(name, value)| (name, Node::Value(value)))
            }
        }
    }
}

impl<'a> Node<'a> {
    /// Returns the type; none of what the validator takes for no JSON.
    pub(super) fn type_of(self) -> Option<Type> {
        Some(match self {
            Node::Json(json) => Type::of(json),
            Node::Name(_) => Type::String,
            Node::Value(value) => match value {
                Value::Invalid | Value::Nil => Type::Null,
                Value::Bool(_) => Type::Boolean,
                Value::Float(f) if !f.is_finite() => return None,
                Value::Int(..) | Value::Uint(..) | Value::Float(_) => Type::Number,
                Value::Str(_) => Type::String,
                Value::List(list) if list.elem() == Elem::Any => Type::Array,
                Value::Map(_) => Type::Object,
                Value::List(_) | Value::Bytes(_) | Value::Object(_) => return None,
            },
        })
    }

    /// Returns the type as Go names it.
    pub(super) fn go_type(self) -> String {
        match self {
            Node::Value(value) => value.type_name().into_owned(),
            Node::Json(_) | Node::Name(_) => String::new(),
        }
    }

    pub(super) fn text(self) -> Option<&'a Str> {
        match self {
            Node::Json(Json::String(text)) | Node::Value(Value::Str(text)) | Node::Name(text) => {
                Some(text)
            }
            _ => None,
        }
    }

    pub(super) fn number(self) -> Option<Decimal> {
        match self {
            Node::Json(Json::Number(text)) => Decimal::parse(text),
            Node::Value(Value::Int(_, n)) => Decimal::parse(n.to_string().as_bytes()),
            Node::Value(Value::Uint(_, n)) => Decimal::parse(n.to_string().as_bytes()),
            Node::Value(Value::Float(f)) => Decimal::from_float(*f),
            _ => None,
        }
    }

    pub(super) fn items(self) -> Option<Items<'a>> {
        match self {
            Node::Json(Json::Array(items)) => Some(Items::Json(items)),
            Node::Value(Value::List(items)) => Some(Items::Values(items)),
            _ => None,
        }
    }

    /// Calls a function with the members, where it is an object.
    pub(super) fn with_members<T>(self, f: impl FnOnce(Members<'_>) -> T) -> Option<T> {
        match self {
            Node::Json(Json::Object(members)) => Some(f(Members::Json(members))),
            Node::Value(Value::Map(map)) => Some(f(Members::Values(&map.borrow()))),
            _ => None,
        }
    }

    fn as_bool(self) -> Option<bool> {
        match self {
            Node::Json(Json::Bool(b)) | Node::Value(Value::Bool(b)) => Some(*b),
            _ => None,
        }
    }

    /// Returns whether two values are equal, numbers by what they amount to. In 6.0.2 a number equals a text that has
    /// it, too.
    pub(super) fn equals(self, other: Node<'_>, release: Release, depth: usize) -> bool {
        let types = (self.type_of(), other.type_of());
        if types.0 != types.1 {
            return release < Release::V6_0_3
                && types == (Some(Type::Number), Some(Type::String))
                && self.number() == other.text().and_then(|text| rational(text));
        }
        match types.0 {
            None => false,
            Some(Type::Null) => true,
            Some(Type::Boolean) => self.as_bool() == other.as_bool(),
            Some(Type::String) => self.text() == other.text(),
            Some(Type::Number | Type::Integer) => match (self.number(), other.number()) {
                (Some(a), Some(b)) => a == b,
                _ => false,
            },
            Some(Type::Array) => stack::at_depth(depth, || {
                let (Some(ours), Some(theirs)) = (self.items(), other.items()) else {
                    return false;
                };
                let mut pairs = ours.from(0).zip(theirs.from(0));
                ours.len() == theirs.len()
                    && pairs.all(|((_, a), (_, b))| a.equals(b, release, depth + 1))
            }),
            Some(Type::Object) => stack::at_depth(depth, || {
                let equal = self.with_members(|ours| {
                    other.with_members(|theirs| {
                        ours.len() == theirs.len()
                            && ours.sorted().all(|(name, value)| {
                                theirs
                                    .get(name)
                                    .is_some_and(|other| value.equals(other, release, depth + 1))
                            })
                    })
                });
                equal.flatten().unwrap_or_default()
            }),
        }
    }

    /// Appends what equal values have in common and others do not.
    fn identify(self, out: &mut Vec<u8>, depth: usize) {
        let Some(kind) = self.type_of() else { return };
        out.push(kind as u8);
        let sized = |out: &mut Vec<u8>, text: &[u8]| {
            out.extend_from_slice(&text.len().to_le_bytes());
            out.extend_from_slice(text);
        };
        if let Some(text) = self.text() {
            sized(out, text);
        } else if let Some(number) = self.number() {
            sized(out, number.to_string().as_bytes());
        } else if let Some(b) = self.as_bool() {
            out.push(b.into());
        } else if let Some(items) = self.items() {
            out.extend_from_slice(&items.len().to_le_bytes());
            stack::at_depth(depth, || {
                items.from(0).for_each(|(_, item)| item.identify(out, depth + 1));
            });
        } else {
            self.with_members(|members| {
                out.extend_from_slice(&members.len().to_le_bytes());
                stack::at_depth(depth, || {
                    for (name, value) in members.sorted() {
                        sized(out, name);
                        value.identify(out, depth + 1);
                    }
                });
            });
        }
    }
}

/// Reads a text as Go's `big.Rat` reads a decimal number.
fn rational(text: &[u8]) -> Option<Decimal> {
    let unsigned = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    let at = unsigned.iter().position(|c| matches!(c, b'e' | b'E')).unwrap_or(unsigned.len());
    let (mantissa, exponent) = unsigned.split_at(at);
    let (whole, fraction) = match mantissa.iter().position(|c| *c == b'.') {
        Some(point) => (&mantissa[..point], &mantissa[point + 1..]),
        None => (mantissa, &b""[..]),
    };
    let power = exponent.get(1..).unwrap_or(b"0");
    let power = power.strip_prefix(b"-").or_else(|| power.strip_prefix(b"+")).unwrap_or(power);
    let is_number = |text: &[u8]| text.iter().all(u8::is_ascii_digit);
    let is_written = !(power.is_empty() || whole.is_empty() && fraction.is_empty());
    let is_decimal = is_written && [whole, fraction, power].into_iter().all(is_number);
    Decimal::parse(text.strip_prefix(b"+").unwrap_or(text)).filter(|_| is_decimal)
}

/// Up to how many items are compared each with each.
const FEW: usize = 20;

/// Finds the first item that equals one before it; answers the places of both.
pub(super) fn duplicates(items: Items<'_>, release: Release) -> Option<[usize; 2]> {
    if items.len() <= FEW {
        return items.from(1).find_map(|(at, item)| {
            let mut before = items.from(0).take(at);
            before.find(|(_, other)| item.equals(*other, release, 0)).map(|(first, _)| [first, at])
        });
    }
    let mut seen: HashMap<Vec<u8>, usize, RandomState> = HashMap::default();
    items.from(0).find_map(|(at, item)| {
        let mut identity = Vec::new();
        item.identify(&mut identity, 0);
        let first = *seen.entry(identity).or_insert(at);
        (first != at).then_some([first, at])
    })
}
