//! Containers of a pod.

use std::collections::{HashMap, HashSet};

use bstr::ByteSlice;
use gostd::value::Str;

use super::node::Node;
use super::pods::CORE;
use super::{Findings, Level, Rule};
use crate::kubernetes::names;

pub(super) static RULES: &[Rule] = &[
    NAME,
    IMAGE,
    PORT,
    PORT_TWICE,
    VARIABLE,
    VARIABLE_SOURCE,
    MOUNT,
    MOUNT_TWICE,
    MOUNT_PATH,
    RESOURCES,
    PROBE,
    NAMED_PORT,
    SECURITY,
];

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
const MOUNT: Rule = Rule {
    code: "SC417",
    level: Level::Error,
    title: "A mount has to be of a volume of the pod",
    source: CORE,
};
const MOUNT_TWICE: Rule = Rule {
    code: "SC418",
    level: Level::Error,
    title: "Mounts of a container must not share a path",
    source: CORE,
};
const MOUNT_PATH: Rule = Rule {
    code: "SC419",
    level: Level::Error,
    title: "The paths of a mount have to be valid",
    source: CORE,
};
const RESOURCES: Rule = Rule {
    code: "SC420",
    level: Level::Error,
    title: "Requests must not be more than limits, and neither negative",
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
const SECURITY: Rule = Rule {
    code: "SC423",
    level: Level::Error,
    title: "A security context must not contradict itself",
    source: CORE,
};

/// Where a container stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Whether it ends before the others begin.
    pub(super) is_init: bool,
    /// Whether its pod uses the host's network.
    pub(super) is_host_network: bool,
}

pub(super) fn check(
    container: &Node<'_>,
    volumes: &HashSet<Str>,
    place: Place,
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
    mounts(&container.at("volumeMounts"), volumes, found);
    resources(&container.at("resources"), found);
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
    if place.is_init && lifecycle.is_set() {
        found.add(
            &PROBE,
            &lifecycle,
            "an init container cannot have lifecycle hooks, unless its restartPolicy is Always",
        );
    }
    for key in ["postStart", "preStop"] {
        if let Some(handler) = lifecycle.get(key) {
            action(&handler, &["exec", "httpGet", "tcpSocket", "sleep"], found);
        }
    }
    let context = container.at("securityContext");
    if context.at("privileged").is_true()
        && matches!(context.at("allowPrivilegeEscalation").value, gostd::value::Value::Bool(false))
    {
        found.add(
            &SECURITY,
            &context.at("allowPrivilegeEscalation"),
            "it cannot be false where privileged is true",
        );
    }
    security(&context, found);
}

/// Checks what the security contexts of pods and containers share.
pub(super) fn security(context: &Node<'_>, found: &mut Findings) {
    for key in ["runAsUser", "runAsGroup", "fsGroup"] {
        let id = context.at(key);
        if let Some(n) = id.integer().filter(|n| !(0..=i64::from(i32::MAX)).contains(n)) {
            found.add(&SECURITY, &id, format!("{n} is not from 0 to {}", i32::MAX));
        }
    }
    if let Some(profile) = context.get("seccompProfile")
        && profile.at("type").is_empty()
    {
        found.add(&SECURITY, &profile.at("type"), "the type of the profile is missing");
    }
}

