//! Reproduces Go's `strconv`: numbers to text and back, quoting and unquoting.

mod float;
mod parse;
mod quote;
#[cfg(test)]
mod tests;

pub use float::{append_float, format_float};
pub use parse::{Function, NumError, Reason};
pub use parse::{atoi, parse_bool, parse_float, parse_int, parse_uint};
pub use quote::{append_quote, append_quote_ascii, can_backquote, quote, quote_ascii, quoted};
pub use quote::{quote_char, quote_char_ascii, unquote};

/// Appends an integer in decimal.
pub fn append_int(out: &mut Vec<u8>, n: i64) {
    if n < 0 {
        out.push(b'-');
    }
    append_uint(out, n.unsigned_abs());
}

/// Appends an unsigned integer in decimal.
pub fn append_uint(out: &mut Vec<u8>, mut n: u64) {
    // u64::MAX has 20 digits.
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}
