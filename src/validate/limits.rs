//! The bounds of namespaces, and classes of priority.

use std::collections::HashSet;

use bstr::ByteSlice;
use gostd::value::Str;

use super::node::Node;
use super::pods::CORE;
use super::resources::ONE;
use super::{Findings, Level, Rule, resources};
use crate::diff::Object;
use crate::kubernetes::names;

pub(super) static RULES: &[Rule] = &[RANGE, PRIORITY, QUOTA];

const RANGE: Rule = Rule {
    code: "SC714",
    level: Level::Error,
    title: "The bounds of a LimitRange have to fit each other",
    source: CORE,
};
const PRIORITY: Rule = Rule {
    code: "SC715",
    level: Level::Error,
    title: "A PriorityClass has to have a value that is free, and a name that is not the system's",
    source: "pkg/apis/scheduling/validation/validation.go",
};
const QUOTA: Rule = Rule {
    code: "SC716",
    level: Level::Error,
    title: "A ResourceQuota has to be of resources that are counted, and of scopes that have them",
    source: CORE,
};

/// Checks an object that is a LimitRange, a ResourceQuota or a PriorityClass.
pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    match (&*object.id.group, &*object.id.kind) {
        (b"", b"LimitRange") => ranges(&root.at("spec").at("limits"), found),
        (b"", b"ResourceQuota") => quota(&root.at("spec"), found),
        (b"scheduling.k8s.io", b"PriorityClass") => priority(root, found),
        _ => {}
    }
}

fn ranges(limits: &Node<'_>, found: &mut Findings) {
    let mut seen = HashSet::new();
    for limit in limits.items() {
        let kind = limit.at("type");
        let text = kind.text_or_empty();
        let is_known = kind.is_any(&["Pod", "Container", "PersistentVolumeClaim"]);
        if !is_known && !text.is_empty() {
            found.named(&RANGE, &kind, names::qualified(&text));
        }
        if !is_known && !text.contains(&b'/') {
            let what = "it has to be Pod, Container or PersistentVolumeClaim";
            found.add(&RANGE, &kind, what);
        }
        if !seen.insert(text) {
            found.add(&RANGE, &kind, format!("another limit is of the type {}, too", kind.shown()));
        }
        if kind.is("Pod") {
            for key in ["default", "defaultRequest"] {
                let amounts = limit.at(key);
                if !amounts.is_empty() {
                    found.add(&RANGE, &amounts, format!("a limit of pods cannot have a {key}"));
                }
            }
        }
        let has_storage = |key: &str| limit.at(key).at("storage").is_set();
        if kind.is("PersistentVolumeClaim") && !has_storage("min") && !has_storage("max") {
            found.add(&RANGE, &limit, "a limit of claims has to have a min or a max of storage");
        }
        let ordered = [
            ("min", "max"),
            ("min", "defaultRequest"),
            ("min", "default"),
            ("defaultRequest", "default"),
            ("defaultRequest", "max"),
            ("default", "max"),
        ];
        for (less, more) in ordered {
            let (amounts, others) = (limit.at(less), limit.at(more));
            if kind.is("Pod") && (less.starts_with("default") || more.starts_with("default")) {
                continue;
            }
            for (name, amount) in amounts.members() {
                let other = others.at_key(&name);
                let (Some(a), Some(b)) = (amount.quantity(), other.quantity()) else { continue };
                if a > b {
                    let (name, amount_text, other) =
                        (name.to_str_lossy(), amount.shown(), other.shown());
                    let what =
                        format!("{less} of {name}, {amount_text}, is more than {more}, {other}");
                    found.add(&RANGE, &amount, what);
                }
            }
        }
        for key in ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] {
            for (name, amount) in limit.at(key).members() {
                let text = name.to_str_lossy();
                for fault in names::qualified(&name) {
                    found.add(&RANGE, &amount, format!("the resource {text:?}: {fault}"));
                }
                let is_of_pods = kind.is_any(&["Pod", "Container"]);
                if is_of_pods && !name.contains(&b'/') && !resources::is_own(&name) {
                    let words = format!("{text:?} is no resource of a container");
                    found.add(&RANGE, &amount, words);
                }
            }
        }
        let asked = limit.at("defaultRequest");
        for (name, most) in limit.at("default").members() {
            // Nobody shares these.
            let is_alone = resources::is_extended(&name) || name.starts_with(b"hugepages-");
            let other = asked.at_key(&name);
            if is_alone && other.is_set() && other.quantity() != most.quantity() {
                let words = format!("it has to be the defaultRequest, {}", other.shown());
                found.add(&RANGE, &most, words);
            }
        }
        for (name, ratio) in limit.at("maxLimitRequestRatio").members() {
            let bound = |key: &str| limit.at(key).at_key(&name).quantity();
            if let (Some(n), Some(least), Some(most)) =
                (ratio.quantity(), bound("min"), bound("max"))
                && n.saturating_mul(least) > most.saturating_mul(ONE)
            {
                let words = format!("the ratio {} is more than that of max to min", ratio.shown());
                found.add(&RANGE, &ratio, words);
            }
            if ratio.quantity().is_some_and(|n| n < ONE) {
                found.add(&RANGE, &ratio, format!("the ratio {} is less than 1", ratio.shown()));
            }
        }
    }
}

/// The most that others than the system may give.
const HIGHEST: i64 = 1_000_000_000;

