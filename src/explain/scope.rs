//! Follows what templates read: what `.`, `$` and variables stand for at a place, as far as that can be told without
//! running anything.

use std::ops::Range;

use gostd::value::{Map, Str, Value};
use gotemplate::func::Go;
use gotemplate::{Outline, Word, outline};

/// How deep variables are followed.
const MAX_DEPTH: usize = 20;
/// How many names are listed.
const MANY: usize = 6;
/// How many items of a list are looked at.
const MAX_ITEMS: usize = 1000;
/// The keys of what a template gets.
pub(super) const TOP: &[&str] =
    &["Values", "Release", "Chart", "Files", "Capabilities", "Template", "Subcharts"];

/// A value, and how it is read from the top.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) value: Value,
    /// The keys from the top; `None` for what was computed.
    pub(super) path: Option<Vec<Step>>,
    /// What a map or a list that was computed has been made of.
    parts: Vec<(Str, Seen)>,
}

/// A step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(Str),
    Item(usize),
}

impl Seen {
    pub(super) fn top(context: &Map) -> Seen {
        Seen { value: Value::Map(context.clone()), path: Some(Vec::new()), parts: Vec::new() }
    }

    pub(super) fn computed(value: Value) -> Seen {
        Seen { value, path: None, parts: Vec::new() }
    }

    pub(super) fn is_top(&self) -> bool {
        self.path.as_ref().is_some_and(Vec::is_empty)
    }

    fn step(&self, step: Step, value: Value) -> Seen {
        let path = self.path.clone().map(|mut path| {
            path.push(step);
            path
        });
        Seen { value, path, parts: Vec::new() }
    }

    /// Returns the value under a key: null where there is none; nothing where keys are no use.
    pub(super) fn key(&self, key: &[u8]) -> Option<Seen> {
        if let Some((_, part)) = self.parts.iter().find(|(name, _)| **name == *key) {
            return Some(part.clone());
        }
        let value = match &self.value {
            Value::Map(map) => map.get(key).unwrap_or_default(),
            Value::Object(o) => match o.as_map() {
                Some(map) => map.get(key).unwrap_or_default(),
                None => o.field(&String::from_utf8_lossy(key))?,
            },
            _ => return None,
        };
        Some(self.step(Step::Key(Str::from(key)), value))
    }

    /// Returns the keys that it has.
    pub(super) fn keys(&self) -> Vec<String> {
        match &self.value {
            Value::Map(map) => map.keys().iter().map(Str::to_string).collect(),
            Value::Object(o) => match o.as_map() {
                Some(map) => map.keys().iter().map(Str::to_string).collect(),
                None => {
                    let mut names = Vec::new();
                    for (name, value) in o.fields() {
                        match value {
                            // A field of Go's that lends its own fields.
                            Value::Object(inner) if name == "Metadata" => {
                                names.extend(inner.fields().iter().map(|(n, _)| n.to_string()));
                            }
                            _ => names.push(name.to_string()),
                        }
                    }
                    names
                }
            },
            _ => Vec::new(),
        }
    }

