//! Workloads that use a ConfigMap or a Secret that changes, and do not restart.

use std::collections::BTreeSet;

use bstr::ByteSlice;
use gostd::value::{Str, Value};

use super::{Effect, Found, Rule, Severity, Step, What, kind, kubectl, rule, workloads};
use crate::diff::object::{Object, get};
use crate::diff::{Change, Comparison, Step as PathStep};

const VARIABLES: Rule = rule("makeEnvironmentVariables", "pkg/kubelet/kubelet_pods.go");
const VOLUMES: Rule = rule("AtomicWriter.Write", "pkg/volume/util/atomic_writer.go");
const SUB_PATHS: Rule = rule("makeMounts", "pkg/kubelet/kubelet_pods.go");

/// How a pod uses a ConfigMap or a Secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// By variables of its environment.
    Environment,
    /// By a part of a volume that is mounted alone.
    SubPath,
    /// By a volume.
    Volume,
}

/// Keys of a ConfigMap or a Secret that have changed.
struct Changed<'c> {
    /// `ConfigMap` or `Secret`.
    kind: &'c str,
    name: Str,
    /// Nothing where all may have.
    keys: Option<BTreeSet<Str>>,
}

impl Changed<'_> {
    fn of<'c>(object: &'c Object, changes: &[Change]) -> Option<Changed<'c>> {
        let ("", kind @ ("ConfigMap" | "Secret")) = kind(object) else { return None };
        let mut keys = Some(BTreeSet::new());
        let mut is_any = false;
        for change in changes {
            let [PathStep::Key(part), rest @ ..] = &change.path[..] else { continue };
            if !matches!(&part[..], b"data" | b"binaryData" | b"stringData") {
                continue;
            }
            is_any = true;
            match (rest.first(), &mut keys) {
                (Some(PathStep::Key(key)), Some(keys)) => drop(keys.insert(key.clone())),
                _ => keys = None,
            }
        }
        is_any.then(|| Changed { kind, name: object.id.name.clone(), keys })
    }

    fn has(&self, key: &Str) -> bool {
        self.keys.as_ref().is_none_or(|keys| keys.contains(key))
    }

    /// Tells whether a reference is to it, by the name of the field that holds its name.
    fn is_named(&self, holder: &Value, field: &str) -> bool {
        matches!(get(holder, &[field]), Some(Value::Str(name)) if name == self.name)
    }

    /// Returns how a pod uses what has changed.
    fn uses(&self, pod: &Value) -> BTreeSet<Use> {
        let mut found = BTreeSet::new();
        let is_map = self.kind == "ConfigMap";
        let (all_of, one_of) = match is_map {
            true => ("configMapRef", "configMapKeyRef"),
            false => ("secretRef", "secretKeyRef"),
        };
        let containers = ["initContainers", "containers"].map(|list| items(pod, list)).concat();
        for container in &containers {
            let by_name = items(container, "envFrom").iter().any(|from| {
                get(from, &[all_of]).is_some_and(|holder| self.is_named(&holder, "name"))
            });
            let by_key = items(container, "env").iter().any(|variable| {
                let Some(holder) = get(variable, &["valueFrom", one_of]) else { return false };
                let is_key =
                    matches!(get(&holder, &["key"]), Some(Value::Str(key)) if self.has(&key));
                is_key && self.is_named(&holder, "name")
            });
            if by_name || by_key {
                found.insert(Use::Environment);
            }
        }
        for volume in items(pod, "volumes") {
            let Some(files) = self.files(&volume) else { continue };
            let Some(Value::Str(name)) = get(&volume, &["name"]) else { continue };
            let mounts = containers.iter().flat_map(|c| items(c, "volumeMounts"));
            for mount in mounts.filter(
                |mount| matches!(get(mount, &["name"]), Some(Value::Str(own)) if own == name),
            ) {
                let sub_path =
                    ["subPath", "subPathExpr"].iter().find_map(|key| match get(&mount, &[key]) {
                        Some(Value::Str(path)) if !path.is_empty() => Some(path),
                        _ => None,
                    });
                match sub_path {
                    None => drop(found.insert(Use::Volume)),
                    Some(path) if is_below(&files, &path) => drop(found.insert(Use::SubPath)),
                    Some(_) => {}
                }
            }
        }
        found
    }

    /// Returns the files of a volume that hold what has changed, if it holds any; an empty list where all may.
    fn files(&self, volume: &Value) -> Option<Vec<Str>> {
        let is_map = self.kind == "ConfigMap";
        let mut holders = Vec::new();
        let (own, own_name) = if is_map { ("configMap", "name") } else { ("secret", "secretName") };
        holders.extend(get(volume, &[own]).filter(|holder| self.is_named(holder, own_name)));
        if let Some(projected) = get(volume, &["projected"]) {
            let sources = items(&projected, "sources");
            let sources = sources.iter().filter_map(|source| get(source, &[own]));
            holders.extend(sources.filter(|holder| self.is_named(holder, "name")));
        }
        let mut files = Vec::new();
        let mut is_any = false;
        for holder in holders {
            let chosen = items(&holder, "items");
            let Some(keys) = &self.keys else { return Some(Vec::new()) };
            if chosen.is_empty() {
                is_any = true;
                files.extend(keys.iter().cloned());
            }
            for item in chosen {
                if let (Some(Value::Str(key)), Some(Value::Str(path))) =
                    (get(&item, &["key"]), get(&item, &["path"]))
                    && keys.contains(&key)
                {
                    is_any = true;
                    files.push(path);
                }
            }
        }
        is_any.then_some(files)
    }
}

