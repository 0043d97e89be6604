//! What is asked of a release for many objects: the pods that a selector selects, and the ports of Services. Each is looked
//! for once.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use bstr::ByteSlice;
use gostd::value::{Str, Value};

use super::listed;
use super::made::{Pods, Release};
use crate::diff::{self, Object};
use crate::validate::node::Node;

/// How many labels, and values that they may have, are compared with those of pods, in all.
const MOST_COMPARED: usize = 5_000_000;

/// The ports of the Services of one name.
#[derive(Debug)]
pub(super) struct Ports {
    pub(super) numbers: HashSet<i64>,
    pub(super) names: HashSet<Str>,
    /// Whether these are all of them: a Service may be elsewhere, or have a port that is no number, which is told anyway.
    pub(super) is_known: bool,
    /// The ports as they are told, empty where there are none.
    pub(super) shown: String,
}

/// The pods that a selector selects.
#[derive(Debug)]
pub(super) struct Selected {
    pub(super) is_any: bool,
    /// The names of their ports.
    pub(super) ports: BTreeSet<Str>,
    shown: OnceCell<String>,
}

impl Selected {
    /// Returns the names of the ports as they are told, empty where there are none.
    pub(super) fn port_names(&self) -> &str {
        self.shown.get_or_init(|| {
            let names = self.ports.iter().filter(|name| !name.is_empty());
            listed(names.map(|name| name.to_str_lossy().into_owned()))
        })
    }
}

/// What is known by a namespace and something else, or that there is nothing.
type Known<K, V> = HashMap<(Str, K), Option<Rc<V>>>;

/// What was asked for already.
#[derive(Debug)]
pub(super) struct Asked {
    /// By namespace and name.
    ports: RefCell<Known<Str, Ports>>,
    /// By namespace and selector.
    selected: RefCell<Known<Vec<u8>, Selected>>,
    /// How much may still be compared.
    left: Cell<usize>,
}

impl Default for Asked {
    fn default() -> Asked {
        let (ports, selected) = (RefCell::default(), RefCell::default());
        Asked { ports, selected, left: Cell::new(MOST_COMPARED) }
    }
}

impl Release<'_> {
    /// Returns the ports of a Service; nothing where the release makes none of that name.
    pub(super) fn ports(&self, namespace: &Str, name: &Str) -> Option<Rc<Ports>> {
        let key = (namespace.clone(), name.clone());
        if let Some(known) = self.asked.ports.borrow().get(&key) {
            return known.clone();
        }
        let services: Vec<&Object> = self.find("", "Service", namespace, name).collect();
        let ports = (!services.is_empty()).then(|| Rc::new(ports_of(&services)));
        self.asked.ports.borrow_mut().insert(key, ports.clone());
        ports
    }

    /// Returns what a label selector selects in a namespace; nothing where so much was asked for that it is not looked for.
    pub(super) fn selected(&self, namespace: &Str, selector: &Value) -> Option<Rc<Selected>> {
        let text = gostd::json::marshal(selector, true).unwrap_or_default();
        let key = (namespace.clone(), text.to_vec());
        if let Some(known) = self.asked.selected.borrow().get(&key) {
            return known.clone();
        }
        // About as many comparisons as it takes for one pod.
        let each = 1 + text.len() / 16;
        let mut selected =
            Some(Selected { is_any: false, ports: BTreeSet::new(), shown: OnceCell::new() });
        for pods in self.candidates(selector) {
            let Some(left) = self.asked.left.get().checked_sub(each + pods.ports.len()) else {
                selected = None;
                break;
            };
            self.asked.left.set(left);
            if let Some(selected) = &mut selected
                && pods.may_be_in(namespace)
                && diff::selects(selector, Some(&pods.template))
            {
                selected.is_any = true;
                selected.ports.extend(pods.ports.iter().cloned());
            }
        }
        let selected = selected.map(Rc::new);
        self.asked.selected.borrow_mut().insert(key, selected.clone());
        selected
    }

    /// Returns the pods that a selector may select.
    fn candidates<'f>(&'f self, selector: &Value) -> impl Iterator<Item = &'f Pods> {
        // Those that have the rarest of the labels are few.
        let labels = match selector {
            Value::Map(map) => map.get(b"matchLabels"),
            _ => None,
        };
        let pairs = match labels {
            Some(Value::Map(map)) => map.entries(),
            _ => Vec::new(),
        };
        let texts = pairs.into_iter().filter_map(|(key, value)| match value {
            Value::Str(text) => Some((key, text)),
            _ => None,
        });
        let rarest = texts
            .map(|pair| self.by_label.get(&pair).map(Vec::as_slice).unwrap_or_default())
            .min_by_key(|numbers| numbers.len());
        let all = 0..if rarest.is_some() { 0 } else { self.pods.len() };
        let numbers = rarest.unwrap_or_default().iter().copied().chain(all);
        numbers.filter_map(|number| self.pods.get(number))
    }
}

fn ports_of(services: &[&Object]) -> Ports {
    let (mut numbers, mut names, mut is_known) = (HashSet::new(), HashSet::new(), true);
    let mut all = Vec::new();
    for service in services {
        let Ok(value) = service.value() else {
            is_known = false;
            continue;
        };
        let root = Node::root(value.clone());
        let spec = root.at("spec");
        is_known &= !spec.at("type").is("ExternalName");
        for port in spec.at("ports").items() {
            let (number, name) = (port.at("port"), port.at("name"));
            is_known &= number.text().is_none();
            numbers.extend(number.integer());
            names.extend(name.text().cloned());
            all.push((number.value.clone(), name.value.clone()));
        }
    }
    let shown = all.into_iter().map(|(number, name)| {
        let (number, name) = (Node::root(number), Node::root(name));
        match name.is_empty() {
            true => number.shown(),
            false => format!("{} ({})", number.shown(), name.shown()),
        }
    });
    Ports { numbers, names, is_known, shown: listed(shown) }
}
