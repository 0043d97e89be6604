//! Reads the process's environment: functions of sprig that Helm hides from charts, and not from `--name-template`.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use gostd::value::{Str, Type, Value};
use gotemplate::func::{FuncDef, def};

use super::args::text;

/// `env` and `expandenv`.
pub(super) const TABLE: &[FuncDef] = &[
    def("env", &[Type::String], |_, a| Ok(Value::Str(Str::from(variable(text(a, 0))))))
        .nonhermetic(),
    def("expandenv", &[Type::String], |_, a| {
        Ok(Value::Str(Str::from(expand(text(a, 0), variable))))
    })
    .nonhermetic(),
];

fn variable(name: &[u8]) -> Vec<u8> {
    // The system's function takes neither of these for a name.
    if name.is_empty() || name.iter().any(|b| matches!(b, b'=' | 0)) {
        return Vec::new();
    }
    std::env::var_os(OsStr::from_bytes(name)).map(OsStringExt::into_vec).unwrap_or_default()
}

/// Replaces `$name` and `${name}` as Go's `os.Expand` does: what has no name stays if it may be meant as text, and goes
/// if it is half of a brace.
fn expand(s: &[u8], value: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len());
    let mut rest = s;
    while let Some((&b, after)) = rest.split_first() {
        rest = after;
        if b != b'$' || after.is_empty() {
            out.push(b);
            continue;
        }
        let (name, width) = shell_name(after);
        match (name, width) {
            (b"", 0) => out.push(b),
            (b"", _) => {}
            (name, _) => out.extend(value(name)),
        }
        rest = &after[width..];
    }
    out
}

/// Returns the name that a text begins with, and how much of the text it takes with its braces.
fn shell_name(s: &[u8]) -> (&[u8], usize) {
    let is_special = |b: u8| b.is_ascii_digit() || b"*#$@!?-".contains(&b);
    match s {
        [b'{', b, b'}', ..] if is_special(*b) => (&s[1..2], 3),
        [b'{', ..] => match s.iter().position(|b| *b == b'}') {
            Some(end) => (&s[1..end], end + 1),
            None => (b"", 1),
        },
        [b, ..] if is_special(*b) => (&s[..1], 1),
        _ => {
            let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
            let end = s.iter().position(|b| !is_word(b)).unwrap_or(s.len());
            (&s[..end], end)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_as_by_go() {
        let value = |name: &[u8]| [b"<", name, b">"].concat();
        for (text, expanded) in [
            ("a", "a"),
            ("$HOME/x", "<HOME>/x"),
            ("${HOME}x", "<HOME>x"),
            ("$1x ${*}", "<1>x <*>"),
            ("$ a $", "$ a $"),
            ("${} ${x", " x"),
            ("$a_1-b", "<a_1>-b"),
        ] {
            let found = String::from_utf8(expand(text.as_bytes(), value)).unwrap();
            assert_eq!(found, expanded, "{text}");
        }
    }
}
