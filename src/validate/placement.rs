//! What a pod says of its names, of how it finds others, and of where it may run.

use std::collections::HashSet;

use bstr::ByteSlice;

use super::node::Node;
use super::pods::CORE;
use super::{Findings, Level, Rule, network};
use crate::kubernetes::names;

pub(super) static RULES: &[Rule] = &[NAMES, SPREAD, TOLERATION];

const NAMES: Rule = Rule {
    code: "SC408",
    level: Level::Error,
    title: "A pod's host name, DNS settings and host aliases have to be valid",
    source: CORE,
};
const SPREAD: Rule = Rule {
    code: "SC409",
    level: Level::Error,
    title: "Spread constraints must not be repeated, and minDomains needs DoNotSchedule",
    source: CORE,
};
const TOLERATION: Rule = Rule {
    code: "SC410",
    level: Level::Error,
    title: "A toleration's key and value have to be those of a label",
    source: CORE,
};

/// How many name servers, search paths and letters of these a pod may have.
const MOST_SERVERS: usize = 3;
const MOST_SEARCHES: usize = 32;
const MOST_LETTERS: usize = 2048;

/// Checks the spec of a pod.
pub(super) fn check(spec: &Node<'_>, found: &mut Findings) {
    for key in ["hostname", "subdomain"] {
        let name = spec.at(key);
        if let Some(text) = name.text().filter(|text| !text.is_empty()) {
            found.named(&NAMES, &name, names::label(text, false));
        }
    }
    dns(spec, found);
    for alias in spec.at("hostAliases").items() {
        let ip = alias.at("ip");
        network::ip(&NAMES, &ip, &ip.text_or_empty(), found);
        for name in alias.at("hostnames").items() {
            found.named(&NAMES, &name, names::subdomain(&name.text_or_empty()));
        }
    }
    spread(&spec.at("topologySpreadConstraints"), found);
    for toleration in spec.at("tolerations").items() {
        let (key, value) = (toleration.at("key"), toleration.at("value"));
        if let Some(text) = key.text().filter(|text| !text.is_empty()) {
            found.named(&TOLERATION, &key, names::qualified(text));
        }
        let operator = toleration.at("operator");
        if operator.is_empty() || operator.is("Equal") {
            found.named(&TOLERATION, &value, names::label_value(&value.text_or_empty()));
        }
    }
}

fn dns(spec: &Node<'_>, found: &mut Findings) {
    let config = spec.at("dnsConfig");
    let (servers, searches) = (config.at("nameservers"), config.at("searches"));
    if spec.at("dnsPolicy").is("None") && servers.is_empty() {
        let what = "it has to name a server where the dnsPolicy is None";
        found.add(&NAMES, &servers, what);
    }
    let count = servers.items().count();
    if count > MOST_SERVERS {
        found.add(&NAMES, &servers, format!("{count} servers: at most {MOST_SERVERS} are allowed"));
    }
    for server in servers.items() {
        network::ip(&NAMES, &server, &server.text_or_empty(), found);
    }
    let texts: Vec<_> = searches.items().map(|search| search.text_or_empty()).collect();
    let letters = texts.iter().map(|text| text.len() + 1).sum::<usize>().saturating_sub(1);
    if texts.len() > MOST_SEARCHES || letters > MOST_LETTERS {
        let what =
            format!("at most {MOST_SEARCHES} search paths of {MOST_LETTERS} letters are allowed");
        found.add(&NAMES, &searches, what);
    }
    for search in searches.items() {
        let text = search.text_or_empty();
        if &*text != b"." {
            // Here, an underscore is as good as a dash.
            let plain = text.strip_suffix(b".").unwrap_or(&text).replace("_", "-");
            let is_edge = |b: Option<&u8>| b == Some(&b'_');
            if !(is_edge(text.first())
                || is_edge(text.last())
                || text.contains_str("_.")
                || text.contains_str("._"))
            {
                found.named(&NAMES, &search, names::subdomain(&plain));
            }
        }
    }
    for option in config.at("options").items() {
        let name = option.at("name");
        if name.is_empty() {
            found.add(&NAMES, &name, "the option has no name");
        }
    }
}

fn spread(constraints: &Node<'_>, found: &mut Findings) {
    let mut seen = HashSet::new();
    for constraint in constraints.items() {
        let (key, when) = (constraint.at("topologyKey"), constraint.at("whenUnsatisfiable"));
        if !key.is_empty() && !seen.insert((key.text_or_empty(), when.text_or_empty())) {
            let what = format!("another constraint has {} and {}, too", key.shown(), when.shown());
            found.add(&SPREAD, &key, what);
        }
        let least = constraint.at("minDomains");
        match least.integer() {
            Some(n) if n < 1 => found.add(&SPREAD, &least, "it has to be more than 0"),
            Some(_) if !when.is("DoNotSchedule") => {
                let what = "it may be set only where whenUnsatisfiable is DoNotSchedule";
                found.add(&SPREAD, &least, what);
            }
            _ => {}
        }
    }
}
