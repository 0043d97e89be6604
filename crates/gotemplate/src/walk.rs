//! Walks the nodes of a template: text, actions, control flow.

use super::error::{Cause, ExecError};
use super::exec::{At, Flow, NO_VALUE, Res, Slot, State};
use super::func::Go;
use super::limits::Which;
use super::node::{Branch, List, Node};
use super::record::{Control, Entered, Record};
use gostd::fmt::PrintError;
use gostd::stack;
use gostd::value::{Elem, Kind, Map, Str, UintKind, Value, Zero};

/// Go's limit on `{{template}}` calls inside each other.
const MAX_TEMPLATE_DEPTH: usize = 100_000;

impl<'t, R: Record> State<'t, '_, '_, R> {
    pub(super) fn walk_list(&mut self, dot: &Slot<R::Tag>, list: List) -> Res<Flow> {
        self.at(At::List(list));
        for node in self.code.nodes(list) {
            match self.walk(dot, *node)? {
                Flow::Next => {}
                other => return Ok(other),
            }
        }
        Ok(Flow::Next)
    }

    fn walk(&mut self, dot: &Slot<R::Tag>, node: Node) -> Res<Flow> {
        self.at(At::Node(node));
        let code = self.code;
        match node {
            Node::Text(span) => {
                let before = self.out.len();
                self.append(code.text_of(span))?;
                self.exec.record.text(self.template, span.start, before..self.out.len());
            }
            Node::Action { pos, pipe } => {
                self.exec.record.at(self.template, pos);
                let (value, tag) = self.eval_pipeline(dot, pipe)?;
                if code.declarations(code.pipe(pipe)).len() == 0 {
                    self.at(At::Node(node));
                    let before = self.out.len();
                    match &value {
                        Value::Str(text) => self.append(text)?,
                        other => self.print(other)?,
                    }
                    self.exec.record.printed(&value, &tag, before..self.out.len());
                }
            }
            Node::If(b) => return self.deeper(|s| s.walk_if_or_with(false, dot, code.branch(b))),
            Node::With(b) => return self.deeper(|s| s.walk_if_or_with(true, dot, code.branch(b))),
            Node::Range(b) => return self.deeper(|s| s.walk_range(dot, code.branch(b))),
            Node::Template(c) => self.walk_template(dot, c)?,
            Node::Break { pos } => {
                self.exec.record.ran(self.template, pos);
                return Ok(Flow::Break);
            }
            Node::Continue { pos } => {
                self.exec.record.ran(self.template, pos);
                return Ok(Flow::Continue);
            }
        }
        Ok(Flow::Next)
    }

    /// Appends to the text at hand.
    #[inline]
    fn append(&mut self, text: &[u8]) -> Res<()> {
        if text.len() > self.exec.ledger.room.saturating_sub(self.out.len()) {
            self.make_room(text.len())?;
        }
        self.out.extend_from_slice(text);
        Ok(())
    }

    #[cold]
    fn make_room(&mut self, more: usize) -> Res<()> {
        let inner = self.exec.executions > 1;
        let made = self.exec.ledger.make_room(self.out, more, inner);
        made.map_err(|limit| self.exceeded(limit))
    }

    /// Appends what an action prints that is no string.
    fn print(&mut self, value: &Value) -> Res<()> {
        let before = self.out.len();
        let failed = print_value(self.out, value).err();
        if self.out.len() > self.exec.ledger.room {
            // What was printed is there by now; whether it may be is looked at behind it.
            self.make_room(0)?;
        }
        match failed {
            None => Ok(()),
            Some(PrintError::TooLong) => {
                self.out.truncate(before);
                self.print_long(value)
            }
            Some(e) => Err(self.fail(e.to_string())),
        }
    }

    /// Appends the text of a value that is longer than those of which nobody asks how long they are.
    #[cold]
    fn print_long(&mut self, value: &Value) -> Res<()> {
        let most = self.exec.ledger.most().map_err(|limit| self.exceeded(limit))?;
        let mut text = Vec::new();
        match gostd::fmt::write_value_within(&mut text, value, most) {
            Ok(()) => self.append(&text),
            Err(PrintError::TooLong) => Err(self.exceeded(Which::Memory)),
            Err(e) => Err(self.fail(e.to_string())),
        }
    }

