//! Operators.

use std::cmp::Ordering;
use std::rc::Rc;

use crate::value::{ListKind, Val, compare_numbers, compare_times, contains, equal, same_key};
use crate::{Budget, Error, Key, List};

const OVERFLOW: &str = "integer overflow";
const UNSIGNED_OVERFLOW: &str = "unsigned integer overflow";

fn checked<T>(value: Option<T>, words: &str) -> Result<T, Error> {
    value.ok_or_else(|| Error::value(words))
}

pub(crate) fn negative(value: &Val) -> Result<Val, Error> {
    match value {
        Val::Int(n) => checked(n.checked_neg(), OVERFLOW).map(Val::Int),
        Val::Double(f) => Ok(Val::Double(-f)),
        Val::Duration(n) => checked(n.checked_neg(), OVERFLOW).map(Val::Duration),
        _ => Err(Error::overload()),
    }
}

pub(crate) fn binary(
    operator: &str,
    left: &Val,
    right: &Val,
    budget: &mut Budget,
) -> Result<Val, Error> {
    match operator {
        "==" => equal(left, right, budget).map(Val::Bool),
        "!=" => equal(left, right, budget).map(|b| Val::Bool(!b)),
        "in" => match right {
            Val::List(list) => contains(list, left, budget).map(Val::Bool),
            Val::Map(members) => {
                let key = Key::of(left);
                budget.text(key.as_ref().map_or(0, Key::len))?;
                Ok(Val::Bool(key.is_some_and(|key| members.entries.contains_key(&key))))
            }
            _ => Err(Error::overload()),
        },
        "<" => compare(left, right, budget).map(|o| Val::Bool(o == Some(Ordering::Less))),
        ">" => compare(left, right, budget).map(|o| Val::Bool(o == Some(Ordering::Greater))),
        "<=" => compare(left, right, budget).map(|o| Val::Bool(o.is_some_and(Ordering::is_le))),
        ">=" => compare(left, right, budget).map(|o| Val::Bool(o.is_some_and(Ordering::is_ge))),
        "+" => add(left, right, budget),
        "-" => subtract(left, right),
        _ => multiply(operator, left, right),
    }
}

/// Compares two values; nothing of a double that is no number.
pub(crate) fn compare(
    left: &Val,
    right: &Val,
    budget: &mut Budget,
) -> Result<Option<Ordering>, Error> {
    Ok(match (left, right) {
        (Val::Bool(a), Val::Bool(b)) => Some(a.cmp(b)),
        (Val::Str(a), Val::Str(b)) => {
            budget.text(a.len().min(b.len()))?;
            Some(a.cmp(b))
        }
        (Val::Bytes(a), Val::Bytes(b)) => {
            budget.text(a.len().min(b.len()))?;
            Some(a.cmp(b))
        }
        (Val::Duration(a), Val::Duration(b)) => Some(a.cmp(b)),
        (Val::Timestamp { .. }, Val::Timestamp { .. }) => compare_times(left, right),
        (
            Val::Int(_) | Val::Uint(_) | Val::Double(_),
            Val::Int(_) | Val::Uint(_) | Val::Double(_),
        ) => compare_numbers(left, right),
        _ => return Err(Error::overload()),
    })
}

/// Moves an instant.
fn moved(seconds: i64, nanos: u32, offset: i32, by: i64) -> Result<Val, Error> {
    let all = i128::from(seconds) * 1_000_000_000 + i128::from(nanos) + i128::from(by);
    let seconds = i64::try_from(all.div_euclid(1_000_000_000)).unwrap_or(i64::MAX);
    let nanos = all.rem_euclid(1_000_000_000) as u32;
    crate::times::instant(seconds, nanos, offset)
}

