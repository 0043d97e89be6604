//! Answers `lookup` from the objects that a suite gives, as the dynamic client of `client-go`'s tests does.

use std::collections::{BTreeMap, HashSet};

use gostd::value::{ANY_MAP, Elem, List, Map, Str, Value};
use gostd::{path, stack};
use gotemplate::func::{FuncError, FuncResult};

use super::suite::{Provider, Resource};

/// Returns the object of a name, or the list of all; an empty map for what is not there.
///
/// # Errors
/// Objects that hold what JSON does not, and a list of a kind of which there is no object.
pub(super) fn answer(provider: &Provider, args: &[Value]) -> FuncResult {
    let text = |at: usize| match args.get(at) {
        Some(Value::Str(text)) => text.clone(),
        _ => Str::EMPTY,
    };
    let [api_version, kind, namespace, name] = [0, 1, 2, 3].map(text);
    let objects: Vec<Map> = provider.objects.iter().map(|object| object.thaw_map()).collect();
    let mut names = HashSet::new();
    objects.iter().try_for_each(has_type)?;
    objects.iter().try_for_each(has_version)?;
    for object in &objects {
        if matches!(object.get(b"items"), Some(Value::List(_))) {
            let why = "*unstructured.Unstructured is not a list: no Items field in this object";
            return Err(FuncError::Text(why.into()));
        }
        check(&Value::Map(object.clone()), 0)?;
        let resource = resource_of(object);
        let name = meta(object, b"name");
        if !names.insert((resource.clone(), meta(object, b"namespace"), name.clone())) {
            let (group, _, plural) = resource;
            let dot = if group.is_empty() { "" } else { "." };
            let name = gostd::strconv::quoted(&*name);
            let why = format!("{plural}{dot}{group} {name} already exists");
            return Err(FuncError::Text(Str::from(why)));
        }
    }
    let asked = String::from_utf8_lossy(&path::join([&api_version[..], &kind])).into_owned();
    let unknown = Resource::default();
    let resource = provider.scheme.get(&asked).unwrap_or(&unknown);
    let namespace = if resource.namespaced { namespace } else { Str::EMPTY };
    let of_kind = objects.iter().filter(|object| is_of(object, resource));
    if !name.is_empty() {
        let mut found = of_kind.filter(|object| {
            meta(object, b"name") == name && meta(object, b"namespace") == namespace
        });
        return Ok(Value::Map(found.next().cloned().unwrap_or_default()));
    }
    let mut items: Vec<&Map> = of_kind.collect();
    let Some(kind) = items.first().map(|first| field(first, b"kind")) else {
        let Resource { group, version, resource, .. } = resource;
        let known: BTreeMap<_, _> =
            objects.iter().map(|object| (resource_of(object), field(object, b"kind"))).collect();
        let known: Vec<String> = known
            .iter()
            .map(|((group, version, plural), kind)| {
                format!("{group}/{version}, Resource={plural}:{}List", kind.to_string_lossy())
            })
            .collect();
        let known = known.join(" ");
        let why = format!(
            "coding error: you must register resource to list kind for every resource you're going to LIST when creating the client.  See NewSimpleDynamicClientWithCustomListKinds or register the list into the scheme: {group}/{version}, Resource={resource} out of map[{known}]"
        );
        return Err(FuncError::Text(Str::from(why)));
    };
    let count = items.len();
    items.retain(|item| namespace.is_empty() || meta(item, b"namespace") == namespace);
    // The reference goes through a map, whose order is random.
    items.sort_by_key(|item| (meta(item, b"namespace"), meta(item, b"name")));
    let items = items.into_iter().map(|item| Value::Map(item.clone())).collect();
    let metadata = Map::new();
    metadata.insert("continue", "".into());
    // The first object of a kind is the second change.
    metadata.insert("resourceVersion", Value::from((count + 1).to_string()));
    let list = Map::new();
    let Resource { group, version, .. } = resource;
    let api_version = match group.is_empty() {
        true => version.clone(),
        false => format!("{group}/{version}"),
    };
    list.insert("apiVersion", Value::from(api_version));
    list.insert("items", Value::List(List::new(Elem::Any, items)));
    list.insert("kind", Value::from([&kind[..], b"List"].concat()));
    list.insert("metadata", Value::Map(metadata));
    Ok(Value::Map(list))
}

