//! Tells where each key and value of a document stands, in the shape of what decoding makes of it.

use std::collections::BTreeMap;

use bstr::ByteSlice;

use super::compose::{self, Make, key_text, valid};
use super::error::YamlError;
use super::parse::{self, Content, Document, NodeId, Starts};
use super::scan_input::Input;
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
    nodes: Vec<Node>,
    root: Option<usize>,
}

#[derive(Clone, Debug)]
struct Node {
    at: Option<Span>,
    /// Whether the text has an alias here.
    is_alias: bool,
    inner: Inner,
}

#[derive(Clone, Debug)]
enum Inner {
    Scalar,
    /// Nodes by their numbers.
    List(Vec<usize>),
    Map(BTreeMap<Str, Entry>),
}

#[derive(Clone, Debug)]
struct Entry {
    key: Option<Span>,
    /// The value behind the `<<` that brought it.
    merged_by: Option<Span>,
    value: usize,
}

/// A place in [`Spans`].
#[derive(Clone, Copy, Debug)]
pub struct Spot<'s> {
    spans: &'s Spans,
    node: usize,
    key: Option<Span>,
    through: Option<Span>,
}

impl Spans {
    /// Reads the first document of a text.
    ///
    /// # Errors
    /// Those of [`super::decode`].
    pub fn read(text: &[u8]) -> Result<Spans, YamlError> {
        let input = Input::new(text);
        let (document, starts) = parse::first_document_with_starts(&input)?;
        let spans = all_spans(&document, &starts, &input.text);
        let mut making = Making { spans, nodes: Vec::new(), merging: Vec::new() };
        let root = compose::decode_to(&mut making, &document, false)?.map(|made| made.node);
        Ok(Spans { nodes: making.nodes, root })
    }

    /// Returns the place of the whole document; nothing where there is none.
    pub fn root(&self) -> Option<Spot<'_>> {
        self.root.map(|node| Spot { spans: self, node, key: None, through: None })
    }
}

impl<'s> Spot<'s> {
    /// Returns where the key stands, of a value in a map.
    pub fn key(&self) -> Option<Span> {
        self.key
    }

    /// Returns where the value begins, which is an alias where the text has one; nothing of a null that is not written.
    pub fn value(&self) -> Option<Span> {
        self.spans.nodes.get(self.node)?.at
    }

    /// Returns the alias, or the value of a `<<`, that brought a text from elsewhere to here.
    pub fn through(&self) -> Option<Span> {
        self.through
    }

    /// Returns the place of a member of a map.
    pub fn member(&self, key: &[u8]) -> Option<Spot<'s>> {
        let node = self.spans.nodes.get(self.node)?;
        let Inner::Map(entries) = &node.inner else { return None };
        let entry = entries.get(key)?;
        let through = entry.merged_by.or(self.below(node));
        Some(Spot { spans: self.spans, node: entry.value, key: entry.key, through })
    }

    /// Returns the place of an item of a list.
    pub fn item(&self, index: usize) -> Option<Spot<'s>> {
        let node = self.spans.nodes.get(self.node)?;
        let Inner::List(items) = &node.inner else { return None };
        let through = self.below(node);
        Some(Spot { spans: self.spans, node: *items.get(index)?, key: None, through })
    }

    /// Returns the alias that brings what is below.
    fn below(&self, node: &Node) -> Option<Span> {
        node.at.filter(|_| node.is_alias).or(self.through)
    }
}

/// Where the lines of a text begin.
struct LineStarts(Vec<usize>);

