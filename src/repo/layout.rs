//! Finds the charts in an index file, without parsing it.
//!
//! Indexes of tens of megabytes are common, and most commands want one chart. Those that Helm and the
//! most servers write have a plain shape: `entries:` at the margin, each chart's name on a line of
//! its own. Whatever looks different is left to the parser.

use std::collections::HashMap;
use std::ops::Range;

use gosemver::Version;

/// The parts of an index file.
pub(super) struct Layout<'a> {
    /// What is not `entries`: before it and behind it.
    pub(super) head: [&'a [u8]; 2],
    /// The charts, in the file's order.
    pub(super) charts: Vec<Chart<'a>>,
}

/// The part of an index file that is about one chart.
pub(super) struct Chart<'a> {
    /// Its name.
    pub(super) name: &'a [u8],
    /// The lines of its versions.
    pub(super) range: Range<usize>,
    /// Whether some version may be one that Helm passes over. Those of the other charts are all valid.
    pub(super) doubtful: bool,
}

/// Finds the parts, or nothing where the file's shape is another one.
pub(super) fn layout(data: &[u8]) -> Option<Layout<'_>> {
    let mut lines = Lines { data, at: 0 };
    let mut before = 0;
    loop {
        let (start, line) = lines.next()?;
        if line == b"entries:" {
            before = start.max(before);
            break;
        }
        // A second document, a directive or a file in flow style: not the plain shape.
        if line.starts_with(b"---") && start > 0 || line.starts_with(b"...") {
            return None;
        }
        if matches!(line.first(), Some(b'%' | b'{' | b'[' | b'\t' | b'"' | b'\'' | b'?' | b'&')) {
            return None;
        }
    }
    let mut charts: Vec<Chart<'_>> = Vec::new();
    let mut entries = Entries::default();
    let mut indent = 0;
    let mut end = data.len();
    for (start, line) in lines {
        let spaces = line.iter().take_while(|b| **b == b' ').count();
        let Some(first) = line.get(spaces) else { continue };
        if spaces == 0 {
            match first {
                b'#' => continue,
                // A list or an odd mark at the margin: entries are no map in block style.
                b'a'..=b'z' | b'A'..=b'Z' => {
                    end = start;
                    break;
                }
                _ => return None,
            }
        }
        if indent == 0 {
            indent = spaces;
        }
        if spaces > indent || *first == b'#' || (spaces == indent && *first == b'-') {
            entries.line(spaces, line.get(spaces..)?);
            continue;
        }
        if spaces < indent {
            return None;
        }
        let name = line.get(spaces..)?.trim_ascii_end().strip_suffix(b":")?;
        if name.is_empty() || !name.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
        {
            return None;
        }
        if let Some(last) = charts.last_mut() {
            last.range.end = start;
            last.doubtful = entries.take();
        }
        charts.push(Chart { name, range: start..data.len(), doubtful: false });
    }
    if let Some(last) = charts.last_mut() {
        last.range.end = end;
        last.doubtful = entries.take();
    }
    let mut seen = HashMap::with_capacity(charts.len());
    // Names that YAML reads as something else, and names that stand twice, are the parser's.
    let plain = charts.iter().all(|Chart { name, .. }| {
        name.first().is_some_and(u8::is_ascii_alphabetic) && seen.insert(*name, ()).is_none()
    });
    let head = [data.get(..before)?, data.get(end..)?];
    let odd = |part: &[u8]| part.windows(4).any(|w| w == b"\n---" || w == b"\n...");
    (plain && !odd(head[1])).then_some(Layout { head, charts })
}

/// Looks over one chart's versions for what makes them invalid. It knows how they are usually written
/// and doubts all else.
#[derive(Default)]
struct Entries {
    /// Where the fields of a version stand; 0 before the first version.
    column: usize,
    name: bool,
    version: bool,
    doubtful: bool,
}

