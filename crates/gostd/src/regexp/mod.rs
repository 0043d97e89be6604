//! Reproduces Go's `regexp`: RE2 syntax with Go's error texts, matched by the regex crate.
//!
//! Both engines find the leftmost match and prefer the first alternative, so that only the syntax
//! (see `syntax`) and the walk from match to match need Go's rules.

mod checked;
mod error;
mod names;
mod syntax;

use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::convert::Infallible;
use std::ops::Deref;
use std::rc::Rc;

use bstr::ByteSlice;
use foldhash::fast::RandomState;

use crate::Go;

pub use self::checked::Checked;
pub use self::error::{CompilePanic, SyntaxError};
use self::syntax::{Alphabet, Translated};
use super::unicode;

/// A compiled regular expression.
#[derive(Debug)]
pub struct Regexp {
    source: Vec<u8>,
    /// For texts of ASCII only; for every text, unless `any` is there.
    ascii: regex::Regex,
    /// For all other texts, where that is another expression.
    any: Option<Any>,
    /// About how many bytes it takes, compiled.
    size: usize,
    /// How many parts it has, each as often as counts say.
    parts: u64,
    /// The name of each group, empty where it has none; the whole match is group 0.
    names: Vec<String>,
}

/// An expression for texts that are not ASCII, compiled when one comes.
#[derive(Debug)]
enum Any {
    /// The engine's form, for every text.
    Whole(String, OnceCell<regex::Regex>),
    /// Compiled for the characters of the texts that came, since for all of Unicode it takes long.
    Parts(Go, RefCell<Part>),
}

/// An expression for some characters.
#[derive(Debug, Default)]
struct Part {
    /// The blocks that it is for, beside ASCII.
    blocks: Vec<u32>,
    engine: Option<Rc<regex::Regex>>,
    /// How often it was compiled.
    times: usize,
}

/// The engine's form of an expression.
enum Engine<'r> {
    Kept(&'r regex::Regex),
    Shared(Rc<regex::Regex>),
}

impl Deref for Engine<'_> {
    type Target = regex::Regex;

    fn deref(&self) -> &regex::Regex {
        match self {
            Engine::Kept(engine) => engine,
            Engine::Shared(engine) => engine,
        }
    }
}

/// From how many bytes on an expression is compiled for the characters of a text alone, and how often before it is
/// compiled for all of Unicode.
const LARGE: usize = 512 << 10;
const MOST_PARTS: usize = 8;

/// What is wrong with an expression that Go takes, and the engine does not.
const TOO_LARGE: &str = "expression too large";

/// Most bytes a compiled expression may take.
const SIZE_LIMIT: usize = 64 << 20;

/// The sizes that are tried first: what an expression takes is known no better than by what it fits into, and nearly all
/// fit into the smallest.
const SIZES: [usize; 4] = [256 << 10, 2 << 20, 8 << 20, SIZE_LIMIT];

/// Most bytes of compiled expressions that a thread keeps, as far as their sizes are known.
const CACHE_LIMIT: usize = 128 << 20;

/// What a class of characters takes at most, compiled for all of Unicode, and what anything else of an expression
/// takes, in bytes.
const CLASS_SIZE: usize = 24 << 10;
const OTHER_SIZE: usize = 256;

type Compiled = Result<Rc<Regexp>, SyntaxError>;

/// The expressions that a thread has compiled.
#[derive(Default)]
struct Cache {
    known: HashMap<Vec<u8>, Compiled, RandomState>,
    bytes: usize,
    /// Whose names of classes they were compiled with.
    go: Go,
}

impl Cache {
    fn add(&mut self, source: &[u8], compiled: &Compiled) {
        let size = source.len() + compiled.as_ref().map_or(0, |regexp| regexp.size);
        if self.bytes + size > CACHE_LIMIT || self.go != Go::current() {
            *self = Cache { go: Go::current(), ..Cache::default() };
        }
        self.bytes += size;
        self.known.insert(source.to_vec(), compiled.clone());
    }
}

/// Counts what an expression of the cache takes in addition.
fn count(size: usize) {
    CACHE.with_borrow_mut(|cache| cache.bytes += size);
}

thread_local! {
    static CACHE: RefCell<Cache> = RefCell::default();
    static COMPILED: Cell<u64> = const { Cell::new(0) };
}

