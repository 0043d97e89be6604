//! Explains rendered files that are no YAML: the line of the template first, what it has become below.

use bstr::ByteSlice;

use super::excerpt::{line_of, line_span, words_span};
use super::indentation::indent_by;
use super::repair::{Block, Habits, Written};
use super::subject::{Made, Place, Recorded};
use super::yaml::Moves;
use super::{Diagnosis, Frame, Mark, Subject, shown, yaml};
use crate::release::{HeadError, ManifestError};
use crate::values::origins::path_text;

/// How many calls and values are shown.
const MAX_CALLS: usize = 3;
const MAX_VALUES: usize = 3;

pub(super) fn explain(error: &ManifestError, subject: &Subject<'_>) -> Option<Diagnosis> {
    let file = subject.shown_template(&error.source);
    let path = format!("{file} (rendered)");
    let text = &error.document.file[..];
    let document = &text[error.document.range.clone()];
    // Lines are counted in the whole rendered file, which may hold more documents.
    let before = text[..error.document.range.start].find_iter(b"\n").count();
    let cause = match &error.cause {
        HeadError::Yaml(cause) => cause,
        HeadError::Type { found, target, wanted } => {
            return of_type(error, document, before, found, target, wanted, subject);
        }
    };
    let recorded = subject.recorded(&error.source);
    let written = match &recorded {
        Some(recorded) => written(recorded, document, before, subject),
        None => Written::default(),
    };
    let fault = yaml::fault(document, cause, &written)?;
    let made = recorded.as_ref().and_then(|recorded| recorded.made(before + fault.line));
    let mut rendered = fault.frame(&path, document);
    rendered.line += before;
    let mut found = fault.advise(Diagnosis::new(&*fault.title));
    let Some(made) = made else { return Some(found.frame(rendered)) };
    let action = match fault.moves {
        Some(Moves::Line) => None,
        Some(Moves::Block(number)) => {
            let action = &written.blocks.get(number)?.action;
            indenters(&made)
                .find(|place| (&place.path, &place.span.start) == (&action.0, &action.1))
        }
        None => indenters(&made).next(),
    };
    if let Some((frame, help)) =
        action.zip(fault.indents).and_then(|(action, (is, wanted))| indenting(action, is, wanted))
    {
        let mut found = found.frame(frame).frame(rendered.headed(BECOMES));
        found.helps = vec![help];
        return Some(found);
    }
    if let (Some(Moves::Line), Some((is, wanted)), false) =
        (fault.moves, fault.indents, made.place.is_action)
    {
        // The line of a helper is indented further where that is called.
        let place = &made.place;
        let line = line_span(&place.text, line_of(&place.text, place.span.start))?;
        let own = place.text[line].iter().take_while(|b| **b == b' ').count();
        found.helps = (own + wanted).checked_sub(is).map(indent_by).into_iter().collect();
    }
    let mut found =
        from_template(found, &made, rendered, before + fault.line, fault.is_of_value, subject);
    if fault.may_be_joined && made.place.text.contains_str("-}}") {
        found =
            found.help("if two lines have become one here, a `-}}` has taken the line break away");
    }
    Some(found)
}

const BECOMES: &str = "what it has become";

/// Adds the line of the template first, then what it has become, the calls that lead there, and where the values stand
/// that it read.
fn from_template(
    mut found: Diagnosis,
    made: &Made,
    rendered: Frame,
    line: usize,
    is_of_value: bool,
    subject: &Subject<'_>,
) -> Diagnosis {
    match as_written(made, &rendered, line) {
        Some(frame) => found = found.frame(frame),
        None => {
            found = found.frame(made.place.frame("makes the line below"));
            found = found.frame(rendered.headed(BECOMES));
        }
    }
    for (call, name) in made.calls.iter().take(MAX_CALLS) {
        found = found.frame(call.context("").headed(format!("`{name}` is called from here")));
    }
    let mut places = Vec::new();
    for path in made.read.iter().filter(|path| is_of_value && !path.is_empty()) {
        if let Some((place, false)) = subject.origin(path)
            && !places.contains(&place)
            && places.len() < MAX_VALUES
        {
            let heading = format!("`{}` was set here", path_text(path));
            found = found.frame(place.context("").headed(heading));
            places.push(place);
        }
    }
    found
}

/// Returns the excerpt of what is rendered as one of the template, where all of it stands there as it is.
fn as_written(made: &Made, rendered: &Frame, line: usize) -> Option<Frame> {
    let text = &made.place.text;
    let first = line_of(text, made.place.span.start).checked_sub(line - rendered.line)?;
    let count = rendered.text.split('\n').count();
    let (start, end) = (line_span(text, first)?.start, line_span(text, first + count - 1)?.end);
    (text[start..end] == *rendered.text.as_bytes()).then(|| Frame {
        path: made.place.path.clone(),
        line: first,
        ..rendered.clone()
    })
}

/// Returns the actions that have indented a line, the innermost first.
fn indenters(made: &Made) -> impl Iterator<Item = &Place> {
    let all = [&made.place].into_iter().chain(made.calls.iter().map(|(place, _)| place));
    all.filter(|place| place.is_action && place.text[place.span.clone()].contains_str("indent "))
}

