//! Reads and writes paths in values as `--set` writes them: `image.tag`, `args[0]`, `nodeSelector.kubernetes\.io/os`.

use std::error::Error;
use std::fmt;

use gostd::value::Str;

/// A step into values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Into a map.
    Name(Str),
    /// Into a list, from 0.
    Index(usize),
}

impl From<&str> for Key {
    fn from(name: &str) -> Key {
        Key::Name(name.into())
    }
}

impl From<Str> for Key {
    fn from(name: Str) -> Key {
        Key::Name(name)
    }
}

impl From<usize> for Key {
    fn from(index: usize) -> Key {
        Key::Index(index)
    }
}

/// The steps of a recorder are the same, with narrower numbers.
impl From<&gotemplate::trace::Key> for Key {
    fn from(key: &gotemplate::trace::Key) -> Key {
        match key {
            gotemplate::trace::Key::Name(name) => Key::Name(name.clone()),
            gotemplate::trace::Key::Index(index) => Key::Index(*index as usize),
        }
    }
}

impl From<&Key> for gotemplate::trace::Key {
    fn from(key: &Key) -> gotemplate::trace::Key {
        match key {
            Key::Name(name) => gotemplate::trace::Key::Name(name.clone()),
            Key::Index(index) => gotemplate::trace::Key::Index(*index as u32),
        }
    }
}

/// Why a text is no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathError {
    /// A name is missing at this byte.
    NoName(usize),
    /// `[` at this byte is followed by no whole number and `]`.
    Index(usize),
    /// A list's index is not followed by `.`, `[` or the end at this byte.
    AfterIndex(usize),
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, at) = match self {
            PathError::NoName(at) => ("a key is missing", at),
            PathError::Index(at) => ("[ begins no index, such as [0]", at),
            PathError::AfterIndex(at) => ("an index is followed by neither . nor [", at),
        };
        write!(f, "{what} at byte {}", at + 1)
    }
}

impl Error for PathError {}

/// Reads a path: names are parted by dots, `\` takes the next character as it is, and indexes stand in brackets. A dot
/// before it all, and `.Values`, as templates write it, say nothing.
///
/// ```
/// use statefulchart::values::origins::{Key, parse_path, path_text};
/// let path = parse_path(r"nodeSelector.kubernetes\.io/os").unwrap();
/// assert_eq!(path, [Key::from("nodeSelector"), Key::from("kubernetes.io/os")]);
/// assert_eq!(path_text(&path), r"nodeSelector.kubernetes\.io/os");
/// assert_eq!(parse_path(".Values.args[1]").unwrap(), [Key::from("args"), Key::from(1)]);
/// ```
///
/// # Errors
/// Where the text is no path.
pub fn parse_path(text: &str) -> Result<Vec<Key>, PathError> {
    let rest =
        text.strip_prefix(".Values").filter(|rest| matches!(rest.chars().next(), Some('.' | '[')));
    let rest = rest.unwrap_or(text);
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    let base = text.len() - rest.len();
    let mut path = Vec::new();
    let mut name: Option<String> = None;
    let mut chars = rest.char_indices().peekable();
    let mut is_behind_index = false;
    while let Some((at, c)) = chars.next() {
        match c {
            '.' => {
                match name.take() {
                    Some(name) => path.push(Key::Name(name.into())),
                    None if is_behind_index => {}
                    None => return Err(PathError::NoName(base + at)),
                }
                is_behind_index = false;
                if chars.peek().is_none() {
                    return Err(PathError::NoName(base + at + 1));
                }
            }
            '[' => {
                path.extend(name.take().map(|name| Key::Name(name.into())));
                let inside: String =
                    chars.by_ref().map(|(_, c)| c).take_while(|c| *c != ']').collect();
                let is_closed = rest[..].as_bytes().get(at + 1 + inside.len()) == Some(&b']');
                let index = inside
                    .parse()
                    .ok()
                    .filter(|_| is_closed && inside.bytes().all(|b| b.is_ascii_digit()));
                path.push(Key::Index(index.ok_or(PathError::Index(base + at))?));
                is_behind_index = true;
            }
            _ if is_behind_index => return Err(PathError::AfterIndex(base + at)),
            '\\' => name.get_or_insert_default().extend(chars.next().map(|(_, c)| c)),
            c => name.get_or_insert_default().push(c),
        }
    }
    path.extend(name.map(|name| Key::Name(name.into())));
    if path.is_empty() { Err(PathError::NoName(base)) } else { Ok(path) }
}

/// Writes a path as [`parse_path`] reads it.
pub fn path_text(path: &[Key]) -> String {
    let mut text = String::new();
    for key in path {
        match key {
            Key::Index(index) => text.push_str(&format!("[{index}]")),
            Key::Name(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                for c in name.to_string_lossy().chars() {
                    if matches!(c, '.' | '[' | '\\' | '=' | ',') {
                        text.push('\\');
                    }
                    text.push(c);
                }
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Key, PathError, parse_path, path_text};

    #[test]
    fn paths_are_read_and_written() {
        let name = |text: &str| Key::from(text);
        let rows: &[(&str, &[Key])] = &[
            ("a", &[name("a")]),
            ("a.b", &[name("a"), name("b")]),
            ("a[0].b", &[name("a"), Key::Index(0), name("b")]),
            ("a[0][12]", &[name("a"), Key::Index(0), Key::Index(12)]),
            (r"a\.b.c\[0]", &[name("a.b"), name("c[0]")]),
            (r"x\=1\,2\\", &[name(r"x=1,2\")]),
        ];
        for (text, path) in rows {
            assert_eq!(&parse_path(text).unwrap()[..], *path, "{text}");
            assert_eq!(path_text(path), *text);
        }
        assert_eq!(parse_path(".Values.a").unwrap(), [name("a")]);
        assert_eq!(parse_path(".Valuesx.a").unwrap(), [name("Valuesx"), name("a")]);
        assert_eq!(parse_path(".a").unwrap(), [name("a")]);
    }

    #[test]
    fn what_is_no_path_says_where() {
        let rows = [
            ("", PathError::NoName(0)),
            ("a.", PathError::NoName(2)),
            ("a..b", PathError::NoName(2)),
            ("a[", PathError::Index(1)),
            ("a[x]", PathError::Index(1)),
            ("a[+1]", PathError::Index(1)),
            ("a[1", PathError::Index(1)),
            ("a[0]b", PathError::AfterIndex(4)),
        ];
        for (text, error) in rows {
            assert_eq!(parse_path(text), Err(error), "{text}");
        }
    }
}
