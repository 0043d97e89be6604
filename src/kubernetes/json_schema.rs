//! Writes kinds as JSON schemas, in the form in which yannh/kubernetes-json-schema publishes them: whatever is not required
//! may be null, amounts and ports are texts or numbers.

use std::fmt::Write;

use super::{Field, Kind, Object, Shape, Version};

/// How deep a description is followed that holds itself.
const MOST_DEPTH: usize = 24;

/// Returns the schema of a kind, without descriptions; nothing where this version does not have it. `is_strict` refuses
/// fields that are not described.
pub fn json_schema(kind: Kind, version: Version, is_strict: bool) -> Option<String> {
    let object = kind.described(version)?;
    let mut writing = Writing { text: String::from("{"), is_strict };
    let group_version = kind.api_version();
    let own = [("apiVersion", group_version), ("kind", kind.name())];
    writing.members(object, 0, |name| {
        let (_, value) = own.iter().find(|(own, _)| *own == name)?;
        Some(format!("{{\"type\":[\"string\",\"null\"],\"enum\":[\"{value}\"]}}"))
    });
    writing.text.push_str("\"type\":\"object\",\"$schema\":\"http://json-schema.org/schema#\"}");
    Some(writing.text)
}

struct Writing {
    text: String,
    is_strict: bool,
}

impl Writing {
    /// Writes what an object's members are, a comma behind it; `own` gives the schemas of some.
    fn members(&mut self, object: Object, depth: usize, own: impl Fn(&str) -> Option<String>) {
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
                    None => self.shape(field.shape(), !field.is_required(), depth + 1),
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

    fn shape(&mut self, shape: Shape, or_null: bool, depth: usize) {
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
            Shape::List(_) | Shape::Map(_) | Shape::Object(_) if depth > MOST_DEPTH => {
                "{}".to_owned()
            }
            Shape::List(list) => {
                self.text.push_str("{\"items\":");
                self.shape(list.items(), true, depth + 1);
                format!(",{}}}", of_type("array"))
            }
            Shape::Map(inner) => {
                self.text.push_str("{\"additionalProperties\":");
                self.shape(inner.shape(), true, depth + 1);
                format!(",{}}}", of_type("object"))
            }
            Shape::Object(Some(object)) => {
                self.text.push('{');
                self.members(object, depth, |_| None);
                format!("{}}}", of_type("object"))
            }
        };
        self.text.push_str(&text);
    }
}
