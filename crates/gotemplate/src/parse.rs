//! Parses templates as Go's text/template does.

use std::collections::HashMap;

use bstr::ByteSlice;
use foldhash::fast::RandomState;

use super::builtins::{self, AND, CALL, OR};
use super::error::ParseError;
use super::func::{FuncDef, Rules};
use super::lex::{Kind, Lexer, Token};
use super::node::{
    Ast, Branch, Call, Chain, Code, Command, Expr, List, Literal, Node, Number, Pipe, PipeId, Span,
};
use super::shown::{of_else, of_end, of_error, of_token};
use gostd::fmt::errorf;
use gostd::stack;
use gostd::strconv;
use gostd::value::{Str, Value};

/// How deep actions and parentheses may nest. Go has no limit but its stack's; a template that comes
/// near this one is an attack.
const MAX_DEPTH: usize = 10_000;

/// Up to how many trees of a file are found by looking at each.
const FEW: usize = 32;

/// Boxed, so that what most calls return fits into registers.
type Result<T> = std::result::Result<T, Box<ParseError>>;

/// A list's end: what stopped it.
enum End {
    End,
    Else,
}

enum Item {
    Node(Node),
    End(End),
}

/// A definition, or the file itself, as the parser found it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Definition {
    /// None for the file itself.
    pub(super) name: Option<Literal>,
    pub(super) root: List,
}

/// What Go keeps per tree while it parses: a file, and each definition inside it, has its own.
struct Tree {
    name: Option<Literal>,
    token: [Token; 2],
    peek_count: usize,
    /// Where this tree's variables begin among the parser's.
    vars: usize,
    /// The left delimiter of the action at hand: its offset, and the newlines Go does not count.
    action: Option<(u32, u32)>,
    range_depth: u32,
}

struct Parser<'s> {
    name: &'s [u8],
    text: &'s [u8],
    lexer: Lexer<'s>,
    rules: Rules<'s>,
    tree: Tree,
    vars: Vec<&'s [u8]>,
    done: Vec<Definition>,
    /// Where in `done` each name is; empty while these are a [`FEW`].
    places: HashMap<Str, usize, RandomState>,
    depth: usize,
    ast: &'s mut Ast,
    // Entries of runs that are not complete; a run moves to its table when it is.
    nodes: Vec<Node>,
    commands: Vec<Command>,
    exprs: Vec<Expr>,
}

/// Parses a text into its templates: the definitions inside it, and last the text itself.
///
/// `name` is for error messages, and what a definition must not be called.
pub(super) fn parse(
    name: &[u8],
    text: &[u8],
    ast: &mut Ast,
    rules: Rules<'_>,
) -> Result<Vec<Definition>> {
    let mut vars = Vec::new();
    let mut p = Parser {
        name,
        text,
        lexer: Lexer::new(text, rules.go),
        rules,
        tree: Tree::new(None, &mut vars),
        vars,
        done: Vec::new(),
        places: HashMap::default(),
        depth: 0,
        ast,
        nodes: Vec::new(),
        commands: Vec::new(),
        exprs: Vec::new(),
    };
    p.parse()?;
    Ok(p.done)
}

impl Tree {
    fn new(name: Option<Literal>, vars: &mut Vec<&[u8]>) -> Tree {
        let token =
            Token { kind: Kind::Eof, space: false, plain: false, start: 0, end: 0, uncounted: 0 };
        vars.push(b"$");
        Tree {
            name,
            token: [token; 2],
            peek_count: 0,
            vars: vars.len() - 1,
            action: None,
            range_depth: 0,
        }
    }
}

/// Moves the entries from `mark` on to the end of a table.
fn complete<T: Copy>(pending: &mut Vec<T>, mark: usize, table: &mut Vec<T>) -> Span {
    let start = table.len() as u32;
    match pending[mark..] {
        // Half of all runs: a command without arguments, a pipeline of one command.
        [only] => table.push(only),
        ref run => table.extend_from_slice(run),
    }
    pending.truncate(mark);
    Span { start, end: table.len() as u32 }
}

