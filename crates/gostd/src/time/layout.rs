//! Reads and fills in Go's layouts, made of the reference time `Mon Jan 2 15:04:05 MST 2006`.

use super::{MONTHS, Time, WEEKDAYS};

/// How a zone's offset is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Offset {
    /// `Z` stands for UTC
    pub(super) z: bool,
    pub(super) colons: bool,
    pub(super) minutes: bool,
    pub(super) seconds: bool,
}

/// A part of a layout that stands for a part of the time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Element {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    SpaceDay,
    ZeroDay,
    SpaceYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperPm,
    LowerPm,
    ZoneName,
    Offset(Offset),
    /// `.000`: all digits
    Fraction {
        digits: usize,
        separator: u8,
    },
    /// `.999`: without trailing zeros
    TrimmedFraction {
        digits: usize,
        separator: u8,
    },
}

/// Returns the first element of a layout: the text before it, itself with its length, the text
/// after.
pub(super) fn next_element(layout: &[u8]) -> Option<(&[u8], Element, usize, &[u8])> {
    (0..layout.len()).find_map(|at| {
        let (element, skip, len) = element_at(&layout[at..])?;
        Some((&layout[..at + skip], element, len, &layout[at + skip + len..]))
    })
}

/// Returns the element that a text starts with, after how many literal bytes, and its length.
fn element_at(text: &[u8]) -> Option<(Element, usize, usize)> {
    use Element::{
        Day, Fraction, Hour, Hour12, LongMonth, LongWeekday, LongYear, LowerPm, Minute, Month,
        NumMonth, Second, SpaceDay, SpaceYearDay, TrimmedFraction, UpperPm, Weekday, Year, ZeroDay,
        ZeroHour12, ZeroMinute, ZeroMonth, ZeroSecond, ZeroYearDay, ZoneName,
    };
    let found = |element, len| Some((element, 0, len));
    let lower_at = |at: usize| text.get(at).is_some_and(u8::is_ascii_lowercase);
    match text.first()? {
        b'J' if text.starts_with(b"January") => found(LongMonth, 7),
        b'J' if text.starts_with(b"Jan") && !lower_at(3) => found(Month, 3),
        b'M' if text.starts_with(b"Monday") => found(LongWeekday, 6),
        b'M' if text.starts_with(b"Mon") && !lower_at(3) => found(Weekday, 3),
        b'M' if text.starts_with(b"MST") => found(ZoneName, 3),
        b'0' => match text.get(1..)? {
            [b'1', ..] => found(ZeroMonth, 2),
            [b'2', ..] => found(ZeroDay, 2),
            [b'3', ..] => found(ZeroHour12, 2),
            [b'4', ..] => found(ZeroMinute, 2),
            [b'5', ..] => found(ZeroSecond, 2),
            [b'6', ..] => found(Year, 2),
            [b'0', b'2', ..] => found(ZeroYearDay, 3),
            _ => None,
        },
        b'1' if text.starts_with(b"15") => found(Hour, 2),
        b'1' => found(NumMonth, 1),
        b'2' if text.starts_with(b"2006") => found(LongYear, 4),
        b'2' => found(Day, 1),
        b'_' if text.starts_with(b"_2006") => Some((LongYear, 1, 4)),
        b'_' if text.starts_with(b"_2") => found(SpaceDay, 2),
        b'_' if text.starts_with(b"__2") => found(SpaceYearDay, 3),
        b'3' => found(Hour12, 1),
        b'4' => found(Minute, 1),
        b'5' => found(Second, 1),
        b'P' if text.starts_with(b"PM") => found(UpperPm, 2),
        b'p' if text.starts_with(b"pm") => found(LowerPm, 2),
        first @ (b'-' | b'Z') => {
            let shape =
                |colons, minutes, seconds| Offset { z: *first == b'Z', colons, minutes, seconds };
            let text = &text[1..];
            if text.starts_with(b"070000") {
                found(Element::Offset(shape(false, true, true)), 7)
            } else if text.starts_with(b"07:00:00") {
                found(Element::Offset(shape(true, true, true)), 9)
            } else if text.starts_with(b"0700") {
                found(Element::Offset(shape(false, true, false)), 5)
            } else if text.starts_with(b"07:00") {
                found(Element::Offset(shape(true, true, false)), 6)
            } else if text.starts_with(b"07") {
                found(Element::Offset(shape(false, false, false)), 3)
            } else {
                None
            }
        }
        separator @ (b'.' | b',') => {
            let digit = *text.get(1).filter(|b| matches!(b, b'0' | b'9'))?;
            let digits = text[1..].iter().take_while(|b| **b == digit).count();
            if text.get(1 + digits).is_some_and(u8::is_ascii_digit) {
                return None;
            }
            let separator = *separator;
            let element = if digit == b'0' {
                Fraction { digits, separator }
            } else {
                TrimmedFraction { digits, separator }
            };
            found(element, 1 + digits)
        }
        _ => None,
    }
}

