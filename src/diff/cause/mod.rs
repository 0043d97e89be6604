//! Tells what causes the differences of two renders: what is different in what they were made of, and was read for what
//! differs, by the records of both.

mod inputs;
mod lines;

use std::ops::Range;

use bstr::ByteSlice;
use gostd::value::{Str, Value};

use super::{Change, Comparison, Difference};
use crate::chart::Chart;
use crate::provenance::{Facts, Key, Line, Printed, Provenance};
use crate::values::origins::{Origins, Setting};
use inputs::Inputs;

/// One of two renders, with what it was made of.
pub struct Render<'r> {
    /// The chart, its dependencies settled.
    pub chart: &'r Chart,
    /// Where its values were set.
    pub origins: &'r Origins,
    /// Where its lines came from.
    pub provenance: &'r Provenance,
    /// What it printed, in order.
    pub printed: Vec<Printed<'r>>,
    /// `.Capabilities.KubeVersion.Version`
    pub kube_version: String,
    /// `.Capabilities.APIVersions`, those of the user.
    pub api_versions: Vec<Str>,
    /// `.Release.Name` and `.Release.Namespace`
    pub release: [String; 2],
    /// The Helm release that is reproduced.
    pub helm: String,
}

/// What is different in what two renders were made of.
#[derive(Clone, Debug)]
pub enum Cause {
    /// A value.
    Value {
        /// Its path, `Values` left out.
        path: Vec<Key>,
        /// What it was; nothing where it was not set.
        old: Option<Value>,
        /// What it is; nothing where it is not set.
        new: Option<Value>,
        /// What had set it.
        old_setting: Option<Box<Setting>>,
        /// What sets it.
        new_setting: Option<Box<Setting>>,
    },
    /// Lines of a template.
    Template {
        /// Its name, e.g. `app/templates/deployment.yaml`.
        name: Str,
        /// The lines that were there, from 1; empty where lines were added.
        old: Range<usize>,
        /// The lines that are there, from 1; empty where lines were taken out.
        new: Range<usize>,
    },
    /// A field of Chart.yaml.
    Chart {
        /// The names of the charts that lead to it: none for the chart itself.
        chart: Vec<Str>,
        /// The field, as templates name it, e.g. `AppVersion`.
        field: Str,
        /// What it was.
        old: String,
        /// What it is.
        new: String,
    },
    /// The version of a chart that the chart depends on; with all that changed in it.
    Dependency {
        /// The names of the charts that lead to it.
        chart: Vec<Str>,
        /// What it was; nothing of one that is new.
        old: Option<String>,
        /// What it is; nothing of one that is gone.
        new: Option<String>,
    },
    /// A file that templates read by `.Files`.
    File {
        /// The names of the charts that lead to it.
        chart: Vec<Str>,
        /// Its path in its chart.
        name: Str,
    },
    /// The version of Kubernetes.
    KubeVersion {
        /// What it was.
        old: String,
        /// What it is.
        new: String,
    },
    /// The API versions that the cluster has.
    ApiVersions,
    /// The name or the namespace of the release.
    Release {
        /// `Name` or `Namespace`
        field: &'static str,
        /// What it was.
        old: String,
        /// What it is.
        new: String,
    },
    /// The release of Helm.
    Helm {
        /// What it was.
        old: String,
        /// What it is.
        new: String,
    },
}

/// The causes of the differences of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Causes {
    /// Each of them once.
    pub all: Vec<Cause>,
    /// Of each object the causes of it as a whole, and of each of its changes: numbers in `all`, in order.
    pub objects: Vec<(Vec<usize>, Vec<Vec<usize>>)>,
}

impl Causes {
    /// Returns the causes of an object or of a change in it, by their numbers.
    pub fn of(&self, object: usize, change: Option<usize>) -> Vec<usize> {
        let Some((whole, changes)) = self.objects.get(object) else { return Vec::new() };
        match change {
            None => whole.clone(),
            Some(place) => changes.get(place).cloned().unwrap_or_default(),
        }
    }
}

/// How many lines of one change are looked at.
const MOST_LINES: usize = 200;

/// Finds the causes of the differences of two renders.
pub fn causes(comparison: &Comparison, old: &Render<'_>, new: &Render<'_>) -> Causes {
    let inputs = Inputs::new(old, new);
    let sides = [Side::new(old), Side::new(new)];
    let mut finding = Finding { inputs, sides, all: Vec::new() };
    let objects = comparison.differences.iter().map(|d| finding.object(d)).collect();
    Causes { all: finding.all, objects }
}

/// The lines of a render, by their numbers.
struct Side<'r> {
    provenance: &'r Provenance,
    lines: Vec<Line<'r>>,
}

impl<'r> Side<'r> {
    fn new(render: &'r Render<'_>) -> Side<'r> {
        Side { provenance: render.provenance, lines: render.provenance.lines(&render.printed) }
    }

    fn facts(&self, number: usize) -> Option<Facts> {
        let at = self.lines.partition_point(|line| line.number < number);
        let line = self.lines.get(at).filter(|line| line.number == number)?;
        Some(self.provenance.facts(line))
    }
}

