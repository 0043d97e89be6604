//! Rewrites the places of a SARIF log; all else stays byte for byte as it is.

use std::fmt;
use std::ops::Range;

use serde_json::{Value, json};

use super::json::{Node, parts};
use super::{Found, Level, Origin, Places, uri_of};

/// A log whose places are rewritten.
#[derive(Debug)]
pub struct Rewritten<'m> {
    /// The log.
    pub text: String,
    /// Its findings.
    pub found: Vec<Found<'m>>,
}

/// Why a text is no log.
#[derive(Debug)]
pub enum SarifError {
    /// It is no JSON.
    Json(serde_json::Error),
    /// It has no `runs`.
    NoRuns,
    /// It is of another version than 2.1.
    Version(String),
}

impl fmt::Display for SarifError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SarifError::Json(e) => write!(f, "it is no JSON: {e}"),
            SarifError::NoRuns => {
                f.write_str("it is JSON, but no SARIF: there is no list \"runs\" in it")
            }
            SarifError::Version(version) => {
                write!(f, "it is SARIF {version}, and 2.1.0 is understood")
            }
        }
    }
}

impl std::error::Error for SarifError {}

/// Rewrites the places of findings about rendered text to those of templates. The old place and those of the values
/// that were read go to `relatedLocations`.
///
/// # Errors
/// What is no SARIF 2.1.
pub fn rewrite<'m>(text: &str, places: &mut Places<'m>) -> Result<Rewritten<'m>, SarifError> {
    let _: serde::de::IgnoredAny = serde_json::from_str(text).map_err(SarifError::Json)?;
    let log = parts(text).ok_or(SarifError::NoRuns)?;
    let runs = log.get("runs").ok_or(SarifError::NoRuns)?;
    let version = log.get("version").map_or(Value::Null, |version| version.value(text));
    if let Some(version) = version.as_str().filter(|version| !version.starts_with("2.1.")) {
        return Err(SarifError::Version(version.to_owned()));
    }
    let (mut edits, mut found) = (Vec::new(), Vec::new());
    for run in runs.items() {
        let uris = Uris::of(text, run);
        for result in run.get("results").map_or(&[][..], Node::items) {
            found.push(of_result(text, &uris, result, places, &mut edits));
        }
    }
    Ok(Rewritten { text: edited(text, edits), found })
}

/// A place in the text, and what comes there.
type Edit = (Range<usize>, String);

