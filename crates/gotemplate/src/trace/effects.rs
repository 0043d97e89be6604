//! Finds what a branch may do to what is outside of it, by reading it.

use std::collections::HashMap;
use std::rc::Rc;

use foldhash::fast::RandomState;

use super::super::node::{Branch, Code, Command, Expr, List, Node, Pipe, PipeId};
use super::super::record::{Assigned, Becomes, Effects};
use super::either;
use gostd::stack;
use gostd::value::Str;

/// Functions that change the map that is their first argument.
const CHANGES: &[&str] =
    &["set", "unset", "merge", "mustMerge", "mergeOverwrite", "mustMergeOverwrite"];

/// What is known of branches.
#[derive(Debug, Default)]
pub(super) struct Known {
    by_address: HashMap<usize, Rc<Effects>, RandomState>,
    /// What most of them do.
    nothing: Rc<Effects>,
}

/// Functions that make a list of the items of their first argument and others.
const GROWS: &[&str] =
    &["append", "mustAppend", "push", "mustPush", "prepend", "mustPrepend", "concat"];
/// Functions that keep each item of a list, or one that equals it.
const KEEPS: &[&str] = &["uniq", "mustUniq", "reverse", "mustReverse", "sortAlpha"];

/// Returns what a branch may do, and finds it out if that is not known yet.
pub(super) fn of(code: Code<'_>, branch: &Branch, known: &mut Known) -> Rc<Effects> {
    let address = std::ptr::from_ref(branch) as usize;
    if let Some(effects) = known.by_address.get(&address) {
        return effects.clone();
    }
    let mut found = Effects::default();
    list(code, branch.list, &mut found, known);
    if let Some(other) = branch.else_list {
        list(code, other, &mut found, known);
    }
    found.either = either::of(code, branch);
    let found = if found.is_none() { known.nothing.clone() } else { Rc::new(found) };
    known.by_address.insert(address, found.clone());
    found
}

fn list(code: Code<'_>, of_list: List, found: &mut Effects, known: &mut Known) {
    for node in code.nodes(of_list) {
        match *node {
            Node::Text(_) | Node::Template(_) => {}
            Node::Action { pipe: id, .. } => pipe(code, id, found),
            Node::If(b) | Node::With(b) | Node::Range(b) => {
                let b = code.branch(b);
                pipe(code, b.pipe, found);
                let inner = stack::uncounted(|| of(code, b, known));
                found.assigns.extend_from_slice(&inner.assigns);
                found.changes.extend_from_slice(&inner.changes);
                if !matches!(node, Node::Range(_)) {
                    found.ends |= inner.ends;
                    found.continues |= inner.continues;
                }
            }
            Node::Break { .. } => found.ends = true,
            Node::Continue { .. } => found.continues = true,
        }
    }
}

fn pipe(code: Code<'_>, id: PipeId, found: &mut Effects) {
    let pipe = code.pipe(id);
    if pipe.is_assign {
        let assigned = |name: &[u8]| Assigned { name: name.into(), to: becomes(code, pipe, name) };
        found.assigns.extend(code.declarations(pipe).map(assigned));
    }
    for command in code.commands(pipe) {
        if let [Expr::Function { def, .. }, map, rest @ ..] = code.args(command)
            && def.name.starts_with(['m', 's', 'u'])
            && CHANGES.contains(&def.name)
            && let Expr::Variable { path, .. } | Expr::Field { path, .. } = *map
        {
            let key = match rest {
                [Expr::String(key), ..] if def.name.ends_with("set") => {
                    Some(Box::from(code.literal(*key)))
                }
                _ => None,
            };
            found.changes.push((Box::from(code.text_of(path)), key));
        }
    }
}

/// Returns what a pipeline makes of the variable that it is assigned to.
fn becomes(code: Code<'_>, pipe: &Pipe, name: &[u8]) -> Becomes {
    let [first, rest @ ..] = code.commands(pipe) else { return Becomes::Other };
    let [Expr::Function { def, .. }, Expr::Variable { path, .. }, others @ ..] = code.args(first)
    else {
        return Becomes::Other;
    };
    if code.text_of(*path) != name || others.is_empty() {
        return Becomes::Other;
    }
    let keeps = |command: &Command| match code.args(command) {
        [Expr::Function { def, .. }] => KEEPS.contains(&def.name),
        _ => false,
    };
    let literal = |arg: &Expr| match arg {
        Expr::String(text) => Some(Str::from(code.literal(*text))),
        _ => None,
    };
    if GROWS.contains(&def.name) && rest.iter().all(keeps) {
        return Becomes::Longer;
    }
    match (def.name, others.iter().map(literal).collect::<Option<Rc<[Str]>>>()) {
        ("omit", Some(keys)) if rest.is_empty() => Becomes::Without(keys),
        _ => Becomes::Other,
    }
}