/// The sides of a comparison.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Old,
    New,
}

struct Finding<'r> {
    inputs: Inputs<'r>,
    sides: [Side<'r>; 2],
    all: Vec<Cause>,
}

/// What was found for some lines: the stronger before the weaker.
#[derive(Default)]
struct Found {
    /// What was written or read for the lines themselves.
    direct: Vec<Cause>,
    /// What let them through.
    conditions: Vec<Cause>,
    /// What has changed in the templates that took part.
    near: Vec<Cause>,
}

impl Finding<'_> {
    fn object(&mut self, difference: &Difference) -> (Vec<usize>, Vec<Vec<usize>>) {
        let mut whole = Found::default();
        let is_alone = difference.old.is_none() || difference.new.is_none();
        for (which, object) in [(Which::Old, &difference.old), (Which::New, &difference.new)] {
            let Some(object) = object else { continue };
            if is_alone {
                let count = object.text.find_iter(b"\n").count() + 1;
                let lines = object.line..object.line + count.min(MOST_LINES);
                self.look(which, lines, &mut whole);
            } else if difference.is_renamed() {
                let lines = lines::of_name(object).map(|line| line..line + 1).unwrap_or_default();
                self.look(which, lines, &mut whole);
            }
        }
        if is_alone {
            // What let all of it through, or kept it out, comes first.
            std::mem::swap(&mut whole.direct, &mut whole.conditions);
            if whole.direct.is_empty() {
                std::mem::swap(&mut whole.direct, &mut whole.conditions);
            } else {
                whole.conditions.clear();
            }
        }
        let whole = self.settle(whole);
        let changes = difference.changes.iter().map(|c| self.change(difference, c)).collect();
        (whole, changes)
    }

    fn change(&mut self, difference: &Difference, change: &Change) -> Vec<usize> {
        let mut found = Found::default();
        let (old, new) = lines::of_change(difference, change);
        for (which, lines) in [(Which::Old, old), (Which::New, new)] {
            for line in lines.into_iter().take(MOST_LINES) {
                self.look(which, line..line + 1, &mut found);
            }
        }
        self.settle(found)
    }

    /// Looks for causes of lines of one side.
    fn look(&self, which: Which, lines: Range<usize>, found: &mut Found) {
        let side = &self.sides[which as usize];
        for number in lines {
            let Some(facts) = side.facts(number) else { continue };
            let calls = facts.calls.iter().map(|(spot, _)| spot);
            for spot in facts.spot.iter().chain(&facts.parts).chain(calls) {
                self.inputs.template(which, spot, &mut found.direct);
            }
            for access in &facts.read {
                self.inputs.read(access, &mut found.direct);
            }
            for condition in &facts.conditions {
                self.inputs.template(which, &condition.spot, &mut found.conditions);
                for access in &condition.read {
                    self.inputs.read(access, &mut found.conditions);
                }
            }
            let templates = facts.spot.iter().map(|spot| &spot.template);
            let called = facts.calls.iter().map(|(spot, _)| &spot.template);
            for template in templates.chain(called) {
                self.inputs.templates_near(template, &mut found.near);
            }
        }
    }

    fn settle(&mut self, found: Found) -> Vec<usize> {
        let Found { direct, conditions, near } = found;
        let everywhere = self.inputs.everywhere.iter().cloned();
        let best = [direct, conditions, near].into_iter().find(|found| !found.is_empty());
        let best = best.unwrap_or_else(|| everywhere.collect());
        let mut numbers = Vec::new();
        for cause in best {
            let number = match self.all.iter().position(|known| known.is(&cause)) {
                Some(number) => number,
                None => {
                    self.all.push(cause);
                    self.all.len() - 1
                }
            };
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        numbers.sort_unstable();
        numbers
    }
}

impl Cause {
    /// Tells whether two are the same.
    fn is(&self, other: &Cause) -> bool {
        match (self, other) {
            (Cause::Value { path: one, .. }, Cause::Value { path: other, .. }) => one == other,
            (
                Cause::Template { name: one, old: old_one, new: new_one },
                Cause::Template { name, old, new },
            ) => (one, old_one, new_one) == (name, old, new),
            (
                Cause::Chart { chart: one, field: field_one, .. },
                Cause::Chart { chart, field, .. },
            ) => (one, field_one) == (chart, field),
            (Cause::Dependency { chart: one, .. }, Cause::Dependency { chart, .. }) => one == chart,
            (Cause::File { chart: one, name: name_one }, Cause::File { chart, name }) => {
                (one, name_one) == (chart, name)
            }
            (Cause::Release { field: one, .. }, Cause::Release { field, .. }) => one == field,
            (Cause::KubeVersion { .. }, Cause::KubeVersion { .. })
            | (Cause::ApiVersions, Cause::ApiVersions)
            | (Cause::Helm { .. }, Cause::Helm { .. }) => true,
            _ => false,
        }
    }
}

fn push(cause: Cause, to: &mut Vec<Cause>) {
    if !to.iter().any(|known| known.is(&cause)) {
        to.push(cause);
    }
}
