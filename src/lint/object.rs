//! Reads the documents of a rendered template as far as the linter does.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use bstr::ByteSlice;
use gostd::Go;
use gostd::json::{DecodeError, Stream, StreamError, type_word};
use gostd::unicode;
use gostd::value::{Map, Str, Value};
use goyaml::YamlError;

use crate::chart::{Documents, SeparatorError};
use crate::profile::{Profile, Rule};

/// How far the API machinery looks for the brace that makes a text JSON, in bytes.
const LOOKAHEAD: usize = 4096;

/// What the linter reads of an object.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) api_version: Str,
    pub(super) kind: Str,
    pub(super) name: Str,
}

/// Why a document cannot be read.
#[derive(Debug)]
pub(super) enum ObjectError {
    /// It is no JSON, though it begins as such.
    Json(StreamError),
    /// The same behind several objects.
    Syntax(DecodeError),
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
            ObjectError::Syntax(e) => e.fmt(f),
            ObjectError::Yaml(e) => e.fmt(f),
            ObjectError::Separator(e) => e.fmt(f),
            ObjectError::Type { source, found, target } => {
                if *source == Source::Yaml {
                    f.write_str("error unmarshaling JSON: while decoding JSON: ")?;
                }
                write!(f, "json: cannot unmarshal {found} into {target}")
            }
        }
    }
}

impl Error for ObjectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ObjectError::Json(StreamError::Syntax { error, .. }) => Some(error),
            ObjectError::Syntax(e) => Some(e),
            ObjectError::Yaml(e) => Some(e),
            _ => None,
        }
    }
}

/// Returns the objects of a rendered text, until one cannot be read; `None` is a document without
/// content.
pub(super) fn objects(text: &[u8], profile: Profile) -> Objects<'_> {
    let start = &text[..text.len().min(LOOKAHEAD)];
    let is_json = unicode::trim_start(start, unicode::is_space).starts_with(b"{");
    Objects {
        text,
        profile,
        state: match is_json {
            true => State::Json { stream: Stream::new(text), end: 0, count: 0 },
            false => State::Yaml(Documents::of(text)),
        },
    }
}

/// The objects of a text, as the API machinery reads them.
pub(super) struct Objects<'t> {
    text: &'t [u8],
    profile: Profile,
    state: State<'t>,
}

enum State<'t> {
    Json {
        stream: Stream<'t>,
        /// Where the last object ended.
        end: usize,
        /// How many objects there were.
        count: usize,
    },
    Yaml(Documents<'t>),
}

impl Iterator for Objects<'_> {
    type Item = Result<Option<Object>, ObjectError>;

    fn next(&mut self) -> Option<Self::Item> {
        let profile = self.profile;
        let (error, end, count) = match &mut self.state {
            State::Yaml(documents) => return documents.next().map(|d| read_document(d, profile)),
            State::Json { stream, end, count } => {
                let read = match stream.next()? {
                    Ok(value) => read(&value, Reader { source: Source::Json, profile }),
                    Err(e) => Err(ObjectError::Json(e)),
                };
                match read {
                    Ok(object) => {
                        (*end, *count) = (stream.offset(), *count + 1);
                        return Some(Ok(object));
                    }
                    Err(error) => (error, *end, *count),
                }
            }
        };
        if !profile.has(Rule::JsonMayBeYaml) {
            return Some(Err(error));
        }
        // Of two objects the machinery is sure that it is JSON.
        if count > 1 {
            return Some(Err(match error {
                ObjectError::Json(StreamError::Syntax { error, .. }) => ObjectError::Syntax(error),
                other => other,
            }));
        }
        let Some(rest) = self.text.get(end..).and_then(behind_space) else {
            return Some(Err(error));
        };
        let mut documents = Documents::of(rest);
        let read = documents.next()?;
        self.state = State::Yaml(documents);
        Some(read_document(read, profile).map_err(|_| error))
    }
}

/// Passes over white space up to the first line break, as the machinery does: it looks four bytes ahead.
fn behind_space(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text;
    loop {
        let (c, size) = bstr::decode_utf8(rest.get(..4)?);
        let c = c?;
        if !unicode::is_space(c) {
            return Some(rest);
        }
        rest = &rest[size..];
        if c == '\n' {
            return Some(rest);
        }
    }
}

