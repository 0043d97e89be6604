//! Custom resources, as their definitions describe them.

mod cel;
mod definitions;
mod formats;
mod invariants;
mod keywords;
mod prune;
mod schema;
mod values;

use bstr::ByteSlice;
use gostd::value::{Map, Str, Value};

pub(super) use cel::{Rules, escaped};
use definitions::Served;
pub use definitions::{Defined, Definitions, defined};
pub(super) use formats::is_used as is_format_used;

use super::crds::STRUCTURE;
use super::node::Node;
use super::{Findings, Level, Rule, kinds, path_text};
use crate::diff::Object;
use crate::kubernetes::{Kind, Shape, Step};

pub(super) static RULES: &[Rule] =
    &[SCHEMA, UNKNOWN, NOT_SERVED, DUPLICATE, EMBEDDED, SCALE, NOT_RUN, CUT, LOCATION, CEL];

const SCHEMA: Rule = Rule {
    code: "SC731",
    level: Level::Error,
    title: "A custom resource has to fit the schema of its definition",
    source: "k8s.io/apiextensions-apiserver, pkg/apiserver/validation: ValidateCustomResource",
};
const UNKNOWN: Rule = Rule {
    code: "SC732",
    level: Level::Warning,
    title: "A field of a custom resource should be in its schema: otherwise it is dropped",
    source: "k8s.io/apiextensions-apiserver, pkg/apiserver/schema/pruning",
};
const NOT_SERVED: Rule = Rule {
    code: "SC733",
    level: Level::Error,
    title: "The version of a custom resource has to be served by its definition",
    source: "k8s.io/apiextensions-apiserver, pkg/apiserver/customresource_handler.go",
};
const DUPLICATE: Rule = Rule {
    code: "SC734",
    level: Level::Error,
    title: "A list that its definition makes a set or a map must not repeat itself",
    source: "k8s.io/apiextensions-apiserver, pkg/apiserver/schema/listtype",
};
const EMBEDDED: Rule = Rule {
    code: "SC735",
    level: Level::Error,
    title: "An object within a custom resource has to be one",
    source: "k8s.io/apiextensions-apiserver, pkg/apiserver/schema/objectmeta",
};
const SCALE: Rule = Rule {
    code: "SC736",
    level: Level::Error,
    title: "The replicas of a custom resource that can be scaled must not be negative",
    source: "k8s.io/apiextensions-apiserver, pkg/registry/customresource: ValidateScaleSpec",
};
const NOT_RUN: Rule = Rule {
    code: "SC737",
    level: Level::Note,
    title: "A rule in CEL has to be one that this program can run",
    source: "k8s.io/apiextensions-apiserver, pkg/apiserver/schema/cel",
};
const CUT: Rule = Rule {
    code: "SC738",
    level: Level::Note,
    title: "A custom resource has to be small enough for its schema to be checked to the end",
    source: "a limit of this program",
};

const CEL: Rule = Rule {
    code: "SC740",
    level: Level::Error,
    title: "A custom resource has to keep the rules in CEL of its definition",
    source: "k8s.io/apiextensions-apiserver, pkg/apiserver/schema/cel",
};

pub(super) const LOCATION: Rule = Rule {
    code: "SC739",
    level: Level::Error,
    title: "A custom resource without a definition has to fit its schema of --schema-location",
    source: "kubeconform: -schema-location",
};