    /// Counts a step of what may go on for long: a pass of a loop, a template called, a function called.
    #[inline]
    pub(super) fn step(&mut self) -> Res<()> {
        match self.exec.ledger.step() {
            Ok(()) => Ok(()),
            Err(limit) => Err(self.exceeded(limit)),
        }
    }

    /// Returns the error of a limit that was reached at the node at hand.
    #[cold]
    pub(super) fn exceeded(&self, which: Which) -> Box<ExecError> {
        self.fail_with(Cause::Exceeded(self.exec.ledger.exceeded(which)))
    }

    /// Counts a recursion, and grows the stack if need be. Every one goes through here:
    /// lists inside lists, pipelines inside pipelines, templates.
    #[inline]
    pub(super) fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> T {
        self.exec.depth += 1;
        let result = stack::at_depth(self.exec.depth, || f(self));
        self.exec.depth -= 1;
        result
    }

    fn walk_if_or_with(&mut self, is_with: bool, dot: &Slot<R::Tag>, b: &'t Branch) -> Res<Flow> {
        let mark = self.vars.len();
        self.exec.record.at(self.template, b.pos);
        let (value, tag) = self.eval_pipeline(dot, b.pipe)?;
        let condition = self.exec.record.condition(&value, &tag);
        let around = match is_with {
            true => condition.clone(),
            false => self.without_either(dot, b, &condition),
        };
        let flow = if value.truth() {
            if is_with {
                let before = self.enter(Entered::With, b, &around);
                let flow = self.walk_list(&Slot::tagged(value, tag), b.list)?;
                self.exec.record.leave(before);
                flow
            } else {
                let before = self.enter(Entered::If, b, &around);
                let flow = self.walk_list(dot, b.list)?;
                self.exec.record.leave(before);
                flow
            }
        } else if let Some(list) = b.else_list {
            let entered = if is_with { Entered::WithElse } else { Entered::Else };
            let before = self.enter(entered, b, &around);
            let flow = self.walk_list(dot, list)?;
            self.exec.record.leave(before);
            flow
        } else {
            self.exec.record.skipped(self.template, b, &condition, self.out);
            Flow::Next
        };
        self.vars.truncate(mark);
        self.depends(dot, b, &condition);
        Ok(flow)
    }

    /// Returns what the sides of an `if` depend on: not on its condition where both print the same.
    #[inline]
    fn without_either(&mut self, dot: &Slot<R::Tag>, b: &'t Branch, condition: &R::Tag) -> R::Tag {
        if R::FOLLOWS && b.else_list.is_some() {
            let effects = self.exec.record.effects(self.template, b);
            if let Some(either) = &effects.either {
                let (name, _) = split(&either.path);
                let var = self.vars.iter().rev().find(|v| v.name == name);
                let from = var.map_or(dot, |var| &var.slot);
                if self.exec.record.is_same(from, either, condition) {
                    return R::Tag::default();
                }
            }
        }
        condition.clone()
    }

    /// Records that a branch is entered.
    #[inline]
    fn enter(&mut self, why: Entered, b: &'t Branch, condition: &R::Tag) -> Control {
        self.exec.record.enter(why, self.template, b.pos, condition)
    }

    /// Records that what a branch may assign depends on its condition, whether it ran or not.
    #[inline]
    fn depends(&mut self, dot: &Slot<R::Tag>, b: &'t Branch, condition: &R::Tag) {
        if R::FOLLOWS {
            let effects = self.exec.record.effects(self.template, b);
            for assigned in &effects.assigns {
                let mut vars = self.vars.iter_mut().rev();
                let Some(var) = vars.find(|v| v.name == &*assigned.name) else {
                    continue;
                };
                let (now, to) = (&var.slot.value, &assigned.to);
                if !self.exec.record.may_become(now, to, condition) {
                    self.exec.record.join(&mut var.slot.tag, condition);
                }
            }
            if effects.ends || effects.continues {
                self.exec.record.jumps_by(condition, effects.ends);
            }
            for (path, key) in &effects.changes {
                let (name, path) = split(path);
                let var = self.vars.iter().rev().find(|v| v.name == name);
                let from = var.map_or(dot, |var| &var.slot);
                self.exec.record.may_change(from, path, key.as_deref(), condition);
            }
        }
    }

