//! Tells where each key and value of a document stands, in the shape of what decoding makes of it.

use std::collections::BTreeMap;

use bstr::ByteSlice;

use super::compose::{self, Make, key_text, valid};
use super::compose_fast;
use super::error::YamlError;
use super::parse::{self, Content, Document, NodeId, Starts};
use super::scan_input::{Input, simple_text};
use super::tree::{Key, Tree};
use gostd::value::Str;

/// A piece of one line of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The line, from 1.
    pub line: usize,
    /// The column of the first character, from 1, in characters.
    pub column: usize,
    /// How many characters of this line belong to it; 1 where it is a list or a map.
    pub width: usize,
}

/// Where the keys and values of a document stand. It has the shape of what [`super::unmarshal`] returns: aliases are
/// followed, merge keys merged, and of equal keys the last one counts.
///
/// ```
/// let text = b"image: {tag: v1}\nother: &x {port: 80}\nlast: *x\n";
/// let spans = goyaml::Spans::read(text).unwrap();
/// let tag = spans.root().unwrap().member(b"image").unwrap().member(b"tag").unwrap();
/// assert_eq!((tag.key().unwrap().line, tag.key().unwrap().column), (1, 9));
/// assert_eq!(tag.value().unwrap().column, 14);
/// // What lies behind an alias stands where its anchor is.
/// let port = spans.root().unwrap().member(b"last").unwrap().member(b"port").unwrap();
/// assert_eq!((port.key().unwrap().line, port.through().unwrap().line), (2, 3));
/// ```
#[derive(Debug)]
pub struct Spans {
    lines: Lines,
    /// The items of all lists.
    items: Vec<Node>,
    /// The entries of all maps.
    entries: Vec<Entry>,
    root: Option<Node>,
}

/// A part of a document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Nothing of a null that is not written.
    pub(super) at: Option<At>,
    /// Whether the text has an alias here.
    pub(super) is_alias: bool,
    pub(super) inner: Inner,
}

/// A piece of one line, in bytes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct At {
    pub(super) start: u32,
    pub(super) size: u32,
}

impl At {
    /// The size of what is as long as the scalar that begins there.
    pub(super) const BY_TEXT: u32 = u32::MAX;
}

/// What a part holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Inner {
    Scalar,
    /// Where its items begin, and how many they are.
    List(u32, u32),
    /// The same of entries. If they are many they are sorted.
    Map(u32, u32),
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: Str,
    pub(super) key: Option<At>,
    /// The value behind the `<<` that brought it.
    pub(super) merged_by: Option<At>,
    pub(super) value: Node,
}

/// From how many entries on a map is sorted, to find one.
const MANY: usize = 16;

impl Node {
    /// Returns a node of so many bytes, where it stands to be said.
    pub(super) fn sized(inner: Inner, size: u32) -> Node {
        Node { at: Some(At { start: 0, size }), is_alias: false, inner }
    }
}

impl Inner {
    /// Returns a list of items, and puts them behind those of the others.
    pub(super) fn list(all: &mut Vec<Node>, items: impl IntoIterator<Item = Node>) -> Inner {
        let start = all.len();
        all.extend(items);
        Inner::List(start as u32, (all.len() - start) as u32)
    }

    /// Returns a map of entries, and puts them behind those of the others.
    pub(super) fn map(all: &mut Vec<Entry>, entries: impl IntoIterator<Item = Entry>) -> Inner {
        let start = all.len();
        all.extend(entries);
        let own = &mut all[start..];
        if own.len() >= MANY {
            own.sort_by(|a, b| a.name.cmp(&b.name));
        }
        Inner::Map(start as u32, own.len() as u32)
    }
}

/// A place in [`Spans`].
#[derive(Clone, Copy, Debug)]
pub struct Spot<'s> {
    spans: &'s Spans,
    node: &'s Node,
    key: Option<At>,
    through: Option<At>,
}

