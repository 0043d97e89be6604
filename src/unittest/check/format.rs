//! Makes the lines that say why an assertion failed.

use std::borrow::Cow;

use bstr::{BString, ByteSlice};
use gostd::value::Value;
use goyaml::marshal_pretty;

use crate::unittest::manifest::{Maps, with_texts};

/// Where a value stands, as far as it is told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    pub(super) document: Option<usize>,
    pub(super) value: Option<usize>,
}

impl Place {
    pub(super) const NONE: Place = Place { document: None, value: None };

    pub(super) fn of(document: usize, value: usize) -> Place {
        Place { document: Some(document), value: Some(value) }
    }

    pub(super) fn of_document(document: usize) -> Place {
        Place { document: Some(document), value: None }
    }
}

/// Which parts a message has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parts {
    pub(super) path: bool,
    pub(super) actual: bool,
    pub(super) diff: bool,
}

impl Parts {
    pub(super) const NONE: Parts = Parts { path: false, actual: false, diff: false };
    pub(super) const PATH: Parts = Parts { path: true, ..Parts::NONE };
    pub(super) const ACTUAL: Parts = Parts { actual: true, ..Parts::NONE };
    pub(super) const PATH_ACTUAL: Parts = Parts { path: true, actual: true, diff: false };
    pub(super) const ALL: Parts = Parts { path: true, actual: true, diff: true };
}

/// Says what was expected; `what` follows the word `Expected`.
pub(super) fn fail(
    not: bool,
    what: &str,
    parts: Parts,
    place: Place,
    texts: &[&[u8]],
) -> Vec<BString> {
    let mut format = String::new();
    if parts.path {
        format.push_str("Path:%s");
    }
    let not = if not { " NOT" } else { "" };
    format.push_str(&format!("\nExpected{not}{what}:\n%s\n"));
    if parts.actual {
        format.push_str("Actual:\n%s\n");
    }
    if parts.diff {
        format.push_str("Diff:\n%s\n");
    }
    split(&format, place, texts)
}

/// Says what went wrong.
pub(super) fn error(place: Place, why: &[u8]) -> Vec<BString> {
    split("\nError:\n%s\n", place, &[why])
}

/// Fills in a format, each text indented by a tab, and splits it into lines.
pub(super) fn split(format: &str, place: Place, texts: &[&[u8]]) -> Vec<BString> {
    let indented = |text: &&[u8]| {
        let text = text.replace(b"\n", b"\n\t");
        let text = text.trim_with(|c| matches!(c, '\n' | '\t' | ' '));
        Value::from([b"\t", text].concat())
    };
    let texts: Vec<Value> = texts.iter().map(indented).collect();
    let format = format.trim_matches(['\t', '\n', ' ']);
    let filled = gostd::fmt::sprintf(format.as_bytes(), &texts).unwrap_or_default();
    let mut lines = Vec::new();
    if let Some(document) = place.document {
        lines.push(BString::from(format!("DocumentIndex:\t{document}")));
    }
    if let Some(value) = place.value {
        lines.push(BString::from(format!("ValuesIndex:\t{value}")));
    }
    lines.extend(filled.split_str("\n").map(BString::from));
    lines
}

/// Writes a value as the reference does: texts without line feeds in front.
pub(in crate::unittest) fn yaml(value: &Value) -> Vec<u8> {
    marshal_pretty(&without_line_feeds(value)).unwrap_or_else(|e| e.to_string().into_bytes())
}

/// Returns a value whose texts begin with no line feed: the reference leaves them out of what it writes.
pub(in crate::unittest) fn without_line_feeds(value: &Value) -> Cow<'_, Value> {
    let without = |text: &[u8]| {
        let start = text.iter().take_while(|byte| **byte == b'\n').count();
        (start > 0).then(|| Value::str(&text[start..]))
    };
    with_texts(value, Maps::ByText, &without).map_or(Cow::Borrowed(value), Cow::Owned)
}

/// Takes spaces at the ends of lines away, and line feeds in front.
pub(super) fn uniform(text: &[u8]) -> Cow<'_, [u8]> {
    let start = text.iter().take_while(|b| **b == b'\n').count();
    if start == 0 && !text.contains_str(" \n") && !text.contains_str(" \r\n") {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(end) = rest.find_byte(b'\n') {
        let line = &rest[..end];
        let bare = line.strip_suffix(b"\r").unwrap_or(line);
        let trimmed = bare.trim_end_with(|c| c == ' ');
        // A carriage return stays where no space is before it.
        out.extend_from_slice(if trimmed.len() < bare.len() { trimmed } else { line });
        out.push(b'\n');
        rest = &rest[end + 1..];
    }
    out.extend_from_slice(rest);
    let start = out.iter().take_while(|b| **b == b'\n').count();
    out.drain(..start);
    Cow::Owned(out)
}

/// Returns a value as `%v` prints it, made uniform.
pub(super) fn uniform_value(value: &Value) -> Vec<u8> {
    let text = gostd::fmt::sprintf(b"%v", std::slice::from_ref(value)).unwrap_or_default();
    uniform(&text).into_owned()
}

/// Returns the difference of two texts.
pub(super) fn diff(expected: &[u8], actual: &[u8]) -> Vec<u8> {
    crate::unittest::difference::unified(expected, actual)
}
