//! Selectors, replicas and strategies of what makes pods.

use bstr::ByteSlice;

use super::node::Node;
use super::{Findings, Level, Rule, jobs, metadata};
use crate::diff::Object;
use crate::kubernetes::names;

const APPS: &str = "pkg/apis/apps/validation/validation.go";

pub(super) static RULES: &[Rule] =
    &[SELECTOR, MATCHES, NEGATIVE, STRATEGY, RESTART, LONG_NAME, LONGISH_NAME, SELECTOR_FORM];

const SELECTOR: Rule = Rule {
    code: "SC501",
    level: Level::Error,
    title: "A workload has to select its pods",
    source: APPS,
};
pub(super) const MATCHES: Rule = Rule {
    code: "SC502",
    level: Level::Error,
    title: "The selector has to match the labels of the pod template",
    source: APPS,
};
pub(super) const NEGATIVE: Rule = Rule {
    code: "SC503",
    level: Level::Error,
    title: "Counts and seconds must not be negative",
    source: APPS,
};
const STRATEGY: Rule = Rule {
    code: "SC504",
    level: Level::Error,
    title: "An update strategy has to be one that can be carried out",
    source: APPS,
};
const RESTART: Rule = Rule {
    code: "SC505",
    level: Level::Error,
    title: "The pods' restartPolicy has to be one that the workload can have",
    source: "pkg/apis/apps/validation, pkg/apis/batch/validation",
};
pub(super) const LONG_NAME: Rule = Rule {
    code: "SC506",
    level: Level::Error,
    title: "A StatefulSet's or a Job's name has to fit its pods' labels",
    source: "pkg/controller/statefulset: controller-revision-hash is a label, NAME-HASH",
};
const LONGISH_NAME: Rule = Rule {
    code: "SC510",
    level: Level::Warning,
    title: "A StatefulSet's name should leave room for every hash in its pods' labels",
    source: "pkg/controller/statefulset: controller-revision-hash is a label, NAME-HASH",
};
const SELECTOR_FORM: Rule = Rule {
    code: "SC507",
    level: Level::Error,
    title: "A selector's expressions have to be complete",
    source: "k8s.io/apimachinery, pkg/apis/meta/v1/validation: ValidateLabelSelector",
};

pub(super) fn check(object: &Object, root: &Node<'_>, found: &mut Findings) {
    let spec = root.at("spec");
    let of_apps = &*object.id.group == b"apps";
    match (&*object.id.group, &*object.id.kind) {
        (b"apps", b"Deployment" | b"StatefulSet" | b"DaemonSet" | b"ReplicaSet") => {
            selector(&spec, found);
            restart(&spec.at("template"), &["Always"], found);
        }
        (b"batch", b"Job") => {
            let length = object.id.name.len();
            if length > 63 {
                found.add(&LONG_NAME, &root.at("metadata").at("name"), format!("the name has {length} characters; with more than 63 it cannot be a label of its pods"));
            }
            jobs::names(root, found);
            jobs::check(&spec, found);
        }
        (b"", b"ReplicationController") => {
            controller(&spec, found);
            restart(&spec.at("template"), &["Always"], found);
        }
        (b"batch", b"CronJob") => jobs::check(&spec.at("jobTemplate").at("spec"), found),
        _ => return,
    }
    if !of_apps {
        return;
    }
    for key in ["replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"] {
        // Of a StatefulSet's history the server only warns.
        if key != "revisionHistoryLimit" || &*object.id.kind != b"StatefulSet" {
            not_negative(&spec.at(key), found);
        }
    }
    let template = spec.at("template");
    let pod = template.at("spec");
    let deadline = pod.at("activeDeadlineSeconds");
    if deadline.is_set() {
        found.add(&RESTART, &deadline, "it cannot be set here: these pods are not to end");
    }
    let (ready, progress) = (spec.at("minReadySeconds"), spec.at("progressDeadlineSeconds"));
    let seconds = progress.integer().unwrap_or(PROGRESS);
    let ready = ready.integer().unwrap_or(0);
    if &*object.id.kind == b"Deployment" && seconds <= ready {
        found.add(
            &STRATEGY,
            &progress,
            format!("{seconds} is not more than minReadySeconds, {ready}"),
        );
    }
    match &*object.id.kind {
        b"Deployment" => rolling(&spec.at("strategy"), &["RollingUpdate", "Recreate"], found),
        b"DaemonSet" => rolling(&spec.at("updateStrategy"), &["RollingUpdate", "OnDelete"], found),
        b"StatefulSet" => stateful_set(object, root, found),
        _ => {}
    }
}

