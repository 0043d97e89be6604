//! What a cluster's client refuses of a manifest before it asks the cluster.

use crate::gostd::json;
use crate::render::is_namespaced;
use crate::value::{Map, Value};
use crate::yaml;

/// Checks that each document says what it is, as Helm's Kubernetes client does before an
/// installation; documents without content pass. `validate` is off under
/// `--disable-openapi-validation`, where only a missing kind is noticed.
///
/// Whether the cluster knows the kind is not asked: there is none.
///
/// # Errors
/// The client's text for the first document that it refuses.
pub fn check_objects<'d>(
    documents: impl IntoIterator<Item = &'d [u8]>,
    validate: bool,
) -> Result<(), String> {
    for document in documents {
        let value = yaml::unmarshal(document).map_err(|e| format!("error parsing : {e}"))?;
        let object = match &value {
            Value::Map(object) => object,
            Value::Nil | Value::Invalid => continue,
            _ => return Err(invalid("invalid object to validate")),
        };
        if validate {
            let wrong: Vec<String> =
                ["apiVersion", "kind"].iter().filter_map(|field| wrong(object, field)).collect();
            let list = match &wrong[..] {
                [] => continue,
                [one] => one.clone(),
                more => format!("[{}]", more.join(", ")),
            };
            return Err(invalid(&list));
        }
        if !matches!(object.get(b"kind"), Some(Value::Str(kind)) if !kind.is_empty()) {
            let text = json::marshal(&value, true)?;
            let text = String::from_utf8_lossy(&text);
            return Err(format!("unable to decode \"\": Object 'Kind' is missing in '{text}'"));
        }
    }
    Ok(())
}

/// An object without a name, which Helm cannot ask a cluster for.
#[derive(Debug, PartialEq, Eq)]
pub struct Unnamed {
    /// Its kind.
    pub kind: String,
    /// The namespace it would go to; empty for kinds that live in none.
    pub namespace: String,
}

impl Unnamed {
    /// The last cause that Helm names.
    pub const CAUSE: &'static str = "resource name may not be empty";

    /// What Helm says it was about to do.
    pub fn context(&self) -> String {
        let Unnamed { kind, namespace } = self;
        format!(
            "could not get information about the resource {kind} \"\" in namespace {namespace:?}"
        )
    }
}

/// Checks that each object of a kind that a plain cluster serves has a name: Helm looks it up before
/// it installs. `namespace` is the release's.
///
/// # Errors
/// The first object without one.
pub fn check_names<'d>(
    documents: impl IntoIterator<Item = &'d [u8]>,
    namespace: &str,
) -> Result<(), Unnamed> {
    for document in documents {
        // What does not parse was refused before.
        let Ok(Value::Map(object)) = yaml::unmarshal(document) else { continue };
        let text = |map: &Map, key: &str| match map.get(key.as_bytes()) {
            Some(Value::Str(s)) => s.to_string(),
            _ => String::new(),
        };
        let kind = text(&object, "kind");
        let Some(namespaced) = is_namespaced(&text(&object, "apiVersion"), &kind) else { continue };
        let metadata = object.get(b"metadata").and_then(|m| m.as_map()).unwrap_or_default();
        if !text(&metadata, "name").is_empty() {
            continue;
        }
        let own = text(&metadata, "namespace");
        let namespace = match (namespaced, own.is_empty()) {
            (false, _) => String::new(),
            (true, true) => namespace.to_owned(),
            (true, false) => own,
        };
        return Err(Unnamed { kind, namespace });
    }
    Ok(())
}

fn invalid(why: &str) -> String {
    format!("error validating \"\": error validating data: {why}")
}

fn wrong(object: &Map, field: &str) -> Option<String> {
    match object.get(field.as_bytes()) {
        None | Some(Value::Nil | Value::Invalid) => Some(format!("{field} not set")),
        Some(Value::Str(_)) => None,
        Some(_) => Some(format!("{field} isn't string type")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_of_known_kinds_need_a_name() {
        let rows = [
            ("{apiVersion: v1, kind: Pod, metadata: {name: a}}", None),
            ("{apiVersion: v1, kind: Pod, metadata: {generateName: a}}", Some(("Pod", "rel"))),
            ("{apiVersion: v1, kind: Pod, metadata: {namespace: own}}", Some(("Pod", "own"))),
            ("{apiVersion: v1, kind: Namespace}", Some(("Namespace", ""))),
            ("{apiVersion: own/v1, kind: Own}", None),
            ("{apiVersion: v1, kind: List, items: []}", None),
        ];
        for (document, want) in rows {
            let want = want.map(|(kind, namespace)| Unnamed {
                kind: kind.to_owned(),
                namespace: namespace.to_owned(),
            });
            assert_eq!(check_names([document.as_bytes()], "rel").err(), want, "{document}");
        }
    }

    #[test]
    fn documents_have_to_say_what_they_are() {
        const INVALID: &str = "error validating \"\": error validating data: ";
        let rows = [
            ("# nothing", true, ""),
            ("{apiVersion: v1, kind: Foo}", true, ""),
            ("a: b", true, "[apiVersion not set, kind not set]"),
            ("kind: Foo", true, "apiVersion not set"),
            ("{apiVersion: v1, kind: 3}", true, "kind isn't string type"),
            ("- a", true, "invalid object to validate"),
            ("kind: Foo", false, ""),
            ("a: b", false, "unable to decode \"\": Object 'Kind' is missing in '{\"a\":\"b\"}'"),
        ];
        for (document, validate, want) in rows {
            let got = check_objects([document.as_bytes()], validate).err().unwrap_or_default();
            assert_eq!(got.strip_prefix(INVALID).unwrap_or(&got), want, "{document}");
        }
    }
}
