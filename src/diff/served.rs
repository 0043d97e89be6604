//! Takes out of objects that were read from an API server what nobody wrote into them: what the server alone writes, and
//! what it has filled in where a manifest says nothing.
//!
//! What somebody wrote is told by the annotation of `kubectl apply`, or by `metadata.managedFields`; where neither is
//! there, the defaults of Kubernetes' API are known, and every other field is taken for written.

use std::borrow::Cow;

use gostd::stack;
use gostd::value::{Map, Str, Value};

use super::effects::defaults;
use super::keys::{self, Keys};
use super::object::{Object, get};
use super::tree::Step;
use super::written::{self, APPLIED, Verdict, Written};
use super::{ReadError, same};

/// Fields of `metadata` by which it is known that an object was read from an API server.
const SIGNS: &[&str] = &["uid", "resourceVersion", "managedFields"];

/// Fields of `metadata` that an API server alone writes: `ObjectMeta` in k8s.io/apimachinery, pkg/apis/meta/v1/types.go.
const METADATA: &[&str] = &[
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// Annotations that programs write: kubectl, controllers, and Helm into what it makes.
const ANNOTATIONS: &[&str] = &[
    APPLIED,
    "autoscaling.alpha.kubernetes.io/conditions",
    "autoscaling.alpha.kubernetes.io/current-metrics",
    "control-plane.alpha.kubernetes.io/leader",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deployment.kubernetes.io/revision",
    "deployment.kubernetes.io/revision-history",
    "deprecated.daemonset.template.generation",
    "endpoints.kubernetes.io/last-change-trigger-time",
    "meta.helm.sh/release-name",
    "meta.helm.sh/release-namespace",
    "pv.kubernetes.io/bind-completed",
    "pv.kubernetes.io/bound-by-controller",
    "pv.kubernetes.io/migrated-to",
    "pv.kubernetes.io/provisioned-by",
    "volume.beta.kubernetes.io/storage-provisioner",
    "volume.kubernetes.io/selected-node",
    "volume.kubernetes.io/storage-provisioner",
    "volume.kubernetes.io/storage-resizer",
];

/// In a table of defaults: whatever the API server has chosen.
const ANY: &str = "<any>";
/// In a table of defaults: what `port` beside it is.
const PORT: &str = "<port>";

/// What holds for every kind.
const EVERY: &str = "metadata: {namespace: <any>, labels: {app.kubernetes.io/managed-by: Helm}}";

/// What the API server and its controllers fill in, by kind: `SetDefaults_…` in Kubernetes' pkg/apis/…/defaults.go, the
/// allocators of pkg/registry/core/service, and the strategies' `PrepareForCreate`. The item of a list stands for each.
const DEFAULTS: &[(&str, &str)] = &[
    (
        "Deployment",
        "spec: {replicas: 1, progressDeadlineSeconds: 600, revisionHistoryLimit: 10, strategy: {type: RollingUpdate, \
         rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}}",
    ),
    (
        "StatefulSet",
        "spec: {replicas: 1, podManagementPolicy: OrderedReady, revisionHistoryLimit: 10, serviceName: '', updateStrategy: \
         {type: RollingUpdate, rollingUpdate: {partition: 0}}, persistentVolumeClaimRetentionPolicy: {whenDeleted: Retain, \
         whenScaled: Retain}, volumeClaimTemplates: [{apiVersion: v1, kind: PersistentVolumeClaim, metadata: \
         {creationTimestamp: <any>}, spec: {volumeMode: Filesystem}, status: <any>}]}",
    ),
    (
        "DaemonSet",
        "spec: {revisionHistoryLimit: 10, updateStrategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 0, \
         maxUnavailable: 1}}}",
    ),
    ("ReplicaSet", "spec: {replicas: 1}"),
    (
        "Job",
        "{metadata: {labels: {batch.kubernetes.io/controller-uid: <any>, batch.kubernetes.io/job-name: <any>, \
         controller-uid: <any>, job-name: <any>}}, spec: {backoffLimit: 6, completionMode: NonIndexed, completions: 1, \
         manualSelector: false, parallelism: 1, podReplacementPolicy: TerminatingOrFailed, selector: <any>, suspend: false, \
         template: {metadata: {labels: {batch.kubernetes.io/controller-uid: <any>, batch.kubernetes.io/job-name: <any>, \
         controller-uid: <any>, job-name: <any>}}}}}",
    ),
    (
        "CronJob",
        "spec: {concurrencyPolicy: Allow, failedJobsHistoryLimit: 1, successfulJobsHistoryLimit: 3, suspend: false}",
    ),
    (
        "Pod",
        "spec: {enableServiceLinks: true, nodeName: <any>, preemptionPolicy: PreemptLowerPriority, priority: <any>, \
         serviceAccount: <any>, serviceAccountName: default}",
    ),
    (
        "Service",
        "{metadata: {finalizers: [service.kubernetes.io/load-balancer-cleanup]}, spec: {allocateLoadBalancerNodePorts: true, \
         clusterIP: <any>, clusterIPs: <any>, externalTrafficPolicy: Cluster, healthCheckNodePort: <any>, \
         internalTrafficPolicy: Cluster, ipFamilies: <any>, ipFamilyPolicy: <any>, sessionAffinity: None, type: ClusterIP, \
         ports: [{protocol: TCP, targetPort: <port>, nodePort: <any>}]}}",
    ),
    (
        "PersistentVolumeClaim",
        "{metadata: {finalizers: [kubernetes.io/pvc-protection]}, spec: {storageClassName: <any>, volumeMode: Filesystem, \
         volumeName: <any>}}",
    ),
    (
        "PersistentVolume",
        "{metadata: {finalizers: [kubernetes.io/pv-protection]}, spec: {claimRef: <any>, persistentVolumeReclaimPolicy: \
         Retain, volumeMode: Filesystem}}",
    ),
    ("HorizontalPodAutoscaler", "spec: {minReplicas: 1}"),
    ("NetworkPolicy", "spec: {policyTypes: <any>}"),
    ("ServiceAccount", "secrets: <any>"),
    (
        "Namespace",
        "{metadata: {labels: {kubernetes.io/metadata.name: <any>}}, spec: {finalizers: [kubernetes]}}",
    ),
    ("RoleBinding", "{roleRef: {apiGroup: <any>}, subjects: [{apiGroup: <any>}]}"),
    ("ClusterRoleBinding", "{roleRef: {apiGroup: <any>}, subjects: [{apiGroup: <any>}]}"),
    ("StorageClass", "{reclaimPolicy: Delete, volumeBindingMode: Immediate}"),
    ("PriorityClass", "preemptionPolicy: PreemptLowerPriority"),
    ("Secret", "type: Opaque"),
    (
        "ValidatingWebhookConfiguration",
        "webhooks: [{failurePolicy: Fail, matchPolicy: Equivalent, namespaceSelector: {}, objectSelector: {}, \
         timeoutSeconds: 10, clientConfig: {service: {port: 443}}, rules: [{scope: '*'}]}]",
    ),
    (
        "MutatingWebhookConfiguration",
        "webhooks: [{failurePolicy: Fail, matchPolicy: Equivalent, namespaceSelector: {}, objectSelector: {}, \
         reinvocationPolicy: Never, timeoutSeconds: 10, clientConfig: {service: {port: 443}}, rules: [{scope: '*'}]}]",
    ),
    (
        "CustomResourceDefinition",
        "{metadata: {finalizers: <any>}, spec: {conversion: {strategy: None}, names: {listKind: <any>, singular: <any>}}}",
    ),
];

/// Where the pod template of a kind stands.
fn template_path(kind: &[u8]) -> &'static [&'static str] {
    match kind {
        b"Deployment"
        | b"StatefulSet"
        | b"DaemonSet"
        | b"ReplicaSet"
        | b"Job"
        | b"ReplicationController" => &["spec", "template"],
        b"CronJob" => &["spec", "jobTemplate", "spec", "template"],
        _ => &[],
    }
}

