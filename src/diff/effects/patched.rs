//! What a patch makes of lists in which two items have one merge key: one item, with the fields of both.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use gostd::stack;
use gostd::value::{Elem, List, Map, Value};

use crate::diff::Object;
use crate::kubernetes::Kind;

/// The lists that a strategic merge patch merges, and by which field: `patchMergeKey` of the types in k8s.io/api. Of ports
/// a container's have the first one, a Service's the second one; others are not merged.
const MERGED: &[(&[u8], &[&[u8]])] = &[
    (b"containers", &[b"name"]),
    (b"env", &[b"name"]),
    (b"ephemeralContainers", &[b"name"]),
    (b"hostAliases", &[b"ip"]),
    (b"imagePullSecrets", &[b"name"]),
    (b"initContainers", &[b"name"]),
    (b"ports", &[b"containerPort", b"port"]),
    (b"secrets", &[b"name"]),
    (b"topologySpreadConstraints", &[b"topologyKey"]),
    (b"volumeDevices", &[b"devicePath"]),
    (b"volumeMounts", &[b"mountPath"]),
    (b"volumes", &[b"name"]),
    (b"webhooks", &[b"name"]),
];

/// Returns an object as it is once a strategic merge patch has brought it to the server; nothing where that is what its
/// manifest says, or where it is patched otherwise, as custom resources are.
///
/// Source: `CreateThreeWayMergePatch` in k8s.io/apimachinery, pkg/util/strategicpatch, by which Helm 3 sends changes.
pub fn patched(object: &Object) -> Option<Object> {
    Kind::find(&object.api_version, &object.id.kind)?;
    let is_service = *object.id.kind == *b"Service";
    let value = merged(object.value().ok()?, is_service, 0)?;
    Some(object.with_value(value))
}

/// Returns a value with its lists merged; nothing where there is nothing to merge. `has_ports` says that its ports are those
/// of a container or a Service.
fn merged(value: &Value, has_ports: bool, depth: usize) -> Option<Value> {
    stack::at_depth(depth, || match value {
        Value::Map(map) => {
            let copy = map.shallow_copy();
            let mut has_changed = false;
            for (key, value) in map.entries() {
                let keys = MERGED.iter().find(|(name, _)| **name == *key).map(|(_, keys)| *keys);
                let keys = keys.filter(|_| *key != *b"ports" || has_ports);
                let is_of_pod = key.to_ascii_lowercase().ends_with(b"containers");
                let has_ports = is_of_pod || has_ports && *key == *b"spec";
                let inner = merged(&value, has_ports, depth + 1);
                let outer = by_keys(inner.as_ref().unwrap_or(&value), keys.unwrap_or_default());
                if let Some(new) = outer.or(inner) {
                    copy.insert(key, new);
                    has_changed = true;
                }
            }
            has_changed.then_some(Value::Map(copy))
        }
        Value::List(items) => {
            let new: Vec<Option<Value>> =
                items.iter().map(|item| merged(item, has_ports, depth + 1)).collect();
            let has_changed = new.iter().any(Option::is_some);
            let items = items.iter().zip(new).map(|(old, new)| new.unwrap_or_else(|| old.clone()));
            has_changed.then(|| Value::List(List::new(Elem::Any, items.collect())))
        }
        _ => None,
    })
}

/// Merges the items of a list that have the same under one of the keys, the first of these that they have; nothing where
/// there are no such items.
fn by_keys(value: &Value, keys: &[&[u8]]) -> Option<Value> {
    let Value::List(items) = value else { return None };
    let key_of = |item: &Value| -> Option<String> {
        let map = item.as_map()?;
        match keys.iter().find_map(|key| map.get(key))? {
            Value::Str(text) => Some(format!("{text:?}")),
            Value::Int(_, number) => Some(number.to_string()),
            Value::Uint(_, number) => Some(number.to_string()),
            _ => None,
        }
    };
    let mut places: HashMap<String, usize, RandomState> = HashMap::default();
    let mut new: Vec<Value> = Vec::new();
    for item in items.iter() {
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
