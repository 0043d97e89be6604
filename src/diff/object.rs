//! Reads manifests as objects of Kubernetes.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

use bstr::ByteSlice;
use foldhash::fast::RandomState;
use gostd::unicode;
use gostd::value::{Map, Str, Value};
use goyaml::{Cut, Decoded, Field};

use super::served::{self, Served};
use crate::kubernetes::Kind;
use crate::profile::Profile;
use crate::release::{json_as_yaml, json_values, split_ranges};

/// What tells an object from others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id {
    /// The API group, empty for the core group.
    pub group: Str,
    /// `kind`
    pub kind: Str,
    /// `metadata.namespace`, or that of the release; empty where neither is known.
    pub namespace: Str,
    /// `metadata.name`; of one that has none, its `metadata.generateName`.
    pub name: Str,
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.to_str_lossy(), self.name.to_str_lossy())
    }
}

/// An object in a text of manifests.
#[derive(Clone, Debug)]
pub struct Object {
    /// What tells it from others.
    pub id: Id,
    /// `apiVersion`
    pub api_version: Str,
    /// The value of its annotation `helm.sh/hook`; empty where it has none.
    pub hook: Str,
    /// What its `# Source:` line names; empty where it has none.
    pub source: Str,
    /// Its text.
    pub text: Str,
    /// The same as it stands in the manifests, also of a Secret that is masked.
    pub(super) written: Str,
    /// The number of the text's first line in all of the manifests, from 1.
    pub line: usize,
    /// What is known of it if it was read from an API server.
    pub(super) served: Option<Served>,
    read: OnceCell<Decoded>,
}

/// A document that cannot be compared.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReadError {
    /// It is no YAML.
    #[error("the document at line {line} is no YAML: {cause}")]
    Yaml {
        /// The line in all of the manifests, from 1.
        line: usize,
        /// Why.
        cause: goyaml::YamlError,
    },
    /// It is no object of Kubernetes.
    #[error("the document at line {line} has no {field}: is it a manifest?")]
    NoObject {
        /// The line in all of the manifests, from 1.
        line: usize,
        /// What it should have.
        field: &'static str,
    },
}

const HEAD: &[Field] = &[
    Field { name: b"apiVersion", inner: &[] },
    Field { name: b"kind", inner: &[] },
    Field { name: b"metadata", inner: METADATA },
    Field { name: b"items", inner: &[] },
];
const METADATA: &[Field] = &[
    Field { name: b"name", inner: &[] },
    Field { name: b"generateName", inner: &[] },
    Field { name: b"namespace", inner: &[] },
    Field { name: b"annotations", inner: &[] },
    Field { name: b"uid", inner: &[] },
    Field { name: b"resourceVersion", inner: &[] },
    Field { name: b"managedFields", inner: &[] },
];

/// Reads the objects of a text of manifests, which may be JSON. `namespace` is that of objects that name none. The items
/// of a `List` are objects of their own.
///
/// # Errors
/// The first document that is no YAML or no object.
pub fn read(text: &Str, namespace: &str, profile: Profile) -> Result<Vec<Object>, ReadError> {
    let (objects, errors) = read_heads(text, namespace, profile);
    errors.into_iter().next().map_or(Ok(objects), Err)
}

/// Reads the objects of a text of manifests as [`read`] does, and says which documents hold none that can be read. It is
/// for those who check all of the objects: their values are read at once. In the schemas of definitions of custom resources
/// these have only how descriptions begin.
pub fn read_all(text: &Str, namespace: &str, profile: Profile) -> (Vec<Object>, Vec<ReadError>) {
    read_by(Reading::Whole, text, namespace, profile)
}

/// Of the schemas in definitions of custom resources the descriptions, which are most of them. No rule asks for more than
/// that they are texts, and whether they are empty.
const DESCRIPTIONS: Cut = Cut {
    key: b"description",
    within: b"openAPIV3Schema",
    but: &[b"default", b"enum", b"example", b"x-kubernetes-validations"],
};

/// Reads the objects of a text of manifests as [`read_all`] does, but their values only when these are asked for.
pub fn read_heads(text: &Str, namespace: &str, profile: Profile) -> (Vec<Object>, Vec<ReadError>) {
    read_by(Reading::Heads, text, namespace, profile)
}

/// What of documents is read at once.
#[derive(Clone, Copy, PartialEq)]
enum Reading {
    /// What tells objects from each other.
    Heads,
    Whole,
}

