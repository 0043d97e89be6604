//! Holds the objects of a pretended cluster, which the template function `lookup` finds as it finds those of a real one.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gostd::stack;
use gostd::value::{Elem, Frozen, List, Map, Str, Value};
use goyaml::Spans;

use crate::profile::Profile;
use crate::release::{json_as_yaml, json_values, split_ranges};
use crate::render::{self, Kind, object_list};

/// The objects of a cluster.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    kinds: BTreeMap<KindName, BTreeMap<Name, Frozen>>,
    /// Whether the objects of a kind are in namespaces, by the definitions of custom resources, each by group and kind.
    scopes: BTreeMap<(Str, Str), bool>,
}

/// An API version and a kind.
type KindName = (Str, Str);

/// The namespace that an object names, and its name.
type Name = (Option<Str>, Str);

/// Why a text holds no objects that `lookup` could find, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectsError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong, and what to do.
    pub why: String,
}

impl fmt::Display for ObjectsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.why)
    }
}

impl std::error::Error for ObjectsError {}

const DEFINITION: &[u8] = b"CustomResourceDefinition";

impl Objects {
    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// Adds the objects of a text: YAML or JSON, one or more documents, each an object or a list of objects as
    /// `kubectl get -o yaml` prints it.
    ///
    /// # Errors
    /// A text that is no YAML; what is no object, has no API version, kind or name, or is there already.
    ///
    /// ```
    /// let mut objects = statefulchart::lookup::Objects::default();
    /// let text = b"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n---\nkind: Secret\n";
    /// let error = objects.read(text).unwrap_err();
    /// assert_eq!(error.to_string(), "5:1: the object has no `apiVersion`, such as `v1` or `apps/v1`");
    /// ```
    pub fn read(&mut self, text: &[u8]) -> Result<(), ObjectsError> {
        let (mut before, mut counted) = (0, 0);
        let text = &*json_as_yaml(text);
        let documents = split_ranges(text, Profile::DEFAULT);
        for range in documents.flat_map(|range| json_values(text, range)) {
            before += text[counted..range.start].iter().filter(|b| **b == b'\n').count();
            counted = range.start;
            let document = &text[range];
            let value = goyaml::decode(document).map_err(|error| {
                let line = before + error.line().unwrap_or(1);
                ObjectsError { line, column: 1, why: error.plain() }
            })?;
            match value {
                Value::Nil => {}
                value => self.document(&value).map_err(|(item, why)| {
                    let (line, column) = place(document, item).unwrap_or((1, 1));
                    ObjectsError { line: before + line, column, why }
                })?,
            }
        }
        Ok(())
    }

    /// Adds an object, or the items of a list of objects.
    ///
    /// # Errors
    /// What is wrong, and which item of a list it is.
    fn document(&mut self, value: &Value) -> Result<(), (Option<usize>, String)> {
        let Value::Map(map) = value else {
            return Err((None, "this is no object: it has to be a map".into()));
        };
        let kind = field(map, b"kind");
        let (Some(of), Some(Value::List(items))) = (kind.strip_suffix(b"List"), map.get(b"items"))
        else {
            return self.add(map, (Str::EMPTY, Str::EMPTY)).map_err(|why| (None, why));
        };
        let version = if of.is_empty() { Str::EMPTY } else { field(map, b"apiVersion") };
        let of = Str::from(of.to_vec());
        for (index, item) in items.iter().enumerate() {
            let Value::Map(item) = item else {
                return Err((Some(index), "this is no object: it has to be a map".into()));
            };
            self.add(item, (version.clone(), of.clone())).map_err(|why| (Some(index), why))?;
        }
        Ok(())
    }

