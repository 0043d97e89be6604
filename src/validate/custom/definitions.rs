//! The definitions of custom resources that are at hand.

use std::collections::HashMap;
use std::rc::Rc;

use bstr::ByteSlice;
use gostd::value::{Map, Str, Value};

use super::super::node::Node;
use crate::diff::Object;

/// A version of a custom resource.
#[derive(Clone, Debug)]
pub(super) struct Served {
    pub(super) name: Str,
    pub(super) is_served: bool,
    pub(super) is_deprecated: bool,
    /// What is said of one that is deprecated; empty for the usual words.
    pub(super) warning: Str,
    /// Its schema; nothing of one that has none.
    pub(super) schema: Option<Map>,
    /// Where the count of replicas stands, e.g. `.spec.replicas`; empty where it cannot be scaled.
    pub(super) replicas: Str,
    /// Whether its status is written by itself, so that it is dropped from an object that is created.
    pub(super) has_status: bool,
    /// Whether the schema has rules in CEL.
    pub(super) has_rules: bool,
}

/// A kind that a CustomResourceDefinition defines.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) versions: Vec<Served>,
}

/// The definitions that custom resources are checked against.
#[derive(Clone, Debug, Default)]
pub struct Definitions {
    /// By group and kind.
    known: HashMap<(Str, Str), Rc<Definition>>,
}

impl Definitions {
    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Adds those among objects; of a kind that is known already nothing is added.
    pub fn add(&mut self, objects: &[Object]) {
        for object in objects {
            if *object.api_version == *b"apiextensions.k8s.io/v1"
                && &*object.id.kind == b"CustomResourceDefinition"
                && let Ok(value) = object.value()
            {
                self.add_one(&Node::root(value.clone()));
            }
        }
    }

    /// Adds others; of a kind that is known already nothing is added.
    pub fn add_all(&mut self, others: &Definitions) {
        for (key, definition) in &others.known {
            self.known.entry(key.clone()).or_insert_with(|| Rc::clone(definition));
        }
    }

    fn add_one(&mut self, root: &Node<'_>) {
        let spec = root.at("spec");
        let key = (spec.at("group").text_or_empty(), spec.at("names").at("kind").text_or_empty());
        if key.0.is_empty() || key.1.is_empty() {
            return;
        }
        let version = |version: Node<'_>| {
            let schema = version.at("schema").at("openAPIV3Schema").value.as_map();
            Served {
                name: version.at("name").text_or_empty(),
                is_served: version.at("served").is_true(),
                is_deprecated: version.at("deprecated").is_true(),
                warning: version.at("deprecationWarning").text_or_empty(),
                replicas: version
                    .at("subresources")
                    .at("scale")
                    .at("specReplicasPath")
                    .text_or_empty(),
                has_status: version.at("subresources").at("status").is_set(),
                has_rules: schema.as_ref().is_some_and(has_rules),
                schema,
            }
        };
        let definition =
            Definition { versions: spec.at("versions").items().map(version).collect() };
        self.known.entry(key).or_insert_with(|| Rc::new(definition));
    }

    pub(super) fn get(&self, group: &Str, kind: &Str) -> Option<Rc<Definition>> {
        self.known.get(&(group.clone(), kind.clone())).cloned()
    }

    /// Returns the kinds of a group.
    pub(super) fn kinds(&self, group: &Str) -> Vec<String> {
        let own = self.known.keys().filter(|(own, _)| own == group);
        let mut kinds: Vec<String> =
            own.map(|(_, kind)| kind.to_str_lossy().into_owned()).collect();
        kinds.sort_unstable();
        kinds
    }

    /// Returns the groups, each once.
    pub(super) fn groups(&self) -> Vec<String> {
        let mut groups: Vec<String> =
            self.known.keys().map(|(group, _)| group.to_str_lossy().into_owned()).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }
}

/// Tells whether a schema has rules in CEL anywhere.
fn has_rules(schema: &Map) -> bool {
    let mut rest = vec![schema.clone()];
    while let Some(schema) = rest.pop() {
        if schema.contains_key(b"x-kubernetes-validations") {
            return true;
        }
        if let Some(Value::Map(properties)) = schema.get(b"properties") {
            let inner = properties.entries().into_iter().filter_map(|(_, value)| value.as_map());
            rest.extend(inner);
        }
        for key in ["items", "additionalProperties"] {
            rest.extend(schema.get(key.as_bytes()).as_ref().and_then(Value::as_map));
        }
    }
    false
}