/// Tells how the lines of a document were written: which of them one action has indented or written.
fn written(
    recorded: &Recorded<'_>,
    document: &[u8],
    before: usize,
    subject: &Subject<'_>,
) -> Written {
    /// How many lines are looked at.
    const MAX_LINES: usize = 2000;
    let mut blocks: Vec<Block> = Vec::new();
    let mut whole: Vec<Block> = Vec::new();
    let mut last = 0;
    for (number, text) in document.lines().enumerate().take(MAX_LINES) {
        let line = number + 1;
        if text.trim_ascii().is_empty() {
            continue;
        }
        let Some(made) = recorded.made(before + line) else { continue };
        let extend = |blocks: &mut Vec<Block>, place: &Place| {
            let action = (place.path.clone(), place.span.start);
            let is_it = |block: &&mut Block| block.lines.end == last + 1 && block.action == action;
            match blocks.iter_mut().rev().find(is_it) {
                Some(block) => block.lines.end = line + 1,
                None => blocks.push(Block { lines: line..line + 1, action }),
            }
        };
        indenters(&made).for_each(|place| extend(&mut blocks, place));
        if made.place.is_action {
            extend(&mut whole, &made.place);
        }
        last = line;
    }
    let bound = whole.into_iter().map(|block| block.lines.start + 1..block.lines.end);
    Written { habits: Habits::of(subject.templates()), blocks, bound: bound.collect() }
}

/// Marks the `nindent` of an action that has indented a line.
fn indenting(place: &Place, is: usize, wanted: usize) -> Option<(Frame, String)> {
    let action = &place.text[place.span.clone()];
    let at = action.find(b"indent ")?;
    let digits = &action[at + b"indent ".len()..];
    let digits = &digits[..digits.iter().take_while(|b| b.is_ascii_digit()).count()];
    let number: usize = shown(digits).parse().ok()?;
    // The line may be indented within what is indented.
    let fits = (number + wanted).checked_sub(is)?;
    let word = if action[..at].ends_with(b"n") { "nindent" } else { "indent" };
    let end = place.span.start + at + b"indent ".len() + digits.len();
    let start = end - word.len() - 1 - digits.len();
    let label = format!("makes the line below; `{word} {fits}` would fit");
    let frame = Frame::of(&*place.path, &place.text, vec![Mark::cause(start..end, label)]);
    Some((frame, format!("change `{word} {number}` to `{word} {fits}`")))
}

/// Explains a value of the wrong type in the head of a document.
fn of_type(
    error: &ManifestError,
    document: &[u8],
    before: usize,
    what: &str,
    target: &str,
    wanted: &str,
    subject: &Subject<'_>,
) -> Option<Diagnosis> {
    let path = format!("{} (rendered)", subject.shown_template(&error.source));
    let key = target.rsplit('.').next().unwrap_or(target);
    let is_annotation = key == "annotations";
    let line = match target {
        "Go value" => {
            (1..).find(|line| words_span(document, *line).is_none_or(|s| !s.is_empty()))?
        }
        _ => annotation_line(document, key).or_else(|| key_line(document, key))?,
    };
    let span = words_span(document, line)?;
    let label = format!("{}, where Helm wants {}", yaml::json_type(what), kind(wanted));
    let mut frame = Frame::of(&*path, document, vec![Mark::cause(span, label)]);
    frame.line += before;
    let title = match target {
        "Go value" => format!("a document is {}, not a map of keys", yaml::json_type(what)),
        _ if is_annotation => "an annotation is no string".to_owned(),
        _ => format!("`{key}` is {}", yaml::json_type(what)),
    };
    let found = Diagnosis::new(title);
    let found =
        match subject.recorded(&error.source).and_then(|recorded| recorded.made(before + line)) {
            Some(made) => from_template(found, &made, frame, before + line, true, subject),
            None => found.frame(frame),
        };
    Some(match wanted {
        "string" => found.help("write it as a string: `{{ … | quote }}`"),
        _ => found.help("a document of Kubernetes begins with `apiVersion:` and `kind:`; divide documents by `---`"),
    })
}

fn kind(go: &str) -> &str {
    match go {
        "string" => "a string",
        _ => "a map",
    }
}

fn key_line(text: &[u8], key: &str) -> Option<usize> {
    let is_it = |line: &[u8]| line.trim_ascii().starts_with(format!("{key}:").as_bytes());
    text.split(|b| *b == b'\n').position(is_it).map(|n| n + 1)
}

/// Returns the line of the first annotation whose value is no string.
fn annotation_line(text: &[u8], key: &str) -> Option<usize> {
    if key != "annotations" {
        return None;
    }
    let start = key_line(text, key)?;
    let lines = text.split(|b| *b == b'\n').enumerate().skip(start);
    let indent = |line: &[u8]| line.iter().take_while(|b| **b == b' ').count();
    let outer = indent(text.split(|b| *b == b'\n').nth(start - 1)?);
    for (n, line) in lines.take_while(|(_, l)| l.trim_ascii().is_empty() || indent(l) > outer) {
        let entry = goyaml::unmarshal_map(line).ok();
        let value = entry.and_then(|map| map.entries().into_iter().next());
        if value.is_some_and(|(_, value)| value.as_str().is_none()) {
            return Some(n + 1);
        }
    }
    Some(start)
}
