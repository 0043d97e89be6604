//! Reads nodes into Go's `interface {}`, as go-yaml v3 does where no type is asked for.

use super::nodes::{self, Kind, Node, NodeId};
use super::parse::{self, Style};
use super::pretty::marshal_pretty;
use super::resolve::{self, Scalar};
use super::scan_input::Input;
use super::typed::{At, Typed, words};
use super::{USUAL, compose, tree::Tree};
use bstr::ByteSlice;
use gostd::strconv::quoted;
use gostd::time::{self, LocalZone, Zone};
use gostd::value::{ANY_MAP, Elem, GENERAL_MAP, List, Map, Str, Value};
use gostd::{stack, value};
use std::collections::HashMap;

use super::nodes::Document;

/// The documents of a text, for fields and values to be read from.
#[derive(Clone, Debug)]
pub struct Stream {
    document: Document,
    roots: Vec<NodeId>,
}

impl Stream {
    /// Reads all documents of a text, as go-yaml v3's decoder does one by one.
    ///
    /// # Errors
    /// go-yaml's words.
    pub fn read(text: &[u8]) -> Result<Stream, String> {
        let (stream, end) = Stream::read_up_to(text, usize::MAX);
        end.map(|()| stream)
    }

    /// Reads the first document of a text, if there is one, and nothing behind it, as go-yaml v3's `Unmarshal` does.
    ///
    /// # Errors
    /// go-yaml's words.
    pub fn read_first(text: &[u8]) -> Result<Stream, String> {
        let (stream, end) = Stream::read_up_to(text, 1);
        end.map(|()| stream)
    }

    /// Reads at most so many documents of a text, as go-yaml v3's decoder does one by one: also returns those before the
    /// one that is none, beside its words for what is wrong.
    pub fn read_up_to(text: &[u8], count: usize) -> (Stream, Result<(), String>) {
        let input = Input::new(text);
        let (parsed, notes, roots, end) = parse::documents_up_to(&input, count);
        let nodes = nodes::nodes_of(parsed.nodes, notes.nodes);
        let stream = Stream { document: Document { nodes, ..Document::default() }, roots };
        (stream, end.map_err(|error| words(&error)))
    }

    /// Returns the roots of the documents, in their order.
    pub fn roots(&self) -> impl Iterator<Item = At<'_>> {
        self.roots.iter().map(|root| self.at(*root))
    }

    /// Returns all nodes of the documents; children and aliases are places among them.
    pub fn nodes(&self) -> &[Node] {
        &self.document.nodes
    }

    /// Returns the node at a place.
    pub fn at(&self, place: usize) -> At<'_> {
        At::new(&self.document, place)
    }
}

/// How much was decoded, and how much of it in aliases.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    decoded: usize,
    aliased: usize,
}

impl Counts {
    /// Below this many values nearly all may come from aliases, above the second few.
    const LOW: usize = 400_000;
    const HIGH: usize = 4_000_000;

    /// Counts a value, and tells whether too many come from aliases.
    pub(super) fn count(&mut self, in_alias: bool) -> bool {
        self.decoded += 1;
        self.aliased += usize::from(in_alias);
        if self.aliased <= 100 || self.decoded <= 1000 {
            return false;
        }
        let allowed = match self.decoded {
            ..=Self::LOW => 0.99,
            Self::HIGH.. => 0.10,
            n => 0.99 - 0.89 * ((n - Self::LOW) as f64 / (Self::HIGH - Self::LOW) as f64),
        };
        self.aliased as f64 / self.decoded as f64 > allowed
    }
}

/// Decodes a value.
struct Decoder<'d, 't> {
    typed: &'t mut Typed,
    nodes: &'d [Node],
    /// The aliases that are being followed.
    active: Vec<NodeId>,
    depth: usize,
}

/// Nothing more can be read of the document.
struct Stop;

type Read<T> = Result<T, Stop>;

