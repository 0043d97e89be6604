//! Regular expressions, of which the cost is counted: what they compile to, and what it takes at most to match a text.

use gostd::regexp::{self, Regexp};

use crate::{Budget, Error, Reason};

/// Steps that a part of an expression counts that is compiled.
const COMPILE_STEPS: u64 = 16;
/// How many parts of an expression meet a byte of a text in a step.
const MATCHES_A_STEP: u64 = 2;

/// A regular expression whose use is counted.
pub struct Matcher {
    regexp: std::rc::Rc<Regexp>,
    before: u64,
}

impl Matcher {
    /// Compiles an expression.
    ///
    /// # Errors
    /// What is wrong with it, in Go's words; too many steps.
    pub fn new(pattern: &str, budget: &mut Budget) -> Result<Matcher, Error> {
        budget.take(pattern.len() as u64)?;
        let before = regexp::compiled();
        let most = budget.left() / COMPILE_STEPS;
        let regexp = match Regexp::compile_within(pattern.as_bytes(), most) {
            Some(compiled) => compiled.map_err(|error| Error::value(error.to_string()))?,
            None => return Err(too_large()),
        };
        let matcher = Matcher { regexp, before };
        matcher.count(budget)?;
        Ok(matcher)
    }

    /// Counts what was compiled since.
    fn count(&self, budget: &mut Budget) -> Result<(), Error> {
        let parts = regexp::compiled().saturating_sub(self.before);
        budget.take(parts.saturating_mul(COMPILE_STEPS))
    }

    /// Counts a search through so many bytes.
    fn search(&self, bytes: usize, budget: &mut Budget) -> Result<(), Error> {
        budget.take((bytes as u64).saturating_mul(self.regexp.parts()) / MATCHES_A_STEP)
    }

    /// Tells whether a text has a match.
    ///
    /// # Errors
    /// Too many steps.
    pub fn is_match(self, text: &str, budget: &mut Budget) -> Result<bool, Error> {
        self.once(text, budget, |regexp, text| regexp.is_match(text))
    }

    /// Returns the first match of a text.
    ///
    /// # Errors
    /// Too many steps.
    pub fn find<'t>(self, text: &'t str, budget: &mut Budget) -> Result<Option<&'t [u8]>, Error> {
        self.once(text, budget, |regexp, text| regexp.find(text))
    }

    /// Returns up to `limit` matches of a text, of a negative limit all.
    ///
    /// # Errors
    /// Too many steps.
    pub fn find_all<'t>(
        mut self,
        text: &'t str,
        limit: i64,
        budget: &mut Budget,
    ) -> Result<Vec<&'t [u8]>, Error> {
        self.before = regexp::compiled();
        let regexp = self.regexp.clone();
        let ask = |bytes| {
            // Each match may become a text of a list.
            budget.items(2)?;
            self.search(bytes, budget)
        };
        let all = regexp.find_all_within(text.as_bytes(), limit, ask)?;
        self.count(budget)?;
        Ok(all)
    }

    fn once<'t, T>(
        mut self,
        text: &'t str,
        budget: &mut Budget,
        find: impl FnOnce(&Regexp, &'t [u8]) -> T,
    ) -> Result<T, Error> {
        self.search(text.len(), budget)?;
        self.before = regexp::compiled();
        let found = find(&self.regexp, text.as_bytes());
        self.count(budget)?;
        Ok(found)
    }
}

fn too_large() -> Error {
    let words = "it takes too many steps: a regular expression is too large".to_owned();
    Error { reason: Reason::Budget, words }
}
