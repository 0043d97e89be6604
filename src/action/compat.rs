//! Runs `compat`: what another Helm release makes of a chart.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use gojsonschema::Loader;
use gostd::unicode::{is_space, trim_end};
use gostd::value::{Map, Str};

use super::{Error, Failed, ReleaseOptions, Rendered, Template};
use crate::chart::Chart;
use crate::lint::meetings;
use crate::profile::{Meeting, Profile, RULES, Row};
use crate::render::KubeVersion;
use crate::report::Silent;

/// Renders a chart as two Helm releases do, and finds out which rule makes each difference.
#[derive(Clone, Debug, Default)]
pub struct Compat {
    /// What the release is made with; its profile and its Kubernetes version are not looked at.
    pub release: ReleaseOptions,
    /// The cluster's version as it was given, which releases read differently.
    pub kube_version: Option<String>,
    /// The Helm release that is left.
    pub from: Profile,
    /// The Helm release that is gone to.
    pub to: Profile,
}

/// What becomes of a chart.
#[derive(Debug, Default)]
pub struct Comparison {
    /// How many documents there are on either side.
    pub documents: usize,
    /// The documents that differ, by their sources.
    pub changes: Vec<Change>,
    /// What brings the documents into another order.
    pub reordered: Vec<Cause>,
    /// Why the chart does not render as the release that is left, or as the one that is gone to.
    pub failed: [Option<Error>; 2],
    /// What makes the chart fail on one side only.
    pub failed_by: Vec<Cause>,
    /// Where the chart's files meet rules in which the two releases differ, if anything differs.
    pub meetings: Vec<Meeting>,
}

impl Comparison {
    /// Returns whether both releases make the same of the chart: the same documents, or no documents at all.
    pub fn is_same(&self) -> bool {
        let [before, after] = &self.failed;
        before.is_some() == after.is_some() && self.changes.is_empty() && self.reordered.is_empty()
    }

    /// Returns where the chart's files meet a cause.
    pub fn places(&self, cause: Cause) -> impl Iterator<Item = &Meeting> {
        let is_about = move |m: &&Meeting| cause.row().is_some_and(|row| m.is_about(row.rule));
        self.meetings.iter().filter(is_about)
    }

    /// Returns all causes, each once.
    pub fn causes(&self) -> Vec<Cause> {
        let steps = self.changes.iter().flat_map(|change| &change.steps);
        let of_changes = steps.map(|step| &step.cause);
        let all = of_changes.chain(&self.reordered).chain(&self.failed_by);
        all.copied().collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// A document that differs.
#[derive(Debug)]
pub struct Change {
    /// Its template's path.
    pub source: String,
    /// Its kind and name, empty for a hook's where they are not known.
    pub object: String,
    /// What it was; `None` where it is new.
    pub before: Option<Vec<u8>>,
    /// What it is; `None` where it is gone.
    pub after: Option<Vec<u8>>,
    /// What makes the difference, each with what it alone changes.
    pub steps: Vec<Step>,
    key: Key,
}

impl Change {
    /// Returns the step that a cause makes.
    pub fn step(&self, cause: Cause) -> Option<&Step> {
        self.steps.iter().find(|step| step.cause == cause)
    }

    /// Returns whether the document is a Secret, whose data is not to be shown.
    pub fn is_secret(&self) -> bool {
        self.object.starts_with("Secret ")
    }
}

/// What one cause changes in a document.
#[derive(Debug)]
pub struct Step {
    /// The cause.
    pub cause: Cause,
    /// The document without it; `None` where there is none.
    pub before: Option<Vec<u8>>,
    /// The document with it.
    pub after: Option<Vec<u8>>,
}

/// What makes a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A rule, by its position in [`RULES`].
    Rule(usize),
    /// The Kubernetes version and API versions that Helm assumes without a cluster.
    Kubernetes,
    /// What `.Capabilities.HelmVersion` shows.
    Version,
}

impl Cause {
    /// Returns the row of a rule.
    pub fn row(self) -> Option<&'static Row> {
        match self {
            Cause::Rule(at) => RULES.get(at),
            Cause::Kubernetes | Cause::Version => None,
        }
    }

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Cause::Rule(_) => self.row().map_or("", |row| row.name),
            Cause::Kubernetes => "kubernetes_version",
            Cause::Version => "helm_version",
        }
    }
}

