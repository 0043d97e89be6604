//! Workloads but StatefulSets.

use gostd::value::{Map, Value};

use super::{
    Cluster, Found, Rolls, Rule, Severity, Step, What, at, defaults, flag, is_same, kubectl,
    number, recreate, refused, rule, scaled, selector, text, written,
};
use crate::diff::object::{Object, get};
use crate::diff::same;

const DEPLOYMENT: Rule = rule("ValidateDeploymentUpdate", "pkg/apis/apps/validation");
const DEPLOYMENT_STRATEGY: Rule = rule("ValidateDeploymentStrategy", "pkg/apis/apps/validation");
const DAEMON_SET: Rule = rule("ValidateDaemonSetSpecUpdate", "pkg/apis/apps/validation");
const REPLICA_SET: Rule = rule("ValidateReplicaSetUpdate", "pkg/apis/apps/validation");
const JOB: Rule = rule("ValidateJobSpecUpdate", "pkg/apis/batch/validation");
const POD: Rule = rule("ValidatePodUpdate", "pkg/apis/core/validation");
const ROLLOUT: Rule = rule("rolloutRolling, rolloutRecreate", "pkg/controller/deployment");
const DAEMONS: Rule = rule("rollingUpdate", "pkg/controller/daemon");
const REPLICAS: Rule = rule("syncReplicaSet", "pkg/controller/replicaset");
const CRON: Rule = rule("syncCronJob", "pkg/controller/cronjob");
const KUBELET: Rule = rule("computePodActions", "pkg/kubelet/kuberuntime");
const DELETED: Rule = rule("attemptToDeleteItem", "pkg/controller/garbagecollector");

/// Since which minor version the resources of a suspended Job's containers may change.
const SUSPENDED_RESOURCES: u32 = 36;

const TEMPLATE: &[&str] = &["spec", "template"];
const SELECTOR: &[&str] = &["spec", "selector"];

fn template(object: &Object, path: &[&str]) -> Option<Value> {
    at(object, path).map(|template| defaults::template(&template))
}

fn is_template_same(old: &Object, new: &Object, path: &[&str]) -> bool {
    match (template(old, path), template(new, path)) {
        (Some(old), Some(new)) => same(&old, &new),
        (None, None) => true,
        _ => false,
    }
}

/// Tells whether two workloads have the same template of pods.
pub(super) fn have_same_pods(old: &Object, new: &Object) -> bool {
    is_template_same(old, new, TEMPLATE)
}

/// Tells what the API server refuses of a selector and of labels that are not in it, and what comes of the way out.
fn refused_selector(old: &Object, new: &Object, rule: Rule) -> Vec<Found> {
    let (one, other) = (at(old, SELECTOR), at(new, SELECTOR));
    let mut found = Vec::new();
    if let Some(selector) = &other
        && !selector::matches(selector, at(new, TEMPLATE).as_ref())
    {
        let labels = "spec.template.metadata.labels".to_owned();
        let mut refusal = refused(vec![labels], Vec::new(), rule);
        if let What::Refused { note, .. } = &mut refusal.what {
            *note = Some("the labels of the template have to hold those of spec.selector".into());
        }
        found.push(refusal);
    }
    // A ReplicationController's selector is no label selector, and may change.
    let may_change = new.id.kind == "ReplicationController";
    if !may_change && !selector::same(one.as_ref(), other.as_ref()) {
        found.push(refused(vec!["spec.selector".to_owned()], recreate(new), rule));
        found.push(stops_after());
    }
    found
}

/// With a selector that is refused the way out is to delete the workload.
fn stops_after() -> Found {
    let what = What::Stops { pods: None };
    Found { is_after_way_out: true, ..Found::new(Severity::Warning, what, DELETED) }
}

fn scale(old: &Object, new: &Object) -> Option<Found> {
    let path = ["spec", "replicas"];
    let (before, after) = (number(old, &path), number(new, &path));
    let (from, to) = (before.unwrap_or(1), after.unwrap_or(1));
    if from == to {
        return None;
    }
    let what = What::Scales {
        from,
        to,
        is_default: before.is_some() && after.is_none(),
        added: None,
        removed: Vec::new(),
        is_ordered: false,
    };
    let severity = if to < from { Severity::Warning } else { Severity::Notice };
    Some(Found::new(severity, what, REPLICAS))
}