impl Spans {
    /// Reads the first document of a text.
    ///
    /// # Errors
    /// Those of [`super::decode`].
    pub fn read(text: &[u8]) -> Result<Spans, YamlError> {
        match simple_text(text).and_then(compose_fast::places) {
            Some(spans) => Ok(spans),
            None => Spans::read_slowly(text),
        }
    }

    fn read_slowly(text: &[u8]) -> Result<Spans, YamlError> {
        let input = Input::new(text);
        let (document, starts) = parse::first_document_with_starts(&input)?;
        let lines = Lines::of(&input.text);
        let at = all_places(&document, &starts, &lines);
        let mut making = Making { at, items: Vec::new(), entries: Vec::new(), merging: Vec::new() };
        let root = compose::decode_to(&mut making, &document, false)?.map(|made| made.node);
        Ok(Spans { lines, items: making.items, entries: making.entries, root })
    }

    pub(super) fn new(text: &[u8], items: Vec<Node>, entries: Vec<Entry>, root: Node) -> Spans {
        Spans { lines: Lines::of(text), items, entries, root: Some(root) }
    }

    /// Returns the place of the whole document; nothing where there is none.
    pub fn root(&self) -> Option<Spot<'_>> {
        self.root.as_ref().map(|node| Spot { spans: self, node, key: None, through: None })
    }
}

impl<'s> Spot<'s> {
    /// Returns where the key stands, of a value in a map.
    pub fn key(&self) -> Option<Span> {
        self.span(self.key)
    }

    /// Returns where the value begins, which is an alias where the text has one; nothing of a null that is not written.
    pub fn value(&self) -> Option<Span> {
        self.span(self.node.at)
    }

    /// Returns the alias, or the value of a `<<`, that brought a text from elsewhere to here.
    pub fn through(&self) -> Option<Span> {
        self.span(self.through)
    }

    fn span(&self, at: Option<At>) -> Option<Span> {
        self.spans.lines.span(at?)
    }

    /// Returns the place of a member of a map.
    pub fn member(&self, key: &[u8]) -> Option<Spot<'s>> {
        let Inner::Map(start, len) = self.node.inner else { return None };
        let entries = self.spans.entries.get(start as usize..)?.get(..len as usize)?;
        // The last of equal keys counts.
        let entry = match entries.len() < MANY {
            true => entries.iter().rfind(|entry| *entry.name == *key)?,
            false => {
                let end = entries.partition_point(|entry| *entry.name <= *key);
                entries[..end].last().filter(|entry| *entry.name == *key)?
            }
        };
        let through = entry.merged_by.or(self.below());
        Some(Spot { spans: self.spans, node: &entry.value, key: entry.key, through })
    }

    /// Returns the place of an item of a list.
    pub fn item(&self, index: usize) -> Option<Spot<'s>> {
        let Inner::List(start, len) = self.node.inner else { return None };
        let items = self.spans.items.get(start as usize..)?.get(..len as usize)?;
        Some(Spot { spans: self.spans, node: items.get(index)?, key: None, through: self.below() })
    }

    /// Returns the alias that brings what is below.
    fn below(&self) -> Option<At> {
        self.node.at.filter(|_| self.node.is_alias).or(self.through)
    }
}

/// A text and where its lines begin.
#[derive(Debug)]
struct Lines {
    text: Vec<u8>,
    starts: Vec<u32>,
    /// How many characters are before each block of the text; nothing where bytes are characters.
    characters: Vec<u32>,
}

/// How many bytes' characters are counted to find a column: a line may hold all of a text.
const BLOCK: usize = 512;

