//! Translates RE2's syntax, as Go's `regexp/syntax` reads it, for the regex crate.
//!
//! Flags are resolved here and written on each atom (`(?i:a)`), since the two dialects differ in
//! where a bare `(?i)` may stand; groups lose their names, which the crate wants to be unique.

use std::fmt::Write;

use bstr::ByteSlice;

use super::error::SyntaxError;
use super::names::{ALIASES, CATEGORIES, LATER_SCRIPTS, SCRIPTS};
use crate::Go;
use crate::unicode;

/// Deepest nesting of groups; Go refuses trees higher than 1000.
pub(super) const MAX_DEPTH: u32 = 1000;

/// Largest count of a repetition, and of nested ones multiplied.
const MAX_REPEAT: u32 = 1000;

/// An expression for the regex crate.
pub(super) struct Translated {
    pub(super) pattern: String,
    /// One entry a group, the whole match included; empty where it has no name.
    pub(super) names: Vec<String>,
    /// How many characters, classes, groups and operators it has, each as often as counts say.
    pub(super) parts: u64,
}

#[derive(Clone, Copy, Default)]
struct Flags {
    fold: bool,
    multi_line: bool,
    dot_all: bool,
    ungreedy: bool,
}

/// The last thing a repetition could apply to.
#[derive(Clone, Copy)]
struct Atom {
    /// Where it starts in the output
    start: usize,
    /// The largest product of nested repetition counts in it
    repeats: u64,
    repeated: bool,
    /// How many parts it has
    parts: u64,
}

struct Group {
    flags: Flags,
    start: usize,
    /// As in [`Atom`], of what the group holds so far
    repeats: u64,
    parts: u64,
}

struct Parser<'a> {
    source: &'a [u8],
    /// What a class holds at most, as members of a class; nothing where that is all of Unicode
    alphabet: Option<String>,
    at: usize,
    flags: Flags,
    out: String,
    groups: Vec<Group>,
    names: Vec<String>,
    atom: Option<Atom>,
    /// The largest product of repetition counts outside of all groups or in the innermost one
    repeats: u64,
    /// How many parts there are so far outside of all groups or in the innermost one
    parts: u64,
    /// Where the repetition operator started that came just before
    last_repeat: Option<usize>,
    /// Where the last `:]` stands, which ends names of classes
    last_name_end: Option<usize>,
}

type Parsed<T> = Result<T, SyntaxError>;

const ESCAPE: &str = "invalid escape sequence";
const CHAR_RANGE: &str = "invalid character class range";
/// Matches nothing: what Go makes of a lone surrogate, which no text contains.
const NOTHING: &str = r"[^\x{0}-\x{10FFFF}]";

/// The characters of the texts that an expression is for. A class that names what it does *not* hold,
/// or a property, takes the engine long to compile if that is all of Unicode.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Alphabet<'b> {
    /// ASCII, and these blocks of [`BLOCK`] characters each, by their numbers, sorted.
    Blocks(&'b [u32]),
    Unicode,
}

impl Alphabet<'_> {
    pub(super) const ASCII: Alphabet<'static> = Alphabet::Blocks(&[]);

    /// Returns the characters as members of a class.
    fn members(self) -> Option<String> {
        let Alphabet::Blocks(blocks) = self else { return None };
        let mut out = r"\x00-\x7F".to_owned();
        for run in blocks.chunk_by(|a, b| a + 1 == *b) {
            let [first, .., last] = run else {
                run.iter().for_each(|block| push_blocks(&mut out, *block, *block));
                continue;
            };
            push_blocks(&mut out, *first, *last);
        }
        Some(out)
    }
}

/// How many characters a block has: as many as differ in their last byte alone.
pub(super) const BLOCK: u32 = 64;

fn push_blocks(out: &mut String, first: u32, last: u32) {
    out.push_str(&format!("\\x{{{:X}}}-\\x{{{:X}}}", first * BLOCK, last * BLOCK + (BLOCK - 1)));
}

