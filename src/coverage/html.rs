//! Writes a report as one page of HTML that needs nothing else: no network, no script.

use std::fmt::Write;
use std::ops::Range;

use super::{Report, Shade, Tally, Template};
use crate::markup::escaped;

const STYLE: &str = include_str!("page.css");

fn percent_cell(of: Tally) -> String {
    let shown = of.shown();
    format!(
        "<td class=\"number\">{shown} % <span class=\"bar\"><i style=\"width:{shown}%\"></i></span></td>"
    )
}

fn share_cell(of: Tally) -> String {
    format!("<td class=\"number\">{} / {}</td>", of.covered, of.total)
}

impl Report {
    /// Returns the report as a page.
    pub fn html(&self) -> String {
        let title = format!("Coverage of {}", escaped(&self.chart));
        let totals = self.totals();
        let mut out = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}: {} %</h1>\n",
            totals.all().shown(),
        );
        let (lines, branches, actions) = (totals.lines, totals.branches, totals.actions);
        let _ = writeln!(
            out,
            "<p>{} of {} lines, {} of {} sides of branches, {} of {} actions ran in {} scenario{}.</p>",
            lines.covered,
            lines.total,
            branches.covered,
            branches.total,
            actions.covered,
            actions.total,
            self.scenarios.len(),
            if self.scenarios.len() == 1 { "" } else { "s" },
        );
        out.push_str("<p class=\"key\"><span style=\"background:var(--ran);border-color:var(--ran-edge)\">ran</span><span style=\"background:var(--part);border-color:var(--part-edge)\">ran in part</span><span style=\"background:var(--miss);border-color:var(--miss-edge)\">never ran</span> A condition shows how often each of its sides ran.</p>\n");
        self.list(&mut out);
        self.scenarios(&mut out);
        out.push_str("<h2>Templates</h2>\n");
        for (n, template) in self.templates.iter().enumerate() {
            source(n, template, &mut out);
        }
        out.push_str("</body>\n</html>\n");
        out
    }

    fn list(&self, out: &mut String) {
        out.push_str("<h2>Summary</h2>\n<table class=\"list\">\n<thead><tr><th>Template</th><th class=\"number\">Lines</th><th class=\"number\">Branches</th><th class=\"number\">Actions</th><th class=\"number\">Covered</th></tr></thead>\n<tbody>\n");
        for (n, template) in self.templates.iter().enumerate() {
            let totals = template.totals();
            let _ = writeln!(
                out,
                "<tr><td><a href=\"#t{n}\">{}</a></td>{}{}{}{}</tr>",
                escaped(&template.name),
                share_cell(totals.lines),
                share_cell(totals.branches),
                share_cell(totals.actions),
                percent_cell(totals.all()),
            );
        }
        let totals = self.totals();
        let _ = writeln!(
            out,
            "</tbody>\n<tfoot><tr><td>All</td>{}{}{}{}</tr></tfoot>\n</table>",
            share_cell(totals.lines),
            share_cell(totals.branches),
            share_cell(totals.actions),
            percent_cell(totals.all()),
        );
    }

    fn scenarios(&self, out: &mut String) {
        out.push_str("<h2>Scenarios</h2>\n<table class=\"list\">\n<thead><tr><th>Values</th><th class=\"number\">Runs only here</th><th class=\"number\">Covers alone</th></tr></thead>\n<tbody>\n");
        for scenario in &self.scenarios {
            let _ = write!(out, "<tr><td>{}", escaped(&scenario.name));
            if let Some(error) = &scenario.error {
                let _ = write!(out, "<div class=\"error\">{}</div>", escaped(error));
            }
            let _ = writeln!(
                out,
                "</td><td class=\"number\">{}</td>{}</tr>",
                scenario.only,
                percent_cell(scenario.alone)
            );
        }
        out.push_str("</tbody>\n</table>\n");
    }
}

/// Writes a template's lines. Those of which all has run are folded away.
fn source(n: usize, template: &Template, out: &mut String) {
    let all = template.totals().all();
    let open = if all.missed() > 0 { " open" } else { "" };
    let _ = writeln!(
        out,
        "<details{open}><summary>{} <span class=\"percent\">{} %</span></summary><div class=\"scroll\"><table class=\"code\" id=\"t{n}\">",
        escaped(&template.name),
        all.shown()
    );
    let mut lines = template.lines.iter().peekable();
    let mut branches = template.outline.branches.iter().zip(&template.sides).peekable();
    let ends = template.starts.iter().skip(1).copied().chain([template.text.len()]);
    for (at, (start, end)) in template.starts.iter().copied().zip(ends).enumerate() {
        let number = at + 1;
        if start == template.text.len() && at > 0 {
            // Behind the last end of a line.
            break;
        }
        let line = lines.next_if(|line| line.number == number);
        let (class, hits) = match line {
            None => ("", String::new()),
            Some(line) if line.hits == 0 => ("miss", "0".to_owned()),
            Some(line) if line.partial => ("part", line.hits.to_string()),
            Some(line) => ("ran", line.hits.to_string()),
        };
        let _ = write!(
            out,
            "<tr class=\"{class}\" id=\"t{n}l{number}\"><td class=\"n\"><a href=\"#t{n}l{number}\">{number}</a></td><td class=\"hits\">{hits}</td><td class=\"t\">"
        );
        pieces(template, start..end, line.is_some_and(|line| line.partial), out);
        while let Some((branch, sides)) = branches.next_if(|(branch, _)| branch.head.start < end) {
            for side in sides {
                let class = if side.hits > 0 { "yes" } else { "no" };
                let _ = write!(
                    out,
                    "<span class=\"side {class}\" title=\"{}\">{} {}</span>",
                    escaped(&template.text_of(&branch.condition)),
                    side.when,
                    side.hits
                );
            }
        }
        out.push_str("</td></tr>\n");
    }
    out.push_str("</table></div></details>\n");
}

/// Writes a line's text, with marks around what never ran where the rest has.
fn pieces(template: &Template, line: Range<usize>, marks: bool, out: &mut String) {
    let text = &template.text[line.clone()];
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    let mut from = 0;
    while from < text.len() {
        let is_missed = |at: usize| marks && template.shades[line.start + at] == Shade::Missed;
        let missed = is_missed(from);
        let length = (from..text.len()).take_while(|at| is_missed(*at) == missed).count();
        let shown = escaped(&String::from_utf8_lossy(&text[from..from + length]));
        let _ = match missed {
            true => write!(out, "<u>{shown}</u>"),
            false => write!(out, "{shown}"),
        };
        from += length;
    }
}
