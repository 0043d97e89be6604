//! Services.

use std::collections::HashSet;
use std::net::IpAddr;

use bstr::ByteSlice;
use gostd::value::Str;

use super::forms::PROTOCOLS;
use super::node::Node;
use super::pods::CORE;
use super::{Findings, Level, Rule, metadata};
use crate::kubernetes::names;

pub(super) static RULES: &[Rule] = &[SERVICE, SERVICE_PORT, NODE_PORT];

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

const NODE_PORT: Rule = Rule {
    code: "SC606",
    level: Level::Warning,
    title: "A nodePort should be from 30000 to 32767, the range of a server without other settings",
    source: "pkg/registry/core/service/portallocator/allocator.go",
};

/// How many seconds a client may stay with a pod.
const LONGEST_AFFINITY: i64 = 86_400;

pub(super) fn check(spec: &Node<'_>, found: &mut Findings) {
    let kind = spec.at("type");
    found.one_of(&SERVICE, &kind, &["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]);
    let is_headless = spec.at("clusterIP").is("None");
    let is_external = kind.is("ExternalName");
    if is_external {
        external_name(spec, found);
    } else {
        addresses(spec, is_headless, found);
    }
    let all = spec.at("ports");
    if all.is_empty() && !is_headless && !is_external {
        found.add(&SERVICE, &all, "it has no ports");
    }
    metadata::labels(&spec.at("selector"), found);
    affinity(spec, found);
    reachable(spec, found);
    ports(&all, &kind, found);
}

fn external_name(spec: &Node<'_>, found: &mut Findings) {
    let name = spec.at("externalName");
    if name.is_empty() {
        found.add(&SERVICE, &name, "externalName is required where the type is ExternalName");
    } else {
        let text = name.text_or_empty();
        found.named(&SERVICE, &name, names::subdomain(text.trim_end_with(|c| c == '.')));
    }
    for key in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        let node = spec.at(key);
        if !node.is_empty() {
            found.add(&SERVICE, &node, "it cannot be set where the type is ExternalName");
        }
    }
}

/// Checks the addresses of a Service that has some.
fn addresses(spec: &Node<'_>, is_headless: bool, found: &mut Findings) {
    let (kind, address) = (spec.at("type"), spec.at("clusterIP"));
    if is_headless && (kind.is("NodePort") || kind.is("LoadBalancer")) {
        found.add(
            &SERVICE,
            &address,
            format!("clusterIP cannot be None where the type is {}", kind.shown()),
        );
    }
    if !address.is_empty() && !is_headless {
        found.ip(&SERVICE, &address);
    }
    let all = spec.at("clusterIPs");
    if let Some(first) = all.items().next()
        && !address.is_empty()
        && first.text() != address.text()
    {
        found.add(&SERVICE, &first, format!("it has to be the clusterIP, {}", address.shown()));
    }
    if !all.is_empty() && address.is_empty() {
        found.add(&SERVICE, &all, "it can be set only beside clusterIP");
    }
    let (mut count, mut of_four) = (0, 0);
    for one in all.items().filter(|one| !one.is("None")) {
        count += 1;
        of_four += usize::from(found.ip(&SERVICE, &one).is_some_and(|ip| ip.is_ipv4()));
    }
    if count > 2 || count == 2 && of_four != 1 {
        found.add(&SERVICE, &all, "it may hold one address of each IP family");
    }
    let mut families = HashSet::new();
    for family in spec.at("ipFamilies").items() {
        found.exactly(&SERVICE, &family, &["IPv4", "IPv6"]);
        if !families.insert(family.text_or_empty()) {
            found.add(&SERVICE, &family, format!("{} stands there twice", family.shown()));
        }
    }
    let policy = spec.at("ipFamilyPolicy");
    found.exactly(&SERVICE, &policy, &["SingleStack", "PreferDualStack", "RequireDualStack"]);
    if families.len() > 1 && (!policy.is_set() || policy.is("SingleStack")) {
        let node = spec.at("ipFamilies");
        found.add(
            &SERVICE,
            &node,
            "two IP families need the ipFamilyPolicy PreferDualStack or RequireDualStack",
        );
    }
}

fn affinity(spec: &Node<'_>, found: &mut Findings) {
    let kind = spec.at("sessionAffinity");
    found.one_of(&SERVICE, &kind, &["None", "ClientIP"]);
    let config = spec.at("sessionAffinityConfig");
    // Else the server drops it.
    if kind.is("ClientIP") {
        let client = config.at("clientIP");
        found.within(&SERVICE, &client.at("timeoutSeconds"), 1, LONGEST_AFFINITY);
    }
}

/// Checks how a Service is reached from outside.
fn reachable(spec: &Node<'_>, found: &mut Findings) {
    let kind = spec.at("type");
    let is_balancer = kind.is("LoadBalancer");
    let is_outside = is_balancer
        || kind.is("NodePort")
        || !kind.is("ExternalName") && !spec.at("externalIPs").is_empty();
    let external = spec.at("externalTrafficPolicy");
    match is_outside {
        true => found.one_of(&SERVICE, &external, &["Cluster", "Local"]),
        false if !external.is_empty() => found.add(
            &SERVICE,
            &external,
            "it can be set only where the type is NodePort or LoadBalancer, or with externalIPs",
        ),
        false => {}
    }
    found.exactly(&SERVICE, &spec.at("internalTrafficPolicy"), &["Cluster", "Local"]);
    let health = spec.at("healthCheckNodePort");
    match health.integer() {
        Some(n) if n != 0 && !(is_balancer && external.is("Local")) => found.add(
            &SERVICE,
            &health,
            "it can be set only where the type is LoadBalancer and externalTrafficPolicy is Local",
        ),
        Some(n) if n != 0 => found.port_number(&SERVICE, &health),
        _ => {}
    }
    for address in spec.at("externalIPs").items() {
        if let Some(ip) = found.ip(&SERVICE, &address)
            && is_special(ip)
        {
            found.add(
                &SERVICE,
                &address,
                format!("{} is no address of a host that others reach", address.shown()),
            );
        }
    }
    for range in spec.at("loadBalancerSourceRanges").items() {
        found.block(&SERVICE, &range);
    }
    if !is_balancer {
        let ranges = spec.at("loadBalancerSourceRanges");
        let others = ["loadBalancerClass", "allocateLoadBalancerNodePorts"].map(|key| spec.at(key));
        let all = others.into_iter().chain((!ranges.is_empty()).then_some(ranges));
        for node in all {
            found.forbidden(&SERVICE, &node, "it can be set only where the type is LoadBalancer");
        }
    } else if let Some(class) = spec.get("loadBalancerClass") {
        found.qualified(&SERVICE, &class);
    }
    let spread = spec.at("trafficDistribution");
    if found.since(34) {
        found.exactly(&SERVICE, &spread, &["PreferClose", "PreferSameZone", "PreferSameNode"]);
    } else if found.since(31) {
        found.exactly(&SERVICE, &spread, &["PreferClose"]);
    }
}

/// Tells whether an address is none of a host that others reach: of no host, of the own one, of a link or of many.
pub(super) fn is_special(ip: IpAddr) -> bool {
    let is_link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    // Of addresses for many only those of the link are refused.
    let is_link_multicast = match ip {
        IpAddr::V4(ip) => ip.octets()[..3] == [224, 0, 0],
        IpAddr::V6(ip) => ip.segments()[0] & 0xff0f == 0xff02,
    };
    ip.is_unspecified() || ip.is_loopback() || is_link_local || is_link_multicast
}

fn ports(ports: &Node<'_>, kind: &Node<'_>, found: &mut Findings) {
    let (mut by_name, mut by_number, mut by_node_port) =
        (HashSet::new(), HashSet::new(), HashSet::new());
    let many = ports.items().nth(1).is_some();
    for one in ports.items() {
        let (name, value, protocol) = (one.at("name"), one.at("port"), one.at("protocol"));
        found.one_of(&SERVICE_PORT, &protocol, PROTOCOLS);
        match value.integer() {
            None if !value.is_set() => found.add(&SERVICE_PORT, &value, "port is required"),
            _ => found.port_number(&SERVICE_PORT, &value),
        }
        let target = one.at("targetPort");
        // Zero and the empty text stand for the port itself.
        if !target.is_empty() && target.integer() != Some(0) {
            found.port(&SERVICE_PORT, &target);
        }
        found.qualified(&SERVICE_PORT, &one.at("appProtocol"));
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
            && !by_number.insert((n, protocol.clone()))
        {
            found.add(&SERVICE_PORT, &value, format!("another port has the number {n}, too"));
        }
        let node_port = one.at("nodePort");
        let Some(n) = node_port.integer().filter(|n| *n != 0) else { continue };
        if !kind.is("NodePort") && !kind.is("LoadBalancer") {
            found.add(
                &SERVICE_PORT,
                &node_port,
                "nodePort may be set only where the type is NodePort or LoadBalancer",
            );
        } else if !(30_000..=32_767).contains(&n) {
            found.add(&NODE_PORT, &node_port, format!("{n} is not from 30000 to 32767"));
        } else if !by_node_port.insert((n, protocol)) {
            found.add(&SERVICE_PORT, &node_port, format!("another port has the nodePort {n}, too"));
        }
    }
}
