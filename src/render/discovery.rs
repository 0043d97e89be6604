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

/// The group versions, then each kind behind its group version. Helm's own order is that of a Go map
/// and differs from run to run.
pub(super) fn api_versions() -> impl Iterator<Item = Str> {
    let groups = KINDS.iter().map(|(version, _)| Str::from_static(version));
    let kinds = KINDS.iter().flat_map(|(version, kinds)| {
        kinds.split(' ').map(move |kind| Str::from(format!("{version}/{kind}")))
    });
    groups.chain(kinds)
}
