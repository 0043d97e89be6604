//! Refuses what a cluster's client refuses of a manifest before it changes the cluster.

mod error;
mod identity;
mod metadata;
#[cfg(test)]
mod tests;
mod validate;

use crate::render::Kind;
use gostd::json;
use gostd::value::{Map, Value};
use goyaml::{self, Field};
use identity::{Identity, text};
use validate::validate;

pub use error::{DecodeError, Fault, LookupError, ObjectError, Refused, SegmentError};
pub use metadata::FieldError;

/// Checks the documents of a manifest as Helm does before an installation: builds Kubernetes objects
/// of them, then looks whether there are such in the cluster. Documents without content pass.
/// `validate` is off under `--disable-openapi-validation`; `namespace` is the release's.
///
/// A kind that a custom resource could have passes, too: there is no cluster to tell.
///
/// # Errors
/// All that cannot be built, up to the first that does not say what it is; or else the first object
/// that cannot be asked for.
pub fn check<'d>(
    documents: impl IntoIterator<Item = &'d [u8]>,
    validate: bool,
    namespace: &str,
) -> Result<(), Refused> {
    let mut builder = Builder { namespace, validate, wrong: Vec::new(), unknown: None };
    for document in documents {
        if let Err(last) = builder.document(document) {
            builder.wrong.push(last);
            break;
        }
    }
    if !builder.wrong.is_empty() {
        return Err(Refused::Objects(builder.wrong));
    }
    builder.unknown.map_or(Ok(()), Err)
}

/// What of a document is looked at.
const FIELDS: &[Field] = &[
    Field { name: b"apiVersion", inner: &[] },
    Field { name: b"kind", inner: &[] },
    Field { name: b"metadata", inner: &[] },
    Field { name: b"items", inner: &[] },
];

struct Builder<'a> {
    namespace: &'a str,
    validate: bool,
    /// What cannot be built.
    wrong: Vec<ObjectError>,
    /// The first object that cannot be asked for.
    unknown: Option<Refused>,
}

