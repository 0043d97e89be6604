//! Defines what the reader makes of what it reads: values, places, or nothing.

use super::Reader;
use crate::compose::bool_text;
use crate::resolve::{self, Scalar};
use gostd::value::{ANY_MAP, Map, Str, Value};

/// What the reader makes of what it reads.
pub(super) trait Make {
    /// A node.
    type Value;
    /// A key, or a scalar that is text for sure.
    type Text;
    /// The items of a sequence.
    type Items: Default;
    /// Whether anything is made at all.
    const BUILDS: bool;

    fn nil() -> Self::Value;
    fn text(text: &[u8]) -> Self::Text;
    fn string(text: Self::Text) -> Self::Value;
    fn key(text: &[u8]) -> Option<Self::Text>;
    fn scalar(reader: &Reader, text: &[u8]) -> Option<Self::Value>;
    fn add_item(items: &mut Self::Items, item: Self::Value);
    fn sequence(reader: &mut Reader, items: Self::Items) -> Self::Value;
    /// Returns how many entries of mappings are being read.
    fn base(reader: &Reader) -> usize;
    /// Adds an entry whose key begins at `start`.
    fn add_entry(reader: &mut Reader, start: usize, key: Self::Text, value: Self::Value);
    /// Makes a mapping of the entries from `base` on.
    fn mapping(reader: &mut Reader, base: usize) -> Self::Value;
    /// Says of a node where it begins.
    fn at(value: Self::Value, start: usize) -> Self::Value {
        let _ = start;
        value
    }
}

/// Makes values.
pub(super) struct Build;

impl Make for Build {
    type Value = Value;
    type Text = Str;
    type Items = Vec<Value>;
    const BUILDS: bool = true;

    fn nil() -> Value {
        Value::Nil
    }

    fn text(text: &[u8]) -> Str {
        text.into()
    }

    fn string(text: Str) -> Value {
        Value::Str(text)
    }

    fn key(text: &[u8]) -> Option<Str> {
        match resolve::plain(text) {
            Scalar::Text if text == b"<<" => None,
            Scalar::Text => Some(text.into()),
            Scalar::Bool(b) => Some(bool_text(b)),
            Scalar::Int(n) => Some(n.to_string().into()),
            _ => None,
        }
    }

    fn scalar(reader: &Reader, text: &[u8]) -> Option<Value> {
        Some(match resolve::plain(text) {
            Scalar::Float(f) if (reader.json || reader.finite) && !f.is_finite() => return None,
            scalar => scalar.into_value(reader.json).unwrap_or_else(|| Value::Str(text.into())),
        })
    }

    fn add_item(items: &mut Vec<Value>, item: Value) {
        items.push(item);
    }

    fn sequence(_: &mut Reader, items: Vec<Value>) -> Value {
        Value::list(items)
    }

    fn base(reader: &Reader) -> usize {
        reader.entries.len()
    }

    fn add_entry(reader: &mut Reader, _: usize, key: Str, value: Value) {
        reader.entries.push((key, value));
    }

    fn mapping(reader: &mut Reader, base: usize) -> Value {
        Value::Map(Map::from_entries(&ANY_MAP, reader.entries.drain(base..)))
    }
}

/// Makes nothing.
pub(super) struct Skip;

impl Make for Skip {
    type Value = ();
    type Text = ();
    type Items = ();
    const BUILDS: bool = false;

    fn nil() {}

    fn text(_: &[u8]) {}

    fn string(_: ()) {}

    fn key(text: &[u8]) -> Option<()> {
        match resolve::plain(text) {
            Scalar::Text if text == b"<<" => None,
            Scalar::Text | Scalar::Bool(_) | Scalar::Int(_) => Some(()),
            _ => None,
        }
    }

    fn scalar(_: &Reader, text: &[u8]) -> Option<()> {
        resolve::is_finite(text).then_some(())
    }

    fn add_item(_: &mut (), _: ()) {}

    fn sequence(_: &mut Reader, _: ()) {}

    fn base(_: &Reader) -> usize {
        0
    }

    fn add_entry(reader: &mut Reader, _: usize, _: (), _: ()) {
        reader.skipped += 1;
    }

    fn mapping(_: &mut Reader, _: usize) {}
}
