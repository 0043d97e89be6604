//! Reviews of access: what is asked of the server, which answers and stores nothing.

use super::node::Node;
use super::{Findings, Level, Rule};
use crate::diff::Object;

pub(super) static RULES: &[Rule] = &[REVIEW];

const REVIEW: Rule = Rule {
    code: "SC720",
    level: Level::Error,
    title: "A review of access has to ask one thing of somebody, and has no metadata",
    source: "pkg/apis/authorization/validation/validation.go",
};

pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    if &*object.id.group != b"authorization.k8s.io" {
        return;
    }
    let spec = root.at("spec");
    match &*object.id.kind {
        b"SelfSubjectRulesReview" => {
            found.required(&REVIEW, &spec.at("namespace"), "namespace");
        }
        b"SelfSubjectAccessReview" => {
            nameless(root, found);
            asked(&spec, found);
        }
        b"SubjectAccessReview" => {
            nameless(root, found);
            asked(&spec, found);
            subject(&spec, found);
        }
        b"LocalSubjectAccessReview" => {
            nameless(root, found);
            asked(&spec, found);
            subject(&spec, found);
            found.forbidden(
                &REVIEW,
                &spec.at("nonResourceAttributes"),
                "a review within a namespace is of its resources alone",
            );
            let metadata = root.at("metadata");
            let (own, resource) = (metadata.at("namespace"), spec.at("resourceAttributes"));
            let of = resource.at("namespace");
            let differs = !own.is_empty() && own.text_or_empty() != of.text_or_empty();
            if resource.is_set() && (of.is_empty() || differs) {
                found.add(&REVIEW, &of, "it has to be the namespace of the review");
            }
        }
        _ => {}
    }
}

/// Refuses metadata: nothing is stored that it could be of.
fn nameless(root: &Node<'_>, found: &mut Findings) {
    for (key, node) in root.at("metadata").members() {
        // The namespace is that of the request; the others the server takes out, or writes itself (k8s.io/apiserver,
        // pkg/registry/rest: WipeObjectMetaSystemFields).
        let is_own = matches!(
            &*key,
            b"namespace"
                | b"managedFields"
                | b"creationTimestamp"
                | b"deletionTimestamp"
                | b"deletionGracePeriodSeconds"
                | b"selfLink"
                | b"uid"
        );
        if !is_own && !node.is_empty() && node.integer() != Some(0) {
            found.add(&REVIEW, &node, "a review of access has no metadata");
        }
    }
}

/// Checks whose access is asked for.
fn subject(spec: &Node<'_>, found: &mut Findings) {
    // In the old API groups are called `group`.
    if ["user", "groups", "group"].iter().all(|key| spec.at(key).is_empty()) {
        found.add(&REVIEW, &spec.at("user"), "neither a user nor groups");
    }
}

/// Checks what access is asked for.
fn asked(spec: &Node<'_>, found: &mut Findings) {
    let resource = spec.at("resourceAttributes");
    if resource.is_set() == spec.at("nonResourceAttributes").is_set() {
        let words = "it has to have one of resourceAttributes and nonResourceAttributes";
        found.add(&REVIEW, spec, words);
    }
    // Before, selectors were ignored where they were not switched on.
    if !found.since(32) {
        return;
    }
    for key in ["fieldSelector", "labelSelector"] {
        let Some(selector) = resource.get(key) else { continue };
        let raw = selector.at("rawSelector");
        match (raw.is_empty(), selector.at("requirements").is_empty()) {
            (true, true) => found.add(&REVIEW, &selector, "it has to have requirements"),
            (false, false) => found.add(&REVIEW, &raw, "it cannot stand beside requirements"),
            _ => {}
        }
    }
}
