//! Compares two inputs as dyff does: documents by their names or their order, mappings by keys, lists by what their
//! items are known by.

use std::collections::HashMap;

use goyaml::{Node, NodeKind, write_tree};

use crate::error::Error;
use crate::hash::Hashes;
use crate::input::{Input, Source};
use crate::json;
use crate::path::{Element, Place, Places};
use crate::rename::{self, Candidate};
use crate::report::{Change, Detail, Diff, Part, Report};
use crate::tree::{NodeId, Tag, Tree};
use crate::{Options, Side};

/// How often the nodes of a text are compared, and how many are in any case. Aliases can make a short text larger.
const MAX_TIMES: usize = 16;
const MIN_NODES: usize = 2_000_000;

/// How deep collections are followed; nothing that was read nests deeper, but for aliases.
const MAX_DEPTH: usize = 50_000;

/// Mappings of so many keys or fewer are searched from the front.
const FEW: usize = 16;

/// Compares two inputs.
///
/// ```
/// use godyff::{Human, Input, Options, Place, compare};
/// let from = Input::read(Place::Text("from".into()), b"replicas: 1\n")?;
/// let to = Input::read(Place::Text("to".into()), b"replicas: 2\nname: web\n")?;
/// let report = compare(from, to, &Options::default())?;
/// assert_eq!(report.diffs.len(), 2);
/// let human = Human { omit_header: true, ..Human::default() };
/// assert!(human.write(&report)?.contains("value change\n    - 1\n    + 2\n"));
/// # Ok::<(), godyff::Error>(())
/// ```
///
/// # Errors
/// What dyff refuses to compare, and what has no end: documents that hold themselves through aliases, or that aliases
/// make too large.
pub fn compare(from: Input, to: Input, options: &Options) -> Result<Report, Error> {
    let Input { source: mut from, mut documents } = from;
    let mut to_source = to.source;
    from.roots = documents.roots.clone();
    to_source.roots = documents.append(to.documents);
    let mut comparison = Comparison {
        tree: Tree::new(documents),
        hashes: Hashes::new(options.ignore_order_changes),
        options,
        way: Vec::new(),
        side: Side::From,
        document: 0,
        diffs: Vec::new(),
        places: Places::default(),
        left: 0,
    };
    comparison.left = MIN_NODES + MAX_TIMES * comparison.tree.nodes.len();
    comparison.inputs(&mut from, &mut to_source)?;
    let Comparison { tree, diffs, places, .. } = comparison;
    Ok(Report { tree, from, to: to_source, places, diffs })
}

/// A step from a node to one below it.
pub(crate) enum Step {
    /// To the value of that key.
    Key(NodeId),
    /// To the item that is known by a field, or as a resource.
    Named(Identifier, String),
    /// To the only item.
    First,
}

/// By what the items of a list are known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Identifier {
    Field(String),
    Resource,
}

impl Identifier {
    pub(crate) fn name(&self, tree: &Tree, item: NodeId) -> Option<String> {
        match self {
            Identifier::Resource => tree.resource_name(item),
            Identifier::Field(field) => {
                let value = tree.get(item, field.as_bytes())?;
                Some(tree.text(tree.follow(value)).into_owned())
            }
        }
    }

    pub(crate) fn word(&self) -> &str {
        match self {
            Identifier::Field(field) => field,
            Identifier::Resource => "resource",
        }
    }
}

pub(crate) struct Comparison<'o> {
    pub(crate) tree: Tree,
    pub(crate) hashes: Hashes,
    pub(crate) options: &'o Options,
    /// The steps to where the comparison stands, and the places of those below which something differs.
    way: Vec<(Step, Option<usize>)>,
    side: Side,
    document: usize,
    pub(crate) diffs: Vec<Diff>,
    places: Places,
    /// How many nodes may still be compared.
    left: usize,
}

