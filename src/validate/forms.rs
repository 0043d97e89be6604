//! Checks of single values that the rules of several kinds share.

use std::net::IpAddr;

use bstr::ByteSlice;

use super::node::Node;
use super::{Findings, Rule};
use crate::kubernetes::names;

/// The protocols of a port.
pub(super) const PROTOCOLS: &[&str] = &["TCP", "UDP", "SCTP"];

impl Findings {
    /// Asks for a text that is one of several, if it is there and not empty.
    pub(super) fn one_of(&mut self, rule: &'static Rule, node: &Node<'_>, allowed: &[&str]) {
        if !node.is_empty() {
            self.exactly(rule, node, allowed);
        }
    }

    /// Asks for a text that is one of several, also where it is empty.
    pub(super) fn exactly(&mut self, rule: &'static Rule, node: &Node<'_>, allowed: &[&str]) {
        if node.is_set() && !node.is_any(allowed) {
            self.add(rule, node, format!("{} is none of {}", node.shown(), allowed.join(", ")));
        }
    }

    /// Asks for something that is not empty; returns whether it is there.
    pub(super) fn required(&mut self, rule: &'static Rule, node: &Node<'_>, name: &str) -> bool {
        if node.is_empty() {
            self.add(rule, node, format!("{name} is required"));
        }
        !node.is_empty()
    }

    /// Refuses what may stand only under a condition.
    pub(super) fn forbidden(&mut self, rule: &'static Rule, node: &Node<'_>, why: &str) {
        if node.is_set() {
            self.add(rule, node, why);
        }
    }

    /// Asks for a whole number within bounds, if it is there.
    pub(super) fn within(&mut self, rule: &'static Rule, node: &Node<'_>, least: i64, most: i64) {
        if let Some(n) = node.integer().filter(|n| !(least..=most).contains(n)) {
            let wanted = match most {
                i64::MAX => format!("at least {least}"),
                _ => format!("from {least} to {most}"),
            };
            self.add(rule, node, format!("{n} is not allowed: it has to be {wanted}"));
        }
    }

    /// Asks for a DNS subdomain, if it is there and not empty.
    pub(super) fn subdomain(&mut self, rule: &'static Rule, node: &Node<'_>) {
        if let Some(text) = node.text().filter(|text| !text.is_empty()) {
            self.named(rule, node, names::subdomain(text));
        }
    }

    /// Asks for a name with or without a domain before it, if it is there.
    pub(super) fn qualified(&mut self, rule: &'static Rule, node: &Node<'_>) {
        if let Some(text) = node.text() {
            self.named(rule, node, names::qualified(text));
        }
    }

    /// Asks for a segment of a path, which has to be there.
    pub(super) fn segment(&mut self, rule: &'static Rule, node: &Node<'_>, name: &str) {
        if self.required(rule, node, name) {
            self.named(rule, node, names::path_segment(&node.text_or_empty()));
        }
    }

    /// Asks for a path without `..`; with `is_relative` also for one that does not begin with `/`.
    pub(super) fn inner_path(&mut self, rule: &'static Rule, node: &Node<'_>, is_relative: bool) {
        let text = node.text_or_empty();
        if is_relative && text.starts_with(b"/") || text.split_str("/").any(|part| part == b"..") {
            let wanted = if is_relative { "a relative path" } else { "a path" };
            self.add(rule, node, format!("{} has to be {wanted} without '..'", node.shown()));
        }
    }

    /// Asks for an address; returns it.
    pub(super) fn ip(&mut self, rule: &'static Rule, node: &Node<'_>) -> Option<IpAddr> {
        let text = node.text_or_empty();
        let found = address(&text);
        match found {
            None => self.add(rule, node, format!("{} is no IP address", node.shown())),
            Some(ip) => {
                if let Some(fault) = self.is_strict().then(|| odd(&text, ip)).flatten() {
                    self.add(rule, node, format!("{} {fault}", node.shown()));
                }
            }
        }
        found
    }

    /// Asks for a block of addresses; returns its first address and the number of its fixed bits.
    pub(super) fn block(&mut self, rule: &'static Rule, node: &Node<'_>) -> Option<(IpAddr, u8)> {
        let is_strict = self.is_strict();
        self.block_of(rule, node, &node.text_or_empty(), is_strict)
    }

