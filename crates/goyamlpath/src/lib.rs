#![doc = include_str!("../README.md")]

mod eval;
mod lex;
mod names;
mod parse;
mod slice;
#[cfg(test)]
mod tests;

use std::fmt;

use bstr::ByteSlice;
use gostd::value::Value;

/// What is wrong with a path, or why a search with it was given up; the words are the reference's.
///
/// ```
/// use goyamlpath::Path;
/// let error = Path::parse(b"a[").unwrap_err();
/// assert_eq!(error.to_string(), "unmatched [ at position 2, following \"a[\"");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Vec<u8>);

impl Error {
    /// Returns the words; parts of a path that is not UTF-8 among them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0.as_bstr(), f)
    }
}

impl std::error::Error for Error {}

/// A path, ready for any number of searches.
///
/// ```
/// use goyamlpath::Path;
/// let data = goyaml::unmarshal(b"ports: [{name: a, port: 1}, {name: b, port: 2}]").unwrap();
/// let path = Path::parse(b"ports[?(@.name == 'b')].port")?;
/// assert_eq!(path.find(&data)?.len(), 1);
/// # Ok::<(), goyamlpath::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Path(Vec<parse::Step>);

impl Path {
    /// Parses a path, as `yamlpath.NewPath`.
    ///
    /// # Errors
    /// What the reference refuses, and filters that nest more than a thousand levels deep.
    pub fn parse(text: &[u8]) -> Result<Path, Error> {
        parse::path(text, 0).map(Path)
    }

    /// Returns the values that the path finds, keys among them, in the order of the reference: that of lists, and of
    /// keys as go-yaml v3 writes them.
    ///
    /// # Errors
    /// Where a filter compares with a number that is not finite, which ends the reference; where the search
    /// visits more than five million nodes.
    pub fn find(&self, data: &Value) -> Result<Vec<Value>, Error> {
        let found = eval::Search::new().find(&self.0, &eval::Node::Document(data.clone()))?;
        Ok(found.into_iter().map(eval::Node::into_value).collect())
    }
}
