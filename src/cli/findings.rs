//! Prints findings: as text, JSON, annotations of GitHub Actions, or SARIF.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write;

use serde::Serialize;
use serde_json::json;

use super::{Failure, output, table};

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// It is worth to know.
    Note,
    /// It is most likely a mistake.
    Warning,
    /// It is a mistake.
    Error,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// Something that is wrong, and where.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) level: Level,
    /// A word for what it is, e.g. `unknown-key`.
    pub(super) code: Cow<'static, str>,
    pub(super) message: String,
    /// The file, or the flag with its text.
    pub(super) file: Option<String>,
    pub(super) line: Option<usize>,
    pub(super) column: Option<usize>,
    /// The path in the values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
    /// Where the values of what was rendered are set.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) values: Vec<ValueAt>,
    /// The place in what was rendered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rendered: Option<Rendered>,
    /// What may be meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) suggestion: Option<String>,
}

/// What sets a value.
#[derive(Debug, Serialize)]
pub(super) struct ValueAt {
    pub(super) key: String,
    pub(super) value: serde_json::Value,
    /// The file, or the flag with its text.
    pub(super) set_by: String,
    pub(super) line: Option<usize>,
    pub(super) column: Option<usize>,
}

/// A place in what was rendered.
#[derive(Debug, Serialize)]
pub(super) struct Rendered {
    pub(super) file: String,
    pub(super) line: usize,
}

/// The forms of a list of findings; the first is the default.
pub(super) const FORMS: &[&str] = &["text", "json", "github", "sarif"];

/// Prints findings in a form.
///
/// # Errors
/// A form that is none of [`FORMS`]; output that cannot be written.
pub(super) fn print(form: &str, findings: &[Finding]) -> Result<(), Failure> {
    let text = match form {
        "" | "text" => text(findings),
        "json" => serde_json::to_string_pretty(findings).map_err(|e| e.to_string())? + "\n",
        "github" => github(findings.iter()),
        "sarif" => {
            serde_json::to_string_pretty(&sarif(findings)).map_err(|e| e.to_string())? + "\n"
        }
        other => return Err(unknown_form(other)),
    };
    output::stdout(text.as_bytes())
}

/// Checks a form before anything is done.
///
/// # Errors
/// A form that is none of [`FORMS`].
pub(super) fn check(form: &str) -> Result<(), Failure> {
    match form.is_empty() || FORMS.contains(&form) {
        true => Ok(()),
        false => Err(unknown_form(form)),
    }
}

fn unknown_form(form: &str) -> Failure {
    let form = super::flags::quoted(form);
    format!("--output {form} is none of: {}", FORMS.join(", ")).into()
}

fn place(finding: &Finding) -> String {
    let file = finding.file.as_deref().unwrap_or_default();
    match (finding.line, finding.column) {
        (Some(line), Some(column)) => format!("{file}:{line}:{column}"),
        (Some(line), None) => format!("{file}:{line}"),
        _ => file.to_owned(),
    }
}

/// Returns findings as lines of text.
pub(super) fn text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let line = format!(
            "{}: {}: {} [{}]",
            place(finding),
            finding.level.name(),
            finding.message,
            finding.code
        );
        let _ = writeln!(text, "{}", table::shown(&line));
    }
    text
}

/// Escapes what GitHub's workflow commands take for their own.
fn escaped(text: &str, is_property: bool) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    match is_property {
        true => text.replace(':', "%3A").replace(',', "%2C"),
        false => text,
    }
}

/// Returns findings as annotations of GitHub Actions.
pub(super) fn github<'f>(findings: impl Iterator<Item = &'f Finding>) -> String {
    let mut text = String::new();
    for finding in findings {
        let name = match finding.level {
            Level::Note => "notice",
            other => other.name(),
        };
        let mut properties = Vec::new();
        if let (Some(file), Some(line)) = (&finding.file, finding.line) {
            properties.push(format!("file={}", escaped(file, true)));
            properties.push(format!("line={line}"));
            properties.extend(finding.column.map(|column| format!("col={column}")));
        }
        properties.push(format!("title={}", escaped(&finding.code, true)));
        let before = match (&finding.file, finding.line) {
            (Some(flag), None) => format!("{flag}: "),
            _ => String::new(),
        };
        let message = escaped(&(before + &finding.message), false);
        let _ = writeln!(text, "::{name} {}::{message}", properties.join(","));
    }
    text
}

