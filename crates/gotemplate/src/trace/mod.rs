//! Records where each byte of the output came from: the place in a template, the calls that led there, the values
//! that were printed, and those on which it depended.

mod common;
mod effects;
mod either;
mod flow;
mod hooks;
mod paths;
mod sets;
mod shadow;
mod text;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use foldhash::fast::RandomState;
use gostd::stack;
use gostd::value::{Str, Value};
use smallvec::SmallVec;

use super::node::{Ast, Code, List, Node, Source, Template};
use super::record::{Control, Entered, Jumps};
use paths::{Paths, TOP};
use sets::Sets;
use shadow::Shadows;

pub(crate) use common::INDEX;
pub use common::{EMBEDS, SHAPE, down, entry, step};
pub use flow::{Assembly, Call, Move, merged};
pub use paths::Key;
pub use sets::{Read, Set};
pub use text::{Gap, Origins, PieceId, Span, Tag, Text};

/// How many things of a kind there is room for at first: those of a small chart.
const USUAL: usize = 512;

/// A place in a template's text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
pub struct Place {
    /// Which text: an index of [`Trace::source`].
    pub source: u32,
    /// Where in it, in bytes.
    pub pos: u32,
}

/// Where a part of a text came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Piece {
    /// The text or the action that wrote it.
    pub place: Place,
    /// The calls that led there.
    pub frame: Frame,
    /// The conditions that let it through.
    pub control: Control,
    /// What was read for it.
    pub data: Set,
}

/// The calls that led to a template: a number of the recorder's, 0 for none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
pub struct Frame(u32);

impl Frame {
    /// Returns the number.
    pub fn number(self) -> usize {
        self.0 as usize
    }
}

/// A call of a template.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CallOf {
    /// The calls before.
    pub outer: Frame,
    /// Where it is called.
    pub place: Place,
    /// The name of the template; that of Helm's root for a text that `tpl` executes.
    pub name: Str,
}

/// A condition that let something through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Condition {
    /// The conditions around it.
    pub outer: Control,
    /// Why.
    pub why: Entered,
    /// Where it stands.
    pub place: Place,
    /// What was read for it.
    pub read: Set,
    /// What was read for it and for those around it.
    all: Set,
    depth: u32,
}

/// What the arguments of a call came from.
pub(crate) type Tags = SmallVec<[Tag; 4]>;

/// A branch that did not run.
#[derive(Debug)]
struct Skipped {
    template: (Arc<Source>, Arc<Ast>),
    list: List,
}

/// What is set aside while a named template or a text runs.
#[derive(Debug)]
struct Saved {
    place: Place,
    frame: Frame,
    control: Control,
    jumps: Jumps,
    /// How many texts of `tpl` were at work.
    homes: usize,
}

/// Records where the output of an execution came from.
#[derive(Debug)]
pub struct Trace {
    sets: Sets,
    paths: Paths,
    shadows: Shadows,
    sources: Vec<Arc<Source>>,
    source_ids: HashMap<usize, u32, RandomState>,
    /// The text asked for last: where it is, and its number.
    last_source: (usize, u32),
    pieces: Vec<Piece>,
    piece_ids: HashMap<Piece, PieceId, RandomState>,
    frames: Vec<CallOf>,
    frame_ids: HashMap<CallOf, Frame, RandomState>,
    conditions: Vec<Condition>,
    condition_ids: HashMap<(Control, Entered, Place, Set), Control, RandomState>,
    effects: effects::Known,
    /// The actions, conditions and calls that ran.
    ran: HashSet<Place, RandomState>,
    /// Whether a set is what a field has given, whatever became of it.
    fetched: Vec<bool>,
    /// What did not run, by the place of its condition.
    skipped: HashMap<Place, Skipped, RandomState>,
    place: Place,
    frame: Frame,
    control: Control,
    jumps: Jumps,
    saved: Vec<Saved>,
    /// The texts that are written, the inner ones last.
    open: Vec<Origins>,
    /// The text that was finished last.
    last: Option<Rc<Text>>,
    /// The arguments of `include` or `tpl`.
    handed: Tags,
    /// What `tpl` executes, and where that text came from.
    homes: Vec<(u32, Tag)>,
    /// The map that a merge is about to change, as it is before.
    before: Option<Value>,
    /// The arguments of a method.
    arguments: Option<(SmallVec<[Value; 4]>, Set)>,
}

impl Default for Trace {
    fn default() -> Trace {
        Trace::new()
    }
}

