//! Takes what the executor tells.

use std::ops::Range;
use std::rc::Rc;

use super::super::exec::Slot;
use super::super::func::{Flow, FuncDef};
use super::super::node::{Branch, Code, Expr, List, Node, Template};
use super::super::record::{Becomes, Control, Effects, Either, Entered, Jumps, Record};
use super::flow::Call;
use super::paths::Key;
use super::{
    CallOf, Frame, Gap, Origins, PieceId, Place, Saved, Set, Skipped, Span, Tag, Tags, Text, Trace,
    effects,
};
use bstr::ByteSlice;
use gostd::value::{Str, Value};

impl Trace {
    fn write(&mut self, span: Span) {
        if let Some(open) = self.open.last_mut() {
            open.push_span(span);
        }
    }

    fn gap(&mut self, at: usize, piece: PieceId, inline: bool) {
        if let Some(open) = self.open.last_mut() {
            open.gaps.push(Gap { at: at as u32, piece, inline });
        }
    }

    fn save(&mut self) {
        self.saved.push(Saved {
            place: self.place,
            frame: self.frame,
            control: self.control,
            jumps: self.jumps,
            homes: self.homes.len(),
        });
        self.jumps = Jumps::default();
    }

    fn restore(&mut self) {
        if let Some(saved) = self.saved.pop() {
            self.place = saved.place;
            self.frame = saved.frame;
            self.control = saved.control;
            self.jumps = saved.jumps;
            self.homes.truncate(saved.homes);
        }
    }

    /// Enters a call of a template from the place at hand.
    fn enter_call(&mut self, template: &Template) {
        let call = CallOf { outer: self.frame, place: self.place, name: template.name.clone() };
        let next = Frame(self.frames.len() as u32);
        let id = *self.frame_ids.entry(call.clone()).or_insert(next);
        if id == next {
            self.frames.push(call);
        }
        self.frame = id;
    }

    /// Enters a condition that everything depends on that follows.
    fn push_condition(
        &mut self,
        why: Entered,
        template: &Template,
        pos: u32,
        read: Set,
    ) -> Control {
        let before = self.control;
        let place = self.place_in(template, pos);
        let home = self.home(place);
        let read = self.sets.join(read, home);
        if let Some(open) = self.open.last_mut() {
            open.conditions = self.sets.join(open.conditions, read);
        }
        self.control = self.condition(before, why, place, read);
        before
    }

    /// Makes what follows depend on the jumps of the loop at hand.
    fn after_jumps(&mut self) {
        let read = self.sets.join(self.jumps.pass, self.jumps.all);
        if !read.is_empty() {
            self.control = self.condition(self.control, Entered::Jump, self.place, read);
        }
    }
}

/// Returns whether what a list writes stands on lines of its own, where it is written behind `out`.
fn has_own_lines(code: Code<'_>, list: List, out: &[u8]) -> bool {
    let at_start = out.last().is_none_or(|last| *last == b'\n');
    let nodes = code.nodes(list);
    let begins = nodes.iter().find_map(|node| begins_line(code, *node));
    let ends = nodes.iter().rev().find_map(|node| match node {
        Node::Text(span) => Some(code.text_of(*span).ends_with(b"\n")),
        Node::Action { pipe, .. } if code.declarations(code.pipe(*pipe)).len() > 0 => None,
        _ => Some(false),
    });
    begins == Some(true) || (at_start && ends == Some(true))
}

/// Returns whether what a node writes begins with the end of the line before, where it writes something.
fn begins_line(code: Code<'_>, node: Node) -> Option<bool> {
    let inner = |b: &Branch| code.nodes(b.list).iter().find_map(|node| begins_line(code, *node));
    match node {
        Node::Text(span) => {
            let text = code.text_of(span);
            let line = text.trim_start_with(|c| c == ' ');
            (!text.is_empty()).then(|| line.starts_with(b"\n"))
        }
        Node::Action { pipe, .. } => {
            let pipe = code.pipe(pipe);
            if code.declarations(pipe).len() > 0 {
                return None;
            }
            let last = code.commands(pipe).last().and_then(|command| code.args(command).first());
            Some(matches!(last, Some(Expr::Function { def, .. }) if def.name == "nindent"))
        }
        Node::If(b) | Node::With(b) | Node::Range(b) => inner(code.branch(b)),
        Node::Template(_) => Some(false),
        Node::Break { .. } | Node::Continue { .. } => None,
    }
}

