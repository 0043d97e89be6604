//! Compares a chart on both sides in each scenario, and joins those with the same difference.

use std::cell::RefCell;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use statefulchart::action::{Compared, Diff};
use statefulchart::diff::show::{Only, Reason};

use super::annotations::Places;
use super::scenarios::{self, Scenario, Which};
use super::sides::{Inner, Place, Ready, What};
use super::targets::Target;
use super::{Done, MOST_COMMITS, action, fail_if_strict, reasons, refused};
use crate::cli::findings::{self, Finding};
use crate::cli::flags::Given;
use crate::cli::input::Once;
use crate::cli::net::Schemas;
use crate::cli::reporter::Terminal;
use crate::cli::values_where::Shown;
use crate::cli::{Failure, compat, output, render, values_check};

/// Why a chart was not compared, and what a report has of it.
pub(super) struct Uncompared {
    pub(super) failure: Failure,
    pub(super) done: Box<Done>,
}

impl Uncompared {
    /// Makes it of what fails on the sides: one of them at least.
    fn of_sides(done: Done, sides: [Option<Failure>; 2]) -> Uncompared {
        let words = |side: &Option<Failure>| {
            let text = side.as_ref()?.text(false);
            Some(String::from_utf8_lossy(&text).into_owned())
        };
        let failed = sides.each_ref().map(words);
        let failure = sides.into_iter().flatten().next();
        let failure = failure.unwrap_or_else(|| Failure::silent(1));
        Uncompared { failure, done: Box::new(Done { failed, ..done }) }
    }
}

/// What is there on both sides, by the side and the Helm release that reads it.
type Read = HashMap<(bool, String), What>;

/// Compares a chart on both sides, in each scenario; those with the same difference become one.
///
/// # Errors
/// Sides that cannot be had, manifests that are none; with `--strict` also a side that does not render.
pub(super) fn compare(
    given: &Given,
    target: &Target,
    has_many: bool,
    once: &Once,
) -> Result<Vec<Done>, Uncompared> {
    let comparing = Comparing {
        given,
        target,
        has_many,
        once,
        action: action(given),
        said: RefCell::default(),
    };
    // What is of no side is told of the right one, whose change it is that cannot be shown.
    let right = |failure| Uncompared::of_sides(comparing.done(), [None, Some(failure)]);
    let scenarios = scenarios::of(given, &target.sides, given.args.is_empty()).map_err(right)?;
    let mut read = Read::new();
    let mut unread: [Option<Failure>; 2] = [None, None];
    let mut joined = Joined::default();
    let mut only: Vec<Only> = Vec::new();
    for (number, scenario) in scenarios.iter().enumerate() {
        for side in &target.sides {
            if let Entry::Vacant(place) = read.entry(key(side, scenario)) {
                match side.read(given, scenario.profile(side.is_right), once) {
                    Ok(what) => drop(place.insert(what)),
                    Err(failure) => unread[usize::from(side.is_right)] = Some(failure),
                }
            }
        }
        if unread.iter().any(Option::is_some) {
            return Err(Uncompared::of_sides(comparing.done(), unread));
        }
        if number == 0 && read.values().all(|what| matches!(what, What::Manifests(_))) {
            render::tell_of_unused(given);
        }
        if let Some(done) = comparing.scenario(scenario, &read, &mut only).map_err(right)? {
            joined.add(given, scenario, done);
        }
    }
    let mut done = joined.done;
    let count: usize = done.iter().map(|one| one.scenarios.len()).sum();
    if let [one] = &mut done[..]
        && count > 1
        && !one.report(given, &|_, _| Vec::new()).differs()
    {
        one.scenarios = vec![format!("{count} scenarios")];
    }
    match done.first_mut() {
        Some(first) => first.only = only,
        None if only.is_empty() => {}
        None => done.push(Done { only, ..comparing.done() }),
    }
    Ok(done)
}

/// Returns what a side in a scenario is read as.
fn key(side: &Place, scenario: &Scenario) -> (bool, String) {
    (side.is_right, scenario.profile(side.is_right).helm().version.to_string())
}

/// What came of scenarios, the same of them once.
#[derive(Default)]
struct Joined {
    done: Vec<Done>,
    /// The places of what was shown before.
    seen: HashMap<String, usize>,
}

impl Joined {
    fn add(&mut self, given: &Given, scenario: &Scenario, one: Done) {
        // A scenario alone has none to be compared with.
        let key = if scenario.name.is_empty() { String::new() } else { one.key(given) };
        let at = *self.seen.entry(key).or_insert(self.done.len());
        let same = one.most_same;
        if at == self.done.len() {
            self.done.push(one);
        }
        let Some(first) = self.done.get_mut(at) else { return };
        first.most_same = first.most_same.max(same);
        let least = &mut first.compared.comparison.same;
        *least = same.min(*least);
        if !scenario.name.is_empty() {
            first.scenarios.push(scenario.name.clone());
        }
    }
}

/// What is compared, and how.
struct Comparing<'c> {
    given: &'c Given,
    target: &'c Target,
    has_many: bool,
    once: &'c Once,
    action: Diff,
    /// What has been said of values that nothing reads.
    said: RefCell<HashSet<String>>,
}

