//! Tells what an API server refuses of the objects that a change adds or touches, by the rules of `validate`, and which API
//! versions are deprecated that they are written in. What the old side has of it as well is no matter of the change.

use std::collections::{HashMap, HashSet};

use statefulchart::action::Compared;
use statefulchart::diff::effects::{self, Cluster, Effect, Refusal, Rule, Severity, What};
use statefulchart::diff::{Change, Object, path_text};
use statefulchart::kubernetes::{Kind, Step, Version};
use statefulchart::validate::{self, Definitions, Finding, Level};

use crate::cli::kube_versions;

/// An object that is added or changed: its number among the differences, and what it is on both sides.
struct Touched<'c> {
    number: usize,
    old: Option<&'c Object>,
    new: &'c Object,
}

/// How an object is sent.
#[derive(Clone, Copy)]
struct Sent {
    /// Whether it is applied at the server, which knows all of its fields.
    server_side: bool,
    /// Whether it is a patch that makes one item of two.
    is_merged: bool,
}

/// Adds to what a change does what the API server refuses of it. `kube` are the versions of Kubernetes of both sides; where
/// none is given it is the newest, and what other versions take is told with those that do not.
pub(super) fn add(
    effects: &mut Vec<Effect>,
    compared: &Compared,
    cluster: Cluster,
    kube: [Option<&str>; 2],
) {
    let ([Some(old), Some(new)], [None, None]) = (&compared.objects, &compared.failed) else {
        return;
    };
    let version_of = |text: Option<&str>| match text.filter(|text| !text.is_empty()) {
        Some(text) => kube_versions::of(text),
        None => Some(Version::newest()),
    };
    // Nothing is known of other versions.
    let [Some(before), Some(after)] = kube.map(version_of) else { return };
    let touched = touched(compared, [old, new]);
    if touched.is_empty() {
        return;
    }
    let definitions = definitions(&touched, [old, new]);
    let objects: Vec<Object> = touched.iter().map(|one| one.new.clone()).collect();
    let mut found = checked(&objects, &[after], &definitions);
    found.retain(|(finding, _)| {
        touched.get(finding.object).is_some_and(|one| !is_told(effects, one.number, finding))
    });
    without_known(&mut found, &touched, before, &definitions);
    if kube[1].is_none_or(str::is_empty) {
        add_versions(&mut found, &objects, &definitions);
    }
    let patched = match cluster.server_side {
        // Whoever applies at the server may not name an item twice.
        true => HashSet::new(),
        false => of_patch(&found, &touched, after, &definitions),
    };
    let all: Vec<Version> = Version::all().collect();
    let mut more = Vec::new();
    let mut refused = HashSet::new();
    for (number, (finding, versions)) in found.into_iter().enumerate() {
        let Some(one) = touched.get(finding.object) else { continue };
        let only = match kube[1].is_none_or(str::is_empty) {
            true => kube_versions::words(&versions, &all),
            false => None,
        };
        let when = Sent {
            server_side: cluster.server_side && !one.new.is_of_crds(),
            is_merged: patched.contains(&number),
        };
        let effect = one.effect(finding, only, effects, when);
        if matches!(effect.what, What::Invalid { refusal: Refusal::Always, .. })
            && effect.severity == Severity::Error
        {
            refused.insert((one.number, effect.id.clone()));
        }
        more.push(effect);
    }
    let dropped = more.iter().filter_map(|effect| match &effect.what {
        What::Dropped { field, .. } => Some((effect.object?, without_items(field))),
        _ => None,
    });
    let dropped: HashSet<(usize, String)> = dropped.collect();
    // What is left out changes nothing.
    let is_unchanged = |number: usize| {
        let difference = compared.comparison.differences.get(number);
        let changes = difference.map(|difference| &*difference.changes).unwrap_or_default();
        let is_dropped = |change: &Change| {
            let path = without_items(&path_text(&change.path));
            let ends = path.char_indices().filter(|(_, c)| matches!(c, '.' | '['));
            let mut fields =
                ends.map(|(end, _)| end).chain([path.len()]).filter_map(|end| path.get(..end));
            fields.any(|field| dropped.contains(&(number, field.to_owned())))
        };
        !changes.is_empty() && changes.iter().all(is_dropped)
    };
    let numbers: HashSet<usize> = dropped.iter().map(|(number, _)| *number).collect();
    let unchanged: HashSet<usize> =
        numbers.into_iter().filter(|number| is_unchanged(*number)).collect();
    effects.retain(|effect| effect.object.is_none_or(|number| !unchanged.contains(&number)));
    // Nothing else happens to what is refused.
    if !refused.is_empty() {
        let is_of_refused = |effect: &Effect| {
            effect.object.is_some_and(|number| refused.contains(&(number, effect.id.clone())))
        };
        effects.retain(|effect| {
            !is_of_refused(effect)
                || matches!(effect.what, What::Refused { .. } | What::Invalid { .. })
                    && !effect.is_after_way_out
        });
    }
    effects.append(&mut more);
}

