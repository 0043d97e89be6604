//! Budgets and schedules.

use gostd::time::Zone;

use super::node::Node;
use super::{Findings, Level, Rule, metadata, scaling, workloads};
use crate::diff::Object;

pub(super) static RULES: &[Rule] = &[BUDGET, SCHEDULE];

const BUDGET: Rule = Rule {
    code: "SC711",
    level: Level::Error,
    title: "A PodDisruptionBudget has one of minAvailable and maxUnavailable",
    source: "pkg/apis/policy/validation/validation.go",
};
const SCHEDULE: Rule = Rule {
    code: "SC713",
    level: Level::Error,
    title: "A CronJob's schedule and policy have to be valid",
    source: "pkg/apis/batch/validation/validation.go",
};

pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    let spec = root.at("spec");
    match (&*object.id.group, &*object.id.kind) {
        (b"policy", b"PodDisruptionBudget") => budget(&spec, found),
        (b"autoscaling", b"HorizontalPodAutoscaler") => {
            // Of autoscaling/v1 alone.
            scaling::share(&spec.at("targetCPUUtilizationPercentage"), found);
            scaling::check(&spec, found)
        }
        (b"batch", b"CronJob") => cron(&spec, found),
        _ => {}
    }
}

fn budget(spec: &Node<'_>, found: &mut Findings) {
    let (least, most) = (spec.at("minAvailable"), spec.at("maxUnavailable"));
    if least.is_set() && most.is_set() {
        found.add(&BUDGET, &most, "maxUnavailable cannot be set beside minAvailable");
    }
    for node in [&least, &most] {
        match workloads::amount(node) {
            None if node.is_set() => found.add(
                &BUDGET,
                node,
                format!("{} is neither a number nor a percentage like 25%", node.shown()),
            ),
            Some((n, _)) if n < 0 => found.add(&BUDGET, node, format!("{n} is negative")),
            Some((n, true)) if n > 100 => found.add(&BUDGET, node, "it must not be more than 100%"),
            _ => {}
        }
    }
    workloads::expressions(&spec.at("selector"), found);
    let eviction = spec.at("unhealthyPodEvictionPolicy");
    found.exactly(&BUDGET, &eviction, &["IfHealthyBudget", "AlwaysAllow"]);
}

fn cron(spec: &Node<'_>, found: &mut Findings) {
    let template = spec.at("jobTemplate");
    let metadata = template.at("metadata");
    metadata::of_template(&metadata, found);
    // Jobs get its labels and annotations, and not its finalizers.
    let schedule = spec.at("schedule");
    match schedule.text().filter(|text| !text.is_empty()) {
        None => found.add(&SCHEDULE, &schedule, "schedule is required"),
        Some(text) => {
            if let Err(why) = super::cron::check(&text.to_string_lossy()) {
                found.add(&SCHEDULE, &schedule, format!("{}: {why}", schedule.shown()));
            }
        }
    }
    found.one_of(&SCHEDULE, &spec.at("concurrencyPolicy"), &["Allow", "Forbid", "Replace"]);
    for key in ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
        workloads::not_negative(&spec.at(key), found);
    }
    let zone = spec.at("timeZone");
    if zone.is_set() {
        let text = zone.text_or_empty();
        if text.is_empty() || text.eq_ignore_ascii_case(b"local") {
            found.add(&SCHEDULE, &zone, "it has to be the name of a time zone, e.g. Etc/UTC");
        } else if Zone::load(&text).is_none() {
            found.add(&SCHEDULE, &zone, format!("{} is no known time zone", zone.shown()));
        }
    }
}
