//! Finds out what go-yaml does about a string before it chooses how to write it.

use base64::Engine;

use super::dialect::Dialect;

/// Which styles a string allows outside flow collections.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Shape {
    /// Without quotes
    pub(super) plain: bool,
    /// In single quotes
    pub(super) single: bool,
    /// As a block behind `|`
    pub(super) literal: bool,
    /// Whether there is a line break of any kind in it
    pub(super) multiline: bool,
}

/// Bytes that may matter to [`analyze`] behind the first character.
static NOTABLE: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 256 {
        table[b] = b <= 0x20 || b >= 0x7f || b == b':' as usize || b == b'#' as usize;
        b += 1;
    }
    table
};

/// Finds the styles that a valid UTF-8 string allows.
pub(super) fn analyze(s: &[u8], dialect: Dialect) -> Shape {
    let Some(&first) = s.first() else {
        return Shape { plain: true, single: true, literal: false, multiline: false };
    };
    let blank_at = |i: usize| matches!(s.get(i), None | Some(b' ' | b'\t'));
    let mut indicators = match first {
        b'#' | b',' | b'[' | b']' | b'{' | b'}' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\''
        | b'"' | b'%' | b'@' | b'`' => true,
        b'-' => blank_at(1) || s.starts_with(b"---"),
        b'.' => s.starts_with(b"..."),
        b'?' | b':' => blank_at(1),
        _ => false,
    };
    let mut special = false;
    let mut tabs = false;
    let mut multiline = false;
    let mut space_break = false;
    let mut break_space = false;
    // Where the last line break ends
    let mut after_break = 0;
    let mut i = 0;
    while i < s.len() {
        let b = s[i];
        if !NOTABLE[usize::from(b)] {
            i += 1;
            continue;
        }
        match b {
            b' ' => {
                break_space |= i > 0 && after_break == i;
                i += 1;
            }
            b':' => {
                indicators |= blank_at(i + 1);
                i += 1;
            }
            b'#' => {
                indicators |= i > 0 && s[i - 1] == b' ';
                i += 1;
            }
            b'\t' if dialect == Dialect::V3 => {
                tabs = true;
                i += 1;
            }
            _ => {
                special |= !is_printable(&s[i..]);
                let width = break_len(&s[i..]);
                if width > 0 {
                    multiline = true;
                    space_break |= i > 0 && s[i - 1] == b' ';
                    i += width;
                    after_break = i;
                } else {
                    // The remaining bytes of a character pass as printable.
                    i += 1;
                    while s.get(i).is_some_and(|b| b & 0xc0 == 0x80) {
                        i += 1;
                    }
                }
            }
        }
    }
    let trailing_space = s.last() == Some(&b' ');
    let bare_edges = first != b' ' && !trailing_space;
    let quotable = !space_break && !special;
    Shape {
        plain: bare_edges && !multiline && !indicators && quotable && !tabs,
        single: quotable && !break_space && !tabs,
        literal: quotable && !trailing_space,
        multiline,
    }
}

/// Returns whether go-yaml prints the first character of a text as it is.
pub(super) fn is_printable(s: &[u8]) -> bool {
    let at = |i: usize| s.get(i).copied().unwrap_or(0);
    match at(0) {
        b'\n' | 0x20..=0x7e => true,
        0xc2 => at(1) >= 0xa0,
        0xc3..=0xec | 0xee => true,
        0xed => at(1) < 0xa0,
        0xef => !matches!((at(1), at(2)), (0xbb, 0xbf) | (0xbf, 0xbe | 0xbf)),
        _ => false,
    }
}

/// Returns the length of the line break that a text begins with; 0 if it begins otherwise.
pub(super) fn break_len(s: &[u8]) -> usize {
    match s {
        [b'\n' | b'\r', ..] => 1,
        [0xc2, 0x85, ..] => 2,
        [0xe2, 0x80, 0xa8 | 0xa9, ..] => 3,
        _ => 0,
    }
}

/// Returns whether a plain scalar of this text reads back as a string, also in YAML 1.1's eyes: no
/// null, boolean, number (sexagesimal ones included) or timestamp.
pub(super) fn stays_string(s: &[u8], dialect: Dialect) -> bool {
    match s.first() {
        None => false,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            !is_word(s)
        }
        Some(b'.') => !is_word(s) && !is_dotted_float(s),
        Some(b'+' | b'-') => {
            !matches!(&s[1..], b".inf" | b".Inf" | b".INF") && !is_numeric(s, dialect)
        }
        Some(b'0'..=b'9') => !is_numeric(s, dialect),
        _ => true,
    }
}

