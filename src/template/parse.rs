//! The parser of Go's text/template.

use std::rc::Rc;

use bstr::ByteSlice;

use super::error::ParseError;
use super::func::FuncDef;
use super::lex::{Kind, Lexer, Token};
use super::node::{Branch, Call, Command, Expr, Func, List, Node, Number, Pipe, Source, Template};
use crate::gostd::strconv;
use crate::value::{Str, Value};

/// How deep actions and parentheses may nest. Go has no limit but its stack's; a chart that comes
/// near this one is an attack.
const MAX_DEPTH: usize = 10_000;

/// Stack kept free at each recursion, and the size of the piece added when it runs short, in bytes.
pub(super) const RED_ZONE: usize = 128 * 1024;
pub(super) const STACK_PIECE: usize = 4 * 1024 * 1024;

type Result<T> = std::result::Result<T, ParseError>;

/// A list's end: what stopped it.
enum End {
    End,
    Else,
}

enum Item {
    Node(Node),
    End(End),
}

/// What Go keeps per tree while it parses: a file, and each definition inside it, has its own.
struct Tree {
    name: Str,
    token: [Token; 3],
    peek_count: usize,
    vars: Vec<Str>,
    /// The left delimiter of the action at hand: its offset, and the newlines Go does not count.
    action: Option<(u32, u32)>,
    range_depth: u32,
}

impl Tree {
    fn new(name: Str) -> Tree {
        let token = || Token { kind: Kind::Eof, start: 0, end: 0, uncounted: 0 };
        Tree {
            name,
            token: [token(), token(), token()],
            peek_count: 0,
            vars: vec![Str::from_static("$")],
            action: None,
            range_depth: 0,
        }
    }
}

struct Parser<'s> {
    source: Rc<Source>,
    text: &'s [u8],
    lexer: Lexer<'s>,
    functions: &'s dyn Fn(&[u8]) -> Option<&'static FuncDef>,
    tree: Tree,
    done: Vec<Template>,
    depth: usize,
}