impl Record for Trace {
    const ON: bool = true;
    type Tag = Tag;
    type Tags = Tags;

    #[inline]
    fn add(tags: &mut Tags, tag: Tag) {
        tags.push(tag);
    }

    fn member(&mut self, of: &Slot<Tag>, name: &[u8], value: &Value) -> Tag {
        // A method's answer is known by its first argument: `.Files.Get "a.txt"` is `Files`, `a.txt`.
        let (own, joined) = match std::mem::take(&mut self.arguments) {
            None => (self.inner_named(&of.value, name, value), Set::EMPTY),
            Some((arguments, joined)) => {
                let name = arguments.first().and_then(Value::as_str).map_or(name, |first| first);
                (self.inner_named(&of.value, name, value), joined)
            }
        };
        if let Tag::Set(set) = own {
            if self.fetched.len() <= set.number() {
                self.fetched.resize(set.number() + 1, false);
            }
            self.fetched[set.number()] = true;
        }
        let chosen = self.flat(&of.tag);
        let chosen = self.sets.join(chosen, joined);
        self.with(own, chosen)
    }

    fn no_arguments(&mut self) {
        self.arguments = None;
    }

    fn arguments(&mut self, values: &[Value], tags: &Tags) {
        let mut joined = Set::EMPTY;
        for (value, tag) in values.iter().zip(tags) {
            let deep = self.deep(value, tag);
            joined = self.sets.join(joined, deep);
        }
        self.arguments = Some((values.iter().cloned().collect(), joined));
    }

    fn call(&mut self, def: &'static FuncDef, args: &[Value], tags: &Tags) {
        match def.flow {
            Flow::Joins | Flow::Moves(_) => {}
            Flow::Changes(..) => self.before_change(args),
            Flow::Executes => {
                self.handed = tags.clone();
                self.last = None;
            }
        }
    }

    fn called(&mut self, def: &'static FuncDef, args: &[Value], tags: Tags, result: &Value) -> Tag {
        let mut call = Call { trace: self, args, tags: &tags, result };
        match def.flow {
            Flow::Joins => call.join(),
            Flow::Moves(moves) | Flow::Changes(moves) => moves(&mut call),
            Flow::Executes => self.last.take().map_or(Tag::None, Tag::Text),
        }
    }

    fn looked_at(&mut self, tag: &mut Tag, value: &Value, of: &Tag) {
        let truth = self.truth(value, of);
        *tag = self.with(std::mem::take(tag), truth);
    }

    fn decided(&mut self, tag: &mut Tag, value: &Value, before: &Tag) {
        let truth = self.truth(value, tag);
        let before = self.flat(before);
        let looked_at = self.sets.join(before, truth);
        *tag = match std::mem::take(tag) {
            text @ Tag::Text(_) => self.with(text, looked_at),
            other => {
                let own = self.flat(&other);
                let all = self.sets.join(own, looked_at);
                if all == truth { all.into() } else { Tag::Chosen { all, truth } }
            }
        };
    }

    fn join(&mut self, tag: &mut Tag, other: &Tag) {
        let other = self.flat(other);
        *tag = self.with(std::mem::take(tag), other);
    }

    fn at(&mut self, template: &Template, pos: u32) {
        self.place = self.place_in(template, pos);
        self.ran.insert(self.place);
    }

    fn text(&mut self, template: &Template, pos: u32, out: Range<usize>) {
        let place = self.place_in(template, pos);
        let home = self.homes.iter().rev().find(|(source, _)| *source == place.source);
        let data = match home.map(|(_, tag)| tag.clone()) {
            None | Some(Tag::None) => Set::EMPTY,
            Some(Tag::Set(set) | Tag::Chosen { all: set, .. }) => set,
            // Each part of a text that `tpl` executes has its own origin.
            Some(Tag::Text(text)) => {
                let from = pos as usize;
                text.origins.slice(from, from + out.len(), |start, span| {
                    let data = self.of_piece(span.piece);
                    let place = Place { source: place.source, pos: start as u32 };
                    let piece = self.here(place, data);
                    let end = out.start + (span.end as usize - from);
                    self.write(Span { end: end as u32, piece, offset: 0, is_text: true });
                });
                return;
            }
        };
        let piece = self.here(place, data);
        self.write(Span { end: out.end as u32, piece, offset: 0, is_text: true });
    }