impl Lines {
    fn of(text: &[u8]) -> Lines {
        let is_end = |at: &usize| text[*at] == b'\n' || text.get(at + 1) != Some(&b'\n');
        let mut starts = vec![0];
        if text.contains(&b'\r') {
            let ends = memchr::memchr2_iter(b'\n', b'\r', text).filter(is_end);
            starts.extend(ends.map(|at| at as u32 + 1));
        } else {
            starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at as u32 + 1));
        }
        let mut characters = Vec::new();
        if !text.is_ascii() {
            let mut before = 0;
            for block in text.chunks(BLOCK) {
                characters.push(before);
                before += count(block);
            }
            characters.push(before);
        }
        Lines { text: text.to_vec(), starts, characters }
    }

    /// Returns the number of a position's line, from 0, and where the line begins and ends.
    fn line(&self, at: usize) -> (usize, usize, usize) {
        let next = self.starts.partition_point(|start| *start as usize <= at);
        let number = next.saturating_sub(1);
        let begin = self.starts.get(number).map_or(0, |start| *start as usize);
        let end = self.starts.get(next).map_or(self.text.len(), |start| *start as usize);
        let line = self.text.get(begin..end).unwrap_or_default();
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        (number, begin, begin + content.len())
    }

    /// Returns how many characters are before a position.
    fn characters_before(&self, at: usize) -> usize {
        let block = at / BLOCK;
        match self.characters.get(block) {
            None => at,
            Some(before) => (before + count(&self.text[block * BLOCK..at])) as usize,
        }
    }

    fn span(&self, at: At) -> Option<Span> {
        let start = at.start as usize;
        let (line, begin, end) = self.line(start);
        let rest = self.text.get(start..end)?;
        let size = match at.size {
            At::BY_TEXT => scalar_size(rest),
            size => size as usize,
        };
        let before = self.characters_before(start);
        let column = before - self.characters_before(begin) + 1;
        let width = self.characters_before(start + size.min(rest.len())) - before;
        Some(Span { line: line + 1, column, width })
    }
}

/// Returns how many characters begin in a text.
fn count(text: &[u8]) -> u32 {
    text.iter().map(|byte| u32::from(byte & 0xc0 != 0x80)).sum()
}

/// Returns the place of each node.
fn all_places(document: &Document<'_>, starts: &Starts, lines: &Lines) -> Vec<Option<At>> {
    let at = |id: NodeId, node: &parse::Node<'_>| {
        let start = starts.of(id)?;
        let size = match &node.content {
            Content::Sequence(_) | Content::Mapping(_) => 1,
            Content::Alias { name, .. } => name.len() as u32 + 1,
            Content::Scalar { text, .. } => {
                let rest = lines.text.get(start..)?;
                let is_plain = !matches!(rest.first(), Some(b'"' | b'\'' | b'|' | b'>'));
                match is_plain
                    && rest.starts_with(text)
                    && memchr::memchr2(b'\n', b'\r', text).is_none()
                {
                    true => text.len() as u32,
                    false => At::BY_TEXT,
                }
            }
        };
        Some(At { start: start as u32, size })
    };
    document.nodes.iter().enumerate().map(|(id, node)| at(id, node)).collect()
}

/// Makes [`Spans`].
struct Making {
    /// By node of the document.
    at: Vec<Option<At>>,
    items: Vec<Node>,
    entries: Vec<Entry>,
    /// The values of the `<<` that are being followed.
    merging: Vec<Option<At>>,
}

/// A node with the key that it stands under.
struct Made {
    node: Node,
    key: Option<At>,
    merged_by: Option<At>,
}

impl Making {
    fn at(&self, id: NodeId) -> Option<At> {
        self.at.get(id).copied().flatten()
    }

    fn made(&self, id: NodeId, inner: Inner) -> Made {
        let node = Node { at: self.at(id), is_alias: false, inner };
        Made { node, key: None, merged_by: None }
    }
}

