//! Explains paths that lead nowhere: keys of what is null, not there, or no map.

use gostd::value::Value;
use gotemplate::Word;

use super::calls::origin;
use super::exec::At;
use super::scope::{Seen, TOP, described, fields, in_parentheses, listed_near};
use super::{Diagnosis, Frame, Mark, Subject, shown};
use crate::near::nearest_of;

/// How far a path could be read.
struct Reached<'p> {
    /// The last value that has been read, a map or not.
    at: Seen,
    /// The key that it lacks, or that is null.
    key: &'p [u8],
    /// The keys behind that one.
    rest: Vec<&'p [u8]>,
    /// Whether the key is there, and null.
    is_null: bool,
}

/// Splits `.a.b` or `$x.a.b` or `(…).a.b` into where it begins and the keys.
fn parts(node: &[u8]) -> Option<(&[u8], Vec<&[u8]>)> {
    if let Some((_, path)) = in_parentheses(node) {
        return Some((&node[..node.len() - path.len()], fields(path)));
    }
    let head = match node.first()? {
        b'.' => &b"."[..],
        b'$' => &node[..node.iter().position(|b| *b == b'.')?],
        _ => return None,
    };
    let path = if head == b"." { node } else { &node[head.len()..] };
    let is_path =
        path.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_') || !b.is_ascii());
    is_path.then(|| (head, fields(path)))
}

/// Follows keys to where they lead no further.
fn follow<'p>(mut at: Seen, keys: &[&'p [u8]]) -> Option<Reached<'p>> {
    for (n, key) in keys.iter().enumerate() {
        let next = at.key(key);
        let rest = || keys[n + 1..].to_vec();
        match next {
            None => return Some(Reached { at, key, rest: rest(), is_null: false }),
            Some(next) if matches!(next.value, Value::Nil | Value::Invalid) => {
                let is_null = match &at.value {
                    Value::Map(map) => map.contains_key(key),
                    _ => false,
                };
                // The last key of a path may lack; it is read as nothing.
                if n + 1 == keys.len() {
                    return None;
                }
                return Some(Reached { at, key, rest: rest(), is_null });
            }
            Some(next) => at = next,
        }
    }
    None
}

/// Explains a key of what is null or not there.
pub(super) fn pointer(at: &At<'_>, subject: &Subject<'_>) -> Diagnosis {
    let node = &at.error.context[..];
    let plain = || {
        Diagnosis::new("a key is read of a value that is null")
            .frame(at.frame("a part of this is null"))
            .help("put what may be null in parentheses, `(.a).b`, or ask before: `{{ with .a }}{{ .b }}{{ end }}`")
    };
    let Some((head, keys)) = parts(node) else { return plain() };
    if let Some(found) = wrong_dot(at, head, &keys, subject) {
        return found;
    }
    let from = at.eval(head, subject);
    let reached = from.iter().find_map(|from| follow(from.clone(), &keys));
    let Some(reached) = reached else {
        return match from.first() {
            Some(from) if matches!(from.value, Value::Nil) => {
                Diagnosis::new(format!("`{}` is null", shown(head)))
                    .frame(at.frame("has no keys"))
                    .help(format!("ask before: `{{{{ if {} }}}} … {{{{ end }}}}`", shown(head)))
            }
            _ => plain(),
        };
    };
    missing(at, head, &keys, &reached, subject)
}

/// Returns a key as it is written behind a path.
fn joined(path: &str, key: &[u8]) -> String {
    match path {
        "." => format!(".{}", shown(key)),
        path => format!("{path}.{}", shown(key)),
    }
}

