//! Takes a release's manifests apart into objects, each under the key by which helm-diff finds it again.

use std::collections::BTreeMap;

use bstr::ByteSlice;
use gostd::strconv::quoted;
use gostd::value::Value;
use goyaml::{Field, Ordered, OrderedPart, v2_words};

/// The hooks that are left out unless tests are asked for.
pub const TEST_HOOKS: &[&str] = &["test", "test-success"];

/// How long a document may be, in bytes.
const MOST: usize = 10 << 20;

const SEPARATOR: &[u8] = b"\n---\n";

/// An object of a release.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Object {
    /// Its kind.
    pub kind: String,
    /// Its text.
    pub content: Vec<u8>,
    /// Its annotation `helm.sh/resource-policy`; empty without one.
    pub policy: String,
}

/// The objects of a release by `namespace, name, Kind (group)`.
pub type Objects = BTreeMap<String, Object>;

/// What is read of manifests.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The objects.
    pub objects: Objects,
    /// The keys that came again; the first object counts.
    pub doubled: Vec<String>,
}

/// A document that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ParseError {
    /// It is longer than ten megabytes.
    TooLong,
    /// It is no YAML, or no manifest.
    Document {
        /// go-yaml's words.
        why: String,
        /// The document.
        text: Vec<u8>,
    },
    /// It cannot be written again.
    Normalize {
        /// go-yaml's words.
        why: String,
    },
}

impl ParseError {
    /// Returns helm-diff's words.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            ParseError::TooLong => b"Error reading input: bufio.Scanner: token too long".to_vec(),
            ParseError::Document { why, text } => {
                [b"YAML unmarshal error: ", why.as_bytes(), b"\nCan't unmarshal ", text].concat()
            }
            ParseError::Normalize { why } => {
                format!("Error normalizing manifests: {why}").into_bytes()
            }
        }
    }
}

/// How manifests are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading<'r> {
    /// The namespace of objects that name none.
    pub namespace: &'r str,
    /// Whether each is written anew, so that only its meaning counts.
    pub normalize: bool,
    /// The hooks that are left out.
    pub excluded: &'r [&'r str],
}

impl Reading<'_> {
    /// Reads the manifests of a release.
    ///
    /// ```
    /// use statefulchart::helm_diff::Reading;
    /// let reading = Reading { namespace: "shop", ..Reading::default() };
    /// let text = b"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}";
    /// let parsed = reading.parse(text).unwrap();
    /// assert!(parsed.objects.contains_key("shop, web, Deployment (apps)"));
    /// ```
    ///
    /// # Errors
    /// The first document that cannot be read.
    pub fn parse(&self, manifests: &[u8]) -> Result<Parsed, ParseError> {
        let mut parsed = Parsed::default();
        // The first document may begin with a separator, too.
        let text = [b"\n", manifests].concat();
        let mut rest = &text[..];
        while !rest.is_empty() {
            let found = rest.find(SEPARATOR).filter(|at| at + SEPARATOR.len() <= MOST);
            let (document, next) = match found {
                Some(at) => (&rest[..at], &rest[at + SEPARATOR.len()..]),
                None if rest.len() < MOST => (rest, &[][..]),
                None => return Err(ParseError::TooLong),
            };
            rest = next;
            let document = document.trim();
            if !document.is_empty() {
                self.document(document, &mut parsed)?;
            }
        }
        Ok(parsed)
    }

    fn document(&self, text: &[u8], parsed: &mut Parsed) -> Result<(), ParseError> {
        let head = Head::read(text)?;
        if head.api_version.is_empty() && head.kind.is_empty() {
            return Ok(());
        }
        if head.kind.ends_with("List") {
            return items(text)?.iter().try_for_each(|item| self.document(item, parsed));
        }
        let content = if self.normalize { normalized(text)? } else { text.to_vec() };
        if self.excluded.iter().any(|hook| *hook == head.hook) {
            return Ok(());
        }
        let key = head.key(self.namespace);
        if parsed.objects.contains_key(&key) {
            parsed.doubled.push(quoted(key.as_bytes()));
            return Ok(());
        }
        parsed.objects.insert(key, Object { kind: head.kind, content, policy: head.policy });
        Ok(())
    }
}

/// What is read of an object.
#[derive(Debug, Default)]
struct Head {
    api_version: String,
    kind: String,
    namespace: String,
    name: String,
    base_name: Option<String>,
    hook: String,
    policy: String,
}

const FIELDS: &[Field] = &[
    Field { name: b"apiVersion", inner: &[] },
    Field { name: b"kind", inner: &[] },
    Field { name: b"metadata", inner: METADATA },
];
const METADATA: &[Field] = &[
    Field { name: b"namespace", inner: &[] },
    Field { name: b"name", inner: &[] },
    Field { name: b"annotations", inner: &[] },
];

/// Go's names of what a document's head is read into.
const HEAD_TYPE: &str = "manifest.metadata";
const METADATA_TYPE: &str =
    "struct { Namespace string; Name string; Annotations map[string]string }";

impl Head {
    fn read(text: &[u8]) -> Result<Head, ParseError> {
        if let Some(head) = goyaml::decode_fields(text, FIELDS).and_then(|fields| plain(&fields)) {
            return Ok(head);
        }
        let document = read(text)?;
        let mut head = Head::default();
        let mut wrong = Vec::new();
        if let Some(root) = document.as_ref().map(Ordered::root).filter(|root| !root.is_null()) {
            head.fill(root, &mut wrong);
        }
        misfits(wrong, text)?;
        Ok(head)
    }

