//! What a server warns of in pods and templates of them.

use std::collections::HashSet;

use bstr::ByteSlice;
use gostd::value::Str;

use super::super::Findings;
use super::super::node::Node;
use super::{
    ANNOTATION, NEGATIVE, SELECTOR, TWICE, VARIABLE, addresses, bytes, labels, ports, volumes,
};

/// Annotations of pods that fields have replaced.
const REPLACED: &[(&str, &str)] = &[
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        "it does nothing since Kubernetes 1.16: use priorityClassName",
    ),
    ("security.alpha.kubernetes.io/sysctls", "it does nothing since Kubernetes 1.11: use sysctls"),
    (
        "security.alpha.kubernetes.io/unsafe-sysctls",
        "it does nothing since Kubernetes 1.11: use sysctls",
    ),
];
/// With the name of a container behind it an annotation that does nothing.
const SECCOMP: &str = "container.seccomp.security.alpha.kubernetes.io/";
/// With the name of a container behind it an annotation that is deprecated.
const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";

/// The containers of a pod in the order of the server, with the names of the lists.
pub(super) fn containers(spec: &Node<'_>, mut with: impl FnMut(&'static str, usize, &Node<'_>)) {
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for (number, one) in spec.at(list).items().enumerate() {
            with(list, number, &one);
        }
    }
}

pub(super) fn check(metadata: &Node<'_>, spec: &Node<'_>, is_template: bool, found: &mut Findings) {
    labels::keys(&spec.at("nodeSelector"), found);
    let affinity = spec.at("affinity");
    labels::affinity(&affinity.at("nodeAffinity"), found);
    for key in ["podAffinity", "podAntiAffinity"] {
        let of = affinity.at(key);
        for term in of.at("requiredDuringSchedulingIgnoredDuringExecution").items() {
            selector(&term, found);
        }
        for one in of.at("preferredDuringSchedulingIgnoredDuringExecution").items() {
            selector(&one.at("podAffinityTerm"), found);
        }
    }
    for constraint in spec.at("topologySpreadConstraints").items() {
        labels::key(&constraint.at("topologyKey"), found);
        selector(&constraint, found);
    }
    annotations(&metadata.at("annotations"), spec, is_template, found);
    for volume in spec.at("volumes").items() {
        volumes::check(&volume, found);
    }
    repeated(spec, found);
    for key in ["memory", "ephemeral-storage"] {
        bytes(&spec.at("overhead").at(key), found);
    }
    containers(spec, |_, _, container| {
        for list in ["requests", "limits"] {
            for key in ["memory", "ephemeral-storage"] {
                bytes(&container.at("resources").at(list).at(key), found);
            }
        }
        variables(&container.at("env"), found);
    });
    ports::check(spec, found);
    let grace = spec.at("terminationGracePeriodSeconds");
    if grace.integer().is_some_and(|n| n < 0) {
        found.add(&NEGATIVE, &grace, format!("{} is taken for 1", grace.shown()));
    }
    for server in spec.at("dnsConfig").at("nameservers").items() {
        addresses::check(&server, found);
    }
}

/// Asks for a labelSelector, which may be empty.
fn selector(holder: &Node<'_>, found: &mut Findings) {
    let selector = holder.at("labelSelector");
    if !selector.is_set() {
        found.add(&SELECTOR, &selector, "without a labelSelector it matches no pod");
    }
}

/// Checks that host aliases and image pull Secrets stand there once.
fn repeated(spec: &Node<'_>, found: &mut Findings) {
    let mut seen = HashSet::new();
    for alias in spec.at("hostAliases").items() {
        let ip = alias.at("ip");
        if !seen.insert(ip.text_or_empty()) {
            found.add(&TWICE, &ip, format!("another alias is of {}, too", ip.shown()));
        }
        addresses::check(&ip, found);
    }
    let mut seen = HashSet::new();
    for secret in spec.at("imagePullSecrets").items() {
        let name = secret.at("name");
        let text = name.text_or_empty();
        if text.is_empty() {
            found.add(&TWICE, &name, "it has no name");
        } else if !seen.insert(text) {
            found.add(&TWICE, &name, format!("{} stands there twice", name.shown()));
        }
    }
}

/// Checks that no variable hides one before it, unless it adds to that.
fn variables(env: &Node<'_>, found: &mut Findings) {
    let mut seen: HashSet<Str> = HashSet::new();
    for variable in env.items() {
        let name = variable.at("name");
        let text = name.text_or_empty();
        if seen.insert(text.clone()) {
            continue;
        }
        let own = [b"$(", &*text, b")"].concat();
        let value = variable.at("value").text_or_empty();
        let adds = value.contains_str(&own) && *value != *own;
        if variable.at("valueFrom").is_set() || !adds {
            let words = format!("it hides the variable {} before it", name.shown());
            found.add(&VARIABLE, &name, words);
        }
    }
}

fn annotations(all: &Node<'_>, spec: &Node<'_>, is_template: bool, found: &mut Findings) {
    if all.is_empty() {
        return;
    }
    for (key, words) in REPLACED {
        let one = all.at(key);
        if one.is_written() {
            found.add(&ANNOTATION, &one, *words);
        }
    }
    let seccomp = "it does nothing since Kubernetes 1.27: use seccompProfile";
    let context = spec.at("securityContext");
    let own = all.at("seccomp.security.alpha.kubernetes.io/pod");
    if own.is_written() && !context.at("seccompProfile").is_set() {
        found.add(&ANNOTATION, &own, seccomp);
    }
    // Of a pod of Windows the annotation is not read; a template is not asked what it is of.
    let has_armor = found.since(30) && (is_template || !spec.at("os").at("name").is("windows"));
    containers(spec, |_, _, container| {
        let name = container.at("name").text_or_empty();
        let name = name.to_str_lossy();
        let context_of = container.at("securityContext");
        let one = all.at_key(&format!("{SECCOMP}{name}").into());
        if one.is_written() && !context_of.at("seccompProfile").is_set() {
            found.add(&ANNOTATION, &one, seccomp);
        }
        let one = all.at_key(&format!("{APP_ARMOR}{name}").into());
        if has_armor
            && one.is_written()
            && !context_of.at("appArmorProfile").is_set()
            && !is_profile(&context.at("appArmorProfile"), &one)
        {
            let words = "it is deprecated since Kubernetes 1.30: use appArmorProfile";
            found.add(&ANNOTATION, &one, words);
        }
    });
}

/// Tells whether an annotation asks for the profile that a pod has.
fn is_profile(profile: &Node<'_>, annotation: &Node<'_>) -> bool {
    let text = annotation.text_or_empty();
    match &*text {
        b"runtime/default" => profile.at("type").is("RuntimeDefault"),
        b"unconfined" => profile.at("type").is("Unconfined"),
        other => other.strip_prefix(b"localhost/").is_some_and(|name| {
            profile.at("type").is("Localhost")
                && *profile.at("localhostProfile").text_or_empty() == *name
        }),
    }
}
