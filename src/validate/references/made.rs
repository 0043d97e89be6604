//! What a release makes, by what it is looked up by.

use std::collections::{HashMap, HashSet};

use bstr::ByteSlice;
use gostd::value::{Map, Str, Value};

use super::hidden;
use super::selected::Asked;
use crate::diff::Object;
use crate::kubernetes::Kind;
use crate::validate::hooks;
use crate::validate::node::Node;

/// Namespaces that are Kubernetes' own: what is there is not the release's.
const FOREIGN: &[&str] = &["kube-system", "kube-public", "kube-node-lease"];

/// How many objects of one kind and name are looked at.
const MOST_TWINS: usize = 100;

/// Labels that controllers give to pods.
pub(super) const GIVEN: &[&str] = &[
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
    "batch.kubernetes.io/job-name",
    "controller-revision-hash",
    "controller-uid",
    "job-name",
    "pod-template-generation",
    "pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
];

/// The pods that an object is or makes.
#[derive(Debug)]
pub(super) struct Pods {
    namespace: Str,
    /// An object whose `metadata.labels` are theirs.
    pub(super) template: Value,
    pub(super) ports: HashSet<Str>,
}

impl Pods {
    /// Tells whether they may be in a namespace.
    pub(super) fn may_be_in(&self, namespace: &[u8]) -> bool {
        meets(&self.namespace, namespace)
    }
}

/// What a release makes.
pub(super) struct Release<'o> {
    by_name: HashMap<(&'o [u8], &'o [u8]), Vec<&'o Object>>,
    pub(super) pods: Vec<Pods>,
    /// The numbers of the pods that have a label.
    pub(super) by_label: HashMap<(Str, Str), Vec<usize>>,
    /// The labels that pods have.
    labels: HashSet<Str>,
    namespaces: HashSet<&'o [u8]>,
    /// How claims of StatefulSets' templates begin, without the number.
    claims: HashSet<Str>,
    hidden: hidden::Names,
    pub(super) asked: Asked,
}

/// Calls a function with the pod that an object is, or with the template of those that it makes.
pub(super) fn with_pod(object: &Object, root: &Node<'_>, mut with: impl FnMut(&Node<'_>)) {
    let spec = root.at("spec");
    match (&*object.id.group, &*object.id.kind) {
        (b"", b"Pod") => with(root),
        (b"batch", b"CronJob") => with(&spec.at("jobTemplate").at("spec").at("template")),
        // Custom resources such as Argo's Rollout have a template like a Deployment's.
        _ => {
            let template = spec.at("template");
            if !template.at("spec").at("containers").is_empty() {
                with(&template);
            }
        }
    }
}