    /// Reads by node where a text is no text in YAML, or something is wrong.
    fn fill(&mut self, root: OrderedPart<'_>, wrong: &mut Vec<String>) {
        if !root.is_map() {
            wrong.push(root.misfit(HEAD_TYPE));
            return;
        }
        let mut text = |part: Option<OrderedPart<'_>>, into: &mut String| {
            let Some(part) = part else { return };
            match part.text() {
                Some(text) => *into = text.to_str_lossy().into_owned(),
                None => wrong.push(part.misfit("string")),
            }
        };
        text(root.get(b"apiVersion"), &mut self.api_version);
        text(root.get(b"kind"), &mut self.kind);
        let Some(metadata) = root.get(b"metadata").filter(|part| !part.is_null()) else { return };
        if !metadata.is_map() {
            wrong.push(metadata.misfit(METADATA_TYPE));
            return;
        }
        text(metadata.get(b"namespace"), &mut self.namespace);
        text(metadata.get(b"name"), &mut self.name);
        let Some(annotations) = metadata.get(b"annotations").filter(|part| !part.is_null()) else {
            return;
        };
        if !annotations.is_map() {
            wrong.push(annotations.misfit("map[string]string"));
            return;
        }
        for value in annotations.values() {
            text(Some(value), &mut String::new());
        }
        text(annotations.get(b"helm.sh/hook"), &mut self.hook);
        text(annotations.get(b"helm.sh/resource-policy"), &mut self.policy);
        if let Some(part) = annotations.get(b"helm-diff/base-name") {
            text(Some(part), self.base_name.get_or_insert_default());
        }
    }

    fn key(&self, namespace: &str) -> String {
        let group =
            self.api_version.rsplit_once('/').map_or(&*self.api_version, |(group, _)| group);
        let name = self.base_name.as_ref().unwrap_or(&self.name);
        let namespace = if self.namespace.is_empty() { namespace } else { &self.namespace };
        format!("{namespace}, {name}, {} ({group})", self.kind)
    }
}

/// Returns the head of a document in which all that matters is text.
fn plain(fields: &Value) -> Option<Head> {
    let text = |value: Option<Value>| match value {
        None | Some(Value::Nil) => Some(String::new()),
        Some(Value::Str(text)) => text.to_str().map(str::to_owned),
        Some(_) => None,
    };
    let map = |value: Option<Value>| match value {
        None | Some(Value::Nil) => Some(None),
        Some(Value::Map(map)) => Some(Some(map)),
        Some(_) => None,
    };
    let root = fields.as_map()?;
    let mut head = Head {
        api_version: text(root.get(b"apiVersion"))?,
        kind: text(root.get(b"kind"))?,
        ..Head::default()
    };
    let Some(metadata) = map(root.get(b"metadata"))? else { return Some(head) };
    head.namespace = text(metadata.get(b"namespace"))?;
    head.name = text(metadata.get(b"name"))?;
    let Some(annotations) = map(metadata.get(b"annotations"))? else { return Some(head) };
    if annotations.borrow().iter().any(|(_, value)| text(Some(value.clone())).is_none()) {
        return None;
    }
    head.hook = text(annotations.get(b"helm.sh/hook"))?;
    head.policy = text(annotations.get(b"helm.sh/resource-policy"))?;
    if let Some(name) = annotations.get(b"helm-diff/base-name") {
        head.base_name = Some(text(Some(name))?);
    }
    Some(head)
}

fn read(text: &[u8]) -> Result<Option<Ordered>, ParseError> {
    let wrong = |e| ParseError::Document { why: v2_words(&e), text: text.to_vec() };
    Ordered::read(text).map_err(wrong)
}

/// Fails if fields do not fit.
fn misfits(wrong: Vec<String>, text: &[u8]) -> Result<(), ParseError> {
    if wrong.is_empty() {
        return Ok(());
    }
    let why = format!("yaml: unmarshal errors:\n  {}", wrong.join("\n  "));
    Err(ParseError::Document { why, text: text.to_vec() })
}

/// Returns the items of a list as documents.
fn items(text: &[u8]) -> Result<Vec<Vec<u8>>, ParseError> {
    let Some(document) = read(text)? else { return Ok(Vec::new()) };
    let mut wrong = Vec::new();
    let mut found = Vec::new();
    if let Some(items) = document.root().get(b"items").filter(|part| !part.is_null()) {
        if !items.is_list() {
            wrong.push(items.misfit("[]yaml.MapSlice"));
        }
        for item in items.items() {
            if item.is_null() {
                found.push(b"{}\n".to_vec());
            } else if item.is_map() {
                found.push(item.marshal(false).unwrap_or_default());
            } else {
                wrong.push(item.misfit("yaml.MapSlice"));
            }
        }
    }
    misfits(wrong, text)?;
    Ok(found)
}

/// Returns a document as go-yaml writes what it means.
///
/// ```
/// use statefulchart::helm_diff::normalized;
/// assert_eq!(normalized(b"b: {c: 0x10}\na: 'x'").unwrap(), b"a: x\nb:\n  c: 16\n");
/// ```
///
/// # Errors
/// What is no YAML.
pub fn normalized(text: &[u8]) -> Result<Vec<u8>, ParseError> {
    let wrong = |why: String| ParseError::Normalize { why };
    match Ordered::read(text).map_err(|e| wrong(v2_words(&e)))? {
        Some(document) => document.root().marshal(true).map_err(|e| wrong(e.to_string())),
        None => Ok(b"{}\n".to_vec()),
    }
}
