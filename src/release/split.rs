//! Splits a stream of YAML documents the way Helm does: by text, not by YAML.

use std::ops::Range;

use bstr::ByteSlice;

use gostd::unicode;

/// Tells whether a byte is white space as Go's regular expressions know it: no vertical tab.
fn is_space(b: u8) -> bool {
    matches!(b, b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

/// Returns the documents of a text, white space around each removed, empty ones left out.
///
/// A separator is `---` at the very start or after a line break, with any white space before and
/// after it; so `---` right behind another separator is content, and so is what follows `--- ` on its
/// line.
///
/// ```
/// use statefulchart::release::split_manifests;
/// let documents: Vec<_> = split_manifests(b"---\na: 1\n---\n---\nb: 2\n").collect();
/// assert_eq!(documents, [&b"a: 1"[..], b"---\nb: 2"]);
/// ```
pub fn split_manifests(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    split_ranges(text).map(|range| text.get(range).unwrap_or_default())
}

/// Returns where in a text its documents are, as [`split_manifests`] finds them.
pub fn split_ranges(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let all = trimmed(text, 0..text.len());
    let mut rest = Some(match text[all.clone()].strip_prefix(b"---") {
        Some(after) => all.end - skip_space(after).len()..all.end,
        None => all,
    });
    std::iter::from_fn(move || {
        let current = rest.take()?;
        let document = match text[current.clone()].find(b"\n---") {
            Some(at) => {
                let after = &text[current.start + at + 4..current.end];
                rest = Some(current.end - skip_space(after).len()..current.end);
                current.start..current.start + at
            }
            None => current,
        };
        Some(trimmed(text, document))
    })
    .filter(|d| !d.is_empty())
}

/// Returns a part of a text without the white space around it.
fn trimmed(text: &[u8], part: Range<usize>) -> Range<usize> {
    let end = part.start + unicode::trim_end(&text[part.clone()], unicode::is_space).len();
    let start = end - unicode::trim_start(&text[part.start..end], unicode::is_space).len();
    start..end
}

fn skip_space(text: &[u8]) -> &[u8] {
    let n = text.iter().take_while(|b| is_space(**b)).count();
    &text[n..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_lines_that_begin_with_three_dashes() {
        let rows: &[(&[u8], &[&[u8]])] = &[
            (b"", &[]),
            (b"---", &[]),
            (b"a: 1", &[b"a: 1"]),
            (b"\n\n---\na: 1\n---\nb: 2", &[b"a: 1", b"b: 2"]),
            (b"a: 1\n  \n---   \n\n  b: 2", &[b"a: 1", b"b: 2"]),
            (b"a: 1\n---b: 2\n--- # c\nd: 3", &[b"a: 1", b"b: 2", b"# c\nd: 3"]),
            (b"a: 1\n---\n---\n---\nb: 2", &[b"a: 1", b"---", b"b: 2"]),
            (b"a: |\n  ---\n  x", &[b"a: |\n  ---\n  x"]),
            (b"a: 1\r\n---\r\nb: 2\r\n", &[b"a: 1", b"b: 2"]),
        ];
        for (text, want) in rows {
            let got: Vec<_> = split_manifests(text).collect();
            assert_eq!(got, *want, "{}", text.as_bstr());
        }
    }
}
