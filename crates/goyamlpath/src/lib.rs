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
use gostd::value::{Str, Value};

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
        let root = eval::Node::Document(data.clone(), ());
        let found = eval::Search::new().find(&self.0, &root)?;
        Ok(found.into_iter().map(eval::Node::into_value).collect())
    }

    /// Returns where the path leads: the places of what [`Path::find`] returns, in its order, or, where that is nothing, the
    /// places at which nothing further is found.
    ///
    /// # Errors
    /// Those of [`Path::find`].
    ///
    /// ```
    /// use goyamlpath::Path;
    /// let data = goyaml::unmarshal(b"ports: [{port: 1}, {port: 2}]").unwrap();
    /// let reached = Path::parse(b"ports[-1].port")?.reach(&data)?;
    /// assert!(reached.is_found && reached.missing.is_none());
    /// assert_eq!(format!("{:?}", reached.places), r#"[[Name("ports"), Item(1), Name("port")]]"#);
    /// let reached = Path::parse(b"ports[0].name")?.reach(&data)?;
    /// assert!(!reached.is_found);
    /// assert_eq!(reached.missing.as_deref(), Some(&b"name"[..]));
    /// assert_eq!(format!("{:?}", reached.places), r#"[[Name("ports"), Item(0)]]"#);
    /// # Ok::<(), goyamlpath::Error>(())
    /// ```
    pub fn reach(&self, data: &Value) -> Result<Reached, Error> {
        let root = eval::Node::Document(data.clone(), eval::Steps::default());
        let (found, stop) = eval::Search::new().reach(&self.0, &root)?;
        let places = found.into_iter().map(|node| node.into_parts().1.keys()).collect();
        let missing = match stop.and_then(|at| self.0.get(at)) {
            Some(parse::Step::Child(name)) => Some(Str::from(&name[..])),
            _ => None,
        };
        Ok(Reached { places, is_found: stop.is_none(), missing })
    }
}

/// A step from a list or map into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// To an entry of a map, by its key.
    Name(Str),
    /// To an item of a list, from 0.
    Item(usize),
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The steps to each place, from the root.
    pub places: Vec<Vec<Key>>,
    /// Whether the path leads to these places, and not beyond.
    pub is_found: bool,
    /// The name of what is not there, if the path asks for one name.
    pub missing: Option<Str>,
}
