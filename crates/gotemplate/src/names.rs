//! Lists what the pipelines of a text name, without running it.

use std::collections::{HashMap, HashSet};

use super::Go;
use super::error::ParseError;
use super::func::{Lookup, Rules};
use super::node::{Ast, Code, Expr, List, Node, Pipe, PipeId};
use super::parse;
use gostd::stack;

/// What one pipeline of a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline<'t> {
    /// The line that it begins in, from 1.
    pub line: usize,
    /// The fields, variables and functions, in order; those of pipelines in parentheses are theirs.
    pub names: Vec<Name<'t>>,
}

/// A name in a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name<'t> {
    /// `.a.b`, the first point included.
    Field(&'t [u8]),
    /// `$x.a.b`, the `$` included.
    Variable(&'t [u8]),
    /// A function.
    Function(&'static str),
}

/// Lists the pipelines of a text in the order in which they begin.
///
/// # Errors
/// A text that does not parse.
pub fn pipelines<'t>(
    name: &[u8],
    text: &'t [u8],
    functions: Lookup<'_>,
    go: Go,
) -> Result<Vec<Pipeline<'t>>, ParseError> {
    let mut ast = Ast::default();
    parse::parse(name, text, &mut ast, Rules { functions, go }).map_err(|e| *e)?;
    // The text outlives the tables: names are taken from it.
    let code = Code { text, ast: &ast };
    let mut found: Vec<(u32, Vec<Name<'t>>)> = Vec::new();
    for pipe in &ast.pipes {
        let args = code.commands(pipe).iter().flat_map(|command| code.args(command));
        let names = args.filter_map(|expr| name_of(*expr, text, &ast)).collect();
        found.push((pipe.pos, names));
    }
    found.sort_by_key(|(pos, _)| *pos);
    let (mut line, mut at) = (1, 0);
    let place = |(pos, names): (u32, Vec<Name<'t>>)| {
        let pos = pos as usize;
        let passed = text.get(at..pos).unwrap_or_default();
        line += passed.iter().filter(|b| **b == b'\n').count();
        at = at.max(pos);
        Pipeline { line, names }
    };
    Ok(found.into_iter().map(place).collect())
}

/// What a text mentions of its data, whether that part of it runs or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention<'t> {
    /// Where the action or the condition stands, in bytes, as a recorder hears of it when it runs.
    pub pos: u32,
    /// What is mentioned.
    pub what: Mentioned<'t>,
}

/// What is mentioned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mentioned<'t> {
    /// A path such as `.a.b` or `$x.a.b`: the names behind the point.
    Path {
        /// The names, in order; none of `.` and `$x`.
        names: Vec<&'t [u8]>,
        /// What becomes of what is there.
        use_: Use,
    },
    /// A string constant, which may name a key for `index`, `get` and their like.
    Text(Vec<u8>),
}

/// What becomes of a value that is mentioned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Its truth is looked at, or its parts are mentioned by themselves.
    Parts,
    /// A `range` goes over it: any key may be in it.
    Each,
    /// It is given to a function, which may show all of it.
    Given,
}

