//! Splits a stream of YAML documents the way Helm does: by text, not by YAML.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::profile::{Profile, Rule};
use gostd::unicode;

/// Finds a line break before dashes.
static SEPARATOR: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\n---"));

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
    split_ranges(text, Profile::DEFAULT).map(|range| text.get(range).unwrap_or_default())
}

/// Returns where in a text its documents are, as [`split_manifests`] finds them; as a Helm release does.
///
/// Helm 4.2 keeps the white space at the end of the last document ([`Rule::LastNewlinesStay`]). From 4.2.4 on it
/// keeps that of every document, and a separator takes no more than blanks on its own line with it
/// ([`Rule::AllNewlinesStay`]).
pub fn split_ranges(text: &[u8], profile: Profile) -> impl Iterator<Item = Range<usize>> {
    let keeps_last = profile.has(Rule::LastNewlinesStay);
    let keeps_all = profile.has(Rule::AllNewlinesStay);
    let skip = move |text: &[u8]| if keeps_all { blanks(text) } else { spaces(text) };
    let start = text.len() - unicode::trim_start(text, unicode::is_space).len();
    let all = match keeps_last {
        true => start..text.len(),
        false => trimmed(text, 0..text.len()),
    };
    let mut rest = Some(match text[all.clone()].strip_prefix(b"---") {
        Some(after) => all.start + 3 + skip(after)..all.end,
        None => all,
    });
    std::iter::from_fn(move || {
        let current = rest.take()?;
        let Some(at) = SEPARATOR.find(&text[current.clone()]) else {
            return Some(if keeps_last { kept(text, current) } else { trimmed(text, current) });
        };
        let end = current.start + at;
        rest = Some(end + 4 + skip(&text[end + 4..current.end])..current.end);
        let document = current.start..end + usize::from(keeps_all);
        Some(if keeps_all { kept(text, document) } else { trimmed(text, document) })
    })
    .filter(|d| !d.is_empty())
}

/// Returns a part of a text without the white space around it.
fn trimmed(text: &[u8], part: Range<usize>) -> Range<usize> {
    let end = part.start + unicode::trim_end(&text[part.clone()], unicode::is_space).len();
    let start = end - unicode::trim_start(&text[part.start..end], unicode::is_space).len();
    start..end
}

/// Returns a part of a text without the white space before it; nothing if that is all.
fn kept(text: &[u8], part: Range<usize>) -> Range<usize> {
    part.end - unicode::trim_start(&text[part.clone()], unicode::is_space).len()..part.end
}

/// Returns how many white space a text begins with.
fn spaces(text: &[u8]) -> usize {
    text.iter().take_while(|b| is_space(**b)).count()
}

/// Returns how many blanks and tabs a text begins with.
fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|b| matches!(b, b' ' | b'\t')).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bstr::ByteSlice;

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

    #[test]
    fn later_releases_keep_what_is_at_the_end_of_documents() {
        let text = b"\n--- # a\na: 1\n\n---\n\n---b: 2\n \n---  \n---\nc: 3\n\n";
        let split = |version: &str| -> Vec<String> {
            let profile = Profile::parse(version).unwrap();
            let ranges = split_ranges(text, profile);
            ranges.map(|range| text[range].to_str_lossy().into_owned()).collect()
        };
        assert_eq!(split("3.22"), ["# a\na: 1", "---b: 2", "---\nc: 3"]);
        assert_eq!(split("4.3"), ["# a\na: 1\n\n", "b: 2\n \n", "c: 3\n\n"]);
    }
}
