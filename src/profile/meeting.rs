//! Says where a chart meets a rule in which Helm releases differ.

use super::{RULES, Row, Rule};

/// A place where a chart meets a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// The rule.
    pub rule: Rule,
    /// The file, from the chart's folder.
    pub file: String,
    /// The line in it, from 1.
    pub line: usize,
    /// What stands there.
    pub what: String,
}

impl Meeting {
    /// Returns the rule's row.
    pub fn row(&self) -> Option<&'static Row> {
        RULES.iter().find(|row| row.rule == self.rule)
    }

    /// Returns whether what stands there is what a rule is about.
    pub fn is_about(&self, rule: Rule) -> bool {
        self.rule == rule || [self.rule, rule].iter().all(|rule| NULLS.contains(rule))
    }
}

/// The rules about nulls in a chart's own values, the one that is named first.
pub(crate) const NULLS: &[Rule] = &[Rule::NullDefaultsGo, Rule::NullsOverNullsStay];