    fn printed(&mut self, value: &Value, tag: &Tag, out: Range<usize>) {
        let home = self.home(self.place);
        if let Tag::Text(text) = tag
            && text.origins.len() == out.len()
        {
            let text = text.clone();
            let mut last = None;
            for span in &text.origins.spans {
                // One piece in many parts, the lines of a text that is indented, is adopted once.
                let piece = match last {
                    Some((of, piece)) if of == span.piece => piece,
                    _ => self.adopted(span.piece, home),
                };
                last = Some((span.piece, piece));
                let end = (out.start + span.end as usize) as u32;
                self.write(Span { end, piece, ..*span });
            }
            for gap in &text.origins.gaps {
                let piece = self.adopted(gap.piece, home);
                self.gap(out.start + gap.at as usize, piece, gap.inline);
            }
            if let Some(open) = self.open.last_mut() {
                open.conditions = self.sets.join(open.conditions, text.origins.conditions);
            }
            return;
        }
        let data = self.deep(value, tag);
        let data = self.sets.join(data, home);
        let piece = self.here(self.place, data);
        if out.is_empty() {
            if !data.is_empty() {
                self.gap(out.start, piece, true);
            }
        } else {
            self.write(Span { end: out.end as u32, piece, offset: 0, is_text: false });
        }
    }

    fn enter(&mut self, why: Entered, template: &Template, pos: u32, condition: &Tag) -> Control {
        let read = self.flat(condition);
        self.push_condition(why, template, pos, read)
    }

    fn pass(
        &mut self,
        template: &Template,
        pos: u32,
        over: &Slot<Tag>,
        key: &Value,
        item: &Value,
    ) -> (Control, Tag, Tag) {
        let step = match key {
            Value::Str(name) => Some(Key::Name(name.clone())),
            Value::Int(_, index) => Some(Key::Index(*index as u32)),
            _ => None,
        };
        let chosen = self.flat(&over.tag);
        let (there, value) = match step {
            Some(step) => {
                let there = self.key(&over.value, step.clone());
                (there, self.inner(&over.value, step, item))
            }
            None => (Set::EMPTY, Tag::None),
        };
        let there = self.sets.join(there, chosen);
        let value = self.with(value, chosen);
        let before = self.push_condition(Entered::Range, template, pos, there);
        self.jumps.pass = Set::EMPTY;
        self.after_jumps();
        // An index of a list is no part of it.
        let key = if matches!(key, Value::Str(_)) {
            there
        } else {
            let indexes = self.indexes(&over.value);
            self.sets.join(chosen, indexes)
        };
        let key = key.into();
        (before, key, value)
    }

    fn leave(&mut self, before: Control) {
        self.control = before;
        self.after_jumps();
    }

    fn skipped(&mut self, template: &Template, branch: &Branch, condition: &Tag, out: &[u8]) {
        let read = self.flat(condition);
        let before = self.push_condition(Entered::Skipped, template, branch.pos, read);
        let place = self.place_in(template, branch.pos);
        let piece = self.here(place, Set::EMPTY);
        self.control = before;
        self.skipped.entry(place).or_insert_with(|| Skipped {
            template: (template.source.clone(), template.ast.clone()),
            list: branch.list,
        });
        let inline = !has_own_lines(template.code(), branch.list, out);
        self.gap(out.len(), piece, inline);
    }

    fn effects(&mut self, template: &Template, branch: &Branch) -> Rc<Effects> {
        effects::of(template.code(), branch, &mut self.effects)
    }

    fn may_change(&mut self, from: &Slot<Tag>, path: &[u8], key: Option<&[u8]>, condition: &Tag) {
        let mut at = from.value.clone();
        for name in path.split(|b| *b == b'.').filter(|name| !name.is_empty()) {
            let Some(inner) = at.as_map().and_then(|map| map.get(name)) else { return };
            self.inner(&at, Key::Name(Str::from(name)), &inner);
            at = inner;
        }
        let read = self.flat(condition);
        match key {
            None => self.depend(&at, read),
            Some(key) => {
                let step = Key::Name(Str::from(key));
                let value = at.as_map().and_then(|map| map.get(key)).unwrap_or_default();
                let tag = self.inner(&at, step.clone(), &value);
                let tag = self.with(tag, read);
                self.put(&at, step, tag);
            }
        }
    }

