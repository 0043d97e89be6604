//! Writes results as the XML that CI systems read, as helm-unittest's formatters do.

mod environment;
mod junit;
mod nunit;
mod sonar;
mod xunit;

use std::time::Duration;

use bstr::{BString, ByteSlice, ByteVec};

pub use environment::Environment;

use super::console::title;
use super::results::{SuiteResult, TestResult};

/// A form of report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Ant's, which most CI systems read.
    Junit,
    /// NUnit 2.5's.
    Nunit,
    /// xUnit.net 2's.
    Xunit,
    /// SonarQube's generic test executions.
    Sonar,
}

impl Format {
    /// Returns the form of a name, in whatever case; nothing for another name, for which the reference writes no report.
    pub fn named(name: &str) -> Option<Format> {
        match &*name.to_lowercase() {
            "junit" => Some(Format::Junit),
            "nunit" => Some(Format::Nunit),
            "xunit" => Some(Format::Xunit),
            "sonar" => Some(Format::Sonar),
            _ => None,
        }
    }

    /// Writes a report of suites. It has no XML declaration, as the reference's files have none.
    pub fn write(self, suites: &[SuiteResult], environment: &Environment) -> Vec<u8> {
        match self {
            Format::Junit => junit::report(suites, environment),
            Format::Nunit => nunit::report(suites, environment),
            Format::Xunit => xunit::report(suites, environment),
            Format::Sonar => sonar::report(suites),
        }
        .write("\t")
    }
}

/// Returns the name behind the last slash.
fn class_name(suite: &SuiteResult) -> &[u8] {
    let name = suite.display_name.as_slice();
    name.rfind_byte(b'/').map_or(name, |slash| &name[slash + 1..])
}

fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs() as f64 + f64::from(duration.subsec_nanos()) / 1e9)
}

/// Returns what is wrong with a test, or that it was skipped: all its assertions, those that passed among them.
fn text(test: &TestResult) -> Vec<u8> {
    let mut out = Vec::new();
    if test.skipped {
        out.push_str("SKIPPED '");
        out.push_str(&test.display_name);
        out.push_str("' \n");
    }
    if let Some(error) = &test.exec_error {
        out.push_str(error);
        out.push_str("\n");
    }
    for assertion in &test.asserts {
        out.push_str("\t\t ");
        out.push_str(title(assertion));
        out.push_str(" \n");
        let reason = std::slice::from_ref(&assertion.skip_reason);
        let lines: &[BString] = if assertion.skipped { reason } else { &assertion.fail_info };
        for line in lines {
            out.push_str("\t\t\t ");
            out.push_str(line);
            out.push_str(" \n");
        }
    }
    out
}

/// Returns [`text`] on one line.
fn text_on_one_line(test: &TestResult) -> Vec<u8> {
    text(test).replace("\n", ",").replace("\t", "")
}
