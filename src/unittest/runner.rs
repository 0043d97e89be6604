//! Runs the suites of charts, in parallel, and tells what came of them in a fixed order.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use bstr::BString;
use gojsonschema::Loader;
use gostd::value::Frozen;
use gotemplate::Cache as Parsed;
use gotemplate::coverage::Counts;

use super::found::{Found, Trouble};
use super::job::{Kubernetes, Runner};
use super::reach;
use super::results::{SuiteResult, Summary, TestResult};
use super::select::Selection;
use super::snapshot::Cache;
use super::suite::Suite;
use crate::chart::{Chart, load_as};
use crate::clock::Clock;
use crate::coverage::{CoverageError, Report, Templates};
use crate::lookup::Objects;
use crate::profile::Profile;
use crate::render::Limits;
use crate::report::{self, Reporter, Silent, Warning};

/// Runs the suites of charts.
pub struct Options<'o> {
    /// The charts' paths.
    pub charts: &'o [String],
    /// The folder in which the program runs.
    pub folder: PathBuf,
    /// Patterns of the suites' files, from each chart.
    pub test_files: &'o [String],
    /// Patterns of files of values.
    pub values_files: &'o [String],
    /// The objects that `lookup` finds in all tests, if it finds any.
    pub objects: Option<Arc<Objects>>,
    /// The folder of a chart that renders suites, from each chart; empty for none.
    pub chart_tests_path: &'o str,
    /// Runs the suites of the charts within charts, too.
    pub with_subcharts: bool,
    /// Refuses fields of suites that are not known.
    pub strict: bool,
    /// Ends a suite, and its chart's suites, at the first test that fails.
    pub fail_fast: bool,
    /// Takes snapshots that differ as the new ones.
    pub update_snapshots: bool,
    /// Leaves out the check of the values against the charts' schemas.
    pub skip_schema_validation: bool,
    /// Where rendered files are written, if they are.
    pub written_to: Option<PathBuf>,
    /// How many suites may run at a time.
    pub threads: usize,
    /// The time.
    pub clock: &'o Clock,
    /// Brings the documents that schemas refer to.
    pub schemas: &'o (dyn Fn() -> Box<dyn Loader + 'o> + Sync),
    /// Finds the program of a post-renderer by its name or path.
    pub find_program: &'o (dyn Fn(&str) -> Result<PathBuf, String> + Sync),
    /// How much a test's templates may take.
    pub limits: Limits,
    /// Has failing assertions say where what they looked at came from.
    pub explains: bool,
    /// Counts what runs of the charts' templates.
    pub coverage: bool,
    /// Lists the files that suites name.
    pub lists_files: bool,
    /// The files that have changed, by absolute paths without symbolic links: only suites that one of them can reach run.
    pub changed: Option<HashSet<PathBuf>>,
}

/// What is told of a run, in its order.
#[derive(Clone, Debug)]
pub enum Event {
    /// A chart cannot be loaded, or its suites not be read.
    ChartFailed(BString),
    /// The suites of a chart follow.
    Chart {
        /// Its name.
        name: BString,
        /// Its path, as it was given.
        path: String,
    },
    /// A suite was run, or could not be.
    Suite(SuiteResult),
    /// Where a suite is wrong that cannot be read: file, line, column, and what to do.
    Advice(String),
    /// What a suite says without effect, of which the reference is silent: file, line, column, and what was meant.
    Hint(String),
    /// Something is passed over that the reference warns of, too.
    Passed(BString),
    /// Something is passed over that the reference knows nothing of.
    Warning(BString),
    /// What Helm's library logs.
    Logged(Warning),
}

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Whether all charts have passed.
    pub passed: bool,
    /// The suites that were run, for a report.
    pub suites: Vec<SuiteResult>,
    /// The counts.
    pub summary: Summary,
    /// How long it took.
    pub elapsed: Duration,
    /// The files of values and objects that suites name, if these are to be listed.
    pub files: Vec<PathBuf>,
    /// What ran of the templates of each chart whose suites were run, if that was asked for: each suite is a scenario.
    pub coverage: Vec<Report>,
}

/// The Helm release that the reference links.
pub const HELM: &str = "3.21.3";

/// Keeps what Helm's library logs.
#[derive(Debug, Default)]
pub(super) struct Log(Mutex<Vec<Warning>>);

