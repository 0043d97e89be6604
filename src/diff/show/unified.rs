//! Shows a comparison as `diff -u` does, object by object.

use std::fmt::Write;

use bstr::ByteSlice;
use similar::TextDiff;

use super::{Report, body};

/// Writes comparisons as a unified diff of the objects' texts.
pub fn unified(reports: &[Report<'_>], is_colored: bool) -> String {
    let mut out = String::new();
    for report in reports.iter().filter(|report| report.is_told()) {
        for only in &report.only {
            let of = if report.chart.is_empty() { "" } else { " of " };
            let line = format!("# {}{of}{}: {}", only.scenario, report.chart, only.words);
            let _ = writeln!(out, "{}", super::text::clean(&line));
        }
        if !report.differs() {
            continue;
        }
        if !report.chart.is_empty() || !report.scenarios.is_empty() {
            let head = format!("# {} {}", report.chart, super::scenarios::names(&report.scenarios));
            let _ = writeln!(out, "{}", super::text::clean(&head));
        }
        write_report(&mut out, report, is_colored);
    }
    out
}

fn write_report(out: &mut String, report: &Report<'_>, is_colored: bool) {
    for difference in &report.comparison.differences {
        let text = |object: &Option<crate::diff::Object>| {
            let text = object.as_ref().map(|o| body(o).to_str_lossy().into_owned());
            text.map_or(String::new(), |text| text.trim_end().to_owned() + "\n")
        };
        let (old, new) = (text(&difference.old), text(&difference.new));
        let name = |object: &Option<crate::diff::Object>, side: &str| match object {
            None => "/dev/null".to_owned(),
            Some(object) => {
                let namespace = object.id.namespace.to_str_lossy();
                let slash = if namespace.is_empty() { "" } else { "/" };
                format!("{side}/{namespace}{slash}{}", object.id)
            }
        };
        let (before, after) = (name(&difference.old, "a"), name(&difference.new, "b"));
        let diff = TextDiff::from_lines(&old, &new);
        let hunks =
            diff.unified_diff().context_radius(report.context).header(&before, &after).to_string();
        if !is_colored {
            out.push_str(&hunks);
            continue;
        }
        for line in hunks.lines() {
            let code = match line.as_bytes().first() {
                Some(b'-') => "31",
                Some(b'+') => "32",
                Some(b'@') => "36",
                _ => "0",
            };
            let _ = writeln!(out, "\x1b[{code}m{line}\x1b[0m");
        }
    }
}