/// Rewrites an expression, or tells what Go finds wrong with it.
pub(super) fn translate(source: &[u8], alphabet: Alphabet<'_>) -> Parsed<Translated> {
    let mut p = Parser {
        source,
        alphabet: alphabet.members(),
        at: 0,
        flags: Flags::default(),
        out: String::with_capacity(source.len() * 2),
        groups: Vec::new(),
        names: vec![String::new()],
        atom: None,
        repeats: 1,
        parts: 0,
        last_repeat: None,
        last_name_end: source.rfind(b":]"),
    };
    while p.at < source.len() {
        let start = p.at;
        let repeated = p.step()?;
        p.last_repeat = repeated.then_some(start);
    }
    if !p.groups.is_empty() {
        return p.fail_whole("missing closing )");
    }
    Ok(Translated { pattern: p.out, names: p.names, parts: p.parts })
}

impl<'a> Parser<'a> {
    fn fail<T>(&self, code: &'static str, from: usize) -> Parsed<T> {
        Err(SyntaxError { code, part: self.source[from..self.at].into() })
    }

    fn fail_rest<T>(&self, code: &'static str, from: usize) -> Parsed<T> {
        Err(SyntaxError { code, part: self.source[from..].into() })
    }

    fn fail_whole<T>(&self, code: &'static str) -> Parsed<T> {
        self.fail_rest(code, 0)
    }

