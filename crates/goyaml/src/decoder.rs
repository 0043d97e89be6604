//! Decodes Go structs from YAML, with the leniencies and error texts of `sigs.k8s.io/yaml` and
//! `encoding/json`: field names of any case, numbers and booleans where texts are expected, nulls
//! that change nothing, unknown fields passed over.

mod error;

use gostd::Go;
use gostd::json::with_floats;
use gostd::stack;
use gostd::time::{self, LocalZone};
use gostd::value::{Elem, List, Map, STRING_MAP, Str, Value};

pub use error::DecodeError;

/// The layout of the text that a `time.Time` is read from.
const RFC3339: &[u8] = b"2006-01-02T15:04:05Z07:00";

/// Where the decoding stands and what went wrong first, in either of the two steps that Go makes.
#[derive(Debug)]
pub struct Decoder {
    /// What `json.Marshal` refuses; it comes before any mismatch of types.
    unsupported: Option<f64>,
    /// What a type's own reading refuses; Go stops there, whatever it met before.
    refused: Option<DecodeError>,
    /// Whether unknown fields are errors.
    pub strict: bool,
    /// Whether numbers and booleans are no texts: in JSON, and in the fields of an embedded struct.
    pub exact: bool,
    mismatch: Option<DecodeError>,
    /// The innermost struct and the names of the fields that led to it.
    inside: &'static str,
    path: Vec<&'static str>,
    /// From Go 1.27 on: the keys as they are written and the indexes that lead to the value.
    pointer: Option<Vec<Str>>,
    /// The package of the types, as they are named here, and as errors call it.
    package: Option<(&'static str, &'static str)>,
}

impl Default for Decoder {
    fn default() -> Decoder {
        Decoder {
            unsupported: None,
            refused: None,
            strict: false,
            exact: false,
            mismatch: None,
            inside: "",
            path: Vec::new(),
            pointer: (Go::current() >= Go::V1_27).then(Vec::new),
            package: None,
        }
    }
}

impl Decoder {
    /// Returns a decoder whose errors call the types' package by another name.
    pub fn renaming(old: &'static str, new: &'static str) -> Decoder {
        Decoder { package: Some((old, new)), ..Decoder::default() }
    }

    /// Returns how errors name a Go type.
    fn named(&self, wanted: &str) -> Box<str> {
        match self.package {
            Some((old, new)) => wanted.replace(&format!("{old}."), &format!("{new}.")).into(),
            None => wanted.into(),
        }
    }

    /// Calls `read` for what is below a key or an index.
    fn below(&mut self, step: impl FnOnce() -> Str, read: impl FnOnce(&mut Decoder)) {
        if let Some(pointer) = &mut self.pointer {
            pointer.push(step());
        }
        read(self);
        if let Some(pointer) = &mut self.pointer {
            pointer.pop();
        }
    }

