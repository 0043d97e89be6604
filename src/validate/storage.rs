//! Claims, volumes and classes of storage; ConfigMaps and Secrets.

use std::collections::HashSet;

use bstr::ByteSlice;
use gostd::value::Value;

use super::node::Node;
use super::pods::CORE;
use super::{Findings, Level, Rule, csi, metadata, scheduling, volumes, workloads};
use crate::diff::Object;
use crate::kubernetes::{self, names};

pub(super) static RULES: &[Rule] = &[CLAIM, VOLUME, CLASS, KEYS, SECRET];

const CLAIM: Rule = Rule {
    code: "SC441",
    level: Level::Error,
    title: "A claim has to have access modes and a size",
    source: CORE,
};
const VOLUME: Rule = Rule {
    code: "SC442",
    level: Level::Error,
    title: "A PersistentVolume has to have a capacity, access modes and one source",
    source: CORE,
};
const CLASS: Rule = Rule {
    code: "SC443",
    level: Level::Error,
    title: "A StorageClass has to name its provisioner, and known policies",
    source: "pkg/apis/storage/validation/validation.go",
};
const KEYS: Rule = Rule {
    code: "SC451",
    level: Level::Error,
    title: "The keys of a ConfigMap or a Secret have to be valid, and in one place",
    source: CORE,
};
const SECRET: Rule = Rule {
    code: "SC452",
    level: Level::Error,
    title: "A Secret has to hold the keys that its type asks for",
    source: CORE,
};

/// How many bytes the values of a ConfigMap or a Secret may have; its keys do not count.
const MOST: usize = 1 << 20;

pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    let spec = root.at("spec");
    match (&*object.id.group, &*object.id.kind) {
        (b"", b"PersistentVolumeClaim") => claim(&spec, found),
        (b"apps", b"StatefulSet") => {
            for template in spec.at("volumeClaimTemplates").items() {
                of_template(&template, found);
                // The claims get them.
                metadata::owners(&template.at("metadata").at("ownerReferences"), found);
                // The pods have a volume of this name.
                let metadata = template.at("metadata");
                let name = metadata.at("name");
                if found.required(&CLAIM, &name, "name") {
                    found.named(&CLAIM, &name, names::label(&name.text_or_empty(), false));
                }
            }
        }
        (b"", b"PersistentVolume") => volume(&spec, found),
        (b"storage.k8s.io", b"StorageClass") => {
            class(root, found);
            csi::parameters(&CLASS, &root.at("parameters"), found);
            topologies(&root.at("allowedTopologies"), found);
        }
        (b"", b"ConfigMap") => data(root, &["data", "binaryData"], found),
        (b"", b"Secret") => {
            data(root, &["data", "stringData"], found);
            secret(root, found);
        }
        _ => {}
    }
}

const MODES: &[&str] = &["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"];

fn modes(rule: &'static Rule, spec: &Node<'_>, found: &mut Findings) {
    let modes = spec.at("accessModes");
    if modes.is_empty() {
        found.add(rule, &modes, "at least one access mode is required");
    }
    for mode in modes.items() {
        if !mode.is_any(MODES) {
            found.add(rule, &mode, format!("{} is none of {}", mode.shown(), MODES.join(", ")));
        }
    }
    found.exactly(rule, &spec.at("volumeMode"), &["Filesystem", "Block"]);
    let is_alone = |mode: &Node<'_>| mode.is("ReadWriteOncePod");
    if modes.items().any(|mode| is_alone(&mode)) && !modes.items().all(|mode| is_alone(&mode)) {
        found.add(rule, &modes, "ReadWriteOncePod cannot stand beside another access mode");
    }
    found.subdomain(rule, &spec.at("storageClassName"));
    // Versions in which it may be switched off ignore it.
    if found.version.minor() >= 34 {
        found.subdomain(rule, &spec.at("volumeAttributesClassName"));
    }
}

