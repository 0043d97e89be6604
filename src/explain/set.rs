//! Explains arguments of the `--set` family that break its grammar.

use std::ops::Range;

use super::{Diagnosis, Frame, Mark, shown};
use crate::values::strvals::{self, SetError};

/// Explains what is wrong with a line of a flag.
pub(super) fn explain(flag: &str, line: &[u8], error: &SetError) -> Diagnosis {
    let at = strvals::position(flag, line).min(line.len());
    let to_end = || at.min(line.len().saturating_sub(1))..line.len();
    let frame = |span: Range<usize>, label: &str| {
        Frame::of(format!("--{flag}"), line, vec![Mark::cause(span, label)])
    };
    match error {
        SetError::NoValue { key, comma } => {
            // The key ends where the reader stands; its escapes count.
            let end = at - usize::from(*comma && at > 0);
            let start = line[..end].iter().rposition(|b| *b == b',').map_or(0, |n| n + 1);
            let whole = if start < end { shown(&line[start..end]) } else { key.clone() };
            let found = Diagnosis::new(format!("`{whole}` has no value"))
                .frame(frame(start..end.max(start), "no `=` follows"));
            match start {
                0 if !comma => found.help(format!("write `--{flag} {}=value`", shown(line))),
                _ => found.help("a comma divides settings; within a value write `\\,`, or use --set-string, --set-json or a values file"),
            }
        }
        SetError::EmptyMap { key } => Diagnosis::new(format!("nothing stands below `{key}`"))
            .frame(frame(to_end(), "a name and a `=` are missing"))
            .help("write `key.name=value`; a dot within a key is written `\\.`"),
        SetError::Index(_)
        | SetError::NegativeIndex(_)
        | SetError::LargeIndex(_)
        | SetError::AfterIndex(_) => {
            let open = line[..at].iter().rposition(|b| *b == b'[').unwrap_or(0);
            let close =
                line[open..].iter().position(|b| *b == b']').map_or(line.len(), |n| open + n + 1);
            let (title, label) = match error {
                SetError::NegativeIndex(_) => ("an index is below zero", "count from 0".to_owned()),
                SetError::LargeIndex(_) => ("an index is too large", error.to_string()),
                SetError::AfterIndex(_) => {
                    ("something follows an index", "`=`, `.` or `[` can follow".to_owned())
                }
                _ => ("an index is no number", "a whole number from 0 on, and `]`".to_owned()),
            };
            let (from, to) = match error {
                SetError::AfterIndex(_) => (close, line.len()),
                _ => (open, close),
            };
            let found = Diagnosis::new(title).frame(frame(from..to, &label));
            match error {
                SetError::AfterIndex(_) => {
                    found.help("write `list[0].key=value` or `list[0]=value`")
                }
                _ => found.help(
                    "a `[` within a key is written `\\[`; a shell may need quotes around the whole",
                ),
            }
        }
        SetError::OpenList => {
            let open = line.iter().rposition(|b| *b == b'{').unwrap_or(0);
            Diagnosis::new("a list does not end")
                .frame(frame(open..line.len(), "no `}` follows"))
                .help("write `key={a,b}`; a shell takes braces and spaces for itself: put the whole in single quotes")
        }
        SetError::Type { found, wanted } => {
            let (is, wants) = (kind(found), kind(wanted));
            let end = line.iter().position(|b| *b == b'=').unwrap_or(line.len());
            Diagnosis::new(format!("a key is used as {wants}, and has {is} already"))
                .frame(frame(0..end, "set before with another type"))
                .help("an earlier --set, or a values file, gives this key a value of another type; set it as a whole, or take that one away")
        }
        SetError::Json(cause) => Diagnosis::new(format!("a value is no JSON: {cause}"))
            .frame(frame(json_value(line), "read as JSON"))
            .help("a text needs double quotes within the shell's: `--set-json 'key=\"text\"'`"),
        SetError::Read(cause) => {
            let start = line.iter().position(|b| *b == b'=').map_or(0, |n| n + 1);
            Diagnosis::new(format!("a file cannot be read: {cause}"))
                .frame(frame(start..line.len(), "the path of the file"))
                .help("the path is seen from the folder in which you are; a comma in it is written `\\,`")
        }
        SetError::NestedNames | SetError::NestedIndexes => Diagnosis::new(error.to_string())
            .frame(frame(0..line.len(), "too many levels"))
            .help("use a values file"),
    }
}

/// Explains a line of `--set-json` that is an object, and no JSON.
pub(super) fn json_object(line: &[u8], why: &str) -> Diagnosis {
    let mark = Mark::cause(0..line.len(), "read as a JSON object");
    Diagnosis::new(format!("the object is no JSON: {why}"))
        .frame(Frame::of("--set-json", line, vec![mark]))
        .help("JSON wants double quotes around keys and texts, and no comma at the end")
}

fn json_value(line: &[u8]) -> Range<usize> {
    let start = line.iter().position(|b| *b == b'=').map_or(0, |n| n + 1);
    start..line.len()
}

fn kind(go: &str) -> &'static str {
    match go {
        "string" => "a string",
        "int64" | "float64" => "a number",
        "bool" => "a boolean",
        "[]interface {}" => "a list",
        "map[string]interface {}" => "a map",
        _ => "something else",
    }
}
