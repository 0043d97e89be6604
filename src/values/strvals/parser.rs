//! Parses a line, setting values as it goes.

use super::error::{IndexError, SetError};
use super::typed::typed;
use super::{MAX_INDEX, MAX_NESTED_INDEXES, MAX_NESTED_NAME_LEVEL};
use crate::values::ReadError;
use gostd::json::tree as json;
use gostd::strconv::atoi;
use gostd::value::{Elem, List, Map, Str, Value};

/// How a line's values are read.
pub(super) enum Mode<'a> {
    Typed,
    String,
    Json,
    Literal,
    File(&'a mut dyn FnMut(&[u8]) -> Result<Value, ReadError>),
}

/// Why parsing one name and its value ended.
enum Stop {
    /// The line ended where Helm takes that for the end of the whole: no mistake.
    End,
    /// A mistake.
    Error(SetError),
}

impl From<SetError> for Stop {
    fn from(error: SetError) -> Stop {
        Stop::Error(error)
    }
}

type Step = Result<(), Stop>;

pub(super) struct Parser<'a> {
    line: &'a [u8],
    at: usize,
    mode: Mode<'a>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(line: &'a [u8], mode: Mode<'a>) -> Parser<'a> {
        Parser { line, at: 0, mode }
    }

    pub(super) fn parse(mut self, dest: &Map) -> Result<(), SetError> {
        loop {
            match self.key(dest, 0, 0) {
                Ok(()) => {}
                Err(Stop::End) => return Ok(()),
                Err(Stop::Error(error)) => return Err(error),
            }
        }
    }

    /// Parses into nothing; where it ends.
    pub(super) fn position(mut self) -> usize {
        let dest = Map::new();
        while self.key(&dest, 0, 0).is_ok() {}
        self.at
    }

    fn is_literal(&self) -> bool {
        matches!(self.mode, Mode::Literal)
    }

    /// Returns the next character without taking it, and how many bytes it has.
    fn peek(&self) -> Option<(char, usize)> {
        let rest = self.line.get(self.at..).unwrap_or_default();
        match bstr::decode_utf8(rest) {
            (_, 0) => None,
            (Some(c), size) => Some((c, size)),
            (None, _) => Some(('\u{FFFD}', 1)),
        }
    }

    fn next(&mut self) -> Option<char> {
        let (c, size) = self.peek()?;
        self.at += size;
        Some(c)
    }

    /// Takes characters up to and with the first of `stops`, and answers which one it was; `None` at
    /// the end of the line. A backslash takes the next character as it is, except in literal mode.
    fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let mut taken = String::new();
        while let Some(c) = self.next() {
            if stops.contains(&c) {
                return (taken, Some(c));
            }
            if c == '\\' && !self.is_literal() {
                match self.next() {
                    Some(escaped) => taken.push(escaped),
                    None => break,
                }
            } else {
                taken.push(c);
            }
        }
        (taken, None)
    }

    /// Parses one name with its value and sets it in `data`.
    fn key(&mut self, data: &Map, level: usize, indexes: usize) -> Step {
        let stops: &[char] =
            if self.is_literal() { &['=', '[', '.'] } else { &['=', '[', ',', '.'] };
        let (name, stop) = self.until(stops);
        match stop {
            None if name.is_empty() => Err(Stop::End),
            None => Err(SetError::NoValue { key: name, comma: false }.into()),
            Some('[') => {
                let index = self.index()?;
                let mut list = match data.get(name.as_bytes()) {
                    None => Vec::new(),
                    Some(Value::List(list)) => {
                        // Nobody else holds the list then, and it grows in place.
                        if !name.is_empty() {
                            data.remove(name.as_bytes());
                        }
                        list.into_vec()
                    }
                    Some(other) => return Err(conversion(&other, "[]interface {}")),
                };
                let step = self.list_item(&mut list, index, level, indexes);
                set(data, name, Value::list(list));
                step
            }
            Some('=') => self.key_value(data, name),
            Some(',') => {
                set(data, name.clone(), Value::Str(Str::EMPTY));
                Err(SetError::NoValue { key: name, comma: true }.into())
            }
            Some(_) => {
                let level = level + 1;
                if level > MAX_NESTED_NAME_LEVEL {
                    return Err(SetError::NestedNames.into());
                }
                let inner = match data.get(name.as_bytes()) {
                    None => Map::new(),
                    Some(Value::Map(map)) => map,
                    Some(other) => return Err(conversion(&other, "map[string]interface {}")),
                };
                let step = self.key(&inner, level, indexes);
                if step.is_ok() && inner.is_empty() {
                    return Err(SetError::EmptyMap { key: name }.into());
                }
                if !inner.is_empty() {
                    set(data, name, Value::Map(inner));
                }
                step
            }
        }
    }

    /// Reads the value after `name=` and sets it.
    fn key_value(&mut self, data: &Map, name: String) -> Step {
        match self.mode {
            Mode::Literal => {
                let (text, _) = self.until(&[]);
                set(data, name, Value::from(text));
                Ok(())
            }
            Mode::Json => {
                let (value, end) = self.json_value()?;
                set(data, name, value);
                self.at = end.unwrap_or(self.at);
                if end.is_some() {
                    self.skip_blank_value();
                }
                Ok(())
            }
            _ => match self.peek() {
                None => {
                    set(data, name, Value::Str(Str::EMPTY));
                    Err(Stop::End)
                }
                Some(('{', _)) => {
                    let list = self.braces()?;
                    set(data, name, Value::list(list));
                    Ok(())
                }
                Some(_) => {
                    let (text, _) = self.until(&[',']);
                    let value = self.read(text)?;
                    set(data, name, value);
                    Ok(())
                }
            },
        }
    }

    /// Parses what follows `[index]` and puts it into `list`, which on a mistake keeps what Go
    /// would have changed in place.
    fn list_item(
        &mut self,
        list: &mut Vec<Value>,
        index: i64,
        level: usize,
        indexes: usize,
    ) -> Step {
        let Ok(at) = usize::try_from(index) else {
            return Err(SetError::NegativeIndex(index).into());
        };
        if indexes >= MAX_NESTED_INDEXES {
            return Err(SetError::NestedIndexes.into());
        }
        let (junk, stop) = self.until(&['[', '.', '=']);
        if !junk.is_empty() {
            return Err(SetError::AfterIndex(junk).into());
        }
        match stop {
            None => Err(Stop::End),
            Some('=') => {
                let (value, end) = self.item_value()?;
                set_index(list, index, value)?;
                if let Some(end) = end {
                    self.at = end;
                    self.skip_blank_value();
                }
                Ok(())
            }
            Some('[') => {
                let next = self.index()?;
                let existing = list.get(at).cloned();
                let mut inner = match &existing {
                    None | Some(Value::Nil | Value::Invalid) => Vec::new(),
                    Some(Value::List(inner)) => inner.to_vec(),
                    Some(other) => return Err(conversion(other, "[]interface {}")),
                };
                let step = self.list_item(&mut inner, next, level, indexes + 1);
                if step.is_err() {
                    if let (Some(Value::List(_)), Some(slot)) = (existing, list.get_mut(at)) {
                        *slot = Value::list(inner);
                    }
                    return step;
                }
                // A list that was never made stays Go's nil slice, but an item was set by now.
                set_index(list, index, Value::List(List::new(Elem::Any, inner)))?;
                Ok(())
            }
            Some(_) => {
                let inner = match list.get_mut(at) {
                    None => Map::new(),
                    Some(Value::Map(map)) => map.clone(),
                    Some(slot) => {
                        let map = Map::new();
                        *slot = Value::Map(map.clone());
                        map
                    }
                };
                self.key(&inner, level, indexes + 1)?;
                set_index(list, index, Value::Map(inner))?;
                Ok(())
            }
        }
    }

    /// Reads the value after `[index]=`; for JSON also where it ends, which is only skipped once the
    /// value is set.
    fn item_value(&mut self) -> Result<(Value, Option<usize>), Stop> {
        match self.mode {
            Mode::Literal => Ok((Value::from(self.until(&[]).0), None)),
            Mode::Json => self.json_value(),
            _ => Ok((
                match self.peek() {
                    None => Value::Str(Str::EMPTY),
                    Some(('{', _)) => Value::list(self.braces()?),
                    Some(_) => {
                        let (text, _) = self.until(&[',']);
                        self.read(text)?
                    }
                },
                None,
            )),
        }
    }

    fn index(&mut self) -> Result<i64, Stop> {
        let (text, stop) = self.until(&[']']);
        if stop.is_none() {
            return Err(SetError::Index(IndexError::Open).into());
        }
        Ok(atoi(text.as_bytes()).map_err(|e| SetError::Index(IndexError::Number(e)))?)
    }

    /// Returns the items of `{a,b}`, with a comma after it.
    fn braces(&mut self) -> Result<Vec<Value>, Stop> {
        self.next();
        let mut items = Vec::new();
        loop {
            let (text, stop) = self.until(&[',', '}']);
            if stop.is_none() {
                return Err(SetError::OpenList.into());
            }
            if stop == Some('}') {
                if let Some((',', size)) = self.peek() {
                    self.at += size;
                }
                items.push(self.read(text)?);
                return Ok(items);
            }
            items.push(self.read(text)?);
        }
    }

    fn read(&mut self, text: String) -> Result<Value, Stop> {
        match &mut self.mode {
            Mode::File(read) => Ok(read(text.as_bytes()).map_err(SetError::Read)?),
            Mode::Typed => Ok(typed(text)),
            _ => Ok(Value::from(text)),
        }
    }

    /// Returns a JSON value at the cursor and its end; without an end for an empty value, which is
    /// taken with its comma.
    fn json_value(&mut self) -> Result<(Value, Option<usize>), Stop> {
        if self.skip_blank_value() {
            return Ok((Value::Nil, None));
        }
        let rest = self.line.get(self.at..).unwrap_or_default();
        let (value, used) = json::decode(rest)
            .and_then(|(value, used)| Ok((value.to_value()?, used)))
            .map_err(SetError::Json)?;
        Ok((value, Some(self.at + used)))
    }

    /// Takes white space, and a comma or the line's end after it; whether there was one.
    fn skip_blank_value(&mut self) -> bool {
        while let Some((c, size)) = self.peek() {
            if c == ',' {
                self.at += size;
                return true;
            }
            if !c.is_whitespace() {
                return false;
            }
            self.at += size;
        }
        true
    }
}

/// Sets a key; an empty one is dropped.
fn set(data: &Map, name: String, value: Value) {
    if !name.is_empty() {
        data.insert(name, value);
    }
}

fn set_index(list: &mut Vec<Value>, index: i64, value: Value) -> Result<(), SetError> {
    if index > MAX_INDEX {
        return Err(SetError::LargeIndex(index));
    }
    let at = usize::try_from(index).map_err(|_| SetError::NegativeIndex(index))?;
    if list.len() <= at {
        list.resize(at + 1, Value::Nil);
    }
    if let Some(slot) = list.get_mut(at) {
        *slot = value;
    }
    Ok(())
}

/// Returns the error of a type that is not the one that the line asks for.
fn conversion(found: &Value, wanted: &'static str) -> Stop {
    let found = match found {
        Value::Nil | Value::Invalid => "nil".into(),
        other => other.type_name(),
    };
    SetError::Type { found, wanted }.into()
}
