//! Reads JSON as Go's `json.Decoder` reads it, with numbers kept as text (`UseNumber`).

use std::cell::Cell;
use std::ops::Deref;
use std::rc::Rc;

use super::error::{DecodeError, Found, NumberRange};
use crate::stack;
use crate::value::{ANY_MAP, Map, Str, Value};

/// Go's limit on nesting.
const MAX_DEPTH: usize = 10_000;

/// A JSON document. Clones share their contents.
#[derive(Clone, Debug)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// The text of a number.
    Number(Str),
    /// A string, its escapes resolved.
    String(Str),
    /// An array.
    Array(Array),
    /// An object.
    Object(Object),
}

/// An array's elements, which are freed without recursion.
#[derive(Clone, Debug)]
pub struct Array(Rc<Elements>);

#[derive(Debug)]
struct Elements(Vec<Json>);

impl Array {
    fn new(elements: Vec<Json>) -> Array {
        Array(Rc::new(Elements(elements)))
    }
}

impl Deref for Array {
    type Target = [Json];

    fn deref(&self) -> &[Json] {
        &self.0.0
    }
}

impl Drop for Elements {
    fn drop(&mut self) {
        let elements = std::mem::take(&mut self.0);
        near(elements, free);
    }
}

impl Drop for Members {
    fn drop(&mut self) {
        let list = std::mem::take(&mut self.list);
        near(list, |list| free(list.into_iter().map(|(_, value)| value)));
    }
}

/// How many documents inside each other are freed by recursion, which is quicker.
const NEAR: u32 = 64;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Drops what a document holds, unless it lies deep: then it is freed as `deep` does it.
fn near<T>(held: T, deep: impl FnOnce(T)) {
    let depth = DEPTH.get();
    if depth >= NEAR {
        return deep(held);
    }
    DEPTH.set(depth + 1);
    drop(held);
    DEPTH.set(depth);
}

/// Frees documents of any depth.
fn free(documents: impl IntoIterator<Item = Json>) {
    let is_collection = |json: &Json| matches!(json, Json::Array(_) | Json::Object(_));
    let mut left: Vec<Json> = documents.into_iter().filter(is_collection).collect();
    while let Some(json) = left.pop() {
        match json {
            Json::Array(array) => {
                if let Ok(mut elements) = Rc::try_unwrap(array.0) {
                    left.extend(std::mem::take(&mut elements.0).into_iter().filter(is_collection));
                }
            }
            Json::Object(object) => {
                if let Ok(mut members) = Rc::try_unwrap(object.0) {
                    let values = std::mem::take(&mut members.list).into_iter().map(|(_, v)| v);
                    left.extend(values.filter(is_collection));
                }
            }
            _ => {}
        }
    }
}

/// An object's members, each name once, in the order in which a small map of Go mostly walks them:
/// that of the text.
#[derive(Clone, Debug)]
pub struct Object(Rc<Members>);

#[derive(Debug)]
struct Members {
    list: Vec<(Str, Json)>,
    /// The places in the list in byte order of the names; none where the list is in that order, or
    /// [`SHORT`].
    sorted: Option<Vec<usize>>,
}

/// Up to how many members are found by looking at each.
const SHORT: usize = 8;

impl Object {
    fn new(mut list: Vec<(Str, Json)>) -> Object {
        let differ = |list: &[(Str, Json)]| {
            (1..list.len()).all(|at| list[..at].iter().all(|(name, _)| *name != list[at].0))
        };
        if list.len() <= SHORT && differ(&list) || list.is_sorted_by(|a, b| a.0 < b.0) {
            return Object(Rc::new(Members { list, sorted: None }));
        }
        let by_name = |list: &[(Str, Json)]| {
            let mut places: Vec<usize> = (0..list.len()).collect();
            places.sort_by_key(|at| list.get(*at).map(|(name, _)| name));
            places
        };
        let mut sorted = by_name(&list);
        // The sort is stable: of equal names the first keeps its place and gets the last one's value.
        let name = |at: &usize| list.get(*at).map(|(name, _)| name);
        let runs = sorted.chunk_by(|a, b| name(a) == name(b));
        let kept: Vec<(usize, usize)> =
            runs.filter_map(|run| Some((*run.first()?, *run.last()?))).collect();
        if kept.len() < list.len() {
            let mut values: Vec<Option<Json>> = list.iter().map(|(_, v)| Some(v.clone())).collect();
            let mut members: Vec<Option<Json>> = vec![None; list.len()];
            for (first, last) in kept {
                if let (Some(to), Some(from)) = (members.get_mut(first), values.get_mut(last)) {
                    *to = from.take();
                }
            }
            let named = list.into_iter().map(|(name, _)| name).zip(members);
            list = named.filter_map(|(name, v)| Some((name, v?))).collect();
            sorted = by_name(&list);
        }
        Object(Rc::new(Members { list, sorted: Some(sorted) }))
    }