pub(super) fn deployment(old: &Object, new: &Object, cluster: Cluster) -> Vec<Found> {
    let mut found = refused_selector(old, new, DEPLOYMENT);
    let is_selector_refused = !found.is_empty();
    let kind = |object| text(object, &["spec", "strategy", "type"]);
    let recreates = kind(new).is_some_and(|kind| kind == "Recreate");
    let rolling = ["spec", "strategy", "rollingUpdate"];
    if recreates {
        let is_written = at(new, &rolling).is_some();
        // Server-side apply leaves what the API server has filled in.
        let was_rolling = kind(old).is_none_or(|kind| kind == "RollingUpdate");
        let is_left = cluster.server_side && was_rolling && at(old, &rolling).is_none();
        if is_written || is_left {
            let patch = "--type merge -p '{\"spec\":{\"strategy\":{\"type\":\"Recreate\",\"rollingUpdate\":null}}}'";
            let way_out = match is_written {
                true => Vec::new(),
                false => vec![kubectl(new, "patch", patch), Step::Upgrade],
            };
            let field = "spec.strategy.rollingUpdate".to_owned();
            found.push(refused(vec![field], way_out, DEPLOYMENT_STRATEGY));
        }
    }
    let is_refused = !found.is_empty();
    let first = found.len();
    if is_selector_refused {
        return found;
    }
    found.extend(scale(old, new));
    let replicas = number(new, &["spec", "replicas"]).unwrap_or(1);
    let had = number(old, &["spec", "replicas"]).unwrap_or(1);
    if !is_template_same(old, new, TEMPLATE) && replicas > 0 && had > 0 {
        let at_rolling = |key| at(new, &[rolling[0], rolling[1], rolling[2], key]);
        let what = if flag(new, &["spec", "paused"]) {
            What::Paused
        } else if recreates {
            What::Rolls(Rolls::Recreate { replicas })
        } else {
            let surge = scaled(at_rolling("maxSurge"), "25%", replicas, true);
            let mut missing = scaled(at_rolling("maxUnavailable"), "25%", replicas, false);
            // Both rounded to nothing would never get on.
            if surge == 0 && missing == 0 {
                missing = 1;
            }
            What::Rolls(Rolls::Rolling {
                replicas: Some(replicas),
                max_surge: surge.to_string(),
                max_unavailable: missing.min(replicas).to_string(),
            })
        };
        let severity = match &what {
            What::Rolls(Rolls::Rolling { max_unavailable, .. }) if max_unavailable == "0" => {
                Severity::Notice
            }
            _ => Severity::Warning,
        };
        found.push(Found::new(severity, what, ROLLOUT));
    }
    found[first..].iter_mut().for_each(|found| found.is_after_way_out = is_refused);
    found
}

pub(super) fn daemon_set(old: &Object, new: &Object) -> Vec<Found> {
    let refusals = refused_selector(old, new, DAEMON_SET);
    if !refusals.is_empty() {
        return refusals;
    }
    let mut found = Vec::new();
    if !is_template_same(old, new, TEMPLATE) {
        let kind = text(new, &["spec", "updateStrategy", "type"]);
        let what = if kind.is_some_and(|kind| kind == "OnDelete") {
            What::OnDelete { pods: None }
        } else {
            let amount = |key, default: &str| {
                at(new, &["spec", "updateStrategy", "rollingUpdate", key])
                    .and_then(|value| written(&value))
                    .unwrap_or_else(|| default.to_owned())
            };
            let max_surge = amount("maxSurge", "0");
            let default = if max_surge == "0" { "1" } else { "0" };
            let max_unavailable = amount("maxUnavailable", default);
            What::Rolls(Rolls::Rolling { replicas: None, max_surge, max_unavailable })
        };
        found.push(Found::new(Severity::Warning, what, DAEMONS));
    }
    found
}

pub(super) fn replica_set(old: &Object, new: &Object) -> Vec<Found> {
    let refusals = refused_selector(old, new, REPLICA_SET);
    if !refusals.is_empty() {
        return refusals;
    }
    let mut found: Vec<Found> = scale(old, new).into_iter().collect();
    if !is_template_same(old, new, TEMPLATE) {
        found.push(Found::new(Severity::Warning, What::OnlyNewPods, REPLICAS));
    }
    found
}

pub(super) fn cron_job(old: &Object, new: &Object) -> Vec<Found> {
    let path = ["spec", "jobTemplate", "spec", "template"];
    if is_template_same(old, new, &path) {
        return Vec::new();
    }
    vec![Found::new(Severity::Notice, What::NextRun, CRON)]
}

/// A Job that runs may only be suspended or given other limits.
pub(super) fn job(old: &Object, new: &Object, cluster: Cluster) -> Vec<Found> {
    let mut fields = Vec::new();
    let mut add = |field: &str, is_same: bool| {
        if !is_same {
            fields.push(format!("spec.{field}"));
        }
    };
    let mode = |object| {
        text(object, &["spec", "completionMode"]).unwrap_or_else(|| "NonIndexed".to_owned())
    };
    // Both absent are one of each; completions of its own is none.
    let count = |object, key| number(object, &["spec", key]);
    let completions = |object| match (count(object, "completions"), count(object, "parallelism")) {
        (None, None) => Some(1),
        (completions, _) => completions,
    };
    let parallelism = |object| count(object, "parallelism").unwrap_or(1);
    let is_free = mode(new) == "Indexed" && completions(new) == Some(parallelism(new));
    add("completions", completions(old) == completions(new) || is_free);
    if flag(new, &["spec", "manualSelector"]) {
        let (one, other) = (at(old, SELECTOR), at(new, SELECTOR));
        add("selector", selector::same(one.as_ref(), other.as_ref()));
    }
    add("template", is_job_template_same(old, new, cluster));
    add("completionMode", mode(old) == mode(new));
    for key in ["podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"] {
        add(key, is_same(old, new, &["spec", key], None));
    }
    if fields.is_empty() {
        return Vec::new();
    }
    let mut found = refused(fields, recreate(new), JOB);
    if let What::Refused { note, only_if, .. } = &mut found.what {
        *note = Some(
            "the Job runs again; a name that holds the revision, or a hook, does without"
                .to_owned(),
        );
        if number(old, &["spec", "ttlSecondsAfterFinished"]).is_some() {
            *only_if = Some("the Job is still there (ttlSecondsAfterFinished)".to_owned());
        }
    }
    vec![found]
}