fn read_by(
    reading: Reading,
    text: &Str,
    namespace: &str,
    profile: Profile,
) -> (Vec<Object>, Vec<ReadError>) {
    let (mut objects, mut errors) = (Vec::new(), Vec::new());
    let (mut line, mut counted) = (1, 0);
    let mut file = Str::default();
    let text = &match json_as_yaml(text) {
        Cow::Borrowed(_) => text.clone(),
        Cow::Owned(made) => Str::from(made),
    };
    for range in split_ranges(text, profile).flat_map(|range| json_values(text, range)) {
        line += memchr::memchr_iter(b'\n', &text[counted..range.start]).count();
        counted = range.start;
        let first = objects.len();
        let named = source(&text[range.clone()]);
        if !named.is_empty() {
            file = named;
        }
        errors.extend(read_document(reading, text, range, line, namespace, &mut objects).err());
        // Helm names a file of `crds/` once, whatever it holds, and if it begins with `---` in a document without an object.
        let is_crd = file.contains_str(b"/crds/");
        for object in objects.iter_mut().skip(first).filter(|o| is_crd && o.source.is_empty()) {
            object.source = file.clone();
        }
    }
    (objects, errors)
}

impl ReadError {
    /// Returns the line of the document in all of the manifests, from 1; of a mistake in its YAML that line.
    pub fn line(&self) -> usize {
        match self {
            ReadError::Yaml { line, cause } => line + cause.line().unwrap_or(1).max(1) - 1,
            ReadError::NoObject { line, .. } => *line,
        }
    }

    /// Says what is wrong, without the place.
    pub fn words(&self) -> String {
        match self {
            ReadError::Yaml { cause, .. } => format!("the document is no YAML: {cause}"),
            ReadError::NoObject { field, .. } => {
                format!("the document has no {field}: is it a manifest?")
            }
        }
    }
}

/// Returns a value that has what is asked of a document, and the whole document where that was read.
fn head(
    document: &[u8],
    reading: Reading,
) -> Result<(Value, OnceCell<Decoded>), goyaml::YamlError> {
    if reading == Reading::Heads
        && let Some(head) = goyaml::decode_fields(document, HEAD)
    {
        return Ok((head, OnceCell::new()));
    }
    let lets_cut = reading == Reading::Whole;
    let cut = Some(DESCRIPTIONS).filter(|cut| lets_cut && document.contains_str(cut.within));
    let mut decoded = goyaml::decode_noting(document, cut)?;
    if cut.is_some() && !is_definition(&decoded.value) {
        decoded = goyaml::decode_noting(document, None)?;
    }
    Ok((decoded.value.clone(), OnceCell::from(decoded)))
}

/// Reads a definition of a custom resource as [`read_all`] does.
pub(crate) fn read_definition(document: &[u8]) -> Option<Value> {
    head(document, Reading::Whole).ok().map(|(value, _)| value)
}

/// Tells whether a document is a definition of a custom resource, in the version of the API that servers have.
fn is_definition(value: &Value) -> bool {
    let has =
        |key: &str, text: &str| matches!(get(value, &[key]), Some(Value::Str(own)) if own == text);
    has("apiVersion", "apiextensions.k8s.io/v1") && has("kind", "CustomResourceDefinition")
}

fn read_document(
    reading: Reading,
    text: &Str,
    range: Range<usize>,
    line: usize,
    namespace: &str,
    to: &mut Vec<Object>,
) -> Result<(), ReadError> {
    let document = &text[range.clone()];
    let yaml = |cause| ReadError::Yaml { line, cause };
    let (head, read) = head(document, reading).map_err(yaml)?;
    let whole = || match read.get() {
        Some(noted) => Ok(noted.value.clone()),
        None => goyaml::decode(document).map_err(yaml),
    };
    let source = source(document);
    let map = match head {
        Value::Nil => return Ok(()),
        Value::Map(map) => map,
        _ => return Err(ReadError::NoObject { line, field: "kind" }),
    };
    let kind = text_of(&map, b"kind");
    if kind.is_empty() && matches!(whole()?, Value::Map(all) if all.is_empty()) {
        return Ok(());
    }
    if kind.ends_with(b"List")
        && map.contains_key(b"items")
        && let Some(Value::List(items)) = whole()?.as_map().and_then(|map| map.get(b"items"))
    {
        let lines = item_lines(document);
        let version = text_of(&map, b"apiVersion");
        for (number, item) in items.iter().enumerate() {
            let Value::Map(map) = item else { continue };
            // Of a list of one kind the items need not name it.
            let of = kind.strip_suffix(b"List").unwrap_or_default();
            if !of.is_empty() && text_of(map, b"kind").is_empty() {
                map.insert(&b"kind"[..], Value::Str(Str::from(of)));
                if text_of(map, b"apiVersion").is_empty() {
                    map.insert(&b"apiVersion"[..], Value::Str(version.clone()));
                }
            }
            // Its text is written anew.
            let text = Str::from(goyaml::marshal(item).unwrap_or_default());
            let first = lines.get(number).copied().unwrap_or(0);
            let mut made = object(map, source.clone(), text, line + first, namespace)?;
            made.written = written_item(document, first, lines.get(number + 1).copied());
            made.read = written_anew(item.clone());
            to.push(plain(made, map)?);
        }
        return Ok(());
    }
    let mut made = object(&map, source, text.part(range), line, namespace)?;
    made.read = read;
    to.push(plain(made, &map)?);
    Ok(())
}

