//! Declares what an executor tells a recorder while it runs.

use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use super::exec::Slot;
use super::func::FuncDef;
use super::node::{Branch, Template};
use super::trace::Set;
use gostd::value::{Str, Value};

/// What became of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Entered {
    /// `if`, whose condition held.
    If,
    /// The `else` of an `if`.
    Else,
    /// `with`, whose value is not empty.
    With,
    /// The `else` of a `with`.
    WithElse,
    /// A pass of a `range`.
    Range,
    /// The `else` of a `range`.
    RangeElse,
    /// A template whose name or text was computed.
    Call,
    /// A `break` or `continue` that did not run.
    Jump,
    /// A branch that did not run, and has no `else`.
    Skipped,
    /// A text that was made elsewhere, on other conditions.
    Elsewhere,
    /// What the host says about a whole file.
    Host,
}

/// A map that is changed: the path that leads to it, and the key where that is written there.
type Change = (Box<[u8]>, Option<Box<[u8]>>);

/// A variable that is assigned.
#[derive(Clone, Debug)]
pub(crate) struct Assigned {
    pub(crate) name: Box<[u8]>,
    pub(crate) to: Becomes,
}

/// What becomes of a variable that is assigned.
#[derive(Clone, Debug)]
pub enum Becomes {
    /// Anything.
    Other,
    /// A list that items came into: `$x = append $x .`
    Longer,
    /// A map in which some keys are others, or there no more: `$x = omit $x "a"`
    Without(Rc<[Str]>),
}

/// The value that an `if` prints whichever way its condition goes.
#[derive(Debug)]
pub struct Either {
    /// A path such as `$x.a` or `.a`.
    pub(crate) path: Box<[u8]>,
    /// Whether it is made YAML of on one way.
    pub(crate) is_yaml: bool,
}

/// What a branch's body may do to what is outside of it.
#[derive(Debug, Default)]
pub struct Effects {
    /// The variables that it assigns.
    pub(crate) assigns: Vec<Assigned>,
    /// The maps that it changes, as paths such as `$x.a`, with the key where it is written there.
    pub(crate) changes: Vec<Change>,
    /// What it prints whether it runs or its `else`.
    pub(crate) either: Option<Either>,
    /// Whether it holds a `break` of a loop outside of it.
    pub(crate) ends: bool,
    /// Whether it holds a `continue` of a loop outside of it.
    pub(crate) continues: bool,
}

impl Effects {
    pub(crate) fn is_none(&self) -> bool {
        let Effects { assigns, changes, either, ends, continues } = self;
        assigns.is_empty() && changes.is_empty() && either.is_none() && !ends && !continues
    }
}

/// The conditions that hold: a number of the recorder's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Control(pub(crate) u32);

impl Control {
    /// Returns the number.
    pub fn number(self) -> usize {
        self.0 as usize
    }
}

/// The conditions on which the rest of a loop depends.
#[derive(Clone, Copy, Debug, Default)]
pub struct Jumps {
    /// Until the pass ends.
    pub(crate) pass: Set,
    /// Until the loop ends.
    pub(crate) all: Set,
}

/// What an executor tells while it runs. [`Off`] listens to nothing and costs nothing: calls are made only
/// where [`Record::ON`] holds, or do nothing at all.
///
/// A tag goes with each value that the executor holds, and says what the value came from.
pub trait Record: Sized {
    /// Whether anything is recorded.
    const ON: bool;
    /// Whether values are followed: whether tags say anything.
    const FOLLOWS: bool = Self::ON;
    /// What is known of a value.
    type Tag: Clone + Default + fmt::Debug;
    /// What is known of the arguments of a call, in order.
    type Tags: Default;

    /// Adds the tag of an argument.
    #[inline]
    fn add(tags: &mut Self::Tags, tag: Self::Tag) {
        let _ = (tags, tag);
    }

    /// Returns the tag of what a field of `of` has given, or a method after [`Record::arguments`].
    fn member(&mut self, of: &Slot<Self::Tag>, name: &[u8], value: &Value) -> Self::Tag {
        let _ = (of, name, value);
        Self::Tag::default()
    }

    /// Forgets arguments: a field is about to be read.
    fn no_arguments(&mut self) {}

    /// Keeps the arguments of a method that is about to be called.
    fn arguments(&mut self, values: &[Value], tags: &Self::Tags) {
        let _ = (values, tags);
    }

    /// Hears of a function that is about to be called.
    fn call(&mut self, def: &'static FuncDef, args: &[Value], tags: &Self::Tags) {
        let _ = (def, args, tags);
    }

    /// Returns the tag of a function's result.
    fn called(
        &mut self,
        def: &'static FuncDef,
        args: &[Value],
        tags: Self::Tags,
        result: &Value,
    ) -> Self::Tag {
        let _ = (def, args, tags, result);
        Self::Tag::default()
    }

    /// Adds to a tag that the truth of a value was looked at.
    fn looked_at(&mut self, tag: &mut Self::Tag, value: &Value, of: &Self::Tag) {
        let _ = (tag, value, of);
    }

    /// Adds to the tag of an operand of `and` or `or` that it has decided, after others were looked at: the truth of
    /// the result does not depend on those.
    fn decided(&mut self, tag: &mut Self::Tag, value: &Value, before: &Self::Tag) {
        let _ = (tag, value, before);
    }

