//! Writes findings as CI systems read them: GitHub Actions, GitLab, JUnit's XML, the Test Anything Protocol.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use serde_json::json;
use statefulchart::markup;

use super::{Finding, Level, place};
use crate::cli::paths::Repository;

/// Escapes what GitHub's workflow commands take for their own.
fn escaped(text: &str, is_property: bool) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    match is_property {
        true => text.replace(':', "%3A").replace(',', "%2C"),
        false => text,
    }
}

/// Returns findings as annotations of GitHub Actions.
pub(in crate::cli) fn github<'f>(findings: impl Iterator<Item = &'f Finding>) -> String {
    let mut text = String::new();
    let repository = Repository::here();
    for finding in findings {
        let name = match finding.level {
            Level::Note => "notice",
            other => other.name(),
        };
        let mut properties = Vec::new();
        if let (Some(file), Some(line)) = (&finding.file, finding.line) {
            properties.push(format!("file={}", escaped(&repository.name(file), true)));
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
pub(in crate::cli) fn gitlab<'f>(findings: impl Iterator<Item = (&'f Finding, &'f str)>) -> String {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let repository = Repository::here();
    let all: Vec<_> = findings
        .map(|(finding, identity)| {
            let file = finding.file.as_deref().unwrap_or_default();
            let file = repository.name(file.strip_prefix("./").unwrap_or(file));
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

/// Returns findings as a report of JUnit: a suite for each file, a case for each finding. An error is a failure; what is no
/// error was skipped.
pub(super) fn junit(findings: &[Finding]) -> String {
    let mut files: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        files.entry(finding.file.as_deref().unwrap_or_default()).or_default().push(finding);
    }
    let errors = |all: &[&Finding]| all.iter().filter(|f| f.level == Level::Error).count();
    let all: Vec<&Finding> = findings.iter().collect();
    let (count, failed) = (findings.len().max(1), errors(&all));
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"statefulchart\" tests=\"{count}\" failures=\"{failed}\">\n"
    );
    if findings.is_empty() {
        // Some readers take a report without a test for a failure.
        text.push_str("  <testsuite name=\"statefulchart\" tests=\"1\" failures=\"0\" skipped=\"0\">\n    <testcase name=\"nothing is found\"/>\n  </testsuite>\n");
    }
    for (file, own) in files {
        let (count, failed) = (own.len(), errors(&own));
        let _ = writeln!(
            text,
            "  <testsuite name=\"{}\" tests=\"{count}\" failures=\"{failed}\" skipped=\"{}\">",
            xml(file),
            count - failed
        );
        for finding in own {
            let (mut name, message) = (place(finding), xml(&finding.message));
            // Readers take two cases of one name for one.
            let about = finding.about.iter().flat_map(|about| [&about.object, &about.path]);
            for part in about.filter(|part| !part.is_empty()) {
                name.push(' ');
                name.push_str(part);
            }
            let (name, code) = (xml(&name), xml(&finding.code));
            let _ = writeln!(text, "    <testcase name=\"{name} [{code}]\" classname=\"{code}\">");
            let _ = match finding.level {
                Level::Error => {
                    writeln!(text, "      <failure type=\"{code}\" message=\"{message}\"/>")
                }
                level => {
                    writeln!(text, "      <skipped message=\"{}: {message}\"/>", level.name())
                }
            };
            text.push_str("    </testcase>\n");
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

/// Makes a text harmless in an attribute.
fn xml(text: &str) -> String {
    markup::escaped(&text.replace(['\n', '\t'], " "))
}

/// Returns findings by the Test Anything Protocol: an error is a test that fails, what is no error one that may.
pub(super) fn tap(findings: &[Finding]) -> String {
    let mut text = format!("TAP version 13\n1..{}\n", findings.len().max(1));
    if findings.is_empty() {
        text.push_str("ok 1 - nothing is found\n");
    }
    for (number, finding) in findings.iter().enumerate() {
        let line = format!("{}: {} [{}]", place(finding), finding.message, finding.code);
        // A `#` begins a directive.
        let line = super::table::shown(&line).replace('#', "\\#");
        let directive = match finding.level {
            Level::Error => "",
            Level::Warning => " # TODO warning",
            Level::Note => " # TODO note",
        };
        let _ = writeln!(text, "not ok {} - {line}{directive}", number + 1);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_finding_has_a_fingerprint_of_its_own_that_does_not_follow_its_line() {
        let finding = |message: &str, line| Finding {
            file: Some("values.yaml".to_owned()),
            line: Some(line),
            ..Finding::new(Level::Note, "diff", message.to_owned())
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
