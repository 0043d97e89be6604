//! Lists the fields that a change touches, as helm-diff does: by the JSON merge patch that leads from one object to the
//! other.

use gostd::json;
use gostd::value::{ANY_MAP, Elem, List, Map, Str, Value, record};

use super::manifest::Object;
use super::{Change, Key};

/// What happened to a field.
#[derive(Clone, Debug)]
struct FieldChange {
    path: String,
    field: String,
    change: &'static str,
    old: Value,
    new: Value,
}

/// An object of the report `structured`.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    api_version: String,
    kind: String,
    namespace: String,
    name: String,
    change: Change,
    old_exists: bool,
    new_exists: bool,
    changes: Vec<FieldChange>,
    is_suppressed: bool,
}

impl Entry {
    /// Compares two objects, of which one may not exist; nothing where no field differs.
    ///
    /// # Errors
    /// helm-diff's words for what is no object.
    pub(super) fn of(
        key: &str,
        change: Change,
        is_suppressed: bool,
        old: Option<&Object>,
        new: Option<&Object>,
    ) -> Result<Option<Entry>, String> {
        let exists = |object: Option<&Object>| {
            object.is_some_and(|object| !bstr::ByteSlice::trim(&object.content[..]).is_empty())
        };
        let read = |object: Option<&Object>| match object.filter(|_| exists(object)) {
            None => Ok(None),
            Some(object) => match goyaml::unmarshal(&object.content) {
                Ok(Value::Map(map)) => Ok(Some(Value::Map(map))),
                Ok(Value::Nil) => Ok(Some(Value::Nil)),
                Ok(other) => Err(format!(
                    "json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
                    json::type_word(&other)
                )),
                Err(e) => Err(e.to_string().replacen("error converting YAML to JSON: ", "", 1)),
            },
        };
        let mut entry = Entry {
            api_version: String::new(),
            kind: String::new(),
            namespace: String::new(),
            name: String::new(),
            change,
            old_exists: exists(old),
            new_exists: exists(new),
            changes: Vec::new(),
            is_suppressed,
        };
        let old = read(old).map_err(|why| format!("convert old manifest: {why}"))?;
        let new = read(new).map_err(|why| format!("convert new manifest: {why}"))?;
        entry.name_by([&old, &new], key);
        if is_suppressed {
            return Ok(Some(entry));
        }
        if let (Change::Modify, Some(old), Some(new)) = (change, &old, &new) {
            let patch = merge_patch(old, new)?;
            walk(&mut entry.changes, &mut Vec::new(), &patch, old, new)?;
        }
        let is_nothing = change == Change::Modify && entry.changes.is_empty();
        Ok((!is_nothing).then_some(entry))
    }

    /// Names the object by what it says of itself, else by its key.
    fn name_by(&mut self, objects: [&Option<Value>; 2], key: &str) {
        let text = |value: Option<Value>| match value {
            Some(Value::Str(text)) => text.to_string_lossy().into_owned(),
            _ => String::new(),
        };
        let fill = |into: &mut String, found: String| {
            if into.is_empty() {
                *into = found;
            }
        };
        for object in objects.into_iter().flatten() {
            let Some(object) = object.as_map() else { continue };
            fill(&mut self.api_version, text(object.get(b"apiVersion")));
            fill(&mut self.kind, text(object.get(b"kind")));
            if let Some(Value::Map(metadata)) = object.get(b"metadata") {
                fill(&mut self.name, text(metadata.get(b"name")));
                fill(&mut self.namespace, text(metadata.get(b"namespace")));
            }
        }
        if let Some(key) = Key::parse(key) {
            fill(&mut self.kind, key.kind.to_owned());
            fill(&mut self.name, key.name.to_owned());
            fill(&mut self.namespace, key.namespace.to_owned());
            fill(&mut self.api_version, key.group.to_owned());
        }
    }

