//! Parses TOML to values, with BurntSushi/toml's rules on which keys may be defined again.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use super::error::Parsed;
use super::scan::{Scalar, Scanner, char_or_end, go_quote_char, is_blank, is_newline, key_text};
use super::{Release, datetime};
use gostd::strconv::{Reason, parse_float, parse_int, quoted};
use gostd::time::LocalZone;
use gostd::value::{ANY_MAP, Elem, List, Map, Str, Value};

/// How deep arrays and tables may nest, and how many parts a key and the tables around it may have.
const MAX_DEPTH: usize = 200;

type Table = BTreeMap<String, Node>;

/// What stands under a key while the text is read.
#[derive(Clone)]
enum Node {
    Value(Value),
    Table(Table),
    /// `[[key]]`: new keys go to the last.
    Tables(Vec<Table>),
}

impl Node {
    fn into_value(self) -> Value {
        match self {
            Node::Value(v) => v,
            Node::Table(t) => Value::Map(into_map(t)),
            Node::Tables(all) => {
                let items = all.into_iter().map(|t| Value::Map(into_map(t))).collect();
                Value::List(List::new(Elem::Named("map[string]interface {}"), items))
            }
        }
    }

    /// Returns the table that a dotted key goes on in.
    fn inner(&mut self) -> Option<&mut Table> {
        match self {
            Node::Value(_) => None,
            Node::Table(t) => Some(t),
            Node::Tables(all) => all.last_mut(),
        }
    }
}

fn into_map(table: Table) -> Map {
    Map::from_entries(&ANY_MAP, table.into_iter().map(|(k, n)| (Str::from(k), n.into_value())))
}

/// Returns what `toml.Unmarshal` puts into a `map[string]interface {}`.
///
/// # Errors
///
/// What the library finds wrong, e.g. `toml: line 1: expected '.' or '=', but got ':' instead`.
pub(super) fn parse(data: &[u8], local: LocalZone, release: Release) -> Parsed<Map> {
    let mut parser = Parser {
        scan: Scanner::new(data, release)?,
        root: Table::new(),
        implicit: HashSet::new(),
        arrays: HashSet::new(),
        local,
        key_line: 1,
        depth: 0,
    };
    parser.document()?;
    Ok(into_map(parser.root))
}

struct Parser<'a> {
    scan: Scanner<'a>,
    local: LocalZone,
    root: Table,
    /// Tables that exist only because a longer key names them: they may still be defined.
    implicit: HashSet<String>,
    /// Keys that hold arrays, which the library lets a document define again.
    arrays: HashSet<String>,
    /// The line of the last key, where errors about keys are told.
    key_line: usize,
    depth: usize,
}