/// Checks ports; returns their names.
fn ports(ports: &Node<'_>, place: Place, found: &mut Findings) -> HashSet<Str> {
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
        if place.is_host_network && host.is_set() && host.integer() != number.integer() {
            found.add(
                &PORT,
                &host,
                "hostPort has to be the containerPort where hostNetwork is true",
            );
        }
        let protocol = port.at("protocol");
        if !protocol.is_empty() && !protocol.is_any(&["TCP", "UDP", "SCTP"]) {
            found.add(&PORT, &protocol, format!("{} is none of TCP, UDP, SCTP", protocol.shown()));
        }
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
        if let Some(field) = from.get("fieldRef") {
            let path = field.at("fieldPath");
            if !is_field(&path.text_or_empty()) {
                let known = FIELDS.join(", ");
                found.add(&VARIABLE_SOURCE, &path, format!("{} is none of {known}, metadata.labels['KEY'], metadata.annotations['KEY']", path.shown()));
            }
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
        for source in sources.iter().filter(|source| source.at("name").is_empty()) {
            found.add(&VARIABLE_SOURCE, &source.at("name"), "the name is missing");
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

fn is_field(path: &[u8]) -> bool {
    let is_subscript = |name: &[u8]| {
        path.strip_prefix(name)
            .and_then(|rest| rest.strip_prefix(b"['"))
            .is_some_and(|rest| rest.ends_with(b"']"))
    };
    FIELDS.iter().any(|field| field.as_bytes() == path)
        || is_subscript(b"metadata.labels")
        || is_subscript(b"metadata.annotations")
}

fn mounts(mounts: &Node<'_>, volumes: &HashSet<Str>, found: &mut Findings) {
    let mut paths: HashMap<Str, usize> = HashMap::new();
    for mount in mounts.items() {
        let (name, path) = (mount.at("name"), mount.at("mountPath"));
        if name.is_empty() {
            found.add(&MOUNT, &name, "the mount names no volume");
        } else if let Some(text) = name.text()
            && !volumes.contains(text)
        {
            let near = volumes.iter().filter_map(|name| name.to_str());
            let near = text.to_str().and_then(|text| crate::near::nearest(text, near));
            let message = format!("the pod has no volume {}", name.shown());
            match near {
                Some(near) => {
                    found.helped(&MOUNT, &name, message, format!("did you mean {near:?}?"))
                }
                None => found.add(&MOUNT, &name, message),
            }
        }
        let text = path.text_or_empty();
        if text.is_empty() {
            found.add(&MOUNT_PATH, &path, "the mount has no path");
        } else {
            let count = paths.entry(text).or_default();
            *count += 1;
            if *count > 1 {
                found.add(
                    &MOUNT_TWICE,
                    &path,
                    format!("another volume is mounted at {}, too", path.shown()),
                );
            }
        }
        let (sub, expression) = (mount.at("subPath"), mount.at("subPathExpr"));
        if !sub.is_empty() && !expression.is_empty() {
            found.add(&MOUNT_PATH, &expression, "subPathExpr cannot be set beside subPath");
        }
        for sub in [&sub, &expression] {
            let text = sub.text_or_empty();
            if text.starts_with(b"/") || text.split_str("/").any(|part| part == b"..") {
                found.add(
                    &MOUNT_PATH,
                    sub,
                    format!("{} has to be a relative path without '..'", sub.shown()),
                );
            }
        }
    }
}

/// Tells whether a name is that of a resource of Kubernetes' own.
fn is_resource(name: &[u8]) -> bool {
    matches!(name, b"cpu" | b"memory" | b"ephemeral-storage") || name.starts_with(b"hugepages-")
}

fn resources(resources: &Node<'_>, found: &mut Findings) {
    let (requests, limits) = (resources.at("requests"), resources.at("limits"));
    for list in [&requests, &limits] {
        for (name, amount) in list.members() {
            if amount.quantity().is_some_and(|n| n < 0) {
                found.add(&RESOURCES, &amount, format!("{} is negative", amount.shown()));
            }
            for fault in names::qualified(&name) {
                found.add(
                    &RESOURCES,
                    &amount,
                    format!("the resource {:?}: {fault}", name.to_str_lossy()),
                );
            }
            if !name.contains(&b'/') && !is_resource(&name) {
                found.add(&RESOURCES, &amount, format!("{:?} is no resource of a container: only those of others have a domain and / in their name", name.to_str_lossy()));
            }
        }
    }
    for (name, request) in requests.members() {
        let limit = limits.at(&name.to_str_lossy());
        let (Some(asked), Some(most)) = (request.quantity(), limit.quantity()) else { continue };
        let name = name.to_str_lossy();
        if asked > most {
            found.add(
                &RESOURCES,
                &request,
                format!(
                    "the request of {name}, {}, is more than its limit, {}",
                    request.shown(),
                    limit.shown()
                ),
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
