//! Checks the `format` keyword, with the validator's texts.

use gostd::regexp::{Regexp, is_valid};
use gostd::strconv::{atoi, quote_char};
use gostd::time::{LocalZone, parse, parse_duration};
use gostd::url::{Reason, Url, path_unescape};
use gostd::value::Str;

use super::network;
use super::node::Node;
use super::{Release, Settings};
use gostd::netip::{Address, parse_address};

type Checked = Result<(), String>;

/// A format that the validator knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    name: &'static str,
    check: fn(&str) -> Checked,
}

const FORMATS: [Format; 19] = [
    Format { name: "json-pointer", check: json_pointer },
    Format { name: "relative-json-pointer", check: relative_json_pointer },
    Format { name: "uuid", check: uuid },
    Format { name: "duration", check: duration },
    Format { name: "period", check: period },
    Format { name: "ipv4", check: ipv4 },
    Format { name: "ipv6", check: ipv6 },
    Format { name: "hostname", check: hostname },
    Format { name: "email", check: email },
    Format { name: "date", check: date },
    Format { name: "time", check: time },
    Format { name: "date-time", check: date_time },
    Format { name: "uri", check: uri },
    Format { name: "iri", check: uri },
    Format { name: "uri-reference", check: uri_reference },
    Format { name: "iri-reference", check: uri_reference },
    Format { name: "uri-template", check: uri_template },
    Format { name: "semver", check: semver },
    Format { name: "regex", check: regex },
];

impl Format {
    /// Returns a format by its name; every other name passes.
    pub(super) fn named(name: &Str, settings: Settings) -> Option<Format> {
        if settings.has_go_durations && name.as_bytes() == b"duration" {
            return Some(Format { name: "duration", check: go_or_own_duration });
        }
        if settings.release < Release::V6_0_3 && name.as_bytes() == b"email" {
            return Some(Format { name: "email", check: older_email });
        }
        FORMATS.iter().find(|format| format.name.as_bytes() == &name[..]).copied()
    }

    pub(super) fn name(self) -> &'static str {
        self.name
    }

    /// Checks a value; what is no text passes.
    ///
    /// # Errors
    /// Why the text has another form.
    pub(super) fn check(self, node: Node<'_>) -> Checked {
        node.text().map_or(Ok(()), |text| (self.check)(&text.to_string_lossy()))
    }
}

fn fail(why: &str) -> Checked {
    Err(why.to_owned())
}

fn character(c: char) -> String {
    String::from_utf8_lossy(&quote_char(c)).into_owned()
}

fn count_digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn json_pointer(text: &str) -> Checked {
    if text.is_empty() {
        return Ok(());
    }
    let Some(tokens) = text.strip_prefix('/') else { return fail("not starting with /") };
    for token in tokens.split('/') {
        let mut is_escape = false;
        for c in token.chars() {
            if is_escape && !matches!(c, '0' | '1') {
                return fail("~ must be followed by 0 or 1");
            }
            is_escape = !is_escape && c == '~';
        }
        if is_escape {
            return fail("~ must be followed by 0 or 1");
        }
    }
    Ok(())
}

fn relative_json_pointer(text: &str) -> Checked {
    let digits = count_digits(text);
    if digits == 0 {
        return fail("must start with non-negative integer");
    }
    if digits > 1 && text.starts_with('0') {
        return fail("starts with zero");
    }
    match &text[digits..] {
        "#" => Ok(()),
        rest => json_pointer(rest),
    }
}

fn uuid(text: &str) -> Checked {
    let lengths = [8, 4, 4, 4, 12];
    let groups: Vec<&str> = text.split('-').collect();
    if groups.len() != lengths.len() {
        return fail("must have 5 elements");
    }
    for (i, (group, length)) in groups.iter().zip(lengths).enumerate() {
        if group.len() != length {
            return Err(format!("element {} must be {length} characters long", i + 1));
        }
        if let Some(c) = group.chars().find(|c| !c.is_ascii_hexdigit()) {
            return Err(format!("non-hex character {}", character(c)));
        }
    }
    Ok(())
}

