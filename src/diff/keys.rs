//! Tells by what the items of a list are matched: the merge keys of Kubernetes' API, and what serves as a name elsewhere.

use std::collections::HashMap;
use std::slice;

use bstr::ByteSlice;
use foldhash::fast::RandomState;
use gostd::value::{Str, Value};

use super::object::get;
use super::tree::Step;
use crate::kubernetes::{self, Kind, ListType, Shape, Version};

/// How the items of two lists find each other.
pub(super) enum Keys {
    /// By what they are.
    Set {
        /// Whether the order counts.
        is_ordered: bool,
    },
    /// By what their fields hold.
    Fields(Pairs),
    /// By their places.
    None,
}

/// Items that belong together, and those left over.
pub(super) struct Pairs {
    /// The old place, the new one, and what names the item.
    pub(super) both: Vec<(usize, usize, Str)>,
    pub(super) old: Vec<(usize, Str)>,
    pub(super) new: Vec<(usize, Str)>,
    /// Whether the order counts.
    pub(super) is_ordered: bool,
}

type Fields = &'static [&'static str];

/// The fields by which items of lists in Kubernetes' API are told, by the list's name: `patchMergeKey` and
/// `x-kubernetes-list-map-keys` of its OpenAPI description, and behind them what an item keeps when these change.
const KNOWN: &[(&str, &[Fields])] = &[
    ("clusters", &[&["name"]]),
    ("conditions", &[&["type"]]),
    ("containers", &[&["name"]]),
    ("env", &[&["name"]]),
    ("ephemeralContainers", &[&["name"]]),
    ("hostAliases", &[&["ip"]]),
    ("imagePullSecrets", &[&["name"]]),
    ("initContainers", &[&["name"]]),
    ("ownerReferences", &[&["uid"]]),
    ("paths", &[&["path", "pathType"], &["path"]]),
    (
        "ports",
        &[
            &["containerPort", "protocol"],
            &["port", "protocol"],
            &["containerPort"],
            &["port"],
            &["name"],
        ],
    ),
    ("secrets", &[&["name"]]),
    ("subjects", &[&["kind", "namespace", "name"]]),
    ("tls", &[&["secretName"]]),
    ("topologySpreadConstraints", &[&["topologyKey", "whenUnsatisfiable"], &["topologyKey"]]),
    ("versions", &[&["name"]]),
    ("volumeClaimTemplates", &[&["metadata.name"]]),
    ("volumeDevices", &[&["devicePath"], &["name"]]),
    ("volumeMounts", &[&["mountPath"], &["name"]]),
    ("volumes", &[&["name"]]),
    ("webhooks", &[&["name"]]),
];

/// What serves as a name where nothing is known of a list.
const USUAL: &[Fields] =
    &[&["name"], &["metadata.name"], &["key"], &["id"], &["host"], &["alert"], &["record"]];

/// Lists of Kubernetes' API whose order means nothing, though its description does not say so of all of them.
const SETS: &[&str] = &[
    "accessModes",
    "apiGroups",
    "categories",
    "finalizers",
    "namespaces",
    "nonResourceURLs",
    "resourceNames",
    "resources",
    "scopes",
    "shortNames",
    "verbs",
];

/// Tells whether the order of a list counts although its items have names, or are a set. Mutating webhooks of one object are
/// called in their order: `mutatingWebhookConfigurationManager` in k8s.io/apiserver, pkg/admission/configuration. Lists of claims and of drivers
/// may not change, and are compared as they are: `ValidatePersistentVolumeClaimUpdate` and `ValidateCSIDriverUpdate`.
fn is_ordered(kind: Option<Kind>, list: &[u8]) -> bool {
    let is_of = |name| kind.is_some_and(|kind| kind.name() == name);
    match list {
        b"initContainers" => true,
        b"webhooks" => is_of("MutatingWebhookConfiguration"),
        b"accessModes" => is_of("PersistentVolumeClaim"),
        b"volumeLifecycleModes" => is_of("CSIDriver"),
        _ => false,
    }
}

