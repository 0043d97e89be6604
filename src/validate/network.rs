//! Services, Ingresses and NetworkPolicies.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr};

use bstr::ByteSlice;
use gostd::value::Str;

use super::node::Node;
use super::pods::CORE;
use super::{Findings, Level, Rule, metadata, workloads};
use crate::diff::Object;
use crate::kubernetes::names;

const NETWORKING: &str = "pkg/apis/networking/validation/validation.go";

pub(super) static RULES: &[Rule] = &[SERVICE, SERVICE_PORT, INGRESS, POLICY, CLASS];

const SERVICE: Rule = Rule {
    code: "SC601",
    level: Level::Error,
    title: "A Service's type, ports and addresses have to fit each other",
    source: CORE,
};
const SERVICE_PORT: Rule = Rule {
    code: "SC602",
    level: Level::Error,
    title: "A Service's ports have to be valid and told from each other",
    source: CORE,
};
const INGRESS: Rule = Rule {
    code: "SC603",
    level: Level::Error,
    title: "An Ingress has to have rules or a default backend, and complete paths",
    source: NETWORKING,
};
const POLICY: Rule = Rule {
    code: "SC604",
    level: Level::Error,
    title: "A NetworkPolicy's selectors, ports and blocks have to be valid",
    source: NETWORKING,
};
const CLASS: Rule = Rule {
    code: "SC605",
    level: Level::Error,
    title: "An IngressClass has to name its controller",
    source: NETWORKING,
};

pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    let spec = root.at("spec");
    match (&*object.id.group, &*object.id.kind) {
        (b"", b"Service") => service(&spec, found),
        (b"networking.k8s.io", b"Ingress") => ingress(&spec, found),
        (b"networking.k8s.io", b"NetworkPolicy") => policy(&spec, found),
        (b"networking.k8s.io", b"IngressClass") => class(&spec.at("controller"), found),
        _ => {}
    }
}

/// Checks a number or a name of a port.
fn port(rule: &'static Rule, node: &Node<'_>, found: &mut Findings) {
    match node.text() {
        Some(text) => found.named(rule, node, names::port(text)),
        None => found.port_number(rule, node),
    }
}

fn one_of(rule: &'static Rule, node: &Node<'_>, allowed: &[&str], found: &mut Findings) {
    if !node.is_empty() && !node.is_any(allowed) {
        found.add(rule, node, format!("{} is none of {}", node.shown(), allowed.join(", ")));
    }
}

const PROTOCOLS: &[&str] = &["TCP", "UDP", "SCTP"];

fn service(spec: &Node<'_>, found: &mut Findings) {
    let (kind, ports, address) = (spec.at("type"), spec.at("ports"), spec.at("clusterIP"));
    one_of(&SERVICE, &kind, &["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"], found);
    one_of(&SERVICE, &spec.at("sessionAffinity"), &["None", "ClientIP"], found);
    for key in ["externalTrafficPolicy", "internalTrafficPolicy"] {
        one_of(&SERVICE, &spec.at(key), &["Cluster", "Local"], found);
    }
    let is_headless = address.is("None");
    let is_external = kind.is("ExternalName");
    if is_external && spec.at("externalName").is_empty() {
        found.add(
            &SERVICE,
            &spec.at("externalName"),
            "externalName is required where the type is ExternalName",
        );
    } else if is_external {
        let name = spec.at("externalName");
        let text = name.text_or_empty();
        found.named(&SERVICE, &name, names::subdomain(text.trim_end_with(|c| c == '.')));
    }
    if ports.is_empty() && !is_headless && !is_external {
        found.add(&SERVICE, &ports, "it has no ports");
    }
    if is_headless && (kind.is("NodePort") || kind.is("LoadBalancer")) {
        found.add(
            &SERVICE,
            &address,
            format!("clusterIP cannot be None where the type is {}", kind.shown()),
        );
    }
    if let Some(text) =
        address.text().filter(|text| !text.is_empty() && !is_headless && !is_external)
    {
        ip(&SERVICE, &address, text, found);
    }
    metadata::labels(&spec.at("selector"), found);
    let (mut by_name, mut by_number) = (HashSet::new(), HashSet::new());
    let many = ports.items().nth(1).is_some();
    for one in ports.items() {
        let (name, value, protocol) = (one.at("name"), one.at("port"), one.at("protocol"));
        one_of(&SERVICE_PORT, &protocol, PROTOCOLS, found);
        match value.integer() {
            None if !value.is_set() => found.add(&SERVICE_PORT, &value, "port is required"),
            _ => found.port_number(&SERVICE_PORT, &value),
        }
        let target = one.at("targetPort");
        // Zero and the empty text stand for the port itself.
        if !target.is_empty() && target.integer() != Some(0) {
            port(&SERVICE_PORT, &target, found);
        }
        match name.text().filter(|text| !text.is_empty()) {
            None if many => {
                found.add(&SERVICE_PORT, &name, "name is required where there are several ports")
            }
            None => {}
            Some(text) => {
                found.named(&SERVICE_PORT, &name, names::label(text, false));
                if !by_name.insert(text.clone()) {
                    found.add(
                        &SERVICE_PORT,
                        &name,
                        format!("another port is called {}, too", name.shown()),
                    );
                }
            }
        }
        let protocol =
            if protocol.is_empty() { Str::from("TCP") } else { protocol.text_or_empty() };
        if let Some(n) = value.integer()
            && !by_number.insert((n, protocol))
        {
            found.add(&SERVICE_PORT, &value, format!("another port has the number {n}, too"));
        }
        let node_port = one.at("nodePort");
        if node_port.integer().is_some_and(|n| n != 0)
            && !kind.is("NodePort")
            && !kind.is("LoadBalancer")
        {
            found.add(
                &SERVICE_PORT,
                &node_port,
                "nodePort may be set only where the type is NodePort or LoadBalancer",
            );
        }
    }
}