impl Parser<'_> {
    fn document(&mut self) -> Parsed<()> {
        loop {
            match self.scan.peek()? {
                None => return Ok(()),
                Some(' ' | '\t' | '\n' | '\r') => {
                    self.scan.next()?;
                }
                Some('#') => self.scan.comment()?,
                Some('[') => {
                    self.scan.next()?;
                    self.header()?;
                    self.line_end()?;
                }
                Some(_) => {
                    let outer = self.scan.context.len();
                    self.key_value(None)?;
                    self.scan.context.truncate(outer);
                    self.scan.key.clear();
                    self.line_end()?;
                }
            }
        }
    }

    /// Checks that only a comment follows on the same line.
    fn line_end(&mut self) -> Parsed<()> {
        self.scan.blanks()?;
        if self.scan.peek()? == Some('#') {
            return self.scan.comment();
        }
        match self.scan.next()? {
            None | Some('\n' | '\r') => Ok(()),
            c => {
                let c = go_quote_char(c);
                self.scan.error(format!(
                    "expected a top-level item to end with a newline, comment, or EOF, but got {c} \
                     instead"
                ))
            }
        }
    }

    /// Returns what follows `[`.
    fn header(&mut self) -> Parsed<()> {
        let array = self.scan.accept('[')?;
        let mut key = Vec::new();
        loop {
            self.scan.blanks()?;
            match self.scan.peek()? {
                Some(']') | None => {
                    return self
                        .scan
                        .error("unexpected end of table name (table names cannot be empty)");
                }
                Some('.') => {
                    return self
                        .scan
                        .error("unexpected table separator (table names cannot be empty)");
                }
                _ => self.part(&mut key, 0)?,
            }
            self.scan.blanks()?;
            match self.scan.next()? {
                Some('.') => {}
                Some(']') => break,
                c => {
                    let c = go_quote_char(c);
                    return self.scan.error(format!(
                        "expected '.' or ']' to end table name, but got {c} instead"
                    ));
                }
            }
        }
        if array {
            let c = self.scan.next()?;
            if c != Some(']') {
                let c = go_quote_char(c);
                return self.scan.error(format!(
                    "expected end of table array name delimiter ']', but got {c} instead"
                ));
            }
        }
        self.add_context(&key, array)?;
        self.arrays.remove(&key_text(&self.scan.context));
        Ok(())
    }

    /// Reads one part of a key that begins in so many tables.
    fn part(&mut self, key: &mut Vec<String>, around: usize) -> Parsed<()> {
        if key.len() + around >= MAX_DEPTH {
            return self.too_deep();
        }
        let (part, line) = self.scan.key_part()?;
        if key.is_empty() {
            self.key_line = line;
        }
        key.push(part);
        Ok(())
    }

    /// Returns the parts of a key up to its `=`.
    fn key(&mut self) -> Parsed<Vec<String>> {
        let mut key = Vec::new();
        loop {
            self.scan.blanks()?;
            let first = key.is_empty();
            match self.scan.peek()? {
                Some('=') | None if first => {
                    return self.scan.error("unexpected '=': key name appears blank");
                }
                Some('.') if first => {
                    return self.scan.error("unexpected '.': keys cannot start with a '.'");
                }
                Some('=') | None => return self.scan.error("unexpected '='"),
                Some('.') => return self.scan.error("unexpected '.'"),
                _ => self.part(&mut key, self.scan.context.len())?,
            }
            self.scan.blanks()?;
            match self.scan.next()? {
                Some('.') => {}
                Some('=') => return Ok(key),
                None => return self.scan.error("unexpected EOF; expected key separator '='"),
                read => {
                    let c = go_quote_char(read);
                    let text = format!("expected '.' or '=', but got {c} instead");
                    return self.scan.error_of(read, text);
                }
            }
        }
    }

    /// Reads `a.b = value`, into the current context and, of an inline table, into its own.
    fn key_value(&mut self, own: Option<&mut Table>) -> Parsed<()> {
        let mut key = self.key()?;
        // A key has one part at least.
        let last = key.pop().unwrap_or_default();
        self.scan.key.clone_from(&last);
        if let Some((first, others)) = key.split_first() {
            let mut context = self.scan.context.clone();
            context.push(first.clone());
            self.implicit.insert(key_text(&context));
            self.add_context(&context, false)?;
            self.add_tables(others)?;
        }
        let value = self.value(false)?;
        let mut path = self.set_value(&last, &value)?;
        if last.is_empty() {
            path = self.path_of(&last);
        }
        self.set_array(path, matches!(value, Node::Value(Value::List(_))));
        let Some(mut own) = own else { return Ok(()) };
        for part in key {
            let inner = own.entry(part).or_insert_with(|| Node::Table(Table::new()));
            let Node::Table(table) = inner else {
                let context = key_text(&self.scan.context);
                let context = quoted(context);
                return self.key_error(format!("{context} is not a table"));
            };
            own = table;
        }
        own.insert(last, value);
        Ok(())
    }

    /// Returns a value after its `=` or within an array.
    fn value(&mut self, in_array: bool) -> Parsed<Node> {
        self.scan.blanks()?;
        let c = self.scan.next()?;
        match c {
            Some('[') => self.nested(Parser::array),
            Some('{') => self.nested(|p| p.inline_table(in_array)),
            _ => {
                let scalar = self.scan.scalar(c)?;
                self.scalar(scalar).map(Node::Value)
            }
        }
    }

    fn too_deep<T>(&self) -> Parsed<T> {
        self.scan.error("arrays, tables and keys are nested too deeply").map_err(|mut error| {
            error.is_gos = false;
            error
        })
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Parsed<Node>) -> Parsed<Node> {
        if self.depth >= MAX_DEPTH {
            return self.too_deep();
        }
        self.depth += 1;
        let node = read(self)?;
        self.depth -= 1;
        Ok(node)
    }

    /// Returns what follows `[` as a value.
    fn array(&mut self) -> Parsed<Node> {
        let path = self.path_of(&self.scan.key);
        self.set_array(path, true);
        let mut items = Vec::new();
        // Whether a value was read after the last comma.
        let mut after_value = false;
        loop {
            let c = self.scan.peek()?;
            if is_blank(c) || is_newline(c) {
                self.scan.next()?;
                continue;
            }
            match c {
                Some('#') => self.scan.comment()?,
                Some(']') => {
                    self.scan.next()?;
                    return Ok(Node::Value(Value::list(items)));
                }
                Some(',') => {
                    self.scan.next()?;
                    if !after_value {
                        return self.scan.error("unexpected comma");
                    }
                    after_value = false;
                }
                _ if after_value => {
                    self.scan.next()?;
                    let c = char_or_end(c);
                    return self.scan.error(format!(
                        "expected a comma (',') or array terminator (']'), but got {c}"
                    ));
                }
                _ => {
                    items.push(self.value(true)?.into_value());
                    after_value = true;
                }
            }
        }
    }

    /// Returns what follows `{`.
    fn inline_table(&mut self, in_array: bool) -> Parsed<Node> {
        let outer_context = self.scan.context.clone();
        let outer_key = std::mem::take(&mut self.scan.key);
        let mut context = outer_context.clone();
        context.push(outer_key.clone());
        self.scan.context.clone_from(&context);
        self.implicit.insert(key_text(&context));
        self.add_context(&context, in_array)?;
        let mut own = Table::new();
        let mut after_value = false;
        loop {
            let c = self.scan.peek()?;
            match c {
                Some(' ' | '\t') => {
                    self.scan.next()?;
                }
                Some('\n' | '\r') => {
                    self.scan.next()?;
                    if self.scan.release >= Release::V1_6 {
                        continue;
                    }
                    return self.scan.error_before("newlines not allowed within inline tables");
                }
                Some('#') => self.scan.comment()?,
                Some('}') => {
                    self.scan.next()?;
                    break;
                }
                Some(',') => {
                    self.scan.next()?;
                    if !after_value {
                        return self.scan.error("unexpected comma");
                    }
                    after_value = false;
                    self.scan.blanks()?;
                    if self.scan.release < Release::V1_6 && self.scan.peek()? == Some('}') {
                        return self.scan.error("trailing comma not allowed in inline tables");
                    }
                }
                _ if after_value => {
                    self.scan.next()?;
                    let c = char_or_end(c);
                    return self.scan.error(format!(
                        "expected a comma or an inline table terminator '}}', but got {c} instead"
                    ));
                }
                _ => {
                    self.key_value(Some(&mut own))?;
                    self.scan.context.clone_from(&context);
                    after_value = true;
                }
            }
        }
        self.scan.context = outer_context;
        self.scan.key = outer_key;
        Ok(Node::Table(own))
    }

    fn scalar(&self, scalar: Scalar) -> Parsed<Value> {
        Ok(match scalar {
            Scalar::Text(text) => Value::from(text),
            Scalar::Bool(b) => Value::Bool(b),
            Scalar::Integer(text) => {
                let problem = if !underscores_ok(&text) {
                    "underscores must be surrounded by digits"
                } else if leading_zero(&text) {
                    "cannot have leading zeroes"
                } else {
                    match parse_int(text.as_bytes(), 0, 64) {
                        Ok(n) => return Ok(Value::int64(n)),
                        Err(e) if e.reason == Reason::Range => {
                            return self.scan.error(format!("{text} is out of range for int64"));
                        }
                        Err(_) => "not an integer",
                    }
                };
                return self.scan.error(format!("Invalid integer {}: {problem}", quoted(&text)));
            }
            Scalar::Float(text) => {
                let mut parts = text.split(['.', 'e', 'E']).filter(|p| !p.is_empty());
                let problem = if !parts.clone().all(underscores_ok) {
                    "underscores must be surrounded by digits"
                } else if parts.next().is_some_and(leading_zero) {
                    "cannot have leading zeroes"
                } else if text
                    .split('.')
                    .skip(1)
                    .any(|after| !after.starts_with(|c: char| c.is_ascii_digit()))
                {
                    "'.' must be followed by one or more digits"
                } else {
                    let plain = text.replace('_', "");
                    let number = match &plain[..] {
                        "+nan" => "nan",
                        "-nan" => return Ok(Value::Float(-f64::NAN)),
                        other => other,
                    };
                    return match parse_float(number.as_bytes()) {
                        Ok(f) => Ok(Value::Float(f)),
                        Err(e) if e.reason == Reason::Range => {
                            self.scan.error(format!("{text} is out of range for float64"))
                        }
                        Err(_) => {
                            self.scan.error(format!("Invalid float value: {}", quoted(&text)))
                        }
                    };
                };
                return self.scan.error(format!("Invalid float {}: {problem}", quoted(&text)));
            }
            Scalar::Datetime(text) => {
                let text = text.replace('z', "Z").replace(['t', ' '], "T");
                match datetime::read(text.as_bytes(), &self.local, self.scan.release) {
                    Some(time) => Value::from(time),
                    None => {
                        return self.scan.error(format!("invalid datetime: {}", quoted(&text)));
                    }
                }
            }
        })
    }

    fn key_error<T>(&self, message: impl Into<Cow<'static, str>>) -> Parsed<T> {
        self.scan.error_at(self.key_line, message)
    }

    /// Returns the current context and a key as one text.
    fn path_of(&self, key: &str) -> String {
        let mut path = self.scan.context.clone();
        if !key.is_empty() || path.is_empty() {
            path.push(key.to_owned());
        }
        key_text(&path)
    }

    fn set_array(&mut self, path: String, array: bool) {
        if array {
            self.arrays.insert(path);
        } else {
            self.arrays.remove(&path);
        }
    }

    /// Makes a table, or one more of an array of tables, and the tables around it; it is the context
    /// from then on.
    fn add_context(&mut self, key: &[String], array: bool) -> Parsed<()> {
        let Some((last, parents)) = key.split_last() else { return Ok(()) };
        let mut table = &mut self.root;
        for (i, part) in parents.iter().enumerate() {
            let node = table.entry(part.clone()).or_insert_with(|| {
                self.implicit.insert(key_text(&parents[..=i]));
                Node::Table(Table::new())
            });
            match node.inner() {
                Some(inner) => table = inner,
                None => {
                    let path = key_text(&parents[..=i]);
                    return self.key_error(format!("Key '{path}' was already created as a hash."));
                }
            }
        }
        if array {
            let node = table.entry(last.clone()).or_insert_with(|| Node::Tables(Vec::new()));
            if let Node::Tables(all) = node {
                all.push(Table::new());
                self.scan.context = parents.to_vec();
            } else {
                self.scan.context = parents.to_vec();
                let path = key_text(key);
                return self.key_error(format!(
                    "Key '{path}' was already created and cannot be used as an array."
                ));
            }
        } else {
            self.scan.context = parents.to_vec();
            self.set_value(last, &Node::Table(Table::new()))?;
        }
        self.scan.context.push(last.clone());
        Ok(())
    }

    /// Makes the tables of a dotted key, each in the one before it, as [`Parser::add_context`] makes one. The
    /// first is in the context, which exists.
    fn add_tables(&mut self, parts: &[String]) -> Parsed<()> {
        if parts.is_empty() {
            return Ok(());
        }
        let mut path = key_text(&self.scan.context);
        let mut at = Some(&mut self.root);
        for part in &self.scan.context {
            at = at.and_then(|table| table.get_mut(part)).and_then(Node::inner);
        }
        for part in parts {
            let Some(table) = at else {
                return self.key_error(format!("Key '{path}' was already created as a hash."));
            };
            path.push('.');
            path.push_str(&key_text(std::slice::from_ref(part)));
            let is_known = table.contains_key(part);
            if !is_known || self.arrays.contains(&path) {
                if is_known && is_taken(self.scan.release, &self.implicit, &path) {
                    return self.key_error(format!("Key '{path}' has already been defined."));
                }
                match table.insert(part.clone(), Node::Table(Table::new())) {
                    Some(_) => self.implicit.remove(&path),
                    None => self.implicit.insert(path.clone()),
                };
            } else {
                self.implicit.remove(&path);
            }
            self.scan.context.push(part.clone());
            at = table.get_mut(part).and_then(Node::inner);
        }
        Ok(())
    }

    /// Sets a key of the current context, which must not be defined yet; returns its path.
    fn set_value(&mut self, key: &str, value: &Node) -> Parsed<String> {
        let mut table = &mut self.root;
        for (i, part) in self.scan.context.iter().enumerate() {
            match table.get_mut(part).and_then(Node::inner) {
                Some(inner) => table = inner,
                None => {
                    let path = key_text(&self.scan.context[..=i]);
                    return self.key_error(format!("Key '{path}' has already been defined."));
                }
            }
        }
        let mut path = key_text(&self.scan.context);
        if !self.scan.context.is_empty() {
            path.push('.');
        }
        path.push_str(&key_text(&[key.to_owned()]));
        let is_known = table.contains_key(key);
        if is_known
            && self.arrays.contains(&path)
            && is_taken(self.scan.release, &self.implicit, &path)
        {
            return self.key_error(format!("Key '{path}' has already been defined."));
        }
        if is_known && !self.arrays.contains(&path) {
            if self.implicit.remove(&path) {
                return Ok(path);
            }
            return self.key_error(format!("Key '{path}' has already been defined."));
        }
        if table.insert(key.to_owned(), value.clone()).is_some() {
            self.implicit.remove(&path);
        }
        Ok(path)
    }
}

/// Returns whether an array's key cannot be defined again: from toml 1.6 on, where it was written itself.
fn is_taken(release: Release, implicit: &HashSet<String>, path: &str) -> bool {
    release >= Release::V1_6 && !implicit.contains(path)
}

/// Returns whether each underscore follows a digit and the number ends in one.
fn underscores_ok(number: &str) -> bool {
    if matches!(number, "nan" | "+nan" | "-nan" | "inf" | "+inf" | "-inf") {
        return true;
    }
    let mut digit = false;
    for c in number.chars() {
        if c == '_' && !digit {
            return false;
        }
        digit = c.is_ascii_hexdigit();
    }
    digit
}

fn leading_zero(number: &str) -> bool {
    match number.as_bytes() {
        [b'0', next, ..] => !matches!(next, b'b' | b'o' | b'x'),
        [b'-' | b'+', b'0', _, ..] => true,
        _ => false,
    }
}
