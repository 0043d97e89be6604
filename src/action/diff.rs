//! Runs `diff`: what differs between two renders, or between manifests.

use gojsonschema::Loader;
use gostd::value::{Map, Str};

use super::{Failed, Rendered, Template};
use crate::chart::Chart;
use crate::diff::cause::{self, Cause, Causes, Render, Undone};
use crate::diff::effects::{self, Cluster, Effect};
use crate::diff::{self, Comparison, Object, ReadError};
use crate::provenance::{Provenance, Spot};
use crate::report::{Reporter, Silent};
use crate::values::origins::Origins;

/// Compares two sets of manifests.
#[derive(Clone, Copy, Debug)]
pub struct Diff {
    /// How manifests are compared.
    pub options: diff::Options,
    /// Leaves hooks out, also of manifests.
    pub no_hooks: bool,
    /// Leaves hooks out that are tests, also of manifests.
    pub skip_tests: bool,
    /// Looks where templates write the objects, where both sides are charts.
    pub places: bool,
}

/// A side of a comparison.
pub enum Side<'s> {
    /// Manifests that are there already.
    Manifests {
        /// The namespace of objects that name none.
        namespace: &'s str,
        /// The text.
        text: Str,
    },
    /// A chart that is rendered.
    Chart(Box<ChartSide<'s>>),
}

/// A chart, and what it is rendered with.
#[derive(Clone)]
pub struct ChartSide<'s> {
    /// The chart as it was loaded.
    pub chart: &'s Chart,
    /// Its values.
    pub origins: &'s Origins,
    /// How it is rendered. The time has to be fixed where both sides are to have the same.
    pub template: Template,
}

/// What came of a comparison.
#[derive(Debug, Default)]
pub struct Compared {
    /// What differs.
    pub comparison: Comparison,
    /// What causes it, where both sides are charts.
    pub causes: Option<Causes>,
    /// The manifests of both sides; nothing of a chart that does not render.
    pub objects: [Option<Vec<Object>>; 2],
    /// Why a side does not render.
    pub failed: [Option<Failed>; 2],
    /// Whether templates drew random values, the same on both sides.
    pub is_random: bool,
    /// Where templates write the objects and the fields that differ; empty unless [`Diff::places`] asks for it and
    /// something differs.
    pub places: Places,
}

impl Compared {
    /// Tells what the change does to a cluster; nothing where a side does not render.
    pub fn effects(&self, cluster: Cluster) -> Vec<Effect> {
        match (&self.objects[1], self.failed.iter().all(Option::is_none)) {
            (Some(new), true) => effects::effects(&self.comparison, new, cluster),
            _ => Vec::new(),
        }
    }
}

/// Where templates write what is compared, on both sides.
#[derive(Debug, Default)]
pub struct Places {
    /// The first line of each object, by its number among those of the side.
    pub objects: [Vec<Option<Spot>>; 2],
    /// The first line of each change, by the numbers of the difference and of the change in it.
    pub changes: [Vec<Vec<Option<Spot>>>; 2],
}

/// Why manifests cannot be compared.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct DiffError {
    /// Whether it is the new side.
    pub is_new: bool,
    /// What is wrong with its manifests.
    pub cause: ReadError,
}

/// The seed of what is random, on both sides.
const SEED: u64 = 0;

/// A chart that was rendered.
struct Made {
    rendered: Rendered,
    chart: Chart,
    provenance: Option<Provenance>,
    is_random: bool,
}

impl ChartSide<'_> {
    fn render(
        &self,
        records: bool,
        schemas: &dyn Loader,
        reporter: &dyn Reporter,
    ) -> Result<Made, Failed> {
        let fixed = sprig::Fixed::new(SEED);
        let mut template = self.template.clone();
        template.release.records = records;
        let user = self.origins.user();
        let (rendered, kept) = template.run_keeping(self.chart.clone(), user, schemas, reporter)?;
        let chart = kept.chart.clone();
        let is_random = fixed.has_drawn();
        Ok(Made { rendered, chart, provenance: kept.provenance(), is_random })
    }

    fn made<'r>(&'r self, made: &'r Made) -> Option<Render<'r>> {
        let release = &self.template.release;
        Some(Render {
            chart: &made.chart,
            origins: self.origins,
            provenance: made.provenance.as_ref()?,
            printed: made.rendered.printed(),
            kube_version: release.kube_version().version.to_string_lossy().into_owned(),
            api_versions: release.api_versions.clone(),
            release: [release.name.clone(), release.namespace.clone()],
            helm: release.profile.helm().version.to_string(),
        })
    }
}

/// Renders a chart as one side of a comparison is rendered: what is random is the same each time.
///
/// # Errors
/// Those of [`Template::run`].
pub fn render_fixed(
    template: &Template,
    chart: Chart,
    user: &Map,
    schemas: &dyn Loader,
    reporter: &dyn Reporter,
) -> Result<Str, Failed> {
    let _fixed = sprig::Fixed::new(SEED);
    Ok(Str::from(template.run(chart, user, schemas, reporter)?.manifest()))
}

