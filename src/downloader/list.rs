//! Tells which dependencies of a chart are there, as Helm's `dependency list`.

use crate::profile::Profile;
use crate::report::Silent;
use std::path::{Path, PathBuf};

use crate::chart::{self, Chart, Dependency};

/// Returns what `charts/` holds for a dependency: `ok`, `unpacked`, `missing`, `wrong version` …
pub fn status(
    folder: &Path,
    dependency: &Dependency,
    parent: &Chart,
    profile: Profile,
) -> &'static str {
    let name = dependency.name.to_string_lossy();
    let start = format!("{name}-");
    let packages: Vec<PathBuf> = entries(&folder.join("charts"))
        .into_iter()
        .filter(|p| {
            let file = p.file_name().unwrap_or_default().to_string_lossy().into_owned();
            file.strip_prefix(&start).is_some_and(|rest| rest.ends_with(".tgz"))
        })
        .collect();
    let only = match &packages[..] {
        [] => None,
        [one] => Some(one),
        several => {
            let versioned: Vec<&PathBuf> = several
                .iter()
                .filter(|p| {
                    let file = p.file_name().unwrap_or_default().to_string_lossy();
                    let version = file.strip_prefix(&start).and_then(|r| r.strip_suffix(".tgz"));
                    version.is_some_and(|v| profile.semver().strict_version(v).is_ok())
                })
                .collect();
            match versioned[..] {
                [one] => Some(one),
                [] => None,
                _ => return "too many matches",
            }
        }
    };
    if let Some(package) = only
        && package.exists()
    {
        let Ok(chart) = chart::load_as(package, profile, &Silent) else { return "corrupt" };
        if *chart.name() != dependency.name {
            return "misnamed";
        }
        return fits(&chart, dependency, profile.semver()).unwrap_or("ok");
    }
    match parent.dependencies.iter().rfind(|c| *c.name() == dependency.name) {
        None => "missing",
        Some(chart) => fits(chart, dependency, profile.semver()).unwrap_or("unpacked"),
    }
}

/// Returns what is wrong with the version of a chart that is there.
fn fits(chart: &Chart, wanted: &Dependency, semver: gosemver::Release) -> Option<&'static str> {
    let own = &chart.metadata.version;
    if *own == wanted.version {
        return None;
    }
    let range = semver.constraint(&wanted.version.to_string_lossy());
    match (range, semver.version(&own.to_string_lossy())) {
        (Ok(range), Ok(version)) if range.matches(&version) => None,
        (Ok(_), Ok(_)) => Some("wrong version"),
        _ => Some("invalid version"),
    }
}

/// Something in `charts/` that is no dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// The file or folder.
    pub path: PathBuf,
    /// Whether it is a chart.
    pub is_chart: bool,
}

/// Returns what lies in `charts/` and is no dependency.
pub fn strangers(folder: &Path, wanted: &[Dependency], profile: Profile) -> Vec<Stranger> {
    let mut out = Vec::new();
    for path in entries(&folder.join("charts")) {
        if !path.is_dir() && path.extension().is_none_or(|e| e != "tgz") {
            continue;
        }
        match chart::load_as(&path, profile, &Silent) {
            Err(_) => out.push(Stranger { path, is_chart: false }),
            Ok(chart) if !wanted.iter().any(|d| d.name == *chart.name()) => {
                out.push(Stranger { path, is_chart: true });
            }
            Ok(_) => {}
        }
    }
    out
}

/// Returns what lies in a folder, sorted.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|e| e.path()).collect();
    paths.sort_unstable();
    paths
}
