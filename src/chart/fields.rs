//! Lists the fields of Chart.yaml and of what it holds, each in one row: the name in Go, the name in JSON, and
//! where it lies. Decoding, `.Chart` and what is written again derive from these tables.

use std::collections::BTreeMap;

use gostd::value::{Elem, Frozen, List, Map, STRING_MAP, Str, Value};
use goyaml::Decoder;

use super::metadata::{Dependency, Maintainer, Metadata};

/// A row of a table: a field of the struct `T`.
pub(super) struct Field<T> {
    /// Go's name.
    pub(super) go: &'static str,
    /// The name in JSON and YAML.
    pub(super) json: &'static str,
    /// Whether Go leaves an empty field out of JSON.
    pub(super) omit_empty: bool,
    pub(super) slot: Slot<T>,
}

/// Where a field lies, by its type.
pub(super) enum Slot<T> {
    Text(fn(&T) -> &Str, fn(&mut T) -> &mut Str),
    Bool(fn(&T) -> bool, fn(&mut T) -> &mut bool),
    Texts(fn(&T) -> &Option<Vec<Str>>, fn(&mut T) -> &mut Option<Vec<Str>>),
    Annotations(
        fn(&T) -> &Option<BTreeMap<Str, Str>>,
        fn(&mut T) -> &mut Option<BTreeMap<Str, Str>>,
    ),
    Any(fn(&T) -> &Frozen, fn(&mut T) -> &mut Frozen),
    Maintainers(fn(&mut T) -> &mut Option<Vec<Maintainer>>),
    Dependencies(fn(&mut T) -> &mut Option<Vec<Dependency>>),
}

macro_rules! field {
    ($go:literal, $json:literal, Maintainers, $name:ident) => {
        field!(@ $go, $json, true, Slot::Maintainers(|t| &mut t.$name))
    };
    ($go:literal, $json:literal, Dependencies, $name:ident) => {
        field!(@ $go, $json, true, Slot::Dependencies(|t| &mut t.$name))
    };
    ($go:literal, $json:literal, Bool, $name:ident) => {
        field!(@ $go, $json, true, Slot::Bool(|t| t.$name, |t| &mut t.$name))
    };
    ($go:literal, $json:literal, Kept, $name:ident) => {
        field!(@ $go, $json, false, Slot::Text(|t| &t.$name, |t| &mut t.$name))
    };
    ($go:literal, $json:literal, $slot:ident, $name:ident) => {
        field!(@ $go, $json, true, Slot::$slot(|t| &t.$name, |t| &mut t.$name))
    };
    (@ $go:literal, $json:literal, $omit:literal, $slot:expr) => {
        Field { go: $go, json: $json, omit_empty: $omit, slot: $slot }
    };
}

/// `chart.Metadata`
pub(super) const METADATA: [Field<Metadata>; 17] = [
    field!("Name", "name", Text, name),
    field!("Home", "home", Text, home),
    field!("Sources", "sources", Texts, sources),
    field!("Version", "version", Text, version),
    field!("Description", "description", Text, description),
    field!("Keywords", "keywords", Texts, keywords),
    field!("Maintainers", "maintainers", Maintainers, maintainers),
    field!("Icon", "icon", Text, icon),
    field!("APIVersion", "apiVersion", Text, api_version),
    field!("Condition", "condition", Text, condition),
    field!("Tags", "tags", Text, tags),
    field!("AppVersion", "appVersion", Text, app_version),
    field!("Deprecated", "deprecated", Bool, deprecated),
    field!("Annotations", "annotations", Annotations, annotations),
    field!("KubeVersion", "kubeVersion", Text, kube_version),
    field!("Dependencies", "dependencies", Dependencies, dependencies),
    field!("Type", "type", Text, kind),
];

/// `chart.Maintainer`
pub(super) const MAINTAINER: [Field<Maintainer>; 3] = [
    field!("Name", "name", Text, name),
    field!("Email", "email", Text, email),
    field!("URL", "url", Text, url),
];

/// `chart.Dependency`
pub(super) const DEPENDENCY: [Field<Dependency>; 8] = [
    field!("Name", "name", Kept, name),
    field!("Version", "version", Text, version),
    field!("Repository", "repository", Kept, repository),
    field!("Condition", "condition", Text, condition),
    field!("Tags", "tags", Texts, tags),
    field!("Enabled", "enabled", Bool, enabled),
    field!("ImportValues", "import-values", Any, import_values),
    field!("Alias", "alias", Text, alias),
];

/// Returns the names in JSON of a table's fields, in its order.
pub(super) const fn names<T, const N: usize>(table: &[Field<T>; N]) -> [&'static str; N] {
    let mut names = [""; N];
    let mut at = 0;
    while at < N {
        names[at] = table[at].json;
        at += 1;
    }
    names
}

