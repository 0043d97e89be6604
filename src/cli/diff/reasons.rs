//! Says what causes differences.

use std::collections::HashSet;
use std::ops::Range;

use gostd::value::{Str, Value};
use statefulchart::action::Compared;
use statefulchart::diff::cause::Cause;
use statefulchart::diff::show::Reason;
use statefulchart::diff::{Object, holds_secrets};
use statefulchart::provenance::path_text;
use statefulchart::values::origins::{Setting, Source};

use super::sides::{Inner, Ready};
use crate::cli::values_where::{Shown, json_of};

/// Returns the causes of a comparison, as they are shown.
/// Values that go into Secrets are masked, unless these are to be shown.
pub(super) fn of(compared: &Compared, sides: &[Ready<'_>; 2], show_secrets: bool) -> Vec<Reason> {
    let [Inner::Chart { chart: old, .. }, Inner::Chart { chart: new, .. }] =
        [&sides[0].what, &sides[1].what]
    else {
        return Vec::new();
    };
    let [one, other] = sides;
    let shown = [
        Shown { reference: &one.reference, chart: old },
        Shown { reference: &other.reference, chart: new },
    ];
    let all = compared.causes.iter().flat_map(|causes| &causes.all);
    let real = |mut reason: Reason| {
        reason.old_place = reason.old_place.map(|place| one.real(place));
        reason.new_place = reason.new_place.map(|place| other.real(place));
        // Both sides are called by one name, or the file is of one of them.
        let of_both = |text: String| one.real(other.real(text));
        reason.at = reason.at.map(|(file, line)| (of_both(file), line));
        if reason.kind == "template" {
            reason.name = of_both(reason.name);
        }
        reason
    };
    let mut reasons: Vec<Reason> =
        all.map(|cause| real(reason(cause, &shown, show_secrets))).collect();
    if !show_secrets {
        mask(compared, &mut reasons);
    }
    reasons
}

/// Masks the values that change what Secrets hold, and the flags that set them.
fn mask(compared: &Compared, reasons: &mut [Reason]) {
    let Some(causes) = &compared.causes else { return };
    let mut secret = HashSet::new();
    for (number, difference) in compared.comparison.differences.iter().enumerate() {
        let is_secret = |object: &Option<Object>| object.as_ref().is_some_and(Object::is_secret);
        if !is_secret(&difference.old) && !is_secret(&difference.new) {
            continue;
        }
        secret.extend(causes.of(number, None));
        for (place, change) in difference.changes.iter().enumerate() {
            if holds_secrets(change) {
                secret.extend(causes.of(number, Some(place)));
            }
        }
    }
    let mut flags: HashSet<String> = HashSet::new();
    for number in secret {
        let (Some(cause), Some(reason)) = (causes.all.get(number), reasons.get_mut(number)) else {
            continue;
        };
        let Cause::Value { old, new, .. } = cause else { continue };
        let masked = [old, new].map(|value| value.as_ref().and_then(masked));
        if masked.iter().all(Option::is_none) {
            continue;
        }
        let [old, new] = masked;
        reason.old = old.or_else(|| reason.old.take());
        reason.new = new.or_else(|| reason.new.take());
        let places = [&reason.old_place, &reason.new_place].into_iter().flatten();
        flags.extend(places.filter(|place| place.starts_with("--")).cloned());
    }
    for reason in reasons {
        for place in [&mut reason.old_place, &mut reason.new_place].into_iter().flatten() {
            if flags.contains(place) {
                let flag = place.split([' ', '=']).next().unwrap_or_default();
                *place = format!("{flag} (secret)");
            }
        }
    }
}

/// Returns what stands for a value that may be a secret; nothing for what cannot be one.
fn masked(value: &Value) -> Option<String> {
    match value {
        Value::Str(text) => Some(format!("(secret, {} bytes)", text.len())),
        Value::Nil | Value::Bool(_) => None,
        _ => Some("(secret)".to_owned()),
    }
}

fn reason(cause: &Cause, shown: &[Shown<'_>; 2], show_secrets: bool) -> Reason {
    let plain = |kind, name: &str, old: &str, new: &str| Reason {
        kind,
        name: name.to_owned(),
        old: Some(old.to_owned()),
        new: Some(new.to_owned()),
        ..Reason::default()
    };
    let within = |chart: &[Str]| {
        chart.iter().map(|name| name.to_string_lossy().into_owned()).collect::<Vec<_>>().join("/")
    };
    match cause {
        Cause::Value { path, old, new, old_setting, new_setting } => {
            let value = |value: &Option<Value>| value.as_ref().map(json_of);
            let place = |shown: &Shown<'_>, setting: &Option<Box<Setting>>| {
                setting
                    .as_ref()
                    .map(|setting| match &setting.source {
                        // What else the flag sets may be secret, and is no cause.
                        Source::Flag { flag, line, .. }
                            if !show_secrets && line.contains(&b',') =>
                        {
                            format!("--{} {}=…", flag.name(), path_text(path))
                        }
                        _ => shown.place(setting),
                    })
                    .filter(|place| !place.is_empty())
            };
            let at = |shown: &Shown<'_>, setting: &Option<Box<Setting>>| {
                let setting = setting.as_ref()?;
                let line = setting.place?.first()?.line;
                Some((shown.file(&setting.source)?, line))
            };
            Reason {
                kind: "value",
                at: at(&shown[1], new_setting).or_else(|| at(&shown[0], old_setting)),
                name: path_text(path),
                old: value(old),
                new: value(new),
                old_place: place(&shown[0], old_setting),
                new_place: place(&shown[1], new_setting),
                path: path.clone(),
                ..Reason::default()
            }
        }
        Cause::Template { name, old, new } => {
            let name = name.to_string_lossy();
            let [before, after] = shown;
            let at = |shown: &Shown<'_>, lines: &Range<usize>| {
                (!lines.is_empty()).then(|| format!("{}:{}", shown.template(&name), span(lines)))
            };
            let what = match (old.is_empty(), new.is_empty()) {
                (true, _) => "added",
                (_, true) => "removed",
                _ => "changed",
            };
            let place = at(after, new).or_else(|| at(before, old)).unwrap_or_default();
            Reason {
                kind: "template",
                name: format!("{place} {what}"),
                at: Some(match new.is_empty() {
                    true => (before.template(&name), old.start),
                    false => (after.template(&name), new.start),
                }),
                lines: Some((name.into_owned(), [(old.start, old.end), (new.start, new.end)])),
                ..Reason::default()
            }
        }
        Cause::Chart { chart, field, old, new } => {
            let name = field.to_string_lossy();
            let mut letters = name.chars();
            let first = letters.next().map(|c| c.to_ascii_lowercase());
            let key: String = first.into_iter().chain(letters).collect();
            let file = match within(chart) {
                chart if chart.is_empty() => "Chart.yaml".to_owned(),
                chart => format!("Chart.yaml of {chart}"),
            };
            let path = std::path::Path::new(shown[1].reference);
            let path = chart.iter().fold(path.to_owned(), |path, name| {
                path.join("charts").join(&*name.to_string_lossy())
            });
            let at = Some((path.join("Chart.yaml").to_string_lossy().into_owned(), 1));
            Reason { at, ..plain("chart", &format!("{file} {key}"), old, new) }
        }
        Cause::Dependency { chart, old, new } => Reason {
            kind: "dependency",
            name: format!("dependency {}", within(chart)),
            old: old.clone(),
            new: new.clone(),
            ..Reason::default()
        },
        Cause::File { chart, name } => Reason {
            kind: "file",
            name: match within(chart) {
                chart if chart.is_empty() => name.to_string_lossy().into_owned(),
                chart => format!("{} of {chart}", name.to_string_lossy()),
            },
            ..Reason::default()
        },
        Cause::KubeVersion { old, new } => plain("kube-version", "Kubernetes", old, new),
        Cause::ApiVersions => Reason {
            kind: "api-versions",
            name: "the API versions that the cluster has".to_owned(),
            ..Reason::default()
        },
        Cause::Release { field, old, new } => {
            plain("release", &format!("the release's {}", field.to_lowercase()), old, new)
        }
        Cause::Helm { old, new } => plain("helm", "Helm", old, new),
    }
}

fn span(lines: &Range<usize>) -> String {
    match lines.len() {
        1 => lines.start.to_string(),
        _ => format!("{}-{}", lines.start, lines.end - 1),
    }
}
