//! Reproduces Go's `time.ParseInLocation`.

use super::calendar::{Civil, days_in, is_leap};
use super::duration::leading_int;
use super::error::{ParseError, ParseReason};
use super::layout::{Element, Offset, next_element};
use super::{LocalZone, MONTHS, Time, WEEKDAYS, Zone};

/// Why a part of the value does not fit its element.
enum Bad {
    /// It is not of the element's form
    Form,
    /// It is, but the number is out of range
    Range(&'static str),
}

/// The parts read so far.
#[derive(Default)]
struct Parts {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanos: u32,
    pm: Option<bool>,
    utc: bool,
    offset: Option<i64>,
    zone_name: Vec<u8>,
}

/// Reproduces Go's `time.ParseInLocation(layout, value, time.Local)`.
///
/// # Errors
/// Go's `ParseError`, e.g. `parsing time "x" as "2006": cannot parse "x" as "2006"`.
pub fn parse(layout: &[u8], value: &[u8], local: &LocalZone) -> Result<Time, ParseError> {
    let complaint = |reason| ParseError { value: value.into(), reason };
    let mismatch = |value_rest: &[u8], element: &[u8]| {
        complaint(ParseReason::Mismatch {
            layout: layout.into(),
            rest: value_rest.into(),
            element: element.into(),
        })
    };

    let mut parts = Parts::default();
    let (mut layout_rest, mut rest) = (layout, value);
    loop {
        let next = next_element(layout_rest);
        let literal = next.map_or(layout_rest, |(literal, ..)| literal);
        rest = skip(rest, literal).map_err(|rest| mismatch(rest, literal))?;
        let Some((_, element, len, after)) = next else {
            if rest.is_empty() {
                break;
            }
            return Err(complaint(ParseReason::ExtraText { rest: rest.into() }));
        };
        let start = layout_rest.len() - after.len() - len;
        let element_text = &layout_rest[start..start + len];
        layout_rest = after;
        let held = rest;
        match parts.read(element, &mut rest, after) {
            Ok(()) => {}
            Err(Bad::Form) => return Err(mismatch(held, element_text)),
            Err(Bad::Range(what)) => return Err(complaint(ParseReason::OutOfRange { what })),
        }
    }
    parts.finish(local).map_err(complaint)
}

impl Parts {
    /// Reads one element's part of the value; `layout_rest` is what follows it in the layout.
    fn read(&mut self, element: Element, rest: &mut &[u8], layout_rest: &[u8]) -> Result<(), Bad> {
        match element {
            Element::Year => {
                let n = signed(take(rest, 2)?)?;
                self.year = if n >= 69 { n + 1900 } else { n + 2000 };
            }
            Element::LongYear => {
                if !rest.first().is_some_and(u8::is_ascii_digit) {
                    return Err(Bad::Form);
                }
                self.year = signed(take(rest, 4)?)?;
            }
            Element::Month => self.month = Some(name(rest, &MONTHS, 3)? + 1),
            Element::LongMonth => self.month = Some(name(rest, &MONTHS, usize::MAX)? + 1),
            Element::NumMonth | Element::ZeroMonth => {
                let n = number(rest, 2, element == Element::ZeroMonth)?;
                if !(1..=12).contains(&n) {
                    return Err(Bad::Range("month"));
                }
                self.month = Some(n);
            }
            Element::Weekday => drop(name(rest, &WEEKDAYS, 3)?),
            Element::LongWeekday => drop(name(rest, &WEEKDAYS, usize::MAX)?),
            Element::Day | Element::SpaceDay | Element::ZeroDay => {
                if element == Element::SpaceDay {
                    *rest = rest.strip_prefix(b" ").unwrap_or(rest);
                }
                self.day = Some(number(rest, 2, element == Element::ZeroDay)?);
            }
            Element::SpaceYearDay | Element::ZeroYearDay => {
                if element == Element::SpaceYearDay {
                    for _ in 0..2 {
                        *rest = rest.strip_prefix(b" ").unwrap_or(rest);
                    }
                }
                self.day_of_year = Some(number(rest, 3, element == Element::ZeroYearDay)?);
            }
            Element::Hour => self.hour = below(number(rest, 2, false)?, 24, "hour")?,
            Element::Hour12 | Element::ZeroHour12 => {
                let n = number(rest, 2, element == Element::ZeroHour12)?;
                self.hour = below(n, 13, "hour")?;
            }
            Element::Minute | Element::ZeroMinute => {
                let n = number(rest, 2, element == Element::ZeroMinute)?;
                self.minute = below(n, 60, "minute")?;
            }
            Element::Second | Element::ZeroSecond => {
                let n = number(rest, 2, element == Element::ZeroSecond)?;
                self.second = below(n, 60, "second")?;
                // A fraction that the layout does not mention is taken along.
                let follows = next_element(layout_rest).map(|(_, next, ..)| next);
                let mentioned = matches!(
                    follows,
                    Some(Element::Fraction { .. } | Element::TrimmedFraction { .. })
                );
                if !mentioned {
                    self.optional_fraction(rest)?;
                }
            }
            Element::UpperPm | Element::LowerPm => {
                let (am, pm): (&[u8], &[u8]) =
                    if element == Element::UpperPm { (b"AM", b"PM") } else { (b"am", b"pm") };
                let half = take(rest, 2)?;
                if half == pm {
                    self.pm = Some(true);
                } else if half == am {
                    // Go lets an earlier PM win.
                    self.pm = Some(self.pm == Some(true));
                } else {
                    return Err(Bad::Form);
                }
            }
            Element::Offset(shape) => {
                if shape.z && rest.first() == Some(&b'Z') {
                    *rest = &rest[1..];
                    self.utc = true;
                } else {
                    self.offset = Some(offset(rest, shape)?);
                }
            }
            Element::ZoneName => {
                if let Some(after) = rest.strip_prefix(b"UTC") {
                    *rest = after;
                    self.utc = true;
                } else {
                    let len = zone_name_len(rest).ok_or(Bad::Form)?;
                    self.zone_name = take(rest, len)?.to_vec();
                }
            }
            Element::Fraction { digits, .. } => {
                self.nanos = fraction(take(rest, digits + 1)?)?;
            }
            Element::TrimmedFraction { .. } => self.optional_fraction(rest)?,
        }
        Ok(())
    }

