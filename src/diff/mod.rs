//! Compares manifests object by object, and tells what a change of them does.
//!
//! Objects are matched by group, kind, namespace and name, those that were renamed by what they hold; the items of their
//! lists by the merge keys of Kubernetes' API. What means the same is no change: the order of keys, quotes, how a quantity
//! is written. Of objects that were read from an API server what it has filled in is left out.

pub mod cause;
mod deployed;
pub mod effects;
mod fold;
mod keys;
mod object;
mod pair;
mod payload;
mod served;
pub mod show;
mod tree;

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;
use gostd::stack;
use gostd::value::Value;

pub use deployed::{Deployed, DeployedError, read_deployed};
pub use effects::selects;
pub use fold::{Fold, Group, Totals, fold, is_checksum, is_noise};
pub use object::{Id, Object, ReadError, read, read_all};
pub use payload::Form;
pub use tree::{Change, Step, What, path_text};

/// How an object differs.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The object before; nothing of a new one.
    pub old: Option<Object>,
    /// The object now; nothing of one that is gone.
    pub new: Option<Object>,
    /// What differs in it; nothing of one that is new or gone.
    pub changes: Vec<Change>,
}

impl Difference {
    /// Returns the object as it is now, or as it was last.
    pub fn object(&self) -> Option<&Object> {
        self.new.as_ref().or(self.old.as_ref())
    }

    /// Tells whether the object was in the templates and is in `crds/`, or the other way round.
    pub fn is_moved(&self) -> bool {
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => is_moved(old, new),
            _ => false,
        }
    }

    /// Tells whether the object has another name than before.
    pub fn is_renamed(&self) -> bool {
        matches!((&self.old, &self.new), (Some(old), Some(new)) if old.id != new.id)
    }
}

/// What differs between two sets of manifests.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// The objects that differ, in the order of the new manifests; those that are gone at the end.
    pub differences: Vec<Difference>,
    /// How many objects are the same.
    pub same: usize,
}

/// How manifests are compared.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Shows what Secrets hold; else it is masked.
    pub show_secrets: bool,
    /// Matches objects of other names by what they hold.
    pub find_renames: bool,
}

/// Compares two sets of manifests.
///
/// # Errors
/// A document that is no YAML.
pub fn compare(old: &[Object], new: &[Object], options: Options) -> Result<Comparison, ReadError> {
    let (left, right) = (served::own(old, new), served::own(new, old));
    let pairs = pair::pair(&left, &right, options.find_renames)?;
    let mut comparison = Comparison::default();
    for (before, after) in pairs {
        let settled = match (before, after) {
            (Some(before), Some(after)) => served::settle(before, after)?,
            _ => None,
        };
        let (before, after) = match &settled {
            Some([before, after]) => (Some(before), Some(after)),
            None => (before, after),
        };
        let changes = match (before, after) {
            (Some(before), Some(after)) => {
                let changes = changes(before, after, options)?;
                if changes.is_empty() && before.id == after.id && !is_moved(before, after) {
                    comparison.same += 1;
                    continue;
                }
                changes
            }
            _ => Vec::new(),
        };
        let kept = |object: &Object, old: Option<&Object>| {
            if options.show_secrets { Ok(object.clone()) } else { object.masked(old) }
        };
        comparison.differences.push(Difference {
            old: before.map(|object| kept(object, None)).transpose()?,
            new: after.map(|object| kept(object, before)).transpose()?,
            changes,
        });
    }
    Ok(comparison)
}

/// Tells whether one object is in `crds/`, which Helm leaves alone, and the other in the templates.
fn is_moved(old: &Object, new: &Object) -> bool {
    old.is_of_crds() != new.is_of_crds() && !old.source.is_empty() && !new.source.is_empty()
}

fn changes(old: &Object, new: &Object, options: Options) -> Result<Vec<Change>, ReadError> {
    if old.text == new.text {
        return Ok(Vec::new());
    }
    let is_secret = old.is_secret() || new.is_secret();
    if !is_secret {
        let has_payloads = new.id.kind == "ConfigMap";
        return Ok(tree::compare(old.value()?, new.value()?, has_payloads));
    }
    let (before, after) = (object::plain_secret(old.value()?), object::plain_secret(new.value()?));
    let mut changes = tree::compare(&before, &after, options.show_secrets);
    if !options.show_secrets {
        changes.iter_mut().for_each(object::mask_change);
    }
    Ok(changes)
}

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

/// Returns the same number for values that are [`same`], and, but for a chance in 2^64, for no others.
pub(crate) fn fingerprint(value: &Value) -> u64 {
    let mut hasher = FixedState::with_seed(SEED).build_hasher();
    match value {
        Value::Map(map) => {
            // Whatever the order.
            let sum = stack::uncounted(|| {
                let map = map.borrow();
                map.iter().filter(|(_, v)| !v.is_nil()).fold(0_u64, |sum, (key, value)| {
                    let mut hasher = FixedState::with_seed(SEED).build_hasher();
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

const SEED: u64 = 0x7374_6174_6566_756c;
