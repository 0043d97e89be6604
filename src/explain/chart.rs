//! Explains charts that cannot be loaded or used.

use gostd::value::Str;

use super::layers::values_file;
use super::subject::Place;
use super::{Diagnosis, Subject, shown, yaml};
use crate::chart::{ChartError, IgnoreError, MetadataError, ParseError};
use crate::near::{is_near, nearest_of};

const CHARTFILE: &str = "Chart.yaml";

/// The keys of Chart.yaml.
const KEYS: &[&str] = &[
    "apiVersion",
    "name",
    "version",
    "kubeVersion",
    "description",
    "type",
    "keywords",
    "home",
    "sources",
    "dependencies",
    "maintainers",
    "icon",
    "appVersion",
    "deprecated",
    "annotations",
];

pub(super) fn explain(error: &ChartError, subject: &Subject<'_>) -> Option<Diagnosis> {
    subject.chart.as_ref()?;
    match error {
        ChartError::Parse { file, cause } => parse(file, cause, subject),
        ChartError::NoChartfile | ChartError::NoChartfileInArchive => no_chartfile(subject),
        ChartError::Undetected(_) => no_chartfile(subject),
        ChartError::Invalid(e) => invalid(e, subject),
        ChartError::UnknownVersion | ChartError::ApiVersion => Some(
            at_key(
                Diagnosis::new("the chart has an apiVersion that Helm does not know"),
                "apiVersion",
                "neither v1 nor v2",
                subject,
            )
            .help("write `apiVersion: v2`; the chart's own version stands in `version`"),
        ),
        ChartError::MissingDependencies(names) => Some(missing(names, subject)),
        ChartError::KubeVersion { wanted, version } => Some(kube_version(wanted, version, subject)),
        ChartError::NotInstallable(kind) => Some(
            at_key(
                Diagnosis::new(format!("a chart of the type {kind} is not rendered by itself")),
                "type",
                "not `application`",
                subject,
            )
            .help(
                "name it among the `dependencies` of another chart, or write `type: application`",
            ),
        ),
        ChartError::Ignore(e) => ignore(*e, subject),
        ChartError::Subchart { name, cause, .. } => {
            let inner = subject.below(&format!("charts/{name}"))?;
            explain(cause, &inner)
        }
        _ => None,
    }
}

/// Marks a key of Chart.yaml.
fn at_key(found: Diagnosis, key: &str, label: &str, subject: &Subject<'_>) -> Diagnosis {
    let line = subject.file(CHARTFILE).and_then(|text| yaml::top_key(&text, key));
    at_line(found, line, label, subject)
}

fn at_line(found: Diagnosis, line: Option<usize>, label: &str, subject: &Subject<'_>) -> Diagnosis {
    let place: Option<Place> = line.and_then(|line| subject.place(CHARTFILE, line));
    found.frame(place.map(|place| place.frame(label)))
}

fn parse(file: &str, cause: &ParseError, subject: &Subject<'_>) -> Option<Diagnosis> {
    let text = subject.file(file)?;
    let path = subject.shown_file(file);
    match cause {
        ParseError::Yaml(error) => Some(yaml::explain(error, &path, &text)),
        ParseError::Values(error) => values_file(error, &path, &text),
        ParseError::Fields(error) => {
            let words = error.to_string();
            // `… Go struct field Metadata.version of type string`
            let (_, rest) = words.split_once("Go struct field ")?;
            let (field, wanted) = rest.split_once(" of type ")?;
            let key = field.split('.').nth(1)?;
            let line = yaml::top_key(&text, key)?;
            let place = subject.place(file, line)?;
            let wants = match wanted {
                "string" => "a string",
                "bool" => "true or false",
                _ if wanted.starts_with("[]") => "a list",
                _ => "a map",
            };
            let found = Diagnosis::new(format!("`{key}` is not {wants}"))
                .frame(place.frame(format!("{wants} is wanted")));
            Some(match wants {
                "a string" => found.help(format!("put it in quotes: `{key}: \"…\"`")),
                "a list" => found.help(format!("write `{key}:` and a line `- …` for each")),
                _ => found,
            })
        }
    }
}

