//! Holds what running suites found, as data, and the counts of the summary.

use std::time::Duration;

use bstr::BString;

/// What an assertion found.
///
/// Texts are bytes: they quote manifests and errors, which need not be UTF-8.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssertionResult {
    /// Its place in `asserts`, from 0.
    pub index: usize,
    /// The lines that say why it failed, without the indentation of the report.
    pub fail_info: Vec<BString>,
    /// Whether it held.
    pub passed: bool,
    /// Whether it was not tried.
    pub skipped: bool,
    /// Why it was not tried.
    pub skip_reason: BString,
    /// Its name as the suite writes it: `equal`, `notContains` …
    pub assert_type: BString,
    /// Whether the suite asks for the opposite, by `not: true`.
    pub not: bool,
    /// What is printed in the place of the title that the reference makes; empty for that title.
    pub custom_info: BString,
    /// Where what it looked at came from, if it failed and that was asked for: lines to print.
    pub origins: Vec<String>,
}

/// What a test found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestResult {
    /// Its `it`.
    pub display_name: BString,
    /// Its place in `tests`, from 0.
    pub index: usize,
    /// Whether all its assertions held.
    pub passed: bool,
    /// Whether it was not run, or all its assertions were skipped.
    pub skipped: bool,
    /// Why it could not be run. The reference fills it also where a template failed, though an
    /// assertion `failedTemplate` may still let the test pass.
    pub exec_error: Option<BString>,
    /// Where the templates failed, if they did, the test does not hold, and that was asked for: lines to print.
    pub origins: Vec<String>,
    /// What its assertions found, up to the first that failed where the run ends at a failure.
    pub asserts: Vec<AssertionResult>,
    /// How long it took; zero for one that was not run.
    pub duration: Duration,
}

/// How many snapshots a suite compared, and how they did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SnapshotCounts {
    /// Compared in this run.
    pub total: usize,
    /// Differing, and not to be updated.
    pub failed: usize,
    /// Not in the file before.
    pub created: usize,
    /// In the file, but not compared in this run.
    pub vanished: usize,
}

/// What a suite found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SuiteResult {
    /// Its `suite`, or what the reference takes for a suite without one.
    pub display_name: BString,
    /// The path of its file as the reference prints it; empty for none.
    pub file_path: BString,
    /// Whether all its tests held.
    pub passed: bool,
    /// Whether all its tests were skipped.
    pub skipped: bool,
    /// Whether it ended at its first failure.
    pub fail_fast: bool,
    /// Why it could not be run.
    pub exec_error: Option<BString>,
    /// What its tests found; those after a failure that ended the suite are left out.
    pub tests: Vec<TestResult>,
    /// How its snapshots did.
    pub snapshots: SnapshotCounts,
}

impl SuiteResult {
    /// Returns the sum of its tests' durations.
    pub fn duration(&self) -> Duration {
        self.tests.iter().map(|test| test.duration).sum()
    }
}

/// How many charts, suites or tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passed; the reference counts a snapshot that did not fail among these.
    pub passed: usize,
    /// Failed, for whatever reason.
    pub failed: usize,
    /// Failed because of an error.
    pub errored: usize,
    /// Skipped.
    pub skipped: usize,
}

/// The counts of a run, as the reference's `TestRunner` keeps them for its summary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Charts.
    pub charts: Counts,
    /// Suites.
    pub suites: Counts,
    /// Failed suites of which a snapshot failed.
    pub suites_with_failed_snapshots: usize,
    /// Tests.
    pub tests: Counts,
    /// Snapshots, of which only passed and failed are counted.
    pub snapshots: Counts,
    /// Snapshots that were not in their file before.
    pub snapshots_created: usize,
    /// Snapshots of a file that no test compared.
    pub snapshots_vanished: usize,
}

impl Summary {
    /// Counts a chart; `is_error` tells whether it could not be loaded, or its suites not be read.
    pub fn count_chart(&mut self, passed: bool, is_error: bool) {
        if passed {
            self.charts.passed += 1;
        } else {
            self.charts.failed += 1;
            self.charts.errored += usize::from(is_error);
        }
    }

    /// Counts a suite with its tests and snapshots, as `TestRunner.handleSuiteResult` does.
    pub fn count_suite(&mut self, suite: &SuiteResult) {
        if suite.skipped {
            self.suites.skipped += 1;
        } else if suite.passed {
            self.suites.passed += 1;
        } else {
            self.suites.failed += 1;
            self.suites.errored += usize::from(suite.exec_error.is_some());
            self.suites_with_failed_snapshots += usize::from(suite.snapshots.failed > 0);
        }
        let SnapshotCounts { total, failed, created, vanished } = suite.snapshots;
        self.snapshots.failed += failed;
        self.snapshots.passed += total.saturating_sub(failed);
        self.snapshots_created += created;
        self.snapshots_vanished += vanished;
        for test in &suite.tests {
            self.count_test(test);
        }
    }

    fn count_test(&mut self, test: &TestResult) {
        if test.passed {
            self.tests.passed += 1;
        } else if test.skipped {
            self.tests.skipped += 1;
        } else {
            self.tests.failed += 1;
            self.tests.errored += usize::from(test.exec_error.is_some());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_is_counted_once_with_its_tests_and_snapshots() {
        let failed = TestResult { exec_error: Some("boom".into()), ..TestResult::default() };
        let passed = TestResult { passed: true, skipped: true, ..TestResult::default() };
        let skipped = TestResult { skipped: true, ..TestResult::default() };
        let suite = SuiteResult {
            tests: vec![failed, passed, skipped],
            snapshots: SnapshotCounts { total: 5, failed: 2, created: 1, vanished: 3 },
            ..SuiteResult::default()
        };
        let mut summary = Summary::default();
        summary.count_suite(&suite);
        summary.count_chart(false, false);
        summary.count_chart(false, true);
        let counts = |passed, failed, errored, skipped| Counts { passed, failed, errored, skipped };
        assert_eq!(summary.charts, counts(0, 2, 1, 0));
        assert_eq!(summary.suites, counts(0, 1, 0, 0));
        assert_eq!(summary.suites_with_failed_snapshots, 1);
        assert_eq!(summary.tests, counts(1, 1, 1, 1));
        assert_eq!(summary.snapshots, counts(3, 2, 0, 0));
        assert_eq!((summary.snapshots_created, summary.snapshots_vanished), (1, 3));
    }
}
