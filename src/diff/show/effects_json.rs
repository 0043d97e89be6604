//! Writes what a change does as data.

use bstr::ByteSlice;
use serde_json::{Map, Value as Json, json};

use super::effects::said;
use crate::diff::effects::{CrdChange, Effect, Ordinals, Rolls, Step, Use, What, Why};

/// How many pods or claims are named as data.
const LISTED: usize = 100;

/// Returns an effect as data.
pub(super) fn json(effect: &Effect) -> Json {
    let said = said(effect);
    let mut map = Map::new();
    let mut add = |key: &str, value: Json| {
        map.insert(key.to_owned(), value);
    };
    add("object", json!(effect.object));
    add("kind", effect.id.kind.to_str_lossy().into());
    add("namespace", effect.id.namespace.to_str_lossy().into());
    add("name", effect.id.name.to_str_lossy().into());
    add("code", code(&effect.what).into());
    add("severity", effect.severity.word().into());
    add("text", said.text.into());
    add("afterWayOut", effect.is_after_way_out.into());
    let rows = |all: &[Ordinals]| -> Json {
        all.iter().flat_map(Ordinals::names).take(LISTED).collect::<Vec<_>>().into()
    };
    let row = |pods: &Option<Ordinals>| match pods {
        Some(pods) => rows(std::slice::from_ref(pods)),
        None => json!([]),
    };
    let count = |pods: &Option<Ordinals>| json!(pods.as_ref().map_or(0, Ordinals::count));
    match &effect.what {
        What::Refused { fields, only_if, way_out, note } => {
            add("fields", json!(fields));
            add("onlyIf", json!(only_if));
            add("wayOut", steps(way_out));
            add("note", json!(note));
        }
        What::Invalid { fields, why, code, refusal } => {
            add("fields", json!(fields));
            add("why", json!(why));
            add("check", json!(code));
            add("refusal", refusal.word().into());
        }
        What::Dropped { field, why, code } => {
            add("field", field.clone().into());
            add("why", json!(why));
            add("check", json!(code));
        }
        What::Deprecated { why, code } => {
            add("why", json!(why));
            add("check", json!(code));
        }
        What::Restarts(restarts) => {
            add("pods", row(&restarts.pods));
            add("podCount", count(&restarts.pods));
            add("held", row(&restarts.held));
            add("heldCount", count(&restarts.held));
            add("partition", restarts.partition.into());
            add("atOnce", restarts.at_once.into());
            add("minReadySeconds", restarts.min_ready_seconds.into());
            add("ordered", restarts.is_ordered.into());
            add("counted", restarts.is_counted.into());
        }
        What::OnDelete { pods } | What::Stops { pods } => {
            add("pods", row(pods));
            add("podCount", count(pods));
        }
        What::Released { pods } => {
            add("pods", rows(std::slice::from_ref(pods)));
            add("podCount", pods.count().into());
        }
        What::Scales { from, to, is_default, added, removed, is_ordered } => {
            add("from", (*from).into());
            add("to", (*to).into());
            add("default", (*is_default).into());
            add("added", row(added));
            add("removed", rows(removed));
            add("ordered", (*is_ordered).into());
        }
        What::Rolls(Rolls::Recreate { replicas }) => {
            add("strategy", "Recreate".into());
            add("replicas", (*replicas).into());
        }
        What::Rolls(Rolls::Rolling { replicas, max_surge, max_unavailable }) => {
            add("strategy", "RollingUpdate".into());
            add("replicas", json!(replicas));
            add("maxSurge", max_surge.clone().into());
            add("maxUnavailable", max_unavailable.clone().into());
        }
        What::ClaimsStay(claims) | What::ClaimsGo(claims) | What::StartsEmpty(claims) => {
            add("claims", claims.names().take(LISTED).collect::<Vec<_>>().into());
            add("claimCount", claims.count().into());
            let why = match claims.why {
                Why::Scaled => "scaled",
                Why::Gone => "gone",
                Why::Renamed => "renamed",
                Why::Template => "template",
            };
            add("why", why.into());
        }
        What::Grows { to } => add("to", to.clone().into()),
        What::KindGoes { kind } => add("goes", kind.clone().into()),
        What::CrdStays { change, way_out } => {
            let change = match change {
                CrdChange::Added => "added",
                CrdChange::Changed => "changed",
                CrdChange::Removed => "removed",
            };
            add("change", change.into());
            add("wayOut", steps(way_out));
        }
        What::HookRuns { events, is_changed } => {
            add("events", json!(events));
            add("changed", (*is_changed).into());
        }
        What::HookWaits { events } => add("events", json!(events)),
        What::HookExists { policies, fails, way_out } => {
            add("fails", (*fails).into());
            add("policies", json!(policies));
            add("wayOut", steps(way_out));
        }
        What::Keeps { field, value, way_out } => {
            add("field", field.clone().into());
            add("value", value.clone().into());
            add("wayOut", steps(way_out));
        }
        What::RestartsContainers { names } => add("containers", json!(names)),
        What::NotRestarted { workloads, by, way_out } => {
            add("workloads", json!(workloads));
            let by = match by {
                Use::Environment => "environment",
                Use::SubPath => "sub-path",
                Use::Volume => "volume",
            };
            add("by", by.into());
            add("wayOut", steps(way_out));
        }
        What::BecomesHook { events, .. } => add("events", json!(events)),
        What::NotOwned { is_of_hook, way_out } => {
            add("ofHook", (*is_of_hook).into());
            add("wayOut", steps(way_out));
        }
        What::CrdLeaves { kind, way_out } => {
            add("goes", kind.clone().into());
            add("wayOut", steps(way_out));
        }
        What::Paused
        | What::OnlyNewPods
        | What::NextRun
        | What::ClaimGoes
        | What::NamespaceGoes
        | What::Kept
        | What::HookStays
        | What::BalancerGoes
        | What::AddressChanges => {}
    }
    add("rule", json!({"function": effect.rule.function, "file": effect.rule.file}));
    Json::Object(map)
}

