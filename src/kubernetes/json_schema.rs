//! Writes kinds as JSON schemas, in the form in which yannh/kubernetes-json-schema publishes them: whatever is not required
//! may be null, amounts and ports are texts or numbers.

use std::fmt::Write;

use super::{Field, Kind, Object, Shape, Version};

/// Returns the schema of a kind, without descriptions; nothing where this version does not have it. `is_strict` refuses
/// fields that are not described.
pub fn json_schema(kind: Kind, version: Version, is_strict: bool) -> Option<String> {
    let object = kind.described(version)?;
    let mut writing =
        Writing { text: String::from("{"), is_strict, within: Vec::new(), again: Vec::new() };
    let group_version = kind.api_version();
    let own = [("apiVersion", group_version), ("kind", kind.name())];
    writing.members(object, |name| {
        let (_, value) = own.iter().find(|(own, _)| *own == name)?;
        Some(format!("{{\"type\":[\"string\",\"null\"],\"enum\":[\"{value}\"]}}"))
    });
    writing.definitions();
    writing.text.push_str("\"type\":\"object\",\"$schema\":\"http://json-schema.org/schema#\"}");
    Some(writing.text)
}

struct Writing {
    text: String,
    is_strict: bool,
    /// The objects that are being written.
    within: Vec<Object>,
    /// Those that hold themselves: they are written behind the others, and referred to.
    again: Vec<Object>,
}

impl Writing {
    fn reference(&mut self, object: Object) -> String {
        let at = self.again.iter().position(|own| *own == object);
        let at = at.unwrap_or_else(|| {
            self.again.push(object);
            self.again.len() - 1
        });
        format!("{{\"$ref\":\"#/definitions/{at}\"}}")
    }

    /// Writes what is referred to, a comma behind it.
    fn definitions(&mut self) {
        if self.again.is_empty() {
            return;
        }
        self.text.push_str("\"definitions\":{");
        let mut at = 0;
        while let Some(object) = self.again.get(at).copied() {
            let comma = if at == 0 { "" } else { "," };
            let _ = write!(self.text, "{comma}\"{at}\":");
            // Each refers to itself and to the others.
            self.within = self.again.clone();
            self.within.retain(|own| *own != object);
            self.shape(Shape::Object(Some(object)), true);
            at += 1;
        }
        self.text.push_str("},");
    }

    /// Writes what an object's members are, a comma behind it; `own` gives the schemas of some.
    fn members(&mut self, object: Object, own: impl Fn(&str) -> Option<String>) {
        let fields: Vec<Field> = object.fields().collect();
        let required: Vec<&str> =
            fields.iter().filter(|field| field.is_required()).map(|field| field.name()).collect();
        if !fields.is_empty() {
            self.text.push_str("\"properties\":{");
            for (index, field) in fields.iter().enumerate() {
                let comma = if index == 0 { "" } else { "," };
                let _ = write!(self.text, "{comma}\"{}\":", field.name());
                match own(field.name()) {
                    Some(text) => self.text.push_str(&text),
                    None => self.shape(field.shape(), !field.is_required()),
                }
            }
            self.text.push_str("},");
            if self.is_strict {
                self.text.push_str("\"additionalProperties\":false,");
            }
        }
        if !required.is_empty() {
            let names: Vec<String> = required.iter().map(|name| format!("\"{name}\"")).collect();
            let _ = write!(self.text, "\"required\":[{}],", names.join(","));
        }
    }

    fn shape(&mut self, shape: Shape, or_null: bool) {
        let of_type = |name: &str| match or_null {
            true => format!("\"type\":[\"{name}\",\"null\"]"),
            false => format!("\"type\":\"{name}\""),
        };
        let either = |other: &str| {
            format!(
                "{{\"oneOf\":[{{\"type\":[\"string\",\"null\"]}},{{\"type\":[\"{other}\",\"null\"]}}]}}"
            )
        };
        let text = match shape {
            Shape::Text(_) => format!("{{{}}}", of_type("string")),
            Shape::Int32 => format!("{{\"format\":\"int32\",{}}}", of_type("integer")),
            Shape::Int64 => format!("{{\"format\":\"int64\",{}}}", of_type("integer")),
            Shape::Number => format!("{{\"format\":\"double\",{}}}", of_type("number")),
            Shape::Boolean => format!("{{{}}}", of_type("boolean")),
            Shape::Bytes => format!("{{\"format\":\"byte\",{}}}", of_type("string")),
            Shape::Time => format!("{{\"format\":\"date-time\",{}}}", of_type("string")),
            Shape::Quantity => either("number"),
            Shape::IntOrText => either("integer"),
            Shape::AnyObject | Shape::Object(None) => format!("{{{}}}", of_type("object")),
            Shape::Any | Shape::ObjectOrAny(_) => "{}".to_owned(),
            Shape::Object(Some(object)) if self.within.contains(&object) => self.reference(object),
            Shape::List(list) => {
                self.text.push_str("{\"items\":");
                self.shape(list.items(), true);
                format!(",{}}}", of_type("array"))
            }
            Shape::Map(inner) => {
                self.text.push_str("{\"additionalProperties\":");
                self.shape(inner.shape(), true);
                format!(",{}}}", of_type("object"))
            }
            Shape::Object(Some(object)) => {
                self.text.push('{');
                self.within.push(object);
                self.members(object, |_| None);
                self.within.pop();
                format!("{}}}", of_type("object"))
            }
        };
        self.text.push_str(&text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_written_once() {
        for version in Version::all() {
            for kind in Kind::all() {
                let Some(text) = json_schema(kind, version, true) else { continue };
                assert!(text.len() < 4 << 20, "{} {}", kind.api_version(), kind.name());
                let read = gostd::json::unmarshal(text.as_bytes());
                assert!(read.is_ok(), "{} {}: {read:?}", kind.api_version(), kind.name());
            }
        }
    }
}
