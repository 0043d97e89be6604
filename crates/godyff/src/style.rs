//! Emphasizes text as gonvenience/bunt does: what a text holds of escape sequences is read, and written anew with what
//! is added to it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;

use crate::color::{self, Colors, Rgb};
use crate::input::{Place, Source};
use crate::path::Element;
use crate::text::plural;

const BOLD: u8 = 1;
const ITALIC: u8 = 2;
const UNDERLINE: u8 = 4;

/// How a character is written.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Look {
    emphasis: u8,
    foreground: Option<Rgb>,
    background: Option<Rgb>,
}

/// Writes text with colours and emphasis, and paths.
///
/// ```
/// use godyff::{Colors, Styles};
/// assert_eq!(Styles::new(Colors::Basic).bold("a"), "\x1b[1ma\x1b[0m");
/// assert_eq!(Styles::new(Colors::Off).bold("a"), "a");
/// ```
#[derive(Debug, Default)]
pub struct Styles {
    colors: Colors,
    /// Whether paths are written in the go-patch notation.
    go_patch: bool,
    /// Codes of colours that were looked for.
    codes: RefCell<HashMap<Rgb, u8>>,
}

impl Styles {
    /// Returns styles with these colours.
    pub fn new(colors: Colors) -> Styles {
        Styles { colors, ..Styles::default() }
    }

    /// Returns the same with paths of the go-patch notation, if so.
    #[must_use]
    pub fn with_go_patch(self, go_patch: bool) -> Styles {
        Styles { go_patch, ..self }
    }

    pub(crate) fn are_on(&self) -> bool {
        self.colors != Colors::Off
    }

    /// Returns text in bold.
    pub fn bold(&self, text: &str) -> String {
        self.changed(text, |look, _, _| look.emphasis |= BOLD)
    }

    /// Returns text in bold, but for line feeds.
    pub(crate) fn bold_lines(&self, text: &str) -> String {
        self.changed(text, on_lines(|look| look.emphasis |= BOLD))
    }

    pub(crate) fn italic_lines(&self, text: &str) -> String {
        self.changed(text, on_lines(|look| look.emphasis |= ITALIC))
    }

    /// Returns text in a colour, but for line feeds.
    pub(crate) fn lines(&self, color: Rgb, text: &str) -> String {
        self.changed(text, on_lines(|look| look.foreground = Some(color)))
    }

    pub(crate) fn colored(&self, color: Rgb, text: &str) -> String {
        self.changed(text, |look, _, _| look.foreground = Some(color))
    }

    pub(crate) fn banner(&self, text: &str) -> String {
        self.changed(text, |look, column, c| {
            if let Some(color) = color::banner(column).filter(|_| c != '\n') {
                look.foreground = Some(color);
            }
        })
    }

    /// Returns text between two sequences, without a look at what it holds.
    fn wrapped(&self, look: Look, text: &str) -> String {
        let mut out = String::new();
        if self.are_on() {
            self.write(&mut out, Look::default(), look);
        }
        out.push_str(text);
        if self.are_on() {
            out.push_str("\x1b[0m");
        }
        out
    }

    fn bold_italic(&self, text: &str) -> String {
        self.wrapped(Look { emphasis: BOLD | ITALIC, ..Look::default() }, text)
    }

    fn bold_as_it_is(&self, text: &str) -> String {
        self.wrapped(Look { emphasis: BOLD, ..Look::default() }, text)
    }

    /// Returns a document's name behind a path.
    pub(crate) fn document(&self, name: &str) -> String {
        let foreground = Some(color::LIGHT_STEEL_BLUE);
        self.wrapped(Look { foreground, ..Look::default() }, &format!("({name})"))
    }

    /// Returns where an input comes from, and what is to be known of it.
    pub(crate) fn source(&self, source: &Source) -> String {
        let mut text = match &source.place {
            Place::Stdin => self.bold_italic("stdin"),
            Place::File(name) => self.bold_as_it_is(name),
            Place::Url(address) => {
                let foreground = Some(color::CORNFLOWER_BLUE);
                self.wrapped(Look { emphasis: UNDERLINE, foreground, background: None }, address)
            }
            Place::Text(name) => name.clone(),
        };
        if !source.note.is_empty() {
            let foreground = Some(color::ORANGE);
            text.push_str(", ");
            text.push_str(&self.wrapped(Look { foreground, ..Look::default() }, &source.note));
        }
        if source.roots.len() > 1 {
            let foreground = Some(color::AQUAMARINE);
            let count = plural(source.roots.len(), "document", "documents");
            text.push_str(", ");
            let look = Look { emphasis: BOLD, foreground, background: None };
            text.push_str(&self.wrapped(look, &count));
        }
        text
    }

