//! Reads manifests that are JSON: what kubectl reads so is not all YAML.
//!
//! kubectl's `YAMLOrJSONDecoder` (k8s.io/apimachinery, pkg/util/yaml) takes a text whose first character is a brace for a
//! stream of JSON values, and goes on with YAML where it is none.

use std::borrow::Cow;
use std::ops::Range;

use bstr::ByteSlice;
use memchr::memmem;
use serde::de::IgnoredAny;

/// Returns a text in which JSON values at its beginning are written as YAML has them, with every value in its line and
/// column: `\/` and the halves of characters (`\ud83d\ude00`) are what YAML does not know, and some characters may stand in
/// JSON only. What an escape takes less is spaces behind the text that it is in. Half a character alone is U+FFFD, as in
/// Go. It is JSON still. A text that begins with no JSON is as it was.
///
/// ```
/// use statefulchart::release::json_as_yaml;
/// assert_eq!(&*json_as_yaml(br#"{"a": "b\/c", "d": 1}"#), br#"{"a": "b/c" , "d": 1}"#);
/// assert_eq!(&*json_as_yaml(br#"{a: "b\/c"}"#), br#"{a: "b\/c"}"#);
/// ```
pub fn json_as_yaml(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.trim_start().starts_with(b"{") || !may_differ(text) {
        return Cow::Borrowed(text);
    }
    let end = ends_of_values(text).last().unwrap_or(0);
    let mut made = Vec::with_capacity(text.len());
    let mut rest = text.get(..end).unwrap_or_default();
    while let Some(quote) = memchr::memchr(b'"', rest) {
        let (before, string) = rest.split_at(quote + 1);
        made.extend_from_slice(before);
        let length = write_string(string, &mut made);
        rest = string.get(length..).unwrap_or_default();
    }
    made.extend_from_slice(rest);
    made.extend_from_slice(text.get(end..).unwrap_or_default());
    Cow::Owned(made)
}

/// Tells whether something in a text may be read in another way as YAML than as JSON.
fn may_differ(text: &[u8]) -> bool {
    [&b"\\/"[..], b"\\ud", b"\\uD"].iter().any(|escape| memmem::find(text, escape).is_some())
        || text.chars().any(is_no_yaml)
}

/// Tells whether a character of a text in JSON is none of YAML's, or ends a line there.
fn is_no_yaml(c: char) -> bool {
    matches!(
        c,
        '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    )
}

/// Writes a text of JSON behind its first quote, the last one included; returns how long it was.
fn write_string(string: &[u8], to: &mut Vec<u8>) -> usize {
    let (mut at, mut spaces) = (0, 0);
    while let Some(byte) = string.get(at).copied() {
        let rest = string.get(at..).unwrap_or_default();
        match byte {
            b'"' => {
                to.push(b'"');
                to.resize(to.len() + spaces, b' ');
                return at + 1;
            }
            b'\\' => {
                let (length, written) = escape(rest);
                match written {
                    None => to.extend_from_slice(rest.get(..length).unwrap_or(rest)),
                    Some(written) => {
                        to.extend_from_slice(written.as_bytes());
                        spaces += length.saturating_sub(written.chars().count());
                    }
                }
                at += length;
            }
            0..0x7f => {
                to.push(byte);
                at += 1;
            }
            _ => {
                let (c, length) = bstr::decode_utf8(rest);
                match c.filter(|c| is_no_yaml(*c)) {
                    Some(c) => to.extend_from_slice(format!("\\u{:04x}", u32::from(c)).as_bytes()),
                    None => to.extend_from_slice(rest.get(..length).unwrap_or(rest)),
                }
                at += length.max(1);
            }
        }
    }
    at
}

/// Returns how long an escape is, and how YAML has it if in another way.
fn escape(text: &[u8]) -> (usize, Option<String>) {
    match text.get(1) {
        Some(b'/') => (2, Some("/".to_owned())),
        Some(b'u') => match half(text) {
            Some(first @ 0xd800..0xdc00) => match text.get(6..).and_then(half) {
                Some(second @ 0xdc00..0xe000) => {
                    let c = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                    (12, char::from_u32(c).map(String::from))
                }
                _ => (6, Some("\\ufffd".to_owned())),
            },
            Some(0xdc00..0xe000) => (6, Some("\\ufffd".to_owned())),
            _ => (6, None),
        },
        _ => (2, None),
    }
}

/// Returns the number of an escape at the beginning of a text, if there is one of four digits.
fn half(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    u32::from_str_radix(digits.to_str().ok()?, 16).ok()
}

/// Returns where the values of a stream of JSON end.
fn ends_of_values(text: &[u8]) -> impl Iterator<Item = usize> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    std::iter::from_fn(move || match values.next() {
        Some(Ok(_)) => Some(values.byte_offset()),
        _ => None,
    })
}

