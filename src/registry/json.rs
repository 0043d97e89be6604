//! Decodes the JSON that registries answer.

use super::Error;

/// Reads an answer of a registry; of a field that stands twice the last one counts.
pub(super) fn from_json<T: serde::de::DeserializeOwned>(data: &[u8]) -> Result<T, Error> {
    let text = String::from_utf8_lossy(data);
    let tree = serde_json::from_str::<serde_json::Value>(&text);
    tree.and_then(serde_json::from_value).map_err(|e| {
        // What is wrong with a text is said in Go's words.
        gostd::json::unmarshal(data).map_or_else(Error::Json, |_| Error::Shape(e))
    })
}