impl Log {
    /// Returns what was logged so far, in order, and forgets it.
    pub(super) fn take(&self) -> Vec<Warning> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Reporter for Log {
    fn report(&self, event: report::Event) {
        if let report::Event::Warning(warning) = event {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
        }
    }
}

/// What running a suite came to, before its snapshots are stored.
struct Ran {
    result: Result<SuiteResult, SuiteResult>,
    cache: Option<Cache>,
    /// The version of Kubernetes before and after.
    before: Kubernetes,
    after: Kubernetes,
    counts: Option<Counts>,
    logged: Vec<Warning>,
}

impl<'o> Options<'o> {
    /// Runs all suites, and calls `tell` as soon as something is known for good.
    pub fn run(&'o self, tell: &mut dyn FnMut(Event)) -> Outcome {
        let start = Instant::now();
        let mut run = Run {
            options: self,
            profile: Profile::parse(HELM).unwrap_or_default(),
            tell,
            outcome: Outcome { passed: true, ..Outcome::default() },
            kubernetes: Kubernetes::default(),
            stored: HashSet::new(),
            counts: Vec::new(),
        };
        for path in self.charts {
            let (passed, error) = match run.chart(path) {
                Ok(passed) => (passed, None),
                Err(why) => (false, Some(why)),
            };
            let is_error = error.is_some();
            if let Some(why) = error {
                (run.tell)(Event::ChartFailed(why));
            }
            run.outcome.summary.count_chart(passed, is_error);
            run.outcome.passed &= passed;
            if is_error && self.fail_fast {
                break;
            }
        }
        run.outcome.elapsed = start.elapsed();
        run.outcome
    }
}

/// A run on its way.
struct Run<'r, 't> {
    options: &'r Options<'r>,
    profile: Profile,
    tell: &'t mut dyn FnMut(Event),
    outcome: Outcome,
    /// What the next test sees where it says nothing else: the reference keeps it for all of a run.
    kubernetes: Kubernetes,
    /// The names of the suites whose snapshots were stored: suites of one file share theirs.
    stored: HashSet<String>,
    /// What each suite of the chart has run of its templates.
    counts: Vec<(String, Option<String>, Counts)>,
}

/// What the suites of a chart share.
struct Shared<'r> {
    chart: Chart<Frozen>,
    /// Where it lies.
    path: String,
    suites: Vec<Suite>,
    parsed: Parsed,
    options: &'r Options<'r>,
    profile: Profile,
}

impl Run<'_, '_> {
    /// Runs the suites of a chart, and tells whether they have passed.
    fn chart(&mut self, path: &str) -> Result<bool, BString> {
        let words = |e: crate::chart::ChartError| BString::from(e.to_string());
        let log = Log::default();
        let chart = load_as(Path::new(path), self.profile, &log);
        self.tell_logged(log.take());
        let chart = chart.map_err(words)?;
        let found = Found::new(self.options, self.profile, &chart, path);
        for trouble in found.troubles {
            match trouble {
                Trouble::Suite(result) => self.suite(result),
                Trouble::Advice(text) => (self.tell)(Event::Advice(text)),
                Trouble::Hint(text) => (self.tell)(Event::Hint(text)),
                Trouble::Passed(why) => (self.tell)(Event::Passed(why)),
                Trouble::Logged(warning) => (self.tell)(Event::Logged(warning)),
            }
        }
        let mut suites = found.suites?;
        if self.options.lists_files {
            let files = suites.iter().flat_map(|suite| reach::named(suite, &self.options.folder));
            self.outcome.files.extend(files);
        }
        let changed = self.options.changed.as_ref();
        if let Some(changed) = changed {
            reach::retain(&mut suites, changed, &self.options.folder, &chart, path);
        }
        if suites.is_empty() {
            let why = match changed {
                Some(_) => "what has changed reaches no suite".to_owned(),
                None => format!("no file matches {}", self.options.test_files.join(", ")),
            };
            (self.tell)(Event::Hint(format!("{path}: {why}: no test is run")));
        }
        (self.tell)(Event::Chart { name: chart.name().to_vec().into(), path: path.to_owned() });
        let shared = Shared {
            chart: chart.freeze().map_err(words)?,
            path: path.to_owned(),
            suites,
            parsed: Parsed::default(),
            options: self.options,
            profile: self.profile,
        };
        let passed = self.suites(&shared, &chart);
        if self.options.coverage {
            self.measure(&shared, &chart, path);
        }
        Ok(passed)
    }

