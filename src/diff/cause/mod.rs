//! Tells what causes the differences of two renders: what is different in what they were made of, and was read for what
//! differs, by the records of both.

mod hunks;
mod inputs;
mod lines;
mod paths;
mod set;
mod settle;
mod undo;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use bstr::ByteSlice;
use foldhash::fast::RandomState;
use gostd::value::{Str, Value};

use super::{Change, Comparison, Difference, Id, Step};
use crate::chart::Chart;
use crate::provenance::{Key, Line, Printed, Provenance};
use crate::values::origins::{Origins, Setting};
use inputs::Inputs;
use lines::Both;
use set::Set;
use settle::{Tier, Tiers};
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
    let mut finding = Finding {
        inputs,
        sides,
        all: Set::default(),
        near: HashMap::default(),
        far: HashMap::default(),
        tiers: HashSet::default(),
    };
    let objects = comparison.differences.iter().map(|d| finding.object(d)).collect();
    Candidates { all: finding.all.into_vec(), objects }
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

/// Returns of each change the first line on which it stands in all of the old manifests, and in the new ones.
pub(crate) fn lines_of(difference: &Difference) -> Vec<[Option<usize>; 2]> {
    let places = Both::of(difference);
    let first = |change: &Change| {
        let (old, new) = places.of_change(change);
        [old.first().copied(), new.first().copied()]
    };
    difference.changes.iter().map(first).collect()
}

/// The lines of a render, by their numbers.
struct Side<'r> {
    provenance: &'r Provenance,
    lines: Vec<Line<'r>>,
}

impl<'r> Side<'r> {
    fn new(render: &'r Render<'_>) -> Side<'r> {
        let lines = render.provenance.lines(&render.printed);
        Side { provenance: render.provenance, lines }
    }

    fn line(&self, number: usize) -> Option<&Line<'r>> {
        let at = self.lines.partition_point(|line| line.number < number);
        self.lines.get(at).filter(|line| line.number == number)
    }
}

/// The sides of a comparison.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Which {
    Old,
    New,
}

struct Finding<'r> {
    inputs: Inputs<'r>,
    sides: [Side<'r>; 2],
    all: Set,
    /// What differs in a template, by its name.
    near: HashMap<Str, Tier, RandomState>,
    /// What differs in all that ran for a rendered file.
    far: HashMap<(Which, usize), Tier, RandomState>,
    /// Each tier once.
    tiers: HashSet<Tier, RandomState>,
}

/// What was found for some lines.
#[derive(Default)]
struct Found {
    /// What was written for the lines themselves, or read and made them what they are.
    direct: Set,
    /// What let them through.
    conditions: Set,
    /// What was read for lines that are on one side alone: it is different, but would be there.
    read: Set,
    /// The templates that took part.
    templates: Vec<Str>,
    /// The files that were rendered, and a line of each.
    files: Vec<(Which, usize, usize)>,
}