impl Builder<'_> {
    /// An error ends the manifest.
    fn document(&mut self, document: &[u8]) -> Result<(), ObjectError> {
        let value = match goyaml::decode_fields(document, FIELDS) {
            Some(value @ Value::Map(_)) => value,
            _ => whole(document).map_err(ObjectError::Parse)?,
        };
        let object = match &value {
            Value::Map(object) => object,
            Value::Nil | Value::Invalid => return Ok(()),
            _ if self.validate => return Err(ObjectError::Invalid(vec![Fault::NoObject])),
            other => {
                self.mistyped(other, "value of type unstructured.detector");
                return Ok(());
            }
        };
        if self.validate {
            let faults = validate(object);
            if !faults.is_empty() {
                return Err(ObjectError::Invalid(faults));
            }
        }
        match object.get(b"items") {
            Some(items) => self.list(document, object, &items),
            None => self.single(document, object),
        }
        Ok(())
    }

    fn mistyped(&mut self, value: &Value, target: &'static str) {
        let found = json::type_word(value);
        self.wrong.push(ObjectError::Decode(DecodeError::Type { found, target }));
    }

    /// Returns whether the document says its kind and has metadata.
    fn decode(&mut self, document: &[u8], object: &Map) -> Option<Identity> {
        let identity = Identity::of(object);
        if identity.kind.is_empty() {
            let text = whole(document).ok().and_then(|whole| json::marshal(&whole, true).ok());
            let text = String::from_utf8_lossy(&text.unwrap_or_default()).into_owned();
            self.wrong.push(ObjectError::Decode(DecodeError::NoKind { text }));
            return None;
        }
        if let Err(e) = metadata::check(object) {
            self.wrong.push(ObjectError::Decode(DecodeError::Metadata(e)));
            return None;
        }
        Some(identity)
    }

    fn single(&mut self, document: &[u8], object: &Map) {
        let Some(identity) = self.decode(document, object) else { return };
        match identity.served() {
            Kind::Unserved => self.wrong.push(unmapped(identity)),
            Kind::Unknown => {}
            kind => self.look_up(&identity, kind),
        }
    }

    /// Whatever has `items` is a list, which gives way to them.
    fn list(&mut self, document: &[u8], object: &Map, items: &Value) {
        let items = match items {
            Value::List(items) => &items[..],
            Value::Nil | Value::Invalid => &[],
            other => {
                self.mistyped(other, "struct field decodeList.items of type []json.RawMessage");
                return;
            }
        };
        let no_object = |v: &&Value| !matches!(v, Value::Map(_) | Value::Nil | Value::Invalid);
        if let Some(item) = items.iter().find(no_object) {
            self.mistyped(item, "value of type map[string]interface {}");
            return;
        }
        let Some(list) = self.decode(document, object) else { return };
        if list.served() == Kind::Unserved {
            let nameless = Identity { name: String::new(), namespace: String::new(), ..list };
            self.wrong.push(unmapped(nameless));
            return;
        }
        let items: Vec<Map> = items.iter().map(|v| v.as_map().unwrap_or_default()).collect();
        if items.iter().any(|item| matches!(item.get(b"items"), Some(Value::List(_)))) {
            self.wrong.push(ObjectError::ItemWithItems);
            return;
        }
        for item in &items {
            let lacks = |field: &str| text(item, field).is_empty();
            let identity = match lacks("kind") && lacks("apiVersion") {
                true => Identity::of_item(item, &list),
                false => Identity::of(item),
            };
            self.item(&identity);
        }
    }

    fn item(&mut self, identity: &Identity) {
        let Identity { kind, version, .. } = identity;
        if kind.is_empty() {
            return self.wrong.push(ObjectError::ItemWithoutKind);
        }
        if version.is_empty() {
            return self.wrong.push(ObjectError::ItemWithoutVersion);
        }
        match identity.served() {
            Kind::Unserved => self.wrong.push(ObjectError::UnmappedItem {
                kind: kind.clone(),
                version: identity.group_version(),
            }),
            Kind::Unknown => {}
            served => self.look_up(identity, served),
        }
    }

    /// Keeps the first object for which there can be no request.
    fn look_up(&mut self, identity: &Identity, kind: Kind) {
        let namespace = match (kind, &*identity.namespace) {
            (Kind::Cluster, _) => "",
            (_, "") => self.namespace,
            (_, own) => own,
        };
        let Identity { kind, name, .. } = identity;
        if let (None, Err(cause)) = (&self.unknown, request(name, namespace)) {
            self.unknown = Some(Refused::Lookup {
                kind: kind.clone(),
                name: name.clone(),
                namespace: namespace.to_owned(),
                cause: Box::new(cause),
            });
        }
    }
}

fn unmapped(identity: Identity) -> ObjectError {
    let version = identity.group_version();
    let Identity { name, namespace, kind, .. } = identity;
    ObjectError::Unmapped { name, namespace, kind, version }
}

/// Checks that there can be a request for an object.
fn request(name: &str, namespace: &str) -> Result<(), LookupError> {
    let of = |name: &str| name.to_owned();
    segment(namespace).map_err(|cause| LookupError::Namespace { name: of(namespace), cause })?;
    if name.is_empty() {
        return Err(LookupError::NoName);
    }
    segment(name).map_err(|cause| LookupError::Name { name: of(name), cause })
}

/// Checks that a name may be a part of a URL's path.
fn segment(name: &str) -> Result<(), SegmentError> {
    if let Some(reserved) = [".", ".."].into_iter().find(|reserved| *reserved == name) {
        return Err(SegmentError::Reserved(reserved));
    }
    let held: Vec<char> = ['/', '%'].into_iter().filter(|c| name.contains(*c)).collect();
    if held.is_empty() { Ok(()) } else { Err(SegmentError::Holds(held)) }
}

/// Returns the whole document, as it is sent on.
fn whole(document: &[u8]) -> Result<Value, goyaml::YamlError> {
    let value = goyaml::decode(document)?;
    goyaml::json_can_hold(&value)?;
    Ok(value)
}
