//! What the parts of a pod have to be to each other: annotations to containers, containers to volumes.

use std::cell::LazyCell;
use std::collections::{HashMap, HashSet};

use bstr::ByteSlice;
use gostd::value::{Str, Value};

use super::node::Node;
use super::pods::CORE;
use super::{Findings, Level, Rule};
use crate::kubernetes::names;

pub(super) static RULES: &[Rule] = &[ANNOTATION, FILE, PROCESS];

const ANNOTATION: Rule = Rule {
    code: "SC427",
    level: Level::Error,
    title: "Annotations of a pod that Kubernetes reads have to be valid",
    source: CORE,
};
const FILE: Rule = Rule {
    code: "SC428",
    level: Level::Error,
    title: "What a container needs of a volume has to be what the volume can give",
    source: CORE,
};
const PROCESS: Rule = Rule {
    code: "SC429",
    level: Level::Error,
    title: "Containers must not contradict what their pod shares with the host",
    source: CORE,
};

/// The annotation that names the profile of AppArmor of a container, whose name follows.
const APPARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";
/// The annotation that names the profile of seccomp of all containers.
const SECCOMP: &str = "seccomp.security.alpha.kubernetes.io/pod";
/// The annotation that names that of a container, whose name follows.
const SECCOMP_OF: &str = "container.seccomp.security.alpha.kubernetes.io/";
/// The annotation that says how much it costs to delete a pod.
const COST: &str = "controller.kubernetes.io/pod-deletion-cost";

const LISTS: [&str; 2] = ["initContainers", "containers"];

/// Checks the annotations of a pod, or of a template of pods, that Kubernetes reads.
pub(super) fn annotations(metadata: &Node<'_>, spec: &Node<'_>, found: &mut Findings) {
    let annotations = metadata.at("annotations");
    let names = LazyCell::new(|| -> HashSet<Str> {
        let lists = LISTS.map(|list| spec.at(list));
        lists
            .iter()
            .flat_map(|list| list.items().map(|one| one.at("name").text_or_empty()))
            .collect()
    });
    for (key, value) in annotations.members() {
        let text = value.text_or_empty();
        if let Some(name) = key.strip_prefix(APPARMOR.as_bytes()) {
            if !names.contains(&Str::from(name)) {
                let words = format!("the pod has no container {:?}", name.to_str_lossy());
                found.add(&ANNOTATION, &value, words);
            }
            let is_profile = text.starts_with(b"localhost/")
                || value.is_any(&["", "runtime/default", "unconfined"]);
            if !is_profile {
                let wanted = "runtime/default, unconfined or localhost/PROFILE";
                found.add(&ANNOTATION, &value, format!("{} is none of {wanted}", value.shown()));
            }
        } else if *key == *SECCOMP.as_bytes() || key.starts_with(SECCOMP_OF.as_bytes()) {
            let is_file = text.strip_prefix(b"localhost/").is_some_and(|file| {
                !file.starts_with(b"/") && file.split_str("/").all(|part| part != b"..")
            });
            if !is_file && !value.is_any(&["runtime/default", "docker/default", "unconfined"]) {
                let wanted = "runtime/default, unconfined or localhost/FILE";
                found.add(&ANNOTATION, &value, format!("{} is none of {wanted}", value.shown()));
            }
        } else if *key == *COST.as_bytes() {
            let is_number = text.to_str().is_some_and(|text| text.parse::<i32>().is_ok())
                && !text.starts_with(b"+")
                && (value.is("0") || !text.starts_with(b"0"));
            if !is_number {
                let words = format!("{} is no whole number of 32 bits", value.shown());
                found.add(&ANNOTATION, &value, words);
            }
        }
    }
}

/// Checks containers against the rest of their pod; `claims` are the names of the volumes that its StatefulSet makes.
pub(super) fn check(spec: &Node<'_>, claims: &[&[u8]], found: &mut Findings) {
    let volumes = spec.at("volumes");
    let sources: HashMap<Str, Node<'_>> =
        volumes.items().map(|volume| (volume.at("name").text_or_empty(), volume)).collect();
    let is_apart = found.since(33) && matches!(spec.at("hostUsers").value, Value::Bool(false));
    for list in LISTS {
        for container in spec.at(list).items() {
            let devices = container.at("volumeDevices");
            if is_apart && !devices.is_empty() {
                found.add(&PROCESS, &devices, "it cannot be set where hostUsers is false");
            }
            for device in devices.items() {
                let name = device.at("name");
                let text = name.text_or_empty();
                let Some(volume) = sources.get(&text).filter(|_| !claims.contains(&&*text)) else {
                    continue;
                };
                if ["persistentVolumeClaim", "ephemeral"].iter().all(|of| !volume.at(of).is_set()) {
                    let words = "a block device has to be of a persistentVolumeClaim or ephemeral";
                    found.add(&FILE, &name, words);
                }
            }
            for variable in container.at("env").items() {
                let from = variable.at("valueFrom");
                // Before, it was ignored where it was not switched on.
                if let Some(file) = from.get("fileKeyRef").filter(|_| found.since(35)) {
                    file_key(&file, &sources, found);
                }
            }
        }
    }
    processes(spec, found);
}

/// Checks what names a key in a file of a volume.
fn file_key(file: &Node<'_>, sources: &HashMap<Str, Node<'_>>, found: &mut Findings) {
    let (volume, path, key) = (file.at("volumeName"), file.at("path"), file.at("key"));
    if found.required(&FILE, &key, "key") {
        found.named(&FILE, &key, names::variable(&key.text_or_empty(), true));
    }
    if found.required(&FILE, &path, "path") {
        found.inner_path(&FILE, &path, false);
    }
    if !found.required(&FILE, &volume, "volumeName") {
        return;
    }
    match sources.get(&volume.text_or_empty()) {
        None => found.add(&FILE, &volume, format!("the pod has no volume {}", volume.shown())),
        Some(source) if !source.at("emptyDir").is_set() => {
            found.add(&FILE, &volume, "it has to be a volume of the kind emptyDir");
        }
        Some(_) => {}
    }
}

/// Checks that all containers of a pod for Windows are processes of the host, or none.
fn processes(spec: &Node<'_>, found: &mut Findings) {
    let is_process =
        |of: &Node<'_>| match of.at("securityContext").at("windowsOptions").at("hostProcess").value
        {
            Value::Bool(is) => Some(is),
            _ => None,
        };
    let of_pod = is_process(spec);
    let (mut count, mut all) = (0, 0);
    for list in LISTS {
        for container in spec.at(list).items() {
            let own = is_process(&container);
            all += 1;
            count += usize::from(own.or(of_pod) == Some(true));
            if let (Some(own), Some(of_pod)) = (own, of_pod)
                && own != of_pod
            {
                let words =
                    format!("hostProcess of the pod is {of_pod}: it cannot be another here");
                found.add(&PROCESS, &container, words);
            }
        }
    }
    if count > 0 && count < all {
        found.add(&PROCESS, spec, "all containers have to be processes of the host, or none");
    }
}
