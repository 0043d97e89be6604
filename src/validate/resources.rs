//! What containers and pods ask for: CPU, memory, devices.

use std::collections::{BTreeSet, HashSet};

use bstr::ByteSlice;
use gostd::value::{Str, Value};

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

/// What containers of a pod ask for together, and the most that one of the main ones may take.
#[derive(Default)]
struct Together {
    asked: i128,
    most: i128,
}

/// Checks what a pod asks for, and may take, against what its containers do.
pub(super) fn together(spec: &Node<'_>, of_pod: &Node<'_>, found: &mut Findings) {
    let (requests, limits) = (of_pod.at("requests"), of_pod.at("limits"));
    let names = requests.members().chain(limits.members()).map(|(name, _)| name);
    let names: BTreeSet<Str> = names.filter(|name| is_own(name)).collect();
    for name in names {
        let text = name.to_str_lossy();
        let sum = sum_of(spec, &text);
        let (asked, limit) = (requests.at(&text), limits.at(&text));
        if limit.quantity().is_some_and(|n| n < sum.most) {
            let words = format!("a container may take more {text} than {}", limit.shown());
            found.add(&RESOURCES, &limit, words);
            continue;
        }
        // Without a request the server takes that of the containers.
        let node = if asked.is_set() { &asked } else { &limit };
        if node.quantity().is_some_and(|n| n < sum.asked) {
            let words = format!("the containers ask for more {text} than {}", node.shown());
            found.add(&RESOURCES, node, words);
        }
    }
}

/// Adds up what the containers of a pod ask for of a resource: init containers run one by one, before the others or
/// beside them (k8s.io/component-helpers, resource: AggregateContainerRequests).
fn sum_of(spec: &Node<'_>, name: &str) -> Together {
    let limit = |one: &Node<'_>| one.at("resources").at("limits").at(name).quantity();
    let request = |one: &Node<'_>| {
        let own = one.at("resources").at("requests").at(name).quantity();
        own.or_else(|| limit(one)).unwrap_or(0)
    };
    let mut sum = Together::default();
    for one in spec.at("containers").items() {
        sum.asked = sum.asked.saturating_add(request(&one));
        sum.most = sum.most.max(limit(&one).unwrap_or(0));
    }
    let (mut beside, mut highest) = (0_i128, 0_i128);
    for one in spec.at("initContainers").items() {
        let asked = request(&one);
        if one.at("restartPolicy").is("Always") {
            sum.asked = sum.asked.saturating_add(asked);
            beside = beside.saturating_add(asked);
            highest = highest.max(beside);
        } else {
            highest = highest.max(beside.saturating_add(asked));
        }
    }
    sum.asked = sum.asked.max(highest);
    sum
}

/// Tells whether an amount of huge pages is one of whole pages.
fn is_whole_pages(name: &[u8], amount: i128) -> bool {
    let size = name.strip_prefix(b"hugepages-").map(Value::str);
    let size = size.and_then(|size| crate::kubernetes::quantity::read(&size));
    size.is_some_and(|size| size > 0 && size % ONE == 0 && whole(amount) % (size / ONE) == 0)
}

/// A whole number, in billionths.
pub(super) const ONE: i128 = 1_000_000_000;

/// Returns the whole number that an amount is, or is less than.
fn whole(amount: i128) -> i128 {
    amount / ONE + i128::from(amount % ONE > 0)
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
            if name.starts_with(b"hugepages-")
                && amount.quantity().is_some_and(|n| !is_whole_pages(&name, n))
            {
                let words = format!("{} is no number of whole pages", amount.shown());
                found.add(&RESOURCES, &amount, words);
            }
            if is_extended(&name) && name.starts_with(b"requests.") {
                let words = format!("{:?} must not begin with requests.", name.to_str_lossy());
                found.add(&RESOURCES, &amount, words);
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
            if is_extended(&name) && amount.quantity().is_some_and(|n| n % ONE != 0) {
                found.add(
                    &RESOURCES,
                    &amount,
                    format!("{} is no whole number of {}", amount.shown(), name.to_str_lossy()),
                );
            }
            let (asked, most) = (requests.at_key(&name), limits.at_key(&name));
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
        let limit = limits.at_key(&name);
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
