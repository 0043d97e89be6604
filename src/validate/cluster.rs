//! Nodes, namespaces, runtimes, leases, events and other parts of a cluster.

use std::collections::HashSet;

use bstr::ByteSlice;

use super::node::Node;
use super::pods::CORE;
use super::{Findings, Level, Rule, metadata, scheduling};
use crate::diff::Object;
use crate::kubernetes::{Kind, names};

pub(super) static RULES: &[Rule] =
    &[NODE, SECURITY, RUNTIME, LEASE, EVENT, REVISION, MIGRATION, BUNDLE];

const NODE: Rule = Rule {
    code: "SC717",
    level: Level::Error,
    title: "A node's taints and addresses, and a namespace's finalizers, have to be valid",
    source: CORE,
};
const SECURITY: Rule = Rule {
    code: "SC310",
    level: Level::Error,
    title: "A namespace has to ask for a level of pod security that exists",
    source: "k8s.io/pod-security-admission, api: PolicyToEvaluate",
};
const RUNTIME: Rule = Rule {
    code: "SC718",
    level: Level::Error,
    title: "A RuntimeClass has to name its handler, and whole rules of scheduling",
    source: "pkg/apis/node/validation/validation.go",
};
const LEASE: Rule = Rule {
    code: "SC719",
    level: Level::Error,
    title: "A Lease's seconds and count of transitions have to be valid",
    source: "pkg/apis/coordination/validation/validation.go",
};
const EVENT: Rule = Rule {
    code: "SC727",
    level: Level::Error,
    title: "An Event has to be about an object of its namespace, and to say who reports what",
    source: "pkg/apis/core/validation/events.go",
};
const REVISION: Rule = Rule {
    code: "SC509",
    level: Level::Error,
    title: "A ControllerRevision has to have data, and a number that is not negative",
    source: "pkg/apis/apps/validation/validation.go",
};
const MIGRATION: Rule = Rule {
    code: "SC728",
    level: Level::Error,
    title: "A StorageVersionMigration has to name its resource",
    source: "pkg/apis/storagemigration/validation/validation.go",
};
const BUNDLE: Rule = Rule {
    code: "SC729",
    level: Level::Error,
    title: "A ClusterTrustBundle has to hold certificates, each once",
    source: "pkg/apis/certificates/validation/validation.go",
};

/// Checks an object that is one of these.
pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    let spec = root.at("spec");
    match (&*object.id.group, &*object.id.kind) {
        (b"", b"Node") => node(&spec, found),
        (b"", b"Namespace") => {
            metadata::finalizers(&spec.at("finalizers"), false, found);
            pod_security(&root.at("metadata").at("labels"), found);
        }
        (b"node.k8s.io", b"RuntimeClass") => runtime(root, found),
        (b"coordination.k8s.io", b"Lease") => lease(&spec, found),
        (b"", b"Event") => event(root, "involvedObject", "reportingComponent", found),
        (b"events.k8s.io", b"Event") => event(root, "regarding", "reportingController", found),
        (b"apps", b"ControllerRevision") => {
            found.within(&REVISION, &root.at("revision"), 0, i64::MAX);
            if !root.at("data").is_set() {
                found.add(&REVISION, &root.at("data"), "data is required");
            }
        }
        (b"storagemigration.k8s.io", b"StorageVersionMigration") => {
            let of = spec.at("resource");
            let (group, resource) = (of.at("group"), of.at("resource"));
            if found.required(&MIGRATION, &resource, "the resource") {
                let text = resource.text_or_empty();
                found.named(&MIGRATION, &resource, names::label(&text, true));
            }
            found.subdomain(&MIGRATION, &group);
        }
        (b"certificates.k8s.io", b"ClusterTrustBundle") => {
            let metadata = root.at("metadata");
            bundle_name(&metadata.at("name"), &spec.at("signerName"), found);
            bundle(&spec, found);
        }
        _ => {}
    }
}

