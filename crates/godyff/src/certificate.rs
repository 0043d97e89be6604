//! Summarizes X.509 certificates in PEM, as far as a report shows them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bstr::ByteSlice;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OID: u8 = 0x06;
const VERSION: u8 = 0xa0;

/// Returns what dyff shows of a certificate; nothing for what is none.
pub(crate) fn summary(text: &str) -> Option<String> {
    let der = pem(text.as_bytes())?;
    let certificate = Certificate::parse(&der)?;
    let Certificate { serial, issuer, subject, not_before, not_after } = certificate;
    let (decimal, hex) = number(serial);
    Some(format!(
        "Subject:\n  Common Name: {}\n  Organization: {}\n  Organization Unit: {}\n  Locality: {}\n  \
         State: {}\n  Country: {}\nValidity Period:\n  NotBefore: {not_before}\n  NotAfter: {not_after}\n\
         Issuer: {}, {}\nSerial Number: {decimal} ({hex})\n",
        subject.common_name,
        subject.organization.join(" "),
        subject.unit.join(" "),
        subject.locality.join(" "),
        subject.province.join(" "),
        subject.country.join(" "),
        issuer.common_name,
        issuer.organization.join(" "),
    ))
}

/// Returns the content of the first block of a PEM text.
fn pem(text: &[u8]) -> Option<Vec<u8>> {
    let mut rest = text;
    let mut is_start = true;
    loop {
        rest = match rest.strip_prefix(b"-----BEGIN ").filter(|_| is_start) {
            Some(rest) => rest,
            None => &rest[rest.find(b"\n-----BEGIN ")? + 12..],
        };
        is_start = false;
        let (line, after) = first_line(rest);
        rest = after;
        let Some(kind) = line.strip_suffix(b"-----") else { continue };
        if let Some(content) = block(kind, after)? {
            return Some(content);
        }
    }
}

/// Returns the content of a block behind its first line; the inner nothing for one that is broken, the outer for a text
/// that ends in its headers.
#[expect(clippy::option_option, reason = "the caller goes on after one and stops after the other")]
fn block(kind: &[u8], mut rest: &[u8]) -> Option<Option<Vec<u8>>> {
    let mut has_headers = false;
    loop {
        if rest.is_empty() {
            return None;
        }
        let (line, after) = first_line(rest);
        if !line.contains(&b':') {
            break;
        }
        (rest, has_headers) = (after, true);
    }
    let (body, trailer) = match rest.strip_prefix(b"-----END ").filter(|_| !has_headers) {
        Some(trailer) => (&rest[..0], trailer),
        None => match rest.find(b"\n-----END ") {
            Some(end) => (&rest[..end], &rest[end + 10..]),
            None => return Some(None),
        },
    };
    let trailer = trailer.strip_prefix(kind).and_then(|t| t.strip_prefix(b"-----"));
    if trailer.is_none_or(|trailer| !first_line(trailer).0.is_empty()) {
        return Some(None);
    }
    let body: Vec<u8> = body.iter().copied().filter(|b| !b" \t\r\n".contains(b)).collect();
    Some(STANDARD.decode(body).ok())
}

/// Returns a line without white space at its end, and what follows it.
fn first_line(text: &[u8]) -> (&[u8], &[u8]) {
    let (line, rest) = match text.find_byte(b'\n') {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, &text[text.len()..]),
    };
    (line.trim_end_with(|c| matches!(c, ' ' | '\t' | '\r')), rest)
}

struct Certificate<'d> {
    serial: &'d [u8],
    issuer: Name,
    subject: Name,
    not_before: String,
    not_after: String,
}

/// What is shown of a distinguished name.
#[derive(Default)]
struct Name {
    common_name: String,
    organization: Vec<String>,
    unit: Vec<String>,
    locality: Vec<String>,
    province: Vec<String>,
    country: Vec<String>,
}

