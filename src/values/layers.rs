//! The user's values: `-f` files first, then the `--set` family, each in its order.

use super::strvals;
use crate::value::{Map, Value};
use crate::yaml;

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

impl Layers {
    /// Merges all layers, as Helm does: files, JSON, plain, strings, files' contents, literals.
    ///
    /// `read` gives a file's contents by the name on the command line; its error is shown as it is.
    pub fn merge(
        &self,
        read: &mut dyn FnMut(&[u8]) -> Result<Vec<u8>, String>,
    ) -> Result<Map, String> {
        let mut base = Map::new();
        for path in &self.files {
            let data = read(path.as_bytes())?;
            let layer =
                yaml::unmarshal_map(&data).map_err(|e| format!("failed to parse {path}: {e}"))?;
            base = merge_maps(&base, &layer);
        }
        for value in &self.set_json {
            strvals::parse_json_into(value, &base).map_err(|_| {
                format!("failed parsing --set-json data {}", String::from_utf8_lossy(value))
            })?;
        }
        for value in &self.set {
            strvals::parse_into(value, &base)
                .map_err(|e| format!("failed parsing --set data: {e}"))?;
        }
        for value in &self.set_string {
            strvals::parse_into_string(value, &base)
                .map_err(|e| format!("failed parsing --set-string data: {e}"))?;
        }
        for value in &self.set_file {
            strvals::parse_file_into(value, &base, &mut |path| read(path).map(Value::from))
                .map_err(|e| format!("failed parsing --set-file data: {e}"))?;
        }
        for value in &self.set_literal {
            strvals::parse_literal_into(value, &base)
                .map_err(|e| format!("failed parsing --set-literal data: {e}"))?;
        }
        Ok(base)
    }
}

/// A map with the entries of both, tables merged; of other values `b`'s come first. Nulls stay.
///
/// What only one of them has is shared with it, not copied.
pub fn merge_maps(a: &Map, b: &Map) -> Map {
    if a.is_empty() {
        return b.clone();
    }
    let merged = a.retyped(a.map_type());
    for (key, value) in b.borrow().iter() {
        let value = match (value, merged.get(key)) {
            (Value::Map(inner), Some(Value::Map(own))) => Value::Map(merge_maps(&own, inner)),
            _ => value.clone(),
        };
        merged.insert(key.clone(), value);
    }
    merged
}
