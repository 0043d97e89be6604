//! Values that the API server does not take: those that it cannot decode as their fields' types, and negative numbers. An
//! object that has one is refused, and nothing else happens to it.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::{Found, Refusal, Rule, Severity, What, kind, number, rule};
use crate::diff::object::Object;
use crate::kubernetes::{self, Kind, Problem, Step, Version};

/// The types of `k8s.io/api` say what a field may hold, and how large a number may be.
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

/// Returns the refusals of an object as it is: one for all fields that are wrong in the same way. Negative numbers are told
/// of what can be decoded.
pub(super) fn refusals(object: &Object) -> Vec<Found> {
    // What a Secret holds may be masked here.
    if object.is_secret() {
        return Vec::new();
    }
    let described = Kind::find(&object.api_version, &object.id.kind)
        .and_then(|kind| Version::all().rev().find_map(|version| kind.described(version)));
    let (Some(described), Ok(value)) = (described, object.value()) else { return Vec::new() };
    let mut wrong: Vec<(String, Vec<String>)> = Vec::new();
    let mut places: HashMap<String, usize, RandomState> = HashMap::default();
    for fault in kubernetes::check(described, value) {
        let why = match fault.problem {
            Problem::Type { wanted, found } => format!("must be {wanted}, not {found}"),
            Problem::Form { wanted } => format!("must be {wanted}"),
            // These are found when it is validated, by rules that change with versions.
            Problem::Unknown { .. } | Problem::Missing | Problem::Choice { .. } => continue,
        };
        let place = *places.entry(why.clone()).or_insert(wrong.len());
        match wrong.get_mut(place) {
            Some((_, fields)) => fields.push(path_text(&fault.path)),
            None => wrong.push((why, vec![path_text(&fault.path)])),
        }
    }
    if !wrong.is_empty() {
        return wrong.into_iter().map(|(why, fields)| said(fields, why, DECODING)).collect();
    }
    if !matches!(kind(object).0, "apps" | "batch") {
        return Vec::new();
    }
    let is_negative = |path: &[&str]| number(object, path).is_some_and(|number| number < 0);
    // A StatefulSet keeps all of its revisions then.
    let may_be = |path: &[&str]| {
        path == ["spec", "revisionHistoryLimit"] && *object.id.kind == *b"StatefulSet"
    };
    let negative = NOT_NEGATIVE.iter().filter(|path| is_negative(path) && !may_be(path));
    let negative: Vec<String> = negative.map(|path| path.join(".")).collect();
    match negative.is_empty() {
        true => Vec::new(),
        false => vec![said(negative, "must not be negative".to_owned(), NEGATIVE)],
    }
}

fn said(fields: Vec<String>, why: String, rule: Rule) -> Found {
    Found::new(
        Severity::Error,
        What::Invalid { fields, why, code: None, refusal: Refusal::Always },
        rule,
    )
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
