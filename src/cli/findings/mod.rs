//! Prints findings: as text, as JSON and SARIF, and as CI systems read them.

mod ci;
mod frames;
mod sarif;

use std::borrow::Cow;
use std::fmt::Write;

use serde::Serialize;

pub(super) use ci::{github, gitlab};
pub(super) use frames::{print as print_frames, wanted as are_frames_wanted};

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
    #[serde(flatten)]
    pub(super) about: Option<About>,
}

impl Finding {
    /// Makes one without a place in a file, a value or a suggestion.
    pub(super) fn new(level: Level, code: &'static str, message: String) -> Finding {
        Finding {
            level,
            code: code.into(),
            message,
            file: None,
            line: None,
            column: None,
            key: None,
            values: Vec::new(),
            rendered: None,
            suggestion: None,
            about: None,
        }
    }

    /// Returns what tells it from others of its file, without the numbers of lines.
    fn identity(&self) -> &str {
        self.about.as_ref().map_or(&self.message, |about| &about.short)
    }
}

/// What a finding about an object is about.
#[derive(Clone, Debug, Serialize)]
pub(super) struct About {
    /// The object: `Deployment/web`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) object: String,
    /// The field in it: `spec.replicas`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) path: String,
    /// The versions of Kubernetes for which it was found.
    pub(super) versions: Vec<String>,
    /// The scenarios in which it was found; empty where in all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) scenarios: Vec<String>,
    /// What is wrong, without what is told in other fields.
    #[serde(skip)]
    pub(super) short: String,
    /// Where it was found, in words, if not everywhere.
    #[serde(skip)]
    pub(super) notes: Vec<String>,
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
pub(super) const FORMS: &[&str] = &["text", "json", "github", "gitlab", "junit", "sarif", "tap"];

/// Prints findings in a form.
///
/// # Errors
/// A form that is none of [`FORMS`]; output that cannot be written.
pub(super) fn print(form: &str, findings: &[Finding]) -> Result<(), Failure> {
    let text = match form {
        "" | "text" => text(findings),
        "json" => serde_json::to_string_pretty(findings).map_err(|e| e.to_string())? + "\n",
        "github" => github(findings.iter()),
        "gitlab" => gitlab(findings.iter().map(|finding| (finding, finding.identity()))),
        "junit" => ci::junit(findings),
        "sarif" => sarif::log(findings).map_err(|e| e.to_string())? + "\n",
        "tap" => ci::tap(findings),
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