/// Checks an IP address.
pub(super) fn ip(rule: &'static Rule, node: &Node<'_>, text: &[u8], found: &mut Findings) {
    if text.to_str().ok().and_then(|text| text.parse::<IpAddr>().ok()).is_none() {
        found.add(rule, node, format!("{} is no IP address", node.shown()));
    }
}

fn ingress(spec: &Node<'_>, found: &mut Findings) {
    let (rules, default) = (spec.at("rules"), spec.at("defaultBackend"));
    if rules.is_empty() && !default.is_set() {
        found.add(&INGRESS, spec, "it has neither rules nor a defaultBackend");
    }
    if default.is_set() {
        backend(&default, found);
    }
    let class = spec.at("ingressClassName");
    if let Some(text) = class.text() {
        found.named(&INGRESS, &class, names::subdomain(text));
    }
    for rule in rules.items() {
        let host = rule.at("host");
        if let Some(text) = host.text().filter(|text| !text.is_empty()) {
            host_name(&host, text, found);
        }
        let Some(http) = rule.get("http") else { continue };
        let paths = http.at("paths");
        if paths.is_empty() {
            found.add(&INGRESS, &paths, "it has no paths");
        }
        for one in paths.items() {
            let (kind, path) = (one.at("pathType"), one.at("path"));
            match kind.is_empty() {
                true => found.add(&INGRESS, &kind, "pathType is required"),
                false => {
                    one_of(&INGRESS, &kind, &["Exact", "Prefix", "ImplementationSpecific"], found)
                }
            }
            let text = path.text_or_empty();
            let must_begin = !kind.is("ImplementationSpecific") || !text.is_empty();
            if must_begin && !text.starts_with(b"/") {
                found.add(&INGRESS, &path, "the path has to begin with /");
            } else if !kind.is("ImplementationSpecific") {
                for part in ["//", "/./", "/../", "%2f", "%2F"]
                    .into_iter()
                    .filter(|part| text.contains_str(part))
                {
                    found.add(&INGRESS, &path, format!("{} holds {part:?}", path.shown()));
                }
            }
            backend(&one.at("backend"), found);
        }
    }
    for tls in spec.at("tls").items() {
        for host in tls.at("hosts").items() {
            host_name(&host, &host.text_or_empty(), found);
        }
        let secret = tls.at("secretName");
        if let Some(text) = secret.text().filter(|text| !text.is_empty()) {
            found.named(&INGRESS, &secret, names::subdomain(text));
        }
    }
}