impl<'d> Certificate<'d> {
    fn parse(der: &'d [u8]) -> Option<Certificate<'d>> {
        let mut file = Reader(der);
        let mut whole = Reader(file.take(SEQUENCE)?);
        let mut signed = Reader(whole.take(SEQUENCE)?);
        let algorithm = whole.take(SEQUENCE)?;
        whole.take(BIT_STRING)?;
        if !file.0.is_empty() || !whole.0.is_empty() {
            return None;
        }
        if signed.0.first() == Some(&VERSION) {
            signed.take(VERSION)?;
        }
        let serial = signed.take(INTEGER)?;
        // A negative one is refused.
        if serial.first().is_none_or(|first| *first >= 0x80) || signed.take(SEQUENCE)? != algorithm
        {
            return None;
        }
        let issuer = Name::parse(signed.take(SEQUENCE)?)?;
        let mut validity = Reader(signed.take(SEQUENCE)?);
        let (not_before, not_after) = (validity.time()?, validity.time()?);
        let subject = Name::parse(signed.take(SEQUENCE)?)?;
        signed.take(SEQUENCE)?;
        Some(Certificate { serial, issuer, subject, not_before, not_after })
    }
}

impl Name {
    fn parse(der: &[u8]) -> Option<Name> {
        let mut name = Name::default();
        let mut sets = Reader(der);
        while !sets.0.is_empty() {
            let mut set = Reader(sets.take(SET)?);
            while !set.0.is_empty() {
                let mut attribute = Reader(set.take(SEQUENCE)?);
                let kind = attribute.take(OID)?;
                let (tag, value) = attribute.any()?;
                let text = string(tag, value)?;
                // joint-iso-itu-t(2) ds(5) attributeType(4)
                let Some([kind]) = kind.strip_prefix(b"\x55\x04") else { continue };
                match kind {
                    3 => name.common_name = text,
                    6 => name.country.push(text),
                    7 => name.locality.push(text),
                    8 => name.province.push(text),
                    10 => name.organization.push(text),
                    11 => name.unit.push(text),
                    _ => {}
                }
            }
        }
        Some(name)
    }
}

fn string(tag: u8, value: &[u8]) -> Option<String> {
    match tag {
        // UTF-8, numeric, printable, T.61, IA5
        0x0c | 0x12 | 0x13 | 0x14 | 0x16 => value.to_str().ok().map(str::to_owned),
        // UCS-2
        0x1e if value.len().is_multiple_of(2) => {
            let units = value.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            Some(char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect())
        }
        _ => None,
    }
}

/// Reads DER.
struct Reader<'d>(&'d [u8]);

impl<'d> Reader<'d> {
    /// Returns the next element's tag and content.
    fn any(&mut self) -> Option<(u8, &'d [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let len = match first {
            0..=0x7f => usize::from(first),
            0x81..=0x84 => {
                let (bytes, after) = rest.split_at_checked(usize::from(first & 0x7f))?;
                rest = after;
                bytes.iter().fold(0, |len, byte| len << 8 | usize::from(*byte))
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(len)?;
        self.0 = rest;
        Some((tag, content))
    }

    fn take(&mut self, tag: u8) -> Option<&'d [u8]> {
        self.any().filter(|found| found.0 == tag).map(|found| found.1)
    }

    /// Returns a time as Go's layout `Jan 2 15:04:05 2006 MST` shows it.
    fn time(&mut self) -> Option<String> {
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let (tag, text) = self.any()?;
        let digits = text.strip_suffix(b"Z")?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let (year, rest) = match (tag, digits.len()) {
            (0x17, 12) => {
                let short = decimal(&digits[..2]);
                (short + if short >= 50 { 1900 } else { 2000 }, &digits[2..])
            }
            (0x18, 14) => (decimal(&digits[..4]), &digits[4..]),
            _ => return None,
        };
        let part = |at: usize| decimal(&rest[2 * at..2 * at + 2]);
        let month = MONTHS.get(part(0).checked_sub(1)? as usize)?;
        let (day, hour, minute, second) = (part(1), part(2), part(3), part(4));
        let is_valid = (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 60;
        is_valid.then(|| format!("{month} {day} {hour:02}:{minute:02}:{second:02} {year:04} UTC"))
    }
}

fn decimal(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |n, digit| n * 10 + u32::from(digit - b'0'))
}

/// Returns a number of any size in decimal, and in hexadecimal with its prefix.
fn number(bytes: &[u8]) -> (String, String) {
    // From the lowest digit on.
    let mut digits: Vec<u8> = vec![0];
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            let n = u32::from(*digit) * 256 + carry;
            *digit = (n % 10) as u8;
            carry = n / 10;
        }
        while carry > 0 {
            digits.push((carry % 10) as u8);
            carry /= 10;
        }
    }
    let decimal = digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let hex = hex.trim_start_matches('0');
    (decimal, format!("0x{}", if hex.is_empty() { "0" } else { hex }))
}
