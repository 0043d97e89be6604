//! Holds expressions that are checked at once and compiled when they are first matched: of many that
//! a program is given, most never are.

use std::cell::OnceCell;
use std::rc::Rc;

use super::{Regexp, SyntaxError, is_valid};

/// An expression that `regexp.Compile` takes.
#[derive(Debug)]
pub struct Checked {
    source: Box<str>,
    compiled: OnceCell<Option<Rc<Regexp>>>,
}

impl Checked {
    /// Checks an expression.
    ///
    /// ```
    /// use gostd::regexp::Checked;
    /// assert_eq!(Checked::new("^v[0-9]+$")?.is_match(b"v12"), Some(true));
    /// assert!(Checked::new("a(").is_err());
    /// # Ok::<(), gostd::regexp::SyntaxError>(())
    /// ```
    ///
    /// # Errors
    /// What `regexp.Compile` finds wrong with it.
    pub fn new(source: &str) -> Result<Checked, SyntaxError> {
        if !is_valid(source.as_bytes()) {
            Regexp::compile(source.as_bytes())?;
        }
        Ok(Checked { source: source.into(), compiled: OnceCell::new() })
    }

    /// Returns the expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Returns whether it matches somewhere in the text; `None` for an expression that grows beyond the
    /// engine's memory limit, which Go would have run.
    pub fn is_match(&self, text: &[u8]) -> Option<bool> {
        let compiled = self.compiled.get_or_init(|| Regexp::compile(self.source.as_bytes()).ok());
        Some(compiled.as_ref()?.is_match(text))
    }
}