    /// Ends the decoding.
    ///
    /// # Errors
    /// What went wrong first.
    pub fn finish(self) -> Result<(), DecodeError> {
        let unsupported = self.unsupported.map(DecodeError::Number);
        match unsupported.or(self.refused).or(self.mismatch) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Returns whether the document is a mapping; if it is neither that nor null, notes the
    /// mismatch.
    pub fn top(&mut self, tree: &Value, target: &str) -> bool {
        match tree {
            Value::Map(_) => true,
            Value::Nil | Value::Invalid => false,
            other => {
                self.scan(other, 0);
                let wanted = self.named(target);
                let mismatch = DecodeError::Document { found: json_word(other), wanted };
                self.mismatch.get_or_insert(mismatch);
                false
            }
        }
    }

    /// Reads the fields of a struct named `of`, whose names in JSON are `names`; `read` gets each one met.
    pub fn fields(
        &mut self,
        tree: &Value,
        of: &'static str,
        names: &[&'static str],
        mut read: impl FnMut(&mut Decoder, &'static str, &Value),
    ) {
        let Value::Map(map) = tree else { return };
        let outer = std::mem::replace(&mut self.inside, of);
        for (key, value) in map.borrow().iter() {
            let name = names
                .iter()
                .find(|n| key.as_bytes() == n.as_bytes())
                .or_else(|| names.iter().find(|n| key.eq_ignore_ascii_case(n.as_bytes())));
            match name {
                Some(name) => {
                    self.path.push(name);
                    self.below(|| key.clone(), |decoder| read(decoder, name, value));
                    self.path.pop();
                }
                None => {
                    self.scan(value, 0);
                    if self.strict && self.mismatch.is_none() {
                        let name = key.as_bytes().into();
                        self.mismatch = Some(DecodeError::UnknownField { name });
                    }
                }
            }
        }
        self.inside = outer;
    }

    /// Reads a map whose keys are no field names.
    pub fn fields_of_map(
        &mut self,
        tree: &Value,
        mut read: impl FnMut(&mut Decoder, &Str, &Value),
    ) {
        let Value::Map(map) = tree else { return };
        for (key, value) in map.borrow().iter() {
            self.below(|| key.clone(), |decoder| read(decoder, key, value));
        }
    }

    /// Calls `read` for the fields of an embedded struct: from Go 1.24 to 1.26 errors name it on the way to them.
    pub fn embedded(
        &mut self,
        name: &'static str,
        field: &'static str,
        read: impl FnOnce(&mut Decoder),
    ) {
        let is_named = self.pointer.is_none() && Go::current() >= Go::V1_24;
        if is_named {
            self.path.pop();
            self.path.extend([name, field]);
        }
        read(self);
        if is_named {
            self.path.truncate(self.path.len().saturating_sub(2));
            self.path.push(field);
        }
    }

    /// Notes that a value does not fit the Go type `target`.
    pub fn wrong(&mut self, value: &Value, target: &str) {
        self.scan(value, 0);
        if self.mismatch.is_none() {
            let (found, wanted) = (json_word(value), self.named(target));
            self.mismatch = Some(match &self.pointer {
                None => {
                    let path = self.path.join(".").into();
                    DecodeError::Field { found, of: self.inside, path, wanted }
                }
                Some(pointer) => {
                    let path = gostd::json::dotted(pointer);
                    DecodeError::At { found, path: path.into(), wanted }
                }
            });
        }
    }

    /// Notes the first float in a value kept as it is that JSON cannot write.
    fn scan(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Float(f) if !f.is_finite() && self.unsupported.is_none() => {
                self.unsupported = Some(*f);
            }
            Value::List(l) => {
                stack::at_depth(depth, || l.iter().for_each(|v| self.scan(v, depth + 1)));
            }
            Value::Map(m) => {
                let values = m.borrow();
                stack::at_depth(depth, || values.values().for_each(|v| self.scan(v, depth + 1)));
            }
            _ => {}
        }
    }

    /// Reads a `string`.
    pub fn text(&mut self, v: &Value, into: &mut Str) {
        match v {
            Value::Nil | Value::Invalid => {}
            Value::Str(s) => *into = s.clone(),
            scalar => match crate::scalar_to_string(scalar).filter(|_| !self.exact) {
                Some(s) => *into = s,
                None => self.wrong(v, "string"),
            },
        }
    }

    /// Reads a `bool`.
    pub fn boolean(&mut self, v: &Value, into: &mut bool) {
        match v {
            Value::Nil | Value::Invalid => {}
            Value::Bool(b) => *into = *b,
            other => self.wrong(other, "bool"),
        }
    }

    /// Reads a `time.Time`, kept as it is written.
    pub fn time(&mut self, v: &Value, into: &mut Str) {
        match v {
            Value::Nil | Value::Invalid => {}
            Value::Str(s) => match time::parse(RFC3339, s, &LocalZone::UTC) {
                Ok(_) => *into = s.clone(),
                Err(error) => self.refused = Some(DecodeError::Time(error)),
            },
            other => {
                self.scan(other, 0);
                self.refused = Some(DecodeError::TimeType);
            }
        }
    }

    /// Reads a `[]string`.
    pub fn texts(&mut self, v: &Value, into: &mut List) {
        match v {
            Value::Nil | Value::Invalid => *into = List::nil(Elem::String),
            Value::List(l) => {
                let items = l.iter().enumerate().map(|(i, v)| {
                    let mut text = into.get(i).and_then(Value::as_str).cloned().unwrap_or_default();
                    self.below(|| index(i), |decoder| decoder.text(v, &mut text));
                    Value::Str(text)
                });
                *into = List::new(Elem::String, items.collect());
            }
            other => self.wrong(other, "[]string"),
        }
    }

    /// Reads a `map[string]string`.
    pub fn annotations(&mut self, v: &Value, into: &mut Map) {
        match v {
            Value::Nil | Value::Invalid => *into = Map::nil(&STRING_MAP),
            Value::Map(m) => {
                let merged = Map::from_entries(&STRING_MAP, into.entries());
                for (key, value) in m.borrow().iter() {
                    let mut text = Str::EMPTY;
                    self.below(|| key.clone(), |decoder| decoder.text(value, &mut text));
                    merged.insert(key.clone(), Value::Str(text));
                }
                *into = merged;
            }
            other => self.wrong(other, "map[string]string"),
        }
    }

    /// Reads a `[]*T`. As in Go, what was read before stays where the new list has nothing.
    pub fn structs<T: Default>(
        &mut self,
        v: &Value,
        into: &mut Option<Vec<T>>,
        of: &'static str,
        mut read: impl FnMut(&mut Decoder, &mut T, &Value),
    ) {
        match v {
            Value::Nil | Value::Invalid => *into = None,
            Value::List(l) => {
                let items = into.get_or_insert_default();
                items.truncate(l.len());
                items.resize_with(l.len(), T::default);
                for (i, (item, v)) in items.iter_mut().zip(l.iter()).enumerate() {
                    self.below(
                        || index(i),
                        |decoder| match v {
                            Value::Map(_) | Value::Nil | Value::Invalid => read(decoder, item, v),
                            other => decoder.wrong(other, of),
                        },
                    );
                }
            }
            other => self.wrong(other, &format!("[]*{of}")),
        }
    }

    /// Reads a `[]interface {}`, its numbers floats as JSON makes them.
    pub fn values(&mut self, v: &Value, into: &mut List) {
        match v {
            Value::Nil | Value::Invalid => *into = List::nil(Elem::Any),
            Value::List(l) => {
                self.scan(v, 0);
                let items = l.iter().map(with_floats).collect();
                *into = List::new(Elem::Any, items);
            }
            other => self.wrong(other, "[]interface {}"),
        }
    }
}

fn index(i: usize) -> Str {
    Str::from(i.to_string())
}

/// Returns what `encoding/json` calls a value that does not fit.
fn json_word(v: &Value) -> &'static str {
    match v {
        Value::Bool(_) => "bool",
        Value::Int(..) | Value::Uint(..) | Value::Float(_) => "number",
        Value::List(_) => "array",
        Value::Map(_) => "object",
        _ => "string",
    }
}

#[cfg(test)]
mod tests {
    use super::Decoder;
    use gostd::value::{Str, Value};

