//! Finds the suites that changed files can reach.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use gostd::os::{path_of, path_text};

use super::select::Selection;
use super::suite::Suite;
use crate::chart::Chart;

/// Leaves only the suites that one of the changed files can reach; paths are absolute, without symbolic links.
///
/// A suite's file, its snapshots and the files of values that it names reach that suite; a template reaches the suites
/// that render it, a partial one all; whatever else lies in the chart reaches all its suites. Only suites and snapshots
/// that were not found this time, beside some that were, reach none.
pub(super) fn retain(
    suites: &mut Vec<Suite>,
    changed: &HashSet<PathBuf>,
    folder: &Path,
    chart: &Chart,
    path: &str,
) {
    let root = real(folder.join(path_of(path)));
    let own: Vec<HashSet<PathBuf>> = suites
        .iter()
        .map(|suite| of_suite(suite, folder).into_iter().map(real).collect())
        .collect();
    let of_suites: HashSet<&PathBuf> = own.iter().flatten().collect();
    let own_values = root.join("values.yaml");
    let mut templates = HashSet::new();
    add_templates(chart, "", &mut templates);
    let folders: HashSet<PathBuf> = suites
        .iter()
        .filter_map(|suite| Some(real(folder.join(path_of(&suite.file)).parent()?.to_owned())))
        .collect();
    let of_chart: Vec<String> = changed
        .iter()
        .filter_map(|file| {
            let name = path_text(file.strip_prefix(&root).ok()?);
            let is_own = of_suites.contains(file) || is_of_tests(file, &folders);
            (*file == own_values || templates.contains(&name) || !is_own).then_some(name)
        })
        .collect();
    let name = chart.name().to_string_lossy();
    let mut keep = suites.iter().zip(&own).map(|(suite, own)| {
        if own.iter().any(|file| changed.contains(file)) {
            return true;
        }
        let selection = Selection::new(&suite.route, &suite.templates, &suite.excluded);
        of_chart.iter().any(|file| {
            !templates.contains(file) || selection.has(name.as_bytes(), file.as_bytes())
        })
    });
    let keep: Vec<bool> = keep.by_ref().collect();
    let mut keep = keep.into_iter();
    suites.retain(|_| keep.next().unwrap_or(true));
}

/// Returns a path without links; of a file that is gone its folder's.
fn real(path: PathBuf) -> PathBuf {
    let of_folder = || Some(path.parent()?.canonicalize().ok()?.join(path.file_name()?));
    path.canonicalize().ok().or_else(of_folder).unwrap_or(path)
}

/// Adds the paths of the templates of a chart and of those that lie in it in folders of their names.
fn add_templates(chart: &Chart, prefix: &str, templates: &mut HashSet<String>) {
    let names = chart.templates.iter().map(|file| file.name.to_string_lossy());
    templates.extend(names.map(|name| format!("{prefix}{name}")));
    for inner in &chart.dependencies {
        let prefix = format!("{prefix}charts/{}/", inner.name().to_string_lossy());
        add_templates(inner, &prefix, templates);
    }
}

/// Tells whether a file is that of a suite or of snapshots, by its name and by the folders in which suites lie.
fn is_of_tests(file: &Path, folders: &HashSet<PathBuf>) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let folder = file.parent().unwrap_or(file);
    let of = match name.ends_with(".snap") {
        true => folder.parent().unwrap_or(folder),
        false => folder,
    };
    ["_test.yaml", "_test.yml", ".snap"].iter().any(|end| name.ends_with(end))
        && folders.contains(of)
}

/// Returns the files that are a suite's own.
fn of_suite(suite: &Suite, folder: &Path) -> Vec<PathBuf> {
    let file = folder.join(path_of(&suite.file));
    let beside = file.parent().unwrap_or(folder).to_owned();
    let snapshots = path_of(&suite.snapshot_name()).into_owned();
    let mut snapshots = snapshots.file_name().unwrap_or_default().to_owned();
    snapshots.push(".snap");
    let named = named(suite, folder);
    named.into_iter().chain([beside.join("__snapshot__").join(snapshots), file.clone()]).collect()
}

/// Returns the files of values and objects that a suite names.
pub(super) fn named(suite: &Suite, folder: &Path) -> Vec<PathBuf> {
    let file = folder.join(path_of(&suite.file));
    let beside = file.parent().unwrap_or(folder);
    let of_tests = suite.tests.iter().flat_map(|test| test.values.iter().chain(&test.lookup));
    let all = suite.values.iter().chain(&suite.lookup).chain(of_tests);
    all.map(|values| beside.join(path_of(values))).collect()
}
