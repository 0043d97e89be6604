//! Changes the case of words (goutils, huandu/xstrings), wraps and shuffles text.

use bstr::ByteSlice;

use gostd::unicode;
use gostd::value::{Type, Value};
use gotemplate::func::{FuncDef, FuncError, FuncResult, Host, def};

use super::args::{int, text, text_handle};
use super::random;

const STRING: &[Type] = &[Type::String];

pub(super) const TABLE: &[FuncDef] = &[
    def("upper", STRING, |_, a| Ok(Value::from(unicode::to_upper(text(a, 0))))).growing(4),
    def("lower", STRING, |_, a| Ok(Value::from(unicode::to_lower(text(a, 0))))).growing(4),
    def("title", STRING, |_, a| Ok(Value::from(unicode::title(text(a, 0))))).growing(4),
    def("untitle", STRING, |_, a| Ok(Value::from(untitle(text(a, 0))))).growing(4),
    def("swapcase", STRING, |_, a| Ok(Value::from(swap_case(text(a, 0))))).growing(4),
    def("initials", STRING, |_, a| Ok(Value::from(initials(text(a, 0))))).growing(4),
    def("nospace", STRING, no_space),
    def("snakecase", STRING, |_, a| Ok(Value::from(separated(text(a, 0), '_')))).growing(4),
    def("kebabcase", STRING, |_, a| Ok(Value::from(separated(text(a, 0), '-')))).growing(4),
    def("camelcase", STRING, |_, a| Ok(Value::from(pascal_case(text(a, 0))))).growing(4),
    def("wrap", &[Type::Int, Type::String], |h, a| wrap(h, text(a, 1), int(a, 0), b"", false)),
    def("wrapWith", &[Type::Int, Type::String, Type::String], |h, a| {
        wrap(h, text(a, 2), int(a, 0), text(a, 1), true)
    }),
    def("shuffle", STRING, |_, a| Ok(Value::from(shuffle(text(a, 0))?))).nonhermetic().growing(4),
];

/// Lowers the first letter of each word.
fn untitle(s: &[u8]) -> Vec<u8> {
    let mut start = true;
    unicode::map_runes(s, |c| {
        if unicode::is_space(c) {
            start = true;
            return c;
        }
        if std::mem::take(&mut start) { unicode::char_to_lower(c) } else { c }
    })
}

/// Swaps cases; a lower letter at the start of a word becomes a title letter.
fn swap_case(s: &[u8]) -> Vec<u8> {
    let mut start = true;
    unicode::map_runes(s, |c| {
        if unicode::is_upper(c) || unicode::is_title(c) {
            start = false;
            unicode::char_to_lower(c)
        } else if unicode::is_lower(c) {
            match std::mem::take(&mut start) {
                true => unicode::char_to_title(c),
                false => unicode::char_to_upper(c),
            }
        } else {
            start = unicode::is_space(c);
            c
        }
    })
}

/// Returns the first byte of each word. goutils takes bytes for characters, so text beyond ASCII
/// comes out as Latin-1 would read it.
fn initials(s: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut start = true;
    for c in s.iter().map(|b| char::from(*b)) {
        if unicode::is_space(c) {
            start = true;
        } else if std::mem::take(&mut start) {
            unicode::push_char(&mut out, c);
        }
    }
    out
}

/// Removes white space, byte by byte like [`initials`].
fn no_space(_: &mut dyn Host, a: &[Value]) -> FuncResult {
    let s = text(a, 0);
    if !s.iter().any(|b| unicode::is_space(char::from(*b))) {
        return Ok(Value::Str(text_handle(a, 0)));
    }
    let mut out = Vec::with_capacity(s.len());
    for c in s.iter().map(|b| char::from(*b)).filter(|c| !unicode::is_space(*c)) {
        unicode::push_char(&mut out, c);
    }
    Ok(Value::from(out))
}

fn is_connector(c: char) -> bool {
    matches!(c, '-' | '_') || unicode::is_space(c)
}

