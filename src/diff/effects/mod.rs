//! Tells what a change does to a cluster: what the API server refuses and the way out, which pods restart and in which
//! order, what is left behind and what is lost.
//!
//! The facts are those of Kubernetes 1.37, from its validation, its defaults and its controllers; where releases since
//! 1.25 differ the release is asked for. The old manifests are taken for what runs in the cluster, and the new ones for
//! what `helm upgrade` sends: objects of both are patched, those of the new ones alone are made, those of the old ones
//! alone are deleted.

mod config;
mod consumers;
mod crds;
pub(super) mod defaults;
mod hooks;
mod immutable;
mod invalid;
mod patched;
mod selector;
pub use selector::matches as selects;
mod services;
mod statefulset;
mod storage;
mod what;
mod workloads;

use bstr::ByteSlice;
use gostd::value::Value;

use super::object::{Id, Object};
use super::{Change, Comparison, Difference};

pub use consumers::Use;
pub use patched::patched;
pub use what::{Claims, CrdChange, Ordinals, Refusal, Restarts, Rolls, Step, What, Why};

/// What a change does.
#[derive(Clone, Debug)]
pub struct Effect {
    /// The object's number among the differences; nothing for a hook that does not differ.
    pub object: Option<usize>,
    /// The object, under its old name if it is gone.
    pub id: Id,
    /// How much it matters.
    pub severity: Severity,
    /// What it does.
    pub what: What,
    /// Whether this follows the way out of what is refused, and does not happen without it.
    pub is_after_way_out: bool,
    /// Where Kubernetes or Helm says so.
    pub rule: Rule,
}

/// How much an effect matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The upgrade fails, or data is lost.
    Error,
    /// Pods stop, or something stays that one has to see to.
    Warning,
    /// Good to know.
    Notice,
}

impl Severity {
    /// Returns its name.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Notice => "notice",
        }
    }
}

/// The source of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The function, e.g. `ValidateStatefulSetUpdate`.
    pub function: &'static str,
    /// Its package or file, e.g. `pkg/apis/apps/validation`.
    pub file: &'static str,
}

/// Returns the source of a rule.
const fn rule(function: &'static str, file: &'static str) -> Rule {
    Rule { function, file }
}

/// What is known of the cluster.
#[derive(Clone, Copy, Debug)]
pub struct Cluster {
    /// The minor version of Kubernetes 1.
    pub minor: u32,
    /// Whether changes are sent by server-side apply, as Helm 4 does, not as patches.
    pub server_side: bool,
}

impl Default for Cluster {
    fn default() -> Self {
        Cluster { minor: NEWEST, server_side: false }
    }
}

/// The newest minor version whose rules are known.
const NEWEST: u32 = 37;

/// Tells what the differences do, in their order; then which hooks run though they do not differ. `new` are the new
/// manifests.
pub fn effects(comparison: &Comparison, new: &[Object], cluster: Cluster) -> Vec<Effect> {
    let mut all = Vec::new();
    if comparison.differences.is_empty() {
        return all;
    }
    for (number, difference) in comparison.differences.iter().enumerate() {
        let found = |id: &Id, found: Vec<Found>| {
            let effect = |found: Found| Effect {
                object: Some(number),
                id: id.clone(),
                severity: found.severity,
                what: found.what,
                is_after_way_out: found.is_after_way_out,
                rule: found.rule,
            };
            found.into_iter().map(effect).collect::<Vec<_>>()
        };
        let (old, new) = (difference.old.as_ref(), difference.new.as_ref());
        match (old, new) {
            (Some(old), Some(new)) if !is_other(difference) => {
                all.extend(found(&new.id, updated(old, new, &difference.changes, cluster)));
            }
            _ => {
                if let Some(new) = new {
                    all.extend(found(&new.id, added(new, old, cluster)));
                }
                if let Some(old) = old {
                    all.extend(found(&old.id, removed(old, new)));
                }
            }
        }
    }
    all.extend(consumers::stale(comparison, new));
    all.extend(hooks::unchanged(comparison, new, cluster));
    all
}

/// Tells whether the new object of a difference is another one in the cluster, not the old one changed.
fn is_other(difference: &Difference) -> bool {
    let (Some(old), Some(new)) = (&difference.old, &difference.new) else { return true };
    let same_namespace = old.id.namespace == new.id.namespace
        || old.id.namespace.is_empty()
        || new.id.namespace.is_empty();
    // What was served under several groups is one object.
    let moved: &[&[u8]] = &[b"extensions", b"apps", b"networking.k8s.io", b"policy"];
    let same_group = old.id.group == new.id.group
        || moved.contains(&&old.id.group[..]) && moved.contains(&&new.id.group[..]);
    !(old.id.name == new.id.name && old.id.kind == new.id.kind && same_namespace && same_group)
}

