//! Rules in CEL of definitions of custom resources, formats, and paths to fields of schemas.

use std::collections::HashSet;

use bstr::ByteSlice;
use gostd::value::{Str, Value};

use super::crds::{FORMAT, STRUCTURE};
use super::expressions::{self, Makes, Scope};
use super::node::Node;
use super::{Findings, custom};

/// The reasons that a rule in CEL may give.
const REASONS: &[&str] =
    &["FieldValueRequired", "FieldValueForbidden", "FieldValueInvalid", "FieldValueDuplicate"];

/// Checks formats and rules in CEL.
pub(super) fn check(schema: &Node<'_>, found: &mut Findings) {
    formats(schema, found);
    let rules = schema.at("x-kubernetes-validations");
    if rules.is_empty() {
        return;
    }
    let mut scope = Scope { names: vec!["self", "oldSelf"], fields: Vec::new() };
    if let Some(names) = fields_of(schema) {
        scope.fields = vec![("self", names.clone()), ("oldSelf", names)];
    }
    let has_break = |text: &[u8]| text.contains(&b'\n') || text.contains(&b'\r');
    for rule in rules.items() {
        let (expression, message) = (rule.at("rule"), rule.at("message"));
        let (text, words) = (expression.text_or_empty(), message.text_or_empty());
        let (text, trimmed) = (text.trim(), words.trim());
        expressions::check(&STRUCTURE, &expression, &scope, Makes::Bool, found);
        if text.is_empty() {
            // That is told.
        } else if !words.is_empty() && trimmed.is_empty() || has_break(trimmed) {
            found.add(&STRUCTURE, &message, "it has to be one line");
        } else if has_break(text) && trimmed.is_empty() {
            found.add(&STRUCTURE, &message, "a rule of several lines needs a message");
        }
        let words = rule.at("messageExpression");
        if !words.is_empty() {
            expressions::check(&STRUCTURE, &words, &scope, Makes::Text, found);
        }
        found.exactly(&STRUCTURE, &rule.at("reason"), REASONS);
        let path = rule.at("fieldPath");
        if !path.is_empty()
            && let Err(why) = field(schema, &path.text_or_empty(), true)
        {
            found.add(&STRUCTURE, &path, format!("{}: {why}", path.shown()));
        }
    }
}

/// Returns the fields that a rule can read of an object; nothing where it can read any, or where it is none.
fn fields_of(schema: &Node<'_>) -> Option<HashSet<String>> {
    let properties = schema.at("properties");
    if !schema.at("type").is("object") || properties.is_empty() {
        return None;
    }
    // Of the whole, and of objects within, these are known always.
    let mut names: HashSet<String> =
        ["apiVersion", "kind", "metadata"].into_iter().map(str::to_owned).collect();
    names.extend(properties.members().filter_map(|(name, _)| custom::escaped(&name)));
    Some(names)
}

/// Checks what a server takes and warns of: a format that it does not know, which asks for nothing, and a set of what it
/// does not merge.
fn formats(schema: &Node<'_>, found: &mut Findings) {
    let (kind, format) = (schema.at("type"), schema.at("format"));
    if let Some(text) = format.text().filter(|text| !text.is_empty()) {
        let (of, text) = (kind.text_or_empty(), text.to_str_lossy());
        if !custom::is_format_used(&of.to_str_lossy(), &text, found.version) {
            let of = if kind.is_empty() { "a text".to_owned() } else { kind.shown() };
            let words = format!("{} is no format of {of} that the server knows", format.shown());
            found.add(&FORMAT, &format, words);
        }
    }
    let list = schema.at("x-kubernetes-list-type");
    if list.is("set") {
        let items = schema.at("items");
        let items = items.at("type");
        if items.is_any(&["object", "array"]) {
            let words = format!("a set of items of the type {} cannot be merged", items.shown());
            found.add(&FORMAT, &list, words);
        }
    }
}

/// Follows a path like `.spec.color` or `.labels['a']` through a schema; returns the type of what it leads to.
///
/// # Errors
/// Why it leads to nothing.
pub(super) fn field(schema: &Node<'_>, path: &[u8], has_brackets: bool) -> Result<Str, String> {
    let mut at = schema.value.clone();
    let mut rest = path;
    while let Some(first) = rest.first() {
        let (name, after) = match first {
            b'.' => {
                let end = rest[1..].find_byteset(b".[]").map_or(rest.len(), |end| end + 1);
                (rest[1..end].to_vec(), &rest[end..])
            }
            b'[' if has_brackets => {
                let quoted = rest.strip_prefix(b"['").and_then(|rest| rest.split_once_str(b"']"));
                let Some((name, after)) = quoted else {
                    return Err("what stands in [ ] has to be in single quotes".to_owned());
                };
                (name.replace("\\'", "'"), after)
            }
            _ => return Err("a path has to begin with .".to_owned()),
        };
        if name.is_empty() {
            return Err("it names no field".to_owned());
        }
        let Value::Map(map) = &at else { return Err("it leads to no field".to_owned()) };
        let properties = match map.get(b"properties") {
            Some(Value::Map(properties)) if !properties.borrow().is_empty() => Some(properties),
            _ => None,
        };
        at = match properties {
            Some(properties) => properties.get(&name),
            None => map.get(b"additionalProperties").filter(|inner| matches!(inner, Value::Map(_))),
        }
        .ok_or_else(|| format!("there is no field {:?}", name.to_str_lossy()))?;
        rest = after;
    }
    match at {
        Value::Map(map) => match map.get(b"type") {
            Some(Value::Str(kind)) => Ok(kind),
            _ => Ok(Str::default()),
        },
        _ => Ok(Str::default()),
    }
}
