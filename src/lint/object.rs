//! Reads the documents of a rendered template as far as the linter does.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use gostd::json::{Stream, StreamError, type_word};
use gostd::unicode;
use gostd::value::{Map, Str, Value};
use goyaml::YamlError;

use super::pods;
use crate::chart::{Documents, SeparatorError};
use crate::report::Doubled;

/// How far the API machinery looks for the brace that makes a text JSON, in bytes.
const LOOKAHEAD: usize = 4096;

/// What the linter reads of an object.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) api_version: Str,
    pub(super) kind: Str,
    pub(super) name: Str,
    /// What stands twice in its pod.
    pub(super) doubled: Vec<Doubled>,
}

/// Why a document cannot be read.
#[derive(Debug)]
pub(super) enum ObjectError {
    /// It is no JSON, though it begins as such.
    Json(StreamError),
    /// It is no YAML.
    Yaml(YamlError),
    /// Something follows the dashes that part it from the one before.
    Separator(SeparatorError),
    /// A value does not fit the Go type of its place.
    Type {
        source: Source,
        found: &'static str,
        /// The place, and its Go type.
        target: Cow<'static, str>,
    },
}

impl fmt::Display for ObjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ObjectError::Json(StreamError::UnexpectedEnd) => f.write_str("unexpected EOF"),
            ObjectError::Json(StreamError::Syntax { offset, error }) => {
                write!(f, "json: offset {offset}: {error}")
            }
            ObjectError::Yaml(e) => e.fmt(f),
            ObjectError::Separator(e) => e.fmt(f),
            ObjectError::Type { source, found, target } => {
                if *source == Source::Yaml {
                    f.write_str("error unmarshaling JSON: while decoding JSON: ")?;
                }
                write!(f, "json: cannot unmarshal {found} into Go {target}")
            }
        }
    }
}

impl Error for ObjectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ObjectError::Json(StreamError::Syntax { error, .. }) => Some(error),
            ObjectError::Yaml(e) => Some(e),
            _ => None,
        }
    }
}

/// Returns the objects of a rendered text, until one cannot be read; `None` is a document without
/// content.
pub(super) fn objects(
    text: &[u8],
) -> Box<dyn Iterator<Item = Result<Option<Object>, ObjectError>> + '_> {
    let start = &text[..text.len().min(LOOKAHEAD)];
    if unicode::trim_start(start, unicode::is_space).starts_with(b"{") {
        return Box::new(Stream::new(text).map(|value| match value {
            Ok(value) => read(&value, Source::Json),
            Err(e) => Err(ObjectError::Json(e)),
        }));
    }
    Box::new(Documents::of(text).map(|document| {
        let document = document.map_err(ObjectError::Separator)?;
        let value = goyaml::decode(&document).map_err(ObjectError::Yaml)?;
        read(&value, Source::Yaml)
    }))
}

/// What a value was read from: in YAML a number passes for a text where one is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Json,
    Yaml,
}

impl Source {
    fn mismatch(self, value: &Value, target: impl Into<Cow<'static, str>>) -> ObjectError {
        ObjectError::Type { source: self, found: type_word(value), target: target.into() }
    }

    /// Sets a text field; null leaves it as it is.
    fn text(self, into: &mut Str, value: &Value, field: &str) -> Result<(), ObjectError> {
        let text = match (value, self) {
            (Value::Nil | Value::Invalid, _) => return Ok(()),
            (Value::Str(text), _) => Some(text.clone()),
            (other, Source::Yaml) => goyaml::scalar_to_string(other),
            (_, Source::Json) => None,
        };
        let mismatch = || self.mismatch(value, format!("struct field {field} of type string"));
        *into = text.ok_or_else(mismatch)?;
        Ok(())
    }

    /// Checks that what is read as anything could pass through JSON.
    fn holds(self, value: &Value) -> Result<(), ObjectError> {
        match self {
            Source::Json => Ok(()),
            Source::Yaml => goyaml::json_can_hold(value).map_err(ObjectError::Yaml),
        }
    }
}

