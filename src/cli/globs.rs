//! Finds values files by patterns: those that make a matrix of scenarios.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use goglob::Glob;
use gostd::os::{bytes_of, path_of, path_text};
use walkdir::WalkDir;

use super::flags::{Flag, Given, known, quoted};
use super::{Failure, help};

/// Splits a list at its commas; those in braces are the pattern's.
pub(super) fn patterns(text: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut depth = 0usize;
    for c in text.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match (c, found.last_mut()) {
            (',', _) if depth == 0 => found.push(String::new()),
            (c, Some(last)) => last.push(c),
            (_, None) => {}
        }
    }
    found.retain(|pattern| !pattern.is_empty());
    found
}

/// The flags that make a matrix of values files.
pub(super) const SCENARIO_FLAGS: &[Flag] = &[
    known::SCENARIOS.about(
        "values files, each a scenario of its own: paths or globs such as 'ci/*', tried in the chart's folder, then in the working folder (repeatable)",
    ),
    known::BASE_VALUES.about("values files that every scenario begins with (can specify multiple)"),
    known::SKIP_DEFAULTS.about("leave out the scenario of the chart's defaults alone"),
];

/// What the scenario is called that has no values file.
pub(super) const DEFAULTS: &str = "(defaults)";

/// Says that a matrix is empty.
pub(super) fn none() -> Failure {
    "--skip-defaults leaves no scenario: name values files with --values".into()
}

/// Returns the scenarios of a chart, with the flags of each: its defaults, and each of the files of `--values` once.
///
/// # Errors
/// Patterns of no file; flags that leave no scenario.
pub(super) fn scenarios(given: &Given, chart: &Path) -> Result<Vec<(String, Given)>, Failure> {
    gathered(given, chart, None)
}

/// The patterns of `--values` that have files in one of several charts at least.
#[derive(Default)]
pub(super) struct Matched {
    patterns: HashSet<String>,
    /// Whether a chart was asked for files.
    is_asked: bool,
}

impl Matched {
    /// Returns the scenarios of one of several charts: a glob without a file there leaves it to the others, and its defaults
    /// are what there is where nothing else is.
    ///
    /// # Errors
    /// A path that is no file; flags that leave no scenario.
    pub(super) fn scenarios(
        &mut self,
        given: &Given,
        chart: &Path,
    ) -> Result<Vec<(String, Given)>, Failure> {
        self.is_asked = true;
        gathered(given, chart, Some(&mut self.patterns))
    }

    /// Returns what is wrong with globs that have a file in none of the charts.
    pub(super) fn failures(&self, given: &Given) -> Vec<Failure> {
        let all = given.scenarios.iter().filter(|_| self.is_asked).flat_map(|text| patterns(text));
        let unmatched = all.filter(|text| is_glob(text) && !self.patterns.contains(text));
        let words = |text: String| {
            let text = quoted(&text);
            format!(
                "--values {text}: there is no such values file in any of the charts, or in the working folder"
            )
        };
        unmatched.map(|text| words(text).into()).collect()
    }
}

fn is_glob(text: &str) -> bool {
    Pattern::new(text).is_ok_and(|pattern| pattern.literal().is_none())
}

/// Returns the scenarios of a chart. Where there are several charts a glob without files is no error, and those with files
/// are added to what is matched.
fn gathered(
    given: &Given,
    chart: &Path,
    mut matched: Option<&mut HashSet<String>>,
) -> Result<Vec<(String, Given)>, Failure> {
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    if !given.skip_defaults {
        all.push((DEFAULTS.to_owned(), given.clone()));
    }
    let mut is_left = false;
    for pattern in given.scenarios.iter().flat_map(|text| patterns(text)) {
        let found = match (matching(&pattern, chart), &mut matched) {
            (Err(_), Some(_)) if is_glob(&pattern) => {
                is_left = true;
                continue;
            }
            (found, _) => found?,
        };
        for (name, path) in found {
            if seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())) {
                let mut own = given.clone();
                own.values.push(path_text(&path));
                all.push((name, own));
            }
        }
        if let Some(matched) = &mut matched {
            matched.insert(pattern);
        }
    }
    match all.is_empty() {
        true if is_left => Ok(vec![(DEFAULTS.to_owned(), given.clone())]),
        true => Err(none()),
        false => Ok(all),
    }
}

/// A pattern of values files.
pub(super) struct Pattern<'p> {
    text: &'p str,
    glob: Glob,
    /// Where the part ends that names one folder.
    fixed: usize,
    is_literal: bool,
}

/// The characters with which a pattern is more than a path.
const META: &[char] = &['*', '?', '[', '{', '\\'];

impl<'p> Pattern<'p> {
    pub(super) fn new(text: &'p str) -> Result<Pattern<'p>, Failure> {
        let text = text.trim_start_matches("./");
        let glob = Glob::new(&bytes_of(text), &['/']);
        let glob = glob.map_err(|e| Failure::from(format!("--values {}: {e}", quoted(text))))?;
        let meta = text.find(META);
        let fixed = text[..meta.unwrap_or(0)].rfind('/').map_or(0, |at| at + 1);
        Ok(Pattern { text, glob, fixed, is_literal: meta.is_none() })
    }

    /// Returns the path, if it is no more than one.
    pub(super) fn literal(&self) -> Option<&'p str> {
        self.is_literal.then_some(self.text)
    }

