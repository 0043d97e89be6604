//! Answers calls of helm-diff's functions, which `tests/helm_diff.py` records, a line of JSON each.

use std::io::{BufRead, Write};

use serde_json::{Value, json};
use statefulchart::helm_diff::{
    Change, Entry, Key, Line, Object, Objects, Options, Output, Reading, Report, Secrets, Side,
    compare, compare_lines, normalized, of_dry_run, without_progress,
};

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn texts(value: &Value) -> Vec<String> {
    let list = value.as_array().cloned().unwrap_or_default();
    list.iter().map(|item| text(item).to_owned()).collect()
}

fn lossy(bytes: &[u8]) -> Value {
    json!(String::from_utf8_lossy(bytes))
}

fn object(value: &Value) -> Option<Object> {
    value.as_object()?;
    Some(Object {
        kind: text(&value["Kind"]).to_owned(),
        content: text(&value["Content"]).as_bytes().to_vec(),
        policy: text(&value["ResourcePolicy"]).to_owned(),
    })
}

fn objects(value: &Value) -> Objects {
    let found = value.as_object().into_iter().flatten();
    found.filter_map(|(key, value)| Some((key.clone(), object(value)?))).collect()
}

fn shown(object: &Object) -> Value {
    json!({"Kind": object.kind, "Content": lossy(&object.content), "ResourcePolicy": object.policy})
}

fn options(call: &Value) -> Options {
    let given = &call["options"];
    let is = |name: &str| given[name].as_bool().unwrap_or_default();
    let template = text(&call["template"]).to_owned();
    let output = match text(&given["OutputFormat"]) {
        "simple" => Output::Simple,
        "json" => Output::Json,
        "structured" => Output::Structured,
        "template" if template.is_empty() => Output::Json,
        "template" => Output::Template("t".to_owned(), template.into_bytes()),
        _ => Output::Diff,
    };
    let secrets = match (is("ShowSecretsDecoded"), is("ShowSecrets")) {
        (true, _) => Secrets::Decoded,
        (_, true) => Secrets::Shown,
        _ => Secrets::Redacted,
    };
    Options {
        output,
        context: given["OutputContext"].as_u64().map(|lines| lines as usize),
        strip_trailing_cr: is("StripTrailingCR"),
        secrets,
        suppressed_kinds: texts(&given["SuppressedKinds"]),
        suppressed_lines: texts(&given["SuppressedOutputLineRegex"]),
        find_renames: given["FindRenames"].as_f64().unwrap_or_default() as f32,
        color: call["color"].as_bool().unwrap_or_default(),
    }
}

/// The kinds of line in helm-diff's order.
const SIDES: [Side; 3] = [Side::Both, Side::Old, Side::New];

fn lines(value: &Value) -> Vec<Line> {
    let found = value.as_array().into_iter().flatten();
    let line = |line: &Value| Line {
        side: SIDES[line["Delta"].as_u64().unwrap_or_default() as usize],
        text: text(&line["Payload"]).as_bytes().to_vec(),
    };
    found.map(line).collect()
}

fn shown_lines(lines: &[Line]) -> Value {
    let line = |line: &Line| {
        let delta = SIDES.iter().position(|side| *side == line.side);
        json!({"Delta": delta, "Payload": lossy(&line.text)})
    };
    lines.iter().map(line).collect()
}

const CHANGES: [Change; 4] =
    [Change::Add, Change::Remove, Change::Modify, Change::ModifySuppressed];

fn answer(call: &Value) -> Value {
    match text(&call["call"]) {
        "manifests" => {
            let options = options(call);
            match compare(objects(&call["old"]), objects(&call["new"]), &options) {
                Err(why) => json!({"error": why}),
                Ok(report) => match report.to_bytes(&options) {
                    Err(why) => json!({"error": format!("{why:?}")}),
                    Ok(output) => json!({"output": lossy(&output), "changed": report.is_changed}),
                },
            }
        }
        "print" => {
            let options = options(call);
            let entry = Entry::new("", text(&call["kind"]), Change::Modify, lines(&call["lines"]));
            let report = Report { entries: vec![entry], ..Report::default() };
            let output = report.to_bytes(&options).unwrap_or_default();
            let first = output.iter().position(|b| *b == b'\n').map_or(0, |at| at + 1);
            json!({"output": lossy(&output[first..])})
        }
        "suppress" => {
            let entry = |entry: &Value| {
                let change = CHANGES.iter().find(|c| c.name() == text(&entry["ChangeType"]));
                let change = change.copied().unwrap_or(Change::Modify);
                Entry::new(
                    text(&entry["Key"]),
                    text(&entry["Kind"]),
                    change,
                    lines(&entry["Diffs"]),
                )
            };
            let entries = call["entries"].as_array().into_iter().flatten().map(entry).collect();
            let mut report = Report { entries, ..Report::default() };
            let error = report.suppress(&texts(&call["expressions"])).err();
            let entry = |entry: &Entry| {
                json!({
                    "Key": entry.key,
                    "Kind": entry.kind,
                    "ChangeType": entry.change.name(),
                    "Diffs": shown_lines(&entry.lines),
                })
            };
            json!({"entries": report.entries.iter().map(entry).collect::<Value>(), "error": error})
        }
        "secrets" => {
            let secrets =
                if text(&call["mode"]) == "decode" { Secrets::Decoded } else { Secrets::Redacted };
            let (mut old, mut new) = (object(&call["old"]), object(&call["new"]));
            secrets.rewrite(old.as_mut(), new.as_mut());
            json!({"old": old.as_ref().map(shown), "new": new.as_ref().map(shown)})
        }
        "lines" => {
            let list = |name: &str| {
                texts(&call[name]).into_iter().map(String::into_bytes).collect::<Vec<_>>()
            };
            json!({"lines": shown_lines(&compare_lines(list("old"), list("new")))})
        }
        "parse" => {
            let excluded = texts(&call["excluded"]);
            let excluded: Vec<&str> = excluded.iter().map(String::as_str).collect();
            let normalize = call["normalize"].as_bool().unwrap_or_default();
            let namespace = text(&call["namespace"]);
            let reading = Reading { namespace, normalize, excluded: &excluded };
            match reading.parse(text(&call["text"]).as_bytes()) {
                Ok(parsed) => {
                    let object = |(key, object): (&String, &Object)| (key.clone(), shown(object));
                    let objects =
                        parsed.objects.iter().map(object).collect::<serde_json::Map<_, _>>();
                    json!({"objects": objects})
                }
                Err(why) => json!({"error": lossy(&why.to_bytes())}),
            }
        }
        "normalize" => match normalized(text(&call["text"]).as_bytes()) {
            Ok(output) => json!({"output": lossy(&output)}),
            Err(why) => json!({"error": lossy(&why.to_bytes())}),
        },
        "key" => match Key::parse(text(&call["text"])) {
            Some(Key { namespace, name, kind, group }) => {
                json!({"key": {"Namespace": namespace, "Name": name, "Kind": kind, "API": group}})
            }
            None => json!({"key": null}),
        },
        "progress" => json!({"output": lossy(&without_progress(text(&call["text"]).as_bytes()))}),
        "report" => {
            let no_hooks = call["no_hooks"].as_bool().unwrap_or_default();
            json!({"output": lossy(&of_dry_run(text(&call["text"]).as_bytes(), no_hooks))})
        }
        other => json!({"error": format!("no such call: {other}")}),
    }
}

fn main() {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let call: Value = serde_json::from_str(&line.unwrap()).unwrap();
        writeln!(out, "{}", answer(&call)).unwrap();
    }
}