/// Turns `some_words here` → `SomeWordsHere`; connectors at the start, and all but the last of a run,
/// stay.
fn pascal_case(s: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len());
    let mut chars = unicode::runes(s);
    let mut previous = None;
    // Whether the word so far is all in upper letters, of which only the first stays one.
    let mut shouting = false;
    for c in chars.by_ref() {
        if !is_connector(c) {
            shouting = unicode::is_upper(c);
            previous = Some(unicode::char_to_upper(c));
            break;
        }
        unicode::push_char(&mut out, c);
    }
    let Some(mut previous) = previous else {
        // xstrings writes the last connector of a text made of nothing else twice.
        if let Some(c) = unicode::runes(s).last() {
            unicode::push_char(&mut out, c);
        }
        return out;
    };
    for c in chars {
        let next = match (is_connector(previous), is_connector(c)) {
            (true, false) => {
                shouting = unicode::is_upper(c);
                previous = unicode::char_to_upper(c);
                continue;
            }
            (true, true) => c,
            _ => {
                shouting = shouting && unicode::is_upper(c);
                if shouting { unicode::char_to_lower(c) } else { c }
            }
        };
        unicode::push_char(&mut out, previous);
        previous = next;
    }
    unicode::push_char(&mut out, previous);
    out
}

/// What xstrings takes a run of characters for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Word {
    /// The end of the text, or nothing but invalid bytes before it
    Invalid,
    Number,
    Upper,
    Alphabet,
    Connector,
    Punct,
    Other,
}

/// Returns a letter, but no Chinese character.
fn is_alphabet(c: char) -> bool {
    let chinese = matches!(
        c, '\u{3400}'..='\u{4d85}' | '\u{4e00}'..='\u{9fcc}' | '\u{20000}'..='\u{2b81d}');
    unicode::is_letter(c) && !chinese
}

/// The words of a text for [`separated`], one at a time.
struct Words<'a> {
    rest: &'a [u8],
}

impl<'a> Words<'a> {
    /// Returns the next valid character and the bytes up to its end; `or` where there is none left.
    fn peek(s: &[u8], or: char) -> (char, usize) {
        let mut at = 0;
        while at < s.len() {
            let (c, width) = unicode::decode(&s[at..]);
            at += width;
            if c != char::REPLACEMENT_CHARACTER {
                return (c, at);
            }
        }
        (or, at)
    }

    /// Returns how far the run goes from `at` on while `more` holds, and its last character's
    /// width.
    fn run(&self, mut at: usize, mut c: char, more: impl Fn(char) -> bool) -> (usize, usize, char) {
        let mut last = 0;
        while at < self.rest.len() {
            let (next, width) = Self::peek(&self.rest[at..], c);
            c = next;
            if !more(c) {
                break;
            }
            last = width;
            at += width;
        }
        (at, last, c)
    }

    fn next(&mut self) -> (Word, &'a [u8]) {
        let (c, first) = Self::peek(self.rest, char::REPLACEMENT_CHARACTER);
        let alphabet = |c| is_alphabet(c) && !unicode::is_upper(c);
        let (word, len) = if first == 0 || c == char::REPLACEMENT_CHARACTER {
            (Word::Invalid, first)
        } else if is_connector(c) {
            (Word::Connector, self.run(first, c, is_connector).0)
        } else if unicode::is_punct(c) {
            (Word::Punct, self.run(first, c, unicode::is_punct).0)
        } else if unicode::is_upper(c) {
            (Word::Upper, self.upper(first, c))
        } else if is_alphabet(c) {
            (Word::Alphabet, self.run(first, c, alphabet).0)
        } else if unicode::is_number(c) {
            (Word::Number, self.run(first, c, unicode::is_number).0)
        } else {
            let other = |c| {
                !(is_connector(c)
                    || is_alphabet(c)
                    || unicode::is_number(c)
                    || unicode::is_punct(c))
            };
            (Word::Other, self.run(first, c, other).0)
        };
        let (text, rest) = self.rest.split_at(len);
        self.rest = rest;
        (word, text)
    }

    /// Returns the end of a word that starts with an upper letter: `HTTP` of `HTTPServer`, or
    /// `Server`.
    fn upper(&self, first: usize, c: char) -> usize {
        if first >= self.rest.len() {
            return first;
        }
        let (second, width) = Self::peek(&self.rest[first..], c);
        if unicode::is_upper(second) {
            let (end, last, after) = self.run(first, c, unicode::is_upper);
            // The last upper letter belongs to the word that follows.
            return if end < self.rest.len() && is_alphabet(after) { end - last } else { end };
        }
        if is_alphabet(second) {
            let lower = |c| is_alphabet(c) && !unicode::is_upper(c);
            return self.run(first + width, second, lower).0;
        }
        first
    }
}

