//! Checks what Kubernetes' clients take for an object's `metadata`.
//!
//! An object is decoded without its type, but its metadata has to fit `metav1.ObjectMeta`, by the
//! rules of Go's `encoding/json`, names in their exact letters.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use gostd::json;
use gostd::time::{self, LocalZone};
use gostd::value::{Map, Str, Value};

/// What a field holds. The texts are the names of its type in Go.
enum Type {
    Text(&'static str),
    Integer,
    Flag,
    Time,
    /// `map[string]string`
    Texts,
    List(&'static str, &'static Type),
    Struct(&'static Struct),
    /// It takes whatever there is.
    Any,
}

struct Struct {
    /// Its name, as errors name the field's owner.
    name: &'static str,
    /// Its name, as errors name what is wanted.
    full: &'static str,
    fields: &'static [(&'static str, Type)],
}

const TEXT: Type = Type::Text("string");
const UID: Type = Type::Text("types.UID");

static OBJECT: Struct = Struct {
    name: "metadataOnlyObject",
    full: "resource.metadataOnlyObject",
    fields: &[("apiVersion", TEXT), ("kind", TEXT), ("metadata", Type::Struct(&OBJECT_META))],
};

static OBJECT_META: Struct = Struct {
    name: "ObjectMeta",
    full: "v1.ObjectMeta",
    fields: &[
        ("name", TEXT),
        ("generateName", TEXT),
        ("namespace", TEXT),
        ("selfLink", TEXT),
        ("uid", UID),
        ("resourceVersion", TEXT),
        ("generation", Type::Integer),
        ("creationTimestamp", Type::Time),
        ("deletionTimestamp", Type::Time),
        ("deletionGracePeriodSeconds", Type::Integer),
        ("labels", Type::Texts),
        ("annotations", Type::Texts),
        ("ownerReferences", Type::List("[]v1.OwnerReference", &Type::Struct(&OWNER))),
        ("finalizers", Type::List("[]string", &TEXT)),
        ("managedFields", Type::List("[]v1.ManagedFieldsEntry", &Type::Struct(&MANAGED))),
    ],
};

static OWNER: Struct = Struct {
    name: "OwnerReference",
    full: "v1.OwnerReference",
    fields: &[
        ("apiVersion", TEXT),
        ("kind", TEXT),
        ("name", TEXT),
        ("uid", UID),
        ("controller", Type::Flag),
        ("blockOwnerDeletion", Type::Flag),
    ],
};

static MANAGED: Struct = Struct {
    name: "ManagedFieldsEntry",
    full: "v1.ManagedFieldsEntry",
    fields: &[
        ("manager", TEXT),
        ("operation", Type::Text("v1.ManagedFieldsOperationType")),
        ("apiVersion", TEXT),
        ("time", Type::Time),
        ("fieldsType", TEXT),
        ("fieldsV1", Type::Any),
        ("subresource", TEXT),
    ],
};

/// Checks whether an object's type and metadata are what a client can read.
///
/// # Errors
/// The first time that is none, or else the first value of another type.
pub(super) fn check(object: &Map) -> Result<(), FieldError> {
    let mut decoder = Decoder::default();
    decoder.fields(object, &OBJECT)?;
    decoder.mismatch.map_or(Ok(()), Err)
}

/// Why an object's metadata cannot be read, in Go's words, e.g.
/// `json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string`.
#[derive(Debug, PartialEq)]
pub enum FieldError {
    /// A time is none.
    Time(time::ParseError),
    /// A number has no form in JSON.
    Number(json::EncodeError),
    /// A value is of another type than its field.
    Type {
        /// What it is to JSON; a number that does not fit comes with its digits.
        found: Cow<'static, str>,
        /// The innermost struct.
        of: &'static str,
        /// The names of the fields that lead to it, joined by dots.
        path: String,
        /// The field's Go type.
        wanted: &'static str,
    },
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FieldError::Time(e) => e.fmt(f),
            FieldError::Number(e) => e.fmt(f),
            FieldError::Type { found, of, path, wanted } => write!(
                f,
                "json: cannot unmarshal {found} into Go struct field {of}.{path} of type {wanted}"
            ),
        }
    }
}

impl Error for FieldError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            FieldError::Time(e) => Some(e),
            FieldError::Number(e) => Some(e),
            FieldError::Type { .. } => None,
        }
    }
}

#[derive(Default)]
struct Decoder {
    /// The innermost struct, and the names of the fields on the way.
    owner: &'static str,
    path: Vec<&'static str>,
    /// The first value of another type; decoding goes on behind it.
    mismatch: Option<FieldError>,
}

