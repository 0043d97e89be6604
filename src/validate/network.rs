//! Ingresses, their classes, and NetworkPolicies.

use bstr::ByteSlice;

use super::forms::{PROTOCOLS, address, masked};
use super::node::Node;
use super::{Findings, Level, Rule, services, workloads};
use crate::diff::Object;
use crate::kubernetes::names;

const NETWORKING: &str = "pkg/apis/networking/validation/validation.go";

pub(super) static RULES: &[Rule] = &[INGRESS, POLICY, CLASS];

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
    title: "An IngressClass has to name its controller, and whole parameters",
    source: NETWORKING,
};

pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    let spec = root.at("spec");
    match (&*object.id.group, &*object.id.kind) {
        (b"", b"Service") => services::check(&spec, found),
        (b"networking.k8s.io", b"Ingress") => ingress(&spec, found),
        (b"networking.k8s.io", b"NetworkPolicy") => policy(&spec, found),
        (b"networking.k8s.io", b"IngressClass") => {
            class(&spec.at("controller"), found);
            if let Some(of) = spec.get("parameters") {
                parameters(&of, found);
            }
        }
        _ => {}
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
                    found.one_of(&INGRESS, &kind, &["Exact", "Prefix", "ImplementationSpecific"])
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
            // An address is a DNS name here.
            let text = host.text_or_empty();
            let name = text.strip_prefix(b"*.").unwrap_or(&text);
            found.named(&INGRESS, &host, names::subdomain(name));
        }
        let secret = tls.at("secretName");
        if let Some(text) = secret.text().filter(|text| !text.is_empty()) {
            found.named(&INGRESS, &secret, names::subdomain(text));
        }
    }
}

fn host_name(node: &Node<'_>, text: &[u8], found: &mut Findings) {
    if address(text).is_some() {
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
        (false, true) => return object(&INGRESS, &resource, found),
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

/// Checks the name of an object of some kind.
fn object(rule: &'static Rule, reference: &Node<'_>, found: &mut Findings) {
    let group = reference.at("apiGroup");
    if let Some(text) = group.text() {
        found.named(rule, &group, names::subdomain(text));
    }
    for key in ["kind", "name"] {
        found.segment(rule, &reference.at(key), key);
    }
}

fn parameters(of: &Node<'_>, found: &mut Findings) {
    object(&CLASS, of, found);
    let (scope, namespace) = (of.at("scope"), of.at("namespace"));
    // Cluster is the default.
    found.exactly(&CLASS, &scope, &["Cluster", "Namespace"]);
    if scope.is("Namespace") {
        match namespace.text() {
            None => {
                found.add(&CLASS, &namespace, "namespace is required where the scope is Namespace")
            }
            Some(text) => found.named(&CLASS, &namespace, names::label(text, false)),
        }
    } else if !scope.is_set() || scope.is("Cluster") {
        found.forbidden(
            &CLASS,
            &namespace,
            "namespace can be set only where the scope is Namespace",
        );
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
        found.one_of(&POLICY, &kind, &["Ingress", "Egress"]);
    }
    for (key, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.at(key).items() {
            for one in rule.at("ports").items() {
                policy_port(&one, found);
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

fn policy_port(one: &Node<'_>, found: &mut Findings) {
    let (from, to) = (one.at("port"), one.at("endPort"));
    found.exactly(&POLICY, &one.at("protocol"), PROTOCOLS);
    found.port(&POLICY, &from);
    let Some(last) = to.integer() else { return };
    match from.integer() {
        None => found.add(&POLICY, &to, "endPort can be set only beside a port that is a number"),
        Some(first) if last < first => {
            found.add(&POLICY, &to, format!("{last} is less than the port, {first}"));
        }
        Some(_) => found.port_number(&POLICY, &to),
    }
}

fn blocks(block: &Node<'_>, found: &mut Findings) {
    let whole = found.block(&POLICY, &block.at("cidr"));
    for node in block.at("except").items() {
        let (Some((part, part_bits)), Some((first, bits))) = (found.block(&POLICY, &node), whole)
        else {
            continue;
        };
        if part_bits <= bits || masked(part, bits) != first {
            found.add(&POLICY, &node, format!("{} is no part of the cidr", node.shown()));
        }
    }
}
