//! Compares lists: by a field or a name that all items have, else by whole items.

use std::collections::{HashMap, HashSet};

use goyaml::NodeKind;

use crate::compare::{Comparison, Identifier, Step};
use crate::error::Error;
use crate::report::{Change, Detail, Part};
use crate::tree::{NodeId, Tag, Tree};

/// The fields that items are known by, without a guess.
const CANDIDATES: [&str; 3] = ["name", "key", "id"];

impl Comparison<'_> {
    pub(crate) fn sequences(&mut self, from: NodeId, to: NodeId) -> Result<(), Error> {
        if self.tree.children(from).is_empty() && self.tree.children(to).is_empty() {
            return Ok(());
        }
        match self.identifier(from, to) {
            Some(identifier) => self.named_lists(&identifier, from, to),
            None => self.simple_lists(from, to),
        }
    }

    fn identifier(&self, from: NodeId, to: NodeId) -> Option<Identifier> {
        let tree = &self.tree;
        let additional = self.options.additional_identifiers.iter().map(String::as_str);
        let manager = self.options.detect_kubernetes.then_some("manager");
        for field in additional.chain(CANDIDATES).chain(manager) {
            if [from, to].iter().all(|list| is_unique(tree, *list, field)) {
                return Some(Identifier::Field(field.to_owned()));
            }
        }
        if let Some(field) = self.guessed(from, to) {
            return Some(Identifier::Field(field));
        }
        let are_resources = |list: &NodeId| {
            tree.children(*list).iter().all(|item| tree.resource_name(*item).is_some())
        };
        let found = self.options.detect_kubernetes && [from, to].iter().all(are_resources);
        found.then_some(Identifier::Resource)
    }

    /// Returns the first field, by the alphabet, whose text differs in all items of either list.
    fn guessed(&self, from: NodeId, to: NodeId) -> Option<String> {
        if self.tree.children(from).len() <= self.options.guess_threshold {
            return None;
        }
        let (from, to) = (unique_texts(&self.tree, from)?, unique_texts(&self.tree, to)?);
        let found = from.iter().filter(|field| to.contains(*field)).min();
        found.map(|field| String::from_utf8_lossy(field).into_owned())
    }

    fn simple_lists(&mut self, from: NodeId, to: NodeId) -> Result<(), Error> {
        let (from, to) = (self.tree.children(from).to_vec(), self.tree.children(to).to_vec());
        if let (&[from], &[to]) = (&from[..], &to[..]) {
            return self.below(Step::First, from, to);
        }
        let mut hashed = |items: &[NodeId]| -> Result<Vec<(NodeId, u64)>, Error> {
            let hash = |id: &NodeId| Ok((*id, self.hashes.item(&mut self.tree, *id)?));
            items.iter().map(hash).collect()
        };
        let (from, to) = (hashed(&from)?, hashed(&to)?);
        let (from_counts, to_counts) = (counts(&from), counts(&to));
        let (from_common, removed) = split(&from, &from_counts, &to_counts);
        let (to_common, added) = split(&to, &to_counts, &from_counts);
        let mut details = Vec::new();
        let is_moved = from_common.len() == to_common.len()
            && from_common.iter().zip(&to_common).any(|((_, a), (_, b))| a != b);
        if is_moved && !self.options.ignore_order_changes {
            let mut list = |items: Vec<(NodeId, u64)>| {
                let items = items.into_iter().map(|(id, _)| id).collect();
                let list = goyaml::Node::collection(NodeKind::Sequence, items);
                Some(Part::Node(self.tree.push(list)))
            };
            let (from, to) = (list(from_common), list(to_common));
            details.push(Detail::new(Change::Order, from, to));
        }
        self.items_changed(details, removed, added);
        Ok(())
    }

    /// Adds what was removed from a list and added to it, behind what else changed.
    fn items_changed(
        &mut self,
        mut details: Vec<Detail>,
        removed: Vec<NodeId>,
        added: Vec<NodeId>,
    ) {
        for (change, items) in [(Change::Removal, removed), (Change::Addition, added)] {
            if !items.is_empty() {
                details.push(self.part(change, NodeKind::Sequence, items));
            }
        }
        self.differ(details);
    }

    fn named_lists(
        &mut self,
        identifier: &Identifier,
        from: NodeId,
        to: NodeId,
    ) -> Result<(), Error> {
        let names = |list: NodeId| -> Result<Vec<(NodeId, String)>, Error> {
            let name = |item: &NodeId| {
                let name = identifier.name(&self.tree, *item);
                Ok((*item, name.ok_or_else(|| Error::Unnamed(identifier.word().to_owned()))?))
            };
            self.tree.children(list).iter().map(name).collect()
        };
        let (from, to) = (names(from)?, names(to)?);
        let (from_places, to_places) = (first_places(&from), first_places(&to));
        let (mut removed, mut added) = (Vec::new(), Vec::new());
        let (mut common, mut from_names, mut to_names) = (Vec::new(), Vec::new(), Vec::new());
        for (item, name) in &from {
            match to_places.get(&name[..]) {
                Some(other) => {
                    common.push((*item, *other));
                    from_names.push(name.clone());
                }
                None => removed.push(*item),
            }
        }
        for (item, name) in &to {
            match from_places.contains_key(&name[..]) {
                true => to_names.push(name.clone()),
                false => added.push(*item),
            }
        }
        let mut details = Vec::new();
        if !self.options.ignore_order_changes && is_moved(&from_names, &to_names) {
            details.push(self.order_of_names(&from_names, &to_names));
        }
        self.items_changed(details, removed, added);
        for (name, (item, other)) in from_names.into_iter().zip(common) {
            self.below(Step::Named(identifier.clone(), name), item, other)?;
        }
        Ok(())
    }
}

