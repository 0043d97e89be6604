//! Puts tags in the place of values. Merging looks at maps, lists and nulls only, so that the same functions merge tags,
//! and say of each value of the result which setting it is.

use std::any::Any;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use gostd::stack;
use gostd::value::{ANY_MAP, Kind, List, Map, Object, Str, Value};

use super::Key;
use crate::values::table::OWN;

/// How deep values are tagged. What lies deeper has no origin: the path of each would take more room than the value.
const MAX_DEPTH: usize = 200;

/// A value that a layer sets.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) layer: usize,
    /// The number of the document in its file.
    pub(super) document: usize,
    /// Its place in the layer.
    pub(super) home: Home,
    pub(super) content: Content,
}

/// A path, which shares with others what leads to it. It has a key at least.
#[derive(Clone, Debug)]
pub(super) struct Home {
    pub(super) outer: Option<Rc<Home>>,
    pub(super) key: Key,
}

impl Home {
    /// Returns the keys.
    pub(super) fn path(&self) -> Vec<Key> {
        let mut path = vec![self.key.clone()];
        let mut outer = &self.outer;
        while let Some(home) = outer {
            path.push(home.key.clone());
            outer = &home.outer;
        }
        path.reverse();
        path
    }
}

/// What a layer sets.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// A scalar or a null, or a list or a map that holds nothing.
    Leaf(Value),
    List,
    Map,
}

impl Content {
    fn of(value: &Value) -> Content {
        match value {
            Value::Map(map) if !map.is_empty() => Content::Map,
            Value::Map(_) => Content::Leaf(Value::Map(Map::new())),
            Value::List(list) if !list.is_empty() => Content::List,
            value => Content::Leaf(value.clone()),
        }
    }
}

impl Record {
    pub(super) fn is_leaf(&self) -> bool {
        matches!(self.content, Content::Leaf(_))
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(&self.content, Content::Leaf(value) if value.is_nil())
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(self.content, Content::Map | Content::Leaf(Value::Map(_)))
    }
}

/// What stands for a scalar.
#[derive(Debug)]
struct Tag(Rc<Record>);

impl Object for Tag {
    fn type_name(&self) -> Cow<'static, str> {
        match &self.0.content {
            Content::Leaf(value) => value.type_name(),
            Content::List | Content::Map => Cow::Borrowed("origin"),
        }
    }

    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn tag(record: Rc<Record>) -> Value {
    Value::Object(Rc::new(Tag(record)))
}

/// Returns what a tag says.
pub(super) fn record_of(value: &Value) -> Option<&Rc<Record>> {
    let Value::Object(object) = value else { return None };
    object.as_any().downcast_ref::<Tag>().map(|tag| &tag.0)
}

/// Returns the setting of a map itself.
pub(super) fn own_record(map: &Map) -> Option<Rc<Record>> {
    record_of(&map.get(OWN)?).cloned()
}

/// The settings of lists, by the lists: they are never changed, and shared where they can be.
#[derive(Clone, Debug, Default)]
pub(super) struct Lists(HashMap<usize, (List, Rc<Record>)>);

impl Lists {
    pub(super) fn get(&self, list: &List) -> Option<&Rc<Record>> {
        self.0.get(&list.address()).map(|(_, record)| record)
    }

    fn set(&mut self, list: &List, record: Rc<Record>) {
        self.0.insert(list.address(), (list.clone(), record));
    }
}

/// Puts tags in the place of what a layer sets.
pub(super) struct Tagger<'t> {
    pub(super) layer: usize,
    pub(super) document: usize,
    pub(super) lists: &'t mut Lists,
    /// Takes the leaves, in the order of their keys: scalars and nulls, and lists and maps that hold nothing.
    pub(super) leaves: &'t mut Vec<Rc<Record>>,
    /// Nulls that other layers have set, if there are others: they have no tags.
    pub(super) nulls: Option<&'t mut HashSet<Vec<Key>>>,
}

