//! Says which actions, branches and lines of a chart's templates ran, over renders with other values each.

mod cobertura;
mod html;
mod json;
mod lcov;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use gostd::value::Str;
use gotemplate::coverage::CountsOf;

use crate::chart::{Chart, ChartError};
use crate::profile::Profile;
use crate::render;

pub use gotemplate::coverage::{Action, Branch, Counts, Definition, Operand, Outline, Word};
pub use json::VERSION as JSON_VERSION;

/// How much of something ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many there are.
    pub total: usize,
    /// How many of these ran.
    pub covered: usize,
}

impl Tally {
    fn add(&mut self, ran: bool) {
        self.total += 1;
        self.covered += usize::from(ran);
    }

    /// Returns both together.
    #[must_use]
    pub fn and(self, other: Tally) -> Tally {
        Tally { total: self.total + other.total, covered: self.covered + other.covered }
    }

    /// Returns how many did not run.
    pub fn missed(self) -> usize {
        self.total - self.covered
    }

    /// Returns the share that ran, in percent; of nothing all.
    pub fn percent(self) -> f64 {
        match self.total {
            0 => 100.0,
            total => self.covered as f64 * 100.0 / total as f64,
        }
    }

    /// Returns the share in percent with one decimal, rounded down: nothing is 100 but the whole.
    pub fn shown(self) -> String {
        let tenths = match self.total {
            0 => 1000,
            total => self.covered * 1000 / total,
        };
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

/// How much ran of a template, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Lines that write or do something.
    pub lines: Tally,
    /// The two sides of each `if`, `with` and `range`.
    pub branches: Tally,
    /// What stands in braces, conditions included.
    pub actions: Tally,
}

impl Totals {
    fn add(&mut self, other: Totals) {
        self.lines = self.lines.and(other.lines);
        self.branches = self.branches.and(other.branches);
        self.actions = self.actions.and(other.actions);
    }

    /// Returns lines and sides of branches together: what the percent is of.
    pub fn all(&self) -> Tally {
        self.lines.and(self.branches)
    }
}

/// A render with values of its own.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is called: its values file.
    pub name: String,
    /// Why it does not render; what ran until then counts.
    pub error: Option<String>,
    /// How many lines and sides of branches it runs.
    pub alone: Tally,
    /// How many of these no other scenario runs.
    pub only: usize,
}

/// A line of a template that writes or does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number, from 1.
    pub number: usize,
    /// How often the part of it ran that ran most often.
    pub hits: u64,
    /// Whether it ran, but not all of it.
    pub partial: bool,
}

/// A side of a branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// When it runs: `true`, `false`; of a `with` `set`, `empty`; of a `range` `filled`, `empty`.
    pub when: &'static str,
    /// How often it ran.
    pub hits: u64,
    /// What stands there, in bytes; nothing of an `else` that is not written.
    pub body: Option<Range<usize>>,
}

/// A template with what ran of it.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its path within the chart.
    pub name: String,
    /// The folder of its chart within the whole; empty for the chart itself.
    pub chart: String,
    /// Its text.
    pub text: Arc<[u8]>,
    /// What can run.
    pub outline: Outline,
    /// The lines that count, in order.
    pub lines: Vec<Line>,
    /// The sides of the outline's branches, in their order.
    pub sides: Vec<[Side; 2]>,
    /// How often each action of the outline ran.
    pub actions: Vec<u64>,
    /// How often each operand ran.
    pub operands: Vec<u64>,
    /// How often each named template was called.
    pub definitions: Vec<u64>,
    /// Where lines begin, in bytes.
    starts: Vec<usize>,
    /// Of each byte whether it ran.
    shades: Vec<Shade>,
}

/// Whether a byte of a template ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shade {
    /// It does not count.
    None,
    Ran,
    Missed,
}

/// What ran of a chart's templates.
#[derive(Clone, Debug)]
pub struct Report {
    /// The chart's name.
    pub chart: String,
    /// The chart as it was named, for the paths of files.
    pub root: String,
    /// The renders.
    pub scenarios: Vec<Scenario>,
    /// The templates, by name.
    pub templates: Vec<Template>,
}

