//! Finds branches that print the same value whichever way their condition goes, by reading them.

use super::super::node::{Branch, Code, Expr, List, Node, Pipe};
use super::super::record::Either;
use gostd::stack;

/// Returns the value that both sides of an `if` print, and nothing else but space.
pub(super) fn of(code: Code<'_>, branch: &Branch) -> Option<Either> {
    let first = list(code, branch.list)?;
    let other = list(code, branch.else_list?)?;
    let is_yaml = first.is_yaml || other.is_yaml;
    (first.path == other.path).then_some(Either { path: first.path, is_yaml })
}

fn list(code: Code<'_>, of_list: List) -> Option<Either> {
    let mut found = None;
    for node in code.nodes(of_list) {
        let printed = match *node {
            Node::Text(span) if code.text_of(span).trim_ascii().is_empty() => continue,
            Node::Action { pipe: id, .. } => {
                let of_action = code.pipe(id);
                if code.declarations(of_action).len() > 0 {
                    return None;
                }
                pipe(code, of_action)?
            }
            Node::If(b) => stack::uncounted(|| of(code, code.branch(b)))?,
            _ => return None,
        };
        if found.replace(printed).is_some() {
            return None;
        }
    }
    found
}

/// Returns the value whose text a pipeline gives: as it is, as YAML, executed, or with constants beside it.
fn pipe(code: Code<'_>, of_pipe: &Pipe) -> Option<Either> {
    let [first, rest @ ..] = code.commands(of_pipe) else { return None };
    let mut found = match code.args(first) {
        [one] => expr(code, *one)?,
        [Expr::Function { def, .. }, text, _] if def.name == "tpl" => expr(code, *text)?,
        [Expr::Function { def, .. }, value] if def.name == "toYaml" => {
            Either { is_yaml: true, ..expr(code, *value)? }
        }
        [Expr::Function { def, .. }, args @ ..] if def.name == "cat" => {
            let mut others = args.iter().filter(|arg| !matches!(arg, Expr::String(_)));
            let only = others.next().filter(|_| others.next().is_none())?;
            expr(code, *only)?
        }
        _ => return None,
    };
    for command in rest {
        match code.args(command) {
            [Expr::Function { def, .. }] if def.name == "toYaml" => found.is_yaml = true,
            _ => return None,
        }
    }
    Some(found)
}

fn expr(code: Code<'_>, of_expr: Expr) -> Option<Either> {
    match of_expr {
        Expr::Variable { path, .. } | Expr::Field { path, .. } => {
            Some(Either { path: code.text_of(path).into(), is_yaml: false })
        }
        Expr::Pipe(id) => stack::uncounted(|| pipe(code, code.pipe(id))),
        _ => None,
    }
}
