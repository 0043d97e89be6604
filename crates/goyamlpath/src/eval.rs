//! Follows a path through a value.

use std::cmp::Ordering;

use gostd::regexp::Regexp;
use gostd::value::{GENERAL_MAP, Map, Str, Value};

use super::Error;
use super::parse::{Filter, Operator, Step, Term};
use super::slice::Subscript;

/// How many nodes one search visits at most.
const MOST: usize = 5_000_000;

/// A node as go-yaml would have it.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// The document that has the value as its root.
    Document(Value),
    /// A value, or a key.
    Value(Value),
}

impl Node {
    pub(super) fn into_value(self) -> Value {
        match self {
            Node::Document(value) | Node::Value(value) => value,
        }
    }
}

/// A value for comparisons.
enum Scalar<'t> {
    /// Lists, maps, dates and others: they are like each other and compare with nothing.
    Unknown,
    Text(Str),
    Literal(&'t [u8]),
    Number(f64),
    Boolean(bool),
    Null,
    Regexp(Option<&'t Regexp>),
}

pub(super) struct Search {
    left: usize,
}

impl Search {
    pub(super) fn new() -> Search {
        Search { left: MOST }
    }

    fn visit(&mut self) -> Result<(), Error> {
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => return Err(Error(format!("the path visits more than {MOST} nodes").into())),
        }
        Ok(())
    }

    /// Returns the nodes that steps find, in the reference's order; `$` within filters is the node itself.
    pub(super) fn find(&mut self, steps: &[Step], root: &Node) -> Result<Vec<Node>, Error> {
        let mut nodes = vec![root.clone()];
        for step in steps {
            let mut next = Vec::new();
            for node in nodes {
                self.visit()?;
                self.step(step, node, root, &mut next)?;
            }
            if next.is_empty() {
                return Ok(next);
            }
            nodes = next;
        }
        Ok(nodes)
    }

    fn step(
        &mut self,
        step: &Step,
        node: Node,
        root: &Node,
        out: &mut Vec<Node>,
    ) -> Result<(), Error> {
        match (step, node) {
            (Step::Root, node) => out.push(Node::Value(node.into_value())),
            (Step::Recurse, node) => self.recurse(node, out)?,
            (Step::Child(name), Node::Value(Value::Map(map))) => {
                out.extend(entries_of(&map, name).into_iter().take(1).map(|e| Node::Value(e.1)));
            }
            (Step::Children(names), Node::Value(Value::Map(map))) => {
                for name in names {
                    self.visit()?;
                    out.extend(entries_of(&map, name).into_iter().map(|e| Node::Value(e.1)));
                }
            }
            (Step::Key(name), Node::Value(Value::Map(map))) => {
                out.extend(entries_of(&map, name).into_iter().take(1).map(|e| Node::Value(e.0)));
            }
            (Step::Keys(names), Node::Value(Value::Map(map))) => {
                for name in names {
                    self.visit()?;
                    out.extend(entries_of(&map, name).into_iter().map(|e| Node::Value(e.0)));
                }
            }
            (Step::AllKeys, Node::Value(Value::Map(map))) => {
                for (key, _) in entries(&map) {
                    self.visit()?;
                    out.push(Node::Value(key));
                }
            }
            (
                Step::AllChildren | Step::Subscript(Subscript::All { of_maps: true }),
                Node::Value(Value::Map(map)),
            ) => {
                for (_, value) in goyaml::entries_in_order(&map) {
                    self.visit()?;
                    out.push(Node::Value(value));
                }
            }
            (Step::AllChildren, Node::Value(Value::List(list))) => {
                for item in list.iter() {
                    self.visit()?;
                    out.push(Node::Value(item.clone()));
                }
            }
            (Step::Subscript(subscript), Node::Value(Value::List(list))) => {
                subscript.each(list.len(), |i| {
                    self.visit()?;
                    out.extend(list.get(i).cloned().map(Node::Value));
                    Ok(())
                })?;
            }
            (Step::Filter(filter), Node::Value(Value::List(list))) => {
                for item in list.iter() {
                    let item = Node::Value(item.clone());
                    if self.holds(filter, &item, root)? {
                        out.push(item);
                    }
                }
            }
            (Step::Filter(filter) | Step::FilterSelf(filter), node)
                if self.holds(filter, &node, root)? =>
            {
                out.push(node);
            }
            _ => {}
        }
        Ok(())
    }

    /// Adds all nodes below, and the node: each after those below it.
    fn recurse(&mut self, node: Node, out: &mut Vec<Node>) -> Result<(), Error> {
        let start = out.len();
        let mut left = vec![node.into_value()];
        // The other way around: a node, and then those below it, the last one first.
        while let Some(value) = left.pop() {
            self.visit()?;
            match &value {
                Value::List(list) => left.extend(list.iter().cloned()),
                Value::Map(map) => {
                    left.extend(entries(map).into_iter().flat_map(|(key, value)| [key, value]));
                }
                _ => {}
            }
            out.push(Node::Value(value));
        }
        out[start..].reverse();
        Ok(())
    }

    fn holds(&mut self, filter: &Filter, node: &Node, root: &Node) -> Result<bool, Error> {
        self.visit()?;
        match filter {
            Filter::Constant(holds) => Ok(*holds),
            Filter::Exists(term) => match &**term {
                Term::Path { is_relative, steps } => {
                    let found = self.find(steps, if *is_relative { node } else { root })?;
                    Ok(!found.is_empty())
                }
                _ => Ok(false),
            },
            Filter::Not(filter) => Ok(!self.holds(filter, node, root)?),
            Filter::All(parts) => {
                for part in parts {
                    if !self.holds(part, node, root)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Filter::Any(parts) => {
                for part in parts {
                    if self.holds(part, node, root)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Filter::Compare(operator, a, b) => {
                self.all_pairs(a, b, node, root, |a, b| compare(*operator, a, b))
            }
            Filter::Matches(a, b) => self.all_pairs(a, b, node, root, |a, b| Ok(matches(a, b))),
        }
    }

    /// Tells whether there are pairs of a value of each side, and whether all of them are accepted.
    fn all_pairs(
        &mut self,
        left: &Term,
        right: &Term,
        node: &Node,
        root: &Node,
        accept: impl Fn(&Scalar<'_>, &Scalar<'_>) -> Result<bool, Error>,
    ) -> Result<bool, Error> {
        let left = self.scalars(left, node, root)?;
        if left.is_empty() {
            return Ok(false);
        }
        let right = self.scalars(right, node, root)?;
        for a in &left {
            for b in &right {
                self.visit()?;
                if !accept(a, b)? {
                    return Ok(false);
                }
            }
        }
        Ok(!right.is_empty())
    }

    fn scalars<'t>(
        &mut self,
        term: &'t Term,
        node: &Node,
        root: &Node,
    ) -> Result<Vec<Scalar<'t>>, Error> {
        Ok(match term {
            Term::Empty => Vec::new(),
            Term::Path { is_relative, steps } => {
                let found = self.find(steps, if *is_relative { node } else { root })?;
                found.into_iter().map(scalar).collect()
            }
            Term::Text(text) => vec![Scalar::Literal(text)],
            Term::Number(n) => vec![Scalar::Number(*n)],
            Term::Boolean(b) => vec![Scalar::Boolean(*b)],
            Term::Null => vec![Scalar::Null],
            Term::Regexp(expression) => vec![Scalar::Regexp(expression.as_deref())],
        })
    }
}

fn scalar<'t>(node: Node) -> Scalar<'t> {
    let Node::Value(value) = node else { return Scalar::Unknown };
    match value {
        Value::Nil | Value::Invalid => Scalar::Null,
        Value::Bool(b) => Scalar::Boolean(b),
        Value::Int(_, n) => Scalar::Number(n as f64),
        Value::Uint(_, n) => Scalar::Number(n as f64),
        Value::Float(n) => Scalar::Number(n),
        // Anything else is `!!binary`.
        Value::Str(text) if std::str::from_utf8(&text).is_ok() => Scalar::Text(text),
        _ => Scalar::Unknown,
    }
}

/// Returns a map's keys and values in the order in which go-yaml writes them.
fn entries(map: &Map) -> Vec<(Value, Value)> {
    let is_general = map.map_type().name == GENERAL_MAP.name;
    let key = |key: Str| if is_general { read_key(&key) } else { Value::Str(key) };
    goyaml::entries_in_order(map).into_iter().map(|(k, value)| (key(k), value)).collect()
}

/// Reads a key as YAML writes it.
fn read_key(text: &[u8]) -> Value {
    let read = goyaml::Stream::read(text).ok().and_then(|stream| {
        let root = stream.roots().next()?;
        goyaml::Typed::default().any(root)
    });
    read.unwrap_or_else(|| Value::str(text))
}

/// Returns the entries whose key has a text: a number and a string may have the same.
fn entries_of(map: &Map, name: &[u8]) -> Vec<(Value, Value)> {
    if map.map_type().name != GENERAL_MAP.name {
        return map.get(name).map(|value| (Value::str(name), value)).into_iter().collect();
    }
    let has_name = |key: &Value| match key {
        Value::Str(text) => &text[..] == name,
        key => goyaml::marshal_pretty(key).is_ok_and(|text| text.strip_suffix(b"\n") == Some(name)),
    };
    entries(map).into_iter().filter(|(key, _)| has_name(key)).collect()
}

fn compare(operator: Operator, a: &Scalar<'_>, b: &Scalar<'_>) -> Result<bool, Error> {
    fn text<'s>(scalar: &'s Scalar<'_>) -> Option<&'s [u8]> {
        match scalar {
            Scalar::Text(text) => Some(text),
            Scalar::Literal(text) => Some(text),
            _ => None,
        }
    }
    let ordering = match (a, b) {
        (Scalar::Number(a), Scalar::Number(b)) => {
            for n in [a, b] {
                if !n.is_finite() {
                    // The reference ends here, with Go's words for a panic.
                    return Err(Error(format!("invalid numeric value {}", shown(*n)).into()));
                }
            }
            a.partial_cmp(b)
        }
        (Scalar::Boolean(a), Scalar::Boolean(b)) => (a == b).then_some(Ordering::Equal),
        (Scalar::Null, Scalar::Null) => Some(Ordering::Equal),
        _ => text(a).zip(text(b)).map(|(a, b)| a.cmp(b)),
    };
    Ok(match operator {
        Operator::Equal => ordering == Some(Ordering::Equal),
        Operator::NotEqual => ordering != Some(Ordering::Equal),
        Operator::Greater => ordering == Some(Ordering::Greater),
        Operator::GreaterOrEqual => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
        Operator::Less => ordering == Some(Ordering::Less),
        Operator::LessOrEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
    })
}

/// Returns what YAML writes for a number that is not finite.
fn shown(n: f64) -> &'static str {
    match (n.is_nan(), n.is_sign_negative()) {
        (true, _) => ".nan",
        (_, true) => "-.inf",
        _ => ".inf",
    }
}

fn matches(text: &Scalar<'_>, expression: &Scalar<'_>) -> bool {
    let Scalar::Regexp(Some(expression)) = expression else { return false };
    let text = match text {
        Scalar::Text(text) => text.as_bytes(),
        Scalar::Literal(text) => text,
        _ => return false,
    };
    expression.is_match(text)
}