/// Returns the places of a table's fields in byte order of Go's names.
pub(super) const fn by_name<T, const N: usize>(table: &[Field<T>; N]) -> [usize; N] {
    let mut order = [0; N];
    let mut count = 0;
    while count < N {
        let mut at = count;
        while at > 0 && is_before(table[count].go.as_bytes(), table[order[at - 1]].go.as_bytes()) {
            order[at] = order[at - 1];
            at -= 1;
        }
        order[at] = count;
        count += 1;
    }
    order
}

const fn is_before(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() {
        if a[at] != b[at] {
            return a[at] < b[at];
        }
        at += 1;
    }
    a.len() < b.len()
}

impl<T> Field<T> {
    /// Reads the field from YAML.
    pub(super) fn read(&self, d: &mut Decoder, of: &mut T, v: &Value) {
        match &self.slot {
            Slot::Text(_, slot) => d.text(v, slot(of)),
            Slot::Bool(_, slot) => d.boolean(v, slot(of)),
            Slot::Texts(_, slot) => {
                let slot = slot(of);
                let mut list = texts(slot);
                d.texts(v, &mut list);
                let text = |v: &Value| v.as_str().cloned().unwrap_or_default();
                *slot = (!list.is_nil()).then(|| list.iter().map(text).collect());
            }
            Slot::Annotations(_, slot) => {
                let slot = slot(of);
                let mut map = annotations(slot);
                d.annotations(v, &mut map);
                let entry = |(k, v): (Str, Value)| (k, v.as_str().cloned().unwrap_or_default());
                *slot = (!map.is_nil()).then(|| map.entries().into_iter().map(entry).collect());
            }
            Slot::Any(_, slot) => {
                let slot = slot(of);
                let Value::List(mut list) = slot.thaw() else { return };
                d.values(v, &mut list);
                *slot = Frozen::new(&Value::List(list));
            }
            Slot::Maintainers(slot) => maintainers(d, v, slot(of)),
            Slot::Dependencies(slot) => dependencies(d, v, slot(of)),
        }
    }

    /// Returns the field as templates see it, but for those that hold structs.
    pub(super) fn value(&self, of: &T) -> Option<Value> {
        Some(match &self.slot {
            Slot::Text(slot, _) => Value::Str(slot(of).clone()),
            Slot::Bool(slot, _) => Value::Bool(slot(of)),
            Slot::Texts(slot, _) => Value::List(texts(slot(of))),
            Slot::Annotations(slot, _) => Value::Map(annotations(slot(of))),
            Slot::Any(slot, _) => slot(of).thaw(),
            Slot::Maintainers(_) | Slot::Dependencies(_) => return None,
        })
    }
}

fn texts(texts: &Option<Vec<Str>>) -> List {
    match texts {
        None => List::nil(Elem::String),
        Some(texts) => List::strings(texts.iter().cloned()),
    }
}

fn annotations(entries: &Option<BTreeMap<Str, Str>>) -> Map {
    match entries {
        None => Map::nil(&STRING_MAP),
        Some(entries) => Map::from_entries(
            &STRING_MAP,
            entries.iter().map(|(k, v)| (k.clone(), Value::Str(v.clone()))),
        ),
    }
}

fn maintainers(d: &mut Decoder, v: &Value, into: &mut Option<Vec<Maintainer>>) {
    d.structs(v, into, "chart.Maintainer", |d, m, v| {
        if v.is_nil() {
            *m = Maintainer { null: true, ..Maintainer::default() };
            return;
        }
        m.null = false;
        read_all(d, v, "Maintainer", &MAINTAINER, m);
    });
}

/// As in Go, what was read before stays where the new list has nothing: a chart may name its
/// dependencies in Chart.yaml and again in requirements.yaml.
pub(super) fn dependencies(d: &mut Decoder, v: &Value, into: &mut Option<Vec<Dependency>>) {
    d.structs(v, into, "chart.Dependency", |d, dep, v| {
        if v.is_nil() {
            *dep = Dependency { null: true, ..Dependency::default() };
            return;
        }
        dep.null = false;
        read_all(d, v, "Dependency", &DEPENDENCY, dep);
    });
}

/// Reads the fields of a struct, Go's name of which is `name`.
pub(super) fn read_all<T, const N: usize>(
    d: &mut Decoder,
    v: &Value,
    name: &'static str,
    table: &[Field<T>; N],
    into: &mut T,
) {
    d.fields(v, name, &names(table), |d, name, v| {
        if let Some(field) = table.iter().find(|f| f.json == name) {
            field.read(d, into, v);
        }
    });
}