/// Why it cannot be said what could run.
#[derive(Debug)]
pub enum CoverageError {
    /// A file cannot be read.
    Chart(ChartError),
    /// A template does not parse.
    Parse(gotemplate::ParseError),
}

/// The templates of a chart that take part, with what can run of them.
#[derive(Debug)]
pub struct Templates(Vec<(String, String, Arc<[u8]>, Outline)>);

impl Templates {
    /// Lists what can run of a chart's templates, those of the charts it holds only if these are wanted.
    ///
    /// # Errors
    /// A template of the chart that cannot be read or parsed. Those of a chart that it holds are left out: that one may
    /// never take part.
    pub fn of(
        chart: &Chart,
        with_subcharts: bool,
        profile: Profile,
    ) -> Result<Templates, CoverageError> {
        let mut found = Vec::new();
        collect(chart, "", with_subcharts, profile, &mut found)?;
        found.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
        Ok(Templates(found))
    }

    /// Leaves only the templates of charts that are wanted: these are named by their folder within the chart, `charts/db/`,
    /// the chart itself by an empty text.
    #[must_use]
    pub fn of_charts(mut self, is_wanted: impl Fn(&str) -> bool) -> Templates {
        self.0.retain(|(_, folder, _, _)| is_wanted(folder));
        self
    }
}

fn collect(
    chart: &Chart,
    folder: &str,
    with_subcharts: bool,
    profile: Profile,
    found: &mut Vec<(String, String, Arc<[u8]>, Outline)>,
) -> Result<(), CoverageError> {
    for file in chart.templates.iter() {
        if chart.metadata.is_library() && !is_partial(&file.name) {
            continue;
        }
        let text = file.data.bytes().map_err(CoverageError::Chart)?;
        // Errors name it as a render does.
        let name = gostd::path::join([&chart.full_path[..], &file.name]);
        match render::outline(&name, text, profile) {
            Ok(outline) => {
                let name = String::from_utf8_lossy(&file.name);
                found.push((format!("{folder}{name}"), folder.to_owned(), text.clone(), outline));
            }
            Err(error) if chart.is_root => return Err(CoverageError::Parse(error)),
            Err(_) => {}
        }
    }
    if with_subcharts {
        for inner in &chart.dependencies {
            let entry = String::from_utf8_lossy(&inner.entry);
            let folder = format!("{folder}charts/{entry}/");
            collect(inner, &folder, with_subcharts, profile, found)?;
        }
    }
    Ok(())
}

fn is_partial(name: &Str) -> bool {
    gostd::path::base(name).starts_with(b"_")
}

impl Report {
    /// Says what ran of the templates in scenarios: their names, errors, and counts.
    pub fn new(
        chart: &Chart,
        root: String,
        templates: Templates,
        scenarios: Vec<(String, Option<String>, Counts)>,
    ) -> Report {
        let mut all = Counts::default();
        scenarios.iter().for_each(|(_, _, counts)| all.add(counts));
        let measured = |counts: &Counts| -> Vec<Template> {
            let of = |(name, chart, text, outline): &(String, String, Arc<[u8]>, Outline)| {
                Template::new(name, chart, text, outline, all.of(text), counts.of(text))
            };
            templates.0.iter().map(of).collect()
        };
        // Per scenario: which lines and sides it runs.
        let runs: Vec<Vec<bool>> =
            scenarios.iter().map(|(_, _, counts)| flags(&measured(counts))).collect();
        let places = runs.first().map_or(0, Vec::len);
        let times: Vec<usize> =
            (0..places).map(|at| runs.iter().filter(|of| of[at]).count()).collect();
        let scenarios = scenarios
            .into_iter()
            .zip(&runs)
            .map(|((name, error, _), of)| {
                let covered = of.iter().filter(|ran| **ran).count();
                let only = of.iter().zip(&times).filter(|(ran, n)| **ran && **n == 1).count();
                Scenario { name, error, alone: Tally { total: places, covered }, only }
            })
            .collect();
        let chart = String::from_utf8_lossy(chart.name()).into_owned();
        Report { chart, root, scenarios, templates: measured(&all) }
    }

