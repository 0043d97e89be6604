//! Finds what a branch may do to what is outside of it, by reading it.

use super::super::node::{Branch, Code, Expr, List, Node, PipeId};
use super::super::record::Effects;
use gostd::stack;

/// Functions that change the map that is their first argument.
const CHANGES: &[&str] =
    &["set", "unset", "merge", "mustMerge", "mergeOverwrite", "mustMergeOverwrite"];

pub(super) fn of(code: Code<'_>, branch: &Branch) -> Effects {
    let mut found = Effects::default();
    list(code, branch.list, 0, &mut found);
    if let Some(other) = branch.else_list {
        list(code, other, 0, &mut found);
    }
    found
}

fn list(code: Code<'_>, of: List, loops: usize, found: &mut Effects) {
    for node in code.nodes(of) {
        match *node {
            Node::Text(_) => {}
            Node::Action { pipe: id, .. } => pipe(code, id, found),
            Node::If(b) | Node::With(b) | Node::Range(b) => {
                let loops = loops + usize::from(matches!(node, Node::Range(_)));
                let b = code.branch(b);
                pipe(code, b.pipe, found);
                stack::uncounted(|| list(code, b.list, loops, found));
                if let Some(other) = b.else_list {
                    stack::uncounted(|| list(code, other, loops, found));
                }
            }
            Node::Template(_) => {}
            Node::Break { .. } => found.ends |= loops == 0,
            Node::Continue { .. } => found.continues |= loops == 0,
        }
    }
}

fn pipe(code: Code<'_>, id: PipeId, found: &mut Effects) {
    let pipe = code.pipe(id);
    if pipe.is_assign {
        found.assigns.extend(code.declarations(pipe).map(Box::from));
    }
    for command in code.commands(pipe) {
        if let [Expr::Function { def, .. }, map, rest @ ..] = code.args(command)
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
