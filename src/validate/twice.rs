//! What stands twice: objects in a release, keys in a document.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use bstr::ByteSlice;
use gostd::value::{Str, Value};
use goyaml::{Entry, Outline, Part};

use super::{Findings, Level, Rule};
use crate::diff::{Id, Object};
use crate::kubernetes::{Kind, Step};

pub(super) static RULES: &[Rule] = &[OBJECT, KEY];

const OBJECT: Rule = Rule {
    code: "SC841",
    level: Level::Warning,
    title: "An object should not be in a release twice: Helm fails to make it a second time",
    source: "helm.sh/helm, pkg/kube: Client.Create; the server answers AlreadyExists",
};
const KEY: Rule = Rule {
    code: "SC842",
    level: Level::Warning,
    title: "A key should not stand in an object twice: the last one counts",
    source: "sigs.k8s.io/yaml: Unmarshal",
};

/// Returns what tells an object from others in a cluster, with the namespace only of what has one.
fn identity(object: &Object) -> Id {
    let mut id = object.id.clone();
    let kind = Kind::find(&object.api_version, &id.kind);
    if kind.and_then(Kind::is_namespaced) == Some(false) {
        id.namespace = Str::default();
    }
    id
}

/// Finds objects that are there twice in a text. Hooks are made one after another, and files of `crds/` only if they are
/// not there.
pub(super) fn objects(objects: &[Object], text: Range<usize>, found: &mut Findings) {
    let mut first: HashMap<Id, &Object> = HashMap::new();
    for number in text {
        let Some(object) = objects.get(number) else { return };
        let has_name =
            object.get(&["metadata", "name"]).is_some_and(|name| matches!(name, Value::Str(_)));
        if object.id.name.is_empty() || !has_name || object.is_of_crds() || object.is_hook() {
            continue;
        }
        let Some(before) = first.get(&identity(object)) else {
            first.insert(identity(object), object);
            continue;
        };
        found.object = number;
        let place = match before.source.is_empty() {
            true => format!("at line {}", before.line),
            false => format!("in {}", before.source.to_str_lossy()),
        };
        let path = vec![Step::Key("metadata".into()), Step::Key("name".into())];
        found.add_at(&OBJECT, path, format!("the same object is {place}, too"), None);
    }
}

/// Finds keys that stand twice in a document.
pub(super) fn keys(object: &Object, found: &mut Findings) {
    if object.repeats() == Some(false) {
        return;
    }
    let Ok(Some(outline)) = goyaml::outline(&object.text) else { return };
    let mut rest: Vec<(Outline, Vec<Step>)> = vec![(outline, Vec::new())];
    while let Some((outline, path)) = rest.pop() {
        let below = |step: Step| {
            let mut path = path.clone();
            path.push(step);
            path
        };
        match outline.part {
            Part::Scalar => {}
            Part::List(items) => {
                for (number, item) in items.into_iter().enumerate() {
                    if item.part != Part::Scalar {
                        rest.push((item, below(Step::Item(number))));
                    }
                }
            }
            Part::Map(entries) => {
                let mut seen: HashSet<Vec<u8>> = HashSet::with_capacity(entries.len());
                for Entry { key, line, value } in entries {
                    // Of merged maps there may be several.
                    if key != b"<<" && !seen.insert(key.clone()) {
                        let message = "the key stands here twice: the last one counts".to_owned();
                        let path = below(Step::Key(Str::from(&*key)));
                        found.add_on_line(&KEY, path, line, message);
                    }
                    if value.part != Part::Scalar {
                        rest.push((value, below(Step::Key(Str::from(key)))));
                    }
                }
            }
        }
    }
}
