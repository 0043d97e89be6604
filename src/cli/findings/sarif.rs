//! Writes findings as a log of SARIF 2.1.0.

use std::fmt::Write;

use serde_json::json;
use statefulchart::validate;

use super::{Finding, Rendered};
use crate::cli::paths::Repository;

/// Writes a log.
///
/// # Errors
/// None that can be met.
pub(super) fn log(findings: &[Finding]) -> serde_json::Result<String> {
    serde_json::to_string_pretty(&sarif(findings))
}

/// Makes a log of SARIF 2.1.0.
fn sarif(findings: &[Finding]) -> serde_json::Value {
    let mut codes: Vec<&str> = findings.iter().map(|finding| &*finding.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let rule = |code: &&str| match validate::rules().find(|rule| rule.code == *code) {
        Some(rule) => json!({ "id": code, "shortDescription": { "text": rule.title } }),
        None => json!({ "id": code }),
    };
    let rules: Vec<_> = codes.iter().map(rule).collect();
    let repository = Repository::here();
    let results: Vec<_> = findings.iter().map(|finding| result(finding, &repository)).collect();
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

fn result(finding: &Finding, repository: &Repository) -> serde_json::Value {
    let mut result = json!({
        "ruleId": finding.code,
        "level": finding.level.name(),
        "message": { "text": finding.message },
    });
    if let Some(file) = &finding.file {
        // A file as a whole has its first line: readers ask for a place of each result, and for a line of each place.
        let mut region = json!({ "startLine": finding.line.unwrap_or(1) });
        if let Some(column) = finding.column {
            region["startColumn"] = column.into();
        }
        result["locations"] = json!([{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&repository.name(file)) },
            "region": region,
        } }]);
    }
    let mut related: Vec<serde_json::Value> = Vec::new();
    // What was rendered may be in no file.
    if let Some(Rendered { file, line }) =
        finding.rendered.as_ref().filter(|r| !r.file.starts_with('('))
    {
        related.push(json!({
            "physicalLocation": {
                "artifactLocation": { "uri": uri(&repository.name(file)) },
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
        let location = json!({
            "physicalLocation": {
                "artifactLocation": { "uri": uri(&repository.name(&value.set_by)) },
                "region": region,
            },
            "message": { "text": format!("{} = {}", value.key, value.value) },
        });
        // Each location may stand there once.
        if !related.contains(&location) {
            related.push(location);
        }
    }
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    result
}

/// Returns a path as a reference of RFC 3986.
fn uri(path: &str) -> String {
    let mut text = String::new();
    for byte in path.bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' | b'(' | b')' | b'+' | b'@' | b'=' | b',' => {
                text.push(char::from(byte));
            }
            byte if byte.is_ascii_alphanumeric() => text.push(char::from(byte)),
            byte => drop(write!(text, "%{byte:02X}")),
        }
    }
    text
}