impl Entries {
    /// Takes a line without its indentation.
    fn line(&mut self, spaces: usize, line: &[u8]) {
        let (column, field) = match line {
            [b'-', b' ', rest @ ..] => {
                let inner = rest.iter().take_while(|b| **b == b' ').count();
                (spaces + 2 + inner, rest.get(inner..).unwrap_or_default())
            }
            [b'-'] => return self.doubtful = true,
            _ => (spaces, line),
        };
        let is_item = column != spaces;
        if is_item && (self.column == 0 || column == self.column) {
            self.end();
            self.column = column;
        }
        if column == self.column {
            self.field(field);
        } else if is_item && empty(field) {
            // A maintainer or a dependency that is null.
            self.doubtful = true;
        } else if let Some(alias) = field.strip_prefix(b"alias:") {
            let legal = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
            self.doubtful |= !alias.trim_ascii().iter().all(legal);
        } else if line.last().is_some_and(u8::is_ascii_digit) {
            let (before, word) = match memchr::memrchr(b' ', line) {
                Some(space) => line.split_at(space + 1),
                None => (&b""[..], line),
            };
            self.doubtful |= before.trim_ascii().ends_with(b":") && is_number(word);
        }
    }

    fn field(&mut self, field: &[u8]) {
        let Some(colon) = memchr::memchr(b':', field) else {
            // A continuation of a text would stand further right.
            return self.doubtful = true;
        };
        let (key, value) = field.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        match key {
            b"name" => self.name |= is_name(value),
            b"version" => self.version |= is_version(value),
            b"type" => self.doubtful |= !matches!(value, b"application" | b"library"),
            b"maintainers" | b"dependencies" => self.doubtful |= !matches!(value, b"" | b"[]"),
            b"digest" => {}
            // Other letters, quotes and marks may say any of these; and a number is no text.
            _ => {
                self.doubtful |=
                    !key.first().is_some_and(u8::is_ascii_lowercase) || is_number(value);
            }
        }
    }

    /// Ends a version.
    fn end(&mut self) {
        self.doubtful |= self.column != 0 && !(self.name && self.version);
        (self.name, self.version) = (false, false);
    }

    /// Ends a chart; whether it has to be read.
    fn take(&mut self) -> bool {
        self.end();
        let doubtful = self.doubtful;
        *self = Entries::default();
        doubtful
    }
}

/// Returns whether an item of a list may be null.
fn empty(item: &[u8]) -> bool {
    let plain = item.split(|b| *b == b'#').next().unwrap_or_default().trim_ascii();
    plain.is_empty() || plain == b"~" || plain.eq_ignore_ascii_case(b"null")
}

fn is_name(value: &[u8]) -> bool {
    let word = |b: &u8| b.is_ascii_alphanumeric() || b"-_.".contains(b);
    value.first().is_some_and(u8::is_ascii_alphabetic)
        && value.iter().all(word)
        && !value.eq_ignore_ascii_case(b"null")
}

/// Returns whether YAML may read a number.
fn is_number(value: &[u8]) -> bool {
    let decimal = |b: &u8| b.is_ascii_digit() || b"eE_+-.".contains(b);
    let other = matches!(value, [b'0', b'x' | b'o' | b'b', ..]);
    value.first().is_some_and(|b| b.is_ascii_digit() || b"+-.".contains(b))
        && value.iter().filter(|b| **b == b'.').count() < 2
        && (other || value.iter().all(decimal))
}

fn is_version(value: &[u8]) -> bool {
    let quoted = |quote: u8| value.strip_prefix(&[quote])?.strip_suffix(&[quote]);
    let Some(text) =
        quoted(b'"').or_else(|| quoted(b'\'')).or((!is_number(value)).then_some(value))
    else {
        return false;
    };
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-+.".contains(b);
    text.iter().all(plain)
        && std::str::from_utf8(text).is_ok_and(|text| Version::parse(text).is_ok())
}

struct Lines<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, &'a [u8]);

    fn next(&mut self) -> Option<(usize, &'a [u8])> {
        let rest = self.data.get(self.at..).filter(|r| !r.is_empty())?;
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let start = self.at;
        self.at += length + 1;
        let line = rest.get(..length)?;
        Some((start, line.strip_suffix(b"\r").unwrap_or(line)))
    }
}

#[cfg(test)]
mod tests {
    use super::layout;