    /// Adds an object; one of a list may leave out what its list says of all.
    ///
    /// # Errors
    /// An object without API version, kind or name, and one that is there already.
    pub fn add(&mut self, object: &Map, of_list: (Str, Str)) -> Result<(), String> {
        let or = |key: &[u8], other: Str| match field(object, key) {
            own if own.is_empty() => other,
            own => own,
        };
        let (version, kind) = (or(b"apiVersion", of_list.0), or(b"kind", of_list.1));
        if version.is_empty() {
            return Err("the object has no `apiVersion`, such as `v1` or `apps/v1`".into());
        }
        if kind.is_empty() {
            return Err("the object has no `kind`, such as `Secret`".into());
        }
        let metadata = match object.get(b"metadata") {
            Some(Value::Map(metadata)) => metadata,
            _ => Map::new(),
        };
        let name = field(&metadata, b"name");
        if name.is_empty() {
            return Err("the object has no `metadata.name`, by which `lookup` finds it".into());
        }
        let namespace = Some(field(&metadata, b"namespace")).filter(|text| !text.is_empty());
        let Value::Map(kept) = as_kept(&Value::Map(object.clone()), 0) else {
            return Err("this is no object".into());
        };
        kept.insert("apiVersion", Value::Str(version.clone()));
        kept.insert("kind", Value::Str(kind.clone()));
        if *version == *b"v1" && *kind == *b"Secret" {
            encode(&kept);
        }
        if *kind == *DEFINITION
            && let Some(Value::Map(spec)) = object.get(b"spec")
            && let Some(Value::Map(names)) = spec.get(b"names")
        {
            let is_namespaced = *field(&spec, b"scope") != *b"Cluster";
            self.scopes.insert((field(&spec, b"group"), field(&names, b"kind")), is_namespaced);
        }
        let of_kind = self.kinds.entry((version, kind.clone())).or_default();
        let lossy = |text: &Str| text.to_string_lossy().into_owned();
        let shown = match &namespace {
            Some(namespace) => format!("{} {}/{}", lossy(&kind), lossy(namespace), lossy(&name)),
            None => format!("{} {}", lossy(&kind), lossy(&name)),
        };
        match of_kind.insert((namespace, name), Frozen::of_map(&kept)) {
            None => Ok(()),
            Some(_) => Err(format!("{shown} is there already: leave out one of the two")),
        }
    }

    /// Answers `lookup`, whose arguments are an API version, a kind, a namespace and a name: the object of a name, or
    /// the list of all; an empty map for what is not there. Objects of kinds that are in namespaces are in the release's
    /// where they name none.
    pub fn find(&self, release_namespace: &[u8], args: &[Value]) -> Value {
        let text = |at: usize| match args.get(at) {
            Some(Value::Str(text)) => text.clone(),
            _ => Str::EMPTY,
        };
        let [version, kind, asked, name] = [0, 1, 2, 3].map(text);
        let key = (version, kind);
        let none = BTreeMap::new();
        let all = self.kinds.get(&key).unwrap_or(&none);
        let (version, kind) = key;
        let is_namespaced = self.is_namespaced(&version, &kind, all);
        let place = |own: &Option<Str>| match own {
            Some(namespace) => namespace.clone(),
            None if is_namespaced => Str::from(release_namespace.to_vec()),
            None => Str::EMPTY,
        };
        if !name.is_empty() {
            let found = match is_namespaced {
                false => all.iter().find(|((_, own), _)| *own == name),
                true => all.iter().find(|((own, at), _)| *at == name && place(own) == asked),
            };
            return Value::Map(
                found.map_or_else(Map::new, |((own, _), object)| thawed(object, &place(own))),
            );
        }
        let is_known = !all.is_empty()
            || self.scopes.contains_key(&(group(&version), kind.clone()))
            || render::lists(&version, &kind);
        if !is_known {
            return Value::Map(Map::new());
        }
        let is_asked = |own: &Str| !is_namespaced || asked.is_empty() || *own == asked;
        let mut items: Vec<_> =
            all.iter().map(|((own, name), object)| (place(own), name, object)).collect();
        items.retain(|(namespace, ..)| is_asked(namespace));
        // The order of the server's store.
        items.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        let items = items.into_iter().map(|(at, _, object)| Value::Map(thawed(object, &at)));
        object_list(version, &kind, items.collect())
    }