/// Returns how many bytes the scalar at the start of a text takes on this line.
fn scalar_size(line: &[u8]) -> usize {
    if let Some(quote @ (b'"' | b'\'')) = line.first() {
        let mut at = 1;
        while let Some(byte) = line.get(at) {
            match byte {
                b'\\' if *quote == b'"' => at += 1,
                b'\'' if *quote == b'\'' && line.get(at + 1) == Some(&b'\'') => at += 1,
                byte if byte == quote => return at + 1,
                _ => {}
            }
            at += 1;
        }
    }
    line.trim_end().len()
}

impl Make for Making {
    type Made = Made;

    fn scalar(&mut self, id: NodeId, _: Tree) -> Made {
        self.made(id, Inner::Scalar)
    }

    fn list(&mut self, id: NodeId, items: Vec<Made>) -> Made {
        let list = Inner::list(&mut self.items, items.into_iter().map(|made| made.node));
        self.made(id, list)
    }

    fn map(&mut self, id: NodeId, entries: BTreeMap<Key, Made>) -> Made {
        let entries = entries.into_iter().filter_map(|(key, made)| {
            let name = valid(key_text(key, &Tree::Nil).ok()?);
            Some(Entry { name, key: made.key, merged_by: made.merged_by, value: made.node })
        });
        let map = Inner::map(&mut self.entries, entries);
        self.made(id, map)
    }

    fn alias(&mut self, id: NodeId, mut made: Made) -> Made {
        (made.node.at, made.node.is_alias) = (self.at(id), true);
        made
    }

    fn entry(&mut self, key: NodeId, made: Made) -> Made {
        let merged_by = self.merging.first().copied().flatten();
        Made { key: self.at(key), merged_by, ..made }
    }

    fn merges(&mut self, id: NodeId) {
        let at = self.at(id);
        self.merging.push(at);
    }

