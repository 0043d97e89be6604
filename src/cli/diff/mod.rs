//! Implements `statefulchart diff`: what a change does to the manifests, and why.

mod annotations;
mod dependencies;
mod matrix;
mod reasons;
mod refused;
mod revision;
mod scenarios;
mod sides;
mod targets;
mod upgrade;
mod worktree;

use std::collections::HashSet;

use gostd::os::path_of;
use statefulchart::action::{Compared, Diff};
use statefulchart::diff::effects::Effect;
use statefulchart::diff::show::{self, Only, Reason, Report};
use statefulchart::diff::{Difference, Fold, Options};

use super::flags::{Flag, Given, Kind, known};
use super::input::Once;
use super::{
    Args, Command, Failure, findings, globs, kube_versions, output, pager, render, settings, values,
};

/// The forms of a report; the first is the default.
const FORMATS: &[&str] = &["text", "unified", "markdown", "github", "gitlab", "json", "html"];
/// How long a comment on GitHub may be, in bytes, with some room to spare.
const COMMENT: u64 = 65_000;
/// How much is folded; the first is the default.
const FOLDS: &[&str] = &["same", "none"];
/// The exit status where something differs.
const DIFFERS: u8 = 2;
/// The time that templates see on both sides, in seconds: a noon.
const NOON: i64 = 1_735_732_800;
/// For how many templates the commit is looked for.
const MOST_COMMITS: usize = 20;
/// How many lines stand around those that differ.
const CONTEXT: usize = 3;

const FLAGS: &[Flag] = &[
    known::AGAINST.about("what is deployed, for diff upgrade: what helm get all prints, the release's Secret, or manifests"),
    known::RESET_VALUES.about("with upgrade: take no values of the deployed release"),
    known::REUSE_VALUES.about("with upgrade: take the deployed release's values, and those given over them"),
    known::RESET_THEN_REUSE_VALUES.about("with upgrade: take the chart's defaults, the values the deployed release was given, and those given over them"),
    known::CONTEXT.about("lines shown around those of a text that differ").or("3"),
    known::DETAILED_EXITCODE.about("exit with status 2 where something differs"),
    known::FIND_RENAMES.about("match objects of other names by what they hold").or("true"),
    known::FOLD
        .of_kind(Kind::OneOf(FOLDS))
        .about("show once what is the same in several objects (same), or everything (none)")
        .or("same"),
    known::FROM.about("compare the charts as Git has them at this revision"),
    known::TO.about("with what they are at this one, not in the working tree"),
    known::IS_UPGRADE.about("set .Release.IsUpgrade instead of .Release.IsInstall"),
    known::LIMIT_BYTES.about("the most that markdown may take: what matters least is left out").or("65000"),
    known::NO_HOOKS.about("leave hooks out"),
    known::OUTPUT
        .of_kind(Kind::OneOf(FORMATS))
        .about("print the report in this form: text, unified, markdown, github, gitlab, json or html")
        .or("text"),
    known::RELEASE.about("the release's name").or("release-name"),
    known::SHOW_SECRETS.about("show what Secrets hold"),
    known::SKIP_SCHEMA_VALIDATION.about("disable JSON schema validation"),
    known::SKIP_TESTS.about("leave hooks out that are tests"),
    known::STRICT.about("fail where a chart does not render on one side, or one side alone has a scenario"),
    known::TO_HELM.about("the release of Helm that renders the right side"),
    known::TO_KUBE_VERSION.about("the version of Kubernetes that the right side is rendered for"),
    known::TO_SET.about("set values of the right side alone (key1=val1,key2=val2; repeatable)"),
    known::TO_VALUES
        .about("values files of the right side alone, behind those of -f (can specify multiple)"),
    known::TO_VERSION.about("the version of the right side's chart, from a repository"),
    known::VERSION.about("a version constraint for a chart from a repository"),
    known::REPO.about("chart repository url where to locate the chart"),
];

const CLUSTER_FLAGS: &[Flag] = &[
    known::API_VERSIONS.about("Kubernetes api versions used for Capabilities.APIVersions"),
    known::KUBE_VERSIONS.about(
        "Kubernetes versions used for Capabilities.KubeVersion, e.g. 1.31 or 1.30..1.33, divided by commas: each a scenario (repeatable)",
    ),
    render::LOOKUP,
];

