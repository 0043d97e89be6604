//! Schemas of definitions of custom resources: what they may hold, and that they are structural.

use std::collections::HashSet;

use bstr::ByteSlice;
use gostd::value::{Str, Value};

use super::crds::STRUCTURE;
use super::node::Node;
use super::{Findings, custom, schema_rules};
use crate::kubernetes::{Step, Version};

const TYPES: &[&str] = &["array", "boolean", "integer", "number", "object", "string"];

/// What no schema may have.
const UNSUPPORTED: &[&str] = &[
    "id",
    "$schema",
    "$ref",
    "additionalItems",
    "definitions",
    "dependencies",
    "patternProperties",
];

/// What the whole schema may have where there is the subresource status: of that it is applied to a part alone.
const OF_ROOT: &[&str] = &[
    "description",
    "type",
    "format",
    "title",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "multipleOf",
    "required",
    "items",
    "properties",
    "externalDocs",
    "example",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-validations",
];

/// What schemas within allOf, anyOf, oneOf and not must not have.
const NOT_NESTED: &[&str] = &[
    "additionalProperties",
    "default",
    "title",
    "description",
    "nullable",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
    "x-kubernetes-validations",
];

/// Where a schema stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    /// Of a field, or an item.
    Field,
    /// In allOf, anyOf, oneOf or not.
    Nested,
}

/// What is known from above.
#[derive(Clone, Copy)]
struct Above {
    place: Place,
    /// Whether it is of `apiVersion`, `kind` or `metadata` of a whole object.
    is_meta: bool,
    /// Whether a default may be set.
    lets_default: bool,
    /// Whether its anyOf may be the choice between a whole number and a text.
    lets_choice: bool,
    /// Whether it is one of the two of such a choice.
    is_chosen: bool,
}

/// Checks the schema of a version; `has_status` tells whether it has the subresource.
pub(super) fn check(schema: &Node<'_>, has_status: bool, found: &mut Findings) {
    let kind = schema.at("type");
    let is_open = kind.is_empty() && is_true(schema, PRESERVE);
    if !kind.is("object") && !is_open {
        found.add(&STRUCTURE, &kind, "the type of the whole has to be object");
    }
    found.forbidden(
        &STRUCTURE,
        &zero_less(schema, "additionalProperties"),
        "it cannot be set of the whole",
    );
    if is_true(schema, "nullable") {
        found.add(&STRUCTURE, &schema.at("nullable"), "the whole cannot be nullable");
    }
    if has_status {
        for (key, node) in schema.members() {
            let is_allowed = OF_ROOT.iter().any(|name| name.as_bytes() == &*key);
            // An empty list, and what the server keeps as a pointer, is not nothing here.
            let is_pointer =
                matches!(&*key, b"$ref" | b"x-kubernetes-list-type" | b"x-kubernetes-map-type");
            let is_there = matches!(node.value, Value::List(_)) || is_pointer && node.is_set();
            if !is_allowed && (is_there || !is_zero(&node)) {
                let words = "it cannot be set of the whole where there is the subresource status";
                found.add(&STRUCTURE, &node, words);
            }
        }
    }
    let above = Above {
        place: Place::Root,
        is_meta: false,
        lets_default: true,
        lets_choice: true,
        is_chosen: false,
    };
    structure(schema, above, found);
}

const PRESERVE: &str = "x-kubernetes-preserve-unknown-fields";
const EMBEDDED: &str = "x-kubernetes-embedded-resource";
const EITHER: &str = "x-kubernetes-int-or-string";

fn is_true(schema: &Node<'_>, key: &str) -> bool {
    schema.at(key).is_true()
}

/// Tells whether a keyword has the value that stands for none.
fn is_zero(node: &Node<'_>) -> bool {
    node.is_empty() || matches!(node.value, Value::Bool(false))
}

/// Returns what a keyword has; nothing of `false`.
fn zero_less<'n>(schema: &'n Node<'_>, key: &'static str) -> Node<'n> {
    let node = schema.at(key);
    match is_zero(&node) && !matches!(node.value, Value::Map(_)) {
        true => schema.child(Step::Key(key.into()), Value::Nil),
        false => node,
    }
}

fn structure(schema: &Node<'_>, above: Above, found: &mut Findings) {
    gostd::stack::at_depth(schema.depth(), || levels(schema, above, found));
}

