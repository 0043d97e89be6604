//! Bounds what the checks of a call may take all together: definitions and objects come from strangers.

use gotemplate::{Exceeded, Timer};

/// Steps that the schemas of definitions may take, whatever there is.
const SCHEMA_STEPS: usize = 8_000_000;
/// Steps that they may take beside these for each value of a custom resource, and of a default, in each version.
const SCHEMA_STEPS_A_VALUE: usize = 64;
/// Steps that the rules in CEL may take, whatever there is.
const RULE_STEPS: u64 = 20_000_000;
/// Steps that they may take beside these for each custom resource.
const RULE_STEPS_AN_OBJECT: u64 = 20_000;
/// Steps that the defaults of a definition may take, of those of schemas.
const DEFAULT_STEPS: usize = 300_000;

/// What the checks of a call may still take.
#[derive(Debug)]
pub(super) struct Bounds {
    timer: Timer<'static>,
    is_late: bool,
    /// Steps of schemas.
    pub(super) schemas: usize,
    /// Steps of rules in CEL.
    pub(super) rules: u64,
    /// Steps of the defaults of the definition that is looked at; nothing once it was said that there is more.
    pub(super) defaults: Option<usize>,
}

impl Bounds {
    pub(super) fn new(timer: Timer<'static>) -> Bounds {
        Bounds {
            timer,
            is_late: false,
            schemas: SCHEMA_STEPS,
            rules: RULE_STEPS,
            defaults: Some(DEFAULT_STEPS),
        }
    }

    /// Begins with another definition.
    pub(super) fn begin_definition(&mut self) {
        self.defaults = Some(DEFAULT_STEPS);
    }

    /// Begins with the schema of another object or default, which has so many values.
    pub(super) fn begin_schema(&mut self, values: usize) {
        let steps = values.saturating_mul(SCHEMA_STEPS_A_VALUE);
        self.schemas = self.schemas.saturating_add(steps);
    }

    /// Begins with the rules of another object.
    pub(super) fn begin_rules(&mut self) {
        self.rules = self.rules.saturating_add(RULE_STEPS_AN_OBJECT);
    }

    /// Counts a part of the work, and tells whether there is time for more.
    pub(super) fn has_time(&mut self) -> bool {
        self.is_late |= !self.timer.step();
        !self.is_late
    }

    /// Counts so many steps, and tells whether there is time for more.
    pub(super) fn has_time_for(&mut self, steps: u64) -> bool {
        self.is_late |= !self.timer.steps(steps);
        !self.is_late
    }

    /// Returns the limit of the time, if it was reached.
    pub(super) fn exceeded(&self) -> Option<Exceeded> {
        self.is_late.then(|| self.timer.exceeded())
    }
}
