//! Validates objects as Helm's client does without a cluster's schemas.

use super::error::Fault;
use super::identity::{group_version, text};
use gostd::value::{Map, Value};

/// Returns what an object lacks to be validated. The items of a plain list are validated one by
/// one.
pub(super) fn validate(object: &Map) -> Vec<Fault> {
    let wrong = kind_errors(object);
    if !wrong.is_empty() || text(object, "kind") != "List" || text(object, "apiVersion") != "v1" {
        return wrong;
    }
    let Some(Value::List(items)) = object.get(b"items") else {
        return vec![Fault::NoObject];
    };
    let of_item = |item: &Value| match item {
        Value::Map(item) => kind_errors(item),
        _ => vec![Fault::NoObject],
    };
    items.iter().flat_map(of_item).collect()
}

fn kind_errors(object: &Map) -> Vec<Fault> {
    let field = |name: &'static str| match object.get(name.as_bytes()) {
        None | Some(Value::Nil | Value::Invalid) => Some(Fault::NotSet(name)),
        Some(Value::Str(_)) => None,
        Some(_) => Some(Fault::NoString(name)),
    };
    let version = field("apiVersion").or_else(|| {
        let version = text(object, "apiVersion");
        let unread = group_version(&version).is_none();
        unread.then_some(Fault::GroupVersion(version))
    });
    version.into_iter().chain(field("kind")).collect()
}