/// What is known of an object that was read from an API server.
#[derive(Clone, Debug)]
pub(super) struct Served {
    written: Written,
    /// Whether a controller has made it, as it makes the pods of a Deployment.
    pub(super) is_owned: bool,
}

/// Tells whether an object was read from an API server. What such a server never writes, as a number for a `uid`, is no sign.
pub(super) fn is_served(metadata: &Map) -> bool {
    let is_written = |value: &Value| matches!(value, Value::Str(_) | Value::List(_));
    SIGNS.iter().any(|sign| metadata.get(sign.as_bytes()).as_ref().is_some_and(is_written))
}

/// Returns an object without what the API server alone writes, and what is known of who wrote the rest.
pub(super) fn strip(object: &Object) -> Result<Object, ReadError> {
    let value = object.value()?;
    let is_owned = match get(value, &["metadata", "ownerReferences"]) {
        Some(Value::List(owners)) => owners.iter().any(|owner| {
            get(owner, &["controller"]).is_some_and(|value| same(&value, &Value::Bool(true)))
        }),
        _ => false,
    };
    let served = Served { written: written::written(value), is_owned };
    let mut stripped = object.with_value(stripped(value));
    stripped.served = Some(served);
    Ok(stripped)
}

fn stripped(value: &Value) -> Value {
    let Value::Map(map) = value else { return value.clone() };
    let map = map.shallow_copy();
    map.remove(b"status");
    if let Some(Value::Map(metadata)) = map.get(b"metadata") {
        let metadata = metadata.shallow_copy();
        METADATA.iter().for_each(|key| {
            metadata.remove(key.as_bytes());
        });
        if let Some(Value::Map(annotations)) = metadata.get(b"annotations") {
            let annotations = annotations.shallow_copy();
            ANNOTATIONS.iter().for_each(|key| {
                annotations.remove(key.as_bytes());
            });
            match annotations.is_empty() {
                true => drop(metadata.remove(b"annotations")),
                false => metadata.insert("annotations", Value::Map(annotations)),
            }
        }
        map.insert("metadata", Value::Map(metadata));
    }
    Value::Map(map)
}

