//! Hides or decodes what Secrets hold, by reading them into the API's type and writing them anew.

use std::collections::BTreeMap;

use bstr::ByteSlice;
use gostd::value::{ANY_MAP, Elem, List, Map, STRING_MAP, Str, Value};
use goyaml::Decoder;

use super::manifest::Object;

/// The kind whose contents are hidden.
pub(super) const KIND: &str = "Secret";

/// What becomes of the contents of Secrets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Secrets {
    /// Only their lengths are shown, and whether they are equal.
    #[default]
    Redacted,
    /// They are shown as text.
    Decoded,
    /// They are shown as they are.
    Shown,
}

/// What is read of a Secret.
#[derive(Debug, Default)]
struct Secret {
    /// All but the contents, as it is written anew.
    rest: Vec<(Str, Value)>,
    data: BTreeMap<Str, Vec<u8>>,
    /// What is wrong with it; what is read beside that is compared nevertheless.
    wrong: Option<String>,
}

impl Secrets {
    /// Rewrites an object and the one that it is compared with, if both are Secrets.
    pub fn rewrite(self, old: Option<&mut Object>, new: Option<&mut Object>) {
        let is_other =
            |object: &Option<&mut Object>| object.as_ref().is_some_and(|o| o.kind != KIND);
        if self == Secrets::Shown || is_other(&old) || is_other(&new) {
            return;
        }
        let read = |object: &Option<&mut Object>| {
            object.as_ref().map(|object| Secret::read(&object.content))
        };
        let (old_secret, new_secret) = (read(&old), read(&new));
        let data = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.data.clone());
        let (old_data, new_data) = (data(&old_secret), data(&new_secret));
        let mut keeps_comment = true;
        for (object, secret, other, side, mark) in [
            (old, old_secret, new_data, "old", "--------"),
            (new, new_secret, old_data, "new", "++++++++"),
        ] {
            let (Some(object), Some(secret)) = (object, secret) else { continue };
            if let Some(why) = secret.wrong {
                object.content = format!("Error parsing {side} secret: {why}").into_bytes();
                continue;
            }
            let shown = |key: &Str, value: &[u8]| {
                if self == Secrets::Decoded {
                    return Str::from_bytes(value);
                }
                // A key that the other Secret does not have is as one that is empty.
                let is_equal = other
                    .as_ref()
                    .is_some_and(|other| other.get(key).map_or(&[][..], |other| other) == value);
                let word = if is_equal { "REDACTED" } else { mark };
                Str::from(format!("{word} # ({} bytes)", value.len()))
            };
            let data: Vec<(Str, Value)> =
                secret.data.iter().map(|(k, v)| (k.clone(), Value::Str(shown(k, v)))).collect();
            let mut fields = secret.rest;
            if !data.is_empty() {
                fields.push(("stringData".into(), Value::Map(Map::from_entries(&ANY_MAP, data))));
            }
            // Of what has no form in YAML (DEL) nothing is shown, and helm-diff forgets the new one's comment.
            let text = goyaml::marshal(&Value::Map(Map::from_entries(&ANY_MAP, fields)));
            let has_form = text.is_ok();
            let mut text = text.unwrap_or_default();
            if self == Secrets::Redacted {
                text = text.replacen("stringData", "data", 1);
            }
            text = text.replacen("  creationTimestamp: null\n", "", 1);
            keeps_comment &= has_form;
            let comment = comment(&object.content);
            let comment = if side == "old" || keeps_comment { comment } else { b"" };
            object.content = [comment, &text].concat();
        }
    }
}

/// Returns the first line of a text, if it is a comment: it tells the template.
fn comment(text: &[u8]) -> &[u8] {
    match text.find_byte(b'\n') {
        Some(at) if text.starts_with(b"#") => &text[..=at],
        _ => b"",
    }
}

const SECRET: &[&str] =
    &["apiVersion", "kind", "metadata", "immutable", "data", "stringData", "type"];
const METADATA: &[&str] = &[
    "name",
    "generateName",
    "namespace",
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "managedFields",
];
const OWNER: &[&str] = &["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"];

/// Go's name of a Secret's contents.
const DATA_TYPE: &str = "map[string][]uint8";

impl Secret {
    fn read(text: &[u8]) -> Secret {
        // The API machinery reads line by line and ends each, which a block scalar notices.
        let tree = match goyaml::decode(&[text, b"\n"].concat()) {
            Ok(tree) => tree,
            Err(e) => return Secret { wrong: Some(e.to_string()), ..Secret::default() },
        };
        let mut decoder = Decoder::default();
        let mut secret = Secret::default();
        let mut strings = Map::from_entries(&STRING_MAP, []);
        let mut metadata = Vec::new();
        // What Go's decoder of base64 refuses.
        let mut corrupt = None;
        if decoder.top(&tree, "v1.Secret") {
            decoder.fields(&tree, "Secret", SECRET, |decoder, name, value| match name {
                "metadata" => metadata_fields(decoder, value, &mut metadata),
                "immutable" => optional_bool(decoder, name, value, &mut secret.rest),
                "data" => bytes(decoder, value, &mut secret.data, &mut corrupt),
                "stringData" => decoder.annotations(value, &mut strings),
                _ => text_field(decoder, name, value, &mut secret.rest),
            });
        }
        secret.wrong = decoder.finish().err().map(|e| e.to_string()).or(corrupt.map(|at| {
            format!(
                "error unmarshaling JSON: while decoding JSON: illegal base64 data at input byte {at}"
            )
        }));
        if secret.wrong.is_some() {
            return secret;
        }
        // As the API server does.
        for (key, value) in strings.borrow().iter() {
            let text = value.as_str().map_or(&[][..], |text| text.as_bytes());
            secret.data.insert(key.clone(), text.to_vec());
        }
        secret.rest.push(("metadata".into(), Value::Map(Map::from_entries(&ANY_MAP, metadata))));
        secret
    }
}

