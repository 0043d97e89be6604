//! Holds the parsed form of templates, and gives its text form as Go's errors quote it.
//!
//! Nodes are stored in the tables of an [`Ast`], one for all files of a render, and refer to each other by
//! index and to their text by byte offsets: parsing a file is then a few growing tables instead of an
//! allocation for every node, and a name costs nothing until something asks for it.

use std::sync::Arc;

use super::func::FuncDef;
use gostd::stack;
use gostd::value::Str;

/// A parsed file or `tpl` text: what positions refer to.
#[derive(Debug)]
pub(crate) struct Source {
    /// The name in error messages, e.g. `app/templates/deployment.yaml`.
    pub(crate) name: Str,
    pub(crate) text: Arc<[u8]>,
}

/// A named template.
#[derive(Debug)]
pub struct Template {
    pub(crate) name: Str,
    pub(crate) source: Arc<Source>,
    pub(crate) ast: Arc<Ast>,
    pub(crate) root: List,
}

/// The tables that nodes are stored in.
#[derive(Debug, Default)]
pub(crate) struct Ast {
    pub(super) nodes: Vec<Node>,
    pub(super) branches: Vec<Branch>,
    pub(super) calls: Vec<Call>,
    pub(super) pipes: Vec<Pipe>,
    pub(super) declarations: Vec<Span>,
    pub(super) commands: Vec<Command>,
    pub(super) exprs: Vec<Expr>,
    pub(super) chains: Vec<Chain>,
    pub(super) numbers: Vec<Number>,
    /// The texts of string constants that are not what stands in the source.
    pub(super) strings: Vec<Box<[u8]>>,
}

impl Ast {
    /// Returns empty tables with capacity for about as many nodes as templates have in so many bytes:
    /// what grows by doubling is copied again and again, and capacity that is not used costs nothing.
    pub(super) fn for_text(bytes: usize) -> Ast {
        Ast {
            nodes: Vec::with_capacity(bytes / 56),
            branches: Vec::with_capacity(bytes / 256),
            pipes: Vec::with_capacity(bytes / 72),
            declarations: Vec::with_capacity(bytes / 640),
            commands: Vec::with_capacity(bytes / 60),
            exprs: Vec::with_capacity(bytes / 27),
            numbers: Vec::with_capacity(bytes / 512),
            ..Ast::default()
        }
    }
}

/// A part of a table, or of the text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    #[inline]
    pub(super) fn of<T>(self, table: &[T]) -> &[T] {
        // The parser made both; an empty slice stands for what cannot be.
        table.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// The index of a [`Pipe`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct PipeId(pub(super) u32);

#[derive(Debug, Clone, Copy)]
pub(crate) struct List {
    pub(crate) pos: u32,
    pub(super) nodes: Span,
}

/// An item of a list; the numbers are indexes into the tables of their kind.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Node {
    Text(Span),
    Action { pos: u32, pipe: PipeId },
    If(u32),
    With(u32),
    Range(u32),
    Template(u32),
    Break { pos: u32 },
    Continue { pos: u32 },
}

#[derive(Debug)]
pub struct Branch {
    pub(crate) pos: u32,
    pub(crate) pipe: PipeId,
    pub(crate) list: List,
    pub(crate) else_list: Option<List>,
}

/// `{{template "name" pipe}}`
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) pos: u32,
    pub(crate) name: Literal,
    pub(crate) pipe: Option<PipeId>,
}

#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) pos: u32,
    pub(crate) is_assign: bool,
    pub(super) declarations: Span,
    pub(super) commands: Span,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Command {
    pub(crate) pos: u32,
    pub(super) args: Span,
}

/// A string constant: its place in the source, quotes included, and the entry among
/// [`Ast::strings`] if it has one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Literal {
    pub(super) quoted: Span,
    pub(super) string: Option<std::num::NonZeroU32>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Expr {
    Dot {
        pos: u32,
    },
    Nil {
        pos: u32,
    },
    Bool {
        pos: u32,
        value: bool,
    },
    Number {
        pos: u32,
        number: u32,
    },
    String(Literal),
    /// `.a.b`, whose text is `path`.
    Field {
        pos: u32,
        path: Span,
    },
    /// `$x.a.b`, whose text is `path`.
    Variable {
        pos: u32,
        path: Span,
    },
    Function {
        pos: u32,
        def: &'static FuncDef,
    },
    Chain {
        pos: u32,
        chain: u32,
    },
    Pipe(PipeId),
}

