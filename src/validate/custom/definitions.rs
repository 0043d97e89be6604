//! The definitions of custom resources that are at hand.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use bstr::ByteSlice;
use gostd::value::{Map, Str, Value};

use super::super::node::Node;
use super::super::schemas::is_type as is_known_type;
use super::values;
use crate::diff::{Object, read_definition};

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
    /// A type in the schema that is none, as it is shown.
    pub(super) unknown: Option<String>,
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
    written: Written,
    versions: OnceCell<Vec<Served>>,
}

/// What a definition is read from.
#[derive(Clone, Debug)]
enum Written {
    /// What its `spec.versions` has.
    Versions(Value),
    /// The text of all of it.
    Text(Str),
}

/// A definition that was checked apart from what it defines.
#[derive(Clone, Debug)]
pub struct Defined {
    name: Str,
    group: Str,
    kind: Str,
    text: Str,
}

/// Returns what objects define, to be sent to where it is needed; nothing if one of them is no definition.
pub fn defined(objects: &[Object]) -> Option<Vec<Defined>> {
    let one = |object: &Object| {
        let value = object.value().ok().filter(|_| object.is_definition())?;
        let root = Node::root(value.clone());
        let (group, kind) = defines(&root);
        Some(Defined { name: object.id.name.clone(), group, kind, text: object.text.clone() })
    };
    objects.iter().map(one).collect()
}

/// Returns the group and the kind that a definition defines.
fn defines(root: &Node<'_>) -> (Str, Str) {
    let spec = root.at("spec");
    (spec.at("group").text_or_empty(), spec.at("names").at("kind").text_or_empty())
}

impl Definition {
    /// Returns its versions: they are read when a custom resource is of it.
    pub(super) fn versions(&self) -> &[Served] {
        self.versions.get_or_init(|| {
            let written = match &self.written {
                Written::Versions(versions) => Node::root(versions.clone()),
                Written::Text(text) => {
                    let root = Node::root(read_definition(text).unwrap_or_default());
                    Node::root(root.at("spec").at("versions").value)
                }
            };
            written.items().map(|version| Served::of(&version)).collect()
        })
    }
}

impl Served {
    fn of(version: &Node<'_>) -> Served {
        let schema = version.at("schema").at("openAPIV3Schema").value.as_map();
        let Walked { has_rules, unknown } = schema.as_ref().map(walked).unwrap_or_default();
        let subresources = version.at("subresources");
        Served {
            name: version.at("name").text_or_empty(),
            is_served: version.at("served").is_true(),
            is_deprecated: version.at("deprecated").is_true(),
            warning: version.at("deprecationWarning").text_or_empty(),
            replicas: subresources.at("scale").at("specReplicasPath").text_or_empty(),
            has_status: subresources.at("status").is_set(),
            has_rules,
            unknown,
            schema,
        }
    }
}

/// The definitions that custom resources are checked against.
#[derive(Clone, Debug, Default)]
pub struct Definitions {
    /// By group and kind.
    known: HashMap<(Str, Str), Rc<Definition>>,
    /// Those of a chart's `crds/` that are no objects of the release: they are there before all objects.
    first: HashMap<(Str, Str), Rc<Definition>>,
    /// Their names.
    names: HashSet<Str>,
}

impl Definitions {
    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Adds those among objects; of a kind that is known already nothing is added.
    pub fn add(&mut self, objects: &[Object]) {
        for object in objects {
            if object.is_definition()
                && let Ok(value) = object.value()
            {
                let root = Node::root(value.clone());
                let versions = root.at("spec").at("versions").value;
                add(&mut self.known, defines(&root), Written::Versions(versions));
            }
        }
    }

    /// Adds others; of a kind that is known already nothing is added.
    pub fn add_all(&mut self, others: &Definitions) {
        let maps = [(&mut self.known, &others.known), (&mut self.first, &others.first)];
        for (own, others) in maps {
            for (key, definition) in others {
                own.entry(key.clone()).or_insert_with(|| Rc::clone(definition));
            }
        }
        self.names.extend(others.names.iter().cloned());
    }

    /// Adds those of a chart's `crds/` that were checked apart; of a kind that is known already nothing is added.
    pub fn add_defined(&mut self, defined: &[Defined]) {
        for Defined { name, group, kind, text } in defined {
            self.names.insert(name.clone());
            add(&mut self.first, (group.clone(), kind.clone()), Written::Text(text.clone()));
        }
    }

    /// Returns those that are there before all objects.
    pub(in super::super) fn first(&self) -> Definitions {
        Definitions { known: self.first.clone(), ..Definitions::default() }
    }

    /// Returns the names of the definitions in `crds/` that are no objects of the release.
    pub(in super::super) fn names(&self) -> impl Iterator<Item = &Str> {
        self.names.iter()
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

fn add(to: &mut HashMap<(Str, Str), Rc<Definition>>, key: (Str, Str), written: Written) {
    if !key.0.is_empty() && !key.1.is_empty() {
        let definition = || Rc::new(Definition { written, versions: OnceCell::new() });
        to.entry(key).or_insert_with(definition);
    }
}

/// What matters of a schema as a whole.
#[derive(Default)]
struct Walked {
    /// Whether it has rules in CEL anywhere.
    has_rules: bool,
    /// A type that is none, as it is shown.
    unknown: Option<String>,
}

fn walked(schema: &Map) -> Walked {
    let mut walked = Walked::default();
    let mut rest = vec![schema.clone()];
    while let Some(schema) = rest.pop() {
        walked.has_rules |= schema.contains_key(b"x-kubernetes-validations");
        if let Some(kind) = schema.get(b"type").filter(|kind| !is_type(kind))
            && walked.unknown.is_none()
        {
            walked.unknown = Some(values::begun(&Node::root(kind).shown()));
        }
        if let Some(Value::Map(properties)) = schema.get(b"properties") {
            let inner = properties.entries().into_iter().filter_map(|(_, value)| value.as_map());
            rest.extend(inner);
        }
        for key in ["items", "additionalProperties"] {
            rest.extend(schema.get(key.as_bytes()).as_ref().and_then(Value::as_map));
        }
    }
    walked
}

/// Tells whether a server takes this for a type; nothing and an empty text are none at all.
fn is_type(kind: &Value) -> bool {
    match kind {
        Value::Str(text) => text.is_empty() || is_known_type(text),
        other => other.is_nil(),
    }
}
