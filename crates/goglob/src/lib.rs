#![doc = include_str!("../README.md")]

mod compile;
mod error;
mod matcher;
mod parse;

pub use error::Error;
use matcher::Matcher;

/// A compiled `gobwas/glob` pattern: `*`, `**`, `?`, `[a-z]`, `[!abc]`, `{a,b*}`.
///
/// Helm's users depend on what that library matches, not only on what its manual says: `a/**/b`
/// matches `a/b`, for instance, since prefix and suffix may overlap.
///
/// ```
/// use goglob::Glob;
/// let glob = Glob::new(b"conf/*.{yaml,json}", &['/']).unwrap();
/// assert!(glob.matches(b"conf/a.yaml"));
/// assert!(!glob.matches(b"conf/x/a.yaml"));
/// ```
#[derive(Clone, Debug)]
pub struct Glob(Matcher);

impl Glob {
    /// Compiles a pattern, in which `*` and `?` stop at the separators.
    ///
    /// # Errors
    ///
    /// What is wrong with the pattern, in words close to the library's.
    pub fn new(pattern: &[u8], separators: &[char]) -> Result<Glob, Error> {
        let tree = parse::parse(pattern)?;
        Ok(Glob(compile::compile(&tree, separators)))
    }

    /// Returns whether the whole text matches.
    pub fn matches(&self, text: &[u8]) -> bool {
        self.0.matches(text, &matcher::Budget::new())
    }
}

#[cfg(test)]
mod tests;