/// Tells whether a schema of a field says no more than most do: nothing of that can be wrong but what is within it.
fn is_plain(schema: &Node<'_>, above: Above, version: Version) -> bool {
    let Value::Map(map) = &schema.value else { return false };
    let map = map.borrow();
    let kind = match map.get(b"type") {
        Some(Value::Str(kind)) => &**kind,
        _ => return false,
    };
    let mut default = None;
    let (mut is_restricted, mut has_fields, mut has_items) = (false, false, false);
    for (key, value) in map.iter() {
        match (&**key, value) {
            (b"description" | b"type", _) => {}
            (b"properties" | b"additionalProperties", Value::Map(_)) if !has_fields => {
                has_fields = true;
            }
            (b"items", Value::Map(_)) => has_items = true,
            (b"default", value) => default = Some(value),
            (b"format", Value::Str(format)) => {
                let (kind, format) = (kind.to_str_lossy(), format.to_str_lossy());
                is_restricted = true;
                if !custom::is_format_used(&kind, &format, version) {
                    return false;
                }
            }
            (b"enum" | b"minimum" | b"maximum", _) => is_restricted = true,
            (b"minLength" | b"maxLength" | b"minItems" | b"maxItems" | b"required", _) => {
                is_restricted = true;
            }
            (b"x-kubernetes-map-type", Value::Str(of)) if kind == b"object" && of == "atomic" => {}
            (b"x-kubernetes-list-type", Value::Str(of)) if kind == b"array" && of == "atomic" => {}
            _ => return false,
        }
    }
    let is_right = match default {
        None => true,
        Some(_) if is_restricted || !above.lets_default => false,
        Some(Value::Str(_)) => kind == b"string",
        Some(Value::Bool(_)) => kind == b"boolean",
        Some(Value::Int(..)) => kind == b"integer",
        Some(_) => false,
    };
    is_right && is_type(kind) && (kind != b"array" || has_items)
}

/// Tells whether a schema can ask for a type.
pub(super) fn is_type(kind: &[u8]) -> bool {
    TYPES.iter().any(|known| known.as_bytes() == kind)
}

fn levels(schema: &Node<'_>, above: Above, found: &mut Findings) {
    if above.place == Place::Field && is_plain(schema, above, found.version) {
        return within(schema, above, found);
    }
    let kind = schema.at("type");
    if !kind.is_empty() && !kind.is_any(TYPES) {
        found.add(&STRUCTURE, &kind, format!("{} is none of {}", kind.shown(), TYPES.join(", ")));
    }
    for key in UNSUPPORTED {
        let node = schema.at(key);
        let is_there = match *key {
            "additionalItems" | "dependencies" => node.is_set(),
            _ => !node.is_empty(),
        };
        if is_there {
            found.add(&STRUCTURE, &node, format!("{key} is not supported"));
        }
    }
    for key in ["additionalProperties", "additionalItems"] {
        let node = schema.at(key);
        if node.is_set() && !matches!(node.value, Value::Map(_) | Value::Bool(_)) {
            found.add(&STRUCTURE, &node, "it has to be a schema, true or false");
        }
    }
    if is_true(schema, "uniqueItems") {
        found.add(&STRUCTURE, &schema.at("uniqueItems"), "uniqueItems must not be true");
    }
    let preserve = schema.at(PRESERVE);
    if matches!(preserve.value, Value::Bool(false)) {
        found.add(&STRUCTURE, &preserve, "it has to be true, or not to be there");
    }
    if above.is_meta && is_true(schema, EMBEDDED) {
        found.add(&STRUCTURE, &schema.at(EMBEDDED), "it must not be set within metadata");
    }
    let pattern = schema.at("pattern");
    if pattern.text().is_some_and(|text| !found.is_regexp(text)) {
        found.add(&STRUCTURE, &pattern, format!("{} is no regular expression", pattern.shown()));
    }
    lists(schema, found);
    schema_rules::check(schema, found);
    match above.place {
        Place::Nested => nested(schema, above.is_chosen, found),
        _ => whole(schema, above, found),
    }
    below(schema, above, found);
}

