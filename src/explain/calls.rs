//! Explains calls that fail: arguments of other types, templates that are not there, `required`, `fail`.

use gostd::value::Value;
use gotemplate::Word;
use gotemplate::func::FuncError;

use super::excerpt::line_of;
use super::exec::{At, piped, read_by, sentence};
use super::scope::{Seen, described, split};
use super::subject::first_string;
use super::{Diagnosis, Frame, Mark, Subject, shown};
use crate::near::nearest_of;
use crate::values::origins::path_text;

/// How many lines away a condition may be to stand in the same excerpt.
const NEAR: usize = 6;

/// Explains the call of a template that is not there.
pub(super) fn no_template(at: &At<'_>, name: &[u8], subject: &Subject<'_>) -> Diagnosis {
    let name = shown(name);
    let definitions = subject.definitions();
    let mut names: Vec<String> = definitions.iter().map(|(name, ..)| shown(name)).collect();
    names.sort();
    names.dedup();
    let near = nearest_of(&name, &names).or_else(|| {
        // The same template of a chart of another name.
        let last = |name: &str| name.rsplit_once('.').map(|(_, last)| last.to_owned());
        let same = |other: &&String| last(&name).is_some() && last(other) == last(&name);
        names.iter().find(same).cloned()
    });
    let title = format!("no template is called `{name}`");
    let mut found = Diagnosis::new(title).frame(at.frame("called here"));
    if let Some((_, source, span)) =
        definitions.iter().find(|(known, ..)| Some(shown(known)) == near)
    {
        let path = subject.shown_template(&source.name);
        let mark = Mark::context(span.clone(), "defined here");
        found = found.frame(
            Frame::of(path, &source.text, vec![mark]).headed("a template of a name like this"),
        );
    }
    match near {
        Some(_) => found.meant(near),
        None if names.is_empty() => found.help(format!(
            "define it, in templates/_helpers.tpl say: `{{{{ define {name:?} }}}} … {{{{ end }}}}`"
        )),
        None => found
            .note(format!("the chart defines {}", super::scope::listed_near(names, &name)))
            .help("is it in a library chart? See that Chart.yaml names it, and run `helm dependency build`"),
    }
}

/// Explains too few or too many arguments.
pub(super) fn count(at: &At<'_>, function: &[u8], counts: &[u8]) -> Diagnosis {
    let function = shown(function);
    let found =
        Diagnosis::new(format!("`{function}` gets another number of arguments: {}", shown(counts)))
            .frame(at.frame("called here"));
    if function == "include" {
        return found
            .help("name the template, and say what it is given: `{{ include \"name\" . }}`");
    }
    found.help("arguments are divided by spaces; what stands before a `|` is the last one; a call inside another stands in parentheses")
}

/// What a Go type is to people.
fn kind(go: &str) -> &str {
    match go {
        "string" => "a string",
        "int" | "int64" | "uint32" => "a whole number",
        "float64" => "a number",
        "bool" => "a boolean",
        "[]interface {}" | "[]string" => "a list",
        "map[string]interface {}" | "map[string]string" => "a map",
        "chartutil.Values" | "common.Values" => "the values themselves",
        other => other,
    }
}

/// What makes one type of another.
fn conversion(wanted: &str, got: &str) -> Option<&'static str> {
    Some(match (kind(wanted), kind(got)) {
        ("a map", "the values themselves") => {
            "`.Values` itself is no plain map: write `.Values.AsMap`"
        }
        ("a string", "a map" | "a list") => "make a text of it: `toYaml`, `toJson` or `join`",
        ("a string", _) => "make a string of it: `… | toString`",
        ("a whole number", "a string" | "a number") => "make a number of it: `… | int`",
        ("a number", _) => "make a number of it: `… | float64`",
        ("a list", _) => "make a list of it: `list …`",
        ("a map", "a string") => "if it is YAML, read it: `… | fromYaml`",
        _ => return None,
    })
}

/// Explains a value of a type that a function does not take.
pub(super) fn wrong_type(
    at: &At<'_>,
    wanted: &[u8],
    got: &[u8],
    subject: &Subject<'_>,
) -> Diagnosis {
    let (wanted, got) = (shown(wanted), shown(got));
    let wants = kind(&wanted);
    let mut span = at.span.clone();
    let mut seen = at.eval(&at.error.context, subject).into_iter().next();
    // Go names the last argument that is written where the one behind a `|` is at fault.
    let is_it = |seen: &Seen| seen.value.is_nil() || seen.value.type_name() == got;
    if !seen.as_ref().is_some_and(is_it)
        && !at.error.context.starts_with(b".")
        && let Some(before) = piped(&at.text, at.span.start)
    {
        seen = at.eval(&at.text[before.clone()], subject).into_iter().next().filter(is_it);
        span = before;
    }
    let node = shown(&at.text[span.clone()]);
    let is = match &seen {
        Some(seen) if seen.value.is_nil() => "null",
        _ => kind(&got),
    };
    let title = match &seen {
        Some(seen) => format!("`{node}` is {}, and {wants} is wanted", described(&seen.value)),
        None => format!("`{node}` is {is}, and {wants} is wanted"),
    };
    let mark = Mark::cause(span, format!("{is}, not {wants}"));
    let mut found = Diagnosis::new(title).frame(Frame::of(&*at.path, &at.text, vec![mark]));
    if let Some(seen) = &seen {
        found = origin(found, seen, at, subject);
        let path = seen.shown().unwrap_or_default();
        if path.starts_with(".Values.") && path != node && format!("${path}") != node {
            found = found.note(format!("it is `{path}`"));
        }
    }
    match conversion(&wanted, &got) {
        _ if is == "null" => found.help(format!("give it a default: `({node} | default \"\")`")),
        Some(help) => found.help(help),
        None => found,
    }
}

