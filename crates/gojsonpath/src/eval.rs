//! Evaluates templates on data, as client-go does: each step maps the values it is given to others.

use super::parse::{Bound, Node, Operator};
use gostd::value::{Str, UintKind, Value};
use gostd::{fmt, json};

/// How deep data may nest below a recursive descent, and ranges within each other.
const MAX_DEPTH: usize = 1000;
/// How many values a template may come to. Go has no bound but its memory.
const MAX_RESULTS: usize = 5_000_000;

/// The values of a step, and whether it failed on the way. Filters go on with what a failed path has
/// come to.
type Outcome = (Vec<Value>, Result<(), Failed>);

/// A step that leads nowhere; the reason is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Failed;

fn done(values: Vec<Value>) -> Outcome {
    (values, Ok(()))
}

pub(super) fn execute(nodes: &[Node], data: &Value) -> Vec<u8> {
    let mut run = Run { nodes, begin: 0, inside: 0, end: 0, last_end: None, left: MAX_RESULTS };
    let Ok(results) = run.find(data.clone(), 0, 0) else { return Vec::new() };
    let mut out = Vec::new();
    for values in results {
        for (i, value) in values.iter().enumerate() {
            if i > 0 {
                out.push(b' ');
            }
            match value {
                Value::Map(_) | Value::List(_) => match json::marshal(value, true) {
                    Ok(text) => out.extend_from_slice(&text),
                    Err(_) => return out,
                },
                Value::Nil => out.extend_from_slice(b"null"),
                Value::Invalid => out.extend_from_slice(b"<no value>"),
                other => match fmt::write_value(&mut out, other) {
                    Ok(()) => {}
                    Err(_) => return out,
                },
            }
        }
    }
    out
}

/// The state of client-go's loop over ranges.
struct Run<'n> {
    nodes: &'n [Node],
    /// Ranges met and not yet begun.
    begin: usize,
    inside: usize,
    /// Ends met and not yet heeded.
    end: usize,
    last_end: Option<usize>,
    left: usize,
}

impl Run<'_> {
    fn find(&mut self, data: Value, from: usize, depth: usize) -> Result<Vec<Vec<Value>>, Failed> {
        if depth > MAX_DEPTH {
            return Err(Failed);
        }
        let current = [data];
        let mut all = Vec::new();
        let nodes = self.nodes;
        let mut i = from;
        while let Some(node) = nodes.get(i) {
            let (results, state) = self.walk(&current, node);
            state?;
            if self.end > 0 && self.end <= self.inside {
                self.end -= 1;
                self.last_end = Some(i);
                break;
            }
            if self.begin > 0 {
                self.begin -= 1;
                self.inside += 1;
                if results.is_empty() {
                    // The way to the end is found by walking it.
                    self.find(Value::Invalid, i + 1, depth + 1)?;
                }
                for value in results {
                    let value = if value.is_nil() { Value::Invalid } else { value };
                    all.extend(self.find(value, i + 1, depth + 1)?);
                }
                self.inside -= 1;
                if let Some(end) = self.last_end.filter(|end| *end > i) {
                    i = end;
                }
            } else {
                all.push(results);
            }
            i += 1;
        }
        Ok(all)
    }

    /// Accounts for so many values.
    fn spend(&mut self, count: usize) -> Result<(), Failed> {
        self.left = self.left.checked_sub(count).ok_or(Failed)?;
        Ok(())
    }

    fn walk(&mut self, input: &[Value], node: &Node) -> Outcome {
        let failed = |values: &[Value]| (values.to_vec(), Err(Failed));
        let each = |value: Value| done(vec![value; input.len()]);
        let (values, state) = match node {
            Node::List(nodes) => self.list(input, nodes),
            Node::Text(text) => done(vec![Value::Str(text.clone())]),
            Node::Int(n) => each(Value::int(*n)),
            Node::Float(n) => each(Value::Float(*n)),
            Node::Bool(b) => each(Value::Bool(*b)),
            Node::Field(name) => field(input, name),
            Node::Slice(bounds) => slice(input, bounds),
            Node::Filter { left, right, operator } => self.filter(input, left, right, *operator),
            Node::Wildcard => done(input.iter().flat_map(children).collect()),
            Node::Recursive => {
                let mut values = Vec::new();
                let state = self.recursive(input, &mut values, 0);
                (values, state)
            }
            Node::Union(parts) => {
                let mut values = Vec::new();
                for part in parts {
                    match self.list(input, part) {
                        (found, Ok(())) => values.extend(found),
                        _ => return failed(input),
                    }
                }
                done(values)
            }
            Node::Range => {
                self.begin += 1;
                done(input.to_vec())
            }
            Node::End if self.inside > 0 => {
                self.end += 1;
                done(Vec::new())
            }
            Node::End => (Vec::new(), Err(Failed)),
            Node::Unknown => failed(input),
        };
        let spent = self.spend(values.len());
        (values, state.and(spent))
    }

    fn list(&mut self, input: &[Value], nodes: &[Node]) -> Outcome {
        let mut values = input.to_vec();
        for node in nodes {
            let (next, state) = self.walk(&values, node);
            values = next;
            if state.is_err() {
                return (values, state);
            }
        }
        done(values)
    }

    fn recursive(
        &mut self,
        input: &[Value],
        into: &mut Vec<Value>,
        depth: usize,
    ) -> Result<(), Failed> {
        if depth > MAX_DEPTH {
            return Err(Failed);
        }
        for value in input {
            let inner = children(value);
            self.spend(inner.len())?;
            if !inner.is_empty() {
                into.push(value.clone());
                self.recursive(&inner, into, depth + 1)?;
            }
        }
        Ok(())
    }

    fn filter(
        &mut self,
        input: &[Value],
        left: &[Node],
        right: &[Node],
        operator: Operator,
    ) -> Outcome {
        let mut results = Vec::new();
        for value in input {
            let Value::List(items) = value else { return (input.to_vec(), Err(Failed)) };
            for item in items.iter() {
                let one = [item.clone()];
                let (lefts, state) = self.list(&one, left);
                if operator == Operator::Exists {
                    if !lefts.is_empty() {
                        results.push(item.clone());
                    }
                    continue;
                }
                let given_up = (input.to_vec(), Err(Failed));
                if state.is_err() {
                    return given_up;
                }
                let left = match &lefts[..] {
                    [] => continue,
                    [left] => left,
                    _ => return given_up,
                };
                let (rights, state) = self.list(&one, right);
                if state.is_err() {
                    return given_up;
                }
                let right = match &rights[..] {
                    [] => continue,
                    [right] => right,
                    _ => return given_up,
                };
                match passes(left, right, operator) {
                    Ok(true) => results.push(item.clone()),
                    Ok(false) => {}
                    Err(Failed) => return (results, Err(Failed)),
                }
            }
        }
        done(results)
    }
}

