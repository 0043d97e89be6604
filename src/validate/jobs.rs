//! Jobs, and what CronJobs make.

use std::collections::HashSet;

use bstr::ByteSlice;

use super::node::Node;
use super::{Findings, Level, Rule, workloads};
use crate::kubernetes::names;

pub(super) static RULES: &[Rule] = &[JOB];

const JOB: Rule = Rule {
    code: "SC508",
    level: Level::Error,
    title: "A Job's completions, indexes and policies have to fit each other",
    source: "pkg/apis/batch/validation/validation.go",
};

/// How many rules a policy may have.
const MOST_RULES: usize = 20;
/// How many pods of a Job with indexes may run or fail.
const MOST_PODS: i64 = 100_000;

pub(super) fn check(spec: &Node<'_>, found: &mut Findings) {
    workloads::restart(&spec.at("template"), &["OnFailure", "Never"], found);
    for key in [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ] {
        workloads::not_negative(&spec.at(key), found);
    }
    selector(spec, found);
    let manager = spec.at("managedBy");
    if let Some(text) = manager.text().filter(|_| found.since(32)) {
        let is_path = text
            .split_once_str(b"/")
            .is_some_and(|(domain, path)| names::subdomain(domain).is_empty() && !path.is_empty());
        if !is_path {
            found.add(
                &JOB,
                &manager,
                format!(
                    "{} has to be a domain and a path, e.g. example.com/queue",
                    manager.shown()
                ),
            );
        }
    }
    indexes(spec, found);
    if let Some(policy) = spec.get("podFailurePolicy") {
        failures(spec, &policy, found);
    }
    let replacement = spec.at("podReplacementPolicy");
    match spec.at("podFailurePolicy").is_set() {
        _ if !found.since(29) => {}
        true => found.exactly(&JOB, &replacement, &["Failed"]),
        false => found.exactly(&JOB, &replacement, &["TerminatingOrFailed", "Failed"]),
    }
}

/// Checks the selector, which the server makes itself unless it is told not to.
fn selector(spec: &Node<'_>, found: &mut Findings) {
    let (selector, manual) = (spec.at("selector"), spec.at("manualSelector"));
    workloads::expressions(&selector, found);
    if spec.above_is("spec") && spec.depth() > 1 {
        // Of a CronJob's template.
        for node in [&selector, &manual].into_iter().filter(|node| !node.is_empty()) {
            if node.is_true() || !matches!(node.value, gostd::value::Value::Bool(_)) {
                found.add(&JOB, node, "a CronJob's jobs get their selector from the server");
            }
        }
    } else if manual.is_true() {
        workloads::selector(spec, found);
    } else if !selector.at("matchLabels").is_empty() || !selector.at("matchExpressions").is_empty()
    {
        found.add(&JOB, &selector, "the server makes the selector, unless manualSelector is true");
    }
}

/// Checks the fields of a Job whose pods have indexes.
fn indexes(spec: &Node<'_>, found: &mut Findings) {
    let mode = spec.at("completionMode");
    found.exactly(&JOB, &mode, &["NonIndexed", "Indexed"]);
    let (per_index, failed) = (spec.at("backoffLimitPerIndex"), spec.at("maxFailedIndexes"));
    if found.since(29) && failed.is_set() && !per_index.is_set() {
        found.add(&JOB, &per_index, "it is required where maxFailedIndexes is set");
    }
    let completions = spec.at("completions");
    if !mode.is("Indexed") {
        let since = [("backoffLimitPerIndex", 29), ("maxFailedIndexes", 29), ("successPolicy", 31)];
        for (key, minor) in since {
            if !found.since(minor) {
                continue;
            }
            let why = "it can be set only where completionMode is Indexed";
            found.forbidden(&JOB, &spec.at(key), why);
        }
        return;
    }
    // Where neither is set, both are 1, but of what a CronJob makes.
    let is_of_cron = spec.above_is("spec") && spec.depth() > 1;
    if !completions.is_set() && (spec.at("parallelism").is_set() || is_of_cron) {
        found.add(&JOB, &completions, "it is required where completionMode is Indexed");
    }
    found.within(&JOB, &spec.at("parallelism"), 0, MOST_PODS);
    let failed = if found.since(29) { failed } else { spec.at("") };
    found.within(&JOB, &failed, 0, completions.integer().unwrap_or(MOST_PODS).clamp(0, MOST_PODS));
    let policy = spec.get("successPolicy").filter(|_| found.since(31));
    let Some(policy) = policy else { return };
    let rules = policy.at("rules");
    match rules.items().count() {
        0 => found.add(&JOB, &rules, "it has to have at least one rule"),
        1..=MOST_RULES => {}
        _ => found.add(&JOB, &rules, format!("it must not have more than {MOST_RULES} rules")),
    }
    for rule in rules.items() {
        let count = rule.at("succeededCount");
        if !count.is_set() && !rule.at("succeededIndexes").is_set() {
            found.add(&JOB, &rule, "it has neither succeededCount nor succeededIndexes");
        }
        found.within(&JOB, &count, 1, completions.integer().unwrap_or(i64::MAX).max(1));
        let all = rule.at("succeededIndexes");
        if let Some(text) = all.text()
            && !are_indexes(text, completions.integer().unwrap_or(i64::MAX))
        {
            let words = format!("{} are no indexes, like 0,2-4, in order", all.shown());
            found.add(&JOB, &all, words);
        }
    }
}