/// Checks that a ReplicationController selects its own pods.
fn controller(spec: &Node<'_>, found: &mut Findings) {
    for key in ["replicas", "minReadySeconds"] {
        not_negative(&spec.at(key), found);
    }
    let (selector, template) = (spec.at("selector"), spec.at("template"));
    if !template.is_set() {
        return found.add(&SELECTOR, &template, "template is required");
    }
    let pod = template.at("spec");
    let deadline = pod.at("activeDeadlineSeconds");
    found.forbidden(&RESTART, &deadline, "it cannot be set here: these pods are not to end");
    let metadata = template.at("metadata");
    let labels = metadata.at("labels");
    // Where there is no selector the server takes the labels.
    if selector.is_empty() && labels.is_empty() {
        found.add(&SELECTOR, &selector, "neither a selector nor labels of the pod template");
    }
    for (key, wanted) in selector.members() {
        if labels.at_key(&key).text_or_empty() != wanted.text_or_empty() {
            let key = key.to_str_lossy();
            let words = format!("the pod template does not have the label {key}");
            found.add(&MATCHES, &wanted, words);
        }
    }
}

pub(super) fn not_negative(node: &Node<'_>, found: &mut Findings) {
    if let Some(n) = node.integer().filter(|n| *n < 0) {
        found.add(&NEGATIVE, node, format!("{n} is negative"));
    }
}

/// Checks that a workload selects its own pods.
pub(super) fn selector(spec: &Node<'_>, found: &mut Findings) {
    let selector = spec.at("selector");
    if selector.is_empty()
        || selector.at("matchLabels").is_empty() && selector.at("matchExpressions").is_empty()
    {
        found.add(
            &SELECTOR,
            &selector,
            "the selector is empty: it has to match the labels of the pod template",
        );
        return;
    }
    expressions(&selector, found);
    let template = spec.at("template");
    let metadata = template.at("metadata");
    let labels = metadata.at("labels");
    for (key, wanted) in selector.at("matchLabels").members() {
        let label = labels.at_key(&key);
        // A null is read as the empty text.
        if label.text_or_empty() != wanted.text_or_empty() || !label.is_written() {
            let is = match label.is_set() {
                true => format!("has {}", label.shown()),
                false => "does not have it".to_owned(),
            };
            found.add(
                &MATCHES,
                &wanted,
                format!(
                    "the selector asks for the label {}: {}, and the pod template {is}",
                    key.to_str_lossy(),
                    wanted.shown()
                ),
            );
        }
    }
    for expression in selector.at("matchExpressions").items() {
        let key = expression.at("key").text_or_empty();
        let label = labels.at_key(&key);
        let holds = || {
            expression
                .at("values")
                .items()
                .any(|value| value.text().is_some() && value.text() == label.text())
        };
        let fits = match &*expression.at("operator").text_or_empty() {
            b"In" => holds(),
            b"NotIn" => !holds(),
            b"Exists" => label.is_set(),
            b"DoesNotExist" => !label.is_set(),
            _ => true,
        };
        if !fits {
            found.add(
                &MATCHES,
                &expression,
                format!("the pod template's label {} does not match", key.to_str_lossy()),
            );
        }
    }
}

/// Checks the form of a label selector.
pub(super) fn expressions(selector: &Node<'_>, found: &mut Findings) {
    metadata::labels(&selector.at("matchLabels"), found);
    for expression in selector.at("matchExpressions").items() {
        let (key, values) = (expression.at("key"), expression.at("values"));
        found.named(&SELECTOR_FORM, &key, names::qualified(&key.text_or_empty()));
        for value in values.items() {
            found.named(&SELECTOR_FORM, &value, names::label_value(&value.text_or_empty()));
        }
        match &*expression.at("operator").text_or_empty() {
            b"In" | b"NotIn" if values.is_empty() => {
                found.add(&SELECTOR_FORM, &values, "In and NotIn need values");
            }
            b"Exists" | b"DoesNotExist" if !values.is_empty() => {
                found.add(&SELECTOR_FORM, &values, "Exists and DoesNotExist take no values");
            }
            b"In" | b"NotIn" | b"Exists" | b"DoesNotExist" => {}
            _ => found.add(
                &SELECTOR_FORM,
                &expression.at("operator"),
                "the operator has to be In, NotIn, Exists or DoesNotExist",
            ),
        }
    }
}

pub(super) fn restart(template: &Node<'_>, allowed: &[&str], found: &mut Findings) {
    let spec = template.at("spec");
    let policy = spec.at("restartPolicy");
    let is_default = policy.is_empty() && allowed.contains(&"Always");
    if !is_default && !policy.is_any(allowed) {
        let is = if policy.is_empty() { "the default, Always,".to_owned() } else { policy.shown() };
        found.add(
            &RESTART,
            &policy,
            format!("{is} is not allowed here: it has to be {}", allowed.join(" or ")),
        );
    }
}

