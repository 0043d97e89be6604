//! Pods, and the templates of pods.

use std::collections::HashSet;

use super::node::Node;
use super::{Findings, Level, Rule, containers, limits, metadata, placement, volumes};
use crate::diff::Object;
use crate::kubernetes::names;

pub(super) const CORE: &str = "pkg/apis/core/validation/validation.go";

pub(super) static RULES: &[Rule] =
    &[NO_CONTAINER, TWICE, NAMES, POLICY, SECONDS, SPREAD, TOLERATION];

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
const SPREAD: Rule = Rule {
    code: "SC405",
    level: Level::Error,
    title: "Affinities and spread constraints have to be complete",
    source: CORE,
};
const TOLERATION: Rule = Rule {
    code: "SC406",
    level: Level::Error,
    title: "A toleration's operator, value and seconds have to fit each other",
    source: CORE,
};

pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    let spec = root.at("spec");
    match (&*object.id.group, &*object.id.kind) {
        (b"", b"Pod") => pod(&spec, &[], found),
        (b"apps", b"StatefulSet") => {
            let claims = spec.at("volumeClaimTemplates");
            let names: Vec<_> = claims
                .items()
                .map(|claim| claim.at("metadata").at("name").text_or_empty())
                .collect();
            let names: Vec<&[u8]> = names.iter().map(|name| &**name).collect();
            template(&spec.at("template"), &names, found);
        }
        (b"apps", b"Deployment" | b"DaemonSet" | b"ReplicaSet")
        | (b"batch", b"Job")
        | (b"", b"ReplicationController") => {
            template(&spec.at("template"), &[], found);
        }
        (b"batch", b"CronJob") => {
            template(&spec.at("jobTemplate").at("spec").at("template"), &[], found)
        }
        _ => {}
    }
}

fn template(template: &Node<'_>, claims: &[&[u8]], found: &mut Findings) {
    metadata::of_template(&template.at("metadata"), found);
    pod(&template.at("spec"), claims, found);
}

/// Checks a pod; `claims` are the names of the volumes that its StatefulSet makes.
fn pod(spec: &Node<'_>, claims: &[&[u8]], found: &mut Findings) {
    let volumes = volumes::check(&spec.at("volumes"), claims, found);
    let (main, init) = (spec.at("containers"), spec.at("initContainers"));
    if main.is_empty() {
        found.add(&NO_CONTAINER, &main, "it has no containers");
    }
    let mut names = HashSet::new();
    let is_host_network = spec.at("hostNetwork").is_true();
    for container in init.items().chain(main.items()) {
        let name = container.at("name");
        if let Some(text) = name.text()
            && !text.is_empty()
            && !names.insert(text.clone())
        {
            found.add(&TWICE, &name, format!("another container is called {}, too", name.shown()));
        }
    }
    for container in init.items().chain(main.items()) {
        limits::of_container(&container.at("resources"), found);
    }
    for container in init.items() {
        let is_sidecar = container.at("restartPolicy").is("Always");
        containers::check(
            &container,
            &volumes,
            containers::Place { is_init: !is_sidecar, is_host_network },
            found,
        );
    }
    for container in main.items() {
        containers::check(
            &container,
            &volumes,
            containers::Place { is_init: false, is_host_network },
            found,
        );
    }
    let policies: [(&str, &[&str]); 2] = [
        ("restartPolicy", &["Always", "OnFailure", "Never"]),
        ("dnsPolicy", &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]),
    ];
    for (key, allowed) in policies {
        let policy = spec.at(key);
        if !policy.is_empty() && !policy.is_any(allowed) {
            found.add(&POLICY, &policy, format!("it has to be one of {}", allowed.join(", ")));
        }
    }
    let seconds = spec.at("activeDeadlineSeconds");
    if let Some(n) = seconds.integer().filter(|n| *n < 1) {
        found.add(&SECONDS, &seconds, format!("{n} is less than 1"));
    }
    for key in ["serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName"] {
        let name = spec.at(key);
        if !name.is_empty() {
            found.named(&NAMES, &name, names::subdomain(&name.text_or_empty()));
        }
    }
    metadata::labels(&spec.at("nodeSelector"), found);
    containers::security(&spec.at("securityContext"), found);
    affinity(&spec.at("affinity"), found);
    tolerations(&spec.at("tolerations"), found);
    placement::check(spec, found);
    for spread in spec.at("topologySpreadConstraints").items() {
        if spread.at("topologyKey").is_empty() {
            found.add(&SPREAD, &spread.at("topologyKey"), "topologyKey is required");
        }
        if spread.at("maxSkew").integer().is_none_or(|n| n < 1) {
            found.add(&SPREAD, &spread.at("maxSkew"), "maxSkew has to be more than 0");
        }
        let when = spread.at("whenUnsatisfiable");
        if !when.is("DoNotSchedule") && !when.is("ScheduleAnyway") {
            found.add(
                &SPREAD,
                &when,
                "whenUnsatisfiable has to be DoNotSchedule or ScheduleAnyway",
            );
        }
        super::workloads::expressions(&spread.at("labelSelector"), found);
    }
}

