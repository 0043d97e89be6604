//! The formats of texts that the schema of a definition can ask for: those of `k8s.io/kube-openapi`,
//! `pkg/validation/strfmt`, each as lenient or strict as there.

use gostd::regexp::Regexp;
use gostd::time::{self, LocalZone};
use gostd::url::Url;

use super::super::forms::address;
use crate::kubernetes::{Version, names};

/// Tells whether a text has a format. Of one that no server of this version knows nothing is asked.
pub(super) fn has(format: &str, text: &str, version: Version) -> bool {
    checker(format, version).is_none_or(|check| check(text))
}

/// Tells whether a server of this version knows a format of texts.
pub(super) fn is_known(format: &str, version: Version) -> bool {
    checker(format, version).is_some()
}

/// Tells whether a server of this version looks at a format of values of a type; the empty type is that of texts.
pub(in crate::validate) fn is_used(kind: &str, format: &str, version: Version) -> bool {
    match kind {
        "" | "string" => is_known(format, version),
        "integer" => matches!(format, "int32" | "int64"),
        "number" => matches!(format, "float" | "double"),
        _ => false,
    }
}

/// The first minor version that knows `k8s-short-name` and `k8s-long-name`.
const NAMES_SINCE: u8 = 34;

fn checker(format: &str, version: Version) -> Option<fn(&str) -> bool> {
    let name: String = format.chars().filter(|c| *c != '-').collect();
    Some(match name.as_str() {
        "bsonobjectid" => |text| text.len() == 24 && text.bytes().all(|b| b.is_ascii_hexdigit()),
        "uri" => is_request_uri,
        "email" => gostd::mail::is_address,
        "hostname" => is_hostname,
        "ipv4" => |text| is_ip(text) && text.contains('.'),
        "ipv6" => |text| is_ip(text) && text.contains(':'),
        "cidr" => is_cidr,
        "mac" => is_mac,
        "uuid" => |text| is_uuid(text, None),
        "uuid3" => |text| is_uuid(text, Some(b'3')),
        "uuid4" => |text| is_uuid(text, Some(b'4')),
        "uuid5" => |text| is_uuid(text, Some(b'5')),
        "isbn" => |text| is_isbn10(text) || is_isbn13(text),
        "isbn10" => is_isbn10,
        "isbn13" => is_isbn13,
        "creditcard" => is_credit_card,
        "ssn" => |text| text.len() == 11 && matches(r"^\d{3}[- ]?\d{2}[- ]?\d{4}$", text),
        "hexcolor" => |text| matches("^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$", text),
        "rgbcolor" => is_rgb,
        "byte" => is_base64,
        "password" => |_| true,
        "date" => is_date,
        "duration" => is_duration,
        "datetime" => is_date_time,
        "k8sshortname" if version.minor() >= NAMES_SINCE => {
            |text| text.len() <= 63 && names::is_label(text.as_bytes())
        }
        "k8slongname" if version.minor() >= NAMES_SINCE => {
            |text| text.len() <= 253 && names::is_subdomain(text.as_bytes())
        }
        _ => return None,
    })
}

/// Matches an expression of ours.
fn matches(expression: &str, text: &str) -> bool {
    Regexp::compile(expression.as_bytes()).is_ok_and(|regexp| regexp.is_match(text.as_bytes()))
}

/// Go's `url.ParseRequestURI`: an absolute URI or an absolute path, without a fragment of its own.
fn is_request_uri(text: &str) -> bool {
    match text.is_empty() || text.bytes().any(|b| b < b' ' || b == 0x7f) {
        true => false,
        false => match Url::parse(&text.replace('#', "%23")) {
            Ok(url) => !url.scheme.is_empty() || text.starts_with('/'),
            Err(_) => false,
        },
    }
}

fn is_hostname(text: &str) -> bool {
    const PATTERN: &str = r"^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$";
    text.len() <= 255 && text.split('.').all(|label| label.len() <= 63) && matches(PATTERN, text)
}

/// `netutils.ParseIPSloppy`.
fn is_ip(text: &str) -> bool {
    address(text.as_bytes()).is_some()
}

fn is_cidr(text: &str) -> bool {
    let Some((ip, length)) = text.split_once('/') else { return false };
    let most = if ip.contains(':') { 128 } else { 32 };
    let is_number = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
    is_ip(ip) && is_number && length.parse::<u32>().is_ok_and(|n| n <= most)
}

