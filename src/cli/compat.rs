//! Implements `statefulchart compat`: what another Helm makes of a chart, and why.

use std::fmt::Write;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use gostd::value::{Frozen, Map, Value};
use serde::Serialize;
use similar::{ChangeTag, TextDiff};
use statefulchart::action::{self, Cause, Change, Comparison, Compat, ReleaseOptions};
use statefulchart::profile::{HelmVersion, Profile, RELEASES, Rule, newest_of_each_minor};
use statefulchart::report::Silent;

use super::flags::{Flag, Format, Given, known};
use super::net::Schemas;
use super::{Args, Command, Failure, output, render, table, values};

const FLAGS: &[Flag] = &[
    known::FROM.about("the Helm version that is left (default: 3.17.3)"),
    known::TO.about(
        "the Helm version that is gone to (default: the newest of each minor version, as a table)",
    ),
    known::VERSIONS
        .about("compares with every known Helm version, not only the newest of each minor version"),
    known::OUTPUT
        .about("prints the output in the specified format: table, json or yaml")
        .or("table"),
];

pub(super) const COMMAND: Command = Command {
    name: "compat",
    usage: "compat CHART...",
    about: "say what another version of Helm makes of a chart, and why",
    long: "Render charts as two versions of Helm do, and name for each document that differs the rule of Helm that\nmakes the difference, with what to do in the chart.\n\nWithout --to, the newest of each minor version is compared with the one of --from, as a table; with\n--versions every known one.\n\nCharts are folders or archives, and may be many: they are rendered in parallel. The exit status is 0\nwhere nothing differs, 2 where something does, and 1 where a chart cannot be read.",
    flags: &[FLAGS, render::OWN_CLUSTER_FLAGS, values::FLAGS],
    args: Args::AtLeast(1),
    run,
};

/// The exit status where something differs.
const DIFFERS: u8 = 2;
/// How many documents of a cause are named.
const NAMED: usize = 5;
/// How many lines of a document's difference are shown.
const SHOWN: usize = 12;

/// What becomes of a chart under each of the versions that it was compared with.
struct Compared {
    path: String,
    found: Result<Vec<(Profile, Comparison)>, String>,
}

fn run(given: &Given) -> Result<(), Failure> {
    let version = |text: &Option<String>| match text.as_deref() {
        None | Some("") => Ok(None),
        Some(text) => Profile::parse(text).map(Some).map_err(|e| Failure::from(e.to_string())),
    };
    let from = version(&given.from)?.unwrap_or_default();
    let to = version(&given.to)?;
    let others = match to {
        Some(to) => vec![to],
        None if given.versions => RELEASES.iter().map(Profile::of).collect(),
        None => newest_of_each_minor().map(Profile::of).collect(),
    };
    let compared = compare(given, from, &others, &Users::read(given)?)?;
    match given.output {
        Format::Json | Format::Yaml => print_data(given, from, &compared)?,
        Format::Table => {
            let mut text = String::new();
            for chart in &compared {
                match (&chart.found, to) {
                    (Err(_), _) => {}
                    (Ok(found), None) => overview(&mut text, &chart.path, from, found),
                    (Ok(found), Some(_)) => {
                        found
                            .iter()
                            .for_each(|(to, c)| report(&mut text, &chart.path, from, *to, c));
                    }
                }
            }
            output::stdout(text.as_bytes())?;
        }
    }
    let mut unread = compared.iter().filter_map(|c| Some((&c.path, c.found.as_ref().err()?)));
    if let Some((path, why)) = unread.next() {
        let more = unread.map(|(path, why)| format!("\n{path}: {why}")).collect::<String>();
        return Err(format!("{path}: {why}{more}").into());
    }
    let all = compared.iter().flat_map(|c| c.found.iter().flatten());
    match all.map(|(_, comparison)| comparison).all(Comparison::is_same) {
        true => Ok(()),
        false => Err(Failure::silent(DIFFERS)),
    }
}

