//! Makes the values of a test: its files, the suite's `set` and its own, each below the chart that it is for.

use std::path::Path;

use bstr::BString;
use gostd::stack;
use gostd::value::{ANY_MAP, Elem, List, Map, Str, Value};
use goyaml::{Stream, Typed, marshal, unmarshal_map};

use super::files;
use super::suite::{Suite, Test};
use crate::report::{Reporter, Warning};
use crate::values::coalesce::printed;
use crate::values::origins::Key;

/// Returns what a test gives as the user's values.
///
/// The reference merges the entries of `set` in the random order of Go's maps, which mostly is that of the text where
/// they are few; here it is that of the text, so that of `a` and a later `a.b` the second counts.
///
/// # Errors
/// A file that cannot be read, and a path that is none.
pub(super) fn of(
    suite: &Suite,
    test: &Test,
    folder: &Path,
    reporter: &dyn Reporter,
) -> Result<Map, BString> {
    let base = Map::new();
    let charts = charts(suite);
    let add = |values: Map| merge(&base, &scoped(values, &charts), reporter);
    let mut items = 0;
    for file in &test.values {
        add(file_values(file, suite, folder)?);
    }
    for (path, value) in suite.set.iter().chain(&test.set) {
        add(at_path(value.thaw(), path, &mut items)?);
    }
    // The reference writes the values as YAML and reads that as Helm reads a file: whole numbers become floats.
    let text = marshal(&json_value(Value::Map(base), 0)?).map_err(|e| {
        let why = e.to_string();
        BString::from(why.strip_prefix("error converting YAML: ").unwrap_or(&why))
    })?;
    unmarshal_map(&text).map_err(|e| BString::from(e.to_string()))
}

/// Returns the names of the charts, within the one that is tested, that lead to the suite's.
pub(super) fn charts(suite: &Suite) -> Vec<&str> {
    suite.route.split('/').step_by(2).skip(1).collect()
}

/// Reads a file of values, which is named from the suite's folder.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn file_text(file: &str, suite: &Suite, folder: &Path) -> Result<Vec<u8>, BString> {
    let path = match file.starts_with('/') {
        true => file.to_owned(),
        false => {
            let dir = gostd::path::dir(suite.file.as_bytes());
            let path = gostd::path::join([&dir[..], file.as_bytes()]);
            String::from_utf8_lossy(&path).into_owned()
        }
    };
    Ok(files::read(folder, &path)?)
}

fn file_values(file: &str, suite: &Suite, folder: &Path) -> Result<Map, BString> {
    let text = file_text(file, suite, folder)?;
    let parse = || {
        let stream = Stream::read_first(&text)?;
        let mut typed = Typed::default();
        let root = stream.roots().next();
        let nil = || if root.is_some() { Map::nil(&ANY_MAP) } else { Map::new() };
        let map = root.and_then(|root| typed.any_map(root, "map[string]interface {}"));
        // Of null Go makes a map that is nil, which hides what is below it.
        typed.finish().map(|()| map.unwrap_or_else(nil))
    };
    parse().map_err(|why| BString::from(format!("failed to parse {file}: {why}")))
}

/// Puts values below the chart that they are for, their globals to each chart on the way.
fn scoped(values: Map, charts: &[&str]) -> Map {
    charts.iter().rev().fold(values, |values, chart| {
        let outer = Map::new();
        if let Some(global) = values.get(b"global") {
            outer.insert("global", global);
        }
        outer.insert(*chart, Value::Map(values));
        outer
    })
}

/// Puts values over others, as Helm's `MergeTables` does, and nulls stay. `reporter` hears of tables that meet something
/// else.
pub(super) fn merge(base: &Map, over: &Map, reporter: &dyn Reporter) {
    merge_at(base, over, &mut Vec::new(), reporter);
}

fn merge_at(base: &Map, over: &Map, place: &mut Vec<Str>, reporter: &dyn Reporter) {
    for (key, value) in over.entries() {
        let path = |place: &[Str]| {
            let keys = place.iter().chain([&key]).map(|key| key.to_string_lossy().into_owned());
            keys.collect::<Vec<_>>().join(".")
        };
        let below = base.get(&key);
        match (&below, &value) {
            (Some(Value::Map(map)), _) | (_, Value::Map(map)) if map.is_nil() => {}
            (Some(Value::Map(below)), Value::Map(over)) if is_table(below) && is_table(over) => {
                // The globals of a chart and of those that it holds may be one map.
                if !below.same(over) {
                    place.push(key);
                    stack::at_depth(place.len(), || merge_at(below, over, place, reporter));
                    place.pop();
                }
                continue;
            }
            (None | Some(Value::Nil), _) | (_, Value::Nil) => {}
            (Some(table @ Value::Map(map)), _) if is_table(map) => {
                let (path, value) = (path(place), printed(table.clone()));
                reporter.warn(Warning::TableOverValue { path, value });
            }
            (Some(other), Value::Map(map)) if is_table(map) => {
                let (path, value) = (path(place), printed(other.clone()));
                reporter.warn(Warning::ValueOverTable { path, value });
            }
            _ => {}
        }
        base.insert(key, value);
    }
}

fn is_table(map: &Map) -> bool {
    map.map_type().name == gostd::value::ANY_MAP.name
}

