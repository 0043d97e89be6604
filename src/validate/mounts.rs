//! What a container mounts of its pod's volumes, and block devices.

use std::collections::{HashMap, HashSet};

use gostd::value::Str;

use super::node::Node;
use super::pods::CORE;
use super::{Findings, Level, Rule};

pub(super) static RULES: &[Rule] = &[MOUNT, MOUNT_TWICE, MOUNT_PATH, DEVICE];

const MOUNT: Rule = Rule {
    code: "SC417",
    level: Level::Error,
    title: "A mount has to be of a volume of the pod",
    source: CORE,
};
const MOUNT_TWICE: Rule = Rule {
    code: "SC418",
    level: Level::Error,
    title: "Mounts of a container must not share a path",
    source: CORE,
};
const MOUNT_PATH: Rule = Rule {
    code: "SC419",
    level: Level::Error,
    title: "The paths of a mount, and what it passes on, have to be valid",
    source: CORE,
};
const DEVICE: Rule = Rule {
    code: "SC425",
    level: Level::Error,
    title: "A block device has to be of a volume that is not mounted, at a path of its own",
    source: CORE,
};

/// Checks what a container mounts, and the block devices that it gets.
pub(super) fn check(container: &Node<'_>, volumes: &HashSet<Str>, found: &mut Findings) {
    let mounts = container.at("volumeMounts");
    let context = container.at("securityContext");
    let is_privileged = context.at("privileged").is_true();
    let mut paths: HashMap<Str, usize> = HashMap::new();
    for mount in mounts.items() {
        let (name, path) = (mount.at("name"), mount.at("mountPath"));
        if name.is_empty() {
            found.add(&MOUNT, &name, "the mount names no volume");
        } else if let Some(text) = name.text()
            && !volumes.contains(text)
        {
            let near = volumes.iter().filter_map(|name| name.to_str());
            let near = text.to_str().and_then(|text| found.near(text, near));
            let message = format!("the pod has no volume {}", name.shown());
            match near {
                Some(near) => {
                    found.helped(&MOUNT, &name, message, format!("did you mean {near:?}?"))
                }
                None => found.add(&MOUNT, &name, message),
            }
        }
        let text = path.text_or_empty();
        if text.is_empty() {
            found.add(&MOUNT_PATH, &path, "the mount has no path");
        } else {
            let count = paths.entry(text).or_default();
            *count += 1;
            if *count > 1 {
                found.add(
                    &MOUNT_TWICE,
                    &path,
                    format!("another volume is mounted at {}, too", path.shown()),
                );
            }
        }
        let (sub, expression) = (mount.at("subPath"), mount.at("subPathExpr"));
        if !sub.is_empty() && !expression.is_empty() {
            found.add(&MOUNT_PATH, &expression, "subPathExpr cannot be set beside subPath");
        }
        for sub in [&sub, &expression] {
            found.inner_path(&MOUNT_PATH, sub, true);
        }
        shared(&mount, is_privileged, found);
    }
    block_devices(container, volumes, found);
}

/// Checks what is passed on of mounts below a mount.
fn shared(mount: &Node<'_>, is_privileged: bool, found: &mut Findings) {
    let (passed, read_only) = (mount.at("mountPropagation"), mount.at("recursiveReadOnly"));
    found.exactly(&MOUNT_PATH, &passed, &["None", "HostToContainer", "Bidirectional"]);
    if passed.is("Bidirectional") && !is_privileged {
        found.add(&MOUNT_PATH, &passed, "Bidirectional is only for privileged containers");
    }
    if !found.since(31) {
        return;
    }
    found.exactly(&MOUNT_PATH, &read_only, &["Disabled", "Enabled", "IfPossible"]);
    if read_only.is_any(&["Enabled", "IfPossible"]) {
        if !mount.at("readOnly").is_true() {
            found.add(&MOUNT_PATH, &read_only, "it can be set only where readOnly is true");
        }
        if passed.is_set() && !passed.is("None") {
            found.add(&MOUNT_PATH, &read_only, "it cannot be set beside mountPropagation");
        }
    }
}

fn block_devices(container: &Node<'_>, volumes: &HashSet<Str>, found: &mut Findings) {
    let devices = container.at("volumeDevices");
    if devices.is_empty() {
        return;
    }
    let (mut names, mut paths) = (HashSet::new(), HashSet::new());
    for mount in container.at("volumeMounts").items() {
        names.extend(mount.at("name").text().cloned());
        paths.extend(mount.at("mountPath").text().cloned());
    }
    for device in devices.items() {
        let (name, path) = (device.at("name"), device.at("devicePath"));
        if found.required(&DEVICE, &name, "name") {
            if !volumes.contains(&name.text_or_empty()) {
                found.add(&DEVICE, &name, format!("the pod has no volume {}", name.shown()));
            }
            if !names.insert(name.text_or_empty()) {
                found.add(&DEVICE, &name, format!("the volume {} is used twice", name.shown()));
            }
        }
        if found.required(&DEVICE, &path, "devicePath") {
            found.inner_path(&DEVICE, &path, false);
            if !paths.insert(path.text_or_empty()) {
                found.add(&DEVICE, &path, format!("the path {} is used twice", path.shown()));
            }
        }
    }
}
