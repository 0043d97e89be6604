//! Drivers of storage, and what they make known.

use std::collections::HashSet;

use super::node::Node;
use super::{Findings, Level, Rule, workloads};
use crate::diff::Object;
use crate::kubernetes::names;

pub(super) static RULES: &[Rule] = &[DRIVER, ATTACHED];

const STORAGE: &str = "pkg/apis/storage/validation/validation.go";

const DRIVER: Rule = Rule {
    code: "SC444",
    level: Level::Error,
    title: "What describes a driver of storage has to be complete",
    source: STORAGE,
};
const ATTACHED: Rule = Rule {
    code: "SC445",
    level: Level::Error,
    title: "A VolumeAttachment has to name a driver, a node and one source",
    source: STORAGE,
};

/// How many characters the name of a driver may have.
const LONGEST_NAME: usize = 63;
/// The seconds for which a token may be good.
const TOKEN: (i64, i64) = (600, 1 << 32);

/// Checks an object that is one of these.
pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    if &*object.id.group != b"storage.k8s.io" {
        return;
    }
    let spec = root.at("spec");
    match &*object.id.kind {
        b"CSIDriver" => driver(&spec, found),
        b"CSINode" => node(&spec, found),
        b"CSIStorageCapacity" => capacity(root, found),
        b"VolumeAttachment" => attachment(&spec, found),
        b"VolumeAttributesClass" => attributes(root, found),
        _ => {}
    }
}

/// Checks the name of a driver, which has to be there.
pub(super) fn driver_name(rule: &'static Rule, node: &Node<'_>, found: &mut Findings) {
    if !found.required(rule, node, "the name of the driver") {
        return;
    }
    let text = node.text_or_empty();
    if text.len() > LONGEST_NAME {
        found.add(rule, node, format!("it must be no more than {LONGEST_NAME} characters"));
    }
    found.named(rule, node, names::subdomain(&text.to_ascii_lowercase()));
}

fn driver(spec: &Node<'_>, found: &mut Findings) {
    for mode in spec.at("volumeLifecycleModes").items() {
        found.exactly(&DRIVER, &mode, &["Persistent", "Ephemeral"]);
        if !mode.is_set() {
            found.add(&DRIVER, &mode, "it is empty");
        }
    }
    let policies = ["ReadWriteOnceWithFSType", "File", "None"];
    found.exactly(&DRIVER, &spec.at("fsGroupPolicy"), &policies);
    let mut seen = HashSet::new();
    for request in spec.at("tokenRequests").items() {
        let audience = request.at("audience");
        if !seen.insert(audience.text_or_empty()) {
            found.add(&DRIVER, &audience, format!("{} stands there twice", audience.shown()));
        }
        found.within(&DRIVER, &request.at("expirationSeconds"), TOKEN.0, TOKEN.1);
    }
    if found.since(35) {
        found.within(&DRIVER, &spec.at("nodeAllocatableUpdatePeriodSeconds"), 10, i64::MAX);
    }
}

fn node(spec: &Node<'_>, found: &mut Findings) {
    let mut seen = HashSet::new();
    for driver in spec.at("drivers").items() {
        let (name, id) = (driver.at("name"), driver.at("nodeID"));
        driver_name(&DRIVER, &name, found);
        if !seen.insert(name.text_or_empty()) {
            found.add(&DRIVER, &name, format!("another driver is called {}, too", name.shown()));
        }
        if found.required(&DRIVER, &id, "nodeID") && id.text_or_empty().len() > 256 {
            found.add(&DRIVER, &id, "it must be no more than 256 bytes");
        }
        let allocatable = driver.at("allocatable");
        found.within(&DRIVER, &allocatable.at("count"), 0, i64::MAX);
        let mut keys = HashSet::new();
        for key in driver.at("topologyKeys").items() {
            if found.required(&DRIVER, &key, "the key") {
                found.qualified(&DRIVER, &key);
            }
            if !keys.insert(key.text_or_empty()) {
                found.add(&DRIVER, &key, format!("{} stands there twice", key.shown()));
            }
        }
    }
}

fn capacity(root: &Node<'_>, found: &mut Findings) {
    let class = root.at("storageClassName");
    found.named(&DRIVER, &class, names::subdomain(&class.text_or_empty()));
    for key in ["capacity", "maximumVolumeSize"] {
        let size = root.at(key);
        if size.quantity().is_some_and(|n| n < 0) {
            found.add(&DRIVER, &size, format!("{} is negative", size.shown()));
        }
    }
    workloads::expressions(&root.at("nodeTopology"), found);
}

fn attachment(spec: &Node<'_>, found: &mut Findings) {
    driver_name(&ATTACHED, &spec.at("attacher"), found);
    let (node, source) = (spec.at("nodeName"), spec.at("source"));
    found.named(&ATTACHED, &node, names::subdomain(&node.text_or_empty()));
    let (name, inline) = (source.at("persistentVolumeName"), source.at("inlineVolumeSpec"));
    if name.is_set() == inline.is_set() {
        let words = "it has to have one of persistentVolumeName and inlineVolumeSpec";
        found.add(&ATTACHED, &source, words);
    } else if let Some(text) = name.text() {
        found.named(&ATTACHED, &name, names::subdomain(text));
    }
}

fn attributes(root: &Node<'_>, found: &mut Findings) {
    let (driver, parameters) = (root.at("driverName"), root.at("parameters"));
    if found.required(&DRIVER, &driver, "driverName") {
        let text = driver.text_or_empty().to_ascii_lowercase();
        found.named(&DRIVER, &driver, names::qualified(&text));
    }
    if parameters.is_empty() {
        found.add(&DRIVER, &parameters, "it has to have at least one parameter");
    }
    self::parameters(&DRIVER, &parameters, found);
}

/// How many parameters a class may have.
const MOST_PARAMETERS: usize = 512;
/// How many bytes they may take.
const LONGEST_PARAMETERS: usize = 256 << 10;

/// Checks the parameters of a class.
pub(super) fn parameters(rule: &'static Rule, all: &Node<'_>, found: &mut Findings) {
    let (mut count, mut size) = (0, 0);
    for (key, value) in all.members() {
        count += 1;
        size += key.len() + value.text_or_empty().len();
        if key.is_empty() {
            found.add(rule, &value, "a parameter has no name");
        }
    }
    if count > MOST_PARAMETERS || size > LONGEST_PARAMETERS {
        let words =
            format!("it may have {MOST_PARAMETERS} parameters, of {LONGEST_PARAMETERS} bytes");
        found.add(rule, all, words);
    }
}