/// Adds an entry to a table; its index.
fn add<T>(table: &mut Vec<T>, entry: T) -> u32 {
    table.push(entry);
    table.len() as u32 - 1
}

impl<'s> Parser<'s> {
    // ---- tokens

    fn next(&mut self) -> Token {
        let t = &mut self.tree;
        if t.peek_count > 0 {
            t.peek_count -= 1;
        } else {
            t.token[0] = self.lexer.next_token();
        }
        t.token[t.peek_count]
    }

    fn backup(&mut self) {
        self.tree.peek_count += 1;
    }

    fn backup2(&mut self, t1: Token) {
        self.tree.token[1] = t1;
        self.tree.peek_count = 2;
    }

    fn peek(&mut self) -> Token {
        let t = &mut self.tree;
        if t.peek_count == 0 {
            t.peek_count = 1;
            t.token[0] = self.lexer.next_token();
        }
        t.token[t.peek_count - 1]
    }

    fn token_text(&self, t: &Token) -> &'s [u8] {
        &self.text[t.start as usize..t.end as usize]
    }

    fn line(&self, t: &Token) -> u32 {
        self.line_at(t.start, t.uncounted)
    }

    /// Counts lines only when an error needs one; for every action it would be quadratic.
    fn line_at(&self, start: u32, uncounted: u32) -> u32 {
        1 + self.text[..start as usize].find_iter(b"\n").count() as u32 - uncounted
    }

    // ---- errors

    #[cold]
    fn error(&self, message: &'static str) -> Box<ParseError> {
        self.error_args(message, &[])
    }

    /// Returns an error by Go's format and what it formats.
    fn error_args(&self, format: &str, args: &[Value]) -> Box<ParseError> {
        let line = self.line(&self.tree.token[0]);
        let formatted = |format: &[u8]| errorf(format, args).unwrap_or_default();
        let whole = self.name.contains(&b'%').then(|| {
            let place = format!(":{line}: {format}");
            formatted(&[b"template: ", self.name, place.as_bytes()].concat())
        });
        Box::new(ParseError {
            name: self.name.to_vec(),
            line,
            offset: self.tree.token[0].start,
            end: self.tree.token[0].end,
            message: formatted(format.as_bytes()),
            whole,
        })
    }

    fn describe(&self, t: &Token) -> Vec<u8> {
        let text = self.token_text(t);
        match t.kind {
            Kind::Eof => b"EOF".to_vec(),
            Kind::Error => self.lexer.message().as_bytes().to_vec(),
            k if k.is_keyword() => [b"<", text, b">"].concat(),
            _ if text.len() > 10 => {
                let cut = text.char_indices().nth(10).map_or(text.len(), |(i, _, _)| i);
                [&strconv::quote(&text[..cut])[..], b"..."].concat()
            }
            _ => strconv::quote(text),
        }
    }

    #[cold]
    fn unexpected(&self, t: &Token, context: &str) -> Box<ParseError> {
        let text = self.describe(t);
        let (held, number) = match t.kind {
            Kind::Error => (text.clone(), t.kind.number()),
            kind => (self.token_text(t).to_vec(), kind.number()),
        };
        let is_action = text.ends_with(b" action");
        let token = of_token(number, t.start, held, self.line(t), text);
        if t.kind == Kind::Error {
            let mut extra = Vec::new();
            let started = self.tree.action.map(|(start, uncounted)| self.line_at(start, uncounted));
            if let Some(started) = started
                && started != self.line(t)
            {
                // "unclosed action started at", never "unclosed action in action started at"
                extra.extend_from_slice(if is_action { b"" } else { b" in action" });
                extra.extend_from_slice(b" started at ");
                extra.extend_from_slice(self.name);
                extra.extend_from_slice(format!(":{started}").as_bytes());
            }
            return self.error_args("%s%s", &[token, extra.into()]);
        }
        self.error_args("unexpected %s in %s", &[token, context.into()])
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Result<Token> {
        let t = self.next();
        if t.kind == kind { Ok(t) } else { Err(self.unexpected(&t, context)) }
    }

    fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return Err(self.error("max expression depth exceeded"));
        }
        self.depth += 1;
        let result = stack::at_depth(self.depth, || f(self));
        self.depth -= 1;
        result
    }

    // ---- lists and actions

    fn parse(&mut self) -> Result<()> {
        let pos = self.peek().start;
        loop {
            match self.peek().kind {
                Kind::Eof => break,
                Kind::LeftDelim => {
                    let delim = self.next();
                    if self.next().kind == Kind::Define {
                        self.definition()?;
                        continue;
                    }
                    self.backup2(delim);
                }
                _ => {}
            }
            match self.text_or_action()? {
                Item::Node(n) => self.nodes.push(n),
                Item::End(End::End) => {
                    return Err(self.error_args("unexpected %s", &[of_end()]));
                }
                Item::End(End::Else) => {
                    return Err(self.error_args("unexpected %s", &[of_else()]));
                }
            }
        }
        let root = self.list(pos, 0);
        self.install(root)
    }

    /// Returns the list of the nodes that are pending from `mark` on.
    fn list(&mut self, pos: u32, mark: usize) -> List {
        List { pos, nodes: complete(&mut self.nodes, mark, &mut self.ast.nodes) }
    }

    fn code(&self) -> Code<'_> {
        Code { text: self.text, ast: self.ast }
    }

    /// Installs the finished tree, unless a non-empty one of the name is there.
    fn install(&mut self, root: List) -> Result<()> {
        let name = self.tree.name;
        let old = self.place(name);
        let code = self.code();
        match old {
            None => self.done.push(Definition { name, root }),
            Some(i) if code.is_empty(self.done[i].root) => self.done[i] = Definition { name, root },
            Some(_) if code.is_empty(root) => {}
            Some(_) => {
                let name = Value::from(self.name_of(name).to_vec());
                let format = "template: multiple definition of template %q";
                return Err(self.error_args(format, &[name]));
            }
        }
        Ok(())
    }

    fn name_of(&self, name: Option<Literal>) -> &[u8] {
        name.map_or(self.name, |name| self.code().literal(name))
    }

    /// Finds the finished tree of a name: among a few by a look at each, among many by their table.
    fn place(&mut self, name: Option<Literal>) -> Option<usize> {
        if self.done.len() <= FEW {
            let name = self.name_of(name);
            return self.done.iter().position(|d| self.name_of(d.name) == name);
        }
        for at in self.places.len()..self.done.len() {
            let known = Str::from_bytes(self.name_of(self.done[at].name));
            self.places.insert(known, at);
        }
        self.places.get(self.name_of(name)).copied()
    }

    /// Parses a definition in a tree of its own.
    fn definition(&mut self) -> Result<()> {
        const CONTEXT: &str = "define clause";
        let tree = Tree::new(None, &mut self.vars);
        let outer = std::mem::replace(&mut self.tree, tree);
        let t = self.next();
        if !matches!(t.kind, Kind::String | Kind::RawString) {
            return Err(self.unexpected(&t, CONTEXT));
        }
        self.tree.name = Some(self.literal(&t)?);
        self.expect(Kind::RightDelim, CONTEXT)?;
        self.body(CONTEXT)?;
        self.leave(outer);
        Ok(())
    }

    fn leave(&mut self, outer: Tree) {
        let inner = std::mem::replace(&mut self.tree, outer);
        self.vars.truncate(inner.vars);
    }

    fn body(&mut self, context: &str) -> Result<()> {
        let (root, end) = self.item_list()?;
        match end {
            End::End => self.install(root),
            End::Else => Err(self.error_args("unexpected %s in %s", &[of_else(), context.into()])),
        }
    }

    fn literal(&mut self, t: &Token) -> Result<Literal> {
        let text = self.token_text(t);
        let quoted = Span { start: t.start, end: t.end };
        // Most literals stand for themselves.
        if t.plain || t.kind == Kind::RawString && memchr::memchr(b'\r', text).is_none() {
            return Ok(Literal { quoted, string: None });
        }
        let Some(s) = strconv::unquote(text) else {
            return Err(self.error_args("%s", &[of_error(b"invalid syntax")]));
        };
        self.ast.strings.push(s.into());
        let string = std::num::NonZeroU32::new(self.ast.strings.len() as u32);
        Ok(Literal { quoted, string })
    }

    fn item_list(&mut self) -> Result<(List, End)> {
        self.deeper(|p| {
            let pos = p.peek().start;
            let mark = p.nodes.len();
            while p.peek().kind != Kind::Eof {
                match p.text_or_action()? {
                    Item::Node(n) => p.nodes.push(n),
                    Item::End(end) => return Ok((p.list(pos, mark), end)),
                }
            }
            Err(p.error("unexpected EOF"))
        })
    }

    fn text_or_action(&mut self) -> Result<Item> {
        let t = self.next();
        match t.kind {
            Kind::Text => Ok(Item::Node(Node::Text(Span { start: t.start, end: t.end }))),
            Kind::LeftDelim => {
                self.tree.action = Some((t.start, t.uncounted));
                let item = self.action();
                self.tree.action = None;
                item
            }
            _ => Err(self.unexpected(&t, "input")),
        }
    }

    fn action(&mut self) -> Result<Item> {
        let t = self.next();
        Ok(Item::Node(match t.kind {
            Kind::Block => self.block()?,
            Kind::Break => self.loop_control(t.start, "break")?,
            Kind::Continue => self.loop_control(t.start, "continue")?,
            Kind::Else => {
                if !matches!(self.peek().kind, Kind::If | Kind::With) {
                    self.expect(Kind::RightDelim, "else")?;
                }
                return Ok(Item::End(End::Else));
            }
            Kind::End => {
                self.expect(Kind::RightDelim, "end")?;
                return Ok(Item::End(End::End));
            }
            Kind::If => Node::If(self.control("if")?),
            Kind::Range => Node::Range(self.control("range")?),
            Kind::With => Node::With(self.control("with")?),
            Kind::Template => self.template()?,
            _ => {
                self.backup();
                let pos = self.peek().start;
                Node::Action { pos, pipe: self.pipeline("command", Kind::RightDelim)? }
            }
        }))
    }

    fn loop_control(&mut self, pos: u32, word: &str) -> Result<Node> {
        let t = self.next();
        if t.kind != Kind::RightDelim {
            return Err(self.unexpected(&t, &format!("{{{{{word}}}}}")));
        }
        if self.tree.range_depth == 0 {
            return Err(self.error_args(&format!("{{{{{word}}}}} outside {{{{range}}}}"), &[]));
        }
        Ok(if word == "break" { Node::Break { pos } } else { Node::Continue { pos } })
    }

    /// Returns the rest of an `if`, `with` or `range`, up to its `end`; the index of its branch.
    fn control(&mut self, context: &'static str) -> Result<u32> {
        let mark = self.vars.len();
        let pipe = self.pipeline(context, Kind::RightDelim)?;
        let is_range = context == "range";
        self.tree.range_depth += is_range as u32;
        let (list, end) = self.item_list()?;
        self.tree.range_depth -= is_range as u32;
        let mut else_list = None;
        if let End::Else = end {
            let next = self.peek();
            let (kind, pos) = (next.kind, next.start);
            // "else if" and "else with" nest without an "end" of their own.
            let nested = match (context, kind) {
                ("if", Kind::If) => {
                    self.next();
                    Some(Node::If(self.deeper(|p| p.control("if"))?))
                }
                ("with", Kind::With) => {
                    self.next();
                    Some(Node::With(self.deeper(|p| p.control("with"))?))
                }
                _ => None,
            };
            else_list = Some(if let Some(node) = nested {
                let start = add(&mut self.ast.nodes, node);
                List { pos, nodes: Span { start, end: start + 1 } }
            } else {
                let (list, end) = self.item_list()?;
                if let End::Else = end {
                    return Err(self.error_args("expected end; found %s", &[of_else()]));
                }
                list
            });
        }
        self.vars.truncate(mark);
        let pos = self.code().pipe(pipe).pos;
        Ok(add(&mut self.ast.branches, Branch { pos, pipe, list, else_list }))
    }

    fn block(&mut self) -> Result<Node> {
        const CONTEXT: &str = "block clause";
        let t = self.next();
        let name = self.template_name(&t, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, Kind::RightDelim)?;
        let tree = Tree::new(Some(name), &mut self.vars);
        let outer = std::mem::replace(&mut self.tree, tree);
        self.body(CONTEXT)?;
        self.leave(outer);
        let call = Call { pos: t.start, name, pipe: Some(pipe) };
        Ok(Node::Template(add(&mut self.ast.calls, call)))
    }

    fn template(&mut self) -> Result<Node> {
        const CONTEXT: &str = "template clause";
        let t = self.next();
        let name = self.template_name(&t, CONTEXT)?;
        let mut pipe = None;
        if self.next().kind != Kind::RightDelim {
            self.backup();
            pipe = Some(self.pipeline(CONTEXT, Kind::RightDelim)?);
        }
        Ok(Node::Template(add(&mut self.ast.calls, Call { pos: t.start, name, pipe })))
    }

    fn template_name(&mut self, t: &Token, context: &str) -> Result<Literal> {
        match t.kind {
            Kind::String | Kind::RawString => self.literal(t),
            _ => Err(self.unexpected(t, context)),
        }
    }

    // ---- pipelines

    fn pipeline(&mut self, context: &'static str, end: Kind) -> Result<PipeId> {
        self.deeper(|p| p.pipeline_at_depth(context, end))
    }

    fn pipeline_at_depth(&mut self, context: &'static str, end: Kind) -> Result<PipeId> {
        let pos = self.peek().start;
        let mut is_assign = false;
        let first_declaration = self.ast.declarations.len() as u32;
        while self.peek().kind == Kind::Variable {
            let v = self.next();
            let next = self.peek();
            match next.kind {
                Kind::Assign | Kind::Declare => {
                    is_assign = next.kind == Kind::Assign;
                    self.next();
                    self.declare(&v);
                }
                Kind::Char if self.token_text(&next) == b"," => {
                    self.next();
                    self.declare(&v);
                    let declared = self.ast.declarations.len() as u32 - first_declaration;
                    if context == "range" && declared < 2 {
                        match self.peek().kind {
                            Kind::Variable | Kind::RightDelim | Kind::RightParen => continue,
                            _ => return Err(self.error("range can only initialize variables")),
                        }
                    }
                    return Err(self.error_args("too many declarations in %s", &[context.into()]));
                }
                // In "$x foo" the next token tells that $x is an argument.
                _ => self.backup2(v),
            }
            break;
        }
        // The pipelines inside this one make no declarations that would follow directly: each of
        // theirs comes after this end.
        let declarations =
            Span { start: first_declaration, end: self.ast.declarations.len() as u32 };
        let mark = self.commands.len();
        loop {
            let t = self.next();
            match t.kind {
                k if k == end => {
                    self.check_pipeline(mark, context)?;
                    let commands = complete(&mut self.commands, mark, &mut self.ast.commands);
                    let pipe = Pipe { pos, is_assign, declarations, commands };
                    return Ok(PipeId(add(&mut self.ast.pipes, pipe)));
                }
                Kind::Bool
                | Kind::CharConstant
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen => {
                    self.backup();
                    let command = self.command()?;
                    self.commands.push(command);
                }
                _ => return Err(self.unexpected(&t, context)),
            }
        }
    }

    fn declare(&mut self, v: &Token) {
        self.ast.declarations.push(Span { start: v.start, end: v.end });
        self.vars.push(self.token_text(v));
    }

    /// Checks the commands that are pending from `mark` on.
    fn check_pipeline(&self, mark: usize, context: &str) -> Result<()> {
        let commands = &self.commands[mark..];
        if commands.is_empty() {
            return Err(self.error_args("missing value for %s", &[context.into()]));
        }
        for (i, command) in commands.iter().enumerate().skip(1) {
            if let Some(
                Expr::Bool { .. }
                | Expr::Dot { .. }
                | Expr::Nil { .. }
                | Expr::Number { .. }
                | Expr::String { .. },
            ) = self.code().args(command).first()
            {
                let stage = i + 1;
                let format = "non executable command in pipeline stage %d";
                return Err(self.error_args(format, &[Value::int(stage as i64)]));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Result<Command> {
        let pos = self.peek().start;
        let mark = self.exprs.len();
        loop {
            let operand = self.operand()?;
            let found = operand.is_some();
            if let Some(operand) = operand {
                self.exprs.push(operand);
            }
            let t = self.next();
            match t.kind {
                // Space ends an operand, and another may follow.
                _ if found && t.space => {
                    self.backup();
                    continue;
                }
                Kind::RightDelim | Kind::RightParen => self.backup(),
                Kind::Pipe => {}
                _ => return Err(self.unexpected(&t, "operand")),
            }
            break;
        }
        if self.exprs.len() == mark {
            return Err(self.error("empty command"));
        }
        Ok(Command { pos, args: complete(&mut self.exprs, mark, &mut self.ast.exprs) })
    }

    fn operand(&mut self) -> Result<Option<Expr>> {
        let Some(term) = self.term()? else { return Ok(None) };
        let first = self.peek();
        if first.kind != Kind::Field || first.space {
            return Ok(Some(term));
        }
        // The fields of a chain follow each other without a gap.
        let pos = first.start;
        let mut end = first.end;
        while matches!(self.peek(), Token { kind: Kind::Field, space: false, .. }) {
            end = self.next().end;
        }
        Ok(Some(match term {
            Expr::Field { path, .. } => Expr::Field { pos, path: Span { end, ..path } },
            Expr::Variable { path, .. } => Expr::Variable { pos, path: Span { end, ..path } },
            Expr::Bool { .. }
            | Expr::String { .. }
            | Expr::Number { .. }
            | Expr::Nil { .. }
            | Expr::Dot { .. } => {
                let mut shown = Vec::new();
                self.code().write_expr(term, &mut shown);
                return Err(self.error_args("unexpected . after term %q", &[shown.into()]));
            }
            head => {
                let chain = Chain { head, fields: Span { start: pos, end } };
                Expr::Chain { pos, chain: add(&mut self.ast.chains, chain) }
            }
        }))
    }

    fn term(&mut self) -> Result<Option<Expr>> {
        let t = self.next();
        let pos = t.start;
        let path = Span { start: pos, end: t.end };
        Ok(Some(match t.kind {
            Kind::Identifier => Expr::Function { pos, def: self.function(self.token_text(&t))? },
            Kind::Dot => Expr::Dot { pos },
            Kind::Nil => Expr::Nil { pos },
            Kind::Variable => {
                let name = self.token_text(&t);
                // Every tree has "$", and most mentions are of it.
                if name != b"$" && !self.vars[self.tree.vars..].contains(&name) {
                    let name = Value::from(name.to_vec());
                    return Err(self.error_args("undefined variable %q", &[name]));
                }
                Expr::Variable { pos, path }
            }
            Kind::Field => Expr::Field { pos, path },
            Kind::Bool => Expr::Bool { pos, value: self.token_text(&t) == b"true" },
            Kind::CharConstant | Kind::Complex | Kind::Number => {
                let number = Number::parse(self.token_text(&t), path, t.kind)
                    .map_err(|error| self.error_args("%s", &[of_error(&error.to_bytes())]))?;
                Expr::Number { pos, number: add(&mut self.ast.numbers, number) }
            }
            Kind::LeftParen => {
                Expr::Pipe(self.pipeline("parenthesized pipeline", Kind::RightParen)?)
            }
            Kind::String | Kind::RawString => Expr::String(self.literal(&t)?),
            _ => {
                self.backup();
                return Ok(None);
            }
        }))
    }

    fn function(&self, name: &[u8]) -> Result<&'static FuncDef> {
        if let Some(def) = (self.rules.functions)(name).or_else(|| builtins::lookup(name)) {
            return Ok(def);
        }
        match [&AND, &OR, &CALL].into_iter().find(|def| def.name.as_bytes() == name) {
            Some(def) => Ok(def),
            None => {
                let name = Value::from(name.to_vec());
                Err(self.error_args("function %q not defined", &[name]))
            }
        }
    }
}