impl Typed {
    /// Reads anything, into what Go holds in an `interface {}`: integers are `int` (`int64` and `uint64` where they do
    /// not fit), a date is a `time.Time`, and a map with a key that is no text is a `map[interface {}]interface {}`,
    /// which is [`GENERAL_MAP`] here, its keys as YAML writes them.
    ///
    /// Nothing, where something is wrong, which [`Typed::finish`] tells.
    pub fn any(&mut self, at: At<'_>) -> Option<Value> {
        let mut decoder = Decoder { nodes: at.nodes(), typed: self, active: Vec::new(), depth: 0 };
        decoder.value(at.id()).ok().flatten()
    }

    /// Reads a map from texts to anything; nothing from null.
    pub fn any_map(&mut self, at: At<'_>, go_type: &str) -> Option<Map> {
        let mut decoder = Decoder { nodes: at.nodes(), typed: self, active: Vec::new(), depth: 0 };
        decoder.text_map(at.id(), go_type).ok().flatten()
    }

    /// Reads a scalar; nothing where its tag and its text do not fit.
    pub(super) fn scalar(&mut self, at: At<'_>) -> Option<Value> {
        let mut decoder = Decoder { nodes: at.nodes(), typed: self, active: Vec::new(), depth: 0 };
        decoder.scalar(at.node()).ok()
    }

    /// Returns the keys of a map from texts as they stand in its text, those of maps that it merges left out.
    pub fn keys(at: At<'_>) -> impl Iterator<Item = &[u8]> {
        let nodes = at.nodes();
        let children: &[NodeId] = match at.node() {
            node if node.kind == Kind::Mapping => &node.children,
            _ => &[],
        };
        let keys = children.iter().step_by(2).map(|id| &nodes[*id]);
        let keys = keys.map(|key| key.target.map_or(key, |target| &nodes[target]));
        keys.filter(|key| key.tag != b"!!merge").map(|key| &key.value[..])
    }

    /// Reads a Go `int`; null leaves it as it is.
    pub fn int(&mut self, at: At<'_>, into: &mut i64) -> bool {
        let node = at.node();
        if node.is_null() {
            return false;
        }
        if node.kind != Kind::Scalar {
            return self.wrong(node, "int");
        }
        let read = match self.scalar(at) {
            None => return false,
            Some(Value::Int(_, n)) => Some(n),
            Some(Value::Uint(_, n)) => i64::try_from(n).ok(),
            Some(Value::Float(f)) if f <= i64::MAX as f64 => Some(value::truncated(f)),
            Some(_) => None,
        };
        match read {
            Some(n) => *into = n,
            None => return self.wrong(node, "int"),
        }
        true
    }
}

