//! Makes the matrix of scenarios that both sides are rendered with: values files, versions of Kubernetes, releases of Helm.

use std::collections::{BTreeMap, HashSet};

use gostd::os::{path_of, path_text};
use statefulchart::diff::effects::Cluster;
use statefulchart::profile::{Profile, Rule};
use statefulchart::render::KubeVersion;

use super::sides::Place;
use crate::cli::flags::{Given, quoted};
use crate::cli::globs::Pattern;
use crate::cli::{Failure, globs, kube_versions, profile};

/// The values file of the left side and of the right one.
type Files = [Option<String>; 2];

/// What both sides are rendered with, beside the flags.
#[derive(Clone)]
pub(super) struct Scenario {
    /// What tells it from others; empty for the only one.
    pub(super) name: String,
    /// The values file of the left side and of the right one.
    pub(super) values: Files,
    /// What the values file is called; empty for the chart's defaults.
    pub(super) file: String,
    /// The side that alone has the values file, where a side is a revision.
    pub(super) only: Option<Which>,
    kube: [Option<String>; 2],
    profiles: [Profile; 2],
}

/// A side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Old,
    New,
}

impl Scenario {
    pub(super) fn profile(&self, is_right: bool) -> Profile {
        self.profiles[usize::from(is_right)]
    }

    pub(super) fn kube(&self, is_right: bool) -> Option<&str> {
        self.kube[usize::from(is_right)].as_deref()
    }

    /// Returns what is known of the cluster that the right side goes to.
    pub(super) fn cluster(&self) -> Result<Cluster, Failure> {
        let profile = self.profile(true);
        let mut cluster =
            Cluster { server_side: profile.has(Rule::FlagsOfHelm4), ..Cluster::default() };
        if let Some(text) = self.kube(true).filter(|text| !text.is_empty()) {
            let version = KubeVersion::parse(text, profile);
            let version = version.map_err(|e| Failure::from(e.to_string()))?;
            cluster.minor =
                version.minor.to_str().and_then(|n| n.parse().ok()).unwrap_or(cluster.minor);
        }
        Ok(cluster)
    }
}

/// Returns the releases of Helm that are asked for.
pub(super) fn profiles(given: &Given) -> Result<Vec<(String, Profile)>, Failure> {
    let mut all = Vec::new();
    let list = given.helm.as_deref().unwrap_or_default().split(',').map(str::trim);
    for text in list.filter(|text| !text.is_empty()) {
        let profile = Profile::parse(text).map_err(|e| Failure::from(e.to_string()))?;
        all.push((text.to_owned(), profile));
    }
    if all.is_empty() {
        all.push((String::new(), profile::current()));
    }
    Ok(all)
}

/// Returns the scenarios for two charts. `is_one_of_many` tells that not every chart has to have values files that the
/// patterns mean.
///
/// # Errors
/// Values files and versions that are none.
pub(super) fn of(
    given: &Given,
    sides: &[Place; 2],
    is_one_of_many: bool,
) -> Result<Vec<Scenario>, Failure> {
    let values = values(given, sides, is_one_of_many)?;
    let kubes = kube_versions::list(&given.kube_versions)?;
    let kubes: Vec<Option<String>> = match kubes.is_empty() {
        true => vec![None],
        false => kubes.into_iter().map(Some).collect(),
    };
    let profiles = profiles(given)?;
    let right = match given.to_helm.as_deref() {
        Some(text) => Some(Profile::parse(text).map_err(|e| Failure::from(e.to_string()))?),
        None => None,
    };
    let mut all = Vec::new();
    for Values { name, files, only } in &values {
        for kube in &kubes {
            for (helm, profile) in &profiles {
                let mut words: Vec<String> = Vec::new();
                if values.len() > 1 || !name.is_empty() {
                    words.push(if name.is_empty() { globs::DEFAULTS.into() } else { name.clone() });
                }
                if let Some(kube) = kube.as_ref().filter(|_| kubes.len() > 1) {
                    words.push(format!("Kubernetes {kube}"));
                }
                if profiles.len() > 1 {
                    words.push(format!("Helm {helm}"));
                }
                let to_kube = given.to_kube_version.clone().or_else(|| kube.clone());
                all.push(Scenario {
                    name: words.join(", "),
                    values: files.clone(),
                    file: name.clone(),
                    only: *only,
                    kube: [kube.clone(), to_kube],
                    profiles: [*profile, right.unwrap_or(*profile)],
                });
            }
        }
    }
    Ok(all)
}