fn go_or_own_duration(text: &str) -> Checked {
    if parse_duration(text.as_bytes()).is_ok() { Ok(()) } else { duration(text) }
}

fn duration(text: &str) -> Checked {
    let Some(text) = text.strip_prefix('P') else { return fail("must start with P") };
    if text.is_empty() {
        return fail("nothing after P");
    }
    if let Some(weeks) = text.strip_suffix('W') {
        return match weeks {
            "" => fail("no number in week"),
            weeks if weeks.bytes().all(|c| c.is_ascii_digit()) => Ok(()),
            _ => fail("invalid week"),
        };
    }
    for (i, part) in text.split('T').enumerate() {
        if i != 0 && part.is_empty() {
            return fail("no time elements");
        }
        let all_units = match i {
            0 => "YMD",
            1 => "HMS",
            _ => return fail("more than one T"),
        };
        let mut units = all_units;
        let mut rest = part.as_bytes();
        while !rest.is_empty() {
            let digits = rest.iter().take_while(|c| c.is_ascii_digit()).count();
            if digits == 0 {
                return fail("missing number");
            }
            rest = rest.get(digits..).unwrap_or_default();
            let Some((&unit, after)) = rest.split_first() else { return fail("missing unit") };
            let unit = char::from(unit);
            match units.split_once(unit) {
                Some((_, later)) => units = later,
                None if all_units.contains(unit) => {
                    return Err(format!("unit {} out of order", character(unit)));
                }
                None => return Err(format!("invalid unit {}", character(unit))),
            }
            rest = after;
        }
    }
    Ok(())
}

fn period(text: &str) -> Checked {
    let Some((start, end)) = text.split_once('/') else { return fail("missing slash") };
    let named = |what: &str, checked: Checked| checked.map_err(|e| format!("invalid {what}: {e}"));
    if start.starts_with('P') {
        named("start duration", duration(start))?;
        return named("end date-time", date_time(end));
    }
    named("start date-time", date_time(start))?;
    if end.starts_with('P') {
        named("end duration", duration(end))
    } else {
        named("end date-time", date_time(end))
    }
}

fn ipv4(text: &str) -> Checked {
    let groups: Vec<&str> = text.split('.').collect();
    if groups.len() != 4 {
        return fail("expected four decimals");
    }
    for group in groups {
        if group.len() > 1 && group.starts_with('0') {
            return fail("leading zeros");
        }
        let number = atoi(group.as_bytes()).map_err(|error| error.to_string())?;
        if !(0..=255).contains(&number) {
            return fail("decimal must be between 0 and 255");
        }
    }
    Ok(())
}

fn ipv6(text: &str) -> Checked {
    if !text.contains(':') {
        return fail("missing colon");
    }
    match parse_address(text)? {
        Address::V6 { has_zone: true } => fail("zone id is not a part of ipv6 address"),
        _ => Ok(()),
    }
}

fn hostname(text: &str) -> Checked {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.len() > 253 {
        return fail("more than 253 characters long");
    }
    for label in text.split('.') {
        if !(1..=63).contains(&label.len()) {
            return fail("label must be 1 to 63 characters long");
        }
        if label.starts_with('-') {
            return fail("label starts with hyphen");
        }
        if label.ends_with('-') {
            return fail("label ends with hyphen");
        }
        if let Some(c) = label.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-') {
            return Err(format!("invalid character {}", character(c)));
        }
    }
    Ok(())
}

fn email(text: &str) -> Checked {
    email_of(text, |local| {
        local.strip_prefix('"').and_then(|local| local.strip_suffix('"')).map(str::as_bytes)
    })
}

/// 6.0.2 does not look at how a quoted local part ends.
fn older_email(text: &str) -> Checked {
    email_of(text, |local| {
        local.as_bytes().strip_prefix(b"\"")?.split_last().map(|(_, inner)| inner)
    })
}

