//! Holds compiled schemas: what to check, and which other schemas it leads to.

use std::collections::HashMap;
use std::rc::Rc;

use foldhash::fast::RandomState;
use gostd::decimal::Decimal;
use gostd::json::tree::{Array, Json};
use gostd::regexp::Checked;
use gostd::value::Str;

use super::address::{Pointer, Pointers};
use super::draft::{Draft, LATEST};
use super::formats::Format;
use super::types::Types;

/// A schema in a [`Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Id(pub(super) u32);

/// A document, by its place in [`Graph::urls`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Document(pub(super) u32);

/// What is known of parts of documents.
#[derive(Debug)]
pub(super) struct Parts<T> {
    /// Of the first document, by pointer: its pointers are the first ones, so that there are few gaps.
    first: Vec<Option<T>>,
    others: HashMap<(Document, Pointer), T, RandomState>,
}

impl<T> Default for Parts<T> {
    fn default() -> Parts<T> {
        Parts { first: Vec::new(), others: HashMap::default() }
    }
}

impl<T: Copy> Parts<T> {
    pub(super) fn get(&self, document: Document, pointer: Pointer) -> Option<T> {
        match document {
            Document(0) => self.first.get(pointer.index()).copied().flatten(),
            _ => self.others.get(&(document, pointer)).copied(),
        }
    }

    pub(super) fn insert(&mut self, document: Document, pointer: Pointer, value: T) {
        let at = pointer.index();
        match document {
            Document(0) => {
                if self.first.len() <= at {
                    self.first.resize(at + 1, None);
                }
                self.first[at] = Some(value);
            }
            _ => {
                self.others.insert((document, pointer), value);
            }
        }
    }
}

/// All schemas of a compiler.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) schemas: Vec<Schema>,
    pub(super) urls: Vec<Rc<str>>,
    pub(super) pointers: Pointers,
}

impl Graph {
    pub(super) fn get(&self, id: Id) -> &Schema {
        &self.schemas[id.0 as usize]
    }

    /// Returns a schema's place as a URL.
    pub(super) fn location(&self, id: Id) -> String {
        let schema = self.get(id);
        match self.urls.get(schema.document.0 as usize) {
            Some(url) => self.pointers.location(url, schema.pointer),
            None => COMBINED.to_owned(),
        }
    }
}

/// The place of a metaschema that is put together from those of vocabularies.
const COMBINED: &str = "urn:mem:metaschema";

/// A compiled schema.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) document: Document,
    pub(super) pointer: Pointer,
    pub(super) draft: Draft,
    /// The one around it, or itself, that has a URL of its own.
    pub(super) resource: Id,
    /// What a boolean schema, or one without keywords, says.
    pub(super) pass: Option<bool>,
    pub(super) is_recursive_anchor: bool,
    pub(super) has_all_members_evaluated: bool,
    pub(super) has_all_items_evaluated: bool,
    /// How many items at the start it looks at.
    pub(super) evaluated_items: usize,
    pub(super) types: Types,
    pub(super) reference: Option<Id>,
    pub(super) values: Option<Box<Values>>,
    pub(super) format: Option<Format>,
    pub(super) object: Option<Box<ObjectRules>>,
    pub(super) array: Option<Box<ArrayRules>>,
    pub(super) text: Option<Box<TextRules>>,
    pub(super) number: Option<Box<NumberRules>>,
    pub(super) combined: Option<Box<Combined>>,
    pub(super) later: Option<Box<Later>>,
}

impl Schema {
    pub(super) fn new(document: Document, pointer: Pointer, id: Id) -> Schema {
        Schema {
            document,
            pointer,
            draft: LATEST,
            resource: id,
            pass: None,
            is_recursive_anchor: false,
            has_all_members_evaluated: false,
            has_all_items_evaluated: false,
            evaluated_items: 0,
            types: Types::default(),
            reference: None,
            values: None,
            format: None,
            object: None,
            array: None,
            text: None,
            number: None,
            combined: None,
            later: None,
        }
    }
}

/// `const` and `enum`.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub(super) constant: Option<Json>,
    pub(super) enumeration: Option<Enumeration>,
}

/// `enum`
#[derive(Debug)]
pub(super) struct Enumeration {
    pub(super) values: Array,
    /// The types of the values.
    pub(super) types: Types,
    /// Those that are numbers.
    pub(super) numbers: Vec<Decimal>,
}

/// What members or items that nothing else looks at must be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Additional {
    Allowed(bool),
    Schema(Id),
}

/// What a member asks of others.
#[derive(Debug)]
pub(super) enum Dependency {
    Members(Vec<Str>),
    Schema(Id),
}

/// Keywords for objects.
#[derive(Debug, Default)]
pub(super) struct ObjectRules {
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    pub(super) required: Vec<Str>,
    pub(super) names: Option<Id>,
    /// In byte order of the names.
    pub(super) properties: Vec<(Str, Id)>,
    pub(super) patterns: Vec<(Rc<Checked>, Id)>,
    pub(super) additional: Option<Additional>,
    pub(super) dependencies: Vec<(Str, Dependency)>,
    pub(super) dependent_schemas: Vec<(Str, Id)>,
    pub(super) dependent_required: Vec<(Str, Vec<Str>)>,
    pub(super) unevaluated: Option<Id>,
}

/// Keywords for arrays.
#[derive(Debug, Default)]
pub(super) struct ArrayRules {
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    pub(super) unique: bool,
    /// Those of the first items, each its own.
    pub(super) positional: Vec<Id>,
    /// That of all others.
    pub(super) additional: Option<Additional>,
    pub(super) contains: Option<Id>,
    pub(super) min_contains: Option<i64>,
    pub(super) max_contains: Option<i64>,
    pub(super) unevaluated: Option<Id>,
}

/// Keywords for strings.
#[derive(Debug, Default)]
pub(super) struct TextRules {
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
    pub(super) pattern: Option<Rc<Checked>>,
}

/// Keywords for numbers.
#[derive(Debug, Default)]
pub(super) struct NumberRules {
    pub(super) minimum: Option<Decimal>,
    pub(super) maximum: Option<Decimal>,
    pub(super) exclusive_minimum: Option<Decimal>,
    pub(super) exclusive_maximum: Option<Decimal>,
    pub(super) multiple_of: Option<Decimal>,
}

/// Keywords that combine schemas.
#[derive(Debug, Default)]
pub(super) struct Combined {
    pub(super) not: Option<Id>,
    pub(super) all_of: Vec<Id>,
    pub(super) any_of: Vec<Id>,
    pub(super) one_of: Vec<Id>,
    pub(super) condition: Option<Id>,
    pub(super) then: Option<Id>,
    pub(super) otherwise: Option<Id>,
}

/// References of 2019-09 and 2020-12.
#[derive(Debug, Default)]
pub(super) struct Later {
    pub(super) recursive: Option<Id>,
    /// What `$dynamicRef` leads to at first, and its anchor if that is one.
    pub(super) dynamic: Option<(Id, Option<String>)>,
    pub(super) dynamic_anchor: Option<String>,
    /// The dynamic anchors of what has a URL of its own.
    pub(super) dynamic_anchors: HashMap<String, Id>,
}
