//! Functions of the language, and of cel-go's extensions `sets` and optional types.

use crate::value::{Val, contains, equal};
use crate::{Budget, Error, Matcher, conversions, lists, strings, times};

/// Steps that it counts to look for a time zone.
const ZONE_STEPS: u64 = 100;

/// Calls a function; nothing where there is none of this name.
pub(crate) fn call(
    name: &str,
    is_method: bool,
    args: &[Val],
    budget: &mut Budget,
) -> Option<Result<Val, Error>> {
    if let Some(Val::Fault(why)) = args.iter().find(|arg| matches!(arg, Val::Fault(_))) {
        return Some(Err(Error::data(why)));
    }
    match is_method {
        true => method(name, args, budget),
        false => function(name, args, budget),
    }
}

fn function(name: &str, args: &[Val], budget: &mut Budget) -> Option<Result<Val, Error>> {
    Some(match (name, args) {
        (
            "int" | "uint" | "double" | "string" | "bytes" | "bool" | "duration" | "timestamp"
            | "dyn" | "type",
            [one],
        ) => conversions::convert(one, name, budget),
        ("size", [one]) => size(one, budget),
        ("matches", [text, pattern]) => matches(text, pattern, budget),
        ("optional.of", [one]) => Ok(Val::some(one.clone())),
        ("optional.none", []) => Ok(Val::Optional(None)),
        ("optional.ofNonZeroValue", [one]) => Ok(match one.is_zero() {
            true => Val::Optional(None),
            false => Val::some(one.clone()),
        }),
        ("optional.unwrap", [one]) => unwrapped(one, budget),
        ("sets.contains", [Val::List(all), Val::List(some)]) => {
            every(&some.items, |item, budget| contains(all, item, budget), budget)
        }
        ("sets.equivalent", [Val::List(a), Val::List(b)]) => {
            match every(&a.items, |item, budget| contains(b, item, budget), budget) {
                Ok(Val::Bool(true)) => {
                    every(&b.items, |item, budget| contains(a, item, budget), budget)
                }
                other => other,
            }
        }
        ("sets.intersects", [Val::List(a), Val::List(b)]) => {
            let none = |item: &Val, budget: &mut Budget| contains(b, item, budget).map(|is| !is);
            every(&a.items, none, budget).map(|made| Val::Bool(matches!(made, Val::Bool(false))))
        }
        ("strings.quote", [Val::Str(text)]) => strings::quote(text, budget),
        ("lists.range", [Val::Int(n)]) => lists::range(*n, budget),
        _ => return known(name, FUNCTIONS),
    })
}

const FUNCTIONS: &[&str] = &[
    "int",
    "uint",
    "double",
    "string",
    "bytes",
    "bool",
    "duration",
    "timestamp",
    "dyn",
    "type",
    "size",
    "matches",
    "sets.contains",
    "sets.equivalent",
    "sets.intersects",
    "strings.quote",
    "lists.range",
];

const METHODS: &[&str] = &[
    "size",
    "matches",
    "contains",
    "startsWith",
    "endsWith",
    "charAt",
    "indexOf",
    "lastIndexOf",
    "join",
    "lowerAscii",
    "upperAscii",
    "replace",
    "split",
    "substring",
    "trim",
    "format",
    "hasValue",
    "value",
    "or",
    "orValue",
    "slice",
    "flatten",
    "sort",
    "distinct",
    "first",
    "last",
];

/// A function that is known does not take what it is given.
fn known(name: &str, names: &[&str]) -> Option<Result<Val, Error>> {
    names.contains(&name).then(|| Err(Error::overload()))
}

fn every(
    items: &[Val],
    is_right: impl Fn(&Val, &mut Budget) -> Result<bool, Error>,
    budget: &mut Budget,
) -> Result<Val, Error> {
    for item in items {
        budget.take(1)?;
        if !is_right(item, budget)? {
            return Ok(Val::Bool(false));
        }
    }
    Ok(Val::Bool(true))
}

fn method(name: &str, args: &[Val], budget: &mut Budget) -> Option<Result<Val, Error>> {
    Some(match (name, args) {
        ("size", [one]) => size(one, budget),
        ("matches", [text, pattern]) => matches(text, pattern, budget),
        ("hasValue", [Val::Optional(inner)]) => Ok(Val::Bool(inner.is_some())),
        ("value", [Val::Optional(inner)]) => match inner {
            Some(inner) => Ok((**inner).clone()),
            None => Err(Error::value("optional.none() dereference")),
        },
        ("unwrapOpt", [one]) => unwrapped(one, budget),
        (_, [Val::Timestamp { seconds, nanos, .. }]) => {
            return times::part(name, *seconds, *nanos, None);
        }
        (_, [Val::Timestamp { seconds, nanos, .. }, Val::Str(zone)]) => {
            if let Err(error) = budget.take(ZONE_STEPS) {
                return Some(Err(error));
            }
            return times::part(name, *seconds, *nanos, Some(zone));
        }
        ("getHours", [Val::Duration(n)]) => Ok(Val::Int(n / 3_600_000_000_000)),
        ("getMinutes", [Val::Duration(n)]) => Ok(Val::Int(n / 60_000_000_000)),
        ("getSeconds", [Val::Duration(n)]) => Ok(Val::Int(n / 1_000_000_000)),
        ("getMilliseconds", [Val::Duration(n)]) => Ok(Val::Int(n / 1_000_000)),
        (_, [Val::Str(text), rest @ ..]) => match strings::method(name, text, rest, budget) {
            Some(made) => made,
            None => return known(name, METHODS),
        },
        (_, [Val::List(list), rest @ ..]) => match lists::method(name, list, rest, budget) {
            Some(made) => made,
            None => return known(name, METHODS),
        },
        _ => return known(name, METHODS),
    })
}

/// The values of the optionals of a list that are there.
fn unwrapped(value: &Val, budget: &mut Budget) -> Result<Val, Error> {
    let Val::List(list) = value else { return Err(Error::overload()) };
    budget.items(list.items.len())?;
    let mut made = Vec::new();
    for item in &list.items {
        let Val::Optional(inner) = item else { return Err(Error::overload()) };
        made.extend(inner.as_deref().cloned());
    }
    Ok(Val::list(made))
}

fn size(value: &Val, budget: &mut Budget) -> Result<Val, Error> {
    let count = match value {
        Val::Str(text) => {
            budget.text(text.len())?;
            text.chars().count()
        }
        Val::Bytes(bytes) => bytes.len(),
        Val::List(list) => list.items.len(),
        Val::Map(members) => members.len(),
        _ => return Err(Error::overload()),
    };
    Ok(Val::Int(count as i64))
}

fn matches(text: &Val, pattern: &Val, budget: &mut Budget) -> Result<Val, Error> {
    let (Val::Str(text), Val::Str(pattern)) = (text, pattern) else {
        return Err(Error::overload());
    };
    Matcher::new(pattern, budget)?.is_match(text, budget).map(Val::Bool)
}

/// Tells where a list has an item: the first or the last place.
pub(crate) fn place(
    items: &[Val],
    item: &Val,
    is_last: bool,
    budget: &mut Budget,
) -> Result<i64, Error> {
    let mut found = -1;
    for (own, at) in items.iter().zip(0..) {
        if equal(own, item, budget)? {
            found = at;
            if !is_last {
                break;
            }
        }
    }
    Ok(found)
}
