//! Parses the `--set` family's grammar: `a.b[0]=x,c={1,2}` into an existing tree of values.
//!
//! Mirrors Helm's `pkg/strvals`: the accepted grammar, what an ill-formed line leaves unset, and
//! every error text. The texts carry no prefix; the command line adds `failed parsing --set data`.
//! Invalid UTF-8 in a line reads as U+FFFD, one a byte, since Helm reads it rune by rune.

use gostd::json::tree as json;
use gostd::strconv::{atoi, quote_char, quoted};
use gostd::value::{Elem, List, Map, Str, Value};

/// The highest list index a line may name.
const MAX_INDEX: i64 = 65536;
/// How many dots a name may have.
const MAX_NESTED_NAME_LEVEL: usize = 30;
/// How many indexes may follow one another (`a[0][0]…`). Helm has no such limit; ours keeps the
/// stack small.
const MAX_NESTED_INDEXES: usize = 250;

/// Parses a `--set` line into `dest`: values become null, bool, int64 or string as they look.
///
/// # Errors
/// Helm's text for the first mistake; what came before it is already set.
///
/// ```
/// use gostd::value::Map;
/// use statefulchart::values::strvals;
/// let values = Map::new();
/// strvals::parse_into(b"image.tag=1.2,replicas=3", &values).unwrap();
/// assert_eq!(values.get(b"replicas").unwrap().type_name(), "int64");
/// ```
pub fn parse_into(line: &[u8], dest: &Map) -> Result<(), String> {
    Parser::new(line, Mode::Typed).parse(dest)
}

/// Parses a `--set-string` line into `dest`: every value is a string.
///
/// # Errors
/// As [`parse_into`].
pub fn parse_into_string(line: &[u8], dest: &Map) -> Result<(), String> {
    Parser::new(line, Mode::String).parse(dest)
}

/// Parses a `--set-json` line into `dest`: every value is JSON, its numbers float64; an empty value
/// is null.
///
/// # Errors
/// As [`parse_into`], or the text of Go's JSON decoder.
pub fn parse_json_into(line: &[u8], dest: &Map) -> Result<(), String> {
    Parser::new(line, Mode::Json).parse(dest)
}

/// Parses a `--set-literal` line into `dest`: the value is all that follows the first `=`, with no
/// escapes, lists or commas.
///
/// # Errors
/// As [`parse_into`].
pub fn parse_literal_into(line: &[u8], dest: &Map) -> Result<(), String> {
    Parser::new(line, Mode::Literal).parse(dest)
}

/// Parses a `--set-file` line into `dest`: each value names what `read` is to fetch.
///
/// # Errors
/// As [`parse_into`], or what `read` answers.
pub fn parse_file_into(
    line: &[u8],
    dest: &Map,
    read: &mut dyn FnMut(&[u8]) -> Result<Value, String>,
) -> Result<(), String> {
    Parser::new(line, Mode::File(read)).parse(dest)
}

/// How a line's values are read.
enum Mode<'a> {
    Typed,
    String,
    Json,
    Literal,
    File(&'a mut dyn FnMut(&[u8]) -> Result<Value, String>),
}

/// Why parsing one name and its value ended.
enum Stop {
    /// The line ended where Helm takes that for the end of the whole: no mistake.
    End,
    /// A mistake.
    Error(String),
}

impl From<gostd::json::DecodeError> for Stop {
    fn from(error: gostd::json::DecodeError) -> Stop {
        Stop::Error(error.to_string())
    }
}

impl From<String> for Stop {
    fn from(text: String) -> Stop {
        Stop::Error(text)
    }
}

type Step = Result<(), Stop>;

struct Parser<'a> {
    line: &'a [u8],
    at: usize,
    mode: Mode<'a>,
}