fn affinity(affinity: &Node<'_>, found: &mut Findings) {
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    let preferred = "preferredDuringSchedulingIgnoredDuringExecution";
    let weight = |node: &Node<'_>, found: &mut Findings| {
        let weight = node.at("weight");
        if weight.integer().is_none_or(|n| !(1..=100).contains(&n)) {
            found.add(&SPREAD, &weight, "weight has to be from 1 to 100");
        }
    };
    let term = |node: &Node<'_>, found: &mut Findings| {
        found.named(
            &SPREAD,
            &node.at("topologyKey"),
            names::qualified(&node.at("topologyKey").text_or_empty()),
        );
        super::workloads::expressions(&node.at("labelSelector"), found);
    };
    for key in ["podAffinity", "podAntiAffinity"] {
        let of_pods = affinity.at(key);
        for one in of_pods.at(required).items() {
            term(&one, found);
        }
        for one in of_pods.at(preferred).items() {
            weight(&one, found);
            term(&one.at("podAffinityTerm"), found);
        }
    }
    let of_nodes = affinity.at("nodeAffinity");
    let terms = of_nodes.at(required);
    if terms.is_set() && terms.at("nodeSelectorTerms").is_empty() {
        found.add(&SPREAD, &terms.at("nodeSelectorTerms"), "it has to have at least one term");
    }
    for term in terms.at("nodeSelectorTerms").items() {
        node_term(&term, found);
    }
    for one in of_nodes.at(preferred).items() {
        weight(&one, found);
        node_term(&one.at("preference"), found);
    }
}

fn node_term(term: &Node<'_>, found: &mut Findings) {
    for expression in term.at("matchExpressions").items() {
        let (key, operator, values) =
            (expression.at("key"), expression.at("operator"), expression.at("values"));
        found.named(&SPREAD, &key, names::qualified(&key.text_or_empty()));
        for value in values.items() {
            found.named(&SPREAD, &value, names::label_value(&value.text_or_empty()));
        }
        let count = values.items().count();
        let fits = match &*operator.text_or_empty() {
            b"In" | b"NotIn" => count > 0,
            b"Exists" | b"DoesNotExist" => count == 0,
            b"Gt" | b"Lt" => count == 1,
            _ => {
                found.add(
                    &SPREAD,
                    &operator,
                    "the operator has to be In, NotIn, Exists, DoesNotExist, Gt or Lt",
                );
                continue;
            }
        };
        if !fits {
            found.add(
                &SPREAD,
                &values,
                format!("{count} values do not fit the operator {}", operator.shown()),
            );
        }
    }
}

fn tolerations(tolerations: &Node<'_>, found: &mut Findings) {
    for toleration in tolerations.items() {
        let (operator, value, effect) =
            (toleration.at("operator"), toleration.at("value"), toleration.at("effect"));
        if toleration.at("key").is_empty() && !operator.is("Exists") {
            found.add(
                &TOLERATION,
                &operator,
                "the operator has to be Exists where there is no key",
            );
        }
        if operator.is("Exists") && !value.is_empty() {
            found.add(&TOLERATION, &value, "value has to be empty where the operator is Exists");
        }
        if toleration.at("tolerationSeconds").is_set() && !effect.is("NoExecute") {
            found.add(
                &TOLERATION,
                &effect,
                "the effect has to be NoExecute where tolerationSeconds is set",
            );
        }
    }
}
