//! What `x-kubernetes-*` keywords of a schema ask of a custom resource beside its types: lists that are sets or maps, and
//! objects within the object (`k8s.io/apiextensions-apiserver`, `pkg/apiserver/schema/listtype` and `objectmeta`).

use std::collections::HashSet;

use bstr::ByteSlice;
use gostd::stack;
use gostd::value::{Map, Str, Value};

use super::super::node::Node;
use super::super::{Findings, metadata};
use super::prune::META;
use super::values::{repeated, shown};
use super::{DUPLICATE, EMBEDDED};
use crate::kubernetes::{Step, names};

/// Checks a value below the whole object.
pub(super) fn check(schema: &Map, node: &Node<'_>, found: &mut Findings) {
    stack::at_depth(node.depth(), || levels(schema, node, found));
}

fn levels(schema: &Map, node: &Node<'_>, found: &mut Findings) {
    match &node.value {
        Value::Map(members) => {
            if matches!(schema.get(b"x-kubernetes-embedded-resource"), Some(Value::Bool(true))) {
                embedded(node, found);
            }
            let properties = match schema.get(b"properties") {
                Some(Value::Map(properties)) => properties,
                _ => Map::new(),
            };
            let additional = schema.get(b"additionalProperties");
            for (key, value) in members.entries() {
                let below = properties.get(&key).or_else(|| additional.clone());
                if let Some(Value::Map(below)) = below {
                    check(&below, &node.child(Step::Key(key), value), found);
                }
            }
        }
        Value::List(items) => {
            let list_type = schema.get(b"x-kubernetes-list-type");
            match list_type.as_ref().and_then(Value::as_str).map(|text| text.as_bytes()) {
                Some(b"set") => {
                    for index in repeated(items) {
                        duplicate(node, index, items.get(index).unwrap_or(&Value::Nil), found);
                    }
                }
                Some(b"map") => list_map(schema, node, items, found),
                _ => {}
            }
            if let Some(Value::Map(below)) = schema.get(b"items") {
                for item in node.items() {
                    check(&below, &item, found);
                }
            }
        }
        _ => {}
    }
}

fn duplicate(node: &Node<'_>, index: usize, value: &Value, found: &mut Findings) {
    let item = node.child(Step::Item(index), Value::Nil);
    found.add(&DUPLICATE, &item, format!("Duplicate value: {}", shown(value)));
}

fn list_map(schema: &Map, node: &Node<'_>, items: &[Value], found: &mut Findings) {
    let is_wrong = |item: &&Value| !matches!(item, Value::Map(_) | Value::Nil);
    if let Some(wrong) = items.iter().find(is_wrong) {
        let at = items.iter().position(|item| is_wrong(&item)).unwrap_or_default();
        let item = node.child(Step::Item(at), Value::Nil);
        let words = "must be an object for an array of list-type map";
        found.add(&DUPLICATE, &item, format!("Invalid value: {}: {words}", shown(wrong)));
        return;
    }
    let names: HashSet<Str> = match schema.get(b"x-kubernetes-list-map-keys") {
        Some(Value::List(names)) => names.iter().filter_map(Value::as_str).cloned().collect(),
        _ => return,
    };
    let key = |item: &Value| {
        let key = Map::new();
        if let Value::Map(members) = item {
            for (name, value) in members.borrow().iter().filter(|(name, _)| names.contains(*name)) {
                key.insert(name.clone(), value.clone());
            }
        }
        Value::Map(key)
    };
    let keys: Vec<Value> = items.iter().map(key).collect();
    for index in repeated(&keys) {
        duplicate(node, index, keys.get(index).unwrap_or(&Value::Nil), found);
    }
}

/// Checks that an object within the object is one.
fn embedded(node: &Node<'_>, found: &mut Findings) {
    for key in META {
        let field = node.at(key);
        match (*key, &field.value) {
            ("metadata", Value::Map(_)) => {
                let name = field.at("name");
                if let Some(text) = name.text() {
                    found.named(&EMBEDDED, &name, names::path_segment(text));
                }
                metadata::of_template(&field, found);
            }
            ("metadata", Value::Nil) => {}
            ("metadata", other) => {
                let words = "must be an object";
                found.add(&EMBEDDED, &field, format!("Invalid value: {}: {words}", shown(other)));
            }
            (_, Value::Nil) if !field.is_written() => {
                found.add(&EMBEDDED, &field, "Required value")
            }
            (_, Value::Str(text)) if text.is_empty() => {
                found.add(&EMBEDDED, &field, "Invalid value: \"\": must not be empty")
            }
            ("apiVersion", Value::Str(text)) => {
                if text.iter().filter(|b| **b == b'/').count() > 1 {
                    let shown = field.shown();
                    let words = format!("unexpected GroupVersion string: {}", text.to_str_lossy());
                    found.add(&EMBEDDED, &field, format!("Invalid value: {shown}: {words}"));
                }
            }
            (_, Value::Str(text)) => {
                let faults = names::label(&text.to_ascii_lowercase(), true);
                if !faults.is_empty() {
                    let words = "may have mixed case, but should otherwise match";
                    found.add(
                        &EMBEDDED,
                        &field,
                        format!("Invalid value: {}: {words}: {}", field.shown(), faults.join(",")),
                    );
                }
            }
            (_, other) => {
                let words = "must be a string";
                found.add(&EMBEDDED, &field, format!("Invalid value: {}: {words}", shown(other)));
            }
        }
    }
}
