//! Finds escapes in texts in double quotes that YAML does not have.

use std::ops::Range;

use bstr::ByteSlice;

/// Returns where in a line the first escape is that YAML does not have: a backslash and what follows it.
pub(super) fn unknown(line: &[u8]) -> Option<Range<usize>> {
    const KNOWN: &[u8] = b"0abtnvfre \t\"'\\N_LPxuU";
    let mut from = 0;
    loop {
        let at = from + line.get(from..)?.find_byte(b'\\')?;
        let (c, length) = bstr::decode_utf8(line.get(at + 1..)?);
        if length > 0 && !c.is_some_and(|c| u8::try_from(c).is_ok_and(|c| KNOWN.contains(&c))) {
            return Some(at..at + 1 + length);
        }
        from = at + 1 + length.max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::unknown;

    #[test]
    fn the_first_escape_that_yaml_does_not_have_is_found() {
        assert_eq!(unknown(br#"a: "\\t\"\\\\""#), None);
        assert_eq!(unknown(br#"a: "C:\\temp\data""#), Some(12..14));
        assert_eq!(unknown(br#"a: "\/""#), Some(4..6));
        assert_eq!(unknown("a: \"\\é\"".as_bytes()), Some(4..7));
        assert_eq!(unknown(b"a: \\"), None);
    }
}
