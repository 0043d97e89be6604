//! Makes values of nodes, with go-yaml's reading of aliases, merges and keys, and then what the way
//! through JSON makes of them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, hash_map};

use bstr::ByteSlice;

use super::compose_print::{go_syntax, type_name};
use super::error::{Duplicate, Problem, YamlError};
use super::parse::{Content, Document, NodeId};
use super::resolve::{self, Scalar, YAML_TAG};
use super::tree::{Entries, Items, Key, Tree};
use gostd::stack;
use gostd::value::{ANY_MAP, Map, Str, Value};

/// How deep lists and maps may nest: what Go's JSON decoder takes, which reads them after go-yaml. That
/// takes as many in brackets, and as many by indentation.
const MAX_DEPTH: usize = 10_000;

/// How many recursions may be at work, merges of merges among them; go-yaml finds too many aliases first.
const MAX_RECURSIONS: usize = 4 * MAX_DEPTH;

/// From which length on a scalar behind an alias is remembered, in bytes.
const LONG: usize = 64;

/// What is made of nodes.
pub(super) trait Make {
    type Made;
    /// Makes a scalar, whose meaning is `tree`.
    fn scalar(&mut self, id: NodeId, tree: Tree) -> Self::Made;
    fn list(&mut self, id: NodeId, items: Vec<Self::Made>) -> Self::Made;
    fn map(&mut self, id: NodeId, entries: BTreeMap<Key, Self::Made>) -> Self::Made;
    /// Makes an alias of what was made of its anchor.
    fn alias(&mut self, id: NodeId, made: Self::Made) -> Self::Made {
        let _ = id;
        made
    }
    /// Returns what becomes an entry under the key of a node.
    fn entry(&mut self, key: NodeId, made: Self::Made) -> Self::Made {
        let _ = key;
        made
    }
    /// Hears that the entries that follow are those behind a `<<`, and that they have ended.
    fn merges(&mut self, id: NodeId) {
        let _ = id;
    }
    fn merged(&mut self) {}
}

/// Makes trees.
struct Trees;

impl Make for Trees {
    type Made = Tree;

    fn scalar(&mut self, _: NodeId, tree: Tree) -> Tree {
        tree
    }

    fn list(&mut self, _: NodeId, items: Vec<Tree>) -> Tree {
        Tree::List(Items(items))
    }

    fn map(&mut self, _: NodeId, entries: BTreeMap<Key, Tree>) -> Tree {
        Tree::Map(Entries(entries))
    }
}

/// Decodes a document. With `strict`, a key that is set twice is an error.
pub(super) fn decode(doc: &Document<'_>, strict: bool) -> Result<Tree, YamlError> {
    Ok(decode_to(&mut Trees, doc, strict)?.unwrap_or(Tree::Nil))
}

/// Makes something of a document; nothing of one without content.
pub(super) fn decode_to<M: Make>(
    make: &mut M,
    doc: &Document<'_>,
    strict: bool,
) -> Result<Option<M::Made>, YamlError> {
    let Some(root) = doc.root else { return Ok(None) };
    let mut decoder = Decoder {
        doc,
        strict,
        duplicates: Vec::new(),
        // The document itself counts.
        decoded: 1,
        in_alias: 0,
        alias_depth: 0,
        active: Vec::new(),
        scalars: HashMap::new(),
        depth: 0,
        recursions: 0,
    };
    let made = decoder.value(make, root)?;
    if decoder.duplicates.is_empty() {
        return Ok(Some(made));
    }
    Err(Problem::Duplicates(decoder.duplicates).into())
}

struct Decoder<'d, 'a> {
    doc: &'d Document<'a>,
    strict: bool,
    duplicates: Vec<Duplicate>,
    decoded: usize,
    in_alias: usize,
    alias_depth: usize,
    /// Aliases being followed, innermost last.
    active: Vec<NodeId>,
    /// What long scalars behind aliases have become: every alias gets the same text.
    scalars: HashMap<NodeId, Tree>,
    /// How many lists and maps are open.
    depth: usize,
    recursions: usize,
}