fn read_document(
    document: Result<Cow<'_, [u8]>, SeparatorError>,
    profile: Profile,
) -> Result<Option<Object>, ObjectError> {
    let document = document.map_err(ObjectError::Separator)?;
    let value = goyaml::decode(&document).map_err(ObjectError::Yaml)?;
    read(&value, Reader { source: Source::Yaml, profile })
}

/// What a value was read from: in YAML a number passes for a text where one is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Json,
    Yaml,
}

/// Reads values as a Helm release does.
#[derive(Clone, Copy)]
struct Reader {
    source: Source,
    profile: Profile,
}

/// A place in a document.
struct Field<'f> {
    /// The innermost struct, and Go's names of the fields that lead to the place.
    of: &'f str,
    path: &'f str,
    /// What leads to it in the document.
    steps: &'f [&'f str],
    /// Its Go type.
    wanted: &'f str,
}

impl Reader {
    fn mismatch(self, value: &Value, target: impl Into<Cow<'static, str>>) -> ObjectError {
        ObjectError::Type { source: self.source, found: type_word(value), target: target.into() }
    }

    /// Returns the error of a value that does not fit a field.
    fn misfit(self, value: &Value, field: &Field<'_>) -> ObjectError {
        let Field { of, path, steps, wanted } = field;
        let target = if Go::current() >= Go::V1_27 {
            let path = gostd::json::dotted(steps);
            let place = gostd::json::place(&path);
            format!("{place} of type {wanted}")
        } else {
            let of = match self.profile.has(Rule::TypesOfHelm4) {
                true => of.replace("K8s", "k8s"),
                false => (*of).to_owned(),
            };
            format!("Go struct field {of}.{path} of type {wanted}")
        };
        self.mismatch(value, target)
    }

    /// Sets a text field; null leaves it as it is.
    fn text(self, into: &mut Str, value: &Value, field: &Field<'_>) -> Result<(), ObjectError> {
        let text = match (value, self.source) {
            (Value::Nil | Value::Invalid, _) => return Ok(()),
            (Value::Str(text), _) => Some(text.clone()),
            (other, Source::Yaml) => goyaml::scalar_to_string(other),
            (_, Source::Json) => None,
        };
        *into = text.ok_or_else(|| self.misfit(value, field))?;
        Ok(())
    }

    /// Checks that what is read as anything could pass through JSON.
    fn holds(self, value: &Value) -> Result<(), ObjectError> {
        match self.source {
            Source::Json => Ok(()),
            Source::Yaml => goyaml::json_can_hold(value).map_err(ObjectError::Yaml),
        }
    }
}

const STRING: &str = "string";

fn read(value: &Value, reader: Reader) -> Result<Option<Object>, ObjectError> {
    let map = match value {
        Value::Map(map) => map,
        Value::Nil | Value::Invalid => return Ok(None),
        other => {
            let target = match reader.profile.has(Rule::TypesOfHelm4) {
                true => "Go value of type rules.k8sYamlStruct",
                false => "Go value of type rules.K8sYamlStruct",
            };
            return Err(reader.mismatch(other, target));
        }
    };
    let is = |key: &Str, name: &str| key.eq_ignore_ascii_case(name.as_bytes());
    for (key, value) in map.borrow().iter() {
        match value {
            Value::Map(inner) if is(key, "metadata") => {
                for (key, value) in inner.borrow().iter() {
                    if !is(key, "name") && !is(key, "namespace") {
                        reader.holds(value)?;
                    }
                }
            }
            _ if is(key, "apiVersion") || is(key, "kind") => {}
            _ => reader.holds(value)?,
        }
    }
    let mut object = Object::default();
    let of = "K8sYamlStruct";
    for (key, value) in map.borrow().iter() {
        let shown = key.to_str_lossy();
        let steps = &[&*shown];
        let field = |path, wanted| Field { of, path, steps, wanted };
        if is(key, "apiVersion") {
            reader.text(&mut object.api_version, value, &field("apiVersion", STRING))?;
        } else if is(key, "kind") {
            reader.text(&mut object.kind, value, &field("Kind", STRING))?;
        } else if is(key, "metadata") {
            match value {
                Value::Map(metadata) => read_metadata(&mut object, &shown, metadata, reader)?,
                Value::Nil => {}
                other => {
                    let field = field("Metadata", "rules.k8sYamlMetadata");
                    return Err(reader.misfit(other, &field));
                }
            }
        }
    }
    Ok(Some(object))
}

