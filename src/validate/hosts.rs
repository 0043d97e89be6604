//! Names and addresses that a pod has and knows: its host's name, aliases, DNS.

use bstr::ByteSlice;

use super::node::Node;
use super::pods::CORE;
use super::{Findings, Level, Rule};
use crate::kubernetes::names;

pub(super) static RULES: &[Rule] = &[HOST];

const HOST: Rule = Rule {
    code: "SC408",
    level: Level::Error,
    title: "A pod's host names, aliases and DNS settings have to be valid",
    source: CORE,
};

/// How many name servers a pod may ask.
const MOST_SERVERS: usize = 3;
/// How many domains a pod may search.
const MOST_SEARCHES: usize = 32;
/// How many characters these domains may have, with a space between them.
const LONGEST_SEARCHES: usize = 2048;
/// How many characters the name may have that takes the place of a pod's host name.
const LONGEST_HOST: usize = 64;

/// Checks these of a pod; the pods of a StatefulSet get their host's name and subdomain from that.
pub(super) fn check(spec: &Node<'_>, is_of_set: bool, found: &mut Findings) {
    for key in ["hostname", "subdomain"] {
        let node = spec.at(key);
        if !node.is_empty() && !is_of_set {
            found.named(&HOST, &node, names::label(&node.text_or_empty(), false));
        }
    }
    let instead = spec.at("hostnameOverride");
    if let Some(text) = instead.text().filter(|_| found.since(35)) {
        for key in ["setHostnameAsFQDN", "hostNetwork"] {
            if spec.at(key).is_true() {
                found.add(&HOST, &instead, format!("it cannot be set where {key} is true"));
            }
        }
        found.named(&HOST, &instead, names::subdomain(text));
        if text.len() > LONGEST_HOST {
            found.add(
                &HOST,
                &instead,
                format!("it must be no more than {LONGEST_HOST} characters"),
            );
        }
    }
    for alias in spec.at("hostAliases").items() {
        found.ip(&HOST, &alias.at("ip"));
        for name in alias.at("hostnames").items() {
            found.named(&HOST, &name, names::subdomain(&name.text_or_empty()));
        }
    }
    dns(spec, found);
}

fn dns(spec: &Node<'_>, found: &mut Findings) {
    let config = spec.at("dnsConfig");
    let servers = config.at("nameservers");
    if spec.at("dnsPolicy").is("None") && servers.is_empty() {
        let node = if config.is_set() { &servers } else { &config };
        found.add(&HOST, node, "a name server is required where the dnsPolicy is None");
    }
    if servers.items().count() > MOST_SERVERS {
        found.add(
            &HOST,
            &servers,
            format!("it must not have more than {MOST_SERVERS} name servers"),
        );
    }
    for server in servers.items() {
        found.ip(&HOST, &server);
    }
    let searches = config.at("searches");
    let (mut count, mut length) = (0, 0);
    for search in searches.items() {
        let text = search.text_or_empty();
        count += 1;
        length += text.len() + 1;
        if search.is(".") {
            continue;
        }
        let name = text.strip_suffix(b".").unwrap_or(&text);
        // A part of it may begin with an underscore, and hold others.
        let is_part = |part: &[u8]| {
            names::is_label(&part.strip_prefix(b"_").unwrap_or(part).replace("_", "-"))
        };
        if name.len() > 253 || !name.split_str(".").all(is_part) {
            found.add(&HOST, &search, format!("{} is no domain", search.shown()));
        }
    }
    if count > MOST_SEARCHES || length > LONGEST_SEARCHES + 1 {
        found.add(&HOST, &searches, format!("it must not have more than {MOST_SEARCHES} domains, of {LONGEST_SEARCHES} characters in all"));
    }
    for option in config.at("options").items() {
        found.required(&HOST, &option.at("name"), "name");
    }
}