/// Go's `net.ParseMAC`: 6, 8 or 20 bytes, divided by `:` or `-`, or two by two by `.`.
fn is_mac(text: &str) -> bool {
    let all = |divider: char, digits: usize| {
        let parts: Vec<&str> = text.split(divider).collect();
        let is_hex =
            |part: &&str| part.len() == digits && part.bytes().all(|b| b.is_ascii_hexdigit());
        matches!(parts.len() * digits / 2, 6 | 8 | 20) && parts.iter().all(is_hex)
    };
    all(':', 2) || all('-', 2) || all('.', 4)
}

/// Tells whether a text is a UUID, of a version if one is given; the dashes may be missing.
fn is_uuid(text: &str, version: Option<u8>) -> bool {
    let mut digits = Vec::with_capacity(32);
    for b in text.bytes() {
        match b {
            b'-' if matches!(digits.len(), 8 | 12 | 16 | 20) => {}
            b if b.is_ascii_hexdigit() && digits.len() < 32 => digits.push(b),
            _ => return false,
        }
    }
    let fits = |version: u8| {
        let has_variant = || digits.get(16).is_some_and(|b| b"89abAB".contains(b));
        digits.get(12) == Some(&version) && (version == b'3' || has_variant())
    };
    digits.len() == 32 && !text.contains("--") && version.is_none_or(fits)
}

fn without_spaces(text: &str) -> Vec<u8> {
    text.bytes().filter(|b| !b"\t\n\x0c\r -".contains(b)).collect()
}

fn digit(b: u8) -> u32 {
    u32::from(b.wrapping_sub(b'0'))
}

fn is_isbn10(text: &str) -> bool {
    let text = without_spaces(text);
    let Some((last, digits)) = text.split_last() else { return false };
    let is_last = last.is_ascii_digit() || *last == b'X';
    if digits.len() != 9 || !is_last || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = digits.iter().zip(1..).map(|(b, place)| place * digit(*b)).sum();
    let last = if *last == b'X' { 10 } else { digit(*last) };
    (sum + 10 * last).is_multiple_of(11)
}

fn is_isbn13(text: &str) -> bool {
    let text = without_spaces(text);
    let weights = [1, 3].into_iter().cycle();
    let sum: u32 = text.iter().take(12).zip(weights).map(|(b, weight)| weight * digit(*b)).sum();
    let is_number = text.len() == 13 && text.iter().all(u8::is_ascii_digit);
    is_number && text.last().is_some_and(|last| digit(*last) == (10 - sum % 10) % 10)
}

fn is_credit_card(text: &str) -> bool {
    const PATTERN: &str = r"^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$";
    let number: String = text.chars().filter(char::is_ascii_digit).collect();
    let doubled = |n: u32| if n >= 10 { n % 10 + 1 } else { n };
    let sum: u32 = number
        .bytes()
        .rev()
        .zip([1, 2].into_iter().cycle())
        .map(|(b, factor)| doubled(digit(b) * factor))
        .sum();
    matches(PATTERN, &number) && sum.is_multiple_of(10)
}

fn is_rgb(text: &str) -> bool {
    let inner = text.strip_prefix("rgb(").and_then(|text| text.strip_suffix(')'));
    let number = |part: &str| {
        let part = part.trim_matches(|c: char| "\t\n\x0c\r ".contains(c));
        let is_plain = part == "0" || !part.starts_with('0');
        !part.is_empty()
            && is_plain
            && part.bytes().all(|b| b.is_ascii_digit())
            && part.parse::<u16>().is_ok_and(|n| n < 256)
    };
    inner.is_some_and(|inner| {
        let parts: Vec<&str> = inner.split(',').collect();
        parts.len() == 3 && parts.into_iter().all(number)
    })
}

fn is_base64(text: &str) -> bool {
    const FOUR: &str =
        r"^(?:[A-Za-z0-9+\/]{4})*(?:[A-Za-z0-9+\/]{2}==|[A-Za-z0-9+\/]{3}=|[A-Za-z0-9+\/]{4})$";
    matches(FOUR, text)
}

fn is_date(text: &str) -> bool {
    time::parse(b"2006-01-02", text.as_bytes(), &LocalZone::UTC).is_ok()
}

fn is_date_time(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut parts = lower.split('t');
    let (Some(date), Some(clock)) = (parts.next(), parts.next()) else { return false };
    let part = |at: usize, most: &str| clock.get(at..at + 2).is_some_and(|part| part <= most);
    const CLOCK: &str = r"^([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))$";
    is_date(date) && matches(CLOCK, clock) && part(0, "23") && part(3, "59") && part(6, "59")
}

/// Go's durations, or numbers with units up to weeks, whatever stands between them.
fn is_duration(text: &str) -> bool {
    time::parse_duration(text.as_bytes()).is_ok() || duration_parts(text).is_some()
}

