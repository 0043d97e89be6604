//! Volumes of a pod.

use std::collections::HashSet;

use gostd::value::Str;

use super::node::Node;
use super::pods::CORE;
use super::{Findings, Level, Rule, downward, metadata, sources, storage};
use crate::kubernetes::names;

pub(super) static RULES: &[Rule] = &[NAME, TWICE, SOURCES, INCOMPLETE];

const NAME: Rule = Rule {
    code: "SC431",
    level: Level::Error,
    title: "A volume has to be named by a DNS label",
    source: CORE,
};
const TWICE: Rule = Rule {
    code: "SC432",
    level: Level::Error,
    title: "Volumes of a pod must not share a name",
    source: CORE,
};
const SOURCES: Rule = Rule {
    code: "SC433",
    level: Level::Error,
    title: "A volume must not have more than one source",
    source: CORE,
};

const INCOMPLETE: Rule = Rule {
    code: "SC434",
    level: Level::Error,
    title: "A volume's source has to be complete",
    source: CORE,
};

/// What each source of a volume has to have.
const REQUIRED: &[(&str, &[&str])] = &[
    ("awsElasticBlockStore", &["volumeID"]),
    ("azureDisk", &["diskName", "diskURI"]),
    ("azureFile", &["secretName", "shareName"]),
    ("cephfs", &["monitors"]),
    ("cinder", &["volumeID"]),
    ("configMap", &["name"]),
    ("csi", &["driver"]),
    ("ephemeral", &["volumeClaimTemplate"]),
    ("flexVolume", &["driver"]),
    ("gcePersistentDisk", &["pdName"]),
    ("gitRepo", &["repository"]),
    ("glusterfs", &["endpoints", "path"]),
    ("hostPath", &["path"]),
    ("iscsi", &["targetPortal", "iqn"]),
    ("nfs", &["server", "path"]),
    ("persistentVolumeClaim", &["claimName"]),
    ("photonPersistentDisk", &["pdID"]),
    ("portworxVolume", &["volumeID"]),
    ("quobyte", &["registry", "volume"]),
    ("rbd", &["monitors", "image"]),
    ("scaleIO", &["gateway", "system", "volumeName"]),
    ("secret", &["secretName"]),
    ("storageos", &["volumeName"]),
    ("vsphereVolume", &["volumePath"]),
];

/// The seconds for which a token may be good.
const TOKEN: std::ops::RangeInclusive<i64> = 600..=1 << 32;

/// Checks volumes; returns their names and those of claim templates, which take the place of volumes of the same name.
pub(super) fn check(volumes: &Node<'_>, claims: &[&[u8]], found: &mut Findings) -> HashSet<Str> {
    let mut all: HashSet<Str> = HashSet::new();
    for volume in volumes.items() {
        let name = volume.at("name");
        let text = name.text_or_empty();
        // Before, the server leaves it out with what mounts it, where it is not switched on (ImageVolume).
        if volume.at("image").is_set() && !found.since(35) {
            all.insert(text);
            continue;
        }
        if text.is_empty() {
            found.add(&NAME, &name, "the volume has no name");
        } else {
            found.named(&NAME, &name, names::label(&text, false));
            if !all.insert(text) {
                found.add(&TWICE, &name, format!("another volume is called {}, too", name.shown()));
            }
        }
        let sources: Vec<_> =
            volume.members().filter(|(key, node)| **key != *b"name" && node.is_set()).collect();
        if sources.len() > 1 {
            let names: Vec<String> =
                sources.iter().map(|(key, _)| key.to_string_lossy().into_owned()).collect();
            found.add(
                &SOURCES,
                &volume,
                format!("the volume has more than one source: {}", names.join(", ")),
            );
        }
    }
    for volume in volumes.items() {
        source(&volume, found);
    }
    all.extend(claims.iter().map(|name| Str::from(*name)));
    all
}

/// Checks the source of a PersistentVolume where it is of a kind that pods have, too.
pub(super) fn of_persistent(rule: &'static Rule, spec: &Node<'_>, found: &mut Findings) {
    // These are made of other fields in the two.
    let others = ["azureFile", "csi", "configMap", "secret", "ephemeral", "persistentVolumeClaim"];
    for (name, keys) in REQUIRED.iter().filter(|(name, _)| !others.contains(name)) {
        let Some(source) = spec.get(name) else { continue };
        for key in *keys {
            found.required(rule, &source.at(key), key);
        }
    }
    sources::check(rule, spec, found);
}

