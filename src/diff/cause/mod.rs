//! Tells what causes the differences of two renders: what is different in what they were made of, and was read for what
//! differs, by the records of both.

mod inputs;
mod lines;
mod undo;

use std::ops::Range;

use bstr::ByteSlice;
use gostd::value::{Str, Value};

use super::{Change, Comparison, Difference, Id, Step};
use crate::chart::Chart;
use crate::provenance::{Facts, Key, Line, Printed, Provenance};
use crate::values::origins::{Origins, Setting};
use inputs::Inputs;
use lines::Both;
pub(crate) use undo::{Undone, without};

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
/// How many causes are tried, at most.
const MOST_TRIED: usize = 100;
/// How much may be rendered for that, in bytes.
const MOST_RENDERED: usize = 64 << 20;

/// What may cause something: numbers of causes, the likelier before the others.
type Tiers = Vec<Vec<usize>>;

/// What may cause the differences of two renders.
pub(crate) struct Candidates {
    pub(crate) all: Vec<Cause>,
    /// Of each object: what it is called, what may cause it as a whole, and what each of its changes.
    objects: Vec<(Vec<Id>, Tiers, Vec<Tiers>)>,
}

/// Finds what may cause the differences of two renders.
pub(crate) fn candidates(
    comparison: &Comparison,
    old: &Render<'_>,
    new: &Render<'_>,
) -> Candidates {
    let inputs = Inputs::new(old, new);
    let sides = [Side::new(old), Side::new(new)];
    let mut finding = Finding { inputs, sides, all: Vec::new() };
    let objects = comparison.differences.iter().map(|d| finding.object(d)).collect();
    Candidates { all: finding.all, objects }
}

impl Candidates {
    /// Settles which causes are meant. Where several may be, or only such as are not written or read for the lines
    /// themselves, `undo` tells what is different without one: it must be what it is to cause. `size` is how large the
    /// manifests are, in bytes.
    pub(crate) fn settle(
        self,
        comparison: &Comparison,
        size: usize,
        mut undo: impl FnMut(&Cause) -> Option<Undone>,
    ) -> Causes {
        let Candidates { all, objects } = self;
        let most = (MOST_RENDERED / size.max(1)).min(MOST_TRIED);
        let mut known: Vec<Option<Option<Undone>>> = all.iter().map(|_| None).collect();
        let mut tried = 0;
        let mut choose = |tiers: &Tiers, ids: &[Id], path: Option<&[Step]>| -> Vec<usize> {
            if let [first, ..] = &tiers[..]
                && first.len() == 1
                && tiers.len() == 1
            {
                return first.clone();
            }
            for tier in tiers {
                let mut kept = Vec::new();
                for number in tier {
                    let undone = known[*number].get_or_insert_with(|| {
                        tried += 1;
                        if tried > most { None } else { undo(&all[*number]) }
                    });
                    if undone
                        .as_ref()
                        .is_none_or(|undone| ids.iter().any(|id| undone.has(id, path)))
                    {
                        kept.push(*number);
                    }
                }
                if !kept.is_empty() {
                    return kept;
                }
            }
            // Each of them would do by itself.
            tiers.first().cloned().unwrap_or_default()
        };
        let mut settled = Vec::new();
        for ((ids, whole, changes), difference) in objects.iter().zip(&comparison.differences) {
            let whole = choose(whole, ids, None);
            let changes = changes.iter().zip(&difference.changes);
            let changes = changes.map(|(tiers, c)| choose(tiers, ids, Some(&c.path))).collect();
            settled.push((whole, changes));
        }
        Causes { all, objects: settled }.used()
    }
}

