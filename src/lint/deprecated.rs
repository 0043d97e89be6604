//! Lists which Kubernetes APIs are deprecated, since when, until when, and what takes their place.

/// A deprecated kind. All versions are of Kubernetes 1.
struct Row(
    /// The API version.
    &'static str,
    /// The kind.
    &'static str,
    /// The minor version that deprecates it.
    u32,
    /// The minor version that no longer serves it; 0 where none is set.
    u32,
    /// What to use instead, empty where nothing is named.
    &'static str,
);

impl Row {
    fn find(api_version: &[u8], kind: &[u8]) -> Option<&'static Row> {
        ROWS.iter().find(|r| r.0.as_bytes() == api_version && r.1.as_bytes() == kind)
    }
}

/// Returns whether any version of Kubernetes deprecates this kind.
pub(super) fn is_known(api_version: &[u8], kind: &[u8]) -> bool {
    Row::find(api_version, kind).is_some()
}

/// Returns the warning for an object of a kind that this version of Kubernetes deprecates, in the
/// words of its API server.
pub(super) fn warning(api_version: &[u8], kind: &[u8], major: i64, minor: i64) -> Option<String> {
    let Row(api_version, kind, deprecated, removed, instead) = Row::find(api_version, kind)?;
    if (major, minor) < (1, i64::from(*deprecated)) {
        return None;
    }
    let mut text = format!("{api_version} {kind} is deprecated in v1.{deprecated}+");
    if *removed > 0 {
        text.push_str(&format!(", unavailable in v1.{removed}+"));
    }
    if !instead.is_empty() {
        text.push_str(&format!("; use {instead}"));
    }
    Some(text)
}

