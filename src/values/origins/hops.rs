//! Finds how a setting came to another path than its layer's own: through `global` and `import-values`.

use std::collections::{HashSet, VecDeque};

use super::Key;
use super::merge::address;
use crate::chart::Chart;
use gostd::value::{Map, Str, Value};

/// How many paths are looked at, and how many hops may follow one another.
const MAX_PATHS: usize = 2000;
const MAX_HOPS: usize = 6;

/// A step of a setting from one path of the final values to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// What brought it there.
    pub way: Way,
    /// The path that it came from.
    pub from: Vec<Key>,
    /// The path that it came to.
    pub to: Vec<Key>,
}

/// What brings a setting from one path to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Charts hand down what is in `global`.
    Global,
    /// A chart imports it from one that it holds, by `import-values` in its Chart.yaml.
    Import {
        /// The names of the charts that lead to the one that imports it: none for the top chart.
        chart: Vec<Str>,
    },
}

/// Returns the hops from a path of a layer to a path of the final values, the first one first: none where the setting
/// lies where the layer has it. `layer` tells the chart whose defaults it is; the others are the user's.
pub(super) fn between(top: &Chart, layer: Option<usize>, home: &[Key], to: &[Key]) -> Vec<Hop> {
    let mut starts = Vec::new();
    match layer {
        None => starts.push(Vec::new()),
        Some(layer) => prefixes(top, layer, &mut Vec::new(), &mut starts),
    }
    let starts: Vec<Vec<Key>> =
        starts.into_iter().map(|start| [&start[..], home].concat()).collect();
    let mut seen = HashSet::from([to.to_vec()]);
    let mut open = VecDeque::from([(to.to_vec(), Vec::new())]);
    while let Some((path, hops)) = open.pop_front() {
        if starts.contains(&path) {
            return hops.into_iter().rev().collect();
        }
        if hops.len() >= MAX_HOPS || seen.len() >= MAX_PATHS {
            continue;
        }
        let mut sources = Vec::new();
        before(top, 0, &path, &mut sources);
        for (way, from) in sources {
            if seen.insert(from.clone()) {
                let hop = Hop { way, from: from.clone(), to: path.clone() };
                open.push_back((from, [&hops[..], &[hop]].concat()));
            }
        }
    }
    Vec::new()
}

/// Gathers where in the final values the defaults of a chart lie.
fn prefixes(chart: &Chart, wanted: usize, path: &mut Vec<Key>, into: &mut Vec<Vec<Key>>) {
    if address(chart) == wanted {
        into.push(path.clone());
    }
    for inner in &chart.dependencies {
        path.push(Key::Name(inner.name().clone()));
        prefixes(inner, wanted, path, into);
        path.pop();
    }
}

/// Tells whether the defaults of a chart may come to several paths: by an import, or under two names.
pub(super) fn are_possible(top: &Chart) -> bool {
    let mut open = vec![top];
    let mut seen = HashSet::new();
    while let Some(chart) = open.pop() {
        let mut needs = chart.metadata.dependencies.iter().flatten();
        let imports = |list: Value| matches!(list, Value::List(list) if !list.is_empty());
        if !seen.insert(address(chart)) || needs.any(|need| imports(need.import_values.thaw())) {
            return true;
        }
        open.extend(&chart.dependencies);
    }
    false
}

fn global() -> Key {
    Key::from("global")
}

/// Gathers from where a path may have been set, of a chart whose values lie at so many keys of it.
fn before(chart: &Chart, depth: usize, path: &[Key], into: &mut Vec<(Way, Vec<Key>)>) {
    let (own, rest) = path.split_at(depth);
    let names = own.iter().filter_map(|key| match key {
        Key::Name(name) => Some(name.clone()),
        Key::Index(_) => None,
    });
    let names: Vec<Str> = names.collect();
    for need in chart.metadata.dependencies.iter().flatten() {
        let Value::List(imports) = need.import_values.thaw() else { continue };
        for import in imports.iter() {
            let Value::Map(import) = import else { continue };
            let parent = keys(import, b"parent");
            let Some(below) = rest.strip_prefix(&parent[..]) else { continue };
            let name = [Key::Name(need.name.clone())];
            let from = [own, &name, &keys(import, b"child"), below].concat();
            into.push((Way::Import { chart: names.clone() }, from));
        }
    }
    // What a chart adds to a table below `global` shows in the one that holds it.
    if let Some(below) = rest.strip_prefix(&[global()]) {
        for inner in &chart.dependencies {
            let name = Key::Name(inner.name().clone());
            into.push((Way::Global, [own, &[name, global()], below].concat()));
        }
    }
    let Some((Key::Name(name), below)) = rest.split_first() else { return };
    let Some(inner) = chart.dependencies.iter().find(|inner| inner.name() == name) else { return };
    if below.first() == Some(&global()) {
        into.push((Way::Global, [own, below].concat()));
    }
    before(inner, depth + 1, path, into);
}

/// Returns the keys of a dotted path in an import; none of `.`.
fn keys(import: &Map, name: &[u8]) -> Vec<Key> {
    match import.get(name) {
        Some(Value::Str(path)) if path != "." => {
            path.split(|b| *b == b'.').map(|key| Key::Name(Str::from(key))).collect()
        }
        _ => Vec::new(),
    }
}
