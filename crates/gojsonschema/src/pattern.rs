//! Holds Go patterns that are checked at once and compiled when they are first matched: most of a
//! schema's patterns never are.

use std::cell::OnceCell;
use std::rc::Rc;

use super::error::CheckError;
use gostd::regexp::{self, Regexp};

/// A valid Go pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    source: Box<str>,
    compiled: OnceCell<Option<Rc<Regexp>>>,
}

impl Pattern {
    /// Checks a pattern; `None` where Go's `regexp.Compile` refuses it.
    pub(super) fn new(source: &str) -> Option<Pattern> {
        is_valid(source).then(|| Pattern { source: source.into(), compiled: OnceCell::new() })
    }

    /// Returns the pattern as it was written.
    pub(super) fn as_str(&self) -> &str {
        &self.source
    }

    /// Returns whether it matches somewhere in the text.
    ///
    /// # Errors
    /// A pattern that grows beyond the engine's memory limit, which Go would have run.
    pub(super) fn is_match(&self, text: &[u8]) -> Result<bool, CheckError> {
        match self.compiled.get_or_init(|| Regexp::compile(self.source.as_bytes()).ok()) {
            Some(regexp) => Ok(regexp.is_match(text)),
            None => Err(CheckError::PatternTooLarge { pattern: self.source.clone() }),
        }
    }
}

/// Returns whether Go's `regexp.Compile` takes the pattern.
pub(super) fn is_valid(source: &str) -> bool {
    regexp::is_valid(source.as_bytes())
}
