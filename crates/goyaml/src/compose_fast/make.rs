//! Defines what the reader makes of what it reads: values, places, or nothing.

use super::Reader;
use crate::compose::bool_text;
use crate::resolve::{self, Scalar};
use gostd::value::{ANY_MAP, Map, Str, Value};

/// What is made of texts of several lines.
#[derive(PartialEq)]
pub(super) enum Texts {
    Whole,
    /// Their first lines.
    Begun,
    Nothing,
}

/// What the reader makes of what it reads.
pub(super) trait Make: Sized {
    /// A node.
    type Value;
    /// A key, or a scalar that is text for sure.
    type Text;
    /// The items of a sequence.
    type Items: Default;
    /// What is made of texts of several lines.
    const TEXTS: Texts;

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
    /// Returns what follows the `:` behind a key of a mapping at a column.
    fn value_of(reader: &mut Reader, _: &Self::Text, column: isize) -> Option<Self::Value> {
        reader.mapping_value::<Self>(column)
    }
    /// Says of a node where it begins.
    fn at(value: Self::Value, start: usize) -> Self::Value {
        let _ = start;
        value
    }
}

/// Makes values; of texts only how they begin, where `BEGUN` says so.
pub(super) struct Values<const BEGUN: bool>;

/// Makes values.
pub(super) type Build = Values<false>;

/// Makes values, but of texts only how they begin.
pub(super) type Begin = Values<true>;

/// How many bytes of a text are kept where it is only begun: so many take no memory of their own.
const BEGIN: usize = 22;

impl<const BEGUN: bool> Make for Values<BEGUN> {
    type Value = Value;
    type Text = Str;
    type Items = Vec<Value>;
    const TEXTS: Texts = if BEGUN { Texts::Begun } else { Texts::Whole };

    fn nil() -> Value {
        Value::Nil
    }

    fn text(text: &[u8]) -> Str {
        if !BEGUN {
            return text.into();
        }
        let is_end = |end: &usize| text.get(*end).is_none_or(|byte| byte & 0xc0 != 0x80);
        let end = (0..=text.len().min(BEGIN)).rev().find(is_end).unwrap_or_default();
        text[..end].into()
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
            scalar => {
                scalar.into_value(reader.json).unwrap_or_else(|| Value::Str(Self::text(text)))
            }
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
        let written = reader.entries.len() - base;
        let map = Map::from_entries(&ANY_MAP, reader.entries.drain(base..));
        reader.repeats |= map.len() < written;
        Value::Map(map)
    }

    fn value_of(reader: &mut Reader, key: &Str, column: isize) -> Option<Value> {
        let Some(cut) = reader.cut else { return reader.mapping_value::<Build>(column) };
        let before = reader.is_cutting;
        if before && cut.key == &**key {
            reader.skip_spaces();
            // What stands in a collection is no text of this key.
            if !matches!(reader.cur(), b'\n' | b'#' | b'[' | b'{') {
                return reader.inline_value::<Begin>(column);
            }
        }
        reader.is_cutting = match before {
            true => !cut.but.contains(&&**key),
            false => cut.within == &**key,
        };
        let value = reader.mapping_value::<Build>(column);
        reader.is_cutting = before;
        value
    }
}

/// Makes nothing.
pub(super) struct Skip;

impl Make for Skip {
    type Value = ();
    type Text = ();
    type Items = ();
    const TEXTS: Texts = Texts::Nothing;

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

    fn add_entry(_: &mut Reader, _: usize, _: (), _: ()) {}

    fn mapping(_: &mut Reader, _: usize) {}
}
