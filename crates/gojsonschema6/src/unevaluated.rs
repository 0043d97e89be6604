//! Keeps count of the members and items that no schema has looked at, for `unevaluatedProperties` and
//! `unevaluatedItems`.

use std::collections::BTreeSet;

use gostd::value::Str;

use super::node::Node;
use super::schema::{Id, Schema};

/// The members and items of a value that no schema has looked at; none where nothing asks.
#[derive(Default)]
pub(super) struct Unevaluated {
    pub(super) members: Option<BTreeSet<Str>>,
    pub(super) items: Option<BTreeSet<usize>>,
}

impl Unevaluated {
    pub(super) fn of(node: Node<'_>, schema: &Schema, asked: bool) -> Unevaluated {
        let mut rest = Unevaluated::default();
        let asks = |own: Option<Id>| asked || own.is_some();
        if !schema.has_all_members_evaluated
            && asks(schema.object.as_ref().and_then(|object| object.unevaluated))
        {
            rest.members = node
                .with_members(|members| members.sorted().map(|(name, _)| name.clone()).collect());
        }
        if !schema.has_all_items_evaluated
            && asks(schema.array.as_ref().and_then(|array| array.unevaluated))
            && let Some(items) = node.items()
            && schema.evaluated_items < items.len()
        {
            rest.items = Some((schema.evaluated_items..items.len()).collect());
        }
        rest
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.as_ref().is_none_or(BTreeSet::is_empty)
            && self.items.as_ref().is_none_or(BTreeSet::is_empty)
    }

    /// Keeps what another schema has not looked at either.
    pub(super) fn merge(&mut self, other: &Unevaluated) {
        if let Some(members) = &mut self.members {
            members.retain(|m| other.members.as_ref().is_some_and(|other| other.contains(m)));
        }
        if let Some(items) = &mut self.items {
            items.retain(|i| other.items.as_ref().is_some_and(|other| other.contains(i)));
        }
    }
}
