//! Go's regular expressions, checked by Go's grammar and run by the `regex` crate.
//!
//! The two dialects differ in small things: in Go `\d`, `\w`, `\s` and `\b` are ASCII, `[` within a
//! class is itself, there are no class operations, other escapes are refused. So a pattern is read
//! as Go reads it and written anew in the crate's dialect.

use std::cell::OnceCell;

use regex::bytes::{Regex, RegexBuilder};

/// How much memory a compiled pattern may take, in bytes.
const SIZE_LIMIT: usize = 64 << 20;
/// How deep groups may nest. Go's limit.
const MAX_NESTING: usize = 1000;
/// The highest count in `{n,m}`, nested counts multiplied. Go's limit.
const MAX_REPEAT: u32 = 1000;

/// A valid Go pattern, compiled when it is first used.
#[derive(Debug)]
pub(super) struct Pattern {
    go: Box<str>,
    ours: String,
    compiled: OnceCell<Option<Regex>>,
}

impl Pattern {
    /// Checks a pattern; `None` where Go's `regexp.Compile` refuses it.
    pub(super) fn new(pattern: &str) -> Option<Pattern> {
        let ours = translate(pattern)?;
        Some(Pattern { go: pattern.into(), ours, compiled: OnceCell::new() })
    }

    /// The pattern as it was written.
    pub(super) fn as_str(&self) -> &str {
        &self.go
    }

    /// Whether it matches somewhere in the text.
    ///
    /// # Errors
    /// A pattern that grows beyond the memory limit, which Go would have run.
    pub(super) fn is_match(&self, text: &[u8]) -> Result<bool, String> {
        let compiled = self.compiled.get_or_init(|| {
            RegexBuilder::new(&self.ours)
                .size_limit(SIZE_LIMIT)
                .nest_limit(4 * MAX_NESTING as u32)
                .build()
                .ok()
        });
        match compiled {
            Some(regex) => Ok(regex.is_match(text)),
            None => Err(format!("pattern {:?} is too large", self.go)),
        }
    }
}

/// Whether Go's `regexp.Compile` takes the pattern.
pub(super) fn is_valid(pattern: &str) -> bool {
    translate(pattern).is_some()
}

/// A group being read.
struct Group {
    /// Whether something stands before the cursor that can be repeated.
    repeatable: bool,
    /// Counts of the last thing, multiplied through its nesting; and of all things so far.
    last_count: u32,
    max_count: u32,
}

impl Group {
    fn new() -> Group {
        Group { repeatable: false, last_count: 1, max_count: 1 }
    }

    fn atom(&mut self, count: u32) {
        self.repeatable = true;
        self.last_count = count;
        self.max_count = self.max_count.max(count);
    }
}

struct Translator<'a> {
    rest: &'a str,
    out: String,
    /// Flags to switch on before the next atom: a repetition may still come for the last one.
    flags: String,
    groups: Vec<Group>,
}

fn translate(pattern: &str) -> Option<String> {
    let mut t = Translator {
        rest: pattern,
        out: String::with_capacity(pattern.len() + 8),
        flags: String::new(),
        groups: vec![Group::new()],
    };
    t.run()?;
    Some(t.out)
}