/// Compares the charts, several at once.
fn compare(
    given: &Given,
    from: Profile,
    others: &[Profile],
    users: &Users,
) -> Result<Vec<Compared>, Failure> {
    // A text that is no version is an error whichever release is asked.
    render::kube_version(given)?;
    let mut release = render::release_options(given, "release-name", "", None)?;
    // The time is the same for all.
    let now = release.clock.now().seconds;
    release.clock.fixed.get_or_insert(now);
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Compared)>> = Mutex::default();
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(given.args.len()) {
            scope.spawn(|| {
                while let at = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(path) = given.args.get(at)
                {
                    let found = of_chart(given, path, from, others, users, &release);
                    let compared = Compared { path: path.clone(), found };
                    done.lock().unwrap_or_else(|e| e.into_inner()).push((at, compared));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(|e| e.into_inner());
    done.sort_by_key(|(at, _)| *at);
    Ok(done.into_iter().map(|(_, compared)| compared).collect())
}

fn of_chart(
    given: &Given,
    path: &str,
    from: Profile,
    others: &[Profile],
    users: &Users,
    release: &ReleaseOptions,
) -> Result<Vec<(Profile, Comparison)>, String> {
    let words = |e: action::Error| shown(&e, from);
    let load = |profile: Profile| {
        let chart = action::open(Path::new(path), profile, &Silent)?;
        action::check_dependencies(&chart)?;
        Ok((chart, users.of(profile)))
    };
    // One that is no chart at all is an error whichever release is asked.
    let first = load(from);
    if first.is_err() && others.iter().all(|to| load(*to).is_err()) {
        return Err(first.err().map(words).unwrap_or_default());
    }
    let schemas = Schemas::of(given);
    let mut found = Vec::with_capacity(others.len());
    for to in others {
        let kube_version = given.kube_version.clone();
        let compat = Compat { release: release.clone(), kube_version, from, to: *to };
        let comparison = compat.run(&load, &schemas);
        // A limit of ours says nothing of Helm; neither does a chart that no release renders.
        let [before, after] = &comparison.failed;
        let exceeded = [before, after].into_iter().flatten().find(|e| e.exceeded().is_some());
        if let Some(error) = exceeded.or(before.as_ref().filter(|_| after.is_some())) {
            return Err(shown(error, from));
        }
        found.push((*to, comparison));
    }
    Ok(found)
}

/// Returns a release's words for an error, with what to do about a limit.
pub(super) fn shown(error: &action::Error, profile: Profile) -> String {
    let words = error.layers(profile).join(&b": "[..]);
    let words = String::from_utf8_lossy(&words).trim_end().to_owned();
    match error.exceeded() {
        Some(_) => format!("{words} (--max-memory, --max-output and --max-time raise the limits)"),
        None => words,
    }
}

/// The user's values as releases read them that take the first document of a file, and as those do that take all.
struct Users([Frozen; 2]);

impl Users {
    fn read(given: &Given) -> Result<Users, Failure> {
        let later = RELEASES.iter().map(Profile::of).find(|p| p.has(Rule::ValuesDocuments));
        let first = Frozen::new(&Value::Map(values::merge_as(given, Profile::DEFAULT)?));
        // Standard input is read once.
        let is_read = given.values.iter().any(|path| path.trim() == "-");
        let all = match later.filter(|_| !is_read) {
            Some(later) => Frozen::new(&Value::Map(values::merge_as(given, later)?)),
            None => first.clone(),
        };
        Ok(Users([first, all]))
    }

    fn of(&self, profile: Profile) -> Map {
        let frozen = &self.0[usize::from(profile.has(Rule::ValuesDocuments))];
        frozen.thaw().as_map().unwrap_or_default()
    }
}

/// Says in a few words what becomes of a chart.
fn result(comparison: &Comparison) -> String {
    let Comparison { documents, changes, reordered, failed, .. } = comparison;
    let what = match failed {
        [None, Some(_)] => "does not render any more".to_owned(),
        [Some(_), None] => "renders now".to_owned(),
        [Some(_), Some(_)] => "renders as neither".to_owned(),
        [None, None] if changes.is_empty() && !reordered.is_empty() => "other order".to_owned(),
        [None, None] if changes.is_empty() => "same".to_owned(),
        [None, None] => format!("{} of {documents} documents differ", changes.len()),
    };
    match !changes.is_empty() && !reordered.is_empty() {
        true => format!("{what}, other order"),
        false => what,
    }
}

/// Appends a table of versions.
fn overview(text: &mut String, path: &str, from: Profile, found: &[(Profile, Comparison)]) {
    let _ = writeln!(text, "{path}, against Helm {}", from.helm().version);
    let title = ["HELM", "RESULT", "RULES"];
    let mut rows = vec![title.map(str::to_owned).to_vec()];
    for (to, comparison) in found {
        let causes: Vec<&str> = comparison.causes().into_iter().map(Cause::name).collect();
        rows.push(vec![to.helm().version.to_string(), result(comparison), causes.join(", ")]);
    }
    text.push_str(&table::layout(&rows, 0));
    text.push('\n');
}

/// Appends what differs between two versions, by what makes it.
fn report(text: &mut String, path: &str, from: Profile, to: Profile, found: &Comparison) {
    let [before, after] = [from, to].map(|profile| profile.helm().version);
    let _ = writeln!(text, "{path}, Helm {before} -> {after}: {}", result(found));
    let sides: [(&Option<action::Error>, Profile); 2] =
        [(&found.failed[0], from), (&found.failed[1], to)];
    for (error, profile) in sides {
        let Some(error) = error else { continue };
        let words = error.layers(profile).join(&b": "[..]);
        let words = String::from_utf8_lossy(&words).replace('\n', "\n    ");
        let _ = writeln!(text, "  Helm {}: {words}", profile.helm().version);
    }
    for cause in found.causes() {
        explain(text, cause, found, before, after);
    }
    let unexplained: Vec<&Change> = found.changes.iter().filter(|c| c.steps.is_empty()).collect();
    if !unexplained.is_empty() {
        text.push_str("\n  by several rules at once\n");
        documents(text, &unexplained, None);
    }
    text.push('\n');
}

/// Appends a cause, with the documents that it changes and the difference in the first of them.
fn explain(
    text: &mut String,
    cause: Cause,
    found: &Comparison,
    before: HelmVersion,
    after: HelmVersion,
) {
    let _ = match cause.row() {
        Some(row) if row.about.is_empty() => writeln!(text, "\n  {}", row.name),
        Some(row) => writeln!(text, "\n  {}: {}", row.name, row.about),
        None if cause == Cause::Kubernetes => writeln!(
            text,
            "\n  {}: Helm {after} assumes another Kubernetes than {before} where --kube-version gives none",
            cause.name()
        ),
        None => writeln!(text, "\n  {}: a template prints .Capabilities.HelmVersion", cause.name()),
    };
    let advice = match (cause.row(), cause) {
        (Some(row), _) => row.advice,
        (None, Cause::Kubernetes) => {
            "give --kube-version, and --api-versions for what the cluster has"
        }
        (None, _) => "",
    };
    if !advice.is_empty() {
        let _ = writeln!(text, "  to do: {advice}");
    }
    if let Some(row) = cause.row() {
        let _ = writeln!(text, "  Helm's change: {}", row.link());
    }
    let places: Vec<_> = found.places(cause).collect();
    for place in places.iter().take(NAMED) {
        let (file, what) = (table::shown(&place.file), table::shown(&place.what));
        let _ = writeln!(text, "  at {file}:{}: {what}", place.line);
    }
    if let Some(more) = places.len().checked_sub(NAMED).filter(|more| *more > 0) {
        let _ = writeln!(text, "  and {more} more");
    }
    if found.reordered.contains(&cause) {
        text.push_str("    brings the documents into another order\n");
    }
    let changes = found.changes.iter().filter(|change| change.step(cause).is_some());
    documents(text, &changes.collect::<Vec<_>>(), Some(cause));
}

/// Appends the documents, with what a cause changes in the first of them.
fn documents(text: &mut String, changes: &[&Change], cause: Option<Cause>) {
    for change in changes.iter().take(NAMED) {
        let _ = writeln!(text, "    {} ({})", change.source, change.object);
    }
    if let Some(more) = changes.len().checked_sub(NAMED).filter(|more| *more > 0) {
        let _ = writeln!(text, "    and {more} more");
    }
    let Some(first) = changes.first() else { return };
    if first.is_secret() {
        text.push_str("      (the data of a Secret is not shown)\n");
        return;
    }
    let side = |side: &Option<Vec<u8>>| {
        side.as_ref()
            .map_or(String::new(), |text| String::from_utf8_lossy(text).into_owned() + "\n")
    };
    let (a, b) = match cause.and_then(|cause| first.step(cause)) {
        Some(step) => (side(&step.before), side(&step.after)),
        None => (side(&first.before), side(&first.after)),
    };
    let diff = TextDiff::from_lines(&a, &b);
    let changed = diff.iter_all_changes().filter(|line| line.tag() != ChangeTag::Equal);
    for (at, line) in changed.enumerate() {
        if at == SHOWN {
            text.push_str("      ...\n");
            break;
        }
        let sign = if line.tag() == ChangeTag::Delete { '-' } else { '+' };
        let line = table::shown(line.value().trim_end_matches('\n'));
        let _ = writeln!(text, "      {sign}{line}");
    }
}

#[derive(Serialize)]
struct ChartData<'c> {
    chart: &'c str,
    from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'c str>,
    versions: Vec<VersionData<'c>>,
}

#[derive(Serialize)]
struct VersionData<'c> {
    to: String,
    same: bool,
    documents: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<ChangeData<'c>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reordered_by: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fails: Vec<FailureData>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rules: Vec<RuleData>,
}

#[derive(Serialize)]
struct ChangeData<'c> {
    source: &'c str,
    object: &'c str,
    rules: Vec<&'static str>,
    before: Option<String>,
    after: Option<String>,
}