impl<'a> Parser<'a> {
    fn new(line: &'a [u8], mode: Mode<'a>) -> Parser<'a> {
        Parser { line, at: 0, mode }
    }

    fn parse(mut self, dest: &Map) -> Result<(), String> {
        loop {
            match self.key(dest, 0, 0) {
                Ok(()) => {}
                Err(Stop::End) => return Ok(()),
                Err(Stop::Error(text)) => return Err(text),
            }
        }
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
            None => Err(Stop::Error(format!("key {} has no value", quoted(&name)))),
            Some('[') => {
                let index = self.index()?;
                let mut list = match data.get(name.as_bytes()) {
                    None => Vec::new(),
                    Some(Value::List(list)) => list.to_vec(),
                    Some(other) => return Err(conversion(&other, "[]interface {}")),
                };
                let step = self.list_item(&mut list, index, level, indexes);
                set(data, name, Value::list(list));
                step
            }
            Some('=') => self.key_value(data, name),
            Some(',') => {
                let text = format!("key {} has no value (cannot end with ,)", quoted(&name));
                set(data, name, Value::Str(Str::EMPTY));
                Err(Stop::Error(text))
            }
            Some(_) => {
                let level = level + 1;
                if level > MAX_NESTED_NAME_LEVEL {
                    return Err(Stop::Error(format!(
                        "value name nested level is greater than maximum supported nested level of {MAX_NESTED_NAME_LEVEL}"
                    )));
                }
                let inner = match data.get(name.as_bytes()) {
                    None => Map::new(),
                    Some(Value::Map(map)) => map,
                    Some(other) => return Err(conversion(&other, "map[string]interface {}")),
                };
                let step = self.key(&inner, level, indexes);
                if step.is_ok() && inner.is_empty() {
                    return Err(Stop::Error(format!("key map {} has no value", quoted(&name))));
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
            return Err(Stop::Error(format!("negative {index} index not allowed")));
        };
        if indexes >= MAX_NESTED_INDEXES {
            return Err(Stop::Error(format!(
                "indexes are nested deeper than {MAX_NESTED_INDEXES} levels"
            )));
        }
        let (junk, stop) = self.until(&['[', '.', '=']);
        if !junk.is_empty() {
            return Err(Stop::Error(format!(
                "unexpected data at end of array index: {}",
                quoted_runes(&junk)
            )));
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
            return Err(Stop::Error("error parsing index: EOF".into()));
        }
        atoi(text.as_bytes()).map_err(|e| Stop::Error(format!("error parsing index: {e}")))
    }

    /// Returns the items of `{a,b}`, with a comma after it.
    fn braces(&mut self) -> Result<Vec<Value>, Stop> {
        self.next();
        let mut items = Vec::new();
        loop {
            let (text, stop) = self.until(&[',', '}']);
            if stop.is_none() {
                return Err(Stop::Error("list must terminate with '}'".into()));
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
            Mode::File(read) => Ok(read(text.as_bytes())?),
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
        let (value, used) = json::decode(rest)?;
        Ok((value.to_value()?, Some(self.at + used)))
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

fn set_index(list: &mut Vec<Value>, index: i64, value: Value) -> Result<(), String> {
    if index > MAX_INDEX {
        return Err(format!(
            "index of {index} is greater than maximum supported index of {MAX_INDEX}"
        ));
    }
    let at = usize::try_from(index).map_err(|_| format!("negative {index} index not allowed"))?;
    if list.len() <= at {
        list.resize(at + 1, Value::Nil);
    }
    if let Some(slot) = list.get_mut(at) {
        *slot = value;
    }
    Ok(())
}

/// Returns the null, bool, int64 or string that an unquoted value stands for.
fn typed(text: String) -> Value {
    // Unicode folds ſ and s, so Go takes `falſe` for false.
    let is = |word: &str| {
        text.chars().count() == word.len()
            && text
                .chars()
                .zip(word.chars())
                .all(|(c, w)| c.eq_ignore_ascii_case(&w) || (c == 'ſ' && w == 's'))
    };
    if is("true") {
        return Value::Bool(true);
    }
    if is("false") {
        return Value::Bool(false);
    }
    if is("null") {
        return Value::Nil;
    }
    if text == "0" {
        return Value::int64(0);
    }
    // Rust reads what Go's ParseInt reads in base 10: a sign, digits, nothing else.
    if !text.starts_with('0')
        && let Ok(n) = text.parse::<i64>()
    {
        return Value::int64(n);
    }
    Value::from(text)
}

/// Returns what Helm makes of Go's panic on a type assertion.
fn conversion(found: &Value, wanted: &str) -> Stop {
    let found = match found {
        Value::Nil | Value::Invalid => "nil".into(),
        other => other.type_name(),
    };
    Stop::Error(format!(
        "unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}"
    ))
}

/// Reproduces Go's `%q` of a slice of runes: `['x' '\n']`.
fn quoted_runes(text: &str) -> String {
    let mut out = String::from("[");
    for (i, c) in text.chars().enumerate() {
        if i > 0 {
            out.push(' ');
        }
        out.push_str(&String::from_utf8_lossy(&quote_char(c)));
    }
    out.push(']');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use gostd::json::marshal;

    const BASE: &str = r#"{"s":"str","m":{"k":"v","q":[1]},"l":["x",{"k":1},null],
        "ll":[[1,2],[3]],"n":null,"f":1.5,"t":true}"#;

    fn decoded(text: &str) -> Value {
        json::decode(text.as_bytes()).and_then(|(json, _)| json.to_value()).unwrap()
    }

    fn base() -> Map {
        decoded(BASE).as_map().unwrap()
    }

    fn shown(value: &Value) -> String {
        String::from_utf8(marshal(value, false).unwrap()).unwrap()
    }

    /// `strvals.tsv` was made with Helm 3.17.3: a flag, its line, and either the keys that differ
    /// from those before, or the error (unknown for `--set-json`, where Helm prints none).
    #[test]
    fn lines_set_and_fail_as_in_helm() {
        for case in include_str!("strvals.tsv").lines() {
            let mut fields = case.split('\t');
            let (flag, line, want) =
                (fields.next().unwrap(), fields.next().unwrap(), fields.next().unwrap());
            let line = decoded(line);
            let line = line.as_str().unwrap();
            let values = base();
            let outcome = match flag {
                "set" => parse_into(line, &values),
                "set-string" => parse_into_string(line, &values),
                "set-json" => parse_json_into(line, &values),
                _ => parse_literal_into(line, &values),
            };
            match (outcome, decoded(want)) {
                (Ok(()), Value::Map(want)) => {
                    let before = base();
                    for (key, value) in values.entries() {
                        let want = want.get(&key).or_else(|| before.get(&key));
                        assert_eq!(want.as_ref().map(shown), Some(shown(&value)), "{case}");
                    }
                    assert!(want.keys().iter().all(|key| values.contains_key(key)), "{case}");
                }
                (Err(text), Value::Str(want)) => {
                    assert!(want == text.as_str() || want.is_empty(), "{case}: {text}");
                }
                (outcome, _) => panic!("{case}: {outcome:?}"),
            }
        }
    }

    #[test]
    fn numbers_are_int64_and_those_of_json_float64() {
        let values = Map::new();
        parse_into(b"a=1,b={2}", &values).unwrap();
        parse_json_into(b"c=1", &values).unwrap();
        parse_into(b"a=9223372036854775807", &values).unwrap();
        assert!(matches!(values.get(b"a"), Some(Value::Int(_, i64::MAX))));
        let types: Vec<_> =
            values.entries().iter().map(|(_, v)| v.type_name().into_owned()).collect();
        assert_eq!(types, ["int64", "[]interface {}", "float64"]);
    }

    #[test]
    fn files_are_read_item_by_item_and_their_errors_end_the_line() {
        let mut read = |name: &[u8]| match name {
            b"binary" => Ok(Value::from(b"\xff,{".to_vec())),
            _ => Err("open nope: no such file or directory".to_owned()),
        };
        let values = Map::new();
        parse_file_into(b"a=binary,b={binary,binary}", &values, &mut read).unwrap();
        assert_eq!(values.get(b"a").unwrap().as_str().unwrap().as_bytes(), b"\xff,{");
        let text = parse_file_into(b"a[0]=nope", &values, &mut read).unwrap_err();
        assert_eq!(
            text,
            "unable to parse key: interface conversion: interface {} is string, not []interface {}"
        );
        let text = parse_file_into(b"c[0]=nope", &values, &mut read).unwrap_err();
        assert_eq!(text, "open nope: no such file or directory");
    }

    #[test]
    fn bytes_that_are_no_text_become_replacement_characters() {
        let values = Map::new();
        parse_into(b"a=\xff\xe2\x82x", &values).unwrap();
        assert_eq!(
            values.get(b"a").unwrap().as_str().unwrap().as_bytes(),
            "\u{fffd}\u{fffd}\u{fffd}x".as_bytes()
        );
    }

    #[test]
    fn endless_indexes_are_refused() {
        let line = [b"a".to_vec(), b"[0]".repeat(100_000), b"=1".to_vec()].concat();
        assert!(parse_into(&line, &Map::new()).unwrap_err().contains("nested deeper"));
    }
}
