//! What names a field of a pod, or an amount of a container's resources: of a variable, or of a file.

use super::node::Node;
use super::resources::ONE;
use super::{Findings, Rule, resources};
use crate::kubernetes::names;

/// The fields of a pod that a variable may hold.
pub(super) const FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// The fields of a pod that a file may hold.
pub(super) const FILE_FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.labels",
    "metadata.annotations",
    "metadata.uid",
];

/// Checks what names a field of the pod.
pub(super) fn field(
    rule: &'static Rule,
    reference: &Node<'_>,
    known: &[&str],
    found: &mut Findings,
) {
    let version = reference.at("apiVersion");
    found.one_of(rule, &version, &["v1"]);
    let path = reference.at("fieldPath");
    let text = path.text_or_empty();
    let key = |name: &[u8]| {
        text.strip_prefix(name)?.strip_prefix(b"['")?.strip_suffix(b"']").map(<[u8]>::to_vec)
    };
    if let Some(key) = key(b"metadata.labels") {
        found.named(rule, &path, names::qualified(&key));
    } else if let Some(key) = key(b"metadata.annotations") {
        found.named(rule, &path, names::qualified(&key.to_ascii_lowercase()));
    } else if !known.iter().any(|field| path.is(field) || path.is(&old_name(field))) {
        found.add(
            rule,
            &path,
            format!(
                "{} is none of {}, metadata.labels['KEY'], metadata.annotations['KEY']",
                path.shown(),
                known.join(", ")
            ),
        );
    }
}

/// Returns the name that a field of a pod had once, which the server still takes.
fn old_name(field: &str) -> String {
    if field == "spec.nodeName" { "spec.host".to_owned() } else { field.to_owned() }
}

/// Checks what names an amount of a container's resources; `is_file` where the container has to be named.
pub(super) fn resource_field(
    rule: &'static Rule,
    reference: &Node<'_>,
    is_file: bool,
    found: &mut Findings,
) {
    if is_file {
        found.required(rule, &reference.at("containerName"), "containerName");
    }
    let resource = reference.at("resource");
    if !found.required(rule, &resource, "resource") {
        return;
    }
    let text = resource.text_or_empty();
    let name = text.strip_prefix(b"limits.").or_else(|| text.strip_prefix(b"requests."));
    if !name.is_some_and(resources::is_own) {
        found.add(rule, &resource, format!("{} is none of limits.cpu, limits.memory, limits.ephemeral-storage, and the same of requests", resource.shown()));
    }
    let divisor = reference.at("divisor");
    let Some(amount) = divisor.quantity().filter(|n| *n != 0) else { return };
    let is_power =
        |of: i128| (0..=6).any(|power| i128::checked_pow(of, power) == Some(amount / ONE));
    let (fits, allowed) = match name {
        Some(b"cpu") => (amount == ONE || amount == ONE / 1000, "1m and 1"),
        _ => {
            let of = if divisor.text_or_empty().ends_with(b"i") { 1024 } else { 1000 };
            (
                amount % ONE == 0 && is_power(of),
                "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi and 1Ei",
            )
        }
    };
    if !fits {
        found.add(rule, &divisor, format!("{} is none of {allowed}", divisor.shown()));
    }
}
