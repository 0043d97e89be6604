//! Finds values files by patterns: those that make a matrix of scenarios.

use std::path::{Path, PathBuf};

use goglob::Glob;
use gostd::os::{bytes_of, path_of, path_text};
use walkdir::WalkDir;

use super::flags::quoted;
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

/// Returns the files that a pattern means, with their names as they are shown: in the chart's folder or, if there is
/// none, in the working folder.
pub(super) fn matching(pattern: &str, chart: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let pattern = pattern.trim_start_matches("./");
    let glob = Glob::new(&bytes_of(pattern), &['/']);
    let glob = glob.map_err(|e| Failure::from(format!("--values {}: {e}", quoted(pattern))))?;
    let is_absolute = path_of(pattern).is_absolute();
    let folders: &[&Path] = match chart.is_dir() && !is_absolute {
        true => &[chart, Path::new("")],
        false => &[Path::new("")],
    };
    for folder in folders {
        let found = matching_in(pattern, &glob, folder);
        if !found.is_empty() {
            return Ok(found);
        }
    }
    let places = if is_absolute { "" } else { " in the chart or in the working folder" };
    let why = format!("--values {}: there is no such values file{places}", quoted(pattern));
    Err(Failure::from(why).hinting(near(pattern, chart)))
}

/// The characters with which a pattern is more than a path.
const META: &[char] = &['*', '?', '[', '{', '\\'];

fn matching_in(pattern: &str, glob: &Glob, folder: &Path) -> Vec<(String, PathBuf)> {
    let Some(meta) = pattern.find(META) else {
        let path = folder.join(path_of(pattern));
        // A pipe from a shell is a file, too.
        let is_there = path.exists() && !path.is_dir();
        return if is_there { vec![(pattern.to_owned(), path)] } else { Vec::new() };
    };
    let (fixed, rest) = pattern.split_at(pattern[..meta].rfind('/').map_or(0, |at| at + 1));
    let start = folder.join(path_of(fixed));
    let start = if start.as_os_str().is_empty() { Path::new(".").to_owned() } else { start };
    let depth = if pattern.contains("**") { usize::MAX } else { 1 + rest.matches('/').count() };
    let walk = WalkDir::new(&start).follow_links(true).max_depth(depth).sort_by_file_name();
    let last = rest.rsplit('/').next().unwrap_or_default();
    // As of a shell: hidden files are not meant unless they are written so.
    let is_hidden =
        |name: &str| name.starts_with('.') && !rest.starts_with('.') && !rest.contains("/.");
    let is_values = |path: &Path| {
        last.contains('.')
            || path.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json")
    };
    let entries = walk.into_iter().filter_entry(|entry| {
        entry.depth() == 0 || !is_hidden(&entry.file_name().to_string_lossy())
    });
    entries
        .flatten()
        .filter(|entry| entry.file_type().is_file() && is_values(entry.path()))
        .filter_map(|entry| {
            let within = path_text(entry.path().strip_prefix(&start).ok()?);
            let name = format!("{fixed}{within}");
            glob.matches(&bytes_of(&name)).then(|| (name, entry.path().to_owned()))
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
