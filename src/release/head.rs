//! Reads the head of a manifest: what Helm sorts it by.

use bstr::ByteSlice;

use super::HeadError;
use crate::profile::{Profile, Rule};
use gostd::value::{Map, Str, Value};
use gostd::{Go, json};
use goyaml::{self, Field};

/// `apiVersion`, `kind`, `metadata.name` and `metadata.annotations`.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) api_version: Str,
    pub(super) kind: Str,
    pub(super) name: Str,
    annotations: Vec<(Str, Str)>,
}

impl Head {
    pub(super) fn annotation(&self, key: &[u8]) -> Option<Str> {
        self.annotations.iter().rfind(|(k, _)| **k == *key).map(|(_, v)| v.clone())
    }
}

/// Go's name for the type of `metadata` in Helm's `releaseutil.SimpleHead`.
const METADATA_TYPE: &str = r#"struct { Name string "json:\"name\""; Annotations map[string]string "json:\"annotations\"" }"#;

/// What Helm reads of a manifest.
const FIELDS: &[Field] = &[
    Field { name: b"apiVersion", inner: &[] },
    Field { name: b"kind", inner: &[] },
    Field { name: b"metadata", inner: METADATA },
];
const METADATA: &[Field] =
    &[Field { name: b"name", inner: &[] }, Field { name: b"annotations", inner: &[] }];

/// Reads a document's head with the leniency and the errors of sigs.k8s.io/yaml: numbers and booleans
/// pass for strings, field names match whatever their case, the first mismatch is the error.
pub(super) fn parse(document: &[u8], profile: Profile) -> Result<Head, HeadError> {
    let short = goyaml::decode_fields(document, FIELDS);
    let is_short = short.is_some();
    let value = match short {
        Some(value) => value,
        None => goyaml::decode(document)?,
    };
    let mut head = Head::default();
    let map = match value {
        Value::Map(m) => m,
        Value::Nil | Value::Invalid => return Ok(head),
        other => {
            let is_renamed = profile.has(Rule::TypesOfCommon);
            let name = if is_renamed { "util.SimpleHead" } else { "releaseutil.SimpleHead" };
            let (found, target) = (json::type_word(&other), "Go value".into());
            return Err(HeadError::Type { found, target, wanted: name });
        }
    };
    if !is_short && ODD_NUMBERS.iter().any(|odd| document.contains_str(odd)) {
        beyond_json(&map, &[b"apiVersion", b"kind", b"metadata"])?;
    }
    for (key, value) in map.borrow().iter() {
        if key.eq_ignore_ascii_case(b"apiVersion") {
            set_text(&mut head.api_version, value, &At("SimpleHead.apiVersion", &[key]))?;
        } else if key.eq_ignore_ascii_case(b"kind") {
            set_text(&mut head.kind, value, &At("SimpleHead.kind", &[key]))?;
        } else if key.eq_ignore_ascii_case(b"metadata") {
            match value {
                Value::Map(m) => parse_metadata(&mut head, key, m)?,
                Value::Nil => {}
                v => return Err(At("SimpleHead.metadata", &[key]).mismatch(v, METADATA_TYPE)),
            }
        }
    }
    Ok(head)
}

/// Without one of these a document has no number that JSON cannot hold.
const ODD_NUMBERS: &[&str] = &[".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"];

/// Fails on an infinity anywhere but where a string is asked for, which takes it as text.
fn beyond_json(map: &Map, known: &[&[u8]]) -> Result<(), HeadError> {
    for (key, value) in map.borrow().iter() {
        match value {
            Value::Map(metadata) if known.len() == 3 && key.eq_ignore_ascii_case(b"metadata") => {
                beyond_json(metadata, &[b"name", b"annotations"])?;
            }
            _ if known.iter().any(|k| key.eq_ignore_ascii_case(k)) => {}
            _ => goyaml::json_can_hold(value)?,
        }
    }
    Ok(())
}

fn parse_metadata(head: &mut Head, outer: &Str, metadata: &Map) -> Result<(), HeadError> {
    for (key, value) in metadata.borrow().iter() {
        if key.eq_ignore_ascii_case(b"annotations") {
            const FIELD: &str = ".metadata.annotations";
            let own = key;
            match value {
                Value::Map(m) => {
                    for (key, value) in m.borrow().iter() {
                        let mut text = Str::EMPTY;
                        set_text(&mut text, value, &At(FIELD, &[outer, own, key]))?;
                        head.annotations.push((key.clone(), text));
                    }
                }
                Value::Nil => {}
                v => return Err(At(FIELD, &[outer, own]).mismatch(v, "map[string]string")),
            }
        } else if key.eq_ignore_ascii_case(b"name") {
            set_text(&mut head.name, value, &At(".metadata.name", &[outer, key]))?;
        }
    }
    Ok(())
}

/// Where a value is: the struct and its field as older releases of Go name them, and the keys that lead to it.
struct At<'k>(&'static str, &'k [&'k Str]);

impl At<'_> {
    fn mismatch(&self, value: &Value, wanted: &'static str) -> HeadError {
        let At(field, keys) = self;
        let target = match Go::current() < Go::V1_27 {
            true => format!("Go struct field {field}"),
            false => json::place(&json::dotted(keys)),
        };
        HeadError::Type { found: json::type_word(value), target: target.into(), wanted }
    }
}

fn set_text(field: &mut Str, value: &Value, at: &At<'_>) -> Result<(), HeadError> {
    match value {
        Value::Nil => Ok(()),
        Value::Str(s) => {
            *field = s.clone();
            Ok(())
        }
        other => match goyaml::scalar_to_string(other) {
            Some(s) => {
                *field = s;
                Ok(())
            }
            None => Err(at.mismatch(other, "string")),
        },
    }
}
