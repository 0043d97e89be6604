//! Explains texts that are no YAML: which line is the first that does not fit, and why.

use std::ops::Range;

use goyaml::{Problem, YamlError};

use super::excerpt::{line_span, words_span};
use super::{Diagnosis, Frame, Mark, shown};

/// How many shorter texts are read to find the line.
const MAX_TRIES: usize = 400;
/// How much is read for that in all, in bytes.
const MAX_READ: usize = 32 << 20;

/// How far a block is indented in its key.
const STEP: usize = 2;

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
    /// Whether the line may be two.
    pub(super) may_be_joined: bool,
    /// Whether it is what stands in a value that does not fit.
    pub(super) is_of_value: bool,
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
    match fault(text, error) {
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

fn is_blank(text: &[u8], line: usize) -> bool {
    line_span(text, line).is_some_and(|span| {
        let words = text[span].trim_ascii();
        words.is_empty() || words.starts_with(b"#")
    })
}

/// A line around the faulty one: how far it or what is in it is indented.
struct Level {
    indent: usize,
    line: usize,
    is_dash: bool,
}

/// Returns the levels that are open behind a line, the outermost first.
fn levels(text: &[u8], before: usize) -> Vec<Level> {
    let mut open: Vec<Level> = Vec::new();
    // Within a block scalar: how far its key is indented.
    let mut scalar: Option<usize> = None;
    for (number, raw) in text.split(|b| *b == b'\n').enumerate().take(before.saturating_sub(1)) {
        let words = raw.trim_ascii();
        if words.is_empty() || words.starts_with(b"#") {
            continue;
        }
        if words.starts_with(b"---") {
            open.clear();
            continue;
        }
        let mut indent = raw.iter().take_while(|b| **b == b' ').count();
        if scalar.is_some_and(|key| indent > key) {
            continue;
        }
        scalar = matches!(
            words.rsplit(|b| *b == b' ').next(),
            Some(b"|" | b">" | b"|-" | b">-" | b"|+" | b">+")
        )
        .then_some(indent);
        let mut rest = words;
        loop {
            let is_dash = rest == b"-" || rest.starts_with(b"- ");
            // A list may stand as far out as the key that it belongs to.
            open.retain(|l| l.indent < indent || l.indent == indent && is_dash && !l.is_dash);
            open.push(Level { indent, line: number + 1, is_dash });
            if !is_dash || rest.len() < 2 {
                break;
            }
            let inner = rest[1..].trim_ascii_start();
            // Nothing can stand beside a text.
            let is_map = inner.ends_with(b":") || inner.windows(2).any(|two| two == b": ");
            if !is_map && !inner.starts_with(b"- ") {
                break;
            }
            indent += rest.len() - inner.len();
            rest = inner;
        }
    }
    open
}

/// Tells how a line that does not fit is indented, where those beside it are indented otherwise: its own
/// indentation, and the level that is meant; whether it belongs below the line before.
fn misplaced(text: &[u8], line: usize) -> Option<(usize, Level)> {
    let span = line_span(text, line)?;
    let raw = &text[span];
    let indent = raw.iter().take_while(|b| **b == b' ').count();
    let is_dash = raw.trim_ascii().starts_with(b"- ") || raw.trim_ascii() == b"-";
    // A text that is no key belongs nowhere, however it is indented.
    if !is_dash && !raw.contains(&b':') {
        return None;
    }
    let open = levels(text, line);
    let last = open.last()?;
    let opens = opens_block(text, last.line);
    if opens && indent > last.indent
        || open.iter().any(|level| level.indent == indent && level.is_dash == is_dash)
    {
        return None;
    }
    let (last_line, last_indent) = (last.line, last.indent);
    // Below an item that is a text nothing can stand.
    if last.is_dash && !opens && indent > last.indent {
        return None;
    }
    // What is meant is near; of two the inner one.
    let near = open
        .into_iter()
        .filter(|level| level.is_dash == is_dash)
        .min_by_key(|level| (level.indent.abs_diff(indent), std::cmp::Reverse(level.indent)))?;
    // Below a key without a value something has to stand.
    if opens && near.indent == last_indent {
        return Some((indent, Level { indent: last_indent + STEP, line: last_line, is_dash }));
    }
    (near.indent != indent).then_some((indent, near))
}

/// Tells whether of two lines that do not fit together the first one is at fault, which begins its block: it is
/// indented otherwise than blocks are, or more lines behind it are indented as the other.
fn is_odd_one(text: &[u8], first: &Level, line: usize, indent: usize) -> bool {
    let Level { indent: first_indent, line: first, is_dash } = *first;
    let indents = |range: Range<usize>| {
        let lines = text.split(|b| *b == b'\n').enumerate().skip(range.start - 1);
        let lines = lines.take(range.len()).filter(|(_, l)| {
            let words = l.trim_ascii();
            !words.is_empty() && !words.starts_with(b"#")
        });
        let indents = lines.map(|(_, l)| l.iter().take_while(|b| **b == b' ').count());
        indents.collect::<Vec<usize>>()
    };
    let Some(outer) = indents(1..first).last().copied() else { return false };
    if is_dash || outer >= first_indent || indent <= outer || levels_of(text, first) != first_indent
    {
        return false;
    }
    let behind = indents(line..line + MAX_TRIES);
    let same = behind.iter().take_while(|n| **n > outer).filter(|n| **n == indent).count();
    match (first_indent == outer + STEP, indent == outer + STEP) {
        (true, false) => false,
        (false, true) => true,
        _ => same > 1,
    }
}

/// A line, how far it is indented, and beside which it belongs.
type Strayed = (usize, usize, Level);
/// Whether a repair is unusual, and how far the line moves.
type Rank = (bool, usize);

/// Finds the line that has to be indented otherwise for the whole text to be YAML, among one that does not fit and
/// those before it. Returns it, how far it is indented, and beside which line it belongs. Of several the one counts that
/// stands between lines that are both indented as it should be, or first below a key as is usual, and of these the one
/// that has moved least.
fn strayed(text: &[u8], line: usize) -> Option<Strayed> {
    /// How many lines before it are looked at.
    const BEFORE: usize = 4;
    if text.len() > MAX_READ / MAX_REPAIRS {
        return None;
    }
    let count = text.split_inclusive(|b| *b == b'\n').count();
    let filled = |line: &usize| !is_blank(text, *line);
    let suspects: Vec<usize> = (1..=line).rev().filter(filled).take(BEFORE).collect();
    let is_dash = |line| words_span(text, line).is_some_and(|span| text[span].starts_with(b"-"));
    let mut best: Option<(Rank, Strayed)> = None;
    let mut tries = 0;
    for suspect in suspects {
        let own = levels_of(text, suspect);
        let before: Vec<usize> = (1..suspect).rev().filter(filled).take(3).collect();
        let behind: Vec<usize> = (suspect + 1..=count).filter(filled).take(2).collect();
        let mut wanted: Vec<(usize, usize)> =
            before.iter().chain(&behind).map(|line| (levels_of(text, *line), *line)).collect();
        if let Some(above) = before.first().filter(|line| opens_block(text, **line)) {
            wanted.push((levels_of(text, *above) + STEP, *above));
        }
        wanted.dedup_by_key(|(indent, _)| *indent);
        for (indent, beside) in wanted {
            tries += 1;
            // What stands below a key stays below it.
            let below = behind.first().map(|line| levels_of(text, *line));
            let loses = opens_block(text, suspect)
                && below.is_some_and(|below| below > own && below <= indent);
            if indent == own
                || loses
                || tries > MAX_REPAIRS
                || is_broken(&reindented(text, suspect, indent))
            {
                continue;
            }
            let stands_so =
                |line: Option<&usize>| line.is_some_and(|line| levels_of(text, *line) == indent);
            let is_between = stands_so(before.first()) && stands_so(behind.first());
            let is_usual = before.first().is_some_and(|above| {
                opens_block(text, *above) && indent == levels_of(text, *above) + STEP
            });
            let rank = (!is_between && !is_usual, indent.abs_diff(own));
            if best.as_ref().is_none_or(|(known, _)| rank < *known) {
                let level = Level { indent, line: beside, is_dash: is_dash(suspect) };
                best = Some((rank, (suspect, own, level)));
            }
        }
    }
    best.map(|(_, found)| found)
}

/// How many repairs are tried.
const MAX_REPAIRS: usize = 24;

/// Returns a text with one line indented otherwise.
fn reindented(text: &[u8], line: usize, indent: usize) -> Vec<u8> {
    let Some(span) = line_span(text, line) else { return text.to_vec() };
    let words = text[span.clone()].trim_ascii_start();
    [&text[..span.start], &vec![b' '; indent], words, &text[span.end..]].concat()
}

/// Tells whether a text is no YAML.
fn is_broken(text: &[u8]) -> bool {
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
fn opens_block(text: &[u8], line: usize) -> bool {
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
pub(super) fn fault(text: &[u8], error: &YamlError) -> Option<Fault> {
    let Problem::Syntax(_) = error.problem() else { return semantic(text, error) };
    let said = words(error);
    let mut line = first_bad_line(text, error.line());
    line = open_quote(text, line).unwrap_or(line);
    // Of the line at hand itself more is known than where it would fit.
    let (is_it, strayed) = match strayed(text, line) {
        Some((first, indent, near)) if first != line => {
            line = first;
            (false, Some((indent, near)))
        }
        found => (found.is_some(), None),
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
        found.other = words_span(text, near.line)
            .map(|span| (span, beside(near.indent, levels_of(text, near.line))));
        found.helps = vec![match near.indent {
            0 => "take its indentation away".to_owned(),
            1 => "indent it by one space".to_owned(),
            n => format!("indent it by {n} spaces"),
        }];
        found.indents = Some((indent, near.indent));
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

/// Says how a line belongs to one that is indented so far.
fn beside(wanted: usize, is: usize) -> String {
    match wanted.checked_sub(is) {
        Some(0) => format!("it seems to belong beside this, indented by {is}"),
        Some(more) if more == STEP && is + STEP == wanted => {
            "it seems to belong to this, and is to be indented further, or beside it".to_owned()
        }
        _ => "it seems to belong to this".to_owned(),
    }
}

/// Returns how far a line is indented.
fn levels_of(text: &[u8], line: usize) -> usize {
    let raw = line_span(text, line).map(|span| &text[span]).unwrap_or_default();
    raw.iter().take_while(|b| **b == b' ').count()
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
        ];
        for (text, line, title) in rows {
            let error = goyaml::unmarshal_map(text.as_bytes()).unwrap_err();
            let fault = fault(text.as_bytes(), &error).unwrap();
            assert_eq!(fault.line, *line, "{text}");
            assert!(fault.title.contains(title), "{text}: {}", fault.title);
        }
    }
}
