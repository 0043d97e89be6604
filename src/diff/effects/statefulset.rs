//! StatefulSets.

use bstr::ByteSlice;
use gostd::value::Value;

use super::{
    Claims, Cluster, Found, Ordinals, Restarts, Rule, Severity, Step, What, Why, at, defaults,
    in_namespace, is_empty, kubectl, number, refused, rule, scaled, selector, shell, text, written,
};
use crate::diff::object::{Object, get};
use crate::diff::same;
use crate::kubernetes::quantity;

/// What `spec` may change; all else is refused. It names `spec` alone before 1.37, the fields since then. Since 1.22 it
/// takes `minReadySeconds`, since 1.24 `persistentVolumeClaimRetentionPolicy`, since 1.26 `ordinals`, since 1.33
/// `revisionHistoryLimit`.
const UPDATE: Rule = rule("ValidateStatefulSetUpdate", "pkg/apis/apps/validation");
const SPEC: Rule = rule("ValidateStatefulSetSpec", "pkg/apis/apps/validation");
/// Highest ordinal first, down to the partition, which counts from `ordinals.start`; with `maxUnavailable` several at
/// once, where the feature gate MaxUnavailableStatefulSet is on: by default since 1.37.
const ROLLOUT: Rule = rule("updateStatefulSet", "pkg/controller/statefulset");
const CLAIMS: Rule = rule("UpdatePodClaimForRetentionPolicy", "pkg/controller/statefulset");
const NAMES: Rule = rule("getPersistentVolumeClaimName", "pkg/controller/statefulset");

/// Since which minor version `revisionHistoryLimit` may change.
const REVISION_HISTORY_LIMIT: u32 = 33;
/// Since which minor version `maxUnavailable` counts.
const MAX_UNAVAILABLE: u32 = 37;
/// The default of `revisionHistoryLimit`.
const REVISIONS: i64 = 10;
/// How many commands are written one by one.
const MOST_COMMANDS: u64 = 12;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Strategy {
    Rolling,
    OnDelete,
    Other,
}

/// A StatefulSet with its defaults.
struct Set {
    name: String,
    replicas: i64,
    is_counted: bool,
    start: i64,
    strategy: Strategy,
    partition: i64,
    max_unavailable: i64,
    is_parallel: bool,
    min_ready_seconds: i64,
    deletes_when_deleted: bool,
    deletes_when_scaled: bool,
    claims: Vec<(String, Value)>,
}

impl Set {
    fn of(object: &Object, cluster: Cluster) -> Set {
        let replicas = number(object, &["spec", "replicas"]);
        let strategy = text(object, &["spec", "updateStrategy", "type"]);
        let rolling = ["spec", "updateStrategy", "rollingUpdate"];
        let policy = |when| {
            text(object, &["spec", "persistentVolumeClaimRetentionPolicy", when])
                .is_some_and(|policy| policy == "Delete")
        };
        let count = replicas.unwrap_or(1).max(0);
        let max_unavailable = at(object, &[rolling[0], rolling[1], rolling[2], "maxUnavailable"]);
        let claims = match at(object, &["spec", "volumeClaimTemplates"]) {
            Some(Value::List(claims)) => claims.iter().map(named).collect(),
            _ => Vec::new(),
        };
        let partition = number(object, &[rolling[0], rolling[1], rolling[2], "partition"]);
        Set {
            name: object.id.name.to_str_lossy().into_owned(),
            replicas: count,
            is_counted: replicas.is_some(),
            start: number(object, &["spec", "ordinals", "start"]).unwrap_or(0).max(0),
            strategy: match strategy.as_deref() {
                None | Some("RollingUpdate") => Strategy::Rolling,
                Some("OnDelete") => Strategy::OnDelete,
                Some(_) => Strategy::Other,
            },
            partition: partition.unwrap_or(0).max(0),
            max_unavailable: match cluster.minor >= MAX_UNAVAILABLE {
                true => scaled(max_unavailable, "1", count, false).max(1),
                false => 1,
            },
            is_parallel: text(object, &["spec", "podManagementPolicy"])
                .is_some_and(|policy| policy == "Parallel"),
            min_ready_seconds: number(object, &["spec", "minReadySeconds"]).unwrap_or(0),
            deletes_when_deleted: policy("whenDeleted"),
            deletes_when_scaled: policy("whenScaled"),
            claims,
        }
    }

