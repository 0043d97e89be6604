//! Reads the fields of an assertion from a value, as the Go module mapstructure does: names in any case, numbers of
//! any kind, and all that does not fit told at the end.

use gostd::value::{Frozen, GENERAL_MAP, Kind, Map, Value};

/// The fields of an assertion.
pub(super) struct Fields {
    /// Nothing, where none are given.
    map: Option<Map>,
    prefix: String,
    wrong: Vec<String>,
}

fn go_kind(value: &Value) -> &'static str {
    match value.kind() {
        Kind::Invalid => "invalid",
        kind => kind.name(),
    }
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
            other => return Err(format!("'' expected a map, got '{}'", go_kind(other))),
        };
        Ok(Fields { map, prefix: String::new(), wrong: Vec::new() })
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

    fn get(&self, name: &str) -> Option<Value> {
        let map = self.map.as_ref()?;
        let is_general = map.map_type().name == GENERAL_MAP.name;
        let found = map.get(name.as_bytes()).or_else(|| {
            let keys = map.keys();
            let same = |key: &&gostd::value::Str| {
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
    pub(super) fn text(&mut self, name: &str) -> String {
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
    pub(super) fn texts(&mut self, name: &str) -> Vec<String> {
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
    pub(super) fn boolean(&mut self, name: &str) -> bool {
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
    pub(super) fn int(&mut self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Value::Int(_, n) => Some(n),
            Value::Uint(_, n) => Some(n as i64),
            Value::Float(f) => Some(f as i64),
            other => {
                self.misfit(name, "int", &other);
                None
            }
        }
    }

    /// Reads anything.
    pub(super) fn any(&mut self, name: &str) -> Frozen {
        self.get(name).map(|value| Frozen::new(&value)).unwrap_or_default()
    }

    /// Reads the `pattern` in a field.
    pub(super) fn pattern(&mut self, name: &str) -> String {
        match self.get(name) {
            None => String::new(),
            Some(Value::Map(map)) => {
                let prefix = format!("{}{name}.", self.prefix);
                let mut inner = Fields { map: Some(map), prefix, wrong: Vec::new() };
                let pattern = inner.text("Pattern");
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
