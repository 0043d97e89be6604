//! Shows a comparison as data: docs/diff.md describes the form.

use bstr::ByteSlice;
use gostd::value::Value;
use serde_json::{Map, Value as Json, json};

use super::{Report, fold, is_noise, path_text};
use crate::diff::{Difference, Form, Object, Step, What};
use crate::provenance::Key;

/// The version of the form.
const VERSION: u32 = 1;

/// Writes comparisons as JSON.
pub fn json(reports: &[Report<'_>]) -> String {
    let comparisons: Vec<Json> = reports.iter().map(comparison).collect();
    let whole = json!({"version": VERSION, "comparisons": comparisons});
    let mut text = serde_json::to_string_pretty(&whole).unwrap_or_default();
    text.push('\n');
    text
}

fn comparison(report: &Report<'_>) -> Json {
    let totals = report.comparison.totals();
    let groups = fold(report.comparison, report.fold, report.causes);
    let groups: Vec<Json> = groups
        .iter()
        .map(|g| json!({"objects": g.objects, "changes": g.changes, "causes": g.causes}))
        .collect();
    let differences = report.comparison.differences.iter().enumerate();
    let mut whole = json!({
        "chart": report.chart,
        "scenarios": report.scenarios,
        "old": report.names[0],
        "new": report.names[1],
        "failed": {"old": report.failed[0], "new": report.failed[1]},
        "totals": {
            "added": totals.added,
            "removed": totals.removed,
            "changed": totals.changed,
            "labelsOnly": totals.noise,
            "same": totals.same,
        },
        "objects": differences.map(|(n, d)| difference(report, n, d)).collect::<Vec<_>>(),
        "groups": groups,
        "causes": report.reasons.iter().map(reason).collect::<Vec<_>>(),
        "effects": report.effects.iter().map(super::effects_json::json).collect::<Vec<_>>(),
    });
    if report.most_same > totals.same {
        whole["totals"]["sameAtMost"] = report.most_same.into();
    }
    if !report.only.is_empty() {
        let only = |only: &super::Only| {
            let side = if only.is_new { "new" } else { "old" };
            json!({"scenario": only.scenario, "side": side, "compared": only.is_compared})
        };
        whole["onlyScenarios"] = report.only.iter().map(only).collect();
    }
    whole
}

fn reason(reason: &super::Reason) -> Json {
    let mut map = Map::new();
    let mut add = |key: &str, value: &Option<String>| {
        if let Some(value) = value {
            map.insert(key.to_owned(), value.clone().into());
        }
    };
    add("kind", &Some(reason.kind.to_owned()));
    add("name", &Some(reason.name.clone()));
    add("old", &reason.old);
    add("new", &reason.new);
    add("oldPlace", &reason.old_place);
    add("newPlace", &reason.new_place);
    add("commit", &reason.commit);
    if !reason.path.is_empty() {
        let step = |key: &Key| match key {
            Key::Name(name) => Json::from(name.to_str_lossy()),
            Key::Index(index) => Json::from(*index),
        };
        map.insert("path".to_owned(), reason.path.iter().map(step).collect());
    }
    if let Some((template, [old, new])) = &reason.lines {
        let lines = |(start, end): &(usize, usize)| json!([start, end]);
        map.insert("template".to_owned(), template.clone().into());
        map.insert("oldLines".to_owned(), lines(old));
        map.insert("newLines".to_owned(), lines(new));
    }
    Json::Object(map)
}

fn difference(report: &Report<'_>, number: usize, difference: &Difference) -> Json {
    let object = |object: &Object| {
        json!({
            "apiVersion": object.api_version.to_str_lossy(),
            "kind": object.id.kind.to_str_lossy(),
            "namespace": object.id.namespace.to_str_lossy(),
            "name": object.id.name.to_str_lossy(),
            "hook": object.hook.to_str_lossy(),
            "source": object.source.to_str_lossy(),
            "line": object.line,
        })
    };
    let changes = difference.changes.iter().enumerate().map(|(place, change)| {
        let mut map = Map::new();
        map.insert("path".into(), path_text(&change.path).into());
        map.insert("steps".into(), change.path.iter().map(step).collect());
        let what = match change.what {
            What::Value => "value",
            What::Order => "order",
            What::Form => "form",
        };
        map.insert("what".into(), what.into());
        if let Some(old) = &change.old {
            map.insert("old".into(), value(old));
        }
        if let Some(new) = &change.new {
            map.insert("new".into(), value(new));
        }
        map.insert("labelsOnly".into(), is_noise(change).into());
        map.insert("causes".into(), (report.causes)(number, Some(place)).into());
        Json::Object(map)
    });
    let mut map = Map::new();
    if let Some(old) = &difference.old {
        map.insert("old".into(), object(old));
    }
    if let Some(new) = &difference.new {
        map.insert("new".into(), object(new));
    }
    map.insert("causes".into(), (report.causes)(number, None).into());
    map.insert("changes".into(), changes.collect());
    Json::Object(map)
}

fn step(step: &Step) -> Json {
    match step {
        Step::Key(key) => key.to_str_lossy().into(),
        Step::Item { by, old, new } => {
            let by = by.as_ref().map(|by| by.to_str_lossy());
            json!({"by": by, "old": old, "new": new})
        }
        Step::Inside(form) => json!({"form": match form {
            Form::Json => "json",
            Form::Properties => "properties",
            Form::Yaml => "yaml",
        }}),
    }
}

fn value(value: &Value) -> Json {
    let text = gostd::json::marshal(value, false).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or(Json::Null)
}
