//! Lists what a vanilla Kubernetes v1.32 API server says it offers.

use gostd::value::Str;

/// Group versions, the core group first, each with the kinds it serves. `internal` versions and
/// groups that are off by default are not among them.
const KINDS: &[(&str, &str)] = &[
    (
        "v1",
        "Binding ConfigMap Endpoints Event LimitRange PersistentVolumeClaim Pod PodTemplate \
         ReplicationController ResourceQuota Secret Service ServiceAccount ComponentStatus Namespace \
         Node PersistentVolume",
    ),
    (
        "admissionregistration.k8s.io/v1",
        "MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding \
         ValidatingWebhookConfiguration",
    ),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("apiregistration.k8s.io/v1", "APIService"),
    ("apps/v1", "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet"),
    ("authentication.k8s.io/v1", "SelfSubjectReview TokenReview"),
    (
        "authorization.k8s.io/v1",
        "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview \
         SubjectAccessReview",
    ),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("autoscaling/v1", "HorizontalPodAutoscaler"),
    ("batch/v1", "CronJob Job"),
    ("certificates.k8s.io/v1", "CertificateSigningRequest"),
    ("coordination.k8s.io/v1", "Lease"),
    ("discovery.k8s.io/v1", "EndpointSlice"),
    ("events.k8s.io/v1", "Event"),
    ("flowcontrol.apiserver.k8s.io/v1", "FlowSchema PriorityLevelConfiguration"),
    ("networking.k8s.io/v1", "Ingress NetworkPolicy IngressClass"),
    ("node.k8s.io/v1", "RuntimeClass"),
    ("policy/v1", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io/v1", "Role RoleBinding ClusterRole ClusterRoleBinding"),
    ("scheduling.k8s.io/v1", "PriorityClass"),
    ("storage.k8s.io/v1", "CSIStorageCapacity CSIDriver CSINode StorageClass VolumeAttachment"),
];

/// The kinds among them that are in no namespace.
const CLUSTER_KINDS: &str = "ComponentStatus Namespace Node PersistentVolume \
     MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding \
     ValidatingWebhookConfiguration CustomResourceDefinition APIService SelfSubjectReview TokenReview \
     SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview CertificateSigningRequest \
     FlowSchema PriorityLevelConfiguration IngressClass RuntimeClass ClusterRole ClusterRoleBinding \
     PriorityClass CSIDriver CSINode StorageClass VolumeAttachment";

/// What a server makes of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Its objects are in namespaces.
    Namespaced,
    /// Its objects are the cluster's.
    Cluster,
    /// It is not served, and no custom resource can be of that kind.
    Unserved,
    /// A custom resource may be of that kind: their groups have a dot in their name.
    Unknown,
}

/// Returns what the server makes of a kind, which it knows in lower case, too, and with `List`
/// behind it. An empty version stands for any.
pub fn kind(group: &str, version: &str, kind: &str) -> Kind {
    let in_group = KINDS.iter().filter_map(|(group_version, kinds)| {
        let (of, version) = group_version.split_once('/').unwrap_or(("", group_version));
        (of == group).then_some((version, *kinds))
    });
    let mut result = if group.contains('.') { Kind::Unknown } else { Kind::Unserved };
    for (served, kinds) in in_group {
        result = Kind::Unserved;
        if !version.is_empty() && version != served {
            continue;
        }
        if kind == "List" {
            return Kind::Cluster;
        }
        let same = |k: &&str| {
            *k == kind || kind.strip_suffix("List") == Some(k) || k.to_ascii_lowercase() == kind
        };
        if let Some(found) = kinds.split(' ').find(same) {
            let cluster = CLUSTER_KINDS.split_ascii_whitespace().any(|k| k == found);
            return if cluster { Kind::Cluster } else { Kind::Namespaced };
        }
    }
    result
}

/// Returns whether the server lists the objects of a kind: it keeps all but reviews and bindings.
pub(crate) fn lists(group_version: &[u8], kind: &[u8]) -> bool {
    let is_kept = kind != b"Binding" && !kind.ends_with(b"Review");
    let served = KINDS.iter().find(|(version, _)| version.as_bytes() == group_version);
    is_kept && served.is_some_and(|(_, kinds)| kinds.split(' ').any(|k| k.as_bytes() == kind))
}

/// Returns the group versions, then each kind behind its group version. Helm's own order is that of
/// a Go map and differs from run to run.
pub(super) fn api_versions() -> impl Iterator<Item = Str> {
    let groups = KINDS.iter().map(|(version, _)| Str::from_static(version));
    let kinds = KINDS.iter().flat_map(|(version, kinds)| {
        kinds.split(' ').map(move |kind| Str::from(format!("{version}/{kind}")))
    });
    groups.chain(kinds)
}
