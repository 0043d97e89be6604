//! Parses the lexemes of a path into steps, and those of filters into conditions.

use std::rc::Rc;

use gostd::regexp::Regexp;
use gostd::{stack, strconv};

use super::Error;
use super::lex::{Kind, Lexeme, Lexer, expression};
use super::names::{in_brackets, unescaped};
use super::slice::{Subscript, trimmed};

/// How deep filters may nest.
const MAX_DEPTH: usize = 1000;

/// What a path does to each node it has come to.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Leaves a document for its root.
    Root,
    /// To all nodes below, keys among them, and then to the node itself.
    Recurse,
    Child(Vec<u8>),
    Children(Vec<Vec<u8>>),
    AllChildren,
    Subscript(Subscript),
    /// Items of a list that the condition holds for, or the node itself.
    Filter(Rc<Filter>),
    /// The node itself, where the condition holds for it.
    FilterSelf(Rc<Filter>),
    Key(Vec<u8>),
    Keys(Vec<Vec<u8>>),
    AllKeys,
}

/// A condition.
#[derive(Debug)]
pub(super) enum Filter {
    Constant(bool),
    Exists(Rc<Term>),
    Not(Rc<Filter>),
    /// Where all hold; a filter may have thousands side by side.
    All(Vec<Rc<Filter>>),
    /// Where one holds.
    Any(Vec<Rc<Filter>>),
    Compare(Operator, Rc<Term>, Rc<Term>),
    Matches(Rc<Term>, Rc<Term>),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// What stands on a side of a comparison.
#[derive(Debug)]
pub(super) enum Term {
    /// What has no values.
    Empty,
    /// The values that a path finds below the node at hand, or below the root.
    Path {
        is_relative: bool,
        steps: Vec<Step>,
    },
    Text(Vec<u8>),
    Number(f64),
    Boolean(bool),
    Null,
    /// A regular expression; nothing for one that is none, which matches nothing.
    Regexp(Option<Rc<Regexp>>),
}

pub(super) fn path(text: &[u8], depth: usize) -> Result<Vec<Step>, Error> {
    if depth > MAX_DEPTH {
        return Err(too_deep());
    }
    stack::at_depth(depth, || steps(text, depth))
}

fn too_deep() -> Error {
    Error(format!("filters nest more than {MAX_DEPTH} levels deep").into())
}

fn steps(text: &[u8], depth: usize) -> Result<Vec<Step>, Error> {
    let mut lexer = Lexer::new(text);
    let mut steps = Vec::new();
    loop {
        let Lexeme { kind, text } = lexer.next_lexeme();
        match kind {
            Kind::Error => return Err(Error(text)),
            Kind::Identity | Kind::End => return Ok(steps),
            Kind::Root => steps.push(Step::Root),
            Kind::RecursiveDescent => {
                steps.push(Step::Recurse);
                let name = text.strip_prefix(b"..").unwrap_or(&text);
                if !name.is_empty() {
                    steps.push(child(name));
                }
            }
            Kind::DotChild => steps.push(child(text.strip_prefix(b".").unwrap_or(&text))),
            Kind::UndottedChild => steps.push(child(&text)),
            Kind::BracketChild => steps.push(Step::Children(in_brackets(&text))),
            Kind::ArraySubscript => {
                let subscript = Subscript::parse(trimmed(&text, b"]"));
                steps.push(Step::Subscript(subscript.map_err(|why| Error(why.into()))?));
            }
            Kind::FilterBegin => {
                steps.push(Step::Filter(filter(&mut lexer, depth)?));
            }
            Kind::RecursiveFilterBegin => {
                steps.push(Step::FilterSelf(filter(&mut lexer, depth)?));
            }
            Kind::PropertyName => {
                let name = text.strip_prefix(b".").unwrap_or(&text);
                steps.push(Step::Key(unescaped(name.strip_suffix(b"~").unwrap_or(name))));
            }
            Kind::BracketPropertyName => {
                let names = text.strip_suffix(b"~").unwrap_or(&text);
                steps.push(Step::Keys(in_brackets(names)));
            }
            // The lexer lets only `[*]~` pass.
            Kind::SubscriptPropertyName => steps.push(Step::AllKeys),
            _ => return Err(Error(b"invalid path syntax".to_vec())),
        }
    }
}

fn child(name: &[u8]) -> Step {
    if name == b"*" { Step::AllChildren } else { Step::Child(unescaped(name)) }
}

/// Parses a filter whose beginning has been read.
fn filter(lexer: &mut Lexer<'_>, depth: usize) -> Result<Rc<Filter>, Error> {
    let mut lexemes = Vec::new();
    let mut level = 1;
    loop {
        let lexeme = lexer.next_lexeme();
        match lexeme.kind {
            Kind::FilterBegin => level += 1,
            Kind::FilterEnd => {
                level -= 1;
                if level == 0 {
                    break;
                }
            }
            Kind::Error => return Err(Error(lexeme.text)),
            Kind::End => return Err(Error(b"missing end of filter".to_vec())),
            _ => {}
        }
        lexemes.push(lexeme);
    }
    let mut parser =
        Parser { lexemes: &lexemes, pos: 0, stack: Vec::new(), tree: None, depth, too_deep: false };
    if !lexemes.is_empty() {
        parser.expression(depth);
    }
    if parser.too_deep {
        return Err(too_deep());
    }
    Ok(condition(parser.tree.as_ref()))
}

/// A part of a filter as condition and as side of a comparison: which of them it is, its place decides.
#[derive(Clone)]
struct Tree {
    filter: Rc<Filter>,
    term: Rc<Term>,
}

impl Tree {
    fn of_filter(filter: Filter) -> Option<Tree> {
        Some(Tree { filter: Rc::new(filter), term: Rc::new(Term::Empty) })
    }
}

fn condition(tree: Option<&Tree>) -> Rc<Filter> {
    tree.map_or_else(|| Rc::new(Filter::Constant(false)), |tree| tree.filter.clone())
}

fn side(tree: Option<&Tree>) -> Rc<Term> {
    tree.map_or_else(|| Rc::new(Term::Empty), |tree| tree.term.clone())
}

/// The reference's parser of filters. Where something is missing, its tree stays what it was.
struct Parser<'l> {
    lexemes: &'l [Lexeme],
    pos: usize,
    stack: Vec<Option<Tree>>,
    tree: Option<Tree>,
    /// In how many filters this one stands.
    depth: usize,
    too_deep: bool,
}

