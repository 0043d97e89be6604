//! Kinds of which the API server refuses some fields, and nothing else is to be told.

use std::collections::BTreeSet;

use gostd::value::{Str, Value};

use super::{Found, Rule, at, is_same, recreate, refused, rule};
use crate::diff::object::Object;

/// A field that may not change.
struct Field {
    group: &'static str,
    kind: &'static str,
    path: &'static [&'static str],
    /// What an absent one is.
    default: Default,
    /// Whether it is a list of texts that are compared as a set.
    is_set: bool,
    /// What the API server calls it, if not by its path.
    called: Option<&'static str>,
    rule: Rule,
}

#[derive(Clone, Copy)]
enum Default {
    None,
    Text(&'static str),
    Texts(&'static [&'static str]),
    Yes,
}

const fn field(
    group: &'static str,
    kind: &'static str,
    path: &'static [&'static str],
    default: Default,
    rule: Rule,
) -> Field {
    Field { group, kind, path, default, is_set: false, called: None, rule }
}

const RBAC: &str = "rbac.authorization.k8s.io";
const STORAGE: &str = "storage.k8s.io";
const ROLE_BINDING: Rule = rule("ValidateRoleBindingUpdate", "pkg/apis/rbac/validation");
const CLUSTER_ROLE_BINDING: Rule =
    rule("ValidateClusterRoleBindingUpdate", "pkg/apis/rbac/validation");
const STORAGE_CLASS: Rule = rule("ValidateStorageClassUpdate", "pkg/apis/storage/validation");
const CSI_DRIVER: Rule = rule("ValidateCSIDriverUpdate", "pkg/apis/storage/validation");
const ATTRIBUTES: Rule = rule("ValidateVolumeAttributesClassUpdate", "pkg/apis/storage/validation");
const PRIORITY: Rule = rule("ValidatePriorityClassUpdate", "pkg/apis/scheduling/validation");
const INGRESS_CLASS: Rule = rule("ValidateIngressClassUpdate", "pkg/apis/networking/validation");
const RUNTIME_CLASS: Rule = rule("ValidateRuntimeClassUpdate", "pkg/apis/node/validation");
const QUOTA: Rule = rule("ValidateResourceQuotaUpdate", "pkg/apis/core/validation");
const SLICE: Rule = rule("ValidateEndpointSliceUpdate", "pkg/apis/discovery/validation");
const DEVICES: Rule = rule("ValidateResourceClaimTemplateUpdate", "pkg/apis/resource/validation");
const DEVICE_CLAIM: Rule = rule("ValidateResourceClaimUpdate", "pkg/apis/resource/validation");

const FIELDS: &[Field] = &[
    field(RBAC, "RoleBinding", &["roleRef", "kind"], Default::None, ROLE_BINDING),
    field(RBAC, "RoleBinding", &["roleRef", "name"], Default::None, ROLE_BINDING),
    field(RBAC, "ClusterRoleBinding", &["roleRef", "kind"], Default::None, CLUSTER_ROLE_BINDING),
    field(RBAC, "ClusterRoleBinding", &["roleRef", "name"], Default::None, CLUSTER_ROLE_BINDING),
    field(STORAGE, "StorageClass", &["parameters"], Default::None, STORAGE_CLASS),
    field(STORAGE, "StorageClass", &["provisioner"], Default::None, STORAGE_CLASS),
    field(STORAGE, "StorageClass", &["reclaimPolicy"], Default::Text("Delete"), STORAGE_CLASS),
    field(
        STORAGE,
        "StorageClass",
        &["volumeBindingMode"],
        Default::Text("Immediate"),
        STORAGE_CLASS,
    ),
    Field {
        group: STORAGE,
        kind: "CSIDriver",
        path: &["spec", "attachRequired"],
        default: Default::Yes,
        is_set: false,
        called: Some("spec.attachedRequired"),
        rule: CSI_DRIVER,
    },
    field(
        STORAGE,
        "CSIDriver",
        &["spec", "volumeLifecycleModes"],
        Default::Texts(&["Persistent"]),
        CSI_DRIVER,
    ),
    field(STORAGE, "VolumeAttributesClass", &["driverName"], Default::None, ATTRIBUTES),
    field(STORAGE, "VolumeAttributesClass", &["parameters"], Default::None, ATTRIBUTES),
    field("scheduling.k8s.io", "PriorityClass", &["value"], Default::None, PRIORITY),
    field(
        "scheduling.k8s.io",
        "PriorityClass",
        &["preemptionPolicy"],
        Default::Text("PreemptLowerPriority"),
        PRIORITY,
    ),
    field(
        "networking.k8s.io",
        "IngressClass",
        &["spec", "controller"],
        Default::None,
        INGRESS_CLASS,
    ),
    field("node.k8s.io", "RuntimeClass", &["handler"], Default::None, RUNTIME_CLASS),
    Field { is_set: true, ..field("", "ResourceQuota", &["spec", "scopes"], Default::None, QUOTA) },
    field("discovery.k8s.io", "EndpointSlice", &["addressType"], Default::None, SLICE),
    field("resource.k8s.io", "ResourceClaim", &["spec"], Default::None, DEVICE_CLAIM),
    field("resource.k8s.io", "ResourceClaimTemplate", &["spec"], Default::None, DEVICES),
];

/// Returns the texts of a list, each once.
fn set(object: &Object, path: &[&str]) -> BTreeSet<Str> {
    let Some(Value::List(items)) = at(object, path) else { return BTreeSet::new() };
    let text = |item: &Value| match item {
        Value::Str(text) => Some(text.clone()),
        _ => None,
    };
    items.iter().filter_map(text).collect()
}

pub(super) fn updated(group: &str, kind: &str, old: &Object, new: &Object) -> Vec<Found> {
    let mut fields: Vec<String> = Vec::new();
    let mut source = None;
    for field in FIELDS.iter().filter(|field| field.group == group && field.kind == kind) {
        let default = match field.default {
            Default::None => None,
            Default::Text(text) => Some(Value::str(text)),
            Default::Texts(texts) => {
                Some(Value::list(texts.iter().map(|text| Value::str(*text)).collect()))
            }
            Default::Yes => Some(Value::Bool(true)),
        };
        let is_unchanged = match field.is_set {
            true => set(old, field.path) == set(new, field.path),
            false => is_same(old, new, field.path, default),
        };
        if is_unchanged {
            continue;
        }
        source = Some(field.rule);
        // The reference to a role is refused as a whole.
        let name = match field.called {
            Some(name) => name.to_owned(),
            None if field.path[0] == "roleRef" => "roleRef".to_owned(),
            None => field.path.join("."),
        };
        if !fields.contains(&name) {
            fields.push(name);
        }
    }
    match source {
        Some(source) => vec![refused(fields, recreate(new), source)],
        None => Vec::new(),
    }
}