impl Decoder<'_, '_> {
    fn value<M: Make>(&mut self, make: &mut M, id: NodeId) -> Result<M::Made, YamlError> {
        self.count()?;
        let doc = self.doc;
        let node = &doc.nodes[id];
        Ok(match &node.content {
            Content::Scalar { text, implicit } if self.alias_depth > 0 && text.len() >= LONG => {
                let tree = match self.scalars.entry(id) {
                    hash_map::Entry::Occupied(known) => known.get().clone(),
                    hash_map::Entry::Vacant(new) => {
                        new.insert(scalar(&node.tag, text, *implicit)?).clone()
                    }
                };
                make.scalar(id, tree)
            }
            Content::Scalar { text, implicit } => {
                make.scalar(id, scalar(&node.tag, text, *implicit)?)
            }
            Content::Sequence(items) => self.collection(b'[', |decoder| {
                let mut list = Vec::with_capacity(items.len());
                for &item in items {
                    list.push(decoder.value(make, item)?);
                }
                Ok(make.list(id, list))
            })?,
            Content::Mapping(children) => self.collection(b'{', |decoder| {
                let mut entries = BTreeMap::new();
                decoder.mapping(make, children, &mut entries)?;
                Ok(make.map(id, entries))
            })?,
            &Content::Alias { name, target } => {
                self.follow(id, name)?;
                let made = self.deeper(b'{', |decoder| decoder.value(make, target))?;
                self.unfollow();
                make.alias(id, made)
            }
        })
    }

    /// Reads a list or map, which begins with this bracket in JSON.
    fn collection<T>(
        &mut self,
        bracket: u8,
        read: impl FnOnce(&mut Self) -> Result<T, YamlError>,
    ) -> Result<T, YamlError> {
        if self.depth >= MAX_DEPTH {
            return Err(Problem::JsonDepth { bracket }.into());
        }
        self.depth += 1;
        let made = self.deeper(bracket, read)?;
        self.depth -= 1;
        Ok(made)
    }

    /// Counts a recursion, and grows the stack if need be.
    fn deeper<T>(
        &mut self,
        bracket: u8,
        read: impl FnOnce(&mut Self) -> Result<T, YamlError>,
    ) -> Result<T, YamlError> {
        if self.recursions >= MAX_RECURSIONS {
            return Err(Problem::JsonDepth { bracket }.into());
        }
        self.recursions += 1;
        let done = stack::at_depth(self.recursions, || read(self))?;
        self.recursions -= 1;
        Ok(done)
    }

    /// Reproduces go-yaml's guard against documents that are mostly aliases.
    fn count(&mut self) -> Result<(), YamlError> {
        const LOW: usize = 400_000;
        const HIGH: usize = 4_000_000;
        self.decoded += 1;
        if self.alias_depth > 0 {
            self.in_alias += 1;
        }
        if self.in_alias <= 100 || self.decoded <= 1000 {
            return Ok(());
        }
        let allowed = match self.decoded {
            ..=LOW => 0.99,
            HIGH.. => 0.10,
            n => 0.99 - 0.89 * ((n - LOW) as f64 / (HIGH - LOW) as f64),
        };
        if self.in_alias as f64 / self.decoded as f64 > allowed {
            return Err(Problem::ExcessiveAliasing.into());
        }
        Ok(())
    }

    fn follow(&mut self, id: NodeId, name: &[u8]) -> Result<(), YamlError> {
        if self.active.contains(&id) {
            return Err(Problem::AnchorInItself { name: name.to_str_lossy().into() }.into());
        }
        self.active.push(id);
        self.alias_depth += 1;
        Ok(())
    }

    fn unfollow(&mut self) {
        self.active.pop();
        self.alias_depth -= 1;
    }

    fn mapping<M: Make>(
        &mut self,
        make: &mut M,
        children: &[NodeId],
        out: &mut BTreeMap<Key, M::Made>,
    ) -> Result<(), YamlError> {
        for pair in children.chunks_exact(2) {
            let (id, value) = (pair[0], pair[1]);
            if self.is_merge(id) {
                self.merge(make, value, out)?;
                continue;
            }
            let key = match self.value(&mut Trees, id)? {
                Tree::Nil => Key::Nil,
                Tree::Bool(b) => Key::Bool(b),
                Tree::Int(n) => Key::Int(n),
                Tree::Uint(n) => Key::Uint(n),
                Tree::Float(f) => Key::Float(f),
                Tree::Str(s) => Key::Str(s),
                tree => {
                    return Err(Problem::MapKey { key: go_syntax(&tree).into() }.into());
                }
            };
            let made = self.value(make, value)?;
            let made = make.entry(id, made);
            match out.entry(key) {
                Entry::Vacant(entry) => {
                    entry.insert(made);
                }
                Entry::Occupied(entry) if self.strict => {
                    let line = self.doc.nodes[value].line + 1;
                    let key = match entry.key() {
                        Key::Nil => "<nil>".to_owned(),
                        key => go_syntax(&key.clone().into()),
                    };
                    self.duplicates.push(Duplicate { line, key: key.into() });
                }
                Entry::Occupied(mut entry) => {
                    entry.insert(made);
                }
            }
        }
        Ok(())
    }

    fn is_merge(&self, id: NodeId) -> bool {
        let node = &self.doc.nodes[id];
        matches!(&node.content, Content::Scalar { text, implicit }
            if **text == *b"<<" && (*implicit || is_yaml_tag(&node.tag, b"merge")))
    }