/// Tells whether a text lists indexes below a number, and spans of them, in order: `0,2-4`.
fn are_indexes(text: &[u8], completions: i64) -> bool {
    let number = |text: &str| text.parse::<i64>().ok().filter(|n| (0..completions).contains(n));
    let mut last = -1;
    let mut is_next = |part: &str| {
        let (first, end) = match part.split_once('-') {
            None => (number(part), number(part)),
            Some((first, end)) => {
                (number(first), number(end).filter(|end| Some(*end) > number(first)))
            }
        };
        let fits = first.is_some_and(|first| first > last) && end.is_some();
        last = end.unwrap_or(i64::MAX);
        fits
    };
    text.is_empty() || text.to_str().is_ok_and(|text: &str| text.split(',').all(&mut is_next))
}

/// Checks what a Job does when a pod fails.
fn failures(spec: &Node<'_>, policy: &Node<'_>, found: &mut Findings) {
    let template = spec.at("template");
    let pod = template.at("spec");
    if !pod.at("restartPolicy").is("Never") {
        found.add(&JOB, policy, "it can be set only where the restartPolicy of the pods is Never");
    }
    let rules = policy.at("rules");
    if rules.items().count() > MOST_RULES {
        found.add(&JOB, &rules, format!("it must not have more than {MOST_RULES} rules"));
    }
    let containers: HashSet<_> = ["containers", "initContainers"]
        .iter()
        .flat_map(|key| {
            let list = pod.at(key);
            let names: Vec<_> = list.items().map(|one| one.at("name").text_or_empty()).collect();
            names
        })
        .collect();
    for rule in rules.items() {
        let action = rule.at("action");
        found.exactly(&JOB, &action, &["Ignore", "FailJob", "Count", "FailIndex"]);
        if action.is("FailIndex") && !spec.at("backoffLimitPerIndex").is_set() {
            found.add(&JOB, &action, "FailIndex needs backoffLimitPerIndex");
        }
        let (codes, conditions) = (rule.at("onExitCodes"), rule.at("onPodConditions"));
        if codes.is_set() != conditions.is_empty() {
            found.add(&JOB, &rule, "it has to have one of onExitCodes and onPodConditions");
        }
        if codes.is_set() {
            exit_codes(&codes, &containers, found);
        }
        for condition in conditions.items() {
            found.qualified(&JOB, &condition.at("type"));
            found.one_of(&JOB, &condition.at("status"), &["True", "False", "Unknown"]);
        }
    }
}

fn exit_codes(codes: &Node<'_>, containers: &HashSet<gostd::value::Str>, found: &mut Findings) {
    let (operator, values, name) =
        (codes.at("operator"), codes.at("values"), codes.at("containerName"));
    found.exactly(&JOB, &operator, &["In", "NotIn"]);
    if name.text().is_some_and(|text| !containers.contains(text)) {
        found.add(&JOB, &name, format!("no container of the pods is called {}", name.shown()));
    }
    if values.is_empty() {
        found.add(&JOB, &values, "it has to have at least one value");
    }
    let mut last = None;
    for value in values.items() {
        let Some(n) = value.integer() else { continue };
        if n == 0 && operator.is("In") {
            found.add(&JOB, &value, "it must not be 0 where the operator is In");
        }
        if last.is_some_and(|last| last >= n) {
            found.add(&JOB, &value, "the values have to be in order, each once");
        }
        last = Some(n);
    }
}

#[cfg(test)]
mod tests {
    use super::are_indexes;

    #[test]
    fn indexes_are_in_order_and_below_the_completions() {
        for right in ["", "0", "0,2-4", "1-2,4"] {
            assert!(are_indexes(right.as_bytes(), 5), "{right}");
        }
        for wrong in ["5", "a", "1,", "2,1", "1,1", "3-1", "1-1", "2-5", "-1"] {
            assert!(!are_indexes(wrong.as_bytes(), 5), "{wrong}");
        }
    }
}
