//! Checks the addresses of networks, with the texts of Go's `net/netip`.

use crate::os::bytes_of;
use crate::strconv::quoted;

fn refuse(input: &str, message: &str, at: &str) -> String {
    let place = if at.is_empty() { String::new() } else { format!(" (at {})", quoted(at)) };
    format!("ParseAddr({}): {message}{place}", quoted(bytes_of(input)))
}

/// Checks the four decimals at the end of an IPv6 address.
fn check_decimals(input: &str, text: &str) -> Result<(), String> {
    let bytes = text.as_bytes();
    let (mut value, mut length, mut fields) = (0_u32, 0, 0);
    for (i, c) in bytes.iter().enumerate() {
        let rest = || String::from_utf8_lossy(bytes.get(i..).unwrap_or_default());
        match c {
            b'0'..=b'9' => {
                if length == 1 && value == 0 {
                    return Err(refuse(input, "IPv4 field has octet with leading zero", ""));
                }
                value = value * 10 + u32::from(c - b'0');
                length += 1;
                if value > 255 {
                    return Err(refuse(input, "IPv4 field has value >255", ""));
                }
            }
            b'.' => {
                if i == 0 || i == bytes.len() - 1 || bytes.get(i - 1) == Some(&b'.') {
                    let message = "IPv4 field must have at least one digit";
                    return Err(refuse(input, message, &rest()));
                }
                if fields == 3 {
                    return Err(refuse(input, "IPv4 address too long", ""));
                }
                fields += 1;
                (value, length) = (0, 0);
            }
            _ => return Err(refuse(input, "unexpected character", &rest())),
        }
    }
    if fields < 3 { Err(refuse(input, "IPv4 address too short", "")) } else { Ok(()) }
}

/// Reads up to four hexadecimal digits; answers how many.
fn check_group(input: &str, text: &str) -> Result<usize, String> {
    let mut value = 0_u32;
    for (at, c) in text.bytes().enumerate() {
        let Some(digit) = char::from(c).to_digit(16) else { return Ok(at) };
        value = value << 4 | digit;
        if at > 3 {
            return Err(refuse(input, "each group must have 4 or less digits", text));
        }
        if value > 0xffff {
            return Err(refuse(input, "IPv6 field has value >=2^16", text));
        }
    }
    Ok(text.len())
}

/// An address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// Four decimals.
    V4,
    /// Groups of hexadecimal digits.
    V6 {
        /// Whether a zone follows.
        has_zone: bool,
    },
}

/// Checks an address as `netip.ParseAddr` does.
///
/// ```
/// use gostd::netip::{Address, parse_address};
/// assert_eq!(parse_address("fe80::1%eth0"), Ok(Address::V6 { has_zone: true }));
/// assert_eq!(parse_address("x").unwrap_err(), r#"ParseAddr("x"): unable to parse IP"#);
/// ```
///
/// # Errors
/// Go's text.
pub fn parse_address(input: &str) -> Result<Address, String> {
    let fail = |message: &str, at: &str| Err(refuse(input, message, at));
    match input.find(['.', ':', '%']).and_then(|at| input.as_bytes().get(at)) {
        Some(b'.') => return check_decimals(input, input).map(|()| Address::V4),
        Some(b'%') => return fail("missing IPv6 address", ""),
        Some(_) => {}
        None => return fail("unable to parse IP", ""),
    }
    let (mut rest, has_zone) = match input.split_once('%') {
        Some((_, "")) => return fail("zone must be a non-empty string", ""),
        Some((rest, _)) => (rest, true),
        None => (input, false),
    };
    // In bytes of the address, as Go counts.
    let (mut done, mut ellipsis) = (0, None);
    if let Some(after) = rest.strip_prefix("::") {
        ellipsis = Some(0);
        rest = after;
        if rest.is_empty() {
            return Ok(Address::V6 { has_zone });
        }
    }
    while done < 16 {
        let digits = check_group(input, rest)?;
        if digits == 0 {
            return fail("each colon-separated field must have at least one digit", rest);
        }
        let after = rest.get(digits..).unwrap_or_default();
        if after.starts_with('.') {
            if ellipsis.is_none() && done != 12 {
                let message =
                    "embedded IPv4 address must replace the final 2 fields of the address";
                return fail(message, rest);
            }
            if done + 4 > 16 {
                let message =
                    "too many hex fields to fit an embedded IPv4 at the end of the address";
                return fail(message, rest);
            }
            check_decimals(input, rest)?;
            rest = "";
            done += 4;
            break;
        }
        done += 2;
        rest = after;
        if rest.is_empty() {
            break;
        }
        let Some(next) = rest.strip_prefix(':') else {
            return fail("unexpected character, want colon", rest);
        };
        if next.is_empty() {
            return fail("colon must be followed by more characters", rest);
        }
        rest = next;
        if let Some(next) = rest.strip_prefix(':') {
            if ellipsis.is_some() {
                return fail("multiple :: in address", rest);
            }
            ellipsis = Some(done);
            rest = next;
            if rest.is_empty() {
                break;
            }
        }
    }
    if !rest.is_empty() {
        return fail("trailing garbage after address", rest);
    }
    match ellipsis {
        None if done < 16 => fail("address string too short", ""),
        Some(_) if done >= 16 => fail("the :: must expand to at least one field of zeros", ""),
        _ => Ok(Address::V6 { has_zone }),
    }
}