/// Checks a schema that says what there is.
fn whole(schema: &Node<'_>, above: Above, found: &mut Findings) {
    let kind = schema.at("type");
    let (is_either, is_preserving, is_embedded) =
        (is_true(schema, EITHER), is_true(schema, PRESERVE), is_true(schema, EMBEDDED));
    if kind.is_empty() && !is_either && !is_preserving && above.place == Place::Field {
        found.add(&STRUCTURE, &kind, "type is required of a field, unless it has x-kubernetes-int-or-string or x-kubernetes-preserve-unknown-fields");
    }
    if is_either && is_preserving {
        found.add(
            &STRUCTURE,
            &schema.at(PRESERVE),
            "it cannot be set beside x-kubernetes-int-or-string",
        );
    }
    if is_either && is_embedded {
        found.add(
            &STRUCTURE,
            &schema.at(EMBEDDED),
            "it cannot be set beside x-kubernetes-int-or-string",
        );
    }
    let (properties, additional, items) =
        (schema.at("properties"), schema.at("additionalProperties"), schema.at("items"));
    if is_embedded {
        if !kind.is("object") {
            found.add(&STRUCTURE, &kind, "the type of an object within has to be object");
        }
        if additional.is_set() {
            found.add(&STRUCTURE, &additional, "it cannot be set of an object within");
        }
        if !is_preserving && properties.is_empty() {
            let words =
                "an object within has to have properties, or x-kubernetes-preserve-unknown-fields";
            found.add(&STRUCTURE, &properties, words);
        }
    }
    // What is no schema is none.
    if kind.is("array") && !matches!(items.value, Value::Map(_) | Value::List(_)) {
        found.add(&STRUCTURE, &items, "an array has to have items");
    }
    if above.place == Place::Root || is_embedded {
        for key in ["apiVersion", "kind"] {
            if let Some(field) = properties.get(key)
                && !field.at("type").is("string")
            {
                found.add(&STRUCTURE, &field.at("type"), format!("{key} has to be a string"));
            }
        }
        if let Some(metadata) = properties.get("metadata") {
            metadata_of(&metadata, above.place == Place::Root, found);
        }
    }
    let default = schema.at("default");
    if !default.is_set() {
        return;
    }
    if above.place == Place::Root {
        for key in ["apiVersion", "kind"] {
            found.required(&STRUCTURE, &default.at(key), key);
        }
    }
    if !above.lets_default {
        found.add(&STRUCTURE, &default, "a default cannot be set here");
    } else if !above.is_meta
        && let Value::Map(map) = &schema.value
    {
        custom::check_default(map, &default, found);
    }
}

/// Checks what is said of an object's metadata: of the whole only its name can be restricted.
fn metadata_of(metadata: &Node<'_>, is_root: bool, found: &mut Findings) {
    let kind = metadata.at("type");
    if !kind.is("object") {
        found.add(&STRUCTURE, &kind, "the type of metadata has to be object");
    }
    if !is_root {
        return;
    }
    for (key, node) in metadata.members() {
        let is_allowed = match &*key {
            b"type" | b"default" => true,
            b"properties" => {
                node.members().all(|(name, _)| matches!(&*name, b"name" | b"generateName"))
            }
            _ => is_zero(&node),
        };
        if !is_allowed {
            found.add(
                &STRUCTURE,
                &node,
                "of the metadata only name and generateName can be restricted",
            );
        }
    }
}

/// Checks a schema that only restricts what another says there is.
fn nested(schema: &Node<'_>, is_chosen: bool, found: &mut Findings) {
    let kind = schema.at("type");
    if !kind.is_empty() && !is_chosen {
        found.add(&STRUCTURE, &kind, "type must not be set within allOf, anyOf, oneOf or not");
    }
    for key in NOT_NESTED {
        let node = schema.at(key);
        let is_there = match *key {
            "additionalProperties"
            | "default"
            | "x-kubernetes-list-type"
            | "x-kubernetes-map-type" => {
                node.is_set()
                    && !matches!((*key, &node.value), ("additionalProperties", Value::Bool(false)))
            }
            _ => !is_zero(&node),
        };
        if is_there {
            found.add(
                &STRUCTURE,
                &node,
                format!("{key} must not be set within allOf, anyOf, oneOf or not"),
            );
        }
    }
    let properties = schema.at("properties");
    if let Some(metadata) = properties.get("metadata") {
        found.add(
            &STRUCTURE,
            &metadata,
            "metadata must not be restricted within allOf, anyOf, oneOf or not",
        );
    }
}

/// Tells whether schemas are the two alternatives of a whole number or a text, which may name their types.
fn is_choice(list: &Node<'_>) -> bool {
    let is_plain = |node: &Node<'_>, name: &str| {
        node.at("type").is(name)
            && node.members().all(|(key, node)| &*key == b"type" || is_zero(&node))
    };
    let both: Vec<_> = list.items().collect();
    matches!(&*both, [a, b] if is_plain(a, "integer") && is_plain(b, "string"))
}