    /// Returns a path, or what stands for none: the order of the documents.
    pub(crate) fn path(&self, path: Option<&[Element]>) -> String {
        match path {
            None => self.bold_as_it_is("(file level)"),
            Some([]) if self.go_patch => self.bold_as_it_is("/"),
            Some([]) => self.bold_as_it_is("(root level)"),
            Some(elements) if self.go_patch => elements
                .iter()
                .map(|element| format!("/{}", self.go_patch_element(element)))
                .collect(),
            Some(elements) => {
                let parts = elements.iter().filter_map(|element| self.dotted_element(element));
                parts.collect::<Vec<_>>().join(".")
            }
        }
    }

    fn go_patch_element(&self, element: &Element) -> String {
        match element {
            Element::Key(name) | Element::Named { name, .. } if name.is_empty() => {
                self.bold_as_it_is("-1")
            }
            Element::Key(name) => self.bold_as_it_is(name),
            Element::Named { field, name } => {
                format!("{}={}", self.bold_as_it_is(field), self.bold_italic(name))
            }
            Element::Index(index) => self.bold_as_it_is(&index.to_string()),
        }
    }

    fn dotted_element(&self, element: &Element) -> Option<String> {
        match element {
            Element::Key(name) | Element::Named { name, .. } if name.is_empty() => None,
            Element::Key(name) => Some(self.bold_as_it_is(name)),
            Element::Named { name, .. } => Some(self.bold_italic(name)),
            Element::Index(index) => Some(self.bold_as_it_is(&index.to_string())),
        }
    }

    /// Returns a text whose characters' looks were changed; each by its column and itself.
    fn changed(&self, text: &str, change: impl Fn(&mut Look, usize, char)) -> String {
        if self.colors == Colors::Off && !text.contains('\x1b') {
            return text.to_owned();
        }
        let mut out = String::with_capacity(text.len() + 16);
        let mut last = Look::default();
        let mut column = 0;
        for (c, mut look) in read(text) {
            change(&mut look, column, c);
            column = if c == '\n' { 0 } else { column + 1 };
            if self.are_on() && look != last {
                self.write(&mut out, last, look);
                last = look;
            }
            out.push(c);
        }
        if last != Look::default() {
            out.push_str("\x1b[0m");
        }
        out
    }

    /// Writes the sequence that leads from one look to another.
    fn write(&self, out: &mut String, from: Look, to: Look) {
        if to == Look::default() {
            return out.push_str("\x1b[0m");
        }
        let mut codes: Vec<u8> = Vec::new();
        if from.emphasis & !to.emphasis != 0 {
            codes.push(0);
        }
        for (bit, code) in [(BOLD, 1), (ITALIC, 3), (UNDERLINE, 4)] {
            if to.emphasis & bit != 0 {
                codes.push(code);
            }
        }
        for (color, by) in [(to.foreground, 0), (to.background, 10)] {
            let Some(color) = color else { continue };
            match self.colors {
                Colors::Full => codes.extend([38 + by, 2, color.0, color.1, color.2]),
                _ => {
                    let mut known = self.codes.borrow_mut();
                    codes.push(by + *known.entry(color).or_insert_with(|| color::closest(color)));
                }
            }
        }
        let codes: Vec<String> = codes.iter().map(u8::to_string).collect();
        out.push_str("\x1b[");
        out.push_str(&codes.join(";"));
        out.push('m');
    }
}

/// Makes a change that leaves line feeds alone.
fn on_lines(change: impl Fn(&mut Look)) -> impl Fn(&mut Look, usize, char) {
    move |look, _, c| {
        if c != '\n' {
            change(look);
        }
    }
}

/// Reads a text's characters and their looks.
fn read(text: &str) -> Vec<(char, Look)> {
    let text = without_modes(text);
    let mut characters = Vec::with_capacity(text.len());
    let mut look = Look::default();
    let mut rest = &text[..];
    while let Some(at) = rest.find('\x1b') {
        characters.extend(rest[..at].chars().map(|c| (c, look)));
        rest = &rest[at..];
        match sequence(rest) {
            Some((codes, len)) => {
                // What names no colour that there is changes nothing; bunt would panic.
                look = looks(codes).unwrap_or(look);
                rest = &rest[len..];
            }
            None => {
                characters.push(('\x1b', look));
                rest = &rest[1..];
            }
        }
    }
    characters.extend(rest.chars().map(|c| (c, look)));
    characters
}