/// Returns a number of pods or a share of them, in percent: digits alone, and the most that there is where they are more.
pub(super) fn amount(node: &Node<'_>) -> Option<(i64, bool)> {
    let Some(text) = node.text() else { return node.integer().map(|n| (n, false)) };
    let digits = text.to_str()?.strip_suffix('%')?;
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| (digits.parse().unwrap_or(i64::MAX), true))
}

fn rolling(strategy: &Node<'_>, types: &[&str], found: &mut Findings) {
    let kind = strategy.at("type");
    if !kind.is_empty() && !kind.is_any(types) {
        return found.exactly(&STRATEGY, &kind, types);
    }
    let update = strategy.at("rollingUpdate");
    if kind.is("Recreate") && update.is_set() {
        found.add(&STRATEGY, &update, "rollingUpdate may not be set where the type is Recreate");
    }
    let (surge, unavailable) = (update.at("maxSurge"), update.at("maxUnavailable"));
    for node in [&surge, &unavailable].into_iter().filter(|node| node.is_set()) {
        match amount(node) {
            None => found.add(
                &STRATEGY,
                node,
                format!("{} is neither a number nor a percentage like 25%", node.shown()),
            ),
            Some((n, _)) if n < 0 => found.add(&NEGATIVE, node, format!("{n} is negative")),
            // A Deployment may have any surge.
            Some((n, true))
                if n > 100
                    && (std::ptr::eq(node, &unavailable) || !types.contains(&"Recreate")) =>
            {
                found.add(&STRATEGY, node, "it must not be more than 100%")
            }
            Some(_) => {}
        }
    }
    let zero = |node: &Node<'_>, default: i64| amount(node).map_or(default, |(n, _)| n) == 0;
    if !kind.is("Recreate") && !kind.is("OnDelete") && update.is_set() {
        let [surge_default, other_default] =
            if types.contains(&"Recreate") { [25, 25] } else { [0, 1] };
        let is_daemon = !types.contains(&"Recreate");
        if is_daemon && !zero(&surge, surge_default) && !zero(&unavailable, other_default) {
            found.add(
                &STRATEGY,
                &surge,
                "it can be set only where maxUnavailable is 0 (the default is 1)",
            );
        }
        if zero(&surge, surge_default) && zero(&unavailable, other_default) {
            found.add(
                &STRATEGY,
                &update,
                "maxSurge and maxUnavailable must not both be 0: no pod could be replaced",
            );
        }
    }
}

/// How many seconds a Deployment may take to make progress, if it does not say.
const PROGRESS: i64 = 600;
/// How many characters `-HASH` takes in the label controller-revision-hash.
const HASH: usize = 11;
/// How many fewer these may be: the hash is a number of 32 bits, of which nearly all have eight digits or more.
const SHORTER: usize = 3;

fn stateful_set(object: &Object, root: &Node<'_>, found: &mut Findings) {
    let spec = root.at("spec");
    let name = &object.id.name;
    let most = 63 - HASH;
    if name.len() > most {
        let (rule, cannot) = match name.len() > most + SHORTER {
            true => (
                &LONG_NAME,
                "cannot be made, since their label controller-revision-hash is too long",
            ),
            false => (
                &LONGISH_NAME,
                "may not be made, since their label controller-revision-hash may be too long",
            ),
        };
        let words = format!(
            "the name has {} characters; with more than {most} its pods {cannot}",
            name.len()
        );
        found.add(rule, &root.at("metadata").at("name"), words);
    }
    let service = spec.at("serviceName");
    if found.since(34) && !service.is_empty() {
        let faults = names::label(&service.text_or_empty(), false);
        found.named(&STRATEGY, &service, faults);
    }
    found.one_of(&STRATEGY, &spec.at("podManagementPolicy"), &["OrderedReady", "Parallel"]);
    let strategy = spec.at("updateStrategy");
    let kind = strategy.at("type");
    found.one_of(&STRATEGY, &kind, &["RollingUpdate", "OnDelete"]);
    let update = strategy.at("rollingUpdate");
    if kind.is("OnDelete") && update.is_set() {
        found.add(
            &STRATEGY,
            &update,
            "rollingUpdate may only be set where the type is RollingUpdate",
        );
    }
    not_negative(&update.at("partition"), found);
    let most = update.at("maxUnavailable");
    // Before, it was ignored where it was not switched on.
    if found.since(37) && most.is_set() {
        let fits = amount(&most).is_some_and(|(n, is_share)| n > 0 && (!is_share || n <= 100));
        if !fits {
            found.add(
                &STRATEGY,
                &most,
                format!("{} is neither a number above 0 nor a percentage up to 100%", most.shown()),
            );
        }
    }
    not_negative(&spec.at("ordinals").at("start"), found);
    let kept = spec.at("persistentVolumeClaimRetentionPolicy");
    for key in ["whenDeleted", "whenScaled"] {
        found.one_of(&STRATEGY, &kept.at(key), &["Retain", "Delete"]);
    }
}