fn is_job_template_same(old: &Object, new: &Object, cluster: Cluster) -> bool {
    let (Some(old_template), Some(new_template)) =
        (template(old, TEMPLATE), template(new, TEMPLATE))
    else {
        return true;
    };
    if !flag(old, &["spec", "suspend"]) {
        return same(&old_template, &new_template);
    }
    // While a Job is suspended it may be sent elsewhere.
    let free = |template: &Value| {
        let Value::Map(template) = template else { return template.clone() };
        let template = template.shallow_copy();
        template.remove(b"metadata");
        if let Some(Value::Map(spec)) = template.get(b"spec") {
            let spec = spec.shallow_copy();
            for key in ["nodeSelector", "tolerations", "schedulingGates"] {
                spec.remove(key.as_bytes());
            }
            if let Some(Value::Map(affinity)) = spec.get(b"affinity") {
                let affinity = affinity.shallow_copy();
                affinity.remove(b"nodeAffinity");
                spec.remove(b"affinity");
                if !affinity.is_empty() {
                    spec.insert("affinity", Value::Map(affinity));
                }
            }
            if cluster.minor >= SUSPENDED_RESOURCES {
                for key in ["containers", "initContainers"] {
                    without(&spec, key, "resources");
                }
            }
            template.insert("spec", Value::Map(spec));
        }
        Value::Map(template)
    };
    same(&free(&old_template), &free(&new_template))
}

/// Takes a key from the items of a list.
fn without(map: &Map, list: &'static str, key: &str) {
    let Some(Value::List(items)) = map.get(list.as_bytes()) else { return };
    let item = |item: &Value| match item {
        Value::Map(map) => {
            let map = map.shallow_copy();
            map.remove(key.as_bytes());
            Value::Map(map)
        }
        other => other.clone(),
    };
    map.insert(list, Value::list(items.iter().map(item).collect()));
}

/// A pod may change its images, less of its deadline, and more of its tolerations.
pub(super) fn pod(old: &Object, new: &Object) -> Vec<Found> {
    let whole = |object: &Object| {
        let map = Map::new();
        if let Some(spec) = at(object, &["spec"]) {
            map.insert("spec", spec);
        }
        match defaults::template(&Value::Map(map)) {
            Value::Map(map) => map.get(b"spec"),
            _ => None,
        }
    };
    let (Some(Value::Map(before)), Some(Value::Map(after))) = (whole(old), whole(new)) else {
        return Vec::new();
    };
    let mut changed = Vec::new();
    for list in ["containers", "initContainers"] {
        let images = |map: &Map| match map.get(list.as_bytes()) {
            Some(Value::List(items)) => items.to_vec(),
            _ => Vec::new(),
        };
        for (one, other) in images(&before).iter().zip(images(&after)) {
            let image = |item| get(item, &["image"]).as_ref().and_then(written);
            if image(one) != image(&other)
                && let Some(name) = get(&other, &["name"]).as_ref().and_then(written)
            {
                changed.push(name);
            }
        }
        without(&before, list, "image");
        without(&after, list, "image");
        // It is filled in when the pod is made, and stays.
        without(&before, list, "imagePullPolicy");
        without(&after, list, "imagePullPolicy");
    }
    let deadline = |map: &Map| match map.remove(b"activeDeadlineSeconds") {
        Some(Value::Int(_, n)) => Some(n),
        _ => None,
    };
    let is_deadline_fine = match (deadline(&before), deadline(&after)) {
        (Some(old), Some(new)) => new <= old,
        (old, _) => old.is_none(),
    };
    let tolerations = |map: &Map| match map.remove(b"tolerations") {
        Some(Value::List(items)) => items.to_vec(),
        _ => Vec::new(),
    };
    let (had, has) = (tolerations(&before), tolerations(&after));
    let is_tolerant = had.iter().all(|one| has.iter().any(|other| same(one, other)));
    let is_rest_same = same(&Value::Map(before), &Value::Map(after));
    if !(is_deadline_fine && is_tolerant && is_rest_same) {
        return vec![refused(vec!["spec".to_owned()], recreate(new), POD)];
    }
    match changed.is_empty() {
        true => Vec::new(),
        false => {
            let what = What::RestartsContainers { names: changed };
            vec![Found::new(Severity::Warning, what, KUBELET)]
        }
    }
}

pub(super) fn removed(old: &Object) -> Vec<Found> {
    let has_pods = number(old, &["spec", "replicas"]) != Some(0);
    match has_pods {
        true => vec![Found::new(Severity::Warning, What::Stops { pods: None }, DELETED)],
        false => Vec::new(),
    }
}