/// Adds where a value was set, if that is known and not shown already.
pub(super) fn origin(
    found: Diagnosis,
    seen: &Seen,
    at: &At<'_>,
    subject: &Subject<'_>,
) -> Diagnosis {
    let Some(path) = seen.path.as_deref().and_then(|path| at.values_path(path)) else {
        return found;
    };
    // What holds other values has many places.
    if path.is_empty() || matches!(&seen.value, Value::Map(map) if !map.is_empty()) {
        return found;
    }
    let Some((place, is_removed)) = subject.origin(&path) else { return found };
    let name = path_text(&path);
    let (heading, label) = match is_removed {
        true => (format!("`{name}` was taken away here"), "no value is left".to_owned()),
        false => (format!("`{name}` was set here"), described(&seen.value)),
    };
    let frame = place.context(label).headed(heading);
    match found.frames.contains(&frame) {
        true => found,
        false => found.frame(frame),
    }
}

/// Explains a constant of a type that a function does not take.
pub(super) fn wrong_constant(at: &At<'_>, wanted: &[u8], constant: &[u8]) -> Diagnosis {
    let (wanted, constant) = (shown(wanted), shown(constant));
    let wants = match &*wanted {
        "integer" | "unsigned integer" => "a whole number",
        "float" => "a number",
        "bool" => "a boolean",
        "string" => "a string",
        other => other,
    };
    let found = Diagnosis::new(format!("`{constant}` stands where {wants} is wanted"))
        .frame(at.frame(format!("not {wants}")));
    match (wants, constant.starts_with('"')) {
        ("a string", false) if constant.starts_with(['.', '$', '(']) => found,
        ("a string", false) => found.help(format!("put it in quotes: `\"{constant}\"`")),
        (_, true) => found.help(format!("leave the quotes away: `{}`", constant.trim_matches('"'))),
        _ => found,
    }
}

/// Explains nothing where something is wanted.
pub(super) fn no_value(at: &At<'_>, wanted: &[u8], subject: &Subject<'_>) -> Diagnosis {
    let wanted = shown(wanted);
    let node = shown(&at.error.context);
    let words = split(&at.error.context, |b| b.is_ascii_whitespace());
    let wants = kind(&wanted);
    let mut found = Diagnosis::new(format!("nothing is there where {wants} is wanted"))
        .frame(at.frame("a value of this is null or not set"));
    let read = read_by(at, &at.error.context, subject);
    for (word, seen) in read.iter().filter(|(_, seen)| seen.value.is_nil()) {
        let path = seen.shown().unwrap_or_else(|| word.clone());
        found = origin(found.note(format!("`{path}` is null or not set")), seen, at, subject);
    }
    if words.len() <= 1 {
        return found.help(format!("give it a default: `({node} | default \"\")`"));
    }
    found.help("give it a default: `(.Values.key | default \"\")`")
}

/// Explains a `range` over what has no items.
pub(super) fn range(at: &At<'_>, value: &[u8], subject: &Subject<'_>) -> Diagnosis {
    let node = shown(&at.error.context);
    let seen = at.eval(&at.error.context, subject).into_iter().next();
    let what = seen.as_ref().map_or_else(|| format!("`{}`", shown(value)), |s| described(&s.value));
    let found = Diagnosis::new(format!("`range` goes through `{node}`, which is {what}"))
        .frame(at.frame("neither a list nor a map"));
    let found = match &seen {
        Some(seen) => origin(found, seen, at, subject),
        None => found,
    };
    found.help("make a list of the value, in YAML by a line `- …` for each item; to count, write `range until 3`")
}

