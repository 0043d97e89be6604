//! Pods, and the templates of pods.

use std::collections::HashSet;

use gostd::value::Value;

use super::node::Node;
use super::{
    Findings, Level, Rule, containers, hosts, metadata, resources, scheduling, security, volumes,
};
use crate::diff::Object;
use crate::kubernetes::names;

pub(super) const CORE: &str = "pkg/apis/core/validation/validation.go";

pub(super) static RULES: &[Rule] = &[NO_CONTAINER, TWICE, NAMES, POLICY, SECONDS];

const NO_CONTAINER: Rule = Rule {
    code: "SC401",
    level: Level::Error,
    title: "A pod has to have a container",
    source: CORE,
};
const TWICE: Rule = Rule {
    code: "SC402",
    level: Level::Error,
    title: "Containers of a pod must not share a name",
    source: CORE,
};
const NAMES: Rule = Rule {
    code: "SC407",
    level: Level::Error,
    title: "What a pod names has to be named by a DNS subdomain",
    source: CORE,
};
const POLICY: Rule = Rule {
    code: "SC403",
    level: Level::Error,
    title: "A policy has to be one of those that a pod can have",
    source: CORE,
};
const SECONDS: Rule = Rule {
    code: "SC404",
    level: Level::Error,
    title: "The deadline of a pod has to be more than 0",
    source: CORE,
};

/// How many seconds a pod has to end, if it does not say.
const GRACE: i64 = 30;

pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    let spec = root.at("spec");
    match (&*object.id.group, &*object.id.kind) {
        (b"", b"Pod") => pod(&spec, &[], false, found),
        (b"apps", b"StatefulSet") => {
            let claims = spec.at("volumeClaimTemplates");
            let names: Vec<_> = claims
                .items()
                .map(|claim| claim.at("metadata").at("name").text_or_empty())
                .collect();
            let names: Vec<&[u8]> = names.iter().map(|name| &**name).collect();
            template(&spec.at("template"), &names, true, found);
        }
        (b"apps", b"Deployment" | b"DaemonSet" | b"ReplicaSet")
        | (b"batch", b"Job")
        | (b"", b"ReplicationController") => {
            template(&spec.at("template"), &[], false, found);
        }
        (b"", b"PodTemplate") => template(&root.at("template"), &[], false, found),
        (b"batch", b"CronJob") => {
            template(&spec.at("jobTemplate").at("spec").at("template"), &[], false, found)
        }
        _ => {}
    }
}

fn template(template: &Node<'_>, claims: &[&[u8]], is_of_set: bool, found: &mut Findings) {
    let metadata = template.at("metadata");
    metadata::of_template(&metadata, found);
    // The pods get them.
    metadata::finalizers(&metadata.at("finalizers"), false, found);
    pod(&template.at("spec"), claims, is_of_set, found);
}

/// Checks a pod; `claims` are the names of the volumes that its StatefulSet makes, if it is of one.
fn pod(spec: &Node<'_>, claims: &[&[u8]], is_of_set: bool, found: &mut Findings) {
    let volumes = volumes::check(&spec.at("volumes"), claims, found);
    let (main, init) = (spec.at("containers"), spec.at("initContainers"));
    if main.is_empty() {
        found.add(&NO_CONTAINER, &main, "it has no containers");
    }
    let mut names = HashSet::new();
    let devices = scheduling::claims(spec, found);
    let place = containers::Place {
        is_init: false,
        is_host_network: spec.at("hostNetwork").is_true(),
        never_restarts: spec.at("restartPolicy").is("Never"),
        claims: &devices,
        grace: spec.at("terminationGracePeriodSeconds").integer().unwrap_or(GRACE),
        has_own_users: matches!(spec.at("hostUsers").value, Value::Bool(false)),
    };
    for container in init.items().chain(main.items()) {
        let name = container.at("name");
        if let Some(text) = name.text()
            && !text.is_empty()
            && !names.insert(text.clone())
        {
            found.add(&TWICE, &name, format!("another container is called {}, too", name.shown()));
        }
    }
    for container in init.items() {
        let is_sidecar = container.at("restartPolicy").is("Always");
        let place = containers::Place { is_init: !is_sidecar, ..place };
        containers::check(&container, &volumes, &place, found);
    }
    for container in main.items() {
        containers::check(&container, &volumes, &place, found);
    }
    containers::host_ports(spec, found);
    let policies: [(&str, &[&str]); 2] = [
        ("restartPolicy", &["Always", "OnFailure", "Never"]),
        ("dnsPolicy", &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]),
    ];
    for (key, allowed) in policies {
        found.one_of(&POLICY, &spec.at(key), allowed);
    }
    found.within(&SECONDS, &spec.at("activeDeadlineSeconds"), 1, i64::from(i32::MAX));
    let temporary = spec.at("ephemeralContainers");
    if !temporary.is_empty() {
        found.add(&POLICY, &temporary, "ephemeral containers can only be added to a pod that runs");
    }
    for key in ["serviceAccountName", "nodeName", "priorityClassName"] {
        found.subdomain(&NAMES, &spec.at(key));
    }
    if spec.at("serviceAccountName").is_empty() {
        found.subdomain(&NAMES, &spec.at("serviceAccount"));
    }
    let runtime = spec.at("runtimeClassName");
    if let Some(text) = runtime.text() {
        found.named(&NAMES, &runtime, names::subdomain(text));
    }
    let overhead = spec.at("overhead");
    if !overhead.is_empty() && !runtime.is_set() {
        found.add(&POLICY, &overhead, "it comes from a runtime's class: set runtimeClassName");
    }
    // Before, it was ignored where it was not switched on.
    if found.version.minor() >= 34
        && let Some(all) = spec.get("resources")
    {
        resources::of_pod(&all, found);
    }
    metadata::labels(&spec.at("nodeSelector"), found);
    security::of_pod(spec, found);
    scheduling::check(spec, found);
    hosts::check(spec, is_of_set, found);
}
