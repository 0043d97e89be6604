//! Says what may have been meant by a path that does not exist, or by arguments in the wrong order.
//! Under Helm's name nothing is suggested.

use std::path::{Path, PathBuf};

use bstr::ByteSlice;
use gostd::os::{path_of, path_text};

use super::explain::Suggestion;
use super::flags::{Given, quoted};
use super::input::is_manifest;
use super::{Failure, advice, diff, help, install, template};

/// The most names of a folder that are compared.
const MAX_NAMES: usize = 10_000;

/// Returns what may have been meant by a chart that was not found.
pub(super) fn for_chart(command: &str, given: &Given, name: &str) -> Option<Suggestion> {
    if help::is_helm() {
        return None;
    }
    if command != diff::COMMAND.name
        && let [first, second] = &given.args[..]
        && second == name
        && is_chart_folder(&path_of(first))
    {
        let ordered = advice::line(command, &[second, first], given.written.iter());
        return Some(Suggestion {
            hint: format!("\nThe release's name comes first: {ordered}"),
            word: first.clone(),
            title: format!(
                "`{second}` is taken for the chart, and `{first}` for the release's name"
            ),
            label: "this is a chart, and stands where the name does".to_owned(),
            help: Some(format!("the release's name comes first: `{ordered}`")),
        });
    }
    if let [only] = &given.args[..]
        && is_chart_folder(Path::new("."))
        && !path_of(only).exists()
        && named_first(command)
    {
        let whole = advice::line(command, &[only, "."], given.written.iter());
        return Some(Suggestion {
            hint: format!("\nThe chart comes behind the release's name: {whole}"),
            word: only.clone(),
            title: format!("`{only}` is taken for the chart"),
            label: "no chart is there".to_owned(),
            help: Some(format!("the chart comes behind the release's name: `{whole}`")),
        });
    }
    let near = near_chart(name);
    // What is no path may be the chart of a repository, of which Helm's words say more.
    (is_path(name) || near.is_some()).then(|| meant("chart", name, near))
}

/// Returns the failure of a command that takes charts and manifests, for an argument that is neither; `why` is what was
/// said of it as the chart of a repository.
pub(super) fn for_input(name: &str, why: &Failure) -> Failure {
    let mut words = format!("{}: there is no chart, file or folder of this name", quoted(name));
    // `repository/chart`
    if !is_path(name) && name.contains('/') {
        let why = why.text(true);
        words.push_str(&format!(", nor is it a chart elsewhere: {}", why.to_str_lossy()));
    }
    let may_be = |path: &Path| path.is_dir() || path.is_file() && is_manifest(path);
    let near = near_chart(name).or_else(|| near_path(name, may_be));
    Failure::from(words).suggesting(Some(meant("chart, file or folder", name, near)))
}

/// Tells whether a name can be nothing but a path.
fn is_path(name: &str) -> bool {
    name.starts_with(['.', '/'])
}

/// Tells whether a command takes a release's name before the chart.
fn named_first(command: &str) -> bool {
    [template::COMMAND, install::COMMAND].iter().any(|c| c.name == command)
}

/// Returns a failure with the chart that may have been meant by the first argument that names none.
pub(super) fn with_chart(failure: Failure, given: &Given) -> Failure {
    let near = given.args.iter().find_map(|path| Some((path, near_chart(path)?)));
    let near = near.filter(|_| !help::is_helm());
    failure.suggesting(near.map(|(name, near)| meant("chart", name, Some(near))))
}

/// Returns the hint to an unknown command, and what may have been meant: the nearest one, or to render a chart.
pub(super) fn for_command(name: &str) -> (String, Option<Suggestion>) {
    if help::is_helm() {
        return (String::new(), None);
    }
    let suggestion = |label: &str, help| Suggestion {
        hint: String::new(),
        word: name.to_owned(),
        title: format!("there is no command `{name}`"),
        label: label.to_owned(),
        help,
    };
    if !is_chart_folder(&path_of(name)) {
        let near = help::nearest_command(name);
        let help = near.map(|near| format!("did you mean `{near}`?"));
        return (String::new(), Some(suggestion("not a command", help)));
    }
    let line = advice::line(template::COMMAND.name, &["NAME", name], [].iter());
    let help = Some(format!("to render it: `{line}`"));
    (format!("\nTo render it: {line}"), Some(suggestion("a chart, not a command", help)))
}

fn near_chart(name: &str) -> Option<PathBuf> {
    if path_of(name).exists() {
        return None;
    }
    near_path(name, |path| is_chart_folder(path) || is_archive(path))
}

/// Returns what may have been meant by the first values file that does not exist.
pub(super) fn for_values(given: &Given) -> Option<Suggestion> {
    let is_missing =
        |path: &&String| *path != "-" && !path.contains("://") && !path_of(path).exists();
    let path = given.values.iter().find(is_missing).filter(|_| !help::is_helm())?;
    Some(meant("values file", path, near_path(path, Path::is_file)))
}

/// Returns what may have been meant by the first `--show-only` that names none of the templates: the nearest
/// name, or one whose last part is the nearest.
pub(super) fn for_templates(given: &Given, templates: &[String]) -> Option<Suggestion> {
    let is_missing = |wanted: &&String| !wanted.contains('*') && !templates.contains(wanted);
    let wanted = given.show_only.iter().find(is_missing).filter(|_| !help::is_helm())?;
    let names = || templates.iter().map(String::as_str);
    let by_last = || help::nearest(last(wanted), names().map(last));
    let near = help::nearest(wanted, names())
        .or_else(|| by_last().and_then(|near| names().find(|name| last(name) == near)));
    let mut found = meant("template", wanted, near.map(PathBuf::from));
    found.title = format!("no template `{wanted}` has printed anything");
    found.label = "not among what was rendered".to_owned();
    Some(found)
}

fn last(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, last)| last)
}

/// Returns what is to be said of a path that does not exist, and of a near one.
fn meant(what: &str, wanted: &str, near: Option<PathBuf>) -> Suggestion {
    let near = near.map(|path| path_text(&path));
    let why = match path_of(wanted).is_dir() {
        true => "a folder without a Chart.yaml",
        false => "no such file or folder",
    };
    Suggestion {
        hint: near.as_ref().map(|near| format!("\nDid you mean {near}?")).unwrap_or_default(),
        word: wanted.to_owned(),
        title: format!("there is no {what} `{wanted}`"),
        label: why.to_owned(),
        help: near.map(|near| format!("did you mean `{near}`?")),
    }
}

fn is_chart_folder(path: &Path) -> bool {
    path.join("Chart.yaml").is_file()
}

fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "tgz") && path.is_file()
}

/// Returns a path that exists and is near to one that does not: each name of it that does not exist is
/// replaced by the nearest one of its folder.
fn near_path(wanted: &str, fits: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    let mut found = PathBuf::new();
    let wanted = path_of(wanted);
    let mut parts = wanted.components().peekable();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        let may_be = |path: &Path| if is_last { fits(path) } else { path.is_dir() };
        let next = found.join(part);
        if may_be(&next) {
            found = next;
            continue;
        }
        let folder = if found.as_os_str().is_empty() { Path::new(".") } else { &found };
        let entries = folder.read_dir().ok()?.take(MAX_NAMES).flatten();
        let names = entries.map(|entry| path_text(Path::new(&entry.file_name())));
        let names: Vec<String> = names.filter(|name| may_be(&found.join(path_of(name)))).collect();
        let part = path_text(Path::new(&part));
        let near = help::nearest(&part, names.iter().map(String::as_str))?;
        found.push(path_of(near));
    }
    (found != *wanted).then_some(found)
}