/// Checks the levels of security that a namespace asks of its pods.
fn pod_security(labels: &Node<'_>, found: &mut Findings) {
    for mode in ["enforce", "audit", "warn"] {
        let key = format!("pod-security.kubernetes.io/{mode}");
        let of_version = format!("{key}-version");
        let (level, version) = (labels.at(&key), labels.at(&of_version));
        found.exactly(&SECURITY, &level, &["privileged", "baseline", "restricted"]);
        let text = version.text_or_empty();
        let is_minor = |minor: &[u8]| {
            !minor.is_empty()
                && minor.iter().all(u8::is_ascii_digit)
                && (minor.len() == 1 || minor.first() != Some(&b'0'))
        };
        let is_version = text.strip_prefix(b"v1.").is_some_and(is_minor);
        if version.is_set() && !version.is("latest") && !is_version {
            let words = format!("{} is neither latest nor a version like v1.31", version.shown());
            found.add(&SECURITY, &version, words);
        }
    }
}

fn node(spec: &Node<'_>, found: &mut Findings) {
    let mut seen = HashSet::new();
    for taint in spec.at("taints").items() {
        let (key, value, effect) = (taint.at("key"), taint.at("value"), taint.at("effect"));
        found.named(&NODE, &key, names::qualified(&key.text_or_empty()));
        found.named(&NODE, &value, names::label_value(&value.text_or_empty()));
        if !effect.is_any(&["NoSchedule", "PreferNoSchedule", "NoExecute"]) {
            let words = "it has to be NoSchedule, PreferNoSchedule or NoExecute";
            found.add(&NODE, &effect, words);
        }
        if !seen.insert((key.text_or_empty(), effect.text_or_empty())) {
            found.add(&NODE, &taint, "another taint has the same key and effect");
        }
    }
    let (one, all) = (spec.at("podCIDR"), spec.at("podCIDRs"));
    // Where the first of the list is another, podCIDR takes the place of all.
    if !one.is_empty() && all.items().next().is_none_or(|first| first.text() != one.text()) {
        found.block(&NODE, &one);
        return;
    }
    let mut families = HashSet::new();
    for block in all.items() {
        if let Some((ip, _)) = found.block(&NODE, &block)
            && !families.insert(ip.is_ipv4())
        {
            found.add(&NODE, &block, "it may have one block of each IP family");
        }
    }
}

fn runtime(root: &Node<'_>, found: &mut Findings) {
    let handler = root.at("handler");
    found.named(&RUNTIME, &handler, names::label(&handler.text_or_empty(), false));
    let scheduling = root.at("scheduling");
    metadata::labels(&scheduling.at("nodeSelector"), found);
    let tolerations = scheduling.at("tolerations");
    scheduling::tolerations(&tolerations, found);
    let mut seen = HashSet::new();
    for one in tolerations.items() {
        let key = ["key", "operator", "value", "effect", "tolerationSeconds"]
            .map(|key| one.at(key).shown());
        if !seen.insert(key) {
            found.add(&RUNTIME, &one, "it stands there twice");
        }
    }
    let overhead = root.at("overhead");
    for (name, amount) in overhead.at("podFixed").members() {
        for fault in names::qualified(&name) {
            let words = format!("the resource {:?}: {fault}", name.to_str_lossy());
            found.add(&RUNTIME, &amount, words);
        }
        if !name.contains(&b'/') && !super::resources::is_own(&name) {
            let words = format!("{:?} is no resource of a pod", name.to_str_lossy());
            found.add(&RUNTIME, &amount, words);
        }
        if amount.quantity().is_some_and(|n| n < 0) {
            found.add(&RUNTIME, &amount, format!("{} is negative", amount.shown()));
        }
    }
}

fn lease(spec: &Node<'_>, found: &mut Findings) {
    found.within(&LEASE, &spec.at("leaseDurationSeconds"), 1, i64::MAX);
    found.within(&LEASE, &spec.at("leaseTransitions"), 0, i64::MAX);
}