    fn is_namespaced(&self, version: &Str, kind: &Str, all: &BTreeMap<Name, Frozen>) -> bool {
        let group = group(version);
        if let Some(known) = self.scopes.get(&(group.clone(), kind.clone())) {
            return *known;
        }
        // What a kind is in one version it is in all.
        match render::kind(&group.to_string_lossy(), "", &kind.to_string_lossy()) {
            Kind::Namespaced => true,
            Kind::Cluster => false,
            Kind::Unserved | Kind::Unknown => all.keys().any(|(namespace, _)| namespace.is_some()),
        }
    }
}

fn group(version: &Str) -> Str {
    match version.iter().position(|b| *b == b'/') {
        Some(at) => Str::from(version[..at].to_vec()),
        None => Str::EMPTY,
    }
}

fn field(map: &Map, key: &[u8]) -> Str {
    match map.get(key) {
        Some(Value::Str(text)) => text,
        _ => Str::EMPTY,
    }
}

/// Returns an object with the namespace that it is in.
fn thawed(object: &Frozen, namespace: &Str) -> Map {
    let object = object.thaw_map();
    if let Some(Value::Map(metadata)) = object.get(b"metadata")
        && !namespace.is_empty()
    {
        metadata.insert("namespace", Value::Str(namespace.clone()));
    }
    object
}

/// Returns a value as the server's answer has it: numbers come by way of JSON, where those without a fraction are `int64`.
fn as_kept(value: &Value, depth: usize) -> Value {
    /// The largest number of which JSON writes all digits.
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Int(_, n) => Value::int64(*n),
        Value::Uint(_, n) => i64::try_from(*n).map_or(Value::Float(*n as f64), Value::int64),
        Value::Float(n) if n.fract() == 0.0 && n.abs() <= WHOLE => Value::int64(*n as i64),
        Value::Map(map) => stack::at_depth(depth, || {
            let kept = Map::new();
            for (key, value) in map.entries() {
                kept.insert(key, as_kept(&value, depth + 1));
            }
            Value::Map(kept)
        }),
        Value::List(list) => stack::at_depth(depth, || {
            let items = list.iter().map(|item| as_kept(item, depth + 1)).collect();
            Value::List(List::new(Elem::Any, items))
        }),
        other => other.clone(),
    }
}

/// Moves a secret's `stringData` to its `data`, as the server does when it takes one.
fn encode(secret: &Map) {
    let Some(Value::Map(texts)) = secret.get(b"stringData") else { return };
    let data = match secret.get(b"data") {
        Some(Value::Map(data)) => data,
        _ => Map::new(),
    };
    for (key, value) in texts.entries() {
        if let Value::Str(text) = value {
            data.insert(key, Value::from(STANDARD.encode(&*text)));
        }
    }
    secret.insert("data", Value::Map(data));
    secret.remove(b"stringData");
}

