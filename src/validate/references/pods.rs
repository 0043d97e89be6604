//! What pods need to start.

use std::collections::{HashMap, HashSet};

use bstr::ByteSlice;
use gostd::value::Str;

use super::{Need, Target};
use crate::validate::node::Node;

/// Returns what a pod needs; `claims` are the names of the volumes that its StatefulSet makes in the place of its own.
pub(super) fn needs(spec: &Node<'_>, claims: &HashSet<Str>) -> Vec<Need> {
    let mut all = Vec::new();
    all.push(Need::new(Target::ServiceAccount, &spec.at("serviceAccountName")));
    for secret in spec.at("imagePullSecrets").items() {
        all.push(Need::new(Target::Secret, &secret.at("name")));
    }
    // The ConfigMaps and Secrets that are mounted whole, by the names of their volumes.
    let mut whole: HashMap<Str, (Target, Str)> = HashMap::new();
    for volume in spec.at("volumes").items() {
        if claims.contains(&volume.at("name").text_or_empty()) {
            continue;
        }
        for (source, key, target) in
            [("configMap", "name", Target::ConfigMap), ("secret", "secretName", Target::Secret)]
        {
            let Some(source) = volume.get(source) else { continue };
            let name = source.at(key);
            of_items(&mut all, target, &source, &name);
            if source.at("items").is_empty() && !source.at("optional").is_true() {
                whole.insert(volume.at("name").text_or_empty(), (target, name.text_or_empty()));
            }
        }
        for source in volume.at("projected").at("sources").items() {
            for (key, target) in [("configMap", Target::ConfigMap), ("secret", Target::Secret)] {
                if let Some(source) = source.get(key) {
                    of_items(&mut all, target, &source, &source.at("name"));
                }
            }
        }
        let claim = volume.at("persistentVolumeClaim");
        all.push(Need::new(Target::Claim, &claim.at("claimName")));
    }
    for list in ["initContainers", "containers"] {
        for container in spec.at(list).items() {
            of_container(&mut all, &container, &whole);
        }
    }
    all
}

/// Adds a volume's source, and the keys that it asks for.
fn of_items(all: &mut Vec<Need>, target: Target, source: &Node<'_>, name: &Node<'_>) {
    if source.at("optional").is_true() {
        return;
    }
    all.push(Need::new(target, name));
    for item in source.at("items").items() {
        let key = item.at("key");
        all.push(Need {
            target,
            name: name.text_or_empty(),
            key: key.text().cloned(),
            namespace: Str::default(),
            path: key.path(),
        });
    }
}

fn of_container(all: &mut Vec<Need>, container: &Node<'_>, whole: &HashMap<Str, (Target, Str)>) {
    for variable in container.at("env").items() {
        let source = variable.at("valueFrom");
        for (key, target) in
            [("configMapKeyRef", Target::ConfigMap), ("secretKeyRef", Target::Secret)]
        {
            let Some(source) = source.get(key).filter(|s| !s.at("optional").is_true()) else {
                continue;
            };
            let key = source.at("key");
            let path = if key.is_set() { key.path() } else { source.path() };
            let need = Need::new(target, &source.at("name"));
            all.push(Need { key: key.text().cloned(), path, ..need });
        }
    }
    for source in container.at("envFrom").items() {
        for (key, target) in [("configMapRef", Target::ConfigMap), ("secretRef", Target::Secret)] {
            if let Some(source) = source.get(key).filter(|s| !s.at("optional").is_true()) {
                all.push(Need::new(target, &source.at("name")));
            }
        }
    }
    // A path within a volume is a key of what is mounted; the kubelet makes a folder of one that is not there.
    for mount in container.at("volumeMounts").items() {
        let (within, volume) = (mount.at("subPath"), mount.at("name").text_or_empty());
        let key = within.text_or_empty();
        let key = key.split_once_str(b"/").map_or(&*key, |(first, _)| first);
        if let Some((target, name)) = whole.get(&volume).filter(|_| !key.is_empty()) {
            all.push(Need {
                target: *target,
                name: name.clone(),
                key: Some(Str::from(key)),
                namespace: Str::default(),
                path: within.path(),
            });
        }
    }
}
