//! Definitions of resources: those in `crds/`, which Helm makes once, and those in templates.

use bstr::ByteSlice;
use gostd::value::Value;

use super::{
    Cluster, CrdChange, Found, KEPT, OWNED, Rule, Severity, Step, What, hooks, is_kept, is_same,
    kubectl, recreate, refused, rule, text,
};
use crate::diff::object::{Object, get};

/// `helm upgrade` does not look at `crds/`, unless it installs.
const CRDS: Rule = rule("installCRDs", "Helm, pkg/action/install.go");
const UPDATE: Rule = rule(
    "validateCustomResourceDefinitionSpecUpdate",
    "k8s.io/apiextensions-apiserver, pkg/apis/apiextensions/validation",
);
const STORED: Rule = rule(
    "ValidateCustomResourceDefinitionStoredVersions",
    "k8s.io/apiextensions-apiserver, pkg/apis/apiextensions/validation",
);
const FINALIZER: Rule =
    rule("deleteInstances", "k8s.io/apiextensions-apiserver, pkg/controller/finalizer");

fn stays(change: CrdChange, way_out: Vec<Step>) -> Vec<Found> {
    vec![Found::new(Severity::Warning, What::CrdStays { change, way_out }, CRDS)]
}

fn apply() -> Vec<Step> {
    vec![
        Step::Run(
            "helm show crds CHART | kubectl apply --server-side --force-conflicts -f -".into(),
        ),
        Step::Upgrade,
    ]
}

pub(super) fn changed(_new: &Object) -> Vec<Found> {
    stays(CrdChange::Changed, apply())
}

pub(super) fn added(_new: &Object) -> Vec<Found> {
    stays(CrdChange::Added, apply())
}

pub(super) fn removed(_old: &Object) -> Vec<Found> {
    stays(CrdChange::Removed, Vec::new())
}

/// Tells what happens to a definition that was in the templates and is in `crds/` now. One whose place is not known was
/// read from a cluster.
pub(super) fn left(old: &Object, new: &Object) -> Vec<Found> {
    if old.source.is_empty() {
        return changed(new);
    }
    if old.is_hook() {
        return hooks::removed();
    }
    if is_kept(old) {
        return vec![Found::new(Severity::Warning, What::Kept, KEPT)];
    }
    let kind = text(old, &["spec", "names", "kind"]).unwrap_or_default();
    let way_out = vec![kubectl(old, "annotate", "helm.sh/resource-policy=keep"), Step::Upgrade];
    vec![Found::new(Severity::Error, What::CrdLeaves { kind, way_out }, FINALIZER)]
}

/// Tells what happens to a definition that was in `crds/` and is in the templates now.
pub(super) fn joined(old: &Object, new: &Object, cluster: Cluster) -> Vec<Found> {
    if new.is_hook() {
        return hooks::runs(Some(old), new, true, cluster);
    }
    let what = What::NotOwned { is_of_hook: false, way_out: adopt(new) };
    vec![Found::new(Severity::Error, what, OWNED)]
}

/// Makes what is in the cluster an object of the release.
pub(super) fn adopt(object: &Object) -> Vec<Step> {
    let owner = "meta.helm.sh/release-name=RELEASE meta.helm.sh/release-namespace=NAMESPACE";
    vec![
        kubectl(object, "label", "app.kubernetes.io/managed-by=Helm"),
        kubectl(object, "annotate", owner),
        Step::Upgrade,
    ]
}

/// A definition in the templates.
pub(super) fn updated(old: &Object, new: &Object) -> Vec<Found> {
    let mut fields = Vec::new();
    let paths: &[&[&str]] = &[
        &["spec", "scope"],
        &["spec", "names", "kind"],
        &["spec", "group"],
        &["spec", "names", "plural"],
    ];
    for path in paths {
        if !is_same(old, new, path, None) {
            fields.push(path.join("."));
        }
    }
    if !fields.is_empty() {
        let mut found = refused(fields, recreate(new), UPDATE);
        if let What::Refused { note, .. } = &mut found.what {
            *note = Some("with the definition all of its objects are deleted".to_owned());
        }
        return vec![found];
    }
    // Only one version is stored, that which is marked so.
    let stored = versions(old).into_iter().filter(|(_, is_stored)| *is_stored);
    let has = versions(new);
    let gone = stored.map(|(name, _)| name).find(|name| has.iter().all(|(has, _)| has != name));
    match gone {
        Some(_) => {
            let mut found =
                refused(vec!["status.storedVersions[0]".to_owned()], Vec::new(), STORED);
            if let What::Refused { note, .. } = &mut found.what {
                *note = Some(
                    "objects are stored in the version that goes: keep it until all are stored in another".to_owned(),
                );
            }
            vec![found]
        }
        None => Vec::new(),
    }
}

/// Returns the versions, and whether each is stored.
fn versions(object: &Object) -> Vec<(String, bool)> {
    let Some(Value::List(versions)) = object.get(&["spec", "versions"]) else {
        return Vec::new();
    };
    let one = |version: &Value| {
        let name = match get(version, &["name"]) {
            Some(Value::Str(name)) => name.to_str_lossy().into_owned(),
            _ => String::new(),
        };
        let is_stored = matches!(get(version, &["storage"]), Some(Value::Bool(true)));
        (name, is_stored)
    };
    versions.iter().map(one).collect()
}

pub(super) fn template_removed(old: &Object) -> Vec<Found> {
    let kind = text(old, &["spec", "names", "kind"]).unwrap_or_default();
    vec![Found::new(Severity::Error, What::KindGoes { kind }, FINALIZER)]
}
