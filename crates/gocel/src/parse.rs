//! Reads an expression into a tree, in which macros have their meaning.

use std::rc::Rc;

use crate::lex::{Token, fail, tokens};
use crate::{Error, Reason, Val};

/// How deep brackets may be, as in cel-go.
const MOST_NESTING: usize = 250;
/// How deep a tree may be: a sum of so many terms.
const MOST_DEPTH: usize = 2_000;
/// How many characters an expression may have, as in cel-go.
const MOST_LENGTH: usize = 100_000;

/// The number of a node.
pub(crate) type Id = usize;

/// A part of an expression.
#[derive(Debug)]
pub(crate) enum Node {
    Literal(Val),
    Ident(Rc<str>),
    /// `of.field`, `of.?field`, `has(of.field)`
    Select {
        of: Id,
        field: Rc<str>,
        is_test: bool,
        is_optional: bool,
    },
    /// `of[at]`, `of[?at]`
    Index {
        of: Id,
        at: Id,
        is_optional: bool,
    },
    /// `function(args)`, `target.function(args)`
    Call {
        function: Rc<str>,
        target: Option<Id>,
        args: Vec<Id>,
        /// What the target is if the name that it begins with is no variable's: the space of the function.
        space: Option<Space>,
    },
    And(Vec<Id>),
    Or(Vec<Id>),
    Not(Id),
    Negative(Id),
    Binary(&'static str, Id, Id),
    Choice(Id, Id, Id),
    /// Its items, and whether each stands there only if it has a value.
    List(Vec<(Id, bool)>),
    Map(Vec<(Id, Id, bool)>),
    Fold(Fold),
}

/// The space of a function's name.
#[derive(Debug)]
pub(crate) struct Space {
    /// What it begins with.
    pub(crate) first: Rc<str>,
    /// The name of the function with its space: `a.b.function`.
    pub(crate) function: Rc<str>,
}

/// A macro that binds variables.
#[derive(Debug)]
pub(crate) struct Fold {
    pub(crate) kind: FoldKind,
    pub(crate) range: Id,
    pub(crate) names: Vec<Rc<str>>,
    pub(crate) filter: Option<Id>,
    pub(crate) body: Id,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum FoldKind {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
    TransformList,
    TransformMap,
    TransformMapEntry,
    OptMap,
    OptFlatMap,
    SortBy,
}

/// An expression.
#[derive(Debug)]
pub(crate) struct Tree {
    nodes: Vec<Entry>,
    pub(crate) root: Id,
}

#[derive(Debug)]
struct Entry {
    node: Node,
    /// How deep it is, with what it holds.
    depth: usize,
    /// Whether it is names and dots alone: `a.b.c`.
    is_name: bool,
}

impl Tree {
    pub(crate) fn node(&self, id: Id) -> Option<&Node> {
        self.nodes.get(id).map(|entry| &entry.node)
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().map(|entry| &entry.node)
    }

    pub(crate) fn names(&self, variable: &str) -> bool {
        let is_it = |entry: &Entry| matches!(&entry.node, Node::Ident(name) if &**name == variable);
        self.nodes.iter().any(is_it)
    }
}

pub(crate) fn parse(source: &str) -> Result<Tree, Error> {
    let length = source.chars().count();
    if length > MOST_LENGTH {
        let words = format!(
            "expression code point size exceeds limit: size: {length}, limit {MOST_LENGTH}"
        );
        return Err(Error { reason: Reason::Syntax, words });
    }
    let tokens = tokens(source)?;
    let tree = Tree { nodes: Vec::new(), root: 0 };
    let mut parser = Parser { source, tokens, at: 0, nesting: 0, tree };
    let root = parser.expression()?;
    if *parser.peek() != Token::End {
        return Err(parser.fail("an operator is missing before this"));
    }
    parser.tree.root = root;
    Ok(parser.tree)
}

struct Parser<'s> {
    source: &'s str,
    tokens: Vec<(Token, usize)>,
    at: usize,
    nesting: usize,
    tree: Tree,
}

/// Words that are no variables, beside `true`, `false` and `null`.
pub const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
    "in",
];