/// Returns how many parts of expressions this thread has compiled so far, as [`Regexp::parts`] counts them. It tells
/// what compiling takes: an expression is compiled when it is first asked for, and again when others have taken its
/// place, or when a text has other characters than those before.
pub fn compiled() -> u64 {
    COMPILED.get()
}

fn add_compiled(parts: u64) {
    COMPILED.set(COMPILED.get().saturating_add(parts));
}

/// Returns as how many parts it counts to compile an expression for all of Unicode.
fn in_unicode(source: &[u8]) -> u64 {
    (most_bytes(source) / OTHER_SIZE) as u64
}

/// Returns whether `regexp.Compile` takes the expression; checked without compiling it.
pub fn is_valid(source: &[u8]) -> bool {
    syntax::translate(source, Alphabet::ASCII).is_ok()
}

/// Where a match and its groups lie; `None` for a group that took no part.
type Spans = Vec<Option<(usize, usize)>>;

/// A text that the engine can search, and the way back to the offsets of the original.
struct Haystack<'a> {
    text: Cow<'a, str>,
    /// The original offset of each offset of `text`, where bytes had to be replaced.
    offsets: Option<Vec<usize>>,
    original: &'a [u8],
}

impl<'a> Haystack<'a> {
    /// Go reads each invalid byte as U+FFFD.
    fn new(original: &'a [u8]) -> Haystack<'a> {
        if let Ok(text) = std::str::from_utf8(original) {
            return Haystack { text: Cow::Borrowed(text), offsets: None, original };
        }
        let mut text = String::with_capacity(original.len() + 16);
        let mut offsets = Vec::with_capacity(original.len() + 17);
        let mut at = 0;
        while at < original.len() {
            let (c, width) = unicode::decode(&original[at..]);
            text.push(c);
            offsets.resize(text.len(), at);
            at += width;
        }
        offsets.push(at);
        Haystack { text: Cow::Owned(text), offsets: Some(offsets), original }
    }

    fn original_offset(&self, at: usize) -> usize {
        self.offsets.as_ref().and_then(|o| o.get(at).copied()).unwrap_or(at)
    }

    /// Returns the width of the character at an offset of `text`; 0 at the end.
    fn width(&self, at: usize) -> usize {
        self.text.get(at..).and_then(|s| s.chars().next()).map_or(0, char::len_utf8)
    }

    /// Returns the bytes of the original between offsets of `text`.
    fn slice(&self, start: usize, end: usize) -> &'a [u8] {
        self.original
            .get(self.original_offset(start)..self.original_offset(end))
            .unwrap_or_default()
    }
}

/// Returns how many classes of characters an expression has at most, outside of brackets.
fn classes(source: &[u8]) -> usize {
    let mut bytes = source.iter();
    // Behind a `\Q` brackets may be text.
    let has_brackets = !source.contains_str(r"\Q");
    let (mut count, mut is_inside) = (0, false);
    while let Some(b) = bytes.next() {
        match b {
            b'\\' => {
                let is_large = matches!(bytes.next(), Some(b'p' | b'P' | b'D' | b'S' | b'W'));
                count += usize::from(is_large && !is_inside);
            }
            b'[' if !is_inside => {
                count += 1;
                is_inside = has_brackets;
            }
            b']' => is_inside = false,
            b'.' if !is_inside => count += 1,
            _ => {}
        }
    }
    count
}

/// Returns how many bytes an expression can take, compiled, at most: each of its parts as often as all counts together
/// say, of which Go takes a product of 1000.
fn most_bytes(source: &[u8]) -> usize {
    let once = classes(source) * CLASS_SIZE + source.len() * OTHER_SIZE;
    let counts = source.split_str("{").skip(1).map(|rest| {
        let numbers = rest.split(|b| *b == b'}').next().unwrap_or_default();
        let numbers = numbers.split(|b| *b == b',');
        let known = numbers.filter_map(|n| n.to_str().ok()?.parse().ok());
        known.max().unwrap_or(1).max(1)
    });
    let times = counts.fold(1usize, usize::saturating_mul).min(1000);
    once.saturating_mul(times)
}

/// Compiles a pattern; which of the [`SIZES`] it fits into.
fn build(pattern: &str) -> Option<(regex::Regex, usize)> {
    SIZES.into_iter().find_map(|size| {
        let mut builder = regex::RegexBuilder::new(pattern);
        let built = builder.size_limit(size).nest_limit(4 * syntax::MAX_DEPTH).build();
        Some((built.ok()?, size))
    })
}