    /// Sets the entries of the mappings behind a `<<`. Each overrides what was there before it, so
    /// they come from the last to the first.
    fn merge<M: Make>(
        &mut self,
        make: &mut M,
        id: NodeId,
        out: &mut BTreeMap<Key, M::Made>,
    ) -> Result<(), YamlError> {
        let doc = self.doc;
        match &doc.nodes[id].content {
            Content::Sequence(items) => {
                for &item in items.iter().rev() {
                    self.merge_mapping(make, item, out)?;
                }
                Ok(())
            }
            _ => self.merge_mapping(make, id, out),
        }
    }

    fn merge_mapping<M: Make>(
        &mut self,
        make: &mut M,
        id: NodeId,
        out: &mut BTreeMap<Key, M::Made>,
    ) -> Result<(), YamlError> {
        let doc = self.doc;
        let (children, alias) = match &doc.nodes[id].content {
            Content::Mapping(children) => (children, None),
            &Content::Alias { name, target } => match &doc.nodes[target].content {
                Content::Mapping(children) => (children, Some(name)),
                _ => return Err(want_map()),
            },
            _ => return Err(want_map()),
        };
        self.count()?;
        if let Some(name) = alias {
            self.follow(id, name)?;
            self.count()?;
        }
        make.merges(id);
        self.deeper(b'{', |decoder| decoder.mapping(make, children, out))?;
        make.merged();
        if alias.is_some() {
            self.unfollow();
        }
        Ok(())
    }
}

fn want_map() -> YamlError {
    Problem::Merge.into()
}

fn is_yaml_tag(tag: &[u8], name: &[u8]) -> bool {
    tag.strip_prefix(YAML_TAG) == Some(name)
}

fn scalar(tag: &[u8], text: &[u8], implicit: bool) -> Result<Tree, YamlError> {
    let meaning = if !tag.is_empty() {
        let name = tag.strip_prefix(YAML_TAG).and_then(|n| std::str::from_utf8(n).ok());
        match name {
            Some("binary") => return binary(text),
            Some(name) => resolve::tagged(name, text).map_err(|found| Problem::Tag {
                found,
                text: text.to_str_lossy().into(),
                wanted: name.into(),
            })?,
            None => Scalar::Text,
        }
    } else if implicit {
        resolve::plain(text)
    } else {
        Scalar::Text
    };
    Ok(match meaning {
        Scalar::Text | Scalar::Time => Tree::Str(text.into()),
        Scalar::Null => Tree::Nil,
        Scalar::Bool(b) => Tree::Bool(b),
        Scalar::Int(n) => Tree::Int(n),
        Scalar::Uint(n) => Tree::Uint(n),
        Scalar::Float(f) => Tree::Float(f),
    })
}

/// Reads Base64 as Go decodes it: line breaks do not count, padding must be there.
pub(super) fn binary(text: &[u8]) -> Result<Tree, YamlError> {
    let bad = || YamlError::from(Problem::Binary);
    let text: Vec<u8> = text.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let last = text.len().saturating_sub(4);
    if !text.len().is_multiple_of(4) {
        return Err(bad());
    }
    for (i, group) in text.chunks_exact(4).enumerate() {
        let padding = match group {
            [_, _, b'=', b'='] if i * 4 == last => 2,
            [_, _, _, b'='] if i * 4 == last => 1,
            _ => 0,
        };
        let mut bits = 0u32;
        for &b in &group[..4 - padding] {
            let digit = match b {
                b'A'..=b'Z' => b - b'A',
                b'a'..=b'z' => b - b'a' + 26,
                b'0'..=b'9' => b - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return Err(bad()),
            };
            bits = bits << 6 | u32::from(digit);
        }
        bits <<= 6 * padding;
        out.extend_from_slice(&bits.to_be_bytes()[1..4 - padding]);
    }
    Ok(Tree::Str(out.into()))
}

/// Returns the value with keys turned into strings as `sigs.k8s.io/yaml` does. With `json` also what
/// the way through JSON text does: every number is a float, and text is valid UTF-8.
pub(super) fn into_value(tree: Tree, json: bool) -> Result<Value, YamlError> {
    Conversion { json, texts: HashMap::new() }.value(tree, 0)
}

/// A conversion of a tree.
struct Conversion {
    json: bool,
    /// What long texts have become, by their addresses: aliases share them.
    texts: HashMap<usize, Str>,
}