/// Checks what a volume is made of.
fn source(volume: &Node<'_>, found: &mut Findings) {
    for (name, keys) in REQUIRED {
        let Some(source) = volume.get(name) else { continue };
        for key in *keys {
            found.required(&INCOMPLETE, &source.at(key), key);
        }
    }
    // Before, it was ignored where it was not switched on.
    if found.since(35)
        && let Some(image) = volume.get("image")
    {
        found.required(&INCOMPLETE, &image.at("reference"), "reference");
        let policies = ["Always", "Never", "IfNotPresent"];
        found.one_of(&INCOMPLETE, &image.at("pullPolicy"), &policies);
    }
    sources::check(&INCOMPLETE, volume, found);
    if let Some(secret) = volume.at("csi").get("nodePublishSecretRef")
        && found.required(&INCOMPLETE, &secret.at("name"), "the name of the Secret")
    {
        found.subdomain(&INCOMPLETE, &secret.at("name"));
    }
    let size = volume.at("emptyDir");
    let size = size.at("sizeLimit");
    if size.quantity().is_some_and(|n| n < 0) {
        found.add(&INCOMPLETE, &size, format!("{} is negative", size.shown()));
    }
    for name in ["configMap", "secret", "downwardAPI", "projected"] {
        let Some(source) = volume.get(name) else { continue };
        mode(&source.at("defaultMode"), found);
        items(&source, name, found);
    }
    let mut paths = HashSet::new();
    for projected in volume.at("projected").at("sources").items() {
        projection(&projected, found);
        for name in ["secret", "configMap", "downwardAPI"] {
            for item in projected.at(name).at("items").items() {
                same_path(&item.at("path"), &mut paths, found);
            }
        }
        for name in ["serviceAccountToken", "clusterTrustBundle"] {
            same_path(&projected.at(name).at("path"), &mut paths, found);
        }
    }
    if let Some(template) = volume.at("ephemeral").get("volumeClaimTemplate") {
        metadata::embedded(&template.at("metadata"), found);
        storage::of_template(&template, found);
    }
}

/// Refuses a path of a projected volume that another of its sources has.
fn same_path(path: &Node<'_>, paths: &mut HashSet<Str>, found: &mut Findings) {
    if !path.is_empty() && !paths.insert(path.text_or_empty()) {
        let words = format!("another source has the path {}, too", path.shown());
        found.add(&INCOMPLETE, path, words);
    }
}

/// Checks the permissions of files.
fn mode(mode: &Node<'_>, found: &mut Findings) {
    if mode.integer().is_some_and(|n| !(0..=0o777).contains(&n)) {
        let why = "it has to be from 0 to 0777 (octal), which is 511";
        found.add(&INCOMPLETE, mode, format!("{}: {why}", mode.shown()));
    }
}

/// Checks the files of a volume.
fn items(source: &Node<'_>, name: &str, found: &mut Findings) {
    for item in source.at("items").items() {
        let path = item.at("path");
        found.required(&INCOMPLETE, &path, "path");
        found.inner_path(&INCOMPLETE, &path, true);
        let text = path.text_or_empty();
        if text.starts_with(b"..") && text.get(2).is_some_and(|b| *b != b'/') {
            found.add(&INCOMPLETE, &path, "the path must not begin with '..'");
        }
        mode(&item.at("mode"), found);
        if name != "downwardAPI" {
            found.required(&INCOMPLETE, &item.at("key"), "key");
            continue;
        }
        let (field, resource) = (item.at("fieldRef"), item.at("resourceFieldRef"));
        if field.is_set() == resource.is_set() {
            found.add(&INCOMPLETE, &item, "it has to have one of fieldRef and resourceFieldRef");
        } else if field.is_set() {
            downward::field(&INCOMPLETE, &field, downward::FILE_FIELDS, found);
        } else {
            downward::resource_field(&INCOMPLETE, &resource, true, found);
        }
    }
}

/// Checks one of the sources of a projected volume.
fn projection(projected: &Node<'_>, found: &mut Findings) {
    let sources: Vec<_> = projected.members().filter(|(_, node)| node.is_set()).collect();
    if sources.len() > 1 {
        found.add(&SOURCES, projected, "it has more than one source");
    }
    for name in ["secret", "configMap"] {
        let Some(source) = projected.get(name) else { continue };
        found.required(&INCOMPLETE, &source.at("name"), "name");
        items(&source, name, found);
    }
    items(&projected.at("downwardAPI"), "downwardAPI", found);
    if let Some(token) = projected.get("serviceAccountToken") {
        found.required(&INCOMPLETE, &token.at("path"), "path");
        found.inner_path(&INCOMPLETE, &token.at("path"), true);
        found.within(&INCOMPLETE, &token.at("expirationSeconds"), *TOKEN.start(), *TOKEN.end());
    }
    let bundle = projected.get("clusterTrustBundle").filter(|_| found.since(37));
    let Some(bundle) = bundle else { return };
    found.required(&INCOMPLETE, &bundle.at("path"), "path");
    found.inner_path(&INCOMPLETE, &bundle.at("path"), true);
    let (name, signer) = (bundle.at("name"), bundle.at("signerName"));
    if name.is_set() == signer.is_set() {
        found.add(&INCOMPLETE, &bundle, "it has to have one of name and signerName");
    }
    if name.is_set() {
        let why = "it can be set only beside signerName";
        found.forbidden(&INCOMPLETE, &bundle.at("labelSelector"), why);
    }
}