#[derive(Serialize)]
struct FailureData {
    helm: String,
    error: String,
}

#[derive(Serialize)]
struct RuleData {
    name: &'static str,
    about: &'static str,
    advice: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    places: Vec<PlaceData>,
}

#[derive(Serialize)]
struct PlaceData {
    file: String,
    line: usize,
    what: String,
}

fn print_data(given: &Given, from: Profile, compared: &[Compared]) -> Result<(), Failure> {
    let data: Vec<ChartData<'_>> = compared
        .iter()
        .map(|chart| ChartData {
            chart: &chart.path,
            from: from.helm().version.to_string(),
            error: chart.found.as_ref().err().map(String::as_str),
            versions: chart
                .found
                .iter()
                .flatten()
                .map(|(to, c)| version_data(from, *to, c))
                .collect(),
        })
        .collect();
    let text = match given.output {
        Format::Yaml => serde_yaml::to_string(&data).map_err(|e| e.to_string())?,
        _ => serde_json::to_string(&data).map_err(|e| e.to_string())? + "\n",
    };
    output::stdout(text.as_bytes())
}

fn version_data(from: Profile, to: Profile, found: &Comparison) -> VersionData<'_> {
    let text = |side: &Option<Vec<u8>>| {
        side.as_ref().map(|text| String::from_utf8_lossy(text).into_owned())
    };
    let names = |causes: &[Cause]| causes.iter().map(|cause| cause.name()).collect();
    let fails = found.failed.iter().zip([from, to]).filter_map(|(error, profile)| {
        let words = error.as_ref()?.layers(profile).join(&b": "[..]);
        Some(FailureData {
            helm: profile.helm().version.to_string(),
            error: String::from_utf8_lossy(&words).into_owned(),
        })
    });
    let rule = |cause: Cause| RuleData {
        name: cause.name(),
        about: cause.row().map_or("", |row| row.about),
        advice: cause.row().map_or("", |row| row.advice),
        link: cause.row().map(|row| row.link()),
        places: found
            .places(cause)
            .map(|m| PlaceData { file: m.file.clone(), line: m.line, what: m.what.clone() })
            .collect(),
    };
    VersionData {
        to: to.helm().version.to_string(),
        same: found.is_same(),
        documents: found.documents,
        changes: found
            .changes
            .iter()
            .map(|change| ChangeData {
                source: &change.source,
                object: &change.object,
                rules: change.steps.iter().map(|step| step.cause.name()).collect(),
                before: text(&change.before).filter(|_| !change.is_secret()),
                after: text(&change.after).filter(|_| !change.is_secret()),
            })
            .collect(),
        reordered_by: names(&found.reordered),
        fails: fails.collect(),
        rules: found.causes().into_iter().map(rule).collect(),
    }
}