/// Checks an amount of storage, which has to be more than nothing.
fn size(rule: &'static Rule, size: &Node<'_>, found: &mut Findings) {
    match size.quantity() {
        None if !size.is_set() => found.add(rule, size, "storage is required"),
        Some(n) if n <= 0 => found.add(rule, size, format!("{} is not more than 0", size.shown())),
        _ => {}
    }
}

/// Checks what claims are made by.
pub(super) fn of_template(template: &Node<'_>, found: &mut Findings) {
    let metadata = template.at("metadata");
    metadata::of_template(&metadata, found);
    metadata::finalizers(&metadata.at("finalizers"), false, found);
    metadata::generated(&metadata, found);
    let spec = template.at("spec");
    claim(&spec, found);
    // Here a source of any kind stays.
    let source = spec.at("dataSource");
    if source.is_set() && !is_known_source(&source) {
        data_source(&source, found);
    }
    let other = spec.at("dataSourceRef");
    let namespace = other.at("namespace");
    if let Some(text) = namespace.text().filter(|text| !text.is_empty()) {
        data_source(&other, found);
        found.named(&CLAIM, &namespace, names::label(text, false));
    }
}

/// Checks what a claim asks for.
fn claim(spec: &Node<'_>, found: &mut Findings) {
    modes(&CLAIM, spec, found);
    let resources = spec.at("resources");
    let requests = resources.at("requests");
    // Whether it is more than the limit the server does not ask.
    size(&CLAIM, &requests.at("storage"), found);
    workloads::expressions(&spec.at("selector"), found);
    let source = spec.at("dataSource");
    // The server drops a source of another kind, as it does one in another namespace.
    if source.is_set() && is_known_source(&source) {
        data_source(&source, found);
    }
    let other = spec.at("dataSourceRef");
    if other.is_set() && other.at("namespace").is_empty() {
        data_source(&other, found);
        let differs = |key: &&str| source.at(key).text_or_empty() != other.at(key).text_or_empty();
        if is_known_source(&source) && ["apiGroup", "kind", "name"].iter().any(differs) {
            found.add(&CLAIM, &source, "it has to be the same as dataSourceRef");
        }
    }
}

/// Tells whether a claim's dataSource is of a kind that the API server keeps: a claim or a snapshot.
fn is_known_source(source: &Node<'_>) -> bool {
    let (group, kind) = (source.at("apiGroup"), source.at("kind"));
    (group.is_empty() && kind.is("PersistentVolumeClaim"))
        || (group.is("snapshot.storage.k8s.io") && kind.is("VolumeSnapshot"))
}

fn data_source(source: &Node<'_>, found: &mut Findings) {
    for part in ["kind", "name"] {
        found.required(&CLAIM, &source.at(part), part);
    }
    let (group, kind) = (source.at("apiGroup"), source.at("kind"));
    if group.is_empty() && !kind.is("PersistentVolumeClaim") {
        found.add(&CLAIM, &kind, "without an apiGroup it has to be PersistentVolumeClaim");
    }
    found.subdomain(&CLAIM, &group);
}

/// The sources that the server looks at behind a flexVolume.
const BEHIND_FLEX: &[&str] = &[
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "scaleIO",
    "local",
    "storageos",
    "csi",
];