    /// Makes a report of what the chart's suites have run: of its own templates, and of those of the charts within it that
    /// have suites.
    fn measure(&mut self, shared: &Shared<'_>, chart: &Chart, path: &str) {
        let counts = std::mem::take(&mut self.counts);
        let root = path.trim_end_matches('/').trim_start_matches("./");
        let root = if root == "." { String::new() } else { root.to_owned() };
        let name = chart.name().to_string_lossy();
        let routes: HashSet<&str> =
            shared.suites.iter().map(|suite| suite.route.as_str()).chain([&*name]).collect();
        match Templates::of(chart, self.options.with_subcharts, self.profile) {
            Ok(templates) => {
                let is_tested = |folder: &str| {
                    routes.contains(format!("{name}/{folder}").trim_end_matches('/'))
                };
                let templates = templates.of_charts(is_tested);
                self.outcome.coverage.push(Report::new(chart, root, templates, counts));
            }
            Err(why) => {
                let why = match why {
                    CoverageError::Chart(why) => why.to_string(),
                    CoverageError::Parse(why) => String::from_utf8_lossy(&why.text()).into_owned(),
                };
                (self.tell)(Event::Warning(format!("no coverage of {path}: {why}").into()));
            }
        }
    }

    fn tell_logged(&mut self, logged: Vec<Warning>) {
        logged.into_iter().for_each(|warning| (self.tell)(Event::Logged(warning)));
    }

    fn suite(&mut self, result: SuiteResult) {
        self.outcome.summary.count_suite(&result);
        (self.tell)(Event::Suite(result));
    }

    fn suites(&mut self, shared: &Shared<'_>, chart: &Chart) -> bool {
        // All tests are checked against the same schemas.
        let _kept = gojsonschema6::Keep::new();
        let count = shared.suites.len();
        let threads = self.options.threads.min(count);
        if threads < 2 || self.options.written_to.is_some() {
            let mut passed = true;
            for suite in &shared.suites {
                let (is_passed, ends) = self.finish(shared, chart, suite, None);
                passed &= is_passed;
                if !passed && ends {
                    break;
                }
            }
            return passed;
        }
        let starts = starts(&shared.suites, &self.kubernetes);
        let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let (sender, receiver) = mpsc::channel();
        let mut passed = true;
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let sender = sender.clone();
                let (next, is_over, starts) = (&next, &is_over, &starts);
                scope.spawn(move || {
                    let _kept = gojsonschema6::Keep::new();
                    let chart = shared.chart.thaw();
                    let schemas = (shared.options.schemas)();
                    while !is_over.load(Ordering::Relaxed) {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(suite) = shared.suites.get(at) else { break };
                        // What programs do that suites start is seen: each runs once, in its turn.
                        let ran = (!starts_programs(suite))
                            .then(|| shared.run(suite, &chart, &*schemas, starts[at].clone()));
                        if sender.send((at, ran)).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(sender);
            let mut waiting = BTreeMap::new();
            let mut at = 0;
            for (index, ran) in receiver {
                waiting.insert(index, ran);
                while let Some(ran) = waiting.remove(&at) {
                    let suite = &shared.suites[at];
                    at += 1;
                    let (is_passed, ends) = self.finish(shared, chart, suite, ran);
                    passed &= is_passed;
                    if !passed && ends {
                        is_over.store(true, Ordering::Relaxed);
                        return;
                    }
                }
            }
        });
        passed
    }

    /// Runs a suite unless that was done as it has to be, stores its snapshots and tells its result: whether it has passed,
    /// and whether it ends its chart.
    fn finish(
        &mut self,
        shared: &Shared<'_>,
        chart: &Chart,
        suite: &Suite,
        ran: Option<Ran>,
    ) -> (bool, bool) {
        let name = suite.snapshot_name();
        // A test before may not have got as far as was thought, or the snapshots may be others since.
        let is_right = |ran: &Ran| ran.before == self.kubernetes && !self.stored.contains(&name);
        let ran = match ran.filter(is_right) {
            Some(ran) => ran,
            None => {
                let schemas = (self.options.schemas)();
                shared.run(suite, chart, &*schemas, self.kubernetes.clone())
            }
        };
        self.kubernetes = ran.after;
        self.tell_logged(ran.logged);
        if let Some(counts) = ran.counts {
            self.counts.push((format!("{} ({})", suite.name, suite.file), None, counts));
        }
        // Only now: with `--failfast` suites may have run whose turn does not come.
        let made = ran.cache.as_ref().map_or(Ok(()), Cache::make_folder);
        let result = match made.map_err(|why| refused(suite, &why.to_string())) {
            Ok(()) => ran.result,
            Err(result) => Err(result),
        };
        let result = match result {
            Ok(result) => result,
            Err(result) => {
                self.suite(result);
                return (false, false);
            }
        };
        let (mut passed, ends) = (result.passed, result.fail_fast);
        self.outcome.suites.push(result.clone());
        self.suite(result);
        match ran.cache.map_or(Ok(false), |cache| cache.store()) {
            Ok(false) => {}
            Ok(true) => _ = self.stored.insert(name),
            Err(why) => {
                self.suite(SuiteResult {
                    file_path: name.into(),
                    exec_error: Some(why.to_string().into()),
                    ..SuiteResult::default()
                });
                passed = false;
            }
        }
        (passed, ends)
    }
}

/// Returns what each suite begins with if every test gets as far as its cluster.
fn starts(suites: &[Suite], first: &Kubernetes) -> Vec<Kubernetes> {
    let mut now = first.clone();
    let mut starts = Vec::with_capacity(suites.len());
    for suite in suites {
        starts.push(now.clone());
        for test in suite.tests.iter().filter(|test| test.skip_reason.is_empty()) {
            let given = &test.cluster;
            for (own, given) in [(&mut now.major, &given.major), (&mut now.minor, &given.minor)] {
                if !given.is_empty() {
                    own.clone_from(given);
                }
            }
        }
    }
    starts
}

/// Tells whether a test of a suite has a post-renderer.
fn starts_programs(suite: &Suite) -> bool {
    let own = suite.tests.iter().map(|test| &test.post_renderer);
    own.chain([&suite.post_renderer]).any(|program| !program.command.is_empty())
}

/// Returns the result of a suite that cannot be run.
fn refused(suite: &Suite, why: &str) -> SuiteResult {
    SuiteResult {
        file_path: suite.file.as_str().into(),
        exec_error: Some(why.into()),
        ..SuiteResult::default()
    }
}

/// Returns what comes of a suite that cannot be run.
fn not_run(suite: &Suite, why: &str, before: Kubernetes) -> Ran {
    let result = refused(suite, why);
    let after = before.clone();
    Ran { result: Err(result), cache: None, before, after, counts: None, logged: Vec::new() }
}

impl Shared<'_> {
    /// Runs the tests of a suite, as the Helm that it names.
    fn run(&self, suite: &Suite, chart: &Chart, schemas: &dyn Loader, before: Kubernetes) -> Ran {
        let Some(profile) = suite.helm.filter(|profile| *profile != self.profile) else {
            return self.run_as(self.profile, &self.parsed, suite, chart, schemas, before);
        };
        // Helms read charts and parse templates by rules of their own.
        profile.go().scope(|| match load_as(Path::new(&self.path), profile, &Silent) {
            Ok(chart) => self.run_as(profile, &Parsed::default(), suite, &chart, schemas, before),
            Err(why) => not_run(suite, &why.to_string(), before),
        })
    }

