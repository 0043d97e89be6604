//! Runs `lint`: what may be wrong with charts.

use std::path::{Path, PathBuf};

use gojsonschema::Loader;
use gostd::os::{bytes_of, path_of, path_text, text_of};
use gostd::value::Map;
use walkdir::WalkDir;

use crate::clock::Clock;
use crate::lint::{self, Finding, LintError, Severity};
use crate::profile::Profile;
use crate::render::{KubeVersion, Limits};
use crate::report::Reporter;

/// Lints charts, as `helm lint` does.
#[derive(Clone, Debug, Default)]
pub struct Lint {
    /// The charts: folders or archives. None is the folder at hand.
    pub paths: Vec<String>,
    /// Lints the charts below them, too.
    pub with_subcharts: bool,
    /// The namespace that templates see.
    pub namespace: String,
    /// The Kubernetes version that templates see and that deprecations are checked against; `None`
    /// for the one that Helm assumes.
    pub kube_version: Option<KubeVersion>,
    /// Leaves out the check of the coalesced values against the schema.
    pub skip_schema_validation: bool,
    /// Takes warnings for failures.
    pub strict: bool,
    /// The time.
    pub clock: Clock,
    /// The Helm release that is reproduced.
    pub profile: Profile,
    /// How much the templates may take.
    pub limits: Limits,
}

/// A chart that was linted.
#[derive(Debug)]
pub struct Linted {
    /// Its path.
    pub path: String,
    /// What was found, if there was a chart to lint.
    pub findings: Result<Vec<Finding>, LintError>,
    /// Whether this fails the whole.
    pub failed: bool,
}

impl Linted {
    /// Returns whether there is nothing but information.
    pub fn is_clean(&self) -> bool {
        let quiet = |findings: &Vec<Finding>| findings.iter().all(|f| f.severity == Severity::Info);
        self.findings.as_ref().is_ok_and(quiet)
    }
}

impl Lint {
    /// Lints one chart after another with the user's values. Helm puts the defaults of each under the
    /// tables of `user`, so that a second chart is linted with what the first one left there. `schemas` brings
    /// the documents that schemas refer to.
    pub fn run<'r>(
        &'r self,
        user: &'r Map,
        schemas: &'r dyn Loader,
        reporter: &'r dyn Reporter,
    ) -> impl Iterator<Item = Linted> + 'r {
        let options = lint::Options {
            namespace: &self.namespace,
            kube_version: self.kube_version.as_ref(),
            skip_schema: self.skip_schema_validation,
            schemas,
            clock: &self.clock,
            profile: self.profile,
            limits: self.limits,
        };
        let tolerated = if self.strict { Severity::Info } else { Severity::Warning };
        self.all_paths().into_iter().map(move |path| {
            let findings = lint::lint(&path_of(&path), user, &options, reporter);
            let bad = |findings: &Vec<Finding>| findings.iter().any(|f| f.severity > tolerated);
            let failed = findings.as_ref().map_or(true, bad);
            Linted { path, findings, failed }
        })
    }

    /// Returns the charts to lint: with subcharts, in the order of Go's `filepath.Walk`.
    fn all_paths(&self) -> Vec<String> {
        let mut paths = self.paths.clone();
        if paths.is_empty() {
            paths.push(".".to_owned());
        }
        if self.with_subcharts {
            for path in paths.clone() {
                subcharts(&join(&path, "charts"), &mut paths);
            }
        }
        paths
    }
}

/// Adds the charts below a folder, links not followed.
fn subcharts(folder: &Path, into: &mut Vec<String>) {
    for entry in WalkDir::new(folder).sort_by_file_name().into_iter().flatten() {
        let path = entry.path();
        let shown = path_text(path);
        if path.file_name().is_some_and(|name| name == "Chart.yaml") {
            let parent = path.parent().unwrap_or(Path::new("."));
            into.push(path_text(parent));
        } else if shown.ends_with(".tgz") || shown.ends_with(".tar.gz") {
            into.push(shown);
        }
    }
}

/// Reproduces Go's `filepath.Join`.
fn join(folder: &str, name: &str) -> PathBuf {
    let joined = gostd::path::join([&*bytes_of(folder), name.as_bytes()]);
    path_of(&text_of(joined)).into_owned()
}