/// Checks an object by its definition; returns nothing where none is known.
pub(super) fn check(object: &Object, value: &Value, found: &mut Findings) -> Option<bool> {
    let (group, kind) = (&object.id.group, &object.id.kind);
    let definition = found.definitions.get(group, kind)?;
    let version = object.api_version.rsplit(|b| *b == b'/').next().unwrap_or_default();
    let shown = format!("{} {}", object.api_version.to_str_lossy(), kind.to_str_lossy());
    let at = vec![Step::Key("apiVersion".into())];
    let served = definition.versions().iter().find(|one| *one.name == *version && one.is_served);
    let Some(served) = served else {
        let names: Vec<String> = definition
            .versions()
            .iter()
            .filter(|one| one.is_served)
            .map(|one| one.name.to_str_lossy().into_owned())
            .collect();
        let help = names.first().map(|name| format!("use {}/{name}", group.to_str_lossy()));
        let serves = match names.is_empty() {
            true => "no version".to_owned(),
            false => names.join(", "),
        };
        found.add_at(
            &NOT_SERVED,
            at,
            format!("{shown} is not served: the definition serves {serves}"),
            help,
        );
        return Some(false);
    };
    if served.is_deprecated {
        let words = match served.warning.is_empty() {
            true => format!("{shown} is deprecated"),
            false => served.warning.to_str_lossy().into_owned(),
        };
        found.add_at(&kinds::DEPRECATED, at, words, None);
    }
    let why = match (&served.schema, &served.unknown) {
        (None, _) => Some(": its definition has no schema for this version".to_owned()),
        (_, Some(kind)) => Some(format!(" where the schema of its definition has the type {kind}")),
        (Some(_), None) => None,
    };
    if let Some(why) = why {
        let words = format!("{shown} is not checked{why}");
        found.add_at(&kinds::NO_SCHEMA, vec![Step::Key("kind".into())], words, None);
    }
    if let Some(schema) = &served.schema {
        by_schema(schema, served, value, found);
    }
    metadata(value, kind, found);
    Some(true)
}

fn by_schema(schema: &Map, served: &Served, value: &Value, found: &mut Findings) {
    let prepared = prune::prepare(schema, value, found.bounds.schemas);
    found.bounds.schemas = found.bounds.schemas.saturating_sub(prepared.defaults);
    found.bounds.begin_schema(prepared.own);
    if !prepared.is_whole {
        return cut(found);
    }
    for (path, known) in prepared.unknown {
        let name = match path.last() {
            Some(Step::Key(key)) => key.to_str_lossy().into_owned(),
            _ => String::new(),
        };
        let known = known.borrow();
        let near = found.near(&name, known.iter().filter_map(|(key, _)| key.to_str()));
        let words = format!("unknown field {:?}: it is dropped", path_text(&path));
        let help = near.map(|near| format!("did you mean {near:?}?"));
        found.add_at(&UNKNOWN, path, words, help);
    }
    if served.has_status
        && let Value::Map(members) = &prepared.value
    {
        members.remove(b"status");
    }
    let checked = schema::check(schema, &prepared.value, found.version, &mut found.bounds);
    let is_blocked = checked.faults.iter().any(schema::Fault::is_blocking);
    for fault in checked.faults {
        found.add_at(&SCHEMA, fault.path, fault.message, None);
    }
    unmatched(checked.unmatched, found);
    if !checked.is_done {
        cut(found);
    }
    let root = Node::root(prepared.value);
    invariants::check(schema, &root, found);
    replicas(served, &root, found);
    if served.has_rules && !is_blocked {
        cel::check(schema, &root, found);
    }
}

/// Says that a text was not matched.
fn unmatched(unmatched: Option<(Vec<Step>, Str)>, found: &mut Findings) {
    if let Some((path, pattern)) = unmatched {
        let pattern = values::begun(&pattern.to_str_lossy());
        let words = format!("it takes too many steps to match the pattern {pattern}");
        found.add_at(&CUT, path, words, None);
    }
}

/// Says that an object is not checked to the end.
fn cut(found: &mut Findings) {
    let words = match found.bounds.schemas {
        0 => {
            "it is not checked to the end: the schemas of all objects together take too many steps"
        }
        _ => "it is too large for its schema to be checked to the end",
    };
    found.add_at(&CUT, Vec::new(), words.to_owned(), None);
}