pub(in crate::cli) const COMMAND: Command = Command {
    name: "diff",
    usage: "diff A B",
    about: "show what a change does to the manifests, and why",
    long: "Compare two charts as they render, or two sets of manifests, object by object.\n\nA and B are each a chart's folder, archive, repository or OCI reference, a file or folder of manifests, `-` for\nstandard input, or what `helm get manifest`, `helm get all` or `kubectl get -o yaml` prints. With --to-values,\n--to-set, --to-version, --to-kube-version or --to-helm one chart is compared with itself: these flags hold for the\nright side alone. With --from REVISION one chart, or every chart of the repository that the change can touch, is\ncompared with what Git has of it and of the values files at that revision; no work tree is made.\n\nFiles of -f are layers that hold for every render. Each values file of --values, each version of --kube-version and\neach release of --helm is a scenario of its own, over these layers; with the chart's defaults as the first one.\nScenarios with the same difference are shown once.\n\n`diff upgrade NAME CHART --against FILE` tells what an upgrade would do to a release, without a cluster: FILE is\nwhat `helm get all NAME` prints, the release's Secret in JSON or YAML, or manifests. Values are reused as by\n`helm upgrade`.\n\nObjects are matched by kind and name, items of lists by what names them. What is the same in several objects is\nshown once. Where both sides are charts each difference is told with its cause: the value and who sets it, the line\nof the template, the version of a dependency.\n\nThe exit status is 0, or with --detailed-exitcode 2 where something differs; 1 for errors.",
    flags: &[FLAGS, globs::SCENARIO_FLAGS, values::SET_FLAGS, CLUSTER_FLAGS],
    args: Args::AtMost(3),
    run,
};

/// What came of a comparison in a scenario.
struct Done {
    chart: String,
    scenarios: Vec<String>,
    only: Vec<Only>,
    names: [String; 2],
    compared: Compared,
    /// How many objects are the same, in the scenario with the most of them.
    most_same: usize,
    reasons: Vec<Reason>,
    effects: Vec<Effect>,
    /// What annotations need beside it.
    places: annotations::Places,
    failed: [Option<String>; 2],
}

fn run(given: &Given) -> Result<(), Failure> {
    kube_versions::tell_of_unasked(given)?;
    if given.args.first().is_some_and(|arg| arg == "upgrade") && !path_of("upgrade").exists() {
        return upgrade::run(given);
    }
    if given.against.is_some() {
        return Err("--against is for `diff upgrade NAME CHART --against FILE`".into());
    }
    let targets = targets::of(given)?;
    let once = Once::default();
    let has_many = targets.len() > 1 || given.args.is_empty();
    let mut all: Vec<Done> = Vec::new();
    let mut failures = Vec::new();
    for target in &targets {
        match matrix::compare(given, target, has_many, &once) {
            Ok(done) => all.extend(done),
            // A report is read where nobody reads standard error: with --from as a comment. It has to say what it lacks.
            Err(one) if !has_many && (given.from.is_none() || given.strict) => {
                return Err(one.failure);
            }
            Err(matrix::Uncompared { failure, done }) => {
                all.push(*done);
                let text = String::from_utf8_lossy(&failure.text(false)).into_owned();
                let is_named = text.contains(&target.name);
                failures.push(if is_named { failure } else { failure.within(&target.name) });
            }
        }
    }
    if failures.is_empty() {
        return print(given, &all);
    }
    // What is said of the charts is more than that some differ.
    let _ = print(given, &all);
    let count = failures.len();
    let line = |failure: &Failure| format!("\n  {}", String::from_utf8_lossy(&failure.text(false)));
    let lines: String = failures.iter().map(line).collect();
    match failures.pop() {
        Some(failure) if !has_many => Err(failure),
        _ => Err(format!("{count} of {} charts cannot be compared:{lines}", targets.len()).into()),
    }
}

fn action(given: &Given) -> Diff {
    let find_renames = given.find_renames.unwrap_or(true);
    Diff {
        options: Options { show_secrets: given.show_secrets, find_renames },
        no_hooks: given.no_hooks,
        skip_tests: given.skip_tests,
        places: matches!(given.form.as_deref(), Some("github" | "gitlab")),
    }
}

/// Fails where a side does not render, if that is not to be shown as a difference.
fn fail_if_strict(
    given: &Given,
    failed: &[Option<String>; 2],
    names: &[String; 2],
) -> Result<(), Failure> {
    let first = names.iter().zip(failed).find_map(|(name, why)| Some((name, why.as_ref()?)));
    match first {
        Some((name, why)) if given.strict => Err(format!("{name} does not render: {why}").into()),
        _ => Ok(()),
    }
}

