//! HorizontalPodAutoscalers.

use bstr::ByteSlice;

use super::node::Node;
use super::{Findings, Level, Rule, resources};
use crate::kubernetes::names;

pub(super) static RULES: &[Rule] = &[SCALER];

const SCALER: Rule = Rule {
    code: "SC712",
    level: Level::Error,
    title: "A HorizontalPodAutoscaler's target, bounds and metrics have to be complete",
    source: "pkg/apis/autoscaling/validation/validation.go",
};

/// The field of each type of metric.
const SOURCES: &[(&str, &str)] = &[
    ("Object", "object"),
    ("External", "external"),
    ("Pods", "pods"),
    ("Resource", "resource"),
    ("ContainerResource", "containerResource"),
];

/// How many seconds scaling may look back.
const LONGEST_WINDOW: i64 = 3600;
/// How many seconds a policy of scaling may be about.
const LONGEST_PERIOD: i64 = 1800;

pub(super) fn check(spec: &Node<'_>, found: &mut Findings) {
    reference(&spec.at("scaleTargetRef"), found);
    let (least, most) = (spec.at("minReplicas"), spec.at("maxReplicas"));
    match most.integer() {
        Some(n) if n < 1 => found.add(&SCALER, &most, "it has to be more than 0"),
        Some(n) if least.integer().is_some_and(|least| least > n) => {
            found.add(&SCALER, &most, format!("{n} is less than minReplicas, {}", least.shown()));
        }
        _ => {}
    }
    // HPAScaleToZero: nothing but what is outside the pods can tell when there have to be some again.
    let is_outside = |one: &Node<'_>| one.at("type").is_any(&["Object", "External"]);
    let lets_zero = found.since(37) && spec.at("metrics").items().any(|one| is_outside(&one));
    let fewest = if lets_zero { 0 } else { 1 };
    if least.integer().is_some_and(|n| n < fewest) {
        found.add(&SCALER, &least, format!("it has to be at least {fewest}"));
    }
    for one in spec.at("metrics").items() {
        metric(&one, found);
    }
    let behavior = spec.at("behavior");
    for key in ["scaleUp", "scaleDown"] {
        if let Some(rules) = behavior.get(key) {
            scaling(&rules, found);
        }
    }
}

/// Checks what names the object that is scaled, or that a metric is about.
fn reference(target: &Node<'_>, found: &mut Findings) {
    for key in ["kind", "name"] {
        found.segment(&SCALER, &target.at(key), key);
    }
    let version = target.at("apiVersion");
    let text = version.text_or_empty();
    let slashes = text.find_iter(b"/").count();
    if found.since(34) && slashes > 1 {
        found.add(&SCALER, &version, format!("{} is no API version", version.shown()));
    }
    // Since Kubernetes 1.34 a group is asked for, but of a ReplicationController.
    if found.since(34)
        && target.above_is("scaleTargetRef")
        && !target.at("kind").is("ReplicationController")
        && (slashes == 0 || slashes == 1 && text.starts_with(b"/"))
    {
        found.add(&SCALER, &version, "it has to name an API group, e.g. apps/v1");
    }
}

