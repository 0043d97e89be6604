//! Writes xUnit.net's XML, as `formatter.xUnitReportXML`.

use super::{Environment, class_name, seconds, text};
use crate::markup::xml::Element;
use crate::unittest::results::{SuiteResult, TestResult};

/// What the reference calls all that it does.
const METHOD: &str = "Helm-Validation";

/// How many tests of a suite ended how.
struct Outcomes {
    passed: usize,
    /// For whatever reason but an error.
    failed: usize,
    skipped: usize,
    errors: usize,
}

impl Outcomes {
    fn of(suite: &SuiteResult) -> Outcomes {
        let count =
            |ended: fn(&TestResult) -> bool| suite.tests.iter().filter(|t| ended(t)).count();
        Outcomes {
            passed: count(|test| !test.skipped && test.passed),
            failed: count(|test| !test.skipped && !test.passed && test.exec_error.is_none()),
            skipped: count(|test| test.skipped),
            errors: count(|test| !test.skipped && !test.passed && test.exec_error.is_some()),
        }
    }
}

pub(super) fn report(suites: &[SuiteResult], environment: &Environment) -> Element {
    let suites = suites.iter().map(|suite| of_suite(suite, environment));
    Element::new("assemblies").with_children(suites)
}

fn of_suite(suite: &SuiteResult, environment: &Environment) -> Element {
    let mut children = vec![Element::new("environment").with_text(environment.platform.as_str())];
    let (total, outcomes) = match &suite.exec_error {
        Some(error) => {
            let failure = failure(format!("{METHOD}-Error"), "Error", error.to_vec());
            let error = Element::new("error")
                .attribute("type", "Error")
                .attribute("name", "Error")
                .with_children([failure]);
            children.push(Element::new("errors").with_children([error]));
            (1, Outcomes { passed: 0, failed: 0, skipped: 0, errors: 1 })
        }
        None => {
            let outcomes = Outcomes::of(suite);
            children.push(Element::new("errors"));
            children.push(collection(suite, &outcomes));
            (suite.tests.len(), outcomes)
        }
    };
    Element::new("assembly")
        .attribute("name", suite.file_path.as_slice())
        .attribute("config-file", suite.file_path.as_slice())
        .attribute("test-framework", "helm-unittest")
        .attribute("run-date", environment.date.as_str())
        .attribute("run-time", environment.time.as_str())
        .attribute("time", seconds(suite.duration()))
        .number("total", total)
        .number("passed", outcomes.passed)
        .number("failed", outcomes.failed)
        .number("skipped", outcomes.skipped)
        .number("errors", outcomes.errors)
        .with_children(children)
}

fn collection(suite: &SuiteResult, outcomes: &Outcomes) -> Element {
    Element::new("collection")
        .attribute("name", suite.display_name.as_slice())
        .attribute("time", seconds(suite.duration()))
        .number("total", suite.tests.len())
        .number("passed", outcomes.passed)
        .number("failed", outcomes.failed)
        .number("skipped", outcomes.skipped)
        .with_children(suite.tests.iter().map(|test| of_test(suite, test)))
}

fn of_test(suite: &SuiteResult, test: &TestResult) -> Element {
    let (result, outcome) = match (test.skipped, test.passed) {
        (true, _) => ("Skip", Some(Element::new("reason").with_cdata(text(test)))),
        (_, true) => ("Pass", None),
        _ => {
            let end = if test.exec_error.is_some() { "-Error" } else { "" };
            ("Fail", Some(failure(format!("{METHOD}{end}"), "Failed", text(test))))
        }
    };
    Element::new("test")
        .attribute("name", test.display_name.as_slice())
        .attribute("type", class_name(suite))
        .attribute("method", METHOD)
        .attribute("time", seconds(test.duration))
        .attribute("result", result)
        .with_children([Element::new("traits")].into_iter().chain(outcome))
}

fn failure(exception: String, message: &str, text: Vec<u8>) -> Element {
    Element::new("failure").attribute("exception-type", exception).with_children([
        Element::new("message").with_cdata(message),
        Element::new("stack-trace").with_cdata(text),
    ])
}