/// Returns the objects that are added or changed, but for those that came from a server.
fn touched<'c>(compared: &'c Compared, [old, new]: [&'c [Object]; 2]) -> Vec<Touched<'c>> {
    let mut all = Vec::new();
    for (number, difference) in compared.comparison.differences.iter().enumerate() {
        let Some(shown) = &difference.new else { continue };
        let object = whole(shown, new);
        if !object.is_served() {
            let old = difference.old.as_ref().map(|shown| whole(shown, old));
            all.push(Touched { number, old, new: object });
        }
    }
    all
}

/// Returns a path without what names items of lists, which differs between comparisons and rules. Keys in brackets, which
/// are quoted, stay.
fn without_items(path: &str) -> String {
    let (mut fields, mut rest) = (String::new(), path);
    while let Some((before, after)) = rest.split_once('[') {
        fields.push_str(before);
        let is_key = after.starts_with('"');
        let end = if is_key { "\"]" } else { "]" };
        let length = after.find(end).map_or(after.len(), |at| at + end.len());
        let (inside, next) = after.split_at(length);
        if is_key {
            fields.push('[');
            fields.push_str(inside);
        }
        rest = next;
    }
    fields + rest
}

/// Tells whether the fault is one of those for which the change of an object is refused anyway, or is told already.
fn is_told(effects: &[Effect], number: usize, finding: &Finding) -> bool {
    let path = validate::path_text(&finding.path);
    let is_same = |field: &String| {
        effects::is_within(&path, field)
            || effects::is_within(field, &path)
            || validate::is_of_selector(finding.rule) && field == "spec.template.metadata.labels"
    };
    let own = effects.iter().filter(|effect| effect.object == Some(number));
    own.into_iter().any(|effect| match &effect.what {
        // What may be made anew has to be right still.
        What::Refused { fields, way_out, .. } => way_out.is_empty() && fields.iter().any(is_same),
        What::Invalid { fields, .. } => {
            validate::is_of_value(finding.rule) && fields.contains(&path)
        }
        _ => false,
    })
}

/// Returns an object with what is masked where it is shown.
fn whole<'c>(shown: &'c Object, all: &'c [Object]) -> &'c Object {
    let place = all.binary_search_by_key(&shown.line, |object| object.line).ok();
    let found = place.and_then(|place| all.get(place)).filter(|object| object.id == shown.id);
    found.unwrap_or(shown)
}

/// Returns the definitions of both sides, the new ones first, if something touched may be a custom resource.
fn definitions(touched: &[Touched<'_>], [old, new]: [&[Object]; 2]) -> Definitions {
    let mut definitions = Definitions::default();
    if touched.iter().any(|one| Kind::find(&one.new.api_version, &one.new.id.kind).is_none()) {
        definitions.add(new);
        definitions.add(old);
    }
    definitions
}

/// Returns what is told of objects by themselves: what is refused, and what is deprecated.
fn checked(
    objects: &[Object],
    versions: &[Version],
    definitions: &Definitions,
) -> Vec<(Finding, Vec<Version>)> {
    let range = 0..objects.len();
    let mut all = validate::validate(objects, &[range], versions, definitions);
    all.retain(|(finding, _)| {
        (finding.rule.level == Level::Error && !validate::is_of_helm(finding.rule))
            || validate::is_deprecation(finding)
    });
    all
}

/// What a finding is the same by in two versions of an object, wherever it stands in its lists.
fn key(finding: &Finding) -> (&'static str, Vec<&Step>, &str) {
    let keys = finding.path.iter().filter(|step| matches!(step, Step::Key(_)));
    (finding.rule.code, keys.collect(), &finding.message)
}

/// Returns the numbers of the findings that a patch of an object does not bring to the server: of two items with one name it
/// makes one.
fn of_patch(
    found: &[(Finding, Vec<Version>)],
    touched: &[Touched<'_>],
    version: Version,
    definitions: &Definitions,
) -> HashSet<usize> {
    let with: HashSet<usize> = found.iter().map(|(finding, _)| finding.object).collect();
    let (mut places, mut objects) = (Vec::new(), Vec::new());
    for (place, one) in touched.iter().enumerate().filter(|(place, _)| with.contains(place)) {
        let is_patched = one.old.is_some_and(|old| old.id == one.new.id) && !one.new.is_hook();
        if let Some(object) = is_patched.then(|| effects::patched(one.new)).flatten() {
            places.push(place);
            objects.push(object);
        }
    }
    if objects.is_empty() {
        return HashSet::new();
    }
    let after = checked(&objects, &[version], definitions);
    let left =
        after.iter().filter_map(|(finding, _)| Some((*places.get(finding.object)?, key(finding))));
    let left: HashSet<_> = left.collect();
    let is_gone = |finding: &Finding| {
        places.contains(&finding.object) && !left.contains(&(finding.object, key(finding)))
    };
    (0..found.len())
        .filter(|number| found.get(*number).is_some_and(|(one, _)| is_gone(one)))
        .collect()
}

/// Takes out what the old objects have as well.
fn without_known(
    found: &mut Vec<(Finding, Vec<Version>)>,
    touched: &[Touched<'_>],
    version: Version,
    definitions: &Definitions,
) {
    let with: HashSet<usize> = found.iter().map(|(finding, _)| finding.object).collect();
    let (mut places, mut objects) = (Vec::new(), Vec::new());
    for (place, one) in touched.iter().enumerate().filter(|(place, _)| with.contains(place)) {
        if let Some(old) = one.old {
            places.push(place);
            objects.push(old.clone());
        }
    }
    if objects.is_empty() {
        return;
    }
    let before = checked(&objects, &[version], definitions);
    let mut known: HashMap<_, usize> = HashMap::new();
    for (finding, _) in &before {
        if let Some(place) = places.get(finding.object) {
            *known.entry((*place, key(finding))).or_default() += 1;
        }
    }
    let is_new = found.iter().map(|(finding, _)| {
        let left = known.get_mut(&(finding.object, key(finding))).filter(|left| **left > 0);
        left.map(|left| *left -= 1).is_none()
    });
    let mut is_new = is_new.collect::<Vec<_>>().into_iter();
    found.retain(|_| is_new.next().unwrap_or(true));
}

/// Sets in which of all known versions each finding holds.
fn add_versions(
    found: &mut [(Finding, Vec<Version>)],
    objects: &[Object],
    definitions: &Definitions,
) {
    let with: HashSet<usize> = found.iter().map(|(finding, _)| finding.object).collect();
    let places: Vec<usize> = (0..objects.len()).filter(|place| with.contains(place)).collect();
    let own: Vec<Object> = places.iter().filter_map(|place| objects.get(*place).cloned()).collect();
    if own.is_empty() {
        return;
    }
    let mut seen: HashMap<_, Vec<Version>> = HashMap::new();
    let all: Vec<Version> = Version::all().collect();
    let checked = checked(&own, &all, definitions);
    for (finding, versions) in &checked {
        let place = places.get(finding.object).copied().unwrap_or_default();
        let key = (place, finding.rule.code, &*finding.path, &*finding.message);
        seen.entry(key).or_default().extend_from_slice(versions);
    }
    for (finding, versions) in found {
        let key = (finding.object, finding.rule.code, &*finding.path, &*finding.message);
        if let Some(seen) = seen.get(&key) {
            versions.clone_from(seen);
        }
    }
}

impl Touched<'_> {
    /// Makes of a finding what the change does. `only` says which versions of Kubernetes it is about.
    fn effect(
        &self,
        finding: Finding,
        only: Option<String>,
        effects: &[Effect],
        sent: Sent,
    ) -> Effect {
        let path = validate::path_text(&finding.path);
        let is_deprecation = validate::is_deprecation(&finding);
        // Helm does not ask for strict decoding.
        let is_dropped = validate::is_unknown_field(&finding) && !sent.server_side;
        let refusal = match (validate::is_of_made(&finding, self.new), sent.is_merged) {
            (true, _) => Refusal::OfWhatIsMade,
            (false, true) => Refusal::WhereNew,
            (false, false) => Refusal::Always,
        };
        let mut why = finding.message;
        if let Some(help) = finding.help {
            why.push_str(&format!("; {help}"));
        }
        if let Some(only) = only.filter(|_| !is_deprecation) {
            why.push_str(&format!(" ({only})"));
        }
        // An upgrade does not send definitions of `crds/`, nor hooks that wait for something else.
        let waits = |effect: &Effect| {
            effect.object == Some(self.number) && matches!(effect.what, What::HookWaits { .. })
        };
        let is_sent = !self.new.is_of_crds() && !effects.iter().any(waits);
        let (file, function) =
            finding.rule.source.split_once(": ").unwrap_or((finding.rule.source, ""));
        let code = finding.rule.code;
        Effect {
            object: Some(self.number),
            id: self.new.id.clone(),
            severity: match is_sent && !is_deprecation && !is_dropped && !sent.is_merged {
                true => Severity::Error,
                false => Severity::Warning,
            },
            what: match (is_deprecation, is_dropped) {
                (true, _) => What::Deprecated { why, code },
                (_, true) => What::Dropped { field: path, why, code },
                _ => What::Invalid {
                    fields: Some(path).filter(|path| !path.is_empty()).into_iter().collect(),
                    why,
                    code: Some(code),
                    refusal,
                },
            },
            is_after_way_out: false,
            rule: Rule { function, file },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_without_items_keep_their_keys() {
        assert_eq!(without_items(r#"spec["foo.bar"].a[0].b"#), r#"spec["foo.bar"].a.b"#);
        assert_eq!(without_items("spec.containers[name=web].image"), "spec.containers.image");
        assert_eq!(without_items("a[1"), "a");
    }
}