fn metric(metric: &Node<'_>, found: &mut Findings) {
    let kind = metric.at("type");
    let wanted = SOURCES.iter().find(|(name, _)| kind.is(name)).map(|(_, field)| *field);
    let Some(field) = wanted else {
        let known: Vec<&str> = SOURCES.iter().map(|(name, _)| *name).collect();
        return found.add(&SCALER, &kind, format!("it has to be one of {}", known.join(", ")));
    };
    for (_, other) in SOURCES.iter().filter(|(_, other)| *other != field) {
        let why = format!("it cannot be set where the type is {}", kind.shown());
        found.forbidden(&SCALER, &metric.at(other), &why);
    }
    let Some(source) = metric.get(field) else {
        let why = format!("a metric of the type {} has to have the field {field}", kind.shown());
        return found.add(&SCALER, &metric.at(field), why);
    };
    match field {
        "object" => {
            reference(&source.at("describedObject"), found);
        }
        "resource" | "containerResource" => {
            let name = source.at("name");
            if found.required(&SCALER, &name, "the name of the resource")
                && field == "containerResource"
                && found.since(34)
            {
                let text = name.text_or_empty();
                let is_known = if text.contains(&b'/') {
                    names::qualified(&text).is_empty()
                } else {
                    resources::is_own(&text)
                };
                if !is_known {
                    let words = format!("{} is no resource of a container", name.shown());
                    found.add(&SCALER, &name, words);
                }
            }
        }
        _ => {}
    }
    let container = source.at("container");
    if field == "containerResource" && found.required(&SCALER, &container, "container") {
        found.named(&SCALER, &container, names::label(&container.text_or_empty(), false));
    }
    // Other versions of the API than autoscaling/v2 have the target elsewhere.
    let Some(target) = source.get("target") else { return };
    if let "object" | "external" | "pods" = field {
        found.segment(&SCALER, &source.at("metric").at("name"), "the name of the metric");
    }
    aim(field, &target, found);
}

/// Checks a share of what is requested, in percent.
pub(super) fn share(share: &Node<'_>, found: &mut Findings) {
    if share.integer().is_some_and(|n| n < 1) {
        found.add(&SCALER, share, "it has to be more than 0");
    }
}

/// Checks the target of a metric.
fn aim(field: &str, target: &Node<'_>, found: &mut Findings) {
    let kind = target.at("type");
    if !kind.is_any(&["Utilization", "Value", "AverageValue"]) {
        found.add(&SCALER, &kind, "it has to be Utilization, Value or AverageValue");
    }
    let (value, average, share) =
        (target.at("value"), target.at("averageValue"), target.at("averageUtilization"));
    for node in [&value, &average] {
        if node.quantity().is_some_and(|n| n <= 0) {
            found.add(&SCALER, node, "it has to be more than 0");
        }
    }
    self::share(&share, found);
    let (either, or): (&Node<'_>, &Node<'_>) = match field {
        "pods" => (&average, &average),
        "object" | "external" => (&value, &average),
        _ => (&share, &average),
    };
    if !either.is_set() && !or.is_set() {
        let names = match field {
            "pods" => "no averageValue",
            "object" | "external" => "neither value nor averageValue",
            _ => "neither averageUtilization nor averageValue",
        };
        found.add(&SCALER, target, format!("it has {names}"));
    }
    if field != "pods" && field != "object" && either.is_set() && or.is_set() {
        found.add(&SCALER, or, "averageValue cannot be set beside the other target");
    }
}

/// Checks how fast is scaled.
fn scaling(rules: &Node<'_>, found: &mut Findings) {
    found.within(&SCALER, &rules.at("stabilizationWindowSeconds"), 0, LONGEST_WINDOW);
    found.exactly(&SCALER, &rules.at("selectPolicy"), &["Max", "Min", "Disabled"]);
    let tolerance = rules.at("tolerance");
    if found.since(35) && tolerance.quantity().is_some_and(|n| n < 0) {
        found.add(&SCALER, &tolerance, format!("{} is negative", tolerance.shown()));
    }
    let policies = rules.at("policies");
    // What is not given is the default; an empty list is none.
    if policies.is_set() && policies.is_empty() {
        found.add(&SCALER, &policies, "it has to have at least one policy");
    }
    for policy in policies.items() {
        let (kind, value, period) =
            (policy.at("type"), policy.at("value"), policy.at("periodSeconds"));
        match kind.is_empty() {
            true => drop(found.required(&SCALER, &kind, "type")),
            false => found.exactly(&SCALER, &kind, &["Pods", "Percent"]),
        }
        found.within(&SCALER, &value, 1, i64::MAX);
        found.within(&SCALER, &period, 1, LONGEST_PERIOD);
    }
}
