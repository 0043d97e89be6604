//! Explains texts that are no YAML: which line is the first that does not fit, and why.

use std::ops::Range;

use goyaml::{Problem, YamlError};

use super::excerpt::{line_span, words_span};
use super::indentation::{Level, beside, indent_by, is_odd_one, levels_of, misplaced};
use super::repair::{Written, strayed};
use super::{Diagnosis, Frame, Mark, escape, shown};

/// How many shorter texts are read to find the line.
pub(super) const MAX_TRIES: usize = 400;
/// How much is read for that in all, in bytes.
pub(super) const MAX_READ: usize = 32 << 20;

/// What is wrong with a line.
pub(super) struct Fault {
    /// The line, from 1.
    pub(super) line: usize,
    /// The bytes that are marked.
    pub(super) span: Range<usize>,
    pub(super) title: String,
    label: String,
    helps: Vec<String>,
    /// A line that belongs to it: its bytes, and what it is.
    other: Option<(Range<usize>, String)>,
    /// How far the line is indented, and how far those beside it are.
    pub(super) indents: Option<(usize, usize)>,
    /// Whether it is this line alone that is indented otherwise than is meant, or a block that one action has indented.
    pub(super) moves: Option<Moves>,
    /// Whether the line may be two.
    pub(super) may_be_joined: bool,
    /// Whether it is what stands in a value that does not fit.
    pub(super) is_of_value: bool,
}

/// What has to be indented otherwise for a text to be YAML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moves {
    Line,
    /// The block of this number.
    Block(usize),
}

impl Fault {
    /// Marks the fault in the text.
    pub(super) fn frame(&self, path: &str, text: &[u8]) -> Frame {
        let mut marks = vec![Mark::cause(self.span.clone(), &*self.label)];
        marks.extend(self.other.iter().map(|(span, label)| Mark::context(span.clone(), label)));
        Frame::of(path, text, marks)
    }

    /// Adds what to do.
    pub(super) fn advise(&self, found: Diagnosis) -> Diagnosis {
        self.helps.iter().fold(found, |found, help| found.help(help))
    }
}

/// Explains why a file is no YAML.
pub(super) fn explain(error: &YamlError, path: &str, text: &[u8]) -> Diagnosis {
    match fault(text, error, &Written::default()) {
        Some(fault) => {
            let found = Diagnosis::new(&*fault.title).frame(fault.frame(path, text));
            fault.advise(found)
        }
        None => Diagnosis::new(format!("{path} is no YAML that can be used: {}", words(error))),
    }
}

/// Returns what a parser says, without where.
fn words(error: &YamlError) -> String {
    match error.problem() {
        Problem::Syntax(error) => error.problem.to_string(),
        _ => {
            let text = error.to_string();
            text.rsplit_once("yaml: ").map_or(&*text, |(_, words)| words).to_owned()
        }
    }
}

/// Returns the first line after which no text is YAML any more: where the longest one ends that is.
fn first_bad_line(text: &[u8], reported: Option<usize>) -> usize {
    let count = text.split_inclusive(|b| *b == b'\n').count();
    let reported = reported.unwrap_or(count).clamp(1, count.max(1));
    let tries = MAX_TRIES.min(MAX_READ / text.len().max(1));
    if tries < 2 {
        return reported;
    }
    let ends = |line: usize| line_span(text, line).map_or(text.len(), |span| span.end);
    // go-yaml may name a line up to two before the one where its reader stands.
    let last = (reported + 2).min(count);
    for line in (1..=last).rev().take(tries) {
        if !is_broken(&text[..ends(line)]) {
            return (line + 1..=count).find(|line| !is_blank(text, *line)).unwrap_or(reported);
        }
    }
    (1..=count).find(|line| !is_blank(text, *line)).unwrap_or(1)
}

pub(super) fn is_blank(text: &[u8], line: usize) -> bool {
    line_span(text, line).is_some_and(|span| {
        let words = text[span].trim_ascii();
        words.is_empty() || words.starts_with(b"#")
    })
}