/// Explains a function that failed.
pub(super) fn failed(
    at: &At<'_>,
    function: &[u8],
    error: &FuncError,
    subject: &Subject<'_>,
) -> Diagnosis {
    let function = shown(function);
    let text = shown(&error.to_bytes());
    if let Some(message) = error.message() {
        return refused(at, &function, &shown(message), subject);
    }
    let missing =
        text.strip_prefix("template: no template ").and_then(|rest| first_string(rest.as_bytes()));
    if let Some(name) = missing {
        return no_template(at, &name, subject);
    }
    if text.contains("has a nested reference name") {
        let name = split(&at.error.context, |b| b.is_ascii_whitespace());
        let name = name.get(1).map(|name| shown(name)).unwrap_or_default();
        return Diagnosis::new(format!("the template {name} calls itself without an end"))
            .frame(at.frame("called once more, a thousand calls deep"))
            .help("give the call a condition under which it ends, or include another template");
    }
    if function == "tpl" {
        return super::tpl::explain(at, &text, subject);
    }
    let mut found =
        Diagnosis::new(format!("`{function}` failed: {text}")).frame(at.frame("called here"));
    for (word, seen) in read_by(at, &at.error.context, subject) {
        found = origin(found.note(sentence(&word, &seen)), &seen, at, subject);
    }
    advised(found, &function, &text)
}

/// Adds what helps with a function.
fn advised(found: Diagnosis, function: &str, text: &str) -> Diagnosis {
    let has = |words: &str| text.contains(words);
    match function {
        "eq" | "ne" | "lt" | "le" | "gt" | "ge" if has("incompatible types") => found.help(
            "compare values of one type: convert one by `toString`, `int` or `float64`; a number from values.yaml is a float64, one from --set an int64",
        ),
        "index" if has("nil") => {
            found.help("ask before whether it is there: `{{ if hasKey .Values \"key\" }}`, or use `dig`")
        }
        "index" if has("out of range") => {
            found.help("ask for the length before: `{{ if gt (len .Values.list) 0 }}`, or use `first`")
        }
        "dig" if has("Values") => found.help("`.Values` itself is no plain map: write `.Values.AsMap`"),
        "len" => found.help("give it a default: `len (.Values.list | default list)`"),
        "semverCompare" | "semver" => {
            found.help("a version is written 1.2.3; a constraint `>=1.2.0-0`, the `-0` for versions with a `-`")
        }
        "b64dec" => found.help("the value is no Base64: is it encoded already, or not at all?"),
        "toYaml" | "toJson" => found,
        "set" | "unset" | "hasKey" | "pluck" | "keys" | "merge" if has("nil") => {
            found.help("give it a map: `(.Values.key | default dict)`")
        }
        "divide" | "div" | "mod" => found.help("the divisor is zero, or no number"),
        _ => found,
    }
}

/// Explains `required` and `fail`.
fn refused(at: &At<'_>, function: &str, message: &str, subject: &Subject<'_>) -> Diagnosis {
    let mut found = Diagnosis::new(match message.trim() {
        "" => format!("`{function}` stops the render"),
        message => format!("the chart refuses: {message}"),
    });
    let node = &at.error.context;
    let label = if function == "required" {
        "what it is about is empty or not set"
    } else {
        "stops the render"
    };
    found = found.frame(at.frame(label));
    if function != "required" {
        return conditions(found, at, subject);
    }
    // `required "…" .x`, or `.x | required "…"`, of which the node has the second part only.
    let words = split(node, |b| b.is_ascii_whitespace());
    let value = match &words[..] {
        [_, _, value] => value.to_vec(),
        _ => piped(&at.text, at.span.start).map(|span| at.text[span].to_vec()).unwrap_or_default(),
    };
    let seen = at.eval(&value, subject).into_iter().next();
    let Some(path) = seen.as_ref().and_then(|seen| seen.shown()) else { return found };
    if let Some(seen) = &seen {
        found = origin(found.note(sentence(&shown(&value), seen)), seen, at, subject);
    }
    match path.strip_prefix(".Values.") {
        Some(key) => found.help(format!("set it: `--set {key}=…`, or in a values file")),
        None => found,
    }
}

/// Adds the conditions under which a place is reached.
fn conditions(mut found: Diagnosis, at: &At<'_>, subject: &Subject<'_>) -> Diagnosis {
    let outline = gotemplate::outline(&at.text, subject.profile.go());
    let around: Vec<_> = outline.around(at.offset).cloned().collect();
    let line = line_of(&at.text, at.offset);
    let mut marks = vec![Mark::cause(at.span.clone(), "stops the render")];
    let mut frames = Vec::new();
    let is_if = |block: &&gotemplate::Block| outline.actions[block.opener].word == Word::If;
    for block in around.iter().rev().filter(is_if) {
        let last = block.elses.iter().rfind(|n| outline.actions[**n].span.end <= at.offset);
        let action = &outline.actions[*last.unwrap_or(&block.opener)];
        let rest = &at.text[action.rest.clone()];
        for (word, seen) in read_by(at, rest, subject) {
            found = origin(found.note(sentence(&word, &seen)), &seen, at, subject);
        }
        let mark = Mark::context(action.span.clone(), "reached under this condition");
        match line - line_of(&at.text, action.span.start) {
            ..NEAR => marks.push(mark),
            _ => frames.push(
                Frame::of(&*at.path, &at.text, vec![mark]).headed("reached under a condition"),
            ),
        }
    }
    if let Some(first) = found.frames.first_mut() {
        *first = Frame::of(&*at.path, &at.text, marks);
    }
    found.frames.extend(frames);
    found
}