/// `(pipeline).a.b`, `function.a`; `fields` is the text from the first point on.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) head: Expr,
    pub(super) fields: Span,
}

/// A numeric constant under every type that can hold it, as Go's ideal constants.
#[derive(Debug)]
pub(crate) struct Number {
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
    pub(super) text: Span,
}

/// A source's text and the tables of its nodes: what it takes to read a node.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Code<'t> {
    pub(crate) text: &'t [u8],
    pub(crate) ast: &'t Ast,
}

impl Template {
    pub(crate) fn code(&self) -> Code<'_> {
        Code { text: &self.source.text, ast: &self.ast }
    }
}

/// Returns the names in `.a.b`, in order.
pub(crate) fn fields(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.get(1..).unwrap_or_default().split(|b| *b == b'.')
}

impl<'t> Code<'t> {
    pub(crate) fn text_of(self, span: Span) -> &'t [u8] {
        span.of(self.text)
    }

    pub(crate) fn nodes(self, list: List) -> &'t [Node] {
        list.nodes.of(&self.ast.nodes)
    }

    pub(crate) fn branch(self, index: u32) -> &'t Branch {
        &self.ast.branches[index as usize]
    }

    pub(crate) fn call(self, index: u32) -> &'t Call {
        &self.ast.calls[index as usize]
    }

    pub(crate) fn pipe(self, id: PipeId) -> &'t Pipe {
        &self.ast.pipes[id.0 as usize]
    }

    /// Returns the names of the variables that a pipeline declares or assigns, `$` included.
    pub(crate) fn declarations(self, pipe: &Pipe) -> impl ExactSizeIterator<Item = &'t [u8]> {
        pipe.declarations.of(&self.ast.declarations).iter().map(move |name| self.text_of(*name))
    }

    pub(crate) fn commands(self, pipe: &Pipe) -> &'t [Command] {
        pipe.commands.of(&self.ast.commands)
    }

    pub(crate) fn args(self, command: &Command) -> &'t [Expr] {
        command.args.of(&self.ast.exprs)
    }

    pub(crate) fn chain(self, index: u32) -> &'t Chain {
        &self.ast.chains[index as usize]
    }

    pub(crate) fn number(self, index: u32) -> &'t Number {
        &self.ast.numbers[index as usize]
    }

    /// Returns what a string constant stands for.
    pub(crate) fn literal(self, literal: Literal) -> &'t [u8] {
        match literal.string {
            Some(string) => &self.ast.strings[string.get() as usize - 1],
            None => {
                let Span { start, end } = literal.quoted;
                self.text_of(Span { start: start + 1, end: end - 1 })
            }
        }
    }

    pub(crate) fn node_pos(self, node: Node) -> u32 {
        match node {
            Node::Text(span) => span.start,
            Node::Action { pos, .. } | Node::Break { pos } | Node::Continue { pos } => pos,
            Node::If(b) | Node::With(b) | Node::Range(b) => self.branch(b).pos,
            Node::Template(c) => self.call(c).pos,
        }
    }

    pub(crate) fn expr_pos(self, expr: Expr) -> u32 {
        match expr {
            Expr::Dot { pos }
            | Expr::Nil { pos }
            | Expr::Bool { pos, .. }
            | Expr::Number { pos, .. }
            | Expr::Field { pos, .. }
            | Expr::Variable { pos, .. }
            | Expr::Function { pos, .. }
            | Expr::Chain { pos, .. } => pos,
            Expr::String(literal) => literal.quoted.start,
            Expr::Pipe(id) => self.pipe(id).pos,
        }
    }

    /// Returns whether nothing but space would be printed, and nothing executed.
    pub(crate) fn is_empty(self, list: List) -> bool {
        self.nodes(list).iter().all(|node| match node {
            Node::Text(span) => gostd::unicode::trim_space(self.text_of(*span)).is_empty(),
            _ => false,
        })
    }

    pub(crate) fn write_list(self, list: List, out: &mut Vec<u8>) {
        for node in self.nodes(list) {
            stack::uncounted(|| self.write_node(*node, out));
        }
    }

    pub(crate) fn write_node(self, node: Node, out: &mut Vec<u8>) {
        match node {
            Node::Text(span) => out.extend_from_slice(self.text_of(span)),
            Node::Action { pipe, .. } => {
                out.extend_from_slice(b"{{");
                self.write_pipe(self.pipe(pipe), out);
                out.extend_from_slice(b"}}");
            }
            Node::If(b) => self.write_branch("if", self.branch(b), out),
            Node::With(b) => self.write_branch("with", self.branch(b), out),
            Node::Range(b) => self.write_branch("range", self.branch(b), out),
            Node::Template(c) => {
                let call = self.call(c);
                out.extend_from_slice(b"{{template ");
                out.extend_from_slice(&gostd::strconv::quote(self.literal(call.name)));
                if let Some(pipe) = call.pipe {
                    out.push(b' ');
                    self.write_pipe(self.pipe(pipe), out);
                }
                out.extend_from_slice(b"}}");
            }
            Node::Break { .. } => out.extend_from_slice(b"{{break}}"),
            Node::Continue { .. } => out.extend_from_slice(b"{{continue}}"),
        }
    }

    fn write_branch(self, word: &str, b: &Branch, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{{");
        out.extend_from_slice(word.as_bytes());
        out.push(b' ');
        self.write_pipe(self.pipe(b.pipe), out);
        out.extend_from_slice(b"}}");
        self.write_list(b.list, out);
        if let Some(list) = b.else_list {
            out.extend_from_slice(b"{{else}}");
            self.write_list(list, out);
        }
        out.extend_from_slice(b"{{end}}");
    }

    pub(crate) fn write_pipe(self, pipe: &Pipe, out: &mut Vec<u8>) {
        for (i, name) in self.declarations(pipe).enumerate() {
            if i > 0 {
                out.extend_from_slice(b", ");
            }
            out.extend_from_slice(name);
        }
        if self.declarations(pipe).len() > 0 {
            out.extend_from_slice(if pipe.is_assign { b" = " } else { b" := " });
        }
        for (i, command) in self.commands(pipe).iter().enumerate() {
            if i > 0 {
                out.extend_from_slice(b" | ");
            }
            self.write_command(command, out);
        }
    }

    pub(crate) fn write_command(self, command: &Command, out: &mut Vec<u8>) {
        for (i, arg) in self.args(command).iter().enumerate() {
            if i > 0 {
                out.push(b' ');
            }
            self.write_operand(*arg, out);
        }
    }

    /// As an operand of a command or chain: a pipeline stands in parentheses.
    fn write_operand(self, expr: Expr, out: &mut Vec<u8>) {
        if let Expr::Pipe(id) = expr {
            out.push(b'(');
            stack::uncounted(|| self.write_pipe(self.pipe(id), out));
            out.push(b')');
        } else {
            self.write_expr(expr, out);
        }
    }

    pub(crate) fn write_expr(self, expr: Expr, out: &mut Vec<u8>) {
        match expr {
            Expr::Dot { .. } => out.push(b'.'),
            Expr::Nil { .. } => out.extend_from_slice(b"nil"),
            Expr::Bool { value, .. } => {
                out.extend_from_slice(if value { b"true" } else { b"false" })
            }
            Expr::Number { number, .. } => {
                out.extend_from_slice(self.text_of(self.number(number).text));
            }
            Expr::String(literal) => out.extend_from_slice(self.text_of(literal.quoted)),
            Expr::Field { path, .. } | Expr::Variable { path, .. } => {
                out.extend_from_slice(self.text_of(path));
            }
            Expr::Function { def, .. } => out.extend_from_slice(def.name.as_bytes()),
            Expr::Chain { chain, .. } => {
                let chain = self.chain(chain);
                self.write_operand(chain.head, out);
                out.extend_from_slice(self.text_of(chain.fields));
            }
            Expr::Pipe(id) => self.write_pipe(self.pipe(id), out),
        }
    }
}