impl Trace {
    /// Makes a recorder that knows of nothing yet.
    pub fn new() -> Trace {
        let none = Condition {
            outer: Control(0),
            why: Entered::Call,
            place: Place::default(),
            read: Set::EMPTY,
            all: Set::EMPTY,
            depth: 0,
        };
        let top = CallOf { outer: Frame(0), place: Place::default(), name: Str::EMPTY };
        Trace {
            sets: Sets::new(),
            paths: Paths::default(),
            shadows: Shadows::default(),
            sources: Vec::new(),
            source_ids: HashMap::default(),
            last_source: (0, 0),
            pieces: Vec::new(),
            piece_ids: HashMap::with_capacity_and_hasher(USUAL, RandomState::default()),
            frames: vec![top],
            frame_ids: HashMap::default(),
            conditions: vec![none],
            condition_ids: HashMap::with_capacity_and_hasher(USUAL / 4, RandomState::default()),
            effects: effects::Known::default(),
            ran: HashSet::with_capacity_and_hasher(USUAL, RandomState::default()),
            fetched: Vec::new(),
            skipped: HashMap::default(),
            place: Place::default(),
            frame: Frame(0),
            control: Control(0),
            jumps: Jumps::default(),
            saved: Vec::new(),
            open: Vec::new(),
            last: None,
            handed: Tags::new(),
            homes: Vec::new(),
            before: None,
            arguments: None,
        }
    }

    /// Says that a list, map or object of the data is what a path leads to.
    pub fn root(&mut self, value: &Value, path: &[Key]) {
        let node = path.iter().fold(TOP, |node, key| self.inner_node(node, key));
        self.place(value, node);
    }

    /// Says that what is executed from now on depends on what paths lead to.
    pub fn depends_on(&mut self, paths: &[Vec<Key>]) {
        let mut read = Set::EMPTY;
        for path in paths {
            let node = path.iter().fold(TOP, |node, key| self.inner_node(node, key));
            let one = self.read(node, Read::Value);
            read = self.sets.join(read, one);
        }
        self.control = Control(0);
        if !read.is_empty() {
            let nowhere = Place { source: u32::MAX, pos: 0 };
            self.control = self.condition(Control(0), Entered::Host, nowhere, read);
        }
    }

    /// Returns the origins of the text that was executed last.
    pub fn take(&mut self) -> Origins {
        let last = self.last.take().unwrap_or_default();
        Rc::try_unwrap(last).map_or_else(|shared| shared.origins.clone(), |text| text.origins)
    }

    // ---- what was recorded

    /// Returns where a part of a text came from.
    pub fn piece(&self, id: PieceId) -> Piece {
        self.pieces[id.0 as usize]
    }

    /// Returns the name and the text that a place refers to.
    pub fn source(&self, place: Place) -> (&Str, &[u8]) {
        self.sources.get(place.source as usize).map_or((&Str::EMPTY, b""), |s| (&s.name, &s.text))
    }

    /// Returns the number of a place's text, counted from 0; for no text the number of texts.
    pub fn source_number(&self, place: Place) -> usize {
        self.sources.len().min(place.source as usize)
    }

    /// Returns the text of a template by its name; of several with one name the first that ran.
    pub fn source_named(&self, name: &[u8]) -> Option<&[u8]> {
        self.sources.iter().find(|source| *source.name == *name).map(|source| &*source.text)
    }

    /// Returns the calls that led to a place, the innermost first.
    pub fn calls(&self, frame: Frame) -> impl Iterator<Item = &CallOf> {
        let mut at = frame;
        std::iter::from_fn(move || {
            let call = self.frames.get(at.0 as usize).filter(|_| at.0 > 0)?;
            at = call.outer;
            Some(call)
        })
    }

    /// Returns the calls as [`Trace::calls`] does, with their numbers.
    pub fn calls_by_number(&self, frame: Frame) -> impl Iterator<Item = (u32, &CallOf)> {
        let mut at = frame;
        std::iter::from_fn(move || {
            let number = at.0;
            let call = self.frames.get(number as usize).filter(|_| number > 0)?;
            at = call.outer;
            Some((number, call))
        })
    }

    /// Returns all calls, with their numbers.
    pub fn all_calls(&self) -> impl Iterator<Item = (Frame, &CallOf)> {
        (0..).map(Frame).zip(&self.frames).skip(1)
    }

    /// Returns all parts of texts, those too that were not printed as they are.
    pub fn all_pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Returns the conditions that let something through, the innermost first.
    pub fn conditions(&self, control: Control) -> impl Iterator<Item = &Condition> {
        let mut at = control;
        std::iter::from_fn(move || {
            let condition = self.conditions.get(at.0 as usize).filter(|_| at.0 > 0)?;
            at = condition.outer;
            Some(condition)
        })
    }

    /// Returns the texts of a branch that did not run, by the place of its condition.
    pub fn skipped(&self, place: Place) -> Vec<&[u8]> {
        let mut found = Vec::new();
        if let Some(Skipped { template: (source, ast), list }) = self.skipped.get(&place) {
            texts(Code { text: &source.text, ast }, *list, &mut found);
        }
        found
    }