fn no_chartfile(subject: &Subject<'_>) -> Option<Diagnosis> {
    let names = subject.names("");
    let shown = &subject.chart_shown;
    let found = Diagnosis::new(format!("{shown} has no {CHARTFILE}, so it is no chart"));
    let same = names.iter().find(|name| {
        let name = name.to_lowercase();
        name == "chart.yaml" || name == "chart.yml"
    });
    if let Some(same) = same {
        return Some(found.help(format!("rename `{same}` to `{CHARTFILE}`: the name is exact")));
    }
    let mut charts: Vec<String> = names
        .iter()
        .filter(|name| subject.names(name).iter().any(|inner| inner == CHARTFILE))
        .map(|name| subject.shown_file(name))
        .collect();
    charts.sort();
    Some(match &charts[..] {
        [] => found.help("name the folder in which Chart.yaml lies, or make a chart by `create`"),
        [only] => found.help(format!("did you mean `{only}`?")),
        several => {
            found.help(format!("it holds the charts {}", super::scope::listed(several.to_vec())))
        }
    })
}

/// Explains a key of Chart.yaml that is missing.
fn no_key(key: &str, example: &str, subject: &Subject<'_>) -> Diagnosis {
    let text = subject.file(CHARTFILE).unwrap_or_default();
    let found = Diagnosis::new(format!("{CHARTFILE} does not say `{key}`"));
    // An empty one, or a key that is spelled otherwise.
    let near = yaml::top_keys(&text).into_iter().find(|other| {
        other != key
            && !KEYS.contains(&&**other)
            && (is_near(other, key) || other.eq_ignore_ascii_case(key))
    });
    let (line, label) = match &near {
        Some(near) => (yaml::top_key(&text, near), format!("is this to be `{key}`?")),
        None => match yaml::top_key(&text, key) {
            Some(line) => (Some(line), "is empty".to_owned()),
            None => (Some(1), format!("`{key}` is missing in this file")),
        },
    };
    let found = at_line(found, line, &label, subject);
    match near {
        Some(_) => found.help(format!("write `{key}`: keys are exact in upper and lower case")),
        None => found.help(format!("add `{key}: {example}`")),
    }
}

fn invalid(error: &MetadataError, subject: &Subject<'_>) -> Option<Diagnosis> {
    let text = subject.file(CHARTFILE)?;
    let at = |line: Option<usize>, title: String, label: &str| {
        at_line(Diagnosis::new(title), line, label, subject)
    };
    Some(match error {
        MetadataError::NoApiVersion => no_key("apiVersion", "v2", subject),
        MetadataError::NoName => no_key("name", "mychart", subject),
        MetadataError::NoVersion => no_key("version", "0.1.0", subject),
        MetadataError::Version(version) => at(
            yaml::top_key(&text, "version"),
            format!("`{version}` is no version"),
            "a version by SemVer is wanted",
        )
        .help("write three numbers, `1.2.3`; what was built from may follow: `1.2.3-rc.1+build5`"),
        MetadataError::Name(name) | MetadataError::DotName(name) => at(
            yaml::top_key(&text, "name"),
            format!("`{name}` cannot be a chart's name"),
            "a name, not a path",
        )
        .help("write lower-case letters, digits and dashes"),
        MetadataError::Kind => {
            let line = yaml::top_key(&text, "type");
            let kinds = ["application".to_owned(), "library".to_owned()];
            let given = line.and_then(|line| super::excerpt::line_span(&text, line));
            let given = given.map(|span| shown(&text[span]).replace("type:", "").trim().to_owned());
            at(line, "the chart has a type that Helm does not know".into(), "neither of the two")
                .meant(given.and_then(|given| nearest_of(&given, &kinds)))
                .help("write `type: application` or `type: library`")
        }
        MetadataError::NullMaintainer => at(
            yaml::top_key(&text, "maintainers"),
            "a maintainer is empty".into(),
            "one of these has nothing behind its `-`",
        ),
        MetadataError::NullDependency => at(
            yaml::top_key(&text, "dependencies"),
            "a dependency is empty".into(),
            "one of these has nothing behind its `-`",
        ),
        MetadataError::Alias(name) => {
            let line = yaml::item_lines(&text, "name", &name.to_string()).into_iter().next();
            at(line, format!("the alias of `{name}` is no name"), "this dependency")
                .help("an alias has letters, digits, `_` and `-`")
        }
        MetadataError::Duplicate(name) => {
            let name = name.to_string();
            let named = yaml::item_lines(&text, "name", &name);
            let alias = yaml::item_lines(&text, "alias", &name);
            let mut lines = [named, alias].concat();
            lines.sort_unstable();
            let found = at(
                lines.last().copied(),
                format!("two dependencies are called `{name}`"),
                "the second one",
            );
            let first = lines.first().and_then(|line| subject.place(CHARTFILE, *line));
            let first = first.map(|place| place.context("the first one"));
            found
                .frame(first.map(|frame| frame.headed("the other")))
                .help("give one of them an `alias`")
        }
    })
}

