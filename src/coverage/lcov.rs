//! Writes a report as lcov does its tracefiles, for `genhtml`, editors and services.

use std::fmt::Write;

use super::Report;

/// Returns a text on one line.
fn flat(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

impl Report {
    /// Returns the report as a tracefile of lcov: named templates are its functions.
    pub fn lcov(&self) -> String {
        let mut out = String::new();
        for template in &self.templates {
            let totals = template.totals();
            let _ = writeln!(out, "TN:\nSF:{}", flat(&self.file(template)));
            let definitions = template.outline.definitions.iter().zip(&template.definitions);
            let mut called = 0;
            for (definition, calls) in definitions.clone() {
                let name = flat(&String::from_utf8_lossy(&definition.name));
                let line = template.line_at(definition.range.start);
                let _ = writeln!(out, "FN:{line},{name}\nFNDA:{calls},{name}");
                called += usize::from(*calls > 0);
            }
            let _ = writeln!(out, "FNF:{}\nFNH:{called}", definitions.len());
            for (block, (branch, sides)) in
                template.outline.branches.iter().zip(&template.sides).enumerate()
            {
                let line = template.line_at(branch.head.start);
                let ran = sides.iter().any(|side| side.hits > 0);
                for (n, side) in sides.iter().enumerate() {
                    // A dash says that the condition was never looked at.
                    let hits = if ran { side.hits.to_string() } else { "-".to_owned() };
                    let _ = writeln!(out, "BRDA:{line},{block},{n},{hits}");
                }
            }
            let branches = totals.branches;
            let _ = writeln!(out, "BRF:{}\nBRH:{}", branches.total, branches.covered);
            for line in &template.lines {
                let _ = writeln!(out, "DA:{},{}", line.number, line.hits);
            }
            let (total, covered) = (totals.lines.total, totals.lines.covered);
            let _ = writeln!(out, "LF:{total}\nLH:{covered}\nend_of_record");
        }
        out
    }
}