impl Translator<'_> {
    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        Some(c)
    }

    fn take(&mut self, prefix: &str) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn group(&mut self) -> Option<&mut Group> {
        self.groups.last_mut()
    }

    fn atom(&mut self, text: &str) -> Option<()> {
        self.out.push_str(&self.flags);
        self.flags.clear();
        self.out.push_str(text);
        self.group()?.atom(1);
        Some(())
    }

    fn literal(&mut self, c: u32) -> Option<()> {
        match char::from_u32(c) {
            Some(c) if c.is_ascii_alphanumeric() || !c.is_ascii() => {
                self.atom(c.encode_utf8(&mut [0; 4]))
            }
            Some(_) => self.atom(&format!("\\x{{{c:X}}}")),
            // A surrogate, which no text holds.
            None => self.atom(r"[^\x{0}-\x{10FFFF}]"),
        }
    }

    fn run(&mut self) -> Option<()> {
        let mut repeated = false;
        while let Some(c) = self.rest.chars().next() {
            let was_repeated = std::mem::take(&mut repeated);
            match c {
                '(' => self.open()?,
                '|' => {
                    self.next();
                    self.out.push_str(&self.flags);
                    self.flags.clear();
                    self.out.push('|');
                    self.group()?.repeatable = false;
                }
                ')' => {
                    self.next();
                    self.out.push(')');
                    // Flags end with their group.
                    self.flags.clear();
                    let inner = self.groups.pop()?;
                    self.group()?.atom(inner.max_count);
                }
                '^' | '$' | '.' => {
                    self.next();
                    self.atom(c.encode_utf8(&mut [0; 4]))?;
                }
                '[' => {
                    let class = self.class()?;
                    self.atom(&class)?;
                }
                '*' | '+' | '?' => {
                    self.next();
                    self.repeat(c.encode_utf8(&mut [0; 4]), None, was_repeated)?;
                    repeated = true;
                }
                '{' => match counts(self.rest) {
                    None => {
                        self.next();
                        self.literal('{' as u32)?;
                    }
                    Some((min, max, rest)) => {
                        let top = max.unwrap_or(min);
                        if min > MAX_REPEAT || top > MAX_REPEAT || min > top {
                            return None;
                        }
                        self.rest = rest;
                        let text = match max {
                            None => format!("{{{min},}}"),
                            Some(max) => format!("{{{min},{max}}}"),
                        };
                        self.repeat(&text, Some((min, max)), was_repeated)?;
                        repeated = true;
                    }
                },
                '\\' => self.escape()?,
                _ => {
                    self.next();
                    self.literal(c as u32)?;
                }
            }
        }
        if self.groups.len() == 1 { Some(()) } else { None }
    }

    fn repeat(
        &mut self,
        text: &str,
        counts: Option<(u32, Option<u32>)>,
        was_repeated: bool,
    ) -> Option<()> {
        let lazy = self.take("?");
        let group = self.group()?;
        if was_repeated || !group.repeatable {
            return None;
        }
        if let Some((min, max)) = counts {
            let count = match max {
                // Nothing is repeated at all, so nothing within is counted.
                Some(0) => 1,
                Some(max) => max.max(1).checked_mul(group.last_count)?,
                None => min.max(1).checked_mul(group.last_count)?,
            };
            if count > MAX_REPEAT && (min >= 2 || max.is_some_and(|m| m >= 2)) {
                return None;
            }
            group.atom(count);
        }
        self.out.push_str(text);
        if lazy {
            self.out.push('?');
        }
        Some(())
    }

    fn open(&mut self) -> Option<()> {
        self.next();
        let mut opening = String::from("(?:");
        if self.take("?") {
            let named = self.rest.strip_prefix("P<").or_else(|| self.rest.strip_prefix('<'));
            if let Some(rest) = named {
                let (name, rest) = rest.split_once('>')?;
                if name.is_empty() || !name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric()) {
                    return None;
                }
                self.rest = rest;
            } else {
                let (flags, opens) = self.flag_group()?;
                if !opens {
                    if !flags.is_empty() {
                        self.flags.push_str(&format!("(?{flags})"));
                    }
                    return Some(());
                }
                opening = format!("(?{flags}:");
            }
        }
        if self.groups.len() >= MAX_NESTING {
            return None;
        }
        self.out.push_str(&self.flags);
        self.flags.clear();
        self.out.push_str(&opening);
        self.groups.push(Group::new());
        Some(())
    }

    /// The flags after `(?` in the crate's form, and whether `:` follows them rather than `)`.
    fn flag_group(&mut self) -> Option<(String, bool)> {
        let mut states: [(char, Option<bool>); 4] =
            [('i', None), ('m', None), ('s', None), ('U', None)];
        let mut on = true;
        let mut seen = false;
        loop {
            match self.next()? {
                '-' if on => {
                    on = false;
                    seen = false;
                }
                end @ (':' | ')') => {
                    if !on && !seen {
                        return None;
                    }
                    let with = |state| {
                        states.iter().filter(move |(_, s)| *s == Some(state)).map(|(c, _)| *c)
                    };
                    let mut flags: String = with(true).collect();
                    if with(false).next().is_some() {
                        flags.push('-');
                        flags.extend(with(false));
                    }
                    return Some((flags, end == ':'));
                }
                c => {
                    states.iter_mut().find(|(flag, _)| *flag == c)?.1 = Some(on);
                    seen = true;
                }
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        let c = self.rest.chars().nth(1)?;
        match c {
            'A' | 'z' => {
                self.rest = self.rest.get(2..)?;
                self.atom(if c == 'A' { r"\A" } else { r"\z" })
            }
            'b' | 'B' => {
                self.rest = self.rest.get(2..)?;
                self.atom(if c == 'b' { r"(?-u:\b)" } else { r"(?-u:\B)" })
            }
            'Q' => {
                let quoted = self.rest.get(2..)?;
                let (text, rest) = quoted.split_once("\\E").unwrap_or((quoted, ""));
                self.rest = rest;
                text.chars().try_for_each(|c| self.literal(c as u32))
            }
            _ => {
                if let Some(class) = self.class_escape()? {
                    return self.atom(&class);
                }
                let c = self.char_escape()?;
                self.literal(c)
            }
        }
    }

    /// `\d`, `\pL` and their like, written as a class; `Some(None)` where there is none.
    fn class_escape(&mut self) -> Option<Option<String>> {
        let Some(letter) = self.rest.strip_prefix('\\').and_then(|r| r.chars().next()) else {
            return Some(None);
        };
        let class = match letter {
            'd' => "[0-9]",
            'D' => "[^0-9]",
            's' => r"[\t\n\x0C\r ]",
            'S' => r"[^\t\n\x0C\r ]",
            'w' => "[0-9A-Za-z_]",
            'W' => "[^0-9A-Za-z_]",
            'p' | 'P' => {
                self.rest = self.rest.get(2..)?;
                return self.unicode_class(letter == 'P').map(Some);
            }
            _ => return Some(None),
        };
        self.rest = self.rest.get(2..)?;
        Some(Some(class.to_owned()))
    }

    fn unicode_class(&mut self, mut negated: bool) -> Option<String> {
        let start = self.rest;
        let name = match self.next()? {
            '{' => {
                let (name, rest) = self.rest.split_once('}')?;
                self.rest = rest;
                name
            }
            c => start.get(..c.len_utf8())?,
        };
        let name = match name.strip_prefix('^') {
            Some(name) => {
                negated = !negated;
                name
            }
            None => name,
        };
        let class = match name {
            "Any" => r"\x{0}-\x{10FFFF}".to_owned(),
            // Go's C leaves out what is not assigned; no text holds a surrogate.
            "C" => r"\p{Cc}\p{Cf}\p{Co}".to_owned(),
            "Cs" => {
                let none = if negated { "" } else { "^" };
                return Some(format!(r"[{none}\x{{0}}-\x{{10FFFF}}]"));
            }
            "Cc" | "Cf" | "Co" | "L" | "Ll" | "Lm" | "Lo" | "Lt" | "Lu" | "M" | "Mc" | "Me"
            | "Mn" | "N" | "Nd" | "Nl" | "No" | "P" | "Pc" | "Pd" | "Pe" | "Pf" | "Pi" | "Po"
            | "Ps" | "S" | "Sc" | "Sk" | "Sm" | "So" | "Z" | "Zl" | "Zp" | "Zs" => {
                format!(r"\p{{{name}}}")
            }
            _ => {
                let script = format!(r"\p{{Script={name}}}");
                let known = is_script_name(name) && Regex::new(&script).is_ok();
                if !known {
                    return None;
                }
                script
            }
        };
        Some(format!("[{}{class}]", if negated { "^" } else { "" }))
    }

    /// An escape that stands for one character, at its backslash.
    fn char_escape(&mut self) -> Option<u32> {
        self.next();
        let c = self.next()?;
        let octal = |s: &str| s.chars().next().and_then(|c| c.to_digit(8));
        Some(match c {
            'a' => 0x07,
            'f' => 0x0c,
            'n' => 0x0a,
            'r' => 0x0d,
            't' => 0x09,
            'v' => 0x0b,
            '1'..='7' if octal(self.rest).is_none() => return None,
            '0'..='7' => {
                let mut code = c.to_digit(8)?;
                for _ in 0..2 {
                    let Some(digit) = octal(self.rest) else { break };
                    code = code * 8 + digit;
                    self.next();
                }
                code
            }
            'x' if self.take("{") => {
                let (digits, rest) = self.rest.split_once('}')?;
                self.rest = rest;
                if digits.is_empty() {
                    return None;
                }
                let mut code = 0;
                for digit in digits.chars() {
                    code = code * 16 + digit.to_digit(16)?;
                    if code > 0x10FFFF {
                        return None;
                    }
                }
                code
            }
            'x' => self.next()?.to_digit(16)? * 16 + self.next()?.to_digit(16)?,
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => c as u32,
            _ => return None,
        })
    }

    fn class(&mut self) -> Option<String> {
        self.next();
        let mut out = String::from(if self.take("^") { "[^" } else { "[" });
        let mut first = true;
        let mut empty = true;
        while first || !self.rest.starts_with(']') {
            first = false;
            if self.rest.starts_with("[:")
                && let Some(end) = self.rest.get(2..).and_then(|r| r.find(":]"))
            {
                let name = self.rest.get(2..2 + end)?;
                let (caret, plain) = match name.strip_prefix('^') {
                    Some(plain) => ("^", plain),
                    None => ("", name),
                };
                let known = [
                    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower",
                    "print", "punct", "space", "upper", "word", "xdigit",
                ];
                if !known.contains(&plain) {
                    return None;
                }
                out.push_str(&format!("[:{caret}{plain}:]"));
                self.rest = self.rest.get(end + 4..)?;
                empty = false;
                continue;
            }
            if let Some(class) = self.class_escape()? {
                out.push_str(&class);
                empty = false;
                continue;
            }
            let low = self.class_char()?;
            let mut high = low;
            let mut ahead = self.rest.chars();
            if ahead.next() == Some('-') && ahead.next().is_some_and(|c| c != ']') {
                self.next();
                high = self.class_char()?;
                if high < low {
                    return None;
                }
            }
            // Surrogates cannot be written, and no text holds one.
            let low = if (0xd800..0xe000).contains(&low) { 0xe000 } else { low };
            let high = if (0xd800..0xe000).contains(&high) { 0xd7ff } else { high };
            if low <= high {
                out.push_str(&format!("\\x{{{low:X}}}-\\x{{{high:X}}}"));
                empty = false;
            }
        }
        self.next();
        if empty {
            out.push_str(r"[^\x{0}-\x{10FFFF}]");
        }
        out.push(']');
        Some(out)
    }

    fn class_char(&mut self) -> Option<u32> {
        if self.rest.starts_with('\\') { self.char_escape() } else { self.next().map(u32::from) }
    }
}

/// Whether a script's name is spelt as Go wants it. The crate also knows ISO's four letters, and
/// takes any case.
fn is_script_name(name: &str) -> bool {
    const FOUR_LETTERS: [&str; 9] =
        ["Ahom", "Cham", "Kawi", "Lisu", "Miao", "Modi", "Newa", "Thai", "Toto"];
    let word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_uppercase())
            && word.chars().all(|c| c.is_ascii_alphabetic())
    };
    name.split('_').all(word) && (name.len() != 4 || FOUR_LETTERS.contains(&name))
}