    /// Returns an entry of which no more than its key is known.
    pub(super) fn bare(key: &str, change: Change) -> Entry {
        Entry {
            api_version: String::new(),
            kind: String::new(),
            namespace: String::new(),
            name: key.to_owned(),
            change,
            old_exists: false,
            new_exists: false,
            changes: Vec::new(),
            is_suppressed: false,
        }
    }

    fn to_value(&self) -> Value {
        let mut fields = Vec::new();
        let mut text = |name: &'static str, text: &str| {
            if !text.is_empty() {
                fields.push((name, Value::from(text)));
            }
        };
        text("apiVersion", &self.api_version);
        text("kind", &self.kind);
        text("namespace", &self.namespace);
        text("name", &self.name);
        text("changeType", self.change.name());
        let status = vec![
            ("oldExists", Value::Bool(self.old_exists)),
            ("newExists", Value::Bool(self.new_exists)),
        ];
        fields.push(("resourceStatus", record("diff.ResourceStatus", status)));
        if !self.changes.is_empty() {
            fields.push((
                "changes",
                Value::list(self.changes.iter().map(FieldChange::to_value).collect()),
            ));
        }
        if self.is_suppressed {
            fields.push(("changesSuppressed", Value::Bool(true)));
        }
        record("diff.StructuredEntry", fields)
    }
}

impl FieldChange {
    fn to_value(&self) -> Value {
        let mut fields = Vec::new();
        if !self.path.is_empty() {
            fields.push(("path", Value::from(self.path.as_str())));
        }
        if !self.field.is_empty() {
            fields.push(("field", Value::from(self.field.as_str())));
        }
        fields.push(("change", Value::from(self.change)));
        for (name, value) in [("oldValue", &self.old), ("newValue", &self.new)] {
            if !value.is_nil() {
                fields.push((name, value.clone()));
            }
        }
        record("diff.FieldChange", fields)
    }
}

/// Returns the report: a list of entries in JSON.
pub(super) fn print(entries: &[Entry]) -> Result<Vec<u8>, String> {
    let list = Value::list(entries.iter().map(Entry::to_value).collect());
    let mut text = json::marshal_indent(&list, b"", b"  ", true).map_err(|e| e.to_string())?;
    text.push(b'\n');
    Ok(text)
}

/// What evanphx/json-patch says of what is no object.
const NO_OBJECT: &str = "invalid JSON Document";
const MISMATCH: &str = "mismatched JSON Documents";

/// Returns what RFC 7396 makes the new document of the old one with.
fn merge_patch(old: &Value, new: &Value) -> Result<Value, String> {
    match (old, new) {
        (Value::List(old), Value::List(new)) => {
            if old.len() != new.len() {
                return Err(NO_OBJECT.to_owned());
            }
            let patches = old.iter().zip(new.iter()).map(|(old, new)| object_patch(old, new));
            Ok(Value::list(patches.collect::<Result<_, _>>()?))
        }
        (Value::List(_), _) | (_, Value::List(_)) => Err(MISMATCH.to_owned()),
        _ => object_patch(old, new),
    }
}

fn object_patch(old: &Value, new: &Value) -> Result<Value, String> {
    let object = |value: &Value| match value {
        Value::Map(map) => Ok(map.clone()),
        Value::Nil => Ok(Map::from_entries(&ANY_MAP, [])),
        _ => Err(NO_OBJECT.to_owned()),
    };
    Ok(Value::Map(difference(&object(old)?, &object(new)?)))
}

fn difference(old: &Map, new: &Map) -> Map {
    let mut entries: Vec<(Str, Value)> = Vec::new();
    for (key, now) in new.borrow().iter() {
        match (old.get(key), now) {
            (Some(Value::Map(before)), Value::Map(now)) => {
                let inner = difference(&before, now);
                if !inner.borrow().is_empty() {
                    entries.push((key.clone(), Value::Map(inner)));
                }
            }
            (Some(before), now) if is_same(&before, now) => {}
            _ => entries.push((key.clone(), now.clone())),
        }
    }
    for (key, _) in old.borrow().iter() {
        if new.get(key).is_none() {
            entries.push((key.clone(), Value::Nil));
        }
    }
    Map::from_entries(&ANY_MAP, entries)
}

