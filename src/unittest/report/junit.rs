//! Writes JUnit's XML, as `formatter.jUnitReportXML`.

use super::{Environment, class_name, seconds, text_on_one_line};
use crate::markup::xml::Element;
use crate::unittest::results::{SuiteResult, TestResult};

pub(super) fn report(suites: &[SuiteResult], environment: &Environment) -> Element {
    let suites = suites.iter().enumerate().map(|(id, suite)| of_suite(id, suite, environment));
    Element::new("testsuites").with_children(suites)
}

fn of_suite(id: usize, suite: &SuiteResult, environment: &Environment) -> Element {
    let failed = |test: &&TestResult| !test.skipped && !test.passed;
    let errors = suite.tests.iter().filter(failed).filter(|t| t.exec_error.is_some()).count();
    let failures = suite.tests.iter().filter(failed).count() - errors;
    let version = Element::new("property")
        .attribute("name", "helm-unittest.version")
        .attribute("value", "1.6");
    let properties = Element::new("properties").with_children([version]);
    let tests = suite.tests.iter().map(|test| of_test(suite, test));
    Element::new("testsuite")
        .number("id", id)
        .number("tests", suite.tests.len())
        .number("failures", failures)
        .number("errors", errors)
        .attribute("package", "")
        .attribute("time", seconds(suite.duration()))
        .attribute("name", suite.display_name.as_slice())
        .attribute("timestamp", format!("{}T{}", environment.date, environment.time))
        .attribute("hostname", environment.host.as_slice())
        .with_children([properties].into_iter().chain(tests))
}

fn of_test(suite: &SuiteResult, test: &TestResult) -> Element {
    let failure = |name: &'static str, message: &str, text: Vec<u8>| {
        Element::new(name).attribute("message", message).attribute("type", "").with_text(text)
    };
    let outcome = match &test.exec_error {
        _ if test.skipped => {
            Some(Element::new("skipped").attribute("message", text_on_one_line(test)))
        }
        _ if test.passed => None,
        Some(error) => Some(failure("error", "Error", error.to_vec())),
        None => Some(failure("failure", "Failed", text_on_one_line(test))),
    };
    Element::new("testcase")
        .attribute("classname", class_name(suite))
        .attribute("name", test.display_name.as_slice())
        .attribute("time", seconds(test.duration))
        .with_children(outcome)
}