/// Returns what Kubernetes' API says of what stands at a path in an object of its own kinds, in the newest version that
/// describes it; nothing of a kind that no version describes.
fn described(kind: Option<Kind>, path: &[Step]) -> Option<Described> {
    let kind = kind?;
    let object = Version::all().rev().find_map(|version| kind.described(version))?;
    let found =
        path.iter().try_fold(Shape::Object(Some(object)), |shape, step| match (shape, step) {
            (Shape::Object(Some(object)), Step::Key(key)) => Some(object.field(key)?.shape()),
            (Shape::Map(inner), Step::Key(_)) => Some(inner.shape()),
            (Shape::List(list), Step::Item { .. }) => Some(list.items()),
            _ => None,
        });
    Some(match found {
        Some(Shape::List(list)) => Described::List(list),
        Some(Shape::Quantity) => Described::Quantity,
        _ => Described::Other,
    })
}

/// What the API's description has at a path.
enum Described {
    List(kubernetes::List),
    Quantity,
    Other,
}

/// Tells how the items of two lists at a path are matched, in an object of one of Kubernetes' own kinds or of another one.
///
/// Whether their order means nothing is known of Kubernetes' own kinds, and of templates of pods in others; else it counts.
pub(super) fn of(kind: Option<Kind>, path: &[Step], old: &[Value], new: &[Value]) -> Keys {
    let name = match path.last() {
        Some(Step::Key(key)) => key.clone(),
        _ => Str::default(),
    };
    // What a text holds is no part of the API.
    let is_inside = path.iter().any(|step| matches!(step, Step::Inside(_)));
    let kind = kind.filter(|_| !is_inside);
    let described = match described(kind, path) {
        Some(Described::List(list)) => Some(list),
        _ => None,
    };
    let list_type = described.map(kubernetes::List::list_type);
    let is_known = kind.is_some() || is_of_pods(path);
    let is_map = |item: &Value| matches!(item, Value::Map(_));
    if !old.iter().chain(new).all(is_map) {
        let is_text = |item: &Value| matches!(item, Value::Str(_));
        let is_listed = is_known && SETS.iter().any(|set| name == *set);
        let is_set =
            (is_listed || list_type == Some(ListType::Set)) && old.iter().chain(new).all(is_text);
        return match is_set {
            true => Keys::Set { is_ordered: is_ordered(kind, &name) },
            false => Keys::None,
        };
    }
    let known = KNOWN.iter().find(|(list, _)| name == *list && !is_inside);
    let known = known.map(|(_, fields)| *fields);
    // What the description says of lists that the table has not.
    let keys: Vec<&'static str> = match list_type {
        Some(ListType::Keyed) => described.into_iter().flat_map(kubernetes::List::keys).collect(),
        _ => Vec::new(),
    };
    let keys = &keys[..];
    let passes: &[&[&str]] = match known {
        Some(passes) => passes,
        None if !keys.is_empty() => slice::from_ref(&keys),
        None => USUAL,
    };
    let mut pairs = Pairs { both: Vec::new(), old: Vec::new(), new: Vec::new(), is_ordered: true };
    let mut left: [Vec<usize>; 2] = [(0..old.len()).collect(), (0..new.len()).collect()];
    let mut is_paired = [vec![false; old.len()], vec![false; new.len()]];
    let mut is_named = false;
    for fields in passes {
        let label = |items: &[Value], place: usize| label(items.get(place)?, fields);
        let [a, b] = &left;
        let (Some(a), Some(b)) = (
            unique(a.iter().map(|place| (*place, label(old, *place)))),
            unique(b.iter().map(|place| (*place, label(new, *place)))),
        ) else {
            continue;
        };
        // What has no such field is left to the next.
        if a.is_empty() && b.is_empty() {
            continue;
        }
        if known.is_none() && (a.len() < left[0].len() || b.len() < left[1].len()) {
            continue;
        }
        is_named = true;
        for (label, place) in a {
            if let Some(other) = b.get(&label) {
                (is_paired[0][place], is_paired[1][*other]) = (true, true);
                pairs.both.push((place, *other, label));
            }
        }
        for (left, is_paired) in left.iter_mut().zip(&is_paired) {
            left.retain(|place| !is_paired[*place]);
        }
        if known.is_none() || left.iter().all(Vec::is_empty) {
            break;
        }
    }
    if !is_named {
        return Keys::None;
    }
    let first = |item: &Value, place: usize| {
        let named = passes.iter().find_map(|fields| label(item, fields));
        (place, named.unwrap_or_else(|| Str::from(place.to_string())))
    };
    pairs.both.sort_unstable_by_key(|(old, _, _)| *old);
    pairs.old = left[0].iter().map(|place| first(&old[*place], *place)).collect();
    pairs.new = left[1].iter().map(|place| first(&new[*place], *place)).collect();
    pairs.is_ordered = match &name[..] {
        _ if !is_known => true,
        b"env" => old.iter().chain(new).any(refers),
        list => is_ordered(kind, list) || known.is_none() && keys.is_empty(),
    };
    Keys::Fields(pairs)
}

