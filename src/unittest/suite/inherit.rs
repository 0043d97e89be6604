//! Checks what was read of a suite, and gives its tests what they take over from it.

use super::{Source, Suite, VERSION};
use crate::profile::Profile;
use crate::unittest::values::check_path;

/// Returns the first text that says something.
fn or(own: &mut String, other: &str) {
    if own.is_empty() {
        other.clone_into(own);
    }
}

impl Suite {
    /// Returns the name of the file whose snapshots are the suite's, but for its ending.
    pub(in crate::unittest) fn snapshot_name(&self) -> String {
        match self.snapshot_id.is_empty() {
            true => self.file.clone(),
            false => format!("{}_{}", self.file, self.snapshot_id),
        }
    }

    /// Tells whether it has what nothing reads, or a path that is none.
    pub(in crate::unittest) fn has_unknown(&self) -> bool {
        let sets = self.tests.iter().flat_map(|test| &test.set).chain(&self.set);
        let mut all = self.tests.iter().flat_map(|test| test.assertions.iter().flatten());
        self.has_unknown
            || self.tests.iter().any(|test| test.has_unknown)
            || all.any(|assertion| assertion.has_unknown)
            || sets.into_iter().any(|(path, _)| check_path(path).is_err())
    }

    /// Returns the suite if it can be run.
    ///
    /// # Errors
    /// The reference's words for what is missing.
    pub(super) fn checked(mut self, source: Source<'_>) -> Result<Suite, String> {
        if self.tests.is_empty() {
            return Err("no tests found".into());
        }
        if source.is_rendered && self.name.is_empty() {
            return Err("helm chart based test suites must include `suite` field".into());
        }
        if !self.minimum_version.is_empty() && !is_met(&self.minimum_version) {
            self.skip_reason = format!(
                "Test suite requires minimum unittest plugin version {}, but current version is {VERSION}",
                self.minimum_version
            );
        }
        if self.tests.iter().any(|test| test.assertions.is_empty()) {
            return Err("no asserts found".into());
        }
        self.values.extend_from_slice(source.values);
        Ok(self)
    }

    /// Gives the tests what they take over.
    pub(super) fn polished(mut self) -> Suite {
        let mut tests = std::mem::take(&mut self.tests);
        if self.skip_reason.is_empty()
            && !tests.is_empty()
            && tests.iter().all(|test| !test.skip_reason.is_empty())
        {
            self.skip_reason = "all tests are skipped".into();
        }
        for test in &mut tests {
            if !self.skip_reason.is_empty() {
                test.skip_reason.clone_from(&self.skip_reason);
            }
            or(&mut test.release.name, &self.release.name);
            or(&mut test.release.namespace, &self.release.namespace);
            if test.release.revision == 0 {
                test.release.revision = self.release.revision;
            }
            test.release.is_upgrade |= self.release.is_upgrade;
            or(&mut test.chart.version, &self.chart.version);
            or(&mut test.chart.app_version, &self.chart.app_version);
            or(&mut test.cluster.major, &self.cluster.major);
            or(&mut test.cluster.minor, &self.cluster.minor);
            if let Some(own) = &mut test.cluster.api_versions {
                own.extend(self.cluster.api_versions.iter().flatten().cloned());
            }
            test.provider.objects.extend(self.provider.objects.iter().cloned());
            let scheme = self.provider.scheme.iter();
            test.provider.scheme.extend(scheme.map(|(kind, it)| (kind.clone(), it.clone())));
            test.values = [&self.values[..], &test.values].concat();
        }
        self.tests = tests;
        self
    }
}

fn is_met(minimum: &str) -> bool {
    let semver = Profile::default().semver();
    match (semver.version(VERSION), semver.version(minimum)) {
        (Ok(own), Ok(minimum)) => own.precedence(&minimum).is_ge(),
        _ => false,
    }
}