impl<'d> Decoder<'d, '_> {
    fn fail<T>(&mut self, why: String) -> Read<T> {
        self.typed.fail(format!("yaml: {why}"));
        Err(Stop)
    }

    fn node(&self, id: NodeId) -> &'d Node {
        let nodes: &'d [Node] = self.nodes;
        &nodes[id]
    }

    /// Follows an alias.
    fn target(&self, id: NodeId) -> &'d Node {
        let node = self.node(id);
        node.target.map_or(node, |target| self.node(target))
    }

    fn count(&mut self) -> Read<()> {
        let in_alias = self.typed.aliases > 0 || !self.active.is_empty();
        match self.typed.counts.count(in_alias) {
            true => self.fail("document contains excessive aliasing".into()),
            false => Ok(()),
        }
    }

    /// Does something with what an alias stands for.
    fn follow<T>(
        &mut self,
        id: NodeId,
        then: impl FnOnce(&mut Self, NodeId) -> Read<T>,
    ) -> Read<T> {
        let Some(target) = self.node(id).target else { return then(self, id) };
        if self.active.contains(&id) {
            let name = self.node(id).value.to_str_lossy().into_owned();
            return self.fail(format!("anchor '{name}' value contains itself"));
        }
        self.active.push(id);
        let done = then(self, target);
        self.active.pop();
        done
    }

    /// Reads a value; nothing where it is passed over.
    fn value(&mut self, id: NodeId) -> Read<Option<Value>> {
        self.count()?;
        let node = self.node(id);
        self.depth += 1;
        let read = stack::at_depth(self.depth, || match node.kind {
            Kind::Alias => self.follow(id, Self::value),
            Kind::Scalar => self.scalar(node).map(Some),
            Kind::Sequence => {
                let mut items = Vec::with_capacity(node.children.len());
                for child in &node.children {
                    items.extend(self.value(*child)?);
                }
                Ok(Some(Value::List(List::new(Elem::Any, items))))
            }
            Kind::Mapping => self.mapping(id).map(|map| map.map(Value::Map)),
        });
        self.depth -= 1;
        read
    }

    fn scalar(&mut self, node: &Node) -> Read<Value> {
        let text = || Value::Str(Str::from(&node.value[..]));
        let tag = node.tag.as_slice();
        let is_quoted = node.style != Style::Plain || node.is_string;
        if is_quoted && matches!(tag, b"" | b"!!str") || tag == b"!!str" {
            return Ok(text());
        }
        let scalar = match tag {
            b"" | b"!!merge" => plain(&node.value),
            b"!!binary" => {
                return match compose::binary(&node.value) {
                    Ok(Tree::Str(bytes)) => Ok(Value::Str(Str::from(&bytes[..]))),
                    _ => self.fail("!!binary value contains invalid base64 data".into()),
                };
            }
            _ => match tagged(tag, &node.value) {
                Ok(scalar) => scalar,
                Err(found) => {
                    let (text, tag) = (node.value.to_str_lossy(), tag.to_str_lossy());
                    return self.fail(format!("cannot decode !!{found} `{text}` as a {tag}"));
                }
            },
        };
        Ok(match scalar {
            Scalar::Text => text(),
            Scalar::Null => Value::Nil,
            Scalar::Bool(b) => Value::Bool(b),
            Scalar::Int(n) => Value::int(n),
            Scalar::Uint(n) => Value::Uint(value::UintKind::Uint64, n),
            Scalar::Float(f) => Value::Float(f),
            Scalar::Time => timestamp(&node.value).map_or_else(text, Value::from),
        })
    }

    /// Tells of keys that are set twice.
    fn has_duplicates(&mut self, node: &Node) -> bool {
        let keys: Vec<&Node> = node.children.iter().step_by(2).map(|id| self.node(*id)).collect();
        self.typed.tell_duplicates(&keys)
    }

    fn is_text_map(&self, node: &Node) -> bool {
        let mut keys = node.children.iter().step_by(2).map(|id| self.target(*id));
        keys.all(|key| matches!(key.short_tag(), b"!!str" | b"!!merge"))
    }

    fn mapping(&mut self, id: NodeId) -> Read<Option<Map>> {
        let node = self.node(id);
        if self.has_duplicates(node) {
            return Ok(None);
        }
        let ty = if self.is_text_map(node) { &ANY_MAP } else { &GENERAL_MAP };
        let map = Map::with_type(ty);
        self.entries(node, &map, None)?;
        Ok(Some(map))
    }

    fn text_map(&mut self, id: NodeId, go_type: &str) -> Read<Option<Map>> {
        self.count()?;
        let node = self.node(id);
        if node.kind == Kind::Alias {
            return self.follow(id, |decoder, target| decoder.text_map(target, go_type));
        }
        if node.is_null() {
            return Ok(None);
        }
        if node.kind != Kind::Mapping {
            self.typed.wrong(node, go_type);
            return Ok(None);
        }
        if self.has_duplicates(node) {
            return Ok(None);
        }
        let map = Map::new();
        self.entries(node, &map, None)?;
        Ok(Some(map))
    }

    /// Reads entries into a map; `known` are the keys that a merge may not set.
    fn entries(&mut self, node: &Node, map: &Map, mut known: Option<&mut Vec<Str>>) -> Read<()> {
        let mut merged = None;
        for pair in node.children.chunks_exact(2) {
            if self.node(pair[0]).tag == b"!!merge" {
                merged = Some(pair[1]);
                continue;
            }
            let Some(key) = self.key(pair[0], map)? else { continue };
            if let Some(known) = &mut known {
                if known.contains(&key) {
                    continue;
                }
                known.push(key.clone());
            }
            if let Some(value) = self.value(pair[1])? {
                map.insert(key, value);
            }
        }
        let Some(merged) = merged else { return Ok(()) };
        match known {
            Some(known) => self.merge(merged, map, known),
            None => self.merge(merged, map, &mut map.keys()),
        }
    }

    /// Reads the entries of a merge key.
    fn merge(&mut self, id: NodeId, map: &Map, known: &mut Vec<Str>) -> Read<()> {
        let node = self.node(id);
        let from = match node.kind {
            Kind::Sequence => node.children.clone(),
            _ => vec![id],
        };
        for id in from {
            if self.target(id).kind != Kind::Mapping {
                let why = "map merge requires map or sequence of maps as the value";
                return self.fail(why.into());
            }
            self.count()?;
            self.depth += 1;
            let read = stack::at_depth(self.depth, || {
                self.follow(id, |decoder, target| {
                    let node = decoder.node(target);
                    match decoder.has_duplicates(node) {
                        true => Ok(()),
                        false => decoder.entries(node, map, Some(known)),
                    }
                })
            });
            self.depth -= 1;
            read?;
        }
        Ok(())
    }

    /// Reads a key for a map; nothing where it is passed over.
    fn key(&mut self, id: NodeId, map: &Map) -> Read<Option<Str>> {
        if map.map_type().name == GENERAL_MAP.name {
            let Some(key) = self.value(id)? else { return Ok(None) };
            if let Value::Map(_) | Value::List(_) = key {
                let shown = gostd::fmt::sprintf(b"%#v", &[key]).unwrap_or_default();
                return self.fail(format!("invalid map key: {}", shown.to_str_lossy()));
            }
            return Ok(Some(written_key(&key)));
        }
        self.count()?;
        let key = self.target(id);
        match key.kind {
            Kind::Sequence | Kind::Mapping => {
                self.typed.wrong(key, "string");
                Ok(None)
            }
            _ if key.is_null() => Ok(None),
            _ => Ok(Some(Str::from(&key.value[..]))),
        }
    }
}

