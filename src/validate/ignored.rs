//! The annotation with which an object says which rules it is not to be told of.

use bstr::ByteSlice;
use gostd::value::Value;

use super::node::Node;
use super::{Findings, Level, Rule, rules};
use crate::diff::Object;

pub(super) static RULES: &[Rule] = &[CODE];

const CODE: Rule = Rule {
    code: "SC901",
    level: Level::Warning,
    title: "The annotation statefulchart.io/validate-ignore should name codes of rules",
    source: "this page",
};

/// Holds codes, or what codes begin with, divided by commas or spaces.
const ANNOTATION: &str = "statefulchart.io/validate-ignore";

fn codes(text: &[u8]) -> Vec<String> {
    let words = text.split(|b| b.is_ascii_whitespace() || *b == b',');
    words.filter(|word| !word.is_empty()).map(|word| word.to_str_lossy().to_uppercase()).collect()
}

/// Tells whether a text is a code of a rule, or what some begin with, but not all of them, as `SC` is.
pub(super) fn is_known(code: &str) -> bool {
    code.len() > 2 && rules().any(|rule| rule.code.starts_with(code))
}

/// Returns the codes, or what codes begin with, of the rules that an object is not to be told of.
pub(super) fn of(object: &Object) -> Vec<String> {
    match object.get(&["metadata", "annotations", ANNOTATION]) {
        Some(Value::Str(text)) => codes(&text).into_iter().filter(|code| is_known(code)).collect(),
        _ => Vec::new(),
    }
}

/// Checks that the annotation names rules.
pub(super) fn check(root: &Node<'_>, found: &mut Findings) {
    let metadata = root.at("metadata");
    let annotations = metadata.at("annotations");
    let annotation = annotations.at(ANNOTATION);
    for code in codes(&annotation.text_or_empty()).iter().filter(|code| !is_known(code)) {
        let near = found.near(code, rules().map(|rule| rule.code));
        let path = annotation.path();
        let help = near.map(|near| format!("did you mean {near}?"));
        found.add_at(&CODE, path, format!("no rule has the code {code:?}"), help);
    }
}