fn missing(
    at: &At<'_>,
    head: &[u8],
    keys: &[&[u8]],
    reached: &Reached<'_>,
    subject: &Subject<'_>,
) -> Diagnosis {
    let key = shown(reached.key);
    let taken = keys.len() - reached.rest.len();
    let written = keys[..taken - 1].iter().fold(shown(head), |path, key| joined(&path, key));
    let holder = reached.at.shown().unwrap_or_else(|| written.clone());
    let whole = joined(&holder, reached.key);
    let next = shown(reached.rest.first().copied().unwrap_or_default());
    let what = if reached.is_null { "is null" } else { "is not set" };
    let label = format!("reads `{next}` of `{key}`, which {what}");
    let mut found = Diagnosis::new(format!("`{whole}` {what}")).frame(at.frame(label));
    if let Some(seen) = reached.at.key(reached.key) {
        found = origin(found, &seen, at, subject);
    }
    if holder.starts_with(".Values") && subject.is_nulled(reached.at.path.as_deref(), reached.key) {
        found = found
            .note(format!("the user's values set `{key}` to null, which takes the default away"));
    }
    let names = reached.at.keys();
    let mut has_near = false;
    if !reached.is_null {
        let near = nearest_of(&key, &names);
        has_near = near.is_some();
        match (&near, names.is_empty()) {
            (None, false) => {
                found = found.note(format!("`{holder}` has {}", listed_near(names.clone(), &key)));
            }
            (None, true) => {
                found = found.note(format!("`{holder}` is {}", described(&reached.at.value)))
            }
            _ => {}
        }
        found = found.meant(near.map(|near| joined(&written, near.as_bytes())));
        if TOP.contains(&&*key) {
            found = found.help(format!("`{key}` belongs to the top: `$.{key}`"));
        }
    }
    let tail = keys[taken..].iter().map(|k| format!(".{}", shown(k))).collect::<String>();
    let is_values = holder.starts_with(".Values");
    if is_values && found.helps.is_empty() {
        let inside = holder.trim_start_matches(".Values").trim_start_matches('.');
        let path = if inside.is_empty() { key.clone() } else { format!("{inside}.{key}") };
        found = found.help(format!(
            "set it: `--set {path}{tail}=…`, or give it a default in the chart's values.yaml"
        ));
    }
    // A name that is mistyped is to be corrected, not allowed to lack.
    if has_near {
        return found;
    }
    // In parentheses each level may be null; `dig` goes through maps.
    let safe = keys[taken - 1..keys.len() - 1]
        .iter()
        .fold(written.clone(), |path, key| format!("({})", joined(&path, key)));
    let last = shown(keys.last().copied().unwrap_or_default());
    found = found.help(format!("if it may lack: `{{{{ {safe}.{last} | default \"…\" }}}}`"));
    if let Some(dug) = dig(head, keys) {
        found = found.help(format!("or by `dig`: `{{{{ {dug} }}}}`"));
    }
    found
}

/// Returns `dig "a" "b" "…" .Values.AsMap` for a path from the values.
fn dig(head: &[u8], keys: &[&[u8]]) -> Option<String> {
    let [first, rest @ ..] = keys else { return None };
    if *first != b"Values" || rest.is_empty() {
        return None;
    }
    let head = if head == b"$" { "$" } else { "" };
    let names: Vec<String> = rest.iter().map(|key| format!("{:?}", shown(key))).collect();
    Some(format!("dig {} \"…\" {head}.Values.AsMap", names.join(" ")))
}

