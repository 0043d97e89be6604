//! Renders charts in each scenario, and tells where in the templates what is found comes from.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use bstr::ByteSlice;
use foldhash::fast::RandomState;
use gostd::os::path_of;
use gostd::value::{Map, Str};
use gotemplate::Cache;
use statefulchart::action::{self, Failed, Kept, Rendered, Template};
use statefulchart::annotate::Places;
use statefulchart::chart::{Chart, Crd};
use statefulchart::kubernetes::Version;
use statefulchart::profile::Rule;
use statefulchart::provenance::{Provenance, SourceMap};
use statefulchart::render::KubeVersion;
use statefulchart::report::{Event, Reporter, Warning};
use statefulchart::values::origins::Origins;

use super::crds::Asking;
use super::found::{Found, Noted, Place, add, finding};
use super::{Asked, crds};
use crate::cli::examined::release_name;
use crate::cli::findings::{self, Finding, ValueAt};
use crate::cli::flags::Given;
use crate::cli::input::Once;
use crate::cli::net::Schemas;
use crate::cli::reporter::Terminal;
use crate::cli::settings::namespace;
use crate::cli::values_where::Shown;
use crate::cli::{
    Failure, annotate, compat, globs, kube_versions, output, profile, render, values,
};

/// The seed of what templates draw at random.
const SEED: u64 = 0;
/// How the rendered text is called where no file holds it.
const RENDERED: &str = "(rendered)";

/// Tells what a render tells, but for what is a finding here, and for what was told before.
struct Told {
    terminal: Terminal,
    is_again: bool,
}

impl Reporter for Told {
    fn report(&self, event: Event) {
        if !self.is_again && !matches!(event, Event::Warning(Warning::UnknownHook { .. })) {
            self.terminal.report(event);
        }
    }

    fn wants_debug(&self) -> bool {
        !self.is_again && self.terminal.wants_debug()
    }
}

/// What is rendered: the values of the user, and where they come from, which is asked only where something is found.
struct Scenario<'s> {
    own: &'s Given,
    user: Map,
    origins: OnceCell<Origins>,
}

struct Rendering<'r> {
    given: &'r Given,
    once: &'r Once,
    reference: &'r str,
    chart: &'r Chart,
    crds: crds::Pending<'r>,
    asked: &'r Asked<'r>,
    /// Parsed templates, which all renders share.
    parsed: Arc<Cache>,
}

/// Checks a chart in each scenario.
///
/// A scenario that does not render, for some versions or all, is added to `failures`.
///
/// # Errors
/// A chart that cannot be read.
pub(super) fn check(
    given: &Given,
    reference: &str,
    path: &Path,
    asked: &Asked<'_>,
    once: &Once,
    failures: &mut Vec<Failure>,
) -> Result<Vec<Finding>, Failure> {
    let chart = action::open(path, profile::current(), &Terminal::of(given))?;
    action::check_dependencies(&chart)?;
    std::thread::scope(|scope| {
        let Asked { selection, versions, time, .. } = asked;
        let asking = Asking { selection, versions, time: *time };
        let crds = crds::begin(scope, &chart, asking, profile::current());
        let parsed = Arc::default();
        Rendering { given, once, reference, chart: &chart, crds, asked, parsed }
            .check(path, failures)
    })
}

/// What was found, with where in the chart it comes from.
struct Located {
    place: Place,
    noted: Noted,
    file: String,
    /// The line of the template and its column; nothing of what no template writes.
    line: Option<(usize, Option<usize>)>,
    /// The line of what is rendered.
    rendered: usize,
    values: Vec<ValueAt>,
    /// The values, in words.
    words: Option<String>,
}

impl Located {
    /// Returns what was found in what is rendered, of which no place in the chart is known.
    fn in_output(place: Place, noted: Noted, file: String) -> Located {
        let rendered = place.1;
        // As templates are named.
        let file = file.strip_prefix("./").map(str::to_owned).unwrap_or(file);
        Located { place, noted, file, line: None, rendered, values: Vec::new(), words: None }
    }

