//! Endpoints and EndpointSlices, and the addresses that Services may have.

use std::collections::HashSet;
use std::net::IpAddr;

use bstr::ByteSlice;

use super::forms::PROTOCOLS;
use super::node::Node;
use super::{Findings, Level, Rule, services};
use crate::diff::Object;
use crate::kubernetes::names;

pub(super) static RULES: &[Rule] = &[ENDPOINTS, ADDRESSES];

const ENDPOINTS: Rule = Rule {
    code: "SC607",
    level: Level::Error,
    title: "Endpoints have to have addresses of their type, and ports that are told from each other",
    source: "pkg/apis/core/validation, pkg/apis/discovery/validation",
};
const ADDRESSES: Rule = Rule {
    code: "SC608",
    level: Level::Error,
    title: "A ServiceCIDR has one block of each IP family, and an IPAddress is named by its address",
    source: "pkg/apis/networking/validation/validation.go",
};

/// How many endpoints a slice may have.
const MOST_ENDPOINTS: usize = 1000;
/// How many addresses an endpoint may have.
const MOST_ADDRESSES: usize = 100;
/// How many zones an endpoint may be for.
const MOST_HINTS: usize = 8;

/// Checks an object that is one of these.
pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    match (&*object.id.group, &*object.id.kind) {
        (b"", b"Endpoints") => {
            for subset in root.at("subsets").items() {
                subset_of(&subset, found);
            }
        }
        (b"discovery.k8s.io", b"EndpointSlice") => slice(root, found),
        (b"networking.k8s.io", b"ServiceCIDR") => ranges(root, found),
        (b"networking.k8s.io", b"IPAddress") => address_of(root, found),
        _ => {}
    }
}

fn subset_of(subset: &Node<'_>, found: &mut Findings) {
    let lists = ["addresses", "notReadyAddresses"].map(|key| subset.at(key));
    if lists.iter().all(Node::is_empty) {
        found.add(&ENDPOINTS, subset, "it has neither addresses nor notReadyAddresses");
    }
    for address in lists.iter().flat_map(|list| list.items()) {
        let ip = address.at("ip");
        let known = found.ip(&ENDPOINTS, &ip);
        reached(&ip, known, found);
        host(&address, found);
    }
    let ports = subset.at("ports");
    let many = ports.items().nth(1).is_some();
    for port in ports.items() {
        let (name, number) = (port.at("name"), port.at("port"));
        if many {
            found.required(&ENDPOINTS, &name, "the name of one of several ports");
        }
        if !name.is_empty() {
            found.named(&ENDPOINTS, &name, names::label(&name.text_or_empty(), false));
        }
        found.port_number(&ENDPOINTS, &number);
        found.one_of(&ENDPOINTS, &port.at("protocol"), PROTOCOLS);
        found.qualified(&ENDPOINTS, &port.at("appProtocol"));
    }
}

/// Refuses an address that others do not reach.
fn reached(node: &Node<'_>, ip: Option<IpAddr>, found: &mut Findings) {
    if ip.is_some_and(services::is_special) {
        let words = format!("{} is no address of a host that others reach", node.shown());
        found.add(&ENDPOINTS, node, words);
    }
}

/// Checks the names of a host and of its node.
fn host(of: &Node<'_>, found: &mut Findings) {
    let (host, node) = (of.at("hostname"), of.at("nodeName"));
    if let Some(text) = host.text()
        && (of.at("ip").is_written() && !text.is_empty() || of.at("addresses").is_written())
    {
        found.named(&ENDPOINTS, &host, names::label(text, false));
    }
    if let Some(text) = node.text() {
        found.named(&ENDPOINTS, &node, names::subdomain(text));
    }
}