fn read(value: &Value, source: Source) -> Result<Option<Object>, ObjectError> {
    let map = match value {
        Value::Map(map) => map,
        Value::Nil | Value::Invalid => return Ok(None),
        other => return Err(source.mismatch(other, "value of type rules.K8sYamlStruct")),
    };
    let is = |key: &Str, name: &str| key.eq_ignore_ascii_case(name.as_bytes());
    for (key, value) in map.borrow().iter() {
        match value {
            Value::Map(inner) if is(key, "metadata") => {
                for (key, value) in inner.borrow().iter() {
                    if !is(key, "name") && !is(key, "namespace") {
                        source.holds(value)?;
                    }
                }
            }
            _ if is(key, "apiVersion") || is(key, "kind") => {}
            _ => source.holds(value)?,
        }
    }
    let mut object = Object::default();
    for (key, value) in map.borrow().iter() {
        if is(key, "apiVersion") {
            source.text(&mut object.api_version, value, "K8sYamlStruct.apiVersion")?;
        } else if is(key, "kind") {
            source.text(&mut object.kind, value, "K8sYamlStruct.Kind")?;
        } else if is(key, "metadata") {
            match value {
                Value::Map(metadata) => read_metadata(&mut object, metadata, source)?,
                Value::Nil => {}
                other => {
                    const TARGET: &str =
                        "struct field K8sYamlStruct.Metadata of type rules.k8sYamlMetadata";
                    return Err(source.mismatch(other, TARGET));
                }
            }
        }
    }
    object.doubled = pods::doubled(value, &object.kind);
    Ok(Some(object))
}

fn read_metadata(object: &mut Object, metadata: &Map, source: Source) -> Result<(), ObjectError> {
    for (key, value) in metadata.borrow().iter() {
        if key.eq_ignore_ascii_case(b"name") {
            source.text(&mut object.name, value, "k8sYamlMetadata.Metadata.Name")?;
        } else if key.eq_ignore_ascii_case(b"namespace") {
            let mut namespace = Str::EMPTY;
            source.text(&mut namespace, value, "k8sYamlMetadata.Metadata.Namespace")?;
        }
    }
    Ok(())
}

/// Returns the values of the fields of this name, whatever its case.
fn fields(map: &Map, name: &str) -> Vec<Value> {
    let map = map.borrow();
    let fields = map.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name.as_bytes()));
    fields.map(|(_, value)| value.clone()).collect()
}

/// Returns whether an item of a list says that Helm is to keep it, which Helm does not look for
/// there. Only the first document is read.
///
/// # Errors
/// What is wrong with the document, or with the parts of it that are looked into.
pub(super) fn keeps_items(text: &[u8]) -> Result<bool, ObjectError> {
    const METADATA: &str = "struct { Annotations map[string]string }";
    let yaml = Source::Yaml;
    let value = goyaml::decode(text).map_err(ObjectError::Yaml)?;
    let item_type = format!("struct {{ Metadata {METADATA} }}");
    let mismatch = |value: &Value, path: &str, ty: &str| {
        Err(yaml.mismatch(value, format!("struct field .{path} of type {ty}")))
    };
    let map = match &value {
        Value::Map(map) => map,
        Value::Nil | Value::Invalid => return Ok(false),
        other => {
            return Err(
                yaml.mismatch(other, format!("value of type struct {{ Items []{item_type} }}"))
            );
        }
    };
    let mut found = false;
    for items in fields(map, "items") {
        let items = match &items {
            Value::List(items) => items,
            Value::Nil => continue,
            other => return mismatch(other, "Items", &format!("[]{item_type}")),
        };
        for item in items.iter() {
            let item = match item {
                Value::Map(item) => item,
                Value::Nil => continue,
                other => return mismatch(other, "Items", &item_type),
            };
            for metadata in fields(item, "metadata") {
                let metadata = match &metadata {
                    Value::Map(metadata) => metadata,
                    Value::Nil => continue,
                    other => return mismatch(other, "Items.Metadata", METADATA),
                };
                for annotations in fields(metadata, "annotations") {
                    const PATH: &str = "Items.Metadata.Annotations";
                    let annotations = match &annotations {
                        Value::Map(annotations) => annotations,
                        Value::Nil => continue,
                        other => return mismatch(other, PATH, "map[string]string"),
                    };
                    for (key, value) in annotations.borrow().iter() {
                        yaml.text(&mut Str::default(), value, &format!(".{PATH}"))?;
                        found |= *key == "helm.sh/resource-policy";
                    }
                }
            }
        }
    }
    Ok(found)
}
