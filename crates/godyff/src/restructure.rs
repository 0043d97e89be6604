//! Puts keys into the order that people know: what names a thing first, what nests deep last.

use std::collections::HashMap;

use goyaml::NodeKind;

use crate::error::Error;
use crate::sort::sort_slice;
use crate::tree::{NodeId, Tree};

/// How deep nodes are followed.
const MAX_DEPTH: usize = 50_000;

/// Keys that stand in a known order; of several, those count of which a mapping has most.
const ORDERS: [&[&str]; 13] = [
    &[
        "name",
        "director_uuid",
        "releases",
        "instance_groups",
        "networks",
        "resource_pools",
        "compilation",
    ],
    &["name", "url", "version", "sha1"],
    &["jobs", "resources", "resource_types"],
    &["name", "type", "source"],
    &["get"],
    &["put"],
    &["task"],
    &["releases", "instance_groups", "configuration", "variables"],
    &["auth", "templates"],
    &["apiVersion", "kind", "metadata", "spec", "status"],
    &["name"],
    &["key"],
    &["id"],
];

/// The children of mappings whose order is another than in the tree, and depths that were looked for.
#[derive(Default)]
pub(crate) struct Orders {
    changed: HashMap<NodeId, Vec<NodeId>>,
    depths: HashMap<NodeId, Option<usize>>,
}

impl Orders {
    /// Returns the children of a node in the order in which they are shown.
    pub(crate) fn children<'o>(&'o self, tree: &'o Tree, id: NodeId) -> &'o [NodeId] {
        match self.changed.get(&id) {
            Some(children) => children,
            None => tree.children(id),
        }
    }

    /// Puts the keys of a node and of what is below it into order.
    pub(crate) fn restructure(
        &mut self,
        tree: &Tree,
        id: NodeId,
        depth: usize,
    ) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        let step = match tree.kind(id) {
            NodeKind::Mapping => {
                if let Some(children) = self.reordered(tree, id, depth)? {
                    self.changed.insert(id, children);
                }
                2
            }
            NodeKind::Sequence => 1,
            NodeKind::Scalar | NodeKind::Alias => return Ok(()),
        };
        for at in (step - 1..).step_by(step) {
            let Some(&child) = self.children(tree, id).get(at) else { break };
            gostd::stack::at_depth(depth, || self.restructure(tree, child, depth + 1))?;
        }
        Ok(())
    }

    fn reordered(
        &mut self,
        tree: &Tree,
        id: NodeId,
        depth: usize,
    ) -> Result<Option<Vec<NodeId>>, Error> {
        let children = self.children(tree, id);
        // Of a key that stands twice, the last is kept.
        let pairs = children.chunks_exact(2);
        let places: HashMap<&[u8], [NodeId; 2]> =
            pairs.map(|pair| (tree.value(pair[0]), [pair[0], pair[1]])).collect();
        let mut best: Option<(usize, &[&str])> = None;
        for order in ORDERS {
            let count = order.iter().filter(|key| places.contains_key(key.as_bytes())).count();
            if count > best.map_or(0, |(most, _)| most) {
                best = Some((count, order));
            }
        }
        let Some((_, order)) = best else { return Ok(None) };
        let mut sorted = Vec::with_capacity(children.len());
        for key in order {
            sorted.extend(places.get(key.as_bytes()).into_iter().flatten());
        }
        let mut rest = Vec::new();
        let mut firsts: HashMap<&[u8], NodeId> = HashMap::new();
        for pair in children.chunks_exact(2) {
            let key = tree.value(pair[0]);
            let first = *firsts.entry(key).or_insert(pair[1]);
            if !order.iter().any(|known| known.as_bytes() == key) {
                rest.push((places[key], first));
            }
        }
        let mut depths: Vec<([NodeId; 2], usize)> = Vec::with_capacity(rest.len());
        for (pair, first) in rest {
            depths.push((pair, max_depth(&mut self.depths, tree, first, depth)?.unwrap_or(0)));
        }
        sort_slice(&mut depths, |a, b| a.1 < b.1);
        sorted.extend(depths.into_iter().flat_map(|(pair, _)| pair));
        Ok(Some(sorted))
    }
}

/// Returns how long the longest path below a node is, the items of lists that have names counted by their fields;
/// nothing where no path ends.
fn max_depth(
    known: &mut HashMap<NodeId, Option<usize>>,
    tree: &Tree,
    id: NodeId,
    depth: usize,
) -> Result<Option<usize>, Error> {
    if depth > MAX_DEPTH {
        return Err(Error::TooDeep);
    }
    let kind = tree.kind(id);
    if matches!(kind, NodeKind::Scalar | NodeKind::Alias) {
        return Ok(Some(0));
    }
    if let Some(found) = known.get(&id) {
        return Ok(*found);
    }
    let mut below = |child: NodeId, steps: usize| -> Result<Option<usize>, Error> {
        let found = gostd::stack::at_depth(depth, || max_depth(known, tree, child, depth + 1))?;
        Ok(found.map(|deepest| deepest + steps))
    };
    let mut deepest = None;
    let field = (kind == NodeKind::Sequence).then(|| tree.identifier(id)).flatten();
    match field {
        Some(field) => {
            for item in tree.children(id) {
                for (key, value) in tree.pairs(*item) {
                    if tree.value(key) != field.as_bytes() {
                        deepest = deepest.max(below(value, 2)?);
                    }
                }
            }
        }
        None if kind == NodeKind::Mapping => {
            for (_, value) in tree.pairs(id) {
                deepest = deepest.max(below(value, 1)?);
            }
        }
        None => {
            for item in tree.children(id) {
                deepest = deepest.max(below(*item, 1)?);
            }
        }
    }
    known.insert(id, deepest);
    Ok(deepest)
}
