//! Where traffic of Services goes, which ports and addresses policies mean, how fast scalers act.

use std::collections::HashSet;
use std::net::IpAddr;

use bstr::ByteSlice;

use super::node::Node;
use super::pods::CORE;
use super::{Findings, Level, Rule, network};
use crate::diff::Object;

pub(super) static RULES: &[Rule] = &[SERVICE, NODE_PORT, POLICY, BEHAVIOR];

const SERVICE: Rule = Rule {
    code: "SC606",
    level: Level::Error,
    title: "A Service's traffic policy, affinity, addresses and load balancer have to fit its type",
    source: CORE,
};
const NODE_PORT: Rule = Rule {
    code: "SC607",
    level: Level::Warning,
    title: "A nodePort should be from 30000 to 32767, the range of a server without other settings",
    source: "pkg/registry/core/service/portallocator/allocator.go",
};
const POLICY: Rule = Rule {
    code: "SC608",
    level: Level::Error,
    title: "A NetworkPolicy's endPort and exceptions have to fit their port and block",
    source: "pkg/apis/networking/validation/validation.go",
};
const BEHAVIOR: Rule = Rule {
    code: "SC716",
    level: Level::Error,
    title: "How a HorizontalPodAutoscaler scales has to be within its bounds",
    source: "pkg/apis/autoscaling/validation/validation.go",
};

pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    let spec = root.at("spec");
    match (&*object.id.group, &*object.id.kind) {
        (b"", b"Service") => service(&spec, found),
        (b"networking.k8s.io", b"NetworkPolicy") => {
            for (rules, peers) in [("ingress", "from"), ("egress", "to")] {
                for rule in spec.at(rules).items() {
                    rule.at("ports").items().for_each(|port| end_port(&port, found));
                    rule.at(peers).items().for_each(|peer| except(&peer.at("ipBlock"), found));
                }
            }
        }
        (b"autoscaling", b"HorizontalPodAutoscaler") => {
            for key in ["scaleUp", "scaleDown"] {
                behavior(&spec.at("behavior").at(key), found);
            }
        }
        _ => {}
    }
}

fn service(spec: &Node<'_>, found: &mut Findings) {
    let kind = spec.at("type");
    let is_balanced = kind.is("LoadBalancer");
    let (policy, health) = (spec.at("externalTrafficPolicy"), spec.at("healthCheckNodePort"));
    let addresses = spec.at("externalIPs");
    let is_plain = kind.is_empty() || kind.is("ClusterIP");
    let is_open = is_balanced || kind.is("NodePort") || is_plain && !addresses.is_empty();
    if !is_open && !policy.is_empty() {
        let what = "it may be set only of a Service that is reached from outside: of the type NodePort or LoadBalancer, or with externalIPs";
        found.add(&SERVICE, &policy, what);
    }
    if health.integer().is_some_and(|n| n != 0) && !(is_balanced && policy.is("Local")) {
        let what =
            "it may be set only where the type is LoadBalancer and externalTrafficPolicy is Local";
        found.add(&SERVICE, &health, what);
    }
    let (config, affinity) = (spec.at("sessionAffinityConfig"), spec.at("sessionAffinity"));
    let client = config.at("clientIP");
    let seconds = client.at("timeoutSeconds");
    if affinity.is("ClientIP")
        && let Some(n) = seconds.integer().filter(|n| !(1..=86_400).contains(n))
    {
        found.add(&SERVICE, &seconds, format!("{n} is not from 1 to 86400"));
    }
    for address in addresses.items() {
        network::ip(&SERVICE, &address, &address.text_or_empty(), found);
    }
    for key in ["loadBalancerSourceRanges", "loadBalancerClass", "allocateLoadBalancerNodePorts"] {
        let node = spec.at(key);
        let is_given = node.is_set()
            && !matches!(&node.value, gostd::value::Value::List(items) if items.is_empty());
        if is_given && !is_balanced {
            found.add(&SERVICE, &node, "it may be set only where the type is LoadBalancer");
        }
    }
    let (families, mut seen) = (spec.at("ipFamilies"), HashSet::new());
    for family in families.items() {
        if !seen.insert(family.text_or_empty()) {
            found.add(&SERVICE, &family, format!("{} is there twice", family.shown()));
        }
    }
    for port in spec.at("ports").items() {
        let node_port = port.at("nodePort");
        let is_far = |n: &i64| *n != 0 && !(30_000..=32_767).contains(n);
        if let Some(n) = node_port.integer().filter(is_far) {
            found.add(&NODE_PORT, &node_port, format!("{n} is not from 30000 to 32767"));
        }
    }
}

fn end_port(port: &Node<'_>, found: &mut Findings) {
    let (first, last) = (port.at("port"), port.at("endPort"));
    let Some(end) = last.integer() else { return };
    match first.integer() {
        None => found.add(&POLICY, &last, "endPort needs a port that is a number"),
        Some(n) if end < n => {
            found.add(&POLICY, &last, format!("endPort, {end}, is less than port, {n}"));
        }
        Some(_) => found.port_number(&POLICY, &last),
    }
}

/// Reads a block of addresses: its bits, how many count, how many there are.
fn block(text: &[u8]) -> Option<(u128, u32, u32)> {
    let (address, length) = text.to_str().ok()?.split_once('/')?;
    let length: u32 = length.parse().ok()?;
    let (bits, most) = match address.parse::<IpAddr>().ok()? {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    (length <= most).then_some((bits, length, most))
}

fn except(of: &Node<'_>, found: &mut Findings) {
    let whole = of.at("cidr");
    let Some((bits, length, most)) = block(&whole.text_or_empty()) else { return };
    for one in of.at("except").items() {
        let Some((own, own_length, own_most)) = block(&one.text_or_empty()) else { continue };
        let shift = most - length;
        let is_within = own_most == most && (shift == 128 || own >> shift == bits >> shift);
        if !is_within || own_length <= length {
            let what = format!("{} has to be a part of {}", one.shown(), whole.shown());
            found.add(&POLICY, &one, what);
        }
    }
}

fn behavior(rules: &Node<'_>, found: &mut Findings) {
    let window = rules.at("stabilizationWindowSeconds");
    if let Some(n) = window.integer().filter(|n| !(0..=3600).contains(n)) {
        found.add(&BEHAVIOR, &window, format!("{n} is not from 0 to 3600"));
    }
    let policies = rules.at("policies");
    if matches!(&policies.value, gostd::value::Value::List(items) if items.is_empty()) {
        found.add(&BEHAVIOR, &policies, "it has to have at least one policy");
    }
    for policy in policies.items() {
        let (kind, value, period) =
            (policy.at("type"), policy.at("value"), policy.at("periodSeconds"));
        if !kind.is_any(&["Pods", "Percent"]) {
            found.add(&BEHAVIOR, &kind, "it has to be Pods or Percent");
        }
        if value.integer().is_none_or(|n| n < 1) {
            found.add(&BEHAVIOR, &value, "value has to be more than 0");
        }
        if period.integer().is_none_or(|n| !(1..=1800).contains(&n)) {
            found.add(&BEHAVIOR, &period, "periodSeconds has to be from 1 to 1800");
        }
    }
}
