//! Which rules are asked for, and how bad it is to break them.

use statefulchart::validate::{self, Level, Rule};

use crate::cli::flags::{Given, quoted};
use crate::cli::{Failure, help};

/// The rules that are asked for, each with its level.
#[derive(Debug)]
pub(super) struct Selection(Vec<(&'static str, Level)>);

impl Selection {
    /// Reads `--disable`, `--only` and `--severity`.
    ///
    /// # Errors
    /// Codes that no rule has; a severity that is none.
    pub(super) fn of(given: &Given) -> Result<Selection, Failure> {
        let (disabled, only) = (codes("disable", &given.disable)?, codes("only", &given.only)?);
        let mut levels = Vec::new();
        for text in given.severity.iter().flat_map(|text| text.split(',')) {
            let (code, level) = text.split_once('=').ok_or_else(|| {
                Failure::from(format!("--severity {}: it has to be CODE=LEVEL", quoted(text)))
            })?;
            let level = match level.trim() {
                "error" => Level::Error,
                "warning" => Level::Warning,
                "note" => Level::Note,
                other => {
                    return Err(Failure::from(format!(
                        "--severity {}: {} is none of: error, warning, note",
                        quoted(text),
                        quoted(other)
                    )));
                }
            };
            levels.extend(code_of("severity", code)?.map(|code| (code, level)));
        }
        let begins = |rule: &Rule, codes: &[String]| codes.iter().any(|c| rule.code.starts_with(c));
        let asked = validate::rules()
            .filter(|rule| only.is_empty() || begins(rule, &only))
            .filter(|rule| !begins(rule, &disabled));
        let level = |rule: &'static Rule| {
            let own = levels.iter().rfind(|(code, _)| rule.code.starts_with(code.as_str()));
            (rule.code, own.map_or(rule.level, |(_, level)| *level))
        };
        Ok(Selection(asked.map(level).collect()))
    }

    /// Returns how bad it is to break a rule; nothing of one that is not asked for.
    pub(super) fn level(&self, rule: &Rule) -> Option<Level> {
        let found = self.0.iter().find(|(code, _)| *code == rule.code);
        found.map(|(_, level)| *level)
    }
}

/// Reads codes, or what codes begin with, from the values of a flag.
fn codes(flag: &str, texts: &[String]) -> Result<Vec<String>, Failure> {
    let mut all = Vec::new();
    for text in texts.iter().flat_map(|text| text.split(',')) {
        all.extend(code_of(flag, text)?);
    }
    Ok(all)
}

/// Reads a code, or what codes begin with; nothing of an empty text.
fn code_of(flag: &str, text: &str) -> Result<Option<String>, Failure> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let code = text.to_uppercase();
    // `SC` alone means all of them, which is hardly what was meant.
    if validate::is_code(&code) {
        return Ok(Some(code));
    }
    let near = help::nearest(&code, validate::rules().map(|rule| rule.code));
    let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
    Err(Failure::from(format!("--{flag} {}: no rule has this code{near}", quoted(text))))
}