fn host_name(node: &Node<'_>, text: &[u8], found: &mut Findings) {
    if text.to_str().is_ok_and(|text| text.parse::<Ipv4Addr>().is_ok()) {
        found.add(
            &INGRESS,
            node,
            format!("{} is an IP address: it has to be a DNS name", node.shown()),
        );
    } else {
        found.named(&INGRESS, node, names::subdomain(text.strip_prefix(b"*.").unwrap_or(text)));
    }
}

fn backend(backend: &Node<'_>, found: &mut Findings) {
    let (service, resource) = (backend.at("service"), backend.at("resource"));
    match (service.is_set(), resource.is_set()) {
        (false, false) => {
            return found.add(&INGRESS, backend, "it has neither a service nor a resource");
        }
        (true, true) => {
            return found.add(&INGRESS, backend, "it has both a service and a resource");
        }
        (false, true) => return,
        (true, false) => {}
    }
    let (name, of) = (service.at("name"), service.at("port"));
    match name.is_empty() {
        true => found.add(&INGRESS, &name, "the service has no name"),
        false => found.named(
            &INGRESS,
            &name,
            names::label(&name.text_or_empty(), found.version.minor() < 36),
        ),
    }
    let (name, value) = (of.at("name"), of.at("number"));
    let has_number = value.integer().is_some_and(|n| n != 0);
    match (name.is_empty(), has_number) {
        (true, false) => {
            found.add(&INGRESS, &of, "the service's port has neither a name nor a number")
        }
        (false, true) => {
            found.add(&INGRESS, &of, "the service's port has both a name and a number")
        }
        (false, false) => found.named(&INGRESS, &name, names::port(&name.text_or_empty())),
        (true, true) => found.port_number(&INGRESS, &value),
    }
}

fn class(controller: &Node<'_>, found: &mut Findings) {
    let text = controller.text_or_empty();
    let is_path = text.split_once_str(b"/").is_some_and(|(domain, path)| {
        names::subdomain(domain).is_empty()
            && !path.is_empty()
            && path.iter().all(|b| b.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(b))
    });
    if text.is_empty() {
        found.add(&CLASS, controller, "controller is required");
    } else if !is_path || text.len() > 250 {
        found.add(&CLASS, controller, format!("{} has to be a domain and a path, e.g. example.com/ingress, of at most 250 characters", controller.shown()));
    }
}

fn policy(spec: &Node<'_>, found: &mut Findings) {
    workloads::expressions(&spec.at("podSelector"), found);
    if spec.at("policyTypes").items().count() > 2 {
        found.add(&POLICY, &spec.at("policyTypes"), "it must not have more than two types");
    }
    for kind in spec.at("policyTypes").items() {
        if kind.is_empty() {
            found.add(&POLICY, &kind, "it is empty");
        }
        one_of(&POLICY, &kind, &["Ingress", "Egress"], found);
    }
    for (key, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.at(key).items() {
            for one in rule.at("ports").items() {
                one_of(&POLICY, &one.at("protocol"), PROTOCOLS, found);
                port(&POLICY, &one.at("port"), found);
            }
            for peer in rule.at(peers).items() {
                let block = peer.at("ipBlock");
                let selectors = [peer.at("podSelector"), peer.at("namespaceSelector")];
                let has_selector = selectors.iter().any(Node::is_set);
                match (block.is_set(), has_selector) {
                    (false, false) => {
                        found.add(&POLICY, &peer, "it has neither a selector nor an ipBlock")
                    }
                    (true, true) => {
                        found.add(&POLICY, &block, "ipBlock cannot be set beside a selector")
                    }
                    _ => {}
                }
                selectors.iter().for_each(|selector| workloads::expressions(selector, found));
                if block.is_set() {
                    blocks(&block, found);
                }
            }
        }
    }
}

fn blocks(block: &Node<'_>, found: &mut Findings) {
    let is_block = |text: &[u8]| {
        let (address, bits) = text.to_str().ok()?.split_once('/')?;
        let most = if address.parse::<IpAddr>().ok()?.is_ipv4() { 32 } else { 128 };
        bits.parse::<u8>().ok().filter(|bits| *bits <= most)
    };
    let except = block.at("except");
    let whole = [block.at("cidr")];
    for node in whole.into_iter().chain(except.items()) {
        if is_block(&node.text_or_empty()).is_none() {
            found.add(
                &POLICY,
                &node,
                format!("{} is no block of addresses like 10.0.0.0/8", node.shown()),
            );
        }
    }
}