impl Diff {
    /// Compares two sides. A chart that does not render counts as one without manifests, and is told of.
    ///
    /// # Errors
    /// Manifests that are none.
    pub fn run(
        &self,
        old: &Side<'_>,
        new: &Side<'_>,
        schemas: &dyn Loader,
        reporter: &dyn Reporter,
    ) -> Result<Compared, DiffError> {
        let mut failed = [None, None];
        let mut objects = [None, None];
        let mut is_random = false;
        for (number, side) in [old, new].into_iter().enumerate() {
            let (text, namespace, profile) = match side {
                Side::Manifests { namespace, text } => {
                    (Some(text.clone()), *namespace, Default::default())
                }
                Side::Chart(side) => {
                    let release = &side.template.release;
                    let text = match side.render(false, schemas, reporter) {
                        Ok(made) => {
                            is_random |= made.is_random;
                            Some(Str::from(made.rendered.manifest()))
                        }
                        Err(why) => {
                            failed[number] = Some(why);
                            None
                        }
                    };
                    (text, &*release.namespace, release.profile)
                }
            };
            let Some(text) = text else { continue };
            let read = diff::read(&text, namespace, profile);
            let mut read = read.map_err(|cause| DiffError { is_new: number == 1, cause })?;
            read.retain(|object| {
                !(self.no_hooks && object.is_hook() || self.skip_tests && object.is_test())
            });
            objects[number] = Some(read);
        }
        let none = Vec::new();
        let [before, after] = &objects;
        let (before, after) = (before.as_ref().unwrap_or(&none), after.as_ref().unwrap_or(&none));
        // What does not render takes nothing away.
        let (before, after) = match failed.iter().any(Option::is_some) {
            true => (&none, &none),
            false => (before, after),
        };
        let comparison = diff::compare(before, after, self.options);
        let comparison = comparison.map_err(|cause| DiffError { is_new: false, cause })?;
        let mut causes = None;
        let mut places = Places::default();
        if let (Side::Chart(one), Side::Chart(other)) = (old, new)
            && !comparison.differences.is_empty()
            && failed.iter().all(Option::is_none)
        {
            let both = [before, after].map(Vec::as_slice);
            let found = self.causes(&comparison, [one, other], both, schemas);
            if let Some(found) = found {
                causes = Some(found.0);
                places = found.1;
            }
        }
        Ok(Compared { comparison, causes, objects, failed, is_random, places })
    }

    /// Tells what is different from the new manifests without causes; nothing where they cannot be taken back.
    fn undo(
        &self,
        causes: &[&Cause],
        old: &ChartSide<'_>,
        new: &ChartSide<'_>,
        now: &[Object],
        schemas: &dyn Loader,
    ) -> Option<Undone> {
        let (chart, user) = cause::without(causes, old.chart, new.chart, new.origins)?;
        let release = &new.template.release;
        let Ok(text) = render_fixed(&new.template, chart, &user, schemas, &Silent) else {
            return Some(Undone::all());
        };
        let Ok(without) = diff::read(&text, &release.namespace, release.profile) else {
            return Some(Undone::all());
        };
        let options = diff::Options { show_secrets: true, ..self.options };
        Some(Undone::of(diff::compare(now, &without, options).ok()?))
    }

    /// Finds the causes of the differences, and where templates write the objects if that is asked for.
    fn causes(
        &self,
        comparison: &Comparison,
        [old, new]: [&ChartSide<'_>; 2],
        [then, now]: [&[Object]; 2],
        schemas: &dyn Loader,
    ) -> Option<(Causes, Places)> {
        let render = |side: &ChartSide<'_>| side.render(true, schemas, &Silent).ok();
        let (before, after) = (render(old)?, render(new)?);
        let (one, other) = (old.made(&before)?, new.made(&after)?);
        let found = cause::candidates(comparison, &one, &other);
        let size = now.iter().map(|object| object.text.len()).sum();
        let undo = |causes: &[&Cause]| self.undo(causes, old, new, now, schemas);
        let causes = found.settle(comparison, size, undo);
        let places = match self.places {
            true => Places::of(comparison, [&one, &other], [then, now]),
            false => Places::default(),
        };
        Some((causes, places))
    }
}

impl Places {
    fn of(comparison: &Comparison, renders: [&Render<'_>; 2], objects: [&[Object]; 2]) -> Places {
        let lines = renders.map(|render| render.provenance.lines(&render.printed));
        // What stands at the first line from here on that is neither empty nor a comment.
        let spot = |side: usize, number: usize| {
            let (lines, provenance) = (&lines[side], renders[side].provenance);
            let start = lines.partition_point(|line| line.number < number);
            let document = lines.get(start)?.document;
            let own = lines.get(start..)?.iter().take_while(|line| line.document == document);
            let is_said = |text: &[u8]| !matches!(text.trim_ascii().first(), None | Some(b'#'));
            let facts = provenance.facts(own.into_iter().find(|line| is_said(line.text))?);
            let called = facts.calls.into_iter().next().map(|(spot, _)| spot);
            // A text that `tpl` executes is in no file: where that is called is.
            facts.spot.filter(|spot| spot.template.contains(&b'/')).or(called)
        };
        let of_objects = |side: usize| -> Vec<Option<Spot>> {
            objects[side].iter().map(|object| spot(side, object.line)).collect()
        };
        let all: Vec<_> = comparison.differences.iter().map(cause::lines_of).collect();
        let of_changes = |side: usize| -> Vec<Vec<Option<Spot>>> {
            let one = |lines: &[Option<usize>; 2]| lines[side].and_then(|line| spot(side, line));
            all.iter().map(|changes| changes.iter().map(one).collect()).collect()
        };
        Places { objects: [of_objects(0), of_objects(1)], changes: [of_changes(0), of_changes(1)] }
    }
}