/// An effect that has been found on an object.
struct Found {
    severity: Severity,
    what: What,
    is_after_way_out: bool,
    rule: Rule,
}

impl Found {
    fn new(severity: Severity, what: What, rule: Rule) -> Found {
        Found { severity, what, is_after_way_out: false, rule }
    }
}

/// What Kubernetes' own kinds are: the group and the kind.
fn kind(object: &Object) -> (&str, &str) {
    (object.id.group.to_str().unwrap_or_default(), object.id.kind.to_str().unwrap_or_default())
}

fn updated(old: &Object, new: &Object, changes: &[Change], cluster: Cluster) -> Vec<Found> {
    match (old.is_of_crds(), new.is_of_crds()) {
        (true, true) => return crds::changed(new),
        (false, true) => return crds::left(old, new),
        (true, false) if !new.source.is_empty() => return crds::joined(old, new, cluster),
        _ => {}
    }
    if new.is_hook() || old.is_hook() {
        return hooks::changed(old, new, cluster);
    }
    let mut refusals = invalid::refusals(new);
    // What the API server has refused is not in the cluster.
    if !invalid::refusals(old).is_empty() {
        return refusals;
    }
    let mut all = updated_by_kind(old, new, changes, cluster);
    if !refusals.is_empty() {
        // Nothing else happens to what is refused; why it is refused beside that has to be mended as well.
        let wrong = refusals.iter().filter_map(|found| match &found.what {
            What::Invalid { fields, .. } => Some(fields),
            _ => None,
        });
        let wrong: Vec<&String> = wrong.flatten().collect();
        all.retain_mut(|found| match &mut found.what {
            What::Refused { fields, .. } if !found.is_after_way_out => {
                fields.retain(|field| !wrong.iter().any(|wrong| is_within(wrong, field)));
                !fields.is_empty()
            }
            _ => false,
        });
    }
    refusals.append(&mut all);
    refusals
}

