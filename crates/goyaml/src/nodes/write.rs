//! Writes nodes as go-yaml v3 does.
//!
//! The stack of open collections is explicit, so that depth costs no machine stack.

mod text;

use super::{Document, Kind, Node, NodeId};
use crate::dialect::Dialect;
use crate::emit_scalar::{Shape, analyze};
use crate::parse::Style;
use crate::resolve::{self, Scalar};
use text::Tag;

/// Where entries are written.
#[derive(Clone, Copy)]
pub(crate) struct Layout {
    /// Columns of an indentation; one digit.
    indent: u8,
    /// Whether lists stand at the column of their keys.
    compact: bool,
}

impl Layout {
    /// What kyaml writes.
    const KYAML: Layout = Layout { indent: 2, compact: true };
    /// What `yaml.Marshal` writes.
    pub(crate) const USUAL: Layout = Layout { indent: 4, compact: false };
}

/// How long a key may be that stands before a `:`, in bytes.
const MAX_KEY: usize = 128;

/// Writes documents, `---` between them.
pub(crate) fn write(documents: &[(&Document, NodeId, bool)]) -> Vec<u8> {
    let mut events = Vec::new();
    for &(document, root, is_whole) in documents {
        let (head, foot) = match is_whole {
            true => (&document.head[..], &document.foot[..]),
            false => (&[][..], &[][..]),
        };
        events.push(Event { head, ..Event::new(Kinds::DocumentStart) });
        add(&mut events, &document.nodes, root);
        events.push(Event { foot, ..Event::new(Kinds::DocumentEnd) });
    }
    emitted(&events, Layout::KYAML)
}

/// Writes a node of a list of nodes as a document.
pub(crate) fn write_tree(nodes: &[Node], root: NodeId, layout: Layout) -> Vec<u8> {
    let mut events = vec![Event::new(Kinds::DocumentStart)];
    add(&mut events, nodes, root);
    events.push(Event::new(Kinds::DocumentEnd));
    emitted(&events, layout)
}

fn emitted(events: &[Event<'_>], layout: Layout) -> Vec<u8> {
    let mut emitter = Emitter::new(events, layout);
    while emitter.at < events.len() {
        emitter.emit();
    }
    emitter.out
}

/// Writes a node alone.
pub(crate) fn write_node(document: &Document, id: NodeId) -> Vec<u8> {
    write(&[(document, id, false)])
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kinds {
    DocumentStart,
    DocumentEnd,
    SequenceStart,
    SequenceEnd,
    MappingStart,
    MappingEnd,
    Alias,
    Scalar,
}

/// What is written next, with its comments.
#[derive(Clone, Copy)]
struct Event<'n> {
    kind: Kinds,
    node: Option<&'n Node>,
    head: &'n [u8],
    line: &'n [u8],
    foot: &'n [u8],
    /// The foot of the key before.
    tail: &'n [u8],
}

impl<'n> Event<'n> {
    fn new(kind: Kinds) -> Event<'n> {
        Event { kind, node: None, head: b"", line: b"", foot: b"", tail: b"" }
    }

    fn is_flow(&self) -> bool {
        self.node.is_some_and(|n| n.style == Style::Flow)
    }
}

/// A collection whose children are being added.
struct Open<'n> {
    node: &'n Node,
    next: usize,
    tail: &'n [u8],
}

/// Adds the events of a node.
fn add<'n>(events: &mut Vec<Event<'n>>, nodes: &'n [Node], root: NodeId) {
    let mut open: Vec<Open<'n>> = Vec::new();
    begin(events, &mut open, &nodes[root], b"", false);
    while let Some(top) = open.last_mut() {
        let is_mapping = top.node.kind == Kind::Mapping;
        let Some(&child) = top.node.children.get(top.next) else {
            let (kind, tail) = match is_mapping {
                true => (Kinds::MappingEnd, top.tail),
                false => (Kinds::SequenceEnd, &b""[..]),
            };
            let texts = &top.node.texts;
            events.push(Event { line: &texts.line, foot: &texts.foot, tail, ..Event::new(kind) });
            open.pop();
            continue;
        };
        let is_key = is_mapping && top.next % 2 == 0;
        top.next += 1;
        let child = &nodes[child];
        let tail = match is_key {
            // The foot of a key comes after its value.
            true => std::mem::replace(&mut top.tail, &child.texts.foot),
            false => b"",
        };
        begin(events, &mut open, child, tail, is_key);
    }
}

