//! Containers of a pod.

use std::collections::HashSet;

use gostd::value::Str;

use super::forms::PROTOCOLS;
use super::node::Node;
use super::pods::CORE;
use super::{Findings, Level, Rule, mounts, resources, security};
use crate::kubernetes::names;

pub(super) static RULES: &[Rule] =
    &[NAME, IMAGE, PORT, PORT_TWICE, VARIABLE, VARIABLE_SOURCE, PROBE, NAMED_PORT, RESTART];

const NAME: Rule = Rule {
    code: "SC411",
    level: Level::Error,
    title: "A container has to be named by a DNS label",
    source: CORE,
};
const IMAGE: Rule = Rule {
    code: "SC412",
    level: Level::Error,
    title: "A container has to have an image",
    source: CORE,
};
const PORT: Rule = Rule {
    code: "SC413",
    level: Level::Error,
    title: "A port has to be from 1 to 65535, and its name an IANA service name",
    source: CORE,
};
const PORT_TWICE: Rule = Rule {
    code: "SC414",
    level: Level::Error,
    title: "Ports of a container must not share a name",
    source: CORE,
};
const VARIABLE: Rule = Rule {
    code: "SC415",
    level: Level::Error,
    title: "An environment variable has to have a valid name",
    source: CORE,
};
const VARIABLE_SOURCE: Rule = Rule {
    code: "SC416",
    level: Level::Error,
    title: "An environment variable has a value or exactly one source",
    source: CORE,
};
const PROBE: Rule = Rule {
    code: "SC421",
    level: Level::Error,
    title: "A probe or lifecycle handler has to have exactly one action, and counts that fit",
    source: CORE,
};
const NAMED_PORT: Rule = Rule {
    code: "SC422",
    level: Level::Warning,
    title: "A probe's port should be one of the container's, if it is named",
    source: "pkg/probe: ResolveContainerPort",
};

const RESTART: Rule = Rule {
    code: "SC424",
    level: Level::Error,
    title: "A container's restart and resize policies have to fit its pod",
    source: CORE,
};

/// Where a container stands.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    /// Whether it ends before the others begin.
    pub(super) is_init: bool,
    /// Whether its pod uses the host's network.
    pub(super) is_host_network: bool,
    /// Whether its pod's restartPolicy is Never.
    pub(super) never_restarts: bool,
    /// The names of its pod's claims of devices.
    pub(super) claims: &'p HashSet<Str>,
    /// How many seconds its pod has to end.
    pub(super) grace: i64,
    /// Whether its pod has users of its own.
    pub(super) has_own_users: bool,
}

pub(super) fn check(
    container: &Node<'_>,
    volumes: &HashSet<Str>,
    place: &Place<'_>,
    found: &mut Findings,
) {
    let (name, image) = (container.at("name"), container.at("image"));
    match name.is_empty() {
        true => found.add(&NAME, &name, "the container has no name"),
        false => found.named(&NAME, &name, names::label(&name.text_or_empty(), false)),
    }
    if image.is_empty() {
        found.add(&IMAGE, &image, "the container has no image");
    } else if image.text().is_some_and(|text| text.trim_ascii() != &**text) {
        found.add(&IMAGE, &image, format!("{} begins or ends with a space", image.shown()));
    }
    let ports = ports(&container.at("ports"), place, found);
    variables(container, found);
    mounts::check(container, volumes, found);
    resources::check(&container.at("resources"), found);
    for key in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let Some(probe) = container.get(key) else { continue };
        if place.is_init {
            found.add(
                &PROBE,
                &probe,
                format!(
                    "an init container cannot have a {key}, unless its restartPolicy is Always"
                ),
            );
            continue;
        }
        probe_of(&probe, key, &ports, found);
    }
    let lifecycle = container.at("lifecycle");
    // A stop signal alone is dropped where it is not switched on.
    let is_signal = lifecycle.members().any(|(key, _)| &*key == b"stopSignal")
        && lifecycle.members().count() == 1;
    if place.is_init && lifecycle.is_set() && !is_signal {
        found.add(
            &PROBE,
            &lifecycle,
            "an init container cannot have lifecycle hooks, unless its restartPolicy is Always",
        );
    }
    for key in ["postStart", "preStop"] {
        if let Some(handler) = lifecycle.get(key) {
            action(&handler, &["exec", "httpGet", "tcpSocket", "sleep"], found);
            let sleep = handler.at("sleep");
            let seconds = sleep.at("seconds");
            // PodLifecycleSleepActionAllowZero.
            let least = if found.version.minor() >= 33 { 0 } else { 1 };
            if seconds.integer().is_some_and(|n| n < least || n > place.grace) {
                found.add(
                    &PROBE,
                    &seconds,
                    format!(
                        "it has to be from {least} to the terminationGracePeriodSeconds, {}",
                        place.grace
                    ),
                );
            }
        }
    }
    security::of_container(container, place, found);
    restarts(container, place, found);
    resources::devices(container, place.claims, found);
}

