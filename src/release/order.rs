//! Defines Helm's install order of kinds.

use crate::profile::{Profile, Rule};
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

/// What follows them by [`Rule::WebhooksInOrder`].
const WEBHOOKS: &[&str] = &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// The rank of kinds that are in no table.
const UNKNOWN: usize = usize::MAX;

fn rank(kind: &[u8], profile: Profile) -> usize {
    let webhooks = if profile.has(Rule::WebhooksInOrder) { WEBHOOKS } else { &[] };
    let mut known = INSTALL_ORDER.iter().chain(webhooks);
    known.position(|k| k.as_bytes() == kind).unwrap_or(UNKNOWN)
}

/// Returns what a Helm release orders kinds by: known ones by the table, unknown ones after them by name. To be used with
/// a stable sort: equal kinds stay as they were.
pub(super) fn key(kind: &Str, profile: Profile) -> (usize, Str) {
    let rank = rank(kind, profile);
    (rank, if rank == UNKNOWN { kind.clone() } else { Str::EMPTY })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_kinds_come_in_table_order_and_unknown_ones_last_by_name() {
        let mut kinds = ["Zebra", "Service", "", "Apple", "Namespace", "Deployment"].map(Str::from);
        kinds.sort_by_cached_key(|kind| key(kind, Profile::DEFAULT));
        assert_eq!(
            kinds,
            ["Namespace", "Service", "Deployment", "", "Apple", "Zebra"].map(Str::from)
        );
    }
}
