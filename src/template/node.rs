//! The parsed form of a template, and its text form as Go's errors quote it.

use std::rc::Rc;

use super::func::FuncDef;
use crate::value::{Str, Value};

/// A parsed file or `tpl` text: what positions refer to.
#[derive(Debug)]
pub(crate) struct Source {
    /// The name in error messages, e.g. `app/templates/deployment.yaml`.
    pub(crate) name: Str,
    pub(crate) text: Rc<[u8]>,
}

/// A named template.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) name: Str,
    pub(crate) source: Rc<Source>,
    pub(crate) root: List,
}

#[derive(Debug)]
pub(crate) struct List {
    pub(crate) pos: u32,
    pub(crate) nodes: Vec<Node>,
}

#[derive(Debug)]
pub(crate) enum Node {
    Text { pos: u32, end: u32 },
    Action { pos: u32, pipe: Pipe },
    If(Box<Branch>),
    With(Box<Branch>),
    Range(Box<Branch>),
    Template(Box<Call>),
    Break { pos: u32 },
    Continue { pos: u32 },
}

#[derive(Debug)]
pub(crate) struct Branch {
    pub(crate) pos: u32,
    pub(crate) pipe: Pipe,
    pub(crate) list: List,
    pub(crate) else_list: Option<List>,
}

/// `{{template "name" pipe}}`
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) pos: u32,
    pub(crate) name: Str,
    pub(crate) pipe: Option<Pipe>,
}

#[derive(Debug)]
pub(crate) struct Pipe {
    pub(crate) pos: u32,
    pub(crate) is_assign: bool,
    pub(crate) decl: Vec<Str>,
    pub(crate) cmds: Vec<Command>,
}

#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) pos: u32,
    pub(crate) args: Vec<Expr>,
}

/// A function resolved at parse time.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Func {
    And,
    Or,
    Call,
    Def(&'static FuncDef),
}

#[derive(Debug)]
pub(crate) enum Expr {
    Dot { pos: u32 },
    Nil { pos: u32 },
    Bool { pos: u32, value: bool },
    Number { pos: u32, number: Box<Number> },
    String { pos: u32, end: u32, value: Value },
    Field { pos: u32, ident: Vec<Str> },
    Variable { pos: u32, ident: Vec<Str> },
    Function { pos: u32, name: Str, func: Func },
    Chain { pos: u32, node: Box<Expr>, fields: Vec<Str> },
    Pipe(Box<Pipe>),
}

/// A numeric constant under every type that can hold it, as Go's ideal constants.
#[derive(Debug, Default)]
pub(crate) struct Number {
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
    pub(crate) text: Str,
}

impl Node {
    pub(crate) fn pos(&self) -> u32 {
        match self {
            Node::Text { pos, .. }
            | Node::Action { pos, .. }
            | Node::Break { pos }
            | Node::Continue { pos } => *pos,
            Node::If(b) | Node::With(b) | Node::Range(b) => b.pos,
            Node::Template(c) => c.pos,
        }
    }

    /// Whether nothing but space would be printed, and nothing executed.
    pub(crate) fn is_empty(&self, text: &[u8]) -> bool {
        match self {
            Node::Text { pos, end } => {
                crate::gostd::unicode::trim_space(&text[*pos as usize..*end as usize]).is_empty()
            }
            _ => false,
        }
    }

    pub(crate) fn write(&self, text: &[u8], out: &mut Vec<u8>) {
        match self {
            Node::Text { pos, end } => out.extend_from_slice(&text[*pos as usize..*end as usize]),
            Node::Action { pipe, .. } => {
                out.extend_from_slice(b"{{");
                pipe.write(text, out);
                out.extend_from_slice(b"}}");
            }
            Node::If(b) => b.write("if", text, out),
            Node::With(b) => b.write("with", text, out),
            Node::Range(b) => b.write("range", text, out),
            Node::Template(c) => {
                out.extend_from_slice(b"{{template ");
                out.extend_from_slice(&crate::gostd::strconv::quote(&c.name));
                if let Some(pipe) = &c.pipe {
                    out.push(b' ');
                    pipe.write(text, out);
                }
                out.extend_from_slice(b"}}");
            }
            Node::Break { .. } => out.extend_from_slice(b"{{break}}"),
            Node::Continue { .. } => out.extend_from_slice(b"{{continue}}"),
        }
    }
}

