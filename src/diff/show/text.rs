//! Shows a comparison to people, on a terminal or in a log.

use std::fmt::Write;

use super::scenarios::names;
use super::{Entry, Field, How, Line, Report, View};

/// How many other objects are named.
const NAMED: usize = 6;

/// Colours of a terminal.
struct Style(bool);

impl Style {
    fn paint(&self, code: &str, text: &str) -> String {
        if self.0 && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
    fn red(&self, text: &str) -> String {
        self.paint("31", text)
    }
    fn green(&self, text: &str) -> String {
        self.paint("32", text)
    }
    fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }
    fn faint(&self, text: &str) -> String {
        self.paint("2", text)
    }
    fn path(&self, text: &str) -> String {
        self.paint("36", text)
    }
}

/// Writes comparisons as text: what has one cause stands together, and what is the same in many objects stands once.
pub fn text(reports: &[Report<'_>], is_colored: bool) -> String {
    let style = Style(is_colored);
    let mut out = String::new();
    let mut chart = "";
    for report in reports {
        if report.is_told() || report.chart.is_empty() {
            // What differs in several scenarios of a chart stands under one heading.
            write_report(&mut out, report, chart != report.chart, &style);
            chart = &report.chart;
        }
    }
    let same = super::scenarios::same_charts(reports);
    let charts = |n: usize| if n == 1 { "1 chart".to_owned() } else { format!("{n} charts") };
    match (same, reports.is_empty()) {
        (_, true) => out.push_str("no difference: the change touches no chart\n"),
        (0, _) => {}
        (same, _) => {
            let _ = writeln!(out, "{}: no difference", charts(same));
        }
    }
    out
}

fn write_report(out: &mut String, report: &Report<'_>, has_heading: bool, style: &Style) {
    if !out.is_empty() && !out.ends_with("\n\n") {
        out.push('\n');
    }
    if !report.chart.is_empty() && has_heading {
        let _ = writeln!(out, "{}", style.bold(&format!("== {}", clean(&report.chart))));
    }
    for only in &report.only {
        let _ = writeln!(out, "{}", clean(&only.line()));
    }
    if !report.only.is_empty() {
        out.push('\n');
    }
    if !report.scenarios.is_empty() {
        let names = format!("with {}", clean(&names(&report.scenarios)));
        let _ = writeln!(out, "{}", style.bold(&names));
    }
    let has_head = !report.chart.is_empty() || !report.scenarios.is_empty();
    if has_head && !out.ends_with("\n\n") {
        out.push('\n');
    }
    for (name, failed) in report.names.iter().zip(&report.failed) {
        if let Some(why) = failed {
            let _ = writeln!(out, "{}", style.red(&format!("{} does not render", clean(name))));
            why.lines().for_each(|line| {
                let _ = writeln!(out, "  {}", clean(line));
            });
            out.push('\n');
        }
    }
    let view = View::of(report);
    for section in &view.sections {
        for reason in &section.reasons {
            if let Some(reason) = report.reasons.get(*reason) {
                let _ = writeln!(out, "{}", style.bold(&clean(&reason.title())));
            }
        }
        if section.reasons.is_empty() && !report.reasons.is_empty() {
            let _ = writeln!(out, "{}", style.bold("no cause is known"));
        }
        let indent = if report.reasons.is_empty() { "" } else { "  " };
        for entry in &section.entries {
            write_entry(out, entry, indent, style);
        }
        out.push('\n');
    }
    write_effects(out, report, style);
    let _ = writeln!(out, "{}", report.sentence(&view.totals));
    if !report.chart.is_empty() {
        out.push('\n');
    }
}

fn write_effects(out: &mut String, report: &Report<'_>, style: &Style) {
    let lines = super::effects::lines(report.effects);
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "{}", style.bold("What it will do"));
    for line in lines {
        let subject = style.bold(&clean(&line.subject()));
        let _ = writeln!(out, "  {subject}: {}", clean(&line.effect.text));
        for more in &line.effect.more {
            let _ = writeln!(out, "    {}", clean(more));
        }
    }
    out.push('\n');
}

fn write_entry(out: &mut String, entry: &Entry, indent: &str, style: &Style) {
    let how = match entry.how {
        How::Added => style.green(entry.how.word()),
        How::Removed => style.red(entry.how.word()),
        _ => entry.how.word().to_owned(),
    };
    let source = match entry.source.is_empty() {
        true => String::new(),
        false => format!("  {}", style.faint(&clean(&entry.source))),
    };
    let _ = writeln!(out, "{indent}{} {how}{source}", style.bold(&clean(&entry.title)));
    for field in &entry.fields {
        write_field(out, field, indent, style);
    }
    match &entry.others[..] {
        [] => {}
        all => {
            let named = clean(&all[..all.len().min(NAMED)].join(", "));
            let rest = match all.len().saturating_sub(NAMED) {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            let _ = writeln!(out, "{indent}  the same in {}: {named}{rest}", all.len());
        }
    }
}

fn write_field(out: &mut String, field: &Field, indent: &str, style: &Style) {
    let mut inner = format!("{indent}  ");
    if !field.path.is_empty() {
        let note = match field.note {
            "" => String::new(),
            note => format!(" {note}"),
        };
        let path = style.path(&clean(&field.path));
        // What is short stands on one line.
        if let [Line::Old(old), Line::New(new)] = &field.lines[..]
            && field.path.len() + old.len() + new.len() + inner.len() < 90
        {
            let (old, new) = (style.red(&clean(old)), style.green(&clean(new)));
            let _ = writeln!(out, "{inner}{path}{note}: {old} -> {new}");
            return;
        }
        let _ = writeln!(out, "{inner}{path}{note}");
        inner.push_str("  ");
    }
    for line in &field.lines {
        let text = match line {
            Line::Old(text) => style.red(&format!("- {}", clean(text))),
            Line::New(text) => style.green(&format!("+ {}", clean(text))),
            Line::Same(text) => format!("  {}", clean(text)),
            Line::Gap(1) => style.faint("  (1 line)"),
            Line::Gap(n) => style.faint(&format!("  ({n} lines)")),
        };
        let _ = writeln!(out, "{inner}{}", text.trim_end());
    }
}

/// Returns a text without what a terminal would obey.
pub(super) fn clean(text: &str) -> String {
    // Also what turns the direction of writing.
    let is_turn = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_harmless = |c: char| (!c.is_control() && !is_turn(c)) || c == '\t';
    if text.chars().all(is_harmless) {
        return text.to_owned();
    }
    text.chars().map(|c| if is_harmless(c) { c } else { '\u{fffd}' }).collect()
}