    /// Finds a member by its name.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.get_bytes(name.as_bytes())
    }

    /// Finds a member by its name in bytes.
    pub fn get_bytes(&self, name: &[u8]) -> Option<&Json> {
        let Members { list, sorted } = &*self.0;
        let at = match sorted {
            None if list.len() <= SHORT => list.iter().position(|(n, _)| n.as_bytes() == name)?,
            None => list.binary_search_by(|(n, _)| n.as_bytes().cmp(name)).ok()?,
            Some(places) => {
                let place = |at: &usize| list.get(*at).map(|(n, _)| n.as_bytes());
                *places.get(places.binary_search_by(|at| place(at).cmp(&Some(name))).ok()?)?
            }
        };
        list.get(at).map(|(_, v)| v)
    }

    /// Goes through the members.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &(Str, Json)> {
        self.0.list.iter()
    }

    /// Returns what tells this object from every other one alive.
    pub fn identity(&self) -> usize {
        Rc::as_ptr(&self.0).cast::<()>() as usize
    }
}

impl Json {
    /// Returns the same as a Go value decoded without `UseNumber`: every number is a float64.
    ///
    /// # Errors
    /// [`DecodeError::NumberRange`].
    pub fn to_value(&self) -> Result<Value, DecodeError> {
        self.to_value_at(0)
    }

    fn to_value_at(&self, depth: usize) -> Result<Value, DecodeError> {
        let below = |json: &Json| stack::at_depth(depth, || json.to_value_at(depth + 1));
        Ok(match self {
            Json::Null => Value::Nil,
            Json::Bool(b) => Value::Bool(*b),
            Json::Number(text) => Value::Float(float(text)?),
            Json::String(s) => Value::Str(s.clone()),
            Json::Array(items) => Value::list(items.iter().map(below).collect::<Result<_, _>>()?),
            Json::Object(members) => {
                let map = Map::with_type(&ANY_MAP);
                for (name, value) in members.iter() {
                    map.insert(name.clone(), below(value)?);
                }
                Value::Map(map)
            }
        })
    }
}

fn float(text: &Str) -> Result<f64, DecodeError> {
    match text.to_str().and_then(|t| t.parse::<f64>().ok()) {
        Some(f) if f.is_finite() => Ok(f),
        _ => Err(DecodeError::NumberRange(Box::new(NumberRange {
            number: text.to_string().into(),
            place: Box::default(),
        }))),
    }
}

/// Reads the JSON value at the start of `data`; answers it and how many bytes it took. What follows
/// it is not looked at, as with Go's `Decoder`.
///
/// # Errors
/// What Go finds wrong; [`DecodeError::Eof`] where there is nothing but white space,
/// [`DecodeError::UnexpectedEof`] where the value is cut off.
pub fn decode(data: &[u8]) -> Result<(Json, usize), DecodeError> {
    let mut reader = Reader { data, at: 0, is_valid: std::str::from_utf8(data).is_ok() };
    if reader.skip_space().is_none() {
        return Err(DecodeError::Eof);
    }
    let value = reader.value()?;
    Ok((value, reader.at))
}

/// An array or object whose end has not come yet.
enum Open {
    Array(Vec<Json>),
    /// The members so far, and the name of the one being read.
    Object(Vec<(Str, Json)>, Str),
}