impl<'o> Release<'o> {
    pub(super) fn new(objects: &'o [Object]) -> Release<'o> {
        let mut release = Release {
            by_name: HashMap::new(),
            pods: Vec::new(),
            by_label: HashMap::new(),
            labels: HashSet::new(),
            namespaces: HashSet::new(),
            claims: HashSet::new(),
            hidden: hidden::Names::default(),
            asked: Asked::default(),
        };
        for object in objects.iter().filter(|object| hooks::is_made(object)) {
            let Ok(value) = object.value() else { continue };
            let at = (&*object.id.kind, &*object.id.name);
            release.by_name.entry(at).or_default().push(object);
            let of_cluster = kind_of(object).and_then(Kind::is_namespaced) == Some(false);
            if !of_cluster && !is_seen_only(&object.id.kind) {
                release.namespaces.insert(&object.id.namespace);
            }
            let root = Node::root(value.clone());
            release.hidden.add(object, &root);
            with_pod(object, &root, |pod| release.add_pods(object, pod));
            if *object.id.kind == *b"StatefulSet" {
                for claim in root.at("spec").at("volumeClaimTemplates").items() {
                    let name = claim.at("metadata").at("name").text_or_empty();
                    let start = [&*name, b"-", &*object.id.name].concat();
                    release.claims.insert(Str::from(start));
                }
            }
        }
        release
    }

    fn add_pods(&mut self, object: &Object, pod: &Node<'_>) {
        let number = self.pods.len();
        let metadata = pod.at("metadata");
        for (key, value) in metadata.at("labels").members() {
            self.labels.insert(key.clone());
            self.by_label.entry((key, value.text_or_empty())).or_default().push(number);
        }
        let spec = pod.at("spec");
        let mut ports = HashSet::new();
        for list in ["containers", "initContainers"] {
            for container in spec.at(list).items() {
                ports.extend(container.at("ports").items().map(|p| p.at("name").text_or_empty()));
            }
        }
        let namespace = object.id.namespace.clone();
        self.pods.push(Pods { namespace, template: pod.value.clone(), ports });
    }

    /// Returns the objects of a group, a kind and a name in a namespace; of those in an unknown one, too. Of very many that
    /// are the same these are the first ones.
    pub(super) fn find<'f>(
        &'f self,
        group: &'f str,
        kind: &'f str,
        namespace: &'f [u8],
        name: &'f [u8],
    ) -> impl Iterator<Item = &'o Object> {
        let all = self.by_name.get(&(kind.as_bytes(), name)).into_iter().flatten().copied();
        all.filter(move |object| {
            *object.id.group == *group.as_bytes() && meets(&object.id.namespace, namespace)
        })
        .take(MOST_TWINS)
    }

    /// Tells whether there is anything of this kind and name, of whatever group and namespace.
    pub(super) fn has(&self, kind: &[u8], name: &[u8]) -> bool {
        self.by_name.contains_key(&(kind, name))
    }

    /// Tells whether the release makes things in a namespace.
    pub(super) fn is_own(&self, namespace: &[u8]) -> bool {
        namespace.is_empty()
            || !FOREIGN.iter().any(|own| own.as_bytes() == namespace)
                && (self.namespaces.contains(namespace) || self.namespaces.contains(&b""[..]))
    }

    /// Tells whether something in the release names it that may make it: see [`hidden::Names`].
    pub(super) fn is_mentioned(&self, name: &[u8]) -> bool {
        self.hidden.may_make(name)
    }

    /// Tells whether a StatefulSet makes a claim.
    pub(super) fn is_claimed(&self, name: &[u8]) -> bool {
        let (start, number) = name.rsplit_once_str(b"-").unwrap_or((name, b""));
        !number.is_empty() && number.iter().all(u8::is_ascii_digit) && self.claims.contains(start)
    }

    /// Returns a selector of labels as one that may have expressions, without the labels that pods get only when they are
    /// there: from their controllers, or from a program that sets them. Such are those that no pod has.
    pub(super) fn selector(&self, labels: &Value) -> Value {
        let (known, selector) = (Map::new(), Map::new());
        if let Value::Map(labels) = labels {
            for (key, value) in labels.entries() {
                let is_given = GIVEN.iter().any(|given| given.as_bytes() == &*key);
                if !is_given && self.labels.contains(&key) {
                    known.insert(key, value);
                }
            }
        }
        if known.is_empty() {
            return Value::Nil;
        }
        selector.insert("matchLabels", Value::Map(known));
        Value::Map(selector)
    }

    /// Tells whether pods may be those of an operator: a label that is asked for is the name of a custom resource.
    pub(super) fn may_be_operated(&self, labels: &Value) -> bool {
        let Value::Map(labels) = labels else { return false };
        labels
            .entries()
            .iter()
            .any(|(_, value)| matches!(value, Value::Str(text) if self.hidden.is_custom(text)))
    }
}

/// Tells whether two namespaces may be the same one; that of the release is not known of manifests without a chart.
fn meets(one: &[u8], other: &[u8]) -> bool {
    one.is_empty() || other.is_empty() || one == other
}

/// Returns the kind of an object, if it is one of Kubernetes' own.
fn kind_of(object: &Object) -> Option<Kind> {
    Kind::find(&object.api_version, &object.id.kind)
}

/// Tells whether objects of a kind are made in other namespaces than the rest of a release, to see something there.
fn is_seen_only(kind: &[u8]) -> bool {
    matches!(kind, b"Service" | b"Role" | b"RoleBinding") || kind.ends_with(b"Monitor")
}

const DATA: &[&str] = &["data", "binaryData", "stringData"];

/// Tells whether a ConfigMap or a Secret may have a key: it has it, or something fills it in.
pub(super) fn may_hold(object: &Object, key: &[u8]) -> bool {
    let parts: Vec<Map> = DATA
        .iter()
        .filter_map(|part| object.get(&[part]).and_then(|value| value.as_map()))
        .collect();
    let is_token = object.get(&["type"]).is_some_and(
        |kind| matches!(kind, Value::Str(text) if *text == *b"kubernetes.io/service-account-token"),
    );
    is_token
        || parts.iter().all(|part| part.borrow().is_empty())
        || parts.iter().any(|part| part.contains_key(key))
}

/// Returns the keys of a ConfigMap or a Secret.
pub(super) fn keys(object: &Object) -> Vec<String> {
    let parts = DATA.iter().filter_map(|part| object.get(&[part]).and_then(|value| value.as_map()));
    parts.flat_map(|part| part.entries()).map(|(key, _)| key.to_str_lossy().into_owned()).collect()
}