impl Parser<'_> {
    fn peek(&self) -> Kind {
        self.lexemes.get(self.pos).map_or(Kind::End, |lexeme| lexeme.kind)
    }

    fn expression(&mut self, depth: usize) {
        self.conjunction(depth);
        while self.peek() == Kind::Or {
            self.pos += 1;
            self.stack.push(self.tree.clone());
            self.conjunction(depth);
            self.join(false);
        }
    }

    fn conjunction(&mut self, depth: usize) {
        self.basic(depth);
        while self.peek() == Kind::And {
            self.pos += 1;
            self.stack.push(self.tree.clone());
            self.basic(depth);
            self.join(true);
        }
    }

    /// Joins what was on the stack and what was read since.
    fn join(&mut self, needs_all: bool) {
        let left = self.stack.pop().flatten();
        let right = condition(self.tree.take().as_ref());
        let mut left = left.map_or_else(|| condition(None), |tree| tree.filter);
        // What was joined before takes one more, unless something else has it, too.
        if let Some(Filter::All(parts)) = Rc::get_mut(&mut left).filter(|_| needs_all) {
            parts.push(right);
        } else if let Some(Filter::Any(parts)) = Rc::get_mut(&mut left).filter(|_| !needs_all) {
            parts.push(right);
        } else {
            let parts = vec![left, right];
            left = Rc::new(if needs_all { Filter::All(parts) } else { Filter::Any(parts) });
        }
        self.tree = Some(Tree { filter: left, term: Rc::new(Term::Empty) });
    }

    fn basic(&mut self, depth: usize) {
        if depth > MAX_DEPTH {
            self.too_deep = true;
            self.pos = self.lexemes.len();
            return;
        }
        stack::at_depth(depth, || match self.peek() {
            Kind::Not => {
                self.pos += 1;
                self.basic(depth + 1);
                self.tree = Tree::of_filter(Filter::Not(condition(self.tree.as_ref())));
            }
            Kind::OpenBracket => {
                self.pos += 1;
                self.expression(depth + 1);
                self.pos += usize::from(self.peek() == Kind::CloseBracket);
            }
            _ => self.comparison(),
        });
    }

    fn comparison(&mut self) {
        self.term();
        let operator = match self.peek() {
            Kind::Equal => Some(Operator::Equal),
            Kind::NotEqual => Some(Operator::NotEqual),
            Kind::Greater => Some(Operator::Greater),
            Kind::GreaterOrEqual => Some(Operator::GreaterOrEqual),
            Kind::Less => Some(Operator::Less),
            Kind::LessOrEqual => Some(Operator::LessOrEqual),
            Kind::Matches => None,
            _ => return,
        };
        self.pos += 1;
        let left = side(self.tree.as_ref());
        self.term();
        let right = side(self.tree.as_ref());
        self.tree = Tree::of_filter(match operator {
            Some(operator) => Filter::Compare(operator, left, right),
            None => Filter::Matches(left, right),
        });
    }

    /// Parses a side of a comparison. Where none stands, the tree stays what it was.
    fn term(&mut self) {
        let Some(lexeme) = self.lexemes.get(self.pos) else {
            self.tree = None;
            return;
        };
        let text = lexeme.text.as_slice();
        let number = |text| strconv::parse_float(text).unwrap_or_else(|error| error.value);
        let term = match lexeme.kind {
            Kind::At | Kind::Root => return self.path(lexeme.kind == Kind::At),
            Kind::Integer | Kind::Float => Term::Number(number(text)),
            Kind::Text => {
                Term::Text(text.get(1..text.len().saturating_sub(1)).unwrap_or_default().to_vec())
            }
            Kind::Boolean => Term::Boolean(text == b"true"),
            Kind::Null => Term::Null,
            Kind::Regexp => Term::Regexp(Regexp::compile(&expression(text)).ok()),
            _ => return,
        };
        self.pos += 1;
        let constant = matches!(term, Term::Boolean(true));
        self.tree = Some(Tree { filter: Rc::new(Filter::Constant(constant)), term: Rc::new(term) });
    }

    fn path(&mut self, is_relative: bool) {
        self.pos += 1;
        let mut text = Vec::new();
        let mut level = 1;
        while let Some(lexeme) = self.lexemes.get(self.pos) {
            match lexeme.kind {
                Kind::Identity
                | Kind::DotChild
                | Kind::BracketChild
                | Kind::RecursiveDescent
                | Kind::ArraySubscript => {}
                Kind::FilterBegin => level += 1,
                Kind::FilterEnd => {
                    level -= 1;
                    if level == 0 {
                        break;
                    }
                }
                // Other lexemes belong to a nested filter.
                _ if level == 1 => break,
                _ => {}
            }
            text.extend_from_slice(&lexeme.text);
            self.pos += 1;
        }
        // Such a path finds nothing; only one that nests too deep is refused.
        let term = match path(&text, self.depth + 1) {
            Ok(steps) => Term::Path { is_relative, steps },
            Err(error) => {
                self.too_deep |= error == too_deep();
                Term::Empty
            }
        };
        let term = Rc::new(term);
        self.tree = Some(Tree { filter: Rc::new(Filter::Exists(term.clone())), term });
    }
}