fn edited(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for (range, new) in edits {
        out.push_str(&text[at..range.start]);
        out.push_str(&new);
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}

/// The files that a run lists.
struct Uris(Vec<Value>);

impl Uris {
    fn of(text: &str, run: &Node) -> Uris {
        let artifacts = run.get("artifacts").map_or(&[][..], Node::items);
        Uris(artifacts.iter().map(|artifact| artifact.value(text)["location"].clone()).collect())
    }

    /// Returns the file of a place.
    fn file(&self, location: &Value) -> Option<String> {
        let own = location["uri"].as_str();
        let listed = || self.0.get(location["index"].as_u64()? as usize)?["uri"].as_str();
        let uri = own.or_else(listed)?;
        let path = gostd::url::path_unescape(uri).ok();
        Some(path.map_or(uri.to_owned(), |path| String::from_utf8_lossy(&path).into_owned()))
    }
}

fn of_result<'m>(
    text: &str,
    uris: &Uris,
    result: &Node,
    places: &mut Places<'m>,
    edits: &mut Vec<Edit>,
) -> Found<'m> {
    let member = |key: &str| result.get(key).map_or(Value::Null, |node| node.value(text));
    let word = |value: Value| value.as_str().unwrap_or_default().to_owned();
    let mut found = Found {
        level: match &*word(member("level")) {
            "error" => Level::Error,
            "note" | "none" => Level::Note,
            _ => Level::Warning,
        },
        code: word(member("ruleId")),
        message: word(member("message")["text"].clone()),
        ..Found::default()
    };
    let mut related: Vec<String> = Vec::new();
    for location in result.get("locations").map_or(&[][..], Node::items) {
        let Some(physical) = location.get("physicalLocation") else { continue };
        let old = physical.value(text);
        let Some(file) = uris.file(&old["artifactLocation"]) else { continue };
        let number = |value: &Value| value.as_u64().map(|number| number as usize);
        let line = number(&old["region"]["startLine"]);
        let origin = match line {
            // Some scanners know the object only, and name the file's first line.
            None | Some(1) => {
                let logical = location.get("logicalLocations").map(|node| node.value(text));
                let of_object = object(&logical.unwrap_or_default())
                    .and_then(|(kind, name)| places.resource(&file, &kind, &name, None));
                of_object.or_else(|| places.line(&file, line.unwrap_or(1)))
            }
            Some(line) => places.line(&file, line),
        };
        if found.file.is_none() {
            found.file = Some(file.clone());
            found.line = line;
            found.column = number(&old["region"]["startColumn"]);
            found.origin.clone_from(&origin);
        }
        let Some(origin) = origin else { continue };
        let end = number(&old["region"]["endLine"]);
        let end = end.and_then(|end| end_of(&file, &origin, end, places));
        edits.push((physical.range.clone(), of_template(&origin, end).to_string()));
        let raw = &text[physical.range.clone()];
        related.push(format!(
            r#"{{"physicalLocation":{raw},"message":{{"text":"the rendered text"}}}}"#
        ));
        related.extend(of_values(&origin));
    }
    if related.is_empty() {
        return found;
    }
    let related = related.join(",");
    match result.get("relatedLocations") {
        Some(list) if !list.items().is_empty() => {
            let end = list.items().last().map_or(list.range.end, |item| item.range.end);
            edits.push((end..end, format!(",{related}")));
        }
        Some(list) => edits.push((list.range.clone(), format!("[{related}]"))),
        // Behind the last member; there is `locations` at least.
        None => {
            let inner = &text[..result.range.end - 1];
            let end = inner.trim_end().len();
            edits.push((end..end, format!(r#","relatedLocations":[{related}]"#)));
        }
    }
    found
}

/// Returns the kind and name of the object that a finding is about, as kube-linter writes them.
fn object(logical: &Value) -> Option<(String, String)> {
    let named = |kind: &str| {
        let of = logical.as_array()?.iter().find(|one| one["kind"] == kind)?;
        of["name"].as_str().map(str::to_owned)
    };
    Some((named("GVK/Kind")?, named("Object Name")?))
}

/// Returns the last line of what came from the same file.
pub(super) fn end_of(
    file: &str,
    first: &Origin<'_>,
    end: usize,
    places: &mut Places<'_>,
) -> Option<usize> {
    let lines = (first.rendered..=end).rev();
    let mut ends = lines.filter_map(|line| places.line(file, line));
    let is_same = |origin: &Origin<'_>| origin.file == first.file && origin.line >= first.line;
    ends.find(is_same).map(|origin| origin.line)
}

fn of_template(origin: &Origin<'_>, end: Option<usize>) -> Value {
    let mut region = json!({ "startLine": origin.line });
    match (end.filter(|end| *end > origin.line), origin.column) {
        (Some(end), _) => region["endLine"] = end.into(),
        (None, Some(column)) => region["startColumn"] = column.into(),
        (None, None) => {}
    }
    json!({ "artifactLocation": { "uri": uri_of(&origin.file) }, "region": region })
}

/// Returns the places of the values, of those that stand in files.
fn of_values(origin: &Origin<'_>) -> Vec<String> {
    let one = |(path, value): &(&str, &super::ValueOf)| {
        let mut region = json!({ "startLine": value.line? });
        if let Some(column) = value.column {
            region["startColumn"] = column.into();
        }
        let place =
            json!({ "artifactLocation": { "uri": uri_of(&value.set_by) }, "region": region });
        let text = super::of_value(path, value);
        Some(json!({ "physicalLocation": place, "message": { "text": text } }).to_string())
    };
    origin.values.iter().filter_map(one).collect()
}
