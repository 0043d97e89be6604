//! Writes a report as Cobertura does, for CI services: a package for each chart, a class for each template.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{Report, Tally, Template, Totals};
use crate::markup::escaped;

/// The DTD that the form follows.
const DOCTYPE: &str =
    "<!DOCTYPE coverage SYSTEM \"http://cobertura.sourceforge.net/xml/coverage-04.dtd\">";

fn rate(of: Tally) -> String {
    format!("{:.4}", of.percent() / 100.0)
}

fn rates(totals: Totals) -> String {
    format!("line-rate=\"{}\" branch-rate=\"{}\"", rate(totals.lines), rate(totals.branches))
}

impl Report {
    /// Returns the report as XML; `seconds` since 1970 is when it was made.
    pub fn cobertura(&self, seconds: i64) -> String {
        let totals = self.totals();
        let (lines, branches) = (totals.lines, totals.branches);
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{DOCTYPE}\n<coverage {} lines-covered=\"{}\" lines-valid=\"{}\" branches-covered=\"{}\" branches-valid=\"{}\" complexity=\"0\" version=\"{}\" timestamp=\"{}\">\n",
            rates(totals),
            lines.covered,
            lines.total,
            branches.covered,
            branches.total,
            env!("CARGO_PKG_VERSION"),
            seconds * 1000,
        );
        out.push_str("  <sources>\n    <source>.</source>\n  </sources>\n  <packages>\n");
        let mut charts: BTreeMap<&str, Vec<&Template>> = BTreeMap::new();
        for template in &self.templates {
            charts.entry(&template.chart).or_default().push(template);
        }
        for (chart, templates) in charts {
            let mut totals = Totals::default();
            templates.iter().for_each(|template| totals.add(template.totals()));
            let name = if chart.is_empty() { &self.chart } else { chart.trim_end_matches('/') };
            let _ = writeln!(
                out,
                "    <package name=\"{}\" {} complexity=\"0\">\n      <classes>",
                escaped(name),
                rates(totals)
            );
            templates.into_iter().for_each(|template| self.class(template, &mut out));
            out.push_str("      </classes>\n    </package>\n");
        }
        out.push_str("  </packages>\n</coverage>\n");
        out
    }

    fn class(&self, template: &Template, out: &mut String) {
        let _ = writeln!(
            out,
            "        <class name=\"{}\" filename=\"{}\" {} complexity=\"0\">\n          <methods/>\n          <lines>",
            escaped(&template.name),
            escaped(&self.file(template)),
            rates(template.totals())
        );
        let mut sides: BTreeMap<usize, Vec<Tally>> = BTreeMap::new();
        for (branch, both) in template.outline.branches.iter().zip(&template.sides) {
            let mut tally = Tally::default();
            both.iter().for_each(|side| tally.add(side.hits > 0));
            sides.entry(template.line_at(branch.head.start)).or_default().push(tally);
        }
        for line in &template.lines {
            let (number, hits) = (line.number, line.hits);
            let _ = write!(out, "            <line number=\"{number}\" hits=\"{hits}\"");
            let Some(sides) = sides.get(&number) else {
                out.push_str(" branch=\"false\"/>\n");
                continue;
            };
            let whole = |of: Tally| of.covered * 100 / of.total.max(1);
            let all = sides.iter().fold(Tally::default(), |all, own| all.and(*own));
            let _ = writeln!(
                out,
                " branch=\"true\" condition-coverage=\"{}% ({}/{})\">\n              <conditions>",
                whole(all),
                all.covered,
                all.total
            );
            for (n, own) in sides.iter().enumerate() {
                let _ = writeln!(
                    out,
                    "                <condition number=\"{n}\" type=\"jump\" coverage=\"{}%\"/>",
                    whole(*own)
                );
            }
            out.push_str("              </conditions>\n            </line>\n");
        }
        out.push_str("          </lines>\n        </class>\n");
    }
}
