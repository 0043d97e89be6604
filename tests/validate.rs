//! docs/validate.md lists each rule of `validate`, and nothing else.

use std::collections::BTreeSet;
use std::fs;

use statefulchart::validate::{Level, rules};

#[test]
fn the_page_lists_each_rule() {
    let page =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/validate.md")).unwrap();
    let rows: BTreeSet<&str> = page.lines().filter(|line| line.starts_with("| SC")).collect();
    let expected: Vec<String> = rules()
        .map(|rule| {
            let level = match rule.level {
                Level::Error => "error",
                Level::Warning => "warning",
                Level::Note => "note",
            };
            format!("| {} | {level} | {} | {} |", rule.code, rule.title, rule.source)
        })
        .collect();
    let wanted: BTreeSet<&str> = expected.iter().map(String::as_str).collect();
    assert_eq!(wanted.len(), expected.len(), "two rules have one code");
    let missing: Vec<_> = wanted.difference(&rows).collect();
    let left: Vec<_> = rows.difference(&wanted).collect();
    assert!(
        missing.is_empty() && left.is_empty(),
        "missing:\n{missing:#?}\nnot a rule any more:\n{left:#?}"
    );
}