    fn optional_fraction(&mut self, rest: &mut &[u8]) -> Result<(), Bad> {
        if let [b'.' | b',', b'0'..=b'9', ..] = rest {
            let digits = rest[1..].iter().take_while(|b| b.is_ascii_digit()).count();
            self.nanos = fraction(take(rest, digits + 1)?)?;
        }
        Ok(())
    }

    fn finish(mut self, local: &LocalZone) -> Result<Time, ParseReason> {
        match self.pm {
            Some(true) if self.hour < 12 => self.hour += 12,
            Some(false) if self.hour == 12 => self.hour = 0,
            _ => {}
        }
        if let Some(day_of_year) = self.day_of_year {
            let (month, day) = date_of(self.year, day_of_year)
                .ok_or(ParseReason::OutOfRange { what: "day-of-year" })?;
            if self.month.is_some_and(|m| m != month) {
                return Err(ParseReason::DayOfYear { differs_from: "month" });
            }
            if self.day.is_some_and(|d| d != day) {
                return Err(ParseReason::DayOfYear { differs_from: "day" });
            }
            (self.month, self.day) = (Some(month), Some(day));
        }
        let civil =
            Civil { year: self.year, month: self.month.unwrap_or(1), day: self.day.unwrap_or(1) };
        if civil.day < 1 || civil.day > days_in(civil.month, civil.year) {
            return Err(ParseReason::OutOfRange { what: "day" });
        }
        let clock = [self.hour, self.minute, self.second];
        let at = |zone| Time::date(civil, clock, self.nanos, zone, local);
        if self.utc {
            return Ok(at(Zone::Utc));
        }
        let wall = at(Zone::Utc);
        // -1 is how Go marks "no offset".
        if let Some(offset) = self.offset.filter(|offset| *offset != -1) {
            let t = shifted(&wall, offset);
            let (name, local_offset, _) = Zone::Local.lookup(local, t.unix_seconds());
            let same_name = self.zone_name.is_empty() || name.as_bytes() == self.zone_name;
            return Ok(if local_offset == offset && same_name {
                t.in_zone(Zone::Local)
            } else {
                t.in_zone(Zone::fixed(&self.zone_name, offset))
            });
        }
        if !self.zone_name.is_empty() {
            let known = Zone::Local.offset_by_name(local, &self.zone_name, wall.unix_seconds());
            return Ok(match known {
                Some(offset) => shifted(&wall, offset).in_zone(Zone::Local),
                None => {
                    let hours = match self.zone_name.strip_prefix(b"GMT") {
                        Some(hours) if !hours.is_empty() => signed(hours).unwrap_or(0),
                        _ => 0,
                    };
                    wall.in_zone(Zone::fixed(&self.zone_name, hours * 3600))
                }
            });
        }
        Ok(at(Zone::Local))
    }
}

/// Returns a wall clock's time, read as UTC, brought to the instant it is at that offset.
fn shifted(wall: &Time, offset: i64) -> Time {
    Time { sec: wall.sec.wrapping_sub(offset), ..wall.clone() }
}

/// Returns month and day of a day of the year (from 1).
fn date_of(year: i64, day_of_year: i64) -> Option<(i64, i64)> {
    let mut day = day_of_year;
    if day < 1 || day > 365 + i64::from(is_leap(year)) {
        return None;
    }
    for month in 1..=12 {
        let len = days_in(month, year);
        if day <= len {
            return Some((month, day));
        }
        day -= len;
    }
    None
}

/// Skips a layout's literal text; runs of spaces match each other.
fn skip<'a>(mut value: &'a [u8], mut literal: &[u8]) -> Result<&'a [u8], &'a [u8]> {
    while let Some((first, after)) = literal.split_first() {
        if *first == b' ' {
            if value.first().is_some_and(|b| *b != b' ') {
                return Err(value);
            }
            literal = trim_spaces(literal);
            value = trim_spaces(value);
            continue;
        }
        match value.split_first() {
            Some((byte, rest)) if byte == first => (value, literal) = (rest, after),
            _ => return Err(value),
        }
    }
    Ok(value)
}