/// Returns findings as a report of GitLab's code quality. Beside each stands what tells it from others in its file
/// without the numbers of lines, so that its fingerprint stays the same where lines are added above it.
pub(super) fn gitlab<'f>(findings: impl Iterator<Item = (&'f Finding, &'f str)>) -> String {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let all: Vec<_> = findings
        .map(|(finding, identity)| {
            let file = finding.file.as_deref().unwrap_or_default();
            let file = file.strip_prefix("./").unwrap_or(file);
            let severity = match finding.level {
                Level::Note => "info",
                Level::Warning => "minor",
                Level::Error => "major",
            };
            let whole = format!("{}\0{file}\0{identity}", finding.code);
            // Of several that are told in the same way each has its own.
            let before = seen.entry(whole.clone()).or_default();
            let fingerprint = match *before {
                0 => sha256(&whole),
                n => sha256(&format!("{whole}\0{n}")),
            };
            *before += 1;
            json!({
                "description": finding.message,
                "check_name": finding.code,
                "fingerprint": fingerprint,
                "severity": severity,
                "location": { "path": file, "lines": { "begin": finding.line.unwrap_or(1) } },
            })
        })
        .collect();
    serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"
}

fn sha256(text: &str) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes a log of SARIF 2.1.0.
fn sarif(findings: &[Finding]) -> serde_json::Value {
    let mut codes: Vec<&str> = findings.iter().map(|finding| &*finding.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let rules: Vec<_> = codes.iter().map(|code| json!({ "id": code })).collect();
    let results: Vec<_> = findings.iter().map(result).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "statefulchart",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "results": results,
        }],
    })
}

fn result(finding: &Finding) -> serde_json::Value {
    let mut result = json!({
        "ruleId": finding.code,
        "level": finding.level.name(),
        "message": { "text": finding.message },
    });
    if let (Some(file), Some(line)) = (&finding.file, finding.line) {
        let mut region = json!({ "startLine": line });
        if let Some(column) = finding.column {
            region["startColumn"] = column.into();
        }
        result["locations"] = json!([{ "physicalLocation": {
            "artifactLocation": { "uri": file },
            "region": region,
        } }]);
    }
    let mut related: Vec<serde_json::Value> = Vec::new();
    if let Some(Rendered { file, line }) = &finding.rendered {
        related.push(json!({
            "physicalLocation": {
                "artifactLocation": { "uri": file },
                "region": { "startLine": line },
            },
            "message": { "text": "the rendered text" },
        }));
    }
    for value in &finding.values {
        let Some(line) = value.line else { continue };
        let mut region = json!({ "startLine": line });
        if let Some(column) = value.column {
            region["startColumn"] = column.into();
        }
        related.push(json!({
            "physicalLocation": {
                "artifactLocation": { "uri": value.set_by },
                "region": region,
            },
            "message": { "text": format!("{} = {}", value.key, value.value) },
        }));
    }
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_finding_has_a_fingerprint_of_its_own_that_does_not_follow_its_line() {
        let finding = |message: &str, line| Finding {
            level: Level::Note,
            code: "diff".into(),
            message: message.to_owned(),
            file: Some("values.yaml".to_owned()),
            line: Some(line),
            column: None,
            key: None,
            values: Vec::new(),
            rendered: None,
            suggestion: None,
        };
        let prints = |rows: &[(&str, usize, &str)]| -> Vec<String> {
            let all: Vec<_> = rows.iter().map(|row| (finding(row.0, row.1), row.2)).collect();
            let text = gitlab(all.iter().map(|(finding, identity)| (finding, *identity)));
            let report: serde_json::Value = serde_json::from_str(&text).unwrap();
            let of = |one: &serde_json::Value| one["fingerprint"].as_str().unwrap().to_owned();
            report.as_array().unwrap().iter().map(of).collect()
        };
        let before = prints(&[("a (values.yaml:1)", 1, "a"), ("b", 2, "b"), ("b", 7, "b")]);
        let after = prints(&[("a (values.yaml:4)", 4, "a"), ("b", 5, "b"), ("b", 9, "b")]);
        assert_eq!(before, after);
        assert!(before[0] != before[1] && before[1] != before[2] && before[0] != before[2]);
        // What comes before it in the list does not count.
        assert_eq!(prints(&[("c", 1, "c"), ("b", 3, "b")])[1], before[1]);
    }
}