impl Finding<'_> {
    fn object(&mut self, difference: &Difference) -> (Vec<Id>, Tiers, Vec<Tiers>) {
        let sides = [&difference.old, &difference.new];
        let ids = sides.into_iter().flatten().map(|object| object.id.clone()).collect();
        let is_alone = difference.old.is_none() || difference.new.is_none();
        let places = Both::of(difference);
        let has_whole = is_alone || difference.is_renamed();
        let crd = self.crd(difference);
        if !crd.is_empty() {
            let whole = if has_whole { crd.clone() } else { Tiers::default() };
            return (ids, whole, vec![crd; difference.changes.len()]);
        }
        let whole = match has_whole {
            true => self.whole(difference, &places, is_alone),
            false => Tiers::default(),
        };
        let changes = difference.changes.iter();
        let changes = changes.map(|c| self.change(difference, &places, c)).collect();
        (ids, whole, changes)
    }

    /// Finds what differs in files of `crds/` that an object stands in: no template has written it.
    fn crd(&mut self, difference: &Difference) -> Tiers {
        let mut found = Found::default();
        for (which, object) in [(Which::Old, &difference.old), (Which::New, &difference.new)] {
            if let Some(object) = object {
                self.inputs.crd(which, &object.source, &mut found.direct);
            }
        }
        self.tiers(found)
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
            std::mem::swap(&mut found.direct, &mut found.conditions);
        }
        self.tiers(found)
    }

    fn change(&mut self, of: &Difference, places: &Both<'_>, change: &Change) -> Tiers {
        let mut found = Found::default();
        // What is on one side alone may stand in a file that has another name on the other.
        for object in [&of.old, &of.new].into_iter().flatten() {
            found.add_template(&object.source);
        }
        let (old, new) = places.of_change(change);
        let is_alone = change.old.is_none() || change.new.is_none();
        for (which, lines) in [(Which::Old, old), (Which::New, new)] {
            for line in lines.into_iter().take(MOST_LINES) {
                self.look(which, line..line + 1, is_alone, &mut found);
            }
        }
        self.tiers(found)
    }

    /// Looks for causes of lines of one side, which may be alone: the other side has nothing in their place.
    fn look(&self, which: Which, lines: Range<usize>, is_alone: bool, found: &mut Found) {
        let side = &self.sides[which as usize];
        for number in lines {
            let Some(line) = side.line(number) else { continue };
            let facts = side.provenance.facts(line);
            let calls = facts.calls.iter().map(|(spot, _)| spot);
            for spot in facts.spot.iter().chain(&facts.parts).chain(calls) {
                self.inputs.template(which, spot, &mut found.direct);
            }
            for spot in side.provenance.behind(line) {
                self.inputs.template(which, &spot, &mut found.direct);
            }
            let mut read = Set::default();
            for access in &facts.read {
                self.inputs.read(access, &mut read);
            }
            for cause in read {
                let to = if !is_alone || cause.is_presence() {
                    &mut found.direct
                } else {
                    &mut found.read
                };
                to.push(cause);
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
                found.add_template(template);
            }
            if !found.files.iter().any(|(of, file, _)| (*of, *file) == (which, line.file)) {
                found.files.push((which, line.file, number));
            }
        }
    }

    fn tiers(&mut self, found: Found) -> Tiers {
        let Found { direct, conditions, read, templates, files } = found;
        let mut tiers: Vec<Tier> = [direct, conditions, read].map(|c| self.tier(c)).into();
        let near = templates.iter().map(|name| self.near(name)).collect();
        tiers.push(self.joined(near));
        tiers.push(self.tier(self.inputs.everywhere.clone()));
        let far = files.iter().map(|(which, file, line)| self.far(*which, *file, *line)).collect();
        let far = self.joined(far);
        tiers.retain(|tier| !tier.is_empty());
        Tiers { near: tiers, far }
    }

    fn near(&mut self, template: &Str) -> Tier {
        if let Some(known) = self.near.get(template) {
            return known.clone();
        }
        let mut causes = Set::default();
        self.inputs.templates_near(template, &mut causes);
        let tier = self.tier(causes);
        self.near.insert(template.clone(), tier.clone());
        tier
    }

    fn far(&mut self, which: Which, file: usize, line: usize) -> Tier {
        if let Some(known) = self.far.get(&(which, file)) {
            return known.clone();
        }
        let mut causes = Set::default();
        let side = &self.sides[which as usize];
        let spots = side.line(line).map(|line| side.provenance.behind_file(line));
        for spot in spots.into_iter().flatten() {
            self.inputs.template(which, &spot, &mut causes);
        }
        let tier = self.tier(causes);
        self.far.insert((which, file), tier.clone());
        tier
    }

    /// Returns the numbers of causes, in order.
    fn tier(&mut self, causes: Set) -> Tier {
        let numbers = causes.into_iter().map(|cause| self.all.push(cause)).collect();
        self.shared(numbers)
    }

    fn joined(&mut self, tiers: Vec<Tier>) -> Tier {
        match &tiers[..] {
            [one] => one.clone(),
            all => self.shared(all.iter().flat_map(|tier| tier.iter().copied()).collect()),
        }
    }

    fn shared(&mut self, mut numbers: Vec<usize>) -> Tier {
        numbers.sort_unstable();
        numbers.dedup();
        if let Some(known) = self.tiers.get(&numbers[..]) {
            return known.clone();
        }
        let tier = Tier::from(numbers);
        self.tiers.insert(tier.clone());
        tier
    }
}

impl Found {
    fn add_template(&mut self, name: &Str) {
        if !self.templates.contains(name) {
            self.templates.push(name.clone());
        }
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
}
