//! Security contexts of pods and containers.

use bstr::ByteSlice;
use gostd::value::Value;

use super::containers::Place;
use super::node::Node;
use super::pods::CORE;
use super::{Findings, Level, Rule};
use crate::kubernetes::names;

pub(super) static RULES: &[Rule] = &[SECURITY, SYSTEM];

const SECURITY: Rule = Rule {
    code: "SC423",
    level: Level::Error,
    title: "A security context must not contradict itself",
    source: CORE,
};
const SYSTEM: Rule = Rule {
    code: "SC426",
    level: Level::Error,
    title: "A pod must not set what its operating system does not have",
    source: CORE,
};

/// What a pod's security context must not hold on Windows.
const NOT_OF_WINDOWS_PODS: &[&str] = &[
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "runAsUser",
    "runAsGroup",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "seLinuxChangePolicy",
];
/// What a container's security context must not hold on Windows.
const NOT_OF_WINDOWS_CONTAINERS: &[&str] = &[
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
];

pub(super) fn of_pod(spec: &Node<'_>, found: &mut Findings) {
    let context = spec.at("securityContext");
    shared(&context, found);
    for group in context.at("supplementalGroups").items() {
        found.within(&SECURITY, &group, 0, i64::from(i32::MAX));
    }
    let policy = context.at("fsGroupChangePolicy");
    found.exactly(&SECURITY, &policy, &["OnRootMismatch", "Always"]);
    if found.since(33) {
        found.exactly(&SECURITY, &context.at("supplementalGroupsPolicy"), &["Merge", "Strict"]);
        let relabel = context.at("seLinuxChangePolicy");
        found.exactly(&SECURITY, &relabel, &["MountOption", "Recursive"]);
    }
    windows(&context, spec.at("hostNetwork").is_true(), found);
    sysctls(spec, found);
    if spec.at("hostPID").is_true() && spec.at("shareProcessNamespace").is_true() {
        let node = spec.at("shareProcessNamespace");
        found.add(&SECURITY, &node, "it cannot be true where hostPID is true");
    }
    if found.since(33) && matches!(spec.at("hostUsers").value, Value::Bool(false)) {
        for key in ["hostNetwork", "hostPID", "hostIPC"] {
            let node = spec.at(key);
            // Later versions take it, where that is switched on.
            if node.is_true() && !(key == "hostNetwork" && found.version.minor() >= 35) {
                found.add(&SECURITY, &node, "it cannot be true where hostUsers is false");
            }
        }
    }
    system(spec, found);
}

fn sysctls(spec: &Node<'_>, found: &mut Findings) {
    let context = spec.at("securityContext");
    let mut seen = std::collections::HashSet::new();
    for one in context.at("sysctls").items() {
        let name = one.at("name");
        let text = name.text_or_empty();
        if !found.required(&SECURITY, &name, "name") {
            continue;
        }
        // The parts may be separated by `/` as well.
        let is_part = |part: &[u8]| {
            let inner = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
            part.iter().all(|b| inner(b) || b"-_".contains(b))
                && part.first().is_some_and(inner)
                && part.last().is_some_and(inner)
        };
        if text.len() > 253 || !text.replace("/", ".").split_str(".").all(is_part) {
            found.add(&SECURITY, &name, format!("{} is no name of a sysctl", name.shown()));
        } else if !seen.insert(text.clone()) {
            found.add(&SECURITY, &name, format!("{} stands there twice", name.shown()));
        }
        for (key, starts) in [("hostNetwork", "net."), ("hostIPC", "kernel.shm")] {
            if spec.at(key).is_true() && text.starts_with(starts.as_bytes()) {
                found.add(&SECURITY, &name, format!("it cannot be set where {key} is true"));
            }
        }
    }
}

/// Checks the options of Windows in a security context.
fn windows(context: &Node<'_>, is_host_network: bool, found: &mut Findings) {
    let Some(options) = context.get("windowsOptions") else { return };
    let (name, host) = (options.at("gmsaCredentialSpecName"), options.at("hostProcess"));
    if let Some(text) = name.text() {
        found.named(&SECURITY, &name, names::subdomain(text));
    }
    let spec = options.at("gmsaCredentialSpec");
    if spec.is_set() && spec.is_empty() {
        found.add(&SECURITY, &spec, "it must not be empty");
    }
    let user = options.at("runAsUserName");
    if let Some(text) = user.text()
        && let Some(fault) = user_fault(text)
    {
        found.add(&SECURITY, &user, format!("{}: {fault}", user.shown()));
    }
    if host.is_true() && !is_host_network {
        found.add(&SECURITY, &host, "it needs hostNetwork: true");
    }
}