fn slice(root: &Node<'_>, found: &mut Findings) {
    let kind = root.at("addressType");
    if !kind.is_any(&["IPv4", "IPv6", "FQDN"]) {
        found.add(&ENDPOINTS, &kind, "it has to be IPv4, IPv6 or FQDN");
    }
    let endpoints = root.at("endpoints");
    if endpoints.items().count() > MOST_ENDPOINTS {
        let words = format!("it must not have more than {MOST_ENDPOINTS} endpoints");
        found.add(&ENDPOINTS, &endpoints, words);
    }
    for endpoint in endpoints.items() {
        let addresses = endpoint.at("addresses");
        match addresses.items().count() {
            0 => found.add(&ENDPOINTS, &addresses, "it has to have at least one address"),
            1..=MOST_ADDRESSES => {}
            _ => {
                let words = format!("it must not have more than {MOST_ADDRESSES} addresses");
                found.add(&ENDPOINTS, &addresses, words);
            }
        }
        for address in addresses.items() {
            match &*kind.text_or_empty() {
                b"IPv4" | b"IPv6" => {
                    let ip = found.ip(&ENDPOINTS, &address);
                    if ip.is_some_and(|ip| ip.is_ipv4() != kind.is("IPv4")) {
                        let words = format!("{} is not of {}", address.shown(), kind.shown());
                        found.add(&ENDPOINTS, &address, words);
                    }
                    reached(&address, ip, found);
                    if let Some(ip @ IpAddr::V6(_)) = ip {
                        canonical(&ENDPOINTS, &address, &ip.to_string(), found);
                    }
                }
                b"FQDN" => {
                    let text = address.text_or_empty();
                    let name = text.strip_suffix(b".").unwrap_or(&text);
                    found.named(&ENDPOINTS, &address, names::subdomain(name));
                    if !name.contains(&b'.') {
                        let words = "it has to be a domain of at least two parts";
                        found.add(&ENDPOINTS, &address, words);
                    }
                }
                _ => {}
            }
        }
        host(&endpoint, found);
        hints(&endpoint.at("hints"), found);
    }
    slice_ports(&root.at("ports"), found);
}

/// Asks for an address or a block in the form that all programs write.
fn canonical(rule: &'static Rule, node: &Node<'_>, wanted: &str, found: &mut Findings) {
    if *node.text_or_empty() != *wanted.as_bytes() {
        found.add(rule, node, format!("{} has to be written {wanted}", node.shown()));
    }
}

fn hints(hints: &Node<'_>, found: &mut Findings) {
    for key in ["forZones", "forNodes"] {
        let all = hints.at(key);
        if all.items().count() > MOST_HINTS {
            let words = format!("it must not have more than {MOST_HINTS} items");
            found.add(&ENDPOINTS, &all, words);
        }
        let mut seen = HashSet::new();
        for one in all.items() {
            let name = one.at("name");
            let text = name.text_or_empty();
            let faults = match key {
                "forZones" => names::label_value(&text),
                _ => names::subdomain(&text),
            };
            if !text.is_empty() {
                found.named(&ENDPOINTS, &name, faults);
            }
            if !seen.insert(text) {
                found.add(&ENDPOINTS, &name, format!("{} stands there twice", name.shown()));
            }
        }
    }
}

fn slice_ports(ports: &Node<'_>, found: &mut Findings) {
    let mut seen = HashSet::new();
    for port in ports.items() {
        let name = port.at("name");
        let text = name.text_or_empty();
        if !text.is_empty() {
            found.named(&ENDPOINTS, &name, names::label(&text, false));
        }
        if !seen.insert(text) {
            let words = format!("another port is called {}, too", name.shown());
            found.add(&ENDPOINTS, &name, words);
        }
        found.exactly(&ENDPOINTS, &port.at("protocol"), PROTOCOLS);
        found.qualified(&ENDPOINTS, &port.at("appProtocol"));
    }
}

fn ranges(root: &Node<'_>, found: &mut Findings) {
    let spec = root.at("spec");
    let all = spec.at("cidrs");
    if all.is_empty() {
        found.add(&ADDRESSES, &all, "it has to have a block of addresses");
    }
    let mut families = HashSet::new();
    for one in all.items() {
        let Some((ip, bits)) = found.strict_block(&ADDRESSES, &one) else { continue };
        canonical(&ADDRESSES, &one, &format!("{ip}/{bits}"), found);
        if !families.insert(ip.is_ipv4()) {
            let words = "it may have one block of each IP family";
            found.add(&ADDRESSES, &one, words);
        }
    }
}

fn address_of(root: &Node<'_>, found: &mut Findings) {
    let metadata = root.at("metadata");
    // What a name may begin with is asked the same.
    for key in ["name", "generateName"] {
        let name = metadata.at(key);
        let text = name.text_or_empty();
        let text = text.to_str_lossy();
        let is_written_well =
            text.parse::<IpAddr>().is_ok_and(|ip| ip.to_string() == text && !is_mapped(ip));
        if !name.is_empty() && !is_written_well {
            found.add(&ADDRESSES, &name, format!("{} is no IP address", name.shown()));
        }
    }
    let spec = root.at("spec");
    let parent = spec.at("parentRef");
    if !found.required(&ADDRESSES, &parent, "parentRef") {
        return;
    }
    for key in ["resource", "name"] {
        found.segment(&ADDRESSES, &parent.at(key), key);
    }
    let (group, namespace) = (parent.at("group"), parent.at("namespace"));
    found.subdomain(&ADDRESSES, &group);
    if !namespace.is_empty() {
        found.segment(&ADDRESSES, &namespace, "namespace");
    }
}

fn is_mapped(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some())
}