impl Tagger<'_> {
    fn record(&mut self, home: Home, value: &Value) -> Rc<Record> {
        let (layer, document, content) = (self.layer, self.document, Content::of(value));
        let record = Rc::new(Record { layer, document, home, content });
        if record.is_leaf() {
            self.leaves.push(record.clone());
        }
        record
    }

    /// Tags what has no tag yet, in the map itself.
    pub(super) fn map(&mut self, map: &Map) {
        self.map_at(map, None, 0);
    }

    fn map_at(&mut self, map: &Map, at: Option<&Rc<Home>>, depth: usize) {
        if let Some(home) = at
            && !map.contains_key(OWN)
        {
            let record = self.record(Home::clone(home), &Value::Map(map.clone()));
            map.insert(OWN, tag(record));
        }
        for (name, value) in map.entries().into_iter().filter(|(name, _)| **name != *OWN) {
            let home = Home { outer: at.cloned(), key: Key::Name(name.clone()) };
            if let Some(tagged) = self.value(&value, home, depth + 1, false) {
                map.insert(name, tagged);
            }
        }
    }

    /// Returns a copy with tags of a map without any. It shares no map with it.
    pub(super) fn copy(&mut self, map: &Map) -> Map {
        self.copy_at(map, None, 0)
    }

    fn copy_at(&mut self, map: &Map, at: Option<&Rc<Home>>, depth: usize) -> Map {
        let own = at.map(|home| self.record(Home::clone(home), &Value::Map(map.clone())));
        let mut entries = Vec::with_capacity(map.len() + 1);
        for (name, value) in map.borrow().iter() {
            let home = Home { outer: at.cloned(), key: Key::Name(name.clone()) };
            let tagged = self.value(value, home, depth + 1, true);
            entries.push((name.clone(), tagged.unwrap_or_else(|| copied_value(value, self.lists))));
        }
        // It is the last one in their order.
        entries.extend(own.map(|record| (OWN.into(), tag(record))));
        Map::from_entries(map.map_type(), entries)
    }

    /// Returns what takes the place of a value, if anything has to. `copies` asks for copies of maps.
    fn value(&mut self, value: &Value, home: Home, depth: usize, copies: bool) -> Option<Value> {
        match value {
            Value::Object(_) => None,
            _ if depth > MAX_DEPTH => None,
            Value::Nil | Value::Invalid => {
                if self.nulls.as_mut().is_none_or(|nulls| nulls.insert(home.path())) {
                    self.record(home, &Value::Nil);
                }
                None
            }
            Value::Map(map) => {
                let home = Rc::new(home);
                stack::at_depth(depth, || match copies {
                    true => Some(Value::Map(self.copy_at(map, Some(&home), depth))),
                    false => {
                        self.map_at(map, Some(&home), depth);
                        None
                    }
                })
            }
            Value::List(list) if self.lists.get(list).is_some() => None,
            Value::List(list) => {
                let home = Rc::new(home);
                let record = self.record(Home::clone(&home), value);
                let mut items = list.to_vec();
                stack::at_depth(depth, || {
                    for (index, item) in items.iter_mut().enumerate() {
                        let home = Home { outer: Some(home.clone()), key: Key::Index(index) };
                        if let Some(tagged) = self.value(item, home, depth + 1, copies) {
                            *item = tagged;
                        }
                    }
                });
                let list = list.with_items(items);
                self.lists.set(&list, record);
                Some(Value::List(list))
            }
            scalar => Some(tag(self.record(home, scalar))),
        }
    }
}

/// Returns a copy that shares no map. Lists without maps are shared: their settings are found by them.
pub(super) fn copied(map: &Map, lists: &mut Lists) -> Map {
    let entries = map.entries().into_iter();
    Map::from_entries(
        map.map_type(),
        entries.map(|(name, value)| (name, copied_value(&value, lists))),
    )
}

fn copied_value(value: &Value, lists: &mut Lists) -> Value {
    match value {
        Value::Map(map) => Value::Map(stack::uncounted(|| copied(map, lists))),
        Value::List(list) if list.iter().any(|v| matches!(v, Value::Map(_) | Value::List(_))) => {
            let items = stack::uncounted(|| list.iter().map(|v| copied_value(v, lists)).collect());
            let copy = list.with_items(items);
            if let Some(record) = lists.get(list).cloned() {
                lists.set(&copy, record);
            }
            Value::List(copy)
        }
        other => other.clone(),
    }
}