fn is_word(s: &[u8]) -> bool {
    const LONGEST: usize = "false".len();
    s.len() <= LONGEST
        && matches!(
            s,
            b"y" | b"Y"
                | b"yes"
                | b"Yes"
                | b"YES"
                | b"on"
                | b"On"
                | b"ON"
                | b"n"
                | b"N"
                | b"no"
                | b"No"
                | b"NO"
                | b"off"
                | b"Off"
                | b"OFF"
                | b"true"
                | b"True"
                | b"TRUE"
                | b"false"
                | b"False"
                | b"FALSE"
                | b"~"
                | b"null"
                | b"Null"
                | b"NULL"
                | b".nan"
                | b".NaN"
                | b".NAN"
                | b".inf"
                | b".Inf"
                | b".INF"
        )
}

/// Returns whether `strconv.ParseFloat` takes a text that begins with a point.
fn is_dotted_float(s: &[u8]) -> bool {
    // Go allows single underscores between digits.
    let misplaced = s.iter().enumerate().any(|(i, &b)| {
        let digit = |b: Option<&u8>| b.is_some_and(u8::is_ascii_digit);
        b == b'_' && !(i > 0 && digit(s.get(i - 1)) && digit(s.get(i + 1)))
    });
    !misplaced && is_decimal_float(&without_underscores(s))
}

fn without_underscores(s: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    if s.contains(&b'_') {
        s.iter().copied().filter(|&b| b != b'_').collect::<Vec<_>>().into()
    } else {
        s.into()
    }
}

/// Returns whether go-yaml reads a text that begins with a digit or a sign as a number or a
/// timestamp.
fn is_numeric(s: &[u8], dialect: Dialect) -> bool {
    if is_timestamp(s) || is_sexagesimal(s) {
        return true;
    }
    let plain = without_underscores(s);
    is_integer(&plain, dialect) || is_decimal_float(&plain)
}

/// Splits off a sign; the first part tells whether it is a minus, or nothing without a sign.
fn split_sign(s: &[u8]) -> (Option<bool>, &[u8]) {
    match s {
        [b'-', rest @ ..] => (Some(true), rest),
        [b'+', rest @ ..] => (Some(false), rest),
        _ => (None, s),
    }
}