/// Refuses a port of the host that two containers of a pod take, or one twice.
pub(super) fn host_ports(spec: &Node<'_>, found: &mut Findings) {
    let is_host_network = spec.at("hostNetwork").is_true();
    let mut seen = HashSet::new();
    for container in spec.at("containers").items() {
        for port in container.at("ports").items() {
            let (protocol, ip) = (port.at("protocol"), port.at("hostIP"));
            let host = port.at("hostPort");
            let of_host = host.integer().filter(|n| *n != 0);
            // Where the pod has the host's network it is the container's port.
            let number = of_host.or(port.at("containerPort").integer().filter(|_| is_host_network));
            let Some(number) = number else { continue };
            let protocol =
                if protocol.is_empty() { Str::from("TCP") } else { protocol.text_or_empty() };
            if !seen.insert((number, protocol, ip.text_or_empty())) {
                let node = if of_host.is_some() { host } else { port.at("containerPort") };
                let words = format!("another port is {number} of the host, too");
                found.add(&PORT, &node, words);
            }
        }
    }
}

/// Checks ports; returns their names.
fn ports(ports: &Node<'_>, place: &Place<'_>, found: &mut Findings) -> HashSet<Str> {
    let mut all = HashSet::new();
    for port in ports.items() {
        let (name, number, host) = (port.at("name"), port.at("containerPort"), port.at("hostPort"));
        if let Some(text) = name.text().filter(|text| !text.is_empty()) {
            found.named(&PORT, &name, names::port(text));
            if !all.insert(text.clone()) {
                found.add(
                    &PORT_TWICE,
                    &name,
                    format!("another port is called {}, too", name.shown()),
                );
            }
        }
        found.port_number(&PORT, &number);
        if host.integer() != Some(0) {
            found.port_number(&PORT, &host);
        }
        let has_host = host.integer().is_some_and(|n| n != 0);
        if place.is_host_network && has_host && host.integer() != number.integer() {
            found.add(
                &PORT,
                &host,
                "hostPort has to be the containerPort where hostNetwork is true",
            );
        }
        let protocol = port.at("protocol");
        found.one_of(&PORT, &protocol, PROTOCOLS);
    }
    all
}