/// Takes a key out of a map, or the list that is on the way to it.
pub(super) fn take_out(map: &Map, path: &[Key]) {
    let mut map = map.clone();
    let names = path.iter().map_while(|key| match key {
        Key::Name(name) => Some(name),
        Key::Index(_) => None,
    });
    let mut names = names.peekable();
    while let Some(name) = names.next() {
        if names.peek().is_none() {
            map.remove(name);
            return;
        }
        let Some(Value::Map(inner)) = map.get(name) else { return };
        map = inner;
    }
}

/// Returns the paths of the nulls in a map.
pub(super) fn nulls_of(map: &Map) -> HashSet<Vec<Key>> {
    let mut found = HashSet::new();
    walk(&Value::Map(map.clone()), &mut Vec::new(), &mut |value, path| {
        if value.is_nil() {
            found.insert(path.to_vec());
        }
    });
    found
}

/// Shows each value in tagged values, maps and lists before what they hold.
pub(super) fn walk(value: &Value, path: &mut Vec<Key>, see: &mut dyn FnMut(&Value, &[Key])) {
    see(value, path);
    match value {
        Value::Map(map) => {
            for (name, inner) in map.entries().into_iter().filter(|(name, _)| **name != *OWN) {
                path.push(Key::Name(name));
                stack::at_depth(path.len(), || walk(&inner, path, see));
                path.pop();
            }
        }
        Value::List(list) => {
            for (index, inner) in list.iter().enumerate() {
                path.push(Key::Index(index));
                stack::at_depth(path.len(), || walk(inner, path, see));
                path.pop();
            }
        }
        _ => {}
    }
}

/// Returns the values that tags stand for.
pub(super) fn untagged(value: &Value) -> Value {
    match value {
        Value::Map(map) => {
            let entries = map.entries().into_iter().filter(|(name, _)| **name != *OWN);
            let below = |value: &Value| stack::uncounted(|| untagged(value));
            let entries = entries.map(|(name, value): (Str, Value)| (name, below(&value)));
            Value::Map(Map::from_entries(map.map_type(), entries))
        }
        Value::List(list) => {
            let items = list.iter().map(|item| stack::uncounted(|| untagged(item)));
            Value::List(list.with_items(items.collect()))
        }
        value => match record_of(value).map(|record| &record.content) {
            Some(Content::Leaf(value)) => value.clone(),
            _ => value.clone(),
        },
    }
}

/// Returns the list or map at a path that leaves make, null for what they leave out.
pub(super) fn assembled<'r>(leaves: impl Iterator<Item = &'r Rc<Record>>, path: &[Key]) -> Value {
    let below = leaves.filter_map(|record| {
        let Content::Leaf(value) = &record.content else { return None };
        Some((record.home.path().strip_prefix(path)?.to_vec(), value.clone()))
    });
    let below: Vec<_> = below.collect();
    whole(below.iter().map(|(rest, value)| (&rest[..], value.clone())).collect())
}

/// Returns what values at some paths make.
fn whole(parts: Vec<(&[Key], Value)>) -> Value {
    let mut names: BTreeMap<&Str, Vec<(&[Key], Value)>> = BTreeMap::new();
    let mut items: BTreeMap<usize, Vec<(&[Key], Value)>> = BTreeMap::new();
    for (path, value) in parts {
        match path.split_first() {
            None => return value,
            Some((Key::Name(name), rest)) => names.entry(name).or_default().push((rest, value)),
            Some((Key::Index(index), rest)) => items.entry(*index).or_default().push((rest, value)),
        }
    }
    if items.is_empty() {
        let entries = names.into_iter().map(|(name, parts)| (name.clone(), whole(parts)));
        return Value::Map(Map::from_entries(&ANY_MAP, entries));
    }
    let mut list = Vec::new();
    for (index, parts) in items {
        list.resize(index, Value::Nil);
        list.push(whole(parts));
    }
    Value::list(list)
}
