//! Finds the resources in texts, and what they are called.

use bstr::ByteSlice;
use gostd::value::{Map, Value};

/// What a resource says that it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signature {
    /// `apiVersion`
    pub version: String,
    /// `kind`
    pub kind: String,
    /// `metadata.namespace`
    pub namespace: String,
    /// `metadata.name`, or what stands for a name that the server makes.
    pub name: String,
}

/// A resource in a file.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The file.
    pub path: String,
    /// Its text.
    pub text: Vec<u8>,
    signature: Option<(Signature, Option<String>)>,
}

impl Resource {
    /// Makes one of a text; empty for a file without any.
    pub fn new(path: &str, text: Vec<u8>) -> Resource {
        Resource { path: path.to_owned(), text, signature: None }
    }

    /// Returns what it says that it is, as far as it does.
    pub fn signature(&mut self) -> &Signature {
        let text = &self.text;
        &self.signature.get_or_insert_with(|| read_signature(text)).0
    }

    /// Returns what it says that it is.
    ///
    /// # Errors
    /// What is missing or of another type.
    pub(super) fn signature_of(&mut self, map: &Map) -> Result<Signature, String> {
        let (signature, error) = self.signature.get_or_insert_with(|| of_map(map));
        match error {
            Some(error) => Err(error.clone()),
            None => Ok(signature.clone()),
        }
    }
}

fn of_map(map: &Map) -> (Signature, Option<String>) {
    let text = |map: &Map, key: &str| match map.get(key.as_bytes()) {
        Some(Value::Str(text)) => Some(text.to_str_lossy().into_owned()),
        _ => None,
    };
    let missing = |key: &str| (Signature::default(), Some(format!("missing '{key}' key")));
    let Some(kind) = text(map, "kind") else { return missing("kind") };
    let Some(version) = text(map, "apiVersion") else { return missing("apiVersion") };
    let mut signature = Signature { version, kind, ..Signature::default() };
    if let Some(Value::Map(metadata)) = map.get(b"metadata") {
        signature.name = text(&metadata, "name").unwrap_or_default();
        signature.namespace = text(&metadata, "namespace").unwrap_or_default();
        if let Some(generated) = text(&metadata, "generateName") {
            signature.name = made(&generated);
        }
    }
    (signature, None)
}

fn made(prefix: &str) -> String {
    format!("{prefix}{{{{ generateName }}}}")
}

/// Go's name of the type of `metadata`.
const METADATA: &str = r#"struct { Name string "yaml:\"name\""; Namespace string "yaml:\"namespace\""; GenerateName string "yaml:\"generateName\"" }"#;

/// Decodes a text as `sigs.k8s.io/yaml` does into a struct: names of fields without regard to case, scalars as texts.
fn read_signature(text: &[u8]) -> (Signature, Option<String>) {
    let value = match goyaml::decode(text) {
        Ok(value) => value,
        Err(error) => return (Signature::default(), Some(error.to_string())),
    };
    let mut error = None;
    let mut wrong = |value: &Value, place: &str, wanted: &str| {
        let found = match value {
            Value::List(_) => "array",
            Value::Map(_) => "object",
            Value::Str(_) => "string",
            Value::Bool(_) => "bool",
            _ => "number",
        };
        let place = if place.is_empty() { "value" } else { "struct field" }.to_owned()
            + if place.is_empty() { "" } else { " ." }
            + place;
        error.get_or_insert(format!(
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go {place} of type {wanted}"
        ));
    };
    let field = |map: &Map, name: &str| {
        let key = name.as_bytes();
        let same = |(own, _): &(gostd::value::Str, Value)| own.eq_ignore_ascii_case(key);
        map.get(key).or_else(|| map.entries().into_iter().find(same).map(|(_, value)| value))
    };
    let mut signature = Signature::default();
    match &value {
        Value::Map(map) => {
            let mut text = |map: &Map, name: &str, place: &str| match field(map, name) {
                None | Some(Value::Nil) => String::new(),
                Some(value) => match goyaml::scalar_to_string(&value) {
                    Some(text) => text.to_str_lossy().into_owned(),
                    None => {
                        wrong(&value, place, "string");
                        String::new()
                    }
                },
            };
            signature.version = text(map, "apiVersion", "APIVersion");
            signature.kind = text(map, "kind", "Kind");
            match field(map, "metadata") {
                None | Some(Value::Nil) => {}
                Some(Value::Map(metadata)) => {
                    signature.name = text(&metadata, "name", "Metadata.Name");
                    signature.namespace = text(&metadata, "namespace", "Metadata.Namespace");
                    let generated = text(&metadata, "generateName", "Metadata.GenerateName");
                    if !generated.is_empty() {
                        signature.name = made(&generated);
                    }
                }
                Some(other) => wrong(&other, "Metadata", METADATA),
            }
        }
        Value::Nil | Value::Invalid => {}
        other => wrong(other, "", "struct"),
    }
    let missing = |key: &str| Some(format!("missing '{key}' key"));
    let error = match (error, signature.kind.is_empty(), signature.version.is_empty()) {
        (Some(error), ..) => Some(error),
        (None, true, _) => missing("kind"),
        (None, false, true) => missing("apiVersion"),
        (None, false, false) => None,
    };
    (signature, error)
}

