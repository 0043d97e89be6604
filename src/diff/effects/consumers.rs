//! Workloads that use a ConfigMap or a Secret that changes, and do not restart.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use bstr::ByteSlice;
use foldhash::fast::RandomState;
use gostd::value::{Str, Value};

use super::{Effect, Found, Rule, Severity, Step, What, kind, kubectl, rule, workloads};
use crate::diff::object::{Object, get};
use crate::diff::{Change, Comparison, Difference, Id, Step as PathStep};

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
    name: Name<'c>,
    /// Nothing where all may have.
    keys: Option<BTreeSet<Str>>,
}

/// What a ConfigMap or a Secret is found by.
#[derive(PartialEq, Eq, Hash)]
struct Name<'c> {
    /// `ConfigMap` or `Secret`.
    kind: &'c str,
    namespace: Str,
    name: Str,
}

/// A place in a pod that names a ConfigMap or a Secret.
enum Reference {
    /// A variable, or all of a container's; of one key, or of all.
    Variables(Option<Str>),
    /// A volume.
    Files {
        /// Keys and their files; none where each key is the name of its file.
        items: Vec<(Str, Str)>,
        /// What the containers mount of it.
        mounts: Rc<Mounts>,
    },
}

/// What the containers of a pod mount of a volume.
#[derive(Default)]
struct Mounts {
    /// Whether one mounts all of it.
    has_whole: bool,
    /// Whether one mounts a part that depends on variables.
    has_any_part: bool,
    /// The parts that are mounted alone, without a slash at the end.
    parts: BTreeSet<Str>,
}

impl Mounts {
    fn add(&mut self, part: Option<Str>) {
        match part {
            None => self.has_whole = true,
            Some(path) if path.contains_str("$(") => self.has_any_part = true,
            Some(path) => {
                self.parts.insert(Str::from(path.trim_end_with(|c| c == '/')));
            }
        }
    }

    /// Tells whether a file is mounted alone, or with a folder that is.
    fn have_part_of(&self, file: &Str) -> bool {
        if file.len() > LONGEST_PATH {
            return false;
        }
        let folders = file.find_iter(b"/").filter_map(|end| file.get(..end));
        folders.chain([&file[..]]).any(|part| self.parts.contains(part))
    }
}

/// The longest path of a file on Linux, in bytes.
const LONGEST_PATH: usize = 4096;

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
        let Id { namespace, name, .. } = object.id.clone();
        is_any.then(|| Changed { name: Name { kind, namespace, name }, keys })
    }

    fn has(&self, key: &Str) -> bool {
        self.keys.as_ref().is_none_or(|keys| keys.contains(key))
    }

    /// Returns how a pod uses what has changed by a place that names it.
    fn uses(&self, reference: &Reference) -> BTreeSet<Use> {
        let mut found = BTreeSet::new();
        match reference {
            Reference::Variables(key) => {
                if key.as_ref().is_none_or(|key| self.has(key)) {
                    found.insert(Use::Environment);
                }
            }
            Reference::Files { items, mounts } => {
                let is_chosen = |keys: &BTreeSet<Str>| {
                    items.is_empty() || items.iter().any(|(key, _)| keys.contains(key))
                };
                if !self.keys.as_ref().is_none_or(is_chosen) {
                    return found;
                }
                if mounts.has_whole {
                    found.insert(Use::Volume);
                }
                let is_part = match &self.keys {
                    _ if mounts.has_any_part => true,
                    None => !mounts.parts.is_empty(),
                    Some(keys) if items.is_empty() => {
                        mounts.parts.iter().any(|part| is_or_holds_one(part, keys))
                    }
                    Some(keys) => {
                        let mut changed = items.iter().filter(|(key, _)| keys.contains(key));
                        changed.any(|(_, file)| mounts.have_part_of(file))
                    }
                };
                if is_part {
                    found.insert(Use::SubPath);
                }
            }
        }
        found
    }
}

