//! Annotations that Helm reads: hooks, and what it keeps.

use std::collections::HashSet;

use bstr::ByteSlice;
use gostd::value::{Str, Value};

use super::node::Node;
use super::{Findings, Level, Rule};
use crate::diff::Object;
use crate::near::nearest;
use crate::release::EVENTS;

pub(super) static RULES: &[Rule] = &[EVENT, WEIGHT, POLICY, UNKNOWN];

pub(super) const EVENT: Rule = Rule {
    code: "SC851",
    level: Level::Warning,
    title: "A hook should name events that Helm knows: it leaves the object out otherwise",
    source: "helm.sh/helm, pkg/releaseutil: manifestFile.sort",
};
const WEIGHT: Rule = Rule {
    code: "SC852",
    level: Level::Warning,
    title: "A hook's weight should be a whole number: anything else counts as 0",
    source: "helm.sh/helm, pkg/releaseutil: calculateHookWeight",
};
const POLICY: Rule = Rule {
    code: "SC853",
    level: Level::Warning,
    title: "A policy of Helm should be one that Helm knows: others do nothing",
    source: "helm.sh/helm, pkg/release: HookDeletePolicy; pkg/kube: KeepPolicy",
};
const UNKNOWN: Rule = Rule {
    code: "SC854",
    level: Level::Warning,
    title: "An annotation should not be like one of Helm's and another",
    source: "helm.sh/helm, pkg/release: HookAnnotation",
};

/// The annotation that makes a hook.
const HOOK: &str = "helm.sh/hook";
const HOOK_WEIGHT: &str = "helm.sh/hook-weight";
const DELETE_POLICY: &str = "helm.sh/hook-delete-policy";

/// The annotations that Helm reads.
const ANNOTATIONS: &[&str] = &[
    HOOK,
    HOOK_WEIGHT,
    DELETE_POLICY,
    "helm.sh/hook-output-log-policy",
    "helm.sh/resource-policy",
];

/// The annotations that hold policies, and the policies that Helm knows.
const POLICIES: &[(&str, &[&str])] = &[
    (DELETE_POLICY, &["before-hook-creation", "hook-succeeded", "hook-failed"]),
    ("helm.sh/hook-output-log-policy", &["hook-succeeded", "hook-failed"]),
    ("helm.sh/resource-policy", &["keep"]),
];

/// Events of Helm 2 that Helm 3 has no more.
const GONE: &[&str] = &["crd-install", "test-failure"];

/// Returns the parts of an annotation as Helm reads them: divided by commas, without white space, in lower case.
fn parts(text: &[u8]) -> impl Iterator<Item = String> + '_ {
    text.split_str(",").map(|part| part.trim().to_str_lossy().to_lowercase())
}

/// Says what is wrong with the events of a hook, and what may have been meant; nothing where Helm knows them all.
fn unknown_events(hook: &[u8]) -> Option<(String, Option<String>)> {
    let unknown = parts(hook).find(|event| !EVENTS.contains(&event.as_str()))?;
    let help = match GONE.contains(&unknown.as_str()) {
        true => Some("Helm 3 has no such event any more".to_owned()),
        false => nearest(&unknown, EVENTS.iter().copied().take(EVENTS.len() - 1))
            .map(|near| format!("did you mean {near:?}?")),
    };
    Some((format!("Helm knows no event {unknown:?}, and leaves the object out"), help))
}

/// Checks the annotations; `crds` are the names of the definitions in `crds/`.
pub(super) fn check(object: &Object, root: &Node<'_>, crds: &HashSet<Str>, found: &mut Findings) {
    let metadata = root.at("metadata");
    let annotations = metadata.at("annotations");
    // Helm does not look for hooks in crds/. What is there, too, is meant for Helm 2.
    if object.is_hook()
        && !object.is_of_crds()
        && !(*object.hook == *b"crd-install" && crds.contains(&object.id.name))
        && let Some((message, help)) = unknown_events(&object.hook)
    {
        found.add_at(&EVENT, annotations.at(HOOK).path(), message, help);
    }
    let weight = annotations.at(HOOK_WEIGHT);
    if let Some(text) = weight.text()
        && whole(text).is_none()
    {
        found.add(
            &WEIGHT,
            &weight,
            format!("{} is no whole number: it counts as 0", weight.shown()),
        );
    }
    for (annotation, known) in POLICIES {
        let policy = annotations.at(annotation);
        for part in parts(&policy.text_or_empty()).filter(|part| !part.is_empty()) {
            if !known.contains(&part.as_str()) {
                let near = nearest(&part, known.iter().copied());
                let help = near.map_or_else(
                    || format!("use {}", known.join(", ")),
                    |near| format!("did you mean {near:?}?"),
                );
                found.helped(&POLICY, &policy, format!("Helm knows no policy {part:?}"), help);
            }
        }
    }
    for (key, value) in annotations.members() {
        let Some(key) = key.to_str().filter(|key| key.starts_with("helm.sh/")) else {
            continue;
        };
        if ANNOTATIONS.contains(&key) {
            continue;
        }
        if let Some(near) = nearest(key, ANNOTATIONS.iter().copied()) {
            let message = format!("Helm reads no annotation {key:?}");
            found.helped(&UNKNOWN, &value, message, format!("did you mean {near:?}?"));
        }
    }
}