    /// Adds to a tag what another one says.
    fn join(&mut self, tag: &mut Self::Tag, other: &Self::Tag) {
        let _ = (tag, other);
    }

    /// Hears which node runs now: an action, a condition, the call of a template.
    fn at(&mut self, template: &Template, pos: u32) {
        let _ = (template, pos);
    }

    /// Hears that something runs that nothing else is heard of: a `break` or `continue`, an operand of `and` or `or`.
    fn ran(&mut self, template: &Template, pos: u32) {
        let _ = (template, pos);
    }

    /// Hears that text of the template was written to `out`.
    fn text(&mut self, template: &Template, pos: u32, out: Range<usize>) {
        let _ = (template, pos, out);
    }

    /// Hears that an action has printed a value to `out`.
    fn printed(&mut self, value: &Value, tag: &Self::Tag, out: Range<usize>) {
        let _ = (value, tag, out);
    }

    /// Hears that a branch is entered because of a condition.
    fn enter(
        &mut self,
        why: Entered,
        template: &Template,
        pos: u32,
        condition: &Self::Tag,
    ) -> Control {
        let _ = (why, template, pos, condition);
        Control::default()
    }

    /// Hears that a pass of a `range` begins, with the key or index; returns the tags of key and item.
    fn pass(
        &mut self,
        template: &Template,
        pos: u32,
        over: &Slot<Self::Tag>,
        key: &Value,
        item: &Value,
    ) -> (Control, Self::Tag, Self::Tag) {
        let _ = (template, pos, over, key, item);
        Default::default()
    }

    /// Hears that what was entered has ended, and takes back what `enter` or `pass` has returned.
    fn leave(&mut self, before: Control) {
        let _ = before;
    }

    /// Hears that nothing ran of a branch because of a condition; what it would have written belongs to the end of `out`.
    fn skipped(&mut self, template: &Template, branch: &Branch, condition: &Self::Tag, out: &[u8]) {
        let _ = (template, branch, condition, out);
    }

    /// Returns what the body of a branch may do to what is outside of it, whether it runs or not.
    fn effects(&mut self, template: &Template, branch: &Branch) -> Rc<Effects> {
        let _ = (template, branch);
        Rc::default()
    }

    /// Hears that a map may be changed by what depends on a condition: the map that `path` leads to from a value, below
    /// `key` or anywhere.
    fn may_change(
        &mut self,
        from: &Slot<Self::Tag>,
        path: &[u8],
        key: Option<&[u8]>,
        condition: &Self::Tag,
    ) {
        let _ = (from, path, key, condition);
    }

    /// Returns whether what a value of a branch's `Effects::either` prints does not depend on the condition: the value
    /// that `path` leads to from another.
    fn is_same(&mut self, from: &Slot<Self::Tag>, either: &Either, condition: &Self::Tag) -> bool {
        let _ = (from, either, condition);
        false
    }

    /// Hears that a variable may have become something because of a condition, and what it is now; answers whether it
    /// is known in which of its parts, so that the whole is not chosen by the condition.
    fn may_become(&mut self, now: &Value, to: &Becomes, condition: &Self::Tag) -> bool {
        let _ = (now, to, condition);
        false
    }

    /// Hears that what follows in a loop's body depends on a condition, by which its next pass may begin or,
    /// where `ends`, the loop may end.
    fn jumps_by(&mut self, condition: &Self::Tag, ends: bool) {
        let _ = (condition, ends);
    }

    /// Returns a tag that says that the truth of a value was looked at.
    fn condition(&mut self, value: &Value, tag: &Self::Tag) -> Self::Tag {
        let mut looked_at = Self::Tag::default();
        self.looked_at(&mut looked_at, value, tag);
        looked_at
    }

    /// Hears that a loop begins; what it returns goes to [`Record::close_loop`].
    fn open_loop(&mut self) -> Jumps {
        Jumps::default()
    }

    /// Hears that a loop has ended.
    fn close_loop(&mut self, before: Jumps) {
        let _ = before;
    }

    /// Hears that a template's execution begins, with a text of its own or, `within` the one at hand.
    fn begin(&mut self, template: &Template, within: bool) {
        let _ = (template, within);
    }

    /// Hears that it has ended.
    fn end(&mut self, within: bool) {
        let _ = within;
    }

    /// Returns the tag of the data that `include` or `tpl` was given, and hears that the named template, or the
    /// text, runs now.
    fn hand_over(&mut self, template: &Template, is_text: bool) -> Self::Tag {
        let _ = (template, is_text);
        Self::Tag::default()
    }

    /// Hears that what [`Record::hand_over`] began has ended.
    fn handed_over(&mut self) {}

    /// Hears that a text is its own result: nothing in it is executed.
    fn unchanged(&mut self, text: &[u8]) {
        let _ = text;
    }

    /// Hears that words were taken out of the text executed last.
    fn without(&mut self, text: &[u8], words: &[u8]) {
        let _ = (text, words);
    }
}

/// Records nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Off;

impl Record for Off {
    const ON: bool = false;
    type Tag = ();
    type Tags = ();
}