    /// Returns how much ran of all.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        self.templates.iter().for_each(|template| totals.add(template.totals()));
        totals
    }

    /// Returns the file of a template, as the chart was named.
    pub fn file(&self, template: &Template) -> String {
        let root = self.root.trim_end_matches('/');
        match root {
            "" => template.name.clone(),
            root => format!("{root}/{}", template.name),
        }
    }
}

/// Returns of all lines and sides whether they ran.
fn flags(templates: &[Template]) -> Vec<bool> {
    let mut flags = Vec::new();
    for template in templates {
        flags.extend(template.lines.iter().map(|line| line.hits > 0));
        flags.extend(template.sides.iter().flatten().map(|side| side.hits > 0));
    }
    flags
}

/// What of an outline stands on a line: how often it ran.
#[derive(Default)]
struct OnLine {
    hits: u64,
    misses: bool,
}

impl OnLine {
    fn add(&mut self, hits: u64) {
        self.hits = self.hits.max(hits);
        self.misses |= hits == 0;
    }
}

impl Template {
    fn new(
        name: &str,
        chart: &str,
        text: &Arc<[u8]>,
        outline: &Outline,
        all: CountsOf<'_>,
        counts: CountsOf<'_>,
    ) -> Template {
        let mut outline = outline.clone();
        let file = Str::from(name);
        if is_partial(&file) {
            // What stands outside of its definitions is run by nobody, but for one who includes the file.
            let mut outermost: Vec<Range<usize>> = Vec::new();
            for definition in &outline.definitions {
                if outermost.last().is_none_or(|last| last.end <= definition.range.start) {
                    outermost.push(definition.range.clone());
                }
            }
            let is_inside = |at: usize| {
                let next = outermost.partition_point(|range| range.start <= at);
                next > 0 && outermost[next - 1].contains(&at)
            };
            outline.texts.retain(|text| is_inside(text.start) || all.ran(text.start) > 0);
            if !outline.actions.iter().any(|a| !is_inside(a.range.start) && all.ran(a.pos) > 0) {
                outline.actions.retain(|action| is_inside(action.range.start));
                outline.branches.retain(|branch| is_inside(branch.head.start));
                outline.operands.retain(|operand| is_inside(operand.range.start));
            }
        }
        let sides: Vec<[Side; 2]> =
            outline.branches.iter().map(|branch| sides(branch, counts)).collect();
        let ran = |pos: usize| counts.ran(pos);
        let actions: Vec<u64> = outline.actions.iter().map(|action| ran(action.pos)).collect();
        let operands: Vec<u64> = outline.operands.iter().map(|operand| ran(operand.pos)).collect();
        let definitions = outline.definitions.iter().map(|d| counts.called(d.pos)).collect();
        let starts: Vec<usize> = std::iter::once(0)
            .chain(text.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1))
            .collect();
        let mut template = Template {
            name: name.to_owned(),
            chart: chart.to_owned(),
            text: text.clone(),
            lines: Vec::new(),
            sides,
            actions,
            operands,
            definitions,
            starts,
            shades: vec![Shade::None; text.len()],
            outline,
        };
        template.shade(counts);
        template
    }

    /// Fills in the lines and the shades.
    fn shade(&mut self, counts: CountsOf<'_>) {
        let mut lines: HashMap<usize, OnLine> = HashMap::new();
        let text = self.text.clone();
        let texts = self.outline.texts.iter().map(|t| (t.clone(), counts.ran(t.start)));
        let actions = self.outline.actions.iter().zip(&self.actions);
        let ranges = texts.chain(actions.map(|(action, hits)| (action.range.clone(), *hits)));
        for (range, hits) in ranges {
            let (mut at, mut line) = (range.start, self.line_at(range.start));
            for part in text[range].split_inclusive(|b| *b == b'\n') {
                let blanks = part.iter().take_while(|b| b.is_ascii_whitespace()).count();
                let solid = part.trim_ascii().len();
                if solid > 0 {
                    lines.entry(line).or_default().add(hits);
                    let shade = if hits > 0 { Shade::Ran } else { Shade::Missed };
                    self.shades[at + blanks..at + blanks + solid].fill(shade);
                }
                at += part.len();
                line += 1;
            }
        }
        let mut misses = |range: &Range<usize>, starts: &[usize]| {
            let line = starts.partition_point(|start| *start <= range.start);
            lines.entry(line).or_default().misses = true;
        };
        for (operand, hits) in self.outline.operands.iter().zip(&self.operands) {
            if *hits == 0 {
                misses(&operand.range, &self.starts);
                self.shades[operand.range.clone()].fill(Shade::Missed);
            }
        }
        for (branch, sides) in self.outline.branches.iter().zip(&self.sides) {
            if sides.iter().any(|side| side.hits == 0) {
                misses(&branch.head, &self.starts);
            }
        }
        self.lines = lines
            .into_iter()
            .map(|(number, on)| Line { number, hits: on.hits, partial: on.hits > 0 && on.misses })
            .collect();
        self.lines.sort_by_key(|line| line.number);
    }

    /// Returns the number of the line that holds a byte, from 1.
    pub fn line_at(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }

    /// Returns line and column of a byte, from 1.
    fn place(&self, at: usize) -> (usize, usize) {
        let line = self.line_at(at);
        (line, at - self.starts[line - 1] + 1)
    }

    fn text_of(&self, range: &Range<usize>) -> String {
        let text = self.text.get(range.clone()).unwrap_or_default();
        String::from_utf8_lossy(text).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Returns how much of it ran.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        self.lines.iter().for_each(|line| totals.lines.add(line.hits > 0));
        self.sides.iter().flatten().for_each(|side| totals.branches.add(side.hits > 0));
        self.actions.iter().for_each(|hits| totals.actions.add(*hits > 0));
        totals
    }

    /// Returns the lines that did not run, as first and last of each run of them; lines that do not count are bridged.
    pub fn missed_lines(&self) -> Vec<(usize, usize)> {
        let mut found: Vec<(usize, usize)> = Vec::new();
        let mut goes_on = false;
        for line in &self.lines {
            match found.last_mut() {
                _ if line.hits > 0 => {}
                Some(last) if goes_on => last.1 = line.number,
                _ => found.push((line.number, line.number)),
            }
            goes_on = line.hits == 0;
        }
        found
    }

    /// Returns the sides that did not run although their condition did, and that no line that did not run shows: where
    /// they stand, the word, and when they would run.
    pub fn missed_sides(&self) -> Vec<(usize, &'static str)> {
        let missed: Vec<usize> =
            self.lines.iter().filter(|line| line.hits == 0).map(|line| line.number).collect();
        let mut found = Vec::new();
        for (branch, sides) in self.outline.branches.iter().zip(&self.sides) {
            let line = self.line_at(branch.head.start);
            if missed.binary_search(&line).is_ok() {
                continue;
            }
            for side in sides.iter().filter(|side| side.hits == 0) {
                let is_shown = side.body.as_ref().is_some_and(|body| {
                    let (first, last) = (self.line_at(body.start), self.line_at(body.end));
                    let next = missed.partition_point(|line| *line < first);
                    missed.get(next).is_some_and(|line| *line <= last)
                });
                if !is_shown {
                    found.push((line, side.when));
                }
            }
        }
        found
    }
}

fn sides(branch: &Branch, counts: CountsOf<'_>) -> [Side; 2] {
    let [yes, no] = match branch.word {
        Word::If => ["true", "false"],
        Word::With => ["set", "empty"],
        Word::Range => ["filled", "empty"],
    };
    let (entered, passed_by) = (counts.entered(branch.pos), counts.passed_by(branch.pos));
    [
        Side { when: yes, hits: entered, body: Some(branch.body.clone()) },
        Side { when: no, hits: passed_by, body: branch.otherwise.clone() },
    ]
}

/// Returns the word of a branch.
fn word(branch: &Branch) -> &'static str {
    match branch.word {
        Word::If => "if",
        Word::With => "with",
        Word::Range => "range",
    }
}