/// The `{min,max}` at the start of the text and what follows it; `None` where the brace is a
/// literal. Counts too large to be right come back as they are read, capped.
fn counts(text: &str) -> Option<(u32, Option<u32>, &str)> {
    fn number(text: &str) -> Option<(u32, &str)> {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (digits, rest) = text.split_at(end);
        if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
            return None;
        }
        Some((digits.parse().unwrap_or(u32::MAX), rest))
    }
    let (min, rest) = number(text.strip_prefix('{')?)?;
    let (max, rest) = match rest.strip_prefix(',') {
        None => (Some(min), rest),
        Some(rest) if rest.starts_with('}') => (None, rest),
        Some(rest) => {
            let (max, rest) = number(rest)?;
            (Some(max), rest)
        }
    };
    Some((min, max, rest.strip_prefix('}')?))
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn patterns_mean_what_they_mean_in_go() {
        for (pattern, text, want) in [
            ("^[a-z]+$", "abc", true),
            (r"^\d+$", "٣", false),
            (r"^\w+$", "é", false),
            (r"\bfoo\b", "éfoo", true),
            ("^[[]$", "[", true),
            ("^[a&&b]+$", "a&b", true),
            ("^a{,2}$", "a{,2}", true),
            (r"^\Qa.b\E$", "a.b", true),
            (r"^\Qa.b\E$", "axb", false),
            ("^(?i)straße$", "STRAßE", true),
            (r"^\p{Greek}+$", "αβ", true),
            (r"^\pN$", "5", true),
            ("a(?i)b|c", "C", true),
            ("(?P<x>a)(?<y>b)", "ab", true),
            (r"^[\d-z]+$", "1-z", true),
            (r"^[]a]+$", "]a", true),
            ("^[^a]$", "\n", true),
            (r"^\x41\x{42}\103$", "ABC", true),
            ("#x y", "#x y", true),
        ] {
            let compiled = Pattern::new(pattern).unwrap_or_else(|| panic!("{pattern}"));
            assert_eq!(compiled.is_match(text.as_bytes()), Ok(want), "{pattern} on {text}");
        }
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for pattern in [
            "(",
            ")",
            "[",
            "[a",
            "*",
            "a**",
            "a{2}{3}",
            "a{1001}",
            "(a{100}){11}",
            "a{2,1}",
            "(?=a)",
            "(?!a)",
            "(?<=a)",
            r"\1",
            r"\Z",
            r"\h",
            r"\C",
            "\\",
            "(?i-)",
            "(?z)",
            r"\p{Nope}",
            r"\p{letter}",
            "[b-a]",
            "[[:nope:]]",
            "(?P<>a)",
            "(?P<a-b>a)",
            "|*",
            "(+)",
            r"\x{110000}",
            r"\xg1",
            r"[a-\d]",
        ] {
            assert!(Pattern::new(pattern).is_none(), "{pattern}");
        }
    }
}