impl List {
    pub(crate) fn is_empty(&self, text: &[u8]) -> bool {
        self.nodes.iter().all(|n| n.is_empty(text))
    }

    pub(crate) fn write(&self, text: &[u8], out: &mut Vec<u8>) {
        for n in &self.nodes {
            n.write(text, out);
        }
    }
}

impl Branch {
    fn write(&self, word: &str, text: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(b"{{");
        out.extend_from_slice(word.as_bytes());
        out.push(b' ');
        self.pipe.write(text, out);
        out.extend_from_slice(b"}}");
        self.list.write(text, out);
        if let Some(list) = &self.else_list {
            out.extend_from_slice(b"{{else}}");
            list.write(text, out);
        }
        out.extend_from_slice(b"{{end}}");
    }
}

impl Pipe {
    pub(crate) fn write(&self, text: &[u8], out: &mut Vec<u8>) {
        if !self.decl.is_empty() {
            out.extend_from_slice(&bstr::join(", ", &self.decl));
            out.extend_from_slice(if self.is_assign { b" = " } else { b" := " });
        }
        for (i, c) in self.cmds.iter().enumerate() {
            if i > 0 {
                out.extend_from_slice(b" | ");
            }
            c.write(text, out);
        }
    }
}

impl Command {
    pub(crate) fn write(&self, text: &[u8], out: &mut Vec<u8>) {
        for (i, arg) in self.args.iter().enumerate() {
            if i > 0 {
                out.push(b' ');
            }
            arg.write_operand(text, out);
        }
    }
}

fn write_fields(fields: &[Str], out: &mut Vec<u8>) {
    for f in fields {
        out.push(b'.');
        out.extend_from_slice(f);
    }
}

impl Expr {
    pub(crate) fn pos(&self) -> u32 {
        match self {
            Expr::Dot { pos }
            | Expr::Nil { pos }
            | Expr::Bool { pos, .. }
            | Expr::Number { pos, .. }
            | Expr::String { pos, .. }
            | Expr::Field { pos, .. }
            | Expr::Variable { pos, .. }
            | Expr::Function { pos, .. }
            | Expr::Chain { pos, .. } => *pos,
            Expr::Pipe(p) => p.pos,
        }
    }

    /// As an operand of a command or chain: a pipeline stands in parentheses.
    fn write_operand(&self, text: &[u8], out: &mut Vec<u8>) {
        if let Expr::Pipe(p) = self {
            out.push(b'(');
            p.write(text, out);
            out.push(b')');
        } else {
            self.write(text, out);
        }
    }

    pub(crate) fn write(&self, text: &[u8], out: &mut Vec<u8>) {
        match self {
            Expr::Dot { .. } => out.push(b'.'),
            Expr::Nil { .. } => out.extend_from_slice(b"nil"),
            Expr::Bool { value, .. } => {
                out.extend_from_slice(if *value { b"true" } else { b"false" })
            }
            Expr::Number { number, .. } => out.extend_from_slice(&number.text),
            Expr::String { pos, end, .. } => {
                out.extend_from_slice(&text[*pos as usize..*end as usize])
            }
            Expr::Field { ident, .. } => write_fields(ident, out),
            Expr::Variable { ident, .. } => {
                out.extend_from_slice(&ident[0]);
                write_fields(&ident[1..], out);
            }
            Expr::Function { name, .. } => out.extend_from_slice(name),
            Expr::Chain { node, fields, .. } => {
                node.write_operand(text, out);
                write_fields(fields, out);
            }
            Expr::Pipe(p) => p.write(text, out),
        }
    }
}