impl Comparing<'_> {
    /// Says once which values of the right side alone no template reads: they are misspelt, or change nothing.
    fn tell_of_unread(&self, sides: &[Ready<'_>; 2], scenario: &Scenario) {
        let of = |number: usize| -> Vec<Finding> {
            let Some(Inner::Chart { chart, origins, .. }) = sides.get(number).map(|s| &s.what)
            else {
                return Vec::new();
            };
            let shown = Shown { reference: &sides[number].reference, chart };
            values_check::unread(&shown, origins, scenario.profile(number == 1))
        };
        let before: HashSet<_> = of(0).into_iter().map(|found| (found.code, found.key)).collect();
        let mut new = of(1);
        new.retain(|found| !before.contains(&(found.code.clone(), found.key.clone())));
        let text = findings::text(&new);
        for line in text.lines() {
            if self.said.borrow_mut().insert(line.to_owned()) {
                output::stderr(format!("{line}\n").as_bytes());
            }
        }
    }

    /// Returns what there is of the chart before anything of it is compared.
    fn done(&self) -> Done {
        Done {
            chart: if self.has_many { self.target.name.clone() } else { String::new() },
            scenarios: Vec::new(),
            only: Vec::new(),
            names: self.target.sides.each_ref().map(|side| side.name(self.given)),
            compared: Compared::default(),
            most_same: 0,
            reasons: Vec::new(),
            effects: Vec::new(),
            places: Places::of_charts(self.target.sides.each_ref().map(Place::reference)),
            failed: [None, None],
        }
    }

    /// Compares in a scenario; nothing where one side alone has it, and the other cannot be rendered with it.
    fn scenario(
        &self,
        scenario: &Scenario,
        read: &Read,
        only: &mut Vec<Only>,
    ) -> Result<Option<Done>, Failure> {
        let given = self.given;
        let [old, new] = &self.target.sides;
        let what = |side: &Place| read.get(&key(side, scenario)).ok_or("nothing was read");
        let whats = [what(old)?, what(new)?];
        // A chart that has come or gone has all of its scenarios on one side.
        let are_charts = whats.iter().all(|what| matches!(what, What::Chart(..)));
        let alone = scenario.only.filter(|_| are_charts);
        if let Some(which) = alone.filter(|_| given.strict) {
            let place = if which == Which::New { new } else { old };
            return Err(Failure::from(format!(
                "the values file {} is only {}: the other side has no such scenario",
                scenario.file,
                place.whereabouts()
            )));
        }
        if alone == Some(Which::Old) {
            note_only(only, scenario, old, Which::Old, None);
            return Ok(None);
        }
        let ready = |side: &Place, what| -> Result<Ready<'_>, Failure> {
            side.ready(what, scenario, new.revision.as_deref(), given, self.once)
        };
        let sides = [ready(old, whats[0])?, ready(new, whats[1])?];
        if !given.to_set.is_empty() || !given.to_values.is_empty() {
            self.tell_of_unread(&sides, scenario);
        }
        let (before, after) = (sides[0].side(), sides[1].side());
        let compared = self.action.run(&before, &after, &Schemas::of(given), &Terminal::of(given));
        let compared = compared
            .map_err(|e| Failure::from(format!("{}: {e}", sides[usize::from(e.is_new)].name)))?;
        let words = |number: usize| {
            let failed = compared.failed[number].as_ref()?;
            Some(compat::shown(&failed.error, scenario.profile(number == 1)))
        };
        let (failed, done) = ([words(0), words(1)], self.done());
        if alone.is_some() {
            // The old chart was never meant to be rendered with it.
            let is_left_out = failed[0].is_some() && failed[1].is_none();
            let why = is_left_out.then(|| format!("{} does not render with it", done.names[0]));
            note_only(only, scenario, new, Which::New, why);
            if is_left_out {
                return Ok(None);
            }
        }
        fail_if_strict(given, &failed, &done.names)?;
        let cluster = scenario.cluster()?;
        let mut effects = compared.effects(cluster);
        refused::add(&mut effects, &compared, cluster, [scenario.kube(false), scenario.kube(true)]);
        let reasons = reasons::of(&compared, &sides, given.show_secrets);
        Ok(Some(Done {
            reasons: with_commits(reasons, &self.target.sides),
            places: match self.action.places {
                true => Places::of(&compared, &effects, &sides),
                false => done.places,
            },
            effects,
            most_same: compared.comparison.same,
            compared,
            failed,
            ..done
        }))
    }
}

/// Notes a scenario that one side alone has; `why` says why it is not compared all the same.
fn note_only(
    to: &mut Vec<Only>,
    scenario: &Scenario,
    place: &Place,
    which: Which,
    why: Option<String>,
) {
    let at = place.whereabouts();
    let (is_compared, words) = match (which, why) {
        (Which::Old, _) => (false, format!("only {at}, not compared")),
        (Which::New, Some(why)) => (false, format!("only {at}, not compared: {why}")),
        (Which::New, None) => (true, format!("only {at}, both sides are rendered with it")),
    };
    let is_new = which == Which::New;
    let only = Only { scenario: scenario.file.clone(), is_new, is_compared, words };
    if !to.contains(&only) {
        to.push(only);
    }
}

/// Adds the commits that have changed templates, where the left side is a revision.
fn with_commits(mut reasons: Vec<Reason>, sides: &[Place; 2]) -> Vec<Reason> {
    let [old, new] = sides;
    if let Some(from) = &old.revision {
        let templates = reasons.iter_mut().filter(|reason| reason.lines.is_some());
        templates.take(MOST_COMMITS).for_each(|reason| from.add_commit(new, reason));
    }
    reasons
}