fn volume(spec: &Node<'_>, found: &mut Findings) {
    modes(&VOLUME, spec, found);
    let capacity = spec.at("capacity");
    size(&VOLUME, &capacity.at("storage"), found);
    if capacity.members().count() > 1 {
        found.add(&VOLUME, &capacity, "it has to have storage, and nothing else");
    }
    let sources: Vec<_> = spec
        .members()
        .filter(|(key, node)| {
            node.is_set() && !kubernetes::NO_SOURCES.iter().any(|name| name.as_bytes() == &**key)
        })
        .collect();
    match sources.len() {
        1 => {}
        0 => found.add(&VOLUME, spec, "it has no source"),
        // A flexVolume is not counted when it comes second, in the order of the server.
        2 if spec.at("flexVolume").is_set()
            && !BEHIND_FLEX.iter().any(|name| spec.at(name).is_set()) => {}
        _ => found.add(&VOLUME, spec, "it has more than one source"),
    }
    if found.version.minor() >= 34
        && !spec.at("volumeAttributesClassName").is_empty()
        && !spec.at("csi").is_set()
    {
        let node = spec.at("volumeAttributesClassName");
        found.add(&VOLUME, &node, "it can be set only of a csi volume");
    }
    if let Some(affinity) = spec.get("nodeAffinity") {
        let required = affinity.at("required");
        match required.is_set() {
            true => scheduling::node_terms(&required, found),
            false => found.add(&VOLUME, &required, "required is required"),
        }
    }
    volumes::of_persistent(&VOLUME, spec, found);
    if let Some(csi) = spec.get("csi") {
        for key in ["driver", "volumeHandle"] {
            found.required(&VOLUME, &csi.at(key), key);
        }
        for (key, node) in csi.members() {
            // The Secret that a node stages a volume with is not looked at.
            let is_checked = key.ends_with(b"SecretRef") && &*key != b"nodeStageSecretRef";
            if is_checked && node.is_set() {
                found.required(&VOLUME, &node.at("name"), "the name of the Secret");
                if found.required(&VOLUME, &node.at("namespace"), "the namespace of the Secret") {
                    let text = node.at("namespace").text_or_empty();
                    found.named(&VOLUME, &node.at("namespace"), names::label(&text, false));
                }
            }
        }
    }
    if let Some(namespace) = spec.at("azureFile").get("secretNamespace") {
        found.required(&VOLUME, &namespace, "the namespace of the Secret");
    }
    if let Some(local) = spec.get("local") {
        found.required(&VOLUME, &local.at("path"), "path");
        found.inner_path(&VOLUME, &local.at("path"), false);
        let affinity = spec.at("nodeAffinity");
        found.required(&VOLUME, &affinity, "nodeAffinity, of a local volume");
    }
    let policy = spec.at("persistentVolumeReclaimPolicy");
    let path = spec.at("hostPath").at("path").text_or_empty();
    if policy.is("Recycle")
        && path.starts_with(b"/")
        && path.split_str("/").all(|part| part.is_empty() || part == b".")
    {
        found.add(&VOLUME, &policy, "it cannot be Recycle where the path of the host is /");
    }
    found.one_of(&VOLUME, &policy, &["Retain", "Delete", "Recycle"]);
}

fn class(root: &Node<'_>, found: &mut Findings) {
    let (provisioner, policy, binding) =
        (root.at("provisioner"), root.at("reclaimPolicy"), root.at("volumeBindingMode"));
    match provisioner.is_empty() {
        true => found.add(&CLASS, &provisioner, "provisioner is required"),
        false => found.named(
            &CLASS,
            &provisioner,
            names::qualified(&provisioner.text_or_empty().to_ascii_lowercase()),
        ),
    }
    found.one_of(&CLASS, &policy, &["Delete", "Retain"]);
    found.exactly(&CLASS, &binding, &["Immediate", "WaitForFirstConsumer"]);
}

/// Checks where the volumes of a class may be.
fn topologies(all: &Node<'_>, found: &mut Findings) {
    let mut seen = HashSet::new();
    for term in all.items() {
        let expressions = term.at("matchLabelExpressions");
        let mut keys = HashSet::new();
        for one in expressions.items() {
            let (key, values) = (one.at("key"), one.at("values"));
            found.named(&CLASS, &key, names::qualified(&key.text_or_empty()));
            if !keys.insert(key.text_or_empty()) {
                found.add(&CLASS, &key, format!("{} stands there twice", key.shown()));
            }
            if values.is_empty() {
                found.add(&CLASS, &values, "it has to have at least one value");
            }
            let mut texts = HashSet::new();
            for value in values.items() {
                found.named(&CLASS, &value, names::label_value(&value.text_or_empty()));
                if !texts.insert(value.text_or_empty()) {
                    found.add(&CLASS, &value, format!("{} stands there twice", value.shown()));
                }
            }
        }
        // The server takes what has none for the same as another one, whether there is another or not.
        if expressions.is_empty() {
            found.add(&CLASS, &expressions, "it has to have at least one expression");
        } else if !seen.insert(expressions.shown()) {
            found.add(&CLASS, &expressions, "another term is the same");
        }
    }
}

