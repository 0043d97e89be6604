//! What a patch makes of lists in which two items have one merge key: one item, with the fields of both.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use gostd::stack;
use gostd::value::{Elem, List, Map, Value};

use crate::diff::Object;
use crate::kubernetes::{Field, Kind, Shape, Version};

/// Returns an object as it is once a strategic merge patch has brought it to the server; nothing where that is what its
/// manifest says, or where it is patched otherwise, as custom resources are.
///
/// Source: `CreateThreeWayMergePatch` in k8s.io/apimachinery, pkg/util/strategicpatch, by which Helm 3 sends changes.
pub fn patched(object: &Object) -> Option<Object> {
    let kind = Kind::find(&object.api_version, &object.id.kind)?;
    let shape = Version::all().rev().find_map(|version| kind.described(version))?;
    let value = merged(object.value().ok()?, Shape::Object(Some(shape)), 0)?;
    Some(object.with_value(value))
}

/// Returns a value with its lists merged; nothing where there is nothing to merge.
fn merged(value: &Value, shape: Shape, depth: usize) -> Option<Value> {
    stack::at_depth(depth, || match (value, shape) {
        (Value::Map(map), Shape::Object(_) | Shape::ObjectOrAny(_) | Shape::Map(_)) => {
            let copy = map.shallow_copy();
            let mut has_changed = false;
            for (key, value) in map.entries() {
                let shape = match shape {
                    Shape::Map(inner) => Some(inner.shape()),
                    Shape::Object(of) | Shape::ObjectOrAny(of) => {
                        of.and_then(|of| of.field(&key)).map(Field::shape)
                    }
                    _ => None,
                };
                if let Some(new) = shape.and_then(|shape| merged(&value, shape, depth + 1)) {
                    copy.insert(key, new);
                    has_changed = true;
                }
            }
            has_changed.then_some(Value::Map(copy))
        }
        (Value::List(items), Shape::List(list)) => {
            let of = list.items();
            let new: Vec<Option<Value>> =
                items.iter().map(|item| merged(item, of, depth + 1)).collect();
            let has_changed = new.iter().any(Option::is_some);
            let items: Vec<Value> = items
                .iter()
                .zip(new)
                .map(|(old, new)| new.unwrap_or_else(|| old.clone()))
                .collect();
            let outer = list.merge_key().and_then(|key| by_key(&items, key));
            outer.or_else(|| has_changed.then(|| Value::List(List::new(Elem::Any, items))))
        }
        _ => None,
    })
}

/// Merges the items of a list that have the same under a key; nothing where there are no such items.
fn by_key(items: &[Value], key: &str) -> Option<Value> {
    let key_of = |item: &Value| -> Option<String> {
        match item.as_map()?.get(key.as_bytes())? {
            Value::Str(text) => Some(format!("{text:?}")),
            Value::Int(_, number) => Some(number.to_string()),
            Value::Uint(_, number) => Some(number.to_string()),
            _ => None,
        }
    };
    let mut places: HashMap<String, usize, RandomState> = HashMap::default();
    let mut new: Vec<Value> = Vec::new();
    for item in items {
        let Some(key) = key_of(item) else {
            new.push(item.clone());
            continue;
        };
        let place = *places.entry(key).or_insert(new.len());
        match new.get_mut(place) {
            Some(first) => *first = over(first, item),
            None => new.push(item.clone()),
        }
    }
    (new.len() < items.len()).then(|| Value::List(List::new(Elem::Any, new)))
}

/// Returns an item with the fields of a later one over its own.
fn over(first: &Value, later: &Value) -> Value {
    let (Some(first), Some(later)) = (first.as_map(), later.as_map()) else { return later.clone() };
    let all: Map = first.shallow_copy();
    for (key, value) in later.entries() {
        all.insert(key, value);
    }
    Value::Map(all)
}