/// Functions that look at the truth of their arguments, or compare them.
const LOOKS: &[&str] =
    &["and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "empty", "len", "hasKey", "has"];

/// Returns whether a list prints the dot, or gives it to a function.
fn shows_dot(code: Code<'_>, list: List, printed: &HashSet<u32>) -> bool {
    let in_pipe = |id: PipeId| {
        let commands = code.commands(code.pipe(id));
        commands.iter().any(|command| match code.args(command) {
            [Expr::Dot { .. }] => commands.len() > 1 || printed.contains(&id.0),
            [_, args @ ..] => args.iter().any(|arg| matches!(arg, Expr::Dot { .. })),
            [] => false,
        })
    };
    code.nodes(list).iter().any(|node| match *node {
        Node::Action { pipe, .. } => in_pipe(pipe),
        Node::Template(call) => code.call(call).pipe.is_some_and(in_pipe),
        Node::If(b) | Node::With(b) | Node::Range(b) => {
            let branch = code.branch(b);
            // The dot is another one in a `with` and a `range`.
            let own = matches!(node, Node::If(_)).then_some(branch.list);
            let lists = [own, branch.else_list];
            in_pipe(branch.pipe)
                || lists
                    .into_iter()
                    .flatten()
                    .any(|l| stack::uncounted(|| shows_dot(code, l, printed)))
        }
        _ => false,
    })
}

/// Lists what a text mentions.
///
/// # Errors
/// A text that does not parse.
pub fn mentions<'t>(
    name: &[u8],
    text: &'t [u8],
    functions: Lookup<'_>,
    go: Go,
) -> Result<Vec<Mention<'t>>, ParseError> {
    let mut ast = Ast::default();
    parse::parse(name, text, &mut ast, Rules { functions, go }).map_err(|e| *e)?;
    let code = Code { text, ast: &ast };
    let printed: HashSet<u32> = ast
        .nodes
        .iter()
        .filter_map(|node| match node {
            Node::Action { pipe, .. } => Some(pipe.0),
            _ => None,
        })
        .collect();
    // What is done with the value of a `with`, and with each of a `range`.
    let mut bodies: HashMap<u32, Use> = HashMap::new();
    for node in &ast.nodes {
        if let Node::With(branch) | Node::Range(branch) = node {
            let branch = code.branch(*branch);
            let use_ = match node {
                _ if shows_dot(code, branch.list, &printed) => Use::Given,
                Node::Range(_) => Use::Each,
                _ => Use::Parts,
            };
            bodies.insert(branch.pipe.0, use_);
        }
    }
    let is_given = |pipe: &Pipe| {
        code.commands(pipe).iter().any(|command| {
            let first = code.args(command).first();
            matches!(first, Some(Expr::Function { def, .. }) if !LOOKS.contains(&def.name))
        })
    };
    // Variables that are shown as a whole somewhere.
    let mut shown: HashSet<&[u8]> = HashSet::new();
    for (id, pipe) in ast.pipes.iter().enumerate() {
        if is_given(pipe) || printed.contains(&(id as u32)) {
            let args = code.commands(pipe).iter().flat_map(|command| code.args(command));
            shown.extend(args.filter_map(|expr| match expr {
                Expr::Variable { path, .. } => Some(path.of(text)),
                _ => None,
            }));
        }
    }
    // The pipelines of each node, those in parentheses included.
    let mut open: Vec<(u32, PipeId)> = Vec::new();
    for node in &ast.nodes {
        let pipe = match *node {
            Node::Action { pipe, .. } => Some(pipe),
            Node::If(b) | Node::With(b) | Node::Range(b) => Some(code.branch(b).pipe),
            Node::Template(call) => code.call(call).pipe,
            _ => None,
        };
        open.extend(pipe.map(|pipe| (code.node_pos(*node), pipe)));
    }
    let mut found = Vec::new();
    while let Some((pos, id)) = open.pop() {
        let pipe = code.pipe(id);
        let is_shown = code.declarations(pipe).any(|name| shown.contains(name));
        let use_ = match is_given(pipe) || is_shown {
            true => Use::Given,
            false => bodies.get(&id.0).copied().unwrap_or(Use::Parts),
        };
        for expr in code.commands(pipe).iter().flat_map(|command| code.args(command)) {
            let names = |path: &'t [u8]| {
                let names = path.split(|b| *b == b'.').skip(1);
                names.filter(|name| !name.is_empty()).collect()
            };
            let what = match *expr {
                Expr::Field { path, .. } | Expr::Variable { path, .. } => {
                    Mentioned::Path { names: names(path.of(text)), use_ }
                }
                Expr::Chain { chain, .. } => {
                    let Some(chain) = ast.chains.get(chain as usize) else { continue };
                    if let Expr::Pipe(inner) = chain.head {
                        open.push((pos, inner));
                    }
                    Mentioned::Path { names: names(chain.fields.of(text)), use_ }
                }
                Expr::String(literal) => Mentioned::Text(code.literal(literal).to_vec()),
                Expr::Pipe(inner) => {
                    open.push((pos, inner));
                    continue;
                }
                _ => continue,
            };
            found.push(Mention { pos, what });
        }
    }
    Ok(found)
}

fn name_of<'t>(expr: Expr, text: &'t [u8], ast: &Ast) -> Option<Name<'t>> {
    match expr {
        Expr::Field { path, .. } => Some(Name::Field(path.of(text))),
        Expr::Variable { path, .. } => Some(Name::Variable(path.of(text))),
        Expr::Function { def, .. } => Some(Name::Function(def.name)),
        Expr::Chain { chain, .. } => name_of(ast.chains.get(chain as usize)?.head, text, ast),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_by_pipeline() {
        let text = b"a: {{ .A.b | printf \"%v\" $.C }}\n{{- if and .D (not $x) }}\n{{ end }}";
        let text = [b"{{ $x := 1 }}", &text[..]].concat();
        let found = pipelines(b"t", &text, &|_| None, Go::default()).unwrap();
        let shown: Vec<(usize, Vec<Name<'_>>)> =
            found.into_iter().map(|p| (p.line, p.names)).collect();
        assert_eq!(
            shown,
            [
                (1, vec![]),
                (1, vec![Name::Field(b".A.b"), Name::Function("printf"), Name::Variable(b"$.C")]),
                (2, vec![Name::Function("and"), Name::Field(b".D")]),
                (2, vec![Name::Function("not"), Name::Variable(b"$x")]),
            ]
        );
        assert!(pipelines(b"t", b"{{ nothing }}", &|_| None, Go::default()).is_err());
    }
}