/// Refuses what JSON has no form for, and writes times as JSON does.
fn json_value(value: Value, depth: usize) -> Result<Value, BString> {
    Ok(match value {
        Value::Map(map) if !is_table(&map) => {
            let name = map.map_type().name;
            let why = format!("error marshaling into JSON: json: unsupported type: {name}");
            return Err(why.into());
        }
        Value::Map(map) if map.is_nil() => Value::Nil,
        Value::Map(map) => stack::at_depth(depth, || -> Result<Value, BString> {
            let changed = Map::new();
            for (key, value) in map.entries() {
                changed.insert(key, json_value(value, depth + 1)?);
            }
            Ok(Value::Map(changed))
        })?,
        Value::List(list) => stack::at_depth(depth, || -> Result<Value, BString> {
            let items = list.iter().map(|item| json_value(item.clone(), depth + 1));
            Ok(Value::List(List::new(Elem::Any, items.collect::<Result<_, _>>()?)))
        })?,
        Value::Object(object) => object.json_value(),
        other => other,
    })
}

/// What a character may be in a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Key,
    Index,
    Denotation,
    Escaping,
}

/// Takes a path of `set` apart: keys with dots between them, `[0]` and `[a.b]`.
///
/// # Errors
/// The reference's words.
pub(super) fn steps(path: &str) -> Result<Vec<Key>, String> {
    let mut steps = Vec::new();
    let mut expect = Expect::Key;
    let mut escaped = String::new();
    let mut rest = path;
    loop {
        let stop = rest.find(['.', '[', ']', ',', '{', '}', '=']);
        let (text, last) = match stop {
            Some(at) => (&rest[..at], rest.as_bytes()[at]),
            None if !rest.is_empty() && expect == Expect::Key => {
                steps.push(rest.into());
                return Ok(steps);
            }
            None if rest.is_empty() && expect == Expect::Denotation => return Ok(steps),
            None => return Err("unexpected end of".into()),
        };
        rest = &rest[text.len() + 1..];
        let shown = char::from(last);
        if matches!(last, b',' | b'{' | b'}' | b'=') {
            return Err(format!("invalid token found {shown}"));
        }
        expect = match (expect, last) {
            (Expect::Index, b']') => {
                let index = index(text)?;
                steps.push(Key::Index(index));
                Expect::Denotation
            }
            (Expect::Index, _) => return Err("missing index value".into()),
            (Expect::Denotation, b'.') => Expect::Key,
            (Expect::Denotation, b'[') => Expect::Index,
            (Expect::Denotation, _) => return Err(format!("invalid denotation token {shown}")),
            (Expect::Key, b'.') => {
                steps.push(text.into());
                Expect::Key
            }
            (Expect::Key, b'[') if text.is_empty() => {
                escaped.clear();
                Expect::Escaping
            }
            (Expect::Key, b'[') => {
                steps.push(text.into());
                Expect::Index
            }
            (Expect::Key, _) => return Err(format!("invalid key {shown}")),
            (Expect::Escaping, b'.') => {
                escaped.push_str(text);
                escaped.push('.');
                Expect::Escaping
            }
            (Expect::Escaping, b']') => {
                escaped.push_str(text);
                steps.push(escaped.as_str().into());
                Expect::Denotation
            }
            (Expect::Escaping, _) => return Err(format!("invalid escaping token {shown}")),
        };
    }
}

/// How many levels go-yaml reads, which the reference has read the values again.
const MAX_LEVELS: usize = 10_000;

/// The largest index that a path may have: Helm's bound for the flag `--set`. The reference has none.
const MAX_INDEX: usize = 65_536;

/// How many items the lists may have that the paths of a test make.
const MAX_ITEMS: usize = 8 * (MAX_INDEX + 1);

fn index(text: &str) -> Result<usize, String> {
    let quoted = gostd::strconv::quoted(text);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("strconv.Atoi: parsing {quoted}: invalid syntax"));
    }
    match text.parse::<i64>() {
        Err(_) => Err(format!("strconv.Atoi: parsing {quoted}: value out of range")),
        Ok(n) => match usize::try_from(n) {
            Ok(n) if n <= MAX_INDEX => Ok(n),
            _ => Err(format!("index {n} is no index from 0 to {MAX_INDEX}")),
        },
    }
}

/// Tells what is wrong with a path of `set`.
///
/// # Errors
/// The reference's words.
pub(super) fn check_path(path: &str) -> Result<(), String> {
    steps(path).map(drop)
}

/// Makes the maps and lists of a path. `items` counts what the lists of a test hold.
fn at_path(value: Value, path: &str, items: &mut usize) -> Result<Map, BString> {
    if path.is_empty() {
        return Err("set path is empty".into());
    }
    let steps = steps(path)?;
    if steps.len() > MAX_LEVELS {
        return Err(format!("yaml: exceeded max depth of {MAX_LEVELS}").into());
    }
    for step in &steps {
        if let Key::Index(index) = step {
            *items = items.saturating_add(index + 1);
        }
    }
    if *items > MAX_ITEMS {
        let why = format!("the indexes in `set` make lists of more than {MAX_ITEMS} items");
        return Err(why.into());
    }
    let made = steps.iter().rev().fold(value, |inner, step| match step {
        Key::Name(key) => {
            let map = Map::new();
            map.insert(key.clone(), inner);
            Value::Map(map)
        }
        Key::Index(index) => {
            let mut items = vec![Value::Nil; index + 1];
            items[*index] = inner;
            Value::list(items)
        }
    });
    match made {
        Value::Map(map) => Ok(map),
        _ => Err("set path is empty".into()),
    }
}