fn trim_spaces(text: &[u8]) -> &[u8] {
    let spaces = text.iter().take_while(|b| **b == b' ').count();
    &text[spaces..]
}

fn take<'a>(rest: &mut &'a [u8], len: usize) -> Result<&'a [u8], Bad> {
    let (taken, after) = rest.split_at_checked(len).ok_or(Bad::Form)?;
    *rest = after;
    Ok(taken)
}

/// Returns a number of one to `most` digits, or of exactly as many.
fn number(rest: &mut &[u8], most: usize, exact: bool) -> Result<i64, Bad> {
    let digits = rest.iter().take(most).take_while(|b| b.is_ascii_digit()).count();
    if digits == 0 || exact && digits != most {
        return Err(Bad::Form);
    }
    signed(take(rest, digits)?)
}

/// Returns a whole text as a number, perhaps with a sign.
fn signed(text: &[u8]) -> Result<i64, Bad> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        _ => (false, text),
    };
    match leading_int(digits) {
        Some((n, [])) => {
            let n = n as i64;
            Ok(if negative { n.wrapping_neg() } else { n })
        }
        _ => Err(Bad::Form),
    }
}

fn below(n: i64, limit: i64, what: &'static str) -> Result<i64, Bad> {
    if (0..limit).contains(&n) { Ok(n) } else { Err(Bad::Range(what)) }
}