/// Returns the codes of the sequence that a text begins with, and its length.
fn sequence(text: &str) -> Option<(&str, usize)> {
    let rest = text.strip_prefix("\x1b[")?;
    let (codes, _) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit() && c != ';')?);
    let is_whole = codes.split(';').all(|code| !code.is_empty());
    (is_whole && rest[codes.len()..].starts_with('m')).then_some((codes, codes.len() + 3))
}

/// Returns the look that codes tell.
fn looks(codes: &str) -> Option<Look> {
    // A number is taken by its lowest byte.
    let byte = |code: &str| gostd::strconv::atoi(code.as_bytes()).map_or(0, |n| n as u8);
    let codes: Vec<u8> = codes.split(';').map(byte).collect();
    let mut look = Look::default();
    // Colours that are told twice are mixed.
    let mix = |old: Option<Rgb>, new: Rgb| match old {
        Some(old) => Some(Rgb(old.0 | new.0, old.1 | new.1, old.2 | new.2)),
        None => Some(new),
    };
    let mut at = 0;
    while let Some(&code) = codes.get(at) {
        match code {
            1 => look.emphasis |= BOLD,
            3 => look.emphasis |= ITALIC,
            4 => look.emphasis |= UNDERLINE,
            38 | 48 => {
                let (color, len) = match codes[at + 1..] {
                    [2, r, g, b, ..] => (Rgb(r, g, b), 4),
                    [5, index, ..] => (color::of_palette(index), 2),
                    _ => return None,
                };
                match code {
                    38 => look.foreground = mix(look.foreground, color),
                    _ => look.background = mix(look.background, color),
                }
                at += len;
            }
            30..=37 | 90..=97 => {
                look.foreground = color::of_code(code).and_then(|new| mix(look.foreground, new));
            }
            40..=47 | 100..=107 => {
                let new = color::of_code(code - 10);
                look.background = new.and_then(|new| mix(look.background, new));
            }
            _ => {}
        }
        at += 1;
    }
    Some(look)
}

/// Returns a text without the sequences that set modes of a terminal.
fn without_modes(text: &str) -> Cow<'_, str> {
    if !text.contains('\x1b') {
        return Cow::Borrowed(text);
    }
    let mut text = text.replace("\x1b[m", "\x1b[0m");
    for ignored in ["\x1b[?1h", "\x1b=", "\x1b>", "\x1b[K"] {
        text = text.replace(ignored, "");
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = &text[..];
    while let Some(at) = rest.find('\x1b') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let skipped = mode(rest).unwrap_or(0);
        if skipped == 0 {
            out.push('\x1b');
            rest = &rest[1..];
        } else {
            rest = &rest[skipped..];
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Returns the length of the sequence that sets a mode, or asks for a colour, at the beginning of a text.
fn mode(text: &str) -> Option<usize> {
    if let Some(rest) = text.strip_prefix("\x1b[?") {
        // Up to the last letter of a mode on the line, however far.
        let line = rest.split('\n').next().unwrap_or(rest);
        let first = line.chars().next()?.len_utf8();
        return line[first..].rfind(['l', 'h']).map(|end| 3 + first + end + 1);
    }
    let rest = text.strip_prefix("\x1b]11;?")?;
    let next = rest.chars().next().filter(|c| *c != '\n')?;
    Some(text.len() - rest.len() + next.len_utf8())
}

/// Returns how many characters a text shows: its sequences do not count.
pub(crate) fn shown_len(text: &str) -> usize {
    if !text.contains('\x1b') {
        return gostd::unicode::rune_count(text.as_bytes());
    }
    // What is removed can make a sequence of what is around it.
    let mut kept: Vec<char> = Vec::with_capacity(text.len());
    for c in text.chars() {
        if c == 'm' {
            let codes = kept.iter().rev().take_while(|c| c.is_ascii_digit() || **c == ';').count();
            let start = kept.len() - codes;
            if kept[..start].ends_with(&['\x1b', '[']) {
                kept.truncate(start - 2);
                continue;
            }
        }
        kept.push(c);
    }
    kept.len()
}