impl Regexp {
    /// Compiles an expression as `regexp.Compile` does; each thread keeps what it compiled.
    ///
    /// ```
    /// use gostd::regexp::Regexp;
    /// assert!(Regexp::compile(b"^v[0-9]+$").unwrap().is_match(b"v12"));
    /// assert_eq!(
    ///     Regexp::compile(b"a(").unwrap_err().to_string(),
    ///     "error parsing regexp: missing closing ): `a(`",
    /// );
    /// ```
    ///
    /// # Errors
    /// What is wrong with the expression.
    pub fn compile(source: &[u8]) -> Result<Rc<Regexp>, SyntaxError> {
        Regexp::known(source).unwrap_or_else(|| Regexp::add(source))
    }

    /// Does the same with an expression that has so many [`Regexp::parts`] at most; nothing of one that has more, or grows
    /// beyond the engine's limit of memory, which Go would have compiled.
    ///
    /// ```
    /// use gostd::regexp::Regexp;
    /// assert!(Regexp::compile_within(b"[a-z]{1,50}", 100).is_some());
    /// assert!(Regexp::compile_within(b"[a-z]{1,500}", 100).is_none());
    /// ```
    pub fn compile_within(source: &[u8], most: u64) -> Option<Result<Rc<Regexp>, SyntaxError>> {
        let compiled = match Regexp::known(source) {
            Some(known) => known,
            None => match syntax::translate(source, Alphabet::ASCII) {
                Ok(translated) if translated.parts > most => return None,
                Ok(_) => Regexp::add(source),
                Err(error) => Err(error),
            },
        };
        match compiled {
            Err(error) if error.code == TOO_LARGE => None,
            compiled => Some(compiled),
        }
    }

    fn known(source: &[u8]) -> Option<Compiled> {
        CACHE.with_borrow(|cache| match cache.go == Go::current() {
            true => cache.known.get(source).cloned(),
            false => None,
        })
    }

    fn add(source: &[u8]) -> Compiled {
        let compiled = Regexp::new(source).map(Rc::new);
        CACHE.with_borrow_mut(|cache| cache.add(source, &compiled));
        compiled
    }

    fn new(source: &[u8]) -> Result<Regexp, SyntaxError> {
        let parsed = syntax::translate(source, Alphabet::Unicode)?;
        // What Go accepts and the engine does not can only be too much for it.
        let too_large = || SyntaxError { code: TOO_LARGE, part: source.into() };
        let build = |pattern: &str| build(pattern).ok_or_else(too_large);
        let ascii = syntax::translate(source, Alphabet::ASCII)?.pattern;
        if ascii == parsed.pattern {
            add_compiled(parsed.parts);
        } else {
            // One that is never too large can be compiled later.
            if most_bytes(source) <= SIZE_LIMIT {
                let any = Some(match most_bytes(source) < LARGE {
                    true => Any::Whole(parsed.pattern, OnceCell::new()),
                    false => Any::Parts(Go::current(), RefCell::default()),
                });
                add_compiled(parsed.parts);
                let (ascii, size) = build(&ascii)?;
                return Ok(Regexp {
                    source: source.to_vec(),
                    ascii,
                    any,
                    size,
                    parts: parsed.parts,
                    names: parsed.names,
                });
            }
            add_compiled(in_unicode(source));
        }
        let (ascii, size) = build(&parsed.pattern)?;
        let Translated { names, parts, .. } = parsed;
        Ok(Regexp { source: source.to_vec(), ascii, any: None, size, parts, names })
    }