fn variables(container: &Node<'_>, found: &mut Findings) {
    let is_relaxed = found.version.minor() >= 32;
    for variable in container.at("env").items() {
        let (name, value, from) =
            (variable.at("name"), variable.at("value"), variable.at("valueFrom"));
        match name.is_empty() {
            true => found.add(&VARIABLE, &name, "the variable has no name"),
            false => {
                found.named(&VARIABLE, &name, names::variable(&name.text_or_empty(), is_relaxed))
            }
        }
        if !from.is_set() {
            continue;
        }
        let sources: Vec<_> = from.members().filter(|(_, node)| node.is_set()).collect();
        if sources.len() != 1 {
            found.add(
                &VARIABLE_SOURCE,
                &from,
                format!("{} sources: it has to have exactly one", sources.len()),
            );
        } else if !value.is_empty() {
            found.add(&VARIABLE_SOURCE, &from, "it cannot have a value and a source");
        }
        if let Some(reference) = from.get("fieldRef") {
            field(&VARIABLE_SOURCE, &reference, FIELDS, found);
        }
        if let Some(reference) = from.get("resourceFieldRef") {
            resource_field(&VARIABLE_SOURCE, &reference, false, found);
        }
        for key in ["secretKeyRef", "configMapKeyRef"] {
            let Some(reference) = from.get(key) else { continue };
            let of = reference.at("key");
            match of.is_empty() {
                true => found.add(&VARIABLE_SOURCE, &of, "the key is missing"),
                false => found.named(&VARIABLE_SOURCE, &of, names::config_key(&of.text_or_empty())),
            }
            let name = reference.at("name");
            match name.is_empty() {
                true => found.add(&VARIABLE_SOURCE, &name, "the name is missing"),
                false => {
                    found.named(&VARIABLE_SOURCE, &name, names::subdomain(&name.text_or_empty()))
                }
            }
        }
    }
    for from in container.at("envFrom").items() {
        let sources: Vec<_> =
            ["configMapRef", "secretRef"].into_iter().filter_map(|key| from.get(key)).collect();
        if sources.len() != 1 {
            found.add(&VARIABLE_SOURCE, &from, "it has to have one of configMapRef and secretRef");
        }
        for source in sources {
            let name = source.at("name");
            match name.is_empty() {
                true => found.add(&VARIABLE_SOURCE, &name, "the name is missing"),
                false => found.subdomain(&VARIABLE_SOURCE, &name),
            }
        }
    }
}

/// The fields of a pod that a variable may hold.
const FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// The fields of a pod that a file may hold.
pub(super) const FILE_FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.labels",
    "metadata.annotations",
    "metadata.uid",
];

/// Checks what names a field of the pod.
pub(super) fn field(
    rule: &'static Rule,
    reference: &Node<'_>,
    known: &[&str],
    found: &mut Findings,
) {
    let version = reference.at("apiVersion");
    found.one_of(rule, &version, &["v1"]);
    let path = reference.at("fieldPath");
    let text = path.text_or_empty();
    let key = |name: &[u8]| {
        text.strip_prefix(name)?.strip_prefix(b"['")?.strip_suffix(b"']").map(<[u8]>::to_vec)
    };
    if let Some(key) = key(b"metadata.labels") {
        found.named(rule, &path, names::qualified(&key));
    } else if let Some(key) = key(b"metadata.annotations") {
        found.named(rule, &path, names::qualified(&key.to_ascii_lowercase()));
    } else if !known.iter().any(|field| path.is(field)) {
        found.add(
            rule,
            &path,
            format!(
                "{} is none of {}, metadata.labels['KEY'], metadata.annotations['KEY']",
                path.shown(),
                known.join(", ")
            ),
        );
    }
}

/// Checks what names an amount of a container's resources; `is_file` where the container has to be named.
pub(super) fn resource_field(
    rule: &'static Rule,
    reference: &Node<'_>,
    is_file: bool,
    found: &mut Findings,
) {
    if is_file {
        found.required(rule, &reference.at("containerName"), "containerName");
    }
    let resource = reference.at("resource");
    if !found.required(rule, &resource, "resource") {
        return;
    }
    let text = resource.text_or_empty();
    let name = text.strip_prefix(b"limits.").or_else(|| text.strip_prefix(b"requests."));
    if !name.is_some_and(resources::is_own) {
        found.add(rule, &resource, format!("{} is none of limits.cpu, limits.memory, limits.ephemeral-storage, and the same of requests", resource.shown()));
    }
}