fn missing(names: &[Str], subject: &Subject<'_>) -> Diagnosis {
    let all: Vec<String> = names.iter().map(Str::to_string).collect();
    let title = match &all[..] {
        [one] => format!("the dependency `{one}` is not in charts/"),
        several => format!("{} dependencies are not in charts/", several.len()),
    };
    let text = subject.file(CHARTFILE).unwrap_or_default();
    let mut found = Diagnosis::new(title);
    for name in &all {
        let line = yaml::item_lines(&text, "name", name).into_iter().next();
        found = at_line(found, line, "not there", subject);
    }
    let there = subject.names("charts");
    found = match there.is_empty() {
        true => found.note("charts/ is empty or not there"),
        false => found.note(format!("charts/ holds {}", super::scope::listed(there))),
    };
    let chart = &subject.chart_shown;
    found.help(format!(
        "fetch them: `statefulchart dependency build {chart}`, or add --dependency-update"
    ))
}

fn kube_version(wanted: &Str, version: &str, subject: &Subject<'_>) -> Diagnosis {
    let title = format!("the chart is for Kubernetes {wanted}, and renders for {version}");
    let found =
        at_key(Diagnosis::new(title), "kubeVersion", &format!("{version} does not fit"), subject);
    let wanted = wanted.to_string();
    let found = match version.contains('-') && !wanted.contains('-') {
        true => found.help(format!(
            "a range takes versions with a `-` only if it has one itself: `{wanted}-0`"
        )),
        false => found,
    };
    found.help("render for the cluster that you have: `--kube-version 1.31`")
}

fn ignore(error: IgnoreError, subject: &Subject<'_>) -> Option<Diagnosis> {
    const FILE: &str = ".helmignore";
    let text = subject.file(FILE)?;
    let mut lines = text.split(|b| *b == b'\n');
    let (line, title, help) = match error {
        IgnoreError::DoubleStar => (
            lines.position(|line| line.windows(2).any(|two| two == b"**"))? + 1,
            "Helm's ignore files know no `**`",
            "a pattern without a `/` counts in every folder: `*.md`",
        ),
        IgnoreError::Pattern(_) => (
            lines.position(|line| line.contains(&b'['))? + 1,
            "a pattern is malformed",
            "a `[` needs a `]`, a `\\` a character behind it",
        ),
        IgnoreError::LineTooLong => return None,
    };
    let place = subject.place(FILE, line)?;
    Some(Diagnosis::new(title).frame(place.frame("this rule")).help(help))
}