/// Tells whether a text is no YAML.
pub(super) fn is_broken(text: &[u8]) -> bool {
    match goyaml::unmarshal(text) {
        Err(error) => matches!(error.problem(), Problem::Syntax(_)),
        Ok(_) => false,
    }
}

/// Returns the last line up to one on which a quote begins that does not end there, where a key follows.
fn open_quote(text: &[u8], line: usize) -> Option<usize> {
    let words = |line| words_span(text, line).map(|span| &text[span]).unwrap_or_default();
    let is_key = |words: &[u8]| {
        let name = words
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(**b, b'-' | b'_' | b'.'));
        let name = name.count();
        name > 0 && matches!(words[name..], [b':'] | [b':', b' ', ..])
    };
    (1..=line).rev().take(MAX_TRIES).find(|line| {
        let own = words(*line);
        let value = value_of(own).map(|value| &own[value]).unwrap_or_default();
        is_key(own) && is_open(value) && is_key(words(line + 1))
    })
}

/// Tells whether a line is a key or a dash without a value.
pub(super) fn opens_block(text: &[u8], line: usize) -> bool {
    let Some(span) = words_span(text, line) else { return false };
    let words = &text[span];
    let words = bstr::ByteSlice::find(words, b" #").map_or(words, |at| &words[..at]).trim_ascii();
    words.ends_with(b":") || words.ends_with(b"-")
}

/// Returns the value in `key: value` or `- value`, with its bytes in the line.
fn value_of(line: &[u8]) -> Option<Range<usize>> {
    let colon = line.windows(2).position(|two| two == b": ").map(|at| at + 2);
    let indent = line.len() - line.trim_ascii_start().len();
    let dash = line[indent..].starts_with(b"- ").then_some(indent + 2);
    let from = colon.or(dash)?;
    let from = from + (line[from..].len() - line[from..].trim_ascii_start().len());
    let to = line.trim_ascii_end().len();
    (from < to).then_some(from..to)
}

