//! Numbers that the API server does not take: an object that has one is refused, and nothing else happens to it.

use super::{Found, Rule, Severity, What, kind, number, rule};
use crate::diff::object::Object;
use crate::kubernetes::{self, Kind, Problem, Step, Version};

/// The types of `k8s.io/api` say how large a number may be.
const DECODING: Rule = rule("UnmarshalCaseSensitivePreserveInts", "sigs.k8s.io/json");
const NEGATIVE: Rule = rule("ValidateNonnegativeField", "pkg/apis/core/validation");

/// Fields of workloads that may not be negative.
const NOT_NEGATIVE: &[&[&str]] = &[
    &["spec", "replicas"],
    &["spec", "minReadySeconds"],
    &["spec", "ordinals", "start"],
    &["spec", "updateStrategy", "rollingUpdate", "partition"],
    &["spec", "completions"],
    &["spec", "parallelism"],
    &["spec", "revisionHistoryLimit"],
];

/// Returns the refusal of an object for its numbers.
pub(super) fn refusal(object: &Object) -> Option<Found> {
    // They hold texts, and are many.
    if matches!(kind(object), ("", "ConfigMap" | "Secret")) {
        return None;
    }
    let described = Kind::find(&object.api_version, &object.id.kind)
        .and_then(|kind| Version::all().rev().find_map(|version| kind.described(version)))?;
    let faults = kubernetes::check(described, object.value().ok()?);
    let is_number = |problem: &Problem| matches!(problem, Problem::Form { wanted } if wanted.starts_with("an integer"));
    let too_large: Vec<String> = faults
        .iter()
        .filter(|fault| is_number(&fault.problem))
        .map(|fault| path_text(&fault.path))
        .collect();
    if !too_large.is_empty() {
        return Some(said(too_large, "must be a whole number of 32 bits", DECODING));
    }
    if !matches!(kind(object).0, "apps" | "batch") {
        return None;
    }
    let negative: Vec<String> = NOT_NEGATIVE
        .iter()
        .filter(|path| number(object, path).is_some_and(|number| number < 0))
        .map(|path| path.join("."))
        .collect();
    let is_fine = negative.is_empty();
    (!is_fine).then(|| said(negative, "must not be negative", NEGATIVE))
}

fn said(fields: Vec<String>, why: &str, rule: Rule) -> Found {
    Found::new(Severity::Error, What::Invalid { fields, why: why.to_owned() }, rule)
}

fn path_text(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) => kubernetes::write_key(&mut text, key, false),
            Step::Item(number) => text.push_str(&format!("[{number}]")),
        }
    }
    text
}
