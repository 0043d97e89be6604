//! Merges the user's values: `-f` files first, then the `--set` family, each in its order.

use std::fmt;

use super::strvals;
use gostd::value::{Map, Value};

/// What the flags say, each kind in the order given.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// `-f`/`--values`: paths, URLs, or `-`.
    pub files: Vec<String>,
    /// `--set-json`
    pub set_json: Vec<Vec<u8>>,
    /// `--set`
    pub set: Vec<Vec<u8>>,
    /// `--set-string`
    pub set_string: Vec<Vec<u8>>,
    /// `--set-file`
    pub set_file: Vec<Vec<u8>>,
    /// `--set-literal`
    pub set_literal: Vec<Vec<u8>>,
}

/// Gives a file's contents by its name on the command line.
pub type Reader<'a> = dyn FnMut(&[u8]) -> Result<Vec<u8>, String> + 'a;

/// Why the flags' values cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerError {
    /// What Helm wraps the cause in, the outermost first.
    contexts: Vec<String>,
    cause: String,
}

impl LayerError {
    fn new(context: String, cause: String) -> LayerError {
        LayerError { contexts: vec![context], cause }
    }

    /// Returns a file that cannot be read.
    pub(crate) fn read(cause: String) -> LayerError {
        LayerError { contexts: Vec::new(), cause }
    }

    /// Returns an error of a `--set` flag.
    fn set(flag: &str, cause: String) -> LayerError {
        let mut error = LayerError::new(format!("failed parsing --{flag} data"), cause);
        // The one text that the grammar's errors wrap others in.
        const INDEX: &str = "error parsing index";
        if let Some(cause) = error.cause.strip_prefix(INDEX).and_then(|c| c.strip_prefix(": ")) {
            error.contexts.push(INDEX.to_owned());
            error.cause = cause.to_owned();
        }
        error
    }

    /// Returns Helm's words, layer by layer, the cause last.
    pub fn layers(&self) -> Vec<String> {
        let mut layers = self.contexts.clone();
        layers.push(self.cause.clone());
        layers
    }
}

impl fmt::Display for LayerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for context in &self.contexts {
            write!(f, "{context}: ")?;
        }
        f.write_str(&self.cause)
    }
}

impl std::error::Error for LayerError {}

impl Layers {
    /// Merges all layers, as Helm does: files, JSON, plain, strings, files' contents, literals.
    ///
    /// `read` gives a file's contents by the name on the command line; its error is shown as it is.
    ///
    /// # Errors
    /// The first file or flag that cannot be read or parsed.
    pub fn merge(&self, read: &mut Reader<'_>) -> Result<Map, LayerError> {
        let plain = LayerError::read;
        let mut base = Map::new();
        for path in &self.files {
            let data = read(path.as_bytes()).map_err(plain)?;
            let layer = goyaml::unmarshal_map(&data)
                .map_err(|e| LayerError::new(format!("failed to parse {path}"), e.to_string()))?;
            base = merge_maps(&base, &layer);
        }
        for value in &self.set_json {
            strvals::parse_json_into(value, &base).map_err(|_| {
                plain(format!("failed parsing --set-json data {}", String::from_utf8_lossy(value)))
            })?;
        }
        for value in &self.set {
            strvals::parse_into(value, &base).map_err(|e| LayerError::set("set", e))?;
        }
        for value in &self.set_string {
            strvals::parse_into_string(value, &base)
                .map_err(|e| LayerError::set("set-string", e))?;
        }
        for value in &self.set_file {
            strvals::parse_file_into(value, &base, &mut |path| read(path).map(Value::from))
                .map_err(|e| LayerError::set("set-file", e))?;
        }
        for value in &self.set_literal {
            strvals::parse_literal_into(value, &base)
                .map_err(|e| LayerError::set("set-literal", e))?;
        }
        Ok(base)
    }
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