/// Tells whether a part of a volume is one of the files, or a folder that holds one.
fn is_or_holds_one(part: &Str, files: &BTreeSet<Str>) -> bool {
    let folder = Str::from([&part[..], b"/"].concat());
    files.contains(part)
        || files.range::<Str, _>(&folder..).next().is_some_and(|file| file.starts_with(&folder[..]))
}

/// Tells of each place in a pod that names a ConfigMap or a Secret its kind, the name, and what it is.
fn references(pod: &Value, mut found: impl FnMut(&'static str, Str, Reference)) {
    let containers = ["initContainers", "containers"].map(|list| items(pod, list)).concat();
    let named = |holder: &Value, field: &str| text(holder, field).filter(|name| !name.is_empty());
    let mut mounts: HashMap<Str, Mounts, RandomState> = HashMap::default();
    for container in &containers {
        for from in items(container, "envFrom") {
            for (key, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
                if let Some(name) = get(&from, &[key]).and_then(|holder| named(&holder, "name")) {
                    found(kind, name, Reference::Variables(None));
                }
            }
        }
        for variable in items(container, "env") {
            for (key, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
                if let Some(holder) = get(&variable, &["valueFrom", key])
                    && let (Some(name), Some(key)) = (named(&holder, "name"), text(&holder, "key"))
                {
                    found(kind, name, Reference::Variables(Some(key)));
                }
            }
        }
        for mount in items(container, "volumeMounts") {
            let part = ["subPath", "subPathExpr"].iter().find_map(|key| named(&mount, key));
            if let Some(name) = text(&mount, "name") {
                mounts.entry(name).or_default().add(part);
            }
        }
    }
    for volume in items(pod, "volumes") {
        // The API server lets no two volumes have one name.
        let Some(mounts) = text(&volume, "name").and_then(|name| mounts.remove(&name)) else {
            continue;
        };
        let mounts = Rc::new(mounts);
        let mut add = |kind, holder: Value, field| {
            let Some(name) = named(&holder, field) else { return };
            let item = |item: Value| Some((text(&item, "key")?, text(&item, "path")?));
            let chosen = items(&holder, "items");
            let is_all = chosen.is_empty();
            let items: Vec<_> = chosen.into_iter().filter_map(item).collect();
            if is_all || !items.is_empty() {
                found(kind, name, Reference::Files { items, mounts: mounts.clone() });
            }
        };
        let mut add_of = |source: &Value, of_secret| {
            for (key, kind, field) in
                [("configMap", "ConfigMap", "name"), ("secret", "Secret", of_secret)]
            {
                if let Some(holder) = get(source, &[key]) {
                    add(kind, holder, field);
                }
            }
        };
        add_of(&volume, "secretName");
        if let Some(projected) = get(&volume, &["projected"]) {
            items(&projected, "sources").iter().for_each(|source| add_of(source, "name"));
        }
    }
}

fn items(value: &Value, key: &str) -> Vec<Value> {
    match get(value, &[key]) {
        Some(Value::List(items)) => items.to_vec(),
        _ => Vec::new(),
    }
}

fn text(value: &Value, key: &str) -> Option<Str> {
    match get(value, &[key]) {
        Some(Value::Str(text)) => Some(text),
        _ => None,
    }
}

/// Tells which workloads use what changes in ConfigMaps and Secrets and are not replaced, since their templates are the
/// same.
pub(super) fn stale(comparison: &Comparison, new: &[Object]) -> Vec<Effect> {
    let changed = comparison.differences.iter().enumerate().filter_map(|(number, difference)| {
        let (Some(old), Some(now)) = (&difference.old, &difference.new) else { return None };
        if difference.is_renamed() || now.is_hook() || super::flag(old, &["immutable"]) {
            return None;
        }
        Some((number, now, Changed::of(now, &difference.changes)?))
    });
    let changed: Vec<(usize, &Object, Changed<'_>)> = changed.collect();
    let mut all = Vec::new();
    if changed.is_empty() {
        return all;
    }
    let users = users(comparison, new);
    for (number, now, changed) in changed {
        let mut found_users: BTreeMap<Use, Vec<&Object>> = BTreeMap::new();
        for (object, reference) in users.get(&changed.name).into_iter().flatten() {
            for used in changed.uses(reference) {
                let objects = found_users.entry(used).or_default();
                // One may name it several times.
                if !objects.last().is_some_and(|last| std::ptr::eq(*last, *object)) {
                    objects.push(object);
                }
            }
        }
        for (by, objects) in found_users {
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

/// Returns the workloads whose pods are not replaced, by what they name, in order.
fn users<'o>(
    comparison: &Comparison,
    new: &'o [Object],
) -> HashMap<Name<'static>, Vec<(&'o Object, Reference)>, RandomState> {
    let mut differing: HashMap<&Id, &Difference, RandomState> = HashMap::default();
    for difference in &comparison.differences {
        if let Some(new) = &difference.new {
            differing.entry(&new.id).or_insert(difference);
        }
    }
    let mut users: HashMap<Name<'static>, Vec<_>, RandomState> = HashMap::default();
    for object in new.iter().filter(|object| !object.is_hook()) {
        let ("apps", "Deployment" | "StatefulSet" | "DaemonSet") = kind(object) else { continue };
        let is_replaced = differing.get(&object.id).is_some_and(|own| is_replaced(own, object));
        if is_replaced || super::number(object, &["spec", "replicas"]) == Some(0) {
            continue;
        }
        let Some(pod) = object.get(&["spec", "template", "spec"]) else { continue };
        references(&pod, |kind, name, reference| {
            let name = Name { kind, namespace: object.id.namespace.clone(), name };
            users.entry(name).or_default().push((object, reference));
        });
    }
    users
}

/// Tells whether the pods of a workload that differs are new, or replaced since their template differs.
fn is_replaced(own: &Difference, workload: &Object) -> bool {
    match &own.old {
        Some(old) if old.id == workload.id => !workloads::have_same_pods(old, workload),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_mounted_alone_is_a_file_or_a_folder() {
        let uses = |mounted: &[Option<&str>], items: &[(&str, &str)], keys: Option<&[&str]>| {
            let mut mounts = Mounts::default();
            mounted.iter().for_each(|part| mounts.add(part.map(Str::from)));
            let items = items.iter().map(|(key, path)| (Str::from(*key), Str::from(*path)));
            let keys = keys.map(|keys| keys.iter().map(|key| Str::from(*key)).collect());
            let name = Name { kind: "Secret", namespace: Str::default(), name: Str::default() };
            let files = Reference::Files { items: items.collect(), mounts: Rc::new(mounts) };
            Vec::from_iter(Changed { name, keys }.uses(&files))
        };
        let changed = Some(&["a", "b/c"][..]);
        for (part, is_used) in
            [("a", true), ("a/", true), ("b", true), ("b/c", true), ("x", false), ("b/", true)]
        {
            let expected = if is_used { vec![Use::SubPath] } else { Vec::new() };
            assert_eq!(uses(&[Some(part)], &[], changed), expected, "{part}");
        }
        assert_eq!(uses(&[Some("b-c"), Some("c")], &[], changed), []);
        assert_eq!(uses(&[Some("$(X)"), None], &[], changed), [Use::SubPath, Use::Volume]);
        assert_eq!(uses(&[Some("x"), None], &[], None), [Use::SubPath, Use::Volume]);
        // Files by their own names.
        let items = [("a", "d/e/f"), ("other", "d/g")];
        for (part, is_used) in
            [("d", true), ("d/e", true), ("d/e/f", true), ("d/g", false), ("a", false)]
        {
            let expected = if is_used { vec![Use::SubPath] } else { Vec::new() };
            assert_eq!(uses(&[Some(part)], &items, changed), expected, "{part}");
        }
        assert_eq!(uses(&[None], &[("other", "a")], changed), []);
    }
}