impl Comparison<'_> {
    fn inputs(&mut self, from: &mut Source, to: &mut Source) -> Result<(), Error> {
        if self.options.detect_kubernetes {
            let (from_names, to_names) = (self.resources(from), self.resources(to));
            if let (Some(from_named), Some(to_named)) = (from_names, to_names) {
                (from.roots, from.names) = from_named;
                (to.roots, to.names) = to_named;
                return self.resources_by_name(from, to);
            }
        }
        if from.roots.len() != to.roots.len() {
            return Err(Error::DifferentNumbers);
        }
        for (document, (from, to)) in from.roots.iter().zip(&to.roots).enumerate() {
            self.document = document;
            self.nodes(*from, *to)?;
        }
        Ok(())
    }

    /// Returns the documents that say something and their names, if all have one.
    fn resources(&self, source: &Source) -> Option<(Vec<NodeId>, Vec<String>)> {
        let roots = source.roots.iter().copied();
        let named = roots.filter(|root| !self.tree.is_null_document(*root));
        named.map(|root| Some((root, self.tree.resource_name(root)?))).collect()
    }

    fn resources_by_name(&mut self, from: &Source, to: &Source) -> Result<(), Error> {
        // Of documents of one name, the last counts.
        let places = |source: &Source| -> HashMap<String, usize> {
            source.names.iter().cloned().enumerate().map(|(at, name)| (name, at)).collect()
        };
        let (from_places, to_places) = (places(from), places(to));
        let (mut gone, mut new) = (Vec::new(), Vec::new());
        for name in &from.names {
            let at = from_places[name];
            match to_places.get(name) {
                Some(other) => {
                    self.document = at;
                    self.nodes(from.roots[at], to.roots[*other])?;
                }
                None => gone.push(at),
            }
        }
        for name in &to.names {
            if !from_places.contains_key(name) {
                new.push(to_places[name]);
            }
        }
        let (mut from_names, mut to_names) = (from.names.clone(), to.names.clone());
        for (gone_at, new_at) in self.renamed(from, to, &gone, &new) {
            let (old, now) = (gone[gone_at], new[new_at]);
            (self.side, self.document) = (Side::To, now);
            self.nodes(from.roots[old], to.roots[now])?;
            self.side = Side::From;
            from_names.retain(|name| *name != from.names[old]);
            to_names.retain(|name| *name != to.names[now]);
            (gone[gone_at], new[new_at]) = (usize::MAX, usize::MAX);
        }
        let there = |at: &&usize| **at != usize::MAX;
        for at in gone.iter().filter(there) {
            let part = Part::Document(from.roots[*at]);
            self.whole(Side::From, *at, Detail::new(Change::Removal, Some(part), None));
        }
        for at in new.iter().filter(there) {
            let part = Part::Document(to.roots[*at]);
            self.whole(Side::To, *at, Detail::new(Change::Addition, None, Some(part)));
        }
        let is_moved = from_names.len() == to_names.len() && from_names != to_names;
        if is_moved && !self.options.ignore_order_changes {
            let detail = self.order_of_names(&from_names, &to_names);
            self.diffs.push(Diff { place: None, details: vec![detail] });
        }
        Ok(())
    }

    fn whole(&mut self, side: Side, document: usize, detail: Detail) {
        let place = Place { side, document, step: None };
        self.diffs.push(Diff { place: Some(place), details: vec![detail] });
    }

    fn renamed(
        &self,
        from: &Source,
        to: &Source,
        gone: &[usize],
        new: &[usize],
    ) -> Vec<(usize, usize)> {
        if !self.options.detect_renames || !rename::are_compared(gone.len(), new.len()) {
            return Vec::new();
        }
        let candidates = |source: &Source, places: &[usize]| -> Vec<Candidate> {
            let candidate = |at: &usize| Candidate {
                name: source.names[*at].clone(),
                content: write_tree(&self.tree.nodes, source.roots[*at]),
            };
            places.iter().map(candidate).collect()
        };
        rename::pairs(&candidates(from, gone), &candidates(to, new))
    }

    /// Returns the change of an order of names.
    pub(crate) fn order_of_names(&mut self, from: &[String], to: &[String]) -> Detail {
        let mut list = |names: &[String]| {
            let items = names.iter().map(|n| self.tree.push(Node::string(n.as_bytes()))).collect();
            Part::Node(self.tree.push(Node::collection(NodeKind::Sequence, items)))
        };
        let (from, to) = (list(from), list(to));
        Detail::new(Change::Order, Some(from), Some(to))
    }

    /// Returns a detail that shows a collection of parts of another.
    pub(crate) fn part(&mut self, change: Change, kind: NodeKind, children: Vec<NodeId>) -> Detail {
        let part = Some(Part::Node(self.tree.push(Node::collection(kind, children))));
        match change {
            Change::Removal => Detail::new(change, part, None),
            _ => Detail::new(change, None, part),
        }
    }

    /// Returns where the comparison stands.
    fn place(&mut self) -> Place {
        let known = self.way.iter().rposition(|(_, place)| place.is_some());
        let mut step = known.and_then(|at| self.way[at].1);
        for at in known.map_or(0, |at| at + 1)..self.way.len() {
            let element = match &self.way[at].0 {
                Step::Key(key) => Element::Key(self.tree.text(*key).into_owned()),
                Step::Named(identifier, name) => {
                    Element::Named { field: identifier.word().to_owned(), name: name.clone() }
                }
                Step::First => Element::Index(0),
            };
            step = Some(self.places.add(step, element));
            self.way[at].1 = step;
        }
        Place { side: self.side, document: self.document, step }
    }

    /// Adds a difference at this place, if there is one.
    pub(crate) fn differ(&mut self, details: Vec<Detail>) {
        if !details.is_empty() {
            let place = Some(self.place());
            self.diffs.push(Diff { place, details });
        }
    }

    fn modified(&mut self, from: NodeId, to: NodeId) {
        let (from, to) = (Some(Part::Node(from)), Some(Part::Node(to)));
        self.differ(vec![Detail::new(Change::Modification, from, to)]);
    }

    /// Compares what a step leads to.
    pub(crate) fn below(&mut self, step: Step, from: NodeId, to: NodeId) -> Result<(), Error> {
        self.way.push((step, None));
        let (from, to) = (self.tree.follow_ending(from)?, self.tree.follow_ending(to)?);
        let depth = self.way.len();
        if depth > MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        gostd::stack::at_depth(depth, || self.nodes(from, to))?;
        self.way.pop();
        Ok(())
    }

    fn nodes(&mut self, from: NodeId, to: NodeId) -> Result<(), Error> {
        self.left = self.left.checked_sub(1).ok_or(Error::TooLarge)?;
        let tree = &self.tree;
        let (kind, tag) = (tree.kind(from), tree.tag(from));
        if kind != tree.kind(to) || tag != tree.tag(to) {
            self.modified(from, to);
            return Ok(());
        }
        match kind {
            NodeKind::Mapping => self.mappings(from, to),
            NodeKind::Sequence => self.sequences(from, to),
            NodeKind::Alias => {
                let (from, to) = (tree.follow_ending(from)?, tree.follow_ending(to)?);
                self.nodes(from, to)
            }
            NodeKind::Scalar => match tag {
                Tag::STR => {
                    self.strings(from, to);
                    Ok(())
                }
                Tag::NULL => Ok(()),
                Tag::BOOL => {
                    let (a, b) = (to_bool(&tree.text(from))?, to_bool(&tree.text(to))?);
                    if a != b {
                        self.modified(from, to);
                    }
                    Ok(())
                }
                _ => {
                    if tree.value(from) != tree.value(to) {
                        self.modified(from, to);
                    }
                    Ok(())
                }
            },
        }
    }

    fn mappings(&mut self, from: NodeId, to: NodeId) -> Result<(), Error> {
        let (tree, mut removed, mut added) = (&self.tree, Vec::new(), Vec::new());
        let mut common = Vec::with_capacity(tree.children(from).len() / 2);
        let (from_keys, to_keys) = (Keys::of(tree, from), Keys::of(tree, to));
        for (key, value) in tree.pairs(from) {
            match to_keys.get(tree.value(key)) {
                Some(other) => common.push((key, value, other)),
                None => removed.extend([key, value]),
            }
        }
        for (key, value) in tree.pairs(to) {
            if from_keys.get(tree.value(key)).is_none() {
                added.extend([key, value]);
            }
        }
        let mut details = Vec::new();
        for (change, children) in [(Change::Removal, removed), (Change::Addition, added)] {
            if !children.is_empty() {
                details.push(self.part(change, NodeKind::Mapping, children));
            }
        }
        self.differ(details);
        for (key, value, other) in common {
            self.below(Step::Key(key), value, other)?;
        }
        Ok(())
    }

    fn strings(&mut self, from: NodeId, to: NodeId) {
        // Those that are the same too: the node can be shown elsewhere.
        if self.options.format_strings {
            let formatted = |id| json::formatted(self.tree.value(id));
            if let Some((new_from, new_to)) =
                formatted(from).and_then(|f| Some((f, formatted(to)?)))
            {
                self.tree.nodes[from].set_value(new_from);
                self.tree.nodes[to].set_value(new_to);
            }
        }
        let (a, b) = (self.tree.text(from), self.tree.text(to));
        let ignored = self.options.ignore_whitespace_changes && differ_in_space_only(&a, &b);
        if a != b && !ignored {
            self.modified(from, to);
        }
    }
}

