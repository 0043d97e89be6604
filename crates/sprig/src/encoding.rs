//! Encodes and decodes base64 and base32. Decoders return the text of their error as if it were the data, as
//! sprig does.

use gostd::value::{Type, Value};
use gotemplate::func::{FuncDef, def};

use super::args::text;

pub(super) const TABLE: &[FuncDef] = &[
    def("b64enc", &[Type::String], |_, a| Ok(Value::from(base64_encode(text(a, 0))))).growing(2),
    def("b64dec", &[Type::String], |_, a| {
        Ok(base64_decode(text(a, 0)).map_or_else(|at| corrupt(64, at), Value::from))
    }),
    def("b32enc", &[Type::String], |_, a| Ok(Value::from(base32_encode(text(a, 0))))).growing(2),
    def("b32dec", &[Type::String], |_, a| {
        Ok(base32_decode(text(a, 0)).map_or_else(|at| corrupt(32, at), Value::from))
    }),
];

fn corrupt(base: u32, at: usize) -> Value {
    Value::from(format!("illegal base{base} data at input byte {at}"))
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const NO_DIGIT: u8 = 0xff;
const BASE64_DIGITS: [u8; 256] = digits(BASE64);
const BASE32_DIGITS: [u8; 256] = digits(BASE32);

/// Returns the value of each byte that is a digit.
const fn digits(alphabet: &[u8]) -> [u8; 256] {
    let mut table = [NO_DIGIT; 256];
    let mut i = 0;
    while i < alphabet.len() {
        table[alphabet[i] as usize] = i as u8;
        i += 1;
    }
    table
}

/// Encodes as Go's `base64.StdEncoding` does.
pub(super) fn base64_encode(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len().div_ceil(3) * 4);
    let mut groups = data.chunks_exact(3);
    for group in &mut groups {
        // chunks_exact(3) yields slices of 3; digits are below 64.
        let n = u32::from(group[0]) << 16 | u32::from(group[1]) << 8 | u32::from(group[2]);
        for shift in [18, 12, 6, 0] {
            out.push(BASE64[(n >> shift & 63) as usize]);
        }
    }
    let digit = |n: u8| BASE64[usize::from(n & 63)];
    match *groups.remainder() {
        [a] => out.extend([digit(a >> 2), digit(a << 4), b'=', b'=']),
        [a, b] => out.extend([digit(a >> 2), digit(a << 4 | b >> 4), digit(b << 2), b'=']),
        _ => {}
    }
    out
}

/// Decodes as Go's `base64.StdEncoding` does: line breaks are skipped, padding is required.
/// The error is the offset of the offending byte.
pub fn base64_decode(data: &[u8]) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(data.len() / 4 * 3);
    let line_break = |b: &u8| matches!(b, b'\n' | b'\r');
    let skip = |from: usize| from + data[from..].iter().take_while(|b| line_break(b)).count();
    let mut at = 0;
    loop {
        let mut group = [0u8; 4];
        let mut filled = 0;
        while filled < 4 {
            let Some(&b) = data.get(at) else {
                // Go counts back the digits of the open group from the end.
                return if filled == 0 { Ok(out) } else { Err(at - filled) };
            };
            at += 1;
            match BASE64_DIGITS[usize::from(b)] {
                NO_DIGIT if line_break(&b) => {}
                NO_DIGIT if b == b'=' && filled >= 2 => {
                    if filled == 2 {
                        at = skip(at);
                        match data.get(at) {
                            None => return Err(data.len()),
                            Some(b'=') => at += 1,
                            Some(_) => return Err(at - 1),
                        }
                    }
                    at = skip(at);
                    if at < data.len() {
                        return Err(at);
                    }
                    out.push(group[0] << 2 | group[1] >> 4);
                    if filled == 3 {
                        out.push(group[1] << 4 | group[2] >> 2);
                    }
                    return Ok(out);
                }
                NO_DIGIT => return Err(at - 1),
                digit => {
                    // `filled` is below 4 by the loop's condition.
                    group[filled] = digit;
                    filled += 1;
                }
            }
        }
        out.extend([
            group[0] << 2 | group[1] >> 4,
            group[1] << 4 | group[2] >> 2,
            group[2] << 6 | group[3],
        ]);
    }
}

fn base32_encode(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len().div_ceil(5) * 8);
    for group in data.chunks(5) {
        let n = group.iter().enumerate().fold(0u64, |n, (i, b)| n | u64::from(*b) << (32 - 8 * i));
        let digits = (group.len() * 8).div_ceil(5);
        out.extend((0..8).map(|i| match i < digits {
            true => BASE32[(n >> (35 - 5 * i) & 31) as usize],
            false => b'=',
        }));
    }
    out
}

/// Decodes as Go's `base32.StdEncoding` does; offsets count the text without its line breaks.
fn base32_decode(data: &[u8]) -> Result<Vec<u8>, usize> {
    let data: Vec<u8> = data.iter().copied().filter(|b| !matches!(b, b'\n' | b'\r')).collect();
    let len = data.len();
    let mut out = Vec::with_capacity(len / 8 * 5);
    let mut at = 0;
    while at < len {
        let mut n = 0u64;
        let mut filled = 0;
        let mut end = false;
        while filled < 8 && !end {
            let Some(&b) = data.get(at) else { return Err(at - filled) };
            at += 1;
            let left = len - at;
            if b == b'=' && filled >= 2 && left < 8 {
                if left + filled < 7 {
                    return Err(len);
                }
                if let Some(k) = data[at..].iter().take(7 - filled).position(|b| *b != b'=') {
                    return Err((at + k).wrapping_sub(1));
                }
                if matches!(filled, 3 | 6) {
                    return Err(at - 1);
                }
                end = true;
                break;
            }
            match BASE32_DIGITS[usize::from(b)] {
                NO_DIGIT => return Err(at - 1),
                digit => n |= u64::from(digit) << (35 - 5 * filled),
            }
            filled += 1;
        }
        let bytes = n.to_be_bytes();
        out.extend_from_slice(&bytes[3..3 + filled * 5 / 8]);
        if end {
            break;
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_goes_there_and_back() {
        for len in 0..70u8 {
            let data: Vec<u8> = (0..len).map(|b| b.wrapping_mul(37)).collect();
            assert_eq!(base64_decode(&base64_encode(&data)), Ok(data));
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
            assert_eq!(base64_decode(text.as_bytes()), want.map(|s| s.as_bytes().to_vec()));
        }
    }
}