/// Returns an object without what an API server alone writes, if it was read from one.
fn plain(object: Object, head: &Map) -> Result<Object, ReadError> {
    let metadata = head.get(b"metadata").and_then(|m| m.as_map());
    match metadata.is_some_and(|metadata| served::is_served(&metadata)) {
        true => served::strip(&object),
        false => Ok(object),
    }
}

fn object(
    head: &Map,
    source: Str,
    text: Str,
    line: usize,
    namespace: &str,
) -> Result<Object, ReadError> {
    let api_version = text_of(head, b"apiVersion");
    let kind = text_of(head, b"kind");
    if kind.is_empty() {
        return Err(ReadError::NoObject { line, field: "kind" });
    }
    let metadata = head.get(b"metadata").and_then(|m| m.as_map()).unwrap_or_default();
    let mut name = text_of(&metadata, b"name");
    if name.is_empty() {
        name = text_of(&metadata, b"generateName");
    }
    let annotations = metadata.get(b"annotations").and_then(|a| a.as_map()).unwrap_or_default();
    let group = match api_version.split_once_str(b"/") {
        Some((group, _)) => Str::from(group),
        None => Str::default(),
    };
    let mut own = text_of(&metadata, b"namespace");
    if own.is_empty() && !is_of_cluster(&group, &kind) {
        own = Str::from(namespace);
    }
    Ok(Object {
        id: Id { group, kind, namespace: own, name },
        api_version,
        hook: text_of(&annotations, b"helm.sh/hook"),
        source,
        written: text.clone(),
        text,
        line,
        served: None,
        read: OnceCell::new(),
    })
}

/// The kinds of Kubernetes' own that belong to no namespace, by their groups.
static OF_CLUSTER: LazyLock<HashSet<(&'static str, &'static str), RandomState>> =
    LazyLock::new(|| {
        let own = Kind::all().filter(|kind| kind.is_namespaced() == Some(false));
        let own = own.map(|kind| (group_of(kind.api_version()), kind.name()));
        // No version that is known has it any more.
        own.chain([("policy", "PodSecurityPolicy")]).collect()
    });

/// Returns the group of an API version; nothing of the core group.
fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

fn is_of_cluster(group: &[u8], kind: &[u8]) -> bool {
    match (group.to_str(), kind.to_str()) {
        (Ok(group), Ok(kind)) => OF_CLUSTER.contains(&(group, kind)),
        _ => false,
    }
}

fn text_of(map: &Map, key: &[u8]) -> Str {
    match map.get(key) {
        Some(Value::Str(text)) => text,
        _ => Str::default(),
    }
}

/// Returns what the comment `# Source:` at the head of a document names.
fn source(document: &[u8]) -> Str {
    for line in document.lines() {
        let line = line.trim_ascii();
        if let Some(source) = line.strip_prefix(b"# Source:") {
            return Str::from(unicode::trim_space(source));
        }
        if !line.is_empty() && !line.starts_with(b"#") && line != b"---" {
            break;
        }
    }
    Str::default()
}

/// Returns on which lines the items of a list stand, from 0.
fn item_lines(document: &[u8]) -> Vec<usize> {
    let Ok(Some(outline)) = goyaml::outline(document) else { return Vec::new() };
    let goyaml::Part::Map(entries) = outline.part else { return Vec::new() };
    let items = entries.into_iter().find(|entry| entry.key == b"items");
    match items.map(|entry| entry.value.part) {
        Some(goyaml::Part::List(items)) => items.iter().map(|item| item.line).collect(),
        _ => Vec::new(),
    }
}

