//! Follows a path through a value.

use std::cmp::Ordering;
use std::rc::Rc;

use gostd::regexp::Regexp;
use gostd::value::{GENERAL_MAP, Map, Str, Value};

use super::parse::{Filter, Operator, Step, Term};
use super::slice::Subscript;
use super::{Error, Key};

/// How many nodes one search visits at most.
const MOST: usize = 5_000_000;

/// What is kept of the way to a node.
pub(super) trait Way: Clone {
    /// The way to a value in a map, or to its key.
    fn to_member(&self, key: &Str) -> Self;
    /// The way to an item of a list.
    fn to_item(&self, index: usize) -> Self;
}

/// Nothing is kept.
impl Way for () {
    fn to_member(&self, _: &Str) {}
    fn to_item(&self, _: usize) {}
}

/// The last step, and the way before it; nothing at the root.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps(Option<Rc<(Steps, Key)>>);

impl Way for Steps {
    fn to_member(&self, key: &Str) -> Steps {
        Steps(Some(Rc::new((self.clone(), Key::Name(key.clone())))))
    }

    fn to_item(&self, index: usize) -> Steps {
        Steps(Some(Rc::new((self.clone(), Key::Item(index)))))
    }
}

impl Steps {
    /// Returns the steps, the first one first.
    pub(super) fn keys(&self) -> Vec<Key> {
        let mut keys = Vec::new();
        let mut at = self;
        while let Some(step) = &at.0 {
            keys.push(step.1.clone());
            at = &step.0;
        }
        keys.reverse();
        keys
    }
}

/// A node as go-yaml would have it, and the way to it.
#[derive(Clone, Debug)]
pub(super) enum Node<W> {
    /// The document that has the value as its root.
    Document(Value, W),
    /// A value, or a key.
    Value(Value, W),
}

impl<W> Node<W> {
    pub(super) fn into_value(self) -> Value {
        self.into_parts().0
    }

