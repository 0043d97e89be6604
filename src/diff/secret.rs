//! What Secrets hold: compared as it is, and shown masked.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gostd::value::{Map, Str, Value};

use super::object::{Object, ReadError, get};
use super::tree::{Change, Step};
use super::written::APPLIED;
use crate::kubernetes;

impl Object {
    /// Returns it with what a Secret holds masked, beside the one that it is compared with; what is another in the new one
    /// is told as such.
    pub(super) fn masked(&self, other: Option<&Object>, is_new: bool) -> Result<Object, ReadError> {
        if !self.is_secret() {
            return Ok(self.clone());
        }
        let own = self.value()?;
        let other = other.map(Object::value).transpose()?;
        let [own, before] = plain(own, other.unwrap_or(own));
        let Value::Map(map) = own else { return Ok(self.clone()) };
        // What should be a map may hold secrets all the same.
        for key in [&b"data"[..], b"stringData"] {
            if let Some(value) =
                map.get(key).filter(|value| !matches!(value, Value::Map(_) | Value::Nil))
            {
                map.insert(key, mask(&value));
            }
        }
        if let Some(metadata) = map.get(b"metadata") {
            map.insert("metadata", mask_applied(&metadata));
        }
        if let Some(Value::Map(data)) = map.get(b"data") {
            let before = get(&before, &["data"]).filter(|_| is_new && other.is_some());
            let masked = Map::new();
            data.entries().into_iter().for_each(|(key, value)| {
                let before = before.as_ref().and_then(|data| data.as_map()?.get(&key));
                masked.insert(key, mask_beside(&value, before.as_ref()));
            });
            map.insert("data", Value::Map(masked));
        }
        Ok(self.with_value(Value::Map(map)))
    }
}

/// Returns two Secrets whose `data` is what is encoded there, with their `stringData` in it, as the API server has them.
///
/// What one of them holds under a key that is no base64 cannot be decoded: under this key both are as they are written,
/// so that a text and its own encoding are not the same.
pub(super) fn plain(one: &Value, other: &Value) -> [Value; 2] {
    let sides = [one, other];
    let is_odd = |key: &Str| {
        sides.iter().any(|side| {
            let written = get(side, &["data"]).and_then(|data| data.as_map()?.get(key));
            let is_covered = get(side, &["stringData"])
                .is_some_and(|texts| texts.as_map().is_some_and(|texts| texts.contains_key(key)));
            !is_covered && written.is_some_and(|value| !value.is_nil() && decoded(&value).is_none())
        })
    };
    sides.map(|side| {
        let Value::Map(map) = side else { return side.clone() };
        let map = map.shallow_copy();
        let data = Map::new();
        if let Some(Value::Map(written)) = map.get(b"data") {
            for (key, value) in written.entries() {
                let text = decoded(&value).filter(|_| !is_odd(&key));
                data.insert(key, text.unwrap_or(value));
            }
        }
        if let Some(Value::Map(texts)) = map.get(b"stringData") {
            map.remove(b"stringData");
            for (key, value) in texts.entries() {
                let value = match value {
                    Value::Str(text) if is_odd(&key) => Value::str(STANDARD.encode(&*text)),
                    value => value,
                };
                data.insert(key, value);
            }
        }
        if !data.is_empty() {
            map.insert("data", Value::Map(data));
        }
        Value::Map(map)
    })
}

/// Returns the text that a value of a Secret's `data` stands for; nothing where it is no base64.
fn decoded(value: &Value) -> Option<Value> {
    match value {
        Value::Str(text) => Some(Value::Str(Str::from(kubernetes::decoded(text)?))),
        _ => None,
    }
}

/// Returns what is shown in the place of a value that is secret.
fn mask(value: &Value) -> Value {
    match value {
        Value::Str(text) => Value::str(format!("(secret, {} bytes)", text.len())),
        Value::Map(map) => {
            let masked = Map::new();
            map.entries().into_iter().for_each(|(key, value)| masked.insert(key, mask(&value)));
            Value::Map(masked)
        }
        _ => Value::str("(secret)"),
    }
}

/// Returns the same where something else stood before: it does not look as if nothing had changed.
fn mask_beside(value: &Value, old: Option<&Value>) -> Value {
    match (value, old) {
        (Value::Str(text), Some(Value::Str(old))) if text != old && text.len() == old.len() => {
            Value::str(format!("(another secret, {} bytes)", text.len()))
        }
        _ => mask(value),
    }
}

fn is_key(step: Option<&Step>, name: &str) -> bool {
    matches!(step, Some(Step::Key(key)) if *key == name)
}

/// Tells whether a change of a Secret is one of what it keeps: of its data, or of what kubectl has applied.
pub fn holds_secrets(change: &Change) -> bool {
    let first = change.path.first();
    is_key(first, "data") || is_key(first, "stringData") || is_key(change.path.last(), APPLIED)
}

/// Masks what a change of a Secret shows.
pub(super) fn mask_change(change: &mut Change) {
    if holds_secrets(change) {
        change.new = change.new.as_ref().map(|new| mask_beside(new, change.old.as_ref()));
        change.old = change.old.as_ref().map(mask);
    } else if is_key(change.path.first(), "metadata") {
        change.new = change.new.as_ref().map(mask_applied);
        change.old = change.old.as_ref().map(mask_applied);
    }
}

/// Returns annotations, or metadata that holds them, with what kubectl has applied masked: all of a Secret.
fn mask_applied(value: &Value) -> Value {
    let Value::Map(map) = value else { return value.clone() };
    let map = map.shallow_copy();
    if let Some(applied) = map.get(APPLIED.as_bytes()) {
        map.insert(APPLIED, mask(&applied));
    }
    if let Some(annotations @ Value::Map(_)) = map.get(b"annotations") {
        map.insert("annotations", mask_applied(&annotations));
    }
    Value::Map(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what two Secrets hold under `data.a`.
    fn pair(old: &str, new: &str) -> [String; 2] {
        let [old, new] = [old, new].map(|text| goyaml::decode(text.as_bytes()).unwrap());
        plain(&old, &new).map(|value| match get(&value, &["data", "a"]) {
            Some(Value::Str(text)) => String::from_utf8(text.to_vec()).unwrap(),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn texts_are_compared_as_they_stand_for() {
        let same = ["hunter2", "hunter2"];
        assert_eq!(pair("data: {a: aHVudGVyMg==}", "stringData: {a: hunter2}"), same);
        // Ends of lines do not count.
        assert_eq!(pair("data: {a: \"aHVu\\ndGVyMg==\\n\"}", "data: {a: aHVudGVyMg==}"), same);
    }

    #[test]
    fn a_text_is_not_its_own_encoding() {
        let raw = "data: {a: hunter2}";
        for other in ["data: {a: aHVudGVyMg==}", "stringData: {a: hunter2}"] {
            assert_eq!(pair(raw, other), ["hunter2", "aHVudGVyMg=="]);
            assert_eq!(pair(other, raw), ["aHVudGVyMg==", "hunter2"]);
        }
        // What `stringData` covers is not looked at.
        let covered = "{data: {a: hunter2}, stringData: {a: x}}";
        assert_eq!(pair(covered, "data: {a: eA==}"), ["x", "x"]);
    }
}