impl Time {
    /// Reproduces Go's `Time.Format`.
    pub fn format(&self, layout: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(layout.len() + 10);
        self.append_format(&mut out, layout);
        out
    }

    /// Reproduces Go's `Time.AppendFormat`.
    pub fn append_format(&self, out: &mut Vec<u8>, layout: &[u8]) {
        let (zone_name, offset, _) = self.zone_now();
        let (civil, day_of_year) = self.civil();
        let [hour, minute, second] = self.clock();
        let hour12 = if hour % 12 == 0 { 12 } else { hour % 12 };
        // `civil` gives months 1–12 and days of the week 0–6.
        let month = MONTHS.get((civil.month - 1) as usize).copied().unwrap_or_default();
        let weekday = WEEKDAYS.get(self.weekday() as usize).copied().unwrap_or_default();
        let mut rest = layout;
        while let Some((literal, element, _, after)) = next_element(rest) {
            out.extend_from_slice(literal);
            rest = after;
            match element {
                Element::Year => pad(out, civil.year % 100, 2, true),
                Element::LongYear => pad(out, civil.year, 4, false),
                Element::LongMonth => out.extend_from_slice(month.as_bytes()),
                Element::Month => out.extend_from_slice(&month.as_bytes()[..3]),
                Element::NumMonth => pad(out, civil.month, 0, false),
                Element::ZeroMonth => pad(out, civil.month, 2, false),
                Element::LongWeekday => out.extend_from_slice(weekday.as_bytes()),
                Element::Weekday => out.extend_from_slice(&weekday.as_bytes()[..3]),
                Element::Day => pad(out, civil.day, 0, false),
                Element::ZeroDay => pad(out, civil.day, 2, false),
                Element::SpaceDay => out.extend_from_slice(format!("{:2}", civil.day).as_bytes()),
                Element::SpaceYearDay => {
                    out.extend_from_slice(format!("{day_of_year:3}").as_bytes());
                }
                Element::ZeroYearDay => pad(out, i64::from(day_of_year), 3, false),
                Element::Hour => pad(out, i64::from(hour), 2, false),
                Element::Hour12 => pad(out, i64::from(hour12), 0, false),
                Element::ZeroHour12 => pad(out, i64::from(hour12), 2, false),
                Element::Minute => pad(out, i64::from(minute), 0, false),
                Element::ZeroMinute => pad(out, i64::from(minute), 2, false),
                Element::Second => pad(out, i64::from(second), 0, false),
                Element::ZeroSecond => pad(out, i64::from(second), 2, false),
                Element::UpperPm => out.extend_from_slice(if hour >= 12 { b"PM" } else { b"AM" }),
                Element::LowerPm => out.extend_from_slice(if hour >= 12 { b"pm" } else { b"am" }),
                Element::ZoneName if !zone_name.is_empty() => out.extend_from_slice(&zone_name),
                Element::ZoneName => {
                    let shape = Offset { z: false, colons: false, minutes: true, seconds: false };
                    append_offset(out, offset, shape);
                }
                Element::Offset(shape) => append_offset(out, offset, shape),
                Element::Fraction { digits, separator } => {
                    append_fraction(out, self.nsec, digits, separator);
                }
                Element::TrimmedFraction { digits, separator } => {
                    if self.nsec != 0 {
                        append_fraction(out, self.nsec, digits, separator);
                        while out.last() == Some(&b'0') {
                            out.pop();
                        }
                        if out.last() == Some(&separator) {
                            out.pop();
                        }
                    }
                }
            }
        }
        out.extend_from_slice(rest);
    }
}

/// Appends a number with leading zeros; the sign does not count towards the width.
fn pad(out: &mut Vec<u8>, n: i64, width: usize, drop_sign: bool) {
    if n < 0 && !drop_sign {
        out.push(b'-');
    }
    let n = n.unsigned_abs();
    out.extend_from_slice(format!("{n:0width$}").as_bytes());
}

fn append_offset(out: &mut Vec<u8>, offset: i64, shape: Offset) {
    if offset == 0 && shape.z {
        out.push(b'Z');
        return;
    }
    // Go decides the sign after the seconds are cut off.
    let minutes = offset / 60;
    out.push(if minutes < 0 { b'-' } else { b'+' });
    pad(out, minutes.abs() / 60, 2, false);
    if shape.minutes {
        if shape.colons {
            out.push(b':');
        }
        pad(out, minutes.abs() % 60, 2, false);
    }
    if shape.seconds {
        if shape.colons {
            out.push(b':');
        }
        let seconds = if minutes < 0 { -offset } else { offset } % 60;
        pad(out, seconds, 2, false);
    }
}

/// Appends the separator and that many digits of the fraction, at most nine.
fn append_fraction(out: &mut Vec<u8>, nanos: u32, digits: usize, separator: u8) {
    out.push(separator);
    let all = format!("{nanos:09}");
    out.extend_from_slice(&all.as_bytes()[..digits.min(9)]);
}