    fn end(&self) -> i64 {
        self.start.saturating_add(self.replicas)
    }

    fn templates(&self) -> Vec<String> {
        self.claims.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Returns all of its pods, going down.
    fn pods(&self) -> Option<Ordinals> {
        Ordinals::down(&self.name, self.start, self.end())
    }

    /// Returns claims of its pods.
    fn claims_of(&self, pods: Vec<Ordinals>, templates: Vec<String>, why: Why) -> Option<Claims> {
        let some = !pods.is_empty() && !templates.is_empty();
        some.then_some(Claims { templates, pods, why })
    }
}

fn named(claim: &Value) -> (String, Value) {
    let name = match get(claim, &["metadata", "name"]) {
        Some(Value::Str(name)) => name.to_str_lossy().into_owned(),
        _ => String::new(),
    };
    (name, defaults::claim(claim))
}

/// Tells what a change of a StatefulSet does.
pub(super) fn updated(old: &Object, new: &Object, cluster: Cluster) -> Vec<Found> {
    let (before, after) = (Set::of(old, cluster), Set::of(new, cluster));
    let mut found = Vec::new();
    let template = at(new, &["spec", "template"]);
    let chosen = at(new, &["spec", "selector"]);
    if let Some(chosen) = &chosen
        && !selector::matches(chosen, template.as_ref())
    {
        let fields = vec!["spec.template.metadata.labels".to_owned()];
        let mut refusal = refused(fields, Vec::new(), SPEC);
        note(&mut refusal, "the labels of the template have to hold those of spec.selector");
        found.push(refusal);
    }
    let has_other_labels = !found.is_empty();
    if let Some(refusal) = refused_strategy(old, new, &after) {
        found.push(refusal);
    }
    let refusal = refused_fields(old, new, &before, &after, cluster);
    let is_refused = refusal.is_some() || !found.is_empty();
    let keeps_pods = match (&refusal, &chosen) {
        (Some(_), Some(chosen)) => {
            selector::matches(chosen, at(old, &["spec", "template"]).as_ref())
        }
        _ => true,
    };
    found.extend(refusal);
    if has_other_labels {
        return found;
    }
    let first = found.len();
    if keeps_pods {
        scale(&before, &after, &mut found);
        roll(old, new, &before, &after, &mut found);
    } else if before.replicas > 0 {
        found.push(Found::new(Severity::Warning, What::Stops { pods: before.pods() }, ROLLOUT));
    }
    lost_templates(&before, &after, &mut found);
    found[first..].iter_mut().for_each(|found| found.is_after_way_out = is_refused);
    found
}

fn note(found: &mut Found, text: &str) {
    if let What::Refused { note, .. } = &mut found.what {
        *note = Some(text.to_owned());
    }
}

/// A strategy of rolling updates that the API server has filled in stays where the new manifest names another type.
fn refused_strategy(old: &Object, new: &Object, after: &Set) -> Option<Found> {
    if after.strategy != Strategy::OnDelete {
        return None;
    }
    let rolling = ["spec", "updateStrategy", "rollingUpdate"];
    let is_written = at(new, &rolling).is_some();
    // It is filled in where no type is given. What the old manifest has is taken away with it.
    let is_filled =
        at(old, &rolling).is_none() && text(old, &["spec", "updateStrategy", "type"]).is_none();
    if !is_written && !is_filled {
        return None;
    }
    let patch = "--type merge -p '{\"spec\":{\"updateStrategy\":{\"type\":\"OnDelete\",\"rollingUpdate\":null}}}'";
    let way_out = match is_written {
        true => Vec::new(),
        false => vec![kubectl(new, "patch", patch), Step::Upgrade],
    };
    let mut refusal = refused(vec!["spec.updateStrategy.rollingUpdate".to_owned()], way_out, SPEC);
    note(
        &mut refusal,
        match is_written {
            true => "OnDelete takes no rollingUpdate",
            false => "OnDelete takes no rollingUpdate, and the API server has filled it in",
        },
    );
    Some(refusal)
}

/// What is wrong with a change of the claims' templates.
#[derive(Default)]
struct ClaimChange {
    /// Templates that ask for more.
    grown: Vec<String>,
    shrinks: bool,
    /// Something else than the size differs.
    differs: bool,
    /// Templates that the pods have no volumes of.
    is_new: bool,
}

fn claim_change(before: &Set, after: &Set) -> Option<ClaimChange> {
    let of = |set: &Set| Value::list(set.claims.iter().map(|(_, claim)| claim.clone()).collect());
    if same(&of(before), &of(after)) {
        return None;
    }
    let mut change = ClaimChange::default();
    for (name, claim) in &after.claims {
        let Some((_, old)) = before.claims.iter().find(|(other, _)| other == name) else {
            change.is_new = true;
            continue;
        };
        let size = |claim: &Value| get(claim, &["spec", "resources", "requests", "storage"]);
        let amount = |claim: &Value| size(claim).as_ref().and_then(quantity::read);
        match (amount(old), amount(claim)) {
            (Some(old), Some(new)) if new > old => {
                change.grown.push(name.clone());
            }
            (Some(old), Some(new)) if new < old => change.shrinks = true,
            _ => {}
        }
        let rest = |claim: &Value| {
            let Some(Value::Map(spec)) = get(claim, &["spec"]) else { return claim.clone() };
            let spec = spec.shallow_copy();
            spec.remove(b"resources");
            Value::Map(spec)
        };
        change.differs |= !same(&rest(old), &rest(claim));
    }
    Some(change)
}

fn refused_fields(
    old: &Object,
    new: &Object,
    before: &Set,
    after: &Set,
    cluster: Cluster,
) -> Option<Found> {
    let mut fields = Vec::new();
    let mut add = |field: &str, is_same: bool| {
        if !is_same {
            fields.push(format!("spec.{field}"));
        }
    };
    let (one, other) = (at(old, &["spec", "selector"]), at(new, &["spec", "selector"]));
    add("selector", selector::same(one.as_ref(), other.as_ref()));
    let claims = claim_change(before, after);
    add("volumeClaimTemplates", claims.is_none());
    let service = |object| text(object, &["spec", "serviceName"]).unwrap_or_default();
    let moves_names = service(old) != service(new);
    add("serviceName", !moves_names);
    add("podManagementPolicy", before.is_parallel == after.is_parallel);
    let revisions = |object| number(object, &["spec", "revisionHistoryLimit"]).unwrap_or(REVISIONS);
    add(
        "revisionHistoryLimit",
        cluster.minor >= REVISION_HISTORY_LIMIT || revisions(old) == revisions(new),
    );
    if fields.is_empty() {
        return None;
    }
    let keeps_pods = other.as_ref().is_none_or(|selector| {
        selector::matches(selector, at(old, &["spec", "template"]).as_ref())
    });
    let claims = claims.unwrap_or_default();
    let mut way_out = Vec::new();
    for template in &claims.grown {
        grow(new, before, template, &mut way_out);
    }
    let mut notes = Vec::new();
    if keeps_pods {
        way_out.extend([kubectl(new, "delete", "--cascade=orphan"), Step::Upgrade]);
    } else {
        if before.deletes_when_deleted {
            let patch = "--type merge -p '{\"spec\":{\"persistentVolumeClaimRetentionPolicy\":{\"whenDeleted\":\"Retain\"}}}'";
            way_out.push(kubectl(new, "patch", patch));
        }
        way_out.extend([kubectl(new, "delete", "--cascade=foreground"), Step::Upgrade]);
        notes.push("the new selector does not match the pods that run: they stop".to_owned());
    }
    if claims.is_new && keeps_pods {
        // The controller cannot add a volume to a pod, and makes no others before it has.
        delete_pods(new, before, after, &mut way_out);
        notes.push("pods that run do not get the new volume: each has to be deleted".to_owned());
    }
    if !claims.grown.is_empty() {
        notes.push("the StorageClass has to allow it (allowVolumeExpansion: true)".to_owned());
    }
    if claims.shrinks {
        notes.push("a claim cannot shrink: those that exist keep their size".to_owned());
    }
    if claims.differs {
        notes.push("claims that exist stay as they are: only new ones follow".to_owned());
    }
    if moves_names && keeps_pods {
        notes.push("pods that run keep the old service's host names until they restart".to_owned());
    }
    let mut refusal = refused(fields, way_out, UPDATE);
    if !notes.is_empty() {
        note(&mut refusal, &notes.join("; "));
    }
    Some(refusal)
}

/// Adds the commands that make the claims of a template larger.
fn grow(new: &Object, before: &Set, template: &str, way_out: &mut Vec<Step>) {
    let is_plain = |size: &String| size.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    let Some(size) = new_size(new, template).filter(is_plain) else { return };
    let patch =
        format!("-p '{{\"spec\":{{\"resources\":{{\"requests\":{{\"storage\":\"{size}\"}}}}}}}}'");
    let space = in_namespace(new);
    let Some(pods) = Ordinals::up(&before.name, before.start, before.end()) else { return };
    if pods.count() > MOST_COMMANDS {
        let (from, to) = (pods.from, pods.to);
        let claim = shell(&format!("{template}-{}-", before.name));
        way_out.push(Step::Run(format!(
            "for i in $(seq {from} {to}); do kubectl{space} patch pvc {claim}$i {patch}; done"
        )));
        return;
    }
    for pod in pods.names() {
        way_out.push(Step::Run(format!(
            "kubectl{space} patch pvc {} {patch}",
            shell(&format!("{template}-{pod}"))
        )));
    }
}

/// Returns the size that a template of claims asks for, as it is written.
fn new_size(new: &Object, template: &str) -> Option<String> {
    let Some(Value::List(claims)) = at(new, &["spec", "volumeClaimTemplates"]) else { return None };
    let claim = claims.iter().find(|claim| {
        matches!(get(claim, &["metadata", "name"]), Some(Value::Str(name)) if name[..] == *template.as_bytes())
    })?;
    written(&get(claim, &["spec", "resources", "requests", "storage"])?)
}

fn delete_pods(new: &Object, before: &Set, after: &Set, way_out: &mut Vec<Step>) {
    let (start, end) = (before.start.max(after.start), before.end().min(after.end()));
    let Some(pods) = Ordinals::up(&before.name, start, end) else { return };
    let space = in_namespace(new);
    if pods.count() > MOST_COMMANDS {
        let (from, to) = (pods.from, pods.to);
        way_out.push(Step::Run(format!(
            "for i in $(seq {from} {to}); do kubectl{space} delete pod {}-$i; done",
            shell(&before.name)
        )));
        return;
    }
    for pod in pods.names() {
        way_out.push(Step::Run(format!("kubectl{space} delete pod {}", shell(&pod))));
    }
}

/// Tells which pods are made and which go. Those that stay are the same unless the template differs.
fn scale(before: &Set, after: &Set, found: &mut Vec<Found>) {
    let is_same = before.start == after.start && before.replicas == after.replicas;
    if is_same {
        return;
    }
    let name = &after.name;
    // What is no longer in the range: above it first, going down.
    let above = Ordinals::down(name, before.start.max(after.end()), before.end());
    let below = Ordinals::down(name, before.start, before.end().min(after.start));
    let removed: Vec<Ordinals> = above.into_iter().chain(below).collect();
    let low = Ordinals::up(name, after.start, after.end().min(before.start));
    let high = Ordinals::up(name, after.start.max(before.end()), after.end());
    let added = match (low, high) {
        (Some(low), Some(high)) => Some(Ordinals { to: high.to, ..low }),
        (low, high) => low.or(high),
    };
    let is_default = before.is_counted && !after.is_counted;
    let severity = if removed.is_empty() { Severity::Notice } else { Severity::Warning };
    let what = What::Scales {
        from: before.replicas,
        to: after.replicas,
        is_default,
        added,
        removed: removed.clone(),
        is_ordered: !after.is_parallel,
    };
    found.push(Found::new(severity, what, ROLLOUT));
    // Claims of the templates that the pods had.
    if let Some(claims) = before.claims_of(removed, before.templates(), Why::Scaled) {
        found.push(match after.deletes_when_scaled {
            true => Found::new(Severity::Error, What::ClaimsGo(claims), CLAIMS),
            false => Found::new(Severity::Warning, What::ClaimsStay(claims), CLAIMS),
        });
    }
}

fn roll(old: &Object, new: &Object, before: &Set, after: &Set, found: &mut Vec<Found>) {
    let (start, end) = (before.start.max(after.start), before.end().min(after.end()));
    let name = &after.name;
    // The partition counts from the first pod, whatever its ordinal.
    let low = after.start.saturating_add(after.partition);
    let template = |object| at(object, &["spec", "template"]).map(|t| defaults::template(&t));
    let is_same = match (template(old), template(new)) {
        (Some(old), Some(new)) => same(&old, &new),
        _ => true,
    };
    if !is_same {
        let Some(pods) = Ordinals::down(name, start, end) else { return };
        match after.strategy {
            Strategy::OnDelete => {
                let what = What::OnDelete { pods: Some(pods) };
                found.push(Found::new(Severity::Warning, what, ROLLOUT));
            }
            Strategy::Other => {
                let what = What::Stops { pods: Some(pods) };
                found.push(Found::new(Severity::Warning, what, ROLLOUT));
            }
            Strategy::Rolling => {
                let what = What::Restarts(Restarts {
                    pods: Ordinals::down(name, start.max(low), end),
                    held: Ordinals::up(name, start, end.min(low)),
                    partition: after.partition,
                    at_once: after.max_unavailable,
                    min_ready_seconds: after.min_ready_seconds,
                    is_ordered: !after.is_parallel,
                    is_counted: after.is_counted,
                });
                found.push(Found::new(Severity::Warning, what, ROLLOUT));
            }
        }
        return;
    }
    // Nothing new to roll out, but what an older change has left.
    if after.strategy != Strategy::Rolling {
        return;
    }
    let released = match before.strategy {
        Strategy::Rolling if before.partition > after.partition => {
            let top = before.start.saturating_add(before.partition);
            Ordinals::down(name, start.max(low), end.min(top))
        }
        Strategy::OnDelete => Ordinals::down(name, start.max(low), end),
        _ => None,
    };
    if let Some(pods) = released {
        found.push(Found::new(Severity::Warning, What::Released { pods }, ROLLOUT));
    }
}

/// Claims whose template is gone belong to nobody.
fn lost_templates(before: &Set, after: &Set, found: &mut Vec<Found>) {
    let kept = after.templates();
    let lost: Vec<String> =
        before.templates().into_iter().filter(|name| !kept.contains(name)).collect();
    let pods = Ordinals::up(&before.name, before.start, before.end());
    if let Some(claims) = before.claims_of(pods.into_iter().collect(), lost, Why::Template) {
        found.push(Found::new(Severity::Warning, What::ClaimsStay(claims), NAMES));
    }
}

/// Tells what it means that a StatefulSet takes another one's place.
pub(super) fn added(new: &Object, old: Option<&Object>) -> Vec<Found> {
    let set = Set::of(new, Cluster::default());
    let pods = Ordinals::up(&set.name, set.start, set.end());
    let takes_place = old.is_some_and(|old| !is_empty_claims(old));
    if !takes_place {
        return Vec::new();
    }
    let templates = set.templates();
    match set.claims_of(pods.into_iter().collect(), templates, Why::Renamed) {
        Some(claims) => vec![Found::new(Severity::Error, What::StartsEmpty(claims), NAMES)],
        None => Vec::new(),
    }
}

fn is_empty_claims(object: &Object) -> bool {
    at(object, &["spec", "volumeClaimTemplates"]).is_none_or(|claims| is_empty(&claims))
}

/// Tells what goes with a StatefulSet, and what stays.
pub(super) fn removed(old: &Object, new: Option<&Object>) -> Vec<Found> {
    let set = Set::of(old, Cluster::default());
    let Some(pods) = Ordinals::up(&set.name, set.start, set.end()) else { return Vec::new() };
    let what = What::Stops { pods: Some(pods.clone()) };
    let mut found = vec![Found::new(Severity::Warning, what, ROLLOUT)];
    let why = if new.is_some() { Why::Renamed } else { Why::Gone };
    if let Some(claims) = set.claims_of(vec![pods], set.templates(), why) {
        found.push(match set.deletes_when_deleted {
            true => Found::new(Severity::Error, What::ClaimsGo(claims), CLAIMS),
            false => Found::new(Severity::Warning, What::ClaimsStay(claims), CLAIMS),
        });
    }
    found
}
