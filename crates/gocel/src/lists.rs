//! Methods of lists: those of cel-go's extension `lists`, and those of Kubernetes.

use std::cmp::Ordering;

use crate::value::{List, Val, equal};
use crate::{Budget, Error, calls, operators, strings};

/// Calls a method; nothing where lists have none of this name.
pub(crate) fn method(
    name: &str,
    list: &List,
    args: &[Val],
    budget: &mut Budget,
) -> Option<Result<Val, Error>> {
    Some(match (name, args) {
        ("isSorted", []) => is_sorted(&list.items, budget),
        ("sum", []) => sum(&list.items, budget),
        ("min", []) => extreme(&list.items, Ordering::Less, "min", budget),
        ("max", []) => extreme(&list.items, Ordering::Greater, "max", budget),
        ("indexOf", [item]) => calls::place(&list.items, item, false, budget).map(Val::Int),
        ("lastIndexOf", [item]) => calls::place(&list.items, item, true, budget).map(Val::Int),
        ("join", []) => strings::join(list, "", budget),
        ("join", [Val::Str(between)]) => strings::join(list, between, budget),
        ("first", []) => Ok(Val::Optional(list.items.first().cloned().map(Into::into))),
        ("last", []) => Ok(Val::Optional(list.items.last().cloned().map(Into::into))),
        ("slice", [Val::Int(start), Val::Int(end)]) => slice(&list.items, *start, *end, budget),
        ("reverse", []) => budget
            .items(list.items.len())
            .map(|()| Val::list(list.items.iter().rev().cloned().collect())),
        ("flatten", []) => flattened(list, 1, budget),
        ("flatten", [Val::Int(levels)]) if *levels < 0 => {
            Err(Error::value("level must be non-negative"))
        }
        ("flatten", [Val::Int(levels)]) => flattened(list, *levels, budget),
        ("sort", []) => sorted_by(&list.items, &list.items, budget),
        ("distinct", []) => distinct(&list.items, budget),
        _ => return None,
    })
}

fn is_sorted(items: &[Val], budget: &mut Budget) -> Result<Val, Error> {
    for pair in items.windows(2) {
        let [a, b] = pair else { continue };
        budget.take(1)?;
        if operators::compare(a, b, budget)? == Some(Ordering::Greater) {
            return Ok(Val::Bool(false));
        }
    }
    Ok(Val::Bool(true))
}

fn sum(items: &[Val], budget: &mut Budget) -> Result<Val, Error> {
    let Some((first, rest)) = items.split_first() else { return Ok(Val::Int(0)) };
    if !matches!(first, Val::Int(_) | Val::Uint(_) | Val::Double(_) | Val::Duration(_)) {
        return Err(Error::overload());
    }
    let mut made = first.clone();
    for item in rest {
        budget.take(1)?;
        made = operators::binary("+", &made, item, budget)?;
    }
    Ok(made)
}

fn extreme(items: &[Val], wanted: Ordering, name: &str, budget: &mut Budget) -> Result<Val, Error> {
    let Some((mut best, rest)) = items.split_first() else {
        return Err(Error::value(format!("{name} called on empty list")));
    };
    for item in rest {
        budget.take(1)?;
        if operators::compare(item, best, budget)? == Some(wanted) {
            best = item;
        }
    }
    Ok(best.clone())
}

pub(crate) fn range(n: i64, budget: &mut Budget) -> Result<Val, Error> {
    let Ok(count) = usize::try_from(n) else {
        return Err(Error::value(format!("lists.range: size must be non-negative, got {n}")));
    };
    budget.items(count)?;
    Ok(Val::list((0..n).map(Val::Int).collect()))
}

fn slice(items: &[Val], start: i64, end: i64, budget: &mut Budget) -> Result<Val, Error> {
    let fail = |why: String| Err(Error::value(format!("cannot slice({start}, {end}), {why}")));
    let (Ok(from), Ok(to)) = (usize::try_from(start), usize::try_from(end)) else {
        return fail("negative indexes not supported".to_owned());
    };
    if from > to {
        return fail("start index must be less than or equal to end index".to_owned());
    }
    let Some(part) = items.get(from..to) else {
        return fail(format!("list is length {}", items.len()));
    };
    budget.items(part.len())?;
    Ok(Val::list(part.to_vec()))
}

fn flattened(list: &List, levels: i64, budget: &mut Budget) -> Result<Val, Error> {
    let mut made = Vec::new();
    flatten(list, levels, &mut made, budget)?;
    Ok(Val::list(made))
}

fn flatten(
    list: &List,
    levels: i64,
    made: &mut Vec<Val>,
    budget: &mut Budget,
) -> Result<(), Error> {
    for item in &list.items {
        budget.items(1)?;
        match item {
            Val::List(inner) if levels > 0 => {
                budget.deeper(|budget| flatten(inner, levels - 1, made, budget))?;
            }
            item => made.push(item.clone()),
        }
    }
    Ok(())
}

/// Sorts items by their keys, which all have one type that has an order.
pub(crate) fn sorted_by(items: &[Val], keys: &[Val], budget: &mut Budget) -> Result<Val, Error> {
    let Some(first) = keys.first() else { return Ok(Val::list(Vec::new())) };
    if operators::compare(first, first, budget).is_err() {
        return Err(Error::value("list elements must be comparable"));
    }
    if keys.iter().any(|key| key.type_name() != first.type_name()) {
        return Err(Error::value("list elements must have the same type"));
    }
    budget.items(items.len())?;
    let count = items.len() as u64;
    let longest = keys.iter().map(|key| if let Val::Str(text) = key { text.len() } else { 0 });
    let longest = longest.max().unwrap_or(0) as u64 / 16 + 1;
    budget.take(
        count.saturating_mul(u64::from(64 - count.leading_zeros())).saturating_mul(longest),
    )?;
    let mut order: Vec<usize> = (0..items.len()).collect();
    let is_nan = |key: &Val| matches!(key, Val::Double(n) if n.is_nan());
    order.sort_by(|a, b| match (keys.get(*a), keys.get(*b)) {
        // What is no number has no order; sorting needs one.
        (Some(a), Some(b)) if is_nan(a) || is_nan(b) => is_nan(b).cmp(&is_nan(a)),
        // What it costs was counted.
        (Some(a), Some(b)) => operators::compare(a, b, &mut Budget::new(u64::MAX))
            .ok()
            .flatten()
            .unwrap_or(Ordering::Equal),
        _ => Ordering::Equal,
    });
    Ok(Val::list(order.into_iter().filter_map(|at| items.get(at).cloned()).collect()))
}

fn distinct(items: &[Val], budget: &mut Budget) -> Result<Val, Error> {
    let mut made: Vec<Val> = Vec::new();
    for item in items {
        let mut is_new = true;
        for own in &made {
            if equal(own, item, budget)? {
                is_new = false;
                break;
            }
        }
        if is_new {
            budget.items(1)?;
            made.push(item.clone());
        }
    }
    Ok(Val::list(made))
}