    /// Returns the engine's form of the expression for a text.
    fn engine(&self, text: &str) -> Engine<'_> {
        match &self.any {
            Some(any) if !text.is_ascii() => match any {
                Any::Whole(pattern, compiled) => Engine::Kept(
                    compiled.get_or_init(|| self.built(pattern, in_unicode(&self.source))),
                ),
                Any::Parts(go, part) => {
                    Engine::Shared(go.scope(|| self.part(&mut part.borrow_mut(), text)))
                }
            },
            _ => Engine::Kept(&self.ascii),
        }
    }

    /// Compiles a form of the expression that is known not to be too large.
    fn built(&self, pattern: &str, parts: u64) -> regex::Regex {
        add_compiled(parts);
        build(pattern).map_or_else(
            || self.ascii.clone(),
            |(engine, size)| {
                count(size);
                engine
            },
        )
    }

    /// Returns the form of the expression for the characters of a text.
    fn part(&self, part: &mut Part, text: &str) -> Rc<regex::Regex> {
        let mut missing: Vec<u32> = Vec::new();
        for c in text.chars().filter(|c| !c.is_ascii()) {
            let block = u32::from(c) / syntax::BLOCK;
            let is_known = missing.last() == Some(&block)
                || part.blocks.binary_search(&block).is_ok()
                || part.times > MOST_PARTS;
            if !is_known {
                missing.push(block);
            }
        }
        if let Some(engine) = part.engine.as_ref().filter(|_| missing.is_empty()) {
            return engine.clone();
        }
        part.blocks.append(&mut missing);
        part.blocks.sort_unstable();
        part.blocks.dedup();
        part.times += 1;
        let (alphabet, parts) = match part.times <= MOST_PARTS {
            true => (Alphabet::Blocks(&part.blocks), self.parts.saturating_mul(8)),
            false => (Alphabet::Unicode, in_unicode(&self.source)),
        };
        let engine = match syntax::translate(&self.source, alphabet) {
            Ok(translated) => self.built(&translated.pattern, parts),
            Err(_) => self.ascii.clone(),
        };
        part.engine.insert(Rc::new(engine)).clone()
    }

    /// Returns how many characters, classes, groups and operators it has, each as often as counts say. To compile it
    /// takes time and memory by this, and to match a text at most this times the length of the text.
    ///
    /// ```
    /// use gostd::regexp::Regexp;
    /// assert_eq!(Regexp::compile(b"^v[0-9]{1,100}").unwrap().parts(), 103);
    /// ```
    pub fn parts(&self) -> u64 {
        self.parts
    }

    /// Compiles as `regexp.MustCompile` does.
    ///
    /// # Errors
    /// What Go panics with.
    pub fn must_compile(source: &[u8]) -> Result<Rc<Regexp>, CompilePanic> {
        Regexp::compile(source).map_err(|error| CompilePanic { expression: source.into(), error })
    }

    /// Returns whether the text has a match anywhere.
    pub fn is_match(&self, s: &[u8]) -> bool {
        let haystack = Haystack::new(s);
        self.engine(&haystack.text).is_match(&haystack.text)
    }

    /// Returns the leftmost match, as `FindString` returns it.
    pub fn find<'a>(&self, s: &'a [u8]) -> Option<&'a [u8]> {
        let haystack = Haystack::new(s);
        let m = self.engine(&haystack.text).find(&haystack.text)?;
        Some(haystack.slice(m.start(), m.end()))
    }

    /// Returns the leftmost match and that of each group in it, as `FindStringSubmatch` does; nothing for a group that takes
    /// no part.
    ///
    /// ```
    /// use gostd::regexp::Regexp;
    /// let found = Regexp::compile(b"a(.)(x)?").unwrap().find_submatch(b"ba\xff").unwrap();
    /// assert_eq!(found, [Some(&b"a\xff"[..]), Some(&b"\xff"[..]), None]);
    /// ```
    pub fn find_submatch<'a>(&self, s: &'a [u8]) -> Option<Vec<Option<&'a [u8]>>> {
        let haystack = Haystack::new(s);
        let engine = self.engine(&haystack.text);
        let mut places = engine.capture_locations();
        engine.captures_read_at(&mut places, &haystack.text, 0)?;
        let group = |i| places.get(i).map(|(start, end)| haystack.slice(start, end));
        Some((0..places.len()).map(group).collect())
    }

    /// Returns where the first match begins.
    pub fn find_index(&self, s: &[u8]) -> Option<usize> {
        let found = self.find(s)?;
        Some(found.as_ptr() as usize - s.as_ptr() as usize)
    }

    /// Returns up to `limit` successive matches, of a negative limit all, as `FindAllString`
    /// returns them.
    pub fn find_all<'a>(&self, s: &'a [u8], limit: i64) -> Vec<&'a [u8]> {
        match self.find_all_within(s, limit, |_| Ok::<(), Infallible>(())) {
            Ok(all) => all,
            Err(never) => match never {},
        }
    }

    /// Returns the same, and asks before each search, with how many bytes there are still to be searched.
    ///
    /// # Errors
    /// The answer that no further search is to be made.
    pub fn find_all_within<'a, E>(
        &self,
        s: &'a [u8],
        limit: i64,
        ask: impl FnMut(usize) -> Result<(), E>,
    ) -> Result<Vec<&'a [u8]>, E> {
        let haystack = Haystack::new(s);
        let all = self.all_within(&haystack, limit, ask)?.into_iter();
        Ok(all.map(|(start, end)| haystack.slice(start, end)).collect())
    }

    fn all(&self, haystack: &Haystack<'_>, limit: i64) -> Vec<(usize, usize)> {
        match self.all_within(haystack, limit, |_| Ok::<(), Infallible>(())) {
            Ok(all) => all,
            Err(never) => match never {},
        }
    }

    fn all_within<E>(
        &self,
        haystack: &Haystack<'_>,
        limit: i64,
        mut ask: impl FnMut(usize) -> Result<(), E>,
    ) -> Result<Vec<(usize, usize)>, E> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let engine = self.engine(&haystack.text);
        let mut found = Vec::new();
        let mut at = 0;
        let mut last_end = None;
        while found.len() < limit && at <= haystack.text.len() {
            ask(haystack.text.len() - at)?;
            let Some(m) = engine.find_at(&haystack.text, at) else { break };
            // Go ignores an empty match right behind another one.
            let empty_again = m.end() == at && last_end == Some(m.start());
            at = if m.end() == at { at + haystack.width(at).max(1) } else { m.end() };
            last_end = Some(m.end());
            if !empty_again {
                found.push((m.start(), m.end()));
            }
        }
        Ok(found)
    }

    /// Returns the parts between matches, as `Split` returns them; `None` stands for Go's nil
    /// slice.
    pub fn split<'a>(&self, s: &'a [u8], limit: i64) -> Option<Vec<&'a [u8]>> {
        if limit == 0 {
            return None;
        }
        if !self.source.is_empty() && s.is_empty() {
            return Some(vec![s]);
        }
        let haystack = Haystack::new(s);
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut parts = Vec::new();
        let (mut start, mut end) = (0, 0);
        for (from, to) in self.all(&haystack, limit) {
            if parts.len() + 1 == most {
                break;
            }
            end = from;
            if to != 0 {
                parts.push(haystack.slice(start, end));
            }
            start = to;
        }
        if end != haystack.text.len() {
            parts.push(haystack.slice(start, haystack.text.len()));
        }
        Some(parts)
    }

    /// Replaces each match by the template's expansion (`$1`, `${name}`, `$$`), as
    /// `ReplaceAllString` does. `None` where the result would pass `max` bytes.
    pub fn replace_all(&self, s: &[u8], template: &[u8], max: usize) -> Option<Vec<u8>> {
        if !template.contains(&b'$') {
            return self.replace_all_literal(s, template, max);
        }
        let haystack = Haystack::new(s);
        self.replace(&haystack, max, |out, groups| {
            self.expand(out, template, &haystack, groups);
        })
    }

    /// Replaces each match by a text, as `ReplaceAllLiteralString` does. `None` where the result
    /// would pass `max` bytes.
    pub fn replace_all_literal(&self, s: &[u8], text: &[u8], max: usize) -> Option<Vec<u8>> {
        let haystack = Haystack::new(s);
        self.replace(&haystack, max, |out, _| out.extend_from_slice(text))
    }

    fn replace(
        &self,
        haystack: &Haystack<'_>,
        max: usize,
        mut write: impl FnMut(&mut Vec<u8>, &Spans),
    ) -> Option<Vec<u8>> {
        let engine = self.engine(&haystack.text);
        let mut places = engine.capture_locations();
        let mut out = Vec::with_capacity(haystack.original.len());
        let mut last_end = 0;
        let mut at = 0;
        let mut groups = Vec::new();
        while at <= haystack.text.len()
            && let Some(m) = engine.captures_read_at(&mut places, &haystack.text, at)
        {
            groups.clear();
            groups.extend((0..places.len()).map(|i| places.get(i)));
            out.extend_from_slice(haystack.slice(last_end, m.start()));
            // Nothing is put where an empty match follows another match.
            if m.end() > last_end || m.start() == 0 {
                write(&mut out, &groups);
            }
            if out.len() > max {
                return None;
            }
            last_end = m.end();
            at = m.end().max(at + haystack.width(at).max(1));
        }
        out.extend_from_slice(haystack.slice(last_end, haystack.text.len()));
        Some(out)
    }

    fn expand(&self, out: &mut Vec<u8>, template: &[u8], haystack: &Haystack<'_>, groups: &Spans) {
        let mut rest = template;
        while let Some(dollar) = rest.find_byte(b'$') {
            out.extend_from_slice(&rest[..dollar]);
            rest = &rest[dollar + 1..];
            if let Some(after) = rest.strip_prefix(b"$") {
                out.push(b'$');
                rest = after;
                continue;
            }
            let Some((name, after)) = reference(rest) else {
                out.push(b'$');
                continue;
            };
            rest = after;
            let group = match number(name) {
                Some(n) => groups.get(n).copied().flatten(),
                None => {
                    let named = self.names.iter().zip(groups);
                    named.filter(|(n, _)| n.as_bytes() == name).find_map(|(_, group)| *group)
                }
            };
            if let Some((start, end)) = group {
                out.extend_from_slice(haystack.slice(start, end));
            }
        }
        out.extend_from_slice(rest);
    }
}