    fn is_same(&mut self, from: &Slot<Tag>, either: &Either, condition: &Tag) -> bool {
        let mut value = from.value.clone();
        let mut tag = from.tag.clone();
        let names = either.path.split(|b| *b == b'.').skip(1);
        for name in names {
            let Some(inner) = value.as_map().and_then(|map| map.get(name)) else { return false };
            let chosen = self.flat(&tag);
            let own = self.inner_named(&value, name, &inner);
            tag = self.with(own, chosen);
            value = inner;
        }
        // Nothing in it is executed.
        if !either.is_yaml && value.as_str().is_some_and(|text| text.find("{{").is_none()) {
            return true;
        }
        let read = self.flat(condition);
        let printed = self.deep(&value, &tag);
        self.is_of(read, printed)
    }

    fn may_become(&mut self, now: &Value, to: &Becomes, condition: &Tag) -> bool {
        let read = self.flat(condition);
        match (to, now) {
            (Becomes::Longer, Value::List(_)) => {}
            (Becomes::Without(keys), Value::Map(map)) => {
                for key in &**keys {
                    let step = Key::Name(key.clone());
                    let value = map.get(key).unwrap_or_default();
                    let tag = self.inner(now, step.clone(), &value);
                    let tag = self.with(tag, read);
                    self.put(now, step, tag);
                }
            }
            _ => return false,
        }
        self.grows(now, read);
        true
    }

    fn jumps_by(&mut self, condition: &Tag, ends: bool) {
        let read = self.flat(condition);
        let on = if ends { &mut self.jumps.all } else { &mut self.jumps.pass };
        *on = self.sets.join(*on, read);
        self.after_jumps();
    }

    fn open_loop(&mut self) -> Jumps {
        std::mem::take(&mut self.jumps)
    }

    fn close_loop(&mut self, before: Jumps) {
        self.jumps = before;
    }

    fn begin(&mut self, template: &Template, within: bool) {
        if within {
            self.save();
            self.enter_call(template);
        } else {
            self.open.push(Origins::default());
        }
        self.place = self.place_in(template, template.root.pos);
    }

    fn end(&mut self, within: bool) {
        if within {
            self.restore();
        } else {
            let origins = self.open.pop().unwrap_or_default();
            self.last = Some(Rc::new(Text { origins, whole: Default::default() }));
        }
    }

    fn hand_over(&mut self, template: &Template, is_text: bool) -> Tag {
        let mut tags = std::mem::take(&mut self.handed);
        self.save();
        self.enter_call(template);
        let data = tags.pop().unwrap_or_default();
        let named = tags.pop().unwrap_or_default();
        if is_text {
            let place = self.place_in(template, 0);
            self.homes.push((place.source, named));
        } else {
            let read = self.flat(&named);
            if !read.is_empty() {
                self.control = self.condition(self.control, Entered::Call, self.place, read);
            }
        }
        data
    }

    fn handed_over(&mut self) {
        self.restore();
    }

    fn unchanged(&mut self, text: &[u8]) {
        self.last = match std::mem::take(&mut self.handed).first() {
            Some(Tag::Text(text)) => Some(text.clone()),
            Some(Tag::Set(set) | Tag::Chosen { all: set, .. }) => {
                let mut origins = Origins::default();
                origins.push_whole(text.len(), self.here(self.place, *set));
                Some(Rc::new(Text { origins, whole: Some(*set).into() }))
            }
            _ => None,
        };
    }

    fn without(&mut self, text: &[u8], words: &[u8]) {
        let Some(last) = self.last.take() else { return };
        if text.find(words).is_none() {
            self.last = Some(last);
            return;
        }
        let mut origins = Origins { conditions: last.origins.conditions, ..Origins::default() };
        let mut from = 0;
        let mut removed = 0;
        let mut gaps = last.origins.gaps.iter().peekable();
        let ends = text.find_iter(words).chain([text.len()]);
        for at in ends {
            last.origins.slice(from, at, |_, span| {
                origins.push_span(Span { end: span.end - removed as u32, ..span });
            });
            while let Some(gap) = gaps.next_if(|gap| gap.at as usize <= at) {
                let at = (gap.at as usize).max(from) - removed;
                origins.gaps.push(Gap { at: at as u32, ..*gap });
            }
            if at < text.len() {
                last.origins.slice(at, at + words.len(), |_, Span { piece, .. }| {
                    let here = (at - removed) as u32;
                    if origins.gaps.last().is_none_or(|gap| (gap.at, gap.piece) != (here, piece)) {
                        origins.gaps.push(Gap { at: here, piece, inline: true });
                    }
                });
            }
            from = at + words.len();
            removed += words.len();
        }
        self.last = Some(Rc::new(Text { origins, whole: Default::default() }));
    }
}
