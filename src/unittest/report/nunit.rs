//! Writes NUnit's XML, as `formatter.nUnitReportXML`.

use super::{Environment, class_name, seconds, text};
use crate::markup::xml::Element;
use crate::unittest::results::{SuiteResult, TestResult};

/// What is unknown, and what never happens, stands in the report all the same.
pub(super) fn report(suites: &[SuiteResult], environment: &Environment) -> Element {
    let errors = suites.iter().filter(|suite| suite.exec_error.is_some()).count();
    // The tests of a suite with an error of its own count as one.
    let run = suites.iter().filter(|suite| suite.exec_error.is_none());
    let tests: Vec<&TestResult> = run.flat_map(|suite| &suite.tests).collect();
    let skipped = tests.iter().filter(|test| test.skipped).count();
    let failed = tests.iter().filter(|test| !test.passed && !test.skipped);
    let errored = failed.clone().filter(|test| test.exec_error.is_some()).count();
    let failures = failed.count() - errored;
    let machine = Element::new("environment")
        .attribute("nunit-version", "2.5.8.0")
        .attribute("clr-version", "unknown")
        .attribute("os-version", "unknown")
        .attribute("platform", environment.platform.as_str())
        .attribute("cwd", environment.folder.as_slice())
        .attribute("machine-name", environment.host.as_slice())
        .attribute("user", environment.user.as_slice())
        .attribute("user-domain", environment.domain.as_slice());
    let culture = Element::new("culture-info")
        .attribute("current-culture", environment.culture.as_slice())
        .attribute("current-uiculture", environment.ui_culture.as_slice());
    Element::new("test-results")
        .attribute("name", "helm-unittest")
        .number("total", tests.len() + errors)
        .number("errors", errored + errors)
        .number("failures", failures)
        .number("inconclusive", 0)
        .number("not-run", 0)
        .number("ignored", 0)
        .number("skipped", skipped)
        .number("invalid", 0)
        .attribute("date", environment.date.as_str())
        .attribute("time", environment.time.as_str())
        .with_children([machine, culture].into_iter().chain(suites.iter().map(of_suite)))
}

fn of_suite(suite: &SuiteResult) -> Element {
    let failure = suite.exec_error.as_ref().map(|error| failure("Error", error.to_vec()));
    // The tests of a suite that could not be run are left out, the element is not.
    let tests = if failure.is_some() { &[][..] } else { &suite.tests };
    let tests = tests.iter().map(|test| of_test(suite, test));
    let results = Element::new("results").with_children(tests);
    Element::new("test-suite")
        .attribute("type", "TestFixture")
        .attribute("name", suite.display_name.as_slice())
        .attribute("description", suite.file_path.as_slice())
        .attribute("success", boolean(suite.passed))
        .attribute("time", seconds(suite.duration()))
        .attribute("executed", boolean(suite.exec_error.is_none() && !suite.skipped))
        .attribute("asserts", "")
        .attribute("result", result(suite.passed, suite.skipped))
        .with_children(failure.into_iter().chain([results]))
}

fn of_test(suite: &SuiteResult, test: &TestResult) -> Element {
    let name = test.display_name.as_slice();
    let outcome = if test.skipped {
        let message = Element::new("message").with_text(text(test));
        Some(Element::new("reason").with_children([message]))
    } else if test.passed {
        None
    } else {
        Some(failure("Failed", text(test)))
    };
    Element::new("test-case")
        .attribute("name", name)
        .attribute("description", [class_name(suite), b".", name].concat())
        .attribute("success", boolean(test.passed))
        .attribute("time", seconds(test.duration))
        .attribute("executed", boolean(test.exec_error.is_none() && !test.skipped))
        .attribute("asserts", "0")
        .attribute("result", result(test.passed, test.skipped))
        .with_children(outcome)
}

fn failure(message: &str, text: Vec<u8>) -> Element {
    Element::new("failure").with_children([
        Element::new("message").with_text(message),
        Element::new("stack-trace").with_text(text),
    ])
}

fn boolean(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

fn result(passed: bool, skipped: bool) -> &'static str {
    match (skipped, passed) {
        (true, _) => "Skipped",
        (_, true) => "Success",
        _ => "Failed",
    }
}
