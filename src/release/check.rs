//! What a cluster's client refuses of a manifest before it asks the cluster.

use crate::gostd::json;
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