/// Returns a key of a [`GENERAL_MAP`]: the value as YAML writes it.
pub(super) fn written_key(key: &Value) -> Str {
    let mut text = marshal_pretty(key).unwrap_or_default();
    if text.len() < USUAL && text.ends_with(b"\n") {
        text.pop();
    }
    Str::from(text)
}

/// Returns what a plain scalar means to go-yaml v3.
fn plain(text: &[u8]) -> Scalar {
    match resolve::plain_tag(text) {
        b"!!timestamp" => Scalar::Time,
        b"!!str" => Scalar::Text,
        _ => resolve::plain(text),
    }
}

/// Returns what a scalar means that has a tag, or the tag that it would have had. A tag that go-yaml does not know makes
/// a text of anything.
fn tagged(tag: &[u8], text: &[u8]) -> Result<Scalar, &'static str> {
    if !matches!(tag, b"!!bool" | b"!!int" | b"!!float" | b"!!null" | b"!!timestamp") {
        return Ok(Scalar::Text);
    }
    let scalar = plain(text);
    let found = scalar.tag();
    match (tag.strip_prefix(b"!!"), scalar) {
        (Some(b"float"), Scalar::Int(n)) => Ok(Scalar::Float(n as f64)),
        (Some(b"timestamp"), _) if timestamp(text).is_some() => Ok(Scalar::Time),
        (Some(wanted), _) if wanted == found.as_bytes() => Ok(scalar),
        _ => Err(found),
    }
}

