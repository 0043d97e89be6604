//! Holds rendered documents as assertions see them: as go-yaml v3 reads them, and what lies at a path in them.

use std::cell::OnceCell;
use std::rc::Rc;

use bstr::{BString, ByteSlice};
use gostd::stack;
use gostd::time::{Time, Zone, time_of};
use gostd::value::{ANY_MAP, Map, Str, Value};
use goyaml::{Stream, Typed};
use goyamlpath::Reached;

/// The key under which a text that is no YAML stands.
pub(super) const RAW: &[u8] = b"raw";

/// A document.
#[derive(Debug)]
pub(super) struct Manifest {
    pub(super) map: Map,
    /// What paths look into: what go-yaml reads of what it has written of the map, or why it does not.
    reread: OnceCell<Result<Value, String>>,
    /// Whether there are keys in it that name what is to be merged.
    merges: OnceCell<bool>,
}

impl Manifest {
    fn new(map: Map) -> Rc<Manifest> {
        Rc::new(Manifest { map, reread: OnceCell::new(), merges: OnceCell::new() })
    }

    pub(super) fn raw(&self) -> Value {
        self.map.get(RAW).unwrap_or_default()
    }

    /// Returns what lies at a path: the document itself for an empty one.
    ///
    /// # Errors
    /// A path that is none; a document that go-yaml writes as what it does not read.
    pub(super) fn at(&self, path: &str) -> Result<Vec<Value>, BString> {
        if path.is_empty() {
            return Ok(vec![Value::Map(self.map.clone())]);
        }
        let document = self.reread()?;
        let words = |e: goyamlpath::Error| BString::from(e.as_bytes());
        let path = goyamlpath::Path::parse(path.as_bytes()).map_err(words)?;
        let found = path.find(document).map_err(words)?;
        if !*self.merges.get_or_init(|| goyaml::has_merge_key(document)) {
            return Ok(found);
        }
        // A path sees such a key; what it finds has what the key names.
        found.iter().map(|value| goyaml::read_merged(value).map_err(BString::from)).collect()
    }

    /// Returns where a path leads: to the document itself for an empty one.
    ///
    /// # Errors
    /// Those of [`Manifest::at`].
    pub(super) fn reach(&self, path: &str) -> Result<Reached, BString> {
        let path = if path.is_empty() { "$" } else { path };
        let document = self.reread()?;
        let words = |e: goyamlpath::Error| BString::from(e.as_bytes());
        goyamlpath::Path::parse(path.as_bytes()).map_err(words)?.reach(document).map_err(words)
    }

    fn reread(&self) -> Result<&Value, BString> {
        let document = self.reread.get_or_init(|| goyaml::read_back(&Value::Map(self.map.clone())));
        document.as_ref().map_err(|why| BString::from(why.as_str()))
    }
}

/// In which maps texts are changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Maps {
    All,
    /// Those whose keys are all texts.
    ByText,
}

/// Returns a copy of a value with the texts that change; nothing where none does.
pub(super) fn with_texts(
    value: &Value,
    maps: Maps,
    change: &dyn Fn(&[u8]) -> Option<Value>,
) -> Option<Value> {
    texts_at(value, 0, maps, change)
}

fn texts_at(
    value: &Value,
    depth: usize,
    maps: Maps,
    change: &dyn Fn(&[u8]) -> Option<Value>,
) -> Option<Value> {
    let inner = |value: &Value| texts_at(value, depth + 1, maps, change);
    match value {
        Value::Str(text) => change(text),
        Value::List(list) => stack::at_depth(depth, || {
            let mut changed: Option<Vec<Value>> = None;
            for (at, item) in list.iter().enumerate() {
                if let Some(item) = inner(item) {
                    changed.get_or_insert_with(|| list.to_vec())[at] = item;
                }
            }
            changed.map(|items| Value::List(list.with_items(items)))
        }),
        Value::Map(map) if maps == Maps::All || map.map_type().name == ANY_MAP.name => {
            stack::at_depth(depth, || with_changed(map, inner))
        }
        _ => None,
    }
}

/// Returns a copy of a map with the values that change; nothing where none does.
fn with_changed(map: &Map, change: impl Fn(&Value) -> Option<Value>) -> Option<Value> {
    let changed: Vec<(Str, Value)> =
        map.borrow().iter().filter_map(|(key, v)| Some((key.clone(), change(v)?))).collect();
    if changed.is_empty() {
        return None;
    }
    let copy = map.shallow_copy();
    for (key, value) in changed {
        copy.insert(key, value);
    }
    Some(Value::Map(copy))
}

