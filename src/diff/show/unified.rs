//! Shows a comparison as `diff -u` does, object by object.

use std::fmt::Write;

use bstr::ByteSlice;
use similar::DiffTag;
use similar::udiff::UnifiedHunkHeader;

use super::{Report, body};
use crate::diff::align;

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
        for (name, failed) in report.names.iter().zip(&report.failed) {
            if let Some(why) = failed {
                let _ = writeln!(out, "# {} does not render", super::text::clean(name));
                for line in why.lines() {
                    let _ = writeln!(out, "#   {}", super::text::clean(line));
                }
            }
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
        let (before, after) = (super::text::clean(&before), super::text::clean(&after));
        let hunks = hunks(&old, &new, &before, &after, report.context);
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

/// Writes the lines that differ, with so many around them, below the names of the two texts.
fn hunks(old: &str, new: &str, old_name: &str, new_name: &str, context: usize) -> String {
    let [before, after] = [old, new].map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    let mut out = String::new();
    for group in similar::group_diff_ops(align::ops(&before, &after), context) {
        if out.is_empty() {
            let _ = writeln!(out, "--- {old_name}\n+++ {new_name}");
        }
        let _ = writeln!(out, "{}", UnifiedHunkHeader::new(&group));
        let mut write = |sign: char, lines: &[&str]| {
            for line in lines {
                out.push(sign);
                out.push_str(line);
                if !line.ends_with('\n') {
                    out.push('\n');
                }
            }
        };
        for op in group {
            let (old, new) = (&before[op.old_range()], &after[op.new_range()]);
            match op.tag() {
                DiffTag::Equal => write(' ', old),
                _ => {
                    write('-', old);
                    write('+', new);
                }
            }
        }
    }
    out
}