/// Finds what is wrong with a text that is no YAML.
pub(super) fn fault(text: &[u8], error: &YamlError, written: &Written) -> Option<Fault> {
    let Problem::Syntax(_) = error.problem() else { return semantic(text, error) };
    let said = words(error);
    let mut line = first_bad_line(text, error.line());
    line = open_quote(text, line).unwrap_or(line);
    let found = strayed(text, line, written);
    let is_it = found.as_ref().is_some_and(|found| found.line == line);
    // Of the line at hand itself more may be known than where it would fit.
    let fits = !is_it || misplaced(text, line).is_some();
    let (strayed, moves) = match found.filter(|found| fits || found.block.is_some()) {
        Some(found) => {
            line = found.line;
            (Some((found.indent, found.near)), Some(found.block.map_or(Moves::Line, Moves::Block)))
        }
        None => (None, None),
    };
    let misplaced = strayed.or_else(|| {
        misplaced(text, line).map(|(indent, near)| {
            match !is_it && is_odd_one(text, &near, line, indent) {
                true => {
                    let (first, first_indent) = (near.line, near.indent);
                    let near = Level { indent, line, is_dash: near.is_dash };
                    line = first;
                    (first_indent, near)
                }
                false => (indent, near),
            }
        })
    });
    let span = line_span(text, line)?;
    let raw = &text[span.clone()];
    let marked = words_span(text, line)?;
    let fault = |title: &str, label: &str, helps: &[&str]| Fault {
        line,
        span: marked.clone(),
        title: title.to_owned(),
        label: label.to_owned(),
        helps: helps.iter().map(|help| (*help).to_owned()).collect(),
        other: None,
        indents: None,
        moves: None,
        may_be_joined: false,
        is_of_value: false,
    };
    let at = |range: Range<usize>| span.start + range.start..span.start + range.end;
    // A tab indents nothing in YAML.
    let blank = raw.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    if let Some(tab) = raw[..blank].iter().position(|b| *b == b'\t') {
        let mut found = fault("a tab cannot indent in YAML", "a tab", &["indent by spaces"]);
        found.span = at(tab..tab + 1);
        return Some(found);
    }
    if said.contains("unknown escape")
        && let Some(escape) = escape::unknown(raw)
    {
        let shown = String::from_utf8_lossy(&raw[escape.clone()]);
        let mut found = fault(
            "a backslash begins an escape that YAML does not have",
            &format!("`{shown}` is none in double quotes"),
            &[
                "write `\\\\` for a backslash, or put the text in single quotes; `\\/` of JSON is `/`",
            ],
        );
        found.span = at(escape);
        return Some(found);
    }
    let value = value_of(raw);
    let first = value.clone().map(|value| raw[value.start]);
    let bare = value.clone().map(|value| &raw[value]).unwrap_or_default();
    if said.contains("end of stream") || said.contains("document indicator") || is_open(bare) {
        let quote = bare.iter().find(|b| matches!(b, b'"' | b'\'')).copied();
        if let (Some(quote), Some(value)) = (quote, &value) {
            let quote = char::from(quote);
            let mut found = fault(
                "a quote does not end",
                &format!("the text that begins with `{quote}` does not end"),
                &["close it; `{{ … | quote }}` writes both quotes, and escapes what is inside"],
            );
            found.span = at(value.clone());
            return Some(found);
        }
    }
    if bare.starts_with(b"{{") {
        let mut found = fault(
            "`{{` begins a map in YAML, not an action",
            "nothing is rendered here",
            &["put it in quotes if the chart calls `tpl` on it; values files are no templates"],
        );
        found.span = at(value.unwrap_or(0..raw.len()));
        return Some(found);
    }
    match first {
        Some(c @ (b'*' | b'&')) if said.contains("alphabetic or numeric") => {
            let mut found = fault(
                "a value begins with a character that YAML keeps for itself",
                &format!(
                    "`{}` begins {}",
                    char::from(c),
                    if c == b'*' { "an alias" } else { "an anchor" }
                ),
                &["put the value in quotes: `{{ … | quote }}`"],
            );
            found.span = at(value.unwrap_or(0..raw.len()));
            found.is_of_value = true;
            return Some(found);
        }
        Some(c @ (b'@' | b'`' | b'%')) => {
            let value = value.unwrap_or(0..raw.len());
            let mut found = fault(
                "a value begins with a character that YAML keeps for itself",
                &format!("`{}` cannot begin a plain value", char::from(c)),
                &["put the value in quotes: `{{ … | quote }}`"],
            );
            found.span = at(value);
            found.is_of_value = true;
            return Some(found);
        }
        Some(b'[' | b'{') if said.contains("',' or") || said.contains("flow") => {
            let value = value.unwrap_or(0..raw.len());
            let mut found = fault(
                "a list or a map in brackets does not end",
                "opened here",
                &[
                    "close it, and divide what is inside by commas; quote what has commas, brackets or colons of its own",
                ],
            );
            found.span = at(value);
            found.is_of_value = true;
            return Some(found);
        }
        _ => {}
    }
    // `key: "a" b`: something follows a quoted text.
    if let (Some(b'"' | b'\''), Some(value)) = (first, &value) {
        let quote = raw[value.start];
        let inner = &raw[value.start + 1..value.end];
        let end = inner.iter().position(|b| *b == quote).map(|n| value.start + 1 + n + 1);
        if let Some(end) = end.filter(|end| *end < value.end)
            && !raw[end..value.end].trim_ascii().starts_with(b"#")
        {
            let mut found = fault(
                "something follows a text in quotes",
                "the text has ended before this",
                &[
                    "quote the whole: `{{ printf \"%s-%s\" .a .b | quote }}`; inside of quotes write `\\\"`",
                ],
            );
            found.span = at(end..value.end);
            return Some(found);
        }
    }
    if let Some((indent, near)) = misplaced
        && !raw.trim_ascii().is_empty()
    {
        let mut found = fault(
            "a line is indented otherwise than those beside it",
            &format!("indented by {indent}"),
            &[],
        );
        found.other = words_span(text, near.line).map(|span| {
            let is_below = near.is_dash && !text[span.clone()].starts_with(b"-");
            (span, beside(near.indent, levels_of(text, near.line), is_below, moves.is_some()))
        });
        found.helps = vec![indent_by(near.indent)];
        found.indents = Some((indent, near.indent));
        found.moves = moves;
        return Some(found);
    }
    if bare.starts_with(b"- ") {
        return Some(fault(
            "a list begins on the line of its key",
            "an item can stand on a line of its own only",
            &["put `- …` on the next line"],
        ));
    }
    if let Some(value) = &value
        && let Some(colon) = raw[value.clone()].windows(2).position(|two| two == b": ")
        && said.contains("mapping values")
    {
        let colon = value.start + colon;
        let mut found = fault(
            "a value has a `: ` of its own",
            "a plain value cannot hold `: `",
            &["put the value in quotes: `{{ … | quote }}`"],
        );
        found.span = at(colon..colon + 1);
        found.may_be_joined = true;
        found.is_of_value = true;
        return Some(found);
    }
    if said.contains("could not find expected ':'") || !raw.contains(&b':') {
        let mut found = fault(
            "a line is no `key: value`",
            "a key needs a `:` and a space",
            &[
                "is it the rest of a longer text? Write it with `|` and indent it: `key: |` and `{{ … | nindent 2 }}`",
            ],
        );
        found.is_of_value = true;
        return Some(found);
    }
    if said.contains("mapping values") {
        return Some(fault(
            "a key stands where none can",
            "the line before it has a value already",
            &["indent it as the line before, or take that value away"],
        ));
    }
    Some(fault("here the text stops being YAML", &said, &[]))
}