/// Loads the chart and the user's values as a Helm release does.
pub type Source<'s> = dyn Fn(Profile) -> Result<(Chart, Map), Error> + 's;

/// A document by its source, kind and name, and the how many-th of these it is.
type Key = (String, String, usize);

/// What a release makes of the chart.
enum Side {
    Documents { order: Vec<Key>, texts: BTreeMap<Key, Vec<u8>> },
    Failed(Error),
}

impl Side {
    fn text(&self, key: &Key) -> Option<&Vec<u8>> {
        match self {
            Side::Documents { texts, .. } => texts.get(key),
            Side::Failed(_) => None,
        }
    }

    fn order(&self) -> &[Key] {
        match self {
            Side::Documents { order, .. } => order,
            Side::Failed(_) => &[],
        }
    }

    fn has_failed(&self) -> bool {
        matches!(self, Side::Failed(_))
    }

    fn is_same(&self, other: &Side) -> bool {
        match (self, other) {
            (Side::Failed(_), Side::Failed(_)) => true,
            (
                Side::Documents { order, texts },
                Side::Documents { order: other_order, texts: other_texts },
            ) => order == other_order && texts == other_texts,
            _ => false,
        }
    }
}

impl Compat {
    /// Compares what the two releases make of what `source` loads. `schemas` brings the documents that charts'
    /// schemas refer to.
    pub fn run(&self, source: &Source<'_>, schemas: &dyn Loader) -> Comparison {
        let before = Rc::new(self.side(source, schemas, self.from));
        let after = Rc::new(self.side(source, schemas, self.to));
        let keys: BTreeSet<&Key> = before.order().iter().chain(after.order()).collect();
        let mut found = Comparison { documents: keys.len(), ..Comparison::default() };
        if !before.has_failed() && !after.has_failed() {
            for key in keys.into_iter().filter(|key| before.text(key) != after.text(key)) {
                found.changes.push(Change {
                    source: key.0.clone(),
                    object: key.1.clone(),
                    before: before.text(key).cloned(),
                    after: after.text(key).cloned(),
                    steps: Vec::new(),
                    key: key.clone(),
                });
            }
        }
        let is_moved = common(before.order(), &after) != common(after.order(), &before);
        if !found.changes.is_empty() || is_moved || before.has_failed() != after.has_failed() {
            self.explain(source, schemas, (&before, &after), &mut found);
            let differs = |rule| self.from.has(rule) != self.to.has(rule);
            let loaded = source(self.to).or_else(|_| source(self.from));
            found.meetings = loaded
                .map_or_else(|_| Vec::new(), |(chart, _)| meetings(&chart, self.to, &differs));
        }
        found.failed = [before, after].map(|side| match Rc::into_inner(side) {
            Some(Side::Failed(error)) => Some(error),
            Some(Side::Documents { .. }) | None => None,
        });
        found
    }

    /// Goes from the one release to the other, undoing one difference between them after the other. What a document is
    /// changed by at a step is a cause of its change.
    ///
    /// Where nothing has changed between two steps, those between them are not looked at: few of the rules matter to a
    /// chart.
    fn explain(
        &self,
        source: &Source<'_>,
        schemas: &dyn Loader,
        (before, after): (&Rc<Side>, &Rc<Side>),
        found: &mut Comparison,
    ) {
        let causes = self.differences();
        let mut profiles = vec![self.to];
        profiles.extend(causes.iter().scan(self.to, |profile, cause| {
            *profile = match *cause {
                Cause::Rule(at) => match RULES.get(at) {
                    Some(row) => profile.with(row.rule, self.from.has(row.rule)),
                    None => *profile,
                },
                Cause::Kubernetes => profile.with_kubernetes_of(self.from),
                Cause::Version => profile.with_version_of(self.from),
            };
            Some(*profile)
        }));
        let one_fails = before.has_failed() != after.has_failed();
        // The steps that are still to be looked at, the next one last: from where to where, and what is made at the end.
        let mut ahead = vec![(0, causes.len(), Rc::clone(before))];
        // What the last step made, and the last that rendered.
        let (mut here, mut last) = (Rc::clone(after), Rc::clone(after));
        while let Some((from, until, side)) = ahead.pop() {
            if from == until || here.is_same(&side) {
                continue;
            }
            if until - from > 1 {
                let middle = from.midpoint(until);
                ahead.push((middle, until, side));
                ahead.push((from, middle, Rc::new(self.side(source, schemas, profiles[middle]))));
                continue;
            }
            let cause = causes[from];
            if side.has_failed() != here.has_failed() && one_fails {
                found.failed_by.push(cause);
            }
            here = side;
            if here.has_failed() || last.has_failed() {
                continue;
            }
            if common(last.order(), &here) != common(here.order(), &last) {
                found.reordered.push(cause);
            }
            for change in &mut found.changes {
                let (earlier, later) = (here.text(&change.key), last.text(&change.key));
                if earlier != later {
                    let (before, after) = (earlier.cloned(), later.cloned());
                    change.steps.push(Step { cause, before, after });
                }
            }
            last = Rc::clone(&here);
        }
        found.changes.iter_mut().for_each(|change| change.steps.sort_by_key(|step| step.cause));
    }

