//! Defines Helm's install order of kinds.

use std::cmp::Ordering;

use gostd::value::Str;

/// The kinds in the order Helm 3.17.3 installs them.
const INSTALL_ORDER: &[&str] = &[
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
];

fn rank(kind: &[u8]) -> usize {
    INSTALL_ORDER.iter().position(|k| k.as_bytes() == kind).unwrap_or(INSTALL_ORDER.len())
}

/// Orders two kinds: known ones by the table, unknown ones after them by name. To be used with a
/// stable sort: equal kinds stay as they were.
pub(super) fn compare(a: &Str, b: &Str) -> Ordering {
    let (x, y) = (rank(a), rank(b));
    let by_name = || if x == INSTALL_ORDER.len() { a.cmp(b) } else { Ordering::Equal };
    x.cmp(&y).then_with(by_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_kinds_come_in_table_order_and_unknown_ones_last_by_name() {
        let mut kinds = ["Zebra", "Service", "", "Apple", "Namespace", "Deployment"].map(Str::from);
        kinds.sort_by(compare);
        assert_eq!(
            kinds,
            ["Namespace", "Service", "Deployment", "", "Apple", "Zebra"].map(Str::from)
        );
    }
}
