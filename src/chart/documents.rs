//! Reads a file of values: one YAML document, or all of them in releases that merge them.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use bstr::ByteSlice;

use crate::profile::{Profile, Rule};
use gostd::unicode;
use gostd::value::{Map, Value};
use goyaml::YamlError;

/// The documents of a YAML stream, as Kubernetes' API machinery parts them (`YAMLReader`): by lines that begin with
/// `---`. Such a line stays with what follows it if nothing came before.
pub(crate) struct Documents<'t> {
    text: &'t [u8],
    rest: Option<&'t [u8]>,
}

/// Something follows the dashes that part a document from the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeparatorError(pub String);

impl fmt::Display for SeparatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid Yaml document separator: {}", self.0)
    }
}

impl Error for SeparatorError {}

impl<'t> Documents<'t> {
    /// Returns the documents of a text.
    pub(crate) fn of(text: &'t [u8]) -> Documents<'t> {
        Documents { text, rest: Some(text) }
    }

    /// Returns how many lines of the text lie before the next document.
    fn lines_before(&self) -> usize {
        let left = self.rest.map_or(0, <[u8]>::len);
        let before = self.text.len().checked_sub(left).and_then(|end| self.text.get(..end));
        before.map_or(0, |before| before.find_iter(b"\n").count())
    }
}

impl<'t> Iterator for Documents<'t> {
    /// Every line of a document ends in a line feed, and in no carriage return before it.
    type Item = Result<Cow<'t, [u8]>, SeparatorError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take().filter(|rest| !rest.is_empty())?;
        if let Err(error) = check_separator(rest) {
            return Some(Err(error));
        }
        if is_one_document(rest) {
            return Some(Ok(rest.into()));
        }
        let (document, after) = match rest.find(b"\n---") {
            Some(end) => rest.split_at(end + 1),
            None => (rest, &b""[..]),
        };
        if let Err(error) = check_separator(after) {
            return Some(Err(error));
        }
        self.rest = after.find_byte(b'\n').map(|end| &after[end + 1..]);
        let is_whole = document.ends_with(b"\n") && document.find_byte(b'\r').is_none();
        Some(Ok(if is_whole { document.into() } else { with_line_feeds(document).into() }))
    }
}

/// Returns whether a text is plainly one document, its lines ended as [`Documents`] gives them. Most files are: one look
/// at every byte is faster than a search.
fn is_one_document(text: &[u8]) -> bool {
    let Some((_, next)) = text.split_first() else { return false };
    let found = std::iter::zip(text, next)
        .fold(0, |found, (a, b)| found | u8::from((*a == b'\r') | (*a == b'\n') & (*b == b'-')));
    found == 0 && text.ends_with(b"\n")
}

/// Checks the first line of a text, if dashes begin it.
fn check_separator(text: &[u8]) -> Result<(), SeparatorError> {
    let Some(after) = text.strip_prefix(b"---") else { return Ok(()) };
    let after = unicode::trim_space(after.lines().next().unwrap_or_default());
    if after.is_empty() || after.starts_with(b"#") {
        return Ok(());
    }
    Err(SeparatorError(after.to_str_lossy().into_owned()))
}

fn with_line_feeds(document: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(document.len() + 1);
    for line in document.strip_suffix(b"\n").unwrap_or(document).split_str(b"\n") {
        out.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        out.push(b'\n');
    }
    out
}

/// Why a file of values cannot be read.
#[derive(Clone, Debug, PartialEq)]
pub enum ValuesFileError {
    /// It is no YAML, or no table.
    Yaml(YamlError),
    /// One of its documents is no YAML, or no table.
    Document(YamlError),
    /// It cannot be parted into documents.
    Separator(SeparatorError),
}

impl fmt::Display for ValuesFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValuesFileError::Yaml(e) => e.fmt(f),
            ValuesFileError::Document(e) => write!(f, "cannot unmarshal yaml document: {e}"),
            ValuesFileError::Separator(e) => write!(f, "error reading yaml document: {e}"),
        }
    }
}

impl Error for ValuesFileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ValuesFileError::Yaml(e) | ValuesFileError::Document(e) => Some(e),
            ValuesFileError::Separator(e) => Some(e),
        }
    }
}

/// Reads a file of values as a Helm release does: the first document, or by [`Rule::ValuesDocuments`] all of them,
/// merged. There the file ends in a line break, whether one is written or not.
///
/// # Errors
/// What is wrong with the first document that cannot be read.
pub fn read_values(text: &[u8], profile: Profile) -> Result<Map, ValuesFileError> {
    read_values_by(text, profile, |document, _| goyaml::unmarshal_map(document))
}

/// Reads as [`read_values`] does, each document by a function. That also gets what tells how many lines lie before the
/// document.
pub(crate) fn read_values_by(
    text: &[u8],
    profile: Profile,
    mut read: impl FnMut(&[u8], &dyn Fn() -> usize) -> Result<Map, YamlError>,
) -> Result<Map, ValuesFileError> {
    if !profile.has(Rule::ValuesDocuments) {
        return read(text, &|| 0).map_err(ValuesFileError::Yaml);
    }
    let text = match profile.has(Rule::LongLastLinesGo) {
        true => without_long_last_line(text),
        false => text,
    };
    let mut values = Map::new();
    let mut documents = Documents::of(text);
    loop {
        let before = Documents { ..documents };
        let Some(document) = documents.next() else { return Ok(values) };
        let document = document.map_err(ValuesFileError::Separator)?;
        let read = read(&document, &|| before.lines_before());
        values = merge_maps(&values, &read.map_err(ValuesFileError::Document)?);
    }
}

/// Returns what Go's `bufio.Reader` gives as lines: not a last one without a line break that fills its buffer a
/// whole number of times.
fn without_long_last_line(text: &[u8]) -> &[u8] {
    const BUFFER: usize = 4096;
    let start = text.rfind_byte(b'\n').map_or(0, |at| at + 1);
    let mut rest = &text[start..];
    if rest.is_empty() {
        return text;
    }
    while let Some((filled, after)) = rest.split_at_checked(BUFFER) {
        // A carriage return waits for what follows it.
        rest = if filled.ends_with(b"\r") { &rest[BUFFER - 1..] } else { after };
    }
    if rest.is_empty() { &text[..start] } else { text }
}

/// Returns a map with the entries of both, tables merged; of other values `b`'s come first. Nulls
/// stay.
///
/// What only one of them has is shared with it, not copied.
pub fn merge_maps(a: &Map, b: &Map) -> Map {
    if a.is_empty() {
        return b.clone();
    }
    let merged = a.shallow_copy();
    for (key, value) in b.borrow().iter() {
        let value = match (value, merged.get(key)) {
            (Value::Map(inner), Some(Value::Map(own))) => Value::Map(merge_maps(&own, inner)),
            _ => value.clone(),
        };
        merged.insert(key.clone(), value);
    }
    merged
}