impl Conversion {
    fn value(&mut self, tree: Tree, depth: usize) -> Result<Value, YamlError> {
        let json = self.json;
        Ok(match tree {
            Tree::Nil => Value::Nil,
            Tree::Bool(b) => Value::Bool(b),
            Tree::Int(n) => Scalar::Int(n).into_value(json).unwrap_or_default(),
            Tree::Uint(n) => Scalar::Uint(n).into_value(json).unwrap_or_default(),
            Tree::Float(f) => Value::Float(f),
            Tree::Str(s) => Value::Str(self.text(s)),
            Tree::List(mut items) => stack::at_depth(depth, || {
                let items = std::mem::take(&mut items.0).into_iter();
                let items = items.map(|item| self.value(item, depth + 1));
                items.collect::<Result<_, _>>().map(Value::list)
            })?,
            Tree::Map(mut entries) => stack::at_depth(depth, || {
                let mut out = Vec::with_capacity(entries.0.len());
                for (key, tree) in std::mem::take(&mut entries.0) {
                    let key = key_text(key, &tree)?;
                    out.push((self.text(key), self.value(tree, depth + 1)?));
                }
                Ok::<_, YamlError>(Value::Map(Map::from_entries(&ANY_MAP, out)))
            })?,
        })
    }

    fn text(&mut self, s: Str) -> Str {
        match s.len() {
            _ if !self.json => s,
            ..LARGE => valid(s),
            _ => {
                let address = s.as_ptr() as usize;
                self.texts.entry(address).or_insert_with(|| valid(s)).clone()
            }
        }
    }
}

/// From which length on it is remembered what a text has become, in bytes.
const LARGE: usize = 4096;

/// Returns a text as it comes out of JSON.
pub(super) fn valid(s: Str) -> Str {
    if s.to_str().is_some() {
        return s;
    }
    // One U+FFFD for each bad byte, as Go writes it.
    let mut out = Vec::with_capacity(s.len());
    let mut rest = s.as_bytes();
    while !rest.is_empty() {
        let (c, len) = bstr::decode_utf8(rest);
        match c {
            Some(_) => out.extend_from_slice(&rest[..len]),
            None => out.extend_from_slice("\u{fffd}".repeat(len).as_bytes()),
        }
        rest = &rest[len..];
    }
    out.into()
}

pub(super) fn key_text(key: Key, value: &Tree) -> Result<Str, YamlError> {
    Ok(match key {
        Key::Str(s) => s,
        Key::Bool(b) => bool_text(b),
        Key::Int(n) => n.to_string().into(),
        Key::Float(f) => match f as f32 {
            f if f.is_nan() => Str::from_static(".nan"),
            f32::INFINITY => Str::from_static(".inf"),
            f32::NEG_INFINITY => Str::from_static("-.inf"),
            f => float_text(f).into(),
        },
        Key::Nil | Key::Uint(_) => {
            let key = Tree::from(key);
            let print = |t: &Tree| match t {
                Tree::Nil => "<nil>".to_owned(),
                t => go_syntax(t),
            };
            return Err(Problem::JsonKey {
                type_name: type_name(&key).into(),
                key: print(&key).into(),
                value: print(value).into(),
            }
            .into());
        }
    })
}

pub(super) fn bool_text(b: bool) -> Str {
    Str::from_static(if b { "true" } else { "false" })
}

/// Returns the text that `sigs.k8s.io/yaml` makes of a scalar where the Go type wants a string,
/// e.g. `1.1` for `appVersion: 1.10`; `None` for null, lists and maps.
///
/// Give it what [`super::decode`] returned: after the way through JSON an integer is a float.
pub fn scalar_to_string(value: &Value) -> Option<Str> {
    Some(match value {
        Value::Str(s) => s.clone(),
        Value::Bool(b) => bool_text(*b),
        Value::Int(_, n) => n.to_string().into(),
        Value::Uint(_, n) => n.to_string().into(),
        Value::Float(f) => float_text(*f as f32).into(),
        _ => return None,
    })
}

/// Reproduces Go's `strconv.FormatFloat(f, 'g', -1, 32)`.
fn float_text(f: f32) -> String {
    // Rust's shortest digits, e.g. `-1.5e-7`.
    let text = format!("{f:e}");
    let Some((digits, exponent)) = text.split_once('e') else {
        return match f {
            f32::INFINITY => "+Inf".into(),
            f32::NEG_INFINITY => "-Inf".into(),
            _ => "NaN".into(),
        };
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return f.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// Returns the first number that JSON cannot hold, in the words of `encoding/json`.
pub(super) fn unsupported_number(value: &Value) -> Option<YamlError> {
    first_unsupported(value, 0)
}

fn first_unsupported(value: &Value, depth: usize) -> Option<YamlError> {
    let below = |v: &Value| first_unsupported(v, depth + 1);
    match value {
        Value::Float(f) if !f.is_finite() => Some(Problem::JsonNumber(*f).into()),
        Value::List(items) => stack::at_depth(depth, || items.iter().find_map(below)),
        Value::Map(map) => stack::at_depth(depth, || map.borrow().values().find_map(below)),
        _ => None,
    }
}