/// The values of a scenario.
struct Values {
    /// What the file is called; empty for the chart's defaults.
    name: String,
    files: Files,
    only: Option<Which>,
}

/// Returns the values files that a pattern means for a chart, by their names: of each side its own, from the first folder
/// where one of the sides has any.
///
/// # Errors
/// A pattern that is none, or that nothing matches on either side.
fn matching(text: &str, sides: &[Place; 2]) -> Result<BTreeMap<String, Files>, Failure> {
    let pattern = Pattern::new(text)?;
    let charts = sides.each_ref().map(|side| path_of(&side.argument));
    let folders = charts.each_ref().map(|chart| pattern.folders(Some(chart)));
    let [old, new] = &folders;
    for both in old.iter().zip(new) {
        let mut found: BTreeMap<String, Files> = BTreeMap::new();
        for (number, folder) in [both.0, both.1].into_iter().enumerate() {
            let files = match &sides[number].revision {
                Some(revision) => revision.matching_in(&pattern, folder)?,
                // An archive has no folder.
                None if folder.is_file() => Vec::new(),
                None => {
                    let files = globs::matching_in(&pattern, folder).into_iter();
                    files.map(|(name, path)| (name, path_text(&path))).collect()
                }
            };
            for (name, path) in files {
                let path = path.strip_prefix("./").map(str::to_owned).unwrap_or(path);
                found.entry(name).or_default()[number] = Some(path);
            }
        }
        if !found.is_empty() {
            return Ok(found);
        }
    }
    let [_, chart] = charts;
    match &sides[1].revision {
        Some(revision) => Err(Failure::from(format!(
            "--values {}: there is no such values file at {}",
            quoted(text),
            revision.name()
        ))),
        // What says so tells also which file may have been meant.
        None => Err(globs::matching(text, &chart).err().unwrap_or_else(globs::none)),
    }
}

/// Returns the patterns of the command line.
fn patterns(given: &Given) -> impl Iterator<Item = String> {
    given.scenarios.iter().flat_map(|text| globs::patterns(text))
}

/// Returns the paths of the values files that the scenarios of a chart have on both sides. Patterns that nothing matches
/// have none.
pub(super) fn files(given: &Given, sides: &[Place; 2]) -> Vec<String> {
    let found = patterns(given).filter_map(|pattern| matching(&pattern, sides).ok());
    found.flat_map(BTreeMap::into_values).flatten().flatten().collect()
}

/// Checks that each pattern means a file of one of several charts at least.
///
/// # Errors
/// The first pattern that means none.
pub(super) fn check<'p>(
    given: &Given,
    charts: impl Iterator<Item = &'p [Place; 2]> + Clone,
) -> Result<(), Failure> {
    for pattern in patterns(given) {
        let mut failure = None;
        for sides in charts.clone() {
            failure = matching(&pattern, sides).err();
            if failure.is_none() {
                break;
            }
        }
        if let Some(failure) = failure {
            return Err(failure);
        }
    }
    Ok(())
}

/// Returns the values files of the scenarios, of each side its own where it has one; first the chart's defaults.
fn values(given: &Given, sides: &[Place; 2], is_one_of_many: bool) -> Result<Vec<Values>, Failure> {
    let mut all = Vec::new();
    if !given.skip_defaults {
        all.push(Values { name: String::new(), files: [None, None], only: None });
    }
    let mut seen = HashSet::new();
    for pattern in patterns(given) {
        let found = match matching(&pattern, sides) {
            Err(_) if is_one_of_many => continue,
            found => found?,
        };
        for (name, [old, new]) in found {
            if !seen.insert(name.clone()) {
                continue;
            }
            let has_revision = sides.iter().any(|side| side.revision.is_some());
            let only = match (&old, &new) {
                (Some(_), None) if has_revision => Some(Which::Old),
                (None, Some(_)) if has_revision => Some(Which::New),
                _ => None,
            };
            let files = [old.clone().or_else(|| new.clone()), new.or(old)];
            all.push(Values { name, files, only });
        }
    }
    match all.is_empty() && !is_one_of_many {
        true => Err(globs::none()),
        false => Ok(all),
    }
}