    fn walk_range(&mut self, dot: &Slot<R::Tag>, b: &'t Branch) -> Res<Flow> {
        let outer_mark = self.vars.len();
        self.exec.record.at(self.template, b.pos);
        let (value, tag) = self.eval_pipeline(dot, b.pipe)?;
        let condition = self.exec.record.condition(&value, &tag);
        let over = Slot::tagged(value, tag);
        let value = &over.value;
        let mark = self.vars.len();
        let mut ran = false;
        let jumps = self.exec.record.open_loop();
        match value {
            Value::List(list) => {
                let iface = list.elem() == Elem::Any;
                for (i, item) in list.iter().enumerate() {
                    ran = true;
                    let item = Slot { value: item.clone(), iface, tag: R::Tag::default() };
                    if !self.iterate(b, &over, Value::int(i as i64), item, mark)? {
                        break;
                    }
                }
            }
            Value::Bytes(bytes) => {
                for (i, byte) in bytes.iter().enumerate() {
                    ran = true;
                    let item = Slot::of(Value::Uint(UintKind::Uint8, u64::from(*byte)));
                    if !self.iterate(b, &over, Value::int(i as i64), item, mark)? {
                        break;
                    }
                }
            }
            Value::Invalid | Value::Nil => {}
            Value::Int(..) | Value::Uint(..) if self.exec.env.go >= Go::V1_24 => {
                if self.code.declarations(self.code.pipe(b.pipe)).len() > 1 {
                    let text = "can't use %v to iterate over more than one variable";
                    return Err(self.fail_args(text, std::slice::from_ref(value)));
                }
                ran = match *value {
                    Value::Int(kind, end) => {
                        self.iterate_all(b, &over, (0..end).map(|n| Value::Int(kind, n)), mark)?
                    }
                    Value::Uint(kind, end) => {
                        self.iterate_all(b, &over, (0..end).map(|n| Value::Uint(kind, n)), mark)?
                    }
                    _ => false,
                };
            }
            other => {
                let Some(map) = other.as_map() else {
                    let mut shown = other.clone();
                    if other.kind() == Kind::Ptr {
                        let mut text = Vec::new();
                        gostd::fmt::write_pointee(&mut text, other)
                            .map_err(|e| self.fail(e.to_string()))?;
                        shown = text.into();
                    }
                    return Err(self.fail_args("range can't iterate over %v", &[shown]));
                };
                let iface = map.map_type().zero == Zero::Nil;
                self.copies_entries(&map)?;
                // The body may change the map; Go iterates over what was there at the start.
                for (key, item) in map.entries() {
                    ran = true;
                    let item = Slot { value: item, iface, tag: R::Tag::default() };
                    if !self.iterate(b, &over, Value::Str(key), item, mark)? {
                        break;
                    }
                }
            }
        }
        let mut flow = Flow::Next;
        self.exec.record.close_loop(jumps);
        if !ran && b.else_list.is_none() {
            self.exec.record.skipped(self.template, b, &condition, self.out);
        }
        if !ran && let Some(list) = b.else_list {
            let before =
                self.exec.record.enter(Entered::RangeElse, self.template, b.pos, &condition);
            flow = self.walk_list(dot, list)?;
            self.exec.record.leave(before);
            if let Flow::Break = flow {
                // Go catches it at this range, though the body is not the loop's.
                flow = Flow::Next;
            }
        }
        self.vars.truncate(outer_mark);
        self.depends(dot, b, &condition);
        Ok(flow)
    }

    /// Accounts for a loop's own copy of a map's entries: loops within each other hold one each.
    fn copies_entries(&mut self, map: &Map) -> Res<()> {
        /// From how many entries on that matters.
        const MANY: usize = 1000;
        if map.len() < MANY {
            return Ok(());
        }
        let size = map.len() * size_of::<(Str, Value)>();
        self.exec.ledger.reserve(size).map_err(|which| self.exceeded(which))
    }

