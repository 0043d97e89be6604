//! Reads and writes PEM blocks as Go's `encoding/pem` treats them.

use bstr::ByteSlice;

use crate::encoding::{base64_decode, base64_encode};

/// How many characters of Base64 a line holds.
const LINE: usize = 64;

/// A block: its label and its data.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) label: Vec<u8>,
    pub(crate) data: Vec<u8>,
}

/// Returns a block with the label, as Go's `pem.Encode` writes it.
pub(crate) fn encode(label: &str, data: &[u8]) -> Vec<u8> {
    let base64 = base64_encode(data);
    let mut out = Vec::with_capacity(base64.len() + base64.len() / LINE + 80);
    out.extend_from_slice(format!("-----BEGIN {label}-----\n").as_bytes());
    for line in base64.chunks(LINE) {
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out.extend_from_slice(format!("-----END {label}-----\n").as_bytes());
    out
}

/// Returns the first block of a text, as Go's `pem.Decode` finds it. Headers are skipped.
pub(crate) fn decode(text: &[u8]) -> Option<Block> {
    let mut rest = text;
    loop {
        rest = match rest.strip_prefix(b"-----BEGIN ") {
            Some(after) => after,
            None => rest.split_once_str(b"\n-----BEGIN ")?.1,
        };
        let (line, after) = split_line(rest);
        rest = after;
        let Some(label) = line.strip_suffix(b"-----") else { continue };
        let mut headers = false;
        loop {
            if rest.is_empty() {
                return None;
            }
            let (line, after) = split_line(rest);
            if !line.contains(&b':') {
                break;
            }
            headers = true;
            rest = after;
        }
        // Without headers or data the end may follow at once.
        let (body, end) = match rest.strip_prefix(b"-----END ") {
            Some(end) if !headers => (&rest[..0], end),
            _ => match rest.split_once_str(b"\n-----END ") {
                Some(found) => found,
                None => continue,
            },
        };
        let Some(tail) = end.strip_prefix(label).and_then(|end| end.strip_prefix(b"-----")) else {
            continue;
        };
        if !split_line(tail).0.is_empty() {
            continue;
        }
        let base64: Vec<u8> = body.iter().copied().filter(|b| !matches!(b, b' ' | b'\t')).collect();
        if let Ok(data) = base64_decode(&base64) {
            return Some(Block { label: label.to_vec(), data });
        }
    }
}

/// Returns the first line without its end and trailing blanks, and what follows it.
fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    let (line, rest) = match text.split_once_str(b"\n") {
        Some((line, rest)) => (line.strip_suffix(b"\r").unwrap_or(line), rest),
        None => (text, &text[text.len()..]),
    };
    (line.trim_end_with(|c| c == ' ' || c == '\t'), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_whole_block_is_found() {
        for (text, want) in [
            ("", None),
            ("-----BEGIN A-----\nZg==\n-----END A-----", Some(("A", "f"))),
            (
                "x\n-----BEGIN A B-----\r\nK: v\r\n\r\nZg==\r\n-----END A B-----\r\n",
                Some(("A B", "f")),
            ),
            ("-----BEGIN A-----\n-----END A-----\n", Some(("A", ""))),
            ("-----BEGIN A-----\nZg==\n-----END B-----\n", None),
            ("-----BEGIN A-----\n*\n-----END A-----\n", None),
            (
                "-----BEGIN A-----\nZg\n-----END A-----\n-----BEGIN B-----\nZg==\n-----END B-----\n",
                Some(("B", "f")),
            ),
            ("-----BEGIN A-----\nZg==\n-----END A----- x\n", None),
        ] {
            let want = want.map(|(label, data): (&str, &str)| Block {
                label: label.into(),
                data: data.into(),
            });
            assert_eq!(decode(text.as_bytes()), want, "{text}");
        }
    }
}