/// Tells whether two values of JSON are equal.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| is_same(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            let (a, b) = (a.borrow(), b.borrow());
            a.len() == b.len()
                && a.iter().zip(b.iter()).all(|((k, v), (l, w))| k == l && is_same(v, w))
        }
        _ => false,
    }
}

/// Turns a patch into changes of fields.
fn walk(
    changes: &mut Vec<FieldChange>,
    tokens: &mut Vec<String>,
    patch: &Value,
    old: &Value,
    new: &Value,
) -> Result<(), String> {
    let below = |value: &Value, key: &[u8]| match value {
        Value::Map(map) => map.get(key).unwrap_or_default(),
        _ => Value::Nil,
    };
    match patch {
        Value::Map(patch) => {
            for (key, patch) in patch.entries() {
                tokens.push(key.to_string_lossy().into_owned());
                walk(changes, tokens, &patch, &below(old, &key), &below(new, &key))?;
                tokens.pop();
            }
            Ok(())
        }
        Value::List(_) => walk_lists(changes, tokens, old, new),
        _ => {
            let (change, old, new) = match (patch, old) {
                (Value::Nil, _) => ("remove", old.clone(), Value::Nil),
                (_, Value::Nil) => ("add", Value::Nil, new.clone()),
                _ if is_same(old, new) => return Ok(()),
                _ => ("replace", old.clone(), new.clone()),
            };
            changes.push(at(tokens, change, old, new));
            Ok(())
        }
    }
}

/// Compares lists item by item.
fn walk_lists(
    changes: &mut Vec<FieldChange>,
    tokens: &mut Vec<String>,
    old: &Value,
    new: &Value,
) -> Result<(), String> {
    let list = |value: &Value| match value {
        Value::List(list) => list.clone(),
        _ => List::nil(Elem::Any),
    };
    let (olds, news) = (list(old), list(new));
    for i in 0..olds.len().max(news.len()) {
        let old = olds.get(i).cloned().unwrap_or_default();
        let new = news.get(i).cloned().unwrap_or_default();
        tokens.push(i.to_string());
        match (&old, &new) {
            (Value::Nil, Value::Nil) => {}
            (Value::Nil, _) => changes.push(at(tokens, "add", old, new)),
            (_, Value::Nil) => changes.push(at(tokens, "remove", old, new)),
            _ if is_same(&old, &new) => {}
            _ => {
                let is_scalar = |v: &Value| !matches!(v, Value::Map(_) | Value::List(_));
                let patch = match is_scalar(&old) && is_scalar(&new) {
                    true => Value::Nil,
                    false => merge_patch(&old, &new)?,
                };
                let is_empty = match &patch {
                    Value::Map(map) => map.borrow().is_empty(),
                    Value::Nil => true,
                    _ => false,
                };
                match is_empty {
                    true => changes.push(at(tokens, "replace", old, new)),
                    false => walk(changes, tokens, &patch, &old, &new)?,
                }
            }
        }
        tokens.pop();
    }
    Ok(())
}

fn at(tokens: &[String], change: &'static str, old: Value, new: Value) -> FieldChange {
    let (field, path) = match tokens.split_last() {
        Some((field, path)) => (field.clone(), joined(path)),
        None => (String::new(), String::new()),
    };
    FieldChange { path, field, change, old, new }
}

/// Returns a path as helm-diff writes it: `spec.containers[0]`.
fn joined(tokens: &[String]) -> String {
    let mut path = String::new();
    for token in tokens.iter().filter(|token| !token.is_empty()) {
        let is_index = token.chars().all(|c| c.is_ascii_digit());
        if is_index {
            path.push_str(&format!("[{token}]"));
        } else {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(token);
        }
    }
    path
}