/// Tells whether a path is another one or leads on from there.
pub fn is_within(inner: &str, outer: &str) -> bool {
    let rest = inner.strip_prefix(outer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn updated_by_kind(old: &Object, new: &Object, changes: &[Change], cluster: Cluster) -> Vec<Found> {
    match kind(new) {
        ("apps", "StatefulSet") => statefulset::updated(old, new, cluster),
        ("apps" | "extensions", "Deployment") => workloads::deployment(old, new, cluster),
        ("apps" | "extensions", "DaemonSet") => workloads::daemon_set(old, new),
        ("apps" | "extensions", "ReplicaSet") | ("", "ReplicationController") => {
            workloads::replica_set(old, new)
        }
        ("batch", "Job") => workloads::job(old, new, cluster),
        ("batch", "CronJob") => workloads::cron_job(old, new),
        ("", "Pod") => workloads::pod(old, new),
        ("", "Service") => services::updated(old, new),
        ("", "PersistentVolumeClaim") => storage::claim(old, new),
        ("", "PersistentVolume") => storage::volume(old, new),
        ("", "ConfigMap" | "Secret") => config::updated(old, new, changes),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => crds::updated(old, new),
        (group, kind) => immutable::updated(group, kind, old, new),
    }
}

fn added(new: &Object, old: Option<&Object>, cluster: Cluster) -> Vec<Found> {
    if new.is_of_crds() {
        return crds::added(new);
    }
    if new.is_hook() {
        return hooks::added(new, cluster);
    }
    let refusals = invalid::refusals(new);
    if !refusals.is_empty() {
        return refusals;
    }
    match kind(new) {
        ("apps", "StatefulSet") => statefulset::added(new, old),
        _ => Vec::new(),
    }
}

/// Tells what happens when an object is deleted. `new` is the object that takes its place under another name.
fn removed(old: &Object, new: Option<&Object>) -> Vec<Found> {
    if old.is_of_crds() {
        return crds::removed(old);
    }
    if old.is_hook() {
        return hooks::removed();
    }
    // `Delete` leaves what says so.
    if is_kept(old) {
        return vec![Found::new(Severity::Warning, What::Kept, KEPT)];
    }
    if !invalid::refusals(old).is_empty() {
        return Vec::new();
    }
    match kind(old) {
        ("apps", "StatefulSet") => statefulset::removed(old, new),
        ("apps" | "extensions", "Deployment" | "DaemonSet" | "ReplicaSet")
        | ("", "ReplicationController" | "Pod")
        | ("batch", "Job") => workloads::removed(old),
        ("", "Service") => services::removed(old, new),
        ("", "PersistentVolumeClaim") => storage::claim_removed(),
        ("", "Namespace") => {
            vec![Found::new(Severity::Error, What::NamespaceGoes, NAMESPACE)]
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => crds::template_removed(old),
        _ => Vec::new(),
    }
}

const KEPT: Rule = rule("deleteResource, filterManifestsToKeep", "Helm, pkg/kube and pkg/action");
/// What is made may not be there already, unless it has the label and the annotations of the release.
const OWNED: Rule = rule("existingResourceConflict", "Helm, pkg/action/validate.go");
const NAMESPACE: Rule = rule("namespacedResourcesDeleter", "pkg/controller/namespace/deletion");

fn is_kept(object: &Object) -> bool {
    let policy = text(object, &["metadata", "annotations", "helm.sh/resource-policy"]);
    policy.is_some_and(|policy| policy.trim().eq_ignore_ascii_case("keep"))
}

/// Returns what a refusal is.
fn refused(fields: Vec<String>, way_out: Vec<Step>, rule: Rule) -> Found {
    let what = What::Refused { fields, only_if: None, way_out, note: None };
    Found::new(Severity::Error, what, rule)
}

/// Returns the way out where the object may be deleted and made again.
fn recreate(object: &Object) -> Vec<Step> {
    vec![kubectl(object, "delete", ""), Step::Upgrade]
}

/// Returns a command on an object.
fn kubectl(object: &Object, verb: &str, rest: &str) -> Step {
    let kind = object.id.kind.to_str_lossy().to_lowercase();
    let (kind, name) = (shell(&kind), object.id.name.to_str_lossy());
    // What looks like a flag is none behind `--`.
    let name = match name.starts_with('-') {
        true => format!("-- {}", shell(&name)),
        false => shell(&name),
    };
    let rest = if rest.is_empty() { String::new() } else { format!(" {rest}") };
    Step::Run(format!("kubectl{} {verb} {kind} {name}{rest}", in_namespace(object)))
}

/// Returns a word as a shell reads it. Names in Kubernetes need no quotes; those in a chart may hold anything.
fn shell(word: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    match !word.is_empty() && word.bytes().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// Returns the flag for an object's namespace.
fn in_namespace(object: &Object) -> String {
    match &object.id.namespace[..] {
        b"" | b"default" => String::new(),
        namespace => format!(" -n {}", shell(&namespace.to_str_lossy())),
    }
}

/// Returns a value, if it is set.
fn at(object: &Object, path: &[&str]) -> Option<Value> {
    object.get(path).filter(|value| !value.is_nil())
}

fn text(object: &Object, path: &[&str]) -> Option<String> {
    match at(object, path) {
        Some(Value::Str(text)) if !text.is_empty() => Some(text.to_str_lossy().into_owned()),
        _ => None,
    }
}

fn number(object: &Object, path: &[&str]) -> Option<i64> {
    match at(object, path)? {
        Value::Int(_, n) => Some(n),
        Value::Uint(_, n) => i64::try_from(n).ok(),
        Value::Float(n) if n.fract() == 0.0 && n.abs() < 1e15 => Some(n as i64),
        _ => None,
    }
}

fn flag(object: &Object, path: &[&str]) -> bool {
    matches!(at(object, path), Some(Value::Bool(true)))
}

/// Returns how many of a number a count or a percentage is.
fn scaled(value: Option<Value>, default: &str, of: i64, rounds_up: bool) -> i64 {
    let text = match &value {
        Some(Value::Int(_, n)) => n.to_string(),
        Some(Value::Str(text)) => text.to_str_lossy().into_owned(),
        Some(Value::Float(n)) => n.to_string(),
        _ => default.to_owned(),
    };
    match text.strip_suffix('%') {
        Some(percent) => {
            let percent: i64 = percent.parse().unwrap_or(0);
            let part = i128::from(percent) * i128::from(of);
            let part = if rounds_up { (part + 99).div_euclid(100) } else { part.div_euclid(100) };
            i64::try_from(part).unwrap_or(i64::MAX)
        }
        None => text.parse().unwrap_or(0),
    }
}

/// Tells whether a field of two objects is the same, an absent one being the default.
fn is_same(old: &Object, new: &Object, path: &[&str], default: Option<Value>) -> bool {
    let value = |object| at(object, path).or_else(|| default.clone()).filter(|v| !is_empty(v));
    match (value(old), value(new)) {
        (Some(old), Some(new)) => super::same(&old, &new),
        (None, None) => true,
        _ => false,
    }
}

/// Tells whether a value is what Kubernetes takes for none: an empty text, list or map.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Str(text) => text.is_empty(),
        Value::List(list) => list.is_empty(),
        Value::Map(map) => map.is_empty(),
        value => value.is_nil(),
    }
}

/// Returns a scalar as it is written in a command.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::Str(text) => Some(text.to_str_lossy().into_owned()),
        Value::Int(_, n) => Some(n.to_string()),
        Value::Uint(_, n) => Some(n.to_string()),
        Value::Float(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}
