//! Reproduces Go's `path.Match`, which on Unix is `filepath.Match` too.

use std::fmt;

use crate::unicode::decode;

/// Go's `path.ErrBadPattern`, which says no more of a pattern than that it is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadPattern;

impl fmt::Display for BadPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("syntax error in pattern")
    }
}

impl std::error::Error for BadPattern {}

/// Returns whether the whole name matches a pattern of `*`, `?` and `[a-z]`, none of which matches
/// a slash (classes do).
///
/// # Errors
///
/// [`BadPattern`], where Go comes upon the error.
///
/// ```
/// use gostd::path::matches;
/// assert_eq!(matches(b"a*/b", b"abc/b"), Ok(true));
/// ```
pub fn matches(mut pattern: &[u8], mut name: &[u8]) -> Result<bool, BadPattern> {
    'pattern: while !pattern.is_empty() {
        let (star, chunk, rest) = scan_chunk(pattern);
        pattern = rest;
        if star && chunk.is_empty() {
            return Ok(!name.contains(&b'/'));
        }
        let last = pattern.is_empty();
        if let Some(after) = match_chunk(chunk, name)?
            && (after.is_empty() || !last)
        {
            name = after;
            continue;
        }
        if star {
            let end = name.iter().position(|&b| b == b'/').unwrap_or(name.len());
            for i in 0..end {
                if let Some(after) = match_chunk(chunk, &name[i + 1..])? {
                    if last && !after.is_empty() {
                        continue;
                    }
                    name = after;
                    continue 'pattern;
                }
            }
        }
        // Go looks for errors in what is left of the pattern.
        while !pattern.is_empty() {
            let (_, chunk, rest) = scan_chunk(pattern);
            pattern = rest;
            match_chunk(chunk, b"")?;
        }
        return Ok(false);
    }
    Ok(name.is_empty())
}

/// Returns the next stars (whether there are any), what follows them up to more stars, and the
/// rest.
fn scan_chunk(pattern: &[u8]) -> (bool, &[u8], &[u8]) {
    let stars = pattern.iter().take_while(|&&b| b == b'*').count();
    let chunk = &pattern[stars..];
    let mut in_class = false;
    let mut i = 0;
    while i < chunk.len() {
        match chunk[i] {
            b'\\' => i += 1,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'*' if !in_class => break,
            _ => {}
        }
        i += 1;
    }
    let (chunk, rest) = chunk.split_at(i.min(chunk.len()));
    (stars > 0, chunk, rest)
}

/// Returns what is left of the text after the chunk; `None` if it does not match. The chunk is read
/// to its end in any case.
fn match_chunk<'a>(mut chunk: &[u8], mut s: &'a [u8]) -> Result<Option<&'a [u8]>, BadPattern> {
    let mut failed = false;
    while let Some((&first, mut rest)) = chunk.split_first() {
        failed |= s.is_empty();
        match first {
            b'[' => {
                let (c, width) = if failed { ('\0', 0) } else { decode(s) };
                s = &s[width..];
                let negated = rest.first() == Some(&b'^');
                if negated {
                    rest = &rest[1..];
                }
                let mut matched = false;
                let mut ranges = 0;
                loop {
                    if ranges > 0 && rest.first() == Some(&b']') {
                        rest = &rest[1..];
                        break;
                    }
                    let (lo, after) = class_char(rest)?;
                    let (hi, after) = match after.strip_prefix(b"-") {
                        Some(after) => class_char(after)?,
                        None => (lo, after),
                    };
                    matched |= (lo..=hi).contains(&c);
                    rest = after;
                    ranges += 1;
                }
                failed |= matched == negated;
            }
            b'?' => {
                if !failed {
                    failed = s.first() == Some(&b'/');
                    s = &s[decode(s).1..];
                }
            }
            _ => {
                let mut literal = first;
                if first == b'\\' {
                    let (&escaped, after) = rest.split_first().ok_or(BadPattern)?;
                    literal = escaped;
                    rest = after;
                }
                if !failed && let Some((&b, after)) = s.split_first() {
                    failed = b != literal;
                    s = after;
                }
            }
        }
        chunk = rest;
    }
    Ok((!failed).then_some(s))
}

/// Returns one character of a class, perhaps escaped. Something must follow it.
fn class_char(class: &[u8]) -> Result<(char, &[u8]), BadPattern> {
    let s = match class.first() {
        None | Some(b'-' | b']') => return Err(BadPattern),
        Some(b'\\') => &class[1..],
        Some(_) => class,
    };
    let (c, width) = decode(s);
    let rest = &s[width..];
    if rest.is_empty() || (c == char::REPLACEMENT_CHARACTER && width == 1) {
        return Err(BadPattern);
    }
    Ok((c, rest))
}
