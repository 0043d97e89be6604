//! Keeps walks over values from going on for ever: values may hold themselves, or others in so many places that no
//! memory holds what is made of them.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::Value;
use crate::stack;

/// From this depth on containers are compared with those around them, as Go's JSON encoder does.
pub(crate) const CYCLES_FROM: usize = 1000;

/// Why a walk does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endless {
    /// The container holds itself.
    Cycle,
    /// It lies deeper than any real one.
    TooDeep,
    /// There are too many of them.
    TooMany,
}

/// Where a container lies: its address, and its length where others may lie there too.
pub(crate) type Place = (usize, usize);

/// The containers around the value at hand, beyond [`CYCLES_FROM`].
#[derive(Debug)]
pub(crate) struct Walk {
    around: HashSet<Place, RandomState>,
    /// How many more containers may be met beyond that depth.
    left: usize,
}

impl Walk {
    pub(crate) fn new() -> Walk {
        Walk { around: HashSet::default(), left: stack::MAX_DEEP }
    }

    /// Enters a container that lies in `place`; [`Walk::leave`] is to follow.
    ///
    /// # Errors
    /// Where the walk has no end, or none in reach.
    #[inline]
    pub(crate) fn enter(&mut self, v: &Value, depth: usize, place: Place) -> Result<(), Endless> {
        if depth < CYCLES_FROM { Ok(()) } else { self.enter_deep(v, depth, place) }
    }

    #[cold]
    fn enter_deep(&mut self, v: &Value, depth: usize, place: Place) -> Result<(), Endless> {
        if depth >= stack::MAX_DEPTH {
            return Err(Endless::TooDeep);
        }
        self.left = self.left.checked_sub(1).ok_or(Endless::TooMany)?;
        // Empty lists are in no place of their own, and hold nothing.
        let is_empty = matches!(v, Value::List(l) if l.is_empty());
        if is_empty || self.around.insert(place) { Ok(()) } else { Err(Endless::Cycle) }
    }

    /// Leaves a container.
    #[inline]
    pub(crate) fn leave(&mut self, depth: usize, place: Place) {
        if depth >= CYCLES_FROM {
            self.around.remove(&place);
        }
    }
}