/// Reads a whole number as Go's `strconv.Atoi` does.
fn whole(text: &[u8]) -> Option<i64> {
    gostd::strconv::parse_int(text, 10, 64).ok()
}

/// When Helm makes an object.
#[derive(Debug)]
pub(super) struct Hook {
    events: Vec<String>,
    weight: i64,
    /// Helm deletes it as soon as all hooks of the event have succeeded.
    is_deleted: bool,
}

impl Hook {
    /// Reads the annotations of a hook; nothing of what is none.
    pub(super) fn of(object: &Object) -> Option<Hook> {
        if !object.is_hook() || object.is_of_crds() {
            return None;
        }
        let annotation = |key: &str| match object.get(&["metadata", "annotations", key]) {
            Some(Value::Str(text)) => text,
            _ => Str::default(),
        };
        Some(Hook {
            events: parts(&object.hook).collect(),
            weight: whole(&annotation(HOOK_WEIGHT)).unwrap_or(0),
            is_deleted: parts(&annotation(DELETE_POLICY)).any(|policy| policy == "hook-succeeded"),
        })
    }

    fn is(&self, event: &str) -> bool {
        self.events.iter().any(|own| own == event)
    }
}

/// Tells whether Helm makes an object at all: not one that is a hook of an event that it does not know.
pub(super) fn is_made(object: &Object) -> bool {
    !object.is_hook() || object.is_of_crds() || unknown_events(&object.hook).is_none()
}

/// Says why what an object needs is not there when Helm makes it on an install; nothing where it is. `makers` are the
/// objects of the release that have the name that is needed.
///
/// Hooks run before and behind everything else, those of an event by weight, then by name, whatever their kinds (Helm,
/// `pkg/action/hooks.go`: `hookByWeight`).
pub(super) fn untimely(user: &Object, makers: &[&Object]) -> Option<String> {
    let hooks: Vec<(&Object, Option<Hook>)> =
        makers.iter().map(|maker| (*maker, Hook::of(maker))).collect();
    let (first, _) = hooks.first()?;
    match Hook::of(user) {
        None => {
            let lasts = |hook: &Option<Hook>| match hook {
                None => true,
                Some(hook) => hook.is("post-install") || hook.is("pre-install") && !hook.is_deleted,
            };
            if hooks.iter().any(|(_, hook)| lasts(hook)) {
                return None;
            }
            let is_deleted =
                hooks.iter().flat_map(|(_, hook)| hook).any(|hook| hook.is("pre-install"));
            Some(match is_deleted {
                true => format!(
                    "{} is gone by then: it is a hook with the delete policy hook-succeeded",
                    first.id
                ),
                false => {
                    format!(
                        "{} is not made by an install: it is a hook of {}",
                        first.id, first.hook
                    )
                }
            })
        }
        Some(own) if own.is("pre-install") => {
            let before = hooks.iter().flat_map(|(maker, hook)| hook.as_ref().map(|h| (maker, h)));
            let in_time = |maker: &Object, hook: &Hook| {
                hook.is("pre-install")
                    && (hook.weight, &maker.id.name) < (own.weight, &user.id.name)
            };
            let mut later = None;
            for (maker, hook) in before {
                if in_time(maker, hook) {
                    return None;
                }
                if hook.is("pre-install") {
                    later = Some((maker, hook));
                }
            }
            Some(match later {
                Some((maker, hook)) if hook.weight == own.weight => format!(
                    "{} is made later: hooks of the same weight, {}, run by their names",
                    maker.id, own.weight
                ),
                Some((maker, hook)) => format!(
                    "{} is made later: its hook-weight is {}, and that of this one {}",
                    maker.id, hook.weight, own.weight
                ),
                None => {
                    format!(
                        "{} is not there yet: pre-install hooks run before it is made",
                        first.id
                    )
                }
            })
        }
        Some(_) => None,
    }
}