/// Checks whether the container is restarted, when it ends or gets other resources.
fn restarts(container: &Node<'_>, place: &Place<'_>, found: &mut Findings) {
    let (policy, rules) = (container.at("restartPolicy"), container.at("restartPolicyRules"));
    if found.since(35) {
        found.exactly(&RESTART, &policy, &["Always", "Never", "OnFailure"]);
    } else if found.since(29) && container.is_below("initContainers") {
        found.exactly(&RESTART, &policy, &["Always"]);
    } else if found.since(29) {
        found.forbidden(&RESTART, &policy, "only an init container can have it");
    }
    let rules = if found.since(35) { rules } else { container.at("") };
    if !rules.is_empty() && !policy.is_set() {
        found.add(&RESTART, &policy, "it is required where there are restartPolicyRules");
    }
    for rule in rules.items() {
        found.exactly(&RESTART, &rule.at("action"), &["Restart", "RestartAllContainers"]);
        let codes = rule.at("exitCodes");
        if !codes.is_set() {
            found.add(&RESTART, &codes, "exitCodes is required");
        } else if !codes.at("operator").is_any(&["In", "NotIn"]) {
            found.add(&RESTART, &codes.at("operator"), "it has to be In or NotIn");
        }
    }
    if !found.since(33) {
        return;
    }
    let mut seen = HashSet::new();
    for one in container.at("resizePolicy").items() {
        let (name, policy) = (one.at("resourceName"), one.at("restartPolicy"));
        if !name.is_any(&["cpu", "memory"]) {
            found.add(&RESTART, &name, "it has to be cpu or memory");
        } else if !seen.insert(name.text_or_empty()) {
            found.add(&RESTART, &name, format!("{} stands there twice", name.shown()));
        }
        found.exactly(&RESTART, &policy, &["NotRequired", "RestartContainer"]);
        if place.never_restarts && policy.is_set() && !policy.is("NotRequired") {
            found.add(
                &RESTART,
                &policy,
                "it has to be NotRequired where the pod's restartPolicy is Never",
            );
        }
    }
}

/// Checks that exactly one action is there.
fn action(handler: &Node<'_>, known: &[&str], found: &mut Findings) {
    let actions: Vec<_> = known.iter().filter_map(|key| handler.get(key)).collect();
    match actions.len() {
        1 => {}
        0 => found.add(
            &PROBE,
            handler,
            format!("it has no action: it has to have one of {}", known.join(", ")),
        ),
        _ => found.add(&PROBE, handler, "it has more than one action"),
    }
    if let Some(exec) = handler.get("exec")
        && exec.at("command").is_empty()
    {
        found.add(&PROBE, &exec.at("command"), "exec has no command");
    }
    headers(&handler.at("httpGet"), found);
    for key in ["httpGet", "tcpSocket", "grpc"] {
        let Some(of) = handler.get(key) else { continue };
        let port = of.at("port");
        if !port.is_set() {
            found.add(&PROBE, &port, format!("{key} has no port"));
        } else if let Some(text) = port.text() {
            found.named(&PROBE, &port, names::port(text));
        } else {
            found.port_number(&PORT, &port);
        }
    }
}

/// Checks the headers that a request has.
fn headers(request: &Node<'_>, found: &mut Findings) {
    for header in request.at("httpHeaders").items() {
        let name = header.at("name");
        let text = name.text_or_empty();
        if text.is_empty() || !text.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-') {
            found.add(
                &PROBE,
                &name,
                format!(
                    "{} is no name of a header: it has to consist of letters, digits and '-'",
                    name.shown()
                ),
            );
        }
    }
}

fn probe_of(probe: &Node<'_>, key: &str, ports: &HashSet<Str>, found: &mut Findings) {
    action(probe, &["exec", "httpGet", "tcpSocket", "grpc"], found);
    for count in [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ] {
        let count = probe.at(count);
        if let Some(n) = count.integer().filter(|n| *n < 0) {
            found.add(&PROBE, &count, format!("{n} is negative"));
        }
    }
    let grace = probe.at("terminationGracePeriodSeconds");
    if key == "readinessProbe" && grace.is_set() {
        found.add(&PROBE, &grace, "a readinessProbe cannot have it: it restarts nothing");
    } else {
        found.within(&PROBE, &grace, 1, i64::MAX);
    }
    let threshold = probe.at("successThreshold");
    if key != "readinessProbe" && threshold.integer().is_some_and(|n| n > 1) {
        found.add(&PROBE, &threshold, format!("the successThreshold of a {key} has to be 1"));
    }
    for of in ["httpGet", "tcpSocket"] {
        let of = probe.at(of);
        let port = of.at("port");
        if let Some(text) = port.text()
            && names::port(text).is_empty()
            && !ports.contains(text)
        {
            found.add(
                &NAMED_PORT,
                &port,
                format!("the container has no port called {}", port.shown()),
            );
        }
    }
}
