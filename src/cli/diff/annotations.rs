//! Makes findings of differences, at the lines that cause them.

use statefulchart::diff::effects::Severity;
use statefulchart::diff::fold;
use statefulchart::diff::show::Report;

use crate::cli::findings::{Finding, Level};

/// Returns a finding for each cause, with what it changes, and one for each side that does not render.
pub(super) fn of(reports: &[Report<'_>]) -> Vec<Finding> {
    let mut found = Vec::new();
    for report in reports.iter().filter(|report| report.differs()) {
        for (name, failed) in report.names.iter().zip(&report.failed) {
            if let Some(why) = failed {
                let message = format!("{name} does not render: {why}");
                found.push(finding(Level::Error, "does-not-render", message, None));
            }
        }
        for (effect, (severity, words)) in report.effects.iter().zip(report.words_of_effects()) {
            let level = match severity {
                Severity::Error => Level::Error,
                Severity::Warning => Level::Warning,
                Severity::Notice => continue,
            };
            found.push(finding(level, "effect", words, place(report, effect.object)));
        }
        let groups = fold(report.comparison, report.fold, report.causes);
        for (number, reason) in report.reasons.iter().enumerate() {
            let mut lines: Vec<String> = Vec::new();
            for group in groups.iter().filter(|group| group.causes.contains(&number)) {
                lines.extend(report.words_of(group));
            }
            let message = format!("{}\n{}", reason.title(), lines.join("\n"));
            found.push(finding(Level::Note, "diff", message, reason.at.clone()));
        }
        // What has no cause, as of manifests that are compared.
        for group in groups.iter().filter(|group| group.causes.is_empty()) {
            let message = report.words_of(group).join("\n");
            found.push(finding(Level::Note, "diff", message, None));
        }
    }
    // Scenarios may have differences in common.
    let mut seen = std::collections::HashSet::new();
    found.retain(|finding| {
        seen.insert((finding.message.clone(), finding.file.clone(), finding.line))
    });
    found
}

/// Returns what is to be looked at for an object: the first of what causes its differences.
fn place(report: &Report<'_>, object: Option<usize>) -> Option<(String, usize)> {
    let number = object?;
    let changes = report.comparison.differences.get(number)?.changes.len();
    let mut causes = (report.causes)(number, None);
    causes.extend((0..changes).flat_map(|change| (report.causes)(number, Some(change))));
    causes.into_iter().find_map(|cause| report.reasons.get(cause)?.at.clone())
}

fn finding(
    level: Level,
    code: &'static str,
    message: String,
    at: Option<(String, usize)>,
) -> Finding {
    let (file, line) = at.map_or((None, None), |(file, line)| {
        (Some(file.strip_prefix("./").map(str::to_owned).unwrap_or(file)), Some(line))
    });
    Finding {
        level,
        code: code.into(),
        message,
        file,
        line,
        column: None,
        key: None,
        values: Vec::new(),
        rendered: None,
        suggestion: None,
        about: None,
    }
}
