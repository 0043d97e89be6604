//! Lists what the pipelines of a text name, without running it.

use super::Go;
use super::error::ParseError;
use super::func::{Lookup, Rules};
use super::node::{Ast, Code, Expr};
use super::parse;

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
