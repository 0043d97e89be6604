//! Names, labels, annotations and what they belong to.

use bstr::ByteSlice;

use super::node::Node;
use super::{Findings, Level, Rule};
use crate::diff::Object;
use crate::kubernetes::{Kind, names};

const META: &str = "k8s.io/apimachinery, pkg/api/validation: ValidateObjectMeta";

pub(super) static RULES: &[Rule] = &[
    NAME,
    LABEL,
    ANNOTATION,
    NAMESPACE,
    NO_NAME,
    ANNOTATIONS_SIZE,
    OWNER,
    FINALIZER,
    EMBEDDED,
    GENERATION,
];

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
const OWNER: Rule = Rule {
    code: "SC307",
    level: Level::Error,
    title: "An owner has to be named in full, and only one can be the controller",
    source: "k8s.io/apimachinery, pkg/api/validation: ValidateOwnerReferences",
};
const FINALIZER: Rule = Rule {
    code: "SC308",
    level: Level::Error,
    title: "A finalizer has to be one of Kubernetes' own, or a domain and a name",
    source: "k8s.io/apimachinery, pkg/api/validation: ValidateFinalizers",
};
const EMBEDDED: Rule = Rule {
    code: "SC309",
    level: Level::Error,
    title: "The metadata of what is made for each pod may hold labels and annotations alone",
    source: "pkg/apis/core/validation, pkg/apis/resource/validation: ValidateTemplateObjectMeta",
};

const GENERATION: Rule = Rule {
    code: "SC311",
    level: Level::Error,
    title: "The generation of an object must not be negative",
    source: META,
};

/// How many bytes all annotations of an object may take.
const ANNOTATIONS: usize = 256 << 10;

/// Kinds whose objects are never stored, and need no name.
const NAMELESS: &[&[u8]] = &[
    b"LocalSubjectAccessReview",
    b"SelfSubjectAccessReview",
    b"SelfSubjectReview",
    b"SelfSubjectRulesReview",
    b"SubjectAccessReview",
    b"TokenRequest",
    b"TokenReview",
];
/// API groups whose finalizers may be names without a domain.
const LOOSE_FINALIZERS: &[&[u8]] = &[
    b"admissionregistration.k8s.io",
    b"apiextensions.k8s.io",
    b"apiregistration.k8s.io",
    b"coordination.k8s.io",
    b"policy",
];
/// Kinds of Kubernetes' own of which the server begins to count the generations itself (`PrepareForCreate` in
/// pkg/registry).
const COUNTED: &[&[u8]] = &[
    b"CronJob",
    b"CustomResourceDefinition",
    b"DaemonSet",
    b"Deployment",
    b"DeviceClass",
    b"DeviceTaintRule",
    b"EndpointSlice",
    b"FlowSchema",
    b"Ingress",
    b"IngressClass",
    b"Job",
    b"MutatingAdmissionPolicy",
    b"MutatingAdmissionPolicyBinding",
    b"MutatingWebhookConfiguration",
    b"NetworkPolicy",
    b"PodDisruptionBudget",
    b"PodTemplate",
    b"PriorityClass",
    b"PriorityLevelConfiguration",
    b"ReplicaSet",
    b"ReplicationController",
    b"ResourceSlice",
    b"StatefulSet",
    b"ValidatingAdmissionPolicy",
    b"ValidatingAdmissionPolicyBinding",
    b"ValidatingWebhookConfiguration",
];

pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    let metadata = root.at("metadata");
    let (name, generated) = (metadata.at("name"), metadata.at("generateName"));
    // The server itself names a LimitRange.
    let needs_name = !NAMELESS.contains(&&*object.id.kind) && &*object.id.kind != b"LimitRange";
    if name.is_empty() && generated.is_empty() && needs_name {
        found.add(&NO_NAME, &name, "it has neither a name nor a generateName");
    }
    if let Some(text) = name.text().filter(|text| !text.is_empty()) {
        let faults = name_faults(object, text, found);
        found.named(&NAME, &name, faults);
    }
    if let Some(text) = generated.text().filter(|text| !text.is_empty()) {
        let faults = name_faults(object, &masked(text), found);
        found.named(&NAME, &generated, faults);
    }
    let kind = Kind::find(&object.api_version, &object.id.kind);
    let namespace = metadata.at("namespace");
    // Of a kind that belongs to no namespace it does not count.
    if let Some(text) = namespace.text().filter(|text| !text.is_empty())
        && kind.is_none_or(|kind| kind.is_namespaced() != Some(false))
    {
        found.named(&NAMESPACE, &namespace, names::label(text, false));
    }
    of_template(&metadata, found);
    if !NAMELESS.contains(&&*object.id.kind) {
        let is_counted = kind.is_none()
            || COUNTED.contains(&&*object.id.kind)
            || &*object.id.kind == b"Pod" && found.since(33)
            || &*object.id.kind == b"HorizontalPodAutoscaler" && found.since(37);
        if !is_counted {
            found.within(&GENERATION, &metadata.at("generation"), 0, i64::MAX);
        }
        owners(&metadata.at("ownerReferences"), found);
        let is_loose = kind.is_none()
            || LOOSE_FINALIZERS.contains(&&*object.id.group)
            || &*object.id.kind == b"Event";
        finalizers(&metadata.at("finalizers"), is_loose, found);
    }
}

