//! Lists the API versions that Helm knows without a cluster: those that Kubernetes' client library registers.

/// An API version, and the minor versions of Kubernetes 1.x whose client library has it.
struct Api {
    name: &'static str,
    from: u8,
    until: u8,
}

const fn always(name: &'static str) -> Api {
    from(0, name)
}

const fn from(from: u8, name: &'static str) -> Api {
    Api { name, from, until: u8::MAX }
}

impl Api {
    const fn until(self, until: u8) -> Api {
        Api { until, ..self }
    }
}

/// In the order of Helm, which is the same for all versions.
const APIS: &[Api] = &[
    always("v1"),
    always("admissionregistration.k8s.io/v1"),
    always("admissionregistration.k8s.io/v1alpha1"),
    always("admissionregistration.k8s.io/v1beta1"),
    always("internal.apiserver.k8s.io/v1alpha1"),
    always("apps/v1"),
    always("apps/v1beta1"),
    always("apps/v1beta2"),
    always("authentication.k8s.io/v1"),
    always("authentication.k8s.io/v1alpha1"),
    always("authentication.k8s.io/v1beta1"),
    always("authorization.k8s.io/v1"),
    always("authorization.k8s.io/v1beta1"),
    always("autoscaling/v1"),
    always("autoscaling/v2"),
    always("autoscaling/v2beta1").until(36),
    always("autoscaling/v2beta2").until(36),
    always("batch/v1"),
    always("batch/v1beta1"),
    always("certificates.k8s.io/v1"),
    always("certificates.k8s.io/v1beta1"),
    always("certificates.k8s.io/v1alpha1"),
    always("coordination.k8s.io/v1alpha2"),
    always("coordination.k8s.io/v1beta1"),
    always("coordination.k8s.io/v1"),
    always("discovery.k8s.io/v1"),
    always("discovery.k8s.io/v1beta1"),
    always("events.k8s.io/v1"),
    always("events.k8s.io/v1beta1"),
    always("extensions/v1beta1"),
    always("flowcontrol.apiserver.k8s.io/v1"),
    always("flowcontrol.apiserver.k8s.io/v1beta1"),
    always("flowcontrol.apiserver.k8s.io/v1beta2"),
    always("flowcontrol.apiserver.k8s.io/v1beta3"),
    from(37, "lifecycle.k8s.io/v1alpha1"),
    always("networking.k8s.io/v1"),
    always("networking.k8s.io/v1alpha1").until(34),
    always("networking.k8s.io/v1beta1"),
    always("node.k8s.io/v1"),
    always("node.k8s.io/v1alpha1"),
    always("node.k8s.io/v1beta1"),
    always("policy/v1"),
    always("policy/v1beta1"),
    always("rbac.authorization.k8s.io/v1"),
    always("rbac.authorization.k8s.io/v1beta1"),
    always("rbac.authorization.k8s.io/v1alpha1"),
    from(34, "resource.k8s.io/v1"),
    from(33, "resource.k8s.io/v1beta2"),
    always("resource.k8s.io/v1beta1"),
    always("resource.k8s.io/v1alpha3"),
    from(37, "scheduling.k8s.io/v1alpha3"),
    from(36, "scheduling.k8s.io/v1alpha2").until(37),
    always("scheduling.k8s.io/v1alpha1").until(36),
    always("scheduling.k8s.io/v1beta1"),
    always("scheduling.k8s.io/v1"),
    always("storage.k8s.io/v1beta1"),
    always("storage.k8s.io/v1"),
    always("storage.k8s.io/v1alpha1"),
    from(37, "storagemigration.k8s.io/v1"),
    from(35, "storagemigration.k8s.io/v1beta1"),
    always("storagemigration.k8s.io/v1alpha1").until(35),
    always("apiextensions.k8s.io/v1beta1"),
    always("apiextensions.k8s.io/v1"),
];

/// Returns those of the client library of Kubernetes 1.`minor`.
pub(super) fn of(minor: u8) -> Vec<&'static str> {
    let has = |api: &&Api| (api.from..api.until).contains(&minor);
    APIS.iter().filter(has).map(|api| api.name).collect()
}
