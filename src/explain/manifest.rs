//! Explains rendered files that are no YAML: the line of the template first, what it has become below.

use bstr::ByteSlice;
use gotemplate::outline;

use super::excerpt::{line_of, words_span};
use super::subject::Place;
use super::{Diagnosis, Frame, Mark, Subject, shown, yaml};
use crate::release::{HeadError, ManifestError};

pub(super) fn explain(error: &ManifestError, subject: &Subject<'_>) -> Option<Diagnosis> {
    let file = subject.shown_template(&error.source);
    let path = format!("{file} (rendered)");
    let text = &error.document.file[..];
    let document = &text[error.document.range.clone()];
    // Lines are counted in the whole rendered file, which may hold more documents.
    let before = text[..error.document.range.start].find_iter(b"\n").count();
    match &error.cause {
        HeadError::Yaml(cause) => {
            let fault = yaml::fault(document, cause)?;
            let place = subject.template_line(&error.source, before + fault.line);
            let mut rendered = fault.frame(&path, document);
            rendered.line += before;
            let found = Diagnosis::new(&*fault.title);
            let found = match place.and_then(|place| place.frame("makes the line below")) {
                Some(frame) => found.frame(frame).frame(rendered.headed("what it has become")),
                None => found.frame(rendered),
            };
            let mut found = fault.advise(found);
            let source = subject.source(&error.source);
            if fault.may_be_joined && source.is_some_and(|s| s.text.contains_str("-}}")) {
                found = found.help(
                    "if two lines have become one here, a `-}}` has taken the line break away",
                );
            }
            Some(indentation(found, &fault, error, document, subject))
        }
        HeadError::Type { found: what, target, wanted } => {
            of_type(error, document, before, what, target, wanted, subject)
        }
    }
}

/// Adds the `nindent` that has indented the line.
fn indentation(
    found: Diagnosis,
    fault: &yaml::Fault,
    error: &ManifestError,
    document: &[u8],
    subject: &Subject<'_>,
) -> Diagnosis {
    let Some((is, wanted)) = fault.indents else { return found };
    let Some(source) = subject.source(&error.source) else { return found };
    let text = &source.text[..];
    // What stands on the line before tells which one it is, where several indent so far.
    let before = words_span(document, fault.line - 1).map(|span| &document[span]);
    let mut all = Vec::new();
    for action in outline(text, subject.profile.go()).actions {
        for word in [&b"nindent "[..], b"indent "] {
            let body = &text[action.rest.clone()];
            let Some(at) = body.find(word) else { continue };
            let digits = &body[at + word.len()..];
            let count = digits.iter().take_while(|b| b.is_ascii_digit()).count();
            let start = action.rest.start + at;
            if shown(&digits[..count]).parse() == Ok(is) {
                all.push((start..start + word.len() + count, shown(word.trim_ascii())));
                break;
            }
        }
    }
    if let [_, _, ..] = all[..]
        && let Some(before) = before
    {
        all.retain(|(span, _)| {
            let line = line_of(text, span.start);
            let near = [line, line.saturating_sub(1)];
            near.iter().any(|n| words_span(text, *n).is_some_and(|s| text[s].starts_with(before)))
        });
    }
    let [(span, word)] = &all[..] else { return found };
    let path = subject.shown_template(&error.source);
    let mark = Mark::cause(span.clone(), format!("`{word} {wanted}` would fit"));
    let frame = Frame::of(path, text, vec![mark]);
    let mut found = found.frame(frame.headed(format!("this indents by {is}")));
    found.helps = vec![format!("change `{word} {is}` to `{word} {wanted}`")];
    found
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
    let place: Option<Place> = subject.template_line(&error.source, before + line);
    let found = match place.and_then(|place| place.frame("makes the line below")) {
        Some(template) => found.frame(template).frame(frame.headed("what it has become")),
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