/// Parses a text into its templates: the definitions inside it, and the text itself under `name`.
///
/// `functions` knows every function but Go's own `and`, `or` and `call`.
pub(super) fn parse(
    name: Str,
    source: Rc<Source>,
    functions: &dyn Fn(&[u8]) -> Option<&'static FuncDef>,
) -> Result<Vec<Template>> {
    let text = source.text.clone();
    let mut p = Parser {
        source,
        text: &text,
        lexer: Lexer::new(&text),
        functions,
        tree: Tree::new(name),
        done: Vec::new(),
        depth: 0,
    };
    p.parse()?;
    Ok(p.done)
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

    fn backup3(&mut self, t2: Token, t1: Token) {
        self.tree.token[1] = t1;
        self.tree.token[2] = t2;
        self.tree.peek_count = 3;
    }

    fn peek(&mut self) -> Token {
        let t = &mut self.tree;
        if t.peek_count == 0 {
            t.peek_count = 1;
            t.token[0] = self.lexer.next_token();
        }
        t.token[t.peek_count - 1]
    }

    fn next_non_space(&mut self) -> Token {
        loop {
            let t = self.next();
            if t.kind != Kind::Space {
                return t;
            }
        }
    }

    fn peek_non_space(&mut self) -> Token {
        let t = self.next_non_space();
        self.backup();
        t
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

    fn error(&self, message: impl Into<Vec<u8>>) -> ParseError {
        ParseError {
            name: self.source.name.clone(),
            line: self.line(&self.tree.token[0]),
            offset: self.tree.token[0].start,
            message: Str::from(message.into()),
        }
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

    fn unexpected(&self, t: &Token, context: &str) -> ParseError {
        let mut message = self.describe(t);
        if t.kind == Kind::Error {
            let started = self.tree.action.map(|(start, uncounted)| self.line_at(start, uncounted));
            if let Some(started) = started
                && started != self.line(t)
            {
                // "unclosed action started at", never "unclosed action in action started at"
                let gap = if message.ends_with(b" action") { "" } else { " in action" };
                message.extend_from_slice(gap.as_bytes());
                message.extend_from_slice(b" started at ");
                message.extend_from_slice(&self.source.name);
                message.extend_from_slice(format!(":{started}").as_bytes());
            }
            return self.error(message);
        }
        self.error([b"unexpected ", &message[..], b" in ", context.as_bytes()].concat())
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Result<Token> {
        let t = self.next_non_space();
        if t.kind == kind { Ok(t) } else { Err(self.unexpected(&t, context)) }
    }

    fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return Err(self.error("max expression depth exceeded"));
        }
        self.depth += 1;
        let result = stacker::maybe_grow(RED_ZONE, STACK_PIECE, || f(self));
        self.depth -= 1;
        result
    }

    // ---- lists and actions

    fn parse(&mut self) -> Result<()> {
        let pos = self.peek().start;
        let mut root = List { pos, nodes: Vec::new() };
        loop {
            match self.peek().kind {
                Kind::Eof => break,
                Kind::LeftDelim => {
                    let delim = self.next();
                    if self.next_non_space().kind == Kind::Define {
                        self.definition()?;
                        continue;
                    }
                    self.backup2(delim);
                }
                _ => {}
            }
            match self.text_or_action()? {
                Item::Node(n) => root.nodes.push(n),
                Item::End(End::End) => return Err(self.error("unexpected {{end}}")),
                Item::End(End::Else) => return Err(self.error("unexpected {{else}}")),
            }
        }
        self.add(root)
    }

    /// Installs the finished tree, unless a non-empty one of the name is there.
    fn add(&mut self, root: List) -> Result<()> {
        let new = Template { name: self.tree.name.clone(), source: self.source.clone(), root };
        match self.done.iter_mut().find(|t| t.name == new.name) {
            None => self.done.push(new),
            Some(old) if old.root.is_empty(self.text) => *old = new,
            Some(_) if new.root.is_empty(self.text) => {}
            Some(_) => {
                let mut m = b"template: multiple definition of template ".to_vec();
                m.extend_from_slice(&strconv::quote(&new.name));
                return Err(self.error(m));
            }
        }
        Ok(())
    }

    /// Parses a body in a tree of its own; `head` reads what precedes it and names the tree.
    fn definition(&mut self) -> Result<()> {
        const CONTEXT: &str = "define clause";
        let outer = std::mem::replace(&mut self.tree, Tree::new(Str::EMPTY));
        let t = self.next_non_space();
        if !matches!(t.kind, Kind::String | Kind::RawString) {
            return Err(self.unexpected(&t, CONTEXT));
        }
        self.tree.name = self.unquote(&t)?;
        self.expect(Kind::RightDelim, CONTEXT)?;
        self.body(CONTEXT)?;
        self.tree = outer;
        Ok(())
    }

    fn body(&mut self, context: &str) -> Result<()> {
        let (root, end) = self.item_list()?;
        match end {
            End::End => self.add(root),
            End::Else => Err(self.error(format!("unexpected {{{{else}}}} in {context}"))),
        }
    }

    fn unquote(&self, t: &Token) -> Result<Str> {
        let text = self.token_text(t);
        // Most literals stand for themselves.
        let inner = &text[1..text.len() - 1];
        let plain = match t.kind {
            Kind::RawString => memchr::memchr(b'\r', inner).is_none(),
            _ => inner.is_ascii() && memchr::memchr(b'\\', inner).is_none(),
        };
        if plain {
            return Ok(Str::from(inner));
        }
        match strconv::unquote(text) {
            Some(s) => Ok(Str::from(s)),
            None => Err(self.error("invalid syntax")),
        }
    }

    fn item_list(&mut self) -> Result<(List, End)> {
        self.deeper(|p| {
            let pos = p.peek_non_space().start;
            let mut list = List { pos, nodes: Vec::new() };
            while p.peek_non_space().kind != Kind::Eof {
                match p.text_or_action()? {
                    Item::Node(n) => list.nodes.push(n),
                    Item::End(end) => return Ok((list, end)),
                }
            }
            Err(p.error("unexpected EOF"))
        })
    }

    fn text_or_action(&mut self) -> Result<Item> {
        let t = self.next_non_space();
        match t.kind {
            Kind::Text => Ok(Item::Node(Node::Text { pos: t.start, end: t.end })),
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
        let t = self.next_non_space();
        Ok(Item::Node(match t.kind {
            Kind::Block => self.block()?,
            Kind::Break => self.loop_control(t.start, "break")?,
            Kind::Continue => self.loop_control(t.start, "continue")?,
            Kind::Else => {
                if !matches!(self.peek_non_space().kind, Kind::If | Kind::With) {
                    self.expect(Kind::RightDelim, "else")?;
                }
                return Ok(Item::End(End::Else));
            }
            Kind::End => {
                self.expect(Kind::RightDelim, "end")?;
                return Ok(Item::End(End::End));
            }
            Kind::If => Node::If(Box::new(self.control("if")?)),
            Kind::Range => Node::Range(Box::new(self.control("range")?)),
            Kind::With => Node::With(Box::new(self.control("with")?)),
            Kind::Template => self.template()?,
            _ => {
                self.backup();
                let pos = self.peek().start;
                Node::Action { pos, pipe: self.pipeline("command", Kind::RightDelim)? }
            }
        }))
    }

    fn loop_control(&mut self, pos: u32, word: &str) -> Result<Node> {
        let t = self.next_non_space();
        if t.kind != Kind::RightDelim {
            return Err(self.unexpected(&t, &format!("{{{{{word}}}}}")));
        }
        if self.tree.range_depth == 0 {
            return Err(self.error(format!("{{{{{word}}}}} outside {{{{range}}}}")));
        }
        Ok(if word == "break" { Node::Break { pos } } else { Node::Continue { pos } })
    }

    fn control(&mut self, context: &'static str) -> Result<Branch> {
        let mark = self.tree.vars.len();
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
            else_list = Some(if context == "if" && kind == Kind::If {
                self.next();
                let inner = self.deeper(|p| p.control("if"))?;
                List { pos, nodes: vec![Node::If(Box::new(inner))] }
            } else if context == "with" && kind == Kind::With {
                self.next();
                let inner = self.deeper(|p| p.control("with"))?;
                List { pos, nodes: vec![Node::With(Box::new(inner))] }
            } else {
                let (list, end) = self.item_list()?;
                if let End::Else = end {
                    return Err(self.error("expected end; found {{else}}"));
                }
                list
            });
        }
        self.tree.vars.truncate(mark);
        Ok(Branch { pos: pipe.pos, pipe, list, else_list })
    }

    fn block(&mut self) -> Result<Node> {
        const CONTEXT: &str = "block clause";
        let t = self.next_non_space();
        let name = self.template_name(&t, CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, Kind::RightDelim)?;
        let outer = std::mem::replace(&mut self.tree, Tree::new(name.clone()));
        self.body(CONTEXT)?;
        self.tree = outer;
        Ok(Node::Template(Box::new(Call { pos: t.start, name, pipe: Some(pipe) })))
    }

    fn template(&mut self) -> Result<Node> {
        const CONTEXT: &str = "template clause";
        let t = self.next_non_space();
        let name = self.template_name(&t, CONTEXT)?;
        let mut pipe = None;
        if self.next_non_space().kind != Kind::RightDelim {
            self.backup();
            pipe = Some(self.pipeline(CONTEXT, Kind::RightDelim)?);
        }
        Ok(Node::Template(Box::new(Call { pos: t.start, name, pipe })))
    }

    fn template_name(&mut self, t: &Token, context: &str) -> Result<Str> {
        match t.kind {
            Kind::String | Kind::RawString => self.unquote(t),
            _ => Err(self.unexpected(t, context)),
        }
    }

    // ---- pipelines

    fn pipeline(&mut self, context: &'static str, end: Kind) -> Result<Pipe> {
        self.deeper(|p| p.pipeline_at_depth(context, end))
    }

    fn pipeline_at_depth(&mut self, context: &'static str, end: Kind) -> Result<Pipe> {
        let pos = self.peek_non_space().start;
        let mut pipe = Pipe { pos, is_assign: false, decl: Vec::new(), cmds: Vec::new() };
        while self.peek_non_space().kind == Kind::Variable {
            let v = self.next();
            // In "$x foo" the token after the space tells that $x is an argument.
            let after = self.peek();
            let next = self.peek_non_space();
            match next.kind {
                Kind::Assign | Kind::Declare => {
                    pipe.is_assign = next.kind == Kind::Assign;
                    self.next_non_space();
                    self.declare(&mut pipe, &v);
                }
                Kind::Char if self.token_text(&next) == b"," => {
                    self.next_non_space();
                    self.declare(&mut pipe, &v);
                    if context == "range" && pipe.decl.len() < 2 {
                        match self.peek_non_space().kind {
                            Kind::Variable | Kind::RightDelim | Kind::RightParen => continue,
                            _ => return Err(self.error("range can only initialize variables")),
                        }
                    }
                    return Err(self.error(format!("too many declarations in {context}")));
                }
                _ if after.kind == Kind::Space => self.backup3(v, after),
                _ => self.backup2(v),
            }
            break;
        }
        loop {
            let t = self.next_non_space();
            match t.kind {
                k if k == end => {
                    self.check_pipeline(&pipe, context)?;
                    return Ok(pipe);
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
                    let cmd = self.command()?;
                    pipe.cmds.push(cmd);
                }
                _ => return Err(self.unexpected(&t, context)),
            }
        }
    }

    fn declare(&mut self, pipe: &mut Pipe, v: &Token) {
        let name = Str::from(self.token_text(v));
        pipe.decl.push(name.clone());
        self.tree.vars.push(name);
    }

    fn check_pipeline(&self, pipe: &Pipe, context: &str) -> Result<()> {
        if pipe.cmds.is_empty() {
            return Err(self.error(format!("missing value for {context}")));
        }
        for (i, c) in pipe.cmds.iter().enumerate().skip(1) {
            if let Some(
                Expr::Bool { .. }
                | Expr::Dot { .. }
                | Expr::Nil { .. }
                | Expr::Number { .. }
                | Expr::String { .. },
            ) = c.args.first()
            {
                let stage = i + 1;
                return Err(self.error(format!("non executable command in pipeline stage {stage}")));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Result<Command> {
        let mut cmd = Command { pos: self.peek_non_space().start, args: Vec::new() };
        loop {
            self.peek_non_space();
            if let Some(operand) = self.operand()? {
                cmd.args.push(operand);
            }
            let t = self.next();
            match t.kind {
                Kind::Space => continue,
                Kind::RightDelim | Kind::RightParen => self.backup(),
                Kind::Pipe => {}
                _ => return Err(self.unexpected(&t, "operand")),
            }
            break;
        }
        if cmd.args.is_empty() {
            return Err(self.error("empty command"));
        }
        Ok(cmd)
    }

    fn operand(&mut self) -> Result<Option<Expr>> {
        let Some(node) = self.term()? else { return Ok(None) };
        if self.peek().kind != Kind::Field {
            return Ok(Some(node));
        }
        let pos = self.peek().start;
        let mut fields = Vec::new();
        while self.peek().kind == Kind::Field {
            let t = self.next();
            fields.push(Str::from(&self.token_text(&t)[1..]));
        }
        Ok(Some(match node {
            Expr::Field { mut ident, .. } => {
                ident.extend(fields);
                Expr::Field { pos, ident }
            }
            Expr::Variable { mut ident, .. } => {
                ident.extend(fields);
                Expr::Variable { pos, ident }
            }
            Expr::Bool { .. }
            | Expr::String { .. }
            | Expr::Number { .. }
            | Expr::Nil { .. }
            | Expr::Dot { .. } => {
                let mut shown = Vec::new();
                node.write(self.text, &mut shown);
                let quoted = strconv::quote(&shown);
                return Err(self.error([b"unexpected . after term ", &quoted[..]].concat()));
            }
            node => Expr::Chain { pos, node: Box::new(node), fields },
        }))
    }

    fn term(&mut self) -> Result<Option<Expr>> {
        let t = self.next_non_space();
        let pos = t.start;
        Ok(Some(match t.kind {
            Kind::Identifier => {
                let name = self.token_text(&t);
                let func = match (self.functions)(name) {
                    Some(def) => Func::Def(def),
                    None if name == b"and" => Func::And,
                    None if name == b"or" => Func::Or,
                    None if name == b"call" => Func::Call,
                    None => {
                        let quoted = strconv::quote(name);
                        return Err(
                            self.error([b"function ", &quoted[..], b" not defined"].concat())
                        );
                    }
                };
                Expr::Function { pos, name: Str::from(name), func }
            }
            Kind::Dot => Expr::Dot { pos },
            Kind::Nil => Expr::Nil { pos },
            Kind::Variable => {
                let name = Str::from(self.token_text(&t));
                if !self.tree.vars.contains(&name) {
                    let quoted = strconv::quote(&name);
                    return Err(self.error([b"undefined variable ", &quoted[..]].concat()));
                }
                Expr::Variable { pos, ident: vec![name] }
            }
            Kind::Field => Expr::Field { pos, ident: vec![Str::from(&self.token_text(&t)[1..])] },
            Kind::Bool => Expr::Bool { pos, value: self.token_text(&t) == b"true" },
            Kind::CharConstant | Kind::Complex | Kind::Number => {
                let number = Number::parse(self.token_text(&t), t.kind)
                    .map_err(|message| self.error(message))?;
                Expr::Number { pos, number: Box::new(number) }
            }
            Kind::LeftParen => {
                Expr::Pipe(Box::new(self.pipeline("parenthesized pipeline", Kind::RightParen)?))
            }
            Kind::String | Kind::RawString => {
                Expr::String { pos, end: t.end, value: Value::Str(self.unquote(&t)?) }
            }
            _ => {
                self.backup();
                return Ok(None);
            }
        }))
    }
}

impl Number {
    /// Parses a constant under every type that can hold it.
    fn parse(text: &[u8], kind: Kind) -> std::result::Result<Number, Vec<u8>> {
        let mut n = Number { text: Str::from(text), ..Number::default() };
        if kind == Kind::CharConstant {
            let c = unquote_char(text)?;
            n.int = Some(i64::from(c));
            n.uint = Some(u64::from(c));
            n.float = Some(f64::from(c));
            return Ok(n);
        }
        if kind == Kind::Complex {
            let split = text.iter().rposition(|b| matches!(b, b'+' | b'-')).unwrap_or(0);
            let real = strconv::parse_float(&text[..split]);
            let imag = strconv::parse_float(&text[split..text.len() - 1]);
            let (Ok(real), Ok(imag)) = (real, imag) else {
                return Err(b"syntax error scanning complex number".to_vec());
            };
            n.set_complex(real, imag);
            return Ok(n);
        }
        if let Some(imaginary) = text.strip_suffix(b"i")
            && let Ok(f) = strconv::parse_float(imaginary)
        {
            n.set_complex(0.0, f);
            return Ok(n);
        }
        n.uint = strconv::parse_uint(text, 0, 64).ok();
        n.int = strconv::parse_int(text, 0, 64).ok();
        if n.int == Some(0) {
            n.uint = Some(n.uint.unwrap_or(0));
        }
        if let Some(i) = n.int {
            n.float = Some(i as f64);
        } else if let Some(u) = n.uint {
            n.float = Some(u as f64);
        } else if let Ok(f) = strconv::parse_float(text) {
            if text.find_byteset(b".eEpP").is_none() {
                let quoted = strconv::quote(text);
                return Err([b"integer overflow: ", &quoted[..]].concat());
            }
            n.set_float(f);
        } else {
            let quoted = strconv::quote(text);
            return Err([b"illegal number syntax: ", &quoted[..]].concat());
        }
        Ok(n)
    }

    fn set_float(&mut self, f: f64) {
        self.float = Some(f);
        if f.trunc() == f && (-9.223_372_036_854_776e18..9.223_372_036_854_776e18).contains(&f) {
            self.int = Some(f as i64);
        }
        if f.trunc() == f && (0.0..1.844_674_407_370_955_2e19).contains(&f) {
            self.uint = Some(f as u64);
        }
    }

    fn set_complex(&mut self, real: f64, imag: f64) {
        self.complex = Some((real, imag));
        if imag == 0.0 {
            self.set_float(real);
        }
    }
}

/// The code point of a character constant, quotes included.
fn unquote_char(text: &[u8]) -> std::result::Result<u32, Vec<u8>> {
    let invalid = || b"invalid syntax".to_vec();
    let rest = text.get(1..).unwrap_or_default();
    let (code, width) = match rest {
        [] | [b'\''] | [b'\'', ..] => return Err(invalid()),
        [b'\\', escape, ..] => {
            let (digits, base) = match escape {
                b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'\\' | b'\'' => (0, 0),
                b'x' => (2, 16),
                b'u' => (4, 16),
                b'U' => (8, 16),
                b'0'..=b'7' => (3, 8),
                _ => return Err(invalid()),
            };
            if digits == 0 {
                let code = match escape {
                    b'a' => 7,
                    b'b' => 8,
                    b'f' => 12,
                    b'n' => 10,
                    b'r' => 13,
                    b't' => 9,
                    b'v' => 11,
                    other => u32::from(*other),
                };
                (code, 2)
            } else {
                let start = if base == 8 { 1 } else { 2 };
                let code = rest
                    .get(start..start + digits)
                    .and_then(|d| std::str::from_utf8(d).ok())
                    .filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))
                    .and_then(|d| u32::from_str_radix(d, base).ok())
                    .ok_or_else(invalid)?;
                let bound = if digits > 3 { char::from_u32(code).is_some() } else { code <= 255 };
                if !bound {
                    return Err(invalid());
                }
                (code, start + digits)
            }
        }
        _ => {
            let (c, n) = bstr::decode_utf8(rest);
            (c.map_or(0xfffd, u32::from), if c.is_some() { n } else { 1 })
        }
    };
    if rest.get(width..) == Some(b"'") {
        return Ok(code);
    }
    Err([b"malformed character constant: ", text].concat())
}