/// Tells whether a quote in a value is not closed.
fn is_open(value: &[u8]) -> bool {
    match value.first() {
        Some(quote @ (b'"' | b'\'')) => !value[1..].contains(quote),
        _ => false,
    }
}

/// Finds what is wrong with a text that is YAML, and not of a kind that can be used.
fn semantic(text: &[u8], error: &YamlError) -> Option<Fault> {
    let find = |needle: &str| {
        let at = bstr::ByteSlice::find(text, needle.as_bytes())?;
        Some((super::excerpt::line_of(text, at), at..at + needle.len()))
    };
    let fault = |line, span, title: String, label: &str, help: &str| Fault {
        line,
        span,
        title,
        label: label.to_owned(),
        helps: vec![help.to_owned()],
        other: None,
        indents: None,
        moves: None,
        may_be_joined: false,
        is_of_value: false,
    };
    match error.problem() {
        Problem::UnknownAnchor { name } => {
            let (line, span) = find(&format!("*{name}"))?;
            let help = "put it in quotes if it is a text: a `*` at the beginning stands for an anchor `&name` elsewhere";
            Some(fault(line, span, format!("no anchor is called `{name}`"), "an alias of it", help))
        }
        Problem::Duplicates(keys) => {
            let key = keys.first()?;
            let span = words_span(text, key.line)?;
            let title = format!("the key {} is set twice", key.key);
            Some(fault(key.line, span, title, "set again", "remove one of the two"))
        }
        Problem::MapKey { .. } => {
            let (line, span) = find("{{")?;
            let help = "put it in quotes if it is for a chart that calls `tpl`; values files are no templates";
            Some(fault(
                line,
                span,
                "`{{` begins a map here, not an action".into(),
                "no template",
                help,
            ))
        }
        Problem::Type { found, .. } => {
            let line = (1..=text.len()).find(|line| !is_blank(text, *line))?;
            let span = words_span(text, line)?;
            let title = format!("the file holds {}, and a map of keys is wanted", json_type(found));
            Some(fault(
                line,
                span,
                title,
                "begins here",
                "write `key: value` at the top of the file",
            ))
        }
        Problem::Tag { text: scalar, wanted, .. } => {
            let (line, span) = find(scalar)?;
            let title = format!("`{scalar}` is no !!{wanted}");
            Some(fault(
                line,
                span,
                title,
                "not of the type of its tag",
                "remove the tag, or quote the value",
            ))
        }
        _ => None,
    }
}

