//! Reproduces `json.Unmarshal` into an `interface {}`.

use super::error::{DecodeError, NumberRange};
use super::scan::Scanner;
use crate::Go;
use crate::strconv::parse_float;
use crate::value::{ANY_MAP, Elem, List, Map, Str, Value};

/// Go's limit on nesting.
const MAX_DEPTH: usize = 10_000;

/// A container that is still open.
enum Open {
    Array(Vec<Value>),
    /// The entries so far and the key of the next one.
    Object(Vec<(Str, Value)>, Str),
}

/// Returns the value, and the first error that did not keep Go from decoding on (a number out of
/// range, which is decoded as nil, from Go 1.27 on as an infinity). A syntax error is an `Err`.
pub(super) fn decode(data: &[u8], go: Go) -> Result<(Value, Option<DecodeError>), DecodeError> {
    let mut scan = Scanner::new(data, go);
    let found = value(&mut scan)?;
    match scan.peek() {
        None => Ok(found),
        Some(_) => Err(scan.unexpected("after top-level value")),
    }
}

/// Returns the next value, whatever follows it; and the fault as [`decode`] gives it.
pub(super) fn value(scan: &mut Scanner<'_>) -> Result<(Value, Option<DecodeError>), DecodeError> {
    let mut fault = None;
    // A stack of our own: the text may nest deeper than the thread's would allow.
    let mut open: Vec<Open> = Vec::new();
    loop {
        let mut done = match scan.peek() {
            Some(bracket @ (b'[' | b'{')) => {
                if open.len() >= MAX_DEPTH {
                    return Err(scan.unexpected("exceeded max depth"));
                }
                scan.skip();
                if bracket == b'[' {
                    if scan.peek() != Some(b']') {
                        open.push(Open::Array(Vec::new()));
                        continue;
                    }
                    scan.skip();
                    array(Vec::new())
                } else {
                    if scan.peek() != Some(b'}') {
                        let key = key(scan)?;
                        open.push(Open::Object(Vec::new(), key));
                        continue;
                    }
                    scan.skip();
                    object(Vec::new())
                }
            }
            Some(b'"') => Value::Str(scan.string()?),
            Some(b't') => scan.word("true").map(|()| Value::Bool(true))?,
            Some(b'f') => scan.word("false").map(|()| Value::Bool(false))?,
            Some(b'n') => scan.word("null").map(|()| Value::Nil)?,
            Some(b'-' | b'0'..=b'9') => number(scan.number()?, scan.go, &open, &mut fault),
            _ => return Err(scan.unexpected("looking for beginning of value")),
        };
        // A finished value may finish any number of containers.
        loop {
            let Some(innermost) = open.last_mut() else { return Ok((done, fault)) };
            let next = scan.peek();
            match innermost {
                Open::Array(items) => {
                    items.push(done);
                    match next {
                        Some(b',') => {
                            scan.skip();
                            break;
                        }
                        Some(b']') => done = array(std::mem::take(items)),
                        _ => return Err(scan.unexpected("after array element")),
                    }
                }
                Open::Object(entries, name) => {
                    entries.push((std::mem::take(name), done));
                    match next {
                        Some(b',') => {
                            scan.skip();
                            *name = key(scan)?;
                            break;
                        }
                        Some(b'}') => done = object(std::mem::take(entries)),
                        _ => return Err(scan.unexpected("after object key:value pair")),
                    }
                }
            }
            scan.skip();
            open.pop();
        }
    }
}

/// Returns a key and its colon.
fn key(scan: &mut Scanner<'_>) -> Result<Str, DecodeError> {
    if scan.peek() != Some(b'"') {
        return Err(scan.unexpected("looking for beginning of object key string"));
    }
    let key = scan.string()?;
    if scan.peek() != Some(b':') {
        return Err(scan.unexpected("after object key"));
    }
    scan.skip();
    Ok(key)
}

fn array(items: Vec<Value>) -> Value {
    Value::List(List::new(Elem::Any, items))
}

fn object(entries: Vec<(Str, Value)>) -> Value {
    Value::Map(Map::from_entries(&ANY_MAP, entries))
}

/// Returns the nearest `float64`; one that is out of range is an error, and nil or an infinity.
fn number(text: &[u8], go: Go, open: &[Open], fault: &mut Option<DecodeError>) -> Value {
    match parse_float(text) {
        Ok(f) => Value::Float(f),
        Err(_) => {
            fault.get_or_insert_with(|| {
                let number = String::from_utf8_lossy(text).into();
                let place = if go < Go::V1_27 { Box::default() } else { place(open) };
                DecodeError::NumberRange(Box::new(NumberRange { number, place }))
            });
            match go < Go::V1_27 {
                true => Value::Nil,
                false if text.starts_with(b"-") => Value::Float(f64::NEG_INFINITY),
                false => Value::Float(f64::INFINITY),
            }
        }
    }
}

/// Returns where the next value stands, as Go makes a path of a JSON pointer.
fn place(open: &[Open]) -> Box<[u8]> {
    let part = |open: &Open| match open {
        Open::Array(items) => Str::from(items.len().to_string()),
        Open::Object(_, key) => key.clone(),
    };
    super::dotted(&open.iter().map(part).collect::<Vec<_>>()).into_bytes().into()
}