/// Reads a date by go-yaml's layouts.
fn timestamp(text: &[u8]) -> Option<time::Time> {
    const LAYOUTS: [&[u8]; 4] = [
        b"2006-1-2T15:4:5.999999999Z07:00",
        b"2006-1-2t15:4:5.999999999Z07:00",
        b"2006-1-2 15:4:5.999999999",
        b"2006-1-2",
    ];
    LAYOUTS.iter().find_map(|layout| {
        let time = time::parse(layout, text, &LocalZone::UTC).ok()?;
        // Go's `Parse` takes UTC where no zone stands, but its local zone where one of the same offset does.
        Some(if layout.ends_with(b"Z07:00") { time } else { time.in_zone(Zone::Utc) })
    })
}

impl Typed {
    /// Tells of keys that are set twice.
    pub(super) fn tell_duplicates(&mut self, keys: &[&Node]) -> bool {
        let before = self.wrong.len();
        // Who has none finds that out at once.
        if keys.len() > 16 {
            let mut all: Vec<(Kind, &[u8])> = keys.iter().map(|k| (k.kind, &k.value[..])).collect();
            all.sort_unstable_by(|a, b| (a.0 as u8, a.1).cmp(&(b.0 as u8, b.1)));
            if all.windows(2).all(|pair| pair[0] != pair[1]) {
                return false;
            }
        }
        let mut alike: HashMap<(u8, &[u8]), Vec<usize>> = HashMap::new();
        for (at, key) in keys.iter().enumerate() {
            alike.entry((key.kind as u8, &key.value)).or_default().push(at);
        }
        for (at, first) in keys.iter().enumerate() {
            let all =
                alike.get(&(first.kind as u8, &first.value[..])).map_or(&[][..], Vec::as_slice);
            for second in
                all[all.partition_point(|other| *other <= at)..].iter().map(|at| keys[*at])
            {
                let name = quoted(&second.value);
                let (line, first) = (second.line, first.line);
                self.tell(format!(
                    "line {line}: mapping key {name} already defined at line {first}"
                ));
                if self.wrong.len() == Typed::MOST {
                    return true;
                }
            }
        }
        self.wrong.len() > before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        let stream = Stream::read(text.as_bytes())?;
        let mut typed = Typed::default();
        let mut all = Vec::new();
        for root in stream.roots() {
            let value = typed.any(root).unwrap_or_default();
            let shown = gostd::fmt::sprintf(b"%T %v", &[value.clone(), value]).unwrap_or_default();
            all.push(shown.to_str_lossy().into_owned());
        }
        typed.finish().map(|()| all.join("; "))
    }

    #[test]
    fn values_are_those_of_go_yaml_v3() {
        // Recorded from go.yaml.in/yaml/v3 v3.0.4.
        for (text, want) in [
            ("1", "int 1"),
            ("yes", "string yes"),
            ("true", "bool true"),
            ("~", "<nil> <nil>"),
            ("1.5", "float64 1.5"),
            ("18446744073709551615", "uint64 18446744073709551615"),
            ("!!float 1", "float64 1"),
            ("!local 1", "string 1"),
            ("!!set x", "string x"),
            ("!!binary aGk=", "string hi"),
            ("2001-02-03", "time.Time 2001-02-03 00:00:00 +0000 UTC"),
            ("{a: 1, b: [x, null]}", "map[string]interface {} map[a:1 b:[x <nil>]]"),
            ("{1: a, b: c}", "map[interface {}]interface {} map[1:a b:c]"),
            (
                "{a: &x {b: 1}, c: {<<: *x, d: 2}}",
                "map[string]interface {} map[a:map[b:1] c:map[b:1 d:2]]",
            ),
            ("a\n---\nb", "string a; string b"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(want), "{text}");
        }
        for (text, want) in [
            ("a: &x [*x]", "yaml: anchor 'x' value contains itself"),
            ("!!int x", "yaml: cannot decode !!str `x` as a !!int"),
            ("a: {<<: 1}", "yaml: map merge requires map or sequence of maps as the value"),
            (
                "a: 1\na: 2",
                "yaml: unmarshal errors:\n  line 2: mapping key \"a\" already defined at line 1",
            ),
        ] {
            assert_eq!(read(text).unwrap_err(), want, "{text}");
        }
    }
}
