//! Where the charts stand in an index file, without parsing it.
//!
//! Indexes of tens of megabytes are common, and most commands want one chart. Those that Helm and the
//! usual servers write have a plain shape: `entries:` at the margin, each chart's name on a line of
//! its own. Whatever looks different is left to the parser.

use std::collections::HashMap;
use std::ops::Range;

/// The parts of an index file.
pub(super) struct Layout<'a> {
    /// What is not `entries`: before it and behind it.
    pub(super) head: [&'a [u8]; 2],
    /// Each chart's name and the lines of its versions.
    pub(super) charts: Vec<(&'a [u8], Range<usize>)>,
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
    let mut charts: Vec<(&[u8], Range<usize>)> = Vec::new();
    let mut indent = 0;
    let mut end = data.len();
    while let Some((start, line)) = lines.next() {
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
        if let Some((_, last)) = charts.last_mut() {
            last.end = start;
        }
        charts.push((name, start..data.len()));
    }
    if let Some((_, last)) = charts.last_mut() {
        last.end = end;
    }
    let mut seen = HashMap::with_capacity(charts.len());
    // Names that YAML reads as something else, and names that stand twice, are the parser's.
    let plain = charts.iter().all(|(name, _)| {
        name.first().is_some_and(u8::is_ascii_alphabetic) && seen.insert(*name, ()).is_none()
    });
    let head = [data.get(..before)?, data.get(end..)?];
    let odd = |part: &[u8]| part.windows(4).any(|w| w == b"\n---" || w == b"\n...");
    (plain && !odd(head[1])).then_some(Layout { head, charts })
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
            .map(|(n, r)| (std::str::from_utf8(n).unwrap(), text[r.clone()].len()))
            .collect();
        assert_eq!(charts, [("a", 37), ("b-c", 23)]);
        assert_eq!(found.head, [&b"apiVersion: v1\n"[..], b"generated: x\n"]);
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
