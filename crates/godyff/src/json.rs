//! Reads JSON as `encoding/json` does, for inputs and for texts that hold it.

use gostd::json::{Stream, StreamError, marshal_indent, unmarshal};
use goyaml::{Documents, marshal_pretty, read_documents};

use crate::error::Error;

/// Reads the documents of a JSON stream: each as the YAML that go-yaml makes of it, its keys sorted.
pub(crate) fn documents(text: &[u8]) -> Result<Documents, Error> {
    let mut all = Documents::default();
    for value in Stream::new(text) {
        let value = value.map_err(|error| {
            Error::Json(match error {
                StreamError::Syntax { error, .. } => error.to_string(),
                StreamError::UnexpectedEnd => "unexpected EOF".to_owned(),
            })
        })?;
        let text = marshal_pretty(&value).map_err(|error| Error::Json(error.to_string()))?;
        all.append(read_documents(&text)?);
    }
    Ok(all)
}

/// Returns JSON in Go's layout; nothing for what is no JSON.
pub(crate) fn formatted(text: &[u8]) -> Option<Vec<u8>> {
    let first = *text.trim_ascii_start().first()?;
    if !matches!(first, b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') {
        return None;
    }
    let value = unmarshal(text).ok()?;
    let mut text = marshal_indent(&value, b"", b"  ", true).ok()?;
    text.push(b'\n');
    Some(text)
}
