//! Makes the matrix of scenarios that both sides are rendered with: values files, versions of Kubernetes, releases of Helm.

use std::collections::BTreeMap;
use std::path::Path;

use gostd::os::{path_of, path_text};
use statefulchart::diff::effects::Cluster;
use statefulchart::profile::{Profile, Rule};
use statefulchart::render::KubeVersion;

use super::sides::Place;
use crate::cli::flags::Given;
use crate::cli::{Failure, globs, profile};

/// The values file of the left side and of the right one.
type Files = [Option<String>; 2];

/// What both sides are rendered with, beside the flags.
#[derive(Clone)]
pub(super) struct Scenario {
    /// What tells it from others; empty for the only one.
    pub(super) name: String,
    /// The values file of the left side and of the right one.
    pub(super) values: Files,
    kube: [Option<String>; 2],
    profiles: [Profile; 2],
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

fn list(text: Option<&str>) -> Vec<String> {
    let parts = text.unwrap_or_default().split(',').map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// Returns the releases of Helm that are asked for.
pub(super) fn profiles(given: &Given) -> Result<Vec<(String, Profile)>, Failure> {
    let mut all = Vec::new();
    for text in list(given.helm.as_deref()) {
        let profile = Profile::parse(&text).map_err(|e| Failure::from(e.to_string()))?;
        all.push((text, profile));
    }
    if all.is_empty() {
        all.push((String::new(), profile::current()));
    }
    Ok(all)
}

/// Returns the scenarios for two charts.
///
/// # Errors
/// Values files and versions that are none.
pub(super) fn of(given: &Given, sides: &[Place; 2]) -> Result<Vec<Scenario>, Failure> {
    let values = values(given, sides)?;
    let kubes = list(given.kube_version.as_deref());
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
    for (name, files) in &values {
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
                    kube: [kube.clone(), to_kube],
                    profiles: [*profile, right.unwrap_or(*profile)],
                });
            }
        }
    }
    Ok(all)
}

/// Returns the values files of the scenarios, of each side its own where it has one; first the chart's defaults.
fn values(given: &Given, sides: &[Place; 2]) -> Result<Vec<(String, Files)>, Failure> {
    let mut all = vec![(String::new(), [None, None])];
    for pattern in given.scenarios.iter().flat_map(|text| globs::patterns(text)) {
        let mut found: BTreeMap<String, Files> = BTreeMap::new();
        let mut failure = None;
        for (number, side) in sides.iter().enumerate() {
            let files = match &side.revision {
                Some(revision) => revision.matching(&pattern, &side.argument),
                None => {
                    let chart = path_of(&side.argument);
                    let files = globs::matching(&pattern, Path::new(&*chart));
                    files.map(|files| {
                        files.into_iter().map(|(name, path)| (name, path_text(&path))).collect()
                    })
                }
            };
            match files {
                Ok(files) => files.into_iter().for_each(|(name, path): (String, String)| {
                    found.entry(name).or_default()[number] = Some(path);
                }),
                Err(e) => failure = Some(e),
            }
        }
        match failure {
            Some(failure) if found.is_empty() => return Err(failure),
            _ => {}
        }
        for (name, [old, new]) in found {
            let files = [old.clone().or_else(|| new.clone()), new.or(old)];
            if !all.iter().any(|(known, _)| *known == name) {
                all.push((name, files));
            }
        }
    }
    if given.skip_defaults {
        all.remove(0);
    }
    match all.is_empty() {
        true => Err(globs::none()),
        false => Ok(all),
    }
}
