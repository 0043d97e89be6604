//! Makes findings of differences, at the lines that cause them.

use std::collections::{BTreeSet, HashMap};

use statefulchart::action::Compared;
use statefulchart::diff::effects::{Effect, Severity, What};
use statefulchart::diff::show::{Only, Reason, Report, scenario_names};
use statefulchart::diff::{Change, Difference, Group, Object, fold, path_text};
use statefulchart::provenance::Spot;

use super::sides::{Inner, Ready};
use crate::cli::findings::{Finding, Level};
use crate::cli::globs::DEFAULTS;
use crate::cli::values_where::Shown;

/// A finding, and what tells it from others without the numbers of lines.
pub(super) struct Annotation {
    pub(super) finding: Finding,
    pub(super) identity: String,
}

/// A file and a line of it, from 1.
type At = (String, usize);

/// Where what a comparison tells of is made; nothing of manifests.
#[derive(Default)]
pub(super) struct Places {
    /// Of each of the differences.
    objects: Vec<Option<At>>,
    /// Of each of their changes.
    changes: Vec<Vec<Option<At>>>,
    /// Of each of the effects, where it is about an object that does not differ.
    effects: Vec<Option<At>>,
    /// Of the charts.
    charts: [Option<At>; 2],
}

impl Places {
    /// Returns the places of charts that are not compared.
    pub(super) fn of_charts(references: [String; 2]) -> Places {
        let chart = |reference: String| {
            let path = std::path::Path::new(&reference).join("Chart.yaml");
            path.is_file().then(|| (path.to_string_lossy().into_owned(), 1))
        };
        Places { charts: references.map(chart), ..Places::default() }
    }

    /// Returns where a values file is that one side alone has.
    fn of_scenario(&self, only: &Only) -> Option<At> {
        let (chart, _) = self.charts[usize::from(only.is_new)].as_ref()?;
        let folder = std::path::Path::new(chart).parent()?;
        let inside = folder.join(&only.scenario);
        // One that is gone lay in the chart.
        let given = std::path::Path::new(&only.scenario);
        let file = if given.is_file() && !inside.is_file() { given.to_owned() } else { inside };
        Some((file.to_string_lossy().into_owned(), 1))
    }