/// Checks how the items of a list and the fields of an object are told from each other.
fn lists(schema: &Node<'_>, found: &mut Findings) {
    let kind = schema.at("type");
    let (list, map, keys) = (
        schema.at("x-kubernetes-list-type"),
        schema.at("x-kubernetes-map-type"),
        schema.at("x-kubernetes-list-map-keys"),
    );
    let items = schema.at("items");
    found.exactly(&STRUCTURE, &map, &["atomic", "granular"]);
    if map.is_set() && !kind.is("object") {
        found.add(
            &STRUCTURE,
            &kind,
            "the type has to be object where there is x-kubernetes-map-type",
        );
    }
    found.exactly(&STRUCTURE, &list, &["atomic", "set", "map"]);
    if list.is_set() && !kind.is("array") {
        found.add(
            &STRUCTURE,
            &kind,
            "the type has to be array where there is x-kubernetes-list-type",
        );
    } else if list.is("set") {
        let (of, inner) = (items.at("type"), items.at("x-kubernetes-list-type"));
        if of.is("array") && inner.is_set() && !inner.is("atomic") {
            found.add(&STRUCTURE, &inner, "it has to be atomic within a set");
        }
        let inner = items.at("x-kubernetes-map-type");
        if of.is("object") && !inner.is("atomic") {
            found.add(&STRUCTURE, &inner, "it has to be atomic within a set");
        }
    }
    if !keys.is_empty() && !list.is("map") {
        found.add(&STRUCTURE, &list, "it has to be map where there are x-kubernetes-list-map-keys");
    }
    if list.is_any(&["set", "map"]) && is_true(&items, "nullable") {
        found.add(
            &STRUCTURE,
            &items.at("nullable"),
            "the items of a set or a map cannot be nullable",
        );
    }
    if !list.is("map") {
        return;
    }
    found.required(&STRUCTURE, &keys, "x-kubernetes-list-map-keys");
    if items.is_set() && !items.at("type").is("object") {
        found.add(&STRUCTURE, &items.at("type"), "it has to be object in a list that is a map");
        return;
    }
    let required: HashSet<Str> =
        items.at("required").items().map(|name| name.text_or_empty()).collect();
    let properties = items.at("properties");
    let mut seen = HashSet::new();
    for key in keys.items() {
        let text = key.text_or_empty();
        if !seen.insert(text.clone()) {
            found.add(&STRUCTURE, &key, format!("{} stands there twice", key.shown()));
        }
        let Some(field) = Some(properties.at_key(&text)).filter(Node::is_set) else {
            found.add(&STRUCTURE, &key, format!("the items have no field {}", key.shown()));
            continue;
        };
        if field.at("type").is_any(&["array", "object"]) {
            found.add(&STRUCTURE, &field.at("type"), "a key of a map has to be a scalar");
        }
        if !required.contains(&text) && !field.at("default").is_set() {
            found.add(
                &STRUCTURE,
                &field,
                "a key of a map has to be required, or to have a default",
            );
        }
        if is_true(&field, "nullable") {
            found.add(&STRUCTURE, &field.at("nullable"), "a key of a map cannot be nullable");
        }
    }
}

/// Checks the schemas within a schema.
fn below(schema: &Node<'_>, above: Above, found: &mut Findings) {
    let (properties, additional, items) =
        (schema.at("properties"), schema.at("additionalProperties"), schema.at("items"));
    let has_both = additional.is_set() && !matches!(additional.value, Value::Bool(true));
    if has_both && !properties.is_empty() {
        found.add(&STRUCTURE, &additional, "additionalProperties cannot be set beside properties");
    }
    if let Value::List(_) = items.value {
        found.add(&STRUCTURE, &items, "it has to be one schema, not a list");
    }
    within(schema, above, found);
    let is_nested = above.place == Place::Nested;
    let inner = Above { place: Place::Nested, lets_choice: false, is_chosen: false, ..above };
    for key in ["allOf", "anyOf", "oneOf"] {
        let list = schema.at(key);
        let is_chosen = key == "anyOf" && above.lets_choice && is_choice(&list);
        for (number, one) in list.items().enumerate() {
            // The choice may stand in the first of an allOf.
            let lets_choice = key == "allOf" && number == 0 && !is_nested;
            structure(&one, Above { lets_choice, is_chosen, ..inner }, found);
        }
    }
    if let Some(one) = schema.get("not") {
        structure(&one, inner, found);
    }
}

/// Checks the schemas of what there is within what a schema describes.
fn within(schema: &Node<'_>, above: Above, found: &mut Findings) {
    let is_nested = above.place == Place::Nested;
    let place = if is_nested { Place::Nested } else { Place::Field };
    let inner = Above { place, lets_choice: !is_nested, is_chosen: false, ..above };
    let is_root = above.place == Place::Root;
    let is_object = is_root || is_true(schema, EMBEDDED);
    let Value::Map(map) = &schema.value else { return };
    for (key, value) in map.borrow().iter() {
        let Value::Map(members) = value else { continue };
        let part = || schema.child(Step::Key(key.clone()), value.clone());
        match &**key {
            b"properties" => {
                let properties = part();
                for (name, property) in members.borrow().iter() {
                    let is_meta =
                        is_object && matches!(&**name, b"metadata" | b"kind" | b"apiVersion");
                    let lets_default = above.lets_default && !(is_meta && is_root);
                    let inner = Above { is_meta: above.is_meta || is_meta, lets_default, ..inner };
                    let property = properties.child(Step::Key(name.clone()), property.clone());
                    structure(&property, inner, found);
                }
            }
            b"additionalProperties" => {
                let lets_default = above.lets_default && !above.is_meta;
                structure(&part(), Above { lets_default, ..inner }, found);
            }
            b"items" => structure(&part(), inner, found),
            _ => {}
        }
    }
}