fn priority(root: &Node<'_>, found: &mut Findings) {
    let policy = root.at("preemptionPolicy");
    found.exactly(&PRIORITY, &policy, &["PreemptLowerPriority", "Never"]);
    let metadata = root.at("metadata");
    let (name, value) = (metadata.at("name"), root.at("value"));
    let text = name.text_or_empty();
    if text.starts_with(b"system-") {
        let known = match &*text {
            b"system-cluster-critical" => Some(2_000_000_000),
            b"system-node-critical" => Some(2_000_001_000),
            _ => None,
        };
        if known.is_none() || known != value.integer() || root.at("globalDefault").is_true() {
            let what = "names that begin with system- are those of the system's own classes";
            found.add(&PRIORITY, &name, what);
        }
    } else if let Some(n) = value.integer().filter(|n| *n > HIGHEST) {
        found.add(&PRIORITY, &value, format!("{n} is more than {HIGHEST}"));
    }
}

/// What a quota may count.
const COUNTED: &[&[u8]] = &[
    b"configmaps",
    b"persistentvolumeclaims",
    b"pods",
    b"replicationcontrollers",
    b"resourcequotas",
    b"secrets",
    b"services",
    b"services.loadbalancers",
    b"services.nodeports",
];
/// What a quota may measure.
const MEASURED: &[&[u8]] = &[
    b"cpu",
    b"ephemeral-storage",
    b"limits.cpu",
    b"limits.ephemeral-storage",
    b"limits.memory",
    b"memory",
    b"requests.cpu",
    b"requests.ephemeral-storage",
    b"requests.memory",
    b"requests.storage",
];
/// What is of pods.
const OF_PODS: &[&[u8]] = &[
    b"pods",
    b"cpu",
    b"memory",
    b"limits.cpu",
    b"limits.memory",
    b"requests.cpu",
    b"requests.memory",
];
/// The scopes that need no values.
const BARE_SCOPES: &[&str] =
    &["Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "CrossNamespacePodAffinity"];

fn quota(spec: &Node<'_>, found: &mut Findings) {
    let hard = spec.at("hard");
    for (name, amount) in hard.members() {
        let text = name.to_str_lossy();
        let is_known = COUNTED.contains(&&*name)
            || MEASURED.contains(&&*name)
            || name.starts_with(b"hugepages-")
            || name.starts_with(b"requests.hugepages-");
        for fault in names::qualified(&name) {
            found.add(&QUOTA, &amount, format!("the resource {text:?}: {fault}"));
        }
        if !name.contains(&b'/') && !is_known {
            found.add(&QUOTA, &amount, format!("{text:?} is no resource of a quota"));
        }
        let Some(n) = amount.quantity() else { continue };
        if n < 0 {
            found.add(&QUOTA, &amount, format!("{} is negative", amount.shown()));
        }
        let is_whole = COUNTED.contains(&&*name)
            || resources::is_extended(&name) && !name.starts_with(b"requests.");
        if is_whole && n % ONE != 0 {
            let words = format!("{} is no whole number of {text}", amount.shown());
            found.add(&QUOTA, &amount, words);
        }
    }
    let names = hard.members().map(|(name, _)| name);
    let standard: Vec<Str> =
        names.filter(|name| COUNTED.contains(&&**name) || MEASURED.contains(&&**name)).collect();
    let mut scopes = HashSet::new();
    for scope in spec.at("scopes").items() {
        scope_of(&scope, &standard, &mut scopes, found);
    }
    let mut selected = HashSet::new();
    for one in spec.at("scopeSelector").at("matchExpressions").items() {
        let (scope, operator, values) = (one.at("scopeName"), one.at("operator"), one.at("values"));
        scope_of(&scope, &standard, &mut selected, found);
        match &*operator.text_or_empty() {
            b"In" | b"NotIn" if values.is_empty() => {
                found.add(&QUOTA, &values, "In and NotIn need values");
            }
            b"Exists" | b"DoesNotExist" if !values.is_empty() => {
                found.add(&QUOTA, &values, "Exists and DoesNotExist take no values");
            }
            b"In" | b"NotIn" | b"Exists" | b"DoesNotExist" => {}
            _ => found.add(&QUOTA, &operator, "it has to be In, NotIn, Exists or DoesNotExist"),
        }
        if scope.is_any(BARE_SCOPES) && !operator.is("Exists") {
            found.add(&QUOTA, &operator, format!("it has to be Exists of {}", scope.shown()));
        }
    }
}

/// Checks a scope against what the quota is of that Kubernetes itself knows, and against the scopes before.
fn scope_of(
    scope: &Node<'_>,
    standard: &[Str],
    before: &mut HashSet<String>,
    found: &mut Findings,
) {
    let has_class = found.version.minor() >= 34 && scope.is("VolumeAttributesClass");
    let is_older = found.version.minor() < 34 && scope.is("VolumeAttributesClass");
    if !scope.is_any(BARE_SCOPES) && !scope.is("PriorityClass") && !has_class {
        // Versions in which it may be switched on are not asked.
        if !is_older {
            found.add(&QUOTA, scope, format!("{} is no scope", scope.shown()));
        }
        return;
    }
    for name in standard {
        let fits = match &*scope.text_or_empty() {
            b"BestEffort" => &**name == b"pods",
            b"VolumeAttributesClass" => {
                matches!(&**name, b"persistentvolumeclaims" | b"requests.storage")
            }
            _ => OF_PODS.contains(&&**name),
        };
        if !fits {
            let (scope_text, name) = (scope.shown(), name.to_str_lossy());
            found.add(&QUOTA, scope, format!("{scope_text} has no {name}, of which the quota is"));
        }
    }
    let text = scope.text_or_empty().to_str_lossy().into_owned();
    let other = match text.strip_prefix("Not") {
        Some(rest) => rest.to_owned(),
        None => format!("Not{text}"),
    };
    if before.contains(&other) {
        found.add(&QUOTA, scope, format!("{} and {other} cannot both be there", scope.shown()));
    }
    before.insert(text);
}
