//! Frees what lists and maps hold, however deep it is nested.

use std::cell::Cell;

use super::{Entries, Value};

/// Levels that are freed by recursion. Anything deeper is freed from a list of what is left to do.
const SHALLOW: u32 = 64;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Frees the elements of a list.
#[inline]
pub(super) fn items(items: Vec<Value>) {
    nested(items, all);
}

/// Frees the entries of a map.
#[inline]
pub(super) fn entries(entries: Entries<Value>) {
    nested(entries, |entries| all(entries.into_iter().map(|(_, value)| value).collect()));
}

#[inline]
fn nested<T>(held: T, deep: impl FnOnce(T)) {
    let depth = DEPTH.get();
    if depth >= SHALLOW {
        return deep(held);
    }
    DEPTH.set(depth + 1);
    drop(held);
    DEPTH.set(depth);
}

/// Frees values one by one, each after what it alone holds has joined the list.
#[cold]
#[inline(never)]
fn all(mut left: Vec<Value>) {
    while let Some(value) = left.pop() {
        match value {
            Value::List(list) => left.extend(list.into_items().unwrap_or_default()),
            Value::Map(map) => {
                left.extend(map.into_entries().into_iter().flatten().map(|(_, value)| value));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::value::{Map, Value};

    /// More levels than any stack has room for.
    const DEEP: usize = 1_000_000;

    #[test]
    fn a_deep_value_is_freed_without_recursion() {
        let mut value = Value::Nil;
        for level in 0..DEEP {
            value = if level % 2 == 0 {
                Value::list(vec![Value::Nil, value, Value::Nil])
            } else {
                let map = Map::new();
                map.insert("a", value);
                Value::Map(map)
            };
        }
        drop(value);
    }

    #[test]
    fn what_another_handle_holds_stays() {
        let kept = Map::new();
        kept.insert("a", Value::Bool(true));
        let mut value = Value::Map(kept.clone());
        for _ in 0..200 {
            value = Value::list(vec![value]);
        }
        drop(value);
        assert_eq!(kept.len(), 1);
    }
}
