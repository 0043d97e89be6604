//! Volumes of a kind that is gone, and files that take each other's place.

use std::collections::{HashMap, HashSet};

use bstr::ByteSlice;
use gostd::value::Str;

use super::super::Findings;
use super::super::node::Node;
use super::{OLD_VOLUME, OVERLAP, bytes};

/// Kinds of volumes that are deprecated, since which minor version, and what is said of them.
const OLD: &[(&str, u8, &str)] = &[
    ("cephfs", 28, "it is deprecated since Kubernetes 1.28, and does not work since 1.31"),
    ("flocker", 0, "it is deprecated since Kubernetes 1.22, and does not work since 1.25"),
    ("gitRepo", 0, "it is deprecated since Kubernetes 1.11, and switched off since 1.33"),
    ("glusterfs", 0, "it is deprecated since Kubernetes 1.25, and does not work since 1.26"),
    (
        "photonPersistentDisk",
        0,
        "it is deprecated since Kubernetes 1.11, and does not work since 1.16",
    ),
    ("quobyte", 0, "it is deprecated since Kubernetes 1.22, and does not work since 1.25"),
    ("rbd", 28, "it is deprecated since Kubernetes 1.28, and does not work since 1.31"),
    ("scaleIO", 0, "it is deprecated since Kubernetes 1.16, and does not work since 1.22"),
    ("storageos", 0, "it is deprecated since Kubernetes 1.22, and does not work since 1.25"),
];
/// Of these the server warns in pods alone.
const OF_PODS: &[&str] = &["flocker", "gitRepo", "quobyte"];

/// Checks what a PersistentVolume is.
pub(super) fn persistent(spec: &Node<'_>, found: &mut Findings) {
    old(spec, false, found);
}

/// Checks a volume of a pod.
pub(super) fn check(volume: &Node<'_>, found: &mut Findings) {
    old(volume, true, found);
    claim(&volume.at("ephemeral").at("volumeClaimTemplate").at("spec"), found);
    for key in ["configMap", "secret", "downwardAPI"] {
        let mut files = Files::default();
        for item in volume.at(key).at("items").items() {
            files.add(&item.at("path"), found);
        }
    }
    let mut files = Files::default();
    for source in volume.at("projected").at("sources").items() {
        for key in ["configMap", "secret", "downwardAPI"] {
            for item in source.at(key).at("items").items() {
                files.add(&item.at("path"), found);
            }
        }
        for key in ["serviceAccountToken", "clusterTrustBundle"] {
            files.add(&source.at(key).at("path"), found);
        }
        let certificate = source.at("podCertificate");
        for key in ["certificateChainPath", "keyPath", "credentialBundlePath"] {
            files.add(&certificate.at(key), found);
        }
    }
}

fn old(holder: &Node<'_>, is_of_pod: bool, found: &mut Findings) {
    for (key, since, words) in OLD {
        if let Some(volume) = holder.get(key)
            && found.since(*since)
            && (is_of_pod || !OF_PODS.contains(key))
        {
            found.add(&OLD_VOLUME, &volume, *words);
        }
    }
}

/// Checks the amounts that a claim asks for.
pub(super) fn claim(spec: &Node<'_>, found: &mut Findings) {
    for list in ["requests", "limits"] {
        bytes(&spec.at("resources").at(list).at("storage"), found);
    }
}

/// The files of a volume, as a tree of the parts of their paths.
#[derive(Default)]
struct Files {
    /// The number of a folder or file by that of the one that holds it, and its name; the volume itself is 0.
    parts: HashMap<(usize, Str), usize>,
    /// Which of them are files.
    files: HashSet<usize>,
}

impl Files {
    /// Adds a file, and tells whether it lies in another one, or another one in it.
    fn add(&mut self, path: &Node<'_>, found: &mut Findings) {
        let text = path.text_or_empty();
        let text = text.trim_end_with(|c| c == '/');
        if text.is_empty() {
            return;
        }
        let (mut at, mut is_new, mut is_below) = (0, false, false);
        for part in text.split_str("/") {
            let next = self.parts.len() + 1;
            let key = (at, Str::from(part));
            is_new = !self.parts.contains_key(&key);
            at = *self.parts.entry(key).or_insert(next);
            is_below |= self.files.contains(&at);
        }
        if is_below || !is_new {
            let words = format!("another file of the volume takes the place of {}", path.shown());
            found.add(&OVERLAP, path, words);
        }
        self.files.insert(at);
    }
}