/// Returns the name after a `$`, bare or in braces, and what follows it.
fn reference(s: &[u8]) -> Option<(&[u8], &[u8])> {
    let (braced, body) = match s.strip_prefix(b"{") {
        Some(body) => (true, body),
        None => (false, s),
    };
    let part = |c| unicode::is_letter(c) || unicode::is_digit(c) || c == '_';
    let mut len = 0;
    loop {
        let (c, width) = unicode::decode(&body[len..]);
        if width == 0 || !part(c) {
            break;
        }
        len += width;
    }
    let (name, rest) = body.split_at(len);
    match braced {
        _ if name.is_empty() => None,
        true => Some((name, rest.strip_prefix(b"}")?)),
        false => Some((name, rest)),
    }
}

/// Returns a group's number; names with leading zeros or other letters are none.
fn number(name: &[u8]) -> Option<usize> {
    if name.len() > 1 && name.starts_with(b"0") || !name.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(name).ok()?.parse().ok().filter(|n| *n < 1_000_000_000)
}

/// Escapes what has a meaning in expressions, as `regexp.QuoteMeta` does.
pub fn quote_meta(s: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len() + 8);
    for &b in s {
        if br"\.+*?()|[]{}^$".contains(&b) {
            out.push(b'\\');
        }
        out.push(b);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both forms of an expression have to agree on ASCII, and the longer one has to see the rest.
    #[test]
    fn texts_of_ascii_and_others_match_alike() {
        let expressions = [
            "[^a-z]+",
            "(?s).",
            ".",
            "(?i)[^k]",
            r"\W+",
            r"\D\S",
            r"[^\d\-]$",
            r"[[:^alpha:]]x?",
            r"^[^/]+/(.*)$",
            r"\PL",
            "(?U).+",
            r"[\Wa]b",
        ];
        let texts = ["", "abc", "A-1/b k\nK", "x_y.z", "/", "\n", "ab1 \x7f~"];
        for expression in expressions {
            let regexp = Regexp::compile(expression.as_bytes()).unwrap();
            assert!(regexp.any.is_some());
            let whole = syntax::translate(expression.as_bytes(), Alphabet::Unicode).unwrap();
            let (any, _) = build(&whole.pattern).unwrap();
            for text in texts {
                let spans =
                    |r: &regex::Regex| -> Vec<_> { r.find_iter(text).map(|m| m.range()).collect() };
                assert_eq!(spans(&regexp.ascii), spans(&any), "{expression} on {text:?}");
            }
        }
        let found = |e: &[u8], s: &'static str| {
            Regexp::compile(e).unwrap().find(s.as_bytes()).map(<[u8]>::to_vec)
        };
        assert_eq!(found(b"[^a-z]+", "a\u{e9}\u{4e16}b"), Some("\u{e9}\u{4e16}".into()));
        assert_eq!(found(b"a.", "a\u{e9}"), Some("a\u{e9}".into()));
    }

    /// What is compiled for the characters of a text finds there what the whole finds.
    #[test]
    fn large_expressions_match_as_if_compiled_for_all_of_unicode() {
        let texts = [
            "caf\u{e9} 12 \u{e9}\u{4e16}\u{754c}",
            "\u{212a}k\u{17f}s",
            "\u{10d40}\u{378}x\u{3b1}\u{3c9}",
            "\u{1f600}a\u{fffd}",
            "\u{3000}\u{2028}\u{a0}|",
        ];
        let others: Vec<String> =
            (3..40).map(|i| format!("a{}b", char::from_u32(i * 100).unwrap())).collect();
        for expression in [
            r"\pL{1,100}",
            r"(?i)[^k]{1,100}",
            r"(?i)\p{Lu}{2,90}",
            r"[^\pL\s]{1,100}",
            r"\PL{1,50}\b",
            r"(?s).{1,100}",
            r"(?i)[\p{Greek}s]{1,99}",
            r"[^\x{e9}]{1,100}",
            r"[[:^alpha:]]{1,100}",
        ] {
            let regexp = Regexp::compile(expression.as_bytes()).unwrap();
            assert!(matches!(regexp.any, Some(Any::Parts(..))), "{expression}");
            let whole = syntax::translate(expression.as_bytes(), Alphabet::Unicode).unwrap();
            let (whole, _) = build(&whole.pattern).unwrap();
            for text in texts.iter().copied().chain(others.iter().map(String::as_str)) {
                let spans =
                    |r: &regex::Regex| -> Vec<_> { r.find_iter(text).map(|m| m.range()).collect() };
                assert_eq!(spans(&regexp.engine(text)), spans(&whole), "{expression} on {text:?}");
            }
        }
    }

    #[test]
    fn classes_are_counted() {
        for (source, want) in [
            (r"a\.b\[c", 0),
            (r".\pL\W\w\d", 3),
            (r"[\pL\pN.\]]{1000}", 1),
            (r"[[:alpha:]\pL]", 2),
            (r"[]\pL]", 2),
            (r"\Q[\E\pL\PL", 3),
        ] {
            assert_eq!(classes(source.as_bytes()), want, "{source}");
        }
        let most = |source: &str| most_bytes(source.as_bytes());
        assert_eq!(most(r".{10}99999999"), 10 * (CLASS_SIZE + 13 * OTHER_SIZE));
        assert_eq!(most(r"(.{2,10}){7}"), 70 * (CLASS_SIZE + 12 * OTHER_SIZE));
        assert_eq!(most(r"\p{Greek}"), CLASS_SIZE + 9 * OTHER_SIZE);
    }

    #[test]
    fn names_of_classes_are_those_of_the_release() {
        for (pattern, text, since) in [
            (r"^\p{Letter}$", "é", Go::V1_25),
            (r"^\p{lu}$", "A", Go::V1_25),
            (r"^\p{old-italic}$", "\u{10300}", Go::V1_25),
            (r"^\p{SIGNWRITING}$", "\u{1d800}", Go::V1_25),
            (r"^\p{cntrl}$", "\u{1}", Go::V1_25),
            (r"^\p{LC}\P{^LC}$", "aB", Go::V1_25),
            (r"^\p{ASCII}+\p{^ASCII}$", "ab~é", Go::V1_25),
            (r"^\p{Assigned}\P{Assigned}$", "a\u{378}", Go::V1_25),
            (r"^\p{Cn}[\p{Unassigned}]$", "\u{378}\u{378}", Go::V1_25),
            (r"^\p{Garay}$", "\u{10d40}", Go::V1_27),
            (r"^\p{sidetic}$", "\u{10940}", Go::V1_27),
            (r"^\p{Any}\p{L}$", "aé", Go::V1_23),
        ] {
            for go in [Go::V1_23, Go::V1_24, Go::V1_25, Go::V1_27] {
                let found = go.scope(|| Regexp::compile(pattern.as_bytes()));
                assert_eq!(found.is_ok(), go >= since, "{pattern} {go:?}");
                assert!(found.is_err() || found.unwrap().is_match(text.as_bytes()), "{pattern}");
            }
        }
        // U+10D40 is a digit since Unicode 16.
        for go in [Go::V1_23, Go::V1_25, Go::V1_27] {
            for (pattern, want) in [
                (r"^[\p{N}x]$", go >= Go::V1_27),
                (r"^\P{Nd}$", go < Go::V1_27),
                (r"^[^\p{L}]$", true),
            ] {
                let regexp = go.scope(|| Regexp::compile(pattern.as_bytes()).unwrap());
                assert_eq!(regexp.is_match("\u{10d40}".as_bytes()), want, "{pattern} {go:?}");
            }
        }
        // Category C has what is not assigned since Go 1.25.
        for (go, want) in [(Go::V1_24, false), (Go::V1_25, true)] {
            let got =
                go.scope(|| Regexp::compile(br"^\pC$").unwrap().is_match("\u{378}".as_bytes()));
            assert_eq!(got, want);
        }
    }
}
