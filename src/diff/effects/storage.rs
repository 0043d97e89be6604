//! Claims and volumes. Classes of storage stand in the table of `immutable`.

use gostd::value::{Map, Value};

use super::{
    Found, Rule, Severity, Step, What, at, defaults, is_same, kubectl, recreate, refused, rule,
    written,
};
use crate::diff::object::Object;
use crate::diff::same;
use crate::kubernetes::{self, quantity};

/// A claim's size may grow once it is bound; its attributes class may change.
const CLAIM: Rule = rule("ValidatePersistentVolumeClaimUpdate", "pkg/apis/core/validation");
const RESIZE: Rule = rule(
    "persistentVolumeClaimResize.Validate",
    "plugin/pkg/admission/storage/persistentvolume/resize",
);
const VOLUME: Rule = rule("ValidatePersistentVolumeUpdate", "pkg/apis/core/validation");
const RECLAIM: Rule = rule("reclaimVolume", "pkg/controller/volume/persistentvolume");

const SIZE: &[&str] = &["spec", "resources", "requests", "storage"];

pub(super) fn claim(old: &Object, new: &Object) -> Vec<Found> {
    let rest = |object: &Object| {
        let claim = object.value().map(defaults::claim).unwrap_or(Value::Nil);
        let Value::Map(claim) = claim else { return Map::new() };
        let Some(Value::Map(spec)) = claim.get(b"spec") else { return Map::new() };
        let spec = spec.shallow_copy();
        for key in ["resources", "volumeAttributesClassName", "storageClassName", "volumeName"] {
            spec.remove(key.as_bytes());
        }
        spec
    };
    let note_of_data = "the claim holds data: copy it before the claim is deleted";
    let refuse = |field: &str, only_if: Option<&str>| {
        let mut found = refused(vec![field.to_owned()], recreate(new), CLAIM);
        if let What::Refused { note, only_if: condition, .. } = &mut found.what {
            *note = Some(note_of_data.to_owned());
            *condition = only_if.map(str::to_owned);
        }
        found
    };
    if !same(&Value::Map(rest(old)), &Value::Map(rest(new))) {
        return vec![refuse("spec", None)];
    }
    for key in ["storageClassName", "volumeName"] {
        let path = ["spec", key];
        match (at(old, &path), at(new, &path)) {
            (Some(one), Some(other)) if same(&one, &other) => {}
            (None, None) => {}
            // What was left to the cluster may be what it is.
            (None, Some(_)) => return vec![refuse("spec", Some("the claim has got another one"))],
            _ => return vec![refuse("spec", None)],
        }
    }
    let amount = |object| at(object, SIZE).as_ref().and_then(quantity::read);
    match (amount(old), amount(new)) {
        (Some(before), Some(after)) if after < before => {
            let mut found = refuse("spec.resources.requests.storage", None);
            if let What::Refused { note, .. } = &mut found.what {
                *note = Some(format!("Kubernetes cannot shrink a volume; {note_of_data}"));
            }
            vec![found]
        }
        (Some(before), Some(after)) if after > before => {
            let to = at(new, SIZE).as_ref().and_then(written).unwrap_or_default();
            vec![Found::new(Severity::Notice, What::Grows { to }, RESIZE)]
        }
        _ => Vec::new(),
    }
}

pub(super) fn claim_removed() -> Vec<Found> {
    vec![Found::new(Severity::Error, What::ClaimGoes, RECLAIM)]
}

pub(super) fn volume(old: &Object, new: &Object) -> Vec<Found> {
    let source = |object| {
        let Some(Value::Map(spec)) = at(object, &["spec"]) else { return Value::Nil };
        let spec = spec.shallow_copy();
        kubernetes::NO_SOURCES.iter().for_each(|key| {
            spec.remove(key.as_bytes());
        });
        defaults::plain(&Value::Map(spec))
    };
    let mut fields = Vec::new();
    if !same(&source(old), &source(new)) {
        fields.push("spec.persistentvolumesource".to_owned());
    }
    if !is_same(old, new, &["spec", "volumeMode"], Some(Value::str("Filesystem"))) {
        fields.push("volumeMode".to_owned());
    }
    let affinity = ["spec", "nodeAffinity"];
    if at(old, &affinity).is_some() && !is_same(old, new, &affinity, None) {
        fields.push("nodeAffinity".to_owned());
    }
    if fields.is_empty() {
        return Vec::new();
    }
    let retain = "--type merge -p '{\"spec\":{\"persistentVolumeReclaimPolicy\":\"Retain\"}}'";
    let mut way_out: Vec<Step> = vec![kubectl(new, "patch", retain)];
    way_out.extend(recreate(new));
    vec![refused(fields, way_out, VOLUME)]
}