/// Returns the text of an item of a list as it stands in the document: its lines from the first one, from 0, up to the
/// next item or the end of the list, without the dash.
fn written_item(document: &[u8], first: usize, next: Option<usize>) -> Str {
    let count = next.map_or(usize::MAX, |next| next.saturating_sub(first).max(1));
    let mut lines = document.lines_with_terminator().skip(first).take(count);
    let mut text = lines.next().unwrap_or_default().to_vec();
    let indent = |line: &[u8]| line.iter().take_while(|byte| **byte == b' ').count();
    let dash = indent(&text);
    if let Some(byte) = text.get_mut(dash).filter(|byte| **byte == b'-') {
        *byte = b' ';
    }
    let is_of_it = |line: &&[u8]| indent(line) > dash || line.trim_ascii().is_empty();
    lines.take_while(is_of_it).for_each(|line| text.extend_from_slice(line));
    Str::from(text)
}

impl Object {
    /// Returns what the manifests have of it, from its line on: of an item of a list its lines there.
    pub fn written(&self) -> &Str {
        &self.written
    }

    /// Returns its value: numbers as they are written, not as JSON has them.
    ///
    /// # Errors
    /// A document that is no YAML.
    pub fn value(&self) -> Result<&Value, ReadError> {
        self.decoded().map(|noted| &noted.value)
    }

    /// Tells whether a key stands in a mapping of its text twice; nothing where the text has to be looked through.
    pub(crate) fn repeats(&self) -> Option<bool> {
        self.decoded().ok()?.repeats
    }

    fn decoded(&self) -> Result<&Decoded, ReadError> {
        if let Some(noted) = self.read.get() {
            return Ok(noted);
        }
        let noted = goyaml::decode_noting(&self.text, None)
            .map_err(|cause| ReadError::Yaml { line: self.line, cause })?;
        Ok(self.read.get_or_init(|| noted))
    }

    /// Returns what stands at a path of keys.
    pub fn get(&self, path: &[&str]) -> Option<Value> {
        get(self.value().ok()?, path)
    }

    /// Returns it with another value, from which its text is written anew.
    pub(super) fn with_value(&self, value: Value) -> Object {
        let text = Str::from(goyaml::marshal(&value).unwrap_or_default());
        Object { text, read: written_anew(value), ..self.clone() }
    }

    /// Tells whether it was read from an API server, so that what this alone writes has been taken out.
    pub fn is_served(&self) -> bool {
        self.served.is_some()
    }

    /// Tells whether it is a Secret of Kubernetes' own.
    pub fn is_secret(&self) -> bool {
        self.id.kind == "Secret" && self.id.group.is_empty()
    }

    /// Tells whether it is a definition of a custom resource, in the version of the API that servers have.
    pub fn is_definition(&self) -> bool {
        self.api_version == "apiextensions.k8s.io/v1" && self.id.kind == "CustomResourceDefinition"
    }

    /// Tells whether it stands in a chart's `crds/`.
    pub fn is_of_crds(&self) -> bool {
        self.id.kind == "CustomResourceDefinition"
            && (self.source.contains_str(b"/crds/") || self.source.starts_with(b"crds/"))
            && !self.source.contains_str(b"/templates/")
    }

    /// Tells whether it is a hook of Helm's.
    pub fn is_hook(&self) -> bool {
        !self.hook.is_empty()
    }

    /// Tells whether it is a hook that `helm test` runs.
    pub fn is_test(&self) -> bool {
        self.hook.split_str(",").any(|event| event.trim().starts_with(b"test"))
    }
}

/// Returns what is known of a text that is written of a value.
fn written_anew(value: Value) -> OnceCell<Decoded> {
    OnceCell::from(Decoded { value, repeats: Some(false) })
}

