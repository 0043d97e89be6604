//! Definitions of custom resources.

use bstr::ByteSlice;

use super::node::Node;
use super::{Findings, Level, Rule};
use crate::diff::Object;
use crate::kubernetes::names;

const EXTENSIONS: &str =
    "k8s.io/apiextensions-apiserver, pkg/apis/apiextensions/validation/validation.go";

pub(super) static RULES: &[Rule] = &[NAMES, VERSIONS, STRUCTURE];

const NAMES: Rule = Rule {
    code: "SC721",
    level: Level::Error,
    title: "A CustomResourceDefinition has to be named PLURAL.GROUP",
    source: EXTENSIONS,
};
const VERSIONS: Rule = Rule {
    code: "SC722",
    level: Level::Error,
    title: "A CustomResourceDefinition has to have one version that is stored, and a schema of each",
    source: EXTENSIONS,
};
const STRUCTURE: Rule = Rule {
    code: "SC723",
    level: Level::Error,
    title: "The schema of a CustomResourceDefinition has to be structural",
    source: "k8s.io/apiextensions-apiserver, pkg/apiserver/schema/validation.go",
};

pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    if *object.api_version != *b"apiextensions.k8s.io/v1"
        || &*object.id.kind != b"CustomResourceDefinition"
    {
        return;
    }
    let (spec, metadata) = (root.at("spec"), root.at("metadata"));
    let (group, own) = (spec.at("group"), spec.at("names"));
    let plural = own.at("plural");
    let wanted = [&*plural.text_or_empty(), b".", &*group.text_or_empty()].concat();
    let name = metadata.at("name");
    if *name.text_or_empty() != *wanted {
        found.add(
            &NAMES,
            &name,
            format!("it has to be {:?}, PLURAL.GROUP of its spec", wanted.to_str_lossy()),
        );
    }
    let group_text = group.text_or_empty();
    if group_text.find_byte(b'.').is_none() {
        found.add(&NAMES, &group, "the group has to be a domain of at least two parts");
    } else {
        found.named(&NAMES, &group, names::subdomain(&group_text));
    }
    for key in ["plural", "singular", "kind", "listKind"] {
        let one = own.at(key);
        match one.is_empty() {
            true if matches!(key, "plural" | "kind") => {
                found.add(&NAMES, &one, format!("{key} is required"))
            }
            true => {}
            false => found.named(
                &NAMES,
                &one,
                names::label(&one.text_or_empty().to_ascii_lowercase(), true),
            ),
        }
    }
    for key in ["shortNames", "categories"] {
        for one in own.at(key).items() {
            found.named(&NAMES, &one, names::label(&one.text_or_empty(), true));
        }
    }
    let scope = spec.at("scope");
    if !scope.is("Cluster") && !scope.is("Namespaced") {
        found.add(&NAMES, &scope, "it has to be Cluster or Namespaced");
    }
    versions(&spec, found);
}

fn versions(spec: &Node<'_>, found: &mut Findings) {
    let versions = spec.at("versions");
    let stored = versions.items().filter(|version| version.at("storage").is_true()).count();
    if stored != 1 {
        found.add(
            &VERSIONS,
            &versions,
            format!("{stored} versions are stored: it has to be exactly one"),
        );
    }
    let is_preserving = spec.at("preserveUnknownFields").is_true();
    if is_preserving {
        found.add(
            &STRUCTURE,
            &spec.at("preserveUnknownFields"),
            "it must not be true; set x-kubernetes-preserve-unknown-fields in the schema",
        );
    }
    for version in versions.items() {
        let name = version.at("name");
        found.named(&VERSIONS, &name, names::label(&name.text_or_empty(), true));
        for column in version.at("additionalPrinterColumns").items() {
            let path = column.at("jsonPath");
            if !path.text_or_empty().starts_with(b".") {
                found.add(&VERSIONS, &path, "the jsonPath has to begin with .");
            }
        }
        let holder = version.at("schema");
        let schema = holder.at("openAPIV3Schema");
        if !schema.is_set() {
            found.add(&VERSIONS, &schema, "the version has no schema");
            continue;
        }
        if !schema.at("type").is("object") {
            found.add(&STRUCTURE, &schema.at("type"), "the type of the whole has to be object");
        }
        structure(&schema, Place::Root, found);
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    /// The value of a field, or an item.
    Field,
    /// In allOf, anyOf, oneOf or not.
    Logic,
}

const TYPES: &[&str] = &["array", "boolean", "integer", "number", "object", "string"];

fn structure(schema: &Node<'_>, place: Place, found: &mut Findings) {
    gostd::stack::at_depth(schema.depth(), || levels(schema, place, found));
}

fn levels(schema: &Node<'_>, place: Place, found: &mut Findings) {
    let kind = schema.at("type");
    let is_either = schema.at("x-kubernetes-int-or-string").is_true();
    let is_preserving = schema.at("x-kubernetes-preserve-unknown-fields").is_true();
    if !kind.is_empty() && !kind.is_any(TYPES) {
        found.add(&STRUCTURE, &kind, format!("{} is none of {}", kind.shown(), TYPES.join(", ")));
    }
    match place {
        Place::Field if kind.is_empty() && !is_either && !is_preserving => {
            found.add(&STRUCTURE, &kind, "type is required of a field, unless it has x-kubernetes-int-or-string or x-kubernetes-preserve-unknown-fields");
        }
        Place::Field if is_either && !kind.is_empty() => {
            found.add(
                &STRUCTURE,
                &kind,
                "type must be empty where x-kubernetes-int-or-string is true",
            );
        }
        Place::Logic if !kind.is_empty() => {
            // The alternatives of a whole number or a text name their types.
            let is_choice = kind.is("integer") || kind.is("string");
            if !is_choice {
                found.add(
                    &STRUCTURE,
                    &kind,
                    "type must not be set within allOf, anyOf, oneOf or not",
                );
            }
        }
        _ => {}
    }
    let lists: [(&str, &[&str]); 2] = [
        ("x-kubernetes-list-type", &["atomic", "set", "map"]),
        ("x-kubernetes-map-type", &["atomic", "granular"]),
    ];
    for (key, allowed) in lists {
        let node = schema.at(key);
        if node.is_set() && !node.is_any(allowed) {
            found.add(
                &STRUCTURE,
                &node,
                format!("{} is none of {}", node.shown(), allowed.join(", ")),
            );
        }
    }
    if schema.at("uniqueItems").is_true() {
        found.add(&STRUCTURE, &schema.at("uniqueItems"), "uniqueItems must not be true");
    }
    let (properties, additional, items) =
        (schema.at("properties"), schema.at("additionalProperties"), schema.at("items"));
    if place != Place::Logic && !properties.is_empty() && additional.is_set() {
        found.add(&STRUCTURE, &additional, "additionalProperties cannot be set beside properties");
    }
    if place != Place::Logic && kind.is("array") && !items.is_set() {
        found.add(&STRUCTURE, &items, "an array has to have items");
    }
    let below = if place == Place::Logic { Place::Logic } else { Place::Field };
    for (_, property) in properties.members() {
        structure(&property, below, found);
    }
    for inner in [&additional, &items] {
        if matches!(inner.value, gostd::value::Value::Map(_)) {
            structure(inner, below, found);
        }
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for inner in schema.at(key).items() {
            structure(&inner, Place::Logic, found);
        }
    }
    if let Some(inner) = schema.get("not") {
        structure(&inner, Place::Logic, found);
    }
}
