//! Addresses that are not written as all programs write them.

use std::net::IpAddr;

use bstr::ByteSlice;

use super::super::Findings;
use super::super::forms::{address, masked, odd};
use super::super::node::Node;
use super::ADDRESS;

/// Since this minor version a server refuses what can be read in two ways (StrictIPCIDRValidation).
const STRICT: u8 = 36;

/// Returns an address without the form of version 6 around one of version 4.
fn shown(ip: IpAddr) -> String {
    match ip {
        IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or(ip.to_string(), |ip| ip.to_string()),
        IpAddr::V4(ip) => ip.to_string(),
    }
}

/// Checks how an address is written.
pub(super) fn check(node: &Node<'_>, found: &mut Findings) {
    let text = node.text_or_empty();
    // What is no address is refused, or is a name.
    let Some(ip) = address(&text) else { return };
    if odd(&text, ip).is_some() {
        if !found.since(STRICT) {
            let words =
                format!("{}: Kubernetes 1.{STRICT} refuses it: use {}", node.shown(), shown(ip));
            found.add(&ADDRESS, node, words);
        }
    } else if ip.is_ipv6() && ip.to_string().as_bytes() != &*text {
        found.add(&ADDRESS, node, format!("{}: write it as {ip}", node.shown()));
    }
}

/// Checks how a block of addresses is written.
pub(super) fn block(node: &Node<'_>, found: &mut Findings) {
    let text = node.text_or_empty();
    let Some((written, bits)) = text.split_once_str(b"/") else { return };
    let Some(ip) = address(written) else { return };
    let Some(size) = bits.to_str().ok().and_then(|bits| bits.parse::<u8>().ok()) else { return };
    let first = masked(ip, size);
    let is_plain = odd(written, ip).is_none() && (bits.len() == 1 || !bits.starts_with(b"0"));
    if first != ip || !is_plain {
        if !found.since(STRICT) {
            let words = format!("{}: Kubernetes 1.{STRICT} refuses it", node.shown());
            found.add(&ADDRESS, node, format!("{words}: use {}/{size}", shown(first)));
        }
    } else if ip.is_ipv6() && format!("{ip}/{size}").as_bytes() != &*text {
        found.add(&ADDRESS, node, format!("{}: write it as {ip}/{size}", node.shown()));
    }
}