/// Returns where the values of a document lie that is a stream of JSON, one after the other; the document's own place where
/// it is no such stream.
pub(crate) fn json_values(text: &[u8], document: Range<usize>) -> Vec<Range<usize>> {
    let own = text.get(document.clone()).unwrap_or_default();
    let mut ranges = Vec::new();
    if own.starts_with(b"{") {
        let mut start = 0;
        for end in ends_of_values(own) {
            let before = own.get(start..).unwrap_or_default();
            start += before.len() - before.trim_start().len();
            ranges.push(document.start + start..document.start + end);
            start = end;
        }
        // What is no JSON behind a value is looked at by itself, so that it is told of.
        if !ranges.is_empty() && start < own.trim_end().len() {
            let rest = own.get(start..).unwrap_or_default();
            ranges
                .push(document.start + start + rest.len() - rest.trim_start().len()..document.end);
        }
    }
    match ranges.len() {
        0 | 1 => vec![document],
        _ => ranges,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_json_are_written_as_yaml_reads_them() {
        let rows: &[(&str, &str)] = &[
            (r#"{"a":"x\/y","b":1}"#, r#"{"a":"x/y" ,"b":1}"#),
            (r#" {"a\/b": "\/\/"} "#, r#" {"a/b" : "//"  } "#),
            (r#"{"a": "\ud83d\ude00!"}"#, r#"{"a": "😀!"           }"#),
            (r#"{"a": "\uD83D\uDE00"}"#, r#"{"a": "😀"           }"#),
            (r#"{"a": "\ud83dx", "b": "\ude00"}"#, r#"{"a": "\ufffdx", "b": "\ufffd"}"#),
            (r#"{"a": "\ud83d\ud83d\ude00"}"#, r#"{"a": "\ufffd😀"           }"#),
            (r#"{"a": "\\\/\"\u00e9\n"}"#, r#"{"a": "\\/\"\u00e9\n" }"#),
            ("{\"a\": \"\u{2028}\u{7f}\u{e9}\"}", "{\"a\": \"\\u2028\\u007f\u{e9}\"}"),
            // Each value of the stream; not what is no JSON behind it.
            (r#"{"a": "\/"}{"b": "\/"} {c: "\/"}"#, r#"{"a": "/" }{"b": "/" } {c: "\/"}"#),
            ("{\"a\": \"\\/\"}\n---\n{\"b\": \"\\/\"}", "{\"a\": \"/\" }\n---\n{\"b\": \"\\/\"}"),
            // As YAML these are wrong, or another text.
            (r#"{a: "\/"}"#, r#"{a: "\/"}"#),
            (r#"a: "\/""#, r#"a: "\/""#),
            (r#"[{"a": "\/"}]"#, r#"[{"a": "\/"}]"#),
            (r#"{"a": "\/"#, r#"{"a": "\/"#),
            (r#"{"a": "\ud8"}"#, r#"{"a": "\ud8"}"#),
            ("", ""),
        ];
        for (text, wanted) in rows {
            assert_eq!(json_as_yaml(text.as_bytes()).as_bstr(), wanted.as_bytes().as_bstr());
        }
    }
}