    /// Asks for blocks of addresses, divided by commas, with spaces around them.
    pub(super) fn spaced_blocks(&mut self, rule: &'static Rule, node: &Node<'_>) {
        let is_strict = self.is_strict();
        for part in node.text_or_empty().split_str(",") {
            self.block_of(rule, node, part.trim(), is_strict);
        }
    }

    /// Asks for a block of addresses that all programs read the same, whatever the version.
    pub(super) fn strict_block(
        &mut self,
        rule: &'static Rule,
        node: &Node<'_>,
    ) -> Option<(IpAddr, u8)> {
        self.block_of(rule, node, &node.text_or_empty(), true)
    }

    fn block_of(
        &mut self,
        rule: &'static Rule,
        node: &Node<'_>,
        text: &[u8],
        is_strict: bool,
    ) -> Option<(IpAddr, u8)> {
        let found = text.split_once_str(b"/").and_then(|(ip, bits)| {
            let ip = address(ip)?;
            let most = if ip.is_ipv4() { 32 } else { 128 };
            let is_number = bits.iter().all(u8::is_ascii_digit);
            let is_odd = is_strict && bits.len() > 1 && bits.starts_with(b"0");
            let bits = bits.to_str().ok()?.parse::<u8>().ok().filter(|bits| *bits <= most)?;
            (is_number && !is_odd).then_some((ip, bits))
        });
        let Some((ip, bits)) = found else {
            let wanted = "is no block of addresses like 10.0.0.0/8";
            self.add(rule, node, format!("{} {wanted}", node.shown()));
            return None;
        };
        if is_strict {
            let written = text.split_once_str(b"/").map_or(text, |(ip, _)| ip);
            let first = masked(ip, bits);
            let fault = odd(written, ip).map(str::to_owned).or_else(|| {
                (first != ip)
                    .then(|| format!("has bits behind the first {bits}: use {first}/{bits}"))
            });
            if let Some(fault) = fault {
                self.add(rule, node, format!("{} {fault}", node.shown()));
            }
        }
        Some((masked(ip, bits), bits))
    }

    /// Tells whether the server takes only addresses that all programs read the same (StrictIPCIDRValidation).
    fn is_strict(&self) -> bool {
        self.version.minor() >= 36
    }

    /// Checks a number or a name of a port, which has to be there.
    pub(super) fn port(&mut self, rule: &'static Rule, node: &Node<'_>) {
        match node.text() {
            Some(text) => self.named(rule, node, names::port(text)),
            None => self.port_number(rule, node),
        }
    }
}

/// Reads an address as the API server does in fields that are older than its strictness: the parts of one of version 4
/// may begin with zeros.
pub(super) fn address(text: &[u8]) -> Option<IpAddr> {
    let text = text.to_str().ok()?;
    if text.contains(':') {
        return text.parse().ok();
    }
    let part = |part: &str| match part.trim_start_matches('0') {
        "" if !part.is_empty() => "0".to_owned(),
        rest => rest.to_owned(),
    };
    text.split('.').map(part).collect::<Vec<_>>().join(".").parse().ok()
}

/// Returns what may be read in two ways of an address.
pub(super) fn odd(text: &[u8], ip: IpAddr) -> Option<&'static str> {
    let is_mapped = matches!(ip, IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some());
    if is_mapped {
        Some("must not be an IPv4-mapped IPv6 address")
    } else if text.to_str().ok().and_then(|text| text.parse::<IpAddr>().ok()).is_none() {
        Some("must not have leading zeros")
    } else {
        None
    }
}

/// Returns the first address of a block.
pub(super) fn masked(ip: IpAddr, bits: u8) -> IpAddr {
    let bits = u32::from(bits);
    match ip {
        IpAddr::V4(ip) => {
            let mask = u32::MAX.checked_shl(32 - bits.min(32)).unwrap_or(0);
            IpAddr::V4((u32::from(ip) & mask).into())
        }
        IpAddr::V6(ip) => {
            let mask = u128::MAX.checked_shl(128 - bits.min(128)).unwrap_or(0);
            IpAddr::V6((u128::from(ip) & mask).into())
        }
    }
}