    // Recorded from Go 1.23.9's time.Parse(time.RFC3339, …).
    #[test]
    fn times_fail_with_gos_words() {
        for (text, want) in [
            ("2020-01-01T00:00:00Z", ""),
            ("2021-05-04T10:02:03.123456789+02:00", ""),
            ("2020-02-29T1:00:00Z", ""),
            ("2020-01-01T00:00:00+24:60", ""),
            (
                "foo",
                r#"parsing time "foo" as "2006-01-02T15:04:05Z07:00": cannot parse "foo" as "2006""#,
            ),
            (
                "2020-01-01",
                r#"parsing time "2020-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T""#,
            ),
            (
                "2020-01-01T00:00:00",
                r#"parsing time "2020-01-01T00:00:00" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00""#,
            ),
            ("2020-13-01T00:00:00Z", r#"parsing time "2020-13-01T00:00:00Z": month out of range"#),
            ("2021-02-29T00:00:00Z", r#"parsing time "2021-02-29T00:00:00Z": day out of range"#),
            ("2021-02-20T00:00:00Zx", r#"parsing time "2021-02-20T00:00:00Zx": extra text: "x""#),
            (
                "2021-02-20T00:00:00+25:00",
                r#"parsing time "2021-02-20T00:00:00+25:00": time zone offset hour out of range"#,
            ),
        ] {
            let mut decoder = Decoder::default();
            decoder.time(&Value::from(text), &mut Str::default());
            let got = decoder.finish().map_or_else(|e| e.to_string(), |()| String::new());
            let got = got.trim_start_matches("error unmarshaling JSON: while decoding JSON: ");
            assert_eq!(got, want, "{text}");
        }
    }
}
