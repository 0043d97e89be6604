//! Writes results as helm-unittest prints them, with its colours where they are wanted.

use std::time::Duration;

use bstr::{BStr, ByteVec};
use gostd::path;

use super::results::{AssertionResult, Counts, SuiteResult, Summary, TestResult};

/// How a text is shown on a terminal: the escapes before and after it, as fatih/color 1.19 writes them.
#[derive(Clone, Copy, Debug)]
enum Style {
    Danger,
    DangerLabel,
    Faint,
    Highlight,
    SuccessLabel,
    Warning,
    WarningLabel,
}

impl Style {
    fn escapes(self) -> (&'static str, &'static str) {
        match self {
            Style::Danger => ("\x1b[31m", "\x1b[0m"),
            Style::DangerLabel => ("\x1b[41;37m", "\x1b[0;0m"),
            Style::Faint => ("\x1b[2m", "\x1b[22m"),
            Style::Highlight => ("\x1b[1m", "\x1b[22m"),
            Style::SuccessLabel => ("\x1b[42;30m", "\x1b[0;0m"),
            Style::Warning => ("\x1b[33m", "\x1b[0m"),
            Style::WarningLabel => ("\x1b[43;30m", "\x1b[0;0m"),
        }
    }
}

/// Appends results to a text. Each part can be made anywhere and printed in its turn.
#[derive(Clone, Copy, Debug, Default)]
pub struct Console {
    /// Whether texts have colours.
    pub is_colored: bool,
}

impl Console {
    fn styled(self, style: Style, text: &[u8]) -> Vec<u8> {
        if !self.is_colored {
            return text.to_vec();
        }
        let (before, after) = style.escapes();
        [before.as_bytes(), text, after.as_bytes()].concat()
    }

    /// Writes what stands before the suites of a chart.
    pub fn chart(self, out: &mut Vec<u8>, name: &[u8], path: &[u8]) {
        let (name, path) = (self.styled(Style::Highlight, name), self.styled(Style::Faint, path));
        out.push_str("\n### Chart [ ");
        out.push_str(name);
        out.push_str(" ] ");
        out.push_str(path);
        out.push_str("\n\n");
    }

    /// Writes why a chart cannot be loaded, its suites not be read, or a report not be written.
    pub fn error(self, out: &mut Vec<u8>, error: &[u8]) {
        out.push_str("\n### ");
        out.push_str(self.styled(Style::Danger, b"Error: "));
        out.push_str(" ");
        out.push_str(error);
        out.push_str("\n\n");
    }

    /// Writes a suite, and of its tests those that did not pass.
    pub fn suite(self, out: &mut Vec<u8>, suite: &SuiteResult) {
        let label = match suite {
            SuiteResult { skipped: true, .. } => self.styled(Style::WarningLabel, b" SKIP "),
            SuiteResult { passed: true, .. } => self.styled(Style::SuccessLabel, b" PASS "),
            _ => self.styled(Style::DangerLabel, b" FAIL "),
        };
        out.push_str(label);
        out.push_str(" ");
        out.push_str(self.styled(Style::Highlight, &suite.display_name));
        out.push_str("\t");
        if !suite.file_path.is_empty() {
            let folder = [&path::dir(&suite.file_path)[..], b"/"].concat();
            out.push_str(self.styled(Style::Faint, &folder));
            out.push_str(path::base(&suite.file_path));
        }
        out.push_str("\n");
        if let Some(error) = &suite.exec_error {
            out.push_str("\t");
            out.push_str(self.styled(Style::Highlight, b"- Execution Error: "));
            out.push_str("\n\t\t");
            out.push_str(error);
            out.push_str("\n\n");
            return;
        }
        for test in &suite.tests {
            self.test(out, test);
        }
    }

    fn test(self, out: &mut Vec<u8>, test: &TestResult) {
        if test.passed {
            return;
        }
        let name = test.display_name.as_slice();
        out.push_str("\t");
        if test.skipped {
            out.push_str(self.styled(Style::Highlight, b"- "));
            out.push_str(self.styled(Style::WarningLabel, b"SKIPPED"));
            out.push_str(self.styled(Style::Warning, &[b" '", name, b"'"].concat()));
            out.push_str("\n");
            return;
        }
        if let Some(error) = &test.exec_error {
            out.push_str(self.styled(Style::Highlight, &[b"- ", name].concat()));
            out.push_str("\n\t\t");
            out.push_str(self.styled(Style::Highlight, &[b"Error: ", &error[..], b"\n"].concat()));
            out.push_str("\n");
            return;
        }
        // The line feed has the colour too.
        out.push_str(self.styled(Style::Danger, &[b"- ", name, b"\n"].concat()));
        out.push_str("\n");
        for assertion in test.asserts.iter().filter(|assertion| !assertion.passed) {
            out.push_str("\t\t");
            out.push_str(self.styled(Style::Danger, &title(assertion)));
            out.push_str("\n");
            for line in &assertion.fail_info {
                out.push_str("\t\t\t");
                out.push_str(line);
                out.push_str("\n");
            }
            out.push_str("\n");
        }
    }

    /// Writes what stands after all suites.
    pub fn summary(self, out: &mut Vec<u8>, summary: &Summary, elapsed: Duration) {
        if summary.snapshots.failed > 0 {
            let failed = format!("{} snapshot failed", summary.snapshots.failed);
            let advice = b" Check changes and use `-u` to update snapshot.";
            out.push_str("\nSnapshot Summary: ");
            out.push_str(self.styled(Style::Danger, failed.as_bytes()));
            let suites = summary.suites_with_failed_snapshots;
            out.push_str(format!(" in {suites} test suite."));
            out.push_str(self.styled(Style::Faint, advice));
            out.push_str("\n");
        }
        let counts = [
            ("\nCharts:      ", summary.charts),
            ("Test Suites: ", summary.suites),
            ("Tests:       ", summary.tests),
            ("Snapshot:    ", summary.snapshots),
        ];
        for (name, counts) in counts {
            out.push_str(name);
            self.counts(out, counts);
            out.push_str("\n");
        }
        let nanoseconds = i64::try_from(elapsed.as_nanos()).unwrap_or(i64::MAX);
        out.push_str("Time:        ");
        out.push_str(gostd::time::format_duration(nanoseconds));
        out.push_str("\n\n");
    }

    fn counts(self, out: &mut Vec<u8>, counts: Counts) {
        let Counts { passed, failed, errored, skipped } = counts;
        if failed > 0 {
            out.push_str(self.styled(Style::Danger, format!("{failed} failed, ").as_bytes()));
        }
        if errored > 0 {
            out.push_str(format!("{errored} errored, "));
        }
        let total = passed + failed + skipped;
        let skips = if skipped > 0 { format!("{skipped} skipped, ") } else { String::new() };
        out.push_str(format!("{passed} passed, {skips}{total} total"));
    }
}

/// Returns the line that names an assertion.
pub(super) fn title(assertion: &AssertionResult) -> Vec<u8> {
    if !assertion.custom_info.is_empty() {
        return assertion.custom_info.to_vec();
    }
    let not = if assertion.not { " NOT" } else { "" };
    let name: &BStr = assertion.assert_type.as_ref();
    let mut title = format!("- asserts[{}]{not} `", assertion.index).into_bytes();
    title.push_str(name);
    title.push_str("` fail");
    title
}