/// Checks an address; `unquoted` returns what stands in the quotes of a quoted local part.
fn email_of(text: &str, unquoted: fn(&str) -> Option<&[u8]>) -> Checked {
    if text.len() > 254 {
        return fail("more than 255 characters long");
    }
    let Some((local, domain)) = text.rsplit_once('@') else { return fail("missing @") };
    if local.len() > 64 {
        return fail("local part more than 64 characters long");
    }
    match unquoted(local) {
        Some(inner) if inner.iter().any(|b| matches!(b, b'\\' | b'"')) => {
            return fail("backslash and quote are not allowed within quoted local part");
        }
        Some(_) => {}
        None => {
            if local.starts_with('.') {
                return fail("starts with dot");
            }
            if local.ends_with('.') {
                return fail("ends with dot");
            }
            if local.contains("..") {
                return fail("consecutive dots");
            }
            let allowed = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c);
            if let Some(c) = local.chars().find(|c| !allowed(*c)) {
                return Err(format!("invalid character {}", character(c)));
            }
        }
    }
    if let Some(address) = domain.strip_prefix('[').and_then(|d| d.strip_suffix(']')) {
        return match address.strip_prefix("IPv6:") {
            Some(address) => {
                ipv6(address).map_err(|error| format!("invalid ipv6 address: {error}"))
            }
            None => ipv4(address).map_err(|error| format!("invalid ipv4 address: {error}")),
        };
    }
    hostname(domain).map_err(|error| format!("invalid domain: {error}"))
}

fn date(text: &str) -> Checked {
    let parsed = parse(b"2006-01-02", text.as_bytes(), &LocalZone::UTC);
    parsed.map(drop).map_err(|error| error.to_string())
}

/// Reads numbers between colons.
fn numbers(text: &[u8], most: usize, what: &str) -> Result<Vec<i64>, String> {
    let mut out = Vec::new();
    for token in text.splitn(most, |c| *c == b':') {
        match atoi(token) {
            Ok(number) if number >= 0 => out.push(number),
            Ok(_) => return Err(format!("non-positive {what}")),
            Err(_) => return Err(format!("invalid {what}")),
        }
    }
    Ok(out)
}

fn time(text: &str) -> Checked {
    let text = text.as_bytes();
    let Some((clock, mut rest)) = text.split_at_checked(8).filter(|(_, rest)| !rest.is_empty())
    else {
        return fail("less than 9 characters long");
    };
    if clock.get(2) != Some(&b':') || clock.get(5) != Some(&b':') {
        return fail("missing colon in correct place");
    }
    let clock = numbers(clock, 3, "hour/min/sec")?;
    let [mut hour, mut minute, second] = clock[..] else {
        return fail("missing hour/min/sec");
    };
    if hour > 23 || minute > 59 || second > 60 {
        return fail("hour/min/sec out of range");
    }
    if let Some(fraction) = rest.strip_prefix(b".") {
        let digits = fraction.iter().take_while(|c| c.is_ascii_digit()).count();
        if digits == 0 {
            return fail("no digits in second fraction");
        }
        rest = fraction.get(digits..).unwrap_or_default();
    }
    if !matches!(rest, b"z" | b"Z") {
        if rest.len() != 6 {
            return fail("offset must be 6 characters long");
        }
        let sign = match rest.first() {
            Some(b'+') => -1,
            Some(b'-') => 1,
            _ => return fail("offset must begin with plus/minus"),
        };
        let offset = rest.get(1..).unwrap_or_default();
        if offset.get(2) != Some(&b':') {
            return fail("missing colon in offset in correct place");
        }
        let offset = numbers(offset, 2, "hour/min in offset")?;
        let [zone_hour, zone_minute] = offset[..] else { return Ok(()) };
        if zone_hour > 23 || zone_minute > 59 {
            return fail("hour/min in offset out of range");
        }
        let mut total = hour * 60 + minute + sign * (zone_hour * 60 + zone_minute);
        if total < 0 {
            total += 24 * 60;
        }
        (hour, minute) = (total / 60, total % 60);
    }
    if second >= 60 && (hour, minute) != (23, 59) {
        return fail("invalid leap second");
    }
    Ok(())
}