/// Keeps a text that is not empty.
fn text_field(
    decoder: &mut Decoder,
    name: &'static str,
    value: &Value,
    into: &mut Vec<(Str, Value)>,
) {
    let mut text = Str::EMPTY;
    decoder.text(value, &mut text);
    if !text.is_empty() {
        into.push((Str::from_static(name), Value::Str(text)));
    }
}

fn optional_bool(
    decoder: &mut Decoder,
    name: &'static str,
    value: &Value,
    into: &mut Vec<(Str, Value)>,
) {
    let mut on = false;
    decoder.boolean(value, &mut on);
    if !value.is_nil() {
        into.push((Str::from_static(name), Value::Bool(on)));
    }
}

fn number(decoder: &mut Decoder, name: &'static str, value: &Value, into: &mut Vec<(Str, Value)>) {
    match value {
        Value::Nil | Value::Invalid => {}
        Value::Int(..) => into.push((Str::from_static(name), value.clone())),
        other => decoder.wrong(other, "int64"),
    }
}

fn bytes(
    decoder: &mut Decoder,
    value: &Value,
    into: &mut BTreeMap<Str, Vec<u8>>,
    corrupt: &mut Option<usize>,
) {
    match value {
        Value::Map(_) => decoder.fields_of_map(value, |decoder, key, value| {
            let mut bytes = Vec::new();
            match value {
                Value::Str(text) => match sprig::base64_decode(text) {
                    Ok(decoded) => bytes = decoded,
                    Err(at) => _ = corrupt.get_or_insert(at),
                },
                Value::Nil | Value::Invalid => {}
                other => decoder.wrong(other, "[]uint8"),
            }
            into.insert(key.clone(), bytes);
        }),
        Value::Nil | Value::Invalid => {}
        other => decoder.wrong(other, DATA_TYPE),
    }
}

fn metadata_fields(decoder: &mut Decoder, value: &Value, into: &mut Vec<(Str, Value)>) {
    match value {
        Value::Map(_) => {}
        Value::Nil | Value::Invalid => return,
        other => return decoder.wrong(other, "v1.ObjectMeta"),
    }
    decoder.fields(value, "ObjectMeta", METADATA, |decoder, name, value| match name {
        "labels" | "annotations" => {
            let mut map = Map::from_entries(&STRING_MAP, []);
            decoder.annotations(value, &mut map);
            if !map.borrow().is_empty() {
                into.push((Str::from_static(name), Value::Map(map)));
            }
        }
        "finalizers" => {
            let mut list = List::nil(Elem::String);
            decoder.texts(value, &mut list);
            if !list.is_empty() {
                into.push((Str::from_static(name), Value::List(list)));
            }
        }
        "generation" => {
            number(decoder, name, value, into);
            into.retain(|(key, value)| {
                key.as_bytes() != b"generation" || !matches!(value, Value::Int(_, 0))
            });
        }
        "deletionGracePeriodSeconds" => number(decoder, name, value, into),
        "creationTimestamp" | "deletionTimestamp" => {
            let mut time = Str::EMPTY;
            decoder.time(value, &mut time);
            if !time.is_empty() {
                into.push((Str::from_static(name), Value::Str(time)));
            }
        }
        "ownerReferences" => {
            let mut owners: Option<Vec<Vec<(Str, Value)>>> = None;
            decoder.structs(value, &mut owners, "v1.OwnerReference", |decoder, owner, value| {
                decoder.fields(value, "OwnerReference", OWNER, |decoder, name, value| match name {
                    "controller" | "blockOwnerDeletion" => {
                        optional_bool(decoder, name, value, owner);
                    }
                    _ => {
                        let mut text = Str::EMPTY;
                        decoder.text(value, &mut text);
                        owner.push((Str::from_static(name), Value::Str(text)));
                    }
                });
            });
            let owners: Vec<Value> = owners
                .unwrap_or_default()
                .into_iter()
                .map(|owner| Value::Map(Map::from_entries(&ANY_MAP, owner)))
                .collect();
            if !owners.is_empty() {
                into.push((Str::from_static(name), Value::list(owners)));
            }
        }
        // The API server alone writes these; Helm's manifests have none.
        "managedFields" => {
            if !value.is_nil() {
                into.push((Str::from_static(name), value.clone()));
            }
        }
        _ => text_field(decoder, name, value, into),
    });
}