fn is_integer(s: &[u8], dialect: Dialect) -> bool {
    let (sign, rest) = split_sign(s);
    let (base, digits) = match rest {
        [b'0', b'x' | b'X', _, ..] => (16, &rest[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &rest[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &rest[2..]),
        // Decimal and octal ones too large for 64 bits are floats all the same.
        _ => return !rest.is_empty() && rest.iter().all(u8::is_ascii_digit) && is_decimal_float(s),
    };
    if fits(digits, base, sign) {
        return true;
    }
    // go-yaml strips these prefixes once more and so takes a second sign.
    let prefixed = rest.starts_with(b"0b") || dialect == Dialect::V3 && rest.starts_with(b"0o");
    match split_sign(digits) {
        (Some(minus), digits) if prefixed && sign.is_none() => fits(digits, base, Some(minus)),
        _ => false,
    }
}

/// Returns whether digits are a number of 64 bits: a signed one, or without a sign also an unsigned
/// one.
fn fits(digits: &[u8], base: u32, sign: Option<bool>) -> bool {
    let limit = match sign {
        None => u64::MAX,
        Some(false) => i64::MAX.unsigned_abs(),
        Some(true) => i64::MIN.unsigned_abs(),
    };
    let mut n: u64 = 0;
    for &b in digits {
        let Some(digit) = char::from(b).to_digit(base) else { return false };
        let next = n.checked_mul(u64::from(base)).and_then(|n| n.checked_add(u64::from(digit)));
        match next {
            Some(next) if next <= limit => n = next,
            _ => return false,
        }
    }
    !digits.is_empty()
}

/// Returns whether a text is a decimal float within float64's range, e.g. `1.`, `-.5` or `1e3`.
fn is_decimal_float(s: &[u8]) -> bool {
    let (_, rest) = split_sign(s);
    let digits = |s: &[u8]| s.iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = digits(rest);
    let mut at = whole;
    if rest.get(at) == Some(&b'.') {
        let fraction = digits(&rest[at + 1..]);
        if whole + fraction == 0 {
            return false;
        }
        at += 1 + fraction;
    } else if whole == 0 {
        return false;
    }
    let mut large = whole > 300;
    if let Some(b'e' | b'E') = rest.get(at) {
        let (_, exponent) = split_sign(&rest[at + 1..]);
        let len = digits(exponent);
        if len == 0 || len < exponent.len() {
            return false;
        }
        large = true;
        at = rest.len();
    }
    if at < rest.len() {
        return false;
    }
    // Of the texts of this form, only too large a number fails to parse.
    !large
        || std::str::from_utf8(s)
            .ok()
            .and_then(|s| s.parse::<f64>().ok())
            .is_some_and(f64::is_finite)
}

/// Returns whether a text is a number in base 60 as of YAML 1.1, e.g. `12:30:45`.
fn is_sexagesimal(s: &[u8]) -> bool {
    if !s.contains(&b':') {
        return false;
    }
    let (_, rest) = split_sign(s);
    if !rest.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let mut parts = rest.split(|&b| b == b':');
    let digit = |b: &u8| b.is_ascii_digit() || *b == b'_';
    if !parts.next().is_some_and(|first| first.iter().all(digit)) {
        return false;
    }
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        // The last part may have a fraction.
        let part = match part.iter().position(|&b| b == b'.') {
            Some(at) if parts.peek().is_none() && part[at + 1..].iter().all(digit) => &part[..at],
            _ => part,
        };
        if !matches!(part, [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']) {
            return false;
        }
    }
    true
}

/// Returns whether go-yaml reads a text as a timestamp: a date, perhaps with a time, by the rules
/// of Go's `time.Parse` (a zone only behind `T`, one or two digits, any number of digits of a
/// second).
fn is_timestamp(s: &[u8]) -> bool {
    let [y @ (b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9')] = [match s {
        [a, b, c, d, b'-', ..] => (*a, *b, *c, *d),
        _ => return false,
    }] else {
        return false;
    };
    let year = [y.0, y.1, y.2, y.3].iter().fold(0, |n, b| n * 10 + u32::from(b - b'0'));
    let Some((month, rest)) = two_digits(&s[5..]) else { return false };
    let Some((day, rest)) = rest.strip_prefix(b"-").and_then(two_digits) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    if !(1..=days).contains(&day) {
        return false;
    }
    match rest {
        [] => true,
        [b'T' | b't', rest @ ..] => time_of_day(rest).is_some_and(is_zone),
        [b' ', ..] => {
            let spaces = rest.iter().take_while(|&&b| b == b' ').count();
            time_of_day(&rest[spaces..]).is_some_and(<[u8]>::is_empty)
        }
        _ => false,
    }
}

/// Reads one or two digits, and returns what follows them.
fn two_digits(s: &[u8]) -> Option<(u32, &[u8])> {
    let digit = |b: &u8| u32::from(b - b'0');
    match s {
        [a @ b'0'..=b'9', b @ b'0'..=b'9', rest @ ..] => Some((digit(a) * 10 + digit(b), rest)),
        [a @ b'0'..=b'9', rest @ ..] => Some((digit(a), rest)),
        _ => None,
    }
}

/// Reads `15:4:5.999`, and returns what follows.
fn time_of_day(s: &[u8]) -> Option<&[u8]> {
    let (hour, rest) = two_digits(s)?;
    let (minute, rest) = two_digits(rest.strip_prefix(b":")?)?;
    let (second, rest) = two_digits(rest.strip_prefix(b":")?)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(match rest {
        [b'.' | b',', b'0'..=b'9', ..] => {
            let digits = rest[1..].iter().take_while(|b| b.is_ascii_digit()).count();
            &rest[1 + digits..]
        }
        _ => rest,
    })
}

/// Tells whether a text is `Z` or `+02:00`; Go allows 24 hours and 60 minutes.
fn is_zone(s: &[u8]) -> bool {
    match s {
        b"Z" => true,
        [b'+' | b'-', hour @ .., b':', m1, m2] if hour.len() == 2 => {
            two_digits(hour).is_some_and(|(n, rest)| rest.is_empty() && n <= 24)
                && two_digits(&[*m1, *m2]).is_some_and(|(n, rest)| rest.is_empty() && n <= 60)
        }
        _ => false,
    }
}

/// Writes standard base 64 with padding, in one line.
pub(super) fn base64(bytes: &[u8]) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD.encode(bytes).into_bytes()
}
