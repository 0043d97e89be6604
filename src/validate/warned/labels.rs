//! Labels of nodes that have been replaced.

use super::super::Findings;
use super::super::node::Node;
use super::{LABEL_VALUE, NODE_LABEL};
use crate::kubernetes::names;

/// Labels of nodes that were replaced, since which minor version the server says so, and what it says.
const REPLACED: &[(&str, u8, &str)] = &[
    ("app.kubernetes.io/created-by", 31, "it is deprecated since Kubernetes 1.9"),
    (
        "beta.kubernetes.io/arch",
        0,
        "it is deprecated since Kubernetes 1.14: use kubernetes.io/arch",
    ),
    (
        "beta.kubernetes.io/instance-type",
        0,
        "it is deprecated since Kubernetes 1.17: use node.kubernetes.io/instance-type",
    ),
    ("beta.kubernetes.io/os", 0, "it is deprecated since Kubernetes 1.14: use kubernetes.io/os"),
    (
        "failure-domain.beta.kubernetes.io/region",
        0,
        "it is deprecated since Kubernetes 1.17: use topology.kubernetes.io/region",
    ),
    (
        "failure-domain.beta.kubernetes.io/zone",
        0,
        "it is deprecated since Kubernetes 1.17: use topology.kubernetes.io/zone",
    ),
    (
        "node-role.kubernetes.io/master",
        31,
        "it is deprecated: use node-role.kubernetes.io/control-plane",
    ),
    (
        "scheduler.alpha.kubernetes.io/preferAvoidPods",
        31,
        "it is deprecated since Kubernetes 1.22: use taints and tolerations",
    ),
];

fn replaced(key: &[u8], found: &Findings) -> Option<&'static str> {
    let row = REPLACED.iter().find(|(name, ..)| name.as_bytes() == key);
    row.filter(|(_, since, _)| found.since(*since)).map(|(.., words)| *words)
}

/// Checks a text that is a label.
pub(super) fn key(node: &Node<'_>, found: &mut Findings) {
    if let Some(words) = replaced(&node.text_or_empty(), found) {
        found.add(&NODE_LABEL, node, format!("{}: {words}", node.shown()));
    }
}

/// Checks the labels that are the keys of an object.
pub(super) fn keys(holder: &Node<'_>, found: &mut Findings) {
    for (key, node) in holder.members() {
        if let Some(words) = replaced(&key, found) {
            found.add(&NODE_LABEL, &node, words);
        }
    }
}

/// Checks a term that nodes are selected by.
pub(super) fn term(term: &Node<'_>, found: &mut Findings) {
    for expression in term.at("matchExpressions").items() {
        key(&expression.at("key"), found);
    }
}

/// Checks the affinity of a pod to nodes.
pub(super) fn affinity(affinity: &Node<'_>, found: &mut Findings) {
    let required = affinity.at("requiredDuringSchedulingIgnoredDuringExecution");
    for one in required.at("nodeSelectorTerms").items() {
        term(&one, found);
    }
    for one in affinity.at("preferredDuringSchedulingIgnoredDuringExecution").items() {
        let preference = one.at("preference");
        term(&preference, found);
        for expression in preference.at("matchExpressions").items() {
            for value in expression.at("values").items() {
                let faults = names::label_value(&value.text_or_empty());
                found.named(&LABEL_VALUE, &value, faults);
            }
        }
    }
}