    pub(super) fn of(compared: &Compared, effects: &[Effect], sides: &[Ready<'_>; 2]) -> Places {
        let shown = sides.each_ref().map(|side| match &side.what {
            Inner::Chart { chart, .. } => Some(Shown { reference: &side.reference, chart }),
            Inner::Manifests(_) => None,
        });
        let charts = shown.each_ref().map(|shown| {
            let path = std::path::Path::new(shown.as_ref()?.reference).join("Chart.yaml");
            Some((path.to_string_lossy().into_owned(), 1))
        });
        let at = |side: usize, spot: &Option<Spot>| -> Option<At> {
            let (shown, spot) = (shown[side].as_ref()?, spot.as_ref()?);
            let file = shown.template(&spot.template.to_string_lossy());
            Some((sides[side].real(file), spot.line as usize))
        };
        let objects = |side: usize| compared.objects[side].as_deref().unwrap_or_default();
        let of_object = |side: usize, number: usize| -> Option<At> {
            let all = objects(side);
            let spot = compared.places.objects[side].get(number);
            // No template writes what stands in crds/.
            let source = all.get(number)?.source.to_string_lossy();
            let file = || {
                let file = shown[side].as_ref()?.template(&source);
                Some((sides[side].real(file), 1))
            };
            spot.and_then(|spot| at(side, spot)).or_else(|| file().filter(|_| source.contains('/')))
        };
        let differences = &compared.comparison.differences;
        let of_difference = |difference: &Difference| {
            let place = |side: usize, object: &Option<Object>| {
                let line = object.as_ref()?.line;
                let number = objects(side).binary_search_by_key(&line, |object| object.line);
                of_object(side, number.ok()?)
            };
            place(1, &difference.new).or_else(|| place(0, &difference.old))
        };
        let of_changes = |number: usize| {
            let of = |side: usize| compared.places.changes[side].get(number);
            let (old, new) = (of(0).into_iter().flatten(), of(1).into_iter().flatten());
            new.zip(old).map(|(new, old)| at(1, new).or_else(|| at(0, old))).collect()
        };
        let of_effect = |effect: &Effect| match effect.object {
            Some(_) => None,
            None => {
                let place = |side: usize| {
                    let number = objects(side).iter().position(|object| object.id == effect.id);
                    of_object(side, number?)
                };
                place(1).or_else(|| place(0))
            }
        };
        Places {
            objects: differences.iter().map(of_difference).collect(),
            changes: (0..differences.len()).map(of_changes).collect(),
            effects: effects.iter().map(of_effect).collect(),
            charts,
        }
    }

    fn of_object(&self, number: Option<&usize>) -> Option<At> {
        self.objects.get(*number?).cloned().flatten()
    }

    fn of_change(&self, object: usize, change: usize) -> Option<At> {
        self.changes.get(object)?.get(change).cloned().flatten()
    }
}

/// Returns the fields of its object that an effect is about, as prefixes of paths.
fn fields_of(what: &What) -> Vec<&str> {
    match what {
        What::Refused { fields, .. } => fields.iter().map(String::as_str).collect(),
        // Items of lists have other names here.
        What::Invalid { fields, .. } => {
            fields.iter().filter_map(|field| field.split('[').next()).collect()
        }
        What::Dropped { field, .. } => field.split('[').take(1).collect(),
        What::Deprecated { .. } => vec!["apiVersion"],
        What::Scales { .. } => vec!["spec.replicas"],
        What::Restarts(_)
        | What::OnDelete { .. }
        | What::Rolls(_)
        | What::Paused
        | What::OnlyNewPods => vec!["spec.template"],
        What::NextRun => vec!["spec.jobTemplate"],
        What::RestartsContainers { .. } => vec!["spec.containers"],
        What::Grows { .. } => vec!["spec.resources"],
        What::Keeps { field, .. } => vec![field],
        _ => Vec::new(),
    }
}

/// Returns where an effect is made: what causes the change that it follows, else the line that writes that.
fn place(report: &Report<'_>, places: &Places, number: usize, effect: &Effect) -> Option<At> {
    let Some(object) = effect.object else { return places.effects.get(number).cloned().flatten() };
    let changes = &report.comparison.differences.get(object)?.changes;
    let fields = fields_of(&effect.what);
    let is_about = |change: &Change| {
        let path = path_text(&change.path);
        fields.iter().any(|field| path.starts_with(field))
    };
    let (own, others): (Vec<usize>, Vec<usize>) =
        (0..changes.len()).partition(|place| changes.get(*place).is_some_and(is_about));
    let of_causes = |causes: Vec<usize>| {
        causes.into_iter().find_map(|cause| report.reasons.get(cause)?.at.clone())
    };
    let cause = |change: &usize| of_causes((report.causes)(object, Some(*change)));
    own.iter()
        .find_map(cause)
        .or_else(|| own.iter().find_map(|change| places.of_change(object, *change)))
        .or_else(|| of_causes((report.causes)(object, None)))
        .or_else(|| others.iter().find_map(cause))
        .or_else(|| places.of_object(Some(&object)))
}

/// Returns a finding for each cause, with what it changes, one for each effect that matters, and one for each side that
/// does not render. What several scenarios have in common is told once, with their names unless all have it.
pub(super) fn of(reports: &[(&Report<'_>, &Places)]) -> Vec<Annotation> {
    let mut found: Vec<(Annotation, Vec<String>)> = Vec::new();
    let mut seen: HashMap<(String, Option<String>, Option<usize>), usize> = HashMap::new();
    let mut scenarios: HashMap<&str, usize> = HashMap::new();
    for (report, places) in reports {
        *scenarios.entry(&report.chart).or_default() += 1;
        for mut one in of_report(report, places) {
            // Without a place nothing else says which chart it is.
            if one.finding.file.is_none() && !report.chart.is_empty() {
                one.finding.message = format!("{}: {}", report.chart, one.finding.message);
            }
            let Finding { message, file, line, .. } = &one.finding;
            let key = (message.clone(), file.clone(), *line);
            let at = *seen.entry(key).or_insert_with(|| {
                found.push((one, Vec::new()));
                found.len() - 1
            });
            if let Some((_, names)) = found.get_mut(at) {
                names.push(scenario_names(&report.scenarios));
            }
        }
    }
    let all = scenarios.values().copied().max().unwrap_or_default();
    found
        .into_iter()
        .map(|(mut one, mut names)| {
            names.retain(|name| !name.is_empty());
            if !names.is_empty() && names.len() < all {
                let with = names.join("; ").replace(DEFAULTS, "the defaults");
                let with = format!(" [with {with}]");
                let end = one.finding.message.find('\n').unwrap_or(one.finding.message.len());
                one.finding.message.insert_str(end, &with);
            }
            one
        })
        .collect()
}

fn of_report(report: &Report<'_>, places: &Places) -> Vec<Annotation> {
    let mut found = Vec::new();
    for only in &report.only {
        found.push(annotation(
            Level::Note,
            "scenario",
            only.line(),
            only.line(),
            places.of_scenario(only),
        ));
    }
    for (number, (name, failed)) in report.names.iter().zip(&report.failed).enumerate() {
        if let Some(why) = failed {
            let message = format!("{name} does not render: {why}");
            let at = places.charts[number].clone();
            let identity = if number == 0 { "old" } else { "new" }.to_owned();
            found.push(annotation(Level::Error, "does-not-render", message, identity, at));
        }
    }
    for (number, (effect, (severity, words))) in
        report.effects.iter().zip(report.words_of_effects()).enumerate()
    {
        let level = match severity {
            Severity::Error => Level::Error,
            Severity::Warning => Level::Warning,
            Severity::Notice => continue,
        };
        let at = place(report, places, number, effect).or_else(|| places.charts[1].clone());
        found.push(annotation(level, "effect", words.clone(), words, at));
    }
    let groups = fold(report.comparison, report.fold, report.causes);
    let words = report.words_of(&groups);
    let mut by_reason: Vec<Vec<(&Group, &Vec<String>)>> = vec![Vec::new(); report.reasons.len()];
    for (group, words) in groups.iter().zip(&words) {
        let causes: BTreeSet<usize> = group.causes.iter().copied().collect();
        for cause in causes {
            if let Some(of_cause) = by_reason.get_mut(cause) {
                of_cause.push((group, words));
            }
        }
    }
    for (reason, of_reason) in report.reasons.iter().zip(by_reason) {
        let mut lines: Vec<&str> = Vec::new();
        let mut own = None;
        for (group, words) in of_reason {
            lines.extend(words.iter().map(String::as_str));
            own = own.or_else(|| of_group(places, group));
        }
        let lines = lines.join("\n");
        let identity = format!("{}\n{lines}", identity(reason));
        let message = format!("{}\n{lines}", reason.title());
        let at = reason.at.clone().or(own);
        found.push(annotation(Level::Note, "diff", message, identity, at));
    }
    // What has no cause, as of manifests that are compared.
    for (group, words) in groups.iter().zip(&words).filter(|(group, _)| group.causes.is_empty()) {
        let message = words.join("\n");
        let at = of_group(places, group);
        found.push(annotation(Level::Note, "diff", message.clone(), message, at));
    }
    found
}

/// Returns where the first field of a group is written, else its object.
fn of_group(places: &Places, group: &Group) -> Option<At> {
    let object = group.objects.first()?;
    let change = group.changes.first().and_then(|change| places.of_change(*object, *change));
    change.or_else(|| places.of_object(Some(object)))
}

/// Returns what tells a cause from others: without its place, and of lines of a template without their numbers.
fn identity(reason: &Reason) -> String {
    let name = match &reason.lines {
        Some((template, _)) => template,
        None => &reason.name,
    };
    let of = |value: &Option<String>| value.clone().unwrap_or_default();
    format!("{}\n{name}\n{}\n{}", reason.kind, of(&reason.old), of(&reason.new))
}

fn annotation(
    level: Level,
    code: &'static str,
    message: String,
    identity: String,
    at: Option<At>,
) -> Annotation {
    let (file, line) = at.map_or((None, None), |(file, line)| {
        (Some(file.strip_prefix("./").map(str::to_owned).unwrap_or(file)), Some(line))
    });
    let finding = Finding { file, line, ..Finding::new(level, code, message) };
    Annotation { finding, identity }
}