fn read_metadata(
    object: &mut Object,
    outer: &str,
    metadata: &Map,
    reader: Reader,
) -> Result<(), ObjectError> {
    let of = "k8sYamlMetadata";
    for (key, value) in metadata.borrow().iter() {
        let steps = &[outer, &*key.to_str_lossy()];
        if key.eq_ignore_ascii_case(b"name") {
            let field = Field { of, path: "Metadata.Name", steps, wanted: STRING };
            reader.text(&mut object.name, value, &field)?;
        } else if key.eq_ignore_ascii_case(b"namespace") {
            let field = Field { of, path: "Metadata.Namespace", steps, wanted: STRING };
            reader.text(&mut Str::EMPTY.clone(), value, &field)?;
        }
    }
    Ok(())
}

/// Returns the fields of this name, whatever its case.
fn fields(map: &Map, name: &str) -> Vec<(String, Value)> {
    let map = map.borrow();
    let fields = map.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name.as_bytes()));
    fields.map(|(key, value)| (key.to_str_lossy().into_owned(), value.clone())).collect()
}

/// Returns whether an item of a list says that Helm is to keep it, which Helm does not look for
/// there. Only the first document is read.
///
/// # Errors
/// What is wrong with the document, or with the parts of it that are looked into.
pub(super) fn keeps_items(text: &[u8], profile: Profile) -> Result<bool, ObjectError> {
    const METADATA: &str = "struct { Annotations map[string]string }";
    let reader = Reader { source: Source::Yaml, profile };
    let value = goyaml::decode(text).map_err(ObjectError::Yaml)?;
    let item_type = format!("struct {{ Metadata {METADATA} }}");
    let item_types = format!("[]{item_type}");
    let misfit = |value: &Value, path: &str, steps: &[&str], wanted: &str| {
        Err(reader.misfit(value, &Field { of: "", path, steps, wanted }))
    };
    let map = match &value {
        Value::Map(map) => map,
        Value::Nil | Value::Invalid => return Ok(false),
        other => {
            let target = format!("Go value of type struct {{ Items {item_types} }}");
            return Err(reader.mismatch(other, target));
        }
    };
    let mut found = false;
    for (items_key, items) in fields(map, "items") {
        let items = match &items {
            Value::List(items) => items,
            Value::Nil => continue,
            other => return misfit(other, "Items", &[&items_key], &item_types),
        };
        for (index, item) in items.iter().enumerate() {
            let index = index.to_string();
            let steps = [&*items_key, &*index];
            let item = match item {
                Value::Map(item) => item,
                Value::Nil => continue,
                other => return misfit(other, "Items", &steps, &item_type),
            };
            for (key, metadata) in fields(item, "metadata") {
                let steps = [&steps[..], &[&*key]].concat();
                let metadata = match &metadata {
                    Value::Map(metadata) => metadata,
                    Value::Nil => continue,
                    other => return misfit(other, "Items.Metadata", &steps, METADATA),
                };
                for (key, annotations) in fields(metadata, "annotations") {
                    const PATH: &str = "Items.Metadata.Annotations";
                    let steps = [&steps[..], &[&*key]].concat();
                    let annotations = match &annotations {
                        Value::Map(annotations) => annotations,
                        Value::Nil => continue,
                        other => return misfit(other, PATH, &steps, "map[string]string"),
                    };
                    for (key, value) in annotations.borrow().iter() {
                        let shown = key.to_str_lossy();
                        let steps = &[&steps[..], &[&*shown]].concat()[..];
                        let field = Field { of: "", path: PATH, steps, wanted: STRING };
                        reader.text(&mut Str::default(), value, &field)?;
                        found |= *key == "helm.sh/resource-policy";
                    }
                }
            }
        }
    }
    Ok(found)
}