/// Returns the objects of a side without those that controllers have made, where the other side was not read from an API
/// server: it says nothing of them.
pub(super) fn own<'o>(side: &'o [Object], other: &[Object]) -> Cow<'o, [Object]> {
    let is_owned = |object: &Object| object.served.as_ref().is_some_and(|s| s.is_owned);
    if !side.iter().any(is_owned) || other.iter().any(Object::is_served) {
        return Cow::Borrowed(side);
    }
    side.iter().filter(|object| !is_owned(object)).cloned().collect()
}

/// Returns two objects, one of which was read from an API server, without what it has filled in and what it leaves out of
/// what a manifest says; nothing where both were read from one, or neither.
pub(super) fn settle(old: &Object, new: &Object) -> Result<Option<[Object; 2]>, ReadError> {
    let (served, other, is_old) = match (&old.served, &new.served) {
        (Some(served), None) => (served, [old, new], true),
        (None, Some(served)) => (served, [new, old], false),
        _ => return Ok(None),
    };
    let [theirs, ours] = other;
    let written = stripped(ours.value()?);
    let (Value::Map(have), Value::Map(say)) = (theirs.value()?, &written) else { return Ok(None) };
    let kind = &theirs.id.kind;
    let is_known = theirs.id.group.is_empty()
        || !theirs.id.group.contains(&b'.')
        || theirs.id.group.ends_with(b".k8s.io");
    let full = full(kind, is_known, &written);
    let pruning = Pruning { is_known };
    let have = pruning.map(have, say, Some(&full), &served.written);
    let say = pruning.without_nothing(b"", say, &have);
    let [theirs, ours] = [theirs.with_value(Value::Map(have)), ours.with_value(Value::Map(say))];
    Ok(Some(if is_old { [theirs, ours] } else { [ours, theirs] }))
}

/// Returns what a manifest says with what the API server fills in.
fn full(kind: &[u8], is_known: bool, written: &Value) -> Value {
    let table = |text: &str| goyaml::decode(text.as_bytes()).unwrap_or(Value::Nil);
    let mut value = fill(written, &table(EVERY), written);
    if !is_known {
        return value;
    }
    if let Some((_, text)) = DEFAULTS.iter().find(|(name, _)| name.as_bytes() == kind) {
        value = fill(&value, &table(text), written);
    }
    let path = template_path(kind);
    if !path.is_empty()
        && let Some(template) = get(&value, path)
    {
        value = with_at(&value, path, defaults::template(&template));
    }
    if kind == b"Pod" {
        let map = Map::new();
        map.insert("spec", get(&value, &["spec"]).unwrap_or(Value::Nil));
        if let Some(spec) = get(&defaults::template(&Value::Map(map)), &["spec"]) {
            value = with_at(&value, &["spec"], spec);
        }
    }
    value
}

