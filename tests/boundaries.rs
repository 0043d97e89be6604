//! Holds each rule in which Helm's releases differ to a case: one whose goldens differ between the last release
//! without the rule and the first with it.

mod support;

use statefulchart::profile::{Profile, RELEASES, RULES};
use support::cases;

/// What a case names that shows the Kubernetes that releases assume.
const KUBERNETES: &str = "kubernetes_version";

#[test]
fn each_rule_has_a_case_at_each_of_its_boundaries() {
    let cases = cases();
    let mut missing = Vec::new();
    for pair in RELEASES.windows(2) {
        let [before, after] = [&pair[0], &pair[1]].map(Profile::of);
        let rules = RULES.iter().filter(|row| before.has(row.rule) != after.has(row.rule));
        let kubernetes = |p: Profile| (p.kubernetes(), p.kubernetes_client());
        let moves = kubernetes(before) != kubernetes(after);
        for name in rules.map(|row| row.name).chain(moves.then_some(KUBERNETES)) {
            let [a, b] = [before, after].map(|profile| profile.helm().version.to_string());
            let outputs = |goldens: &[support::Golden], release: &str| {
                goldens.iter().find(|g| g.release == release).map(|g| g.outputs.clone())
            };
            let named = cases.iter().filter(|(case, _)| case.rules.iter().any(|rule| rule == name));
            let is_shown = named.into_iter().any(|(_, goldens)| {
                let sides = (outputs(goldens, &a), outputs(goldens, &b));
                matches!(sides, (Some(a), Some(b)) if a != b)
            });
            if !is_shown {
                missing.push(format!("{name}: {a}, {b}"));
            }
        }
    }
    assert!(
        missing.is_empty(),
        "no case with a line `rule: NAME` shows the difference between\n{}",
        missing.join("\n")
    );
}

#[test]
fn cases_name_rules_that_there_are() {
    for (case, _) in cases() {
        for rule in &case.rules {
            let is_known = rule == KUBERNETES || RULES.iter().any(|row| row.name == rule);
            assert!(is_known, "{}: {rule}", case.name);
        }
    }
}