    fn merged(&mut self) {
        self.merging.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::{Inner, Span, Spans, Spot, compose_fast, simple_text};
    use crate::tests::VALUES;

    fn at(span: Option<Span>) -> Option<(usize, usize, usize)> {
        span.map(|span| (span.line, span.column, span.width))
    }

    fn spot<'s>(spans: &'s Spans, path: &str) -> Spot<'s> {
        path.split('.').fold(spans.root().unwrap(), |spot, key| {
            let found = match key.parse() {
                Ok(index) => spot.item(index),
                Err(_) => spot.member(key.as_bytes()),
            };
            found.unwrap_or_else(|| panic!("no {key} in {path}"))
        })
    }

    #[test]
    fn keys_and_values_have_places() {
        let text = "\u{feff}# é\n\
                    a: 1   # one\n\
                    é: 'it''s' # x\n\
                    \"c\\\"d\": \"x\\\"y\"\n\
                    list:\n- x\n-   k: v w\n    z:\n\
                    flow: {a: [1, two], ? b : c}\n\
                    text: |\n  x\n  y\n\
                    long: x\n  y\n\
                    a: 2\n\
                    true: 5\n";
        let spans = Spans::read(text.as_bytes()).unwrap();
        let rows = [
            ("a", Some((15, 1, 1)), Some((15, 4, 1))),
            ("é", Some((3, 1, 1)), Some((3, 4, 7))),
            ("c\"d", Some((4, 1, 6)), Some((4, 9, 6))),
            ("list", Some((5, 1, 4)), Some((6, 1, 1))),
            ("list.0", None, Some((6, 3, 1))),
            ("list.1.k", Some((7, 5, 1)), Some((7, 8, 3))),
            ("list.1.z", Some((8, 5, 1)), None),
            ("flow", Some((9, 1, 4)), Some((9, 7, 1))),
            ("flow.a.1", None, Some((9, 15, 3))),
            ("flow.b", Some((9, 23, 1)), Some((9, 27, 1))),
            ("text", Some((10, 1, 4)), Some((10, 7, 1))),
            ("long", Some((13, 1, 4)), Some((13, 7, 1))),
            ("true", Some((16, 1, 4)), Some((16, 7, 1))),
        ];
        for (path, key, value) in rows {
            let found = spot(&spans, path);
            assert_eq!((at(found.key()), at(found.value())), (key, value), "{path}");
        }
    }

    #[test]
    fn what_comes_from_elsewhere_says_through_what() {
        let text = b"base: &base\n  a: 1\n  b: {c: 2}\nuse: *base\nmerge:\n  <<: *base\n  a: 3\nmany:\n  <<: [{x: 1}, *base]\n";
        let spans = Spans::read(text).unwrap();
        let rows = [
            ("base.a", (2, 3, 1), None),
            ("use", (4, 1, 3), None),
            ("use.a", (2, 3, 1), Some((4, 6, 5))),
            ("use.b.c", (3, 7, 1), Some((4, 6, 5))),
            ("merge.a", (7, 3, 1), None),
            ("merge.b", (3, 3, 1), Some((6, 7, 5))),
            ("merge.b.c", (3, 7, 1), Some((6, 7, 5))),
            ("many.a", (2, 3, 1), Some((9, 16, 5))),
            ("many.x", (9, 9, 1), Some((9, 8, 1))),
        ];
        for (path, key, through) in rows {
            let found = spot(&spans, path);
            assert_eq!((at(found.key()), at(found.through())), (Some(key), through), "{path}");
        }
        assert_eq!(at(spot(&spans, "use").value()), Some((4, 6, 5)));
    }

    #[test]
    fn json_and_texts_without_a_document() {
        let spans = Spans::read(b"{\n  \"a\": {\"b\": [null, \"x\"]}\n}\n").unwrap();
        assert_eq!(at(spot(&spans, "a.b.1").value()), Some((2, 21, 3)));
        assert_eq!(at(spot(&spans, "a.b").key()), Some((2, 9, 3)));
        assert!(Spans::read(b"# nothing\n").unwrap().root().is_none());
        assert!(Spans::read(b"a: [").is_err());
    }

    /// Writes all places of a document.
    fn dump(spot: Spot<'_>, to: &mut Vec<String>, path: &str) {
        let places = (at(spot.key()), at(spot.value()), at(spot.through()));
        to.push(format!("{path} {places:?}"));
        match spot.node.inner {
            Inner::Scalar => {}
            Inner::List(_, len) => {
                let items = (0..len as usize).filter_map(|index| spot.item(index));
                items.enumerate().for_each(|(i, item)| dump(item, to, &format!("{path}.{i}")));
            }
            Inner::Map(start, len) => {
                let entries = &spot.spans.entries[start as usize..][..len as usize];
                let mut names: Vec<&[u8]> = entries.iter().map(|entry| &*entry.name).collect();
                names.sort();
                names.dedup();
                for name in names {
                    let path = format!("{path}.{}", name.escape_ascii());
                    dump(spot.member(name).unwrap(), to, &path);
                }
            }
        }
    }

    fn dumped(spans: &Spans) -> Vec<String> {
        let mut all = Vec::new();
        if let Some(root) = spans.root() {
            dump(root, &mut all, "");
        }
        all
    }

    #[test]
    fn both_ways_of_reading_find_the_same_places() {
        let many = (0..40).map(|n| format!("k{}: é{n} # {n}\n", n * 7 % 30)).collect::<String>();
        let long = format!("é: [{}]\nb: {{\"c\": 'd'}}\n", "é, b, 'c''d', ".repeat(100));
        let more = ["a:\n  - |\n    x\n  -\n    - b: >-\n        y\n\n  - ~\n", &many, &long];
        let mut read = 0;
        for text in VALUES.iter().map(|(text, _)| *text).chain(more) {
            let fast = simple_text(text.as_bytes()).and_then(compose_fast::places);
            if let Some(fast) = fast {
                let slow = Spans::read_slowly(text.as_bytes()).unwrap();
                assert_eq!(dumped(&fast), dumped(&slow), "{text:?}");
                read += 1;
            }
        }
        assert!(read > 20, "{read}");
    }
}