/// Returns what stands at a path of keys.
pub(super) fn get(value: &Value, path: &[&str]) -> Option<Value> {
    path.iter().try_fold(value.clone(), |at, key| match at {
        Value::Map(map) => map.get(key.as_bytes()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(text: &str) -> Vec<Object> {
        read(&Str::from(text), "prod", Profile::DEFAULT).unwrap()
    }

    #[test]
    fn documents_are_objects() {
        let all = objects(
            "---\n# Source: app/templates/a.yaml\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: a}\n---\n\
             # nothing\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  generateName: b-\n  namespace: dev\n  annotations:\n    \
             helm.sh/hook: test\n",
        );
        let [set, pod] = &all[..] else { panic!("{all:?}") };
        assert_eq!((set.id.to_string(), set.line), ("StatefulSet/a".to_owned(), 2));
        assert_eq!((&*set.id.group, &*set.id.namespace), (&b"apps"[..], &b"prod"[..]));
        assert_eq!(set.source, "app/templates/a.yaml");
        assert_eq!((pod.id.to_string(), &*pod.id.namespace), ("Pod/b-".to_owned(), &b"dev"[..]));
        assert!(pod.is_hook() && !set.is_hook());
    }

    #[test]
    fn values_of_json_follow_one_another() {
        let one = |name: &str| {
            format!(r#"{{"apiVersion": "v1", "kind": "Pod", "metadata": {{"name": "{name}"}}}}"#)
        };
        let text = format!("{}\n{} {}\n---\n{}\n", one("a"), one("b"), one("c"), one("d"));
        let all: Vec<_> = objects(&text).iter().map(|o| (o.id.to_string(), o.line)).collect();
        let want = [("Pod/a", 1), ("Pod/b", 2), ("Pod/c", 2), ("Pod/d", 4)];
        assert_eq!(all, want.map(|(name, line)| (name.to_owned(), line)));
        // What is no value behind one is no object, and told.
        let (some, errors) =
            read_all(&Str::from(format!("{} oops", one("a"))), "", Profile::DEFAULT);
        assert_eq!((some.len(), errors.len()), (1, 1));
        // A map of YAML is none.
        assert_eq!(objects("{apiVersion: v1, kind: Pod,\n metadata: {name: a}}\n").len(), 1);
    }

    #[test]
    fn what_belongs_to_the_cluster_has_no_namespace() {
        let namespace = |api_version: &str, kind: &str| {
            let text = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\n");
            objects(&text)[0].id.namespace.to_string()
        };
        let rbac = "rbac.authorization.k8s.io/v1";
        for (api_version, kind) in [
            ("v1", "Namespace"),
            (rbac, "ClusterRole"),
            ("rbac.authorization.k8s.io/v1beta1", "ClusterRole"),
            ("policy/v1beta1", "PodSecurityPolicy"),
            ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
        ] {
            assert_eq!(namespace(api_version, kind), "", "{kind}");
        }
        // A kind of another group that has the name of one of Kubernetes'.
        for (api_version, kind) in [(rbac, "Role"), ("v1", "Pod"), ("example.org/v1", "Node")] {
            assert_eq!(namespace(api_version, kind), "prod", "{kind}");
        }
    }

    #[test]
    fn items_of_lists_are_objects() {
        let all = objects(
            "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n\
             - apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: b}\n",
        );
        let names: Vec<_> = all.iter().map(|o| (o.id.to_string(), o.line)).collect();
        assert_eq!(names, [("Service/a".to_owned(), 4), ("ConfigMap/b".to_owned(), 7)]);
        assert_eq!(all[0].written, "  apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n");
        let all = objects(
            "apiVersion: v1\nkind: List\nitems:\n  - kind: Pod\n    # here\n\n    metadata: {name: a}\nmetadata: {}\n",
        );
        assert_eq!(all[0].written, "    kind: Pod\n    # here\n\n    metadata: {name: a}\n");
        let json = objects(r#"{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "j"}}"#);
        assert_eq!(json[0].id.to_string(), "Pod/j");
    }

    #[test]
    fn all_that_a_file_in_crds_holds_is_of_that_file() {
        let all = objects(
            "---\n# Source: app/crds/a.yaml\n---\nkind: A\n---\nkind: B\n---\n# Source: app/templates/c.yaml\nkind: C\n\
             ---\nkind: D\n",
        );
        let files: Vec<_> = all.iter().map(|object| object.source.to_string()).collect();
        assert_eq!(files, ["app/crds/a.yaml", "app/crds/a.yaml", "app/templates/c.yaml", ""]);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        let error =
            |text: &str| read(&Str::from(text), "", Profile::DEFAULT).unwrap_err().to_string();
        assert_eq!(
            error("---\nkind: Pod\n---\n\na: 1\n"),
            "the document at line 5 has no kind: is it a manifest?"
        );
        let broken = error("a: [1\n");
        assert!(broken.starts_with("the document at line 1 is no YAML: "), "{broken}");
    }
}
