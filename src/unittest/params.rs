//! Reads the fields of an assertion from a value, as the Go module mapstructure does: names in any case, numbers of
//! any kind, and all that does not fit told at the end.

use gostd::value::{Frozen, GENERAL_MAP, Kind, Map, Str, Value, truncated};

/// The fields of an assertion.
pub(super) struct Fields {
    /// Nothing, where none are given.
    map: Option<Map>,
    prefix: String,
    wrong: Vec<String>,
    /// The names that were asked for.
    asked: Vec<&'static str>,
    /// The names of fields that hold fields, each with a name in it that nothing has asked for.
    inner: Vec<(&'static str, Str)>,
}

fn go_kind(value: &Value) -> &'static str {
    match value.kind() {
        Kind::Invalid => "invalid",
        kind => kind.name(),
    }
}

/// Writes the name of a field of Go in the way of YAML: `apiVersion` for `APIVersion`.
fn as_written(name: &str) -> String {
    let upper = name.bytes().take_while(u8::is_ascii_uppercase).count();
    // The last of several begins the next word.
    let lower = if upper > 1 && upper < name.len() { upper - 1 } else { upper };
    let (first, rest) = name.split_at(lower);
    first.to_ascii_lowercase() + rest
}

impl Fields {
    /// Takes a map of fields, or nothing.
    ///
    /// # Errors
    /// What is no map.
    pub(super) fn of(value: &Value) -> Result<Fields, String> {
        let map = match value {
            Value::Nil => None,
            Value::Map(map) => Some(map.clone()),
            // A struct, whose fields none can see.
            Value::Object(_) => None,
            other => return Err(format!("'' expected a map, got '{}'", go_kind(other))),
        };
        Ok(Fields {
            map,
            prefix: String::new(),
            wrong: Vec::new(),
            asked: Vec::new(),
            inner: Vec::new(),
        })
    }

    /// Tells what did not fit.
    ///
    /// # Errors
    /// mapstructure's words.
    pub(super) fn finish(mut self) -> Result<(), String> {
        if self.wrong.is_empty() {
            return Ok(());
        }
        self.wrong.sort();
        let count = self.wrong.len();
        let points: Vec<String> = self.wrong.iter().map(|why| format!("* {why}")).collect();
        Err(format!("{count} error(s) decoding:\n\n{}", points.join("\n")))
    }

    /// Returns what did not fit so far.
    pub(super) fn misfits(&self) -> &[String] {
        &self.wrong
    }

    /// Returns the names that are given and that nothing has asked for: the reference passes over them.
    pub(super) fn unknown(&self) -> impl Iterator<Item = Str> {
        let keys = self.map.as_ref().map(Map::keys).unwrap_or_default();
        keys.into_iter().filter(|key| {
            let key = key.to_string_lossy().to_lowercase();
            !self.asked.iter().any(|name| name.to_lowercase() == key)
        })
    }

    /// Returns the fields that hold fields, each with a name in it that nothing has asked for.
    pub(super) fn unknown_inside(&self) -> &[(&'static str, Str)] {
        &self.inner
    }

    /// Returns the names that were asked for, as the reference's documentation writes them.
    pub(super) fn known(&self) -> Vec<String> {
        self.asked.iter().map(|name| as_written(name)).collect()
    }

    fn get(&mut self, name: &'static str) -> Option<Value> {
        self.asked.push(name);
        let map = self.map.as_ref()?;
        let is_general = map.map_type().name == GENERAL_MAP.name;
        let found = map.get(name.as_bytes()).or_else(|| {
            let keys = map.keys();
            let same = |key: &&Str| {
                let key = key.to_string_lossy();
                !(is_general && key.starts_with(['"', '\'']))
                    && key.to_lowercase() == name.to_lowercase()
            };
            keys.iter().find(same).and_then(|key| map.get(key))
        });
        found.filter(|value| !matches!(value, Value::Nil | Value::Invalid))
    }

    fn misfit(&mut self, name: &str, wanted: &str, value: &Value) {
        let found = value.type_name();
        let shown = gostd::fmt::sprintf(b"%v", std::slice::from_ref(value)).unwrap_or_default();
        let shown = String::from_utf8_lossy(&shown);
        self.wrong.push(format!(
            "'{}{name}' expected type '{wanted}', got unconvertible type '{found}', value: '{shown}'",
            self.prefix
        ));
    }

    /// Reads a text.
    pub(super) fn text(&mut self, name: &'static str) -> String {
        match self.get(name) {
            None => String::new(),
            Some(Value::Str(text)) => text.to_string_lossy().into_owned(),
            Some(other) => {
                self.misfit(name, "string", &other);
                String::new()
            }
        }
    }

    /// Reads a list of texts.
    pub(super) fn texts(&mut self, name: &'static str) -> Vec<String> {
        let items = match self.get(name) {
            None => return Vec::new(),
            Some(Value::List(list)) => list.into_vec(),
            Some(other) => {
                let kind = go_kind(&other);
                self.wrong.push(format!(
                    "'{}{name}': source data must be an array or slice, got {kind}",
                    self.prefix
                ));
                return Vec::new();
            }
        };
        let mut texts = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            match item {
                Value::Nil => texts.push(String::new()),
                Value::Str(text) => texts.push(text.to_string_lossy().into_owned()),
                other => self.misfit(&format!("{name}[{i}]"), "string", other),
            }
        }
        texts
    }

    /// Reads a boolean.
    pub(super) fn boolean(&mut self, name: &'static str) -> bool {
        match self.get(name) {
            None => false,
            Some(Value::Bool(given)) => given,
            Some(other) => {
                self.misfit(name, "bool", &other);
                false
            }
        }
    }

    /// Reads an integer.
    pub(super) fn int(&mut self, name: &'static str) -> Option<i64> {
        match self.get(name)? {
            Value::Int(_, n) => Some(n),
            Value::Uint(_, n) => Some(n as i64),
            Value::Float(f) => Some(truncated(f)),
            other => {
                self.misfit(name, "int", &other);
                None
            }
        }
    }

    /// Reads anything.
    pub(super) fn any(&mut self, name: &'static str) -> Frozen {
        self.get(name).map(|value| Frozen::new(&value)).unwrap_or_default()
    }

    /// Reads the `pattern` in a field.
    pub(super) fn pattern(&mut self, name: &'static str) -> String {
        match self.get(name) {
            None => String::new(),
            Some(Value::Map(map)) => {
                let prefix = format!("{}{name}.", self.prefix);
                let mut inner = Fields {
                    map: Some(map),
                    prefix,
                    wrong: Vec::new(),
                    asked: Vec::new(),
                    inner: Vec::new(),
                };
                let pattern = inner.text("Pattern");
                self.inner.extend(inner.unknown().map(|key| (name, key)));
                self.wrong.append(&mut inner.wrong);
                pattern
            }
            Some(other) => {
                let kind = go_kind(&other);
                self.wrong.push(format!("'{}{name}' expected a map, got '{kind}'", self.prefix));
                String::new()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nothing_asked_for_is_unknown() {
        let text = b"{path: a, VALUE: b, valeu: c}";
        let mut fields = Fields::of(&goyaml::unmarshal(text).unwrap()).unwrap();
        fields.text("Path");
        fields.any("Value");
        fields.text("APIVersion");
        assert_eq!(fields.unknown().collect::<Vec<_>>(), [Str::from("valeu")]);
        assert_eq!(fields.known(), ["path", "value", "apiVersion"]);
    }
}
