//! The bounds of namespaces, and classes of priority.

use std::collections::HashSet;

use bstr::ByteSlice;

use super::node::Node;
use super::pods::CORE;
use super::{Findings, Level, Rule};
use crate::diff::Object;

pub(super) static RULES: &[Rule] = &[RANGE, PRIORITY];

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

/// A whole number, in billionths.
const ONE: i128 = 1_000_000_000;

/// Checks an object that is a LimitRange or a PriorityClass.
pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    match (&*object.id.group, &*object.id.kind) {
        (b"", b"LimitRange") => ranges(&root.at("spec").at("limits"), found),
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
                let other = others.at(&name.to_str_lossy());
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
        for (_, ratio) in limit.at("maxLimitRequestRatio").members() {
            if ratio.quantity().is_some_and(|n| n < ONE) {
                found.add(&RANGE, &ratio, format!("the ratio {} is less than 1", ratio.shown()));
            }
        }
    }
}

/// The most that others than the system may give.
const HIGHEST: i64 = 1_000_000_000;

fn priority(root: &Node<'_>, found: &mut Findings) {
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
