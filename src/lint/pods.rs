//! Finds what makes a cluster refuse a pod: names and paths that stand twice.
//!
//! The rules are those of Kubernetes' validation of a pod (`ValidateVolumes`, `ValidateVolumeMounts`,
//! `validateContainers`). Helm's linter has none of the kind.

use bstr::ByteSlice;

use gostd::value::{Str, Value};

use crate::report::Doubled;

/// What stands twice in a pod of an object.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InPod {
    pub(super) kind: Str,
    pub(super) name: Str,
    pub(super) doubled: Doubled,
}

/// Returns what stands twice in the pod of an object, or in the one that it makes; of a list, in those of its objects.
pub(super) fn doubled(object: &Value) -> Vec<InPod> {
    let mut found = Vec::new();
    let mut objects = vec![object.clone()];
    while let Some(object) = objects.pop() {
        let kind = text(&object, "kind").unwrap_or_default();
        if *kind == *b"List" {
            objects.extend(items(&object, "items").into_iter().rev());
            continue;
        }
        let name = field(&object, "metadata").and_then(|metadata| text(&metadata, "name"));
        let name = name.unwrap_or_default();
        let in_pod = |doubled| InPod { kind: kind.clone(), name: name.clone(), doubled };
        found.extend(of_object(&object, &kind).into_iter().map(in_pod));
    }
    found
}

fn of_object(object: &Value, kind: &[u8]) -> Vec<Doubled> {
    let path: &[&str] = match kind {
        b"Pod" => &["spec"],
        b"CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        _ => &["spec", "template", "spec"],
    };
    let pod = path.iter().try_fold(object.clone(), |value, key| field(&value, key));
    let Some(pod) = pod else { return Vec::new() };
    let mut found = Vec::new();
    for name in repeated(&items(&pod, "volumes"), "name") {
        found.push(Doubled::Volume { name });
    }
    let mut containers = items(&pod, "initContainers");
    containers.extend(items(&pod, "containers"));
    for name in repeated(&containers, "name") {
        found.push(Doubled::Container { name });
    }
    for container in &containers {
        let name = text(container, "name").map(|n| n.to_str_lossy().into_owned());
        for path in repeated(&items(container, "volumeMounts"), "mountPath") {
            found.push(Doubled::Mount { container: name.clone().unwrap_or_default(), path });
        }
    }
    found
}

fn field(value: &Value, key: &str) -> Option<Value> {
    match value {
        Value::Map(map) => map.borrow().get(key.as_bytes()).cloned(),
        _ => None,
    }
}

fn items(value: &Value, key: &str) -> Vec<Value> {
    match field(value, key) {
        Some(Value::List(items)) => items.iter().cloned().collect(),
        _ => Vec::new(),
    }
}

fn text(value: &Value, key: &str) -> Option<Str> {
    match field(value, key) {
        Some(Value::Str(text)) => Some(text),
        _ => None,
    }
}

/// Returns the texts that more than one item has under a key, each once.
fn repeated(items: &[Value], key: &str) -> Vec<String> {
    let mut all: Vec<Str> = items.iter().filter_map(|item| text(item, key)).collect();
    all.sort();
    let mut twice: Vec<String> = Vec::new();
    for pair in all.windows(2).filter(|pair| pair[0] == pair[1]) {
        let name = pair[0].to_str_lossy().into_owned();
        if twice.last() != Some(&name) {
            twice.push(name);
        }
    }
    twice
}
