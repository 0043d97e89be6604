//! What containers and pods ask for: CPU, memory, devices.

use std::collections::HashSet;

use bstr::ByteSlice;
use gostd::value::Str;

use super::node::Node;
use super::pods::CORE;
use super::{Findings, Level, Rule};
use crate::kubernetes::names;

pub(super) static RULES: &[Rule] = &[RESOURCES];

const RESOURCES: Rule = Rule {
    code: "SC420",
    level: Level::Error,
    title: "Requests must not be more than limits, and neither negative",
    source: CORE,
};

/// Tells whether a name is that of a resource of Kubernetes' own.
pub(super) fn is_own(name: &[u8]) -> bool {
    matches!(name, b"cpu" | b"memory" | b"ephemeral-storage") || name.starts_with(b"hugepages-")
}

/// Tells whether a name is that of a resource of others.
pub(super) fn is_extended(name: &[u8]) -> bool {
    name.contains(&b'/') && !name.contains_str("kubernetes.io/")
}

/// Checks what all containers of a pod get together.
pub(super) fn of_pod(resources: &Node<'_>, found: &mut Findings) {
    found.forbidden(&RESOURCES, &resources.at("claims"), "only a container can claim devices");
    for list in ["requests", "limits"] {
        for (name, amount) in resources.at(list).members() {
            if !matches!(&*name, b"cpu" | b"memory") && !name.starts_with(b"hugepages-") {
                found.add(
                    &RESOURCES,
                    &amount,
                    format!(
                        "{:?} cannot be given to a whole pod: only cpu, memory and hugepages can",
                        name.to_str_lossy()
                    ),
                );
            }
        }
    }
    check(resources, found);
}

/// Checks what a container asks for, and may take.
pub(super) fn check(resources: &Node<'_>, found: &mut Findings) {
    let (requests, limits) = (resources.at("requests"), resources.at("limits"));
    for list in [&requests, &limits] {
        for (name, amount) in list.members() {
            if amount.quantity().is_some_and(|n| n < 0) {
                found.add(&RESOURCES, &amount, format!("{} is negative", amount.shown()));
            }
            for fault in names::qualified(&name) {
                found.add(
                    &RESOURCES,
                    &amount,
                    format!("the resource {:?}: {fault}", name.to_str_lossy()),
                );
            }
            if !name.contains(&b'/') && !is_own(&name) {
                found.add(&RESOURCES, &amount, format!("{:?} is no resource of a container: only those of others have a domain and / in their name", name.to_str_lossy()));
            }
        }
    }
    let (mut has_huge, mut has_other) = (None, false);
    for list in [&requests, &limits] {
        for (name, amount) in list.members() {
            has_other |= matches!(&*name, b"cpu" | b"memory");
            if name.starts_with(b"hugepages-") {
                has_huge = Some(amount.path());
            }
        }
    }
    if let (Some(path), false) = (has_huge, has_other) {
        let words = "huge pages need a request or a limit of cpu or memory";
        found.add_at(&RESOURCES, path, words.to_owned(), None);
    }
    // What is not Kubernetes' own comes in whole pieces, which nobody shares.
    let is_alone = |name: &[u8]| is_extended(name) || name.starts_with(b"hugepages-");
    for list in [&requests, &limits] {
        for (name, amount) in list.members().filter(|(name, _)| is_alone(name)) {
            if is_extended(&name) && amount.quantity().is_some_and(|n| n % 1_000_000_000 != 0) {
                found.add(
                    &RESOURCES,
                    &amount,
                    format!("{} is no whole number of {}", amount.shown(), name.to_str_lossy()),
                );
            }
            let (asked, most) =
                (requests.at(&name.to_str_lossy()), limits.at(&name.to_str_lossy()));
            let is_request = std::ptr::eq(list, &requests);
            if is_request && !most.is_set() {
                found.add(
                    &RESOURCES,
                    &amount,
                    format!("{} needs a limit as well", name.to_str_lossy()),
                );
            } else if is_request && asked.quantity() < most.quantity() {
                found.add(
                    &RESOURCES,
                    &amount,
                    format!(
                        "the request of {} has to be its limit, {}",
                        name.to_str_lossy(),
                        most.shown()
                    ),
                );
            }
        }
    }
    for (name, request) in requests.members() {
        let limit = limits.at(&name.to_str_lossy());
        // A null is read as 0.
        let none = (limit.is_written() && !limit.is_set()).then_some(0);
        let (Some(asked), Some(most)) = (request.quantity(), limit.quantity().or(none)) else {
            continue;
        };
        let name = name.to_str_lossy();
        if asked > most {
            found.add(
                &RESOURCES,
                &request,
                format!(
                    "the request of {name}, {}, is more than its limit, {}",
                    request.shown(),
                    limit.shown()
                ),
            );
        }
    }
}

/// Checks the devices that a container claims.
pub(super) fn devices(container: &Node<'_>, claims: &HashSet<Str>, found: &mut Findings) {
    let resources = container.at("resources");
    let mut seen = HashSet::new();
    if !found.since(34) {
        return;
    }
    for claim in resources.at("claims").items() {
        let (name, request) = (claim.at("name"), claim.at("request"));
        if !found.required(&RESOURCES, &name, "name") {
            continue;
        }
        if !request.is_empty() {
            found.named(&RESOURCES, &request, names::label(&request.text_or_empty(), false));
        }
        if !claims.contains(&name.text_or_empty()) {
            found.add(
                &RESOURCES,
                &name,
                format!("the pod has no resourceClaims called {}", name.shown()),
            );
        }
        if !seen.insert((name.text_or_empty(), request.text_or_empty())) {
            found.add(&RESOURCES, &claim, "it stands there twice");
        }
    }
}