    /// Returns all that the conditions depended on.
    pub fn depended(&self, control: Control) -> Set {
        self.conditions[control.0 as usize].all
    }

    /// Returns the places in a set, and how each was read.
    pub fn reads(&self, set: Set) -> impl Iterator<Item = (NodeId, Read)> {
        self.sets.atoms(set).iter().map(|atom| (NodeId(atom.node()), atom.read()))
    }

    /// Returns the steps that lead to a place.
    pub fn path(&self, node: NodeId) -> Vec<&Key> {
        self.paths.path(node.0)
    }

    /// Returns a set of all that two sets hold.
    pub fn union(&mut self, a: Set, b: Set) -> Set {
        self.sets.join(a, b)
    }

    /// Returns the places of the texts and conditions for which something was read that is wanted.
    pub fn places_reading(&self, is_wanted: impl Fn(Set) -> bool) -> Vec<Place> {
        let texts = self.pieces.iter().map(|piece| (piece.place, piece.data));
        let conditions = self.conditions.iter().filter(|c| c.place.source != u32::MAX);
        let all = texts.chain(conditions.map(|condition| (condition.place, condition.read)));
        let mut known: HashMap<Set, bool> = HashMap::new();
        let wanted = all.filter(|(_, set)| *known.entry(*set).or_insert_with(|| is_wanted(*set)));
        wanted.map(|(place, _)| place).collect()
    }

    /// Returns the actions, conditions and calls that ran: the names of their templates and where they stand there.
    pub fn ran(&self) -> impl Iterator<Item = (&Str, u32)> {
        self.ran.iter().map(|place| (self.source(*place).0, place.pos))
    }

    /// Returns all that was read: by a field, for a text, or for a condition; each place and each way once.
    pub fn all_reads(&self) -> HashSet<(NodeId, Read)> {
        let texts = self.pieces.iter().map(|piece| piece.data);
        let conditions = self.conditions.iter().map(|condition| condition.read);
        let sets: HashSet<Set> = texts.chain(conditions).chain(self.fetched()).collect();
        sets.into_iter().flat_map(|set| self.reads(set)).collect()
    }

    fn fetched(&self) -> impl Iterator<Item = Set> {
        let all = self.fetched.iter().enumerate();
        all.filter(|(_, is_fetched)| **is_fetched).map(|(number, _)| Set::numbered(number))
    }

    // ---- tags

    /// Returns all that a tag says.
    fn flat(&mut self, tag: &Tag) -> Set {
        match tag {
            Tag::None => Set::EMPTY,
            Tag::Set(set) => *set,
            Tag::Chosen { all, .. } => *all,
            Tag::Text(text) => {
                if let Some(whole) = text.whole.get() {
                    return whole;
                }
                let mut whole = text.origins.conditions;
                let spans = text.origins.spans.iter().map(|span| span.piece);
                let gaps = text.origins.gaps.iter().map(|gap| gap.piece);
                let mut last = None;
                for id in spans.chain(gaps) {
                    if last.replace(id) == Some(id) {
                        continue;
                    }
                    let of_piece = self.of_piece(id);
                    whole = self.sets.join(whole, of_piece);
                }
                text.whole.set(Some(whole));
                whole
            }
        }
    }

    /// Returns all that a piece depends on.
    fn of_piece(&mut self, id: PieceId) -> Set {
        let piece = self.piece(id);
        self.sets.join(piece.data, self.conditions[piece.control.0 as usize].all)
    }

    /// Adds to a tag.
    fn with(&mut self, tag: Tag, set: Set) -> Tag {
        if set.is_empty() {
            return tag;
        }
        match tag {
            Tag::None => Tag::Set(set),
            Tag::Set(own) => Tag::Set(self.sets.join(own, set)),
            Tag::Chosen { all, truth } => {
                Tag::Chosen { all: self.sets.join(all, set), truth: self.sets.join(truth, set) }
            }
            Tag::Text(text) => {
                let mut origins = text.origins.clone();
                for span in &mut origins.spans {
                    span.piece = self.piece_with(span.piece, set);
                }
                for gap in &mut origins.gaps {
                    gap.piece = self.piece_with(gap.piece, set);
                }
                origins.conditions = self.sets.join(origins.conditions, set);
                Tag::Text(Rc::new(Text { origins, whole: Default::default() }))
            }
        }
    }

    fn piece_with(&mut self, id: PieceId, set: Set) -> PieceId {
        let mut piece = self.piece(id);
        piece.data = self.sets.join(piece.data, set);
        self.piece_of(piece)
    }

