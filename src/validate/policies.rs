//! Budgets, scaling, schedules and classes of priority.

use bstr::ByteSlice;

use super::node::Node;
use super::{Findings, Level, Rule, workloads};
use crate::diff::Object;
use crate::kubernetes::names;

pub(super) static RULES: &[Rule] = &[BUDGET, SCALER, SCHEDULE];

const BUDGET: Rule = Rule {
    code: "SC711",
    level: Level::Error,
    title: "A PodDisruptionBudget has one of minAvailable and maxUnavailable",
    source: "pkg/apis/policy/validation/validation.go",
};
const SCALER: Rule = Rule {
    code: "SC712",
    level: Level::Error,
    title: "A HorizontalPodAutoscaler's target, bounds and metrics have to be complete",
    source: "pkg/apis/autoscaling/validation/validation.go",
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
        (b"autoscaling", b"HorizontalPodAutoscaler") => scaler(&spec, found),
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
}

fn scaler(spec: &Node<'_>, found: &mut Findings) {
    let target = spec.at("scaleTargetRef");
    for key in ["kind", "name"] {
        if target.at(key).is_empty() {
            found.add(&SCALER, &target.at(key), format!("{key} is required"));
        }
    }
    for key in ["kind", "name"] {
        let node = target.at(key);
        found.named(&SCALER, &node, names::path_segment(&node.text_or_empty()));
    }
    let version = target.at("apiVersion");
    // Since Kubernetes 1.36 a group is asked for, but of a ReplicationController.
    if found.version.minor() >= 36
        && !target.at("kind").is("ReplicationController")
        && version.text_or_empty().split_once_str(b"/").is_none()
    {
        found.add(&SCALER, &version, "it has to name an API group, e.g. apps/v1");
    }
    let (least, most) = (spec.at("minReplicas"), spec.at("maxReplicas"));
    match most.integer() {
        Some(n) if n < 1 => found.add(&SCALER, &most, "it has to be more than 0"),
        Some(n) if least.integer().is_some_and(|least| least > n) => {
            found.add(&SCALER, &most, format!("{n} is less than minReplicas, {}", least.shown()));
        }
        _ => {}
    }
    if least.integer().is_some_and(|n| n < 1) {
        found.add(&SCALER, &least, "it has to be more than 0");
    }
    for metric in spec.at("metrics").items() {
        let kind = metric.at("type");
        let field = match &*kind.text_or_empty() {
            b"Resource" => "resource",
            b"Pods" => "pods",
            b"Object" => "object",
            b"External" => "external",
            b"ContainerResource" => "containerResource",
            _ => {
                found.add(
                    &SCALER,
                    &kind,
                    "it has to be Resource, Pods, Object, External or ContainerResource",
                );
                continue;
            }
        };
        let Some(source) = metric.get(field) else {
            found.add(
                &SCALER,
                &metric.at(field),
                format!("a metric of the type {} has to have the field {field}", kind.shown()),
            );
            continue;
        };
        if field.to_ascii_lowercase().ends_with("resource") && source.at("name").is_empty() {
            found.add(&SCALER, &source.at("name"), "the name of the resource is missing");
        }
        // The target of autoscaling/v1 stands elsewhere.
        if let Some(target) = source.get("target") {
            let kind = target.at("type");
            if !kind.is_any(&["Utilization", "Value", "AverageValue"]) {
                found.add(&SCALER, &kind, "it has to be Utilization, Value or AverageValue");
            }
            let is_there = ["averageUtilization", "value", "averageValue"]
                .iter()
                .any(|key| target.at(key).is_set());
            if !is_there {
                found.add(
                    &SCALER,
                    &target,
                    "it has neither averageUtilization, value nor averageValue",
                );
            }
            let share = target.at("averageUtilization");
            if share.integer().is_some_and(|n| n < 1) {
                found.add(&SCALER, &share, "it has to be more than 0");
            }
        }
    }
}

fn cron(spec: &Node<'_>, found: &mut Findings) {
    let schedule = spec.at("schedule");
    match schedule.text().filter(|text| !text.is_empty()) {
        None => found.add(&SCHEDULE, &schedule, "schedule is required"),
        Some(text) => {
            if let Err(why) = super::cron::check(&text.to_string_lossy()) {
                found.add(&SCHEDULE, &schedule, format!("{}: {why}", schedule.shown()));
            }
        }
    }
    let policy = spec.at("concurrencyPolicy");
    if !policy.is_empty() && !policy.is_any(&["Allow", "Forbid", "Replace"]) {
        found.add(&SCHEDULE, &policy, "it has to be Allow, Forbid or Replace");
    }
    for key in ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
        workloads::not_negative(&spec.at(key), found);
    }
    let zone = spec.at("timeZone");
    if zone.is_set() {
        let text = zone.text_or_empty();
        if text.is_empty() || text.eq_ignore_ascii_case(b"local") {
            found.add(&SCHEDULE, &zone, "it has to be the name of a time zone, e.g. Etc/UTC");
        }
    }
}