/// Tells whether a field has as many different values as the list has items.
fn is_unique(tree: &Tree, list: NodeId, field: &str) -> bool {
    let items = tree.children(list);
    let mut values = HashSet::with_capacity(items.len());
    for item in items.iter().filter(|item| tree.kind(**item) == NodeKind::Mapping) {
        for (key, value) in tree.pairs(*item) {
            let key = tree.follow(key);
            if tree.kind(key) == NodeKind::Scalar && tree.value(key) == field.as_bytes() {
                values.insert(tree.value(tree.follow(value)));
            }
        }
    }
    !values.is_empty() && values.len() == items.len()
}

/// Returns the fields that have as many different texts as the list has items; nothing for a list of anything but
/// mappings.
fn unique_texts(tree: &Tree, list: NodeId) -> Option<HashSet<&[u8]>> {
    let items = tree.children(list);
    let mut fields: HashMap<&[u8], HashSet<&[u8]>> = HashMap::new();
    let is_text = |id| tree.kind(id) == NodeKind::Scalar && tree.tag(id) == Tag::STR;
    for item in items {
        if tree.kind(*item) != NodeKind::Mapping {
            return None;
        }
        for (key, value) in tree.pairs(*item) {
            let (key, value) = (tree.follow(key), tree.follow(value));
            if is_text(key) && is_text(value) {
                fields.entry(tree.value(key)).or_default().insert(tree.value(value));
            }
        }
    }
    fields.retain(|_, texts| texts.len() == items.len());
    Some(fields.into_keys().collect())
}

fn counts(items: &[(NodeId, u64)]) -> HashMap<u64, usize> {
    let mut counts = HashMap::with_capacity(items.len());
    for (_, hash) in items {
        *counts.entry(*hash).or_default() += 1;
    }
    counts
}

/// Returns the items that the other list has too, and those that it has not, or not as often.
fn split(
    items: &[(NodeId, u64)],
    own: &HashMap<u64, usize>,
    other: &HashMap<u64, usize>,
) -> (Vec<(NodeId, u64)>, Vec<NodeId>) {
    let (mut common, mut only, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for (id, hash) in items {
        let Some(there) = other.get(hash) else {
            only.push(*id);
            continue;
        };
        common.push((*id, *hash));
        if own[hash] > *there && seen.insert(*hash) {
            only.extend(std::iter::repeat_n(*id, own[hash] - there));
        }
    }
    (common, only)
}

/// Returns the first item of each name.
fn first_places(items: &[(NodeId, String)]) -> HashMap<&str, NodeId> {
    let mut places = HashMap::with_capacity(items.len());
    for (item, name) in items {
        places.entry(&name[..]).or_insert(*item);
    }
    places
}

/// Tells whether names stand in another order.
fn is_moved(from: &[String], to: &[String]) -> bool {
    let places: HashMap<&str, usize> =
        to.iter().enumerate().map(|(at, name)| (&name[..], at)).collect();
    from.iter().enumerate().any(|(at, name)| places.get(&name[..]).copied().unwrap_or(0) != at)
}
