//! A part of an object that knows where it stands.

use bstr::ByteSlice;
use gostd::value::{Str, Value};

use crate::kubernetes::Step;

/// A part of an object, and the way to it.
#[derive(Debug)]
pub(super) struct Node<'p> {
    pub(super) value: Value,
    above: Option<(&'p Node<'p>, Way<'p>)>,
    /// How many steps lead to it.
    depth: usize,
}

/// The way from a part to one within it. Steps are made of those names only that are told.
#[derive(Debug)]
enum Way<'p> {
    Named(&'p str),
    Step(Step),
}

impl Way<'_> {
    fn key(&self) -> Option<&[u8]> {
        match self {
            Way::Named(name) => Some(name.as_bytes()),
            Way::Step(Step::Key(key)) => Some(key),
            Way::Step(Step::Item(_)) => None,
        }
    }
}

impl Node<'_> {
    /// Returns a whole object.
    pub(super) fn root(value: Value) -> Node<'static> {
        Node { value, above: None, depth: 0 }
    }

    /// Returns a member; null of what is not there or is no object.
    pub(super) fn at<'n>(&'n self, key: &'n str) -> Node<'n> {
        let above = Some((self, Way::Named(key)));
        Node { value: self.member(key.as_bytes()), above, depth: self.depth + 1 }
    }

    /// Returns the member of a name that may be no text.
    pub(super) fn at_key(&self, key: &Str) -> Node<'_> {
        self.child(Step::Key(key.clone()), self.member(key))
    }

    fn member(&self, key: &[u8]) -> Value {
        match &self.value {
            Value::Map(map) => map.get(key).unwrap_or_default(),
            _ => Value::Nil,
        }
    }

    /// Returns a part by its step and its value.
    pub(super) fn child(&self, step: Step, value: Value) -> Node<'_> {
        Node { value, above: Some((self, Way::Step(step))), depth: self.depth + 1 }
    }

    /// Returns a member; nothing of one that is null.
    pub(super) fn get<'n>(&'n self, key: &'n str) -> Option<Node<'n>> {
        Some(self.at(key)).filter(Node::is_set)
    }

    /// Returns the items of a list; none of anything else.
    pub(super) fn items<'n>(&'n self) -> impl Iterator<Item = Node<'n>> {
        let items = match &self.value {
            Value::List(items) => items.iter().cloned().collect(),
            _ => Vec::new(),
        };
        let node = |(index, value)| self.child(Step::Item(index), value);
        items.into_iter().enumerate().map(node)
    }

    /// Returns the members of an object; none of anything else.
    pub(super) fn members<'n>(&'n self) -> impl Iterator<Item = (Str, Node<'n>)> {
        let members = match &self.value {
            Value::Map(map) => map.entries(),
            _ => Vec::new(),
        };
        members.into_iter().map(|(key, value)| {
            let node = self.child(Step::Key(key.clone()), value);
            (key, node)
        })
    }

    /// Tells whether it is there and not null.
    pub(super) fn is_set(&self) -> bool {
        !matches!(self.value, Value::Nil | Value::Invalid)
    }

    /// Tells whether it is missing, null, or an empty text, list or object.
    pub(super) fn is_empty(&self) -> bool {
        match &self.value {
            Value::Nil | Value::Invalid => true,
            Value::Str(text) => text.is_empty(),
            Value::List(items) => items.is_empty(),
            Value::Map(map) => map.borrow().is_empty(),
            _ => false,
        }
    }

    /// Returns a text.
    pub(super) fn text(&self) -> Option<&Str> {
        match &self.value {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Returns a text; the empty one of anything else.
    pub(super) fn text_or_empty(&self) -> Str {
        self.text().cloned().unwrap_or_default()
    }

    /// Tells whether it is this text.
    pub(super) fn is(&self, text: &str) -> bool {
        self.text().is_some_and(|own| **own == *text.as_bytes())
    }

    /// Tells whether it is one of these texts.
    pub(super) fn is_any(&self, texts: &[&str]) -> bool {
        texts.iter().any(|text| self.is(text))
    }

    /// Tells whether it is true.
    pub(super) fn is_true(&self) -> bool {
        matches!(self.value, Value::Bool(true))
    }

    /// Returns a whole number.
    pub(super) fn integer(&self) -> Option<i64> {
        match &self.value {
            Value::Int(_, n) => Some(*n),
            Value::Uint(_, n) => i64::try_from(*n).ok(),
            Value::Float(n) if n.fract() == 0.0 && n.abs() < 9e18 => Some(*n as i64),
            _ => None,
        }
    }

    /// Returns a quantity, in billionths.
    pub(super) fn quantity(&self) -> Option<i128> {
        crate::kubernetes::quantity::read(&self.value)
    }

    /// Returns a scalar as it is shown in a message.
    pub(super) fn shown(&self) -> String {
        match &self.value {
            Value::Str(text) => gostd::strconv::quote(text).to_str_lossy().into_owned(),
            other => {
                goyaml::marshal(other).unwrap_or_default().trim_ascii().to_str_lossy().into_owned()
            }
        }
    }

    /// Tells whether the object that holds it has its key, whatever is there.
    pub(super) fn is_written(&self) -> bool {
        match &self.above {
            Some((Node { value: Value::Map(map), .. }, way)) => {
                way.key().is_some_and(|key| map.contains_key(key))
            }
            _ => false,
        }
    }

    /// Tells whether it is the member of this name.
    pub(super) fn above_is(&self, name: &str) -> bool {
        self.above.as_ref().is_some_and(|(_, way)| way.key() == Some(name.as_bytes()))
    }

    /// Tells whether it is an item of the list of this name.
    pub(super) fn is_below(&self, name: &str) -> bool {
        self.above.as_ref().is_some_and(|(list, _)| list.above_is(name))
    }

    /// Returns how many steps lead to it.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Returns the way to it.
    pub(super) fn path(&self) -> Vec<Step> {
        let mut path = Vec::new();
        let mut at = self.above.as_ref();
        while let Some((node, way)) = at {
            path.push(match way {
                Way::Named(name) => Step::Key((*name).into()),
                Way::Step(step) => step.clone(),
            });
            at = node.above.as_ref();
        }
        path.reverse();
        path
    }
}
