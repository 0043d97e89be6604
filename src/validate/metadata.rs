//! Names, labels, annotations and what they belong to.

use bstr::ByteSlice;

use super::node::Node;
use super::{Findings, Level, Rule};
use crate::diff::Object;
use crate::kubernetes::names;

const META: &str = "k8s.io/apimachinery, pkg/api/validation: ValidateObjectMeta";

pub(super) static RULES: &[Rule] = &[NAME, LABEL, ANNOTATION, NAMESPACE, NO_NAME, ANNOTATIONS_SIZE];

const NAME: Rule = Rule {
    code: "SC301",
    level: Level::Error,
    title: "A name has to have the form that its kind asks for",
    source: META,
};
const LABEL: Rule = Rule {
    code: "SC302",
    level: Level::Error,
    title: "Labels have to have valid keys and values",
    source: "k8s.io/apimachinery, pkg/apis/meta/v1/validation: ValidateLabels",
};
const ANNOTATION: Rule = Rule {
    code: "SC303",
    level: Level::Error,
    title: "Annotations have to have valid keys",
    source: "k8s.io/apimachinery, pkg/api/validation: ValidateAnnotations",
};
const NAMESPACE: Rule = Rule {
    code: "SC304",
    level: Level::Error,
    title: "A namespace has to be a DNS label",
    source: META,
};
const NO_NAME: Rule = Rule {
    code: "SC305",
    level: Level::Error,
    title: "An object has to have a name",
    source: META,
};
const ANNOTATIONS_SIZE: Rule = Rule {
    code: "SC306",
    level: Level::Error,
    title: "Annotations may take at most 256 KiB",
    source: "k8s.io/apimachinery, pkg/api/validation: ValidateAnnotationsSize",
};

/// How many bytes all annotations of an object may take.
const ANNOTATIONS: usize = 256 << 10;

pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    let metadata = root.at("metadata");
    let name = metadata.at("name");
    if name.is_empty() {
        if metadata.at("generateName").is_empty() {
            found.add(&NO_NAME, &name, "it has neither a name nor a generateName");
        }
    } else if let Some(text) = name.text() {
        let faults = match (&*object.id.group, &*object.id.kind) {
            (b"", b"Service") => names::label(text, found.version.minor() < 36),
            (b"", b"Namespace") => names::label(text, false),
            (b"rbac.authorization.k8s.io", _) | (b"certificates.k8s.io", _) => {
                names::path_segment(text)
            }
            (b"batch", b"CronJob") if text.len() > 52 => {
                vec!["must be no more than 52 characters: its jobs' names get 11 more".to_owned()]
            }
            // Its name is validated only as part of a path.
            (b"policy", b"PodDisruptionBudget") => names::path_segment(text),
            (b"apiregistration.k8s.io", _) => names::path_segment(text),
            _ => names::subdomain(text),
        };
        found.named(&NAME, &name, faults);
    }
    let namespace = metadata.at("namespace");
    if let Some(text) = namespace.text().filter(|text| !text.is_empty()) {
        found.named(&NAMESPACE, &namespace, names::label(text, false));
    }
    of_template(&metadata, found);
}

/// Checks labels and annotations.
pub(super) fn of_template(metadata: &Node<'_>, found: &mut Findings) {
    labels(&metadata.at("labels"), found);
    let annotations = metadata.at("annotations");
    let mut size = 0;
    for (key, value) in annotations.members() {
        found.named_key(&ANNOTATION, &value, &key, names::qualified(&key.to_ascii_lowercase()));
        size += key.len() + value.text().map_or(0, |text| text.len());
    }
    if size > ANNOTATIONS {
        found.add(
            &ANNOTATIONS_SIZE,
            &annotations,
            format!("the annotations take {size} bytes; {ANNOTATIONS} are allowed"),
        );
    }
}

/// Checks the labels of an object or a selector.
pub(super) fn labels(labels: &Node<'_>, found: &mut Findings) {
    for (key, value) in labels.members() {
        found.named_key(&LABEL, &value, &key, names::qualified(&key));
        if let Some(text) = value.text() {
            found.named(&LABEL, &value, names::label_value(text));
        }
    }
}

impl Findings {
    /// Adds what is wrong with a key.
    fn named_key(&mut self, rule: &'static Rule, node: &Node<'_>, key: &[u8], faults: Vec<String>) {
        for fault in faults {
            self.add(
                rule,
                node,
                format!(
                    "the key {:?}: {}",
                    key.to_str_lossy(),
                    fault.split(" (e.g.").next().unwrap_or(&fault)
                ),
            );
        }
    }
}