fn field(map: &Map, key: &[u8]) -> Str {
    match map.get(key) {
        Some(Value::Str(text)) => text,
        _ => Str::EMPTY,
    }
}

fn meta(object: &Map, key: &[u8]) -> Str {
    match object.get(b"metadata") {
        Some(Value::Map(meta)) => field(&meta, key),
        _ => Str::EMPTY,
    }
}

/// Returns the group, version and name of an object's resource, the name as `client-go` guesses it from the kind.
fn resource_of(object: &Map) -> (String, String, String) {
    let api_version = field(object, b"apiVersion").to_string_lossy().into_owned();
    let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
    if version.contains('/') {
        // Neither a group nor a kind is seen then.
        return Default::default();
    }
    let kind = field(object, b"kind").to_string_lossy().to_lowercase();
    let plural = if kind.ends_with("endpoints") {
        kind
    } else if kind.ends_with('s') {
        kind + "es"
    } else if let Some(stem) = kind.strip_suffix('y') {
        format!("{stem}ies")
    } else {
        kind + "s"
    };
    (group.to_owned(), version.to_owned(), plural)
}

/// Refuses an object of whose kind nothing is known. As in `client-go` that is looked at where the group is empty, too.
fn has_type(object: &Map) -> Result<(), FuncError> {
    let (group, version, plural) = resource_of(object);
    let has_kind = !plural.is_empty() && !field(object, b"kind").is_empty();
    if has_kind && !group.is_empty() {
        return Ok(());
    }
    let (what, in_words) = match (has_kind, version.is_empty()) {
        (false, _) => ("Kind", "kind"),
        (true, true) => ("apiVersion", "version"),
        (true, false) => return Ok(()),
    };
    let why = format!(
        "failed to convert to unstructured - unable to get GVK Object '{what}' is missing in 'unstructured object has no {in_words}'"
    );
    Err(FuncError::Text(why.into()))
}

/// Refuses an object with a group that has no version.
fn has_version(object: &Map) -> Result<(), FuncError> {
    let (group, version, plural) = resource_of(object);
    if plural.is_empty() || !version.is_empty() {
        return Ok(());
    }
    let kind = field(object, b"kind").to_string_lossy().into_owned();
    let why = format!(
        "version is required on all types: {group}/, Kind={kind} *unstructured.Unstructured"
    );
    Err(FuncError::Text(why.into()))
}

fn is_of(object: &Map, resource: &Resource) -> bool {
    let (group, version, plural) = resource_of(object);
    group == resource.group && version == resource.version && plural == resource.resource
}

/// Refuses what `client-go` cannot copy: whole numbers are `int64` to it, and go-yaml reads `int`.
fn check(value: &Value, depth: usize) -> Result<(), FuncError> {
    let refused = |name: &str| FuncError::Text(format!("cannot deep copy {name}").into());
    match value {
        Value::Nil | Value::Invalid | Value::Bool(_) | Value::Float(_) | Value::Str(_) => Ok(()),
        Value::Int(gostd::value::IntKind::Int64, _) => Ok(()),
        Value::Map(map) if map.map_type().name == ANY_MAP.name => {
            let below = || map.borrow().iter().try_for_each(|(_, value)| check(value, depth + 1));
            stack::at_depth(depth, below)
        }
        Value::List(list) => {
            stack::at_depth(depth, || list.iter().try_for_each(|item| check(item, depth + 1)))
        }
        other => Err(refused(&other.type_name())),
    }
}
