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

/// How many rules a policy, or conditions a rule, may have.
const MOST_RULES: usize = 20;
/// How many exit codes a rule may name.
const MOST_CODES: usize = 255;
/// How many bytes the name of what manages a Job may have.
const LONGEST_MANAGER: usize = 63;
/// How many pods of a Job may run, or fail, that has more completions than `MOST_PODS` and a limit of each.
const MOST_OF_MANY: i64 = 10_000;
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
        if text.len() > LONGEST_MANAGER {
            let words = format!("it must be no more than {LONGEST_MANAGER} bytes");
            found.add(&JOB, &manager, words);
        }
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

/// Checks what the name of a Job is used for: labels of its pods, and the names of their hosts where they have indexes.
pub(super) fn names(root: &Node<'_>, found: &mut Findings) {
    let (metadata, spec) = (root.at("metadata"), root.at("spec"));
    let name = metadata.at("name");
    if name.is_empty() {
        return;
    }
    let completions = spec.at("completions").integer().unwrap_or(1);
    if spec.at("completionMode").is("Indexed") && completions > 0 {
        let host = [&*name.text_or_empty(), format!("-{}", completions - 1).as_bytes()].concat();
        if !names::label(&host, false).is_empty() {
            let words = format!(
                "{:?}, the name and the last index, has to be a DNS label of at most 63 characters",
                host.to_str_lossy()
            );
            found.add(&JOB, &name, words);
        }
    }
    if spec.at("manualSelector").is_true() {
        return;
    }
    let template = spec.at("template");
    let metadata = template.at("metadata");
    let labels = metadata.at("labels");
    for key in ["job-name", "batch.kubernetes.io/job-name"] {
        let label = labels.at(key);
        if label.is_set() && label.text() != name.text() {
            found.add(&JOB, &label, format!("it has to be the name of the Job, {}", name.shown()));
        }
    }
    for key in ["controller-uid", "batch.kubernetes.io/controller-uid"] {
        found.forbidden(&JOB, &labels.at(key), "it is made by the server");
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
    at_most(&spec.at("parallelism"), MOST_PODS, found);
    let failed = if found.since(29) { failed } else { spec.at("") };
    found.within(&JOB, &failed, 0, completions.integer().unwrap_or(MOST_PODS).clamp(0, MOST_PODS));
    if found.since(29) && per_index.is_set() && completions.integer().is_some_and(|n| n > MOST_PODS)
    {
        at_most(&spec.at("parallelism"), MOST_OF_MANY, found);
        found.within(&JOB, &failed, 0, MOST_OF_MANY);
        if !failed.is_set() {
            let words = format!("it is required with more than {MOST_PODS} completions");
            found.add(&JOB, &failed, words);
        }
    }
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
        if let (Some(n), Some(text)) = (count.integer(), all.text())
            && n > indexes_in(text)
        {
            found.add(&JOB, &count, format!("{n} is more than the indexes in {}", all.shown()));
        }
        if let Some(text) = all.text()
            && !are_indexes(text, completions.integer().unwrap_or(i64::MAX))
        {
            let words = format!("{} are no indexes, like 0,2-4, in order", all.shown());
            found.add(&JOB, &all, words);
        }
    }
}

/// Returns how many indexes a text lists: `0,2-4`.
fn indexes_in(text: &[u8]) -> i64 {
    let number = |part: &[u8]| part.to_str().ok()?.parse::<i64>().ok();
    let spans = text.split_str(",").map(|part| match part.split_once_str("-") {
        None => 1,
        Some((first, last)) => match (number(first), number(last)) {
            (Some(first), Some(last)) => last.saturating_sub(first).saturating_add(1),
            _ => 1,
        },
    });
    spans.fold(0, i64::saturating_add)
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
        if conditions.items().count() > MOST_RULES {
            let words = format!("it must not have more than {MOST_RULES} conditions");
            found.add(&JOB, &conditions, words);
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
    if values.items().count() > MOST_CODES {
        found.add(&JOB, &values, format!("it must not have more than {MOST_CODES} values"));
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

/// Checks the upper bound of a number; that it is not negative is another rule.
fn at_most(node: &Node<'_>, most: i64, found: &mut Findings) {
    if node.integer().is_some_and(|n| n > most) {
        found.within(&JOB, node, 0, most);
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