    fn rest(&self) -> &'a [u8] {
        &self.source[self.at..]
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.source.get(self.at + ahead).copied()
    }

    /// Returns the next character; U+FFFD at the end, as Go's decoder says.
    fn character(&mut self) -> Parsed<char> {
        let (c, width) = unicode::decode(self.rest());
        if c == char::REPLACEMENT_CHARACTER && width == 1 {
            return self.fail_rest("invalid UTF-8", self.at);
        }
        self.at += width;
        Ok(c)
    }

    fn check_utf8(&self, from: usize, to: usize) -> Parsed<()> {
        match std::str::from_utf8(&self.source[from..to]) {
            Ok(_) => Ok(()),
            Err(e) => Err(SyntaxError {
                code: "invalid UTF-8",
                part: self.source[from + e.valid_up_to()..to].into(),
            }),
        }
    }

    /// Reads one token; tells whether it was a repetition.
    fn step(&mut self) -> Parsed<bool> {
        // The caller has seen that there is a byte.
        let b = self.source[self.at];
        match b {
            b'(' => return self.open().map(|()| false),
            b'|' => {
                self.at += 1;
                self.out.push('|');
                self.atom = None;
            }
            b')' => self.close()?,
            b'^' if self.flags.multi_line => self.assertion("(?m:^)", 1),
            b'^' => self.assertion(r"\A", 1),
            b'$' if self.flags.multi_line => self.assertion("(?m:$)", 1),
            b'$' => self.assertion(r"\z", 1),
            b'.' => {
                self.at += 1;
                self.begin();
                match (self.flags.dot_all, &self.alphabet) {
                    (false, _) => self.push_class(r"[^\n]"),
                    (true, Some(members)) => self.out.extend(["[", members, "]"]),
                    (true, None) => self.out.push_str("(?s:.)"),
                }
            }
            b'[' => self.class()?,
            b'*' | b'+' | b'?' => {
                let start = self.at;
                self.at += 1;
                self.repeat(start, u64::from(b != b'?'), None)?;
                return Ok(true);
            }
            b'{' => return self.braces(),
            b'\\' => self.backslash()?,
            _ => {
                let c = self.character()?;
                self.literal(c);
            }
        }
        Ok(false)
    }

    /// Starts an atom at the end of the output.
    fn begin(&mut self) {
        self.atom = Some(Atom { start: self.out.len(), repeats: 1, repeated: false, parts: 1 });
        self.parts = self.parts.saturating_add(1);
    }

    fn assertion(&mut self, text: &str, len: usize) {
        self.begin();
        self.out.push_str(text);
        self.at += len;
    }

    fn literal(&mut self, c: impl Into<u32>) {
        self.begin();
        let Some(c) = char::from_u32(c.into()) else {
            self.out.push_str(NOTHING);
            return;
        };
        let fold = self.flags.fold && (c.is_ascii_alphabetic() || !c.is_ascii());
        if fold {
            self.out.push_str("(?i:");
        }
        if c.is_ascii_alphanumeric() || !c.is_ascii() {
            self.out.push(c);
        } else {
            push_hex(&mut self.out, c);
        }
        if fold {
            self.out.push(')');
        }
    }

    fn group(&mut self, text: &str) -> Parsed<()> {
        if self.groups.len() as u32 >= MAX_DEPTH {
            return self.fail_whole("expression nests too deeply");
        }
        let start = self.out.len();
        let (repeats, parts) = (self.repeats, self.parts);
        self.groups.push(Group { flags: self.flags, start, repeats, parts });
        (self.repeats, self.parts) = (1, 1);
        self.out.push_str(text);
        self.atom = None;
        Ok(())
    }

    fn open(&mut self) -> Parsed<()> {
        if self.peek(1) != Some(b'?') {
            self.at += 1;
            self.names.push(String::new());
            return self.group("(");
        }
        let start = self.at;
        let rest = self.rest();
        let named = match rest {
            [_, _, b'P', b'<', _, ..] => Some(4),
            [_, _, b'<', _, ..] => Some(3),
            _ => None,
        };
        if let Some(prefix) = named {
            let Some(len) = rest.iter().position(|b| *b == b'>') else {
                self.check_utf8(start, self.source.len())?;
                return self.fail_rest("invalid named capture", start);
            };
            self.check_utf8(start + prefix, (start + len).max(start + prefix))?;
            let name = self.source.get(start + prefix..start + len).unwrap_or_default();
            self.at = start + len + 1;
            if name.is_empty() || !name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_') {
                return self.fail("invalid named capture", start);
            }
            self.names.push(String::from_utf8_lossy(name).into_owned());
            return self.group("(");
        }
        self.at += 2;
        let mut flags = self.flags;
        let mut on = true;
        let mut seen = false;
        while self.at < self.source.len() {
            match self.character()? {
                'i' => flags.fold = on,
                'm' => flags.multi_line = on,
                's' => flags.dot_all = on,
                'U' => flags.ungreedy = on,
                '-' if on => {
                    on = false;
                    seen = false;
                    continue;
                }
                c @ (':' | ')') if on || seen => {
                    if c == ':' {
                        self.group("(?:")?;
                    }
                    self.flags = flags;
                    return Ok(());
                }
                _ => break,
            }
            seen = true;
        }
        self.fail("invalid or unsupported Perl syntax", start)
    }

    fn close(&mut self) -> Parsed<()> {
        let Some(group) = self.groups.pop() else { return self.fail_whole("unexpected )") };
        self.at += 1;
        self.out.push(')');
        self.flags = group.flags;
        let (repeats, parts) = (self.repeats, self.parts);
        self.atom = Some(Atom { start: group.start, repeats, repeated: false, parts });
        self.repeats = repeats.max(group.repeats);
        self.parts = parts.saturating_add(group.parts);
        Ok(())
    }

    /// Reads `{n}`, `{n,}`, `{n,m}`; anything else is a literal brace.
    fn braces(&mut self) -> Parsed<bool> {
        let start = self.at;
        let Some((min, max, len)) = counts(self.rest()) else {
            self.at += 1;
            self.literal('{');
            return Ok(false);
        };
        self.at += len;
        let most = max.unwrap_or(min);
        if min > MAX_REPEAT || most > MAX_REPEAT || most < min {
            return self.fail("invalid repeat count", start);
        }
        self.repeat(start, u64::from(most), Some(min >= 2 || max.is_some_and(|m| m >= 2)))?;
        Ok(true)
    }

    /// Applies the operator between `start` and here to the atom before it. `count` is what it
    /// multiplies nested repetitions by; `counted` tells of a count in braces whether Go checks it.
    fn repeat(&mut self, start: usize, count: u64, counted: Option<bool>) -> Parsed<()> {
        let operator = self.at;
        let lazy = self.peek(0) == Some(b'?');
        self.at += usize::from(lazy);
        if let Some(last) = self.last_repeat {
            return self.fail("invalid nested repetition operator", last);
        }
        let Some(mut atom) = self.atom else {
            return self.fail("missing argument to repetition operator", start);
        };
        if atom.repeated {
            self.out.insert_str(atom.start, "(?:");
            self.out.push(')');
        }
        for &b in &self.source[start..operator] {
            self.out.push(char::from(b));
        }
        if lazy != self.flags.ungreedy {
            self.out.push('?');
        }
        if let Some(checked) = counted {
            // A count of zero hides what it repeats from the check.
            let repeats = if count == 0 { 1 } else { atom.repeats.saturating_mul(count) };
            if checked && repeats > u64::from(MAX_REPEAT) {
                return self.fail("invalid repeat count", start);
            }
            atom.repeats = repeats;
        }
        let times = counted.map_or(1, |_| count);
        let parts = atom.parts.saturating_mul(times).saturating_add(1);
        self.parts = self.parts.saturating_sub(atom.parts).saturating_add(parts);
        atom.parts = parts;
        atom.repeated = true;
        self.atom = Some(atom);
        self.repeats = self.repeats.max(atom.repeats);
        Ok(())
    }

    fn backslash(&mut self) -> Parsed<()> {
        let start = self.at;
        match self.peek(1) {
            Some(b'A') => self.assertion(r"\A", 2),
            Some(b'z') => self.assertion(r"\z", 2),
            Some(b'b') => self.assertion(r"(?-u:\b)", 2),
            Some(b'B') => self.assertion(r"(?-u:\B)", 2),
            Some(b'C') => {
                self.at += 2;
                return self.fail(ESCAPE, start);
            }
            Some(b'Q') => {
                self.at += 2;
                let end = self.rest().windows(2).position(|w| w == br"\E");
                let stop = end.map_or(self.source.len(), |n| self.at + n);
                while self.at < stop {
                    let (c, width) = unicode::decode(&self.source[self.at..stop]);
                    if c == char::REPLACEMENT_CHARACTER && width == 1 {
                        let part = self.source[self.at..stop].into();
                        return Err(SyntaxError { code: "invalid UTF-8", part });
                    }
                    self.at += width;
                    self.literal(c);
                }
                self.at += if end.is_some() { 2 } else { 0 };
            }
            Some(b'p' | b'P') => {
                let class = self.unicode_class()?;
                self.class_atom(&class);
            }
            _ => match self.perl_class() {
                Some(class) => self.class_atom(class),
                None => {
                    let c = self.escape()?;
                    self.literal(c);
                }
            },
        }
        Ok(())
    }

    /// Writes a class that stands alone.
    fn class_atom(&mut self, class: &str) {
        self.begin();
        self.out.push_str(if self.flags.fold { "(?i:" } else { "" });
        self.push_class(class);
        self.out.push_str(if self.flags.fold { ")" } else { "" });
    }

    fn push_class(&mut self, class: &str) {
        // As a member a `^` is written as a number, and so is a backslash.
        let is_large = class.contains('^') || class.contains(r"\p") || class.contains(r"\P");
        match &self.alphabet {
            Some(members) if is_large => self.out.extend(["[", class, "&&[", members, "]]"]),
            _ => self.out.push_str(class),
        }
    }

    /// Reads `\d`, `\s`, `\w` and their negations, which are ASCII in Go.
    fn perl_class(&mut self) -> Option<&'static str> {
        let class = match self.rest() {
            [b'\\', b'd', ..] => "[0-9]",
            [b'\\', b'D', ..] => "[^0-9]",
            [b'\\', b's', ..] => r"[\t\n\f\r ]",
            [b'\\', b'S', ..] => r"[^\t\n\f\r ]",
            [b'\\', b'w', ..] => "[0-9A-Za-z_]",
            [b'\\', b'W', ..] => "[^0-9A-Za-z_]",
            _ => return None,
        };
        self.at += 2;
        Some(class)
    }

    /// Reads `\pL`, `\p{Greek}`, `\P{^Lu}` …; the caller has seen the `\p`.
    fn unicode_class(&mut self) -> Parsed<String> {
        let start = self.at;
        let mut negated = self.peek(1) == Some(b'P');
        self.at += 2;
        let name = if self.character()? == '{' {
            let Some(len) = self.rest().iter().position(|b| *b == b'}') else {
                self.check_utf8(start, self.source.len())?;
                return self.fail_rest(CHAR_RANGE, start);
            };
            let from = self.at;
            self.check_utf8(from, from + len)?;
            self.at += len + 1;
            &self.source[from..from + len]
        } else {
            &self.source[start + 2..self.at]
        };
        let name = match name.strip_prefix(b"^") {
            Some(name) => {
                negated = !negated;
                name
            }
            None => name,
        };
        let name = std::str::from_utf8(name).unwrap_or_default();
        if Go::current() >= Go::V1_25 {
            let Some((class, is_inverted)) = later_class(name) else {
                return self.fail(CHAR_RANGE, start);
            };
            return Ok(format!("[{}{class}]", if negated != is_inverted { "^" } else { "" }));
        }
        let class = match name {
            "Any" => r"\x{0}-\x{10FFFF}".to_owned(),
            // Go's category C lacks what is not assigned; no text contains surrogates.
            "C" => r"\p{Cc}\p{Cf}\p{Co}".to_owned(),
            "Cs" => NOTHING.to_owned(),
            _ if CATEGORIES.binary_search(&name).is_ok() => known(format!(r"\p{{gc={name}}}")),
            _ if SCRIPTS.binary_search(&name).is_ok() => known(format!(r"\p{{sc={name}}}")),
            _ => return self.fail(CHAR_RANGE, start),
        };
        Ok(format!("[{}{class}]", if negated { "^" } else { "" }))
    }

    /// Returns a character after a backslash.
    fn escape(&mut self) -> Parsed<u32> {
        let start = self.at;
        self.at += 1;
        if self.at >= self.source.len() {
            return Err(SyntaxError {
                code: "trailing backslash at end of expression",
                part: Box::default(),
            });
        }
        let octal = |b: Option<u8>| b.filter(|b| matches!(b, b'0'..=b'7'));
        let c = self.character()?;
        Ok(match c {
            '0'..='7' if c == '0' || octal(self.peek(0)).is_some() => {
                let mut n = c as u32 - '0' as u32;
                for _ in 1..3 {
                    let Some(b) = octal(self.peek(0)) else { break };
                    n = n * 8 + u32::from(b - b'0');
                    self.at += 1;
                }
                n
            }
            'x' => match self.hex()? {
                Some(n) => n,
                None => return self.fail(ESCAPE, start),
            },
            'a' => 7,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => c as u32,
            _ => return self.fail(ESCAPE, start),
        })
    }

    /// Returns the digits of `\x41` or `\x{41}`; `None` where they are not what they should be.
    fn hex(&mut self) -> Parsed<Option<u32>> {
        if self.at >= self.source.len() {
            return Ok(None);
        }
        let first = self.character()?;
        if first != '{' {
            let second = self.character()?;
            return Ok(first.to_digit(16).zip(second.to_digit(16)).map(|(a, b)| a * 16 + b));
        }
        let mut n = None;
        while self.at < self.source.len() {
            let c = self.character()?;
            if c == '}' {
                return Ok(n);
            }
            let Some(digit) = c.to_digit(16) else { return Ok(None) };
            let value = n.unwrap_or(0) * 16 + digit;
            if value > char::MAX as u32 {
                return Ok(None);
            }
            n = Some(value);
        }
        Ok(None)
    }

    /// Reads `[…]`
    fn class(&mut self) -> Parsed<()> {
        let start = self.at;
        self.at += 1;
        let mut class = String::from("[");
        if self.peek(0) == Some(b'^') {
            self.at += 1;
            class.push('^');
        }
        let mut empty = true;
        let mut first = true;
        while first || self.peek(0) != Some(b']') {
            first = false;
            if self.rest().starts_with(b"[:")
                && let Some(named) = self.posix_class()?
            {
                class.push_str(named);
            } else if matches!(self.rest(), [b'\\', b'p' | b'P', ..]) {
                class.push_str(&self.unicode_class()?);
            } else if let Some(perl) = self.perl_class() {
                class.push_str(perl);
            } else {
                let range = self.at;
                let low = self.class_character(start)?;
                let mut high = low;
                if matches!(self.rest(), [b'-', next, ..] if *next != b']') {
                    self.at += 1;
                    high = self.class_character(start)?;
                    if high < low {
                        return self.fail(CHAR_RANGE, range);
                    }
                }
                if !push_range(&mut class, low, high) {
                    continue;
                }
            }
            empty = false;
        }
        self.at += 1;
        if empty {
            // Nothing but surrogates, which no text contains.
            class.push_str(NOTHING);
        }
        class.push(']');
        self.class_atom(&class);
        Ok(())
    }

    fn class_character(&mut self, class: usize) -> Parsed<u32> {
        match self.peek(0) {
            None => self.fail_rest("missing closing ]", class),
            Some(b'\\') => self.escape(),
            Some(_) => self.character().map(u32::from),
        }
    }

    /// Reads `[:alpha:]` and its like; `None` where no such thing is meant.
    fn posix_class(&mut self) -> Parsed<Option<&'static str>> {
        let start = self.at;
        // Where there is no end, nothing is looked for in all of the rest.
        let has_end = self.last_name_end.is_some_and(|end| end >= self.at + 2);
        let rest = self.rest().get(2..).filter(|_| has_end).unwrap_or_default();
        let Some(len) = rest.find(b":]") else { return Ok(None) };
        self.at += len + 4;
        let name = &self.source[start + 2..start + 2 + len];
        let (negated, name) = match name.strip_prefix(b"^") {
            Some(name) => (true, name),
            None => (false, name),
        };
        const NAMES: [&str; 14] = [
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print",
            "punct", "space", "upper", "word", "xdigit",
        ];
        // The crate reads the same names the same way.
        const CLASSES: [[&str; 2]; 14] = [
            ["[[:alnum:]]", "[[:^alnum:]]"],
            ["[[:alpha:]]", "[[:^alpha:]]"],
            ["[[:ascii:]]", "[[:^ascii:]]"],
            ["[[:blank:]]", "[[:^blank:]]"],
            ["[[:cntrl:]]", "[[:^cntrl:]]"],
            ["[[:digit:]]", "[[:^digit:]]"],
            ["[[:graph:]]", "[[:^graph:]]"],
            ["[[:lower:]]", "[[:^lower:]]"],
            ["[[:print:]]", "[[:^print:]]"],
            ["[[:punct:]]", "[[:^punct:]]"],
            ["[[:space:]]", "[[:^space:]]"],
            ["[[:upper:]]", "[[:^upper:]]"],
            ["[[:word:]]", "[[:^word:]]"],
            ["[[:xdigit:]]", "[[:^xdigit:]]"],
        ];
        match NAMES.iter().position(|n| n.as_bytes() == name) {
            Some(i) => Ok(Some(CLASSES[i][usize::from(negated)])),
            None => self.fail(CHAR_RANGE, start),
        }
    }
}

