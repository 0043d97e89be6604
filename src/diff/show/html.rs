//! Shows a comparison as one page of HTML that needs nothing else: no network, no script.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::{Entry, Line, Report, View, effects};
use crate::markup::escaped;

const STYLE: &str = include_str!("page.css");

/// Writes comparisons as a page.
pub fn html(reports: &[Report<'_>]) -> String {
    let title = match reports {
        [one, others @ ..] if others.iter().all(|other| other.chart == one.chart) => {
            format!("{} and {}", one.names[0], one.names[1])
        }
        all => {
            let charts: BTreeSet<&str> = all.iter().map(|report| &*report.chart).collect();
            format!("Differences of {} charts", charts.len())
        }
    };
    let title = escaped(&title);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    );
    for report in reports.iter().filter(|report| report.is_told() || reports.len() == 1) {
        write_report(report, &mut out);
    }
    if let Some(words) = super::scenarios::words_of_same(reports).filter(|_| reports.len() > 1) {
        let _ = writeln!(out, "<p>{}</p>", escaped(&words));
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn write_report(report: &Report<'_>, out: &mut String) {
    let view = View::of(report).divided();
    if !report.chart.is_empty() {
        let _ = writeln!(out, "<h2>{}</h2>", escaped(&report.chart));
    }
    if !report.scenarios.is_empty() {
        let _ =
            writeln!(out, "<p>with {}</p>", escaped(&super::scenarios::names(&report.scenarios)));
    }
    for only in &report.only {
        let _ = writeln!(out, "<p class=\"note\">{}</p>", escaped(&only.line()));
    }
    let _ = writeln!(out, "<p class=\"totals\">{}</p>", escaped(&report.sentence(&view.totals)));
    for (name, failed) in report.names.iter().zip(&report.failed) {
        if let Some(why) = failed {
            let _ = writeln!(
                out,
                "<p class=\"failed\">{} does not render</p>\n<pre>{}</pre>",
                escaped(name),
                escaped(why)
            );
        }
    }
    let lines = effects::lines(report.effects);
    if !lines.is_empty() {
        out.push_str("<details open><summary>What it will do</summary>\n<ul class=\"effects\">\n");
        for line in lines {
            let more: Vec<String> = line.effect.more.iter().map(|more| escaped(more)).collect();
            let more = more.iter().map(|more| format!("<p class=\"note\">{more}</p>"));
            let _ = writeln!(
                out,
                "<li><b>{}</b>: {}{}</li>",
                escaped(&line.subject()),
                escaped(&line.effect.text),
                more.collect::<String>()
            );
        }
        out.push_str("</ul>\n</details>\n");
    }
    for section in &view.sections {
        let open = if section.is_noise { "" } else { " open" };
        let reasons = section.reasons.iter().filter_map(|reason| report.reasons.get(*reason));
        let mut titles: Vec<String> = reasons.map(|reason| escaped(&reason.title())).collect();
        if titles.is_empty() {
            titles.push(match report.reasons.is_empty() {
                true => section.entries.first().map(|e| escaped(&e.title)).unwrap_or_default(),
                false => "no cause is known".to_owned(),
            });
        }
        let count: usize = section.entries.iter().map(|entry| 1 + entry.others.len()).sum();
        let _ = writeln!(
            out,
            "<details{open}><summary>{} <span class=\"count\">{count}</span></summary>",
            titles.join("<br>")
        );
        for entry in &section.entries {
            write_entry(entry, out);
        }
        out.push_str("</details>\n");
    }
}

fn write_entry(entry: &Entry, out: &mut String) {
    let _ = writeln!(
        out,
        "<section><h3>{} <span class=\"how {how}\">{how}</span> <span class=\"source\">{}</span></h3>",
        escaped(&entry.title),
        escaped(&entry.source),
        how = entry.how.word(),
    );
    for field in &entry.fields {
        if !field.path.is_empty() {
            let note = match field.note {
                "" => String::new(),
                note => format!(" <span class=\"note\">{}</span>", escaped(note)),
            };
            let _ =
                writeln!(out, "<p class=\"path\"><code>{}</code>{note}</p>", escaped(&field.path));
        }
        if field.lines.is_empty() {
            continue;
        }
        out.push_str("<pre>");
        for line in &field.lines {
            let _ = match line {
                Line::Old(text) => write!(out, "<del>- {}</del>", escaped(text)),
                Line::New(text) => write!(out, "<ins>+ {}</ins>", escaped(text)),
                Line::Same(text) => write!(out, "<span>  {}</span>", escaped(text)),
                Line::Gap(1) => write!(out, "<i>  1 line</i>"),
                Line::Gap(n) => write!(out, "<i>  {n} lines</i>"),
            };
        }
        out.push_str("</pre>\n");
    }
    if !entry.others.is_empty() {
        let _ = writeln!(
            out,
            "<details class=\"others\"><summary>the same in {}</summary><ul>",
            entry.others.len()
        );
        for other in &entry.others {
            let _ = writeln!(out, "<li>{}</li>", escaped(other));
        }
        out.push_str("</ul></details>\n");
    }
    out.push_str("</section>\n");
}