fn field(input: &[Value], name: &Str) -> Outcome {
    let found: Vec<Value> = input
        .iter()
        .filter_map(|value| match value {
            Value::Map(map) => map.get(name),
            _ => None,
        })
        .collect();
    let state = if found.is_empty() && !input.is_empty() { Err(Failed) } else { Ok(()) };
    (found, state)
}

fn slice(input: &[Value], bounds: &[Bound; 3]) -> Outcome {
    let mut result = Vec::new();
    let failed = || (input.to_vec(), Err(Failed));
    for value in input {
        let items = match value {
            Value::Nil => continue,
            Value::List(items) => items,
            _ => return failed(),
        };
        let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let [first, last, step] = bounds;
        let mut start = if first.known { first.value } else { 0 };
        if start < 0 {
            start = start.saturating_add(length);
        }
        let mut end = if last.known { last.value } else { length };
        if end < 0 || (end == 0 && last.derived) {
            end = end.saturating_add(length);
        }
        if start == end {
            return done(result);
        }
        let inside = (0..length).contains(&start) && (0..=length).contains(&end) && start <= end;
        let (Ok(start), Ok(end), true) = (usize::try_from(start), usize::try_from(end), inside)
        else {
            return failed();
        };
        let step = match step.known {
            false => 1,
            true => match usize::try_from(step.value) {
                Ok(step) if step > 0 => step,
                _ => return failed(),
            },
        };
        result.extend(items.iter().take(end).skip(start).step_by(step).cloned());
    }
    done(result)
}

/// Returns what is directly inside a value; of a text, its bytes.
fn children(value: &Value) -> Vec<Value> {
    match value {
        Value::Map(map) => map.entries().into_iter().map(|(_, value)| value).collect(),
        Value::List(items) => items.iter().cloned().collect(),
        Value::Str(text) => {
            text.iter().map(|b| Value::Uint(UintKind::Uint8, u64::from(*b))).collect()
        }
        _ => Vec::new(),
    }
}

/// Compares two values of the same basic kind; no others can be.
fn passes(left: &Value, right: &Value, operator: Operator) -> Result<bool, Failed> {
    use std::cmp::Ordering;
    let ordered = !matches!(operator, Operator::Equal | Operator::NotEqual);
    let order = match (left, right) {
        (Value::Bool(_), Value::Bool(_)) if ordered => return Err(Failed),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Str(a), Value::Str(b)) => Some(a[..].cmp(&b[..])),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Int(_, a), Value::Int(_, b)) => Some(a.cmp(b)),
        (Value::Uint(_, a), Value::Uint(_, b)) => Some(a.cmp(b)),
        (Value::Int(_, a), Value::Uint(_, b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        (Value::Uint(_, a), Value::Int(_, b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        _ => return Err(Failed),
    };
    Ok(match operator {
        Operator::Less => order == Some(Ordering::Less),
        Operator::LessEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Operator::Greater => !matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Operator::GreaterEqual => order != Some(Ordering::Less),
        Operator::Equal => order == Some(Ordering::Equal),
        Operator::NotEqual => order != Some(Ordering::Equal),
        Operator::Exists | Operator::Unknown => return Err(Failed),
    })
}
