//! Prints `[]byte` as decimals, at once or when the text is read.

use std::sync::Arc;

use crate::value::Str;

/// Each byte as a space and its decimal digits, and how many bytes of it count.
static DECIMALS: [(u32, u8); 256] = {
    let mut table = [(0, 0); 256];
    let mut n = 0;
    while n < 256 {
        let digits = [(n / 100) as u8 + b'0', (n / 10 % 10) as u8 + b'0', (n % 10) as u8 + b'0'];
        let (text, length) = match n {
            0..10 => ([b' ', digits[2], 0, 0], 2),
            10..100 => ([b' ', digits[1], digits[2], 0], 3),
            _ => ([b' ', digits[0], digits[1], digits[2]], 4),
        };
        table[n] = (u32::from_le_bytes(text), length);
        n += 1;
    }
    table
};

/// From which length on a byte slice may be left out, in bytes.
const LARGE: usize = 1024;

/// Appends `[1 2 3]`.
pub(super) fn decimals(out: &mut Vec<u8>, bytes: &[u8]) {
    let start = out.len();
    let mut buffer = [0; 1024 * 4 + 8];
    for chunk in bytes.chunks(1024) {
        let mut end = 0;
        // Two at once, into eight bytes, of which the next overwrite what is too much.
        let (pairs, rest) = chunk.as_chunks::<2>();
        for [first, second] in pairs {
            let (digits, n) = DECIMALS[usize::from(*first)];
            let (more, m) = DECIMALS[usize::from(*second)];
            let both = u64::from(digits) | u64::from(more) << (8 * n);
            buffer[end..end + 8].copy_from_slice(&both.to_le_bytes());
            end += usize::from(n + m);
        }
        for byte in rest {
            let (digits, n) = DECIMALS[usize::from(*byte)];
            buffer[end..end + 4].copy_from_slice(&digits.to_le_bytes());
            end += usize::from(n);
        }
        out.extend_from_slice(&buffer[..end]);
    }
    // The bracket stands where the space before the first would.
    match out.get_mut(start) {
        Some(space) => *space = b'[',
        None => out.push(b'['),
    }
    out.push(b']');
}

/// Byte slices that were left out of a text, and where. A template that prints its whole context asks for
/// the bytes of every file it holds as numbers, four times the files' size; nearly always the text is a
/// key that a `dict` with its arguments in the wrong order got, which no template reads.
#[derive(Debug, Default)]
pub(super) struct Later {
    /// The length of the text before the slice, and the slice.
    slices: Vec<(usize, Arc<[u8]>)>,
    /// How long all of them may become, in bytes.
    most: usize,
}

impl Later {
    /// Leaves a slice out at the end of a text; false if it must be printed: it is small, or the text's
    /// first bytes, by which texts are told apart, are not there yet.
    pub(super) fn add(&mut self, text: &[u8], slice: &Arc<[u8]>) -> bool {
        let fits = slice.len() >= LARGE && text.len() >= size_of::<u64>();
        if fits {
            self.most += slice.len() * 4 + 1;
            self.slices.push((text.len(), slice.clone()));
        }
        fits
    }

    /// Returns how long what was left out may become, in bytes.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Returns what was left out, with a text.
    pub(super) fn with(self, text: Vec<u8>) -> Str {
        match self.slices.is_empty() {
            true => Str::from(text),
            false => Str::later(text, self.slices, decimals),
        }
    }
}