fn begin<'n>(
    events: &mut Vec<Event<'n>>,
    open: &mut Vec<Open<'n>>,
    node: &'n Node,
    tail: &'n [u8],
    is_key: bool,
) {
    let texts = &node.texts;
    let event = Event { node: Some(node), head: &texts.head, ..Event::new(Kinds::Scalar) };
    let foot = if is_key { &[][..] } else { &texts.foot[..] };
    events.push(match node.kind {
        Kind::Scalar => Event { line: &texts.line, foot, tail, ..event },
        Kind::Alias => Event { kind: Kinds::Alias, line: &texts.line, foot, ..event },
        Kind::Sequence => Event { kind: Kinds::SequenceStart, ..event },
        Kind::Mapping => Event { kind: Kinds::MappingStart, tail, ..event },
    });
    if matches!(node.kind, Kind::Sequence | Kind::Mapping) {
        open.push(Open { node, next: 0, tail: b"" });
    }
}

/// What is expected next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    DocumentStart { first: bool },
    Content,
    DocumentEnd,
    FlowItem(Turn),
    FlowKey(Turn),
    FlowValue { simple: bool },
    BlockItem { first: bool },
    BlockKey { first: bool },
    BlockValue { simple: bool },
}

/// Where an entry in brackets stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    First,
    /// After a comment, before which the comma is.
    Trail,
    Later,
}

struct Emitter<'n, 'e> {
    out: Vec<u8>,
    layout: Layout,
    events: &'e [Event<'n>],
    at: usize,
    state: State,
    /// What is expected when what is open is done.
    states: Vec<State>,
    indent: isize,
    indents: Vec<isize>,
    flow_level: usize,
    column: isize,
    /// Whether white space was written last.
    whitespace: bool,
    /// Whether the line holds nothing but indentation, `-`, `?` and `:`.
    indention: bool,
    /// The indentation at which a comment ended, which an empty line parts from what follows there.
    foot_indent: isize,
    in_mapping: bool,
    in_simple_key: bool,
    head: &'n [u8],
    line: &'n [u8],
    foot: &'n [u8],
    tail: &'n [u8],
    key_line: &'n [u8],
}