    fn run_as(
        &self,
        profile: Profile,
        parsed: &Parsed,
        suite: &Suite,
        chart: &Chart,
        schemas: &dyn Loader,
        before: Kubernetes,
    ) -> Ran {
        let options = self.options;
        let mut result = SuiteResult {
            display_name: suite.name.as_str().into(),
            file_path: suite.file.as_str().into(),
            ..SuiteResult::default()
        };
        let name = suite.snapshot_name();

        let mut cache = match Cache::open(name.as_bytes(), options.update_snapshots) {
            Ok(cache) => cache,
            Err(why) => return not_run(suite, &why.to_string(), before),
        };
        let counts = options.coverage.then(Mutex::<Counts>::default);
        let log = Log::default();
        let runner = Runner {
            counts: counts.as_ref(),
            chart,
            parsed,
            folder: &options.folder,
            profile,
            clock: options.clock,
            schemas,
            skip_schemas: options.skip_schema_validation,
            fail_fast: options.fail_fast,
            explains: options.explains,
            written_to: options.written_to.as_deref(),
            find_program: options.find_program,
            limits: options.limits,
            reporter: &log,
        };
        let mut selection = Selection::new(&suite.route, &suite.templates, &suite.excluded);
        let mut after = before.clone();
        let mut skipped = 0;
        for (index, test) in suite.tests.iter().enumerate() {
            if test.skip_reason.is_empty() {
                let test = runner.run(suite, test, index, &mut selection, &mut cache, &mut after);
                result.passed = test.passed && (index == 0 || result.passed);
                result.tests.push(test);
            } else {
                skipped += 1;
                if index == 0 {
                    result.passed = true;
                }
                result.tests.push(TestResult {
                    display_name: test.name.as_str().into(),
                    index,
                    skipped: true,
                    ..TestResult::default()
                });
            }
            if !result.passed && options.fail_fast {
                result.fail_fast = true;
                break;
            }
        }
        result.skipped = skipped == suite.tests.len();
        result.snapshots = cache.counts();
        let counts = counts.map(|all| all.into_inner().unwrap_or_else(PoisonError::into_inner));
        let logged = log.take();
        Ran { result: Ok(result), cache: Some(cache), before, after, counts, logged }
    }
}