    /// Returns the folder below which its files are, with a slash at the end; empty for the folder where it is tried.
    pub(super) fn folder(&self) -> &'p str {
        &self.text[..self.fixed]
    }

    /// Returns the folders where it is tried, of which the first one with files counts.
    pub(super) fn folders<'f>(&self, chart: Option<&'f Path>) -> Vec<&'f Path> {
        let chart = chart.filter(|_| !path_of(self.text).is_absolute());
        chart.into_iter().chain([Path::new("")]).collect()
    }

    fn rest(&self) -> &'p str {
        &self.text[self.fixed..]
    }

    /// Tells whether a file or a folder is not meant: as of a shell those that are hidden, unless they are written so.
    fn is_hidden(&self, name: &str) -> bool {
        let rest = self.rest();
        name.starts_with('.') && !rest.starts_with('.') && !rest.contains("/.")
    }

    /// Tells whether it means a file, by its path below [`Pattern::folder`]. Without an ending it means those of values
    /// files.
    pub(super) fn means(&self, path: &str) -> bool {
        let last = self.rest().rsplit('/').next().unwrap_or_default();
        let ending = Path::new(path).extension();
        let is_values =
            last.contains('.') || ending.is_some_and(|e| e == "yaml" || e == "yml" || e == "json");
        is_values
            && !path.split('/').any(|part| self.is_hidden(part))
            && self.glob.matches(&bytes_of(&format!("{}{path}", self.folder())))
    }
}

/// Returns the files that a pattern means, with their names as they are shown: in the chart's folder or, if there is
/// none, in the working folder.
pub(super) fn matching(text: &str, chart: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let pattern = Pattern::new(text)?;
    if text.trim() == "-" {
        let why = "--values -: standard input is no scenario: give it to all scenarios with -f -";
        return Err(why.into());
    }
    for folder in pattern.folders(Some(chart).filter(|chart| chart.is_dir())) {
        let found = matching_in(&pattern, folder);
        if !found.is_empty() {
            return Ok(found);
        }
    }
    let text = pattern.text;
    let places = match path_of(text).is_absolute() {
        true => "",
        false => " in the chart or in the working folder",
    };
    let why = format!("--values {}: there is no such values file{places}", quoted(text));
    Err(Failure::from(why).hinting(near(text, chart)))
}

/// Returns the files that a pattern means in a folder, as [`matching`] does.
pub(super) fn matching_in(pattern: &Pattern<'_>, folder: &Path) -> Vec<(String, PathBuf)> {
    if let Some(text) = pattern.literal() {
        let path = folder.join(path_of(text));
        // A pipe from a shell is a file, too.
        let is_there = path.exists() && !path.is_dir();
        return if is_there { vec![(text.to_owned(), path)] } else { Vec::new() };
    }
    let (fixed, rest) = (pattern.folder(), pattern.rest());
    let start = folder.join(path_of(fixed));
    let start = if start.as_os_str().is_empty() { Path::new(".").to_owned() } else { start };
    let depth = if rest.contains("**") { usize::MAX } else { 1 + rest.matches('/').count() };
    let walk = WalkDir::new(&start).follow_links(true).max_depth(depth).sort_by_file_name();
    let entries = walk.into_iter().filter_entry(|entry| {
        entry.depth() == 0 || !pattern.is_hidden(&entry.file_name().to_string_lossy())
    });
    entries
        .flatten()
        .filter(|entry| entry.file_type().is_file())
        .filter_map(|entry| {
            let within = path_text(entry.path().strip_prefix(&start).ok()?);
            let name = format!("{fixed}{within}");
            pattern.means(&within).then(|| (name, entry.path().to_owned()))
        })
        .collect()
}

/// Says which values file may have been meant by a path that does not exist.
fn near(pattern: &str, chart: &Path) -> String {
    if pattern.contains(META) {
        return String::new();
    }
    let folder = pattern.rfind('/').map_or("", |at| &pattern[..=at]);
    let of = |folder: PathBuf| -> Vec<String> {
        let entries = folder.read_dir().into_iter().flatten().flatten();
        entries.map(|entry| path_text(Path::new(&entry.file_name()))).collect()
    };
    let here = if folder.is_empty() { Path::new(".").to_owned() } else { path_of(folder).into() };
    let names = [of(chart.join(path_of(folder))), of(here)].concat();
    let near = help::nearest(&pattern[folder.len()..], names.iter().map(String::as_str));
    near.map(|name| format!("\nDid you mean {folder}{name}?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::patterns;

    #[test]
    fn commas_in_braces_are_the_patterns() {
        assert_eq!(patterns("ci/{a,b}.yaml,x.yaml,"), ["ci/{a,b}.yaml", "x.yaml"]);
        assert!(patterns("").is_empty());
    }
}