    pub(super) fn into_parts(self) -> (Value, W) {
        match self {
            Node::Document(value, way) | Node::Value(value, way) => (value, way),
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
    pub(super) fn find<W: Way>(
        &mut self,
        steps: &[Step],
        root: &Node<W>,
    ) -> Result<Vec<Node<W>>, Error> {
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

    /// Returns the nodes that the steps find, or those at which they find nothing further, and which step does not.
    pub(super) fn reach<W: Way>(
        &mut self,
        steps: &[Step],
        root: &Node<W>,
    ) -> Result<(Vec<Node<W>>, Option<usize>), Error> {
        let mut nodes = vec![root.clone()];
        for (at, step) in steps.iter().enumerate() {
            let mut next = Vec::new();
            for node in &nodes {
                self.visit()?;
                self.step(step, node.clone(), root, &mut next)?;
            }
            if next.is_empty() {
                return Ok((nodes, Some(at)));
            }
            nodes = next;
        }
        Ok((nodes, None))
    }

    fn step<W: Way>(
        &mut self,
        step: &Step,
        node: Node<W>,
        root: &Node<W>,
        out: &mut Vec<Node<W>>,
    ) -> Result<(), Error> {
        match (step, node) {
            (Step::Root, node) => {
                let (value, way) = node.into_parts();
                out.push(Node::Value(value, way));
            }
            (Step::Recurse, node) => self.recurse(node, out)?,
            (Step::Child(name), Node::Value(Value::Map(map), way)) => {
                out.extend(entries_of(&map, name).into_iter().take(1).map(|e| e.value(&way)));
            }
            (Step::Children(names), Node::Value(Value::Map(map), way)) => {
                for name in names {
                    self.visit()?;
                    out.extend(entries_of(&map, name).into_iter().map(|e| e.value(&way)));
                }
            }
            (Step::Key(name), Node::Value(Value::Map(map), way)) => {
                out.extend(entries_of(&map, name).into_iter().take(1).map(|e| e.key(&way)));
            }
            (Step::Keys(names), Node::Value(Value::Map(map), way)) => {
                for name in names {
                    self.visit()?;
                    out.extend(entries_of(&map, name).into_iter().map(|e| e.key(&way)));
                }
            }
            (Step::AllKeys, Node::Value(Value::Map(map), way)) => {
                for entry in entries(&map) {
                    self.visit()?;
                    out.push(entry.key(&way));
                }
            }
            (
                Step::AllChildren | Step::Subscript(Subscript::All { of_maps: true }),
                Node::Value(Value::Map(map), way),
            ) => {
                for (key, value) in goyaml::entries_in_order(&map) {
                    self.visit()?;
                    out.push(Node::Value(value, way.to_member(&key)));
                }
            }
            (Step::AllChildren, Node::Value(Value::List(list), way)) => {
                for (i, item) in list.iter().enumerate() {
                    self.visit()?;
                    out.push(Node::Value(item.clone(), way.to_item(i)));
                }
            }
            (Step::Subscript(subscript), Node::Value(Value::List(list), way)) => {
                subscript.each(list.len(), |i| {
                    self.visit()?;
                    out.extend(list.get(i).map(|item| Node::Value(item.clone(), way.to_item(i))));
                    Ok(())
                })?;
            }
            (Step::Filter(filter), Node::Value(Value::List(list), way)) => {
                for (i, item) in list.iter().enumerate() {
                    let item = Node::Value(item.clone(), way.to_item(i));
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
    fn recurse<W: Way>(&mut self, node: Node<W>, out: &mut Vec<Node<W>>) -> Result<(), Error> {
        let start = out.len();
        let mut left = vec![node.into_parts()];
        // The other way around: a node, and then those below it, the last one first.
        while let Some((value, way)) = left.pop() {
            self.visit()?;
            match &value {
                Value::List(list) => {
                    let items = list.iter().enumerate();
                    left.extend(items.map(|(i, item)| (item.clone(), way.to_item(i))));
                }
                Value::Map(map) => {
                    left.extend(entries(map).into_iter().flat_map(|entry| {
                        let way = way.to_member(&entry.text);
                        [(entry.key, way.clone()), (entry.value, way)]
                    }));
                }
                _ => {}
            }
            out.push(Node::Value(value, way));
        }
        out[start..].reverse();
        Ok(())
    }

    fn holds<W: Way>(
        &mut self,
        filter: &Filter,
        node: &Node<W>,
        root: &Node<W>,
    ) -> Result<bool, Error> {
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
    fn all_pairs<W: Way>(
        &mut self,
        left: &Term,
        right: &Term,
        node: &Node<W>,
        root: &Node<W>,
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

    fn scalars<'t, W: Way>(
        &mut self,
        term: &'t Term,
        node: &Node<W>,
        root: &Node<W>,
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

fn scalar<'t, W>(node: Node<W>) -> Scalar<'t> {
    let Node::Value(value, _) = node else { return Scalar::Unknown };
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

/// An entry of a map.
struct Entry {
    /// The key as the map has it.
    text: Str,
    key: Value,
    value: Value,
}

impl Entry {
    fn key<W: Way>(self, of_map: &W) -> Node<W> {
        Node::Value(self.key, of_map.to_member(&self.text))
    }

    fn value<W: Way>(self, of_map: &W) -> Node<W> {
        Node::Value(self.value, of_map.to_member(&self.text))
    }
}

/// Returns a map's entries in the order in which go-yaml writes them.
fn entries(map: &Map) -> Vec<Entry> {
    let is_general = map.map_type().name == GENERAL_MAP.name;
    let read = |text: &Str| if is_general { read_key(text) } else { Value::Str(text.clone()) };
    let all = goyaml::entries_in_order(map).into_iter();
    all.map(|(text, value)| Entry { key: read(&text), text, value }).collect()
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
fn entries_of(map: &Map, name: &[u8]) -> Vec<Entry> {
    if map.map_type().name != GENERAL_MAP.name {
        let text = || Str::from(name);
        let entry = |value| Entry { text: text(), key: Value::Str(text()), value };
        return map.get(name).map(entry).into_iter().collect();
    }
    let has_name = |entry: &Entry| match &entry.key {
        Value::Str(text) => &text[..] == name,
        key => goyaml::marshal_pretty(key).is_ok_and(|text| text.strip_suffix(b"\n") == Some(name)),
    };
    // Only what is written in quotes, or with a tag, is another text than it stands for: few are read.
    let may_have_name = |text: &Str| match text.first() {
        None | Some(b'"' | b'\'' | b'|' | b'>' | b'!' | b'?') => true,
        _ => &text[..] == name,
    };
    let all = goyaml::entries_in_order(map).into_iter();
    all.filter(|(text, _)| may_have_name(text))
        .map(|(text, value)| Entry { key: read_key(&text), text, value })
        .filter(has_name)
        .collect()
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
