//! Checks Kubernetes' rules for the names of objects, by kind.

use super::Check;
use crate::kubernetes::names::{label, path_segment, subdomain};
use gostd::strconv;

/// Returns what is wrong with an object's name, in the words of the API machinery; empty if nothing
/// is.
pub(super) fn faults(kind: &[u8], name: &[u8]) -> Vec<String> {
    match &kind.to_ascii_lowercase()[..] {
        b"service" => label(name, true),
        b"namespace" => label(name, false),
        b"certificatesigningrequest" => Vec::new(),
        b"role" | b"clusterrole" | b"rolebinding" | b"clusterrolebinding" => path_segment(name),
        _ => subdomain(name),
    }
}

/// Returns the finding for an object's name, if it has a fault.
pub(super) fn check(kind: &[u8], name: &[u8]) -> Check {
    let faults = faults(kind, name);
    let quoted = strconv::quote(name);
    let quoted = String::from_utf8_lossy(&quoted);
    let mut texts: Vec<String> =
        faults.iter().map(|f| format!("metadata.name: Invalid value: {quoted}: {f}")).collect();
    texts.dedup();
    let list = match &texts[..] {
        [] => return Ok(()),
        [one] => one.clone(),
        more => format!("[{}]", more.join(", ")),
    };
    Err(format!("object name does not conform to Kubernetes naming requirements: {quoted}: {list}")
        .into())
}