/// Returns a value with another one at a path of keys.
fn with_at(value: &Value, path: &[&'static str], other: Value) -> Value {
    let (Value::Map(map), [key, rest @ ..]) = (value, path) else { return other };
    let map = map.shallow_copy();
    let inner = map.get(key.as_bytes()).unwrap_or(Value::Nil);
    map.insert(*key, with_at(&inner, rest, other));
    Value::Map(map)
}

fn fill(value: &Value, table: &Value, beside: &Value) -> Value {
    match (value, table) {
        (Value::Map(map), Value::Map(table)) => stack::uncounted(|| {
            let filled = map.shallow_copy();
            for (key, default) in table.entries() {
                let own = map.get(&key).filter(|own| !own.is_nil());
                filled.insert(key, fill(&own.unwrap_or(Value::Nil), &default, value));
            }
            Value::Map(filled)
        }),
        (Value::List(items), Value::List(table)) => match (&table[..], items.first()) {
            ([each @ Value::Map(_)], Some(_)) => stack::uncounted(|| {
                Value::list(items.iter().map(|item| fill(item, each, item)).collect())
            }),
            _ => value.clone(),
        },
        (Value::Nil, Value::Str(text)) if *text == PORT => {
            get(beside, &["port"]).unwrap_or(Value::Nil)
        }
        // Of a list that is not there no item is.
        (Value::Nil, Value::List(items)) if matches!(items.first(), Some(Value::Map(_))) => {
            Value::Nil
        }
        (Value::Nil, Value::Map(_)) => fill(&Value::Map(Map::new()), table, beside),
        (Value::Nil, table) => table.clone(),
        _ => value.clone(),
    }
}

fn is_any(full: Option<&Value>) -> bool {
    matches!(full, Some(Value::Str(any)) if *any == ANY)
}

struct Pruning {
    /// Whether the kind is one of Kubernetes', whose lists are merged item by item.
    is_known: bool,
}

impl Pruning {
    /// Returns what an object has without what was filled in where a manifest says nothing.
    fn map(&self, have: &Map, say: &Map, full: Option<&Value>, written: &Written) -> Map {
        let kept = Map::new();
        for (key, value) in have.entries().into_iter().filter(|(_, value)| !value.is_nil()) {
            let full = full.and_then(|full| full.as_map()?.get(&key));
            let written = written.key(&key);
            let said = say.get(&key).filter(|said| !said.is_nil());
            let pruned = match (&value, said) {
                (Value::Map(value), Some(Value::Map(said))) => {
                    Some(Value::Map(stack::uncounted(|| {
                        self.map(value, &said, full.as_ref(), &written)
                    })))
                }
                (Value::List(items), Some(Value::List(said))) => {
                    let pruned =
                        stack::uncounted(|| self.list(&key, items, &said, full.as_ref(), &written));
                    Some(Value::list(pruned))
                }
                (_, Some(_)) => Some(value),
                (_, None) => match written.verdict() {
                    // Its namespace is known from elsewhere.
                    _ if key == "namespace" && is_any(full.as_ref()) => None,
                    Verdict::Written => self.unless_filled_in(value, full.as_ref(), &written),
                    Verdict::FilledIn => None,
                    Verdict::Unknown => self.unless_default(value, full.as_ref(), &written),
                },
            };
            if let Some(value) = pruned {
                kept.insert(key, value);
            }
        }
        kept
    }

    /// Returns a value that somebody has written without what was filled in beside it.
    fn unless_filled_in(
        &self,
        value: Value,
        full: Option<&Value>,
        written: &Written,
    ) -> Option<Value> {
        match &value {
            Value::Map(map) if !map.is_empty() => {
                let left = stack::uncounted(|| self.map(map, &Map::new(), full, written));
                (!left.is_empty()).then_some(Value::Map(left))
            }
            _ => Some(value),
        }
    }

    /// Returns a value that a manifest does not mention without what is a default in it.
    fn unless_default(
        &self,
        value: Value,
        full: Option<&Value>,
        written: &Written,
    ) -> Option<Value> {
        match (&value, full) {
            (_, Some(Value::Str(any))) if *any == ANY => None,
            (Value::Map(map), Some(Value::Map(_))) => {
                let left = stack::uncounted(|| self.map(map, &Map::new(), full, written));
                (!left.is_empty()).then_some(Value::Map(left))
            }
            (_, Some(full)) if same(&value, full) => None,
            _ => Some(value),
        }
    }

    fn list(
        &self,
        key: &Str,
        have: &[Value],
        say: &[Value],
        full: Option<&Value>,
        written: &Written,
    ) -> Vec<Value> {
        let mut partners: Vec<Option<usize>> = vec![None; have.len()];
        let keys = keys::of(None, &[Step::Key(key.clone())], have, say);
        let is_keyed = matches!(keys, Keys::Fields(_));
        match keys {
            Keys::Fields(pairs) => pairs.both.iter().for_each(|(at, other, _)| {
                partners[*at] = Some(*other);
            }),
            _ if have.len() == say.len() => {
                partners.iter_mut().enumerate().for_each(|(at, partner)| *partner = Some(at));
            }
            _ => return have.to_vec(),
        }
        let full = |at: usize| match full {
            Some(Value::List(items)) if items.len() == say.len() => items.get(at).cloned(),
            _ => None,
        };
        let all = have.iter().zip(written.items(key, have)).zip(partners);
        all.filter_map(|((item, written), partner)| match (item, partner) {
            (Value::Map(item), Some(at)) => match say.get(at) {
                Some(Value::Map(say)) => {
                    Some(Value::Map(self.map(item, say, full(at).as_ref(), &written)))
                }
                _ => Some(Value::Map(item.clone())),
            },
            (Value::Map(_), None) if is_keyed && self.is_known => {
                (written.verdict() != Verdict::FilledIn).then(|| item.clone())
            }
            _ => Some(item.clone()),
        })
        .collect()
    }

    /// Returns what a manifest says without what says nothing: the API server leaves it out.
    fn without_nothing(&self, own: &[u8], say: &Map, have: &Map) -> Map {
        let kept = Map::new();
        for (key, value) in say.entries() {
            let value = match (&value, have.get(&key)) {
                (Value::Map(say), Some(Value::Map(have))) => {
                    Value::Map(stack::uncounted(|| self.without_nothing(&key, say, &have)))
                }
                (Value::List(say), Some(Value::List(have))) => {
                    Value::list(stack::uncounted(|| self.items_without_nothing(&key, say, &have)))
                }
                (value, None) if defaults::is_nothing(&key, own, value) => continue,
                _ => value,
            };
            kept.insert(key, value);
        }
        kept
    }

    fn items_without_nothing(&self, key: &Str, say: &[Value], have: &[Value]) -> Vec<Value> {
        let mut all = say.to_vec();
        let mut settle = |at: usize, other: usize| {
            if let (Some(Value::Map(say)), Some(Value::Map(have))) = (say.get(at), have.get(other))
            {
                all[at] = Value::Map(self.without_nothing(key, say, have));
            }
        };
        match keys::of(None, &[Step::Key(key.clone())], say, have) {
            Keys::Fields(pairs) => pairs.both.iter().for_each(|(at, other, _)| settle(*at, *other)),
            _ if say.len() == have.len() => (0..say.len()).for_each(|at| settle(at, at)),
            _ => {}
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use crate::diff::{Options, compare, path_text, read};
    use crate::profile::Profile;
    use gostd::value::Str;

    fn changes(live: &str, chart: &str) -> Vec<String> {
        let objects = |text: &str| read(&Str::from(text), "prod", Profile::DEFAULT).unwrap();
        let options = Options { show_secrets: true, find_renames: true };
        let mut all = Vec::new();
        for difference in compare(&objects(live), &objects(chart), options).unwrap().differences {
            if difference.changes.is_empty() {
                all.push(difference.object().unwrap().id.to_string());
            }
            all.extend(difference.changes.iter().map(|change| path_text(&change.path)));
        }
        all
    }

    const CHART: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, annotations: {}}\nspec:\n  template: \
                         {spec: {containers: [{name: c, image: 'x:1', args: [], env: [{name: A, value: ''}]}]}}\n";

    #[test]
    fn what_kubectl_apply_was_not_given_is_left_out() {
        let live = |applied: &str| {
            format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: a, namespace: prod, uid: u, generation: 7, annotations: \
                 {{kubectl.kubernetes.io/last-applied-configuration: '{applied}'}}}}\nspec: {{replicas: 4, minReadySeconds: 5, \
                 template: {{spec: {{priorityClassName: high, containers: [{{name: c, image: 'x:1', env: [{{name: A}}, {{name: \
                 B, value: b}}]}}, {{name: sidecar, image: y}}]}}}}}}\nstatus: {{replicas: 4}}\n"
            )
        };
        let applied =
            r#"{"kind":"Deployment","spec":{"template":{"spec":{"containers":[{"name":"c"}]}}}}"#;
        assert_eq!(changes(&live(applied), CHART), Vec::<String>::new());
        let applied = r#"{"spec":{"minReadySeconds":5,"template":{"spec":{"containers":[{"name":"c","env":[{"name":"B"}]}]}}}}"#;
        assert_eq!(
            changes(&live(applied), CHART),
            ["spec.minReadySeconds", "spec.template.spec.containers[c].env[B]"]
        );
    }

    #[test]
    fn what_nobody_applies_is_left_out() {
        let live = |fields: &str| {
            format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\n  namespace: prod\n  managedFields: {fields}\nspec: \
                 {{replicas: 4, minReadySeconds: 5, revisionHistoryLimit: 10, template: {{spec: {{containers: [{{name: c, image: 'x:1', \
                 stdin: true, env: [{{name: A}}]}}, {{name: sidecar, image: y}}]}}}}}}\n"
            )
        };
        let owned = |operation: &str, manager: &str, fields: &str| {
            live(&format!(
                r#"[{{"operation":"{operation}","manager":"{manager}","fieldsV1":{fields}}}]"#
            ))
        };
        let image = r#"{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:image":{}}}}}}}"#;
        assert_eq!(changes(&owned("Apply", "helm", image), CHART), Vec::<String>::new());
        let more = r#"{"f:spec":{"f:minReadySeconds":{},"f:revisionHistoryLimit":{},"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"sidecar\"}":{".":{}}}}}}}"#;
        assert_eq!(
            changes(&owned("Apply", "helm", more), CHART),
            [
                "spec.minReadySeconds",
                "spec.revisionHistoryLimit",
                "spec.template.spec.containers[sidecar]"
            ]
        );
        // Who sends whole objects sends defaults with them.
        assert_eq!(
            changes(&owned("Update", "helm", more), CHART),
            ["spec.minReadySeconds", "spec.template.spec.containers[sidecar]"]
        );
        assert_eq!(
            changes(&owned("Update", "kube-controller-manager", more), CHART),
            Vec::<String>::new()
        );
    }

    #[test]
    fn what_is_no_default_is_shown() {
        let live = "apiVersion: v1\nkind: Service\nmetadata: {name: a, uid: u, namespace: prod}\nspec: {clusterIP: 10.0.0.1, type: \
                    NodePort, externalTrafficPolicy: Local, ports: [{port: 80, protocol: TCP, targetPort: 80, nodePort: 30001}]}\n";
        let chart = |spec: &str| {
            format!("apiVersion: v1\nkind: Service\nmetadata: {{name: a}}\nspec: {{{spec}}}\n")
        };
        assert_eq!(
            changes(live, &chart("type: NodePort, ports: [{port: 80}]")),
            ["spec.externalTrafficPolicy"]
        );
        let own =
            "type: NodePort, externalTrafficPolicy: Local, clusterIP: None, ports: [{port: 80}]";
        assert_eq!(changes(live, &chart(own)), ["spec.clusterIP"]);
    }

    #[test]
    fn what_controllers_have_made_is_no_object_of_a_chart() {
        let pod = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: a-1, uid: u, ownerReferences: [{controller: true}]}\n";
        let other = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: b, uid: u}\n";
        assert_eq!(changes(&format!("{pod}{other}"), CHART), ["Deployment/a", "Pod/b"]);
    }
}
