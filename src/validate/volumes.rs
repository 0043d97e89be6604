//! Volumes of a pod.

use std::collections::HashSet;

use gostd::value::Str;

use super::node::Node;
use super::pods::CORE;
use super::{Findings, Level, Rule};
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

/// Checks volumes; returns their names and those of claim templates, which take the place of volumes of the same name.
pub(super) fn check(volumes: &Node<'_>, claims: &[&[u8]], found: &mut Findings) -> HashSet<Str> {
    let mut all: HashSet<Str> = HashSet::new();
    for volume in volumes.items() {
        let name = volume.at("name");
        let text = name.text_or_empty();
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
        for (source, key) in [
            ("configMap", "name"),
            ("persistentVolumeClaim", "claimName"),
            ("nfs", "path"),
            ("nfs", "server"),
            ("hostPath", "path"),
        ] {
            let Some(source) = volume.get(source) else { continue };
            if source.at(key).is_empty() {
                found.add(&INCOMPLETE, &source.at(key), format!("{key} is required"));
            }
        }
    }
    for volume in volumes.items() {
        for projected in volume.at("projected").at("sources").items() {
            for key in ["secret", "configMap"] {
                if projected.get(key).is_some_and(|source| source.at("name").is_empty()) {
                    found.add(&INCOMPLETE, &projected.at(key), "the name is required");
                }
            }
        }
    }
    all.extend(claims.iter().map(|name| Str::from(*name)));
    all
}