    /// Runs the body for one number after another; answers whether there was one.
    fn iterate_all(
        &mut self,
        b: &'t Branch,
        over: &Slot<R::Tag>,
        numbers: impl Iterator<Item = Value>,
        mark: usize,
    ) -> Res<bool> {
        let mut ran = false;
        for number in numbers {
            ran = true;
            if !self.iterate(b, over, Value::Invalid, Slot::of(number), mark)? {
                break;
            }
        }
        Ok(ran)
    }

    /// Runs a range's body once; false after a `break`.
    fn iterate(
        &mut self,
        b: &'t Branch,
        over: &Slot<R::Tag>,
        index: Value,
        mut item: Slot<R::Tag>,
        mark: usize,
    ) -> Res<bool> {
        let (before, key, value) =
            self.exec.record.pass(self.template, b.pos, over, &index, &item.value);
        let index = Slot::tagged(index, key);
        item.tag = value;
        let pipe = self.code.pipe(b.pipe);
        let mut names = self.code.declarations(pipe);
        match (names.next(), names.next()) {
            (None, _) => {}
            (Some(key), Some(value)) if pipe.is_assign => {
                self.set_var(key, index)?;
                self.set_var(value, item.clone())?;
            }
            (Some(value), None) if pipe.is_assign => self.set_var(value, item.clone())?,
            (Some(_), second) => {
                self.set_top_var(1, item.clone());
                if second.is_some() {
                    self.set_top_var(2, index);
                }
            }
        }
        if let Err(limit) = self.exec.ledger.step() {
            self.at(At::Pipe(b.pipe));
            return Err(self.exceeded(limit));
        }
        let flow = self.walk_list(&item, b.list)?;
        self.exec.record.leave(before);
        self.vars.truncate(mark);
        Ok(!matches!(flow, Flow::Break))
    }

    fn walk_template(&mut self, dot: &Slot<R::Tag>, call: u32) -> Res<()> {
        let call = self.code.call(call);
        let name = self.code.literal(call.name);
        let Some(t) = self.exec.scope.find(name) else {
            return Err(self.fail_args("template %q not defined", &[Value::from(name.to_vec())]));
        };
        if self.depth == MAX_TEMPLATE_DEPTH {
            let most = Value::int(MAX_TEMPLATE_DEPTH as i64);
            return Err(self.fail_args("exceeded maximum template depth (%v)", &[most]));
        }
        self.exec.record.at(self.template, call.pos);
        let (dot, tag) = match call.pipe {
            Some(pipe) => self.eval_pipeline(dot, pipe)?,
            None => (Value::Invalid, R::Tag::default()),
        };
        self.step()?;
        let dot = Slot::tagged(dot, tag);
        let depth = self.depth + 1;
        let mut state = State::new(self.exec, &t, dot.clone(), self.out, depth);
        state.exec.record.begin(&t, true);
        state.deeper(|s| s.walk_list(&dot, t.root))?;
        self.exec.record.end(true);
        Ok(())
    }
}

/// Splits `$x.a.b` into the variable, nothing in `.a.b`, and what follows.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    path.split_at(path.iter().position(|b| *b == b'.').unwrap_or(path.len()))
}

/// Appends what an action prints: `fmt.Fprint` of a value that is no string.
fn print_value(out: &mut Vec<u8>, value: &Value) -> Result<(), PrintError> {
    match value {
        Value::Invalid | Value::Nil => out.extend_from_slice(NO_VALUE),
        Value::Object(o) if o.pointer_string().is_some() => {
            out.extend_from_slice(&o.pointer_string().unwrap_or_default());
        }
        // What a pointer points to.
        Value::Object(o) if o.kind() == Kind::Ptr && o.string().is_none() => {
            let mut text = Vec::new();
            gostd::fmt::write_value(&mut text, value)?;
            out.extend_from_slice(text.strip_prefix(b"&").unwrap_or(&text));
        }
        other => gostd::fmt::write_value(out, other)?,
    }
    Ok(())
}