    /// Returns what differs between the two releases.
    fn differences(&self) -> Vec<Cause> {
        let differs = |row: &Row| self.from.has(row.rule) != self.to.has(row.rule);
        let rules = RULES.iter().enumerate().filter(|(_, row)| differs(row));
        let mut all: Vec<Cause> = rules.map(|(at, _)| Cause::Rule(at)).collect();
        let kubernetes = |profile: Profile| (profile.kubernetes(), profile.kubernetes_client());
        if kubernetes(self.from) != kubernetes(self.to) {
            all.push(Cause::Kubernetes);
        }
        if self.from.helm().version != self.to.helm().version {
            all.push(Cause::Version);
        }
        all
    }

    fn side(&self, source: &Source<'_>, schemas: &dyn Loader, profile: Profile) -> Side {
        let kube_version = match self.kube_version.as_deref().filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => match KubeVersion::parse(text, profile) {
                Ok(version) => Some(version),
                Err(error) => return Side::Failed(Error::KubeVersion(error)),
            },
        };
        let release = ReleaseOptions { profile, kube_version, ..self.release.clone() };
        let template = Template { release, include_crds: true, ..Template::default() };
        // What is random is the same for all.
        let _fixed = sprig::Fixed::new(0);
        let (chart, user) = match source(profile) {
            Ok(found) => found,
            Err(error) => return Side::Failed(error),
        };
        match template.run(chart, &user, schemas, &Silent) {
            Ok(rendered) => documents(&rendered),
            Err(Failed { error, .. }) => Side::Failed(error),
        }
    }
}

fn documents(rendered: &Rendered) -> Side {
    let (mut order, mut texts) = (Vec::new(), BTreeMap::new());
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    let text = |text: &Str| String::from_utf8_lossy(text).into_owned();
    let mut add = |source: String, object: String, document: &[u8]| {
        let count = counts.entry((source.clone(), object.clone())).or_default();
        let key = (source, object, *count);
        *count += 1;
        order.push(key.clone());
        texts.insert(key, document.to_vec());
    };
    for crd in &rendered.crds {
        add(text(&crd.filename), "CustomResourceDefinition".to_owned(), &crd.data);
    }
    for (at, manifest) in rendered.manifests.iter().enumerate() {
        let object = format!("{} {}", text(&manifest.kind), text(&manifest.name));
        // Helm prints nothing of the white space behind the last one.
        let is_last = at + 1 == rendered.manifests.len();
        let content = &manifest.content[..];
        let content = if is_last { trim_end(content, is_space) } else { content };
        add(text(&manifest.source), object, content);
    }
    for hook in &rendered.hooks {
        let object = format!("{} {}", text(&hook.kind), text(&hook.name));
        add(text(&hook.path), object, &hook.manifest);
    }
    Side::Documents { order, texts }
}

/// Returns the documents of an order that another side has, too.
fn common<'k>(order: &'k [Key], other: &Side) -> Vec<&'k Key> {
    order.iter().filter(|key| other.text(key).is_some()).collect()
}