fn add(left: &Val, right: &Val, budget: &mut Budget) -> Result<Val, Error> {
    match (left, right) {
        (Val::Int(a), Val::Int(b)) => checked(a.checked_add(*b), OVERFLOW).map(Val::Int),
        (Val::Uint(a), Val::Uint(b)) => {
            checked(a.checked_add(*b), UNSIGNED_OVERFLOW).map(Val::Uint)
        }
        (Val::Double(a), Val::Double(b)) => Ok(Val::Double(a + b)),
        (Val::Str(a), Val::Str(b)) => {
            budget.text(a.len() + b.len())?;
            Ok(Val::str([&**a, &**b].concat()))
        }
        (Val::Bytes(a), Val::Bytes(b)) => {
            budget.text(a.len() + b.len())?;
            Ok(Val::Bytes([&**a, &**b].concat().into()))
        }
        (Val::Duration(a), Val::Duration(b)) => {
            checked(a.checked_add(*b), OVERFLOW).map(Val::Duration)
        }
        (Val::Timestamp { seconds, nanos, offset }, Val::Duration(by))
        | (Val::Duration(by), Val::Timestamp { seconds, nanos, offset }) => {
            moved(*seconds, *nanos, *offset, *by)
        }
        (Val::List(a), Val::List(b)) => lists(a, b, budget),
        _ => Err(Error::overload()),
    }
}

fn lists(a: &List, b: &List, budget: &mut Budget) -> Result<Val, Error> {
    budget.items(a.items.len() + b.items.len())?;
    let mut made = List { items: a.items.clone(), kind: a.kind.clone() };
    for item in &b.items {
        match &a.kind {
            ListKind::Plain => made.items.push(item.clone()),
            ListKind::Set => {
                if !contains(&made, item, budget)? {
                    made.items.push(item.clone());
                }
            }
            ListKind::Map(keys) => {
                let mut place = None;
                for (at, own) in made.items.iter().enumerate() {
                    if same_key(own, item, keys, budget)? {
                        place = Some(at);
                        break;
                    }
                }
                match place.and_then(|at| made.items.get_mut(at)) {
                    Some(own) => *own = item.clone(),
                    None => made.items.push(item.clone()),
                }
            }
        }
    }
    Ok(Val::List(Rc::new(made)))
}

fn subtract(left: &Val, right: &Val) -> Result<Val, Error> {
    match (left, right) {
        (Val::Int(a), Val::Int(b)) => checked(a.checked_sub(*b), OVERFLOW).map(Val::Int),
        (Val::Uint(a), Val::Uint(b)) => {
            checked(a.checked_sub(*b), UNSIGNED_OVERFLOW).map(Val::Uint)
        }
        (Val::Double(a), Val::Double(b)) => Ok(Val::Double(a - b)),
        (Val::Duration(a), Val::Duration(b)) => {
            checked(a.checked_sub(*b), OVERFLOW).map(Val::Duration)
        }
        (Val::Timestamp { seconds, nanos, offset }, Val::Duration(by)) => {
            moved(*seconds, *nanos, *offset, checked(by.checked_neg(), OVERFLOW)?)
        }
        (
            Val::Timestamp { seconds: a, nanos: a_nanos, .. },
            Val::Timestamp { seconds: b, nanos: b_nanos, .. },
        ) => {
            let seconds = i128::from(*a) - i128::from(*b);
            let all = seconds * 1_000_000_000 + i128::from(*a_nanos) - i128::from(*b_nanos);
            checked(i64::try_from(all).ok(), OVERFLOW).map(Val::Duration)
        }
        _ => Err(Error::overload()),
    }
}

fn multiply(operator: &str, left: &Val, right: &Val) -> Result<Val, Error> {
    let by_zero = |is_zero: bool| match (is_zero, operator) {
        (true, "/") => Err(Error::value("division by zero")),
        (true, "%") => Err(Error::value("modulus by zero")),
        _ => Ok(()),
    };
    match (operator, left, right) {
        (_, Val::Int(a), Val::Int(b)) => {
            by_zero(*b == 0)?;
            let made = match operator {
                "*" => a.checked_mul(*b),
                "/" => a.checked_div(*b),
                _ => a.checked_rem(*b),
            };
            checked(made, OVERFLOW).map(Val::Int)
        }
        (_, Val::Uint(a), Val::Uint(b)) => {
            by_zero(*b == 0)?;
            let made = match operator {
                "*" => a.checked_mul(*b),
                "/" => a.checked_div(*b),
                _ => a.checked_rem(*b),
            };
            checked(made, UNSIGNED_OVERFLOW).map(Val::Uint)
        }
        ("*", Val::Double(a), Val::Double(b)) => Ok(Val::Double(a * b)),
        ("/", Val::Double(a), Val::Double(b)) => Ok(Val::Double(a / b)),
        _ => Err(Error::overload()),
    }
}