fn replicas(served: &Served, root: &Node<'_>, found: &mut Findings) {
    let (mut path, mut value) = (Vec::new(), root.value.clone());
    if served.replicas.is_empty() {
        return;
    }
    let text = served.replicas.strip_prefix(b".").unwrap_or(&served.replicas);
    for key in text.split(|b| *b == b'.') {
        value = match &value {
            Value::Map(map) => map.get(key).unwrap_or_default(),
            _ => return,
        };
        path.push(Step::Key(key.into()));
    }
    let Value::Int(_, count) = value else { return };
    let words = match count {
        ..0 => "should be a non-negative integer",
        0..=0x7fff_ffff => return,
        _ => "should be less than or equal to 2147483647",
    };
    found.add_at(&SCALE, path, format!("Invalid value: {count}: {words}"), None);
}

/// Checks the fields of `metadata`, which are the same for every kind.
pub(super) fn metadata(value: &Value, kind: &Str, found: &mut Findings) {
    let described = Kind::find(b"v1", b"ConfigMap")
        .and_then(|kind| kind.described(found.version))
        .and_then(|object| object.field(b"metadata"));
    if let Some(field) = described
        && let Shape::Object(Some(object)) = field.shape()
        && let Value::Map(map) = value
        && let Some(metadata) = map.get(b"metadata").filter(|value| !value.is_nil())
    {
        let mut faults = crate::kubernetes::check(object, &metadata);
        for fault in &mut faults {
            fault.path.insert(0, Step::Key("metadata".into()));
        }
        kinds::tell(faults, &kind.to_str_lossy(), found);
    }
}

/// Returns what may have been meant by a kind that no definition has, of a group that definitions have or nearly have.
pub(super) fn near(object: &Object, found: &mut Findings) -> Option<String> {
    let (group, kind) = (&object.id.group, object.id.kind.to_str_lossy());
    if found.to_compare == 0 {
        return None;
    }
    let kinds = found.definitions.kinds(group);
    if !kinds.is_empty() {
        let near = found.near(&kind, kinds.iter().map(String::as_str))?;
        return Some(format!("did you mean {near}?"));
    }
    let groups = found.definitions.groups();
    let near = found.near(&group.to_str_lossy(), groups.iter().map(String::as_str))?;
    let has = found.definitions.kinds(&near.into()).iter().any(|own| *own == kind);
    has.then(|| format!("did you mean {near}?"))
}

/// Says what a default breaks of its schema, as long as the defaults of its definition have steps.
pub(super) fn check_default(schema: &Map, default: &Node<'_>, found: &mut Findings) {
    let Some(left) = found.bounds.defaults else { return };
    let allowed = left.min(found.bounds.schemas);
    let mut left = allowed;
    let checked =
        schema::check_within(schema, &default.value, found.version, &mut found.bounds, &mut left);
    let (unknown, values) = prune::unknown(schema, &default.value, &mut left);
    found.bounds.schemas = found.bounds.schemas.saturating_sub(allowed - left);
    found.bounds.begin_schema(values);
    let unknown = unknown.into_iter().map(|path| (path, "the schema has no such field".to_owned()));
    let faults = checked.faults.into_iter().map(|fault| (fault.path, fault.message));
    for (path, fault) in faults.chain(unknown) {
        found.add_at(&STRUCTURE, [default.path(), path].concat(), fault, None);
    }
    let within = |(path, pattern)| ([default.path(), path].concat(), pattern);
    unmatched(checked.unmatched.map(within), found);
    found.bounds.defaults = Some(left);
    if left == 0 {
        let words = "this default and those behind it are not checked to the end: the defaults of the definition together take too many steps";
        found.add_at(&CUT, default.path(), words.to_owned(), None);
        found.bounds.defaults = None;
    } else if !checked.is_done {
        let words = "the default is not checked to the end";
        found.add_at(&CUT, default.path(), words.to_owned(), None);
    }
}