/// Tells whether a text holds nothing but comments.
pub(super) fn is_nothing(text: &[u8]) -> bool {
    matches!(goyaml::decode(text), Ok(Value::Nil | Value::Invalid))
}

/// Splits a text as `k8s.io/apimachinery`'s `splitYAMLDocument` does: behind a line that begins with `---`. What stands
/// before a last such line without an end is lost.
fn documents(mut text: &[u8]) -> Vec<&[u8]> {
    const LINE: &[u8] = b"\n---";
    let mut all = Vec::new();
    while !text.is_empty() {
        let Some(at) = text.find(LINE) else {
            all.push(text);
            break;
        };
        let after = &text[at + LINE.len()..];
        match after.find_byte(b'\n') {
            _ if after.is_empty() => {
                all.push(&text[..at]);
                break;
            }
            Some(end) => {
                all.push(&text[..at]);
                text = &after[end + 1..];
            }
            None => break,
        }
    }
    all
}

/// Returns the resources of a text, those of lists one by one. In a file, empty documents are left out, and one that has
/// none is one of no text.
pub fn resources(path: &str, text: &[u8], is_file: bool) -> Vec<Resource> {
    let mut all = Vec::new();
    for document in documents(text).into_iter().filter(|one| !is_file || !one.is_empty()) {
        let mut resource = Resource::new(path, document.to_vec());
        resource.signature();
        let is_list = matches!(&resource.signature, Some((signature, None)) if signature.kind.to_lowercase() == "list");
        if !is_list {
            all.push(resource);
            continue;
        }
        let items = match goyaml::unmarshal_map(document) {
            Ok(map) => map.get(b"items"),
            Err(_) => None,
        };
        if let Some(Value::List(items)) = items {
            let item = |item: &Value| {
                Resource::new(path, goyaml::marshal(item).unwrap_or_default().to_vec())
            };
            all.extend(items.iter().map(item));
        }
    }
    if is_file && all.is_empty() {
        all.push(Resource::new(path, Vec::new()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_end_where_kubernetes_ends_them() {
        let texts = |text: &str| -> Vec<String> {
            documents(text.as_bytes()).iter().map(|one| one.to_str_lossy().into_owned()).collect()
        };
        assert_eq!(texts("a: 1\n---\nb: 2"), ["a: 1", "b: 2"]);
        assert_eq!(texts("---\na: 1\n--- # more\n\n---\n"), ["---\na: 1", "\n".trim_end()]);
        assert_eq!(texts("a: 1\n---"), ["a: 1"]);
        assert_eq!(texts("a: 1\n---x"), [""; 0]);
        assert!(texts("").is_empty());
    }

    #[test]
    fn scalars_are_names() {
        let mut resource =
            Resource::new("a", b"Kind: 1\napiversion: v1\nmetadata: {name: 7}".to_vec());
        let signature = resource.signature();
        assert_eq!((&*signature.kind, &*signature.version, &*signature.name), ("1", "v1", "7"));
    }
}
