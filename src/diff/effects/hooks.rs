//! Hooks of Helm: they belong to no release, and run at each event of theirs.

use std::collections::HashSet;

use bstr::ByteSlice;

use super::{
    Cluster, Effect, Found, KEPT, OWNED, Rule, Severity, Step, What, crds, is_kept, kind, kubectl,
    rule, text,
};
use crate::diff::Comparison;
use crate::diff::object::Object;

const RUN: Rule = rule("execHook", "Helm, pkg/action/hooks.go");

/// What the old manifests have and the new ones have not is deleted.
const DELETED: Rule = rule("Client.Update", "Helm, pkg/kube/client.go");

/// The events of an upgrade.
const UPGRADE: &[&str] = &["pre-upgrade", "post-upgrade"];

fn words(text: &str) -> Vec<String> {
    text.split(',').map(|word| word.trim().to_lowercase()).filter(|word| !word.is_empty()).collect()
}

fn events(object: &Object) -> Vec<String> {
    words(&object.hook.to_str_lossy())
}

/// Returns the events of an upgrade at which a hook runs.
fn upgrade_events(object: &Object) -> Vec<String> {
    let mut found = events(object);
    found.retain(|event| UPGRADE.contains(&&**event));
    found
}

fn policies(object: &Object) -> Vec<String> {
    let policies = text(object, &["metadata", "annotations", "helm.sh/hook-delete-policy"]);
    match policies.as_deref().map(words) {
        Some(policies) if !policies.is_empty() => policies,
        _ => vec!["before-hook-creation".to_owned()],
    }
}

/// Tells whether a hook runs, `old` being that of the last run if it may be there still.
pub(super) fn runs(
    old: Option<&Object>,
    new: &Object,
    is_changed: bool,
    cluster: Cluster,
) -> Vec<Found> {
    let events = upgrade_events(new);
    if events.is_empty() {
        let events = self::events(new);
        return match is_changed {
            true => vec![Found::new(Severity::Notice, What::HookWaits { events }, RUN)],
            false => Vec::new(),
        };
    }
    let exists = old.and_then(|old| exists(old, new, cluster));
    // Server-side apply finds nothing to do.
    if exists.is_some() && cluster.server_side {
        return exists.into_iter().collect();
    }
    let what = What::HookRuns { events, is_changed };
    let mut found = vec![Found::new(Severity::Notice, what, RUN)];
    found.extend(exists);
    found
}

fn is_definition(object: &Object) -> bool {
    kind(object) == ("apiextensions.k8s.io", "CustomResourceDefinition")
}

/// Tells whether the hook of the last run is still there when the next is to be made.
fn exists(old: &Object, new: &Object, cluster: Cluster) -> Option<Found> {
    if is_definition(new) {
        // Helm deletes no definition, whatever the policies; server-side apply changes it.
        let fails = !cluster.server_side && !upgrade_events(new).is_empty();
        let what = What::HookExists { policies: Vec::new(), fails, way_out: Vec::new() };
        return fails.then(|| Found::new(Severity::Error, what, RUN));
    }
    // What is deleted before, or after it has succeeded, is in nobody's way; a hook that failed has failed the release.
    let policies = policies(new);
    let is_deleted =
        |policies: &[String]| policies.iter().any(|policy| policy == "before-hook-creation");
    let was_deleted = self::policies(old).iter().any(|policy| policy == "hook-succeeded");
    if upgrade_events(new).is_empty() || is_deleted(&policies) || was_deleted {
        return None;
    }
    let way_out: Vec<Step> = vec![kubectl(new, "delete", "--ignore-not-found"), Step::Upgrade];
    let fails = !cluster.server_side;
    let severity = if fails { Severity::Error } else { Severity::Warning };
    Some(Found::new(severity, What::HookExists { policies, fails, way_out }, RUN))
}

pub(super) fn changed(old: &Object, new: &Object, cluster: Cluster) -> Vec<Found> {
    match (old.is_hook(), new.is_hook()) {
        (true, false) => left(old, new),
        (false, true) => became(old, new, cluster),
        _ => runs(Some(old), new, true, cluster),
    }
}

/// A hook becomes an object of the release: what it has made has no owner.
fn left(old: &Object, new: &Object) -> Vec<Found> {
    if policies(old).iter().any(|policy| policy == "hook-succeeded") && !is_definition(old) {
        return Vec::new();
    }
    // What has run is made again; anything else may hold what is not to be lost.
    let way_out = match kind(new) {
        ("batch", "Job") | ("", "Pod") => {
            vec![kubectl(new, "delete", "--ignore-not-found"), Step::Upgrade]
        }
        _ => crds::adopt(new),
    };
    vec![Found::new(Severity::Error, What::NotOwned { is_of_hook: true, way_out }, OWNED)]
}

/// An object of the release becomes a hook. Hooks before the upgrade find it there, and leave what they make of it; then the
/// upgrade deletes what the old manifests have and the new ones have not, unless what is in the cluster says that it is to
/// be kept; hooks after the upgrade find what is left.
fn became(old: &Object, new: &Object, cluster: Cluster) -> Vec<Found> {
    let (events, policies) = (events(new), policies(new));
    let has = |event: &str| events.iter().any(|own| own == event);
    let deletes = |policy: &str| !is_definition(new) && policies.iter().any(|own| own == policy);
    let is_left = match has("pre-upgrade") {
        true => is_kept(new) && !deletes("hook-succeeded"),
        false => is_kept(old),
    };
    let is_met = has("pre-upgrade") || has("post-upgrade") && (is_left || is_definition(new));
    let exists = if is_met { exists(old, new, cluster) } else { None };
    let is_run = exists.is_none() || !cluster.server_side;
    let is_made_anew =
        has("post-upgrade") && (deletes("before-hook-creation") || deletes("hook-succeeded"));
    let mut found: Vec<Found> = exists.into_iter().collect();
    found.push(match (is_left && !is_made_anew, is_definition(old)) {
        (true, _) => Found::new(Severity::Warning, What::Kept, KEPT),
        (false, true) => return found.into_iter().chain(crds::template_removed(old)).collect(),
        (false, false) => {
            Found::new(Severity::Warning, What::BecomesHook { events, is_run }, DELETED)
        }
    });
    found
}

pub(super) fn added(new: &Object, cluster: Cluster) -> Vec<Found> {
    runs(None, new, true, cluster)
}

pub(super) fn removed() -> Vec<Found> {
    vec![Found::new(Severity::Notice, What::HookStays, RUN)]
}

/// Returns the hooks that run though they do not differ.
pub(super) fn unchanged(comparison: &Comparison, new: &[Object], cluster: Cluster) -> Vec<Effect> {
    let told: HashSet<_> = comparison
        .differences
        .iter()
        .filter_map(|difference| difference.new.as_ref())
        .map(|object| &object.id)
        .collect();
    let mut all = Vec::new();
    for hook in new.iter().filter(|object| object.is_hook() && !told.contains(&object.id)) {
        for found in runs(Some(hook), hook, false, cluster) {
            all.push(Effect {
                object: None,
                id: hook.id.clone(),
                severity: found.severity,
                what: found.what,
                is_after_way_out: false,
                rule: found.rule,
            });
        }
    }
    all
}