/// Explains `.Values` where `.` is something else.
fn wrong_dot(at: &At<'_>, head: &[u8], keys: &[&[u8]], subject: &Subject<'_>) -> Option<Diagnosis> {
    let first = shown(keys.first()?);
    if !TOP.contains(&&*first) {
        return None;
    }
    let node = shown(&at.error.context);
    let scope = at.scope(subject);
    if head == b"."
        && let Some(by) = scope.rebinding(at.offset)
    {
        if scope.dot(at.offset).iter().any(Seen::is_top) {
            return None;
        }
        let dot = scope.dot(at.offset).first().map(|seen| match seen.shown() {
            Some(path) => format!("`{path}`"),
            None => described(&seen.value),
        });
        let word = by.word.name();
        let what = match by.word {
            Word::Range => "an item of the list",
            _ => "what `with` has found",
        };
        let marks = vec![
            Mark::context(
                by.span,
                format!("from here on `.` is {}", dot.unwrap_or(what.to_owned())),
            ),
            Mark::cause(at.span.clone(), format!("reads `{first}` of that")),
        ];
        return Some(
            Diagnosis::new(format!("inside of `{word}`, `.{first}` is not the chart's `{first}`"))
                .frame(Frame::of(&*at.path, &at.text, marks))
                .help(format!("write `${node}`: `$` stays what the template was given")),
        );
    }
    let root = at.root.first()?;
    let is_named = at.error.template != at.error.location.name;
    if (head != b"." && head != b"$") || root.is_top() || !is_named || root.keys().contains(&first)
    {
        return None;
    }
    let name = shown(&at.error.template);
    let what = match root.shown() {
        Some(path) => format!("`{path}`, {}", described(&root.value)),
        None => described(&root.value),
    };
    Some(
        Diagnosis::new(format!("the template `{name}` was not given the top, so it has no `.{first}`"))
            .frame(at.frame(format!("reads `{first}` of what it was given")))
            .note(format!("it was given {what}"))
            .help(format!("give it the top: `{{{{ include {name:?} $ }}}}`"))
            .help("or more than one thing: `{{ include … (dict \"top\" $ \"item\" .) }}`, read as `.top.Values`"),
    )
}

/// Explains a key of a value that has none.
pub(super) fn field(
    at: &At<'_>,
    field: &[u8],
    type_name: &[u8],
    subject: &Subject<'_>,
) -> Diagnosis {
    let (field, type_name) = (shown(field), shown(type_name));
    let plain = |what: &str| {
        Diagnosis::new(format!("`{field}` is read of {what}, which has no keys"))
            .frame(at.frame(format!("reads `{field}`")))
    };
    let Some((head, keys)) = parts(&at.error.context) else {
        return plain(&format!("a {type_name}"));
    };
    if let Some(found) = wrong_dot(at, head, &keys, subject) {
        return found;
    }
    // The value that has no such key: what the keys before lead to.
    let from = at.eval(head, subject);
    let count = keys.iter().position(|key| *key == field.as_bytes()).unwrap_or(0);
    let holders = from
        .iter()
        .filter_map(|from| keys[..count].iter().try_fold(from.clone(), |seen, key| seen.key(key)));
    let Some(holder) = holders.into_iter().find(|holder| holder.key(field.as_bytes()).is_none())
    else {
        return plain(&format!("a {type_name}"));
    };
    let written = keys[..count].iter().fold(shown(head), |path, key| joined(&path, key));
    let path = holder.shown().unwrap_or_else(|| written.clone());
    let what = described(&holder.value);
    let names = holder.keys();
    if !names.is_empty() {
        let found = Diagnosis::new(format!("`{path}` has no `{field}`"))
            .frame(at.frame(format!("reads `{field}`")));
        let near = nearest_of(&field, &names).map(|near| joined(&written, near.as_bytes()));
        return match near {
            Some(near) => found.meant(Some(near)),
            None => found.note(format!("it has {}", listed_near(names, &field))),
        };
    }
    let title = format!("`{path}` is {what}: it has no `{field}`");
    let found = Diagnosis::new(title).frame(at.frame(format!("reads `{field}` of it")));
    let found = origin(found, &holder, at, subject);
    match &holder.value {
        Value::List(_) => found.help(format!(
            "go through it: `{{{{ range {written} }}}}{{{{ .{field} }}}}{{{{ end }}}}`, or take one: `(index {written} 0).{field}`"
        )),
        _ => match path.strip_prefix(".Values.") {
            Some(key) => found.help(format!(
                "the template expects a map there: `--set {key}.{field}=…`, or in YAML `{field}:` below the key"
            )),
            None => found.help(format!("the template expects a map with `{field}` there")),
        },
    }
}

/// Explains a value that is called as a function.
pub(super) fn not_a_function(at: &At<'_>, name: &[u8]) -> Diagnosis {
    let node = shown(&at.error.context);
    Diagnosis::new(format!("`{}` is a value, and is called like a function", shown(name)))
        .frame(at.frame("something follows it"))
        .help(format!(
            "divide the two: `{node} | function`, or name the function first: `function {node}`"
        ))
}