    fn finding(self, asked: &Asked<'_>) -> Finding {
        let Located { place, noted, file, line, rendered, values, words } = self;
        let rendered = findings::Rendered { file: RENDERED.to_owned(), line: rendered };
        let mut finding = finding(place, noted, &asked.versions, words);
        finding.file = Some(file);
        if let Some((line, column)) = line {
            finding.values = values;
            finding.rendered = Some(rendered);
            finding.line = Some(line);
            finding.column = column;
        }
        finding
    }

    /// Returns what it is the same by in another render. What a template makes at random may differ in all of them.
    fn key(&self) -> Key {
        let (_, line, _, code, message) = &self.place;
        let rendered = self.line.is_none().then_some(*line);
        (code, message.clone(), self.file.clone(), self.line, rendered, self.words.clone())
    }
}

/// A rule, its words, the file, the line there or else in the output, and the values.
type Key =
    (&'static str, String, String, Option<(usize, Option<usize>)>, Option<usize>, Option<String>);

/// What was found in the renders for all versions, each finding once.
#[derive(Default)]
struct Distinct {
    all: Vec<Located>,
    places: HashMap<Key, usize, RandomState>,
}

impl Distinct {
    /// Adds what was found in another render.
    fn add(&mut self, more: Vec<Located>) {
        let before = self.all.len();
        for located in more {
            let place = self.places.get(&located.key());
            match place.and_then(|place| self.all.get_mut(*place)) {
                Some(own) => own.noted.add(&located.noted.versions),
                None => self.all.push(located),
            }
        }
        // What one render has twice stays two.
        for (place, located) in self.all.iter().enumerate().skip(before) {
            self.places.entry(located.key()).or_insert(place);
        }
    }
}

/// Joins what was found in several scenarios, one after the other.
fn joined(all: Vec<(&String, Finding)>, count: usize) -> Vec<Finding> {
    let mut once: Vec<(Vec<&String>, Finding)> = Vec::new();
    let mut places: HashMap<_, usize, RandomState> = HashMap::default();
    for (name, finding) in all {
        let key =
            (finding.code.clone(), finding.message.clone(), finding.file.clone(), finding.line);
        let place = *places.entry(key).or_insert(once.len());
        match once.get_mut(place) {
            Some((names, _)) if names.last() == Some(&name) => {}
            Some((names, _)) => names.push(name),
            None => once.push((vec![name], finding)),
        }
    }
    let words = |(names, mut finding): (Vec<&String>, Finding)| {
        if names.len() < count {
            let shown = names.iter().map(|name| match name.as_str() {
                globs::DEFAULTS => "the defaults",
                name => name,
            });
            let shown = format!("with {}", shown.collect::<Vec<_>>().join(", "));
            finding.message.push_str(&format!(" ({shown})"));
            if let Some(about) = &mut finding.about {
                about.notes.push(shown);
                about.scenarios = names.into_iter().cloned().collect();
            }
        }
        finding
    };
    let mut all: Vec<Finding> = once.into_iter().map(words).collect();
    all.sort_by(|a, b| {
        (&a.file, a.line, a.column, &a.code).cmp(&(&b.file, b.line, b.column, &b.code))
    });
    all
}

/// A render, and what it was made of.
struct Made {
    /// The files of `crds/`. The text and what is rendered are without those that are checked by themselves.
    crds: Vec<Crd>,
    text: Str,
    rendered: Rendered,
    kept: Kept,
}

impl Made {
    fn is_as(&self, other: &Made) -> bool {
        let is_same = |(one, other): (&Crd, &Crd)| {
            one.filename == other.filename && Arc::ptr_eq(&one.data, &other.data)
        };
        self.text == other.text
            && self.crds.len() == other.crds.len()
            && self.crds.iter().zip(&other.crds).all(is_same)
    }
}

/// A render that was checked.
struct Checked {
    made: Made,
    /// What is found in its text.
    found: Found,
    /// The versions that it is the same for.
    versions: Vec<Version>,
}

/// What comes of a scenario.
struct InVersions {
    /// Each render with another text.
    texts: Vec<Checked>,
    /// For which versions it does not render, and why.
    failed: Vec<(Vec<Version>, Failure)>,
    /// The versions that Chart.yaml does not take.
    refused: Vec<Version>,
}

impl Rendering<'_> {
    /// Checks the chart in each scenario.
    fn check(&self, path: &Path, failures: &mut Vec<Failure>) -> Result<Vec<Finding>, Failure> {
        let (reference, mut all) = (self.reference, Vec::new());
        // The files are called as the chart was named.
        let named = path_of(reference);
        let folder = if named.is_dir() { &named } else { path };
        let scenarios = match &self.asked.matched {
            Some(matched) => matched.borrow_mut().scenarios(self.given, folder)?,
            None => globs::scenarios(self.given, folder)?,
        };
        for (name, own) in &scenarios {
            let named = |failure: Failure| match scenarios.len() {
                1 => failure,
                _ => {
                    let text = failure.text(false);
                    Failure::from(format!("with {name}: {}", text.to_str_lossy()))
                }
            };
            let scenario = match values::merge_once(own, self.once) {
                Ok(user) => Scenario { own, user, origins: OnceCell::new() },
                Err(failure) if scenarios.len() == 1 => return Err(failure),
                Err(failure) => {
                    failures.push(named(failure));
                    continue;
                }
            };
            let InVersions { texts, failed, refused } = self.in_versions(&scenario)?;
            for (versions, failure) in failed {
                let only = kube_versions::words(&versions, &self.asked.versions);
                let failure = match only {
                    None => failure,
                    Some(versions) => {
                        let text = failure.text(false);
                        format!(
                            "{reference} does not render for {versions}: {}",
                            text.to_str_lossy()
                        )
                        .into()
                    }
                };
                failures.push(named(failure));
            }
            if let Some(versions) = kube_versions::words(&refused, &self.asked.versions)
                && !refused.is_empty()
            {
                let why = "kubeVersion of its Chart.yaml does not take it";
                let words = format!("{reference} is not checked for {versions}: {why}\n");
                output::stderr(words.as_bytes());
            }
            let mut told = Distinct::default();
            for checked in texts {
                told.add(self.of_crds(&checked));
                match self.located(&scenario, checked) {
                    Ok(located) => told.add(located),
                    Err(failure) => failures.push(named(failure)),
                }
            }
            all.extend(told.all.into_iter().map(|located| (name, located.finding(self.asked))));
        }
        Ok(joined(all, scenarios.len()))
    }

    fn template(&self, own: &Given, version: Version) -> Result<Template, Failure> {
        let profile = profile::current();
        let kube = KubeVersion::parse(&format!("{version}.0"), profile)
            .map_err(|e| Failure::from(e.to_string()))?
            .serving(version.served().into_iter().map(Str::from).collect());
        let dry_run = if profile.has(Rule::FlagsOfHelm4) { "client" } else { "" };
        let mut release = render::release_options(own, release_name(own), dry_run, Some(kube))?;
        release.parsed = Some(self.parsed.clone());
        Ok(Template {
            release,
            include_crds: true,
            no_hooks: own.no_hooks,
            skip_tests: own.skip_tests,
            keep_unknown_hooks: true,
            ..Template::default()
        })
    }

    fn run(&self, template: &Template, user: &Map) -> Result<(Rendered, Kept), Failure> {
        let schemas = Schemas::of(self.given);
        // What is found is the same in each run, and where it comes from can be looked for again.
        let _fixed = sprig::Fixed::new(SEED);
        let reporter =
            Told { terminal: Terminal::of(self.given), is_again: template.release.records };
        match template.run_keeping(self.chart.clone(), user, &schemas, &reporter) {
            Err(Failed { error, .. }) => {
                Err(Failure::from(compat::shown(&error, profile::current())))
            }
            Ok(made) => Ok(made),
        }
    }

    fn origins<'s>(&self, scenario: &'s Scenario<'_>) -> Result<&'s Origins, Failure> {
        if let Some(known) = scenario.origins.get() {
            return Ok(known);
        }
        let profile = profile::current();
        let asked =
            values::origins_as(scenario.own, self.chart, profile, &|_| Ok(None), Some(self.once))?;
        Ok(scenario.origins.get_or_init(|| asked))
    }

    /// Renders for each version, or once where no template reads the version.
    fn in_versions(&self, scenario: &Scenario<'_>) -> Result<InVersions, Failure> {
        let mut texts: Vec<(Made, Vec<Version>)> = Vec::new();
        let mut failed: Vec<(Vec<Version>, Failure)> = Vec::new();
        let (mut refused, mut is_for_all) = (Vec::new(), false);
        for version in &self.asked.versions {
            let template = self.template(scenario.own, *version)?;
            if let (true, [(_, versions)]) = (is_for_all, &mut texts[..]) {
                match self.is_accepted(&template) {
                    true => versions.push(*version),
                    false => refused.push(*version),
                }
                continue;
            }
            let made = match self.run(&template, &scenario.user) {
                Ok((mut rendered, kept)) => {
                    let crds = self.crds.take(&mut rendered);
                    let reads = template.release.kube_version.is_none_or(|own| own.was_read());
                    is_for_all = !reads;
                    let mut text = rendered.output().concat();
                    // Where there is nothing else hooks begin with an end of line, which no document has.
                    if text.starts_with(b"\n") {
                        text.remove(0);
                    }
                    Made { crds, text: Str::from(text), rendered, kept }
                }
                Err(failure) => {
                    if !self.is_accepted(&template) {
                        refused.push(*version);
                    }
                    match failed.iter_mut().find(|(_, own)| own.text(false) == failure.text(false))
                    {
                        Some((versions, _)) => versions.push(*version),
                        None => failed.push((vec![*version], failure)),
                    }
                    continue;
                }
            };
            match texts.iter_mut().find(|(own, _)| own.is_as(&made)) {
                Some((_, versions)) => versions.push(*version),
                None => texts.push((made, vec![*version])),
            }
        }
        // A chart may refuse some versions, but not all.
        let (refusals, mut failed): (Vec<_>, Vec<_>) = failed
            .into_iter()
            .partition(|(versions, _)| versions.iter().all(|one| refused.contains(one)));
        if texts.is_empty()
            && let Some((_, last)) = refusals.last()
        {
            let why = last.text(false);
            let hint = self.taken(scenario)?;
            failed.push((refused.clone(), format!("{}; {hint}", why.to_str_lossy()).into()));
        }
        let namespace = namespace(scenario.own);
        let mut checked = Vec::new();
        for (made, versions) in texts {
            let mut found = Found::new();
            let mut definitions = self.crds.definitions(&made.crds);
            definitions.add_all(&self.asked.definitions);
            add(&mut found, &[&made.text], &namespace, self.asked, &definitions, &versions)?;
            checked.push(Checked { made, found, versions });
        }
        Ok(InVersions { texts: checked, failed, refused })
    }

    /// Says which version of Kubernetes to ask for where the chart takes none of those that are asked for.
    fn taken(&self, scenario: &Scenario<'_>) -> Result<String, Failure> {
        let mut newest = None;
        for version in Version::all() {
            if self.is_accepted(&self.template(scenario.own, version)?) {
                newest = Some(version);
            }
        }
        Ok(match newest {
            Some(version) => {
                format!("the newest version that it takes is {version} (--kube-version {version})")
            }
            None => {
                "it takes none of the versions that are known; change kubeVersion in its Chart.yaml"
                    .to_owned()
            }
        })
    }

    /// Tells whether the chart takes the version of Kubernetes that it is rendered for.
    fn is_accepted(&self, template: &Template) -> bool {
        let (version, profile) = (template.release.kube_version(), template.release.profile);
        let taken = &version.compared;
        self.chart.check_kube_version(taken, &version.version, profile.semver()).is_ok()
    }

    /// Renders once more what was found in, and returns where it came from.
    fn provenance(
        &self,
        scenario: &Scenario<'_>,
        made: &Made,
        picked: &HashSet<usize>,
        version: Version,
    ) -> Result<(Option<Rendered>, Provenance), Failure> {
        let mut template = self.template(scenario.own, version)?;
        template.release.records = true;
        // The values are those that were checked.
        template.release.skip_schema_validation = true;
        let names = Provenance::sources(&made.rendered.printed(), picked);
        let mut part = template.clone();
        part.include_crds = false;
        part.release.only = Some(Arc::new(names.clone()));
        if let Ok((_, kept)) = self.run(&part, &scenario.user)
            && kept.agrees_on(&names, &made.kept)
            && let Some(provenance) = kept.provenance()
        {
            return Ok((None, provenance));
        }
        // What other files have done before matters to these.
        let (mut rendered, kept) = self.run(&template, &scenario.user)?;
        self.crds.take(&mut rendered);
        let provenance = kept.provenance().ok_or("nothing was recorded")?;
        Ok((Some(rendered), provenance))
    }

    fn shown(&self) -> Shown<'_> {
        Shown { reference: self.reference.trim_end_matches('/'), chart: self.chart }
    }

    /// Tells what was found in the files of `crds/` that are checked by themselves.
    fn of_crds(&self, Checked { made, versions, .. }: &Checked) -> Vec<Located> {
        let (shown, mut all) = (self.shown(), Vec::new());
        for (first, crd, file) in self.crds.checked(&made.crds) {
            for (place, noted) in &file.found {
                let file = shown.template(&crd.filename.to_string_lossy());
                let noted = noted.only_in(versions);
                all.extend(noted.map(|noted| Located {
                    line: Some((place.1, Some(place.2))),
                    rendered: first + place.1 - 1,
                    ..Located::in_output(place.clone(), noted, file)
                }));
            }
        }
        all
    }

    /// Tells the template lines and the values of what was found.
    fn located(
        &self,
        scenario: &Scenario<'_>,
        Checked { made, found, versions }: Checked,
    ) -> Result<Vec<Located>, Failure> {
        let Some(version) = versions.first().filter(|_| !found.is_empty()) else {
            return Ok(Vec::new());
        };
        let picked = found.keys().map(|place| place.1).collect();
        let (again, provenance) = self.provenance(scenario, &made, &picked, *version)?;
        let rendered = again.as_ref().unwrap_or(&made.rendered);
        let shown = self.shown();
        let known = (self.origins(scenario)?, &shown);
        let map = annotate::map_of_lines(rendered, &provenance, self.reference, known, &picked);
        let map: SourceMap =
            serde_json::from_slice(&map).map_err(|e| Failure::from(e.to_string()))?;
        let mut places = Places::new(&map, &[RENDERED.to_owned()]);
        let sources = made.text.lines().enumerate().filter_map(|(number, line)| {
            Some((number + 1, line.strip_prefix(b"# Source: ")?.to_str_lossy().into_owned()))
        });
        let sources: Vec<(usize, String)> = sources.collect();
        let source = |line: usize| {
            let after = sources.partition_point(|(number, _)| *number <= line);
            Some(sources.get(after.checked_sub(1)?)?.1.clone())
        };
        let lines = self.crds.lines(&made.crds, made.rendered.manifests.is_empty());
        let one = |(place, noted): (Place, Noted)| match places.line(RENDERED, place.1) {
            Some(origin) => {
                // What a Secret holds is told nowhere.
                let (words, values) = match noted.is_of_secret() {
                    true => (origin.names(), Vec::new()),
                    false => (origin.words(), annotate::values_of(&origin)),
                };
                let words = Some(words).filter(|words| !words.is_empty());
                let line = (origin.line, origin.column);
                let rendered = lines.in_all(place.1);
                Located {
                    place,
                    noted,
                    file: origin.file,
                    line: Some(line),
                    rendered,
                    values,
                    words,
                }
            }
            None => {
                let file = source(place.1);
                let file =
                    file.map_or_else(|| shown.reference.to_owned(), |name| shown.template(&name));
                Located::in_output(place, noted, file)
            }
        };
        Ok(found.into_iter().map(one).collect())
    }
}