/// Returns what is wrong with the name of a user of Windows: `USER` or `DOMAIN\\USER`.
fn user_fault(text: &[u8]) -> Option<&'static str> {
    let (domain, user) = match text.split_once_str("\\") {
        Some((domain, user)) => (Some(domain), user),
        None => (None, text),
    };
    let is_bad = |domain: &[u8]| {
        let is_plain = (1..=15).contains(&domain.chars().count())
            && !domain.starts_with(b".")
            && domain.find_byteset(b"\\/:*?\"<>|").is_none();
        let is_dns = names::subdomain(&domain.to_ascii_lowercase()).is_empty();
        domain.len() >= 256 || !is_plain && !is_dns
    };
    let faults = [
        (text.iter().any(u8::is_ascii_control), "it must not have control characters"),
        (domain.is_some_and(is_bad), "the domain is none of NetBIOS nor of DNS"),
        (user.is_empty(), "it names no user"),
        (user.len() > 104, "the user must be no more than 104 characters"),
        (user.iter().all(|b| b". ".contains(b)), "the user must not be dots and spaces alone"),
        (
            user.find_byteset(b"\"/\\:;|=,+*?<>@[]").is_some(),
            "the user must not have any of \"/\\:;|=,+*?<>@[]",
        ),
    ];
    faults.into_iter().find(|(is_so, _)| *is_so).map(|(_, words)| words)
}

/// Checks what is set against the operating system that a pod is for.
fn system(spec: &Node<'_>, found: &mut Findings) {
    let Some(os) = spec.get("os") else { return };
    let name = os.at("name");
    if !found.required(&SYSTEM, &name, "name") {
        return;
    }
    found.exactly(&SYSTEM, &name, &["linux", "windows"]);
    let (own, others): (&[&str], &[&str]) = match name.is("windows") {
        true => (NOT_OF_WINDOWS_PODS, NOT_OF_WINDOWS_CONTAINERS),
        false => (&["windowsOptions"], &["windowsOptions"]),
    };
    let why = format!("a pod for {} cannot have it", name.text_or_empty().to_str_lossy());
    let context = spec.at("securityContext");
    own.iter().for_each(|key| found.forbidden(&SYSTEM, &context.at(key), &why));
    for list in ["initContainers", "containers"] {
        for container in spec.at(list).items() {
            let context = container.at("securityContext");
            others.iter().for_each(|key| found.forbidden(&SYSTEM, &context.at(key), &why));
        }
    }
    if name.is("windows") {
        for key in ["hostUsers", "shareProcessNamespace"] {
            found.forbidden(&SYSTEM, &spec.at(key), &why);
        }
        for key in ["hostPID", "hostIPC"] {
            let node = spec.at(key);
            if node.is_true() {
                found.add(&SYSTEM, &node, &*why);
            }
        }
        if !context.at("sysctls").is_empty() {
            found.add(&SYSTEM, &context.at("sysctls"), &*why);
        }
    }
}

pub(super) fn of_container(container: &Node<'_>, place: &Place<'_>, found: &mut Findings) {
    let context = container.at("securityContext");
    if context.at("privileged").is_true()
        && matches!(context.at("allowPrivilegeEscalation").value, Value::Bool(false))
    {
        found.add(
            &SECURITY,
            &context.at("allowPrivilegeEscalation"),
            "it cannot be false where privileged is true",
        );
    }
    let mount = context.at("procMount");
    if found.since(33) {
        found.exactly(&SECURITY, &mount, &["Default", "Unmasked"]);
        if mount.is("Unmasked") && !place.has_own_users {
            found.add(&SECURITY, &mount, "Unmasked needs hostUsers: false");
        }
    }
    windows(&context, place.is_host_network, found);
    shared(&context, found);
}

/// Checks what the security contexts of pods and containers share.
fn shared(context: &Node<'_>, found: &mut Findings) {
    for key in ["runAsUser", "runAsGroup", "fsGroup"] {
        found.within(&SECURITY, &context.at(key), 0, i64::from(i32::MAX));
    }
    for key in ["seccompProfile", "appArmorProfile"] {
        let Some(profile) = context.get(key) else { continue };
        let (kind, file) = (profile.at("type"), profile.at("localhostProfile"));
        if found.required(&SECURITY, &kind, "the type of the profile") {
            found.exactly(&SECURITY, &kind, &["Localhost", "RuntimeDefault", "Unconfined"]);
        }
        if !kind.is("Localhost") {
            found.forbidden(&SECURITY, &file, "it can be set only where the type is Localhost");
        } else if found.required(&SECURITY, &file, "localhostProfile") && key == "seccompProfile" {
            found.inner_path(&SECURITY, &file, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::user_fault;

    #[test]
    fn names_of_users_of_windows() {
        for right in ["me", "DOMAIN\\me", "corp.example.com\\me", "NT AUTHORITY\\SYSTEM"] {
            assert_eq!(user_fault(right.as_bytes()), None, "{right}");
        }
        for wrong in ["", "a\\b\\c", "\\me", "a/b", "..", "a\n", ".corp:\\me", "DOMAIN\\"] {
            assert!(user_fault(wrong.as_bytes()).is_some(), "{wrong}");
        }
    }
}