impl Causes {
    /// Returns the same without the causes that cause nothing.
    fn used(self) -> Causes {
        let mut places: Vec<Option<usize>> = vec![None; self.all.len()];
        let mut all = Vec::new();
        let mut renamed = |numbers: Vec<usize>| -> Vec<usize> {
            let mut own: Vec<usize> = numbers
                .into_iter()
                .map(|number| {
                    *places[number].get_or_insert_with(|| {
                        all.push(self.all[number].clone());
                        all.len() - 1
                    })
                })
                .collect();
            own.sort_unstable();
            own
        };
        let mut objects = Vec::new();
        for (whole, changes) in self.objects {
            let whole = renamed(whole);
            objects.push((whole, changes.into_iter().map(&mut renamed).collect()));
        }
        Causes { all, objects }
    }
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

/// What was found for some lines.
#[derive(Default)]
struct Found {
    /// What was written for the lines themselves, or read and made them what they are.
    direct: Vec<Cause>,
    /// What let them through.
    conditions: Vec<Cause>,
    /// What was read for lines that are on one side alone: it is different, but would be there.
    read: Vec<Cause>,
    /// What has changed in the templates that took part.
    near: Vec<Cause>,
}

impl Finding<'_> {
    fn object(&mut self, difference: &Difference) -> (Vec<Id>, Tiers, Vec<Tiers>) {
        let sides = [&difference.old, &difference.new];
        let ids = sides.into_iter().flatten().map(|object| object.id.clone()).collect();
        let is_alone = difference.old.is_none() || difference.new.is_none();
        let places = Both::of(difference);
        let whole = match is_alone || difference.is_renamed() {
            true => self.whole(difference, &places, is_alone),
            false => Tiers::new(),
        };
        let changes = difference.changes.iter().map(|c| self.change(&places, c)).collect();
        (ids, whole, changes)
    }

    /// Finds what may have made an object come or go, or have another name.
    fn whole(&mut self, difference: &Difference, places: &Both<'_>, is_alone: bool) -> Tiers {
        let mut found = Found::default();
        let sides = [(Which::Old, &difference.old), (Which::New, &difference.new)];
        for ((which, object), name) in sides.into_iter().zip(places.of_names()) {
            let Some(object) = object else { continue };
            let lines = match is_alone {
                true => {
                    let count = object.written.find_iter(b"\n").count() + 1;
                    object.line..object.line + count.min(MOST_LINES)
                }
                false => name,
            };
            self.look(which, lines, is_alone, &mut found);
        }
        if is_alone {
            // What let all of it through, or kept it out, comes first.
            let Found { direct, conditions, read, near } = found;
            return self.tiers([conditions, direct, read, near]);
        }
        let Found { direct, conditions, read, near } = found;
        self.tiers([direct, conditions, read, near])
    }

    fn change(&mut self, places: &Both<'_>, change: &Change) -> Tiers {
        let mut found = Found::default();
        let (old, new) = places.of_change(change);
        let is_alone = change.old.is_none() || change.new.is_none();
        for (which, lines) in [(Which::Old, old), (Which::New, new)] {
            for line in lines.into_iter().take(MOST_LINES) {
                self.look(which, line..line + 1, is_alone, &mut found);
            }
        }
        let Found { direct, conditions, read, near } = found;
        self.tiers([direct, conditions, read, near])
    }

    /// Looks for causes of lines of one side, which may be alone: the other side has nothing in their place.
    fn look(&self, which: Which, lines: Range<usize>, is_alone: bool, found: &mut Found) {
        let side = &self.sides[which as usize];
        for number in lines {
            let Some(facts) = side.facts(number) else { continue };
            let calls = facts.calls.iter().map(|(spot, _)| spot);
            for spot in facts.spot.iter().chain(&facts.parts).chain(calls) {
                self.inputs.template(which, spot, &mut found.direct);
            }
            let mut read = Vec::new();
            for access in &facts.read {
                self.inputs.read(access, &mut read);
            }
            for cause in read {
                let to = if !is_alone || cause.is_presence() {
                    &mut found.direct
                } else {
                    &mut found.read
                };
                push(cause, to);
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

    fn tiers(&mut self, found: [Vec<Cause>; 4]) -> Tiers {
        let everywhere = self.inputs.everywhere.clone();
        let mut tiers = Tiers::new();
        for causes in found.into_iter().chain([everywhere]) {
            let mut numbers = Vec::new();
            for cause in causes {
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
            if !numbers.is_empty() {
                tiers.push(numbers);
            }
        }
        tiers
    }
}

impl Cause {
    /// Tells whether something is there on one side that is not there, or empty, on the other.
    fn is_presence(&self) -> bool {
        match self {
            Cause::Value { old, new, .. } => {
                let is_set = |value: &Option<Value>| value.as_ref().is_some_and(Value::truth);
                let holds_others =
                    |value: &Option<Value>| matches!(value, Some(Value::Map(_) | Value::List(_)));
                is_set(old) != is_set(new) || holds_others(old) || holds_others(new)
            }
            Cause::Chart { old, new, .. } => old.is_empty() != new.is_empty(),
            _ => true,
        }
    }

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