impl LineStarts {
    fn of(text: &[u8]) -> LineStarts {
        let ends = |at: &usize| match text[*at] {
            b'\n' => true,
            b'\r' => text.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        LineStarts(
            std::iter::once(0).chain((0..text.len()).filter(ends).map(|at| at + 1)).collect(),
        )
    }

    /// Returns the number of a position's line, from 0, and where the line begins and ends.
    fn line(&self, at: usize, text: &[u8]) -> (usize, usize, usize) {
        let next = self.0.partition_point(|start| *start <= at);
        let begin = self.0.get(next.saturating_sub(1)).copied().unwrap_or_default();
        let end = self.0.get(next).copied().unwrap_or(text.len());
        let line = text.get(begin..end).unwrap_or_default();
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        (next.saturating_sub(1), begin, begin + content.len())
    }
}

/// Returns the span of each node.
fn all_spans(document: &Document<'_>, starts: &Starts, text: &[u8]) -> Vec<Option<Span>> {
    let lines = LineStarts::of(text);
    // Nodes are in the order of the text, so that each column is counted from the one before: a line may hold all.
    let (mut at, mut column) = (0, 1);
    let mut span = |id: NodeId, node: &parse::Node<'_>| {
        let start = starts.of(id)?;
        let (line, begin, end) = lines.line(start, text);
        if begin > at || start < at {
            (at, column) = (begin, 1);
        }
        column += text.get(at..start)?.chars().count();
        at = start;
        let rest = text.get(start..end)?;
        let size = match &node.content {
            Content::Sequence(_) | Content::Mapping(_) => 1,
            Content::Alias { name, .. } => name.len() + 1,
            Content::Scalar { text, .. } => scalar_size(rest, text),
        };
        let width = rest.get(..size).unwrap_or(rest).chars().count();
        Some(Span { line: line + 1, column, width })
    };
    document.nodes.iter().enumerate().map(|(id, node)| span(id, node)).collect()
}

/// Makes [`Spans`].
struct Making {
    /// By node of the document.
    spans: Vec<Option<Span>>,
    nodes: Vec<Node>,
    /// The values of the `<<` that are being followed.
    merging: Vec<Option<Span>>,
}

/// A node with the key that it stands under.
struct Made {
    node: usize,
    key: Option<Span>,
    merged_by: Option<Span>,
}

impl Making {
    fn span(&self, id: NodeId) -> Option<Span> {
        self.spans.get(id).copied().flatten()
    }

    fn add(&mut self, id: NodeId, inner: Inner) -> Made {
        self.nodes.push(Node { at: self.span(id), is_alias: false, inner });
        Made { node: self.nodes.len() - 1, key: None, merged_by: None }
    }
}

/// Returns how many bytes a scalar takes on the line where it begins.
fn scalar_size(line: &[u8], text: &[u8]) -> usize {
    let end = || line.trim_end().len();
    match line.first() {
        Some(quote @ (b'"' | b'\'')) => {
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
            end()
        }
        _ if line.starts_with(text) => text.len(),
        _ => end(),
    }
}

impl Make for Making {
    type Made = Made;

    fn scalar(&mut self, id: NodeId, _: Tree) -> Made {
        self.add(id, Inner::Scalar)
    }

    fn list(&mut self, id: NodeId, items: Vec<Made>) -> Made {
        self.add(id, Inner::List(items.into_iter().map(|made| made.node).collect()))
    }

    fn map(&mut self, id: NodeId, entries: BTreeMap<Key, Made>) -> Made {
        let entries = entries.into_iter().filter_map(|(key, made)| {
            let key = valid(key_text(key, &Tree::Nil).ok()?);
            Some((key, Entry { key: made.key, merged_by: made.merged_by, value: made.node }))
        });
        let inner = Inner::Map(entries.collect());
        self.add(id, inner)
    }

    fn alias(&mut self, id: NodeId, made: Made) -> Made {
        let at = self.span(id);
        if let Some(node) = self.nodes.get_mut(made.node) {
            (node.at, node.is_alias) = (at, true);
        }
        made
    }

    fn entry(&mut self, key: NodeId, made: Made) -> Made {
        let merged_by = self.merging.first().copied().flatten();
        Made { key: self.span(key), merged_by, ..made }
    }

    fn merges(&mut self, id: NodeId) {
        self.merging.push(self.span(id));
    }

    fn merged(&mut self) {
        self.merging.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::{Span, Spans, Spot};

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
}