impl Done {
    /// Returns all that is shown of it: what is equal is the same difference.
    fn key(&self, given: &Given) -> String {
        // Where an object stands among the others is no difference, nor how many others there are.
        let mut comparison = self.compared.comparison.clone();
        comparison.same = 0;
        let sides =
            comparison.differences.iter_mut().flat_map(|d| d.old.iter_mut().chain(&mut d.new));
        sides.for_each(|object| object.line = 0);
        let causes = |object: usize, change: Option<usize>| self.causes(object, change);
        let whole = self.report(given, &causes);
        let report = Report { comparison: &comparison, most_same: 0, ..whole };
        let mut key = show::json(&[report]);
        let alone = |difference: &&Difference| difference.old.is_none() || difference.new.is_none();
        for object in comparison.differences.iter().filter(alone) {
            // JSON has no bodies of objects that come or go.
            let text = object.object().map(|object| object.text.to_string_lossy());
            key.push('\0');
            key.push_str(text.unwrap_or_default().trim_end());
        }
        key
    }

    fn causes(&self, object: usize, change: Option<usize>) -> Vec<usize> {
        let causes = self.compared.causes.as_ref();
        causes.map(|causes| causes.of(object, change)).unwrap_or_default()
    }

    fn report<'r>(
        &'r self,
        given: &Given,
        causes: &'r dyn Fn(usize, Option<usize>) -> Vec<usize>,
    ) -> Report<'r> {
        Report {
            chart: self.chart.clone(),
            scenarios: self.scenarios.clone(),
            only: self.only.clone(),
            failed: self.failed.clone(),
            names: [&self.names[0], &self.names[1]],
            comparison: &self.compared.comparison,
            most_same: self.most_same,
            reasons: &self.reasons,
            causes,
            effects: &self.effects,
            fold: if given.fold.as_deref() == Some("none") { Fold::None } else { Fold::Same },
            context: given.context.unwrap_or(CONTEXT),
        }
    }
}

/// Says once what is left out of objects that were read from an API server.
fn tell_of_served(all: &[Done]) {
    let objects = all.iter().flat_map(|done| done.compared.objects.iter().flatten().flatten());
    let served: HashSet<_> = objects.filter(|o| o.is_served()).map(|o| &o.id).collect();
    if !served.is_empty() {
        let count = match served.len() {
            1 => "1 object was".to_owned(),
            n => format!("{n} objects were"),
        };
        output::stderr(
            format!("{count} read from a cluster: what the API server and Helm write into them (status, uid, managedFields …) is left out, and defaults that the other side does not set\n").as_bytes(),
        );
    }
}

/// Prints what differs.
///
/// # Errors
/// One without words where something does, if `--detailed-exitcode` asks for the status.
fn print(given: &Given, all: &[Done]) -> Result<(), Failure> {
    let causes: Vec<_> = all
        .iter()
        .map(|done| move |object: usize, change: Option<usize>| done.causes(object, change))
        .collect();
    let reports: Vec<Report<'_>> =
        all.iter().zip(&causes).map(|(done, causes)| done.report(given, causes)).collect();
    tell_of_served(all);
    if all.iter().any(|done| done.compared.is_random) {
        output::stderr(b"templates draw random values (randAlphaNum, genCA ...): they are the same on both sides\n");
    }
    let annotated = || {
        let places = all.iter().map(|done| &done.places);
        annotations::of(&reports.iter().zip(places).collect::<Vec<_>>())
    };
    let color = settings::color(given);
    let text = match given.form.as_deref() {
        Some("json") => show::json(&reports),
        Some("unified") => show::unified(&reports, color),
        Some("markdown") => show::markdown(&reports, given.limit_bytes.unwrap_or(COMMENT) as usize),
        Some("html") => show::html(&reports),
        Some("github") => findings::github(annotated().iter().map(|one| &one.finding)),
        Some("gitlab") => {
            findings::gitlab(annotated().iter().map(|one| (&one.finding, &*one.identity)))
        }
        _ => show::text(&reports, color),
    };
    match given.form.as_deref() {
        None | Some("text" | "unified") => pager::print(&text)?,
        _ => output::stdout(text.as_bytes())?,
    }
    if reports.iter().any(|report| report.failed.iter().all(Option::is_some)) {
        return Err("neither side renders: nothing is known of what differs".into());
    }
    match given.detailed_exitcode && reports.iter().any(Report::differs) {
        true => Err(Failure::silent(DIFFERS)),
        false => Ok(()),
    }
}