/// Returns the index of the name that the value starts with, ASCII case aside; each cut to `len`
/// bytes.
fn name(rest: &mut &[u8], names: &[&str], len: usize) -> Result<i64, Bad> {
    for (index, name) in names.iter().enumerate() {
        let name = &name.as_bytes()[..name.len().min(len)];
        if rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) {
            *rest = &rest[name.len()..];
            return Ok(index as i64);
        }
    }
    Err(Bad::Form)
}

/// Returns an offset such as `-07:00`, in seconds.
fn offset(rest: &mut &[u8], shape: Offset) -> Result<i64, Bad> {
    let len = match (shape.minutes, shape.seconds, shape.colons) {
        (false, ..) => 3,
        (true, false, false) => 5,
        (true, false, true) => 6,
        (true, true, false) => 7,
        (true, true, true) => 9,
    };
    let text = take(rest, len)?;
    let (sign, digits) = text.split_first().ok_or(Bad::Form)?;
    let width = if shape.colons { 3 } else { 2 };
    if shape.colons && digits.iter().skip(2).step_by(width).any(|b| *b != b':') {
        return Err(Bad::Form);
    }
    let mut fields = [0; 3];
    let mut readable = matches!(sign, b'+' | b'-');
    for (field, chunk) in fields.iter_mut().zip(digits.chunks(width)) {
        let [a @ b'0'..=b'9', b @ b'0'..=b'9', ..] = chunk else {
            readable = false;
            break;
        };
        *field = i64::from(a - b'0') * 10 + i64::from(b - b'0');
    }
    let [hours, minutes, seconds] = fields;
    // The limits themselves are allowed. Go tells of a field out of range before one it cannot read.
    below(seconds, 61, "time zone offset second")?;
    below(minutes, 61, "time zone offset minute")?;
    below(hours, 25, "time zone offset hour")?;
    let offset = (hours * 60 + minutes) * 60 + seconds;
    match sign {
        _ if !readable => Err(Bad::Form),
        b'-' => Ok(-offset),
        _ => Ok(offset),
    }
}

/// Returns the nanoseconds of a separator and digits; digits past the ninth are dropped.
fn fraction(text: &[u8]) -> Result<u32, Bad> {
    let text = &text[..text.len().min(10)];
    let [b'.' | b',', digits @ ..] = text else { return Err(Bad::Form) };
    let n = signed(digits)?;
    if n < 0 {
        return Err(Bad::Range("fractional second"));
    }
    let scale = 10u32.pow(9 - digits.len() as u32);
    Ok(n as u32 * scale)
}

/// Returns how long the zone's abbreviation is that a text starts with.
fn zone_name_len(text: &[u8]) -> Option<usize> {
    if text.len() < 3 {
        return None;
    }
    if text.starts_with(b"ChST") || text.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(after) = text.strip_prefix(b"GMT") {
        return Some(3 + signed_offset_len(after));
    }
    if matches!(text[0], b'+' | b'-') {
        return Some(signed_offset_len(text)).filter(|len| *len > 0);
    }
    let capitals = text.iter().take(6).take_while(|b| b.is_ascii_uppercase()).count();
    match capitals {
        3 => Some(3),
        4 if text[3] == b'T' || text.starts_with(b"WITA") => Some(4),
        5 if text[4] == b'T' => Some(5),
        _ => None,
    }
}

/// Returns the length of an offset such as `+3` or `-11`, at most 23 hours; 0 where there is none.
fn signed_offset_len(text: &[u8]) -> usize {
    let [b'+' | b'-', digits @ ..] = text else { return 0 };
    match leading_int(digits) {
        Some((hours, rest)) if rest.len() < digits.len() && hours <= 23 => text.len() - rest.len(),
        _ => 0,
    }
}