/// Checks an Event; the fields of its object and of who reports it have other names in each API.
fn event(root: &Node<'_>, object: &str, reporter: &str, found: &mut Findings) {
    let metadata = root.at("metadata");
    let (own, of) = (metadata.at("namespace"), root.at(object));
    let other = of.at("namespace");
    let kind = Kind::find(&of.at("apiVersion").text_or_empty(), &of.at("kind").text_or_empty());
    let is_namespaced = kind.is_some_and(|kind| kind.is_namespaced() == Some(true));
    // Of one with a time of its own a server asks for no more than a namespace.
    let is_old = root.at("eventTime").is_empty();
    if is_old && is_namespaced && !own.is_empty() && !other.is_empty() && own.text() != other.text()
    {
        found.add(&EVENT, &other, format!("the Event is in {}", own.shown()));
    }
    let is_new = object == "regarding";
    if !is_new && is_old {
        return;
    }
    if is_old {
        found.add(&EVENT, &root.at("eventTime"), "eventTime is required");
    }
    let controller = root.at(reporter);
    if found.required(&EVENT, &controller, reporter) {
        found.qualified(&EVENT, &controller);
    }
    for (key, most) in [("reportingInstance", 128), ("action", 128), ("reason", 128)] {
        let node = root.at(key);
        if found.required(&EVENT, &node, key) && node.text_or_empty().len() > most {
            found.add(&EVENT, &node, format!("it must be no more than {most} bytes"));
        }
    }
    let note = root.at(if is_new { "note" } else { "message" });
    if note.text_or_empty().len() > 1024 {
        found.add(&EVENT, &note, "it must be no more than 1024 bytes");
    }
    let kind = root.at("type");
    if !kind.is_any(&["Normal", "Warning"]) {
        found.add(&EVENT, &kind, "it has to be Normal or Warning");
    }
    if is_new {
        for key in ["deprecatedFirstTimestamp", "deprecatedLastTimestamp", "deprecatedCount"] {
            let node = root.at(key);
            if !node.is_empty() && node.integer() != Some(0) {
                found.add(&EVENT, &node, "it cannot be set of a new Event");
            }
        }
    }
}

/// Checks the name of a bundle, which begins with that of its signer.
fn bundle_name(name: &Node<'_>, signer: &Node<'_>, found: &mut Findings) {
    let text = name.text_or_empty();
    let start = match signer.is_empty() {
        true => Vec::new(),
        false => [signer.text_or_empty().replace("/", ":"), b":".to_vec()].concat(),
    };
    match text.strip_prefix(&*start) {
        _ if text.is_empty() => {}
        Some(rest) => found.named(&BUNDLE, name, names::subdomain(rest)),
        None => {
            let words = format!("it has to begin with {}", start.to_str_lossy());
            found.add(&BUNDLE, name, words);
        }
    }
}

fn bundle(spec: &Node<'_>, found: &mut Findings) {
    let bundle = spec.at("trustBundle");
    let text = bundle.text_or_empty();
    let mut seen = HashSet::new();
    let mut rest: &[u8] = &text;
    while let Some((_, after)) = rest.split_once_str("-----BEGIN ") {
        let Some((kind, body)) = after.split_once_str("-----") else { break };
        let end = [&b"-----END "[..], kind, &b"-----"[..]].concat();
        let Some((body, after)) = body.split_once_str(&end) else { break };
        rest = after;
        let body: Vec<u8> = body.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
        let bytes = crate::kubernetes::decoded(&body);
        if *kind != *b"CERTIFICATE" {
            let words = format!("it must hold certificates alone, and has {}", kind.to_str_lossy());
            found.add(&BUNDLE, &bundle, words);
        } else if bytes.as_ref().is_none_or(|bytes| bytes.first() != Some(&0x30)) {
            // A certificate is a sequence in DER.
            found.add(&BUNDLE, &bundle, "what stands between BEGIN and END is no certificate");
        }
        if !seen.insert(bytes) {
            found.add(&BUNDLE, &bundle, "a certificate stands there twice");
        }
    }
    if seen.is_empty() {
        found.add(&BUNDLE, &bundle, "it holds no certificate");
    }
}