/// Turns `FirstName` → `first_name`, with any connector: xstrings' rules for numbers within words.
fn separated(s: &[u8], connector: char) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len() + s.len() / 4);
    let mut words = Words { rest: s };
    let part_of_word = |w| matches!(w, Word::Alphabet | Word::Number);
    let stands_alone = |w| matches!(w, Word::Connector | Word::Punct);
    let (mut word, mut text) = words.next();
    while !words.rest.is_empty() {
        if word != Word::Connector {
            lower(&mut out, word, text, connector);
        }
        let (previous, last) = (word, text);
        (word, text) = words.next();
        match previous {
            Word::Number => {
                while part_of_word(word) {
                    lower(&mut out, word, text, connector);
                    (word, text) = words.next();
                }
                if word != Word::Invalid && !stands_alone(word) {
                    unicode::push_char(&mut out, connector);
                }
            }
            Word::Connector => lower(&mut out, previous, last, connector),
            Word::Punct => {}
            _ if word != Word::Number => {
                if !stands_alone(word) {
                    unicode::push_char(&mut out, connector);
                }
            }
            _ if words.rest.is_empty() => {}
            _ => {
                let number = text;
                (word, text) = words.next();
                if word != Word::Alphabet {
                    // The number ends the word before it: `Bld4Floor` → `bld4_floor`.
                    lower(&mut out, Word::Number, number, connector);
                    if !stands_alone(word) {
                        unicode::push_char(&mut out, connector);
                    }
                    continue;
                }
                // Lower letters follow, so the number starts a word: `HTTP2xx` → `http_2xx`.
                unicode::push_char(&mut out, connector);
                lower(&mut out, Word::Number, number, connector);
                while part_of_word(word) {
                    lower(&mut out, word, text, connector);
                    (word, text) = words.next();
                }
                if word != Word::Invalid && !stands_alone(word) {
                    unicode::push_char(&mut out, connector);
                }
            }
        }
    }
    lower(&mut out, word, text, connector);
    out
}

fn lower(out: &mut Vec<u8>, word: Word, text: &[u8], connector: char) {
    if !matches!(word, Word::Upper | Word::Connector) {
        out.extend_from_slice(text);
        return;
    }
    for c in unicode::runes(text) {
        let c = match c {
            c if is_connector(c) => connector,
            c if unicode::is_upper(c) => unicode::char_to_lower(c),
            c => c,
        };
        unicode::push_char(out, c);
    }
}

/// Breaks lines at spaces so that they fit `width` bytes; longer words are broken only where
/// `break_words` says so.
fn wrap(
    host: &mut dyn Host,
    s: &[u8],
    width: i64,
    line_break: &[u8],
    break_words: bool,
) -> FuncResult {
    let width = usize::try_from(width.max(1)).unwrap_or(usize::MAX);
    let line_break = if line_break.is_empty() { b"\n" } else { line_break };
    let most_breaks = s.len() / width + s.len().min(s.iter().filter(|b| **b == b' ').count()) + 1;
    host.reserve(line_break.len().saturating_mul(most_breaks).saturating_add(s.len()))?;
    let mut out = Vec::with_capacity(s.len());
    let mut rest = s;
    while rest.len() > width {
        if rest[0] == b' ' {
            rest = &rest[1..];
            continue;
        }
        // The space may stand just behind the line.
        let (line, skip) = match rest[..=width].rfind_byte(b' ') {
            Some(at) => (at, 1),
            None if break_words => (width, 0),
            None => match rest[width..].find_byte(b' ') {
                Some(at) => (width + at, 1),
                None => break,
            },
        };
        out.extend_from_slice(&rest[..line]);
        out.extend_from_slice(line_break);
        rest = &rest[line + skip..];
    }
    out.extend_from_slice(rest);
    Ok(Value::from(out))
}

/// Returns the characters in random order.
fn shuffle(s: &[u8]) -> Result<Vec<u8>, FuncError> {
    let mut chars: Vec<char> = unicode::runes(s).collect();
    for i in (1..chars.len()).rev() {
        let mut bytes = [0; 8];
        random::fill(&mut bytes)?;
        // That some places are more likely by one in many billions does not matter here.
        let at = u64::from_le_bytes(bytes) % (i as u64 + 1);
        chars.swap(i, usize::try_from(at).unwrap_or(0));
    }
    let mut out = Vec::with_capacity(s.len());
    for c in chars {
        unicode::push_char(&mut out, c);
    }
    Ok(out)
}