    #[test]
    fn charts_stand_between_their_names() {
        let text = b"apiVersion: v1\nentries:\n  a:\n  - name: a\n    version: 1.0.0\n  b-c:\n    - name: b-c\ngenerated: x\n";
        let found = layout(text).unwrap();
        let charts: Vec<_> = found
            .charts
            .iter()
            .map(|c| {
                let lines = std::str::from_utf8(&text[c.range.clone()]).unwrap();
                (std::str::from_utf8(c.name).unwrap(), lines, c.doubtful)
            })
            .collect();
        let want = [
            ("a", "  a:\n  - name: a\n    version: 1.0.0\n", false),
            ("b-c", "  b-c:\n    - name: b-c\n", true),
        ];
        assert_eq!(charts, want);
        assert_eq!(found.head, [&b"apiVersion: v1\n"[..], b"generated: x\n"]);
    }

    #[test]
    fn versions_that_may_be_invalid_are_doubted() {
        for (lines, doubtful) in [
            ("name: a\nversion: 1.2.3-rc.1\ntype: library", false),
            ("maintainers:\n- name: x\n  email: y\nname: a\nversion: '1'", false),
            ("dependencies:\n- alias: b_c\n  name: b\nname: a\nversion: \"1.0\"", false),
            ("version: 1.2.3", true),
            ("name: a", true),
            ("name: a/b\nversion: 1.2.3", true),
            ("name: a\nversion: v1.x", true),
            ("name: a\nversion: 1.2", true),
            ("name: a\nversion: 1.2.3\nappVersion: 1.20", true),
            (
                "name: a\nversion: 1.2.3\nappVersion: '1.20'\ndigest: 5af\ncreated: 2020-01-01T00:00:00Z",
                false,
            ),
            ("name: a\nversion: 1.2.3\nannotations:\n  a: 3", true),
            ("name: a\nversion: 1.2.3\nannotations:\n  a: x 3", false),
            ("name: a\nversion: 1.2.3\ntype: other", true),
            ("name: a\nversion: 1.2.3\nType: other", true),
            ("name: a\nversion: 1.2.3\nmaintainers: [null]", true),
            ("name: a\nversion: 1.2.3\nmaintainers:\n- # none\n- name: x", true),
            ("name: a\nversion: 1.2.3\ndependencies:\n- null", true),
            ("name: a\nversion: 1.2.3\ndependencies:\n- alias: b.c", true),
            ("name: a\nversion: 1.2.3\ndependencies:\n- name: b\n  alias: 'b'", true),
            ("name: a\nversion: 1.2.3\ndescription: >-\n  of\n  name: b", false),
        ] {
            for (before, within) in [("  - ", "    "), ("    - ", "      "), ("  -   ", "      ")] {
                let lines = lines.replace('\n', &format!("\n{within}"));
                let text = format!("entries:\n  a:\n{before}{lines}\n");
                let found = layout(text.as_bytes()).unwrap();
                assert_eq!(found.charts[0].doubtful, doubtful, "{text}");
                let good = "  - name: a\n    version: 1.0.0\n";
                if before == "  - " {
                    let text = format!("entries:\n  b:\n{good}  a:\n{good}{before}{lines}\n{good}");
                    let found: Vec<bool> = layout(text.as_bytes())
                        .unwrap()
                        .charts
                        .iter()
                        .map(|c| c.doubtful)
                        .collect();
                    assert_eq!(found, [false, doubtful], "{text}");
                }
            }
        }
    }

    #[test]
    fn odd_shapes_are_left_to_the_parser() {
        for text in [
            "{\"entries\": {}}",
            "entries: {a: []}\n",
            "entries:\n  a: []\n",
            "entries:\n  a:\n  - x: 1\n  a:\n  - x: 2\n",
            "entries:\n  \"a\":\n  - x: 1\n",
            "entries:\n  true:\n  - x: 1\n b:\n",
            "entries:\n  a:\n  - x: 1\nb: 1\n---\nc: 1\n",
        ] {
            assert!(layout(text.as_bytes()).is_none(), "{text}");
        }
    }
}