fn steps(steps: &[Step]) -> Json {
    let step = |step: &Step| match step {
        Step::Run(command) => json!({"run": command}),
        Step::Upgrade => json!({"upgrade": true}),
    };
    steps.iter().map(step).collect::<Vec<_>>().into()
}

fn code(what: &What) -> &'static str {
    match what {
        What::Refused { .. } => "refused",
        What::Invalid { .. } => "invalid",
        What::Dropped { .. } => "dropped",
        What::Deprecated { .. } => "deprecated",
        What::Restarts(_) => "restarts",
        What::OnDelete { .. } => "on-delete",
        What::Released { .. } => "released",
        What::Scales { .. } => "scales",
        What::Rolls(_) => "rolls",
        What::Paused => "paused",
        What::OnlyNewPods => "only-new-pods",
        What::NextRun => "next-run",
        What::RestartsContainers { .. } => "restarts-containers",
        What::Stops { .. } => "stops",
        What::ClaimsStay(_) => "claims-stay",
        What::ClaimsGo(_) => "claims-go",
        What::StartsEmpty(_) => "starts-empty",
        What::ClaimGoes => "claim-goes",
        What::Grows { .. } => "grows",
        What::KindGoes { .. } => "kind-goes",
        What::NamespaceGoes => "namespace-goes",
        What::Kept => "kept",
        What::CrdStays { .. } => "crd-stays",
        What::HookRuns { .. } => "hook-runs",
        What::HookWaits { .. } => "hook-waits",
        What::HookStays => "hook-stays",
        What::HookExists { .. } => "hook-exists",
        What::Keeps { .. } => "keeps",
        What::NotRestarted { .. } => "not-restarted",
        What::BecomesHook { .. } => "becomes-hook",
        What::NotOwned { .. } => "not-owned",
        What::CrdLeaves { .. } => "crd-leaves",
        What::BalancerGoes => "balancer-goes",
        What::AddressChanges => "address-changes",
    }
}
