//! Says what may have been meant by a path that does not exist, or by arguments in the wrong order.
//! Under Helm's name nothing is suggested.

use std::path::{Path, PathBuf};

use gostd::os::{path_of, path_text};

use super::flags::Given;
use super::{Failure, advice, help, install, template};

/// The most names of a folder that are compared.
const MAX_NAMES: usize = 10_000;

/// Returns the hint to a chart that was not found, behind an error; empty where nothing is near.
pub(super) fn for_chart(command: &str, given: &Given, name: &str) -> String {
    if help::is_helm() {
        return String::new();
    }
    if let [first, second] = &given.args[..]
        && second == name
        && is_chart_folder(&path_of(first))
    {
        let ordered = advice::line(command, &[second, first], given.written.iter());
        return format!("\nThe release's name comes first: {ordered}");
    }
    if let [only] = &given.args[..]
        && is_chart_folder(Path::new("."))
        && !path_of(only).exists()
        && named_first(command)
    {
        let whole = advice::line(command, &[only, "."], given.written.iter());
        return format!("\nThe chart comes behind the release's name: {whole}");
    }
    meant(near_chart(name))
}

/// Tells whether a command takes a release's name before the chart.
fn named_first(command: &str) -> bool {
    [template::COMMAND, install::COMMAND].iter().any(|c| c.name == command)
}

/// Returns a failure with the chart that may have been meant by the first argument that names none.
pub(super) fn with_chart(failure: Failure, given: &Given) -> Failure {
    match given.args.iter().find_map(|path| near_chart(path)) {
        Some(path) if !help::is_helm() => failure.hinting(meant(Some(path))),
        _ => failure,
    }
}

/// Returns the hint to an unknown command that is a chart.
pub(super) fn for_command(name: &str) -> String {
    match is_chart_folder(&path_of(name)) && !help::is_helm() {
        true => format!(
            "\nTo render it: {}",
            advice::line(template::COMMAND.name, &["NAME", name], [].iter())
        ),
        false => String::new(),
    }
}

fn near_chart(name: &str) -> Option<PathBuf> {
    if path_of(name).exists() {
        return None;
    }
    near_path(name, |path| is_chart_folder(path) || is_archive(path))
}

/// Returns the hint to the first values file that does not exist, behind an error.
pub(super) fn for_values(given: &Given) -> String {
    let is_missing =
        |path: &&String| *path != "-" && !path.contains("://") && !path_of(path).exists();
    match given.values.iter().find(is_missing) {
        Some(path) if !help::is_helm() => meant(near_path(path, Path::is_file)),
        _ => String::new(),
    }
}

/// Returns the hint to the first `--show-only` that names none of the templates: the nearest name, or one
/// whose last part is the nearest.
pub(super) fn for_templates(given: &Given, templates: &[String]) -> String {
    let is_missing = |wanted: &&String| !wanted.contains('*') && !templates.contains(wanted);
    let Some(wanted) = given.show_only.iter().find(is_missing) else {
        return String::new();
    };
    let names = || templates.iter().map(String::as_str);
    let by_last = || help::nearest(last(wanted), names().map(last));
    let near = help::nearest(wanted, names())
        .or_else(|| by_last().and_then(|near| names().find(|name| last(name) == near)));
    meant(near.filter(|_| !help::is_helm()).map(PathBuf::from))
}

fn last(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, last)| last)
}

fn meant(path: Option<PathBuf>) -> String {
    path.map(|path| format!("\nDid you mean {}?", path_text(&path))).unwrap_or_default()
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