fn date_time(text: &str) -> Checked {
    if text.len() < 20 {
        return fail("less than 20 characters long");
    }
    let bytes = text.as_bytes();
    if !matches!(bytes.get(10), Some(b't' | b'T')) {
        return fail("11th character must be t or T");
    }
    let part = |range: &[u8]| String::from_utf8_lossy(range).into_owned();
    let (day, clock) = (part(&bytes[..10]), part(&bytes[11..]));
    date(&day).map_err(|error| format!("invalid date element: {error}"))?;
    time(&clock).map_err(|error| format!("invalid time element: {error}"))
}

fn parse_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| {
        let is_port = matches!(error.reason, Reason::Port { .. });
        let strict = ["http", "https"].map(|scheme| network::check_host(text, scheme, ""));
        let stricter = strict.into_iter().find_map(Result::err).filter(|_| is_port);
        stricter.unwrap_or_else(|| error.to_string())
    })?;
    let name = url.hostname();
    network::check_host(text, &url.scheme, name)?;
    if name.contains(':') {
        if !url.host.contains('[') || !url.host.contains(']') {
            return Err("ipv6 address not enclosed in brackets".to_owned());
        }
        ipv6(name).map_err(|error| format!("invalid ipv6 address: {error}"))?;
    }
    Ok(url)
}

fn uri(text: &str) -> Checked {
    if parse_url(text)?.scheme.is_empty() { fail("relative url") } else { Ok(()) }
}

fn uri_reference(text: &str) -> Checked {
    if text.contains('\\') {
        return fail("contains \\");
    }
    parse_url(text).map(drop)
}

fn uri_template(text: &str) -> Checked {
    let url = parse_url(text)?;
    for token in url.raw_path.split('/') {
        let token =
            path_unescape(token).map_err(|error| format!("percent decode failed: {error}"))?;
        let mut is_open = false;
        for c in token {
            match c {
                b'{' | b'}' if is_open == (c == b'{') => return fail("nested curly braces"),
                b'{' | b'}' => is_open = !is_open,
                _ => {}
            }
        }
        if is_open {
            return fail("no matching closing brace");
        }
    }
    Ok(())
}

fn semver(text: &str) -> Checked {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut text = text;
    if let Some((before, build)) = text.split_once('+') {
        if build.is_empty() {
            return fail("build is empty");
        }
        for identifier in build.split('.') {
            if identifier.is_empty() {
                return fail("build identifier is empty");
            }
            if let Some(c) = identifier.chars().find(|c| !is_allowed(*c)) {
                return Err(format!("invalid character {} in build identifier", character(c)));
            }
        }
        text = before;
    }
    if let Some((before, prerelease)) = text.split_once('-') {
        for identifier in prerelease.split('.') {
            if identifier.is_empty() {
                return fail("pre-release identifier is empty");
            }
            if let Some(c) = identifier.chars().find(|c| !is_allowed(*c)) {
                let c = character(c);
                return Err(format!("invalid character {c} in pre-release identifier"));
            }
            let is_number = identifier.bytes().all(|c| c.is_ascii_digit());
            if is_number && identifier.len() > 1 && identifier.starts_with('0') {
                return fail("pre-release numeric identifier starts with zero");
            }
        }
        text = before;
    }
    let versions: Vec<&str> = text.split('.').collect();
    if versions.len() != 3 {
        return fail("versionCore must have 3 numbers separated by dot");
    }
    for (name, version) in ["major", "minor", "patch"].into_iter().zip(versions) {
        if version.is_empty() {
            return Err(format!("{name} is empty"));
        }
        if version.len() > 1 && version.starts_with('0') {
            return Err(format!("{name} starts with zero"));
        }
        if !version.bytes().all(|c| c.is_ascii_digit()) {
            return Err(format!("{name} contains non-digit"));
        }
    }
    Ok(())
}

fn regex(text: &str) -> Checked {
    if is_valid(text.as_bytes()) {
        return Ok(());
    }
    Regexp::compile(text.as_bytes()).map(drop).map_err(|error| error.to_string())
}
