//! Searches text eight bytes at a time, where what is looked for is near: a call of `memchr` costs
//! more than most of the runs that the short reader steps over are long.

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Returns the eight bytes at a position, the first one lowest.
#[inline]
fn word(text: &[u8], pos: usize) -> Option<u64> {
    text.get(pos..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

/// Marks the zero bytes of a word. Only marks above the lowest one may be wrong.
#[inline]
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(LOW) & !word & HIGH
}

/// Returns where the first of three bytes is at or after `from`; the text's length if none is
/// there.
#[inline]
pub(super) fn find(text: &[u8], from: usize, bytes: [u8; 3]) -> usize {
    let [a, b, c] = bytes.map(|b| u64::from(b) * LOW);
    let mut pos = from;
    while let Some(word) = word(text, pos) {
        let marks = zeros(word ^ a) | zeros(word ^ b) | zeros(word ^ c);
        if marks != 0 {
            return pos + marks.trailing_zeros() as usize / 8;
        }
        pos += 8;
    }
    let rest = text.get(pos..).unwrap_or_default();
    pos + rest.iter().position(|b| bytes.contains(b)).unwrap_or(rest.len())
}

/// Returns how many spaces there are from a position on.
#[inline]
pub(super) fn spaces(text: &[u8], from: usize) -> usize {
    let mut pos = from;
    while let Some(word) = word(text, pos) {
        let others = word ^ (u64::from(b' ') * LOW);
        if others != 0 {
            return pos - from + others.trailing_zeros() as usize / 8;
        }
        pos += 8;
    }
    let rest = text.get(pos..).unwrap_or_default();
    pos - from + rest.iter().take_while(|&&b| b == b' ').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_find_what_bytes_find() {
        // Values next to the bytes looked for, and a run of each, at every distance.
        let alphabet = [b':', b'#', b'\n', b' ', 0x00, 0x01, 0x3b, 0x80, 0xba, 0xff, b'a'];
        let mut seed = 1u32;
        for len in 0..40 {
            for _ in 0..200 {
                let mut next = || {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    alphabet[(seed >> 24) as usize % alphabet.len()]
                };
                let text: Vec<u8> = (0..len).map(|_| next()).collect();
                for from in 0..=len {
                    let slow = text[from..].iter().position(|b| b":#\n".contains(b));
                    assert_eq!(find(&text, from, *b":#\n"), slow.map_or(len, |n| from + n));
                }
            }
            for start in 0..=len {
                let mut text = vec![b' '; len];
                text.extend_from_slice(b"!  ");
                assert_eq!(spaces(&text, start), len - start);
                assert_eq!(spaces(&text[..len], start), len - start);
            }
        }
    }
}
