//! Writes a report as JSON, for other programs: docs/coverage.md.

use serde::Serialize;

use super::{Report, Tally, Template, Totals, word};

/// The version of the form.
pub const VERSION: u32 = 1;

#[derive(Serialize)]
struct Whole<'r> {
    version: u32,
    chart: &'r str,
    summary: Summary,
    scenarios: Vec<Scenario<'r>>,
    templates: Vec<Of<'r>>,
}

#[derive(Serialize)]
struct Summary {
    percent: f64,
    lines: Share,
    branches: Share,
    actions: Share,
}

#[derive(Serialize)]
struct Share {
    total: usize,
    covered: usize,
    percent: f64,
}

#[derive(Serialize)]
struct Scenario<'r> {
    name: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'r str>,
    percent: f64,
    only_here: usize,
}

#[derive(Serialize)]
struct Of<'r> {
    name: &'r str,
    file: String,
    summary: Summary,
    missed_lines: Vec<(usize, usize)>,
    lines: Vec<Line>,
    branches: Vec<Branch>,
    actions: Vec<Action>,
    operands: Vec<Operand>,
    definitions: Vec<Definition>,
}

#[derive(Serialize)]
struct Line {
    line: usize,
    hits: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    partial: bool,
}

#[derive(Serialize)]
struct Branch {
    kind: &'static str,
    line: usize,
    column: usize,
    condition: String,
    sides: Vec<Side>,
}

#[derive(Serialize)]
struct Side {
    when: &'static str,
    hits: u64,
    /// Where its text begins and ends, in bytes; nothing of an `else` that is not written.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<(usize, usize)>,
}

#[derive(Serialize)]
struct Action {
    line: usize,
    column: usize,
    hits: u64,
    prints: bool,
    bytes: (usize, usize),
}

#[derive(Serialize)]
struct Operand {
    line: usize,
    column: usize,
    hits: u64,
    text: String,
}

#[derive(Serialize)]
struct Definition {
    name: String,
    line: usize,
    calls: u64,
    bytes: (usize, usize),
}

/// Two decimals are enough for anybody, and the same everywhere.
fn percent(of: Tally) -> f64 {
    (of.percent() * 100.0).floor() / 100.0
}

fn summary(totals: Totals) -> Summary {
    let share = |of: Tally| Share { total: of.total, covered: of.covered, percent: percent(of) };
    Summary {
        percent: percent(totals.all()),
        lines: share(totals.lines),
        branches: share(totals.branches),
        actions: share(totals.actions),
    }
}

fn template<'r>(report: &Report, of: &'r Template) -> Of<'r> {
    let branches = of.outline.branches.iter().zip(&of.sides).map(|(branch, sides)| {
        let (line, column) = of.place(branch.head.start);
        let sides = sides.iter().map(|side| Side {
            when: side.when,
            hits: side.hits,
            bytes: side.body.as_ref().map(|body| (body.start, body.end)),
        });
        let condition = of.text_of(&branch.condition);
        Branch { kind: word(branch), line, column, condition, sides: sides.collect() }
    });
    let actions = of.outline.actions.iter().zip(&of.actions).map(|(action, hits)| {
        let (line, column) = of.place(action.range.start);
        let bytes = (action.range.start, action.range.end);
        Action { line, column, hits: *hits, prints: action.prints, bytes }
    });
    let operands = of.outline.operands.iter().zip(&of.operands).map(|(operand, hits)| {
        let (line, column) = of.place(operand.range.start);
        Operand { line, column, hits: *hits, text: of.text_of(&operand.range) }
    });
    let definitions = of.outline.definitions.iter().zip(&of.definitions);
    let lines = of.lines.iter();
    Of {
        name: &of.name,
        file: report.file(of),
        summary: summary(of.totals()),
        missed_lines: of.missed_lines(),
        lines: lines
            .map(|line| Line { line: line.number, hits: line.hits, partial: line.partial })
            .collect(),
        branches: branches.collect(),
        actions: actions.collect(),
        operands: operands.collect(),
        definitions: definitions
            .map(|(definition, calls)| Definition {
                name: String::from_utf8_lossy(&definition.name).into_owned(),
                line: of.line_at(definition.range.start),
                calls: *calls,
                bytes: (definition.range.start, definition.range.end),
            })
            .collect(),
    }
}

impl Report {
    /// Returns the report as JSON, on one line.
    pub fn json(&self) -> String {
        let whole = Whole {
            version: VERSION,
            chart: &self.chart,
            summary: summary(self.totals()),
            scenarios: self
                .scenarios
                .iter()
                .map(|scenario| Scenario {
                    name: &scenario.name,
                    error: scenario.error.as_deref(),
                    percent: percent(scenario.alone),
                    only_here: scenario.only,
                })
                .collect(),
            templates: self.templates.iter().map(|of| template(self, of)).collect(),
        };
        // Numbers and texts: nothing that JSON does not have.
        serde_json::to_string(&whole).unwrap_or_default() + "\n"
    }
}
