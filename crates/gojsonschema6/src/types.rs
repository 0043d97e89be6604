//! Knows the types of JSON values.

use gostd::json::tree::Json;

/// A type of a value; one that Go's validator takes for no JSON is `None` where this is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Null,
    Boolean,
    Number,
    /// Of schemas only: a value is a number.
    Integer,
    String,
    Array,
    Object,
}

/// In the validator's order.
const NAMES: [(Type, &str); 7] = [
    (Type::Null, "null"),
    (Type::Boolean, "boolean"),
    (Type::Number, "number"),
    (Type::Integer, "integer"),
    (Type::String, "string"),
    (Type::Array, "array"),
    (Type::Object, "object"),
];

impl Type {
    pub(super) fn name(self) -> &'static str {
        NAMES.iter().find(|(t, _)| *t == self).map_or("", |(_, name)| name)
    }

    fn named(name: &[u8]) -> Option<Type> {
        Some(match name {
            b"null" => Type::Null,
            b"boolean" => Type::Boolean,
            b"number" => Type::Number,
            b"integer" => Type::Integer,
            b"string" => Type::String,
            b"array" => Type::Array,
            b"object" => Type::Object,
            _ => return None,
        })
    }

    pub(super) fn of(value: &Json) -> Type {
        match value {
            Json::Null => Type::Null,
            Json::Bool(_) => Type::Boolean,
            Json::Number(_) => Type::Number,
            Json::String(_) => Type::String,
            Json::Array(_) => Type::Array,
            Json::Object(_) => Type::Object,
        }
    }
}

/// Some of the types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Types(u8);

impl Types {
    /// Reads the value of `type`.
    pub(super) fn read(value: &Json) -> Types {
        let mut types = Types::default();
        let mut add = |name: &Json| {
            if let Json::String(name) = name
                && let Some(named) = Type::named(name)
            {
                types.add(named);
            }
        };
        match value {
            Json::Array(names) => names.iter().for_each(add),
            name => add(name),
        }
        types
    }

    pub(super) fn add(&mut self, t: Type) {
        self.0 |= 1 << t as u8;
    }

    pub(super) fn contains(self, t: Type) -> bool {
        self.0 & 1 << t as u8 != 0
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn names(self) -> impl Iterator<Item = &'static str> {
        NAMES.iter().filter(move |(t, _)| self.contains(*t)).map(|(_, name)| *name)
    }
}
