//! Where pods may run: affinities, spread, tolerations, gates and claimed devices.

use std::collections::HashSet;

use gostd::value::Str;

use super::node::Node;
use super::pods::CORE;
use super::{Findings, Level, Rule};
use crate::kubernetes::names;

pub(super) static RULES: &[Rule] = &[SPREAD, TOLERATION, GATE];

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
const GATE: Rule = Rule {
    code: "SC409",
    level: Level::Error,
    title: "A pod's gates, priority and claims of devices have to be valid",
    source: CORE,
};

pub(super) fn check(spec: &Node<'_>, found: &mut Findings) {
    affinity(&spec.at("affinity"), found);
    tolerations(&spec.at("tolerations"), found);
    spread(&spec.at("topologySpreadConstraints"), found);
    for gate in spec.at("readinessGates").items() {
        found.qualified(&GATE, &gate.at("conditionType"));
    }
    let mut gates = HashSet::new();
    for gate in spec.at("schedulingGates").items() {
        let name = gate.at("name");
        found.qualified(&GATE, &name);
        if !gates.insert(name.text_or_empty()) {
            found.add(&GATE, &name, format!("another gate is called {}, too", name.shown()));
        }
    }
    priority(spec, found);
}

/// Checks what the admission plugin for priorities asks for, which writes these fields itself, from the class.
fn priority(spec: &Node<'_>, found: &mut Findings) {
    if !spec.at("priorityClassName").is_empty() {
        return;
    }
    let (priority, preemption) = (spec.at("priority"), spec.at("preemptionPolicy"));
    if priority.integer().is_some_and(|n| n != 0) {
        found.add(&GATE, &priority, "the priority comes from a class: set priorityClassName");
    }
    if preemption.is("Never") {
        found.add(&GATE, &preemption, "the policy comes from a class: set priorityClassName");
    }
}

/// Checks the claims of devices; returns their names.
pub(super) fn claims(spec: &Node<'_>, found: &mut Findings) -> HashSet<Str> {
    let mut all = HashSet::new();
    if !found.since(34) {
        return all;
    }
    for claim in spec.at("resourceClaims").items() {
        let name = claim.at("name");
        if found.required(&GATE, &name, "name") {
            found.named(&GATE, &name, names::label(&name.text_or_empty(), false));
            if !all.insert(name.text_or_empty()) {
                found.add(&GATE, &name, format!("another claim is called {}, too", name.shown()));
            }
        }
        let of = ["resourceClaimName", "resourceClaimTemplateName"].map(|key| claim.at(key));
        if of.iter().filter(|node| node.is_set()).count() != 1 {
            found.add(
                &GATE,
                &claim,
                "it has to have one of resourceClaimName and resourceClaimTemplateName",
            );
        }
        for node in of.iter().filter(|node| node.is_set()) {
            found.named(&GATE, node, names::subdomain(&node.text_or_empty()));
        }
    }
    all
}

fn spread(all: &Node<'_>, found: &mut Findings) {
    let mut seen = HashSet::new();
    for spread in all.items() {
        let (key, when) = (spread.at("topologyKey"), spread.at("whenUnsatisfiable"));
        found.required(&SPREAD, &key, "topologyKey");
        if spread.at("maxSkew").integer().is_none_or(|n| n < 1) {
            found.add(&SPREAD, &spread.at("maxSkew"), "maxSkew has to be more than 0");
        }
        if !when.is("DoNotSchedule") && !when.is("ScheduleAnyway") {
            found.add(
                &SPREAD,
                &when,
                "whenUnsatisfiable has to be DoNotSchedule or ScheduleAnyway",
            );
        }
        if !seen.insert((key.text_or_empty(), when.text_or_empty())) {
            found.add(
                &SPREAD,
                &spread,
                "another constraint has the same topologyKey and whenUnsatisfiable",
            );
        }
        let least = spread.at("minDomains");
        found.within(&SPREAD, &least, 1, i64::MAX);
        if least.is_set() && !when.is("DoNotSchedule") {
            found.add(
                &SPREAD,
                &least,
                "it can be set only where whenUnsatisfiable is DoNotSchedule",
            );
        }
        for key in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            found.exactly(&SPREAD, &spread.at(key), &["Honor", "Ignore"]);
        }
        super::workloads::expressions(&spread.at("labelSelector"), found);
        label_keys(&spread, found);
    }
}

/// Checks the keys of labels that are asked for beside a selector.
fn label_keys(term: &Node<'_>, found: &mut Findings) {
    let has_selector = term.at("labelSelector").is_set();
    let other = term.at("mismatchLabelKeys");
    let others: HashSet<Str> = other.items().filter_map(|key| key.text().cloned()).collect();
    for key in ["matchLabelKeys", "mismatchLabelKeys"] {
        let keys = term.at(key);
        if !keys.is_empty() && !has_selector {
            found.add(&SPREAD, &keys, "it can be set only beside a labelSelector");
            continue;
        }
        for one in keys.items() {
            found.qualified(&SPREAD, &one);
            let is_other = one.text().is_some_and(|text| others.contains(text));
            if key == "matchLabelKeys" && is_other {
                found.add(
                    &SPREAD,
                    &one,
                    format!("{} stands in mismatchLabelKeys, too", one.shown()),
                );
            }
        }
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
        for key in ["labelSelector", "namespaceSelector"] {
            super::workloads::expressions(&node.at(key), found);
        }
        for namespace in node.at("namespaces").items() {
            found.named(&SPREAD, &namespace, names::label(&namespace.text_or_empty(), false));
        }
        if found.since(31) {
            label_keys(node, found);
        }
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
    if let Some(terms) = of_nodes.get(required) {
        node_terms(&terms, found);
    }
    for one in of_nodes.at(preferred).items() {
        weight(&one, found);
        node_term(&one.at("preference"), found);
    }
}

/// Checks what nodes have to be.
pub(super) fn node_terms(of: &Node<'_>, found: &mut Findings) {
    let terms = of.at("nodeSelectorTerms");
    if terms.is_empty() {
        found.add(&SPREAD, &terms, "it has to have at least one term");
    }
    for term in terms.items() {
        node_term(&term, found);
    }
}

fn node_term(term: &Node<'_>, found: &mut Findings) {
    node_fields(term, found);
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

/// Checks what a node's fields have to be, of which there is one: its name.
fn node_fields(term: &Node<'_>, found: &mut Findings) {
    for field in term.at("matchFields").items() {
        let (key, values) = (field.at("key"), field.at("values"));
        found.exactly(&SPREAD, &key, &["metadata.name"]);
        found.exactly(&SPREAD, &field.at("operator"), &["In", "NotIn"]);
        if values.items().count() != 1 {
            found.add(&SPREAD, &values, "it has to have one value");
        }
        for value in values.items() {
            found.named(&SPREAD, &value, names::subdomain(&value.text_or_empty()));
        }
    }
}

/// Checks which taints are tolerated.
pub(super) fn tolerations(tolerations: &Node<'_>, found: &mut Findings) {
    for toleration in tolerations.items() {
        let (operator, value, effect) =
            (toleration.at("operator"), toleration.at("value"), toleration.at("effect"));
        if !toleration.at("key").is_empty() {
            found.qualified(&TOLERATION, &toleration.at("key"));
        }
        found.one_of(&TOLERATION, &effect, &["NoSchedule", "PreferNoSchedule", "NoExecute"]);
        found.one_of(&TOLERATION, &operator, &["Equal", "Exists"]);
        if operator.is_empty() || operator.is("Equal") {
            found.named(&TOLERATION, &value, names::label_value(&value.text_or_empty()));
        }
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
