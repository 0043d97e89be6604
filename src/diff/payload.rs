//! Reads texts in ConfigMaps and Secrets as the data that they hold.

use bstr::ByteSlice;
use gostd::value::{Map, Str, Value};

/// What a text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// JSON
    Json,
    /// `key=value` lines
    Properties,
    /// YAML
    Yaml,
}

/// Texts above this length are compared line by line, in bytes.
const MOST: usize = 4 << 20;

/// Reads two texts of one name as data, if both are of the same form: lists or maps.
pub(super) fn both(name: &[u8], old: &[u8], new: &[u8]) -> Option<(Form, Value, Value)> {
    if old.len().max(new.len()) > MOST {
        return None;
    }
    let ending = name.rsplit_once_str(b".").map_or(&b""[..], |(_, ending)| ending);
    let forms: &[Form] = match ending {
        b"json" => &[Form::Json],
        b"properties" | b"env" | b"cfg" | b"ini" | b"conf" => &[Form::Properties],
        b"yaml" | b"yml" => &[Form::Yaml],
        b"sh" | b"py" | b"txt" | b"md" | b"tpl" | b"lua" | b"js" => &[],
        _ => &[Form::Json, Form::Properties, Form::Yaml],
    };
    forms.iter().find_map(|form| Some((*form, form.read(old)?, form.read(new)?)))
}

impl Form {
    fn read(self, text: &[u8]) -> Option<Value> {
        let value = match self {
            Form::Json => {
                let start = text.trim_ascii_start().first()?;
                if !matches!(start, b'{' | b'[') {
                    return None;
                }
                gostd::json::unmarshal(text).ok()?
            }
            Form::Properties => properties(text)?,
            Form::Yaml => {
                // Several documents, and texts that only look like YAML for a while.
                if text.find_byte(b'\n').is_none()
                    || text.contains_str("\n---")
                    || text.contains_str("\n...")
                {
                    return None;
                }
                goyaml::decode_strict(text).ok()?
            }
        };
        matches!(value, Value::Map(_) | Value::List(_)).then_some(value)
    }
}

/// Reads `key=value` lines: no line may be anything else but a comment.
fn properties(text: &[u8]) -> Option<Value> {
    let map = Map::new();
    for line in text.lines() {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") || line.starts_with(b"!") {
            continue;
        }
        let (key, value) = line.split_once_str(b"=")?;
        let key = key.trim_ascii();
        let is_plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        // A line that ends in `\` goes on, and what is set twice has an order.
        let is_odd = key.is_empty() || !key.iter().all(is_plain) || value.ends_with(b"\\");
        if is_odd || map.contains_key(key) {
            return None;
        }
        map.insert(Str::from(key), Value::Str(Str::from(value.trim_ascii())));
    }
    // One line of base64 may end so.
    let is_base64 = text.trim_ascii().ends_with(b"=") && text.trim_ascii().lines().count() == 1;
    (!map.is_empty() && !is_base64).then_some(Value::Map(map))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_settings_are_data() {
        let form = |name: &str, old: &str, new: &str| {
            both(name.as_bytes(), old.as_bytes(), new.as_bytes()).map(|(form, _, _)| form)
        };
        assert_eq!(form("x", "a=1\n", "a=2\n# b\nb=\n"), Some(Form::Properties));
        assert_eq!(form("x", "LS0tLQo=", "LS0tLS0K="), None);
        assert_eq!(form("x", "TFMwdA==\n", "TFMwdExTMA==\n"), None);
        assert_eq!(form("x.sh", "a=1\n", "a=2\n"), None);
    }
}