/// Returns the numbers of a duration with the nanoseconds of their units, which go up to weeks; nothing where there are none.
pub(super) fn duration_parts(text: &str) -> Option<Vec<(i64, i64)>> {
    let regexp = Regexp::compile(r"(\d+)\s*([A-Za-zµ]+)".as_bytes()).ok()?;
    let mut parts = Vec::new();
    for found in regexp.find_all(text.as_bytes(), -1) {
        let end = found.iter().position(|b| !b.is_ascii_digit()).unwrap_or(found.len());
        let (number, unit) = found.split_at(end);
        let number = gostd::strconv::atoi(number).ok()?;
        let factor = match String::from_utf8_lossy(unit).trim().to_lowercase().as_str() {
            "ns" => 1,
            "us" | "µs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" | "hr" => 3_600_000_000_000,
            "d" => 86_400_000_000_000,
            "w" | "wk" => 604_800_000_000_000,
            own if own.starts_with("nano") => 1,
            own if own.starts_with("micro") => 1_000,
            own if own.starts_with("milli") => 1_000_000,
            own if own.starts_with("sec") => 1_000_000_000,
            own if own.starts_with("min") => 60_000_000_000,
            own if own.starts_with("hour") => 3_600_000_000_000,
            own if own.starts_with("day") => 86_400_000_000_000,
            own if own.starts_with("week") => 604_800_000_000_000,
            _ => continue,
        };
        parts.push((number, factor));
    }
    (!parts.is_empty()).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_as_lenient_as_the_servers() {
        let rows: [(&str, &[&str], &[&str]); 20] = [
            ("ipv4", &["10.0.0.1", "010.0.0.1"], &["10.0.0", "256.0.0.1", "::1", ""]),
            ("ipv6", &["::1", "fe80::1", "::ffff:1.2.3.4"], &["fe80::1%eth0", "1.2.3.4", "g::"]),
            (
                "cidr",
                &["10.0.0.1/8", "::/0", "010.0.0.0/8"],
                &["10.0.0.0", "10.0.0.0/33", "a/8", "1.2.3.4/+8"],
            ),
            (
                "mac",
                &["01:23:45:67:89:ab", "0123.4567.89ab"],
                &["01:23:45:67:89", "01:23:45:67:89:zz"],
            ),
            (
                "uuid",
                &["12345678-1234-1234-1234-123456789ABC", "12345678123412341234123456789abc"],
                &["1234", "12345678--1234-1234-1234-123456789ab"],
            ),
            (
                "uuid4",
                &["12345678-1234-4234-8234-123456789abc"],
                &["12345678-1234-3234-8234-123456789abc", "12345678-1234-4234-7234-123456789abc"],
            ),
            ("isbn10", &["0321751043", "0-321-75104-3"], &["0321751044"]),
            ("isbn", &["978-0321751041"], &["978-0321751042"]),
            ("creditcard", &["4111 1111 1111 1111"], &["4111 1111 1111 1112", ""]),
            ("hexcolor", &["#fff", "AABBCC"], &["#ffff"]),
            ("rgbcolor", &["rgb( 0, 10 ,255)"], &["rgb(0,00,0)", "rgb(0,0,256)", "rgb(0,0)"]),
            ("byte", &["YQ==", "YWJj"], &["YQ", ""]),
            ("date", &["2024-02-29"], &["2023-02-29", "2024-2-9"]),
            (
                "date-time",
                &["2024-02-29T10:00:00Z", "2024-02-29t10:00:00.5+01:00"],
                &["2024-02-29", "2024-02-29T24:00:00Z", "2024-02-29T10:00:00"],
            ),
            ("duration", &["1h30m", "3 days", "5 weeks ago"], &["", "soon", "5x"]),
            (
                "uri",
                &["https://a.b/c", "/path", "a:b", "http://a/#b"],
                &["a/b", "", "http://[::1", "#a"],
            ),
            ("email", &["a@b", "A <a@b.c>"], &["a", "@b"]),
            ("hostname", &["a", "a.bc", "1.ab"], &["-a", "a..b", "a.b_c"]),
            ("k8s-short-name", &["a-1"], &["A", "a.b", "-a"]),
            ("no-such-format", &["anything"], &[]),
        ];
        for (format, right, wrong) in rows {
            for text in right {
                assert!(has(format, text, Version::newest()), "{format}: {text}");
            }
            for text in wrong {
                assert!(!has(format, text, Version::newest()), "{format}: {text}");
            }
        }
        let old = Version::of_minor(33).unwrap();
        assert!(has("k8s-short-name", "A", old) && !is_known("k8s-short-name", old));
    }
}
