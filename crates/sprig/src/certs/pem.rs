//! PEM blocks and Base64 as Go's `encoding/pem` and `encoding/base64` treat them.

use bstr::ByteSlice;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// How many characters of Base64 a line holds.
const LINE: usize = 64;

/// A block: its label and its data.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) label: Vec<u8>,
    pub(crate) data: Vec<u8>,
}

/// A block with the label, as Go's `pem.Encode` writes it.
pub(crate) fn encode(label: &str, data: &[u8]) -> Vec<u8> {
    let mut base64 = Vec::new();
    encode_base64(&mut base64, data);
    let mut out = Vec::with_capacity(base64.len() + base64.len() / LINE + 80);
    out.extend_from_slice(format!("-----BEGIN {label}-----\n").as_bytes());
    for line in base64.chunks(LINE) {
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out.extend_from_slice(format!("-----END {label}-----\n").as_bytes());
    out
}

/// The first block of a text, as Go's `pem.Decode` finds it. Headers are skipped.
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
        if let Ok(data) = decode_base64(&base64) {
            return Some(Block { label: label.to_vec(), data });
        }
    }
}

/// The first line without its end and trailing blanks, and what follows it.
fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    let (line, rest) = match text.split_once_str(b"\n") {
        Some((line, rest)) => (line.strip_suffix(b"\r").unwrap_or(line), rest),
        None => (text, &text[text.len()..]),
    };
    (line.trim_end_with(|c| c == ' ' || c == '\t'), rest)
}

/// Appends standard Base64 with padding.
pub(crate) fn encode_base64(out: &mut Vec<u8>, data: &[u8]) {
    out.reserve(data.len().div_ceil(3) * 4);
    for chunk in data.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let word = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            out.push(if digit <= chunk.len() {
                ALPHABET[(word >> (18 - 6 * digit)) as usize & 63]
            } else {
                b'='
            });
        }
    }
}

/// Decodes standard Base64 with padding, line ends skipped.
///
/// # Errors
/// The offset that Go's `illegal base64 data at input byte N` names.
pub(crate) fn decode_base64(text: &[u8]) -> Result<Vec<u8>, usize> {
    let is_line_end = |b: &u8| matches!(b, b'\n' | b'\r');
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut word, mut digits) = (0u32, 0usize);
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        at += 1;
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'\n' | b'\r' => continue,
            b'=' if digits >= 2 => {
                let skip_line_ends =
                    |at: usize| at + text[at..].iter().take_while(|b| is_line_end(b)).count();
                if digits == 2 {
                    at = skip_line_ends(at);
                    match text.get(at) {
                        None => return Err(text.len()),
                        Some(b'=') => at += 1,
                        Some(_) => return Err(at - 1),
                    }
                }
                at = skip_line_ends(at);
                if at < text.len() {
                    return Err(at);
                }
                let bytes = (word << (6 * (4 - digits))).to_be_bytes();
                out.extend_from_slice(&bytes[1..digits]);
                return Ok(out);
            }
            _ => return Err(at - 1),
        };
        word = word << 6 | u32::from(value);
        digits += 1;
        if digits == 4 {
            out.extend_from_slice(&word.to_be_bytes()[1..]);
            (word, digits) = (0, 0);
        }
    }
    if digits == 0 { Ok(out) } else { Err(text.len() - digits) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_goes_there_and_back() {
        for len in 0..70u8 {
            let data: Vec<u8> = (0..len).map(|b| b.wrapping_mul(37)).collect();
            let mut text = Vec::new();
            encode_base64(&mut text, &data);
            assert_eq!(decode_base64(&text), Ok(data));
        }
        for (text, want) in [
            ("Zg==", Ok("f")),
            ("Zm8=", Ok("fo")),
            ("Zm9v\r\nYmFy\n", Ok("foobar")),
            ("Z", Err(0)),
            ("Zm9vZ", Err(4)),
            ("Zg=", Err(3)),
            ("Zg==Zg==", Err(4)),
        ] {
            assert_eq!(decode_base64(text.as_bytes()), want.map(|s| s.as_bytes().to_vec()));
        }
    }

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
