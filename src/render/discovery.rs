//! What a vanilla Kubernetes v1.32 API server says it offers.

use crate::value::Str;

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

/// The kinds among them that live in no namespace.
const CLUSTER_KINDS: &str = "ComponentStatus Namespace Node PersistentVolume \
     MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding \
     ValidatingWebhookConfiguration CustomResourceDefinition APIService SelfSubjectReview TokenReview \
     SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview CertificateSigningRequest \
     FlowSchema PriorityLevelConfiguration IngressClass RuntimeClass ClusterRole ClusterRoleBinding \
     PriorityClass CSIDriver CSINode StorageClass VolumeAttachment";

/// Whether objects of a kind live in a namespace; `None` for a kind the server does not serve.
pub fn is_namespaced(api_version: &str, kind: &str) -> Option<bool> {
    let (_, kinds) = KINDS.iter().find(|(version, _)| *version == api_version)?;
    let served = kinds.split(' ').any(|k| k == kind);
    served.then(|| !CLUSTER_KINDS.split_ascii_whitespace().any(|k| k == kind))
}

/// The group versions, then each kind behind its group version. Helm's own order is that of a Go map
/// and differs from run to run.
pub(super) fn api_versions() -> impl Iterator<Item = Str> {
    let groups = KINDS.iter().map(|(version, _)| Str::from_static(version));
    let kinds = KINDS.iter().flat_map(|(version, kinds)| {
        kinds.split(' ').map(move |kind| Str::from(format!("{version}/{kind}")))
    });
    groups.chain(kinds)
}
