//! Checks the `format` keyword: gojsonschema's checkers, each as lenient or strict as Go's parsers are.

use std::net::{Ipv4Addr, Ipv6Addr};

use gostd::regexp;
use gostd::url::Url;

/// Returns whether gojsonschema checks this format at all; every other name passes.
pub(super) fn is_known(format: &str) -> bool {
    checker(format).is_some()
}

/// Returns whether the text has the format; texts of unknown formats do.
pub(super) fn has_format(format: &str, text: &str) -> bool {
    checker(format).is_none_or(|check| check(text))
}

fn checker(format: &str) -> Option<fn(&str) -> bool> {
    Some(match format {
        "date" => |s| date(s) == Some(""),
        "time" => is_time,
        "date-time" => is_date_time,
        "hostname" => is_hostname,
        "email" | "idn-email" => gostd::mail::is_address,
        "ipv4" => |s| s.parse::<Ipv4Addr>().is_ok() || is_mapped_ipv4(s),
        "ipv6" => |s| s.parse::<Ipv6Addr>().is_ok(),
        "uri" | "iri" => {
            |s| Url::parse(s).is_ok_and(|url| !url.scheme.is_empty()) && !s.contains('\\')
        }
        "uri-reference" | "iri-reference" => |s| Url::parse(s).is_ok() && !s.contains('\\'),
        "uri-template" => is_uri_template,
        "uuid" => is_uuid,
        "regex" => |s| regexp::is_valid(s.as_bytes()),
        "json-pointer" => is_json_pointer,
        "relative-json-pointer" => is_relative_json_pointer,
        _ => return None,
    })
}

/// Go takes any address with a dot for IPv4, such as `::ffff:1.2.3.4`.
fn is_mapped_ipv4(text: &str) -> bool {
    text.contains('.') && text.parse::<Ipv6Addr>().is_ok()
}

fn is_time(text: &str) -> bool {
    time(text).is_some_and(|rest| rest.is_empty() || zone(rest) == Some(""))
}

fn is_date_time(text: &str) -> bool {
    if is_time(text) {
        return true;
    }
    match date(text) {
        Some("") => true,
        Some(rest) => rest.strip_prefix('T').and_then(time).and_then(zone) == Some(""),
        None => false,
    }
}

/// Returns two digits, or with `one` also one digit before something else.
fn number(text: &str, one: bool) -> Option<(u32, &str)> {
    let bytes = text.as_bytes();
    let digit =
        |at: usize| bytes.get(at).filter(|c| c.is_ascii_digit()).map(|c| u32::from(c - b'0'));
    match (digit(0)?, digit(1)) {
        (a, Some(b)) => Some((a * 10 + b, text.get(2..)?)),
        (a, None) if one => Some((a, text.get(1..)?)),
        _ => None,
    }
}

/// Returns what follows a `2006-01-02` date.
fn date(text: &str) -> Option<&str> {
    let year = text.get(..4).filter(|y| y.bytes().all(|c| c.is_ascii_digit()))?;
    let year: u32 = year.parse().ok()?;
    let (month, rest) = number(text.get(4..)?.strip_prefix('-')?, false)?;
    let (day, rest) = number(rest.strip_prefix('-')?, false)?;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if (1..=days).contains(&day) { Some(rest) } else { None }
}

/// Returns what follows a `15:04:05` time: the hour may have one digit, the seconds a fraction.
fn time(text: &str) -> Option<&str> {
    let (hour, rest) = number(text, true)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, false)?;
    let (second, rest) = number(rest.strip_prefix(':')?, false)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    if let Some(fraction) = rest.strip_prefix(['.', ','])
        && fraction.starts_with(|c: char| c.is_ascii_digit())
    {
        return Some(fraction.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    Some(rest)
}

/// Returns what follows a `Z07:00` zone; Go lets 24 hours and 60 minutes pass.
fn zone(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix('Z') {
        return Some(rest);
    }
    let (hour, rest) = number(text.strip_prefix(['+', '-'])?, false)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, false)?;
    if hour <= 24 && minute <= 60 { Some(rest) } else { None }
}

fn is_hostname(text: &str) -> bool {
    let label = |label: &str| {
        let alphanumeric = |c: Option<&u8>| c.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = label.as_bytes();
        bytes.len() <= 63
            && alphanumeric(bytes.first())
            && alphanumeric(bytes.last())
            && bytes.iter().all(|c| c.is_ascii_alphanumeric() || *c == b'-')
    };
    text.len() < 256 && text.split('.').all(label)
}

/// Tells whether a text is a URI template. Only the path's braces are looked at, and only that each
/// opening one is closed.
fn is_uri_template(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else {
        return false;
    };
    if text.contains('\\') {
        return false;
    }
    let mut path = url.path.as_slice();
    while let Some(open) = path.iter().position(|c| *c == b'{') {
        path = path.get(open..).unwrap_or_default();
        let Some(close) = path.iter().position(|c| *c == b'}') else {
            return false;
        };
        path = path.get(close + 1..).unwrap_or_default();
    }
    true
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, c)| match i {
            8 | 13 | 18 | 23 => c == b'-',
            _ => matches!(c, b'0'..=b'9' | b'a'..=b'f'),
        })
}

fn is_json_pointer(text: &str) -> bool {
    let escapes = text.bytes().zip(text.bytes().skip(1).chain([0]));
    (text.is_empty() || text.starts_with('/'))
        && escapes.into_iter().all(|(c, next)| c != b'~' || matches!(next, b'0' | b'1'))
}

fn is_relative_json_pointer(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    (digits == "0" || (!digits.is_empty() && !digits.starts_with('0')))
        && (rest == "#" || is_json_pointer(rest))
}