/// The values of a mapping by their keys.
struct Keys<'t> {
    tree: &'t Tree,
    mapping: NodeId,
    /// For mappings of many.
    places: Option<HashMap<&'t [u8], NodeId>>,
}

impl<'t> Keys<'t> {
    fn of(tree: &'t Tree, mapping: NodeId) -> Keys<'t> {
        let places = (tree.children(mapping).len() > 2 * FEW).then(|| {
            let mut places = HashMap::with_capacity(tree.children(mapping).len() / 2);
            for (key, value) in tree.pairs(mapping) {
                places.entry(tree.value(tree.follow(key))).or_insert(tree.follow(value));
            }
            places
        });
        Keys { tree, mapping, places }
    }

    fn get(&self, key: &[u8]) -> Option<NodeId> {
        match &self.places {
            Some(places) => places.get(key).copied(),
            None => self.tree.get_followed(self.mapping, key),
        }
    }
}

fn to_bool(text: &str) -> Result<bool, Error> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Ok(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Ok(false)
        }
        _ => Err(Error::NotBool(text.to_owned())),
    }
}

/// Tells whether texts are the same but for spaces and line feeds around them.
pub(crate) fn differ_in_space_only(from: &str, to: &str) -> bool {
    let trim = |text| str::trim_matches(text, [' ', '\n']);
    trim(from) == trim(to)
}