fn push_hex(out: &mut String, c: char) {
    // Writing to a String cannot fail.
    let _ = write!(out, r"\x{{{:x}}}", c as u32);
}

/// Writes a range of a class without its surrogates; whether there was anything left.
fn push_range(class: &mut String, low: u32, high: u32) -> bool {
    let surrogate = |n: &u32| (0xd800..=0xdfff).contains(n);
    let low = if surrogate(&low) { 0xe000 } else { low };
    let high = if surrogate(&high) { 0xd7ff } else { high };
    match (char::from_u32(low), char::from_u32(high)) {
        (Some(a), Some(b)) if a <= b => {
            push_hex(class, a);
            if a != b {
                class.push('-');
                push_hex(class, b);
            }
            true
        }
        _ => false,
    }
}

/// Returns the numbers of `{min}` (with itself as the most), `{min,}` or `{min,max}`, and its
/// length.
fn counts(s: &[u8]) -> Option<(u32, Option<u32>, usize)> {
    let mut at = 1;
    let (min, len) = count(&s[at..])?;
    at += len;
    let mut max = Some(min);
    if s.get(at) == Some(&b',') {
        at += 1;
        max = None;
        if s.get(at) != Some(&b'}') {
            let (n, len) = count(&s[at..])?;
            max = Some(n);
            at += len;
        }
    }
    (s.get(at) == Some(&b'}')).then_some((min, max, at + 1))
}

