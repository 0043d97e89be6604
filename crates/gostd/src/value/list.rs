//! Holds Go's slices, immutable once made: no function of a template changes one in place.

use std::borrow::Cow;
use std::ops::Deref;
use std::rc::Rc;

use super::Value;

/// The element type of a slice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Elem {
    /// `[]interface {}`
    Any,
    /// `[]string`
    String,
    /// `[]int`
    Int,
    /// `[][]interface {}`, what `chunk` returns
    AnyList,
    /// Another type, by its Go name, e.g. `*chart.Maintainer`
    Named(&'static str),
}

impl Elem {
    /// Returns the Go name of the element type.
    pub fn type_name(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Elem::Any => "interface {}",
            Elem::String => "string",
            Elem::Int => "int",
            Elem::AnyList => "[]interface {}",
            Elem::Named(n) => n,
        })
    }
}

/// A Go slice. Clones share the elements.
#[derive(Clone, Debug)]
pub struct List(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    elem: Elem,
    name: Option<&'static str>,
    nil: bool,
    items: Vec<Value>,
}

impl Drop for Inner {
    #[inline]
    fn drop(&mut self) {
        if !self.items.is_empty() {
            super::free::items(std::mem::take(&mut self.items));
        }
    }
}

impl List {
    /// Makes a slice of the given element type.
    pub fn new(elem: Elem, items: Vec<Value>) -> List {
        List(Rc::new(Inner { elem, name: None, nil: false, items }))
    }

    /// Returns the nil slice of this one's type: empty, but `null` in JSON.
    pub fn to_nil(&self) -> List {
        let Inner { elem, name, .. } = *self.0;
        List(Rc::new(Inner { elem, name, nil: true, items: Vec::new() }))
    }

    /// Returns a nil slice of the given element type: empty, but `null` in JSON.
    pub fn nil(elem: Elem) -> List {
        List(Rc::new(Inner { elem, name: None, nil: true, items: Vec::new() }))
    }

    /// Returns a slice of a named type, e.g. `chartutil.VersionSet`.
    pub fn named(name: &'static str, elem: Elem, items: Vec<Value>) -> List {
        List(Rc::new(Inner { elem, name: Some(name), nil: false, items }))
    }

    /// Returns the Go name of the slice's type.
    pub fn type_name(&self) -> Cow<'static, str> {
        match self.0.name {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned(format!("[]{}", self.0.elem.type_name())),
        }
    }

    /// Returns a slice of strings.
    pub fn strings<S: Into<super::Str>>(items: impl IntoIterator<Item = S>) -> List {
        List::new(Elem::String, items.into_iter().map(|s| Value::Str(s.into())).collect())
    }

    /// Returns another slice of the same element type.
    pub fn with_items(&self, items: Vec<Value>) -> List {
        let Inner { elem, name, nil, .. } = *self.0;
        List(Rc::new(Inner { elem, name, nil: nil && items.is_empty(), items }))
    }

    /// Returns the elements; nothing is copied where no other value shares them.
    pub fn into_vec(self) -> Vec<Value> {
        self.into_items().unwrap_or_else(|shared| shared.to_vec())
    }

    /// Returns the element type.
    pub fn elem(&self) -> Elem {
        self.0.elem
    }

    /// Returns whether this is Go's nil slice.
    pub fn is_nil(&self) -> bool {
        self.0.nil
    }

    /// Returns the elements if nobody else holds on to them, or else the list.
    pub(super) fn into_items(self) -> Result<Vec<Value>, List> {
        Rc::try_unwrap(self.0).map(|mut inner| std::mem::take(&mut inner.items)).map_err(List)
    }

    /// Returns what tells the slice from every other one that exists at the same time.
    pub fn address(&self) -> usize {
        Rc::as_ptr(&self.0).addr()
    }

    /// Returns whether anybody else holds the same slice.
    pub fn is_shared(&self) -> bool {
        Rc::strong_count(&self.0) > 1
    }

    /// Returns whether both are one and the same slice.
    pub fn same(&self, other: &List) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Deref for List {
    type Target = [Value];
    fn deref(&self) -> &[Value] {
        &self.0.items
    }
}