/// Returns what a type of JSON is to people.
pub(super) fn json_type(word: &str) -> &str {
    match word {
        "array" => "a list",
        "object" => "a map",
        "string" => "a text",
        "number" => "a number",
        "bool" => "a boolean",
        other => other,
    }
}

/// Returns the line of a key at the top of a YAML file, from 1.
pub(super) fn top_key(text: &[u8], key: &str) -> Option<usize> {
    let is_it = |line: &[u8]| {
        line.strip_prefix(key.as_bytes())
            .is_some_and(|rest| rest.trim_ascii_start().starts_with(b":"))
    };
    text.split(|b| *b == b'\n').position(is_it).map(|n| n + 1)
}

/// Returns the keys at the top of a YAML file.
pub(super) fn top_keys(text: &[u8]) -> Vec<String> {
    let lines = text.split(|b| *b == b'\n');
    let keys = lines.filter(|line| line.first().is_some_and(u8::is_ascii_alphabetic));
    keys.filter_map(|line| Some(shown(&line[..line.iter().position(|b| *b == b':')?]))).collect()
}

/// Returns the lines of a YAML file on which a key of an item has a value, from 1.
pub(super) fn item_lines(text: &[u8], key: &str, value: &str) -> Vec<usize> {
    let is_it = |line: &[u8]| {
        let words = shown(line);
        let words = words.trim().trim_start_matches("- ").trim();
        words.strip_prefix(key).and_then(|rest| rest.trim_start().strip_prefix(':')).is_some_and(
            |found| {
                let found = found.split(" #").next().unwrap_or_default().trim();
                found.trim_matches(['"', '\'']) == value
            },
        )
    };
    let lines = text.split(|b| *b == b'\n').enumerate();
    lines.filter(|(_, line)| is_it(line)).map(|(n, _)| n + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_does_not_fit_is_found() {
        let rows: &[(&str, usize, &str)] = &[
            ("a: 1\n b: 2\n", 2, "indented"),
            ("a:\n  b: 1\n c: 2\n", 3, "indented"),
            ("a:\n\tb: 1\n", 2, "tab"),
            ("a: \"x\nb: 1\nc: 2\n", 1, "quote does not end"),
            ("a: x: y\n", 1, "`: ` of its own"),
            ("a: \"x\" y\n", 1, "follows a text"),
            ("a: @x\n", 1, "keeps for itself"),
            ("a: 1\nfoo\nb: 2\n", 2, "key: value"),
            ("a:\n  - b\n  c: 1\n", 3, "indented"),
            ("a: - b\n", 1, "line of its key"),
            ("a: *x\n", 1, "anchor"),
            ("- a\n", 1, "a list"),
            ("l:\n  - name: a\n   image: b\n", 3, "indented"),
            ("a:\n   b: 1\n  c: 2\nd: 3\n", 2, "indented"),
            // To move one line is less than to move two.
            ("a:\n  b: 1\n   c: 2\n   d: 2\n", 2, "indented"),
            ("a: \"x\nb: \"y\"\nc: \"z\"\n", 1, "quote does not end"),
            // Of two that would do, the one with which less is odd: a key with its block, no list of unlike items.
            ("a:\n  x: 1\nb:\n    c:\n      d: 1\n  e: 1\n", 3, "indented"),
            ("- a: 1\n  b:\n  - c\nd:\n  - e\n- a: 2\n", 4, "indented"),
            ("a:\n  b: |\n      c\n    d\n", 3, "indented"),
        ];
        for (text, line, title) in rows {
            let error = goyaml::unmarshal_map(text.as_bytes()).unwrap_err();
            let fault = fault(text.as_bytes(), &error, &Written::default()).unwrap();
            assert_eq!(fault.line, *line, "{text}");
            assert!(fault.title.contains(title), "{text}: {}", fault.title);
        }
    }
}