/// Returns a number without leading zeros, of any size: those too large come out as the largest.
fn count(s: &[u8]) -> Option<(u32, usize)> {
    let len = s.iter().take_while(|b| b.is_ascii_digit()).count();
    if len == 0 || (len > 1 && s[0] == b'0') {
        return None;
    }
    let n =
        s[..len].iter().fold(0u32, |n, b| n.saturating_mul(10).saturating_add(u32::from(b - b'0')));
    Some((n, len))
}

/// The characters of Unicode 15.
const UNICODE_15: &str = r"\p{age=15.0}";

/// Returns those members of a class that the Unicode of Go's release has: 15 before Go 1.27.
fn known(class: String) -> String {
    if Go::current() < Go::V1_27 { format!("{class}&&{UNICODE_15}") } else { class }
}

/// Returns the members of a class that Go 1.25 and later know, by a name that need not be exact; and whether those are
/// what it does not have.
fn later_class(name: &str) -> Option<(String, bool)> {
    let name = canonical(name);
    let category = |name: &str| (known(format!(r"\p{{gc={name}}}")), false);
    // What is not assigned has no age.
    let unassigned = |category: &str| match Go::current() < Go::V1_27 {
        true => format!(r"{category}[^{UNICODE_15}]"),
        false => category.to_owned(),
    };
    Some(match name.as_str() {
        "Any" => (r"\x{0}-\x{10FFFF}".to_owned(), false),
        "Assigned" => (unassigned(r"\p{gc=Cn}"), true),
        "Ascii" => (r"\x00-\x7F".to_owned(), false),
        "Lc" => category("LC"),
        // No text contains surrogates.
        "Cs" | "Surrogate" => (NOTHING.to_owned(), false),
        "Cn" => (unassigned(r"\p{gc=Cn}"), false),
        "C" => (unassigned(r"\p{gc=C}"), false),
        name if CATEGORIES.binary_search(&name).is_ok() => category(name),
        name => {
            if let Ok(at) = ALIASES.binary_search_by_key(&name, |(alias, _)| *alias) {
                return match ALIASES[at].1 {
                    other @ ("C" | "Cn") => later_class(other),
                    other => Some(category(other)),
                };
            }
            if let Some(script) = SCRIPTS.iter().find(|script| canonical(script) == name) {
                return Some((known(format!(r"\p{{sc={script}}}")), false));
            }
            let later = LATER_SCRIPTS.iter().find(|(script, _)| canonical(script) == name);
            (later.filter(|_| Go::current() >= Go::V1_27)?.1.to_owned(), false)
        }
    })
}

/// Returns a name with one capital, its first letter, and without what separates words.
fn canonical(name: &str) -> String {
    let mut letters = name.chars().filter(|c| !matches!(c, '_' | '-' | ' '));
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters.map(|c| c.to_ascii_lowercase())).collect()
}