/// Returns where an object of a document stands, or an item of the list that it is: line and column.
fn place(document: &[u8], item: Option<usize>) -> Option<(usize, usize)> {
    let spans = Spans::read(document).ok()?;
    let root = spans.root()?;
    let at = match item {
        None => root.value(),
        Some(index) => root.member(b"items")?.item(index)?.value(),
    };
    at.map(|span| (span.line, span.column))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, args: [&str; 4]) -> String {
        let mut objects = Objects::default();
        objects.read(text.as_bytes()).unwrap();
        let value = objects.find(b"shop", &args.map(Value::from));
        String::from_utf8(goyaml::marshal(&value).unwrap()).unwrap()
    }

    #[test]
    fn objects_are_found_as_a_cluster_finds_them() {
        const SECRET: &str =
            "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {k: v}\n";
        let secret = "apiVersion: v1\ndata:\n  k: dg==\nkind: Secret\nmetadata:\n  name: a\n  namespace: shop\n";
        assert_eq!(found(SECRET, ["v1", "Secret", "shop", "a"]), secret);
        // Another namespace, none, another version and another kind.
        for args in [
            ["v1", "Secret", "other", "a"],
            ["v1", "Secret", "", "a"],
            ["v2", "Secret", "shop", "a"],
            ["v1", "ConfigMap", "shop", "a"],
        ] {
            assert_eq!(found(SECRET, args), "{}\n", "{args:?}");
        }
        let class = "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast}}";
        let whole = "apiVersion: storage.k8s.io/v1\nkind: StorageClass\nmetadata:\n  name: fast\n";
        assert_eq!(found(class, ["storage.k8s.io/v1", "StorageClass", "shop", "fast"]), whole);
    }

    #[test]
    fn custom_resources_are_where_their_definition_says() {
        let definition = |scope: &str| {
            format!(
                "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {{name: as.x.io}}\nspec: {{group: x.io, scope: {scope}, names: {{kind: A}}}}\n---\napiVersion: x.io/v1\nkind: A\nmetadata: {{name: a}}\n"
            )
        };
        let has = |text: &str, namespace| found(text, ["x.io/v1", "A", namespace, "a"]) != "{}\n";
        assert!(has(&definition("Cluster"), "any") && !has(&definition("Namespaced"), "any"));
        assert!(has(&definition("Namespaced"), "shop"));
    }

    #[test]
    fn lists_are_in_the_order_of_the_store() {
        let list = "kind: List\napiVersion: v1\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: b, namespace: z}}\n- {apiVersion: v1, kind: Pod, metadata: {name: c}}\n- {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: z}}\n";
        let names = |namespace| {
            let text = found(list, ["v1", "Pod", namespace, ""]);
            text.lines().filter_map(|line| line.strip_prefix("    name: ")).collect::<String>()
        };
        assert_eq!(
            (names(""), names("z"), names("shop"), names("x")),
            ("cab".into(), "ab".into(), "c".into(), String::new())
        );
        let none = found("", ["v1", "Pod", "", ""]);
        assert!(none.contains("items: []\nkind: PodList\n"), "{none}");
        assert_eq!(found("", ["x.io/v1", "A", "", ""]), "{}\n");
        let typed = "kind: PodList\napiVersion: v1\nitems:\n- metadata: {name: a, uid: 1}\n";
        assert!(
            found(typed, ["v1", "Pod", "shop", "a"]).starts_with("apiVersion: v1\nkind: Pod\n")
        );
    }

    #[test]
    fn numbers_are_those_of_json() {
        let text = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, all: [1, 2.0, 1.5, 18446744073709551615]}";
        let mut objects = Objects::default();
        objects.read(text.as_bytes()).unwrap();
        let Value::Map(map) = objects.find(b"", &["v1", "ConfigMap", "", "a"].map(Value::from))
        else {
            panic!("no map")
        };
        let Some(Value::List(list)) = map.get(b"all") else { panic!("no list") };
        let types: Vec<_> = list.iter().map(Value::type_name).collect();
        assert_eq!(types, ["int64", "int64", "float64", "float64"]);
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let told = |text: &str| Objects::default().read(text.as_bytes()).unwrap_err().to_string();
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";
        assert_eq!(
            told(&format!("{pod}---\n{pod}")),
            "5:1: Pod a is there already: leave out one of the two"
        );
        assert_eq!(
            told(&format!("# a\n---\n{pod}---\n- 1\n")),
            "7:1: this is no object: it has to be a map"
        );
        assert_eq!(
            told("apiVersion: v1\nkind: List\nitems:\n  - {kind: Pod}\n").split(": ").next(),
            Some("4:5")
        );
        assert_eq!(
            told(&format!("{pod}---\na: b: c\n")),
            "5:1: mapping values are not allowed in this context"
        );
        assert!(told("apiVersion: v1\nmetadata: {name: a}\n").contains("no `kind`"));
        assert!(
            told("apiVersion: v1\nkind: Pod\nmetadata: {generateName: a}\n")
                .contains("no `metadata.name`")
        );
    }
}