/// What the API machinery of Kubernetes v0.32.2, with which Helm 3.17.3 is built, says of its kinds.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row("admissionregistration.k8s.io/v1alpha1", "MutatingAdmissionPolicy", 35, 38, ""),
    Row("admissionregistration.k8s.io/v1alpha1", "MutatingAdmissionPolicyBinding", 35, 38, ""),
    Row("admissionregistration.k8s.io/v1alpha1", "MutatingAdmissionPolicyBindingList", 35, 38, ""),
    Row("admissionregistration.k8s.io/v1alpha1", "MutatingAdmissionPolicyList", 35, 38, ""),
    Row("admissionregistration.k8s.io/v1alpha1", "ValidatingAdmissionPolicy", 29, 32, ""),
    Row("admissionregistration.k8s.io/v1alpha1", "ValidatingAdmissionPolicyBinding", 29, 32, ""),
    Row("admissionregistration.k8s.io/v1alpha1", "ValidatingAdmissionPolicyBindingList", 29, 32, ""),
    Row("admissionregistration.k8s.io/v1alpha1", "ValidatingAdmissionPolicyList", 29, 32, ""),
    Row("admissionregistration.k8s.io/v1beta1", "MutatingWebhookConfiguration", 16, 22, "admissionregistration.k8s.io/v1 MutatingWebhookConfiguration"),
    Row("admissionregistration.k8s.io/v1beta1", "MutatingWebhookConfigurationList", 16, 22, "admissionregistration.k8s.io/v1 MutatingWebhookConfigurationList"),
    Row("admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicy", 31, 34, ""),
    Row("admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicyBinding", 31, 34, ""),
    Row("admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicyBindingList", 31, 34, ""),
    Row("admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicyList", 31, 34, ""),
    Row("admissionregistration.k8s.io/v1beta1", "ValidatingWebhookConfiguration", 16, 22, "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration"),
    Row("admissionregistration.k8s.io/v1beta1", "ValidatingWebhookConfigurationList", 16, 22, "admissionregistration.k8s.io/v1 ValidatingWebhookConfigurationList"),
    Row("apps/v1beta1", "ControllerRevision", 8, 16, "apps/v1 ControllerRevision"),
    Row("apps/v1beta1", "ControllerRevisionList", 8, 16, "apps/v1 ControllerRevisionList"),
    Row("apps/v1beta1", "Deployment", 8, 16, "apps/v1 Deployment"),
    Row("apps/v1beta1", "DeploymentList", 8, 16, "apps/v1 DeploymentList"),
    Row("apps/v1beta1", "DeploymentRollback", 8, 16, "apps/v1 DeploymentRollback"),
    Row("apps/v1beta1", "Scale", 8, 16, "autoscaling/v1 Scale"),
    Row("apps/v1beta1", "StatefulSet", 8, 16, "apps/v1 StatefulSet"),
    Row("apps/v1beta1", "StatefulSetList", 8, 16, "apps/v1 StatefulSetList"),
    Row("apps/v1beta2", "ControllerRevision", 9, 16, "apps/v1 ControllerRevision"),
    Row("apps/v1beta2", "ControllerRevisionList", 9, 16, "apps/v1 ControllerRevisionList"),
    Row("apps/v1beta2", "DaemonSet", 9, 16, "apps/v1 DaemonSet"),
    Row("apps/v1beta2", "DaemonSetList", 9, 16, "apps/v1 DaemonSetList"),
    Row("apps/v1beta2", "Deployment", 9, 16, "apps/v1 Deployment"),
    Row("apps/v1beta2", "DeploymentList", 9, 16, "apps/v1 DeploymentList"),
    Row("apps/v1beta2", "ReplicaSet", 9, 16, "apps/v1 ReplicaSet"),
    Row("apps/v1beta2", "ReplicaSetList", 9, 16, "apps/v1 ReplicaSetList"),
    Row("apps/v1beta2", "Scale", 9, 16, "autoscaling/v1 Scale"),
    Row("apps/v1beta2", "StatefulSet", 9, 16, "apps/v1 StatefulSet"),
    Row("apps/v1beta2", "StatefulSetList", 9, 16, "apps/v1 StatefulSetList"),
    Row("authentication.k8s.io/v1alpha1", "SelfSubjectReview", 29, 32, ""),
    Row("authentication.k8s.io/v1beta1", "SelfSubjectReview", 30, 33, ""),
    Row("authentication.k8s.io/v1beta1", "TokenReview", 19, 22, "authentication.k8s.io/v1 TokenReview"),
    Row("authorization.k8s.io/v1beta1", "LocalSubjectAccessReview", 19, 22, "authorization.k8s.io/v1 LocalSubjectAccessReview"),
    Row("authorization.k8s.io/v1beta1", "SelfSubjectAccessReview", 19, 22, "authorization.k8s.io/v1 SelfSubjectAccessReview"),
    Row("authorization.k8s.io/v1beta1", "SelfSubjectRulesReview", 19, 22, "authorization.k8s.io/v1 SelfSubjectRulesReview"),
    Row("authorization.k8s.io/v1beta1", "SubjectAccessReview", 19, 22, "authorization.k8s.io/v1 SubjectAccessReview"),
    Row("autoscaling/v2beta1", "HorizontalPodAutoscaler", 22, 25, "autoscaling/v2 HorizontalPodAutoscaler"),
    Row("autoscaling/v2beta1", "HorizontalPodAutoscalerList", 22, 25, "autoscaling/v2beta2 HorizontalPodAutoscalerList"),
    Row("autoscaling/v2beta2", "HorizontalPodAutoscaler", 23, 26, "autoscaling/v2 HorizontalPodAutoscaler"),
    Row("autoscaling/v2beta2", "HorizontalPodAutoscalerList", 22, 25, ""),
    Row("batch/v1beta1", "CronJob", 21, 25, "batch/v1 CronJob"),
    Row("batch/v1beta1", "CronJobList", 21, 25, "batch/v1 CronJobList"),
    Row("certificates.k8s.io/v1alpha1", "ClusterTrustBundle", 34, 37, ""),
    Row("certificates.k8s.io/v1alpha1", "ClusterTrustBundleList", 34, 37, ""),
    Row("certificates.k8s.io/v1beta1", "CertificateSigningRequest", 19, 22, "certificates.k8s.io/v1 CertificateSigningRequest"),
    Row("certificates.k8s.io/v1beta1", "CertificateSigningRequestList", 19, 22, "certificates.k8s.io/v1 CertificateSigningRequestList"),
    Row("coordination.k8s.io/v1alpha2", "LeaseCandidate", 35, 38, ""),
    Row("coordination.k8s.io/v1alpha2", "LeaseCandidateList", 35, 38, ""),
    Row("coordination.k8s.io/v1beta1", "Lease", 19, 22, "coordination.k8s.io/v1 Lease"),
    Row("coordination.k8s.io/v1beta1", "LeaseList", 19, 22, "coordination.k8s.io/v1 LeaseList"),
    Row("v1", "ComponentStatus", 19, 0, ""),
    Row("v1", "ComponentStatusList", 19, 0, ""),
    Row("discovery.k8s.io/v1beta1", "EndpointSlice", 21, 25, "discovery.k8s.io/v1 EndpointSlice"),
    Row("discovery.k8s.io/v1beta1", "EndpointSliceList", 21, 25, "discovery.k8s.io/v1 EndpointSlice"),
    Row("events.k8s.io/v1beta1", "Event", 22, 25, ""),
    Row("events.k8s.io/v1beta1", "EventList", 22, 25, ""),
    Row("extensions/v1beta1", "DaemonSet", 8, 16, "apps/v1 DaemonSet"),
    Row("extensions/v1beta1", "DaemonSetList", 8, 16, "apps/v1 DaemonSetList"),
    Row("extensions/v1beta1", "Deployment", 8, 16, "apps/v1 Deployment"),
    Row("extensions/v1beta1", "DeploymentList", 8, 16, "apps/v1 DeploymentList"),
    Row("extensions/v1beta1", "DeploymentRollback", 8, 16, ""),
    Row("extensions/v1beta1", "Ingress", 14, 22, "networking.k8s.io/v1 Ingress"),
    Row("extensions/v1beta1", "IngressList", 14, 22, "networking.k8s.io/v1 IngressList"),
    Row("extensions/v1beta1", "NetworkPolicy", 9, 16, "networking.k8s.io/v1 NetworkPolicy"),
    Row("extensions/v1beta1", "NetworkPolicyList", 9, 16, "networking.k8s.io/v1 NetworkPolicyList"),
    Row("extensions/v1beta1", "ReplicaSet", 8, 16, "apps/v1 ReplicaSet"),
    Row("extensions/v1beta1", "ReplicaSetList", 8, 16, "apps/v1 ReplicaSetList"),
    Row("extensions/v1beta1", "Scale", 2, 16, ""),
    Row("flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema", 23, 26, "flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema"),
    Row("flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchemaList", 23, 26, "flowcontrol.apiserver.k8s.io/v1beta3 FlowSchemaList"),
    Row("flowcontrol.apiserver.k8s.io/v1beta1", "PriorityLevelConfiguration", 23, 26, "flowcontrol.apiserver.k8s.io/v1beta3 PriorityLevelConfiguration"),
    Row("flowcontrol.apiserver.k8s.io/v1beta1", "PriorityLevelConfigurationList", 23, 26, "flowcontrol.apiserver.k8s.io/v1beta3 PriorityLevelConfigurationList"),
    Row("flowcontrol.apiserver.k8s.io/v1beta2", "FlowSchema", 26, 29, "flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema"),
    Row("flowcontrol.apiserver.k8s.io/v1beta2", "FlowSchemaList", 26, 29, "flowcontrol.apiserver.k8s.io/v1beta3 FlowSchemaList"),
    Row("flowcontrol.apiserver.k8s.io/v1beta2", "PriorityLevelConfiguration", 26, 29, "flowcontrol.apiserver.k8s.io/v1beta3 PriorityLevelConfiguration"),
    Row("flowcontrol.apiserver.k8s.io/v1beta2", "PriorityLevelConfigurationList", 26, 29, "flowcontrol.apiserver.k8s.io/v1beta3 PriorityLevelConfigurationList"),
    Row("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", 29, 32, "flowcontrol.apiserver.k8s.io/v1 FlowSchema"),
    Row("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchemaList", 29, 32, "flowcontrol.apiserver.k8s.io/v1 FlowSchemaList"),
    Row("flowcontrol.apiserver.k8s.io/v1beta3", "PriorityLevelConfiguration", 29, 32, "flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration"),
    Row("flowcontrol.apiserver.k8s.io/v1beta3", "PriorityLevelConfigurationList", 29, 32, "flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfigurationList"),
    Row("networking.k8s.io/v1alpha1", "IPAddress", 30, 33, ""),
    Row("networking.k8s.io/v1alpha1", "IPAddressList", 30, 33, ""),
    Row("networking.k8s.io/v1alpha1", "ServiceCIDR", 30, 33, ""),
    Row("networking.k8s.io/v1alpha1", "ServiceCIDRList", 30, 33, ""),
    Row("networking.k8s.io/v1beta1", "IPAddress", 34, 37, ""),
    Row("networking.k8s.io/v1beta1", "IPAddressList", 34, 37, ""),
    Row("networking.k8s.io/v1beta1", "Ingress", 19, 22, "networking.k8s.io/v1 Ingress"),
    Row("networking.k8s.io/v1beta1", "IngressClass", 19, 22, "networking.k8s.io/v1 IngressClassList"),
    Row("networking.k8s.io/v1beta1", "IngressClassList", 19, 22, "networking.k8s.io/v1 IngressClassList"),
    Row("networking.k8s.io/v1beta1", "IngressList", 19, 22, "networking.k8s.io/v1 IngressList"),
    Row("networking.k8s.io/v1beta1", "ServiceCIDR", 34, 37, ""),
    Row("networking.k8s.io/v1beta1", "ServiceCIDRList", 34, 37, ""),
    Row("node.k8s.io/v1beta1", "RuntimeClass", 22, 25, ""),
    Row("node.k8s.io/v1beta1", "RuntimeClassList", 22, 25, ""),
    Row("policy/v1beta1", "Eviction", 22, 25, ""),
    Row("policy/v1beta1", "PodDisruptionBudget", 21, 25, "policy/v1 PodDisruptionBudget"),
    Row("policy/v1beta1", "PodDisruptionBudgetList", 21, 25, "policy/v1 PodDisruptionBudgetList"),
    Row("rbac.authorization.k8s.io/v1beta1", "ClusterRole", 17, 22, "rbac.authorization.k8s.io/v1 ClusterRole"),
    Row("rbac.authorization.k8s.io/v1beta1", "ClusterRoleBinding", 17, 22, "rbac.authorization.k8s.io/v1 ClusterRoleBinding"),
    Row("rbac.authorization.k8s.io/v1beta1", "ClusterRoleBindingList", 17, 22, "rbac.authorization.k8s.io/v1 ClusterRoleBindingList"),
    Row("rbac.authorization.k8s.io/v1beta1", "ClusterRoleList", 17, 22, "rbac.authorization.k8s.io/v1 ClusterRoleList"),
    Row("rbac.authorization.k8s.io/v1beta1", "Role", 17, 22, "rbac.authorization.k8s.io/v1 Role"),
    Row("rbac.authorization.k8s.io/v1beta1", "RoleBinding", 17, 22, "rbac.authorization.k8s.io/v1 RoleBinding"),
    Row("rbac.authorization.k8s.io/v1beta1", "RoleBindingList", 17, 22, "rbac.authorization.k8s.io/v1 RoleBindingList"),
    Row("rbac.authorization.k8s.io/v1beta1", "RoleList", 17, 22, "rbac.authorization.k8s.io/v1 RoleList"),
    Row("resource.k8s.io/v1alpha3", "DeviceClass", 34, 37, "resource.k8s.io/v1beta1 DeviceClass"),
    Row("resource.k8s.io/v1alpha3", "DeviceClassList", 34, 37, "resource.k8s.io/v1beta1 DeviceClassList"),
    Row("resource.k8s.io/v1alpha3", "ResourceClaim", 34, 37, "resource.k8s.io/v1beta1 ResourceClaim"),
    Row("resource.k8s.io/v1alpha3", "ResourceClaimList", 34, 37, "resource.k8s.io/v1beta1 ResourceClaimList"),
    Row("resource.k8s.io/v1alpha3", "ResourceClaimTemplate", 34, 37, "resource.k8s.io/v1beta1 ResourceClaimTemplate"),
    Row("resource.k8s.io/v1alpha3", "ResourceClaimTemplateList", 34, 37, "resource.k8s.io/v1beta1 ResourceClaimTemplateList"),
    Row("resource.k8s.io/v1alpha3", "ResourceSlice", 34, 37, "resource.k8s.io/v1beta1 ResourceSlice"),
    Row("resource.k8s.io/v1alpha3", "ResourceSliceList", 34, 37, "resource.k8s.io/v1beta1 ResourceSliceList"),
    Row("resource.k8s.io/v1beta1", "DeviceClass", 35, 38, ""),
    Row("resource.k8s.io/v1beta1", "DeviceClassList", 35, 38, ""),
    Row("resource.k8s.io/v1beta1", "ResourceClaim", 35, 38, ""),
    Row("resource.k8s.io/v1beta1", "ResourceClaimList", 35, 38, ""),
    Row("resource.k8s.io/v1beta1", "ResourceClaimTemplate", 35, 38, ""),
    Row("resource.k8s.io/v1beta1", "ResourceClaimTemplateList", 35, 38, ""),
    Row("resource.k8s.io/v1beta1", "ResourceSlice", 35, 38, ""),
    Row("resource.k8s.io/v1beta1", "ResourceSliceList", 35, 38, ""),
    Row("scheduling.k8s.io/v1beta1", "PriorityClass", 14, 22, "scheduling.k8s.io/v1 PriorityClass"),
    Row("scheduling.k8s.io/v1beta1", "PriorityClassList", 14, 22, "scheduling.k8s.io/v1 PriorityClassList"),
    Row("storage.k8s.io/v1alpha1", "CSIStorageCapacity", 21, 24, "storage.k8s.io/v1beta1 CSIStorageCapacity"),
    Row("storage.k8s.io/v1alpha1", "CSIStorageCapacityList", 21, 24, "storage.k8s.io/v1beta1 CSIStorageCapacityList"),
    Row("storage.k8s.io/v1alpha1", "VolumeAttachment", 21, 24, "storage.k8s.io/v1 VolumeAttachment"),
    Row("storage.k8s.io/v1alpha1", "VolumeAttachmentList", 21, 24, "storage.k8s.io/v1 VolumeAttachmentList"),
    Row("storage.k8s.io/v1alpha1", "VolumeAttributesClass", 32, 35, ""),
    Row("storage.k8s.io/v1alpha1", "VolumeAttributesClassList", 32, 35, ""),
    Row("storage.k8s.io/v1beta1", "CSIDriver", 19, 22, "storage.k8s.io/v1 CSIDriver"),
    Row("storage.k8s.io/v1beta1", "CSIDriverList", 19, 22, "storage.k8s.io/v1 CSIDriverList"),
    Row("storage.k8s.io/v1beta1", "CSINode", 17, 22, "storage.k8s.io/v1 CSINode"),
    Row("storage.k8s.io/v1beta1", "CSINodeList", 17, 22, "storage.k8s.io/v1 CSINode"),
    Row("storage.k8s.io/v1beta1", "CSIStorageCapacity", 24, 27, "storage.k8s.io/v1 CSIStorageCapacity"),
    Row("storage.k8s.io/v1beta1", "CSIStorageCapacityList", 24, 27, "storage.k8s.io/v1 CSIStorageCapacityList"),
    Row("storage.k8s.io/v1beta1", "StorageClass", 19, 22, "storage.k8s.io/v1 StorageClass"),
    Row("storage.k8s.io/v1beta1", "StorageClassList", 19, 22, "storage.k8s.io/v1 StorageClassList"),
    Row("storage.k8s.io/v1beta1", "VolumeAttachment", 19, 22, "storage.k8s.io/v1 VolumeAttachment"),
    Row("storage.k8s.io/v1beta1", "VolumeAttachmentList", 19, 22, "storage.k8s.io/v1 VolumeAttachmentList"),
    Row("storage.k8s.io/v1beta1", "VolumeAttributesClass", 34, 37, ""),
    Row("storage.k8s.io/v1beta1", "VolumeAttributesClassList", 34, 37, ""),
    Row("storagemigration.k8s.io/v1alpha1", "StorageVersionMigration", 33, 36, ""),
    Row("storagemigration.k8s.io/v1alpha1", "StorageVersionMigrationList", 33, 36, ""),
];