/// Tells whether one of the files is a path, or lies below it; a path with variables may be any.
fn is_below(files: &[Str], path: &Str) -> bool {
    let path = path.trim_end_with(|c| c == '/');
    files.is_empty()
        || path.contains_str("$(")
        || files.iter().any(|file| {
            file.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
        })
}

fn items(value: &Value, key: &str) -> Vec<Value> {
    match get(value, &[key]) {
        Some(Value::List(items)) => items.to_vec(),
        _ => Vec::new(),
    }
}

/// Tells which workloads use what changes in ConfigMaps and Secrets and are not replaced, since their templates are the
/// same.
pub(super) fn stale(comparison: &Comparison, new: &[Object]) -> Vec<Effect> {
    let mut all = Vec::new();
    for (number, difference) in comparison.differences.iter().enumerate() {
        let (Some(old), Some(now)) = (&difference.old, &difference.new) else { continue };
        if difference.is_renamed() || now.is_hook() || super::flag(old, &["immutable"]) {
            continue;
        }
        let Some(changed) = Changed::of(now, &difference.changes) else { continue };
        let mut users: Vec<(Use, Vec<&Object>)> = Vec::new();
        for object in new.iter().filter(|o| o.id.namespace == now.id.namespace && !o.is_hook()) {
            let ("apps", "Deployment" | "StatefulSet" | "DaemonSet") = kind(object) else {
                continue;
            };
            if is_replaced(comparison, object)
                || super::number(object, &["spec", "replicas"]) == Some(0)
            {
                continue;
            }
            let Some(pod) = object.get(&["spec", "template", "spec"]) else { continue };
            for used in changed.uses(&pod) {
                match users.iter_mut().find(|(own, _)| *own == used) {
                    Some((_, objects)) => objects.push(object),
                    None => users.push((used, vec![object])),
                }
            }
        }
        users.sort_by_key(|(used, _)| *used);
        for (by, objects) in users {
            let found = found(by, &objects);
            all.push(Effect {
                object: Some(number),
                id: now.id.clone(),
                severity: found.severity,
                what: found.what,
                is_after_way_out: false,
                rule: found.rule,
            });
        }
    }
    all
}

fn found(by: Use, objects: &[&Object]) -> Found {
    let workloads = objects.iter().map(|object| object.id.to_string()).collect();
    let restart = |object: &&Object| kubectl(object, "rollout restart", "");
    let way_out = match by {
        Use::Volume => Vec::new(),
        _ => std::iter::once(Step::Upgrade).chain(objects.iter().map(restart)).collect(),
    };
    let (severity, rule) = match by {
        Use::Environment => (Severity::Warning, VARIABLES),
        Use::SubPath => (Severity::Warning, SUB_PATHS),
        Use::Volume => (Severity::Notice, VOLUMES),
    };
    Found::new(severity, What::NotRestarted { workloads, by, way_out }, rule)
}

/// Tells whether the pods of a workload are new, or replaced since their template differs.
fn is_replaced(comparison: &Comparison, workload: &Object) -> bool {
    let of = |object: &Object| object.id == workload.id;
    let own = comparison.differences.iter().find(|d| d.new.as_ref().is_some_and(of));
    match own {
        None => false,
        Some(own) => match &own.old {
            Some(old) if old.id == workload.id => !workloads::have_same_pods(old, workload),
            _ => true,
        },
    }
}