    fn items(&self) -> Vec<Seen> {
        match &self.value {
            Value::List(_) if !self.parts.is_empty() => {
                self.parts.iter().map(|(_, part)| part.clone()).collect()
            }
            Value::List(list) => {
                let items = list.iter().take(MAX_ITEMS).enumerate();
                items.map(|(n, item)| self.step(Step::Item(n), item.clone())).collect()
            }
            Value::Map(map) => {
                let entries = map.entries().into_iter().take(MAX_ITEMS);
                entries.map(|(key, value)| self.step(Step::Key(key), value)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Returns how it is read from the top, `.Values.a[0].b`.
    pub(super) fn shown(&self) -> Option<String> {
        let path = self.path.as_ref()?;
        let mut text = String::new();
        for step in path {
            match step {
                Step::Key(key) if is_name(key) => text.push_str(&format!(".{key}")),
                Step::Key(key) => text.push_str(&format!("[{:?}]", key.to_string_lossy())),
                Step::Item(n) => text.push_str(&format!("[{n}]")),
            }
        }
        Some(if text.is_empty() { ".".to_owned() } else { text })
    }
}

fn is_name(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
}

/// Says what a value is, for people.
pub(super) fn described(value: &Value) -> String {
    match value {
        Value::Invalid | Value::Nil => "null".to_owned(),
        Value::Bool(value) => format!("{value}, a boolean"),
        Value::Int(_, n) => format!("{n}, a number"),
        Value::Uint(_, n) => format!("{n}, a number"),
        Value::Float(n) => format!("{n}, a number"),
        Value::Str(text) if text.is_empty() => "an empty string".to_owned(),
        Value::Str(text) => {
            let text = text.to_string_lossy();
            let cut: String = text.chars().take(40).collect();
            let more = if cut.len() < text.len() { "…" } else { "" };
            format!("the string {cut:?}{more}")
        }
        Value::List(list) => match list.len() {
            0 => "an empty list".to_owned(),
            1 => "a list with one item".to_owned(),
            n => format!("a list of {n} items"),
        },
        Value::Map(map) => match &map.keys()[..] {
            [] => "an empty map".to_owned(),
            keys => format!("a map with {}", listed(keys.iter().map(Str::to_string).collect())),
        },
        other => format!("a {}", other.type_name()),
    }
}

/// Lists a few names, the first ones by the alphabet.
pub(super) fn listed(mut names: Vec<String>) -> String {
    names.sort();
    listed_as_they_come(names)
}

/// Lists a few names, the nearest to one first.
pub(super) fn listed_near(mut names: Vec<String>, to: &str) -> String {
    if names.len() <= MANY {
        return listed(names);
    }
    // How far those are that are farther makes no difference.
    let far = |name: &String| crate::near::within(name.as_bytes(), to.as_bytes(), 64);
    names.sort_by_cached_key(|name| far(name).unwrap_or(usize::MAX));
    listed_as_they_come(names)
}

fn listed_as_they_come(names: Vec<String>) -> String {
    let more = names.len().saturating_sub(MANY);
    let quoted: Vec<String> = names.iter().take(MANY).map(|name| format!("`{name}`")).collect();
    match more {
        0 => quoted.join(", "),
        more => format!("{} and {more} more", quoted.join(", ")),
    }
}

/// A place in a text of a template, and what the template was given.
pub(super) struct Scope<'t> {
    text: &'t [u8],
    outline: Outline,
    /// What `$` may be.
    root: Vec<Seen>,
}

/// What changes `.`: the action, and whether it is a `range`.
#[derive(Clone, Debug)]
pub(super) struct Rebinding {
    pub(super) span: Range<usize>,
    pub(super) word: Word,
}

impl<'t> Scope<'t> {
    pub(super) fn new(text: &'t [u8], go: Go, root: Vec<Seen>) -> Scope<'t> {
        Scope { text, outline: outline(text, go), root }
    }

    /// Returns the innermost block that has changed `.` at a place.
    pub(super) fn rebinding(&self, offset: usize) -> Option<Rebinding> {
        let mut found = None;
        for block in self.outline.around(offset) {
            let opener = &self.outline.actions[block.opener];
            let mut passed = block.elses.iter().map(|n| &self.outline.actions[*n]);
            let last = passed.rfind(|action| action.span.end <= offset);
            match (opener.word, last.map(|action| action.word)) {
                (Word::Define | Word::Block, _) => found = None,
                (Word::With | Word::Range, None) => {
                    found = Some(Rebinding { span: opener.span.clone(), word: opener.word });
                }
                _ => {}
            }
        }
        found
    }

    /// Returns what `.` may be at a place.
    pub(super) fn dot(&self, offset: usize) -> Vec<Seen> {
        self.dot_at(offset, 0)
    }

    fn dot_at(&self, offset: usize, depth: usize) -> Vec<Seen> {
        let mut dot = self.root.clone();
        if depth > MAX_DEPTH {
            return Vec::new();
        }
        for block in self.outline.around(offset) {
            let opener = &self.outline.actions[block.opener];
            let mut passed = block.elses.iter().map(|n| &self.outline.actions[*n]);
            let last = passed.rfind(|action| action.span.end <= offset);
            let rest = |action: &gotemplate::Action| &self.text[action.rest.clone()];
            match (opener.word, last) {
                (Word::Define | Word::Block, _) => dot = self.root.clone(),
                (Word::With, None) => {
                    dot = self.pipeline(rest(opener), opener.span.start, &dot, depth + 1);
                }
                (Word::With, Some(other)) if other.word == Word::ElseWith => {
                    dot = self.pipeline(rest(other), other.span.start, &dot, depth + 1);
                }
                (Word::Range, None) => {
                    let over = self.pipeline(rest(opener), opener.span.start, &dot, depth + 1);
                    dot = over.iter().flat_map(Seen::items).collect();
                }
                _ => {}
            }
        }
        dot
    }

    /// Returns what an expression may be at a place.
    pub(super) fn eval(&self, expr: &[u8], offset: usize) -> Vec<Seen> {
        let dot = self.dot(offset);
        self.pipeline(expr, offset, &dot, 0)
    }

    fn pipeline(&self, text: &[u8], at: usize, dot: &[Seen], depth: usize) -> Vec<Seen> {
        if depth > MAX_DEPTH {
            return Vec::new();
        }
        let text = without_declaration(text);
        let commands = split(text, |b| b == b'|');
        let Some((first, more)) = commands.split_first() else { return Vec::new() };
        let mut seen = self.command(first, at, dot, depth);
        for command in more {
            let words = split(command, |b| b.is_ascii_whitespace());
            seen = match &words[..] {
                [b"default", other] => self.or_default(seen, other, at, dot, depth),
                [b"required", _] => seen,
                [b"quote" | b"toString" | b"trim"] => Vec::new(),
                _ => Vec::new(),
            };
        }
        seen
    }

    fn or_default(
        &self,
        seen: Vec<Seen>,
        other: &[u8],
        at: usize,
        dot: &[Seen],
        depth: usize,
    ) -> Vec<Seen> {
        match seen.iter().any(|seen| !seen.value.truth()) {
            true => self.operand(other, at, dot, depth + 1),
            false => seen,
        }
    }

    fn command(&self, text: &[u8], at: usize, dot: &[Seen], depth: usize) -> Vec<Seen> {
        let words = split(text, |b| b.is_ascii_whitespace());
        let one = |word: &[u8]| self.operand(word, at, dot, depth + 1);
        match &words[..] {
            [] => Vec::new(),
            [b"dict", entries @ ..] => {
                let map = Map::new();
                let mut parts = Vec::new();
                for pair in entries.chunks_exact(2) {
                    let key = super::subject::first_string(pair[0]).map(Str::from);
                    if let (Some(key), Some(seen)) = (key, one(pair[1]).into_iter().next()) {
                        map.insert(key.clone(), seen.value.clone());
                        parts.push((key, seen));
                    }
                }
                vec![Seen { parts, ..Seen::computed(Value::Map(map)) }]
            }
            [b"list", items @ ..] => {
                let mut parts = Vec::new();
                for item in items.iter() {
                    let Some(seen) = one(item).into_iter().next() else { return Vec::new() };
                    parts.push((Str::EMPTY, seen));
                }
                let values = parts.iter().map(|(_, part)| part.value.clone()).collect();
                vec![Seen { parts, ..Seen::computed(Value::list(values)) }]
            }
            [b"default", other, value] => self.or_default(one(value), other, at, dot, depth),
            [b"required", _, value] => one(value),
            [b"get", map, key] => match super::subject::first_string(key) {
                Some(key) => one(map).iter().filter_map(|map| map.key(&key)).collect(),
                None => Vec::new(),
            },
            [b"index", value, keys @ ..] => {
                let mut seen = one(value);
                for key in keys {
                    let Some(key) = super::subject::first_string(key) else { return Vec::new() };
                    seen = seen.iter().filter_map(|seen| seen.key(&key)).collect();
                }
                seen
            }
            [word] => one(word),
            _ => Vec::new(),
        }
    }

    fn operand(&self, text: &[u8], at: usize, dot: &[Seen], depth: usize) -> Vec<Seen> {
        if depth > MAX_DEPTH {
            return Vec::new();
        }
        if let Some((inner, path)) = in_parentheses(text) {
            let seen = self.pipeline(inner, at, dot, depth + 1);
            return read(seen, &fields(path));
        }
        match text {
            b"." => dot.to_vec(),
            b"true" => vec![Seen::computed(Value::Bool(true))],
            b"false" => vec![Seen::computed(Value::Bool(false))],
            [b'.', ..] => read(dot.to_vec(), &fields(text)),
            [b'$', rest @ ..] => {
                let end = rest.iter().position(|b| *b == b'.').unwrap_or(rest.len());
                let (name, path) = rest.split_at(end);
                let seen = match name {
                    b"" => self.root.clone(),
                    name => self.variable(name, at, depth + 1),
                };
                read(seen, &fields(path))
            }
            [b'"' | b'`', ..] => match super::subject::first_string(text) {
                Some(text) => vec![Seen::computed(Value::from(text))],
                None => Vec::new(),
            },
            _ => match std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()) {
                Some(n) => vec![Seen::computed(Value::int(n))],
                None => Vec::new(),
            },
        }
    }

    /// Returns what a variable may be at a place: what the last action before it has set, of those whose block is
    /// open still.
    fn variable(&self, name: &[u8], at: usize, depth: usize) -> Vec<Seen> {
        if depth > MAX_DEPTH {
            return Vec::new();
        }
        for action in self.outline.actions.iter().rev().filter(|a| a.span.end <= at) {
            let rest = &self.text[action.rest.clone()];
            let Some(position) = declared(rest).iter().position(|n| *n == name) else { continue };
            let opens = matches!(action.word, Word::Range | Word::With | Word::If);
            if opens && !self.holds(action, at) {
                continue;
            }
            let dot = self.dot_at(action.span.start, depth + 1);
            let seen = self.pipeline(rest, action.span.start, &dot, depth + 1);
            return match (action.word, declared(rest).len(), position) {
                (Word::Range, 2, 0) => Vec::new(),
                (Word::Range, ..) => seen.iter().flat_map(Seen::items).collect(),
                _ => seen,
            };
        }
        Vec::new()
    }

    fn holds(&self, action: &gotemplate::Action, at: usize) -> bool {
        self.outline.around(at).any(|b| self.outline.actions[b.opener].span == action.span)
    }
}

/// Returns the names in `.a.b`.
pub(super) fn fields(path: &[u8]) -> Vec<&[u8]> {
    path.split(|b| *b == b'.').filter(|name| !name.is_empty()).collect()
}

fn read(mut seen: Vec<Seen>, path: &[&[u8]]) -> Vec<Seen> {
    for key in path {
        seen = seen.iter().filter_map(|seen| seen.key(key)).collect();
    }
    seen
}

/// Returns the names that a pipeline declares or sets, without their `$`.
fn declared(text: &[u8]) -> Vec<&[u8]> {
    let kept = without_declaration(text);
    let head = &text[..text.len() - kept.len()];
    let names = head.split(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$')));
    names.filter_map(|name| name.strip_prefix(b"$")).collect()
}

/// Returns what follows `$x :=`, `$x =` or `$k, $v :=`.
fn without_declaration(text: &[u8]) -> &[u8] {
    let trimmed = text.trim_ascii_start();
    if !trimmed.starts_with(b"$") {
        return text;
    }
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b',' | b' ');
    let end = trimmed.iter().take_while(|b| is_name(b)).count();
    match &trimmed[end..] {
        [b':', b'=', rest @ ..] => rest,
        [b'=', rest @ ..] => rest,
        _ => text,
    }
}

/// Splits a text at what stands neither in quotes nor in parentheses.
pub(super) fn split(text: &[u8], is_mark: impl Fn(u8) -> bool) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let (mut depth, mut start, mut quote, mut escaped) = (0i32, 0, None, false);
    for (at, &b) in text.iter().enumerate() {
        match quote {
            Some(q) => {
                if b == q && !escaped {
                    quote = None;
                }
                escaped = b == b'\\' && !escaped && q != b'`';
            }
            None => match b {
                b'"' | b'`' | b'\'' => quote = Some(b),
                b'(' => depth += 1,
                b')' => depth -= 1,
                b if depth == 0 && is_mark(b) => {
                    parts.push(text[start..at].trim_ascii());
                    start = at + 1;
                }
                _ => {}
            },
        }
    }
    parts.push(text[start..].trim_ascii());
    parts.retain(|part| !part.is_empty());
    parts
}

/// Takes `(pipeline).a.b` apart.
pub(super) fn in_parentheses(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if text.first() != Some(&b'(') {
        return None;
    }
    let mut depth = 0i32;
    for (at, b) in text.iter().enumerate() {
        match b {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&text[1..at], &text[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> Map {
        let (top, values, item) = (Map::new(), Map::new(), Map::new());
        item.insert("name", "a".into());
        values.insert("hosts", Value::list(vec![Value::Map(item)]));
        values.insert("size", Value::int(3));
        top.insert("Values", Value::Map(values));
        top
    }

    #[test]
    fn dots_and_variables_are_followed() {
        let rows: &[(&str, &str, &str)] = &[
            ("{{ @ }}", ".Values.size", ".Values.size = 3, a number"),
            ("{{ with .Values }}{{ @ }}{{ end }}", ".size", ".Values.size = 3, a number"),
            (
                "{{ range .Values.hosts }}{{ @ }}{{ end }}",
                ".name",
                ".Values.hosts[0].name = the string \"a\"",
            ),
            ("{{ range .Values.hosts }}{{ else }}{{ @ }}{{ end }}", ".", ". = a map with `Values`"),
            (
                "{{ $x := .Values }}{{ with .Values.size }}{{ @ }}{{ end }}",
                "$x.size",
                ".Values.size = 3, a number",
            ),
            (
                "{{ range $i, $h := .Values.hosts }}{{ @ }}{{ end }}",
                "$h.name",
                ".Values.hosts[0].name = the string \"a\"",
            ),
            ("{{ range $i, $h := .Values.hosts }}{{ end }}{{ @ }}", "$h.name", ""),
            ("{{ @ }}", "dict \"a\" .Values.size", "? = a map with `a`"),
            (
                "{{ @ }}",
                "(index .Values \"hosts\") | default (list 1)",
                ".Values.hosts = a list with one item",
            ),
        ];
        for (text, expr, want) in rows {
            let at = text.find('@').unwrap();
            let scope = Scope::new(text.as_bytes(), Go::default(), vec![Seen::top(&context())]);
            let seen = scope.eval(expr.as_bytes(), at);
            let show =
                |s: &Seen| format!("{} = {}", s.shown().unwrap_or("?".into()), described(&s.value));
            assert_eq!(seen.first().map(show).unwrap_or_default(), *want, "{text} {expr}");
        }
    }
}