struct Reader<'a> {
    data: &'a [u8],
    at: usize,
    /// Whether all of it is UTF-8; if it is, so is every string.
    is_valid: bool,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.data.get(self.at).copied()
    }

    fn skip_space(&mut self) -> Option<u8> {
        let mut rest = self.data.get(self.at..)?;
        // Half of a schema is indentation.
        while let Some(after) = rest.strip_prefix(b"        ") {
            rest = after;
            self.at += 8;
        }
        let space = |c: &u8| matches!(c, b' ' | b'\t' | b'\r' | b'\n');
        let width = rest.iter().position(|c| !space(c)).unwrap_or(rest.len());
        self.at += width;
        rest.get(width).copied()
    }

    fn token(&mut self) -> Result<u8, DecodeError> {
        self.skip_space().ok_or(DecodeError::UnexpectedEof)
    }

    fn value(&mut self) -> Result<Json, DecodeError> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            let mut value = match self.token()? {
                c @ (b'[' | b'{') if open.len() >= MAX_DEPTH => {
                    return Err(invalid(c, "exceeded max depth"));
                }
                b'[' => {
                    self.at += 1;
                    if self.token()? == b']' {
                        self.at += 1;
                        Json::Array(Array::new(Vec::new()))
                    } else {
                        open.push(Open::Array(Vec::new()));
                        continue;
                    }
                }
                b'{' => {
                    self.at += 1;
                    if self.token()? == b'}' {
                        self.at += 1;
                        Json::Object(Object::new(Vec::new()))
                    } else {
                        let name = self.member_name()?;
                        open.push(Open::Object(Vec::new(), name));
                        continue;
                    }
                }
                b'"' => Json::String(self.string()?),
                b't' => self.word("true", Json::Bool(true))?,
                b'f' => self.word("false", Json::Bool(false))?,
                b'n' => self.word("null", Json::Null)?,
                b'-' | b'0'..=b'9' => self.number()?,
                c => return Err(invalid(c, "looking for beginning of value")),
            };
            // Hand the finished value to what holds it, closing as many as end here.
            loop {
                let Some(holder) = open.last_mut() else {
                    return Ok(value);
                };
                match holder {
                    Open::Array(items) => {
                        items.push(value);
                        match self.token()? {
                            b',' => {
                                self.at += 1;
                                break;
                            }
                            b']' => self.at += 1,
                            c => return Err(invalid(c, "after array element")),
                        }
                    }
                    Open::Object(members, name) => {
                        members.push((std::mem::take(name), value));
                        match self.token()? {
                            b',' => {
                                self.at += 1;
                                *name = self.member_name()?;
                                break;
                            }
                            b'}' => self.at += 1,
                            c => return Err(invalid(c, "after object key:value pair")),
                        }
                    }
                }
                value = match open.pop() {
                    Some(Open::Array(items)) => Json::Array(Array::new(items)),
                    Some(Open::Object(members, _)) => Json::Object(Object::new(members)),
                    None => return Err(DecodeError::UnexpectedEof),
                };
            }
        }
    }

    fn member_name(&mut self) -> Result<Str, DecodeError> {
        match self.token()? {
            b'"' => {}
            c => return Err(invalid(c, "looking for beginning of object key string")),
        }
        let name = self.string()?;
        match self.token()? {
            b':' => self.at += 1,
            c => return Err(invalid(c, "after object key")),
        }
        Ok(name)
    }

    fn word(&mut self, word: &'static str, value: Json) -> Result<Json, DecodeError> {
        for expected in word.bytes() {
            match self.peek() {
                Some(c) if c == expected => self.at += 1,
                Some(byte) => {
                    let found = Found::Byte(byte);
                    return Err(DecodeError::Literal { found, word, expected });
                }
                None => return Err(DecodeError::UnexpectedEof),
            }
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Json, DecodeError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            Some(c) => return Err(invalid(c, "in numeric literal")),
            None => return Err(DecodeError::UnexpectedEof),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.some_digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.some_digits("in exponent of numeric literal")?;
        }
        Ok(Json::Number(Str::from_bytes(self.data.get(start..self.at).unwrap_or_default())))
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    fn some_digits(&mut self, context: &'static str) -> Result<(), DecodeError> {
        match self.peek() {
            Some(b'0'..=b'9') => {
                self.digits();
                Ok(())
            }
            Some(c) => Err(invalid(c, context)),
            None => Err(DecodeError::UnexpectedEof),
        }
    }

    /// Returns a string at its opening quote. Invalid UTF-8 and lone surrogates become U+FFFD.
    fn string(&mut self) -> Result<Str, DecodeError> {
        self.at += 1;
        let start = self.at;
        let rest = self.data.get(start..).unwrap_or_default();
        let end = memchr::memchr2(b'"', b'\\', rest);
        let text = &rest[..end.unwrap_or(rest.len())];
        // A look at all of them is faster than a search.
        if text.iter().fold(false, |found, c| found | (*c < 0x20))
            && let Some(c) = text.iter().find(|c| **c < 0x20)
        {
            return Err(invalid(*c, "in string literal"));
        }
        let Some(end) = end else { return Err(DecodeError::UnexpectedEof) };
        self.at += end;
        if rest[end] == b'\\' {
            return self.escaped_string(start);
        }
        self.at += 1;
        Ok(if self.is_valid || std::str::from_utf8(text).is_ok() {
            Str::from_bytes(text)
        } else {
            let mut out = Vec::new();
            push_valid(&mut out, text);
            Str::from(out)
        })
    }

    /// Returns the rest of [`Reader::string`] from the first backslash on.
    fn escaped_string(&mut self, start: usize) -> Result<Str, DecodeError> {
        let mut out = Vec::new();
        let mut plain = start;
        while let Some(&c) = self.data.get(self.at) {
            match c {
                b'"' | b'\\' => {
                    push_valid(&mut out, self.data.get(plain..self.at).unwrap_or_default());
                    self.at += 1;
                    if c == b'"' {
                        return Ok(Str::from(out));
                    }
                    self.escape(&mut out)?;
                    plain = self.at;
                }
                0..0x20 => return Err(invalid(c, "in string literal")),
                _ => self.at += 1,
            }
        }
        Err(DecodeError::UnexpectedEof)
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        let c = self.peek().ok_or(DecodeError::UnexpectedEof)?;
        self.at += 1;
        out.push(match c {
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'\\' | b'/' | b'"' => c,
            b'u' => {
                let mut code = self.hex()?;
                if (0xd800..0xdc00).contains(&code)
                    && self.data.get(self.at..self.at + 2) == Some(b"\\u")
                {
                    let back = self.at;
                    self.at += 2;
                    let low = self.hex()?;
                    if (0xdc00..0xe000).contains(&low) {
                        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                    } else {
                        self.at = back;
                    }
                }
                let c = char::from_u32(code).unwrap_or('\u{FFFD}');
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return Err(invalid(c, "in string escape code")),
        });
        Ok(())
    }

    fn hex(&mut self) -> Result<u32, DecodeError> {
        let mut code = 0;
        for _ in 0..4 {
            let c = self.peek().ok_or(DecodeError::UnexpectedEof)?;
            let Some(digit) = char::from(c).to_digit(16) else {
                return Err(invalid(c, "in \\u hexadecimal character escape"));
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }
}

/// Copies text with U+FFFD for every byte that is not part of a character.
fn push_valid(out: &mut Vec<u8>, mut text: &[u8]) {
    while !text.is_empty() {
        match bstr::decode_utf8(text) {
            (Some(_), size) => {
                out.extend_from_slice(text.get(..size).unwrap_or_default());
                text = text.get(size..).unwrap_or_default();
            }
            (None, _) => {
                out.extend_from_slice("\u{FFFD}".as_bytes());
                text = text.get(1..).unwrap_or_default();
            }
        }
    }
}

fn invalid(found: u8, context: &'static str) -> DecodeError {
    DecodeError::Unexpected { found: Found::Byte(found), context }
}