fn data(root: &Node<'_>, fields: &[&str], found: &mut Findings) {
    let mut keys = HashSet::new();
    let mut size = 0;
    let texts = root.at("stringData");
    for field in fields {
        for (key, value) in root.at(field).members() {
            for fault in names::config_key(&key) {
                found.add(&KEYS, &value, format!("the key {:?}: {fault}", key.to_str_lossy()));
            }
            // A text takes the place of bytes.
            if *field == "stringData" || !texts.at(&key.to_str_lossy()).is_written() {
                size += bytes_of(root, field, &value).map_or(0, |bytes| bytes.len());
            }
            if !keys.insert(key.clone()) && *field == "binaryData" {
                found.add(
                    &KEYS,
                    &value,
                    format!("the key {:?} stands in data and binaryData", key.to_str_lossy()),
                );
            }
        }
    }
    if size > MOST {
        found.add(&KEYS, root, format!("it holds {size} bytes; {MOST} are allowed"));
    }
}

/// Returns the bytes of a value of a ConfigMap's or a Secret's field; nothing where they cannot be read.
fn bytes_of(root: &Node<'_>, field: &str, value: &Node<'_>) -> Option<Vec<u8>> {
    let is_text = field == "stringData" || field == "data" && !root.at("kind").is("Secret");
    let text = value.text()?;
    if is_text { Some(text.to_vec()) } else { kubernetes::decoded(text) }
}

fn secret(root: &Node<'_>, found: &mut Findings) {
    let kind = root.at("type");
    let needed: &[&str] = match &*kind.text_or_empty() {
        b"kubernetes.io/tls" => &["tls.crt", "tls.key"],
        b"kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        b"kubernetes.io/dockercfg" => &[".dockercfg"],
        b"kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        b"kubernetes.io/basic-auth" => &["username", "password"],
        b"kubernetes.io/service-account-token" => {
            let (key, metadata) = ("kubernetes.io/service-account.name", root.at("metadata"));
            let annotations = metadata.at("annotations");
            if annotations.at(key).is_empty() {
                let words = format!("a Secret of the type {} has to have it", kind.shown());
                found.add(&SECRET, &annotations.at(key), words);
            }
            return;
        }
        _ => return,
    };
    let (data, texts) = (root.at("data"), root.at("stringData"));
    let is_json = kind.is_any(&["kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"]);
    let mut missing = Vec::new();
    for key in needed {
        let (text, bytes) = (texts.at(key), data.at(key));
        let (field, node) = if text.is_written() { ("stringData", text) } else { ("data", bytes) };
        // An empty key is none.
        let is_there =
            node.is_written() && (!kind.is("kubernetes.io/ssh-auth") || !node.is_empty());
        if !is_there {
            missing.push(*key);
        } else if is_json && bytes_of(root, field, &node).is_some_and(|bytes| !is_object(&bytes)) {
            found.add(&SECRET, &node, format!("{key} has to hold an object in JSON"));
        }
    }
    // One of the two is enough.
    if kind.is("kubernetes.io/basic-auth") && missing.len() < 2 {
        return;
    }
    for key in missing {
        let words = format!("a Secret of the type {} has to hold {key}", kind.shown());
        found.add(&SECRET, &data, words);
    }
}

/// Tells whether a text is an object in JSON, or null.
fn is_object(text: &[u8]) -> bool {
    matches!(gostd::json::unmarshal(text), Ok(Value::Map(_) | Value::Nil))
}