/// Reads the documents of a rendered file, empty ones left out.
///
/// # Errors
/// go-yaml's words.
pub(super) fn parse(rendered: &[u8]) -> Result<Vec<Rc<Manifest>>, BString> {
    let (stream, end) = Stream::read_up_to(&separated(rendered), usize::MAX);
    let mut all = Vec::new();
    for root in stream.roots() {
        let mut typed = Typed::default();
        let map = typed.any_map(root, "map[string]interface {}");
        typed.finish()?;
        if let Some(map) = map.filter(|map| !map.is_empty()) {
            all.push(Manifest::new(map));
        }
    }
    // What is wrong in a document before counts first.
    end?;
    Ok(all)
}

/// Makes a document of a text that is no YAML.
pub(super) fn parse_text(rendered: &[u8]) -> Vec<Rc<Manifest>> {
    let map = Map::new();
    map.insert(Str::from(RAW), Value::Str(Str::from(rendered)));
    vec![Manifest::new(map)]
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\x0c' | b'\r' | b' ')
}

/// Returns the places of what separates documents: a line that begins with `---`, and all white space around these.
pub(super) fn separators(text: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    for at in text.find_iter(b"---") {
        if at < from {
            continue;
        }
        let start = match at.checked_sub(1) {
            None => 0,
            // What an earlier separator has taken is not there any more.
            Some(before) if before >= from && text[before] == b'\n' => {
                let spaces = text[from..before].iter().rev().take_while(|b| is_space(**b)).count();
                before - spaces
            }
            Some(_) => continue,
        };
        let behind = &text[at + 3..];
        let end = at + 3 + behind.iter().take_while(|b| is_space(**b)).count();
        found.push(start..end);
        from = end;
    }
    found
}

/// Puts each separator of documents into a line of its own.
fn separated(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 16);
    let mut from = 0;
    for separator in separators(text) {
        out.extend_from_slice(&text[from..separator.start]);
        out.extend_from_slice(b"\n---\n");
        from = separator.end;
    }
    out.extend_from_slice(&text[from..]);
    out
}

/// Splits a text at its separators; each part with where it begins.
pub(super) fn parts(text: &[u8]) -> Vec<(usize, &[u8])> {
    let mut parts = Vec::new();
    let mut from = 0;
    for separator in separators(text) {
        parts.push((from, &text[from..separator.start]));
        from = separator.end;
    }
    parts.push((from, &text[from..]));
    parts
}

/// Reproduces Go's `reflect.DeepEqual` for what go-yaml makes.
pub(super) fn deep_equal(a: &Value, b: &Value) -> bool {
    equal_at(a, b, 0)
}

fn equal_at(a: &Value, b: &Value, depth: usize) -> bool {
    match (a, b) {
        (Value::Nil | Value::Invalid, Value::Nil | Value::Invalid) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(x, a), Value::Int(y, b)) => x == y && a == b,
        (Value::Uint(x, a), Value::Uint(y, b)) => x == y && a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::List(a), Value::List(b)) => stack::at_depth(depth, || {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equal_at(a, b, depth + 1))
        }),
        (Value::Map(a), Value::Map(b)) => {
            let has_same = |(key, value): (&Str, &Value)| {
                b.get(key).is_some_and(|other| equal_at(value, &other, depth + 1))
            };
            a.same(b)
                || a.map_type().name == b.map_type().name
                    && a.len() == b.len()
                    && stack::at_depth(depth, || a.borrow().iter().all(has_same))
        }
        (a, b) => match (time_of(a), time_of(b)) {
            (Some(a), Some(b)) => {
                // UTC is no zone whose offset is 0: a date with `+00:00` is another one than the same with `Z`.
                let is_utc = |time: &Time| matches!(time.zone(), Zone::Utc);
                a.compare(b).is_eq() && a.zone_now().1 == b.zone_now().1 && is_utc(a) == is_utc(b)
            }
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_take_the_white_space_around_them() {
        // Recorded from Go: regexp.MustCompile("(?:^|\\s*\n)---\\s*").ReplaceAllString(text, "|")
        for (text, want) in [
            ("---\na\n---\nb", "|a|b"),
            ("a \n\n---  \n\n b", "a|b"),
            ("a---\n----\nb", "a---|-\nb"),
            ("---\n---\n---", "|---|"),
            ("a: |\n  ---\n", "a: |\n  ---\n"),
            ("a\n--- b", "a|b"),
        ] {
            let mut out = Vec::new();
            let mut from = 0;
            for s in separators(text.as_bytes()) {
                out.extend_from_slice(&text.as_bytes()[from..s.start]);
                out.push(b'|');
                from = s.end;
            }
            out.extend_from_slice(&text.as_bytes()[from..]);
            assert_eq!(out.as_bstr(), want, "{text:?}");
        }
    }
}
