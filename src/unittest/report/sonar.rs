//! Writes SonarQube's generic test executions, as `formatter.sonarReportXML`.

use super::text;
use crate::markup::xml::Element;
use crate::unittest::results::{SuiteResult, TestResult};

pub(super) fn report(suites: &[SuiteResult]) -> Element {
    let files = suites.iter().map(|suite| {
        let tests = suite.tests.iter().map(of_test);
        Element::new("file").attribute("path", suite.file_path.as_slice()).with_children(tests)
    });
    Element::new("testExecutions").attribute("version", "1").with_children(files)
}

fn of_test(test: &TestResult) -> Element {
    let outcome = |name: &'static str, message: &str, text: Vec<u8>| {
        Element::new(name).attribute("message", message).with_cdata(text)
    };
    let outcome = match &test.exec_error {
        _ if test.skipped => Some(outcome("skipped", "Skipped", text(test))),
        _ if test.passed => None,
        Some(error) => Some(outcome("error", "Error", error.to_vec())),
        None => Some(outcome("failure", "Failed", text(test))),
    };
    Element::new("testCase")
        .attribute("name", test.display_name.as_slice())
        .attribute("duration", test.duration.as_millis().to_string())
        .with_children(outcome)
}