    fn piece_of(&mut self, piece: Piece) -> PieceId {
        let next = PieceId(self.pieces.len() as u32);
        let id = *self.piece_ids.entry(piece).or_insert(next);
        if id == next {
            self.pieces.push(piece);
        }
        id
    }

    /// Returns the piece of what is written here now.
    fn here(&mut self, place: Place, data: Set) -> PieceId {
        self.piece_of(Piece { place, frame: self.frame, control: self.control, data })
    }

    /// Returns the piece of a text that was made before and is written here.
    fn adopted(&mut self, id: PieceId, besides: Set) -> PieceId {
        let mut piece = self.piece(id);
        piece.data = self.sets.join(piece.data, besides);
        if !self.is_within(piece.control, self.control) {
            let read = self.conditions[piece.control.0 as usize].all;
            piece.control = self.condition(self.control, Entered::Elsewhere, piece.place, read);
        }
        self.piece_of(piece)
    }

    /// Returns whether conditions hold where others do.
    fn is_within(&self, inner: Control, outer: Control) -> bool {
        let depth = self.conditions[outer.0 as usize].depth;
        let mut at = inner;
        loop {
            let condition = &self.conditions[at.0 as usize];
            if condition.depth <= depth {
                return at == outer;
            }
            at = condition.outer;
        }
    }

    fn condition(&mut self, outer: Control, why: Entered, place: Place, read: Set) -> Control {
        let next = Control(self.conditions.len() as u32);
        let id = *self.condition_ids.entry((outer, why, place, read)).or_insert(next);
        if id == next {
            let around = self.conditions[outer.0 as usize];
            let all = self.sets.join(around.all, read);
            let depth = around.depth + 1;
            self.conditions.push(Condition { outer, why, place, read, all, depth });
        }
        id
    }

    /// Returns a place in a template, and what its text came from where it is one of `tpl`.
    fn place_in(&mut self, template: &Template, pos: u32) -> Place {
        let address = Arc::as_ptr(&template.source) as usize;
        if self.last_source.0 == address {
            return Place { source: self.last_source.1, pos };
        }
        let next = self.sources.len() as u32;
        let source = *self.source_ids.entry(address).or_insert(next);
        if source == next {
            self.sources.push(template.source.clone());
        }
        self.last_source = (address, source);
        Place { source, pos }
    }

    /// Returns what the text at a place came from, where it is one that `tpl` executes.
    fn home(&mut self, place: Place) -> Set {
        let Some((_, tag)) = self.homes.iter().rev().find(|(source, _)| *source == place.source)
        else {
            return Set::EMPTY;
        };
        match tag.clone() {
            Tag::None => Set::EMPTY,
            Tag::Set(set) | Tag::Chosen { all: set, .. } => set,
            Tag::Text(text) => {
                let mut found = Set::EMPTY;
                let pos = place.pos as usize;
                text.origins.slice(pos, pos + 1, |_, span| {
                    let of_piece = self.of_piece(span.piece);
                    found = self.sets.join(found, of_piece);
                });
                found
            }
        }
    }

    /// Returns whether all that a set holds is in another, or stands around or below something there.
    fn is_of(&self, set: Set, other: Set) -> bool {
        let others = self.sets.atoms(other);
        self.sets.atoms(set).iter().all(|atom| match atom.read() {
            Read::Value | Read::Key => others.iter().any(|o| {
                let is_it = o.node() == atom.node();
                is_it || (o.read() == Read::Whole && self.sets.is_within(atom.node(), o.node()))
            }),
            Read::Shape | Read::Whole => others.iter().any(|o| {
                self.sets.is_within(o.node(), atom.node())
                    || (o.read() == Read::Whole && self.sets.is_within(atom.node(), o.node()))
            }),
        })
    }

    /// Returns what the truth of a value depends on.
    fn truth(&mut self, value: &Value, tag: &Tag) -> Set {
        let own = match tag {
            Tag::Chosen { truth, .. } => *truth,
            other => self.flat(other),
        };
        let shape = self.shape(value);
        self.sets.join(own, shape)
    }
}

/// Gathers the texts of a list and of all that is in it.
fn texts<'t>(code: Code<'t>, list: List, found: &mut Vec<&'t [u8]>) {
    for node in code.nodes(list) {
        match *node {
            Node::Text(span) => found.push(code.text_of(span)),
            Node::If(b) | Node::With(b) | Node::Range(b) => {
                let branch = code.branch(b);
                stack::uncounted(|| texts(code, branch.list, found));
                if let Some(other) = branch.else_list {
                    stack::uncounted(|| texts(code, other, found));
                }
            }
            _ => {}
        }
    }
}

/// A place that values are read from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct NodeId(u32);

impl NodeId {
    /// Returns the number.
    pub fn number(self) -> usize {
        self.0 as usize
    }
}
