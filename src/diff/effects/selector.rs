//! Matches labels, as selectors of workloads do.

use gostd::value::Value;

use super::defaults;
use crate::diff::object::get;

/// Tells whether a label selector matches the labels of a pod template. A selector that is none matches.
pub fn matches(selector: &Value, template: Option<&Value>) -> bool {
    let labels = template.and_then(|template| get(template, &["metadata", "labels"]));
    let label = |key: &[u8]| match &labels {
        Some(Value::Map(map)) => map.get(key).filter(|value| !value.is_nil()),
        _ => None,
    };
    if let Some(Value::Map(wanted)) = get(selector, &["matchLabels"])
        && !wanted
            .entries()
            .iter()
            .all(|(key, value)| label(key).is_some_and(|found| crate::diff::same(&found, value)))
    {
        return false;
    }
    let Some(Value::List(expressions)) = get(selector, &["matchExpressions"]) else { return true };
    expressions.iter().all(|expression| {
        let Some(Value::Str(key)) = get(expression, &["key"]) else { return true };
        let found = label(&key);
        let is_listed = match get(expression, &["values"]) {
            Some(Value::List(values)) => values
                .iter()
                .any(|value| found.as_ref().is_some_and(|f| crate::diff::same(f, value))),
            _ => false,
        };
        match get(expression, &["operator"]) {
            Some(Value::Str(operator)) => match &operator[..] {
                b"In" => is_listed,
                b"NotIn" => !is_listed,
                b"Exists" => found.is_some(),
                b"DoesNotExist" => found.is_none(),
                _ => true,
            },
            _ => true,
        }
    })
}

/// Tells whether two selectors are the same to the API server.
pub(super) fn same(old: Option<&Value>, new: Option<&Value>) -> bool {
    let plain = |selector: Option<&Value>| selector.map(defaults::plain).unwrap_or(Value::Nil);
    crate::diff::same(&plain(old), &plain(new))
}