/// Tells whether the value of an environment variable names another one.
fn refers(variable: &Value) -> bool {
    matches!(get(variable, &["value"]), Some(Value::Str(text)) if text.contains_str("$("))
}

/// Tells whether a list at a path is part of a template of pods, of a pod or of the templates of claims. The API server and
/// its controllers compare these whole, whatever order means in them: `EqualIgnoreHash` and `EqualRevision` in
/// pkg/controller, `ValidateStatefulSetUpdate` and `ValidatePodUpdate`.
pub(super) fn is_of_pods(path: &[Step]) -> bool {
    let key = |at: usize| match path.get(at) {
        Some(Step::Key(key)) => &key[..],
        _ => b"",
    };
    let below = |at: usize| key(at) == b"template" && key(at + 1) == b"spec";
    key(0) == b"spec"
        && match key(1) {
            b"template" => below(1),
            b"jobTemplate" => below(3),
            b"containers" | b"initContainers" | b"volumes" | b"volumeClaimTemplates" => true,
            _ => false,
        }
}

/// Returns what names an item of a list that stands under a key.
pub(super) fn name_of(list: &[u8], item: &Value) -> Option<Str> {
    let known = KNOWN.iter().find(|(name, _)| name.as_bytes() == list);
    known.map_or(USUAL, |(_, fields)| *fields).iter().find_map(|fields| label(item, fields))
}

/// Returns what the fields of an item hold; nothing if the first of them is not there.
fn label(item: &Value, fields: &[&str]) -> Option<Str> {
    let mut text: Vec<u8> = Vec::new();
    for (number, field) in fields.iter().enumerate() {
        let path: Vec<&str> = field.split('.').collect();
        let part = match get(item, &path) {
            Some(Value::Str(text)) => text.to_vec(),
            Some(Value::Int(_, n)) => n.to_string().into_bytes(),
            Some(Value::Uint(_, n)) => n.to_string().into_bytes(),
            Some(Value::Float(n)) => n.to_string().into_bytes(),
            None | Some(Value::Nil) if number > 0 => match *field {
                "protocol" => b"TCP".to_vec(),
                _ => continue,
            },
            _ => return None,
        };
        if number > 0 {
            // What a port's protocol usually is goes without saying.
            if *field == "protocol" && part == b"TCP" {
                continue;
            }
            text.push(b'/');
        }
        text.extend(part);
    }
    Some(Str::from(text))
}

/// Returns the places by their labels; nothing if two have the same.
fn unique(
    labels: impl Iterator<Item = (usize, Option<Str>)>,
) -> Option<HashMap<Str, usize, RandomState>> {
    let mut all = HashMap::default();
    for (place, label) in labels {
        if let Some(label) = label
            && all.insert(label, place).is_some()
        {
            return None;
        }
    }
    Some(all)
}

/// Tells whether a quantity stands at a path: where the API's description has one, and of resources and of storage in
/// kinds of Kubernetes that it has not, and in templates of pods of other kinds.
pub(super) fn is_quantity(kind: Option<Kind>, path: &[Step]) -> bool {
    if let Some(described) = described(kind, path) {
        return matches!(described, Described::Quantity);
    }
    let key = |step: Option<&Step>| match step {
        Some(Step::Key(key)) => key.clone(),
        _ => Str::default(),
    };
    let last = path.len();
    let holder = key(last.checked_sub(2).and_then(|at| path.get(at)));
    let is_named = matches!(&holder[..], b"limits" | b"requests" | b"hard" | b"capacity")
        || matches!(&key(path.last())[..], b"sizeLimit" | b"storage");
    is_named && (kind.is_some() || is_of_pods(path))
}
