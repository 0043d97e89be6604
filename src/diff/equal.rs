//! Tells whether values mean the same, and numbers those that do.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::LazyLock;

use gostd::stack;
use gostd::value::Value;

/// Tells whether two values mean the same: numbers by their value, whatever their type; nulls in maps set nothing.
pub(crate) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Map(one), Value::Map(other)) => stack::uncounted(|| {
            let (one, other) = (one.borrow(), other.borrow());
            let set = |value: &Value| !value.is_nil();
            one.iter().filter(|(_, v)| set(v)).count()
                == other.iter().filter(|(_, v)| set(v)).count()
                && one
                    .iter()
                    .filter(|(_, value)| set(value))
                    .all(|(key, value)| other.get(key).is_some_and(|other| same(value, other)))
        }),
        (Value::List(one), Value::List(other)) => stack::uncounted(|| {
            one.len() == other.len() && one.iter().zip(other.iter()).all(|(a, b)| same(a, b))
        }),
        (Value::Str(one), Value::Str(other)) => one == other,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        _ if one.is_nil() && other.is_nil() => true,
        _ => match (number(one), number(other)) {
            (Some(one), Some(other)) => one == other,
            _ => false,
        },
    }
}

/// A number, whatever its type.
#[derive(PartialEq)]
enum Number {
    Whole(i128),
    Other(u64),
}

fn number(value: &Value) -> Option<Number> {
    Some(match value {
        Value::Int(_, n) => Number::Whole(i128::from(*n)),
        Value::Uint(_, n) => Number::Whole(i128::from(*n)),
        Value::Float(n) if n.fract() == 0.0 && n.abs() < 1e18 => Number::Whole(*n as i128),
        Value::Float(n) => Number::Other(n.to_bits()),
        _ => return None,
    })
}

/// The key of all fingerprints: another in each process, so that nobody can write values whose fingerprints are the same.
static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// Returns the same number for values that are [`same`]. What is not the same may have it too: it tells where to look, and
/// is another one in each process.
pub(super) fn fingerprint(value: &Value) -> u64 {
    let mut hasher = KEY.build_hasher();
    match value {
        Value::Map(map) => {
            // Whatever the order.
            let sum = stack::uncounted(|| {
                let map = map.borrow();
                map.iter().filter(|(_, v)| !v.is_nil()).fold(0_u64, |sum, (key, value)| {
                    let mut hasher = KEY.build_hasher();
                    hasher.write(key);
                    hasher.write_u64(fingerprint(value));
                    sum.wrapping_add(hasher.finish())
                })
            });
            hasher.write_u8(1);
            hasher.write_u64(sum);
        }
        Value::List(list) => {
            hasher.write_u8(2);
            stack::uncounted(|| list.iter().for_each(|item| hasher.write_u64(fingerprint(item))));
        }
        Value::Str(text) => {
            hasher.write_u8(3);
            hasher.write(text);
        }
        Value::Bool(b) => hasher.write(&[4, u8::from(*b)]),
        _ => match number(value) {
            Some(Number::Whole(n)) => hasher.write_i128(n),
            Some(Number::Other(bits)) => hasher.write_u64(bits),
            None => hasher.write_u8(5),
        },
    }
    hasher.finish()
}

/// Numbers values: those that are [`same`] have the same number, and no others.
#[derive(Default)]
pub(super) struct Classes {
    /// By the fingerprint: the first value of each class, and its number.
    known: HashMap<u64, Vec<(Value, usize)>>,
    count: usize,
}

impl Classes {
    /// Returns the number of a value.
    pub(super) fn of(&mut self, value: &Value) -> usize {
        let known = self.known.entry(fingerprint(value)).or_default();
        if let Some((_, number)) = known.iter().find(|(other, _)| same(other, value)) {
            return *number;
        }
        known.push((value.clone(), self.count));
        self.count += 1;
        self.count - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_one_class_mean_the_same() {
        let value = |text: &str| goyaml::decode(text.as_bytes()).unwrap();
        let mut classes = Classes::default();
        let mut of = |text| classes.of(&value(text));
        let one = of("{a: 1, b: [x, 2.0]}");
        assert_eq!(of("{b: [x, 2], a: 1.0, c: null}"), one);
        for other in ["{a: 1, b: [2, x]}", "{a: '1', b: [x, 2]}", "[a, b]", "null", "a"] {
            assert_ne!(of(other), one);
        }
        assert_eq!(of("null"), of("~"));
    }

    #[test]
    fn values_with_one_fingerprint_are_compared() {
        let mut classes = Classes::default();
        let (one, other) = (Value::str("a"), Value::str("b"));
        // As if both had the same.
        classes.known.insert(fingerprint(&other), vec![(one, 7)]);
        classes.count = 8;
        assert_eq!(classes.of(&other), 8);
        assert_eq!(classes.of(&other), 8);
    }
}