impl Decoder {
    /// An error ends the decoding.
    fn value(&mut self, value: &Value, ty: &Type) -> Result<(), FieldError> {
        let wanted = match (value, ty) {
            (Value::Nil | Value::Invalid, _) | (_, Type::Any) => return Ok(()),
            (Value::Str(text), Type::Time) => return time(text),
            (_, Type::Time) => return Err(self.place(json::type_word(value).into(), "string")),
            (Value::Str(_), Type::Text(_)) | (Value::Bool(_), Type::Flag) => return Ok(()),
            (Value::Map(map), Type::Struct(wanted)) => return self.fields(map, wanted),
            (Value::Map(map), Type::Texts) => {
                for (_, value) in sorted(map) {
                    self.value(&value, &TEXT)?;
                }
                return Ok(());
            }
            (Value::List(list), Type::List(_, elem)) => {
                return list.iter().try_for_each(|value| self.value(value, elem));
            }
            (Value::Int(..) | Value::Uint(..) | Value::Float(_), Type::Integer) => {
                let number = json::marshal(value, false).map_err(FieldError::Number)?;
                let number = String::from_utf8_lossy(&number);
                if number.parse::<i64>().is_err() {
                    self.mismatched(format!("number {number}").into(), "int64");
                }
                return Ok(());
            }
            (_, Type::Text(name) | Type::List(name, _)) => name,
            (_, Type::Integer) => "int64",
            (_, Type::Flag) => "bool",
            (_, Type::Texts) => "map[string]string",
            (_, Type::Struct(wanted)) => wanted.full,
        };
        self.mismatched(json::type_word(value).into(), wanted);
        Ok(())
    }

    fn fields(&mut self, map: &Map, wanted: &'static Struct) -> Result<(), FieldError> {
        let around = self.owner;
        for (key, value) in sorted(map) {
            let Some((name, ty)) = wanted.fields.iter().find(|(name, _)| *key == *name.as_bytes())
            else {
                continue;
            };
            self.owner = wanted.name;
            self.path.push(name);
            self.value(&value, ty)?;
            self.path.pop();
            self.owner = around;
        }
        Ok(())
    }

    fn mismatched(&mut self, found: Cow<'static, str>, wanted: &'static str) {
        if self.mismatch.is_none() {
            self.mismatch = Some(self.place(found, wanted));
        }
    }

    fn place(&self, found: Cow<'static, str>, wanted: &'static str) -> FieldError {
        FieldError::Type { found, of: self.owner, path: self.path.join("."), wanted }
    }
}

fn time(text: &[u8]) -> Result<(), FieldError> {
    time::parse(b"2006-01-02T15:04:05Z07:00", text, &LocalZone::UTC)
        .map(drop)
        .map_err(FieldError::Time)
}

/// Returns the entries as JSON has them.
fn sorted(map: &Map) -> Vec<(Str, Value)> {
    let mut entries = map.entries();
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use goyaml;

    #[test]
    fn metadata_has_types() {
        let rows = [
            (
                "labels: {b: x, a: 1}",
                "number into Go struct field ObjectMeta.metadata.labels of type string",
            ),
            ("labels: {a: null}, Labels: 3, own: 3", ""),
            (
                "labels: x",
                "string into Go struct field ObjectMeta.metadata.labels of type map[string]string",
            ),
            (
                "ownerReferences: [{controller: x}]",
                "string into Go struct field OwnerReference.metadata.ownerReferences.controller of type bool",
            ),
            (
                "ownerReferences: [3]",
                "number into Go struct field ObjectMeta.metadata.ownerReferences of type v1.OwnerReference",
            ),
            (
                "uid: 3, name: 3",
                "number into Go struct field ObjectMeta.metadata.name of type string",
            ),
            ("generation: 1.0", ""),
            (
                "generation: 1.5",
                "number 1.5 into Go struct field ObjectMeta.metadata.generation of type int64",
            ),
            (
                "managedFields: [{operation: 3, fieldsV1: 3}]",
                "number into Go struct field ManagedFieldsEntry.metadata.managedFields.operation of type v1.ManagedFieldsOperationType",
            ),
            (
                "annotations: {a: 1}, creationTimestamp: [x]",
                "array into Go struct field ObjectMeta.metadata.creationTimestamp of type string",
            ),
        ];
        for (metadata, want) in rows {
            let object =
                goyaml::unmarshal_map(format!("metadata: {{{metadata}}}").as_bytes()).unwrap();
            let got = check(&object).err().map(|e| e.to_string()).unwrap_or_default();
            assert_eq!(
                got.strip_prefix("json: cannot unmarshal ").unwrap_or(&got),
                want,
                "{metadata}"
            );
        }
        let object = goyaml::unmarshal_map(b"metadata: {name: 3, creationTimestamp: x}").unwrap();
        let want = r#"parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006""#;
        assert_eq!(check(&object).unwrap_err().to_string(), want);
    }
}