impl Parser<'_> {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    fn place(&self) -> usize {
        self.tokens.get(self.at).map_or(self.source.len(), |(_, place)| *place)
    }

    fn fail(&self, words: impl AsRef<str>) -> Error {
        fail(self.source, self.place(), words)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(own) if *own == sign)
    }

    fn eat(&mut self, sign: &str) -> bool {
        let is_it = self.is(sign);
        self.at += usize::from(is_it);
        is_it
    }

    fn want(&mut self, sign: &str) -> Result<(), Error> {
        match self.eat(sign) {
            true => Ok(()),
            false => Err(self.fail(format!("{sign:?} is missing"))),
        }
    }

    /// Adds a node that holds others.
    fn add(&mut self, node: Node, below: &[Id]) -> Result<Id, Error> {
        let depth = |id: &Id| self.tree.nodes.get(*id).map_or(0, |entry| entry.depth);
        let depth = below.iter().map(depth).max().unwrap_or(0) + 1;
        if depth > MOST_DEPTH {
            return Err(self.fail("the expression is too deep"));
        }
        let is_name = match &node {
            Node::Ident(_) => true,
            Node::Select { of, is_optional: false, .. } => self.is_name(*of),
            _ => false,
        };
        self.tree.nodes.push(Entry { node, depth, is_name });
        Ok(self.tree.nodes.len() - 1)
    }

    fn is_name(&self, id: Id) -> bool {
        self.tree.nodes.get(id).is_some_and(|entry| entry.is_name)
    }

    /// Returns what a target may be if it is no value.
    fn space(&self, function: &str, target: Id) -> Option<Space> {
        let (mut parts, mut at) = (vec![function], target);
        if !self.is_name(target) {
            return None;
        }
        loop {
            match self.tree.node(at)? {
                Node::Select { of, field, .. } => {
                    parts.push(field);
                    at = *of;
                }
                Node::Ident(first) => {
                    parts.push(first);
                    parts.reverse();
                    return Some(Space { first: first.clone(), function: parts.join(".").into() });
                }
                _ => return None,
            }
        }
    }

    fn leaf(&mut self, node: Node) -> Result<Id, Error> {
        self.add(node, &[])
    }

    fn expression(&mut self) -> Result<Id, Error> {
        if self.nesting == MOST_NESTING {
            return Err(self.fail("the brackets are too deep"));
        }
        self.nesting += 1;
        let depth = self.nesting * 8;
        let made = gostd::stack::at_depth(depth, || self.choice());
        self.nesting -= 1;
        made
    }

    fn choice(&mut self) -> Result<Id, Error> {
        let condition = self.or()?;
        if !self.eat("?") {
            return Ok(condition);
        }
        let yes = self.or()?;
        self.want(":")?;
        let no = self.expression()?;
        self.add(Node::Choice(condition, yes, no), &[condition, yes, no])
    }

    fn or(&mut self) -> Result<Id, Error> {
        let mut all = vec![self.and()?];
        while self.eat("||") {
            all.push(self.and()?);
        }
        match all.as_slice() {
            [one] => Ok(*one),
            _ => {
                let below = all.clone();
                self.add(Node::Or(all), &below)
            }
        }
    }

    fn and(&mut self) -> Result<Id, Error> {
        let mut all = vec![self.relation()?];
        while self.eat("&&") {
            all.push(self.relation()?);
        }
        match all.as_slice() {
            [one] => Ok(*one),
            _ => {
                let below = all.clone();
                self.add(Node::And(all), &below)
            }
        }
    }

    fn operator(&self, among: &[&'static str]) -> Option<&'static str> {
        match self.peek() {
            Token::Sign(sign) => among.iter().find(|own| *own == sign).copied(),
            Token::Ident(name) => among.iter().find(|own| **own == &**name).copied(),
            _ => None,
        }
    }

    fn left(
        &mut self,
        among: &[&'static str],
        below: fn(&mut Self) -> Result<Id, Error>,
    ) -> Result<Id, Error> {
        let mut made = below(self)?;
        while let Some(operator) = self.operator(among) {
            self.at += 1;
            let right = below(self)?;
            made = self.add(Node::Binary(operator, made, right), &[made, right])?;
        }
        Ok(made)
    }

    fn relation(&mut self) -> Result<Id, Error> {
        self.left(&["<", "<=", ">", ">=", "==", "!=", "in"], Self::sum)
    }

    fn sum(&mut self) -> Result<Id, Error> {
        self.left(&["+", "-"], Self::product)
    }

    fn product(&mut self) -> Result<Id, Error> {
        self.left(&["*", "/", "%"], Self::unary)
    }

    fn unary(&mut self) -> Result<Id, Error> {
        let mut signs = Vec::new();
        while let Some(sign) = self.operator(&["!", "-"]) {
            self.at += 1;
            signs.push(sign);
        }
        // The least whole number has no opposite.
        if signs.last() == Some(&"-")
            && let Token::Int(n) = *self.peek()
            && n <= i64::MIN.unsigned_abs()
        {
            signs.pop();
            let literal = Val::Int((n as i64).wrapping_neg());
            self.at += 1;
            let made = self.leaf(Node::Literal(literal))?;
            let made = self.members(made)?;
            return self.signed(&signs, made);
        }
        let made = self.member()?;
        self.signed(&signs, made)
    }

    fn signed(&mut self, signs: &[&str], mut made: Id) -> Result<Id, Error> {
        for sign in signs.iter().rev() {
            let node = if *sign == "!" { Node::Not(made) } else { Node::Negative(made) };
            made = self.add(node, &[made])?;
        }
        Ok(made)
    }

    fn member(&mut self) -> Result<Id, Error> {
        let made = self.primary()?;
        self.members(made)
    }

    fn members(&mut self, mut made: Id) -> Result<Id, Error> {
        loop {
            if self.eat(".") {
                let is_optional = self.eat("?");
                let Token::Ident(field) = self.peek().clone() else {
                    return Err(self.fail("the name of a field is missing"));
                };
                self.at += 1;
                made = match !is_optional && self.eat("(") {
                    true => {
                        let args = self.arguments(")")?;
                        self.call(field, Some(made), args)?
                    }
                    false => {
                        let node = Node::Select { of: made, field, is_test: false, is_optional };
                        self.add(node, &[made])?
                    }
                };
            } else if self.eat("[") {
                let is_optional = self.eat("?");
                let at = self.expression()?;
                self.want("]")?;
                made = self.add(Node::Index { of: made, at, is_optional }, &[made, at])?;
            } else {
                return Ok(made);
            }
        }
    }

    /// Reads expressions up to a bracket.
    fn arguments(&mut self, end: &str) -> Result<Vec<Id>, Error> {
        let mut all = Vec::new();
        while !self.eat(end) {
            if !all.is_empty() {
                self.want(",")?;
            }
            all.push(self.expression()?);
        }
        Ok(all)
    }

    fn primary(&mut self) -> Result<Id, Error> {
        let place = self.place();
        let literal = match self.next() {
            Token::Int(n) => match i64::try_from(n) {
                Ok(n) => Val::Int(n),
                Err(_) => return Err(fail(self.source, place, "the number is too large")),
            },
            Token::Uint(n) => Val::Uint(n),
            Token::Double(f) => Val::Double(f),
            Token::Str(text) => Val::Str(text),
            Token::Bytes(bytes) => Val::Bytes(bytes),
            Token::Sign("(") => {
                let made = self.expression()?;
                self.want(")")?;
                return Ok(made);
            }
            Token::Sign("[") => return self.list(),
            Token::Sign("{") => return self.map(),
            Token::Sign(".") if matches!(self.peek(), Token::Ident(_)) => return self.primary(),
            Token::Ident(name) => match &*name {
                "true" => Val::Bool(true),
                "false" => Val::Bool(false),
                "null" => Val::Null,
                own if RESERVED.contains(&own) => {
                    let words = format!("{own} is a reserved word");
                    return Err(fail(self.source, place, words));
                }
                _ if self.eat("(") => {
                    let args = self.arguments(")")?;
                    return self.call(name, None, args);
                }
                _ => return self.leaf(Node::Ident(name)),
            },
            Token::Sign(sign) => {
                return Err(fail(
                    self.source,
                    place,
                    format!("an expression is missing before {sign:?}"),
                ));
            }
            Token::End => return Err(fail(self.source, place, "an expression is missing")),
        };
        self.leaf(Node::Literal(literal))
    }

    fn list(&mut self) -> Result<Id, Error> {
        let mut items = Vec::new();
        while !self.eat("]") {
            if !items.is_empty() {
                self.want(",")?;
                if self.eat("]") {
                    break;
                }
            }
            let is_optional = self.eat("?");
            items.push((self.expression()?, is_optional));
        }
        let below: Vec<Id> = items.iter().map(|(id, _)| *id).collect();
        self.add(Node::List(items), &below)
    }

    fn map(&mut self) -> Result<Id, Error> {
        let mut entries = Vec::new();
        while !self.eat("}") {
            if !entries.is_empty() {
                self.want(",")?;
                if self.eat("}") {
                    break;
                }
            }
            let is_optional = self.eat("?");
            let key = self.expression()?;
            self.want(":")?;
            entries.push((key, self.expression()?, is_optional));
        }
        let below: Vec<Id> = entries.iter().flat_map(|(key, value, _)| [*key, *value]).collect();
        self.add(Node::Map(entries), &below)
    }

    /// Makes a call, or what a macro means.
    fn call(&mut self, function: Rc<str>, target: Option<Id>, args: Vec<Id>) -> Result<Id, Error> {
        if &*function == "has" && target.is_none() {
            let of = match args.as_slice() {
                [one] => match self.tree.nodes.get_mut(*one) {
                    Some(Entry { node: Node::Select { is_test, .. }, is_name, .. }) => {
                        *is_test = true;
                        *is_name = false;
                        return Ok(*one);
                    }
                    _ => "its argument has to be a field: has(a.b)",
                },
                _ => "it takes one argument: has(a.b)",
            };
            return Err(self.fail(of));
        }
        if let Some(range) = target
            && let Some((kind, names)) = macro_of(&function, args.len())
            && let Some(names) = self.variables(&args, names)
        {
            let rest = args.get(names.len()..).unwrap_or_default();
            let (filter, body) = match *rest {
                [body] => (None, body),
                [filter, body] => (Some(filter), body),
                _ => return Err(self.fail(format!("{function} takes other arguments"))),
            };
            let below: Vec<Id> = [range, body].into_iter().chain(filter).collect();
            return self.add(Node::Fold(Fold { kind, range, names, filter, body }), &below);
        }
        let below: Vec<Id> = target.into_iter().chain(args.iter().copied()).collect();
        let space = target.and_then(|target| self.space(&function, target));
        self.add(Node::Call { function, target, args, space }, &below)
    }

    /// Returns the names of the first arguments; nothing where they are none.
    fn variables(&self, args: &[Id], count: usize) -> Option<Vec<Rc<str>>> {
        let name = |id: &Id| match self.tree.node(*id) {
            Some(Node::Ident(name)) => Some(name.clone()),
            _ => None,
        };
        args.get(..count)?.iter().map(name).collect()
    }
}

/// Returns what a macro does, and how many variables it binds.
fn macro_of(function: &str, count: usize) -> Option<(FoldKind, usize)> {
    Some(match (function, count) {
        ("all", 2) => (FoldKind::All, 1),
        ("all", 3) => (FoldKind::All, 2),
        ("exists", 2) => (FoldKind::Exists, 1),
        ("exists", 3) => (FoldKind::Exists, 2),
        ("exists_one", 2) => (FoldKind::ExistsOne, 1),
        ("existsOne", 3) => (FoldKind::ExistsOne, 2),
        ("filter", 2) => (FoldKind::Filter, 1),
        ("map", 2 | 3) => (FoldKind::Map, 1),
        ("transformList", 3 | 4) => (FoldKind::TransformList, 2),
        ("transformMap", 3 | 4) => (FoldKind::TransformMap, 2),
        ("transformMapEntry", 3 | 4) => (FoldKind::TransformMapEntry, 2),
        ("optMap", 2) => (FoldKind::OptMap, 1),
        ("optFlatMap", 2) => (FoldKind::OptFlatMap, 1),
        ("sortBy", 2) => (FoldKind::SortBy, 1),
        _ => return None,
    })
}