/// Returns the beginning of a name as it is checked: what follows its last `-` is made by the server.
pub(super) fn masked(text: &[u8]) -> Vec<u8> {
    match text {
        [rest @ .., _, b'-'] => [rest, b"a"].concat(),
        whole => whole.to_vec(),
    }
}

/// Checks the beginning of the name of what is made by a template.
pub(super) fn generated(metadata: &Node<'_>, found: &mut Findings) {
    let node = metadata.at("generateName");
    if let Some(text) = node.text().filter(|text| !text.is_empty()) {
        found.named(&NAME, &node, names::subdomain(&masked(text)));
    }
}

/// Returns what is wrong with the name of an object.
fn name_faults(object: &Object, text: &[u8], found: &Findings) -> Vec<String> {
    match (&*object.id.group, &*object.id.kind) {
        (b"", b"Service") => names::label(text, found.version.minor() < 36),
        (b"", b"Namespace") | (b"apps", b"StatefulSet") => names::label(text, false),
        // The names of these are validated only as part of a path.
        (b"", b"Event") | (b"policy", b"PodDisruptionBudget") => names::path_segment(text),
        (b"rbac.authorization.k8s.io" | b"certificates.k8s.io", _) => names::path_segment(text),
        (b"apiregistration.k8s.io" | b"networking.k8s.io", b"APIService" | b"IPAddress") => {
            names::path_segment(text)
        }
        (b"batch", b"CronJob") if text.len() > 52 => {
            vec!["must be no more than 52 characters: its jobs' names get 11 more".to_owned()]
        }
        _ => names::subdomain(text),
    }
}

pub(super) fn owners(owners: &Node<'_>, found: &mut Findings) {
    let mut has_controller = false;
    for owner in owners.items() {
        for key in ["apiVersion", "kind", "name", "uid"] {
            found.required(&OWNER, &owner.at(key), key);
        }
        let (version, kind) = (owner.at("apiVersion"), owner.at("kind"));
        let text = version.text_or_empty();
        if text.find_iter(b"/").count() > 1 || text.ends_with(b"/") {
            found.add(&OWNER, &version, format!("{} is no API version", version.shown()));
        }
        if version.is("v1") && kind.is("Event") {
            found.add(&OWNER, &kind, "an Event cannot own anything");
        }
        if owner.at("controller").is_true() && std::mem::replace(&mut has_controller, true) {
            found.add(&OWNER, &owner.at("controller"), "another owner is the controller, too");
        }
    }
}

/// Checks finalizers; `is_loose` where their names need no domain.
pub(super) fn finalizers(all: &Node<'_>, is_loose: bool, found: &mut Findings) {
    for one in all.items() {
        let text = one.text_or_empty();
        let faults = names::qualified(&text);
        let is_own = one.is_any(&["kubernetes", "orphan", "foregroundDeletion"]);
        if faults.is_empty() && !is_loose && !is_own && !text.contains(&b'/') {
            let wanted = "it has to have a domain before it, e.g. example.com/";
            found.add(&FINALIZER, &one, format!("{}: {wanted}", one.shown()));
        }
        found.named(&FINALIZER, &one, faults);
    }
    let has = |name: &str| all.items().any(|one| one.is(name));
    if has("orphan") && has("foregroundDeletion") {
        found.add(&FINALIZER, all, "orphan and foregroundDeletion cannot both be set");
    }
}

/// Checks the metadata of what is made for each pod.
pub(super) fn embedded(metadata: &Node<'_>, found: &mut Findings) {
    of_template(metadata, found);
    for (key, node) in metadata.members() {
        if !matches!(&*key, b"labels" | b"annotations" | b"managedFields") && !node.is_empty() {
            found.add(&EMBEDDED, &node, "only labels and annotations can be set here");
        }
    }
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