impl<'n, 'e> Emitter<'n, 'e> {
    fn new(events: &'e [Event<'n>], layout: Layout) -> Emitter<'n, 'e> {
        Emitter {
            out: Vec::new(),
            layout,
            events,
            at: 0,
            state: State::DocumentStart { first: true },
            states: Vec::new(),
            indent: -1,
            indents: Vec::new(),
            flow_level: 0,
            column: 0,
            whitespace: true,
            indention: true,
            foot_indent: -1,
            in_mapping: false,
            in_simple_key: false,
            head: b"",
            line: b"",
            foot: b"",
            tail: b"",
            key_line: b"",
        }
    }

    fn emit(&mut self) {
        let event = self.events[self.at];
        for (kept, new) in [
            (&mut self.head, event.head),
            (&mut self.line, event.line),
            (&mut self.foot, event.foot),
            (&mut self.tail, event.tail),
        ] {
            if !new.is_empty() {
                *kept = new;
            }
        }
        match self.state {
            State::DocumentStart { first } => self.document_start(first),
            State::Content => {
                self.states.push(State::DocumentEnd);
                self.write_head();
                self.node(&event, false, false);
                self.write_line_comment();
                self.write_foot();
            }
            State::DocumentEnd => {
                self.foot_indent = 0;
                self.write_foot();
                self.foot_indent = -1;
                self.write_indent();
                self.state = State::DocumentStart { first: false };
            }
            State::FlowItem(turn) => self.flow_item(&event, turn),
            State::FlowKey(turn) => self.flow_key(&event, turn),
            State::FlowValue { simple } => self.flow_value(&event, simple),
            State::BlockItem { first } => self.block_item(&event, first),
            State::BlockKey { first } => self.block_key(&event, first),
            State::BlockValue { simple } => self.block_value(&event, simple),
        }
        self.at += 1;
    }

    fn document_start(&mut self, first: bool) {
        if !first {
            self.write_indent();
            self.indicator(b"---", true, false, false);
            self.write_indent();
        }
        if !self.head.is_empty() {
            self.write_head();
            self.put_break();
        }
        self.state = State::Content;
    }

    fn has_comment_behind(&self) -> bool {
        !(self.line.is_empty() && self.foot.is_empty() && self.tail.is_empty())
    }

    fn flow_item(&mut self, event: &Event<'n>, turn: Turn) {
        if turn == Turn::First {
            self.indicator(b"[", true, true, false);
            self.increase_indent(true, false);
            self.flow_level += 1;
        }
        if event.kind == Kinds::SequenceEnd {
            self.flow_level -= 1;
            self.decrease_indent();
            if self.column == 0 {
                self.write_indent();
            }
            return self.close_flow(b"]");
        }
        if turn == Turn::Later {
            self.indicator(b",", false, false, false);
        }
        self.write_head();
        if self.column == 0 {
            self.write_indent();
        }
        let has_comment = self.has_comment_behind();
        self.states.push(State::FlowItem(if has_comment { Turn::Trail } else { Turn::Later }));
        self.node(event, false, false);
        self.end_flow_entry();
    }

    /// Writes a comma before the comments of an entry in brackets, and the comments.
    fn end_flow_entry(&mut self) {
        if self.has_comment_behind() {
            self.indicator(b",", false, false, false);
        }
        self.write_line_comment();
        self.write_foot();
    }

    fn close_flow(&mut self, bracket: &[u8]) {
        self.indicator(bracket, false, false, false);
        self.write_line_comment();
        self.write_foot();
        self.pop_state();
    }

    fn flow_key(&mut self, event: &Event<'n>, turn: Turn) {
        if turn == Turn::First {
            self.indicator(b"{", true, true, false);
            self.increase_indent(true, false);
            self.flow_level += 1;
        }
        if event.kind == Kinds::MappingEnd {
            let has_comment =
                !(self.head.is_empty() && self.foot.is_empty() && self.tail.is_empty());
            if has_comment && turn == Turn::Later {
                self.indicator(b",", false, false, false);
            }
            self.write_head();
            self.flow_level -= 1;
            self.decrease_indent();
            return self.close_flow(b"}");
        }
        if turn == Turn::Later {
            self.indicator(b",", false, false, false);
        }
        self.write_head();
        if self.column == 0 {
            self.write_indent();
        }
        let simple = self.is_simple_key(event);
        if !simple {
            self.indicator(b"?", true, false, false);
        }
        self.states.push(State::FlowValue { simple });
        self.node(event, true, simple);
    }

    fn flow_value(&mut self, event: &Event<'n>, simple: bool) {
        self.indicator(b":", !simple, false, false);
        let has_comment = self.has_comment_behind();
        self.states.push(State::FlowKey(if has_comment { Turn::Trail } else { Turn::Later }));
        self.node(event, true, false);
        self.end_flow_entry();
    }

    fn block_item(&mut self, event: &Event<'n>, first: bool) {
        if first {
            let at_key =
                self.layout.compact && self.in_mapping && (self.column == 0 || !self.indention);
            self.increase_indent(false, at_key);
        }
        if event.kind == Kinds::SequenceEnd {
            self.decrease_indent();
            return self.pop_state();
        }
        self.write_head();
        self.write_indent();
        self.indicator(b"-", true, false, true);
        self.states.push(State::BlockItem { first: false });
        self.node(event, false, false);
        self.write_line_comment();
        self.write_foot();
    }

    fn block_key(&mut self, event: &Event<'n>, first: bool) {
        if first {
            self.increase_indent(false, false);
        }
        self.write_head();
        if event.kind == Kinds::MappingEnd {
            self.decrease_indent();
            return self.pop_state();
        }
        self.write_indent();
        if !self.line.is_empty() {
            self.key_line = std::mem::take(&mut self.line);
        }
        let simple = self.is_simple_key(event);
        if !simple {
            self.indicator(b"?", true, false, true);
        }
        self.states.push(State::BlockValue { simple });
        self.node(event, true, simple);
    }

    fn block_value(&mut self, event: &Event<'n>, simple: bool) {
        if simple {
            self.indicator(b":", false, false, false);
        } else {
            self.write_indent();
            self.indicator(b":", true, false, true);
        }
        if !self.key_line.is_empty() {
            if event.kind == Kinds::Scalar {
                if self.line.is_empty() {
                    self.line = std::mem::take(&mut self.key_line);
                }
            } else if event.kind != Kinds::Alias && !event.is_flow() {
                std::mem::swap(&mut self.line, &mut self.key_line);
                self.write_line_comment();
                std::mem::swap(&mut self.line, &mut self.key_line);
            }
        }
        self.states.push(State::BlockKey { first: false });
        self.node(event, true, false);
        self.write_line_comment();
        self.write_foot();
    }

    fn node(&mut self, event: &Event<'n>, in_mapping: bool, in_simple_key: bool) {
        self.in_mapping = in_mapping;
        self.in_simple_key = in_simple_key;
        let Some(node) = event.node else { return };
        match event.kind {
            Kinds::Alias => {
                self.indicator(b"*", true, false, false);
                self.write_word(&node.value);
                self.pop_state();
            }
            Kinds::Scalar => {
                let shown = Shown::of(node);
                let style = self.style_of(&shown);
                self.write_anchor(node);
                self.write_tag(shown.tag);
                self.increase_indent(true, false);
                match style {
                    Style::SingleQuoted => self.single_quoted(shown.text),
                    Style::DoubleQuoted => self.double_quoted(shown.text),
                    Style::Literal => self.literal(shown.text),
                    Style::Folded => self.folded(shown.text),
                    Style::Plain | Style::Flow => self.plain(shown.text),
                }
                self.decrease_indent();
                self.pop_state();
            }
            _ => {
                self.write_anchor(node);
                self.write_tag(&node.tag);
                let is_flow = self.flow_level > 0 || event.is_flow() || node.children.is_empty();
                self.state = match (event.kind == Kinds::SequenceStart, is_flow) {
                    (true, true) => State::FlowItem(Turn::First),
                    (true, false) => State::BlockItem { first: true },
                    (false, true) => State::FlowKey(Turn::First),
                    (false, false) => State::BlockKey { first: true },
                };
            }
        }
    }

    fn is_simple_key(&self, event: &Event<'n>) -> bool {
        let Some(node) = event.node else { return false };
        let tag = Tag::of(&node.tag);
        let tagged = node.anchor.len() + tag.handle.len() + tag.suffix.len();
        let length = match event.kind {
            Kinds::Alias => node.value.len(),
            Kinds::Scalar if !analyze(&node.value, Dialect::V3).multiline => {
                tagged + node.value.len()
            }
            Kinds::SequenceStart | Kinds::MappingStart if node.children.is_empty() => tagged,
            _ => return false,
        };
        length <= MAX_KEY
    }

    /// Returns the style in which a scalar is written: its own where that is possible.
    fn style_of(&self, shown: &Shown<'n>) -> Style {
        let Shape { plain, single, literal, multiline } = shown.shape;
        let mut style = shown.style;
        if self.in_simple_key && multiline {
            style = Style::DoubleQuoted;
        }
        if style == Style::Plain {
            let in_flow = self.flow_level > 0;
            let bare = !in_flow || shown.text.iter().all(|b| !b",?[]{}:".contains(b));
            let shows = !shown.text.is_empty() || !(in_flow || self.in_simple_key);
            if !(plain && bare && shows) {
                style = Style::SingleQuoted;
            }
        }
        if style == Style::SingleQuoted && !single {
            style = Style::DoubleQuoted;
        }
        let is_block = matches!(style, Style::Literal | Style::Folded);
        if is_block && (!literal || self.flow_level > 0 || self.in_simple_key) {
            style = Style::DoubleQuoted;
        }
        style
    }

    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::DocumentEnd);
    }

    // ---- indentation ----

    fn increase_indent(&mut self, flow: bool, at_key: bool) {
        self.indents.push(self.indent);
        let step = isize::from(self.layout.indent);
        if self.indent < 0 {
            self.indent = if flow { step } else { 0 };
        } else if self.states.last() == Some(&State::BlockItem { first: false }) {
            self.indent += 2;
        } else {
            self.indent = step * ((self.indent + step) / step);
            if at_key {
                self.indent -= 2;
            }
        }
    }

    fn decrease_indent(&mut self) {
        self.indent = self.indents.pop().unwrap_or(-1);
    }

    fn write_indent(&mut self) {
        let indent = self.indent.max(0);
        if !self.indention || self.column > indent || self.column == indent && !self.whitespace {
            self.put_break();
        }
        if self.foot_indent == indent {
            self.put_break();
        }
        while self.column < indent {
            self.put(b' ');
        }
        self.whitespace = true;
        self.foot_indent = -1;
    }
}

/// A scalar as it is to be shown.
struct Shown<'n> {
    text: &'n [u8],
    tag: &'n [u8],
    style: Style,
    shape: Shape,
}

impl<'n> Shown<'n> {
    fn of(node: &'n Node) -> Shown<'n> {
        let text = &node.value[..];
        let looks_otherwise = || node.is_string && resolve::plain(text) != Scalar::Text;
        let style = match node.style {
            Style::Plain if text.contains(&b'\n') => Style::Literal,
            Style::Plain if looks_otherwise() => Style::DoubleQuoted,
            style => style,
        };
        Shown { text, tag: &node.tag, style, shape: analyze(text, Dialect::V3) }
    }
}
